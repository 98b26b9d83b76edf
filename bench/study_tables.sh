#!/bin/bash
# The tables of docs/results.md about the studies' runs, from what bench/study_magnetic_tile.sh wrote: mean (standard deviation
# with n - 1) over seeds, as Markdown.
#   bench/study_tables.sh examples/results
set -euo pipefail
results=$1

# means FILE MEASURE LABEL_COLUMNS WHERE...: a line "label TAB mean (sd)" for each label, in the order of the file.
means() {
    local file=$1 measure=$2 labels=$3
    shift 3
    tr -d '\r' <"$file" | awk -F ';' -v measure="$measure" -v labels="$labels" -v where="$*" '
        NR == 1 {
            for (i = 1; i <= NF; i++) column[$i] = i
            n_labels = split(labels, label, ",")
            n_where = split(where, condition, " ")
            next
        }
        {
            for (i = 1; i <= n_where; i++) {
                split(condition[i], pair, "=")
                if ($column[pair[1]] != pair[2]) next
            }
            name = $column[label[1]]
            for (i = 2; i <= n_labels; i++)
                if ($column[label[i]] != "") name = name " " $column[label[i]]
            if (!(name in n)) { order[++n_names] = name; n[name] = 0 }
            value = $column[measure]
            if (value == "") next
            n[name]++; sum[name] += value; squares[name] += value * value
        }
        END {
            for (i = 1; i <= n_names; i++) {
                name = order[i]; m = n[name]
                if (m < 2) { printf "%s\t-\n", name; continue }
                mean = sum[name] / m; spread = (squares[name] - m * mean * mean) / (m - 1)
                text = sprintf(" %.3f (%.3f)", mean, sqrt(spread > 0 ? spread : 0))
                gsub(/ 0\./, " .", text); gsub(/\(0\./, "(.", text)
                printf "%s\t%s\n", name, substr(text, 2)
            }
        }'
}

# beside HEADER: columns of lines "label TAB value" on standard input, one block a column, blocks separated by "--".
beside() {
    echo "| $1 |"
    echo "$1" | sed -E 's/[^|]+/---/g; s/^/|/; s/$/|/'
    awk -F '\t' '
        $0 == "--" { block++; next }
        { if (!($1 in seen)) { order[++n] = $1; seen[$1] = 1 } value[$1, block + 0] = $2 }
        END {
            for (i = 1; i <= n; i++) {
                line = "| " order[i]
                for (b = 0; b <= block; b++) line = line " | " (((order[i], b) in value) ? value[order[i], b] : "-")
                print line " |"
            }
        }'
    echo
}

main_table() { # N
    echo "### Purification, N $1"
    for setup in shared disjoint; do
        for c in 0.0 0.1 0.2 0.3; do
            [ "$setup$c" = shared0.0 ] || echo "--"
            means "$results/$setup/results_v2.csv" img_auroc purification_method "train_limit=$1" "contamination_rate=$c"
        done
    done | beside "method | shared c 0 | c .1 | c .2 | c .3 | disjoint c 0 | c .1 | c .2 | c .3"
}

image_level_table() { # N
    local file=$results/exp_p4_image_level/results.csv
    echo "### Audits of whole images, N $1, c .3"
    {
        for setup in shared disjoint; do
            means "$file" img_auroc method,param_k "train_limit=$1" contamination_rate=0.3 "setup=$setup"
            echo "--"
        done
        for measure in n_images_removed removal_precision removal_recall image_score_det_auroc; do
            [ $measure = n_images_removed ] || echo "--"
            means "$file" $measure method,param_k "train_limit=$1" contamination_rate=0.3 setup=disjoint
        done
    } | beside "method, k | shared AUROC | disjoint AUROC | removed | precision | recall | detection AUROC"
}

assurance_table() {
    local file=$results/exp_p5_assurance/results.csv detector
    echo "### Assurance: disjoint, N 10"
    {
        for detector in builtin half; do
            for c in 0.0 0.3; do
                means "$file" img_auroc method "detector=$detector" "contamination_rate=$c"
                echo "--"
            done
        done
        for measure in n_removed n_cont_removed top1_cont top2_cont top3_cont; do
            [ $measure = n_removed ] || echo "--"
            means "$file" $measure method detector=builtin contamination_rate=0.3
        done
    } | beside "method | builtin c 0 | c .3 | half c 0 | c .3 | removed | bad removed | bad in top 1 | top 2 | top 3"
}

main_table 10
main_table 20
image_level_table 10
image_level_table 20
assurance_table
