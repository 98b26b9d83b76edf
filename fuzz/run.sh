#!/bin/sh
# Runs libFuzzer targets, each for SECONDS, from its seeds in fuzz/corpus/<target>/.
#   fuzz/run.sh SECONDS [TARGET...]        default: every target
# Fails when a target crashes, hangs or leaks; the input is then in build/fuzz/findings/<target>/.
set -eu
[ $# -ge 1 ] || { echo "usage: fuzz/run.sh SECONDS [TARGET...]" >&2; exit 2; }
seconds=$1
shift
cd "$(dirname "$0")/.."
cmake --preset fuzz >/dev/null

targets=${*:-$(ls fuzz/fuzz_*.c | sed 's|.*/||; s|\.c$||')}
# shellcheck disable=SC2086  # names of targets have no spaces
cmake --build --preset fuzz --target $targets

# run TARGET: for its seconds, and a line about it
run() {
    grown=build/fuzz/corpus/$1
    findings=build/fuzz/findings/$1
    mkdir -p "$grown" "$findings"
    dict=fuzz/$1.dict
    [ -f "$dict" ] && dict_option=-dict=$dict || dict_option=
    if OMP_NUM_THREADS=1 PB_NUM_THREADS=1 build/fuzz/fuzz/"$1" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 -artifact_prefix="$findings/" $dict_option \
        "$grown" "fuzz/corpus/$1" >"build/fuzz/$1.log" 2>&1; then
        echo "ok      $1: $(sed -n 's/stat::number_of_executed_units: *//p' "build/fuzz/$1.log") runs in $seconds s"
    else
        echo "FAILED  $1: see build/fuzz/$1.log and $findings/"
        return 1
    fi
}

# As many at a time as there are cores; each is one process of one thread.
failed=0
running=
for target in $targets last; do
    # shellcheck disable=SC2086  # a list
    set -- $running
    if [ $# -ge "$(nproc)" ] || [ "$target" = last ]; then
        for process; do
            wait "$process" || failed=1
        done
        running=
    fi
    [ "$target" = last ] && break
    run "$target" &
    running="$running $!"
done
exit $failed
