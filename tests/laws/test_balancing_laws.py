"""What holds for every RAS and GRAS: margins met, zeros stay zeros, signs are kept, a balanced matrix stays itself."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings

from coevolve.engine.balancing import gras, ras


@st.composite
def worlds(draw: st.DrawFn, signed: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A matrix with zeros, and margins that some matrix of its pattern and signs has."""
    seed = draw(st.integers(0, 2**32 - 1))
    shape = draw(st.tuples(st.integers(2, 9), st.integers(2, 9)))
    share = draw(st.floats(0.4, 1.0))
    make = np.random.default_rng(seed)
    matrix = np.exp(make.normal(0, draw(st.floats(0.1, 2.0)), shape)) * (make.random(shape) < share)
    if signed:
        matrix *= np.where(make.random(shape) < 0.2, -1, 1)
    other = matrix * np.exp(make.normal(0, 0.4, shape))
    return matrix, other.sum(axis=1), other.sum(axis=0)


@given(worlds(signed=False))
@settings(max_examples=60)
def test_ras_meets_margins_and_keeps_zeros(world: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    matrix, rows, columns = world
    made = ras(matrix, rows, columns)
    assert made.is_balanced, made.words()
    np.testing.assert_allclose(made.matrix.sum(axis=1), rows, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(made.matrix.sum(axis=0), columns, rtol=1e-7, atol=1e-12)
    assert ((made.matrix == 0) == (matrix == 0)).all()


@given(worlds(signed=True))
@settings(max_examples=60)
def test_gras_meets_margins_and_keeps_signs(world: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    matrix, rows, columns = world
    made = gras(matrix, rows, columns)
    assert made.is_balanced, made.words()
    size = np.abs(made.matrix)
    assert (np.abs(made.matrix.sum(axis=1) - rows) <= 1e-7 * size.sum(axis=1) + 1e-12).all()
    assert (np.abs(made.matrix.sum(axis=0) - columns) <= 1e-7 * size.sum(axis=0) + 1e-12).all()
    assert (np.sign(made.matrix) == np.sign(matrix)).all()


@given(worlds(signed=True))
@settings(max_examples=40)
def test_a_matrix_brought_to_its_own_margins_stays_itself(world: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    matrix, rows, columns = world
    same = gras(matrix, matrix.sum(axis=1), matrix.sum(axis=0))
    np.testing.assert_allclose(same.matrix, matrix, rtol=1e-6, atol=1e-9)
    once = gras(matrix, rows, columns, tolerance=1e-11)
    twice = gras(once.matrix, rows, columns)
    np.testing.assert_allclose(twice.matrix, once.matrix, rtol=1e-5, atol=1e-8)


@given(worlds(signed=False), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_ras_does_not_depend_on_order_or_unit_and_turns_with_the_matrix(
    world: tuple[np.ndarray, np.ndarray, np.ndarray], seed: int
) -> None:
    matrix, rows, columns = world
    made = ras(matrix, rows, columns, tolerance=1e-12).matrix
    shuffle = np.random.default_rng(seed).permutation(len(rows))
    again = ras(matrix[shuffle] * 1000, rows[shuffle] * 1000, columns * 1000, tolerance=1e-12).matrix
    np.testing.assert_allclose(again, made[shuffle] * 1000, rtol=1e-6, atol=1e-7)
    turned = ras(matrix.T, columns, rows, tolerance=1e-12).matrix
    np.testing.assert_allclose(turned.T, made, rtol=1e-6, atol=1e-9)
