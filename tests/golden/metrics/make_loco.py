"""Golden values of tests/test_spro.c: saturated per-region overlap of a category laid out as MVTec LOCO is.

No package holds an evaluator of it to compare with (anomalib has none up to 2.7.0), so this is one written after the definitions of the paper
(Bergmann et al. 2022, "Beyond Dents and Scratches"), which shares nothing with purebank: it reads defects_config.json and the mask files, and
counts pixels of the photo's own size. Let A_1 .. A_m be the defects and s_i the saturation area of each, P the pixels with a score at or
above a threshold. Then

    mean sPRO(P) = 1/m sum_i min(|A_i n P| / s_i, 1)        FPR(P) = |P without a defect| / |pixels without a defect|

over all images, and AU-sPRO is the area below the curve of both up to a rate, over that rate; every score is a threshold.

Made with Python 3.11, numpy 2.4.6, pillow 13.0.0:  python make_loco.py
"""
import json
import pathlib
import tempfile

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent
GRID = 28
CONFIG = [
    {"defect_name": "missing", "pixel_value": 255, "saturation_threshold": 4000, "relative_saturation": False},
    {"defect_name": "swapped", "pixel_value": 254, "saturation_threshold": 0.5, "relative_saturation": True},
    {"defect_name": "dirt", "pixel_value": 253, "saturation_threshold": 1, "relative_saturation": True},
    {"defect_name": "huge", "pixel_value": 252, "saturation_threshold": 10000000, "relative_saturation": False},
    {"defect_name": "level", "pixel_value": 251, "saturation_threshold": 0.04, "relative_saturation": True},
]
# part, its region, value, whether an ellipse, and x0 y0 x1 y1 in 64ths of the photo; rows of the same region are one mask file
SHAPES = [
    (0, 0, 255, 0, 8, 8, 30, 20), (0, 1, 254, 1, 24, 16, 48, 40),
    (1, 0, 253, 1, 50, 50, 56, 60), (1, 0, 253, 0, 4, 40, 10, 44), (1, 1, 251, 0, 0, 30, 64, 34),
    (2, 0, 252, 0, 20, 20, 26, 44),
    (3, 0, 255, 1, 6, 6, 14, 14), (3, 1, 255, 1, 40, 6, 48, 14), (3, 2, 251, 1, 6, 30, 58, 62), (3, 3, 253, 0, 30, 40, 33, 43),
]  # fmt: skip
PARTS = 6  # the last two without a defect
SIZES = {"frame": (448, 448), "bottle": (800, 1600), "box": (1600, 1280)}


def draw(shapes, width, height):
    mask = np.zeros((height, width), bool)
    y, x = np.mgrid[:height, :width]
    for is_ellipse, *corners in shapes:
        x0, x1 = (c * width // 64 for c in corners[::2])
        y0, y1 = (c * height // 64 for c in corners[1::2])
        across, down = (2 * x + 1 - x0 - x1) * (y1 - y0), (2 * y + 1 - y0 - y1) * (x1 - x0)
        inside = across**2 + down**2 <= ((x1 - x0) * (y1 - y0)) ** 2
        mask |= inside if is_ellipse else (x >= x0) & (x < x1) & (y >= y0) & (y < y1)
    return mask


def write_category(folder, width, height):
    folder.joinpath("defects_config.json").write_text(json.dumps(CONFIG))
    for part, region, value in sorted({s[:3] for s in SHAPES}):
        file = folder / f"ground_truth/logical_anomalies/{part:03}/{region:03}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        mask = draw([s[3:] for s in SHAPES if s[:2] == (part, region)], width, height)
        Image.fromarray((mask * value).astype(np.uint8)).save(file)


def enlarge(grid, width, height):
    """Linear, the corners of the grid on those of the photo."""
    at_x, at_y = np.linspace(0, GRID - 1, width), np.linspace(0, GRID - 1, height)
    wide = np.stack([np.interp(at_x, np.arange(GRID), row) for row in grid])
    return np.stack([np.interp(at_y, np.arange(GRID), column) for column in wide.T], 1)


def evaluate(folder, maps, limits):
    """AU-sPRO up to each rate. maps: of every part, the n-th of folder n of the masks, of the photo's size."""
    config = {c["pixel_value"]: c for c in json.loads(folder.joinpath("defects_config.json").read_text())}
    defects, good = [], np.ones(maps.shape, bool)
    for file in sorted(folder.glob("ground_truth/*/*/*.png")):
        mask, part = np.array(Image.open(file)), int(file.parent.name)
        entry, area = config[mask.max()], int((mask > 0).sum())
        threshold = entry["saturation_threshold"]
        defects.append((part, mask > 0, threshold * area if entry["relative_saturation"] else min(threshold, area)))
        good[part] &= mask == 0
    order = np.argsort(-maps.ravel(), kind="stable")
    falling = maps.ravel()[order]
    last = np.r_[np.flatnonzero(np.diff(falling)), falling.size - 1]  # of the pixels that a threshold adds
    rate = np.r_[0, np.cumsum(good.ravel()[order])[last] / good.sum()]
    overlap = np.zeros(last.size + 1)
    for part, mask, saturation in defects:
        member = np.zeros(maps.shape, bool)
        member[part] = mask
        overlap[1:] += np.minimum(np.cumsum(member.ravel()[order])[last] / saturation, 1) / len(defects)
    for limit in limits:
        end = np.interp(limit, rate, overlap)
        n = np.searchsorted(rate, limit, side="right")
        yield np.trapezoid(np.r_[overlap[:n], end], np.r_[rate[:n], limit]) / limit


def line(name, values):
    values = np.asarray(values, dtype=np.float64).ravel()
    return f"{name} {values.size} " + " ".join(f"{v:.17g}" for v in values) + "\n"


def make_maps(rng):
    """Noise, and on it some of every defect."""
    maps = rng.gamma(2.0, 1.0, (PARTS, GRID, GRID))
    for part, _, _, *shape in SHAPES:
        maps[part] += draw([shape], GRID, GRID) * rng.gamma(1.5, 1.5, (GRID, GRID))
    return np.round(maps, 2)


def main():
    maps = make_maps(np.random.default_rng(23))
    with open(HERE / "loco.txt", "w") as out:
        out.write(line("shapes", SHAPES) + line("config", [(c["pixel_value"], c["saturation_threshold"], c["relative_saturation"]) for c in CONFIG]))
        out.write(line("maps", maps))
        for name, (width, height) in SIZES.items():
            with tempfile.TemporaryDirectory() as folder:
                write_category(pathlib.Path(folder), width, height)
                large = np.stack([enlarge(grid, width, height) for grid in maps])
                out.write(line(name, [width, height, *evaluate(pathlib.Path(folder), large, (0.3, 0.05))]))


if __name__ == "__main__":
    main()
