"""A panel as a long list of cells: the form that every layout (columns, indicator and value, wide) is brought into."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, Fault, nearest
from .columns import FLAG_ENDS, Columns
from .dates import from_dates
from .numbers import WORDS, Parsed, parse, style_of, wrong_number
from .panel import Status
from .periods import canonical, kind_of
from .specification import EvidenceSpec, Flag
from .table import Table

MOST_FAULTS = 1000
TRUE = {"true", "t", "yes", "y", "1"}
SDMX_STATUS = {
    "m": Status.NOT_APPLICABLE,
    "z": Status.NOT_APPLICABLE,
    "q": Status.SUPPRESSED,
    "c": Status.SUPPRESSED,
    "n": Status.SUPPRESSED,
}


@dataclass(frozen=True)
class Axis:
    """The labels of one axis, and for each row of the table the place of its label."""

    column: str
    labels: tuple[str, ...]
    codes: NDArray[np.int64]


@dataclass(frozen=True)
class Cells:
    """One entry a cell: which indicator, region, industry and period it is of, its number, and the row it stood in."""

    names: tuple[str, ...]
    indicator: NDArray[np.int64]
    region: Axis
    industry: Axis
    period: Axis
    values: NDArray[np.float64]
    status: NDArray[np.uint8]
    rows: NDArray[np.int64]
    columns: tuple[str, ...]
    column: NDArray[np.int64]

    def only(self, mask: NDArray[np.bool_]) -> Cells:
        """The cells where mask is true."""
        region, industry, period = (
            replace(one, codes=one.codes[mask]) for one in (self.region, self.industry, self.period)
        )
        return Cells(
            self.names,
            self.indicator[mask],
            region,
            industry,
            period,
            self.values[mask],
            self.status[mask],
            self.rows[mask],
            self.columns,
            self.column[mask],
        )


def cells_of(table: Table, columns: Columns, spec: EvidenceSpec, name: str) -> tuple[Cells, list[str], list[Fault]]:
    """All cells of a panel with what is to be said about them and every fault found on the way."""
    faults: list[Fault] = []
    notes: list[str] = []
    value_columns = columns.wide_columns if columns.wide else (columns.value,) if columns.value else columns.values
    style = style_of([table.take(one) for one in value_columns], spec.absent, spec.decimal, table.delimiter, table.name)
    notes.extend(style.notes)
    parsed = []
    for column in value_columns:
        one = parse(table.take(column), style)
        for k in one.wrong[:MOST_FAULTS]:
            faults.append(wrong_number(column, _shown(table, column, k), table.place(int(k))))
        parsed.append(one)
    notes.extend(_mark_notes(parsed))
    statuses = _flagged(table, columns, spec, value_columns, parsed, notes)
    region = axis_of(table, columns.region, spec.labels, faults, "region")
    industry = axis_of(table, columns.industry, spec.labels, faults, "industry", empty=columns.indicator is not None)
    period = period_axis(table, columns.period, faults)
    headers = tuple(value_columns) if columns.wide == "industry" else ()
    faults += unknown_labels(table, (columns.region, columns.industry), spec.labels, headers)
    notes += [note for one in (region, industry) for note in alike(one)]
    count = len(table)
    many = len(value_columns)
    rows = np.tile(np.arange(count), many)
    which = np.repeat(np.arange(many), count)
    names, indicator = _indicators(table, columns, spec, name, which, rows, faults)
    if columns.wide == "year":
        labels = tuple(canonical(one.lstrip("Xy") if re.fullmatch(r"[Xy]\d{4}", one) else one) for one in value_columns)
        period = Axis("the columns", labels, which.copy())
    else:
        period = replace(period, codes=period.codes[rows])
    if columns.wide == "industry":
        renamed = [spec.labels.get(one, one) for one in value_columns]
        labels = tuple(dict.fromkeys(renamed))
        industry = Axis("the columns", labels, np.array([labels.index(one) for one in renamed], np.int64)[which])
    else:
        industry = replace(industry, codes=industry.codes[rows])
    values = np.concatenate([one.values for one in parsed])
    cells = Cells(
        names,
        indicator,
        replace(region, codes=region.codes[rows]),
        industry,
        period,
        values,
        np.concatenate(statuses),
        rows,
        tuple(value_columns),
        which,
    )
    if columns.indicator and spec.values:
        kept = np.isin(indicator, [names.index(one) for one in spec.values if one in names])
        cells = cells.only(kept)
    return cells, notes, faults


def axis_of(
    table: Table, column: str | None, renamed: dict[str, str], faults: list[Fault], key: str, empty: bool = False
) -> Axis:
    """The labels of a column, with those of `labels` renamed; an empty label is a fault unless `empty`."""
    if column is None:
        return Axis("", ("",), np.zeros(len(table), np.int64))
    codes, labels = table.labels(column)
    if "" in labels and not empty:
        for k in np.flatnonzero(codes == labels.index(""))[:MOST_FAULTS]:
            faults.append(
                Fault(
                    f"'{column}' ({key}) is empty.",
                    table.place(int(k)),
                    "",
                    "Give the row its label, or leave it out with where.",
                )
            )
    new = [renamed.get(one, one) for one in labels]
    distinct = tuple(dict.fromkeys(new))
    place = {label: k for k, label in enumerate(distinct)}
    return Axis(column, distinct, np.array([place[one] for one in new], np.int64)[codes])


def unknown_labels(
    table: Table, columns: Sequence[str | None], renamed: Mapping[str, str], headers: Sequence[str] = ()
) -> list[Fault]:
    """A fault for each old name in `labels` that stands in none of the label columns (or headers)."""
    if not renamed:
        return []
    known = {*headers, *(label for column in columns if column for label in table.labels(column)[1])}
    return [
        Fault(f"'labels' renames '{old}', which no row holds.", table.name, old, nearest(old, sorted(known)))
        for old in renamed
        if old not in known
    ]


def alike(axis: Axis) -> list[str]:
    """A note for labels that differ only in capitals or spaces: perhaps one thing written in two ways."""
    folded: dict[str, list[str]] = {}
    for label in axis.labels:
        folded.setdefault(" ".join(label.casefold().split()), []).append(label)
    twice = [few for few in folded.values() if len(few) > 1]
    if not twice:
        return []
    old, new = twice[0][1], twice[0][0]
    words = "; ".join(" and ".join(f"'{one}'" for one in few) for few in twice[:4])
    repair = f'labels = {{ "{old}" = "{new}" }} makes them one'
    return [f"{words} in '{axis.column}' differ only in capitals or spaces; {repair}."]


def period_axis(table: Table, column: str | None, faults: list[Fault]) -> Axis:
    """The periods of a column in one spelling; dates become years, quarters or months by the step between them."""
    if column is None:
        return Axis("", ("",), np.zeros(len(table), np.int64))
    codes, labels = table.labels(column)
    texts = from_dates([canonical(one) for one in labels])
    for k, text in enumerate(texts):
        try:
            kind_of([text])
        except DataError:
            row = int(np.flatnonzero(codes == k)[0])
            do = "Write 2006, 2006-Q1, 2006-01 or a plain number."
            if text == "":
                do = "Give the row its period, or leave it out with where."
            faults.append(Fault(f"'{column}' is not a period.", table.place(row), labels[k], do))
            texts[k] = ""
    good = [text for text in texts if text]
    try:
        kind_of(good)
    except DataError as error:
        faults.extend(replace(one, where=f"{table.name}, column '{column}'") for one in error.faults)
    distinct = tuple(dict.fromkeys(texts))
    place = {label: k for k, label in enumerate(distinct)}
    return Axis(column, distinct, np.array([place[one] for one in texts], np.int64)[codes])


def _shown(table: Table, column: str, k: int) -> object:
    cell = table.take(column)[k]
    return cell if isinstance(cell, str) else str(cell)


def _mark_notes(parsed: Sequence[Parsed]) -> list[str]:
    marks: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    kinds: dict[str, str] = {}
    grouped = 0
    for one in parsed:
        marks.update(one.marks)
        flags.update(one.flags)
        grouped += one.grouped
        kinds.update(one.kinds)
    notes = [f'{count:,} cells "{mark}" read as {kinds[mark]}.' for mark, count in marks.items() if mark]
    notes += [f'{count:,} numbers carry the flag "{flag}", which was left out.' for flag, count in flags.items()]
    if grouped:
        notes.append(f"{grouped:,} numbers have thousands separators, which were left out.")
    return notes


def _flagged(
    table: Table,
    columns: Columns,
    spec: EvidenceSpec,
    value_columns: Sequence[str],
    parsed: Sequence[Parsed],
    notes: list[str],
) -> list[NDArray[np.uint8]]:
    statuses = [one.status.copy() for one in parsed]
    flags = list(spec.flag)
    named = {one.column for one in flags}
    for value in value_columns:
        for end, word in FLAG_ENDS.items():
            column = value + end
            if column in table.columns and column not in named:
                flags.append(Flag.model_validate({"column": column, "of": [value], word: True}))
                notes.append(
                    f"The column '{column}' was taken as saying which cells of '{value}' are {word.replace('_', ' ')}."
                )
    for flag in flags:
        wanted = (
            flag.of or tuple(one for one in value_columns if flag.column.startswith(one + "_")) or tuple(value_columns)
        )
        codes, labels = table.labels(flag.column)
        for kind, marks in (
            (Status.MISSING, flag.missing),
            (Status.SUPPRESSED, flag.suppressed),
            (Status.NOT_APPLICABLE, flag.not_applicable),
        ):
            hit = [k for k, label in enumerate(labels) if any(_is_flag(label, mark) for mark in marks)]
            if not hit:
                continue
            mask = np.isin(codes, hit)
            for place, column in enumerate(value_columns):
                if column in wanted:
                    statuses[place][mask] = kind
            notes.append(
                f"{int(mask.sum()):,} cells of {', '.join(wanted)} are {WORDS[kind]}: '{flag.column}' says so."
            )
    if columns.sdmx:
        _sdmx_flags(table, statuses[0], notes)
    return statuses


def _is_flag(label: str, mark: str | bool | int) -> bool:
    if isinstance(mark, bool):
        return mark and label.casefold() in TRUE
    return label == str(mark)


def _sdmx_flags(table: Table, status: NDArray[np.uint8], notes: list[str]) -> None:
    folded = {column.casefold(): column for column in table.columns}
    for key in ("obs_status", "obs_flag", "conf_status"):
        if key not in folded:
            continue
        codes, labels = table.labels(folded[key])
        for k, label in enumerate(labels):
            kind = SDMX_STATUS.get(label.casefold())
            if (
                kind is None
                or (key == "conf_status" and label.casefold() not in ("c", "n"))
                or (key != "conf_status" and label.casefold() == "n")
            ):
                continue
            mask = (codes == k) & (status == Status.MISSING)
            if mask.any():
                status[mask] = kind
                notes.append(f"{int(mask.sum()):,} empty cells with {folded[key]} {label} read as {WORDS[kind]}.")
        breaks = [k for k, label in enumerate(labels) if label.casefold() == "b"] if key != "conf_status" else []
        if breaks:
            notes.append(f"{int(np.isin(codes, breaks).sum()):,} cells carry {folded[key]} B: a break in the series.")


def _indicators(
    table: Table,
    columns: Columns,
    spec: EvidenceSpec,
    name: str,
    column: NDArray[np.int64],
    rows: NDArray[np.int64],
    faults: list[Fault],
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    if columns.indicator:
        codes, labels = table.labels(columns.indicator)
        unknown = [one for one in spec.values if one not in labels]
        faults.extend(
            Fault(f"no row has {columns.indicator} '{one}'.", table.name, one, nearest(one, labels)) for one in unknown
        )
        if "" in labels:
            row = int(np.flatnonzero(codes == labels.index(""))[0])
            faults.append(
                Fault(f"'{columns.indicator}' (indicator) is empty.", table.place(row), "", "Give the row its label.")
            )
        return labels, codes[rows]
    if columns.wide or columns.value:
        return (spec.values[0] if spec.values else name,), np.zeros(len(rows), np.int64)
    return columns.values, column
