"""Forecasters against each other on the same cells: run at rolling origins, scored, compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ...engine.baselines import BASELINES, rolling_origins
from ...engine.scores import covered, mase_scale, mean_where, paired_bootstrap, pinball, smape
from ...errors import DataError
from ...evidence.series import Series
from ...inquiry.at import At, Case, Here, attempt
from ...inquiry.finding import QUANTILES, Note
from ...inquiry.forecaster import Fitted, Forecast, Forecaster
from ...inquiry.key import Key

Floats = NDArray[np.float64]

MEASURES = ("mase", "smape", "pinball", "coverage_80", "coverage_95")
MOST_ORIGINS = 20
FEWEST_ORIGINS = 3
LEAST_TRAINING = 3
SHARE_NEEDED = 0.5
"""A forecaster that forecasts less than this share of the cells is set aside, so that all are scored on the same."""


@dataclass(frozen=True)
class Plan:
    """Where a contest stands: `origins[k]` periods are known at origin k, then `hold_out` periods are forecast."""

    origins: tuple[int, ...]
    hold_out: int
    step: int

    @classmethod
    def of(cls, periods: int, season: int, hold_out: int | None, origins: int | None) -> Plan:
        """The plan for that many periods; what is not given is chosen from them.

        Hold-out: a year of sub-annual data, else a sixth of the periods, at most six. Origins: as many as leave the
        first training part two fifths of the periods (eight at least), 3 to 20; one period apart in yearly data,
        else up to a year.

        >>> Plan.of(17, 1, None, None)
        Plan(origins=(8, 9, 10, 11, 12, 13, 14, 15), hold_out=2, step=1)
        >>> Plan.of(120, 12, None, None).origins
        (48, 60, 72, 84, 96, 108)
        """
        held = hold_out or (season if season > 1 and periods >= 4 * season else max(1, min(6, periods // 6)))
        step = min(held, season)
        last = periods - held
        comfortable = (last - max(8, -(-2 * periods // 5))) // step + 1
        possible = (last - LEAST_TRAINING) // step + 1
        chosen = origins or max(1, min(max(comfortable, FEWEST_ORIGINS), possible, MOST_ORIGINS))
        return cls(rolling_origins(periods, held, chosen, step), held, step)

    @property
    def overlap(self) -> int:
        """How many neighbouring origins share test periods."""
        return -(-self.hold_out // self.step)

    @property
    def windows(self) -> float:
        """How many separate tests the origins amount to: their number, or fewer where test periods overlap."""
        return len(self.origins) * self.step / self.hold_out


@dataclass(frozen=True)
class Contest:
    """What came of it. `entrants` were scored on the same cells; `set_aside` says of the others why they were not.

    `measures[name]` has shape (entrant, origin, series, horizon), NaN outside the common cells, in units of MASE
    for mase and pinball, percent for smape, 0 or 1 for coverage. `paths` holds the quantiles of each entrant at the
    last origin, shape (entrant, region, series, horizon, quantile); `remarks` what each said about itself there.
    """

    series: Series
    plan: Plan
    entrants: tuple[str, ...]
    set_aside: Mapping[str, str]
    measures: Mapping[str, Floats]
    paths: Floats
    unscaled: int
    unobserved: int
    remarks: Mapping[str, tuple[Note, ...]] = field(default_factory=dict)

    def by_origin(self, measure: str, horizon: int | None = None) -> Floats:
        """The mean over series and horizons, or over series at one horizon, shape (entrant, origin)."""
        values = self.measures[measure]
        return mean_where(values, (2, 3)) if horizon is None else mean_where(values[..., horizon], 2)

    def overall(self, measure: str) -> Floats:
        """The mean over origins, each counting alike, shape (entrant,)."""
        return mean_where(self.by_origin(measure), 1)

    def by_horizon(self, measure: str) -> Floats:
        """The mean over origins at each horizon, shape (entrant, horizon)."""
        return mean_where(mean_where(self.measures[measure], 2), 1)

    def by_name(self, measure: str) -> Floats:
        """The mean over regions, origins and horizons for each named series, shape (entrant, name)."""
        return mean_where(self._spread(measure), (1, 2, 4))

    def by_region(self, measure: str) -> Floats:
        """The mean over named series, origins and horizons for each region, shape (entrant, region)."""
        return mean_where(self._spread(measure), (1, 3, 4))

    def worst(self, entrant: str, share: float = 0.01) -> tuple[tuple[str, ...], float]:
        """The worst `share` of an entrant's series (named, worst first), and what part of its error is theirs.

        Without any error at all that part is 0.
        """
        error = mean_where(self.measures["mase"][self.entrants.index(entrant)], (0, 2))
        order = np.argsort(np.where(np.isnan(error), -np.inf, error), kind="stable")[::-1]
        few = order[: int(share * np.isfinite(error).sum())]
        names = len(self.series.names)
        labels = [(self.series.regions[k // names], self.series.names[k % names]) for k in few.tolist()]
        total = float(np.nansum(error))
        part = float(error[few].sum()) / total if total > 0.0 else 0.0
        return tuple(", ".join(filter(None, label)) for label in labels), part

    @property
    def scored(self) -> int:
        """How many series (region and name) were scored at one origin at least."""
        return int((~np.isnan(self.measures["mase"][0]).all(axis=(0, 2))).sum())

    def _spread(self, measure: str) -> Floats:
        """(entrant, origin, region, name, horizon)."""
        cells = self.measures[measure]
        regions, names = self.series.values.shape[:2]
        return cells.reshape(*cells.shape[:2], regions, names, cells.shape[-1])

    def wins(self, horizon: int | None = None) -> Floats:
        """The share of (series, origin) where each entrant's mean absolute error is the smallest; ties are shared."""
        cells = self.measures["mase"]
        error = mean_where(cells, 3) if horizon is None else cells[..., horizon]
        best = np.fmin.reduce(error, axis=0)
        first = (error <= best * (1 + 1e-9)) & np.isfinite(error)
        shared = first / np.maximum(first.sum(axis=0), 1)
        there = np.isfinite(best)
        return np.asarray(shared[:, there].sum(axis=1) / max(int(there.sum()), 1))

    def difference(self, one: str, other: str, key: Key, horizon: int | None = None) -> tuple[float, float, float]:
        """MASE of `one` minus MASE of `other`, with a 95 % interval over origins; below 0 favours `one`."""
        scores = self.by_origin("mase", horizon)
        between = scores[self.entrants.index(one)] - scores[self.entrants.index(other)]
        return self._interval(between, key.child(f"{one}/{other}"))

    def interval(self, measure: str, entrant: str, key: Key, horizon: int | None = None) -> tuple[float, float, float]:
        """One score with its 95 % interval over origins."""
        values = self.by_origin(measure, horizon)[self.entrants.index(entrant)]
        return self._interval(values, key.child(f"{measure}/{entrant}"))

    def _interval(self, values: Floats, key: Key) -> tuple[float, float, float]:
        return paired_bootstrap(values, self.plan.overlap, self.plan.windows, key.numpy())


@runtime_checkable
class Kin(Protocol):
    """A forecaster of a family that shares a costly part: those of one family are prepared once an origin."""

    def family(self) -> str:
        """What is shared, in words; equal words mean that one preparation serves all."""

    def prepare(self, series: Series, at: At) -> Any:
        """The shared part."""

    def finish(self, prepared: Any) -> Fitted:
        """This forecaster on what was prepared."""


@dataclass(frozen=True)
class Turn:
    """One forecaster, or all of a family, at one origin: all that a worker needs."""

    forecasters: tuple[Forecaster, ...]
    known: Series
    steps: int
    key: Key


def take_turn(turn: Turn) -> list[Case]:
    """What each forecaster of a turn says at one origin, or what went wrong with it."""
    first = turn.forecasters[0]
    if not isinstance(first, Kin):
        return [attempt(_alone, turn)]
    prepared = first.prepare(turn.known, Here(turn.key))
    return [attempt(_finished, (one, prepared, turn)) for one in turn.forecasters]


def _finished(case: tuple[Any, Any, Turn]) -> Forecast:
    forecaster, prepared, turn = case
    return _said((forecaster.finish(prepared), turn, forecaster.name))


def _said(case: tuple[Fitted, Turn, str]) -> Forecast:
    """A forecast of the shape that it should have; raises DataError where it has another."""
    fitted, turn, name = case
    said = fitted.forecast(turn.steps, QUANTILES)
    wanted = (*turn.known.values.shape[:2], turn.steps, len(QUANTILES))
    if np.shape(said.values) != wanted:
        raise DataError(
            f"'{name}' must give (region, series, horizon, quantile).",
            got=np.shape(said.values),
            do=f"Here that is {wanted}.",
        )
    return said


def hold(series: Series, forecasters: Mapping[str, Forecaster], plan: Plan, at: At) -> Contest:
    """Run every forecaster at every origin and score all on the cells that all of them forecast."""
    set_aside = {name: why for name, one in forecasters.items() if (why := one.refuses(series.before(plan.origins[0])))}
    told: dict[str, list[Floats]] = {}
    remarks: dict[str, tuple[Note, ...]] = {}
    cases = _turns({name: one for name, one in forecasters.items() if name not in set_aside}, series, plan, at)
    for name, mine in cases.items():
        trouble = [
            f"at {series.periods.labels[origin - 1]}: {case.trouble}"
            for origin, case in zip(plan.origins, mine, strict=True)
            if not case.is_done
        ]
        if trouble:
            set_aside[name] = f"it failed {trouble[0]}"
        else:
            told[name] = [np.ascontiguousarray(case.value.values, float) for case in mine]
            remarks[name] = mine[-1].value.notes
    result = score(series, told, plan, set_aside)
    return replace(result, remarks={name: remarks[name] for name in result.entrants})


def _turns(forecasters: Mapping[str, Forecaster], series: Series, plan: Plan, at: At) -> dict[str, list[Case]]:
    """Every forecaster at every origin: the baselines here (moments), families wherever `at` sends them."""
    known = {origin: _whole(series.before(origin)) for origin in plan.origins}

    def turns(labels: Sequence[str], word: str) -> list[Turn]:
        together = tuple(forecasters[label] for label in labels)
        return [Turn(together, known[k], plan.hold_out, at.key.child(f"{word}/{k}")) for k in plan.origins]

    quick = [name for name, one in forecasters.items() if one.name in BASELINES]
    found: dict[str, list[Case]] = {}
    for done, name in enumerate(quick):
        at.tick(done, len(quick), "baselines from each origin")
        found[name] = [attempt(_alone, turn) for turn in turns([name], name)]
    groups = _families({name: one for name, one in forecasters.items() if name not in found})
    if groups:
        every = [turn for word, labels in groups for turn in turns(labels, word)]
        cases = at.map(take_turn, every, words="models from each origin")
        size = len(plan.origins)
        for g, (_, labels) in enumerate(groups):
            mine = cases[g * size : (g + 1) * size]
            for place, name in enumerate(labels):
                found[name] = [case.value[place] if case.is_done else case for case in mine]
    return {name: found[name] for name in forecasters}


def _alone(turn: Turn) -> Forecast:
    return _said((turn.forecasters[0].fit(turn.known, Here(turn.key)), turn, turn.forecasters[0].name))


def _families(forecasters: Mapping[str, Forecaster]) -> list[tuple[str, list[str]]]:
    """(family, labels) of those that share their costly part; all others are families of one, under their label."""
    found: dict[str, list[str]] = {}
    for label, one in forecasters.items():
        found.setdefault(f"family {one.family()}" if isinstance(one, Kin) else label, []).append(label)
    return list(found.items())


def _whole(series: Series) -> Series:
    """The series with its values in one block, as another process would get them: sums run in the same order there."""
    return replace(series, values=np.ascontiguousarray(series.values), status=np.ascontiguousarray(series.status))


def score(series: Series, told: Mapping[str, Sequence[Floats]], plan: Plan, set_aside: Mapping[str, str]) -> Contest:
    """Score what was told, `told[name][k]` (region, series, horizon, quantile) at origin k, on the common cells."""
    flat = series.values.reshape(-1, series.values.shape[2])
    actual = np.stack([flat[:, origin : origin + plan.hold_out] for origin in plan.origins])
    scale = np.stack([mase_scale(flat[:, :origin], series.periods.season) for origin in plan.origins])
    scorable = ~np.isnan(actual) & ~np.isnan(scale)[:, :, None]
    middle = QUANTILES.index(0.5)
    answered = {
        name: np.stack([np.isfinite(one[..., middle]).reshape(len(flat), -1) for one in values]) & scorable
        for name, values in told.items()
    }
    aside = dict(set_aside)
    total = int(scorable.sum())
    for name, there in answered.items():
        if there.sum() < SHARE_NEEDED * total:
            aside[name] = f"it forecasts {int(there.sum())} of the {total} cells only"
    entrants = tuple(name for name in told if name not in aside)
    common = scorable.copy()
    for name in entrants:
        common &= answered[name]
    cells: dict[str, list[Floats]] = {measure: [] for measure in MEASURES}
    for name in entrants:
        quantiles = np.stack([one.reshape(len(flat), plan.hold_out, -1) for one in told[name]])
        for measure, values in _measures(actual, quantiles, scale).items():
            cells[measure].append(np.where(common, values, np.nan))
    empty = np.empty((0, *common.shape))
    shape = (len(series.regions), len(series.names), plan.hold_out, len(QUANTILES))
    return Contest(
        series=series,
        plan=plan,
        entrants=entrants,
        set_aside=aside,
        measures={measure: np.stack(values) if values else empty for measure, values in cells.items()},
        paths=np.stack([told[name][-1] for name in entrants]) if entrants else np.empty((0, *shape)),
        unscaled=int((np.isnan(scale) & ~np.isnan(actual).all(axis=2)).any(axis=0).sum()),
        unobserved=int(np.isnan(actual[:, ~np.isnan(flat).all(axis=1)]).sum()),
    )


def _measures(actual: Floats, quantiles: Floats, scale: Floats) -> dict[str, Floats]:
    levels = np.array(QUANTILES)
    at = {round(level, 3): k for k, level in enumerate(QUANTILES)}
    middle, unit = quantiles[..., at[0.5]], scale[:, :, None]
    inner = slice(at[0.05], at[0.95] + 1)
    return {
        "mase": np.abs(actual - middle) / unit,
        "smape": smape(actual, middle),
        "pinball": pinball(actual, quantiles[..., inner], levels[inner]).mean(axis=-1) / unit,
        "coverage_80": covered(actual, quantiles[..., at[0.1]], quantiles[..., at[0.9]]),
        "coverage_95": covered(actual, quantiles[..., at[0.025]], quantiles[..., at[0.975]]),
    }
