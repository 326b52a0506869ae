"""Coordinates in which growth equations on a panel are nearly normal after the data: growth at the mean scales.

    growth_i = R_i (1 - crowding_i)      crowding_i = S_i/N_i + sum_j b_ij S_j/N_j at the scales S      Tong & Wang (9n)

With S_i the mean scale seen in the region, crowding is the share of its free growth that a pole has lost at that
place, and growth is what is left. It is what the data tell, whatever R and b are: rate, capacity and b trade off along
bent ridges, along which that growth stands nearly still. With capacity itself as the unknown every move of b has to
drag all capacities along.

Any growth may be asked for, with any b. So shares S/N keep above zero by a soft corner, and of large b only so much
counts here that the matrix stays invertible; neither changes the density, only how its unknowns are laid out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .growth_panel import SYMBIOSIS
from .growth_target import Target

Array = NDArray[np.float64]

SOFT = 0.15  # share S/N below which the corner bends
MOST = 0.9  # what the effects of all others on a pole may add up to


@dataclass(frozen=True)
class Coordinates:
    """The density of a `Target` with growth at the mean scales in place of log capacity. `level` (region, pole): log of
    the mean scale over the anchor of capacity; None where capacities stay as they are, being shared, or absent
    (predator_prey)."""

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
        """The unknowns of the target at these coordinates."""
        if self.level is None:
            return coordinates
        places = self.target.places
        shared, own = places.split(coordinates)
        matrix = self._matrix(self.target.b(shared, own))
        crowding = 1.0 - own[:, places.own["capacity"]] * np.exp(-self.target.rate(shared, own))
        inner = np.asarray(np.linalg.solve(matrix, crowding[:, :, None])[:, :, 0], float)
        return self._with(coordinates, self.level - _log_corner(inner))

    def coordinates(self, unknowns: Array) -> Array:
        """The coordinates of these unknowns."""
        if self.level is None:
            return unknowns
        places = self.target.places
        shared, own = places.split(unknowns)
        inner = _straight(self.level - own[:, places.own["capacity"]])
        crowding = np.einsum("rij,rj->ri", self._matrix(self.target.b(shared, own)), inner)
        return self._with(unknowns, np.exp(self.target.rate(shared, own)) * (1.0 - crowding))

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
        b = self.target.b(shared, own)
        matrix = self._matrix(b)
        inverse = np.linalg.inv(matrix)
        log_rate = self.target.rate(shared, own)
        free = own[:, at] * np.exp(-log_rate)
        inner = np.einsum("rij,rj->ri", inverse, 1.0 - free)
        log_share, log_steep = _log_corner(inner), -np.logaddexp(0.0, -inner / SOFT)
        common, each, slope = self.target.parts(self._with(coordinates, level - log_share))
        each = each + (log_steep - log_share - log_rate).sum(axis=1) - np.linalg.slogdet(matrix)[1]
        shared_bar, own_bar = (part.copy() for part in places.split(slope))
        pull = np.exp(log_steep - log_share)
        inner_bar = (1.0 - np.exp(log_steep)) / SOFT - (own_bar[:, at] + 1.0) * pull
        crowding_bar = np.einsum("rji,rj->ri", inverse, inner_bar)
        own_bar[:, at] = -crowding_bar * np.exp(-log_rate)
        self.target.rate_back(crowding_bar * free - 1.0, shared, own, shared_bar, own_bar)
        matrix_bar = -crowding_bar[:, :, None] * inner[:, None, :] - np.swapaxes(inverse, 1, 2)
        b_bar = (matrix_bar * growing.pairs)[:, growing.off] / np.cosh(b / self._limit) ** 2
        self.target.b_back(b_bar, shared, own, shared_bar, own_bar)
        return common, each, places.join(shared_bar, own_bar)

    @property
    def _limit(self) -> float:
        return MOST / max(1, self.target.growing.poles - 1)

    def _matrix(self, b: Array) -> Array:
        """I + b, of b only so much as keeps it invertible, absent poles acting on nobody; (region, pole, other)."""
        growing = self.target.growing
        matrix = np.zeros((growing.regions, growing.poles, growing.poles))
        matrix[:, growing.off] = self._limit * np.tanh(b / self._limit)
        matrix *= growing.pairs
        matrix[:, ~growing.off] = 1.0
        return matrix

    def _with(self, vector: Array, capacity: Array) -> Array:
        places = self.target.places
        shared, own = places.split(vector)
        own = own.copy()
        own[:, places.own["capacity"]] = capacity
        return places.join(shared, own)


def _log_corner(inner: Array) -> Array:
    """Log of a share that is `inner` itself well above SOFT and fades to zero below."""
    far = inner / SOFT
    return np.asarray(np.log(SOFT) + np.where(far < -30.0, far, np.log(np.logaddexp(0.0, np.maximum(far, -30.0)))))


def _straight(log_share: Array) -> Array:
    """What gives this share."""
    share = np.exp(log_share)
    return np.asarray(np.where(share < 1e-9, SOFT * (log_share - np.log(SOFT)), share + SOFT * _log_rest(share)))


def _log_rest(share: Array) -> Array:
    return np.asarray(np.log(-np.expm1(-np.maximum(share, 1e-9) / SOFT)))
