"""Golden values of tests/test_random.c and tests/test_protocol.c: draws of NumPy's legacy RandomState.

Made with Python 3.11, numpy 2.4.6:  python make.py
"""
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent


def line(name, values):
    values = np.asarray(values, dtype=np.float64).ravel()
    return f"{name} {values.size} " + " ".join(f"{v:.17g}" for v in values) + "\n"


SEEDS = [0, 1, 2, 3, 4, 7, 42, 1234, 5000, 9999, 4294967295]
# choice(n, k): around powers of two, where masks change, and the sizes of the studies
CHOICES = [(1, 1), (2, 2), (3, 1), (10, 3), (60, 10), (209, 20), (255, 7), (256, 7), (257, 7), (1024, 5), (15680, 6)]
BOUNDS = [1, 2, 3, 5, 8, 9, 100, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53]  # randint(0, bound)


def digest(values, h=0):  # of all seeds, where listing the draws would take megabytes
    for v in values:
        h = (h * 31 + int(v)) % 2147483647
    return h


with open(HERE / "random.txt", "w") as out:
    for seed in SEEDS:
        state = np.random.RandomState
        out.write(line(f"uniform_{seed}", state(seed).random_sample(5)))
        out.write(line(f"late_{seed}", state(seed).random_sample(1000)[-2:]))  # beyond a refill
        r = state(seed)
        out.write(line(f"choice_{seed}", np.concatenate([r.choice(n, k, replace=False) for n, k in CHOICES])))
        r = state(seed)
        out.write(line(f"replace_{seed}", np.concatenate([r.choice(n, k, replace=True) for n, k in CHOICES])))
        r = state(seed)
        out.write(line(f"randint_{seed}", np.concatenate([r.randint(0, b, size=3, dtype=np.int64) for b in BOUNDS])))
        r = state(seed)
        shuffled = np.arange(100, 137)
        r.shuffle(shuffled)
        out.write(line(f"shuffle_{seed}", shuffled) + line(f"permutation_{seed}", r.permutation(33)))
    h = 0
    for seed in range(10000):
        r = np.random.RandomState(seed)
        h = digest(r.choice(209, 20, replace=False), h)
        h = digest(r.choice(5, 9, replace=True), h)
        h = digest(r.permutation(17), h)
        h = digest(r.random_sample(2) * 2 ** 53, h)
    out.write(line("digest_of_seeds_0_to_9999", [h]))


def labels(n, anomalies):  # test_protocol.c makes the same
    return np.array([i * 7 % n < anomalies for i in range(n)])


with open(HERE / "protocol.txt", "w") as out:
    for seed in (0, 1, 2, 3, 4, 77, 9999):
        for n_train, n_references, n_test, n_anomalies in ((60, 10, 23, 9), (209, 20, 83, 63), (7, 10, 20, 3), (40, 5, 11, 1)):
            name = f"{seed}_{n_train}"
            n = min(n_train, n_references)
            references = np.arange(n_train)
            if n_train > n_references:
                references = np.sort(np.random.RandomState(seed).choice(n_train, n_references, replace=False))
            y = labels(n_test, n_anomalies)
            anomalies = np.where(y)[0]
            shuffled = anomalies.copy()
            np.random.RandomState(seed + 5000).shuffle(shuffled)
            half = len(shuffled) // 2
            pools = {"shared": (anomalies, np.arange(n_test)),
                     "disjoint": (shuffled[:half], np.sort(np.concatenate([shuffled[half:], np.where(~y)[0]])))}
            out.write(line(f"references_{name}", references))
            for setup, (pool, test) in pools.items():
                out.write(line(f"pool_{setup}_{name}", pool) + line(f"test_{setup}_{name}", test))
                for c in (.05, .1, .15, .2, .3, .5):
                    m = int(round(n * c))
                    if m == 0 or len(pool) == 0:
                        continue
                    r = np.random.RandomState(seed + 2000)
                    slots = r.choice(n, m, replace=False)
                    drawn = r.choice(pool, m, replace=len(pool) < m)
                    out.write(line(f"contamination_{setup}_{name}_{c:g}", [*slots, *drawn]))
            unused = np.setdiff1d(np.arange(n_train), references)
            out.write(line(f"recaptures_{name}", np.random.RandomState(seed + 7000).permutation(unused)))
