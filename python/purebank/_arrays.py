"""Arrays as the library takes them: in C order, of its types, and copied only where they are not so already."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from . import _core
from ._errors import BadArgumentError, BadShapeError, BadValueError

#: Called with the work done and its total, in one unit; an exception ends the call that reports.
Progress = Callable[[int, int], object]
#: A file or folder.
PathLike = Union[str, "os.PathLike[str]"]

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

#: A photo as the guard measures it (guard.h): sizes in pixels, the measures, and a grey thumbnail. NaN: not known.
PHOTO = np.dtype(
    [
        ("width", "<i4"),
        ("height", "<i4"),
        ("value", "<f8", (_core.N_MEASURES,)),
        ("thumbnail", "<f4", (_core.THUMBNAIL**2,)),
    ]
)
if PHOTO.itemsize != _core.PHOTO_BYTES:  # a layout that differs would be read as nonsense
    raise ImportError("the extension module of purebank belongs to another version of the package")


def as_array(values: Any, dtype: npt.DTypeLike, kinds: str, name: str) -> npt.NDArray[Any]:
    """values as an array in C order: itself where it is one of that type, else a copy.

    kinds: NumPy's letters of the types that are converted, such as "fiu".
    """
    array = np.asarray(values)
    if array.dtype.kind not in kinds:
        raise BadArgumentError(f"{name}: an array of numbers is needed, not one of {array.dtype}")
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinity, which the library refuses by its place
        return np.require(array, dtype=dtype, requirements=["C", "A"])


def as_scores(values: Any, name: str = "scores", n_dimensions: int = 1) -> Float64:
    array = as_array(values, np.float64, "fiu", name)
    if array.ndim != n_dimensions:
        raise BadShapeError(f"{name} must have {n_dimensions} dimension{'s' * (n_dimensions > 1)}, not {array.ndim}")
    return array


def as_flags(values: Any, n: int | None, name: str) -> npt.NDArray[np.uint8]:
    """Booleans, or numbers of which those that are not 0 count as true."""
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise BadArgumentError(f"{name}: booleans are needed, not {array.dtype}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise BadValueError(f"{name}: NaN and infinity are no booleans")
    if n is not None and array.shape != (n,):
        raise BadShapeError(f"{name} must have the shape ({n},), not {array.shape}")
    return np.require(array != 0, dtype=np.bool_, requirements=["C"]).view(np.uint8)


def fs(path: PathLike) -> bytes:
    """A file's name as the library takes it."""
    return os.fsencode(path)


def fs_list(paths: Iterable[PathLike]) -> list[bytes]:
    return [os.fsencode(path) for path in paths]


class Memory:
    """Memory of the library, of which NumPy makes views; it lives as long as any of them."""

    def __init__(self, address: int, shape: tuple[int, ...], type_: str, owner: object):
        self._owner = owner
        self.__array_interface__ = {"version": 3, "shape": shape, "typestr": type_, "data": (address, True)}

    @classmethod
    def view(cls, address: int, shape: tuple[int, ...], type_: str, owner: object) -> npt.NDArray[Any]:
        """A read-only view without a copy."""
        if 0 in shape:
            return np.empty(shape, type_)
        return np.asarray(cls(address, shape, type_, owner))


class Exclusive:
    """Lets one thread at a time use an object that the library does not share, and nobody from inside its own work."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._busy = False

    def __enter__(self) -> None:
        self._lock.acquire()
        if self._busy:
            self._lock.release()
            raise BadArgumentError("this object is at work: a callback of that work may not use it")
        self._busy = True

    def __exit__(self, *_: object) -> None:
        self._busy = False
        self._lock.release()
