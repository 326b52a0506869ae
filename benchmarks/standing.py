"""Betweenness and closeness side by side with networkx, rustworkx and networkit, on the same links.

Run: python benchmarks/standing.py [--rounds 3]     (programs that are not installed are left out, and so are the
real ties where the folder of real statistics is absent, see COEVOLVE_DATA)
Writes benchmarks/results/standing.json and standing.md. Times are CPU seconds of this process; programs take turns
within every round, a ratio is taken within its round, and the table shows the middle ratio and its range. Every
program's values are compared with ours.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import networkx as nx
import numpy as np

from coevolve.engine import graphs
from coevolve.engine.betweenness import betweenness
from coevolve.engine.distances import distance_sums
from coevolve.evidence.projection import project

ROOT = Path(__file__).resolve().parents[1]
CORDIS = "network_cordis_h2020/h2020_participations_2014_2018.parquet"
SLOW = {  # actors x (actors + 2 links) beyond which a program would take minutes and sits out
    ("networkx", "betweenness"): 2e7,
    ("networkx", "closeness"): 2e7,
    ("rustworkx", "betweenness"): 1e9,
    ("networkit", "betweenness"): 4e8,
    ("rustworkx", "closeness"): 1e9,
    ("networkit", "closeness"): 5e9,
}
Links = np.ndarray


def worlds() -> dict[str, tuple[int, Links]]:
    """Graphs by name: how many actors, and their links."""
    rng = np.random.default_rng(7)
    who, what = rng.integers(0, 2_000, 12_000), rng.integers(0, 3_000, 12_000)
    found = {
        "random, 1 000 actors": (1_000, np.array(nx.gnm_random_graph(1_000, 5_000, seed=1).edges)),
        "scale-free, 3 000 actors": (3_000, np.array(nx.barabasi_albert_graph(3_000, 5, seed=1).edges)),
        "affiliation, 2 000 x 3 000": (5_000, np.unique(np.stack([who, 2_000 + what], 1), axis=0)),
    }
    file = Path(os.environ.get("COEVOLVE_DATA") or ROOT.parent / "shared" / "data") / CORDIS
    if file.exists():
        found |= real(file)
    return found


def real(file: Path) -> dict[str, tuple[int, Links]]:
    """Who takes part in which project: two-mode, and projected on organisations."""
    import duckdb

    columns = duckdb.sql(
        f"select organisation, project, cast(start_year as int) as year from '{file.as_posix()}'"
    ).fetchnumpy()
    found = {}
    for name, kept in (("2018", columns["year"] == 2018), ("2014 to 2018", columns["year"] > 0)):
        labels, actor = np.unique(columns["organisation"][kept].astype(str), return_inverse=True)
        events, event = np.unique(columns["project"][kept].astype(str), return_inverse=True)
        tied = project(actor, event, len(labels))
        found[f"CORDIS two-mode, {name}"] = (len(labels) + len(events), np.stack([actor, len(labels) + event], 1))
        found[f"CORDIS projected, {name}"] = (len(labels), np.stack([tied.source, tied.target], 1))
    return found


def programs(actors: int, links: Links) -> dict[str, dict[str, Callable[[], np.ndarray]]]:
    """For every installed program: measure -> a call that computes it on a graph already built."""
    everyone = np.arange(actors)
    graph = graphs.build(actors, links[:, 0], links[:, 1])

    def near() -> np.ndarray:
        sums = distance_sums(graph, everyone, component=graphs.components(graph))
        return np.where(sums.count > 0, sums.count**2 / np.where(sums.total > 0, sums.total, 1) / (actors - 1), 0.0)

    found = {"coevolve": {"betweenness": lambda: betweenness(graph).value, "closeness": near}}
    oracle = nx.empty_graph(actors)
    oracle.add_edges_from(links.tolist())
    found["networkx"] = {
        "betweenness": lambda: np.array(list(nx.betweenness_centrality(oracle, normalized=False).values())),
        "closeness": lambda: np.array(list(nx.closeness_centrality(oracle).values())),
    }
    if importlib.util.find_spec("rustworkx"):
        found["rustworkx"] = rust(actors, links)
    if importlib.util.find_spec("networkit"):
        found["networkit"] = kit(actors, links)
    return found


def rust(actors: int, links: Links) -> dict[str, Callable[[], np.ndarray]]:
    """The same by rustworkx, in one thread."""
    import rustworkx

    graph = rustworkx.PyGraph()
    graph.add_nodes_from(range(actors))
    graph.add_edges_from_no_data([(int(a), int(b)) for a, b in links])

    def ordered(found: object) -> np.ndarray:
        return np.array([found[k] for k in range(actors)])  # type: ignore[index]

    one_thread = 10**9
    return {
        "betweenness": lambda: ordered(
            rustworkx.betweenness_centrality(graph, normalized=False, parallel_threshold=one_thread)
        ),
        "closeness": lambda: ordered(rustworkx.closeness_centrality(graph, parallel_threshold=one_thread)),
    }


def kit(actors: int, links: Links) -> dict[str, Callable[[], np.ndarray]]:
    """The same by networkit, in one thread; it counts ordered pairs."""
    import networkit

    networkit.setNumberOfThreads(1)
    graph = networkit.Graph(actors)
    for a, b in links.tolist():
        graph.addEdge(a, b)
    form = networkit.centrality.ClosenessVariant.GENERALIZED
    return {
        "betweenness": lambda: np.array(networkit.centrality.Betweenness(graph).run().scores()) / 2,
        "closeness": lambda: np.array(networkit.centrality.Closeness(graph, True, form).run().scores()),
    }


def compare(actors: int, links: Links, rounds: int) -> dict[str, dict[str, object]]:
    """Interleaved rounds of every program on one graph: seconds, ratios to ours, largest difference."""
    found = programs(actors, links)
    results: dict[str, dict[str, object]] = {}
    for measure in ("closeness", "betweenness"):
        effort = actors * (actors + 2.0 * len(links))
        takes_part = [one for one in found if effort <= SLOW.get((one, measure), np.inf)]
        seconds: dict[str, list[float]] = {one: [] for one in takes_part}
        values = {}
        for _ in range(rounds if len(takes_part) > 1 else 1):
            for one in takes_part:
                start = time.process_time()
                values[one] = found[one][measure]()
                seconds[one].append(time.process_time() - start)
        scale = np.abs(values["coevolve"]).max()
        for one in takes_part:
            ratios = np.array(seconds[one]) / np.array(seconds["coevolve"])
            results[f"{measure}/{one}"] = {
                "seconds": float(np.median(seconds[one])),
                "ratio": float(np.median(ratios)),
                "ratio_lo": float(ratios.min()),
                "ratio_hi": float(ratios.max()),
                "difference": float(np.nanmax(np.abs(values[one] - values["coevolve"])) / scale),
            }
    return results


def written(results: dict[str, dict[str, object]]) -> str:
    """The results as a Markdown table."""
    lines = [
        "| graph | measure | program | CPU seconds | times ours (range) | largest difference |",
        "|---|---|---|---|---|---|",
    ]
    for graph, row in results.items():
        for key, one in row["programs"].items():  # type: ignore[attr-defined]
            measure, program = key.split("/")
            ratio = (
                ""
                if program == "coevolve"
                else (f"{one['ratio']:.3g} ({one['ratio_lo']:.3g} to {one['ratio_hi']:.3g})")
            )
            lines.append(
                f"| {graph}, {row['links']} links | {measure} | {program} | {one['seconds']:.3g} | {ratio} | "
                f"{one['difference']:.0e} |"
            )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure all and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    programs(10, np.array(nx.gnm_random_graph(10, 14, seed=1).edges))  # imports
    compare(60, np.array(nx.gnm_random_graph(60, 120, seed=1).edges), 1)  # compiles
    results: dict[str, dict[str, object]] = {}
    for name, (actors, links) in worlds().items():
        results[name] = {"actors": actors, "links": len(links), "programs": compare(actors, links, rounds)}
        print(written({name: results[name]}))
    installed = [
        one for one in ("networkx", "rustworkx", "networkit", "numba", "numpy") if importlib.util.find_spec(one)
    ]
    out = ROOT / "benchmarks" / "results"
    out.mkdir(parents=True, exist_ok=True)
    versions = {one: version(one) for one in installed}
    text = json.dumps({"rounds": rounds, "versions": versions, "graphs": results}, indent=1)
    (out / "standing.json").write_text(text + "\n", encoding="utf-8")
    said = ", ".join(f"{name} {number}" for name, number in versions.items())
    head = (
        f"# Standing, side by side\n\nOne thread, {rounds} rounds (one where nobody else takes part); {said}. "
        "`benchmarks/standing.py` writes this.\n\n"
    )
    (out / "standing.md").write_text(head + written(results), encoding="utf-8")


if __name__ == "__main__":
    main()
