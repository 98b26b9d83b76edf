"""Arrays as the library takes them: in C order, of its types, and copied only where they are not so already."""

from __future__ import annotations

import operator
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from . import _core
from ._errors import BadArgumentError, BadShapeError, BadValueError, OutOfMemoryError

#: Called with the work done and its total, in one unit; an exception ends the call that reports.
Progress = Callable[[int, int], object]
#: A file or folder.
PathLike = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]

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


def _is_masked(values: Any) -> bool:
    if isinstance(values, np.ma.MaskedArray):
        return bool(np.ma.is_masked(values))
    return isinstance(values, (list, tuple)) and any(_is_masked(value) for value in values)


def refuse_masked(values: Any, name: str) -> None:
    """NumPy hands out what lies below a mask as if there were none."""
    if _is_masked(values):
        raise BadValueError(f"{name}: some values are masked: fill them (.filled()) or leave them out (.compressed())")


def check_room(array: npt.NDArray[Any], itemsize: int, name: str) -> None:
    """Refuses a copy that no memory holds: a broadcast array is small until it is copied, and the system may promise what it has not."""
    needed, there = array.size * itemsize, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > there:
        raise OutOfMemoryError(
            f"{name}: a copy of an array {array.shape} takes {needed / 2**30:.1f} GiB, and this machine has {there / 2**30:.1f}"
        )


def plain(values: Any, name: str) -> npt.NDArray[Any]:
    """numpy.asarray(values), whose complaints become errors of the package."""
    refuse_masked(values, name)
    try:
        return np.asarray(values)
    except MemoryError as error:
        raise OutOfMemoryError(f"{name}: {error}") from None
    except ValueError as error:
        raise BadShapeError(f"{name}: no array, as its rows differ in length: {error}") from None


def as_array(values: Any, dtype: npt.DTypeLike, kinds: str, name: str) -> npt.NDArray[Any]:
    """values as an array in C order: itself where it is one of that type, else a copy.

    kinds: NumPy's letters of the types that are converted, such as "fiu".
    """
    array = plain(values, name)
    if array.dtype.kind not in kinds:
        raise BadArgumentError(f"{name}: an array of numbers is needed, not one of {array.dtype}")
    if array.dtype != dtype or not array.flags.c_contiguous:
        check_room(array, np.dtype(dtype).itemsize, name)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinity, which the library refuses by its place
        return np.require(array, dtype=dtype, requirements=["C", "A"])


def as_scores(values: Any, name: str = "scores", n_dimensions: int = 1) -> Float64:
    array = as_array(values, np.float64, "fiu", name)
    if array.ndim != n_dimensions:
        raise BadShapeError(f"{name} must have {n_dimensions} dimension{'s' * (n_dimensions > 1)}, not {array.ndim}")
    return array


def as_flags(values: Any, n: int | None, name: str) -> npt.NDArray[np.uint8]:
    """Booleans, or numbers of which those that are not 0 count as true."""
    array = plain(values, name)
    if array.dtype.kind not in "biuf":
        raise BadArgumentError(f"{name}: booleans are needed, not {array.dtype}")
    check_room(array, 1, name)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise BadValueError(f"{name}: NaN and infinity are no booleans")
    if n is not None and array.shape != (n,):
        raise BadShapeError(f"{name} must have the shape ({n},), not {array.shape}")
    return np.require(array != 0, dtype=np.bool_, requirements=["C"]).view(np.uint8)


def pair(values: Any, name: str, words: str) -> tuple[int, int]:
    """Two whole numbers; words: what they are, "(width, height)"."""
    try:
        numbers = tuple(operator.index(value) for value in values)
    except TypeError:
        numbers = ()
    if len(numbers) != 2:
        raise BadArgumentError(f"{name} is {words}, two whole numbers, not {values!r}")
    return numbers[0], numbers[1]


def is_path(thing: object) -> bool:
    return isinstance(thing, (str, bytes, os.PathLike))


def fs(path: PathLike) -> bytes:
    """A file's name as the library takes it: every path that somebody passes goes through here."""
    try:
        name = os.fsencode(path)
    except UnicodeEncodeError as error:
        raise BadArgumentError(f"no name of a file: {error}") from None
    if b"\0" in name:
        raise BadArgumentError(f"no name of a file, as there is a NUL in it: {name!r}")
    return name


def fs_text(path: PathLike) -> str:
    """The same as Python's functions and people take it."""
    return os.fsdecode(fs(path))


def fs_list(paths: Iterable[PathLike]) -> list[bytes]:
    if is_path(paths):  # whose letters would be taken for names
        raise BadArgumentError(f"a list of names is needed, not the one name {paths!r}")
    return [fs(path) for path in paths]


def encoded(text: str, name: str) -> bytes:
    """A text that goes into a list for the extension module, which checks those that do not."""
    if not isinstance(text, str):
        raise TypeError(f"{name}: a text is needed, not {type(text).__name__}")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise BadArgumentError(f"{name}: {error}") from None


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


class NotPickled:
    """What lives in the memory of this process alone."""

    _instead = ""

    def __reduce__(self) -> Any:
        raise TypeError(f"a {type(self).__name__} cannot be pickled: {self._instead}")


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
