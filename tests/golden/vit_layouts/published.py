"""Names and shapes of the tensors in published checkpoints of timm and open_clip, from the classes that save them.

    python published.py         writes published.json beside this file

Models are made on PyTorch's "meta" device: names and shapes without numbers. `file` is the configuration's name in the
repository, `config` what it says as far as it matters here. Block 0 stands for all blocks: `block` holds its tensors, `prefix`
what precedes the number of the block in their names; `other` holds the rest, of open_clip's text tower only what is not in its
blocks. `sizes` are those of the class.
"""
import json
import os

import open_clip
import timm
import torch

DINOS = [f"vit_{size}_patch16_dinov3.lvd1689m" for size in ("small", "small_plus", "base", "large", "huge_plus", "7b")]
DINOS += [f"vit_{size}_patch16_dinov3_qkvb.lvd1689m" for size in ("small", "small_plus", "base", "large", "huge_plus")]
DINOS += ["vit_large_patch16_dinov3.sat493m"]
DINOS += [f"vit_{size}_patch14_{kind}.lvd142m" for kind in ("dinov2", "reg4_dinov2") for size in ("small", "base", "large", "giant")]
CLIPS = ["vit_base_patch32_clip_224.openai", "vit_base_patch16_clip_224.openai", "vit_large_patch14_clip_224.openai",
         "vit_large_patch14_clip_336.openai", "vit_base_patch16_clip_224.laion2b", "vit_base_patch16_clip_quickgelu_224.openai",
         "vit_large_patch14_clip_224.laion2b", "vit_huge_patch14_clip_224.laion2b", "vit_giant_patch14_clip_224.laion2b",
         "vit_gigantic_patch14_clip_224.laion2b"]  # fmt: skip
OPEN_CLIPS = {"laion/CLIP-ViT-B-32-laion2B-s34B-b79K": "ViT-B-32", "laion/CLIP-ViT-B-16-laion2B-s34B-b88K": "ViT-B-16",
              "laion/CLIP-ViT-L-14-laion2B-s32B-b82K": "ViT-L-14", "laion/CLIP-ViT-H-14-laion2B-s32B-b79K": "ViT-H-14",
              "laion/CLIP-ViT-g-14-laion2B-s34B-b88K": "ViT-g-14",
              "laion/CLIP-ViT-bigG-14-laion2B-39B-b160k": "ViT-bigG-14",
              "apple/DFN2B-CLIP-ViT-L-14": "ViT-L-14-quickgelu", "apple/DFN5B-CLIP-ViT-H-14-378": "ViT-H-14-378-quickgelu"}  # fmt: skip


def describe(repository, file, config, model, blocks, prefix, sizes):
    found = {"repository": repository, "file": file, "config": config, "prefix": prefix, "block": {}, "other": {}}
    tensors = {name: list(value.shape) for name, value in model.state_dict().items()}
    for name, shape in tensors.items():
        if name.startswith(prefix):
            rest = name[len(prefix) :].partition(".")[2]
            assert found["block"].setdefault(rest, shape) == shape
        elif ".resblocks." not in name:
            found["other"][name] = shape
    assert sum(name.startswith(prefix) for name in tensors) == blocks * len(found["block"])
    return found | {"sizes": sizes | {"blocks": blocks}}


def of_timm(name):
    architecture = name.split(".")[0]
    cfg = timm.get_pretrained_cfg(name)
    model = timm.create_model(architecture, pretrained=False, num_classes=cfg.num_classes or 0)
    config = {"architecture": architecture, "num_classes": cfg.num_classes, "pretrained_cfg": {
        "input_size": cfg.input_size, "interpolation": cfg.interpolation, "crop_pct": cfg.crop_pct,
        "crop_mode": cfg.crop_mode, "mean": cfg.mean, "std": cfg.std}}  # fmt: skip
    registers = model.reg_token.shape[1] if getattr(model, "reg_token", None) is not None else 0
    return describe(f"timm/{name}", "config.json", config, model, len(model.blocks), "blocks.",
                    {"dim": model.embed_dim, "heads": model.blocks[0].attn.num_heads, "registers": registers})  # fmt: skip


def of_open_clip(repository, name):
    model_cfg = open_clip.get_model_config(name)
    model = open_clip.create_model(name, pretrained=None, load_weights=False, device="meta")
    cfg = {"mean": open_clip.OPENAI_DATASET_MEAN, "std": open_clip.OPENAI_DATASET_STD, "interpolation": "bicubic",
           "resize_mode": "shortest"}  # fmt: skip
    blocks = model.visual.transformer.resblocks
    return describe(repository, "open_clip_config.json", {"model_cfg": model_cfg, "preprocess_cfg": cfg}, model, len(blocks),
                    "visual.transformer.resblocks.",
                    {"dim": model.visual.conv1.out_channels, "heads": blocks[0].attn.num_heads, "registers": 0})  # fmt: skip


def main():
    with torch.device("meta"):
        found = [of_timm(name) for name in DINOS + CLIPS] + [of_open_clip(*item) for item in OPEN_CLIPS.items()]
    versions = {"timm": timm.__version__, "open_clip": open_clip.__version__}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "published.json"), "w") as out:
        out.write('{"made_with": %s,\n "checkpoints": [\n' % json.dumps(versions))
        out.write(",\n".join(json.dumps(one, separators=(",", ":")) for one in found) + "\n]}\n")


if __name__ == "__main__":
    main()
