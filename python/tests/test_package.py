"""The package itself: its stubs, its docstrings, its example, pandas."""

import ast
import inspect
import os
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from conftest import REPOSITORY

import purebank

PACKAGE = pathlib.Path(purebank.__file__).parent


def test_the_stub_of_the_extension_module_names_what_it_has():
    stub = ast.parse((PACKAGE / "_core.pyi").read_text())
    declared = {node.name for node in stub.body if isinstance(node, ast.FunctionDef)}
    declared |= {node.target.id for node in stub.body if isinstance(node, ast.AnnAssign)}
    there = {name for name in dir(purebank._core) if not name.startswith("__")}
    assert there - declared == set()
    assert declared - there <= {"study_figures"}  # where it was built without Cairo
    assert (PACKAGE / "py.typed").exists()


def _of(module):
    """What belongs to a module: not what it borrows from others."""
    names = getattr(module, "__all__", None)
    return names or [name for name, thing in vars(module).items() if getattr(thing, "__module__", "") == module.__name__ and name[0] != "_"]


def public_things():
    for module in (purebank, purebank.metrics, purebank.statistics, purebank.images, purebank.experiments):
        for name, thing in vars(module).items():
            if name in _of(module) and getattr(thing, "__module__", "").startswith("purebank"):
                yield f"{module.__name__}.{name}", thing
                if inspect.isclass(thing):
                    for member, function in vars(thing).items():
                        if not member.startswith("_") and (callable(function) or isinstance(function, property)):
                            yield f"{module.__name__}.{name}.{member}", function


def test_everything_public_is_documented():
    undocumented = [name for name, thing in public_things() if not inspect.getdoc(thing)]
    assert undocumented == []
    assert len(list(public_things())) > 80


def test_the_version_is_the_headers():
    header = (REPOSITORY / "include/purebank/runtime.h").read_text()
    numbers = [re.search(rf"PB_VERSION_{part} (\d+)", header).group(1) for part in ("MAJOR", "MINOR", "PATCH")]
    assert purebank.__version__ == ".".join(numbers)


def test_one_extension_module_for_every_python():
    (module,) = PACKAGE.glob("_core*.so")
    assert module.name == "_core.abi3.so"


def test_tables_become_data_frames():
    pandas = pytest.importorskip("pandas")
    audit = purebank.audit(np.random.default_rng(0).normal(size=(5, 4, 3)))
    frame = purebank.to_pandas(audit.table())
    assert isinstance(frame, pandas.DataFrame) and list(frame["rank"]) == list(audit.table()["rank"])


def test_the_example_ends_in_pictures(tmp_path):
    script = REPOSITORY / "examples/python/first_bank.py"
    done = subprocess.run(
        [sys.executable, str(script), "-o", "out"], cwd=tmp_path, capture_output=True, text=True, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr
    assert len(re.findall("suspicious.*_scratch", done.stdout)) == 2 and len(re.findall("fail .*_scratch", done.stdout)) == 6
    assert len(re.findall("suspicious.*_good", done.stdout)) <= 1 and len(re.findall("fail .*_good", done.stdout)) == 0
    worst = purebank.images.read(tmp_path / "out/worst.png")
    assert worst.shape == (320, 960, 3)
    assert len(list((tmp_path / "out/heatmaps").iterdir())) == 12
    assert "<html" in (tmp_path / "out/audit.html").read_text()[:500]


def test_the_readme_works_as_it_stands(dataset, tmp_path):
    (tmp_path / "purebank-demo").mkdir()  # as the program's demo leaves it
    shutil.copytree(dataset / "train/good", tmp_path / "purebank-demo/references")
    shutil.copytree(dataset / "test", tmp_path / "purebank-demo/test")
    references = purebank.Backbone("builtin").extract(tmp_path / "purebank-demo/references")
    decisions = ["remove"] + ["keep"] * (len(references) - 1)
    purebank.write_decisions(tmp_path / "purebank-demo/decisions.json", references, decisions)
    text = (REPOSITORY / "README.md").read_text()
    code = next(block for block in re.findall(r"```python\n(.*?)```", text, re.S) if "import purebank" in block)
    assert len(code.strip().splitlines()) == 5
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.search(r"0\.\d+ fail; 1 references were left out", done.stdout)
