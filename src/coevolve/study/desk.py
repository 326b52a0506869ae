"""Where a study's answers stand: their keys, workers, stored cases, progress, and the wish to stop."""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from ..errors import Stopped
from ..inquiry.at import At, Case
from ..inquiry.key import Key
from .codec import decode, encode
from .store import Store
from .workers import DIED, Workers

PIECES = 64
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Desk(At):
    """`At` for one ask of a study: cases go to workers, every piece is kept, progress is shown.

    `lost` fills with the cases whose worker died: an answer that lacks them is shown, but not kept.
    """

    key: Key
    content: str
    store: Store | None
    workers: Workers
    progress: Progress
    stop: threading.Event
    publish: bool = False
    lost: list[Case] = field(default_factory=list)
    calls: Iterator[int] = field(default_factory=count)

    @property
    def stopped(self) -> bool:
        """Whether the user asked to stop."""
        return self.stop.is_set()

    def tick(self, done: int, of: int, words: str = "") -> None:
        """Tell how far the work is; raises Stopped when the user asked to stop."""
        if self.stopped:
            raise Stopped
        self.progress(done, of, words)

    def map(self, fn: Callable[[Any], Any], cases: Sequence[Any], *, words: str = "") -> list[Case]:
        """`fn` over `cases` in pieces; a piece found in the store is not computed again.

        Every result goes through the store's form, so that it is the same whether computed here, in a worker, or
        found again.
        """
        size = max(1, math.ceil(len(cases) / PIECES))
        pieces = [list(cases[k : k + size]) for k in range(0, len(cases), size)]
        task = f"{next(self.calls)}/{fn.__module__}.{fn.__qualname__}/{len(cases)}"
        label = hashlib.blake2b(task.encode(), digest_size=8).hexdigest()
        found = {place: kept for place in range(len(pieces)) if (kept := self._kept(f"{label}-{place}")) is not None}
        todo = {place: piece for place, piece in enumerate(pieces) if place not in found}
        done = sum(map(len, found.values()))
        self.tick(done, len(cases), words)
        for place, result in self.workers.compute(fn, todo, lambda: self.stopped):
            found[place] = self._keep(f"{label}-{place}", result)
            done += len(result)
            self.tick(done, len(cases), words)
        return [case for place in range(len(pieces)) for case in found[place]]

    def _kept(self, name: str) -> list[Case] | None:
        kept = self.store.case(self.content, name) if self.store else None
        return None if kept is None else [Case(value, trouble) for value, trouble in kept]

    def _keep(self, name: str, result: list[Case]) -> list[Case]:
        data = encode([(case.value, case.trouble) for case in result])
        died = [case for case in result if case.trouble == DIED]
        self.lost.extend(died)
        if self.store and not died:
            self.store.keep_case(self.content, name, data)
        return [Case(value, trouble) for value, trouble in decode(data)]


def desk_for(
    seed: int,
    name: str,
    *,
    content: str = "",
    store: Path | None = None,
    workers: Workers | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    publish: bool = False,
) -> Desk:
    """A desk for one ask; everything but the seed and the name may be left out."""
    return Desk(
        Key.of(seed, name),
        content,
        Store(store) if store else None,
        workers or Workers(),
        progress or _quiet,
        stop or threading.Event(),
        publish,
    )


def _quiet(done: int, of: int, words: str) -> None:
    """No progress is shown."""
