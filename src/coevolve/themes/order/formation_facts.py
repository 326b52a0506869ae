"""Published facts about clusters beside what the simulated worlds show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .formation_model import World

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fact:
    """One fact: what the worlds show (median, 5 % and 95 %), what is published, whether they agree, and the source."""

    name: str
    model: float
    lo: float
    hi: float
    published: str
    agrees: str
    source: str


def facts(worlds: Sequence[World]) -> list[Fact]:
    """The facts that these worlds can be held to; those of firm sizes cannot: firms here are alike in size."""
    growth = np.array([logistic_fit(one.leader) for one in worlds])
    knowing = np.array([size_and_knowledge(one) for one in worlds])
    largest = np.array([one.largest_share[-1] for one in worlds])
    excess = np.array([excess_concentration(one.final, one.attraction) for one in worlds])
    return [
        _fact("R² of a logistic curve through the leading region's share", growth, "0.99 or more (S-shaped)",
              lambda m: m >= 0.99, "Brenner (2004); clusters that gather"),
        _fact("share of the largest region at the end", largest, "0.5 to 0.8 (Silicon Valley, Akron, Detroit)",
              lambda m: 0.5 <= m <= 0.8, "Buenstorf & Klepper (2009); Klepper (2007)"),
        _fact("correlation of log firms and mean knowledge of regions", knowing, "above 0",
              lambda m: m > 0, "knowledge and agglomeration literature"),
        _fact("excess concentration (Ellison-Glaeser gamma)", excess, "mean 0.051, median 0.026 of US industries",
              lambda m: 0.0 < m < 0.2, "Ellison & Glaeser (1997)"),
    ]  # fmt: skip


def logistic_fit(share: Array) -> float:
    """How well a logistic curve fits a share that grows, R²; NaN where it does not at least double.

    Fitted as a line to ln(x / (K - x)) with the capacity K on a grid, judged on the share itself.
    """
    start, end = share[:3].mean(), share[-3:].mean()
    if end < 2 * start:
        return float("nan")
    time = np.arange(len(share), dtype=float)
    best = -np.inf
    for capacity in share.max() * np.linspace(1.001, 1.3, 60):
        odds = np.log(np.maximum(share, 1e-9) / (capacity - share))
        weight = share * (capacity - share)
        mean_t, mean_o = np.average(time, weights=weight**2), np.average(odds, weights=weight**2)
        rise = np.average((time - mean_t) * (odds - mean_o), weights=weight**2)
        rise /= np.average((time - mean_t) ** 2, weights=weight**2)
        curve = capacity / (1 + np.exp(-(mean_o + rise * (time - mean_t))))
        best = max(best, 1 - ((share - curve) ** 2).sum() / ((share - share.mean()) ** 2).sum())
    return float(best)


def size_and_knowledge(world: World) -> float:
    """Correlation over regions with firms of log firms and mean knowledge; NaN where knowledge does not differ."""
    there = world.final > 0
    known = world.known[there]
    if there.sum() < 3 or np.ptp(known) < 1e-9:
        return float("nan")
    return float(np.corrcoef(np.log(world.final[there]), known)[0, 1])


def excess_concentration(counts: NDArray[np.int64], reference: Array) -> float:
    """How much more concentrated firms are than a dartboard would have it: gamma, 0 when each lands on its own.

    gamma = (G/(1 - sum x^2) - H)/(1 - H), G = sum (s - x)^2, H = 1/M for firms of one size   (Ellison & Glaeser 1997)
    """
    firms = counts.sum()
    raw = ((counts / firms - reference) ** 2).sum() / (1 - (reference**2).sum())
    return float((raw - 1 / firms) / (1 - 1 / firms))


def _fact(name: str, values: Array, published: str, holds: object, source: str) -> Fact:
    known = values[np.isfinite(values)]
    if not len(known):
        return Fact(name, float("nan"), float("nan"), float("nan"), published, "not applicable", source)
    lo, median, hi = np.quantile(known, (0.05, 0.5, 0.95))
    assert callable(holds)
    return Fact(name, float(median), float(lo), float(hi), published, "yes" if holds(median) else "no", source)
