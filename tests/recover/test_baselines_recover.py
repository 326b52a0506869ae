"""Worlds whose truth is known: bands hold their share, and chance is not taken for skill."""

import numpy as np
import pytest

from coevolve.engine.baselines import BASELINES
from coevolve.engine.conformal import band_widths, bands, central_levels, recent_change, rolling_misses
from coevolve.engine.scores import covered, paired_bootstrap
from coevolve.engine.season import season_of
from coevolve.inquiry.finding import QUANTILES

pytestmark = pytest.mark.recover


@pytest.mark.parametrize("name", ["naive", "drift", "theta", "damped"])
def test_bands_of_random_walks_hold_their_share(name):
    rng = np.random.default_rng(11)
    world = 1000 + (rng.gamma(2, 2, (400, 1)) * rng.standard_t(5, (400, 34))).cumsum(axis=1)
    known, later = world[:, :28], world[:, 28:]
    rule, quantiles = BASELINES[name].rule, np.array(QUANTILES)
    levels = central_levels(quantiles)
    widths = band_widths(rolling_misses(known, rule, 6), levels)
    made = bands(rule(known, 6, 1), recent_change(known), widths, levels, quantiles, np.full(400, -np.inf))
    assert 0.76 <= covered(later, made[..., QUANTILES.index(0.1)], made[..., QUANTILES.index(0.9)]).mean() <= 0.86
    assert 0.92 <= covered(later, made[..., 0], made[..., -1]).mean() <= 0.98


def test_one_short_series_still_has_honest_bands():
    """Bands of a single series of 14 values rest on a handful of errors, and must not be too narrow for it."""
    rng = np.random.default_rng(5)
    quantiles = np.array(QUANTILES)
    levels = central_levels(quantiles)
    inside = []
    for _ in range(400):
        world = rng.normal(0, 1, (1, 16)).cumsum(axis=1)
        known, later = world[:, :14], world[:, 14:]
        rule = BASELINES["naive"].rule
        widths = band_widths(rolling_misses(known, rule, 2), levels)
        made = bands(rule(known, 2, 1), recent_change(known), widths, levels, quantiles, np.full(1, -np.inf))
        inside.append(covered(later, made[..., QUANTILES.index(0.1)], made[..., QUANTILES.index(0.9)]).mean())
    assert 0.74 <= np.mean(inside) <= 0.90


@pytest.mark.parametrize(("origins", "steps"), [(5, 1), (8, 1), (8, 3), (12, 3), (12, 6)])
def test_equal_forecasters_are_rarely_told_apart(origins, steps):
    """Two mirror-image forecasters of series that share their shocks: 5 % of intervals may exclude no difference."""
    rng = np.random.default_rng(origins * 10 + steps)
    told_apart, worlds = 0, 400
    overlap, windows, length = steps, origins / steps, origins + steps - 1
    ahead = 0.3 * np.arange(1, steps + 1)
    for _ in range(worlds):
        shocks = np.sqrt(0.7) * rng.normal(size=length) + np.sqrt(0.3) * rng.normal(size=(30, length))
        paths = np.concatenate([np.zeros((30, 1)), shocks.cumsum(axis=1)], axis=1)
        future = [paths[:, k + 1 : k + steps + 1] - paths[:, [k]] for k in range(origins)]
        differences = np.array([(np.abs(one - ahead) - np.abs(one + ahead)).mean() for one in future])
        _, low, high = paired_bootstrap(differences, overlap, windows, rng, draws=300)
        told_apart += low > 0 or high < 0
    assert told_apart / worlds <= 0.11


def test_a_real_lead_is_found():
    rng = np.random.default_rng(3)
    found = [paired_bootstrap(rng.normal(-0.5, 0.3, 8), 1, 8.0, rng)[2] < 0 for _ in range(200)]
    assert np.mean(found) > 0.9


def test_a_planted_season_is_found_and_none_is_not():
    rng = np.random.default_rng(2)
    noise = 100 + rng.normal(0, 2, (200, 48))
    pattern = np.tile(np.array([8.0, 0, -3, 5, -6, -4, 2, 1, -1, -5, 0, 3]), 4)
    assert season_of(noise + pattern, 12).is_seasonal.mean() > 0.95
    assert season_of(noise, 12).is_seasonal.mean() < 0.2
    found = season_of(noise + pattern, 12).factors.mean(axis=0)
    np.testing.assert_allclose(found, 1 + (pattern[:12] - pattern.mean()) / 100, atol=0.005)


def test_taking_the_season_out_helps_where_there_is_one():
    rng = np.random.default_rng(4)
    pattern = np.tile(np.array([10.0, -4, -9, 3]), 12)
    world = 100 + rng.normal(0, 1, (100, 48)).cumsum(axis=1) + pattern
    known, later = world[:, :40], world[:, 40:]
    for name in ("theta", "damped"):
        with_season = np.abs(later - BASELINES[name].rule(known, 8, 4)).mean()
        without = np.abs(later - BASELINES[name].rule(known, 8, 1)).mean()
        assert with_season < 0.6 * without
