"""All tables of a record as one Excel workbook."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import DataError
from ..inquiry.finding import Finding, Table
from ..inquiry.record import Record

ROWS = 1_048_575
"""The rows that a sheet holds below its heading."""


def workbook(shown: Record | Finding, path: Path) -> None:
    """Write every table as a sheet, after a first sheet that says what each one holds.

    Numbers keep the 15 digits that Excel has; a text is always text, never a formula. Raises DataError for a table
    longer than a sheet.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    listed = list(_sheets(shown))
    contents = book.create_sheet("contents")
    contents.append(["sheet", "ask", "table", "rows", "what one row is", "units"])
    for title, ask, table in listed:
        units = "; ".join(f"{name}: {unit}" for name, unit in table.units.items() if unit)
        contents.append(
            [_text(contents, one) for one in (title, ask, table.name)]
            + [len(table)]
            + [_text(contents, one) for one in (table.caption, units)]
        )
    for title, _, table in listed:
        _fill(book.create_sheet(title), table)
    book.save(path)


def _sheets(shown: Record | Finding) -> Iterator[tuple[str, str, Table]]:
    taken = {"contents"}
    findings = [(a.name, a.finding) for a in shown] if isinstance(shown, Record) else [("", shown)]
    for ask, finding in findings:
        for table in finding.tables:
            title = _title(f"{ask} {table.name}".strip(), taken)
            taken.add(title.casefold())
            yield title, ask, table


def _title(wanted: str, taken: set[str]) -> str:
    """A sheet's name: at most 31 characters, none of []:*?/\\ in it, each once."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", wanted)[:31] or "table"
    title, number = plain, 2
    while title.casefold() in taken:
        ending = f" {number}"
        title, number = plain[: 31 - len(ending)] + ending, number + 1
    return title


def _fill(sheet: Any, table: Table) -> None:
    if len(table) > ROWS:
        raise DataError(
            f"table '{table.name}' is longer than an Excel sheet.", got=len(table), do="Take its Parquet or CSV file."
        )
    from .tables import frame

    sheet.freeze_panes = "A2"
    given = frame(table)
    sheet.append([_text(sheet, str(name)) for name in given.columns])
    for row in zip(*(given[name].tolist() for name in given.columns), strict=True):
        sheet.append([_value(sheet, value) for value in row])


def _value(sheet: Any, value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, bool | int) else _text(sheet, str(value))


def _text(sheet: Any, text: str) -> Any:
    """A cell that holds text even where it begins with an equals sign."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    made = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub(" ", text)[:32_767])
    made.data_type = "s"
    return made
