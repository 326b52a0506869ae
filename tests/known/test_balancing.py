"""RAS and GRAS against the book's example, plain loops, convex programming and patterns worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from coevolve.engine.balancing import WORDS, gras, ras

# Miller & Blair, Input-Output Analysis (2nd ed.), section 7.4.2: old coefficients, new output and new flows.
OLD = np.array([[0.120, 0.100, 0.049], [0.210, 0.247, 0.265], [0.026, 0.249, 0.145]])
OUTPUT = np.array([421.0, 284.0, 283.0])
NEW = np.array([[98.0, 72, 75], [65, 8, 63], [88, 27, 44]])


def loop(matrix: np.ndarray, rows: np.ndarray, columns: np.ndarray, rounds: int = 2000) -> np.ndarray:
    """RAS as the book tells it: rows, then columns, again and again."""
    made = matrix.copy()
    for _ in range(rounds):
        made = np.diag(rows / made.sum(axis=1)) @ made
        made = made @ np.diag(columns / made.sum(axis=0))
    return made


def textbook_gras(matrix: np.ndarray, rows: np.ndarray, columns: np.ndarray, rounds: int = 3000) -> np.ndarray:
    """GRAS as in Lenzen et al. (2007): alternate row and column multipliers of P and N."""
    p, n = np.maximum(matrix, 0), np.maximum(-matrix, 0)
    s = np.ones(len(columns))
    for _ in range(rounds):
        pr, nr = p @ s, n @ (1 / s)
        r = np.where(pr > 0, (rows + np.sqrt(rows**2 + 4 * pr * nr)) / np.where(pr > 0, 2 * pr, 1), -nr / rows)
        pc, nc = r @ p, (1 / r) @ n
        s = np.where(pc > 0, (columns + np.sqrt(columns**2 + 4 * pc * nc)) / np.where(pc > 0, 2 * pc, 1), -nc / columns)
    return r[:, None] * p * s - n / r[:, None] / s


def test_the_books_example_equals_the_books_loop() -> None:
    flows, rows, columns = OLD * OUTPUT, NEW.sum(axis=1), NEW.sum(axis=0)
    assert rows.tolist() == [245, 136, 159]
    assert columns.tolist() == [251, 107, 182]
    balanced = ras(flows, rows, columns, tolerance=1e-12)
    assert balanced.is_balanced
    np.testing.assert_allclose(balanced.matrix, loop(flows, rows, columns), rtol=1e-10)
    np.testing.assert_allclose(balanced.matrix.sum(axis=1), rows, rtol=1e-12)
    product = balanced.row_factor[:, None] * flows * balanced.column_factor
    np.testing.assert_allclose(product, balanced.matrix, rtol=1e-14)


def test_ras_is_the_nearest_matrix_in_relative_entropy() -> None:
    """An independent road to the same matrix: constrained minimisation of sum x ln(x / a) - x."""
    flows, rows, columns = OLD * OUTPUT, NEW.sum(axis=1), NEW.sum(axis=0)
    made = ras(flows, rows, columns, tolerance=1e-12).matrix
    limits = [
        {"type": "eq", "fun": lambda z: z.reshape(3, 3).sum(axis=1) - rows},
        {"type": "eq", "fun": lambda z: (z.reshape(3, 3).sum(axis=0) - columns)[:2]},
    ]
    start = np.outer(rows, columns) / rows.sum()
    found = minimize(
        lambda z: float((z * np.log(z / flows.ravel()) - z).sum()),
        start.ravel(),
        jac=lambda z: np.log(z / flows.ravel()),
        bounds=[(1e-6, None)] * 9,
        constraints=limits,
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    np.testing.assert_allclose(made.ravel(), found.x, rtol=1e-4)


def test_gras_equals_the_textbook_form_with_negative_cells_margins_and_a_row_without_positive_ones() -> None:
    matrix = np.array([[7.0, 3, 5, -3], [2, 9, 8, 1], [-2, 0, 2, 1], [0, -4, -1, 0]])
    rows, columns = np.array([15.0, 26, -1, -6]), np.array([9.0, 16, 17, -8])
    balanced = gras(matrix, rows, columns, tolerance=1e-13)
    assert balanced.is_balanced
    np.testing.assert_allclose(balanced.matrix, textbook_gras(matrix, rows, columns), atol=1e-9)
    np.testing.assert_allclose(balanced.matrix.sum(axis=0), columns, atol=1e-10)
    np.testing.assert_allclose(balanced.matrix.sum(axis=1), rows, atol=1e-10)
    assert (np.sign(balanced.matrix) == np.sign(matrix)).all()


def test_gras_without_negative_cells_is_ras() -> None:
    flows, rows, columns = OLD * OUTPUT, NEW.sum(axis=1), NEW.sum(axis=0)
    np.testing.assert_array_equal(gras(flows, rows, columns).matrix, ras(flows, rows, columns).matrix)


def test_acceleration_takes_fewer_sweeps_than_the_plain_loop() -> None:
    draw = np.random.default_rng(3)
    matrix = np.exp(draw.normal(0, 3, (300, 300))) * (draw.random((300, 300)) < 0.6)
    rows, columns = (matrix.sum(axis=1 - k) * np.exp(draw.normal(0, 0.25, 300)) for k in range(2))
    columns = columns * rows.sum() / columns.sum()
    balanced = ras(matrix, rows, columns)
    plain, sweeps = matrix.copy(), 0
    while np.abs(plain.sum(axis=0) / columns - 1).max() > 1e-8 or sweeps == 0:
        plain = plain * (columns / plain.sum(axis=0))
        plain = plain * (rows / plain.sum(axis=1))[:, None]
        sweeps += 1
    assert balanced.is_balanced
    assert balanced.sweeps < sweeps / 3
    np.testing.assert_allclose(balanced.matrix, plain, rtol=1e-5, atol=1e-9)


def test_a_row_without_cells_is_named() -> None:
    balanced = ras(np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([2.0, 1.0]), np.array([1.0, 2.0]))
    assert (balanced.trouble, balanced.rows.tolist(), balanced.columns.tolist()) == ("sign", [1], [])
    assert balanced.words(["farms", "mines"]).endswith("the target of row mines")
    assert balanced.sweeps == 0


def test_a_row_whose_cells_stand_in_columns_that_must_vanish_is_named() -> None:
    balanced = ras(np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([2.0, 1.0]), np.array([0.0, 3.0]))
    assert (balanced.trouble, balanced.rows.tolist()) == ("sign", [1])


def test_a_sign_that_cannot_be_is_named() -> None:
    balanced = gras(np.array([[-1.0, 2.0], [0.0, 3.0]]), np.array([2.0, 1.0]), np.array([1.0, 2.0]))
    assert (balanced.trouble, balanced.columns.tolist()) == ("sign", [0])


def test_zeros_that_leave_too_little_room_are_named_with_all_that_they_reach() -> None:
    """Rows a and b sell to x alone, and x takes less than both must sell."""
    matrix = np.array([[1.0, 0, 0], [2, 0, 0], [1, 1, 1]])
    balanced = ras(matrix, np.array([5.0, 5, 5]), np.array([5.0, 5, 5]))
    assert (balanced.trouble, balanced.rows.tolist(), balanced.columns.tolist()) == ("pattern", [0, 1], [0])
    assert balanced.words("abc", "xyz") == f"{WORDS['pattern']} row a, row b, column x"


def test_totals_that_differ_negative_cells_and_numbers_that_are_none_are_refused() -> None:
    matrix = np.ones((2, 2))
    assert ras(matrix, np.array([1.0, 1.0]), np.array([1.0, 2.0])).trouble == "totals"
    refused = ras(np.array([[1.0, -1.0], [1.0, 1.0]]), np.ones(2), np.ones(2))
    assert (refused.trouble, refused.rows.tolist(), refused.columns.tolist()) == ("negative", [0], [1])
    broken = gras(np.array([[1.0, np.nan], [1.0, 1.0]]), np.ones(2), np.ones(2))
    assert (broken.trouble, broken.rows.tolist(), broken.columns.tolist()) == ("numbers", [0], [1])


def test_too_few_sweeps_are_said_and_the_last_matrix_is_given() -> None:
    flows, rows, columns = OLD * OUTPUT, NEW.sum(axis=1), NEW.sum(axis=0)
    balanced = ras(flows, rows, columns, tolerance=1e-15, most=2)
    assert balanced.trouble == "sweeps"
    assert len(balanced.columns) > 0
    np.testing.assert_allclose(balanced.matrix.sum(axis=1), rows, rtol=1e-12)


def test_rows_and_columns_without_anything_stay_empty() -> None:
    matrix = np.array([[1.0, 2, 0], [0, 0, 0], [3, 1, 0]])
    balanced = ras(matrix, np.array([4.0, 0, 3]), np.array([5.0, 2, 0]))
    assert balanced.is_balanced
    assert balanced.matrix[1].tolist() == [0, 0, 0]
    assert balanced.matrix[:, 2].tolist() == [0, 0, 0]


@pytest.mark.parametrize("method", [ras, gras])
def test_nothing_given_is_changed(method: object) -> None:
    flows, rows, columns = OLD * OUTPUT, NEW.sum(axis=1), NEW.sum(axis=0)
    before = flows.copy(), rows.copy(), columns.copy()
    assert callable(method)
    method(flows, rows, columns)
    for one, other in zip((flows, rows, columns), before, strict=True):
        np.testing.assert_array_equal(one, other)
