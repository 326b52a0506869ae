"""Panels of noise that look like the panel at hand: what is found on them is what chance alone would find."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...engine.panel_rows import Sample
from ...engine.significance import elsewhere

Floats = NDArray[np.float64]

STEEPEST = 1.5  # own slopes of simulated panels stay between -1.5 (back to its level within a period) and 0
PASSES = 8
FARTHEST = 6.0  # simulated log levels stay so near their region's mean


@dataclass(frozen=True)
class OwnHistory:
    """Every series moved by its own past, shared periods and shocks that go together across series; by nothing else.

    g_rit = intercept_ri + slope_ri x_ri,t-1 + year_it + e_rit,  e_rt ~ N(0, scale_r^2 covariance)

    x is the level relative to the region's mean `middle` (a log). Slopes differ between regions as far as the panel
    shows it beyond chance, about a mean freed from short-panel bias by the half-panel jackknife.
    """

    intercept: Floats  # (region, series)
    slope: Floats  # (region, series)
    year: Floats  # (period, series), the first row unused
    covariance: Floats  # (series, series)
    scale: Floats  # (region,)
    start: Floats  # (region, series): the first known log level
    middle: Floats  # (region, series): the log of the mean level
    seen: NDArray[np.bool_]  # (region, period, series)


def own_history(logs: Floats, sample: Sample, *, years: bool) -> OwnHistory:
    """The model without influence, estimated from log levels (region, period, series)."""
    seen = np.isfinite(logs)
    growth = sample.growth[:, 1:]
    own = np.where(np.isfinite(growth), sample.own[:, :-1], np.nan)
    slope = _slopes(growth, own, years)
    intercept, year = _effects(growth - slope[:, None] * own, years)
    shock = growth - slope[:, None] * own - intercept[:, None] - year[None]
    known = np.isfinite(shock).sum(axis=1)
    lost = known / np.maximum(known - 2.0, 1.0)
    variance = _mean(shock**2, (0, 1))
    deviation = np.sqrt(np.where(variance > 0.0, variance, 1.0))
    even = np.where(np.isfinite(shock), shock / deviation, np.nan)
    scale = np.sqrt(_mean(even**2 * lost[:, None], (1, 2)))
    even = even / np.where(scale > 0.0, scale, 1.0)[:, None, None] * np.sqrt(lost)[:, None]
    filled = np.nan_to_num(even)
    pairs = np.einsum("rti,rtj->ij", np.isfinite(even) * 1.0, np.isfinite(even) * 1.0)
    covariance = np.einsum("rti,rtj->ij", filled, filled) / np.maximum(pairs, 1.0) * deviation[:, None] * deviation
    first = np.argmax(seen, axis=1)
    start = np.take_along_axis(logs, first[:, None], axis=1)[:, 0]
    middle = logs - np.log(np.where(sample.own > 0.0, sample.own, np.nan))
    return OwnHistory(
        np.nan_to_num(intercept),
        slope,
        np.concatenate([np.zeros((1, year.shape[1])), year]),
        covariance,
        scale,
        np.nan_to_num(start),
        np.nan_to_num(_mean(middle, (1,))),
        seen,
    )


def simulate(model: OwnHistory, generator: np.random.Generator) -> Floats:
    """Log levels (region, period, series) of a panel without influence; NaN where the real one is not known."""
    regions, periods, series = model.seen.shape
    values, vectors = np.linalg.eigh(model.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    shock = generator.standard_normal((regions, periods, series)) @ root.T * model.scale[:, None, None]
    logs = np.empty((regions, periods, series))
    logs[:, 0] = model.start
    for t in range(1, periods):
        level = np.exp(np.minimum(logs[:, t - 1] - model.middle, FARTHEST))
        logs[:, t] = logs[:, t - 1] + model.intercept + model.slope * level + model.year[t] + shock[:, t]
        logs[:, t] = np.clip(logs[:, t], model.middle - FARTHEST, model.middle + FARTHEST)
    return np.where(model.seen, logs, np.nan)


def swapped(sample: Sample, generator: np.random.Generator) -> Sample:
    """The panel with the drivers of each region taken from another: own histories and shared periods stay.

    With one cluster of regions only, the drivers are moved in time by a part of the span instead.
    """
    regions, periods, _ = sample.shape
    if sample.clusters > 1 and not sample.blocks.any():
        return replace(sample, driver=sample.driver[elsewhere(generator, regions)])
    shift = int(generator.integers(periods // 4, periods - periods // 4 + 1))
    return replace(sample, driver=np.roll(sample.driver, shift, axis=1))


def _mean(values: Floats, axis: tuple[int, ...]) -> Floats:
    """The mean of what is known; 0 where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    return np.asarray(np.where(known, values, 0.0).sum(axis=axis) / np.maximum(count, 1))


def _effects(values: Floats, years: bool) -> tuple[Floats, Floats]:
    """Region means (region, series) and period effects (period, series) of a block with gaps, by turns."""
    region = _mean(values, (1,))
    year = np.zeros(values.shape[1:])
    if years:
        for _ in range(PASSES):
            year = _mean(values - region[:, None], (0,))
            region = _mean(values - year[None], (1,))
    return region, year


def _slopes(growth: Floats, own: Floats, years: bool) -> Floats:
    """The own slope of every region and series: the jackknifed mean, and as much of each region's own as is sure."""
    each, square, variance = _region_slopes(growth, own, years)
    mean = _weighted(each, square)
    half = growth.shape[1] // 2
    halves = []
    for part in (slice(None, half), slice(half, None)):
        one, weight, _ = _region_slopes(growth[:, part], own[:, part], years)
        halves.append(_weighted(one, weight))
    share = half / growth.shape[1]
    better = 2.0 * mean - share * halves[0] - (1.0 - share) * halves[1]
    better = np.where(np.isfinite(better), better, mean)
    noise = variance / np.where(square > 0.0, square, np.inf)
    spread = _weighted((each - mean) ** 2 - noise, square)
    true = np.maximum(spread, 0.0)
    kept = np.where(square > 0.0, true / np.maximum(true + noise, 1e-300), 0.0)
    return np.clip(better + kept * (each - mean), -STEEPEST, 0.0)


def _region_slopes(growth: Floats, own: Floats, years: bool) -> tuple[Floats, Floats, Floats]:
    """The slope of each (region, series), the squares it rests on, and the error variance of each series."""
    region, year = _effects(growth, years)
    g = growth - region[:, None] - year[None]
    region, year = _effects(own, years)
    x = own - region[:, None] - year[None]
    known = np.isfinite(g) & np.isfinite(x)
    g, x = np.where(known, g, 0.0), np.where(known, x, 0.0)
    square = (x**2).sum(axis=1)
    each = (x * g).sum(axis=1) / np.where(square > 0.0, square, 1.0)
    left = np.where(known, g - each[:, None] * x, 0.0)
    free = np.maximum(known.sum(axis=1) - 2.0, 1.0).sum(axis=0)
    return each, square, np.asarray((left**2).sum(axis=(0, 1)) / free)


def _weighted(values: Floats, weight: Floats) -> Floats:
    return np.asarray((values * weight).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-300))
