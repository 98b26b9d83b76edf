"""Golden features of convolutional networks: timm's and transformers' own modules with random weights.

    python make.py FOLDER   writes cases.json and features.safetensors beside this file (photos: ../vit/images)

FOLDER holds timm/tf_efficientnet_lite0.in1k as published, for the cases of trained weights ("trained": true).

Networks have their published widths, so that weights would make large files: ../drawn.py draws them, and so does the test.

A case is (network, size, layer, image). Its features come from a float64 run, and `step` says which of them are kept: every step-th
of (patch, channel) in order. `sd` is the standard deviation of all, `n` their number. Residual networks: means of 3 x 3
neighbours (torch.nn.AvgPool2d(3, 1, 1)), coarser maps interpolated to the first one's grid (bilinear), channels side by side, which
is the embedding of anomalib's PatchCore. "8e": what goes into the last convolution of block 8, timm's feature_location="expansion".
"""
import json
import os
import sys

import numpy as np
import PIL
import timm
import torch
import torchvision
import transformers
from PIL import Image
from safetensors.numpy import save_file
from safetensors.torch import load_file
from timm.data import create_transform
from transformers import DINOv3ConvNextConfig, DINOv3ConvNextModel

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from drawn import draw, write_cases  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGES = os.path.join(HERE, "..", "vit", "images")
KEEP = 3000
IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


def timm_config(name, **changes):
    cfg = {"input_size": [3, 64, 64], "interpolation": "bicubic", "crop_pct": 0.875, "crop_mode": "center", **IMAGENET, **changes}
    return {"architecture": name, "num_classes": 1000, "pretrained_cfg": cfg}


CONVNEXT = {"model_type": "dinov3_convnext", "depths": [1, 2, 3, 1], "hidden_sizes": [16, 24, 40, 48], "image_size": 224,
            "hidden_act": "gelu", "layer_norm_eps": 1e-6, "layer_scale_init_value": 1e-6, "num_channels": 3}  # fmt: skip
NETWORKS = {
    "resnet18": timm_config("resnet18"),
    "resnet50": timm_config("resnet50", interpolation="bilinear", crop_pct=0.95),
    "wide_resnet50_2": timm_config("wide_resnet50_2", interpolation="bilinear"),
    "tf_efficientnet_lite0": timm_config("tf_efficientnet_lite0", mean=[0.5] * 3, std=[0.5] * 3),
    "dinov3_convnext": CONVNEXT,
}
# Blocks after the deepest layer of a network's cases need no weights in the test.
CASES = [
    ("resnet18", 64, "layer2,layer3", "photo.jpg"),
    ("resnet18", 75, "layer1,layer2,layer3", "wide.png"),
    ("resnet18", 64, "0,5", "tall.png"),
    ("resnet50", 64, "layer1,layer2", "wide.png"),
    ("resnet50", 61, "3,2e", "tall.png"),
    ("wide_resnet50_2", 67, "layer1,layer2", "photo.jpg"),
    ("tf_efficientnet_lite0", 64, "8e", "photo.jpg"),
    ("tf_efficientnet_lite0", 75, "blocks.2,blocks.4", "wide.png"),
    ("tf_efficientnet_lite0", 96, "1e,blocks.0,2e,11", "tall.png"),
    ("tf_efficientnet_lite0", 70, "blocks.6", "photo.jpg"),
    ("dinov3_convnext", 64, "stages.2", "photo.jpg"),
    ("dinov3_convnext", 75, "stages.0,stages.3", "wide.png"),
    ("dinov3_convnext", 80, "0,5,5e", "tall.png"),
]
TRAINED = [("tf_efficientnet_lite0", 224, layer, image, True)
           for layer, image in (("8e", "photo.jpg"), ("blocks.2,blocks.4", "wide.png"), ("9e,blocks.6", "tall.png"))]  # fmt: skip


def make_network(name, config):
    if name == "dinov3_convnext":
        model = DINOv3ConvNextModel(DINOv3ConvNextConfig(**{k: v for k, v in config.items() if k != "model_type"})).model
    else:
        model = timm.create_model(name, pretrained=False)
    skipped = ("fc.", "classifier.", "conv_head", "bn2.")
    state, tensors = draw(model, lambda key: not key.startswith(skipped))
    model.load_state_dict(state, strict=False)
    return model.eval().double(), tensors


def blocks_of(name, model):
    if name == "dinov3_convnext":
        return [b for s in model.stages for b in s.layers]
    if name == "tf_efficientnet_lite0":
        return [b for s in model.blocks for b in s]
    return [b for s in (model.layer1, model.layer2, model.layer3, model.layer4) for b in s]


def last_convolution(block):
    for name in ("pointwise_conv2", "conv_pwl", "conv_pw", "conv3", "conv2"):
        if hasattr(block, name):
            return getattr(block, name)


def stem(name, model):
    if name == "dinov3_convnext":
        return model.stages[0].downsample_layers[-1]
    return model.bn1 if name == "tf_efficientnet_lite0" else model.maxpool


def features(name, config, model, size, layer, image):
    maps = {}
    handles = []
    for text in layer.split(","):
        keep = lambda module, inputs, output, text=text: maps.__setitem__(text, output)  # noqa: E731
        if text.endswith("e"):
            block = blocks_of(name, model)[int(text[:-1]) - 1]
            handles.append(last_convolution(block).register_forward_pre_hook(
                lambda module, inputs, text=text: maps.__setitem__(text, inputs[0])))  # fmt: skip
        elif text == "0":
            handles.append(stem(name, model).register_forward_hook(keep))
        elif text.isdigit():
            handles.append(blocks_of(name, model)[int(text) - 1].register_forward_hook(keep))
        else:
            handles.append(model.get_submodule(text).register_forward_hook(keep))
    with torch.no_grad():
        pixels = transform(config, size)(image)[None].double()
        model.forward_features(pixels) if hasattr(model, "forward_features") else model(pixels)
    for handle in handles:
        handle.remove()
    maps = [m.permute(0, 3, 1, 2) if text.endswith("e") and name == "dinov3_convnext" else m
            for text, m in ((t, maps[t]) for t in layer.split(","))]  # fmt: skip
    if "resnet" in name:
        maps = [torch.nn.functional.avg_pool2d(m, 3, 1, 1) for m in maps]
    grid = maps[0].shape[-2:]
    maps = [m if m.shape[-2:] == grid else torch.nn.functional.interpolate(m, size=grid, mode="bilinear") for m in maps]
    return torch.cat(maps, 1)[0].permute(1, 2, 0).reshape(grid[0] * grid[1], -1).numpy()


def transform(config, size):
    cfg = config.get("pretrained_cfg")
    if cfg is None:  # as purebank resizes for the DINOs: both sides, bilinearly
        return torchvision.transforms.Compose([
            torchvision.transforms.Resize((size, size), torchvision.transforms.InterpolationMode.BILINEAR),
            torchvision.transforms.ToTensor(), torchvision.transforms.Normalize(**IMAGENET)])  # fmt: skip
    return create_transform(input_size=(3, size, size), is_training=False, interpolation=cfg["interpolation"], mean=cfg["mean"],
                            std=cfg["std"], crop_pct=cfg["crop_pct"], crop_mode=cfg.get("crop_mode", "center"))  # fmt: skip


def main():
    networks, kept, cases = {}, {}, []
    models = {}
    for name, config in NETWORKS.items():
        models[name], tensors = make_network(name, config)
        networks[name] = {"config": config, "tensors": tensors}
    with open(os.path.join(sys.argv[1], "config.json")) as file:
        trained = json.load(file)
    models["trained"] = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    models["trained"].load_state_dict(load_file(os.path.join(sys.argv[1], "model.safetensors")))
    models["trained"].eval().double()
    for i, (name, size, layer, image_name, *is_trained) in enumerate(CASES + TRAINED):
        model, config = (models["trained"], trained) if is_trained else (models[name], NETWORKS[name])
        image = Image.open(os.path.join(IMAGES, image_name)).convert("RGB")
        values = features(name, config, model, size, layer, image)
        step = max(1, values.size // KEEP) | 1
        kept[str(i)] = values.reshape(-1)[::step].astype(np.float32)
        cases.append({"network": name, "size": size, "layer": layer, "image": image_name, "n": values.size, "step": step,
                      "dim": values.shape[1], "sd": float(values.std()), "trained": bool(is_trained)})  # fmt: skip
        print(cases[-1], "channels without any spread:", int((values.std(0) == 0).sum()))
    for name, network in networks.items():  # what no case reaches is left out
        unused = ("layer4",) if name == "resnet18" else ("layer3", "layer4")
        network["tensors"] = [t for t in network["tensors"] if not t[0].startswith(unused)]
    versions = {m.__name__: m.__version__ for m in (PIL, timm, torch, torchvision, transformers)}
    save_file(kept, os.path.join(HERE, "features.safetensors"))
    write_cases(os.path.join(HERE, "cases.json"), versions, cases, networks)


main()
