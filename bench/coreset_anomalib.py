#!/usr/bin/env python3
"""Times anomalib's KCenterGreedy on the data of `bench_scale --write`, without its random projection: one line, seconds by the
clock and of processors to select WANTED of the first ROWS rows, and the largest distance of any selected row from those before.

    coreset_anomalib.py DIR ROWS WANTED THREADS

It starts at row 0, as purebank does. A selection costs the same whichever it is, so that a part of one can be measured.
"""
import sys
import time

import numpy as np
import torch
from anomalib.models.components.sampling.k_center_greedy import KCenterGreedy


def main():
    folder, rows, wanted, threads = sys.argv[1], *map(int, sys.argv[2:5])
    torch.set_num_threads(threads)
    torch.randint = lambda high, size, device=None: torch.zeros(size, dtype=torch.int64)
    bank = torch.from_numpy(np.load(f"{folder}/bank.npy", mmap_mode="r")[:rows].copy())
    # Embeddings of more than two dimensions are not projected.
    sampler = KCenterGreedy(embedding=bank[:, :, None], sampling_ratio=(wanted + 0.5) / rows)
    start, processors = time.perf_counter(), time.process_time()
    selected = sampler.select_coreset_idxs()
    seconds, processor_seconds = time.perf_counter() - start, time.process_time() - processors
    assert len(selected) == wanted
    last = bank[selected[-1]].double()
    radius = min(float((bank[s].double() - last).norm()) for s in selected[:-1])
    print(f"{seconds:.3f} {processor_seconds:.3f} {radius:.6f}")


if __name__ == "__main__":
    main()
