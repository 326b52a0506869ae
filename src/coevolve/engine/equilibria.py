"""Where poles that grow together come to rest, and whether they stay there: all combinations of poles, on arrays.

In shares of capacity z = x / N, with A_ii = 1 and A_ij = b_ij, the equations of growth are

    dz_i/dt = R_i z_i (1 - (A z)_i)                             Tong & Wang (9n); (7) to (10) are special cases

An equilibrium is named by the poles present, its support S: A_SS z_S = 1 and z = 0 elsewhere. There are 2^n of them
and they depend on b alone. Which of them are stable depends with three poles and more on the rates R too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .growth import interaction

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]

MOST_POLES = 12  # all 2^n combinations are looked at up to here
SINGULAR = 1e-12  # a pivot smaller than this, where the diagonal is 1: the poles present are exactly balanced


def supports(poles: int) -> Truth:
    """Every combination of poles that may be present, from none to all, shape (2^n, n); the last pole varies fastest.

    >>> supports(2).astype(int).tolist()
    [[0, 0], [0, 1], [1, 0], [1, 1]]
    """
    every = np.arange(2**poles)
    return np.asarray((every[:, None] >> np.arange(poles)[::-1]) & 1 == 1)


@dataclass(frozen=True)
class Equilibria:
    """All equilibria of each case: `shares` (case, 2^n, pole) in the order of `present` (2^n, pole).

    `entry` (case, 2^n, pole) is 1 - g/R_i - (A z)_i: whether a pole that is absent could enter (above 0), and 0 for
    those present. Both are NaN where the poles present are exactly balanced against each other (A_SS singular).
    `is_feasible`: every pole present has a positive share. `is_saturated`: feasible, and no absent pole can enter.
    `is_stable`: saturated, and small disturbances among the poles present die away.
    """

    present: Truth
    shares: Array
    entry: Array
    is_feasible: Truth
    is_saturated: Truth
    is_stable: Truth


def equilibria(symbiosis: Array, rate: Array, growth: Array | float = 0.0) -> Equilibria:
    """All 2^n equilibria of each case and which of them are stable; `symbiosis` (case, n, n), `rate` (case, n).

    Where all capacities grow at the rate g = `growth` (case,) per period they are balanced paths, on which shares
    stay constant: A_SS z_S = 1 - g/R_S (see `balanced_shares`). The Jacobian there, in shares, has the eigenvalues
    R_i (1 - (A z)_i) - g of the absent poles, and those of -diag(R_S z_S) A_SS of the poles present; so eigenvalues
    are taken only where no absent pole can enter.

    >>> found = equilibria(np.array([[[0.0, 1.5], [1.4, 0.0]]]), np.array([[0.2, 0.3]]))   # both drive each other out
    >>> found.is_stable[0].tolist()
    [False, True, True, False]
    """
    matrix = interaction(symbiosis)
    cases, n = matrix.shape[:2]
    present = supports(n)
    shares, entry = np.zeros((cases, 2**n, n)), np.zeros((cases, 2**n, n))
    room = 1.0 - np.broadcast_to(np.asarray(growth, float), (cases,))[:, None] / np.asarray(rate, float)
    _rests(matrix, room, shares, entry)
    known = np.isfinite(shares).all(axis=2)
    is_feasible = np.asarray(known & ((shares > 0.0) | ~present).all(axis=2))
    is_saturated = np.asarray(is_feasible & ((entry < 0.0) | present).all(axis=2))
    size = present.sum(axis=1)
    is_stable = is_saturated & (size == 0)  # nobody, where every capacity outgrows its pole
    for k in range(1, n + 1):
        case, place = np.nonzero(is_saturated & (size == k))
        if len(case):
            _, members = np.nonzero(present[place])
            rows = members.reshape(-1, k)
            block = matrix[case[:, None, None], rows[:, :, None], rows[:, None, :]]
            scale = rate[case[:, None], rows] * shares[case[:, None], place[:, None], rows]
            is_stable[case, place] = (np.linalg.eigvals(-scale[:, :, None] * block).real < 0.0).all(axis=1)
    return Equilibria(present, shares, entry, is_feasible, is_saturated, is_stable)


@njit(cache=True)
def _rests(matrix: Array, room: Array, shares: Array, entry: Array) -> None:
    """Fills shares and entry of every support of every case; NaN where the block is singular."""
    cases, n = matrix.shape[0], matrix.shape[1]
    block, members = np.empty((n, n + 1)), np.empty(n, np.int64)
    for c in range(cases):
        for s in range(2**n):
            k = 0
            for i in range(n):
                if (s >> (n - 1 - i)) & 1:
                    members[k] = i
                    k += 1
            for i in range(k):
                for j in range(k):
                    block[i, j] = matrix[c, members[i], members[j]]
                block[i, k] = room[c, members[i]]
            if not eliminate(block, k, SINGULAR):
                shares[c, s, :] = np.nan
                entry[c, s, :] = np.nan
                continue
            for i in range(k):
                shares[c, s, members[i]] = block[i, k]
            for i in range(n):
                if not (s >> (n - 1 - i)) & 1:
                    used = 0.0
                    for j in range(k):
                        used += matrix[c, i, members[j]] * block[j, k]
                    entry[c, s, i] = room[c, i] - used


@njit(cache=True)
def eliminate(block: Array, k: int, least: float) -> bool:
    """Solves the first k equations of `block` (k, k + 1) in place, the solution in column k, by elimination with row
    exchange. False when a pivot is smaller than `least`."""
    for p in range(k):
        best = p
        for i in range(p + 1, k):
            if abs(block[i, p]) > abs(block[best, p]):
                best = i
        if abs(block[best, p]) < least:
            return False
        if best != p:
            for j in range(p, k + 1):
                block[p, j], block[best, j] = block[best, j], block[p, j]
        for i in range(p + 1, k):
            factor = block[i, p] / block[p, p]
            if factor != 0.0:
                for j in range(p, k + 1):
                    block[i, j] -= factor * block[p, j]
    for p in range(k - 1, -1, -1):
        for j in range(p + 1, k):
            block[p, k] -= block[p, j] * block[j, k]
        block[p, k] /= block[p, p]
    return True


def equilibrium(symbiosis: Array, present: tuple[int, ...]) -> Array:
    """Shares of capacity z = x/N at rest when only `present` poles exist, for each case (..., pole, pole).

        A_SS z_S = 1, z = 0 elsewhere                                      from Tong & Wang (9n) with dx/dt = 0

    Depends on b alone. NaN where the poles present are exactly balanced against each other (A_SS singular). A
    negative share means that these poles cannot all be present at rest.

    >>> equilibrium(np.array([[0.0, -0.4], [0.0, 0.0]]), (0, 1))
    array([1.4, 1. ])
    """
    matrix = interaction(symbiosis)
    shares = np.zeros(matrix.shape[:-1])
    if not present:
        return shares
    rows = np.array(present)
    blocks = matrix[..., rows[:, None], rows[None, :]].reshape(-1, len(rows), len(rows))
    solved = np.full((len(blocks), len(rows)), np.nan)
    for place, block in enumerate(blocks):
        whole = np.concatenate([block, np.ones((len(rows), 1))], axis=1)
        if eliminate(whole, len(rows), SINGULAR):
            solved[place] = whole[:, -1]
    shares[..., rows] = solved.reshape((*matrix.shape[:-2], len(rows)))
    return shares


def is_feasible(shares: Array, present: tuple[int, ...]) -> Truth:
    """Whether every pole that should be present has a positive share."""
    if not present:
        return np.ones(shares.shape[:-1], bool)
    return np.asarray((shares[..., list(present)] > 0.0).all(axis=-1))


def eigenvalues(symbiosis: Array, rate: Array, shares: Array) -> NDArray[np.complex128]:
    """How fast small disturbances of an equilibrium grow (real part above 0) or die away, per period, (..., pole).

        J_ij = -R_i z_i A_ij, plus R_i (1 - (A z)_i) on the diagonal

    The three arrays are cases of one shape, or broadcast: (..., n, n), (..., n), (..., n). NaN where shares are.
    """
    matrix = interaction(symbiosis)
    growth = 1.0 - np.einsum("...ij,...j->...i", matrix, shares)
    jacobian = -(rate * shares)[..., :, None] * matrix
    n = matrix.shape[-1]
    jacobian[..., np.arange(n), np.arange(n)] += rate * growth
    known = np.asarray(np.isfinite(jacobian).all(axis=(-1, -2)))
    safe = np.where(known[..., None, None], jacobian, np.eye(n))
    return np.asarray(np.where(known[..., None], np.linalg.eigvals(safe).astype(complex), np.nan + 0j))


def is_stable(symbiosis: Array, rate: Array, shares: Array) -> Truth:
    """Whether small disturbances of these shares die away: all eigenvalues of the Jacobian have negative real part.

    b decides which equilibria there are; with three poles and more the rates too decide which of them are stable.

    >>> bool(is_stable(np.array([[0.0, 1.5], [1.5, 0.0]]), np.array([0.2, 0.2]), np.array([0.4, 0.4])))
    False
    """
    return np.asarray((eigenvalues(symbiosis, rate, shares).real < 0.0).all(axis=-1))


def balanced_shares(symbiosis: Array, rate: Array, growth: float) -> Array:
    """Shares of capacity that stay constant while every capacity grows at the rate `growth` per period, (..., pole).

        A z = 1 - g / R                                     Tong & Wang (9n) with N_i(t) = N_i e^(g t), Tong & Wang (6)

    All poles are present and their scales grow at g. NaN where A is singular; a share that is not positive means that
    there is no such balanced path. Without help (all b >= 0) there is none once g reaches the smallest rate: a pole
    that cannot grow as fast as its capacity falls behind it for ever. With g = 0 it is the coexistence equilibrium.

    >>> balanced_shares(np.array([[0.0, -0.4], [0.0, 0.0]]), np.array([0.2, 0.1]), 0.02)
    array([1.22, 0.8 ])
    """
    matrix = interaction(symbiosis)
    room = np.broadcast_to(1.0 - growth / np.asarray(rate, float), matrix.shape[:-1])
    regular = np.abs(np.linalg.det(matrix)) > np.finfo(float).tiny
    safe = np.where(regular[..., None, None], matrix, np.eye(matrix.shape[-1]))
    solved = np.linalg.solve(safe, room[..., None])[..., 0]
    trusted = regular & (np.linalg.cond(safe) < 1.0 / SINGULAR)
    return np.asarray(np.where(trusted[..., None], solved, np.nan))
