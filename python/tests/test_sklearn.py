"""The detector in scikit-learn's style."""

import pickle

import numpy as np
import pytest

import purebank

pytest.importorskip("sklearn")
from sklearn.base import clone  # noqa: E402
from sklearn.utils import estimator_checks  # noqa: E402

from purebank.sklearn import PatchBankDetector  # noqa: E402

RNG = np.random.default_rng(6)


@pytest.fixture(autouse=True)
def one_thread():
    purebank.set_threads(1)  # the calls are too small to share
    yield
    purebank.set_threads(0)


#: What check_estimator() asks that a detector from good images alone cannot give, and why.
EXPECTED = {
    "check_outliers_train": "its threshold is a promise for new images, not a share of the training ones",
    "check_outliers_fit_predict": "likewise",
}


def test_it_is_a_bank():
    train, test = (RNG.normal(size=(n, 9, 6)).astype(np.float32) for n in (8, 4))
    detector = PatchBankDetector(k=3).fit(train)
    bank = purebank.Bank.fit(train, k=3)
    assert (detector.score_samples(test) == -bank.score(test)[0]).all()
    assert (detector.patch_scores(test) == bank.score(test)[1].reshape(4, 9)).all()
    assert detector.offset_ == -bank.threshold.value
    assert ((detector.predict(test) == -1) == (bank.judge(test)["verdict"] == "fail")).all()
    assert (detector.predict(test + 10) == -1).all()
    assert (detector.keep_ == (bank.references["decision"] == "keep")).all()


def test_it_takes_features_of_photos(extracted):
    references, test = extracted
    detector = PatchBankDetector().fit(references)
    assert (detector.score_samples(test) == -purebank.Bank.fit(references).score(test)[0]).all()


def test_what_an_audit_flags_stays_unless_it_is_told_to_remove_it():
    train = RNG.normal(size=(8, 9, 6)).astype(np.float32)
    train[2] += 9
    detector = PatchBankDetector(k=3).fit(train)
    assert detector.bank_.audit.flagged[2] and detector.keep_.all()
    assert PatchBankDetector(k=40, audit=None).fit(train[:5]).bank_.k == 36  # of the patches of all others
    detector = PatchBankDetector(k=3, audit_removes=True).fit(train)
    assert not detector.keep_[2] and (detector.keep_ == ~detector.bank_.audit.flagged).all()


def test_it_can_be_cloned_and_pickled():
    train = RNG.normal(size=(6, 4, 3))
    detector = PatchBankDetector(purify="loo_patch", k=2).fit(train)
    again = pickle.loads(pickle.dumps(detector))
    assert (again.score_samples(train) == detector.score_samples(train)).all()
    assert clone(detector).get_params() == detector.get_params()
    features = purebank.Features.from_array(train, paths=list("abcdef"))
    other = pickle.loads(pickle.dumps(features))
    assert (other.array == features.array).all() and other.paths == features.paths and other.grid == features.grid


@pytest.mark.parametrize("shape", [(6, 4, 2), (6, 3, 3), (6, 2)])
def test_other_shapes_are_refused(shape):
    detector = PatchBankDetector(k=2).fit(RNG.normal(size=(6, 4, 3)))
    with pytest.raises(ValueError):
        detector.predict(np.zeros(shape))
    with pytest.raises(ValueError):
        PatchBankDetector().fit(np.zeros((2, 2, 2, 2)))


def test_check_estimator():
    if not hasattr(estimator_checks, "estimator_checks_generator"):
        pytest.skip("scikit-learn before 1.6")
    found = estimator_checks.check_estimator(PatchBankDetector(), expected_failed_checks=EXPECTED, on_fail=None)
    assert len(found) > 30
    failed = {entry["check_name"]: entry["exception"] for entry in found if entry["status"] == "failed"}
    assert failed == {}
    assert {entry["check_name"] for entry in found if entry["status"] == "xfail"} == set(EXPECTED)
