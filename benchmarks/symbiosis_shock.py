"""Does `shock` find the year in which a capacity stepped, and does it keep quiet where none did?

    python benchmarks/symbiosis_shock.py                  all worlds; figures written to benchmarks/results
    python benchmarks/symbiosis_shock.py --worlds 10      some of it; nothing is written

One region, two poles, 30 years: truths as in `symbiosis_calibration.py`, counting noise 3 %; the log capacity of the
first pole steps by .35 in a year drawn evenly from all that can be tried, or not at all. Every year with four on
either side is tried, as the question does, with the priors and the state-space noise of the question. Worlds are
stored as they are made (`--folder`) and taken up again. Other seeds were looked at while the search was made;
these worlds were not.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from calibration_scores import share
from calibration_store import Record, Store, collect, digest
from calibration_worlds import Cell, draw_truth
from threadpoolctl import threadpool_limits

from coevolve.engine.growth import paths
from coevolve.engine.growth_break import dated, search_breaks, some_factor
from coevolve.engine.growth_panel import Growing
from coevolve.inquiry.key import Key
from coevolve.themes.symbiosis.shock import AFTER, BEFORE
from coevolve.themes.symbiosis.shock_tables import CLAIMED, NORMAL, WITHIN

RESULTS = Path(__file__).parent / "results"
SEED = 14
YEARS, STEP = 30, 0.35
EARLY = 12  # years in which most poles still stand far below their capacity, where a step can hardly be felt
PLACES = tuple(range(BEFORE, YEARS - AFTER))


@dataclass(frozen=True)
class Kind:
    """A kind of world: its step, and its noise."""

    name: str
    step: float
    worlds: int
    counting: float = 0.03
    growing: float = 0.0


KINDS = (
    Kind("step", STEP, 300),
    Kind("no step", 0.0, 150),
    Kind("step, growth 2 %", STEP, 150, growing=0.02),
    Kind("no step, growth 2 %", 0.0, 150, growing=0.02),
)


@dataclass(frozen=True)
class Task:
    """World `k` of a kind."""

    kind: Kind
    k: int
    seed: int = SEED


def made(kind: Kind, random: np.random.Generator) -> tuple[np.ndarray, int]:
    """Log scales (1, year, pole) and the place among the years from which the capacity is another."""
    truth = draw_truth(Cell("shock", 1, YEARS, 2), random)
    begins = int(random.choice(PLACES))
    shocks = kind.growing * random.standard_normal((1, YEARS - 1, 2))
    before = paths(truth.start, truth.rate, truth.capacity, truth.b, np.ones(begins), shocks[:, :begins])
    later = truth.capacity * np.exp([kind.step, 0.0])
    rest = np.ones(YEARS - 1 - begins)
    after = paths(before[:, -1], truth.rate, later, truth.b, rest, shocks[:, begins:])
    true = np.concatenate([before, after[:, 1:]], axis=1)
    return true + kind.counting * random.standard_normal(true.shape), begins


def run(task: Task) -> Record:
    """One world: every year tried, as the question does it."""
    key = Key.of(task.seed, task.kind.name).child(str(task.k))
    logs, begins = made(task.kind, key.child("world").numpy())
    times, start = np.arange(float(YEARS)), time.process_time()
    with threadpool_limits(1):
        growing = Growing.of(times, logs)
        found = search_breaks(growing, 0, PLACES, np.array([True]), key.child("weigh").numpy())
    best, likeliest = dated(found, WITHIN), max(found, key=lambda one: one.log_factor)
    return {
        "k": task.k,
        "seconds": round(time.process_time() - start, 3),
        "begins": begins,
        "found": found[best.place].begins,
        "likeliest": likeliest.begins,
        "near": round(best.probability, 4),
        "factor": round(min(some_factor(found), 1e9), 6),
        "size": round(best.size, 5),
        "lo": round(best.size - NORMAL * best.error, 5),
        "hi": round(best.size + NORMAL * best.error, 5),
    }


def summary(kind: Kind, records: Sequence[Record]) -> dict[str, Any]:
    """Shares over the worlds of one kind."""

    def of(rule: Any, chosen: Any = lambda one: True) -> tuple[float, float, float, int]:
        return share([[bool(rule(one))] for one in records if chosen(one)])

    def claimed(one: Record) -> bool:
        return one["factor"] > CLAIMED

    def near(one: Record) -> bool:
        return abs(one["found"] - one["begins"]) <= 2

    found: dict[str, Any] = {"kind": kind.name, "worlds": len(records), "claimed": of(claimed)}
    if kind.step:
        found |= {
            "within_one": of(lambda one: abs(one["found"] - one["begins"]) <= 1),
            "within_two": of(near),
            "likeliest_within_two": of(lambda one: abs(one["likeliest"] - one["begins"]) <= 2),
            "said_within_two": float(np.mean([one["near"] for one in records])),
            "within_two_early": of(near, lambda one: one["begins"] < EARLY),
            "within_two_later": of(near, lambda one: one["begins"] >= EARLY),
            "within_two_when_claimed": of(near, claimed),
            "claimed_and_far": of(lambda one: claimed(one) and not near(one)),
            "size_held_when_near": of(lambda one: one["lo"] <= kind.step <= one["hi"], near),
            "median_error_of_size": float(np.median([abs(one["size"] - kind.step) for one in records if near(one)])),
        }
    return found | {"seconds": float(np.median([one["seconds"] for one in records])), "digest": digest(records)}


def report(rows: Sequence[dict[str, Any]]) -> str:
    """The table, as markdown."""

    def cell(row: dict[str, Any], name: str) -> str:
        value = row.get(name)
        if isinstance(value, float):
            return f"{value:.2f}"
        return f"{value[0]:.2f} ({value[1]:.2f}–{value[2]:.2f})" if value is not None and value[3] else "–"

    lines = [
        "# A step in capacity: dated, sized, and not claimed where there is none",
        "",
        f"Made by `benchmarks/symbiosis_shock.py`: one region, two poles, {YEARS} years, counting noise 3 %, a step of "
        f"{STEP} in the log capacity",
        f"of one pole in a year drawn evenly from the {len(PLACES)} that can be tried. Claimed: Bayes factor above "
        f"{CLAIMED:g}. Ranges are 95 % intervals.",
        "",
        f"| world | worlds | claimed | within 1 year | within 2 years | said to be | single likeliest year within 2 "
        f"| step before year {EARLY} | from year {EARLY} on | when claimed | claimed and farther "
        "| 90 % interval of size held (date within 2) | median error of size | seconds |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    names = ("claimed", "within_one", "within_two", "said_within_two", "likeliest_within_two", "within_two_early")
    names = (*names, "within_two_later", "within_two_when_claimed", "claimed_and_far", "size_held_when_near")
    for row in rows:
        error = f"{row['median_error_of_size']:.3f}" if "median_error_of_size" in row else "–"
        cells = " | ".join(cell(row, name) for name in names)
        lines.append(f"| {row['kind']} | {row['worlds']} | {cells} | {error} | {row['seconds']:.1f} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Run, print, and keep the figures of a full run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, help="of each kind; 300 with a step, else 150, when left out")
    parser.add_argument("--kinds", nargs="+", choices=[kind.name for kind in KINDS], help="some kinds of world only")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "symbiosis_shock")
    options = parser.parse_args(arguments)
    rows = []
    for kind in [one for one in KINDS if one.name in (options.kinds or [one.name])]:
        store = Store(options.folder / f"{kind.name.replace(' ', '_')}.jsonl", {"kind": asdict(kind), "seed": SEED})
        tasks = {k: Task(kind, k) for k in range(options.worlds or kind.worlds)}
        rows.append(summary(kind, collect(store, run, tasks, options.processes)))
    text = report(rows)
    print(text)
    if not options.worlds:  # kinds left out are left out of the results too
        about = {"seed": SEED, "python": platform.python_version(), "numpy": np.__version__}
        (RESULTS / "symbiosis_shock.json").write_text(json.dumps({"about": about, "rows": rows}, indent=1) + "\n")
        (RESULTS / "symbiosis_shock.md").write_text(text + "\n")
    return rows


if __name__ == "__main__":
    main()
