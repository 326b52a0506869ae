"""What must hold of every contest, whatever the numbers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from coevolve.evidence.panel import Panel
from coevolve.inquiry.at import Here
from coevolve.inquiry.key import Key
from coevolve.themes.forecast.contest_model import Contest, Plan, hold
from coevolve.themes.forecast.entries import entrant

NAMES = ("naive", "drift", "theta", "damped")
AT = Here(Key.of(1, "contest"))


def contest(values: np.ndarray, names: tuple[str, ...] = NAMES) -> Contest:
    panel = Panel.of(
        {"firms": values},
        regions=[f"r{k}" for k in range(values.shape[0])],
        industries=[f"i{k}" for k in range(values.shape[1])],
        periods=range(2000, 2000 + values.shape[2]),
    )
    plan = Plan.of(values.shape[2], 1, 2, 4)
    return hold(panel.series("firms"), {name: entrant(name) for name in names}, plan, AT)


def walks(seed: int) -> np.ndarray:
    return 500 + np.random.default_rng(seed).normal(1, 3, (3, 2, 18)).cumsum(axis=2)


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), power=st.integers(-6, 6))
def test_the_unit_changes_no_score(seed, power):
    one, other = contest(walks(seed)), contest(walks(seed) * 2.0**power)
    for measure in one.measures:
        np.testing.assert_allclose(one.overall(measure), other.overall(measure), rtol=1e-9)


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_regions_changes_no_score(seed):
    one, other = contest(walks(seed)), contest(walks(seed)[::-1])
    for measure in one.measures:
        np.testing.assert_allclose(one.overall(measure), other.overall(measure), rtol=1e-9)


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_another_entrant_changes_no_score_nor_interval(seed):
    few, many = contest(walks(seed), ("naive", "drift")), contest(walks(seed))
    assert few.difference("drift", "naive", AT.key) == many.difference("drift", "naive", AT.key)


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_no_forecaster_sees_the_future(seed):
    """What is told from the last origin does not change when what comes after it does."""
    values = walks(seed)
    later = values.copy()
    later[..., -2:] += np.random.default_rng(seed).normal(0, 50, later[..., -2:].shape)
    np.testing.assert_array_equal(contest(values).paths, contest(later).paths)


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_averages_agree_with_their_parts(seed):
    result = contest(walks(seed))
    for measure in result.measures:
        overall = result.overall(measure)
        np.testing.assert_allclose(result.by_horizon(measure).mean(axis=1), overall)
        np.testing.assert_allclose(result.by_name(measure).mean(axis=1), overall)
        np.testing.assert_allclose(result.by_region(measure).mean(axis=1), overall)
    assert np.isclose(result.wins().sum(), 1)


@given(periods=st.integers(4, 400), season=st.sampled_from([1, 4, 12]))
def test_a_plan_always_fits(periods, season):
    plan = Plan.of(periods, season, None, None)
    assert 3 <= plan.origins[0] <= plan.origins[-1] == periods - plan.hold_out
    assert plan.hold_out >= 1
    assert len(set(np.diff(plan.origins))) <= 1
    assert len(plan.origins) >= 3 or periods < 6 or season > 1
