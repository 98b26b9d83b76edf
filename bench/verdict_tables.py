#!/usr/bin/env python3
"""The tables of docs/results.md on verdicts, from what bench/study_verdicts printed.

    python3 bench/verdict_tables.py verdicts.csv [more.csv...]

Needs nothing but Python."""
import csv
import sys
from collections import defaultdict

LABELS = {"keep": "flagged ones stay (default)", "narrow": "they leave, threshold of the others",
          "wide": "they leave, threshold of all (`--audit remove`)", "review": "a person looks at the flagged ones",
          "calibrate": "as default, threshold by 40 verified parts"}


def read(paths):
    rows = []
    for path in paths:
        with open(path, newline="") as file:
            for row in csv.DictReader(file):
                rows.append({k: v if k in ("set", "treatment", "method") else float(v) for k, v in row.items()})
    return rows


def share(rows, part, whole):
    """Mean over banks of a share, in percent."""
    return 100 * sum(r[part] / r[whole] for r in rows) / len(rows)


def by_treatment(rows):
    print("| what becomes of flagged references | c 0: false alarms | c 0: caught | c .3: false alarms | c .3: caught |")
    print("|---|---|---|---|---|")
    for treatment, label in LABELS.items():
        cells = [label]
        for c in (0, 0.3):
            chosen = [r for r in rows if r["treatment"] == treatment and r["c"] == c]
            cells += [f"{share(chosen, 'false', 'n_good'):.1f} %", f"{share(chosen, 'caught', 'n_defect'):.0f} %"]
        print("| " + " | ".join(cells) + " |")


def by_set(rows):
    sets = defaultdict(list)
    for r in rows:
        sets[r["set"]].append(r)
    print("\n| set | banks | default: false alarms | caught | calibrated: false alarms | caught |")
    print("|---|---|---|---|---|---|")
    for name, of_set in sets.items():
        cells = [name, str(sum(r["treatment"] == "keep" and r["c"] == 0 for r in of_set))]
        for treatment in ("keep", "calibrate"):
            chosen = [r for r in of_set if r["treatment"] == treatment and r["c"] == 0]
            cells += [f"{share(chosen, 'false', 'n_good'):.1f} %", f"{share(chosen, 'caught', 'n_defect'):.0f} %"]
        print("| " + " | ".join(cells) + " |")


def interval(rows):
    """A stated bound holds where the measured rate does not exceed it; a finite test set is given no credit."""
    print("\n| threshold | banks | stated for 90 % | held in |")
    print("|---|---|---|---|")
    for treatment, label in (("keep", "of 10 references, 1 %"), ("calibrate", "of 40 verified parts, 2.4 %")):
        chosen = [r for r in rows if r["treatment"] == treatment and r["c"] == 0]
        held = sum(r["false"] / r["n_good"] <= r["bound"] for r in chosen)
        bound = 100 * sum(r["bound"] for r in chosen) / len(chosen)
        print(f"| {label} | {len(chosen)} | {bound:.1f} % | {held} of {len(chosen)} |")


def warnings(rows):
    """Does the ratio of the threshold to the highest and to the median score of a reference tell what is caught?"""
    print("\n| threshold over the references' median score | banks | caught |")
    print("|---|---|---|")
    chosen = [r for r in rows if r["treatment"] == "keep"]
    for low, high in ((0, 1.3), (1.3, 1.5), (1.5, 1.8), (1.8, 99)):
        some = [r for r in chosen if low <= r["threshold"] / r["median"] < high]
        if some:
            print(f"| {low} to {high} | {len(some)} | {share(some, 'caught', 'n_defect'):.0f} % |")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    table = read(sys.argv[1:])
    by_treatment(table)
    by_set(table)
    interval(table)
    warnings(table)
