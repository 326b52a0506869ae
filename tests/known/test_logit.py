"""Multinomial logistic regression against an independent optimiser, and its degenerate cases."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from coevolve.engine.logit import fit_logit


def test_the_penalised_likelihood_is_at_its_minimum() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=(120, 3)) * [1.0, 5.0, 0.2] + [0.0, 3.0, -1.0]
    label = (x @ np.array([[1.0, -1.0, 0.2], [0.1, 0.0, -0.2], [0.5, 0.0, 2.0]]) + random.gumbel(size=(120, 3))).argmax(
        1
    )
    z = (x - x.mean(0)) / x.std(0)

    def surprise(flat: np.ndarray) -> float:
        weight, bias = flat[:9].reshape(3, 3), flat[9:]
        return float(-log_softmax(z @ weight + bias, axis=1)[np.arange(120), label].mean() + 0.01 * (weight**2).sum())

    found = fit_logit(x, label, 3, ridge=0.01)
    independent = minimize(
        surprise, np.zeros(12), method="Powell", options={"xtol": 1e-8, "ftol": 1e-12, "maxiter": 50_000}
    )
    ours = surprise(np.concatenate([found.weight.ravel(), found.bias]))
    assert ours <= independent.fun + 1e-6
    np.testing.assert_allclose(np.exp(found.log_probabilities(x)).sum(axis=1), 1.0, rtol=1e-12)


def test_a_feature_that_never_changes_weighs_nothing() -> None:
    x = np.column_stack([np.array([0.0, 0.0, 1.0, 1.0]), np.full(4, 7.0)])
    found = fit_logit(x, np.array([0, 0, 1, 1]), 2, ridge=0.1)
    assert np.abs(found.weight[1]).max() < 1e-8
    assert (found.log_probabilities(x).argmax(axis=1) == [0, 0, 1, 1]).all()
