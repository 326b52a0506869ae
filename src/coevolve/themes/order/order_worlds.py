"""Worlds of cluster formation, whose rule is known."""

from __future__ import annotations

import numpy as np

from ...engine.lumped import Rules, paths
from ...evidence.panel import Panel
from ...inquiry.key import Key
from ...inquiry.world import Piece, World

REGIONS, YEARS, FIRMS, BURN = 300, 30, 20_000, 60
RULES = Rules(feedback=0.2, external=0.5, spin_off=0.1, exit=0.1)


def followers(seed: int) -> World:
    """Three hundred regions of unequal advantage; entrants follow firms a little: restoring force 0.82, dispersed.

    q_r = eps e_r + sigma n_r/M + (1 - eps - sigma) n_r^alpha / sum n^alpha,   alpha = 0.2, eps = 0.5, sigma = 0.1
    """
    draw = Key.of(seed, "followers").numpy()
    pull = np.exp(0.4 * draw.normal(size=REGIONS))
    pull /= pull.sum()
    start = draw.multinomial(FIRMS, pull * (1 - 1e-12))[None]
    path = paths(start, pull, RULES, BURN + YEARS, draw)
    counts = path.counts[BURN:, 0].T.astype(float)
    flows = {}
    for name, values in (("entries", path.entrants), ("exits", path.leavers)):
        flows[name] = np.column_stack([np.full(REGIONS, np.nan), values[BURN:, 0].T])
    panel = Panel.of(
        {"firms": counts[:, 1:], **{name: one[:, 1:] for name, one in flows.items()}},
        regions=[f"Region {k + 1:03d}" for k in range(REGIONS)],
        periods=range(1991, 1991 + YEARS),
        units={"firms": "count", "entries": "firms a year", "exits": "firms a year"},
    )
    keys = {"region": "region", "year": "year", "values": ["firms", "entries", "exits"]}
    return World(
        "followers",
        "Entrants follow firms a little: restoring force 0.82, so the spread is dispersed.",
        {"world": Piece(panel, keys)},
        (
            {"question": "stage", "panel": "world", "of": "firms", "entries": "entries", "exits": "exits"},
            {"question": "formation", "calibrate": "stage", "simulations": 2000},
            {"name": "entropy", "question": "entropy", "panel": "world", "stocks": "firms",
             "flows": {"entry": "entries", "exit": "-exits"}},
        ),
    )  # fmt: skip
