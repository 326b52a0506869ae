"""Results kept under content keys: written whole or not at all, checked when read, never unpickled."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DataError
from ..inquiry.finding import Finding
from ..inquiry.record import finding_from, finding_json, table_arrays, table_from
from .codec import decode, encode

SEAL = 16
COMPILED = "compiled"  # the folder of compiled nets


@dataclass(frozen=True)
class Store:
    """A folder of sealed results: `<key>.ask` for answers, `<key>.<case>.case` for cases of one ask."""

    folder: Path

    def finding(self, key: str) -> Finding | None:
        """The Finding kept under `key`, or None when there is none that is whole."""
        said = self._read(self.folder / f"{key}.ask")
        if said is None:
            return None
        words = said["finding"]
        tables = {
            head["name"]: table_from(head, arrays) for head, arrays in zip(words["tables"], said["tables"], strict=True)
        }
        return finding_from(words, tables, said["made"])

    def keep_finding(self, key: str, finding: Finding) -> None:
        """Keep a Finding; its cases are then no longer needed and go."""
        tables = [table_arrays(table) for table in finding.tables]
        said = {"finding": finding_json(finding), "tables": tables, "made": finding.made}
        self._write(self.folder / f"{key}.ask", encode(said))
        for path in self.folder.glob(f"{key}.*.case"):
            path.unlink(missing_ok=True)

    def case(self, key: str, name: str) -> Any:
        """What became of some cases of an ask in flight, or None."""
        return self._read(self.folder / f"{key}.{name}.case")

    def keep_case(self, key: str, name: str, data: bytes) -> None:
        """Keep some cases of an ask in flight, encoded."""
        self._write(self.folder / f"{key}.{name}.case", data)

    def drop(self, key: str) -> None:
        """Forget everything kept under `key`."""
        for path in (self.folder / f"{key}.ask", *self.folder.glob(f"{key}.*.case")):
            path.unlink(missing_ok=True)

    def entries(self) -> Iterator[tuple[Path, int, float]]:
        """(path, bytes, age in days) of everything kept."""
        now = time.time()
        for path in sorted([*self.folder.glob("*"), *(self.folder / COMPILED).glob("*")]):
            if path.is_file() and (path.suffix in (".ask", ".case", ".part") or path.parent.name == COMPILED):
                stat = path.stat()
                yield path, stat.st_size, (now - stat.st_mtime) / 86400

    def _read(self, path: Path) -> Any:
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            return None
        seal, data = sealed[:SEAL], sealed[SEAL:]
        if hashlib.blake2b(data, digest_size=SEAL).digest() != seal:
            return None
        try:
            return decode(data)
        except DataError:
            return None

    def _write(self, path: Path, data: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            part.write_bytes(hashlib.blake2b(data, digest_size=SEAL).digest() + data)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
