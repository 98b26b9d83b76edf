#!/bin/bash
# Banks of many patches: one image of 784 x 1024 against 10^5, 3 x 10^5 and 10^6 rows, purebank and faiss-cpu IndexFlatL2 in turns;
# how soon a station judges its first part; a coreset beside anomalib's. Prints the numbers, and writes time against rows as SVG.
#
#   bench/scale.sh FIGURE.svg [THREADS] [ROUNDS]     needs python3 with faiss and numpy first in PATH; 9 GB of memory and 9 GB of
#                                                    disk below TMPDIR for 10^6 rows (SIZES="100000 300000" needs 3)
# KEEP=DIR keeps the banks for the next time; the million takes some minutes to make.
# ANOMALIB=1 also runs anomalib's KCenterGreedy (torch, anomalib), which takes a quarter of an hour.
set -euo pipefail
figure=$1 threads=${2:-$(nproc)} rounds=${3:-5}
here=$(cd "$(dirname "$0")" && pwd)
program=${PB_BENCH_SCALE:-$here/../build/release/bench/bench_scale}
sizes=${SIZES:-100000 300000 1000000}
export PB_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS="$threads" OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-SkylakeX}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# make_bank DIR ROWS: unless it is there already
make_bank() {
    [ -r "$1/complete" ] && return
    mkdir -p "$1"
    "$program" --write "$1" "$2"
    touch "$1/complete"
}

# median FILE COLUMN
median() { awk -v column="$2" '{ print $column }' "$1" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

PB_NUM_THREADS=$threads "$program"
echo "  $rounds rounds; seconds of processors"
: >"$folder/table"
data=${KEEP:-$folder}
for rows in $sizes; do
    banks=$data/$rows
    make_bank "$banks" "$rows"
    : >"$folder/purebank"
    : >"$folder/faiss"
    for _ in $(seq "$rounds"); do
        "$program" --search "$banks" 1 >"$folder/one"
        tail -n 1 "$folder/one" >>"$folder/purebank"
        python3 "$here/faiss_search.py" "$banks" "$threads" 1 >>"$folder/faiss" 2>/dev/null
    done
    read -r _ prepare bytes plan <"$folder/one"
    own=$(median "$folder/purebank" 2) faiss=$(median "$folder/faiss" 2)
    echo "$rows $own $faiss" >>"$folder/table"
    awk -v rows="$rows" -v own="$own" -v faiss="$faiss" -v prepare="$prepare" -v bytes="$bytes" -v plan="$plan" 'BEGIN {
        printf "%8d rows: purebank %.3f s an image, faiss %.3f s, %.1f times; index %.1f MB, %.1f %% of the bank, made in %.2f s (%s)\n",
               rows, own, faiss, faiss / own, bytes / 1e6, 100 * bytes / (rows * 4096), prepare, plan }'
    read -r load first image < <(PB_NUM_THREADS=$(nproc) "$program" --start "$banks")
    [ -n "${KEEP:-}" ] || rm -r "$banks"
    echo "          by the clock, on all cores: bank loaded and verified in $load s, first image judged in $first s, the next in $image s"
done

python3 "$here/scale_figure.py" "$folder/table" "$figure"

banks=$data/78400
make_bank "$banks" 78400
read -r _ own radius < <(PB_NUM_THREADS=1 "$program" --coreset "$banks" 78400 7840)
echo "coreset of 7840 of 78400 rows, one thread: $own s of processors, radius $radius"
if [ -n "${ANOMALIB:-}" ]; then
    read -r _ own radius < <(PB_NUM_THREADS=1 "$program" --coreset "$banks" 78400 784)
    read -r _ other theirs < <(python3 "$here/coreset_anomalib.py" "$banks" 78400 784 1 2>/dev/null)
    awk -v own="$own" -v radius="$radius" -v other="$other" -v theirs="$theirs" 'BEGIN {
        printf "the first 784 of them: purebank %.2f s, radius %s; anomalib %.2f s, radius %s: %.0f times\n",
               own, radius, other, theirs, other / own }'
fi
