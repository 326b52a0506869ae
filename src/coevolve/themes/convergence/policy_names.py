"""The six motives of Ma Fig. 9, in the order of every lever array."""

from __future__ import annotations

MOTIVES: tuple[str, ...] = (
    "technology_diffusion",
    "asset_versatility",
    "market_demand",
    "deregulation",
    "competition_cooperation",
    "profit",
)
"""What each acts on: imitation q, ceiling m, growth of capacity g, onset p, mutual effects b, rate R."""

LEAST_VARIATION = 0.1
"""Standard deviation over mean of a lever's spending below which its effect cannot be told."""
