"""Compiled searches of all geodesics from given sources, and what each source leaves at the actors in between."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .distances import settle
from .graphs import Floats, Ints

LARGE = 1e280  # path counts beyond this leave the plain kernel for the one that keeps an exponent apart
TIE = 1e-12  # two weighted paths whose lengths differ by no more than this share are equally short
BISECTED = 16  # pairs up to so many links apart are counted by the half of their path, those further by its length


@njit(cache=True)
def search_block(
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
    near = np.zeros(size)  # what this source leaves by halves of paths
    for k in range(len(sources)):
        depth = _count_paths(out_starts, out, in_starts, into, members, sources[k], level, paths, passed, order, bounds)
        reached = bounds[depth]
        if scaled:
            _gather_halves(
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
                near,
                order,
                bounds,
                depth,
            )
        overflow = False
        for j in range(reached):
            overflow |= not paths[order[j]] * members[order[j]] < LARGE
        if overflow:
            dijkstra_block(
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
                float(BISECTED) if scaled else 0.0,
                near,
            )
        else:
            if not scaled or depth - 1 > BISECTED:
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
                passing = near[actor] + (depend[actor] * level[actor] if scaled else depend[actor])
                sums[0, actor] += times[k] * passing
                sums[1, actor] += times[k] * passing * passing
        for j in range(reached):
            level[order[j]] = -1
            paths[order[j]] = 0.0
            passed[order[j]] = 0.0
            depend[order[j]] = 0.0
            near[order[j]] = 0.0


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
        for j in range(bounds[d], bounds[d + 1]):
            actor = order[j]
            ends = weight[actor]
            if scaled:
                ends = ends / d if d > BISECTED else 0.0
            share[actor] = (ends + members[actor] * depend[actor]) / paths[actor]
        if d > 1:  # the source itself stands between nobody
            _step_nearer(out_starts, out, in_starts, into, level, paths, share, depend, order, bounds, d - 1)
        for j in range(bounds[d], bounds[d + 1]):
            share[order[j]] = 0.0


@njit(cache=True)
def _gather_halves(
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
    near: Floats,
    order: Ints,
    bounds: Ints,
    depth: int,
) -> None:
    """What pairs up to 16 links apart leave at the further half of their paths, for this source; the middle a half.

    For the targets of each level alone, dependencies are gathered down to the middle level. `share` and `depend` come
    and go all zero.
    """
    for far in range(2, min(depth - 1, BISECTED) + 1):
        for j in range(bounds[far], bounds[far + 1]):
            share[order[j]] = weight[order[j]] / paths[order[j]]
        for d in range(far - 1, (far + 1) // 2 - 1, -1):
            _step_nearer(out_starts, out, in_starts, into, level, paths, share, depend, order, bounds, d)
            part = 0.5 if 2 * d == far else 1.0
            for j in range(bounds[d + 1], bounds[d + 2]):
                share[order[j]] = 0.0
            for j in range(bounds[d], bounds[d + 1]):
                actor = order[j]
                near[actor] += part * depend[actor]
                share[actor] = members[actor] * depend[actor] / paths[actor]
                depend[actor] = 0.0
        for j in range(bounds[(far + 1) // 2], bounds[(far + 1) // 2 + 1]):
            share[order[j]] = 0.0


@njit(cache=True)
def _step_nearer(
    out_starts: Ints,
    out: NDArray[np.int32],
    in_starts: Ints,
    into: NDArray[np.int32],
    level: Any,
    paths: Floats,
    share: Floats,
    depend: Floats,
    order: Ints,
    bounds: Ints,
    d: int,
) -> None:
    """Dependencies of the actors of level d from the shares of level d + 1, over the rows that hold fewer links."""
    deeper, nearer = 0, 0
    for j in range(bounds[d + 1], bounds[d + 2]):
        deeper += in_starts[order[j] + 1] - in_starts[order[j]]
    for j in range(bounds[d], bounds[d + 1]):
        nearer += out_starts[order[j] + 1] - out_starts[order[j]]
    if nearer <= 2 * deeper:
        for j in range(bounds[d], bounds[d + 1]):
            actor = order[j]
            depend[actor] = paths[actor] * _row_sum(out_starts[actor], out_starts[actor + 1], out, share)
        return
    for j in range(bounds[d + 1], bounds[d + 2]):
        actor = order[j]
        for arc in range(in_starts[actor], in_starts[actor + 1]):
            if level[into[arc]] == d:
                depend[into[arc]] += paths[into[arc]] * share[actor]


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
def dijkstra_block(
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
    beyond: float,
    near: Floats,
) -> None:
    """The same by Dijkstra's search, with path counts as mantissa and exponent: right however many there are.

    With `scaled`, only ends further than `beyond` count; what the others leave is in `near` already.
    """
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
            ends = weight[actor]
            if scaled:
                ends = ends / distance[actor] if distance[actor] > beyond else 0.0
            onward = ends + members[actor] * depend[actor]
            for arc in range(in_starts[actor], in_starts[actor + 1]):
                other = into[arc]
                if _is_on_geodesic(distance[other], in_long[arc], distance[actor]):
                    ratio = math.ldexp(paths[other] / paths[actor], max(power[other] - power[actor], -1100))
                    depend[other] += ratio * onward
            passing = near[actor] + (depend[actor] * distance[actor] if scaled else depend[actor])
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
