"""What can go wrong, said so that the reader can put it right: what, where, what was got, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

SHOWN = 10


@dataclass(frozen=True)
class Fault:
    """One fault of one input: `where` it is, `what` is wrong, what was `got`, and what to `do`.

    >>> str(Fault("'output' is not a number.", where="panel.csv, row 118", got="n.a.", do="Write gaps as empty cells."))
    'panel.csv, row 118: \\'output\\' is not a number. Got "n.a.". Write gaps as empty cells.'
    """

    what: str
    where: str = ""
    got: object = None
    do: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        if self.got is None:
            got = ""
        elif isinstance(self.got, str):
            got = f' Got "{self.got}".'
        else:
            got = f" Got {self.got}."
        return f"{place}{self.what}{got}{' ' + self.do if self.do else ''}"


class CoevolveError(Exception):
    """A refusal that names every fault found, up to ten in the text and all of them in `faults`."""

    def __init__(self, what: str | Fault | Iterable[Fault], where: str = "", got: object = None, do: str = "") -> None:
        faults: tuple[Fault, ...]
        if isinstance(what, str):
            faults = (Fault(what, where, got, do),)
        elif isinstance(what, Fault):
            faults = (what,)
        else:
            faults = tuple(what)
        self.faults: tuple[Fault, ...] = faults
        lines = [str(fault) for fault in faults[:SHOWN]]
        if len(faults) > SHOWN:
            lines.append(f"... and {len(faults) - SHOWN} more faults of this kind of input.")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[CoevolveError], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


class DataError(CoevolveError):
    """The evidence cannot be read as what the study says it is."""


class StudyError(CoevolveError):
    """The study asks for something that does not exist or cannot be asked of this evidence."""


class Stopped(Exception):
    """The user asked to stop; everything finished so far is kept."""


def nearest(word: str, words: Sequence[str]) -> str:
    """The repair for a misspelt name: the nearest of `words`, or all of them when none is near.

    >>> nearest("pole", ["poles", "until"])
    "Did you mean 'poles'?"
    >>> nearest("zzz", ["a", "b"])
    "There are: 'a', 'b'."
    """
    folded = {str(candidate).casefold(): str(candidate) for candidate in words}
    close = get_close_matches(str(word).casefold(), list(folded), n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{folded[close[0]]}'?"
    if not words:
        return "There are none."
    shown = ", ".join(f"'{name}'" for name in list(words)[:12])
    more = f" and {len(words) - 12} more" if len(words) > 12 else ""
    return f"There are: {shown}{more}."
