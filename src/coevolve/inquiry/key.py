"""Randomness that belongs to an ask: a 128-bit key from the study's seed and the ask's name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jax import Array


@dataclass(frozen=True)
class Key:
    """A source of random numbers that depends on names only, so that inserting an ask changes no other answer.

    >>> same = Key.of(7, "poles")
    >>> bool(same.numpy().random() == Key.of(7, "poles").numpy().random())
    True
    """

    bits: bytes

    @classmethod
    def of(cls, seed: int, name: str) -> Key:
        """The key of an ask: a digest of the study's seed and the ask's name."""
        return cls(hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=16).digest())

    def child(self, name: str) -> Key:
        """A key of its own for one part of the work (a region, a fold, a replicate)."""
        return Key(hashlib.blake2b(self.bits + name.encode(), digest_size=16).digest())

    def numpy(self) -> np.random.Generator:
        """A fresh NumPy generator; the same key always gives the same stream."""
        return np.random.Generator(np.random.PCG64(int.from_bytes(self.bits, "little")))

    def jax(self) -> Array:
        """A JAX key for the nets, from the first 32 bits; the same key always gives the same stream."""
        import jax

        return jax.random.key(int.from_bytes(self.bits[:4], "little"))
