"""How well betweenness from pivots is bounded: the share of 95 % intervals that hold the exact value, by rank.

Beside it, how many of the hundred actors that are highest in truth are among the hundred highest of a draw.

Run: python benchmarks/standing_pivots.py      (without the real ties, see COEVOLVE_DATA, only the made graph)
Writes benchmarks/results/standing_pivots.json.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import networkx as nx
import numpy as np

from coevolve.engine import graphs
from coevolve.engine.betweenness import betweenness
from coevolve.evidence.projection import project

ROOT = Path(__file__).resolve().parents[1]
CORDIS = "network_cordis_h2020/h2020_participations_2014_2018.parquet"
RANKS = ((1, 5), (6, 20), (21, 100), (101, 500))
DRAWS = 40


def worlds() -> dict[str, graphs.Graph]:
    """A scale-free graph, organisations that share three and more projects, and who takes part in which project."""
    links = np.array(nx.barabasi_albert_graph(3_000, 3, seed=4).edges)
    found = {"scale-free, 3 000 actors": graphs.build(3_000, links[:, 0], links[:, 1])}
    file = Path(os.environ.get("COEVOLVE_DATA") or ROOT.parent / "shared" / "data") / CORDIS
    if file.exists():
        import duckdb

        columns = duckdb.sql(f"select organisation, project from '{file.as_posix()}'").fetchnumpy()
        labels, actor = np.unique(columns["organisation"].astype(str), return_inverse=True)
        events, event = np.unique(columns["project"].astype(str), return_inverse=True)
        tied = project(actor, event, len(labels))
        kept = tied.weight >= 3
        found["CORDIS, three and more shared projects"] = graphs.build(
            len(labels), tied.source[kept], tied.target[kept]
        )
        found["CORDIS two-mode, 2014 to 2018"] = graphs.build(len(labels) + len(events), actor, len(labels) + event)
    return found


def coverage(graph: graphs.Graph, exact: np.ndarray, pivots: int) -> dict[str, dict[str, float]]:
    """By rank of the exact value: the share of intervals that hold it, and the mean relative standard error."""
    order = np.argsort(-exact, kind="stable")
    rng = np.random.default_rng(1)
    draws = [betweenness(graph, pivots=pivots, rng=rng) for _ in range(DRAWS)]
    found = {}
    for first, last in RANKS:
        at = order[first - 1 : last]
        held = [(np.abs(one.value - exact) <= 1.96 * one.error)[at].mean() for one in draws]
        error = [(one.error[at] / exact[at]).mean() for one in draws]
        found[f"{first}-{last}"] = {"held": round(float(np.mean(held)), 3), "error": round(float(np.mean(error)), 3)}
    best = [np.isin(np.argsort(-one.value, kind="stable")[:100], order[:100]).mean() for one in draws]
    return found | {"top 100": {"overlap": round(float(np.mean(best)), 3), "least": round(float(np.min(best)), 3)}}


def main() -> None:
    """Measure and write."""
    results = {}
    for name, graph in worlds().items():
        exact = betweenness(graph).value
        results[name] = {str(pivots): coverage(graph, exact, pivots) for pivots in (300, 1_000)}
    text = json.dumps({"draws": DRAWS, "coverage": results}, indent=1)
    print(text)
    out = ROOT / "benchmarks" / "results" / "standing_pivots.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
