#!/usr/bin/env python3
"""purebank's transformers against Hugging Face transformers with PyTorch, float32, on the same checkpoint and CPU.

    compare_transformers.py CHECKPOINT [--size 448] [--layer -6] [--threads 2] [--rounds 5] [--images 8] [--precision P]...

One process a contender, all of them alive through the run and taking turns, round by round; each computes --images images of
noise a turn, transformers one whole batch where that is more. Printed are medians of images/s, their range, and the most memory each process ever had (VmHWM). Contenders:

    purebank              bench_vit --serve, once for every --precision (default: f32)
    transformers, whole   the model as people run it, output_hidden_states=True, batches of 1 and of 8
    transformers, cut     the blocks after the wanted layer removed, batches of 1 and of 8

purebank starts from decoded 8-bit images and normalises them itself, transformers from finished tensors. At the end the first
image's features are compared: the two must agree, or the times mean nothing. Needs python3 with torch and transformers first in
PATH, and bench_vit built (or named by PB_BENCH_VIT).
"""
import argparse
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.environ.get("PB_BENCH_VIT", os.path.join(HERE, "..", "build", "release", "bench", "bench_vit"))


class Contender:
    """A process that answers each line "N" by computing N images and printing the seconds; it is warm when it starts."""

    def __init__(self, name, command, threads, images):
        environment = dict(os.environ, PB_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
        self.name, self.images, self.rates = name, images, []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        if self.process.stdout.readline().strip() != "ready":
            sys.exit(f"{name} did not start: {' '.join(command)}")

    def turn(self):
        self.process.stdin.write(f"{self.images}\n")
        self.process.stdin.flush()
        return self.images / float(self.process.stdout.readline())

    def peak_megabytes(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))

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
    config = transformers.AutoConfig.from_pretrained(options.checkpoint)
    is_clip = config.model_type.startswith("clip")
    kind = transformers.CLIPVisionModel if is_clip else transformers.AutoModel
    model = kind.from_pretrained(options.checkpoint, dtype=torch.float32).eval()
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


def difference(folder, a, b):
    """Largest difference of two feature files of one image, in standard deviations of the second."""
    import numpy as np

    a, b = (np.fromfile(os.path.join(folder, name), np.float32).astype(np.float64) for name in (a, b))
    return np.abs(a - b).max() / b.std()


def compare(options):
    import tempfile

    import numpy as np
    import torch
    import transformers

    with tempfile.TemporaryDirectory() as folder:
        pixels = os.path.join(folder, "pixels")
        noise = np.random.RandomState(1).randint(0, 256, (max(8, options.images), options.size, options.size, 3))
        noise.astype(np.uint8).tofile(pixels)
        contenders = []
        for precision in options.precision or ["f32"]:
            contenders.append(Contender(
                f"purebank {precision}",
                [PROGRAM, "--serve", options.checkpoint, "--images", str(options.images), "--size", str(options.size), "--layer", str(options.layer),
                 "--precision", precision, "--pixels", pixels, "--features", os.path.join(folder, precision)],
                options.threads, options.images))  # fmt: skip
        for cut in (False, True):
            for batch in (1, 8):
                command = [sys.executable, os.path.abspath(__file__), options.checkpoint, "--serve", "--size", str(options.size),
                           "--layer", str(options.layer), "--threads", str(options.threads), "--batch", str(batch),
                           "--pixels", pixels, "--features", os.path.join(folder, f"reference{cut}{batch}")]  # fmt: skip
                name = f"transformers, {'cut' if cut else 'whole'}, batch {batch}"
                contenders.append(Contender(name, command + (["--cut"] if cut else []), options.threads,
                                            max(batch, options.images)))
        for _ in range(options.rounds):
            for contender in contenders:
                contender.rates.append(contender.turn())
        median = {each.name: statistics.median(each.rates) for each in contenders}
        best = {kind: max(value for name, value in median.items() if kind in name) for kind in ("whole", "cut")}
        print(f"transformers {transformers.__version__}, torch {torch.__version__}, {options.threads} threads, "
              f"{options.rounds} rounds of at least {options.images} images, {options.size} px, layer {options.layer}")  # fmt: skip
        print(f"{'':32} {'images/s':>9} {'range':>17} {'peak MB':>8} {'x whole':>8} {'x cut':>7}")
        for each in contenders:
            rate = median[each.name]
            print(f"{each.name:32} {rate:9.3f} {min(each.rates):8.3f}-{max(each.rates):.3f} {each.peak_megabytes():8.0f} "
                  f"{rate / best['whole']:8.2f} {rate / best['cut']:7.2f}")  # fmt: skip
        for precision in options.precision or ["f32"]:
            print(f"largest difference of {precision} from transformers: "
                  f"{difference(folder, precision, 'referenceFalse1'):.2g} standard deviations")  # fmt: skip
        for contender in contenders:
            contender.close()


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("checkpoint")
    arguments.add_argument("--size", type=int, default=448)
    arguments.add_argument("--layer", type=int, default=-6)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--images", type=int, default=4)
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
