#!/usr/bin/env python3
"""Checkpoints of published sizes with random weights, for bench_vit and compare_transformers.py (no download needed).

    make_checkpoint.py FOLDER [NAME...] [--outliers]        NAMEs as in CONFIGS; all of them (3.6 GB) when none is given

Writes FOLDER/NAME/{config.json,model.safetensors}, float32. Speed does not depend on the numbers; the error of bf16 and int8
does. Weights are scaled by their fan-in, so that activations keep their size through the blocks. With --outliers four
channels of the residual stream are far larger than the rest in every token, as trained transformers have them (Dettmers et
al. 2022; Sun et al. 2024): the hard case for int8.
"""
import argparse
import os

import torch
import transformers

CONFIGS = {
    "dinov3-vitl16": (transformers.DINOv3ViTModel, {
        "hidden_size": 1024, "num_attention_heads": 16, "num_hidden_layers": 24, "intermediate_size": 4096, "patch_size": 16,
        "num_register_tokens": 4, "image_size": 224}),
    "dinov2-large": (transformers.Dinov2Model, {
        "hidden_size": 1024, "num_attention_heads": 16, "num_hidden_layers": 24, "patch_size": 14, "image_size": 518}),
    "clip-vit-large-patch14": (transformers.CLIPVisionModel, {
        "hidden_size": 1024, "num_attention_heads": 16, "num_hidden_layers": 24, "intermediate_size": 4096, "patch_size": 14,
        "image_size": 224, "projection_dim": 768}),
}  # fmt: skip
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


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder")
    arguments.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CONFIGS))
    arguments.add_argument("--outliers", action="store_true")
    options = arguments.parse_args()
    for name in options.names or CONFIGS:
        if name not in CONFIGS:
            arguments.error(f"no such checkpoint: {name}; there are {', '.join(CONFIGS)}")
        kind, config = CONFIGS[name]
        model = kind(kind.config_class(**config))
        draw(model, options.outliers)
        model.save_pretrained(os.path.join(options.folder, name), max_shard_size="100GB")
        print(f"{options.folder}/{name}: {sum(p.numel() for p in model.parameters()) / 1e6:.0f} million weights")


if __name__ == "__main__":
    main()
