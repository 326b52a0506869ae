"""Whether growth stays within bounds from every start, or mutual help can run away: on arrays.

With A_ii = 1 and A_ij = b_ij, weights d > 0 that make D A strictly copositive,

    x' D A x > 0 for all x >= 0 other than 0                    Hofbauer & Sigmund (1998), section 15.2

keep every path bounded, whatever the rates: sum_i d_i z_i / R_i falls wherever shares are large.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .certificates import global_stability, m_matrix_weights
from .equilibria import MOST_POLES, eliminate, supports
from .growth import interaction

Array = NDArray[np.float64]
Verdict = Literal["bounded", "unbounded", "not decided"]

CUTS = 80  # rounds of the cutting-plane search
EDGE = 1e-12  # of the spectral radius: b_12 b_21 = 1 exactly runs away
CLEAR = 1e-9  # forms smaller than this on shares that sum to one decide nothing


@dataclass(frozen=True)
class Bounds:
    """The verdict for one case, with the weights (pole,) that prove "bounded", else NaN, and for "unbounded" the poles
    (pole,) whose help runs away even when all others are absent."""

    verdict: Verdict
    weights: Array
    runaway: NDArray[np.bool_]


def bounds(symbiosis: Array, rate: Array) -> Bounds:
    """Whether all paths of one case stay bounded; `symbiosis` (pole, pole), `rate` (pole,).

    "bounded": weights were found (for all rates). "unbounded": with these rates, some poles by themselves have a
    path that grows without end; other starts may still settle. Two poles are always decided: they are unbounded if
    and only if both b < 0 and b_12 b_21 >= 1. So are any number of poles where all b <= 0: bounded if and only if the
    spectral radius of -B is below one. Otherwise up to 12 poles are searched for weights, each try checked exactly;
    beyond 12 only sufficient conditions are tried.

    >>> help_ = np.array([[0.0, -1.2], [-1.0, 0.0]])
    >>> bounds(help_, np.array([0.2, 0.2])).verdict, bounds(0.5 * help_, np.array([0.2, 0.2])).verdict
    ('unbounded', 'bounded')
    """
    matrix = interaction(symbiosis)
    n = len(matrix)
    none = np.zeros(n, bool)
    for weights in (np.ones(n), _help_weights(matrix)):
        if np.isfinite(weights).all() and _holds(matrix, weights):
            return Bounds("bounded", weights, none)
    runaway = _runaway(matrix, rate)
    if runaway.any():
        return Bounds("unbounded", np.full(n, np.nan), runaway)
    if n > MOST_POLES:
        found = global_stability(symbiosis)
        return Bounds("bounded" if found.answer == "yes" else "not decided", found.weights, none)
    weights = _by_cuts(matrix)
    return Bounds("bounded" if np.isfinite(weights).all() else "not decided", weights, none)


def is_bounded(symbiosis: Array) -> NDArray[np.bool_]:
    """A quick sufficient test for many cases (..., pole, pole): help alone does not feed itself, whatever the rates.

    The spectral radius of the helping part max(-b, 0) is below one: then its M-matrix gives the weights. For two
    poles the exact test: not both b < 0 with b_12 b_21 >= 1. Where all b <= 0 it is exact too.

    >>> is_bounded(np.array([[0.0, -1.2], [-1.0, 0.0]])).item()
    False
    """
    help_ = np.maximum(-np.asarray(symbiosis, float), 0.0)
    n = help_.shape[-1]
    help_[..., np.arange(n), np.arange(n)] = 0.0
    return np.asarray(np.abs(np.linalg.eigvals(help_)).max(axis=-1, initial=0.0) < 1.0)


def least_form(form: Array) -> tuple[float, Array]:
    """The least value of x' S x on shares x >= 0 that sum to one, and where; exact, for up to 12 poles.

    On the support of a minimum (S x)_i is the same value for all i: every support is solved. S is strictly
    copositive if and only if the value is above zero.

    >>> value, where = least_form(np.array([[1.0, -1.5], [-1.5, 1.0]]))
    >>> round(value, 6), where.tolist()
    (-0.25, [0.5, 0.5])
    """
    values, shares = _forms(np.ascontiguousarray(0.5 * (form + form.T)))
    best = int(np.argmin(values))
    return float(values[best]), shares[best]


@njit(cache=True)
def _forms(form: Array) -> tuple[Array, Array]:
    """Value and place of the form at its stationary point on each support; inf where there is none."""
    n = form.shape[0]
    values, shares = np.full(2**n, np.inf), np.zeros((2**n, n))
    block, members = np.empty((n, n + 1)), np.empty(n, np.int64)
    for s in range(1, 2**n):
        k = 0
        for i in range(n):
            if (s >> i) & 1:
                members[k] = i
                k += 1
        for i in range(k):
            for j in range(k):
                block[i, j] = form[members[i], members[j]]
            block[i, i] += 1e-14  # so that an exactly singular block shows its null vector
            block[i, k] = 1.0
        if not eliminate(block, k, 1e-300):
            continue
        total = 0.0
        for i in range(k):
            total += block[i, k]
        if total == 0.0:
            continue
        is_inside = True
        for i in range(k):
            if block[i, k] / total < 0.0:
                is_inside = False
        if is_inside:
            values[s] = 1.0 / total
            for i in range(k):
                shares[s, members[i]] = block[i, k] / total
    return values, shares


def _holds(matrix: Array, weights: Array) -> bool:
    """Whether these weights make D A strictly copositive: exact to 12 poles, beyond by two sufficient conditions."""
    form = weights[:, None] * matrix
    form = 0.5 * (form + form.T)
    if len(form) <= MOST_POLES:
        return least_form(form)[0] > CLEAR * float(weights.max())
    helping = np.minimum(form, np.diag(np.diag(form)))
    return float(np.linalg.eigvalsh(helping)[0]) > CLEAR * float(weights.max())


def _help_weights(matrix: Array) -> Array:
    """Weights of the M-matrix that is left when all that competes is put to zero; NaN when help feeds itself."""
    return m_matrix_weights(np.where(np.eye(len(matrix), dtype=bool), matrix, np.minimum(matrix, 0.0)))


def _runaway(matrix: Array, rate: Array) -> NDArray[np.bool_]:
    """Poles that by themselves have a path without bounds, or none.

    Either they only help each other and A u <= 0 for some u > 0 (their help feeds itself): every path above a
    multiple of u grows for ever. Or A u = -1/R has a solution u > 0: then one path at least leaves along u, since in
    coordinates at infinity u is an equilibrium that attracts from within.
    """
    n = len(matrix)
    every = supports(n) if n <= MOST_POLES else np.concatenate([_pairs(n), np.ones((1, n), bool)])
    every = every[np.argsort(every.sum(axis=1), kind="stable")]
    competes = (matrix > 0.0) & ~np.eye(n, dtype=bool)
    is_helpful = ~np.einsum("si,ij,sj->s", every, competes, every) & (every.sum(axis=1) > 1)
    for present in every[is_helpful]:
        block = matrix[np.ix_(present, present)]
        if np.abs(np.linalg.eigvals(block - np.eye(len(block)))).max() >= 1.0 - EDGE:
            return np.asarray(present)
    leaving = _leaving(matrix, np.asarray(rate, float), every)
    return np.asarray(every[leaving] if leaving >= 0 else np.zeros(n, bool))


def _pairs(n: int) -> NDArray[np.bool_]:
    first, second = np.triu_indices(n, 1)
    return np.asarray(np.eye(n, dtype=bool)[first] | np.eye(n, dtype=bool)[second])


@njit(cache=True)
def _leaving(matrix: Array, rate: Array, every: NDArray[np.bool_]) -> int:
    """The first support on which A u = -1/R has a positive solution; -1 when there is none."""
    n = matrix.shape[0]
    block, members = np.empty((n, n + 1)), np.empty(n, np.int64)
    for s in range(len(every)):
        k = 0
        for i in range(n):
            if every[s, i]:
                members[k] = i
                k += 1
        for i in range(k):
            for j in range(k):
                block[i, j] = matrix[members[i], members[j]]
            block[i, k] = -1.0 / rate[members[i]]
        if k < 2 or not eliminate(block, k, CLEAR):
            continue
        is_positive = True
        for i in range(k):
            if block[i, k] <= 0.0:
                is_positive = False
        if is_positive:
            return s
    return -1


def _by_cuts(matrix: Array) -> Array:
    """Weights that make D A strictly copositive, by cutting planes; NaN when none are found.

    The least form f(d) = min_x sum_i d_i x_i (A x)_i is concave in d. Each round maximises its bound from the x seen
    so far (a linear program) and adds the x at which the weights tried fail.
    """
    from scipy.optimize import linprog

    n = len(matrix)
    weights = np.ones(n) / n
    rows: list[Array] = []
    for _ in range(CUTS):
        form = weights[:, None] * matrix
        values, shares = _forms(np.ascontiguousarray(0.5 * (form + form.T)))
        if values.min() > CLEAR * weights.max() and (weights > 0.0).all():
            return weights
        order = np.argsort(values)[: 2 * n]
        rows += [shares[s] * (matrix @ shares[s]) for s in order if values[s] < np.inf]
        table = np.column_stack([-np.array(rows), np.ones(len(rows))])
        found = linprog(
            np.append(np.zeros(n), -1.0),
            A_ub=table,
            b_ub=np.zeros(len(rows)),
            A_eq=np.append(np.ones(n), 0.0)[None],
            b_eq=[1.0],
            bounds=[(0.0, 1.0)] * n + [(None, None)],
        )
        if found.status != 0 or -found.fun <= CLEAR:
            break
        weights = found.x[:n]
    return np.full(n, np.nan)
