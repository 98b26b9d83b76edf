#!/bin/bash
# The tests that use threads, under the thread sanitizer; configure the preset tsan first.
set -euo pipefail
cd "$(dirname "$0")/.."

# Tests of the modules that call pb_parallel_for() themselves: the others only call these.
pattern='^test_(base|onednn_threads|index|neighbors|search|builtin|backbone|vit|references|purify|eigen|methods|catalog|bank_api|compute_thread)'
targets=(planted_race)
for source in tests/test_*.c; do
    name=$(basename "$source" .c)
    [[ $name =~ $pattern ]] && targets+=("$name")
done
cmake --build --preset tsan -j "$(nproc)" --target "${targets[@]}"
# Four threads even on a small machine, and one test at a time.
PB_NUM_THREADS=4 PB_TEST_JOBS=1 scripts/test.sh tsan -R "$pattern|^scripts_tsan"
