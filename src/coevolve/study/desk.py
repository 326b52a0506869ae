"""Where a study's answers stand: their keys, workers, stored cases, progress, and the wish to stop."""

from __future__ import annotations

import hashlib
import math
import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from ..errors import Stopped
from ..inquiry.at import At, Case, attempt
from ..inquiry.key import Key
from .own import Own, load
from .store import Store

PIECES = 64
Progress = Callable[[int, int, str], None]


@dataclass
class Workers:
    """Spawned processes with one thread each, started when first needed and shared by all asks of a run.

    Numbers never depend on how many there are: a case is computed alone, and the cut into pieces depends on the
    number of cases only.
    """

    count: int = 1
    own: tuple[Own, ...] = ()
    executor: Executor | None = None
    _pool: ProcessPoolExecutor | None = None

    def pool(self) -> Executor:
        """The executor: the one given, else a pool of spawned processes."""
        if self.executor is not None:
            return self.executor
        if self._pool is None:
            files = tuple((str(one.path), one.module) for one in self.own)
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.count, context, _start_worker, (files,))
        return self._pool

    def drop(self) -> None:
        """End the processes at once; what they had not finished is lost and only that."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        processes = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()


@dataclass(frozen=True)
class Desk(At):
    """`At` for one ask of a study: cases go to workers, every piece is kept, progress is shown."""

    key: Key
    content: str
    store: Store | None
    workers: Workers
    progress: Progress
    stop: threading.Event
    publish: bool = False

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
        """`fn` over `cases` in pieces; a piece found in the store is not computed again."""
        size = max(1, math.ceil(len(cases) / PIECES))
        pieces = [list(cases[k : k + size]) for k in range(0, len(cases), size)]
        task = f"{fn.__module__}.{fn.__qualname__}/{words}/{len(cases)}"
        label = hashlib.blake2b(task.encode(), digest_size=8).hexdigest()
        found: dict[int, list[Case]] = {}
        for place in range(len(pieces)):
            kept = self.store.case(self.content, f"{label}-{place}") if self.store else None
            if kept is not None:
                found[place] = [Case(value, trouble) for value, trouble in kept]
        todo = [place for place in range(len(pieces)) if place not in found]
        done = sum(len(found[place]) for place in found)
        self.tick(done, len(cases), words)
        for place, result in self._compute(fn, pieces, todo):
            found[place] = result
            if self.store:
                kept = [(case.value, case.trouble) for case in result]
                self.store.keep_case(self.content, f"{label}-{place}", kept)
            done += len(result)
            self.tick(done, len(cases), words)
        return [case for place in range(len(pieces)) for case in found[place]]

    def _compute(self, fn: Callable[[Any], Any], pieces: list[list[Any]], todo: list[int]) -> Any:
        if len(todo) <= 1 or (self.workers.count == 1 and self.workers.executor is None):
            for place in todo:
                yield place, piece(fn, pieces[place])
            return
        deaths = 0
        while todo:
            futures: dict[Future[list[Case]], int] = {}
            try:
                pool = self.workers.pool()
                futures = {pool.submit(piece, fn, pieces[place]): place for place in todo}
                for future in as_completed(futures):
                    place = futures[future]
                    result = future.result()
                    todo.remove(place)
                    yield place, result
            except BrokenProcessPool:
                self.workers.drop()
                deaths += 1
                if deaths > 3:  # something in these cases kills workers: say so, once each, and go on
                    for place in list(todo):
                        yield place, [Case(None, "its worker died, four times") for _ in pieces[place]]
                    return
            except (Stopped, GeneratorExit, KeyboardInterrupt):
                self.workers.drop()
                raise


def cores() -> int:
    """How many processes this machine can keep busy."""
    return max(1, os.cpu_count() or 1)


def piece(fn: Callable[[Any], Any], cases: list[Any]) -> list[Case]:
    """Some cases, one after the other, with one thread, so that sums are added in one order everywhere."""
    with threadpool_limits(1):
        return [attempt(fn, case) for case in cases]


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
        workers or Workers(count=1),
        progress or _quiet,
        stop or threading.Event(),
        publish,
    )


def _quiet(done: int, of: int, words: str) -> None:
    """No progress is shown."""


def _start_worker(files: tuple[tuple[str, str], ...]) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = "1"
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=partial(_leave_with, parent.sentinel), daemon=True).start()
    for path, module in files:
        load(Path(path), module)


def _leave_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
