"""Do methods differ? The tests by themselves, equal to those of SciPy, scikit-posthocs and statsmodels; and the analysis of a study."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _core
from ._arrays import Float64, NotPickled, PathLike, as_array, as_scores, encoded, fs, fs_list, fs_text, is_path
from ._errors import BadArgumentError, UnsupportedError
from ._files import write_whole

# ---- Tests -----------------------------------------------------------------------------------------------------------


class Friedman(NamedTuple):
    """Friedman's test."""

    chi2: float
    p: float
    mean_ranks: Float64


def friedman(values: npt.ArrayLike) -> Friedman:
    """scipy.stats.friedmanchisquare; mean ranks with 1 = the highest. values: (categories, methods), at least 3 methods."""
    array = as_scores(values, "values", 2)
    ranks = np.empty(array.shape[1])
    chi2, p = _core.friedman(array, ranks)
    return Friedman(chi2, p, ranks)


def nemenyi(mean_ranks: npt.ArrayLike, n: int) -> Float64:
    """Pairwise p values (k, k), 1 on the diagonal: scikit_posthocs.posthoc_nemenyi_friedman. n: number of categories."""
    ranks = as_scores(mean_ranks, "mean_ranks")
    p = np.empty((len(ranks), len(ranks)))
    _core.nemenyi(ranks, n, p)
    return p


def critical_difference(n: int, k: int, alpha: float = 0.05) -> float:
    """Nemenyi's, of mean ranks of k methods over n categories."""
    return float(_core.nemenyi_cd(n, k, alpha))


class Wilcoxon(NamedTuple):
    """Wilcoxon's signed-rank test: the smaller sum of ranks, p, differences that are 0, and how p was found."""

    w: float
    p: float
    n_zeros: int
    method: str


def wilcoxon(differences: npt.ArrayLike, method: str = "auto") -> Wilcoxon:
    """scipy.stats.wilcoxon(differences), two-sided, zeros dropped."""
    if method not in _core.WILCOXON_METHODS:
        raise BadArgumentError(f'method is one of {", ".join(_core.WILCOXON_METHODS)}, not "{method}"')
    return Wilcoxon(*_core.wilcoxon(as_scores(differences, "differences"), _core.WILCOXON_METHODS[method]))


def holm(p: npt.ArrayLike) -> Float64:
    """Holm's adjusted p values; NaN stays NaN and is not counted."""
    values = as_array(p, np.float64, "fiu", "p").ravel()
    adjusted = np.empty_like(values)
    _core.holm(values, adjusted)
    return adjusted


class EffectSize(NamedTuple):
    """How far two samples lie apart."""

    cliffs_delta: float
    words: str
    a12: float


def effect_size(x: npt.ArrayLike, y: npt.ArrayLike) -> EffectSize:
    """Cliff's delta P(x > y) - P(x < y), what it is called ("small"), and Vargha and Delaney's A12."""
    return EffectSize(*_core.two_samples(as_scores(x, "x"), as_scores(y, "y")))


def bootstrap(
    values: npt.ArrayLike, *, seed: int = 42, draws: int = 10_000, confidence: float = 0.95
) -> tuple[float, float]:
    """Percentile interval of the mean, to the bit that of numpy.random.default_rng(seed).choice(values, n) drawn `draws` times."""
    if not 0 <= seed < 2**64:
        raise BadArgumentError(f"seed: between 0 and 2^64 - 1, not {seed}")
    low, high = _core.bootstrap(as_scores(values, "values"), seed, draws, confidence)
    return low, high


# ---- Studies ---------------------------------------------------------------------------------------------------------


class Ranking(NamedTuple):
    """Friedman and Nemenyi; arrays by method, in the order of `methods`."""

    datasets: list[str]
    methods: list[str]
    values: Float64
    means: Float64
    mean_ranks: Float64
    chi2: float
    p: float
    critical_difference: float
    pairwise_p: Float64
    excluded: list[tuple[str, str, int, int]]


_COMPARED = (
    "mean",
    "baseline",
    "gain",
    "ci_low",
    "ci_high",
    "w",
    "p",
    "p_holm",
    "cliffs_delta",
    "a12",
    "clean",
    "damage",
    "clean_penalty",
    "recovery",
)
_COUNTED = ("n", "wins", "ties", "losses", "n_clean")
_FORMATS = {"latex": 1, "markdown": 2, "csv": 4}


class Study(NotPickled):
    """Result files, this package's, the program's or the studies', as rows by key (docs/analysis.md).

    Args:
        paths: files; each cell may occur any number of times, as long as its values agree.
        setup: "disjoint", "shared", "both", or "one": whichever it is.
    """

    _instead = "pickle its rows()"

    def __init__(self, paths: PathLike | Sequence[PathLike], setup: str = "one") -> None:
        files: list[Any] = [paths] if is_path(paths) else list(paths)  # type: ignore[arg-type]
        self._handle = _core.study_read(fs_list(files), setup)
        contents = _core.study_contents(self._handle)
        self.datasets: list[str] = contents[0]
        self.methods: list[str] = contents[1]
        self.setups: list[str] = contents[2]
        self.detectors: list[str] = contents[3]
        self._contamination: float = contents[4]

    def rows(self) -> npt.NDArray[Any]:
        """One row a cell: what it is (dataset, method, setup, contamination, ...), and a column for each measure; NaN: not measured."""
        rows = _core.study_rows(self._handle)
        measures = _core.measures()
        texts = ("dataset", "method", "rule", "detector", "auditor", "setup")
        longest = [max((len(row[i]) for row in rows), default=1) for i in range(len(texts))]
        kinds: list[tuple[str, str]] = [(name, f"U{max(size, 1)}") for name, size in zip(texts, longest)]
        kinds += [("multiplier", "f8"), ("contamination", "f8"), ("percentile", "f8")]
        kinds += [("n_references", "i8"), ("seed", "i8"), ("k", "i8")]
        out = np.zeros(len(rows), kinds + [(measure, "f8") for measure in measures])
        for i, row in enumerate(rows):
            out[i] = (*row[:12], *np.frombuffer(row[12]))
        return out

    def _question(
        self,
        setup: str | None,
        contamination: float | None,
        limits: Iterable[int] | None,
        percentile: float,
        k: int,
        detector: str | None,
        auditor: str | None,
        measure: str,
        tie: float,
        any_seeds: bool,
        baseline: str | None,
        datasets: Sequence[str] | None,
        exclude_loco: bool,
        methods: Sequence[str] | None,
    ) -> tuple[Any, ...]:
        named: list[str] | None = None
        if methods is not None:
            named = []
            for name in methods:
                found = _core.study_methods_named(self._handle, name)
                if not found:
                    raise BadArgumentError(f'the results have no method "{name}"; they have {", ".join(self.methods)}')
                named += [method for method in found if method not in named]
        return (
            setup or self.setups[0],
            self._contamination if contamination is None else contamination,
            None if limits is None else np.array(list(limits), np.int64),
            percentile,
            k,
            detector,
            auditor,
            measure,
            tie,
            any_seeds,
            baseline,
            None if datasets is None else [encoded(name, "datasets") for name in datasets],
            exclude_loco,
            None if named is None else [encoded(name, "methods") for name in named],
        )

    def rank(
        self,
        methods: Sequence[str] | None = None,
        *,
        setup: str | None = None,
        contamination: float | None = None,
        limits: Iterable[int] | None = None,
        percentile: float = _core.DEFAULT_PERCENTILE,
        k: int = _core.DEFAULT_K,
        detector: str | None = None,
        auditor: str | None = None,
        measure: str = "img_auroc",
        datasets: Sequence[str] | None = None,
        exclude_loco: bool = False,
    ) -> Ranking:
        """Friedman's test and Nemenyi's over the categories that have all methods.

        Args:
            methods: names; None: those that the studies rank.
            setup: None: the only one, or disjoint.
            contamination: c; None: 0.3, or the largest there is.
            limits: N, pooled inside a category; None: those usually pooled.
            measure: a column of :meth:`rows`.
        """
        question = self._question(
            setup, contamination, limits, percentile, k, detector, auditor, measure, 0.001, False, None, datasets, exclude_loco, methods
        )  # fmt: skip
        found = _core.study_rank(self._handle, question)
        n_methods = len(found["methods"])
        shapes = {"values": (-1, n_methods), "means": (-1,), "mean_ranks": (-1,), "pairwise_p": (-1, n_methods)}
        for name, shape in shapes.items():
            found[name] = np.frombuffer(found[name]).reshape(shape)
        return Ranking(**found)

    def compare(
        self,
        methods: Sequence[str] | None = None,
        *,
        baseline: str | None = None,
        setup: str | None = None,
        contamination: float | None = None,
        limits: Iterable[int] | None = None,
        percentile: float = _core.DEFAULT_PERCENTILE,
        k: int = _core.DEFAULT_K,
        detector: str | None = None,
        auditor: str | None = None,
        measure: str = "img_auroc",
        tie: float = 0.001,
        any_seeds: bool = False,
        datasets: Sequence[str] | None = None,
        exclude_loco: bool = False,
    ) -> npt.NDArray[Any]:
        """Each method against the baseline ("none"): one row a method, with means, gain and its interval, wins, ties and losses,
        Wilcoxon's test with Holm's correction, effect sizes, what contamination costs and what is recovered of it. NaN: cannot be told.
        """
        question = self._question(
            setup, contamination, limits, percentile, k, detector, auditor, measure, tie, any_seeds, baseline, datasets, exclude_loco, methods
        )  # fmt: skip
        found = _core.study_compare(self._handle, question)
        kinds: list[tuple[str, str]] = [("method", "U64")]
        kinds += [(name, "i8") for name in _COUNTED] + [(name, "f8") for name in _COMPARED] + [("in_family", "?")]
        out = np.zeros(len(found), kinds)
        for i, row in enumerate(found):
            out[i] = tuple(row[name] for name, _ in kinds)
        return out

    def tables(
        self, folder: PathLike, *, contamination: float | None = None, formats: Sequence[str] = ("latex", "markdown", "csv")
    ) -> dict[str, str]:
        """Writes the studies' tables, as the program's `tables` does; returns their names and titles."""
        for name in formats:
            if name not in _FORMATS:
                raise BadArgumentError(f'formats are {", ".join(_FORMATS)}, not "{name}"')
        os.makedirs(fs(folder), exist_ok=True)
        wanted = sum(_FORMATS[name] for name in set(formats))
        c = math.nan if contamination is None else contamination
        return dict(_core.study_tables(self._handle, c, fs(folder), wanted)[1])

    def figures(
        self,
        folder: PathLike,
        *,
        formats: Sequence[str] = ("pdf",),
        setup: str | None = None,
        contamination: float | None = None,
        methods: Sequence[str] | None = None,
        only: str | None = None,
        label: str = "",
    ) -> dict[str, str]:
        """Draws the studies' figures that the results have the data of, as the program's `figures` does; needs gnuplot.

        Args:
            formats: of "pdf", "svg" and "png".
            methods: names; None: those of the studies' figures.
            only: "fig2,cd": numbers or names; None: all.
            label: of the backbone.

        Returns:
            The files' names without ending, and their captions.
        """
        if not hasattr(_core, "study_figures"):
            raise UnsupportedError("this package was built without figures: Cairo was not found (Debian: libcairo2-dev)")
        os.makedirs(fs(folder), exist_ok=True)
        drawn: dict[str, str] = {}
        for id_, name, title, caption, missing, files in _core.study_figures(
            self._handle,
            label,
            setup or self.setups[0],
            math.nan if contamination is None else contamination,
            None if methods is None else ",".join(methods),
            only,
            [encoded(format_, "formats") for format_ in formats],
        ):
            if missing:
                continue
            for format_, data in zip(formats, files):
                write_whole(os.path.join(fs_text(folder), f"{id_}_{name}.{format_}"), data)
            drawn[f"{id_}_{name}"] = f"{title}. {caption}"
        return drawn

    def headline(self, *, contamination: float | None = None) -> str:
        """What the audit recovers, in one line."""
        return str(_core.study_tables(self._handle, math.nan if contamination is None else contamination, b".", 0)[0])
