"""What must hold of convergence whatever the numbers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from coevolve.engine.communities import numbered
from coevolve.engine.drift import false_discoveries, moving_together, rise_of
from coevolve.inquiry.key import Key
from coevolve.themes.convergence import equations, types_rule
from coevolve.themes.convergence.pairs import PairSettings, simulate_pairs

seeds = st.integers(0, 2**31)


@given(seeds, st.floats(0.01, 100.0), st.floats(-50.0, 50.0))
@settings(max_examples=20)
def test_a_rise_knows_no_unit_and_no_origin(seed: int, scale: float, shift: float) -> None:
    random = np.random.default_rng(seed)
    times, values = np.arange(15.0), random.normal(size=15).cumsum()
    segments = np.zeros(15, np.int64)
    first, second = rise_of(times, values, segments), rise_of(times, scale * values + shift, segments)
    assert first is not None
    assert second is not None
    assert abs(first.probability - second.probability) < 1e-6
    assert np.allclose(scale * first.centre, second.centre, rtol=1e-5, atol=1e-7 * scale)


@given(seeds)
@settings(max_examples=20)
def test_turned_upside_down_a_rise_is_a_fall(seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=14).cumsum()
    segments = np.zeros(14, np.int64)
    up, down = rise_of(np.arange(14.0), values, segments), rise_of(np.arange(14.0), -values, segments)
    assert up is not None
    assert down is not None
    assert abs(up.probability + down.probability - 1) < 1e-9
    assert abs(up.p - down.p) < 1e-9


@given(seeds, st.floats(-1e6, 1e6))
@settings(max_examples=15)
def test_nothing_is_measured_across_a_break(seed: int, jump: float) -> None:
    values = np.random.default_rng(seed).normal(size=18)
    segments = (np.arange(18) >= 8).astype(np.int64)
    plain = rise_of(np.arange(18.0), values, segments)
    moved = rise_of(np.arange(18.0), values + jump * segments, segments)
    assert plain is not None
    assert moved is not None
    assert np.isclose(plain.weight @ plain.centre, moved.weight @ moved.centre, rtol=1e-4, atol=1e-6 * (1 + abs(jump)))


@given(seeds, st.integers(2, 6))
def test_correlations_are_such(seed: int, many: int) -> None:
    found = moving_together(np.random.default_rng(seed).normal(size=(many, 12)), np.zeros(12, np.int64))
    assert np.allclose(np.diag(found), 1)
    assert np.linalg.eigvalsh(found).min() > 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0.01, 0.3))
def test_fewer_false_discoveries_count_at_a_lower_rate(p: list[float], rate: float) -> None:
    loose, strict = false_discoveries(np.array(p), rate), false_discoveries(np.array(p), rate / 2)
    assert (loose | ~strict).all()
    assert loose.sum() >= (np.array(p) <= rate / len(p)).sum()


@given(st.lists(st.integers(0, 4), min_size=2, max_size=30), seeds)
def test_likeness_of_groupings(labels: list[int], seed: int) -> None:
    other = np.random.default_rng(seed).integers(0, 3, len(labels))
    nmi = equations.normalised_mutual_information(labels, other)
    assert 0 <= nmi <= 1
    assert np.isclose(nmi, equations.normalised_mutual_information(other, labels))
    assert np.isclose(equations.normalised_mutual_information(labels, numbered(np.array(labels))), 1)
    assert np.isclose(equations.adjusted_rand(labels, numbered(np.array(labels))), 1)


@given(seeds, st.integers(3, 8))
def test_likenesses_are_cosines(seed: int, many: int) -> None:
    found = equations.cosines(np.random.default_rng(seed).gamma(0.5, 1.0, (many, many)))
    off = ~np.eye(many, dtype=bool)
    known = found[off][np.isfinite(found[off])]
    assert ((known >= -1e-9) & (known <= 1 + 1e-9)).all()
    assert np.allclose(found[off], found.T[off], equal_nan=True)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 100))
def test_chance_is_a_probability_that_falls_with_the_count(first: int, second: int, more: int) -> None:
    whole = first + second + more
    chances = [equations.chance_of_as_many(k, first, second, whole) for k in range(min(first, second) + 1)]
    assert all(0 <= one <= 1 for one in chances)
    assert np.isclose(chances[0], 1)
    assert all(a >= b - 1e-12 for a, b in pairwise(chances))


@given(seeds)
@settings(max_examples=20)
def test_turning_a_pair_round_turns_its_verdicts(seed: int) -> None:
    random = np.random.default_rng(seed)
    names = ("a_ab", "a_ba", "p_a", "p_b", "market", "b_ab", "b_ba", "share_a", "share_b")
    known = {name: random.normal(random.normal(), 1.0, 50) for name in names}
    risen = dict.fromkeys(("a_ab", "a_ba", "p_a", "p_b", "market"), True)
    plain = types_rule.judged(known, "A", "B", risen)
    turned = types_rule.judged(types_rule.mirrored(known), "B", "A", types_rule.mirrored(risen))
    first = {
        (one.type, one.first, one.second) if one.type in types_rule.DIRECTED else one.type: one.posterior
        for one in plain
    }
    second = {
        (one.type, one.first, one.second) if one.type in types_rule.DIRECTED else one.type: one.posterior
        for one in turned
    }
    assert first.keys() == second.keys()
    assert all(np.isclose(first[key], second[key], equal_nan=True) for key in first)


@given(seeds, st.integers(1, 30))
@settings(max_examples=10)
def test_simulated_pairs_are_the_same_for_the_same_key(seed: int, count: int) -> None:
    settings_ = PairSettings(years=12)
    first, again = (simulate_pairs(count, Key.of(seed, "pairs"), settings_) for _ in range(2))
    assert (first.values == again.values).all()
    assert (first.types == again.types).all()
    assert np.isfinite(first.values).all()
    assert ((first.degree >= 0) & (first.degree <= 1)).all()
    assert (first.degree[first.types == 0] == 0).all()
    assert (first.scale > 0).all()
