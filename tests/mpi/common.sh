# shellcheck shell=bash disable=SC2034
# What the tests of purebank-mpi share; to be sourced. Arguments: PUREBANK PUREBANK_MPI FOLDER PICTURES; setup.sh fills the folder.
set -euo pipefail
purebank=$1
program=$2
work=$3

skip() {
    echo "skipped: $1"
    exit 77
}

fail() {
    echo "FAILED: $1" >&2
    if [ -f "${log:-}" ]; then tail -n 40 "$log" >&2; fi
    exit 1
}

[ -x "$program" ] || skip "purebank-mpi is not built: no Open MPI (libopenmpi-dev)"
command -v mpirun >/dev/null || skip "no mpirun (openmpi-bin)"
cd "$work"
log=$PWD/${0##*/}.log

# Open MPI frees little at its end, which is not ours to judge.
export ASAN_OPTIONS=detect_leaks=0
# A message on every difference between the machine and a cluster is of no use here.
export OMPI_MCA_btl_base_warn_component_unused=0 OMPI_MCA_btl_vader_single_copy_mechanism=none

# ranks N ARGUMENTS...: the program as N ranks on however many cores there are. Output goes to $log; returns its exit status.
ranks() {
    local n=$1 status=0
    shift
    timeout -k 5 300 mpirun --allow-run-as-root --oversubscribe -np "$n" "$program" "$@" >"$log" 2>&1 </dev/null ||
        status=$?
    return "$status"
}

# fails STATUS WORDS COMMAND...: it ends with this status, and says these words once
fails() {
    local expected=$1 words=$2 status=0
    shift 2
    "$@" || status=$?
    [ "$status" -eq "$expected" ] || fail "exit status $status instead of $expected: $*"
    [ "$(grep -cF -- "$words" "$log")" -eq 1 ] || fail "does not say once '$words': $*"
}

# has_variable PROCESS NAME=VALUE: in its environment. Not through a pipe: `grep -q` ends at the first match, and under pipefail
# what still writes to it fails then.
has_variable() {
    grep -qzxF -- "$2" "/proc/$1/environ" 2>/dev/null
}

# start N ARGUMENTS...: as ranks does, in the background; the job is mpirun's process, and the ranks are its children.
start() {
    mpirun --allow-run-as-root --oversubscribe -np "$1" "$program" "${@:2}" >"$log" 2>&1 </dev/null &
    job=$!
}

# The process that is rank $1; nothing where there is none (yet).
rank_process() {
    local process
    for process in $(pgrep -P "$job"); do
        if has_variable "$process" "OMPI_COMM_WORLD_RANK=$1"; then
            echo "$process"
            return
        fi
    done
}

# repeats BRIEFLY WHOLE: how often something is tried; the second in `make long`
repeats() {
    echo "${PB_LONG_TESTS:+$2}" | grep . || echo "$1"
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

# Open MPI 4.1 may wait for ever for a rank that was killed as it connected to mpirun, which says so. Nothing of ours has begun then.
is_stuck() {
    grep -q "PMIX ERROR: UNREACHABLE" "$log" && ! until_true 10 has_ended
}

# Waits for the job; its exit status is in $status.
finish() {
    until_true 300 eval 'has_ended || is_stuck' || { kill -9 "$job"; fail "the job does not end"; }
    if ! has_ended; then
        pkill -9 -P "$job" || true
        kill -9 "$job"
    fi
    status=0
    wait "$job" || status=$?
}

# The rows of a file of results as a set, without times (docs/experiments.md, Columns: the first and the last).
rows() {
    tail -n +2 "$1" | tr -d '\r' | cut -d ';' -f 2-29 | sort
}

# Rows that stand in two files, each once.
same_rows() {
    cmp -s <(rows "$1") <(rows "$2") || fail "$2 has other rows than $1"
}

# The files of a folder of caches or heatmaps, but for the lock, which names a process.
same_files() {
    diff -r -x .purebank.lock "$1" "$2" >/dev/null || fail "$2 has other files than $1"
}

cache=(cache data --threads 1)
# What every test of a run of the studies asks for: 12 blocks, 20 in `make long`.
grid=(--limits "4,5" --contamination "0,0.3" --seeds "0-$(repeats 5 9)" --methods "none,loo_patch,oracle_patch" --threads 1)
run=(experiment main --cache caches "${grid[@]}")
