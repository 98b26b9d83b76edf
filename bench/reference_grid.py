#!/usr/bin/env python3
"""The studies' pipeline as they describe it (NumPy, faiss-cpu, scikit-learn), and purebank, on the same caches.

    bench/reference_grid.py PUREBANK [--methods core|all|a,b] [--limits 10,20] [--contamination 0,0.1,0.2,0.3] [--seeds 0]
                            [--setup disjoint] [--side 28] [--dim 1024] [--train 200] [--good 40] [--bad 40] [--threads N]
                            [--work DIR] [--reuse-reference] [--rounds 1]

Makes a cache of real size with a planted structure (a normal manifold for each position, anomalies with a local defect),
computes the main grid both ways, one after the other on the same number of threads, and prints times (of the clock, and of the
processors, which other programs disturb less), peak memory, and where the two CSVs differ by more than their 4 decimals. Exit
status 1 where a deterministic method differs.
The studies' side takes an hour for all methods: with --work DIR its rows and their times are kept in DIR/reference.csv, and
--reuse-reference computes only what is missing there. Its time is the sum over its cells, without the start of Python.
Ours is that of the whole process, the median of --rounds runs.
Needs numpy, scipy, scikit-learn and faiss-cpu.
"""
import argparse
import csv
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

CORE = "none,cosine_loo,loo_patch,mahalanobis_patch,ensemble_loo_mahal,random_patch,oracle_patch"
ALL = CORE + (",lof_patch,pca_patch,isolation_forest_patch,iterative_loo,image_level_loo,global_iforest,adaptive_loo_patch,"
              "grubbs_adaptive_loo,gmm_adaptive_loo,mad_adaptive_loo")
# Forests draw by generators of their own, and scikit-learn's mixture starts from a k-means with a random start (docs/methods.md).
RANDOM = {"isolation_forest_patch", "global_iforest", "gmm_adaptive_loo"}
COLUMNS = ("timestamp;dataset;config;contamination_rate;purification_method;train_limit;n_train_original;"
           "n_train_after_purification;n_contaminated;n_patches_removed;n_test;n_normal_test;n_anomaly_test;seed;knn_k;"
           "percentile_threshold;img_auroc;img_aupr;img_f1max;tpr_fpr1;tpr_fpr5;auroc_delta_vs_clean;recovery_rate;"
           "contaminant_detection_auroc;contaminant_precision_at_1;contaminant_precision_at_k;contaminant_recall_at_k;"
           "adaptive_did_purify;adaptive_skewness;inference_time_s").split(";")
# What else the reference keeps of a row: process time, peak memory while it was computed, and the AUROC that later rows refer to.
KEPT = ["processor_time_s", "peak_bytes", "exact_auroc"]
DATASET = "mvtec_AD/synthetic"


# ---- Caches ---------------------------------------------------------------------------------------------------------
def make_cache(folder, args):
    """Every position has a mean and a few directions of normal variation, which neighbouring positions share in part."""
    import numpy as np
    rng = np.random.default_rng(7)
    side, dim, rank = args.side, args.dim, 16
    patches = side * side
    common = rng.normal(size=(rank, dim)).astype(np.float32)
    mean = rng.normal(size=(patches, dim)).astype(np.float32) * 0.5
    mixing = rng.normal(size=(patches, rank, rank)).astype(np.float32) / math.sqrt(rank)
    defects = rng.normal(size=(4, dim)).astype(np.float32)

    def image(bad):
        code = rng.normal(size=rank).astype(np.float32)
        local = rng.normal(size=(patches, rank)).astype(np.float32) * 0.7
        x = mean + (np.einsum("r,prs->ps", code, mixing) * 0.5 + local) @ common * 0.3
        x += rng.normal(size=x.shape).astype(np.float32) * 0.25
        if bad:
            size = int(rng.integers(max(2, side // 6), side // 2))  # a share of 5 % must be hit before the image's score is
            row, column = rng.integers(0, side - size, 2)
            kind, strength = rng.integers(0, 4), rng.uniform(0.3, 1.2)
            at = [(row + i) * side + column + j for i in range(size) for j in range(size)]
            x[at] += defects[kind] * strength
        return x.astype(np.float32)

    os.makedirs(folder)

    def write(name, labels):
        out = np.lib.format.open_memmap(os.path.join(folder, name + "_features.npy"), "w+", np.float32,
                                        (len(labels), patches, dim))
        for i, bad in enumerate(labels):
            out[i] = image(bad)
        out.flush()
        with open(os.path.join(folder, name + "_paths.txt"), "w") as paths:
            paths.writelines(f"{name}/{i:03d}.png\n" for i in range(len(labels)))

    write("all_train", [0] * args.train)
    labels = [0] * args.good + [1] * args.bad
    write("test", labels)
    np.save(os.path.join(folder, "test_labels.npy"), np.array(labels, dtype=np.int64))


# ---- The studies' pipeline ------------------------------------------------------------------------------------------
def forget_peak():
    """Linux: what peak_bytes() gives begins anew."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def peak_bytes():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


class Reference:
    def __init__(self, args):
        import faiss
        import numpy as np
        self.np, self.faiss, self.args = np, faiss, args
        faiss.omp_set_num_threads(args.threads)

    def knn(self, bank, queries, k):
        index = self.faiss.IndexFlatL2(bank.shape[1])
        index.add(self.np.ascontiguousarray(bank))
        squares, _ = index.search(self.np.ascontiguousarray(queries), k)
        return self.np.sqrt(self.np.maximum(squares, 0)).mean(1)

    def loo(self, x, k, cosine=False):
        np = self.np
        n = x.shape[0]
        scores = np.empty(x.shape[:2])
        if cosine:
            x = x / np.maximum(np.linalg.norm(x, axis=2, keepdims=True), 1e-12)
        for i in range(n):
            others = np.delete(x, i, 0).reshape(-1, x.shape[2])
            if cosine:
                index = self.faiss.IndexFlatIP(x.shape[2])
                index.add(others)
                similarity, _ = index.search(np.ascontiguousarray(x[i]), k)
                scores[i] = np.maximum(0, 1 - similarity).mean(1)
            else:
                scores[i] = self.knn(others, x[i], k)
        return scores

    def mahalanobis(self, x):
        from sklearn.covariance import LedoitWolf
        np = self.np
        rows = x.reshape(-1, x.shape[2]).astype(np.float64)
        model = LedoitWolf().fit(rows)
        centred = rows - model.location_
        precision = np.linalg.inv(model.covariance_)
        return np.sqrt(np.maximum(np.einsum("ij,ij->i", centred @ precision, centred), 0)).reshape(x.shape[:2])

    def above(self, scores, q):
        return scores <= self.np.percentile(scores, q)

    def iterative(self, x, k, q):
        np = self.np
        keep = np.ones(x.shape[:2], bool)
        for _ in range(3):
            scores = np.full(x.shape[:2], -np.inf)
            for i in range(x.shape[0]):
                others = [x[j][keep[j]] for j in range(x.shape[0]) if j != i]
                if keep[i].any():
                    scores[i][keep[i]] = self.knn(np.concatenate(others), x[i][keep[i]], k)
            kept = np.flatnonzero(keep)
            count = int(kept.size * (100 - q) / 100)
            worst = np.argsort(-scores.ravel()[kept], kind="stable")[:count]
            keep.ravel()[kept[worst]] = False
        return keep

    def suspicious(self, method, s):
        from scipy import stats
        np = self.np
        n = len(s)
        if method == "adaptive_loo_patch":
            median = np.median(s)
            return stats.skew(s) > 0.5 and (s.max() - median) / median > 0.3
        if method == "grubbs_adaptive_loo":
            t = stats.t.ppf(1 - 0.05 / (2 * n), n - 2)
            limit = (n - 1) / math.sqrt(n) * math.sqrt(t * t / (n - 2 + t * t))
            return (s.max() - s.mean()) / s.std(ddof=1) > limit
        if method == "mad_adaptive_loo":
            mad = np.median(np.abs(s - np.median(s)))
            return mad >= 1e-12 and ((s - np.median(s)) / (1.4826 * mad)).max() > 3.5
        from sklearn.mixture import GaussianMixture
        if n < 4:
            return False
        rows = s.reshape(-1, 1)
        one, two = (GaussianMixture(c, random_state=self.seed).fit(rows) for c in (1, 2))
        weight = two.weights_[np.argmax(two.means_.ravel())]
        return two.bic(rows) < one.bic(rows) and 0.05 <= weight <= 0.60

    def purify(self, method, x, dirty, c, k, q):
        """Which patches stay. Nothing is shared between methods, as in the studies."""
        np = self.np
        n, p = x.shape[:2]
        keep = np.ones((n, p), bool)
        rows = x.reshape(n * p, -1)
        if method == "loo_patch":
            return self.above(self.loo(x, k), q)
        if method == "cosine_loo":
            return self.above(self.loo(x, k, True), q)
        if method == "mahalanobis_patch":
            return self.above(self.mahalanobis(x), q)
        if method == "ensemble_loo_mahal":
            scaled = [(s - s.min()) / (s.max() - s.min() + 1e-8) for s in (self.loo(x, k), self.mahalanobis(x))]
            return self.above(0.5 * scaled[0] + 0.5 * scaled[1], q)
        if method == "random_patch":
            count = math.floor(n * p * (100 - q) / 100)
            keep.ravel()[np.random.RandomState(self.seed + 5000).choice(n * p, count, False)] = False
        elif method == "oracle_patch":
            keep[dirty] = False
        elif method == "lof_patch":
            from sklearn.neighbors import LocalOutlierFactor
            model = LocalOutlierFactor(min(20, n * p - 1), n_jobs=self.args.threads).fit(rows)
            return self.above(-model.negative_outlier_factor_, q).reshape(n, p)
        elif method == "pca_patch":
            from sklearn.decomposition import PCA
            model = PCA(0.95, svd_solver="full").fit(rows.astype(np.float64))
            back = model.inverse_transform(model.transform(rows.astype(np.float64)))
            return self.above(((rows - back) ** 2).mean(1), q).reshape(n, p)
        elif method == "isolation_forest_patch":
            from sklearn.ensemble import IsolationForest
            model = IsolationForest(n_estimators=100, contamination=(100 - q) / 100, random_state=self.seed + 3000,
                                    n_jobs=self.args.threads)
            return (model.fit_predict(rows) == 1).reshape(n, p)
        elif method == "iterative_loo":
            return self.iterative(x, k, q)
        elif method == "image_level_loo" and c > 0:
            keep[np.argsort(-self.loo(x, k).mean(1), kind="stable")[:min(math.ceil(n * c), n - 1)]] = False
        elif method == "global_iforest" and c > 0:
            from sklearn.ensemble import IsolationForest
            model = IsolationForest(n_estimators=100, contamination=min(max(c, 0.001), 0.5), random_state=self.seed + 4000)
            keep[model.fit_predict(x.mean(1)) != 1] = False
        elif "adaptive" in method:
            scores = self.loo(x, k)
            if self.suspicious(method, scores.mean(1)):
                return self.above(scores, q)
        return keep

    def metrics(self, scores, labels):
        from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score
        np = self.np
        precision, recall, _ = precision_recall_curve(labels, scores)
        total = precision + recall
        f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
        good, bad = scores[labels == 0], scores[labels == 1]
        return {"img_auroc": roc_auc_score(labels, scores), "img_aupr": average_precision_score(labels, scores),
                "img_f1max": f1.max(), "tpr_fpr1": (bad >= np.percentile(good, 99)).mean(),
                "tpr_fpr5": (bad >= np.percentile(good, 95)).mean()}

    def draw(self, train, test, labels, limit, c):
        np = self.np
        n = min(limit, len(train))
        chosen = np.sort(np.random.RandomState(self.seed).choice(len(train), n, replace=False))
        bad = np.flatnonzero(labels == 1)
        pool, tested = bad, np.arange(len(labels))
        if self.args.setup == "disjoint":
            np.random.RandomState(self.seed + 5000).shuffle(bad)
            pool = bad[:len(bad) // 2]
            tested = np.sort(np.concatenate([np.flatnonzero(labels == 0), bad[len(bad) // 2:]]))
        x, dirty, m = np.array(train[chosen]), np.zeros(n, bool), round(n * c)
        if m:
            random = np.random.RandomState(self.seed + 2000)
            slots = random.choice(n, m, replace=False)
            x[slots] = test[random.choice(pool, m, replace=len(pool) < m)]
            dirty[slots] = True
        return x, dirty, tested

    def cell(self, method, x, dirty, c, tested, test, labels):
        np, args = self.np, self.args
        forget_peak()
        started, worked = time.time(), time.process_time()
        keep = self.purify(method, x, dirty, c, args.k, args.q)
        bank = x[keep]
        patch = np.stack([self.knn(bank, test[i], args.k) for i in tested])
        rank = math.ceil(0.95 * patch.shape[1]) - 1
        scores = np.sort(patch, 1)[:, rank]
        row = self.metrics(scores, labels[tested])
        row.update(n_train_after_purification=int(keep.any(1).sum()), n_patches_removed=int((~keep).sum()),
                   inference_time_s=time.time() - started, processor_time_s=time.process_time() - worked,
                   peak_bytes=peak_bytes())
        return row

    def run(self, folder, out):
        """Appends the rows that the file lacks."""
        np, args = self.np, self.args
        train = np.load(os.path.join(folder, "all_train_features.npy"), mmap_mode="r")
        test = np.load(os.path.join(folder, "test_features.npy"), mmap_mode="r")
        labels = np.load(os.path.join(folder, "test_labels.npy"))
        done = rows_by_key(out) if os.path.exists(out) else {}
        with open(out, "a", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS + KEPT, delimiter=";", restval="")
            if not done:
                writer.writeheader()
            for self.seed in args.seeds:
                for limit in args.limits:
                    clean = None
                    for c in args.contamination:
                        x, dirty, tested = self.draw(train, test, labels, limit, c)
                        none = None
                        for method in args.methods:
                            key = (config_of(c, method), limit, self.seed)
                            row = {} if key in done else self.cell(method, x, dirty, c, tested, test, labels)
                            if method == "none":
                                none = float(done[key]["exact_auroc"]) if key in done else row["img_auroc"]
                                clean = none if clean is None else clean
                            if row:
                                row["exact_auroc"] = repr(float(row["img_auroc"]))
                                self.complete(row, method, x, dirty, c, limit, tested, labels, clean, none)
                                writer.writerow(row)
                                file.flush()

    def complete(self, row, method, x, dirty, c, limit, tested, labels, clean, none):
        row.update(dataset=DATASET, config=config_of(c, method), contamination_rate=c,
                   purification_method=method, train_limit=limit, n_train_original=len(x), n_contaminated=int(dirty.sum()),
                   n_test=len(tested), n_normal_test=int((labels[tested] == 0).sum()),
                   n_anomaly_test=int(labels[tested].sum()), seed=self.seed, knn_k=self.args.k,
                   percentile_threshold=self.args.q, auroc_delta_vs_clean=row["img_auroc"] - clean,
                   recovery_rate=1 if abs(clean - none) <= 1e-6 else (row["img_auroc"] - none) / (clean - none))
        for name, value in row.items():
            if isinstance(value, float) and name != "contamination_rate" and name != "percentile_threshold":
                row[name] = f"{value:.4f}"


# ---- Both, one after the other --------------------------------------------------------------------------------------
def config_of(c, method):
    return f"cont_{round(100 * c, 4):g}pct_{method}"


def usage_of(command, env):
    """Runs a command; what it took, for a child of this process's own that has no other children."""
    code = ("import json,resource,subprocess,sys,time;t=time.time();s=subprocess.call(json.loads(sys.argv[1]));"
            "u=resource.getrusage(resource.RUSAGE_CHILDREN);"
            "print(json.dumps([s,time.time()-t,u.ru_utime+u.ru_stime,u.ru_maxrss*1024]))")
    done = subprocess.run([sys.executable, "-c", code, json.dumps(command)], env=env, stdout=subprocess.PIPE, check=True)
    status, *usage = json.loads(done.stdout.splitlines()[-1])
    if status:
        sys.exit(f"{command[0]} ended with status {status}")
    return usage


def rows_by_key(path):
    with open(path, newline="") as file:
        return {(r["config"], int(r["train_limit"]), int(r["seed"])): r for r in csv.DictReader(file, delimiter=";")}


def compare(ours_path, theirs_path, methods):
    """Prints what differs; the number of rows of deterministic methods that do. Kept rows of other methods do not count."""
    ours, theirs = rows_by_key(ours_path), rows_by_key(theirs_path)
    theirs = {key: row for key, row in theirs.items() if row["purification_method"] in methods}
    wrong = 0
    names = ["n_train_original", "n_train_after_purification", "n_contaminated", "n_patches_removed", "n_test", "img_auroc",
             "img_aupr", "img_f1max", "tpr_fpr1", "tpr_fpr5", "auroc_delta_vs_clean", "recovery_rate"]
    if not any(key[0].startswith("cont_0pct") for key in theirs):  # nothing clean to compare with
        names = [n for n in names if n not in ("auroc_delta_vs_clean", "recovery_rate")]
    for key in sorted(set(ours) | set(theirs)):
        if key not in ours or key not in theirs:
            print(f"  {key}: only in {'ours' if key in ours else 'the reference'}")
            wrong += 1
            continue
        a, b = ours[key], theirs[key]
        bad = [f"{n} {a[n]} / {b[n]}" for n in names if abs(float(a[n]) - float(b[n])) > 1.01e-4]
        if bad:
            random = a["purification_method"] in RANDOM
            wrong += not random
            print(f"  {key}{' (random)' if random else ''}: {', '.join(bad)}")
    print(f"{len(ours)} rows, {wrong} of deterministic methods differ (ours / reference)")
    return wrong


def numbers(text, kind):
    return [kind(v) for v in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("purebank")
    parser.add_argument("--methods", default="core")
    parser.add_argument("--limits", type=lambda t: numbers(t, int), default=[10, 20])
    parser.add_argument("--contamination", type=lambda t: numbers(t, float), default=[0.0, 0.1, 0.2, 0.3])
    parser.add_argument("--seeds", type=lambda t: numbers(t, int), default=[0])
    parser.add_argument("--setup", choices=["disjoint", "shared"], default="disjoint")
    for name, value in (("side", 28), ("dim", 1024), ("train", 200), ("good", 40), ("bad", 40)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--work", help="folder to keep; the caches that are there are used again")
    parser.add_argument("--reuse-reference", action="store_true", help="use the rows and times that DIR/reference.csv has")
    parser.add_argument("--rounds", type=int, default=1, help="runs of ours, of which the median counts")
    parser.add_argument("--reference-only", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.k, args.q = 5, 95
    args.methods = {"core": CORE, "all": ALL}.get(args.methods, args.methods).split(",")
    if args.reference_only:
        Reference(args).run(*args.reference_only)
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        return both(args, args.work or temporary)


def describe(args):
    """What the kept rows of the reference depend on."""
    import faiss
    import numpy
    import scipy
    import sklearn
    sizes = {name: getattr(args, name) for name in ("side", "dim", "train", "good", "bad", "setup", "threads", "k", "q")}
    return dict(sizes, numpy=numpy.__version__, scipy=scipy.__version__, sklearn=sklearn.__version__,
                faiss=faiss.__version__, blas=os.environ.get("OPENBLAS_CORETYPE", ""), machine=platform.node())


def forget_reference(args, work, theirs):
    """Deletes kept rows unless they are wanted and of this very grid."""
    card = os.path.join(work, "reference.json")
    wanted = describe(args)
    if args.reuse_reference and os.path.exists(theirs) and os.path.exists(card):
        with open(card) as file:
            if json.load(file) == wanted:
                return
        sys.exit(f"{theirs} was made with other sizes, versions or threads than these (see {card})")
    if os.path.exists(theirs):
        os.remove(theirs)
    with open(card, "w") as file:
        json.dump(wanted, file, indent=1)


def run_ours(args, work, grid, env, out):
    """Median seconds of the clock and of the processors, and the peak."""
    command = [args.purebank, "experiment", "main", "--cache", os.path.join(work, "caches"), "-o", out, "--force", "--quiet",
               "--threads", str(args.threads), *grid]
    rounds = [usage_of(command, env) for _ in range(args.rounds)]
    return [statistics.median(values) for values in zip(*rounds)]


def run_reference(args, folder, grid, env, out):
    """The same of the rows asked for."""
    sizes = [f"--{name}={getattr(args, name)}" for name in ("side", "dim", "train", "good", "bad", "threads")]
    subprocess.run([sys.executable, os.path.abspath(__file__), args.purebank, *grid, *sizes, "--reference-only", folder, out],
                   env=env, check=True)
    rows = rows_by_key(out)
    asked = [rows[config_of(c, m), n, s] for c in args.contamination for m in args.methods for n in args.limits
             for s in args.seeds]
    return [sum(float(r["inference_time_s"]) for r in asked), sum(float(r["processor_time_s"]) for r in asked),
            max(int(r["peak_bytes"]) for r in asked)]


def both(args, work):
    folder = os.path.join(work, "caches", DATASET.replace("/", "__"))
    if not os.path.isdir(folder):
        make_cache(folder, args)
    env = dict(os.environ, OMP_NUM_THREADS=str(args.threads), OPENBLAS_NUM_THREADS=str(args.threads),
               MKL_NUM_THREADS=str(args.threads))
    theirs, results = os.path.join(work, "reference.csv"), os.path.join(work, "results")
    grid = ["--methods", ",".join(args.methods), "--limits", ",".join(map(str, args.limits)), "--contamination",
            ",".join(map(str, args.contamination)), "--seeds", ",".join(map(str, args.seeds)), "--setup", args.setup]
    forget_reference(args, work, theirs)
    ours = run_ours(args, work, grid, env, results)
    print(f"           {'clock':>10}  {'processors':>10}  {'peak':>8}")
    print(f"purebank   {ours[0]:8.1f} s  {ours[1]:8.1f} s  {ours[2] / 1e9:5.2f} GB", flush=True)
    reference = run_reference(args, folder, grid, env, theirs)
    print(f"reference  {reference[0]:8.1f} s  {reference[1]:8.1f} s  {reference[2] / 1e9:5.2f} GB")
    print(f"ratio      {reference[0] / ours[0]:8.1f}    {reference[1] / ours[1]:8.1f}    {reference[2] / ours[2]:5.2f}")
    return 1 if compare(os.path.join(results, "results_v2.csv"), theirs, args.methods) else 0


if __name__ == "__main__":
    sys.exit(main())
