#!/bin/bash
# The data flows one way, and so do the includes: a folder of src/ includes only from folders that stand before it
# in the data's way, public headers likewise. docs/architecture.md draws the same picture. Within a folder, too, no two files need
# each other; every file of src/ stands behind a header; files and functions stay short; and the library names no options of the
# program.
#   scripts/check_layers.sh [REPOSITORY]
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

# folder -> the folders it may include from, besides itself
declare -A may_use=(
    [base]=""
    [catalog]="base" # what methods there are, without what they compute
    [metrics]="base" # plain arithmetic on scores, which audits and thresholds use too
    [io]="base"
    [image]="base io"
    [guard]="base io image metrics"
    [synthetic]="base io image" # defects for photos
    [dataset]="base io catalog image"
    [backbone]="base io catalog image"
    [cache]="base io image dataset backbone"
    [linalg]="base"
    [score]="base catalog metrics" # of a patch from its distances, of an image from its patches
    [search]="base io linalg score"
    [references]="base io linalg score search metrics"
    [audit]="base io guard catalog score references metrics"
    [purify]="base io catalog score search references metrics"
    [bank]="base io guard image backbone catalog score search references audit purify metrics"
    [sensitivity]="base io image synthetic guard backbone catalog score search references audit purify bank metrics"
    [protocol]="base" # which images: numbers in, numbers out
    [results]="base io protocol" # files of results: read without anything that computes them
    [experiment]="base io catalog image dataset backbone cache linalg score search references audit purify bank metrics protocol results"
    [analysis]="base io catalog metrics protocol results"
    [tables]="base io catalog audit metrics protocol analysis"
    [pages]="base io catalog image synthetic dataset backbone linalg score search references audit purify bank sensitivity metrics protocol analysis tables"
)

# public header -> the first folder that knows it
declare -A folder_of=(
    [export]=base [status]=base [runtime]=base
    [image]=io [features]=io [roi]=io [augment]=io # what the readers of src/io fill
    [guard]=guard
    [synthetic]=synthetic
    [dataset]=dataset
    [backbone]=backbone
    [cache]=cache
    [index]=search [coreset]=search
    [score]=score [image_scores]=score [references]=references [audit]=audit [purify]=purify
    [bank]=bank [bank_findings]=bank [calibrate]=bank [mend]=bank
    [sensitivity]=sensitivity
    [metrics]=metrics [detection_metrics]=metrics [pixel_figures]=metrics
    [catalog]=catalog [benchmarks]=catalog
    [protocol]=protocol
    [results]=results
    [experiment]=experiment [cell]=experiment
    [study]=analysis [study_measures]=analysis [effect]=analysis [stats]=analysis [selection]=analysis
    [tables]=tables
    [report]=pages
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

# check_include FILE FOLDER INCLUDE: may FILE of src/ or of the public headers have INCLUDE, such as <purebank/bank.h> or "io/csv.h"?
check_include() {
    local file=$1 folder=$2 include=$3 header used
    case $include in
    \<purebank/*)
        header=${include#<purebank/}
        header=${header%.h>}
        header=${header%.def>} # a table that headers and sources are made of
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
}

# check_figures FILE INCLUDE: what draws stands beside the library: it sees what users see, and of src/ what reads, writes and allocates.
check_figures() {
    case $2 in
    \"base/* | \"io/* | \"figures/*) ;;
    \"*) complain "$1: includes $2; figures use base and io of src/, and else the public headers" ;;
    esac
}

# check_station FILE INCLUDE: the station stands beside the library likewise; it has files of its own in station/, and nobody else its door.
check_station() {
    case $2 in
    \"base/* | \"io/* | \"station/*) ;;
    \"*) complain "$1: includes $2; the station uses base and io of src/, and else the public headers" ;;
    esac
}

# check_mpi FILE INCLUDE: the program for many machines sees what the program sees, and no one else sees MPI.
check_mpi() {
    case $2 in
    \"base/* | \"io/*) ;;
    \"*/*)
        local name=${2//\"/}
        [ ! -e "src/$name" ] || complain "$1: includes $2; of src/ the programs use base and io, and else the public headers"
        ;;
    esac
}

# check_room FILE INCLUDE: rooms of one folder, such as src/backbone/vit, know the folder but not each other.
check_room() {
    local room=${1#src/}
    [[ $1 != src/*/*/* || $2 != \"*/*/* || $2 == "\"${room%/*}/"* ]] ||
        complain "$1: includes $2, which belongs to another room of its folder"
}

# check_program FILE INCLUDE: the program sees what users of the library see, of src/ what reads, writes and allocates, figures/, and
# station/station.h, station/fill.h.
check_program() {
    case $2 in
    \"base/* | \"io/* | \"figures/* | \"station/station.h\" | \"station/fill.h\") ;;
    \"backbone/checkpoint_find.h\") # info describes the folder of a checkpoint, whose path is no part of the public interface
        [ "$1" = cli/cmd_info.c ] || complain "$1: includes $2, which only info may"
        ;;
    \"*/*)
        local name=${2//\"/}
        [ ! -e "src/$name" ] ||
            complain "$1: includes $2; of src/ the program uses base and io, and else the public headers"
        ;;
    esac
}

# Lines FILE:INCLUDE of all files at once, as a process for each file takes a minute where starting one is slow.
list_includes() {
    grep -E '^[[:space:]]*#[[:space:]]*include' /dev/null "${sources[@]}" cli/*.[ch] figures/*.[ch] mpi/*.[ch] station/*.[ch] |
        sed -nE 's/^([^:]*):[[:space:]]*#[[:space:]]*include[[:space:]]*([<"][^>"]*[>"]).*/\1:\2/p'
}

shopt -s nullglob
sources=(src/*/*.[ch] src/*/*/*.[ch] include/purebank/*.h)
declare -A folder_of_file
for file in "${sources[@]}"; do
    name=${file##*/}
    case $file in
    include/purebank/purebank.h) continue ;;
    include/*) folder=${folder_of[${name%.h}]:-} ;;
    *)
        folder=${file#src/}
        folder=${folder%%/*}
        ;;
    esac
    if [ -z "$folder" ] || [ -z "${may_use[$folder]+known}" ]; then
        complain "$file: unknown to scripts/check_layers.sh: give it a place in the order"
    else
        folder_of_file[$file]=$folder
    fi
done

# check_own_header FILE INCLUDE...: what a file of src/ defines is declared in the header of its name, which comes first so that it is
# known to stand alone; or, where several files share one, in a header of its folder.
check_own_header() {
    local file=$1 folder include header
    shift
    if [ -e "${file%.c}.h" ]; then
        header=${file%.c}.h
        [ "${1:-}" = "\"${header#src/}\"" ] || complain "$file: its first include is not its own header, ${header#src/}"
        return
    fi
    folder=${file#src/}
    folder=${folder%%/*}
    for include in "$@"; do
        case $include in
        \"$folder/*) return ;;
        \<purebank/*)
            header=${include#<purebank/}
            header=${header%.h>}
            [ "$header" != "$folder" ] && [ "${folder_of[$header]:-}" != "$folder" ] || return 0
            ;;
        esac
    done
    complain "$file: has no header of its name, nor includes one of its folder that could declare what it defines"
}

declare -A umbrella includes_of
while IFS=: read -r file include; do
    includes_of[$file]+=" $include"
    if [[ $file == mpi/* ]]; then
        check_mpi "$file" "$include"
    elif [[ $file == station/* ]]; then
        check_station "$file" "$include"
    elif [[ $include == "<mpi.h>" ]]; then
        complain "$file: includes <mpi.h>, which only mpi/ may"
    elif [[ $file == cli/* ]]; then
        check_program "$file" "$include"
    elif [[ $file == figures/* ]]; then
        check_figures "$file" "$include"
    elif [ "$file" = include/purebank/purebank.h ]; then
        umbrella[$include]=1
    elif [ -n "${folder_of_file[$file]:-}" ]; then
        check_include "$file" "${folder_of_file[$file]}" "$include"
        check_room "$file" "$include"
    fi
done < <(list_includes)

for file in "${sources[@]}"; do
    # shellcheck disable=SC2086  # no include has a space in its name
    [[ $file != *.c ]] || check_own_header "$file" ${includes_of[$file]:-}
done

# Files that need each other, by the names before their endings: x.c with y.h and y.c with x.h is a circle of two.
find_circles() {
    list_includes | awk -F: '
        function stem_of(include, from,    name) {
            name = substr(include, 2, length(include) - 2)
            sub(/\.[a-z]+$/, "", name)
            if (include ~ /^</)
                return name ~ /^purebank\// ? "include/" name : ""
            if (name ~ /^(figures|mpi|station)\//)
                return name
            return name ~ /\// ? "src/" name : (from ~ /^cli\// ? "cli/" name : "")
        }
        function visit(at,    i, next_one, circle) {
            state[at] = 1
            path[++depth] = at
            for (i = 1; i <= n_edges[at]; i++) {
                next_one = edge[at, i]
                if (state[next_one] == 1) {
                    circle = next_one
                    for (k = depth; path[k] != next_one; k--)
                        circle = path[k] " -> " circle
                    print next_one " -> " circle
                } else if (!state[next_one]) {
                    visit(next_one)
                }
            }
            depth--
            state[at] = 2
        }
        {
            from = $1
            sub(/\.[a-z]+$/, "", from)
            to = stem_of($2, from)
            if (to != "" && to != from && !seen[from, to]++)
                edge[from, ++n_edges[from]] = to
            if (!known[from]++)
                name[++n_names] = from
        }
        END {
            for (j = 1; j <= n_names; j++)
                if (!state[name[j]])
                    visit(name[j])
        }'
}
while read -r circle; do
    complain "files need each other: $circle; one of them holds two things, or what both need belongs to a third"
done < <(find_circles)

# Where a person stops reading. Layout is clang-format's: a function's braces stand alone in the first column.
MAX_FILE_LINES=600 MAX_FUNCTION_LINES=60
while read -r fault; do
    complain "$fault"
done < <(find . \( -path ./build -o -path ./.git -o -path ./examples/results \) -prune -o \
    \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o -name '*.js' -o -name '*.css' \) -type f -print |
    sed 's,^\./,,' | LC_ALL=C sort | xargs awk -v files="$MAX_FILE_LINES" -v functions="$MAX_FUNCTION_LINES" '
        FNR == 1 { first = 0 }
        FNR == files + 1 { print FILENAME ": more than " files " lines: it holds several things" }
        FILENAME ~ /\.[ch]$/ && /^\{$/ { first = FNR }
        FILENAME ~ /\.[ch]$/ && /^\}$/ {
            if (first && FNR - first > functions)
                print FILENAME ":" first ": a function of " FNR - first " lines, more than " functions
            first = 0
        }')

# What a choice of the caller is called in a program, and by which command it is made, only the program knows: pb_suggest() carries hints.
# find_texts REGEX: lines of the libraries with a string that has it.
find_texts() {
    grep -nE "\"[^\"]*$1" /dev/null "${sources[@]}" figures/*.[ch] src/*/*.def include/purebank/*.def |
        sed -E 's/^([^:]*):([0-9]+):/\1: line \2: /'
}

commands=$(sed -nE 's/^COMMAND\(([a-z]+),.*/\1/p' cli/commands.def 2>/dev/null | paste -sd '|')
while read -r fault; do
    complain "${fault%%:*}: names an option of the program:${fault#*:}"
done < <(find_texts '(^|[^-a-z])--[a-z]')
while read -r fault; do
    complain "${fault%%:*}: names a command of the program:${fault#*:}"
done < <([ -z "$commands" ] || find_texts "purebank ($commands)\\b")

for file in include/purebank/*.h; do
    name=${file##*/}
    case $name in purebank.h | export.h) continue ;; esac
    [ -n "${umbrella["<purebank/$name>"]:-}" ] ||
        complain "include/purebank/purebank.h: does not include <purebank/$name>"
done

# The picture of docs/architecture.md: every room is in it, to the right of those that it includes from.
declare -A column
while read -r x name; do
    column[$name]=$x
done < <(sed -nE 's/.*<rect class="layer" x="([0-9]+)".*>([a-z]+)<\/text>.*/\1 \2/p' docs/architecture.svg)
for folder in "${!may_use[@]}"; do
    [ -n "${column[$folder]:-}" ] || complain "docs/architecture.svg: does not show $folder"
    for used in ${may_use[$folder]}; do
        [ "${column[$used]:-0}" -lt "${column[$folder]:-0}" ] ||
            complain "docs/architecture.svg: $used is not to the left of $folder, which includes from it"
    done
done

[ "${#folder_of_file[@]}" -gt 0 ] || complain "no source files found in $PWD"
exit "$wrong"
