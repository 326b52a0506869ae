"""The folder of a run: ours alone while it lasts, and never a stranger's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import StudyError

RECORD = "record.json"
STORE = ".store"
LOCK = "lock"
MARK = "kept-by-coevolve"


@contextmanager
def claimed(out: Path | None) -> Iterator[None]:
    """Hold the folder `out` for one run. Raises StudyError for a stranger's folder and when another run holds it."""
    if out is None:
        yield
        return
    refuse_strangers(out)
    try:
        (out / STORE).mkdir(parents=True, exist_ok=True)
        (out / STORE / MARK).write_text("coevolve keeps results here\n", encoding="utf-8")
    except OSError as error:
        do = "Give another folder with --out, or mend its permissions."
        raise StudyError("this folder cannot be written.", str(out), error.strerror or str(error), do) from None
    lock = FileLock(out / STORE / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        do = "Wait for it to end, stop it, or give this run another folder with --out."
        raise StudyError("another run is writing here.", str(out), do=do) from None
    try:
        yield
    finally:
        lock.release()


def refuse_strangers(out: Path) -> None:
    """Raise StudyError when `out` holds files that no run of ours put there."""
    if out.exists() and not out.is_dir():
        raise StudyError("this is a file, not a folder.", str(out), do="Give another folder with --out.")
    if not out.is_dir() or is_ours(out):
        return
    strange = sorted(one.name for one in out.iterdir())
    if strange:
        got = ", ".join(strange[:5])
        raise StudyError("this folder holds files that are not ours.", str(out), got, "Give another folder with --out.")


def is_ours(out: Path) -> bool:
    """Whether a run of ours has begun or finished in this folder: it left its mark, or its record."""
    if (out / STORE / MARK).is_file():
        return True
    try:
        said = json.loads((out / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and "answers" in said and "coevolve" in said.get("provenance", {})
