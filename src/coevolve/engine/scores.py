"""How good forecasts were: scaled errors, quantile losses, coverage, and whether a difference is more than noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def mase_scale(values: Floats, season: int = 1) -> Floats:
    """The mean absolute change of each series (series, period), over one season: the error unit of MASE.

        q = mean |y_t - y_{t-m}| over the training part                    Hyndman & Koehler (2006)

    NaN where no two values stand a season apart, and where the series never changed (it cannot be scaled).

    >>> mase_scale(np.array([[1.0, 2.0, 4.0], [5.0, 5.0, 5.0]]))
    array([1.5, nan])
    """
    if values.shape[1] <= season:
        return np.full(values.shape[0], np.nan)
    scale = mean_where(np.abs(values[:, season:] - values[:, :-season]), 1)
    return np.where(scale > 0, scale, np.nan)


def smape(actual: Floats, forecast: Floats) -> Floats:
    """The symmetric percentage error 200 |y - f| / (|y| + |f|) of each cell, 0 when both are zero.

    >>> smape(np.array([100.0, 0.0]), np.array([50.0, 0.0])).round(2)
    array([66.67,  0.  ])
    """
    total = np.abs(actual) + np.abs(forecast)
    start = np.where(np.isnan(total), np.nan, 0.0)
    return np.asarray(np.divide(200 * np.abs(actual - forecast), total, out=start, where=total > 0))


def pinball(actual: Floats, quantiles: Floats, levels: Floats) -> Floats:
    """The quantile loss of each cell and level, shape of `quantiles` (..., level), in the unit of the series.

        max(t (y - q), (t - 1) (y - q))                                      Koenker & Bassett (1978)

    >>> pinball(np.array([10.0]), np.array([[8.0]]), np.array([0.9]))
    array([[1.8]])
    """
    over = actual[..., None] - quantiles
    return np.maximum(levels * over, (levels - 1) * over)


def covered(actual: Floats, low: Floats, high: Floats) -> Floats:
    """1 where the actual value lies in the band, 0 where not, NaN where either is missing."""
    inside = ((actual >= low) & (actual <= high)).astype(float)
    return np.where(np.isnan(actual) | np.isnan(low) | np.isnan(high), np.nan, inside)


def mean_where(values: Floats, axis: int | tuple[int, ...] | None = None) -> Floats:
    """The mean over what is there; NaN, without a warning, where nothing is."""
    seen = ~np.isnan(values)
    count = seen.sum(axis=axis)
    total = np.where(seen, values, 0.0).sum(axis=axis)
    return np.asarray(np.divide(total, count, out=np.full(np.shape(count), np.nan), where=count > 0))


def paired_bootstrap(
    differences: Floats, overlap: int, windows: float, rng: np.random.Generator, draws: int = 2000
) -> tuple[float, float, float]:
    """The mean of a score difference over origins with a 95 % interval: (difference, lo, hi).

    `differences[k]` is the difference at origin k, all series together, since they share their shocks. Origins are
    drawn in circular blocks of `overlap` neighbours, whose test periods overlap. With few origins a bootstrap is
    too sure of itself, so its interval is widened by Student's t for as many observations as there are separate
    `windows` of test periods: below two windows it is very wide, and with one origin it is (NaN, NaN).
    """
    seen = differences[np.isfinite(differences)]
    if len(seen) < 2:
        return (float(seen[0]) if len(seen) else float("nan")), float("nan"), float("nan")
    from scipy.special import ndtri, stdtrit

    count = len(seen)
    block = max(1, min(overlap, count // 2))
    starts = rng.integers(count, size=(draws, -(-count // block)))
    places = ((starts[:, :, None] + np.arange(block)) % count).reshape(draws, -1)[:, :count]
    middle = float(seen.mean())
    low, high = np.quantile(seen[places].mean(axis=1), [0.025, 0.975])
    freedom = max(min(windows, count) - 1, 0.5)
    wider = float(np.sqrt((freedom + 1) / freedom) * stdtrit(freedom, 0.975) / ndtri(0.975))
    return middle, middle - wider * (middle - float(low)), middle + wider * (float(high) - middle)
