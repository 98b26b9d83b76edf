"""The memory bank: everything needed to judge a part, in one file."""

from __future__ import annotations

import json
import numbers
import os
import tempfile
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _core
from ._arrays import (
    Exclusive,
    Float32,
    Float64,
    Int64,
    Memory,
    NotPickled,
    PathLike,
    Progress,
    as_array,
    as_scores,
    fs,
    fs_list,
    is_path,
)
from ._decisions import DECISIONS, check_decisions, read_decisions
from ._errors import BadArgumentError, BadShapeError, MismatchError
from ._features import Backbone, Features, FeaturesLike, Image, Origin, Roi, as_features, as_image, named, roi_of
from ._references import Audit, References, photo_bytes


class Threshold(NamedTuple):
    """The limit above which a part fails, from good references only."""

    value: float
    false_alarm_rate: float
    method: str
    n: int
    guaranteed_rate: float

    def rate_bound(self, confidence: float = 0.9) -> float:
        """`confidence` of the stations that are set up like this one see a false-alarm rate of at most this."""
        return float(_core.threshold_rate_bound(tuple(self), confidence))


def fit_threshold(scores: npt.ArrayLike, false_alarm_rate: float = _core.DEFAULT_FALSE_ALARM_RATE) -> Threshold:
    """The limit for the next good part. scores: n >= 2 leave-one-out image scores of good parts."""
    return Threshold(*_core.threshold_fit(as_scores(scores), false_alarm_rate))


class Finding(NamedTuple):
    """What is wrong with a bank, or weak about it; value and limit as bank.h says of each kind."""

    kind: str
    value: float
    limit: float


def _decisions(
    audit: Audit | None, decisions: Sequence[str] | PathLike | None, candidates: Features
) -> npt.NDArray[np.int32] | None:
    if decisions is None and audit is not None and audit._decided:
        decisions = audit.decisions
    if decisions is None:
        return None
    obeyed: Any = read_decisions(decisions, candidates) if is_path(decisions) else decisions  # type: ignore[arg-type]
    check_decisions(obeyed, len(candidates))
    return np.array([DECISIONS.index(decision) for decision in obeyed], np.int32)


def _coreset(coreset: float | int | None) -> tuple[float, int]:
    """The share and the number of rows that are kept, one of them 0."""
    if coreset is None:
        return 0.0, 0
    if isinstance(coreset, numbers.Real) and coreset == 0:  # which the library takes for all of them
        raise BadArgumentError(f"coreset={coreset!r} would leave a bank without descriptors; None keeps all")
    if isinstance(coreset, numbers.Integral) and not isinstance(coreset, bool):
        return 0.0, int(coreset)
    if isinstance(coreset, numbers.Real) and not isinstance(coreset, bool):
        return float(coreset), 0
    raise TypeError(f"coreset is a number of rows or a share, not {coreset!r}")


class Bank:
    """A memory bank; nothing changes it, so that threads may share it. Made by :meth:`fit` or :meth:`load`.

    Attributes:
        audit: what the audit of :meth:`fit` found; None for a bank that was loaded, or fitted without.
    """

    def __init__(self, handle: object, audit: Audit | None = None) -> None:
        self._handle = handle
        self._info: dict[str, Any] = _core.bank_info(handle)
        self.audit = audit

    @classmethod
    def fit(
        cls,
        features: FeaturesLike | References,
        *,
        audit: str | Audit | None = "backbone",
        multiplier: float = 0,
        audit_removes: bool = False,
        decisions: Sequence[str] | PathLike | None = None,
        purify: str = "none",
        percentile: float = _core.DEFAULT_PERCENTILE,
        contamination: float = 0,
        seed: int = 0,
        k: int = _core.DEFAULT_K,
        image_score: str | None = None,
        false_alarm_rate: float = _core.DEFAULT_FALSE_ALARM_RATE,
        coreset: float | int | None = None,
        roi: PathLike | npt.ArrayLike | None = None,
        roi_name: str | None = None,
        progress: Progress | None = None,
    ) -> Bank:
        """Builds a bank: audit, decisions, purification, descriptors, threshold.

        Args:
            features: the candidates, n >= 2 images: :class:`Features`, an array (n, P, D), or :class:`References`. Altered copies of them,
                which count as the references they are of, come with the features (``augment`` of :meth:`Backbone.extract`).
            audit: an audit rule; "backbone": the rule that suits the features' backbone; an :class:`Audit` of the same references, whose decisions (:meth:`Audit.decide`) count; None: no audit.
            multiplier: of the audit's limit; 0: the rule's default.
            audit_removes: flagged references leave the bank unseen; otherwise they stay until a person decides, as in the program.
            decisions: n of "keep", "remove", "recapture": a person's, which override the audit's; or a decisions.json (:func:`read_decisions`).
            purify, percentile, contamination, seed: as of :func:`purify`.
            k: neighbours that the score of a patch averages.
            image_score: one of metrics.IMAGE_SCORES; None: what the features' backbone is at its best with.
            false_alarm_rate: of the threshold.
            coreset: keep so many descriptors (int), or this share of them (float), spread evenly; None: all.
            roi, roi_name: a region of interest, as of :class:`References`; one that the references have stays.

        Raises:
            BadShapeError: fewer than 2 images are kept, or a part would find fewer than k patches.
        """
        audited = audit.references if isinstance(audit, Audit) else None
        if isinstance(features, References):
            references = features
        elif audited is not None and audited.features is features:
            references = audited
        else:
            if audited is not None and audited.roi is not None and roi is None:
                raise BadArgumentError("the audit is of a region of interest: fit its references, or give roi once more")
            references = References(features, k=k, roi=roi, roi_name=roi_name)
        if roi is not None and (references is features or references is audited):
            raise BadArgumentError("the references were looked at already: roi belongs to References(...)")
        candidates = references.features
        given = audit if isinstance(audit, Audit) else None
        rule = given.rule if given is not None else audit
        photos = candidates.photos
        with references._exclusive:
            handle, audit_handle = _core.bank_fit(
                references._handle,
                k,
                image_score,
                rule,
                given.multiplier if given is not None and not multiplier else multiplier,
                audit_removes,
                purify,
                percentile,
                contamination,
                seed,
                false_alarm_rate,
                *_coreset(coreset),
                fs_list(candidates.paths) if candidates.paths is not None else None,
                [digest.encode() for digest in candidates.sha256() or []] or None,
                _decisions(given, decisions, candidates),
                photo_bytes(photos) if photos is not None else None,
                progress,
            )
        return cls(handle, Audit(audit_handle, references) if audit_handle is not None else None)

    @classmethod
    def load(cls, path: PathLike) -> Bank:
        """Loads a bank, of the program too; every count, shape and hash in it is checked."""
        return cls(_core.bank_load(fs(path)))

    def save(self, path: PathLike) -> None:
        """Writes one ``.safetensors`` file, whole or not at all."""
        _core.bank_save(self._handle, fs(path))

    def score(self, features: FeaturesLike) -> tuple[Float64, Float64]:
        """Scores parts.

        Args:
            features: n images of the bank's origin: :class:`Features` or an array (n, P, D).

        Returns:
            image scores (n,), and patch maps (n, rows, columns): of each patch the mean distance to its k nearest descriptors.

        Raises:
            MismatchError: features of another backbone, layer or size than the bank's.
        """
        parts = features if isinstance(features, Features) else self._own(features)
        n, patches, _ = parts.shape
        patch_scores, image_scores = np.empty((n, patches)), np.empty(n)
        _core.bank_score(self._handle, parts._handle, patch_scores, image_scores)
        return image_scores, patch_scores.reshape(n, *parts.grid)

    def _own(self, array: npt.ArrayLike) -> Features:
        """An array of the bank's grid; who passes one knows what made it."""
        values = as_array(array, np.float32, "fiu", "features")
        origin = self.origin
        grid = (origin.grid_height, origin.grid_width)
        fits = values.ndim == 3 and values.shape[1] == grid[0] * grid[1]
        return Features.from_array(values, grid=grid if fits else None)

    def judge(self, features: FeaturesLike) -> npt.NDArray[Any]:
        """Verdicts on parts: n rows of score, verdict ("pass", "fail" or "unusable") and reason (why a photo is unusable).

        What is unusable only features of photos can tell, and banks of such.
        """
        parts = features if isinstance(features, Features) else self._own(features)
        image_scores, maps = self.score(parts)
        photos = photo_bytes(parts.photos) if parts.photos is not None else None
        out = np.zeros(len(image_scores), [("score", "f8"), ("verdict", "U8"), ("reason", "U120")])
        verdicts = _core.bank_verdicts(self._handle, maps.reshape(len(maps), -1), image_scores, photos)
        for i, (verdict, reason) in enumerate(verdicts):
            out[i] = (image_scores[i], verdict, reason)
        return out

    def calibrate(
        self,
        good: Features | None = None,
        defects: Features | None = None,
        *,
        false_alarm_rate: float | None = None,
    ) -> Bank:
        """A new bank whose threshold rests on parts that a person knows, beside those that this one knows already.

        Args:
            good: verified good parts, n of :class:`Features` with paths, none of them a reference. With n >= 1 / rate - 1 the threshold
                holds whatever the distribution of scores; with fewer they join the references' scores.
            defects: known defects: evidence (:meth:`trade_offs`), which never moves the threshold.
            false_alarm_rate: None: as before.

        Raises:
            MismatchError: a part that is a reference, or both good and a defect, or a photo that shows no part.
        """
        if false_alarm_rate is not None and not 0 < false_alarm_rate < 1:
            raise BadArgumentError(f"the false-alarm rate must lie between 0 and 1, both excluded, not {false_alarm_rate}")
        bank: Bank = _bank_of_bytes(self._bytes())
        paths: list[bytes] = []
        digests: list[bytes | None] = []
        scores: list[Float64] = []
        unusable: list[bool] = []
        for parts, kind in ((good, "good"), (defects, "defects")):
            if parts is None:
                continue
            files = named(parts, kind).paths or []
            image_scores, maps = self.score(parts)
            odd = [False] * len(parts)
            if kind == "good" and parts.photos is not None:
                # above any threshold only what shows no part is unusable, below it what looks odd, too
                above, below = (
                    _core.bank_verdicts(self._handle, maps.reshape(len(maps), -1), np.full(len(maps), score), photo_bytes(parts.photos))
                    for score in (np.inf, 0.0)
                )
                for path, (verdict, reason) in zip(files, above):
                    if verdict == "unusable":
                        raise MismatchError(f"{path} cannot be judged: {reason}")
                odd = [verdict == "unusable" for verdict, _ in below]
            unusable += odd
            paths += fs_list(files)
            digests += [digest.encode() for digest in parts.sha256() or []] or [None] * len(parts)
            scores.append(image_scores)
        n_good = len(good) if good is not None else 0
        _core.bank_calibrate(
            bank._handle,
            paths,
            digests,
            np.concatenate([*scores, np.empty(0)]),
            (np.arange(len(paths)) >= n_good).view(np.uint8),
            np.array(unusable, np.bool_).view(np.uint8),
            false_alarm_rate or 0,
        )
        return Bank(bank._handle, self.audit)

    def take_back(self, path: PathLike | None = None) -> Bank:
        """A new bank without some of the parts that calibrated it: one by its path, or those below a folder; None: all."""
        bank: Bank = _bank_of_bytes(self._bytes())
        _core.bank_take_back(bank._handle, None if path is None else fs(path))
        return Bank(bank._handle, self.audit)

    @property
    def known_parts(self) -> npt.NDArray[Any]:
        """The parts that calibrated it: path, sha256, score, defect."""
        rows = _core.bank_known(self._handle)
        longest = max((len(row[0]) for row in rows), default=1)
        return np.array(rows, [("path", f"U{longest}"), ("sha256", "U64"), ("score", "f8"), ("defect", "?")])

    def trade_offs(self, confidence: float = 0.9) -> npt.NDArray[Any]:
        """What each score of a verified good part would do as the threshold: threshold, good_above, caught, promised, bound."""
        kinds = [("threshold", "f8"), ("good_above", "i8"), ("caught", "i8"), ("promised", "f8"), ("bound", "f8")]
        return np.array(_core.bank_trade_offs(self._handle, confidence), kinds)

    def diagnose(self) -> list[Finding]:
        """Looks at the bank with a critical eye; [] where there is nothing to say.

        One that knows no defect always says so: "defects_unknown"."""
        return [Finding(*finding) for finding in _core.bank_diagnose(self._handle)]

    def heatmap(
        self,
        image: npt.ArrayLike,
        patch_map: npt.ArrayLike,
        *,
        mask: npt.ArrayLike | None = None,
        opacity: float = 0.6,
    ) -> Image:
        """A part with its patch map laid over it, in the bank's scale of colours, as the program draws it.

        Args:
            image: (height, width, 3) or (height, width) uint8.
            patch_map: (rows, columns), of :meth:`score`.
            mask: (height, width), not 0 inside the true defect: its contour is drawn.

        Returns:
            (height, width, 3) uint8

        Raises:
            BadShapeError: a patch map of another grid than the bank's.
        """
        from .images import overlay

        low, high = self._info["patch_scale"]
        values = as_scores(patch_map, "patch_map", 2)
        grid = (self.origin.grid_height, self.origin.grid_width)
        if values.shape != grid:
            raise BadShapeError(f"patch_map is {values.shape}, the bank's grid {grid}")
        if self.roi is None:
            return overlay(as_image(image), values, low, high, origin=self.origin, mask=mask, opacity=opacity)
        extended = np.empty_like(values)
        _core.bank_extend(self._handle, values, extended)
        drawn = overlay(as_image(image), extended, low, high, origin=self.origin, mask=mask, opacity=opacity)
        _core.bank_shade(self._handle, drawn)
        return drawn

    def open_backbone(self, name: PathLike | None = None, *, precision: str | None = None) -> Backbone:
        """The backbone that the bank was built with; name: where its checkpoint is, unless the bank knows."""
        return Backbone(_handle=_core.bank_open_backbone(self._handle, None if name is None else fs(name), precision, False))

    def find_copies(self, paths: Sequence[PathLike]) -> Int64:
        """Of each file the index of the kept reference that it is a copy of, or -1: such a part finds itself in the bank."""
        out = np.empty(len(paths), np.int64)
        _core.bank_find_copies(self._handle, fs_list(paths), out)
        return out

    def describe(self) -> dict[str, Any]:
        """Everything but the descriptors, as the file has it."""
        return dict(json.loads(_core.bank_describe(self._handle)))

    @property
    def rows(self) -> Float32:
        """(n_rows, D): the descriptors, a read-only view."""
        shape = (self._info["n_rows"], self._info["dim"])
        return Memory.view(self._info["address"], shape, "<f4", self._handle)

    @property
    def image_of_row(self) -> npt.NDArray[np.int32]:
        """(n_rows,): which reference each descriptor is of."""
        return Memory.view(self._info["image_of_row"], (self._info["n_rows"],), "<i4", self._handle)

    @property
    def patch_of_row(self) -> npt.NDArray[np.int32]:
        """(n_rows,): which patch of its grid; with altered copies variant * P + patch."""
        return Memory.view(self._info["patch_of_row"], (self._info["n_rows"],), "<i4", self._handle)

    @property
    def origin(self) -> Origin:
        """What makes the features that it takes."""
        return Origin(*self._info["origin"])

    @property
    def augment(self) -> str | None:
        """The altered copies that each reference has in it, such as ``"rot90"``; None: none. See :meth:`Backbone.extract`."""
        told: tuple[str, int] | None = _core.bank_augment(self._handle)
        return told[0] if told is not None else None

    @property
    def roi(self) -> Roi | None:
        """The region of interest; None: whole photos. Patches outside score 0."""
        return roi_of(_core.bank_roi(self._handle), self.origin)

    @property
    def coreset_of(self) -> int:
        """Patches that the descriptors were chosen from; 0 where all are there."""
        return int(self._info["coreset_of"])

    @property
    def k(self) -> int:
        """Neighbours that the score of a patch averages."""
        return int(self._info["k"])

    @property
    def image_score(self) -> str:
        """How patch scores become one: one of metrics.IMAGE_SCORES."""
        return str(self._info["image_score"])

    @property
    def threshold(self) -> Threshold:
        """The limit above which a part fails."""
        return Threshold(*self._info["threshold"])

    @property
    def patch_scale(self) -> tuple[float, float]:
        """Of heatmaps: the median and the maximum of the references' own patch scores."""
        low, high = self._info["patch_scale"]
        return low, high

    @property
    def references(self) -> npt.NDArray[Any]:
        """One row a candidate: path, sha256, audit_score, audit_mean, flagged, decision, decided_by_person, unusable, loo_score."""
        rows = _core.bank_references(self._handle)
        longest = max((len(row[0]) for row in rows), default=1)
        out = np.zeros(
            len(rows),
            [
                ("path", f"U{max(longest, 1)}"),
                ("sha256", "U64"),
                ("audit_score", "f8"),
                ("audit_mean", "f8"),
                ("flagged", "?"),
                ("decision", "U9"),
                ("decided_by_person", "?"),
                ("unusable", "U120"),
                ("loo_score", "f8"),
            ],
        )
        for i, row in enumerate(rows):
            out[i] = row
        return out

    def _bytes(self) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "bank")
            self.save(path)
            with open(path, "rb") as file:
                return file.read()

    def __reduce__(self) -> tuple[Any, ...]:
        return _bank_of_bytes, (self._bytes(),)

    def __repr__(self) -> str:
        rows, dim = self._info["n_rows"], self._info["dim"]
        return f"<Bank {rows} x {dim}, threshold {self.threshold.value:.4g}>"


def _bank_of_bytes(data: bytes) -> Bank:
    """For pickle: a bank's file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bank")
        with open(path, "wb") as file:
            file.write(data)
        return Bank.load(path)


# ---- The search alone ------------------------------------------------------------------------------------------------


class Index(NotPickled):
    """Rows prepared for exact search; any number of threads may search it.

    Args:
        rows: (n, D) finite numbers; float32 in C order is borrowed, not copied: leave it unchanged while the index is in use.
        metric: "euclidean" or "cosine".
    """

    _instead = "pickle its rows"

    def __init__(self, rows: npt.ArrayLike, metric: str = "euclidean") -> None:
        from ._references import metric_number

        values = as_array(rows, np.float32, "fiu", "rows")
        if values.ndim != 2:
            raise BadShapeError(f"rows must be (n, D), not {values.shape}")
        self.metric = metric
        self.shape: tuple[int, int] = (values.shape[0], values.shape[1])
        self._handle = _core.index_new(values, metric_number(metric))

    def search(self, queries: npt.ArrayLike, k: int) -> tuple[Float64, Int64]:
        """The k nearest rows of each query: distances (m, k) ascending, and indices (m, k); ties by index.

        They are those of a brute-force search in float64, whatever the number of threads.

        Args:
            queries: (m, D) finite numbers.
            k: 1..n
        """
        values = as_array(queries, np.float32, "fiu", "queries")
        if values.ndim != 2 or values.shape[1] != self.shape[1]:
            raise BadShapeError(f"queries must be (m, {self.shape[1]}), not {values.shape}")
        if not 1 <= k <= self.shape[0]:
            raise BadArgumentError(f"k must be between 1 and {self.shape[0]}, the number of rows, not {k}")
        distances = np.empty((len(values), k))
        indices = np.empty((len(values), k), np.int64)
        if len(values) > 0:
            _core.index_search(self._handle, self.shape[1], values, distances, indices)
        return distances, indices


def knn(
    bank: Bank | Index | npt.ArrayLike, queries: npt.ArrayLike, k: int = 1, *, metric: str = "euclidean"
) -> tuple[Float64, Int64]:
    """The k nearest rows of each query, exactly: what FAISS's flat indices are used for.

    Args:
        bank: (n, D) rows, a :class:`Bank` (its descriptors), or an :class:`Index`, which keeps what preparing costs.
        queries: (m, D)
        k: 1..n
        metric: "euclidean" (not squared) or "cosine" (1 - cos); of an Index its own.

    Returns:
        distances (m, k) float64, ascending, and indices (m, k) int64; ties by index.
    """
    if isinstance(bank, Bank):
        index = Index(bank.rows, metric)
    else:
        index = bank if isinstance(bank, Index) else Index(bank, metric)
    return index.search(queries, k)


def coreset(rows: npt.ArrayLike, n: int, *, progress: Progress | None = None) -> Int64:
    """Few rows that stand for many, by greedy k-center: row 0, then always the row farthest from those selected.

    Args:
        rows: (m, D) finite numbers.
        n: 1..m, how many to select.

    Returns:
        (n,) indices in the order of their selection; the same on every machine.
    """
    values = as_array(rows, np.float32, "fiu", "rows")
    if values.ndim != 2:
        raise BadShapeError(f"rows must be (m, D), not {values.shape}")
    if not 1 <= n <= len(values):
        raise BadArgumentError(f"n must be between 1 and {len(values)}, the number of rows, not {n}")
    selected = np.empty(n, np.int64)
    _core.coreset(values, selected, progress)
    return selected
