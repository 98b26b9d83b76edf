#!/usr/bin/env python3
"""Checkpoints of published sizes with random weights, for bench_vit and compare_torch.py (no download needed).

    make_checkpoint.py FOLDER [NAME...] [--outliers]        NAMEs as in CONFIGS (transformers) and TIMM; all of them (29 GB) when
                                                            none is given

Writes FOLDER/NAME/{config.json,model.safetensors}, float32. Speed does not depend on the numbers; the error of bf16 and int8
does. Weights are scaled by their fan-in, so that activations keep their size through the blocks. With --outliers four
channels of the residual stream are far larger than the rest in every token, as trained transformers have them (Dettmers et
al. 2022; Sun et al. 2024): the hard case for int8.
"""
import argparse
import json
import os

import timm
import torch
import transformers
from safetensors.torch import save_file

CONFIGS = {
    "dinov3-vitl16": (transformers.DINOv3ViTModel, {
        "hidden_size": 1024, "num_attention_heads": 16, "num_hidden_layers": 24, "intermediate_size": 4096, "patch_size": 16,
        "num_register_tokens": 4, "image_size": 224}),
    "dinov2-large": (transformers.Dinov2Model, {
        "hidden_size": 1024, "num_attention_heads": 16, "num_hidden_layers": 24, "patch_size": 14, "image_size": 518}),
    "clip-vit-large-patch14": (transformers.CLIPVisionModel, {
        "hidden_size": 1024, "num_attention_heads": 16, "num_hidden_layers": 24, "intermediate_size": 4096, "patch_size": 14,
        "image_size": 224, "projection_dim": 768}),
    "dinov3-vits16": (transformers.DINOv3ViTModel, {
        "hidden_size": 384, "num_attention_heads": 6, "num_hidden_layers": 12, "intermediate_size": 1536, "patch_size": 16,
        "num_register_tokens": 4, "image_size": 224}),
    "dinov3-vitb16": (transformers.DINOv3ViTModel, {
        "hidden_size": 768, "num_attention_heads": 12, "num_hidden_layers": 12, "intermediate_size": 3072, "patch_size": 16,
        "num_register_tokens": 4, "image_size": 224}),
    "dinov2-small": (transformers.Dinov2Model, {
        "hidden_size": 384, "num_attention_heads": 6, "num_hidden_layers": 12, "patch_size": 14, "image_size": 518}),
    "dinov2-base": (transformers.Dinov2Model, {
        "hidden_size": 768, "num_attention_heads": 12, "num_hidden_layers": 12, "patch_size": 14, "image_size": 518}),
    "clip-vit-base-patch16": (transformers.CLIPVisionModel, {
        "hidden_size": 768, "num_attention_heads": 12, "num_hidden_layers": 12, "intermediate_size": 3072, "patch_size": 16,
        "image_size": 224, "projection_dim": 512}),
    "dinov3-vith16plus": (transformers.DINOv3ViTModel, {
        "hidden_size": 1280, "num_attention_heads": 20, "num_hidden_layers": 32, "intermediate_size": 5120, "patch_size": 16,
        "num_register_tokens": 4, "image_size": 224, "use_gated_mlp": True, "hidden_act": "silu"}),
    "dinov3-vit7b16-3blocks": (transformers.DINOv3ViTModel, {
        "hidden_size": 4096, "num_attention_heads": 32, "num_hidden_layers": 3, "intermediate_size": 8192, "patch_size": 16,
        "num_register_tokens": 4, "image_size": 224, "use_gated_mlp": True, "hidden_act": "silu"}),
    "dinov2-giant": (transformers.Dinov2Model, {
        "hidden_size": 1536, "num_attention_heads": 24, "num_hidden_layers": 40, "patch_size": 14, "image_size": 518,
        "use_swiglu_ffn": True}),
    "dinov2-with-registers-large": (transformers.Dinov2WithRegistersModel, {
        "hidden_size": 1024, "num_attention_heads": 16, "num_hidden_layers": 24, "patch_size": 14, "image_size": 518,
        "num_register_tokens": 4}),
    "clip-vit-base-patch32": (transformers.CLIPVisionModel, {
        "hidden_size": 768, "num_attention_heads": 12, "num_hidden_layers": 12, "intermediate_size": 3072, "patch_size": 32,
        "image_size": 224, "projection_dim": 512}),
    "clip-vit-large-patch14-336": (transformers.CLIPVisionModel, {
        "hidden_size": 1024, "num_attention_heads": 16, "num_hidden_layers": 24, "intermediate_size": 4096, "patch_size": 14,
        "image_size": 336, "projection_dim": 768}),
    "dinov3-convnext-base": (transformers.DINOv3ConvNextModel, {
        "depths": [3, 3, 27, 3], "hidden_sizes": [128, 256, 512, 1024], "image_size": 224}),
    "dinov3-convnext-large": (transformers.DINOv3ConvNextModel, {
        "depths": [3, 3, 27, 3], "hidden_sizes": [192, 384, 768, 1536], "image_size": 224}),
    "dinov3-convnext-tiny": (transformers.DINOv3ConvNextModel, {
        "depths": [3, 3, 9, 3], "hidden_sizes": [96, 192, 384, 768], "image_size": 224}),
}  # fmt: skip
TIMM = ("wide_resnet50_2", "resnet50", "resnet18", "tf_efficientnet_lite0", "vit_base_patch16_dinov3", "vit_base_patch14_dinov2",
        "vit_base_patch14_reg4_dinov2", "vit_base_patch16_clip_224", "vit_huge_patch14_clip_224", "vit_gigantic_patch14_clip_224")  # fmt: skip
OUTLIERS = [113, 404, 620, 997]


def draw(model, outliers):
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name or "layrnorm" in name:
                parameter.copy_((1 if name.endswith("weight") else 0) + 0.1 * noise)
            elif name.endswith("lambda1"):
                parameter.copy_(0.5 + 0.1 * noise)
            elif "embedding" in name and "patch" not in name:
                parameter.copy_(0.3 * noise)
                if outliers and "position" in name:
                    parameter[..., OUTLIERS] += 30
            elif name.endswith("weight"):
                parameter.copy_(noise / parameter[0].numel() ** 0.5)
            else:
                parameter.copy_(0.1 * noise)
                if outliers and "patch_embeddings" in name and "dinov3" in type(model).__name__.lower():
                    parameter[OUTLIERS] += 30


def draw_batch_norms(model):
    """timm starts the last one of each residual block with gains of 0: nothing that the block computes would show in the features."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                noise = torch.randn((4, module.num_features), generator=generator)
                module.weight.copy_(1 + 0.1 * noise[0])
                module.bias.copy_(0.1 * noise[1])
                module.running_mean.copy_(0.1 * noise[2])
                module.running_var.copy_((0.1 * noise[3]).exp())


def save_timm(folder, name):
    """As timm publishes it, but without a margin that is cut off, so that an image of the input's size stays as it is; with the weights
    that timm initialises, but for those of batch norms."""
    torch.manual_seed(1)
    model, cfg = timm.create_model(name, pretrained=False), timm.get_pretrained_cfg(name)
    draw_batch_norms(model)
    os.makedirs(os.path.join(folder, name), exist_ok=True)
    save_file(model.state_dict(), os.path.join(folder, name, "model.safetensors"))
    config = {"architecture": name, "num_classes": 1000, "pretrained_cfg": {
        "input_size": cfg.input_size, "interpolation": cfg.interpolation, "crop_pct": 1.0, "crop_mode": cfg.crop_mode,
        "mean": cfg.mean, "std": cfg.std}}  # fmt: skip
    with open(os.path.join(folder, name, "config.json"), "w") as file:
        json.dump(config, file)
    return model


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder")
    arguments.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*CONFIGS, *TIMM]))
    arguments.add_argument("--outliers", action="store_true")
    options = arguments.parse_args()
    for name in options.names or [*CONFIGS, *TIMM]:
        if name in TIMM:
            model = save_timm(options.folder, name)
        elif name in CONFIGS:
            kind, config = CONFIGS[name]
            model = kind(kind.config_class(**config))
            draw(model, options.outliers)
            model.save_pretrained(os.path.join(options.folder, name), max_shard_size="100GB")
        else:
            arguments.error(f"no such checkpoint: {name}; there are {', '.join([*CONFIGS, *TIMM])}")
        print(f"{options.folder}/{name}: {sum(p.numel() for p in model.parameters()) / 1e6:.0f} million weights")


if __name__ == "__main__":
    main()
