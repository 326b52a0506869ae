"""A world of made accounts: a small economy whose coefficients drift by a known law."""

from __future__ import annotations

import numpy as np

from ...evidence.accounts import Accounts
from ...inquiry.key import Key
from ...inquiry.world import Piece, World
from .equations import leontief_inverse

SECTORS = ("materials", "chemicals", "machinery", "electronics", "vehicles", "software", "services")
YEARS = 25
FIRST = 1996
BEGIN = np.array(
    [
        [0.18, 0.12, 0.15, 0.06, 0.12, 0.01, 0.03],  # materials
        [0.07, 0.20, 0.04, 0.05, 0.06, 0.01, 0.02],  # chemicals
        [0.05, 0.04, 0.14, 0.05, 0.09, 0.01, 0.01],  # machinery
        [0.01, 0.02, 0.06, 0.15, 0.05, 0.05, 0.02],  # electronics
        [0.01, 0.01, 0.01, 0.01, 0.18, 0.01, 0.02],  # vehicles
        [0.01, 0.01, 0.02, 0.04, 0.02, 0.10, 0.04],  # software
        [0.12, 0.14, 0.13, 0.14, 0.12, 0.18, 0.20],  # services
    ]
)
TREND = np.array([-0.015, -0.005, 0.0, 0.020, 0.0, 0.030, 0.005])  # of the logarithm, a year, by supplier
FINAL = np.array([20.0, 60.0, 90.0, 80.0, 120.0, 40.0, 600.0])
GROWTH = np.array([0.00, 0.02, 0.02, 0.05, 0.02, 0.07, 0.03])
NOISE, FINAL_NOISE = 0.02, 0.02


def accounts_of_a_chain(seed: int) -> Accounts:
    """Seven sectors over 25 years: electronics and software are used ever more, materials ever less; balanced.

        ln a_ij(t) = ln a_ij(0) + trend_i t + 0.02 e,  f_i(t) = f_i(0) exp(growth_i t + 0.02 e),  x = L f

    e is standard normal, new in every cell and year. The trends stand in `TREND`; flows are domestic and in money of
    constant prices, and rows and columns balance exactly.
    """
    draw = Key.of(seed, "supply-chain").numpy()
    size = len(SECTORS)
    time = np.arange(YEARS, dtype=float)
    trend = TREND[None, :, None] * time[:, None, None]
    direct = BEGIN * np.exp(trend + NOISE * draw.standard_normal((YEARS, size, size)))
    final = FINAL * np.exp(GROWTH * time[:, None] + FINAL_NOISE * draw.standard_normal((YEARS, size)))
    output = (leontief_inverse(direct) @ final[..., None])[..., 0]
    flows = direct * output[:, None, :]
    return Accounts(
        SECTORS,
        tuple(str(FIRST + k) for k in range(YEARS)),
        ("",) * YEARS,
        flows,
        output,
        output - flows.sum(axis=2),
        output - flows.sum(axis=1),
        unit="billion",
        prices="constant prices",
        basis="domestic",
    )


def supply_chain(seed: int) -> World:
    """The accounts of `accounts_of_a_chain` and a study that asks for what was put in."""
    keys = {
        "kind": "accounts",
        "from": "from",
        "to": "to",
        "flow": "flow",
        "year": "year",
        "flows": "domestic",
        "vectors": "world-vectors.csv",
        "unit": "billion",
        "prices": "constant prices",
    }
    return World(
        "supply-chain",
        "Per unit of output, use of electronics grows by 2 % and of software by 3 % a year, that of materials falls by "
        "1.5 %, with 2 % of noise a cell and year; 25 years, 7 sectors.",
        {"world": Piece(accounts_of_a_chain(seed), keys)},
        (
            {"question": "consumption", "accounts": "world"},
            {"question": "linkages", "accounts": "world"},
            {"question": "chain", "accounts": "world", "industry": "electronics", "top": 3},
            {
                "question": "propagation",
                "accounts": "world",
                "change": [{"industry": "electronics", "percent": 10}],
            },
            {
                "question": "coefficients",
                "accounts": "world",
                "industry": "electronics",
                "hold_out": 2,
                "origins": 8,
                "top": 3,
            },
        ),
    )
