"""Do intervals of `symbiosis` hold the truth as often as they say? Many worlds with a known truth, fitted blind.

    python benchmarks/symbiosis_calibration.py                       every kind of world, both fits, figures written
    python benchmarks/symbiosis_calibration.py --worlds 20 --cells 1x20x2 --fits laplace       some of it; not written
    python benchmarks/symbiosis_calibration.py --read                only the tables of what is stored

Each world is stored as it is made (json lines in `--folder`), so a run can be broken off and taken up again, and
asking for more worlds adds to those that are there. World k of a kind is the same whatever the number of processes.
Use a new folder after a change of the fit: stored worlds are not made again.

Three parts: **made** worlds (coverage of intervals, signs, claimed relations); the same with a shock common to all
regions; **prior** worlds, whose truths are drawn from the prior of the fit: simulation-based calibration (Talts et al.
2018), where ranks of the truth among draws must be uniform. A prior world whose observed series span more than four
log units is drawn anew; as the rule looks at what is observed only, ranks stay uniform if the fit is right.
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
from calibration_density import identities, verdict
from calibration_fits import DRAWS, FITS
from calibration_scores import score, summary
from calibration_store import Record, Store, collect, digest
from calibration_worlds import CELLS, Cell, Priors, make
from threadpoolctl import threadpool_limits

from coevolve.inquiry.key import Key

RESULTS = Path(__file__).parent / "results"
SEED = 11
WORLDS = {"laplace": 200, "chains": 100}
FEW = 20  # worlds below which nothing is said of a goal


@dataclass(frozen=True)
class Task:
    """World `k` of a cell, to be made and fitted."""

    cell: Cell
    fit: str
    k: int
    seed: int = SEED
    draws: int = DRAWS


def run(task: Task) -> Record:
    """Makes the world, fits it, and scores it against its truth; a fit that fails is a record of its own."""
    cell, key = task.cell, Key.of(task.seed, task.cell.name).child(str(task.k))
    priors = Priors.of_the_fit(task.fit, cell.regions)
    world = make(cell, key.child("world"), priors)
    start = time.process_time()
    with threadpool_limits(1):
        try:
            draws = FITS[task.fit](
                world.times,
                world.logs,
                noise=cell.noise,
                pooling=cell.pooling,
                years=cell.has_years,
                key=key.child(task.fit),
                draws=task.draws,
                priors=priors if cell.is_prior else None,
            )
        except (ArithmeticError, ValueError, np.linalg.LinAlgError) as error:
            return {"k": task.k, "failed": f"{type(error).__name__}: {error}"}
    seconds = time.process_time() - start
    return {"k": task.k, "seconds": round(seconds, 3), **score(world, draws, task.k, cell.is_prior)}


def store_of(folder: Path, cell: Cell, fit: str, seed: int, draws: int = DRAWS) -> Store:
    """Where the worlds of a cell and fit are kept."""
    head: dict[str, Any] = {"cell": cell.settings, "fit": fit, "seed": seed, "draws": draws}
    if cell.is_prior:
        head["priors"] = asdict(Priors.of_the_fit(fit, cell.regions))
    return Store(folder / f"{fit}-{cell.name}.jsonl", head)


def _share(value: Sequence[float], digits: int = 2) -> str:
    return f"{value[0]:.{digits}f} ({value[1]:.{digits}f}–{value[2]:.{digits}f})" if value[3] else "–"


COLUMNS = {
    "kind": lambda s: s["cell"],
    "fit": lambda s: s["fit"],
    "worlds": lambda s: s["worlds"],
    "b held": lambda s: f"{_share(s['coverage_b'])} of {s['coverage_b'][3]}",
    "regional b": lambda s: _share(s["coverage_regional_b"]),
    "R held": lambda s: _share(s["coverage_rate"]),
    "N held": lambda s: _share(s["coverage_capacity"]),
    "median error of b": lambda s: f"{s['median_error_b']:.3f}",
    "bias of b": lambda s: f"{s['bias_b']:+.3f}",
}
MORE = {
    "kind": lambda s: s["cell"],
    "fit": lambda s: s["fit"],
    "certain in sign": lambda s: _share(s["decisive"]),
    "of these right": lambda s: _share(s["decisive_right"]),
    "certain and wrong": lambda s: f"{s['wrong_sign'][0]:.3f}",
    "zeros said not to be": lambda s: _share(s["false_effect"]),
    "relation claimed": lambda s: _share(s["claimed"]),
    "of these wrong": lambda s: _share(s["claimed_wrong"]),
    "settled": lambda s: f"{s['trusted']:.2f}",
    "seconds": lambda s: f"{s['seconds']:.1f}",
}


def table(columns: dict[str, Any], rows: Sequence[dict[str, Any]]) -> list[str]:
    """Rows of a markdown table."""
    head = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    return head + ["| " + " | ".join(str(read(row)) for read in columns.values()) + " |" for row in rows]


def _ranks(rows: Sequence[dict[str, Any]]) -> list[str]:
    lines = [
        "| kind | fit | worlds | of what | chi-square p | distribution p | mean rank | spread of ranks / uniform |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        for name, one in row.get("ranks", {}).items():
            lines.append(
                f"| {row['cell']} | {row['fit']} | {row['worlds']} | {name} | {one['chi2_p']:.3f} "
                f"| {one['ecdf_p']:.3f} | {one['mean']:.3f} | {one['sd_ratio']:.3f} |"
            )
    return lines


def _densities(found: Sequence[dict[str, Any]]) -> list[str]:
    lines = [
        "| kind | worlds | means tried | farthest from its value | in standard errors | p |",
        "|---|---|---|---|---|---|",
    ]
    for one in found:
        cells = (one["cell"], one["worlds"], one["tried"], one["worst"], one["z"], f"{one['p']:.2f}")
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return lines


def _goals(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Figures beside their goals; `missed` where the whole 95 % range lies outside."""
    lines = ["| kind | fit | what | figure | goal | |", "|---|---|---|---|---|---|"]
    for row in [row for row in rows if row["worlds"] >= FEW]:
        calibrated = [("coverage_b", 0.86, 0.94)] if "-smooth" not in row["cell"] else []
        if row["cell"] == "30x20x2-counted":
            calibrated += [("decisive", 0.75, 1.0), ("decisive_right", 0.98, 1.0)]
            lines.append(
                f"| {row['cell']} | {row['fit']} | median error of b | {row['median_error_b']:.3f} | at most .05 "
                f"| {'met' if row['median_error_b'] <= 0.05 else 'missed'} |"
            )
        if row["cell"] == "30x10x2-counted":
            calibrated = [("coverage_b", 0.85, 1.0)]
        for name, low, high in [*calibrated, ("wrong_sign", 0.0, 0.02)]:
            lines.append(
                f"| {row['cell']} | {row['fit']} | {WORDS[name]} | {_share(row[name], 3)} | {low:g} to {high:g} "
                f"| {_met(row[name], low, high)} |"
            )
    return lines


WORDS = {
    "coverage_b": "90 % intervals of b hold",
    "decisive": "effects beyond .1 certain in sign",
    "decisive_right": "of these right",
    "wrong_sign": "certain of the wrong sign",
}


def _met(value: Sequence[float], low: float, high: float) -> str:
    inside = low <= round(value[0], 3) <= high
    if inside:
        return "met" if value[1] >= low and value[2] <= high else "met, within chance"
    return "missed" if value[2] < low or value[1] > high else "missed, within chance"


def report(rows: Sequence[dict[str, Any]], densities: Sequence[dict[str, Any]]) -> str:
    """The tables, as markdown."""
    made = [row for row in rows if "ranks" not in row]
    prior = [row for row in rows if "ranks" in row]
    tests = [one["chi2_p"] for row in prior for one in row["ranks"].values()]
    lines = [
        "# Symbiosis: do 90 % intervals hold the truth?",
        "",
        "Made by `benchmarks/symbiosis_calibration.py`. Kinds are named regions x years x poles. Sds on log scale:",
        "counted: counting .03; growing: counting .005, growth .05 a root year; both: .03 and .03 (one region), .02",
        "and .02 (panels); shock: the same and a yearly shock of .03 common to all regions, strong: of .06; exact:",
        "counting .01; noisy: counting .10; differ: counting .03, and b differs between regions by .15. Ranges are 95",
        "% intervals over worlds. `certain in sign`: of effects beyond .1, the share whose interval leaves out zero.",
        "",
        "## Made worlds",
        "",
        *table(COLUMNS, made),
        "",
        *table(MORE, made),
        "",
        "## Figures beside their goals",
        "",
        "`within chance`: the goal's edge lies inside the 95 % range over worlds. Kinds with fewer than "
        f"{FEW} worlds are left out.",
        "",
        *_goals(made),
        "",
        "## Truths drawn from the prior: ranks among 99 draws",
        "",
        *table(COLUMNS, prior),
        "",
        *_ranks(prior),
        "",
        f"{len(tests)} chi-square tests, {sum(p < 0.01 for p in tests)} of them below .01.",
        "",
        "## The density that chains draw from, at the truths",
        "",
        "Means of its slope and of slope times unknown, which must be 0 and -1 if it is the density of the worlds.",
        "",
        *_densities(densities),
    ]
    return "\n".join(lines)


def chosen(names: Sequence[str]) -> list[Cell]:
    """Cells whose name begins with one of `names` (all when none is given), cheapest first."""
    found = [cell for name, cell in CELLS.items() if not names or any(name.startswith(one) for one in names)]
    if not found:
        raise SystemExit(f"no kind of world begins with {' or '.join(names)}; there are {', '.join(CELLS)}.")
    return sorted(found, key=lambda cell: (cell.regions * cell.years * cell.poles**2, cell.name))


def main(arguments: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Run, print, and keep the figures of a full run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fits", nargs="+", choices=sorted(FITS), default=sorted(FITS))
    parser.add_argument("--cells", nargs="+", default=[], help="beginnings of names")
    parser.add_argument("--worlds", type=int, help=f"of each kind; {WORLDS} when left out")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--draws", type=int, default=DRAWS, help="of the chains together")
    parser.add_argument("--densities", type=int, default=2000, help="worlds of each kind at which the density is tried")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "symbiosis_calibration")
    parser.add_argument("--read", action="store_true", help="make nothing: tables of what is stored, and write them")
    options = parser.parse_args(arguments)
    rows = []
    for cell in chosen(options.cells):
        for fit in options.fits:
            draws = options.draws if fit == "chains" else DRAWS
            store = store_of(options.folder, cell, fit, options.seed, draws)
            if options.read:
                there = store.read()
                records = [there[k] for k in sorted(there)]
            else:
                wanted = options.worlds or WORLDS[fit]
                tasks = {k: Task(cell, fit, k, options.seed, draws) for k in range(wanted)}
                records = collect(store, run, tasks, options.processes)
            if any("failed" not in one for one in records):
                rows.append({"cell": cell.name, "fit": fit, "digest": digest(records), **summary(records)})
                print(f"{cell.name} {fit}: b held {_share(rows[-1]['coverage_b'])}", flush=True)
    densities = [
        {"cell": cell.name, "worlds": options.densities, **verdict(identities(cell, options.densities, options.seed))}
        for cell in chosen(options.cells)
        if cell.is_prior and options.densities
    ]
    text = report(rows, densities)
    print(text)
    if options.read or not (options.cells or options.worlds):
        about = {
            "seed": options.seed,
            "draws": options.draws,
            "python": platform.python_version(),
            "numpy": np.__version__,
        }
        (RESULTS / "symbiosis_calibration.json").write_text(
            json.dumps({"about": about, "rows": rows, "densities": densities}, indent=1) + "\n"
        )
        (RESULTS / "symbiosis_calibration.md").write_text(text + "\n")
    return rows


if __name__ == "__main__":
    main()
