"""Equal to NumPy and scikit-learn, where they compute the same."""

import inspect
import pickle
import re

import numpy as np
import pytest
from conftest import REPOSITORY

import purebank

sklearn_metrics = pytest.importorskip("sklearn.metrics")
sklearn_neighbors = pytest.importorskip("sklearn.neighbors")

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("n, m, dim, k", [(50, 20, 3, 1), (700, 300, 64, 5), (9, 9, 130, 9)])
def test_knn(metric, n, m, dim, k):
    rows, queries = (RNG.normal(size=(count, dim)).astype(np.float32) for count in (n, m))
    distances, indices = purebank.knn(rows, queries, k, metric=metric)
    other = sklearn_neighbors.NearestNeighbors(n_neighbors=k, metric=metric, algorithm="brute")
    expected, neighbours = other.fit(rows.astype(np.float64)).kneighbors(queries.astype(np.float64))
    assert (indices == neighbours).all()
    # scikit-learn takes |a|^2 - 2ab + |b|^2, which loses what it cancels
    assert np.allclose(distances, expected, rtol=1e-7, atol=1e-7)


def test_knn_is_the_brute_force_search_in_float64_with_ties_by_index():
    rows = RNG.integers(0, 3, (400, 4)).astype(np.float32)  # many rows are equal, and many distances
    queries = RNG.integers(0, 3, (100, 4)).astype(np.float32)
    distances, indices = purebank.knn(rows, queries, 12)
    exact = np.sqrt(((queries[:, None].astype(np.float64) - rows[None]) ** 2).sum(axis=2))
    order = np.argsort(exact, axis=1, kind="stable")[:, :12]
    assert (indices == order).all()
    assert (distances == np.take_along_axis(exact, order, axis=1)).all()


def test_knn_takes_a_bank_and_an_index():
    features = RNG.normal(size=(5, 9, 4)).astype(np.float32)
    bank = purebank.Bank.fit(features, k=2, audit=None)
    for rows in (bank, bank.rows, purebank.Index(bank.rows)):
        distances, indices = purebank.knn(rows, features[0], 1)
        assert (distances == 0).all() and (indices[:, 0] == np.arange(9)).all()
    assert (bank.rows == features.reshape(-1, 4)).all()
    assert (bank.image_of_row == np.repeat(np.arange(5), 9)).all() and (bank.patch_of_row == np.tile(np.arange(9), 5)).all()
    assert purebank.knn(bank, np.empty((0, 4)), 3)[1].shape == (0, 3)
    for k in (0, 46):
        with pytest.raises(purebank.BadArgumentError):
            purebank.knn(bank, features[0], k)
    with pytest.raises(purebank.BadShapeError):
        purebank.knn(bank, features[0, :, :3], 1)
    with pytest.raises(purebank.BadArgumentError, match="cosine"):
        purebank.knn(bank, features[0], 1, metric="manhattan")


def test_coresets():
    rows = RNG.normal(size=(300, 5)).astype(np.float32)
    selected = [0]
    nearest = ((rows.astype(np.float64) - rows[0]) ** 2).sum(axis=1)
    while len(selected) < 20:
        selected.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, ((rows.astype(np.float64) - rows[selected[-1]]) ** 2).sum(axis=1))
    assert list(purebank.coreset(rows, 20)) == selected
    features = rows.reshape(4, 75, 5)
    bank = purebank.Bank.fit(purebank.Features.from_array(features, grid=(5, 15)), k=2, audit=None, coreset=0.1)
    assert len(bank.rows) == 30 and bank.coreset_of == 300
    for n in (0, 301):
        with pytest.raises(purebank.BadArgumentError):
            purebank.coreset(rows, n)


def test_scores_are_means_of_distances():
    features, parts = (RNG.normal(size=(n, 9, 6)).astype(np.float32) for n in (5, 3))
    bank = purebank.Bank.fit(features, k=4, audit=None, image_score="max")
    scores, maps = bank.score(parts)
    distances = purebank.knn(bank, parts.reshape(-1, 6), 4)[0]
    assert np.allclose(maps.reshape(-1), distances.mean(axis=1), rtol=1e-15)
    assert (scores == maps.reshape(3, -1).max(axis=1)).all()
    assert (purebank.metrics.image_scores(maps.reshape(3, -1), "max") == scores).all()
    p95 = np.sort(maps.reshape(3, -1), axis=1)[:, int(np.ceil(0.95 * 9)) - 1]
    assert (purebank.metrics.image_scores(maps.reshape(3, -1)) == p95).all()


def test_leave_one_out_scores():
    features = RNG.normal(size=(5, 9, 6)).astype(np.float32)
    scores = purebank.References(features, k=3).loo_scores()
    for i in range(5):
        others = np.delete(features, i, axis=0).reshape(-1, 6)
        assert np.allclose(scores[i], purebank.knn(others, features[i], 3)[0].mean(axis=1), rtol=1e-15)


def test_purification_by_leave_one_out():
    features = RNG.normal(size=(6, 16, 6)).astype(np.float32)
    references = purebank.References(features)
    scores = references.loo_scores()
    keep = purebank.purify(references, "loo_patch", percentile=80)
    assert keep.dtype == bool and (keep == (scores <= np.percentile(scores, 80))).all()
    assert purebank.purify(references, "none").all()
    truth = np.arange(6) == 2
    assert (purebank.purify(references, "oracle_patch", contaminated=truth).all(axis=1) == ~truth).all()


@pytest.mark.parametrize("ties", [False, True])
def test_metrics(ties):
    labels = RNG.random(500) < 0.3
    scores = RNG.normal(size=500) + labels
    scores = scores.round(1) if ties else scores
    found = purebank.metrics.detection(scores, labels)
    assert found.auroc == pytest.approx(sklearn_metrics.roc_auc_score(labels, scores), abs=1e-14)
    assert found.ap == pytest.approx(sklearn_metrics.average_precision_score(labels, scores), abs=1e-14)
    precision, recall, _ = sklearn_metrics.precision_recall_curve(labels, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
    assert found.f1max == pytest.approx(f1.max(), abs=1e-14)
    for rate, value in ((99, found.tpr_fpr1), (95, found.tpr_fpr5)):
        limit = np.percentile(scores[~labels], rate)
        assert value == (scores[labels] >= limit).mean()
        assert purebank.metrics.percentile(scores[~labels], rate) == limit
    fpr, tpr, thresholds = purebank.metrics.roc(scores, labels)
    expected = sklearn_metrics.roc_curve(labels, scores, drop_intermediate=False)
    assert (fpr == expected[0]).all() and (tpr == expected[1]).all() and (thresholds == expected[2]).all()
    assert purebank.metrics.auroc(scores, labels) == found.auroc
    assert purebank.metrics.average_precision(scores, labels) == found.ap
    assert purebank.metrics.f1max(scores, labels) == found.f1max


def test_metrics_and_image_scores_are_those_of_the_librarys_tables():
    rows = re.findall(r'^PB_METRIC\((\w+), \w+, "([^"]*)"', (REPOSITORY / "include/purebank/detection_metrics.def").read_text(), re.M)
    found = purebank.metrics.detection([1.0, 2.0, 3.0], [0, 0, 1])
    assert found._fields == tuple(name for name, _ in rows) and isinstance(found, tuple)
    assert [inspect.getdoc(getattr(purebank.metrics.DetectionMetrics, name)) for name in found._fields] == [label for _, label in rows]
    again = pickle.loads(pickle.dumps(found))
    assert type(again) is purebank.metrics.DetectionMetrics and again == found and repr(found).startswith("DetectionMetrics(auroc=")

    rows = re.findall(r'^PB_PIXEL_(?:FIGURE|COUNT)\((\w+)(?:, \w+, \w+, "([^"]*)")?', (REPOSITORY / "include/purebank/pixel_figures.def").read_text(), re.M)
    found = purebank.metrics.pixel([[[1.0, 2.0]]], [[[0, 1]]])
    assert found._fields == tuple(name for name, _ in rows) and isinstance(found, tuple) and "n_regions" in found._fields
    assert all(inspect.getdoc(getattr(purebank.metrics.PixelMetrics, name)) == label for name, label in rows if label)
    assert type(found.n_regions) is int and type(pickle.loads(pickle.dumps(found))) is purebank.metrics.PixelMetrics

    names = re.findall(r"^PB_IMAGE_SCORE\((\w+),", (REPOSITORY / "include/purebank/image_scores.def").read_text(), re.M)
    assert list(purebank.metrics.IMAGE_SCORES) == names and all(purebank.metrics.IMAGE_SCORES.values())
    for name in names:
        assert purebank.metrics.image_scores([[1.0, 1.0]], name) == [1]


def test_pixel_metrics():
    maps = RNG.random((3, 448, 448))
    masks = [None, RNG.random((448, 448)) < 0.2, np.zeros((448, 448))]
    found = purebank.metrics.pixel(maps, masks)
    labels = np.concatenate([np.zeros(448 * 448), masks[1].ravel(), masks[2].ravel()])
    # the ranks are of float32 maps
    values = maps.astype(np.float32).ravel()
    assert found.auroc == pytest.approx(sklearn_metrics.roc_auc_score(labels, values), abs=1e-9)
    assert found.ap == pytest.approx(sklearn_metrics.average_precision_score(labels, values), abs=1e-9)
    with pytest.raises(purebank.BadShapeError):
        purebank.metrics.pixel(maps, [None] * 3)
    with pytest.raises(purebank.BadShapeError):
        purebank.metrics.pixel(maps, [None])


def test_saturated_overlap():
    """By its definition, at each score of a map of few values."""
    maps = np.zeros((2, 448, 448))
    maps[0, :40, :50] = 2  # half of the first region, and nothing else
    maps[0, 40:60, :50] = 1  # more of it, and good pixels
    maps[1, :10, :10] = 2
    first, second = np.zeros((2, 448, 448), bool)
    first[:80, :50] = True
    second[:10, :20] = True
    metrics = purebank.metrics
    masks = [first, second]
    with_none = metrics.pixel(maps, masks)
    assert with_none.n_saturated == 0 and np.isnan(with_none.auspro_30) and with_none.n_regions == 2
    # half of each is found before anything good is: with half being enough that is all
    enough = metrics.pixel(maps, masks, regions=[[metrics.Region(first, 0.5, True)], [(second, 100)]])
    assert enough[6:] == pytest.approx((1, 1, 2), abs=1e-12)  # sums of shares, each rounded
    assert enough[:6] == with_none[:6] and with_none.aupro_30 < 0.9
    all_of_it = metrics.pixel(maps, masks, regions=[[(first, 1, True)], [(second, 10**6)]])
    assert all_of_it.auspro_30 == pytest.approx(with_none.aupro_30, abs=1e-12)
    assert metrics.pixel(maps, masks, regions=[[(first, 0.5, True)], []]).n_saturated == 1
    for wrong in ([[(first, 0)], []], [[(first, 1.5, True)], []], [[(~first, 1)], []], [[(first,)], []], [[first], []], [["ab"], []]):
        with pytest.raises(purebank.BadArgumentError):
            metrics.pixel(maps, masks, regions=wrong)
    with pytest.raises(purebank.BadShapeError, match="regions of 1 images for 2 maps"):
        metrics.pixel(maps, masks, regions=[[]])
    with pytest.raises(purebank.Error):
        metrics.pixel(maps, masks, regions=[[(None, 1)], []])


def test_statistics():
    stats = pytest.importorskip("scipy.stats")
    values = RNG.normal(size=(9, 4)) + np.arange(4)
    found = purebank.statistics.friedman(values)
    expected = stats.friedmanchisquare(*values.T)
    assert found.chi2 == pytest.approx(expected.statistic, rel=1e-12) and found.p == pytest.approx(expected.pvalue, rel=1e-9)
    assert (found.mean_ranks == (5 - stats.rankdata(values, axis=1)).mean(axis=0)).all()
    pairs = purebank.statistics.nemenyi(found.mean_ranks, 9)
    assert (np.diag(pairs) == 1).all() and (pairs == pairs.T).all()
    q = abs(found.mean_ranks[0] - found.mean_ranks[3]) / np.sqrt(4 * 5 / (6 * 9)) * np.sqrt(2)
    assert pairs[0, 3] == pytest.approx(stats.studentized_range.sf(q, 4, np.inf), rel=1e-6)
    assert purebank.statistics.critical_difference(9, 4) == pytest.approx(2.569 * np.sqrt(4 * 5 / (6 * 9)), rel=1e-3)
    differences = values[:, 1] - values[:, 0]
    assert purebank.statistics.wilcoxon(differences).p == pytest.approx(stats.wilcoxon(differences).pvalue, rel=1e-12)
    assert (purebank.statistics.holm([0.01, 0.04, np.nan, 0.03])[[0, 1, 3]] == [0.03, 0.06, 0.06]).all()
    size = purebank.statistics.effect_size([1, 2, 3], [0, 2, 2])
    assert size.cliffs_delta == pytest.approx(1 / 3) and size.words == "medium" and size.a12 == pytest.approx(2 / 3)
    draws = np.random.default_rng(42)
    means = [draws.choice(differences, 9).mean() for _ in range(1000)]
    assert purebank.statistics.bootstrap(differences, draws=1000) == tuple(np.percentile(means, [2.5, 97.5]))


def test_thresholds():
    scores = RNG.lognormal(size=30)
    conformal = purebank.fit_threshold(scores, 0.1)
    assert conformal.method == "conformal" and conformal.value == np.sort(scores)[int(np.ceil(0.9 * 31)) - 1]
    stats = pytest.importorskip("scipy.stats")
    logs = np.log(scores)
    bound = np.exp(logs.mean() + stats.t.ppf(0.99, 29) * logs.std(ddof=1) * np.sqrt(1 + 1 / 30))
    assert purebank.fit_threshold(scores, 0.01).value == pytest.approx(bound, rel=1e-9)
    assert 0.1 < conformal.rate_bound(0.9) < 0.5


def test_photos_are_read_as_pillow_reads_them(dataset):
    pillow = pytest.importorskip("PIL.Image")
    path = next((dataset / "test/good").iterdir())
    assert (purebank.images.read(path) == np.asarray(pillow.open(path).convert("RGB"))).all()
    mask = purebank.images.read_mask(dataset / "ground_truth/blot/000_mask.png", dataset / "test/blot/000.png")
    assert mask.sum() == 900 and mask[30:60, 30:60].all()


def test_coresets_take_numbers_of_numpy_and_nothing_else():
    features = purebank.Features.from_array(np.random.default_rng(1).random((4, 30, 6), np.float32), grid=(5, 6))

    def rows(coreset):
        return len(purebank.Bank.fit(features, k=2, audit=None, coreset=coreset).rows)

    assert rows(40) == rows(np.int64(40)) == 40
    assert rows(0.5) == rows(np.float32(0.5)) == 60
    for wrong in ("10%", True, b"x"):
        with pytest.raises(TypeError, match="number of rows or a share"):
            rows(wrong)


def test_a_bootstrap_takes_no_seed_that_it_would_cut():
    for seed in (-1, 2**64, 2**64 + 42):
        with pytest.raises(purebank.BadArgumentError, match="seed"):
            purebank.statistics.bootstrap([0.1, 0.2, 0.4], seed=seed)
