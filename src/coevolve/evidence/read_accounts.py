"""From raw tables to Accounts: flows between sectors and the vectors that close them, audited on the way in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, Fault, nearest
from .accounts import Accounts
from .balance import balance
from .columns import FLOW, FROM, INDUSTRY, PERIOD, REGION, TO, pick, require
from .long import MOST_FAULTS, Axis, axis_of, period_axis, unknown_labels
from .numbers import parse, style_of, wrong_number
from .panel import Status
from .periods import Periods
from .specification import EvidenceSpec, Vectors
from .table import Table
from .words import natural, plain

CLOSING = ("gross_output", "final_demand", "value_added")
NAMES = {
    "gross_output": ("gross_output", "output", "total_output", "x"),
    "final_demand": ("final_demand", "final_use", "final_use_derived", "final", "f"),
    "value_added": ("value_added", "va", "gva", "v"),
}


@dataclass(frozen=True)
class _Flows:
    sectors: tuple[str, ...]
    tables: tuple[tuple[str, str], ...]  # (year, region)
    flows: NDArray[np.float64]


def read_accounts(
    table: Table, spec: EvidenceSpec, name: str, base: Path, data: Path | None = None, only_under: Path | None = None
) -> tuple[Accounts, dict[str, str]]:
    """The input-output accounts of a table of flows and, where given, a file of vectors.

    Flows that no row lists are zero. What the vectors lack follows from the flows: x = Z 1 + f, f = x - Z 1,
    v = x - column sums (- imports). The audit refuses coefficients with a spectral radius >= 1 and notes gaps in the
    balance, column sums >= 1 and sectors without output.
    """
    require(
        table,
        (
            ("from", spec.from_),
            ("to", spec.to_sector),
            ("flow", spec.flow),
            ("year", spec.year),
            ("region", spec.region),
            ("imports", spec.imports),
        ),
    )
    guessed: dict[str, str] = {}
    columns: dict[str, str | None] = {
        "from": spec.from_,
        "to": spec.to_sector,
        "flow": spec.flow,
        "year": spec.year,
        "region": spec.region,
    }
    for key, names in (("from", FROM), ("to", TO), ("flow", FLOW), ("year", PERIOD), ("region", REGION)):
        if columns[key] is None and (found := pick(table, names, columns.values())):
            columns[key] = guessed[key] = found
    lacking = [key for key in ("from", "to", "flow") if columns[key] is None]
    if lacking:
        raise DataError(
            Fault(f"no column is '{key}'.", table.name, ", ".join(table.columns[:12]), f'Name it: {key} = "...".')
            for key in lacking
        )
    faults: list[Fault] = []
    notes = list(table.notes)
    supplier = axis_of(table, columns["from"], spec.labels, faults, "from")
    user = axis_of(table, columns["to"], spec.labels, faults, "to")
    faults += unknown_labels(table, (columns["from"], columns["to"]), spec.labels)
    year = period_axis(table, columns["year"], faults)
    region = axis_of(table, columns["region"], {}, faults, "region")
    flow = _column(table, str(columns["flow"]), spec, notes, faults)
    imports = _column(table, spec.imports, spec, notes, faults) if spec.imports else None
    if faults:
        raise DataError(faults)
    pairs, which = _tables(year, region)
    sectors = tuple(sorted({*supplier.labels, *user.labels}, key=natural))
    flows = _cube(table, supplier, user, which, flow, sectors, pairs, str(columns["flow"]))
    brought = None
    if imports is not None:
        brought = _cube(table, supplier, user, which, imports, sectors, pairs, str(spec.imports)).sum(axis=1)
        notes.append(f"'{spec.imports}' is what users bought from abroad; it is part of their costs, not of the flows.")
    accounts = _closed(_Flows(sectors, pairs, flows), brought, spec, base, data, only_under, notes, guessed)
    return accounts, guessed


def _column(
    table: Table, column: str, spec: EvidenceSpec, notes: list[str], faults: list[Fault]
) -> NDArray[np.float64]:
    cells = table.take(column)
    style = style_of([cells], spec.absent, spec.decimal, table.delimiter, table.name)
    notes.extend(one for one in style.notes if one not in notes)
    parsed = parse(cells, style)
    faults.extend(wrong_number(column, cells[k], table.place(int(k))) for k in parsed.wrong[:MOST_FAULTS])
    absent = {
        word: int((parsed.status == kind).sum())
        for kind, word in ((Status.SUPPRESSED, "suppressed"), (Status.MISSING, "missing"))
    }
    absent["missing"] -= len(parsed.wrong)
    for word, count in absent.items():
        if count > 0:
            row = int(
                np.flatnonzero(parsed.status == (Status.SUPPRESSED if word == "suppressed" else Status.MISSING))[0]
            )
            faults.append(
                Fault(
                    f"{count:,} cells of '{column}' are {word}; accounts need every flow.",
                    table.place(row),
                    cells[row] if cells.dtype == object else "",
                    "Estimate them (RAS) before, or leave out unlisted pairs: a pair that no row lists is 0.",
                )
            )
    return parsed.values


def _tables(year: Axis, region: Axis) -> tuple[tuple[tuple[str, str], ...], NDArray[np.int64]]:
    """The (year, region) tables in order, and which one each row belongs to."""
    order = {label: k for k, label in enumerate(Periods.of(year.labels).labels)}
    keys = year.codes * len(region.labels) + region.codes
    used, which = np.unique(keys, return_inverse=True)
    pairs = [(year.labels[k // len(region.labels)], region.labels[k % len(region.labels)]) for k in used]
    ranked = sorted(range(len(pairs)), key=lambda k: (order[pairs[k][0]], natural(pairs[k][1])))
    place = np.empty(len(pairs), np.int64)
    place[ranked] = np.arange(len(pairs))
    return tuple(pairs[k] for k in ranked), place[which]


def _cube(
    table: Table,
    supplier: Axis,
    user: Axis,
    which: NDArray[np.int64],
    flow: NDArray[np.float64],
    sectors: tuple[str, ...],
    pairs: tuple[tuple[str, str], ...],
    column: str,
) -> NDArray[np.float64]:
    place = {label: k for k, label in enumerate(sectors)}
    row = np.array([place[one] for one in supplier.labels], np.int64)[supplier.codes]
    col = np.array([place[one] for one in user.labels], np.int64)[user.codes]
    shape = (len(pairs), len(sectors), len(sectors))
    flat = np.ravel_multi_index((which, row, col), shape)
    distinct, first, often = np.unique(flat, return_index=True, return_counts=True)
    if (often > 1).any():
        faults = []
        for key, start in zip(distinct[often > 1][:MOST_FAULTS], first[often > 1], strict=False):
            again = int(np.flatnonzero(flat == key)[1])
            ends = f"{supplier.labels[supplier.codes[again]]} to {user.labels[user.codes[again]]}"
            label = f"{ends} {pairs[which[again]][0]}".strip()
            faults.append(
                Fault(
                    f"{label} is there already, in row {int(table.rows[start])}.",
                    table.place(again),
                    plain(float(flow[again])),
                    "Keep one, or name the column that tells them apart (year, region).",
                )
            )
        raise DataError(faults)
    cube = np.zeros(shape)
    cube.ravel()[flat] = flow
    return cube


def _closed(
    flows: _Flows,
    imports: NDArray[np.float64] | None,
    spec: EvidenceSpec,
    base: Path,
    data: Path | None,
    only_under: Path | None,
    notes: list[str],
    guessed: dict[str, str],
) -> Accounts:
    z = flows.flows
    vectors: dict[str, NDArray[np.float64]] = {}
    if spec.vectors is not None:
        said = Vectors(file=spec.vectors) if isinstance(spec.vectors, str) else spec.vectors
        vectors = _vectors(said, flows, spec, base, data, only_under, notes, guessed)
    sold, bought = z.sum(axis=2), z.sum(axis=1)
    if "gross_output" in vectors:
        output = vectors["gross_output"]
    elif "final_demand" in vectors:
        output = sold + vectors["final_demand"]
        notes.append("Gross output was not given: it is what was sold to sectors and to final demand.")
    else:
        raise DataError(
            "accounts need gross output or final demand.",
            f"evidence '{spec.file}'",
            do='Name a file of them: vectors = "...".',
        )
    final = vectors.get("final_demand")
    if final is None:
        final = output - sold
        notes.append("Final demand was not given: it is gross output less the flows to sectors.")
    added = vectors.get("value_added")
    if added is None:
        added = output - bought - (imports if imports is not None else 0.0)
        notes.append(
            "Value added was not given: it is gross output less all inputs"
            + (" and imports." if imports is not None else ".")
        )
    years, regions = tuple(one[0] for one in flows.tables), tuple(one[1] for one in flows.tables)
    accounts = Accounts(flows.sectors, years, regions, z, output, final, added, spec.unit or "", spec.prices or "")
    balance(accounts, notes)
    return Accounts(
        flows.sectors, years, regions, z, output, final, added, spec.unit or "", spec.prices or "", tuple(notes)
    )


def _vectors(
    said: Vectors,
    flows: _Flows,
    spec: EvidenceSpec,
    base: Path,
    data: Path | None,
    only_under: Path | None,
    notes: list[str],
    guessed: dict[str, str],
) -> dict[str, NDArray[np.float64]]:
    from .files import found, table_of

    path = found(said.file, base, data, only_under)
    table = table_of(path, path.name)
    said_columns = [
        (key, one) for key in ("gross_output", "value_added", "sector", "year", "region") if (one := getattr(said, key))
    ]
    require(
        table,
        [
            (f"vectors.{key}", one)
            for key, one in (*said_columns, *(("final_demand", one) for one in said.final_demand))
        ],
    )
    named: dict[str, tuple[str, ...]] = {}
    for key in CLOSING:
        columns = said.final_demand if key == "final_demand" else (getattr(said, key),) if getattr(said, key) else ()
        if columns:
            named[key] = columns
    if not named:
        folded = {column.casefold(): column for column in table.columns}
        for key in CLOSING:
            column = next((folded[one] for one in NAMES[key] if one in folded), None)
            if column:
                named[key] = (column,)
                guessed[f"vectors.{key}"] = column
    taken: list[str | None] = [column for few in named.values() for column in few]
    sector = said.sector or pick(table, ("sector", "ind", *INDUSTRY), taken)
    year = said.year or pick(table, PERIOD, [*taken, sector])
    region = said.region or (
        pick(table, REGION, [*taken, sector, year]) if any(one[1] for one in flows.tables) else None
    )
    if sector is None:
        raise DataError(
            "no column names the sector of the vectors.",
            table.name,
            ", ".join(table.columns[:12]),
            'Name it: vectors = { sector = "..." }.',
        )
    faults: list[Fault] = []
    which = axis_of(table, sector, spec.labels, faults, "sector")
    when = period_axis(table, year, faults)
    where = axis_of(table, region, {}, faults, "region")
    unknown = [one for one in which.labels if one and one not in flows.sectors]
    if unknown:
        notes.append(f"{len(unknown)} sectors of {table.name} are in no flow and left out: {', '.join(unknown[:6])}.")
    table_place = {one: k for k, one in enumerate(flows.tables)}
    sector_place = {one: k for k, one in enumerate(flows.sectors)}
    k_table = np.array([[table_place.get((y, r), -1) for r in where.labels] for y in when.labels], np.int64)[
        when.codes, where.codes
    ]
    k_sector = np.array([sector_place.get(one, -1) for one in which.labels], np.int64)[which.codes]
    used = (k_table >= 0) & (k_sector >= 0)
    found_vectors = {}
    for key, columns in named.items():
        numbers = np.sum([_column(table.only(used), column, spec, notes, faults) for column in columns], axis=0)
        if faults:
            continue
        array = np.full((len(flows.tables), len(flows.sectors)), np.nan)
        array[k_table[used], k_sector[used]] = numbers
        for k, j in np.argwhere(np.isnan(array))[:MOST_FAULTS]:
            label = " ".join(one for one in flows.tables[k] if one)
            faults.append(
                Fault(
                    f"{flows.sectors[j]} {label} has flows but no {key}.".replace("  ", " "),
                    table.name,
                    flows.sectors[j],
                    nearest(flows.sectors[j], which.labels),
                )
            )
        found_vectors[key] = array
    if faults:
        raise DataError(faults)
    return found_vectors
