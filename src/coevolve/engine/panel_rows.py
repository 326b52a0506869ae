"""A panel as the rows of a regression: one target's growth, the columns beside it, and what is left of them.

    g_rit = a_ri + c_ri x_ri,t-1 + year_it + columns + e_rit

g is growth, x the relative level of the series itself. Intercept and own slope belong to each region and are partialled
out, as is the effect of each period; with fewer than 10 periods a region all regions share one own slope, which is then
one more column.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SLOPE_ROWS = 10  # a region has an own slope of its own where regions have so many rows on average; else all share one


@dataclass(frozen=True)
class Sample:
    """A panel as arrays (region, period, series), NaN where not known.

    `growth[r, t, i]` is the growth of series i from the period before to t; `driver[r, t, j]` what may move it, as it
    stands at t; `own[r, t, i]` the level of the series itself relative to its region's mean, as it stands at t.
    `cluster[r]` numbers the clusters of regions that share shocks; `blocks[t]` numbers blocks of periods, all 0 where
    regions are the clusters.
    """

    growth: Floats
    driver: Floats
    own: Floats
    cluster: Ints
    blocks: Ints

    @property
    def shape(self) -> tuple[int, int, int]:
        """(regions, periods, series)."""
        regions, periods, series = self.growth.shape
        return regions, periods, series

    @property
    def clusters(self) -> int:
        """How many clusters there are: of regions, or of periods."""
        return int(self.cluster.max() + 1) * int(self.blocks.max() + 1)

    def of_regions(self, places: Ints) -> Sample:
        """These regions alone."""
        cluster = np.unique(self.cluster[places], return_inverse=True)[1]
        return replace(
            self,
            growth=self.growth[places],
            driver=self.driver[places],
            own=self.own[places],
            cluster=cluster.astype(np.int64),
        )


@dataclass(frozen=True)
class Part:
    """The rows of one target: its growth and the columns beside it, and which of them count."""

    table: Floats  # (region, period, 1 + columns), growth first
    slope: Floats  # (region, period): the own level that each region has a slope on
    mask: Floats  # (region, period): 1 where the row counts


def residuals(sample: Sample, lags: int, target: int, *, years: bool = True) -> tuple[Floats, Floats]:
    """One target's growth and columns after intercepts, own slopes and period effects, and the mask of its rows.

    Shapes (region, period, 1 + columns) and (region, period); growth comes first, own lags last.
    """
    columns, known = columns_of(sample, lags)
    part, _ = part_of(sample, columns, known, lags, target)
    return partial_out(part, part.mask, years), part.mask


def part_with(sample: Sample, target: int, columns: Floats) -> Part:
    """The rows of one target with these columns (region, period, column) from the second period on."""
    growth, slope = sample.growth[:, 1:, target], sample.own[:, :-1, target]
    mask = np.isfinite(growth) & np.isfinite(slope) & np.isfinite(columns).all(axis=2)
    return _own_slopes(
        np.dstack([np.nan_to_num(growth), np.nan_to_num(columns)]), np.nan_to_num(slope), mask.astype(np.float64)
    )


def _own_slopes(table: Floats, slope: Floats, mask: Floats) -> Part:
    """An own slope for each region; where rows are few one for all, which is then the last column."""
    rows = mask.sum(axis=1)
    if rows.sum() < SLOPE_ROWS * (rows > 0.0).sum():
        return Part(np.concatenate([table, slope[..., None]], axis=2), np.zeros_like(slope), mask)
    return Part(table, slope, mask)


def columns_of(sample: Sample, lags: int) -> tuple[Floats, Floats]:
    """Drivers at lags 1 to `lags` (region, period, lag x series), and 1 where all are known.

    A driver that a region never has counts as one that never moves there.
    """
    periods = sample.shape[1]
    absent = ~np.isfinite(sample.driver).any(axis=1, keepdims=True)
    driver = np.where(absent, 0.0, sample.driver)
    columns = np.concatenate([driver[:, lags - step : periods - step] for step in range(1, lags + 1)], axis=2)
    known = np.isfinite(columns).all(axis=2)
    return np.where(known[..., None], columns, 0.0), known.astype(float)


def part_of(sample: Sample, columns: Floats, known: Floats, lags: int, target: int) -> tuple[Part, list[list[int]]]:
    """The rows of one target, and the places of each driver's lags among the columns.

    A row counts where the growth and all columns are known. The target's first lag gives way to the own slope, its
    further lags stay, untested. Where rows are few, all regions share the own slope: it is then the last column.
    """
    series, periods = sample.shape[2], sample.shape[1]
    growth = sample.growth[:, lags:, target]
    slope = sample.own[:, lags - 1 : periods - 1, target]
    mask = known * np.isfinite(growth) * np.isfinite(slope)
    kept = [step * series + j for step in range(lags) for j in range(series) if step or j != target]
    table = np.concatenate([np.nan_to_num(growth)[..., None], columns[..., kept]], axis=2)
    place = {column: k for k, column in enumerate(kept)}
    tested = [[place[step * series + j] for step in range(lags)] for j in range(series) if j != target]
    return _own_slopes(table, np.nan_to_num(slope), mask), tested


def clusters_with_rows(sample: Sample, part: Part, lags: int) -> Ints:
    """The clusters (of regions, or of periods) that any row belongs to."""
    many = int(sample.blocks.max()) + 1
    number = sample.cluster[:, None] * many + sample.blocks[None, lags:]
    return np.unique(number[part.mask > 0.0])


def partial_out(part: Part, mask: Floats, years: bool) -> Floats:
    """Growth and columns after intercept and own slope of each region, and the effect of each period."""
    one, two = _basis(part.slope, mask)
    table = part.table * mask[..., None]

    def cleared(block: Floats) -> Floats:
        for direction in (one, two):
            block = block - direction[..., None] * np.matmul(direction[:, None, :], block)
        return block

    table = cleared(table)
    if not years:
        return table
    system = np.diag(mask.sum(axis=0)) - one.T @ one - two.T @ two
    effect = np.linalg.pinv(system, rcond=1e-9, hermitian=True) @ table.sum(axis=0)
    return table - cleared(mask[..., None] * effect)


def _basis(slope: Floats, mask: Floats) -> tuple[Floats, Floats]:
    """Two perpendicular directions a region, (region, period): its mean, and its own slope about that mean."""
    total = np.maximum(mask.sum(axis=1, keepdims=True), 1.0)
    one = mask / np.sqrt(total)
    centred = (slope - (slope * mask).sum(axis=1, keepdims=True) / total) * mask
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    varies = length > 1e-9 * np.sqrt(((slope * mask) ** 2).sum(axis=1, keepdims=True))
    return one, np.where(varies, centred / np.where(varies, length, 1.0), 0.0)
