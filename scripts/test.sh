#!/bin/bash
# Runs a preset's tests through CTest and ends in one line: N passed, N failed, N skipped.
#
#   scripts/test.sh PRESET [CTEST OPTIONS...]        PRESET: release, asan, ..., or a build folder
#
# Above it stand the names of what was skipped. What is counted: every test function of the cmocka programs (CTest label "cmocka"), and one for each other
# CTest entry. A program that crashes, runs no test or stops early counts as failed; so does an empty suite.
set -euo pipefail

if [ $# -eq 0 ]; then
    echo "usage: scripts/test.sh PRESET [CTEST OPTIONS...]" >&2
    exit 2
fi
build=$1
shift
[ -d "$build" ] || build=$(dirname "$0")/../build/$build
if [ ! -f "$build/CTestTestfile.cmake" ]; then
    echo "no tests in $build: configure and build it first" >&2
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

# One program more than there are cores, as some wait for time to pass; threads that wait must not keep the cores from those that have work.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
results=$(mktemp)
trap 'rm -f "$results"' EXIT
cmocka=$(ctest --test-dir "$build" -N -L '^cmocka$' | sed -n 's/^ *Test *#[0-9]*: //p')
status=0
ctest --test-dir "$build" --output-on-failure --no-tests=error -j "${PB_TEST_JOBS:-$(($(nproc) + 1))}" \
    --output-junit "$results" --test-output-size-passed 100000000 --test-output-size-failed 100000000 "$@" || status=$?

# CTest writes one tag a line, and escapes "<" in the outputs between them.
LC_ALL=C awk -v cmocka="$cmocka" -v ctest_status="$status" '
BEGIN {
    split(cmocka, names, "\n")
    for (i in names)
        is_cmocka[names[i]] = 1
}
/^\t<testcase / {
    match($0, /name="[^"]*"/)
    name = substr($0, RSTART + 6, RLENGTH - 7)
    match($0, /status="[^"]*"/)
    result = substr($0, RSTART + 8, RLENGTH - 9)
    announced = ok = bad = skip = in_group = 0
    next
}
/^\t\t<skipped message="SKIP_/ { result = "skip" }
# Only between the head and the foot of a group: below the foot cmocka names its failures a second time.
/\[==========\].*Running [0-9]+ test\(s\)/ {
    match($0, /Running [0-9]+/)
    announced += substr($0, RSTART + 8, RLENGTH - 8)
    in_group = 1
}
/\[==========\].*test\(s\) run/ { in_group = 0 }
in_group && /\[       OK \] / { ok++ }
in_group && /\[  FAILED  \] / { bad++ }
in_group && /\[  SKIPPED \] / {
    skip++
    sub(/.*\[  SKIPPED \] /, "")
    names_skipped = names_skipped "  " name ": " $0 "\n"
}
/^\t<\/testcase>/ {
    if (result == "skip" || result == "disabled") {
        names_skipped = names_skipped "  " name "\n"
        if (ok + bad + skip < (announced > 0 ? announced : 1))
            skip += (announced > 0 ? announced : 1) - ok - bad - skip
    } else if (name in is_cmocka) {
        if (announced > ok + bad + skip)
            bad += announced - ok - bad - skip
        if (bad == 0 && (announced == 0 || result != "run"))
            bad = 1
    } else {
        ok = result == "run"
        bad = !ok
        skip = 0
    }
    passed += ok
    failed += bad
    skipped += skip
}
END {
    # Whatever else CTest complains about must not get lost.
    if (failed == 0 && (ctest_status != 0 || passed + skipped == 0))
        failed = 1
    if (names_skipped)
        printf "Skipped:\n%s", names_skipped
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    exit failed > 0
}' "$results"
