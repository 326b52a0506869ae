"""What the index would be had other regions been compared: resamples of whole regions, in matrix products.

A resample keeps each drawn region with all its years. Its weights, and its goalposts where they are pooled, are
those of the drawn regions; every region is then measured with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from . import equations
from .model import Array, Index, Scheme, degrees, needs_covariance, scores_of, weights_from

QUANTILES = (0.025, 0.975)
DEEP = 64  # how many of the most extreme regions are looked at first; a draw without any of 64 has chance e^-64
NOTHING = 1e-13  # a score below this is rounding, and its sixth root would not be
CELLS = 500_000  # region-years times draws held at once


@dataclass(frozen=True)
class Draws:
    """Goalposts (in units of the index's own scale, where its goalposts are 0 and 1) and weights of each draw,
    all of shape (draw, indicator). Draws in which a subsystem does not vary are left out and counted in `lost`."""

    bottom: Array
    top: Array
    entropy_weight: Array
    weight: Array
    lost: int = 0

    def __len__(self) -> int:
        return len(self.weight)

    @cached_property
    def slope(self) -> Array:
        """What one unit of an indicator adds to its subsystem's score, by draw."""
        span = self.top - self.bottom
        return self.weight / np.where(span > 0, span, 1.0)

    @cached_property
    def stops(self) -> tuple[tuple[int, float, float, NDArray[np.int64]], ...]:
        """(indicator, goalpost, side, draws) of every goalpost inside the index's own: side 1 stops what lies above
        it, side -1 what lies below it."""
        found = []
        for side, posts, own in ((-1.0, self.bottom, 0.0), (1.0, self.top, 1.0)):
            for j in range(posts.shape[1]):
                levels, level = np.unique(posts[:, j], return_inverse=True)
                inner = np.flatnonzero(levels != own)
                found += [(j, float(levels[k]), side, np.flatnonzero(level == k)) for k in inner]
        return tuple(found)


def draw(y: Array, region: NDArray[np.int64], scheme: Scheme, pooled: NDArray[np.bool_], counts: Array) -> Draws:
    """Goalposts and weights of every resample. Rows stand in order of their region, and each region has some.

    `counts[d, r]` is how often draw d holds region r; `pooled[j]` whether the goalposts of indicator j are drawn too.
    """
    starts = np.searchsorted(region, np.arange(counts.shape[1]))
    drawn = counts > 0
    bottom = np.where(pooled, _extremes(np.minimum.reduceat(y, starts), drawn), 0.0)
    top = np.where(pooled, -_extremes(-np.maximum.reduceat(y, starts), drawn), 1.0)
    span = top - bottom
    rows = counts @ np.diff(np.append(starts, len(y))).astype(float)
    redundancy = np.where(span > 0, _redundancies(y, starts, counts, rows, bottom), 0.0)
    covariance = _covariances(y, starts, counts, rows, span) if needs_covariance(scheme) else None
    entropy_weight = equations.shares_within(redundancy, scheme.members)
    weight = weights_from(redundancy, covariance, redundancy > 0, scheme)
    sound = np.isfinite(weight).all(axis=1) & np.isfinite(entropy_weight).all(axis=1)
    return Draws(bottom[sound], top[sound], entropy_weight[sound], weight[sound], int((~sound).sum()))


def draw_counts(generator: np.random.Generator, regions: int, draws: int) -> Array:
    """How often each of `draws` resamples of `regions` regions, with replacement, holds each region."""
    return generator.multinomial(regions, np.full(regions, 1 / regions), size=draws).astype(float)


def draw_degrees(y: Array, draws: Draws, scheme: Scheme) -> tuple[Array, Array, Array, Array]:
    """Scores (subsystem, row, draw) and C, T, D (row, draw) of these rows under each draw.

    U = sum_j w_j [clip(y_j, bottom_j, top_j) - bottom_j] / (top_j - bottom_j): one product for all rows, then put
    right for the few rows that lie beyond the goalposts of some draws.
    """
    slope = draws.slope
    scores = scores_of(y, slope, scheme)
    for k in range(len(scheme.shares)):
        here = scheme.places(k)
        scores[k] -= (slope[:, here] * draws.bottom[:, here]).sum(axis=1)
    lowest, highest = y.min(axis=0), y.max(axis=0)
    for j, level, side, here in draws.stops:
        if lowest[j] < level if side < 0 else highest[j] > level:
            beyond = np.flatnonzero(side * (y[:, j] - level) > 0)
            scores[scheme.members[j]][np.ix_(beyond, here)] -= np.outer(y[beyond, j] - level, slope[here, j])
    scores[scores < NOTHING] = 0.0
    return scores, *degrees(scores, scheme)


def pieces(region: NDArray[np.int64], draws: int, cells: int = CELLS) -> Iterator[slice]:
    """Rows cut between regions into pieces of about `cells` region-years times draws, so that memory is bounded."""
    starts = np.flatnonzero(np.diff(region, prepend=-1))
    start = 0
    for end in (*starts[1:].tolist(), len(region)):
        if end == len(region) or (end - start) * draws >= cells:
            yield slice(start, end)
            start = end


def interval(values: Array, estimate: Array) -> tuple[Array, Array]:
    """The 95 % range over draws (last axis), widened where needed to hold the estimate itself."""
    if values.shape[-1] == 0:
        nothing = np.full(estimate.shape, np.nan)
        return nothing, nothing
    low, high = np.quantile(values, QUANTILES, axis=-1)
    return np.fmin(low, estimate), np.fmax(high, estimate)


def grade_probability(degree_draws: Array, place: NDArray[np.int64], closure: equations.Closure) -> Array:
    """The share of draws (last axis) in which each row keeps its grade."""
    edge = 1e-12 if closure == "right" else -1e-12
    lower = np.where(place > 0, place / 10 + edge, -np.inf)[..., None]
    upper = np.where(place < len(equations.GRADES) - 1, (place + 1) / 10 + edge, np.inf)[..., None]
    inside = (degree_draws > lower) & (degree_draws <= upper)
    return inside.mean(axis=-1) if degree_draws.shape[-1] else np.full(place.shape, np.nan)


@dataclass(frozen=True)
class Ranges:
    """What the draws say of every row: 95 % ranges (low, high) of scores, C, T, D and the chance to keep the grade.

    `scores` has shape (2, subsystem, row), `coupling`, `index` and `degree` (2, row); `kept` holds the D of some rows
    under every draw, shape (kept row, draw).
    """

    scores: Array
    coupling: Array
    index: Array
    degree: Array
    grade_probability: Array
    kept: Array

    @classmethod
    def joined(cls, parts: Sequence[Ranges]) -> Ranges:
        """The ranges of all pieces, in order."""
        names = ("scores", "coupling", "index", "degree")
        whole = {name: np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names}
        chances = np.concatenate([part.grade_probability for part in parts])
        return cls(**whole, grade_probability=chances, kept=np.concatenate([part.kept for part in parts]))


def ranges(
    index: Index, piece: slice, draws: Draws, scheme: Scheme, keep: NDArray[np.bool_], closure: equations.Closure
) -> Ranges:
    """What the draws say of one piece of the rows; `keep` marks the rows whose D is kept draw by draw."""
    scores, coupling, level, degree = draw_degrees(index.y[piece], draws, scheme)
    place = equations.grade(index.degree[piece], closure)
    return Ranges(
        np.stack(interval(scores, index.scores[:, piece])),
        np.stack(interval(coupling, index.coupling[piece])),
        np.stack(interval(level, index.index[piece])),
        np.stack(interval(degree, index.degree[piece])),
        grade_probability(degree, place, closure),
        degree[keep[piece]],
    )


def _extremes(smallest: Array, drawn: NDArray[np.bool_]) -> Array:
    """The least of `smallest` (region, indicator) over the regions of each draw, shape (draw, indicator)."""
    found = np.empty((len(drawn), smallest.shape[1]))
    for j, column in enumerate(smallest.T):
        order = np.argsort(column, kind="stable")
        near = drawn[:, order[:DEEP]]
        found[:, j] = column[order[near.argmax(axis=1)]]
        for d in np.flatnonzero(~near.any(axis=1)):
            found[d, j] = column[drawn[d]].min()
    return found


def _redundancies(y: Array, starts: NDArray[np.int64], counts: Array, rows: Array, bottom: Array) -> Array:
    """1 - e of every draw: e = (ln S - L/S)/ln m with S = sum z, L = sum z ln z, z = y - bottom, m the rows.

    Entropy does not depend on a column's scale, so only its zero matters, and few bottoms differ between draws.
    """
    found = np.zeros(bottom.shape)
    size = np.log(np.maximum(rows, 2.0))
    for j in range(y.shape[1]):
        levels, level = np.unique(bottom[:, j], return_inverse=True)
        for k, low in enumerate(levels):
            here = np.flatnonzero(level == k)
            z = np.maximum(y[:, j] - low, 0.0)
            logs = z * np.log(z, out=np.zeros_like(z), where=z > 0)
            sums = np.add.reduceat(np.stack([z, logs], axis=1), starts)
            total, log_total = (counts[here] @ sums).T
            safe = np.where(total > 0, total, 1.0)
            even = 1 - (np.log(safe) - log_total / safe) / size[here]
            found[here, j] = np.where((total > 0) & (even > 1e-13), even, 0.0)
    return found


def _covariances(y: Array, starts: NDArray[np.int64], counts: Array, rows: Array, span: Array) -> Array:
    """Covariances of the indicators of every draw, each on the draw's own scale, shape (draw, indicator, indicator)."""
    width = y.shape[1]
    products = np.stack([part.T @ part for part in np.split(y, starts[1:])]).reshape(len(starts), -1)
    mean = (counts @ np.add.reduceat(y, starts)) / rows[:, None]
    mixed = (counts @ products / rows[:, None]).reshape(-1, width, width) - mean[:, :, None] * mean[:, None, :]
    scale = np.where(span > 0, span, 1.0)
    return np.asarray(mixed / (scale[:, :, None] * scale[:, None, :]))
