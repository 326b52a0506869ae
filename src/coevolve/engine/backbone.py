"""The few links of a large network that tell most: each actor's strongest, and those that chance would not give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHANCE = 0.05  # a link whose share of an end's strength is less likely than this stands above chance


@dataclass(frozen=True, eq=False)
class Backbone:
    """Places of the links kept, ascending, and why: so many are an actor's strongest, so many stand above chance.

    `level` is the largest p of those above chance, NaN without any. The rest are the next strongest of each actor.
    """

    links: Ints
    strongest: int
    above_chance: int
    level: float


def backbone(source: Ints, target: Ints, weight: Floats, p: Floats, degree: Ints, most: int) -> Backbone:
    """Links that show how a network hangs together: at most `most`, the strongest of every actor first.

    Those of least `p` (see `disparity`) follow, as far as they stand above chance. What room is left shows the d^e
    strongest of an actor's d links, one exponent e for all, the best tied neighbour first where weights are equal
    (local degree: Hamann, Lindner, Meyerhenke, Staudt & Wagner 2016). With equal weights nothing stands above chance.
    """
    if not len(source):
        return Backbone(np.zeros(0, np.int64), 0, 0, float("nan"))
    size = np.abs(weight)
    first, rank = _local(source, target, size, degree)
    kept = np.zeros(len(source), bool)
    kept[first[np.argsort(-size[first], kind="stable")][:most]] = True
    strongest = int(kept.sum())
    order = np.lexsort((-size, p))
    surprising = order[~kept[order] & (p[order] < CHANCE) & (np.ptp(size) > 0.0)]
    surprising = surprising[: most - strongest]
    kept[surprising] = True
    order = np.argsort(rank, kind="stable")
    kept[order[~kept[order]][: most - int(kept.sum())]] = True
    level = float(p[surprising[-1]]) if len(surprising) else float("nan")
    return Backbone(np.flatnonzero(kept), strongest, len(surprising), level)


def disparity(source: Ints, target: Ints, weight: Floats, actors: int) -> Floats:
    """How likely chance alone makes a link so large a part of its end's strength; the smaller p of its two ends.

        p_ij = (1 - |w_ij| / s_i)^(k_i - 1)                         Serrano, Boguna & Vespignani (2009), (2)

    s_i is the strength and k_i the number of links of an actor whose strength would fall on its links at random,
    uniformly. An end with a single link says nothing: p is 1 for it.

    >>> disparity(np.array([0, 0, 0]), np.array([1, 2, 3]), np.array([8.0, 1.0, 1.0]), 4).round(2).tolist()
    [0.04, 0.81, 0.81]
    """
    size = np.abs(weight)
    links = np.bincount(source, minlength=actors) + np.bincount(target, minlength=actors)
    strength = np.bincount(source, size, actors) + np.bincount(target, size, actors)

    def seen_from(end: Ints) -> Floats:
        share = np.divide(size, strength[end], out=np.zeros(len(size)), where=strength[end] > 0.0)
        return np.asarray(np.clip(1.0 - share, 0.0, 1.0) ** (links[end] - 1))

    return np.minimum(seen_from(source), seen_from(target))


def _local(source: Ints, target: Ints, size: Floats, degree: Ints) -> tuple[Ints, Floats]:
    """The strongest link of each actor (to its best tied neighbour where equal), and each link's local exponent."""
    actors = int(max(source.max(), target.max())) + 1
    tail, head = np.concatenate([source, target]), np.concatenate([target, source])
    link = np.concatenate([np.arange(len(source))] * 2)
    order = np.lexsort((link, -degree[head], -size[link], tail))
    count = np.bincount(tail, minlength=actors)
    starts = np.concatenate([[0], np.cumsum(count)])
    place = np.arange(len(order)) - starts[tail[order]] + 1.0
    exponent = np.log(place) / np.log(np.maximum(count[tail[order]], 2))
    rank = np.full(len(source), np.inf)
    np.minimum.at(rank, link[order], exponent)
    return np.unique(link[order[starts[:-1][count > 0]]]), rank
