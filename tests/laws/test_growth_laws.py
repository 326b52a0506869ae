"""Laws of the growth equations that hold whatever the numbers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coevolve.engine.equilibria import equilibrium, is_feasible, is_stable, supports
from coevolve.engine.growth import log_growth, paths
from coevolve.engine.logistic import akaike_weights
from coevolve.themes.symbiosis.equations import RELATIONS, relation, relation_masses

effects = st.floats(-0.8, 1.6, allow_nan=False)
seeds = st.integers(0, 10_000)


@given(effects, effects)
def test_a_relation_does_not_depend_on_who_is_named_first(first, second):
    assert relation(first, second) == relation(second, first)
    assert relation(first, second) in RELATIONS


@given(seeds)
def test_relation_masses_add_up(seed):
    random = np.random.default_rng(seed)
    masses = relation_masses(random.normal(0, 0.3, 50), random.normal(0, 0.3, 50))
    assert abs(sum(masses.values()) - 1.0) < 1e-12


@given(seeds, st.integers(2, 4))
def test_at_an_equilibrium_the_poles_present_stand_still(seed, poles):
    random = np.random.default_rng(seed)
    b = random.uniform(-0.5, 0.9, (poles, poles))
    np.fill_diagonal(b, 0.0)
    rate = random.uniform(0.05, 0.5, poles)
    for present in (tuple(map(int, np.flatnonzero(row))) for row in supports(poles)):
        shares = equilibrium(b, present)
        if present and bool(is_feasible(shares, present)) and shares.max() < 100:
            with np.errstate(divide="ignore"):
                growth = log_growth(np.log(shares), rate, b)
            assert np.abs(growth[list(present)]).max() < 1e-8


@given(seeds)
def test_a_stable_rest_is_reached_from_nearby_and_an_unstable_one_left(seed):
    random = np.random.default_rng(seed)
    b = random.uniform(-0.5, 1.5, (2, 2))
    np.fill_diagonal(b, 0.0)
    rate = random.uniform(0.2, 0.5, 2)
    shares = equilibrium(b, (0, 1))
    if not (np.isfinite(shares).all() and shares.min() > 0.05 and shares.max() < 10):
        return
    slowest = np.linalg.eigvals(-(rate * shares)[:, None] * (b + np.eye(2))).real.max()
    if abs(slowest) < 0.02:
        return
    start = np.log(shares) + 1e-3
    end = paths(start[None], rate[None], np.ones((1, 2)), b[None], np.ones(300))[0, -1]
    is_near = np.abs(end - np.log(shares)).max() < 2e-3
    assert is_near == bool(is_stable(b, rate, shares))


@given(seeds, st.floats(0.01, 100.0))
def test_paths_scale_with_the_unit_and_stay_positive(seed, unit):
    random = np.random.default_rng(seed)
    b = random.uniform(-0.9, 1.5, (1, 2, 2))
    rate, capacity = random.uniform(0.05, 1.0, (1, 2)), np.exp(random.normal(4, 1, (1, 2)))
    start = np.log(capacity) + random.normal(0, 1, (1, 2))
    one = paths(start, rate, capacity, b, np.ones(30))
    other = paths(start + np.log(unit), rate, capacity * unit, b, np.ones(30))
    runaway = paths(start, rate, capacity, b - 2.0, np.ones(30))
    assert np.isfinite(one).all()
    assert np.isfinite(runaway).all()
    assert np.allclose(other - np.log(unit), one, rtol=1e-7, atol=1e-6)


@given(seeds)
def test_without_b_each_pole_goes_its_own_way(seed):
    random = np.random.default_rng(seed)
    rate, capacity = random.uniform(0.05, 0.5, (1, 3)), np.exp(random.normal(4, 1, (1, 3)))
    start = np.log(capacity) - random.uniform(0, 3, (1, 3))
    together = paths(start, rate, capacity, np.zeros((1, 3, 3)), np.ones(20))
    for k in range(3):
        alone = paths(start[:, k : k + 1], rate[:, k : k + 1], capacity[:, k : k + 1], np.zeros((1, 1, 1)), np.ones(20))
        assert np.allclose(together[:, :, k : k + 1], alone, rtol=0, atol=1e-12)


@given(seeds)
def test_help_never_lowers_and_harm_never_raises_the_other(seed):
    random = np.random.default_rng(seed)
    rate, capacity = random.uniform(0.05, 0.5, (1, 2)), np.ones((1, 2))
    start = np.log(random.uniform(0.05, 0.9, (1, 2)))
    b = random.uniform(0.0, 0.9)
    alone, helped, harmed = (
        paths(start, rate, capacity, np.array([[[0.0, effect], [0.0, 0.0]]]), np.ones(20))[0, :, 0]
        for effect in (0.0, -b, b)
    )
    assert (helped >= alone - 1e-12).all()
    assert (harmed <= alone + 1e-12).all()


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=4))
def test_akaike_weights_sum_to_one(values):
    weights = akaike_weights(np.array(values)[:, None], np.arange(2.0, 2.0 + len(values)), np.array([40.0]))
    assert abs(weights.sum() - 1.0) < 1e-12
