"""What a model is worth on regions it has not seen: its past inputs, its losses and a test of them by unit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .sequences import Sequences
from .significance import one_sided

Numbers = NDArray[np.float64]
FEWEST_UNITS = 4  # fewer cannot carry a t statistic


def lagged(x: NDArray[np.float32], lags: int) -> Numbers:
    """Inputs now and up to `lags` - 1 steps before, [sequence, step, lag, series]; zero before the beginning."""
    steps = x.shape[1]
    padded = np.concatenate([np.zeros((len(x), lags - 1, x.shape[2])), x], axis=1)
    return np.stack([padded[:, lags - 1 - lag :][:, :steps] for lag in range(lags)], axis=2)


def by_unit(values: Numbers, of: Sequences) -> tuple[Numbers, Numbers]:
    """Sums of values[target, sequence, step] that count, and how many do, by unit: each (unit, target)."""
    size = len(of.unit_fold)
    unit = of.unit.ravel()
    counts = np.moveaxis(of.counts, 2, 0).reshape(len(values), -1).astype(float)
    weighted = counts * values.reshape(len(values), -1)
    sums = np.stack([np.bincount(unit, row, size) for row in weighted], axis=1)
    return np.asarray(sums, float), np.asarray([np.bincount(unit, row, size) for row in counts], float).T


def rises(sums: Numbers, counts: Numbers) -> Numbers:
    """One-sided p by target that the mean is not above zero, from sums and counts by unit (unit, target).

    t of the mean with an error from the spread between units, degrees of freedom their number less one; NaN where
    fewer than four units were observed.
    """
    there = counts > 0
    units = there.sum(axis=0)
    mean = sums.sum(axis=0) / np.maximum(counts.sum(axis=0), 1.0)
    off = np.where(there, sums - mean * counts, 0.0)
    error = np.sqrt((off**2).sum(axis=0) * units / np.maximum(units - 1, 1)) / np.maximum(counts.sum(axis=0), 1.0)
    known = (units >= FEWEST_UNITS) & (error > 0.0)
    t = np.where(known, mean / np.where(known, error, 1.0), 0.0)
    p = np.array([float(one_sided(value, max(n - 1, 1))) for value, n in zip(t, units, strict=True)])
    return np.where(known, p, np.nan)
