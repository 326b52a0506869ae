"""An answer: one claim in words, with the Tables, Charts, Notes and sources that bear it out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..errors import DataError, nearest
from ..evidence.accounts import Accounts
from ..evidence.fit import Fit
from ..evidence.network import Network

if TYPE_CHECKING:
    import pandas as pd

QUANTILES: tuple[float, ...] = (0.025, *(round(0.05 * k, 2) for k in range(1, 20)), 0.975)
"""The quantiles of every forecast table: .025, .05, .10 ... .95, .975."""

ChartKind = Literal["lines", "bands", "bars", "heat", "scatter", "network", "phase", "flows", "map"]

ROLES: Mapping[str, frozenset[str]] = {
    # kind -> the roles whose columns it needs; all else in Chart.roles is optional
    "lines": frozenset({"x", "y"}),
    "bands": frozenset({"x", "quantile", "value"}),
    "bars": frozenset({"label", "value"}),
    "heat": frozenset({"row", "column", "value"}),
    "scatter": frozenset({"x", "y"}),
    "network": frozenset({"source", "target"}),
    "phase": frozenset({"x", "y", "layer"}),
    "flows": frozenset({"source", "target", "value"}),
    "map": frozenset({"place", "value"}),
}


NAME = re.compile(r"[a-zA-Z0-9_]+(-[a-zA-Z0-9_]+)*")
"""What the name of a Table or Chart may be: it becomes the name of a file, and the name of a place in a page."""


@dataclass(frozen=True)
class Table:
    """Named columns of equal length. Numbers are float64 or int64 arrays (NaN = missing), all else is text or bool.

    Its name has letters a-z, digits, _ and single - only. It has one column at least, and no two columns differ by
    capitals alone. DataError tells what does not hold.

    `units` gives the unit of a column; `absent` gives, for a number column, a uint8 array of `Status` where a NaN
    is not merely missing (suppressed, not applicable). `caption` says in words what one row is.

    >>> Table("laws", {"law": ["logistic"], "estimate": [0.2]}).rows()
    [{'law': 'logistic', 'estimate': 0.2}]
    """

    name: str
    columns: Mapping[str, np.ndarray[Any, Any]]
    units: Mapping[str, str] = field(default_factory=dict)
    caption: str = ""
    absent: Mapping[str, np.ndarray[Any, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_name("table", self.name)
        if not self.columns:
            raise DataError(f"table '{self.name}' has no column.", got=0, do="Give it one at least.")
        _check_apart(self.columns, f"two columns of table '{self.name}'")
        columns = {key: _column(values) for key, values in self.columns.items()}
        lengths = {len(values) for values in columns.values()}
        if len(lengths) > 1:
            got = {key: len(values) for key, values in columns.items()}
            raise DataError(f"the columns of table '{self.name}' differ in length.", got=got, do="Give one length.")
        for array in columns.values():
            array.flags.writeable = False
        object.__setattr__(self, "columns", MappingProxyType(columns))
        object.__setattr__(self, "units", MappingProxyType(dict(self.units)))
        object.__setattr__(self, "absent", MappingProxyType(dict(self.absent)))

    def __reduce__(self) -> tuple[object, ...]:
        return Table, (self.name, dict(self.columns), dict(self.units), self.caption, dict(self.absent))

    @classmethod
    def of_rows(
        cls,
        name: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[object]],
        units: Mapping[str, str] | None = None,
        caption: str = "",
    ) -> Table:
        """A table from rows; the columns stand even when there is no row."""
        listed = [tuple(row) for row in rows]
        made = {key: [row[k] for row in listed] for k, key in enumerate(columns)}
        return cls(
            name,
            {key: np.asarray(value) if value else np.array([], float) for key, value in made.items()},
            units or {},
            caption,
        )

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, column: str) -> np.ndarray[Any, Any]:
        if column not in self.columns:
            raise DataError(
                f"table '{self.name}' has no column '{column}'.", got=column, do=nearest(column, list(self.columns))
            )
        return self.columns[column]

    def rows(self) -> list[dict[str, object]]:
        """The table as a list of dictionaries of plain Python values; missing numbers are None."""
        plain = {key: [_plain(value) for value in values.tolist()] for key, values in self.columns.items()}
        return [dict(zip(plain, values, strict=True)) for values in zip(*plain.values(), strict=True)]

    def frame(self) -> pd.DataFrame:
        """The table as a pandas frame."""
        from ..show.tables import frame

        return frame(self)


@dataclass(frozen=True)
class Chart:
    """A picture as data: its kind, the name of the Table it draws, and which columns go where.

    Roles by kind (needed ones first, then optional):
      lines    x, y; series, lo, hi, facet, actual ("actual" marks rows drawn as dark line with dots)
      bands    x, quantile, value; series, facet; `also["actual"]` names a Table with x, y (and series, facet)
      bars     label, value; lo, hi, mark, series, facet ("mark" is drawn as a tick: a baseline, a known truth)
      heat     row, column, value; certain, facet (`certain` is yes or no: a no is drawn lighter, in brackets)
      scatter  x, y; label, size, series, x_lo, x_hi, y_lo, y_hi
      network  source, target; weight, sign, certain (a no is drawn pale); `also["nodes"]` names a Table with label,
               size, group
      phase    x, y, layer; id, label, stable, dx, dy: layer is one of path, nullcline, arrow, equilibrium,
               separatrix, draw; rows of one (layer, id) form one line, in order
      flows    source, target, value
      map      place, value; facet
    `facet` makes the picture selectable by that column. `options` holds plain settings of the picture:
    diverging (bool: blue helps, vermilion hurts), helps ("positive", the default, or "negative": which sign is
    blue), log_y, log_x, zero (bool), origin (where the forecast begins), grey (list of series drawn grey: naive,
    drift), dashed (list of series), limits, sort ("value", "none"; heat maps are ordered by likeness by default),
    order (labels of the facet, or of a heat's rows with sort "none": shown in this order);
    of bars: stacked (signed piles), total (the series drawn as a line over upright piles), vertical (years stand
    upright by default), dots (points on one axis in place of bars), rule (a value marked by a line);
    of scatter and phase: x_label, y_label, diagonal; of networks: directed, size (what the size of a node counts;
    its table of nodes may give places x, y, x from -1 to 1); of heat maps and maps: legend ([words
    for below 0, words for above 0], where diverging; without it and without helps only the signs are said); of
    maps: geojson (a FeatureCollection) and key (the property that names a place; US states need neither).
    """

    name: str
    kind: ChartKind
    table: str
    roles: Mapping[str, str]
    title: str
    subtitle: str = ""
    alt: str = ""
    also: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_name("chart", self.name)
        if self.kind not in ROLES:
            raise DataError(
                f"chart '{self.name}' is of no known kind.", got=self.kind, do=nearest(self.kind, list(ROLES))
            )
        lacking = ROLES[self.kind] - set(self.roles)
        if lacking:
            raise DataError(
                f"chart '{self.name}' of kind {self.kind} needs columns for {', '.join(sorted(lacking))}.",
                got=sorted(self.roles),
                do="Name the column of each.",
            )
        options = {key: _bare(value, f"option '{key}' of chart '{self.name}'") for key, value in self.options.items()}
        object.__setattr__(self, "options", options)
        for name in ("roles", "also", "options"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[object, ...]:
        return Chart, (
            self.name,
            self.kind,
            self.table,
            dict(self.roles),
            self.title,
            self.subtitle,
            self.alt,
            dict(self.also),
            dict(self.options),
        )


@dataclass(frozen=True)
class Note:
    """A doubt or a limit. `text` begins with what to do about it; `level` is "information" or "caution".

    A caution makes `coevolve run --strict` fail.
    """

    text: str
    level: Literal["information", "caution"] = "information"


@dataclass(frozen=True)
class Source:
    """Where a method or a series comes from; `key` makes it unique in the bibliography."""

    key: str
    text: str
    url: str = ""


@dataclass(frozen=True)
class Finding:
    """One claim in words, what bears it out, and the evidence it made (under its ask's name)."""

    claim: str
    title: str = ""
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    notes: tuple[Note, ...] = ()
    sources: tuple[Source, ...] = ()
    made: Network | Fit | Accounts | None = None

    def __post_init__(self) -> None:
        names = [table.name for table in self.tables]
        _check_apart(names, "two tables of a finding")
        _check_apart([chart.name for chart in self.charts], "two charts of a finding")
        by_name = dict(zip(names, self.tables, strict=True))
        for chart in self.charts:
            for wanted in (chart.table, *chart.also.values()):
                if wanted not in by_name:
                    raise DataError(
                        f"chart '{chart.name}' draws a table that is not there.", got=wanted, do=nearest(wanted, names)
                    )
            for role, column in chart.roles.items():
                if column not in by_name[chart.table].columns:
                    raise DataError(
                        f"chart '{chart.name}': table '{chart.table}' has no column for {role}.",
                        got=column,
                        do=nearest(column, list(by_name[chart.table].columns)),
                    )

    def __getitem__(self, name: str) -> Table:
        for table in self.tables:
            if table.name == name:
                return table
        raise DataError(
            f"the finding has no table '{name}'.", got=name, do=nearest(name, [t.name for t in self.tables])
        )

    def table(self, name: str) -> pd.DataFrame:
        """One of its tables as a pandas frame."""
        return self[name].frame()

    def _repr_html_(self) -> str:
        from ..show.page import fragment

        return fragment(self)


def _check_name(what: str, name: object) -> None:
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        do = 'Use letters a-z, digits, _ and single -, for example "growth_rates".'
        raise DataError(f"this is no name for a {what}.", got=name, do=do)


def _check_apart(names: Iterable[str], what: str) -> None:
    """Refuse names that some file systems and programs cannot tell apart."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.get(str(name).casefold())
        if other is not None:
            share = f"{what} share a name." if other == name else f"{what} differ by capitals alone."
            raise DataError(share, got=f"{other}, {name}", do="Give each its own name.")
        seen[str(name).casefold()] = name


def _bare(value: object, what: str) -> object:
    """A setting as plain Python, as it would come back from JSON text; numpy's numbers and arrays are unpacked."""
    if isinstance(value, np.generic | np.ndarray):
        return _bare(value.tolist(), what)
    if isinstance(value, list | tuple):
        return [_bare(one, what) for one in value]
    if isinstance(value, Mapping):
        return {str(key): _bare(one, what) for key, one in value.items()}
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise DataError(f"{what} is no plain value.", got=type(value).__name__, do="Give text, numbers, lists or tables.")


def _column(values: object) -> np.ndarray[Any, Any]:
    array = np.array(values)
    if array.dtype.kind == "f":
        return array.astype(np.float64)
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    if array.dtype.kind == "b":
        return array
    if (
        array.dtype.kind == "O"
        and array.size
        and all(isinstance(one, int | float | None.__class__) for one in array.tolist())
    ):
        return np.array([math.nan if one is None else float(one) for one in array.tolist()])
    return np.array(["" if one is None else str(one) for one in array.tolist()], dtype=object)


def _plain(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
