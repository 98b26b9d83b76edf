#!/usr/bin/env python3
"""How far ranks help: purebank-mpi on 1 to 1000 ranks, from parts that are measured here.

    bench/scaling_model.py PUREBANK PUREBANK_MPI [--svg FILE] [--json FILE] [--parts FILE] [--train 60] [--good 40] [--bad 40]

Measures, on this machine (root: under `nice -n -19`, so that other work disturbs little):
  block    processor seconds of one block of the main run (a category and a seed, all 17 methods) on a cache of real size
  result   bytes of its rows as rank 0 receives them
  writer   seconds that rank 0 needs to deal an item, receive it and sync it: many blocks that compute next to nothing
  start    seconds of mpirun until ranks have started and ended again, for 1 to 8 of them
  read     bytes a second of this file system, of a file that is not in memory; hash: of SHA-256, which checks caches
  ranks    the same job by 1 and by 2 ranks of one thread each, and two such jobs at once: what the model is compared with
and plays the study (35 categories x 5 seeds x 2 setups) with the dealer's rule on as many ranks as one likes. The figure shows the
speedup, and what takes the rest. --parts FILE keeps what was measured, and takes it from there when it is there.
Needs numpy.
"""
import argparse
import hashlib
import heapq
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

# Test images of the categories as published: MVTec AD, VisA, MVTec LOCO, BTAD.
TEST_IMAGES = {
    "bottle": 83, "cable": 150, "capsule": 132, "carpet": 117, "grid": 78, "hazelnut": 110, "leather": 124, "metal_nut": 115,
    "pill": 167, "screw": 160, "tile": 117, "toothbrush": 42, "transistor": 100, "wood": 79, "zipper": 151,
    "candle": 200, "capsules": 160, "cashew": 150, "chewinggum": 150, "fryum": 150, "macaroni1": 200, "macaroni2": 200, "pcb1": 200,
    "pcb2": 200, "pcb3": 201, "pcb4": 201, "pipe_fryum": 150,
    "breakfast_box": 275, "juice_bottle": 330, "pushpins": 310, "screw_bag": 341, "splicing_connectors": 312,
    "btad_01": 70, "btad_02": 230, "btad_03": 441}
TRAIN_IMAGES = 3629 + 8659 + 1772 + 1799
SEEDS, SETUPS = 5, 2
MPIRUN = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]
PATCHES, DIM = 784, 1024
# Processor seconds an image, f32 at 448 pixels (224 CLIP): docs/backbones.md, 2 cores. The last by its share of weights.
BACKBONES = [("built-in", 0.0065), ("CLIP ViT-L/14", 2 / 1.188), ("DINOv3 ViT-L/16", 2 / 0.393), ("DINOv3 7B (estimated)", 2 / 0.393 * 6716 / 303)]


def quiet(command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, **more)


def seconds_of(command):
    """Of the clock, and of processors."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    quiet(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - began, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


# ---- Caches ---------------------------------------------------------------------------------------------------------
def make_cache(folder, patches, dim, train, good, bad):
    import numpy as np
    rng = np.random.default_rng(7)
    os.makedirs(folder)
    base = rng.normal(size=(patches, dim)).astype(np.float32)
    common = rng.normal(size=(16, dim)).astype(np.float32)
    for name, n_good, n_bad in (("all_train", train, 0), ("test", good, bad)):
        out = np.lib.format.open_memmap(f"{folder}/{name}_features.npy", "w+", np.float32, (n_good + n_bad, patches, dim))
        for i in range(n_good + n_bad):
            out[i] = base + rng.normal(size=(patches, 16)).astype(np.float32) @ common * 0.3
            out[i] += rng.normal(size=(patches, dim)).astype(np.float32) * 0.25
            if i >= n_good:
                out[i, : patches // 20 + 1] += 0.5
        out.flush()
        with open(f"{folder}/{name}_paths.txt", "w") as paths:
            paths.writelines(f"{name}/{i:03d}.png\n" for i in range(n_good + n_bad))
    np.save(f"{folder}/test_labels.npy", np.array([0] * good + [1] * bad, dtype=np.int64))


# ---- Parts ----------------------------------------------------------------------------------------------------------
def measure_block(args, work):
    make_cache(f"{work}/real/mvtec_AD__a", PATCHES, DIM, args.train, args.good, args.bad)
    command = [args.purebank, "experiment", "main", "--cache", f"{work}/real", "-o", f"{work}/block", "--seeds", "0",
               "--methods", "all", "-q"]
    clock, processor = seconds_of(command)
    rows = open(f"{work}/block/results_v2.csv", "rb").read()
    n_test = int(re.search(rb"\r?\n(?:[^;]*;){10}([0-9]+);", rows).group(1))
    return {"processor_s": processor, "clock_s": clock, "test_images": n_test, "result_bytes": len(rows)}


def measure_writer(args, work):
    """What a block takes that has next to nothing to compute, by two ranks: dealing, two messages, one sync."""
    make_cache(f"{work}/tiny/mvtec_AD__a", 4, 4, 12, 4, 6)
    n = 400
    grid = ["--limits", "5", "--contamination", "0", "--methods", "none", "--threads", "1", "-q"]
    took = []
    for seeds in (1, n):
        shutil.rmtree(f"{work}/tiny_out", ignore_errors=True)
        took.append(seconds_of(MPIRUN + ["-np", "2", args.purebank_mpi, "experiment", "main", "--cache", f"{work}/tiny", "-o",
                                         f"{work}/tiny_out", "--seeds", f"0-{seeds - 1}"] + grid)[0])
    return (took[1] - took[0]) / (n - 1)


def measure_start(args):
    return {n: statistics.median(seconds_of(MPIRUN + ["-np", str(n), args.purebank_mpi, "--version"])[0] for _ in range(3))
            for n in (1, 2, 4, 8)}


def measure_rates(work):
    path = f"{work}/real/mvtec_AD__a/test_features.npy"
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        began = time.monotonic()
        while file.read(1 << 24):
            pass
        read = size / (time.monotonic() - began)
        file.seek(0)
        block = file.read(1 << 27)
    began = time.process_time()
    hashlib.sha256(block).digest()
    return read, len(block) / (time.process_time() - began)


def measure_ranks(args, work):
    """The clock of a job of 12 blocks that compute for a while, by 1 and by 2 ranks of one thread, and of two such jobs of one rank
    at once, which is what the machine has to give; alternating."""
    for name in "abc":
        make_cache(f"{work}/ranks/mvtec_AD__{name}", 256, 128, 20, 20, 20)
    grid = ["--seeds", "0-3", "--methods", "core", "--threads", "1", "-q"]
    took = {"1": [], "2": [], "two jobs": []}

    def command(n, out):
        return MPIRUN + ["-np", str(n), args.purebank_mpi, "experiment", "main", "--cache", f"{work}/ranks", "-o",
                         f"{work}/ranks_{out}"] + grid

    for i in range(3):
        for n in (1, 2):
            took[str(n)].append(seconds_of(command(n, f"{i}_{n}"))[0])
        began = time.monotonic()
        pair = [subprocess.Popen(command(1, f"{i}_{other}"), stdout=subprocess.DEVNULL) for other in "ab"]
        if any(one.wait() != 0 for one in pair):
            sys.exit("a job failed")
        took["two jobs"].append(time.monotonic() - began)
    return {n: statistics.median(values) for n, values in took.items()}


def measure(args):
    with tempfile.TemporaryDirectory(dir=args.work) as work:
        parts = {"block": measure_block(args, work)}
        parts["read_bytes_s"], parts["hash_bytes_s"] = measure_rates(work)
        parts["writer_s"] = measure_writer(args, work)
        parts["start_s"] = measure_start(args)
        parts["ranks_s"] = measure_ranks(args, work)
    return json.loads(json.dumps(parts))


# ---- The model ------------------------------------------------------------------------------------------------------
def block_seconds(parts, test_images, cores):
    """Half of the defects are tested in the setup disjoint; blocks grow with their test images."""
    block = parts["block"]
    return block["processor_s"] * (0.75 * test_images) / block["test_images"] / cores


def load_seconds(parts, test_images):
    """A rank that begins a category reads and hashes its files once; some 90 training images of a category are drawn from."""
    size = (test_images + TRAIN_IMAGES / len(TEST_IMAGES)) * PATCHES * DIM * 4
    return size / min(parts["read_bytes_s"], parts["hash_bytes_s"])


def start_seconds(parts, ranks, ranks_a_host):
    """Ranks of a host as measured; hosts are started by a tree, each level as long as one start."""
    counts = sorted(int(n) for n in parts["start_s"])
    first, last = parts["start_s"][str(counts[0])], parts["start_s"][str(counts[-1])]
    each = max(last - first, 0) / (counts[-1] - counts[0])
    hosts = -(-ranks // ranks_a_host)
    return first * (1 + max(hosts - 1, 0).bit_length()) + each * min(ranks, ranks_a_host)


def play(parts, ranks, cores, ranks_a_host=16):
    """The dealer's rule (src/base/dealer.c): stay with the category, else the largest that is not begun, else the one with most
    left for each that works on it. Returns the seconds of the job, and rank-seconds by what they went into."""
    blocks = {name: SEEDS * SETUPS for name in TEST_IMAGES}
    cost = {name: block_seconds(parts, n, cores) for name, n in TEST_IMAGES.items()}
    load = {name: load_seconds(parts, n) for name, n in TEST_IMAGES.items()}
    begun, working = set(), dict.fromkeys(blocks, 0)
    start = start_seconds(parts, ranks, ranks_a_host)
    spent = {"computing": 0.0, "reading caches": 0.0, "start": start * ranks, "rank 0 busy": 0.0}
    events = [(start, r, None) for r in range(ranks)]  # a rank is ready, or its block is done
    heapq.heapify(events)
    writer_free = end = start
    while events:
        now, r, last = heapq.heappop(events)
        if last:
            kept = max(now, writer_free) + parts["writer_s"]  # one after another
            spent["rank 0 busy"] += kept - now
            now = writer_free = end = kept
            working[last] -= 1
        left = [name for name in blocks if blocks[name] > 0]
        if not left:
            continue
        if last in left:
            name = last
        else:
            fresh = [name for name in left if name not in begun]
            name = max(fresh, key=lambda n: blocks[n] * cost[n]) if fresh else \
                max(left, key=lambda n: blocks[n] * cost[n] / (working[n] + 1))
        blocks[name] -= 1
        begun.add(name)
        working[name] += 1
        loading = 0 if name == last else load[name]
        spent["computing"] += cost[name]
        spent["reading caches"] += loading
        heapq.heappush(events, (now + loading + cost[name], r, name))
    spent["nothing left to deal"] = end * ranks - sum(spent.values())
    return end, spent


# ---- The figure -----------------------------------------------------------------------------------------------------
COLORS = {"computing": "#4477aa", "reading caches": "#66ccee", "start": "#ccbb44", "rank 0 busy": "#ee6677",
          "nothing left to deal": "#bbbbbb"}


def svg(counts, results, parts):
    import math
    width, height, left, right, top, bottom = 860, 380, 60, 20, 34, 70
    half = (width - 3 * left - right) // 2
    x = lambda n, x0: x0 + half * math.log10(n) / 3
    y = lambda s: height - bottom - (height - top - bottom) * math.log10(max(s, 1)) / 3
    one = results[counts[0]][0]
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="Liberation Sans, Arial, '
           'sans-serif" font-size="12">', f'<rect width="{width}" height="{height}" fill="white"/>']
    text = lambda tx, ty, words, more="": out.append(f'<text x="{tx:.1f}" y="{ty:.1f}" {more}>{words}</text>')
    second = 2 * left + half + 10
    for x0, title in ((left, "Speedup of the study's main run over one rank"), (second, "What the ranks' time goes into")):
        text(x0, 18, title, 'font-weight="bold"')
        out.append(f'<path d="M{x0} {top}V{height - bottom}H{x0 + half}" fill="none" stroke="black"/>')
        for n in (1, 10, 100, 1000):
            text(x(n, x0), height - bottom + 16, n, 'text-anchor="middle"')
        text(x0 + half / 2, height - bottom + 34, "ranks", 'text-anchor="middle"')
    for s in (1, 10, 100, 1000):
        text(left - 6, y(s) + 4, s, 'text-anchor="end"')
    for share in (0, 0.25, 0.5, 0.75, 1):
        text(second - 6, height - bottom - (height - top - bottom) * share + 4, f"{100 * share:.0f} %", 'text-anchor="end"')
    line = lambda points, style: out.append(f'<polyline points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}" fill="none" {style}/>')
    line([(x(n, left), y(n)) for n in counts], 'stroke="#999999" stroke-dasharray="4 4"')
    line([(x(n, left), y(one / results[n][0])) for n in counts], 'stroke="#4477aa" stroke-width="2"')
    blocks = len(TEST_IMAGES) * SEEDS * SETUPS
    out.append(f'<path d="M{x(blocks, left):.1f} {top}V{height - bottom}" stroke="#ee6677" stroke-dasharray="2 3"/>')
    text(x(blocks, left) - 4, top + 12, f"{blocks} blocks", 'text-anchor="end" fill="#ee6677"')
    measured = parts["ranks_s"]["two jobs"] / parts["ranks_s"]["2"]  # the machine itself may have less than two cores to give
    out.append(f'<circle cx="{x(2, left):.1f}" cy="{y(measured):.1f}" r="4" fill="#228833"/>')
    text(x(2, left) + 8, y(measured) + 12, f"2 ranks, measured: {measured:.2f}", 'fill="#228833"')
    text(x(10, left) + 6, y(10) - 8, "ideal", 'text-anchor="end" fill="#777777"')
    below = [0.0] * len(counts)
    for kind, color in COLORS.items():
        shares = [results[n][1][kind] / (results[n][0] * n) for n in counts]
        above = [b + s for b, s in zip(below, shares)]
        level = lambda share: height - bottom - (height - top - bottom) * share
        points = [(x(n, second), level(s)) for n, s in zip(counts, above)]
        points += [(x(n, second), level(s)) for n, s in reversed(list(zip(counts, below)))]
        out.append(f'<polygon points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}" fill="{color}"/>')
        below = above
    at = left
    for kind, color in COLORS.items():
        out.append(f'<rect x="{at}" y="{height - 24}" width="10" height="10" fill="{color}"/>')
        text(at + 14, height - 15, kind)
        at += 26 + 6.3 * len(kind)
    return "\n".join(out + ["</svg>", ""])


def say(parts, counts, results):
    block = parts["block"]
    print(f"block: {block['processor_s']:.1f} s of processors for {block['test_images']} test images, rows of "
          f"{block['result_bytes'] / 1e3:.0f} kB; rank 0 takes {1e3 * parts['writer_s']:.2f} ms an item")
    print(f"read {parts['read_bytes_s'] / 1e9:.2f} GB/s, SHA-256 {parts['hash_bytes_s'] / 1e9:.2f} GB/s; start of "
          + ", ".join(f"{n}: {s:.2f} s" for n, s in parts["start_s"].items()))
    ranks = parts["ranks_s"]
    print(f"2 ranks against 1, measured: {ranks['1'] / ranks['2']:.2f} x ({ranks['1']:.1f} s, {ranks['2']:.1f} s); two jobs of one rank at "
          f"once: {2 * ranks['1'] / ranks['two jobs']:.2f} x, which is what the machine has to give")
    print("| ranks | hours | speedup | efficiency |\n|---|---|---|---|")
    for n in counts:
        end = results[n][0]
        print(f"| {n} | {end / 3600:.2f} | {results[counts[0]][0] / end:.1f} | {100 * results[counts[0]][0] / end / n:.0f} % |")
    images = TRAIN_IMAGES + sum(TEST_IMAGES.values())
    run = sum(block_seconds(parts, n, 1) * SEEDS * SETUPS for n in TEST_IMAGES.values())
    print(f"core hours of the study ({images} images, {len(TEST_IMAGES) * SEEDS * SETUPS} blocks), and days on 2 cores (2 ranks), 64 (64) and "
          "1024 (128 ranks of 8 threads)\n| backbone | features | main run | 2 cores | 64 | 1024 |\n|---|---|---|---|---|---|")
    for name, each in BACKBONES:
        days = [(images * each / (n * cores) + play(parts, n, cores)[0]) / 86400 for n, cores in ((2, 1), (64, 1), (128, 8))]
        print(f"| {name} | {images * each / 3600:.1f} | {run / 3600:.1f} | " + " | ".join(f"{d:.2g}" for d in days) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("purebank")
    parser.add_argument("purebank_mpi")
    parser.add_argument("--svg")
    parser.add_argument("--json")
    parser.add_argument("--parts")
    parser.add_argument("--work", help="folder for a GB of caches")
    for name, value in (("train", 60), ("good", 40), ("bad", 40)):
        parser.add_argument("--" + name, type=int, default=value)
    args = parser.parse_args()
    if os.geteuid() == 0:
        os.nice(-19)
    if args.parts and os.path.exists(args.parts):
        parts = json.load(open(args.parts))
    else:
        parts = measure(args)
        if args.parts:
            json.dump(parts, open(args.parts, "w"), indent=1)
    counts = [1, 2, 4, 8, 16, 35, 64, 128, 256, 350, 512, 1000]
    results = {n: play(parts, n, cores=1) for n in counts}
    say(parts, counts, results)
    if args.svg:
        open(args.svg, "w").write(svg(counts, results, parts))
    if args.json:
        json.dump({n: {"seconds": r[0], "rank_seconds": r[1]} for n, r in results.items()}, open(args.json, "w"), indent=1)


if __name__ == "__main__":
    sys.exit(main())
