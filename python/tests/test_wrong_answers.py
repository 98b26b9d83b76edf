"""Functions of one's own that raise, stop, or answer nonsense: each ends the call, arrives as it is, and leaves all else as it was."""

import os

import numpy as np
import pytest

import purebank

RNG = np.random.default_rng(12)
FEATURES = RNG.normal(size=(6, 16, 5)).astype(np.float32)
answer = None  # what the method of these tests returns or raises


@pytest.fixture(scope="module", autouse=True)
def method():
    @purebank.purification("test_answers", takes=[])
    def answers(features, references):
        if isinstance(answer, BaseException):
            raise answer
        return answer(features.shape[:2]) if callable(answer) else answer


def told(value):
    global answer
    answer = value


WRONG = {
    "None": (None, purebank.BadShapeError),
    "a number": (True, purebank.BadShapeError),
    "too few": (lambda shape: np.ones((shape[0], shape[1] - 1), bool), purebank.BadShapeError),
    "turned": (lambda shape: np.ones(shape[::-1], bool), purebank.BadShapeError),
    "flat": (lambda shape: np.ones(shape[0] * shape[1], bool), purebank.BadShapeError),
    "one dimension more": (lambda shape: np.ones((*shape, 1), bool), purebank.BadShapeError),
    "floats": (lambda shape: np.ones(shape), purebank.BadArgumentError),
    "NaN": (lambda shape: np.full(shape, np.nan), purebank.BadArgumentError),
    "complex": (lambda shape: np.ones(shape, complex), purebank.BadArgumentError),
    "text": (lambda shape: np.full(shape, "yes"), purebank.BadArgumentError),
    "objects": (lambda shape: np.full(shape, None), purebank.BadArgumentError),
    "ragged": ([[True], [True, False]], purebank.BadShapeError),
    "indices": (np.array([3, 5]), purebank.BadShapeError),
    "indices in the shape of a mask": (lambda shape: np.arange(shape[0] * shape[1]).reshape(shape), purebank.BadArgumentError),
    "minus one": (lambda shape: np.full(shape, -1), purebank.BadArgumentError),
    "masked": (lambda shape: np.ma.masked_array(np.ones(shape, bool), np.eye(*shape)), purebank.BadValueError),
}


@pytest.mark.parametrize("name", WRONG)
def test_masks_that_are_none_are_refused(name):
    value, error = WRONG[name]
    told(value)
    with pytest.raises(error):
        purebank.purify(FEATURES, "test_answers")
    with pytest.raises(error):
        purebank.Bank.fit(FEATURES, purify="test_answers", audit=None, k=2)
    assert purebank.purify(FEATURES, "loo_patch").any()


def test_indices_in_place_of_a_mask_are_told_apart():
    told(lambda shape: np.full(shape, 7))
    with pytest.raises(purebank.BadArgumentError, match="not 7; indices are no mask"):
        purebank.purify(FEATURES, "test_answers")


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int64, ">i4"])
def test_masks_of_zeroes_and_ones_of_any_type_and_order_are_taken(dtype):
    wanted = RNG.random((6, 16)) < 0.5
    for form in (np.ascontiguousarray, np.asfortranarray, lambda mask: np.repeat(mask, 2, axis=1)[:, ::2]):
        told(form(wanted.astype(dtype)))
        assert (purebank.purify(FEATURES, "test_answers") == wanted).all()


def test_a_method_that_takes_everything_makes_no_bank(caches, tmp_path):
    told(lambda shape: np.zeros(shape, bool))
    assert not purebank.purify(FEATURES, "test_answers").any()
    with pytest.raises(purebank.BadShapeError):
        purebank.Bank.fit(FEATURES, purify="test_answers", audit=None, k=2)
    with pytest.raises(purebank.Error):
        purebank.cell(caches, "bottle", methods=["test_answers"])
    grid = {"limits": 10, "seeds": 0, "contamination": 0}
    with pytest.raises(purebank.Error):
        purebank.experiment("main", caches, tmp_path / "a", methods=["none", "test_answers"], **grid)
    assert len(purebank.experiment("main", caches, tmp_path / "a", methods=["none"], **grid)["img_auroc"]) == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), GeneratorExit(), MemoryError(), StopIteration()])
def test_whatever_a_method_raises_arrives(error, caches, tmp_path):
    told(error)
    with pytest.raises(type(error)):
        purebank.purify(FEATURES, "test_answers")
    with pytest.raises(type(error)):
        purebank.cell(caches, "bottle", methods=["test_answers"])
    grid = {"limits": 10, "seeds": "0-1", "contamination": "0,0.3"}
    with pytest.raises(type(error)):
        purebank.experiment("main", caches, tmp_path, methods=["none", "test_answers"], **grid)
    told(lambda shape: np.ones(shape, bool))
    columns = purebank.experiment("main", caches, tmp_path, methods=["none", "test_answers"], **grid)
    of = {method: np.asarray(columns["purification_method"]) == method for method in ("none", "test_answers")}
    assert of["none"].sum() == of["test_answers"].sum() == 8
    assert (np.sort(columns["img_auroc"][of["none"]]) == np.sort(columns["img_auroc"][of["test_answers"]])).all()


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_whatever_a_progress_raises_arrives(error, caches, dataset, tmp_path):
    def refuse(done, total):
        raise error

    images = RNG.normal(size=(12, 64, 16)).astype(np.float32)
    calls = [
        lambda: purebank.Backbone().extract(dataset / "train/good", progress=refuse),
        lambda: purebank.References(images).loo_scores(progress=refuse),
        lambda: purebank.audit(images, progress=refuse),
        lambda: purebank.purify(images, progress=refuse),
        lambda: purebank.Bank.fit(images, progress=refuse),
        lambda: purebank.write_caches(dataset, tmp_path / "caches", progress=refuse),
        lambda: purebank.experiment("main", caches, tmp_path / "run", limits=10, seeds=0, progress=refuse),
    ]
    for call in calls:
        with pytest.raises(error):
            call()
    (cache,) = purebank.write_caches(dataset, tmp_path / "caches")
    assert cache.check() == [] and len(cache.train()) == 10
    assert not [name for name in os.listdir(tmp_path / "caches") if name.endswith(".tmp")]
