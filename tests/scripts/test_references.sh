#!/bin/bash
# scripts/check_references.sh passes on this repository, and notices references that lead nowhere.
#   test_references.sh REPOSITORY
set -euo pipefail
repository=$1
check=$repository/scripts/check_references.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0

"$check" "$repository"

# plant FILE LINE MESSAGE: a fresh copy with LINE added to FILE must be refused with MESSAGE.
plant() {
    rm -rf "${work:?}"/*
    mkdir -p "$work/src/base" "$work/docs"
    cp "$repository/docs/method.md" "$work/docs"
    grep -oE '<a id="[^"]*"' "$work/docs/method.md" | sed -E 's/.*"(.*)"/\/* method.md#\1 *\//' >"$work/src/base/good.c"
    "$check" "$work" # what is planted is all that is wrong
    echo "$2" >>"$work/$1"
    local output
    if output=$("$check" "$work" 2>&1); then
        echo "not noticed: $2 in $1"
        wrong=1
    elif [[ $output != *"$3"* ]]; then
        echo "noticed for another reason: $2 in $1: $output"
        wrong=1
    fi
}

plant src/base/new.c '/* as method.md#no-such-place says */' 'src/base/new.c:1: no place no-such-place'
plant src/base/new.h '/* the distance (method 4). */' 'src/base/new.h:1'
plant src/base/new.def '/* see method.md#loo-scores */' 'no place loo-scores'
plant docs/new.md 'See [scores](method.md#scores).' 'docs/new.md:1: no place scores'
plant docs/method.md 'See [above](#nowhere).' 'no place nowhere'
plant docs/method.md '<a id="loo-score"></a>' 'two places are called loo-score'
plant docs/method.md 'Also <a id="new-formula"></a>this.' 'nothing refers to new-formula'
plant docs/method.md 'After [Nobody 1901](#papers).' 'no paper of Nobody 1901'

[ "$wrong" -eq 0 ] || exit 1
echo "every planted reference was noticed"
