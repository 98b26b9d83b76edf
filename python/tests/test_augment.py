"""Altered copies of references: the program's bank, to the bit, and what such features are not."""

import pickle

import numpy as np
import pytest

import purebank


def test_a_bank_of_copies_is_the_programs(tmp_path, dataset, program):
    program("fit", dataset / "train/good", "-o", tmp_path / "a.bank", "--augment", "rot90,brightness:0.8-1.2", "-q")
    features = purebank.Backbone().extract([dataset / "train/good"], augment="brightness:0.8-1.2,rot90")
    patches = features.grid[0] * features.grid[1]
    assert features.augment == "rot90,brightness:0.8-1.2"
    assert features.array.shape[1] == 12 * patches
    bank, of_program = purebank.Bank.fit(features), purebank.Bank.load(tmp_path / "a.bank")
    assert bank.augment == of_program.augment == "rot90,brightness:0.8-1.2"
    assert bank.threshold == of_program.threshold
    assert np.array_equal(bank.rows, of_program.rows) and np.array_equal(bank.patch_of_row, of_program.patch_of_row)
    parts = purebank.Backbone().extract([dataset / "test/good"])
    assert np.array_equal(bank.score(parts)[0], of_program.score(parts)[0])
    with pytest.raises(purebank.MismatchError, match="copies"):
        bank.score(features[:1])


def test_photos_come_first_and_are_as_without():
    images = np.random.default_rng(1).integers(0, 255, (4, 90, 70, 3), dtype=np.uint8)
    backbone = purebank.Backbone(size=128)
    plain, copied = backbone.extract(list(images)), backbone.extract(list(images), augment="flips")
    patches = plain.shape[1]
    assert plain.augment is None
    assert np.array_equal(copied.array[:, :patches], plain.array)
    mirrored = backbone.extract([image[:, ::-1] for image in images])
    there = copied.array[:, patches : 2 * patches].reshape(4, *plain.grid, -1)
    assert np.array_equal(there[:, :, ::-1].reshape(plain.shape), mirrored.array)
    references = purebank.References(copied)
    assert references.augment == "flips"
    assert references.loo_scores().shape == purebank.purify(references).shape == (4, 3 * patches)
    inside = np.zeros(plain.grid, bool)
    inside[:2] = True
    assert purebank.References(copied, roi=inside).loo_scores().shape == (4, 3 * inside.sum())
    assert np.array_equal(copied[1:3].array, copied.array[1:3]) and copied[1:3].augment == "flips"


def test_copies_are_refused_by_name(tmp_path):
    images = np.zeros((2, 64, 64, 3), np.uint8)
    backbone = purebank.Backbone(size=128)
    with pytest.raises(purebank.BadArgumentError, match="rot45"):
        backbone.extract(list(images), augment="rot45")
    with pytest.raises(purebank.MismatchError, match="square"):
        purebank.Backbone(resolution=(160, 128)).extract(list(images), augment="rot90")
    features = backbone.extract(list(images), augment="flips")
    with pytest.raises(purebank.UnsupportedError, match="flips"):
        features.save(tmp_path / "f.npy")
    with pytest.raises(purebank.BadArgumentError, match="pickled"):
        pickle.dumps(features)
    with pytest.raises(purebank.BadArgumentError, match="slice"):
        features[[0]]
