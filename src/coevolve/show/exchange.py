"""A Network as a file for other programs: GEXF (Gephi), GraphML, Pajek, and the JSON of VOSviewer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import StudyError
from ..evidence.network import Network
from .whole import write_text


@dataclass(frozen=True)
class _Link:
    source: int
    target: int
    weight: float
    year: int | None

    @property
    def words(self) -> dict[str, Any]:
        """What every format says of a link: the size as weight, which programs draw, and the sign apart."""
        return {"weight": abs(self.weight), "signed_weight": self.weight, "sign": int(np.sign(self.weight))}


def write_network(network: Network, to: str | Path) -> Path:
    """Write a network to a file whose ending names the format: .gexf, .graphml, .net (Pajek) or .json (VOSviewer).

    Weights are written as sizes with their sign beside them, since most programs draw no negative weight. Links that
    carry years become a dynamic graph in GEXF and keep their year elsewhere. Raises StudyError for another ending.
    """
    place = Path(to)
    kind = place.suffix.lower()
    if kind not in FORMATS:
        raise StudyError(
            f"a network is not written as '{kind or place.name}'.", str(to), do=f"End the name in {', '.join(FORMATS)}."
        )
    write_text(place, FORMATS[kind](network))
    return place


def _links(network: Network) -> Iterator[_Link]:
    """The links, each once: parallel ones of one year add up, as everywhere, for most formats hold one a pair."""
    found: dict[tuple[int, int, int | None], float] = {}
    years: list[int | None] = [None] * len(network.weight) if network.year is None else network.year.tolist()
    for source, target, weight, year in zip(
        network.source.tolist(), network.target.tolist(), network.weight.tolist(), years, strict=True
    ):
        ends = (source, target) if network.directed else (min(source, target), max(source, target))
        found[*ends, year] = found.get((*ends, year), 0.0) + weight
    for (source, target, year), weight in found.items():
        yield _Link(source, target, weight, year)


def _actors(network: Network) -> Iterator[tuple[int, dict[str, Any]]]:
    for place, label in enumerate(network.labels):
        words: dict[str, Any] = {"label": label}
        if network.kinds is not None:
            words["kind"] = network.kinds[place]
        if network.mode is not None:
            names = network.mode_names or ("0", "1")
            words["mode"] = names[int(network.mode[place])]
        yield place, words


def _graph(network: Network) -> Any:
    """A networkx graph whose nodes are places, with parallel links where links carry years."""
    import networkx

    kinds: Mapping[tuple[bool, bool], Callable[[], Any]] = {
        (True, False): networkx.DiGraph,
        (True, True): networkx.MultiDiGraph,
        (False, False): networkx.Graph,
        (False, True): networkx.MultiGraph,
    }
    graph = kinds[network.directed, network.year is not None]()
    for place, words in _actors(network):
        graph.add_node(place, **words)
    return graph


def _gexf(network: Network) -> str:
    import networkx

    graph = _graph(network)
    if network.year is not None:
        graph.graph["mode"] = "dynamic"
        graph.graph["timeformat"] = "double"
    for link in _links(network):
        when = {} if link.year is None else {"start": float(link.year), "end": float(link.year + 1)}
        graph.add_edge(link.source, link.target, **link.words, **when)
    return "\n".join(networkx.generate_gexf(graph)) + "\n"


def _graphml(network: Network) -> str:
    import networkx

    graph = _graph(network)
    for link in _links(network):
        when = {} if link.year is None else {"year": link.year}
        graph.add_edge(link.source, link.target, **link.words, **when)
    return "\n".join(networkx.generate_graphml(graph)) + "\n"


def _pajek(network: Network) -> str:
    """Pajek's list form, written plainly: vertices from 1, arcs or edges with signed weights and their years."""
    lines = [f"*Vertices {len(network.labels)}"]
    lines += [f'{place + 1} "{label.replace(chr(34), chr(39))}"' for place, label in enumerate(network.labels)]
    lines.append("*Arcs" if network.directed else "*Edges")
    for link in _links(network):
        when = "" if link.year is None else f" [{link.year}]"
        lines.append(f"{link.source + 1} {link.target + 1} {link.weight!r}{when}")
    return "\n".join(lines) + "\n"


def _vosviewer(network: Network) -> str:
    """The network JSON of VOSviewer: items with their number of links and total strength, links with a strength.

    VOSviewer knows neither direction, sign nor year: opposite links and those of several years add up by size.
    """
    strength: dict[tuple[int, int], float] = {}
    for link in _links(network):
        if link.source != link.target:
            ends = (min(link.source, link.target), max(link.source, link.target))
            strength[ends] = strength.get(ends, 0.0) + abs(link.weight)
    links = np.zeros(len(network.labels), int)
    total = np.zeros(len(network.labels))
    for (one, other), size in strength.items():
        for place in (one, other):
            links[place] += 1
            total[place] += size
    kinds = {kind: number for number, kind in enumerate(dict.fromkeys(network.kinds or ()), start=1)}
    items = []
    for place, words in _actors(network):
        weights = {"Links": int(links[place]), "Total link strength": float(total[place])}
        item = {"id": place + 1, "label": words["label"], "weights": weights}
        items.append(item | ({"cluster": kinds[words["kind"]]} if "kind" in words else {}))
    listed = [{"source_id": a + 1, "target_id": b + 1, "strength": size} for (a, b), size in sorted(strength.items())]
    return json.dumps({"network": {"items": items, "links": listed}}, ensure_ascii=False, indent=1) + "\n"


FORMATS: Mapping[str, Callable[[Network], str]] = {
    ".gexf": _gexf,
    ".graphml": _graphml,
    ".net": _pajek,
    ".json": _vosviewer,
}
