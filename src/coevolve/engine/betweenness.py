"""Who stands between the others: the share of geodesics that pass each actor (Brandes 2001), exact or from pivots."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .distances import Tick, quiet, settle
from .graphs import Floats, Graph, Ints, components, lengths, turned
from .reduction import Reduced, reduced, whole

LARGE = 1e280  # path counts beyond this leave the plain kernel for the one that keeps an exponent apart
TIE = 1e-12  # two weighted paths whose lengths differ by no more than this share are equally short
PIECE = 60_000_000  # link visits in one piece of work, well under a second


@dataclass(frozen=True, eq=False)
class Between:
    """Betweenness of each actor over unordered pairs (ordered ones when directed), and its standard error.

    The error is 0 where every source was searched. `sources` tells how many searches were made or stood for.
    """

    value: Floats
    error: Floats
    sources: int


def betweenness(
    graph: Graph,
    *,
    weighted: bool = False,
    pivots: int | None = None,
    rng: np.random.Generator | None = None,
    tick: Tick = quiet,
) -> Between:
    """The number of pairs whose geodesics pass each actor, each pair counted by the share that does.

        C2(i) = sum_{j<k} g_jk(i) / g_jk                                            Tong & Wang (4)

    `weighted` makes a link as long as 1/|w|; paths equal to 1e-12 count as equally short. Path counts may be
    astronomically large. With `pivots`, every component larger than that is searched from so many of its actors,
    drawn by `rng` without replacement, and the sum is scaled up; smaller components stay exact. A pivot then counts
    a pair in proportion to how far along its path the actor lies (Geisberger, Sanders & Schultes 2008), the other
    end of the pair counts the rest, which steadies the estimate; a directed graph is searched both ways for it.
    Standard errors hold for the actors most in between and are too small for those whom few sources see.
    """
    long = lengths(graph)
    small = whole(graph, long) if graph.is_directed else reduced(graph, long, merge=not weighted)
    into = turned(graph, small.lengths) if graph.is_directed else small.lengths
    ahead = (small.out_starts, small.out_neighbours, small.in_starts, small.in_neighbours, small.lengths, into)
    back = (*ahead[2:4], *ahead[:2], into, small.lengths)
    runs = [(ahead, _strata(graph, small, pivots, rng))]
    if pivots is not None and graph.is_directed:
        runs.append((back, _strata(graph, small, pivots, rng)))
    uneven = weighted and graph.weights is not None
    total, variance, searched = _sampled_sums(runs, small, uneven, pivots is not None, tick)
    half = 1.0 if graph.is_directed or pivots is not None else 0.5
    member = np.where(small.holds, small.of, -1)  # -1 takes the 0 put at the end: folded away
    value = small.folded + half * np.append(total, 0.0)[member]
    return Between(value, half * np.sqrt(np.append(variance, 0.0)[member]), searched)


def _sampled_sums(
    runs: list[tuple[tuple[Any, ...], list[Stratum]]], small: Reduced, uneven: bool, scaled: bool, tick: Tick
) -> tuple[Floats, Floats, int]:
    """What every search leaves at each class, scaled up to all sources, and the variance of that."""
    total, variance = np.zeros(len(small.members)), np.zeros(len(small.members))
    ahead = sum(len(one.classes) for _, plan in runs for one in plan)
    done, searched = 0, 0
    block = max(1, PIECE // (len(small.out_neighbours) + len(small.members) + 1) // (20 if uneven else 1))
    search: Any = _dijkstra_block if uneven else _search_block
    for arrays, plan in runs:
        for stratum in plan:
            sums = np.zeros((2, len(total)))
            for first in range(0, len(stratum.classes), block):
                part = slice(first, first + block)
                search(*arrays, small.members, small.weight, stratum.classes[part], stratum.times[part], scaled, sums)
                done += len(stratum.classes[part])
                tick(done, ahead)
            searched += stratum.drawn
            total += sums[0] * (stratum.among / stratum.drawn)
            variance += _variance(sums, stratum)
    return total, variance, searched


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


@njit(cache=True)
def _search_block(
    out_starts: Ints,
    out: NDArray[np.int32],
    in_starts: Ints,
    into: NDArray[np.int32],
    out_long: Floats,
    in_long: Floats,
    members: Floats,
    weight: Floats,
    sources: Ints,
    times: Floats,
    scaled: bool,
    sums: Floats,
) -> None:
    """Breadth-first searches and their dependencies; path counts too large for a float go to Dijkstra's kernel."""
    size = len(members)
    level = np.full(size, -1, np.int32)
    paths = np.zeros(size)
    passed = np.zeros(size)
    depend = np.zeros(size)
    order = np.empty(size, np.int64)
    bounds = np.empty(size + 2, np.int64)
    even = np.ones(max(len(out), len(into)))
    for k in range(len(sources)):
        depth = _count_paths(out_starts, out, in_starts, into, members, sources[k], level, paths, passed, order, bounds)
        reached = bounds[depth]
        overflow = False
        for j in range(reached):
            overflow |= not paths[order[j]] * members[order[j]] < LARGE
        if overflow:
            _dijkstra_block(
                out_starts,
                out,
                in_starts,
                into,
                even,
                even,
                members,
                weight,
                sources[k : k + 1],
                times[k : k + 1],
                scaled,
                sums,
            )
        else:
            _gather_shares(
                out_starts,
                out,
                in_starts,
                into,
                members,
                weight,
                level,
                paths,
                passed,
                depend,
                order,
                bounds,
                depth,
                scaled,
            )
            for j in range(1, reached):
                actor = order[j]
                passing = depend[actor] * level[actor] if scaled else depend[actor]
                sums[0, actor] += times[k] * passing
                sums[1, actor] += times[k] * passing * passing
        for j in range(reached):
            level[order[j]] = -1
            paths[order[j]] = 0.0
            passed[order[j]] = 0.0
            depend[order[j]] = 0.0


@njit(cache=True)
def _count_paths(
    out_starts: Ints,
    out: NDArray[np.int32],
    in_starts: Ints,
    into: NDArray[np.int32],
    members: Floats,
    source: int,
    level: Any,
    paths: Floats,
    passed: Floats,
    order: Ints,
    bounds: Ints,
) -> int:
    """Levels and geodesic counts from one source; level d stands in order[bounds[d]:bounds[d + 1]].

    Each step runs from the frontier outward or from the unreached inward, whichever visits fewer links.
    """
    size = len(members)
    level[source] = 0
    paths[source] = 1.0
    passed[source] = 1.0  # geodesics that may go on from here; of a class the source alone, later all members
    order[0] = source
    bounds[0], bounds[1] = 0, 1
    depth, reached = 0, 1
    frontier = out_starts[source + 1] - out_starts[source]
    ahead = len(out) - frontier
    while bounds[depth + 1] > bounds[depth]:
        if frontier <= 2 * ahead:
            for j in range(bounds[depth], bounds[depth + 1]):
                actor = order[j]
                through = passed[actor]
                for arc in range(out_starts[actor], out_starts[actor + 1]):
                    other = out[arc]
                    if level[other] < 0:
                        level[other] = depth + 1
                        order[reached] = other
                        reached += 1
                        paths[other] = through
                    elif level[other] == depth + 1:
                        paths[other] += through
        else:
            for other in range(size):
                if level[other] < 0:
                    through = _row_sum(in_starts[other], in_starts[other + 1], into, passed)
                    if through > 0.0:
                        order[reached] = other
                        reached += 1
                        paths[other] = through
            for j in range(bounds[depth + 1], reached):
                level[order[j]] = depth + 1
        for j in range(bounds[depth], bounds[depth + 1]):
            passed[order[j]] = 0.0
        frontier = 0
        for j in range(bounds[depth + 1], reached):
            actor = order[j]
            passed[actor] = paths[actor] * members[actor]
            frontier += out_starts[actor + 1] - out_starts[actor]
        ahead -= frontier
        depth += 1
        bounds[depth + 1] = reached
    return depth


@njit(cache=True)
def _gather_shares(
    out_starts: Ints,
    out: NDArray[np.int32],
    in_starts: Ints,
    into: NDArray[np.int32],
    members: Floats,
    weight: Floats,
    level: Any,
    paths: Floats,
    share: Floats,
    depend: Floats,
    order: Ints,
    bounds: Ints,
    depth: int,
    scaled: bool,
) -> None:
    """Brandes' accumulation, deepest level first: what hangs on each member of a class for this source."""
    for d in range(depth - 1, 0, -1):
        deeper, nearer = 0, 0
        for j in range(bounds[d], bounds[d + 1]):
            actor = order[j]
            ends = weight[actor] / d if scaled else weight[actor]
            share[actor] = (ends + members[actor] * depend[actor]) / paths[actor]
            deeper += in_starts[actor + 1] - in_starts[actor]
        for j in range(bounds[d - 1], bounds[d]):
            nearer += out_starts[order[j] + 1] - out_starts[order[j]]
        if d == 1:
            pass  # the source itself stands between nobody
        elif nearer <= 2 * deeper:
            for j in range(bounds[d - 1], bounds[d]):
                actor = order[j]
                depend[actor] = paths[actor] * _row_sum(out_starts[actor], out_starts[actor + 1], out, share)
        else:
            for j in range(bounds[d], bounds[d + 1]):
                actor = order[j]
                for arc in range(in_starts[actor], in_starts[actor + 1]):
                    if level[into[arc]] == d - 1:
                        depend[into[arc]] += paths[into[arc]] * share[actor]
        for j in range(bounds[d], bounds[d + 1]):
            share[order[j]] = 0.0


@njit(cache=True)
def _row_sum(first: int, last: int, neighbours: NDArray[np.int32], values: Floats) -> float:
    """The sum of values over a row, in four strands so that additions need not wait for one another."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = first + (last - first) // 4 * 4
    for arc in range(first, whole, 4):
        a += values[neighbours[arc]]
        b += values[neighbours[arc + 1]]
        c += values[neighbours[arc + 2]]
        d += values[neighbours[arc + 3]]
    for arc in range(whole, last):
        a += values[neighbours[arc]]
    return (a + b) + (c + d)


@njit(cache=True)
def _dijkstra_block(
    out_starts: Ints,
    out: NDArray[np.int32],
    in_starts: Ints,
    into: NDArray[np.int32],
    out_long: Floats,
    in_long: Floats,
    members: Floats,
    weight: Floats,
    sources: Ints,
    times: Floats,
    scaled: bool,
    sums: Floats,
) -> None:
    """The same by Dijkstra's search, with path counts as mantissa and exponent: right however many there are."""
    size = len(members)
    distance = np.full(size, np.inf)
    order = np.empty(size, np.int64)
    heap = np.empty(size, np.int64)
    place = np.full(size, -1, np.int64)
    paths = np.zeros(size)
    power = np.zeros(size, np.int64)
    depend = np.zeros(size)
    for k in range(len(sources)):
        reached = settle(out_starts, out, out_long, sources[k], distance, order, heap, place)
        paths[order[0]], power[order[0]] = 0.5, 1
        for j in range(1, reached):
            actor = order[j]
            paths[actor], power[actor] = _paths_into(
                actor, in_starts, into, in_long, members, distance, paths, power, order[0]
            )
        for j in range(reached - 1, 0, -1):
            actor = order[j]
            ends = weight[actor] / distance[actor] if scaled else weight[actor]
            onward = ends + members[actor] * depend[actor]
            for arc in range(in_starts[actor], in_starts[actor + 1]):
                other = into[arc]
                if _is_on_geodesic(distance[other], in_long[arc], distance[actor]):
                    ratio = math.ldexp(paths[other] / paths[actor], max(power[other] - power[actor], -1100))
                    depend[other] += ratio * onward
            passing = depend[actor] * distance[actor] if scaled else depend[actor]
            sums[0, actor] += times[k] * passing
            sums[1, actor] += times[k] * passing * passing
        for j in range(reached):
            distance[order[j]] = np.inf
            depend[order[j]] = 0.0


@njit(cache=True)
def _is_on_geodesic(before: float, long: float, after: float) -> bool:
    return before < after and before + long <= after * (1.0 + TIE)


@njit(cache=True)
def _paths_into(
    actor: int,
    in_starts: Ints,
    into: NDArray[np.int32],
    in_long: Floats,
    members: Floats,
    distance: Floats,
    paths: Floats,
    power: Ints,
    source: int,
) -> tuple[float, int]:
    """How many geodesics reach an actor, as (mantissa in [0.5, 1), exponent)."""
    highest = -1
    for arc in range(in_starts[actor], in_starts[actor + 1]):
        if _is_on_geodesic(distance[into[arc]], in_long[arc], distance[actor]):
            highest = max(highest, power[into[arc]])
    total = 0.0
    for arc in range(in_starts[actor], in_starts[actor + 1]):
        other = into[arc]
        if _is_on_geodesic(distance[other], in_long[arc], distance[actor]):
            alike = 1.0 if other == source else members[other]
            total += math.ldexp(paths[other] * alike, max(power[other] - highest, -1100))
    mantissa, exponent = math.frexp(total)
    return mantissa, highest + exponent
