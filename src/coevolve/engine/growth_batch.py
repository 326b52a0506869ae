"""Thousands of regions at once, each fitted alone: growth exact, counting noisy, one smooth path a region.

The most probable unknowns of each region under the priors of `growth_fit` for one region, from several starts by
Levenberg-Marquardt with forward sensitivities; noise of counting by pole from what the fit leaves and the points
that it uses up. Intervals are those of Student's t about the mode. No region sees another, so a result does not
depend on who else is in the batch, nor on how many threads share the work.

    log x_i(t_k) = log N_i + w_i(t_k) + sigma_i e,     w by Tong & Wang (9n)
    unknowns of a region, in this order: log x(t_0) by pole, log R by pole, log N by pole, b_ij for i and j != i
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numba import get_num_threads
from numpy.typing import NDArray

from .growth import SUBSTEPS, integral_match, paths
from .growth_fit import SD_B, SD_CAPACITY, SD_RATE, Problem
from .growth_one import TAIL, fit_regions
from .growth_residuals import LOOSE_START

Array = NDArray[np.float64]

LEAST = 4  # observed values of every pole without which a region is not fitted
LARGEST = 300.0  # a log scale beyond this is no count, and its region is not fitted
STARTS = 3


@dataclass(frozen=True)
class BatchFit:
    """The fits of all regions; NaN, and `settled` False, where a region could not be fitted.

    `log_start`, `rate`, `capacity`, `sigma` (region, pole); `symbiosis` (region, pole, pole); `covariance` (region,
    unknown, unknown) in the order of the module; `dof` (region,) degrees of freedom left to the noisiest estimate of
    noise; `cost` minus the log density at the mode, noise held; `agreeing` of three starts reached that mode.
    """

    times: Array
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    log_start: Array
    rate: Array
    capacity: Array
    symbiosis: Array
    sigma: Array
    covariance: Array
    dof: Array
    cost: Array
    agreeing: NDArray[np.int64]
    settled: NDArray[np.bool_]

    @property
    def mode(self) -> Array:
        """The unknowns of each region in the order of the covariance, (region, unknown)."""
        off = ~np.eye(self.rate.shape[1], dtype=bool)
        parts = (self.log_start, np.log(self.rate), np.log(self.capacity), self.symbiosis[:, off])
        return np.concatenate(parts, axis=1)


@dataclass(frozen=True)
class BatchDraws:
    """Draws of each region's unknowns: all (draw, region, pole), `symbiosis` (draw, region, pole, pole).

    `log_start` and `log_last` are log scales at the region's first and last observed time, `sigma` the noise.
    """

    log_start: Array
    log_last: Array
    rate: Array
    capacity: Array
    symbiosis: Array
    sigma: Array


def fit_batch(times: Array, logs: Array, *, substeps: int = SUBSTEPS) -> BatchFit:
    """The growth equations fitted to each region alone, counting noisy and growth exact; thousands in seconds.

    `logs`: log scales (region, time, pole), NaN where not observed; `times`: increasing, in periods, any spacing. The
    equations are Tong & Wang (7) to (10), and (9n) where there are more poles. Regions with fewer than four values of
    a pole or a log scale beyond 300, or whose fit runs off, come back as NaN with `settled` False. Do not trust the
    intervals where growth itself is noisy: they are then too narrow (use states).
    """
    times, logs = np.ascontiguousarray(times, float), np.ascontiguousarray(logs, float)
    regions, _, n = logs.shape
    size = n * (n + 2)
    seen = np.isfinite(logs)
    is_sane = (np.abs(np.where(seen, logs, 0.0)) < LARGEST).all(axis=(1, 2))
    enough = np.flatnonzero(is_sane & (seen.sum(axis=1) >= LEAST).all(axis=1))
    theta, covariance = np.full((regions, size), np.nan), np.full((regions, size, size), np.nan)
    sigma, told = np.full((regions, n), np.nan), np.full((regions, 2), np.nan)
    first, last = np.zeros(regions, np.int64), np.zeros(regions, np.int64)
    agreeing, settled = np.zeros(regions, np.int64), np.zeros(regions, bool)
    if len(enough):
        problem = Problem.of(times, logs[enough], with_states=False, is_partial=False, has_years=False)
        found = _fit(problem, logs[enough], substeps)
        theta[enough], covariance[enough], sigma[enough], told[enough], agreeing[enough], settled[enough] = found
        first[enough], last[enough] = problem.first, problem.last
    lost = ~(np.isfinite(theta).all(axis=1) & np.isfinite(covariance).all(axis=(1, 2)))
    theta[lost], covariance[lost], sigma[lost], told[lost] = np.nan, np.nan, np.nan, np.nan
    symbiosis = np.zeros((regions, n, n))
    symbiosis[:, ~np.eye(n, dtype=bool)] = theta[:, 3 * n :]
    return BatchFit(
        times=times,
        first=first,
        last=last,
        log_start=theta[:, :n],
        rate=np.exp(theta[:, n : 2 * n]),
        capacity=np.exp(theta[:, 2 * n : 3 * n]),
        symbiosis=symbiosis,
        sigma=sigma,
        covariance=covariance,
        dof=told[:, 1],
        cost=told[:, 0],
        agreeing=np.where(lost, 0, agreeing),
        settled=settled & ~lost,
    )


def _fit(problem: Problem, logs: Array, substeps: int) -> tuple[NDArray[Any], ...]:
    """Unknowns, covariance, noise, (cost, points left), starts agreeing and settled, each by region."""
    filled = problem.filled()
    centre, spread = priors(problem, filled)
    begins = starts(problem, filled)
    sigma = roughness(problem.times, filled)
    regions, size = centre.shape
    theta: Array = np.full((regions, size), np.nan)
    covariance: Array = np.full((regions, size, size), np.nan)
    told: Array = np.full((regions, 2), np.nan)
    agreeing, settled = np.zeros(regions, np.int64), np.zeros(regions, bool)

    def some(piece: slice) -> None:
        fit_regions(
            problem.times,
            logs[piece],
            problem.first[piece],
            problem.last[piece],
            begins[piece],
            sigma[piece],
            centre[piece],
            spread,
            substeps,
            theta[piece],
            covariance[piece],
            told[piece],
            agreeing[piece],
            settled[piece],
        )

    threads = get_num_threads()
    if threads == 1 or regions < 4 * threads:
        some(slice(0, regions))
    else:
        edges = np.linspace(0, regions, 4 * threads + 1).astype(int)
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(some, (slice(a, b) for a, b in pairwise(edges))))
    return theta, covariance, sigma, told, agreeing, settled


def priors(problem: Problem, filled: Array) -> tuple[Array, Array]:
    """Centre (region, unknown) and scale (unknown,) of the prior of each unknown: those of one region alone.

    Normal, but for b: Student's t with `TAIL` degrees of freedom and the same sd.
    """
    lay = problem.layout
    n = lay.poles
    centre = np.zeros((lay.regions, n * (n + 2)))
    centre[:, :n] = filled[np.arange(lay.regions), problem.first]
    centre[:, n : 2 * n] = problem.rate_centre
    centre[:, 2 * n : 3 * n] = problem.anchor + np.log(1.3)
    scale_b = SD_B * np.sqrt((TAIL - 2.0) / TAIL)
    return centre, np.repeat([LOOSE_START, SD_RATE, SD_CAPACITY, scale_b], [n, n, n, n * (n - 1)])


def starts(problem: Problem, filled: Array) -> Array:
    """Where to begin, (region, start, unknown): integral matching, independent logistics, capacity near the present."""
    lay = problem.layout
    n, off = lay.poles, ~np.eye(lay.poles, dtype=bool)
    out = np.zeros((lay.regions, STARTS, n * (n + 2)))
    out[:, :, :n] = filled[np.arange(lay.regions), problem.first][:, None, :]
    out[:, 1, n : 2 * n], out[:, 1, 2 * n : 3 * n] = problem.rate_centre, problem.anchor + np.log(1.3)
    out[:, 2, n : 2 * n], out[:, 2, 2 * n : 3 * n] = problem.rate_centre + 0.7, problem.anchor + 0.05
    limit = np.log(1.3) + 2.5 * SD_CAPACITY
    for r in range(lay.regions):
        rate, log_capacity, b = integral_match(problem.times, filled[r])
        out[r, 0, n : 2 * n] = np.log(rate)
        out[r, 0, 2 * n : 3 * n] = np.clip(log_capacity, problem.anchor[r] - limit, problem.anchor[r] + limit)
        out[r, 0, 3 * n :] = b[off]
    return out


def roughness(times: Array, filled: Array) -> Array:
    """Noise to begin with, (region, pole): sd of second differences over root six, as in `Problem.roughness`."""
    slopes = np.diff(filled, axis=1) / np.diff(times)[None, :, None]
    return np.asarray(np.clip(np.diff(slopes, axis=1).std(axis=1) / np.sqrt(6.0), 1e-3, 0.5))


def draws(batch: BatchFit, random: np.random.Generator, count: int) -> BatchDraws:
    """Draws of the unknowns of each region, Student's t about the mode; NaN where a region was not fitted.

    Noise is drawn with them: where it is drawn larger, the unknowns spread wider.
    """
    regions, n = batch.rate.shape
    mode = batch.mode
    size = mode.shape[1]
    fitted = np.asarray(np.isfinite(batch.covariance).all(axis=(1, 2)))
    normal = random.standard_normal((count, regions, size))
    dof = np.where(fitted, batch.dof, 1.0)
    stretch = np.sqrt(dof / random.chisquare(dof, (count, regions)))
    root = np.linalg.cholesky(np.where(fitted[:, None, None], batch.covariance, np.eye(size)))
    drawn = mode + np.einsum("rij,drj->dri", root, normal) * stretch[:, :, None]
    symbiosis = np.zeros((count, regions, n, n))
    symbiosis[..., ~np.eye(n, dtype=bool)] = drawn[..., 3 * n :]
    rate, capacity = np.exp(drawn[..., n : 2 * n]), np.exp(drawn[..., 2 * n : 3 * n])
    log_last = np.full((count, regions, n), np.nan)
    for r in np.flatnonzero(fitted):
        spans = np.diff(batch.times[batch.first[r] : batch.last[r] + 1])
        log_last[:, r] = paths(drawn[:, r, :n], rate[:, r], capacity[:, r], symbiosis[:, r], spans)[:, -1]
    return BatchDraws(drawn[..., :n], log_last, rate, capacity, symbiosis, batch.sigma * stretch[:, :, None])
