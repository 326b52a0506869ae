"""The saturated equilibrium: one rest that no absent pole can enter, found without looking at all combinations.

In shares of capacity z with A_ii = 1 and A_ij = b_ij it solves the linear complementarity problem (A, -1):

    z >= 0,   w = A z - 1 >= 0,   z_i w_i = 0                               Lemke (1965); Cottle, Pang & Stone (2009)

that is, every pole present stands still and no absent pole could grow. It exists whenever paths stay bounded. It is
a candidate for a stable equilibrium, no proof of one: where several poles drive each other out it may be unstable.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .equilibria import SINGULAR, eliminate
from .growth import interaction

Array = NDArray[np.float64]

SOLVED, RAY, TOO_LONG = 0, 1, 2
EVEN = 1e-11  # ratios closer than this are ties, decided lexicographically
STEPS = 60  # pivots allowed for each pole


def saturated(symbiosis: Array) -> tuple[Array, NDArray[np.int8]]:
    """Shares of capacity at a saturated equilibrium of each case (case, pole), by Lemke's algorithm.

    Beside the shares how it ended: SOLVED (0); RAY (1): the path of the algorithm ran off to infinity, which for
    matrices without bounded growth means that there may be none; TOO_LONG (2): more than 60 pivots a pole. The
    shares of a case that is not SOLVED are NaN. Ties between rows are decided lexicographically, so it cannot cycle.

    >>> shares, ended = saturated(np.array([[[0.0, 0.5], [1.5, 0.0]], [[0.0, -2.0], [-1.0, 0.0]]]))
    >>> shares[0].tolist(), ended.tolist()                    # the first drives out the second; help without bounds
    ([1.0, 0.0], [0, 1])
    """
    matrix = np.ascontiguousarray(interaction(symbiosis))
    shares = np.full(matrix.shape[:2], np.nan)
    ended = np.empty(len(matrix), np.int8)
    _lemke(matrix, shares, ended)
    return shares, ended


@njit(cache=True)
def _lemke(matrix: Array, shares: Array, ended: NDArray[np.int8]) -> None:
    """Solves w - A z - 1 z0 = -1, a table with the columns w (n), z (n), z0 and the right-hand side last."""
    cases, n = matrix.shape[0], matrix.shape[1]
    table, basis = np.empty((n, 2 * n + 2)), np.empty(n, np.int64)
    for c in range(cases):
        table[:, :] = 0.0
        for i in range(n):
            table[i, i] = 1.0
            for j in range(n):
                table[i, n + j] = -matrix[c, i, j]
            table[i, 2 * n] = -1.0
            table[i, 2 * n + 1] = -1.0
            basis[i] = i
        row = n - 1  # all right-hand sides are equal: the last row is the lexicographically smallest
        entering = 2 * n
        ended[c] = TOO_LONG
        for _ in range(STEPS * n):
            leaving = basis[row]
            _pivot(table, row, entering)
            basis[row] = entering
            if leaving == 2 * n:
                ended[c] = SOLVED
                break
            entering = leaving + n if leaving < n else leaving - n
            row = _leaving_row(table, basis, entering)
            if row < 0:
                ended[c] = RAY
                break
        if ended[c] == SOLVED:
            _write(matrix[c], table, basis, shares[c])


@njit(cache=True)
def _write(matrix: Array, table: Array, basis: NDArray[np.int64], shares: Array) -> None:
    """The shares of the basis reached, solved anew for the poles present: pivots leave rounding errors behind."""
    n = matrix.shape[0]
    shares[:] = 0.0
    k = 0
    members = np.empty(n, np.int64)
    for i in range(n):
        if n <= basis[i] < 2 * n:
            shares[basis[i] - n] = max(table[i, 2 * n + 1], 0.0)
            members[k] = basis[i] - n
            k += 1
    block = np.ones((n, n + 1))
    for i in range(k):
        for j in range(k):
            block[i, j] = matrix[members[i], members[j]]
        block[i, k] = 1.0
    if eliminate(block, k, SINGULAR):
        for i in range(k):
            shares[members[i]] = max(block[i, k], 0.0)


@njit(cache=True)
def _pivot(table: Array, row: int, column: int) -> None:
    table[row] /= table[row, column]
    for i in range(table.shape[0]):
        if i != row and table[i, column] != 0.0:
            table[i] -= table[i, column] * table[row]


@njit(cache=True)
def _leaving_row(table: Array, basis: NDArray[np.int64], column: int) -> int:
    """The row with the lexicographically smallest (right-hand side, inverse of the basis) over the entering column;
    z0 leaves where it can; -1 when no row bounds the entering variable."""
    n = table.shape[0]
    last = 2 * n + 1
    best = -1
    for i in range(n):
        if table[i, column] <= EVEN:
            continue
        if best < 0:
            best = i
            continue
        for place in range(-1, n):
            at = last if place < 0 else place
            ours, theirs = table[i, at] / table[i, column], table[best, at] / table[best, column]
            if abs(ours - theirs) > EVEN * (1.0 + abs(ours)):
                if ours < theirs:
                    best = i
                break
            if place < 0 and basis[i] == 2 * n:
                best = i
                break
            if place < 0 and basis[best] == 2 * n:
                break
    return best
