"""One cell of the studies, opened up: the numbers of the runs."""

import numpy as np
import pytest

import purebank

METHODS = ["loo_patch", "mahalanobis_patch", "imgmax_mad"]


@pytest.mark.parametrize("setup, n, c, seed", [("disjoint", 10, 0.3, 1), ("shared", 5, 0, 2), ("disjoint", 10, 0.2, 3)])
def test_it_is_what_a_run_computes_there(caches, tmp_path, setup, n, c, seed):
    columns = purebank.experiment(
        "main", caches, tmp_path, setup=setup, limits=n, contamination=c, seeds=seed, methods=["none", *METHODS[:2]]
    )
    for category in ("bottle", "cable"):
        cell = purebank.cell(
            caches, category, setup=setup, n_references=n, contamination=c, seed=seed, methods=METHODS
        )
        assert list(cell.methods) == ["none", *METHODS] and cell.category.endswith(category)
        for method in ["none", *METHODS[:2]]:
            of_category = [str(name).endswith(category) for name in columns["dataset"]]
            (row,) = np.flatnonzero(of_category & (np.asarray(columns["purification_method"]) == method))
            assert f"{cell.methods[method].auroc:.4f}" == f"{columns['img_auroc'][row]:.4f}"  # as the file has it
            assert cell.methods[method].removed == columns["n_patches_removed"][row]
        assert cell.references["contaminated"].sum() == round(n * c)


def test_its_parts_belong_together(caches):
    cell = purebank.cell(caches, "bottle", methods=METHODS)
    (cache,) = [cache for cache in purebank.caches(caches) if cache.category.endswith("bottle")]
    train, test = cache.train().array, cache.test().array
    values = np.array([(test if row["from_test"] else train)[row["index"]] for row in cell.references])
    references = purebank.References(values)
    assert (references.loo_scores() == cell.loo).all()
    assert np.allclose(cell.loo.mean(axis=1), cell.references["score"], rtol=1e-14)
    assert (purebank.purify(references, "loo_patch") == cell.methods["loo_patch"].keep).all()
    assert (cell.test["defect"] == cache.labels[cell.test["index"]]).all()
    found = cell.methods["loo_patch"]
    assert found.removed == (~found.keep).sum() > 0 and cell.methods["none"].keep.all()
    assert found.patch_scores.shape == (len(cell.test), 16) and cell.origin.dim == 8
    distances = purebank.knn(values.reshape(-1, 8)[found.keep.reshape(-1)], test[cell.test["index"]].reshape(-1, 8), 5)[0]
    assert np.allclose(distances.mean(axis=1).reshape(-1, 16), found.patch_scores, rtol=1e-12)
    assert purebank.metrics.auroc(found.image_scores, cell.test["defect"]) == found.auroc


def test_methods_of_ones_own_are_there(caches):
    @purebank.purification("test_cell_first", takes=[])
    def first(features, references):
        keep = np.ones(features.shape[:2], bool)
        keep[:, 0] = False
        return keep

    found = purebank.cell(caches, "cable", methods=["test_cell_first"]).methods["test_cell_first"]
    assert found.removed == 10 and not found.keep[:, 0].any()


def test_what_cannot_be_is_refused(caches, tmp_path):
    with pytest.raises(ValueError, match="2 categories"):
        purebank.cell(caches, "all")
    for wrong in ({"category": "screw"}, {"setup": "loco"}, {"k": 0}, {"methods": ["none such"]}, {"percentile": 0}, {"seed": -1}):
        with pytest.raises(purebank.BadArgumentError):
            purebank.cell(caches, **{"category": "bottle", **wrong})
    with pytest.raises(purebank.InputError):
        purebank.cell(tmp_path / "none", "bottle")

    class Enough(Exception):
        pass

    def refuse(done, total):
        raise Enough

    with pytest.raises(Enough):
        purebank.cell(caches, "bottle", progress=refuse)
    assert purebank.cell(caches, "bottle").clean_auroc > 0
