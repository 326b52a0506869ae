"""Which type of convergence a pair shows: a network and a logistic regression that learnt it from simulated pairs.

Real pairs with a known type are few, so both learn from pairs whose type is a parameter of the simulation
(`pairs`). The simulated worlds differ from one another in their loadings and noise, because none of them is the real
one. The network is Ma's (convolution, LSTM, elastic net, dropout, normalisation); the regression reads what an
econometrician would. Their log probabilities are averaged and tempered, so that "70 %" is right seven times in ten
in simulated worlds that neither has seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...engine.classifier import Classifier, Penalties, Shape, fit, log_probabilities
from ...engine.logit import Logit, fit_logit
from ...engine.train import Settings
from ...engine.voting import temperature, tempered
from ...errors import DataError
from ...inquiry.key import Key
from .features import bridged, features_of
from .pairs import CHANNELS, TYPES, Pairs, PairSettings, loadings_of_world, simulate_pairs_of

Array = NDArray[np.float64]
Tick = Callable[[int, int], None]

LEAST_YEARS = 8
PENALTIES = Penalties(drop=0.2, penalty=1e-4, alpha=0.5)


@dataclass(frozen=True)
class Schooling:
    """How the recogniser learns: simulated pairs, the worlds they come from, and the steps of training.

    `perturbation` is the sd by which each world's loadings miss the mean ones; noise runs evenly in logs over `noise`.
    `wandering`: real series differ far more in how they wander than those of one world. Every channel of every pair
    gets unrest of its own on top, half of it lasting, with a yearly sd that runs evenly in logs up to this number (a
    third of it for outputs); 0 for none.
    """

    pairs: int = 10_000
    worlds: int = 20
    perturbation: float = 0.2
    noise: tuple[float, float] = (0.8, 1.6)
    steps: int = 800
    held_out: int = 2_000
    wandering: float = 0.0


@dataclass(frozen=True)
class Recogniser:
    """What has learnt to tell types from some channels over some years; `temperature` makes it honest."""

    channels: tuple[str, ...]
    years: int
    net: Classifier
    logit: Logit
    temperature: float
    schooling: Schooling

    def log_probabilities(self, values: Array) -> Array:
        """Log probability of each of `TYPES`, (pair, type), from values (pair, year, channel); gaps are bridged."""
        return np.asarray(tempered(_joint(self.net, self.logit, values, self.channels), self.temperature))

    def parts(self, values: Array) -> tuple[Array, Array]:
        """Log probabilities of the network alone and of the regression alone, neither tempered."""
        return _by_net(self.net, values), self.logit.log_probabilities(features_of(values, self.channels))


def school(
    channels: Sequence[str], years: int, key: Key, schooling: Schooling = Schooling(), tick: Tick | None = None
) -> Recogniser:
    """Learns to tell types from these channels (of `CHANNELS`) over so many years; the same key gives the same.

    Raises DataError for fewer than eight years: with fewer there is no early and late.
    """
    if years < LEAST_YEARS:
        do = f"Give {LEAST_YEARS} at least: with fewer there is no early and late."
        raise DataError("these years are too few to tell types from.", got=years, do=do)
    made = worlds_of_pairs(schooling.pairs, years, key.child("school"), schooling)
    fresh = worlds_of_pairs(schooling.held_out, years, key.child("held out"), schooling)
    return schooled_on(made, fresh, channels, key, schooling, tick)


def schooled_on(
    made: Pairs, fresh: Pairs, channels: Sequence[str], key: Key, schooling: Schooling, tick: Tick | None = None
) -> Recogniser:
    """Learns from the pairs `made`, and how sure to be from the pairs `fresh`."""
    seen = tuple(channels)
    places = [CHANNELS.index(name) for name in seen]
    values, years = made.values[:, :, places], made.values.shape[1]
    net = _school_net(values, made.types, years, key, schooling, tick)
    logit = fit_logit(features_of(values, seen), made.types, len(TYPES))
    blind = _joint(net, logit, fresh.values[:, :, places], seen)
    return Recogniser(seen, years, net, logit, temperature(blind, fresh.types), schooling)


def worlds_of_pairs(count: int, years: int, key: Key, schooling: Schooling) -> Pairs:
    """Pairs from many worlds, each with its own loadings and noise: what the recogniser learns from."""
    low, high = np.log(schooling.noise)
    noises = np.exp(key.child("noise").numpy().uniform(low, high, schooling.worlds))
    each = -(-count // schooling.worlds)
    found = []
    for place, noise in enumerate(noises):
        world = key.child(f"world {place}")
        said = PairSettings(years=years, noise=float(noise), perturbation=schooling.perturbation)
        found.append(simulate_pairs_of(each, world, said, loadings_of_world(world.child("loadings"), said)))
    whole = together(found)
    return _unrested(whole, key.child("wandering").numpy(), schooling.wandering) if schooling.wandering > 0 else whole


def _unrested(pairs: Pairs, random: np.random.Generator, most: float) -> Pairs:
    """Pairs whose every channel wanders and is restless by as much as its own draw says."""
    count, _, channels = pairs.values.shape
    sd = np.exp(random.uniform(np.log(most / 30.0), np.log(most), (count, 1, channels)))
    sd = sd * np.where(np.arange(channels) < channels - 2, 1.0, 1.0 / 3.0)
    steps, single = random.normal(0.0, 0.7, (2, *pairs.values.shape))
    return replace(pairs, values=pairs.values + sd * (steps.cumsum(axis=1) + 0.7 * single))


def together(few: Sequence[Pairs]) -> Pairs:
    """Pairs of several worlds as one; what is true of each stays behind."""
    parts = zip(*((one.values, one.types, one.degree, one.scale) for one in few), strict=True)
    values, types, degree, scale = (np.concatenate(part) for part in parts)
    return Pairs(values, types, degree, scale)


def _school_net(
    values: Array, types: NDArray[np.int64], years: int, key: Key, schooling: Schooling, tick: Tick | None
) -> Classifier:
    seen, mask = _prepared(values)
    weight = np.ones((1, len(values)), np.float32)
    shape = Shape(years, values.shape[2], len(TYPES))
    settings = Settings(steps=schooling.steps, batch=min(256, len(values)), piece=25)
    return fit(seen, mask, types, weight, shape, settings, PENALTIES, key.child("net").jax(), tick)


def _prepared(values: Array) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Series as the network sees them: gaps bridged, each channel of each pair about its own mean."""
    whole = bridged(values)
    return (whole - whole.mean(axis=1, keepdims=True)).astype(np.float32), np.ones(values.shape[:2], bool)


def _by_net(net: Classifier, values: Array) -> Array:
    return np.asarray(log_probabilities(net, *_prepared(values))[0], float)


def _joint(net: Classifier, logit: Logit, values: Array, channels: tuple[str, ...]) -> Array:
    """The mean of both log probabilities, made to sum to one."""
    both = 0.5 * (_by_net(net, values) + logit.log_probabilities(features_of(values, channels)))
    return np.asarray(tempered(both, 1.0))
