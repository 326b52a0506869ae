"""How often independent subsystems are said to gain together."""

from __future__ import annotations

import numpy as np
import pytest

from coevolve.evidence.panel import Panel
from coevolve.themes import order


@pytest.mark.slow
def test_independent_subsystems_are_rarely_tied() -> None:
    """Random walks with a common trend: at most one in ten of 100 worlds names a pair (5 % are wanted)."""
    draw, named = np.random.default_rng(21), 0
    for _ in range(100):
        walks = np.cumsum(draw.normal(0.3, 1.0, (3, 20, 10)), axis=2)
        regions = [f"R{k}" for k in range(20)]
        panel = Panel.of(dict(zip("abc", walks, strict=True)), regions=regions, periods=range(2001, 2011))
        found = order.synergy(panel, {"one": "a", "two": "b", "three": "c"}, draws=100, seed=1)
        named += "are tied for" in found.claim
    assert named <= 10
