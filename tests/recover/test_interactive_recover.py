"""Worlds in which the growth beyond symbiosis has a law of its own, and worlds in which there is none."""

import numpy as np
import pytest

from coevolve.engine.growth import paths
from coevolve.evidence.panel import Panel
from coevolve.inquiry.at import Here
from coevolve.inquiry.key import Key
from coevolve.themes.forecast.contest_model import Contest, Plan, hold
from coevolve.themes.forecast.entries import entrant

pytestmark = [pytest.mark.recover, pytest.mark.slow]
REGIONS, YEARS = 12, 34


def world(seed: int, memory: tuple[float, float], shock: float) -> Panel:
    """Symbiosis of two poles, plus yearly growth that remembers: m(t) = a m(t-1) + b m(t-2) + shock e(t)."""
    draw = np.random.default_rng(seed)
    each = np.broadcast_to
    rate, b = np.array([0.22, 0.28]), np.array([[0.0, -0.4], [0.2, 0.0]])
    capacity = np.array([800.0, 500.0]) * np.exp(draw.normal(0, 0.35, (REGIONS, 2)))
    logs = [np.log(capacity * draw.uniform(0.05, 0.35, (REGIONS, 2)))]
    extra, before = np.zeros((2, REGIONS, 2))
    for _ in range(YEARS - 1):
        extra, before = memory[0] * extra + memory[1] * before + draw.normal(0, shock, extra.shape), extra
        push = (extra + draw.normal(0, 0.01, extra.shape))[:, None, :]
        many = (each(rate, (REGIONS, 2)), capacity, each(b, (REGIONS, 2, 2)))
        logs.append(paths(logs[-1], *many, np.ones(1), push)[:, 1])
    values = np.exp(np.stack(logs, axis=2))
    regions = [f"r{k}" for k in range(REGIONS)]
    return Panel.of({"firms": values}, regions=regions, industries=["one", "two"], periods=range(1980, 1980 + YEARS))


def contest(panel: Panel) -> Contest:
    forecasters = {name: entrant(name) for name in ("naive", "symbiosis", "interactive")}
    return hold(panel.series("firms"), forecasters, Plan.of(YEARS, 1, 3, 4), Here(Key.of(1, "contest")))


@pytest.mark.parametrize("seed", [1, 2])
def test_growth_that_swings_is_won_by_interactive(seed: int) -> None:
    """Booms and busts of about six years: shocks that only fade, as plain symbiosis has them, miss the turn."""
    found = contest(world(seed, (0.95, -0.9), 0.02))
    error = dict(zip(found.entrants, found.overall("mase"), strict=True))
    assert error["interactive"] < 0.93 * error["symbiosis"]
    assert "saved" in found.remarks["interactive"][0].text


@pytest.mark.parametrize("seed", [1, 2])
def test_growth_that_only_fades_is_known_to_plain_symbiosis(seed: int) -> None:
    found = contest(world(seed, (0.85, 0.0), 0.02))
    error = dict(zip(found.entrants, found.overall("mase"), strict=True))
    assert error["interactive"] < 1.03 * error["symbiosis"]


@pytest.mark.parametrize("seed", [3, 4])
def test_where_plain_symbiosis_is_true_nothing_is_lost(seed: int) -> None:
    found = contest(world(seed, (0.0, 0.0), 0.0))
    error = dict(zip(found.entrants, found.overall("mase"), strict=True))
    assert error["interactive"] < 1.03 * error["symbiosis"]
