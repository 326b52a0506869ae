"""How poles go on from a fit: every draw along its own equations, with shocks that last as those of the past did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...engine.growth import courses, interaction
from ...evidence.fit import Fit
from ...evidence.periods import Periods
from .lasting import Lasting, run_on

Array = NDArray[np.float64]

SHARED = 1e-5  # sd of year effects above which regions share shocks
RUNAWAY = 100.0  # a draw that passes this many times its last scale and capacity is counted as running away
SUBSTEPS = {True: 2, False: 6}  # Runge-Kutta steps a period: a chase of predator and prey turns faster


@dataclass(frozen=True)
class State:
    """Where all draws of one region stand, and what moves them on: log scales (draw, pole) and the parameters.

    With the law predator_prey `capacity` is the typical scale at which effects are stated; there is no limit.
    """

    log_scale: Array
    rate: Array
    capacity: Array
    symbiosis: Array


Change = Callable[[int, State], State]
"""What a scenario changes in a region: the place of the region and its state before, the state after."""


def forecast(
    fit: Fit,
    targets: Array,
    random: np.random.Generator,
    changes: Mapping[int, Change] | None = None,
) -> Array:
    """Draws of the scale of each pole at the times `targets`, shape (draw, region, target, pole), in its own unit.

    From each draw's own last level along its own equations, with new process noise, new year effects common to all
    regions, and the error of counting at each target. Shocks last as long as those of the past did (`lasting`), and
    the last of them runs on. Regions that end early start from their own end. `changes` gives, by place among the
    targets, what is changed once that target is reached; a changed level shows there at once. The same generator gives
    the same noise with and without changes.
    """
    draws, regions, n = fit["rate"].shape
    out = np.full((draws, regions, len(targets), n), np.nan)
    steps = len(targets)
    lasting = lasting_of(fit, random)
    common = run_on(random.standard_normal((draws, steps, n)), fit["year"], lasting.common, lasting.common_last)
    for r in range(regions):
        own = random.standard_normal((draws, steps, n))
        counting = random.standard_normal((draws, steps, n))
        if not np.isfinite(fit["rate"][:, r]).any():
            continue
        tie = np.clip(fit["correlation"][:, r], -0.99, 0.99)
        shock = run_on(_tied(own, tie), fit["process"][:, r], lasting.own, lasting.own_last[r]) + common
        spans = np.diff(np.concatenate([fit["last_time"][r : r + 1], targets]))
        made = _path(fit, r, spans, shock * np.sqrt(spans)[None, :, None], changes or {})
        out[:, r] = np.exp(np.minimum(made + counting * fit["measurement"][:, r, None, :], 700.0))
    return out


def _path(fit: Fit, region: int, spans: Array, shocks: Array, changes: Mapping[int, Change]) -> Array:
    """Log scales of one region at the end of each span, shape (draw, span, pole), changed on the way."""
    has_capacity = "capacity" in fit.arrays
    size = (
        fit["capacity"][:, region] if has_capacity else np.broadcast_to(fit["typical"][region], fit["rate"].shape[::2])
    )
    state = State(fit["log_last"][:, region], fit["rate"][:, region], size, fit["symbiosis"][:, region])
    growth = fit["driver_growth"][:, region] if "driver_growth" in fit.arrays else np.zeros(len(state.rate))
    parts, begin = [], 0
    for end in sorted({*(place + 1 for place in changes), len(spans)}):
        piece = slice(begin, end)
        reached, begin = _course(state, growth, has_capacity, spans[piece], shocks[:, piece]), end
        moved = state.capacity * np.exp(growth * spans[piece].sum())[:, None]
        state = replace(state, log_scale=reached[:, -1], capacity=moved)
        if end - 1 in changes:
            state = changes[end - 1](region, state)
            reached[:, -1] = state.log_scale
        parts.append(reached)
    return np.concatenate(parts, axis=1)


def _course(state: State, growth: Array, has_capacity: bool, spans: Array, shocks: Array) -> Array:
    """Log scales after each span, (draw, span, pole), while capacities grow at `growth` (draw,); poles that are absent
    (NaN) act on nobody.

    With w = log x - log N(t):  dw_i/dt = R_i - g - R_i sum_j A_ij exp(w_j)         Tong & Wang (9n) with (6)
    """
    absent = ~np.isfinite(state.log_scale)
    rate = np.where(absent, 0.0, state.rate)
    b = np.where(absent[:, :, None] | absent[:, None, :], 0.0, state.symbiosis)
    effect = rate[:, :, None] * interaction(b) if has_capacity else np.abs(rate)[:, :, None] * b
    shift = np.log(np.where(absent, 1.0, state.capacity))
    own = np.where(absent, 0.0, rate - growth[:, None])
    w = np.where(absent, 0.0, state.log_scale - shift)
    made = courses(w, own, effect, spans, np.where(absent[:, None, :], 0.0, shocks), SUBSTEPS[has_capacity])
    after = made[:, 1:] + shift[:, None, :] + growth[:, None, None] * np.cumsum(spans)[None, :, None]
    return np.where(absent[:, None, :], np.nan, after)


def lasting_of(fit: Fit, random: np.random.Generator) -> Lasting:
    """How long the shocks of a fit last."""
    return Lasting.of(missed_steps(fit), bool((fit["year"] > SHARED).any()), len(fit["rate"]), random)


def missed_steps(fit: Fit) -> Array:
    """Log growth beyond one step of the equations, per square root of a period, (region, interval, pole).

    At the median of the draws, from each observed level to the next; NaN where one is not known, and everywhere when
    the periods are not evenly spaced.
    """
    logs, periods = fit["log_scale"], Periods.of(fit.labels["period"])
    times = periods.position
    spans = np.diff(times)
    missed = np.full((logs.shape[0], len(spans), logs.shape[2]), np.nan)
    if not len(spans) or not periods.is_even():
        return missed
    for r in range(len(logs)):
        there = np.isfinite(fit["log_last"][:, r]).any(axis=0)
        able = np.isfinite(np.where(there, logs[r, :-1], 0.0)).all(axis=1) & there.any()
        state, growth = _middle(fit, r, logs[r, :-1][able], times[:-1][able])
        still = np.zeros((len(state.rate), 1, logs.shape[2]))
        made = _course(state, growth, "capacity" in fit.arrays, spans[:1], still)[:, 0]
        missed[r, able] = (logs[r, 1:][able] - made) / np.sqrt(spans[0])
    return missed


def _middle(fit: Fit, region: int, levels: Array, times: Array) -> tuple[State, Array]:
    """The median of the draws of a region at each of these levels (time, pole), and the growth of its capacities."""
    count = len(levels)
    growth = float(np.median(fit["driver_growth"][:, region])) if "driver_growth" in fit.arrays else 0.0
    size = np.median(fit["capacity"][:, region], axis=0) if "capacity" in fit.arrays else fit["typical"][region]
    then = np.exp(growth * (times - fit["last_time"][region]))
    rate, b = (np.median(fit[name][:, region], axis=0) for name in ("rate", "symbiosis"))
    state = State(levels, np.repeat(rate[None], count, axis=0), size * then[:, None], np.repeat(b[None], count, axis=0))
    return state, np.full(count, growth)


def _tied(normal: Array, correlation: Array) -> Array:
    """Independent standard normals (draw, step, pole) made equally correlated between poles."""
    n = normal.shape[2]
    if n == 1:
        return normal
    matrix = np.where(np.eye(n, dtype=bool), 1.0, correlation[:, None, None])
    return np.asarray(np.einsum("dij,dkj->dki", np.linalg.cholesky(matrix), normal))


def runaways(fit: Fit, forecasts: Array) -> float:
    """Share of draws in which some pole passes a hundred times both its last scale and its capacity."""
    if "capacity" not in fit.arrays:
        return 0.0
    limit = RUNAWAY * np.maximum(np.exp(fit["log_last"]), fit["capacity"])
    return float((forecasts > limit[:, :, None, :]).any(axis=(1, 2, 3)).mean())
