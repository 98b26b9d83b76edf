"""The runs of the studies on feature caches, and their result files."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Union

import numpy as np
import numpy.typing as npt

from . import _core
from ._arrays import Exclusive, PathLike, Progress, fs, fs_list
from ._errors import BadFormatError

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


class Experiment:
    """A run on its caches, opened but not computed. See :func:`experiment`, which does both."""

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
            [None if name is None else name.encode() for name in names],
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
            *shard,
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
    files = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    header: list[str] | None = None
    rows: list[list[str]] = []
    for path in files:
        with open(path, newline="", encoding="utf-8") as file:
            lines = list(csv.reader(file, delimiter=";"))
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
