#!/bin/bash
# Does what CONTRIBUTING.md's worked example says, on copies.
#   extract.sh REPOSITORY OUT_DIR        writes OUT_DIR/purify/{<new>.c,methods.h,purify.c} and OUT_DIR/example_test.h
set -euo pipefail
repository=$1
out=$2
mkdir -p "$out/purify"

# block NAME: the lines of ```c file=NAME
block() {
    awk -v head="\`\`\`c file=$1" '$0 == head { inside = found = 1; next } /^```$/ { inside = 0 } inside
        END { exit !found }' "$repository/CONTRIBUTING.md"
}

# insert_before FROM PATTERN FILE: FILE with standard input before the first line that matches PATTERN, after FROM
insert_before() {
    awk -v from="$1" -v pattern="$2" '
        NR == FNR { text = text $0 "\n"; next }
        $0 ~ from { armed = 1 }
        armed && !done && $0 ~ pattern { printf "%s", text; done = 1 }
        { print }
        END { exit !done }' - "$3"
}

block loo_patch_per_image.c >"$out/purify/loo_patch_per_image.c"
block prototype | insert_before 'pb_status pb_purify_' '^$' "$repository/src/purify/methods.h" >"$out/purify/methods.h"
block row | insert_before 'pb_purify_method methods' '^};' "$repository/src/purify/purify.c" >"$out/purify/purify.c"
block test >"$out/example_test.h"
