"""What the forecasts by the symbiosis equations share: their options, the fit, the draws; and growth curves."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...errors import CoevolveError
from ...inquiry.finding import QUANTILES, Note
from ...inquiry.forecaster import Fitted, Forecast, Forecaster

if TYPE_CHECKING:
    from ...evidence.fit import Fit
    from ...evidence.series import Series
    from ...inquiry.at import At
    from ...inquiry.key import Key
    from .course import State
    from .growth_model import GrowthFit

LARGEST = 4
LEAST = 6
DRAWS = 400
RUNAWAY = 20.0  # times the last scale
MOST_RUNAWAYS = 0.02  # share of draws beyond which a region is forecast by growth curves instead
POINTS = 8  # of the noise scales: enough for a forecast


class Poles(Forecaster):
    """What the forecasts by the symbiosis equations share: their options, and the fit that they rest on."""

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

    def family(self) -> str:
        """What is shared: one fit of the equations for all with the same options."""
        return f"symbiosis {self.noise} {self.pooling} {' + '.join(self.poles)}".strip()

    def prepare(self, series: Series, at: At) -> Together:
        """Fits the poles together and all series one by one."""
        from . import model
        from .growth_model import fit_growth
        from .sample import sample_of, with_all_poles

        key = at.key.child("symbiosis")
        curves = Curves(series, fit_growth(series, ("exponential", "logistic"), key, DRAWS), key)
        poles = self._poles(series)
        sample = with_all_poles(sample_of(series.pick(poles)))
        if len(poles) < 2 or not sample.regions:
            return Together(curves, None, (), (), ("no region has eight positive values of two poles",))
        has_years = self.noise != "measurement" and self.pooling != "none"
        has_years = has_years and len(sample.regions) >= model.YEAR_EFFECTS_FROM
        settings = model.Settings(self.noise, self.pooling, has_years, DRAWS, POINTS)
        cases = at.map(model.fit_part, model.parts_of(sample, settings, key.child("fit")), words="fitting symbiosis")
        failed = tuple(case.trouble for case in cases if not case.is_done)
        if len(failed) == len(cases):
            return Together(curves, None, (), (), failed)
        results = [case.value for case in cases]
        fit = model.merge(results, sample, poles, {}, "")
        regions = tuple(series.regions.index(name) for name in sample.regions)
        return Together(curves, fit, regions, tuple(series.names.index(pole) for pole in poles), failed)

    def fit(self, series: Series, at: At) -> Fitted:
        """Prepares and finishes."""
        return self.finish(self.prepare(series, at))

    @abstractmethod
    def finish(self, prepared: Together) -> Fitted:
        """This forecaster on the fit that it shares."""

    def refuses(self, series: Series) -> str:
        """Refuses fewer than two series, panels of fewer than eight periods, and poles that are not there."""
        from .sample import NEEDS

        if len(series.names) < 2:
            return f"{self.name} needs two series or more that act on each other"
        lacking = short(series, NEEDS, self.name)
        if lacking or not self.poles:
            return lacking
        try:
            series.pick(self.poles)
        except CoevolveError as error:
            return str(error)
        return "" if len(set(self.poles)) > 1 else f"{self.name} needs two poles or more"

    def _poles(self, series: Series) -> tuple[str, ...]:
        if self.poles:
            return tuple(dict.fromkeys(self.poles))
        size = np.where(np.isfinite(series.values), series.values, 0.0).sum(axis=(0, 2))
        order = np.argsort(-size, kind="stable")[:LARGEST]
        return tuple(series.names[k] for k in sorted(order.tolist()))


def short(series: Series, needs: int, name: str) -> str:
    """Why these series are too short, in words; empty when one has enough positive values."""
    most = int((series.observed & (np.nan_to_num(series.values) > 0)).sum(axis=2).max(initial=0))
    return "" if most >= needs else f"{name} needs {needs} positive values of a series; the longest has {most}"


@dataclass(frozen=True)
class Curves(Fitted):
    """Every series along its own growth curve."""

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
class Together(Fitted):
    """Poles fitted together: draws of the equations where they are known, growth curves everywhere else.

    `fit` is None where no region could be fitted; `regions` and `poles` say where those of the fit stand among all.
    """

    curves: Curves
    fit: Fit | None
    regions: tuple[int, ...]
    poles: tuple[int, ...]
    failed: tuple[str, ...]

    def forecast(self, steps: int, quantiles: Sequence[float] = QUANTILES) -> Forecast:
        """The next `steps` periods: poles along the equations, all else along growth curves."""
        return self.pushed(steps, quantiles, None)

    def pushed(self, steps: int, quantiles: Sequence[float], push: NDArray[np.float64] | None) -> Forecast:
        """The same with extra log growth in each step on top of the equations, `push` (fitted region, step, pole)."""
        periods = self.curves.series.periods
        draws = self.curves.draws(steps)
        fallen = len(self.curves.series.regions)
        if self.fit is not None:
            made, known = self._equations(self.fit, steps, push)
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

    def _equations(
        self, fit: Fit, steps: int, push: NDArray[np.float64] | None
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Draws (draw, region, pole, step) of the fitted regions, and which of them can be believed."""
        from .course import forecast
        from .future import times_ahead

        periods = self.curves.series.periods
        ahead = times_ahead(periods, periods.after(steps))
        changes = {} if push is None else {k: partial(_pushed, push[:, k]) for k in range(steps)}
        random = self.curves.key.child("paths").numpy()
        made = forecast(fit, ahead, random, changes).transpose(0, 1, 3, 2)
        runs_away = (made > RUNAWAY * np.exp(fit["log_last"])[..., None]).any(axis=(2, 3)).mean(axis=0)
        finite = np.isfinite(made).all(axis=(0, 2, 3))
        return made, np.asarray(finite & (fit["is_trusted"] > 0) & (runs_away < MOST_RUNAWAYS))


def _pushed(growth: NDArray[np.float64], region: int, state: State) -> State:
    """All draws of a region, moved by the same log growth (fitted region, pole)."""
    return replace(state, log_scale=state.log_scale + growth[region])


def _quantiles(draws: NDArray[np.float64], quantiles: Sequence[float]) -> NDArray[np.float64]:
    known = np.asarray(np.isfinite(draws).all(axis=0))
    found = np.quantile(np.where(known, draws, 0.0), quantiles, axis=0)
    return np.asarray(np.where(known[..., None], np.moveaxis(found, 0, -1), np.nan))
