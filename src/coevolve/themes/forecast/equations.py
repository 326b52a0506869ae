"""The equations of forecasts and their scores, for one series at a time, as the books write them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def line(scale: Floats) -> tuple[float, float]:
    """The straight line A + B t through a series at t = 1, 2, ...: (A, B) by least squares, in units of `scale`.

    >>> line(np.array([3.0, 5.0, 7.0]))
    (1.0, 2.0)
    """
    time = np.arange(1, len(scale) + 1)
    slope = float(((time - time.mean()) * scale).sum() / ((time - time.mean()) ** 2).sum())
    return float(scale.mean() - slope * time.mean()), slope


def theta_path(scale: Floats, steps: int, weight: float, first_level: float) -> tuple[Floats, Floats]:
    """What the standard Theta method says one step ahead within the series, and `steps` periods after it.

        f_{t+1} = l_t + (1/2) (A (1-a)^t + B (1 - (1-a)^(t+1)) / a)
        l_t     = a y_t + (1-a) l_{t-1}                              Fiorucci et al. (2016), (7)-(10), theta = 2

    `weight` is a in (0, 1], `first_level` is l_0; after the data f stands in for y.
    """
    intercept, slope = line(scale)
    keep, level = 1 - weight, first_level
    said = np.empty(len(scale) + steps)
    for t in range(len(said)):
        said[t] = level + 0.5 * (intercept * keep**t + slope * (1 - keep ** (t + 1)) / weight)
        level = weight * (scale[t] if t < len(scale) else said[t]) + keep * level
    return said[: len(scale)], said[len(scale) :]


def optimised_theta_path(
    scale: Floats, steps: int, weight: float, theta: float, first_level: float
) -> tuple[Floats, Floats]:
    """What the dynamic optimised Theta method says one step ahead within the series, and `steps` periods after it.

        f_{t+1} = l_t + (1 - 1/theta) ((1-a)^t A_t + (1 - (1-a)^(t+1)) B_t / a)
        l_t     = a y_t + (1-a) l_{t-1};   A_t + B_t u the line through y_1 ... y_t     Fiorucci et al. (2016), DOTM

    `weight` is a in (0, 1], `theta` >= 1, `first_level` is l_0; after the data f stands in for y. Before two values
    are known the line is flat: A_0 = B_0 = 0, A_1 = y_1, B_1 = 0.
    """
    keep, level = 1 - weight, first_level
    said, path = np.empty(len(scale) + steps), np.asarray(scale, float)
    for t in range(len(said)):
        intercept, slope = line(path[:t]) if t > 1 else (float(path[0]) * t, 0.0)
        said[t] = level + (1 - 1 / theta) * (keep**t * intercept + (1 - keep ** (t + 1)) * slope / weight)
        path = path if t < len(scale) else np.append(path, said[t])
        level = weight * path[t] + keep * level
    return said[: len(scale)], said[len(scale) :]


def damped_path(
    scale: Floats, steps: int, weights: tuple[float, float, float], first_slope: float
) -> tuple[Floats, Floats]:
    """What a damped trend says one step ahead within the series (from the second value on), and after it.

        f_t = l_{t-1} + p b_{t-1};  l_t = f_t + a e_t;  b_t = p b_{t-1} + a c e_t          Gardner & McKenzie (1985)

    `weights` are (a, c, p). The level starts at the first value. With p = 1 and a = c = 0 the first slope goes on.
    """
    level_weight, slope_weight, damping = weights
    level, slope = float(scale[0]), first_slope
    said = np.empty(len(scale) - 1)
    for t, value in enumerate(scale[1:]):
        said[t] = level + damping * slope
        error = value - said[t]
        level, slope = said[t] + level_weight * error, damping * slope + level_weight * slope_weight * error
    return said, level + slope * np.cumsum(damping ** np.arange(1, steps + 1))


def mase(actual: Floats, forecast: Floats, training: Floats, season: int = 1) -> float:
    """Mean absolute scaled error: 1 means as wrong as last period's (or last year's) value was in the training part.

        mean |y - f| / mean |y_t - y_{t-m}|                                   Hyndman & Koehler (2006)

    >>> mase(np.array([6.0, 7.0]), np.array([5.0, 5.0]), np.array([1.0, 3.0, 5.0]))
    0.75
    """
    unit = np.abs(training[season:] - training[:-season]).mean()
    return float(np.abs(actual - forecast).mean() / unit)


def skill(score: float, against: float) -> float:
    """The share of another forecast's error that is saved: 1 perfect, 0 no better, negative worse.

    >>> skill(0.5, 1.0)
    0.5
    """
    return 1 - score / against
