"""What two poles are to each other by the signs of their effects: the relations and their probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CUT = 0.1  # an effect smaller than this, either way, counts as none
CLAIMED = 0.95  # posterior mass from which a relation is claimed
UNDETERMINED = "undetermined"
RELATIONS = ("mutualism", "commensalism", "independence", "predation", "amensalism", "competition")

_CELLS = {
    (-1, -1): "mutualism",
    (1, 1): "competition",
    (0, 0): "independence",
    (-1, 1): "predation",
    (1, -1): "predation",
    (-1, 0): "commensalism",
    (0, -1): "commensalism",
    (1, 0): "amensalism",
    (0, 1): "amensalism",
}


def relation(effect_from_other: float, effect_on_other: float, cut: float = CUT) -> str:
    """What two poles are to each other by the signs of b_ij and b_ji: below -cut helps, above +cut hurts.

    The signs are those of Tong & Wang (9), (10): b stands with a minus in the equation, so below 0 helps.

    (-,-) mutualism, (+,+) competition, (0,0) independence, (-,+) predation (one gains, one loses), (-,0)
    commensalism, (+,0) amensalism; the plane of both effects cut at +-.1 into nine cells.

    >>> relation(-0.4, 0.0), relation(0.3, -0.3), relation(0.05, -0.05)
    ('commensalism', 'predation', 'independence')
    """
    return _CELLS[_sign(effect_from_other, cut), _sign(effect_on_other, cut)]


def _sign(effect: float, cut: float) -> int:
    return int(effect > cut) - int(effect < -cut)


def relation_masses(effect_from_other: Array, effect_on_other: Array, cut: float = CUT) -> dict[str, float]:
    """Share of draws in the cells of each relation; the shares sum to one.

    >>> relation_masses(np.array([-0.4, -0.4, 0.3, -0.2]), np.array([-0.3, -0.2, -0.3, -0.5]))["mutualism"]
    0.75
    """
    first = (effect_from_other > cut).astype(int) - (effect_from_other < -cut)
    second = (effect_on_other > cut).astype(int) - (effect_on_other < -cut)
    masses = dict.fromkeys(RELATIONS, 0.0)
    for (a, b), name in _CELLS.items():
        masses[name] += float(np.mean((first == a) & (second == b)))
    return masses


def claimed(masses: dict[str, float]) -> tuple[str, str, float]:
    """The relation to report, the likeliest one, and its mass: `undetermined` unless one holds at least .95.

    >>> claimed({"mutualism": 0.81, "independence": 0.19})
    ('undetermined', 'mutualism', 0.81)
    """
    likeliest = max(masses, key=lambda name: masses[name])
    mass = masses[likeliest]
    return (likeliest if mass >= CLAIMED else UNDETERMINED), likeliest, mass
