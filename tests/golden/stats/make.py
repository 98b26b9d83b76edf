"""Golden values of tests/test_stats.c from SciPy, scikit-posthocs, statsmodels, NumPy and mpmath.

Made with Python 3.11, numpy 2.4.6, scipy 1.17.1, scikit-posthocs 0.17.1, statsmodels 0.15.0, mpmath 1.3.0:  python make.py
"""
import pathlib
import warnings

import mpmath
import numpy as np
import scikit_posthocs
from scipy import stats
from statsmodels.stats.multitest import multipletests

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(8)
warnings.simplefilter("ignore")  # of tests that have nothing to test
mpmath.mp.dps = 40


def line(name, values):
    values = np.asarray(values, dtype=np.float64).ravel()
    return f"{name} {values.size} " + " ".join(f"{v:.17g}" for v in values) + "\n"


def tables():
    """Categories x methods."""
    for n, k, decimals in [(35, 7, 5), (30, 7, 4), (35, 7, 2), (6, 17, 4), (4, 3, 1), (12, 5, 1), (1, 4, 4), (60, 25, 3)]:
        effect = np.linspace(0, .02, k)
        yield np.round(.8 + rng.normal(0, .1, (n, 1)) + rng.normal(0, .02, (n, k)) + effect, decimals)
    equal = np.round(rng.uniform(.5, 1, (9, 4)), 3)
    equal[:, 2] = equal[:, 0]  # two columns are one
    yield equal
    mostly = np.full((8, 5), .75)
    mostly[3] = [.7, .8, .75, .75, .9]
    yield mostly
    yield np.full((8, 5), .75)  # nothing to test
    yield np.tile([.9, .8, .7, .6], (20, 1))  # as different as can be


def differences():
    for n in [1, 2, 3, 5, 8, 13, 14, 25, 35, 49, 50, 51, 80]:
        yield rng.normal(.01, .03, n)
    for n, decimals in [(4, 2), (6, 2), (12, 2), (13, 2), (14, 2), (20, 2), (35, 3), (35, 2), (50, 2), (70, 2)]:
        yield np.round(rng.normal(.01, .03, n), decimals)  # ties, mostly zeros too
    ties = np.round(rng.normal(.02, .03, 30), 2)
    yield np.where(ties == 0, .01, ties)  # ties only
    zero = rng.normal(.01, .03, 30)
    zero[[3, 7]] = 0
    yield zero  # zeros only
    yield zero[:9]
    yield np.zeros(5)
    yield np.zeros(20)
    yield np.full(10, .25)
    yield np.arange(1., 41)  # all in one direction
    yield np.append(rng.normal(.01, .03, 48), [0, 0])  # 50 with zeros
    yield np.append(rng.normal(.01, .03, 50), [0])  # 50 without them, but 51


def range_tail(q, k):
    """One minus the probability that the range of k standard normals is at most q."""
    rest = lambda z: mpmath.npdf(z) * (mpmath.ncdf(z) ** (k - 1) - (mpmath.ncdf(z) - mpmath.ncdf(z - q)) ** (k - 1))
    with mpmath.workdps(100 if q > 12 else 40):  # a tail of 1e-70 is the difference of two ones
        return float(k * mpmath.quad(rest, mpmath.linspace(-16, q + 16, 24)))


def write_tests(out):
    for i, values in enumerate(tables()):
        n, k = values.shape
        friedman = stats.friedmanchisquare(*values.T)
        ranks = stats.rankdata(-values, axis=1).mean(axis=0)
        nemenyi = scikit_posthocs.posthoc_nemenyi_friedman(values).to_numpy()
        cd = stats.studentized_range.ppf(.95, k, np.inf) / np.sqrt(2) * np.sqrt(k * (k + 1) / (6 * n))
        out.write(line(f"shape{i}", values.shape) + line(f"table{i}", values) + line(f"friedman{i}", friedman))
        out.write(line(f"ranks{i}", ranks) + line(f"nemenyi{i}", nemenyi) + line(f"cd{i}", [cd]))
    for i, d in enumerate(differences()):
        automatic = stats.wilcoxon(d)
        normal = stats.wilcoxon(d, method="asymptotic")
        exact = stats.wilcoxon(d, method="exact")
        out.write(line(f"differences{i}", d))
        out.write(line(f"wilcoxon{i}", [automatic.statistic, automatic.pvalue, normal.pvalue, exact.pvalue]))
    for i, (n, m, decimals) in enumerate([(35, 35, 4), (35, 35, 2), (6, 6, 1), (1, 1, 4), (20, 30, 1), (5, 5, 0)]):
        x, y = np.round(rng.uniform(.5, 1, n) + .05, decimals), np.round(rng.uniform(.5, 1, m), decimals)
        a12 = stats.mannwhitneyu(x, y, method="asymptotic").statistic / (n * m)
        out.write(line(f"x{i}", x) + line(f"y{i}", y) + line(f"effect{i}", [a12, 2 * a12 - 1]))
    for i, p in enumerate([[.01, .04, .03, .005], [.5], [.02, .02, .02], [.9, .8, .7], list(rng.uniform(0, .1, 17))]):
        out.write(line(f"p{i}", p) + line(f"holm{i}", multipletests(p, method="holm")[1]))


def write_distributions(out):
    points = [(q, k) for k in (2, 3, 7, 17, 50) for q in (1e-6, .5, 1, 2, 3.31, 4.17, 7, 10, 25)]
    out.write(line("range_points", points) + line("range_tails", [range_tail(q, k) for q, k in points]))
    points = [(x, d) for d in (1, 2, 3, 5, 6, 16, 24, 49) for x in (1e-9, .1, 1, 5.5, 20, 80, 300, 1000)]
    tails = [float(mpmath.gammainc(mpmath.mpf(d) / 2, mpmath.mpf(x) / 2, regularized=True)) for x, d in points]
    out.write(line("chi2_points", points) + line("chi2_tails", tails))


def write_random(out):
    for i, seed in enumerate([0, 1, 42, 2**31, 2**32 - 1, 2**32, 2**32 + 42, 2**63, 2**64 - 1]):
        words = np.random.default_rng(seed).integers(0, 2**64, 20, dtype=np.uint64, endpoint=False)
        out.write(line(f"seed{i}", [seed >> 32, seed & 0xffffffff]))
        out.write(line(f"words{i}", [[int(w) >> 32, int(w) & 0xffffffff] for w in words]))
        generator = np.random.default_rng(seed)
        for n in [2, 3, 1, 6, 35, 1000, 2**31 + 1, 2**32 - 1, 2**32, 7]:  # in one stream, with halves of words between
            out.write(line(f"below{i}_{n}", generator.integers(0, n, 15)))


def write_bootstrap(out):
    for i, (n, seed) in enumerate([(35, 42), (30, 42), (6, 42), (7, 42), (8, 42), (1, 42), (2, 0), (129, 42), (300, 7)]):
        values = np.round(rng.normal(.01, .03, n), 5)
        draw = np.random.default_rng(seed)
        means = np.array([draw.choice(values, n, replace=True).mean() for _ in range(10000)])
        # The other ways in which this is written give the same.
        table = np.random.default_rng(seed).integers(0, n, size=(10000, n))
        assert (values[table].mean(axis=1) == means).all()
        assert (np.random.default_rng(seed).choice(values, size=(10000, n)).mean(axis=1) == means).all()
        out.write(line(f"values{i}", values) + line(f"interval{i}", [seed, *np.percentile(means, [2.5, 97.5])]))


with open(HERE / "tests.txt", "w") as out:
    write_tests(out)
with open(HERE / "distributions.txt", "w") as out:
    write_distributions(out)
with open(HERE / "random.txt", "w") as out:
    write_random(out)
with open(HERE / "bootstrap.txt", "w") as out:
    write_bootstrap(out)
