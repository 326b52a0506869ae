"""Which series go together with whose growth when there are too few rows for one regression on all: pair by pair.

    y_rit = own_i x_rit + b_ij x_rjt + year + e         for every pair by itself

Each slope is found twice: within regions (how b moves as a region's levels move) and between them (regions' means).
The two agree where regions differ by chance alone, and differ where each region has a level of its own kind. How far
they differ over all pairs tells how much the second is worth beside the first (as a random coefficient would be
weighed). Sources that go together with many targets are then given more credit, as far as they stand out beyond chance.
A pair by itself cannot tell a driver from what only goes along with it: this ranks, and tests nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .panel_rows import Sample
from .sequences import spread, without_effects

Floats = NDArray[np.float64]
FEWEST_REGIONS = 5  # whose means can be compared


def pairwise_score(sample: Sample, years: bool) -> Floats:
    """A score for every pair (target, source), larger when surer; NaN on the diagonal."""
    growth, level = (without_effects(one, False, years) for one in (sample.growth[:, 1:], sample.driver[:, :-1]))
    growth, level = growth / spread(growth), level / spread(level)
    slope, precision = _slopes(*_moving(growth, level))
    if np.isfinite(growth).any(axis=(1, 2)).sum() >= FEWEST_REGIONS:
        other, sure = _slopes(*_standing(growth, level))
        sure = _shrunk(other - slope, precision, sure)
        total = precision + sure
        slope = (precision * slope + sure * other) / np.where(total > 0.0, total, 1.0)
        precision = total
    z = np.abs(slope) * np.sqrt(precision)
    np.fill_diagonal(z, np.nan)
    return z * _reach(z)


def _shrunk(apart: Floats, first: Floats, second: Floats) -> Floats:
    """What the second slopes are worth beside the first, given how far both lie apart beyond their errors."""
    told = (first > 0.0) & (second > 0.0)
    if not told.any():
        return np.zeros_like(second)
    noise = 1.0 / first[told] + 1.0 / second[told]
    real = float(((apart[told] ** 2 - noise) / noise**2).sum() / (1.0 / noise**2).sum())
    return np.where(told, 1.0 / (1.0 / np.where(told, second, 1.0) + max(real, 0.0)), 0.0)


def _moving(growth: Floats, level: Floats) -> tuple[Floats, Floats, float]:
    """Rows (row, series) about their regions' means, and how many means were taken out."""
    y, x = (without_effects(one, True, False).reshape(-1, one.shape[2]) for one in (growth, level))
    return y, x, float(np.isfinite(growth).any(axis=(1, 2)).sum())


def _standing(growth: Floats, level: Floats) -> tuple[Floats, Floats, float]:
    """The means of regions, each counting as often as its rows, about their own mean."""
    known = np.isfinite(growth) & np.isfinite(level)
    count = known.sum(axis=1)
    y, x = (np.where(known, one, 0.0).sum(axis=1) / np.maximum(count, 1) for one in (growth, level))
    y, x = (np.where(count > 0, one, np.nan) for one in (y, x))
    return y - np.nanmean(y, axis=0), x - np.nanmean(x, axis=0), 1.0


def _slopes(growth: Floats, level: Floats, lost: float) -> tuple[Floats, Floats]:
    """Slopes (target, source) beside the target's own level, and one over their variances; 0 where none is told."""
    series = growth.shape[1]
    slope, precision = np.zeros((series, series)), np.zeros((series, series))
    for i in range(series):
        known = np.isfinite(growth[:, i]) & np.isfinite(level).all(axis=1)
        y, x = growth[known, i], level[known]
        own = x[:, i]
        size = float(own @ own)
        direction = own / size if size > 0.0 else own
        y, x = y - own * (direction @ y), x - own[:, None] * (direction @ x)[None]
        squares = (x**2).sum(axis=0)
        told = squares > 1e-9 * max(float(squares.max(initial=0.0)), 1e-300)
        told[i] = False
        free = len(y) - lost - 2.0
        if free < 1.0 or not told.any():
            continue
        slope[i, told] = (x.T @ y)[told] / squares[told]
        left = ((y[:, None] - x[:, told] * slope[i, told]) ** 2).sum(axis=0)
        precision[i, told] = squares[told] * free / np.maximum(left, 1e-300)
    return slope, precision


def _reach(z: Floats) -> Floats:
    """How far each source stands out over all targets, about 1; as far as that is beyond the chance of few targets."""
    mean = np.nanmean(z**2, axis=0)
    usual = float(mean.mean())
    if not usual > 0.0 or len(mean) < 3:
        return np.ones(len(mean))
    chance = 2.0 * usual**2 / (len(mean) - 1)
    kept = max(0.0, 1.0 - chance / max(float(mean.var(ddof=1)), 1e-300))
    return np.asarray(np.sqrt((usual + kept * (mean - usual)) / usual))
