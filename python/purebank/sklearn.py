"""A detector in scikit-learn's style; needs scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, OutlierMixin  # type: ignore[import-untyped]
from sklearn.utils.validation import check_array, check_is_fitted  # type: ignore[import-untyped]

from . import _core
from ._arrays import Bool, Float32, Float64, Int64, refuse_masked
from ._bank import Bank
from ._features import Features


class PatchBankDetector(OutlierMixin, BaseEstimator):  # type: ignore[misc]
    """An outlier detector over patch features: :class:`Bank` as scikit-learn has such things.

    X is (n, P, D), n images of P patches, or (n, D), images of one patch; :class:`Features` too. As everywhere in scikit-learn, higher
    scores are more normal, and :meth:`predict` says 1 for what is normal and -1 for what is not.

    Args:
        k: neighbours that the score of a patch averages; fewer where the references have fewer patches.
        audit: rule that flags references which do not belong; "backbone": the one that suits the features; None: no audit.
        audit_removes: flagged references leave the bank; otherwise they stay, and ``bank_.audit`` says which they are.
        purify, percentile, contamination: as of :func:`purebank.purify`.
        image_score: one of purebank.metrics.IMAGE_SCORES; None: what suits the features.
        false_alarm_rate: share of good images that may be called outliers.
        seed: of methods that draw at random.

    Attributes:
        bank_: the :class:`Bank`.
        keep_: (n,) which images of X it holds; all, unless `audit_removes`.
        offset_: minus the threshold: what scores lower is an outlier.
        n_features_in_: D.
    """

    def __init__(
        self,
        *,
        k: int = _core.DEFAULT_K,
        audit: str | None = "backbone",
        audit_removes: bool = False,
        purify: str = "none",
        percentile: float = _core.DEFAULT_PERCENTILE,
        contamination: float = 0,
        image_score: str | None = None,
        false_alarm_rate: float = _core.DEFAULT_FALSE_ALARM_RATE,
        seed: int = 0,
    ) -> None:
        self.k = k
        self.audit = audit
        self.audit_removes = audit_removes
        self.purify = purify
        self.percentile = percentile
        self.contamination = contamination
        self.image_score = image_score
        self.false_alarm_rate = false_alarm_rate
        self.seed = seed

    def _check(self, X: Any, minimum: int) -> Float32:
        refuse_masked(X, "X")
        values = check_array(
            np.asarray(X) if isinstance(X, Features) else X,
            dtype=np.float32,
            order="C",
            allow_nd=True,
            ensure_min_samples=minimum,
            estimator=self,
        )
        if values.ndim > 3:
            raise ValueError(f"X must be (n, P, D) or (n, D), not of {values.ndim} dimensions")
        return np.ascontiguousarray(values if values.ndim == 3 else values[:, None, :])

    def _features(self, patches: Float32) -> Features:
        return Features.from_array(patches, grid=(1, patches.shape[1]))

    def fit(self, X: Any, y: Any = None) -> PatchBankDetector:
        """Builds the bank from good images. y is ignored."""
        patches = self._check(X, 2)
        self.n_features_in_ = patches.shape[2]
        self._n_patches = patches.shape[1]
        removed = int(0.4 * len(patches)) if self.audit is not None and self.audit_removes else 0  # at most
        k = min(self.k, (len(patches) - removed - 1) * self._n_patches)
        self.bank_ = Bank.fit(
            X if isinstance(X, Features) else self._features(patches),
            audit=self.audit,
            audit_removes=self.audit_removes,
            purify=self.purify,
            percentile=self.percentile,
            contamination=self.contamination,
            seed=self.seed,
            k=k,
            image_score=self.image_score,
            false_alarm_rate=self.false_alarm_rate,
        )
        self.keep_: Bool = self.bank_.references["decision"] == "keep"
        self.offset_ = -self.bank_.threshold.value
        return self

    def _score(self, X: Any) -> tuple[Float64, Float64]:
        check_is_fitted(self)
        patches = self._check(X, 1)
        if patches.shape[2] != self.n_features_in_:
            raise ValueError(
                f"X has {patches.shape[2]} features, but {type(self).__name__} is expecting {self.n_features_in_} features as input"
            )
        if patches.shape[1] != self._n_patches:
            raise ValueError(f"X has {patches.shape[1]} patches an image, and the bank {self._n_patches}")
        return self.bank_.score(X if isinstance(X, Features) else self._features(patches))

    def score_samples(self, X: Any) -> Float64:
        """(n,) minus the image scores: higher = more normal."""
        return -self._score(X)[0]

    def decision_function(self, X: Any) -> Float64:
        """(n,) score_samples(X) - offset_: below 0 are outliers."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> Int64:
        """(n,) 1 for what is normal, -1 for outliers."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def patch_scores(self, X: Any) -> Float64:
        """(n, P) mean distances of patches to their k nearest descriptors: higher = more anomalous."""
        maps = self._score(X)[1]
        return maps.reshape(len(maps), -1)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
