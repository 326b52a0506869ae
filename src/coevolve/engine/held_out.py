"""What a model is worth on regions it has not seen: ridge baselines blind to each fold, losses and tests by unit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .sequences import Sequences
from .significance import one_sided

Numbers = NDArray[np.float64]
RIDGES = (0.003, 0.03, 0.3, 3.0)  # of the ridge, for standardised inputs, as a share of the number of observations
FEWEST_UNITS = 4  # fewer cannot carry a t statistic


def lagged(x: NDArray[np.float32], lags: int) -> Numbers:
    """Inputs now and up to `lags` - 1 steps before, [sequence, step, lag, series]; zero before the beginning."""
    steps = x.shape[1]
    padded = np.concatenate([np.zeros((len(x), lags - 1, x.shape[2])), x], axis=1)
    return np.stack([padded[:, lags - 1 - lag :][:, :steps] for lag in range(lags)], axis=2)


def ridge(of: Sequences, lags: int, folds: NDArray[np.int64], own_only: bool) -> tuple[Numbers, Numbers]:
    """Linear predictions blind to each observation's fold, and the coefficients behind them.

    Gives (target, sequence, step) and coefficients [fold, target, lag, source], the last of all data. How strong the
    ridge is, is chosen for each fold by the losses on the other folds. With `own_only` a series' own lags explain it.
    """
    series = of.x.shape[2]
    columns = lagged(of.x, lags).reshape(-1, lags * series)
    fold = of.fold.ravel()
    predicted = np.zeros((series, *of.fold.shape))
    found = np.zeros((len(folds) + 1, series, lags, series))
    for i in range(series):
        chosen = np.arange(lags) * series + i if own_only else np.arange(lags * series)
        inputs, y, counts = columns[:, chosen], of.y[..., i].ravel(), of.counts[..., i].ravel().astype(float)
        parts = [counts * (fold == f) for f in folds]
        grams = np.stack([(inputs * w[:, None]).T @ inputs for w in parts])
        moments = np.stack([inputs.T @ (w * y) for w in parts])
        each = _ridges(grams, moments, np.array([w.sum() for w in parts]))  # fold and all, strength, column
        guess = np.einsum("nc,fsc->fsn", inputs, each[:-1])
        losses = np.stack([(w * (y - g) ** 2).sum(axis=1) for w, g in zip(parts, guess, strict=True)])
        best = (losses.sum(axis=0) - losses).argmin(axis=1)
        for f, value in enumerate(folds):
            predicted[i][of.fold == value] = guess[f, best[f]].reshape(of.fold.shape)[of.fold == value]
            found[f, i].reshape(-1)[chosen] = each[f, best[f]]
        found[-1, i].reshape(-1)[chosen] = each[-1, losses.sum(axis=0).argmin()]
    return predicted, found


def _ridges(grams: Numbers, moments: Numbers, sizes: Numbers) -> Numbers:
    """Coefficients without each fold in turn, and last with all, for every strength, (fold + 1, strength, column)."""
    eye = np.eye(grams.shape[1])
    left = np.concatenate([grams.sum(axis=0) - grams, grams.sum(axis=0)[None]])
    right = np.concatenate([moments.sum(axis=0) - moments, moments.sum(axis=0)[None]])
    size = np.maximum(np.append(sizes.sum() - sizes, sizes.sum()), 1.0)
    return np.stack(
        [np.linalg.solve(left + (share * size)[:, None, None] * eye, right[..., None])[..., 0] for share in RIDGES],
        axis=1,
    )


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
