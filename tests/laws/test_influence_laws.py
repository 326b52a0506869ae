"""What must hold for any panel: false discovery rates, units, and the order of regions and series."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coevolve.engine.panel_regression import pooled
from coevolve.engine.panel_rows import Sample
from coevolve.engine.significance import benjamini_hochberg, cauchy_combination
from coevolve.themes.influence.arrays import folds_of, relative, sample_of, time_blocks

chances = arrays(float, st.integers(1, 40), elements=st.floats(1e-12, 1.0))
seeds = st.integers(0, 10_000)


def logs_of(seed, regions=14, periods=16, series=3):
    random = np.random.default_rng(seed)
    logs = np.zeros((regions, periods, series))
    for t in range(1, periods):
        logs[:, t] = 0.5 * logs[:, t - 1] + 0.1 * random.normal(size=(regions, series))
    return logs + random.normal(size=(regions, 1, series))


def sampled(logs):
    regions, periods, _ = logs.shape
    return sample_of(logs, np.ones(periods - 1), "log", np.arange(regions), np.zeros(periods, np.int64))


@given(chances)
def test_q_is_above_p_and_keeps_its_order(p):
    q = benjamini_hochberg(p)
    assert (q >= p - 1e-15).all()
    assert (q <= 1.0).all()
    order = np.argsort(p)
    assert (np.diff(q[order]) >= 0).all()
    assert benjamini_hochberg(p[::-1])[::-1].tolist() == q.tolist()


@given(chances, st.floats(0.0, 1.0))
def test_equal_chances_combine_to_themselves(p, weight):
    p = np.minimum(p, 1.0 - 1e-9)
    both = cauchy_combination(np.stack([p, p]), np.array([[weight], [1.0 - weight]]))
    assert np.allclose(both, p, rtol=1e-6, atol=1e-12)


@settings(max_examples=15)
@given(seeds, st.floats(0.001, 1000.0))
def test_units_do_not_matter(seed, unit):
    logs = logs_of(seed)
    one, other = pooled(sampled(logs), 1), pooled(sampled(logs + np.log(unit)), 1)
    assert np.allclose(one.p, other.p, rtol=1e-5, atol=1e-9, equal_nan=True)
    assert np.allclose(one.coefficient, other.coefficient, rtol=1e-5, atol=1e-8, equal_nan=True)


@settings(max_examples=15)
@given(seeds, st.permutations(range(14)), st.permutations(range(3)))
def test_the_order_of_regions_and_series_does_not_matter(seed, regions, series):
    logs = logs_of(seed)
    one = pooled(sampled(logs), 1)
    other = pooled(sampled(logs[regions][:, :, series]), 1)
    there = np.ix_(series, series)
    assert np.allclose(one.p[there], other.p, rtol=1e-6, equal_nan=True)
    assert np.allclose(one.score[there], other.score, rtol=1e-6, equal_nan=True)


@settings(max_examples=15)
@given(seeds)
def test_an_effect_of_a_period_shared_by_all_regions_does_not_matter(seed):
    logs = logs_of(seed)
    one = sampled(logs)
    year = np.random.default_rng(seed).normal(size=(1, 16, 3))
    other = Sample(one.growth + year, one.driver, one.own, one.cluster, one.blocks)
    assert np.allclose(pooled(one, 1).p, pooled(other, 1).p, rtol=1e-6, equal_nan=True)


@given(arrays(float, (3, 6, 2), elements=st.floats(-30.0, 30.0)))
def test_relative_levels_average_one(logs):
    logs[0, 2, 1] = np.nan
    found = relative(logs)
    assert np.isnan(found[0, 2, 1])
    assert np.allclose(np.nanmean(found, axis=1), 1.0)


@given(st.integers(5, 300), st.integers(1, 30))
def test_every_fold_has_its_share(periods, regions):
    blocks = time_blocks(periods)
    assert (np.diff(blocks) >= 0).all()
    folds = folds_of(np.arange(regions), blocks, regions >= 10)
    assert folds.shape == (regions, periods)
    assert set(folds[0]) == {0} if regions >= 10 else len(set(folds[0])) >= 4
