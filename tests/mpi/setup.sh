#!/bin/bash
# shellcheck disable=SC2154 # common.sh has them
# Fills a folder with what the tests of purebank-mpi work on: a data set of two categories, its cache, a bank, and what one process makes of them.
#   setup.sh PUREBANK PUREBANK_MPI FOLDER PICTURES
set -euo pipefail
rm -rf "$3"
mkdir -p "$3"
. "$(dirname "$0")/common.sh"

"$4" data bottle 12 5 4 1
"$4" data cable 9 4 6 2
"$purebank" fit data/bottle/train -o part.bank >/dev/null
"$purebank" "${cache[@]}" -o caches >/dev/null
"$purebank" "${run[@]}" -o one >/dev/null
"$purebank" score part.bank data/bottle/test data/cable/test --csv one.csv --json one.json --heatmaps one_maps >/dev/null
"$purebank" eval part.bank data/bottle/test --json one_eval.json >/dev/null
echo "$(rows one/results_v2.csv | wc -l) rows"
