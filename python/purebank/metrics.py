"""How well scores separate good from bad: equal to scikit-learn's and NumPy's functions, and tested against them."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _core
from ._arrays import Float64, as_flags, as_scores
from ._errors import BadArgumentError, BadShapeError

#: The rules by which an image's patch scores become one, each with what it is for.
IMAGE_SCORES: dict[str, str] = _core.IMAGE_SCORES

_Detection = namedtuple("_Detection", _core.DETECTION_METRICS)  # type: ignore[misc]  # the names are the library's
for _name, _label in _core.DETECTION_METRICS.items():
    getattr(_Detection, _name).__doc__ = _label


class DetectionMetrics(_Detection):
    """Of images, or of anything that is scored and labelled: a named tuple of floats, by the names of ``purebank eval --json``.

    Those are ``DetectionMetrics._fields``, such as ``auroc`` and ``ap``; ``help(DetectionMetrics)`` says what each is.
    """

    __slots__ = ()
    if TYPE_CHECKING:  # which cannot see the names

        def __getattr__(self, name: str) -> float: ...


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
    """(n,) image scores of (n, P) patch scores, by one of IMAGE_SCORES."""
    values = as_scores(patch_scores, "patch_scores", 2)
    out = np.empty(len(values))
    _core.image_scores(rule, values, out)
    return out


_Pixel = namedtuple("_Pixel", _core.PIXEL_METRICS)  # type: ignore[misc]  # the names are the library's
for _name, _label in _core.PIXEL_METRICS.items():
    if _label:
        getattr(_Pixel, _name).__doc__ = _label


class PixelMetrics(_Pixel):
    """Pooled over the pixels of all images: a named tuple by the names of ``purebank eval --json``, such as ``auroc`` and ``aupro_30``.

    AUPRO is up to false positive rates of 0.3 and 0.05. ``auspro_30`` and ``auspro_5``, the same areas of the saturated overlap, are NaN
    where ``n_saturated`` is 0. ``help(PixelMetrics)`` says what each is.

    Attributes:
        n_regions: defects, as regions of pixels that touch.
        n_saturated: regions that were given.
    """

    __slots__ = ()
    if TYPE_CHECKING:  # which cannot see the names
        n_regions: int
        n_saturated: int

        def __getattr__(self, name: str) -> float: ...


class Region(NamedTuple):
    """A region of a defect for the saturated overlap (sPRO), of which a part is enough: one mask file of MVTec LOCO.

    Attributes:
        mask: (height, width) of the image's mask, not 0 in the region, and nothing that is no defect there; regions may overlap.
        enough: how much of it is found where all of it is: that many pixels of the mask (more than it has stand for all), or
            where `is_share` that share of it, above 0, to 1.
    """

    mask: npt.ArrayLike
    enough: float
    is_share: bool = False


def _regions(regions: Sequence[Region], image: int) -> list[tuple[npt.NDArray[np.uint8], float, bool]]:
    out = []
    for region in regions:
        if not isinstance(region, tuple) or not 2 <= len(region) <= 3:
            raise BadArgumentError(f"regions of image {image}: a region is (mask, enough, is_share), not {type(region).__name__}")
        known = Region(*region)
        out.append((as_flags(known.mask, None, f"a region of image {image}"), known.enough, known.is_share))
    return out


def pixel(
    maps: npt.ArrayLike,
    masks: Sequence[npt.ArrayLike | None],
    *,
    regions: Sequence[Sequence[Region]] | None = None,
) -> PixelMetrics:
    """Pixel AUROC, AP and F1, AUPRO and AU-sPRO, at 448 x 448 an image as in the studies.

    Args:
        maps: (n, rows, columns) patch scores.
        masks: n of (height, width), not 0 inside the defect, each of its photo's size; None: there is no defect.
        regions: of each image its regions for AU-sPRO, [] for none; None: no image has any.

    Raises:
        BadArgumentError: a region that marks what is no defect in its image's mask, or of which nothing or more than all is enough.
    """
    values = as_scores(maps, "maps", 3)
    if len(masks) != len(values):
        raise BadShapeError(f"{len(masks)} masks for {len(values)} maps")
    if regions is not None and len(regions) != len(values):
        raise BadShapeError(f"regions of {len(regions)} images for {len(values)} maps")
    flags = [None if mask is None else as_flags(mask, None, "masks") for mask in masks]
    given = [[] if regions is None else _regions(regions[i], i) for i in range(len(values))]
    return PixelMetrics(**_core.pixel(values, flags, given))
