"""How fast and how true the simulator of cluster formation is.

    python benchmarks/formation.py            figures written to benchmarks/results/formation.json and .md
    python benchmarks/formation.py --small    fewer years and firms, to see that it runs

Speed: firms one by one in the compiled simulator, beside the same rules with one Python object a firm, as
agent-based frameworks in Python hold them (a comparison with Mesa 3 itself is left: it is not installed here). Both
take turns, and the ratio of each turn is given. Truth: variance and autocorrelation against the exact theory up to
0.93 of the threshold, and Simon's exponent by maximum likelihood.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import betaln
from threadpoolctl import threadpool_limits

from coevolve.engine import formation, lumped
from coevolve.themes.order import formation_equations as theory
from coevolve.themes.order.entropy_equations import entropy

RESULTS = Path(__file__).parent / "results"
REGIONS, RULE, TURNS = 200, (1.0, 0.1, 0.2, 0.1), 3
EVERY = formation.Powers(0.5, 0.5, 0.5, 0.1, 0.5, 20)


class Firm:
    """One firm as an object."""

    __slots__ = ("region",)

    def __init__(self, region: int) -> None:
        self.region = region

    def step(self, world: World, draw: random.Random) -> None:
        """Leave with the chance of the rule; an entrant takes the place."""
        if draw.random() >= RULE[3]:
            return
        u = draw.random()
        if u < RULE[1]:
            self.region = draw.randrange(REGIONS)
        elif u < RULE[1] + RULE[2]:
            self.region = world.was[draw.randrange(len(world.was))]
        else:
            self.region = draw.choices(world.regions, cum_weights=world.weights)[0]


class World:
    """All firms as objects."""

    def __init__(self, firms: int) -> None:
        self.regions = range(REGIONS)
        self.firms = [Firm(k % REGIONS) for k in range(firms)]

    def step(self, draw: random.Random) -> None:
        """One year."""
        self.was = [firm.region for firm in self.firms]
        counts = np.bincount(self.was, minlength=REGIONS)
        self.weights = np.cumsum(counts ** RULE[0]).tolist()
        for firm in self.firms:
            firm.step(self, draw)


def timed(work: Any) -> float:
    """Seconds of processor time of one call, on one thread."""
    start = time.process_time()
    work()
    return time.process_time() - start


def compiled(firms: int, years: int, powers: formation.Powers = formation.Powers()) -> float:  # noqa: B008
    """Nanoseconds a firm and year."""
    start, pull = lumped.even(firms, REGIONS), np.full(REGIONS, 1 / REGIONS)
    return timed(lambda: formation.simulate(start, pull, RULE, powers, years, 1)) / firms / years * 1e9


def objects(firms: int, years: int) -> float:
    """Nanoseconds a firm and year with one object a firm."""
    world, draw = World(firms), random.Random(1)

    def run() -> None:
        for _ in range(years):
            world.step(draw)

    return timed(run) / firms / years * 1e9


def speed(small: bool) -> list[dict[str, Any]]:
    """Rows of speed: medians of turns."""
    rows = []
    compiled(1000, 2)
    compiled(1000, 2, EVERY)
    for firms, years in ((10_000, 100), (100_000, 100), (1_000_000, 100)):
        years = years // 10 if small else years
        turns = []
        for _ in range(TURNS):
            own, slow = compiled(firms, years), objects(min(firms, 100_000), 2)
            turns.append((own, compiled(firms, years, EVERY), slow, slow / own))
        medians = [statistics.median(column) for column in zip(*turns, strict=True)]
        rows.append(
            {
                "firms": firms,
                "years": years,
                "neutral_ns": medians[0],
                "powers_ns": medians[1],
                "objects_ns": medians[2],
                "ratio": medians[3],
                "ratios": [turn[3] for turn in turns],
                "seconds_100_years": medians[0] * firms * 100 / 1e9,
                "seconds_100_years_powers": medians[1] * firms * 100 / 1e9,
            }
        )
    return rows


def equal(small: bool) -> dict[str, float]:
    """Mean evenness after 30 years of firms by compiled code and by objects, and the difference in its errors."""
    many, firms = (10 if small else 40), 2000
    pull, start = np.full(REGIONS, 1 / REGIONS), lumped.even(firms, REGIONS)
    own = [
        formation.simulate(start, pull, RULE, formation.Powers(), 30, seed).counts[-1].astype(float)
        for seed in range(many)
    ]
    others = []
    for seed in range(many):
        world, draw = World(firms), random.Random(seed)
        for _ in range(30):
            world.step(draw)
        others.append(np.bincount([firm.region for firm in world.firms], minlength=REGIONS).astype(float))
    first, second = (entropy(np.array(one)) for one in (own, others))
    error = np.sqrt(first.var(ddof=1) / many + second.var(ddof=1) / many)
    away = float((first.mean() - second.mean()) / error)
    return {"compiled": float(first.mean()), "objects": float(second.mean()), "standard_errors_apart": away}


def truth(small: bool) -> list[dict[str, float]]:
    """Variance ratio and autocorrelation beside theory, of the chain and of firms."""
    rows = []
    edge, firms, regions = theory.threshold(0.1, 0.2), 20_000, 100
    years = 600 if small else 4000
    for part in (0.5, 0.8, 0.93):
        rule = lumped.Rules(part * edge, 0.1, 0.2, 0.1)
        force = theory.restoring_force(rule.feedback, 0.1, 0.2)
        wanted, phi = theory.share_variance(force, 0.1, firms, regions), theory.persistence(force, 0.1)
        pull = np.full(regions, 1 / regions)
        start = np.tile(lumped.even(firms, regions), (16, 1))
        path = lumped.paths(start, pull, rule, years, np.random.default_rng(1)).counts
        one = (rule.feedback, 0.1, 0.2, 0.1)
        course = formation.simulate(start[0], pull, one, formation.Powers(), 4 * years, 2)
        for name, counts in (("chain", path), ("firms", course.counts)):
            away = counts[400:] / firms - 1 / regions
            lag = float((away[1:] * away[:-1]).sum() / (away[:-1] ** 2).sum())
            ratio = float((away**2).mean() / wanted)
            row = {"part_of_threshold": part, "variance_ratio": ratio, "autocorrelation_off": lag - phi}
            rows.append({"simulator": name, **row})
    return rows


def simon(small: bool) -> list[dict[str, float]]:
    """Exponents of places that grow."""
    rows = []
    for novelty in (0.02, 0.1, 0.3):
        sizes = formation.grown(200_000 if small else 3_000_000, novelty, 3)

        def minus(rho: float, sizes: Any = sizes) -> float:
            return -float(np.sum(np.log(rho) + betaln(sizes, rho + 1)))

        found = 1 + float(minimize_scalar(minus, bounds=(0.5, 3), method="bounded").x)
        rows.append({"novelty": novelty, "exponent": found, "theory": theory.simon_exponent(novelty)})
    return rows


def written(found: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = [
        "# Formation of clusters",
        "",
        f"{REGIONS} regions; medians of {TURNS} turns; processor time on one thread.",
        "",
    ]
    lines += [
        "| firms | ns a firm-year | all powers | one object a firm | ratio (turns) | 100 years, s | all powers |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in found["speed"]:
        turns = ", ".join(f"{one:.0f}" for one in row["ratios"])
        lines.append(
            f"| {row['firms']} | {row['neutral_ns']:.1f} | {row['powers_ns']:.1f} | {row['objects_ns']:.0f} | "
            f"{row['ratio']:.0f} ({turns}) | {row['seconds_100_years']:.2f} | {row['seconds_100_years_powers']:.2f} |"
        )
    apart = found["equal"]["standard_errors_apart"]
    lines += ["", f"Compiled and object worlds give the same evenness: {apart:.1f} standard errors apart.", ""]
    lines += ["| simulator | part of threshold | variance ratio | autocorrelation off by |", "|---|---|---|---|"]
    lines += [
        f"| {row['simulator']} | {row['part_of_threshold']:g} | {row['variance_ratio']:.3f} "
        f"| {row['autocorrelation_off']:+.4f} |"
        for row in found["truth"]
    ]
    lines += ["", "| chance of a new place | exponent | Simon's |", "|---|---|---|"]
    lines += [f"| {row['novelty']:g} | {row['exponent']:.3f} | {row['theory']:.3f} |" for row in found["simon"]]
    return "\n".join([*lines, "", "A comparison with Mesa 3 itself is left."]) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    with threadpool_limits(1):
        found = {
            "speed": speed(options.small),
            "equal": equal(options.small),
            "truth": truth(options.small),
            "simon": simon(options.small),
        }
    options.out.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "numpy": np.__version__}
    text = json.dumps({"machine": machine, **found}, indent=1) + "\n"
    (options.out / "formation.json").write_text(text, encoding="utf-8")
    (options.out / "formation.md").write_text(written(found), encoding="utf-8")
    print(written(found))


if __name__ == "__main__":
    main()
