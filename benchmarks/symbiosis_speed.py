"""Fits and scenarios of two poles, side by side with loops over scipy that do the same.

Run: python benchmarks/symbiosis_speed.py [--rounds 5] [--fits 20] [--solves 100]
Writes benchmarks/results/symbiosis_speed.json and .md. One thread each. Times are CPU seconds; the two programs take
turns within every round, a ratio is taken within its round, and the table shows the middle ratio and its range.

    fits        1 000 regions, two poles, 20 years, 3 % noise. The loop: scipy.optimize.least_squares over
                scipy.integrate.solve_ivp (RK45, rtol 1e-6, as exact as our fixed step), the same three starts, the
                same priors, the same turns of noise and mode. It is timed on --fits regions a round, other ones in
                each round, and scaled.
    scenarios   100 000 scenarios of 50 years. The loop: solve_ivp (RK45, rtol 1e-6) with yearly output, timed on
                --solves scenarios a round and scaled.

"warm": compiled and in memory. "fresh process": a new Python process with compiled code on disk, all its CPU time from
before its first import to its end, beside the warm loop of scipy (whose imports are not counted).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
REGIONS, YEARS, NOISE = 1_000, 20, 0.03
SCENARIOS, HORIZON = 100_000, 50
RTOL, ATOL = 1e-6, 1e-9
Array = np.ndarray


def worlds(random: np.random.Generator, many: int) -> tuple[Array, Array, Array, Array]:
    """Starts, rates, capacities and effects of two poles in so many worlds; the generator of the recovery table."""
    rate = np.exp(random.normal(np.log(0.2), 0.35, (many, 2)))
    capacity = np.exp(random.normal(np.log(100.0), 0.5, (many, 2)))
    b = random.choice([-1.0, 1.0], (many, 2, 2)) * random.uniform(0.1, 0.6, (many, 2, 2))
    b = np.where(random.random((many, 2, 2)) < 0.3, 0.0, b)
    b[:, [0, 1], [0, 1]] = 0.0
    return np.log(capacity * random.uniform(0.03, 0.35, (many, 2))), rate, capacity, b


def panel(random: np.random.Generator) -> tuple[Array, Array]:
    """Times and noisy log scales (region, time, pole)."""
    from coevolve.engine.growth import paths

    logs = paths(*worlds(random, REGIONS), np.ones(YEARS - 1))
    return np.arange(float(YEARS)), logs + NOISE * random.standard_normal(logs.shape)


def solved(unknowns: Array, times: Array) -> Array:
    """Log scales (time, pole) by solve_ivp; unknowns in the order of engine/growth_batch.py."""
    from scipy.integrate import solve_ivp

    start, rate, log_capacity = unknowns[:2], np.exp(unknowns[2:4]), unknowns[4:6]
    matrix = np.array([[1.0, unknowns[6]], [unknowns[7], 1.0]])
    found = solve_ivp(
        lambda t, w: rate * (1.0 - matrix @ np.exp(w)),
        (times[0], times[-1]),
        start - log_capacity,
        t_eval=times,
        rtol=RTOL,
        atol=ATOL,
    )
    return found.y.T + log_capacity if found.success else np.full((len(times), 2), 1e3)


def fit_by_scipy(times: Array, logs: Array, starts: Array, sigma: Array, centre: Array, spread: Array) -> tuple:
    """One region by the loop: unknowns, cost and noise; best of the starts, then noise and mode in turn."""
    from scipy.optimize import least_squares

    from coevolve.engine.growth_one import TAIL

    def misses(unknowns: Array, sigma: Array) -> Array:
        far = (unknowns - centre) / spread
        far[6:] = np.sign(far[6:]) * np.sqrt((TAIL + 1.0) * np.log1p(far[6:] ** 2 / TAIL))
        return np.concatenate([((solved(unknowns, times) - logs) / sigma).ravel(), far])

    tries = [least_squares(misses, start, args=(sigma,), ftol=1e-4, x_scale=1.0) for start in starts]
    found = min(tries, key=lambda one: one.cost)
    for _ in range(40):
        found = least_squares(misses, found.x, args=(sigma,), ftol=1e-9, xtol=1e-9, gtol=1e-9)
        jacobian = found.jac.copy()
        covariance = np.linalg.inv(jacobian.T @ jacobian)
        used = np.einsum("ka,ab,kb->k", jacobian[: 2 * len(times)], covariance, jacobian[: 2 * len(times)])
        free = len(times) - used.reshape(-1, 2).sum(axis=0)
        fresh = np.sqrt(((found.fun[: 2 * len(times)].reshape(-1, 2) * sigma) ** 2).sum(axis=0) / free)
        still = bool((np.abs(np.log(fresh / sigma)) < 0.01).all())
        if still:
            break
        sigma = fresh
    return found.x, found.cost, sigma


def cost_at(unknowns: Array, times: Array, logs: Array, sigma: Array, centre: Array, spread: Array) -> float:
    """Minus the log density, by our path, so that two optima are compared by one yardstick."""
    from coevolve.engine.growth import paths
    from coevolve.engine.growth_one import TAIL

    b = np.array([[[0.0, unknowns[6]], [unknowns[7], 0.0]]])
    made = paths(unknowns[None, :2], np.exp(unknowns[None, 2:4]), np.exp(unknowns[None, 4:6]), b, np.diff(times))[0]
    far = (unknowns - centre) / spread
    prior = 0.5 * (far[:6] ** 2).sum() + 0.5 * (TAIL + 1.0) * np.log1p(far[6:] ** 2 / TAIL).sum()
    return float(0.5 * (((made - logs) / sigma) ** 2).sum() + prior)


def fits(rounds: int, each: int) -> dict[str, object]:
    """Rounds of both programs on the same regions, and how far their optima are apart."""
    from coevolve.engine import growth_batch as ours
    from coevolve.engine.growth_fit import Problem

    times, logs = panel(np.random.default_rng(3))
    problem = Problem.of(times, logs, with_states=False, is_partial=False, has_years=False)
    centre, spread = ours.priors(problem, problem.filled())
    begins, rough = ours.starts(problem, problem.filled()), ours.roughness(times, problem.filled())
    ours.fit_batch(times, logs)
    seconds: list[float] = []
    theirs: list[float] = []
    apart: list[tuple[float, float]] = []
    for turn in range(rounds):
        begin = time.process_time()
        batch = ours.fit_batch(times, logs)
        seconds.append(time.process_time() - begin)
        chosen = range(turn * each, (turn + 1) * each)
        begin = time.process_time()
        loop = [fit_by_scipy(times, logs[r], begins[r], rough[r], centre[r], spread) for r in chosen]
        theirs.append((time.process_time() - begin) * REGIONS / each)
        for r, (unknowns, _, _) in zip(chosen, loop, strict=True):
            costs = [cost_at(x, times, logs[r], batch.sigma[r], centre[r], spread) for x in (batch.mode[r], unknowns)]
            apart.append((costs[0] - costs[1], float(np.abs(batch.mode[r] - unknowns)[2:].max())))
    differences = np.array(apart)
    return {
        **timed(seconds, theirs),
        "compared": len(apart),
        "our_cost_above": float(differences[:, 0].max()),
        "cost_apart": float(np.quantile(np.abs(differences[:, 0]), 0.95)),
        "cost_apart_largest": float(np.abs(differences[:, 0]).max()),
        "unknowns_apart": float(np.quantile(differences[:, 1], 0.95)),
        "unknowns_apart_largest": float(differences[:, 1].max()),
        "settled": float(batch.settled.mean()),
    }


def scenarios(rounds: int, each: int) -> dict[str, object]:
    """Rounds of both programs on the same scenarios, and how far their paths are apart."""
    from coevolve.engine.growth import paths

    start, rate, capacity, b = worlds(np.random.default_rng(4), SCENARIOS)
    rate = np.minimum(rate, 0.35)
    spans, times = np.ones(HORIZON), np.arange(HORIZON + 1.0)
    unknowns = np.concatenate([start, np.log(rate), np.log(capacity), b[:, [0, 1], [1, 0]]], axis=1)
    paths(start, rate, capacity, b, spans)
    seconds: list[float] = []
    theirs: list[float] = []
    apart = theirs_apart = 0.0
    for turn in range(rounds):
        begin = time.process_time()
        made = paths(start, rate, capacity, b, spans)
        seconds.append(time.process_time() - begin)
        chosen = range(turn * each, (turn + 1) * each)
        begin = time.process_time()
        loop = [solved(unknowns[k], times) for k in chosen]
        theirs.append((time.process_time() - begin) * SCENARIOS / each)
        true = [exact(unknowns[k], times) for k in chosen]
        apart = max(apart, float(np.abs(np.array(true) - made[chosen.start : chosen.stop]).max()))
        theirs_apart = max(theirs_apart, float(np.abs(np.array(true) - np.array(loop)).max()))
    return {
        **timed(seconds, theirs),
        "compared": rounds * each,
        "apart_from_dop853": apart,
        "scipy_apart_from_dop853": theirs_apart,
    }


def exact(unknowns: Array, times: Array) -> Array:
    """The same path by DOP853 at rtol 1e-11."""
    from scipy.integrate import solve_ivp

    matrix = np.array([[1.0, unknowns[6]], [unknowns[7], 1.0]])
    rate = np.exp(unknowns[2:4])
    found = solve_ivp(
        lambda t, w: rate * (1.0 - matrix @ np.exp(w)),
        (times[0], times[-1]),
        unknowns[:2] - unknowns[4:6],
        t_eval=times,
        method="DOP853",
        rtol=1e-11,
        atol=1e-12,
    )
    return found.y.T + unknowns[4:6]


def timed(ours: list[float], theirs: list[float]) -> dict[str, object]:
    """Middle seconds and middle ratio with its range."""
    ratios = np.array(theirs) / np.array(ours)
    return {
        "seconds": float(np.median(ours)),
        "seconds_scipy": float(np.median(theirs)),
        "ratio": float(np.median(ratios)),
        "ratio_lo": float(ratios.min()),
        "ratio_hi": float(ratios.max()),
    }


def fresh(what: str, rounds: int) -> list[float]:
    """CPU seconds of new processes that import coevolve and do the task once, compiled code on disk."""
    code = (
        "import time, sys; begin = time.process_time(); sys.path.insert(0, sys.argv[1])\n"
        "import numpy as np, symbiosis_speed as bench\n"
        f"bench.once({what!r})\n"
        "print(time.process_time() - begin)"
    )
    run = [sys.executable, "-c", code, str(Path(__file__).parent)]
    return [float(subprocess.run(run, check=True, capture_output=True, text=True).stdout) for _ in range(rounds)]


def once(what: str) -> None:
    """One task from nothing: data, then fits or scenarios."""
    from coevolve.engine.growth import paths

    if what == "fits":
        from coevolve.engine.growth_batch import fit_batch

        fit_batch(*panel(np.random.default_rng(3)))
    else:
        paths(*worlds(np.random.default_rng(4), SCENARIOS), np.ones(HORIZON))


def written(results: dict[str, dict[str, object]]) -> str:
    """The results as a Markdown table."""
    lines = [
        "| task | state | our CPU seconds | scipy loop, scaled | times faster (range) | goal |",
        "|---|---|---|---|---|---|",
    ]
    for task, one in results.items():
        for state, goals in (("warm", {"fits": 250, "scenarios": 1000}), ("fresh process", {"fits": 50})):
            row: dict[str, float] = one[state]  # type: ignore[assignment]
            goal = goals.get(task)
            lines.append(
                f"| {one['task']} | {state} | {row['seconds']:.3g} | {row['seconds_scipy']:.0f} | "
                f"{row['ratio']:.0f} ({row['ratio_lo']:.0f} to {row['ratio_hi']:.0f}) | "
                f"{'' if goal is None else f'at least {goal}'} |"
            )
    fit, scenario = results["fits"]["warm"], results["scenarios"]["warm"]
    lines += [
        "",
        f"Same answers: over {fit['compared']} regions the two optima differ in cost by {fit['cost_apart']:.0e} (95 %; "  # type: ignore[index]
        f"at most {fit['cost_apart_largest']:.0e}, and ours lies above by at most {fit['our_cost_above']:.0e}) and in "  # type: ignore[index]
        f"log rate, log capacity and b by {fit['unknowns_apart']:.0e} (95 %; at most "  # type: ignore[index]
        f"{fit['unknowns_apart_largest']:.0e}); {100 * fit['settled']:.1f} % of the fits settled. "  # type: ignore[index]
        f"Paths of {scenario['compared']} scenarios differ from DOP853 (rtol 1e-11) by at most "  # type: ignore[index]
        f"{scenario['apart_from_dop853']:.0e} in logs, those of the timed loop by "  # type: ignore[index]
        f"{scenario['scipy_apart_from_dop853']:.0e}.",  # type: ignore[index]
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure all and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fits", type=int, default=20)
    parser.add_argument("--solves", type=int, default=100)
    asked = parser.parse_args()
    warm = {"fits": fits(asked.rounds, asked.fits), "scenarios": scenarios(asked.rounds, asked.solves)}
    names = {"fits": "1 000 fits of two poles, 20 years", "scenarios": "100 000 scenarios of two poles, 50 years"}
    results: dict[str, dict[str, object]] = {}
    for task, found in warm.items():
        loop = float(found["seconds_scipy"])  # type: ignore[arg-type]
        fresh(task, 1)
        cold = timed(fresh(task, asked.rounds), [loop] * asked.rounds)
        results[task] = {"task": names[task], "warm": found, "fresh process": cold}
    versions = {one: version(one) for one in ("numpy", "scipy", "numba")}
    out = ROOT / "benchmarks" / "results"
    text = json.dumps({"rounds": asked.rounds, "versions": versions, "results": results}, indent=1)
    (out / "symbiosis_speed.json").write_text(text + "\n", encoding="utf-8")
    said = ", ".join(f"{name} {number}" for name, number in versions.items())
    head = (
        f"# Symbiosis: speed beside scipy\n\nOne thread, {asked.rounds} rounds, CPU time; {said}. "
        f"scipy is timed on {asked.fits} fits and {asked.solves} scenarios a round and scaled. "
        "`benchmarks/symbiosis_speed.py` writes this.\n\n"
    )
    (out / "symbiosis_speed.md").write_text(head + written(results), encoding="utf-8")
    print(written(results))


if __name__ == "__main__":
    main()
