#!/usr/bin/env python3
"""Times faiss-cpu's IndexFlatL2 on the data of `bench_search --write`: one line a repeat, seconds by the clock and of processors.

    faiss_search.py DIR THREADS REPEATS [NEIGHBOURS.npy]

Searches as bench_search --knn does: the images one after the other, K = 5, the index built before the clock starts.
"""
import sys
import time

import faiss
import numpy as np

PATCHES, K = 784, 5


def main():
    folder, threads, repeats = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    faiss.omp_set_num_threads(threads)
    bank = np.load(f"{folder}/bank.npy", mmap_mode="r")  # no second copy beside the index
    queries = np.load(f"{folder}/queries.npy")
    index = faiss.IndexFlatL2(bank.shape[1])
    for first in range(0, len(bank), 65536):
        index.add(np.ascontiguousarray(bank[first : first + 65536]))
    index.search(queries[:PATCHES], K)
    found = []
    for _ in range(repeats):
        start, processors = time.perf_counter(), time.process_time()
        found = [index.search(queries[q : q + PATCHES], K)[1] for q in range(0, len(queries), PATCHES)]
        print(f"{time.perf_counter() - start:.6f} {time.process_time() - processors:.6f}", flush=True)
    print(f"faiss {faiss.__version__}, numpy {np.__version__}", file=sys.stderr)
    if len(sys.argv) > 4:
        np.save(sys.argv[4], np.concatenate(found))


if __name__ == "__main__":
    main()
