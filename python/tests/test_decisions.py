"""What a person decides: the same file as the program's, read and written, obeyed and recalled."""

import json
import os

import pytest

import purebank

KEEP_ALL = ["keep"] * 10
DECIDED = ["recapture", *["keep"] * 8, "remove"]


def test_fit_obeys_it_as_the_program_does(program, dataset, extracted, tmp_path):
    references = extracted[0]
    file = tmp_path / "decisions.json"
    purebank.write_decisions(file, references, DECIDED)
    assert purebank.read_decisions(file, references) == DECIDED
    program("fit", dataset / "train/good", "-o", tmp_path / "p.bank", "--decisions", file)
    for i, decisions in enumerate((file, str(file), DECIDED)):
        bank = purebank.Bank.fit(references, decisions=decisions)
        bank.save(tmp_path / f"{i}.bank")
        assert (tmp_path / "p.bank").read_bytes() == (tmp_path / f"{i}.bank").read_bytes()
    assert [reference["decision"] for reference in bank.describe()["references"]] == DECIDED


def test_an_audit_saves_and_recalls_it(program, dataset, extracted, tmp_path):
    references = extracted[0]
    first = purebank.audit(references)
    first.decide(2, "recapture")
    first.save_decisions(tmp_path / "decisions.json")
    assert json.loads((tmp_path / "decisions.json").read_text())["images"][2]["decision"] == "recapture"

    again = purebank.audit(references)
    found = again.recall(tmp_path / "decisions.json")
    assert found == purebank.recall_decisions(tmp_path / "decisions.json", references)
    assert found.kinds == ["same"] * 10 and found.gone == []
    assert found.decisions == again.decisions == first.decisions
    again.report(tmp_path / "a.html")
    again.decide(3, "remove")
    again.save_decisions(tmp_path / "decisions.json")  # what it wrote itself is no surprise to it
    again.report(tmp_path / "c.html")
    again.decide(3, "keep")
    again.save_decisions(tmp_path / "decisions.json")
    program("audit", dataset / "train/good", "--decisions", tmp_path / "decisions.json", "--report", tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    purebank.Bank.fit(references, audit=again).save(tmp_path / "a.bank")
    program("fit", dataset / "train/good", "-o", tmp_path / "b.bank", "--decisions", tmp_path / "decisions.json")
    assert (tmp_path / "a.bank").read_bytes() == (tmp_path / "b.bank").read_bytes()


@pytest.fixture
def photos(extracted, tmp_path):
    """Copies of the references, to be replaced: (their folder, features)."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for i, path in enumerate(extracted[0].paths[:5]):
        (folder / f"{i}.png").write_bytes(open(path, "rb").read())
    return folder, purebank.Backbone().extract(folder)


def test_what_has_changed_since_is_told(photos, extracted, tmp_path):
    folder, features = photos
    file = tmp_path / "d.json"
    purebank.write_decisions(file, features, ["keep", "remove", "keep", "recapture", "keep"])
    (folder / "0.png").write_bytes(open(extracted[0].paths[7], "rb").read())  # taken again
    (folder / "1.png").rename(folder / "5.png")  # another name, the same photo
    (folder / "2.png").unlink()
    (folder / "6.png").write_bytes(open(extracted[0].paths[8], "rb").read())  # new
    today = purebank.Backbone().extract(folder)  # 0 3 4 5 6
    found = purebank.recall_decisions(file, today)
    assert found.kinds == ["changed", "same", "same", "same", "new"]
    assert found.decisions == ["keep", "recapture", "keep", "remove", "keep"]
    assert found.gone == [str(folder / "2.png")]
    audit = purebank.audit(today)
    audit.recall(file)
    assert [audit.decisions[i] for i in (1, 2, 3)] == ["recapture", "keep", "remove"]
    with pytest.raises(purebank.MismatchError, match=r"2\.png|0\.png"):
        purebank.read_decisions(file, today)


def test_names_that_are_no_text_are_taken(photos, tmp_path):
    folder, _ = photos
    os.rename(os.fsencode(folder / "0.png"), os.fsencode(folder) + b"/\xff.png")
    features = purebank.Backbone().extract(folder)
    decisions = ["keep", "keep", "keep", "keep", "remove"]
    purebank.write_decisions(tmp_path / "d.json", features, decisions)
    assert purebank.read_decisions(tmp_path / "d.json", features) == decisions


def test_what_cannot_be_is_refused(extracted, tmp_path):
    references = extracted[0]
    file = tmp_path / "d.json"
    purebank.write_decisions(file, references[:4], ["keep"] * 4)
    with pytest.raises(purebank.MismatchError, match="says nothing about"):
        purebank.Bank.fit(references, decisions=file)
    with pytest.raises(purebank.MismatchError, match="not among the 3"):
        purebank.read_decisions(file, references[:3])
    with pytest.raises(purebank.BadArgumentError, match="photos need names"):
        purebank.read_decisions(file, purebank.Features.from_array(references.array))
    with pytest.raises(purebank.BadArgumentError, match="recapture"):
        purebank.write_decisions(file, references, [*KEEP_ALL[:9], "maybe"])
    with pytest.raises(purebank.BadShapeError, match="9 decisions"):
        purebank.Bank.fit(references, decisions=KEEP_ALL[:9])
    file.write_text("{}")
    with pytest.raises(purebank.BadFormatError, match="format"):
        purebank.read_decisions(file, references)
    with pytest.raises(purebank.InputError):
        purebank.Bank.fit(references, decisions=tmp_path / "none.json")
    with pytest.raises(OSError):
        purebank.write_decisions(tmp_path / "none/d.json", references, KEEP_ALL)
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        purebank.write_decisions(tmp_path / "folder", references, KEEP_ALL)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.json", "folder"]  # nothing unfinished
    with pytest.raises((TypeError, ValueError)):
        purebank._core.decisions_load(b"d.json", [b"a"], [b"1", b"2"])
