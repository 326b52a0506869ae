"""How well rates, capacities and effects are found again, one region alone; and by four other ways on the same data.

Run: python benchmarks/symbiosis_recovery.py [--regions 1000] [--peers FOLDER]
Writes benchmarks/results/symbiosis_recovery.json and .md.

Truth of every region: R ~ LN(.2, .35) a year, N ~ LN(100, .5), b zero in 30 % of cases, else +-U(.1, .6) (times
sqrt(2 / (n - 1)) from four poles on), starts at 3 to 35 % of N, yearly values, lognormal errors of counting. Ours is
engine/growth_batch.py, with the same priors and settings in every cell.

The others see the same regions at T = 20, 5 %:

    least squares       the same path by scipy.optimize.least_squares with no priors, best of our three starts
    SINDy, degree 2     pysindy on x / mean: its SmoothedFiniteDifference, PolynomialLibrary(2, include_bias=False),
                        STLSQ(threshold=.01, alpha=.05); read from the terms x_i, x_i^2, x_i x_j of equation i
    SINDy, per head     the kindest that pysindy allows: its SmoothedFiniteDifference of log x on PolynomialLibrary(1),
                        which holds the growth equations exactly; same STLSQ
    grey, differences   grey Lotka-Volterra, levels as accumulated series: x(k) - x(k-1) on z, z^2, z z', with
                        z = (x(k) + x(k-1)) / 2; ordinary least squares
    grey, cumulated     the integral form: log x(k) - log x(0) on k and the cumulated means of x; ordinary least squares

An answer without positive rates and capacities is no answer; how many there are is said. RMSE of b is given twice:
over all regions as the algebra has it, and over a program's answers alone, which is in its favour (then beside ours
on the same regions). Estimates of b are clipped to +-5 for everyone. Where pysindy is not installed (nor found in
--peers, a folder filled by `pip install --target`) it is left out and the page says so.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from coevolve.engine.growth import paths
from coevolve.engine.growth_batch import draws, fit_batch, starts
from coevolve.engine.growth_fit import Problem

ROOT = Path(__file__).resolve().parents[1]
Array = NDArray[np.float64]
CELLS = [(2, 20, 0.01), (2, 40, 0.01), (2, 40, 0.05), (2, 20, 0.05), (2, 20, 0.03), (2, 10, 0.03)]
CELLS += [(3, 20, 0.01), (3, 40, 0.01), (3, 40, 0.03), (5, 20, 0.01), (5, 40, 0.01)]
GOALS = {(2, 20, 0.01): (0.025, 0.10, 0.10), (2, 40, 0.01): (0.012, 0.035, 0.035), (2, 40, 0.05): (0.05, 0.12, 0.13)}
PEERS_AT = (2, 20, 0.05)
CLIP = 5.0
Estimate = tuple[Array, Array, Array]  # rate, capacity, b of one region


@dataclass(frozen=True)
class World:
    """Noisy log scales (region, time, pole) and the truth behind them."""

    logs: Array
    rate: Array
    capacity: Array
    b: Array


def world(seed: int, regions: int, n: int, years: int, noise: float) -> World:
    """Regions of one cell."""
    random = np.random.default_rng([seed, n, years, round(1000 * noise)])
    rate = np.exp(random.normal(np.log(0.2), 0.35, (regions, n)))
    capacity = np.exp(random.normal(np.log(100.0), 0.5, (regions, n)))
    b = random.choice([-1.0, 1.0], (regions, n, n)) * random.uniform(0.1, 0.6, (regions, n, n))
    b = np.where(random.random(b.shape) < 0.3, 0.0, b) * (np.sqrt(2.0 / (n - 1)) if n > 3 else 1.0)
    b[:, np.arange(n), np.arange(n)] = 0.0
    start = capacity * random.uniform(0.03, 0.35, (regions, n))
    logs = paths(np.log(start), rate, capacity, b, np.ones(years - 1))
    return World(logs + noise * random.standard_normal(logs.shape), rate, capacity, b)


def errors(truth: World, rate: Array, capacity: Array, b: Array) -> dict[str, float]:
    """Middle errors where there is an answer, and the RMSE of b there and everywhere."""
    off = ~np.eye(b.shape[1], dtype=bool)
    found = answers(rate, capacity)
    true, guess = truth.b[:, off], np.clip(np.nan_to_num(b[:, off], nan=0.0), -CLIP, CLIP)
    tells = (np.abs(true) > 0.1) & found[:, None]
    return {
        "answered": float(found.mean()),
        "rate": float(np.median(np.abs(rate[found] / truth.rate[found] - 1.0))),
        "capacity": float(np.median(np.abs(capacity[found] / truth.capacity[found] - 1.0))),
        "b": float(np.median(np.abs(guess - true)[found])),
        "rmse_b": float(np.sqrt(np.mean((guess - true) ** 2))),
        "rmse_b_answered": float(np.sqrt(np.mean((guess - true)[found] ** 2))),
        "sign": float((np.sign(guess) == np.sign(true))[tells].mean()),
    }


def answers(rate: Array, capacity: Array) -> NDArray[np.bool_]:
    """Which regions have rates and capacities above zero."""
    return np.asarray(((rate > 0.0) & (capacity > 0.0) & np.isfinite(capacity)).all(axis=1))


def cell(truth: World, seed: int) -> dict[str, float]:
    """Our errors, and how far our 90 % intervals can be believed."""
    regions, years, n = truth.logs.shape
    batch = fit_batch(np.arange(float(years)), truth.logs)
    made = draws(batch, np.random.default_rng(seed), 1000)
    off = ~np.eye(n, dtype=bool)
    true = truth.b[:, off]

    def ends(values: Array) -> Array:
        return np.asarray(np.quantile(values, [0.05, 0.95], axis=0))

    lo, hi = ends(made.symbiosis[..., off])
    decisive, tells = (lo > 0.0) | (hi < 0.0), np.abs(true) > 0.1
    right = np.sign(lo + hi) == np.sign(true)

    def held(values: Array, truth: Array) -> float:
        low, high = ends(values)
        return float(((low <= truth) & (truth <= high)).mean())

    return {
        **errors(truth, batch.rate, batch.capacity, batch.symbiosis),
        "regions": regions,
        "settled": float(batch.settled.mean()),
        "decisive": float(decisive[tells].mean()),
        "right_if_decisive": float(right[decisive & tells].mean()) if (decisive & tells).any() else float("nan"),
        "wrong_and_decisive": float((decisive & ~right & (true != 0.0)).mean()),
        "zero_called": float(decisive[true == 0.0].mean()),
        "held_rate": held(made.rate, truth.rate),
        "held_capacity": held(made.capacity, truth.capacity),
        "held_b": held(made.symbiosis[..., off], true),
    }


def of_linear(rate: Array, effects: Array) -> Estimate:
    """Rate, capacity and b from d log x_i/dt = r_i + sum_j a_ij x_j, whatever their signs."""
    capacity = -rate / np.diag(effects)
    b = -effects * capacity[None, :] / rate[:, None]
    np.fill_diagonal(b, 0.0)
    return rate, capacity, b


def grey_differences(logs: Array) -> Estimate:
    """Grey Lotka-Volterra: differences on background values, pole by pole."""
    x = np.exp(logs)
    middle, change = 0.5 * (x[1:] + x[:-1]), np.diff(x, axis=0)
    found = [np.linalg.lstsq(z[:, None] * np.column_stack([np.ones(len(z)), middle]), d, rcond=None)[0]
             for z, d in zip(middle.T, change.T, strict=True)]  # fmt: skip
    return of_linear(np.array([one[0] for one in found]), np.array([one[1:] for one in found]))


def grey_cumulated(logs: Array) -> Estimate:
    """The integral form: everything cumulated since the start, a constant for the error of the first value."""
    x = np.exp(logs)
    sums = np.cumsum(0.5 * (x[1:] + x[:-1]), axis=0)
    steps = np.arange(1.0, len(x))
    design = np.column_stack([np.ones(len(steps)), steps, sums / sums[-1] * steps[-1]])
    found = np.linalg.lstsq(design, logs[1:] - logs[0], rcond=None)[0]
    return of_linear(found[1], found[2:].T / sums[-1][None, :] * steps[-1])


def sindy_degree_two(logs: Array) -> Estimate:
    """Pysindy as its pages show it: derivatives of x on a library of degree 2."""
    import pysindy

    x = np.exp(logs)
    scale, n = x.mean(axis=0), logs.shape[1]
    library = pysindy.PolynomialLibrary(degree=2, include_bias=False)
    model = pysindy.SINDy(pysindy.STLSQ(threshold=0.01, alpha=0.05), library, pysindy.SmoothedFiniteDifference())
    model.fit(x / scale, t=np.arange(float(len(x))))
    powers, found = library.powers_, np.asarray(model.coefficients())
    one = np.eye(n, dtype=int)

    def term(i: int, power: Array) -> float:
        return float(found[i, np.flatnonzero((powers == power).all(axis=1))[0]])

    rate = np.array([term(i, one[i]) for i in range(n)])
    effects = np.array([[term(i, one[i] + one[j]) for j in range(n)] for i in range(n)])
    return of_linear(rate, effects / scale[None, :])


def sindy_per_head(logs: Array) -> Estimate:
    """Pysindy with its derivatives of log x on a library of degree 1: the growth equations, term by term."""
    import pysindy

    x, t = np.exp(logs), np.arange(float(len(logs)))
    scale = x.mean(axis=0)
    slope = pysindy.SmoothedFiniteDifference()(logs, t)
    model = pysindy.SINDy(pysindy.STLSQ(threshold=0.01, alpha=0.05), pysindy.PolynomialLibrary(degree=1))
    model.fit(x / scale, t=t, x_dot=slope)
    found = np.asarray(model.coefficients())
    return of_linear(found[:, 0], found[:, 1:] / scale[None, :])


def least_squares_path(logs: Array, begins: Array) -> Estimate:
    """The smooth path with the least sum of squares, no priors; the best of the starts."""
    n, spans = logs.shape[1], np.ones(len(logs) - 1)
    off = ~np.eye(n, dtype=bool)

    def made(unknowns: Array) -> Array:
        b = np.zeros((len(unknowns), n, n))
        b[:, off] = unknowns[:, 3 * n :]
        rate, capacity = np.exp(np.clip(unknowns[:, n : 3 * n], -30.0, 30.0)).reshape(-1, 2, n).transpose(1, 0, 2)
        return paths(unknowns[:, :n], rate, capacity, b, spans).reshape(len(unknowns), -1)

    def misses(unknowns: Array) -> Array:
        return np.asarray(made(unknowns[None])[0] - logs.ravel())

    def slopes(unknowns: Array) -> Array:
        step = 1e-6 * np.eye(len(unknowns))
        both = made(np.concatenate([unknowns + step, unknowns - step]))
        return np.asarray((both[: len(step)] - both[len(step) :]).T / 2e-6)

    tries = [least_squares(misses, begin, jac=slopes, max_nfev=300) for begin in begins]
    best = min(tries, key=lambda one: one.cost).x
    b = np.zeros((n, n))
    b[off] = best[3 * n :]
    return np.exp(best[n : 2 * n]), np.exp(best[2 * n : 3 * n]), b


def peers(truth: World) -> dict[str, dict[str, float]]:
    """Everyone on the same regions."""
    regions, years, _ = truth.logs.shape
    problem = Problem.of(np.arange(float(years)), truth.logs, with_states=False, is_partial=False, has_years=False)
    begins = starts(problem, problem.filled())
    programs: dict[str, Callable[[int], Estimate]] = {
        "least squares, no priors": lambda r: least_squares_path(truth.logs[r], begins[r]),
        "grey, differences": lambda r: grey_differences(truth.logs[r]),
        "grey, cumulated": lambda r: grey_cumulated(truth.logs[r]),
    }
    if importlib.util.find_spec("pysindy"):
        programs["SINDy, degree 2"] = lambda r: sindy_degree_two(truth.logs[r])
        programs["SINDy, per head"] = lambda r: sindy_per_head(truth.logs[r])
    ours = fit_batch(np.arange(float(years)), truth.logs)
    results = {
        "coevolve": errors(truth, ours.rate, ours.capacity, ours.symbiosis) | {"ratio": 1.0, "ratio_answered": 1.0}
    }
    off = ~np.eye(truth.b.shape[1], dtype=bool)
    missed = (np.clip(ours.symbiosis, -CLIP, CLIP) - truth.b)[:, off]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, program in programs.items():
            found = [program(r) for r in range(regions)]
            rate, capacity, b = (np.array([one[k] for one in found]) for k in range(3))
            one = errors(truth, rate, capacity, b)
            same = float(np.sqrt(np.mean(missed[answers(rate, capacity)] ** 2)))
            one["ratio"] = one["rmse_b"] / results["coevolve"]["rmse_b"]
            one["ratio_answered"] = one["rmse_b_answered"] / same
            results[name] = one
    return results


def written(cells: dict[tuple[int, int, float], dict[str, float]], sides: dict[str, dict[str, float]]) -> str:
    """Both tables in Markdown."""
    lines = [
        "| poles | years | noise | regions | R | N | b | goals R / N / b | RMSE b | sign "
        "| decisive | right if decisive | wrong and decisive | zeros called "
        "| 90 % intervals hold R / N / b | settled |",
        "|" + "---|" * 16,
    ]
    for (n, years, noise), one in cells.items():
        goal = GOALS.get((n, years, noise))
        lines.append(
            f"| {n} | {years} | {100 * noise:.0f} % | {one['regions']} | {one['rate']:.4f} | {one['capacity']:.3f} | "
            f"{one['b']:.3f} | {'' if goal is None else ' / '.join(f'{g:g}' for g in goal)} | {one['rmse_b']:.3f} | "
            f"{one['sign']:.2f} | {one['decisive']:.2f} | {one['right_if_decisive']:.3f} | "
            f"{one['wrong_and_decisive']:.4f} | {one['zero_called']:.2f} | "
            f"{one['held_rate']:.2f} / {one['held_capacity']:.2f} / {one['held_b']:.2f} | {one['settled']:.3f} |"
        )
    lines += [
        "",
        "R, N, b: median absolute error (relative for R and N). sign, decisive: of effects above .1 in size; decisive: "
        "the 90 % interval of b excludes zero; wrong and decisive: it does and has the wrong sign, share of all "
        "effects; zeros called: true zeros whose interval excludes zero, .10 were the intervals perfect.",
        "",
        "| 2 poles, 20 years, 5 % noise | answered | R | N | b | sign | RMSE b, all | times ours | RMSE b, answers "
        "| times ours on the same |",
        "|" + "---|" * 10,
    ]
    for name, one in sides.items():
        lines.append(
            f"| {name} | {one['answered']:.2f} | {one['rate']:.3f} | {one['capacity']:.2f} | {one['b']:.3f} | "
            f"{one['sign']:.2f} | {one['rmse_b']:.3f} | {one['ratio']:.1f} | {one['rmse_b_answered']:.3f} | "
            f"{one['ratio_answered']:.1f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure all and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regions", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--peers", default="")
    asked = parser.parse_args()
    if asked.peers:
        sys.path.append(asked.peers)
    cells = {}
    for shape in CELLS:
        cells[shape] = cell(
            world(asked.seed, asked.regions if shape[0] < 5 else asked.regions // 5, *shape), asked.seed
        )
        print(shape, cells[shape], flush=True)
    sides = peers(world(asked.seed, asked.regions, *PEERS_AT))
    out = ROOT / "benchmarks" / "results"
    named = {f"n={n} T={years} {noise:g}": one for (n, years, noise), one in cells.items()}
    installed = [one for one in ("numpy", "scipy", "numba", "pysindy") if importlib.util.find_spec(one)]
    versions = {one: version(one) for one in installed}
    text = json.dumps({"seed": asked.seed, "versions": versions, "cells": named, "peers": sides}, indent=1)
    (out / "symbiosis_recovery.json").write_text(text + "\n", encoding="utf-8")
    said = ", ".join(f"{name} {number}" for name, number in versions.items())
    absent = "" if "pysindy" in installed else " pysindy is not installed and is left out."
    head = (
        f"# Symbiosis: what is found again\n\nOne region alone, noise in counting; seed {asked.seed}; {said}.{absent} "
        "The settings of every program, and which answers count, are said at the head of "
        "`benchmarks/symbiosis_recovery.py`, which writes this.\n\n"
    )
    (out / "symbiosis_recovery.md").write_text(head + written(cells, sides), encoding="utf-8")
    print(written(cells, sides))


if __name__ == "__main__":
    main()
