"""RAS and GRAS beside plain numpy loops on the same matrices, to the same tolerance.

    python benchmarks/balancing.py            2464 x 2464, with the figures written to benchmarks/results
    python benchmarks/balancing.py --small    a tenth of the width, to see that it runs

Both sides take turns in one process, one thread each, and the ratio of each turn is given, because a busy machine slows
both alike. Cells are log-normal (sigma 2), 60 % of them not zero; margins are those of the matrix, each moved by
exp(N(0, .25)). A side has settled when no column is out by more than 1e-8 of the sum of its absolute cells, rows being
met. Times are processor seconds.
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
from threadpoolctl import threadpool_limits

from coevolve.engine.balancing import gras, ras

RESULTS = Path(__file__).parent / "results"
WIDTH, SHARE, SPREAD, MOVE, TOLERANCE, TURNS = 2464, 0.6, 2.0, 0.25, 1e-8, 3


def world(width: int, negative: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A matrix and margins that it has not; a share `negative` of its cells is below zero."""
    draw = np.random.default_rng(17)
    matrix = np.exp(draw.normal(0, SPREAD, (width, width))) * (draw.random((width, width)) < SHARE)
    matrix *= np.where(draw.random((width, width)) < negative, -1, 1)
    rows = matrix.sum(axis=1) * np.exp(draw.normal(0, MOVE, width))
    columns = matrix.sum(axis=0) * np.exp(draw.normal(0, MOVE, width))
    return matrix, rows, columns * rows.sum() / columns.sum()


def plain_ras(matrix: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, int]:
    """Scale rows, scale columns, again and again: whole matrices, broadcast."""
    made, sweeps = matrix, 0
    while True:
        made = made * (rows / made.sum(axis=1))[:, None]
        sums = made.sum(axis=0)
        sweeps += 1
        if np.abs(sums / columns - 1).max() <= TOLERANCE:
            return made, sweeps
        made = made * (columns / sums)


def plain_gras(matrix: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, int]:
    """Junius & Oosterhaven's form: P and N apart, multipliers in turn, by matrix and vector products."""
    p, n = np.maximum(matrix, 0), np.maximum(-matrix, 0)
    s, sweeps = np.ones(len(columns)), 0
    while True:
        up, down = p @ s, n @ (1 / s)
        r = (rows + np.sqrt(rows**2 + 4 * up * down)) / (2 * up)
        up, down = r @ p, (1 / r) @ n
        sweeps += 1
        size = s * up + down / s
        if (np.abs(s * up - down / s - columns) / size).max() <= TOLERANCE:
            return r[:, None] * p * s - n / r[:, None] / s, sweeps
        s = (columns + np.sqrt(columns**2 + 4 * up * down)) / (2 * up)


def textbook_gras(matrix: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, int]:
    """The same as it is commonly programmed: diagonal multipliers laid over whole matrices in every step."""
    p, n = np.maximum(matrix, 0), np.maximum(-matrix, 0)
    r, s, sweeps = np.ones(len(rows)), np.ones(len(columns)), 0
    while True:
        up, down = (p * s).sum(axis=1), (n / s).sum(axis=1)
        r = (rows + np.sqrt(rows**2 + 4 * up * down)) / (2 * up)
        up, down = (r[:, None] * p).sum(axis=0), (n / r[:, None]).sum(axis=0)
        sweeps += 1
        size = s * up + down / s
        if (np.abs(s * up - down / s - columns) / size).max() <= TOLERANCE:
            return r[:, None] * p * s - n / r[:, None] / s, sweeps
        s = (columns + np.sqrt(columns**2 + 4 * up * down)) / (2 * up)


def seconds(fn: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds and the result of one call."""
    start = time.process_time()
    result = fn()
    return time.process_time() - start, result


def turns(
    task: str, ours: Callable[..., Any], theirs: Callable[..., Any], negative: float, width: int, many: int
) -> dict[str, Any]:
    """Both sides in turns on one matrix."""
    given = world(width, negative)
    ours(*world(50, negative))  # compiles
    our_times, their_times = [], []
    for _ in range(many):
        took, made = seconds(lambda: ours(*given))
        our_times.append(took)
        took, (other, sweeps) = seconds(lambda: theirs(*given))
        their_times.append(took)
    if not made.is_balanced:
        raise SystemExit(f"{task}: {made.words()}")
    ratios = [b / a for a, b in zip(our_times, their_times, strict=True)]
    return {
        "task": task,
        "our_sweeps": made.sweeps,
        "their_sweeps": sweeps,
        "ours_seconds": [round(one, 3) for one in our_times],
        "theirs_seconds": [round(one, 2) for one in their_times],
        "ratios": [round(one, 1) for one in ratios],
        "median_ratio": round(statistics.median(ratios), 1),
        "largest_difference": float((np.abs(made.matrix - other) / np.abs(other).sum(axis=0).mean()).max()),
    }


def main() -> None:
    """Run, print, and keep the figures of a full run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="246 x 246 and one turn; nothing is written")
    parser.add_argument("--turns", type=int, default=TURNS)
    options = parser.parse_args()
    width, many = (WIDTH // 10, 1) if options.small else (WIDTH, options.turns)
    with threadpool_limits(1):
        rows = [
            turns("RAS / plain numpy loop", ras, plain_ras, 0.0, width, many),
            turns("GRAS, 2 % negative / textbook numpy, whole matrices", gras, textbook_gras, 0.02, width, many),
            turns("GRAS, 2 % negative / textbook numpy, matrix products", gras, plain_gras, 0.02, width, many),
        ]
    about = {
        "width": width,
        "share_not_zero": SHARE,
        "log_normal_sigma": SPREAD,
        "margins_moved": MOVE,
        "tolerance": TOLERANCE,
        "threads": 1,
        "machine": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }
    lines = [
        f"# RAS and GRAS: {width} x {width}, margins moved by exp(N(0, {MOVE})), to {TOLERANCE:g}",
        "",
        f"Log-normal cells (sigma {SPREAD:g}), {100 * SHARE:.0f} % not zero. One thread, {many} interleaved turns, "
        f"processor seconds, numpy {np.__version__}.",
        "",
        "| task | our sweeps | their sweeps | ours, s | theirs, s | ratio of each turn | median ratio "
        "| largest difference |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        texts = [", ".join(f"{one:g}" for one in row[key]) for key in ("ours_seconds", "theirs_seconds", "ratios")]
        lines.append(
            f"| {row['task']} | {row['our_sweeps']} | {row['their_sweeps']} | {' | '.join(texts)} | "
            f"{row['median_ratio']:g} | {row['largest_difference']:.1e} |"
        )
    lines += ["", "The largest difference is that of any cell, as a share of the mean column sum."]
    print("\n".join(lines))
    if not options.small:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "balancing.json").write_text(json.dumps({"about": about, "rows": rows}, indent=1) + "\n")
        (RESULTS / "balancing.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
