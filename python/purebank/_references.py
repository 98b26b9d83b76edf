"""What references say about themselves: leave-one-out scores, audits, purification, and purification methods of one's own."""

from __future__ import annotations

import functools
import os
import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _core
from ._arrays import PHOTO, Bool, Exclusive, Float32, Float64, NotPickled, PathLike, Progress, as_flags, fs, fs_text, is_path, plain
from ._decisions import DECISIONS, Recall, names, recall, write_decisions
from ._errors import BadArgumentError, BadShapeError, MismatchError
from ._features import Features, FeaturesLike, Roi, as_features, roi_of

METRICS: dict[str, int] = _core.METRICS

_FAMILIES = tuple(_core.FAMILIES)


def metric_number(metric: str) -> int:
    if metric not in METRICS:
        raise BadArgumentError(f'there is no metric "{metric}"; there are {", ".join(METRICS)}')
    return METRICS[metric]


def _cut(features: Features, roi: PathLike | npt.ArrayLike, name: str | None) -> object:
    if not is_path(roi):
        inside = as_flags(roi, None, "roi")
        if inside.ndim != 2:
            raise BadShapeError(f"roi is the path of a mask, or (rows, columns) over the patches, not {inside.shape}")
        return _core.features_cut(features._handle, None, inside, 0, 0, name)
    width = height = 0
    if features.photos is not None and len(features.photos) > 0:
        width, height = int(features.photos["width"][0]), int(features.photos["height"][0])
    return _core.features_cut(features._handle, fs(roi), None, width, height, name)  # type: ignore[arg-type]


class References(NotPickled):
    """References under examination. What is found out about them is computed once, on demand, and kept.

    Args:
        features: N >= 2 images, :class:`Features` or an array (N, P, D).
        k: neighbours of the leave-one-out scores.
        roi: a region of interest, outside of which nothing is looked at: the path of a mask of the photos' shape, white inside, or an array
            (rows, columns) of booleans over the patches; None: whole photos. P below is the number of patches inside. A bank that is fitted
            to the references has the region.
        roi_name: what it is called; None: like the mask's file.

    Features with altered copies (:meth:`Backbone.extract`) have V x P patches an image, and so have scores and masks below, the photo's own
    first; an audit and a bank score images by these alone, and no reference vouches for its own copies.

    One thread at a time uses them; others wait.
    """

    _instead = "pickle its features"

    def __init__(
        self, features: FeaturesLike, *, k: int = _core.DEFAULT_K, roi: PathLike | npt.ArrayLike | None = None, roi_name: str | None = None
    ) -> None:
        self._exclusive = Exclusive()
        self.features = as_features(features)
        cut = self.features._handle if roi is None else _cut(self.features, roi, roi_name)
        self._handle = _core.references_new(cut, k)
        self.roi: Roi | None = roi_of(_core.features_roi(cut), self.features.origin)
        n, patches, dim = self.features.shape
        self.augment: str | None = self.features.augment
        self._shape = (n, patches if self.roi is None else int(self.roi.inside.sum()) * self.features._augment[1], dim)
        self._grid = self.features.grid

    @property
    def k(self) -> int:
        """Neighbours of the leave-one-out scores."""
        return int(_core.references_info(self._handle)[0])

    def _scores(self, compute: Callable[..., None], *arguments: Any, progress: Progress | None) -> Float64:
        scores = np.empty(self._shape[:2])
        with self._exclusive:
            compute(self._handle, *arguments, scores, progress)
        return scores

    def loo_scores(self, metric: str = "euclidean", *, progress: Progress | None = None) -> Float64:
        """(N, P): of each patch the mean distance to its k nearest patches in the *other* images."""
        return self._scores(_core.references_loo_scores, metric_number(metric), progress=progress)

    def mahalanobis_scores(self, *, progress: Progress | None = None) -> Float64:
        """(N, P): of each patch the Mahalanobis distance to the mean patch, by Ledoit and Wolf's covariance."""
        return self._scores(_core.references_mahalanobis_scores, progress=progress)

    def __len__(self) -> int:
        return self._shape[0]


def as_references(references: References | FeaturesLike, k: int) -> References:
    return references if isinstance(references, References) else References(references, k=k)


# ---- Audits ----------------------------------------------------------------------------------------------------------


def _digest(path: PathLike) -> bytes:
    """Of a file's contents; b"" where it cannot be read, of which the library tells why."""
    try:
        with open(fs(path), "rb") as file:
            return hashlib.sha256(file.read()).digest()
    except OSError:
        return b""


class Audit(NotPickled):
    """What an audit found, image by image in the order of the features. See :func:`audit`."""

    _instead = "keep its table(), or save_decisions()"

    def __init__(self, handle: object, references: References | None) -> None:
        self._handle = handle
        self.references = references
        self._decided = False
        self._recalled: tuple[PathLike, bytes] | None = None  # and its contents' digest

    @property
    def rule(self) -> str:
        """The rule that ranked and flagged."""
        return str(_core.audit_info(self._handle)[0])

    @property
    def multiplier(self) -> float:
        """Of the limit; 0 where the rule counts."""
        return float(_core.audit_info(self._handle)[1])

    @property
    def limit(self) -> float:
        """Scores above it are flagged; infinity where the references are all alike."""
        return float(_core.audit_info(self._handle)[2])

    def table(self) -> npt.NDArray[Any]:
        """N rows: score, mean (of its patches), rank (1 = most suspicious), flagged, decision, reason (of what is flagged as a photo), stands_out.

        The last says why a photo stands out by far, so that no limit for photos rests on it; "" where it does not.
        """
        rows = _core.audit_info(self._handle)[3]
        out = np.zeros(
            len(rows),
            [
                ("score", "f8"),
                ("mean", "f8"),
                ("rank", "i8"),
                ("flagged", "?"),
                ("decision", "U9"),
                ("reason", "U120"),
                ("stands_out", "U120"),
            ],
        )
        for i, (score, mean, rank, flagged, decision, reason, stands_out) in enumerate(rows):
            out[i] = (score, mean, rank, flagged != 0, DECISIONS[decision], reason, stands_out)
        return out

    @property
    def scores(self) -> Float64:
        """(N,)"""
        return np.ascontiguousarray(self.table()["score"])

    @property
    def flagged(self) -> Bool:
        """(N,)"""
        return np.ascontiguousarray(self.table()["flagged"])

    @property
    def decisions(self) -> list[str]:
        """N of "keep", "remove", "recapture": the audit's, changed by :meth:`decide`."""
        return [str(decision) for decision in self.table()["decision"]]

    def decide(self, image: int, decision: str) -> None:
        """What a person decides about an image: "keep", "remove" or "recapture"."""
        _core.audit_decide(self._handle, image, decision)
        self._decided = True

    def _candidates(self) -> Features:
        if self.references is None:
            raise BadArgumentError("this audit has lost its references")
        return self.references.features

    def recall(self, path: PathLike) -> Recall:
        """Takes over what a person decided earlier (decisions.json), as the program's ``audit --decisions`` does.

        References whose photo is the one that was decided on have that decision now; new and changed ones keep the audit's. The
        page (:meth:`report`) opens with them and says what has changed since; it reads the file once more, which has to be the same then.
        """
        digest = _digest(path)
        found = recall(path, self._candidates(), self._handle)
        self._decided, self._recalled = True, (os.path.abspath(fs(path)), digest)
        return found

    def save_decisions(self, path: PathLike) -> None:
        """Writes :attr:`decisions` as decisions.json, as the page does."""
        write_decisions(path, self._candidates(), self.decisions)
        if self._recalled is not None and os.path.abspath(fs(path)) == self._recalled[0]:
            self._recalled = self._recalled[0], _digest(path)

    def found(self, contaminated: npt.ArrayLike, top: int) -> int:
        """How many bad images a person finds who looks at the `top` most suspicious ones. contaminated: (N,) booleans."""
        return int(_core.audit_found(self._handle, as_flags(contaminated, None, "contaminated"), top))

    def report(self, path: PathLike) -> None:
        """Writes the page where a person decides: one HTML file. The photos must be where the features' paths say.

        Raises:
            MismatchError: the file of :meth:`recall` is another one by now: recall it again.
        """
        if self.references is None or self.references.features.paths is None:
            raise BadArgumentError("the page shows photos: features of files are needed")
        decisions = None
        if self._recalled is not None:
            file, digest = self._recalled
            if _digest(file) != digest:
                raise MismatchError(f"{fs_text(file)} has changed since recall(): recall it again")
            decisions = [fs(file)]
        with self.references._exclusive:
            _core.audit_report(
                self._handle, self.references._handle, *names(self.references.features), None, decisions, fs(path)
            )

    def __len__(self) -> int:
        return len(_core.audit_info(self._handle)[3])

    def __repr__(self) -> str:
        return f"<Audit {self.rule}: {int(self.flagged.sum())} of {len(self)} flagged>"


def audit(
    references: References | FeaturesLike,
    rule: str = "backbone",
    *,
    multiplier: float = 0,
    contamination: float = 0,
    seed: int = 0,
    k: int = _core.DEFAULT_K,
    progress: Progress | None = None,
) -> Audit:
    """Which references do not belong: each against all others.

    Args:
        references: N >= 2 images, as :class:`References`, :class:`Features` or an array (N, P, D).
        rule: a name of :func:`audit_rules`; "backbone": the rule that suits the features' backbone.
        multiplier: of the limit median + multiplier * 1.4826 * MAD; 0: the rule's default.
        contamination: of the ``*_known_c`` rules, the share of bad images.
        seed: of base_iforest.
        k: neighbours, where references come as features.

    Features of photos are looked at as photos, too, as the program's ``audit`` does: flagged, with a reason, is every photo that is not usable by limits
    from the photos alone (dark, blurred, another product); noted are those on which no limit of a bank of all of them would rest, patch scores included.
    """
    examined = as_references(references, k)
    if rule == "backbone":
        rule = _core.audit_rule_of_backbone(examined.features.origin.backbone)
    with examined._exclusive:
        photos = examined.features.photos
        known = None if photos is None else photo_bytes(photos)
        handle = _core.audit_run(examined._handle, rule, multiplier, contamination, seed, known, progress)
    return Audit(handle, examined)


def photo_bytes(photos: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Measures as the extension module takes them."""
    return np.ascontiguousarray(photos, PHOTO).view(f"V{PHOTO.itemsize}")


# ---- Methods ---------------------------------------------------------------------------------------------------------


class Method(NamedTuple):
    """A row of the catalogue of methods."""

    name: str
    label: str
    summary: str
    family: str
    needs: tuple[str, ...]
    takes: tuple[str, ...]
    multiplier: float


def _methods(kind: int) -> list[Method]:
    return [
        Method(
            name,
            label,
            summary,
            _FAMILIES[family],
            tuple(word for word, bit in _core.NEEDS.items() if needs & bit),
            tuple(word for word, bit in _core.TAKES.items() if takes & bit),
            multiplier,
        )
        for name, label, summary, family, needs, takes, multiplier in _core.methods(kind)
    ]


def purification_methods() -> list[Method]:
    """The purification methods there are, those registered last."""
    return _methods(0)


def audit_rules() -> list[Method]:
    """The audit rules there are: those for use, and those of the studies."""
    return _methods(1)


def purify(
    references: References | FeaturesLike,
    method: str = "loo_patch",
    *,
    percentile: float = _core.DEFAULT_PERCENTILE,
    contamination: float = 0,
    seed: int = 0,
    contaminated: npt.ArrayLike | None = None,
    k: int = _core.DEFAULT_K,
    progress: Progress | None = None,
) -> Bool:
    """Which patches stay.

    Args:
        references: N >= 2 images, as :class:`References`, :class:`Features` or an array (N, P, D).
        method: a name of :func:`purification_methods`.
        percentile: q, above 0, to 100: what scores above the q-th percentile goes.
        contamination: the expected share of bad images, for the methods that must be told.
        seed: for the methods that draw at random.
        contaminated: (N,) booleans, which images are known to be bad; for oracle_patch.
        k: neighbours, where references come as features.

    Returns:
        (N, P) booleans, True = stays.
    """
    examined = as_references(references, k)
    truth = None if contaminated is None else as_flags(contaminated, len(examined), "contaminated")
    keep = np.empty(examined._shape[:2], np.uint8)
    with examined._exclusive:
        _core.purify(examined._handle, method, percentile, contamination, seed, truth, keep, progress)
    return keep.view(np.bool_)


class PurifyOptions(NamedTuple):
    """What a method is told besides the references."""

    percentile: float
    contamination: float
    seed: int
    contaminated: Bool | None


class MethodReferences(NotPickled):
    """The references as a method of one's own sees them: gone when the method has returned."""

    _instead = "it is gone when the method has returned"

    def __init__(self, handle: object, n_images: int, n_patches: int, options: tuple[float, float, int, bytes | None]):
        self._handle = handle
        self._n = (n_images, n_patches)
        told = None if options[3] is None else np.frombuffer(options[3], np.uint8) != 0
        self.options = PurifyOptions(options[0], options[1], options[2], told)

    @property
    def k(self) -> int:
        """Neighbours of the leave-one-out scores."""
        return int(_core.references_info(self._handle)[0])

    @property
    def grid(self) -> tuple[int, int]:
        """(rows, columns) of an image's patches, of which a region of interest may have only some."""
        rows, columns = _core.references_info(self._handle)[3:5]
        return rows, columns

    @functools.cached_property
    def features(self) -> Float32:
        """(N, P, D), a copy."""
        _, address, _, _, _, dim = _core.references_info(self._handle)
        interface = {"version": 3, "shape": (*self._n, dim), "typestr": "<f4", "data": (address, True)}
        holder = type("Borrowed", (), {"__array_interface__": interface})()
        return np.array(holder)

    def loo_scores(self, metric: str = "euclidean") -> Float64:
        """(N, P), as :meth:`References.loo_scores`: shared with the audit and with the other methods of a cell."""
        scores = np.empty(self._n)
        _core.references_loo_scores(self._handle, metric_number(metric), scores, None)
        return scores

    def mahalanobis_scores(self) -> Float64:
        """(N, P), as :meth:`References.mahalanobis_scores`."""
        scores = np.empty(self._n)
        _core.references_mahalanobis_scores(self._handle, scores, None)
        return scores


#: (features (N, P, D), references) -> (N, P) booleans, True = stays
OwnMethod = Callable[[Float32, MethodReferences], npt.ArrayLike]


def _flags(words: Iterable[str], known: dict[str, int], name: str) -> int:
    flags = 0
    for word in words:
        if word not in known:
            raise BadArgumentError(f'{name}: there is no "{word}"; there are {", ".join(known)}')
        flags |= known[word]
    return flags


def _as_mask(answer: npt.ArrayLike, shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    keep = plain(answer, "what a method returns")
    indices = "; indices are no mask: keep = np.zeros(shape, bool); keep.flat[indices] = True" if keep.dtype.kind in "iu" else ""
    if keep.shape != shape:
        raise BadShapeError(f"a method returns one boolean for each patch, of shape {shape}, not {keep.shape}{indices}")
    if keep.dtype.kind not in "biu":
        raise BadArgumentError(f"a method returns booleans, True for what stays, not {keep.dtype}")
    if keep.dtype.kind != "b" and not np.isin(keep, (0, 1)).all():
        odd = keep[~np.isin(keep, (0, 1))][0]
        raise BadArgumentError(f"a method returns booleans, or 0 and 1, True for what stays, not {odd}{indices}")
    return np.ascontiguousarray(keep != 0).view(np.uint8)


def purification(
    name: str,
    *,
    label: str | None = None,
    summary: str | None = None,
    family: str = "distance",
    needs: Sequence[str] = (),
    takes: Sequence[str] = ("percentile",),
    of: str = "features",
) -> Callable[[Callable[..., npt.ArrayLike]], Callable[..., npt.ArrayLike]]:
    """Registers a function as a purification method of this process: decorates it.

        @purebank.purification("mine")
        def mine(features, references):
            return references.loo_scores() <= 2.0

    From then on its name works wherever the built-in ones do: :func:`purify`, :meth:`Bank.fit`, :func:`experiment`. Tables and
    figures of this process show it by its label. At most 32 methods may be registered.

    Args:
        name: a-z, 0-9 and _, below 32 characters.
        label: as people read it; the name where it is not given.
        summary: one line; None: the first of the function's docstring, else the name.
        family: "distance", "density", "distribution", "isolation", "combined" or "adaptive".
        needs: what it must be told: "share" (of bad images), "truth" (which are bad).
        takes: what changes it: "percentile" and "seed". Runs compute a method once for each value of what it takes.
        of: "features": the function is called as function(features (N, P, D), references), a :class:`MethodReferences`; "scores": as
            function(scores (N, P)), with leave-one-out scores alone.

    The function returns (N, P) booleans (or 0 and 1), True for what stays, and the same for the same input. Experiments call it from several
    threads, one at a time for one set of references. Its exceptions arrive where the method was asked for.
    """
    if of not in ("features", "scores"):
        raise BadArgumentError(f'of is "features" or "scores", not "{of}"')
    if family not in _FAMILIES:
        raise BadArgumentError(f'there is no family "{family}"; there are {", ".join(_FAMILIES)}')

    def register(function: Callable[..., npt.ArrayLike]) -> Callable[..., npt.ArrayLike]:
        if not callable(function):
            raise TypeError(f"a purification method is a function, not {type(function).__name__}")

        def run(handle: object, n_images: int, n_patches: int, options: Any) -> npt.NDArray[np.uint8]:
            references = MethodReferences(handle, n_images, n_patches, options)
            answer = (
                function(references.loo_scores()) if of == "scores" else function(references.features, references)
            )
            return _as_mask(answer, (n_images, n_patches))

        _core.register_method(
            name,
            label,
            summary or next(iter((function.__doc__ or "").strip().splitlines()), name)[:150],
            _FAMILIES.index(family),
            _flags(needs, _core.NEEDS, "needs"),
            _flags(takes, _core.TAKES, "takes"),
            run,
        )
        return function

    return register
