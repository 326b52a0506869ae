"""What a sampler of growth equations on a panel can draw anew without walking: means, spreads and noise scales.

Given the parts of all regions their mean is normal and the log of their spread has a density in one dimension, without
any look at the data. Drawn so, parts stand as they are while mean and spread move; in the walk parts kept in units move
along. The two ways help where the other sticks (Yu & Meng 2011). Noise scales and means with all about them move one by
one by Metropolis steps.
"""

from __future__ import annotations

from collections.abc import Sequence
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
SHIFTS = (float(np.log(0.01)), float(np.log(1.0)))  # logs of steps of a mean, drawn by lot between
MEANS = ("rate_mean", "capacity_mean", "b")
NOISE = ("measurement", "process", "tie")


@dataclass(frozen=True)
class Redrawing:
    """Takes coordinates of a panel to others, leaving their density as it is."""

    coordinates: Coordinates

    def __call__(self, coordinates: Array, random: np.random.Generator) -> Array:
        target = self.coordinates.target
        walk = Walk.at(target, self.coordinates.unknowns(coordinates))
        walk.noise(random)
        if target.growing.is_grouped:
            walk.means(random)
        return self.coordinates.coordinates(closed(target, walk.place, random))


def closed(target: Target, unknowns: Array, random: np.random.Generator) -> Array:
    """Means and spreads drawn anew, all that lies about them standing."""
    shared, own = (part.copy() for part in target.places.split(unknowns))
    for name in ("rate", "capacity"):
        if f"spread_{name}" in target.places.shared:
            _mean_and_spread(target, name, shared, own, random)
    if target.growing.is_partial:
        _effects(target, shared, own, random)
    if target.growing.has_years:
        _years(target, shared, random)
    return target.places.join(shared, own)


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


@dataclass
class Walk:
    """A walk by Metropolis steps, of which the likelihood is known where it is."""

    target: Target
    place: Array
    value: float

    @classmethod
    def at(cls, target: Target, place: Array) -> Walk:
        return cls(target, place, float(target.likelihood(place).value.sum()))

    def noise(self, random: np.random.Generator) -> None:
        """Each noise scale moved by itself."""
        places = self.target.places
        for name in NOISE:
            at = places.shared.get(name, slice(0, 0))
            for k in range(at.start, at.stop):
                other = self.place.copy()
                other[k] += random.choice(STEPS) * random.standard_normal()
                self._step(other, name, random)

    def means(self, random: np.random.Generator, names: Sequence[str] = MEANS) -> None:
        """The means of rates, of capacities and of b, with all that lies about them, each moved by itself while all
        else stands: so go poles too slow for the data to tell their capacities."""
        places = self.target.places
        for name in names:
            at = places.shared.get(name, slice(0, 0))
            for k in range(at.start, at.stop):
                away = np.exp(random.uniform(*SHIFTS)) * random.standard_normal()
                shared, own = (part.copy() for part in places.split(self.place))
                shared[k] += away
                if name == "capacity_mean":
                    own[:, places.own["capacity"].start + k - at.start] += away
                self._step(places.join(shared, own), name, random)

    def _step(self, other: Array, name: str, random: np.random.Generator) -> None:
        """Goes to another place, by chance, whose density differs in the likelihood and in the prior of one name."""
        at, value = self.target.places.shared[name], float(self.target.likelihood(other).value.sum())
        prior = "effect" if name == "b" and self.target.growing.law != SYMBIOSIS else name
        before, after = (self.target.away(prior, place[at])[0] for place in (self.place, other))
        gain = value - self.value + 0.5 * float((before**2 - after**2).sum())
        if np.isfinite(gain) and np.log(random.random()) < gain:
            self.place, self.value = other, value


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
