"""Patch features, and the backbones that make them."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import os
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Union

import numpy as np
import numpy.typing as npt

from . import _core
from ._arrays import (
    PHOTO,
    Exclusive,
    Float32,
    Memory,
    PathLike,
    Progress,
    as_array,
    check_room,
    fs,
    fs_list,
    fs_text,
    is_path,
    pair,
    plain,
)
from ._errors import BadArgumentError, BadShapeError, MismatchError

#: An 8-bit RGB image (height, width, 3), or a grey one (height, width).
Image = npt.NDArray[np.uint8]


@dataclasses.dataclass(frozen=True)
class Origin:
    """What made a set of features. Two sets may be compared only when all of it agrees.

    ``backbone`` is ``""`` where nothing is known; ``fit`` is 0 where both sides of a photo are resized and 1 where the shortest is.
    """

    backbone: str = ""
    weights_hash: str = ""
    layer: str = ""
    precision: str = ""
    preprocessing: str = ""
    input_height: int = 0
    input_width: int = 0
    grid_height: int = 0
    grid_width: int = 0
    dim: int = 0
    fit: int = 0
    resize_side: int = 0
    is_upright: bool = False
    sample_bits: int = 0
    tile: int = 0
    overlap: int = 0
    photo_width: int = 0
    photo_height: int = 0

    def _tuple(self) -> tuple[Any, ...]:
        return dataclasses.astuple(self)


class Features:
    """Patch features: n images x P patches x D channels, float32, with their origin.

    Made by :meth:`Backbone.extract`, :meth:`load`, :class:`Cache` or :meth:`from_array`. ``numpy.asarray(features)`` is
    :attr:`array`. Slices (``features[2:5]``) are views; lists, masks and steps copy.

    References with altered copies (``augment`` of :meth:`Backbone.extract`) have V x P patches an image: those of the photo as it is
    first, then those of each copy, each where the photo has the patch that it shows. They are sliced, but neither saved nor pickled.

    Attributes:
        paths: n names of the photos, or None.
        photos: n measures of the photos (structured, see guard.h), or None where nobody has seen them.
    """

    def __init__(
        self, handle: object, paths: Sequence[PathLike] | None = None, photos: npt.NDArray[Any] | None = None
    ) -> None:
        self._handle = handle
        self.paths = [fs_text(path) for path in paths] if paths is not None else None
        self.photos = photos
        address, n, rows, columns, dim, origin = _core.features_info(handle)
        self._grid = (rows, columns)
        self._origin = Origin(*origin)
        self._augment: tuple[str, int] = _core.features_augment(handle) or ("", 1)
        self._array: Float32 = Memory.view(address, (n, self._augment[1] * rows * columns, dim), "<f4", handle)

    @classmethod
    def from_array(
        cls,
        array: npt.ArrayLike,
        *,
        grid: tuple[int, int] | None = None,
        origin: Origin | None = None,
        paths: Sequence[PathLike] | None = None,
    ) -> Features:
        """Features that were computed elsewhere.

        Args:
            array: (n, P, D) or (n, rows, columns, D) numbers, all finite. Float32 in C order is borrowed, not copied: leave it
                unchanged while the features are in use.
            grid: (rows, columns) of P; a square where it is not given.
            origin: what made them; unknown where it is not given.
            paths: n names.

        Raises:
            BadValueError: NaN or infinity, with the place of the first.
            BadShapeError: dimensions that do not fit.
        """
        values = as_array(array, np.float32, "fiu", "features")
        if grid is not None:
            grid = pair(grid, "grid", "(rows, columns)")
        if values.ndim == 3:
            n, patches, dim = values.shape
            rows, columns = grid if grid is not None else (math.isqrt(patches),) * 2
            if grid is not None and (rows < 1 or columns < 1):
                raise BadShapeError(f"a grid of {rows} x {columns} has no patches: rows and columns begin at 1")
            if rows * columns != patches:
                raise BadShapeError(f"{patches} patches are no grid of {rows} x {columns}: pass grid=(rows, columns)")
            values = values.reshape(n, rows, columns, dim)
        elif values.ndim != 4:
            raise BadShapeError(f"features have 3 dimensions (n, P, D) or 4 (n, rows, columns, D), not {values.ndim}")
        elif grid is not None and grid != values.shape[1:3]:
            raise BadShapeError(f"the array's grid is {values.shape[1:3]}, not {grid}")
        if paths is not None and is_path(paths):
            raise BadArgumentError(f"paths: a list of names is needed, not the one name {paths!r}")
        if paths is not None and len(paths) != len(values):
            raise BadShapeError(f"{len(paths)} paths for {len(values)} images")
        handle = _core.features_borrow(values)
        _core.features_check(handle)
        if origin is not None:
            _core.features_set_origin(handle, origin._tuple())
        return cls(handle, paths)

    @classmethod
    def load(cls, path: PathLike) -> Features:
        """Loads a (n, P, D) or (n, rows, columns, D) ``.npy``; float32 is memory-mapped. See docs/features.md for what stands beside it."""
        handle = _core.features_load(fs(path))
        n = _core.features_info(handle)[1]
        return cls(handle, [f"{fs_text(path)}[{i}]" for i in range(n)])

    def save(self, path: PathLike) -> None:
        """Writes ``.npy``, and ``<stem>.origin.json`` beside it."""
        _core.features_save(self._handle, fs(path))

    @property
    def augment(self) -> str | None:
        """The altered copies that each image has, such as ``"rot90"``; None: none."""
        return self._augment[0] or None

    def _without_copies(self, what: str) -> None:
        if self.augment is not None:
            raise BadArgumentError(f"features of altered copies ({self.augment}) cannot be {what}: extract the photos again")

    @property
    def array(self) -> Float32:
        """(n, P, D), a read-only view of the library's memory; (n, V x P, D) with altered copies."""
        return self._array

    @property
    def origin(self) -> Origin:
        """What made the features."""
        return self._origin

    @property
    def grid(self) -> tuple[int, int]:
        """(rows, columns) of an image's patches; their product is P."""
        return self._grid

    @property
    def shape(self) -> tuple[int, int, int]:
        """(n, P, D)"""
        n, patches, dim = self._array.shape
        return n, patches, dim

    def sha256(self) -> list[str] | None:
        """Digests of the photos' files; None where there are no paths, or where a file of them is not there."""
        if self.paths is None or self.photos is None:
            return None
        digests = []
        for path in self.paths:
            try:
                with open(path, "rb") as file:
                    digests.append(hashlib.sha256(file.read()).hexdigest())
            except OSError:
                return None
        return digests

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if dtype is not None and np.dtype(dtype) != np.float32:
            if copy is False:
                raise ValueError("features of another type are a copy")
            return self._array.astype(dtype)
        return self._array.copy() if copy else self._array

    def __getitem__(self, which: Any) -> Features:
        if not isinstance(which, slice):
            which = plain(which, "the choice of images")
        images = np.arange(len(self))[which]
        if images.ndim != 1:
            raise BadArgumentError("features are chosen by a slice, a list or a mask of images; .array[i] is one image")
        paths = [self.paths[i] for i in images] if self.paths is not None else None
        photos = self.photos[which] if self.photos is not None else None
        if isinstance(which, slice) and len(images) > 0 and (which.step is None or which.step == 1):
            return Features(_core.features_slice(self._handle, int(images[0]), len(images)), paths, photos)
        self._without_copies("chosen by anything but a slice of step 1")
        chosen = Features.from_array(
            self._array[images], grid=self._grid, origin=self._origin if self._origin.backbone else None, paths=paths
        )
        chosen.photos = np.ascontiguousarray(photos) if photos is not None else None
        return chosen

    def __reduce__(self) -> tuple[Any, ...]:
        self._without_copies("pickled")
        return _features_of_state, (np.array(self._array), self._grid, self._origin, self.paths, self.photos)

    def __repr__(self) -> str:
        n, patches, dim = self.shape
        return f"<Features {n} x {patches} x {dim} of {self._origin.backbone or 'unknown origin'}>"


def _features_of_state(
    array: Float32,
    grid: tuple[int, int],
    origin: Origin,
    paths: list[str] | None,
    photos: npt.NDArray[Any] | None,
) -> Features:
    """For pickle."""
    features = Features.from_array(array, grid=grid, origin=origin if origin.backbone else None, paths=paths)
    features.photos = photos
    return features


FeaturesLike = Union[Features, npt.ArrayLike]


def as_features(features: FeaturesLike) -> Features:
    """Features themselves, or those of an array (n, P, D) or (n, rows, columns, D)."""
    return features if isinstance(features, Features) else Features.from_array(features)


def named(features: Any, name: str) -> Features:
    """Features whose photos have names."""
    if not isinstance(features, Features):
        raise BadArgumentError(
            f"{name}: Features with names are needed, not {type(features).__name__}: Features.from_array(array, paths=...)"
        )
    if features.paths is None:
        raise BadArgumentError(f"{name}: their photos need names: Features with paths")
    return features


def as_image(image: npt.ArrayLike) -> Image:
    """8-bit RGB in C order; grey images get three equal channels."""
    pixels = plain(image, "an image")
    check_room(pixels, 3 if pixels.ndim == 2 else 1, "an image")
    if pixels.dtype != np.uint8:
        raise BadArgumentError(f"an image has 8-bit channels (uint8), not {pixels.dtype}")
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:
        raise BadShapeError(f"an image is (height, width, 3) or (height, width), not {pixels.shape}")
    return np.ascontiguousarray(pixels)


class BackboneEntry(NamedTuple):
    """A family of backbones that the library computes."""

    name: str
    repositories: str
    licence: str
    input: str
    layers: str


def backbones() -> list[BackboneEntry]:
    """The families of backbones there are."""
    return [BackboneEntry(*entry) for entry in _core.backbones()]


def _expand(items: Iterable[PathLike]) -> list[str]:
    """Folders become their images, sorted."""
    paths: list[str] = []
    for item in items:
        path = fs_text(item)
        paths.extend(_core.paths_collect([fs(path)]) if os.path.isdir(path) else [path])
    return paths


class Roi(NamedTuple):
    """A region of interest: which patches count. See docs/resolution.md."""

    name: str
    sha256: str  #: of the mask's file, "" where there was none
    width: int  #: of the mask in pixels, 0 where there was none
    height: int
    inside: npt.NDArray[np.bool_]  #: (rows, columns)


def roi_of(told: tuple[str, str, int, int, bytes] | None, origin: Origin) -> Roi | None:
    if told is None:
        return None
    inside = np.frombuffer(told[4], np.uint8).reshape(origin.grid_height, origin.grid_width) != 0
    return Roi(*told[:4], inside)


class Backbone:
    """An open backbone: photos in, features out.

    Args:
        name: ``"builtin"``, or a checkpoint as Hugging Face publishes it: a folder or its name (docs/backbones.md).
        size: input side in pixels; None: the backbone's default.
        layer: hidden states that become features, such as ``"-6,-3"``; None: the default.
        precision: ``"f32"``, ``"bf16"`` or ``"int8"``; None: f32.
        resolution: (width, height) that photos are resized to and looked at in full, by networks in tiles of ``size`` pixels
            (docs/resolution.md); None: photos are squeezed into the input.
        overlap: pixels by which tiles overlap; None: a quarter of a tile.
        sample_bits: what 16-bit files are read with, 8 to 16; None: what the values of the first ones need that are extracted, references
            as a rule, and the same from then on, as parts are to be read like the references. A bank's backbone has the bank's.

    One thread at a time uses it; others wait.
    """

    def __init__(
        self,
        name: PathLike = "builtin",
        *,
        size: int | None = None,
        layer: str | None = None,
        precision: str | None = None,
        resolution: tuple[int, int] | None = None,
        overlap: int | None = None,
        sample_bits: int | None = None,
        _handle: object = None,
    ) -> None:
        self._exclusive = Exclusive()
        self._arguments = {"size": size, "layer": layer, "precision": precision, "resolution": resolution, "overlap": overlap}
        self._name = None if _handle is not None else name
        width, height = (0, 0) if resolution is None else pair(resolution, "resolution", "(width, height)")
        if resolution is not None and (width < 1 or height < 1):
            raise BadArgumentError(f"a resolution of {width} x {height} pixels; None for the backbone's input")
        if size is not None and size < 1:
            raise BadArgumentError(f"an input of {size} pixels a side; None for the backbone's default")
        between = 0 if overlap is None else overlap or -1
        self._handle = (
            _handle
            if _handle is not None
            else _core.backbone_open(fs(name), size or 0, layer, precision, width, height, between)
        )
        if sample_bits is not None:
            _core.backbone_set_sample_bits(self._handle, sample_bits)
        self._knows_bits = sample_bits is not None or _handle is not None
        self._default_image_score: str = _core.backbone_info(self._handle)[1]

    def _learn_bits(self, paths: list[bytes]) -> None:
        bits = 0 if self._knows_bits else _core.sample_bits(paths)
        if bits > 0:
            _core.backbone_set_sample_bits(self._handle, bits)
            self._knows_bits = True

    @property
    def _origin(self) -> Origin:
        return Origin(*_core.backbone_info(self._handle)[0])

    @property
    def origin(self) -> Origin:
        """What its features will say about themselves."""
        return self._origin

    @property
    def default_image_score(self) -> str:
        """The image score that it is at its best with: ``"p95"`` or ``"top1"``."""
        return self._default_image_score

    def extract(
        self,
        images: PathLike | npt.ArrayLike | Sequence[PathLike] | Sequence[npt.ArrayLike],
        *,
        augment: str | None = None,
        progress: Progress | None = None,
    ) -> Features:
        """Features of photos. Those of a photo depend neither on the others nor on the number of threads, to the bit.

        Args:
            images: paths of photos and of folders of photos, or 8-bit images as arrays: (height, width, 3) RGB or (height, width) grey,
                of any size; a single one, or a list. Files are read as Pillow reads them.
            augment: altered copies that references are to have beside themselves, as ``--augment`` of the program: "rot90", "flips",
                "brightness:0.8-1.2", or several between commas; None: none. A bank of such references compares parts with the copies, too.
            progress: called with images done and their number, copies included; only for files.

        Returns:
            Features of n images x P patches x D channels, with the measures of the photos that a bank's guard learns from.
        """
        if is_path(images):
            images = [images]  # type: ignore[list-item]
        elif isinstance(images, np.ndarray) and images.ndim <= 3 and images.dtype == np.uint8:
            images = [images]
        items: list[Any] = list(images)  # type: ignore[arg-type]
        if items and all(is_path(item) for item in items):
            paths = _expand(items)
            photos = np.zeros(len(paths), PHOTO)
            with self._exclusive:
                self._learn_bits(fs_list(paths))
                handle = _core.extract_files(self._handle, augment, fs_list(paths), photos.view(f"V{PHOTO.itemsize}"), progress)
            return Features(handle, paths, photos)
        arrays = [as_image(item) for item in items]
        photos = np.zeros(len(arrays), PHOTO)
        with self._exclusive:
            return Features(
                _core.extract_images(self._handle, augment, arrays, photos.view(f"V{PHOTO.itemsize}")),
                [f"image {i}" for i in range(len(arrays))],
                photos,
            )

    def __reduce__(self) -> tuple[Any, ...]:
        if self._name is None:
            raise TypeError("the backbone of a bank cannot be pickled: pickle the bank, and open its backbone there")
        bits = self._origin.sample_bits if self._knows_bits else None
        return _backbone_of_state, (self._name, dict(self._arguments, sample_bits=bits), self._origin.weights_hash)

    def __repr__(self) -> str:
        return f"<Backbone {self._origin.backbone} {self._origin.input_width} px {self._origin.precision}>"


def _backbone_of_state(name: PathLike, arguments: dict[str, Any], weights_hash: str) -> Backbone:
    """For pickle: the checkpoint is opened again, and has to be the same one."""
    backbone = Backbone(name, **arguments)
    if backbone.origin.weights_hash != weights_hash:
        raise MismatchError(f"the weights of {fs_text(name)} are not those of the backbone that was pickled")
    return backbone
