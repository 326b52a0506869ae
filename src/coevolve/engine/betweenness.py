"""Who stands between the others: the share of geodesics that pass each actor (Brandes 2001), exact or from pivots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .distances import Tick, quiet
from .geodesics import dijkstra_block, search_block
from .graphs import Floats, Graph, Ints, components, lengths, turned
from .reduction import Reduced, reduced, whole

PIECE = 60_000_000  # link visits between two ticks, well under a second
PART = 1_000_000_000  # link visits of a part that may be searched elsewhere, about a second


@dataclass(frozen=True, eq=False)
class Between:
    """Betweenness of each actor over unordered pairs (ordered ones when directed), and its standard error.

    The error is 0 where every source was searched. `sources` tells how many searches were made or stood for.
    """

    value: Floats
    error: Floats
    sources: int


@dataclass(frozen=True, eq=False)
class Part:
    """Searches that can be made apart from all others: the rows of the graph, and from which classes.

    `classes` are searched and counted `times` each; `number` says which stratum they belong to.
    """

    rows: tuple[Any, ...]
    members: Floats
    weight: Floats
    classes: Ints
    times: Floats
    is_scaled: bool
    is_uneven: bool
    number: int


Spread = Callable[[list[Part], Tick], list[Floats]]


def in_turn(parts: list[Part], tick: Tick) -> list[Floats]:
    """The parts one after the other, here."""
    ahead, done, found = sum(len(one.classes) for one in parts), 0, []
    for part in parts:
        found.append(search(part, _onward(tick, done, ahead)))
        done += len(part.classes)
    return found


def _onward(tick: Tick, done: int, ahead: int) -> Tick:
    """The tick of one part, told as progress of all of them."""
    return lambda now, _: tick(done + now, ahead)


def search(part: Part, tick: Tick = quiet) -> Floats:
    """What the searches of a part leave at each class, and the squares of that: two rows."""
    sums = np.zeros((2, len(part.members)))
    block = max(1, PIECE // (len(part.rows[1]) + len(part.members) + 1) // (20 if part.is_uneven else 1))
    kernel: Any = dijkstra_block if part.is_uneven else search_block
    extra: tuple[Any, ...] = (0.0, np.zeros(len(part.members))) if part.is_uneven else ()
    for first in range(0, len(part.classes), block):
        lot = part.classes[first : first + block], part.times[first : first + block]
        kernel(*part.rows, part.members, part.weight, *lot, part.is_scaled, sums, *extra)
        tick(first + len(lot[0]), len(part.classes))
    return sums


def betweenness(
    graph: Graph,
    *,
    weighted: bool = False,
    pivots: int | None = None,
    rng: np.random.Generator | None = None,
    tick: Tick = quiet,
    spread: Spread = in_turn,
) -> Between:
    """The number of pairs whose geodesics pass each actor, each pair counted by the share that does.

        C2(i) = sum_{j<k} g_jk(i) / g_jk                                            Tong & Wang (4)

    `weighted` makes a link as long as 1/|w|; paths equal to 1e-12 count as equally short. Path counts may be
    astronomically large. With `pivots`, every component larger than that is searched from so many of its actors,
    drawn by `rng` without replacement, and the sum is scaled up; smaller components stay exact. A pivot then counts
    a pair for an actor in the further half of its path, half in the very middle, and the other end of the pair counts
    the rest, which steadies the estimate (bisection: Geisberger, Sanders & Schultes 2008); a directed graph is
    searched both ways for it. Pairs more than 16 links apart, and all with `weighted`, are counted in proportion to
    how far along the path the actor lies. Standard errors hold for the actors most in between and can be too small
    for those whom few sources see. `spread` makes the searches, part by part, wherever it likes; how they are cut
    depends on the graph alone.
    """
    long = lengths(graph)
    small = whole(graph, long) if graph.is_directed else reduced(graph, long, merge=not weighted)
    into = turned(graph, small.lengths) if graph.is_directed else small.lengths
    ahead = (small.out_starts, small.out_neighbours, small.in_starts, small.in_neighbours, small.lengths, into)
    back = (*ahead[2:4], *ahead[:2], into, small.lengths)
    runs = [(ahead, one) for one in _strata(graph, small, pivots, rng)]
    if pivots is not None and graph.is_directed:
        runs += [(back, one) for one in _strata(graph, small, pivots, rng)]
    is_uneven = weighted and graph.weights is not None
    parts = _parts(runs, small, pivots is not None, is_uneven)
    found = spread(parts, tick)
    total, variance = np.zeros(len(small.members)), np.zeros(len(small.members))
    for number, (_, stratum) in enumerate(runs):
        sums = np.zeros((2, len(total)))
        for part, left in zip(parts, found, strict=True):
            if part.number == number:
                sums += left
        total += sums[0] * (stratum.among / stratum.drawn)
        variance += _variance(sums, stratum)
    half = 1.0 if graph.is_directed or pivots is not None else 0.5
    member = np.where(small.holds, small.of, -1)  # -1 takes the 0 put at the end: folded away
    value = small.folded + half * np.append(total, 0.0)[member]
    searched = sum(stratum.drawn for _, stratum in runs)
    return Between(value, half * np.sqrt(np.append(variance, 0.0)[member]), searched)


def _parts(runs: list[tuple[tuple[Any, ...], Stratum]], small: Reduced, is_scaled: bool, is_uneven: bool) -> list[Part]:
    """The searches of every stratum, cut into parts of about equal work."""
    each = max(1, PART // (len(small.out_neighbours) + len(small.members) + 1) // (20 if is_uneven else 1))
    found = []
    for number, (rows, stratum) in enumerate(runs):
        for first in range(0, len(stratum.classes), each):
            lot = stratum.classes[first : first + each], stratum.times[first : first + each]
            found.append(Part(rows, small.members, small.weight, *lot, is_scaled, is_uneven, number))
    return found


@dataclass(frozen=True, eq=False)
class Stratum:
    """One lot of searches: from `classes`, each counted `times`, for `drawn` of `among` actors."""

    classes: Ints
    times: Floats
    drawn: int
    among: int


def _strata(graph: Graph, small: Reduced, pivots: int | None, rng: np.random.Generator | None) -> list[Stratum]:
    """All classes in one lot when exact; else one lot a large component, and one for all the small ones."""
    every = np.arange(len(small.members))
    size = np.bincount(components(graph), minlength=1)
    large = np.flatnonzero(size > pivots) if pivots is not None else np.array([], np.int64)
    if pivots is None or len(large) == 0:
        return _lot(every, small)
    if rng is None or pivots < 2:
        raise ValueError("pivots need a generator of random numbers, and at least two of them")
    found = _lot(every[~np.isin(small.component, large)], small)
    label = components(graph)
    for one in large:
        actors = np.flatnonzero((label == one) & (small.of >= 0))
        if len(actors) == 0:
            continue  # a tree, settled by folding
        drawn = np.sort(rng.choice(actors, min(pivots, len(actors)), replace=False))
        classes, times = np.unique(small.of[drawn], return_counts=True)
        found.append(Stratum(classes, times.astype(float), len(drawn), len(actors)))
    return found


def _lot(classes: Ints, small: Reduced) -> list[Stratum]:
    stands_for = int(small.weight[classes].sum())
    return [Stratum(classes, small.weight[classes], stands_for, stands_for)] if len(classes) else []


def _variance(sums: Floats, stratum: Stratum) -> Floats:
    """The variance of a total estimated from a simple random sample without replacement."""
    k, n = stratum.drawn, stratum.among
    if k == n:
        return np.zeros(sums.shape[1])
    spread = np.maximum(sums[1] - sums[0] ** 2 / k, 0.0) / (k - 1)
    return np.asarray(n**2 * spread / k * (1.0 - k / n))
