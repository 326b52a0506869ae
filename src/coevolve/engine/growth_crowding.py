"""Coordinates in which growth equations on a panel are nearly normal after the data: how crowded each pole is.

    crowding_i = S_i/N_i + sum_j b_ij S_j/N_j      growth_i = R_i (1 - crowding_i) at the scales S      Tong & Wang (9n)

With S_i the mean scale seen in the region, crowding is the share of its free growth that a pole has lost at that
place. It is what the data tell, whatever b is: capacity and b trade off along a ridge, along which crowding stands
nearly still. With capacity itself as the unknown every move of b has to drag all capacities along a bent path.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .growth_panel import SYMBIOSIS
from .growth_target import Target

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Coordinates:
    """The density of a `Target` with crowding in place of log capacity. `level` (region, pole): log of the mean scale
    over the anchor of capacity; None where capacities stay as they are, being shared, or absent (predator_prey)."""

    target: Target
    level: Array | None

    @classmethod
    def of(cls, target: Target) -> Coordinates:
        growing = target.growing
        if growing.law != SYMBIOSIS or growing.is_same:
            return cls(target, None)
        seen = growing.seen
        scale = np.where(seen.seen, np.exp(seen.logs - growing.anchor[:, None]), 0.0)
        mean = scale.sum(axis=1) / np.maximum(seen.seen.sum(axis=1), 1)
        return cls(target, np.where(growing.present, np.log(np.maximum(mean, 1e-300)), 0.0))

    def unknowns(self, coordinates: Array) -> Array:
        """The unknowns of the target at these coordinates; a capacity that cannot be is NaN."""
        if self.level is None:
            return coordinates
        places = self.target.places
        shared, own = places.split(coordinates)
        share = np.linalg.solve(self._interaction(shared, own), own[:, places.own["capacity"], None])[:, :, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            return self._with(coordinates, self.level - np.log(share))

    def coordinates(self, unknowns: Array) -> Array:
        """The coordinates of these unknowns."""
        if self.level is None:
            return unknowns
        places = self.target.places
        shared, own = places.split(unknowns)
        share = np.exp(self.level - own[:, places.own["capacity"]])
        return self._with(unknowns, np.einsum("rij,rj->ri", self._interaction(shared, own), share))

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
        places = self.target.places
        at = places.own["capacity"]
        shared, own = places.split(coordinates)
        interaction = self._interaction(shared, own)
        inverse = np.linalg.inv(interaction)
        share = np.einsum("rij,rj->ri", inverse, own[:, at])
        impossible = (share <= 0.0).any(axis=1)
        share = np.where(share > 0.0, share, 1.0)
        common, each, slope = self.target.parts(self._with(coordinates, level - np.log(share)))
        each = each - np.log(share).sum(axis=1) - np.log(np.abs(np.linalg.det(interaction)))
        shared_bar, own_bar = (part.copy() for part in places.split(slope))
        crowding_bar = np.einsum("rji,rj->ri", inverse, -(own_bar[:, at] + 1.0) / share)
        interaction_bar = -crowding_bar[:, :, None] * share[:, None, :] - np.swapaxes(inverse, 1, 2)
        own_bar[:, at] = crowding_bar
        b_bar = (interaction_bar * self.target.growing.pairs)[:, self.target.growing.off]
        self.target.b_back(b_bar, shared, own, shared_bar, own_bar)
        return common, np.where(impossible, -np.inf, each), places.join(shared_bar, own_bar)

    def _interaction(self, shared: Array, own: Array) -> Array:
        """A = I + b with absent poles acting on nobody, (region, pole, other)."""
        growing = self.target.growing
        matrix = np.zeros((growing.regions, growing.poles, growing.poles))
        matrix[:, growing.off] = self.target.b(shared, own)
        matrix *= growing.pairs
        matrix[:, ~growing.off] = 1.0
        return matrix

    def _with(self, vector: Array, capacity: Array) -> Array:
        places = self.target.places
        shared, own = places.split(vector)
        own = own.copy()
        own[:, places.own["capacity"]] = capacity
        return places.join(shared, own)
