"""pickle: what it keeps is whole, and what it cannot keep says what to do instead."""

import copy
import pickle
import shutil

import numpy as np
import pytest
from conftest import REPOSITORY

import purebank

RNG = np.random.default_rng(8)


def random_features():
    return RNG.normal(size=(6, 16, 5)).astype(np.float32)


def again(thing):
    return pickle.loads(pickle.dumps(thing))


def test_banks_and_features(extracted, tmp_path):
    references, test = extracted
    bank = purebank.Bank.fit(references, purify="loo_patch", false_alarm_rate=0.1)
    other, parts = again(bank), again(test)
    bank.save(tmp_path / "a.bank")
    other.save(tmp_path / "b.bank")
    assert (tmp_path / "a.bank").read_bytes() == (tmp_path / "b.bank").read_bytes()
    assert parts.paths == test.paths and parts.origin == test.origin and (parts.array == test.array).all()
    assert (other.judge(parts) == bank.judge(test)).all() and other.audit is None
    assert len(copy.deepcopy(test)) == 8


def test_backbones_are_opened_again(dataset, tmp_path):
    backbone = purebank.Backbone(size=224)
    features = backbone.extract(dataset / "train/good")
    other = again(backbone)
    assert other.origin == backbone.origin
    assert (other.extract(dataset / "train/good").array == features.array).all()
    bits = purebank.Backbone(sample_bits=12)
    assert again(bits).origin == bits.origin and again(bits).origin.sample_bits == 12
    assert again(purebank.Backbone(resolution=(320, 256))).origin.input_width == 320


def test_a_checkpoint_that_is_another_one_is_refused(tmp_path):
    folder = tmp_path / "dinov3"
    shutil.copytree(REPOSITORY / "tests/golden/vit/checkpoints/dinov3", folder)
    backbone = purebank.Backbone(folder, size=64, layer="1")
    data = pickle.dumps(backbone)
    assert pickle.loads(data).origin == backbone.origin
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-2] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    with pytest.raises(purebank.MismatchError, match="not those of the backbone that was pickled"):
        pickle.loads(data)
    shutil.rmtree(folder)
    with pytest.raises(purebank.Error):
        pickle.loads(data)


def test_errors_and_tables(caches, tmp_path):
    with pytest.raises(purebank.MismatchError) as raised:
        purebank.Bank.fit(random_features(), k=2, audit=None).score(np.zeros((1, 16, 4), np.float32))
    error = again(raised.value)
    assert type(error) is type(raised.value) and str(error) == str(raised.value) and error.status == raised.value.status
    cell = purebank.cell(caches, "bottle")
    assert (again(cell).methods["loo_patch"].patch_scores == cell.methods["loo_patch"].patch_scores).all()
    assert again(purebank.runs()) == purebank.runs()
    (first, _) = purebank.caches(caches)
    assert (again(first).train().array == first.train().array).all()


def test_what_lives_in_this_process_alone_says_so(caches, extracted, tmp_path):
    features = random_features()
    references = purebank.References(features)
    bank = purebank.Bank.fit(extracted[0])
    run = purebank.Experiment("main", caches, tmp_path, limits=10, seeds=0, contamination=0, methods=["none"])
    study = purebank.Study(run.run())
    things = {
        "Index": purebank.Index(features[0]),
        "References": references,
        "Audit": purebank.audit(references),
        "Experiment": run,
        "Study": study,
    }
    for name, thing in things.items():
        for use in (again, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match=f"an? {name} cannot be pickled: "):
                use(thing)
    with pytest.raises(TypeError, match="backbone of a bank cannot be pickled: pickle the bank"):
        pickle.dumps(bank.open_backbone())


@pytest.mark.parametrize("damage", [lambda data: data[:-40], lambda data: data.replace(b"purebank", b"purebunk", 1)])
def test_damaged_pickles_are_refused(damage):
    bank = purebank.Bank.fit(random_features(), k=2)
    function, (data,) = bank.__reduce__()
    with pytest.raises(purebank.BadFormatError):
        function(damage(data))
