"""A panel made ready for nets: effects taken out, standardised, long histories cut into sequences, who is held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
ROUNDS = 100  # of taking out region and year means in turn; ragged panels need several
SETTLED = 1e-10
FEW_REGIONS = 10  # fewer are no sample: then blocks of time are the units
BLOCKS = 30  # of time, when regions are few


def without_effects(values: Numbers, region_effects: bool, year_effects: bool) -> Numbers:
    """`values[region, period, series]` less region means and year means, over what is observed (NaN stays NaN).

    With both, the means are taken out in turn until they vanish (the two-way within transformation). With one region
    there is no year effect to tell from the series itself: year effects are then left in.
    """
    seen = np.isfinite(values)
    out = np.where(seen, values, 0.0)
    axes = ([1] if region_effects else []) + ([0] if year_effects and len(values) > 1 else [])
    if not axes:
        axes = [1] if len(values) == 1 else []
    for _ in range(ROUNDS):
        largest = 0.0
        for axis in axes:
            mean = out.sum(axis=axis, keepdims=True) / np.maximum(seen.sum(axis=axis, keepdims=True), 1)
            out = np.where(seen, out - mean, 0.0)
            largest = max(largest, float(np.abs(mean).max(initial=0.0)))
        if len(axes) < 2 or largest < SETTLED:
            break
    return np.where(seen, out, np.nan)


def spread(values: Numbers) -> Numbers:
    """Standard deviation of each series over all regions and periods; one where it does not vary."""
    seen = np.isfinite(values)
    count = np.maximum(seen.sum(axis=(0, 1)), 1)
    filled = np.where(seen, values, 0.0)
    mean = filled.sum(axis=(0, 1)) / count
    variance = (np.where(seen, values - mean, 0.0) ** 2).sum(axis=(0, 1)) / count
    found = np.sqrt(variance)
    return np.asarray(np.where(found > 1e-12, found, 1.0))


@dataclass(frozen=True)
class Sequences:
    """Sequences of equal length: inputs, targets, and for every place how much it counts, its fold and its unit.

    `x[sequence, step, series]` and `y` are standardised, zero where not observed; `counts[sequence, step, series]` is
    one where the target counts (observed, and not a repeated opening). `fold` and `unit` are [sequence, step];
    `unit_fold[unit]`, -1 for a unit that lies in several folds. `growth_sd`, `level_sd` by series undo the standards.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    seen: NDArray[np.bool_]
    counts: NDArray[np.float32]
    fold: NDArray[np.int64]
    unit: NDArray[np.int64]
    unit_fold: NDArray[np.int64]
    growth_sd: Numbers
    level_sd: Numbers


def sequences(
    growth: Numbers,
    level: Numbers,
    clusters: NDArray[np.int64] | None,
    folds: NDArray[np.int64],
    region_effects: bool,
    year_effects: bool,
    chunk: int,
    opening: int,
) -> Sequences:
    """Regions as sequences; a history of more than two `chunk`s is cut, each piece opening with some steps repeated.

    The repeated steps only warm the net up; they do not count. Units are clusters, else regions, else (fewer than ten)
    blocks of time in each region.
    """
    regions, periods, _ = growth.shape
    y = without_effects(growth, region_effects, year_effects)
    x = without_effects(level, region_effects, year_effects)
    growth_sd, level_sd = spread(y), spread(x)
    fold = np.broadcast_to(folds if folds.ndim == 2 else folds[:, None], (regions, periods))
    unit = units(regions, periods, clusters, fold)
    unit_fold = np.full(int(unit.max()) + 1, -1, np.int64)
    for u in range(len(unit_fold)):
        inside = np.unique(fold[unit == u])
        unit_fold[u] = inside[0] if len(inside) == 1 else -1
    place = pieces(periods, chunk, opening)  # (piece, step), -1 where there is nothing
    there = place >= 0
    at = np.maximum(place, 0)
    fresh = there.copy()
    fresh[1:, :opening] = False

    def cut(values: NDArray[Any]) -> NDArray[Any]:
        return values[:, at].reshape(regions * len(place), at.shape[1], *values.shape[2:])

    inside = np.tile(there, (regions, 1))
    counted = np.tile(fresh, (regions, 1))
    return Sequences(
        np.where(inside[..., None], cut(np.nan_to_num(x / level_sd)), 0.0).astype(np.float32),
        np.where(inside[..., None], cut(np.nan_to_num(y / growth_sd)), 0.0).astype(np.float32),
        np.asarray(inside & cut(np.asarray(np.isfinite(x).any(axis=2))), np.bool_),
        np.where(counted[..., None], cut(np.isfinite(y) & np.isfinite(x)), 0.0).astype(np.float32),
        np.asarray(cut(np.ascontiguousarray(fold)), np.int64),
        np.asarray(cut(unit), np.int64),
        unit_fold,
        growth_sd,
        level_sd,
    )


def by_place(values: Numbers, periods: int, chunk: int, opening: int) -> Numbers:
    """What was said of sequences, values[..., sequence, step], where it belongs: [..., region, period]."""
    place = pieces(periods, chunk, opening)
    fresh = place >= 0
    fresh[1:, :opening] = False
    cut = values.reshape(*values.shape[:-2], -1, *place.shape)
    found = np.empty((*cut.shape[:-2], periods))
    found[..., place[fresh]] = cut[..., fresh]
    return found


def pieces(periods: int, chunk: int, opening: int) -> NDArray[np.int64]:
    """Which periods each piece of a history holds, (piece, step); the first `opening` steps repeat the piece before.

    >>> pieces(5, 2, 1)
    array([[-1,  0,  1],
           [ 1,  2,  3],
           [ 3,  4, -1]])
    >>> pieces(4, 2, 1)  # not more than two chunks: whole
    array([[0, 1, 2, 3]])
    """
    if periods <= 2 * chunk:
        return np.arange(periods)[None]
    starts = np.arange(0, periods, chunk)
    place = starts[:, None] + np.arange(-opening, chunk)[None]
    return np.where(place < periods, np.maximum(place, -1), -1)


def units(regions: int, periods: int, clusters: NDArray[np.int64] | None, fold: NDArray[np.int64]) -> NDArray[np.int64]:
    """What is independent enough to be counted: clusters of regions, regions, or blocks of time; (region, period).

    Blocks of time end where folds end, so that each lies in one fold.
    """
    if clusters is not None and len(np.unique(clusters)) > 1:
        return np.broadcast_to(np.unique(clusters, return_inverse=True)[1][:, None], (regions, periods)).copy()
    if regions >= FEW_REGIONS:
        return np.broadcast_to(np.arange(regions)[:, None], (regions, periods)).copy()
    each = max(2, min(BLOCKS // regions, periods // 4))
    block = np.arange(periods) * each // periods
    found = np.arange(regions)[:, None] * each + block[None]
    return np.unique(np.stack([found, fold], axis=-1).reshape(-1, 2), axis=0, return_inverse=True)[1].reshape(
        found.shape
    )
