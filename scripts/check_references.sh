#!/bin/bash
# Comments name formulas by their place in docs/method.md ("method.md#loo-score"). Each such place exists, none occurs twice, none goes unnamed, each paper
# that the page cites is in its list, and nobody counts sections ("method 4").
#   scripts/check_references.sh [REPOSITORY]
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"
page=docs/method.md
wrong=0
complain() {
    echo "$1" >&2
    wrong=1
}

declare -A place named
while read -r name; do
    [ -z "${place[$name]:-}" ] || complain "$page: two places are called $name"
    place[$name]=1
done < <(grep -oE '<a id="[^"]*"' "$page" | cut -d '"' -f 2)
[ "${#place[@]}" -gt 0 ] || complain "$page: no places"

n=0
folders=()
for folder in src include cli figures station tests bench examples docs; do
    [ ! -d "$folder" ] || folders+=("$folder")
done
while IFS=: read -r file line reference; do
    n=$((n + 1))
    named[${reference#*#}]=1
    [ -n "${place[${reference#*#}]:-}" ] || complain "$file:$line: no place ${reference#*#} in $page"
done < <(grep -rnoE --include='*.[ch]' --include='*.def' --include='*.md' 'method\.md#[A-Za-z0-9_-]*' "${folders[@]}")
while IFS=: read -r file line reference; do
    n=$((n + 1))
    [ -n "${place[${reference#*#}]:-}" ] || complain "$file:$line: no place ${reference#*#} in $page"
done < <(grep -noE '\]\(#[A-Za-z0-9_-]*' "$page" | sed "s|^|$page:|")
[ "$n" -gt 0 ] || complain "nothing refers to $page"

# A formula that no comment names is one that nobody finds from the code. Places of whole sections stand alone on their line.
while read -r name; do
    [ -n "${named[$name]:-}" ] || complain "$page: nothing refers to $name"
done < <(grep -vE '^<a id="[^"]*"></a>$' "$page" | grep -oE '<a id="[^"]*"' | cut -d '"' -f 2)

# [Liu 2008](#papers), [Nemenyi 1963, Demšar 2006](#papers): surname and year of an entry of the list
papers=$(sed '1,/<a id="papers">/d' "$page")
while read -r author year; do
    grep -qE "^- ${author}[ ,:].*$year\.$" <<<"$papers" || complain "$page: no paper of $author $year in the list"
done < <(grep -oE '\[[^]]*\]\(#papers\)' "$page" | sed -E 's/^\[|\]\(#papers\)$//g' | tr ',' '\n' | sed 's/^ *//')

while IFS= read -r found; do
    complain "$found: name the place in $page"
done < <(grep -rnoE --include='*.[ch]' --include='*.def' '\(?\b[Mm]ethods? [0-9]+\b|method [0-9]+[)]' "${folders[@]}")
exit "$wrong"
