"""Firms that choose regions, counted by region: the exact chain of the numbers of firms.

Each year every firm leaves with the same chance and each leaver is replaced by an entrant, who chooses region r with

    q_r = eps e_r + sigma n_r/M + (1 - eps - sigma) n_r^alpha / sum n^alpha

Where leaving is neutral, the counts n are a Markov chain of their own: no firm need be followed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHANNELS = ("external inflow", "spin-off", "self-enhancement")


@dataclass(frozen=True)
class Rules:
    """How entrants choose and how often firms leave.

    `feedback` alpha, `external` share eps, `spin_off` share sigma (eps + sigma at most 1), `exit` chance h a year.
    """

    feedback: float
    external: float
    spin_off: float
    exit: float


def attraction(counts: Ints, feedback: float | Floats) -> Floats:
    """n^alpha / sum n^alpha over the last axis; regions without firms attract nobody."""
    share = counts / counts.sum(axis=-1, keepdims=True)
    weight = np.where(counts > 0, share**feedback, 0.0)
    return np.asarray(weight / weight.sum(axis=-1, keepdims=True))


def choice(counts: Ints, advantage: Floats, rules: Rules) -> Floats:
    """Where an entrant goes: q over regions (last axis), sums to 1. `advantage` e_r sums to 1 over regions."""
    share = counts / counts.sum(axis=-1, keepdims=True)
    own = 1.0 - rules.external - rules.spin_off
    return np.asarray(rules.external * advantage + rules.spin_off * share + own * attraction(counts, rules.feedback))


def step(counts: Ints, advantage: Floats, rules: Rules, draw: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """One year of every replica: (counts after, entrants, leavers), each of shape (replica, region)."""
    leavers = draw.binomial(counts, rules.exit)
    entrants = draw.multinomial(leavers.sum(axis=-1), _safe(choice(counts, advantage, rules)))
    return counts - leavers + entrants, entrants, leavers


@dataclass(frozen=True)
class Paths:
    """Counts of shape (year, replica, region), first the start; entrants and leavers of each year after it."""

    counts: Ints
    entrants: Ints
    leavers: Ints


def paths(start: Ints, advantage: Floats, rules: Rules, years: int, draw: np.random.Generator) -> Paths:
    """Replicas of the chain over `years` years; `start` is (replica, region)."""
    counts = np.empty((years + 1, *start.shape), np.int64)
    entrants, leavers = (np.empty((years, *start.shape), np.int64) for _ in range(2))
    counts[0] = start
    for year in range(years):
        counts[year + 1], entrants[year], leavers[year] = step(counts[year], advantage, rules, draw)
    return Paths(counts, entrants, leavers)


def driven(
    start: Ints, attraction_by_year: Floats, entries: Ints, exit_by_year: Floats, draw: np.random.Generator
) -> Paths:
    """Replicas in which entrants follow an attraction given from outside and nothing feeds back.

    `start` is (replica, region), `attraction_by_year` (year, replica, region) or (year, 1, region) sums to 1 over
    regions, `entries` (year,) entrants in all, `exit_by_year` the chance to leave, (year,) or (year, replica, region).
    """
    years = len(entries)
    counts = np.empty((years + 1, *start.shape), np.int64)
    entrants, leavers = (np.empty((years, *start.shape), np.int64) for _ in range(2))
    counts[0] = start
    for year in range(years):
        leavers[year] = draw.binomial(counts[year], exit_by_year[year])
        where = np.broadcast_to(attraction_by_year[year], start.shape)
        entrants[year] = draw.multinomial(np.full(len(start), entries[year]), _safe(where))
        counts[year + 1] = counts[year] - leavers[year] + entrants[year]
    return Paths(counts, entrants, leavers)


def even(firms: int, regions: int) -> Ints:
    """`firms` spread as evenly as whole numbers allow."""
    counts = np.full(regions, firms // regions, np.int64)
    counts[: firms % regions] += 1
    return counts


def gathered(firms: int, regions: int, share: float = 0.8) -> Ints:
    """The given share of all firms in the first region, the others spread evenly."""
    first = int(firms * share)
    return np.concatenate([[first], even(firms - first, regions - 1)])


def _safe(chances: Floats) -> Floats:
    """Chances whose sum is at most 1 to the last bit, as NumPy's multinomial wants it."""
    total = chances.sum(axis=-1, keepdims=True)
    return np.asarray(chances / np.maximum(total, 1.0) * (1.0 - 1e-12))
