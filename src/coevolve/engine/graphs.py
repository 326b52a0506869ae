"""Links as compressed sparse rows: how they are built, cleaned, counted, and cut into components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Rows = NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class Graph:
    """Actors 0 ... g - 1 and their links, ready for traversal; make one with `build`.

    The arcs that leave actor i stand at `out_starts[i]:out_starts[i + 1]` of `out_neighbours` (ascending), those
    that reach it in `in_starts`, `in_neighbours`. Undirected, both pairs are the same arrays and every link stands
    once on each side. `weights` has one signed entry an out-arc, or is None when every link weighs 1.
    """

    out_starts: Ints
    out_neighbours: NDArray[np.int32]
    in_starts: Ints
    in_neighbours: NDArray[np.int32]
    weights: Floats | None
    is_directed: bool
    loops_dropped: int
    duplicates_merged: int
    zeros_dropped: int

    @property
    def actors(self) -> int:
        """How many actors there are, g."""
        return len(self.out_starts) - 1

    @property
    def links(self) -> int:
        """How many links there are once loops and duplicates are gone, l."""
        return len(self.out_neighbours) if self.is_directed else len(self.out_neighbours) // 2

    @property
    def bytes_held(self) -> int:
        """Memory of the arrays, each counted once."""
        arrays = {
            id(one): one.nbytes
            for one in (self.out_starts, self.out_neighbours, self.in_starts, self.in_neighbours, self.weights)
            if one is not None
        }
        return sum(arrays.values())


def build(
    actors: int, source: ArrayLike, target: ArrayLike, weight: ArrayLike | None = None, *, directed: bool = False
) -> Graph:
    """A graph from a list of links: loops are dropped, parallel links become one whose weight is their sum.

    Loops and duplicates leave before anything of Tong & Wang, section 2.1, is measured.

    Signs are kept. A link whose weights sum to 0 is no link and is dropped; all three kinds are counted. Undirected,
    (a, b) and (b, a) are the same link. Raises ValueError for a place outside 0 ... actors - 1 and for a weight
    that is not finite.

    >>> graph = build(3, [0, 1, 1, 2], [1, 0, 1, 1])
    >>> graph.links, graph.loops_dropped, graph.duplicates_merged
    (2, 1, 1)
    """
    ends = np.asarray(source, np.int64), np.asarray(target, np.int64)
    values = np.ones(len(ends[0])) if weight is None else np.asarray(weight, np.float64)
    if not len(ends[0]) == len(ends[1]) == len(values):
        raise ValueError(f"source, target and weight differ in length: {len(ends[0])}, {len(ends[1])}, {len(values)}")
    if len(values) and (min(one.min() for one in ends) < 0 or max(one.max() for one in ends) >= actors):
        raise ValueError(f"a link points outside the actors 0 to {actors - 1}")
    if not np.isfinite(values).all():
        raise ValueError(f"link {int(np.argmin(np.isfinite(values)))} has a weight that is not finite")
    apart = ends[0] != ends[1]
    tail, head = (one[apart] for one in ends) if directed else (np.minimum(*ends)[apart], np.maximum(*ends)[apart])
    tail, head, values, merged = _merge(actors, tail, head, values[apart])
    real = values != 0.0
    tail, head, values = tail[real], head[real], values[real]
    if directed:
        out = _rows(actors, tail, head, values)
        into = _rows(actors, head, tail, values)
    else:
        out = into = _rows(
            actors, np.concatenate([tail, head]), np.concatenate([head, tail]), np.concatenate([values, values])
        )
    weights = None if (values == 1.0).all() else out[2]
    return Graph(out[0], out[1], into[0], into[1], weights, directed, int((~apart).sum()), merged, int((~real).sum()))


def _merge(actors: int, tail: Ints, head: Ints, values: Floats) -> tuple[Ints, Ints, Floats, int]:
    key = tail * actors + head
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else np.zeros(0, np.int64)
    summed = np.add.reduceat(values[order], first) if len(key) else values
    return key[first] // max(actors, 1), key[first] % max(actors, 1), summed, len(key) - len(first)


def _rows(actors: int, tail: Ints, head: Ints, values: Floats) -> tuple[Ints, NDArray[np.int32], Floats]:
    order = np.argsort(tail * actors + head, kind="stable")
    starts = np.zeros(actors + 1, np.int64)
    np.cumsum(np.bincount(tail, minlength=actors), out=starts[1:])
    return starts, head[order].astype(np.int32), values[order]


def degrees(graph: Graph) -> tuple[Ints, Ints, Ints]:
    """How many links each actor has: in all, inward, outward. Undirected all three are equal."""
    inward, outward = np.diff(graph.in_starts), np.diff(graph.out_starts)
    return (inward + outward if graph.is_directed else outward), inward, outward


def strengths(graph: Graph) -> tuple[Floats, Floats]:
    """Each actor's strength sum |w| and net strength sum w over its links, inward and outward together."""
    weights = np.ones(len(graph.out_neighbours)) if graph.weights is None else graph.weights
    tail = tails(graph)
    ends = np.concatenate([tail, graph.out_neighbours]) if graph.is_directed else tail
    values = np.concatenate([weights, weights]) if graph.is_directed else weights
    return _sum_at(ends, np.abs(values), graph.actors), _sum_at(ends, values, graph.actors)


def _sum_at(place: Ints, values: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(place, values, size), np.float64)


def tails(graph: Graph) -> Ints:
    """The actor that each out-arc leaves."""
    return np.repeat(np.arange(graph.actors), np.diff(graph.out_starts))


def lengths(graph: Graph) -> Floats:
    """How long each out-arc is when weights are asked for: 1/|w|, so that strong ties are near."""
    return np.ones(len(graph.out_neighbours)) if graph.weights is None else 1.0 / np.abs(graph.weights)


def turned(graph: Graph, values: Floats) -> Floats:
    """Values that stand one an out-arc, in the order of the in-arcs."""
    if not graph.is_directed:
        return values  # both directions of a link carry the same value, and the arrays are the same
    return values[np.lexsort((tails(graph), graph.out_neighbours))]


def components(graph: Graph) -> Ints:
    """The number of each actor's component, 0 for the largest; direction is left aside.

    Equal sizes are ordered by their first actor. An isolated actor is a component of its own.

    >>> components(build(4, [2], [3])).tolist()
    [1, 2, 0, 0]
    """
    ones = np.ones(len(graph.out_neighbours), np.int8)
    matrix = csr_array((ones, graph.out_neighbours, graph.out_starts), shape=(graph.actors, graph.actors))
    _, label = connected_components(matrix, directed=graph.is_directed, connection="weak")
    found, first, size = np.unique(label, return_index=True, return_counts=True)
    rank = np.empty(len(found), np.int64)
    rank[np.lexsort((first, -size))] = np.arange(len(found))
    return np.asarray(rank[label], np.int64)
