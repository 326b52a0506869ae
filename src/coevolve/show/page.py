"""A Record as one self-contained HTML page, a Finding as a fragment for notebooks, and the study out of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from html import escape, unescape
from importlib.resources import files as resources
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, Template

from ..errors import StudyError
from ..inquiry.finding import Chart, Finding, Table
from ..inquiry.record import Answer, Record
from .code import python_lines, terminal_line
from .figure import bundle, figure_svg
from .html import ROWS, legend, rows_words, table_html
from .packing import json_text, packed
from .whole import write_text

WHOLE = 455_000
"""Bytes that a report aims to stay below: what bundle, tables and words leave of it is for the pictures' data."""

TABLE_ROWS = (ROWS, 150, 100, 75, 50, 35, 25)
"""Rows of each table that a report shows: the first of these with which all tables together fit."""

TABLES, EACH = 240_000, 5_000
"""Characters of all tables together at most, and what they leave to each picture before rows are left out."""

LEAST, MOST = 50_000, 220_000
"""Characters of data for all pictures together, however long the tables are."""

OPEN_ROWS = 12
"""Tables up to this length stand open; longer ones open on a click, and always without JavaScript."""


@dataclass(frozen=True)
class ShownTable:
    """A table as the page shows it."""

    id: str
    table: Table
    number: str
    html: str
    rows: str
    legend: str
    file: str
    shown: int
    is_cut: bool
    is_folded: bool


@dataclass(frozen=True)
class ShownChart:
    """A picture as the page shows it: its data, and its table when no earlier picture showed that already."""

    id: str
    number: int
    chart: Chart
    data: str
    left: str
    table: ShownTable | None
    table_id: str


@dataclass(frozen=True)
class ShownAnswer:
    """A Finding as the page shows it."""

    number: int
    answer: Answer
    finding: Finding
    charts: tuple[ShownChart, ...]
    tables: tuple[ShownTable, ...]
    terminal: str
    python: str


def page(record: Record, path: str | Path | None = None, *, files: Mapping[str, str] | None = None) -> str:
    """The whole report as one HTML text; written to `path` when one is given, whole or not at all.

    It asks for nothing outside itself, reads without JavaScript, prints, and carries the study (`study_from`).
    `files` names the file of a table, "ask/table" -> path (default tables/<ask>/<table>.csv).
    """
    tables = _all_tables(record, files or {})
    text = _template("page.html.j2").render(
        record=record,
        answers=list(_answers(record, tables, _budgets(record, tables))),
        date=str(record.run.get("began", ""))[:10],
        study=escape(record.study, quote=False),
        script=bundle("report.js").replace("</script", "<\\/script"),
        style=bundle("report.css"),
        safe_url=_safe_url,
        sentence=sentence,
        said=said,
    )
    if path is not None:
        write_text(Path(path), text)
    return text


def fragment(finding: Finding) -> str:
    """A Finding for a notebook: its claim, pictures as SVG, notes and first rows; no script, no style outside it."""
    figures = [(chart, figure_svg(chart, finding, width=680)) for chart in finding.charts]
    tables = [(table, table_html(table, OPEN_ROWS), len(table) > OPEN_ROWS) for table in finding.tables]
    return _template("fragment.html.j2").render(finding=finding, figures=figures, tables=tables, rows_words=rows_words)


def study_from(html: str) -> str:
    """The study file inside a report. Raises StudyError when there is none."""
    found = re.search(r'<script type="application/toml" id="study">\n?(.*?)</script>', html, flags=re.S)
    if found is None:
        raise StudyError(
            "this page carries no study.",
            got=html[:40].strip() or "an empty file",
            do="Give a report.html that coevolve wrote, or the study.toml beside it.",
        )
    return unescape(found[1])


def _budgets(record: Record, tables: list[list[ShownTable]]) -> Iterator[int]:
    """Characters of data for each picture: what small ones leave of an equal share is for the large ones.

    One that is drawn whole counts twice: rows that it lacks are missed, where one to choose from lacks only choices.
    """
    shown = sum(len(one.html.encode()) for answer in tables for one in answer)
    total = max(LEAST, min(MOST, _room(record) - shown))
    drawn = [(chart, answer.finding) for answer in record for chart in answer.finding.charts]
    wanted = [len(json_text(packed(chart, finding, total))) for chart, finding in drawn]
    parts = [1 if "facet" in chart.roles else 2 for chart, _ in drawn]
    left, waiting = total, sum(parts)
    share = total
    for need, part in sorted(zip(wanted, parts, strict=True), key=lambda one: one[0] / one[1]):
        share = left // waiting
        if need > share * part:
            break
        left, waiting = left - need, waiting - part
    return iter([share * part for part in parts])


def _room(record: Record) -> int:
    """Characters that the frame and the words of a page leave for tables and pictures."""
    return WHOLE - len(bundle("report.js")) - len(bundle("report.css")) - 2 * len(record.study) - _words(record)


def _words(record: Record) -> int:
    """About how many characters of words a page holds."""
    lines = [note for line in record.evidence for note in (*line.notes, *line.cautions)]
    said = [note.text for answer in record for note in answer.finding.notes]
    sources = [source.text for answer in record for source in answer.finding.sources]
    frames = sum(len(answer.finding.charts) + len(answer.finding.tables) for answer in record)
    return sum(map(len, [*lines, *said, *sources])) + 700 * frames


def _answers(record: Record, shown: list[list[ShownTable]], budgets: Iterator[int]) -> Iterator[ShownAnswer]:
    figure = 0
    for number, (answer, listed) in enumerate(zip(record, shown, strict=True), start=1):
        tables = {one.table.name: one for one in listed}
        waiting = dict(tables)
        charts = []
        for chart in answer.finding.charts:
            figure += 1
            data = packed(chart, answer.finding, next(budgets))
            name = f"{answer.name}-{chart.name}"
            own = waiting.pop(chart.table, None)
            own = own and replace(own, number=f"of figure {figure}")
            left = str(data.pop("left"))
            made = json_text({**data, "left": "", "id": name})
            charts.append(ShownChart(name, figure, chart, made, left, own, tables[chart.table].id))
        yield ShownAnswer(
            number,
            answer,
            answer.finding,
            tuple(charts),
            tuple(waiting.values()),
            terminal_line(record, answer),
            python_lines(answer),
        )


def _all_tables(record: Record, files: Mapping[str, str]) -> list[list[ShownTable]]:
    """The tables of every answer, with fewer rows each where they would crowd out the pictures."""
    pictures = sum(len(answer.finding.charts) for answer in record)
    room = min(TABLES, _room(record) - EACH * pictures)
    for rows in TABLE_ROWS:
        listed = [list(_tables(answer, number, files, rows)) for number, answer in enumerate(record, start=1)]
        if sum(len(one.html.encode()) for answer in listed for one in answer) <= room:
            break
    return listed


def _tables(answer: Answer, number: int, files: Mapping[str, str], rows: int) -> Iterator[ShownTable]:
    """Tables behind a picture are numbered by it, so that those that stand in the page run without gaps."""
    drawn = {chart.table for chart in answer.finding.charts}
    place = 0
    for table in answer.finding.tables:
        place += table.name not in drawn
        file = files.get(f"{answer.name}/{table.name}", f"tables/{answer.name}/{table.name}.csv")
        yield ShownTable(
            f"t-{answer.name}-{table.name}",
            table,
            f"{number}.{place}",
            table_html(table, rows),
            rows_words(table),
            legend(table, rows),
            file,
            min(rows, len(table)),
            len(table) > rows,
            len(table) > OPEN_ROWS,
        )


@cache
def _template(name: str) -> Template:
    text = (resources("coevolve.show") / "templates" / name).read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(text)


def sentence(title: str) -> str:
    """A title in sentence case, with names_like_this in words.

    >>> sentence("net_generation: counted and forecast")
    'Net generation: counted and forecast'
    """
    words = re.sub(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", lambda found: found[0].replace("_", " "), title)
    return words[:1].upper() + words[1:]


def said(words: str) -> str:
    """Words as HTML: escaped, and `what stands so` set as code.

    >>> said("Run `contest` if a < b.")
    'Run <code>contest</code> if a &lt; b.'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words))


def _safe_url(url: str) -> str:
    """A web address, or nothing: a link in a page leads nowhere else."""
    return url if urlsplit(url).scheme in ("http", "https") else ""
