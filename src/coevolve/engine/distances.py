"""How far actors are from one another: sums of distances over many sources at once, for closeness.

Unweighted, 512 breadth-first searches run side by side, one bit each, and every sweep over the links serves them
all (Then et al. 2014, "The more the merrier"). Weighted, it is one Dijkstra search a source. Work is cut into blocks
of sources; `tick(done, of)` is called between blocks and may raise to stop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from .graphs import Floats, Graph, Ints, lengths, turned

Tick = Callable[[int, int], None]
WORDS = 8
AT_ONCE = 64 * WORDS


@dataclass(frozen=True, eq=False)
class Sums:
    """What each actor gathered from the sources that reach it, itself left out.

    `count` sources reach it, `total` is the sum of distances, `inverse` the sum of 1/distance; the squares serve
    the error bar when the sources are a sample.
    """

    count: Ints
    total: Floats
    total_squares: Floats
    inverse: Floats
    inverse_squares: Floats


def quiet(done: int, of: int) -> None:
    """A tick that tells nobody."""


def distance_sums(
    graph: Graph,
    sources: Ints,
    *,
    weighted: bool = False,
    outward: bool = False,
    component: Ints | None = None,
    tick: Tick = quiet,
) -> Sums:
    """Distances from `sources` to every actor, summed at the actor that is reached: sum_j d_ij of Tong & Wang (5).

    `outward` turns every arc round: then they are distances from the actor to the sources. `weighted` makes a link
    as long as 1/|w|. `component` (of `graphs.components`) spares undirected searches the actors that are complete.
    """
    near, far = ((graph.in_starts, graph.in_neighbours), (graph.out_starts, graph.out_neighbours))
    if not outward:
        near, far = far, near
    count = np.zeros(graph.actors, np.int64)
    sums = np.zeros((4, graph.actors))
    sources = np.asarray(sources, np.int64)
    if weighted and graph.weights is not None:
        long = turned(graph, lengths(graph)) if outward else lengths(graph)
        block = max(1, 20_000_000 // (len(near[1]) + graph.actors + 1))
        for first in range(0, len(sources), block):
            _sum_by_dijkstra(near[0], near[1], long, sources[first : first + block], count, sums)
            tick(min(first + block, len(sources)), len(sources))
    else:
        same = np.zeros(graph.actors, np.int64) if component is None or graph.is_directed else component
        ordered = sources[np.argsort(same[sources], kind="stable")]
        for first in range(0, len(ordered), AT_ONCE):
            batch = ordered[first : first + AT_ONCE]
            awaited = np.bincount(same[batch], minlength=int(same.max()) + 1)[same]  # sources that may yet arrive
            awaited[batch] -= 1
            _sum_by_bits(near[0], near[1], far[0], far[1], batch, awaited, count, sums)
            tick(first + len(batch), len(ordered))
    return Sums(count, sums[0], sums[1], sums[2], sums[3])


def _population(typing: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.zext(builder.ctpop(arguments[0]), ir.IntType(64))

    return types.int64(types.uint64), generate


_ones: Any = intrinsic(_population)  # how many bits of a word are set, one machine instruction


@njit(cache=True)
def _sum_by_bits(
    near_starts: Ints,
    near: NDArray[np.int32],
    far_starts: Ints,
    far: NDArray[np.int32],
    sources: Ints,
    awaited: Ints,
    count: Ints,
    sums: Floats,
) -> None:
    actors = len(near_starts) - 1
    seen = np.zeros((actors, WORDS), np.uint64)
    front = np.zeros((actors, WORDS), np.uint64)
    fresh = np.zeros((actors, WORDS), np.uint64)
    active = np.empty(actors, np.int64)
    width = len(sources)
    for bit in range(width):
        seen[sources[bit], bit // 64] |= np.uint64(1) << np.uint64(bit % 64)
        front[sources[bit], bit // 64] |= np.uint64(1) << np.uint64(bit % 64)
        active[bit] = sources[bit]
    size = width
    level = 0
    while size > 0:
        level += 1
        busy = 0
        for k in range(size):
            busy += near_starts[active[k] + 1] - near_starts[active[k]]
        if busy * 8 < len(near):
            _push(near_starts, near, active, size, front, fresh)
        else:
            _pull(far_starts, far, awaited, front, fresh)
        for k in range(size):
            front[active[k]] = np.uint64(0)
        size = _gather(level, seen, front, fresh, awaited, active, count, sums)


@njit(cache=True)
def _push(starts: Ints, neighbours: NDArray[np.int32], active: Ints, size: int, front: Any, fresh: Any) -> None:
    for k in range(size):
        here = front[active[k]]
        for arc in range(starts[active[k]], starts[active[k] + 1]):
            there = fresh[neighbours[arc]]
            for word in range(WORDS):
                there[word] |= here[word]


@njit(cache=True)
def _pull(starts: Ints, neighbours: NDArray[np.int32], awaited: Ints, front: Any, fresh: Any) -> None:
    for actor in range(len(starts) - 1):
        if awaited[actor] > 0:
            here = fresh[actor]
            for arc in range(starts[actor], starts[actor + 1]):
                there = front[neighbours[arc]]
                for word in range(WORDS):
                    here[word] |= there[word]


@njit(cache=True)
def _gather(
    level: int, seen: Any, front: Any, fresh: Any, awaited: Ints, active: Ints, count: Ints, sums: Floats
) -> int:
    size = 0
    for actor in range(len(awaited)):
        arrived = 0
        if awaited[actor] > 0:
            for word in range(WORDS):
                new = fresh[actor, word] & ~seen[actor, word]
                seen[actor, word] |= new
                front[actor, word] = new
                arrived += _ones(new)
        fresh[actor] = np.uint64(0)
        if arrived > 0:
            awaited[actor] -= arrived
            active[size] = actor
            size += 1
            count[actor] += arrived
            sums[0, actor] += arrived * level
            sums[1, actor] += arrived * level * level
            sums[2, actor] += arrived / level
            sums[3, actor] += arrived / (level * level)
    return size


@njit(cache=True)
def _sum_by_dijkstra(
    starts: Ints, neighbours: NDArray[np.int32], long: Floats, sources: Ints, count: Ints, sums: Floats
) -> None:
    actors = len(starts) - 1
    distance = np.full(actors, np.inf)
    order = np.empty(actors, np.int64)
    heap = np.empty(actors, np.int64)
    place = np.full(actors, -1, np.int64)
    for source in sources:
        reached = settle(starts, neighbours, long, source, distance, order, heap, place)
        for k in range(1, reached):
            far = distance[order[k]]
            count[order[k]] += 1
            sums[0, order[k]] += far
            sums[1, order[k]] += far * far
            sums[2, order[k]] += 1.0 / far
            sums[3, order[k]] += 1.0 / (far * far)
        for k in range(reached):
            distance[order[k]] = np.inf


@njit(cache=True)
def settle(
    starts: Ints,
    neighbours: NDArray[np.int32],
    long: Floats,
    source: int,
    distance: Floats,
    order: Ints,
    heap: Ints,
    place: Ints,
) -> int:
    """Dijkstra's search from one source: fills `distance` and `order` (nearest first), returns how many it reached.

    `distance` must be infinite everywhere and `place` -1 everywhere; `place` is left so.
    """
    distance[source] = 0.0
    heap[0] = source
    place[source] = 0
    size, reached = 1, 0
    while size > 0:
        actor = heap[0]
        order[reached] = actor
        reached += 1
        place[actor] = -1
        size -= 1
        if size > 0:
            _sink(heap, place, distance, heap[size], size)
        for arc in range(starts[actor], starts[actor + 1]):
            other = neighbours[arc]
            candidate = distance[actor] + long[arc]
            if candidate < distance[other]:
                if distance[other] == np.inf:
                    place[other] = size
                    size += 1
                distance[other] = candidate
                _rise(heap, place, distance, other)
    return reached


@njit(cache=True)
def _rise(heap: Ints, place: Ints, distance: Floats, actor: int) -> None:
    at = place[actor]
    while at > 0:
        above = heap[(at - 1) // 2]
        if distance[above] <= distance[actor]:
            break
        heap[at] = above
        place[above] = at
        at = (at - 1) // 2
    heap[at] = actor
    place[actor] = at


@njit(cache=True)
def _sink(heap: Ints, place: Ints, distance: Floats, actor: int, size: int) -> None:
    at = 0
    while 2 * at + 1 < size:
        below = 2 * at + 1
        if below + 1 < size and distance[heap[below + 1]] < distance[heap[below]]:
            below += 1
        if distance[heap[below]] >= distance[actor]:
            break
        heap[at] = heap[below]
        place[heap[at]] = at
        at = below
    heap[at] = actor
    place[actor] = at
