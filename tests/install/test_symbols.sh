#!/bin/bash
# The shared library exports what the public headers declare, no more and no less; and no global name of the static
# library can collide with a user's.
#   test_symbols.sh REPOSITORY BUILD_DIR
set -euo pipefail
repository=$1
build=$2
export LC_ALL=C

# Function names before their "(", in declarations that begin with PB_API.
declared=$(sed -nE 's/^PB_API [^(]*\b(pb_[a-z0-9_]+)\(.*/\1/p' "$repository"/include/purebank/*.h | sort -u)
# The compiler names the lock of an OpenMP critical section after ours and makes it global.
globals() {
    nm "$@" 2>/dev/null | awk 'NF == 3 { print $3 }' | grep -v '^\.gomp_critical_user_pb_' | sort -u
}
exported=$(globals -D --defined-only "$build/libpurebank.so")
foreign=$(globals -g --defined-only "$build/libpurebank.a" | grep -v '^pb_' || true)

status=0
# report LIST MESSAGE
report() {
    if [ -n "$1" ]; then
        echo "$2:" "${1//$'\n'/ }"
        status=1
    fi
}
[ -n "$declared" ] || report "include/purebank" "no declaration found in"
report "$(comm -13 <(echo "$declared") <(echo "$exported"))" "exported but not declared in a public header"
report "$(comm -23 <(echo "$declared") <(echo "$exported"))" "declared in a public header but not exported"
report "$foreign" "global names without the prefix pb_ in libpurebank.a"
exit "$status"
