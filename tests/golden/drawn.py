"""Weights that need no file: value i of tensor t is low + (high - low) * u, with u in [0, 1) from an integer hash of (t, i), which
tests/drawn.h computes too, to the bit. They are drawn so that no part can be left out unseen: gains, variances and layer scales are
away from 1, means and biases away from 0.
"""
import json

import numpy as np
import torch


def uniform(t, n):
    """lowbias32 (Chris Wellons) of the item and the tensor, 24 bits of it."""
    x = np.arange(n, dtype=np.uint32) + np.uint32(t * 0x9E3779B9 % 2**32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x ^= x >> np.uint32(shift)
        x *= np.uint32(factor)
    x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)


def bounds(name, shape, is_norm):
    last = name.rsplit(".", 1)[-1]
    if last == "running_var":
        return 0.5, 1.5
    if last == "running_mean":
        return -0.25, 0.5
    if last in ("gamma", "gamma_1", "gamma_2"):
        return -0.5, 1.0
    if last == "bias":
        return -0.25, 0.375
    if is_norm:
        return 0.5, 1.5
    bound = float(np.float32((6 / np.prod(shape[1:])) ** 0.5))
    return -bound, bound


def draw(model, wanted=lambda key: True, prefix=""):
    """The state of a model, and [name, shape, low, high] of its tensors."""
    norms = {n for n, m in model.named_modules() if "Norm" in type(m).__name__}
    state, tensors = {}, []
    for key, value in model.state_dict().items():
        if value.dim() == 0 or not wanted(key):
            continue
        shape = list(value.shape)
        low, high = bounds(key, shape, key.rsplit(".", 1)[0] in norms)
        values = np.float32(low) + (np.float32(high) - np.float32(low)) * uniform(len(tensors), int(np.prod(shape)))
        state[key] = torch.from_numpy(values.reshape(shape))
        tensors.append([prefix + key, shape, low, high])
    return state, tensors


def write_cases(path, versions, cases, networks):
    with open(path, "w") as out:
        out.write('{"versions": ' + json.dumps(versions) + ',\n "cases": [\n  ' + ",\n  ".join(map(json.dumps, cases)))
        out.write('],\n "networks": {\n  ')
        out.write(",\n  ".join(json.dumps(name) + ": {\"config\": " + json.dumps(n["config"]) + ",\n   \"tensors\": [\n    "
                               + ",\n    ".join(map(json.dumps, n["tensors"])) + "]}" for name, n in networks.items()))  # fmt: skip
        out.write("}}\n")
