#!/bin/bash
# shellcheck disable=SC2154 # common.sh has them
# Whichever rank dies, and whenever: the job ends and says what was being computed, nothing that is written is damaged, and the same
# command goes on. A slow rank keeps nobody waiting.
#   test_kills.sh PUREBANK PUREBANK_MPI FOLDER
. "$(dirname "$0")/common.sh"
rm -rf kills
mkdir kills
RANDOM=2026

# start N ARGUMENTS...: as ranks does, in the background; the job is mpirun's process, and the ranks are its children.
start() {
    mpirun --allow-run-as-root --oversubscribe -np "$1" "$program" "${@:2}" >"$log" 2>&1 </dev/null &
    job=$!
}

# The process that is rank $1; nothing where there is none (yet).
rank_process() {
    local process
    for process in $(pgrep -P "$job"); do
        if tr '\0' '\n' 2>/dev/null <"/proc/$process/environ" | grep -qx "OMPI_COMM_WORLD_RANK=$1"; then
            echo "$process"
            return
        fi
    done
}

# until_true SECONDS COMMAND...: waits for it
until_true() {
    local end=$((SECONDS + $1))
    until "${@:2}"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.02
    done
}

has_ended() {
    ! kill -0 "$job" 2>/dev/null
}

# Waits for the job; its exit status is in $status.
finish() {
    until_true 300 has_ended || { kill -9 "$job"; fail "the job does not end"; }
    status=0
    wait "$job" || status=$?
}

# has_rows N FILE
has_rows() {
    [ -f "$2" ] && [ "$(wc -l <"$2")" -gt "$1" ]
}

# Every whole line of a file that was cut off is one that an undisturbed run writes.
is_sound() {
    local foreign
    foreign=$(comm -13 <(rows one/results_v2.csv) <(sed '$!b; /[^\r]$/d' "$1/results_v2.csv" | rows /dev/stdin) | wc -l)
    [ "$foreign" -eq 0 ] || fail "$1 has $foreign rows that no undisturbed run has"
}

# A worker is killed: the message names its item, and mpirun's says who.
start 3 "${run[@]}" -o kills/worker
until_true 150 has_rows 12 kills/worker/results_v2.csv || fail "no rows"
kill -9 "$(rank_process 2)"
finish
[ "$status" -ne 0 ] || fail "the job has lost a rank and says that all is well"
grep -qE 'rank 2 on [^ ]+ does not answer any more; it was computing (bottle|cable), disjoint, seed [0-9]' "$log" ||
    fail "does not name what rank 2 was computing"
is_sound kills/worker
ranks 2 "${run[@]}" -o kills/worker || fail "does not go on"
grep -qvE ' 0 done before' "$log" || fail "begins anew"
same_rows one/results_v2.csv kills/worker/results_v2.csv

# Rank 0 is killed, which alone writes: the lock is free, and the same command goes on, with one process as well.
start 3 "${run[@]}" -o kills/zero
until_true 150 has_rows 12 kills/zero/results_v2.csv || fail "no rows"
kill -9 "$(rank_process 0)"
finish
[ "$status" -ne 0 ] || fail "the job has lost rank 0 and says that all is well"
is_sound kills/zero
"$purebank" "${run[@]}" -o kills/zero >"$log" || fail "one process does not go on"
grep -qE ', [1-9][0-9]* done before' "$log" || fail "begins anew"
same_rows one/results_v2.csv kills/zero/results_v2.csv

# Any rank at any moment, again and again.
for ((n = 0; n < 8; n++)); do
    start 3 "${run[@]}" -o kills/any
    victim=$((RANDOM % 3))
    until_true 150 eval '[ -n "$(rank_process '$victim')" ]' || fail "rank $victim does not begin"
    sleep "0.$((RANDOM % 9))"
    process=$(rank_process "$victim")
    [ -z "$process" ] || kill -9 "$process" 2>/dev/null || true
    finish
    [ ! -f kills/any/results_v2.csv ] || is_sound kills/any
done
ranks 3 "${run[@]}" -o kills/any || fail "does not go on after 8 kills"
same_rows one/results_v2.csv kills/any/results_v2.csv

# The same for caches: the bytes of an undisturbed run.
for ((n = 0; n < 5; n++)); do
    start 3 "${cache[@]}" -o kills/cache
    victim=$((RANDOM % 3))
    until_true 150 eval '[ -n "$(rank_process '$victim')" ]' || fail "rank $victim does not begin"
    sleep "$((RANDOM % 2)).$((RANDOM % 9))"
    process=$(rank_process "$victim")
    [ -z "$process" ] || kill -9 "$process" 2>/dev/null || true
    finish
done
ranks 3 "${cache[@]}" -o kills/cache || fail "a cache does not go on after 5 kills"
same_files caches kills/cache

# Somebody asks the job to end. On a busy machine a rank may answer too late: mpirun gives it a second.
for ((n = 0; n < 3; n++)); do
    rm -rf kills/asked
    start 3 "${run[@]}" -o kills/asked
    until_true 150 has_rows 12 kills/asked/results_v2.csv || fail "no rows"
    kill -TERM "$job"
    finish
    [ "$status" -ne 0 ] || fail "the job was asked to end and says that all is well"
    is_sound kills/asked
    grep -q "does not answer" "$log" || break
done
[ "$n" -lt 3 ] || fail "blames a rank where somebody asked the job to end"
grep -q "the job was asked to end" "$log" || fail "does not say why it ends"

# A rank that hangs: the others do all that is left, then it counts as lost. One that is only slow is waited for.
start 3 "${run[@]}" -o kills/slow
until_true 150 has_rows 12 kills/slow/results_v2.csv || fail "no rows"
slow=$(rank_process 1)
kill -STOP "$slow"
all_but_one_block() { [ "$(rows kills/slow/results_v2.csv | wc -l)" -ge $((240 - 12)) ]; }
until_true 300 all_but_one_block || fail "a slow rank holds the others"
kill -CONT "$slow"
finish
[ "$status" -eq 0 ] || fail "a slow rank is not waited for"
same_rows one/results_v2.csv kills/slow/results_v2.csv
export PB_MPI_LOST_AFTER=4
start 3 "${run[@]}" -o kills/hangs
until_true 150 has_rows 12 kills/hangs/results_v2.csv || fail "no rows"
slow=$(rank_process 1)
kill -STOP "$slow"
finish
kill -9 "$slow" 2>/dev/null || true
[ "$status" -ne 0 ] || fail "a rank hangs and all is well"
grep -qE 'rank 1 on [^ ]+ has not been heard of for [0-9]+ s; it was computing (bottle|cable), disjoint, seed [0-9]' "$log" ||
    fail "does not name what rank 1 was computing"
is_sound kills/hangs
echo "same rows and bytes after 18 kills"
