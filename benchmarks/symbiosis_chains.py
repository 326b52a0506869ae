"""Chains of `symbiosis` on panels of more and more regions: time, and whether the chains agree.

    python benchmarks/symbiosis_chains.py                        every size, figures written
    python benchmarks/symbiosis_chains.py --regions 12 30        some, only printed

One made world a size: two poles, 20 years, counting noise of 2 %, growth noise of 2 % and a yearly shock of 3 % common
to all regions. Two chains side by side, one process each, as a study draws them. Seconds are of CPU (search and
pilots, then each chain) and of the wall. `r_hat` and effective draws are the worst over all unknowns and over b alone.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from calibration_density import growing
from calibration_worlds import Cell, Priors, World, make
from threadpoolctl import threadpool_limits

from coevolve.engine.growth_crowding import Coordinates
from coevolve.engine.growth_panel import Growing
from coevolve.engine.growth_sample import Prepared, draw_chain, prepare
from coevolve.engine.growth_target import Target
from coevolve.engine.nuts import Chain, effective_draws, r_hat
from coevolve.inquiry.key import Key

RESULTS = Path(__file__).parent / "results"
SIZES = {12: 1000, 30: 1000, 100: 1000, 1000: 200}  # regions: draws of both chains together
CHAINS, SEED = 2, 17


def panel(regions: int) -> tuple[Growing, World]:
    """The made world of this size, as chains see it."""
    cell = Cell(f"{regions}x20x2", regions, 20, 2, 0.02, 0.02, 0.03)
    world = make(cell, Key.of(SEED, cell.name), Priors.of_the_fit("chains", regions))
    return growing(world.times, world.logs, cell.noise, cell.pooling, cell.has_years, None), world


def drawn(regions: int, prepared: Prepared, draws: int, chain: int) -> tuple[Chain, float]:
    """One chain and its CPU seconds."""
    with threadpool_limits(1):
        found = panel(regions)[0]
        start = time.process_time()
        made = draw_chain(found, prepared, Key.of(SEED, f"chain {chain}").numpy(), draws=draws)
    return made, time.process_time() - start


def measured(regions: int, draws: int) -> dict[str, Any]:
    """Time and agreement of one size."""
    found, world = panel(regions)
    begun, start = time.perf_counter(), time.process_time()
    with threadpool_limits(1):
        prepared = prepare(found, Key.of(SEED, "pilot").numpy())
    search = time.process_time() - start
    with ProcessPoolExecutor(CHAINS) as pool:
        jobs = [pool.submit(drawn, regions, prepared, draws // CHAINS, k) for k in range(CHAINS)]
        chains, seconds = zip(*[job.result() for job in jobs], strict=True)
    wall = time.perf_counter() - begun
    coordinates = Coordinates.of(Target.of(found))
    parts = [np.array([coordinates.unknowns(prepared.arrow.unknowns(z)) for z in one.draws]) for one in chains]
    apart, worth, b = r_hat(parts), effective_draws(parts), coordinates.target.places.shared["b"]
    each = np.concatenate(parts)[:, b]
    return {
        "regions": regions,
        "draws": draws,
        "search_cpu": round(search, 1),
        "chain_cpu": [round(one, 1) for one in seconds],
        "wall": round(wall, 1),
        "evaluations_a_sweep": round(float(np.mean([one.steps for one in chains])), 1),
        "r_hat": round(float(np.nanmax(apart)), 3),
        "r_hat_b": round(float(apart[b].max()), 3),
        "r_hat_above_1.05": round(float((apart > 1.05).mean()), 4),
        "effective": round(float(np.nanmin(worth))),
        "effective_b": round(float(worth[b].min())),
        "b": [[round(float(x), 3) for x in np.quantile(column, (0.05, 0.5, 0.95))] for column in each.T],
        "true_b": [round(float(x), 3) for x in world.mean_b[found.off]],
    }


def report(rows: list[dict[str, Any]]) -> str:
    """The table, as markdown."""
    lines = [
        "# Chains on panels of more and more regions",
        "",
        "Made by `benchmarks/symbiosis_chains.py`: two poles, 20 years, counting 2 %, growth 2 %, a common yearly",
        "shock of 3 %; two chains side by side. CPU seconds of search and pilots, and of each chain; worst r-hat and",
        "fewest effective draws over all unknowns (thousands, for many regions) and over the shared b.",
        "",
        "| regions | draws | search | chains | wall | r-hat | of b | unknowns above 1.05 | effective draws | of b | "
        "b, 90 % (true) |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        said = "; ".join(
            f"{middle:.2f}, {lo:.2f} to {hi:.2f} ({true:.2f})"
            for (lo, middle, hi), true in zip(row["b"], row["true_b"], strict=True)
        )
        lines.append(
            f"| {row['regions']} | {row['draws']} | {row['search_cpu']:.0f} "
            f"| {' and '.join(f'{one:.0f}' for one in row['chain_cpu'])} | {row['wall']:.0f} | {row['r_hat']:.2f} "
            f"| {row['r_hat_b']:.3f} | {row['r_hat_above_1.05']:.1%} | {row['effective']} | {row['effective_b']} "
            f"| {said} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and keep the figures of a full run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regions", type=int, nargs="+", choices=sorted(SIZES), default=sorted(SIZES))
    asked = parser.parse_args()
    rows = []
    for regions in asked.regions:
        rows.append(measured(regions, SIZES[regions]))
        print(json.dumps(rows[-1]), flush=True)
    print(report(rows))
    if asked.regions == sorted(SIZES):
        about = {"seed": SEED, "python": platform.python_version(), "numpy": np.__version__}
        (RESULTS / "symbiosis_chains.json").write_text(json.dumps({"about": about, "rows": rows}, indent=1) + "\n")
        (RESULTS / "symbiosis_chains.md").write_text(report(rows))


if __name__ == "__main__":
    main()
