#!/usr/bin/env python3
"""Sets of good and bad parts, cut from photos that come with scikit-image (0.22: brick, gravel, grass, coffee, motorcycle).

    bench/make_sets.py SKIMAGE_DATA OUT          SKIMAGE_DATA: the folder skimage/data of its wheel

Each set is in MVTec layout: OUT/<set>/train/good (40), test/good (40), test/<defect> (20 each). Textures are crops anywhere in
the photo, views the same crop shifted by some pixels; light, its slope, and noise vary from photo to photo. Fixed seeds."""
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE = 256
SETS = {  # photo, kind, the crop of a view, how far it shifts, how much light varies (sd, of 1)
    "brick": ("brick.png", "texture", None, 0, 0.03),
    "gravel": ("gravel.png", "texture", None, 0, 0.03),
    "grass": ("grass.png", "texture", None, 0, 0.03),
    "cup": ("coffee.png", "view", (130, 40, 330), 3, 0.02),
    "engine": ("motorcycle_left.png", "view", (330, 230, 220), 2, 0.02),
    "gravel_light": ("gravel.png", "texture", None, 0, 0.15),
}


def load(data, name):
    return Image.open(data / name).convert("RGB")


def cut(photo, kind, crop, shift, rng):
    if kind == "texture":
        x, y = (int(rng.integers(0, s - SIDE)) for s in photo.size)
        return photo.crop((x, y, x + SIDE, y + SIDE))
    x, y, side = crop
    dx, dy = rng.uniform(-shift, shift, 2)
    return photo.transform((SIDE, SIDE), Image.EXTENT, (x + dx, y + dy, x + dx + side, y + dy + side), Image.BICUBIC)


def light(image, spread, rng):
    values = np.asarray(image, dtype=np.float64)
    slope = rng.normal(0, spread / 2, 2)
    at = np.linspace(-0.5, 0.5, SIDE)
    gain = 1 + rng.normal(0, spread) + slope[0] * at[:, None] + slope[1] * at[None, :]
    values = values * gain[:, :, None] + rng.normal(0, 2, values.shape)
    return Image.fromarray(np.clip(values + 0.5, 0, 255).astype(np.uint8))


def blend(image, mask, colour):
    return Image.composite(Image.new("RGB", image.size, colour), image, mask)


def scratch(image, other, rng):
    mask = Image.new("L", image.size)
    x, y = rng.integers(40, SIDE - 40, 2)
    angle = rng.uniform(0, np.pi)
    length = rng.uniform(40, 120)
    points = [(x + t * length * np.cos(angle) + rng.normal(0, 1.5), y + t * length * np.sin(angle) + rng.normal(0, 1.5))
              for t in np.linspace(-0.5, 0.5, 9)]
    ImageDraw.Draw(mask).line([tuple(map(float, p)) for p in points], fill=int(rng.uniform(60, 180)), width=int(rng.integers(2, 5)))
    return blend(image, mask, (240, 240, 235))


def stain(image, other, rng):
    mask = Image.new("L", image.size)
    x, y = rng.integers(40, SIDE - 40, 2)
    a, b = rng.uniform(8, 24, 2)
    ImageDraw.Draw(mask).ellipse((x - a, y - b, x + a, y + b), fill=int(rng.uniform(50, 140)))
    return blend(image, mask.filter(ImageFilter.GaussianBlur(4)), (40, 30, 25))


def foreign(image, other, rng):
    side = int(rng.integers(16, 41))
    x, y = rng.integers(20, SIDE - 20 - side, 2)
    u, v = (int(rng.integers(0, s - side)) for s in other.size)
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).ellipse((x, y, x + side, y + side), fill=255)
    patch = image.copy()
    patch.paste(other.crop((u, v, u + side, v + side)), (int(x), int(y)))
    return Image.composite(patch, image, mask.filter(ImageFilter.GaussianBlur(1)))


DEFECTS = {"scratch": scratch, "stain": stain, "foreign": foreign}


def main(data, out):
    data, out = Path(data), Path(out)
    for number, (name, (file, kind, crop, shift, spread)) in enumerate(SETS.items()):
        photo, other = load(data, file), load(data, "coins.png" if kind == "view" else "coffee.png")
        rng = np.random.default_rng(2026 + number)
        wanted = [("train/good", 40, None), ("test/good", 40, None)] + [("test/" + d, 20, f) for d, f in DEFECTS.items()]
        for folder, count, defect in wanted:
            (out / name / folder).mkdir(parents=True, exist_ok=True)
            for i in range(count):
                image = cut(photo, kind, crop, shift, rng)
                if defect:
                    image = defect(image, other, rng)
                light(image, spread, rng).save(out / name / folder / f"{i:03d}.png")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
