"""What `entropy` found, as tables: the ledger, its channels and cells, subsystems, and the assumed outside."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...evidence.panel import Status
from ...evidence.periods import Periods
from ...inquiry.finding import Table
from .entropy_cells import RECLASSIFIED, Cells
from .entropy_coupling import Coupling
from .entropy_equations import entropy, marginal
from .entropy_model import NORMAL_90, Ledger, cell_errors

Array = NDArray[np.float64]
Outside = tuple[float, Array, Array, Array]  # multiple; change, produced and exchanged by step
NOT_OBSERVED = "not observed"
EXACT = "reclassified is counted exactly and has none."
MOVERS = 12
ROUNDING = 1e-12  # nat: what channels and the change may differ by in floating point
BY_CELL = (
    "What the change of each cell's share did to entropy over the whole span, with its 90 % interval; all cells add up "
    "to its change."
)


def tables(cells: Cells, ledger: Ledger | None, coupling: Coupling | None, outside: list[Outside]) -> tuple[Table, ...]:
    """All tables, the ones that the claim rests on first."""
    found = [levels(cells)]
    if ledger is not None:
        found = [ledger_table(cells, ledger), summary(cells, ledger), channels(cells, ledger), *found]
        found += [movers(by_cell(cells)), by_cell(cells)]
    if coupling is not None:
        found += [coupling_table(cells, coupling), parts(cells, coupling)]
    if outside:
        found.append(outside_table(cells, outside))
    return tuple(found)


def levels(cells: Cells) -> Table:
    """One row a period: the entropy, the most it could be, and how many equally large cells spread as evenly."""
    value = entropy(cells.stock)
    columns: dict[str, Any] = {
        time_word(cells.periods): time_labels(cells.periods),
        "units": cells.stock.sum(axis=1),
        "entropy": value,
        "since_first": value - value[0],
        "most": np.full(len(value), np.log(len(cells.labels))),
        "equal_cells": np.exp(value),
    }
    words = (
        f"since first: entropy less that of {cells.periods.labels[0]}; most: were all cells equal; equal cells: as "
        "even as over so many equal cells, exp(entropy)."
    )
    return Table("levels", columns, dict.fromkeys(("entropy", "since_first", "most"), "nat"), words)


def ledger_table(cells: Cells, ledger: Ledger) -> Table:
    """One row a step: the entropy, its change by channel, what is produced and exchanged, and the state."""
    steps = len(ledger.change)
    labels = time_labels(cells.periods)[1:]
    columns: dict[str, Any] = {
        time_word(cells.periods): labels,
        "entropy": ledger.entropy[1:],
        "since_first": ledger.entropy[1:] - ledger.entropy[0],
        "change": ledger.change,
        "lo": ledger.low,
        "hi": ledger.high,
    }
    columns |= {_column(channel): ledger.contribution[:, c] for c, channel in enumerate(cells.channels)}
    columns["residual"] = np.where(np.abs(ledger.residual) < ROUNDING, 0.0, ledger.residual)
    if cells.moved.any():
        columns |= {
            "produced": ledger.produced,
            "produced_lo": ledger.produced_low,
            "produced_hi": ledger.produced_high,
            "produced_null": ledger.produced_null,
            "exchanged": ledger.exchanged,
        }
    else:
        columns |= {"produced": [NOT_OBSERVED] * steps, "exchanged": [NOT_OBSERVED] * steps}
    columns |= {
        "delta": ledger.delta,
        "state": list(ledger.state),
        "probability": ledger.probability,
        "probability_orderly": ledger.chances[:, 0],
        "probability_balanced": ledger.chances[:, 1],
        "probability_disorderly": ledger.chances[:, 2],
    }
    text = {"state", "probability", "probability_orderly", "probability_balanced", "probability_disorderly"}
    units = {key: "nat" for key in columns if key not in text and key != time_word(cells.periods)}
    words = (
        f"Change since the period before; low and high bound it (90 %). since first: entropy less that of "
        f"{cells.periods.labels[0]}; residual: what all channels leave out, 0 but for rounding."
    )
    return Table("ledger", columns, units, words)


def summary(cells: Cells, ledger: Ledger) -> Table:
    """One row a channel, and one for all: what it changed over the whole span."""
    columns: dict[str, Any] = {
        "channel": [*(_column(one) for one in cells.channels), "all"],
        "contribution": ledger.total,
        "lo": _by_chance(cells, ledger.total_low),
        "hi": _by_chance(cells, ledger.total_high),
    }
    units = dict.fromkeys(("contribution", "lo", "hi"), "nat")
    exact = f" {EXACT}" if RECLASSIFIED in cells.channels else ""
    absent = _absent(columns["channel"])
    return Table("summary", columns, units, f"Over the whole span; 90 % intervals.{exact}", absent)


def channels(cells: Cells, ledger: Ledger) -> Table:
    """One row a step and channel: what the channel changed."""
    many, kinds = ledger.contribution.shape
    columns: dict[str, Any] = {
        time_word(cells.periods): np.repeat(time_labels(cells.periods)[1:], kinds),
        "channel": [_column(one) for one in cells.channels] * many,
        "contribution": ledger.contribution.ravel(),
        "lo": _by_chance(cells, ledger.contribution_low).ravel(),
        "hi": _by_chance(cells, ledger.contribution_high).ravel(),
    }
    exact = f" {EXACT}" if RECLASSIFIED in cells.channels else ""
    words = f"They add up to the change; 90 % intervals.{exact}"
    units = dict.fromkeys(("contribution", "lo", "hi"), "nat")
    return Table("channels", columns, units, words, _absent(columns["channel"]))


def _by_chance(cells: Cells, bounds: Array) -> Array:
    """Bounds by channel (last axis), none for what is reclassified: it is counted exactly and is no chance event."""
    found = bounds.copy()
    if RECLASSIFIED in cells.channels:
        found[..., cells.channels.index(RECLASSIFIED)] = np.nan
    return found


def _absent(channels: list[str]) -> dict[str, NDArray[np.uint8]]:
    """That bounds of what is reclassified do not apply, where other bounds that lack are missing."""
    exact = np.array([one == RECLASSIFIED for one in channels])
    codes = np.where(exact, Status.NOT_APPLICABLE, Status.MISSING).astype(np.uint8)
    return {"lo": codes, "hi": codes}


def by_cell(cells: Cells) -> Table:
    """One row a cell, the largest contributions first: its shares at both ends, and what their change did to entropy.

    dS = sum_r int dp_r (-ln p_r - S): a share that grows in a small cell raises entropy, in a large one it lowers it.
    """
    shares = cells.stock / cells.stock.sum(axis=1, keepdims=True)
    each = (np.diff(shares, axis=0) * marginal(shares[:-1], shares[1:])).sum(axis=0)
    order = np.argsort(-each, kind="stable")
    units = dict.fromkeys(("contribution", "lo", "hi"), "nat")
    return Table("cells", _cell_columns(cells, shares, each, order), units, BY_CELL)


def movers(by: Table) -> Table:
    """The cells that raised and that lowered entropy most."""
    many = len(by)
    kept = list(range(many)) if many <= 2 * MOVERS else [*range(MOVERS), *range(many - MOVERS, many)]
    columns = {name: by[name][kept] for name in by.columns}
    label = [
        " / ".join(one for one in pair if one) for pair in zip(columns["region"], columns["industry"], strict=True)
    ]
    return Table(
        "movers",
        {"cell": np.array(label, dtype=object), **columns},
        by.units,
        f"Up to {MOVERS} at either end. {BY_CELL}",
    )


def _cell_columns(cells: Cells, shares: Array, each: Array, order: NDArray[np.int64]) -> dict[str, Any]:
    error = NORMAL_90 * cell_errors(cells)
    return {
        "region": [cells.regions[cells.place[k, 0]] for k in order],
        "industry": [cells.industries[cells.place[k, 1]] for k in order],
        "first_share": shares[0, order],
        "last_share": shares[-1, order],
        "contribution": each[order],
        "lo": each[order] - error[order],
        "hi": each[order] + error[order],
    }


def coupling_table(cells: Cells, coupling: Coupling) -> Table:
    """One row a period: the parts, what joins them, and the change of each since the period before."""
    nothing = np.full(len(coupling.whole), np.nan)
    columns: dict[str, Any] = {
        time_word(cells.periods): time_labels(cells.periods),
        "entropy": coupling.whole,
        "sum_of_parts": coupling.sum_of_parts,
        "between": nothing if coupling.is_joint else coupling.rest,
        "total_correlation": coupling.rest if coupling.is_joint else nothing,
        "lo": coupling.low,
        "hi": coupling.high,
        "null_mean": coupling.null_mean,
        "null_95": coupling.null,
        "p": coupling.chance,
        "change": _steps(coupling.whole),
        "change_of_parts": _steps(coupling.sum_of_parts),
        "change_missed": _steps(coupling.whole) - _steps(coupling.sum_of_parts),
    }
    units = {key: "nat" for key in columns if key not in ("p", time_word(cells.periods))}
    rule = (
        "entropy = sum of parts - total correlation, which low and high bound (90 %)."
        if coupling.is_joint
        else "entropy = between + sum of parts weighted by shares; low and high bound between (90 %)."
    )
    return Table("coupling", columns, units, f"{rule} change_missed: what the sum of the parts' changes leaves out.")


def parts(cells: Cells, coupling: Coupling) -> Table:
    """One row a subsystem and period: its share of the units and its own entropy."""
    many, periods = coupling.part_entropy.shape
    columns: dict[str, Any] = {
        "subsystem": np.repeat(np.array(coupling.parts, dtype=object), periods),
        time_word(cells.periods): np.tile(time_labels(cells.periods), many),
        "share": coupling.share.ravel(),
        "entropy": coupling.part_entropy.ravel(),
    }
    return Table("parts", columns, {"entropy": "nat"}, "Each subsystem's own entropy.")


def outside_table(cells: Cells, outside: list[Outside]) -> Table:
    """One row an assumed outside stock and step: what the ledger would say if there were such an outside cell."""
    steps = len(cells.periods) - 1
    columns: dict[str, Any] = {
        "assumed_outside": np.repeat([one[0] for one in outside], steps),
        time_word(cells.periods): np.tile(time_labels(cells.periods)[1:], len(outside)),
    }
    for k, name in enumerate(("change", "produced", "exchanged"), start=1):
        columns[f"{name}_if_assumed"] = np.concatenate([np.asarray(one[k]) for one in outside])
    units = {key: "nat" for key in columns if key.endswith("if_assumed")}
    words = (
        "What the columns would be if the outside stock were so many times the first stock inside. It is assumed, "
        "never observed: a warning, not a result."
    )
    return Table("outside", columns, units, words)


def time_word(periods: Periods) -> str:
    """What the column of periods is called."""
    return "year" if periods.kind in ("year", "none") else "period"


def time_labels(periods: Periods) -> NDArray[np.generic]:
    """The periods as a column: whole years as numbers."""
    if periods.kind == "year":
        return np.array([int(float(one)) for one in periods.labels])
    return np.array(periods.labels, dtype=object)


def _column(channel: str) -> str:
    return channel.replace(" ", "_").replace("-", "_")


def _steps(values: Array) -> Array:
    return np.concatenate([[np.nan], np.diff(values)])
