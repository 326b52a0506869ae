"""Numbers between labels, from a long table to an array: what flows and vectors of accounts share in the reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, Fault
from .files import found, table_of
from .long import MOST_FAULTS, Axis, axis_of
from .numbers import parse, style_of, wrong_number
from .panel import Status
from .periods import Periods
from .specification import EvidenceSpec
from .table import Table
from .words import natural, plain


@dataclass(frozen=True)
class Shelf:
    """Where the files of a study lie: its folder, the data folder, and the folder that must not be left."""

    base: Path
    data: Path | None = None
    only_under: Path | None = None

    def table(self, file: str, where: str | None = None) -> Table:
        """The raw table in a file, its rows that meet `where`."""
        path = found(file, self.base, self.data, self.only_under)
        table = table_of(path, path.name)
        if where is None:
            return table
        from .database import where as meeting

        return meeting(table, where)


@dataclass(frozen=True)
class Labels:
    """One label a row: `axis` after renaming, `raw` the places of the labels as they stand in the file."""

    axis: Axis
    raw: NDArray[np.int64]

    def within(self, order: tuple[str, ...]) -> NDArray[np.int64]:
        """For each row the place of its label in `order`, -1 where it is not there."""
        place = {label: k for k, label in enumerate(order)}
        return np.array([place.get(one, -1) for one in self.axis.labels], np.int64)[self.axis.codes]


def labels_of(
    table: Table,
    column: str | None,
    renamed: Mapping[str, str],
    faults: list[Fault],
    key: str,
    region: str | None = None,
) -> Labels:
    """The labels of a column, renamed; with the column `region` they are "region/label" (multi-regional tables)."""
    axis = axis_of(table, column, dict(renamed), faults, key)
    raw = table.labels(column)[0] if column else axis.codes
    if region is None:
        return Labels(axis, raw)
    outer = axis_of(table, region, dict(renamed), faults, f"{key}_region")
    keys, codes = np.unique(outer.codes * len(axis.labels) + axis.codes, return_inverse=True)
    joined = tuple(f"{outer.labels[k // len(axis.labels)]}/{axis.labels[k % len(axis.labels)]}" for k in keys.tolist())
    deep = table.labels(region)[0]
    return Labels(Axis(f"{region}/{column}", joined, codes.astype(np.int64)), deep * (raw.max(initial=0) + 1) + raw)


def numbers_of(
    table: Table, column: str, spec: EvidenceSpec, notes: list[str], faults: list[Fault]
) -> NDArray[np.float64]:
    """The cells of a column as numbers; those that are missing or suppressed are faults."""
    cells = table.take(column)
    style = style_of([cells], spec.absent, spec.decimal, table.delimiter, table.name)
    notes.extend(one for one in style.notes if one not in notes)
    parsed = parse(cells, style)
    faults.extend(wrong_number(column, cells[k], table.place(int(k))) for k in parsed.wrong[:MOST_FAULTS])
    kinds = ((Status.SUPPRESSED, "suppressed"), (Status.MISSING, "missing"))
    absent = {word: int((parsed.status == kind).sum()) for kind, word in kinds}
    absent["missing"] -= len(parsed.wrong)
    for kind, word in kinds:
        if absent[word] > 0:
            row = int(np.flatnonzero(parsed.status == kind)[0])
            faults.append(
                Fault(
                    f"{absent[word]:,} cells of '{column}' are {word}; accounts need every flow.",
                    table.place(row),
                    cells[row] if cells.dtype == object else "",
                    "Estimate them (RAS) before, or leave out unlisted pairs: a pair that no row lists is 0.",
                )
            )
    return parsed.values


def tables_of(year: Axis, region: Axis) -> tuple[tuple[tuple[str, str], ...], NDArray[np.int64]]:
    """The (year, region) tables in order, and which one each row belongs to."""
    order = {label: k for k, label in enumerate(Periods.of(year.labels).labels)}
    keys = year.codes * len(region.labels) + region.codes
    used, which = np.unique(keys, return_inverse=True)
    pairs = [(year.labels[k // len(region.labels)], region.labels[k % len(region.labels)]) for k in used]
    ranked = sorted(range(len(pairs)), key=lambda k: (order[pairs[k][0]], natural(pairs[k][1])))
    place = np.empty(len(pairs), np.int64)
    place[ranked] = np.arange(len(pairs))
    return tuple(pairs[k] for k in ranked), place[which]


def summed(
    table: Table,
    places: tuple[NDArray[np.int64], ...],
    raw: tuple[NDArray[np.int64], ...],
    numbers: NDArray[np.float64],
    shape: tuple[int, ...],
    label: Callable[[int], str],
) -> NDArray[np.float64]:
    """The numbers in an array of `shape`, NaN where no row is; labels that were renamed to one are added up.

    Two rows with the same labels *as the file has them* (`raw`) are refused, both named; `label(row)` says them.
    """
    codes = np.zeros(len(numbers), np.int64)
    for one in raw:  # made dense at every step, so that the product never overflows
        codes = np.unique(codes * (one.max(initial=0) + 1) + one, return_inverse=True)[1]
    often = np.bincount(codes)
    if (often > 1).any():
        faults = []
        order = np.argsort(codes, kind="stable")
        starts = np.concatenate([[0], np.cumsum(often)])
        for code in np.flatnonzero(often > 1)[:MOST_FAULTS]:
            first, again = order[starts[code] : starts[code] + 2].tolist()
            what = f"{label(again)} is there already, in row {int(table.rows[first])}."
            do = "Keep one, or name the column that tells them apart (year, region)."
            faults.append(Fault(what, table.place(again), plain(float(numbers[again])), do))
        raise DataError(faults)
    flat = np.ravel_multi_index(places, shape)
    size = int(np.prod(shape))
    total = np.bincount(flat, numbers, size)
    return np.where(np.bincount(flat, minlength=size) > 0, total, np.nan).reshape(shape)
