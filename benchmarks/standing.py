"""Betweenness and closeness side by side with networkx, rustworkx, networkit and igraph, on the same links.

Run: python benchmarks/standing.py [--rounds 3] [--graphs CORDIS]     (programs that are not installed are left out,
and so are the real ties where the folder of real statistics is absent, see COEVOLVE_DATA)
Writes benchmarks/results/standing.json and standing.md; graphs that were not measured keep their last figures. Times
are CPU seconds of this process; programs take turns within every round, a ratio is taken within its round, and the
table shows the middle ratio and its range. Every program's values are compared with ours. A chain of 1 100 diamonds
(2^1100 shortest paths) tells who is right where paths are more than a float can count. `--workers` measures what a
second process saves: by the clock, which tells it on an idle machine only, and in CPU seconds. `--patient` waits for
programs that take minutes.
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
from typing import Any

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
    ("rustworkx", "betweenness"): 2e10,
    ("networkit", "betweenness"): 4e8,
    ("igraph", "betweenness"): 1e9,
    ("rustworkx", "closeness"): 1e9,
    ("networkit", "closeness"): 2e10,
    ("igraph", "closeness"): 5e9,
}
PATIENT = {("rustworkx", "closeness"): 2e10}  # what --patient waits for
ONCE = 2e9  # beyond this a program is run in one round only
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
    if importlib.util.find_spec("igraph"):
        found["igraph"] = igraph(actors, links)
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


def igraph(actors: int, links: Links) -> dict[str, Callable[[], np.ndarray]]:
    """The same by igraph, where a user has it (GPL); its closeness is that of a component, here times the reach."""
    import igraph as ig

    graph = ig.Graph(n=actors, edges=links.tolist())
    component = graph.connected_components()
    reach = np.array(component.sizes())[component.membership] - 1.0

    def near() -> np.ndarray:
        return np.nan_to_num(np.array(graph.closeness(normalized=True), float)) * reach / (actors - 1)

    return {"betweenness": lambda: np.array(graph.betweenness(directed=False)), "closeness": near}


def chain(many: int = 1_100) -> dict[str, dict[str, float]]:
    """Betweenness of a chain of diamonds: how many actors each program gives a value that is not the known one."""
    hub = 3 * np.arange(many)
    pairs = ((hub, hub + 1), (hub, hub + 2), (hub + 1, hub + 3), (hub + 2, hub + 3))
    links = np.concatenate([np.stack(pair, 1) for pair in pairs])
    actors = 3 * many + 1
    before = 3.0 * np.arange(many + 1)
    known = np.zeros(actors)
    known[::3] = before * (actors - 1 - before) + 0.5 * ((before > 0).astype(float) + (before < actors - 1))
    known[1::3] = known[2::3] = (before[:-1] + 1) * (actors - before[:-1] - 3) / 2
    found = {}
    for name, measures in programs(actors, links).items():
        with np.errstate(all="ignore"):
            value = measures["betweenness"]()
        wrong = ~(np.abs(value - known) <= 1e-9 * np.maximum(known, 1.0))
        found[name] = {"actors": actors, "wrong": int(wrong.sum()), "not a number": int(np.isnan(value).sum())}
    return found


def timed(part: Any) -> tuple[int, float, np.ndarray]:
    """One part of the searches: in which process, how many CPU seconds, and what was found."""
    from coevolve.engine.betweenness import search

    start = time.process_time()
    value = search(part)
    return os.getpid(), time.process_time() - start, value


def second_core(actors: int, links: Links, rounds: int) -> dict[str, float]:
    """Exact betweenness with one process and with two, in turns: seconds by the clock, and of CPU; their ratios.

    The clock tells what a second process saves on an idle machine. On a busy one the CPU seconds do: those of one
    process over those of the busier of two.
    """
    from coevolve.study.desk import desk_for
    from coevolve.study.workers import Workers

    graph = graphs.build(actors, links[:, 0], links[:, 1])
    pools = {1: Workers(1), 2: Workers(2)}
    seconds: dict[int, list[float]] = {1: [], 2: []}
    busiest: dict[int, list[float]] = {1: [], 2: []}
    values = {}

    def spread(pool: Workers, spent: dict[int, float]) -> Callable[..., list[np.ndarray]]:
        def found(parts: list[Any], tick: Any) -> list[np.ndarray]:
            done = [one.value for one in desk_for(1, "standing", workers=pool).map(timed, parts)]
            for process, cpu, _ in done:
                spent[process] = spent.get(process, 0.0) + cpu
            return [value for _, _, value in done]

        return found

    for turn in range(rounds + 1):  # the first starts the processes and compiles in them
        for count, pool in pools.items():
            spent: dict[int, float] = {}
            start = time.perf_counter()
            values[count] = betweenness(graph, spread=spread(pool, spent)).value
            if turn:
                seconds[count].append(time.perf_counter() - start)
                busiest[count].append(max(spent.values()))
    for pool in pools.values():
        pool.drop()
    assert values[1].tobytes() == values[2].tobytes()
    ratios, shares = (np.array(one[1]) / np.array(one[2]) for one in (seconds, busiest))
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    middle = {f"seconds_{count}": float(np.median(one)) for count, one in seconds.items()}
    middle |= {f"cpu_{count}": float(np.median(one)) for count, one in busiest.items()}
    spread_of = {"ratio": float(np.median(ratios)), "lo": float(ratios.min()), "hi": float(ratios.max())}
    spread_of |= {"cpu_ratio": float(np.median(shares)), "cpu_lo": float(shares.min()), "cpu_hi": float(shares.max())}
    return {**middle, **spread_of, "rounds": rounds, "load": load}


def compare(actors: int, links: Links, rounds: int) -> dict[str, dict[str, object]]:
    """Interleaved rounds of every program on one graph: seconds, ratios to ours, largest difference."""
    found = programs(actors, links)
    results: dict[str, dict[str, object]] = {}
    for measure in ("closeness", "betweenness"):
        effort = actors * (actors + 2.0 * len(links))
        takes_part = [one for one in found if effort <= SLOW.get((one, measure), np.inf)]
        seconds: dict[str, list[float]] = {one: [] for one in takes_part}
        values = {}
        for turn in range(rounds if len(takes_part) > 1 else 1):
            for one in takes_part:
                if turn and effort > ONCE and one != "coevolve":
                    continue
                start = time.process_time()
                values[one] = found[one][measure]()
                seconds[one].append(time.process_time() - start)
        scale = np.abs(values["coevolve"]).max()
        for one in takes_part:
            ratios = np.array(seconds[one]) / np.array(seconds["coevolve"])[: len(seconds[one])]
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
    """Measure what is asked for, put it beside what was measured before, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--graphs", default="", help="only graphs whose name holds this, or chain")
    parser.add_argument("--patient", action="store_true", help="let rustworkx find closeness where it takes minutes")
    parser.add_argument("--workers", action="store_true", help="measure the second process, and nothing else")
    asked = parser.parse_args()
    SLOW.update(PATIENT if asked.patient else {})
    programs(10, np.array(nx.gnm_random_graph(10, 14, seed=1).edges))  # imports
    compare(60, np.array(nx.gnm_random_graph(60, 120, seed=1).edges), 1)  # compiles
    out = ROOT / "benchmarks" / "results"
    out.mkdir(parents=True, exist_ok=True)
    file = out / "standing.json"
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"graphs": {}}
    installed = [
        one
        for one in ("networkx", "rustworkx", "networkit", "igraph", "numba", "numpy")
        if importlib.util.find_spec(one)
    ]
    kept["versions"] = {**kept.get("versions", {}), **{one: version(one) for one in installed}}
    if asked.graphs in "chain of diamonds":
        kept["chain"] = {**kept.get("chain", {}), **chain()}
        save(out, kept)
    known = worlds()
    for name, (actors, links) in known.items():
        if asked.graphs not in name or asked.workers:
            continue
        held = graphs.build(actors, links[:, 0], links[:, 1])
        row = {"actors": actors, "links": len(links), "rounds": asked.rounds, "bytes": held.bytes_held / held.links}
        kept["graphs"][name] = {**row, "programs": compare(actors, links, asked.rounds)}
        save(out, kept)
        print(written({name: kept["graphs"][name]}), flush=True)
    if asked.workers:
        largest = max((name for name in known if asked.graphs in name), key=lambda name: len(known[name][1]))
        kept["workers"] = {"graph": largest, **second_core(*known[largest], asked.rounds)}
        save(out, kept)


def save(out: Path, kept: dict[str, Any]) -> None:
    """Both files of results."""
    (out / "standing.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    said = ", ".join(f"{name} {number}" for name, number in kept["versions"].items())
    head = (
        "# Standing, side by side\n\nOne thread, up to 3 rounds (one where nobody else takes part, and of a program "
        f"that takes minutes); {said}. `benchmarks/standing.py` writes this.\n\n"
    )
    parts = [head + written(kept["graphs"])]
    lines = [f"| {name} | {one['wrong']} | {one['not a number']} |" for name, one in kept.get("chain", {}).items()]
    if lines:
        top = "A chain of 1 100 diamonds (2^1100 shortest paths), 3 301 actors:\n\n"
        parts.append(
            top + "\n".join(["| program | wrong values | of them no number |", "|---|---|---|", *lines]) + "\n"
        )
    held = [f"{name} {one['bytes']:.1f}" for name, one in kept["graphs"].items() if "bytes" in one]
    if held:
        parts.append(f"Bytes a link of the graphs, without weights: {'; '.join(held)}.\n")
    if two := kept.get("workers"):
        clock = f"{two['ratio']:.2f} ({two['lo']:.2f} to {two['hi']:.2f})"
        cpu = f"{two['cpu_ratio']:.2f} ({two['cpu_lo']:.2f} to {two['cpu_hi']:.2f})"
        parts.append(
            f"Exact betweenness of {two['graph']} with two processes in place of one, equal bytes, {two['rounds']} "
            f"rounds: {two['cpu_1']:.3g} CPU seconds of the one against {two['cpu_2']:.3g} of the busier of two, {cpu} "
            f"times; by the clock {two['seconds_1']:.3g} s against {two['seconds_2']:.3g} s, {clock} times, on two "
            f"cores at a load of {two['load']:.1f}.\n"
        )
    (out / "standing.md").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
