#!/bin/bash
# All measurements, one after another, on an otherwise idle machine; the results belong into docs/performance.md.
# faiss is compared where the python3 in PATH has it; big banks where SCALE names an SVG to write; the studies run where DATA names a folder in MVTec layout; transformers where
# CHECKPOINTS names a folder for checkpoints of random weights, on PHOTOS if given (python3 with torch and transformers needed).
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
bench=$here/build/release/bench

echo "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
echo "sources: $(git -C "$here" describe --always --dirty 2>/dev/null || echo unknown)"
printf '\n== built-in backbone, one image, one core\n'
"$bench/bench_builtin"
printf '\n== scoring, end to end, and its memory\n'
"$bench/bench_score"
printf '\n== exact search and commissioning against the matrix product, by all that this CPU has\n'
"$bench/bench_search"
if grep -qw avx512bw /proc/cpuinfo; then
    printf '\n== the same, by AVX2 alone\n'
    ONEDNN_MAX_CPU_ISA=AVX2 "$bench/bench_search"
fi
printf '\n== exact search against faiss\n'
if python3 -c 'import faiss' 2>/dev/null; then
    "$here/bench/compare_faiss.sh"
else
    echo "left out: python3 has no faiss"
fi
if [ -n "${SCALE:-}" ]; then
    printf '\n== banks of up to 10^6 patches\n'
    "$here/bench/scale.sh" "$SCALE"
fi
if [ -n "${CHECKPOINTS:-}" ]; then
    printf '\n== vision transformers\n'
    "$here/scripts/bench_vit.sh" "$CHECKPOINTS" ${PHOTOS:+"$PHOTOS"}
fi
if [ -n "${DATA:-}" ]; then
    printf '\n== studies\n'
    "$bench/study_mvtec" "$DATA" ${KINDS:-}
fi
