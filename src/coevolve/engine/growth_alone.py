"""How probable the unknowns of one region are, at many places at once: for weighing draws.

The density is that of `growth_target`, priors and all; only its value, for thousands of draws in one compiled call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .growth_filter import forward, room
from .growth_panel import SYMBIOSIS
from .growth_target import EXACT, Target, correlation
from .whitening import Arrow

Array = NDArray[np.float64]


@njit(cache=True, error_model="numpy")
def _each(  # type: ignore[no-untyped-def]
    poles, times, logs, seen, first, last, own, effect, shift, driver, lift, pattern, process, measure, start,
    start_spread, substeps, value, end_mean, end_spread,
):  # fmt: skip
    """Log likelihood of one region for each draw; the last state given all that was seen is filled in beside it."""
    years = np.zeros((len(times) - 1, len(poles)))
    for d in range(len(value)):
        kept = room(poles, times, first, last, start[d], start_spread, substeps)
        value[d] = forward(
            poles, times, logs, seen, first, last, own[d], effect[d], shift[d], driver, lift[d] * pattern, years,
            process[d], measure[d], substeps, kept,
        )  # fmt: skip
        end_mean[d], end_spread[d] = kept[2][last], kept[3][last]


@dataclass(frozen=True)
class Weighed:
    """Log density of each draw, and mean (draw, pole) and covariance (draw, pole, pole) of the last state given it."""

    value: Array
    end_mean: Array
    end_spread: Array


@dataclass(frozen=True)
class Read:
    """Draws in the terms of the equations: `rate`, `log_capacity` (draw, pole), `b` (draw, pair), noise `measurement`
    and `process` (draw, pole), `tie` (draw,), `start` (draw, pole) the expected first state."""

    rate: Array
    log_capacity: Array
    b: Array
    measurement: Array
    process: Array
    tie: Array
    start: Array


@dataclass(frozen=True)
class Alone:
    """The density of one region. `pattern` (interval, pole): where a step of size delta is added to log capacity."""

    target: Target
    pattern: Array

    @classmethod
    def of(cls, target: Target, pattern: Array | None = None) -> Alone:
        """For a target of one region whose poles are all present, by the law symbiosis."""
        growing = target.growing
        if growing.regions != 1 or growing.law != SYMBIOSIS or not growing.present.all():
            raise ValueError("one region with all its poles, by the law symbiosis")
        blank = np.zeros((len(growing.seen.times) - 1, growing.poles))
        return cls(target, blank if pattern is None else np.ascontiguousarray(pattern, float))

    def weigh(self, unknowns: Array, step: Array | None = None) -> Weighed:
        """At each of `unknowns` (draw, unknown), ordered as in the target; `step` (draw,) the size of the step."""
        growing, seen, draws = self.target.growing, self.target.growing.seen, len(unknowns)
        n, read = growing.poles, self.read(unknowns)
        effect = np.zeros((draws, n, n))
        effect[:, growing.off] = read.b
        effect[:, ~growing.off] = 1.0
        ties = np.where(growing.off, read.tie[:, None, None], 1.0)
        made = Weighed(np.empty(draws), np.empty((draws, n)), np.empty((draws, n, n)))
        with np.errstate(all="ignore"):
            _each(
                (0.0,) * n,
                seen.times,
                seen.logs[0],
                seen.seen[0],
                seen.first[0],
                seen.last[0],
                read.rate,
                effect * read.rate[:, :, None],
                read.log_capacity,
                seen.driver[0],
                np.zeros(draws) if step is None else np.ascontiguousarray(step),
                self.pattern,
                ties * read.process[:, :, None] * read.process[:, None, :],
                read.measurement**2,
                read.start,
                seen.start_spread[0],
                seen.substeps,
                made.value,
                made.end_mean,
                made.end_spread,
            )
        value = made.value + self._prior(unknowns)
        return Weighed(np.where(np.isfinite(value), value, -np.inf), made.end_mean, made.end_spread)

    def read(self, unknowns: Array) -> Read:
        """What the unknowns say of the equations."""
        growing, places = self.target.growing, self.target.places
        n, draws = growing.poles, len(unknowns)
        shared, own = unknowns[:, : places.shared_size], unknowns[:, places.shared_size :]

        def scale(name: str, otherwise: float) -> Array:
            return np.exp(shared[:, places.shared[name]]) if name in places.shared else np.full((draws, n), otherwise)

        tie = np.zeros(draws)
        if "tie" in places.shared:
            tie = correlation(shared[:, places.shared["tie"]][:, 0], n)
        start = np.broadcast_to(growing.seen.start, (draws, n))
        return Read(
            np.exp(own[:, places.own["rate"]]),
            growing.anchor + own[:, places.own["capacity"]],
            shared[:, places.shared["b"]],
            scale("measurement", EXACT),
            scale("process", 0.0),
            tie,
            np.ascontiguousarray(start + own[:, places.own["start"]] if "start" in places.own else start),
        )

    def _prior(self, unknowns: Array) -> Array:
        """The log prior of each draw, as the target counts it."""
        places = self.target.places
        shared, own = unknowns[:, : places.shared_size], unknowns[:, places.shared_size :]
        value = np.zeros(len(unknowns))
        for name in ("rate", "capacity", "start"):
            if name in places.own:
                value -= 0.5 * (self.target.away(name, own[:, places.own[name]])[0] ** 2).sum(axis=1)
        for name in ("b", "measurement", "process", "tie"):
            if name in places.shared:
                value -= 0.5 * (self.target.away(name, shared[:, places.shared[name]])[0] ** 2).sum(axis=1)
        return value


def covariance_of_one(arrow: Arrow) -> Array:
    """Covariance of all unknowns of one region, shared ones first."""
    shared, own = arrow.shared_factor, arrow.own_factor[0]
    follow = -arrow.gain[0] @ shared
    factor = np.block([[shared, np.zeros((len(shared), len(own)))], [follow, own]])
    return np.asarray(factor @ factor.T)
