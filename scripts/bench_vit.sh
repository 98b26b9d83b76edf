#!/bin/bash
# Vision transformers of published sizes with random weights, in turns with transformers and PyTorch and with oneDNN's own products,
# and what the lower precisions cost in accuracy. Ends with tables for docs/backbones.md.
#
#   scripts/bench_vit.sh FOLDER [PHOTOS]
#
# FOLDER is where the checkpoints are or are to be made (3.6 GB). Needs python3 with torch, transformers and timm first in PATH and an idle
# machine. The speed of all three takes MINUTES (11) and at most ROUNDS (5). PHOTOS (a folder) are for the accuracy, which takes
# as long again; without them it is left out. THREADS (2) may be set, and MODELS, to measure some of them.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
bench=$here/build/release/bench
folder=${1:?usage: scripts/bench_vit.sh FOLDER [PHOTOS]}
photos=${2:-}
threads=${THREADS:-2}
read -r -a models <<<"${MODELS:-clip-vit-large-patch14 dinov3-vitl16 dinov2-large}"
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
for name in "${models[@]}"; do
    if [ ! -f "$folder/$name/model.safetensors" ]; then
        python3 "$here/bench/make_checkpoint.py" "$folder" "$name"
    fi
done
python3 "$here/bench/compare_torch.py" "${models[@]/#/$folder/}" --threads "$threads" --minutes "${MINUTES:-11}" \
    --rounds "${ROUNDS:-5}" "${precisions[@]/#/--precision=}"
if [ -n "$photos" ]; then
    for name in "${models[@]}"; do
        size=448
        [ "$name" = clip-vit-large-patch14 ] && size=224
        printf '\n== %s, accuracy of the precisions\n' "$name"
        "$bench/study_precision" "$folder/$name" "$photos" --size "$size"
    done
fi
