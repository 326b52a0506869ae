"""Worlds made with a known network of influence."""

from __future__ import annotations

import numpy as np

from ...evidence.panel import Panel
from ...inquiry.key import Key
from ...inquiry.world import Piece, World

REGIONS, YEARS = 60, 24
INDUSTRIES = ("machinery", "electronics", "software", "chemistry", "textiles")
LINKS = (("electronics", "machinery", 0.2), ("software", "electronics", 0.25), ("chemistry", "textiles", -0.2))


def lagged_ties(seed: int) -> World:
    """Sixty regions, five industries, three ties: each acts a year later on the growth of another.

        g_rit = 0.3 (m_ri - ln x_ri,t-1) + sum_j W_ij (ln x_rj,t-1 - m_rj) + year_it + e_rit

    m is a region's usual log level, W[target, source] the strengths of `LINKS`; years are shared by all regions.
    """
    draw = Key.of(seed, "lagged-ties").numpy()
    size = len(INDUSTRIES)
    strength = np.zeros((size, size))
    for source, target, value in LINKS:
        strength[INDUSTRIES.index(target), INDUSTRIES.index(source)] = value
    usual = draw.normal(6.0, 0.6, (REGIONS, size))
    apart = np.zeros((YEARS + 20, REGIONS, size))
    for t in range(1, YEARS + 20):
        shock = draw.normal(0.0, 0.04, (1, size)) + draw.normal(0.0, 0.07, (REGIONS, size))
        apart[t] = 0.7 * apart[t - 1] + apart[t - 1] @ strength.T + shock
    levels = np.exp(usual[None] + apart[20:]).transpose(1, 2, 0)
    panel = Panel.of(
        {"output": np.asarray(np.round(levels, 1), np.float64)},
        regions=[f"Region {k + 1:02d}" for k in range(REGIONS)],
        industries=INDUSTRIES,
        periods=range(1996, 1996 + YEARS),
        units={"output": "million"},
    )
    keys = {
        "region": "region",
        "industry": "industry",
        "year": "year",
        "values": ["output"],
        "units": {"output": "million"},
    }
    return World(
        "lagged-ties",
        "Electronics raises machinery, software raises electronics, chemistry lowers textiles, each a year later; "
        "nothing else moves anything.",
        {"world": Piece(panel, keys)},
        (
            {"question": "influence", "panel": "world", "of": "output", "model": "linear"},
            {"question": "standing", "network": "influence"},
        ),
    )
