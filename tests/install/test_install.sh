#!/bin/bash
# Installs a build into a temporary prefix and uses it as a stranger would: every example and a C++ program, against
# the shared and the static library, through pkg-config and through the CMake package, compiled and run.
#   test_install.sh REPOSITORY BUILD_DIR
set -euo pipefail
repository=$1
build=$2
cc=${CC:-cc}
cxx=${CXX:-c++}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $1" >&2
    exit 1
}

echo "--- install, by way of DESTDIR, then moved: nothing may remember where it was"
DESTDIR=$work/stage cmake --install "$build" --prefix /opt/purebank >"$work/install.log"
prefix=$work/prefix
mv "$work/stage/opt/purebank" "$prefix"
pc=$(find "$prefix" -name purebank.pc)
[ -n "$pc" ] || fail "no purebank.pc"
lib=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH=$lib/pkgconfig
for file in "$lib/libpurebank.a" "$lib/libpurebank.so" "$prefix/include/purebank/purebank.h"; do
    [ -f "$file" ] || fail "not installed: $file"
done
case $(objdump -p "$lib/libpurebank.so" | awk '/SONAME/ { print $2 }') in
"libpurebank.so.$(pkg-config --modversion purebank | cut -d. -f1-2)") ;;
*) fail "the shared library is not called after its minor version" ;;
esac

# The program and what it writes about itself.
if [ -x "$build/purebank" ]; then
    said=$("$prefix/bin/purebank" --version)
    grep -qF "$(pkg-config --modversion purebank)" <<<"$said" || fail "purebank --version"
    said=$(head -n 5 "$prefix/share/man/man1/purebank.1")
    grep -q '^\.TH PUREBANK 1' <<<"$said" || fail "the man page has no title line"
    bash -n "$prefix/share/bash-completion/completions/purebank" || fail "the completion is not bash"
    grep -q '^complete .*purebank' "$prefix/share/bash-completion/completions/purebank" || fail "nothing is completed"
fi

echo "--- inputs"
read -ra flags < <(pkg-config --cflags --libs purebank)
"$cc" -std=c17 -D_XOPEN_SOURCE=700 "$repository/tests/install/make_inputs.c" "${flags[@]}" -Wl,-rpath,"$lib" \
    -o "$work/make_inputs"
mkdir "$work/inputs"
"$work/make_inputs" "$work/inputs"

# expect STATUS PATTERN COMMAND...: exit status and output (extended regular expression) of a command.
expect() {
    local status=0 output
    output=$("${@:3}" 2>&1) || status=$?
    if [ "$status" -ne "$1" ] || ! grep -qE -- "$2" <<<"$output"; then
        echo "$output"
        fail "$(basename "$3"): status $status instead of $1, or no line like '$2'"
    fi
}

# use DIR SUFFIX: runs the programs DIR/<name>SUFFIX and checks what they say.
use() {
    local dir=$1 suffix=$2 inputs=$work/inputs known=0 source
    for source in "$repository"/examples/*.c; do
        case $(basename "$source" .c) in
        commission | score_part | custom_purify) known=$((known + 1)) ;;
        *) fail "test_install.sh does not know what $source should print" ;;
        esac
    done
    [ "$known" -eq 3 ] || fail "examples are missing"
    expect 0 '^purebank [0-9.]+ from C\+\+: ok$' "$dir/headers$suffix"
    expect 0 '^FLAGGED .*/7\.png$' "$dir/commission$suffix" "$inputs/refs" "$work/part.bank"
    expect 0 '^part.bank|part\.bank: [0-9]+ patches of 7 good photos' "$dir/commission$suffix" "$inputs/refs" "$work/part.bank"
    expect 0 ': pass$' "$dir/score_part$suffix" "$work/part.bank" "$inputs/good.png"
    expect 1 ': fail$' "$dir/score_part$suffix" "$work/part.bank" "$inputs/defect.png"
    expect 3 'nowhere' "$dir/score_part$suffix" "$work/part.bank" "$inputs/nowhere.png"
    expect 2 '^usage: ' "$dir/score_part$suffix"
    expect 0 '^after: 35 patches' "$dir/custom_purify$suffix" "$inputs/features.npy" 99
}

# build_by_pkgconfig DIR LINK FLAGS...
build_by_pkgconfig() {
    local dir=$1 source
    mkdir "$dir"
    for source in "$repository"/examples/*.c; do
        "$cc" -std=c17 -Wall -Wextra -Werror -pedantic "$source" "${@:2}" -o "$dir/$(basename "$source" .c)"
    done
    "$cxx" -std=c++17 -Wall -Wextra -Werror -pedantic "$repository/tests/install/headers.cpp" "${@:2}" -o "$dir/headers"
}

echo "--- pkg-config, shared"
build_by_pkgconfig "$work/pc-shared" "${flags[@]}" -Wl,-rpath,"$lib"
use "$work/pc-shared" ""

echo "--- every initial value is C and C++"
{
    echo '#include <purebank/purebank.h>'
    awk '/^#define PB_[A-Z_]*_INIT/ { name = $2 }
        name && match($0, /sizeof\([a-z_]+\)/) { printf "const %s value_of_%s = %s;\n", substr($0, RSTART + 7, RLENGTH - 8), tolower(name), name; name = "" }' \
        "$repository"/include/purebank/*.h
} >"$work/initial.c"
[ "$(grep -c value_of_ "$work/initial.c")" -ge 19 ] || { cat "$work/initial.c"; exit 1; }
"$cc" -std=c17 -Wall -Wextra -Werror -pedantic "${flags[@]}" -c "$work/initial.c" -o "$work/initial.o"
"$cxx" -std=c++17 -Wall -Wextra -Werror -pedantic "${flags[@]}" -x c++ -c "$work/initial.c" -o "$work/initial.o"

echo "--- the README's program"
mkdir "$work/readme"
cd "$work/readme"
awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$repository/README.md" >part.c
read -ra cflags < <(pkg-config --cflags purebank)
"$cc" -std=c17 -Wall -Wextra -Werror "${cflags[@]}" -c part.c -o part.o
command=$(grep -o 'cc part\.c \$(pkg-config[^`]*' "$repository/README.md")
bash -c "$command" # word by word, as it stands there
export LD_LIBRARY_PATH=$lib
expect 0 'defect.png: fail$' ./part "$work/part.bank" "$work/inputs/defect.png"
expect 0 'good.png: pass$' ./part "$work/part.bank" "$work/inputs/good.png"
unset LD_LIBRARY_PATH
cd "$work"

echo "--- pkg-config, static"
read -ra flags < <(pkg-config --static --cflags --libs purebank | sed 's/-lpurebank/-l:libpurebank.a/')
build_by_pkgconfig "$work/pc-static" "${flags[@]}"
needed=$(objdump -p "$work/pc-static/score_part")
if grep -q 'NEEDED.*libpurebank' <<<"$needed"; then
    fail "the static program needs the shared library"
fi
use "$work/pc-static" ""

echo "--- CMake package, shared and static"
cmake -S "$repository/tests/install/consumer" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" -DREPOSITORY="$repository" -DCMAKE_BUILD_TYPE=Release \
    >"$work/configure.log"
cmake --build "$work/consumer" >"$work/build.log" || { cat "$work/build.log"; fail "the CMake project"; }
use "$work/consumer" -purebank
use "$work/consumer" -static
echo "installed, built four ways, and ran"
