"""Golden values of tests/test_purify.c and tests/test_audit.c: brute force in NumPy, covariance from scikit-learn.

Made with Python 3.11, numpy 2.4.6, scikit-learn 1.9.1:  python make.py
"""
import math
import pathlib

import numpy as np
from sklearn.covariance import ledoit_wolf

HERE = pathlib.Path(__file__).parent


def line(name, values):
    values = np.asarray(values, dtype=np.float64).ravel()
    return f"{name} {values.size} " + " ".join(f"{v:.17g}" for v in values) + "\n"


def loo_scores(features, k, cosine=False):
    n, p, d = features.shape
    x = features.astype(np.float64)
    if cosine:
        norm = np.linalg.norm(x, axis=2, keepdims=True)
        x = np.divide(x, norm, out=np.zeros_like(x), where=norm > 0)
    scores = np.empty((n, p))
    for i in range(n):
        others = np.delete(x, i, 0).reshape(-1, d)
        for j in range(p):
            if cosine:
                distance = np.maximum(0, 1 - others @ x[i, j])
            else:
                distance = np.sqrt(((others - x[i, j]) ** 2).sum(1))
            scores[i, j] = np.sort(distance)[:k].mean()
    return scores


def mahalanobis_scores(features):
    x = features.reshape(-1, features.shape[2]).astype(np.float64)
    covariance, shrinkage = ledoit_wolf(x)
    centred = x - x.mean(0)
    if np.linalg.matrix_rank(covariance, hermitian=True) < x.shape[1]:
        squares = (centred ** 2).sum(1)
    else:
        squares = (centred * np.linalg.solve(covariance, centred.T).T).sum(1)
    return np.sqrt(squares), covariance, shrinkage


def minmax(scores):
    return (scores - scores.min()) / (scores.max() - scores.min() + 1e-8)


def image_level(scores, c):
    n, p = scores.shape
    count = min(math.ceil(n * c), n - 1)
    keep = np.ones((n, p))
    keep[np.argsort(-scores.mean(1), kind="stable")[:count]] = 0
    return keep


AGGREGATES = {
    "imgmax_mad": lambda s: s.max(), "imgq99_mad": lambda s: np.percentile(s, 99),
    "imgt5_mad": lambda s: np.sort(s)[-math.ceil(s.size / 20):].mean(), "image_mad": lambda s: s.mean(),
}


def audit(scores, k):
    n = len(scores)
    median = np.median(scores)
    mad = np.median(np.abs(scores - median))
    limit = np.inf if mad < 1e-12 else median + k * 1.4826 * mad
    flagged = [i for i in np.argsort(-scores, kind="stable") if scores[i] > limit][:n * 2 // 5]
    return limit, np.isin(np.arange(n), flagged)


def planted():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(6, 9, 5)) @ rng.normal(size=(5, 5)) + 2
    x[4, 2:5] += 6
    return x, 3


def degenerate():  # a copied image, a constant channel, a channel of 0
    rng = np.random.default_rng(2)
    x = rng.normal(size=(6, 9, 12)) * 10.0 ** rng.integers(-2, 2, 12)
    x[1], x[:, :, 3], x[:, :, 7] = x[0], 4.25, 0
    return x, 5


def wide():  # two images, more channels than patches
    return np.random.default_rng(3).normal(size=(2, 9, 23)) + 1, 2


def larger():
    rng = np.random.default_rng(4)
    x = rng.gamma(2., 1., (15, 25, 7)).cumsum(2)
    x[[2, 3, 9]] *= 1.3
    return x, 5


def constant():
    return np.full((5, 4, 3), 1.5), 5


def two_points():  # the shrinkage is 0 and S has rank 1: not invertible
    return np.array([1, -1, 1, -1])[:, None, None] * np.array([[[3., 4.]]]), 1


for case in (planted, degenerate, wide, larger, constant, two_points):
    features, k = case()
    features = features.astype(np.float32)
    loo, cosine = loo_scores(features, k), loo_scores(features, k, cosine=True)
    distance, covariance, shrinkage = mahalanobis_scores(features)
    ensemble = .5 * minmax(loo.ravel()) + .5 * minmax(distance)
    side = math.isqrt(features.shape[1])
    assert side * side == features.shape[1]
    with open(HERE / f"{case.__name__}.txt", "w") as out:
        out.write(line("sizes", [*features.shape, k]) + line("features", features) + line("loo_patch", loo)
                  + line("cosine_loo", cosine) + line("mahalanobis_patch", distance)
                  + line("ensemble_loo_mahal", ensemble) + line("covariance", covariance)
                  + line("mean", features.astype(np.float64).mean((0, 1))) + line("shrinkage", [shrinkage]))
        for c in (.1, .3, 1):
            out.write(line(f"image_level_{c:g}", image_level(loo, c)))
        for rule, aggregate in AGGREGATES.items():
            scores = np.array([aggregate(s) for s in loo])
            out.write(line(rule, scores))
            for multiplier in (.5, 1.5, 2.5):
                limit, flagged = audit(scores, multiplier)
                out.write(line(f"{rule}_{multiplier:g}", [limit, *flagged]))


def splitmix64(n, state=11):  # test_rng_uniform() of tests/support.h
    values = []
    for _ in range(n):
        state = (state + 0x9E3779B97F4A7C15) % 2 ** 64
        z = state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2 ** 64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2 ** 64
        values.append(((z ^ (z >> 31)) >> 11) * 2.0 ** -53)
    return np.array(values)


# Sizes beyond every block of covariance.c, with tails; channels of spreads 1..1/20 around 3; the test makes the rows itself.
rows = splitmix64(300 * 133).reshape(3, 100, 133)
rows = (3 + (rows - .5) / (1 + np.arange(133) % 20)).astype(np.float32)
rows[:, :, 50] = rows[:, :, 40] + rows[:, :, 1] / 64  # nearly collinear; exact steps in float32
distance, covariance, shrinkage = mahalanobis_scores(rows)
with open(HERE / "blocks.txt", "w") as out:
    out.write(line("mahalanobis_patch", distance) + line("shrinkage", [shrinkage])
              + line("covariance_rows", covariance[[0, 50, 127, 128, 132]]))
