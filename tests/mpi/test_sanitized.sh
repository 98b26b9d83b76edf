#!/bin/bash
# A short job of each kind under the sanitizers, whose findings end a rank.
#   test_sanitized.sh PUREBANK PUREBANK_MPI FOLDER HALF_SENT
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

# Rank 0 is asked to end while a message is half on its way, and the other rank goes on with it a moment later: its memory is still there.
# waits PROCESS: it takes next to no time of a core
ticks() { cut -d ' ' -f 14 "/proc/$1/stat"; }
waits() {
    local before
    before=$(ticks "$1")
    sleep 1
    [ $(($(ticks "$1") - before)) -lt 20 ]
}
# interrupted_between ARGUMENTS...: both ranks are stopped at a time when one waits for the other; rank 0 goes on alone and begins with
# their next message, which it cannot end.
interrupted_between() {
    local rank0 rank1
    start 2 "$@"
    until_true 60 eval '[ -n "$(rank_process 0)" ] && [ -n "$(rank_process 1)" ]' || fail "no ranks"
    rank0=$(rank_process 0)
    rank1=$(rank_process 1)
    sleep 3 # they have begun
    kill -STOP "$rank0"
    until_true 120 waits "$rank1" || fail "rank 1 is never through with its item"
    kill -STOP "$rank1"
    kill -CONT "$rank0"
    sleep 0.5
    kill -TERM "$rank0"
    sleep 0.1
    kill -CONT "$rank1"
    finish
    [ "$status" -ne 0 ] || fail "rank 0 was asked to end, and all is well"
    ! grep -A 20 "ERROR: AddressSanitizer" "$log" || fail "rank 0 uses memory that it has given back: $1"
}
export OMPI_MCA_btl_vader_eager_limit=256 # what is longer waits for the receiver
cp -r data sanitized/many
for ((n = 0; n < 40; n++)); do
    cp data/bottle/train/good/000.png "sanitized/many/bottle/train/good/more$n.png"
done
interrupted_between cache sanitized/many -o sanitized/interrupted --threads 1
timeout -k 5 300 mpirun --allow-run-as-root --oversubscribe -np 2 "$4" >"$log" 2>&1 </dev/null || fail "messages that were given up"
