"""The aspects that counts tell: common patents (technology), units active in both industries (enterprise)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...evidence.network import Network
from ...evidence.panel import Panel
from . import equations
from .industries import members
from .measures import Measure

Array = NDArray[np.float64]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Counts:
    """Counts by year: `sizes` (year, industry), `both` (year, industry, industry), `whole` (year,)."""

    years: Array
    names: tuple[str, ...]
    sizes: Array
    both: Array
    whole: Array


def counts_of_units(network: Network, industries: Mapping[str, Sequence[str]]) -> Counts:
    """How many units (patents, firms) are in each industry and in each two, from links unit - class by year."""
    groups = members(industries, network.labels)
    classes = {k for places in groups.values() for k in places}
    class_side = 1 if network.mode is None else int(np.median([network.mode[k] for k in classes])) if classes else 1
    unit = network.source if class_side == 1 else network.target
    which = network.target if class_side == 1 else network.source
    belongs = np.zeros((len(groups), len(network.labels)), bool)
    for row, places in enumerate(groups.values()):
        belongs[row, list(places)] = True
    years = np.zeros(len(unit), np.int64) if network.year is None else np.asarray(network.year)
    found = []
    for year in np.unique(years):
        here = years == year
        units, place = np.unique(unit[here], return_inverse=True)
        inside = np.zeros((len(units), len(groups)), bool)
        for row in range(len(groups)):
            inside[place[belongs[row, which[here]]], row] = True
        crossed = inside.T.astype(float) @ inside.astype(float)
        found.append((float(year), np.diag(crossed), crossed, float(len(units))))
    return _counts(found, tuple(groups))


def counts_of_classes(network: Network, industries: Mapping[str, Sequence[str]]) -> Counts:
    """The same from links class - class by year whose weight is how many patents carry both.

    Classes' own sizes are not known here: an industry's size is the number of its links with other classes, and all
    link ends are the whole, so "by chance" means links that fall on classes in proportion to their links. Links within
    an industry and of a class with itself are left out.
    """
    groups = members(industries, network.labels)
    years = np.zeros(len(network.source), np.int64) if network.year is None else np.asarray(network.year)
    found = []
    for year in np.unique(years):
        here = (years == year) & (network.source != network.target)
        size = len(network.labels)
        dense = np.zeros((size, size))
        np.add.at(dense, (network.source[here], network.target[here]), network.weight[here])
        dense = dense + dense.T if not _is_twofold(network, here) else (dense + dense.T) / 2
        adds = np.zeros((len(groups), size))
        for row, places in enumerate(groups.values()):
            adds[row, list(places)] = 1.0
        both = adds @ dense @ adds.T
        found.append((float(year), dense.sum(axis=1) @ adds.T - np.diag(both), both, float(dense.sum())))
    return _counts(found, tuple(groups))


def _is_twofold(network: Network, here: NDArray[np.bool_]) -> bool:
    """Whether each link stands in both directions, so that adding them up would count it twice."""
    if not network.directed:
        return False
    ends = set(zip(network.source[here].tolist(), network.target[here].tolist(), strict=True))
    return bool(ends) and all((b, a) in ends for a, b in ends)


def counts_of_regions(panel: Panel, indicator: str, industries: Mapping[str, Sequence[str]]) -> Counts:
    """In how many regions each industry, and each two, is over-represented (location quotient of 1 or more), by year.

    `panel` counts patents by region and class. Regions without any count in a year are not there.
    """
    one = panel.indicator(indicator)
    groups = members(industries, one.industries)
    values = np.where(np.isfinite(one.values), one.values, 0.0)
    found = []
    for t, label in enumerate(panel.periods.labels):
        here = values[:, :, t]
        there = here.sum(axis=1) > 0
        if not there.any():
            continue
        summed = np.stack([here[:, list(places)].sum(axis=1) for places in groups.values()], axis=1)[there]
        total = here[there].sum(axis=1)
        share = summed.sum(axis=0) / total.sum()
        inside = (summed / total[:, None] >= np.where(share > 0, share, np.inf)).astype(float)
        crossed = inside.T @ inside
        found.append((float(label), np.diag(crossed), crossed, float(there.sum())))
    return _counts(found, tuple(groups))


def _counts(found: Sequence[tuple[float, Array, Array, float]], names: tuple[str, ...]) -> Counts:
    return Counts(
        np.array([one[0] for one in found]),
        names,
        np.array([one[1] for one in found]).reshape(len(found), len(names)),
        np.array([one[2] for one in found]).reshape(len(found), len(names), len(names)),
        np.array([one[3] for one in found]),
    )


def technology_measures(counts: Counts, pair: Pair) -> list[Measure]:
    """Shares of common patents seen from either side, Jaccard, and common patents over chance, with 90 % bounds.

    The null of each is what hypergeometric chance gives; `p` is the chance of as many common patents or more.
    """
    a, b = (counts.names.index(name) for name in pair)
    rows: dict[str, list[tuple[float, ...]]] = {"p_a": [], "p_b": [], "jaccard": [], "coclass": []}
    for t in range(len(counts.years)):
        both, first, second = float(counts.both[t, a, b]), float(counts.sizes[t, a]), float(counts.sizes[t, b])
        whole = float(counts.whole[t])
        chance = equations.expected_both(first, second, whole)
        p = equations.chance_of_as_many(both, first, second, whole) if whole > 0 else float("nan")
        shrunk = [
            (both + 0.5) / (size + 1) if size > 0 else float("nan") for size in (first, second, first + second - both)
        ]
        for name, value, size in zip(
            ("p_a", "p_b", "jaccard"), shrunk, (first, second, first + second - both), strict=True
        ):
            null = chance / (size if name != "jaccard" else max(first + second - chance, 1e-9)) if size > 0 else np.nan
            rows[name].append((value, *equations.share_interval(both, size), null, p))
        low, high = equations.count_interval(both)
        over = equations.log_ratio(both, first, second, whole)
        unit = np.log(chance + 0.5)
        rows["coclass"].append((over, np.log(low + 0.5) - unit, np.log(high + 0.5) - unit, 0.0, p))
    segments = np.zeros(len(counts.years), np.int64)
    made = []
    for name, listed in rows.items():
        table = np.array(listed, float).reshape(-1, 5)
        made.append(
            Measure(name, counts.years, table[:, 0], table[:, 1], table[:, 2], table[:, 3], table[:, 4], segments)
        )
    return made


def unit_measure(counts: Counts, pair: Pair) -> Measure:
    """The share of units of either industry that are active in both, beside what chance would give."""
    jaccard = next(one for one in technology_measures(counts, pair) if one.name == "jaccard")
    return Measure(
        "enterprise", jaccard.times, jaccard.values, jaccard.lo, jaccard.hi, jaccard.null, jaccard.p, jaccard.segments
    )


def make_measure(network: Network, industries: Mapping[str, Sequence[str]], pair: Pair) -> Measure:
    """The off-diagonal share of two industries' make table by year: links industry -> product with money as weight."""
    groups = members(industries, network.labels)
    years = np.zeros(len(network.source), np.int64) if network.year is None else np.asarray(network.year)
    kinds = np.unique(years)
    values = []
    for year in kinds:
        here = years == year
        make = np.zeros((2, 2))
        for i, first in enumerate(pair):
            for j, second in enumerate(pair):
                link = here & np.isin(network.source, groups[first]) & np.isin(network.target, groups[second])
                make[i, j] = float(network.weight[link].sum())
        values.append(equations.secondary_share(make))
    blank = np.full(len(kinds), np.nan)
    return Measure(
        "enterprise", kinds.astype(float), np.array(values), blank, blank, blank, blank, np.zeros(len(kinds), np.int64)
    )
