"""Golden values of tests/test_threshold.c from SciPy.

Made with Python 3.11, numpy 2.4.6, scipy 1.17.1:  python make.py
"""
import pathlib

import numpy as np
from scipy import stats

HERE = pathlib.Path(__file__).parent


def line(name, values):
    values = np.asarray(values, dtype=np.float64).ravel()
    return f"{name} {values.size} " + " ".join(f"{v:.17g}" for v in values) + "\n"


RATES = [1e-6, 1e-5, 1e-4, 1e-3, .005, .01, .025, .05, .1, .2, .3, .4, .45, .49, .499, .5, .7]
DEGREES = [*range(1, 41), 49, 60, 80, 99, 119, 150, 199, 200, 1000]
rng = np.random.default_rng(5)
with open(HERE / "threshold.txt", "w") as out:
    out.write(line("rates", RATES) + line("degrees", DEGREES))
    out.write(line("quantiles", [[stats.t.isf(r, d) for r in RATES] for d in DEGREES]))
    for i, (n, rate) in enumerate([(2, .05), (5, .01), (10, .01), (10, .05), (20, 1e-4)]):
        scores = rng.lognormal(.3, .4, n)
        logs = np.log(scores)
        bound = np.exp(logs.mean() + stats.t.isf(rate, n - 1) * logs.std(ddof=1) * np.sqrt(1 + 1 / n))
        out.write(line(f"scores{i}", scores) + line(f"fit{i}", [rate, bound]))
