"""Golden values of tests/test_methods.c, tests/test_outliers.c and tests/test_audit_studies.c.

Made with Python 3.11, numpy 2.4.6, scikit-learn 1.9.1, scipy 1.17.1:  python make.py
Reads the features of ../purify/*.txt, which ../purify/make.py writes.
"""
import math
import pathlib
import warnings

import numpy as np
import scipy.stats
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import LocalOutlierFactor

HERE = pathlib.Path(__file__).parent
warnings.filterwarnings("ignore")  # fewer distinct values than components, duplicates beyond the neighbours: meant


def line(name, values):
    values = np.asarray(values, dtype=np.float64).ravel()
    return f"{name} {values.size} " + " ".join(f"{v:.17g}" for v in values) + "\n"


def read_case(name):
    arrays = {}
    for text in (HERE / "../purify" / f"{name}.txt").read_text().splitlines():
        key, _, *values = text.split()
        arrays[key] = np.array(values, dtype=np.float64)
    n, p, d, k = arrays["sizes"].astype(int)
    arrays["features"] = arrays["features"].reshape(n, p, d).astype(np.float32).astype(np.float64)
    return arrays, int(k)


# --- image scores: which tests of the adaptive methods speak up

class Mixture(GaussianMixture):
    """From the best of many k-means: scikit-learn takes the first one, whose optimum depends on the seed."""

    def _initialize_parameters(self, X, random_state, xp=None):
        labels = KMeans(self.n_components, n_init=50, random_state=0, tol=0).fit(X).labels_
        self._initialize(X, np.eye(self.n_components)[labels])


def mixture(values):
    x = values[:, None]
    one, two = Mixture(1).fit(x), Mixture(2).fit(x)
    weight = two.weights_[np.argmax(two.means_[:, 0])]
    return one.bic(x), two.bic(x), weight, two.bic(x) < one.bic(x) and .05 <= weight <= .60


def grubbs_critical(n):
    t = scipy.stats.t.ppf(1 - 0.05 / (2 * n), n - 2)
    return (n - 1) / math.sqrt(n) * math.sqrt(t * t / (n - 2 + t * t))


def statistics(values):
    n = len(values)
    skewness = float(scipy.stats.skew(values))
    spread = values.std(ddof=1)
    grubbs = (values.max() - values.mean()) / spread if spread > 0 else 0
    median = np.median(values)
    mad = np.median(np.abs(values - median))
    outlying = (values.max() - median) / (1.4826 * mad) if mad >= 1e-12 else 0
    bic_1, bic_2, weight, two_groups = mixture(values) if n >= 4 else (0, 0, 0, False)
    far = values.max() > median and (median <= 0 or (values.max() - median) / median > .3)
    decisions = [skewness > .5 and far, grubbs > grubbs_critical(n), two_groups, outlying > 3.5]
    return [skewness, grubbs, outlying, bic_1, bic_2, weight, *decisions]


rng = np.random.default_rng(6)
score_sets = [np.full(6, 2.5), np.array([0., 0, 0, 0, 3]), np.array([1., 1, 1, 1, 1, 9]), np.array([4., 4, 4, 7, 7, 7]),
              np.array([1., 2, 3, 4, 5.5, 6, 7]), np.array([1., 2, 30]), np.array([5., 5 + 1e-6, 5, 5])]
for n in (4, 5, 10, 10, 10, 20, 20):
    for shift in (0, 1, 3, 8):
        values = rng.normal(10, 1, n)
        values[:max(1, n * 3 // 10)] += shift
        score_sets.append(values * 10.0 ** rng.integers(-1, 2))
with open(HERE / "outliers.txt", "w") as out:
    out.write(line("grubbs_critical", [grubbs_critical(n) for n in range(3, 41)]))
    for i, values in enumerate(score_sets):
        result = statistics(values)
        out.write(line(f"values_{i}", values) + line(f"statistics_{i}", np.nan_to_num(result, nan=-99)))


# --- patch scores and masks

def lof(rows, k):
    return -LocalOutlierFactor(n_neighbors=k).fit(rows).negative_outlier_factor_


def pca(rows):
    if np.ptp(rows, axis=0).max() == 0:
        return 0, np.zeros(len(rows))
    p = PCA(n_components=.95).fit(rows)
    return p.n_components_, ((rows - p.inverse_transform(p.transform(rows))) ** 2).mean(1)


def distances(a, b):
    return np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1))


def iterative(features, k, q):
    n, p, d = features.shape
    rows, image = features.reshape(-1, d), np.repeat(np.arange(n), p)
    all_distances = distances(rows, rows)
    all_distances[image[:, None] == image[None]] = np.inf
    keep = np.arange(n * p)
    for _ in range(3):
        scores = np.sort(all_distances[np.ix_(keep, keep)], axis=1)[:, :k].mean(1)
        order = np.lexsort((keep, -scores))
        keep = np.sort(keep[order[math.floor(len(keep) * (100 - q) / 100):]])
    return np.isin(np.arange(n * p), keep)


def random_patch(n, q, seed):
    removed = np.random.RandomState(seed + 5000).choice(n, int(np.floor(n * (100 - q) / 100)), replace=False)
    return ~np.isin(np.arange(n), removed)


def knn(images, k):
    d = distances(images, images)
    np.fill_diagonal(d, np.inf)
    return np.sort(d, axis=1)[:, :k].mean(1)


def flag_mad(scores, k):
    n = len(scores)
    median = np.median(scores)
    mad = np.median(np.abs(scores - median))
    limit = np.inf if mad < 1e-12 else median + k * 1.4826 * mad
    flagged = [i for i in np.argsort(-scores, kind="stable") if scores[i] > limit][:n * 2 // 5]
    return limit, np.isin(np.arange(n), flagged)


def flag_known(scores, c):
    n = len(scores)
    return np.isin(np.arange(n), np.argsort(-scores, kind="stable")[:min(math.ceil(n * c), n - 1)])


with open(HERE / "patches.txt", "w") as out:
    for name in ("planted", "degenerate", "wide", "larger", "constant", "two_points"):
        arrays, k = read_case(name)
        features = arrays["features"]
        n, p, d = features.shape
        rows = features.reshape(-1, d)
        components, errors = pca(rows)
        pooled = features.mean(1).astype(np.float32).astype(np.float64)
        out.write(line(f"lof_{name}", lof(rows, min(20, n * p - 1))))
        out.write(line(f"pca_components_{name}", [components]) + line(f"pca_{name}", errors))
        for q in (80, 95):
            if name in ("planted", "larger"):
                out.write(line(f"iterative_{name}_{q}", iterative(features, k, q)))
            for seed in (0, 3):
                out.write(line(f"random_{name}_{q}_{seed}", random_patch(n * p, q, seed)))
        for base, scores in (("base_knn", knn(pooled, min(3, n - 1))), ("base_lof", lof(pooled, min(3, n - 1)))):
            limit, flagged = flag_mad(scores, 1.5)
            out.write(line(f"{base}_{name}", scores) + line(f"{base}_flags_{name}", [limit, *flagged]))
        for rule in ("imgmax", "imgq99", "imgt5", "image"):
            for c in (0, .1, .3, 1):
                out.write(line(f"{rule}_{c:g}_{name}", flag_known(arrays[f"{rule}_mad"], c)))
    duplicates = np.concatenate([np.zeros((25, 3)), np.round(rng.normal(size=(15, 3)) * 64) / 64])
    out.write(line("duplicates", duplicates) + line("lof_duplicates", lof(duplicates, 20)))


# --- isolation forest

def splitmix64(n, state):  # test_rng_uniform() of tests/support.h
    values = []
    for _ in range(n):
        state = (state + 0x9E3779B97F4A7C15) % 2 ** 64
        z = state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2 ** 64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2 ** 64
        values.append(((z ^ (z >> 31)) >> 11) * 2.0 ** -53)
    return np.array(values)


def mean_path(n):
    return [0, 0, 1][n] if n <= 2 else 2 * (math.log(n - 1) + 0.57721566490153286) - 2 * (n - 1) / n


def our_forest(rows, seed):
    """src/references/forest.h in Python, node by node."""
    n, dim = rows.shape
    sample_size = min(256, n)
    limit = math.ceil(math.log2(sample_size))
    depths = np.zeros(n)
    for tree_seed in np.random.RandomState(seed).randint(0, 2 ** 32, size=100, dtype=np.uint32):
        r = np.random.RandomState(tree_seed)
        channels = list(range(dim))

        def grow(sample, reached, depth):  # `reached`: the rows whose path leads here
            depths[reached] += depth + mean_path(len(sample))
            if depth >= limit or len(sample) < 2:
                return
            for drawn in range(dim):
                j = drawn + r.randint(0, dim - drawn)
                channels[drawn], channels[j] = channels[j], channels[drawn]
                low, high = rows[sample, channels[drawn]].min(), rows[sample, channels[drawn]].max()
                if low < high:
                    break
            else:
                return
            depths[reached] -= depth + mean_path(len(sample))
            threshold = low + (high - low) * r.random_sample()
            goes_left = rows[:, channels[drawn]] <= (low if threshold >= high else threshold)
            grow(sample[goes_left[sample]], reached[goes_left[reached]], depth + 1)
            grow(sample[~goes_left[sample]], reached[~goes_left[reached]], depth + 1)

        grow(r.choice(n, sample_size, replace=False), np.arange(n), 0)
    return -2 ** (-depths / (100 * mean_path(sample_size)))


def forest_rows():  # test_methods.c makes the same: 600 rows of 16 channels, some of them odd, one channel constant
    rows = (splitmix64(600 * 16, 21) - .5).reshape(600, 16) / (1 + np.arange(16) % 4)
    rows[:, 9] = 2
    rows[:40] *= 1 + np.arange(40)[:, None] / 16
    return rows.astype(np.float32).astype(np.float64)


with open(HERE / "patches.txt", "a") as out:
    for name in ("planted", "larger"):
        pooled = read_case(name)[0]["features"].mean(1).astype(np.float32).astype(np.float64)
        scores = -our_forest(pooled, 5)
        limit, flagged = flag_mad(scores, 1.5)
        out.write(line(f"base_iforest_{name}", scores) + line(f"base_iforest_flags_{name}", [limit, *flagged]))
rows = forest_rows()
sklearn_scores = np.array([IsolationForest(contamination=.05, random_state=s).fit(rows).score_samples(rows) for s in range(20)])
with open(HERE / "forest.txt", "w") as out:
    out.write(line("ours", our_forest(rows, 3000)[:200]) + line("ours_small", our_forest(rows[:9], 17)))
    out.write(line("sklearn_mean", sklearn_scores.mean(0)))
    for s in range(20):
        out.write(line(f"sklearn_removed_{s}", np.where(sklearn_scores[s] < np.percentile(sklearn_scores[s], 5))[0]))
    own = [scipy.stats.spearmanr(sklearn_scores[i], sklearn_scores[i - 1])[0] for i in range(20)]
    out.write(line("sklearn_agreement_with_itself", [np.mean(own)]))
    for s in range(0, 20, 5):
        out.write(line(f"sklearn_{s}", sklearn_scores[s]))

# --- docs/methods.md: how often one k-means start of scikit-learn leads elsewhere than the best of 50

def decides(one, two, x):
    weight = two.weights_[np.argmax(two.means_[:, 0])]
    return two.bic(x) < one.bic(x) and .05 <= weight <= .60


for n in (10, 20):
    elsewhere, otherwise = [], []
    for i in range(150):
        x = rng.normal(10, 1, (n, 1))
        x[:rng.integers(0, n // 2)] += rng.uniform(0, 6)
        one, best = GaussianMixture(1).fit(x), Mixture(2).fit(x)
        for seed in range(3):
            two = GaussianMixture(2, random_state=seed).fit(x)
            elsewhere.append(abs(two.bic(x) - best.bic(x)) > 1e-6)
            otherwise.append(decides(one, two, x) != decides(one, best, x))
    print(f"{n} scores: single starts end elsewhere in {np.mean(elsewhere):.1%}, decide otherwise in {np.mean(otherwise):.1%}")
