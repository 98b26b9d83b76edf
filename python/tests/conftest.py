"""What the tests share: made-up photos and features, the program to compare with, real data where it is at hand."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess

import numpy as np
import pytest

import purebank

# A shell that runs the tests in the background has them ignore SIGINT, and tests of Ctrl-C would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def program():
    """Runs the program; its tests skip where it has not been built."""
    path = os.environ.get("PB_PROGRAM", str(REPOSITORY / "build/release/purebank"))
    if not os.access(path, os.X_OK):
        pytest.skip("the program is not built")

    def run(*arguments, status=0):
        done = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    return run


def make_photo(rng, seed_of_texture=0, defect=False, size=120):
    """A woven texture under slightly varying light; a defect is a bright blot."""
    y, x = np.mgrid[:size, :size]
    weave = 40 * np.sin(0.5 * x + rng.uniform(0, 6)) * np.sin(0.5 * y + rng.uniform(0, 6))
    grey = 110 + rng.normal(0, 3) + weave + rng.normal(0, 5, (size, size))
    if defect:
        cx, cy = rng.integers(30, size - 30, 2)
        grey += 130 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 60)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    """A category in MVTec layout: 9 good references, one bad; 4 good test images, 4 with defects and masks."""
    root = tmp_path_factory.mktemp("data") / "weave"
    rng = np.random.default_rng(5)
    for folder, n, defect in (("train/good", 9, False), ("test/good", 4, False), ("test/blot", 4, True)):
        (root / folder).mkdir(parents=True)
        for i in range(n):
            purebank.images.write_png(root / folder / f"{i:03d}.png", make_photo(rng, defect=defect))
    (root / "ground_truth/blot").mkdir(parents=True)
    for i in range(4):
        mask = np.zeros((120, 120), np.uint8)
        mask[30:60, 30:60] = 255
        purebank.images.write_png(root / f"ground_truth/blot/{i:03d}_mask.png", mask)
    purebank.images.write_png(root / "train/good/099.png", make_photo(rng, defect=True))
    return root


@pytest.fixture(scope="session")
def extracted(dataset):
    """(references, test images) by the built-in backbone."""
    backbone = purebank.Backbone()
    return backbone.extract(dataset / "train/good"), backbone.extract([dataset / "test/blot", dataset / "test/good"])


@pytest.fixture(scope="session")
def caches(tmp_path_factory):
    """A folder with two small caches of made-up features, enough for the runs of the studies."""
    root = tmp_path_factory.mktemp("caches")
    for c, name in enumerate(("mvtec_AD__bottle", "mvtec_AD__cable")):
        rng = np.random.default_rng(c)
        centre = rng.normal(size=(1, 16, 8))

        def images(n, defect, rng=rng, centre=centre):
            values = centre + rng.normal(0, 0.9, (n, 16, 8))
            if defect:
                values[:, 5:7] += rng.normal(0, 1, (n, 1, 8))
            return values.astype(np.float32)

        test = np.concatenate([images(12, False), images(16, True)])
        purebank.cache_from_arrays(root / name, images(30, False), test, [0] * 12 + [1] * 16)
    return root


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)
