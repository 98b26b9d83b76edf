"""Names and shapes of the tensors in the published checkpoints, from the classes that save them.

    python published.py         writes published.json beside this file

The models are built from the configurations of the repositories on PyTorch's "meta" device: names and shapes without numbers,
given back the names that save_pretrained() writes. `config` is what config.json must say, as far as it matters here, and
`dtype` the type that is published. Block 0 stands for all blocks: `block` holds its tensors, `prefix` what precedes the number
of the block in their names; `other` holds the rest.
"""
import json
import os

import torch
import transformers
from transformers.core_model_loading import revert_weight_conversion

DINOV3 = {"model_type": "dinov3_vit", "patch_size": 16, "image_size": 224, "num_register_tokens": 4, "layer_norm_eps": 1e-5,
          "rope_theta": 100.0, "query_bias": True, "key_bias": False, "value_bias": True, "proj_bias": True, "mlp_bias": True,
          "hidden_act": "gelu", "use_gated_mlp": False}  # fmt: skip
GATED = {"use_gated_mlp": True, "hidden_act": "silu"}
DINOV2 = {"model_type": "dinov2", "patch_size": 14, "image_size": 518, "layer_norm_eps": 1e-6, "mlp_ratio": 4,
          "qkv_bias": True, "hidden_act": "gelu", "use_swiglu_ffn": False}  # fmt: skip
REGISTERS = DINOV2 | {"model_type": "dinov2_with_registers", "num_register_tokens": 4}
CLIP_TEXT = {"model_type": "clip_text_model", "hidden_size": 512, "num_attention_heads": 8, "num_hidden_layers": 12,
             "intermediate_size": 2048}  # fmt: skip
CLIP_TEXT_LARGE = CLIP_TEXT | {"hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072}


def sizes(hidden, heads, layers, mlp=None):
    found = {"hidden_size": hidden, "num_attention_heads": heads, "num_hidden_layers": layers}
    return found | ({"intermediate_size": mlp} if mlp else {})


def clip(text, vision, patch, image, projection):
    vision = {"model_type": "clip_vision_model", "patch_size": patch, "image_size": image, "hidden_act": "quick_gelu",
              "layer_norm_eps": 1e-5, "projection_dim": projection} | vision  # fmt: skip
    return {"model_type": "clip", "projection_dim": projection, "text_config": text, "vision_config": vision}


BASE, LARGE = sizes(768, 12, 12, 3072), sizes(1024, 16, 24, 4096)
REPOSITORIES = {
    "facebook/dinov3-vits16-pretrain-lvd1689m": DINOV3 | sizes(384, 6, 12, 1536),
    "facebook/dinov3-vits16plus-pretrain-lvd1689m": DINOV3 | sizes(384, 6, 12, 1536) | GATED,
    "facebook/dinov3-vitb16-pretrain-lvd1689m": DINOV3 | BASE,
    "facebook/dinov3-vitl16-pretrain-lvd1689m": DINOV3 | LARGE,
    "facebook/dinov3-vith16plus-pretrain-lvd1689m": DINOV3 | sizes(1280, 20, 32, 5120) | GATED,
    "facebook/dinov3-vit7b16-pretrain-lvd1689m": DINOV3 | sizes(4096, 32, 40, 8192) | GATED
    | {"query_bias": False, "value_bias": False},
    "facebook/dinov2-small": DINOV2 | sizes(384, 6, 12),
    "facebook/dinov2-base": DINOV2 | sizes(768, 12, 12),
    "facebook/dinov2-large": DINOV2 | sizes(1024, 16, 24),
    "facebook/dinov2-giant": DINOV2 | sizes(1536, 24, 40) | {"use_swiglu_ffn": True},
    "facebook/dinov2-with-registers-small": REGISTERS | sizes(384, 6, 12),
    "facebook/dinov2-with-registers-base": REGISTERS | sizes(768, 12, 12),
    "facebook/dinov2-with-registers-large": REGISTERS | sizes(1024, 16, 24),
    "facebook/dinov2-with-registers-giant": REGISTERS | sizes(1536, 24, 40) | {"use_swiglu_ffn": True},
    "openai/clip-vit-base-patch32": clip(CLIP_TEXT, BASE, 32, 224, 512),
    "openai/clip-vit-base-patch16": clip(CLIP_TEXT, BASE, 16, 224, 512),
    "openai/clip-vit-large-patch14": clip(CLIP_TEXT_LARGE, LARGE, 14, 224, 768),
    "openai/clip-vit-large-patch14-336": clip(CLIP_TEXT_LARGE, LARGE, 14, 336, 768),
}  # fmt: skip
CLASSES = {
    "dinov3_vit": transformers.DINOv3ViTModel,
    "dinov2": transformers.Dinov2Model,
    "dinov2_with_registers": transformers.Dinov2WithRegistersModel,
    "clip": transformers.CLIPModel,
}
PREFIXES = {"dinov3_vit": "layer.", "clip": "vision_model.encoder.layers."}


def tensors_of(config):
    kind = CLASSES[config["model_type"]]
    with torch.device("meta"):
        model = kind(kind.config_class(**{key: value for key, value in config.items() if key != "model_type"}))
    return {name: list(tensor.shape) for name, tensor in revert_weight_conversion(model, model.state_dict()).items()}


def describe(repository, config):
    tensors = tensors_of(config)
    layers = config.get("vision_config", config)["num_hidden_layers"]
    prefix = PREFIXES.get(config["model_type"], "encoder.layer.")
    found = {"repository": repository, "dtype": "F32", "config": config, "prefix": prefix, "block": {}, "other": {}}
    for name, shape in tensors.items():
        if name.startswith(prefix):
            number, _, rest = name[len(prefix) :].partition(".")
            assert int(number) < layers and found["block"].setdefault(rest, shape) == shape
        elif not name.startswith("text_model.encoder."):
            found["other"][name] = shape
    # Every block has the same tensors.
    assert sum(name.startswith(prefix) for name in tensors) == layers * len(found["block"])
    return found


def main():
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    found = [describe(*item) for item in REPOSITORIES.items()]
    with open("published.json", "w") as file:
        file.write('{"made_with": %s,\n "checkpoints": [\n' % json.dumps({"transformers": transformers.__version__}))
        file.write(",\n".join(json.dumps(each) for each in found) + "\n]}\n")


if __name__ == "__main__":
    main()
