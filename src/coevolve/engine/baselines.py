"""The forecasts that every model must beat: from naive to a damped trend; all series at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .optimised_theta import OPTIMISED_THETA_NEEDS, optimised_theta
from .smoothing import DAMPED_NEEDS, THETA_NEEDS, damped, theta

Rule = Callable[[NDArray[np.float64], int, int], NDArray[np.float64]]
"""(values (series, period) with NaN gaps, steps, season) -> forecasts (series, step); NaN where too short."""

DRIFT_NEEDS = 3


def naive(values: NDArray[np.float64], steps: int, season: int = 1) -> NDArray[np.float64]:
    """Everything stays as it was last seen: y_{n+h} = y_n. The last observation counts, also before a gap.

    >>> naive(np.array([[1.0, 3.0, np.nan]]), 2)
    array([[3., 3.]])
    """
    return np.repeat(values[_rows(values), _last(values)][:, None], steps, axis=1)


def drift(values: NDArray[np.float64], steps: int, season: int = 1) -> NDArray[np.float64]:
    """The average change of the past goes on: y_{n+h} = y_n + h (y_n - y_1) / (n - 1). NaN below 3 observations.

    >>> drift(np.array([[1.0, 2.0, 5.0]]), 2)
    array([[7., 9.]])
    """
    first, last = np.argmax(~np.isnan(values), axis=1), _last(values)
    rows = _rows(values)
    slope = (values[rows, last] - values[rows, first]) / np.maximum(last - first, 1)
    ahead = (values.shape[1] - 1 - last)[:, None] + np.arange(1, steps + 1)
    made = values[rows, last][:, None] + slope[:, None] * ahead
    return np.where(observations(values)[:, None] >= DRIFT_NEEDS, made, np.nan)


def seasonal_naive(values: NDArray[np.float64], steps: int, season: int = 1) -> NDArray[np.float64]:
    """The same season of last year comes again: y_{n+h} = y_{n+h-km}, the latest observed. NaN if never observed.

    >>> seasonal_naive(np.array([[1.0, 2.0, 3.0, 4.0]]), 3, season=2)
    array([[3., 4., 3.]])
    """
    length = values.shape[1]
    made = np.full((values.shape[0], steps), np.nan)
    for step in range(steps):
        same = values[:, (length + step) % season :: season]
        if same.shape[1]:
            made[:, step] = same[_rows(same), _last(same)]
    return made


@dataclass(frozen=True)
class Baseline:
    """One of the forecasts to beat: its `rule`, how many observations it needs, and whether it needs a season."""

    rule: Rule
    needs: int
    is_seasonal: bool = False


BASELINES: Mapping[str, Baseline] = {
    "naive": Baseline(naive, 1),
    "drift": Baseline(drift, DRIFT_NEEDS),
    "seasonal_naive": Baseline(seasonal_naive, 1, is_seasonal=True),
    "theta": Baseline(theta, THETA_NEEDS),
    "dot": Baseline(optimised_theta, OPTIMISED_THETA_NEEDS),
    "damped": Baseline(damped, DAMPED_NEEDS),
}


def observations(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many periods of each series were observed."""
    return np.asarray((~np.isnan(values)).sum(axis=1), np.int64)


def rolling_origins(periods: int, hold_out: int, origins: int, step: int = 1) -> tuple[int, ...]:
    """How many periods each training part holds: the last leaves `hold_out` periods, the others `step` fewer each.

    >>> rolling_origins(17, 3, 4)
    (11, 12, 13, 14)
    >>> rolling_origins(120, 12, 3, step=12)
    (84, 96, 108)
    """
    last = periods - hold_out
    return tuple(size for size in range(last - (origins - 1) * step, last + 1, step) if size > 0)


def _rows(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.arange(values.shape[0])


def _last(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """The column of the last observation (the last column, a NaN, where nothing was observed)."""
    return np.asarray(values.shape[1] - 1 - np.argmax(~np.isnan(values[:, ::-1]), axis=1), np.int64)
