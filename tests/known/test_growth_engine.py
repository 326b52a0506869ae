"""The growth equations against independent programs and textbook solutions."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from coevolve.engine.growth import interaction, log_growth, paths
from coevolve.engine.growth_descent import best_mode
from coevolve.engine.growth_evidence import Names, log_evidence
from coevolve.engine.growth_fit import Problem, Scales, assemble
from coevolve.engine.growth_noise import posterior
from coevolve.engine.infer import arrow_draws, share_draws


def community(random, poles):
    rate = np.exp(random.normal(np.log(0.2), 0.35, poles))
    capacity = np.exp(random.normal(np.log(100.0), 0.5, poles))
    b = random.uniform(-0.6, 0.6, (poles, poles)) / np.sqrt(max(1, poles - 1))
    np.fill_diagonal(b, 0.0)
    return rate, capacity, b, capacity * random.uniform(0.03, 0.35, poles)


@pytest.mark.parametrize("poles", [1, 2, 3])
def test_two_steps_a_year_equal_dop853_to_2e_6(poles):
    """For rates up to .35 a year; the error of a fixed step grows with the fifth power of the rate."""
    random = np.random.default_rng(poles)
    worst = 0.0
    for _ in range(15):
        rate, capacity, b, start = community(random, poles)
        rate = np.minimum(rate, 0.35)
        ours = paths(np.log(start)[None], rate[None], capacity[None], b[None], np.ones(60))[0]
        matrix = interaction(b)
        exact = solve_ivp(
            lambda t, u, r=rate, a=matrix, n=capacity: r * (1 - a @ (np.exp(u) / n)),
            (0, 60),
            np.log(start),
            method="DOP853",
            rtol=1e-11,
            atol=1e-12,
            t_eval=np.arange(61),
        )
        worst = max(worst, float(np.abs(ours - exact.y.T).max()))
    assert worst <= 2e-6


def test_one_pole_alone_is_the_textbook_logistic():
    times = np.array([0.0, 0.4, 1.0, 3.5, 10.0, 40.0])
    made = np.exp(paths(np.log([[20.0]]), np.array([[0.3]]), np.array([[100.0]]), np.zeros((1, 1, 1)), np.diff(times)))
    assert made[0, :, 0] == pytest.approx(100.0 / (1.0 + 4.0 * np.exp(-0.3 * times)), rel=2e-6)


def test_growth_by_hand():
    shares, rate = np.array([0.5, 0.25]), np.array([0.2, 0.4])
    b = np.array([[0.0, -0.4], [0.2, 0.0]])
    assert log_growth(np.log(shares), rate, b) == pytest.approx([0.2 * (1 - 0.5 + 0.1), 0.4 * (1 - 0.25 - 0.1)])


def panel(random, regions=3, times=12, poles=2, noise=0.02):
    logs = np.empty((regions, times, poles))
    for r in range(regions):
        rate, capacity, b, start = community(random, poles)
        logs[r] = paths(np.log(start)[None], rate[None], capacity[None], b[None], np.ones(times - 1))[0]
    return logs + noise * random.standard_normal(logs.shape)


def scales(poles):
    every = np.full(poles, 0.03)
    return Scales(every, every, 0.3, every, 0.4, 0.2)


@pytest.mark.parametrize("with_states", [True, False])
@pytest.mark.parametrize("is_partial", [True, False])
def test_gradients_equal_finite_differences(with_states, is_partial):
    random = np.random.default_rng(5)
    logs = panel(random)
    logs[1, :3] = np.nan
    logs[2, 5, 1] = np.nan
    problem = Problem.of(
        np.cumsum(random.uniform(0.5, 1.5, 12)),
        logs,
        with_states=with_states,
        is_partial=is_partial,
        has_years=with_states,
    )
    local, shared = problem.starts()[0]
    local, shared = (
        local + 0.05 * random.standard_normal(local.shape),
        shared + 0.05 * random.standard_normal(len(shared)),
    )
    loose = problem.filled()
    found = assemble(problem, scales(2), local, shared, loose)
    move, common = random.standard_normal(local.shape), random.standard_normal(shared.shape)
    step = 1e-6
    rise = (
        assemble(problem, scales(2), local + step * move, shared + step * common, loose)[0]
        - assemble(problem, scales(2), local - step * move, shared - step * common, loose)[0]
    )
    assert rise / (2 * step) == pytest.approx(float((found[4] * move).sum() + found[5] @ common), rel=1e-6)


def test_the_gradient_of_the_evidence_is_near_its_slope():
    problem = Problem.of(
        np.arange(12.0), panel(np.random.default_rng(2)), with_states=True, is_partial=True, has_years=False
    )
    names = Names.of(problem.layout, "state-space")
    eta = names.prior[0]

    def at(point):
        return log_evidence(problem, names, point, best_mode(problem, names.scales(point))[0])

    _, gradient = at(eta)
    for k in range(len(eta)):
        up, down = eta.copy(), eta.copy()
        up[k] += 0.05
        down[k] -= 0.05
        assert (at(up)[0] - at(down)[0]) / 0.1 == pytest.approx(gradient[k], abs=1.5 + 0.15 * abs(gradient[k]))


def test_draws_from_an_arrow_have_its_covariance():
    random = np.random.default_rng(0)
    wide = random.standard_normal((5, 5))
    full = wide @ wide.T + 5 * np.eye(5)  # two blocks of two, one shared
    full[:2, 2:4] = full[2:4, :2] = 0.0
    own = np.stack([full[:2, :2], full[2:4, 2:4]])
    cross = np.stack([full[:2, 4:], full[2:4, 4:]])
    gain = np.linalg.solve(own, cross)
    joint = full[4:, 4:] - np.einsum("rls,rlt->st", cross, gain)
    local, shared = arrow_draws(np.zeros((2, 2)), np.zeros(1), own, gain, joint, 40_000, random)
    draws = np.column_stack([local.reshape(-1, 4), shared])
    assert np.cov(draws.T) == pytest.approx(np.linalg.inv(full), abs=0.01)


def test_shares_of_draws_add_up():
    counts = share_draws(np.array([0.101, 0.299, 0.6]), 1000)
    assert counts.sum() == 1000
    assert np.abs(counts - [101, 299, 600]).max() <= 1


def test_a_posterior_is_the_same_for_the_same_stream():
    problem = Problem.of(
        np.arange(12.0), panel(np.random.default_rng(3), regions=1), with_states=True, is_partial=False, has_years=False
    )
    once, again = (posterior(problem, "state-space", np.random.default_rng(1), draws=200, points=8) for _ in range(2))
    assert np.array_equal(once.symbiosis, again.symbiosis)
    assert once.rate.shape == (200, 1, 2)
