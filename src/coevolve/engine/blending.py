"""Forecasts blended with weights that past origins teach, drawn towards equal ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TENTHS = 10
HALF = 3.0
"""So many separate tests bring the weights half way from equal to what was best: few tests say little."""

MOST_CELLS = 20_000


def weights_of(said: Mapping[str, Floats], actual: Floats, scale: Floats) -> dict[str, float]:
    """The weight of each member, summing to one: what was best at past origins, drawn towards equal weights.

        best = min over w of mean |sum_m w_m f_m - y| / q,     w_m in {0, .1, ... 1}, sum w_m = 1
        w_m  = K / (K + 3) best_m + 3 / (K + 3) / M

    `said[member]` and `actual` have the shape (origin, series, step), `scale` q (the mean absolute change) has
    (origin, series). Every series at every step
    ahead counts alike, however many origins it has. K is the number of separate tests: origins over steps. Where a
    member or the truth is not known the cell is left out; with no cell at all the weights are equal.
    """
    names = tuple(said)
    equal = dict.fromkeys(names, 1.0 / len(names))
    errors = np.stack([(said[name] - actual) / scale[..., None] for name in names])
    known = np.isfinite(errors).all(axis=0)
    if not known.any():
        return equal
    count = known.sum(axis=0)
    alike = np.broadcast_to(1.0 / np.maximum(count, 1), known.shape)[known]
    thin = slice(None, None, -(-int(known.sum()) // MOST_CELLS))
    errors, alike = errors[:, known][:, thin], alike[thin]
    grid = _simplex(len(names))
    best = grid[int(np.argmin([np.abs(weights @ errors) @ alike for weights in grid]))]
    tests = int((known.sum(axis=(1, 2)) > 0).sum()) / known.shape[2]
    trust = tests / (tests + HALF)
    return {name: float(trust * best[k] + (1 - trust) / len(names)) for k, name in enumerate(names)}


def blended(said: Mapping[str, Floats], weights: Mapping[str, float], simple: Sequence[Floats]) -> Floats:
    """The weighted mean of those members that speak; where none with a weight but `simple` ones do, their plain mean.

    `simple` are forecasts for series too short for most members, in the shape of the members (naive and drift).
    A cell with fewer than half of the weights speaking takes the plain mean of the simple ones that speak.
    """
    total = np.zeros(next(iter(said.values())).shape)
    share = np.zeros(total.shape)
    for name, weight in weights.items():
        there = np.isfinite(said[name])
        total += weight * np.where(there, said[name], 0.0)
        share += weight * there
    known = np.stack([np.isfinite(one) for one in simple])
    plain = np.where(known, np.stack(simple), 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    plain = np.where(known.any(axis=0), plain, np.nan)
    return np.asarray(np.where(share >= 0.5, total / np.maximum(share, 1e-9), plain))


def _simplex(members: int) -> Floats:
    """All weights in tenths that sum to one, the most even first among equals, shape (choice, member)."""
    bars = combinations(range(TENTHS + members - 1), members - 1)
    cuts = np.array([(-1, *bar, TENTHS + members - 1) for bar in bars])
    grid = (np.diff(cuts, axis=1) - 1) / TENTHS
    return np.asarray(grid[np.argsort((grid**2).sum(axis=1), kind="stable")])
