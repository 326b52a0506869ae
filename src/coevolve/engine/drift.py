"""Does a short series rise, or does it only wander? The change of a random walk with noise, with honest intervals.

    y_t = level_segment + change g(t) + w_t + e_t,   w a random walk, e noise of single years

g rises from 0 to 1 over the years seen, along a line or an S-curve. Which shape, and what share of the unrest is walk,
is not known: both are integrated over, so that a series that wanders needs a long and steady rise before it counts.
Segments (between breaks) have levels of their own; nothing is measured across a break.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

Array = NDArray[np.float64]

WALKS: Array = np.array(
    [
        [0.0, 0.0, 1],
        [0.05, 0.0, 1],
        [0.2, 0.0, 1],
        [0.5, 0.0, 1],
        [0.8, 0.0, 2],
        [1.0, 0.0, 5],
        [1.0, 0.3, 4],
        [1.0, 0.6, 4],
    ]
)
"""Kinds of unrest: the share of it that is random walk, how far a step of the walk carries over into the next, and the
weight of that kind beforehand. Most weight is on walks: a rise must be longer and steadier than wandering makes."""

SHAPES: tuple[tuple[float, float], ...] = ((0.3, 0.35), (0.5, 0.35), (0.7, 0.35), (0.5, 0.7))
"""S-curves tried beside the straight line: where the middle lies and how long the rise takes, in shares of the span."""

LINE = 0.5  # weight of the straight line beforehand; the S-curves share the rest
NEEDS = 6  # values beyond the levels of the segments that a change needs


@dataclass(frozen=True)
class Rise:
    """The posterior of a series' change over the time that lies within segments: a mixture of t distributions.

    `weight`, `centre` and `spread` are by shape and kind of unrest, `freedom` the degrees of freedom of each t; `span`
    is the time within segments; `noise` the standard deviation of single years and `unrest` that of yearly changes.
    """

    weight: Array
    centre: Array
    spread: Array
    freedom: int
    span: float
    noise: float
    unrest: float

    @property
    def probability(self) -> float:
        """The probability that the series rises."""
        return float(min(1.0, self.weight @ stdtr(self.freedom, self.centre / self.spread)))

    @property
    def p(self) -> float:
        """The two-sided probability that wandering and noise alone move a series so far."""
        return float(min(1.0, 2 * min(self.probability, 1 - self.probability)))

    def draws(self, normal: Array, random: np.random.Generator) -> Array:
        """Draws of the change from standard normal numbers (so that several series can move together)."""
        kind = random.choice(len(self.weight), size=len(normal), p=self.weight)
        chi = random.chisquare(self.freedom, size=len(normal))
        scaled = normal / np.sqrt(chi / self.freedom)
        return np.asarray(self.centre[kind] + self.spread[kind] * scaled)


def rise_of(times: Array, values: Array, segments: NDArray[np.int64]) -> Rise | None:
    """The change of one series; NaN values are left out. None where too few are left.

    `segments[t]` says between which breaks a time lies. A segment with one value tells nothing and is left out.
    """
    seen = np.isfinite(values)
    for segment in np.unique(segments[seen]):
        if (seen & (segments == segment)).sum() < 2:
            seen &= segments != segment
    t, y, part = times[seen], values[seen], segments[seen]
    kinds = np.unique(part)
    freedom = len(t) - len(kinds) - 1
    if freedom < NEEDS - 1 or np.ptp(y) == 0:
        return None
    scale = max(float(np.std(y)), 1e-12)
    levels = (part[:, None] == kinds[None, :]).astype(float)
    shapes, prior = _shapes(t, part)
    found = [
        (np.log(weight) + one, *rest)
        for share, carry, weight in WALKS
        for one, *rest in _fits(covariance(share, carry, t, part), y / scale, levels, shapes, share)
    ]
    logs = np.array([one[0] for one in found]) + np.tile(np.log(prior), len(WALKS))
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()
    centre, spread, noise, unrest = (np.array([one[k] for one in found]) * scale for k in (1, 2, 3, 4))
    span = float(sum(np.ptp(t[part == kind]) for kind in kinds))
    middle = [float(np.sqrt(weight @ each**2)) for each in (noise, unrest)]
    return Rise(weight, centre, spread, freedom, span, *middle)


def _shapes(times: Array, segments: NDArray[np.int64]) -> tuple[Array, Array]:
    """Columns that rise by 1 within segments, and their weights; an S-curve that rises across a break is left out."""
    first, span = float(times.min()), float(np.ptp(times))
    curves = [times - first]
    curves += [1 / (1 + np.exp(-4.4 * ((times - first) / span - middle) / width)) for middle, width in SHAPES]
    columns, weights = [], []
    for k, curve in enumerate(curves):
        inside = sum(float(curve[segments == one][-1] - curve[segments == one][0]) for one in np.unique(segments))
        if k == 0 or inside > 0.6 * float(np.ptp(curve)):
            columns.append(curve / inside)
            weights.append(LINE if k == 0 else (1 - LINE) / len(SHAPES))
    return np.stack(columns, axis=1), np.asarray(weights) / np.sum(weights)


def covariance(share: float, carry: float, times: Array, segments: NDArray[np.int64]) -> Array:
    """Covariance of walk and noise: each step of the walk has variance `share` and carries `carry` into the next.

    The walk begins anew at the start of each segment; single years have noise of variance 1 - share.
    """
    whole = np.zeros((len(times), len(times)))
    for segment in np.unique(segments):
        here = np.flatnonzero(segments == segment)
        place = np.round(times[here] - times[here].min()).astype(int)
        lags = np.arange(int(place.max()) + 1)
        steps = share * carry ** np.abs(lags[:, None] - lags[None, :])
        steps[0], steps[:, 0] = 0.0, 0.0  # the walk starts at its level
        walk = steps.cumsum(axis=0).cumsum(axis=1)
        whole[np.ix_(here, here)] = walk[np.ix_(place, place)]
    return np.asarray(whole + (1 - share + 1e-6) * np.eye(len(times)))


def _fits(
    whole: Array, values: Array, levels: Array, shapes: Array, share: float
) -> list[tuple[float, float, float, float, float]]:
    """For each shape: restricted likelihood (log), change, its spread, noise of single years, unrest of changes."""
    root = np.linalg.cholesky(whole)
    y, x, d = (np.linalg.solve(root, part) for part in (values, shapes, levels))
    basis, corner = np.linalg.qr(d)
    y, x = y - basis @ (basis.T @ y), x - basis @ (basis.T @ x)
    base = -np.log(np.diag(root)).sum() - np.log(np.abs(np.diag(corner))).sum()
    freedom = len(values) - levels.shape[1] - 1
    energy, found = float(y @ y), []
    for column in x.T:
        square, product = float(column @ column), float(column @ y)
        left = max(energy - product**2 / square, 1e-12)
        variance = left / freedom
        likelihood = base - 0.5 * np.log(square) - 0.5 * freedom * np.log(left)
        sds = np.sqrt(variance * np.array([1 / square, 1 - share, 2 - share]))
        found.append((float(likelihood), product / square, float(sds[0]), float(sds[1]), float(sds[2])))
    return found


def moving_together(values: Array, segments: NDArray[np.int64], kept: float = 0.8) -> Array:
    """Correlations of the yearly changes of several series (series, time), drawn towards none (`kept` of each stays).

    Changes across a break do not count; pairs of series with fewer than four common changes get 0.
    """
    change = np.where(np.diff(segments) == 0, np.diff(values, axis=1), np.nan)
    many = len(values)
    found = np.eye(many)
    for i in range(many):
        for j in range(i):
            both = np.isfinite(change[i]) & np.isfinite(change[j])
            u, v = change[i, both], change[j, both]
            if both.sum() >= 4 and u.std() > 0 and v.std() > 0:
                found[i, j] = found[j, i] = kept * float(np.corrcoef(u, v)[0, 1])
    values_, vectors = np.linalg.eigh(found)
    whole = (vectors * np.maximum(values_, 1e-6)) @ vectors.T
    size = np.sqrt(np.diag(whole))
    return np.asarray(whole / np.outer(size, size))


def false_discoveries(p: Array, rate: float) -> NDArray[np.bool_]:
    """Which of several tests count when `rate` of those that count may be false (Benjamini & Hochberg 1995).

    NaN is no test.

    >>> false_discoveries(np.array([0.001, 0.9, 0.04]), 0.05).tolist()
    [True, False, False]
    """
    known = np.isfinite(p)
    order = np.argsort(np.where(known, p, np.inf), kind="stable")
    many = int(known.sum())
    passed = np.zeros(len(p), bool)
    if not many:
        return passed
    ranked = p[order[:many]] <= rate * np.arange(1, many + 1) / many
    if ranked.any():
        passed[order[: int(np.flatnonzero(ranked)[-1]) + 1]] = True
    return passed
