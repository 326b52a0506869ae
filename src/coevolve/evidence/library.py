"""Evidence in Python: `coevolve.panel(frame_or_path, region=..., ...)`, `network(...)`, `accounts(...)`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from .accounts import Accounts
from .network import Network
from .panel import Panel
from .read import Reading, read, reading_where
from .specification import specification
from .table import Cells, Table


def panel(data: Any, **keys: Any) -> Panel:
    """A Panel from a path, or from a pandas, polars, PyArrow frame or a DuckDB relation; keys as in a study.

    Region, industry and year are columns; `values` are the indicators. What is left out is guessed.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"state": ["A", "A"], "year": [2001, 2002], "firms": [3, 4]})
    >>> panel(frame, region="state", year="year", values=["firms"]).indicator("firms").values.tolist()
    [[[3.0, 4.0]]]
    """
    item = reading(data, kind="panel", **keys).item
    assert isinstance(item, Panel)
    return item


def network(data: Any, **keys: Any) -> Network:
    """A Network from a path or frame with one row a link; keys as in a study (source, target, weight, year, ...)."""
    item = reading(data, kind="network", **keys).item
    assert isinstance(item, Network)
    return item


def accounts(data: Any, **keys: Any) -> Accounts:
    """Accounts from a path or frame of flows; keys as in a study, with `from_` for the key `from`."""
    item = reading(data, kind="accounts", **keys).item
    assert isinstance(item, Accounts)
    return item


def reading(data: Any, **keys: Any) -> Reading:
    """Evidence of any kind from a path or frame, with what was guessed and noted."""
    if "from_" in keys:
        keys["from"] = keys.pop("from_")
    name = str(keys.pop("name", "data"))
    if isinstance(data, str | Path):
        path = Path(data)
        if str(data).startswith("data:"):
            return read({"file": str(data), **keys}, name=name, base=Path(), data=_data_folder())
        return read({"file": path.name, **keys}, name=name, base=path.parent)
    spec = specification({"file": "the frame", **keys}, name)
    table = frame_table(data, name)
    return reading_where(table, spec, name, "a frame", "", Path())


def frame_table(frame: Any, name: str) -> Table:
    """The raw table in any frame that narwhals knows; rows are counted from 1."""
    import narwhals as nw

    if type(frame).__name__ == "DuckDBPyRelation":
        frame = frame.df()
    if type(frame).__module__.startswith("pandas") and any(one is not None for one in frame.index.names):
        frame = frame.reset_index()  # Stata's and linearmodels' habit: region and year as the index
    try:
        native = nw.from_native(frame)
    except nw.exceptions.DuplicateError:
        names = [str(one) for one in frame.columns]
        twice = ", ".join(sorted({one for one in names if names.count(one) > 1}))
        raise DataError("two columns have one name.", name, twice, "Rename one.") from None
    except TypeError:
        do = "Give a path, or a pandas, polars, PyArrow or DuckDB table."
        raise DataError("this is no frame.", name, type(frame).__name__, do) from None
    eager = native.collect() if isinstance(native, nw.LazyFrame) else native
    cells: dict[str, Cells] = {}
    types: dict[str, str] = {}
    for column in eager.columns:
        series = eager[column]
        kind = series.dtype
        if kind.is_numeric():
            cells[str(column)] = _numbers(series)
            types[str(column)] = "number"
        else:
            cells[str(column)] = np.array([one if type(one) is str else _text(one) for one in series.to_list()], object)
            types[str(column)] = "boolean" if kind == nw.Boolean else "text"
    if not len(eager):
        raise DataError("the frame has no row.", name, ", ".join(map(str, eager.columns[:6])), "Give some rows.")
    return Table.of(name, cells, np.arange(1, len(eager) + 1), types=types)


def _numbers(series: Any) -> Cells:
    """Numbers in float64 (NaN for null); single precision in the shortest decimals that give the same number back."""
    import narwhals as nw

    if series.dtype == nw.Float32:
        return np.array(
            [np.nan if one is None else float(str(np.float32(one))) for one in series.to_list()], np.float64
        )
    return np.array(series.cast(nw.Float64).to_numpy(), np.float64)


def _text(cell: Any) -> str | None:
    from .workbook import _text as text

    if cell is None or (isinstance(cell, float) and np.isnan(cell)) or str(cell) == "NaT":
        return None
    return text(cell)


def _data_folder() -> Path | None:
    import os

    said = os.environ.get("COEVOLVE_DATA")
    return Path(said) if said else None
