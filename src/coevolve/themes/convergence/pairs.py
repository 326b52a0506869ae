"""Simulated pairs of industries whose type is known, because it is a parameter of the simulation.

For training and judging whatever tells types apart: the type of a pair sets what its convergence acts on (loadings)
and how the two industries act on each other (b). What is seen are noisy yearly series, never these parameters.

    s(t) = m / (1 + exp(-k (t - tau)))                                               degree: ceiling, speed, onset
    c_j(t) = c_j(0) + loading_j s(t) + trend_j t + walk_j(t) + noise_j(t)             the six aspect channels
    d(log x_i) = R_i (1 - x_i/N_i(t) - b_ij s(t) x_j/N_j(t)) + shock_i               Tong & Wang (9), (10), with onset

    >>> made = simulate_pairs(4, Key.of(1, "doctest"))
    >>> made.values.shape, made.channels[:2]
    ((4, 24, 8), ('a_ab', 'a_ba'))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...inquiry.key import Key

Array = NDArray[np.float64]

TYPES: tuple[str, ...] = ("none", "penetration", "complementary", "reorganisation", "substitution")
"""The types in the order of their labels 0 to 4. A is the industry that penetrates, or that displaces B."""

CHANNELS: tuple[str, ...] = ("a_ab", "a_ba", "p_a", "p_b", "market", "enterprise", "log_a", "log_b")
"""What is seen of a pair each year: log direct inputs, log-odds of the shares of common patents, log-odds of the
likeness of customers and of the share of units active in both, and the log outputs of A and B."""

LOADINGS: Array = np.array(
    [
        # a_ab  a_ba   p_a   p_b  market  enterprise
        [0.00, 0.00, 0.00, 0.00, 0.00, 0.00],  # none
        [0.90, 0.15, 0.20, 0.90, 0.25, 0.10],  # penetration of B by A
        [0.75, 0.75, 0.50, 0.50, 0.25, 0.10],  # complementary
        [0.25, 0.25, 0.30, 0.30, 0.35, 0.90],  # reorganisation
        [-0.05, -0.05, 0.30, 0.30, 0.90, 0.10],  # substitution of B by A
    ]
)
"""What a full convergence (s = 1) adds to each aspect channel, by type."""

EFFECTS: Array = np.array([[0.0, 0.0], [0.0, -0.35], [-0.30, -0.30], [0.0, 0.0], [0.0, 0.40]])
"""b_AB (of B on A) and b_BA (of A on B) at full convergence, by type: below 0 helps, above 0 hurts."""


@dataclass(frozen=True)
class PairSettings:
    """What kind of world the pairs live in.

    `years`: how many are seen. `noise`: multiplies all noise. `spread`: how much loadings and effects differ between
    pairs of one type (sd of their logs). `strength`: multiplies loadings and effects. `perturbation`: sd by which the
    loadings of this whole world miss `LOADINGS` (a simulator that is wrong). `shares`: how common each type is;
    alike when left out.
    """

    years: int = 24
    noise: float = 1.0
    spread: float = 0.3
    strength: float = 1.0
    perturbation: float = 0.0
    shares: tuple[float, ...] = (0.2, 0.2, 0.2, 0.2, 0.2)


@dataclass(frozen=True)
class Pairs:
    """Simulated pairs. `values` (pair, year, channel) is what is seen; `types` (pair,) the labels, places in `TYPES`.

    `degree` (pair, year) is the true convergence degree and `scale` (pair, year, 2) the true outputs of A and B;
    `truth` holds the structural parameters: onset, speed, ceiling (pair,), loadings (pair, 6), symbiosis (pair, 2),
    rate, capacity, growth (pair, 2).
    """

    values: Array
    types: NDArray[np.int64]
    degree: Array
    scale: Array
    truth: Mapping[str, Array] = field(default_factory=dict)
    channels: tuple[str, ...] = CHANNELS

    def __len__(self) -> int:
        return len(self.types)


def simulate_pairs(count: int, key: Key, settings: PairSettings | None = None) -> Pairs:
    """`count` pairs of industries over some years, each with its type: the same key gives the same pairs.

    The loadings of the world come from `key.child("world")`, so two samples of one perturbed world can be drawn with
    `simulate_pairs_of(count, key, settings, loadings_of_world(...))`.
    """
    said = settings or PairSettings()
    return simulate_pairs_of(count, key, said, loadings_of_world(key.child("world"), said))


def loadings_of_world(key: Key, settings: PairSettings) -> Array:
    """The loadings by type in one world: `LOADINGS`, missed by `perturbation`; a pair that does not converge has 0."""
    missed = key.numpy().normal(0.0, 1.0, LOADINGS.shape) * settings.perturbation
    missed[0] = 0.0
    return LOADINGS + missed


def simulate_pairs_of(count: int, key: Key, settings: PairSettings, loadings: Array) -> Pairs:
    """Pairs of a world whose loadings by type are given; see `simulate_pairs`."""
    random = key.child("pairs").numpy()
    shares = np.asarray(settings.shares, float)
    types = random.choice(len(TYPES), size=count, p=shares / shares.sum())
    years = np.arange(settings.years, dtype=float)
    onset = random.uniform(0.15, 0.75, count) * settings.years
    speed = np.exp(random.normal(np.log(8.0 / settings.years), 0.35, count))
    ceiling = random.uniform(0.55, 1.0, count) * (types > 0)
    degree = ceiling[:, None] / (1.0 + np.exp(-speed[:, None] * (years - onset[:, None])))
    each = np.exp(random.normal(0.0, settings.spread, (count, loadings.shape[1])))
    own = settings.strength * loadings[types] * each
    effects = settings.strength * EFFECTS[types] * np.exp(random.normal(0.0, settings.spread, (count, 2)))
    effects = 0.8 * np.tanh(effects / 0.8)
    scale, dynamics = _outputs(degree, effects, random, settings)
    aspects = _aspects(degree, own, random, settings)
    logs = np.log(scale) + random.normal(0.0, 0.02 * settings.noise, scale.shape)
    truth = {"onset": onset, "speed": speed, "ceiling": ceiling, "loadings": own, "symbiosis": effects, **dynamics}
    return Pairs(np.concatenate([aspects, logs], axis=2), types, degree, scale, truth)


def _aspects(degree: Array, loadings: Array, random: np.random.Generator, settings: PairSettings) -> Array:
    """The six aspect channels (pair, year, channel): start, convergence, own trend, walk and noise of single years.

    Both shares of common patents are counted from numbers of patents that obey one law, so that noise tells no side.
    """
    pairs, years = degree.shape
    shape = (pairs, years, 6)
    start = np.array([-4.0, -4.0, -2.6, -2.6, -0.4, -2.2]) + random.normal(0.0, 0.5, (pairs, 6))
    trend = random.normal(0.0, 0.012, (pairs, 6)) * settings.noise
    walk = random.normal(0.0, 0.04 * settings.noise, shape).cumsum(axis=1)
    level = start[:, None] + loadings[:, None] * degree[:, :, None] * 1.5 + walk
    level += trend[:, None] * np.arange(years)[:, None]
    level[:, :, (0, 1, 4, 5)] += random.normal(0.0, 0.06 * settings.noise, (pairs, years, 4))
    patents = np.exp(random.uniform(np.log(40.0), np.log(600.0), (pairs, 1, 2))) / max(settings.noise, 1e-9) ** 2
    patents = np.maximum(np.round(patents * np.exp(0.04 * np.arange(years)[:, None])), 5.0)
    share = 1.0 / (1.0 + np.exp(-level[:, :, 2:4]))
    common = random.binomial(patents.astype(np.int64), share)
    level[:, :, 2:4] = np.log((common + 0.5) / (patents - common + 0.5))
    return np.asarray(level)


def _outputs(
    degree: Array, effects: Array, random: np.random.Generator, settings: PairSettings
) -> tuple[Array, dict[str, Array]]:
    """True outputs of A and B (pair, year, 2) along the symbiosis equations, effects growing with the degree."""
    pairs, years = degree.shape
    rate = random.uniform(0.15, 0.4, (pairs, 2))
    growth = random.normal(0.02, 0.01, (pairs, 2))
    capacity = np.exp(random.normal(6.0, 0.8, (pairs, 2)))
    log_x = np.log(capacity * random.uniform(0.3, 0.9, (pairs, 2)))
    scale = np.empty((pairs, years, 2))
    shocks = random.normal(0.0, 0.02 * settings.noise, (pairs, years, 2))
    shocks += random.normal(0.0, 0.015 * settings.noise, (pairs, years, 1))
    for t in range(years):
        scale[:, t] = np.exp(log_x)
        ceiling = capacity * np.exp(growth * t)
        used = scale[:, t] / ceiling
        log_x = log_x + rate * (1.0 - used - effects * degree[:, [t]] * used[:, ::-1]) + shocks[:, t]
    return scale, {"rate": rate, "capacity": capacity, "growth": growth}
