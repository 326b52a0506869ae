"""Coordination beside a pandas reference that goes column by column and row by row, and its draws beside loops.

    python benchmarks/coordination.py            both, with the figures written to benchmarks/results
    python benchmarks/coordination.py --small    a tenth of the regions, to see that it runs

Both sides take turns in one process, and the ratio of each turn is given, because a busy machine slows both alike.
The reference is timed as a whole. The loops of draws are timed over a few draws and multiplied, which is said.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from coevolve.themes.order import draws as resample
from coevolve.themes.order import equations
from coevolve.themes.order.model import Index, Scheme, degrees, measure, scores_of

RESULTS = Path(__file__).parent / "results"
YEARS, INDICATORS, DRAWS, TURNS = 30, 40, 2000, 3
SIZES = (14, 13, 13)
LESS = np.arange(INDICATORS) % 4 == 3


def world(regions: int) -> np.ndarray:
    """Skewed indicators that differ between regions more than between years."""
    generator = np.random.default_rng(11)
    lasting = generator.normal(size=(regions, 1, INDICATORS))
    passing = generator.normal(size=(regions, YEARS, INDICATORS))
    return np.exp(0.8 * lasting + 0.3 * passing).reshape(-1, INDICATORS)


def reference(frame: pd.DataFrame) -> pd.DataFrame:
    """Entropy weights column by column, C, T and D row by row, as they are commonly written in pandas."""
    names, weights = list(frame), {}
    y = pd.DataFrame(index=frame.index)
    for j, name in enumerate(names):
        column = frame[name]
        span = column.max() - column.min()
        y[name] = (column.max() - column) / span if LESS[j] else (column - column.min()) / span
    start = 0
    scores = pd.DataFrame(index=frame.index)
    for k, size in enumerate(SIZES):
        part = names[start : start + size]
        start += size
        for name in part:
            share = y[name] / y[name].sum()
            weights[name] = 1 + (share * np.log(share.where(share > 0, 1.0))).sum() / np.log(len(frame))
        total = sum(weights[name] for name in part)
        scores[k] = sum(y[name] * (weights[name] / total) for name in part)

    def row(u: pd.Series) -> pd.Series:
        n = len(u)
        coupling = n * u.prod() ** (1 / n) / u.sum()
        return pd.Series({"C": coupling, "T": u.mean(), "D": np.sqrt(coupling * u.mean())})

    return scores.apply(row, axis=1)


def one_draw(values: np.ndarray, region: np.ndarray, counts: np.ndarray, scheme: Scheme) -> np.ndarray:
    """One resample by really stacking the drawn regions: weights and goalposts of it, then D of all rows."""
    rows = np.repeat(np.arange(len(values)), counts[region].astype(int))
    drawn = measure(values[rows], scheme)
    everyone = equations.normalise(values, drawn.low, drawn.high, scheme.less)
    return degrees(scores_of(everyone, drawn.weight, scheme), scheme)[2]


def drawn_weights(values: np.ndarray, region: np.ndarray, counts: np.ndarray, scheme: Scheme) -> np.ndarray:
    """The weights of one resample by really stacking the drawn regions."""
    drawn = values[np.repeat(np.arange(len(values)), counts[region].astype(int))]
    y = equations.normalise(drawn, drawn.min(axis=0), drawn.max(axis=0), scheme.less)
    return equations.shares_within(equations.entropy_redundancy(y), scheme.members)


def all_draws(index: Index, region: np.ndarray, counts: np.ndarray, scheme: Scheme, shown: int = 0) -> np.ndarray:
    """All resamples at once; the range of D of every row, or D itself of `shown` draws."""
    found = resample.draw(index.y, region, scheme, np.ones(INDICATORS, bool), counts)
    ranges = []
    for piece in resample.pieces(region, len(found)):
        degree = resample.draw_degrees(index.y[piece], found, scheme)[3]
        ranges.append(degree[:, :shown] if shown else np.stack(resample.interval(degree, index.degree[piece]), axis=1))
    return np.concatenate(ranges)


def seconds(fn: Callable[[], Any]) -> tuple[float, Any]:
    """Wall seconds and the result of one call."""
    start = time.perf_counter()
    result = fn()
    return time.perf_counter() - start, result


def index_turns(values: np.ndarray, scheme: Scheme, turns: int) -> dict[str, Any]:
    """Our index (the median of seven calls a turn, for one is short) and the reference, in turns."""
    frame = pd.DataFrame(values, columns=[f"i{j}" for j in range(INDICATORS)])
    ours, theirs, apart = [], [], 0.0
    measure(values, scheme)
    for _ in range(turns):
        calls = [seconds(lambda: measure(values, scheme)) for _ in range(7)]
        ours.append(statistics.median(took for took, _ in calls))
        index = calls[0][1]
        took, table = seconds(lambda: reference(frame))
        theirs.append(took)
        for found, name in ((index.coupling, "C"), (index.index, "T"), (index.degree, "D")):
            apart = max(apart, float(np.abs(found - table[name].to_numpy()).max()))
    return _row("index: numpy on arrays / pandas column loop and row apply", ours, theirs, apart)


def draw_turns(values: np.ndarray, scheme: Scheme, turns: int, few: int) -> list[dict[str, Any]]:
    """All draws beside loops over draws, of numpy and of pandas; loops are timed over `few` draws and multiplied."""
    region = np.repeat(np.arange(len(values) // YEARS), YEARS)
    counts = resample.draw_counts(np.random.default_rng(5), len(values) // YEARS, DRAWS)
    index = measure(values, scheme)
    frame = pd.DataFrame(values, columns=[f"i{j}" for j in range(INDICATORS)])
    ours, numpy_loop, pandas_loop, apart = [], [], [], 0.0
    our_weights, looped_weights, weights_apart = [], [], 0.0
    pooled = np.ones(INDICATORS, bool)
    for turn in range(turns):
        took, _ = seconds(lambda: all_draws(index, region, counts, scheme))
        ours.append(took)
        chosen = counts[turn * few : (turn + 1) * few]
        took, looped = seconds(lambda: [one_draw(values, region, one, scheme) for one in chosen])  # noqa: B023
        numpy_loop.append(took / few * DRAWS)
        took, drawn = seconds(lambda: resample.draw(index.y, region, scheme, pooled, counts))
        our_weights.append(took)
        took, weights = seconds(lambda: [drawn_weights(values, region, one, scheme) for one in chosen])  # noqa: B023
        looped_weights.append(took / few * DRAWS)
        weights_apart = max(weights_apart, float(np.abs(drawn.weight[turn * few :][:few] - np.stack(weights)).max()))
        took, _ = seconds(lambda: reference(frame.iloc[: len(frame) // 10]))
        pandas_loop.append(took * 10 * DRAWS)
        shown = all_draws(index, region, chosen, scheme, shown=few)
        apart = max(apart, float(np.abs(shown - np.stack(looped, axis=1)).max()))
    words = f"{DRAWS} draws with ranges of D: matrix products"
    return [
        _row(
            f"{DRAWS} draws of weights and goalposts: matrix products / numpy loop ({few} draws timed, times "
            f"{DRAWS // few})",
            our_weights,
            looped_weights,
            weights_apart,
        ),
        _row(
            f"{words} / numpy loop without the ranges ({few} draws timed, times {DRAWS // few})",
            ours,
            numpy_loop,
            apart,
        ),
        _row(f"{words} / pandas loop (a tenth of one draw timed, times {10 * DRAWS})", ours, pandas_loop, apart),
    ]


def _row(task: str, ours: list[float], theirs: list[float], apart: float) -> dict[str, Any]:
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    return {
        "task": task,
        "ours_seconds": [round(one, 3) for one in ours],
        "theirs_seconds": [round(one, 1) for one in theirs],
        "ratios": [round(one, 1) for one in ratios],
        "median_ratio": round(statistics.median(ratios), 1),
        "largest_difference": apart,
    }


def main() -> None:
    """Run, print, and keep the figures of a full run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="300 regions and one turn; nothing is written")
    parser.add_argument("--turns", type=int, default=TURNS)
    options = parser.parse_args()
    regions, turns = (300, 1) if options.small else (3000, options.turns)
    values = world(regions)
    scheme = Scheme.of(SIZES, LESS.tolist())
    with threadpool_limits(1):
        rows = [index_turns(values, scheme, turns), *draw_turns(values, scheme, turns, few=2)]
    about = {
        "regions": regions,
        "years": YEARS,
        "indicators": INDICATORS,
        "draws": DRAWS,
        "threads": 1,
        "machine": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pandas": pd.__version__,
    }
    lines = [
        f"# Coordination: {regions} regions x {YEARS} years x {INDICATORS} indicators",
        "",
        f"One thread, {turns} interleaved turns, numpy {np.__version__}, pandas {pd.__version__}.",
        "",
        "| task | ours, s | theirs, s | ratio of each turn | median ratio | largest difference |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        turns_text = [", ".join(f"{one:g}" for one in row[key]) for key in ("ours_seconds", "theirs_seconds", "ratios")]
        lines.append(
            f"| {row['task']} | {' | '.join(turns_text)} | {row['median_ratio']:g} | {row['largest_difference']:.1e} |"
        )
    print("\n".join(lines))
    if not options.small:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "coordination.json").write_text(json.dumps({"about": about, "rows": rows}, indent=1) + "\n")
        (RESULTS / "coordination.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
