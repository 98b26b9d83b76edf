"""Prints the tables of src/image/colormap.c: matplotlib's viridis, inferno and turbo, 256 colours each as 0xRRGGBB.

Made with matplotlib 3.11.2, numpy 2.4.6. Viridis and inferno (N. Smith, S. van der Walt) are in the public domain (CC0); turbo
(A. Mikhailov, Google) is under the Apache License 2.0."""
import matplotlib
import numpy as np

for name in ("viridis", "inferno", "turbo"):
    colors = matplotlib.colormaps[name](np.arange(256), bytes=True)[:, :3]
    words = ["0x%02x%02x%02x," % tuple(c) for c in colors]
    print("    [PB_COLORMAP_%s] = {" % name.upper())
    for i in range(0, 256, 10):
        print("        " + " ".join(words[i:i + 10]))
    print("    },")
