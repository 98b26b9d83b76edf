#!/bin/bash
# Formatting, static analysis, folder rules and references; quiet where all is well.
#   scripts/lint.sh [format|shell|layers|tidy|cppcheck]...      all of these by default; reformat changes files
set -euo pipefail
cd "$(dirname "$0")/.."
# Only what git knows or could know: no build folders.
mapfile -t sources < <(git ls-files --cached --others --exclude-standard '*.c' '*.h')

lint_format() {
    clang-format --dry-run --Werror "${sources[@]}"
}

lint_reformat() {
    clang-format -i "${sources[@]}"
}

lint_shell() {
    local scripts
    mapfile -t scripts < <(git ls-files --cached --others --exclude-standard '*.sh' '.ci/run')
    # `grep -q` ends at its first match, and so may what still writes to it: by SIGPIPE, which fails the pipe under pipefail
    shellcheck --severity=warning "${scripts[@]}" && ! grep -nE '\| *grep +-[[:alpha:]]*q' "${scripts[@]}"
}

lint_layers() {
    # "&&": a function behind "||" does not end at its first failure
    scripts/check_layers.sh && scripts/check_references.sh && scripts/check_sizes.sh
}

lint_tidy() {
    # clang's own view of the code, which the sanitizer builds need anyway. Generated code is not judged; examples/ and
    # tests/install/ are compiled by their test, with warnings as errors. One file a process: with several,
    # clang-tidy 14 takes every va_list of the later ones for uninitialised.
    # A file that several programs compile is judged once, too, for the same reason.
    [ -f build/asan/compile_commands.json ] || cmake --preset asan --log-level=WARNING >/dev/null
    mkdir -p build/asan/tidy
    python3 - build/asan/compile_commands.json build/asan/tidy/compile_commands.json <<'END'
import json
import sys
with open(sys.argv[1]) as source, open(sys.argv[2], "w") as out:
    json.dump(list({entry["file"]: entry for entry in json.load(source)}.values()), out, indent=0)
END
    grep -o '"file": "[^"]*\.c"' build/asan/tidy/compile_commands.json | cut -d '"' -f 4 |
        grep -v '/build/\|/tests/contributing/' | sort -u |
        xargs -P "$(nproc)" -n 1 clang-tidy -p build/asan/tidy --quiet 2> >(grep -v 'warnings\? generated' >&2 || true)
}

lint_cppcheck() {
    cppcheck --std=c11 --language=c --enable=warning,performance,portability --error-exitcode=1 --inline-suppr \
        --suppressions-list=scripts/cppcheck-suppressions.txt --quiet -j "$(nproc)" \
        -I include -I src -I cli -I . -D_XOPEN_SOURCE=700 -DPB_VERSION_STRING='""' \
        src figures station cli mpi examples python/core
}

steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(format shell layers tidy cppcheck)
failed=()
for step in "${steps[@]}"; do
    echo "lint: $step"
    "lint_$step" || failed+=("$step")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "lint found something: ${failed[*]}" >&2
    exit 1
fi
