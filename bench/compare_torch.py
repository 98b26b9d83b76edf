#!/usr/bin/env python3
"""purebank's networks against PyTorch (Hugging Face transformers, timm) and against oneDNN, on the same checkpoints and CPU.

    compare_torch.py CHECKPOINT... [--minutes 11] [--rounds 5] [--size PX] [--layer L] [--threads 2] [--precision P]... [--clock cpu]

One process a contender, all of them alive through the run of a checkpoint and taking turns, round by round; each computes --images
images of noise a turn, PyTorch one whole batch where that is more. Contenders:

    purebank              bench_vit --serve, once for every --precision (default: f32)
    oneDNN                nothing but the products of the blocks with weights, packed or by its sgemm: the limit
    PyTorch, whole        the model as people run it, output_hidden_states=True, batches of 1 and of 8
    PyTorch, cut          the blocks after the wanted layer removed, batches of 1 and of 8

The last two in float32, and in bfloat16 where purebank is measured in it. Convolutional networks are compared cut alone, with the
means of neighbours and the interpolation that make PatchCore's features of two stages; oneDNN's products are those of transformers.

On a machine that others use, --threads 1 --clock cpu: seconds that the process computed instead of those that passed. As if the CPU
had AVX2 alone: ONEDNN_MAX_CPU_ISA=AVX2 for purebank and PyTorch's oneDNN, ATEN_CPU_CAPABILITY=avx2 and MKL_ENABLE_INSTRUCTIONS=AVX2
for the rest of PyTorch, in the environment.

All checkpoints together take --minutes at most: each has its share of what is left, and does as many rounds as fit, up to --rounds,
but at least one. Printed are a table of each, and one of all in Markdown, for docs/backbones.md: medians of images/s, and the most
memory each process ever had (VmHWM).

purebank starts from decoded 8-bit images and normalises them itself, PyTorch from finished tensors. The first image's
features are compared: the two must agree, or the times mean nothing. The size is 448, with CLIP that of its config, with convolutional networks 224. Needs python3
with torch, transformers and timm first in PATH, and bench_vit built (or named by PB_BENCH_VIT).
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.environ.get("PB_BENCH_VIT", os.path.join(HERE, "..", "build", "release", "bench", "bench_vit"))
NOISE_IMAGES = 8


class Contender:
    """A process that answers each line "N" by computing N images and printing the seconds that passed and those that it computed; it
    is warm when it starts."""

    def __init__(self, name, command, threads, images, clock):
        environment = dict(os.environ, PB_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
        self.name, self.images, self.rates, self.clock, self.threads = name, images, [], clock, threads
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        ready = self.process.stdout.readline().split()
        if ready[:1] != ["ready"]:
            sys.exit(f"{name} did not start: {' '.join(command)}")
        self.said = [float(word) for word in ready[1:]]

    def turn(self):
        self.process.stdin.write(f"{self.images}\n")
        self.process.stdin.flush()
        passed, computed = map(float, self.process.stdout.readline().split())
        self.rates.append(self.images / (computed / self.threads if self.clock == "cpu" else passed))

    def rate(self):
        return statistics.median(self.rates)

    def peak_megabytes(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 / 1e6 for line in status if line.startswith("VmHWM"))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def read_config(checkpoint):
    with open(os.path.join(checkpoint, "config.json")) as file:
        return json.load(file)


def is_convolutional(checkpoint):
    config = read_config(checkpoint)
    return "architecture" in config or config["model_type"] == "dinov3_convnext"


def load_transformer(checkpoint, options, dtype):
    """A function from pixels to the wanted hidden state of the patches, and the pixels' mean and deviation."""
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    config = transformers.AutoConfig.from_pretrained(checkpoint)
    is_clip = config.model_type.startswith("clip")
    kind = transformers.CLIPVisionModel if is_clip else transformers.AutoModel
    model = kind.from_pretrained(checkpoint, dtype=dtype).eval()
    config, wanted = model.config, int(options.layer or -6)
    layer = wanted + config.num_hidden_layers + 1 if wanted < 0 else wanted
    if options.cut:
        blocks = model.encoder.layers if is_clip else getattr(model, "model", getattr(model, "encoder", None)).layer
        del blocks[layer:]
    skipped = 1 + getattr(config, "num_register_tokens", 0)
    mean, std = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)) if is_clip else (
        (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))  # fmt: skip
    return lambda batch: model(batch, output_hidden_states=True).hidden_states[layer][:, skipped:], mean, std


def load_convolutional(checkpoint, options, dtype):
    """The same for the default layers of src/backbone/cnn/cnn_model.c; what follows the last of them is never run."""
    import timm
    import torch
    from safetensors.torch import load_file

    config = read_config(checkpoint)
    if config.get("model_type") == "dinov3_convnext":
        import transformers

        model = transformers.AutoModel.from_pretrained(checkpoint, dtype=dtype).eval()
        stages = getattr(model, "model", model).stages
        parts, wanted, mean, std = list(stages[:3]), {2}, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    else:
        model = timm.create_model(config["architecture"], pretrained=False)
        model.load_state_dict(load_file(os.path.join(checkpoint, "model.safetensors")))
        model = model.eval().to(dtype)
        cfg = config["pretrained_cfg"]
        mean, std = cfg["mean"], cfg["std"]
        if hasattr(model, "conv_stem"):
            parts, wanted = [torch.nn.Sequential(model.conv_stem, model.bn1), *model.blocks[:5]], {3, 5}
        else:
            stem = torch.nn.Sequential(model.conv1, model.bn1, model.act1, model.maxpool)
            parts, wanted = [stem, model.layer1, model.layer2, model.layer3], {2, 3}
    means = "resnet" in config.get("architecture", "")

    def run(batch):
        maps = []
        for i, part in enumerate(parts):
            batch = part(batch)
            if i in wanted:
                maps.append(torch.nn.functional.avg_pool2d(batch, 3, 1, 1) if means else batch)
        grid = maps[0].shape[-2:]
        maps = [m if m.shape[-2:] == grid else torch.nn.functional.interpolate(m, size=grid, mode="bilinear") for m in maps]
        return torch.cat(maps, 1).flatten(2).transpose(1, 2)

    return run, mean, std


def serve_torch(options):
    """The other side of a Contender: PyTorch in this process."""
    import numpy as np
    import torch

    torch.set_num_threads(options.threads)
    checkpoint, dtype = options.checkpoints[0], getattr(torch, options.dtype)
    load = load_convolutional if is_convolutional(checkpoint) else load_transformer
    model, mean, std = load(checkpoint, options, dtype)
    pixels = np.fromfile(options.pixels, np.uint8).reshape(-1, options.size, options.size, 3)
    pixels = (pixels.astype(np.float32) / np.float32(255) - np.float32(mean)) / np.float32(std)
    pixels = torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()).to(dtype)

    def run(n):
        found = []
        with torch.inference_mode():
            for i in range(0, n, options.batch):
                found.append(model(pixels[[j % len(pixels) for j in range(i, min(i + options.batch, n))]]).clone())
        return found

    run(options.batch)[0][0].float().numpy().tofile(options.features)
    print("ready", flush=True)
    for line in sys.stdin:
        start, computed = time.perf_counter(), time.process_time()
        run(int(line))
        print(f"{time.perf_counter() - start:.6f} {time.process_time() - computed:.6f}", flush=True)


def input_size(checkpoint):
    if is_convolutional(checkpoint):
        return 224
    config = read_config(checkpoint)
    config = config.get("vision_config") or config
    return config["image_size"] if config["model_type"].startswith("clip") else 448


class Comparison:
    """All contenders on one checkpoint."""

    def __init__(self, checkpoint, options, folder):
        import numpy as np

        self.name, self.options, self.folder = os.path.basename(os.path.normpath(checkpoint)), options, folder
        self.size, self.rounds = options.size or input_size(checkpoint), 0
        pixels = os.path.join(folder, "pixels")
        noise = np.random.RandomState(1).randint(0, 256, (max(NOISE_IMAGES, options.images), self.size, self.size, 3))
        noise.astype(np.uint8).tofile(pixels)
        shared = [checkpoint, "--size", str(self.size)] + (["--layer", options.layer] if options.layer else [])
        engine = [PROGRAM, "--serve"] + shared + ["--pixels", pixels, "--images", str(options.images)]
        convolutional = is_convolutional(checkpoint)
        # A margin that is cut off means that purebank resizes the image first.
        self.sees_the_same = read_config(checkpoint).get("pretrained_cfg", {}).get("crop_pct", 1) == 1
        self.own, self.limits, self.others = {}, [], {}
        for precision in options.precision:
            features = os.path.join(folder, precision)
            self.own[precision] = self.start(f"purebank {precision}", engine + ["--precision", precision, "--features", features])
        for way in () if convolutional else ("packed", "sgemm"):
            self.limits.append(self.start(f"oneDNN, products alone, {way}", [PROGRAM, "--serve"] + shared + ["--products", way]))
        for dtype in ("f32", "bf16") if "bf16" in options.precision else ("f32",):
            for extent in ("cut",) if convolutional else ("whole", "cut"):
                for batch in (1, 8):
                    self.others[dtype, extent, batch] = self.start_torch(dtype, extent, batch, shared, pixels)
        self.all = list(self.own.values()) + self.limits + list(self.others.values())

    def start_torch(self, dtype, extent, batch, shared, pixels):
        features = os.path.join(self.folder, f"{dtype}-{extent}{batch}")
        command = [sys.executable, os.path.abspath(__file__), "--serve"] + shared + [
            "--pixels", pixels, "--threads", str(self.options.threads), "--batch", str(batch), "--features", features,
            "--dtype", {"f32": "float32", "bf16": "bfloat16"}[dtype]]  # fmt: skip
        return self.start(f"PyTorch {dtype}, {extent}, batch {batch}", command + (["--cut"] if extent == "cut" else []), batch)

    def start(self, name, command, images=1):
        return Contender(name, command, self.options.threads, max(images, self.options.images), self.options.clock)

    def run(self, deadline):
        while self.rounds < self.options.rounds:
            started = time.monotonic()
            for contender in self.all:
                contender.turn()
            self.rounds += 1
            took = time.monotonic() - started
            if time.monotonic() + took > deadline:
                break

    def best(self, extent, dtype="f32"):
        """Of both batches; None where there is none."""
        found = [contender for (kind, part, _), contender in self.others.items() if (kind, part) == (dtype, extent)]
        return max(found, key=Contender.rate) if found else None

    def times(self, rate, extent, dtype="f32"):
        """Times as fast, in words; empty where there is nothing to compare with."""
        best = self.best(extent, dtype)
        return f"{rate / best.rate():.2f}" if best else ""

    def shares(self, rate):
        """Of oneDNN's own rate over the products: counting the products with weights alone, and with those in attention."""
        alone, products, attention = max(limit.rate() for limit in self.limits), *self.limits[0].said
        return rate / alone, rate / alone * (products + attention) / products

    def difference(self, precision):
        """Largest difference from PyTorch in standard deviations of the image's features."""
        import numpy as np

        reference = "f32-cut1" if self.best("whole") is None else "f32-whole1"
        own, reference = (np.fromfile(os.path.join(self.folder, name), np.float32).astype(np.float64)
                          for name in (precision, reference))  # fmt: skip
        return np.abs(own - reference).max() / reference.std()

    def say(self):
        layer = self.options.layer or "the default"
        print(f"\n== {self.name}, {self.size} px, layer {layer}, {self.options.threads} threads, {self.rounds} rounds "
              f"of at least {self.options.images} images, {self.options.clock} clock")  # fmt: skip
        print(f"{'':34} {'images/s':>9} {'range':>15} {'peak MB':>8} {'x whole':>8} {'x cut':>7}")
        for each in self.all:
            spread = f"{min(each.rates):.3f}-{max(each.rates):.3f}"
            print(f"{each.name:34} {each.rate():9.3f} {spread:>15} {each.peak_megabytes():8.0f} "
                  f"{self.times(each.rate(), 'whole'):>8} {self.times(each.rate(), 'cut'):>7}")  # fmt: skip
        if self.limits:
            gflop = self.limits[0].said[0]
            print(f"oneDNN's rate over the products: {', '.join(f'{gflop * limit.rate():.0f}' for limit in self.limits)} "
                  "GFLOP/s (packed, sgemm)")  # fmt: skip
        for precision in self.own if self.sees_the_same else ():
            print(f"largest difference of {precision} from PyTorch: {self.difference(precision):.2g} standard deviations")
        sys.stdout.flush()

    def rows(self):
        for i, (precision, contender) in enumerate(self.own.items()):
            rate = contender.rate()
            share = ""
            if precision == "f32" and self.limits:
                share = "{:.0f} %, {:.0f} %".format(*(100 * value for value in self.shares(rate)))
            name = f"{self.name}, {self.size} px: " if i == 0 else ""
            same = "bf16" if precision == "bf16" else "f32"
            yield (f"| {name}`{precision}` | {rate:.3f} | {self.times(rate, 'whole')} | {self.times(rate, 'cut')} | "
                   f"{self.times(rate, 'whole', same) if same == 'bf16' else ''} | {share} | {contender.peak_megabytes():.0f} MB |")
        for dtype in ("f32", "bf16"):
            for extent in ("whole", "cut"):
                best = self.best(extent, dtype)
                if best:
                    yield f"| PyTorch {dtype}, {extent}, best | {best.rate():.3f} | | | | | {best.peak_megabytes():.0f} MB |"

    def close(self):
        for contender in self.all:
            contender.close()


def compare(options):
    import torch

    options.precision = options.precision or ["f32"]
    deadline, rows = time.monotonic() + 60 * options.minutes, []
    for i, checkpoint in enumerate(options.checkpoints):
        share = (deadline - time.monotonic()) / (len(options.checkpoints) - i)
        until = time.monotonic() + share
        with tempfile.TemporaryDirectory() as folder:
            comparison = Comparison(checkpoint, options, folder)
            comparison.run(until)
            comparison.say()
            rows.extend(comparison.rows())
            comparison.close()
    print(f"\nPyTorch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}\n")
    print("| | images/s | x whole | x cut | x whole in bf16 | of oneDNN's rate: products, with attention | peak memory |\n"
          "|---|---|---|---|---|---|---|")  # fmt: skip
    print("\n".join(rows))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("checkpoints", nargs="+", metavar="CHECKPOINT")
    arguments.add_argument("--minutes", type=float, default=11)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--size", type=int, default=0)
    arguments.add_argument("--layer", help="of transformers; that of convolutional networks is the default one")
    arguments.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--images", type=int, default=2)
    arguments.add_argument("--precision", action="append")
    for hidden in ("--pixels", "--features"):
        arguments.add_argument(hidden, help=argparse.SUPPRESS)
    arguments.add_argument("--batch", type=int, default=1, help=argparse.SUPPRESS)
    arguments.add_argument("--dtype", default="float32", help=argparse.SUPPRESS)
    arguments.add_argument("--cut", action="store_true", help=argparse.SUPPRESS)
    arguments.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    serve_torch(options) if options.serve else compare(options)


if __name__ == "__main__":
    main()
