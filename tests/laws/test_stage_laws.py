"""Laws that formation and stage obey whatever the data."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coevolve.engine import formation, lumped
from coevolve.themes.order import formation_equations as equations
from coevolve.themes.order.stage_model import indicators
from coevolve.themes.order.stage_response import respond

SHARE = st.floats(0.0, 0.49)
COUNTS = arrays(np.int64, (12,), elements=st.integers(0, 500)).filter(lambda counts: counts.sum() > 0)


@given(COUNTS, st.floats(0, 3), SHARE, SHARE)
def test_choices_are_chances(counts: np.ndarray, feedback: float, external: float, spin_off: float) -> None:
    chance = lumped.choice(counts, np.full(12, 1 / 12), lumped.Rules(feedback, external, spin_off, 0.1))
    assert (chance >= 0).all()
    assert abs(chance.sum() - 1) < 1e-9


@given(COUNTS, st.floats(0, 3), SHARE, SHARE, st.randoms())
def test_regions_have_no_order(counts: np.ndarray, feedback: float, external: float, spin_off: float, random) -> None:
    order = list(range(12))
    random.shuffle(order)
    rules, pull = lumped.Rules(feedback, external, spin_off, 0.1), np.full(12, 1 / 12)
    turned = lumped.choice(counts[order], pull, rules)
    np.testing.assert_allclose(turned, lumped.choice(counts, pull, rules)[order], atol=1e-12)


@given(st.floats(0, 3), SHARE, SHARE)
def test_above_the_threshold_the_force_is_below_zero(feedback: float, external: float, spin_off: float) -> None:
    edge, force = equations.threshold(external, spin_off), equations.restoring_force(feedback, external, spin_off)
    if abs(feedback - edge) > 1e-9:
        assert (feedback > edge) == (force < 0)
    assert force <= 1


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.9))
def test_fluctuations_grow_as_the_force_fades(force: float, exit: float) -> None:
    assert equations.amplification(force, exit) >= equations.amplification(1.0, exit) - 1e-12
    assert equations.amplification(force / 2, exit) > equations.amplification(force, exit)


@settings(max_examples=15)
@given(st.integers(0, 2**31), st.floats(0, 2), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_simulator_loses_no_firm(
    seed: int, feedback: float, innovation: float, rivalry: float, tacit: float
) -> None:
    powers = formation.Powers(innovation, 0.5, rivalry, 0.2, tacit, 2)
    start = lumped.even(200, 7)
    course = formation.simulate(start, np.full(7, 1 / 7), (feedback, 0.2, 0.2, 0.2), powers, 12, seed)
    assert (course.counts.sum(axis=1) == 200).all()
    assert (course.counts >= 0).all()
    assert (course.leavers <= course.counts[:-1]).all()
    assert (course.leavers.sum(axis=1) == course.entrants.sum(axis=(1, 2))).all()
    assert (course.knowledge >= 0).all()


@settings(max_examples=20)
@given(st.integers(0, 2**31), st.floats(0.1, 50))
def test_the_answer_to_exits_knows_no_unit_and_no_order(seed: int, unit: float) -> None:
    draw = np.random.default_rng(seed)
    counts = draw.poisson(80, (20, 25)).astype(float) + 1
    exits = np.vstack([np.full((1, 25), np.nan), draw.poisson(8, (19, 25))])
    found = respond(counts, exits)
    order = draw.permutation(25)
    for other in (respond(unit * counts, unit * exits), respond(counts[:, order], exits[:, order])):
        np.testing.assert_allclose(other.slopes, found.slopes, rtol=1e-6)
        assert other.identified == found.identified


@settings(max_examples=20)
@given(st.integers(0, 2**31))
def test_autocorrelation_lies_between_minus_1_and_1(seed: int) -> None:
    counts = np.random.default_rng(seed).poisson(30, (12, 4, 9)).astype(float) + 1
    found = indicators(counts)
    assert found.shape == (4, 3)
    assert (np.abs(found[:, 0]) <= 1.5).all()
    assert (found[:, 1] > 0).all()
