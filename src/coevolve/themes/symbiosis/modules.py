"""Which poles might be joined when there are too many: those whose growth went together most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

COUNTS = 4  # values for each unknown: a rule of thumb
LEAST, MOST = 2, 9


def modules_of(poles: tuple[str, ...], logs: Array) -> tuple[tuple[tuple[str, ...], float], ...]:
    """Groups of poles by average linkage of 1 - correlation of growth, largest first; empty when growth cannot tell.

    `logs` (region, time, pole) are log scales. There are as many groups as one region of this length can bear at four
    values for each unknown (n effects, rates, capacities and beginnings: n^2 + 2n unknowns from n T values). With each
    group stands the mean correlation within it, NaN for a pole alone.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    near = correlation_of_growth(logs)
    if not np.isfinite(near).all() or len(poles) < 3:
        return ()
    apart = np.clip(1.0 - near, 0.0, 2.0)
    np.fill_diagonal(apart, 0.0)
    wanted = min(modules_borne(logs.shape[1]), len(poles) - 1)
    belongs = fcluster(linkage(squareform(apart, checks=False), "average"), wanted, "maxclust")
    groups = [np.flatnonzero(belongs == k) for k in np.unique(belongs)]
    groups.sort(key=lambda one: (-len(one), int(one[0])))
    return tuple((tuple(poles[k] for k in one), _within(near, one)) for one in groups)


def modules_borne(periods: int) -> int:
    """How many poles one region of so many periods can bear: n with 4 (n^2 + 2n) <= n T, between 2 and 9.

    >>> modules_borne(20), modules_borne(10), modules_borne(60)
    (3, 2, 9)
    """
    return int(np.clip(periods // COUNTS - 2, LEAST, MOST))


def regions_needed(poles: int, periods: int) -> float:
    """How many regions of so many periods bear that many poles: 4 (n (n - 1) + 3 n R) <= R n T, at least 2.

    Effects are shared by the regions; rates, capacities and beginnings are each region's own. Infinite where a region
    has no more values than it has unknowns of its own.

    >>> regions_needed(11, 20), regions_needed(10, 12)
    (5.0, inf)
    """
    spare = periods - 3 * COUNTS
    return float(max(2, np.ceil(COUNTS * (poles - 1) / spare))) if spare > 0 else float("inf")


def correlation_of_growth(logs: Array) -> Array:
    """Correlation of growth between poles, each region's own mean taken off, all regions together."""
    growth = np.diff(logs, axis=1)
    whole = [region[np.isfinite(region).all(axis=1)] for region in growth]
    flat = np.concatenate([region - region.mean(axis=0) for region in whole if len(region)] or [growth[0][:0]])
    spread = flat.std(axis=0) if len(flat) > 2 else np.zeros(logs.shape[2])
    if len(flat) <= 2 or (spread <= 0).any():
        return np.full((logs.shape[2],) * 2, np.nan)
    return np.asarray(np.corrcoef(flat.T))


def _within(near: Array, group: NDArray[np.intp]) -> float:
    if len(group) < 2:
        return float("nan")
    rows, columns = np.triu_indices(len(group), 1)
    return float(near[group[rows], group[columns]].mean())
