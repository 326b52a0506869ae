"""From raw tables to Accounts: flows between sectors and the vectors that close them, audited on the way in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, Fault, nearest
from .accounts import Accounts
from .balance import balance
from .columns import FLOW, FROM, PERIOD, REGION, TO, pick, require
from .flows import Labels, Shelf, labels_of, numbers_of, summed, tables_of
from .long import period_axis, unknown_labels
from .specification import EvidenceSpec, Half
from .table import Table
from .words import natural

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """Which column holds what; `year` and the regions may be none."""

    supplier: str
    user: str
    flow: str
    year: str | None
    region: str | None


@dataclass(frozen=True)
class Rows:
    """The rows of a table of flows with their labels: supplier, user and (year, region) table."""

    table: Table
    columns: Columns
    supplier: Labels
    user: Labels
    region: Labels
    tables: tuple[tuple[str, str], ...]
    which: NDArray[np.int64]

    def cube(self, numbers: Array, suppliers: tuple[str, ...], users: tuple[str, ...]) -> Array:
        """The numbers by table, supplier and user; a pair that no row lists is 0."""
        places = (self.which, self.supplier.within(suppliers), self.user.within(users))
        raw = (self.which, self.region.raw, self.supplier.raw, self.user.raw)
        shape = (len(self.tables), len(suppliers), len(users))

        def words(row: int) -> str:
            ends = f"{suppliers[places[1][row]]} to {users[places[2][row]]}"
            return f"{ends} {self.tables[self.which[row]][0]}".strip()

        return np.nan_to_num(summed(self.table, places, raw, numbers, shape, words))


def read_accounts(
    table: Table, spec: EvidenceSpec, name: str, base: Path, data: Path | None = None, only_under: Path | None = None
) -> tuple[Accounts, dict[str, str]]:
    """The input-output accounts of a table of flows and a file of vectors, or of a use and a make table.

    Flows that no row lists are zero; sectors that `labels` gives one name are added up. What the vectors lack follows
    from the flows: x = Z 1 + f, f = x - Z 1, v = x - column sums (- imports). The audit refuses coefficients with a
    spectral radius >= 1 and notes gaps in the balance, column sums >= 1 and sectors without output.
    """
    shelf = Shelf(base, data, only_under)
    guessed: dict[str, str] = {}
    notes = list(table.notes)
    if spec.make is not None:
        from .read_use_make import read_use_make

        accounts = read_use_make(table, spec, shelf, notes, guessed)
    else:
        accounts = _square(table, spec, shelf, notes, guessed)
    if spec.prices is not None and not isinstance(spec.prices, str):
        from .deflate import deflated

        accounts = deflated(accounts, spec, shelf, notes)
    balance(accounts, notes)
    return replace(accounts, notes=tuple(notes)), guessed


def columns_of(table: Table, spec: EvidenceSpec, guessed: dict[str, str]) -> Columns:
    """The columns that the study names and those whose names say it; DataError where from, to or flow is lacking."""
    named: dict[str, str | None] = {
        "from": spec.from_,
        "to": spec.to_sector,
        "flow": spec.flow,
        "year": spec.year,
        "region": spec.region,
    }
    column = spec.imports if isinstance(spec.imports, str) else None
    more = (("imports", column), ("from_region", spec.from_region), ("to_region", spec.to_region))
    require(table, (*named.items(), *more))
    taken = [*named.values(), *(column for _, column in more)]
    for key, names in (("from", FROM), ("to", TO), ("flow", FLOW), ("year", PERIOD), ("region", REGION)):
        if key == "region" and spec.from_region:
            continue
        if named[key] is None and (found := pick(table, names, taken)):
            if key == "region" and table.labels(found)[1] == ("",):
                continue  # a column of regions that is empty throughout says that there is one, without a name
            named[key] = guessed[key] = found
            taken.append(found)
    lacking = [key for key in ("from", "to", "flow") if named[key] is None]
    if lacking:
        got = ", ".join(table.columns[:12])
        raise DataError(Fault(f"no column is '{key}'.", table.name, got, f'Name it: {key} = "...".') for key in lacking)
    return Columns(str(named["from"]), str(named["to"]), str(named["flow"]), named["year"], named["region"])


def rows_of(table: Table, columns: Columns, spec: EvidenceSpec, faults: list[Fault], known: bool = True) -> Rows:
    """The rows of a table with their labels; `known` refuses a name in `labels` that no row holds."""
    if bool(spec.from_region) != bool(spec.to_region):
        lone = "from_region" if spec.from_region else "to_region"
        faults.append(Fault("'from_region' and 'to_region' come together.", table.name, lone, "Name both columns."))
    many = spec.from_region is not None and spec.to_region is not None
    supplier = labels_of(table, columns.supplier, spec.labels, faults, "from", spec.from_region if many else None)
    user = labels_of(table, columns.user, spec.labels, faults, "to", spec.to_region if many else None)
    region = labels_of(table, columns.region, spec.labels, faults, "region")
    if known:
        all_labels = (columns.supplier, columns.user, columns.region, spec.from_region, spec.to_region)
        faults += unknown_labels(table, all_labels, spec.labels)
    year = period_axis(table, columns.year, faults)
    if faults:
        raise DataError(faults)
    tables, which = tables_of(year, region.axis)
    return Rows(table, columns, supplier, user, region, tables, which)


def _square(table: Table, spec: EvidenceSpec, shelf: Shelf, notes: list[str], guessed: dict[str, str]) -> Accounts:
    faults: list[Fault] = []
    columns = columns_of(table, spec, guessed)
    flow = numbers_of(table, columns.flow, spec, notes, faults)
    abroad = spec.imports or _imports_beside(table, columns, guessed)
    brought = numbers_of(table, abroad, spec, notes, faults) if isinstance(abroad, str) else None
    rows = rows_of(table, columns, spec, faults)
    sectors = tuple(sorted({*rows.supplier.axis.labels, *rows.user.axis.labels}, key=natural))
    flows = rows.cube(flow, sectors, sectors)
    imports = None if brought is None else rows.cube(brought, sectors, sectors)
    if isinstance(spec.imports, Half):
        imports = _imports_apart(rows, sectors, spec, shelf, notes)
    vectors: dict[str, Array] = {}
    if spec.vectors is not None:
        from .read_vectors import read_vectors

        vectors = read_vectors(sectors, rows.tables, spec, shelf, notes, guessed)
    by_user = vectors.pop("imports", None)
    basis = spec.flows or ("domestic" if imports is not None or by_user is not None else "")
    if imports is None:
        imports = by_user
    if not basis:
        notes.append('It is not said whether the flows hold imports; say flows = "domestic" or flows = "total".')
    years, regions = (tuple(one[k] for one in rows.tables) for k in (0, 1))
    prices = spec.prices if isinstance(spec.prices, str) else ""
    output, final, added = _closed(flows, imports, basis, vectors, notes, table.name)
    return Accounts(sectors, years, regions, flows, output, final, added, spec.unit or "", prices, (), imports, basis)


def beside(said: str | Half | None, spec: EvidenceSpec, shelf: Shelf) -> Table:
    """The raw table that stands beside the first one: its rows that meet its own `where` and that of the evidence."""
    half = said if isinstance(said, Half) else Half(file=str(said))
    conditions = [f"({one})" for one in (spec.where, half.where) if one]
    return shelf.table(half.file, " AND ".join(conditions) or None)


def same_tables(one: Rows, other: Rows, first: str, second: str) -> None:
    """Refuse two tables that are not of the same years and regions."""
    if one.tables != other.tables:
        spans = (f"{rows.table.name} has {len(rows.tables)}, first {rows.tables[0]}" for rows in (one, other))
        what = f"the {first} and the {second} table are of other years or regions."
        raise DataError(what, other.table.name, "; ".join(spans), "Cut both to the same with where.")


def _imports_apart(rows: Rows, sectors: tuple[str, ...], spec: EvidenceSpec, shelf: Shelf, notes: list[str]) -> Array:
    """Imported flows from a file of their own, with the columns of the flows."""
    faults: list[Fault] = []
    table = beside(spec.imports, spec, shelf)
    other = rows_of(table, rows.columns, spec, faults, known=False)
    numbers = numbers_of(table, rows.columns.flow, spec, notes, faults)
    known = {*other.supplier.axis.labels, *other.user.axis.labels}
    faults += [
        Fault(f"imports are of a sector '{one}' that is in no flow.", table.name, one, nearest(one, sectors))
        for one in sorted(known - {*sectors}, key=natural)
    ]
    if faults:
        raise DataError(faults)
    same_tables(rows, other, "flow", "import")
    return other.cube(numbers, sectors, sectors)


def _imports_beside(table: Table, columns: Columns, guessed: dict[str, str]) -> str | None:
    """The column of imported flows beside a column called domestic."""
    if columns.flow.casefold() != "domestic":
        return None
    found = next((one for one in table.columns if one.casefold() in ("imported", "imports")), None)
    if found:
        guessed["imports"] = found
    return found


def _closed(
    flows: Array, imports: Array | None, basis: str, vectors: dict[str, Array], notes: list[str], where: str
) -> tuple[Array, Array, Array]:
    """Gross output, final demand and value added: as given, else from the flows (said in a note)."""
    sold, bought = flows.sum(axis=2), flows.sum(axis=1)
    final = vectors.get("final_demand")
    if "gross_output" in vectors:
        output = vectors["gross_output"]
    elif final is not None:
        output = sold + final
        notes.append("Gross output was not given: it is what was sold to sectors and to final demand.")
    else:
        do = 'Name a file of them: vectors = "...".'
        raise DataError("accounts need gross output or final demand.", where, "neither", do)
    if final is None:
        final = output - sold
        notes.append("Final demand was not given: it is gross output less the flows to sectors.")
    added = vectors.get("value_added")
    if added is None:
        brought: Array | float = 0.0
        if imports is not None and basis == "domestic":
            brought = imports.sum(axis=1) if imports.ndim == 3 else imports
        added = output - bought - brought
        notes.append(
            "Value added was not given: it is gross output less all inputs"
            + (" and imports." if np.any(brought) else ".")
        )
    return output, final, added
