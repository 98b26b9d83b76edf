"""A small results file and what pandas, SciPy, scikit-posthocs, statsmodels and NumPy conclude from it: study.csv and study.txt for
tests/test_program_stats.c.

Made with Python 3.11, numpy 2.4.6, pandas 3.1.1, scipy 1.17.1, scikit-posthocs 0.17.1, statsmodels 0.15.0:  python make_study.py
"""
import pathlib

import numpy as np
import pandas as pd
import scikit_posthocs
from scipy import stats
from statsmodels.stats.multitest import multipletests

HERE = pathlib.Path(__file__).parent
METHODS = ["none", "loo_patch", "cosine_loo", "mahalanobis_patch", "ensemble_loo_mahal", "random_patch", "lof_patch"]
DATASETS = ([f"mvtec_AD/m{i}" for i in range(7)] + [f"VisA/v{i}" for i in range(5)] +
            [f"mvtec_loco_AD/l{i}" for i in range(4)] + [f"btad/0{i}" for i in range(1, 4)])
rng = np.random.default_rng(3)


def rows():
    for d in DATASETS:
        base = rng.uniform(.75, .95)
        for m, method in enumerate(METHODS + ["oracle_patch"]):
            for c in (0., .3):
                for n in (10, 20):
                    for seed in (0, 1):
                        gain = (0, .012, .008, .01, .02, -.004, .002, .04)[m] if c else (0, -.004, -.003, -.003, -.005, -.001, -.002, 0)[m]
                        value = base - (.05 if c else 0) + (.01 if n == 20 else 0) + gain + rng.normal(0, .008)
                        if d == "VisA/v3" and method == "lof_patch":
                            continue  # a category without one method
                        yield d, method, c, n, seed, round(min(value, 1), 4)


def line(name, values):
    values = np.asarray(values, dtype=np.float64).ravel()
    return f"{name} {values.size} " + " ".join(f"{v:.17g}" for v in values) + "\n"


def decimal(values):
    """What was meant: the values have 4 decimals, and equal means must tie although their sums are off by 1e-16."""
    return np.round(values, 12)


def compare(x, y, clean_x, clean_y):
    d = x - y
    n = len(d)
    wilcoxon = stats.wilcoxon(decimal(d))
    draw = np.random.default_rng(42)
    low, high = np.percentile([draw.choice(d, n).mean() for _ in range(10000)], [2.5, 97.5])
    a12 = stats.mannwhitneyu(decimal(x), decimal(y), method="asymptotic").statistic / n**2
    return [n, x.mean(), y.mean(), d.mean(), low, high, wilcoxon.statistic, wilcoxon.pvalue, 0, 2 * a12 - 1, a12,
            (decimal(d) > .001).sum(), (np.abs(decimal(d)) <= .001).sum(), (decimal(d) < -.001).sum(), clean_y.mean() - clean_x.mean(),
            (x.mean() - y.mean()) / (clean_y.mean() - y.mean())]


table = pd.DataFrame(rows(), columns=["dataset", "purification_method", "contamination_rate", "train_limit", "seed", "img_auroc"])
table.sample(frac=1, random_state=1).to_csv(HERE / "study.csv", sep=";", index=False)
seeds = table.groupby(["contamination_rate", "dataset", "purification_method", "train_limit"])["img_auroc"].mean()
means = seeds.groupby(level=[0, 1, 2]).mean().unstack()
with open(HERE / "study.txt", "w") as out:
    for name, without in (("all", "-"), ("no_loco", "mvtec_loco_AD/")):
        dirty, clean = (means.loc[c][~means.loc[c].index.str.startswith(without)] for c in (.3, 0.))
        complete = dirty[METHODS].dropna().to_numpy()
        n, k = complete.shape
        cd = stats.studentized_range.ppf(.95, k, np.inf) / np.sqrt(2) * np.sqrt(k * (k + 1) / (6 * n))
        out.write(line(f"friedman_{name}", [n, *stats.friedmanchisquare(*decimal(complete).T), cd]))
        out.write(line(f"ranks_{name}", stats.rankdata(-decimal(complete), axis=1).mean(axis=0)))
        out.write(line(f"means_{name}", complete.mean(axis=0)))
        out.write(line(f"nemenyi_{name}", scikit_posthocs.posthoc_nemenyi_friedman(decimal(complete))))
        results = {}
        for method in METHODS[1:] + ["oracle_patch"]:
            both = dirty[[method, "none"]].dropna()
            results[method] = compare(both[method].to_numpy(), both["none"].to_numpy(),
                                      clean.loc[both.index, method].to_numpy(), clean.loc[both.index, "none"].to_numpy())
        holm = multipletests([results[m][7] for m in METHODS[1:]], method="holm")[1]
        for method, values in results.items():
            values[8] = holm[METHODS.index(method) - 1] if method in METHODS else np.nan
            out.write(line(f"{method}_{name}", values))
