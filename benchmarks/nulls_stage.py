"""How often `stage` claims a stage of an industry that is a random walk, and warns of one without feedback.

    python benchmarks/nulls_stage.py --draws 100      figures written to benchmarks/results/nulls_stage.json and .md

Random walks have no stage: the restoring force is 0 and nothing is to be claimed beyond chance (1 in 20). Worlds
without feedback have natural advantage alone, fixed, rising or shaken by lasting shocks: no warning beyond chance.
Beside them a world with a stage: entrants follow firms half-heartedly, so that a force restores the spread.
Rates come with exact (Clopper-Pearson) 95 % intervals over the draws.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta
from threadpoolctl import threadpool_limits

from coevolve.engine.lumped import Rules, driven, paths
from coevolve.inquiry.key import Key
from coevolve.themes.order.stage_model import Case, judge

RESULTS = Path(__file__).parent / "results"
CELLS, FIRMS, PERIODS, EXIT, BURN, NULLS = 100, 10_000, 30, 0.1, 40, 59
Array = NDArray[np.float64]
World = tuple[Array, Array, Array]


def followed(draw: np.random.Generator, shock: float) -> World:
    """Entrants copy the spread of firms, which gets a lasting log-normal shock in each cell and year: a random walk."""
    counts = [draw.multinomial(FIRMS, np.full(CELLS, (1 - 1e-12) / CELLS))]
    came, left = [], []
    for _ in range(BURN + PERIODS):
        gone = draw.binomial(counts[-1], EXIT)
        weight = counts[-1] * np.exp(shock * draw.normal(size=CELLS))
        new = draw.multinomial(gone.sum(), weight / weight.sum() * (1 - 1e-12))
        counts.append(counts[-1] - gone + new)
        came.append(new)
        left.append(gone)
    return cut(np.array(counts), np.array(came), np.array(left))


def shaken(draw: np.random.Generator, trend: float, lasting: float, size: float) -> World:
    """Entrants follow natural advantage alone: it has a level, a trend and shocks of that persistence and size."""
    steps = BURN + PERIODS
    pull = 0.6 * draw.normal(size=CELLS) + np.zeros((steps, 1, CELLS))
    shock = np.zeros(CELLS)
    rise = trend * draw.normal(size=CELLS)
    for t in range(steps):
        shock = lasting * shock + size * draw.normal(size=CELLS)
        pull[t, 0] += shock + rise * max(0, t - BURN)
    weight = np.exp(pull - pull.max(axis=2, keepdims=True))
    chance = weight / weight.sum(axis=2, keepdims=True)
    start = draw.multinomial(FIRMS, chance[0, 0] * (1 - 1e-12))[None]
    entries = np.full(steps, int(FIRMS * EXIT))
    path = driven(start, chance, entries, np.full((steps, 1, CELLS), EXIT), draw)
    return cut(path.counts[:, 0], path.entrants[:, 0], path.leavers[:, 0])


def restored(draw: np.random.Generator) -> World:
    """Truth: feedback of .5 about equal advantage, settled; every deviation is pulled back."""
    even = np.full(CELLS, 1.0 / CELLS)
    start = draw.multinomial(FIRMS, even * (1 - 1e-12))[None]
    path = paths(start, even, Rules(0.5, 0.1, 0.2, EXIT), BURN + PERIODS, draw)
    return cut(path.counts[:, 0], path.entrants[:, 0], path.leavers[:, 0])


def cut(counts: NDArray[np.int64], came: NDArray[np.int64], left: NDArray[np.int64]) -> World:
    """The last PERIODS periods; flows are those since the period before."""
    empty = np.full((1, CELLS), np.nan)
    last = slice(-PERIODS, None)
    return (
        counts[-PERIODS - 1 :].astype(float),
        np.vstack([empty, came[last]]),
        np.vstack([empty, left[last]]),
    )


WORLDS: dict[str, tuple[str, Callable[[np.random.Generator], World]]] = {
    "random walk: entrants copy firms": ("walk", lambda draw: followed(draw, 0.0)),
    "random walk: lasting shocks of 10 %": ("walk", lambda draw: followed(draw, 0.1)),
    "random walk: lasting shocks of 40 %": ("walk", lambda draw: followed(draw, 0.4)),
    "no feedback: fixed advantage": ("advantage", lambda draw: shaken(draw, 0.0, 0.0, 0.0)),
    "no feedback: rising advantage": ("advantage", lambda draw: shaken(draw, 0.03, 0.0, 0.0)),
    "no feedback: shocks that last (0.9)": ("advantage", lambda draw: shaken(draw, 0.0, 0.9, 0.1)),
    "no feedback: shocks that never fade": ("advantage", lambda draw: shaken(draw, 0.0, 1.0, 0.05)),
    "feedback of 0.5, settled": ("truth", restored),
}


def exact(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of Clopper and Pearson."""
    low = float(beta.ppf(0.025, hits, of - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0
    return low, high


def measured(name: str, draws: int) -> dict[str, object]:
    """Rates of one kind of world."""
    kind, make = WORLDS[name]
    known = claimed = warned = 0
    stages: dict[str, int] = {}
    for k in range(draws):
        key = Key.of(k, name)
        counts, came, left = make(key.numpy())
        found = judge(Case(counts, came, left, None, EXIT, NULLS if kind == "advantage" else 1, key))
        assert found.response is not None
        known += found.response.identified
        claimed += found.stage != "undetermined"
        stages[found.stage] = stages.get(found.stage, 0) + 1
        warned += found.warns
    row: dict[str, object] = {"world": name, "kind": kind, "draws": draws, "identified": known, "stages": stages}
    hits = warned if kind == "advantage" else claimed
    low, high = exact(hits, draws)
    return row | {"hits": hits, "rate": hits / draws, "lo": low, "hi": high}


def written(rows: list[dict[str, object]]) -> str:
    """The results as Markdown."""
    lines = [
        "# Nulls of `stage`",
        "",
        f"{CELLS} cells, {FIRMS} firms, {PERIODS} years, exit {EXIT:g}. A hit is a stage claimed (random walks; and "
        "rightly, with feedback) or a warning raised (worlds without feedback); chance is 0.05. 95 % Clopper-Pearson "
        "intervals.",
        "",
        "| world | a hit is | draws | force identified | hits | rate | interval |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        what = "a warning" if row["kind"] == "advantage" else "a stage"
        lines.append(
            f"| {row['world']} | {what} | {row['draws']} | {row['identified']} | {row['hits']} | {row['rate']:.2f} "
            f"| {row['lo']:.3f} to {row['hi']:.3f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    with threadpool_limits(1):
        rows = [measured(name, options.draws) for name in WORLDS]
    write(rows, options.out)
    print(written(rows))


def write(rows: list[dict[str, object]], folder: Path) -> None:
    """The figures as JSON and Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "numpy": np.__version__}
    said = {"cells": CELLS, "firms": FIRMS, "periods": PERIODS, "exit": EXIT, "machine": machine, "rows": rows}
    (folder / "nulls_stage.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    (folder / "nulls_stage.md").write_text(written(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
