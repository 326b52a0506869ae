"""Laws of equilibria that hold whatever the effects and rates: sets of made communities, counted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coevolve.engine.attractors import search
from coevolve.engine.boundedness import bounds, is_bounded, least_form
from coevolve.engine.certificates import global_stability
from coevolve.engine.complementarity import SOLVED, saturated
from coevolve.engine.equilibria import balanced_shares, eigenvalues, equilibria, equilibrium, is_feasible, is_stable
from coevolve.engine.growth import interaction, paths
from coevolve.engine.two_poles import REGIMES, regime

seeds = st.integers(0, 10_000)
sizes = st.integers(2, 8)


def community(seed, poles, low, high):
    random = np.random.default_rng([seed, poles])
    b = random.uniform(low, high, (poles, poles))
    np.fill_diagonal(b, 0.0)
    return b, random.uniform(0.05, 0.5, poles)


@given(seeds, sizes)
def test_what_is_saturated_is_in_equilibrium_and_cannot_be_entered(seed, poles):
    b, rate = community(seed, poles, -0.6, 1.6)
    shares, ended = saturated(b[None])
    found = equilibria(b[None], rate[None])
    if ended[0] == SOLVED:
        used = interaction(b) @ shares[0]
        assert (shares[0] >= 0).all()
        assert used.min() >= 1 - 1e-7
        assert np.abs(shares[0] * (used - 1)).max() <= 1e-7 * (1 + shares[0].max())
    assert not (found.is_stable & ~found.is_saturated).any()


def test_where_a_certificate_holds_the_saturated_rest_is_the_only_stable_one():
    certified = 0
    for poles in range(2, 9):
        for seed in range(60):
            b, rate = community(seed, poles, -1.4 / poles, 2.2 / poles)
            if global_stability(b).answer != "yes":
                continue
            certified += 1
            shares, ended = saturated(b[None])
            found = equilibria(b[None], rate[None])
            assert ended[0] == SOLVED
            assert found.is_stable[0].sum() == 1
            assert np.allclose(found.shares[0][found.is_stable[0]][0], shares[0], rtol=1e-8, atol=1e-10)
            assert bounds(b, rate).verdict == "bounded"
    assert certified >= 300


@settings(max_examples=25)
@given(seeds, st.integers(2, 4))
def test_a_certificate_holds_for_all_rates(seed, poles):
    b, _ = community(seed, poles, -0.9, 1.4)
    rates = np.exp(np.random.default_rng(seed).normal(-1.5, 1.5, (30, poles)))
    found = equilibria(np.broadcast_to(b, (30, poles, poles)), rates)
    if global_stability(b).answer == "yes":
        assert (found.is_stable.sum(axis=1) == 1).all()
        assert (found.is_stable == found.is_stable[0]).all()


@settings(max_examples=40)
@given(seeds, st.integers(2, 6))
def test_a_proof_of_bounds_and_a_proof_of_running_away_never_meet(seed, poles):
    from coevolve.engine.boundedness import _runaway

    b, rate = community(seed, poles, -1.5, 1.5)
    found = bounds(b, rate)
    away = _runaway(interaction(b), rate)
    assert found.verdict != "bounded" or not away.any()
    if is_bounded(b):
        assert found.verdict == "bounded"
    if found.verdict == "bounded":
        assert least_form(found.weights[:, None] * interaction(b))[0] > 0
        assert saturated(b[None])[1][0] in (0, 1)
        assert equilibria(b[None], rate[None]).is_saturated.any()


@given(seeds)
def test_the_least_form_is_below_every_point(seed):
    random = np.random.default_rng(seed)
    form = random.normal(0.0, 1.0, (5, 5))
    form = form + form.T
    value, where = least_form(form)
    points = random.dirichlet(np.full(5, 0.5), 500)
    assert where.sum() == pytest.approx(1.0)
    assert where @ form @ where == pytest.approx(value, abs=1e-9)
    assert value <= np.einsum("pi,ij,pj->p", points, form, points).min() + 1e-9


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_two_poles_swap_their_regime_when_they_swap_places(first, second):
    swapped = {"first alone": "second alone", "second alone": "first alone"}
    one, other = (REGIMES[int(regime(*pair))] for pair in ((first, second), (second, first)))
    assert swapped.get(one, one) == other


@given(seeds, sizes, st.floats(0.0, 0.03))
def test_on_the_balanced_path_every_pole_grows_as_its_capacity(seed, poles, growth):
    b, rate = community(seed, poles, -0.8 / poles, 1.0 / poles)
    shares = balanced_shares(b, rate, growth)
    assert np.abs(rate * (1 - interaction(b) @ shares) - growth).max() < 1e-12


def rivals(seed, poles):
    """A competitive community with several futures: most effects above one."""
    random = np.random.default_rng([seed, poles, 1])
    b = random.uniform(0.8, 2.5, (poles, poles))
    np.fill_diagonal(b, 0.0)
    return b, random.uniform(0.1, 0.4, poles)


def all_are_found(b, rate, starts):
    """How many stable rests the enumeration has, and that integration finds these and no other."""
    found = equilibria(b[None], rate[None])
    stable = {tuple(row) for row in found.present[found.is_stable[0]].tolist()}
    random = np.random.default_rng(0)
    reached = search(b, rate, random, starts)
    assert {tuple(row) for row in reached.present.tolist()} <= stable
    for row in found.present[found.is_stable[0]]:
        rest = equilibrium(b, tuple(map(int, np.flatnonzero(row))))
        slowest = -eigenvalues(b, rate, rest).real.max()
        near = np.log(np.maximum(rest, 1e-3)) + 1e-3 * random.standard_normal(len(rate))
        span = np.array([min(20.0 / slowest, 4_000.0)])
        end = np.exp(paths(near[None], rate[None], np.ones((1, len(rate))), b[None], span)[0, -1])
        assert np.abs(end - rest).max() < 0.02 or slowest < 5e-3
    return len(stable), reached


@pytest.mark.parametrize("poles", [3, 5])
def test_every_future_of_rivals_is_found(poles):
    several = 0
    for seed in range(8):
        stable, reached = all_are_found(*rivals(seed, poles), starts=20)
        several += stable > 1
        assert stable == 0 or len(reached.present) >= 1
    assert several >= 5


@pytest.mark.slow
@pytest.mark.parametrize("poles", [8, 12])
def test_every_future_of_many_rivals_is_found(poles):
    found = [all_are_found(*rivals(seed, poles), starts=200) for seed in range(10)]
    assert sum(stable > 1 for stable, _ in found) >= 8
    assert sum(len(reached.present) for _, reached in found) >= 0.8 * sum(stable for stable, _ in found)


def test_where_rates_decide_integration_agrees():
    """Three poles whose common rest is stable for some rates and not for others."""
    random = np.random.default_rng(1)
    b = random.uniform(-1.5, 2.0, (4000, 3, 3))
    rates = 0.3 * random.dirichlet(np.ones(3), 6) + 0.02
    by_rates = np.array([equilibria(b, np.broadcast_to(rate, (4000, 3))).is_stable[:, -1] for rate in rates])
    depends = np.flatnonzero(by_rates.any(axis=0) & ~by_rates.all(axis=0))
    assert len(depends) >= 30
    compared = 0
    for k in depends:
        rest = equilibrium(b[k], (0, 1, 2))
        assert bool(is_feasible(rest, (0, 1, 2)))
        for rate, stable in zip(rates, by_rates[:, k], strict=True):
            slowest = eigenvalues(b[k], rate, rest).real.max()
            if abs(slowest) < 0.003 or rest.max() > 5:
                continue
            compared += 1
            near = np.log(rest) + 1e-3
            end = paths(near[None], rate[None], np.ones((1, 3)), b[k][None], np.array([8.0 / abs(slowest)]))[0, -1]
            assert stable == bool(is_stable(b[k], rate, rest))
            assert stable == (np.abs(end - np.log(rest)).max() < 1e-3)
    assert compared >= 60
