"""The stage of one industry: its answer to unexpected exits, and its warnings beside worlds without feedback."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...engine.lumped import driven
from ...inquiry.key import Key
from .stage_response import Response, respond
from .stage_units import Unit

Array = NDArray[np.float64]

STAGES = ("dispersed", "micro fluctuation", "macro fluctuation", "far from equilibrium")
BOUNDS = (np.inf, 2 / 3, 0.1, 0.0, -np.inf)  # lambda from the most dispersed on
SURE = 0.95
WARNS = 0.05
INDICATORS = {
    "autocorrelation": 1,
    "variance ratio": 1,
    "rise of autocorrelation": 1,
    "restoring force": -1,
}
"""What is looked at, and which way warns: 1 high, -1 low. Only the last can raise a warning: natural advantage that
drifts in ways nobody modelled lifts the others too."""


@dataclass(frozen=True)
class Case:
    """One industry to judge: counts and flows of shape (period, cell), the draws and their key."""

    counts: Array
    entries: Array | None
    exits: Array | None
    reference: Array | None
    turnover: float
    draws: int
    key: Key

    @classmethod
    def of(cls, unit: Unit, turnover: float, draws: int, key: Key) -> Case:
        """The case of a unit."""
        return cls(unit.counts, unit.entries, unit.exits, unit.reference, turnover, draws, key)


@dataclass(frozen=True)
class Judged:
    """What was found: `values` by indicator with `iid` and `advantage` draws (draw, indicator), the response to exits
    where exits are known, the distance from the reference by period, and how far flows miss the change of stocks."""

    values: Array
    iid: Array
    advantage: Array
    response: Response | None
    distance: Array
    gap: float
    later: bool

    @property
    def chances(self) -> Array:
        """The probability of each of STAGES; NaN where lambda is not identified."""
        if self.response is None or not self.response.identified:
            return np.full(len(STAGES), np.nan)
        pairs = pairwise(BOUNDS)
        return np.round([self.response.chance(low, high) for high, low in pairs], 6)

    @property
    def stage(self) -> str:
        """The stage, or undetermined: it is claimed at 95 % and where a random walk (lambda = 0) is excluded."""
        chances = self.chances
        if self.response is None or not np.isfinite(chances).all() or not self.response.excludes(0.0):
            return "undetermined"
        return STAGES[int(chances.argmax())] if chances.max() >= SURE else "undetermined"

    @property
    def p(self) -> Array:
        """For each indicator the share of worlds with natural advantage alone that warn as much; NaN without value."""
        way = np.array(list(INDICATORS.values()))
        beyond = np.nansum((self.advantage * way >= self.values * way), axis=0)
        known = np.isfinite(self.advantage).sum(axis=0)
        return np.where(np.isfinite(self.values) & (known > 0), (1 + beyond) / (1 + known), np.nan)

    @property
    def warns(self) -> bool:
        """Whether the restoring force is lower than in 95 of 100 worlds without feedback."""
        return bool(self.p[-1] <= WARNS)


def judge(case: Case) -> Judged:
    """One industry, judged on the path of Wang §1; the same key gives the same draws."""
    counts = case.counts
    response = None if case.exits is None else respond(counts, case.exits)
    values = np.append(indicators(counts[:, None])[0], np.nan)
    if response is not None and response.identified:
        values[-1] = response.force
    world = World.of(case)
    worlds = {}
    for name in ("iid", "advantage"):
        draw = case.key.child(name).numpy()
        path = world.draw(case.draws, name == "advantage", draw)
        found = indicators(path.counts.astype(float))
        forces = np.full(case.draws, np.nan)
        if np.isfinite(values[-1]):
            forces = np.array([_force(path.counts[:, k], path.leavers[:, k]) for k in range(case.draws)])
        worlds[name] = np.column_stack([found, forces])
    gap, later = _closure(case)
    return Judged(values, worlds["iid"], worlds["advantage"], response, distance(case), gap, later)


def indicators(counts: Array) -> Array:
    """Autocorrelation, variance ratio and rise of autocorrelation, of counts (period, draw, cell): shape (draw, 3).

    Shares lose their own mean and line first. The variance ratio is the variance of shares in time over that of firms
    which locate on their own and anew each period; the rise compares the later with the earlier half.
    """
    share = counts / counts.sum(axis=-1, keepdims=True)
    level = np.maximum(share.mean(axis=0), 1e-12)
    rest = _without_line(share) / np.sqrt(level)
    half = len(rest) // 2
    whole, early, late = (_autocorrelation(one) for one in (rest, rest[:half], rest[-half:]))
    ratio = (rest**2).mean(axis=(0, 2)) * counts.sum(axis=-1).mean(axis=0) * rest.shape[2] / (rest.shape[2] - 1)
    return np.column_stack([whole, ratio, late - early])


def distance(case: Case) -> Array:
    """How far the spread is from the reference in each period, in nat: sum p ln(p / reference), 0 when they agree.

    The relative entropy behind location quotients; the reference is an even spread where none is given.
    """
    share = case.counts / case.counts.sum(axis=1, keepdims=True)
    base = np.ones_like(share) if case.reference is None else case.reference
    base = base / base.sum(axis=1, keepdims=True)
    return np.asarray((share * np.log(np.where(share > 0, share, 1.0) / base)).sum(axis=1))


@dataclass(frozen=True)
class World:
    """An industry without feedback, as it would have been.

    Entrants follow `mean` and `slope` (log attraction a period) with shocks of persistence `lasting` and size `size`;
    cells lose the share `exit` of their firms, with accidents of size `accident`.
    """

    start: NDArray[np.int64]
    entries: NDArray[np.int64]
    exit: Array
    accident: Array
    mean: Array
    slope: Array
    lasting: float
    size: float

    @classmethod
    def of(cls, case: Case) -> World:
        """The world that a case would have come from; flows that are not known are taken from the turnover."""
        base = case.counts[:-1]
        if case.entries is None or case.exits is None:
            left = case.turnover * base
            came = np.maximum(np.diff(case.counts, axis=0) + left, 0.0)
        else:
            left, came = case.exits[1:], case.entries[1:]
        attraction = np.log(came + 0.5) - np.log(came + 0.5).mean(axis=1, keepdims=True)
        slope, mean, rest = _line(attraction)
        lasting, size = _shocks(rest, float((1 / (came + 0.5)).mean()))
        rate = left / np.maximum(base, 1.0)
        usual = rate.mean(axis=0) * (left.sum(axis=1) / base.sum(axis=1) / rate.mean())[:, None]
        chance = usual * (1 - usual) / np.maximum(base, 1.0)
        beyond = np.maximum(((rate - usual) ** 2 - chance).mean(axis=0), 0.0)
        entries = np.round(came.sum(axis=1)).astype(np.int64)
        start = np.round(case.counts[0]).astype(np.int64)
        return cls(start, entries, usual, np.sqrt(beyond), mean, slope, lasting, size)

    def draw(self, draws: int, advantage: bool, draw: np.random.Generator) -> Paths:
        """Worlds of this kind; without `advantage` attraction never changes and exits are mere chance."""
        steps, cells = self.exit.shape
        pull = np.broadcast_to(self.mean, (steps, draws, cells)).copy()
        exit = np.broadcast_to(self.exit[:, None], (steps, draws, cells))
        if advantage:
            shock = self.size / np.sqrt(max(1 - self.lasting**2, 1e-6)) * draw.normal(size=(draws, cells))
            for t in range(steps):
                pull[t] += self.slope * (t - (steps - 1) / 2) + shock
                shock = self.lasting * shock + self.size * draw.normal(size=(draws, cells))
            exit = np.clip(exit + self.accident * draw.normal(size=(steps, draws, cells)), 0.0, 0.95)
        weight = np.exp(pull - pull.max(axis=2, keepdims=True))
        chance = weight / weight.sum(axis=2, keepdims=True)
        start = np.broadcast_to(self.start, (draws, cells))
        path = driven(start, chance, self.entries, exit, draw)
        leavers = np.concatenate([np.zeros((1, draws, cells), np.int64), path.leavers])
        return Paths(path.counts, leavers)


@dataclass(frozen=True)
class Paths:
    """Drawn counts and leavers since the period before, each (period, draw, cell)."""

    counts: NDArray[np.int64]
    leavers: NDArray[np.int64]


def _force(counts: NDArray[np.int64], leavers: NDArray[np.int64]) -> float:
    """The lambda of a drawn world, NaN where a gate fails."""
    found = respond(counts.astype(float), leavers.astype(float))
    return found.force


def _line(values: Array) -> tuple[Array, Array, Array]:
    """Slope, mean and rest of values (period, cell) by cell."""
    steps = np.arange(len(values)) - (len(values) - 1) / 2
    mean = values.mean(axis=0)
    slope = steps @ (values - mean) / (steps @ steps)
    return slope, mean, values - mean - steps[:, None] * slope


def _shocks(rest: Array, sampling: float) -> tuple[float, float]:
    """Persistence and size of the shocks in `rest`, which has lost its mean and line; counting noise taken out.

    Losing mean and line pulls a persistence down by about 2 (1 + 2 rho) / periods, which is given back.
    """
    steps = len(rest)
    variance = max(float((rest**2).mean()) * steps / max(steps - 2, 1) - sampling, 1e-12)
    lag = float((rest[1:] * rest[:-1]).mean()) * steps / max(steps - 2, 1)
    rho = lag / variance
    rho = float(np.clip((rho + 2 / steps) / max(1 - 4 / steps, 0.2), 0.0, 0.98))
    return rho, float(np.sqrt(variance * (1 - rho**2)))


def _without_line(share: Array) -> Array:
    steps = np.arange(len(share)) - (len(share) - 1) / 2
    rest = share - share.mean(axis=0)
    slope = np.einsum("t,tdc->dc", steps, rest) / (steps @ steps)
    return np.asarray(rest - steps[:, None, None] * slope)


def _autocorrelation(rest: Array) -> Array:
    below = np.maximum((rest[:-1] ** 2).sum(axis=(0, 2)), 1e-300)
    return np.asarray((rest[1:] * rest[:-1]).sum(axis=(0, 2)) / below)


def _closure(case: Case) -> tuple[float, bool]:
    """The mean share of the stock that entries less exits miss, and whether they fit the change after better."""
    if case.entries is None or case.exits is None:
        return float("nan"), False
    net, change = (case.entries - case.exits)[1:], np.diff(case.counts, axis=0)
    scale = case.counts[:-1].sum()
    before = float(np.abs(change - net).sum() / scale)
    after = float(np.abs(change[1:] - net[:-1]).sum() / case.counts[1:-1].sum())
    return before, after < 0.5 * before
