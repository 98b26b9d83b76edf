"""Photos, masks and heatmaps as arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from . import _core
from ._arrays import PathLike, as_flags, as_scores, fs, fs_list, is_path
from ._errors import BadShapeError
from ._features import Image, Origin, as_image


def read(path: PathLike) -> Image:
    """A JPEG, PNG, TIFF, WebP or BMP as (height, width, 3) uint8: Pillow's bytes."""
    height, width, pixels = _core.image_read(fs(path))
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3)


def write_png(path: PathLike, image: npt.ArrayLike) -> None:
    """Writes (height, width, 3) or (height, width) uint8, whole or not at all."""
    _core.image_write(fs(path), as_image(image))


def read_mask(masks: PathLike | Sequence[PathLike], photo: PathLike) -> npt.NDArray[np.bool_]:
    """The masks of a photo's defects, joined: (height, width) booleans."""
    files = [masks] if is_path(masks) else masks
    height, width, pixels = _core.mask_read(fs_list(files), fs(photo))
    return np.frombuffer(pixels, np.bool_).reshape(height, width)


def overlay(
    image: npt.ArrayLike,
    patch_map: npt.ArrayLike,
    low: float,
    high: float,
    *,
    origin: Origin | None = None,
    mask: npt.ArrayLike | None = None,
    opacity: float = 0.6,
) -> Image:
    """A map laid over a photo at its full size, coloured from `low` to `high`.

    Args:
        image: (height, width, 3) or (height, width) uint8.
        patch_map: (rows, columns) finite numbers.
        origin: of the features, for the part of the photo that the map covers; None: all of it.
        mask: (height, width), not 0 inside the true defect: its contour is drawn.
        opacity: 0..1

    Returns:
        (height, width, 3) uint8
    """
    pixels = as_image(image)
    inside = None
    if mask is not None:
        inside = as_flags(mask, None, "mask")
        if inside.shape != pixels.shape[:2]:
            raise BadShapeError(f"the mask is {inside.shape}, the image {pixels.shape[:2]}")
    out = np.empty_like(pixels)
    values = as_scores(patch_map, "patch_map", 2)
    _core.overlay(pixels, values, origin._tuple() if origin else None, low, high, opacity, inside, out)
    return out


def set_max_pixels(n: int) -> None:
    """Photos with more pixels are refused; 0: the default again."""
    _core.max_pixels_set(n)
