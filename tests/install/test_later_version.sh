#!/bin/bash
# Programs and libraries of different patch versions work together: programs built against what is installed now run with a
# later library, made of a copy of the sources whose structs of options have a member more and which has a function more; and
# a program built against that one runs with the library of now, unless it wants what is not there yet.
#   test_later_version.sh REPOSITORY BUILD_DIR
set -euo pipefail
repository=$1
build=$2
cc=${CC:-cc}
work=$build/tests/install/later_version # always the same, so that a compiler cache knows the files
rm -rf "$work"
mkdir -p "$work"

fail() {
    echo "FAILED: $1" >&2
    exit 1
}

soname() {
    objdump -p "$1" | awk '/SONAME/ { print $2 }'
}

cmake --install "$build" --prefix "$work/now" >"$work/install.log"
now=$(dirname "$(find "$work/now" -name libpurebank.so)")

# The later version: a member at the end of every struct that begins with its size, a function, a higher patch number.
mkdir "$work/source"
cp -r "$repository/CMakeLists.txt" "$repository/cmake" "$repository/include" "$repository/src" "$work/source"
cd "$work/source"
rm cmake/PurebankInstall.cmake
sed -i -E '/^typedef struct pb_[a-z_]+ \{$/ { N; /\n    size_t size;/ { :more; /\n\} pb_[a-z_]+;$/! { N; b more }
    s/\n(\} pb_[a-z_]+;)$/\n    double later; \/**< 0 = as before *\/\n\1/ } }' include/purebank/*.h
grep -q 'double later;' include/purebank/cache.h || fail "no struct of options grew"
sed -i -E 's/^(#define PB_VERSION_PATCH).*/\1 99/; s/^PB_API int pb_version_number.*/&\nPB_API double pb_later(void);/' \
    include/purebank/runtime.h
printf '\ndouble pb_later(void)\n{\n    return 1;\n}\n' >>src/base/version.c
cmake -S . -B build -DPB_BUILD_TESTS=OFF -DPB_BUILD_BENCH=OFF -DPB_FIGURES=OFF -DCMAKE_C_COMPILER="$cc" -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_FLAGS_DEBUG=-O0 >"$work/configure.log"
cmake --build build --target purebank_shared -j "$(nproc)" >"$work/build.log" 2>&1 || { tail "$work/build.log"; fail "the later library"; }
later=$PWD/build
[ "$(soname "$later/libpurebank.so")" = "$(soname "$now/libpurebank.so")" ] || fail "a patch version has another soname"

# compile NAME SOURCE INCLUDES LIBRARIES [FLAGS...]
compile() {
    "$cc" -std=c17 -D_XOPEN_SOURCE=700 "$2" -I"$3" "${@:5}" -L"$4" -lpurebank -o "$work/$1"
}

# expect STATUS PATTERN LIBRARIES COMMAND...: exit status and output of a command that runs with these libraries.
expect() {
    local status=0 output
    output=$(LD_LIBRARY_PATH=$3 "${@:4}" 2>&1) || status=$?
    if [ "$status" -ne "$1" ] || ! grep -qE -- "$2" <<<"$output"; then
        echo "$output"
        fail "$(basename "$4") with $3: status $status instead of $1, or no line like '$2'"
    fi
}

compile make_inputs "$repository/tests/install/make_inputs.c" "$work/now/include" "$now"
mkdir "$work/inputs"
expect 0 '' "$now" "$work/make_inputs" "$work/inputs"
for example in commission score_part; do
    compile $example "$repository/examples/$example.c" "$work/now/include" "$now"
done
compile of_now "$repository/tests/install/later_version.c" "$work/now/include" "$now"
compile of_later "$repository/tests/install/later_version.c" "$work/source/include" "$later" -DWITH_LATER

# 8 images of 784 patches of 35 channels of 2 bytes
expect 0 'built with ([0-9]+), runs with \1: 439040 bytes' "$now" "$work/of_now" "$work/inputs/refs"
expect 0 'runs with [0-9]+99: 439040 bytes' "$later" "$work/of_now" "$work/inputs/refs"
expect 0 '^FLAGGED .*/7\.png$' "$later" "$work/commission" "$work/inputs/refs" "$work/part.bank"
expect 1 ': fail$' "$later" "$work/score_part" "$work/part.bank" "$work/inputs/defect.png"
expect 0 ': pass$' "$now" "$work/score_part" "$work/part.bank" "$work/inputs/good.png"
expect 0 '[0-9]+99, runs with [0-9]+: 439040 bytes' "$now" "$work/of_later" "$work/inputs/refs"
expect 1 'PB_STATUS_UNSUPPORTED: .*newer version' "$now" "$work/of_later" "$work/inputs/refs" 1
rm -rf "$work"
echo "programs and libraries of two versions ran together"
