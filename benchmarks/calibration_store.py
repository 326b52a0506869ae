"""Worlds kept as they are made, so that a long measurement can be broken off and taken up again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Store:
    """Worlds of one kind in `path`, one json line each, below a line `head` that says what they are."""

    def __init__(self, path: Path, head: Mapping[str, Any]) -> None:
        self.path = path
        self.head = json.loads(json.dumps(head))

    def read(self) -> dict[int, Record]:
        """What is stored, by number of the world; a line broken off in the middle is left out."""
        if not self.path.exists():
            return {}
        lines = self.path.read_text().splitlines()
        if not lines or json.loads(lines[0]) != self.head:
            raise SystemExit(f"{self.path} holds worlds of other settings: name another folder.")
        found: dict[int, Record] = {}
        for line in lines[1:]:
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                continue
            found[record["k"]] = record
        return found

    def add(self, record: Record) -> None:
        """Adds one world; a line before it that was broken off is ended first."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        begins = not self.path.exists()
        with self.path.open("a+b") as file:
            if begins:
                file.write(json.dumps(self.head).encode() + b"\n")
            else:
                file.seek(-1, 2)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write(json.dumps(record).encode() + b"\n")


def collect(store: Store, make: Callable[[Any], Record], tasks: Mapping[int, Any], processes: int = 1) -> list[Record]:
    """The records of these tasks in their order, made where they are not stored yet; `make` is a module's function."""
    there = store.read()
    for record in _each(make, [task for k, task in tasks.items() if k not in there], processes):
        store.add(record)
        there[record["k"]] = record
    return [there[k] for k in tasks]


def _each(make: Callable[[Any], Record], tasks: Sequence[Any], processes: int) -> Iterator[Record]:
    if processes <= 1 or len(tasks) <= 1:
        yield from map(make, tasks)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(make, task) for task in tasks]):
            yield future.result()


def digest(records: Sequence[Record]) -> str:
    """A short word for all figures of these worlds, times left out: equal wherever they were made."""
    plain = [{name: value for name, value in one.items() if name != "seconds"} for one in records]
    return hashlib.blake2b(json.dumps(plain).encode(), digest_size=6).hexdigest()
