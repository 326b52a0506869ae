"""Intervals from curvature: nested Laplace approximation over noise scales, and draws from an arrow-shaped normal.

Plugging in the most probable noise scale makes intervals too narrow whenever the scale is uncertain, as it always is
in a short panel. Here the scales are integrated over instead: their posterior is explored by weighted points, and at
each point the unknowns are normal about their mode (Rue, Martino and Chopin 2009).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.optimize import minimize

Array = NDArray[np.float64]
LEAST_EFFECTIVE = 0.2  # share of points that must count for the weights to be used
NEAR = 1.5  # the search has settled when the mode lies within so many standard deviations of the gradient's zero

Density = Callable[[Array], tuple[float, Array]]


@dataclass(frozen=True)
class Scan:
    """Points of the scales' posterior: `points` (point, scale), `weights` summing to one, mode, and how it went.

    `effective` is the effective number of points that the density gives; `settled` whether the search
    for the mode ended where its gradient vanishes.
    """

    points: Array
    weights: Array
    mode: Array
    spread: Array  # (scale, scale) lower factor of the covariance at the mode
    effective: float
    settled: bool


def scan_scales(density: Density, start: Array, random: np.random.Generator, points: int = 32) -> Scan:
    """Explores a log density of a few scales: mode by L-BFGS, curvature from gradients, weighted normal points.

    `density(eta)` gives the log density and its gradient; the mode is where the gradient vanishes. Weights are
    truncated at root(points) times their mean (Ionides 2008), which bounds their variance at a small bias; where
    fewer than a fifth of the points would count, the normal points count alike.
    """

    def negative(eta: Array) -> tuple[float, Array]:
        value, gradient = density(eta)
        return (-value, -gradient) if np.isfinite(value) else (1e10, np.zeros_like(eta))

    options = {"maxiter": 25, "ftol": 1e-6, "gtol": 0.05}
    found = minimize(negative, start, jac=True, method="L-BFGS-B", options=options)
    mode, base, slope, spread = _polish(negative, np.asarray(found.x, float))
    normal = _even_normals(points, len(mode), random)
    places = mode + normal @ spread.T
    logs = np.array([-negative(place)[0] for place in places]) + 0.5 * (normal**2).sum(axis=1) + base
    raw = np.exp(logs - logs.max())
    weights = np.minimum(raw / raw.mean(), np.sqrt(points))
    weights = weights / weights.sum()
    effective = float(1.0 / (weights**2).sum())
    if effective < LEAST_EFFECTIVE * points:
        weights = np.full(points, 1.0 / points)
    settled = bool(np.abs(spread.T @ slope).max() < NEAR)
    return Scan(places, weights, mode, spread, effective, settled)


def _polish(negative: Density, mode: Array, rounds: int = 4) -> tuple[Array, float, Array, Array]:
    """Newton steps to where the gradient vanishes; returns mode, value, gradient and covariance factor.

    A step that does not bring the gradient down is halved; when the third half does not either, the search ends.
    """
    size = len(mode)
    base, slope = negative(mode)
    for turn in range(rounds):
        hessian = np.empty((size, size))
        for k in range(size):
            shifted = mode.copy()
            shifted[k] += 0.1
            hessian[k] = (negative(shifted)[1] - slope) / 0.1
        values, vectors = np.linalg.eigh(0.5 * (hessian + hessian.T))
        spread = np.asarray(vectors / np.sqrt(np.clip(np.abs(values), 0.25, None)))
        size_now = np.abs(spread.T @ slope).max()
        if turn == rounds - 1 or size_now < 0.5:
            break
        step = np.clip(spread @ (spread.T @ slope), -0.7, 0.7)
        tried = [(mode - step, *negative(mode - step))]
        while np.abs(spread.T @ tried[-1][2]).max() >= size_now and len(tried) < 3:
            place = mode - step * 0.5 ** len(tried)
            tried.append((place, *negative(place)))
        if np.abs(spread.T @ tried[-1][2]).max() >= size_now:
            break
        mode, base, slope = tried[-1]
    return mode, base, slope, spread


def _even_normals(points: int, size: int, random: np.random.Generator) -> Array:
    """Standard normal points in mirrored pairs, the first pair replaced by the centre itself."""
    half = random.standard_normal(((points + 1) // 2, size))
    both = np.concatenate([half, -half])[:points]
    both[0] = 0.0
    return np.asarray(both)


def share_draws(weights: Array, draws: int) -> NDArray[np.int64]:
    """How many of `draws` fall to each point: systematic sampling, so counts differ from their share by less than one.

    >>> share_draws(np.array([0.5, 0.25, 0.25]), 8)
    array([4, 2, 2])
    """
    edges = np.concatenate([[0.0], np.cumsum(weights)]) / np.sum(weights)
    marks = np.floor(edges * draws + 0.5)
    return np.asarray(np.diff(marks), np.int64)


def arrow_draws(
    local: Array,
    shared: Array,
    local_precision: Array,
    gain: Array,
    shared_precision: Array,
    draws: int,
    random: np.random.Generator,
) -> tuple[Array, Array]:
    """Draws of local (draw, block, unknown) and shared (draw, unknown) values from a normal with an arrow precision.

    Shared unknowns are normal with `shared_precision` (a Schur complement); each block, given them, is normal with
    its own precision about `local - gain (shared - mode)`.
    """
    blocks, size = local.shape
    factor = np.linalg.cholesky(local_precision)
    noise = random.standard_normal((draws, blocks, size))
    inner = np.linalg.solve(np.swapaxes(factor, 1, 2), noise.transpose(1, 2, 0)).transpose(2, 0, 1)
    if not len(shared):
        return local + inner, np.zeros((draws, 0))
    upper = np.linalg.cholesky(shared_precision).T
    offset = solve_triangular(upper, random.standard_normal((len(shared), draws)), lower=False).T
    return local + inner - np.einsum("rls,ds->drl", gain, offset), shared + offset


def quantiles_of(draws: Array, mass: float = 0.9) -> tuple[Array, Array, Array]:
    """Median, lower and upper end of the central interval of `mass` over the first axis; NaN draws are left out."""
    tail = 0.5 * (1.0 - mass)
    lo, median, hi = np.nanquantile(draws, [tail, 0.5, 1.0 - tail], axis=0)
    return median, lo, hi
