"""Which patches purebank's methods remove, against NumPy, SciPy and scikit-learn on the same features.

    python bench/compare_methods.py build/release/purebank FEATURES.npy|made-up

FEATURES.npy: (images, patches, channels), as `purebank extract` writes it; made-up: 10 x 784 x 1024, a normal distribution a
position with correlated channels, and 3 images with a defect. Prints a row a method: patches removed by the
program and by the reference, and how many of them differ; for the isolation forest, which is random, the share removed by
both, mean over 20 seeds, beside that of scikit-learn with itself. Made with numpy 2.4.6, scikit-learn 1.9.1.
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np
from sklearn.covariance import ledoit_wolf
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor

K, Q, SEEDS = 5, 95, 20


def removed_by_program(program, path, shape, method, *options):
    with tempfile.TemporaryDirectory() as folder:
        bank = pathlib.Path(folder) / "a.bank"
        subprocess.run([program, "fit", path, "-o", bank, "--audit", "off", "--quiet", "--purify", method, "--knn-k",
                        str(K), "--percentile", str(Q), *options], check=True)
        data = bank.read_bytes()
    size, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])

    def tensor(name):
        first, end = header[name]["data_offsets"]
        return np.frombuffer(data[8 + size + first:8 + size + end], dtype=np.int32)

    removed = np.ones(shape, dtype=bool)
    removed[tensor("image_of_row"), tensor("patch_of_row")] = False
    return removed.ravel()


def above(scores):
    return scores.ravel() > np.percentile(scores, Q)


def nearest(rows, allowed, normalise=False):
    """Mean distance of each row to its K nearest allowed rows of other images."""
    scores = np.full(len(rows), np.inf)
    for i in np.unique(image):
        others = rows[(image != i) & allowed]
        own = image == i
        product = rows[own] @ others.T
        if normalise:
            distance = np.maximum(0, 1 - product)
        else:
            distance = np.sqrt(np.maximum(0, (rows[own] ** 2).sum(1)[:, None] - 2 * product + (others ** 2).sum(1)))
        scores[own] = np.partition(distance, K - 1, axis=1)[:, :K].mean(1)
    return scores


def minmax(scores):
    return (scores - scores.min()) / (scores.max() - scores.min() + 1e-8)


def mahalanobis(rows):
    covariance, _ = ledoit_wolf(rows)
    centred = rows - rows.mean(0)
    return np.sqrt((centred * np.linalg.solve(covariance, centred.T).T).sum(1))


def iterative(rows):
    kept = np.ones(len(rows), dtype=bool)
    for _ in range(3):
        scores = np.where(kept, nearest(rows, kept), -np.inf)
        kept[np.argsort(-scores, kind="stable")[:int(kept.sum() * (100 - Q) / 100)]] = False
    return ~kept


def pca_errors(rows):
    model = PCA(n_components=.95).fit(rows)
    return ((rows - model.inverse_transform(model.transform(rows))) ** 2).mean(1)


def forest(rows, seed):
    return IsolationForest(contamination=(100 - Q) / 100, random_state=seed + 3000).fit(rows).predict(rows) < 0


def made_up():
    rng = np.random.default_rng(0)
    basis = rng.normal(size=(200, 1024)) / np.sqrt(1 + np.arange(200))[:, None]
    position = rng.normal(size=(784, 200))
    made = (position + .5 * rng.normal(size=(10, 784, 200))) @ basis + .3 * rng.normal(size=(10, 784, 1024))
    made[:3, 300:340] += rng.normal(size=(3, 1, 1024))
    return made.astype(np.float32)


program, path = sys.argv[1:3]
features = made_up() if path == "made-up" else np.load(path)
n, p, d = features.shape
rows = features.reshape(-1, d).astype(np.float64)
image = np.repeat(np.arange(n), p)
everything = np.ones(len(rows), dtype=bool)
norm = np.linalg.norm(rows, axis=1, keepdims=True)
loo, distance = nearest(rows, everything), mahalanobis(rows)
expected = {
    "loo_patch": above(loo),
    "cosine_loo": above(nearest(np.divide(rows, norm, out=np.zeros_like(rows), where=norm > 0), everything, True)),
    "mahalanobis_patch": above(distance),
    "ensemble_loo_mahal": above(.5 * minmax(loo) + .5 * minmax(distance)),
    "lof_patch": above(-LocalOutlierFactor(n_neighbors=20).fit(rows).negative_outlier_factor_),
    "pca_patch": above(pca_errors(rows)),
    "iterative_loo": iterative(rows),
}
with tempfile.TemporaryDirectory() as folder:
    used = str(pathlib.Path(folder) / "used.npy")
    np.save(used, features)
    print(f"{n} images x {p} patches x {d} channels, K {K}, q {Q}\nmethod;removed;reference;differ")
    for method, reference in expected.items():
        ours = removed_by_program(program, used, (n, p), method)
        print(f"{method};{ours.sum()};{reference.sum()};{(ours != reference).sum()}")
    theirs = [forest(features.reshape(-1, d), s) for s in range(SEEDS)]
    ours = [removed_by_program(program, used, (n, p), "isolation_forest_patch", "--seed", str(s)) for s in range(SEEDS)]
    shared = np.mean([(a & b).sum() / b.sum() for a, b in zip(ours, theirs)])
    itself = np.mean([(theirs[i] & theirs[i - 1]).sum() / theirs[i].sum() for i in range(SEEDS)])
    print(f"isolation_forest_patch: removed by both {shared:.3f}, by scikit-learn with two seeds {itself:.3f}")
