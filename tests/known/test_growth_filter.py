"""The likelihood of growth equations against a normal written out, and every gradient against differences."""

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from coevolve.engine.equilibria import balanced_shares
from coevolve.engine.growth import courses, interaction
from coevolve.engine.growth_crowding import Coordinates
from coevolve.engine.growth_filter import Inputs, Seen, likelihood
from coevolve.engine.growth_panel import Growing
from coevolve.engine.growth_shares import MOST, Shares, crowding_of
from coevolve.engine.growth_target import Target


def panel(regions=3, count=9, poles=3, seed=0):
    random = np.random.default_rng(seed)
    logs, seen = random.normal(0.0, 0.3, (regions, count, poles)), random.random((regions, count, poles)) > 0.2
    first, last = np.array([0, 1, 0])[:regions], np.array([count - 1, count - 1, count - 3])[:regions]
    times = np.cumsum(random.uniform(0.5, 1.5, count))
    driver = random.normal(0.0, 0.1, (regions, count)).cumsum(axis=1)
    none = np.zeros((regions, poles))
    return Seen(times, np.where(seen, logs, 0.0), seen, first, last, driver, none, np.full_like(none, 0.4), 2)


def drawn(seen, seed):
    random = np.random.default_rng(seed)
    regions, count, poles = seen.logs.shape
    root = random.normal(0.0, 0.05, (regions, poles, poles))
    return Inputs(
        random.uniform(0.1, 0.4, (regions, poles)),
        random.normal(0.1, 0.2, (regions, poles, poles)),
        random.normal(0.0, 0.2, (regions, poles)),
        random.normal(0.0, 0.05, (count - 1, poles)),
        np.eye(poles) * 0.002 + root @ root.transpose(0, 2, 1),
        random.uniform(0.005, 0.02, poles),
        random.normal(0.0, 0.2, (regions, poles)),
    )


def test_without_effects_it_is_the_multivariate_normal_of_a_random_walk():
    count, rate, process, measure, begin = 6, 0.07, 0.03, 0.02, 0.4
    times = np.array([0.0, 1.0, 2.5, 3.0, 4.0, 6.0])
    values = np.random.default_rng(4).normal(0.07 * times, 0.1)
    seen = Seen(
        times, values[None, :, None], np.ones((1, count, 1), bool), np.array([0]), np.array([count - 1]),
        np.zeros((1, count)), np.zeros((1, 1)), np.full((1, 1), begin), 2,
    )  # fmt: skip
    none = np.zeros((1, 1, 1))
    inputs = Inputs(
        np.array([[rate]]), none, np.zeros((1, 1)), np.zeros((count - 1, 1)), none + process**2,
        np.array([measure**2]), np.zeros((1, 1)),
    )  # fmt: skip
    covariance = process**2 * np.minimum.outer(times, times) + begin**2 + measure**2 * np.eye(count)
    expected = multivariate_normal(rate * times, covariance).logpdf(values)
    assert likelihood(seen, inputs).value[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", [field.name for field in fields(Inputs)])
def test_each_gradient_is_that_of_differences(name):
    seen = panel()
    at, towards = drawn(seen, 1), getattr(drawn(seen, 2), name)

    def value(step):
        moved = replace(at, **{name: getattr(at, name) + step * towards})
        return likelihood(seen, moved, with_gradient=False).value.sum()

    slope = (getattr(likelihood(seen, at).gradient, name) * towards).sum()
    assert slope == pytest.approx((value(1e-5) - value(-1e-5)) / 2e-5, rel=1e-4, abs=1e-3)


def test_poles_whose_capacity_grows_come_to_the_balanced_path():
    """A z = 1 - g/R, Tong & Wang (9n) with (6); and the filter follows the same path as `courses`."""
    rate, growth = np.array([[0.3, 0.2]]), 0.03
    b = np.array([[[0.0, -0.4], [0.2, 0.0]]])
    effect = rate[:, :, None] * interaction(b)
    spans, none = np.ones(400), np.zeros((1, 400, 2))
    path = courses(np.log([[0.2, 0.3]]), rate - growth, effect, spans, none)
    assert np.exp(path[0, -1]) == pytest.approx(balanced_shares(b, rate, growth)[0], abs=1e-8)
    times = np.arange(21.0)
    unseen = np.zeros((1, 21, 2), bool)
    panel = Seen(
        times, np.zeros((1, 21, 2)), unseen, np.array([0]), np.array([20]), growth * times[None], np.zeros((1, 2)),
        np.zeros((1, 2)), 2,
    )  # fmt: skip
    shift = np.log([[100.0, 50.0]])
    inputs = Inputs(
        rate, effect, shift, np.zeros((20, 2)), np.zeros((1, 2, 2)), np.full(2, 1e-4), shift + np.log([[0.2, 0.3]])
    )
    expected = path[0, 20] + shift[0] + growth * 20.0
    assert likelihood(panel, inputs).end_mean[0] == pytest.approx(expected, abs=1e-10)


CASES = [
    {"law": "symbiosis", "noise": "state-space", "is_partial": True, "has_years": True},
    {"law": "symbiosis", "noise": "one-step", "is_same": True},
    {"law": "symbiosis", "noise": "measurement"},
    {"law": "predator_prey", "noise": "state-space", "is_partial": True},
]


@pytest.mark.parametrize("options", CASES)
def test_the_slope_of_the_density_is_that_of_differences(options):
    random = np.random.default_rng(3)
    logs = np.cumsum(random.normal(0.05, 0.1, (4, 9, 2)), axis=1)
    logs[0, :, 1], logs[1, 3, 0] = np.nan, np.nan
    driver = None if options["law"] == "predator_prey" else 0.02 * np.arange(9.0) * np.ones((4, 1))
    target = Target.of(Growing.of(np.arange(9.0), logs, driver=driver, **options))
    places = target.places
    at = random.normal(0.0, 0.3, places.shared_size + 4 * places.own_size)
    for name in ("measurement", "process", "year"):
        if name in places.shared:
            at[places.shared[name]] -= 2.0
    towards = random.normal(size=len(at))
    up, down = (target.density(at + step * towards)[0] for step in (1e-6, -1e-6))
    assert target.density(at)[1] @ towards == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-2)


@pytest.mark.parametrize(("is_partial", "log_rate"), [(True, 0.0), (True, -3.0), (False, 0.0)])
def test_crowding_leads_there_and_back_and_keeps_the_slope(is_partial, log_rate):
    random = np.random.default_rng(5)
    logs = 4.0 + np.cumsum(random.normal(0.06, 0.05, (4, 12, 3)), axis=1)
    logs[1, :, 2] = np.nan
    coordinates = Coordinates.of(Target.of(Growing.of(np.arange(12.0), logs, is_partial=is_partial)))
    places = coordinates.target.places
    shared, own = random.normal(0.0, 0.2, places.shared_size), random.normal(0.0, 0.2, (4, places.own_size))
    shared[places.shared["rate_mean"]] += log_rate
    mode = places.join(shared, own)
    place = coordinates.coordinates(mode)
    assert coordinates.unknowns(place) == pytest.approx(mode, abs=1e-12)
    place, towards = place + 0.01 * random.normal(size=len(place)), random.normal(size=len(place))
    up, down = (coordinates.density(place + step * towards)[0] for step in (1e-6, -1e-6))
    assert coordinates.density(place)[1] @ towards == pytest.approx((up - down) / 2e-6, rel=1e-4)


@pytest.mark.parametrize("poles", [2, 3, 6])
def test_every_crowding_belongs_to_shares(poles):
    """However large the effects are and whatever crowding is asked for, poles being fast or slow."""
    random, count = np.random.default_rng(8), 3000
    b = random.normal(size=(count, poles, poles)) * (1.0 - np.eye(poles)) * random.choice([0.2, 2.0], (count, 1, 1))
    crowding = random.normal(0.5, 3.0, (count, poles)) * random.choice([0.3, 10.0], (count, 1))
    soft = 0.15 + np.exp(random.normal(-2.0, 3.0, (count, poles)))
    shares = Shares.at(b, crowding, soft)
    found = shares.inner + np.einsum("rij,rj->ri", shares.counted, np.exp(shares.log_share))
    assert found == pytest.approx(crowding, rel=1e-9, abs=1e-9)
    assert crowding_of(b, shares.log_share, soft) == pytest.approx(crowding, rel=1e-7, abs=1e-7)
    assert np.linalg.norm(shares.counted, 2, axis=(1, 2)).max() < MOST
    small = np.linalg.norm(b, 2, axis=(1, 2)) < 0.3
    assert shares.counted[small] == pytest.approx(b[small], rel=0.02)
    matrix = np.eye(poles) + shares.counted * np.exp(shares.log_steep)[:, None, :]
    assert shares.inverse @ matrix == pytest.approx(np.broadcast_to(np.eye(poles), matrix.shape), abs=1e-9)


@pytest.mark.parametrize(("log_rate", "spread"), [(0.0, 0.2), (-4.0, 0.2), (-3.0, 1.5)])
def test_crowding_keeps_the_volume(log_rate, spread):
    """The log of the Jacobian against the determinant of differences, for fast and slow poles and large effects."""
    random = np.random.default_rng(6)
    logs = 4.0 + np.cumsum(random.normal(0.06, 0.05, (3, 12, 2)), axis=1)
    coordinates = Coordinates.of(Target.of(Growing.of(np.arange(12.0), logs, is_partial=True)))
    places = coordinates.target.places
    shared, own = random.normal(0.0, 0.2, places.shared_size), random.normal(0.0, 0.2, (3, places.own_size))
    shared[places.shared["rate_mean"]] += log_rate
    shared[places.shared["b"]] = random.normal(0.0, spread, 2)
    mode = places.join(shared, own)
    place, step = coordinates.coordinates(mode), 1e-6
    moves = step * np.eye(len(place))
    matrix = np.array([coordinates.unknowns(place + row) - coordinates.unknowns(place - row) for row in moves])
    volume = np.linalg.slogdet(matrix / (2.0 * step))[1]
    assert coordinates.density(place)[0] - coordinates.target.density(mode)[0] == pytest.approx(volume, abs=1e-5)


def test_what_only_one_region_knows_moves_its_part_alone():
    random = np.random.default_rng(7)
    logs = 4.0 + np.cumsum(random.normal(0.06, 0.05, (4, 12, 2)), axis=1)
    coordinates = Coordinates.of(Target.of(Growing.of(np.arange(12.0), logs, is_partial=True, has_years=True)))
    places = coordinates.target.places
    place = coordinates.coordinates(places.join(np.zeros(places.shared_size), np.zeros((4, places.own_size))))
    common, each, _ = coordinates.parts(place)
    moved = place.copy()
    moved[places.shared_size + 2 * places.own_size :][: places.own_size] += 0.05
    other, others, _ = coordinates.parts(moved)
    assert other == common
    assert (others != each).tolist() == [False, False, True, False]
