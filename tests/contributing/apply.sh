#!/bin/bash
# Applies the examples of CONTRIBUTING.md to a copy of the sources.
#   apply.sh REPOSITORY COPY     COPY has the sources already; COPY/example_test.h becomes the examples' test
# The page's blocks: ```c file=PATH (or ```js, ```md) is a new file; ```c row=PATH goes to the end of the table in PATH, or before the one line that has
# the words behind before=; ```c test is a test function.
set -euo pipefail
page=$1/CONTRIBUTING.md
copy=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "CONTRIBUTING.md: $1" >&2
    exit 1
}

# insert FILE LINE: the block goes into FILE before that line.
insert() {
    sed -i "$(($2 - 1))r $work/block" "$1"
}

# One file each: the head of a block, and what it holds.
awk -v work="$work" '/^```(c|js|md) ./ { inside = 1; n++; print substr($0, index($0, " ") + 1) > (work "/" n ".head"); printf "" > (work "/" n ".block"); next }
    /^```$/ { inside = 0 } inside { print > (work "/" n ".block") }' "$page"

n=0
for head in "$work"/*.head; do
    [ -e "$head" ] || fail "no example found"
    cp "${head%.head}.block" "$work/block"
    what=$(<"$head")
    path=${what#*=}
    path=$copy/${path%% before=*}
    case $what in
    test) cp "$work/block" "$copy/example_test.h" ;;
    file=*)
        [ ! -e "$path" ] || fail "$path is there already"
        mkdir -p "$(dirname "$path")"
        cp "$work/block" "$path"
        ;;
    row=*" before="*)
        mapfile -t lines < <(grep -nF -- "${what#* before=}" "$path" | cut -d: -f1)
        [ "${#lines[@]}" -eq 1 ] || fail "${#lines[@]} lines of $path have '${what#* before=}' instead of one"
        insert "$path" "${lines[0]}"
        ;;
    row=*.def) cat "$work/block" >>"$path" ;;
    row=*)
        line=$(grep -nm1 '^};' "$path" | cut -d: -f1)
        [ -n "$line" ] || fail "$path has no table"
        insert "$path" "$line"
        ;;
    *) fail "a block is '$what', which is no place" ;;
    esac
    # As old as the page, so that what has not changed is not built again.
    [ "$what" = test ] || touch -r "$page" "$path"
    n=$((n + 1))
done
echo "$n blocks applied"
