"""The vectors that close accounts: gross output, final demand, value added and imports by sector, from their file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, Fault, nearest
from .accounts import CLOSING
from .columns import INDUSTRY, PERIOD, REGION, pick, require
from .flows import Labels, Shelf, labels_of, numbers_of, summed
from .long import MOST_FAULTS, Axis, period_axis
from .specification import EvidenceSpec, Vectors
from .table import Table

NAMES = {
    "gross_output": ("gross_output", "output", "total_output", "x"),
    "final_demand": ("final_demand", "final_use", "final_use_derived", "final", "f"),
    "value_added": ("value_added", "va", "gva", "v"),
    "imports": ("imports", "imported", "imported_inputs"),
}
SECTOR = ("sector", "ind", *INDUSTRY)
Found = dict[str, NDArray[np.float64]]


def read_vectors(
    sectors: tuple[str, ...],
    tables: tuple[tuple[str, str], ...],
    spec: EvidenceSpec,
    shelf: Shelf,
    notes: list[str],
    guessed: dict[str, str],
) -> Found:
    """Each vector that the file holds, shape (table, sector); sectors that `labels` makes one are added up."""
    assert spec.vectors is not None
    said = Vectors(file=spec.vectors) if isinstance(spec.vectors, str) else spec.vectors
    table = shelf.table(said.file)
    named = _named(said, table, guessed)
    taken: list[str | None] = [column for few in named.values() for column in few]
    sector = said.sector or pick(table, SECTOR, taken)
    if sector is None:
        do = 'Name it: vectors = { sector = "..." }.'
        raise DataError("no column names the sector of the vectors.", table.name, ", ".join(table.columns[:12]), do)
    year = said.year or pick(table, PERIOD, [*taken, sector])
    many = spec.from_region is not None
    region = said.region
    if region is None and (many or any(one[1] for one in tables)):
        region = pick(table, REGION, [*taken, sector, year])
    faults: list[Fault] = []
    labels = labels_of(table, sector, spec.labels, faults, "sector", region if many else None)
    when = period_axis(table, year, faults)
    where = labels_of(table, None if many else region, spec.labels, faults, "region")
    unknown = [one for one in labels.axis.labels if one and one not in sectors]
    if unknown:
        notes.append(f"{len(unknown)} sectors of {table.name} are in no flow and left out: {', '.join(unknown[:6])}.")
    return _arrays(table, named, labels, (when, where), sectors, tables, spec, notes, faults)


def _named(said: Vectors, table: Table, guessed: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """The columns of each vector: those that the study names, else those whose names say it."""
    keys = (*CLOSING, "imports")
    named: dict[str, tuple[str, ...]] = {}
    for key in keys:
        value = getattr(said, key)
        if value:
            named[key] = (value,) if isinstance(value, str) else tuple(value)
    asked = [(key, one) for key, few in named.items() for one in few]
    require(table, [*asked, ("sector", said.sector), ("year", said.year), ("region", said.region)])
    if not named:
        folded = {column.casefold(): column for column in table.columns}
        for key in keys:
            column = next((folded[one] for one in NAMES[key] if one in folded), None)
            if column:
                named[key] = (column,)
                guessed[f"vectors.{key}"] = column
    return named


def _arrays(
    table: Table,
    named: dict[str, tuple[str, ...]],
    labels: Labels,
    axes: tuple[Axis, Labels],
    sectors: tuple[str, ...],
    tables: tuple[tuple[str, str], ...],
    spec: EvidenceSpec,
    notes: list[str],
    faults: list[Fault],
) -> Found:
    when, where = axes
    place = {one: k for k, one in enumerate(tables)}
    of = np.array([[place.get((y, r), -1) for r in where.axis.labels] for y in when.labels], np.int64)
    k_table, k_sector = of[when.codes, where.axis.codes], labels.within(sectors)
    used = (k_table >= 0) & (k_sector >= 0)
    cut = table.only(used)
    places = (k_table[used], k_sector[used])
    raw = (k_table[used], labels.raw[used], where.raw[used])
    found: Found = {}
    for key, columns in named.items():
        numbers = np.sum([numbers_of(cut, column, spec, notes, faults) for column in columns], axis=0)
        if faults:
            continue

        def words(row: int, places: tuple[NDArray[np.int64], ...] = places) -> str:
            return f"{sectors[places[1][row]]} {' '.join(one for one in tables[places[0][row]] if one)}".strip()

        array = summed(cut, places, raw, numbers, (len(tables), len(sectors)), words)
        for k, j in np.argwhere(np.isnan(array))[:MOST_FAULTS].tolist():
            label = " ".join([sectors[j], *(one for one in tables[k] if one)])
            do = nearest(sectors[j], labels.axis.labels)
            faults.append(Fault(f"{label} has flows but no {key}.", table.name, sectors[j], do))
        found[key] = array
    if faults:
        raise DataError(faults)
    return found
