#!/usr/bin/env python3
"""purebank's transformers against Hugging Face transformers with PyTorch, float32, and against oneDNN, on the same checkpoints and CPU.

    compare_transformers.py CHECKPOINT... [--minutes 11] [--rounds 5] [--size PX] [--layer -6] [--threads 2] [--precision P]...

One process a contender, all of them alive through the run of a checkpoint and taking turns, round by round; each computes --images
images of noise a turn, transformers one whole batch where that is more. Contenders:

    purebank              bench_vit --serve, once for every --precision (default: f32)
    oneDNN                nothing but the products of the blocks with weights, packed or by its sgemm: the limit
    transformers, whole   the model as people run it, output_hidden_states=True, batches of 1 and of 8
    transformers, cut     the blocks after the wanted layer removed, batches of 1 and of 8

All checkpoints together take --minutes at most: each has its share of what is left, and does as many rounds as fit, up to --rounds,
but at least one. Printed are a table of each, and one of all in Markdown, for docs/backbones.md: medians of images/s, and the most
memory each process ever had (VmHWM).

purebank starts from decoded 8-bit images and normalises them itself, transformers from finished tensors. The first image's
features are compared: the two must agree, or the times mean nothing. The size is 448, with CLIP that of its config. Needs python3
with torch and transformers first in PATH, and bench_vit built (or named by PB_BENCH_VIT).
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
    """A process that answers each line "N" by computing N images and printing the seconds; it is warm when it starts."""

    def __init__(self, name, command, threads, images):
        environment = dict(os.environ, PB_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
        self.name, self.images, self.rates = name, images, []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        ready = self.process.stdout.readline().split()
        if ready[:1] != ["ready"]:
            sys.exit(f"{name} did not start: {' '.join(command)}")
        self.said = [float(word) for word in ready[1:]]

    def turn(self):
        self.process.stdin.write(f"{self.images}\n")
        self.process.stdin.flush()
        self.rates.append(self.images / float(self.process.stdout.readline()))

    def rate(self):
        return statistics.median(self.rates)

    def peak_megabytes(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 / 1e6 for line in status if line.startswith("VmHWM"))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def serve_transformers(options):
    """The other side of a Contender: transformers in this process."""
    import numpy as np
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(options.threads)
    checkpoint = options.checkpoints[0]
    config = transformers.AutoConfig.from_pretrained(checkpoint)
    is_clip = config.model_type.startswith("clip")
    kind = transformers.CLIPVisionModel if is_clip else transformers.AutoModel
    model = kind.from_pretrained(checkpoint, dtype=torch.float32).eval()
    config = model.config
    layer = options.layer + config.num_hidden_layers + 1 if options.layer < 0 else options.layer
    if options.cut:
        blocks = model.encoder.layers if is_clip else getattr(model, "model", getattr(model, "encoder", None)).layer
        del blocks[layer:]
    pixels = np.fromfile(options.pixels, np.uint8).reshape(-1, options.size, options.size, 3)
    mean, std = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)) if is_clip else (
        (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))  # fmt: skip
    pixels = (pixels.astype(np.float32) / np.float32(255) - np.float32(mean)) / np.float32(std)
    pixels = torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy())
    skipped = 1 + getattr(config, "num_register_tokens", 0)

    def run(n):
        found = []
        with torch.inference_mode():
            for i in range(0, n, options.batch):
                batch = pixels[[j % len(pixels) for j in range(i, min(i + options.batch, n))]]
                states = model(batch, output_hidden_states=True).hidden_states
                found.append(states[layer][:, skipped:].clone())
        return found

    run(options.batch)[0][0].numpy().tofile(options.features)
    print("ready", flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        run(int(line))
        print(f"{time.perf_counter() - start:.6f}", flush=True)


def input_size(checkpoint):
    with open(os.path.join(checkpoint, "config.json")) as file:
        config = json.load(file)
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
        shared = [checkpoint, "--size", str(self.size), "--layer", str(options.layer)]
        engine = [PROGRAM, "--serve"] + shared + ["--pixels", pixels, "--images", str(options.images)]
        reference = [sys.executable, os.path.abspath(__file__), "--serve"] + shared + ["--pixels", pixels]
        self.own, self.limits, self.others = {}, [], {}
        for precision in options.precision:
            features = os.path.join(folder, precision)
            self.own[precision] = self.start(f"purebank {precision}", engine + ["--precision", precision, "--features", features])
        for way in ("packed", "sgemm"):
            self.limits.append(self.start(f"oneDNN, products alone, {way}", [PROGRAM, "--serve"] + shared + ["--products", way]))
        for extent in ("whole", "cut"):
            for batch in (1, 8):
                command = reference + ["--threads", str(options.threads), "--batch", str(batch),
                                       "--features", os.path.join(folder, f"{extent}{batch}")]  # fmt: skip
                self.others[extent, batch] = self.start(f"transformers, {extent}, batch {batch}",
                                                        command + (["--cut"] if extent == "cut" else []), batch)  # fmt: skip
        self.all = list(self.own.values()) + self.limits + list(self.others.values())

    def start(self, name, command, images=1):
        return Contender(name, command, self.options.threads, max(images, self.options.images))

    def run(self, deadline):
        while self.rounds < self.options.rounds:
            started = time.monotonic()
            for contender in self.all:
                contender.turn()
            self.rounds += 1
            took = time.monotonic() - started
            if time.monotonic() + took > deadline:
                break

    def best(self, extent):
        return max((contender for (kind, _), contender in self.others.items() if kind == extent), key=Contender.rate)

    def peak(self, extent):
        """Of the batch that was the faster one."""
        return self.best(extent).peak_megabytes()

    def shares(self, rate):
        """Of oneDNN's own rate over the products: counting the products with weights alone, and with those in attention."""
        alone, products, attention = max(limit.rate() for limit in self.limits), *self.limits[0].said
        return rate / alone, rate / alone * (products + attention) / products

    def difference(self, precision):
        """Largest difference from transformers in standard deviations of the image's features."""
        import numpy as np

        own, reference = (np.fromfile(os.path.join(self.folder, name), np.float32).astype(np.float64)
                          for name in (precision, "whole1"))  # fmt: skip
        return np.abs(own - reference).max() / reference.std()

    def say(self):
        whole, cut = self.best("whole").rate(), self.best("cut").rate()
        print(f"\n== {self.name}, {self.size} px, layer {self.options.layer}, {self.options.threads} threads, {self.rounds} rounds "
              f"of at least {self.options.images} images")  # fmt: skip
        print(f"{'':34} {'images/s':>9} {'range':>15} {'peak MB':>8} {'x whole':>8} {'x cut':>7}")
        for each in self.all:
            spread = f"{min(each.rates):.3f}-{max(each.rates):.3f}"
            print(f"{each.name:34} {each.rate():9.3f} {spread:>15} {each.peak_megabytes():8.0f} {each.rate() / whole:8.2f} "
                  f"{each.rate() / cut:7.2f}")  # fmt: skip
        gflop = self.limits[0].said[0]
        print(f"oneDNN's rate over the products: {', '.join(f'{gflop * limit.rate():.0f}' for limit in self.limits)} GFLOP/s "
              "(packed, sgemm)")  # fmt: skip
        for precision in self.own:
            print(f"largest difference of {precision} from transformers: {self.difference(precision):.2g} standard deviations")
        sys.stdout.flush()

    def rows(self):
        whole, cut = self.best("whole").rate(), self.best("cut").rate()
        for i, (precision, contender) in enumerate(self.own.items()):
            rate = contender.rate()
            share = "{:.0f} %, {:.0f} %".format(*(100 * value for value in self.shares(rate))) if precision == "f32" else ""
            name = f"{self.name}, {self.size} px: " if i == 0 else ""
            yield (f"| {name}`{precision}` | {rate:.3f} | {rate / whole:.2f} | {rate / cut:.2f} | {share} | "
                   f"{contender.peak_megabytes():.0f} MB |")  # fmt: skip
        for extent, rate in (("whole", whole), ("cut", cut)):
            yield f"| PyTorch f32, {extent}, best | {rate:.3f} | | | | {self.peak(extent):.0f} MB |"

    def close(self):
        for contender in self.all:
            contender.close()


def compare(options):
    import torch
    import transformers

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
    print(f"\ntransformers {transformers.__version__}, PyTorch {torch.__version__}\n")
    print("| | images/s | x whole | x cut | of oneDNN's rate: products, with attention | peak memory |\n|---|---|---|---|---|---|")
    print("\n".join(rows))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("checkpoints", nargs="+", metavar="CHECKPOINT")
    arguments.add_argument("--minutes", type=float, default=11)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--size", type=int, default=0)
    arguments.add_argument("--layer", type=int, default=-6)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--images", type=int, default=2)
    arguments.add_argument("--precision", action="append")
    for hidden in ("--pixels", "--features"):
        arguments.add_argument(hidden, help=argparse.SUPPRESS)
    arguments.add_argument("--batch", type=int, default=1, help=argparse.SUPPRESS)
    arguments.add_argument("--cut", action="store_true", help=argparse.SUPPRESS)
    arguments.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    serve_transformers(options) if options.serve else compare(options)


if __name__ == "__main__":
    main()
