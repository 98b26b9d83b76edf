"""Golden values of tests/test_metrics.c from scikit-learn, NumPy, SciPy and anomalib.

Made with Python 3.11, numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1, anomalib 2.7.0 (installed with --no-deps, for one file of it),
torch 2.15.0:  python make.py
"""
import importlib.util
import pathlib
import textwrap

import numpy as np
import torch
from scipy import ndimage
from sklearn import metrics

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(20)


def line(name, values):
    values = np.asarray(values, dtype=np.float64).ravel()
    return f"{name} {values.size} " + " ".join(f"{v:.17g}" for v in values) + "\n"


def detection(scores, labels):
    precision, recall, _ = metrics.precision_recall_curve(labels, scores)
    with np.errstate(invalid="ignore"):
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    normal, anomaly = scores[labels == 0], scores[labels == 1]
    return [metrics.roc_auc_score(labels, scores), metrics.average_precision_score(labels, scores), f1.max(),
            *(np.mean(anomaly >= np.percentile(normal, q)) for q in (99, 95))]


def detection_cases():
    for n, decimals, share in [(5, 3, .4), (40, 1, .3), (200, 1, .5), (333, 2, .1), (500, 15, .02), (700, 0, .5)]:
        labels = (np.arange(n) < max(1, round(share * n))).astype(int)
        labels = rng.permutation(labels)
        yield np.round(rng.normal(size=n) + .7 * labels, decimals), labels
    yield np.full(9, 2.5), np.array([0, 1, 0, 1, 1, 0, 0, 0, 0])  # all equal
    yield rng.normal(size=30), np.eye(1, 30, 11, dtype=int)[0]  # one positive
    yield rng.normal(size=30), 1 - np.eye(1, 30, 3, dtype=int)[0]  # one negative
    yield np.arange(20.), (np.arange(20) >= 12).astype(int)  # perfect
    yield np.arange(20.), (np.arange(20) < 8).astype(int)  # perfectly wrong
    yield np.array([-0., 0., 0., -1e-300, 5., 5.]), np.array([0, 1, 0, 1, 1, 0])


with open(HERE / "detection.txt", "w") as out:
    for i, (scores, labels) in enumerate(detection_cases()):
        out.write(line(f"scores{i}", scores) + line(f"labels{i}", labels) + line(f"metrics{i}", detection(scores, labels)))
        fpr, tpr, threshold = metrics.roc_curve(labels, scores, drop_intermediate=False)
        out.write(line(f"roc{i}", np.stack([fpr, tpr, threshold], 1)))

QS = [0, .1, 5, 25, 33.3, 50, 66.7, 90, 95, 99, 99.99, 100]
with open(HERE / "percentile.txt", "w") as out:
    out.write(line("q", QS))
    for i, n in enumerate([1, 2, 3, 7, 20, 101, 784]):
        values = rng.normal(size=n) * 10.0 ** rng.integers(-3, 4, n)
        if i % 2:
            values = np.round(values, 1)
        out.write(line(f"values{i}", values) + line(f"percentiles{i}", np.percentile(values, QS)))

# Sizes at which (n_in - 1) / (n_out - 1) * (n_out - 1) rounds up, so that SciPy leaves the last row or column 0, are
# among them: that they are is checked here.
SIZES = [(1, 1, 5, 3), (2, 3, 9, 7), (3, 5, 3, 5), (4, 7, 50, 23), (6, 9, 30, 48), (9, 4, 4, 3), (17, 31, 12, 9)]
odd = [(a, b) for a in range(2, 40) for b in range(2, 60) if (b - 1) * ((a - 1) / (b - 1)) > a - 1]
SIZES += [(odd[3][0], 4, odd[3][1], 11), (5, odd[-2][0], 6, odd[-2][1])]
with open(HERE / "zoom.txt", "w") as out:
    lost = 0
    for i, (h, w, oh, ow) in enumerate(SIZES):
        values = rng.normal(size=(h, w)).astype(np.float32)
        mask = (rng.random((h, w)) < .4).astype(np.uint8)
        factor = (oh / h, ow / w)
        linear, nearest = ndimage.zoom(values, factor, order=1), ndimage.zoom(mask, factor, order=0)
        assert linear.shape == nearest.shape == (oh, ow) and linear.dtype == np.float32
        lost += (linear[-1] == 0).all() or (linear[:, -1] == 0).all()
        out.write(line(f"sizes{i}", [h, w, oh, ow]) + line(f"values{i}", values) + line(f"mask{i}", mask)
                  + line(f"linear{i}", linear) + line(f"nearest{i}", nearest))
    assert lost == 2, lost

def aupro(scores, masks, limit):
    """Per-region overlap by its definition (Bergmann 2021), every distinct score a threshold; regions touch by edge or corner."""
    regions = []
    for i, mask in enumerate(masks):
        labels, n = ndimage.label(mask, structure=np.ones((3, 3)))
        regions += [(i, labels == r) for r in range(1, n + 1)]
    good = np.sort(scores[masks == 0])[::-1]
    thresholds = np.unique(scores)[::-1]
    fpr = np.searchsorted(-good, -thresholds, side="right") / good.size
    covered = [np.searchsorted(-np.sort(scores[i][r])[::-1], -thresholds, side="right") / r.sum() for i, r in regions]
    fpr, overlap = np.r_[0., fpr], np.r_[0., np.mean(covered, 0)]
    inside = fpr <= limit
    fpr, overlap = np.r_[fpr[inside], limit], np.r_[overlap[inside], np.interp(limit, fpr, overlap)]
    return np.trapezoid(overlap, fpr) / limit, len(regions)


def anomalib_aupro(scores, masks, limit):
    """anomalib's own curve of the same regions. Its module is loaded without the package, which asks for more than is needed."""
    labels, offset = np.zeros(masks.shape, np.int64), 0
    for i, mask in enumerate(masks):
        found, n = ndimage.label(mask, structure=np.ones((3, 3)))
        labels[i] = np.where(found > 0, found + offset, 0)
        offset += n
    metric = AUPRO(fpr_limit=limit)
    fpr, overlap = metric.compute_pro(torch.from_numpy(labels), torch.from_numpy(scores.astype(np.float32)))
    return (torch.trapezoid(overlap, fpr) / fpr[-1]).item()


class AUPRO:
    """What compute_pro() of anomalib's class needs of it."""

    def __init__(self, fpr_limit):
        self.fpr_limit = torch.tensor(fpr_limit)

    def compute_pro(self, cca, preds):
        return compute_pro(self, cca, preds)


# Pixel metrics: maps are stored, masks follow a rule that the test repeats.
source = pathlib.Path(importlib.util.find_spec("anomalib").submodule_search_locations[0], "metrics/aupro.py").read_text()
start = source.index("    def compute_pro(")
namespace = {"torch": torch}
exec(textwrap.dedent(source[start:source.index("    def _compute(", start)]), namespace)
compute_pro = namespace["compute_pro"]

IMAGES = [(28, 28, 113, 97), (28, 28, 448, 448), (7, 5, 600, 333), (16, 16, 0, 0), (1, 3, 10, 451)]
with open(HERE / "pixel.txt", "w") as out:
    all_scores, all_labels = [], []
    for i, (gh, gw, w, h) in enumerate(IMAGES):
        grid = np.round(rng.gamma(2., 1., (gh, gw)), i)
        zoomed = ndimage.zoom(grid.astype(np.float32), (448 / gh, 448 / gw), order=1)
        if w:
            y, x = np.mgrid[:h, :w]
            mask = ((x // 9 + 3 * (y // 7)) % 11 < 2).astype(np.uint8)
            mask = ndimage.zoom(mask, (448 / h, 448 / w), order=0)
        else:
            mask = np.zeros((448, 448), np.uint8)
        assert zoomed.shape == mask.shape == (448, 448)
        all_scores.append(zoomed.ravel()), all_labels.append(mask.ravel())
        out.write(line(f"sizes{i}", [gh, gw, w, h]) + line(f"map{i}", grid))
        if i in (0, len(IMAGES) - 1):
            scores, labels = np.concatenate(all_scores), np.concatenate(all_labels)
            precision, recall, _ = metrics.precision_recall_curve(labels, scores)
            maps, masks = np.stack(all_scores).reshape(-1, 448, 448), np.stack(all_labels).reshape(-1, 448, 448)
            (wide, n_regions), (narrow, _) = aupro(maps, masks, .3), aupro(maps, masks, .05)
            out.write(line(f"metrics{i}", [metrics.roc_auc_score(labels, scores),
                                           metrics.average_precision_score(labels, scores),
                                           (2 * precision * recall / (precision + recall + 1e-300)).max(),
                                           wide, narrow, n_regions]))
            out.write(line(f"anomalib{i}", [anomalib_aupro(maps, masks, .3), anomalib_aupro(maps, masks, .05)]))
