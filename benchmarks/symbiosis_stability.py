"""Equilibria, certificates and bounds of the symbiosis equations on made communities, and how long they take.

    python benchmarks/symbiosis_stability.py        writes benchmarks/results/symbiosis_stability.json and .md

Every row counts agreement between two ways to the same answer: Lemke's algorithm against the enumeration of all 2^n
equilibria where weights certify global stability; enumeration against integration by an independent program (LSODA,
DOP853 of scipy) where there are several futures, and where rates decide; verdicts on bounds against paths. Times are
processor seconds of one thread; the enumeration is interleaved with a plain numpy loop over supports.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from threadpoolctl import threadpool_limits

from coevolve.engine.attractors import search
from coevolve.engine.boundedness import bounds
from coevolve.engine.certificates import global_stability
from coevolve.engine.complementarity import SOLVED, saturated
from coevolve.engine.equilibria import balanced_shares, eigenvalues, equilibria, supports
from coevolve.engine.growth import interaction

RESULTS = Path(__file__).parent / "results"
Array = NDArray[np.float64]
Row = dict[str, object]
TURNS = 15
PATHS = 150  # from random starts, to find stable rests by growing
STARTS = 4  # from which a runaway is looked for
REPEATS = 100  # of Lemke's algorithm in one turn


def communities(name: str, draws: int, poles: int, low: float, high: float) -> tuple[Array, Array]:
    """Effects uniform between two ends, rates uniform between .05 and .5: (draw, n, n), (draw, n)."""
    random = np.random.default_rng([sum(name.encode()), poles])
    b = random.uniform(low, high, (draws, poles, poles))
    b[:, np.arange(poles), np.arange(poles)] = 0.0
    return b, random.uniform(0.05, 0.5, (draws, poles))


def certified(draws: int) -> Iterator[Row]:
    """Where weights certify global stability: is the solution of Lemke the only stable equilibrium?"""
    for poles in (2, 3, 4, 5, 6, 7, 8, 12):
        size = draws if poles <= 8 else max(1, draws // 4)
        b, rate = communities("certified", size, poles, -1.5 / poles**0.5, 1.8 / poles**0.5)
        answers = np.array([global_stability(one).answer for one in b])
        shares, ended = saturated(b)
        found = equilibria(b, rate)
        yes = np.flatnonzero(answers == "yes")
        same = sum(
            ended[k] == SOLVED
            and found.is_stable[k].sum() == 1
            and np.allclose(found.shares[k][found.is_stable[k]][0], shares[k], rtol=1e-8, atol=1e-10)
            for k in yes
        )
        yield {
            "poles": poles,
            "draws": size,
            "certified": len(yes),
            "lemke_is_the_only_stable": int(same),
            "no_weights": int((answers == "no").sum()),
            "not_decided": int((answers == "not decided").sum()),
        }


def rivals(draws: int) -> Iterator[Row]:
    """Competitive communities: how often is what Lemke finds not stable, and how many futures are there?"""
    for poles, low, high in ((4, 0.0, 1.5), (6, 0.0, 1.5), (6, 0.5, 2.0), (10, 0.0, 1.5)):
        b, rate = communities("rivals", draws, poles, low, high)
        shares, ended = saturated(b)
        found = equilibria(b, rate)
        unstable = sum(eigenvalues(b[k], rate[k], shares[k]).real.max() >= 0 for k in range(draws))
        count = found.is_stable.sum(axis=1)
        yield {
            "poles": poles,
            "b": f"{low:g} to {high:g}",
            "draws": draws,
            "lemke_solved": int((ended == SOLVED).sum()),
            "lemke_unstable": int(unstable),
            "several_futures": int((count > 1).sum()),
            "none_stable": int((count == 0).sum()),
            "most_futures": int(count.max()),
        }


def returns(b: Array, rate: Array, rest: Array, span: float) -> bool:
    """Whether a path that begins close to a rest ends there, by LSODA; it is left once it is a tenth away."""
    start = np.log(np.maximum(rest, 1e-4)) + 1e-4
    matrix = interaction(b)

    def away(_: float, u: Array) -> float:
        return float(np.abs(np.exp(u) - rest).max() - 0.1 * (1.0 + rest.max()))

    away.terminal = True  # type: ignore[attr-defined]
    found = solve_ivp(
        lambda _, u: rate * (1 - matrix @ np.exp(u)), (0, span), start, "LSODA", rtol=1e-9, atol=1e-10, events=away
    )
    return bool(found.status == 0 and np.abs(np.exp(found.y[:, -1]) - rest).max() < 1e-3)


def futures(draws: int) -> Iterator[Row]:
    """Several futures (b from .8 to 2.5): are all of them found, and is none found that is not there?"""
    for poles in (3, 5, 8, 10, 12):
        b, rate = communities("futures", draws, poles, 0.8, 2.5)
        found = equilibria(b, rate)
        row = {"poles": poles, "draws": draws, "stable": 0, "returned_to": 0, "too_slow": 0, "reached": 0, "foreign": 0}
        for k in range(draws):
            stable = found.present[found.is_stable[k]]
            listed = {tuple(one) for one in stable.tolist()}
            reached = {tuple(one) for one in search(b[k], rate[k], np.random.default_rng(k), PATHS).present.tolist()}
            row["stable"] += len(stable)
            row["reached"] += len(reached & listed)
            row["foreign"] += len(reached - listed)
            for rest in found.shares[k][found.is_stable[k]]:
                slowest = -float(eigenvalues(b[k], rate[k], rest).real.max())
                if slowest < 1e-3:
                    row["too_slow"] += 1
                else:
                    row["returned_to"] += returns(b[k], rate[k], rest, 30.0 / slowest)
        yield dict(row)


def decided_by_rates(draws: int) -> Iterator[Row]:
    """All poles together, stable for some rates and not for others: does integration agree each time?"""
    for poles in (3, 4, 5):
        b, _ = communities("rates", draws, poles, -1.5, 2.0)
        rates = 0.4 * np.random.default_rng(poles).dirichlet(np.ones(poles), 6) + 0.02
        stable = np.array([equilibria(b, np.broadcast_to(one, (draws, poles))).is_stable[:, -1] for one in rates])
        depends = np.flatnonzero(stable.any(axis=0) & ~stable.all(axis=0))[:30]
        agreed = compared = 0
        for k in depends:
            rest = np.linalg.solve(interaction(b[k]), np.ones(poles))
            for rate, is_stable in zip(rates, stable[:, k], strict=True):
                slowest = float(eigenvalues(b[k], rate, rest).real.max())
                if abs(slowest) < 1e-3:
                    continue
                compared += 1
                agreed += bool(is_stable) == returns(b[k], rate, rest, 20.0 / abs(slowest))
        yield {
            "poles": poles,
            "draws": draws,
            "communities_taken": len(depends),
            "pairs_of_b_and_rates": compared,
            "agreed": agreed,
        }


def runs_away(b: Array, rate: Array, random: np.random.Generator, starts: int) -> bool:
    """Whether a path from some start passes a million capacities, by LSODA."""
    matrix = interaction(b)

    def high(_: float, u: Array) -> float:
        return float(u.max() - np.log(1e6))

    high.terminal = True  # type: ignore[attr-defined]
    for _ in range(starts):
        start = random.normal(0.0, 1.5, len(rate))
        made = solve_ivp(
            lambda _, u: rate * (1 - matrix @ np.exp(np.minimum(u, 40.0))),
            (0, 2000),
            start,
            "LSODA",
            rtol=1e-6,
            events=high,
        )
        if made.status == 1:
            return True
    return False


def bounded(draws: int) -> Iterator[Row]:
    """Verdicts on bounds, against paths from a few random starts each."""
    for poles in (2, 3, 5, 8, 12):
        b, rate = communities("bounds", draws, poles, -2.6 / poles**0.5, 2.6 / poles**0.5)
        verdicts = [bounds(*one).verdict for one in zip(b, rate, strict=True)]
        away = [runs_away(b[k], rate[k], np.random.default_rng(k), STARTS) for k in range(draws)]
        row: Row = {"poles": poles, "draws": draws}
        for verdict in ("bounded", "unbounded", "not decided"):
            places = [k for k in range(draws) if verdicts[k] == verdict]
            row[verdict.replace(" ", "_")] = len(places)
            row[verdict.replace(" ", "_") + "_and_seen_to_run_away"] = sum(away[k] for k in places)
        yield row


def balanced(draws: int) -> Iterator[Row]:
    """Capacity that grows at g: shares of the balanced path against integration by DOP853."""
    for poles in (1, 2, 4, 8):
        b, rate = communities("balanced", draws, poles, -0.8 / poles, 1.0 / poles)
        rate = 0.2 + rate
        worst = 0.0
        for k in range(draws):
            growth = 0.01 + 0.04 * k / draws
            shares = balanced_shares(b[k], rate[k], growth)
            matrix, speed = interaction(b[k]), rate[k]
            made = solve_ivp(
                lambda _, u, m=matrix, r=speed, g=growth: r * (1 - m @ np.exp(u)) - g,
                (0, 1500),
                np.full(poles, -1.0),
                "DOP853",
                rtol=1e-12,
                atol=1e-13,
            )
            worst = max(worst, float(np.abs(np.exp(made.y[:, -1]) - shares).max()))
        yield {"poles": poles, "draws": draws, "largest_difference": worst}


def by_loop(b: Array, rate: Array) -> list[Array]:
    """Plain numpy: one support after the other, its shares, and the eigenvalues where it is feasible."""
    matrix = interaction(b)
    kept = []
    for present in supports(len(rate)):
        shares = np.zeros(len(rate))
        rows = np.flatnonzero(present)
        if len(rows):
            shares[rows] = np.linalg.solve(matrix[np.ix_(rows, rows)], np.ones(len(rows)))
        if (shares[rows] > 0).all():
            jacobian = -(rate * shares)[:, None] * matrix + np.diag(rate * (1 - matrix @ shares))
            kept.append(np.append(shares, np.linalg.eigvals(jacobian).real.max()))
    return kept


def by_engine(b: Array, rate: Array) -> list[Array]:
    """The same by the engine: all shares, and all eigenvalues of all feasible equilibria."""
    found = equilibria(b[None], rate[None])
    there = found.shares[0][found.is_feasible[0]]
    leading = eigenvalues(b, rate, there).real.max(axis=1)
    return list(np.column_stack([there, leading]))


def timed(make: Callable[[], object]) -> tuple[float, object]:
    """Processor seconds, and the result."""
    start = time.process_time()
    made = make()
    return time.process_time() - start, made


def spread(seconds: list[float]) -> list[float]:
    """Median, least and most, in milliseconds."""
    return [round(1e3 * value, 4) for value in (float(np.median(seconds)), min(seconds), max(seconds))]


def times() -> Iterator[Row]:
    """How long one matrix takes: whole enumeration beside the loop, Lemke, a certificate, a verdict on bounds."""
    for poles in (3, 5, 8, 10, 12, 20, 30):
        b, rate = communities("times", TURNS, poles, -0.6 / poles**0.5, 1.0 / poles**0.5)
        ours, loop, stable, lemke, weights, verdict = [], [], [], [], [], []
        largest = 0.0
        for k in range(TURNS):
            if poles <= 12:
                first, made = timed(partial(by_engine, b[k], rate[k]))
                second, plain = timed(partial(by_loop, b[k], rate[k]))
                ours.append(first)
                loop.append(second)
                assert len(made) == len(plain)  # type: ignore[arg-type]
                largest = max(largest, float(np.abs(np.array(made) - np.array(plain)).max()))
                stable.append(timed(partial(equilibria, b[k : k + 1], rate[k : k + 1]))[0])
            lemke.append(timed(partial(saturated, np.repeat(b[k : k + 1], REPEATS, axis=0)))[0] / REPEATS)
            weights.append(timed(partial(global_stability, 1.6 * b[k]))[0])
            verdict.append(timed(partial(bounds, 1.6 * b[k], rate[k]))[0])
        row: Row = {"poles": poles, "turns": TURNS, "lemke_ms": spread(lemke)}
        row |= {"certificate_ms": spread(weights), "bounds_ms": spread(verdict)}
        if poles <= 12:
            row |= {"enumeration_ms": spread(ours), "loop_ms": spread(loop), "stable_only_ms": spread(stable)}
            ratios = [theirs / max(mine, 1e-9) for mine, theirs in zip(ours, loop, strict=True)]
            row |= {"ratio": [round(float(f(ratios)), 1) for f in (np.median, np.min, np.max)]}
            row |= {"largest_difference": largest}
        yield row


TITLES = {
    "certified": "Where weights certify global stability, Lemke's solution is the only stable equilibrium",
    "rivals": "Competitive communities: Lemke's solution need not be stable",
    "futures": "Several futures (b from .8 to 2.5): stable equilibria of the enumeration against integration",
    "decided_by_rates": "Rates decide: all poles together, stable for some rates only (the first 30 such communities)",
    "bounded": "Bounds: verdicts against paths from four starts each",
    "balanced": "Capacity that grows: balanced path A z = 1 - g/R against DOP853",
    "times": "Milliseconds for one matrix: median, least, most",
}


def written(rows: dict[str, list[Row]]) -> str:
    """The results as Markdown."""
    lines = ["# Equilibria of the symbiosis equations: agreement and times", ""]
    lines += [
        f"Made communities, effects uniform, rates from .05 to .5. One thread, processor seconds, numpy "
        f"{np.__version__}, scipy {scipy.__version__}. `returned_to`: a path begun beside the rest comes back (LSODA); "
        "`too_slow`: its slowest rate is below .001 a period, not tried; `reached`: found by 150 paths from random "
        "starts; `foreign`: reached but not in the enumeration. `seen_to_run_away`: one of four paths passes 1e6 "
        "capacities. Certificates and bounds are timed on effects 1.6 times as large, so that some are searched.",
        "",
    ]
    for name, title in TITLES.items():
        columns = list(dict.fromkeys(column for row in rows[name] for column in row))
        lines += [f"## {title}", "", "| " + " | ".join(columns).replace("_", " ") + " |", "|---" * len(columns) + "|"]
        lines += ["| " + " | ".join(_said(row.get(column, "")) for column in columns) + " |" for row in rows[name]]
        lines.append("")
    return "\n".join(lines)


def _said(value: object) -> str:
    if isinstance(value, list):
        return f"{value[0]:.3g} ({value[1]:.3g} to {value[2]:.3g})"
    return f"{value:.2g}" if isinstance(value, float) else str(value)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=500, help="communities of the certified and the competitive sets")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    few = max(2, options.draws // 16)
    with threadpool_limits(1):
        list(certified(2))  # compiles
        rows = {
            "certified": list(certified(options.draws)),
            "rivals": list(rivals(options.draws)),
            "futures": list(futures(few)),
            "decided_by_rates": list(decided_by_rates(400 * few)),
            "bounded": list(bounded(2 * few)),
            "balanced": list(balanced(few)),
            "times": list(times()),
        }
    options.out.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}
    said = {"draws": options.draws, "machine": machine, "rows": rows}
    (options.out / "symbiosis_stability.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    (options.out / "symbiosis_stability.md").write_text(written(rows), encoding="utf-8")
    print(written(rows))


if __name__ == "__main__":
    main()
