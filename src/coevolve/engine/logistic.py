"""Growth curves of single series: exponential and logistic, thousands at once, with how sure one can be.

Both are one family, linear in the share of room left:

    g = dx/dt / x = r - a x          a = 0: exponential, Tong & Wang (6)
                                     a > 0: logistic with N = r / a, Tong & Wang (7), (8)

Deviations from the curve may last: their correlation over one period, phi, is integrated over a grid, so that both
noisy counting about a smooth curve (phi = 0) and growth that wanders (phi near 1) are covered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

PERSISTENCE = np.array([0.0, 0.3, 0.5, 0.65, 0.8, 0.9, 0.97])
NEEDS = {"exponential": 4, "logistic": 6}  # observed, positive values; below that nothing is said
SMALL = 1e-12


@njit(cache=True)
def _curve(t: float, theta: Array, is_logistic: bool, slope: Array) -> float:
    """Log of the curve at time t since the start, in units of the reference scale, and its slopes.

    theta = (log x0, r, A) with A = a times the reference scale: 1/x = A phi1(t) + exp(-r t) / x0, where
    phi1 = (1 - exp(-r t)) / r.
    """
    r = theta[1]
    if not is_logistic:
        slope[0], slope[1] = 1.0, t
        return float(theta[0] + r * t)
    rt = r * t
    decay = math.exp(-min(max(rt, -50.0), 50.0))
    if abs(rt) < 1e-5:
        part, dpart = t * (1.0 - 0.5 * rt), -0.5 * t * t
    else:
        part, dpart = (1.0 - decay) / r, (t * decay - (1.0 - decay) / r) / r
    start = math.exp(-theta[0])
    room = theta[2] * part + start * decay
    if room < 1e-9:
        slope[:] = 0.0
        return 20.0
    slope[0] = start * decay / room
    slope[1] = -(theta[2] * dpart - t * start * decay) / room
    slope[2] = -part / room
    return -math.log(room)


@njit(cache=True)
def _misses(times: Array, logs: Array, theta: Array, phi: float, is_logistic: bool, res: Array, jac: Array) -> float:
    """Residuals and their Jacobian after removing persistence phi per period; returns the sum of their log scales."""
    count, size = len(times), len(theta)
    before, slope = np.zeros(size), np.zeros(size)
    last, logs_of_scale = 0.0, 0.0
    for k in range(count):
        miss = _curve(times[k] - times[0], theta, is_logistic, slope) - logs[k]
        if k == 0:
            tie, scale = 0.0, 1.0 / math.sqrt(1.0 - phi * phi)
        else:
            tie = phi ** (times[k] - times[k - 1])
            scale = math.sqrt((1.0 - tie * tie) / (1.0 - phi * phi)) if phi > 0 else 1.0
        res[k] = (miss - tie * last) / scale
        for c in range(size):
            jac[k, c] = (slope[c] - tie * before[c]) / scale
            before[c] = slope[c]
        last = miss
        logs_of_scale += math.log(scale)
    return logs_of_scale


@njit(cache=True)
def _fit_one(
    times: Array, logs: Array, theta: Array, phi: float, is_logistic: bool, out_cov: Array
) -> tuple[float, float, bool]:
    """Levenberg-Marquardt, in place; returns (log restricted likelihood, residual variance, settled)."""
    count, size = len(times), len(theta)
    res, jac = np.empty(count), np.empty((count, size))
    trial_res, trial_jac = np.empty(count), np.empty((count, size))
    scale_logs = _misses(times, logs, theta, phi, is_logistic, res, jac)
    cost = np.dot(res, res)
    damping, settled = 1e-3, False
    for _ in range(200):
        normal = jac.T @ jac
        slope = jac.T @ res
        for c in range(size):
            normal[c, c] += damping * normal[c, c] + 1e-14
        move = np.linalg.solve(normal, slope)
        promise = np.dot(move, slope)
        trial = theta - move
        _misses(times, logs, trial, phi, is_logistic, trial_res, trial_jac)
        new = np.dot(trial_res, trial_res)
        if new <= cost:
            theta[:] = trial
            res[:] = trial_res
            jac[:] = trial_jac
            done = promise <= 1e-10 * cost + 1e-26 or (cost - new <= 1e-15 * cost and damping < 1e-6)
            cost = new
            damping = max(damping * 0.1, 1e-12)
            if done:
                settled = True
                break
        else:
            if promise <= 1e-9 * cost + 1e-26:
                settled = True
                break
            damping *= 10.0
            if damping > 1e12:
                break
    normal = jac.T @ jac
    for c in range(size):
        normal[c, c] += 1e-12 * normal[c, c] + 1e-14
    free = count - size
    variance = max(cost / free, 1e-24)
    out_cov[:] = np.linalg.inv(normal) * variance
    _, log_det = np.linalg.slogdet(normal)
    return -0.5 * free * math.log(variance) - scale_logs - 0.5 * log_det, variance, settled


@njit(cache=True)
def _start(times: Array, logs: Array, theta: Array) -> None:
    """Regression of growth on level: rough r and A."""
    count = len(times)
    sx = sy = sxx = sxy = 0.0
    for k in range(count - 1):
        g = (logs[k + 1] - logs[k]) / (times[k + 1] - times[k])
        x = 0.5 * (math.exp(logs[k]) + math.exp(logs[k + 1]))
        sx += x
        sy += g
        sxx += x * x
        sxy += x * g
    m = count - 1
    spread = sxx - sx * sx / m
    slope = (sxy - sx * sy / m) / spread if spread > SMALL else 0.0
    span = times[-1] - times[0]
    rate = (sy - slope * sx) / m
    theta[0] = logs[0]
    if slope < 0.0 and rate > 0.0:
        theta[1], theta[2] = min(rate, 20.0 / span), min(rate, 20.0 / span) * (-slope / rate)
    else:
        theta[1], theta[2] = (logs[-1] - logs[0]) / span + 0.5 / span, 0.5 / span


@njit(cache=True)
def _fit_all(times: Array, logs: Array, seen: NDArray[np.bool_], grid: Array, is_logistic: bool, needs: int):  # type: ignore[no-untyped-def]
    series, size, points = logs.shape[0], 3 if is_logistic else 2, len(grid)
    theta = np.full((series, points, size), np.nan)
    cov = np.full((series, points, size, size), np.nan)
    likelihood = np.full((series, points), -np.inf)
    variance = np.full((series, points), np.nan)
    cost = np.full((series, points), np.nan)
    status = np.zeros(series, np.int64)  # 0 fitted, 1 too few values, 2 did not settle
    for s in range(series):
        count = 0
        for k in range(len(times)):
            count += seen[s, k]
        if count < needs:
            status[s] = 1
            continue
        t, y = np.empty(count), np.empty(count)
        place = 0
        for k in range(len(times)):
            if seen[s, k]:
                t[place], y[place] = times[k], logs[s, k]
                place += 1
        first = np.zeros(3)
        _start(t, y, first)
        current = first[:size].copy()
        good = False
        for p in range(points):
            value, var, settled = _fit_one(t, y, current, grid[p], is_logistic, cov[s, p])
            theta[s, p] = current
            if settled and np.isfinite(value):
                likelihood[s, p], variance[s, p] = value, var
                cost[s, p] = var * (count - size)
                good = True
            else:
                current = first[:size].copy()
        if not good:
            status[s] = 2
    return theta, cov, likelihood, variance, cost, status


@dataclass(frozen=True)
class Curves:
    """One law fitted to many series. `theta` (series, point, parameter) = (log x0, r, A), per persistence point with
    `weights` (series, point) and covariance `cov`; `variance` of one period's deviation; `log_likelihood` (series,)
    at the best point; `reference` (series,) the scale; `start`, `end` (series,) first and last observed time;
    `last_miss` (series, point) deviation there; `status`: 0 fitted, 1 too few values, 2 did not settle."""

    law: str
    theta: Array
    cov: Array
    weights: Array
    variance: Array
    log_likelihood: Array
    reference: Array
    start: Array
    end: Array
    last_miss: Array
    counts: NDArray[np.int64]
    status: NDArray[np.int64]


def fit_curves(times: Array, values: Array, law: str) -> Curves:
    """Fits one law ("exponential" or "logistic") to every series (series, time); NaN and values <= 0 are not seen.

    A series that cannot be fitted has a status and NaN; it costs the others nothing.
    """
    seen = np.isfinite(values) & (np.where(np.isfinite(values), values, 0.0) > 0.0)
    logs_raw = np.log(np.where(seen, values, 1.0))
    counts = seen.sum(axis=1)
    reference = np.exp(np.where(seen, logs_raw, 0.0).sum(axis=1) / np.maximum(counts, 1))
    logs = np.where(seen, logs_raw - np.log(reference)[:, None], 0.0)
    is_logistic = law == "logistic"
    theta, cov, likelihood, variance, cost, status = _fit_all(
        np.ascontiguousarray(times, float), logs, seen, PERSISTENCE, is_logistic, NEEDS[law]
    )
    best = likelihood.max(axis=1)
    usable = np.isfinite(best)
    weights = np.exp(likelihood - np.where(usable, best, 0.0)[:, None])
    weights = np.where(usable[:, None], weights / np.maximum(weights.sum(axis=1), SMALL)[:, None], np.nan)
    first = times[seen.argmax(axis=1)]
    end_place = len(times) - 1 - seen[:, ::-1].argmax(axis=1)
    end = times[end_place]
    full = _full_likelihood(cost, counts, times, seen)
    last = logs[np.arange(len(logs)), end_place]
    at_end = curve(theta, (end - first)[:, None], law)
    return Curves(
        law,
        theta,
        cov,
        weights,
        variance,
        full,
        reference,
        np.asarray(first, float),
        np.asarray(end, float),
        last[:, None] - at_end,
        np.asarray(counts, np.int64),
        status,
    )


def _full_likelihood(cost: Array, counts: NDArray[np.int64], times: Array, seen: NDArray[np.bool_]) -> Array:
    """Log likelihood at the best persistence, variance profiled out (for Akaike weights)."""
    found = np.full(len(counts), np.nan)
    for s in range(len(counts)):
        spans = np.diff(times[seen[s]])
        best = -np.inf
        for p, phi in enumerate(PERSISTENCE):
            if np.isfinite(cost[s, p]):
                tie = phi**spans
                scale = 0.5 * np.log((1 - tie**2) / (1 - phi**2)).sum() - 0.5 * np.log(1 - phi**2)
                variance = max(cost[s, p] / counts[s], 1e-24)
                best = max(best, -0.5 * counts[s] * (np.log(2 * np.pi * variance) + 1.0) - scale)
        found[s] = best if np.isfinite(best) else np.nan
    return found


def curve(theta: Array, elapsed: Array, law: str) -> Array:
    """Log of the curve in reference units `elapsed` periods after the start, broadcast over theta's leading axes."""
    log_start, rate = theta[..., 0], theta[..., 1]
    if law == "exponential":
        return np.asarray(log_start + rate * elapsed)
    rt = np.clip(rate * elapsed, -50.0, 50.0)
    small = np.abs(rt) < 1e-5
    part = np.where(small, elapsed * (1.0 - 0.5 * rt), -np.expm1(-rt) / np.where(small, 1.0, rate))
    room = theta[..., 2] * part + np.exp(-log_start - rt)
    return np.asarray(-np.log(np.maximum(room, 1e-9)))


def draw_curves(curves: Curves, random: np.random.Generator, draws: int) -> tuple[Array, NDArray[np.int64], Array]:
    """Draws of theta (draw, series, parameter), of the persistence point (draw, series), and of the log of the
    residual sd (draw, series): persistence by its weights, variance scaled chi-squared, theta normal."""
    series, points, size = curves.theta.shape
    usable = np.isfinite(curves.weights[:, 0])
    edges = np.cumsum(np.where(usable[:, None], curves.weights, 1.0 / points), axis=1)
    marks = (np.arange(draws)[:, None] + random.random((1, series))) / draws
    point = np.minimum((marks[:, :, None] > edges[None]).sum(axis=2), points - 1)
    rows = np.arange(series)
    free = np.maximum(curves.counts - size, 1)
    factor = free / np.maximum(random.chisquare(free, (draws, series)), 1e-3)
    cov = np.where(np.isfinite(curves.cov), curves.cov, 0.0)
    values, vectors = np.linalg.eigh(cov)
    roots = vectors * np.sqrt(np.clip(values, 0.0, None))[..., None, :]
    normal = random.standard_normal((draws, series, size))
    spread = np.einsum("dsij,dsj->dsi", roots[rows, point], normal)
    theta = curves.theta[rows, point] + spread * np.sqrt(factor)[..., None]
    deviation = np.sqrt(curves.variance[rows, point] * factor)
    return np.where(usable[None, :, None], theta, np.nan), point, np.where(usable, deviation, np.nan)


def forecast_draws(curves: Curves, ahead: Array, random: np.random.Generator, draws: int) -> Array:
    """Draws of each series at the times `ahead` (draw, series, time), in the unit of the series.

    The curve goes on from the start value; the last deviation dies away with its persistence and new ones arise.
    No draw bends upwards: one that would is followed without a ceiling, at the rate that goes with none.
    """
    theta, point, deviation = draw_curves(curves, random, draws)
    rows = np.arange(curves.theta.shape[0])
    if curves.law == "logistic":
        theta = _without_upward_bend(theta, curves.cov[..., 2][rows, point])
    phi = PERSISTENCE[point]
    level = np.log(curves.reference)
    elapsed = curves.end - curves.start
    here = curve(theta, elapsed[None], curves.law)
    best = curve(curves.theta, elapsed[:, None], curves.law)[rows, point]
    miss = curves.last_miss[rows, point] - (here - best)
    out = np.empty((draws, len(rows), len(ahead)))
    now = curves.end
    for k, time in enumerate(ahead):
        tie = phi ** np.maximum(time - now, 0.0)
        rise = np.sqrt((1.0 - tie**2) / (1.0 - phi**2))
        miss = tie * miss + deviation * rise * random.standard_normal(miss.shape)
        out[:, :, k] = level + curve(theta, (time - curves.start)[None], curves.law) + miss
        now = np.full_like(curves.end, time)
    return np.exp(np.minimum(out, 700.0))


def _without_upward_bend(theta: Array, with_a: Array) -> Array:
    """Draws with A below 0 moved to A = 0 along their covariance: start and rate follow, for they were drawn with A.

    theta - cov[:, A] A / cov[A, A], the mean of the others given A = 0; `with_a` is cov[:, A]. Setting A alone would
    leave a rate that fits the values only together with the bend, often one of the wrong sign.
    """
    spread = np.where(with_a[..., 2] > 0, with_a[..., 2], 1.0)
    along = np.where(np.isfinite(with_a), with_a, 0.0) / spread[..., None]
    along[..., 2] = 1.0
    return np.asarray(theta - np.minimum(theta[..., 2], 0.0)[..., None] * along)


def akaike_weights(log_likelihoods: Array, parameters: Array, counts: Array) -> Array:
    """Weight of each law (law, series) by the small-sample Akaike criterion; NaN laws get none.

        AICc = 2k - 2 log L + 2k(k+1)/(n-k-1);  weight = exp(-(AICc - min)/2) / sum      Burnham & Anderson (2002)

    `parameters` counts each law's, variance and persistence included.

    >>> akaike_weights(np.array([[0.0], [0.0]]), np.array([2.0, 2.0]), np.array([50.0])).ravel()
    array([0.5, 0.5])
    """
    k = np.asarray(parameters, float)[:, None]
    room = np.asarray(counts, float)[None] - k - 1.0
    criterion = (
        2 * k - 2 * log_likelihoods + np.where(room > 0, 2 * k * (k + 1) / np.where(room > 0, room, 1.0), np.nan)
    )
    usable = np.isfinite(criterion)
    least = np.where(usable, criterion, np.inf).min(axis=0)
    known = np.isfinite(least)
    raw = np.where(usable, np.exp(-0.5 * (np.where(usable, criterion, 0.0) - np.where(known, least, 0.0))), 0.0)
    total = raw.sum(axis=0)
    return np.where(known, raw / np.where(known, total, 1.0), np.nan)
