"""What must hold of every baseline, whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coevolve.engine.baselines import BASELINES
from coevolve.engine.blending import blended, weights_of
from coevolve.engine.conformal import Misses, band_widths, bands, central_levels, rolling_misses
from coevolve.engine.optimised_theta import optimised_theta
from coevolve.engine.scores import mase_scale, mean_where, paired_bootstrap, pinball, smape
from coevolve.inquiry.finding import QUANTILES

RULES = [pytest.param(one.rule, id=name) for name, one in BASELINES.items()]
LEVELS = central_levels(np.array(QUANTILES))


def series(seed: int, count: int = 3, length: int = 24) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 100 + rng.normal(0.5, 1.0, (count, length)).cumsum(axis=1) + 3 * np.cos(np.arange(length) * np.pi / 2)


@pytest.mark.parametrize("rule", RULES)
@given(seed=st.integers(0, 10_000), power=st.integers(-8, 8))
def test_the_unit_does_not_matter(rule, seed, power):
    values = series(seed)
    np.testing.assert_allclose(rule(values * 2.0**power, 5, 4), rule(values, 5, 4) * 2.0**power, rtol=1e-9)


@pytest.mark.parametrize("rule", RULES)
@given(seed=st.integers(0, 10_000))
def test_no_series_changes_another(rule, seed):
    values = series(seed)
    values[1, :5] = np.nan
    alone = np.concatenate([rule(values[k : k + 1], 4, 4) for k in range(3)])
    np.testing.assert_array_equal(rule(values, 4, 4), alone)


@pytest.mark.parametrize("rule", RULES)
@given(seed=st.integers(0, 10_000), late=st.integers(1, 8))
def test_a_late_start_is_not_a_gap(rule, seed, late):
    values = series(seed)
    padded = np.concatenate([np.full((3, 4 * late), np.nan), values], axis=1)  # whole years: the season stays in place
    np.testing.assert_allclose(rule(padded, 4, 4), rule(values, 4, 4), rtol=1e-9)


@pytest.mark.parametrize("rule", RULES)
@given(level=st.floats(0.1, 1e6))
def test_what_never_changed_is_forecast_to_stay(rule, level):
    np.testing.assert_allclose(rule(np.full((1, 20), level), 6, 4), level, rtol=1e-9)


@pytest.mark.parametrize("name", ["naive", "drift", "theta", "damped"])
@given(seed=st.integers(0, 10_000), hole=st.integers(1, 21))
def test_a_gap_is_bridged(name, seed, hole):
    values = series(seed, 1)
    values[0, hole] = np.nan
    assert np.isfinite(BASELINES[name].rule(values, 3, 1)).all()


@pytest.mark.parametrize("name", ["naive", "drift", "theta", "damped"])
@given(seed=st.integers(0, 10_000))
def test_bands_ascend_around_the_forecast(name, seed):
    values, rule, quantiles = series(seed), BASELINES[name].rule, np.array(QUANTILES)
    widths = band_widths(rolling_misses(values, rule, 4), LEVELS)
    points = rule(values, 4, 1)
    made = bands(points, mase_scale(values), widths, LEVELS, quantiles, np.full(3, -np.inf))
    assert (np.diff(made, axis=-1) >= 0).all()
    assert (np.diff(widths, axis=0) >= 0).all()  # further ahead is never surer
    np.testing.assert_array_equal(made[..., QUANTILES.index(0.5)], points)
    np.testing.assert_allclose(made[..., 0] + made[..., -1], 2 * points, rtol=1e-9)


@given(st.lists(st.floats(0.01, 100), min_size=60, max_size=80))
def test_the_band_holds_its_share_of_past_errors(errors):
    misses = Misses(np.array(errors)[None, :, None], np.array([1.0]))
    inside = (np.array(errors)[:, None] <= band_widths(misses, LEVELS)[0]).mean(axis=0)
    assert (inside >= LEVELS - 1e-9).all()


def test_few_errors_make_wide_bands():
    few = band_widths(Misses(np.ones((1, 3, 1)), np.array([1.0])), LEVELS)[0]
    many = band_widths(Misses(np.ones((1, 300, 1)), np.array([1.0])), LEVELS)[0]
    assert few[-1] > 3 * many[-1]
    assert many[-1] == 1


def test_unseen_horizons_widen_with_the_root_of_time():
    errors = np.full((1, 100, 3), np.nan)
    errors[..., 0] = 1.0
    widths = band_widths(Misses(errors, np.array([1.0])), LEVELS)
    np.testing.assert_allclose(widths[:, -1], np.sqrt([1, 2, 3]))


@given(actual=st.floats(-1e6, 1e6), told=st.floats(-1e6, 1e6), level=st.sampled_from(QUANTILES))
def test_quantile_loss_is_never_negative_and_half_the_error_at_the_median(actual, told, level):
    loss = pinball(np.array([actual]), np.array([[told, told]]), np.array([level, 0.5]))[0]
    assert loss[0] >= 0
    assert loss[1] == pytest.approx(abs(actual - told) / 2)


@given(actual=st.floats(0, 1e6), told=st.floats(0, 1e6))
def test_smape_lies_between_0_and_200(actual, told):
    assert 0 <= smape(np.array([actual]), np.array([told]))[0] <= 200 + 1e-9


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=12), st.integers(1, 4))
def test_bootstrap_holds_its_own_mean_and_changes_sign_with_it(values, overlap):
    forth = paired_bootstrap(np.array(values), overlap, 3.0, np.random.default_rng(1))
    back = paired_bootstrap(-np.array(values), overlap, 3.0, np.random.default_rng(1))
    assert forth[1] - 1e-9 <= forth[0] <= forth[2] + 1e-9
    np.testing.assert_allclose([forth[0], forth[1], forth[2]], [-back[0], -back[2], -back[1]], atol=1e-9)


def test_one_origin_gives_no_interval():
    middle, low, high = paired_bootstrap(np.array([0.3]), 1, 1.0, np.random.default_rng(1))
    assert middle == 0.3
    assert np.isnan([low, high]).all()


def test_a_mean_of_nothing_is_missing():
    assert np.isnan(mean_where(np.full((2, 3), np.nan), 1)).all()


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), unit=st.integers(-5, 5), shift=st.floats(-100, 100))
def test_optimised_theta_follows_unit_and_origin_of_the_scale(seed, unit, shift):
    values = np.random.default_rng(seed).normal(1, 2, (3, 15)).cumsum(axis=1)
    made = optimised_theta(values, 4)
    np.testing.assert_allclose(optimised_theta(values * 2.0**unit, 4), made * 2.0**unit, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(optimised_theta(values + shift, 4), made + shift, rtol=1e-5, atol=1e-4)


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), members=st.integers(1, 4))
def test_weights_are_shares_and_a_blend_lies_between_its_members(seed, members):
    draw = np.random.default_rng(seed)
    said = {f"m{k}": draw.normal(size=(3, 5, 2)) for k in range(members)}
    weights = weights_of(said, draw.normal(size=(3, 5, 2)), np.ones((3, 5)))
    assert abs(sum(weights.values()) - 1) < 1e-12
    assert min(weights.values()) > 0
    made = blended(said, weights, [np.zeros((3, 5, 2))])
    every = np.stack(list(said.values()))
    assert (made >= every.min(axis=0) - 1e-12).all()
    assert (made <= every.max(axis=0) + 1e-12).all()
