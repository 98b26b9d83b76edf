#!/bin/bash
# Fills a folder with what the tests of purebank-mpi work on: the pictures of the demo as a data set of two categories, their cache,
# a bank, and what one process makes of them.
#   setup.sh PUREBANK PUREBANK_MPI FOLDER
set -euo pipefail
rm -rf "$3"
mkdir -p "$3"
. "$(dirname "$0")/common.sh"

"$purebank" demo demo >/dev/null
for category in bottle cable; do
    mkdir -p "data/$category/train/good"
    cp -r demo/test "data/$category/test"
done
cp demo/references/*/*.png demo/references/*.png data/bottle/train/good/ 2>/dev/null || true
cp data/bottle/test/good/00*.png data/cable/train/good/
"$purebank" cache data -o caches >/dev/null
"$purebank" "${run[@]}" -o one >/dev/null
(cd demo && "$purebank" score all.bank test --csv ../one.csv --json ../one.json --heatmaps ../one_maps >/dev/null)
"$purebank" eval demo/all.bank demo/test --json one_eval.json >/dev/null
echo "$(rows one/results_v2.csv | wc -l) rows"
