"""Golden features of the built-in backbone: the definition written down plainly, in float64.

    python make.py          writes golden.npy beside this file: (images, patches 0 5 10 ..., 35) float32

The images are formulas, repeated in tests/test_builtin.c: synthetic(width, height) below at the sizes in SIZES.
Made with Python 3.11, NumPy 2.4.6, Pillow 13.0.0 (used for resizing only).
"""
import os

import numpy as np
from PIL import Image

SIZES = [(448, 448), (300, 211)]  # width, height: one as it is, one resized
PATCH_STEP = 5


def synthetic(width, height):
    """Chirps in three colours, with wrap-around edges: integers only, so that C makes the same bytes."""
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    red, green, blue = x * x // 97 + 3 * y, y * y // 89 + 2 * x, x * y // 113 + 40
    return np.stack([red, green, blue], axis=-1).astype(np.uint8)


def correlate(image, kernel):
    """2-D cross-correlation with reflected borders (the edge pixel is not repeated)."""
    ry, rx = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(image, ((ry, ry), (rx, rx)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return np.einsum("yxij,ij->yx", windows, kernel)


def gaussian_blur(image, sigma, radius):
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    taps /= taps.sum()
    return correlate(correlate(image, taps[None, :]), taps[:, None])


def cell_mean(image, cell):
    height, width = image.shape
    return image.reshape(height // cell, cell, width // cell, cell).mean(axis=(1, 3))


def enlarge_matrix(n, factor):
    """Rows of linear interpolation weights, pixel centres on half-integers, edges clamped."""
    position = np.clip((np.arange(n * factor) + 0.5) / factor - 0.5, 0, n - 1)
    first = np.minimum(position.astype(int), n - 2)
    matrix = np.zeros((n * factor, n))
    matrix[np.arange(n * factor), first] = 1 - (position - first)
    matrix[np.arange(n * factor), first + 1] += position - first
    return matrix


def low_pass(image):
    low = gaussian_blur(cell_mean(image, 8), 2.0, 6)
    enlarge = enlarge_matrix(low.shape[0], 8)
    return enlarge @ low @ enlarge.T


def gabor(orientation):
    t = np.pi * orientation / 8
    y, x = np.mgrid[-4:5, -4:5]
    u, w = x * np.cos(t) + y * np.sin(t), -x * np.sin(t) + y * np.cos(t)
    e = np.exp(-(u**2 + (0.5 * w) ** 2) / (2 * 1.04**2))
    e /= e.sum()
    carrier = np.cos(3 * np.pi * u / 4)
    return e * carrier - e * (e * carrier).sum(), e * np.sin(3 * np.pi * u / 4)


def describe(rgb):
    """rgb 448 x 448 x 3 uint8 -> 784 x 35."""
    r, g, b = (rgb[..., c].astype(np.int64) for c in range(3))
    grey = (19595 * r + 38470 * g + 7471 * b + 32768) >> 16
    x = np.log(grey / 255 + 0.05)
    difference = x - low_pass(x)
    variance = low_pass(difference**2)
    level = difference / (np.sqrt(0.5 * variance + 0.5 * variance.mean()) + 0.005)
    channels = []
    for j in range(4):
        for orientation in range(8):
            re, im = (correlate(level, kernel) for kernel in gabor(orientation))
            channels.append(np.log(1 + cell_mean(np.hypot(re, im), 16 >> j) / 0.03))
        level = cell_mean(gaussian_blur(level, 0.8, 3), 2)
    features = np.stack(channels, axis=-1)
    features -= 0.5 * features.mean(axis=-1, keepdims=True)
    log_r, log_g, log_b = (np.log(c / 255 + 0.05) for c in (r, g, b))
    rest = [1.7 * level, 2 * cell_mean(log_r - log_g, 16), 2 * cell_mean(log_b - log_g, 16)]
    return np.concatenate([features, np.stack(rest, axis=-1)], axis=-1).reshape(784, 35)


def main():
    images = [Image.fromarray(synthetic(*size)).resize((448, 448), Image.BILINEAR) for size in SIZES]
    golden = np.stack([describe(np.asarray(image))[::PATCH_STEP] for image in images])
    np.save(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.npy"), golden.astype(np.float32))


if __name__ == "__main__":
    main()
