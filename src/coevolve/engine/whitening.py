"""Unknowns turned about a mode so that each is about standard normal and none depends on another, to first order.

The curvature is an arrow: shared unknowns touch everything, those of one region touch only their own and the shared.
It comes from differences of the gradient, all regions at once, and is factored block by block, so that a panel of a
thousand regions costs no more than its own size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Density = Callable[[Array], tuple[float, Array]]

STEP = 1e-4
FLATTEST = 0.3  # curvatures below it (or negative ones) count as this: the unknowns are all on the scale of one


@dataclass(frozen=True)
class Arrow:
    """A turn about `shared` and `own`: unknown = mode + factor z, with own parts following the shared by `-gain`."""

    shared: Array
    own: Array  # (region, unknown)
    shared_factor: Array
    own_factor: Array  # (region, unknown, unknown)
    gain: Array  # (region, unknown, shared)

    @classmethod
    def at(cls, density: Density, mode: Array, shared_size: int, regions: int) -> Arrow:
        """From the gradient around `mode`, whose first `shared_size` unknowns are shared by all regions."""
        return cls.around(density, mode, mode[None], shared_size, regions)

    @classmethod
    def around(cls, density: Density, centre: Array, places: Array, shared_size: int, regions: int) -> Arrow:
        """The same about `centre`, by the mean curvature at several `places` (place, unknown): where the density is
        skewed, its mode is a poor guide to what it looks like where its mass lies."""
        own_size = (len(centre) - shared_size) // regions if regions else 0
        curved = [_curvature(density, place, shared_size, regions, own_size) for place in places]
        own_own, own_shared, shared_shared = (np.mean(part, axis=0) for part in zip(*curved, strict=True))
        values, vectors = np.linalg.eigh(own_own)
        firm = np.maximum(values, FLATTEST)
        own_factor = vectors / np.sqrt(firm)[:, None, :]
        inverse = own_factor @ np.swapaxes(own_factor, 1, 2)
        gain = inverse @ own_shared
        schur = shared_shared - np.einsum("rls,rlt->st", own_shared, gain)
        values, vectors = np.linalg.eigh(0.5 * (schur + schur.T))
        shared_factor = vectors / np.sqrt(np.maximum(values, FLATTEST))
        return cls(
            centre[:shared_size].copy(),
            centre[shared_size:].reshape(regions, own_size),
            shared_factor,
            own_factor,
            gain,
        )

    def unknowns(self, z: Array) -> Array:
        """The unknowns at standard values `z`."""
        size = len(self.shared)
        moved = self.shared_factor @ z[:size]
        inner = np.einsum("rij,rj->ri", self.own_factor, z[size:].reshape(self.own.shape))
        return np.concatenate([self.shared + moved, (self.own + inner - self.gain @ moved).ravel()])

    def standard(self, unknowns: Array) -> Array:
        """The standard values of these unknowns."""
        size = len(self.shared)
        moved = unknowns[:size] - self.shared
        own = unknowns[size:].reshape(self.own.shape) - self.own + self.gain @ moved
        inner = np.linalg.solve(self.own_factor, own[:, :, None])[:, :, 0]
        return np.concatenate([np.linalg.solve(self.shared_factor, moved), inner.ravel()])

    def gradient(self, slope: Array) -> Array:
        """The gradient in z from that in the unknowns."""
        size = len(self.shared)
        own = slope[size:].reshape(self.own.shape)
        shared = slope[:size] - np.einsum("rls,rl->s", self.gain, own)
        return np.concatenate([self.shared_factor.T @ shared, np.einsum("rij,ri->rj", self.own_factor, own).ravel()])

    def density(self, density: Density) -> Density:
        """The same density over z."""

        def turned(z: Array) -> tuple[float, Array]:
            value, slope = density(self.unknowns(z))
            return value, self.gradient(slope)

        return turned

    def own_variance(self) -> Array:
        """Variance of each own unknown given the shared ones, (region, unknown)."""
        return np.asarray((self.own_factor**2).sum(axis=2))

    def variance(self) -> Array:
        """Variance of every unknown, shared ones first."""
        shared = (self.shared_factor**2).sum(axis=1)
        follow = ((self.gain @ self.shared_factor) ** 2).sum(axis=2)
        return np.concatenate([shared, (self.own_variance() + follow).ravel()])


def _curvature(
    density: Density, mode: Array, shared_size: int, regions: int, own_size: int
) -> tuple[Array, Array, Array]:
    """Minus the second derivatives: own by own (region, i, j), own by shared (region, i, s), shared by shared."""
    own_own = np.zeros((regions, own_size, own_size))
    for j in range(own_size):
        move = np.zeros_like(mode)
        move[shared_size + j :: own_size] = STEP
        slope = _difference(density, mode, move)
        own_own[:, :, j] = -slope[shared_size:].reshape(regions, own_size)
    own_shared, shared_shared = np.zeros((regions, own_size, shared_size)), np.zeros((shared_size, shared_size))
    for s in range(shared_size):
        move = np.zeros_like(mode)
        move[s] = STEP
        slope = _difference(density, mode, move)
        shared_shared[:, s] = -slope[:shared_size]
        own_shared[:, :, s] = -slope[shared_size:].reshape(regions, own_size)
    own_own = 0.5 * (own_own + np.swapaxes(own_own, 1, 2))
    return own_own, own_shared, 0.5 * (shared_shared + shared_shared.T)


def _difference(density: Density, mode: Array, move: Array) -> Array:
    up, down = density(mode + move)[1], density(mode - move)[1]
    return np.where(np.isfinite(up) & np.isfinite(down), up - down, 0.0) / (2.0 * STEP)
