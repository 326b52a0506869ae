"""Simulated pairs as measures, so that the rule for types can be put to pairs whose type is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .gather import Asked, Gathered
from .measures import KINDS, Measure, from_scale
from .pairs import CHANNELS, Pairs

FIRST_YEAR = 1990


def measures_of(pairs: Pairs, place: int) -> tuple[Measure, ...]:
    """The measures of one simulated pair: its six aspect channels, and B's share of joint output."""
    values = pairs.values[place]
    years = FIRST_YEAR + np.arange(len(values), dtype=float)
    blank = np.full(len(values), np.nan)
    segments = np.zeros(len(values), np.int64)
    scales = {name: from_scale(values[:, k], KINDS[name].scale) for k, name in enumerate(CHANNELS[:6])}
    scales["share_b"] = 1.0 / (1.0 + np.exp(values[:, 6] - values[:, 7]))
    return tuple(Measure(name, years, one, blank, blank, blank, blank, segments) for name, one in scales.items())


def gathered_of(pairs: Pairs, draws: NDArray[np.float64] | None = None) -> list[Gathered]:
    """Every pair as if it had been gathered; `draws` (pair, draw, 2) are draws of b_AB and b_BA, where known."""
    none = np.zeros(0), np.zeros((2, 0))
    return [
        Gathered(
            "",
            (f"A{k}", f"B{k}"),
            measures_of(pairs, k),
            {} if draws is None else {"b_ab": draws[k, :, 0], "b_ba": draws[k, :, 1]},
            {"high_a": 1.0, "high_b": 0.0},
            *none,
            {},
        )
        for k in range(len(pairs))
    ]


def asked_of(pairs: Pairs) -> Asked:
    """An ask about these pairs that names no evidence."""
    names = [f"{side}{k}" for k in range(len(pairs)) for side in "AB"]
    return Asked({name: (name,) for name in names}, tuple((f"A{k}", f"B{k}") for k in range(len(pairs))))
