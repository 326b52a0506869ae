"""Worlds made from the symbiosis equations, whose truth is known."""

from __future__ import annotations

import numpy as np

from ...engine.growth import paths
from ...evidence.panel import Panel
from ...inquiry.key import Key
from ...inquiry.world import Piece, World

REGIONS, YEARS = 30, 30
POLES = ("machinery", "electronics")


def two_poles(seed: int) -> World:
    """Thirty regions, two poles: electronics helps machinery (b = -0.4), machinery leaves electronics cold (b = 0).

        dx_i/dt = R_i x_i (1 - x_i/N_i - b_ij x_j/N_j)                        Tong & Wang (9), (10)

    All regions share rates and symbiosis; capacities and beginnings differ. Counts carry 1 % of measurement noise.
    """
    draw = Key.of(seed, "two-poles").numpy()
    rate = np.array([0.22, 0.28])
    symbiosis = np.array([[0.0, -0.4], [0.0, 0.0]])
    capacity = np.array([800.0, 500.0]) * np.exp(draw.normal(0.0, 0.35, (REGIONS, 2)))
    start = capacity * draw.uniform(0.05, 0.35, (REGIONS, 2))
    each = np.broadcast_to
    true = paths(
        np.log(start), each(rate, (REGIONS, 2)), capacity, each(symbiosis, (REGIONS, 2, 2)), np.ones(YEARS - 1)
    )
    seen = np.exp(true + draw.normal(0.0, 0.01, true.shape)).transpose(0, 2, 1)
    panel = Panel.of(
        {"establishments": np.asarray(np.round(seen, 1), np.float64)},
        regions=[f"Region {k + 1:02d}" for k in range(REGIONS)],
        industries=POLES,
        periods=range(1991, 1991 + YEARS),
        units={"establishments": "count"},
    )
    truth = (
        {"parameter": "rate", "pole": POLES[0], "value": 0.22},
        {"parameter": "rate", "pole": POLES[1], "value": 0.28},
        {"parameter": "b", "pole": POLES[0], "other": POLES[1], "value": -0.4},
        {"parameter": "b", "pole": POLES[1], "other": POLES[0], "value": 0.0},
    )
    until = 1991 + YEARS + 9
    return World(
        "two-poles",
        "Electronics helps machinery (b = -0.4); machinery leaves electronics cold (b = 0).",
        {
            "world": Piece(
                panel,
                {
                    "region": "region",
                    "industry": "industry",
                    "year": "year",
                    "values": ["establishments"],
                    "units": {"establishments": "count"},
                },
            )
        },
        (
            {"question": "growth", "panel": "world", "of": "establishments"},
            {
                "name": "poles",
                "question": "symbiosis",
                "panel": "world",
                "of": "establishments",
                "poles": list(POLES),
                "until": until,
            },
            {"question": "recovery", "of": "poles", "truth": [dict(one) for one in truth]},
            {
                "question": "scenario",
                "of": "poles",
                "change": [{"year": 1991 + YEARS + 1, "pole": POLES[1], "what": "scale", "by": 0.5}],
                "until": until,
            },
            {"question": "contest", "panel": "world", "of": "establishments", "hold_out": 3},
        ),
        truth,
    )
