"""Coordinates in which growth equations are nearly linear, so that what the data say is nearly normal.

    d ln x_i/dt = R_i - C_ii x_i/S_i - ...       C_ii = R_i S_i/N_i                                 Tong & Wang (9n)

With S_i a typical scale, growth is linear in R and in the self-limit C: a capacity that the data hardly bound is a C_ii
near zero. R and C_ii stay positive by a soft corner (`s log(1 + exp(y/s))`: the value itself well above s). They are
used where several regions share b; of one region alone b and capacity trade off so freely that they do not help.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .growth_panel import SYMBIOSIS
from .growth_target import Target

Array = NDArray[np.float64]

SOFT = 0.3  # of a value at the mode: where the corner bends
SOFT_LIMIT = 0.1  # and at least this share of the rate, for the self-limit C_ii


@dataclass(frozen=True)
class Coordinates:
    """The density of a `Target` over these coordinates. `bends` (rate, self-limit): where each corner bends, or None
    where the unknowns stay as they are: one set of rates and capacities, the law predator_prey (linear already), and
    parts kept in units of a spread."""

    target: Target
    bends: tuple[Array, Array] | None

    @classmethod
    def at(cls, target: Target, mode: Array) -> Coordinates:
        """With corners that bend below what stands at `mode`."""
        if target.growing.law != SYMBIOSIS or not target.growing.is_grouped or target.in_units & {"rate", "capacity"}:
            return cls(target, None)
        plain = cls(target, (np.ones(1), np.ones(1)))
        log_rate, offset = plain._parts(mode)
        rate = np.exp(log_rate)
        limit = np.exp(log_rate + plain._lift() - offset)
        return cls(target, (SOFT * rate, np.maximum(SOFT * limit, SOFT_LIMIT * rate)))

    def _lift(self) -> Array:
        """Log of typical scale over the anchor of capacity, (region, pole)."""
        growing = self.target.growing
        return np.where(growing.present, growing.typical - growing.anchor, 0.0)

    def _parts(self, vector: Array) -> tuple[Array, Array]:
        """Entries of rate and capacity, (region, pole)."""
        places = self.target.places
        own = places.split(vector)[1]
        return own[:, places.own["rate"]], own[:, places.own["capacity"]]

    def _with(self, vector: Array, rate: Array, capacity: Array) -> Array:
        places = self.target.places
        shared, own = places.split(vector)
        own = own.copy()
        own[:, places.own["rate"]], own[:, places.own["capacity"]] = rate, capacity
        return places.join(shared, own)

    def unknowns(self, coordinates: Array) -> Array:
        """The unknowns of the target at these coordinates."""
        if self.bends is None:
            return coordinates
        first, second = self._parts(coordinates)
        log_rate, log_limit = np.log(_corner(first, self.bends[0])), np.log(_corner(second, self.bends[1]))
        return self._with(coordinates, log_rate, log_rate + self._lift() - log_limit)

    def coordinates(self, unknowns: Array) -> Array:
        """The coordinates of these unknowns."""
        if self.bends is None:
            return unknowns
        log_rate, offset = self._parts(unknowns)
        log_limit = log_rate + self._lift() - offset
        return self._with(
            unknowns, _straight(np.exp(log_rate), self.bends[0]), _straight(np.exp(log_limit), self.bends[1])
        )

    def density(self, coordinates: Array) -> tuple[float, Array]:
        """Log density over the coordinates (that of the unknowns and the log of the Jacobian), and its gradient."""
        common, each, slope = self.parts(coordinates)
        return common + float(each.sum()), slope

    def parts(self, coordinates: Array) -> tuple[float, Array, Array]:
        """The same as a common part and one of each region, and the gradient of their sum."""
        if self.bends is None:
            return self.target.parts(coordinates)
        first, second = self._parts(coordinates)
        rate, limit = _corner(first, self.bends[0]), _corner(second, self.bends[1])
        common, each, slope = self.target.parts(self.unknowns(coordinates))
        rate_bar, capacity_bar = self._parts(slope)
        rate_bar, limit_bar = rate_bar + capacity_bar, -capacity_bar
        for place, height, bend in ((first, rate, self.bends[0]), (second, limit, self.bends[1])):
            each = each + (_log_share(place, bend) - np.log(height)).sum(axis=1)
        return common, each, self._with(
            slope,
            _corner_back(first, rate, self.bends[0], rate_bar),
            _corner_back(second, limit, self.bends[1], limit_bar),
        )


def _corner(y: Array, bend: Array) -> Array:
    """A positive value that is y itself well above `bend` and fades to zero below."""
    return np.asarray(np.maximum(bend * np.logaddexp(0.0, y / bend), 1e-300))


def _straight(value: Array, bend: Array) -> Array:
    return np.asarray(value + bend * np.log(-np.expm1(-value / bend)))


def _log_share(y: Array, bend: Array) -> Array:
    """Log of the slope of the corner."""
    return np.asarray(-np.logaddexp(0.0, -y / bend))


def _corner_back(y: Array, value: Array, bend: Array, bar: Array) -> Array:
    """Gradient with respect to y of a function of log value (owed `bar`) and of the log Jacobian d log value/dy."""
    share = np.exp(_log_share(y, bend))
    return np.asarray((bar - 1.0) * share / value + (1.0 - share) / bend)
