#!/bin/bash
# The runs behind docs/results.md on the real images, in both setups; what is in RESULTS already is not computed again.
#   bench/study_magnetic_tile.sh PROGRAM DATA RESULTS
# DATA is magnetic_tile in MVTec layout. Caches go to RESULTS/caches (80 MB; nothing needs them afterwards). Needs convert of
# ImageMagick, for a second detector: the built-in backbone on photos of half the resolution.
set -euo pipefail
program=$1 data=$(cd "$2" && pwd) results=$3
kinds=(blowhole break crack fray uneven)
mkdir -p "$results/caches"

run() { # CACHES FOLDER RUN [OPTION]...
    local caches=$1 folder=$2 name=$3
    shift 3
    "$program" experiment "$name" --cache "$results/caches/$caches" -o "$results/$folder" --quiet "$@"
}

# Each kind of defect as a category of its own: five, with the good photos in common.
split_by_kind() {
    local kind root=$results/caches/photos/magnetic_tile
    for kind in "${kinds[@]}"; do
        mkdir -p "$root/$kind/test" "$root/$kind/ground_truth"
        ln -sfn "$data/train" "$root/$kind/train"
        ln -sfn "$data/test/good" "$root/$kind/test/good"
        ln -sfn "$data/test/$kind" "$root/$kind/test/$kind"
        ln -sfn "$data/ground_truth/$kind" "$root/$kind/ground_truth/$kind"
    done
}

half_resolution() {
    local root=$results/caches/half_photos/magnetic_tile photo
    (cd "$data" && find train test -type f) | while read -r photo; do
        mkdir -p "$root/$(dirname "$photo")"
        [ -f "$root/$photo" ] || convert "$data/$photo" -resize 50% -quality 95 "$root/$photo"
    done
}

"$program" cache "$data" -o "$results/caches/builtin" --quiet
for setup in disjoint shared; do
    run builtin $setup main --setup $setup --methods all
done
run builtin . image-level
for setup in disjoint shared; do
    run builtin $setup extra-contamination --setup $setup
    run builtin $setup tl5 --setup $setup
    run builtin $setup ablation-percentile --setup $setup --categories all
    run builtin $setup ablation-knn-k --setup $setup --categories all
    run builtin $setup pixel --setup $setup
done

half_resolution
"$program" cache "$results/caches/half_photos" -o "$results/caches/half" --quiet
"$program" experiment assurance --cache builtin="$results/caches/builtin" --cache half="$results/caches/half" \
    --auditor builtin -o "$results" --quiet

split_by_kind
"$program" cache "$results/caches/photos/magnetic_tile" -o "$results/caches/by_kind" --quiet
methods=none,random_patch,lof_patch,loo_patch,mahalanobis_patch,cosine_loo,ensemble_loo_mahal,oracle_patch
for setup in disjoint shared; do
    run by_kind by_kind/$setup main --setup $setup --limits 10 --contamination 0,0.3 --methods $methods
done
