#!/bin/bash
# scripts/check_sizes.sh passes the tree as it is, and finds products of sizes that nobody checks, wherever they are hidden.
#   test_sizes.sh REPOSITORY
set -euo pipefail
repository=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
    echo "$1" >&2
    exit 1
}

"$repository/scripts/check_sizes.sh" "$repository" || fail "the tree has unchecked products"

mkdir -p "$folder/src/io"
try() { # EXPECTED LINE
    printf 'void f(void)\n{\n    %s\n}\n' "$2" >"$folder/src/io/a.c"
    if "$repository/scripts/check_sizes.sh" "$folder" 2>"$folder/said"; then found=clean; else found=product; fi
    [ "$found" = "$1" ] || fail "$2: $found instead of $1"
}
try product 'PB_TRY(PB_NEW(p, n * n_patches));'
try product 'PB_TRY(PB_NEW_UNINITIALISED(job->rows, (int64_t)n_images * category->dim));'
try product 'PB_TRY(PB_NEW(p, count(x) * n));'
try product 'char *c = pb_realloc(c, (size_t)(n * width), sizeof *c);'
try product 'char *c = pb_malloc(n * width, 3);'
try product 'PB_TRY(PB_NEW(p, n *
        width));'
grep -q 'src/io/a.c:3' "$folder/said" || fail "no file and line: $(cat "$folder/said")"
try clean 'PB_TRY(PB_NEW_PRODUCT(p, n, n_patches));'
try clean 'PB_TRY(PB_NEW(name, 2 * strlen(category) + 1));'
try clean 'PB_TRY(PB_NEW(*out, n));'
try clean 'PB_TRY(PB_NEW(out->counts[i * n + j], n));'
