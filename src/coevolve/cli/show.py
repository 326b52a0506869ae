"""`coevolve show`: the findings of a finished run, or its tables in another format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from ..errors import StudyError
from ..evidence.network import Network
from ..inquiry.finding import Finding
from ..inquiry.record import Record
from ..show.exchange import FORMATS, write_network
from ..show.folder import read_folder
from ..show.tables import latex, table_text, terminal, workbook, write_csv, write_parquet
from ..show.whole import atomically, write_text
from ..study.claim import STORE
from ..study.store import Store


def show_folder(folder: Path, ask: str | None, table: str | None, to: Path | None) -> int:
    """Print findings or one table, or write to a file what would be printed."""
    record = read_folder(folder)
    console = Console(highlight=False, markup=False)
    if table is not None and ask is None:
        raise StudyError("--table needs the ask it belongs to.", got=table, do="coevolve show FOLDER ASK --table NAME")
    if to is not None:
        written = _write(record, ask, table, to, folder)
        console.print(f"wrote {written}", soft_wrap=True)
        return 0
    if ask is None:
        terminal(record, console)
    elif table is None:
        terminal(record[ask], console)
    else:
        console.print(table_text(record[ask][table], console.width, rows=None))
    return 0


def _write(record: Record, ask: str | None, table: str | None, to: Path, folder: Path) -> Path:
    kind = to.suffix.lower()
    if table is None and ask is not None and kind in FORMATS:
        return write_network(_network_of(record, ask, folder), to)
    kinds = (".xlsx", *FORMATS) if table is None else (".csv", ".parquet", ".tex", ".xlsx")
    if kind not in kinds or (ask is None and kind in FORMATS):
        what = "a table is" if table else "a whole run is" if ask is None else "an answer is"
        kinds = kinds if ask else (".xlsx",)
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


def _network_of(record: Record, ask: str, folder: Path) -> Network:
    """The Network that an ask made, from the store of its run."""
    key = next((one.key for one in record if one.name == ask), "")
    kept = Store((folder.parent if folder.is_file() else folder) / STORE).finding(key) if key else record[ask]
    made = None if kept is None else kept.made
    if isinstance(made, Network):
        return made
    do = "Run the study again." if kept is None else "Name an ask that made a network, influence for example."
    raise StudyError(f"there is no network of '{ask}' here.", str(folder), do=do)


def _only(record: Record, ask: str | None, table: str | None) -> Record:
    if ask is None:
        return record
    finding = record[ask]
    if table is not None:
        finding = Finding(finding.claim, finding.title, (finding[table],))
    return replace(record, answers=tuple(replace(one, finding=finding) for one in record if one.name == ask))
