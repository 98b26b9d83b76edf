#!/bin/bash
# Do two builds of the program give the same results? Runs both over the same photos and compares what they write, byte by byte:
# CSV, JSON, NPY, SVG, LaTeX, Markdown, PNG, and exit statuses. Prints a line for each difference, and a summary.
#
#   scripts/same_results.sh [OPTIONS] OLD NEW            two programs
#   scripts/same_results.sh --compare OLD NEW            two folders with what they wrote
#
#   --fast           fewer photos, most studies on small features: for daily use
#   --only STAGES    of datasets extract audit fit score eval cache experiment continue merge stats tables figures report heatmaps demo,
#                    with commas; what they read of other stages is then OLD's
#   --strict         differences in HTML, text and messages count, too; else they are named only
#   --data DIR       photos in MVTec layout with masks; unless given, ../shared/data/magnetic_tile beside the repository
#   --work DIR       work there and keep it; what OLD wrote is used again while program, photos and this script stay the same
#
# What may always differ (clocks, versions) stands in normalise(); what 0.2 writes otherwise on purpose in same_results_documented.sh,
# which counts where OLD is a 0.1.
# Ends in "N files alike, M differ as documented", and why. Exit status: 0 so it is, 1 something else differs, 2 usage, 77 no photos.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/same_results_documented.sh
. "$here/scripts/same_results_documented.sh"
all_stages=(datasets extract audit fit score eval cache experiment continue merge stats tables figures report heatmaps demo)

usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# ---- What may differ ----

# normalise FILE: FILE without times, versions, the wall clock, and the sentences that captions and notes have since 0.2
normalise() {
    case $1 in
    *.npy | *.png) cat "$1" ;;
    *.csv)
        # The columns of clocks go by their names.
        LC_ALL=C awk -F ';' -v OFS=';' '
            NR == 1 { reason = sub(/,reason\r$/, "\r"); for (i = 1; i <= NF; i++) clock[i] = $i ~ /^(timestamp|inference_time_s|elapsed_s)\r?$/ }
            NR > 1 { for (i = 1; i <= NF; i++) if (clock[i]) sub(/[^\r]*/, "", $i) }
            NR > 1 && reason { sub(/,\r$/, "\r") } # of parts that are usable
            { print }' "$1"
        ;;
    *)
        # What 0.1 does not know: limits for photos, and how many are beyond them.
        LC_ALL=C sed -E -e '/^  "guard": \{/,/^  \},/d' -e '/^ *"unusable(_good|_defect)?": /d' -e 's/(purebank |"(purebank|program|program_version)": ")[0-9]+\.[0-9]+\.[0-9]+/\1VERSION/g' \
            -e 's/ Gains are means over the categories with [a-z ]+, seeds averaged first; ties within 0\.001\.//' \
            -e 's/^( *)"k": ([0-9.]+)(,?)$/\1"multiplier": \2\3/' \
            -e '/^$/{N;/\nNot tested, as no category has as many seeds/d}' -e '/^Not tested, as no category has as many seeds/d' \
            -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}/TIME/g' \
            -e 's/(about )?[0-9.]+ (images\/s|ms|s|min|h)( (to go|per image|a part)|\b)/SPEED/g' "$1" |
            case $1 in
            *.json) cat ;;
            *) LC_ALL=C sed -E "$label_rules" ;;
            esac
        ;;
    esac
}

# Since 0.2 people read the catalogue's labels where 0.1 had names. These rules make labels of names, in LaTeX too, where
# "_" and "%" have a backslash.
label_rules=$(cat "$here"/src/catalog/*.def | LC_ALL=C awk '
    BEGIN { print "s/\\\\%/%/g" }
    match($0, /^(METHOD|RULE)\([a-z0-9_]+/) { name = substr($0, RSTART, RLENGTH); sub(/.*\(/, "", name); gsub(/_/, ".?_", name) }
    match($0, /\.label = "[^"]*"/) && name ~ /_/ {
        label = substr($0, RSTART + 10, RLENGTH - 11)
        print "s/\\b" name " k([0-9]+)\\.0\\b/" label ", k \\1/g\ns/\\b" name " k([0-9.]*[0-9])/" label ", k \\1/g\ns/\\b" name "\\b/" label "/g"
    }')

# kind_of FILE: counted; noted, which is named only; or ignored
kind_of() {
    case $1 in
    *.csv | *.json | *.npy | *.svg | *.tex | *.md | *.png | *.status) echo counted ;;
    *.html | *.txt | *.said) echo noted ;;
    *) echo ignored ;; # PDF has dates; banks have the version in what they sum over: info, score and eval read them
    esac
}

# ---- The stages ----
# Each runs in the work folder, writes to the folder of its name, and reads what those write that it needs.
declare -A needs=(
    [score]="fit" [eval]="fit" [experiment]="cache" [continue]="fit cache experiment" [merge]="cache experiment"
    [stats]="experiment" [tables]="experiment" [figures]="experiment" [report]="experiment" [heatmaps]="cache"
)
part=data/mvtec_AD/bottle
decisions=data/decisions.json
vit=$here/tests/golden/vit/checkpoints/dinov3 # small, of random weights: the other engine, and a second detector
declare -A file_of=( # run -> its file
    [main]=results_v2.csv [extra-contamination]=results_extra_cont.csv [tl5]=results_tl5.csv
    [leakage-check]=results_leakage_check.csv [ablation-percentile]=ablation_percentile.csv
    [ablation-full-percentile]=ablation_full_percentile.csv [ablation-knn-k]=ablation_knn_k.csv [gate-check]=gate_check.csv
    [image-level]=exp_p4_image_level/results.csv [assurance]=exp_p5_assurance/results.csv [pixel]=results_pixel_auroc.csv
)

# said NAME COMMAND...: runs the program, and keeps what it says and its exit status
said() {
    local status=0
    "$program" "${@:2}" >"$stage/$1.said" 2>&1 || status=$?
    echo "$status" >"$stage/$1.status"
}

stage_datasets() {
    said list datasets data --json datasets/list.json
}

stage_extract() {
    said builtin extract $part/test -o extract/builtin.npy
    said info info extract/builtin.npy --json extract/info.json
    said vit extract $part/test/crack --backbone "$vit" -o extract/vit.npy
    said layers extract $part/test/crack --backbone "$vit" --layer -2,-1 --size 64 -o extract/layers.npy
    said int8 extract $part/test/crack --backbone "$vit" --precision int8 -o extract/int8.npy
}

stage_audit() {
    said clean audit $part/train/good --rule imgmax_mad --json audit/clean.json --report audit/clean.html
    said dirty audit $part/train/good $part/test/crack --rule imgmax_mad --json audit/dirty.json --report audit/dirty.html
    for rule in imgq99_mad imgt5_mad image_mad; do
        said $rule audit $part/train/good $part/test/crack --rule $rule --k 1.25 --json audit/$rule.json
    done
    said decided audit $part/train/good $part/test/crack --rule imgmax_mad --decisions $decisions --json audit/decided.json
    said vit audit $part/train/good --backbone "$vit" --knn-k 3 --json audit/vit.json
    said refused audit $part/train/good --rule no_such_rule
}

stage_fit() {
    said plain fit $part/train/good --rule imgmax_mad --audit remove -o fit/plain.bank --report fit/plain.html
    said decided fit $part/train/good $part/test/crack --rule imgmax_mad --decisions $decisions --false-alarm-rate 0.1 -o fit/decided.bank
    said vit fit $part/train/good --backbone "$vit" --audit report -o fit/vit.bank
    said removed fit $part/train/good --backbone "$vit" --audit remove -o fit/removed.bank # takes one out
    # The methods read features, which are computed once.
    said features extract $part/train/good $part/test/crack -o fit/features.npy
    for method in loo_patch cosine_loo mahalanobis_patch ensemble_loo_mahal random_patch lof_patch pca_patch isolation_forest_patch \
        iterative_loo image_level_loo global_iforest adaptive_loo_patch grubbs_adaptive_loo gmm_adaptive_loo mad_adaptive_loo; do
        said $method fit fit/features.npy --rule imgmax_mad --audit report --purify $method --contamination 0.2 --percentile 90 --image-score p95 \
            -o fit/$method.bank
    done
    for bank in fit/*.bank; do
        said info_"$(basename "$bank" .bank)" info "$bank" --json "${bank%.bank}.json"
    done
    said refused fit $part/train/good --percentile 200 -o fit/refused.bank
}

stage_score() {
    said plain score fit/plain.bank $part/test --csv score/plain.csv --json score/plain.json --heatmaps score/maps --exit-code
    for bank in decided mahalanobis_patch iterative_loo pca_patch; do
        said $bank score fit/$bank.bank $part/test/crack $part/test/good --csv score/$bank.csv
    done
    said vit score fit/vit.bank $part/test --backbone "$vit" --csv score/vit.csv --heatmaps score/maps_vit
    said removed score fit/removed.bank $part/test --backbone "$vit" --csv score/removed.csv
    said features score fit/loo_patch.bank fit/features.npy --csv score/features.csv
}

stage_eval() {
    for bank in plain decided; do
        said $bank eval fit/$bank.bank $part/test --json eval/$bank.json --report eval/$bank.html
    done
    for bank in vit removed; do
        said $bank eval fit/$bank.bank $part/test --backbone "$vit" --json eval/$bank.json
    done
}

stage_cache() {
    said builtin cache data -o cache/builtin
    said vit cache data -o cache/vit --backbone "$vit" --size "$vit_size"
    said f16 cache data -o cache/f16 --f16 --categories bottle
    said check cache cache/builtin --check
}

# study RUN FOLDER: a run of the studies as a trial
study() {
    local caches=(--cache "cache/$study_features") options=()
    case $1 in
    main) options=(--methods all --limits "5,10" --seeds 0-1 --contamination "0,0.3") ;;
    image-level | gate-check) options=(--contamination "0,0.3") ;;
    assurance) caches=(--cache builtin=cache/builtin --cache vit=cache/vit) options=(--contamination "0,0.3") ;;
    esac
    said "$1" experiment "$1" "${caches[@]}" -o "$2" --debug ${options[@]+"${options[@]}"}
}

stage_experiment() {
    for run in "${!file_of[@]}"; do
        study "$run" experiment/results
    done
    said builtin experiment main --cache cache/builtin --debug -o experiment/builtin
    local wide=(--cache cache/vit --categories all --contamination "0,0.3" --seeds 0-1 --limits "5,10")
    said shared experiment main "${wide[@]}" --methods extended --setup shared -o experiment/shared
    said shard_1 experiment main "${wide[@]}" --methods fast --shard 1/2 -o experiment/shards
    said shard_2 experiment main "${wide[@]}" --methods fast --shard 2/2 -o experiment/shards
    said status experiment main "${wide[@]}" --methods all --setup shared -o experiment/shared --status
    said plan experiment main "${wide[@]}" --plan -o experiment/planned
}

# NEW goes on with what OLD began: it adds nothing to whole files, completes torn ones, and scores with OLD's banks.
stage_continue() {
    local torn=(main image-level assurance pixel) # one for each form of row
    cp -r "$begun/experiment/results" continue/whole
    cp -r "$begun/experiment/results" continue/torn
    for run in "${!file_of[@]}"; do
        study "$run" continue/whole
        [[ " ${torn[*]} " == *" $run "* ]] || rm -f "continue/torn/${file_of[$run]}"
    done
    for run in "${torn[@]}"; do
        file=continue/torn/${file_of[$run]}
        if [ "$program" = "$new" ]; then
            head -c $(($(wc -c <"$file") * 3 / 5)) "$file" >"$file.part"
            mv "$file.part" "$file"
            study "$run" continue/torn
        fi
        # Rows computed later stand further down.
        LC_ALL=C sort -t ';' -k 2 "$file" >"$file.part"
        { grep '^timestamp' "$file.part" && grep -v '^timestamp' "$file.part"; } >"$file"
        rm "$file.part"
    done
    for bank in plain vit; do
        said bank_$bank eval "$begun/fit/$bank.bank" $part/test --backbone "$([ $bank = vit ] && echo "$vit" || echo builtin)" \
            --json continue/$bank.json
    done
    rm -f continue/*.said # how many cells were left to compute
}

stage_merge() {
    said shards merge experiment/shards/*.csv -o merge/results_v2.csv
    said same compare merge/results_v2.csv experiment/shards/results_v2.shard-1-of-2.csv
    said other compare experiment/results/results_v2.csv experiment/results/results_tl5.csv
    said refused merge experiment/shared/results_v2.csv experiment/results/results_pixel_auroc.csv -o merge/refused.csv
}

stage_stats() {
    said trial stats experiment/results/results_v2.csv --limits "5,10" -o stats/trial
    said levels stats experiment/results/exp_p4_image_level/results.csv --setup both -o stats/levels
    said shared stats experiment/shared/results_v2.csv -o stats/shared
    said examples stats "$here/examples/results/by_kind/disjoint/results_v2.csv" -o stats/examples
    said made_up stats data/made-up.csv --setup shared --contamination 0.1,0.3 -o stats/made_up
    said chosen stats data/made-up.csv --setup shared --methods none,loo_patch,lof_patch --limits 5 --exclude-loco -o stats/chosen
}

# analyse COMMAND: tables, figures or report, of the trial, of the repository's results, and of made-up ones
analyse() {
    local suffix=
    [ "$1" != report ] || suffix=.html
    local options=()
    [ "$1" != figures ] || options=(--format "svg,png")
    for setup in both disjoint; do
        said trial_$setup "$1" experiment/results/*.csv experiment/results/*/*.csv "${options[@]}" --setup $setup \
            -o "$1/trial_$setup$suffix"
    done
    for folder in disjoint shared exp_p4_image_level exp_p5_assurance by_kind; do
        mapfile -t files < <(find "$here/examples/results/$folder" -name '*.csv' | LC_ALL=C sort)
        said "$folder" "$1" "${files[@]}" "${options[@]}" --setup both -o "$1/$folder$suffix"
    done
    said made_up "$1" data/made-up.csv "${options[@]}" --setup shared -o "$1/made_up$suffix"
}

stage_tables() { analyse tables; }
stage_figures() {
    analyse figures
    # Both programs speak of a method that is chosen.
    local chosen=(--methods "none,loo_patch,ensemble_loo_mahal" --format "svg,png" --setup both)
    said trial_chosen figures experiment/results/*.csv experiment/results/*/*.csv "${chosen[@]}" -o figures/trial_chosen
    said levels_chosen figures "$here"/examples/results/exp_p4_image_level/*/*.csv "${chosen[@]}" -o figures/levels_chosen
}
stage_report() { analyse report; }

stage_heatmaps() {
    said all heatmaps --cache cache/builtin --data data --format png -o heatmaps/all
    said audits heatmaps --cache cache/vit --data data --category bottle --methods none,imgmax_mad,pca_patch --images 3 --seed 1 \
        --format png -o heatmaps/audits
}

stage_demo() {
    said demo demo demo/made
    # The photos. What it shows with them is another story since 0.2: the page, the two decisions, and what they win.
    find demo/made -mindepth 1 -maxdepth 1 ! -name references ! -name test ! -name ground_truth -exec rm -r {} +
}

# ---- Photos and made-up results ----

# category FOLDER OFFSET [GOOD]: every STEP-th photo from the OFFSET-th as a category, whose normal folder is called GOOD
category() {
    local good=${3:-good}
    mkdir -p "$1/train/$good" "$1/test/$good"
    every "$data/train/good" "$2" "$train_step" | xargs cp -t "$1/train/$good"
    every "$data/test/good" "$2" "$test_step" | xargs cp -t "$1/test/$good"
    local kind photo
    for kind in "$data"/ground_truth/*; do
        kind=${kind##*/}
        mkdir -p "$1/test/$kind" "$1/ground_truth/$kind"
        for photo in $(every "$data/test/$kind" "$2" "$test_step"); do
            cp "$photo" "$1/test/$kind"
            photo=${photo##*/}
            cp "$data/ground_truth/$kind/${photo%.*}.png" "$1/ground_truth/$kind"
        done
    done
}

# every FOLDER OFFSET STEP
every() {
    find "$1" -type f | LC_ALL=C sort | awk -v offset="$2" -v step="$3" 'NR % step == offset % step'
}

make_data() {
    category data/mvtec_AD/bottle 0
    category data/mvtec_AD/cable 1
    category data/btad/01 2 ok # calls its normal folder so
    # A person's word on what audit_decided and fit_decided are given.
    find $part/train/good $part/test/crack -type f | LC_ALL=C sort | awk '
        BEGIN { printf "{\"format\": \"purebank-decisions\", \"version\": 1, \"images\": [" }
        { printf "%s\n{\"path\": \"%s\", \"decision\": \"%s\"}", (NR > 1 ? "," : ""), $0, (NR % 7 ? "keep" : NR % 2 ? "remove" : "recapture") }
        END { print "]}" }' >$decisions
    # 35 categories x 9 methods x 4 contaminations x 3 N x 2 seeds, as smooth and as noisy as real ones.
    awk 'BEGIN {
        n_methods = split("none loo_patch cosine_loo mahalanobis_patch ensemble_loo_mahal random_patch oracle_patch lof_patch imgmax_mad", method)
        split("mvtec_AD/c VisA/c mvtec_loco_AD/c btad/c", benchmark)
        split("0.0 0.1 0.2 0.3", share)
        split("5 10 20", limit)
        print "dataset;purification_method;contamination_rate;train_limit;seed;knn_k;percentile_threshold;img_auroc"
        for (d = 0; d < 35; d++) for (m = 1; m <= n_methods; m++) for (c = 1; c <= 4; c++) for (n = 1; n <= 3; n++) for (s = 0; s < 2; s++) {
            draw = (draw * 1103 + 12345) % 65536
            printf "%s%02d;%s;%s;%s;%d;5;95;%.4f\n", benchmark[1 + d % 4], d, method[m], share[c], limit[n], s,
                0.75 + 0.005 * d + 0.002 * m * c - 0.02 * c + 0.001 * n + 0.04 * (draw / 65536 - 0.5)
        }
    }' >data/made-up.csv
}

# ---- Running and comparing ----

# run_stage WHOSE: the stage in the current folder, which is the same for both programs, and so are the paths that they write
run_stage() {
    printf '%s: %s (after %d s)\n' "$1" "$stage" "$SECONDS" >&2
    mkdir "$stage"
    "stage_$stage"
}

# is_documented FILE: does FILE differ between the folders as CHANGELOG.md says, and in nothing else? The reasons go to $scratch/why.
is_documented() {
    local reason reasons
    [ -n "$since_0_1" ] || return 1
    mapfile -t reasons < <(reasons_of "$1" | tr ' ' '\n')
    [ -e "$new_files/$1" ] && [ ${#reasons[@]} -gt 0 ] || return 1
    for reason in "${reasons[@]}" "${reasons[*]}"; do
        if is_settled "$1" "$reason"; then
            echo "$reason" >"$scratch/why"
            return 0
        fi
    done
    return 1
}

# is_settled FILE REASONS: are the sides of FILE alike but for these reasons, taken together?
is_settled() {
    local reason a=$scratch/a b=$scratch/b
    rm -f "$a" "$b"
    [ ! -e "$old_files/$1" ] || normalise "$old_files/$1" >"$a"
    normalise "$new_files/$1" >"$b"
    for reason in $2; do
        settle "$reason" "$1" "$a" "$b"
    done
    [ -e "$a" ] && cmp -s "$a" "$b"
}

# compare_file FILE: a line where FILE differs between the folders $old_files and $new_files
compare_file() {
    local a=$old_files/$1 b=$new_files/$1 what
    if [ -e "$a" ] && [ -e "$b" ] && { cmp -s "$a" "$b" || cmp -s <(normalise "$a") <(normalise "$b"); }; then
        return 0
    fi
    if is_documented "$1"; then
        echo documented
        return 0
    fi
    if [ ! -e "$a" ] || [ ! -e "$b" ]; then
        what="only $([ -e "$a" ] && echo OLD || echo NEW) has it"
    else
        case $1 in
        *.npy | *.png) what="from byte $(cmp -l "$a" "$b" 2>/dev/null | awk '{ print $1; exit }') on" ;;
        *) what=$(diff --text <(normalise "$a") <(normalise "$b") | awk '
            /^[0-9]/ && !place { place = $0 }
            /^</ && !old { old = substr($0, 3, 100) }
            /^>/ && !new { new = substr($0, 3, 100) }
            END { printf "%s: OLD %s | NEW %s", place, old, new }') ;;
        esac
    fi
    echo "$1: $what"
}

# check_words: every reason stands in CHANGELOG.md
check_words() {
    local reason part text
    text=$(tr -s ' \n' ' ' <"$here/CHANGELOG.md")
    for reason in "${!words_of[@]}"; do
        while IFS= read -r part; do
            [[ $text == *"$part"* ]] || { echo "same_results: CHANGELOG.md does not say (any more): $part" >&2 && return 1; }
        done <<<"${words_of[$reason]//; /$'\n'}"
    done
}

# compare_folders WHAT: all files below $old_files and $new_files
compare_folders() {
    local file kind line reason
    declare -A n=([counted]=0 [noted]=0 [ignored]=0) n_different=([counted]=0 [noted]=0) n_because=()
    local n_documented=0
    check_words
    while read -r file; do
        kind=$(kind_of "$file")
        n[$kind]=$((n[$kind] + 1))
        [ "$kind" != ignored ] || continue
        line=$(compare_file "$file")
        if [ "$line" = documented ]; then
            n_documented=$((n_documented + 1))
            for reason in $(<"$scratch/why"); do
                n_because[$reason]=$((${n_because[$reason]:-0} + 1))
            done
        elif [ -n "$line" ]; then
            n_different[$kind]=$((n_different[$kind] + 1))
            printf '%s %s\n' "$([ "$kind" = counted ] && echo 'DIFFERENT ' || echo '(differing)')" "$line"
        fi
    done < <(for side in "$old_files" "$new_files"; do (cd "$side" && find -L . -type f | sed 's/..//'); done | LC_ALL=C sort -u)
    for reason in "${!n_because[@]}"; do
        printf '%4d  %s\n' "${n_because[$reason]}" "${words_of[$reason]}"
    done | LC_ALL=C sort -k 2
    printf '%s: %d of HTML, text and messages differ, of %d (after %d s)\n' "$1" "${n_different[noted]}" "${n[noted]}" "$SECONDS"
    printf '%d files alike, %d differ as documented, %d differ otherwise\n' \
        $((n[counted] - n_documented - n_different[counted])) "$n_documented" "${n_different[counted]}"
    [ "${n[counted]}" -gt 0 ] && [ "${n_different[counted]}" -eq 0 ] && { [ -z "$strict" ] || [ "${n_different[noted]}" -eq 0 ]; }
}

data=$here/../shared/data/magnetic_tile
selected=("${all_stages[@]}")
train_step=3
test_step=3
vit_size=448
study_features=builtin
strict=
since_0_1=1
folders=
work=
while [ $# -gt 0 ]; do
    case $1 in
    --fast) train_step=4 test_step=7 vit_size=160 study_features=vit ;;
    --strict) strict=1 ;;
    --compare) folders=1 ;;
    --only) IFS=, read -r -a selected <<<"${2:?}" && shift ;;
    --data) data=${2:?} && shift ;;
    --work) work=${2:?} && shift ;;
    -*) usage ;;
    *) break ;;
    esac
    shift
done
[ $# -eq 2 ] || usage
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ -n "$folders" ]; then
    old_files=$1
    new_files=$2
    compare_folders "$1 and $2"
    exit
fi
for stage in "${selected[@]}"; do
    [[ " ${all_stages[*]} " == *" $stage "* ]] || { echo "no stage '$stage'" >&2 && usage; }
done
old=$(realpath -e "$1")
new=$(realpath -e "$2")
[[ $("$old" --version) == *" 0.1."* ]] || since_0_1=
if [ ! -d "$data/ground_truth" ]; then
    echo "skipped: no photos in $data"
    exit 77
fi
data=$(realpath "$data")
if [ -z "$work" ]; then
    work=$scratch/work
fi
mkdir -p "$work"
work=$(realpath "$work")

# Stages of OLD: those selected, and those that they read
wanted=" ${selected[*]} "
for stage in "${selected[@]}"; do
    wanted+="${needs[$stage]:-} "
done
stages=()
for stage in "${all_stages[@]}"; do
    [[ $wanted != *" $stage "* ]] || stages+=("$stage")
done

key=$(cat "$old" "$0" | sha256sum)$train_step$test_step$data
rm -rf "$work/run" "$work/new"
mkdir -p "$work/run/data" "$work/new"
cd "$work/run"
make_data
if [ "$(cat "$work/key" 2>/dev/null)" != "$key" ]; then
    rm -rf "$work/old" "$work/key"
    mkdir "$work/old"
    echo "$key" >"$work/key"
fi

program=$old
begun=.
for stage in "${stages[@]}"; do
    if [ -d "$work/old/$stage" ]; then
        cp -a "$work/old/$stage" .
    else
        run_stage OLD
        cp -a "$stage" "$work/old/$stage.part"
        mv "$work/old/$stage.part" "$work/old/$stage"
    fi
done
program=$new
begun=$work/old
for stage in "${stages[@]}"; do
    if [[ " ${selected[*]} " == *" $stage "* ]]; then
        rm -rf "${PWD:?}/$stage"
        run_stage NEW
        cp -a "$stage" "$work/new/"
    fi
done
# What stages of another time left there is not compared.
old_files=$work/compared
rm -rf "$old_files"
mkdir "$old_files"
for stage in "${selected[@]}"; do
    ln -s "$work/old/$stage" "$old_files/$stage"
done
new_files=$work/new
compare_folders "${selected[*]}"
