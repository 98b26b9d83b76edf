#!/bin/bash
# shellcheck disable=SC2154 # common.sh has them
# Whichever rank dies, and whenever: the job ends and says what was being computed, nothing that is written is damaged, and the same
# command goes on. A slow rank keeps nobody waiting.
#   test_kills.sh PUREBANK PUREBANK_MPI FOLDER
. "$(dirname "$0")/common.sh"
rm -rf kills
mkdir kills
RANDOM=2026

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

# Rank 0 is killed, which alone writes: another rank names what was under way, the lock is free, and the same command goes on, with one
# process as well. (On a busy machine a rank may speak too late: mpirun gives it a second.)
item='(bottle|cable), disjoint, seed [0-9]'
for ((n = 0; n < 3; n++)); do
    rm -rf kills/zero
    start 3 "${run[@]}" -o kills/zero
    until_true 150 has_rows 12 kills/zero/results_v2.csv || fail "no rows"
    kill -9 "$(rank_process 0)"
    finish
    [ "$status" -ne 0 ] || fail "the job has lost rank 0 and says that all is well"
    is_sound kills/zero
    if grep -qE "rank 0 on [^ ]+ has died; it was computing $item, and rank [12] on [^ ]+ was (computing|through with) $item\." "$log"; then break; fi
done
[ "$n" -lt 3 ] || fail "nobody names both what rank 0 and what another was computing when rank 0 died"
"$purebank" "${run[@]}" -o kills/zero >"$log" || fail "one process does not go on"
grep -qE ', [1-9][0-9]* done before' "$log" || fail "begins anew"
same_rows one/results_v2.csv kills/zero/results_v2.csv

# Any rank at any moment, again and again.
for ((n = 0; n < $(repeats 2 8); n++)); do
    start 3 "${run[@]}" -o kills/any
    victim=$((RANDOM % 3))
    until_true 150 eval '[ -n "$(rank_process '$victim')" ]' || fail "rank $victim does not begin"
    sleep "0.$((RANDOM % 9))"
    process=$(rank_process "$victim")
    [ -z "$process" ] || kill -9 "$process" 2>/dev/null || true
    finish
    [ ! -f kills/any/results_v2.csv ] || is_sound kills/any
done
ranks 3 "${run[@]}" -o kills/any || fail "does not go on after kills"
same_rows one/results_v2.csv kills/any/results_v2.csv

# The same for caches: the bytes of an undisturbed run.
for ((n = 0; n < $(repeats 1 5); n++)); do
    start 3 "${cache[@]}" -o kills/cache
    victim=$((RANDOM % 3))
    until_true 150 eval '[ -n "$(rank_process '$victim')" ]' || fail "rank $victim does not begin"
    sleep "$((RANDOM % 2)).$((RANDOM % 9))"
    process=$(rank_process "$victim")
    [ -z "$process" ] || kill -9 "$process" 2>/dev/null || true
    finish
done
ranks 3 "${cache[@]}" -o kills/cache || fail "a cache does not go on after kills"
same_files caches kills/cache

# score and eval: whatever is killed, each file is there as a whole or not at all, and the same command makes all, whatever is there.
whole_or_none() {
    [ ! -f "$2" ] || cmp -s "$1" "$2" || fail "$2 is there, and not whole"
}
# Where rank 0 was asked to end it says what was judged until then, and no part of a line.
judged_so_far() {
    cmp -s <(head -n "$(wc -l <kills/s.csv)" one.csv) <(sed 's|kills/maps/|one_maps/|g' kills/s.csv) ||
        fail "kills/s.csv is not the beginning of what an undisturbed run writes"
}
# What is in kills/s.json where undisturbed runs have their maps.
scores_json() { sed 's|kills/maps/|one_maps/|g' kills/s.json; }
score=(score part.bank data/bottle/test data/cable/test --csv kills/s.csv --json kills/s.json --heatmaps kills/maps)
eval=(eval part.bank data/bottle/test --json kills/e.json)
n_killed=0
for ((n = 0; n < $(repeats 4 8); n++)); do
    if ((n % 2)); then
        rm -f kills/e.json
        start 3 "${eval[@]}"
    else
        rm -rf kills/maps kills/s.csv kills/s.json
        start 3 "${score[@]}"
    fi
    victim=$((RANDOM % 3))
    until_true 150 eval '[ -n "$(rank_process '$victim')" ]' || fail "rank $victim does not begin"
    sleep "0.$((RANDOM % 10))"
    process=$(rank_process "$victim")
    [ -z "$process" ] || { kill -9 "$process" 2>/dev/null && n_killed=$((n_killed + 1)); } || true
    finish
    [ ! -f kills/s.csv ] || judged_so_far
    [ ! -f kills/s.json ] || cmp -s one.json <(scores_json) || fail "kills/s.json is there, and not whole"
    whole_or_none one_eval.json kills/e.json
    for map in kills/maps/*; do
        [ ! -e "$map" ] || whole_or_none "one_maps/${map##*/}" "$map"
    done
done
[ "$n_killed" -gt 0 ] || fail "nothing was killed in time"
# On what the last kill has left; and where that is nothing, on what one who was asked to end in the middle might have.
mkdir -p kills/maps
[ -f kills/s.csv ] || head -n 3 one.csv | sed 's|one_maps/|kills/maps/|g' >kills/s.csv
map=$(ls one_maps | sed -n 1p)
[ -f "kills/maps/$map" ] || cp "one_maps/$map" kills/maps
ranks 3 "${score[@]}" || fail "score does not run after kills"
cmp one.csv <(sed 's|kills/maps/|one_maps/|g' kills/s.csv) || fail "score writes other bytes after kills"
cmp one.json <(scores_json) || fail "score writes other JSON after kills"
rm -f kills/maps/.*.tmp # what a rank leaves that was killed as it wrote
same_files one_maps kills/maps
ranks 3 "${eval[@]}" || fail "eval does not run after kills"
cmp one_eval.json kills/e.json || fail "eval writes other bytes after kills"

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

# A rank that is only slow is waited for: the others do all that is left.
start 3 "${run[@]}" -o kills/slow
until_true 150 has_rows 12 kills/slow/results_v2.csv || fail "no rows"
slow=$(rank_process 1)
kill -STOP "$slow"
all_but_one_block() { [ "$(rows kills/slow/results_v2.csv | wc -l)" -ge $(($(rows one/results_v2.csv | wc -l) - 12)) ]; }
until_true 300 all_but_one_block || fail "a slow rank holds the others"
kill -CONT "$slow"
finish
[ "$status" -eq 0 ] || fail "a slow rank is not waited for"
same_rows one/results_v2.csv kills/slow/results_v2.csv

# Rank 0 is killed while it waits for a slow one: then it computes nothing, and nobody says that it does.
for ((n = 0; n < 3; n++)); do
    rm -rf kills/slow
    start 3 "${run[@]}" -o kills/slow
    until_true 150 has_rows 12 kills/slow/results_v2.csv || fail "no rows"
    slow=$(rank_process 1)
    kill -STOP "$slow"
    until_true 300 all_but_one_block || fail "a slow rank holds the others"
    sleep 0.5
    kill -9 "$(rank_process 0)"
    finish
    kill -9 "$slow" 2>/dev/null || true
    ! grep -E "rank 0 on [^ ]+ has died; it was computing" "$log" || fail "names what rank 0 was through with"
    if grep -qE "rank 0 on [^ ]+ has died[,.]" "$log"; then break; fi
done
[ "$n" -lt 3 ] || fail "nobody says that rank 0 died"

# A rank in a namespace of its own, as in a container, where the number of rank 0's process means nothing.
apart=(unshare --pid --fork)
if "${apart[@]}" true 2>/dev/null; then
    mpirun --allow-run-as-root --oversubscribe -np 1 "$program" "${run[@]}" -o kills/apart : \
        -np 1 "${apart[@]}" "$program" "${run[@]}" -o kills/apart >"$log" 2>&1 </dev/null &
    job=$!
    until_true 150 has_rows 12 kills/apart/results_v2.csv || fail "no rows with a rank in a namespace"
    kill -TERM "$job"
    finish
    ! grep "has died" "$log" || fail "a rank that cannot see rank 0 says that it has died"
fi

# A rank that hangs: the others do all that is left, then it counts as lost.
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
echo "same rows and bytes after kills"
