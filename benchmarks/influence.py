"""Who moves whom: every figure that `influence` has to reach, measured with one default for all.

    python benchmarks/influence.py --data DATA --work WORK                 measure what WORK does not hold yet, write
    python benchmarks/influence.py --data DATA --work WORK --only lorenz   some rows only
    python benchmarks/influence.py --data DATA --work WORK --reference NEURAL-GC --python PYTHON

Ranking: AUROC over the pairs off the diagonal of the score that `influence` gives (model = auto), and of each channel
by itself; which of the links called are true. Noise: P(any link) at a false discovery rate of 5 %, see
`influence_noise.py`. Cost: CPU seconds until AUROC .95 beside the reference component-wise LSTM (Neural-GC, PyTorch,
see `influence_reference.py`) on the same sets, one thread each. Every finished piece is a line of WORK/influence.jsonl,
so that a run goes on where another stopped; the tables go to benchmarks/results.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("NPROC", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

import influence_cells as cells
import influence_noise as noise
import numpy as np
from influence_table import written
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from coevolve.engine.significance import benjamini_hochberg
from coevolve.inquiry.key import Key
from coevolve.themes.influence.channels import lstm_refusal, measure

RESULTS = Path(__file__).parent / "results"
Floats = NDArray[np.float64]
Row = dict[str, Any]
PANELS = ((30, 20, 0.2), (30, 40, 0.2), (100, 15, 0.2), (100, 20, 0.2), (100, 20, 0.1), (300, 15, 0.1))
WORLDS = 4
GENE_TIMES = 21  # points of each history of DREAM
DRAWS_BOTH = 40  # of noise in every cell, by `influence` as a whole
DRAWS_LINEAR = 200  # by the pooled regression alone


@dataclass(frozen=True)
class Task:
    """One piece of work under a name of its own."""

    kind: str
    name: str
    number: int
    run: Callable[[], Row]

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells a finished piece from the others."""
        return self.kind, self.name, self.number


# ---- ranking -----------------------------------------------------------------------------------------------------


def auroc(score: Floats, truth: NDArray[np.bool_]) -> float:
    """The share of (true, absent) pairs off the diagonal that the score ranks rightly; ties count half."""
    off = ~np.eye(len(truth), dtype=bool)
    score = np.nan_to_num(score)
    high, low = score[off & truth], np.sort(score[off & ~truth])
    below, upto = np.searchsorted(low, high, "left"), np.searchsorted(low, high, "right")
    return float((below + upto).mean() / 2.0 / len(low))


def ranked(world: cells.World, number: int) -> Row:
    """One world measured as `influence` measures with its defaults."""
    readied = cells.readied(world)
    start = time.process_time()
    found = measure(readied, None, "auto", noise.FDR, Key.of(number, "influence"), _quiet, lstm_refusal(readied))
    took = time.process_time() - start
    alone = benjamini_hochberg(found.pooled.p) <= noise.FDR
    return {
        "auto": auroc(found.score, world.truth),
        "linear": auroc(found.pooled.score, world.truth),
        "true": int(world.truth.sum()),
        **noise.counted("", found.selected, world.truth),
        **noise.counted("_linear", alone, world.truth),
        "lstm": None if found.neural is None else auroc(found.neural.score, world.truth),
        "ridge": ridge(world) if world.levels.shape[1] == GENE_TIMES else None,
        "weight": float(found.weight.mean()),
        "lags": found.lags,
        "seconds": round(took, 1),
        "refused": found.refused,
    }


def ridge(world: cells.World) -> float:
    """The bar for genes: pooled ridge of the growth on all levels, standardised, no effects, alpha = 300."""
    many = world.levels.shape[2]
    y = np.diff(world.levels, axis=1).reshape(-1, many)
    x = world.levels[:, :-1].reshape(-1, many)
    y, x = ((one - one.mean(axis=0)) / one.std(axis=0) for one in (y, x))
    return auroc(np.abs(np.linalg.solve(x.T @ x + 300.0 * np.eye(many), x.T @ y)).T, world.truth)


def ranking(data: Path) -> Iterator[Task]:
    """All worlds with a known network."""

    def task(name: str, number: int, make: Callable[[], cells.World]) -> Task:
        return Task("ranking", name, number, lambda: ranked(make(), number))

    for name in ("F10_T250", "F40_T250", "F10_T1000", "F40_T1000"):
        for n in (1, 2, 3):
            yield task(f"lorenz {name}", n, lambda name=name, n=n: cells.lorenz(data, name, n))  # type: ignore[misc]
    for n in range(3):
        yield task("gvar lotka-volterra", n, lambda n=n: cells.gvar(data, "lotka-volterra", n))  # type: ignore[misc]
    for net in ("Ecoli1", "Ecoli2", "Yeast1"):
        yield task(f"dream3 {net}", 1, lambda net=net: cells.dream3(data, net))  # type: ignore[misc]
    for size in (100, 10):
        for n in (1, 2, 3):
            net = f"dream4_size{size}_net{n}"
            yield task(net, 1, lambda net=net: cells.dream4(data, net))  # type: ignore[misc]
    for n in range(WORLDS):
        for panel in PANELS:
            name = f"symbiosis {panel[0]}x{panel[1]} {panel[2]}"
            yield task(name, n, lambda n=n, panel=panel: cells.symbiosis(n, *panel))  # type: ignore[misc]
        for bent, name in ((False, "lagged 100x20"), (True, "mixed 100x20")):
            yield task(name, n, lambda n=n, bent=bent: cells.delayed(n, 100, 20, bent))  # type: ignore[misc]
    for n in range(3):
        for name in ("lorenz96", "linear-var"):
            yield task(f"gvar {name}", n, lambda n=n, name=name: cells.gvar(data, name, n))  # type: ignore[misc]
    for name in ("F10_T500", "F40_T500"):
        for n in (1, 2, 3):
            yield task(f"lorenz {name}", n, lambda name=name, n=n: cells.lorenz(data, name, n))  # type: ignore[misc]


# ---- noise -------------------------------------------------------------------------------------------------------


def noises(work: Path) -> Iterator[Task]:
    """Panels of noise, and with ties, a panel of every cell in turn; the pooled regression answers on the same ones."""

    def task(kind: str, shape: tuple[int, int, int], draw: int, model: str) -> Task:
        series = "" if shape[2] == cells.SERIES else f"x{shape[2]}"
        name = f"{kind} {shape[0]}x{shape[1]}{series} {model}"
        return Task("noise", name, draw, lambda: noise.links(kind, shape, draw, model, work))

    usual = [(kind, shape) for shape in reversed(noise.SHAPES) for kind in noise.KINDS if kind != noise.TIED]
    every = [(kind, shape) for shape in (*noise.SHAPES, noise.SMALL) for kind in noise.KINDS]
    for model, draws in (("auto", DRAWS_BOTH), ("linear", DRAWS_LINEAR)):
        for cells_of_draw in (usual, [one for one in every if one not in usual]):
            for draw in range(draws):
                for kind, shape in cells_of_draw:
                    yield task(kind, shape, draw, model)


# ---- cost --------------------------------------------------------------------------------------------------------


def cost(data: Path, number: int, work: Path, reference: Path, python: str, seconds: float) -> Row:
    """CPU seconds to AUROC .95 on one set of F10_T1000: ours, then the reference on the same numbers."""
    world = cells.lorenz(data, "F10_T1000", number)
    ours = [ranked(world, number) for _ in range(2)]
    table = work / f"lorenz_{number}.csv"
    head = ",".join(f"x{k}" for k in range(world.levels.shape[2]))
    np.savetxt(table, world.levels[0], delimiter=",", header=head, comments="")
    script = Path(__file__).parent / "influence_reference.py"
    asked = [python, str(script), "--code", str(reference), "--series", str(table), "--seconds", str(seconds)]
    limits = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    told = subprocess.run(asked, check=True, capture_output=True, text=True, env=limits).stdout
    steps = [json.loads(line) for line in told.splitlines()]
    reached = next((one["seconds"] for one in steps if one["auroc"] >= 0.95), None)
    return {
        "ours": ours[0]["auto"],
        "ours_seconds": ours[0]["seconds"],
        "ours_seconds_compiled": ours[1]["seconds"],
        "reference_seconds": reached,
        "reference_last": steps[-1],
        "reference_best": max(one["auroc"] for one in steps),
    }


def _quiet(done: int, of: int) -> None:
    """No progress is shown."""


def main() -> None:
    """Measure what is not measured yet, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds causal_truth")
    parser.add_argument("--work", type=Path, required=True, help="where finished pieces are kept")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--only", default="", help="pieces whose kind and name hold all of these words")
    parser.add_argument("--reference", type=Path, help="a copy of Neural-GC")
    parser.add_argument("--python", default="python3", help="a Python that has PyTorch")
    parser.add_argument("--seconds", type=float, default=300.0, help="CPU seconds that the reference may train")
    parser.add_argument("--start-until", type=float, default=np.inf, help="start no new piece after so many seconds")
    asked = parser.parse_args()
    began = time.monotonic()
    asked.work.mkdir(parents=True, exist_ok=True)
    raw = asked.work / "influence.jsonl"
    rows = [json.loads(line) for line in raw.read_text("utf-8").splitlines()] if raw.exists() else []
    done = {(row["kind"], row["name"], row["number"]) for row in rows}
    data = asked.data / "causal_truth"
    tasks = [*ranking(data), *noises(asked.work)]
    if asked.reference:
        for n in (1, 2, 3):
            run = lambda n=n: cost(data, n, asked.work, asked.reference, asked.python, asked.seconds)  # noqa: E731
            tasks.append(Task("cost", "lorenz F10_T1000", n, run))
    with threadpool_limits(1), raw.open("a", encoding="utf-8") as file:
        for task in tasks:
            if task.key in done or not all(word in f"{task.kind} {task.name}" for word in asked.only.split()):
                continue
            if time.monotonic() - began > asked.start_until:
                break
            row = {"kind": task.kind, "name": task.name, "number": task.number, **task.run()}
            rows.append(row)
            file.write(json.dumps(row) + "\n")
            file.flush()
    more = asked.work / "influence_more.jsonl"
    rows += [json.loads(line) for line in more.read_text("utf-8").splitlines()] if more.exists() else []
    asked.out.mkdir(parents=True, exist_ok=True)
    summary, text = written(rows)
    (asked.out / "influence.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    (asked.out / "influence.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
