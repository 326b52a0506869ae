"""Exponential smoothing of many short series: the Theta method, and a trend that is damped."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .season import season_of

Kernel = Callable[[NDArray[np.float64], int, int], NDArray[np.float64]]

THETA_NEEDS = 7
DAMPED_NEEDS = 8
_GOLDEN = 0.6180339887498949
_LOWEST, _HIGHEST = 0.1, 0.99  # bounds of the smoothing weight of the level, as in Fiorucci et al. (2016)
_SLOPE_HIGHEST = 0.5  # the slope takes at most half of a surprise: freer slopes chase noise in short series
_DAMP_LOWEST, _DAMP_HIGHEST = 0.8, 0.98  # the customary range of the damping


def theta(values: NDArray[np.float64], steps: int, season: int = 1) -> NDArray[np.float64]:
    """The next `steps` values of each series by the standard Theta method, shape (series, step).

        y_{n+h} = l_n + (1/2) (A (1-a)^(n+h-1) + B (1 - (1-a)^(n+h)) / a)     Fiorucci et al. (2016), theta = 2

    A + B t is the straight line through all observations, l the exponentially smoothed level. The weight a in
    [.1, .99] and the first level minimise the squared one-step errors from the fourth on. Missing cells (NaN) are
    bridged by the forecast for them. With a season the series is first freed from it where a test finds one.
    NaN for series with fewer than 7 observations.
    """
    return _smooth(values, steps, season, _theta_all, THETA_NEEDS)


def damped(values: NDArray[np.float64], steps: int, season: int = 1) -> NDArray[np.float64]:
    """The next `steps` values of each series by exponential smoothing with a damped trend, shape (series, step).

        f_t = l_{t-1} + p b_{t-1};  l_t = f_t + a e_t;  b_t = p b_{t-1} + a c e_t          Gardner & McKenzie (1985)
        y_{n+h} = l_n + (p + p^2 + ... + p^h) b_n

    a in [.1, .99], c in [0, .5] and p in [.8, .98] minimise the squared one-step errors; the level starts at the
    first observation, the slope at the mean of the first three changes. NaN for fewer than 8 observations.
    """
    return _smooth(values, steps, season, _damped_all, DAMPED_NEEDS)


def _smooth(values: NDArray[np.float64], steps: int, season: int, kernel: Kernel, needed: int) -> NDArray[np.float64]:
    block = np.ascontiguousarray(values, dtype=np.float64)
    if season < 2:
        return kernel(block, steps, needed)
    pattern = season_of(block, season)
    return pattern.restore(kernel(np.ascontiguousarray(pattern.remove(block)), steps, needed), block.shape[1])


@njit(cache=True)
def _theta_all(values, steps, needed):  # type: ignore[no-untyped-def]
    out = np.full((values.shape[0], steps), np.nan)
    for s in range(values.shape[0]):
        first, count = _span(values[s])
        if count >= needed:
            _theta_one(values[s, first:], out[s])
    return out


@njit(cache=True)
def _span(y):  # type: ignore[no-untyped-def]
    """Where the first observation stands, and how many there are."""
    first, count = 0, 0
    for t in range(y.size):
        if not np.isnan(y[t]):
            if count == 0:
                first = t
            count += 1
    return first, count


@njit(cache=True)
def _theta_one(y, out):  # type: ignore[no-untyped-def]
    intercept, slope = _line(y)
    step = (_HIGHEST - _LOWEST) / 40
    best, weight = np.inf, 0.5
    for k in range(41):
        trial = _LOWEST + step * k
        error = _theta_error(y, intercept, slope, trial)[0]
        if error < best:
            best, weight = error, trial
    low, high = max(_LOWEST, weight - step), min(_HIGHEST, weight + step)
    for _ in range(30):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if _theta_error(y, intercept, slope, left)[0] < _theta_error(y, intercept, slope, right)[0]:
            high = right
        else:
            low = left
    weight = 0.5 * (low + high)
    level = _theta_error(y, intercept, slope, weight)[1]
    power = (1 - weight) ** y.size
    for h in range(out.size):
        out[h] = level + 0.5 * (intercept * power + slope * (1 - power * (1 - weight)) / weight)
        level = weight * out[h] + (1 - weight) * level
        power *= 1 - weight


@njit(cache=True)
def _line(y):  # type: ignore[no-untyped-def]
    """The least-squares line through the observations, time counted 1, 2, ...: intercept and slope."""
    n = st = sy = stt = sty = 0.0
    for i in range(y.size):
        if not np.isnan(y[i]):
            t = i + 1.0
            n += 1
            st += t
            sy += y[i]
            stt += t * t
            sty += t * y[i]
    slope = (n * sty - st * sy) / (n * stt - st * st)
    return (sy - slope * st) / n, slope


@njit(cache=True)
def _theta_error(y, intercept, slope, weight):  # type: ignore[no-untyped-def]
    """Squared one-step errors from the fourth cell on, and the last level, at the best first level.

    Every error is linear in the first level, so the best one is known in closed form: the level is carried as
    `fixed + share * first`.
    """
    keep = 1 - weight
    fixed, share, power = weight * y[0], keep, 1.0
    squares = cross = weights = 0.0
    for i in range(1, y.size):
        power *= keep
        line = 0.5 * (intercept * power + slope * (1 - power * keep) / weight)
        if np.isnan(y[i]):
            fixed += weight * line
            continue
        error = y[i] - fixed - line
        if i >= 3:
            squares += error * error
            cross += error * share
            weights += share * share
        fixed = weight * y[i] + keep * fixed
        share *= keep
    first = cross / weights if weights > 1e-12 else 0.5 * y[0]
    return squares - 2 * first * cross + first * first * weights, fixed + share * first


@njit(cache=True)
def _damped_all(values, steps, needed):  # type: ignore[no-untyped-def]
    out = np.full((values.shape[0], steps), np.nan)
    for s in range(values.shape[0]):
        first, count = _span(values[s])
        if count >= needed:
            _damped_one(values[s, first:], out[s])
    return out


@njit(cache=True)
def _damped_one(y, out):  # type: ignore[no-untyped-def]
    slope = _first_slope(y)
    low = np.array([_LOWEST, 0.0, _DAMP_LOWEST])
    high = np.array([_HIGHEST, _SLOPE_HIGHEST, _DAMP_HIGHEST])
    move = (high - low) / np.array([7.0, 5.0, 3.0])
    best, at = np.inf, low.copy()
    for i in range(8):
        for j in range(6):
            for k in range(4):
                a, c, p = low[0] + move[0] * i, low[1] + move[1] * j, low[2] + move[2] * k
                error = _damped_error(y, slope, a, c, p)[0]
                if error < best:
                    best, at[0], at[1], at[2] = error, a, c, p
    _descend(y, slope, low, high, move, at, best)
    _, level, trend = _damped_error(y, slope, at[0], at[1], at[2])
    power = at[2]
    for h in range(out.size):
        level += power * trend
        power *= at[2]
        out[h] = level


@njit(cache=True)
def _descend(y, slope, low, high, move, at, best):  # type: ignore[no-untyped-def]
    """Walk `at` downhill along the three weights in turn, with steps that halve when none helps."""
    for _ in range(60):
        better = False
        for k in range(3):
            for sign in (-1.0, 1.0):
                here = at[k]
                at[k] = min(high[k], max(low[k], here + sign * move[k]))
                error = _damped_error(y, slope, at[0], at[1], at[2])[0]
                if error < best * (1 - 1e-12):
                    best, better = error, True
                else:
                    at[k] = here
        if not better:
            move *= 0.5
            if move[0] < 1e-4:
                break


@njit(cache=True)
def _first_slope(y):  # type: ignore[no-untyped-def]
    """The mean change a period over the first three changes that can be seen."""
    seen, last = 0, 0
    for t in range(1, y.size):
        if not np.isnan(y[t]):
            seen, last = seen + 1, t
            if seen == 3:
                break
    return (y[last] - y[0]) / last


@njit(cache=True)
def _damped_error(y, slope, a, c, p):  # type: ignore[no-untyped-def]
    """Squared one-step errors, the last level and the last slope: weights a of the level, c of the slope, damping p."""
    level, trend, squares = y[0], slope, 0.0
    for i in range(1, y.size):
        level += p * trend
        trend *= p
        if not np.isnan(y[i]):
            error = y[i] - level
            squares += error * error
            level += a * error
            trend += a * c * error
    return squares, level, trend
