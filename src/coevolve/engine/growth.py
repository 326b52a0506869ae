"""How poles grow together: the right-hand side of Tong & Wang (6) to (10) and its integrator, on arrays.

State is w = log(x / N), the log share of capacity, so that every path stays positive whatever the step.
With A_ii = 1 and A_ij = b_ij,

    dw_i/dt = R_i (1 - sum_j A_ij exp(w_j))                     Tong & Wang (9n); (7) to (10) are special cases

Capacity drops out of the flow: log x = log N + w. Fixed-step Runge-Kutta of order four, `substeps` per unit of time:
with two a year log scales err by less than 2e-6 over 60 years for rates up to .35; the error grows as rate^5.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .growth_many import many_paths

Array = NDArray[np.float64]

SUBSTEPS = 2
STANDING = 1e-9  # an own rate nearer to zero than this counts as this
LID = 9.2  # log share (ten thousand capacities) that no path passes: there a runaway is held
CEILING = (
    6.0  # exp(6) = 403 capacities: beyond it growth is held, so that a runaway draw stays finite and can be counted
)


def interaction(symbiosis: Array) -> Array:
    """The matrix A of the share form: b with ones on the diagonal, shape (..., pole, pole)."""
    matrix = np.array(symbiosis, float)
    n = matrix.shape[-1]
    matrix[..., np.arange(n), np.arange(n)] = 1.0
    return matrix


def log_growth(log_share: Array, rate: Array, symbiosis: Array) -> Array:
    """Growth of each pole in log units per period, at log shares of capacity `log_share`.

        d(log x_i)/dt = R_i (1 - x_i/N_i - sum_{j != i} b_ij x_j/N_j)             Tong & Wang (9), (10), (9n)

    >>> log_growth(np.log([0.5, 0.5]), np.array([0.2, 0.2]), np.array([[0.0, -0.4], [0.2, 0.0]]))
    array([0.14, 0.08])
    """
    shares = np.exp(np.minimum(log_share, CEILING))
    return np.asarray(rate * (1.0 - interaction(symbiosis) @ shares))


@njit(cache=True)
def steps_of(span: float, substeps: int) -> int:
    """Runge-Kutta steps in an interval: `substeps` for each unit of time, at least `substeps`."""
    return max(substeps, math.ceil(substeps * span - 1e-9))


@njit(cache=True)
def _slopes(w: Array, sens: Array, rate: Array, matrix: Array, dw: Array, dsens: Array, shares: Array) -> None:
    """Right-hand side of the state and of its sensitivities.

    Columns of `sens`: start log shares (n), log rates (n), then b_ij for i, and j != i (n(n-1)).
    """
    n = w.shape[0]
    columns = sens.shape[1]
    for j in range(n):
        shares[j] = math.exp(min(w[j], CEILING))
    for i in range(n):
        used = 0.0
        for j in range(n):
            used += matrix[i, j] * shares[j]
        dw[i] = rate[i] * (1.0 - used)
        for c in range(columns):
            total = 0.0
            for j in range(n):
                if w[j] < CEILING:
                    total += matrix[i, j] * shares[j] * sens[j, c]
            dsens[i, c] = -rate[i] * total
        dsens[i, n + i] += dw[i]
        place = 2 * n + i * (n - 1)
        for j in range(n):
            if j != i:
                dsens[i, place] -= rate[i] * shares[j]
                place += 1


@njit(cache=True)
def advance_with_sensitivity(
    w: Array, sens: Array, rate: Array, matrix: Array, span: float, substeps: int, work: Array
) -> None:
    """Moves log shares and their sensitivities forward by `span`, in place; `work` has shape (5, n, columns + 1)."""
    n, columns = sens.shape
    steps = steps_of(span, substeps)
    h = span / steps
    shares, k, mid = np.empty(n), np.empty((4, n)), np.empty(n)
    for _ in range(steps):
        _slopes(w, sens, rate, matrix, k[0], work[0], shares)
        for stage in range(1, 4):
            factor = h if stage == 3 else 0.5 * h
            for i in range(n):
                mid[i] = w[i] + factor * k[stage - 1, i]
                for c in range(columns):
                    work[4, i, c] = sens[i, c] + factor * work[stage - 1, i, c]
            _slopes(mid, work[4], rate, matrix, k[stage], work[stage], shares)
        for i in range(n):
            w[i] += h / 6.0 * (k[0, i] + 2.0 * k[1, i] + 2.0 * k[2, i] + k[3, i])
            for c in range(columns):
                sens[i, c] += h / 6.0 * (work[0, i, c] + 2.0 * work[1, i, c] + 2.0 * work[2, i, c] + work[3, i, c])


def paths(
    log_start: Array,
    rate: Array,
    capacity: Array,
    symbiosis: Array,
    spans: Array,
    shocks: Array | None = None,
    substeps: int = SUBSTEPS,
) -> Array:
    """Log scales of each pole for many cases at once, shape (case, step + 1, pole); row 0 is the start.

    They follow Tong & Wang (9n), and (7) to (10) where there are one or two poles.

    `log_start`, `rate`, `capacity`: (case, pole); `symbiosis`: (case, pole, pole); `spans`: length of each step in
    periods; `shocks`: (case, step, pole) added to the log scale at the end of each step. Paths are positive always.
    A pole beyond 403 capacities accelerates no further (`CEILING`) and none passes ten thousand (`LID`). A hundred
    thousand cases of two poles over fifty years take about a quarter of a second (`growth_many`).

    >>> one = paths(np.log([[50.0]]), np.array([[0.2]]), np.array([[100.0]]), np.zeros((1, 1, 1)), np.ones(5))
    >>> round(float(np.exp(one[0, -1, 0])), 3)                        # 100 / (1 + exp(-0.2 * 5))
    73.106
    """
    start, spans = np.ascontiguousarray(log_start, float), np.ascontiguousarray(spans, float)
    return np.asarray(
        many_paths(
            start,
            np.ascontiguousarray(rate, float),
            np.log(np.ascontiguousarray(capacity, float)),
            interaction(symbiosis),
            spans,
            np.array([steps_of(span, substeps) for span in spans], np.int64),
            np.zeros((0, 0, 0)) if shocks is None else np.ascontiguousarray(shocks, float),
            CEILING,
            LID,
        )
    )


def courses(start: Array, own: Array, effect: Array, spans: Array, shocks: Array, substeps: int = SUBSTEPS) -> Array:
    """Paths of u (case, step + 1, pole) where poles have rates of their own and effects on each other's growth.

        du_i/dt = r_i - sum_j c_ij exp(u_j)                the form that contains Tong & Wang (9n) and predator and prey

    `start`, `own`: (case, pole); `effect`: (case, pole, pole), c_ii on the diagonal; spans and shocks as in `paths`.

    >>> still = courses(np.zeros((1, 1)), np.array([[0.03]]), np.zeros((1, 1, 1)), np.ones(2), np.zeros((1, 2, 1)))
    >>> still[0, :, 0].round(3).tolist()                                  # unhindered growth of 3 % a period
    [0.0, 0.03, 0.06]
    """
    rate = np.where(np.abs(own) < STANDING, STANDING, own)
    spans = np.ascontiguousarray(spans, float)
    return np.asarray(
        many_paths(
            np.ascontiguousarray(start, float),
            np.ascontiguousarray(rate, float),
            np.zeros_like(start, dtype=float),
            np.ascontiguousarray(effect / rate[:, :, None], float),
            spans,
            np.array([steps_of(span, substeps) for span in spans], np.int64),
            np.ascontiguousarray(shocks, float),
            CEILING,
            LID,
        )
    )


def integral_match(times: Array, log_scale: Array, ridge: float = 0.05) -> tuple[Array, Array, Array]:
    """A first estimate of rate, log capacity and b from one region's series (time, pole) without gaps.

    Regresses the change of log scale on the interval means of all poles (log-mean quadrature): the cumulative form
    that contains the grey Lotka-Volterra estimator. A starting point only: noise makes it crude.
    """
    spans = np.diff(times)
    change = np.diff(log_scale, axis=0) / spans[:, None]
    lower, upper = np.exp(log_scale[:-1]), np.exp(log_scale[1:])
    gap = np.diff(log_scale, axis=0)
    flat = np.abs(gap) < 1e-8
    means = np.where(flat, 0.5 * (lower + upper), (upper - lower) / np.where(flat, 1.0, gap))
    scale = means.mean(axis=0)
    design = np.column_stack([np.ones(len(spans)), means / scale])
    n = log_scale.shape[1]
    penalty = ridge * len(spans) * np.diag([0.0] + [1.0] * n) * max(float(np.var(means / scale, axis=0).mean()), 1e-6)
    solution = np.linalg.lstsq(design.T @ design + penalty, design.T @ change, rcond=None)[0]
    span = float(times[-1] - times[0])
    rate = np.clip(solution[0], 0.25 / span, 40.0 / span)
    own = np.clip(-np.diag(solution[1:]), 0.05 * rate, 20.0 * rate)
    log_capacity = np.log(rate / own) + np.log(scale)
    z_scale = np.exp(np.log(scale) - log_capacity)
    b = -solution[1:].T / rate[:, None] / z_scale[None, :]
    np.fill_diagonal(b, 0.0)
    return rate, log_capacity, np.clip(b, -0.9, 1.5)
