"""A certificate that all poles come to one rest, from wherever they start and whatever their rates.

With A_ii = 1 and A_ij = b_ij, weights d > 0 are wanted with

    D A + A' D positive definite,  D = diag(d)                  Goh (1977); Takeuchi & Adachi (1980); Cross (1978)

Then the saturated equilibrium is the only one that is stable, every path with all poles present goes there, and this
holds for all rates R. Without such weights nothing follows: the rest may still be the only one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .growth import interaction

Array = NDArray[np.float64]
Answer = Literal["yes", "no", "not decided"]

NEWTON = 80  # steps of the barrier method in all
SHRINK = 0.15  # of the barrier's weight once its centre is reached
LEAST = 1e-8  # weight of the barrier at which the search ends
ROUGH, EXACT = 0.5, 1e-6  # Newton decrements at which a centre counts as reached
CLEAR = 1e-9  # of the largest weight: a bound on the smallest eigenvalue this close to 0 decides nothing


@dataclass(frozen=True)
class Certificate:
    """Whether weights exist: "yes" with the `weights` (pole,), "no" with a proof of that, or "not decided".

    `margin`: with "yes" the smallest eigenvalue of D A + A' D, with "no" an upper bound, below 0, of what it can be
    for any weights that sum to n; NaN otherwise.
    """

    answer: Answer
    weights: Array
    margin: float


def global_stability(symbiosis: Array) -> Certificate:
    """Weights that prove global stability for all rates, for one case (pole, pole); tried up to some 30 poles.

    Where nobody competes (all b <= 0) they are known in closed form and exist if and only if the spectral radius of
    -B is below one (A is an M-matrix). Else the barrier method maximises the smallest eigenvalue t of D A + A' D
    over weights that sum to n. "yes": a Cholesky factor of D A + A' D was found for the weights returned. "no": a
    positive semidefinite X of trace one with n max_i 2 (A X)_ii < 0 bounds t below zero for all weights.

    >>> global_stability(np.array([[0.0, 0.5], [-3.0, 0.0]])).answer          # predation: damped, whatever the rates
    'yes'
    >>> global_stability(np.array([[0.0, 1.5], [1.4, 0.0]])).answer           # each drives the other out
    'no'
    """
    matrix = interaction(symbiosis)
    n = len(matrix)
    for weights in (np.ones(n), m_matrix_weights(matrix)):
        margin = _margin(matrix, weights)
        if margin > CLEAR * float(weights.max()):
            return Certificate("yes", weights, margin)
    try:
        return _by_barrier(matrix)
    except np.linalg.LinAlgError:  # the barrier was left by rounding
        return Certificate("not decided", np.full(n, np.nan), np.nan)


def m_matrix_weights(matrix: Array) -> Array:
    """Weights d = y / x with A x = 1 and A' y = 1: they prove stability when A is an M-matrix; NaN when it is none.

    (D A + A' D) x = D 1 + A' y > 0, so D A + A' D is a symmetric M-matrix itself, hence positive definite.
    """
    n = len(matrix)
    if (matrix - np.diag(np.diag(matrix)) > 0.0).any():
        return np.full(n, np.nan)
    if np.abs(np.linalg.eigvals(np.eye(n) - matrix)).max(initial=0.0) >= 1.0:
        return np.full(n, np.nan)
    weights = np.linalg.solve(matrix.T, np.ones(n)) / np.linalg.solve(matrix, np.ones(n))
    return np.asarray(weights * n / weights.sum())


def _form(matrix: Array, weights: Array) -> Array:
    product = weights[:, None] * matrix
    return np.asarray(product + product.T)


def _margin(matrix: Array, weights: Array) -> float:
    """The smallest eigenvalue of D A + A' D where it has a Cholesky factor and all weights are positive, else NaN."""
    if not (np.isfinite(weights).all() and (weights > 0.0).all()):
        return np.nan
    form = _form(matrix, weights)
    try:
        np.linalg.cholesky(form)
    except np.linalg.LinAlgError:
        return np.nan
    return float(np.linalg.eigvalsh(form)[0])


def _by_barrier(matrix: Array) -> Certificate:
    """Newton's method on -t / mu - log det(D A + A' D - t I) - sum log d, sum d = n, mu shrinking.

    At an exact centre t is within 2 n mu of the best; once that is below zero, centring proves that there are none.
    """
    n = len(matrix)
    weights = np.ones(n)
    t = float(np.linalg.eigvalsh(_form(matrix, weights))[0]) - 1.0
    mu = 1.0
    for _ in range(NEWTON):
        inverse = np.asarray(np.linalg.inv(_form(matrix, weights) - t * np.eye(n)), float)
        gradient, hessian, pull = _derivatives(matrix, weights, inverse, mu)
        bound = n * float(pull.max()) / float(np.trace(inverse))
        if bound < -CLEAR * n:
            return Certificate("no", np.full(n, np.nan), bound)
        step, decrement = _newton_step(gradient, hessian, n)
        length = _longest(matrix, weights, t, step)
        weights, t = weights + length * step[:n], t + length * float(step[n])
        margin = _margin(matrix, weights)
        if margin > CLEAR * float(weights.max()):
            return Certificate("yes", weights, margin)
        if decrement < (ROUGH if t + 2.0 * n * mu > 0.0 else EXACT):
            mu *= SHRINK
        if mu < LEAST:
            break
    return Certificate("not decided", np.full(n, np.nan), np.nan)


def _derivatives(matrix: Array, weights: Array, inverse: Array, mu: float) -> tuple[Array, Array, Array]:
    """Gradient and Hessian of the barrier in (d, t), and tr(F_i X) with F_i = e_i a_i' + a_i e_i', X the inverse."""
    n = len(weights)
    left = matrix @ inverse  # rows a_i' X
    both = left @ matrix.T  # a_i' X a_j
    pull = 2.0 * np.diag(left)
    gradient = np.append(-pull - 1.0 / weights, -1.0 / mu + np.trace(inverse))
    hessian = np.empty((n + 1, n + 1))
    hessian[:n, :n] = 2.0 * (left * left.T + inverse * both) + np.diag(1.0 / weights**2)
    squared = inverse @ inverse
    hessian[:n, n] = hessian[n, :n] = -2.0 * np.einsum("ij,ji->i", matrix, squared)
    hessian[n, n] = np.trace(squared)
    return gradient, hessian, pull


def _newton_step(gradient: Array, hessian: Array, n: int) -> tuple[Array, float]:
    """The step that keeps the sum of the weights, and the Newton decrement."""
    whole = np.zeros((n + 2, n + 2))
    whole[: n + 1, : n + 1] = hessian
    whole[n + 1, :n] = whole[:n, n + 1] = 1.0
    step = np.linalg.lstsq(whole, np.append(-gradient, 0.0), rcond=None)[0][: n + 1]
    return step, float(np.sqrt(max(0.0, -gradient @ step)))


def _longest(matrix: Array, weights: Array, t: float, step: Array) -> float:
    """How far to go along the step: all of it, or nine tenths of the way to where the barrier would be left."""
    n = len(weights)
    root = np.linalg.cholesky(_form(matrix, weights) - t * np.eye(n))
    change = _form(matrix, step[:n]) - step[n] * np.eye(n)
    whitened = np.linalg.solve(root, np.linalg.solve(root, change).T)
    least = min(float(np.linalg.eigvalsh(0.5 * (whitened + whitened.T))[0]), float((step[:n] / weights).min()))
    return 1.0 if least > -0.9 else 0.9 / -least
