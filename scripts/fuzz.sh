#!/bin/bash
# Runs every fuzz target for FUZZ_SECONDS (60) on its seed corpus; build the preset fuzz first.
# A finding stays as build/fuzz/findings/<target>/crash-*, and a target run with that file replays it.
set -euo pipefail
cd "$(dirname "$0")/.."

found=0
for target in build/fuzz/fuzz/fuzz_*; do
    if [ ! -f "$target" ] || [ ! -x "$target" ]; then
        continue
    fi
    found=$((found + 1))
    name=$(basename "$target")
    grown=build/fuzz/corpus/$name
    mkdir -p "$grown" "build/fuzz/findings/$name"
    seeds=()
    for folder in "fuzz/corpus/$name" "fuzz/corpus/${name#fuzz_}"; do
        [ ! -d "$folder" ] || seeds+=("$folder")
    done
    echo "fuzz: $name, ${FUZZ_SECONDS:-60} s"
    # What is found goes to the first folder; the seeds are only read.
    "$target" -max_total_time="${FUZZ_SECONDS:-60}" -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="build/fuzz/findings/$name/" "$grown" "${seeds[@]}"
done
if [ "$found" -eq 0 ]; then
    echo "no fuzz targets in build/fuzz/fuzz" >&2
    exit 1
fi
