"""Golden values of tests/test_tolerance.c from SciPy.

Made with Python 3.11, numpy 2.4.6, scipy 1.17.1:  python make_tolerance.py
"""
import pathlib

import numpy as np
from scipy import stats
from scipy.optimize import brentq

HERE = pathlib.Path(__file__).parent


def line(name, values):
    values = np.asarray(values, dtype=np.float64).ravel()
    return f"{name} {values.size} " + " ".join(f"{v:.17g}" for v in values) + "\n"


# The noncentral t by its definition, with a quadrature of its own: scipy.stats.nct.cdf loses digits in the tails.
def cdf(t, degrees, delta):
    from scipy.integrate import quad
    chi = stats.chi(degrees, scale=1 / np.sqrt(degrees))
    ends = chi.isf(1 - 1e-18), chi.isf(1e-18)
    return quad(lambda w: stats.norm.cdf(t * w - delta) * chi.pdf(w), *ends, epsabs=1e-13, epsrel=1e-12, limit=500)[0]


CASES = [(t, d, delta) for d in (1, 2, 4, 9, 19, 59, 199) for delta in (-1, 0, 2, 5.5, 12) for t in (-2, 0.5, 3, 8, 20)]
values = [cdf(*case) for case in CASES]
for (t, d, delta), value in zip(CASES, values):
    assert t < 0 or abs(stats.nct.cdf(t, d, delta) - value) < 1e-6, (t, d, delta)

NORMAL = [(n, f, g) for n in (3, 5, 10, 20, 60) for f in (1, 2.5, 4) for g in (.5, .9, .95)]


def normal_bound(n, factor, confidence):
    z = brentq(lambda z: cdf(factor * n ** .5, n - 1, z * n ** .5) - confidence, -15, 15, xtol=1e-13)
    return stats.norm.sf(z)


ORDER = [(n, a, g) for n in (9, 10, 20, 99, 500) for a in (1, 2, 5) for g in (.5, .9, .99)]
with open(HERE / "tolerance.txt", "w") as out:
    out.write(line("cases", CASES) + line("cdf", values))
    out.write(line("normal", NORMAL) + line("normal_bounds", [normal_bound(*case) for case in NORMAL]))
    out.write(line("order", ORDER) + line("order_bounds", [stats.beta.ppf(g, a, n + 1 - a) for n, a, g in ORDER]))
