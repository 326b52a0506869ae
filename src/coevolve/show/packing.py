"""What a picture draws, and nothing else: the columns its roles name, short enough for a page."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..inquiry.finding import Chart, Finding, Table
from .numbers import ABSENCE_SIGNS, MISSING, grouped, heading, settled

DIGITS, PLACES, ARROWS = 6, 9, 3
"""Significant digits kept of an amount, of what says where (periods, quantiles), and of an arrow's direction."""

WHEN = ("year", "period", "time")
"""Number columns that say when."""

FAN = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
"""The quantiles that a fan draws; the table's file has them all."""

LONGEST = 4_000_000
"""Characters that a picture in a file of its own may be drawn from."""

FEWEST = 100
"""Rows that a picture keeps whatever they cost."""

LINKS = 1_500
"""Links that a picture of a network draws."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

FACTS = 6
"""Columns of a network's nodes that the page can tell of each."""

Array = np.ndarray[Any, Any]


def packed(chart: Chart, finding: Finding, longest: int = LONGEST) -> dict[str, Any]:
    """A Chart with the columns it draws, as the bundle reads it; at most about `longest` characters.

    What does not fit is left out by whole facets, else by rows, and `left` says in words how much of it.
    """
    most, fitting = _affordable(chart, finding[chart.table], longest), None
    for _ in range(6):
        made = _packed(chart, finding, most)
        length = len(json_text(made))
        if length <= longest:
            fitting = made
            if not made["left"] or length > 0.8 * longest or (chart.kind == "network" and most == LINKS):
                break
        elif most <= FEWEST:
            break
        most = max(FEWEST, int(most * min(4.0, 0.92 * longest / length)))
        most = min(most, LINKS) if chart.kind == "network" else most
    return fitting or made


def _packed(chart: Chart, finding: Finding, most: int) -> dict[str, Any]:
    table = finding[chart.table]
    rows, left = _rows(chart, table, most)
    facets = {str(one) for one in table[chart.roles["facet"]][rows]} if "facet" in chart.roles else None
    also = {role: _beside(role, chart, finding[name], facets) for role, name in chart.also.items()}
    if chart.kind == "network" and "nodes" in also and left:
        also["nodes"] = _only_linked(also["nodes"], table, chart, rows)
    return {
        "id": chart.name,
        "kind": chart.kind,
        "title": chart.title,
        "subtitle": chart.subtitle,
        "alt": chart.alt,
        "data": {role: _column(role, table, column, rows) for role, column in chart.roles.items()},
        "names": {role: heading(column) for role, column in chart.roles.items()},
        "units": {
            role: table.units[column] for role, column in chart.roles.items() if table.units.get(column, "1") != "1"
        },
        "also": {role: _pack(columns) for role, columns in also.items()},
        "options": plain({key: value for key, value in chart.options.items() if key != "order"}),
        "left": left,
    }


def plain(value: object) -> Any:
    """Plain JSON values of options; a number that is none becomes null."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def json_text(value: object) -> str:
    """Compact JSON that may stand inside a script element: no `<`, `>`, `&` or line separators."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _affordable(chart: Chart, table: Table, longest: int) -> int:
    """About how many rows fit: a first guess."""
    most = max(FEWEST, longest // max(1, sum(_cost(table[column]) for column in chart.roles.values())))
    return min(most, LINKS) if chart.kind == "network" else most


def _rows(chart: Chart, table: Table, most: int) -> tuple[Array, str]:
    """Which rows a page embeds, and the words for what it leaves out."""
    rows = np.arange(len(table))
    if chart.kind == "bands":
        quantiles = np.round(np.asarray(table[chart.roles["quantile"]], float), 4)
        rows = rows[np.isin(quantiles, FAN)]
    rows = _in_order(chart, table, rows)
    if len(rows) <= most:
        return rows, ""
    if "facet" in chart.roles:
        return _first_facets(table[chart.roles["facet"]], rows, most, heading(chart.roles["facet"]))
    where = f"the file of table {chart.table} has them all."
    if chart.kind == "network" and "weight" in chart.roles:
        heavy = np.argsort(-np.abs(np.nan_to_num(np.asarray(table[chart.roles["weight"]], float))), kind="stable")
        kept = np.sort(heavy[:most])
        gone = _many(len(table) - most)
        return kept, f"The strongest {_many(most)} links are drawn; {gone} are left out: {where}"
    return rows[:most], f"The first {_many(most)} of {_many(len(rows))} rows are in this page; {where}"


def _in_order(chart: Chart, table: Table, rows: Array) -> Array:
    """The rows as option `order` wants them: by facet, else by row of a heat; labels that it lacks come last."""
    wanted = chart.options.get("order")
    by = chart.roles.get("facet") or (chart.roles["row"] if chart.kind == "heat" else None)
    if not wanted or by is None:
        return rows
    place = {str(label): k for k, label in enumerate(wanted)}
    return rows[np.argsort([place.get(str(one), len(place)) for one in table[by][rows]], kind="stable")]


def _first_facets(by: Array, rows: Array, most: int, word: str) -> tuple[Array, str]:
    """Whole facets, in their order, as many as fit; at least one."""
    names = np.array([str(one) for one in by[rows]], dtype=object)
    order = list(dict.fromkeys(names.tolist()))
    counts = dict.fromkeys(order, 0)
    for name in names.tolist():
        counts[name] += 1
    kept: set[str] = set()
    used = 0
    for name in order:
        if kept and used + counts[name] > most:
            break
        kept.add(name)
        used += counts[name]
    chosen = rows[np.array([name in kept for name in names.tolist()], bool)]
    many = " of ".join(_many(sum(bool(name) for name in group)) for group in (kept, order))  # "" stands for all
    return chosen, f"{word.capitalize()}: {many} can be chosen here; the table's file has them all."


def _cost(values: Array) -> int:
    """About how many characters one cell of this column takes."""
    if values.dtype.kind == "b":
        return 1
    different = len(np.unique(values[:20_000].astype(str)))
    return 1 if different <= len(LETTERS) else (5 if values.dtype.kind == "O" else 8)


def _many(count: int) -> str:
    return grouped(str(count))


def _beside(role: str, chart: Chart, table: Table, facets: set[str] | None) -> dict[str, tuple[str, Table, Array]]:
    """The columns of a second table by role: x, y, series, facet of actual values; label, size, group of nodes."""
    rows = np.arange(len(table))
    if role == "nodes":
        label = "label" if "label" in table.columns else next(iter(table.columns))
        others = [name for name in table.columns if name != label]
        chosen = {"label": label, **{name: name for name in others[: FACTS + 2]}}
        return {name: (column, table, rows) for name, column in chosen.items()}
    found = _roles_of(chart, table)
    if facets is not None and "facet" in found:
        rows = rows[np.array([str(one) in facets for one in table[found["facet"]]], bool)]
    return {name: (column, table, rows) for name, column in found.items()}


def _roles_of(chart: Chart, table: Table) -> dict[str, str]:
    """Which columns of a second table play the picture's roles: by the picture's own names, else by the role's."""
    wanted = {
        "x": ("x",),
        "y": ("y", "value"),
        "series": ("series",),
        "facet": ("facet",),
    }
    found = {}
    for role, sources in wanted.items():
        names = [chart.roles[one] for one in sources if one in chart.roles] + list(sources)
        column = next((name for name in names if name in table.columns), None)
        if column is not None:
            found[role] = column
    if "y" not in found:
        numbers = [name for name, values in table.columns.items() if values.dtype.kind == "f"]
        found.update({"y": numbers[-1]} if numbers else {})
    return found


def _only_linked(
    nodes: dict[str, tuple[str, Table, Array]], table: Table, chart: Chart, rows: Array
) -> dict[str, tuple[str, Table, Array]]:
    linked = {str(one) for role in ("source", "target") for one in table[chart.roles[role]][rows]}
    label, named, every = nodes["label"]
    kept = every[np.array([str(one) in linked for one in named[label]], bool)]
    return {name: (column, held, kept) for name, (column, held, _) in nodes.items()}


def _pack(columns: Mapping[str, tuple[str, Table, Array]]) -> dict[str, Any]:
    return {role: _column(role, table, column, rows) for role, (column, table, rows) in columns.items()}


def _column(role: str, table: Table, column: str, rows: Array) -> Any:
    """Numbers with few digits, an absence as null or its sign; what recurs once, then a letter or a place a row."""
    cells = _cells(role, table, column, rows)
    different = dict.fromkeys(cells)
    if len(different) <= len(LETTERS) and len(different) * 4 <= len(cells):
        places = {cell: LETTERS[place] for place, cell in enumerate(different)}
        return {"w": list(different), "s": "".join(places[cell] for cell in cells)}
    if table[column].dtype.kind == "O":
        numbers = {cell: place for place, cell in enumerate(different)}
        return {"w": list(different), "i": [numbers[cell] for cell in cells]}
    return {"n": ",".join("" if cell is None else str(cell) for cell in cells)} if cells else []


def _cells(role: str, table: Table, column: str, rows: Array) -> list[Any]:
    values = table[column][rows]
    if values.dtype.kind == "f":
        codes = table.absent.get(column)
        signs: list[str | None] = [None] * len(rows) if codes is None else [_sign(int(code)) for code in codes[rows]]
        digits = {"quantile": PLACES, "dx": ARROWS, "dy": ARROWS}.get(role, DIGITS)
        if role == "x" and column in WHEN:
            digits = PLACES
        cells = zip(settled(values.tolist()), signs, strict=True)
        return [
            _short(one, digits) if math.isfinite(one) else (None if sign == MISSING else sign) for one, sign in cells
        ]
    if values.dtype.kind == "i":
        return list(values.tolist())
    if values.dtype.kind == "b":
        return [int(one) for one in values.tolist()]
    return [str(one) for one in values.tolist()]


def _sign(code: int) -> str | None:
    """The sign of an absence that is more than missing."""
    return {MISSING: None}.get(sign := ABSENCE_SIGNS.get(code, MISSING), sign)


def _short(value: float, digits: int) -> float | int:
    short = float(f"{value:.{digits}g}")
    return int(short) if short == math.floor(short) and abs(short) < 1e15 else short
