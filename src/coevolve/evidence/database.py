"""Tables through DuckDB: Parquet, a query of the user's, and the condition `where`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .table import Cells, Table

DATA_PATH = re.compile(r"'data:([^']+)'")


def connection(search: Path | None = None) -> Any:
    """A private DuckDB in memory that loads no extension by itself; relative paths are looked for under `search`."""
    import duckdb

    link = duckdb.connect(
        ":memory:", config={"autoinstall_known_extensions": "false", "python_enable_replacements": "false"}
    )
    link.execute("SET preserve_insertion_order = true")
    if search is not None:
        link.execute("SET file_search_path = '" + str(search).replace("'", "''") + "'")
    return link


def held(link: Any, name: str, stored: Sequence[str], columns: Sequence[str], skip: int = 0) -> Table:
    """The DuckDB table `held` as a Table; the cells of a column are fetched when somebody asks for them."""
    kinds = {row[0]: str(row[1]) for row in link.execute("DESCRIBE held").fetchall()}
    inner = dict(zip(columns, stored, strict=True))
    count = link.execute("SELECT count(*) FROM held").fetchone()[0]

    def take(column: str) -> Cells:
        quoted = _quoted(inner[column])
        kind = kinds[inner[column]]
        if _type(kind) == "number":
            found = link.execute(f"SELECT CAST({quoted} AS DOUBLE) AS cell FROM held").fetchnumpy()["cell"]
            return np.ma.filled(np.ma.asarray(found, float), np.nan)[skip:].astype(np.float64)
        found = link.execute(f"SELECT CAST({quoted} AS VARCHAR) AS cell FROM held").fetchnumpy()["cell"]
        texts = np.ma.asarray(found)
        cells = np.array(texts.data, object)
        cells[np.ma.getmaskarray(texts)] = None
        return cells[skip:]

    rows = np.arange(1, count + 1)[skip:]
    types = {column: _type(kinds[inner[column]]) for column in columns}
    return Table(name, tuple(columns), rows, take, types)


def parquet(path: Path, name: str) -> Table:
    """The table in a Parquet file. Raises DataError when the file is truncated or no Parquet."""
    import duckdb

    link = connection()
    try:
        link.execute("CREATE TABLE held AS SELECT * FROM read_parquet(?)", [str(path)])
    except duckdb.Error as error:
        raise DataError(
            "this Parquet file cannot be read: it is truncated or damaged.",
            name,
            _first_line(error),
            "Copy or export it again.",
        ) from None
    columns = [row[0] for row in link.execute("DESCRIBE held").fetchall()]
    table = held(link, name, columns, columns)
    if not len(table):
        raise DataError("the file has columns but no row.", name, ", ".join(columns[:6]), "Export the data again.")
    return table


def query(sql: str, name: str, base: Path, only_under: Path | None = None, data: Path | None = None) -> Table:
    """The result of a SELECT; paths are relative to `base`, 'data:...' lies under `data`. Raises DataError for any
    other statement.

    With `only_under` the query reads files of that folder alone.
    """
    import duckdb

    sql = _under_data(sql, name, data)
    link = connection(base)
    try:
        statements = link.extract_statements(sql)
    except duckdb.Error as error:
        raise DataError(
            "the query is not SQL that DuckDB knows.", f"{name}, query", _first_line(error), "Mend the query."
        ) from None
    kinds = [str(one.type).rpartition(".")[2].upper() for one in statements]
    if kinds not in (["SELECT"], ["SELECT_STATEMENT"]):
        got = sql.strip()[:60] if len(kinds) == 1 else f"{len(kinds)} statements"
        raise DataError("a query is one SELECT.", f"{name}, query", got, 'Write query = "SELECT ... FROM ...".')
    if only_under is not None:
        link.execute("SET allowed_directories = ['" + str(only_under.resolve()).replace("'", "''") + "']")
        link.execute("SET enable_external_access = false")
    try:
        link.execute("CREATE TABLE held AS " + sql.strip().rstrip(";"))
    except duckdb.Error as error:
        raise DataError(
            "the query cannot be run.",
            f"{name}, query",
            _first_line(error),
            "Mend the query; paths are relative to the study.",
        ) from None
    columns = [row[0] for row in link.execute("DESCRIBE held").fetchall()]
    table = held(link, name, columns, columns)
    if not len(table):
        raise DataError("the query gives no row.", f"{name}, query", sql.strip()[:60], "Loosen its condition.")
    return table


def _under_data(sql: str, name: str, data: Path | None) -> str:
    """The query with every path 'data:...' written out."""
    if not DATA_PATH.search(sql):
        return sql
    if data is None:
        got = DATA_PATH.findall(sql)[0]
        raise DataError(
            "the folder of 'data:' is not known.", f"{name}, query", got, "Give --data DIR, or set COEVOLVE_DATA."
        )
    folder = str(data.resolve()).replace("'", "''")
    return DATA_PATH.sub(lambda found: f"'{folder}/{found[1]}'", sql)


def where(table: Table, condition: str) -> Table:
    """The rows of a table that meet an SQL condition. Text columns compare as text, or as numbers with numbers."""
    import duckdb

    place = f"{table.name}, where"
    used = [column for column in table.columns if column.casefold() in condition.casefold()]
    found, trouble = None, ""
    for as_numbers in (True, False):
        try:
            found = _rows_where(table, used, condition, as_numbers)
            break
        except duckdb.Error as error:
            trouble = trouble or _first_line(error)
    if found is None:
        columns = ", ".join(table.columns[:12])
        raise DataError(
            f"the condition cannot be asked of this table: {trouble}", place, condition, f"Its columns are: {columns}."
        )
    mask = np.zeros(len(table), bool)
    mask[found] = True
    if not mask.any():
        raise DataError("no row meets the condition.", place, condition, "Loosen it, and quote text: state = 'Ohio'.")
    left = int(mask.sum())
    return table.only(mask).noting(f"where {condition}: {left:,} of {len(mask):,} rows are read.")


def _rows_where(table: Table, used: Sequence[str], condition: str, as_numbers: bool) -> NDArray[np.int64]:
    """The places of the rows that meet a condition, asked of a copy that can reach no file."""
    import pandas as pd

    frame = pd.DataFrame({column: _comparable(table, column, as_numbers) for column in used})
    frame["row of the table"] = np.arange(len(table))
    link = connection()
    link.register("frame", frame)
    link.execute("CREATE TABLE held AS SELECT * FROM frame")
    link.execute("SET enable_external_access = false")
    if len(link.extract_statements(f"SELECT 1 WHERE ({condition})")) != 1:
        raise DataError(
            "'where' is one condition.", f"{table.name}, where", condition, "Write it as in SQL, without a semicolon."
        )
    found = link.execute(f'SELECT "row of the table" AS k FROM held WHERE ({condition})').fetchnumpy()["k"]
    return np.asarray(found, np.int64)


def _comparable(table: Table, column: str, as_numbers: bool) -> Any:
    """A column as SQL compares it: plain numbers as numbers (whole ones as integers), codes like "01" as text."""
    import pandas as pd

    cells = table.take(column)
    if table.types.get(column) == "boolean":
        return pd.array([None if one is None else one == "true" for one in cells], dtype="boolean")
    if cells.dtype == object:
        if not as_numbers or (table.types.get(column) == "text" and not table.delimiter):
            return pd.Series(cells, dtype=object)
        codes, labels = pd.factorize(cells)
        if any(len(one) > 1 and one.lstrip("+-").startswith("0") and one.lstrip("+-")[1:2].isdigit() for one in labels):
            return pd.Series(cells, dtype=object)
        try:
            numbers = np.append(np.array([float(one) for one in labels]), np.nan)
        except ValueError:
            return pd.Series(cells, dtype=object)
        cells = numbers[codes]
    known = cells[np.isfinite(cells)]
    if len(known) and bool((known == np.floor(known)).all()) and bool((np.abs(known) < 2**53).all()):
        return (
            pd.array([None if np.isnan(one) else int(one) for one in cells], dtype="Int64")
            if len(known) < len(cells)
            else cells.astype(np.int64)
        )
    return pd.Series(cells)


def _type(kind: str) -> str:
    if kind == "BOOLEAN":
        return "boolean"
    if kind in ("FLOAT", "DOUBLE") or kind.endswith("INT") or kind.endswith("INTEGER") or kind.startswith("DECIMAL"):
        return "number"
    return "date" if kind.startswith(("DATE", "TIMESTAMP")) else "text"


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:160]
