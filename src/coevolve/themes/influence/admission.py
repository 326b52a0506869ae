"""Which panels influence can be measured on at all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...errors import Fault
from ...evidence.series import Series

LEAST_PERIODS = 5
SLOPE_ROWS = 10  # with fewer rows a region shares its own slope with all others, as in the engine


def sample_faults(series: Series, lags: int) -> Iterator[Fault]:
    """Too few series or periods, series that never vary or have no logarithms, and too many series for the rows."""
    names, periods, word = series.names, len(series.periods), series.periods.word
    if len(names) < 2:
        yield Fault(
            "influence needs two series or more.", got=len(names), do="Name an indicator with industries, or several."
        )
        return
    if periods < LEAST_PERIODS + lags - 1:
        yield Fault(
            f"influence needs {LEAST_PERIODS + lags - 1} {word}s at least.",
            got=periods,
            do="Use a longer span, or fewer lags.",
        )
        return
    positive = series.observed & (series.values > 0.0)
    found = False
    for place, name in enumerate(names):
        if not positive[:, place].any():
            found = True
            yield Fault(
                f"series '{name}' has no value above zero, and growth needs logarithms.",
                got=f"{int(series.observed[:, place].sum())} values, none above zero",
                do='Leave it out, or derive a positive one (derive = { x1 = "x + 1" }).',
            )
        elif not _moves(series, place):
            found = True
            yield Fault(f"series '{name}' never changes.", got="one value a region", do="Leave it out.")
    if not found:
        yield from _row_faults(series, positive, lags)


def _moves(series: Series, place: int) -> bool:
    values = np.where(series.observed[:, place], series.values[:, place], np.nan)
    low = np.where(np.isfinite(values), values, np.inf).min(axis=1)
    high = np.where(np.isfinite(values), values, -np.inf).max(axis=1)
    return bool((high > low).any())


def _row_faults(series: Series, positive: NDArray[np.bool_], lags: int) -> Iterator[Fault]:
    """Half of the region-periods must leave more degrees of freedom than there are drivers."""
    has = positive.any(axis=2, keepdims=True)
    whole = np.asarray(positive | ~has).all(axis=1) & np.asarray(has).any(axis=1)
    rows = np.maximum(whole.sum(axis=1) - lags, 0)
    shared = int(rows.max(initial=0)) // 2 if len(series.regions) > 1 else 0
    free = int(np.maximum(rows // 2 - (2 if np.median(rows) >= SLOPE_ROWS else 1), 0).sum()) - shared
    needed = lags * len(series.names) + 3
    if free < needed:
        worst = int(np.argmin(np.where(has, positive, True).sum(axis=(0, 2))))
        yield Fault(
            f"{len(series.names)} series are too many for the region-{series.periods.word}s that have all of them.",
            got=f"{int(rows.sum())} region-{series.periods.word}s, {free} degrees of freedom in half of them, "
            f"{needed} needed",
            do=f"Choose fewer series ('{series.names[worst]}' lacks most), more regions or a longer span.",
        )
