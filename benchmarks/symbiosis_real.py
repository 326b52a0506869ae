"""Symbiosis on real data: two textbook cases, and forecasts of establishments held out year by year.

    python benchmarks/symbiosis_real.py --data FOLDER                  results in benchmarks/results
    python benchmarks/symbiosis_real.py --data FOLDER --parts lynx     one part again, the others as they stand

Parts: `lynx` (the posterior of the Stan case study three ways), `gause` (two yeasts, alone and together), `sectors`
(US sectors, 1978 to 2012), `states` (sectors of 45 US states, 2001 to 2017), and, only when named since they take
long, `sectors_particles` (the first again, all fits by particles), `sectors_chains`, `states_chains`: a few of the same
fits, made by the sampler. One thread.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from symbiosis_lynx import NAMES, STAN, WITHIN, Target, importance, metropolis
from symbiosis_panels import FIRST_ORIGIN, Case, Outcome, cases, outcome, sectors, states
from symbiosis_scores import scores

from coevolve.engine.growth_panel import Growing, Priors
from coevolve.engine.growth_sample import Sampled, sample_growth
from coevolve.evidence.panel import Panel
from coevolve.evidence.read import read
from coevolve.evidence.series import Series

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
DRAWS = 2000
CULTURE_DRAWS = 1000
PARTICLES = 300
SAMPLED_GROUPS = {"sectors": 3, "states": 1}  # pairs whose fits the sampler makes, spread evenly over the codes
SAMPLED_EVERY = {"sectors": 3, "states": 2}  # every so many origins


def series_of(name: str, of: str, data: Path) -> Series:
    """The series of a piece of evidence of studies/classic.toml."""
    study = ROOT / "studies" / "classic.toml"
    with study.open("rb") as file:
        keys = tomllib.load(file)["evidence"][name]
    item = read(keys, name=name, base=study.parent, data=data).item
    assert isinstance(item, Panel)
    return item.series(of)


def lynx(data: Path) -> dict[str, Any]:
    """Hare and lynx with the priors of the Stan case study: as published, ours, and two independent ways."""
    series = series_of("pelts", "pelts", data).pick(["hare", "lynx"])
    counts = series.values[0].T
    target = Target(series.periods.position - series.periods.position[0], counts)
    weighted, effective = importance(target, np.random.default_rng(1), 6_000)
    walked, accepted = metropolis(target, np.random.default_rng(2), 12_000, 1_000)
    start = time.process_time()
    ours = sample_growth(_stan(series), np.random.default_rng(3), draws=DRAWS, chains=4)
    seconds = time.process_time() - start
    values = _stan_names(ours, counts)
    return {
        "published": STAN,
        "within": WITHIN,
        "ours": {name: [float(one.mean()), float(one.std())] for name, one in values.items()},
        "importance": {name: weighted[:, k].tolist() for k, name in enumerate(NAMES)},
        "importance_effective": effective,
        "metropolis": {name: walked[:, k].tolist() for k, name in enumerate(NAMES)},
        "metropolis_accepted": accepted,
        "draws": DRAWS,
        "cpu_seconds": seconds,
        **_quality(ours),
    }


def _stan(series: Series) -> Growing:
    """The model of the case study: normal priors of rates and effects, which stand there per unit, here at typical
    scale; lognormal first states and noise."""
    logs = np.log(series.values.transpose(0, 2, 1))
    hare, lynx_ = np.exp(logs[0].mean(axis=0))
    priors = Priors(
        rate=(np.array([1.0, -1.0]), np.array([0.5, 0.5])),
        effect=(0.05 * np.array([lynx_, -hare]), 0.05 * np.array([lynx_, hare])),
        start=(np.log(10.0) - logs[:, 0], 1.0),
        measurement=(-1.0, 1.0),
    )
    return Growing.of(series.periods.position, logs, law="predator_prey", noise="measurement", priors=priors)


def _stan_names(found: Sampled, counts: np.ndarray) -> dict[str, np.ndarray]:
    hare, lynx_ = np.exp(np.log(counts).mean(axis=0))
    rate = found.rate[:, 0]
    effect = found.symbiosis[:, 0] * np.abs(rate)[:, :, None]
    return {
        "alpha": rate[:, 0],
        "beta": effect[:, 0, 1] / lynx_,
        "gamma": -rate[:, 1],
        "delta": -effect[:, 1, 0] / hare,
        "sigma_hare": found.measurement[:, 0],
        "sigma_lynx": found.measurement[:, 1],
    }


def _quality(found: Sampled) -> dict[str, float]:
    return {
        "r_hat": float(found.r_hat.max()),
        "effective": found.effective,
        "divergences": found.divergences,
        "starts_agreeing": found.starts_agreeing,
        "starts": found.starts,
    }


def gause(data: Path) -> dict[str, Any]:
    """Two yeasts, one set of rates, capacities and effects for cultures of one and of both."""
    series = series_of("yeasts", "volume", data)
    logs = np.log(series.values.transpose(0, 2, 1))
    together = next(k for k, one in enumerate(np.isfinite(logs).any(axis=1)) if one.all())
    made: dict[str, Any] = {"poles": series.names, "cultures": series.regions}
    for noise in ("state-space", "measurement", "one-step"):
        growing = Growing.of(series.periods.position, logs, noise=noise, is_same=True)
        found = sample_growth(growing, np.random.default_rng(1), draws=CULTURE_DRAWS, chains=2)
        b = found.symbiosis[:, together]
        made[noise] = {
            "rate": [_band(found.rate[:, together, k]) for k in range(2)],
            "capacity": [_band(found.capacity[:, together, k]) for k in range(2)],
            "b_of_second_on_first": [*_band(b[:, 0, 1]), float((b[:, 0, 1] > 0).mean())],
            "b_of_first_on_second": [*_band(b[:, 1, 0]), float((b[:, 1, 0] > 0).mean())],
            "draws": CULTURE_DRAWS,
            **_quality(found),
        }
    return made


def _band(values: np.ndarray) -> list[float]:
    """Median and 90 % interval."""
    return [float(one) for one in np.quantile(values, [0.5, 0.05, 0.95])]


def held_out(panel: Panel, chosen: Sequence[Case], data: str) -> dict[str, Any]:
    """Coverage and errors of all cases, by the number of poles taken together."""
    start = time.process_time()
    found: list[Outcome] = []
    failed: list[str] = []
    for case in chosen:
        try:
            found.append(outcome(case))
        except (np.linalg.LinAlgError, FloatingPointError) as error:
            failed.append(f"{'+'.join(case.poles)} {case.origin}: {error}")
        print(f"  {data} {'+'.join(case.poles)} {case.origin}: {time.process_time() - start:.0f} s", flush=True)
    sizes = sorted({len(one.poles) for one in found})
    return {
        "failed": failed,
        "cpu_seconds": time.process_time() - start,
        "groups": {str(size): scores(_of(found, size)) for size in sizes},
        "independent": {str(size): scores(_forgetting(_of(found, size))) for size in sizes},
    }


def _of(found: Sequence[Outcome], size: int) -> list[Outcome]:
    return [one for one in found if len(one.poles) == size]


def _forgetting(found: Sequence[Outcome]) -> list[Outcome]:
    return [replace(one, quantiles=one.independent) for one in found]


SIZES = {"sectors": (2, 3), "states": (2,)}  # poles taken together


def screened(name: str, read_panel: Callable[[Path], Panel], data: Path) -> dict[str, Any]:
    """Every group, every origin, by the nested Laplace screen."""
    panel = read_panel(data)
    return held_out(panel, cases(panel, FIRST_ORIGIN[name], SIZES[name], "laplace"), name)


def by_particles(name: str, read_panel: Callable[[Path], Panel], data: Path) -> dict[str, Any]:
    """Every group, every origin, by particles."""
    panel = read_panel(data)
    chosen = cases(panel, FIRST_ORIGIN[name], SIZES[name], "particles")
    return held_out(panel, [replace(case, draws=PARTICLES) for case in chosen], f"{name} particles")


def sampled(name: str, read_panel: Callable[[Path], Panel], data: Path) -> dict[str, Any]:
    """A few pairs, some of the origins, by the sampler; the screen on just these beside it."""
    panel = read_panel(data)
    both = {}
    for inference in ("chains", "laplace"):
        every = cases(panel, FIRST_ORIGIN[name], (2,), inference)
        pairs = list(dict.fromkeys(case.poles for case in every))
        taken = pairs[1 :: max(1, len(pairs) // SAMPLED_GROUPS[name])][: SAMPLED_GROUPS[name]]
        years = sorted({case.origin for case in every})[:: SAMPLED_EVERY[name]]
        some = [case for case in every if case.poles in taken and case.origin in years]
        both[inference] = held_out(panel, some, f"{name} {inference}")
    return both


def main() -> None:
    """Measure the parts asked for, keep the others, write the tables."""
    from symbiosis_real_tables import page

    parts: dict[str, Callable[[Path], dict[str, Any]]] = {
        "lynx": lynx,
        "gause": gause,
        "sectors": lambda data: screened("sectors", sectors, data),
        "states": lambda data: screened("states", states, data),
        "sectors_particles": lambda data: by_particles("sectors", sectors, data),
        "sectors_chains": lambda data: sampled("sectors", sectors, data),
        "states_chains": lambda data: sampled("states", states, data),
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("COEVOLVE_DATA", "../shared/data")))
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=[*parts],
        default=[name for name in parts if not name.endswith(("chains", "particles"))],
    )
    said = parser.parse_args()
    file = RESULTS / "symbiosis_real.json"
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    kept["about"] = {"machine": platform.machine(), "python": platform.python_version(), "numpy": np.__version__}
    for name in said.parts:
        kept[name] = parts[name](said.data)
        file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        (RESULTS / "symbiosis_real.md").write_text(page(kept), encoding="utf-8")
    print(page(kept))


if __name__ == "__main__":
    main()
