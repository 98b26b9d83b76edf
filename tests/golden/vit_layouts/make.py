"""Golden features of vision transformers in other layouts than that of transformers: timm's and open_clip's own modules.

    python make.py          writes cases.json and features.safetensors beside this file (photos: ../vit/images)

Models are small ones of the published classes; ../drawn.py draws their weights, and so does the test. A case is (model, size, layer,
image); its features are the patch tokens in a float64 run: layer 0 is what goes into the first block, n what comes out of block n.
`step` says which of them are kept: every step-th of (patch, channel) in order. `sd` is the standard deviation of all, `n` their
number. The photo is resized to a square bilinearly for the DINOs, and by timm's or open_clip's own transform for CLIP.
"""
import os
import sys

import numpy as np
import open_clip
import PIL
import timm
import torch
import torchvision
from open_clip.transform import PreprocessCfg, image_transform_v2
from open_clip.transformer import QuickGELU, VisionTransformer
from PIL import Image
from safetensors.numpy import save_file
from timm.data import create_transform

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from drawn import draw, write_cases  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGES = os.path.join(HERE, "..", "vit", "images")
KEEP = 2500
OPENAI = {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}
OTHER = {"mean": [0.5, 0.4, 0.3], "std": [0.5, 0.25, 0.3]}
IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


def timm_config(name, **cfg):
    return {"architecture": name, "num_classes": 0,
            "pretrained_cfg": {"input_size": [3, 224, 224], "interpolation": "bicubic", "crop_pct": 1.0, "crop_mode": "center", **cfg}}  # fmt: skip


def small(name, depth=3, **sizes):
    return timm.create_model(name, pretrained=False, num_classes=0, embed_dim=128, depth=depth, num_heads=2, **sizes)


def open_clip_vision(image_size, patch, act=torch.nn.GELU, **more):
    return VisionTransformer(image_size=image_size, patch_size=patch, width=128, layers=3, heads=2, mlp_ratio=2.0,
                             output_dim=32, act_layer=act, **more)  # fmt: skip


def open_clip_config(image_size, patch, quick, **cfg):
    vision = {"image_size": image_size, "layers": 3, "width": 128, "patch_size": patch, "mlp_ratio": 2.0}
    return {"model_cfg": {"embed_dim": 32, "quick_gelu": quick, "vision_cfg": vision}, "preprocess_cfg": cfg}


MODELS = {
    "dinov3": (timm_config("vit_small_patch16_dinov3", **IMAGENET), lambda: small("vit_small_patch16_dinov3", patch_size=8)),
    "dinov3_gated": (timm_config("vit_small_plus_patch16_dinov3.lvd1689m".split(".")[0], **OTHER),
                     lambda: small("vit_small_plus_patch16_dinov3", patch_size=8)),
    "dinov3_qkvb": (timm_config("vit_large_patch16_dinov3_qkvb"),
                    lambda: small("vit_large_patch16_dinov3_qkvb", patch_size=16)),
    "dinov2": (timm_config("vit_base_patch14_dinov2", **IMAGENET),
               lambda: small("vit_base_patch14_dinov2", patch_size=7, img_size=35, dynamic_img_size=True)),
    "dinov2_gated": (timm_config("vit_giant_patch14_dinov2"),
                     lambda: small("vit_giant_patch14_dinov2", patch_size=14, img_size=70, dynamic_img_size=True, depth=2)),
    "dinov2_registers": (timm_config("vit_base_patch14_reg4_dinov2", **OTHER),
                         lambda: small("vit_base_patch14_reg4_dinov2", patch_size=7, img_size=49, dynamic_img_size=True)),
    "clip": (timm_config("vit_base_patch16_clip_224", **OPENAI) | {"num_classes": 10},
             lambda: small("vit_base_patch16_clip_224", patch_size=8, img_size=40)),
    "clip_quick": (timm_config("vit_large_patch14_clip_quickgelu_224", crop_pct=0.9, interpolation="bilinear", **OPENAI),
                   lambda: small("vit_large_patch14_clip_quickgelu_224", patch_size=8, img_size=48)),
    "open_clip": (open_clip_config(40, 8, False, **OPENAI), lambda: open_clip_vision(40, 8)),
    "open_clip_quick": (open_clip_config(48, 16, True, interpolation="bilinear", resize_mode="squash", **OTHER),
                        lambda: open_clip_vision(48, 16, act=QuickGELU)),
}  # fmt: skip
CASES = [
    ("dinov3", 40, "2", "photo.jpg"), ("dinov3", 64, "0,3", "wide.png"), ("dinov3_gated", 48, "1,3", "tall.png"),
    ("dinov3_qkvb", 80, "3", "photo.jpg"), ("dinov2", 35, "3", "wide.png"), ("dinov2", 56, "0,2", "photo.jpg"),
    ("dinov2", 21, "2", "tall.png"), ("dinov2_gated", 56, "2", "photo.jpg"), ("dinov2_registers", 49, "2", "photo.jpg"),
    ("dinov2_registers", 63, "0,3", "wide.png"), ("clip", 40, "0,2", "photo.jpg"), ("clip", 40, "3", "tall.png"),
    ("clip_quick", 48, "2", "wide.png"), ("open_clip", 40, "0,3", "photo.jpg"), ("open_clip_quick", 48, "2", "wide.png"),
]  # fmt: skip


def pixels(name, config, size, image):
    if name.startswith("open_clip"):
        cfg = PreprocessCfg(size=size, **config["preprocess_cfg"])
        return image_transform_v2(cfg, is_train=False)(image)
    cfg = config["pretrained_cfg"]
    mean_std = {key: cfg.get(key, IMAGENET[key]) for key in ("mean", "std")}
    if "dino" in name:
        return torchvision.transforms.Compose([
            torchvision.transforms.Resize((size, size), torchvision.transforms.InterpolationMode.BILINEAR),
            torchvision.transforms.ToTensor(), torchvision.transforms.Normalize(**mean_std)])(image)  # fmt: skip
    return create_transform(input_size=(3, size, size), is_training=False, interpolation=cfg["interpolation"],
                            crop_pct=cfg["crop_pct"], crop_mode=cfg["crop_mode"], **mean_std)(image)  # fmt: skip


def features(name, config, model, size, layer, image):
    blocks = model.transformer.resblocks if name.startswith("open_clip") else model.blocks
    states = {}
    handles = [blocks[0].register_forward_pre_hook(lambda module, inputs: states.__setitem__(0, inputs[0]))]
    for i, block in enumerate(blocks):
        handles.append(block.register_forward_hook(lambda module, inputs, output, i=i: states.__setitem__(i + 1, output)))
    with torch.no_grad():
        model(pixels(name, config, size, image)[None].double())
    for handle in handles:
        handle.remove()
    patch = model.conv1.kernel_size[0] if name.startswith("open_clip") else model.patch_embed.patch_size[0]
    n = (size // patch) ** 2
    return torch.cat([states[int(text)].reshape(-1, 128)[-n:] for text in layer.split(",")], 1).numpy()


def main():
    networks, kept, cases, models = {}, {}, [], {}
    for name, (config, make) in MODELS.items():
        models[name] = make()
        prefix = "visual." if name.startswith("open_clip") else ""
        state, tensors = draw(models[name], prefix=prefix)
        models[name].load_state_dict(state, strict=False)
        models[name].eval().double()
        networks[name] = {"config": config, "tensors": tensors}
    for i, (name, size, layer, image_name) in enumerate(CASES):
        image = Image.open(os.path.join(IMAGES, image_name)).convert("RGB")
        values = features(name, networks[name]["config"], models[name], size, layer, image)
        step = max(1, values.size // KEEP) | 1
        kept[str(i)] = values.reshape(-1)[::step].astype(np.float32)
        cases.append({"network": name, "size": size, "layer": layer, "image": image_name, "n": values.size, "step": step,
                      "dim": values.shape[1], "sd": float(values.std())})  # fmt: skip
        print(cases[-1])
    versions = {m.__name__: m.__version__ for m in (PIL, open_clip, timm, torch, torchvision)}
    save_file(kept, os.path.join(HERE, "features.safetensors"))
    write_cases(os.path.join(HERE, "cases.json"), versions, cases, networks)


main()
