"""Golden .npy files, written by numpy.save / numpy.lib.format (made with NumPy 2.4.6, Python 3).

    python make.py        # writes into the folder of this file

Every array is arange(6) in shape (2, 3) unless its name says otherwise; bool is arange(6) % 2.
"""
import os

import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
values = np.arange(6).reshape(2, 3)

for code in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
    np.save(f"{code}.npy", values.astype("<" + code))
np.save("b1.npy", (values % 2).astype(bool))
for code in ["f2", "f4", "f8", "i2", "i4", "i8", "u2", "u4", "u8"]:
    np.save(f"big_{code}.npy", values.astype(">" + code))

np.save("scalar.npy", np.float32(2.5))
np.save("one_dim.npy", np.arange(5, dtype="<f4"))
np.save("empty.npy", np.zeros((0, 3), "<f4"))
np.save("empty_inside.npy", np.zeros((4, 0, 3), "<f4"))
np.save("eight_dims.npy", np.arange(6, dtype="<f4").reshape(1, 2, 1, 3, 1, 1, 1, 1))
np.save("features.npy", np.arange(2 * 4 * 3, dtype="<f4").reshape(2, 4, 3))
for version in [(2, 0), (3, 0)]:
    with open(f"version_{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, values.astype("<f4"), version)

# What is refused.
np.save("bad_fortran.npy", np.asfortranarray(values.astype("<f4")))
np.save("bad_complex.npy", values.astype("<c8"))
np.save("bad_text.npy", values.astype("<U3"))
np.save("bad_bytes.npy", values.astype("S3"))
np.save("bad_date.npy", values.astype("<M8[s]"))
np.save("bad_raw.npy", np.zeros(3, "V4"))
np.save("bad_records.npy", np.zeros(3, [("x", "<f4"), ("y", "<f4")]))
np.save("bad_object.npy", np.array([{"a": 1}, None], object), allow_pickle=True)
np.save("bad_longdouble.npy", values.astype(np.longdouble))
np.save("bad_nine_dims.npy", np.zeros((1,) * 9, "<f4"))
