"""Arrays at the door: what is borrowed, what is converted, what is refused and how that is said."""

import numpy as np
import pytest

import purebank

RNG = np.random.default_rng(1)


def random_features(n=4, patches=9, dim=5, dtype=np.float32):
    return RNG.normal(size=(n, patches, dim)).astype(dtype)


def test_float32_in_c_order_is_borrowed():
    array = random_features()
    features = purebank.Features.from_array(array)
    assert np.shares_memory(features.array, array)
    assert features.shape == (4, 9, 5) and features.grid == (3, 3)
    assert np.shares_memory(np.asarray(features), array)
    assert np.shares_memory(features[1:3].array, array)
    index = purebank.Index(array.reshape(-1, 5))
    distances, indices = index.search(array[0], 1)
    assert (indices[:, 0] == np.arange(9)).all() and (distances == 0).all()


def test_what_the_library_holds_is_seen_and_not_written():
    features = purebank.Features.from_array(random_features())
    bank = purebank.Bank.fit(features, k=2, audit=None)
    assert not features.array.flags.writeable and not bank.rows.flags.writeable
    with pytest.raises(ValueError):
        bank.rows[0, 0] = 1


def test_a_view_keeps_its_memory_alive():
    bank = purebank.Bank.fit(random_features(), k=2, audit=None)
    rows, copy = bank.rows, bank.rows.copy()
    del bank
    junk = [purebank.Bank.fit(random_features(), k=2, audit=None) for _ in range(5)]
    assert (rows == copy).all() and len(junk) == 5


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.int16, ">f4"])
def test_other_numbers_are_converted(dtype):
    array = (random_features() * 100).round().astype(dtype)
    features = purebank.Features.from_array(array)
    assert (features.array == array.astype(np.float32)).all()


@pytest.mark.parametrize("change", [lambda a: a[::2], lambda a: np.asfortranarray(a), lambda a: a[:, ::-1], lambda a: a[..., ::2]])
def test_other_orders_are_copied(change):
    array = change(random_features(6, 9, 6))
    assert (purebank.Features.from_array(array).array == array).all()


def test_read_only_arrays_are_taken():
    array = random_features()
    array.setflags(write=False)
    assert np.shares_memory(purebank.Features.from_array(array).array, array)


def test_lists_are_taken():
    assert purebank.Features.from_array(random_features().tolist()).shape == (4, 9, 5)


@pytest.mark.parametrize("bad, where", [(np.nan, "NaN"), (np.inf, "infinite")])
def test_values_that_are_not_finite_are_refused_by_their_place(bad, where):
    array = random_features()
    array[2, 4, 3] = bad
    with pytest.raises(purebank.BadValueError, match="image 2") as raised:
        purebank.Features.from_array(array)
    assert raised.value.status == "PB_STATUS_BAD_VALUE"
    assert where.lower() in str(raised.value).lower()
    for call in (purebank.audit, purebank.purify, purebank.Bank.fit):
        with pytest.raises(purebank.BadValueError):
            call(array)
    with pytest.raises(purebank.BadValueError):
        purebank.Index(array.reshape(-1, 5))
    with pytest.raises(purebank.BadValueError):
        purebank.Index(random_features().reshape(-1, 5)).search(array.reshape(-1, 5), 1)


def test_what_float32_cannot_hold_is_refused():
    array = random_features(dtype=np.float64)
    array[1, 2, 3] = 1e300
    with pytest.raises(purebank.BadValueError, match="image 1"):
        purebank.Features.from_array(array)


@pytest.mark.parametrize("dtype", [np.complex64, object, "U4", bool, "datetime64[s]"])
def test_what_is_no_number_is_refused(dtype):
    with pytest.raises(purebank.BadArgumentError, match="array of numbers"):
        purebank.Features.from_array(np.zeros((2, 4, 3), dtype))


@pytest.mark.parametrize("shape", [(4,), (4, 9), (1, 2, 2, 2, 2), (2, 8, 3)])
def test_shapes_that_do_not_fit_are_refused(shape):
    with pytest.raises(purebank.BadShapeError):
        purebank.Features.from_array(np.zeros(shape, np.float32))


@pytest.mark.parametrize("shape", [(0, 4, 3), (2, 0, 3), (2, 4, 0)])
def test_empty_features_are_refused(shape):
    with pytest.raises(purebank.Error):
        purebank.audit(purebank.Features.from_array(np.zeros(shape, np.float32)))


class Fake:
    """What says of itself to be an array."""

    def __init__(self, **interface):
        self.__array_interface__ = interface


def described(**changes):
    return Fake(**{"version": 3, "typestr": "<f4", "shape": (1, 1, 1, 1), "data": (4096, False), **changes})


@pytest.mark.parametrize(
    "array, error",
    [
        (described(shape=(1 << 40, 1 << 40, 1, 1)), ValueError),
        (described(shape=(-1, 1, 1, 1)), ValueError),
        (described(shape=(1,) * 5), ValueError),
        (described(shape=[1, 1, 1, 1]), TypeError),
        (described(shape=(1.5, 1, 1, 1)), TypeError),
        (described(shape=(1, 1 << 40, 1, 1)), ValueError),
        (described(typestr="<f8"), TypeError),
        (described(typestr=4), TypeError),
        (described(strides=(8, 8, 8, 8)), ValueError),
        (described(data=None), TypeError),
        (described(data=("here", False)), TypeError),
        (Fake(typestr="<f4"), TypeError),
        (object(), AttributeError),
        (described(shape=(1 << 30, 1 << 30, 1, 4)), purebank.Error),
    ],
)
def test_the_extension_module_trusts_no_description(array, error):
    with pytest.raises(error):
        purebank._core.features_borrow(array)


def test_the_extension_module_writes_only_where_it_may():
    features = purebank.Features.from_array(random_features())
    bank = purebank.Bank.fit(features, k=2, audit=None)
    read_only = np.zeros(4)
    read_only.setflags(write=False)
    for patch_scores, image_scores in ((np.zeros(36), read_only), (np.zeros(35), np.zeros(4)), (np.zeros(36), np.zeros(5)), (None, np.zeros(4))):
        with pytest.raises(ValueError):
            purebank._core.bank_score(bank._handle, features._handle, patch_scores, image_scores)
    for handle in (features._handle, None, 7):
        with pytest.raises((TypeError, ValueError)):
            purebank._core.bank_score(handle, features._handle, np.zeros(36), np.zeros(4))


def test_grids_need_not_be_square():
    features = purebank.Features.from_array(random_features(2, 8, 3), grid=(2, 4))
    assert features.grid == (2, 4)
    maps = purebank.Bank.fit(features, k=1, audit=None).score(features)[1]
    assert maps.shape == (2, 2, 4)
    assert purebank.Features.from_array(np.zeros((2, 2, 4, 3), np.float32)).grid == (2, 4)


@pytest.mark.parametrize("grid", [(-4, -4), (0, 16), (-16, -1)])
def test_a_grid_has_patches(grid):
    with pytest.raises(purebank.BadShapeError, match="has no patches: rows and columns begin at 1"):
        purebank.Features.from_array(random_features(2, 16, 3), grid=grid)


def test_features_are_chosen_like_arrays():
    array = random_features(5)
    features = purebank.Features.from_array(array, paths=list("abcde"))
    for which in (slice(1, 4), slice(None, None, 2), [3, 0], np.arange(5) != 2, slice(-2, None)):
        chosen = features[which]
        assert (chosen.array == array[which]).all()
        assert chosen.paths == list(np.array(list("abcde"))[which])
    with pytest.raises(purebank.BadArgumentError):
        features[0]


def test_features_survive_a_file(tmp_path):
    origin = purebank.Origin("mine", "", "3", "f32", "none", 30, 40, 2, 4, 5)
    features = purebank.Features.from_array(random_features(3, 8), grid=(2, 4), origin=origin)
    features.save(tmp_path / "f.npy")
    again = purebank.Features.load(tmp_path / "f.npy")
    assert (again.array == features.array).all() and again.origin == features.origin == origin
    assert (np.load(tmp_path / "f.npy") == features.array).all()


def test_kinds_of_errors(tmp_path):
    features = random_features()
    with pytest.raises(purebank.InputError, match="no_such_file") as raised:
        purebank.Features.load(tmp_path / "no_such_file.npy")
    assert isinstance(raised.value, (purebank.Error, OSError))
    with pytest.raises(purebank.OutputError):
        purebank.Bank.fit(features, k=2).save(tmp_path / "no_such_folder" / "x.bank")
    (tmp_path / "x.bank").write_bytes(b"this is no bank")
    with pytest.raises(purebank.BadFormatError):
        purebank.Bank.load(tmp_path / "x.bank")
    with pytest.raises(purebank.BadArgumentError, match="imgmax_mad"):
        purebank.audit(features, "no_such_rule")
    with pytest.raises(purebank.BadArgumentError, match="loo_patch"):
        purebank.purify(features, "no_such_method")
    with pytest.raises(purebank.BadShapeError):
        purebank.Bank.fit(features[:1])
    bank = purebank.Bank.fit(features, k=2)
    with pytest.raises(purebank.MismatchError):
        bank.score(random_features(dim=7))
    with pytest.raises(ValueError):  # every kind is also what Python calls it
        purebank.set_threads(-1)
    with pytest.raises(ValueError):
        purebank.Bank.load("a\0b")
    with pytest.raises(purebank.BadArgumentError, match="keep"):
        purebank.Bank.fit(features, k=2, decisions=["keep"] * 3 + ["perhaps"])
    with pytest.raises(purebank.BadShapeError):
        purebank.Bank.fit(features, k=2, decisions=["keep"])


def test_a_hint_says_what_may_be_done(caches, tmp_path):
    output = tmp_path / "results"
    options = {"limits": 10, "seeds": 0, "contamination": [0, 0.2], "methods": ["none"]}
    purebank.experiment("main", caches, output, setup="disjoint", **options)
    with pytest.raises(purebank.MismatchError) as raised:
        purebank.Experiment("main", caches, output, setup="shared", **options)
    assert raised.value.hint in ("choose_setup", "start_over")


def test_flags_are_booleans_or_numbers():
    scores = [0.1, 0.9, 0.4, 0.8]
    for labels in ([0, 1, 0, 1], [False, True, False, True], [0.0, 2.0, 0.0, -1.0]):
        assert purebank.metrics.auroc(scores, labels) == 1
    with pytest.raises(purebank.BadShapeError):
        purebank.metrics.auroc(scores, [0, 1])
    with pytest.raises(purebank.BadArgumentError):
        purebank.metrics.auroc(scores, ["a", "b", "c", "d"])
    with pytest.raises(purebank.BadValueError):
        purebank.metrics.auroc(scores, [0, 1, np.nan, 1])


def test_images_are_8_bit():
    backbone = purebank.Backbone()
    with pytest.raises(purebank.BadArgumentError, match="uint8"):
        backbone.extract([np.zeros((10, 10, 3))])
    with pytest.raises(purebank.BadShapeError):
        backbone.extract([np.zeros((10, 10, 4), np.uint8)])
    grey = RNG.integers(0, 255, (50, 40), np.uint8)
    colour = np.repeat(grey[:, :, None], 3, axis=2)
    assert (backbone.extract(grey).array == backbone.extract([colour]).array).all()
