"""Data sets and feature caches."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _core
from ._arrays import Bool, PathLike, Progress, as_array, as_flags, fs, fs_list, fs_text, plain
from ._errors import BadShapeError
from ._features import Backbone, Features, Origin


class Category(NamedTuple):
    """A category of a data set: what a bank is built from, and what it is measured on."""

    name: str
    folder: str
    layout: str
    train_paths: list[str]
    test_paths: list[str]
    labels: Bool
    kinds: list[str]
    masks: list[list[str]]
    notes: list[str]


def datasets(root: PathLike, categories: str | None = None) -> list[Category]:
    """The categories below a folder: benchmarks, folders in MVTec layout, or folders of images.

    Args:
        categories: None or "all"; "quick", "gate"; or names separated by commas.
    """
    found, _ = _core.dataset_open(fs(root), categories)
    return [
        Category(name, folder, layout, train, test, np.frombuffer(labels, np.uint8) != 0, kinds, masks, notes)
        for name, folder, layout, train, test, labels, kinds, masks, notes in found
    ]


class Cache:
    """The features of one category on disk (docs/caches.md).

    Attributes:
        folder, category: names.
        origin: what made the features; only grid and dim where that is unknown.
        train_paths, test_paths: of the photos.
        labels: (n_test,) True = defect.
    """

    def __init__(self, folder: PathLike) -> None:
        info: dict[str, Any] = _core.cache_open(fs(folder))
        self.folder: str = info["folder"]
        self.category: str = info["category"]
        self.half: bool = info["half"]
        self.origin = Origin(*info["origin"])
        self.has_train: bool = info["has_train"]
        self.has_test: bool = info["has_test"]
        self.train_paths: list[str] = info["train_paths"]
        self.test_paths: list[str] = info["test_paths"]
        self.labels: Bool = np.frombuffer(info["labels"], np.uint8) != 0

    def train(self) -> Features:
        """The training part: mapped, where it is float32."""
        return Features(_core.cache_load(fs(self.folder), False), self.train_paths)

    def test(self) -> Features:
        """The test part."""
        return Features(_core.cache_load(fs(self.folder), True), self.test_paths)

    def check(self) -> list[str]:
        """Reads every file; what is wrong, one line each: [] = the cache is sound."""
        return list(_core.cache_check(fs(self.folder))[0])

    def __repr__(self) -> str:
        return f"<Cache {self.category}: {len(self.train_paths)} training, {len(self.test_paths)} test images>"


def caches(root: PathLike) -> list[Cache]:
    """The caches below a folder, sorted; those that are not finished are left out."""
    return [Cache(folder) for folder in _core.cache_list(fs(root))[0]]


def write_caches(
    dataset: PathLike,
    output: PathLike,
    backbone: Backbone | None = None,
    *,
    categories: str | Sequence[str] | None = None,
    half: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> list[Cache]:
    """Writes the features of a whole data set, category by category; what an earlier call finished is kept.

    Args:
        dataset: as of :func:`datasets`.
        backbone: None: the built-in one.
        half: float16 values.
        force: do again what is there.
        progress: images of the category at work, and their number.
    """
    chosen = categories if categories is None or isinstance(categories, str) else ",".join(categories)
    opened = backbone if backbone is not None else Backbone()
    with opened._exclusive:
        _core.cache_write(fs(dataset), chosen, fs(output), opened._handle, half, force, progress)
    return caches(output)


def _stored(values: npt.ArrayLike, name: str) -> npt.NDArray[Any]:
    array = plain(values, name)
    array = as_array(array, np.float16 if array.dtype == np.float16 else np.float32, "fiu", name)
    if array.ndim != 3:
        raise BadShapeError(f"{name} must be (n, P, D), not {array.shape}")
    return array


def cache_from_arrays(
    folder: PathLike,
    train: npt.ArrayLike,
    test: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    train_paths: Sequence[PathLike] | None = None,
    test_paths: Sequence[PathLike] | None = None,
) -> Cache:
    """Lays features that were computed elsewhere down as a cache, in the file formats of the studies.

    Args:
        folder: of the category, such as "caches/mvtec_AD__bottle"; must not exist.
        train: (n, P, D) float32 or float16.
        test: (m, P, D)
        labels: (m,) not 0 = defect.
        train_paths, test_paths: names of the photos; made up where they are not given.
    """
    parts = {"all_train_features.npy": _stored(train, "train"), "test_features.npy": _stored(test, "test")}
    defects = as_flags(labels, len(parts["test_features.npy"]), "labels")
    names = {
        "all_train_paths.txt": fs_list(train_paths or [f"train/{i:05d}.png" for i in range(len(parts["all_train_features.npy"]))]),
        "test_paths.txt": fs_list(test_paths or [f"test/{i:05d}.png" for i in range(len(parts["test_features.npy"]))]),
    }
    taken = fs_text(folder)
    partial = f"{taken}.new"
    os.makedirs(taken)  # taken: a second caller fails here
    os.makedirs(partial)
    for name, values in parts.items():
        np.save(os.path.join(partial, name), values)
    np.save(os.path.join(partial, "test_labels.npy"), defects.astype(np.int64))
    for name, lines in names.items():
        with open(os.path.join(partial, name), "wb") as file:
            file.writelines(line + b"\n" for line in lines)
    os.rename(partial, taken)
    return Cache(folder)
