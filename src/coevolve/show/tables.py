"""A Table as a frame and as a file: CSV, Parquet, and what the other files of this room make of it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..inquiry.finding import Table
from .latex import latex
from .terminal import table_text, terminal
from .whole import atomically
from .workbook import workbook

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "csv_text",
    "defused",
    "frame",
    "latex",
    "read_parquet",
    "table_text",
    "terminal",
    "workbook",
    "write_csv",
    "write_parquet",
]

ABSENCES: Mapping[int, str] = {0: "", 1: "missing", 2: "suppressed", 3: "not applicable", 4: "absent"}
WHY = "_absent"
"""A column `x` with absences has, in files and frames, a text column `x_absent` beside it that says why."""


def frame(table: Table) -> pd.DataFrame:
    """The table as a pandas frame; `x_absent` beside a column `x` says why a number is not there."""
    import pandas as pd

    return pd.DataFrame({name: values.copy() for name, values in _file_columns(table).items()})


def defused(text: str) -> str:
    """A text cell that a spreadsheet would take for a formula gets an apostrophe in front.

    Formulas begin with = + - @ or with a tab or line break; a text that is a number stays as it is.

    >>> defused("=1+1"), defused("-0.5"), defused("steel")
    ("'=1+1", '-0.5', 'steel')
    """
    if not text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return text
    try:
        float(text)
    except ValueError:
        return "'" + text
    return text


def csv_text(table: Table) -> str:
    """The table as CSV with all digits: comma, line feed, an empty cell for no number, formula cells defused.

    >>> print(csv_text(Table("t", {"place": ["Hubei", "=1"], "share": [0.1, float("nan")]})), end="")
    place,share
    Hubei,0.1
    '=1,
    """
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    columns = _file_columns(table)
    writer.writerow([defused(name) for name in columns])
    writer.writerows(zip(*(_csv_cells(values) for values in columns.values()), strict=True))
    return made.getvalue()


def write_csv(table: Table, path: Path) -> None:
    """Write the table as CSV (`csv_text`), whole or not at all."""
    atomically(path, lambda part: part.write_text(csv_text(table), encoding="utf-8", newline=""))


def write_parquet(table: Table, path: Path) -> None:
    """Write the table as Parquet, whole or not at all; no number is NULL. The same table gives the same bytes."""
    import duckdb

    columns = list(_file_columns(table).items())
    given = {f"c{place}": values.copy() for place, (_, values) in enumerate(columns)}
    chosen = ", ".join(_sql_column(place, name, values) for place, (name, values) in enumerate(columns))

    def write(part: Path) -> None:
        with duckdb.connect(config={"threads": 1}) as database:
            database.register("given", given)
            target = str(part).replace("'", "''")
            database.execute(f"COPY (SELECT {chosen} FROM given) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")

    atomically(path, write)


def read_parquet(path: Path, head: Mapping[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of a table that `write_parquet` wrote, as `table_from` takes them; `head` is its description."""
    import duckdb

    with duckdb.connect(config={"threads": 1}) as database:
        found = database.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchnumpy()
    codes = {words: code for code, words in ABSENCES.items()}
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for name, kind in head["columns"].items():
        arrays[f"column.{name}"] = _read_column(found[name], kind)
        why = found.get(name + WHY) if name + WHY not in head["columns"] else None
        if why is not None:
            arrays[f"absent.{name}"] = np.array([codes.get(str(words), 0) for words in why.tolist()], np.uint8)
    return arrays


def _file_columns(table: Table) -> dict[str, np.ndarray[Any, Any]]:
    """The columns of the table's files: its own, and beside those with absences the words for them."""
    columns: dict[str, np.ndarray[Any, Any]] = {}
    for name, values in table.columns.items():
        columns[name] = values
        codes = table.absent.get(name)
        if codes is not None and name + WHY not in table.columns:
            columns[name + WHY] = np.array([ABSENCES.get(int(code), "") for code in codes], dtype=object)
    return columns


def _csv_cells(values: np.ndarray[Any, Any]) -> list[str]:
    if values.dtype.kind == "f":
        return ["" if math.isnan(value) else repr(value) for value in values.tolist()]
    if values.dtype.kind == "b":
        return ["true" if value else "false" for value in values.tolist()]
    if values.dtype.kind == "O":
        return [defused(str(value)).replace("\r\n", "\n").replace("\r", "\n") for value in values.tolist()]
    return [str(value) for value in values.tolist()]


def _sql_column(place: int, name: str, values: np.ndarray[Any, Any]) -> str:
    column = f"c{place}"
    made = f"CASE WHEN isnan({column}) THEN NULL ELSE {column} END" if values.dtype.kind == "f" else column
    return f'{made} AS "{name.replace(chr(34), chr(34) * 2)}"'


def _read_column(values: Any, kind: str) -> np.ndarray[Any, Any]:
    if kind == "number":
        return np.asarray(np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan))
    if kind == "integer":
        return np.asarray(values, dtype=np.int64)
    if kind == "yes or no":
        return np.asarray(values, dtype=np.bool_)
    return np.array([str(value) for value in np.asarray(values, dtype=object).tolist()], dtype=object)
