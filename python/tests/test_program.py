"""The same as the program, to the bit."""

import csv
import pathlib
import shutil

import numpy as np
import pytest
from conftest import make_photo, read_json

import purebank


def test_features(program, dataset, extracted, tmp_path):
    program("extract", dataset / "train/good", "-o", tmp_path / "f.npy")
    references = extracted[0]
    assert (np.load(tmp_path / "f.npy") == references.array).all()
    assert purebank.Features.load(tmp_path / "f.npy").origin == references.origin


def test_features_of_arrays_are_those_of_files(dataset, extracted):
    images = [purebank.images.read(path) for path in extracted[0].paths]
    of_arrays = purebank.Backbone().extract(images)
    assert (of_arrays.array == extracted[0].array).all()
    assert of_arrays.photos.tobytes() == extracted[0].photos.tobytes()


@pytest.mark.parametrize("rule", ["imgmax_mad", "image_mad"])
def test_audit(program, dataset, extracted, tmp_path, rule):
    program("audit", dataset / "train/good", "--rule", rule, "--json", tmp_path / "a.json")
    told = read_json(tmp_path / "a.json")
    found = purebank.audit(extracted[0], rule)
    table = {path: row for path, row in zip(extracted[0].paths, found.table())}
    assert found.limit == told["limit"] and len(told["images"]) == 10
    for image in told["images"]:
        row = table[image["path"]]
        assert row["score"] == image["score"] and row["flagged"] == image["flagged"] and row["rank"] == image["rank"]


@pytest.mark.parametrize(
    "options, arguments",
    [
        ({}, []),
        ({"audit": None, "purify": "loo_patch"}, ["--audit", "off", "--purify", "loo_patch"]),
        (
            {"k": 3, "image_score": "max", "false_alarm_rate": 0.1},
            ["--knn-k", "3", "--image-score", "max", "--false-alarm-rate", "0.1"],
        ),
        ({"coreset": 500}, ["--coreset", "500"]),
    ],
)
def test_bank_scores_and_heatmaps(program, dataset, extracted, tmp_path, options, arguments):
    references, test = extracted
    program("fit", dataset / "train/good", "-o", tmp_path / "p.bank", *arguments)
    bank = purebank.Bank.fit(references, **options)
    bank.save(tmp_path / "q.bank")
    assert (tmp_path / "p.bank").read_bytes() == (tmp_path / "q.bank").read_bytes()

    program("score", tmp_path / "p.bank", dataset / "test", "--csv", tmp_path / "s.csv", "--heatmaps", tmp_path / "maps")
    with open(tmp_path / "s.csv", newline="") as file:
        rows = {row["path"]: row for row in csv.DictReader(file)}
    scores, maps = purebank.Bank.load(tmp_path / "p.bank").score(test)
    verdicts = bank.judge(test)
    assert len(rows) == len(test.paths)
    for i, path in enumerate(test.paths):
        assert float(rows[path]["score"]) == scores[i] == verdicts[i]["score"]
        assert rows[path]["verdict"] == verdicts[i]["verdict"]
        drawn = bank.heatmap(purebank.images.read(path), maps[i])
        written = purebank.images.read(rows[path]["heatmap"])  # with the verdict and the scale below
        assert (drawn == written[: len(drawn)]).all()


def test_16_bit_photos_are_read_as_the_program_reads_them(program, tmp_path):
    pillow = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(8)
    for i in range(4):
        values = rng.integers(0, 4095, (60, 60)).astype(np.uint16)  # of a 12-bit camera
        (tmp_path / "p").mkdir(exist_ok=True)
        pillow.fromarray(values).save(tmp_path / f"p/{i}.png")
    program("extract", tmp_path / "p", "-o", tmp_path / "f.npy")
    backbone = purebank.Backbone()
    features = backbone.extract(tmp_path / "p")
    assert (np.load(tmp_path / "f.npy") == features.array).all()
    assert features.origin == purebank.Features.load(tmp_path / "f.npy").origin and features.origin.sample_bits == 12
    pillow.fromarray((rng.integers(0, 255, (60, 60))).astype(np.uint16)).save(tmp_path / "dark.png")
    assert backbone.extract(tmp_path / "dark.png").origin == features.origin  # parts like references


def test_odd_photos_are_unusable_as_to_the_program(program, dataset, extracted, tmp_path):
    black = np.zeros((120, 120, 3), np.uint8)
    purebank.images.write_png(tmp_path / "black.png", black)
    bank = purebank.Bank.fit(extracted[0])
    bank.save(tmp_path / "p.bank")
    program("score", tmp_path / "p.bank", tmp_path / "black.png", "--json", tmp_path / "s.json")
    told = read_json(tmp_path / "s.json")
    told = told["images"][0] if isinstance(told, dict) else told[0]
    of_file = bank.judge(purebank.Backbone().extract(tmp_path / "black.png"))[0]
    of_array = bank.judge(bank.open_backbone().extract([black]))[0]
    assert told["verdict"] == of_file["verdict"] == of_array["verdict"] == "unusable"
    assert told["reason"] == of_file["reason"] == of_array["reason"] != ""


def test_photos_that_stand_out_are_noted_as_by_the_program(program, dataset, extracted, tmp_path):
    folder = shutil.copytree(dataset / "train/good", tmp_path / "photos")
    purebank.images.write_png(folder / "large.png", make_photo(np.random.default_rng(6), size=240))
    purebank.images.write_png(folder / "black.png", np.zeros((120, 120, 3), np.uint8))
    program("audit", folder, "--json", tmp_path / "a.json")
    features = purebank.Backbone().extract(folder)
    table = dict(zip(features.paths, purebank.audit(features).table()))
    told = read_json(tmp_path / "a.json")["images"]
    for image in told:
        row = table[image["path"]]
        assert row["stands_out"] == image.get("stands_out", "") and row["reason"] == image.get("reason", "")
        assert row["flagged"] == image["flagged"] and row["rank"] == image["rank"]
    assert {pathlib.Path(image["path"]).name for image in told if image.get("stands_out")} >= {"large.png", "black.png"}
    assert set(purebank.audit(extracted[0].array).table()["stands_out"]) == {""}  # nobody has seen the photos


def test_caches_and_experiment(program, caches, tmp_path):
    options = ["--limits", "10", "--seeds", "0,1", "--contamination", "0,0.3", "--methods", "none,loo_patch,mahalanobis_patch"]
    program("experiment", "main", "--cache", caches, "-o", tmp_path / "a", *options)
    columns = purebank.experiment(
        "main",
        caches,
        tmp_path / "b",
        limits=[10],
        seeds=[0, 1],
        contamination=[0, 0.3],
        methods=["none", "loo_patch", "mahalanobis_patch"],
    )
    found = purebank.compare_results(tmp_path / "a/results_v2.csv", tmp_path / "b/results_v2.csv")
    assert found.n_common == len(columns["img_auroc"]) == 2 * 2 * 2 * 3
    assert found.n_only_a == found.n_only_b == 0 and found.differences == [] and found.n_values > 100
    assert columns["img_auroc"].dtype == np.float64 and columns["seed"].dtype == np.int64


def test_cache_of_a_data_set(program, dataset, tmp_path):
    program("cache", dataset, "-o", tmp_path / "a")
    seen = []
    (cache,) = purebank.write_caches(dataset, tmp_path / "b", progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (18, 18)
    (other,) = purebank.caches(tmp_path / "a")
    assert (cache.train().array == other.train().array).all() and (cache.test().array == other.test().array).all()
    assert (cache.labels == other.labels).all() and cache.labels.sum() == 4
    assert cache.check() == [] and cache.origin == other.origin
    (category,) = purebank.datasets(dataset)
    assert category.test_paths == cache.test_paths and (category.labels == cache.labels).all()
    assert [len(masks) for masks in category.masks] == [1 if label else 0 for label in cache.labels]


def test_statistics(program, tmp_path, caches):
    options = {"limits": 10, "seeds": "0-2", "contamination": [0, 0.3]}
    purebank.experiment("main", caches, tmp_path / "r", methods="core", **options)
    file = tmp_path / "r/results_v2.csv"
    program("stats", file, "-o", tmp_path / "s")
    told = read_json(tmp_path / "s/stats.json")["slices"][0]
    study = purebank.Study(file)
    ranking = study.rank()
    assert set(ranking.methods) == {row["method"] for row in told["ranking"]["methods"]}
    for row in told["ranking"]["methods"]:
        assert ranking.mean_ranks[ranking.methods.index(row["method"])] == row["mean_rank"]
    program("tables", file, "-o", tmp_path / "t")
    names = study.tables(tmp_path / "u")
    files = sorted(path.name for path in (tmp_path / "u").iterdir())
    assert {name.rsplit(".", 1)[0] for name in files} == set(names)
    for name in files:
        assert (tmp_path / "t" / name).read_bytes() == (tmp_path / "u" / name).read_bytes()
