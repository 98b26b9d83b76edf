#!/bin/sh
# Exact kNN, bank 7840 x 1024, 20 images of 784 x 1024, K 5: purebank against faiss-cpu IndexFlatL2 in alternating runs
# with the same number of threads; prints medians and their ratio.
#
#   bench/compare_faiss.sh [THREADS] [ROUNDS]       needs python3 with faiss and numpy first in PATH
#
# On AMD processors OPENBLAS_CORETYPE=SkylakeX gives faiss's OpenBLAS its AVX-512 kernels: set here unless set already.
set -eu
threads=${1:-$(nproc)}
rounds=${2:-7}
here=$(cd "$(dirname "$0")" && pwd)
program=${PB_BENCH_SEARCH:-$here/../build/release/bench/bench_search}
export OPENBLAS_CORETYPE="${OPENBLAS_CORETYPE:-SkylakeX}" PB_NUM_THREADS="$threads"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

median() {
    sort -g "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

sed -n 's/^model name[^:]*: /machine: /p' /proc/cpuinfo | head -n 1
echo "$threads threads, $rounds rounds, OPENBLAS_CORETYPE=$OPENBLAS_CORETYPE"
for kind in gaussian structured outliers; do
    "$program" --write "$folder" "$kind"
    : >"$folder/purebank"
    : >"$folder/faiss"
    round=0
    while [ "$round" -lt "$rounds" ]; do
        "$program" --knn "$kind" 1 >>"$folder/purebank"
        python3 "$here/faiss_search.py" "$folder" "$threads" 1 >>"$folder/faiss" 2>"$folder/version"
        round=$((round + 1))
    done
    awk -v kind="$kind" -v own="$(median "$folder/purebank")" -v faiss="$(median "$folder/faiss")" -v version="$(cat "$folder/version")" \
        'BEGIN { printf "%-11s purebank %.3f s   faiss %.3f s   %.2f times as fast   (%s)\n", kind, own, faiss, faiss / own, version }'
done
