"""A raw table: named columns as they stand in the file, each cell still with the row it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[Any]  # float64 (NaN = empty) or object (text, None = empty)


@dataclass(frozen=True)
class Table:
    """What a file holds before anyone has said what it means.

    `take(column)` gives its cells: float64 with NaN for empty ones, or text with None for empty ones. `rows[k]` is
    the row of the file that row k came from, counted as a spreadsheet shows it (the header of a text file or sheet
    is row 1; in Parquet, Stata, queries and frames the first record is row 1). `types[column]` is "text", "number",
    "boolean" or "date". `delimiter` is that of a text file, else "".
    """

    name: str
    columns: tuple[str, ...]
    rows: NDArray[np.int64]
    source: Callable[[str], Cells]
    types: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    delimiter: str = ""
    kept: Mapping[str, Cells] = field(default_factory=dict, repr=False)
    mask: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, name: str, cells: Mapping[str, Cells], rows: NDArray[np.int64], **more: Any) -> Table:
        """A table whose cells are all at hand."""
        return cls(name, tuple(cells), rows, cells.__getitem__, **more)

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, column: str) -> Cells:
        """The cells of a column."""
        found = self.kept.get(column)
        if found is None:
            found = self.source(column)
            if self.mask is not None:
                found = found[self.mask]
            self.kept[column] = found  # type: ignore[index]  # a cache: the cells of a column never change
        return found

    def only(self, mask: NDArray[np.bool_]) -> Table:
        """The rows where `mask` is true."""
        whole = mask
        if self.mask is not None:
            whole = np.zeros_like(self.mask)
            whole[np.flatnonzero(self.mask)[mask]] = True
        return replace(self, rows=self.rows[mask], mask=whole, kept={})

    def noting(self, *notes: str) -> Table:
        """This table with more notes."""
        return replace(self, notes=(*self.notes, *notes))

    def text(self, column: str) -> NDArray[np.object_]:
        """The cells of a column as labels, one a row."""
        codes, labels = self.labels(column)
        return np.array(labels, object)[codes]

    def labels(self, column: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        """The cells of a column as places in the tuple of their distinct labels (stripped text; "" for empty)."""
        import pandas as pd

        codes, found = pd.factorize(self.take(column), use_na_sentinel=False)
        array = np.asarray(found, object)
        texts = [_label(one) for one in array]
        distinct = tuple(dict.fromkeys(texts))
        place = {label: k for k, label in enumerate(distinct)}
        return np.array([place[one] for one in texts], np.int64)[codes], distinct

    def place(self, k: int) -> str:
        """Where row k stands, for a message: "firms.csv, row 118"."""
        return f"{self.name}, row {int(self.rows[k])}"


def _label(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float | np.floating):
        if np.isnan(cell):
            return ""
        return str(int(cell)) if float(cell).is_integer() else repr(float(cell))
    return str(cell).strip()
