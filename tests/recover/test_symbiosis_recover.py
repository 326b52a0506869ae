"""Worlds whose truth is made: do 90 % intervals hold the truth, with and without noise in growth and shared shocks?

Truth of every world: R about .2 a year, N about 100, b zero in 30 % of cases, else .1 to .6 either way, starts at 3
to 35 % of capacity (50 % with several regions).
"""

import numpy as np
import pytest

from coevolve.engine.growth import paths
from coevolve.engine.growth_fit import Problem
from coevolve.engine.growth_noise import posterior
from coevolve.engine.logistic import draw_curves, fit_curves, forecast_draws
from coevolve.evidence.evidence import Evidence
from coevolve.inquiry.at import Here
from coevolve.inquiry.key import Key
from coevolve.themes.symbiosis.questions import Symbiosis
from coevolve.themes.symbiosis.worlds import two_poles


def world(random, regions, years, poles, counting, growing, shared):
    sign = random.choice([-1.0, 1.0], (poles, poles))
    b = np.where(random.random((poles, poles)) < 0.3, 0.0, sign * random.uniform(0.1, 0.6, (poles, poles)))
    np.fill_diagonal(b, 0.0)
    spread = 0.35 if regions == 1 else 0.25
    rate = np.exp(random.normal(np.log(0.2), spread, (regions, poles)))
    capacity = np.exp(random.normal(np.log(100.0), 0.5, (regions, poles)))
    start = capacity * random.uniform(0.03, 0.35 if regions == 1 else 0.5, (regions, poles))
    common = shared * random.standard_normal((years - 1, poles))
    shocks = growing * random.standard_normal((regions, years - 1, poles)) + common
    true = paths(np.log(start), rate, capacity, np.broadcast_to(b, (regions, poles, poles)), np.ones(years - 1), shocks)
    return true + counting * random.standard_normal(true.shape), rate, capacity, b


def coverage(regions, years, poles, counting, growing, shared, worlds, noise="state-space", seed=0, points=32):
    """Shares of 90 % intervals that hold b, and of effects whose interval leaves out zero on the wrong side."""
    random = np.random.default_rng(seed)
    off = ~np.eye(poles, dtype=bool)
    held, wrong = [], []
    for k in range(worlds):
        logs, _, _, b = world(random, regions, years, poles, counting, growing, shared)
        problem = Problem.of(
            np.arange(float(years)),
            logs,
            with_states=noise != "measurement",
            is_partial=True,
            has_years=regions >= 5 and noise != "measurement",
        )
        found = posterior(problem, noise, np.random.default_rng(k), draws=400, points=points)
        draws = found.group_symbiosis[:, off]
        lo, hi = np.quantile(draws, [0.05, 0.95], axis=0)
        held += list((lo <= b[off]) & (b[off] <= hi))
        wrong += list(((lo > 0) & (b[off] < 0)) | ((hi < 0) & (b[off] > 0)))
    return float(np.mean(held)), float(np.mean(wrong))


# Bounds: nominal .90 less two standard errors of the number of effects tried, and room for the approximation.
@pytest.mark.parametrize(
    ("counting", "growing"), [pytest.param(0.03, 0.0, marks=pytest.mark.slow), pytest.param(0.003, 0.05)]
)
def test_one_region_covers_with_and_without_noise_in_growth(counting, growing):
    held, wrong = coverage(1, 20, 2, counting, growing, 0.0, worlds=15, points=16)
    assert held >= 0.8
    assert wrong <= 0.07


def test_ten_regions_cover_under_a_shared_yearly_shock():
    held, wrong = coverage(10, 18, 2, 0.01, 0.02, 0.03, worlds=5, points=16)
    assert held >= 0.7
    assert wrong <= 0.1


@pytest.mark.parametrize(
    ("regions", "inference"),
    [
        (12, "laplace"),
        pytest.param(30, "laplace", marks=pytest.mark.slow),
        pytest.param(12, "chains", marks=pytest.mark.slow),
    ],
)
def test_the_two_poles_world_is_found_again(regions, inference):
    made = two_poles(11)
    asked = Symbiosis(
        panel="w",
        of="establishments",
        poles=("machinery", "electronics"),
        regions=tuple(f"Region {k + 1:02d}" for k in range(regions)),
        inference=inference,
        draws=400,
    )
    found = asked.answer(Evidence({"w": made.pieces["world"].item}), Here(Key.of(11, "poles")))
    rows = {(row["parameter"], row["pole"]): row for row in found["coefficients"].rows() if row["region"] == ""}
    for true in made.truth:
        row = rows[true["parameter"], true["pole"]]
        width = row["hi"] - row["lo"]
        assert width <= 0.12
        assert row["lo"] - 0.5 * width <= true["value"] <= row["hi"] + 0.5 * width
    assert found["relations"].rows()[0]["relation"] == "commensalism"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("regions", "counting", "growing", "shared", "noise"),
    [
        (1, 0.03, 0.0, 0.0, "state-space"),
        (1, 0.002, 0.05, 0.0, "state-space"),
        (1, 0.03, 0.0, 0.0, "measurement"),
        (12, 0.03, 0.0, 0.0, "state-space"),
        (12, 0.02, 0.02, 0.0, "state-space"),
        (12, 0.02, 0.02, 0.03, "state-space"),
        (12, 0.001, 0.03, 0.0, "one-step"),
    ],
)
def test_coverage_of_b_is_as_stated(regions, counting, growing, shared, noise):
    held, wrong = coverage(regions, 20, 2, counting, growing, shared, worlds=60 if regions == 1 else 40, noise=noise)
    assert 0.82 <= held <= 1.0
    assert wrong <= 0.03


def curves_world(random, size, counting, growing):
    years = np.arange(17.0)
    rate, capacity = random.uniform(0.05, 0.6, size), np.exp(random.normal(5, 1, size))
    logs = np.empty((size, 17))
    logs[:, 0] = np.log(capacity * random.uniform(0.02, 0.6, size))
    for k in range(16):
        level = np.exp(logs[:, k])
        step = np.log(capacity / (1 + (capacity / level - 1) * np.exp(-rate)))
        logs[:, k + 1] = step + growing * random.standard_normal(size)
    return years, np.exp(logs + counting * random.standard_normal(logs.shape)), rate, capacity


@pytest.mark.parametrize(
    ("counting", "growing"),
    [pytest.param(0.03, 0.0, marks=pytest.mark.slow), pytest.param(0.002, 0.03), pytest.param(0.02, 0.02)],
)
def test_growth_curves_and_their_forecasts_cover(counting, growing):
    years, values, rate, _ = curves_world(np.random.default_rng(0), 500, counting, growing)
    curves = fit_curves(years[:13], values[:, :13], "logistic")
    theta, _, _ = draw_curves(curves, np.random.default_rng(1), 300)
    lo, hi = np.nanquantile(theta[..., 1], [0.05, 0.95], axis=0)
    assert np.mean((lo <= rate) & (rate <= hi)) >= 0.84
    ahead = forecast_draws(curves, years[13:], np.random.default_rng(2), 300)
    lo, hi = np.nanquantile(ahead, [0.05, 0.95], axis=0)
    inside = (lo <= values[:, 13:]) & (values[:, 13:] <= hi)
    assert inside.mean() >= 0.85
