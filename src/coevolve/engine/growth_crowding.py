"""Coordinates in which growth equations on a panel are nearly normal after the data: growth at the mean scales.

    growth_i = R_i (1 - crowding_i)      crowding_i = S_i/N_i + sum_j b_ij S_j/N_j at the scales S      Tong & Wang (9n)

With S_i the mean scale seen in the region, crowding is the share of its free growth that a pole has lost at that
place, and growth is what is left. It is what the data tell, whatever R and b are: rate, capacity and b trade off along
bent ridges, along which that growth stands nearly still. With capacity itself as the unknown every move of b has to
drag all capacities along.

Any growth may be asked for, with any b. So the own share S_i/N_i keeps above zero by a soft corner, beyond which a
growth lower by what the data tell of it means a capacity larger by what is assumed of that; the slower a pole, the
softer. And of large b only so much counts here that each growth belongs to one set of shares. Neither changes the
density, only how its unknowns are laid out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .growth_panel import SYMBIOSIS
from .growth_target import Target

Array = NDArray[np.float64]

SOFT = 0.15  # share S/N below which the corner bends where poles are fast
MOST, SHARP = 0.95, 6  # size of the matrix of b that counts at most, and how sharply the bound is met
TRIES, CLOSE = 60, 1e-12  # of Newton's method for shares, and how close they must come


@dataclass(frozen=True)
class Coordinates:
    """The density of a `Target` with growth at the mean scales in place of log capacity. `level` (region, pole): log of
    the mean scale over the anchor of capacity; None where capacities stay as they are, being shared, or absent
    (predator_prey). `told` (pole,): growth as far as the data tell it, over log capacity as far as it is assumed."""

    target: Target
    level: Array | None
    told: Array

    @classmethod
    def of(cls, target: Target) -> Coordinates:
        growing = target.growing
        if growing.law != SYMBIOSIS or growing.is_same:
            return cls(target, None, np.ones(growing.poles))
        seen = growing.seen
        scale = np.where(seen.seen, np.exp(seen.logs - growing.anchor[:, None]), 0.0)
        mean = scale.sum(axis=1) / np.maximum(seen.seen.sum(axis=1), 1)
        assumed = np.exp(growing.priors.spread_capacity[0]) if growing.is_grouped else growing.priors.capacity[1]
        level = np.where(growing.present, np.log(np.maximum(mean, 1e-300)), 0.0)
        return cls(target, level, growing.growth_doubt / assumed)

    def unknowns(self, coordinates: Array) -> Array:
        """The unknowns of the target at these coordinates; not a number where none are found."""
        if self.level is None:
            return coordinates
        places = self.target.places
        shared, own = places.split(coordinates)
        log_rate = self.target.rate(shared, own)
        crowding = 1.0 - own[:, places.own["capacity"]] * np.exp(-log_rate)
        shares = _Shares.at(self._bounded(self.target.b(shared, own)), crowding, self._soft(log_rate))
        return self._with(coordinates, self.level - shares.log_share)

    def coordinates(self, unknowns: Array) -> Array:
        """The coordinates of these unknowns."""
        if self.level is None:
            return unknowns
        places = self.target.places
        shared, own = places.split(unknowns)
        log_rate = self.target.rate(shared, own)
        log_share, soft = self.level - own[:, places.own["capacity"]], self._soft(log_rate)
        others = np.einsum("rij,rj->ri", self._bounded(self.target.b(shared, own)), np.exp(log_share))
        crowding = soft * _straight(log_share - np.log(soft)) + others
        return self._with(unknowns, np.exp(log_rate) * (1.0 - crowding))

    def density(self, coordinates: Array) -> tuple[float, Array]:
        """Log density over the coordinates (that of the unknowns and the log of the Jacobian), and its gradient."""
        common, each, slope = self.parts(coordinates)
        return common + float(each.sum()), slope

    def parts(self, coordinates: Array) -> tuple[float, Array, Array]:
        """The same as a common part and one of each region, and the gradient of their sum."""
        if self.level is None:
            return self.target.parts(coordinates)
        with np.errstate(all="ignore"):
            return self._parts(coordinates, self.level)

    def _parts(self, coordinates: Array, level: Array) -> tuple[float, Array, Array]:
        places, growing = self.target.places, self.target.growing
        at = places.own["capacity"]
        shared, own = places.split(coordinates)
        b, log_rate = self.target.b(shared, own), self.target.rate(shared, own)
        free, soft = own[:, at] * np.exp(-log_rate), self._soft(log_rate)
        shares = _Shares.at(self._bounded(b), 1.0 - free, soft)
        common, each, slope = self.target.parts(self._with(coordinates, level - shares.log_share))
        each = each + shares.log_slope() - log_rate.sum(axis=1)
        shared_bar, own_bar = (part.copy() for part in places.split(slope))
        crowding_bar, soft_bar, effects_bar = shares.back(-own_bar[:, at])
        own_bar[:, at] = -crowding_bar * np.exp(-log_rate)
        rate_bar = crowding_bar * free - 1.0 - soft_bar * (soft - SOFT)
        self.target.rate_back(rate_bar, shared, own, shared_bar, own_bar)
        b_bar = _bounded_back(self._effects(b), effects_bar * growing.off) * growing.pairs
        self.target.b_back(b_bar[:, growing.off], shared, own, shared_bar, own_bar)
        return common, each, places.join(shared_bar, own_bar)

    def _soft(self, log_rate: Array) -> Array:
        """The share S/N below which the corner bends, (region, pole)."""
        return np.asarray(SOFT + self.told * np.exp(-log_rate))

    def _effects(self, b: Array) -> Array:
        """The effects b as a matrix (region, pole, other), absent poles acting on nobody."""
        growing = self.target.growing
        matrix = np.zeros((growing.regions, growing.poles, growing.poles))
        matrix[:, growing.off] = b
        return np.asarray(matrix * growing.pairs)

    def _bounded(self, b: Array) -> Array:
        """The same, of b only so much as lets growth tell shares, (region, pole, other)."""
        effects = self._effects(b)
        return np.asarray(_kept(_size(effects))[0][:, None, None] * effects)

    def _with(self, vector: Array, capacity: Array) -> Array:
        places = self.target.places
        shared, own = places.split(vector)
        own = own.copy()
        own[:, places.own["capacity"]] = capacity
        return places.join(shared, own)


@dataclass(frozen=True)
class _Shares:
    """The shares S/N (region, pole) whose own parts and effects on each other add up to a crowding: `inner` the own
    part, which is the share itself well above the corner `soft`; `log_steep` the log slope of the share in it."""

    effects: Array
    soft: Array
    inner: Array
    log_share: Array
    log_steep: Array

    @classmethod
    def at(cls, effects: Array, crowding: Array, soft: Array) -> _Shares:
        inner = _solved(effects, crowding, soft)
        far = inner / soft
        return cls(effects, soft, inner, _log_corner(far) + np.log(soft), -np.logaddexp(0.0, -far))

    @cached_property
    def _matrix(self) -> Array:
        """How crowding moves with the own parts."""
        return np.asarray(np.eye(self.inner.shape[1]) + self.effects * np.exp(self.log_steep)[:, None, :])

    def log_slope(self) -> Array:
        """Log of how much log shares move with crowding (the determinant), by region."""
        return np.asarray((self.log_steep - self.log_share).sum(axis=1) - np.linalg.slogdet(self._matrix)[1])

    def back(self, log_share_bar: Array) -> tuple[Array, Array, Array]:
        """What is owed to crowding, to the corner and to effects, given what is owed to log shares, for that and for
        the log slope."""
        share, steep, inverse = np.exp(self.log_share), np.exp(self.log_steep), np.linalg.inv(self._matrix)
        pull, bar = np.exp(self.log_steep - self.log_share), log_share_bar - 1.0
        around = np.einsum("rij,rji->ri", inverse, self.effects) * steep
        steep_bar = (1.0 - steep) * (1.0 - around) / self.soft
        crowding_bar = np.einsum("rji,rj->ri", inverse, bar * pull + steep_bar)
        onto = np.einsum("rji,rj->ri", self.effects, crowding_bar) * share
        soft_bar = ((bar - onto) * (1.0 - pull * self.inner) - steep_bar * self.inner) / self.soft
        effects_bar = -np.swapaxes(inverse, 1, 2) * steep[:, None, :] - crowding_bar[:, :, None] * share[:, None, :]
        return crowding_bar, soft_bar, effects_bar


def _solved(effects: Array, crowding: Array, soft: Array) -> Array:
    """The own parts of crowding that with the shares behind them add up to it, (region, pole): by Newton's method, and
    not a number where that finds none."""
    inner, one = crowding, np.eye(crowding.shape[1])
    for _ in range(TRIES):
        far = inner / soft
        miss = inner + np.einsum("rij,rj->ri", effects, soft * np.exp(_log_corner(far))) - crowding
        steep = np.exp(-np.logaddexp(0.0, -far))
        inner = inner - np.einsum("rij,rj->ri", np.linalg.inv(one + effects * steep[:, None, :]), miss)
        if not (np.abs(miss) > CLOSE * (1.0 + np.abs(crowding))).any():
            return np.asarray(inner)
    return np.asarray(np.where(np.abs(miss) > CLOSE * (1.0 + np.abs(crowding)), np.nan, inner))


def _log_corner(far: Array) -> Array:
    """Log of a share, in units of the corner, that is `far` itself well above one and fades to zero below."""
    return np.asarray(np.where(far < -30.0, far, np.log(np.logaddexp(0.0, np.maximum(far, -30.0)))))


def _straight(log_share: Array) -> Array:
    """What gives this share."""
    share = np.exp(log_share)
    return np.asarray(np.where(share < 1e-9, log_share, share + np.log(-np.expm1(-np.maximum(share, 1e-9)))))


def _size(effects: Array) -> Array:
    """The size of each matrix, at least its largest singular value and not much more: the fourth root of the sum of
    their fourth powers."""
    return np.asarray((np.einsum("rij,rkj->rik", effects, effects) ** 2).sum(axis=(1, 2)) ** 0.25)


def _kept(size: Array) -> tuple[Array, Array]:
    """How much of effects of this size counts, so that less than MOST remains, and the slope of that."""
    over = (size / MOST) ** SHARP
    kept = (1.0 + over) ** (-1.0 / SHARP)
    return kept, -kept / (1.0 + over) * over / np.maximum(size, 1e-300)


def _bounded_back(effects: Array, bar: Array) -> Array:
    """What is owed to effects, given what is owed to as much of them as counts."""
    size = _size(effects)
    kept, slope = _kept(size)
    steep = np.einsum("rij,rkj,rkl->ril", effects, effects, effects) / np.maximum(size, 1e-100)[:, None, None] ** 3
    along = (bar * effects).sum(axis=(1, 2)) * slope
    return np.asarray(kept[:, None, None] * bar + along[:, None, None] * steep)
