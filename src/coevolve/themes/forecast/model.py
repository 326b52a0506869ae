"""The baselines fitted to a block of series: points by rule, bands from what the rule missed before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...engine.baselines import BASELINES, observations
from ...engine.conformal import (
    CHANGES_NEEDED,
    band_widths,
    bands,
    central_levels,
    recent_change,
    rolling_misses,
)
from ...engine.many_series import FIRST_PLACE, LEAST_SAMPLES
from ...evidence.series import Series
from ...inquiry.finding import QUANTILES, Note
from ...inquiry.forecaster import Fitted, Forecast

FEW_CHANGES = 2  # in very short panels the unit of an error rests on no more
MOST_TRIED = 4000
"""Bands of larger panels rest on the errors of every second, third, ... series, at most so many."""


@dataclass(frozen=True)
class FittedBaseline(Fitted):
    """A baseline that has seen its series; its bands rest on its own errors at earlier origins of these data."""

    name: str
    series: Series

    def forecast(self, steps: int, quantiles: Sequence[float] = QUANTILES) -> Forecast:
        """The next `steps` periods; the median is the rule's own forecast, the bands are symmetric around it.

        The errors of all series of one indicator are pooled, in units of each series' recent mean change; a rule
        that these data are too short to have tried before takes the bands of naive. Where an indicator was never
        negative, nothing below zero is forecast. NaN where a series is too short for the rule.
        """
        regions, names, periods = self.series.values.shape
        levels = np.asarray(quantiles, float)
        values = np.empty((regions, names, steps, len(levels)))
        for indicator in dict.fromkeys(self.series.indicators):
            places = [k for k, one in enumerate(self.series.indicators) if one == indicator]
            block = self.series.values[:, places, :].reshape(-1, periods)
            made = self._block(block, steps, levels)
            values[:, places] = made.reshape(regions, len(places), steps, len(levels))
        return Forecast(self.series.periods.after(steps), tuple(quantiles), values, self._notes())

    def _block(self, block: NDArray[np.float64], steps: int, quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
        baseline, season = BASELINES[self.name], self.series.periods.season
        floor = np.full(len(block), -np.inf if (block < 0).any() else 0.0)
        levels = central_levels(quantiles)
        tried = block[:: -(-len(block) // MOST_TRIED)]
        widths = band_widths(rolling_misses(tried, baseline.rule, steps, season), levels)
        if np.isnan(widths).all():  # too short to have tried this rule before
            widths = naive_widths(tried, steps, season, levels)
        points = baseline.rule(block, steps, season)
        return bands(points, recent_change(block, season), widths, levels, quantiles, floor)

    def _notes(self) -> tuple[Note, ...]:
        counts = observations(self.series.values.reshape(-1, self.series.values.shape[2]))
        short = int(((counts > 0) & (counts < BASELINES[self.name].needs)).sum())
        if not short:
            return ()
        needs = BASELINES[self.name].needs
        return (Note(f"Look to naive and drift for {short} short series: {self.name} needs {needs} observations."),)


def naive_widths(
    block: NDArray[np.float64], steps: int, season: int, levels: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The bands of naive, which stand in for those of a rule that could never be tried: (horizon, level).

    A few changes must do for the unit of an error where there are no more. NaN where not even naive could be tried.
    """
    for needed in (CHANGES_NEEDED, FEW_CHANGES):
        widths = band_widths(rolling_misses(block, BASELINES["naive"].rule, steps, season, needed), levels)
        if np.isfinite(widths).any():
            break
    return widths


def refusal(name: str, series: Series) -> str:
    """Why this baseline cannot take these series, in words; empty when it can."""
    baseline, periods = BASELINES[name], series.periods
    needs = baseline.needs
    if baseline.is_seasonal:
        if periods.season == 1:
            return f"{periods.word}s have no season"
        needs = periods.season
    if len(periods) < needs:
        return f"it needs {needs} periods and has {len(periods)} to learn from"
    return ""


def net_refusal(series: Series) -> str:
    """Why a net has too little to learn from here, in words; empty when it has enough."""
    counts = observations(series.values.reshape(-1, series.values.shape[2]))
    known = int(np.maximum(counts - FIRST_PLACE, 0).sum())
    if known >= LEAST_SAMPLES:
        return ""
    return (
        f"a net needs {LEAST_SAMPLES} past misses of Theta, and the {int((counts > 0).sum())} series of at most "
        f"{int(counts.max(initial=0))} observations give {known}"
    )
