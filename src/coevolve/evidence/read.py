"""Evidence from files: whatever is doubtful is refused with its place and a repair, or read and said in a note."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import DataError
from .accounts import Accounts
from .columns import kind_of_table
from .network import Network
from .panel import Panel
from .specification import EvidenceSpec, kind_of_keys, said_keys, specification
from .table import Table


@dataclass(frozen=True)
class Reading:
    """One piece of evidence as read: the item, what was guessed, every doubt in `notes`, and the file's checksum."""

    name: str
    item: Panel | Accounts | Network
    kind: str
    guessed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    source: str = ""
    sha256: str = ""
    whole: Callable[[], Panel | None] | None = field(
        default=None, repr=False, compare=False
    )  # the panel without `where`


def read(
    spec: EvidenceSpec | Mapping[str, Any],
    *,
    name: str,
    base: Path,
    data: Path | None = None,
    only_under: Path | None = None,
) -> Reading:
    """The evidence that the keys of a study describe: a Panel, Accounts or a Network.

    Paths are relative to `base`; "data:..." lies under `data`; with `only_under` nothing outside that folder is
    read (the page's uploads). Raises StudyError for wrong keys and DataError for the file, each with all faults.
    """
    if not isinstance(spec, EvidenceSpec):
        spec = specification(spec, name)
    table, source, mark = _table(spec, name, base, data, only_under)
    return reading_where(table, spec, name, source, mark, base, data, only_under)


def reading_where(
    table: Table,
    spec: EvidenceSpec,
    name: str,
    source: str,
    mark: str,
    base: Path,
    data: Path | None = None,
    only_under: Path | None = None,
) -> Reading:
    """What the rows of a table that meet `where` mean; a panel also keeps the way to all rows, for the audit."""
    if spec.where is None:
        return reading_of(table, spec, name, source, mark, base, data, only_under)
    from .database import where

    reading = reading_of(where(table, spec.where), spec, name, source, mark, base, data, only_under)
    return replace(reading, whole=partial(_unfiltered, table, spec, name)) if reading.kind == "panel" else reading


def reading_of(
    table: Table,
    spec: EvidenceSpec,
    name: str,
    source: str,
    mark: str,
    base: Path,
    data: Path | None = None,
    only_under: Path | None = None,
) -> Reading:
    """What a raw table means under the keys of a study."""
    kind = kind_of_keys(said_keys(spec))
    guessed = {}
    if kind is None:
        kind = kind_of_table(table)
    if spec.kind is None:
        guessed["kind"] = kind
    item: Panel | Accounts | Network
    if kind == "network":
        from .read_network import read_network

        item, more = read_network(table, spec, name)
    elif kind == "accounts":
        from .read_accounts import read_accounts

        item, more = read_accounts(table, spec, name, base, data, only_under)
    else:
        from .read_panel import read_panel

        item, more = read_panel(table, spec, name)
    return Reading(name, item, kind, {**guessed, **more}, item.notes, source, mark)


def _unfiltered(table: Table, spec: EvidenceSpec, name: str) -> Panel | None:
    """The panel with the rows that `where` leaves out, for the audit; none where those rows cannot be read at all."""
    from .read_panel import read_panel

    try:
        return read_panel(table, spec.model_copy(update={"missing": "keep", "blank": ()}), name)[0]
    except DataError:
        return None


def _table(
    spec: EvidenceSpec, name: str, base: Path, data: Path | None, only_under: Path | None
) -> tuple[Table, str, str]:
    if spec.query is not None:
        from .database import query

        mark = hashlib.sha256(spec.query.encode()).hexdigest()
        return query(spec.query, name, base, only_under, data), spec.query, mark
    from .files import digest_of, found, table_of

    half = spec.use
    file = spec.file or (half if isinstance(half, str) else half.file if half else "")
    path = found(file, base, data, only_under)
    return table_of(path, path.name, spec.sheet), file, digest_of(path)
