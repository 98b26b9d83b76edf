"""Purification methods that are Python functions: beside the built-in ones in every place."""

import shutil
import threading

import numpy as np
import pytest

import purebank

RNG = np.random.default_rng(4)
FEATURES = RNG.normal(size=(6, 16, 5)).astype(np.float32)


class Refused(Exception):
    pass


@pytest.fixture(scope="module")
def methods():
    """Methods are registered for good: once for all tests."""

    @purebank.purification("test_median", label="Median", takes=["percentile"])
    def median(features, references):
        """Patches far from the median patch go."""
        far = np.linalg.norm(features - np.median(features, axis=(0, 1)), axis=2)
        return far <= np.percentile(far, references.options.percentile)

    @purebank.purification("test_loo", of="scores")
    def loo(scores):
        return scores <= np.percentile(scores, 95)

    @purebank.purification("test_fails")
    def fails(features, references):
        raise Refused("not today: \N{SNOWMAN}")

    @purebank.purification("test_shape")
    def shape(features, references):
        return [True]

    @purebank.purification("test_type")
    def type_(features, references):
        return np.ones((6, 16))

    return median


def test_it_is_a_method(methods):
    row = {method.name: method for method in purebank.purification_methods()}["test_median"]
    assert row.label == "Median" and row.summary == "Patches far from the median patch go."
    assert row.takes == ("percentile",) and row.family == "distance"
    keep = purebank.purify(FEATURES, "test_median", percentile=75)
    far = np.linalg.norm(FEATURES - np.median(FEATURES, axis=(0, 1)), axis=2)
    assert (keep == (far <= np.percentile(far, 75))).all() and keep.sum() == 72
    assert methods(FEATURES, type("R", (), {"options": purebank.PurifyOptions(75, 0, 0, None)})).sum() == 72


def test_the_same_rule_gives_the_same_mask_as_the_built_in_one(methods):
    assert (purebank.purify(FEATURES, "test_loo") == purebank.purify(FEATURES, "loo_patch")).all()


def test_banks_are_purified_by_it_and_remember(methods, tmp_path):
    bank = purebank.Bank.fit(FEATURES, purify="test_median", audit=None, percentile=75, k=3)
    assert len(bank.rows) == 72 and bank.describe()["purification"] == "test_median"
    bank.save(tmp_path / "x.bank")
    assert len(purebank.Bank.load(tmp_path / "x.bank").rows) == 72


def test_its_exceptions_arrive(methods):
    with pytest.raises(Refused, match="not today") as raised:
        purebank.purify(FEATURES, "test_fails")
    assert any(entry.name == "fails" for entry in raised.traceback)
    with pytest.raises(Refused):
        purebank.Bank.fit(FEATURES, purify="test_fails")
    with pytest.raises(purebank.BadShapeError, match=r"\(6, 16\)"):
        purebank.purify(FEATURES, "test_shape")
    with pytest.raises(purebank.BadArgumentError, match="booleans"):
        purebank.purify(FEATURES, "test_type")


def test_references_are_gone_afterwards():
    kept = []

    @purebank.purification("test_keeps")
    def keeps(features, references):
        kept.append((references, features, references.loo_scores()))
        assert references.k == 5 and references.grid == (4, 4)
        assert references.mahalanobis_scores().shape == (6, 16)
        return features[:, :, 0] < 9

    purebank.purify(FEATURES, "test_keeps")
    references, features, scores = kept[0]
    assert (features == FEATURES).all() and scores.shape == (6, 16)  # copies stay
    with pytest.raises(purebank.BadArgumentError, match="gone .* keep copies"):
        references.loo_scores()


def test_it_is_told_what_it_needs(methods):
    told = []

    @purebank.purification("test_told", needs=["truth", "share"], takes=["seed", "percentile"])
    def tell(features, references):
        told.append(references.options)
        return np.ones((6, 16), bool)

    truth = [True, False] * 3
    purebank.purify(FEATURES, "test_told", percentile=90, contamination=0.25, seed=7, contaminated=truth)
    (options,) = told
    assert options[:3] == (90, 0.25, 7) and list(options.contaminated) == truth


@pytest.mark.parametrize(
    "name, options",
    [
        ("loo_patch", {}),
        ("Mine", {}),
        ("test_bad", {"label": "LOO"}),
        ("test_bad", {"family": "none"}),
        ("test_bad", {"needs": ["luck"]}),
        ("test_bad", {"of": "pixels"}),
    ],
)
def test_what_cannot_be_registered_is_refused(name, options):
    with pytest.raises(purebank.BadArgumentError):
        purebank.purification(name, **options)(lambda features, references: None)


RUN = {"limits": 10, "seeds": "0-2", "contamination": [0, 0.3]}


def test_it_runs_in_experiments_and_appears_in_tables(methods, caches, tmp_path):
    columns = purebank.experiment("main", caches, tmp_path, methods=["none", "loo_patch", "test_loo", "test_median"], **RUN)
    auroc = {name: columns["img_auroc"][columns["purification_method"] == name] for name in np.unique(columns["purification_method"])}
    assert (auroc["test_loo"] == auroc["loo_patch"]).all() and (auroc["test_median"] != auroc["loo_patch"]).any()
    study = purebank.Study(tmp_path / "results_v2.csv")
    compared = study.compare(["loo_patch", "test_loo", "test_median"])
    assert list(compared["method"]) == ["loo_patch", "test_loo", "test_median"]
    assert compared["gain"][0] == compared["gain"][1] and np.isfinite(compared["p"][:2]).all()
    study.tables(tmp_path / "tables", formats=["markdown"])
    text = "".join(path.read_text() for path in (tmp_path / "tables").iterdir())
    assert "Median" in text
    assert list(study.rank(["none", "test_loo", "test_median"]).methods) == ["none", "test_loo", "test_median"]
    with pytest.raises(purebank.BadArgumentError, match="no_such"):
        study.compare(["no_such"])


def test_it_appears_in_figures(methods, caches, tmp_path):
    if not hasattr(purebank._core, "study_figures"):
        pytest.skip("built without Cairo")
    if not shutil.which("gnuplot"):
        pytest.skip("no gnuplot")
    purebank.experiment("main", caches, tmp_path, methods=["none", "loo_patch", "test_median"], **RUN)
    study = purebank.Study(tmp_path / "results_v2.csv")
    drawn = study.figures(tmp_path / "f", formats=["svg"], methods=["none", "loo_patch", "test_median"])
    assert drawn and {f"{name}.svg" for name in drawn} == {path.name for path in (tmp_path / "f").iterdir()}
    assert any("Median" in (tmp_path / f"f/{name}.svg").read_text() for name in drawn)
    with pytest.raises(purebank.BadArgumentError):
        study.figures(tmp_path / "f", methods=["no_such"])


def test_threads_of_a_run_call_it_and_its_exception_ends_the_run(caches, tmp_path):
    callers = set()
    fail = threading.Event()

    @purebank.purification("test_counts")
    def counts(features, references):
        callers.add(threading.get_ident())
        if fail.is_set():
            raise Refused("in a run")
        return references.loo_scores() < 1e9

    fail.set()
    with pytest.raises(Refused, match="in a run"):
        purebank.experiment("main", caches, tmp_path, methods=["none", "test_counts"], **RUN)
    fail.clear()
    columns = purebank.experiment("main", caches, tmp_path, methods=["none", "test_counts"], **RUN)
    none, own = (columns["img_auroc"][columns["purification_method"] == name] for name in ("none", "test_counts"))
    assert len(none) == 12 and (none == own).all() and callers


def test_a_run_that_was_stopped_goes_on(methods, caches, tmp_path):
    def stop(done, total):
        raise Refused

    with pytest.raises(Refused):
        purebank.experiment("main", caches, tmp_path, methods=["none", "test_loo"], progress=stop, **RUN)
    opened = purebank.Experiment("main", caches, tmp_path, methods=["none", "test_loo"], **RUN)
    plan = opened.plan
    assert plan["n_cells"] == 24 and plan["n_done"] < 24 and list(plan["categories"]["n_cells"]) == [12, 12]
    opened.run()
    whole = purebank.experiment("main", caches, tmp_path / "whole", methods=["none", "test_loo"], **RUN)
    found = purebank.compare_results(tmp_path / "results_v2.csv", tmp_path / "whole/results_v2.csv")
    assert len(whole["seed"]) == found.n_common == 24 and found.differences == []
