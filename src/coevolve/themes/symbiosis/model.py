"""Symbiosis as a model: fit the equations to poles of a panel, keep draws, forecast from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ...engine.growth import paths
from ...engine.growth_fit import Problem
from ...engine.growth_noise import Posterior, posterior
from ...evidence.fit import Fit
from ...evidence.series import Series
from ...inquiry.key import Key

Array = NDArray[np.float64]
Tick = Callable[[int, int], None]

NEEDS = 8  # observed, positive values of every pole in a region
YEAR_EFFECTS_FROM = 5  # regions
LEAST_AGREEING = 2  # starts that must reach the same mode for the fit to be trusted
SLOW = 1.0  # a pole whose own rate times the years observed is below this adjusts too slowly for b to be seen
RUNAWAY = 100.0  # a draw that passes this many times its last scale and capacity is counted as running away
AXES = {
    "rate": ("draw", "region", "pole"),
    "capacity": ("draw", "region", "pole"),
    "symbiosis": ("draw", "region", "pole", "other"),
    "log_last": ("draw", "region", "pole"),
    "measurement": ("draw", "region", "pole"),
    "process": ("draw", "region", "pole"),
    "correlation": ("draw", "region"),
    "year": ("draw", "pole"),
    "group_symbiosis": ("draw", "pole", "other"),
    "group_rate": ("draw", "pole"),
    "spread_b": ("draw",),
    "last_time": ("region",),
    "is_trusted": ("region",),
    "effective_points": ("region",),
    "starts_agreeing": ("region",),
    "widened": ("region",),
    "log_scale": ("region", "period", "pole"),
}


@dataclass(frozen=True)
class Settings:
    """How to fit: the story of noise, how regions are pooled, whether years have a common effect, how many draws of
    the unknowns, and at how many points of the noise scales."""

    noise: str = "state-space"
    pooling: str = "hierarchical"
    has_years: bool = False
    draws: int = 1000
    points: int = 32


@dataclass(frozen=True)
class Sample:
    """What a fit sees: `logs` (region, time, pole) of the regions with enough values, and why the others are out."""

    regions: tuple[str, ...]
    times: Array
    logs: Array
    zeros: int
    left_out: tuple[str, ...]
    periods: tuple[str, ...]
    units: tuple[str, ...]


def sample_of(series: Series) -> Sample:
    """Log scales of the poles, zeros left out and counted; regions with fewer than 8 values of a pole are left out."""
    positive = np.where(np.isfinite(series.values), series.values, 0.0) > 0.0
    logs = np.log(np.where(positive, series.values, np.nan)).transpose(0, 2, 1)
    enough = (positive.sum(axis=2) >= NEEDS).all(axis=1)
    return Sample(
        tuple(name for name, kept in zip(series.regions, enough, strict=True) if kept),
        np.asarray(series.periods.position, float),
        np.ascontiguousarray(logs[enough]),
        int((series.observed & ~positive)[enough].sum()),
        tuple(name for name, kept in zip(series.regions, enough, strict=True) if not kept),
        series.periods.labels,
        series.units,
    )


@dataclass(frozen=True)
class Part:
    """One fit to be made: its own regions, settings and key. Regions fitted alone are one part each."""

    times: Array
    logs: Array
    settings: Settings
    key: Key


def parts_of(sample: Sample, settings: Settings, key: Key) -> list[Part]:
    """One part for all regions together, or with pooling "none" one for each region."""
    if settings.pooling == "none" or len(sample.regions) == 1:
        alone = replace(settings, pooling="none", has_years=False)
        return [
            Part(sample.times, sample.logs[k : k + 1], alone, key.child(name)) for k, name in enumerate(sample.regions)
        ]
    return [Part(sample.times, sample.logs, settings, key)]


def fit_part(part: Part, tick: Tick | None = None) -> dict[str, Array]:
    """Draws for one part, as named arrays (see `AXES`)."""
    with threadpool_limits(1):
        return _fit_part(part, tick)


def _fit_part(part: Part, tick: Tick | None) -> dict[str, Array]:
    problem = Problem.of(
        part.times,
        part.logs,
        with_states=part.settings.noise != "measurement",
        is_partial=part.settings.pooling == "hierarchical",
        has_years=part.settings.has_years,
    )
    found = posterior(
        problem,
        part.settings.noise,
        part.key.numpy(),
        draws=part.settings.draws,
        points=part.settings.points,
        tick=tick,
    )
    return _arrays(found, problem)


def _arrays(found: Posterior, problem: Problem) -> dict[str, Array]:
    regions = problem.layout.regions
    every = np.ones(regions)

    def each(values: Array) -> Array:
        return np.repeat(values[:, None], regions, axis=1)

    known = {
        "rate": found.rate,
        "capacity": found.capacity,
        "symbiosis": found.symbiosis,
        "log_last": found.log_last,
        "measurement": each(found.measurement),
        "process": each(found.process),
        "correlation": each(found.correlation),
        "year": found.year,
        "last_time": problem.times[problem.last],
        "is_trusted": every * float(found.settled and found.starts_agreeing >= LEAST_AGREEING),
        "effective_points": every * found.scan.effective,
        "starts_agreeing": every * found.starts_agreeing,
    }
    known["widened"] = np.max(found.widened, initial=1.0) * every
    if regions > 1:
        known |= {
            "group_symbiosis": found.group_symbiosis,
            "group_rate": np.exp(np.log(found.rate).mean(axis=1)),
            "spread_b": found.spread_b,
        }
    return known


def merge(
    results: Sequence[Mapping[str, Array] | None],
    sample: Sample,
    poles: Sequence[str],
    options: Mapping[str, object],
    data: str,
    settings: Settings,
) -> Fit:
    """One Fit of all parts; a part that failed (None) leaves NaN in its region."""
    if len(results) == 1 and results[0] is not None:
        arrays = dict(results[0])
    else:
        arrays = _joined(results, settings.draws)
    arrays["log_scale"] = sample.logs
    labels = {"region": sample.regions, "pole": tuple(poles), "other": tuple(poles)}
    labels |= {"period": sample.periods, "unit": sample.units}
    return Fit("symbiosis", arrays, {name: AXES[name] for name in arrays}, labels, dict(options), data)


def _joined(results: Sequence[Mapping[str, Array] | None], draws: int) -> dict[str, Array]:
    some = next(one for one in results if one is not None)
    joined: dict[str, Array] = {}
    for name, first in some.items():
        if "region" not in AXES[name]:
            joined[name] = np.zeros_like(first)
            continue
        axis = AXES[name].index("region")
        blank = np.full(first.shape, np.nan)
        joined[name] = np.concatenate([blank if one is None else one[name] for one in results], axis=axis)
    joined["is_trusted"] = np.where(np.isfinite(joined["is_trusted"]), joined["is_trusted"], 0.0)
    return joined


@dataclass(frozen=True)
class State:
    """Where all draws of one region stand, and what moves them on: log scales (draw, pole) and the parameters."""

    log_scale: Array
    rate: Array
    capacity: Array
    symbiosis: Array


Change = Callable[[int, State], State]
"""What a scenario changes in a region: the place of the region and its state before, the state after."""


def forecast(
    fit: Fit, targets: Array, random: np.random.Generator, changes: Mapping[int, Change] | None = None
) -> Array:
    """Draws of the scale of each pole at the times `targets`, shape (draw, region, target, pole), in its own unit.

    From each draw's own last level along its own equations, with new process noise, new year effects common to all
    regions, and the error of counting at each target. Regions that end early start from their own end. `changes`
    gives, by place among the targets, what is changed once that target is reached; a changed level shows there
    at once. The same generator gives the same noise with and without changes.
    """
    draws, regions, n = fit["rate"].shape
    out = np.full((draws, regions, len(targets), n), np.nan)
    steps = len(targets)
    common = fit["year"][:, None, :] * random.standard_normal((draws, steps, n))
    for r in range(regions):
        own = random.standard_normal((draws, steps, n))
        counting = random.standard_normal((draws, steps, n))
        if not np.isfinite(fit["rate"][:, r]).all():
            continue
        tie = np.clip(fit["correlation"][:, r], -0.99, 0.99)
        shock = _tied(own, tie) * fit["process"][:, r, None, :] + common
        spans = np.diff(np.concatenate([fit["last_time"][r : r + 1], targets]))
        made = _path(fit, r, spans, shock * np.sqrt(spans)[None, :, None], changes or {})
        out[:, r] = np.exp(np.minimum(made + counting * fit["measurement"][:, r, None, :], 700.0))
    return out


def _path(fit: Fit, region: int, spans: Array, shocks: Array, changes: Mapping[int, Change]) -> Array:
    """Log scales of one region at the end of each span, shape (draw, span, pole), changed on the way."""
    names = ("log_last", "rate", "capacity", "symbiosis")
    state = State(*(fit[name][:, region] for name in names))
    parts, begin = [], 0
    for end in sorted({*(place + 1 for place in changes), len(spans)}):
        piece = slice(begin, end)
        made = paths(state.log_scale, state.rate, state.capacity, state.symbiosis, spans[piece], shocks[:, piece])
        reached, begin = made[:, 1:], end
        state = replace(state, log_scale=reached[:, -1])
        if end - 1 in changes:
            state = changes[end - 1](region, state)
            reached[:, -1] = state.log_scale
        parts.append(reached)
    return np.concatenate(parts, axis=1)


def _tied(normal: Array, correlation: Array) -> Array:
    """Independent standard normals (draw, step, pole) made equally correlated between poles."""
    n = normal.shape[2]
    if n == 1:
        return normal
    matrix = np.where(np.eye(n, dtype=bool), 1.0, correlation[:, None, None])
    return np.asarray(np.einsum("dij,dkj->dki", np.linalg.cholesky(matrix), normal))


def runaways(fit: Fit, forecasts: Array) -> float:
    """Share of draws in which some pole passes a hundred times both its last scale and its capacity."""
    limit = RUNAWAY * np.maximum(np.exp(fit["log_last"]), fit["capacity"])
    return float((forecasts > limit[:, :, None, :]).any(axis=(1, 2, 3)).mean())


def slow_poles(fit: Fit, span: float) -> NDArray[np.bool_]:
    """Which poles adjust too slowly for effects on them to be seen, (region, pole): median rate x span below one."""
    return np.asarray(np.nanmedian(_finite(fit["rate"]), axis=0) * span < SLOW)


def _finite(values: Array) -> Array:
    return np.where(np.isfinite(values), values, 0.0)
