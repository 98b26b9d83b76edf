#!/bin/bash
# A short job of each kind under the sanitizers, whose findings end a rank.
#   test_sanitized.sh PUREBANK PUREBANK_MPI FOLDER
# shellcheck disable=SC2154 # common.sh has them
. "$(dirname "$0")/common.sh"
rm -rf sanitized
mkdir sanitized
ranks 3 "${run[@]}" --seeds 0-2 -o sanitized/rows || fail "a run"
[ "$(rows sanitized/rows/results_v2.csv | comm -23 - <(rows one/results_v2.csv) | wc -l)" -eq 0 ] || fail "other rows"
ranks 2 "${cache[@]}" -o sanitized/caches || fail "a cache"
same_files caches sanitized/caches
ranks 3 score part.bank data/bottle/test data/cable/test --csv sanitized/scores.csv || fail "scores"
cmp <(cut -d , -f 1-3 one.csv) <(cut -d , -f 1-3 sanitized/scores.csv) || fail "other scores"
fails 3 "cannot open folder nowhere" ranks 3 experiment main --cache nowhere -o sanitized/nothing
