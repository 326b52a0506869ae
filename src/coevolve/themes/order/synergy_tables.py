"""What `synergy` found, as tables: order degrees, composites, pairs of subsystems, and joint counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...inquiry.finding import Table
from .entropy_tables import time_labels, time_word
from .rows import Rows
from .synergy_model import QUANTILES, Paths

Array = NDArray[np.float64]
Pair = tuple[int, int, float, float, float, float, float]


@dataclass(frozen=True)
class Outcome:
    """Order degrees and composites, the same under redrawn regions, pairs, joint counts, and what was left out."""

    rows: Rows
    base: int
    paths: Paths
    draws: tuple[Paths, ...]
    pairs: tuple[Pair, ...]
    three_way: tuple[dict[str, object], ...]
    lost: tuple[str, ...]
    skipped: tuple[str, ...]

    def range(self, of: Callable[[Paths], Array]) -> tuple[Array, Array]:
        """The 95 % range over draws of a measure, widened where needed to hold the estimate itself."""
        estimate = of(self.paths)
        drawn = np.stack([of(one) for one in self.draws])
        low, high = np.full(estimate.shape, np.nan), np.full(estimate.shape, np.nan)
        there = np.isfinite(drawn).sum(axis=0) * np.isfinite(estimate)
        whole, partly = there == len(drawn), (there > 0) & (there < len(drawn))
        low[whole], high[whole] = np.quantile(drawn[:, whole], QUANTILES, axis=0)
        if partly.any():
            low[partly], high[partly] = np.nanquantile(drawn[:, partly], QUANTILES, axis=0)
        return np.fmin(low, estimate), np.fmax(high, estimate)


def tables(outcome: Outcome) -> tuple[Table, ...]:
    """All tables, the ones that the claim rests on first."""
    found = [synergy(outcome), order(outcome), pairs(outcome), indicators(outcome)]
    return (*found, three_way(outcome)) if outcome.three_way else tuple(found)


def order(outcome: Outcome) -> Table:
    """One row a region (empty: the mean region), subsystem and period: the order degree."""
    rows = outcome.rows
    whole = np.concatenate([outcome.paths.pooled[None], outcome.paths.degree])
    pooled, each = outcome.range(lambda one: one.pooled), outcome.range(lambda one: one.degree)
    low, high = (np.concatenate([pooled[k][None], each[k]]) for k in (0, 1))
    regions, many, periods = whole.shape
    columns: dict[str, Any] = {
        "region": np.repeat(np.array(["", *rows.regions], dtype=object), many * periods),
        "subsystem": np.tile(np.repeat(np.array(rows.subsystems, dtype=object), periods), regions),
        time_word(rows.periods): np.tile(time_labels(rows.periods), regions * many),
        "order_degree": whole.ravel(),
        "lo": low.ravel(),
        "hi": high.ravel(),
    }
    return Table("order", columns, {}, "0 worst, 1 best goalposts; no region named: the mean of all; 95 % ranges.")


def synergy(outcome: Outcome) -> Table:
    """One row a region (empty: the mean region) and period: the composites and the smooth one."""
    rows, paths = outcome.rows, outcome.paths
    measures: tuple[tuple[str, Callable[[Paths], Array], Callable[[Paths], Array]], ...] = (
        ("composite", lambda one: one.pooled_fixed, lambda one: one.fixed),
        ("composite_adjacent", lambda one: one.pooled_adjacent, lambda one: one.adjacent),
        ("smooth", lambda one: one.pooled_smooth, lambda one: one.smooth),
    )
    labels = time_labels(rows.periods)
    columns: dict[str, Any] = {
        "region": np.repeat(np.array(["", *rows.regions], dtype=object), len(labels)),
        time_word(rows.periods): np.tile(labels, len(rows.regions) + 1),
    }
    for name, pooled, each in measures:
        first, second = outcome.range(pooled), outcome.range(each)
        low_name, high_name = ("lo", "hi") if name == "composite" else (f"{name}_lo", f"{name}_hi")
        columns[name] = np.concatenate([pooled(paths)[None], each(paths)]).ravel()
        columns[low_name] = np.concatenate([first[0][None], second[0]]).ravel()
        columns[high_name] = np.concatenate([first[1][None], second[1]]).ravel()
    base = rows.periods.labels[outcome.base]
    words = (
        f"composite and smooth since {base}, composite adjacent since the {rows.periods.word} before; low and high "
        "bound the composite (95 % ranges). No region named: the mean of all."
    )
    return Table("synergy", columns, {}, words)


def pairs(outcome: Outcome) -> Table:
    """One row a pair of subsystems: whether regions that gain in one gain in the other."""
    names = outcome.rows.subsystems
    listed = [
        (f"{names[one]} with {names[other]}", names[one], names[other], *rest) for one, other, *rest in outcome.pairs
    ]
    allowed = adjusted(outcome.pairs)
    rows = [(*row, chance) for row, chance in zip(listed, allowed, strict=True)]
    columns = ("pair", "subsystem", "other", "correlation", "lo", "hi", "null_95", "p", "p_adjusted")
    words = (
        f"Correlation of increments over regions, the mean of each {outcome.rows.periods.word} taken away, with 95 % "
        "ranges. null 95: the size that 5 in 100 shuffles of regions reach; p adjusted: p times the number of pairs "
        "tested, at most 1."
    )
    return Table.of_rows("pairs", columns, rows, caption=words)


def adjusted(listed: Sequence[Pair]) -> list[float]:
    """The p value of each pair with the allowance for as many tests (Bonferroni); NaN where there is no test.

    >>> adjusted([(0, 1, 0.4, 0.1, 0.6, 0.2, 0.01), (0, 2, 0.1, -0.1, 0.2, 0.2, 0.6)])
    [0.02, 1.0]
    """
    tests = sum(bool(np.isfinite(one[6])) for one in listed)
    return [min(1.0, tests * one[6]) if np.isfinite(one[6]) else float("nan") for one in listed]


def indicators(outcome: Outcome) -> Table:
    """One row an indicator: its subsystem and the levels that count as 0 and 1 in the middle of the resamples."""
    rows = outcome.rows
    flat = rows.values.reshape(-1, rows.values.shape[-1])
    columns: dict[str, Any] = {
        "subsystem": [rows.subsystems[k] for k in rows.subsystem],
        "indicator": list(rows.indicators),
        "unit": list(rows.units),
        "less_is_better": rows.less,
        "lowest": flat.min(axis=0),
        "median": np.median(flat, axis=0),
        "highest": flat.max(axis=0),
    }
    return Table("indicators", columns, {}, "What each subsystem is made of.")


def three_way(outcome: Outcome) -> Table:
    """One row a period: three-way synergy of joint counts with its null."""
    names = tuple(outcome.three_way[0])
    listed = [tuple(one.values()) for one in outcome.three_way]
    whole = Table.of_rows("three_way", names, listed)
    columns = {("year" if key == "period" else key): whole[key] for key in names}
    units = dict.fromkeys((key for key in columns if key not in ("year", "p")), "nat")
    return Table("three_way", columns, units, "Below 0: synergy. null: three independent attributes of as many units.")
