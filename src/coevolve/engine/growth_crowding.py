"""Coordinates in which growth equations on a panel are nearly normal after the data: growth at the mean scales.

    growth_i = R_i (1 - crowding_i)      crowding_i = S_i/N_i + sum_j b_ij S_j/N_j at the scales S      Tong & Wang (9n)

With S_i the mean scale seen in the region, crowding is the share of its free growth that a pole has lost at that
place, and growth is what is left. It is what the data tell, whatever R and b are: rate, capacity and b trade off along
bent ridges, along which that growth stands nearly still. With capacity itself as the unknown every move of b has to
drag all capacities along.

Any growth may be asked for, with any b: `growth_shares` finds shares S/N of capacity for each. Beyond its soft corner a
growth lower by what the data tell of it means a capacity larger by what is assumed of that; the slower a pole, the
softer. Neither that nor the bound on b changes the density, only how its unknowns are laid out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .growth_panel import SYMBIOSIS
from .growth_shares import Shares, crowding_of
from .growth_target import Target

Array = NDArray[np.float64]

SOFT = 0.15  # share S/N below which the corner bends where poles are fast


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
        shares = Shares.at(self._effects(self.target.b(shared, own)), crowding, self._soft(log_rate))
        return self._with(coordinates, self.level - shares.log_share)

    def coordinates(self, unknowns: Array) -> Array:
        """The coordinates of these unknowns."""
        if self.level is None:
            return unknowns
        places = self.target.places
        shared, own = places.split(unknowns)
        log_rate = self.target.rate(shared, own)
        log_share = self.level - own[:, places.own["capacity"]]
        crowding = crowding_of(self._effects(self.target.b(shared, own)), log_share, self._soft(log_rate))
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
        log_rate = self.target.rate(shared, own)
        free, soft = own[:, at] * np.exp(-log_rate), self._soft(log_rate)
        shares = Shares.at(self._effects(self.target.b(shared, own)), 1.0 - free, soft)
        common, each, slope = self.target.parts(self._with(coordinates, level - shares.log_share))
        each = each + shares.log_slope - log_rate.sum(axis=1)
        shared_bar, own_bar = (part.copy() for part in places.split(slope))
        crowding_bar, soft_bar, effects_bar = shares.back(-own_bar[:, at])
        own_bar[:, at] = -crowding_bar * np.exp(-log_rate)
        rate_bar = crowding_bar * free - 1.0 - soft_bar * (soft - SOFT)
        self.target.rate_back(rate_bar, shared, own, shared_bar, own_bar)
        self.target.b_back((effects_bar * growing.pairs)[:, growing.off], shared, own, shared_bar, own_bar)
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

    def _with(self, vector: Array, capacity: Array) -> Array:
        places = self.target.places
        shared, own = places.split(vector)
        own = own.copy()
        own[:, places.own["capacity"]] = capacity
        return places.join(shared, own)
