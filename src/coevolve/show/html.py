"""A Table as HTML: short, readable without a script, every cell escaped."""

from __future__ import annotations

from html import escape

from ..inquiry.finding import Table
from .numbers import ABSENCE_WORDS, cell, grouped, heading, settled

ROWS = 200
LONG = 34  # letters from which a column is kept wide enough to be read


def table_html(table: Table, rows: int = ROWS) -> str:
    """The first rows as an HTML table. End tags that HTML leaves to the reader are left out: half the size.

    >>> table_html(Table("t", {"place": ["<b>"], "share": [0.1234]}, {"share": "%"}))
    '<table class="r2"><thead><tr><th>place<th>share<small>%</small></thead><tbody><tr><td>&lt;b&gt;<td>0.123</table>'
    """
    shown = min(rows, len(table))
    names = list(table.columns)
    right = " ".join(f"r{place}" for place, name in enumerate(names, 1) if table.columns[name].dtype.kind in "fi")
    cells = [_cells(table, name, shown) for name in names]
    heads = "".join(_head(name, _unit(table, name), column) for name, column in zip(names, cells, strict=True))
    body = "".join("<tr><td>" + "<td>".join(row) for row in zip(*cells, strict=True))
    return f'<table class="{right}"><thead><tr>{heads}</thead><tbody>{body}</table>'


def legend(table: Table, rows: int = ROWS) -> str:
    """What the signs in these rows stand for, in words; empty when every number is there.

    >>> legend(Table("t", {"share": [0.1, float("nan")]}))
    '– missing'
    """
    numbers = [name for name, values in table.columns.items() if values.dtype.kind == "f"]
    signs = {text for name in numbers for text in _cells(table, name, min(rows, len(table))) if text in ABSENCE_WORDS}
    return ", ".join(f"{sign} {words}" for sign, words in ABSENCE_WORDS.items() if sign in signs)


def rows_words(table: Table) -> str:
    """How many rows, in words.

    >>> rows_words(Table("t", {"share": [0.1]}))
    '1 row'
    """
    return "1 row" if len(table) == 1 else f"{grouped(str(len(table)))} rows"


def _head(name: str, unit: str, cells: list[str]) -> str:
    start = '<th class="long">' if max(map(len, cells), default=0) >= LONG else "<th>"
    return f"{start}{escape(heading(name))}" + (f"<small>{escape(unit)}</small>" if unit else "")


def _unit(table: Table, name: str) -> str:
    unit = table.units.get(name, "")
    return "" if unit == "1" else unit


def _cells(table: Table, name: str, shown: int) -> list[str]:
    codes = table.absent.get(name)
    values = table.columns[name][:shown].tolist()
    return [escape(cell(value, name, 0 if codes is None else int(codes[k]))) for k, value in enumerate(settled(values))]
