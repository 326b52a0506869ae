"""Excel sheets and Stata files as raw tables: dates stay dates, labels text; formulas without a value are refused."""

from __future__ import annotations

import datetime
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError, Fault, nearest
from .delimited import check_header
from .table import Cells, Table

MOST_BYTES = 2_000_000_000


def workbook(path: Path, name: str, sheet: str | int | None = None) -> Table:
    """The table on a sheet of an Excel workbook (the first, or by name, or by number counted from 1).

    Rows are those that Excel shows. Raises DataError for a damaged file, an unknown sheet, an empty sheet, and
    for formulas whose value was never stored.
    """
    import openpyxl

    _weigh(path, name)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise DataError(
            "this Excel file cannot be read: it is truncated or damaged.",
            name,
            str(error)[:120],
            "Save it again from Excel.",
        ) from None
    try:
        chosen = _sheet(book, sheet, name)
        records = [tuple(row) for row in book[chosen].iter_rows(values_only=True)]
    finally:
        book.close()
    place = name if len(book.sheetnames) == 1 and sheet is None else f"{name}, sheet '{chosen}'"
    table = _from_records(records, place)
    notes = []
    if sheet is None and len(book.sheetnames) > 1:
        others = ", ".join(one for one in book.sheetnames if one != chosen)
        notes.append(f"The sheet '{chosen}' was read; there are also: {others} (key sheet).")
    _refuse_formulas(path, chosen, table, place)
    return table.noting(*notes)


def _weigh(path: Path, name: str) -> None:
    """Refuses workbooks that unpack to absurd sizes."""
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(one.file_size for one in packed.infolist())
    except zipfile.BadZipFile as error:
        raise DataError(
            "this Excel file cannot be read: it is truncated or damaged.", name, str(error), "Save it again from Excel."
        ) from None
    packed_size = path.stat().st_size
    if size > MOST_BYTES or (size > 200_000_000 and size > 300 * packed_size):
        raise DataError(
            "the workbook unpacks to far more than data would.",
            name,
            f"{size:,} bytes from {packed_size:,}",
            "Export the sheet as CSV.",
        )


def _sheet(book: Any, sheet: str | int | None, name: str) -> str:
    names = [str(one) for one in book.sheetnames]
    if sheet is None:
        return names[0]
    if isinstance(sheet, int):
        if not 1 <= sheet <= len(names):
            raise DataError(f"there is no sheet {sheet}.", name, sheet, f"Count from 1 to {len(names)}, or name it.")
        return names[sheet - 1]
    if sheet not in names:
        raise DataError(f"there is no sheet '{sheet}'.", name, sheet, nearest(sheet, names))
    return sheet


def _from_records(records: list[tuple[Any, ...]], place: str) -> Table:
    filled = [k for k, record in enumerate(records) if any(_text(cell) for cell in record)]
    if not filled:
        raise DataError("the sheet is empty.", place, f"{len(records)} rows", "Choose another with the key sheet.")
    first = next((k for k in filled if sum(1 for cell in records[k] if _text(cell)) > 1), filled[0])
    above = [k for k in filled if k < first]
    header = [_text(cell) or "" for cell in records[first]]
    while header and not header[-1]:
        header.pop()
    check_header(header, place, first + 1)
    body = [k for k in filled if k > first]
    footnotes: list[int] = []
    while body and len(header) > 1 and not any(_text(cell) for cell in records[body[-1]][1 : len(header)]):
        footnotes.insert(0, body.pop())
    if not body:
        raise DataError(
            "there is a header but no row below it.",
            f"{place}, row {first + 1}",
            ", ".join(header[:6]),
            "Export the data again.",
        )
    cells: dict[str, Cells] = {}
    for column, title in enumerate(header):
        texts = [_text(records[k][column]) if column < len(records[k]) else None for k in body]
        if title or any(texts):
            cells[title] = np.array(texts, object)
    notes = []
    if above:
        notes.append(
            f"{len(above)} rows above the header left out: {_text(next(c for c in records[above[0]] if _text(c)))}"
        )
    blank = body[-1] - first - len(body)
    if blank:
        notes.append(f"{blank} blank rows left out.")
    if footnotes:
        words = "; ".join(str(_text(records[k][0]))[:60] for k in footnotes[:3])
        notes.append(f"{len(footnotes)} footnote rows below the table left out: {words}")
    return Table.of(place, cells, np.array(body, np.int64) + 1, types=dict.fromkeys(cells, "text"), notes=tuple(notes))


def _text(cell: Any) -> str | None:
    """A cell as text that gives the same number or period back: dates as 2006-01-31, whole numbers without a point."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ")
    return str(cell).strip() or None


def _refuse_formulas(path: Path, sheet: str, table: Table, place: str) -> None:
    empty = {
        column: {int(table.rows[k]) for k in np.flatnonzero([one is None for one in table.take(column)])}
        for column in table.columns
    }
    if not any(empty.values()):
        return
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=False)
    faults = []
    try:
        wanted = set().union(*empty.values())
        for row, record in enumerate(book[sheet].iter_rows(values_only=True), start=1):
            if row in wanted:
                for column, cell in zip(table.columns, record, strict=False):
                    if isinstance(cell, str) and cell.startswith("=") and row in empty.get(column, ()):
                        do = "Open the file in Excel and save it, or paste values."
                        faults.append(
                            Fault(
                                f"'{column}' is a formula whose value was never stored.",
                                f"{place}, row {row}",
                                cell,
                                do,
                            )
                        )
    finally:
        book.close()
    if faults:
        raise DataError(faults)


def stata(path: Path, name: str) -> Table:
    """The table in a Stata file. Value labels become text; extended missing values stay marks ".a" to ".z"."""
    import pandas as pd
    from pandas.io.stata import StataMissingValue

    try:
        frame = pd.read_stata(path, convert_missing=True, convert_categoricals=True, convert_dates=True)
    except (ValueError, KeyError, EOFError, OSError, IndexError, struct.error) as error:
        raise DataError(
            "this Stata file cannot be read: it is truncated or damaged.",
            name,
            str(error)[:120],
            "Save it again from Stata.",
        ) from None
    if not len(frame):
        raise DataError(
            "the file has columns but no row.", name, ", ".join(map(str, frame.columns[:6])), "Save the data again."
        )

    def text(cell: Any) -> str | None:
        if isinstance(cell, StataMissingValue):
            return None if str(cell) == "." else str(cell)
        if isinstance(cell, pd.Timestamp):
            return str(cell.date().isoformat())
        if cell is None or cell is pd.NaT or (isinstance(cell, float | np.floating) and np.isnan(cell)):
            return None
        return _text(cell.item() if isinstance(cell, np.generic) else cell)

    cells: dict[str, Cells] = {}
    types: dict[str, str] = {}
    for column in map(str, frame.columns):
        series = frame[column]
        if pd.api.types.is_numeric_dtype(series.dtype):
            cells[column], types[column] = _numbers(series), "number"
        else:
            cells[column], types[column] = np.array([text(one) for one in series], object), "text"
    return Table.of(name, cells, np.arange(1, len(frame) + 1), types=types)


def _numbers(series: Any) -> Cells:
    """Stata's numbers in float64; single precision in the shortest decimals that give the same number back."""
    array = np.asarray(series)
    if array.dtype == np.float32:
        return np.array([float(str(one)) for one in array], np.float64)
    return array.astype(np.float64)
