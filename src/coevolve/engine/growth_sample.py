"""Draws of everything unknown when growth equations meet a panel: mode, whitening, then chains.

The search of `growth_mode` gives a place to begin. There the unknowns are turned so that they are nearly standard
normal; short pilot runs find where the mass lies, which is not at the mode where noise is small and unknowns are many,
and the turn is made anew from the curvature there. Regions are drawn block by block (`sweeps`); one system of
predators and prey, or one seen several times, by No-U-Turn chains (`nuts`). True states are integrated over by the
filter and drawn back at the last time, where forecasts begin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import sweeps
from .growth_crowding import Coordinates
from .growth_mode import find_mode
from .growth_panel import SYMBIOSIS, Growing
from .growth_redraw import Redrawing
from .growth_target import Target, Values
from .nuts import Chain, effective_draws, r_hat, sample
from .whitening import Arrow, Density

Array = NDArray[np.float64]
Tick = Callable[[int, int], None]

CHAINS, WARM_UP = 2, 200
ACCEPTANCE = 0.9
THIN, THIN_ALONE = 4, 10  # sweeps for each draw that is kept, of several regions and of one
PILOTS = ((40, 40), (40, 60), (40, 60), (40, 60), (40, 60))  # warm-up and draws of the pilot runs, of sweeps
FEWEST_PILOTS, EASY = 2, 0.2  # more only while steps are shorter than this: the turn is not yet where the mass lies
NO_U_TURN_PILOTS = ((50, 30), (40, 40))  # and of No-U-Turn chains
PILOT_STEP = 0.2
FAR_BELOW = 1.5  # log density for each unknown below the centre: three times what a normal draw would lose
CURVED = 5  # draws of a pilot at which the curvature is taken


@dataclass(frozen=True)
class Sampled:
    """Draws: `rate` (draw, region, pole) per period (may be negative with predator_prey), `capacity` (draw, region,
    pole) or with predator_prey none (NaN), `symbiosis` (draw, region, pole, other), `group_symbiosis` (draw, pole,
    other) the shared or mean b, `log_last` (draw, region, pole) the true log scale at the last time of the region,
    noise `measurement`, `process`, `year` (draw, pole), `correlation` and spreads (draw,); NaN where a pole is absent.

    `r_hat` (region,) the largest over all that is shared and over what is the region's own, `effective` the smallest
    over all unknowns; `divergences`, `cut` and mean `steps` of all chains; `starts_agreeing` of `starts` found the same
    mode.
    """

    rate: Array
    capacity: Array
    symbiosis: Array
    group_symbiosis: Array
    log_last: Array
    measurement: Array
    process: Array
    year: Array
    correlation: Array
    spread_rate: Array
    spread_capacity: Array
    spread_b: Array
    starts: int
    starts_agreeing: int
    chains: int
    r_hat: Array
    effective: float
    divergences: int
    cut: int
    steps: float


@dataclass(frozen=True)
class Prepared:
    """What chains need to begin: in which turn to draw, how many starts found the mode, and of how many."""

    arrow: Arrow
    agreeing: int
    starts: int


def prepare(growing: Growing, random: np.random.Generator, tick: Tick | None = None) -> Prepared:
    """Finds the mode, then by pilot runs the turn in which the unknowns are nearly standard normal."""
    target, mode, agreeing, starts = find_mode(growing)
    with np.errstate(all="ignore"):  # a place that is not finite is refused where chains begin
        coordinates = Coordinates.of(target)
        arrow = _pilot(coordinates, coordinates.coordinates(mode), random, tick)
    return Prepared(arrow, agreeing, starts)


def draw_chain(
    growing: Growing,
    prepared: Prepared,
    random: np.random.Generator,
    *,
    draws: int,
    warm_up: int = WARM_UP,
    tick: Tick | None = None,
) -> Chain:
    """One chain of whitened unknowns; chains do not know of each other and may run side by side."""
    coordinates = Coordinates.of(Target.of(growing))
    with np.errstate(all="ignore"):
        begin = _beginning(prepared.arrow, coordinates.density, random)
    if _is_swept(growing):
        return sweeps.sample(
            coordinates.parts,
            prepared.arrow,
            begin,
            random,
            draws=draws,
            windows=[round(window * warm_up / WARM_UP) for window in sweeps.WINDOWS],
            redraw=Redrawing(coordinates),
            thin=THIN if growing.is_grouped else THIN_ALONE,
            tick=tick,
        )
    turned = prepared.arrow.density(coordinates.density)
    return sample(turned, begin, random, draws=draws, warm_up=warm_up, acceptance=ACCEPTANCE, tick=tick)


def gather(growing: Growing, prepared: Prepared, chains: Sequence[Chain], random: np.random.Generator) -> Sampled:
    """The draws of all chains in the terms of the equations, the last states drawn with them."""
    coordinates = Coordinates.of(Target.of(growing))
    parts = [np.array([coordinates.unknowns(prepared.arrow.unknowns(z)) for z in chain.draws]) for chain in chains]
    return _sampled(coordinates.target, parts, chains, prepared, random)


def sample_growth(
    growing: Growing,
    random: np.random.Generator,
    *,
    draws: int = 1000,
    chains: int = CHAINS,
    warm_up: int = WARM_UP,
) -> Sampled:
    """Draws of all unknowns of a panel, `draws` over all chains together, one chain after the other."""
    seeds = random.spawn(chains + 2)
    prepared = prepare(growing, seeds[-1])
    made = [draw_chain(growing, prepared, seeds[k], draws=-(-draws // chains), warm_up=warm_up) for k in range(chains)]
    return gather(growing, prepared, made, seeds[-2])


def _is_swept(growing: Growing) -> bool:
    """Whether block by block: regions that differ about a mean, and one region whose poles have capacities."""
    return growing.is_grouped or (growing.law == SYMBIOSIS and not growing.is_same)


def _pilot(coordinates: Coordinates, mode: Array, random: np.random.Generator, tick: Tick | None) -> Arrow:
    """The turn in which to draw, from the curvature where short runs found the mass."""
    size, regions = coordinates.target.places.shared_size, coordinates.target.growing.regions
    pilots = PILOTS if _is_swept(coordinates.target.growing) else NO_U_TURN_PILOTS
    arrow, done, of = Arrow.at(coordinates.density, mode, size, regions), 0, sum(map(sum, pilots))
    for nth, (warm_up, draws) in enumerate(pilots, 1):
        begin = _beginning(arrow, coordinates.density, random)
        told = None if tick is None else _after(tick, done, of)
        chain = _short(coordinates, arrow, begin, random, warm_up, draws, told)
        done += warm_up + draws
        places = np.array([arrow.unknowns(z) for z in chain.draws])
        spread = places[np.linspace(0, draws - 1, CURVED).astype(int)]
        arrow = Arrow.around(coordinates.density, places.mean(axis=0), spread, size, regions)
        if nth >= FEWEST_PILOTS and chain.step_size >= EASY:
            break
    return arrow


def _short(
    coordinates: Coordinates,
    arrow: Arrow,
    begin: Array,
    random: np.random.Generator,
    warm_up: int,
    draws: int,
    tick: Tick | None,
) -> Chain:
    """A short run in this turn, of which only the steps are learnt."""
    if _is_swept(coordinates.target.growing):
        redraw = Redrawing(coordinates)
        return sweeps.sample(
            coordinates.parts, arrow, begin, random, draws=draws, windows=(warm_up,), redraw=redraw, tick=tick
        )
    turned = arrow.density(coordinates.density)
    return sample(turned, begin, random, draws=draws, warm_up=warm_up, step_size=PILOT_STEP, tick=tick)


def _after(tick: Tick, before: int, of: int) -> Tick:
    return lambda done, _: tick(before + done, of)


def _beginning(arrow: Arrow, density: Density, random: np.random.Generator) -> Array:
    """A place to begin a chain: a draw of the normal about the centre, nearer to it while it is far too unlikely."""
    size = len(arrow.shared) + arrow.own.size
    centre = density(arrow.unknowns(np.zeros(size)))[0]
    z = random.standard_normal(size)
    for _ in range(6):
        value = density(arrow.unknowns(z))[0]
        if np.isfinite(value) and not value < centre - FAR_BELOW * size:
            return z
        z = 0.5 * z
    if not np.isfinite(centre):
        raise FloatingPointError("chains found no place to begin: the density is not finite about its mode")
    return np.zeros(size)


def _sampled(
    target: Target, parts: list[Array], chains: Sequence[Chain], prepared: Prepared, random: np.random.Generator
) -> Sampled:
    unknowns = np.concatenate(parts)
    every = [target.values(one) for one in unknowns]
    growing = target.growing
    present = np.where(growing.present, 1.0, np.nan)
    each = np.full((len(every), growing.regions, growing.poles, growing.poles), np.nan)
    each[:, :, growing.off] = np.array([one.b for one in every])
    both = present[:, :, None] * present[:, None, :]
    rate = np.array([one.rate for one in every])
    group = np.zeros((len(every), growing.poles, growing.poles))
    group[:, growing.off] = unknowns[:, target.places.shared["b"]]
    each = np.where(np.eye(growing.poles, dtype=bool), 0.0, each * both)
    if growing.law == SYMBIOSIS:
        rate, capacity = np.exp(rate), np.exp(np.array([one.capacity for one in every])) * present
    else:
        capacity = np.full_like(rate, np.nan)
        each = each / np.abs(rate)[:, :, :, None]
        group = group / np.nanmean(np.abs(rate) * present, axis=1)[:, :, None]
    return Sampled(
        rate=rate * present,
        capacity=capacity,
        symbiosis=each,
        group_symbiosis=group,
        log_last=_last(target, unknowns, random) * present,
        measurement=_stacked(every, "measure"),
        process=_stacked(every, "process"),
        year=_stacked(every, "year"),
        correlation=_stacked(every, "tie"),
        spread_rate=_stacked(every, "spread_rate"),
        spread_capacity=_stacked(every, "spread_capacity"),
        spread_b=_stacked(every, "spread_b"),
        starts=prepared.starts,
        starts_agreeing=prepared.agreeing,
        chains=len(chains),
        r_hat=_apart(target, r_hat(parts)),
        effective=float(np.nanmin(effective_draws(parts))),
        divergences=sum(chain.divergences for chain in chains),
        cut=sum(chain.cut for chain in chains),
        steps=float(np.mean([chain.steps for chain in chains])),
    )


def _apart(target: Target, apart: Array) -> Array:
    """The largest r-hat by region: of what is shared and of its own unknowns."""
    shared, own = target.places.split(apart)
    worst = np.nanmax(own, axis=1) if own.size else np.zeros(len(own))
    return np.asarray(np.maximum(np.nanmax(shared), worst))


def _stacked(every: list[Values], name: str) -> Array:
    return np.array([getattr(one, name) for one in every])


def _last(target: Target, unknowns: Array, random: np.random.Generator) -> Array:
    """The true log scale at the last time, drawn for each draw of the unknowns, (draw, region, pole)."""
    growing = target.growing
    out = np.empty((len(unknowns), growing.regions, growing.poles))
    noise = random.standard_normal(out.shape)
    for d, one in enumerate(unknowns):
        found = target.likelihood(one)
        values, vectors = np.linalg.eigh(found.end_spread)
        root = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
        out[d] = found.end_mean + np.einsum("rij,rj->ri", root, noise[d])
    return out
