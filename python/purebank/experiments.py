"""The runs of the studies on feature caches, and their result files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Union

import numpy as np
import numpy.typing as npt

from . import _core
from ._arrays import Bool, Exclusive, Float64, NotPickled, PathLike, Progress, encoded, fs, fs_list, fs_text, is_path, pair
from ._errors import BadFormatError, InputError
from ._features import Origin

#: Text as the program takes it ("10,20", "0-4"), or the values.
Values = Union[str, float, Iterable[Union[str, float]], None]


class Run(NamedTuple):
    """A run of the studies: its published grid, and the file it fills. None: what is usual."""

    name: str
    summary: str
    file: str
    categories: str | None
    limits: str
    contamination: str
    seeds: str | None
    methods: str | None
    percentiles: str | None
    ks: str | None


def runs() -> list[Run]:
    """The runs there are."""
    return [Run(*run) for run in _core.runs()]


def _text(values: Values) -> str | None:
    if values is None or isinstance(values, str):
        return values
    if isinstance(values, (int, float, np.integer, np.floating)):
        return f"{values:.17g}" if isinstance(values, np.floating) else str(values)
    return ",".join(str(_text(value)) for value in values)


class Experiment(NotPickled):
    """A run on its caches, opened but not computed. See :func:`experiment`, which does both."""

    _instead = "pickle its arguments"

    def __init__(
        self,
        run: str,
        caches: PathLike | Mapping[str, PathLike],
        output: PathLike,
        *,
        categories: Values = None,
        setup: str | None = None,
        limits: Values = None,
        contamination: Values = None,
        seeds: Values = None,
        methods: Values = None,
        percentiles: Values = None,
        ks: Values = None,
        shard: tuple[int, int] = (0, 0),
        memory: int = 0,
        debug: bool = False,
        force: bool = False,
        auditor: str | None = None,
    ) -> None:
        names = list(caches) if isinstance(caches, Mapping) else [None]
        folders = list(caches.values()) if isinstance(caches, Mapping) else [caches]
        if debug and categories is None:
            categories = "quick"
        self._exclusive = Exclusive()
        self._handle = _core.experiment_open(
            run,
            [None if name is None else encoded(name, "caches") for name in names],
            fs_list(folders),
            fs(output),
            _text(categories),
            setup,
            _text(limits),
            _text(contamination),
            _text(seeds),
            _text(methods),
            _text(percentiles),
            _text(ks),
            *pair(shard, "shard", "(i, n)"),
            memory,
            debug,
            force,
            auditor,
        )

    @property
    def plan(self) -> dict[str, Any]:
        """What there is to do: file, setup, cells and those done, work, memory; and `categories`, rows of
        (name, cells, done, training, test and defective images)."""
        plan: dict[str, Any] = _core.experiment_plan(self._handle)
        rows = plan["categories"]
        names = ["name", "n_cells", "n_done", "n_train", "n_test", "n_defect"]
        longest = max((len(row[0]) for row in rows), default=1)
        plan["categories"] = np.array(rows, [(names[0], f"U{longest}")] + [(name, "i8") for name in names[1:]])
        return plan

    @property
    def file(self) -> str:
        """Path of the results."""
        return str(_core.experiment_plan(self._handle)["file"])

    def run(self, *, progress: Progress | None = None) -> str:
        """Computes what is not done and appends it; what is done is kept when it is stopped. Returns the file's path."""
        with self._exclusive:
            _core.experiment_compute(self._handle, progress)
        return self.file


class CellMethod(NamedTuple):
    """What a method leaves of the references of a cell, and what the rest says about its test images.

    Attributes:
        multiplier: of an audit with a multiplier, else 0.
        keep: (N, P) booleans, True = stays.
        removed: number of patches that go.
        patch_scores: (T, P), mean distance to the K nearest patches of the bank.
        image_scores: (T,)
        auroc: of images.
    """

    name: str
    multiplier: float
    keep: Bool
    removed: int
    patch_scores: Float64
    image_scores: Float64
    auroc: float


class Cell(NamedTuple):
    """A cell of the studies, opened up; see :func:`cell`.

    Attributes:
        origin: of the features; grid and dim alone where the cache was made elsewhere.
        references: N rows: path, from_test (an image of the test part, else of the training part), contaminated, index (in its part), score.
        loo: (N, P), leave-one-out scores of the references; `score` is their mean.
        test: T rows: path, index (in the test part), defect.
        methods: by name; the first is "none", the bank without purification.
        clean_auroc: of the bank without contaminants.
    """

    category: str
    origin: Origin
    references: npt.NDArray[Any]
    loo: Float64
    test: npt.NDArray[Any]
    methods: dict[str, CellMethod]
    clean_auroc: float


def _table(rows: list[tuple[Any, ...]], fields: list[tuple[str, str]]) -> npt.NDArray[Any]:
    longest = max((len(row[0]) for row in rows), default=1)
    return np.array(rows, [("path", f"U{max(longest, 1)}"), *fields])


def cell(
    caches: PathLike,
    category: str,
    *,
    setup: str = "disjoint",
    seed: int = 0,
    n_references: int = 10,
    contamination: float = 0.3,
    k: int = _core.DEFAULT_K,
    percentile: float = _core.DEFAULT_PERCENTILE,
    methods: str | Iterable[str] = ("loo_patch", "mahalanobis_patch", "ensemble_loo_mahal"),
    memory: int = 0,
    progress: Progress | None = None,
) -> Cell:
    """Evaluates one cell of the studies: the images that a run draws there, what each method takes out of them, and the scores of
    every patch of every test image. The numbers are those of :func:`experiment`, to the bit, and the program's ``heatmaps`` draws them.

    Args:
        caches: a folder of feature caches, or one of them.
        category: a name of it, such as "bottle".
        setup: where contaminants come from: "disjoint", one half of the anomalies, the other half being tested, or "shared".
        seed: of all draws.
        n_references: N.
        contamination: c, from 0 to 1.
        k: K.
        percentile: q, above 0, to 100.
        methods: names, of audit rules and of methods of one's own, too; or "fast", "core", "extended", "all".
        memory: bytes to stay below; 0: half of what this process may use.
    """
    names = methods if isinstance(methods, str) else ",".join(methods)
    name, origin, references, test, found, clean = _core.cell(
        fs(caches), encoded(category, "category"), setup, seed, n_references, contamination, k, percentile, names, memory, progress
    )
    n, t = len(references), len(test)
    loo = np.array([np.frombuffer(row[5]) for row in references])
    by_name = {
        method: CellMethod(
            method,
            multiplier,
            np.frombuffer(keep, np.bool_).reshape(n, -1),
            removed,
            np.frombuffer(patches).reshape(t, -1),
            np.frombuffer(images),
            auroc,
        )
        for method, multiplier, keep, removed, patches, images, auroc in found
    }
    reference_rows = [(path, a != 0, b != 0, i, score) for path, a, b, i, score, _ in references]
    kinds = [("from_test", "?"), ("contaminated", "?"), ("index", "i8"), ("score", "f8")]
    return Cell(
        name,
        Origin(*origin),
        _table(reference_rows, kinds),
        loo,
        _table(test, [("index", "i8"), ("defect", "?")]),
        by_name,
        clean,
    )


def experiment(
    run: str,
    caches: PathLike | Mapping[str, PathLike],
    output: PathLike,
    *,
    progress: Progress | None = None,
    **options: Any,
) -> dict[str, npt.NDArray[Any]]:
    """Computes a run of the studies (docs/experiments.md), or goes on with it, and reads its file.

    Args:
        run: a name of :func:`runs`, such as "main".
        caches: a folder of caches; for "assurance" one for each detector: {"dinov3": folder, ...}.
        output: folder of the results.
        categories: "all", "quick", "gate", or names.
        setup: "disjoint" or "shared".
        limits, contamination, seeds, percentiles, ks: N, c, seeds, q and K, as values or as text ("0-4").
        methods: "fast", "core", "extended", "all", or names, of methods of one's own, too (:func:`purification`).
        shard: (i, n): the i-th of n parts, from 1 on.
        memory: bytes to stay below; 0: half of what the process may use.
        debug: a trial on two categories.
        force: begin the file anew.
        auditor: of "assurance": whose audit decides.
        progress: called with cells done and their number.

    Returns:
        The file as a dict of columns.
    """
    opened = Experiment(run, caches, output, **options)
    return read_results(opened.run(progress=progress))


def _column(texts: list[str]) -> npt.NDArray[Any]:
    """Integers where all are, numbers where all are or are empty (NaN), else text."""
    for kind in (np.int64, np.float64):
        try:
            return np.array([kind(text) if text or kind is np.int64 else np.nan for text in texts], kind)
        except ValueError:
            continue
    return np.array(texts)


def read_results(paths: PathLike | Sequence[PathLike]) -> dict[str, npt.NDArray[Any]]:
    """The columns of result files, one below the other; the files have the same columns. For analysis see :class:`Study`."""
    files: list[Any] = [paths] if is_path(paths) else list(paths)  # type: ignore[arg-type]
    header: list[str] | None = None
    rows: list[list[str]] = []
    for path in map(fs_text, files):
        try:
            with open(path, newline="", encoding="utf-8") as file:
                lines = list(csv.reader(file, delimiter=";"))
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}") from None
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadFormatError(f"{path}: no results: {error}") from None
        if not lines or (header is not None and lines[0] != header):
            raise BadFormatError(f"{path}: no results, or other columns than the file before")
        header = lines[0]
        rows += lines[1:]
        if any(len(row) != len(header) for row in rows):
            raise BadFormatError(f"{path}: a row has more or fewer fields than there are columns")
    return {name: _column([row[i] for row in rows]) for i, name in enumerate(header or [])}


class Difference(NamedTuple):
    """Two values that are apart."""

    key: str
    column: str
    a: str
    b: str
    distance: float


class Comparison(NamedTuple):
    """Two result files side by side."""

    n_common: int
    n_only_a: int
    n_only_b: int
    n_values: int
    n_empty: int
    differences: list[Difference]


def compare_results(a: PathLike, b: PathLike, *, key: str | None = None, tolerance: float = 0) -> Comparison:
    """Where two result files differ, worst first. key: columns separated by commas; None: all that tell rows apart."""
    found = _core.results_compare(fs(a), fs(b), key, tolerance)
    return Comparison(**{**found, "differences": [Difference(*row) for row in found["differences"]]})


def merge_results(paths: Sequence[PathLike], output: PathLike, *, key: str | None = None) -> int:
    """Joins result files with the same columns, such as shards; returns the number of rows."""
    return int(_core.results_merge(fs_list(paths), key, fs(output))[0])
