#!/bin/bash
# Plants one fault after another into a suite of CTest entries and checks what scripts/test.sh makes of it.
#   test_summary.sh SCRIPTS_DIR PLANTED_PROGRAM
set -euo pipefail
scripts=$1
planted=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0

# expect WHAT STATUS LINE, with the suite as CMake commands on stdin; "cmocka NAME FAULT" stands for an entry.
expect() {
    local what=$1 status=$2 line=$3 actual_status=0 output
    {
        echo 'macro(cmocka name fault)'
        echo "  add_test(\${name} \"$planted\" \${fault})"
        echo '  set_tests_properties(${name} PROPERTIES LABELS cmocka SKIP_RETURN_CODE 77)'
        echo 'endmacro()'
        cat
    } >"$work/CTestTestfile.cmake"
    output=$("$scripts/test.sh" "$work" 2>&1) || actual_status=$?
    if [ "$(tail -n 1 <<<"$output")" != "$line" ] || [ "$actual_status" -ne "$status" ]; then
        echo "$what: expected '$line' and status $status, got status $actual_status and:"
        echo "$output"
        wrong=1
    fi
}

expect 'a good program' 0 '3 passed, 0 failed, 0 skipped' <<<'cmocka(a "")'
expect 'a failing test' 1 '2 passed, 1 failed, 0 skipped' <<<'cmocka(a fails)'
expect 'a failure hidden by exit status 0' 1 '2 passed, 1 failed, 0 skipped' <<<'cmocka(a fails-but-returns-0)'
expect 'an exit status without a failure' 1 '3 passed, 1 failed, 0 skipped' <<<'cmocka(a passes-but-returns-1)'
expect 'a skipping test' 0 '2 passed, 0 failed, 1 skipped' <<<'cmocka(a skips)'
expect 'an abort' 1 '1 passed, 2 failed, 0 skipped' <<<'cmocka(a aborts)'
expect 'a segmentation fault' 1 '2 passed, 1 failed, 0 skipped' <<<'cmocka(a segfaults)'
expect 'an early exit' 1 '1 passed, 2 failed, 0 skipped' <<<'cmocka(a leaves-early)'
expect 'a skipping program' 0 '0 passed, 0 failed, 1 skipped' <<<'cmocka(a skips-all)'
expect 'a program without tests' 1 '0 passed, 1 failed, 0 skipped' <<<'cmocka(a runs-nothing)'
expect 'an empty suite' 1 '0 passed, 1 failed, 0 skipped' <<<''
expect 'a missing program' 1 '0 passed, 1 failed, 0 skipped' <<<'add_test(a "/nonexistent/program")'
expect 'other programs' 1 '1 passed, 1 failed, 1 skipped' <<'END'
add_test(good "/bin/sh" "-c" "echo '[  FAILED  ] is not for me'")
add_test(bad "/bin/sh" "-c" "exit 3")
add_test(skip "/bin/sh" "-c" "exit 77")
set_tests_properties(skip PROPERTIES SKIP_RETURN_CODE 77)
END
expect 'a timeout' 1 '0 passed, 1 failed, 0 skipped' <<'END'
add_test(slow "/bin/sleep" "20")
set_tests_properties(slow PROPERTIES TIMEOUT 1)
END
expect 'all together' 1 '11 passed, 5 failed, 2 skipped' <<'END'
cmocka(a "")
cmocka(b fails)
cmocka(c skips)
cmocka(d aborts)
cmocka(e skips-all)
cmocka(f runs-nothing)
cmocka(g "")
add_test(bad "/bin/sh" "-c" "exit 1")
END

[ "$wrong" -eq 0 ] || exit 1
echo "every planted fault was noticed"
