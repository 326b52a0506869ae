"""The panel of a fit set up again, and a step in one capacity tried at each period."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ...engine.growth_break import Break, search_breaks
from ...engine.growth_fit import Problem, Scales, best_mode
from ...evidence.fit import Fit
from ...evidence.periods import Periods

Array = NDArray[np.float64]

LEAST_NOISE = 1e-3  # sd of either noise: less makes the equations too stiff to be searched
SPREAD_RATE = 0.4  # spread over regions of log rates, the centre of its prior
HAS_YEARS = 1e-4  # a year effect above this was in use


def searched(
    fit: Fit, pole: str, places: Sequence[int], regions: Sequence[str], tick: Callable[[int, int], None] | None = None
) -> list[Break]:
    """A step in the capacity of `pole` tried at each of `places` among the periods, common to `regions` (or all)."""
    several = len(fit.labels["region"]) > 1
    scales = scales_of(fit)
    problem = Problem.of(
        np.asarray(Periods.of(fit.labels["period"]).position, float),
        fit["log_scale"],
        with_states=True,
        is_partial=several and fit.options.get("pooling", "hierarchical") == "hierarchical",
        has_years=several and bool((scales.year > HAS_YEARS).all()),
    )
    hits = np.array([not regions or name in regions for name in fit.labels["region"]])
    mode, _ = best_mode(problem, scales)
    return search_breaks(problem, scales, fit.labels["pole"].index(pole), places, hits, (mode.local, mode.shared), tick)


def scales_of(fit: Fit) -> Scales:
    """The noise scales that the fit found, as medians over draws and regions."""

    def middle(values: Array) -> Array:
        return np.asarray(np.nanmedian(values.reshape(-1, values.shape[-1]), axis=0))

    return Scales(
        np.maximum(middle(fit["measurement"]), LEAST_NOISE),
        np.maximum(middle(fit["process"]), LEAST_NOISE),
        float(np.nanmedian(fit["correlation"])),
        np.maximum(middle(fit["year"]), 1e-6),
        SPREAD_RATE,
        float(np.nanmedian(fit["spread_b"])) if "spread_b" in fit.arrays else 1.0,
    )
