"""Names of files and other texts at the door: one way for all of them, and the package's own errors."""

import os
import pathlib
import stat
import threading

import numpy as np
import pytest

import purebank
from purebank._arrays import encoded

LONE = "\udcff"  # what Python makes of a byte of a name that is no UTF-8; no text
NO_NAME = "\ud800"  # not even that


class OfBytes:
    """A path-like object whose name is bytes."""

    def __init__(self, path):
        self.path = os.fsencode(path)

    def __fspath__(self):
        return self.path


KINDS = [str, os.fsencode, pathlib.Path, OfBytes]


def make(n=6, side=4):
    return np.random.default_rng(3).normal(size=(n, side * side, 5)).astype(np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_any_kind_of_path_does(kind, dataset, extracted, tmp_path):
    references, _ = extracted
    backbone = purebank.Backbone(kind("builtin"))
    folder = kind(dataset / "train/good")
    assert backbone.extract(folder).paths == backbone.extract([folder]).paths == references.paths
    one = kind(references.paths[0])
    assert backbone.extract([one, one]).paths == [references.paths[0]] * 2
    file = kind(tmp_path / "d.json")
    purebank.write_decisions(file, references, ["keep"] * 10)
    assert purebank.read_decisions(file, references) == ["keep"] * 10
    assert purebank.recall_decisions(file, references).kinds == ["same"] * 10
    bank = purebank.Bank.fit(references, decisions=file)
    audit = purebank.audit(references)
    audit.recall(file)
    audit.save_decisions(file)
    audit.report(kind(tmp_path / "a.html"))
    bank.save(kind(tmp_path / "a.bank"))
    assert len(purebank.Bank.load(kind(tmp_path / "a.bank")).rows) == len(bank.rows)
    assert bank.find_copies([one]).tolist() == [0]
    assert bank.open_backbone(kind("builtin")).origin == backbone.origin
    assert len(bank.take_back(kind(tmp_path)).known_parts) == 0
    references.save(kind(tmp_path / "f.npy"))
    loaded = purebank.Features.load(kind(tmp_path / "f.npy"))
    assert loaded.paths[3] == f"{tmp_path}/f.npy[3]"
    named = purebank.Features.from_array(make(2), paths=[kind("a"), kind("b")])
    assert named.paths == ["a", "b"]
    picture = np.full((120, 120, 3), 255, np.uint8)
    purebank.images.write_png(kind(tmp_path / "all.png"), picture)
    assert (purebank.images.read(kind(tmp_path / "all.png")) == picture).all()
    assert purebank.images.read_mask(kind(tmp_path / "all.png"), one).all()
    assert purebank.images.read_mask([kind(tmp_path / "all.png")], one).all()
    assert purebank.References(references, roi=kind(tmp_path / "all.png")).roi.inside.all()


@pytest.mark.parametrize("kind", KINDS)
def test_any_kind_of_path_to_caches_and_results_does(kind, caches, tmp_path):
    (first, _) = purebank.caches(kind(caches))
    other = purebank.cache_from_arrays(
        kind(tmp_path / "x__y"), make(3), make(2), [0, 1], train_paths=[kind(f"{i}.png") for i in range(3)]
    )
    assert other.train_paths == ["0.png", "1.png", "2.png"]
    rows = purebank.experiment(
        "main", kind(caches), kind(tmp_path), limits=10, seeds=0, contamination=0, methods=["none"], categories=first.category
    )
    file = tmp_path / "results_v2.csv"
    for given in (kind(file), [kind(file)]):
        assert purebank.read_results(given).keys() == rows.keys()
        assert len(purebank.Study(given).rows()) > 0
    assert purebank.Study(kind(file)).tables(kind(tmp_path / "tables"), formats=["csv"]) is not None
    assert purebank.compare_results(kind(file), kind(file)).n_common == len(rows["seed"])


def uses_of_texts(references, bank, caches, tmp_path):
    """Every argument that is a text, called with one."""
    features = references.features
    return {
        "roi_name": lambda text: purebank.References(features, roi=np.ones((4, 4), bool), roi_name=text),
        "fit's audit": lambda text: purebank.Bank.fit(features, audit=text),
        "purify": lambda text: purebank.Bank.fit(features, purify=text),
        "image_score": lambda text: purebank.Bank.fit(features, image_score=text),
        "decisions": lambda text: purebank.Bank.fit(features, decisions=[text] * 6),
        "audit": lambda text: purebank.audit(references, text),
        "decide": lambda text: purebank.audit(references).decide(0, text),
        "purify alone": lambda text: purebank.purify(references, text),
        "loo_scores": lambda text: references.loo_scores(text),
        "knn": lambda text: purebank.knn(make(1)[0], make(1)[0], metric=text),
        "layer": lambda text: purebank.Backbone(layer=text),
        "precision": lambda text: purebank.Backbone(precision=text),
        "open_backbone": lambda text: bank.open_backbone(precision=text),
        "origin": lambda text: purebank.Features.from_array(make(1), origin=purebank.Origin(text, grid_height=4, grid_width=4, dim=5)),
        "image_scores": lambda text: purebank.metrics.image_scores(np.ones((2, 4)), text),
        "datasets": lambda text: purebank.datasets(tmp_path, text),
        "write_caches": lambda text: purebank.write_caches(tmp_path, tmp_path / "c", categories=[text]),
        "cell": lambda text: purebank.cell(caches, text),
        "cell's setup": lambda text: purebank.cell(caches, "bottle", setup=text),
        "cell's methods": lambda text: purebank.cell(caches, "bottle", methods=text),
        "run": lambda text: purebank.Experiment(text, caches, tmp_path),
        "detectors": lambda text: purebank.Experiment("assurance", {text: caches, "b": caches}, tmp_path),
        "categories": lambda text: purebank.Experiment("main", caches, tmp_path, categories=text),
        "limits": lambda text: purebank.Experiment("main", caches, tmp_path, limits=[text]),
        "auditor": lambda text: purebank.Experiment("assurance", caches, tmp_path, auditor=text),
        "compare": lambda text: purebank.compare_results(tmp_path / "a", tmp_path / "b", key=text),
        "merge": lambda text: purebank.merge_results([tmp_path / "a"], tmp_path / "b", key=text),
        "study": lambda text: purebank.Study(tmp_path / "a", text),
        "method": lambda text: purebank.purification(text)(len),
        "label": lambda text: purebank.purification("labelled", label=text)(len),
        "family": lambda text: purebank.purification("of_family", family=text),
        "needs": lambda text: purebank.purification("needs", needs=[text])(len),
    }


@pytest.fixture(scope="module")
def refused(caches, tmp_path_factory):
    features = purebank.Features.from_array(make())
    references = purebank.References(features, k=2)
    bank = purebank.Bank.fit(features, k=2, audit=None)
    return uses_of_texts(references, bank, caches, tmp_path_factory.mktemp("texts"))


@pytest.mark.parametrize("text", [LONE, "a\0b"])
def test_what_is_no_text_is_refused_by_errors_of_the_package(refused, text):
    for name, use in refused.items():
        try:
            use(text)
        except purebank.Error as error:
            assert isinstance(error, ValueError), name
        else:
            pytest.fail(f"{name} was taken")


@pytest.mark.parametrize("path", [NO_NAME, "a\0b", b"a\0b"])
def test_what_is_no_name_of_a_file_is_refused(path, extracted, tmp_path):
    references, _ = extracted
    bank = purebank.Bank.fit(references)
    audit = purebank.audit(references)
    for use in (
        lambda: purebank.Backbone(path),
        lambda: purebank.Backbone().extract(path),
        lambda: purebank.Backbone().extract([path]),
        lambda: purebank.Bank.load(path),
        lambda: bank.save(path),
        lambda: bank.open_backbone(path),
        lambda: bank.take_back(path),
        lambda: bank.find_copies([path]),
        lambda: purebank.Bank.fit(references, decisions=path),
        lambda: purebank.References(references, roi=path),
        lambda: purebank.write_decisions(path, references, ["keep"] * 10),
        lambda: audit.recall(path),
        lambda: audit.report(path),
        lambda: references.save(path),
        lambda: purebank.Features.load(path),
        lambda: purebank.images.read(path),
        lambda: purebank.images.read_mask(path, path),
        lambda: purebank.datasets(path),
        lambda: purebank.Cache(path),
        lambda: purebank.cache_from_arrays(path, make(3), make(2), [0, 1]),
        lambda: purebank.read_results(path),
        lambda: purebank.Study(path),
        lambda: purebank.compare_results(path, path),
    ):
        with pytest.raises(purebank.BadArgumentError):
            use()
    with pytest.raises(TypeError):
        purebank.Bank.load(7)


def test_arrays_of_another_shape_are_refused_by_errors_of_the_package(extracted):
    references, _ = extracted
    for mask in (np.ones(16, bool), np.ones((4, 4, 1), bool), np.ones((0, 4), bool)):
        with pytest.raises(purebank.Error):
            purebank.References(purebank.Features.from_array(make()), roi=mask)
    rows, columns = references.grid
    bank = purebank.Bank.fit(references)
    picture = np.zeros((120, 120, 3), np.uint8)
    bank.heatmap(picture, np.zeros((rows, columns)))
    for shape in ((1, rows * columns), (2 * rows, columns // 2), (rows, columns - 1), (rows * columns,)):
        with pytest.raises(purebank.BadShapeError):
            bank.heatmap(picture, np.zeros(shape))
    tall = purebank.Features.from_array(make(6, 4), grid=(2, 8))
    bank = purebank.Bank.fit(tall, k=2, audit=None)
    bank.heatmap(picture, np.zeros((2, 8)))
    with pytest.raises(purebank.BadShapeError, match=r"\(8, 2\).*\(2, 8\)"):
        bank.heatmap(picture, np.zeros((8, 2)))
    inside = np.zeros((2, 8), bool)
    inside[:, :5] = True
    bank = purebank.Bank.fit(tall, k=2, audit=None, roi=inside)
    for shape in ((8, 2), (2, 5), (2, 9)):
        with pytest.raises(purebank.BadShapeError, match="the bank's grid"):
            bank.heatmap(picture, np.zeros(shape))
    with pytest.raises(purebank.BadShapeError):
        purebank.images.overlay(picture, np.zeros((2, 2)), 0, 1, mask=np.ones((120, 120, 3), bool))


def test_names_that_read_the_same_are_not_mixed_up(tmp_path):
    names = ["/a\udcff.png", "/a\udcfe.png"]
    features = purebank.Features.from_array(make(2), paths=names)
    with pytest.raises(purebank.BadArgumentError, match="rename one of them"):
        purebank.write_decisions(tmp_path / "d.json", features, ["keep", "remove"])
    assert list(tmp_path.iterdir()) == []
    features = purebank.Features.from_array(make(2), paths=["/a\udcff.png", "/b\udcff.png"])
    purebank.write_decisions(tmp_path / "d.json", features, ["keep", "remove"])
    assert purebank.read_decisions(tmp_path / "d.json", features[[1, 0]]) == ["remove", "keep"]


def test_digests_tell_names_apart_that_read_the_same(extracted, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for i, name in enumerate((b"\xfe.png", b"\xff.png")):
        (folder / os.fsdecode(name)).write_bytes(open(extracted[0].paths[i], "rb").read())
    features = purebank.Backbone().extract(folder)
    purebank.write_decisions(tmp_path / "d.json", features, ["keep", "remove"])
    assert purebank.read_decisions(tmp_path / "d.json", features[[1, 0]]) == ["remove", "keep"]
    (folder / "\udcff.png").write_bytes(open(extracted[0].paths[0], "rb").read())
    with pytest.raises(purebank.BadArgumentError, match="their photos are the same"):
        purebank.write_decisions(tmp_path / "d.json", purebank.Backbone().extract(folder), ["keep", "remove"])


def test_writing_decisions_leaves_the_umask_alone(extracted, tmp_path, monkeypatch):
    references, _ = extracted
    old = os.umask(0o027)
    changes = []
    with monkeypatch.context() as patch:
        patch.setattr(os, "umask", changes.append)
        purebank.write_decisions(tmp_path / "d.json", references, ["keep"] * 10)
    os.umask(old)
    assert changes == [] and stat.S_IMODE((tmp_path / "d.json").stat().st_mode) == 0o640
    link = tmp_path / "link.json"
    link.symlink_to("d.json")
    purebank.write_decisions(link, references, ["remove"] * 10)
    assert link.is_symlink() and purebank.read_decisions(tmp_path / "d.json", references) == ["remove"] * 10
    writers = [
        threading.Thread(target=purebank.write_decisions, args=(tmp_path / "d.json", references, ["keep"] * 10)) for _ in range(8)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert purebank.read_decisions(tmp_path / "d.json", references) == ["keep"] * 10
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.json", "link.json"]


def test_the_page_is_not_written_from_other_decisions_than_were_recalled(extracted, tmp_path):
    references, _ = extracted
    file = tmp_path / "d.json"
    purebank.write_decisions(file, references, ["keep"] * 10)
    audit = purebank.audit(references)
    audit.recall(file)
    audit.report(tmp_path / "a.html")
    purebank.write_decisions(file, references, ["remove"] * 10)
    for change in (lambda: None, file.unlink):
        change()
        with pytest.raises(purebank.MismatchError, match="recall it again"):
            audit.report(tmp_path / "b.html")
    assert not (tmp_path / "b.html").exists()


def test_names_that_are_no_text_are_written_as_the_library_does(tmp_path):
    paths = [b"a\xe2\x82.png", b"a\xff\xff", b"a\xff"]
    features = purebank.Features.from_array(make(3), paths=paths)
    purebank.write_decisions(tmp_path / "d.json", features, ["keep", "remove", "keep"])
    assert purebank.read_decisions(tmp_path / "d.json", features) == ["keep", "remove", "keep"]
    alike = purebank.Features.from_array(make(2), paths=[b"a\xff\xff", b"a\xe2\x82"])
    with pytest.raises(purebank.BadArgumentError):
        purebank.write_decisions(tmp_path / "e.json", alike, ["keep", "remove"])


def test_what_is_no_text_is_a_type_error():
    for wrong in (5, b"bottle", None):
        with pytest.raises(TypeError):
            encoded(wrong, "category")


def test_results_that_are_none_are_the_packages_errors(tmp_path):
    (tmp_path / "bytes.csv").write_bytes(b"a;b\n\xff;\x00\n")
    for path, error in (("", purebank.InputError), (tmp_path, purebank.InputError), ("a" * 100_000, purebank.InputError),
                        (tmp_path / "bytes.csv", purebank.BadFormatError)):
        with pytest.raises(error):
            purebank.read_results(path)


def test_a_method_is_a_function_with_any_docstring():
    with pytest.raises(TypeError):
        purebank.purification("no_function")(3)

    @purebank.purification("blank_docstring")
    def method(features, references):
        """  """
        return np.ones((len(features), features.n_patches), bool)

    assert method is not None
