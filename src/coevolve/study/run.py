"""A study from top to bottom: evidence read, every ask checked before anything is computed, answers kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from ..errors import CoevolveError, DataError, Fault, Stopped, StudyError, nearest
from ..evidence.accounts import Accounts
from ..evidence.balance import unbalanced
from ..evidence.evidence import Evidence
from ..evidence.read import Reading, read
from ..inquiry.finding import Finding
from ..inquiry.key import Key
from ..inquiry.record import Answer, EvidenceLine, Record
from ..inquiry.wording import counted
from .claim import STORE, claimed, refuse_strangers
from .content import content_key, provenance
from .desk import Desk
from .store import Store
from .study import Ask, Study
from .unanswered import unanswered
from .workers import Workers, cores, nets_in


class Watcher:
    """What a run tells while it goes on. The terminal and the page subclass it; this one is silent."""

    def evidence(self, name: str, reading: Reading) -> None:
        """A piece of evidence was read."""

    def asking(self, place: int, of: int, ask: Ask) -> None:
        """An ask begins."""

    def progress(self, done: int, of: int, words: str) -> None:
        """The ask in hand is so far."""

    def answered(self, ask: Ask, finding: Finding, stored: bool, seconds: float) -> None:
        """An ask has its Finding; `stored` when it was kept from an earlier run."""


@dataclass(frozen=True)
class Settings:
    """How to run: where results are kept (None: nowhere), with what, and how much of it.

    `workers` is how many processes to use (all cores when left out), `executor` takes their place. `finish` gets the
    record while the folder is still held.
    """

    out: Path | None = None
    data: Path | None = None
    fresh: bool = False
    publish: bool = False
    workers: int | None = None
    executor: Executor | None = None
    watcher: Watcher = field(default_factory=Watcher)
    stop: threading.Event = field(default_factory=threading.Event)
    finish: Callable[[Record], object] = lambda record: None


def run(study: Study, settings: Settings | None = None) -> Record:
    """The Record of a study. Bad input is refused before anything is computed, all its faults at once.

    Raises StudyError and DataError at the door, Stopped when `settings.stop` is set; answers finished by then
    are kept and found again by the next run. With `settings.out`, that folder is ours alone while the run lasts and
    until `settings.finish` has written what it writes.
    """
    how = settings or Settings()
    started, begun = time.perf_counter(), datetime.now(UTC)
    if how.out is not None:
        refuse_strangers(how.out)
    readings = read_evidence(study, how.data, how.watcher)
    evidence = evidence_of(readings)
    refuse(study, evidence)
    with claimed(how.out):
        answers = _all_answers(study, evidence, how)
        seconds = time.perf_counter() - started
        where = {
            "began": begun.isoformat(timespec="seconds"),
            "seconds": round(seconds, 2),
            "folder": str(study.base),
        }
        lines = tuple(evidence_line(name, reading) for name, reading in readings.items())
        record = Record(study.title, study.seed, study.text, answers, lines, provenance(), where)
        how.finish(record)
    return record


def read_evidence(study: Study, data: Path | None, watcher: Watcher | None = None) -> dict[str, Reading]:
    """Every piece of evidence of a study; the faults of all of them at once."""
    faults: list[Fault] = []
    readings: dict[str, Reading] = {}
    for name, keys in study.evidence.items():
        try:
            readings[name] = read(keys, name=name, base=study.base, data=data)
        except CoevolveError as error:
            faults.extend(error.faults)
            continue
        if watcher:
            watcher.evidence(name, readings[name])
    if faults:
        raise DataError(faults)
    return readings


def evidence_of(readings: Mapping[str, Reading]) -> Evidence:
    """The bag of evidence; what the reader doubted stands on the record's evidence lines, once."""
    return Evidence({name: replace(reading.item, notes=()) for name, reading in readings.items()})


def refuse(study: Study, evidence: Evidence) -> None:
    """Raise StudyError with everything that makes an ask impossible of this evidence."""
    found: list[Fault] = []
    for place, ask in enumerate(study.asks, start=1):
        where = f"{study.label}, ask {place} ('{ask.name}')"
        found.extend(Fault(f.what, f.where or where, f.got, f.do) for f in ask_faults(ask, evidence))
    if found:
        raise StudyError(found)


def ask_faults(ask: Ask, evidence: Evidence) -> Iterator[Fault]:
    """The faults of one ask; evidence of the wrong kind is one, evidence that a later ask makes is not there yet."""
    wrong = False
    for option, kind, names in ask.question.reads():
        for name in names:
            if name in evidence.items and name not in evidence.names(kind):
                wrong = True
                yield Fault(
                    f"option '{option}' wants a {kind}, and '{name}' is none.",
                    got=name,
                    do=nearest(name, evidence.names(kind)),
                )
    if wrong:
        return
    try:
        yield from ask.question.faults(evidence)
    except CoevolveError as error:
        yield from error.faults


def answer(question: Any, evidence: Evidence, desk: Desk) -> Finding:
    """One Finding, computed with one thread so that study, library and terminal give the same bytes."""
    with threadpool_limits(1), nets_in(None):
        found = question.answer(evidence, desk)
    if not isinstance(found, Finding):
        raise StudyError(
            f"'{type(question).__name__}' gave no Finding.",
            got=type(found).__name__,
            do="Return a coevolve.Finding from answer.",
        )
    return found


def evidence_line(name: str, reading: Reading) -> EvidenceLine:
    """What the record says of a piece of evidence."""
    item = reading.item
    words = unbalanced(item) if isinstance(item, Accounts) else ""
    return EvidenceLine(
        name,
        reading.kind,
        reading.source,
        reading.sha256,
        item.digest(),
        size_words(item),
        dict(reading.guessed),
        tuple(dict.fromkeys([*reading.notes, *item.notes])),
        (words,) if words else (),
    )


def size_words(item: Any) -> str:
    """How large a piece of evidence is, in words."""
    if hasattr(item, "shape"):
        regions, industries, periods = item.shape
        parts = [counted(regions, "region"), *([counted(industries, "industry")] if item.industries else [])]
        return " × ".join([*parts, counted(periods, item.periods.word)])
    if hasattr(item, "sectors"):
        return f"{counted(len(item.sectors), 'sector')}, {counted(len(item.years), 'table')}"
    return f"{counted(len(item.labels), 'actor')}, {counted(len(item.source), 'link')}"


def _all_answers(study: Study, evidence: Evidence, how: Settings) -> tuple[Answer, ...]:
    own = tuple({one.module: one for ask in study.asks for one in ask.own}.values())
    workers = Workers(how.workers or cores(), own, how.executor)
    try:
        with threadpool_limits(1), nets_in(how.out / STORE if how.out else None):
            return tuple(_answers(study, evidence, workers, how))
    finally:
        workers.drop()


def _answers(study: Study, evidence: Evidence, workers: Workers, how: Settings) -> Iterator[Answer]:
    store = Store(how.out / STORE) if how.out else None
    claims: dict[str, str] = {}
    for place, ask in enumerate(study.asks, start=1):
        if how.stop.is_set():
            raise Stopped
        how.watcher.asking(place, len(study.asks), ask)
        began = time.perf_counter()
        lacking = unanswered(ask.question, evidence, claims)
        if lacking is not None:
            claims[ask.name] = lacking.claim
            how.watcher.answered(ask, lacking, False, time.perf_counter() - began)
            yield Answer(ask.name, ask.said, ask.question.options(), lacking)
            continue
        key = content_key(ask.question, ask.name, study.seed, evidence, ask.own, how.publish)
        if how.fresh and store:
            store.drop(key)
        finding = store.finding(key) if store else None
        stored = finding is not None
        if finding is None:
            desk = Desk(Key.of(study.seed, ask.name), key, store, workers, how.watcher.progress, how.stop, how.publish)
            finding = answer(ask.question, evidence, desk)
            if store and not desk.lost:
                store.keep_finding(key, finding)
        how.watcher.answered(ask, finding, stored, time.perf_counter() - began)
        if finding.made is not None:
            evidence = evidence.with_item(ask.name, finding.made)
        claims[ask.name] = finding.claim
        yield Answer(ask.name, ask.said, ask.question.options(), finding, key, stored)
