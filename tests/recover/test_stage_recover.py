"""Does `stage` find a restoring force that the test made, warn of nothing in worlds without feedback, and does the
calibration of `formation` hold what it says?"""

from __future__ import annotations

import numpy as np
import pytest

from coevolve.engine.lumped import Rules, paths
from coevolve.inquiry.key import Key
from coevolve.themes.order import formation_calibrate as calibration
from coevolve.themes.order import stage_model as model
from coevolve.themes.order.formation_equations import restoring_force
from coevolve.themes.order.stage_response import respond

pytestmark = pytest.mark.recover


def world(feedback: float, spread: float, seed: int, cells: int = 300, firms: int = 20_000, periods: int = 30):
    """Counts, entries, exits (period, cell) of a settled world whose cells differ in advantage by `spread`."""
    draw = np.random.default_rng(seed)
    pull = np.exp(spread * draw.normal(size=cells))
    pull /= pull.sum()
    start = draw.multinomial(firms, pull * (1 - 1e-12))[None]
    path = paths(start, pull, Rules(feedback, 0.1, 0.2, 0.1), periods + 60, draw)
    empty = np.full((1, cells), np.nan)
    entries, exits = (np.vstack([empty, one[60:, 0]]) for one in (path.entrants, path.leavers))
    return path.counts[60:, 0].astype(float), entries, exits


def forces(feedback: float, spread: float, many: int) -> tuple[np.ndarray, float, float]:
    """Estimates of lambda, how often its 90 % interval held the truth, and how often it was identified."""
    truth = restoring_force(feedback, 0.1, 0.2)
    found = [respond(*(world(feedback, spread, seed)[k] for k in (0, 2))) for seed in range(many)]
    known = [one for one in found if one.identified]
    held = np.mean([one.lo <= truth <= one.hi for one in known])
    return np.array([one.force for one in known]) - truth, float(held), len(known) / many


def test_a_restoring_force_is_found_again() -> None:
    away, held, known = forces(0.5, 0.0, 24)
    assert known > 0.75
    assert abs(away.mean()) < 0.06
    assert np.sqrt((away**2).mean()) < 0.11
    assert held > 0.7


@pytest.mark.slow
@pytest.mark.parametrize(("feedback", "spread"), [(0.5, 0.0), (0.9, 0.0), (1.05, 0.0), (1.05, 0.8)])
def test_intervals_of_the_force_cover_nine_in_ten(feedback: float, spread: float) -> None:
    away, held, known = forces(feedback, spread, 200)
    assert known > 0.9
    assert abs(away.mean()) < 0.04
    assert np.sqrt((away**2).mean()) < 0.09
    assert 0.83 < held < 0.96


@pytest.mark.slow
def test_worlds_without_feedback_raise_few_warnings() -> None:
    """Exact 95 % bounds of 5 in 100 over 60 worlds with natural advantage: at most 7 of 60."""
    raised = 0
    for seed in range(60):
        draw = np.random.default_rng(1000 + seed)
        pull = np.exp(0.6 * draw.normal(size=100))
        pull /= pull.sum()
        start = draw.multinomial(10_000, pull * (1 - 1e-12))[None]
        path = paths(start, pull, Rules(1.0, 1.0, 0.0, 0.1), 60, draw)
        empty = np.full((1, 100), np.nan)
        flows = [np.vstack([empty, one[35:, 0]]) for one in (path.entrants, path.leavers)]
        case = model.Case(path.counts[35:, 0].astype(float), *flows, None, 0.1, 99, Key.of(seed, "null"))
        raised += model.judge(case).warns
    assert raised <= 7


@pytest.mark.slow
def test_the_calibration_holds_what_it_says() -> None:
    """5000 worlds to learn from, 200 to be judged by: error of lambda and cover of its 90 % interval."""
    totals = (100, 5000, np.full(29, 500), np.full(29, 0.1))
    bank = np.concatenate([calibration.drawn(calibration.Batch(*totals, 250, Key.of(k, "bank"))) for k in range(20)])
    tests = calibration.drawn(calibration.Batch(*totals, 200, Key.of(1, "tests")))
    parts = len(calibration.PARAMETERS)
    away, held, strange = [], [], []
    for row in tests:
        found = calibration.posterior(bank, row[parts:])
        lo, middle, hi = calibration.quantiles(found, "lambda", (0.05, 0.5, 0.95))
        away.append(middle - row[0])
        held.append(lo <= row[0] <= hi)
        strange.append(found.strange < 0.02)
    assert np.sqrt(np.mean(np.square(away))) < 0.11
    assert abs(np.mean(away)) < 0.02
    assert 0.83 < np.mean(held) < 0.96
    assert np.mean(strange) < 0.06
