"""The processes that cases are computed in: spawned, one thread each, gone with their parent."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import connection
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from ..errors import Stopped, StudyError
from ..inquiry.at import Case, attempt
from .own import Own, load
from .store import COMPILED

DEATHS = 2  # of the pool before pieces are tried one at a time
PATIENCE = 0.2  # seconds between two looks at whether to stop
WINDOWS_MOST = 61
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "NPROC")
XLA_ONE_THREAD = "--xla_cpu_multi_thread_eigen=false"
DIED = "its worker died"

Work = Callable[[Any], Any]
Pieces = dict[int, list[Any]]
IsStopped = Callable[[], bool]


@dataclass
class Workers:
    """Spawned processes, started when first needed and shared by all asks of a run; or an executor of the user's.

    Numbers never depend on how many there are: a case is computed alone, with one thread, and the cut into pieces
    depends on the number of cases only.
    """

    count: int = 1
    own: tuple[Own, ...] = ()
    executor: Executor | None = None
    _pool: ProcessPoolExecutor | None = None

    def compute(self, fn: Work, pieces: Pieces, is_stopped: IsStopped) -> Iterator[tuple[int, list[Case]]]:
        """(place, cases) of every piece, as they are done. Raises Stopped soon after `is_stopped` says so."""
        if self.executor is None and (len(pieces) <= 1 or self.count == 1):
            for place, cases in pieces.items():
                yield place, here(fn, cases, is_stopped)
            return
        try:
            left = dict(pieces)
            for _ in range(DEATHS):
                yield from self._together(fn, left, is_stopped)
                if not left:
                    return
            for place, cases in left.items():
                yield place, self._carefully(fn, cases, is_stopped)
        except BaseException:
            self.drop()
            raise

    def drop(self) -> None:
        """End the processes at once; what they had not finished is lost, and only that."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        processes = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()

    def _together(self, fn: Work, left: Pieces, is_stopped: IsStopped) -> Iterator[tuple[int, list[Case]]]:
        """All pieces at once; each that is done leaves `left`. When a worker dies, the rest stays in it."""
        pool = self._executor()
        futures: dict[Future[list[Case]], int] = {}
        try:
            futures = {self._submit(pool, fn, cases): place for place, cases in left.items()}
            for future in _done(futures, is_stopped):
                result = future.result()
                place = futures[future]
                del left[place]
                yield place, result
        except BrokenExecutor as error:
            self._lament(error)
        finally:
            for future in futures:
                future.cancel()

    def _carefully(self, fn: Work, cases: list[Any], is_stopped: IsStopped) -> list[Case]:
        """One piece alone; if its worker dies, its cases one by one, so that only the deadly one is lost."""
        found = self._alone(fn, cases, is_stopped)
        if found is not None:
            return found
        result = []
        for case in cases:
            one = self._alone(fn, [case], is_stopped)
            result.append(Case(None, DIED) if one is None else one[0])
        return result

    def _alone(self, fn: Work, cases: list[Any], is_stopped: IsStopped) -> list[Case] | None:
        try:
            future = self._submit(self._executor(), fn, cases)
            return next(_done({future: 0}, is_stopped)).result()
        except BrokenExecutor as error:
            self._lament(error)
            return None

    def _submit(self, pool: Executor, fn: Work, cases: list[Any]) -> Future[list[Case]]:
        return pool.submit(there, files_of(self.own), pickle.dumps((fn, cases)))

    def _executor(self) -> Executor:
        if self.executor is not None:
            return self.executor
        if self._pool is None:
            most = WINDOWS_MOST if sys.platform == "win32" else self.count
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(min(self.count, most), context, _start_worker)
            try:
                self._pool.submit(os.getpid).result()
            except BrokenExecutor:
                self._pool = None
                do = 'Put the call under `if __name__ == "__main__":` in a file, or use workers = 1.'
                raise StudyError("worker processes cannot start from this program.", got=sys.argv[0], do=do) from None
        return self._pool

    def _lament(self, error: BrokenExecutor) -> None:
        if self.executor is not None:
            do = "Start it again; what was finished is kept when the run has a folder."
            raise StudyError("the executor that was given broke.", got=str(error), do=do) from error
        self.drop()


def cores() -> int:
    """How many processes this machine can keep busy."""
    return max(1, os.cpu_count() or 1)


@contextmanager
def nets_in(store: Path | None) -> Iterator[None]:
    """While this lasts, nets are compiled for one thread, and what was compiled is kept in `store` for the next run.

    JAX reads these settings when it is first imported, here or in a worker; settings of the user's stand.
    """
    settings = {"NPROC": "1", "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {XLA_ONE_THREAD}".strip()}
    if store is not None and "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        settings["JAX_COMPILATION_CACHE_DIR"] = str(store / COMPILED)
        settings["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.2"
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def here(fn: Work, cases: list[Any], is_stopped: IsStopped) -> list[Case]:
    """Some cases in this process, with one thread, so that sums are added in one order everywhere."""
    result = []
    with threadpool_limits(1):
        for case in cases:
            if is_stopped():
                raise Stopped
            result.append(attempt(fn, case))
    return result


def there(files: tuple[tuple[str, str, str], ...], work: bytes) -> list[Case]:
    """Some cases in another process, after the user's own files were loaded there from the text sent along."""
    for path, module, text in files:
        load(Path(path), module, text)
    fn, cases = pickle.loads(work)
    return here(fn, cases, bool)


def files_of(own: tuple[Own, ...]) -> tuple[tuple[str, str, str], ...]:
    """(path, module, text) of the user's own files."""
    return tuple((str(one.path), one.module, one.text) for one in own)


def _done(futures: dict[Future[list[Case]], int], is_stopped: IsStopped) -> Iterator[Future[list[Case]]]:
    waiting = set(futures)
    while waiting:
        finished, waiting = wait(waiting, PATIENCE, FIRST_COMPLETED)
        if is_stopped():
            raise Stopped
        yield from finished


def _start_worker() -> None:
    for name in ONE_THREAD:
        os.environ[name] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=partial(_leave_with, parent.sentinel), daemon=True).start()


def _leave_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
