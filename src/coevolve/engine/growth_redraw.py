"""What a sampler of growth equations on a panel can draw anew without walking: means, spreads and noise scales.

Given the parts of all regions their mean is normal and the log of their spread has a density in one dimension, without
any look at the data. Drawn so, parts stand as they are while mean and spread move; in the walk parts kept in units move
along. The two ways help where the other sticks (Yu & Meng 2011). Noise scales move one by one by Metropolis steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .growth_crowding import Coordinates
from .growth_panel import SYMBIOSIS, Pair
from .growth_target import Target

Array = NDArray[np.float64]
Normal = tuple[float | Array, float | Array]  # mean and sd

GRID = 400  # values of a log spread tried
FAR = 6.0  # sd of its prior within which it is looked for
STEPS = (0.2, 1.0)  # of the log of a noise scale: one of these, drawn by lot
NOISE = ("measurement", "process", "tie")


@dataclass(frozen=True)
class Redrawing:
    """Takes coordinates of a panel to others, leaving their density as it is."""

    coordinates: Coordinates

    def __call__(self, coordinates: Array, random: np.random.Generator) -> Array:
        target = self.coordinates.target
        unknowns = _noise(target, self.coordinates.unknowns(coordinates), random)
        shared, own = (part.copy() for part in target.places.split(unknowns))
        for name in ("rate", "capacity"):
            if f"spread_{name}" in target.places.shared:
                _mean_and_spread(target, name, shared, own, random)
        if target.growing.is_partial:
            _effects(target, shared, own, random)
        if target.growing.has_years:
            _years(target, shared, random)
        return self.coordinates.coordinates(target.places.join(shared, own))


def _mean_and_spread(target: Target, name: str, shared: Array, own: Array, random: np.random.Generator) -> None:
    growing, places = target.growing, target.places
    at, of = places.shared[f"{name}_mean"], places.shared[f"spread_{name}"]
    centre, width = getattr(growing.priors, f"{name}_mean")
    lift = growing.rate_centre if name == "rate" and growing.law == SYMBIOSIS else 0.0
    values = target.rate(shared, own) if name == "rate" else own[:, places.own[name]]
    spread = float(np.exp(shared[of][0]))
    shared[at] = _mean(values, spread, (centre + lift, width), random)
    shared[of] = _log_spread(values - shared[at], getattr(growing.priors, f"spread_{name}"), random)
    if name == "rate":
        own[:, places.own[name]] = (values - shared[at]) / np.exp(shared[of])


def _effects(target: Target, shared: Array, own: Array, random: np.random.Generator) -> None:
    growing, places = target.growing, target.places
    at, of, parts = places.shared["b"], places.shared["spread_b"], places.own["b_own"]
    values = target.b(shared, own)
    prior = growing.priors.b if growing.law == SYMBIOSIS else growing.priors.effect
    shared[at] = _mean(values, float(np.exp(shared[of][0])), prior, random)
    shared[of] = _log_spread(values - shared[at], growing.priors.spread_b, random)
    own[:, parts] = (values - shared[at]) / np.exp(shared[of])


def _years(target: Target, shared: Array, random: np.random.Generator) -> None:
    """The sd of common year effects, pole by pole."""
    growing, places = target.growing, target.places
    at, of = places.shared["years"], places.shared["year"]
    raw = shared[at].reshape(-1, growing.poles) * np.exp(shared[of])
    shared[of] = [_log_spread(column, growing.priors.year, random)[0] for column in raw.T]
    shared[at] = (raw / np.exp(shared[of])).ravel()


def _noise(target: Target, unknowns: Array, random: np.random.Generator) -> Array:
    growing, places = target.growing, target.places
    value = float(target.likelihood(unknowns).value.sum())
    for name in NOISE:
        if name not in places.shared:
            continue
        centre, width = getattr(growing.priors, name)
        for k in range(places.shared[name].start, places.shared[name].stop):
            other = unknowns.copy()
            other[k] += random.choice(STEPS) * random.standard_normal()
            new = float(target.likelihood(other).value.sum())
            prior = 0.5 * (((unknowns[k] - centre) / width) ** 2 - ((other[k] - centre) / width) ** 2)
            if np.isfinite(new) and np.log(random.random()) < new - value + prior:
                unknowns, value = other, new
    return unknowns


def _mean(values: Array, spread: float, prior: Normal, random: np.random.Generator) -> Array:
    """A draw of the mean of each column, given their spread."""
    centre, width = (np.asarray(part, float) for part in prior)
    weight = len(values) / spread**2 + width**-2.0
    mean = (values.sum(axis=0) / spread**2 + centre * width**-2.0) / weight
    return np.asarray(mean + random.standard_normal(values.shape[1]) / np.sqrt(weight))


def _log_spread(away: Array, prior: Pair, random: np.random.Generator) -> Array:
    """A draw of the log of the spread of these deviations, (1,), by its distribution on a grid."""
    grid = prior[0] + prior[1] * np.linspace(-FAR, FAR, GRID)
    log = -0.5 * ((grid - prior[0]) / prior[1]) ** 2 - away.size * grid - 0.5 * (away**2).sum() * np.exp(-2.0 * grid)
    share = np.cumsum(np.exp(log - log.max()))
    return np.array([np.interp(random.random() * share[-1], share, grid + 0.5 * (grid[1] - grid[0]))])
