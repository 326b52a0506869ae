"""Is there a season, and what is left when it is taken out: classical decomposition, all series at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SEASONS_NEEDED = 3
"""Whole years that a series must show before its season is tested (as in the M4 competition)."""

CRITICAL = 1.6448536269514722  # the 95 % point of the normal: the customary 90 % two-sided test of the competitions
SMALLEST_FACTOR = 0.01  # a multiplicative factor below this makes the season additive


@dataclass(frozen=True)
class Season:
    """The season of every series: `factors[s, k]` belongs to the columns t with t % season == k.

    `is_seasonal[s]` says whether the test found one; elsewhere factors are neutral. `is_ratio[s]`: multiply
    (all values positive) or add.
    """

    factors: NDArray[np.float64]
    is_seasonal: NDArray[np.bool_]
    is_ratio: NDArray[np.bool_]

    def remove(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The values (series, period) without their season, periods counted from column 0."""
        times, plus = self._patterns(0, values.shape[1])
        return np.asarray(values / times - plus)

    def restore(self, values: NDArray[np.float64], first: int) -> NDArray[np.float64]:
        """Put the season back on values whose first column is period `first`."""
        times, plus = self._patterns(first, values.shape[1])
        return np.asarray((values + plus) * times)

    def _patterns(self, first: int, length: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What a series is divided by and what is then taken away: one of the two is neutral."""
        pattern = self.factors[:, (first + np.arange(length)) % self.factors.shape[1]]
        ratio = self.is_ratio[:, None]
        return np.where(ratio, pattern, 1.0), np.where(ratio, 0.0, pattern)


def season_of(values: NDArray[np.float64], season: int) -> Season:
    """Test every series (series, period; NaN = not observed) for a season of that many periods and estimate it.

    The test is the competitions' own: the autocorrelation at the seasonal lag against Bartlett's bound,
    |r_m| > 1.645 sqrt((1 + 2 sum_{k<m} r_k^2) / n). The pattern is the mean, by season, of what the centred moving
    average leaves, scaled to a mean of 1 (ratios) or 0 (differences).
    """
    count = values.shape[0]
    neutral = Season(np.ones((count, max(season, 1))), np.zeros(count, bool), np.ones(count, bool))
    if season < 2 or values.shape[1] < SEASONS_NEEDED * season:
        return neutral
    found = is_seasonal(values, season)
    positive = np.where(np.isnan(values), np.inf, values).min(axis=1) > 0
    trend = moving_average(values, season)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = _by_season(values / trend, season)
        ratios /= ratios.mean(axis=1, keepdims=True)
    differences = _by_season(values - trend, season)
    differences -= differences.mean(axis=1, keepdims=True)
    is_ratio = positive & (np.where(np.isnan(ratios), -np.inf, ratios).min(axis=1) >= SMALLEST_FACTOR)
    factors = np.where(is_ratio[:, None], ratios, differences)
    found &= np.isfinite(factors).all(axis=1)
    factors = np.where(found[:, None], factors, np.where(is_ratio[:, None], 1.0, 0.0))
    return Season(factors, found, is_ratio)


def is_seasonal(values: NDArray[np.float64], season: int) -> NDArray[np.bool_]:
    """Whether the autocorrelation at the seasonal lag passes Bartlett's bound, by series."""
    seen = ~np.isnan(values)
    count = seen.sum(axis=1)
    centred = np.where(seen, values, 0.0)
    centred = np.where(seen, centred - (centred.sum(axis=1) / np.maximum(count, 1))[:, None], 0.0)
    variance = (centred**2).sum(axis=1)
    lags = [(centred[:, k:] * centred[:, :-k]).sum(axis=1) for k in range(1, season + 1)]
    correlation = np.divide(lags, variance, out=np.zeros((season, len(values))), where=variance > 0)
    bound = CRITICAL * np.sqrt((1 + 2 * (correlation[:-1] ** 2).sum(axis=0)) / np.maximum(count, 1))
    return np.asarray((np.abs(correlation[-1]) > bound) & (count >= SEASONS_NEEDED * season))


def moving_average(values: NDArray[np.float64], season: int) -> NDArray[np.float64]:
    """The centred moving average over one season (2 x m for even m), NaN at the ends and beside gaps."""
    weights = np.ones(season) / season
    if season % 2 == 0:
        weights = np.r_[0.5, np.ones(season - 1), 0.5] / season
    half = len(weights) // 2
    windows = np.lib.stride_tricks.sliding_window_view(values, len(weights), axis=1)
    out = np.full_like(values, np.nan)
    out[:, half : half + windows.shape[1]] = windows @ weights
    return out


def _by_season(detrended: NDArray[np.float64], season: int) -> NDArray[np.float64]:
    """The mean of each season of the year; NaN where a season was never seen."""
    count, length = detrended.shape
    years = -(-length // season)
    padded = np.full((count, years * season), np.nan)
    padded[:, :length] = detrended
    cube = padded.reshape(count, years, season)
    seen = np.isfinite(cube)
    total = np.where(seen, cube, 0.0).sum(axis=1)
    number = seen.sum(axis=1)
    return np.asarray(np.divide(total, number, out=np.full((count, season), np.nan), where=number > 0))
