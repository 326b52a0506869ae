"""Where the density of growth equations on a panel is highest, with spreads over regions learnt apart.

Starts from several guesses and climbs to the mode for given spreads; the spreads are learnt by a few rounds of
expectation and maximisation, since their joint mode with what they spread would collapse to zero.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from .growth import integral_match
from .growth_panel import PREDATOR_PREY, Growing
from .growth_target import Places, Target
from .whitening import Arrow, Density

Array = NDArray[np.float64]

CLIMB = {"maxiter": 300, "maxcor": 20, "maxfun": 500}
ROUNDS = 3  # of learning the spreads
NEAR = 1.0  # log density within which two starts count as having found the same mode
SPREADS = {"rate": "spread_rate", "capacity": "spread_capacity", "b_own": "spread_b", "years": "year"}


def find_mode(growing: Growing) -> tuple[Target, Array, int, int]:
    """The density, its most probable unknowns with spreads learnt apart, how many starts reached that mode, and of
    how many."""
    target = Target.of(growing)
    held = _held(target.places)
    climbs = [climb(frozen(target.density, start, held), start) for start in _starts(target)]
    values = [target.density(place)[0] for place in climbs]
    best = int(np.argmax(np.where(np.isfinite(values), values, -np.inf)))
    agreeing = int(sum(value > values[best] - NEAR for value in values))
    mode = climbs[best]
    for _ in range(ROUNDS if held.any() else 1):
        free = frozen(target.density, mode, held)
        arrow = Arrow.at(free, mode, target.places.shared_size, growing.regions)
        mode = np.where(held, mode, arrow.unknowns(climb(arrow.density(free), np.zeros(len(mode)))))
        if held.any():
            mode = _learnt(target, arrow, mode)
    return target, mode, agreeing, len(values)


def _held(places: Places) -> NDArray[np.bool_]:
    """Which unknowns are spreads, whose joint mode with what they spread would collapse to zero."""
    held = np.zeros(places.shared_size + places.regions * places.own_size, bool)
    for name in SPREADS.values():
        if name in places.shared:
            held[: places.shared_size][places.shared[name]] = True
    return held


def frozen(density: Density, place: Array, held: NDArray[np.bool_]) -> Density:
    """The density with some unknowns held where they are."""

    def partly(other: Array) -> tuple[float, Array]:
        value, slope = density(np.where(held, place, other))
        return value, np.where(held, 0.0, slope)

    return partly


def climb(density: Density, start: Array, options: Mapping[str, float] = CLIMB) -> Array:
    """To the nearest mode, no farther than the options of L-BFGS-B allow."""

    def downhill(place: Array) -> tuple[float, Array]:
        value, slope = density(place)
        if not (np.isfinite(value) and np.isfinite(slope).all()):
            return 1e12, np.zeros_like(place)
        return -value, -slope

    return np.asarray(minimize(downhill, start, jac=True, method="L-BFGS-B", options=dict(options)).x, float)


def _learnt(target: Target, arrow: Arrow, mode: Array) -> Array:
    """The unknowns with each spread moved to what the own parts and their doubt say of it, its prior counted in."""
    shared, own = (part.copy() for part in target.places.split(mode))
    for name, spread in SPREADS.items():
        if spread not in target.places.shared:
            continue
        at = target.places.shared[spread]
        squares = _squares(target, arrow, shared, own, name)
        centre, width = getattr(target.growing.priors, spread)
        count = squares.shape[0] if name == "years" else squares.size
        seen = 0.5 * np.log(np.maximum(squares.mean(axis=0) if name == "years" else squares.mean(), 1e-8))
        before = shared[at].copy()
        shared[at] = (2.0 * count * seen + centre / width**2) / (2.0 * count + width**-2)
        if name in ("rate", "b_own"):
            own[:, target.places.own[name]] *= np.exp(before - shared[at])
        elif name == "years":
            effects = shared[target.places.shared[name]].reshape(-1, len(before))
            shared[target.places.shared[name]] = (effects * np.exp(before - shared[at])).ravel()
    return target.places.join(shared, own)


def _squares(target: Target, arrow: Arrow, shared: Array, own: Array, name: str) -> Array:
    """Expected squares of what a spread spreads: (region, pole) or, for year effects, (interval, pole)."""
    places, growing = target.places, target.growing
    if name == "years":
        variance_shared = places.split(arrow.variance())[0]
        effects = shared[places.shared["years"]].reshape(-1, growing.poles)
        spread = variance_shared[places.shared["years"]].reshape(-1, growing.poles)
        return np.asarray((effects**2 + spread) * np.exp(2.0 * shared[places.shared["year"]]))
    away, given = own[:, places.own[name]], arrow.own_variance()[:, places.own[name]]
    if name == "capacity":
        return np.asarray(((away - shared[places.shared["capacity_mean"]]) ** 2 + given)[growing.present])
    squares = np.asarray((away**2 + given) * np.exp(2.0 * shared[places.shared[SPREADS[name]]][0]))
    return squares[growing.present] if name == "rate" else squares


def _starts(target: Target) -> list[Array]:
    """Guesses: from differences of the series, from unhindered growth, and from poles near their capacity."""
    growing = target.growing
    if growing.law == PREDATOR_PREY:
        guesses = [_matched_predation(growing, r) for r in range(growing.regions)]
        own, effect = np.array([one[0] for one in guesses]), np.median([one[1] for one in guesses], axis=0)
        return [_start(target, part * own, np.zeros_like(own), part * effect) for part in (1.0, 0.5)]
    found = [_matched(growing, r) for r in range(growing.regions)]
    rate, offset, b = (np.array(part) for part in zip(*found, strict=True))
    centre, none = np.full((growing.regions, growing.poles), growing.rate_centre), np.zeros(b.shape[1])
    return [
        _start(target, rate, offset, np.median(b, axis=0)),
        _start(target, centre, np.full_like(centre, np.log(1.3)), none),
        _start(target, centre + 0.7, np.full_like(centre, 0.05), none),
    ]


def _start(target: Target, rate: Array, offset: Array, b: Array) -> Array:
    """Unknowns at these rates, capacities (over the anchor) and b (pair,); noise as rough as the series."""
    places, growing = target.places, target.growing
    shared, own = np.zeros(places.shared_size), np.zeros((places.regions, places.own_size))
    for name, value in (("rate", rate), ("capacity", offset)):
        if name in places.own:
            own[:, places.own[name]] = value
        if f"{name}_mean" in places.shared:
            shared[places.shared[f"{name}_mean"]] = np.median(value, axis=0)
    shared[places.shared["b"]] = b
    rough = growing.roughness
    for name in ("measurement", "process"):
        if name in places.shared:
            shared[places.shared[name]] = np.log(rough)
    for name in SPREADS.values():
        if name in places.shared:
            shared[places.shared[name]] = getattr(growing.priors, name)[0]
    if growing.is_grouped:
        away = rate - shared[places.shared["rate_mean"]]
        own[:, places.own["rate"]] = away / np.exp(shared[places.shared["spread_rate"]])
    return places.join(shared, own)


def _filled(growing: Growing, region: int) -> Array:
    """Log scales of one region with gaps bridged and ends held; a pole that is absent stands still."""
    seen = growing.seen
    return np.column_stack(
        [
            np.interp(seen.times, seen.times[there], seen.logs[region, there, p]) if there.any() else 0.0 * seen.times
            for p, there in enumerate(seen.seen[region].T)
        ]
    )


def _matched(growing: Growing, region: int) -> tuple[Array, Array, Array]:
    """Log rate, log capacity over the anchor and b (pair,) of one region by integral matching."""
    logs = _filled(growing, region) - growing.seen.driver[region][:, None]
    rate, log_capacity, b = integral_match(growing.seen.times, logs)
    offset = np.clip(log_capacity - growing.anchor[region], -2.0, 2.5)
    present = growing.present[region]
    log_rate = np.where(present, np.log(rate), growing.rate_centre)
    return log_rate, np.where(present, offset, np.log(1.3)), np.where(np.outer(present, present), b, 0.0)[growing.off]


def _matched_predation(growing: Growing, region: int) -> tuple[Array, Array]:
    """Own rates and effects (pair,) at typical scales of one region, by regression of growth on mean scales."""
    times, logs = growing.seen.times, _filled(growing, region)
    growth = np.diff(logs, axis=0) / np.diff(times)[:, None]
    scale = np.exp(logs - growing.typical[region])
    middle = 0.5 * (scale[1:] + scale[:-1])
    n = growing.poles
    rate, effect = np.zeros(n), np.zeros((n, n))
    for i in range(n):
        others = [j for j in range(n) if j != i]
        design = np.column_stack([np.ones(len(middle)), -middle[:, others]])
        found = np.linalg.lstsq(design, growth[:, i], rcond=None)[0]
        rate[i], effect[i, others] = found[0], found[1:]
    return rate, effect[growing.off]
