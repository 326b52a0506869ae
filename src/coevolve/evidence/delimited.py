"""Text files with delimiters: any encoding and delimiter, blank lines, footnotes, quoted line ends; rows stay right."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import DataError, Fault
from .table import Cells, Table

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MOST_COLUMNS = 20_000
LONGEST_CELL = 1_000_000
LARGE = 2_000_000  # characters from which DuckDB parses the file, when its rows are plain lines


def delimited(data: bytes, name: str, path: Path | None = None) -> Table:
    """The table in a text file. Raises DataError for empty files, double columns and ragged rows.

    Encoding (UTF-8, UTF-16 with or without mark, Latin-1) and delimiter (comma, semicolon, tab, bar) are found and
    noted when they are not UTF-8 and comma. `path` lets large plain files be parsed where they lie.
    """
    text, notes = decoded(data, name)
    if not text.strip():
        raise DataError("the file is empty.", name, f"{len(data)} bytes", "Export it again.")
    delimiter = delimiter_of(text, name)
    if delimiter != ",":
        notes.append(f"The columns are parted by {DELIMITERS[delimiter]}.")
    if path is not None and len(text) > LARGE and not notes_encoding(notes) and _plain_lines(data, delimiter):
        table = _by_duckdb(path, name, delimiter, notes, _lines(data))
        if table is not None:
            return table
    return _by_records(text, name, delimiter, notes)


def notes_encoding(notes: list[str]) -> bool:
    """Whether a note says that the file is not plain UTF-8."""
    return any("encoded" in note for note in notes)


def decoded(data: bytes, name: str) -> tuple[str, list[str]]:
    """The text in these bytes and what is to be said about its encoding."""
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "strict"), ["The file begins with a byte-order mark, which was left out."]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _utf16(data, "utf-16", name), ["The file is encoded in UTF-16."]
    head = data[:4000]
    if head.count(0) > len(head) // 4:
        order = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
        return _utf16(data, order, name), ["The file is encoded in UTF-16 (without a byte-order mark)."]
    if b"\x00" in data:
        raise DataError(
            "this is not a text file: it holds zero bytes.",
            name,
            do="Export it as CSV, or give it the ending of its format.",
        )
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        try:
            return data.decode("cp1252"), ["The file is not UTF-8; it was read as encoded in Latin-1 (Windows-1252)."]
        except UnicodeDecodeError:
            return data.decode("latin-1"), ["The file is not UTF-8; it was read as encoded in Latin-1."]


def _utf16(data: bytes, order: str, name: str) -> str:
    try:
        return data.decode(order).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise DataError("this is not a text file.", name, str(error.reason), "Export it as CSV in UTF-8.") from None


def delimiter_of(text: str, name: str) -> str:
    """The delimiter that gives the most even columns over the first rows; a comma when there is one column only."""
    said = re.match(r"sep=([,;|\t])\s*$", text[:20], re.IGNORECASE | re.MULTILINE)
    if said:
        return said[1]
    head = _head(text)
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter) if row]
        if not widths:
            continue
        width, often = Counter(widths).most_common(1)[0]
        if width > 1 and (often / len(widths), width) > best_score:
            best, best_score = delimiter, (often / len(widths), width)
    return best


def _head(text: str) -> str:
    lines = text[:200_000].splitlines(keepends=True)
    if len(text) > 200_000 and len(lines) > 1:
        lines = lines[:-1]
    head = "".join(lines[:200])
    return head if head.count('"') % 2 == 0 else head + '"'


def _by_records(text: str, name: str, delimiter: str, notes: list[str]) -> Table:
    records = _records(text, name, delimiter)
    rows = np.arange(1, len(records) + 1)
    keep = [k for k, record in enumerate(records) if any(cell.strip() for cell in record)]
    if not keep:
        raise DataError(
            "the file is empty: it holds delimiters only.", name, f"{len(records)} lines", "Export it again."
        )
    first = _header_place([records[k] for k in keep])
    if first:
        notes.append(f"{first} line{'s' if first > 1 else ''} above the header left out: {records[keep[0]][0][:60]}")
    header, body = records[keep[first]], keep[first + 1 :]
    check_header(header, name, int(rows[keep[first]]))
    blank = len(records) - keep[first] - (len(keep) - first)
    if blank:
        notes.append(f"{blank} blank line{'s' if blank > 1 else ''} left out.")
    body, footnotes = _without_footnotes(records, body, len(header))
    if footnotes:
        words = "; ".join(" ".join(records[k]).strip()[:60] for k in footnotes[:3])
        notes.append(
            f"{len(footnotes)} footnote line{'s' if len(footnotes) > 1 else ''} below the table left out: {words}"
        )
    if not body:
        raise DataError(
            "there is a header but no row below it.",
            f"{name}, row {int(rows[keep[first]])}",
            ", ".join(header[:6]),
            "Export the data again.",
        )
    ragged = [
        k for k in body if len(records[k]) != len(header) and any(cell.strip() for cell in records[k][len(header) :])
    ]
    short = [k for k in body if len(records[k]) < len(header)]
    if ragged or short:
        raise DataError(
            Fault(
                "the row has another number of cells than the header.",
                f"{name}, row {int(rows[k])}",
                f"{len(records[k])} cells under {len(header)} columns",
                "Quote cells that hold the delimiter, or mend the row.",
            )
            for k in sorted({*ragged, *short})
        )
    columns = [one.strip() for one in header]
    cells: dict[str, Cells] = {}
    for place, column in enumerate(columns):
        cells[column] = np.array([records[k][place] or None for k in body], object)
    cells = _parted(cells, notes)
    types = dict.fromkeys(cells, "text")
    return Table.of(name, cells, rows[body], types=types, notes=tuple(notes), delimiter=delimiter)


def _parted(cells: dict[str, Cells], notes: list[str]) -> dict[str, Cells]:
    """Eurostat's bulk files write several columns in the first one ("nace_r2,geo\\TIME_PERIOD"): parted here."""
    first = next(iter(cells))
    inner, mark, over = first.partition("\\")
    names = [one.strip() for one in inner.split(",")]
    if not mark or over.strip().casefold() not in ("time_period", "time") or len(names) < 2:
        return cells
    parts = [("" if one is None else str(one)).split(",") for one in cells[first]]
    if any(len(one) != len(names) for one in parts):
        return cells
    notes.append(f"The first column was parted into {', '.join(names)} (Eurostat's bulk layout).")
    split = {name: np.array([one[k].strip() or None for one in parts], object) for k, name in enumerate(names)}
    return {**split, **{column: found for column, found in cells.items() if column != first}}


def _records(text: str, name: str, delimiter: str) -> list[list[str]]:
    """The rows of the text, blank ones included, so that places count as a spreadsheet counts."""
    limit = csv.field_size_limit(LONGEST_CELL)
    try:
        if text.count('"') % 2:
            _refuse_open_quote(text, name, delimiter)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise DataError("a row cannot be read.", name, str(error), "Look for a quote that is not closed.") from None
    finally:
        csv.field_size_limit(limit)


def _refuse_open_quote(text: str, name: str, delimiter: str) -> None:
    """Refuses a text whose last quote is never closed, naming the row in which it opens."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row = 0
    try:
        for row, _ in enumerate(reader, start=1):  # noqa: B007  the row is told after the loop has failed
            pass
    except csv.Error as error:
        if "unexpected end" in str(error):
            where = f"{name}, row {row + 1}"
            raise DataError(
                "a quote is opened here and never closed.", where, str(error), "Close it, or double it."
            ) from None


def _header_place(records: list[list[str]]) -> int:
    """The place of the header: the first record nearly as wide as most of the table (titles above are narrower)."""
    widths = Counter(len(record) for record in records[:200])
    if records and len(records[0]) <= 2 and records[0][0].strip().casefold().startswith("sep="):
        return 1 + _header_place(records[1:])
    width = max(widths, key=lambda one: (widths[one], one))
    if width < 2:
        return 0
    return next((k for k, record in enumerate(records[:20]) if len(record) >= max(width - 1, 2)), 0)


def check_header(header: list[str], name: str, row: int) -> None:
    """Refuses headers with empty, double or far too many names."""
    columns = [one.strip() for one in header]
    if len(columns) > MOST_COLUMNS:
        raise DataError(
            f"the header has more than {MOST_COLUMNS} columns.",
            f"{name}, row {row}",
            len(columns),
            "Is the table turned on its side?",
        )
    double = [one for one, often in Counter(columns).items() if often > 1 and one]
    if double:
        raise DataError(
            Fault(
                "two columns have one name.",
                f"{name}, row {row}",
                one,
                f"Rename one of columns {', '.join(str(k + 1) for k, other in enumerate(columns) if other == one)}.",
            )
            for one in double
        )
    if columns.count("") > 1:
        raise DataError("columns without a name.", f"{name}, row {row}", columns.count(""), "Name every column.")


def _without_footnotes(records: list[list[str]], body: list[int], width: int) -> tuple[list[int], list[int]]:
    """Footnotes are rows at the end with words in the first cell alone, or short rows below a blank line."""
    kept = list(body)
    notes: list[int] = []
    if width > 1 and (below := _below_blank(records, body, width)):
        kept, notes = body[: -len(below)], below
    while kept and width > 1 and not any(cell.strip() for cell in records[kept[-1]][1:width]):
        notes.insert(0, kept.pop())
    while kept and width > 2 and len(records[kept[-1]]) < width and not any(map(_is_number, records[kept[-1]][1:])):
        notes.insert(0, kept.pop())
    return kept, notes


def _below_blank(records: list[list[str]], body: list[int], width: int) -> list[int]:
    """The rows below the first blank line after which every row is shorter than the header."""
    last = next((k for k in range(len(body) - 1, -1, -1) if len(records[body[k]]) >= width), -1)
    breaks = [k for k in range(last + 1, len(body)) if k and body[k] - body[k - 1] > 1]
    return body[breaks[0] :] if breaks else []


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _plain_lines(data: bytes, delimiter: str) -> bool:
    """Whether every line is one row: no line end inside quotes, no blank line, no line short of cells."""
    letters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(letters == 10)
    if not len(ends):
        return False
    quotes = np.flatnonzero(letters == 34)
    if len(quotes) and (np.bincount(np.searchsorted(ends, quotes)) % 2).any():
        return False
    parts = np.bincount(np.searchsorted(ends, np.flatnonzero(letters == ord(delimiter))), minlength=len(ends))
    lines = len(ends) if letters[-1] == 10 else len(ends) + 1
    if len(parts) < lines:
        return False
    return bool((parts[:lines] >= parts[0]).all() if len(quotes) else (parts[:lines] == parts[0]).all())


def _lines(data: bytes) -> int:
    return data.count(b"\n") + (0 if data.endswith(b"\n") else 1)


def _by_duckdb(path: Path, name: str, delimiter: str, notes: list[str], lines: int) -> Table | None:
    """The same table parsed by DuckDB, or none where it does not find one row a line (then the slow way explains)."""
    import duckdb

    from .database import connection, held

    link = connection()
    options = "delim = ?, quote = '\"', escape = '\"', header = false, all_varchar = true, auto_detect = false"
    try:
        columns, end = _columns(path, delimiter)
        held_sql = f"SELECT * FROM read_csv(?, {options}, new_line = '{end}', columns = {columns})"
        link.execute(f"CREATE TABLE held AS {held_sql}", [str(path), delimiter])
    except duckdb.Error:
        return None
    first = link.execute("SELECT * FROM held LIMIT 1").fetchone()
    count = link.execute("SELECT count(*) FROM held").fetchone()
    if first is None or count is None or count[0] != lines:
        return None
    header = [str(one or "").removeprefix("\ufeff").strip() for one in first]
    check_header(header, name, 1)
    table = held(link, name, [f"c{k}" for k in range(len(header))], header, skip=1)
    last = [table.take(column)[-1] for column in header]
    if not any(last[1:]):
        return None
    return replace(table, notes=tuple(notes), delimiter=delimiter, types=dict.fromkeys(header, "text"))


def _columns(path: Path, delimiter: str) -> tuple[str, str]:
    """The columns as DuckDB is told them (c0, c1, ... all text), and the line end as it is written there."""
    import gzip

    with gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb") as file:
        line = file.readline().decode("utf-8-sig")
    width = len(next(csv.reader([line], delimiter=delimiter)))
    columns = ", ".join(f"'c{k}': 'VARCHAR'" for k in range(width))
    return f"{{{columns}}}", "\\r\\n" if line.endswith("\r\n") else "\\n"
