"""Names and shapes of the tensors in the published networks, from the classes that save them.

    python published.py         writes published.json beside this file
"""
import json
import os

import timm
import torch
import transformers

CONVNEXT = {"model_type": "dinov3_convnext", "hidden_act": "gelu", "layer_norm_eps": 1e-6, "num_channels": 3}
SIZES = {"tiny": ([3, 3, 9, 3], [96, 192, 384, 768]), "large": ([3, 3, 27, 3], [192, 384, 768, 1536])}
TIMM = ("resnet18.a1_in1k", "resnet50.a1_in1k", "wide_resnet50_2.racm_in1k", "tf_efficientnet_lite0.in1k")


def entry(repository, config, model):
    tensors = {name: list(value.shape) for name, value in model.state_dict().items() if value.dim() > 0}
    return {"repository": repository, "config": config, "tensors": tensors}


def main():
    found = []
    with torch.device("meta"):
        for name in TIMM:
            architecture = name.split(".")[0]
            model = timm.create_model(architecture, pretrained=False)
            cfg = timm.get_pretrained_cfg(name)
            config = {"architecture": architecture, "pretrained_cfg": {
                "input_size": cfg.input_size, "interpolation": cfg.interpolation, "crop_pct": cfg.crop_pct,
                "crop_mode": cfg.crop_mode, "mean": cfg.mean, "std": cfg.std}}  # fmt: skip
            found.append(entry(f"timm/{name}", config, model))
        for size, (depths, channels) in SIZES.items():
            config = {**CONVNEXT, "depths": depths, "hidden_sizes": channels}
            model = transformers.DINOv3ConvNextModel(transformers.DINOv3ConvNextConfig(depths=depths, hidden_sizes=channels))
            found.append(entry(f"facebook/dinov3-convnext-{size}-pretrain-lvd1689m", config, model.model))
    versions = {m.__name__: m.__version__ for m in (timm, transformers)}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "published.json"), "w") as out:
        out.write('{"versions": ' + json.dumps(versions) + ',\n "checkpoints": [\n')
        out.write(",\n".join(json.dumps(one, separators=(",", ":")) for one in found) + "]}\n")


main()
