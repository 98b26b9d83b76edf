"""Thresholds from parts that a person knows."""

import numpy as np
import pytest
from conftest import make_photo

import purebank


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("known")
    rng = np.random.default_rng(21)
    for name, n, defect in (("good", 4, False), ("bad", 2, True)):
        (folder / name).mkdir()
        for i in range(n):
            purebank.images.write_png(folder / name / f"{i}.png", make_photo(rng, defect=defect))
    return folder


def test_it_is_what_the_program_does(program, extracted, photos, tmp_path):
    bank = purebank.Bank.fit(extracted[0])
    bank.save(tmp_path / "a.bank")
    before = (tmp_path / "a.bank").read_bytes()
    program("calibrate", tmp_path / "a.bank", photos / "good", "--defects", photos / "bad", "-o", tmp_path / "b.bank")
    backbone = bank.open_backbone()
    good, bad = backbone.extract(photos / "good"), backbone.extract(photos / "bad")
    calibrated = bank.calibrate(good, bad)
    calibrated.save(tmp_path / "c.bank")
    assert (tmp_path / "b.bank").read_bytes() == (tmp_path / "c.bank").read_bytes()
    bank.save(tmp_path / "d.bank")
    assert (tmp_path / "d.bank").read_bytes() == before  # the bank itself is as it was

    known = calibrated.known_parts
    assert list(known["path"]) == good.paths + bad.paths and list(known["defect"]) == [False] * 4 + [True] * 2
    assert (known["score"][:4] == bank.score(good)[0]).all()
    offs = calibrated.trade_offs()
    assert (np.diff(offs["threshold"]) < 0).all() and list(offs["good_above"]) == [0, 1, 2, 3]
    assert calibrated.take_back().threshold == bank.threshold
    assert len(calibrated.take_back(photos / "bad").known_parts) == 4
    assert calibrated.calibrate(false_alarm_rate=0.25).threshold.method == "conformal"


def test_what_says_nothing_about_good_parts_is_refused(extracted, photos):
    bank = purebank.Bank.fit(extracted[0])
    kept = [i for i, row in enumerate(bank.references) if row["decision"] == "keep"]
    with pytest.raises(purebank.MismatchError):
        bank.calibrate(extracted[0][kept[:1]])
    black = bank.open_backbone().extract([np.zeros((120, 120, 3), np.uint8)])
    with pytest.raises(purebank.MismatchError, match="cannot be judged"):
        bank.calibrate(black)
    with pytest.raises(purebank.BadArgumentError, match="names"):
        bank.calibrate(purebank.Features.from_array(extracted[0].array, origin=extracted[0].origin))
    part = bank.open_backbone().extract(photos / "good")[:1]
    with pytest.raises(purebank.MismatchError):
        bank.calibrate(part, part)


def test_good_parts_that_would_be_unusable_are_a_finding(dataset, tmp_path):
    references = purebank.Backbone().extract(dataset / "train/good")
    bank = purebank.Bank.fit(references, audit=None)
    for i, path in enumerate(references.paths[:6]):
        brighter = purebank.images.read(path).astype(int) // 2 + 120
        purebank.images.write_png(tmp_path / f"{i}.png", brighter.astype(np.uint8))
    parts = purebank.Backbone().extract(tmp_path)
    found = {finding.kind: finding for finding in bank.calibrate(parts).diagnose()}
    assert found["good_unusable"].limit == 6 and 2 <= found["good_unusable"].value <= 6
    assert "good_unusable" not in {finding.kind for finding in bank.diagnose()}
