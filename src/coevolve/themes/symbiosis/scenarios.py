"""Scenarios on draws: each draw of a fit followed as it is and as changed, with the same noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ...evidence.fit import Fit
from ...evidence.periods import Periods
from ...inquiry.key import Key
from .course import Change, State, forecast
from .scenario import Alteration

Array = NDArray[np.float64]

AS_IT_IS = "as it is"


@dataclass(frozen=True)
class Followed:
    """Draws of every scenario, shape (draw, region, period, pole): `AS_IT_IS` first, the others by their names."""

    draws: Mapping[str, Array]

    @property
    def names(self) -> tuple[str, ...]:
        """The scenarios in the order of the study, without "as it is"."""
        return tuple(name for name in self.draws if name != AS_IT_IS)


def follow(
    fit: Fit, changes: Sequence[Alteration], labels: Sequence[str], key: Key, tick: Callable[[int, int, str], None]
) -> Followed:
    """Every scenario to the periods `labels`, all with the noise of `key`, so that differences are the change's own.

    All are cut at the same places, also where nothing changes, so that equal paths are equal to the last digit.
    """
    periods = Periods.of(fit.labels["period"])
    when = periods.ahead([str(one.year) for one in changes])
    shown = periods.ahead(labels)
    targets = np.unique(np.concatenate([shown, when]))
    kept, places = np.searchsorted(targets, shown), np.searchsorted(targets, when).tolist()
    names = tuple(dict.fromkeys(one.scenario for one in changes))
    draws = {}
    for done, name in enumerate((AS_IT_IS, *names)):
        tick(done, len(names) + 1, "following scenarios")
        plan: dict[int, Change] = {
            place: partial(
                _apply,
                fit,
                tuple(one for one, k in zip(changes, places, strict=True) if (one.scenario, k) == (name, place)),
            )
            for place in places
        }
        draws[name] = forecast(fit, targets, key.numpy(), plan)[:, :, kept]
    return Followed(draws)


def _apply(fit: Fit, changes: tuple[Alteration, ...], region: int, state: State) -> State:
    """The state of a region after the changes that concern it."""
    label = fit.labels["region"][region]
    for one in changes:
        there = np.isfinite(state.rate[:, fit.labels["pole"].index(one.pole)]).all()  # else it stays absent
        if there and (not one.regions or label in one.regions):
            state = altered(state, one, fit.labels["pole"])
    return state


def altered(state: State, one: Alteration, poles: tuple[str, ...]) -> State:
    """The state after one change: `by` is a factor for rate, capacity and scale and is added for b.

    >>> state = State(np.log([[50.0]]), np.array([[0.2]]), np.array([[100.0]]), np.zeros((1, 1, 1)))
    >>> altered(state, Alteration(year=2030, pole="steel", what="capacity", by=1.5), ("steel",)).capacity
    array([[150.]])
    """
    place = poles.index(one.pole)
    if one.what == "b":
        symbiosis = np.array(state.symbiosis)
        cell = (slice(None), place, poles.index(one.other))
        symbiosis[cell] = one.to if one.to is not None else symbiosis[cell] + _amount(one)
        return replace(state, symbiosis=symbiosis)
    if one.what == "scale":
        logs = np.array(state.log_scale)
        logs[:, place] = np.log(one.to) if one.to is not None else logs[:, place] + np.log(_amount(one))
        return replace(state, log_scale=logs)
    values = np.array(state.rate if one.what == "rate" else state.capacity)
    values[:, place] = one.to if one.to is not None else values[:, place] * _amount(one)
    return replace(state, rate=values) if one.what == "rate" else replace(state, capacity=values)


def _amount(one: Alteration) -> float:
    return 0.0 if one.by is None else one.by
