"""The heads: small scikit-learn estimators that turn evidence into judgement.

====================  =======================================================================
``SentenceGate``      does this sentence hold blame? also the screen: only what passes is read further
``LabelHead``         as ``phrases``: is this phrase of the rulebook blame, here?
``TokenHead``         which of its words carry it, by the words around them?
``DenseHead``         the same with the encoder's vectors weighed in; then, as ``spans``, the calibrated probability
                      that a proposed run of words is one a practitioner would mark
``LabelHead``         again: its category, its severity, whether it is a professional's reported view
====================  =======================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

Floats = NDArray[np.float64]
Strings = Sequence[Sequence[str]]


def logit(p: Floats) -> Floats:
    """Log-odds, kept finite."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(p / (1 - p)))


def _shrink(model: LogisticRegression) -> None:
    """Hold the weights in single precision: half the size on disk, the same answers."""
    model.coef_ = model.coef_.astype(np.float32)


class _HashedText(BaseEstimator, ClassifierMixin):
    """Feature strings, hashed and weighted by idf, into logistic regression.

    Parameters:
        c: inverse strength of regularisation.
        bits: the feature space has 2**bits places.
        solver, class_weight: as for ``LogisticRegression``.
    """

    def __init__(self, c: float, bits: int, solver: str, class_weight: str | None) -> None:
        self.c = c
        self.bits = bits
        self.solver = solver
        self.class_weight = class_weight

    def fit(self, rows: Strings, y: Sequence[Any], weight: Sequence[float] | None = None) -> Self:
        """Fit on feature strings (``Evidence.sentence_features``, ``span_features``), a label and a weight for each."""
        self.hasher_ = FeatureHasher(2**self.bits, input_type="string", alternate_sign=False)
        self.idf_ = TfidfTransformer(sublinear_tf=True)
        x = self.idf_.fit_transform(self.hasher_.transform(rows))
        self.model_ = LogisticRegression(C=self.c, solver=self.solver, max_iter=300, class_weight=self.class_weight)
        self.model_.fit(x, y, sample_weight=weight)
        _shrink(self.model_)
        self.classes_ = self.model_.classes_
        return self

    def _matrix(self, rows: Strings) -> sparse.csr_matrix:
        return self.idf_.transform(self.hasher_.transform(rows))

    def predict(self, rows: Strings) -> NDArray[Any]:
        """The label of each row, shape (rows,)."""
        return np.asarray(self.model_.predict(self._matrix(rows)))

    def predict_proba(self, rows: Strings) -> Floats:
        """Shape (rows, labels), in the order of ``classes_``."""
        return np.asarray(self.model_.predict_proba(self._matrix(rows)))


class SentenceGate(_HashedText):
    """Whether a sentence holds blame, from its words, n-grams, neighbours and context."""

    def __init__(
        self, c: float = 8.0, bits: int = 19, solver: str = "liblinear", class_weight: str | None = None
    ) -> None:
        super().__init__(c, bits, solver, class_weight)

    def score_sentences(self, rows: Strings) -> Floats:
        """Log-odds of blame, shape (sentences,)."""
        return logit(self.predict_proba(rows)[:, 1]) if len(rows) else np.zeros(0)


class LabelHead(_HashedText):
    """One label of a span from its words and context: category, severity, reported; or whether a phrase is blame."""

    def __init__(self, c: float = 4.0, bits: int = 16, solver: str = "lbfgs", class_weight: str | None = None) -> None:
        super().__init__(c, bits, solver, class_weight)


class TokenHead(BaseEstimator, ClassifierMixin):
    """Token classifier: hashed neighbourhood features and the scores of the sentence and its neighbours.

    Parameters:
        c: inverse strength of regularisation.
        bits: the feature space has 2**bits places.
    """

    def __init__(self, c: float = 0.5, bits: int = 20) -> None:
        self.c = c
        self.bits = bits

    def _matrix(self, rows: Strings, gates: Floats) -> sparse.csr_matrix:
        return sparse.csr_matrix(sparse.hstack([self.hasher_.transform(rows), sparse.csr_matrix(gates)]))

    def fit(self, rows: Strings, gates: Floats, y: Sequence[int], weight: Sequence[float] | None = None) -> TokenHead:
        """Fit on feature strings (``Evidence.token_features``), gate log-odds of shape (tokens, 3), labels, weights."""
        self.hasher_ = FeatureHasher(2**self.bits, input_type="string", alternate_sign=False)
        self.model_ = LogisticRegression(C=self.c, solver="liblinear")
        self.model_.fit(self._matrix(rows, gates), y, sample_weight=weight)
        _shrink(self.model_)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, rows: Strings, gates: Floats) -> Floats:
        """Shape (tokens, 2)."""
        return np.asarray(self.model_.predict_proba(self._matrix(rows, gates)))


class DenseHead(BaseEstimator, ClassifierMixin):
    """Logistic regression on a few dozen numbers, such as the scores of other heads.

    Fitted on scores of texts that those heads have not seen, it is also their calibration (Platt's method, with
    more than one input).

    Parameters:
        c: inverse strength of regularisation.
    """

    def __init__(self, c: float = 0.3) -> None:
        self.c = c

    def fit(self, x: Floats, y: Sequence[Any] | NDArray[Any], weight: Floats | None = None) -> DenseHead:
        """Fit on numbers of shape (rows, numbers), a label and a weight for each row."""
        self.model_: Pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=self.c, max_iter=500))
        self.model_.fit(x, y, logisticregression__sample_weight=weight)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, x: Floats) -> NDArray[Any]:
        """The label of each row, shape (rows,)."""
        return np.asarray(self.model_.predict(x))

    def predict_proba(self, x: Floats) -> Floats:
        """Shape (rows, labels), in the order of ``classes_``."""
        return np.asarray(self.model_.predict_proba(x))
