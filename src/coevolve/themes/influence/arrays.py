"""A panel's series as the arrays that influence is measured on: growth, drivers, own levels, clusters, folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...engine.panel_rows import Sample
from ...evidence.series import Series

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FOLD_REGIONS = 10  # from so many regions (or clusters of them) on, folds and clusters are regions, else blocks of time
FOLDS = 5
NET_FOLDS = 3  # of the LSTM, where every fold costs as many nets as there are series
BLOCK_LENGTH, FEWEST_BLOCKS, MOST_BLOCKS = 4, 4, 12


@dataclass(frozen=True)
class Readied:
    """What is measured: the sample, its labels, the fold of every region and period, and what had to be left out.

    `logs` are log levels (region, period, series), NaN where not observed or not above zero; `zeros` counts the
    observed values that have no logarithm, by series. `years` says whether regions share an effect of each period.
    """

    sample: Sample
    logs: Floats
    names: tuple[str, ...]
    regions: tuple[str, ...]
    periods: tuple[str, ...]
    word: str
    folds: Ints  # (region, period)
    by_region: bool
    zeros: Ints
    years: bool


def ready(series: Series, scale: Literal["log", "level"], groups: Sequence[str] | None) -> Readied:
    """The arrays of these series; regions without a single value of any series are not in them.

    Growth is the change of the logarithm per period. The driver is the log level, or with `scale` "level" the level
    relative to its mean in the region. `groups` names the cluster of each region.
    """
    positive = series.observed & (series.values > 0.0)
    zeros = (series.observed & ~positive).sum(axis=(0, 2))
    with_rows = np.flatnonzero(positive.any(axis=(1, 2))).tolist()
    values = np.where(positive, series.values, np.nan)[with_rows]
    logs = np.log(values).transpose(0, 2, 1)
    regions = tuple(series.regions[k] for k in with_rows)
    named = regions if groups is None else tuple(groups[k] for k in with_rows)
    cluster = np.unique(np.array(named, object).astype(str), return_inverse=True)[1].astype(np.int64)
    periods = logs.shape[1]
    by_region = len(set(named)) >= FOLD_REGIONS
    blocks = np.zeros(periods, np.int64)
    if not by_region:
        cluster = np.zeros(len(regions), np.int64)
        blocks = time_blocks(periods)
    sample = sample_of(logs, np.diff(series.periods.position), scale, cluster, blocks)
    return Readied(
        sample,
        logs,
        series.names,
        regions,
        series.periods.labels,
        series.periods.word,
        folds_of(cluster, blocks, by_region),
        by_region,
        zeros.astype(np.int64),
        len(regions) > 1,
    )


def sample_of(logs: Floats, steps: Floats, scale: Literal["log", "level"], cluster: Ints, blocks: Ints) -> Sample:
    """The sample of log levels (region, period, series); `steps` are the lengths of the steps between periods."""
    growth = np.full_like(logs, np.nan)
    growth[:, 1:] = np.diff(logs, axis=1) / steps[None, :, None]
    own = relative(logs)
    return Sample(growth, logs if scale == "log" else own, own, cluster, blocks)


def relative(logs: Floats) -> Floats:
    """Levels relative to their mean in the region, from log levels (region, period, series)."""
    seen = np.isfinite(logs)
    highest = np.where(seen, logs, -np.inf).max(axis=1, keepdims=True)
    levels = np.exp(logs - np.where(np.isfinite(highest), highest, 0.0))
    total = np.where(seen, levels, 0.0).sum(axis=1, keepdims=True)
    count = seen.sum(axis=1, keepdims=True)
    return np.asarray(levels * np.where(count > 0, count, 1) / np.where(total > 0.0, total, 1.0))


def time_blocks(periods: int) -> Ints:
    """Blocks of about four neighbouring periods, at least four and at most twelve of them."""
    many = int(np.clip(periods // BLOCK_LENGTH, FEWEST_BLOCKS, MOST_BLOCKS))
    return np.minimum(np.arange(periods) * many // max(periods, 1), many - 1).astype(np.int64)


def folds_of(cluster: Ints, blocks: Ints, by_region: bool, folds: int = FOLDS) -> Ints:
    """The fold of every region and period: clusters dealt out in turn, or stretches of time."""
    if by_region:
        return np.broadcast_to((cluster % folds)[:, None], (len(cluster), len(blocks))).copy()
    stretch = blocks * folds // (int(blocks.max()) + 1)
    return np.broadcast_to(stretch[None, :], (len(cluster), len(blocks))).astype(np.int64)
