"""What a fit of symbiosis sees of a panel: log scales of the poles, region by region, and who is left out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...evidence.panel import Status
from ...evidence.series import Series

Array = NDArray[np.float64]

NEEDS = 8  # observed, positive values of every pole in a region
NEEDS_EACH = 3  # of a pole in one of several replicates, which together need as many as one region alone


@dataclass(frozen=True)
class Sample:
    """What a fit sees: `logs` (region, time, pole) of the regions with enough values, and why the others are out.

    `present` (region, pole) is False where a pole is marked as not applicable throughout: it acts on nobody there.
    `driver` (region, time) is the log of what moves capacities, or None.
    """

    regions: tuple[str, ...]
    times: Array
    logs: Array
    zeros: int
    left_out: tuple[str, ...]
    periods: tuple[str, ...]
    units: tuple[str, ...]
    present: NDArray[np.bool_]
    driver: Array | None = None


def sample_of(series: Series, driver: Series | None = None, is_same: bool = False) -> Sample:
    """Log scales of the poles, zeros left out and counted; regions with fewer than 8 values of a pole are left out.

    A pole that is not applicable throughout in a region is absent there and needs no values. Of regions that repeat
    one system (`is_same`) each needs three values of its poles, and all together eight of each pole. `driver` holds
    one region-level series that moves capacities; regions where it has gaps are left out.
    """
    positive = np.where(np.isfinite(series.values), series.values, 0.0) > 0.0
    logs = np.log(np.where(positive, series.values, np.nan)).transpose(0, 2, 1)
    counts = positive.sum(axis=2)
    absent = (series.status == Status.NOT_APPLICABLE).all(axis=2)
    least = NEEDS_EACH if is_same else NEEDS
    enough = ((counts >= least) | absent).all(axis=1) & ~absent.all(axis=1)
    if is_same and (counts[enough].sum(axis=0) < NEEDS).any():
        enough = np.zeros_like(enough)
    moved = None
    if driver is not None:
        known = np.where(np.isfinite(driver.values[:, 0]), driver.values[:, 0], 0.0) > 0.0
        enough = enough & known.all(axis=1)
        moved = np.log(np.where(known, driver.values[:, 0], 1.0))[enough]
    return Sample(
        tuple(name for name, kept in zip(series.regions, enough, strict=True) if kept),
        np.asarray(series.periods.position, float),
        np.ascontiguousarray(logs[enough]),
        int((series.observed & ~positive)[enough].sum()),
        tuple(name for name, kept in zip(series.regions, enough, strict=True) if not kept),
        series.periods.labels,
        series.units,
        ~absent[enough],
        moved,
    )


def with_all_poles(sample: Sample) -> Sample:
    """The same with only the regions that have every pole: the normal approximation knows no absent ones."""
    whole = sample.present.all(axis=1)
    kept, out = (tuple(np.array(sample.regions, dtype=object)[one]) for one in (whole, ~whole))
    moved = None if sample.driver is None else sample.driver[whole]
    left_out = (*sample.left_out, *out)
    return replace(
        sample, regions=kept, logs=sample.logs[whole], left_out=left_out, present=sample.present[whole], driver=moved
    )
