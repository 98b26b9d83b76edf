"""Golden safetensors files and verdicts (made with safetensors 0.8.0, PyTorch 2.15.0+cu132).

    python make.py        # writes into the folder of this file

all_dtypes.safetensors: one tensor of each dtype, values 0 1 2 3 4 5 (bool: 0 1 0 1 0 1) in shape (2, 3), a scalar, an
empty tensor, and metadata. cases.json: headers with the number of data bytes (zeros) after them, whether the reference
accepts them, and, where this library is stricter on purpose, why.
"""
import json
import os
import struct

import safetensors
import safetensors.torch
import torch

os.chdir(os.path.dirname(os.path.abspath(__file__)))
values = torch.arange(6).reshape(2, 3)
dtypes = {"f64": torch.float64, "f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16, "i64": torch.int64,
          "i32": torch.int32, "i16": torch.int16, "i8": torch.int8, "u8": torch.uint8}
tensors = {name: values.to(dtype) for name, dtype in dtypes.items()}
tensors["bool"] = values % 2 == 1
tensors["a scalar"] = torch.tensor(2.5)
tensors["empty"] = torch.zeros(0, 7)
tensors["Größe \"x\"\n\\/"] = torch.arange(3, dtype=torch.uint8)
with open("all_dtypes.safetensors", "wb") as file:
    file.write(safetensors.torch.save(tensors, {"made by": "tests/golden \"quoted\" é"}))

cases = []


def case(name, header, n_data, stricter=None):
    if not isinstance(header, str):
        header = json.dumps(header)
    text = header.encode()
    try:
        safetensors.deserialize(struct.pack("<Q", len(text)) + text + bytes(n_data))
        accepted = True
    except Exception:
        accepted = False
    if stricter:
        assert accepted, name
    cases.append({"name": name, "header": header, "n_data": n_data, "accepted": accepted, "stricter": stricter})


def one(**changes):
    return {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} | changes


plain = json.dumps(one())
case("plain", {"a": one()}, 4)
case("no tensors", {}, 0)
case("metadata alone", {"__metadata__": {}}, 0)
case("metadata null", {"__metadata__": None, "a": one()}, 4)
case("metadata of a number", {"__metadata__": {"x": 1}, "a": one()}, 4)
case("metadata array", {"__metadata__": [], "a": one()}, 4)
case("metadata text", {"__metadata__": "x", "a": one()}, 4)
case("metadata twice", '{"__metadata__":{"x":"1"},"__metadata__":{"x":"2"}}', 0)
case("leading spaces", "  " + json.dumps({"a": one()}), 4)
case("trailing spaces", json.dumps({"a": one()}) + " \n\t ", 4)
case("trailing text", json.dumps({"a": one()}) + "x", 4)
case("unknown field", {"a": one(x=1)}, 4)
case("field twice", '{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4)
case("empty header", "", 0)
case("header is an array", "[]", 0)
case("header is null", "null", 0)
case("tensor is null", '{"a":null}', 0)
case("tensor is a number", '{"a":1}', 0)
case("no dtype", {"a": {"shape": [1], "data_offsets": [0, 4]}}, 4)
case("no shape", {"a": {"dtype": "F32", "data_offsets": [0, 4]}}, 4)
case("no offsets", {"a": {"dtype": "F32", "shape": [1]}}, 4)
case("small dtype", {"a": one(dtype="f32")}, 4)
case("unknown dtype", {"a": one(dtype="F33")}, 4)
case("scalar", {"a": one(shape=[])}, 4)
case("zero last, product overflows", {"a": one(shape=[2**62, 2**62, 0], data_offsets=[0, 0])}, 0)
case("zero first, product does not overflow", {"a": one(shape=[0, 2**62, 2**62], data_offsets=[0, 0])}, 0)
case("bytes overflow", {"a": one(shape=[2**62], data_offsets=[0, 0])}, 0)
case("shape overflows to 4 bytes", {"a": one(shape=[2**62 + 1], data_offsets=[0, 4])}, 4)
case("shape of a float", {"a": one(shape=[1.0])}, 4)
case("negative dimension", {"a": one(shape=[-1])}, 4)
case("shape is a number", {"a": one(shape=1)}, 4)
case("hole", {"a": one(), "b": one(data_offsets=[5, 9])}, 9)
case("overlap", {"a": one(), "b": one(data_offsets=[2, 6])}, 6)
case("same bytes twice", {"a": one(), "b": one()}, 4)
case("overlap of the right length", {"a": one(), "b": one(), "c": one(data_offsets=[4, 8])}, 12)
case("offsets overlap, shapes do not", {"a": one(data_offsets=[0, 8]), "b": one(shape=[2], data_offsets=[4, 12])}, 12)
case("first begins late", {"a": one(data_offsets=[4, 8])}, 8)
case("out of order in the header", {"b": one(data_offsets=[4, 8]), "a": one()}, 8)
case("empty tensors between", {"c": one(data_offsets=[4, 8]), "b": one(shape=[0], data_offsets=[4, 4]), "a": one(),
                               "d": one(shape=[0], data_offsets=[8, 8])}, 8)
case("empty tensor in a hole", {"a": one(), "b": one(shape=[0], data_offsets=[6, 6]), "c": one(data_offsets=[8, 12])}, 12)
case("bytes after the last", {"a": one()}, 5)
case("bytes missing", {"a": one()}, 3)
case("offsets backwards", {"a": one(data_offsets=[4, 0])}, 4)
case("three offsets", {"a": one(data_offsets=[0, 4, 8])}, 4)
case("offset negative", {"a": one(data_offsets=[-4, 0])}, 4)
case("offset 2^63 - 1", {"a": one(data_offsets=[0, 2**63 - 1])}, 4)
case("offset 2^64", {"a": one(data_offsets=[0, 2**64])}, 4)
case("shape and offsets disagree", {"a": one(shape=[2])}, 4)
case("empty name", {"": one()}, 4)
case("tensor twice", '{"a":%s,"a":%s}' % (plain, plain), 4, "ambiguous")
case("metadata key twice", '{"__metadata__":{"x":"1","x":"2"}}', 0, "ambiguous")
case("dimension 2^63", {"a": one(shape=[0, 2**63], data_offsets=[0, 0])}, 0, "sizes are int64_t")
case("dtype U32", {"a": one(dtype="U32")}, 4, "not in pb_dtype")
case("dtype F8_E4M3", {"a": one(dtype="F8_E4M3", shape=[4])}, 4, "not in pb_dtype")
case("nine dimensions", {"a": one(shape=[1] * 9)}, 4, "PB_TENSOR_MAX_DIMS")
case("NUL in a name", '{"a\\u0000b":%s}' % plain, 4, "names are C strings")

with open("cases.json", "w") as file:
    json.dump(cases, file, indent=1)
    file.write("\n")
