"""A cache as the studies' scripts write it on Windows, and numbers rounded to float16 (made with NumPy 2.4.6).

    python make.py        # writes into the folder of this file

foreign__widget/  4 training and 3 test images of 4 patches x 3 channels, backslashes in the paths, CRLF line ends.
floats.npy        float32: numbers around every way of rounding to float16
halves.npy        the same as float16
"""
import os

import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
os.makedirs("foreign__widget", exist_ok=True)
train = np.arange(4 * 4 * 3, dtype=np.float32).reshape(4, 4, 3) ** 2 / 7
test = np.arange(3 * 4 * 3, dtype=np.float32).reshape(3, 4, 3) / 3
np.save("foreign__widget/all_train_features.npy", train)
np.save("foreign__widget/test_features.npy", test)
np.save("foreign__widget/test_labels.npy", np.array([1, 1, 0], dtype=np.int64))
root = "D:\\data\\foreign\\widget\\"
with open("foreign__widget/all_train_paths.txt", "w", newline="\r\n") as file:
    file.writelines(f"{root}train\\good\\{i:03d}.png\n" for i in range(4))
with open("foreign__widget/test_paths.txt", "w", newline="\r\n") as file:
    file.write("\n".join([root + "test\\cut\\000.png", root + "test\\cut\\001.png", root + "test\\good\\000.png"]))

rng = np.random.default_rng(4)
halves = np.frombuffer(np.arange(0, 0x7C00, 7, dtype=np.uint16).tobytes(), np.float16).astype(np.float32)
floats = np.concatenate([
    halves, np.nextafter(halves, np.float32(np.inf)), (halves[:-1] + halves[1:]) / np.float32(2),
    rng.standard_normal(500).astype(np.float32), rng.standard_normal(500).astype(np.float32) * np.float32(1e-6),
    np.array([0.0, -0.0, 65504, -65504, 65519.996, 2.0**-24, 2.0**-25, 2.0**-25 * 1.0001, 1e-45], np.float32),
]).astype(np.float32)
floats[1::2] *= -1
floats = floats[np.isfinite(floats.astype(np.float16))]
np.save("floats.npy", floats)
np.save("halves.npy", floats.astype(np.float16))
