"""A bank as purebank 0.1.0 wrote it, and what that program said about parts. Needs nothing but that program:
    make.py PUREBANK
writes first_edition.bank, parts.npy and scores.csv (path, score, verdict)."""
import os
import random
import struct
import subprocess
import sys

IMAGES, PATCHES, CHANNELS = 8, 9, 4


def save(name, images):
    """images: lists of patches, each a list of channels."""
    shape = "(%d, %d, %d)" % (len(images), PATCHES, CHANNELS)
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }" % shape
    header += " " * ((64 - (10 + len(header) + 1) % 64) % 64) + "\n"
    values = [x for image in images for patch in image for x in patch]
    with open(name, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        file.write(struct.pack("<%df" % len(values), *values))


def normal(rng, n, shift=lambda image, patch: 0):
    return [[[rng.gauss(shift(i, p), 1) for _ in range(CHANNELS)] for p in range(PATCHES)] for i in range(n)]


os.chdir(os.path.dirname(os.path.abspath(__file__)))
rng = random.Random(20)
save("references.npy", normal(rng, IMAGES, lambda image, patch: 4 if image == 5 else 0))  # the audit flags one
save("parts.npy", normal(rng, 3, lambda image, patch: 9 if (image, patch) == (2, 4) else 0))
run = lambda *arguments: subprocess.run([sys.argv[1], *arguments], check=True)
run("fit", "references.npy", "-o", "first_edition.bank", "--knn-k", "3", "--purify", "loo_patch", "--percentile", "90",
    "--false-alarm-rate", "0.2")
run("score", "first_edition.bank", "parts.npy", "--csv", "scores.csv")
os.remove("references.npy")
