"""Few-shot visual inspection with purified memory banks: what libpurebank does, on NumPy arrays.

    backbone = purebank.Backbone("builtin")
    bank = purebank.Bank.fit(backbone.extract("references/"))
    scores, maps = bank.score(backbone.extract("new/"))

Arrays are in C order; float32 features and rows are borrowed, not copied. Long calls release the GIL, end on Ctrl-C, and take
``progress=``, called with the work done and its total (see :func:`tqdm_progress`). What fails raises :class:`Error`, by kind.
Processes that are forked after a call may not call again (OpenMP's threads do not survive a fork): use the start method "spawn".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as _np

from . import _core, experiments, images, metrics, statistics
from ._bank import Bank, Finding, Index, Threshold, coreset, fit_threshold, knn
from ._cache import Cache, Category, cache_from_arrays, caches, datasets, write_caches
from ._decisions import Recall, read_decisions, recall_decisions, write_decisions
from ._errors import (
    BadArgumentError,
    BadFormatError,
    BadShapeError,
    BadValueError,
    CancelledError,
    Error,
    InputError,
    InternalError,
    LimitError,
    MismatchError,
    OutOfMemoryError,
    OutputError,
    UnsupportedError,
)
from ._features import Backbone, BackboneEntry, Features, Origin, Roi, backbones
from ._references import (
    Audit,
    Method,
    MethodReferences,
    PurifyOptions,
    References,
    audit,
    audit_rules,
    purification,
    purification_methods,
    purify,
)
from .experiments import Cell, CellMethod, Experiment, cell, compare_results, experiment, merge_results, read_results, runs
from .statistics import Study

__version__: str = _core.version()


def threads() -> int:
    """Threads that calls use: the number set, else PB_NUM_THREADS, else the cores this process may use."""
    return int(_core.threads_get())


def set_threads(n: int) -> None:
    """Sets the number of threads of all later calls; 0: the default again. Results do not depend on it."""
    _core.threads_set(n)


def memory() -> tuple[int, int]:
    """Bytes that the library holds now, and the most it has held; mapped files and NumPy's own memory do not count."""
    now, most = _core.memory()
    return now, most


def tqdm_progress(bar: Any) -> Any:
    """A ``progress=`` that shows in a tqdm bar: ``with tqdm() as bar: backbone.extract(paths, progress=tqdm_progress(bar))``."""

    def show(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    return show


def to_pandas(table: _np.ndarray[Any, Any] | Mapping[str, Any]) -> Any:
    """A pandas DataFrame of a structured array or a dict of columns; needs pandas."""
    import pandas  # type: ignore[import-untyped]

    return pandas.DataFrame(dict(table) if isinstance(table, Mapping) else {name: table[name] for name in table.dtype.names})


__all__ = [name for name in dir() if not name.startswith("_") and name not in ("annotations", "Any", "Mapping")]
