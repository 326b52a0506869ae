"""`coevolve show`: the findings of a finished run, or its tables in another format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from ..errors import StudyError
from ..inquiry.finding import Finding
from ..inquiry.record import Record
from ..show.folder import read_folder
from ..show.tables import latex, table_text, terminal, workbook, write_csv, write_parquet
from ..show.whole import atomically, write_text


def show_folder(folder: Path, ask: str | None, table: str | None, to: Path | None) -> int:
    """Print findings or one table, or write to a file what would be printed."""
    record = read_folder(folder)
    console = Console(highlight=False, markup=False)
    if table is not None and ask is None:
        raise StudyError("--table needs the ask it belongs to.", got=table, do="coevolve show FOLDER ASK --table NAME")
    if to is not None:
        written = _write(record, ask, table, to)
        console.print(f"wrote {written}", soft_wrap=True)
        return 0
    if ask is None:
        terminal(record, console)
    elif table is None:
        terminal(record[ask], console)
    else:
        console.print(table_text(record[ask][table], console.width, rows=None))
    return 0


def _write(record: Record, ask: str | None, table: str | None, to: Path) -> Path:
    kind = to.suffix.lower()
    kinds = (".xlsx",) if table is None else (".csv", ".parquet", ".tex", ".xlsx")
    if kind not in kinds:
        what = "a table is" if table else "all tables are"
        do = f"End the name in {', '.join(kinds)}."
        raise StudyError(f"{what} not written as '{kind or to.name}'.", str(to), do=do)
    if kind == ".xlsx":
        chosen = _only(record, ask, table)
        atomically(to, lambda part: workbook(chosen, part))
        return to
    found = record[ask or ""][table or ""]
    if kind == ".tex":
        write_text(to, latex(found))
    else:
        (write_csv if kind == ".csv" else write_parquet)(found, to)
    return to


def _only(record: Record, ask: str | None, table: str | None) -> Record:
    if ask is None:
        return record
    finding = record[ask]
    if table is not None:
        finding = Finding(finding.claim, finding.title, (finding[table],))
    return replace(record, answers=tuple(replace(one, finding=finding) for one in record if one.name == ask))
