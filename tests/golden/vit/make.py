"""Golden features of vision transformers: tiny checkpoints with random weights, saved by Hugging Face transformers as it
publishes them, and the hidden states that it computes from them.

    python make.py          writes checkpoints/, images/, features.safetensors and cases.json beside this file

Every checkpoint is there for a switch or two (see CHECKPOINTS). Weights are drawn so that no part can be left out unseen:
LayerNorm weights away from 1 and biases from 0, layer scales of both signs, attention that is far from uniform.

A case is (checkpoint, size, layer, images). Its features are hidden_states[layer] of the patch tokens, float32 weights and
float32 arithmetic, several layers side by side; of long ones every `patch_step`-th patch is kept. Pixels go through Pillow,
not torchvision: both sides to `size` bilinearly for the DINOs, CLIPImageProcessorPil for CLIP. For every image `sd` is the
standard deviation of its features (all patches), `rounding` the largest difference of this float32 run from a float64 run.
The versions that made the files are in cases.json.
"""
import json
import os
import shutil

import numpy as np
import PIL
import safetensors
import torch
import transformers
from PIL import Image, ImageDraw, ImageFilter
from safetensors.torch import load_file, save_file
from transformers import (
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    CLIPVisionConfig,
    CLIPVisionModel,
    CLIPVisionModelWithProjection,
    Dinov2Config,
    Dinov2Model,
    Dinov2WithRegistersConfig,
    Dinov2WithRegistersModel,
    DINOv3ViTConfig,
    DINOv3ViTModel,
)

IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
OPENAI = {
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
OTHER = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.5, 0.25, 0.3]}

# What the repositories publish as preprocessor_config.json; of the DINOs only mean and deviation matter to us.
DINOV3_PREPROCESSOR = {
    "crop_size": None, "do_center_crop": None, "do_convert_rgb": None, "do_normalize": True, "do_rescale": True,
    "do_resize": True, "image_processor_type": "DINOv3ViTImageProcessorFast", "resample": 2,
    "rescale_factor": 0.00392156862745098, "size": {"height": 224, "width": 224}, **IMAGENET,
}  # fmt: skip
DINOV2_PREPROCESSOR = {
    "crop_size": {"height": 224, "width": 224}, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True,
    "do_rescale": True, "do_resize": True, "image_processor_type": "BitImageProcessor", "resample": 3,
    "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 256}, **IMAGENET,
}  # fmt: skip


def clip_preprocessor(size, old):
    """Old files give sizes as plain numbers."""
    return {"crop_size": size if old else {"height": size, "width": size}, "do_center_crop": True, "do_normalize": True,
            "do_resize": True, "feature_extractor_type": "CLIPFeatureExtractor", "resample": 3,
            "size": size if old else {"shortest_edge": size}, **OPENAI}  # fmt: skip


def dinov3(hidden, heads, layers, mlp, patch, **switches):
    sizes = {"num_register_tokens": 4, "image_size": 224} | switches
    return DINOv3ViTConfig(hidden_size=hidden, num_attention_heads=heads, num_hidden_layers=layers, intermediate_size=mlp,
                           patch_size=patch, **sizes)  # fmt: skip


def dinov2(kind, hidden, heads, layers, patch, image, **switches):
    return kind(hidden_size=hidden, num_attention_heads=heads, num_hidden_layers=layers, patch_size=patch, image_size=image,
                **switches)  # fmt: skip


def clip(hidden, heads, layers, mlp, patch, image, **switches):
    return CLIPVisionConfig(hidden_size=hidden, num_attention_heads=heads, num_hidden_layers=layers, intermediate_size=mlp,
                            patch_size=patch, image_size=image, projection_dim=8, **switches)  # fmt: skip


NO_BIAS = {"query_bias": False, "value_bias": False, "proj_bias": False, "mlp_bias": False}
TEXT = {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "intermediate_size": 16, "vocab_size": 24,
        "max_position_embeddings": 6, "projection_dim": 8, "bos_token_id": 22, "eos_token_id": 23}  # fmt: skip

# name: (class, config, dtype, preprocessor_config.json or None, largest shard or None)
CHECKPOINTS = {
    "dinov3": (DINOv3ViTModel, dinov3(16, 2, 6, 64, 16), "F32", DINOV3_PREPROCESSOR, None),
    "dinov3_gated": (DINOv3ViTModel, dinov3(24, 2, 4, 40, 4, use_gated_mlp=True, hidden_act="silu"), "F16", None, None),
    "dinov3_no_registers": (DINOv3ViTModel, dinov3(20, 5, 3, 50, 4, num_register_tokens=0, key_bias=True, rope_theta=50.0,
                                                   layer_norm_eps=1e-3), "BF16", None, None),  # fmt: skip
    "dinov3_no_bias": (DINOv3ViTModel, dinov3(64, 1, 2, 48, 4, use_gated_mlp=True, hidden_act="silu", **NO_BIAS),
                       "BF16", DINOV3_PREPROCESSOR, None),  # fmt: skip
    "dinov3_wide_head": (DINOv3ViTModel, dinov3(128, 1, 1, 16, 4), "BF16", None, None),
    "dinov3_sharded_mixed": (DINOv3ViTModel, dinov3(16, 1, 3, 40, 4), "mixed", None, "12KB"),
    "dinov3_gated_gelu": (DINOv3ViTModel, dinov3(16, 4, 2, 24, 4, use_gated_mlp=True), "F32",
                          DINOV3_PREPROCESSOR | OTHER, None),  # fmt: skip
    "dinov2": (Dinov2Model, dinov2(Dinov2Config, 16, 2, 6, 14, 518), "BF16", DINOV2_PREPROCESSOR, None),
    "dinov2_swiglu": (Dinov2Model, dinov2(Dinov2Config, 24, 3, 3, 4, 28, use_swiglu_ffn=True), "F16", None, "20KB"),
    "dinov2_no_qkv_bias": (Dinov2Model, dinov2(Dinov2Config, 12, 3, 2, 7, 35, mlp_ratio=2, qkv_bias=False,
                                               use_mask_token=False), "F32", None, None),  # fmt: skip
    "dinov2_registers": (Dinov2WithRegistersModel, dinov2(Dinov2WithRegistersConfig, 16, 2, 4, 4, 28), "F32", None, None),
    "dinov2_registers_swiglu": (Dinov2WithRegistersModel, dinov2(Dinov2WithRegistersConfig, 16, 1, 2, 14, 518,
                                                                 use_swiglu_ffn=True), "BF16", DINOV2_PREPROCESSOR, None),  # fmt: skip
    "clip_vision": (CLIPVisionModel, clip(24, 2, 3, 96, 8, 40), "F16", clip_preprocessor(40, True), None),
    "clip_whole": (CLIPModel, CLIPConfig(text_config=TEXT, vision_config=clip(16, 4, 6, 64, 4, 36).to_dict(), projection_dim=8),
                   "F32", clip_preprocessor(36, False), None),  # fmt: skip
    "clip_gelu": (CLIPVisionModel, clip(20, 1, 2, 30, 4, 32, hidden_act="gelu", layer_norm_eps=1e-3), "BF16", None, None),
    "clip_projection": (CLIPVisionModelWithProjection, clip(16, 2, 2, 40, 4, 24), "F32", None, "12KB"),
}  # fmt: skip

ALL = ["wide.png", "tall.png", "square_grey.png", "alpha.png", "photo.jpg"]

# checkpoint, size (0: the default), layer (None: the default), images, patch_step
CASES = [
    ("dinov3", 0, None, ["wide.png", "photo.jpg"], 13),
    ("dinov3", 64, "-6", ALL, 1),
    ("dinov3", 64, "0", ["wide.png", "tall.png"], 1),
    ("dinov3", 80, "-1", ["tall.png"], 1),
    ("dinov3", 48, "6", ["tall.png"], 1),
    ("dinov3", 16, "3", ALL, 1),
    ("dinov3", 32, "-6,-3", ["wide.png", "alpha.png"], 1),
    ("dinov3", 32, "-1,0,2", ["wide.png"], 1),
    ("dinov3_gated", 20, "-1", ALL, 1),
    ("dinov3_gated", 112, "2", ["photo.jpg", "square_grey.png"], 17),
    ("dinov3_no_registers", 28, "-1", ALL, 1),
    ("dinov3_no_registers", 4, "-2", ["wide.png"], 1),
    ("dinov3_no_bias", 36, "-1", ["tall.png", "photo.jpg"], 3),
    ("dinov3_no_bias", 36, "1", ["wide.png"], 3),
    ("dinov3_wide_head", 20, "1", ["wide.png", "photo.jpg"], 1),
    ("dinov3_sharded_mixed", 24, "-3,-1", ["alpha.png", "tall.png"], 1),
    ("dinov3_sharded_mixed", 100, "3", ["photo.jpg"], 11),
    ("dinov3_gated_gelu", 24, "-1", ["wide.png", "photo.jpg"], 1),
    ("dinov2", 0, None, ["photo.jpg", "tall.png"], 17),
    ("dinov2", 518, "-1", ["wide.png"], 23),
    ("dinov2", 560, "1", ["wide.png"], 23),
    ("dinov2", 98, "0", ["photo.jpg", "wide.png"], 1),
    ("dinov2", 70, "-3,-1", ["photo.jpg", "alpha.png"], 1),
    ("dinov2_swiglu", 20, "-1", ALL, 1),
    ("dinov2_swiglu", 28, "-1", ["photo.jpg"], 1),
    ("dinov2_swiglu", 44, "2", ["tall.png"], 1),
    ("dinov2_no_qkv_bias", 35, "-1", ["photo.jpg", "wide.png"], 1),
    ("dinov2_no_qkv_bias", 28, "1", ["photo.jpg", "wide.png"], 1),
    ("dinov2_no_qkv_bias", 77, "0", ["square_grey.png"], 1),
    ("dinov2_registers", 20, "-1", ALL, 1),
    ("dinov2_registers", 28, "2", ["photo.jpg"], 1),
    ("dinov2_registers", 44, "-1,-2", ["tall.png"], 1),
    ("dinov2_registers", 4, "0", ["tall.png"], 1),
    ("dinov2_registers_swiglu", 448, "-1", ["photo.jpg", "wide.png"], 23),
    ("dinov2_registers_swiglu", 56, "0", ["photo.jpg"], 1),
    ("clip_vision", 0, "-1", ALL, 1),
    ("clip_vision", 0, "0", ["tall.png", "wide.png"], 1),
    ("clip_whole", 0, None, ALL, 1),
    ("clip_whole", 0, "-1", ["photo.jpg"], 1),
    ("clip_whole", 0, "-3,-1", ["wide.png"], 2),
    ("clip_gelu", 0, "-1", ["photo.jpg", "wide.png", "alpha.png"], 1),
    ("clip_projection", 0, "1", ["photo.jpg", "tall.png"], 1),
]


def make_images():
    """Pictures with gradients, edges and noise; odd sizes and kinds of pixels."""
    random = np.random.RandomState(4)

    def picture(width, height, noise):
        y, x = np.mgrid[0:height, 0:width]
        waves = [128 + 90 * np.sin(x / a + y / b + c) for a, b, c in ((7, 11, 0), (13, -9, 1), (-17, 6, 2))]
        image = Image.fromarray(np.clip(np.stack(waves, -1), 0, 255).astype(np.uint8))
        draw = ImageDraw.Draw(image)
        draw.ellipse((width * 0.2, height * 0.3, width * 0.6, height * 0.8), fill=(230, 40, 20))
        draw.line((0, height - 1, width - 1, 0), fill=(10, 20, 60), width=2)
        image = np.asarray(image.filter(ImageFilter.GaussianBlur(0.5))).astype(int)
        return np.clip(image + random.randint(-noise, noise + 1, image.shape), 0, 255).astype(np.uint8)

    os.makedirs("images")
    Image.fromarray(picture(61, 47, 6)).save("images/wide.png", optimize=True)
    Image.fromarray(picture(37, 90, 2)).save("images/tall.png", optimize=True)
    Image.fromarray(picture(50, 50, 3)[..., 0]).save("images/square_grey.png", optimize=True)
    alpha = picture(40, 33, 2)
    alpha = np.concatenate([alpha, random.randint(0, 256, alpha.shape[:2] + (1,)).astype(np.uint8)], axis=-1)
    Image.fromarray(alpha, "RGBA").save("images/alpha.png", optimize=True)
    Image.fromarray(picture(131, 101, 8)).save("images/photo.jpg", quality=85)


def draw_weights(model, generator):
    """Fills every parameter; the scale follows from what it is."""

    def normal(tensor, mean, deviation):
        tensor.copy_(mean + deviation * torch.randn(tensor.shape, generator=generator))

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name or "layrnorm" in name:
                normal(parameter, 1.0 if name.endswith("weight") else 0.0, 0.3)
            elif name.endswith("lambda1"):
                normal(parameter, 0.2, 0.3)
            elif parameter.dim() >= 2 and name.endswith("weight") and "embedding.weight" not in name.replace("patch_embedding", ""):
                fan_in = parameter[0].numel()
                gain = 1.6 if "q_proj" in name or "k_proj" in name else 1.0
                normal(parameter, 0.0, gain / fan_in**0.5)
            else:
                normal(parameter, 0.0, 0.5)


def set_dtypes(model, dtype):
    if dtype == "mixed":
        for name, parameter in model.named_parameters():
            kind = torch.float32 if "norm" in name else torch.float16 if "attention" in name else torch.bfloat16
            parameter.data = parameter.data.to(kind)
    else:
        model.to({"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[dtype])


def as_published(folder, name):
    """What older savers left in the files, and today's no longer writes."""
    path = f"{folder}/model.safetensors"
    if name == "clip_vision":  # transformers 4 wrote the prefix, 5 leaves it out: clip_gelu is as 5 writes it
        tensors = {f"vision_model.{key}": value for key, value in load_file(path).items()}
        save_file(tensors, path, metadata={"format": "pt"})
    if name == "clip_whole":
        tensors = load_file(path)
        tensors["vision_model.embeddings.position_ids"] = torch.arange(82).reshape(1, -1)
        tensors["text_model.embeddings.position_ids"] = torch.arange(6).reshape(1, -1)
        save_file(tensors, path, metadata={"format": "pt"})
    config = json.load(open(f"{folder}/config.json"))
    # Fields at their class's defaults are often missing in published configurations.
    own = CHECKPOINTS[name][1]
    for part, kind in ((config, type(own)), (config.get("vision_config", {}), CLIPVisionConfig)):
        defaults = kind().to_dict()
        for field in ("num_channels", "key_bias", "layer_norm_eps", "hidden_act", "qkv_bias", "use_swiglu_ffn"):
            if field in part and part[field] == defaults[field]:
                del part[field]
    with open(f"{folder}/config.json", "w") as file:
        json.dump(config, file, indent=1)
        file.write("\n")


def make_checkpoint(name, seed):
    kind, config, dtype, preprocessor, shard = CHECKPOINTS[name]
    folder = f"checkpoints/{name}"
    model = kind(config)
    draw_weights(model, torch.Generator().manual_seed(seed))
    set_dtypes(model, dtype)
    model.save_pretrained(folder, **({"max_shard_size": shard} if shard else {}))
    as_published(folder, name)
    if preprocessor:
        with open(f"{folder}/preprocessor_config.json", "w") as file:
            json.dump(preprocessor, file, indent=1)
            file.write("\n")


def pixels_of(name, size, path):
    preprocessor = CHECKPOINTS[name][3]
    image = Image.open(path).convert("RGB")
    if name.startswith("clip"):
        processor = CLIPImageProcessorPil(size={"shortest_edge": size}, crop_size={"height": size, "width": size},
                                          **{key: (preprocessor or OPENAI)[key] for key in OPENAI})  # fmt: skip
        return processor(image, return_tensors="pt")["pixel_values"][0]
    norm = preprocessor or IMAGENET
    rgb = np.asarray(image.resize((size, size), Image.BILINEAR)).astype(np.float32) / np.float32(255)
    rgb = (rgb - np.float32(norm["image_mean"])) / np.float32(norm["image_std"])
    return torch.from_numpy(rgb.transpose(2, 0, 1).copy())


def run_case(name, given_size, given_layer, images, patch_step):
    kind = CHECKPOINTS[name][0]
    kind = CLIPVisionModel if kind is CLIPModel else kind
    model, loading = kind.from_pretrained(f"checkpoints/{name}", dtype=torch.float32, output_loading_info=True)
    assert not loading["missing_keys"] and not loading["mismatched_keys"], (name, loading)
    model.eval()
    config = model.config
    size = given_size or (config.image_size if name.startswith("clip") else 448)
    skipped = 1 + getattr(config, "num_register_tokens", 0)
    layers = [int(text) for text in (given_layer or "-6").split(",")]
    grid = size // config.patch_size

    def features(pixels):
        with torch.no_grad():
            states = model(pixels[None], output_hidden_states=True).hidden_states
        assert len(states) == config.num_hidden_layers + 1
        picked = torch.cat([states[each][0, skipped:] for each in layers], dim=-1)
        assert picked.shape == (grid * grid, config.hidden_size * len(layers))
        return picked

    pixels = [pixels_of(name, size, f"images/{image}") for image in images]
    single = [features(each) for each in pixels]
    model.double()
    exact = [features(each.double()) for each in pixels]
    case = {
        "name": f"{name} {size} {given_layer}", "checkpoint": name, "size": given_size, "layer": given_layer, "grid": grid,
        "dim": single[0].shape[1], "images": images, "patch_step": patch_step, "sd": [float(each.double().std()) for each in single],
        "rounding": [float((a.double() - b).abs().max()) for a, b in zip(single, exact)],
    }  # fmt: skip
    for sd, rounding in zip(case["sd"], case["rounding"]):
        assert rounding < 2e-5 * sd, (case["name"], rounding / sd)
    return case, torch.stack([each[::patch_step] for each in single]).contiguous()


def main():
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    for folder in ("checkpoints", "images"):
        shutil.rmtree(folder, ignore_errors=True)
    make_images()
    for seed, name in enumerate(CHECKPOINTS):
        make_checkpoint(name, 100 + seed)
    cases, tensors = [], {}
    for name, size, layer, images, patch_step in CASES:
        case, features = run_case(name, size, layer, images, patch_step)
        cases.append(case)
        assert case["name"] not in tensors
        tensors[case["name"]] = features
    save_file(tensors, "features.safetensors")
    versions = {"transformers": transformers.__version__, "torch": torch.__version__, "pillow": PIL.__version__,
                "safetensors": safetensors.__version__, "numpy": np.__version__}  # fmt: skip
    with open("cases.json", "w") as file:
        json.dump({"made_with": versions, "cases": cases}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
