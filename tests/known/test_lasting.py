"""How long shocks last: found again in made shocks, nothing in independent ones, bands as wide as they should be."""

from __future__ import annotations

import numpy as np
import pytest

from coevolve.evidence.fit import Fit
from coevolve.themes.symbiosis import course, model
from coevolve.themes.symbiosis.lasting import LONGEST, Lasting, run_on


def lasting_shocks(share: float, shape: tuple[int, int, int], random: np.random.Generator) -> np.ndarray:
    """Shocks (series, step, pole) with sd .02 of which this share comes again."""
    made = 0.02 * random.standard_normal(shape)
    for k in range(1, shape[1]):
        made[:, k] = share * made[:, k - 1] + np.sqrt(1 - share**2) * made[:, k]
    return made


def unshared(shocks: np.ndarray, seed: int = 1) -> Lasting:
    return Lasting.of(shocks, False, 1000, np.random.default_rng(seed))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6])
def test_the_share_that_comes_again_is_found(share: float) -> None:
    random = np.random.default_rng(3)
    found = [unshared(lasting_shocks(share, (1, 60, 3), random)).own for _ in range(40)]
    assert np.mean([np.median(one) for one in found]) == pytest.approx(share, abs=0.07)
    if share:
        inside = [np.quantile(one, 0.05) <= share <= np.quantile(one, 0.95) for one in found]
        assert np.mean(inside) >= 0.8
    assert all((one >= 0).all() and (one <= LONGEST).all() for one in found)


def test_common_and_own_shocks_are_told_apart() -> None:
    random = np.random.default_rng(4)
    common = lasting_shocks(0.7, (1, 40, 2), random)
    own = lasting_shocks(0.0, (30, 40, 2), random)
    found = Lasting.of(common + own, True, 1000, random)
    assert np.median(found.common) == pytest.approx(0.7, abs=0.2)
    assert np.median(found.own) < 0.1
    assert found.common_last == pytest.approx((common + own)[:, -1].mean(axis=0))
    assert found.own_last + found.common_last == pytest.approx((common + own)[:, -1])
    assert found.next_of(found.own_last) == pytest.approx(
        np.median(found.own) * (found.own_last - found.own_last.mean(axis=0))
        + np.median(found.common) * found.own_last.mean(axis=0)
    )
    unknown = np.where(np.arange(len(found.own_last))[:, None] == 0, np.nan, found.own_last)
    assert np.isfinite(found.next_of(unknown)).all()


def test_gaps_and_short_pasts_claim_nothing() -> None:
    random = np.random.default_rng(5)
    short = unshared(lasting_shocks(0.8, (1, 5, 2), random))
    assert not short.own.any()
    unknown = unshared(np.full((2, 20, 2), np.nan))
    assert not unknown.own.any()
    assert not unknown.own_last.any()
    assert Lasting.of(np.zeros((2, 0, 2)), True, 10, random).own_last.shape == (2, 2)


def test_lasting_shocks_keep_their_size_and_add_up_further() -> None:
    random = np.random.default_rng(6)
    normal = random.standard_normal((40_000, 5, 1))
    scale = np.full((40_000, 1), 0.02)
    for share in (0.0, 0.5):
        made = run_on(normal, scale, np.full(40_000, share), np.zeros(1))
        past_first = made[:, -1].std()
        assert past_first == pytest.approx(0.02 * np.sqrt(1 - share ** (2 * 5)), rel=0.02)
        total = made.sum(axis=1).std()
        kept = [sum(share ** (j - k) for j in range(k, 5)) for k in range(5)]
        assert total == pytest.approx(0.02 * np.sqrt((1 - share**2) * np.sum(np.square(kept))), rel=0.02)
    far = run_on(np.zeros((1, 1, 1)), np.array([[0.02]]), np.array([0.5]), np.array([9.0]))
    assert far[0, 0, 0] == pytest.approx(0.5 * 3 * 0.02)  # an extreme last shock counts as three sd


def made_fit(shocks: np.ndarray, periods: tuple[str, ...]) -> Fit:
    """A fit that knows rate and capacity exactly, of poles that stand at capacity but for these shocks."""
    steps, draws = shocks.shape[1], 4000
    rate, capacity = 0.01, 100.0
    logs = np.full((1, steps + 1, 2), np.log(capacity))
    for k in range(steps):
        after = course._course(
            course.State(logs[:, k], np.full((1, 2), rate), np.full((1, 2), capacity), np.zeros((1, 2, 2))),
            np.zeros(1),
            True,
            np.ones(1),
            shocks[:, k : k + 1],
        )
        logs[:, k + 1] = after[:, 0]
    arrays = {
        "rate": np.full((draws, 1, 2), rate),
        "capacity": np.full((draws, 1, 2), capacity),
        "symbiosis": np.zeros((draws, 1, 2, 2)),
        "log_last": np.repeat(logs[None, :, -1], draws, axis=0),
        "measurement": np.zeros((draws, 1, 2)),
        "process": np.full((draws, 1, 2), 0.02),
        "correlation": np.zeros((draws, 1)),
        "year": np.zeros((draws, 2)),
        "last_time": np.array([float(periods[-1])]),
        "log_scale": logs,
    }
    labels = {"region": ("",), "pole": ("a", "b"), "other": ("a", "b"), "period": periods, "unit": ("", "")}
    return Fit("symbiosis", arrays, {name: model.AXES[name] for name in arrays}, labels, {}, "")


def test_what_the_equations_missed_is_what_was_added() -> None:
    shocks = lasting_shocks(0.5, (1, 30, 2), np.random.default_rng(7))
    periods = tuple(str(1980 + k) for k in range(31))
    assert course.missed_steps(made_fit(shocks, periods)) == pytest.approx(shocks, abs=1e-9)
    uneven = (*periods[:-1], "2012")
    assert np.isnan(course.missed_steps(made_fit(shocks, uneven))).all()


def test_a_forecast_runs_on_with_shocks_that_last() -> None:
    shocks = lasting_shocks(0.9, (1, 40, 2), np.random.default_rng(8))
    ahead, made = np.arange(2011.0, 2016.0), []
    for last in (0.03, 0.0):
        shocks[:, -1] = last
        fit = made_fit(shocks, tuple(str(1970 + k) for k in range(41)))
        found = np.log(course.forecast(fit, ahead, np.random.default_rng(1))) - fit["log_last"][:, :, None]
        made.append(found[:, 0])
    lasts, rests = made
    assert (np.median(lasts - rests, axis=0) > 0.01).all()
    share = Lasting.of(course.missed_steps(fit), False, 4000, np.random.default_rng(1)).own
    kept = np.array([sum(share ** (j - k) for j in range(k, 5)) for k in range(5)])
    wide = 0.02 * np.sqrt(((1 - share**2) * (kept**2).sum(axis=0)).mean())
    assert rests[:, 4].std(axis=0) == pytest.approx(wide, rel=0.06)
    assert wide > 1.2 * 0.02 * np.sqrt(5)
