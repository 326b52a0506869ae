"""The models of Table 2 put to the past: from rolling origins every model tells later years, which are then looked up.

A is the blend of `coefficients_model`, B the last value, C the linear trend, drift the
average past change; RAS knows the margins of the year it tells of and is no forecast. All are scored on the same cells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...engine.conformal import Misses, band_widths, bands, central_levels, recent_change
from ...engine.scores import paired_bootstrap
from ...inquiry.at import At
from ...inquiry.finding import QUANTILES
from ...inquiry.key import Key
from .coefficients_equations import average_change, chain_sums, complete_of, conditional, error_of, partners, trend
from .coefficients_model import NET_NEEDS, Experts, OriginCase, at_origin, blended, weights_at
from .coefficients_series import LEAST_KNOWN, Series

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Model = Literal["A", "B", "C"]

RAS = "RAS"
DRIFT = "drift"
NO_ERROR = 1e-9  # per cent: rounding
MOST_ORIGINS = 20
COMFORTABLE = 8  # years known at the first origin, where there are so many
EARLIER = 4  # origins before the first one that is scored, for the first blend to learn from
Blend = tuple[float, float, float]


@dataclass(frozen=True)
class Plan:
    """Where the models stand, in years known: `origins` are scored, at `experts` model A is made ready."""

    origins: tuple[int, ...]
    experts: tuple[int, ...]
    steps: int

    @classmethod
    def of(cls, years: int, hold_out: int, origins: int | None, net: bool = True) -> Plan:
        """The plan for that many years; by default up to twenty origins, the first with eight years known.

        >>> Plan.of(15, 3, None).origins
        (8, 9, 10, 11, 12)
        >>> Plan.of(15, 3, None).experts
        (6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
        """
        last = years - hold_out
        first = max(min(COMFORTABLE, last), last - MOST_ORIGINS + 1) if origins is None else last - origins + 1
        scored = tuple(range(max(first, LEAST_KNOWN), last + 1))
        least = NET_NEEDS if scored[0] >= NET_NEEDS else LEAST_KNOWN
        experts = tuple(range(max(least, scored[0] - EARLIER), years + 1)) if net else ()
        return cls(scored, experts, hold_out)


@dataclass(frozen=True, eq=False)
class Told:
    """What one model said of every industry's chain and how far it was out, at the scored origins.

    `errors[origin, step]`: median absolute percentage error over all cells; `chain[origin, step, region, industry, 2]`:
    its coefficients of supply and demand side. `ahead[step, region, industry, 2]` and `direct[step, region, i, j]`
    are what it says after the last known year (empty for RAS).
    """

    errors: Floats
    chain: Floats
    ahead: Floats
    direct: Floats


@dataclass(frozen=True, eq=False)
class Backtest:
    """All models at all origins, beside what came to be.

    `suppliers` and `users` [place, region, industry, top] are the partners of each industry in the last year known at
    each scored origin, and in the last year of all (the last place); `history[place]` are the two coefficients of
    those partners in every year, `blends` the weights that A chose there, `counts` on how many origins they rest.
    `unsettled` counts, by model, the tables that could not be balanced or produced, and all that were made.
    """

    series: Series
    plan: Plan
    told: Mapping[str, Told]
    suppliers: Ints
    users: Ints
    history: tuple[Floats, ...]
    blends: tuple[Blend, ...]
    counts: tuple[int, ...]
    cells: Ints
    troubles: tuple[str, ...]
    unsettled: Mapping[str, tuple[int, int]]

    @property
    def standing(self) -> tuple[int, ...]:
        """How many years are known at every place: the scored origins, then the end."""
        return (*self.plan.origins, len(self.series.years))

    def actual(self, place: int) -> Floats:
        """The two coefficients in the years after a scored origin, (step, region, industry, 2)."""
        known = self.plan.origins[place]
        return self.history[place][known : known + self.plan.steps]

    def change(self, model: str) -> Floats:
        """The error of a model as a share of that of the last value, less one: (origin, step).

        0 where neither errs, NaN where only the model does.
        """
        ours, base = self.told[model].errors, self.told["B"].errors
        errs = base > NO_ERROR
        same = np.where(ours > NO_ERROR, np.nan, 0.0)
        return np.where(errs, ours / np.where(errs, base, 1.0) - 1, same)

    def gain(self, model: str, step: int | None, key: Key) -> tuple[float, float, float]:
        """The mean change of the error against the last value over origins, in per cent, with its 95 % interval.

        Below zero the model is better. `step` None takes the mean over all horizons of an origin first.
        """
        share = 100 * self.change(model)
        values = share.mean(axis=1) if step is None else share[:, step]
        return over_origins(values, self.plan.steps if step is None else step + 1, key.child(f"gain {model} {step}"))

    def chain_errors(self, model: str, step: int) -> Floats:
        """Absolute percentage errors of the chains at every origin: (origin, region, industry, 2)."""
        actual = np.stack([self.actual(place)[step] for place in range(len(self.plan.origins))])
        missed = np.abs(self.told[model].chain[:, step] - actual)
        return np.asarray(100 * np.divide(missed, actual, out=np.full_like(missed, np.nan), where=actual > 0))

    def quantiles(self, model: str, place: int) -> Floats:
        """Conformal quantiles of the two coefficients at one place: (step, region, industry, 2, quantile).

        How far the model missed the chains of all industries and regions at earlier origins, in units of their own
        recent yearly change, is how far it may miss now. NaN where there was no earlier origin.
        """
        known, steps = self.standing[place], self.plan.steps
        is_end = place == len(self.plan.origins)
        points = self.told[model].ahead if is_end else self.told[model].chain[place]
        earlier = [k for k, origin in enumerate(self.plan.origins) if origin < known]
        levels = central_levels(np.array(QUANTILES))
        shape = points.shape[1:]
        many = int(np.prod(shape))
        errors = np.full((len(earlier), many, steps), np.nan)
        for row, k in enumerate(earlier):
            seen = min(steps, known - self.plan.origins[k])
            missed = np.abs(self.told[model].chain[k] - self.actual(k)).reshape(steps, many)
            scale = self._scale(k)
            errors[row, :, :seen] = (missed[:seen] / scale).T
        age = np.array([known - self.plan.origins[k] for k in earlier], float)
        nothing = np.full((steps, len(levels)), np.nan)
        widths = band_widths(Misses(errors, age), levels) if earlier else nothing
        flat = points.reshape(steps, many).T
        made = bands(flat, self._scale(place), widths, levels, np.array(QUANTILES), np.zeros(many))
        return np.moveaxis(made, 0, 1).reshape(steps, *shape, len(QUANTILES))

    def _scale(self, place: int) -> Floats:
        past = self.history[place][: self.standing[place]]
        return recent_change(past.reshape(len(past), -1).T)


def over_origins(values: Floats, overlap: int, key: Key) -> tuple[float, float, float]:
    """The mean over origins with its 95 % interval; NaN ends where the origins amount to fewer than two separate tests.

    Origins whose test years overlap are drawn in blocks (`paired_bootstrap`).
    """
    middle, low, high = paired_bootstrap(values, overlap, len(values) / overlap, key.numpy())
    return (middle, low, high) if len(values) >= 2 * overlap else (middle, float("nan"), float("nan"))


def backtest(series: Series, plan: Plan, models: Sequence[Model], top: int, at: At) -> Backtest:
    """Every model at every origin. Case by case what A needs is made ready by `at.map`, and kept."""
    known = len(series.years)
    cases = [
        OriginCase(
            series.direct[: origin + plan.steps],
            series.output[: origin + plan.steps],
            origin,
            plan.steps,
            True,
            at.key.child(f"origin {series.years[origin - 1]}"),
        )
        for origin in plan.experts
    ]
    found = at.map(at_origin, cases, words="training model A") if cases else []
    experts = [case.value for case in found if case.is_done]
    troubles = tuple(
        f"{series.years[case.known - 1]}: {one.trouble}"
        for case, one in zip(cases, found, strict=True)
        if not one.is_done
    )
    standing = (*plan.origins, known)
    chosen = [weights_at(origin, experts) for origin in standing]
    sides = [partners(series.complete[origin - 1], top) for origin in standing]
    history = tuple(_history(series.complete, *side) for side in sides)
    told, unsettled = {}, {}
    names: tuple[str, ...] = (*dict.fromkeys(("B", *models)), DRIFT, RAS)
    for count, name in enumerate(names):
        at.tick(count, len(names), "scoring the models")
        found_all = [_direct(name, series, plan, origin, experts, chosen[k][0]) for k, origin in enumerate(standing)]
        told[name], unsound = _told(series, plan, [made for made, _ in found_all], sides)
        many = sum(made[..., 0, 0].size for made, _ in found_all if made is not None)
        unsettled[name] = (unsound + sum(bad for _, bad in found_all), many)
    cells = np.array([[_scored(series, origin, step) for step in range(plan.steps)] for origin in plan.origins])
    order = {name: told[name] for name in sorted(told, key=lambda name: (name == RAS, name))}
    return Backtest(
        series,
        plan,
        order,
        np.stack([side[0] for side in sides]),
        np.stack([side[1] for side in sides]),
        history,
        tuple(blend for blend, _ in chosen),
        tuple(count for _, count in chosen),
        cells,
        troubles,
        unsettled,
    )


def _direct(
    name: str, series: Series, plan: Plan, known: int, experts: Sequence[Experts], blend: Blend
) -> tuple[Floats | None, int]:
    """The direct coefficients that a model says, (step, region, i, j), or None, and how many tables gave trouble."""
    past, output = series.direct[:known], series.output[:known]
    last = np.broadcast_to(past[-1], (plan.steps, *past.shape[1:]))
    if name == "C":
        return trend(past, plan.steps), 0
    if name == DRIFT:
        return average_change(past, plan.steps), 0
    if name == "A":
        here = next((one for one in experts if one.known == known), None)
        if here is None:
            return last, 0
        steps = [blended(past, output, here.trend, here.net, blend, step) for step in range(plan.steps)]
        return np.stack([made for made, _ in steps]), sum(bad for _, bad in steps)
    if name == RAS:
        if known == len(series.years):
            return None, 0
        made, bad = [], 0
        for step in range(plan.steps):
            later = series.output[known + step]
            flows = series.direct[known + step] * later[:, None, :]
            parts = [conditional(*part) for part in zip(past[-1], flows, later, strict=True)]
            made.append(np.stack([part for part, _ in parts]))
            bad += sum(not settled for _, settled in parts)
        return np.stack(made), bad
    return last, 0


def _told(
    series: Series, plan: Plan, made: Sequence[Floats | None], sides: Sequence[tuple[Ints, Ints]]
) -> tuple[Told, int]:
    """Errors and chain coefficients of one model from its direct coefficients at every place.

    Also how many tables needed more than they make: the last value stands in for them.
    """
    unsound = 0
    errors = np.full((len(plan.origins), plan.steps), np.nan)
    chains = []
    for k, direct in enumerate(made):
        if direct is None:
            chains.append(np.full((plan.steps, *series.output.shape[1:], 2), np.nan))
            continue
        known = (*plan.origins, len(series.years))[k]
        complete, sound = complete_of(direct)
        unsound += int((~sound).sum())
        last = np.broadcast_to(series.complete[known - 1], complete.shape)
        complete = np.where(sound[..., None, None], complete, last)
        chains.append(_history(complete, *sides[k]))
        if k < len(plan.origins):
            for step in range(plan.steps):
                errors[k, step] = error_of(complete[step], series.complete[known + step])
    end = made[-1]
    return Told(errors, np.stack(chains[:-1]), chains[-1], np.zeros(0) if end is None else end), unsound


def _history(complete: Floats, suppliers: Ints, users: Ints) -> Floats:
    """Chain coefficients of fixed partners in several years: (year, region, industry, 2)."""
    shape = (len(complete), *suppliers.shape)
    return chain_sums(complete, np.broadcast_to(suppliers, shape), np.broadcast_to(users, shape))


def _scored(series: Series, known: int, step: int) -> int:
    from .coefficients_equations import LEAST_SCORED

    return int((series.complete[known + step] > LEAST_SCORED).sum())
