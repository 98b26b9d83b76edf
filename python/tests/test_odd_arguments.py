"""Arguments as nobody means them: each is an error of the package that says the value, and none is silently another one."""

import numpy as np
import pytest

import purebank

ARRAY = np.random.default_rng(8).normal(size=(6, 16, 5)).astype(np.float32)
FEATURES = purebank.Features.from_array(ARRAY)
PICTURE = np.zeros((8, 8), np.uint8)


@pytest.fixture(scope="module")
def bank():
    return purebank.Bank.fit(FEATURES, k=2, audit=None)


TAKES_AN_INT = {
    "k": lambda n: purebank.Bank.fit(FEATURES, k=n),
    "seed": lambda n: purebank.Bank.fit(FEATURES, k=2, seed=n),
    "coreset": lambda n: purebank.Bank.fit(FEATURES, k=2, coreset=n),
    "coreset's n": lambda n: purebank.coreset(ARRAY[0], n),
    "references' k": lambda n: purebank.References(FEATURES, k=n),
    "audit's seed": lambda n: purebank.audit(FEATURES, seed=n),
    "purify's seed": lambda n: purebank.purify(FEATURES, seed=n),
    "decide": lambda n: purebank.audit(FEATURES).decide(n, "keep"),
    "search's k": lambda n: purebank.knn(ARRAY[0], ARRAY[0], n),
    "threads": purebank.set_threads,
    "max_pixels": lambda n: purebank.images.set_max_pixels(n),
    "size": lambda n: purebank.Backbone(size=n),
    "overlap": lambda n: purebank.Backbone(resolution=(400, 400), overlap=n),
    "sample_bits": lambda n: purebank.Backbone(sample_bits=n),
    "resolution": lambda n: purebank.Backbone(resolution=(400, n)),
    "grid": lambda n: purebank.Features.from_array(ARRAY, grid=(n, 4)),
    "origin": lambda n: purebank.Features.from_array(ARRAY, origin=purebank.Origin("mine", grid_height=n, grid_width=4, dim=5)),
    "categories": lambda n: purebank.statistics.critical_difference(n, 3),
    "draws": lambda n: purebank.statistics.bootstrap([1.0, 2.0], draws=n),
    "bootstrap's seed": lambda n: purebank.statistics.bootstrap([1.0, 2.0], seed=n),
    "cell": lambda n: purebank.cell("no_such_folder", "bottle", seed=n),
    "shard": lambda n: purebank.Experiment("main", "no_such_folder", "nowhere", shard=(1, n)),
    "rate": lambda n: purebank.fit_threshold([1.0, 2.0], n),
}


@pytest.mark.parametrize("name", TAKES_AN_INT)
@pytest.mark.parametrize("n", [2**64, -(2**63) - 1, 10**400])
def test_whole_numbers_of_any_size_are_errors_of_the_package(name, n):
    with pytest.raises(purebank.Error) as raised:
        TAKES_AN_INT[name](n)
    if abs(n) < 10**30 and name != "rate":
        assert str(n) in str(raised.value)


@pytest.mark.parametrize("name", ["threads", "size", "overlap", "sample_bits", "resolution", "origin"])
def test_numbers_of_32_bits_are_too(name):
    with pytest.raises(purebank.BadArgumentError, match=str(2**31)):
        TAKES_AN_INT[name](2**31)


@pytest.mark.parametrize(
    "wrong, call",
    [
        (2**31, lambda: purebank.Features.from_array(ARRAY, origin=purebank.Origin("mine", grid_height=2**31, grid_width=4, dim=2**40))),
        (2**63, lambda: purebank.purify(FEATURES, percentile=10**30, seed=2**63)),
        (-(2**63) - 1, lambda: purebank.Bank.fit(FEATURES, k=2, false_alarm_rate=10**30, seed=-(2**63) - 1)),
        (10**400, lambda: purebank.fit_threshold([1.0, 2.0], 10**400)),
    ],
)
def test_the_number_that_does_not_fit_is_named_not_the_largest(wrong, call):
    with pytest.raises(purebank.BadArgumentError, match=f"the number {wrong} is out of range"):
        call()


def test_a_seed_is_checked_where_nothing_is_drawn():
    with pytest.raises(purebank.BadArgumentError, match="a seed must be between 0 and .* not -1"):
        purebank.Bank.fit(FEATURES, k=2, seed=-1)


@pytest.mark.parametrize("coreset", [0, 0.0, np.int64(0)])
def test_a_coreset_of_nothing_does_not_mean_all(coreset):
    with pytest.raises(purebank.BadArgumentError, match="None keeps all"):
        purebank.Bank.fit(FEATURES, k=2, coreset=coreset)


def test_zero_is_not_the_default(bank):
    with pytest.raises(purebank.BadArgumentError, match="0 pixels"):
        purebank.Backbone(size=0)
    with pytest.raises(purebank.BadArgumentError, match="0 x 0 pixels"):
        purebank.Backbone(resolution=(0, 0))
    with pytest.raises(purebank.BadArgumentError, match="between 0 and 1"):
        bank.calibrate(false_alarm_rate=0)


USES_OF_ARRAYS = {
    "from_array": purebank.Features.from_array,
    "audit": purebank.audit,
    "fit": purebank.Bank.fit,
    "index": purebank.Index,
    "search": lambda a: purebank.Index(ARRAY[0]).search(a, 1),
    "coreset": lambda a: purebank.coreset(a, 1),
    "threshold": purebank.fit_threshold,
    "scores": lambda a: purebank.metrics.auroc(a, [0, 1]),
    "labels": lambda a: purebank.metrics.auroc([0.0, 1.0], a),
    "percentile": lambda a: purebank.metrics.percentile(a, 50),
    "maps": lambda a: purebank.metrics.pixel(a, [None] * 6),
    "a mask": lambda a: purebank.metrics.pixel(ARRAY, [a] * 6),
    "extract": lambda a: purebank.Backbone().extract([a]),
    "a map": lambda a: purebank.images.overlay(PICTURE, a, 0, 1),
    "roi": lambda a: purebank.References(FEATURES, roi=a),
    "contaminated": lambda a: purebank.purify(FEATURES, contaminated=a),
    "holm": purebank.statistics.holm,
    "wilcoxon": purebank.statistics.wilcoxon,
    "friedman": purebank.statistics.friedman,
}


@pytest.mark.parametrize("name", USES_OF_ARRAYS)
def test_arrays_that_are_none_are_refused(name, tmp_path):
    use = USES_OF_ARRAYS[name]
    with pytest.raises(purebank.BadShapeError):
        use([[1, 2], [3]])
    masked = np.ma.masked_array([0.0, 1.0], mask=[True, False])
    for values in (masked, [masked, masked], [[masked], [masked]], np.ma.masked_array(ARRAY, ARRAY > 0), [0.0, np.ma.masked]):
        with pytest.raises(purebank.BadValueError, match="masked"):
            use(values)
    if name not in ("extract", "a mask"):
        with pytest.raises(purebank.OutOfMemoryError):
            use(np.broadcast_to(np.float32(1), (10**4, 10**4, 10**4)))


def test_masked_arrays_without_a_masked_value_are_arrays():
    assert (purebank.Features.from_array(np.ma.masked_array(ARRAY)).array == ARRAY).all()


def test_huge_photos_are_refused_before_they_are_copied():
    for shape in ((10**6, 10**6), (10**6, 10**6, 3)):
        with pytest.raises(purebank.OutOfMemoryError, match="1000000"):
            purebank.Backbone().extract([np.broadcast_to(np.uint8(1), shape)])
        with pytest.raises(purebank.OutOfMemoryError):
            purebank.metrics.pixel(ARRAY[:1], [np.broadcast_to(np.uint8(1), shape)])


def test_chosen_images_are_no_masked_array():
    with pytest.raises(purebank.BadValueError, match="masked"):
        FEATURES[np.ma.masked_array([1, 2], mask=[True, False])]
    with pytest.raises(purebank.BadShapeError):
        FEATURES[[[1, 2], [3]]]
    assert len(FEATURES[2:]) == 4 and len(FEATURES[[1, 2]]) == 2


def test_caches_take_arrays_alone(tmp_path):
    test = ARRAY[:2]
    for train, labels, error in (
        ([[1], [2, 3]], [0, 1], purebank.BadShapeError),
        (np.full((2, 4, 3), None), [0, 1], purebank.BadArgumentError),
        (ARRAY[0], [0, 1], purebank.BadShapeError),
        (np.ma.masked_array(ARRAY, ARRAY > 0), [0, 1], purebank.BadValueError),
        (ARRAY, [0, 1, 1], purebank.BadShapeError),
    ):
        with pytest.raises(error):
            purebank.cache_from_arrays(tmp_path / "x__y", train, test, labels)
    assert list(tmp_path.iterdir()) == []


def test_scikit_learns_detector_refuses_masked_arrays():
    sklearn = pytest.importorskip("purebank.sklearn")
    with pytest.raises(purebank.BadValueError, match="masked"):
        sklearn.PatchBankDetector().fit(np.ma.masked_array(ARRAY, ARRAY > 0))


@pytest.mark.parametrize("pair", [(4,), (4, 4, 4), 4, "ab", (4.0, 4), (None, 4), ()])
def test_two_numbers_are_two_whole_numbers(pair):
    for use, name in (
        (lambda: purebank.Backbone(resolution=pair), "resolution"),
        (lambda: purebank.Features.from_array(ARRAY, grid=pair), "grid"),
        (lambda: purebank.Features.from_array(ARRAY.reshape(6, 4, 4, 5), grid=pair), "grid"),
        (lambda: purebank.Experiment("main", "no_such_folder", "nowhere", shard=pair), "shard"),
    ):
        with pytest.raises(purebank.BadArgumentError, match=f"{name} is .*two whole numbers, not ") as raised:
            use()
        assert repr(pair) in str(raised.value)


@pytest.mark.parametrize("paths", [["a\0b"] * 6, ["\ud800"] * 6, [b"a\0"] * 6, "abcdef"])
def test_names_are_checked_where_they_are_given(paths, bank):
    with pytest.raises(purebank.BadArgumentError):
        purebank.Features.from_array(ARRAY, paths=paths)


def test_one_name_is_no_list_of_letters(bank, tmp_path):
    for use in (lambda: bank.find_copies("abc"), lambda: purebank.merge_results("abc", tmp_path / "out")):
        with pytest.raises(purebank.BadArgumentError, match="one name 'abc'"):
            use()


def test_what_goes_by_names_says_that_arrays_have_none(bank, tmp_path):
    for use in (
        lambda: bank.calibrate(ARRAY),
        lambda: bank.calibrate(defects=ARRAY),
        lambda: bank.calibrate("photos"),
        lambda: bank.calibrate([ARRAY]),
        lambda: purebank.write_decisions(tmp_path / "d.json", ARRAY, ["keep"] * 6),
        lambda: purebank.read_decisions(tmp_path / "d.json", ARRAY),
        lambda: purebank.recall_decisions(tmp_path / "d.json", ARRAY),
    ):
        with pytest.raises(purebank.BadArgumentError, match="Features with names are needed"):
            use()
    with pytest.raises(purebank.BadArgumentError, match="need names"):
        bank.calibrate(FEATURES)
    with pytest.raises(purebank.BadArgumentError):
        purebank.Bank.fit(FEATURES, k=2, decisions=np.zeros((6, 2)))
