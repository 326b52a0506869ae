"""The panel of a fit set up again, and a step in one capacity tried at each period."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ...engine.growth_break import Break, search_breaks
from ...engine.growth_panel import Growing
from ...evidence.fit import Fit
from ...evidence.periods import Periods
from ...inquiry.key import Key

Array = NDArray[np.float64]

HAS_YEARS = 1e-4  # a year effect above this was in use


def searched(
    fit: Fit,
    pole: str,
    places: Sequence[int],
    regions: Sequence[str],
    key: Key,
    tick: Callable[[int, int], None] | None = None,
) -> list[Break]:
    """A step in the capacity of `pole` tried at each of `places` among the periods, common to `regions` (or all)."""
    hits = np.array([not regions or name in regions for name in fit.labels["region"]])
    return search_breaks(growing_of(fit), fit.labels["pole"].index(pole), places, hits, key.numpy(), tick)


def growing_of(fit: Fit) -> Growing:
    """The panel as the fit saw it: the same noise, pooled alike, with a common year effect where it had one."""
    several = len(fit.labels["region"]) > 1
    return Growing.of(
        np.asarray(Periods.of(fit.labels["period"]).position, float),
        fit["log_scale"],
        noise=str(fit.options.get("noise", "state-space")),
        is_partial=several and fit.options.get("pooling", "hierarchical") == "hierarchical",
        has_years=several and bool((np.nanmedian(fit["year"], axis=0) > HAS_YEARS).all()),
        is_same=several and bool(fit.options.get("replicates", False)),
    )
