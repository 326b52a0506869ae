"""`coevolve clean`: what the store of a run holds, and removing it when asked to."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import StudyError
from ..study.claim import LOCK, STORE
from ..study.store import Store


def clean_folder(folder: Path, older_than: float, yes: bool) -> int:
    """Say size and age of the store's results; remove those older than so many days when `yes`.

    Raises StudyError when there is no store, and when a run that goes on needs what would be removed.
    """
    place = folder / STORE
    if not place.is_dir():
        raise StudyError("there is no store here.", str(folder), do="Name the folder of a run (study-out).")
    entries = [entry for entry in Store(place).entries() if entry[2] >= older_than]
    size = sum(entry[1] for entry in entries) / 1e6
    oldest = max((entry[2] for entry in entries), default=0.0)
    print(f"{len(entries)} results, {size:.1f} MB, the oldest {oldest:.0f} days old: {place}")
    if not entries:
        return 0
    if not yes:
        print("Nothing was removed. Add --yes to remove them; tables and report stay.")
        return 0
    try:
        with FileLock(place / LOCK, timeout=0):
            for path, _, _ in entries:
                path.unlink(missing_ok=True)
    except Timeout:
        raise StudyError("a run is using this store.", str(folder), do="Wait for it to end, or stop it.") from None
    print(f"Removed {len(entries)} results. The next run computes them again.")
    return 0
