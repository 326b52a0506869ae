"""The optimised Theta method: how much of the trend goes on is learned from each series."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .season import season_of

OPTIMISED_THETA_NEEDS = 7
LOWEST, HIGHEST = 0.2, 0.99  # below .2 a free first level would still shape the forecast after ten periods
_GOLDEN = 0.6180339887498949
_POINTS = 41
_BURNT = 3  # the first errors say more of the start than of the method


def optimised_theta(values: NDArray[np.float64], steps: int, season: int = 1) -> NDArray[np.float64]:
    """The next `steps` values of each series by the dynamic optimised Theta method, shape (series, step).

        f_{t+1} = l_t + (1 - 1/theta) ((1-a)^t A_t + (1 - (1-a)^(t+1)) B_t / a)         Fiorucci et al. (2016), DOTM
        l_t = a y_t + (1-a) l_{t-1};  A_t + B_t u is the line through y_1 ... y_t

    The weight a in [.2, .99], theta >= 1 and the first level minimise the squared one-step errors from the fourth
    on. theta = 1 leaves simple smoothing, theta = 2 is the Theta method, a large theta lets the whole trend go on.
    Gaps (NaN) inside a series are bridged by straight lines, which count for no error. With a season the series is
    first freed from it where a test finds one. NaN for series with fewer than 7 observations.
    """
    block = np.ascontiguousarray(values, dtype=np.float64)
    if season < 2:
        return np.asarray(_every(block, steps, OPTIMISED_THETA_NEEDS))
    pattern = season_of(block, season)
    made = _every(np.ascontiguousarray(pattern.remove(block)), steps, OPTIMISED_THETA_NEEDS)
    return pattern.restore(made, block.shape[1])


@njit(cache=True)
def _every(values, steps, needed):  # type: ignore[no-untyped-def]
    out = np.full((values.shape[0], steps), np.nan)
    for s in range(values.shape[0]):
        first, last, count = -1, -1, 0
        for t in range(values.shape[1]):
            if not np.isnan(values[s, t]):
                first = t if first < 0 else first
                last, count = t, count + 1
        if count >= needed:
            late = values.shape[1] - 1 - last
            made = np.empty(late + steps)
            y = values[s, first : last + 1]
            _ahead(_bridged(y), ~np.isnan(y), made)
            out[s] = made[late:]
    return out


@njit(cache=True)
def _bridged(y):  # type: ignore[no-untyped-def]
    """The series with straight lines across its gaps; both ends are observed."""
    full = y.copy()
    last = 0
    for t in range(1, y.size):
        if not np.isnan(y[t]):
            for k in range(last + 1, t):
                full[k] = y[last] + (y[t] - y[last]) * (k - last) / (t - last)
            last = t
    return full


@njit(cache=True)
def _ahead(y, seen, out):  # type: ignore[no-untyped-def]
    step = (HIGHEST - LOWEST) / (_POINTS - 1)
    best, weight = np.inf, 0.5
    for k in range(_POINTS):
        trial = LOWEST + step * k
        error = _error(y, seen, trial)[0]
        if error < best:
            best, weight = error, trial
    low, high = max(LOWEST, weight - step), min(HIGHEST, weight + step)
    for _ in range(30):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if _error(y, seen, left)[0] < _error(y, seen, right)[0]:
            high = right
        else:
            low = left
    weight = 0.5 * (low + high)
    _, first, trend = _error(y, seen, weight)
    _path(y, weight, first, trend, out)


@njit(cache=True)
def _error(y, seen, weight):  # type: ignore[no-untyped-def]
    """Squared one-step errors, with the best first level and trend share 1 - 1/theta in [0, 1] for this weight.

    Each error is linear in both, so that two normal equations give them; at a bound the level alone is solved.
    """
    keep, power = 1 - weight, 1.0
    level, share = 0.0, 1.0
    mean = line = slope = 0.0
    ss = st = tt = es = et = ee = 0.0
    for t in range(y.size):
        trend = power * line + (1 - power * keep) * slope / weight
        if t >= _BURNT and seen[t]:
            e = y[t] - level
            ss += share * share
            st += share * trend
            tt += trend * trend
            es += e * share
            et += e * trend
            ee += e * e
        level = weight * y[t] + keep * level
        share *= keep
        power *= keep
        mean, line, slope = _line(mean, slope, y[t], t)
    determinant = ss * tt - st * st
    trend_share = (ss * et - st * es) / determinant if determinant > 1e-12 * max(ss * tt, 1e-300) else 0.0
    trend_share = min(max(trend_share, 0.0), 1.0)
    first = (es - trend_share * st) / ss if ss > 1e-12 else 0.5 * y[0]
    squares = ee + first * first * ss + trend_share * trend_share * tt
    squares += 2 * (first * trend_share * st - first * es - trend_share * et)
    return squares, first, trend_share


@njit(cache=True)
def _line(mean, slope, value, t):  # type: ignore[no-untyped-def]
    """Mean, intercept and slope of the line through t + 1 values, from those through t and the value that came."""
    n = t + 1
    slope = ((n - 2) * slope + 6 * (value - mean) / n) / (n + 1) if n > 1 else 0.0
    mean += (value - mean) / n
    return mean, mean - 0.5 * (n + 1) * slope, slope


@njit(cache=True)
def _path(y, weight, first, trend_share, out):  # type: ignore[no-untyped-def]
    keep, power, level = 1 - weight, 1.0, first
    mean = line = slope = 0.0
    for t in range(y.size + out.size):
        if t < y.size:
            value = y[t]
        else:
            value = level + trend_share * (power * line + (1 - power * keep) * slope / weight)
            out[t - y.size] = value
        level = weight * value + keep * level
        power *= keep
        mean, line, slope = _line(mean, slope, value, t)
