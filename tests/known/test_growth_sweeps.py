"""Draws block by block: against normal densities known in closed form, and against sums over a grid."""

import numpy as np
import pytest
from scipy import stats

from coevolve.engine import sweeps
from coevolve.engine.growth_crowding import Coordinates
from coevolve.engine.growth_panel import Growing
from coevolve.engine.growth_redraw import Redrawing, Walk, closed
from coevolve.engine.growth_sample import sample_growth
from coevolve.engine.growth_target import Target
from coevolve.engine.whitening import Arrow
from coevolve.evidence.panel import Panel
from coevolve.themes.symbiosis.questions import Symbiosis
from coevolve.themes.symbiosis.sample import sample_of

REGIONS, SIZE, SHARED = 4, 2, 3


def normal_density(random):
    """A normal in which own unknowns depend on the shared ones; its mean and covariance."""
    total = SHARED + REGIONS * SIZE
    precision = np.zeros((total, total))
    for r in range(REGIONS):
        at = np.r_[0:SHARED, SHARED + r * SIZE : SHARED + (r + 1) * SIZE]
        root = random.normal(size=(len(at), len(at))) + 2.0 * np.eye(len(at))
        precision[np.ix_(at, at)] += root @ root.T
    mean = random.normal(size=total)
    own = [np.r_[SHARED + r * SIZE : SHARED + (r + 1) * SIZE] for r in range(REGIONS)]

    def parts(x):
        away = x - mean
        slope = -precision @ away
        shared = away[:SHARED]
        common = -0.5 * shared @ precision[:SHARED, :SHARED] @ shared
        each = [
            -0.5 * away[at] @ precision[np.ix_(at, at)] @ away[at] - shared @ precision[:SHARED][:, at] @ away[at]
            for at in own
        ]
        return float(common), np.array(each), slope

    return parts, mean, np.linalg.inv(precision)


def test_sweeps_find_the_mean_and_covariance_of_a_normal():
    parts, mean, covariance = normal_density(np.random.default_rng(1))
    whole = lambda x: (parts(x)[0] + parts(x)[1].sum(), parts(x)[2])  # noqa: E731
    arrow = Arrow.at(whole, np.zeros_like(mean), SHARED, REGIONS)
    chain = sweeps.sample(parts, arrow, np.zeros_like(mean), np.random.default_rng(2), draws=3000)
    found = np.array([arrow.unknowns(z) for z in chain.draws])
    scale = np.sqrt(np.diag(covariance))
    assert np.abs((found.mean(axis=0) - mean) / scale).max() < 0.12
    assert np.abs(np.cov(found.T) - covariance).max() < 0.12 * scale.max() ** 2
    assert chain.divergences == 0


def test_whitening_leads_there_and_back():
    parts, mean, _ = normal_density(np.random.default_rng(3))
    whole = lambda x: (parts(x)[0] + parts(x)[1].sum(), parts(x)[2])  # noqa: E731
    arrow = Arrow.at(whole, mean, SHARED, REGIONS)
    z = np.random.default_rng(4).normal(size=len(mean))
    assert arrow.standard(arrow.unknowns(z)) == pytest.approx(z, abs=1e-10)


@pytest.fixture(scope="module")
def small():
    """A small panel, and unknowns at which its density is worth a look."""
    random = np.random.default_rng(5)
    logs = 4.0 + np.cumsum(random.normal(0.06, 0.05, (5, 9, 2)), axis=1)
    coordinates = Coordinates.of(Target.of(Growing.of(np.arange(9.0), logs, is_partial=True, has_years=True)))
    places = coordinates.target.places
    shared, own = random.normal(0.0, 0.2, places.shared_size), random.normal(0.0, 0.3, (5, places.own_size))
    own[:, places.own["rate"]] -= 1.0
    shared[places.shared["rate_mean"]] -= 1.0
    for name in ("measurement", "process", "year"):
        shared[places.shared[name]] -= 3.0
    for name in ("spread_rate", "spread_b"):
        shared[places.shared[name]] -= 1.0
    return coordinates, places.join(shared, own)


def redrawn(small, count):
    (coordinates, unknowns), random = small, np.random.default_rng(6)
    return np.array([closed(coordinates.target, unknowns, random) for _ in range(count)])


def assert_drawn_from(log_density, drawn):
    """That these values are draws from a density in one dimension, by its sum over a grid."""
    grid = np.linspace(drawn.min() - 1.0, drawn.max() + 1.0, 1500)
    logs = np.array([log_density(value) for value in grid])
    weight = np.exp(logs - logs.max())
    shares = np.interp(drawn, grid, np.cumsum(weight) / weight.sum())
    assert stats.kstest(shares, "uniform").pvalue > 0.01


@pytest.mark.parametrize("name", ["rate", "capacity"])
def test_means_are_drawn_from_what_the_density_says(small, name):
    """Given the parts and their spread."""
    coordinates, unknowns = small
    at = coordinates.target.places.shared[f"{name}_mean"].start

    def log_density(value):
        moved = unknowns.copy()
        moved[at] = value
        return coordinates.target.density(moved)[0]

    assert_drawn_from(log_density, redrawn(small, 300)[:, at])


def test_spreads_of_year_effects_are_drawn_from_what_the_density_says(small):
    """Given the effects themselves, with the log of the Jacobian."""
    coordinates, unknowns = small
    places = coordinates.target.places
    at, effects = places.shared["year"].start, places.shared["years"]

    def log_density(value):
        moved = unknowns.copy()
        moved[at] = value
        raw = moved[effects].reshape(-1, 2)
        raw[:, 0] *= np.exp(unknowns[at] - value)
        moved[effects] = raw.ravel()
        return coordinates.target.density(moved)[0] - len(raw) * value

    assert_drawn_from(log_density, redrawn(small, 300)[:, at])


@pytest.mark.parametrize("name", ["rate_mean", "capacity_mean", "b"])
def test_means_walk_with_all_about_them_where_the_density_is(small, name):
    """The first of each, all else standing: capacities go with their mean, rates and b do as their parts do."""
    coordinates, unknowns = small
    target, places = coordinates.target, coordinates.target.places
    at, random = places.shared[name].start, np.random.default_rng(12)

    def moved(value):
        shared, own = (part.copy() for part in places.split(unknowns))
        if name == "capacity_mean":
            own[:, places.own["capacity"].start] += value - shared[at]
        shared[at] = value
        return places.join(shared, own)

    value, drawn = unknowns[at], []
    for _ in range(6000):
        walk = Walk.at(target, moved(value))
        walk.means(random, [name])
        value = walk.place[at]  # moves of the next are undone
        drawn.append(value)
    assert_drawn_from(lambda value: target.density(moved(value))[0], np.array(drawn[300::30]))


def test_what_is_redrawn_leaves_effects_rates_and_capacities_as_they_are(small):
    coordinates, unknowns = small
    target, after = coordinates.target, redrawn(small, 1)[0]
    before, later = target.values(unknowns), target.values(after)
    for name in ("rate", "capacity", "b", "years"):
        assert getattr(later, name) == pytest.approx(getattr(before, name), abs=1e-9)
    assert (later.spread_b, later.spread_rate) != (before.spread_b, before.spread_rate)


def test_noise_scales_walk_where_the_density_is():
    """One region, two poles: the sd of counting against sums over a grid, all else held."""
    random = np.random.default_rng(8)
    logs = 4.0 + 0.05 * np.arange(8.0)[None, :, None] + 0.05 * random.normal(size=(1, 8, 2))
    coordinates = Coordinates.of(Target.of(Growing.of(np.arange(8.0), logs)))
    target, places = coordinates.target, coordinates.target.places
    unknowns = places.join(np.full(places.shared_size, -0.5), np.full((1, places.own_size), -0.5))
    at = places.shared["measurement"].start
    kept = [k for k in range(len(unknowns)) if k != at]
    redraw, here, drawn = Redrawing(coordinates), unknowns.copy(), []
    for _ in range(6000):
        here = coordinates.unknowns(redraw(coordinates.coordinates(here), random))
        here[kept] = unknowns[kept]
        drawn.append(here[at])

    def log_density(value):
        moved = unknowns.copy()
        moved[at] = value
        return target.density(moved)[0]

    # moves of the other scales are undone, which leaves the walk of this one alone as it is
    assert_drawn_from(log_density, np.array(drawn[200::20]))


def test_the_same_seed_gives_the_same_draws():
    random = np.random.default_rng(9)
    logs = 4.0 + np.cumsum(random.normal(0.06, 0.03, (3, 9, 2)), axis=1)
    growing = Growing.of(np.arange(9.0), logs, is_partial=True)
    first, second = (sample_growth(growing, np.random.default_rng(1), draws=20, warm_up=20) for _ in range(2))
    assert first.symbiosis.tobytes() == second.symbiosis.tobytes()
    assert np.isfinite(first.capacity).all()


def sample(regions, years, poles):
    names = tuple(f"pole {k}" for k in range(poles))
    values = np.exp(np.random.default_rng(2).normal(5.0, 0.1, (regions, poles, years)))
    made = Panel.of(
        {"firms": values}, regions=[f"R{k}" for k in range(regions)], periods=range(years), industries=names
    )
    return sample_of(made.series("firms"))


@pytest.mark.parametrize(
    ("regions", "options", "expected"),
    [
        (12, {}, "chains"),
        (1, {}, "laplace"),
        (12, {"pooling": "none"}, "laplace"),
        (12, {"inference": "laplace"}, "laplace"),
        (200, {}, "laplace"),
        (1, {"law": "predator_prey"}, "chains"),
    ],
)
def test_regions_together_are_drawn_by_chains_while_that_takes_minutes(regions, options, expected):
    asked = Symbiosis(panel="p", of="firms", poles=("pole 0", "pole 1"), **options)
    assert asked._settings(sample(regions, 20, 2), is_published=False).inference == expected
