#!/bin/bash
# Milliseconds an image of every kind of backbone: 448 and 224 pixels, 1 and 2 threads, each precision, all of this CPU's instructions and
# AVX2 alone (ONEDNN_MAX_CPU_ISA=AVX2). Ends with a table for docs/backbones.md.
#
#   scripts/bench_backbones.sh FOLDER [NAME...]
#
# FOLDER is where the checkpoints are or are to be made (bench/make_checkpoint.py: python3 with torch, transformers and timm). NAMEs are some
# of them, or builtin. All take turns, ROUNDS (3) times; a cell is the median. With CLOCK=cpu it is the time that the threads computed,
# over their number, instead of the time that passed: for a machine that others use, and THREADS=1. "-": not computed.
# KEEP=FILE keeps what was measured there, and the table counts what earlier calls left: for all of them in several windows of time. TURNS (1) is how
# often a process that has started is asked.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
bench=$here/build/release/bench/bench_vit
folder=${1:?usage: scripts/bench_backbones.sh FOLDER [NAME...]}
shift
names=("$@")
[ $# -gt 0 ] || names=(builtin resnet18 resnet50 wide_resnet50_2 tf_efficientnet_lite0 dinov3-convnext-tiny
    dinov3-convnext-base dinov3-convnext-large dinov3-vits16 dinov3-vitb16 dinov3-vitl16 dinov3-vith16plus dinov2-small dinov2-base
    dinov2-large dinov2-giant dinov2-with-registers-large clip-vit-base-patch32 clip-vit-base-patch16 clip-vit-large-patch14
    clip-vit-large-patch14-336 vit_huge_patch14_clip_224)
read -r -a threads <<<"${THREADS:-1 2}"
read -r -a sizes <<<"${SIZES:-448 224}"
field=1
[ "${CLOCK:-wall}" != cpu ] || field=2
times=${KEEP:-$(mktemp)}
[ -n "${KEEP:-}" ] || trap 'rm -f "$times"' EXIT

echo "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores, ${CLOCK:-wall} clock"
echo "sources: $(git -C "$here" describe --always --dirty 2>/dev/null || echo unknown)"
for name in "${names[@]}"; do
    [ "$name" = builtin ] || [ -f "$folder/$name/model.safetensors" ] || python3 "$here/bench/make_checkpoint.py" "$folder" "$name"
done

# measure NAME SIZE ISA THREADS PRECISION: a line of the same and the milliseconds an image; nothing where it is not computed.
measure() {
    local path=$folder/$1 isa=()
    [ "$1" != builtin ] || path=builtin
    [ "$3" != AVX2 ] || isa=(ONEDNN_MAX_CPU_ISA=AVX2)
    env "${isa[@]}" PB_NUM_THREADS="$4" "$bench" --serve "$path" --size "$2" --precision "$5" --images "$4" \
        < <(yes "$4" | head -n "${TURNS:-1}") 2>/dev/null |
        awk -v what="$*" -v field="$field" -v threads="$4" '$1 != "ready" {
            printf "%s %.6f\n", what, 1000 * $field / threads / (field == 2 ? threads : 1) }' >>"$times" || true
}

for _ in $(seq "${ROUNDS:-3}"); do
    for name in "${names[@]}"; do
        for size in "${sizes[@]}"; do
            for isa in all AVX2; do
                for n in "${threads[@]}"; do
                    for precision in f32 bf16 int8; do
                        measure "$name" "$size" "$isa" "$n" "$precision"
                    done
                done
            done
        done
    done
done

# median NAME SIZE ISA THREADS PRECISION
median() {
    awk -v what="$*" 'index($0, what " ") == 1 { print $NF }' "$times" | sort -g |
        awk '{ value[NR] = $1 } END { if (NR) printf "%.3g", value[int((NR + 1) / 2)]; else printf "-" }'
}

printf '\n| | pixels | threads | f32 | bf16 | int8 | AVX2: f32 | int8 |\n|---|---|---|---|---|---|---|---|\n'
for name in "${names[@]}"; do
    for size in "${sizes[@]}"; do
        for n in "${threads[@]}"; do
            row=$(for cell in "all $n f32" "all $n bf16" "all $n int8" "AVX2 $n f32" "AVX2 $n int8"; do
                # shellcheck disable=SC2086
                printf ' %s |' "$(median "$name" "$size" $cell)"
            done)
            [[ $row != *[0-9]* ]] || echo "| $name | $size | $n |$row"
        done
    done
done
