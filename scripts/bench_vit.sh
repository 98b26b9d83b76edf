#!/bin/bash
# Vision transformers of published sizes with random weights, all measured in one go: against oneDNN's own products, in turns with
# transformers and PyTorch, and what the lower precisions cost in accuracy. The results belong into docs/backbones.md.
#
#   scripts/bench_vit.sh FOLDER [PHOTOS]
#
# FOLDER is where the checkpoints are or are to be made (3.6 GB). Needs python3 with torch and transformers first in PATH, an idle
# machine and up to an hour. PHOTOS (a folder) are for the accuracy; without them it is left out. ROUNDS and THREADS may be set.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
bench=$here/build/release/bench
folder=${1:?usage: scripts/bench_vit.sh FOLDER [PHOTOS]}
photos=${2:-}
rounds=${ROUNDS:-5}
threads=${THREADS:-2}
export PB_NUM_THREADS=$threads

precisions=(f32)
for precision in bf16 int8; do
    if "$bench/bench_vit" --serve "$here/tests/golden/vit/checkpoints/dinov3" --size 32 --precision "$precision" --images 1 \
        </dev/null >/dev/null 2>&1; then
        precisions+=("$precision")
    fi
done

echo "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores, $threads threads used"
echo "sources: $(git -C "$here" describe --always --dirty 2>/dev/null || echo unknown)"
for name in dinov3-vitl16 dinov2-large clip-vit-large-patch14; do
    if [ ! -f "$folder/$name/model.safetensors" ]; then
        python3 "$here/bench/make_checkpoint.py" "$folder" "$name"
    fi
    size=448
    [ "$name" = clip-vit-large-patch14 ] && size=224
    for precision in "${precisions[@]}"; do
        printf '\n== %s against oneDNN alone, %s\n' "$name" "$precision"
        "$bench/bench_vit" "$folder/$name" --size "$size" --precision "$precision" --rounds "$rounds"
    done
    printf '\n== %s in turns with transformers\n' "$name"
    python3 "$here/bench/compare_transformers.py" "$folder/$name" --size "$size" --threads "$threads" --rounds "$rounds" \
        "${precisions[@]/#/--precision=}"
    if [ -n "$photos" ]; then
        printf '\n== %s, accuracy of the precisions\n' "$name"
        "$bench/study_precision" "$folder/$name" "$photos" --size "$size"
    fi
done
