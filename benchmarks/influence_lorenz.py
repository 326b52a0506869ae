"""Who moves whom in Lorenz-96: how well `influence` ranks the pairs of ten variables, and what it costs.

    python benchmarks/influence_lorenz.py --data DATA      figures written to benchmarks/results/influence_lorenz.*

One long series, every setting as in a study: nothing is chosen for these data. AUROC over the ninety pairs off the
diagonal, by the size of the LSTM's Jacobian, by the pooled regression, and by both together as `auto` weighs them.
CPU seconds are those of one process on one thread, after compiling. The bars stand beside the means of the three sets.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("NPROC", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

import duckdb
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from coevolve.engine.panel_regression import Sample
from coevolve.inquiry.key import Key
from coevolve.themes.influence.arrays import Readied, folds_of, time_blocks
from coevolve.themes.influence.channels import measure

RESULTS = Path(__file__).parent / "results"
VARIABLES, SETS = 10, (1, 2, 3)
BARS = {"F10_T250": 0.96, "F10_T1000": 0.99, "F40_T250": 0.75, "F40_T1000": 0.95}
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ranked:
    """One set: AUROC by channel, the shares of true and of absent pairs with p < .05, and the CPU seconds."""

    file: str
    number: int
    lstm: float
    pooled: float
    both: float
    weight: float
    true_called: float
    absent_called: float
    seconds: float


def truth() -> NDArray[np.bool_]:
    """Which variable (column) moves which (row): dx_i = (x_(i+1) - x_(i-2)) x_(i-1) - x_i + F."""
    place = np.arange(VARIABLES)
    found = np.zeros((VARIABLES, VARIABLES), bool)
    for step in (-2, -1, 1):
        found[place, (place + step) % VARIABLES] = True
    return found


def series(data: Path, file: str, number: int) -> Floats:
    """x[time, variable] of one set."""
    path = data / "causal_truth" / f"lorenz96_{file}.parquet"
    rows = duckdb.execute(f"select value from '{path}' where set = ? order by t, variable", [number]).fetchnumpy()
    return np.asarray(rows["value"], float).reshape(-1, VARIABLES)


def readied(x: Floats) -> Readied:
    """One region whose levels are the variables themselves; no year effects, blocks of time held out."""
    growth = np.full((1, *x.shape), np.nan)
    growth[0, 1:] = np.diff(x, axis=0)
    cluster, blocks = np.zeros(1, np.int64), time_blocks(len(x))
    labels = tuple(str(k) for k in range(len(x)))
    return Readied(
        Sample(growth, x[None], x[None], cluster, blocks),
        x[None],
        tuple(f"x{k}" for k in range(VARIABLES)),
        ("",),
        labels,
        "step",
        folds_of(cluster, blocks, False),
        False,
        np.zeros(VARIABLES, np.int64),
        False,
    )


def auroc(score: Floats, yes: NDArray[np.bool_]) -> float:
    """The share of (true, absent) pairs off the diagonal that the score ranks rightly; ties count half."""
    off = ~np.eye(VARIABLES, dtype=bool)
    high, low = score[off & yes][:, None], score[off & ~yes][None]
    return float((high > low).mean() + 0.5 * (high == low).mean())


def ranked(data: Path, file: str, number: int) -> Ranked:
    """One set, measured as `influence` measures with model = auto."""
    start = time.process_time()
    found = measure(readied(series(data, file, number)), None, "auto", 0.05, Key.of(number, file), _quiet, "")
    took = time.process_time() - start
    if found.neural is None:
        raise RuntimeError(found.refused)
    yes, off = truth(), ~np.eye(VARIABLES, dtype=bool)
    low = found.p < 0.05
    return Ranked(
        file,
        number,
        auroc(found.neural.score, yes),
        auroc(np.abs(found.pooled.score), yes),
        auroc(found.score, yes),
        float(found.weight.mean()),
        float(low[off & yes].mean()),
        float(low[off & ~yes].mean()),
        round(took, 1),
    )


def _quiet(done: int, of: int) -> None:
    """No progress is shown."""


def table(found: list[Ranked]) -> str:
    """Means of the sets as a Markdown table."""
    lines = [
        "# Lorenz-96: who moves whom",
        "",
        f"Ten variables, ninety pairs, sets {', '.join(map(str, SETS))}, one default for all. AUROC: mean (least) "
        "of the sets. Made by `benchmarks/influence_lorenz.py`.",
        "",
        "| data | bar | LSTM | pooled regression | both (`auto`) | weight of the LSTM | true pairs with p < .05 "
        "| absent pairs with p < .05 | CPU seconds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for file, bar in BARS.items():
        rows = [one for one in found if one.file == file]
        if not rows:
            continue

        def said(name: str, rows: list[Ranked] = rows) -> str:
            values = [float(getattr(one, name)) for one in rows]
            return f"{np.mean(values):.3f} ({min(values):.3f})"

        mean = {
            name: float(np.mean([getattr(one, name) for one in rows])) for name in asdict(rows[0]) if name != "file"
        }
        lines.append(
            f"| {file.replace('_', ' ')} | {bar:.2f} | {said('lstm')} | {said('pooled')} | {said('both')} "
            f"| {mean['weight']:.2f} | {mean['true_called']:.2f} | {mean['absent_called']:.2f} "
            f"| {float(np.median([one.seconds for one in rows])):.0f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds causal_truth")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--files", nargs="+", default=list(BARS))
    asked = parser.parse_args()
    found = []
    with threadpool_limits(1):
        for file in asked.files:
            for number in SETS:
                found.append(ranked(asked.data, file, number))
                print(found[-1], flush=True)
    asked.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps([asdict(one) for one in found], indent=1) + "\n"
    (asked.out / "influence_lorenz.json").write_text(text, encoding="utf-8")
    (asked.out / "influence_lorenz.md").write_text(table(found), encoding="utf-8")


if __name__ == "__main__":
    main()
