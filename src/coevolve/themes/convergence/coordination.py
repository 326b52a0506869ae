"""Coupling coordination of two industries: scores, degrees, and the null of shuffled years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...evidence.panel import Panel
from ...inquiry.finding import Chart, Finding, Note, Table
from .equations import coupling_of_two

Array = NDArray[np.float64]
LEAST = 4  # years that a region needs for a shuffle to say anything


@dataclass(frozen=True)
class Levels:
    """Scores of two industries in [0, 1] by region and period, NaN where an indicator is not observed."""

    names: tuple[str, str]
    regions: tuple[str, ...]
    periods: tuple[str, ...]
    scores: Array  # (industry, region, period)


def levels_of(panel: Panel, industries: tuple[str, str], indicators: Sequence[str]) -> Levels:
    """The mean of the indicators of each industry, each from its lowest (0) to its highest (1) region-year."""
    parts = []
    for said in indicators:
        less, name = said.startswith("-"), said.removeprefix("-").strip()
        one = panel.indicator(name)
        sides = []
        for industry in industries:
            values = one.values[:, one.industries.index(industry), :]
            low, high = np.nanmin(values, initial=np.inf), np.nanmax(values, initial=-np.inf)
            level = (values - low) / (high - low) if high > low else np.where(np.isfinite(values), 0.0, np.nan)
            sides.append(1 - level if less else level)
        parts.append(sides)
    return Levels(industries, panel.regions, panel.periods.labels, np.asarray(np.mean(parts, axis=0)))


def finding(levels: Levels, shuffles: int, random: np.random.Generator, said: Sequence[str]) -> Finding:
    """Degrees by region and year, and by region what is left above shuffled years."""
    coupling, index, degree = coupling_of_two(levels.scores[0], levels.scores[1])
    columns = (levels.scores[0], levels.scores[1], coupling, index, degree)
    rows = [
        (region, "", "", int(period) if period.isdigit() else period, *(float(one[r, t]) for one in columns))
        for r, region in enumerate(levels.regions)
        for t, period in enumerate(levels.periods)
        if np.isfinite(degree[r, t])
    ]
    names = ("score_first", "score_second", "coupling_degree", "coordination_index", "coupling_coordination_degree")
    table = Table.of_rows(
        "coordination", ("region", "industry", "indicator", "year", *names), rows, caption="One row a region and year."
    )
    excess = _excess(levels, shuffles, random)
    above = [row for row in excess if float(str(row[-1])) < 0.05]
    claim = _claim(levels, excess, above)
    summary = Table.of_rows(
        "excess",
        ("region", "mean_degree", "null", "null_lo", "null_hi", "excess", "p"),
        excess,
        caption="One row a region: the mean degree, and what shuffled years of the second industry give (90 %).",
    )
    notes = [
        Note("Read it as a description: it compares levels and does not show that one industry acts on the other."),
        Note(f"Weigh the shuffles: {shuffles} a region; two industries that both grow lie above them for that alone."),
        *(Note(text) for text in said),
    ]
    return Finding(claim, "Coordination of two industries", (table, summary), tuple(_charts(levels)), tuple(notes))


def _excess(levels: Levels, shuffles: int, random: np.random.Generator) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for r, region in enumerate(levels.regions):
        both = np.isfinite(levels.scores[:, r]).all(axis=0)
        u, v = levels.scores[:, r, both]
        if len(u) < LEAST:
            continue
        mean = float(np.sqrt(np.sqrt(u * v)).mean())
        drawn = np.array([np.sqrt(np.sqrt(u * random.permutation(v))).mean() for _ in range(shuffles)])
        lo, middle, hi = (float(one) for one in np.quantile(drawn, [0.05, 0.5, 0.95]))
        p = float((1 + (drawn >= mean - 1e-12).sum()) / (1 + shuffles))
        rows.append((region, mean, middle, lo, hi, mean - middle, p))
    return rows


def _claim(levels: Levels, excess: Sequence[tuple[object, ...]], above: Sequence[tuple[object, ...]]) -> str:
    first, second = levels.names
    if not excess:
        return f"No region has {LEAST} years of both {first} and {second}: nothing can be said of their coordination."
    many = len(excess)
    if many > 1:
        return (
            f"In {len(above)} of {many} regions {first} and {second} stand at like levels in the same years more "
            f"than shuffled years would have it (5 % of regions would by chance alone). This describes levels, not an "
            "effect."
        )
    degree, null = float(str(excess[0][1])), float(str(excess[0][2]))
    word = "more than" if above else "no more than"
    return (
        f"{first} and {second} stand at like levels {word} shuffled years would have it (mean degree {degree:.2f}, "
        f"shuffled {null:.2f}). This describes levels, not an effect."
    )


def _charts(levels: Levels) -> list[Chart]:
    facet = {"facet": "region"} if len(levels.regions) > 1 else {}
    return [
        Chart(
            "degree",
            "lines",
            "coordination",
            {"x": "year", "y": "coupling_coordination_degree", **facet},
            f"Coupling coordination degree of {levels.names[0]} and {levels.names[1]}",
            "0 to 1",
            "Line of the coupling coordination degree by year.",
            options={"limits": [0, 1]},
        )
    ]
