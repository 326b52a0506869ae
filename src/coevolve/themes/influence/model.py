"""Measures one network: its size and shape, and where every actor stands in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...engine import graphs
from ...engine.betweenness import Spread, betweenness, in_turn
from ...engine.distances import Sums, Tick, distance_sums, quiet
from ...evidence.network import Network
from . import equations

Floats = NDArray[np.float64]
Column = NDArray[np.float64] | NDArray[np.int64]

EXACT = 50_000  # actors up to which every source is searched
PIVOTS = 1_000  # sources searched in each large component beyond that
NORMAL = 1.959963984540054  # half-width of a 95 % interval in standard errors


@dataclass(frozen=True, eq=False)
class Standing:
    """One network measured: `network` gives one number a measure, `actors` one array a measure, in label order.

    `pivots` is how many sources a large component was searched from, or 0 where all was exact; then, and only
    then, columns ending in _lo and _hi bound what was estimated (95 %). `source`, `target` and `weight` list the
    links that were measured, each once.
    """

    network: Mapping[str, float]
    actors: Mapping[str, Column]
    pivots: int
    is_directed: bool
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: Floats

    @property
    def ranking(self) -> str:
        """The column that actors are ranked by: Wasserman & Faust's closeness, outward when directed."""
        return "closeness_wf_out" if self.is_directed else "closeness_wf"

    def order(self) -> NDArray[np.int64]:
        """Places of the actors, best standing first: by `ranking`, then degree, then as they came."""
        return np.lexsort((-self.actors["degree"], -self.actors[self.ranking]))

    def ranks(self) -> NDArray[np.int64]:
        """The place of each actor in `order`, the best 1."""
        order = self.order()
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(1, len(order) + 1)
        return rank


def pivots_for(actors: int, sample: int | None) -> int:
    """How many sources to search in each component: 0 (all of them) up to 50 000 actors unless `sample` says."""
    if sample is not None:
        return 0 if sample >= actors else sample
    return 0 if actors <= EXACT else PIVOTS


def measure(
    network: Network,
    *,
    weights: bool = False,
    sample: int | None = None,
    rng: np.random.Generator | None = None,
    tick: Tick = quiet,
    spread: Spread = in_turn,
) -> Standing:
    """Tong & Wang (1) to (5) on one network, whatever its years; two-mode networks are read as undirected.

    With `weights` a geodesic is a path of least sum 1/|w|. `rng` draws the pivots where `pivots_for` wants any.
    `tick(done, of)` is called between pieces of work and may raise to stop. `spread` makes the searches of
    betweenness, which may be done by others.
    """
    size = len(network.labels)
    directed = network.directed and not network.is_two_mode
    graph = graphs.build(size, network.source, network.target, network.weight, directed=directed)
    component = graphs.components(graph)
    pivots = pivots_for(size, sample)

    def through(stage: int) -> Tick:
        return lambda done, of: tick(stage * 1000 + 1000 * done // max(of, 1), 3000)

    between = betweenness(graph, weighted=weights, pivots=pivots or None, rng=rng, tick=through(2), spread=spread)
    columns = _local(network, graph, component)
    _add_bounds(columns, "betweenness", between.value, NORMAL * between.error if pivots else None)
    for name in [name for name in columns if name.startswith("betweenness")]:
        normalised = _normalised(network, columns[name].astype(float), directed)
        columns[name.replace("betweenness", "betweenness_normalised")] = normalised
    sampled = pivots if weights or size > EXACT else 0
    for k, outward in enumerate((False, True) if directed else (False,)):
        sums, error = _distances(graph, component, weights, outward, sampled, rng, through(k))
        for name, value, wide in _nearness(network, component, sums, error):
            _add_ratio_bounds(columns, name + ("_out" if outward else ""), value, wide if sampled else None)
    return Standing(_shape(network, graph, component), columns, pivots, directed, *_links(graph))


def _links(graph: graphs.Graph) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    tail, head = graphs.tails(graph), graph.out_neighbours.astype(np.int64)
    weight = np.ones(len(tail)) if graph.weights is None else graph.weights
    once = np.ones(len(tail), bool) if graph.is_directed else tail < head
    return tail[once], head[once], weight[once]


def _local(network: Network, graph: graphs.Graph, component: graphs.Ints) -> dict[str, Column]:
    degree, inward, outward = graphs.degrees(graph)
    strength, net = graphs.strengths(graph)
    size = graph.actors
    columns: dict[str, Column] = {"component": component, "component_size": np.bincount(component)[component]}
    columns["degree"] = degree
    if graph.is_directed:
        columns |= {"degree_in": inward, "degree_out": outward}
    columns |= {"strength": strength, "net_strength": net}
    others: float | Floats = size - 1.0
    if network.mode is not None:
        others = np.bincount(network.mode, minlength=2)[1 - network.mode].astype(float)
    columns["degree_centrality"] = equations.degree_centrality(degree, others * (2.0 if graph.is_directed else 1.0))
    if graph.is_directed:
        columns["degree_centrality_in"] = equations.degree_centrality(inward, others)
        columns["degree_centrality_out"] = equations.degree_centrality(outward, others)
    return columns


def _normalised(network: Network, between: Floats, directed: bool) -> Floats:
    if network.mode is None:
        return equations.betweenness_normalised(between, len(network.labels), directed=directed)
    first, second = (int((network.mode == one).sum()) for one in (0, 1))
    most = np.array(
        [equations.two_mode_betweenness_maximum(first, second), equations.two_mode_betweenness_maximum(second, first)]
    )[network.mode]
    return np.asarray(np.divide(between, most, out=np.full(len(between), np.nan), where=most > 0.0))


def _distances(
    graph: graphs.Graph,
    component: graphs.Ints,
    weights: bool,
    outward: bool,
    pivots: int,
    rng: np.random.Generator | None,
    tick: Tick,
) -> tuple[Sums, Floats]:
    """Distance sums over all sources, or scaled up from pivots; with the relative variance left by sampling.

    With pivots z_1 ... z_k in a component of n, the relative variance of sum_j d_ij is
    [k/(k-1)] [sum d^2 / (sum d)^2 - 1/k] [1 - k/(n-1)], the actor itself left out of both.
    """
    size = np.bincount(component, minlength=1)
    sources = np.arange(graph.actors)
    if pivots and rng is not None:
        by_component = np.split(np.argsort(component, kind="stable"), np.cumsum(size)[:-1])
        sources = np.concatenate(
            [one if len(one) <= pivots else np.sort(rng.choice(one, pivots, replace=False)) for one in by_component]
        )
    sums = distance_sums(graph, sources, weighted=weights, outward=outward, component=component, tick=tick)
    is_source = np.zeros(graph.actors, bool)
    is_source[sources] = True
    asked = np.bincount(component, is_source)[component] - is_source
    others = size[component] - 1.0
    scale = np.divide(others, asked, out=np.ones(graph.actors), where=asked > 0)
    left = np.clip(1.0 - asked / np.maximum(others, 1.0), 0.0, 1.0) * asked / np.maximum(asked - 1.0, 1.0)
    squares = np.array([sums.total_squares, sums.inverse_squares])
    totals = np.array([sums.total, sums.inverse])
    relative = np.divide(squares, totals**2, out=np.full(totals.shape, np.nan), where=totals > 0.0)
    error = np.sqrt(np.maximum(relative - 1.0 / np.maximum(asked, 1.0), 0.0) * left)
    scaled = Sums(
        sums.count * scale, sums.total * scale, sums.total_squares, sums.inverse * scale, sums.inverse_squares
    )
    return scaled, error


def _nearness(
    network: Network, component: graphs.Ints, sums: Sums, error: Floats
) -> Iterator[tuple[str, Floats, Floats]]:
    size = len(network.labels)
    if network.mode is None:
        wasserman_faust = equations.wasserman_faust(sums.count, sums.total, size)
    else:
        present = np.zeros((2, int(component.max(initial=0)) + 1))
        np.add.at(present, (network.mode, component), 1.0)
        own = present[network.mode, component] - 1.0
        wasserman_faust = equations.two_mode_closeness(present[1 - network.mode, component], own, sums.total, size)
    yield "closeness", equations.closeness(sums.total), error[0]
    yield "closeness_wf", wasserman_faust, error[0]
    yield "harmonic", sums.inverse, error[1]


def _shape(network: Network, graph: graphs.Graph, component: graphs.Ints) -> dict[str, float]:
    size, links = graph.actors, graph.links
    number = {
        "actors": size,
        "links": links,
        "mean_degree": equations.mean_degree(links, size, directed=graph.is_directed),
        "density": equations.density(links, size, directed=graph.is_directed),
        "two_mode_density": float("nan"),
    }
    if network.mode is not None:
        first, second = (int((network.mode == one).sum()) for one in (0, 1))
        number |= {
            "two_mode_density": equations.two_mode_density(links, first, second),
            "actors_first": first,
            "actors_second": second,
            "mean_degree_first": equations.mean_degree(links, first, directed=True),
            "mean_degree_second": equations.mean_degree(links, second, directed=True),
        }
    return number | {
        "components": int(component.max(initial=-1)) + 1,
        "largest_component": int((component == 0).sum()),
        "isolates": int((graphs.degrees(graph)[0] == 0).sum()),
        "loops_dropped": graph.loops_dropped,
        "duplicates_merged": _duplicates(network, graph),
        "zeros_dropped": graph.zeros_dropped,
        "negative_links": 0
        if graph.weights is None
        else int((graph.weights < 0.0).sum()) // (1 if graph.is_directed else 2),
    }


def _duplicates(network: Network, graph: graphs.Graph) -> int:
    """Parallel links merged; the same pair in another year is no duplicate."""
    if network.year is None:
        return graph.duplicates_merged
    apart = network.source != network.target
    ends = network.source[apart], network.target[apart]
    if not graph.is_directed:
        ends = np.minimum(*ends), np.maximum(*ends)
    _, when = np.unique(network.year[apart], return_inverse=True)
    return int(apart.sum()) - len(np.unique((when * graph.actors + ends[0]) * graph.actors + ends[1]))


def _add_bounds(columns: dict[str, Column], name: str, value: Floats, wide: Floats | None) -> None:
    columns[name] = value
    if wide is not None:
        columns |= {f"{name}_lo": np.maximum(value - wide, 0.0), f"{name}_hi": value + wide}


def _add_ratio_bounds(columns: dict[str, Column], name: str, value: Floats, error: Floats | None) -> None:
    columns[name] = value
    if error is not None:
        factor = np.exp(NORMAL * error)
        columns |= {f"{name}_lo": value / factor, f"{name}_hi": value * factor}
