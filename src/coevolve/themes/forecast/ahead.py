"""One model put to the end of the data, beside naive and drift, and to some past origins to see what it is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import CoevolveError
from ...evidence.series import Series
from ...inquiry import catalogue
from ...inquiry.at import At, Here
from ...inquiry.finding import Note
from ...inquiry.forecaster import Forecaster
from ...inquiry.key import Key
from .contest_model import LEAST_TRAINING, Contest, Plan, hold
from .learned import FittedLearned

Floats = NDArray[np.float64]

MOST_TESTS = 8
"""Past origins that the model is put to: enough to see whether naive would have done as well."""


@dataclass(frozen=True)
class Ahead:
    """A model, the series it sees, how far to look, at which quantiles: all that a worker needs."""

    forecaster: Forecaster
    known: Series
    steps: int
    quantiles: tuple[float, ...]
    key: Key


@dataclass(frozen=True)
class Told:
    """What a model says: `values` (region, series, step, quantile), its notes, its weights by indicator and member."""

    values: Floats
    notes: tuple[Note, ...]
    weights: Mapping[str, Mapping[str, float]]


def look_ahead(case: Ahead) -> Told:
    """What one model says of the periods after the data; counts stay whole numbers."""
    fitted = case.forecaster.fit(case.known, Here(case.key))
    said = fitted.forecast(case.steps, case.quantiles)
    alone = {one: {case.forecaster.name: 1.0} for one in dict.fromkeys(case.known.indicators)}
    weights = fitted.weights(case.steps) if isinstance(fitted, FittedLearned) else alone
    return Told(_as_counted(said.values, case.known), said.notes, weights)


def _as_counted(values: Floats, series: Series) -> Floats:
    """Forecasts of an indicator that was always counted in whole numbers, in whole numbers."""
    made = np.array(values, float)
    for indicator in dict.fromkeys(series.indicators):
        places = [k for k, one in enumerate(series.indicators) if one == indicator]
        seen = series.values[:, places]
        seen = seen[np.isfinite(seen)]
        if seen.size and (seen == np.rint(seen)).all():
            made[:, places] = np.rint(made[:, places])
    return made


@dataclass(frozen=True)
class Outlook:
    """The answer in numbers: what the model and the two simplest say, and how they did at past origins.

    `model` is the name of what speaks, `replaced` why it is not the one asked for (empty when it is), `contest` None
    where the data are too short for a test.
    """

    series: Series
    labels: tuple[str, ...]
    quantiles: tuple[float, ...]
    model: str
    replaced: str
    told: Mapping[str, Told]
    contest: Contest | None

    @property
    def values(self) -> Floats:
        """What the model says, (region, series, step, quantile)."""
        return self.told[self.model].values

    def middle(self, name: str) -> Floats:
        """The median of one forecaster, (region, series, step)."""
        return self.told[name].values[..., self.quantiles.index(0.5)]


def outlook(
    series: Series, labels: tuple[str, ...], asked: Forecaster, quantiles: tuple[float, ...], at: At
) -> Outlook:
    """Puts the model, naive and drift to the end of the data and to past origins.

    A model that cannot take the series, or that fails, is replaced by naive, and the reason is kept.
    """
    every = tuple(sorted({*quantiles, 0.1, 0.5, 0.9}))
    simple = {name: catalogue.forecaster(name)() for name in ("naive", "drift")}
    plain: dict[str, Forecaster] = {name: one for name, one in simple.items() if not one.refuses(series)}
    replaced = asked.refuses(series)
    wanted = dict(plain) if replaced else plain | {asked.name: asked}
    cases = [Ahead(one, series, len(labels), every, at.key.child(name)) for name, one in wanted.items()]
    done = dict(zip(wanted, at.map(look_ahead, cases, words="looking ahead"), strict=True))
    if asked.name in done and not done[asked.name].is_done:
        replaced = f"it failed: {done[asked.name].trouble}"
    told = {name: case.value for name, case in done.items() if case.is_done}
    if "naive" not in told:
        raise CoevolveError("no forecast can be made.", got=done["naive"].trouble, do="Look at the data.")
    model = "naive" if replaced else asked.name
    entrants = {name: wanted[name] for name in wanted if name in told}
    return Outlook(series, labels, every, model, replaced, told, _tested(series, len(labels), entrants, at))


def _tested(series: Series, steps: int, entrants: Mapping[str, Forecaster], at: At) -> Contest | None:
    periods, season = len(series.periods), series.periods.season
    if periods < LEAST_TRAINING + 1:
        return None
    usual = Plan.of(periods, season, None, None)
    plan = Plan.of(periods, season, min(steps, usual.hold_out), None)
    few = Plan(plan.origins[-MOST_TESTS:], plan.hold_out, plan.step)
    found = hold(series, entrants, few, at)
    has_scores = bool(found.entrants) and bool(np.isfinite(found.measures["mase"]).any())
    return found if has_scores and "naive" in found.entrants else None
