"""Multinomial logistic regression with a ridge: probabilities of classes from a few dozen features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Logit:
    """A fitted regression: `weight` (feature, class), `bias` (class,), and how features are standardised."""

    weight: Array
    bias: Array
    centre: Array
    width: Array

    def log_probabilities(self, features: Array) -> Array:
        """Log probability of each class, (case, class)."""
        return _log_softmax((features - self.centre) / self.width @ self.weight + self.bias)


def fit_logit(features: Array, label: Labels, classes: int, ridge: float = 1e-3) -> Logit:
    """The classes' log odds as linear functions of the features, by penalised maximum likelihood.

        -mean log p(label) + ridge * sum w^2, features standardised, biases not penalised

    `features` (case, feature) without gaps; `label` (case,) from 0 to classes - 1.
    """
    centre = features.mean(axis=0)
    width = features.std(axis=0)
    width = np.where(width > 0, width, 1.0)
    x = (features - centre) / width
    wanted = np.eye(classes)[label]
    shape = (x.shape[1], classes)

    def surprise(flat: Array) -> tuple[float, Array]:
        weight, bias = flat[: x.shape[1] * classes].reshape(shape), flat[x.shape[1] * classes :]
        logs = _log_softmax(x @ weight + bias)
        miss = (np.exp(logs) - wanted) / len(x)
        value = -float((logs * wanted).sum()) / len(x) + ridge * float((weight**2).sum())
        return value, np.concatenate([(x.T @ miss + 2.0 * ridge * weight).ravel(), miss.sum(axis=0)])

    start = np.zeros(x.shape[1] * classes + classes)
    found = minimize(surprise, start, jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-10})
    weight, bias = found.x[: x.shape[1] * classes].reshape(shape), found.x[x.shape[1] * classes :]
    return Logit(np.asarray(weight), np.asarray(bias), centre, width)


def _log_softmax(odds: Array) -> Array:
    top = odds.max(axis=1, keepdims=True)
    return np.asarray(odds - top - np.log(np.exp(odds - top).sum(axis=1, keepdims=True)))
