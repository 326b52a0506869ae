"""Symbiosis as a model: fit the equations to poles of a panel, keep draws, forecast from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ...engine.growth import courses, interaction
from ...engine.growth_batch import draws, fit_batch
from ...engine.growth_fit import Problem
from ...engine.growth_noise import Posterior, posterior
from ...engine.growth_sample import CHAINS, WARM_UP, Prepared, Sampled, draw_chain, gather, prepare, sample_growth
from ...engine.growth_target import SYMBIOSIS, Growing
from ...engine.nuts import Chain
from ...evidence.fit import Fit
from ...evidence.panel import Status
from ...evidence.periods import Periods
from ...evidence.series import Series
from ...inquiry.key import Key
from .lasting import Lasting, run_on

Array = NDArray[np.float64]
Tick = Callable[[int, int], None]

NEEDS = 8  # observed, positive values of every pole in a region
NEEDS_EACH = 3  # of a pole in one of several replicates, which together need as many as one region alone
YEAR_EFFECTS_FROM = 5  # regions
LEAST_AGREEING = 2  # starts that must reach the same mode for the fit to be trusted
NUTS, LAPLACE = "nuts", "laplace"
DOUBTFUL = 1.05  # R-hat from which chains do not agree
MOST_DIVERGED = 0.02  # share of draws that may have diverged in a fit to be trusted
PUBLISHED_CHAINS, PUBLISHED_WARM_UP = 4, 400
SHARED = 1e-5  # sd of year effects above which regions share shocks
SLOW = 1.0  # a pole whose own rate times the years observed is below this adjusts too slowly for b to be seen
RUNAWAY = 100.0  # a draw that passes this many times its last scale and capacity is counted as running away
SUBSTEPS = {True: 2, False: 6}  # Runge-Kutta steps a period: a chase of predator and prey turns faster
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
    the unknowns, at how many points of the noise scales (screen), by which law, by chains ("nuts") or by the normal
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
class Sample:
    """What a fit sees: `logs` (region, time, pole) of the regions with enough values, and why the others are out.

    `present` (region, pole) is False where a pole is marked as not applicable throughout: it acts on nobody there.
    `driver` (region, time) is the log of what moves capacities, or None.
    """

    regions: tuple[str, ...]
    times: Array
    logs: Array
    zeros: int
    left_out: tuple[str, ...]
    periods: tuple[str, ...]
    units: tuple[str, ...]
    present: NDArray[np.bool_]
    driver: Array | None = None


def sample_of(series: Series, driver: Series | None = None, is_same: bool = False) -> Sample:
    """Log scales of the poles, zeros left out and counted; regions with fewer than 8 values of a pole are left out.

    A pole that is not applicable throughout in a region is absent there and needs no values. Of regions that repeat
    one system (`is_same`) each needs three values of its poles, and all together eight of each pole. `driver` holds
    one region-level series that moves capacities; regions where it has gaps are left out.
    """
    positive = np.where(np.isfinite(series.values), series.values, 0.0) > 0.0
    logs = np.log(np.where(positive, series.values, np.nan)).transpose(0, 2, 1)
    counts = positive.sum(axis=2)
    absent = (series.status == Status.NOT_APPLICABLE).all(axis=2)
    least = NEEDS_EACH if is_same else NEEDS
    enough = ((counts >= least) | absent).all(axis=1) & ~absent.all(axis=1)
    if is_same and (counts[enough].sum(axis=0) < NEEDS).any():
        enough = np.zeros_like(enough)
    moved = None
    if driver is not None:
        known = np.where(np.isfinite(driver.values[:, 0]), driver.values[:, 0], 0.0) > 0.0
        enough = enough & known.all(axis=1)
        moved = np.log(np.where(known, driver.values[:, 0], 1.0))[enough]
    return Sample(
        tuple(name for name, kept in zip(series.regions, enough, strict=True) if kept),
        np.asarray(series.periods.position, float),
        np.ascontiguousarray(logs[enough]),
        int((series.observed & ~positive)[enough].sum()),
        tuple(name for name, kept in zip(series.regions, enough, strict=True) if not kept),
        series.periods.labels,
        series.units,
        ~absent[enough],
        moved,
    )


def with_all_poles(sample: Sample) -> Sample:
    """The same with only the regions that have every pole: the normal approximation knows no absent ones."""
    whole = sample.present.all(axis=1)
    kept, out = (tuple(np.array(sample.regions, dtype=object)[one]) for one in (whole, ~whole))
    moved = None if sample.driver is None else sample.driver[whole]
    left_out = (*sample.left_out, *out)
    return replace(
        sample, regions=kept, logs=sample.logs[whole], left_out=left_out, present=sample.present[whole], driver=moved
    )


@dataclass(frozen=True)
class Part:
    """One fit to be made: its own regions, settings and key. Regions fitted alone are one part each."""

    times: Array
    logs: Array
    settings: Settings
    key: Key
    driver: Array | None = None


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
    if part.settings.inference == NUTS:
        growing, settings, random = growing_of(part), part.settings, part.key.numpy()
        drawn = sample_growth(growing, random, draws=settings.draws, chains=settings.chains, warm_up=settings.warm_up)
        return _sampled_arrays(drawn, growing, random, part.driver is not None)
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
    batch = fit_batch(part.times, part.logs)
    made = draws(batch, part.key.numpy(), part.settings.draws)
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
    regions, every = growing.regions, np.ones(growing.regions)
    draws = len(found.rate)

    def each(values: Array) -> Array:
        return np.repeat(values[:, None], regions, axis=1)

    trusted = found.r_hat < DOUBTFUL and found.divergences <= MOST_DIVERGED * draws
    known = {
        "rate": found.rate,
        "symbiosis": found.symbiosis,
        "log_last": found.log_last,
        "measurement": each(found.measurement),
        "process": each(found.process),
        "correlation": each(found.correlation),
        "year": found.year,
        "last_time": growing.seen.times[growing.seen.last],
        "is_trusted": every * float(trusted),
        "starts_agreeing": every * found.starts_agreeing,
        "r_hat": every * found.r_hat,
        "divergences": every * found.divergences,
        "effective_draws": every * found.effective,
        "chains": every * found.chains,
    }
    if growing.law == SYMBIOSIS:
        last = growing.seen.driver[np.arange(regions), growing.seen.last]
        known["capacity"] = found.capacity * np.exp(last)[:, None]
    else:
        known["typical"] = np.exp(np.where(growing.present, growing.typical, np.nan))
    if has_driver:
        known["driver_growth"] = _driver_growth(growing, draws, random)
    if regions > 1:
        rates = np.log(found.rate) if growing.law == SYMBIOSIS else found.rate
        mean = np.nanmean(rates, axis=1)
        known |= {
            "group_symbiosis": found.group_symbiosis,
            "group_rate": np.exp(mean) if growing.law == SYMBIOSIS else mean,
            "spread_b": found.spread_b,
        }
    if growing.is_grouped and growing.law == SYMBIOSIS:
        known["spread_capacity"] = found.spread_capacity
    return known


def _driver_growth(growing: Growing, draws: int, random: np.random.Generator) -> Array:
    """Draws of the mean growth per period of what moves capacities, by region, (draw, region)."""
    steps = np.diff(growing.seen.driver, axis=1) / np.diff(growing.seen.times)
    error = steps.std(axis=1, ddof=1) / np.sqrt(steps.shape[1])
    return np.asarray(steps.mean(axis=1) + error * random.standard_normal((draws, growing.regions)))


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
    *,
    runs_on: bool = True,
) -> Array:
    """Draws of the scale of each pole at the times `targets`, shape (draw, region, target, pole), in its own unit.

    From each draw's own last level along its own equations, with new process noise, new year effects common to all
    regions, and the error of counting at each target. Shocks last as long as those of the past did (`lasting`), and
    the last of them runs on, unless something else is to foretell that (`runs_on` False). Regions that end early
    start from their own end. `changes` gives, by place among the targets, what is changed once that target is
    reached; a changed level shows there at once. The same generator gives the same noise with and without changes.
    """
    draws, regions, n = fit["rate"].shape
    out = np.full((draws, regions, len(targets), n), np.nan)
    steps = len(targets)
    lasting = Lasting.of(missed_steps(fit), bool((fit["year"] > SHARED).any()), draws, random)
    lasting = lasting if runs_on else lasting.from_rest()
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


def missed_steps(fit: Fit) -> Array:
    """Log growth beyond one step of the equations, per square root of a period, (region, interval, pole).

    At the median of the draws, from each observed level to the next; NaN where one is not known, and everywhere when
    the periods are not evenly spaced.
    """
    logs, times = fit["log_scale"], Periods.of(fit.labels["period"]).position
    spans = np.diff(times)
    missed = np.full((logs.shape[0], len(spans), logs.shape[2]), np.nan)
    if not len(spans) or not np.allclose(spans, spans[0]):
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
