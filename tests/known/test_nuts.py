"""The sampler on densities whose moments are known, and its diagnostics on chains whose faults are known."""

import numpy as np
import pytest

from coevolve.engine.nuts import effective_draws, r_hat, sample
from coevolve.engine.whitening import Arrow

COVARIANCE = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 25.0]])
PRECISION = np.linalg.inv(COVARIANCE)


def normal(place):
    return -0.5 * float(place @ PRECISION @ place), -PRECISION @ place


def test_a_correlated_normal_is_drawn_with_its_mean_and_covariance():
    chains = [sample(normal, np.ones(3), np.random.default_rng(k), draws=700, warm_up=200) for k in range(2)]
    draws = [chain.draws for chain in chains]
    assert sum(chain.divergences for chain in chains) == 0
    assert r_hat(draws).max() < 1.02
    every = np.concatenate(draws)
    error = np.sqrt(np.diag(COVARIANCE) / effective_draws(draws))
    assert (np.abs(every.mean(axis=0)) < 4.0 * error).all()
    assert np.cov(every.T) == pytest.approx(COVARIANCE, abs=4.0, rel=0.25)
    assert np.corrcoef(every.T)[0, 1] == pytest.approx(0.9, abs=0.03)


def test_a_skewed_density_is_drawn_with_its_mean():
    shape = 3.0  # log of a gamma variable: its mean is digamma(3), its variance trigamma(3)
    chain = sample(
        lambda x: (float(shape * x[0] - np.exp(x[0])), shape - np.exp(x)),
        np.zeros(1), np.random.default_rng(2), draws=1500, warm_up=200,
    )  # fmt: skip
    assert chain.draws.mean() == pytest.approx(0.9228, abs=0.08)
    assert chain.draws.var() == pytest.approx(0.3949, abs=0.08)


def test_the_same_generator_gives_the_same_draws():
    first, again = (sample(normal, np.ones(3), np.random.default_rng(7), draws=20, warm_up=20) for _ in range(2))
    assert np.array_equal(first.draws, again.draws)


def test_diagnostics_tell_chains_that_stand_apart_and_draws_that_repeat():
    random = np.random.default_rng(1)
    free = [random.standard_normal((500, 1)) for _ in range(4)]
    assert r_hat(free)[0] < 1.01
    assert effective_draws(free)[0] == pytest.approx(2000, rel=0.25)
    assert r_hat([chain + k for k, chain in enumerate(free)])[0] > 1.3
    slow = [np.zeros((2000, 1)) for _ in range(4)]
    for chain in slow:
        for k in range(1, 2000):
            chain[k] = 0.9 * chain[k - 1] + random.standard_normal(1)
    assert effective_draws(slow)[0] == pytest.approx(8000 * 0.1 / 1.9, rel=0.35)


def test_whitening_makes_an_arrow_of_normals_standard():
    random = np.random.default_rng(3)
    size, shared = 2 + 3 * 2, 2
    root = random.normal(size=(size, size))
    for r in range(3):
        for q in range(3):
            if q != r:
                root[2 + 2 * r : 4 + 2 * r, 2 + 2 * q : 4 + 2 * q] = 0.0
    precision = np.zeros((size, size))
    precision[:shared, :shared] = root[:shared, :shared] @ root[:shared, :shared].T + 9.0 * np.eye(shared)
    for r in range(3):
        own = slice(2 + 2 * r, 4 + 2 * r)
        precision[own, own] = root[own, own] @ root[own, own].T + 4.0 * np.eye(2)
        precision[own, :shared] = 0.5 * root[own, :shared]
        precision[:shared, own] = precision[own, :shared].T
    mode = random.normal(size=size)
    arrow = Arrow.at(lambda x: (0.0, -precision @ (x - mode)), mode, shared, 3)
    columns = np.array([arrow.unknowns(z) - mode for z in np.eye(size)]).T
    assert columns.T @ precision @ columns == pytest.approx(np.eye(size), abs=1e-8)
    slope = random.normal(size=size)
    assert arrow.gradient(slope) == pytest.approx(columns.T @ slope)
    assert arrow.variance() == pytest.approx(np.diag(np.linalg.inv(precision)))
