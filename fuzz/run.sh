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

failed=0
for target in $targets; do
    grown=build/fuzz/corpus/$target
    findings=build/fuzz/findings/$target
    mkdir -p "$grown" "$findings"
    dict=fuzz/$target.dict
    [ -f "$dict" ] && dict_option=-dict=$dict || dict_option=
    if OMP_NUM_THREADS=1 PB_NUM_THREADS=1 build/fuzz/fuzz/"$target" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 -artifact_prefix="$findings/" $dict_option \
        "$grown" "fuzz/corpus/$target" >"build/fuzz/$target.log" 2>&1; then
        echo "ok      $target: $(sed -n 's/stat::number_of_executed_units: *//p' "build/fuzz/$target.log") runs in $seconds s"
    else
        echo "FAILED  $target: see build/fuzz/$target.log and $findings/"
        failed=1
    fi
done
exit $failed
