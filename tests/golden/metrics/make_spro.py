"""Golden values of tests/test_spro.c: saturated per-region overlap (Bergmann 2022, sPRO) from NumPy and SciPy.

Made with Python 3.11, numpy 2.4.6, scipy 1.17.1:  python make_spro.py
"""
import pathlib

import numpy as np
from scipy import ndimage

HERE = pathlib.Path(__file__).parent
SIDE = 448
rng = np.random.default_rng(22)


def line(name, values):
    values = np.asarray(values, dtype=np.float64).ravel()
    return f"{name} {values.size} " + " ".join(f"{v:.17g}" for v in values) + "\n"


def auspro(scores, regions, limit):
    """By its definition, every distinct score a threshold. regions: (image, mask of the frame, pixels of it that are enough)."""
    good = np.ones(scores.shape, bool)
    for i, region, _ in regions:
        good[i] &= ~region
    thresholds = np.unique(scores)[::-1]

    def at_or_above(values):
        return np.searchsorted(-np.sort(values)[::-1], -thresholds, side="right")

    fpr = at_or_above(scores[good]) / good.sum()
    spro = [np.minimum(at_or_above(scores[i][region]) / enough, 1) for i, region, enough in regions]
    fpr, spro = np.r_[0., fpr], np.r_[0., np.mean(spro, 0)]
    inside = fpr <= limit
    fpr, spro = np.r_[fpr[inside], limit], np.r_[spro[inside], np.interp(limit, fpr, spro)]
    return np.trapezoid(spro, fpr) / limit


# Of each image: grid, the photo's size, and its regions, each a rectangle x0 y0 x1 y1 with its saturation and whether that is a share.
# They overlap, are cut by each other, ask for more pixels than they have, and one lies between the pixels of the frame.
IMAGES = [
    ((28, 28), (600, 500), [(50, 60, 210, 190, 6300, 0), (180, 150, 300, 260, .25, 1), (500, 400, 520, 420, 90000, 0)]),
    ((16, 20), (448, 448), [(0, 0, 448, 3, 1, 1), (100, 100, 101, 101, 1, 0), (300, 20, 420, 440, 1234.5, 0)]),
    ((28, 28), (500, 500), []),
    ((7, 5), (333, 1600), [(10, 1000, 300, 1500, .003, 1), (20, 1, 21, 2, 5, 0)]),
]

with open(HERE / "spro.txt", "w") as out:
    scores, regions, lost = [], [], 0
    for i, ((gh, gw), (w, h), rectangles) in enumerate(IMAGES):
        grid = np.round(rng.gamma(2., 1., (gh, gw)), 2)
        scores.append(ndimage.zoom(grid.astype(np.float32), (SIDE / gh, SIDE / gw), order=1))
        for x0, y0, x1, y1, enough, is_share in rectangles:
            mask = np.zeros((h, w), np.uint8)
            mask[y0:y1, x0:x1] = 1
            share = enough if is_share else min(enough, mask.sum()) / mask.sum()
            region = ndimage.zoom(mask, (SIDE / h, SIDE / w), order=0).astype(bool)
            if region.any():
                regions.append((i, region, share * region.sum()))
            else:
                lost += 1
        out.write(line(f"sizes{i}", [gh, gw, w, h]) + line(f"map{i}", grid) + line(f"regions{i}", rectangles))
    assert lost == 1, lost
    scores = np.stack(scores)
    out.write(line("auspro", [auspro(scores, regions, .3), auspro(scores, regions, .05), len(regions)]))
