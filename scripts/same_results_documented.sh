#!/bin/bash
# What 0.2 writes otherwise than 0.1 on purpose: read by same_results.sh. An entry has a name, the words of CHANGELOG.md that say so (which
# same_results.sh looks up), the files that it is about, and how both sides are made alike but for it. What is left must be the same.
# shellcheck disable=SC2034,SC2154 # same_results.sh reads and sets them

declare -A words_of=(
    [members]="A guard for photos that cannot be judged; origins record it; Caches know their photos; AUPRO; the highest F1 of pixels; \`eval --json\` lists every part"
    [unusable]="\`score\` calls such photos \`unusable\` and says why"
    [unseen]="References that an audit takes out unseen count for the threshold until a person has decided"
    [pictures]="Heatmaps of \`score --heatmaps\` carry verdict, score, threshold and the bank's scale of colours in a strip below the photo"
    [regions]="the run \`pixel\` writes them to \`results_pixel_regions.csv\`"
    [ties]="Means and differences tie as the decimals that files have: Wilcoxon's, Friedman's and Cliff's figures and wins change where binary noise decided"
    [halves]="means that lie half-way between two numbers as printed may differ in the last digit"
    [bits]="Features differ in their last bits from those of earlier versions there"
    [focus]="The line at the head of tables and page is about the rows and the method of the figures, both chosen by \`pb_study_focus_on()\`: N 10 and 20 pooled, the audit before purification"
)

# reasons_of FILE: what of the above FILE may show, in the order in which it is tried
reasons_of() {
    case $1 in
    audit/vit.json | cache/vit/*.json | extract/layers.origin.json | extract/vit.origin.json | fit/vit.json) echo members bits ;;
    cache/vit/*.npy | extract/layers.npy | extract/vit.npy | heatmaps/audits/*) echo bits ;;
    eval/vit.json | continue/vit.json) echo members unusable bits ;;
    score/vit.csv) echo unusable bits ;;
    */results_pixel_regions.csv | */results_pixel_regions.csv.json) echo regions ;;
    score/maps*/*.png) echo pictures ;;
    eval/removed.json) echo members unusable unseen bits ;;
    eval/*.json | continue/plain.json) echo members unusable ;;
    score/removed.csv) echo unusable unseen bits ;;
    score/*.csv | score/*.json) echo unusable ;;
    fit/removed.json) echo members unseen bits ;;
    stats/*.csv | stats/*.json) echo ties ;;
    tables/*.csv | tables/*.md | tables/*.tex) echo ties halves ;;
    figures/*/fig[1-8]_*.svg | figures/*/fig[1-8]_*.png) echo focus ;;
    *.json) echo members ;;
    esac
}

# settle REASON FILE OLD NEW: makes OLD and NEW, which are copies of FILE, alike where REASON is why they differ
settle() {
    "settle_$1" "${@:2}"
}

# ---- New in JSON ----

# Members that 0.1 does not have. A comma belongs to the member after it.
settle_members() {
    LC_ALL=C sed -i -E -e '/^  "parts": \[/,/^  \]/d' -e '/^  "pixel": \{/,/^  \}/{/"f1max"/d}' \
        -e '/^  "unreadable": \[\]/d' -e '/^ *"(orientation|photos_sha256|aupro_30|aupro_5|n_regions|unusable_good|unusable_defect)": /d' "$3"
    LC_ALL=C sed -i -E 's/,$//' "$2" "$3"
}

# Networks on CPUs that have AVX2 alone. Numbers are compared to 3 digits; of arrays and pictures only that both are there.
settle_bits() {
    ! grep -qw avx512bw /proc/cpuinfo || return 0
    case $1 in
    *.npy | *.png) [ ! -e "$2" ] || cp "$3" "$2" ;;
    *)
        local file
        for file in "$2" "$3"; do
            LC_ALL=C awk '
                /"(sha256|photos_sha256|digest)": / { next }
                {
                    rest = $0
                    line = ""
                    while (match(rest, /[0-9]+\.[0-9]+(e-?[0-9]+)?/)) {
                        line = line substr(rest, 1, RSTART - 1) sprintf("%.3g", substr(rest, RSTART, RLENGTH) + 0)
                        rest = substr(rest, RSTART + RLENGTH)
                    }
                    print line rest
                }' "$file" >"$file.part"
            mv "$file.part" "$file"
        done
        ;;
    esac
}

settle_regions() { # 0.1 has no such file
    [ -e "$2" ] || cp "$3" "$2"
}

# ---- Photos that cannot be judged ----

# Such a part passed in 0.1, unless it failed; eval counts it among those that do not pass.
settle_unusable() {
    case $1 in
    *.csv) LC_ALL=C sed -i -E 's/,unusable,([^,]*),("[^"]*"|[^,"]*)\r$/,pass,\1\r/' "$3" ;;
    score/*.json)
        LC_ALL=C sed -i -E -e '/^ *"reason": /d' -e 's/"verdict": "unusable"/"verdict": "pass"/' "$3"
        LC_ALL=C sed -i -E 's/,$//' "$2" "$3"
        ;;
    *) # `members` took away how many there are; the kept copy of the file has it
        LC_ALL=C awk -v original="$new_files/$1" '
            BEGIN {
                while ((getline line < original) > 0)
                    if (match(line, /"unusable_(good|defect)": [0-9]+/)) {
                        split(substr(line, RSTART, RLENGTH), part, ": ")
                        n[part[1] ~ /good/ ? "false_alarms" : "caught"] = part[2]
                    }
            }
            match($0, /"(caught|false_alarms)": [0-9]+/) {
                split(substr($0, RSTART, RLENGTH), part, /["]: /)
                name = substr(part[1], 2)
                sub(/: [0-9]+/, ": " (part[2] - n[name]))
            }
            { print }' "$3" >"$3.part"
        mv "$3.part" "$3"
        ;;
    esac
}

# A threshold by more references: it and what it promises, and the verdicts that follow. Scores are the same.
settle_unseen() {
    case $1 in
    *.csv) LC_ALL=C sed -i -E 's/,(pass|fail),/,VERDICT,/' "$2" "$3" ;;
    *) LC_ALL=C sed -i -E '/^ *"(value|n|guaranteed_rate|threshold|caught|false_alarms)": [0-9]/d' "$2" "$3" ;;
    esac
}

settle_pictures() { # of the same photo: as wide, and higher
    local old_size new_size
    old_size=$(od -An -j 16 -N 8 --endian=big -t u4 "$2")
    new_size=$(od -An -j 16 -N 8 --endian=big -t u4 "$3")
    read -r old_width old_height <<<"$old_size"
    read -r new_width new_height <<<"$new_size"
    if [ "$old_width" -eq "$new_width" ] && [ "$old_height" -lt "$new_height" ]; then
        cp "$3" "$2"
    fi
}

# ---- Studies ----

# What tests say: these columns and members.
settle_ties() {
    local file separator=';'
    [[ $1 != *.md ]] || separator='|'
    [[ $1 != *.tex ]] || separator='&'
    for file in "$2" "$3"; do
        case $1 in
        *.json)
            LC_ALL=C sed -i -E -e '/"nemenyi_p": \[/,/\]/d' \
                -e '/"(wilcoxon_w|wilcoxon_p|wilcoxon_by|holm_p|friedman_chi2|friedman_p|mean_rank|wins|ties|losses)": /d' "$file"
            ;;
        *) # The header of each table says which columns these are.
            LC_ALL=C awk -v separator="$separator" '
                {
                    n = split($0, field, "[" separator "]")
                    for (i = 1; i <= n; i++) {
                        name = field[i]
                        gsub(/^[ \r]+|[ \r\\]+$/, "", name)
                        if (name ~ /^(p|W|Holm|mean.rank|wilcoxon_(w|p|by|holm)|Wilcoxon (W|p|Holm)|holm_p|friedman_(chi2|p)|nemenyi_p_.*)$/) {
                            if (NR != head) { split("", tests) ; head = NR }
                            tests[i] = 1
                        }
                    }
                    if (NR == head) n_head = n
                    line = ""
                    for (i = 1; i <= n; i++)
                        line = line (i > 1 ? separator : "") (head && NR > head && n == n_head && (i in tests) ? "TEST" : field[i])
                    print line
                }' "$file" >"$file.part"
            mv "$file.part" "$file"
            ;;
        esac
    done
}

# Decimals as printed that differ by one of their last digit; nothing else of the line may differ.
settle_halves() {
    LC_ALL=C awk -v old="$2" '
        # The decimals of a line go to `decimal`, and what stands between them to `rest`.
        function take_apart(line, decimal, rest,   n) {
            n = 0
            while (match(line, /[0-9]+\.[0-9]+/)) {
                rest[++n] = substr(line, 1, RSTART - 1)
                decimal[n] = substr(line, RSTART, RLENGTH)
                line = substr(line, RSTART + RLENGTH)
            }
            rest[n + 1] = line
            return n
        }
        function differs(a, b,   x, y) {
            if (length(a) != length(b)) return 1
            sub(/\./, "", a); sub(/\./, "", b)
            x = a + 0; y = b + 0
            return x - y > 1 || y - x > 1
        }
        {
            if ((getline before < old) <= 0 || before == $0) { print; next }
            n = take_apart(before, a, between_a)
            same = take_apart($0, b, between_b) == n
            for (i = 1; same && i <= n + 1; i++)
                same = between_a[i] == between_b[i] && (i > n || !differs(a[i], b[i]))
            print same ? before : $0
        }' "$3" >"$3.part"
    mv "$3.part" "$3"
}

# The method that figures speak of, and draw in its colour: where captions of a folder name an audit in NEW alone, there is nothing to
# compare. Stage figures draws with chosen methods, too, where both speak of the same.
settle_focus() {
    local folder=${1%/*}
    if ! grep -q '<desc>.*audit' "$old_files/$folder"/*.svg && grep -q '<desc>.*audit' "$new_files/$folder"/*.svg; then
        cp "$3" "$2"
    fi
}
