#!/bin/bash
# Does what CONTRIBUTING.md's worked example says, on copies.
#   extract.sh REPOSITORY OUT_DIR        writes OUT_DIR/purify/<new>.c, OUT_DIR/catalog/purify_methods.def and OUT_DIR/example_test.h
set -euo pipefail
repository=$1
out=$2
rm -rf "$out/purify" "$out/catalog" # what an earlier example left would be found first
mkdir -p "$out/purify" "$out/catalog"

# block NAME: the lines of ```c file=NAME
block() {
    awk -v head="\`\`\`c file=$1" '$0 == head { inside = found = 1; next } /^```$/ { inside = 0 } inside
        END { exit !found }' "$repository/CONTRIBUTING.md"
}

block loo_patch_per_image.c >"$out/purify/loo_patch_per_image.c"
{
    cat "$repository/src/catalog/purify_methods.def"
    block row
} >"$out/catalog/purify_methods.def"
block test >"$out/example_test.h"
