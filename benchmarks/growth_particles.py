"""What is known of one region, by particles: draws led step by step from a normal guess to the density itself.

A normal approximation at the mode says little where rate, capacity and b trade off along a bent ridge, as they do in
one short series: its draws leave the ridge, and what they forecast runs away. Here draws with wide tails about the mode
are weighed, drawn again and moved while the density passes by steps from the guess to the posterior:

    p_l ~ guess^(1 - l) posterior^l,  l from 0 to 1        Del Moral, Doucet & Jasra (2006), sequential Monte Carlo

Each step is as long as keeps half of the draws effective; moves are random-walk Metropolis in the covariance of the
particles themselves. A few seconds for two or three poles, where chains take minutes; not for many unknowns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from coevolve.engine.growth_alone import Alone, Weighed, covariance_of_one
from coevolve.engine.growth_mode import find_mode
from coevolve.engine.growth_panel import Growing
from coevolve.engine.growth_target import Target
from coevolve.engine.whitening import Arrow

Array = NDArray[np.float64]
Tick = Callable[[int, int], None]

TAILS = 5.0  # degrees of freedom of the guess
KEPT = 0.5  # effective share of the draws after a step
MOVES = 5  # of every particle after each step
LAST_MOVES = 20  # at a time after the last one, until the particles have forgotten where they were
MOST_MOVES = 400
FORGOTTEN = 0.9  # of twice their variance, the mean square by which they have moved
MOST_STEPS = 60
OPTIMAL = 2.38  # over root(unknowns): the best scale of a random walk (Roberts, Gelman & Gilks 1997)
WANTED = 0.25  # share of moves taken


@dataclass(frozen=True)
class Way:
    """How the particles came to where they are: `log_evidence` up to what the same data and priors share, `steps` of
    the way, share of the last moves `taken`, and how far these have `moved` the particles, mean squared, in units of
    twice their variance: 1 when what they were before is forgotten. `agreeing` of `starts` found the mode where all
    began."""

    log_evidence: float
    steps: int
    taken: float
    moved: float
    agreeing: int
    starts: int


@dataclass(frozen=True)
class Particles:
    """Draws of everything one region's fit is unsure of: `rate`, `capacity` (draw, pole), `symbiosis` (draw, pole,
    pole), `log_last` (draw, pole), noise `measurement`, `process` (draw, pole), `correlation` (draw,)."""

    rate: Array
    capacity: Array
    symbiosis: Array
    log_last: Array
    measurement: Array
    process: Array
    correlation: Array
    way: Way


def particles(
    growing: Growing, random: np.random.Generator, *, draws: int = 1000, tick: Tick | None = None
) -> Particles:
    """What is known of one region with all its poles, by the law symbiosis.

    Raises ValueError for several regions, another law or absent poles.
    """
    target, mode, agreeing, starts = find_mode(growing)
    guess, alone = _Guess.at(target, mode), Alone.of(target)
    places = guess.draw(random, draws)
    cloud = _Cloud(places, alone.weigh(places), guess.log_density(places))
    cloud, scale, evidence, steps = _led(cloud, alone, guess, random, tick)
    cloud, taken, moved = _shaken(cloud, alone, guess, scale, random)
    moved = moved if steps < MOST_STEPS else 0.0
    return _unpacked(target, cloud, Way(evidence, steps, taken, moved, agreeing, starts), random)


def _led(
    cloud: _Cloud, alone: Alone, guess: _Guess, random: np.random.Generator, tick: Tick | None
) -> tuple[_Cloud, float, float, int]:
    """The particles led from the guess to the density; also the scale of their moves, log evidence, and steps taken."""
    level, evidence, steps, scale = 0.0, 0.0, 0, 1.0
    while level < 1.0 and steps < MOST_STEPS:
        gain = cloud.weighed.value - cloud.guess
        rise = _rise(gain, 1.0 - level)
        weights = np.exp(rise * (gain - gain.max()))
        evidence += float(rise * gain.max() + np.log(weights.mean()))
        factor = _factor(cloud.places, weights)
        cloud = cloud.take(_systematic(weights, random))
        level, steps = level + rise, steps + 1
        for _ in range(MOVES):
            cloud, taken = _moved(cloud, alone, guess, factor * scale, level, random)
            scale *= float(np.exp(taken - WANTED))
        if tick is not None:
            tick(round(100 * level), 120)
    return cloud, scale, evidence, steps


def _shaken(
    cloud: _Cloud, alone: Alone, guess: _Guess, scale: float, random: np.random.Generator
) -> tuple[_Cloud, float, float]:
    """The particles moved on until they have forgotten where they were; also the share of moves taken, and how far."""
    before, shares, far = cloud.places, [0.0], 0.0
    while far < FORGOTTEN and len(shares) < MOST_MOVES:
        factor = _factor(cloud.places, np.ones(len(before)))
        for _ in range(LAST_MOVES):
            cloud, taken = _moved(cloud, alone, guess, factor * scale, 1.0, random)
            scale *= float(np.exp(0.3 * (taken - WANTED)))
            shares.append(taken)
        away = ((cloud.places - before) ** 2).mean(axis=0)
        far = float((away / (2.0 * np.maximum(cloud.places.var(axis=0), 1e-300))).mean())
    return cloud, float(np.mean(shares[1:])), far


@dataclass(frozen=True)
class _Cloud:
    """Where the particles are, what the density says there, and what the guess says."""

    places: Array
    weighed: Weighed
    guess: Array

    def take(self, which: NDArray[np.int64]) -> _Cloud:
        parts = (self.weighed.value[which], self.weighed.end_mean[which], self.weighed.end_spread[which])
        return _Cloud(self.places[which], Weighed(*parts), self.guess[which])

    def where(self, taken: NDArray[np.bool_], other: _Cloud) -> _Cloud:
        """Those of `other` where taken, else these."""

        def pick(new: Array, old: Array) -> Array:
            return np.where(taken.reshape(-1, *[1] * (old.ndim - 1)), new, old)

        weighed = Weighed(
            pick(other.weighed.value, self.weighed.value),
            pick(other.weighed.end_mean, self.weighed.end_mean),
            pick(other.weighed.end_spread, self.weighed.end_spread),
        )
        return _Cloud(pick(other.places, self.places), weighed, pick(other.guess, self.guess))


@dataclass(frozen=True)
class _Guess:
    """A Student distribution about the mode, as wide as the curvature there says."""

    mode: Array
    factor: Array

    @classmethod
    def at(cls, target: Target, mode: Array) -> _Guess:
        arrow = Arrow.at(target.density, mode, target.places.shared_size, 1)
        return cls(mode, np.asarray(np.linalg.cholesky(covariance_of_one(arrow)), np.float64))

    def draw(self, random: np.random.Generator, draws: int) -> Array:
        normal = random.standard_normal((draws, len(self.mode)))
        return np.asarray(self.mode + normal / np.sqrt(random.chisquare(TAILS, draws) / TAILS)[:, None] @ self.factor.T)

    def log_density(self, places: Array) -> Array:
        size = len(self.mode)
        standard = np.linalg.solve(self.factor, (places - self.mode).T)
        value = -0.5 * (TAILS + size) * np.log1p((standard**2).sum(axis=0) / TAILS)
        value += gammaln(0.5 * (TAILS + size)) - gammaln(0.5 * TAILS) - 0.5 * size * np.log(TAILS * np.pi)
        return np.asarray(value - np.log(np.diag(self.factor)).sum())


def _moved(
    cloud: _Cloud, alone: Alone, guess: _Guess, factor: Array, level: float, random: np.random.Generator
) -> tuple[_Cloud, float]:
    """One Metropolis move of every particle, and the share of them taken."""
    places = cloud.places + random.standard_normal(cloud.places.shape) @ factor.T
    made = _Cloud(places, alone.weigh(places), guess.log_density(places))
    rise = level * (made.weighed.value - cloud.weighed.value) + (1.0 - level) * (made.guess - cloud.guess)
    taken = np.log(random.random(len(places))) < np.where(np.isfinite(made.weighed.value), rise, -np.inf)
    return cloud.where(taken, made), float(taken.mean())


def _rise(gain: Array, left: float) -> float:
    """The longest step that keeps the wanted share of the draws effective, by bisection."""

    def effective(rise: float) -> float:
        weights = np.exp(rise * (gain - gain.max()))
        return float(weights.sum() ** 2 / (weights**2).sum() / len(gain))

    if effective(left) >= KEPT:
        return left
    low, high = 0.0, left
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if effective(middle) >= KEPT else (low, middle)
    return max(low, 1e-4)


def _factor(places: Array, weights: Array) -> Array:
    """A factor of the covariance of weighted particles, scaled for a random walk."""
    share = weights / weights.sum()
    away = places - share @ places
    covariance = (away * share[:, None]).T @ away
    size = len(covariance)
    covariance += 1e-9 * np.eye(size) * max(float(np.trace(covariance)) / size, 1e-12)
    return np.asarray(np.linalg.cholesky(covariance) * OPTIMAL / np.sqrt(size))


def _systematic(weights: Array, random: np.random.Generator) -> NDArray[np.int64]:
    """Which particles are drawn again, each as often as its weight says to within one."""
    edges = np.cumsum(weights) / weights.sum()
    marks = (np.arange(len(weights)) + random.random()) / len(weights)
    return np.asarray(np.minimum(np.searchsorted(edges, marks), len(weights) - 1), np.int64)


def _unpacked(target: Target, cloud: _Cloud, way: Way, random: np.random.Generator) -> Particles:
    growing, known = target.growing, Alone.of(target).read(cloud.places)
    n, draws = growing.poles, len(cloud.places)
    values, vectors = np.linalg.eigh(cloud.weighed.end_spread)
    roots = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    last = cloud.weighed.end_mean + np.einsum("dij,dj->di", roots, random.standard_normal((draws, n)))
    b = np.zeros((draws, n, n))
    b[:, growing.off] = known.b
    scales = (known.measurement, known.process, known.tie)
    return Particles(known.rate, np.exp(known.log_capacity), b, last, *scales, way)
