#!/bin/bash
# Exact kNN, bank 7840 x 1024, 20 images of 784 x 1024, K 5 (real features: 10 images of 784 x 1152): purebank against faiss-cpu
# IndexFlatL2 in alternating runs with the same number of threads; prints medians by the clock and of processors (which say more
# on a busy machine), for each instruction set that this CPU has.
#
#   bench/compare_faiss.sh [THREADS] [ROUNDS]       needs python3 with faiss and numpy first in PATH
#
# ONEDNN_MAX_CPU_ISA limits oneDNN and purebank's own kernels; OPENBLAS_CORETYPE picks the kernels of faiss's OpenBLAS, which
# does not know new CPUs by itself. ISAS="avx2" and KINDS="real gaussian" measure a part.
set -euo pipefail
threads=${1:-$(nproc)}
rounds=${2:-7}
here=$(cd "$(dirname "$0")" && pwd)
program=${PB_BENCH_SEARCH:-$here/../build/release/bench/bench_search}
export PB_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS="$threads"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

has() { grep -qw "$1" /proc/cpuinfo; }
if [ -z "${ISAS:-}" ]; then
    ISAS=
    has avx512bw && ISAS="avx512"
    has avx2 && ISAS="$ISAS avx2"
fi
kinds=${KINDS:-real gaussian structured outliers}
real=$here/../../shared/data/real_features/magnetic_tile_lite0_1152.npy
if [ ! -r "$real" ]; then
    kinds=${kinds/real/}
    echo "real features: left out, $real is not there"
fi

# median FILE COLUMN
median() { awk -v column="$2" '{ print $column }' "$1" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

for isa in $ISAS; do
    unset ONEDNN_MAX_CPU_ISA
    export OPENBLAS_CORETYPE=SkylakeX
    if [ "$isa" = avx2 ]; then export ONEDNN_MAX_CPU_ISA=AVX2 OPENBLAS_CORETYPE=Haswell; fi
    printf '%s: %s threads, %s rounds, faiss by OPENBLAS_CORETYPE=%s\n' "$isa" "$threads" "$rounds" "$OPENBLAS_CORETYPE"
    "$program" --machine
    python3 -c 'import faiss, numpy; print(f"  faiss {faiss.__version__}, numpy {numpy.__version__}")'
    for kind in $kinds; do
        "$program" --write "$folder" "$kind"
        : >"$folder/purebank"
        : >"$folder/faiss"
        for _ in $(seq "$rounds"); do
            "$program" --knn "$kind" 1 >>"$folder/purebank"
            python3 "$here/faiss_search.py" "$folder" "$threads" 1 >>"$folder/faiss" 2>/dev/null
        done
        for column in 1 2; do
            awk -v kind="$kind" -v what="$([ "$column" = 1 ] && echo "by the clock" || echo "of processors")" \
                -v own="$(median "$folder/purebank" "$column")" -v faiss="$(median "$folder/faiss" "$column")" \
                'BEGIN { printf "%-11s purebank %.3f s   faiss %.3f s   %.2f times as fast   (%s)\n", kind, own, faiss, faiss / own, what }'
        done
    done
done
