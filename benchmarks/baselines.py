"""The baselines on the yearly series of the M3 and M competitions: error, coverage, time.

Run: python benchmarks/baselines.py            (needs the folder of real statistics, see COEVOLVE_DATA)
Writes benchmarks/results/baselines.json. Times are the best of five, after one warm-up run.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import duckdb
import numpy as np

from coevolve.engine.baselines import BASELINES
from coevolve.engine.conformal import band_widths, bands, central_levels, recent_change, rolling_misses
from coevolve.engine.scores import covered, mase_scale, pinball, smape
from coevolve.inquiry.finding import QUANTILES

ROOT = Path(__file__).resolve().parents[1]
HORIZON = 6
LEVELS = np.array(QUANTILES)


def competition(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Training parts aligned at their ends (NaN before), and the six test points of every series."""
    series: dict[str, list[float]] = {}
    for key, value in duckdb.sql(f"select series, value from '{path}' order by series, year_index").fetchall():
        series.setdefault(key, []).append(value)
    longest = max(map(len, series.values())) - HORIZON
    training = np.full((len(series), longest), np.nan)
    for place, values in enumerate(series.values()):
        training[place, longest - len(values) + HORIZON :] = values[:-HORIZON]
    return training, np.array([values[-HORIZON:] for values in series.values()])


def measure(name: str, training: np.ndarray, test: np.ndarray) -> dict[str, float]:
    """MASE, sMAPE, quantile loss, coverage and seconds of one baseline."""
    rule, scale = BASELINES[name].rule, mase_scale(training)
    points = rule(training, HORIZON, 1)
    levels = central_levels(LEVELS)
    widths = band_widths(rolling_misses(training, rule, HORIZON), levels)
    made = bands(points, recent_change(training), widths, levels, LEVELS, np.zeros(len(training)))
    seconds = min(_time(rule, training) for _ in range(5))
    at = QUANTILES.index
    return {
        "mase": float((np.abs(test - points).mean(axis=1) / scale).mean()),
        "smape": float(smape(test, points).mean()),
        "pinball": float((pinball(test, made[..., 1:-1], LEVELS[1:-1]).mean(axis=(1, 2)) / scale).mean()),
        "coverage_80": float(covered(test, made[..., at(0.1)], made[..., at(0.9)]).mean()),
        "coverage_95": float(covered(test, made[..., 0], made[..., -1]).mean()),
        "seconds": seconds,
    }


def _time(rule, training: np.ndarray) -> float:
    start = time.perf_counter()
    rule(training, HORIZON, 1)
    return time.perf_counter() - start


def main() -> None:
    """Measure all and write the table."""
    folder = Path(os.environ.get("COEVOLVE_DATA") or ROOT.parent / "shared" / "data") / "forecasting"
    results = {}
    for name in ("m3_yearly", "m1_yearly"):
        training, test = competition(folder / f"{name}.parquet")
        results[name] = {key: measure(key, training, test) for key, one in BASELINES.items() if not one.is_seasonal}
        print(f"{name}: {len(training)} series")
        for key, row in results[name].items():
            print(f"  {key:8}" + "".join(f"  {word} {value:.4f}" for word, value in row.items()))
    out = ROOT / "benchmarks" / "results" / "baselines.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
