"""Golden pixels of preprocessing: what Hugging Face's CLIPImageProcessorPil and timm's evaluation transform make of odd photos.

    python make.py          writes cases.json and pixels.safetensors beside this file (photos: ../vit/images)

A case is the JSON that a checkpoint would carry (a preprocessor_config.json, or the pretrained_cfg of timm's config.json), the
input side asked for, and the bytes before mean and standard deviation. The versions are in cases.json.
"""
import json
import os

import numpy as np
import PIL
import timm
import torch
import torchvision
import transformers
from PIL import Image
from safetensors.numpy import save_file
from timm.data import create_transform
from transformers import CLIPImageProcessorPil

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGES = os.path.join(HERE, "..", "vit", "images")


def square(n):
    return {"height": n, "width": n}


CLIP = [
    ({"size": {"shortest_edge": 24}, "crop_size": square(24), "resample": 3}, 24),
    ({"size": square(24), "crop_size": square(24), "resample": 3}, 24),
    ({"size": square(24), "do_center_crop": False, "resample": 3}, 24),
    ({"size": {"shortest_edge": 31}, "crop_size": square(24), "resample": 2}, 24),
    ({"size": square(29), "crop_size": square(22), "resample": 3}, 22),
]
TIMM = [
    ({"crop_pct": 0.875, "interpolation": "bicubic", "crop_mode": "center"}, 24),
    ({"crop_pct": 0.875, "interpolation": "bilinear"}, 21),
    ({"crop_pct": 0.95, "interpolation": "bicubic", "crop_mode": "squash"}, 22),
    ({"crop_pct": 1.0, "interpolation": "bilinear"}, 23),
    ({"crop_pct": 0.77, "interpolation": "bicubic"}, 20),
]


def clip_pixels(config, size, image):
    processor = CLIPImageProcessorPil(**config, do_rescale=False, do_normalize=False)
    return np.asarray(processor(images=image, return_tensors="np")["pixel_values"][0]).transpose(1, 2, 0)


def timm_pixels(config, size, image):
    transform = create_transform(input_size=(3, size, size), is_training=False, mean=(0, 0, 0), std=(1, 1, 1), **config)
    return np.rint(transform(image).numpy().transpose(1, 2, 0) * 255)


def main():
    cases, pixels = [], {}
    for source, table, run in (("transformers", CLIP, clip_pixels), ("timm", TIMM, timm_pixels)):
        for config, size in table:
            for name in ("wide.png", "tall.png", "photo.jpg"):
                image = Image.open(os.path.join(IMAGES, name)).convert("RGB")
                key = f"{len(cases)}"
                pixels[key] = np.ascontiguousarray(run(config, size, image).astype(np.uint8))
                assert pixels[key].shape == (size, size, 3)
                cases.append({"source": source, "config": config, "size": size, "image": name})
    versions = {m.__name__: m.__version__ for m in (PIL, timm, torch, torchvision, transformers)}
    save_file(pixels, os.path.join(HERE, "pixels.safetensors"))
    with open(os.path.join(HERE, "cases.json"), "w") as out:
        out.write('{"versions": ' + json.dumps(versions) + ',\n "cases": [\n  ')
        out.write(",\n  ".join(json.dumps(case) for case in cases) + "]}\n")


main()
