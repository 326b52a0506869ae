"""The pooled regression, its jackknife and its tests of significance, each beside an independent computation."""

import numpy as np
import pytest
from scipy import stats

from coevolve.engine import significance
from coevolve.engine.panel_regression import added_tests, encompassing, held_out, pooled
from coevolve.engine.panel_rows import Sample, residuals


def made(regions=12, periods=14, series=3, seed=1, gaps=0):
    random = np.random.default_rng(seed)
    logs = np.zeros((regions, periods, series))
    for t in range(1, periods):
        logs[:, t] = 0.6 * logs[:, t - 1] + 0.1 * random.normal(size=(regions, series))
    logs += random.normal(size=(regions, 1, series))
    for _ in range(gaps):
        logs[random.integers(regions), random.integers(periods), random.integers(series)] = np.nan
    return sample(logs)


def sample(logs, cluster=None, blocks=None):
    growth = np.full_like(logs, np.nan)
    growth[:, 1:] = np.diff(logs, axis=1)
    levels = np.exp(logs)
    own = levels / np.nanmean(levels, axis=1, keepdims=True)
    regions, periods, _ = logs.shape
    return Sample(
        growth,
        logs,
        own,
        np.arange(regions) if cluster is None else cluster,
        np.zeros(periods, np.int64) if blocks is None else blocks,
    )


def design(one, target, lags, years, keep):
    """Rows by hand: dummies of regions and their slopes, dummies of periods, drivers lag by lag, further own lags."""
    regions, periods, series = one.growth.shape
    rows, values = [], []
    for r in range(regions):
        for t in range(lags, periods):
            if not keep[r, t]:
                continue
            row = np.zeros(2 * regions + (periods if years else 0))
            row[r], row[regions + r] = 1.0, one.own[r, t - 1, target]
            if years:
                row[2 * regions + t] = 1.0
            drivers = [one.driver[r, t - lag, j] for lag in range(1, lags + 1) for j in range(series)]
            rows.append(np.concatenate([row, np.delete(drivers, target)]))
            values.append(one.growth[r, t, target])
    return np.array(rows), np.array(values)


def by_hand(one, target, lags, years, keep):
    rows, values = design(one, target, lags, years, keep)
    count = one.growth.shape[2] * lags - 1
    return np.linalg.lstsq(rows, values, rcond=1e-12)[0][-count:]


def complete(one, target, lags):
    regions, periods, _ = one.growth.shape
    keep = np.zeros((regions, periods), bool)
    for r in range(regions):
        for t in range(lags, periods):
            drivers = one.driver[r, t - lags : t]
            keep[r, t] = np.isfinite(one.growth[r, t, target]) and np.isfinite(drivers).all()
    return keep


def jackknifed(one, target, lags, years):
    keep = complete(one, target, lags)
    first = np.zeros_like(keep)
    for r in range(len(keep)):
        places = np.flatnonzero(keep[r])
        first[r, places[: len(places) // 2]] = True
    share = first.sum() / keep.sum()
    halves = share * by_hand(one, target, lags, years, first)
    halves = halves + (1 - share) * by_hand(one, target, lags, years, keep & ~first)
    return 2 * by_hand(one, target, lags, years, keep) - halves


@pytest.mark.parametrize(("lags", "years", "gaps"), [(1, True, 0), (1, False, 0), (2, True, 0), (1, True, 6)])
def test_half_panel_jackknife_with_dummies(lags, years, gaps):
    one = made(periods=22, gaps=gaps)
    found = pooled(one, lags, years=years)
    for target in range(3):
        hand = jackknifed(one, target, lags, years)
        kept = [place for place in range(3 * lags) if place != target]
        for value, place in zip(hand, kept, strict=True):
            if place % 3 != target:
                assert found.coefficient[target, place % 3, place // 3] == pytest.approx(value, abs=1e-8)
    assert np.isnan(np.diagonal(found.p)).all()


def test_error_is_that_of_leaving_out_one_region_at_a_time():
    one = made(regions=8, periods=20, series=2)
    found = pooled(one, 1, years=False)
    whole = jackknifed(one, 0, 1, False)[0]
    without = [jackknifed(one.of_regions(np.delete(np.arange(8), r)), 0, 1, False)[0] for r in range(8)]
    error = np.sqrt(7 / 8 * np.sum((np.array(without) - whole) ** 2) * (1 + 2 * 8 / 19**3))  # nineteen rows a region
    assert found.error[0, 1, 0] == pytest.approx(error, rel=1e-6)
    assert found.p[0, 1] == pytest.approx(2 * stats.t.sf(abs(whole / error), 7), rel=1e-6)


def test_clusters_are_left_out_whole():
    one = made(regions=9, periods=20, series=2)
    grouped = Sample(one.growth, one.driver, one.own, np.repeat(np.arange(3), 3), one.blocks)
    assert grouped.clusters == 3
    found = pooled(grouped, 1, years=False)
    whole = jackknifed(one, 0, 1, False)[0]
    parts = [np.delete(np.arange(9), np.arange(3 * g, 3 * g + 3)) for g in range(3)]
    without = [jackknifed(one.of_regions(part), 0, 1, False)[0] for part in parts]
    error = np.sqrt(2 / 3 * np.sum((np.array(without) - whole) ** 2) * (1 + 2 * 3 / 19**3))
    assert found.error[0, 1, 0] == pytest.approx(error, rel=1e-6)


def test_what_the_jackknife_leaves_weighs_more_in_many_short_histories():
    for periods, rows in ((12, 11), (60, 59)):
        one = made(regions=60, periods=periods, series=2)
        found = pooled(one, 1, years=False)
        others = [pooled(one.of_regions(np.delete(np.arange(60), r)), 1, years=False) for r in range(60)]
        apart = np.array([other.coefficient[0, 1, 0] for other in others]) - found.coefficient[0, 1, 0]
        plain = np.sqrt(59 / 60 * np.sum(apart**2))
        assert found.error[0, 1, 0] / plain == pytest.approx(np.sqrt(1 + 2 * 60 / rows**3), rel=1e-5)


def paces(seed=4, regions=60, periods=18):
    """Growth that slows as a series nears its ceiling, at a pace that a region's two series share; nothing else."""
    random = np.random.default_rng(seed)
    pace = random.uniform(0.1, 0.9, size=(regions, 1))
    x = random.uniform(0.3, 0.8, size=(regions, 1, 2)).repeat(periods, axis=1)
    growth = np.full_like(x, np.nan)
    for t in range(1, periods):
        growth[:, t] = pace * (1.0 - x[:, t - 1]) + 0.02 * random.normal(size=(regions, 2))
        x[:, t] = x[:, t - 1] * np.exp(growth[:, t])
    return Sample(growth, np.log(x), x, np.arange(regions), np.zeros(periods, np.int64)), pace, random


def test_who_tells_a_regions_pace_is_found_to_add_nothing():
    one, pace, random = paces()
    shape = (2, 2, 60, 17)
    added, alone = np.zeros(shape), np.full((2, 60, 17), 0.0)
    alone += 0.01 * random.normal(size=alone.shape)
    added[0, 1] = pace * (1.0 - one.own[:, :-1, 0])  # right about every region: no news to whoever knows its pace
    added[0, 1] += 0.02 * random.normal(size=shape[2:])
    added[1, 0] = one.growth[:, 1:, 1] + 0.1 * random.normal(size=shape[2:])
    naive = np.corrcoef(added[0, 1].ravel(), one.growth[:, 1:, 0].ravel())[0, 1]
    p = added_tests(one, added, alone, years=True)
    assert naive > 0.3
    assert p[0, 1] > 0.05
    assert p[1, 0] < 1e-6
    assert np.isnan(np.diagonal(p)).all()


def test_one_forecast_beside_another():
    random = np.random.default_rng(5)
    first, second = random.normal(size=(2, 1, 40, 15))
    growth = np.full((40, 16, 1), np.nan)
    growth[:, 1:, 0] = first[0] + 0.3 * second[0] + random.normal(size=(40, 15))
    one = Sample(growth, np.zeros_like(growth), random.normal(size=growth.shape), np.arange(40), np.zeros(16, np.int64))
    assert encompassing(one, second, [first], years=True)[0] > 3.0
    assert abs(encompassing(one, random.normal(size=first.shape), [first], years=True)[0]) < 2.5
    assert np.isnan(encompassing(one, first + second, [first, second], years=True)[0])  # nothing is left but rounding


def test_all_lags_of_a_driver_are_tested_together():
    one = made(regions=20, periods=24, series=3)
    found = pooled(one, 2)
    assert found.coefficient.shape == (3, 3, 2)
    single = np.abs(found.coefficient[0, 1] / found.error[0, 1])
    assert found.lag[0, 1] == 1 + int(np.argmax(single))
    value, error = found.strongest()
    assert value[0, 1] == found.coefficient[0, 1, found.lag[0, 1] - 1]
    assert error[0, 1] == found.error[0, 1, found.lag[0, 1] - 1]


def test_short_panels_share_the_own_slope():
    one = made(regions=20, periods=7, series=2)
    found = pooled(one, 1, years=False, jackknife=False)
    rows, values = [], []
    for r in range(20):
        for t in range(1, 7):
            own = np.zeros(21)
            own[r], own[20] = 1.0, one.own[r, t - 1, 0]
            rows.append([*own, one.driver[r, t - 1, 1]])
            values.append(one.growth[r, t, 0])
    hand = np.linalg.lstsq(np.array(rows), np.array(values), rcond=None)[0][-1]
    assert found.coefficient[0, 1, 0] == pytest.approx(hand, abs=1e-9)


def test_a_driver_that_never_moves_cannot_be_told():
    one = made(series=3)
    one.driver[:, :, 2] = 1.0
    found = pooled(one, 1)
    assert np.isnan(found.p[0, 2])
    assert np.isfinite(found.p[0, 1])


def test_too_few_rows_give_nothing():
    assert np.isnan(pooled(made(regions=3, periods=6, series=8), 1).p).all()


def test_held_out_errors_by_hand():
    one = made(regions=10, periods=16, series=2)
    folds = np.broadcast_to((np.arange(10) % 5)[:, None], (10, 16))
    own, full, rows = held_out(one, 1, folds, years=False)
    left, mask = residuals(one, 1, 0, years=False)
    seen = np.arange(10) % 5 != 2
    b = (left[seen, :, 1] * left[seen, :, 0]).sum() / (left[seen, :, 1] ** 2).sum()
    assert full[7, 2, 0] == pytest.approx(((left[7, :, 0] - b * left[7, :, 1]) ** 2).sum(), rel=1e-6)
    assert own[7, 2, 0] == pytest.approx((left[7, :, 0] ** 2).sum())
    assert rows[7, 2, 0] == mask[7].sum() == 15
    assert full[7, 1, 0] == 0.0


def test_false_discovery_rate_agrees_with_scipy():
    p = np.random.default_rng(2).uniform(size=50) ** 2
    assert significance.benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p))
    q = significance.benjamini_hochberg([[np.nan, 0.2], [0.01, np.nan]])
    assert np.isnan(q[0, 0])
    assert q[1, 0] == pytest.approx(0.02)


def test_tests_agree_with_scipy():
    values = np.random.default_rng(2).normal(0.3, 1.0, 25)
    expected = stats.wilcoxon(values, mode="approx", correction=False).zstatistic
    assert significance.signed_rank(values) == pytest.approx(abs(expected), rel=1e-9)
    assert significance.signed_rank(-values) == pytest.approx(-abs(expected), rel=1e-9)
    assert significance.t_quantile(0.975, 12) == pytest.approx(stats.t.ppf(0.975, 12))
    assert significance.wald(6.25, 1, 10) == pytest.approx(2 * stats.t.sf(2.5, 9))
    assert significance.wald(8.0, 2, 30) == pytest.approx(stats.f.sf(8.0 * 28 / (2 * 29), 2, 28))
    assert np.isnan(significance.wald(8.0, 3, 3))
    for hits, draws in ((0, 20), (3, 20), (20, 20)):
        exact = stats.binomtest(hits, draws).proportion_ci(0.95, "exact")
        assert significance.clopper_pearson(hits, draws) == pytest.approx((exact.low, exact.high))


def test_cauchy_combination_by_the_cauchy_law():
    p, weight = np.array([[0.01], [0.3]]), np.array([[0.25], [0.75]])
    statistic = (weight * np.tan(np.pi * (0.5 - p))).sum()
    assert significance.cauchy_combination(p, weight)[0] == pytest.approx(stats.cauchy.sf(statistic))
    tiny = significance.cauchy_combination([[1e-30], [0.5]], [[0.5], [0.5]])[0]
    assert tiny == pytest.approx(2e-30)
    assert significance.cauchy_combination([[0.2], [0.9]], [[1.0], [0.0]])[0] == pytest.approx(0.2)


def test_delete_one_of_a_mean_is_its_variance():
    values = np.random.default_rng(3).normal(size=(9, 1))
    without = (values.sum(axis=0) - values) / 8
    assert significance.delete_one(values.mean(axis=0), without)[0, 0] == pytest.approx(values.var(ddof=1) / 9)


def test_nobody_stays_in_place():
    for seed in range(20):
        places = significance.elsewhere(np.random.default_rng(seed), 5)
        assert sorted(places) == [0, 1, 2, 3, 4]
        assert (places != np.arange(5)).all()
