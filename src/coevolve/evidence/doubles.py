"""Cells that cannot stand: the same one in two rows, and counts below zero."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import Fault
from .columns import tells_apart
from .long import MOST_FAULTS, Cells
from .panel import Status
from .specification import EvidenceSpec
from .table import Table
from .words import plain, plain_or_blank, series_label

STOCKS = {
    "establishments",
    "establishment",
    "estabs",
    "firms",
    "firm",
    "companies",
    "company",
    "enterprises",
    "plants",
    "stores",
    "employment",
    "employees",
    "emp",
    "workers",
    "persons",
    "population",
    "pop",
    "people",
    "inhabitants",
    "patents",
    "patent",
    "applications",
    "grants",
    "publications",
    "count",
    "counts",
    "number",
    "jobs",
    "headcount",
    "stock",
    "output",
    "payroll",
    "wages",
    "births",
    "deaths",
    "entries",
    "exits",
    "users",
    "patenting",
    "researchers",
    "students",
}
SIGNED = {
    "net",
    "change",
    "growth",
    "balance",
    "difference",
    "diff",
    "rate",
    "gain",
    "gains",
    "log",
    "index",
    "saving",
    "savings",
    "gap",
    "contribution",
    "residual",
    "anomaly",
    "deviation",
    "z",
    "score",
    "profit",
    "surplus",
    "deficit",
    "migration",
    "yoy",
    "delta",
}


def is_stock(name: str, unit: str = "") -> bool:
    """Whether an indicator counts things, by the words of its name, so that it can never be negative.

    >>> is_stock("establishments"), is_stock("net_job_creation"), is_stock("temperature")
    (True, False, False)
    """
    words = set(re.split(r"[^a-z]+", f"{name} {unit}".casefold()))
    return bool(words & STOCKS) and not words & SIGNED


def negative(cells: Cells, table: Table) -> list[Fault]:
    """A fault for each negative cell of an indicator that counts things (by the words of its name)."""
    stocks = np.array([is_stock(one) for one in cells.names], bool)
    below = np.flatnonzero(stocks[cells.indicator] & (cells.values < 0) & (cells.status == Status.OBSERVED))
    return [
        Fault(
            f"'{cells.names[cells.indicator[k]]}' is negative, and a count cannot be.",
            table.place(int(cells.rows[k])),
            plain(cells.values[k]),
            "Correct the number, or leave the cell empty.",
        )
        for k in below[:MOST_FAULTS]
    ]


def _keys(cells: Cells) -> NDArray[np.int64]:
    sizes = (len(cells.names), len(cells.region.labels), len(cells.industry.labels), len(cells.period.labels))
    return np.ravel_multi_index(
        (cells.indicator, cells.region.codes, cells.industry.codes, cells.period.codes), sizes
    ).astype(np.int64)


def doubles(cells: Cells, table: Table, spec: EvidenceSpec) -> list[Fault]:
    """A fault for each row whose cell stands in an earlier row already, unless the study lets them add up."""
    if spec.duplicates == "sum" or not len(cells.rows):
        return []
    keys = _keys(cells)
    for axis in (cells.region, cells.industry, cells.period):  # an empty label is a fault of its own
        if axis.column and "" in axis.labels and axis is not cells.industry:
            nameless = axis.codes == axis.labels.index("")
            keys[nameless] = -1 - np.arange(int(nameless.sum()))
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
    first = order[np.repeat(starts, np.diff(np.append(starts, len(ranked))))]
    again = np.flatnonzero(np.append(False, ranked[1:] == ranked[:-1]))
    faults, seen = [], set()
    for k in again[: 4 * MOST_FAULTS]:
        cell, before = int(order[k]), int(first[k])
        row = int(cells.rows[cell])
        if row in seen and cells.rows[before] != row:
            continue
        seen.add(row)
        place = cells.rows[before]
        do = 'Keep one, name the column that tells them apart, or set duplicates = "sum".'
        faults.append(
            Fault(
                f"{label_of(cells, cell)} is there already, in row {int(table.rows[place])}.",
                table.place(row),
                plain_or_blank(cells.values[cell]),
                do,
            )
        )
    faults.sort(key=lambda one: int(one.where.rpartition(" ")[2]) if one.where.rpartition(" ")[2].isdigit() else 0)
    apart = _apart(table, cells) if len(seen) > 0.05 * len(table) else None
    if apart:
        do = f"'{apart}' tells these rows apart: name it (year, industry, indicator), or choose one value with where."
        faults = [replace(one, do=do) for one in faults]
    return faults


def _apart(table: Table, cells: Cells) -> str | None:
    """A column that, with the axes named, gives every row its own key."""
    used = [one.column for one in (cells.region, cells.industry, cells.period) if one.column in table.columns]
    free = [
        column
        for column in table.columns
        if column not in (*used, *cells.columns) and table.types.get(column) != "number"
    ]
    return next((column for column in free[:20] if tells_apart(table, [*used, column])), None)


def label_of(cells: Cells, k: int) -> str:
    """What cell k is called in a message: Hubei/steel 2011."""
    name = f"{cells.names[cells.indicator[k]]} of " if len(cells.names) > 1 and len(cells.columns) == 1 else ""
    return name + series_label(
        cells.region.labels[cells.region.codes[k]],
        cells.industry.labels[cells.industry.codes[k]],
        cells.period.labels[cells.period.codes[k]],
    )
