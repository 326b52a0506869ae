"""The net and the blend beside the simple forecasts: competitions, US establishments by sector, states by sector.

Run: python benchmarks/blend.py            (needs the folder of real statistics, see COEVOLVE_DATA)
Writes benchmarks/results/blend.json. Weights and bands come from the training parts only.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from baselines import HORIZON, ROOT, competition

from coevolve.engine.scores import covered, mase_scale, smape
from coevolve.evidence.panel import Panel
from coevolve.evidence.periods import Periods
from coevolve.evidence.series import Series
from coevolve.inquiry.at import Here
from coevolve.inquiry.finding import QUANTILES
from coevolve.inquiry.key import Key
from coevolve.study.workers import nets_in
from coevolve.themes.forecast.contest_model import Plan, hold
from coevolve.themes.forecast.entries import entrant
from coevolve.themes.forecast.learned import FittedLearned, learn
from coevolve.themes.forecast.model import FittedBaseline

FOLDER = Path(os.environ.get("COEVOLVE_DATA") or ROOT.parent / "shared" / "data")
NAMES = ("naive", "drift", "theta", "dot", "damped", "lstm", "blend")
KEY = Key.of(7, "blend")


def series_of(values: np.ndarray) -> Series:
    """Every row a region of its own, years counted from one."""
    rows, periods = values.shape
    labels = tuple(f"{1000 + k}" for k in range(periods))
    status = np.where(np.isnan(values), 1, 0).astype(np.uint8)[:, None, :]
    places = tuple(f"s{k}" for k in range(rows))
    return Series(places, ("value",), ("value",), ("",), ("",), Periods(labels), values[:, None, :], status)


def of_competition(name: str, seeds: int) -> dict[str, Any]:
    """MASE, sMAPE and coverage of each forecaster, and MASE by domain."""
    path = FOLDER / "forecasting" / f"{name}.parquet"
    training, test = competition(path)
    query = f"select any_value(domain) from '{path}' group by series order by series"
    domains = np.array([row[0] for row in duckdb.sql(query).fetchall()])
    scale, series = mase_scale(training), series_of(training)
    rows: dict[str, list[dict[str, float]]] = {one: [] for one in NAMES}
    weights = []
    for seed in range(seeds):
        start = time.process_time()
        learned = learn(series, KEY.child(str(seed)))
        blend = FittedLearned("blend", learned)
        weights.append(blend.weights(HORIZON)["value"])
        seconds = time.process_time() - start
        for one in NAMES if seed == 0 else NAMES[-2:]:
            fitted = FittedLearned(one, learned) if one in ("lstm", "blend") else FittedBaseline(one, series)
            rows[one].append(_scores(fitted.forecast(HORIZON).values[:, 0], test, scale, domains))
    found = {one: {key: float(np.mean([row[key] for row in rows[one]])) for key in rows[one][0]} for one in NAMES}
    spread = {one: float(np.ptp([row["mase"] for row in rows[one]])) for one in NAMES[-2:]}
    return {"scores": found, "weights": weights, "spread_over_seeds": spread, "training_cpu_seconds": seconds}


def _scores(quantiles: np.ndarray, test: np.ndarray, scale: np.ndarray, domains: np.ndarray) -> dict[str, float]:
    at = QUANTILES.index
    error = np.abs(test - quantiles[..., at(0.5)]).mean(axis=1) / scale
    found = {
        "mase": float(error.mean()),
        "smape": float(smape(test, quantiles[..., at(0.5)]).mean()),
        "coverage_80": float(covered(test, quantiles[..., at(0.1)], quantiles[..., at(0.9)]).mean()),
        "coverage_95": float(covered(test, quantiles[..., 0], quantiles[..., -1]).mean()),
    }
    return found | {str(domain): float(error[domains == domain].mean()) for domain in np.unique(domains)}


def of_panel(panel: Panel, of: str, hold_out: int) -> dict[str, Any]:
    """A whole contest: MASE by forecaster and horizon, coverage, and each against naive with its interval."""
    series, key = panel.series(of), KEY.child("contest")
    plan = Plan.of(len(series.periods), 1, hold_out, None)
    start = time.process_time()
    result = hold(series, {name: entrant(name) for name in NAMES}, plan, Here(key))
    seconds = time.process_time() - start
    found: dict[str, Any] = {"origins": len(plan.origins), "hold_out": hold_out, "cpu_seconds": seconds, "scores": {}}
    for k, name in enumerate(result.entrants):
        row: dict[str, Any] = {measure: float(result.overall(measure)[k]) for measure in result.measures}
        row["mase_by_horizon"] = result.by_horizon("mase")[k].tolist()
        row |= {f"minus_{other}": result.difference(name, other, key) for other in ("naive", "drift", "theta")}
        row["interval_80"] = result.interval("coverage_80", name, key)[1:]
        row["interval_95"] = result.interval("coverage_95", name, key)[1:]
        found["scores"][name] = row
    return found


def sectors() -> Panel:
    """Number of establishments by US sector, 1978 to 2012 (Business Dynamics Statistics)."""
    path = FOLDER / "us_bds_1978_2019" / "bds_sector_total_1978_2012.csv.gz"
    rows = duckdb.sql(f"select sector, year, estabs from read_csv('{path}', all_varchar=true)").fetchall()
    return _panel([("", sector, int(year), float(value)) for sector, year, value in rows])


def states() -> Panel:
    """Number of establishments by US state and sector, 2001 to 2017 (County Business Patterns)."""
    path = FOLDER / "us_cbp_state_industry" / "cbp_state_naics2_2001_2017.parquet"
    query = f"select state, naics, year, establishments from '{path}' where naics not in ('95', '99')"
    return _panel(duckdb.sql(query).fetchall())


def _panel(rows: list[tuple[str, str, int, float]]) -> Panel:
    regions, industries, years = (sorted({row[k] for row in rows}) for k in range(3))
    values = np.full((len(regions), len(industries), len(years)), np.nan)
    for region, industry, year, value in rows:
        values[regions.index(region), industries.index(industry), years.index(year)] = value
    return Panel.of({"establishments": values}, regions=regions, industries=industries, periods=years)


def _print(title: str, scores: dict[str, dict[str, Any]]) -> None:
    print(title)
    for name, row in scores.items():
        words = (f"{key} {value:.3f}" for key, value in row.items() if isinstance(value, float))
        print(f"  {name:8}" + "  ".join(words))


def main() -> None:
    """Measure all and write the table."""
    results: dict[str, Any] = {}
    with nets_in(None):
        for name in ("m3_yearly", "m1_yearly"):
            results[name] = of_competition(name, seeds=3)
            _print(name, results[name]["scores"])
            print("  weights", results[name]["weights"])
        for name, panel, hold_out in (("us_sectors", sectors(), 7), ("us_states_by_sector", states(), 3)):
            results[name] = of_panel(panel, "establishments", hold_out)
            _print(name, results[name]["scores"])
            blend = results[name]["scores"]["blend"]
            print("  blend minus", {one: blend[f"minus_{one}"] for one in ("naive", "drift", "theta")})
    out = ROOT / "benchmarks" / "results" / "blend.json"
    out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
