"""Stable rests found by letting the poles grow from many starting points: for more poles than can be enumerated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .complementarity import SOLVED, saturated
from .equilibria import equilibrium, is_feasible, is_stable
from .growth import paths

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]

PRESENT = 1e-4  # share of capacity from which a pole counts as present at the end of a path
NEAR = 1e-3  # how near a path must have come to a rest for it to count as reached
FASTEST = 0.15  # rates are scaled to at most this: the fixed steps of `paths` then hold up to 30 capacities
HIGHEST = np.log(3.0)  # log share of capacity from which no path begins
PATIENCE = (300.0, 1200.0, 4800.0)  # further spans of time for paths that have not settled, in the scaled unit


@dataclass(frozen=True)
class Reached:
    """Stable rests that were found: `present` (rest, pole), `shares` (rest, pole), `paths` that came there (rest,).

    `unsettled` paths came to no stable rest: they cycle, run away, or were still on their way. Rests that are not
    here are not excluded.
    """

    present: Truth
    shares: Array
    paths: NDArray[np.int64]
    unsettled: int


def search(symbiosis: Array, rate: Array, random: np.random.Generator, starts: int = 200) -> Reached:
    """Stable equilibria reached from many starting points, the saturated equilibrium first; any number of poles.

    `symbiosis` (pole, pole), `rate` (pole,). Paths begin with every pole in turn far ahead of the others, and at
    random shares. Each end is checked: it counts only if the poles present have an equilibrium there and it is
    stable. What is found is certain; that there is nothing else is not.

    >>> found = search(np.array([[0.0, 1.5], [1.4, 0.0]]), np.array([0.2, 0.3]), np.random.default_rng(0))
    >>> found.present.astype(int).tolist(), found.unsettled
    ([[0, 1], [1, 0]], 0)
    """
    n = len(rate)
    counts: dict[tuple[int, ...], int] = {}
    shares, ended = saturated(symbiosis[None])
    if ended[0] == SOLVED:
        members = _members(shares[0], 0.0)
        if is_stable(symbiosis, rate, shares[0]):
            counts[members] = 0
    state = _starts(n, random, starts)
    scaled = np.asarray(rate, float) * FASTEST / np.max(rate)
    for patience in PATIENCE:
        several = len(state)
        if not several:
            break
        ends = paths(
            state,
            np.tile(scaled, (several, 1)),
            np.ones((several, n)),
            np.broadcast_to(symbiosis, (several, n, n)),
            np.array([patience]),
        )[:, -1]
        on_the_way = []
        for k, end in enumerate(np.exp(ends)):
            members = _members(end, PRESENT)
            if members in counts or _is_rest(symbiosis, rate, members):
                rest = equilibrium(symbiosis, members)
                if np.abs(end - rest).max() < NEAR * (1.0 + rest.max()):
                    counts[members] = counts.get(members, 0) + 1
                    continue
            on_the_way.append(k)
        state = ends[on_the_way]
    found = sorted(counts, key=lambda members: (-counts[members], members))
    present = np.zeros((len(found), n), bool)
    for k, members in enumerate(found):
        present[k, list(members)] = True
    rests = np.array([equilibrium(symbiosis, members) for members in found]).reshape(-1, n)
    return Reached(present, rests, np.array([counts[members] for members in found], np.int64), len(state))


def _starts(n: int, random: np.random.Generator, starts: int) -> Array:
    """Log shares: each pole in turn near its capacity and the others small, then random ones."""
    ahead = np.where(np.eye(n, dtype=bool), 0.0, np.log(0.05)) + random.normal(0.0, 0.1, (n, n))
    others = random.normal(-1.0, 1.5, (max(0, starts - n), n))
    every = np.concatenate([ahead, others])[: max(starts, 1)]
    return np.asarray(HIGHEST - np.abs(HIGHEST - every))


def _members(shares: Array, least: float) -> tuple[int, ...]:
    return tuple(int(k) for k in np.flatnonzero(shares > least))


def _is_rest(symbiosis: Array, rate: Array, members: tuple[int, ...]) -> bool:
    rest = equilibrium(symbiosis, members)
    return bool(np.isfinite(rest).all() and is_feasible(rest, members) and is_stable(symbiosis, rate, rest))
