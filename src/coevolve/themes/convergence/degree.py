"""The convergence degree: one rising wave shared by all aspects of a pair, and how far along it the pair is.

    index_j(t) = level_j,segment + loading_j s(t) + walk and noise,   loading_j >= 0
    s(t) = 1 / (1 + exp(-speed (t - midpoint)))

s is 0 before the wave and 1 at its ceiling. Speed and midpoint are found on a grid with all else integrated out, so
that a wave whose end nobody has seen keeps a wide interval. Falling aspects add nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from ...engine.drift import WALKS, covariance
from .equations import logistic

Array = NDArray[np.float64]

SPEEDS, MIDPOINTS = 18, 41
WIDEST_LOADING = 2.0  # prior sd of a loading, in ranges of the index


@dataclass(frozen=True)
class Wave:
    """The posterior of one wave on a grid: `weight` of each (speed, midpoint)."""

    speed: Array
    midpoint: Array
    weight: Array

    def draws(self, random: np.random.Generator, many: int) -> tuple[Array, Array]:
        """Draws of speed and midpoint, spread evenly within their grid cells."""
        place = random.choice(len(self.weight), size=many, p=self.weight)
        speeds, midpoints = np.unique(self.speed), np.unique(self.midpoint)
        step = float(np.log(speeds[1] / speeds[0])), float(midpoints[1] - midpoints[0])
        wobble = random.uniform(-0.5, 0.5, (2, many))
        return self.speed[place] * np.exp(step[0] * wobble[0]), self.midpoint[place] + step[1] * wobble[1]


@dataclass(frozen=True)
class Index:
    """One aspect's index: times, values and segments, without gaps."""

    times: Array
    values: Array
    segments: NDArray[np.int64]

    @classmethod
    def of(cls, times: Array, values: Array, segments: NDArray[np.int64]) -> Index:
        """The observed part; segments with a single value are left out."""
        seen = np.isfinite(values)
        for segment in np.unique(segments):
            if (seen & (segments == segment)).sum() < 2:
                seen &= segments != segment
        return cls(times[seen], values[seen], segments[seen])


def wave_of(indices: Sequence[Index], correlation: float = 0.0) -> Wave:
    """The wave that several indices of one pair share.

    `correlation` is how much their yearly changes have in common: what the second index adds counts that much less.
    """
    first = min(float(one.times.min()) for one in indices)
    last = max(float(one.times.max()) for one in indices)
    span = last - first
    speeds = np.geomspace(1.5 / span, 60.0 / span, SPEEDS)
    midpoints = np.linspace(first - span / 2, last + span, MIDPOINTS)
    speed, midpoint = (grid.ravel() for grid in np.meshgrid(speeds, midpoints, indexing="ij"))
    evidence = np.sum([_evidence(one, speed, midpoint) for one in indices], axis=0)
    evidence = evidence / (1.0 + (len(indices) - 1) * max(correlation, 0.0))
    weight = np.exp(evidence - evidence.max())
    return Wave(speed, midpoint, weight / weight.sum())


def _evidence(index: Index, speed: Array, midpoint: Array) -> Array:
    """Log evidence of each wave from one index, over levels, loading >= 0, unit variance and kinds of unrest."""
    waves = np.stack([logistic(index.times, k, tau) for k, tau in zip(speed, midpoint, strict=True)], axis=1)
    levels = (index.segments[:, None] == np.unique(index.segments)[None, :]).astype(float)
    values = index.values / max(float(np.std(index.values)), 1e-12)
    wide = WIDEST_LOADING * max(float(np.ptp(values)), 1e-9)
    logs = [
        _of_kind(covariance(share, carry, index.times, index.segments), waves, levels, values, wide) + np.log(prior)
        for share, carry, prior in WALKS
    ]
    top = np.max(logs, axis=0)
    return np.asarray(top + np.log(np.exp(np.asarray(logs) - top).sum(axis=0)))


def _of_kind(whole: Array, waves: Array, levels: Array, values: Array, wide: float) -> Array:
    """Log evidence for one kind of unrest: levels integrated flat, the loading over half a normal of sd `wide`."""
    root = np.linalg.cholesky(whole)
    y, s, d = (np.linalg.solve(root, part) for part in (values, waves, levels))
    basis = np.linalg.qr(d)[0]
    y, s = y - basis @ (basis.T @ y), s - basis @ (basis.T @ s)
    freedom = len(values) - levels.shape[1]
    square, product, energy = (s**2).sum(axis=0), s.T @ y, float(y @ y)
    plain = np.maximum(energy - product**2 / np.maximum(square, 1e-12), 1e-9 * energy)
    ridge = plain / max(freedom - 1, 1) / wide**2
    total = square + ridge
    left = np.maximum(energy - product**2 / total, 1e-9 * energy)
    sd = np.sqrt(left / max(freedom - 1, 1) / total)
    half = log_ndtr(product / total / sd) + np.log(2.0)
    det = -np.log(np.diag(root)).sum() - np.log(np.abs(np.diag(np.linalg.qr(d)[1]))).sum()
    return np.asarray(det - 0.5 * freedom * np.log(left) + 0.5 * np.log(ridge / total) + half)


def degrees(wave: Wave, times: Array, random: np.random.Generator, many: int) -> Array:
    """Draws of s at `times`, shape (draw, time)."""
    speed, midpoint = wave.draws(random, many)
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(speed[:, None] * (times - midpoint[:, None]), -500, 500))))


def expected_degree(wave: Wave, times: Array) -> Array:
    """The mean of s at `times`."""
    each = np.stack([logistic(times, k, tau) for k, tau in zip(wave.speed, wave.midpoint, strict=True)])
    return np.asarray(wave.weight @ each)
