"""How well scores separate good from bad: equal to scikit-learn's and NumPy's functions, and tested against them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from . import _core
from ._arrays import Float64, as_flags, as_scores
from ._errors import BadShapeError


class DetectionMetrics(NamedTuple):
    """Of images, or of anything that is scored and labelled."""

    auroc: float
    ap: float
    f1max: float
    tpr_fpr1: float
    tpr_fpr5: float


def detection(scores: npt.ArrayLike, labels: npt.ArrayLike) -> DetectionMetrics:
    """All metrics of a detector.

    Args:
        scores: (n,) finite, higher = more anomalous.
        labels: (n,) True or not 0 = anomaly.

    Raises:
        BadShapeError: unless both classes are present.
    """
    values = as_scores(scores)
    return DetectionMetrics(**_core.detection(values, as_flags(labels, len(values), "labels")))


def auroc(scores: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Area under the ROC curve, ties by midrank: sklearn.metrics.roc_auc_score(labels, scores)."""
    values = as_scores(scores)
    return float(_core.auroc(values, as_flags(labels, len(values), "labels")))


def average_precision(scores: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Step-wise: sklearn.metrics.average_precision_score(labels, scores)."""
    return detection(scores, labels).ap


def f1max(scores: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """The highest F1 over the precision-recall curve."""
    return detection(scores, labels).f1max


def roc(scores: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[Float64, Float64, Float64]:
    """The ROC curve from (0, 0) to (1, 1): false and true positive rates and thresholds, one point for each distinct score."""
    values = as_scores(scores)
    points = np.frombuffer(_core.roc(values, as_flags(labels, len(values), "labels"))).reshape(-1, 3)
    return points[:, 0].copy(), points[:, 1].copy(), points[:, 2].copy()


def percentile(values: npt.ArrayLike, q: float) -> float:
    """numpy.percentile(values, q), linear. values: (n,) finite."""
    return float(_core.percentile(as_scores(values, "values"), q))


def image_scores(patch_scores: npt.ArrayLike, rule: str = "p95") -> Float64:
    """(n,) image scores of (n, P) patch scores: "p95", "max" or "top1"."""
    values = as_scores(patch_scores, "patch_scores", 2)
    out = np.empty(len(values))
    _core.image_scores(rule, values, out)
    return out


class PixelMetrics(NamedTuple):
    """Pooled over the pixels of all images; AUPRO up to false positive rates of 0.3 and 0.05."""

    auroc: float
    ap: float
    f1max: float
    aupro_30: float
    aupro_5: float
    n_regions: int


def pixel(maps: npt.ArrayLike, masks: Sequence[npt.ArrayLike | None]) -> PixelMetrics:
    """Pixel AUROC, AP and F1, and AUPRO, at 448 x 448 an image as in the studies.

    Args:
        maps: (n, rows, columns) patch scores.
        masks: n of (height, width), not 0 inside the defect, each of its photo's size; None: there is no defect.
    """
    values = as_scores(maps, "maps", 3)
    if len(masks) != len(values):
        raise BadShapeError(f"{len(masks)} masks for {len(values)} maps")
    return PixelMetrics(
        *_core.pixel(values, [None if mask is None else as_flags(mask, None, "masks") for mask in masks])
    )
