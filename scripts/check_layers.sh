#!/bin/bash
# The data flows one way, and so do the includes: a folder of src/ includes only from folders that stand before it
# in the data's way, public headers likewise. docs/architecture.md draws the same picture.
#   scripts/check_layers.sh [REPOSITORY]
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

# folder -> the folders it may include from, besides itself
declare -A may_use=(
    [base]=""
    [metrics]="base" # plain arithmetic on scores, which audits and thresholds use too
    [io]="base"
    [image]="base io"
    [dataset]="base io image"
    [backbone]="base io image"
    [cache]="base io image dataset backbone"
    [search]="base io"
    [purify]="base io search metrics"
    [bank]="base io search purify metrics"
    [protocol]="base" # which images: numbers in, numbers out
    [experiment]="base io image dataset backbone cache search purify bank metrics protocol"
    [stats]="base io purify metrics protocol experiment"
    [report]="base io image dataset backbone search purify bank metrics protocol stats"
)

# public header -> the first folder that knows it
declare -A folder_of=(
    [export]=base [status]=base [runtime]=base
    [image]=io [features]=io # what the readers of src/io fill
    [dataset]=dataset
    [backbone]=backbone
    [cache]=cache
    [index]=search
    [references]=purify [audit]=purify [purify]=purify
    [bank]=bank
    [metrics]=metrics
    [protocol]=protocol
    [experiment]=experiment [cell]=experiment
    [study]=stats [stats]=stats
    [report]=report [tables]=report
)

wrong=0
complain() {
    echo "$1" >&2
    wrong=1
}

# check_use FILE FOLDER USED: may FILE, which stands in FOLDER, include from USED?
check_use() {
    [ "$2" = "$3" ] || [[ " ${may_use[$2]} " == *" $3 "* ]] ||
        complain "$1: $2 includes from $3, which does not stand before it (scripts/check_layers.sh has the order)"
}

# check_file FILE FOLDER
check_file() {
    local file=$1 folder=$2 include header used
    while read -r include; do
        case $include in
        \<purebank/*)
            header=${include#<purebank/}
            header=${header%.h>}
            if [ "$header" = purebank ]; then
                complain "$file: includes <purebank/purebank.h>; name the headers that are used"
            elif [ -z "${folder_of[$header]:-}" ]; then
                complain "$file: <purebank/$header.h> has no folder yet: add it to scripts/check_layers.sh"
            else
                check_use "$file" "$folder" "${folder_of[$header]}"
            fi
            ;;
        \"*/*)
            used=${include#\"}
            used=${used%%/*}
            if [ -z "${may_use[$used]+known}" ]; then
                complain "$file: includes $include, which is not in a folder of src/"
            else
                check_use "$file" "$folder" "$used"
            fi
            ;;
        \"*)
            complain "$file: includes $include; write the folder too (\"$folder/...\")"
            ;;
        esac
    done < <(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*([<"][^>"]*[>"]).*/\1/p' "$file")
}

checked=0
for file in src/*/*.[ch] include/purebank/*.h; do
    [ -f "$file" ] || continue
    name=$(basename "$file" .h)
    case $file in
    include/purebank/purebank.h) continue ;;
    include/*) folder=${folder_of[$name]:-} ;;
    *) folder=$(basename "$(dirname "$file")") ;;
    esac
    if [ -z "$folder" ] || [ -z "${may_use[$folder]+known}" ]; then
        complain "$file: unknown to scripts/check_layers.sh: give it a place in the order"
        continue
    fi
    check_file "$file" "$folder"
    checked=$((checked + 1))
done

for file in include/purebank/*.h; do
    name=$(basename "$file")
    case $name in purebank.h | export.h) continue ;; esac
    grep -q "^#include <purebank/$name>" include/purebank/purebank.h ||
        complain "include/purebank/purebank.h: does not include <purebank/$name>"
done

[ "$checked" -gt 0 ] || complain "no source files found in $PWD"
exit "$wrong"
