"""What a run shows in the terminal while it goes on: a bar with time left on anything over two seconds."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ..evidence.read import Reading
from ..inquiry.finding import Finding
from ..study.run import Watcher, size_words
from ..study.study import Ask

PATIENCE = 2.0


class PatientConsole(Console):
    """Goes on in silence when nobody reads any more, so that a run piped into `head` still writes its folder."""

    def on_broken_pipe(self) -> None:
        """The reader has gone: say nothing more, and let nothing else stumble over it."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class TerminalWatcher(Watcher):
    """Prints each Finding's claim as it comes, and a progress bar when an ask takes more than two seconds."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.began = time.monotonic()
        self.title = ""
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.task: int | None = None

    def __enter__(self) -> TerminalWatcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._put_away()

    def evidence(self, name: str, reading: Reading) -> None:
        """One line a piece of evidence."""
        self.console.print(f"  read {name}: {size_words(reading.item)}", style="dim", highlight=False)

    def asking(self, place: int, of: int, ask: Ask) -> None:
        """A new ask: the clock starts."""
        self.began = time.monotonic()
        self.title = f"{place}/{of} {ask.name}"

    def progress(self, done: int, of: int, words: str) -> None:
        """Draw the bar once the ask has taken longer than a person waits gladly."""
        if self.task is None and time.monotonic() - self.began > PATIENCE:
            self.bar.start()
            self.task = self.bar.add_task(self.title, total=of)
        if self.task is not None:
            text = f"{self.title}: {words} {done} of {of}" if words else self.title
            self.bar.update(self.task, description=text, completed=done, total=of)  # type: ignore[arg-type]

    def answered(self, ask: Ask, finding: Finding, stored: bool, seconds: float) -> None:
        """Say the claim."""
        self._put_away()
        kept = " (kept)" if stored else f" ({seconds:.1f} s)" if seconds > PATIENCE else ""
        self.console.print(f"\n{self.title}{kept}", style="bold", highlight=False, markup=False)
        self.console.print(finding.claim, highlight=False, markup=False)
        for note in finding.notes:
            if note.level == "caution":
                self.console.print(f"  ! {note.text}", style="yellow", highlight=False, markup=False)

    def _put_away(self) -> None:
        if self.task is not None:
            self.bar.remove_task(self.task)  # type: ignore[arg-type]
            self.bar.stop()
            self.task = None
