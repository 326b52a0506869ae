"""Growth curves and symbiosis as forecasters, ready to enter a contest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...errors import CoevolveError
from ...inquiry.finding import QUANTILES, Note
from ...inquiry.forecaster import Fitted, Forecast, Forecaster

if TYPE_CHECKING:
    from ...evidence.series import Series
    from ...inquiry.at import At
    from ...inquiry.key import Key
    from .growth_model import GrowthFit

LARGEST = 4
LEAST = 6
DRAWS = 400
RUNAWAY = 20.0  # times the last scale
MOST_RUNAWAYS = 0.02  # share of draws beyond which a region is forecast by growth curves instead
POINTS = 8  # of the noise scales: enough for a forecast


class Logistic(Forecaster):
    """Each series along its own growth curve: exponential and logistic growth, mixed by how well each fits.

    Tong & Wang (6) to (8). Needs six positive observations; series with fewer are not forecast.
    """

    name: ClassVar[str] = "logistic"

    def fit(self, series: Series, at: At) -> Fitted:
        """Fit both laws to every series."""
        from .growth_model import fit_growth

        fitted = fit_growth(series, ("exponential", "logistic"), at.key.child(self.name), DRAWS)
        return _Curves(series, fitted, at.key.child(self.name))

    def refuses(self, series: Series) -> str:
        """Refuses panels of fewer than six periods."""
        return _short(series, LEAST, self.name)


class SymbiosisForecaster(Forecaster):
    """Poles along the symbiosis equations of their region, all other series along their own growth curves.

    Tong & Wang (9), (10). Without `poles` the four largest series are taken. Needs eight positive observations of
    every pole; regions with fewer fall back to growth curves, and the notes say how many.
    """

    name: ClassVar[str] = "symbiosis"

    poles: Annotated[
        tuple[str, ...], Field(description="the series that act on each other; the four largest if left out")
    ] = ()
    noise: Annotated[
        Literal["state-space", "measurement", "one-step"],
        Field(description="what is noisy, as in the question symbiosis"),
    ] = "one-step"
    pooling: Annotated[
        Literal["hierarchical", "complete", "none"], Field(description="how b differs over regions, as in the question")
    ] = "complete"

    def fit(self, series: Series, at: At) -> Fitted:
        """Fit the poles together and the rest one by one."""
        from . import model
        from .growth_model import fit_growth

        key = at.key.child(self.name)
        curves = _Curves(series, fit_growth(series, ("exponential", "logistic"), key, DRAWS), key)
        poles = self._poles(series)
        sample = model.sample_of(series.pick(poles))
        if len(poles) < 2 or not sample.regions:
            return _Together(curves, None, (), (), ("no region has eight positive values of two poles",))
        has_years = self.noise != "measurement" and self.pooling != "none"
        has_years = has_years and len(sample.regions) >= model.YEAR_EFFECTS_FROM
        settings = model.Settings(self.noise, self.pooling, has_years, DRAWS, POINTS)
        cases = at.map(model.fit_part, model.parts_of(sample, settings, key.child("fit")), words="fitting symbiosis")
        failed = tuple(case.trouble for case in cases if not case.is_done)
        if len(failed) == len(cases):
            return _Together(curves, None, (), (), failed)
        results = [case.value for case in cases]
        fit = model.merge(results, sample, poles, {}, "", settings)
        regions = tuple(series.regions.index(name) for name in sample.regions)
        return _Together(curves, fit, regions, tuple(series.names.index(pole) for pole in poles), failed)

    def refuses(self, series: Series) -> str:
        """Refuses fewer than two series, panels of fewer than eight periods, and poles that are not there."""
        from .model import NEEDS

        if len(series.names) < 2:
            return "symbiosis needs two series or more that act on each other"
        short = _short(series, NEEDS, self.name)
        if short or not self.poles:
            return short
        try:
            series.pick(self.poles)
        except CoevolveError as error:
            return str(error)
        return "" if len(set(self.poles)) > 1 else "symbiosis needs two poles or more"

    def _poles(self, series: Series) -> tuple[str, ...]:
        if self.poles:
            return tuple(dict.fromkeys(self.poles))
        size = np.where(np.isfinite(series.values), series.values, 0.0).sum(axis=(0, 2))
        order = np.argsort(-size, kind="stable")[:LARGEST]
        return tuple(series.names[k] for k in sorted(order.tolist()))


def _short(series: Series, needs: int, name: str) -> str:
    most = int((series.observed & (np.nan_to_num(series.values) > 0)).sum(axis=2).max(initial=0))
    return "" if most >= needs else f"{name} needs {needs} positive values of a series; the longest has {most}"


@dataclass(frozen=True)
class _Curves(Fitted):
    series: Series
    fitted: GrowthFit
    key: Key

    def draws(self, steps: int) -> NDArray[np.float64]:
        """Draws of every series, shape (draw, region, series, step)."""
        from .future import times_ahead
        from .growth_model import forecast_growth

        ahead = times_ahead(self.series.periods, self.series.periods.after(steps))
        return forecast_growth(self.fitted, ahead, self.key, DRAWS)

    def forecast(self, steps: int, quantiles: Sequence[float] = QUANTILES) -> Forecast:
        """The next `steps` periods of every series."""
        values = _quantiles(self.draws(steps), quantiles)
        lost = int((~self.fitted.usable()).sum())
        notes = (Note(f"Lengthen {lost} series: too few positive values for a growth curve."),) if lost else ()
        return Forecast(self.series.periods.after(steps), tuple(quantiles), values, notes)


@dataclass(frozen=True)
class _Together(Fitted):
    curves: _Curves
    fit: object
    regions: tuple[int, ...]
    poles: tuple[int, ...]
    failed: tuple[str, ...]

    def forecast(self, steps: int, quantiles: Sequence[float] = QUANTILES) -> Forecast:
        """The next `steps` periods: poles along the equations, all else along growth curves."""
        from ...evidence.fit import Fit
        from . import model
        from .future import times_ahead

        periods = self.curves.series.periods
        draws = self.curves.draws(steps)
        fallen = len(self.curves.series.regions)
        if isinstance(self.fit, Fit):
            ahead = times_ahead(periods, periods.after(steps))
            made = model.forecast(self.fit, ahead, self.curves.key.child("paths").numpy()).transpose(0, 1, 3, 2)
            runs_away = (made > RUNAWAY * np.exp(self.fit["log_last"])[..., None]).any(axis=(2, 3)).mean(axis=0)
            finite = np.isfinite(made).all(axis=(0, 2, 3))
            known = np.asarray(finite & (self.fit["is_trusted"] > 0) & (runs_away < MOST_RUNAWAYS))
            for place, region in enumerate(self.regions):
                if known[place]:
                    draws[:, region, list(self.poles)] = made[: len(draws), place]
            fallen -= int(known.sum())
        values = _quantiles(draws, quantiles)
        where = f"{fallen} {'region' if fallen == 1 else 'regions'}"
        why = "no settled fit, poles too short, or paths that run away; these were forecast by growth curves."
        notes = [Note(f"Expect no symbiosis in {where}: {why}")] if fallen else []
        notes += [Note(f"Look at the poles: a fit failed ({trouble}).", "caution") for trouble in self.failed[:3]]
        return Forecast(periods.after(steps), tuple(quantiles), values, tuple(notes))


def _quantiles(draws: NDArray[np.float64], quantiles: Sequence[float]) -> NDArray[np.float64]:
    known = np.asarray(np.isfinite(draws).all(axis=0))
    found = np.quantile(np.where(known, draws, 0.0), quantiles, axis=0)
    return np.asarray(np.where(known[..., None], np.moveaxis(found, 0, -1), np.nan))
