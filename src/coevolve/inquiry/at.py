"""Where an answer stands: its key, its road to many workers, its progress, and whether it should stop."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import Stopped
from .key import Key


@dataclass(frozen=True)
class Case:
    """What became of one case of `At.map`: its value, or in `trouble` the words of what went wrong."""

    value: Any
    trouble: str = ""

    @property
    def is_done(self) -> bool:
        """Whether the case gave a value."""
        return not self.trouble


class At(ABC):
    """Where an answer stands. Questions get one and know nothing else of files, screens and machines."""

    key: Key

    @abstractmethod
    def map(self, fn: Callable[[Any], Any], cases: Sequence[Any], *, words: str = "") -> list[Case]:
        """`fn` over `cases`, in their order, each kept in the store and each with its own status.

        `fn` is a module-level function of one argument; the case carries all it needs (also a Key, if it draws).
        One failing case never loses the others. `words` says what is being done ("fitting regions").
        """

    @abstractmethod
    def tick(self, done: int, of: int, words: str = "") -> None:
        """Tell how far the work is; raises Stopped when the user asked to stop."""

    @property
    @abstractmethod
    def stopped(self) -> bool:
        """Whether the user asked to stop; long loops ask between pieces of at most a second."""

    @property
    @abstractmethod
    def publish(self) -> bool:
        """Whether the full number of draws and chains is wanted; the Finding says how many it used."""


@dataclass(frozen=True)
class Here(At):
    """Here and now: in this process, nothing stored, nothing shown. For the library, notebooks and tests.

    >>> [case.value for case in Here(Key.of(1, "x")).map(abs, [-1, 2])]
    [1, 2]
    """

    key: Key = field(default_factory=lambda: Key.of(0, "here"))
    publish: bool = False
    stopped: bool = False

    def map(self, fn: Callable[[Any], Any], cases: Sequence[Any], *, words: str = "") -> list[Case]:
        """`fn` over `cases`, one after the other."""
        return [attempt(fn, case) for case in cases]

    def tick(self, done: int, of: int, words: str = "") -> None:
        """Nothing is shown here."""


def attempt(fn: Callable[[Any], Any], case: Any) -> Case:
    """One case with its status: a case that fails says so and loses no other. A wish to stop passes through."""
    try:
        return Case(fn(case))
    except Stopped:
        raise
    except Exception as error:  # the status carries it to the Finding
        return Case(None, f"{type(error).__name__}: {error}")
