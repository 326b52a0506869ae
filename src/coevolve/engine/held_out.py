"""What a model is worth on regions it has not seen: its past inputs, and its losses by unit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .sequences import Sequences

Numbers = NDArray[np.float64]


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
