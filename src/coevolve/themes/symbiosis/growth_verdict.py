"""What can be said of each series: whether it grew, and whether its growth bends towards a ceiling or just slows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...engine.logistic import PERSISTENCE, akaike_weights
from ...evidence.series import Series
from .growth_model import UNKNOWNS, GrowthFit

Array = NDArray[np.float64]

CLEAR = 0.95  # 19 to 1
STEADY = (0.75, 4.0 / 3.0)  # growth at the end over growth at the start, all of its interval, where growth is steady
FLAT = 1e-9  # a series that varies by less than this share of its level is constant
LINE_UNKNOWNS = 4  # start, end, variance and persistence
AT_ONCE = 250  # series whose straight lines are fitted together
RATIOS = np.arange(-4.0, 8.01, 0.25)  # logs of end over start that are tried first
REFINE = 24  # golden sections after that
GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True)
class Verdicts:
    """One truth value a series (region, series). `grown`, `fallen`: the 90 % interval of the average rate lies above
    or below 0; `unchanged`: one value throughout; `bends`: a logistic outweighs steady growth 19 to 1; `beats_line`:
    and a straight line too; `ceiling`: it grew, bends, beats the line, and its capacity has both ends; `steady`: the
    90 % interval of growth at the end over growth at the start, by the logistic, lies within 3/4 and 4/3.

    The Akaike weight alone never tells steady growth: the logistic contains it, so that only the penalty for short
    series, not the data, can bring its weight above 3/4."""

    grown: NDArray[np.bool_]
    fallen: NDArray[np.bool_]
    unchanged: NDArray[np.bool_]
    bends: NDArray[np.bool_]
    beats_line: NDArray[np.bool_]
    ceiling: NDArray[np.bool_]
    steady: NDArray[np.bool_]


def verdicts(series: Series, fit: GrowthFit) -> Verdicts:
    """The verdicts on all series; nothing is decided where only one law was fitted, or where fits failed."""
    by_name = {law.name: law for law in fit.laws}
    shape = series.values.shape[:2]
    none = np.zeros(shape, bool)
    unchanged = _constant(series) & fit.usable()
    grown = fallen = bends = beats = ceiling = steady = none
    if "exponential" in by_name:
        simple = by_name["exponential"]
        fitted = (simple.status == 0) & ~unchanged
        grown, fallen = fitted & (simple.lo["rate"] > 0), fitted & (simple.hi["rate"] < 0)
        if "logistic" in by_name:
            bent = by_name["logistic"]
            told = (bent.status == 0) & ~unchanged
            bends = told & (bent.weight > CLEAR)
            steady = told & ~bends & (bent.pace_lo > STEADY[0]) & (bent.pace_hi < STEADY[1])
            beats = beats_line(series, bent.curves.log_likelihood.reshape(shape), bends)
            ends = np.isfinite(bent.lo["capacity"]) & np.isfinite(bent.hi["capacity"]) & ~bent.is_lower_bound
            ceiling = grown & bends & beats & ends
    return Verdicts(grown, fallen, unchanged, bends, beats, ceiling, steady)


def _constant(series: Series) -> NDArray[np.bool_]:
    known = np.isfinite(series.values)
    high = np.where(known, series.values, -np.inf).max(axis=2)
    low = np.where(known, series.values, np.inf).min(axis=2)
    return np.asarray(known.any(axis=2) & (high - low <= FLAT * np.abs(high)))


def beats_line(series: Series, logistic: Array, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a logistic of log likelihood `logistic` outweighs a straight line 19 to 1; False where not `asked`.

        log x = log(a + b t) + deviation, with persistence over one period as for the other laws

    Weighed by the small-sample Akaike criterion, Burnham & Anderson (2002). Growth by the same amount every year bends
    on the log scale too, but has no ceiling: without this rival it would pass for a logistic.
    """
    found = np.zeros(asked.shape, bool)
    places = np.argwhere(asked)
    times = np.asarray(series.periods.position, float)
    for first in range(0, len(places), AT_ONCE):
        r, s = places[first : first + AT_ONCE].T
        values = series.values[r, s]
        line, counts = line_likelihood(times, values)
        weights = akaike_weights(
            np.stack([logistic[r, s], line]), np.array([UNKNOWNS["logistic"], LINE_UNKNOWNS]), counts.astype(float)
        )
        found[r, s] = weights[0] > CLEAR
    return found


def line_likelihood(times: Array, values: Array) -> tuple[Array, NDArray[np.int64]]:
    """Log likelihood (series,) of the best straight line through the positive values (series, time), and their number.

    The level is solved for; the ratio of its end to its start is searched, and the persistence taken from its grid.
    """
    seen = np.isfinite(values) & (np.where(np.isfinite(values), values, 0.0) > 0)
    logs = np.log(np.where(seen, values, 1.0))
    counts = seen.sum(axis=1)
    start, end = times[seen.argmax(axis=1)], times[len(times) - 1 - seen[:, ::-1].argmax(axis=1)]
    share = np.clip((times - start[:, None]) / (end - start)[:, None], 0.0, 1.0)
    before, tie, weight, scale = _whitening(times, seen)
    ones = weight * (1.0 - tie)
    ones_squared = (ones**2).sum(axis=2)

    def cost(ratio: Array) -> Array:
        """Squared deviations (series, persistence) from the line whose end is exp(`ratio`) times its start."""
        rise = np.expm1(ratio)[..., None] * share[:, None]
        miss = logs[:, None] - np.log1p(rise)
        last = np.take_along_axis(miss, np.broadcast_to(before[:, None], miss.shape), axis=2)
        left = weight * (miss - tie * last)
        return np.asarray((left**2).sum(axis=2) - (ones * left).sum(axis=2) ** 2 / ones_squared)

    least = _least(cost, (len(values), len(PERSISTENCE)))
    variance = np.maximum(least / counts[:, None], 1e-24)
    found = -0.5 * counts[:, None] * (np.log(2 * np.pi * variance) + 1.0) - scale
    return np.asarray(found.max(axis=1)), np.asarray(counts, np.int64)


def _whitening(times: Array, seen: NDArray[np.bool_]) -> tuple[NDArray[np.int64], Array, Array, Array]:
    """The place of the value before, its tie, the weight (series, persistence, time), and the sum of log scales."""
    steps = np.arange(len(times))
    latest = np.maximum.accumulate(np.where(seen, steps, -1), axis=1)
    before = np.concatenate([np.full((len(seen), 1), -1), latest[:, :-1]], axis=1)
    is_first = before < 0
    before = np.maximum(before, 0)
    phi = PERSISTENCE[None, :, None]
    gap = np.where(is_first, 1.0, times - times[before])[:, None]
    tie = np.where(is_first[:, None], 0.0, phi**gap)
    scale = np.sqrt((1.0 - tie**2) / (1.0 - phi**2))
    weight = np.where(seen[:, None], 1.0 / scale, 0.0)
    return before, tie, weight, np.where(seen[:, None], np.log(scale), 0.0).sum(axis=2)


def _least(cost: Callable[[Array], Array], shape: tuple[int, int]) -> Array:
    """The least of `cost` over the ratio: a grid, then golden sections about its best point."""
    tried = np.stack([cost(np.full(shape, ratio)) for ratio in RATIOS])
    middle = RATIOS[tried.argmin(axis=0)]
    low, high = middle - (RATIOS[1] - RATIOS[0]), middle + (RATIOS[1] - RATIOS[0])
    for _ in range(REFINE):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        is_left = cost(left) < cost(right)
        low, high = np.where(is_left, low, left), np.where(is_left, right, high)
    return np.asarray(np.minimum(cost(0.5 * (low + high)), tried.min(axis=0)))
