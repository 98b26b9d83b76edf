"""Regions of interest: a bank of one scores as one whose features were cut by hand, and as the program's."""

import numpy as np
import pytest

import purebank


@pytest.fixture
def inside():
    mask = np.zeros((5, 6), bool)
    mask[1:4, 2:5] = True
    return mask


def make(n, seed):
    return np.random.default_rng(seed).normal(size=(n, 30, 8)).astype(np.float32)


def as_features(array):
    return purebank.Features.from_array(array, grid=(5, 6))


def test_a_region_is_features_cut_by_hand(inside):
    references, parts = make(9, 1), make(4, 2)
    bank = purebank.Bank.fit(as_features(references), roi=inside, roi_name="cap", audit="imgmax_mad")
    cut = purebank.Features.from_array(references[:, inside.ravel()], grid=(1, 9))
    by_hand = purebank.Bank.fit(cut, audit="imgmax_mad")
    assert bank.threshold == by_hand.threshold
    assert np.array_equal(bank.rows, by_hand.rows)
    assert np.array_equal(bank.patch_of_row, np.flatnonzero(inside)[by_hand.patch_of_row])
    scores, maps = bank.score(as_features(parts))
    expected, expected_maps = by_hand.score(purebank.Features.from_array(parts[:, inside.ravel()], grid=(1, 9)))
    assert np.array_equal(scores, expected)
    assert np.array_equal(maps[:, inside], expected_maps.reshape(4, 9))
    assert (maps[:, ~inside] == 0).all()
    assert bank.roi.name == "cap" and np.array_equal(bank.roi.inside, inside)
    assert by_hand.roi is None


def test_references_see_the_region_alone(inside):
    references = purebank.References(as_features(make(6, 3)), roi=inside)
    assert references.loo_scores().shape == (6, 9)
    assert purebank.purify(references).shape == (6, 9)
    bank = purebank.Bank.fit(references)
    assert np.array_equal(bank.roi.inside, inside)
    with pytest.raises(purebank.BadArgumentError):
        purebank.Bank.fit(references, roi=inside)
    with pytest.raises(purebank.MismatchError):
        purebank.References(as_features(make(6, 3)), roi=inside.T)
    with pytest.raises(purebank.Error):
        purebank.References(as_features(make(6, 3)), roi=np.zeros((5, 6), bool))


def test_an_audit_of_a_region_is_not_fitted_without_it(inside):
    references = make(9, 1)
    found = purebank.audit(purebank.References(as_features(references), roi=inside))
    with pytest.raises(purebank.BadArgumentError, match="region of interest"):
        purebank.Bank.fit(as_features(references), audit=found)
    assert purebank.Bank.fit(found.references, audit=found).roi is not None
    with pytest.raises(ValueError):
        purebank.References(as_features(references), roi="a\0b")


def test_methods_of_ones_own_get_what_is_inside(inside):
    seen = []

    @purebank.purification("inside_only")
    def inside_only(features, references):
        seen.append((features.shape, references.loo_scores().shape))
        return np.ones(features.shape[:2], bool)

    array = make(6, 4)
    purebank.purify(purebank.References(as_features(array), roi=inside), "inside_only")
    assert seen == [((6, 9, 8), (6, 9))]


def test_a_mask_as_the_program_reads_it(tmp_path, dataset, program):
    mask = np.zeros((120, 120), np.uint8)
    mask[:, :70] = 255
    purebank.images.write_png(tmp_path / "left.png", np.repeat(mask[:, :, None], 3, axis=2))
    program("fit", dataset / "train/good", "-o", tmp_path / "a.bank", "--roi", tmp_path / "left.png", "-q")
    features = purebank.Backbone().extract([dataset / "train/good"])
    bank = purebank.Bank.fit(features, roi=tmp_path / "left.png")
    of_program = purebank.Bank.load(tmp_path / "a.bank")
    assert bank.describe()["roi"] == of_program.describe()["roi"]
    assert bank.threshold == of_program.threshold
    assert bank.roi.name == "left" and (bank.roi.width, bank.roi.height) == (120, 120)
    parts = purebank.Backbone().extract([dataset / "test/good"])
    assert np.array_equal(bank.score(parts)[0], of_program.score(parts)[0])
    picture = np.full((120, 120, 3), 200, np.uint8)
    drawn = bank.heatmap(picture, bank.score(parts)[1][0])
    assert drawn[60, 110].max() <= 80 and drawn[60, 20].max() > 120  # outside is dark
    purebank.images.write_png(tmp_path / "tall.png", np.full((121, 120, 3), 255, np.uint8))
    with pytest.raises(purebank.MismatchError, match="120 x 121"):
        purebank.Bank.fit(features, roi=tmp_path / "tall.png")
