"""Which shares S/N of capacity stand behind a crowding, pole by pole, and how they move with it.

    crowding_i = S_i/N_i + sum_j b_ij S_j/N_j                                               Tong & Wang (9n)

Any crowding may be asked for, with any b. So the own share keeps above zero by a soft corner c,

    S_i/N_i = c_i log(1 + exp(a_i/c_i))      a_i its own part of the crowding, which is the share itself well above c_i

and of b only so much counts that every crowding belongs to one set of shares: its matrix is bounded in size, at least
its largest singular value and not much more. Shares are found by Newton's method, region by region.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .small_matrices import invert, product, product_transposed

Array = NDArray[np.float64]

MOST, SHARP = 0.95, 6  # size of the matrix of b that counts at most, and how sharply the bound is met
TRIES, CLOSE = 60, 1e-12  # of Newton's method, and how close it must come
FAINT = -30.0  # own part, in corners, below which its share is an exponential


@dataclass(frozen=True)
class Shares:
    """The shares behind a crowding, region by region.

    `effects` (region, pole, other) is b, zero on the diagonal, `counted` as much of it as counts; `soft` (region, pole)
    the corners, `inner` the own parts, `log_share` the logs of shares, `log_steep` the log slope of each in its own
    part; `inverse` (region, pole, other) how own parts move with crowding, `log_slope` (region,) the log determinant of
    how log shares do. Not a number where Newton's method finds none.
    """

    effects: Array
    soft: Array
    counted: Array
    inner: Array
    log_share: Array
    log_steep: Array
    inverse: Array
    log_slope: Array

    @classmethod
    def at(cls, effects: Array, crowding: Array, soft: Array) -> Shares:
        """Those behind `crowding` (region, pole). One pole alone, its corner far below:

        >>> found = Shares.at(np.zeros((1, 1, 1)), np.array([[0.5]]), np.array([[0.001]]))
        >>> np.exp(found.log_share).round(12)
        array([[0.5]])
        """
        return cls(effects, soft, *_found(_poles(soft), effects, crowding, soft))

    def back(self, log_share_bar: Array) -> tuple[Array, Array, Array]:
        """What is owed to crowding, to the corner and to effects, given what is owed to log shares, for that and for
        the log slopes."""
        found: tuple[Array, Array, Array] = _owed(
            _poles(self.soft), self.effects, self.soft, self.counted, self.inner, self.log_share, self.log_steep,
            self.inverse, log_share_bar,
        )  # fmt: skip
        return found


def crowding_of(effects: Array, log_share: Array, soft: Array) -> Array:
    """The crowding that these shares make, (region, pole)."""
    return np.asarray(_made(_poles(soft), effects, log_share, soft))


def _poles(soft: Array) -> tuple[float, ...]:
    return (0.0,) * int(soft.shape[1])


@njit(cache=True, error_model="numpy")
def _found(poles, effects, crowding, soft):  # type: ignore[no-untyped-def]
    regions, n = soft.shape[0], len(poles)
    counted, inverse, log_slope = np.empty((regions, n, n)), np.empty((regions, n, n)), np.empty(regions)
    inner, log_share, log_steep = np.empty((regions, n)), np.empty((regions, n)), np.empty((regions, n))
    matrix, miss = np.empty((n, n)), np.empty(n)
    for r in range(regions):
        _bounded(poles, effects[r], counted[r], matrix)
        _newton(poles, counted[r], crowding[r], soft[r], inner[r], matrix, inverse[r], miss)
        total = 0.0
        for i in range(n):
            far = inner[r, i] / soft[r, i]
            log_share[r, i] = np.log(soft[r, i]) + (far if far < FAINT else np.log(_above(far)))
            log_steep[r, i] = -_above(-far)
            total += log_steep[r, i] - log_share[r, i]
        _slopes(poles, counted[r], inner[r], soft[r], matrix)
        log_slope[r] = total - invert(poles, matrix, inverse[r])
    return counted, inner, log_share, log_steep, inverse, log_slope


@njit(cache=True, error_model="numpy")
def _newton(poles, counted, crowding, soft, inner, matrix, inverse, miss):  # type: ignore[no-untyped-def]
    """Fills in the own parts that with the shares behind them add up to the crowding of one region."""
    n = len(poles)
    for i in range(n):
        inner[i] = crowding[i]
    for _ in range(TRIES):
        is_close = True
        for i in range(n):
            total = inner[i] - crowding[i]
            for j in range(n):
                total += counted[i, j] * soft[j] * _corner(inner[j] / soft[j])
            miss[i] = total
            is_close &= abs(total) <= CLOSE * (1.0 + abs(crowding[i]))
        _slopes(poles, counted, inner, soft, matrix)
        invert(poles, matrix, inverse)
        for i in range(n):
            for j in range(n):
                inner[i] -= inverse[i, j] * miss[j]
        if is_close:
            return
    for i in range(n):
        inner[i] = np.nan


@njit(cache=True, error_model="numpy")
def _slopes(poles, counted, inner, soft, matrix):  # type: ignore[no-untyped-def]
    """Fills in how the crowding of one region moves with own parts."""
    n = len(poles)
    for j in range(n):
        steep = np.exp(-_above(-inner[j] / soft[j]))
        for i in range(n):
            matrix[i, j] = counted[i, j] * steep + (1.0 if i == j else 0.0)


@njit(cache=True, error_model="numpy")
def _owed(poles, effects, soft, counted, inner, log_share, log_steep, inverse, log_share_bar):  # type: ignore[no-untyped-def]
    regions, n = soft.shape[0], len(poles)
    crowding_bar, soft_bar = np.zeros((regions, n)), np.empty((regions, n))
    effects_bar, counted_bar = np.empty((regions, n, n)), np.empty((n, n))
    steep_bar, first, second = np.empty(n), np.empty((n, n)), np.empty((n, n))
    for r in range(regions):
        for i in range(n):
            steep = np.exp(log_steep[r, i])
            around = 0.0
            for j in range(n):
                around += inverse[r, i, j] * counted[r, j, i] * steep
            steep_bar[i] = (1.0 - steep) * (1.0 - around) / soft[r, i]
        for j in range(n):
            owed = (log_share_bar[r, j] - 1.0) * np.exp(log_steep[r, j] - log_share[r, j]) + steep_bar[j]
            for i in range(n):
                crowding_bar[r, i] += inverse[r, j, i] * owed
        for j in range(n):
            share, pull = np.exp(log_share[r, j]), np.exp(log_steep[r, j] - log_share[r, j])
            onto = 0.0
            for i in range(n):
                onto += counted[r, i, j] * crowding_bar[r, i] * share
                counted_bar[i, j] = -inverse[r, j, i] * np.exp(log_steep[r, j]) - crowding_bar[r, i] * share
            loose = (log_share_bar[r, j] - 1.0 - onto) * (1.0 - pull * inner[r, j])
            soft_bar[r, j] = (loose - steep_bar[j] * inner[r, j]) / soft[r, j]
            counted_bar[j, j] = 0.0
        _bounded_back(poles, effects[r], counted_bar, effects_bar[r], first, second)
    return crowding_bar, soft_bar, effects_bar


@njit(cache=True, error_model="numpy")
def _made(poles, effects, log_share, soft):  # type: ignore[no-untyped-def]
    regions, n = soft.shape[0], len(poles)
    crowding, counted, matrix = np.empty((regions, n)), np.empty((n, n)), np.empty((n, n))
    for r in range(regions):
        _bounded(poles, effects[r], counted, matrix)
        for i in range(n):
            far = log_share[r, i] - np.log(soft[r, i])
            share = np.exp(far)
            crowding[r, i] = soft[r, i] * (far if share < 1e-9 else share + np.log(-np.expm1(-share)))
            for j in range(n):
                crowding[r, i] += counted[i, j] * np.exp(log_share[r, j])
    return crowding


@njit(cache=True, error_model="numpy")
def _above(far):  # type: ignore[no-untyped-def]
    """log(1 + exp(far))."""
    return max(far, 0.0) + np.log1p(np.exp(-abs(far)))


@njit(cache=True, error_model="numpy")
def _corner(far):  # type: ignore[no-untyped-def]
    """The share, in units of the corner, of this own part."""
    return np.exp(far) if far < FAINT else _above(far)


@njit(cache=True, error_model="numpy")
def _size(poles, effects, square):  # type: ignore[no-untyped-def]
    """The fourth root of the sum of fourth powers of singular values; fills in effects times effects transposed."""
    product_transposed(poles, effects, effects, square)
    total = 0.0
    for i in range(len(poles)):
        for j in range(len(poles)):
            total += square[i, j] * square[i, j]
    return total**0.25


@njit(cache=True, error_model="numpy")
def _kept(size):  # type: ignore[no-untyped-def]
    """How much of effects of this size counts, so that less than MOST remains."""
    return (1.0 + (size / MOST) ** SHARP) ** (-1.0 / SHARP)


@njit(cache=True, error_model="numpy")
def _bounded(poles, effects, counted, square):  # type: ignore[no-untyped-def]
    """Fills in as much of effects as counts."""
    kept = _kept(_size(poles, effects, square))
    for i in range(len(poles)):
        for j in range(len(poles)):
            counted[i, j] = kept * effects[i, j]


@njit(cache=True, error_model="numpy")
def _bounded_back(poles, effects, counted_bar, effects_bar, square, cube):  # type: ignore[no-untyped-def]
    """Fills in what is owed to effects, given what is owed to as much of them as counts."""
    n = len(poles)
    size = _size(poles, effects, square)
    product(poles, square, effects, cube)
    kept, over, along = _kept(size), (size / MOST) ** SHARP, 0.0
    for i in range(n):
        for j in range(n):
            along += counted_bar[i, j] * effects[i, j]
    along *= -kept / (1.0 + over) * over / max(size, 1e-100) ** 4
    for i in range(n):
        for j in range(n):
            effects_bar[i, j] = kept * counted_bar[i, j] + along * cube[i, j]
