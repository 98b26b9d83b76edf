#!/bin/bash
# CONTRIBUTING.md promises one file and one row for each kind of thing: its examples are applied to a copy of the sources, which are
# built, and each is seen where people would look for it.
#   test_contributing.sh REPOSITORY BUILD_DIR DEMO
set -euo pipefail
repository=$1
demo=$3
build=$2/tests/contributing/tree # always the same, so that a compiler cache knows the files, and a second run has little to build
copy=$build/copy
log=$build/log
# They list what there is, methods, columns, networks: a new one breaks none of them.
tests=(test_catalog test_purify test_audit test_audit_studies test_results test_program_backbones)

fail() {
    echo "FAILED: $1" >&2
    exit 1
}

rm -rf "$copy"
mkdir -p "$copy"
cp -a "$repository/CMakeLists.txt" "$repository/cmake" "$repository/include" "$repository/src" "$repository/cli" "$repository/figures" "$copy"
mkdir "$copy/docs"
# The rooms, which the check of the layers reads, and the page that has a row for each network.
cp "$repository/docs/architecture.svg" "$repository/docs/backbones.md" "$copy/docs"
"$(dirname "$0")/apply.sh" "$repository" "$copy"

# Whether they compile, not how fast they are.
cat >>"$copy/CMakeLists.txt" <<'END'
foreach(name example_test ${PB_TEST_NAMES})
    set(source ${PB_TESTS}/${name}.c)
    if(name STREQUAL "example_test")
        set(source example_test.c)
    endif()
    add_executable(${name} ${source})
    target_include_directories(${name} PRIVATE src ${PB_TESTS})
    target_compile_definitions(${name} PRIVATE _XOPEN_SOURCE=700 PB_SHARED_DIR="" PB_GOLDEN_DIR="${PB_TESTS}/golden"
        PB_PROGRAM="$<TARGET_FILE:purebank>" PB_BACKBONES_PAGE="${CMAKE_CURRENT_SOURCE_DIR}/docs/backbones.md")
    target_link_libraries(${name} PRIVATE purebank_flags purebank_static purebank_objects cmocka)
endforeach()
END
sed 's/test_contributing/example_test/' "$(dirname "$0")/example_test.c" >"$copy/example_test.c"
touch -r "$repository/CMakeLists.txt" "$copy/CMakeLists.txt" "$copy/example_test.c" "$copy/example_test.h"
# With another compiler than before CMake begins anew, and forgets what it is told here.
compiler=$(command -v "${CC:-cc}")
grep -qs "^CMAKE_C_COMPILER:[A-Z]*=$compiler\$" "$build/build/CMakeCache.txt" || rm -rf "$build/build"
cmake -S "$copy" -B "$build/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-O0 -DCMAKE_C_COMPILER="$compiler" \
    -DCMAKE_C_COMPILER_LAUNCHER="$(command -v ccache || true)" -DPB_WERROR=ON -DPB_STATION=OFF -DPB_BUILD_TESTS=OFF -DPB_BUILD_BENCH=OFF \
    -DPB_TESTS="$repository/tests" -DPB_TEST_NAMES="$(IFS=';' && echo "${tests[*]}")" >"$log" 2>&1 || { cat "$log"; fail "the copy with the examples is not configured"; }
cmake --build "$build/build" --target purebank example_test "${tests[@]}" >"$log" 2>&1 ||
    { grep -A5 -E 'error|warning' "$log" | head -60; fail "the copy with the examples is not built"; }
"$repository/scripts/check_layers.sh" "$copy" || fail "the examples break the order of the folders"

echo "--- the test of the method"
"$build/build/example_test" || fail "the test of the page fails"
echo "--- the tests of those that were there"
for name in "${tests[@]}"; do
    "$build/build/$name" >"$log" 2>&1 || { cat "$log"; fail "$name does not stand the examples"; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# expect PATTERN ARGUMENTS...: the program with these arguments says that.
expect() {
    local output
    output=$("$build/build/purebank" "${@:2}" 2>&1) || { echo "$output"; fail "purebank ${*:2}"; }
    grep -qE -- "$1" <<<"$output" || { echo "$output"; fail "purebank ${*:2}: no line like '$1'"; }
}

echo "--- every row shows"
expect 'loo_patch_per_image' fit --help
expect 'imgmedian_mad: an image is as suspicious as' audit --help
expect '^ +tl3 +three references' experiment --help
expect '^ +photos +IMAGES' --help
expect '^resnet34' backbones
expect "second: the highest patch score but one" fit --help
for word in loo_patch_per_image imgmedian_mad second tl3 photos; do
    expect "$word" --print-man
    expect "$word" --print-completion
done

echo "--- and works"
mkdir -p data/mine/train
cp -r "$demo/references" data/mine/train/good
cp -r "$demo/test" data/mine/test
cp -r "$demo/ground_truth" data/mine/ground_truth
expect '[0-9]+ of 12 references flagged: score above [0-9.]+ \(' audit data/mine/train/good --backbone colours --rule imgmedian_mad
expect 'kept' fit data/mine/train/good --backbone colours --purify loo_patch_per_image --audit off -o part.bank
expect 'LOO per image' info part.bank
expect 'colours' info part.bank
expect 'kept' fit data/mine/train/good --backbone colours --image-score second -o second.bank
expect 'score.* second' info second.bank
expect '[0-9]+ of 20 parts fail \(threshold [0-9.]+, ' score part.bank data/mine/test/good
expect '12 photos' photos data/mine/train/good -o photos.html
expect 'caught without false alarms +[01]\.[0-9]{4}' eval part.bank data/mine/test --json eval.json --report eval.html
grep -q '"clear": ' eval.json && grep -q 'above every good part' eval.html || fail "the metric is neither in JSON nor on the page"
expect 'pixel IoU, best threshold +0\.[0-9]{4}' eval part.bank data/mine/test
grep -q '"iou": 0\.' eval.json && grep -q 'Pixel IoU max' eval.html || fail "the figure of pixels is neither in JSON nor on the page"
grep -q '<td>[0-9]* x [0-9]*</td>' photos.html || fail "the page of photos has no sizes"
grep -q '^document.title += ' photos.html || fail "the page of photos has no script of its own"
allowed=$(grep -o "script-src 'sha256-[^;\"]*" photos.html | grep -o sha256 | wc -l)
[ "$allowed" -eq 2 ] || fail "the page of photos lets $allowed scripts run instead of two"
expect 'mine' cache data --backbone colours -o caches
expect 'results_tl3.csv' experiment tl3 --cache caches -o results
columns=$(head -1 results/results_tl3.csv)
grep -q 'n_patches_removed;share_removed;n_test' <<<"$columns" || fail "the column has no place in the file"
grep -q 'tpr_fpr5;img_clear;' <<<"$columns" || fail "the metric has no column"
awk -F';' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    { n += $at["purification_method"] == "loo_patch" && $at["share_removed"] > 0.04 && $at["share_removed"] < 0.06 }
    END { exit n == 0 }' results/results_tl3.csv || fail "loo_patch does not remove a twentieth of the patches"
expect 'results_pixel' experiment pixel --cache caches -o results
awk -F';' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } $at["pix_iou"] > 0 && $at["pix_iou"] < $at["pix_f1max"] { n++ }
    END { exit n == 0 }' results/results_pixel_regions.csv || fail "the figure of pixels has no column"
options=$("$build/build/purebank" figures --help | tr -s '\n ' ' ')
[[ $options == *"btad, mpdd, or own"* ]] || fail "the benchmark is not among those of --benchmark"
mkdir -p benchmarks/MPDD_dataset
cp -r data/mine benchmarks/MPDD_dataset/connector
expect 'mpdd/connector' cache benchmarks --backbone colours -o caches-mpdd
expect 'tables, each as' tables results/results_tl3.csv -o tables
grep -q '^none;mine;[01]\.' tables/worst.csv || fail "the table does not name the worst category"
if [ -e "$build/build/libpurebank_figures.a" ]; then # without Cairo there are none
    expect "levels: every method's AUROC as a bar" figures --help
    expect '^fig10 +levels ' figures results/results_tl3.csv -o figures --only levels --format svg
    grep -q '>LOO<' figures/fig10_levels.svg || fail "the figure does not show the methods"
fi
expect '^0 values differ' compare results/results_tl3.csv results/results_tl3.csv
echo "CONTRIBUTING.md keeps its promises"
