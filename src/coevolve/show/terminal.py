"""Findings and tables as text for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..inquiry.finding import Finding, Table
from ..inquiry.record import Record
from .numbers import ABSENCE_WORDS, cell, heading, settled

if TYPE_CHECKING:
    from rich.console import Console

FIRST_ROWS = 8
SHORT = 12
LONGEST = 36
GAP = "  "


def table_text(table: Table, width: int = 100, rows: int | None = FIRST_ROWS) -> str:
    """A table as lines of at most `width` characters; `rows` limits them (None: all).

    Columns that do not fit follow below, beside the names of their rows again; columns without a value in these
    rows are named, not drawn; rows that are left out are counted.

    >>> print(table_text(Table("t", {"place": ["Hubei", "Hunan"], "share": [0.1234, 12345.6]}, {"share": "%"})))
    place   share
                %
    Hubei   0.123
    Hunan  12\u2009346
    """
    shown = len(table) if rows is None else min(rows, len(table))
    bare = [name for name in table.columns if shown and _is_bare(table, name, shown)]
    columns = [_column(table, name, shown) for name in table.columns if name not in bare]
    blocks = ["\n".join(_lines(block)) for block in _blocks(columns, width)]
    if bare:
        blocks.append(textwrap.fill("empty here: " + ", ".join(heading(name) for name in bare), width))
    if shown < len(table):
        blocks.append(f"... {len(table) - shown} more rows")
    signs = {sign for _, cells, _ in columns for sign in cells if sign in ABSENCE_WORDS}
    if signs:
        said = ", ".join(f"{sign} {words}" for sign, words in ABSENCE_WORDS.items() if sign in signs)
        blocks.append(textwrap.fill(said, width))
    return "\n".join(blocks)


def terminal(shown: Record | Finding, console: Console) -> None:
    """Print findings: the claim first, then what to do about its doubts, then the first rows of its tables.

    Of a whole record, short tables are printed and the files of the others named.
    """
    if isinstance(shown, Finding):
        _finding(shown, console, "", "")
        return
    console.rule(style="dim")
    console.print(shown.title, style="bold", highlight=False, markup=False)
    for line in shown.evidence:
        for caution in line.cautions:
            text = textwrap.fill(f"! {line.name}: {caution}", max(40, min(console.width, 96)), subsequent_indent="  ")
            console.print(text, style="yellow", highlight=False, markup=False, soft_wrap=True)
    for place, answer in enumerate(shown, start=1):
        _finding(answer.finding, console, f"{place}  ", answer.name)
    said = shown.provenance.get("coevolve", "")
    console.print(f"\nseed {shown.seed}" + (f", coevolve {said}" if said else ""), style="dim", highlight=False)


def _finding(finding: Finding, console: Console, number: str, ask: str) -> None:
    def say(text: str, style: str = "", indent: str = "", first: str | None = None) -> None:
        width = max(40, min(console.width, 96))
        start = indent if first is None else first
        lines = textwrap.wrap(text, width, initial_indent=start, subsequent_indent=indent, break_long_words=False)
        console.print("\n".join(lines), style=style, highlight=False, markup=False, soft_wrap=True)

    console.print()
    console.rule(style="dim")
    indent = " " * len(number)
    title = finding.title or ask
    if title:
        say(title + (f" ({ask})" if ask and ask != title else ""), "dim", indent, number)
    say(finding.claim, "bold", indent)
    for note in finding.notes:
        console.print()
        say(
            note.text,
            "yellow" if note.level == "caution" else "",
            indent + "  ",
            indent + "! " if note.level == "caution" else indent + "- ",
        )
    drawn = [table for table in finding.tables if not ask or len(table) <= SHORT]
    for table in drawn:
        console.print()
        say(table.name + (f": {table.caption}" if table.caption else ""), "dim", indent)
        text = table_text(table, console.width - len(indent))
        console.print(textwrap.indent(text, indent), highlight=False, markup=False, soft_wrap=True)
    _files([table for table in finding.tables if table not in drawn], ask, indent, console)
    if finding.sources:
        console.print()
        say("Sources: " + "; ".join(source.text.rstrip(".") for source in finding.sources) + ".", "dim", indent)


def _files(tables: Sequence[Table], ask: str, indent: str, console: Console) -> None:
    """One line a table: where it lies and how long it is."""
    if not tables:
        return
    console.print()
    paths = [f"tables/{ask}/{table.name}.csv" for table in tables]
    wide = max(len(path) for path in paths)
    for path, table in zip(paths, tables, strict=True):
        line = f"{indent}{path:<{wide}}  {len(table)} rows"
        console.print(line, style="dim", highlight=False, markup=False, soft_wrap=True)


Column = tuple[list[str], list[str], bool]


def _column(table: Table, name: str, shown: int) -> Column:
    """Heading lines, cells, and whether it is set right."""
    values = table.columns[name]
    codes = table.absent.get(name)
    listed = values[:shown].tolist()
    cells = [cell(value, name, 0 if codes is None else int(codes[k])) for k, value in enumerate(settled(listed))]
    cells = [one if len(one) <= LONGEST else one[: LONGEST - 1] + "…" for one in cells]
    head = [heading(name)]
    if any(table.units.get(one) for one in table.columns):
        head.append(table.units.get(name, ""))
    return head, cells, values.dtype.kind in "fi"


def _width(column: Column) -> int:
    return max(len(text) for text in (*column[0], *column[1]))


def _is_bare(table: Table, name: str, shown: int) -> bool:
    values = table.columns[name][:shown]
    return values.dtype.kind == "O" and not any(values.tolist())


def _blocks(columns: Sequence[Column], width: int) -> list[list[Column]]:
    """Columns in groups that fit the width; each later group begins with the names of the rows."""
    if not columns:
        return []
    names: list[Column] = []
    for column in columns:
        if column[2] or sum(map(_width, [*names, column])) + len(GAP) * len(names) > width * 0.6:
            break
        names.append(column)
    blocks: list[list[Column]] = []
    block: list[Column] = []
    used = 0
    for column in columns:
        if block and used + len(GAP) + _width(column) > width:
            blocks.append(block)
            block = list(names)
            used = sum(map(_width, block)) + len(GAP) * max(0, len(block) - 1)
        used += _width(column) + (len(GAP) if block else 0)
        block.append(column)
    return [*blocks, block]


def _lines(block: Sequence[Column]) -> list[str]:
    widths = [_width(column) for column in block]
    heights = range(max(len(column[0]) for column in block))
    heads = [[column[0][k] if k < len(column[0]) else "" for column in block] for k in heights]
    bodies = [[column[1][k] for column in block] for k in range(len(block[0][1]))]
    return [
        GAP.join(
            text.rjust(wide) if column[2] else text.ljust(wide)
            for text, wide, column in zip(row, widths, block, strict=True)
        ).rstrip()
        for row in [*heads, *bodies]
        if any(row)
    ]
