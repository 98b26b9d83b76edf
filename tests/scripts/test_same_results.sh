#!/bin/bash
# scripts/same_results.sh finds what differs, and nothing where the clock or the version alone differ.
#   test_same_results.sh SCRIPTS_DIR PROGRAM PHOTOS
set -euo pipefail
same=$1/same_results.sh
program=$2
photos=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0

# check WHAT STATUS PATTERN OPTIONS...
check() {
    local status=0 output
    output=$("$same" "${@:4}" 2>/dev/null) || status=$?
    if [ "$status" -ne "$2" ] || [[ ! $output =~ $3 ]]; then
        printf '%s: status %s and:\n%s\n' "$1" "$status" "$output"
        wrong=1
    fi
}

# planted WHAT STATUS PATTERN [OPTION]: a copy of the folder, changed by the commands of standard input
planted() {
    rm -rf "$work/new"
    cp -r "$work/old" "$work/new"
    (cd "$work/new" && bash -euo pipefail)
    check "$1" "$2" "$3" ${4:+"$4"} --compare "$work/old" "$work/new"
}

mkdir -p "$work/old/maps"
cd "$work/old"
printf 'timestamp;dataset;img_auroc;inference_time_s\r\n2026-01-02 03:04:05;a;0.5000;0.1\r\n' >rows.csv
printf 'dataset;elapsed_s;img_auroc\na;1.5;0.5\n' >level.csv
printf '{"program_version": "0.1.0", "path": "a 12 b", "auroc": 0.5}\n' >numbers.json
printf '%%%% purebank 0.1.0\nloo\\_patch & .812 & .713\nimgmax\\_mad k2.0 & .9\n' >table.tex
printf '<svg><text>12</text></svg>\n' >maps/a.svg
printf '\223NUMPY\001\000abcdef' >values.npy
printf 'Took 3.5 s\nDone: 7 parts\n' >run.said
echo 0 >run.status

planted 'nothing' 0 '0 of HTML, text and messages differ, of 1 .*7 files alike, 0 differ as documented, 0 differ otherwise' <<<':'
planted 'clocks' 0 ', 0 differ otherwise' <<<'sed -i "2s/2026-01-02 03:04:05/2027-11-12 13:14:15/; 2s/0.1/99.5/" rows.csv; sed -i "s/1.5/7/" level.csv'
planted 'the version' 0 ', 0 differ otherwise' <<<'sed -i "s/0\.1\.0/0.2.13/" numbers.json table.tex'
planted 'how long it took' 0 ' 0 of HTML, text and messages differ, of 1 ' <<<'sed -i "s/3.5/12.25/" run.said'
planted 'the last digit of a result' 1 'DIFFERENT +rows.csv: .*0.5001.*, 1 differ otherwise' <<<'sed -i "s/0.5000/0.5001/" rows.csv'
planted 'a line end' 1 'rows.csv' <<<'sed -i "s/\r//" rows.csv'
planted 'a row more' 1 'level.csv' <<<'echo "b;1;0.5" >>level.csv'
planted 'a digit of a JSON' 1 'numbers.json: .*NEW .*0.6' <<<'sed -i "s/0\.5/0.6/" numbers.json'
planted 'a method that is called by its label' 0 ', 0 differ otherwise' <<<'sed -i "s/loo..patch/LOO/; s/imgmax..mad k2.0/audit max, k 2/" table.tex'
planted 'another method' 1 'table.tex' <<<'sed -i "s/loo..patch/LOF/" table.tex'
planted 'a digit of LaTeX' 1 'table.tex: .*NEW .*[.]814' <<<'sed -i "s/812/814/" table.tex'
planted 'a label of an SVG' 1 'maps/a.svg' <<<'sed -i "s/12/13/" maps/a.svg'
planted 'a byte of features' 1 'values.npy: from byte 10 ' <<<'printf x | dd of=values.npy bs=1 seek=9 conv=notrunc status=none'
planted 'a file less' 1 'numbers.json: only OLD has it' <<<'rm numbers.json'
planted 'a file more' 1 'new.tex: only NEW has it' <<<'touch new.tex'
planted 'another exit status' 1 'run.status: .*OLD 0 . NEW 3' <<<'echo 3 >run.status'
planted 'a message, which does not count' 0 '\(differing\) run.said' <<<'sed -i s/7/8/ run.said'
planted 'a message, where it counts' 1 '\(differing\) run.said' --strict <<<'sed -i s/7/8/ run.said'

# What CHANGELOG.md says, and nothing beside it.
mkdir -p "$work/old/"{stats,tables,score/maps,eval}
printf '{\n  "program_version": "0.1.0",\n  "origin": {\n    "dim": 35\n  }\n}\n' >origin.json
printf 'path,score,verdict,heatmap\na.png,1.5,pass,\n' >score/plain.csv
printf '{\n  "caught": 1,\n  "false_alarms": 0\n}\n' >eval/plain.json
printf 'method;n;wilcoxon_p;wins\nloo_patch;26;0.02;25\n' >stats/wilcoxon.csv
printf '\ntable\n\n| method | AUROC | p |\n|---|--:|--:|\n| LOO | 0.7637 | 0.1000 |\n' >tables/methods.md
printf '\211PNG\r\n\032\n\0\0\0\015IHDR\0\0\0\012\0\0\0\024old' >score/maps/a.png

planted 'none of it' 0 '13 files alike, 0 differ as documented' <<<':'
planted 'a new member' 0 'origins record it.*12 files alike, 1 differ as documented' \
    <<<"sed -i 's/35/35,\n    \"orientation\": \"exif\"/' origin.json"
planted 'a new member, and a digit' 1 'DIFFERENT +origin.json' <<<"sed -i 's/35/36,\n    \"orientation\": \"exif\"/' origin.json"
planted 'an unusable part' 0 '1 differ as documented' \
    <<<'printf "path,score,verdict,heatmap,reason\na.png,1.5,unusable,,\"dark, or so\"\r\n" | sed "s/\r$//; s/$/\r/" >score/plain.csv; sed -i "s/\r*$/\r/" ../old/score/plain.csv'
planted 'another score' 1 'score/plain.csv' <<<'printf "path,score,verdict,heatmap,reason\r\na.png,1.6,unusable,,dark\r\n" >score/plain.csv'
planted 'what is unusable is caught' 0 '1 differ as documented' \
    <<<"sed -i 's/1,/3,/; s/0\$/1/; 2i \  \"unusable_good\": 1,\n  \"unusable_defect\": 2,' eval/plain.json"
planted 'one more is caught' 1 'eval/plain.json' <<<"sed -i 's/1,/4,/; 2i \  \"unusable_good\": 0,\n  \"unusable_defect\": 2,' eval/plain.json"
planted 'a test' 0 'Wilcoxon.*1 differ as documented' <<<"sed -i 's/0.02/0.03/' stats/wilcoxon.csv"
planted 'what is no test' 1 'stats/wilcoxon.csv' <<<"sed -i 's/26/27/' stats/wilcoxon.csv"
planted 'half a digit and a test' 0 '1 differ as documented' <<<"sed -i 's/7637/7638/; s/0.1000/0.2000/' tables/methods.md"
planted 'two of the last digit' 1 'tables/methods.md' <<<"sed -i 's/7637/7639/' tables/methods.md"
planted 'a strip below' 0 'strip below the photo.*1 differ as documented' \
    <<<'printf "\211PNG\r\n\032\n\0\0\0\015IHDR\0\0\0\012\0\0\0\035new" >score/maps/a.png'
planted 'a wider picture' 1 'score/maps/a.png' <<<'printf "\211PNG\r\n\032\n\0\0\0\015IHDR\0\0\0\013\0\0\0\035new" >score/maps/a.png'

if [ ! -d "$photos" ]; then
    [ "$wrong" -eq 0 ] && echo "folders are compared; without photos no programs" && exit 77
    exit 1
fi
# Two programs: the second lets the first one work, and then spoils what it wrote.
# shellcheck disable=SC2016 # for the program that is written
spoiling() {
    printf '#!/bin/bash\n"%s" "$@"\nstatus=$?\nif [ -f extract/vit.npy ]; then %s; fi\nexit $status\n' "$program" "$2" >"$work/$1"
    chmod +x "$work/$1"
}
spoiling a_byte 'printf x | dd of=extract/vit.npy bs=1 seek=3000 conv=notrunc status=none'
spoiling a_member 'sed -i /orientation/d extract/vit.origin.json'
runs=(--fast --data "$photos" --only "datasets,extract" --work "$work/runs" "$program")
check 'the same program' 0 'alike, 0 differ as documented, 0 differ otherwise' "${runs[@]}" "$program"
check 'a program that spoils a byte' 1 'DIFFERENT  extract/vit.npy: from byte 3001 .*, 1 differ otherwise' "${runs[@]}" "$work/a_byte"
check 'a program that drops what 0.1 did not have' 1 'DIFFERENT  extract/vit.origin.json' "${runs[@]}" "$work/a_member"

[ "$wrong" -eq 0 ] || exit 1
echo "every planted difference was found"
