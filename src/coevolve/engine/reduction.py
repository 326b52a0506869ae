"""A smaller graph with the same betweenness: leaves folded into their trunk, twins merged into one.

Folding (Baglioni et al. 2012): an actor with one link can only stand between the actors of its own branch, so
branches are cut one leaf at a time and their pairs counted in closed form. Merging (Puzis et al. 2015): actors with
the same neighbours share every geodesic alike, so one search and one row serve them all. Both are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .graphs import Floats, Graph, Ints, components, degrees, tails


@dataclass(frozen=True, eq=False)
class Reduced:
    """Classes of interchangeable actors and the rows among them.

    `of[actor]` is the class of the actor (after folding, that of its trunk; -1 when its whole component folded
    away). `holds` tells which actors are members themselves. A class has `members` that each lie on geodesics and
    carries `weight` actors, folded ones included. `folded` is each actor's betweenness that needs no search,
    counted over unordered pairs; `component` numbers the classes' components.
    """

    of: Ints
    holds: NDArray[np.bool_]
    members: Floats
    weight: Floats
    out_starts: Ints
    out_neighbours: NDArray[np.int32]
    in_starts: Ints
    in_neighbours: NDArray[np.int32]
    lengths: Floats
    folded: Floats
    component: Ints


def whole(graph: Graph, long: Floats) -> Reduced:
    """The graph as it is: every actor a class of its own. Directed graphs are not reduced."""
    ones = np.ones(graph.actors)
    return Reduced(
        np.arange(graph.actors),
        np.ones(graph.actors, bool),
        ones,
        ones,
        graph.out_starts,
        graph.out_neighbours,
        graph.in_starts,
        graph.in_neighbours,
        long,
        np.zeros(graph.actors),
        components(graph),
    )


def reduced(graph: Graph, long: Floats, *, merge: bool) -> Reduced:
    """An undirected graph with leaves folded and, with `merge`, twins merged (only when every link is as long)."""
    label = components(graph)
    size = np.bincount(label, minlength=1)[label]
    trunk, carried, folded = _fold(graph.out_starts, graph.out_neighbours, size)
    core = (trunk == np.arange(graph.actors)) & (degrees(graph)[0] > 0)
    tail = tails(graph)
    inside = core[tail] & core[graph.out_neighbours]
    core &= np.bincount(tail[inside], minlength=graph.actors) > 0  # a folded tree leaves one actor, with no pair left
    twin = np.arange(graph.actors)
    if merge:
        twin = _twins(graph, core, inside)
    standing = np.flatnonzero(core & (twin == np.arange(graph.actors)))
    number = np.full(graph.actors, -1, np.int64)
    number[standing] = np.arange(len(standing))
    of = np.where(core[trunk], number[twin[trunk]], -1)
    kept = inside & (number[tail] >= 0) & (number[graph.out_neighbours] >= 0)
    starts = np.zeros(len(standing) + 1, np.int64)
    np.cumsum(np.bincount(number[tail[kept]], minlength=len(standing)), out=starts[1:])
    rows = number[graph.out_neighbours[kept]].astype(np.int32)
    members = np.bincount(of[core], minlength=len(standing)).astype(float)
    weight = np.asarray(np.bincount(of[core], carried[core], len(standing)), np.float64)
    if merge:
        folded = folded + _between_twins(of, core, carried, members, weight, starts, rows, graph, twin)
    return Reduced(of, core, members, weight, starts, rows, starts, rows, long[kept], folded, label[standing])


@njit(cache=True)
def _fold(starts: Ints, neighbours: NDArray[np.int32], size: Ints) -> tuple[Ints, Floats, Floats]:
    """Cut leaves until none is left: each actor's trunk, how many actors it carries, and the pairs settled so."""
    actors = len(starts) - 1
    above = np.arange(actors)
    left = starts[1:] - starts[:-1]
    carried = np.ones(actors)
    settled = np.zeros(actors)
    leaves = np.empty(actors, np.int64)
    order = np.empty(actors, np.int64)
    waiting, cut = 0, 0
    for actor in range(actors):
        if left[actor] == 1:
            leaves[waiting] = actor
            waiting += 1
    while waiting > 0:
        waiting -= 1
        leaf = leaves[waiting]
        if left[leaf] != 1:
            continue  # its only neighbour was folded into it
        left[leaf] = 0
        for arc in range(starts[leaf], starts[leaf + 1]):
            other = neighbours[arc]
            if above[other] == other and left[other] > 0:
                above[leaf] = other
                settled[other] += carried[leaf] * (carried[other] - 1.0)  # pairs in two branches of the same trunk
                carried[other] += carried[leaf]
                left[other] -= 1
                if left[other] == 1:
                    leaves[waiting] = other
                    waiting += 1
                break
        order[cut] = leaf
        cut += 1
    for actor in range(actors):
        settled[actor] += (carried[actor] - 1.0) * (size[actor] - carried[actor])  # its branches and all the rest
    for k in range(cut - 1, -1, -1):
        above[order[k]] = above[above[order[k]]]
    return above, carried, settled


def _twins(graph: Graph, core: NDArray[np.bool_], inside: NDArray[np.bool_]) -> Ints:
    """For each core actor the first actor with the same neighbours, itself aside; found by hash, then verified."""
    tail, head = tails(graph)[inside], graph.out_neighbours[inside].astype(np.int64)
    starts = np.zeros(graph.actors + 1, np.int64)
    np.cumsum(np.bincount(tail, minlength=graph.actors), out=starts[1:])
    mark = _scatter(np.arange(graph.actors, dtype=np.uint64))
    apart = np.zeros(graph.actors, np.uint64)
    np.add.at(apart, tail, mark[head])
    twin = np.arange(graph.actors)
    for signature in (apart, apart + mark):  # the same neighbours without a link, and with one
        single = np.flatnonzero(core & (twin == np.arange(graph.actors)))
        order = single[np.lexsort((single, signature[single]))]
        _verify(starts, head, order, signature, twin)
    return twin


def _scatter(number: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Well mixed 64-bit words (the finisher of splitmix64)."""
    mixed = (number + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


@njit(cache=True)
def _verify(starts: Ints, head: Ints, order: Ints, signature: NDArray[np.uint64], twin: Ints) -> None:
    first = 0
    for k in range(1, len(order)):
        if signature[order[k]] != signature[order[first]]:
            first = k
        elif _same_row(starts, head, order[first], order[k]):
            twin[order[k]] = order[first]


@njit(cache=True)
def _same_row(starts: Ints, head: Ints, one: int, other: int) -> bool:
    """Whether two actors have the same neighbours, each other aside; rows are ascending."""
    a, b = starts[one], starts[other]
    while True:
        if a < starts[one + 1] and head[a] == other:
            a += 1
        if b < starts[other + 1] and head[b] == one:
            b += 1
        if a == starts[one + 1] or b == starts[other + 1]:
            return bool(a == starts[one + 1] and b == starts[other + 1])
        if head[a] != head[b]:
            return False
        a += 1
        b += 1


def _between_twins(
    of: Ints,
    core: NDArray[np.bool_],
    carried: Floats,
    members: Floats,
    weight: Floats,
    starts: Ints,
    rows: NDArray[np.int32],
    graph: Graph,
    twin: Ints,
) -> Floats:
    """Pairs of unlinked twins: two steps apart, through each common neighbour alike."""
    classes = len(members)
    squares = np.bincount(of[core], carried[core] ** 2, classes)
    linked = np.zeros(classes, bool)
    second = np.flatnonzero(core & (twin != np.arange(graph.actors)))
    for actor in second:
        row = graph.out_neighbours[graph.out_starts[actor] : graph.out_starts[actor + 1]]
        place = np.searchsorted(row, twin[actor])
        linked[of[actor]] |= place < len(row) and row[place] == twin[actor]
    tail = np.repeat(np.arange(classes), np.diff(starts))
    common = np.bincount(tail, members[rows], classes)
    pairs = np.where(linked | (common == 0.0), 0.0, (weight**2 - squares) / 2.0)
    share = np.bincount(rows, (pairs / np.maximum(common, 1.0))[tail], classes)
    return np.where(core, np.append(share, 0.0)[of], 0.0)
