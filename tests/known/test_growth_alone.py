"""One region weighed at many places at once, particles drawn from it, and breaks dated from what it says."""

import importlib
import sys
from dataclasses import replace

import numpy as np
import pytest

from coevolve.engine.growth import paths
from coevolve.engine.growth_alone import Alone
from coevolve.engine.growth_break import Break, Stepped, chances, dated, search_breaks, some_factor
from coevolve.engine.growth_panel import Growing
from coevolve.engine.growth_target import Target

YEARS = 16


def panel(regions: int = 1, noise: float = 0.02, seed: int = 0, years: int = YEARS) -> np.ndarray:
    """Two poles that grow towards their capacities, log scales."""
    random = np.random.default_rng(seed)
    start = np.log([[20.0, 30.0]] * regions) + random.normal(0.0, 0.3, (regions, 2))
    rate, capacity = np.full((regions, 2), 0.3), np.full((regions, 2), 100.0)
    b = np.broadcast_to([[0.0, 0.3], [-0.2, 0.0]], (regions, 2, 2))
    made = paths(start, rate, capacity, b, np.ones(years - 1))
    return np.asarray(made + random.normal(0.0, noise, made.shape))


def places_near(target: Target, draws: int) -> np.ndarray:
    random = np.random.default_rng(3)
    own_size, shared_size, regions = target.places.own_size, target.places.shared_size, target.places.regions
    found = random.normal(0.0, 0.3, (draws, shared_size + regions * own_size))
    own = found[:, shared_size:].reshape(draws, regions, own_size)
    own[:, :, target.places.own["rate"]] -= 1.3
    for name in ("measurement", "process"):
        if name in target.places.shared:
            found[:, target.places.shared[name]] -= 3.5
    return found


@pytest.mark.parametrize("noise", ["state-space", "measurement", "one-step"])
def test_many_places_at_once_have_the_density_of_each(noise):
    target = Target.of(Growing.of(np.arange(float(YEARS)), panel(), noise=noise))
    places = places_near(target, 6)
    each = [target.density(place)[0] for place in places]
    weighed = Alone.of(target).weigh(places)
    assert weighed.value == pytest.approx(each, rel=1e-10)
    ends = [target.likelihood(place) for place in places]
    assert weighed.end_mean == pytest.approx(np.array([end.end_mean[0] for end in ends]), rel=1e-10)


def test_several_regions_are_not_one():
    with pytest.raises(ValueError, match="one region"):
        Alone.of(Target.of(Growing.of(np.arange(float(YEARS)), panel(2))))


@pytest.mark.parametrize("regions", [1, 3])
def test_the_slope_of_a_stepped_density_is_that_of_finite_differences(regions):
    target = Target.of(Growing.of(np.arange(float(YEARS)), panel(regions)))
    pattern = np.zeros((YEARS - 1, 2))
    pattern[7:, 0] = 1.0
    stepped = Stepped(target, pattern, np.arange(regions) != 1)
    place = np.concatenate([[0.2], places_near(target, 1)[0]])
    _, slope = stepped(place)
    for k in range(len(place)):
        move = np.zeros_like(place)
        move[k] = 1e-5
        rise = (stepped(place + move)[0] - stepped(place - move)[0]) / 2e-5
        assert slope[k] == pytest.approx(rise, rel=1e-4, abs=1e-4)


def test_a_step_weighs_alike_one_by_one_and_at_once():
    target = Target.of(Growing.of(np.arange(float(YEARS)), panel()))
    pattern = np.zeros((YEARS - 1, 2))
    pattern[9:, 1] = 1.0
    places, sizes = places_near(target, 4), np.array([0.3, -0.2, 0.0, 0.6])
    together = Alone.of(target, pattern).weigh(places, sizes).value
    for place, size, value in zip(places, sizes, together, strict=True):
        seen = replace(target.growing.seen, lift=size * pattern[None])
        one = replace(target, growing=replace(target.growing, seen=seen))
        assert one.density(place)[0] == pytest.approx(value, rel=1e-10)


def test_the_year_named_is_the_middle_of_the_likeliest_years():
    factors = {5: 4.0, 6: 0.1, 11: 2.5, 12: 3.0, 13: 2.5, 20: 0.1}
    found = [Break(begins, 0.3, 0.1, float(np.log(factor))) for begins, factor in factors.items()]
    one = dated(found)
    assert found[one.place].begins == 12  # year 5 alone is likelier, but stands alone
    assert one.probability == pytest.approx(8.0 / 12.2)
    assert (one.size, one.error) == pytest.approx((0.3, 0.1))
    assert found[dated(found, within=0).place].begins == 5
    assert chances(found).sum() == pytest.approx(1.0)
    assert some_factor(found) == pytest.approx(12.2 / 6)


def test_a_large_step_is_found_and_the_same_seed_gives_the_same():
    before = panel(seed=1, noise=0.0, years=30)[:, :15]
    after = paths(before[:, -1], np.full((1, 2), 0.3), np.array([[165.0, 100.0]]),
                  np.array([[[0.0, 0.3], [-0.2, 0.0]]]), np.ones(15))  # fmt: skip
    logs = np.concatenate([before, after[:, 1:]], axis=1)
    logs = logs + np.random.default_rng(2).normal(0.0, 0.01, logs.shape)
    growing = Growing.of(np.arange(30.0), logs)
    found = search_breaks(growing, 0, (8, 14, 20), np.array([True]), np.random.default_rng(1), draws=300)
    one = dated(found)
    assert found[one.place].begins == 14
    assert some_factor(found) > 20.0
    assert abs(one.size - 0.5) < 3.0 * one.error < 0.5
    assert found == search_breaks(growing, 0, (8, 14, 20), np.array([True]), np.random.default_rng(1), draws=300)


@pytest.fixture
def particles(repository, monkeypatch):
    """Draws of one region by particles, which the benchmarks keep."""
    monkeypatch.syspath_prepend(str(repository / "benchmarks"))
    yield importlib.import_module("growth_particles").particles
    sys.modules.pop("growth_particles", None)


def test_particles_hold_the_truth_and_repeat(particles):
    growing = Growing.of(np.arange(30.0), panel(years=30))
    found = particles(growing, np.random.default_rng(4), draws=80)
    low, high = np.quantile(found.rate, [0.025, 0.975], axis=0)
    assert ((low < 0.3) & (high > 0.3)).all()
    low, high = np.quantile(found.symbiosis[:, [0, 1], [1, 0]], [0.025, 0.975], axis=0)
    assert ((low < [0.3, -0.2]) & (high > [0.3, -0.2])).all()
    assert np.ptp(found.symbiosis[:, 0, 1]) > 0.0
    assert found.way.agreeing >= 1
    assert found.way.moved > 0.45
    again = particles(growing, np.random.default_rng(4), draws=80)
    assert (again.rate == found.rate).all()
    assert (again.log_last == found.log_last).all()
