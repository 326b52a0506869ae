"""Firms one by one: each leaves, enters, does research and imitates; compiled, so that a million firms take seconds.

The rules of entry are those of `lumped`. Knowledge k of a firm is a logarithm that starts at 0. The three powers:

    innovation   a firm succeeds in research with chance RESEARCH innovation (1 + push_r) and gains STEP;
                 entrants who follow others weigh a region by n^alpha exp(k_r - k), its lead in knowledge
    competition  a firm leaves with chance h [1 + competition c_r] exp(-competition (k_i - k)), c_r crowding in (-1, 1)
    environment  e_r is raised in supported regions

and push_r = competition c_r + environment [r supported], each part where its path is on: outside powers then also
act through innovation. Without innovation and competition all firms are alike and the counts follow `lumped` exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RESEARCH = 0.5
STEP = 0.1
CATCH_UP = 0.5  # share of the gap that imitation closes
MOST, LEAST = 4.0, 0.25  # by how much a firm's knowledge can raise or lower its chance to leave


@dataclass(frozen=True)
class Powers:
    """Innovation, environment and competition, each from 0; imitation a year, the share of it that is tacit.

    `environment_path` and `competition_path` say whether these two also act through research. Support reaches the
    first `supported` regions.
    """

    innovation: float = 0.0
    environment: float = 0.0
    competition: float = 0.0
    imitation: float = 0.0
    tacit: float = 0.5
    supported: int = 0
    environment_path: bool = True
    competition_path: bool = True


@dataclass(frozen=True)
class Course:
    """What became of the regions: `counts` and mean `knowledge` (year, region), first the start; `leavers` (year,
    region) and `entrants` (year, channel, region) of each year, channels as in `lumped.CHANNELS`."""

    counts: Ints
    knowledge: Floats
    leavers: Ints
    entrants: Ints


def simulate(
    start: Ints,
    advantage: Floats,
    rules: tuple[float, float, float, float],
    powers: Powers,
    years: int,
    seed: int,
) -> Course:
    """`years` years of all firms, from `start` firms by region; `rules` are (alpha, eps, sigma, h) as in `lumped`.

    `advantage` e_r sums to 1; the environment's support is laid on top. The same seed gives the same course.
    """
    raised = np.array(advantage, np.float64)
    raised[: powers.supported] *= 1.0 + powers.environment
    raised /= raised.sum()
    regions, firms = len(start), int(start.sum())
    counts = np.zeros((years + 1, regions), np.int64)
    knowledge = np.zeros((years + 1, regions))
    leavers = np.zeros((years, regions), np.int64)
    entrants = np.zeros((years, 3, regions), np.int64)
    place = np.repeat(np.arange(regions, dtype=np.int32), start)
    known = np.zeros(firms, np.float32)
    numbers = np.array(
        [
            powers.innovation,
            powers.environment,
            powers.competition,
            powers.imitation,
            powers.tacit,
            float(powers.supported),
            powers.environment if powers.environment_path else 0.0,
            powers.competition if powers.competition_path else 0.0,
        ]
    )
    _run(place, known, raised, np.asarray(rules, np.float64), numbers, seed, counts, knowledge, leavers, entrants)
    return Course(counts, knowledge, leavers, entrants)


def grown(entrants: int, novelty: float, seed: int) -> Ints:
    """Sizes of places where nobody leaves: each entrant opens a new place with chance `novelty`, or joins a firm's.

    The sizes follow Yule and Simon: a power law whose density has the exponent 1 + 1/(1 - novelty).
    """
    place = np.zeros(entrants, np.int64)
    return np.bincount(place[: _grow(place, novelty, seed)])


@njit(cache=True, inline="always")
def _uniform(state: Any) -> Any:
    """The next number of SplitMix64, uniform on [0, 1); `state` is a uint64 array of one."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.float64(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True)
def _alias(weight: Floats, chance: Floats, other: Ints) -> None:
    """Walker's table: region r is drawn as `u < chance[r] ? r : other[r]` from an evenly drawn r."""
    many = len(weight)
    total = weight.sum()
    small = np.empty(many, np.int64)
    large = np.empty(many, np.int64)
    smalls = larges = 0
    for r in range(many):
        chance[r] = weight[r] * many / total
        other[r] = r
        if chance[r] < 1.0:
            small[smalls] = r
            smalls += 1
        else:
            large[larges] = r
            larges += 1
    while smalls > 0 and larges > 0:
        smalls -= 1
        low = small[smalls]
        high = large[larges - 1]
        other[low] = high
        chance[high] -= 1.0 - chance[low]
        if chance[high] < 1.0:
            larges -= 1
            small[smalls] = high
            smalls += 1
    for k in range(larges):
        chance[large[k]] = 1.0
    for k in range(smalls):
        chance[small[k]] = 1.0


@njit(cache=True, inline="always")
def _drawn(chance: Floats, other: Ints, state: Any) -> Any:
    u = _uniform(state) * len(chance)
    r = min(int(u), len(chance) - 1)
    return r if u - r < chance[r] else other[r]


@njit(cache=True)
def _survey(place: Any, known: Any, counts: Ints, mean: Floats) -> float:
    """Counts and mean knowledge by region, and the mean of all firms."""
    counts[:] = 0
    mean[:] = 0.0
    for i in range(len(place)):
        counts[place[i]] += 1
        mean[place[i]] += known[i]
    total = mean.sum() / len(place)
    for r in range(len(counts)):
        mean[r] = mean[r] / counts[r] if counts[r] > 0 else total
    return float(total)


@njit(cache=True)
def _by_region(place: Any, counts: Ints, first: Ints, order: Any) -> None:
    """Firms in order of region, so that a neighbour can be drawn at once: those of r stand from first[r]."""
    at = 0
    for r in range(len(counts)):
        first[r] = at
        at += counts[r]
    ahead = first.copy()
    for i in range(len(place)):
        order[ahead[place[i]]] = i
        ahead[place[i]] += 1


@njit(cache=True)
def _run(
    place: Any,
    known: Any,
    advantage: Floats,
    rules: Floats,
    powers: Floats,
    seed: int,
    counts: Ints,
    knowledge: Floats,
    leavers: Ints,
    entrants: Ints,
) -> None:
    regions, firms = counts.shape[1], len(place)
    state = np.array([np.uint64(seed)])
    outside, outside_other = np.empty(regions), np.empty(regions, np.int64)
    inside, inside_other = np.empty(regions), np.empty(regions, np.int64)
    weight, push, leaving = np.empty(regions), np.empty(regions), np.empty(regions)
    first, order = np.empty(regions, np.int64), np.empty(firms, np.int32)
    place_was, known_was = place.copy(), known.copy()
    _alias(advantage, outside, outside_other)
    mean = _survey(place, known, counts[0], knowledge[0])
    for year in range(len(leavers)):
        here, lead = counts[year], knowledge[year]
        for r in range(regions):
            share = here[r] / firms
            crowding = 2.0 * share * regions / (1.0 + share * regions) - 1.0
            weight[r] = share ** rules[0] * np.exp(lead[r] - mean) if here[r] > 0 else 0.0
            leaving[r] = rules[3] * (1.0 + powers[2] * crowding)
            push[r] = 1.0 + powers[7] * crowding + (powers[6] if r < powers[5] else 0.0)
        _alias(weight, inside, inside_other)
        if powers[3] > 0 and powers[4] > 0:
            _by_region(place, here, first, order)
        place_was[:] = place
        known_was[:] = known
        for i in range(firms):
            r = place_was[i]
            chance = leaving[r]
            if powers[2] > 0:
                chance *= min(MOST, max(LEAST, np.exp(-powers[2] * (known_was[i] - mean))))
            if _uniform(state) < chance:
                leavers[year, r] += 1
                u = _uniform(state)
                if u < rules[1]:
                    to, gained, channel = _drawn(outside, outside_other, state), mean, 0
                elif u < rules[1] + rules[2]:
                    parent = min(int(_uniform(state) * firms), firms - 1)
                    to, gained, channel = place_was[parent], float(known_was[parent]), 1
                else:
                    to, channel = _drawn(inside, inside_other, state), 2
                    gained = lead[to]
                place[i], known[i] = to, gained
                entrants[year, channel, to] += 1
                continue
            if powers[0] > 0 and _uniform(state) < RESEARCH * powers[0] * push[r]:
                known[i] += STEP
            if powers[3] > 0 and _uniform(state) < powers[3]:
                if powers[4] > 0 and _uniform(state) < powers[4]:
                    met = order[first[r] + min(int(_uniform(state) * here[r]), here[r] - 1)]
                else:
                    met = min(int(_uniform(state) * firms), firms - 1)
                if known_was[met] > known[i]:
                    known[i] += CATCH_UP * (known_was[met] - known[i])
        mean = _survey(place, known, counts[year + 1], knowledge[year + 1])


@njit(cache=True)
def _grow(place: Ints, novelty: float, seed: int) -> int:
    state = np.array([np.uint64(seed)])
    opened = 1
    for i in range(1, len(place)):
        if _uniform(state) < novelty:
            place[i] = opened
            opened += 1
        else:
            place[i] = place[min(int(_uniform(state) * i), i - 1)]
    return len(place)
