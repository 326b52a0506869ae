"""Paths of very many cases side by side: the arithmetic of one case done for a whole row of cases at a time.

Cases stand next to each other in memory, so that one instruction moves several of them, and the exponential is one
that a row can go through without a call. Every operation is done case by case in the same order, so that a case's
path is the same to the last bit whoever stands beside it, however many there are, and whatever the processor.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROW = 256  # cases in a row: small enough that all of a row's numbers stay in the nearest cache
LEAST = -700.0  # exp(-700) is nothing
PER_LOG_TWO = 1.4426950408889634
LOG_TWO_HIGH = 6.93145751953125e-1  # the first digits of log 2, exact when multiplied by a small whole number
LOG_TWO_LOW = 1.42860682030941723212e-6  # and the others
TO_WHOLE = 6755399441055744.0  # 1.5 x 2^52: added to a number, it leaves the nearest whole number in the last bits
BIAS, PLACES = 1023, 52  # where a double keeps its power of two


@njit(cache=True, nogil=True)
def exponentials(exponents: Array, ceiling: float, out: Array, whole: Array) -> None:
    """exp(min(x, ceiling)) of a row of numbers, within two units in the last place; `whole` is room to work in.

    exp(x) = 2^k exp(r), k the nearest whole number to x / log 2, |r| <= log(2) / 2 by its Taylor series to r^12.
    """
    for c in range(exponents.shape[0]):
        x = exponents[c]
        x = ceiling if x > ceiling else x
        x = LEAST if x < LEAST else x
        shifted = x * PER_LOG_TWO + TO_WHOLE
        whole[c] = shifted
        k = shifted - TO_WHOLE
        r = x - k * LOG_TWO_HIGH
        r = r - k * LOG_TWO_LOW
        p = r * (1.0 / 479001600.0) + 1.0 / 39916800.0
        p = p * r + 1.0 / 3628800.0
        p = p * r + 1.0 / 362880.0
        p = p * r + 1.0 / 40320.0
        p = p * r + 1.0 / 5040.0
        p = p * r + 1.0 / 720.0
        p = p * r + 1.0 / 120.0
        p = p * r + 1.0 / 24.0
        p = p * r + 1.0 / 6.0
        p = p * r + 0.5
        p = p * r + 1.0
        out[c] = p * r + 1.0
    bits = whole.view(np.int64)
    for c in range(exponents.shape[0]):
        bits[c] = (bits[c] + BIAS) << PLACES
    for c in range(exponents.shape[0]):
        out[c] *= whole[c]


@njit(cache=True, nogil=True)
def _slopes(w, rate, matrix, ceiling, shares, whole, out):  # type: ignore[no-untyped-def]
    """dw_i/dt = R_i (1 - sum_j A_ij exp(w_j)) of a row of cases; all (pole, case), `matrix` (pole, pole, case)."""
    n, row = w.shape
    for j in range(n):
        exponentials(w[j], ceiling, shares[j], whole)
    for i in range(n):
        used, own = out[i], rate[i]
        first, share = matrix[i, 0], shares[0]
        for c in range(row):
            used[c] = first[c] * share[c]
        for j in range(1, n):
            effect, other = matrix[i, j], shares[j]
            for c in range(row):
                used[c] += effect[c] * other[c]
        for c in range(row):
            used[c] = own[c] * (1.0 - used[c])


@njit(cache=True, nogil=True)
def _advance(w, rate, matrix, h, steps, ceiling, lid, k, middle, shares, whole):  # type: ignore[no-untyped-def]
    """Moves a row of cases on by so many Runge-Kutta steps of length `h`, in place."""
    n, row = w.shape
    for _ in range(steps):
        _slopes(w, rate, matrix, ceiling, shares, whole, k[0])
        for stage in range(1, 4):
            factor = h if stage == 3 else 0.5 * h
            for i in range(n):
                to, at, slope = middle[i], w[i], k[stage - 1, i]
                for c in range(row):
                    to[c] = at[c] + factor * slope[c]
            _slopes(middle, rate, matrix, ceiling, shares, whole, k[stage])
        sixth = h / 6.0
        for i in range(n):
            at, k1, k2, k3, k4 = w[i], k[0, i], k[1, i], k[2, i], k[3, i]
            for c in range(row):
                moved = at[c] + sixth * (k1[c] + 2.0 * k2[c] + 2.0 * k3[c] + k4[c])
                at[c] = lid if moved > lid else moved


@njit(cache=True, nogil=True)
def many_paths(  # type: ignore[no-untyped-def]
    start, rate, log_capacity, matrix, spans, steps, shocks, ceiling, lid
):
    """Log scales (case, time, pole) after each of `spans`, cut into so many `steps`; as `growth.paths` documents.

    `shocks` (case, span, pole) may be empty. No share of capacity passes exp(`lid`), nor acts beyond exp(`ceiling`).
    """
    cases, n = start.shape
    out = np.empty((cases, spans.shape[0] + 1, n))
    row = min(ROW, cases)
    w, own, capacity = np.zeros((n, row)), np.zeros((n, row)), np.zeros((n, row))
    effects = np.zeros((n, n, row))
    k, middle, shares, whole = np.zeros((4, n, row)), np.zeros((n, row)), np.zeros((n, row)), np.zeros(row)
    for begin in range(0, cases, ROW):
        many = min(ROW, cases - begin)
        for c in range(many):
            for i in range(n):
                own[i, c] = rate[begin + c, i]
                capacity[i, c] = log_capacity[begin + c, i]
                w[i, c] = start[begin + c, i] - capacity[i, c]
                out[begin + c, 0, i] = start[begin + c, i]
                for j in range(n):
                    effects[i, j, c] = matrix[begin + c, i, j]
        for t in range(spans.shape[0]):
            h = spans[t] / steps[t]
            _advance(w, own, effects, h, steps[t], ceiling, lid, k, middle, shares, whole)
            for c in range(many):
                for i in range(n):
                    if shocks.shape[0]:
                        w[i, c] += shocks[begin + c, t, i]
                    out[begin + c, t + 1, i] = w[i, c] + capacity[i, c]
    return out
