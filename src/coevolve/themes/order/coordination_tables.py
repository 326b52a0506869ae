"""What `coordination` found, as tables: goalposts, weights, scores, degrees, what holds back, and what changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...inquiry.finding import Table
from . import equations
from .draws import Draws, Ranges, interval
from .model import Array, Index, Scheme, measure
from .rows import Rows

_RANKS = ("best_rank_of_choices", "worst_rank_of_choices")


@dataclass(frozen=True)
class Outcome:
    """The index, its draws and ranges. `kept[i]` is the row of `ranges.kept[i]`; `pooled[j]` whether the goalposts of
    indicator j were drawn too; `held_width` the median width of the 95 % range of D in the last period with all
    goalposts held."""

    index: Index
    draws: Draws
    ranges: Ranges
    kept: NDArray[np.int64]
    pooled: NDArray[np.bool_]
    held_width: float
    closure: equations.Closure


WAYS: tuple[tuple[Literal["entropy", "critic", "equal"], Literal["standard", "wang2021"]], ...] = (
    ("entropy", "standard"),
    ("entropy", "wang2021"),
    ("critic", "standard"),
    ("critic", "wang2021"),
    ("equal", "standard"),
    ("equal", "wang2021"),
)
"""The weights and forms that every answer is compared over, whatever it asks for."""


def all_ways(rows: Rows, scheme: Scheme, outcome: Outcome) -> Array:
    """The degree of each row in each of WAYS, between the goalposts in use: shape (way, row)."""
    low, high = outcome.index.low, outcome.index.high
    ways = [replace(scheme, weights=weights, form=form) for weights, form in WAYS]
    return np.stack([measure(rows.table, way, low, high).degree for way in ways])


def tables(rows: Rows, scheme: Scheme, outcome: Outcome) -> tuple[Table, ...]:
    """All tables, the ones that the claim rests on first."""
    return (
        change(rows, scheme, outcome),
        coordination(rows, outcome),
        summary(rows, outcome),
        choices(rows, scheme, outcome),
        scores(rows, outcome),
        weights(rows, outcome),
        goalposts(rows, outcome),
        relative_development(rows, outcome),
        main_obstacles(rows, scheme, outcome),
        obstacles(rows, scheme, outcome),
    )


def coordination(rows: Rows, outcome: Outcome) -> Table:
    """One row a region and period; NaN and no grade where an indicator is missing."""
    index, ranges = outcome.index, outcome.ranges
    measures = (
        ("coupling_degree", index.coupling, ranges.coupling),
        ("coordination_index", index.index, ranges.index),
        ("coupling_coordination_degree", index.degree, ranges.degree),
    )
    columns = _places(rows)
    for name, estimate, (low, high) in measures:
        columns |= {
            name: rows.spread(estimate).ravel(),
            f"{name}_lo": rows.spread(low).ravel(),
            f"{name}_hi": rows.spread(high).ravel(),
        }
    place = equations.grade(columns["coupling_coordination_degree"], outcome.closure)
    columns["grade"] = np.array([*equations.GRADES, ""], dtype=object)[place]
    columns["grade_probability"] = rows.spread(ranges.grade_probability).ravel()
    return Table(
        "coordination",
        columns,
        caption="Coupling degree, coordination index and coupling coordination "
        "degree of each region and period, each from 0 to 1.",
    )


def scores(rows: Rows, outcome: Outcome) -> Table:
    """One row a region, period and subsystem."""
    parts = [_by_subsystem(rows, found) for found in (outcome.index.scores, *outcome.ranges.scores)]
    columns = _places(rows, rows.subsystems, "subsystem")
    columns |= dict(zip(("score", "score_lo", "score_hi"), parts, strict=True))
    return Table(
        "scores",
        columns,
        caption="Score U of each subsystem: 0 all indicators at their worst goalpost, 1 all at their best.",
    )


def relative_development(rows: Rows, outcome: Outcome) -> Table:
    """Each subsystem against the highest one of the same region and period."""
    found = outcome.index.scores
    ratio = equations.relative_development(found.T).T
    lowest = np.isclose(found, found.min(axis=0), rtol=0, atol=1e-12) & (ratio < 1)
    columns = _places(rows, rows.subsystems, "subsystem")
    columns["ratio"] = _by_subsystem(rows, ratio)
    columns["lagging"] = _by_subsystem(rows, lowest.astype(float)) == 1
    return Table(
        "relative_development",
        columns,
        caption="Score of a subsystem over the highest score of the same "
        "region and period; the lowest is called lagging, on these goalposts and weights.",
    )


def obstacles(rows: Rows, scheme: Scheme, outcome: Outcome) -> Table:
    """One row a region, period and indicator; sums to 1 over indicators."""
    found = _obstacle_degrees(scheme, outcome)
    cube = np.full((*rows.complete.shape, found.shape[1]), np.nan)
    cube[rows.complete] = found
    columns = _places(rows, rows.indicators, "indicator")
    columns["obstacle_degree"] = cube.ravel()
    return Table(
        "obstacles",
        columns,
        caption="Share of each indicator in the region's whole weighted distance to the best goalposts.",
    )


def main_obstacles(rows: Rows, scheme: Scheme, outcome: Outcome) -> Table:
    """The obstacle degree of each indicator in the middle region of the last period, and its quartiles."""
    last = rows.ends[1]
    found = _obstacle_degrees(scheme, outcome)[rows.period == last]
    found = found[np.isfinite(found).all(axis=1)]
    if not len(found):
        found = np.full((1, len(rows.indicators)), np.nan)
    lower, middle, upper = np.quantile(found, (0.25, 0.5, 0.75), axis=0)
    columns: dict[str, Any] = {
        "indicator": list(rows.indicators),
        "subsystem": [rows.subsystems[k] for k in rows.subsystem],
        _time(rows): _labels(rows)[[last] * len(rows.indicators)],
        "obstacle_degree": middle,
        "lower_quartile": lower,
        "upper_quartile": upper,
    }
    words = (
        "Share of each indicator in the weighted distance to the best goalposts: the median over regions, and "
        "quartiles that hold the middle half of regions (no interval)."
    )
    return Table("main_obstacles", columns, caption=words)


def weights(rows: Rows, outcome: Outcome) -> Table:
    """One row an indicator: its entropy weight (bounded by lo, hi) and its weight in use."""
    index, draws = outcome.index, outcome.draws
    low, high = interval(draws.entropy_weight.T, index.entropy_weight)
    used_low, used_high = interval(draws.weight.T, index.weight)
    columns: dict[str, Any] = {
        "subsystem": [rows.subsystems[k] for k in rows.subsystem],
        "indicator": list(rows.indicators),
        "entropy_weight": index.entropy_weight,
        "lo": low,
        "hi": high,
        "weight": index.weight,
        "weight_lo": used_low,
        "weight_hi": used_high,
    }
    return Table(
        "weights",
        columns,
        caption="Weights sum to 1 within a subsystem, 95 % ranges. The column weight is in use; low and high bound the "
        "entropy weight.",
    )


def goalposts(rows: Rows, outcome: Outcome) -> Table:
    """One row an indicator: its two goalposts, which region and period sets each, and how alone that one stands."""
    index, table, labels = outcome.index, rows.table, _labels(rows)
    low_row, high_row = table.argmin(axis=0), table.argmax(axis=0)
    drawn = [bool(one) for one in outcome.pooled]
    region, period = rows.region, rows.period
    columns: dict[str, Any] = {
        "subsystem": [rows.subsystems[k] for k in rows.subsystem],
        "indicator": list(rows.indicators),
        "unit": list(rows.units),
        "less_is_better": rows.less,
        "low": index.low,
        "high": index.high,
        "low_region": [rows.regions[region[i]] if own else "" for i, own in zip(low_row, drawn, strict=True)],
        f"low_{_time(rows)}": [str(labels[period[i]]) if own else "" for i, own in zip(low_row, drawn, strict=True)],
        "high_region": [rows.regions[region[i]] if own else "" for i, own in zip(high_row, drawn, strict=True)],
        f"high_{_time(rows)}": [str(labels[period[i]]) if own else "" for i, own in zip(high_row, drawn, strict=True)],
    }
    for side, setter in (("low", low_row), ("high", high_row)):
        alone, region_alone = _gaps(rows, setter, index.high - index.low, side)
        columns[f"{side}_alone"] = np.where(outcome.pooled, alone, np.nan)
        columns[f"{side}_region_alone"] = np.where(outcome.pooled, region_alone, np.nan)
    return Table(
        "goalposts",
        columns,
        caption="The values that count as 0 and 1 (1 and 0 where less is better), in the indicator's unit. alone: "
        "share of the range that is empty without that one value; region alone: without that region.",
    )


def change(rows: Rows, scheme: Scheme, outcome: Outcome) -> Table:
    """One row a region: its degree in the first and last period, the change, how steadily it rose, and its rank."""
    first, last = rows.ends
    degree = rows.spread(outcome.index.degree)
    before, after = _kept(rows, outcome, first), _kept(rows, outcome, last)
    moved = after - before
    low, high = interval(moved, degree[:, last] - degree[:, first])
    measured = np.isfinite(degree[:, first]) & np.isfinite(degree[:, last]) & (moved.shape[1] > 0)
    rank, rank_low, rank_high = _ranks(degree[:, last], after)
    columns: dict[str, Any] = {
        "region": list(rows.regions),
        f"first_{_time(rows)}": _labels(rows)[[first] * len(rows.regions)],
        f"last_{_time(rows)}": _labels(rows)[[last] * len(rows.regions)],
        "first_degree": degree[:, first],
        "last_degree": degree[:, last],
        "change": degree[:, last] - degree[:, first],
        "change_lo": low,
        "change_hi": high,
        "probability_of_rise": np.where(measured, (moved > 0).sum(axis=1) / max(1, moved.shape[1]), np.nan),
        "rank": rank,
        "rank_lo": rank_low,
        "rank_hi": rank_high,
    }
    columns |= dict(zip(_RANKS, _ranks_of_ways(rows, scheme, outcome), strict=True))
    return Table(
        "change",
        columns,
        caption="Coupling coordination degree in the first and the last period, with 95 % ranges over redrawn regions; "
        "probability of rise: the share of redraws in which it rose; rank 1 is the highest in the last; best and worst "
        "rank over the six choices of weights and form.",
    )


def summary(rows: Rows, outcome: Outcome) -> Table:
    """One row a period: how many regions are measured, and the median and quartiles of their degree."""
    degree = rows.spread(outcome.index.degree)
    counts = np.isfinite(degree).sum(axis=0)
    quartiles = np.full((3, degree.shape[1]), np.nan)
    for t in np.flatnonzero(counts):
        quartiles[:, t] = np.quantile(degree[np.isfinite(degree[:, t]), t], (0.25, 0.5, 0.75))
    columns: dict[str, Any] = {
        _time(rows): _labels(rows),
        "regions": counts,
        "median": quartiles[1],
        "lower_quartile": quartiles[0],
        "upper_quartile": quartiles[2],
    }
    words = (
        f"Coupling coordination degree over the regions of each {rows.periods.word}; the quartiles hold the middle "
        "half of regions (no interval)."
    )
    return Table("summary", columns, caption=words)


def choices(rows: Rows, scheme: Scheme, outcome: Outcome) -> Table:
    """One row each of the six ways to measure: how much the last period's degrees and ranks depend on it."""
    here = rows.period == rows.ends[1]
    own = outcome.index.degree[here]
    kept = equations.grade(own, outcome.closure)
    found = []
    for (weighting, form), whole in zip(WAYS, all_ways(rows, scheme, outcome), strict=True):
        other = whole[here]
        changed = float(np.mean(equations.grade(other, outcome.closure) != kept))
        used = (weighting, form) == (scheme.weights, scheme.form)
        found.append((weighting, form, used, float(np.median(other)), _rank_correlation(own, other), changed))
    names = ("weights", "form", "in_use", "median_degree", "rank_correlation", "grades_changed")
    return Table.of_rows(
        "choices",
        names,
        found,
        caption="The last period measured in six ways: median degree, Spearman's correlation of ranks with the answer, "
        "share of regions in another grade than in the answer.",
    )


def _time(rows: Rows) -> str:
    return "year" if rows.periods.kind in ("year", "none") else "period"


def _labels(rows: Rows) -> NDArray[np.generic]:
    if rows.periods.kind == "year":
        return np.array([int(one) for one in rows.periods.labels])
    return np.array(rows.periods.labels, dtype=object)


def _places(rows: Rows, third: tuple[str, ...] = ("",), name: str = "") -> dict[str, NDArray[np.generic]]:
    region, period, inner = (axis.ravel() for axis in np.indices((*rows.complete.shape, len(third))))
    columns = {"region": np.array(rows.regions, dtype=object)[region], _time(rows): _labels(rows)[period]}
    return columns | ({name: np.array(third, dtype=object)[inner]} if name else {})


def _by_subsystem(rows: Rows, found: Array) -> Array:
    return np.stack([rows.spread(one) for one in found], axis=-1).ravel()


def _obstacle_degrees(scheme: Scheme, outcome: Outcome) -> Array:
    return equations.obstacle_degrees(outcome.index.y, outcome.index.weight * scheme.shares[scheme.members])


def _kept(rows: Rows, outcome: Outcome, period: int) -> Array:
    here = rows.period[outcome.kept] == period
    found = np.full((len(rows.regions), outcome.ranges.kept.shape[1]), np.nan)
    found[rows.region[outcome.kept[here]]] = outcome.ranges.kept[here]
    return found


def _ranks(degree: Array, draws: Array) -> tuple[Array, Array, Array]:
    """Rank 1 is the highest; ranges over draws, NaN for regions without a degree."""
    there = np.isfinite(degree)
    rank, low, high = (np.full(len(degree), np.nan) for _ in range(3))
    rank[there] = 1 + np.argsort(np.argsort(-degree[there], kind="stable"), kind="stable")
    places = 1 + np.argsort(np.argsort(-draws[there], axis=0, kind="stable"), axis=0, kind="stable")
    low[there], high[there] = interval(places.astype(float), rank[there])
    return rank, np.floor(low), np.ceil(high)


def median_range(rows: Rows, outcome: Outcome, period: int, which: NDArray[np.bool_]) -> tuple[float, float]:
    """The 95 % range over redrawn regions of the median degree of these regions in the first or the last period."""
    drawn = _kept(rows, outcome, period)[which]
    if not drawn.shape[1]:
        return float("nan"), float("nan")
    degree = rows.spread(outcome.index.degree)[which, period]
    low, high = interval(np.median(drawn, axis=0), np.median(degree))
    return float(low), float(high)


def _ranks_of_ways(rows: Rows, scheme: Scheme, outcome: Outcome) -> tuple[Array, Array]:
    """The best and the worst rank of each region in the last period over the six ways; NaN without a degree."""
    here = rows.period == rows.ends[1]
    best, worst = np.full(len(rows.regions), np.nan), np.full(len(rows.regions), np.nan)
    if here.any():
        ways = all_ways(rows, scheme, outcome)[:, here]
        ranks = 1 + np.argsort(np.argsort(-ways, axis=1, kind="stable"), axis=1, kind="stable")
        best[rows.region[here]], worst[rows.region[here]] = ranks.min(axis=0), ranks.max(axis=0)
    return best, worst


def _rank_correlation(one: Array, other: Array) -> float:
    if len(one) < 3 or not (np.isfinite(one).all() and np.isfinite(other).all()) or not np.ptp(one) * np.ptp(other):
        return float("nan")
    first, second = (np.unique(values, return_inverse=True)[1].astype(float) for values in (one, other))
    return float(np.corrcoef(first, second)[0, 1])


def _gaps(rows: Rows, setter: NDArray[np.int64], span: Array, side: str) -> tuple[Array, Array]:
    """The share of the range that is empty without the value that sets a goalpost, and without its whole region."""
    table, region = rows.table, rows.region
    alone, region_alone = np.full(len(span), np.nan), np.full(len(span), np.nan)
    for j, i in enumerate(setter):
        column = table[:, j] if side == "high" else -table[:, j]
        others = np.delete(column, i)
        elsewhere = column[region != region[i]]
        if len(others) and span[j] > 0:
            alone[j] = (column[i] - others.max()) / span[j]
        if len(elsewhere) and span[j] > 0:
            region_alone[j] = (column[i] - elsewhere.max()) / span[j]
    return alone, region_alone
