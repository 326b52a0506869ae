"""`coevolve run`: a study file in, a folder of results out."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from ..errors import StudyError
from ..inquiry.record import Record
from ..show.folder import RECORD, write_folder
from ..show.page import study_from
from ..study.run import Settings, Watcher, run
from ..study.study import Study, read_study
from .watch import PatientConsole, TerminalWatcher

FILES = re.compile(r'^\s*(?:file|vectors)\s*=\s*"(?!data:)([^"]+)"|^\s*question\s*=\s*"([^"]+\.py):', re.MULTILINE)


def run_file(
    path: Path,
    out: Path | None,
    data: Path | None,
    *,
    strict: bool,
    fresh: bool,
    publish: bool,
    quiet: bool,
    workers: int | None,
    cluster: str | None,
) -> int:
    """Run a study file (or the study inside a report) and write its folder; the exit code."""
    study = study_of(path)
    folder = out or Path(f"{path.with_suffix('')}-out")
    settings = Settings(out=folder, data=data_root(data), fresh=fresh, publish=publish, workers=workers)
    return run_study(study, settings, strict=strict, quiet=quiet, cluster=cluster)


def run_study(study: Study, settings: Settings, *, strict: bool, quiet: bool, cluster: str | None = None) -> int:
    """Run a study and write its folder; 1 under --strict when a Finding carries a caution."""
    console = PatientConsole(quiet=quiet, soft_wrap=False)
    console.print(f"{study.title}", style="bold", highlight=False, markup=False)
    watching: Any = nullcontext(Watcher()) if quiet else TerminalWatcher(console)
    with watching as watcher, stopping() as stop, executor_of(cluster) as executor:
        finish = partial(_write, settings.out, console)
        record = run(study, replace(settings, watcher=watcher, stop=stop, executor=executor, finish=finish))
    cautions = record.cautions()
    if strict and cautions:
        for name, note in cautions:
            print(f"{name}: {note.text}", file=sys.stderr)
        return 1
    return 0


def study_of(path: Path) -> Study:
    """The study in a TOML file, or the one that a report or the folder of a run carries.

    The last two read their evidence where the run did, when it is not beside them.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        if not (path.parent / RECORD).is_file():
            return read_study(path)
        text, label = path.read_text(encoding="utf-8-sig"), path.name
    else:
        try:
            text, label = study_from(path.read_text(encoding="utf-8")), f"the study in {path.name}"
        except FileNotFoundError:
            raise StudyError("there is no such report.", str(path), do="Name a report.html of a run.") from None
    return Study.from_text(text, _home(text, path.resolve().parent), label)


def _home(text: str, folder: Path) -> Path:
    """The folder that a carried study is relative to: the first that holds all files it names, else its own."""
    try:
        ran = json.loads((folder / RECORD).read_text(encoding="utf-8"))["run"]["folder"]
    except (OSError, ValueError, KeyError, TypeError):
        ran = None
    said = [one or two for one, two in FILES.findall(text)]
    for home in (folder, *([Path(ran)] if ran else []), folder.parent):
        if all((home / one).is_file() for one in said):
            return home
    return folder


def _write(folder: Path | None, console: Console, record: Record) -> None:
    if folder is None:
        return
    console.print("\nwriting tables, pictures and the report", style="dim")
    report = write_folder(record, folder)
    console.print(f"report: {report}", highlight=False, markup=False, soft_wrap=True)


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets, so that the run ends between two pieces; the second one ends it at once."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.getsignal(signal.SIGINT)

    def ask_to_stop(number: int, frame: Any) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    signal.signal(signal.SIGINT, ask_to_stop)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def executor_of(cluster: str | None) -> Iterator[Executor | None]:
    """The executor of a Dask cluster, or none."""
    if cluster is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError:
        raise StudyError(
            "--cluster needs Dask.", got=cluster, do='Install it: pip install "coevolve[cluster]"'
        ) from None
    with Client(cluster) as client:  # type: ignore[no-untyped-call]
        yield client.get_executor(pure=False, retries=3)


def data_root(said: Path | None) -> Path | None:
    """Where `data:` files lie: as said, else COEVOLVE_DATA, else nowhere."""
    if said is not None:
        return said
    return Path(os.environ["COEVOLVE_DATA"]) if os.environ.get("COEVOLVE_DATA") else None
