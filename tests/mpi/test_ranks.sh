#!/bin/bash
# shellcheck disable=SC2154 # common.sh has them
# However many ranks: the same rows, the same bytes, the same messages and exit statuses as one process has.
#   test_ranks.sh PUREBANK PUREBANK_MPI FOLDER HALF_SENT DEMO
readme=$(realpath "$(dirname "$0")/../../README.md")
golden=$(realpath "$(dirname "$0")/../golden")
. "$(dirname "$0")/common.sh"
rm -rf ranks
mkdir ranks

# The factory's program does not know of MPI.
linked=$(ldd "$purebank")
! grep -iE "libmpi|libopen-(rte|pal)" <<<"$linked" || fail "purebank links MPI"
linked=$(ldd "$program")
grep -q libmpi <<<"$linked" || fail "purebank-mpi does not link MPI"

for n in 1 2 4; do
    ranks "$n" "${run[@]}" -o "ranks/rows$n" || fail "a run of $n ranks"
    same_rows one/results_v2.csv "ranks/rows$n/results_v2.csv"
    ranks "$n" "${cache[@]}" -o "ranks/cache$n" || fail "a cache by $n ranks"
    same_files caches "ranks/cache$n"
done
for n in 2 4; do
    ranks "$n" score part.bank data/bottle/test data/cable/test --csv "ranks/$n.csv" --json "ranks/$n.json" \
        --heatmaps ranks/maps || fail "scores by $n ranks"
    sed -i "s|ranks/maps/|one_maps/|" "ranks/$n.csv" "ranks/$n.json"
    cmp one.csv "ranks/$n.csv" || fail "other scores"
    cmp one.json "ranks/$n.json" || fail "other scores in JSON"
    same_files one_maps ranks/maps
    ranks "$n" eval part.bank data/bottle/test --json "ranks/eval$n.json" || fail "eval by $n ranks"
    cmp one_eval.json "ranks/eval$n.json" || fail "another evaluation"
    rm -r ranks/maps
done

# Features of a network are the same bytes, whichever rank computes them, and so are the scores. f32, as of any checkpoint.
network=(data --categories bottle --backbone "$golden/vit/checkpoints/dinov3" --size 64 --threads 1)
"$purebank" cache "${network[@]}" -o ranks/network1 >/dev/null
"$purebank" fit data/bottle/train --backbone "$golden/vit/checkpoints/dinov3" --size 64 -o ranks/network.bank >/dev/null
judge=(score ranks/network.bank data/bottle/test --backbone "$golden/vit/checkpoints/dinov3")
"$purebank" "${judge[@]}" --csv ranks/network1.csv >/dev/null
ranks 3 cache "${network[@]}" -o ranks/network3 || fail "a cache of a network by 3 ranks"
same_files ranks/network1 ranks/network3
ranks 3 "${judge[@]}" --csv ranks/network3.csv || fail "scores of a network by 3 ranks"
cmp ranks/network1.csv ranks/network3.csv || fail "other scores of a network"

# What is there is continued; a row is computed once.
mkdir ranks/half
head -n 60 one/results_v2.csv >ranks/half/results_v2.csv
cp one/results_v2.csv.json ranks/half/ 2>/dev/null || cp one/*.json ranks/half/
ranks 3 "${run[@]}" -o ranks/half || fail "a run that goes on"
grep -q ' 59 done before' "$log" || fail "does not go on from the 59 rows that are there"
same_rows one/results_v2.csv ranks/half/results_v2.csv

# Memory of messages that are given up is left to MPI.
mpirun --allow-run-as-root --oversubscribe -np 2 "$4" >"$log" 2>&1 </dev/null || fail "messages that were given up"

# One writes to a folder at a time.
mkdir ranks/locked
exec 8>ranks/locked/.purebank.lock
flock 8
fails 4 "is being written by another purebank" ranks 2 "${run[@]}" -o ranks/locked
exec 8>&-

# Errors are said once, by rank 0, with the exit status of one process.
fails 3 "cannot open folder nowhere" ranks 3 experiment main --cache nowhere -o ranks/nothing
fails 2 "no command 'fit', but purebank has" ranks 2 fit data/bottle/train -o ranks/x.bank
cp -r data/bottle/test ranks/parts
echo "not a photo" >ranks/parts/broken.png
fails 3 "not judged: ranks/parts/broken.png" ranks 3 score part.bank ranks/parts --csv ranks/broken.csv
grep -q 'broken.png,,unreadable' ranks/broken.csv || fail "no row for a photo that cannot be read"
[ "$(grep -cE ',(pass|fail|unusable),' ranks/broken.csv)" -eq 9 ] || fail "the other parts are not judged"

# A damaged image costs its category; the other one is the same bytes.
cp -r data ranks/data
echo "not a photo" >ranks/data/cable/test/good/999.png
fails 3 "ranks/data/cable/test/good/999.png: not an image" ranks 3 cache ranks/data -o ranks/damaged --threads 1
cmp caches/bottle/all_train_features.npy ranks/damaged/bottle/all_train_features.npy || fail "other features"
[ ! -e ranks/damaged/cable ] || fail "a category with a damaged image is complete"

# Ranks elsewhere: what they need is checked, and they write nothing.
two_places() {
    timeout -k 5 300 mpirun --allow-run-as-root --oversubscribe -np 1 "$program" "$@" : \
        -np 2 --wdir "$work/ranks/elsewhere" "$program" "$@" >"$log" 2>&1 </dev/null
}
mkdir ranks/elsewhere
fails 3 "cannot open folder caches" two_places "${run[@]}" -o ranks/two
grep -qE 'error: rank [12] on [^ ]+: cannot open folder caches' "$log" || fail "does not say what rank 1 misses"
cp -r caches ranks/elsewhere/caches
two_places "${run[@]}" -o ranks/two || fail "a run in two places"
same_rows one/results_v2.csv ranks/two/results_v2.csv
[ "$(ls ranks/elsewhere)" = caches ] || fail "a rank that only computes has written something"
rm -r ranks/elsewhere/caches
"$purebank" cache ranks/data -o ranks/elsewhere/caches --categories bottle >/dev/null
fails 3 "all ranks need the same" two_places "${run[@]}" -o ranks/three

# The README's lines work as they stand, after `make demo`.
rm -rf purebank-demo
cp -r "$5" purebank-demo
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
mapfile -t lines < <(grep '^mpirun ' "$readme")
[ "${#lines[@]}" -eq 2 ] || fail "the README has ${#lines[@]} lines of mpirun"
for line in "${lines[@]}"; do
    eval "${line/build\/release\/purebank-mpi/\"\$program\"}" >"$log" 2>&1 </dev/null || fail "the README says: $line"
done
[ "$(wc -l <scores.csv)" -eq 41 ] || fail "the README's line scores $(wc -l <scores.csv) lines"
grep -q "image AUROC" "$log" || fail "the README's line measures nothing"
echo "the same with 1, 2 and 4 ranks"
