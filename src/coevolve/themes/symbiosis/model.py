"""Symbiosis as a model: fit the equations to poles of a panel and keep draws, as the arrays of a Fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ...engine import growth_batch
from ...engine.growth_fit import Problem
from ...engine.growth_noise import Posterior, posterior
from ...engine.growth_panel import SYMBIOSIS, Growing
from ...engine.growth_sample import CHAINS, WARM_UP, Prepared, Sampled, draw_chain, gather, prepare
from ...engine.nuts import Chain
from ...evidence.fit import Fit
from ...inquiry.key import Key
from .sample import Sample

Array = NDArray[np.float64]
Tick = Callable[[int, int], None]

YEAR_EFFECTS_FROM = 5  # regions
QUICK = 1600  # regions x periods, of two poles, up to which chains take minutes, not hours
LEAST_AGREEING = 2  # starts that must reach the same mode for the fit to be trusted
BY_CHAINS, LAPLACE = "chains", "laplace"
DOUBTFUL = 1.05  # R-hat from which chains do not agree
MOST_DIVERGED = 0.02  # share of draws that may have diverged in a fit to be trusted
PUBLISHED_CHAINS, PUBLISHED_WARM_UP = 4, 400
SLOW = 1.0  # a pole whose own rate times the years observed is below this adjusts too slowly for b to be seen
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
    "typical": ("region", "pole"),
    "spread_capacity": ("draw",),
    "driver_growth": ("draw", "region"),
    "r_hat": ("region",),
    "divergences": ("region",),
    "effective_draws": ("region",),
    "chains": ("region",),
    "log_scale": ("region", "period", "pole"),
}


@dataclass(frozen=True)
class Settings:
    """How to fit: the story of noise, how regions are pooled, whether years have a common effect, how many draws of
    the unknowns, at how many points of the noise scales (screen), by which law, by chains ("chains") or by the normal
    approximation ("laplace"), whether regions repeat one system, and how many chains with how long a warm-up."""

    noise: str = "state-space"
    pooling: str = "hierarchical"
    has_years: bool = False
    draws: int = 1000
    points: int = 32
    law: str = SYMBIOSIS
    inference: str = LAPLACE
    is_same: bool = False
    chains: int = CHAINS
    warm_up: int = WARM_UP


@dataclass(frozen=True)
class Part:
    """One fit to be made: its own regions, settings and key. Regions fitted alone are one part each."""

    times: Array
    logs: Array
    settings: Settings
    key: Key
    driver: Array | None = None


def is_small(sample: Sample) -> bool:
    """Whether chains are quick enough to be made without being asked for."""
    regions, periods, poles = sample.logs.shape
    return bool(regions * periods * (poles / 2) ** 2 <= QUICK)


def is_batch(settings: Settings, regions: int) -> bool:
    """Whether regions are fitted alone, all in one compiled call: counting noisy, growth exact, no chains."""
    alone = settings.pooling == "none" or regions == 1
    return alone and settings.noise == "measurement" and settings.inference == LAPLACE


def parts_of(sample: Sample, settings: Settings, key: Key) -> list[Part]:
    """One part for all regions together, or with pooling "none" one for each region."""
    if is_batch(settings, len(sample.regions)):
        return [Part(sample.times, sample.logs, replace(settings, pooling="none", has_years=False), key)]
    if settings.pooling == "none" or len(sample.regions) == 1:
        alone = replace(settings, pooling="none", has_years=False)
        return [
            Part(sample.times, sample.logs[k : k + 1], alone, key.child(name), _row(sample.driver, k))
            for k, name in enumerate(sample.regions)
        ]
    return [Part(sample.times, sample.logs, settings, key, sample.driver)]


def _row(driver: Array | None, region: int) -> Array | None:
    return None if driver is None else driver[region : region + 1]


def fit_part(part: Part, tick: Tick | None = None) -> dict[str, Array]:
    """Draws for one part, as named arrays (see `AXES`)."""
    with threadpool_limits(1):
        return _fit_part(part, tick)


def _fit_part(part: Part, tick: Tick | None) -> dict[str, Array]:
    if part.settings.inference == BY_CHAINS:
        chains = chains_of(part, tick)
        return gathered(chains, [chain_of(one) for one in chains])
    if part.settings.noise == "measurement" and part.settings.pooling == "none":
        return _alone(part)
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


def _alone(part: Part) -> dict[str, Array]:
    """Regions each fitted alone, counting noisy and growth exact: about a thousand regions a second."""
    batch = growth_batch.fit_batch(part.times, part.logs)
    made = growth_batch.draws(batch, part.key.numpy(), part.settings.draws)
    still = np.zeros_like(made.sigma)
    return {
        "rate": made.rate,
        "capacity": made.capacity,
        "symbiosis": made.symbiosis,
        "log_last": made.log_last,
        "measurement": made.sigma,
        "process": still,
        "correlation": still[:, :, 0],
        "year": still[:, 0],
        "last_time": batch.times[batch.last],
        "starts_agreeing": batch.agreeing.astype(float),
        "is_trusted": (batch.settled & (batch.agreeing >= LEAST_AGREEING)).astype(float),
    }


def growing_of(part: Part) -> Growing:
    """The panel of one part as chains see it."""
    settings = part.settings
    return Growing.of(
        part.times,
        part.logs,
        law=settings.law,
        noise=settings.noise,
        is_partial=settings.pooling == "hierarchical",
        has_years=settings.has_years,
        is_same=settings.is_same,
        driver=part.driver,
    )


@dataclass(frozen=True)
class ChainPart:
    """One chain to be drawn of a part that is prepared."""

    part: Part
    prepared: Prepared
    draws: int
    key: Key


def chains_of(part: Part, tick: Tick | None = None) -> list[ChainPart]:
    """One fit by chains made ready: each chain is one part that may be drawn side by side with the others."""
    with threadpool_limits(1):
        prepared = prepare(growing_of(part), part.key.child("pilot").numpy(), tick)
    count = part.settings.chains
    each = -(-part.settings.draws // count)
    return [ChainPart(part, prepared, each, part.key.child(f"chain {k + 1}")) for k in range(count)]


def chain_of(one: ChainPart) -> Chain:
    """The draws of one chain."""
    with threadpool_limits(1):
        return draw_chain(
            growing_of(one.part),
            one.prepared,
            one.key.numpy(),
            draws=one.draws,
            warm_up=one.part.settings.warm_up,
        )


def gathered(parts: Sequence[ChainPart], chains: Sequence[Chain]) -> dict[str, Array]:
    """The draws of all chains of one fit, as named arrays (see `AXES`)."""
    part = parts[0].part
    growing, random = growing_of(part), part.key.child("last").numpy()
    with threadpool_limits(1):
        drawn = gather(growing, parts[0].prepared, chains, random)
    return _sampled_arrays(drawn, growing, random, part.driver is not None)


def _sampled_arrays(
    found: Sampled, growing: Growing, random: np.random.Generator, has_driver: bool
) -> dict[str, Array]:
    every, last = np.ones(growing.regions), growing.seen.last
    is_whole = found.divergences <= MOST_DIVERGED * len(found.rate)
    known = _common(found, growing.seen.times[last]) | {
        "is_trusted": np.where(found.r_hat < DOUBTFUL, float(is_whole), 0.0),
        "r_hat": found.r_hat,
        "divergences": every * found.divergences,
        "effective_draws": every * found.effective,
        "chains": every * found.chains,
    }
    if growing.law == SYMBIOSIS:
        moved = growing.seen.driver[np.arange(growing.regions), last]
        known["capacity"] = found.capacity * np.exp(moved)[:, None]
    else:
        known["typical"] = np.exp(np.where(growing.present, growing.typical, np.nan))
    if has_driver:
        known["driver_growth"] = _driver_growth(growing, len(found.rate), random)
    if growing.regions > 1:
        rates = np.log(found.rate) if growing.law == SYMBIOSIS else found.rate
        mean = np.nanmean(rates, axis=1)
        known["group_rate"] = np.exp(mean) if growing.law == SYMBIOSIS else mean
    if growing.is_grouped and growing.law == SYMBIOSIS:
        known["spread_capacity"] = found.spread_capacity
    return known


def _common(found: Sampled | Posterior, last_time: Array) -> dict[str, Array]:
    """What chains and the normal approximation both know, whatever the law."""
    regions = len(last_time)

    def each(values: Array) -> Array:
        return np.repeat(values[:, None], regions, axis=1)

    known = {
        "rate": found.rate,
        "symbiosis": found.symbiosis,
        "log_last": found.log_last,
        "measurement": each(found.measurement),
        "process": each(found.process),
        "correlation": each(found.correlation),
        "year": found.year,
        "last_time": last_time,
        "starts_agreeing": np.full(regions, float(found.starts_agreeing)),
    }
    return known | ({"group_symbiosis": found.group_symbiosis, "spread_b": found.spread_b} if regions > 1 else {})


def _driver_growth(growing: Growing, draws: int, random: np.random.Generator) -> Array:
    """Draws of the mean growth per period of what moves capacities, by region, (draw, region)."""
    steps = np.diff(growing.seen.driver, axis=1) / np.diff(growing.seen.times)
    error = steps.std(axis=1, ddof=1) / np.sqrt(steps.shape[1])
    return np.asarray(steps.mean(axis=1) + error * random.standard_normal((draws, growing.regions)))


def _arrays(found: Posterior, problem: Problem) -> dict[str, Array]:
    every = np.ones(problem.layout.regions)
    known = _common(found, problem.times[problem.last]) | {
        "capacity": found.capacity,
        "is_trusted": every * float(found.settled and found.starts_agreeing >= LEAST_AGREEING),
        "effective_points": every * found.scan.effective,
        "widened": np.max(found.widened, initial=1.0) * every,
    }
    if problem.layout.regions > 1:
        known["group_rate"] = np.exp(np.log(found.rate).mean(axis=1))
    return known


def merge(
    results: Sequence[Mapping[str, Array] | None],
    sample: Sample,
    poles: Sequence[str],
    options: Mapping[str, object],
    data: str,
) -> Fit:
    """One Fit of all parts; a part that failed (None) leaves NaN in its region."""
    if len(results) == 1 and results[0] is not None:
        arrays = dict(results[0])
    else:
        arrays = _joined(results)
    arrays["log_scale"] = sample.logs
    labels = {"region": sample.regions, "pole": tuple(poles), "other": tuple(poles)}
    labels |= {"period": sample.periods, "unit": sample.units}
    return Fit("symbiosis", arrays, {name: AXES[name] for name in arrays}, labels, dict(options), data)


def _joined(results: Sequence[Mapping[str, Array] | None]) -> dict[str, Array]:
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
