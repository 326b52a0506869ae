"""`coevolve show`: the findings of a finished run, or its tables in another format."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ..errors import StudyError, nearest
from ..inquiry.finding import Finding, Table
from ..inquiry.record import Record
from ..show.folder import atomically, read_folder, write_text
from ..show.tables import latex, table_text, terminal, workbook, write_csv, write_parquet


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
        raise StudyError(
            f"{what} not written as '{kind or to.name}'.", str(to), do=f"End the name in {', '.join(kinds)}."
        )
    if kind == ".xlsx":
        chosen = record if ask is None else _only(record, ask)
        atomically(to, lambda part: workbook(chosen, part))
        return to
    found: Table = _finding(record, ask)[table or ""]
    if kind == ".tex":
        write_text(to, latex(found))
    else:
        (write_csv if kind == ".csv" else write_parquet)(found, to)
    return to


def _finding(record: Record, ask: str | None) -> Finding:
    if ask is None:
        raise StudyError("name the ask.", do=nearest("", [a.name for a in record]))
    return record[ask]


def _only(record: Record, ask: str) -> Record:
    from dataclasses import replace

    record[ask]
    return replace(record, answers=tuple(answer for answer in record if answer.name == ask))
