"""Golden embeddings of PatchCore, from the code that people run: anomalib's own model, and the program of the paper's authors.

    python make.py          writes cases.json and features.safetensors beside this file (photos: ../vit/images)

Weights are random (../drawn.py). A case without ":N" in its layer is what anomalib's PatchcoreModel hands to its memory bank in
training: its feature extractor, its pooling, its embedding. With ":N" it is that of amazon-science/patchcore-inspection, which cannot be
installed: `authors_embedding` does what its classes PatchMaker, MeanMapper, Preprocessing and Aggregator do, with
pretrain_embed_dimension and target_embed_dimension both N. The transform before both is timm's, from `pretrained_cfg`.

Float64; which values are kept: see ../cnn/make.py.
"""
import os
import sys

import anomalib
import numpy as np
import timm
import torch
import torch.nn.functional as F
from anomalib.models.image.patchcore.torch_model import PatchcoreModel
from PIL import Image
from safetensors.numpy import save_file
from timm.data import create_transform

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from drawn import draw, write_cases  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGES = os.path.join(HERE, "..", "vit", "images")
KEEP = 3000
CFG = {"input_size": [3, 64, 64], "interpolation": "bicubic", "crop_pct": 0.875, "crop_mode": "center",
       "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}  # fmt: skip
NETWORKS = ("resnet18", "wide_resnet50_2")
CASES = [
    ("resnet18", 64, "layer2,layer3", "photo.jpg"),
    ("resnet18", 75, "layer1,layer2,layer3", "wide.png"),
    ("wide_resnet50_2", 64, "layer2,layer3", "tall.png"),
    ("wide_resnet50_2", 64, "layer2,layer3:1024", "tall.png"),
    ("wide_resnet50_2", 53, "layer2,layer3:384", "photo.jpg"),
    ("resnet18", 64, "layer2,layer3:1024", "photo.jpg"),
    ("resnet18", 75, "layer1,layer2,layer3:100", "wide.png"),
    ("resnet18", 64, "layer3:70", "tall.png"),
]


def authors_embedding(maps, n):
    """patchcore.py, PatchCore._embed: patches of 3 x 3 pixels, those of coarser maps interpolated to the grid of the first, then the
    values of each patch brought to n (MeanMapper), and those of all layers once more (Aggregator)."""
    patches = [F.unfold(m, kernel_size=3, stride=1, padding=1, dilation=1) for m in maps]
    patches = [p.reshape(*m.shape[:2], 3, 3, -1).permute(0, 4, 1, 2, 3) for p, m in zip(patches, maps)]
    rows, columns = maps[0].shape[-2:]
    for i in range(1, len(patches)):
        p = patches[i]
        p = p.reshape(p.shape[0], *maps[i].shape[-2:], *p.shape[2:]).permute(0, -3, -2, -1, 1, 2)
        base = p.shape
        p = F.interpolate(p.reshape(-1, *p.shape[-2:]).unsqueeze(1), size=(rows, columns), mode="bilinear", align_corners=False)
        p = p.squeeze(1).reshape(*base[:-2], rows, columns).permute(0, -2, -1, 1, 2, 3)
        patches[i] = p.reshape(len(p), -1, *p.shape[-3:])
    patches = [p.reshape(-1, *p.shape[-3:]) for p in patches]
    mapped = [F.adaptive_avg_pool1d(p.reshape(len(p), 1, -1), n).squeeze(1) for p in patches]
    stacked = torch.stack(mapped, dim=1)
    return F.adaptive_avg_pool1d(stacked.reshape(len(stacked), 1, -1), n).reshape(len(stacked), -1)


def features(name, size, layer, image):
    layers, _, pooled = layer.partition(":")
    model = PatchcoreModel(backbone=name, layers=layers.split(","), pre_trained=False)
    network = model.feature_extractor.feature_extractor
    whole, _ = draw(timm.create_model(name, pretrained=False), wanted)
    missing, _ = network.load_state_dict(whole, strict=False)
    assert all(key.endswith("num_batches_tracked") for key in missing), missing
    model = model.double().train()
    model.feature_extractor.eval()
    pixels = create_transform(input_size=(3, size, size), is_training=False, interpolation=CFG["interpolation"], mean=CFG["mean"],
                              std=CFG["std"], crop_pct=CFG["crop_pct"], crop_mode=CFG["crop_mode"])(image)[None].double()  # fmt: skip
    with torch.no_grad():
        if pooled:
            maps = model.feature_extractor(pixels)
            return authors_embedding([maps[one] for one in layers.split(",")], int(pooled)).numpy()
        return model(pixels).numpy()


def wanted(key):
    return not key.startswith(("fc.", "layer4."))


def main():
    kept, cases = {}, []
    networks = {name: {"config": {"architecture": name, "num_classes": 1000, "pretrained_cfg": CFG},
                       "tensors": draw(timm.create_model(name, pretrained=False), wanted)[1]} for name in NETWORKS}  # fmt: skip
    for i, (name, size, layer, image_name) in enumerate(CASES):
        values = features(name, size, layer, Image.open(os.path.join(IMAGES, image_name)).convert("RGB"))
        step = max(1, values.size // KEEP) | 1
        kept[str(i)] = values.reshape(-1)[::step].astype(np.float32)
        cases.append({"network": name, "size": size, "layer": layer, "image": image_name, "n": values.size, "step": step,
                      "dim": values.shape[1], "sd": float(values.std())})  # fmt: skip
        print(cases[-1])
    save_file(kept, os.path.join(HERE, "features.safetensors"))
    write_cases(os.path.join(HERE, "cases.json"), {m.__name__: m.__version__ for m in (anomalib, timm, torch)}, cases, networks)


main()
