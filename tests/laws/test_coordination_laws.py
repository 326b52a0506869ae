"""Laws that coordination obeys whatever the data."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coevolve.themes.order import draws as resample
from coevolve.themes.order import equations
from coevolve.themes.order.model import Scheme, measure, scores_of

LEVEL = st.one_of(st.just(0.0), st.floats(1e-6, 1.0))
SCORES = st.integers(2, 6).flatmap(lambda n: arrays(float, (n,), elements=LEVEL))
POSITIVE = st.integers(2, 6).flatmap(lambda n: arrays(float, (n,), elements=st.floats(1e-6, 1.0)))
VALUES = arrays(float, (24, 5), elements=st.floats(-1e6, 1e6))
SIZES = (2, 3)
REGION = np.repeat(np.arange(8), 3)


def varies(values: np.ndarray) -> bool:
    """Whether every column spreads enough for its scale to be more than rounding."""
    return bool((np.ptp(values, axis=0) > 1e-3 * (1 + np.abs(values).max(axis=0))).all())


@given(SCORES)
def test_coupling_lies_between_0_and_1(scores: np.ndarray) -> None:
    for form in (equations.coupling_degree, equations.coupling_degree_wang2021):
        coupling = form(scores)
        if scores.max() == 0:
            assert np.isnan(coupling)
        else:
            assert 0 <= coupling <= 1


@given(SCORES, st.randoms())
def test_order_of_subsystems_does_not_matter(scores: np.ndarray, random) -> None:
    mixed = scores.tolist()
    random.shuffle(mixed)
    for form in (equations.coupling_degree, equations.coupling_degree_wang2021):
        np.testing.assert_allclose(form(mixed), form(scores), rtol=1e-9)


@given(POSITIVE)
def test_degree_squared_is_the_geometric_mean(scores: np.ndarray) -> None:
    shares = np.full(len(scores), 1 / len(scores))
    coupling, index = equations.coupling_degree(scores), equations.coordination_index(scores, shares)
    degree = equations.coupling_coordination_degree(coupling, index)
    np.testing.assert_allclose(degree**2, np.exp(np.log(scores).mean()), rtol=1e-9)


@given(POSITIVE, st.floats(0.01, 1.0))
def test_standard_coupling_is_free_of_scale(scores: np.ndarray, factor: float) -> None:
    np.testing.assert_allclose(equations.coupling_degree(scores * factor), equations.coupling_degree(scores), rtol=1e-9)


@given(st.floats(1e-3, 1.0), st.integers(2, 6))
def test_equal_scores_are_fully_coupled_in_both_forms(level: float, n: int) -> None:
    for form in (equations.coupling_degree, equations.coupling_degree_wang2021):
        np.testing.assert_allclose(form(np.full(n, level)), 1, rtol=1e-12)


@given(st.floats(0.01, 1.0), st.integers(2, 6))
def test_wang_form_of_one_high_and_the_rest_alike(x: float, n: int) -> None:
    """U = (1, x, ..., x): the second factor is x for every n, which only the root 1/(n-1) gives."""
    apart = 2 * (1 - x) / n
    found = equations.coupling_degree_wang2021(np.array([1.0] + [x] * (n - 1)))
    np.testing.assert_allclose(found, np.sqrt((1 - apart) * x), rtol=1e-9)


@given(VALUES, arrays(float, (5,), elements=st.floats(1e-3, 1e3)), arrays(float, (5,), elements=st.floats(-1e3, 1e3)))
def test_units_do_not_matter(values: np.ndarray, factor: np.ndarray, shift: np.ndarray) -> None:
    assume(varies(values) and varies(values * factor + shift))
    scheme = Scheme.of(SIZES, [False, True, False, False, True])
    one, other = measure(values, scheme), measure(values * factor + shift, scheme)
    np.testing.assert_allclose(other.y, one.y, atol=1e-9)
    np.testing.assert_allclose(other.weight, one.weight, atol=1e-7)


@given(VALUES, st.permutations(range(24)))
def test_order_of_rows_does_not_matter(values: np.ndarray, order: list[int]) -> None:
    assume(varies(values))
    scheme = Scheme.of(SIZES)
    one, other = measure(values, scheme), measure(values[order], scheme)
    np.testing.assert_allclose(other.weight, one.weight, atol=1e-12)
    np.testing.assert_allclose(other.scores, one.scores[:, order], atol=1e-12)


@given(VALUES, st.sampled_from(["entropy", "critic", "equal", "blend"]))
def test_weights_are_shares_of_their_subsystem(values: np.ndarray, weights: str) -> None:
    assume(varies(values))
    index = measure(values, Scheme.of(SIZES, weights=weights))
    assert (index.weight >= 0).all()
    np.testing.assert_allclose([index.weight[:2].sum(), index.weight[2:].sum()], 1, rtol=1e-9)
    assert ((index.scores >= 0) & (index.scores <= 1 + 1e-12)).all()


@given(st.integers(50, 400), st.floats(0.01, 0.25), st.integers(0, 2**32 - 1))
def test_redundancy_is_near_half_the_squared_coefficient_of_variation(rows: int, cv: float, seed: int) -> None:
    """1 - e = CV^2 / (2 ln m) to second order; the next term is the skewness times CV^3 / (6 ln m)."""
    draw = np.random.default_rng(seed).uniform(-1, 1, rows)
    column = 1 + cv * (draw - draw.mean()) / draw.std()
    found = equations.entropy_redundancy(column[:, None])[0]
    np.testing.assert_allclose(found, cv**2 / (2 * np.log(rows)), rtol=0.08)


@given(arrays(float, (6, 4), elements=st.floats(0, 1)), arrays(float, (4,), elements=st.floats(0.01, 1)))
def test_obstacles_sum_to_one_or_nothing_is_left_to_gain(y: np.ndarray, weights: np.ndarray) -> None:
    total = equations.obstacle_degrees(y, weights).sum(axis=1)
    np.testing.assert_allclose(total[(y < 1 - 1e-9).any(axis=1)], 1, rtol=1e-9)
    assert np.isnan(total[(y == 1).all(axis=1)]).all()


@given(st.floats(0, 1), st.sampled_from(["right", "left"]))
def test_every_degree_has_the_grade_of_its_tenth(degree: float, closure: str) -> None:
    place = int(equations.grade(degree, closure))
    assert place / 10 - 1e-12 <= round(degree, 12) <= (place + 1) / 10 + 1e-12


@settings(max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["entropy", "critic", "equal", "blend"]),
    st.sampled_from(["standard", "wang2021"]),
    arrays(bool, (5,)),
)
def test_matrix_draws_equal_measuring_each_resample(seed: int, weights: str, form: str, pooled: np.ndarray) -> None:
    """Every draw is what one gets by really stacking the drawn regions and measuring all regions with the result."""
    generator = np.random.default_rng(seed)
    values = np.exp(generator.normal(size=(24, 5))) * (generator.random((24, 5)) < 0.9)
    scheme = Scheme.of(SIZES, [False, True, False, True, False], weights, form)
    index = measure(values, scheme)
    counts = resample.draw_counts(generator, 8, 6)
    counts = counts[(counts > 0).sum(axis=1) > 2]
    found = resample.draw(index.y, REGION, scheme, pooled, counts)
    assert found.lost == 0
    scores = resample.draw_degrees(index.y, found, scheme)[0]
    for d in range(len(counts)):
        rows = np.repeat(np.arange(24), counts[d][REGION].astype(int))
        low = np.where(pooled, values[rows].min(axis=0), index.low)
        high = np.where(pooled, values[rows].max(axis=0), index.high)
        drawn = measure(values[rows], scheme, low, high)
        everyone = measure(values, scheme, low, high)
        np.testing.assert_allclose(found.weight[d], drawn.weight, atol=1e-9)
        np.testing.assert_allclose(scores[..., d], scores_of(everyone.y, drawn.weight, scheme), atol=1e-9)


@given(st.integers(1, 40), st.integers(1, 7), st.integers(0, 50), st.integers(1, 500))
def test_pieces_cover_all_rows_once_and_never_cut_a_region(regions: int, years: int, draws: int, cells: int) -> None:
    region = np.repeat(np.arange(regions), years)
    cut = list(resample.pieces(region, draws, cells))
    assert [piece.start for piece in cut] == [0, *(piece.stop for piece in cut[:-1])]
    assert cut[-1].stop == len(region)
    assert all(piece.stop % years == 0 for piece in cut)
