"""How often bands held what came, and how far forecasts lay off, with intervals over years of origin.

Forecasts made in one year share what came after it, and a single year's coverage may be anything; years of origin are
therefore drawn as wholes, once singly and once in runs of five, since forecasts one to five years ahead made in years
that follow each other share their targets too. Used by symbiosis_real.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from symbiosis_panels import AHEAD, LEVELS, Outcome

Array = NDArray[np.float64]

TURNS = 2000
BANDS = {"50": (0.25, 0.75), "90": (0.05, 0.95), "95": (0.025, 0.975)}


@dataclass(frozen=True)
class Cells:
    """One entry a forecast value: the year it was made in, how many years ahead, whether each band held, errors in
    per cent (of the log) by forecaster, width of the 90 % band in per cent (of the log), and whether the value
    came to lie above or below that band."""

    origin: NDArray[np.int64]
    step: NDArray[np.int64]
    held: dict[str, Array]
    error: dict[str, Array]
    width: Array
    above: Array
    below: Array


def cells(outcomes: Sequence[Outcome]) -> Cells:
    """All values of all outcomes whose actual is known."""
    origin, step, width, above, below = [], [], [], [], []
    held: dict[str, list[Array]] = {name: [] for name in BANDS}
    error: dict[str, list[Array]] = {name: [] for name in ("symbiosis", "naive", "drift")}
    for one in outcomes:
        known = np.isfinite(one.actual) & (one.actual > 0) & np.isfinite(one.naive)
        origin.append(np.full(int(known.sum()), one.origin))
        step.append(np.broadcast_to(np.arange(1, one.actual.shape[2] + 1), one.actual.shape)[known])
        for name, (low, high) in BANDS.items():
            between = one.quantiles[..., LEVELS.index(low)], one.quantiles[..., LEVELS.index(high)]
            held[name].append(((one.actual >= between[0]) & (one.actual <= between[1]))[known].astype(float))
        for name, made in (
            ("symbiosis", one.quantiles[..., LEVELS.index(0.5)]),
            ("naive", one.naive),
            ("drift", one.drift),
        ):
            away = np.abs(np.log(np.maximum(made[known], 1e-12) / one.actual[known]))
            error[name].append(100.0 * np.minimum(away, 10.0))
        low, high = (one.quantiles[..., LEVELS.index(level)][known] for level in BANDS["90"])
        width.append(100.0 * np.log(np.maximum(high, 1e-12) / np.maximum(low, 1e-12)))
        above.append((one.actual[known] > high).astype(float))
        below.append((one.actual[known] < low).astype(float))
    return Cells(
        np.concatenate(origin),
        np.concatenate(step),
        {name: np.concatenate(parts) for name, parts in held.items()},
        {name: np.concatenate(parts) for name, parts in error.items()},
        np.concatenate(width),
        np.concatenate(above),
        np.concatenate(below),
    )


def scores(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Coverage of each band with its 90 % interval over origins, by years ahead, and errors beside naive and drift."""
    found = cells(outcomes)
    years = np.unique(found.origin)
    steps = range(1, int(found.step.max()) + 1)
    coverage = {}
    for name, held in found.held.items():
        single = [float(held[found.origin == year].mean()) for year in years]
        coverage[name] = {
            "mean": float(held.mean()),
            "by_origin": interval(found.origin, [held], lambda part: float(part.mean()), 1),
            "by_five_origins": interval(found.origin, [held], lambda part: float(part.mean()), AHEAD),
            "single_origins": [min(single), max(single)],
            "by_step": [float(held[found.step == step].mean()) for step in steps],
        }
    errors = {name: float(np.median(one)) for name, one in found.error.items()}
    against = {
        other: interval(found.origin, [found.error["symbiosis"], found.error[other]], _less, 1)
        for other in ("naive", "drift")
    }
    return {
        "fits": len(outcomes),
        "settled": float(np.mean([one.is_trusted for one in outcomes])),
        "values": len(found.origin),
        "origins": [int(years[0]), int(years[-1]), len(years)],
        "coverage": coverage,
        "median_error": errors,
        "error_by_step": {
            name: [float(np.median(one[found.step == step])) for step in steps] for name, one in found.error.items()
        },
        "error_against": against,
        "above_by_step": [float(found.above[found.step == step].mean()) for step in steps],
        "below_by_step": [float(found.below[found.step == step].mean()) for step in steps],
        "median_width_90": float(np.median(found.width)),
        "beyond_tenfold": float((found.width > 100.0 * np.log(100.0)).mean()),
    }


def _less(own: Array, other: Array) -> float:
    """Median error less that of another forecaster."""
    return float(np.median(own) - np.median(other))


def interval(
    origin: NDArray[np.int64], values: Sequence[Array], measure: Callable[..., float], block: int
) -> list[float]:
    """The 90 % interval of a measure when years of origin are drawn again, in runs of `block` years (circular)."""
    years = np.unique(origin)
    parts = [[one[origin == year] for year in years] for one in values]
    random = np.random.default_rng(7)
    count = -(-len(years) // block)
    found = []
    for _ in range(TURNS):
        begins = random.integers(0, len(years), count)
        taken = ((begins[:, None] + np.arange(block)) % len(years)).ravel()[: len(years)]
        found.append(measure(*(np.concatenate([one[k] for k in taken]) for one in parts)))
    return [float(one) for one in np.quantile(found, [0.05, 0.95])]
