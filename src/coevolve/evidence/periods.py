"""The time axis of a panel: years by default, also quarters, months and plain numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

_FORMS = (
    ("year", 1, re.compile(r"[+-]?\d{4}(?:\.0+)?")),
    ("quarter", 4, re.compile(r"(\d{4})-?[Qq]([1-4])")),
    ("month", 12, re.compile(r"(\d{4})-?[Mm]?(0[1-9]|1[0-2])")),
)
_WHOLE = re.compile(r"([+-]?)(\d+)(?:\.0+)?")
_BROKEN = re.compile(r"[+-]?\d*\.\d+")


@dataclass(frozen=True)
class Periods:
    """The periods of a panel in order: `labels` as people write them, `position` in units of one period.

    A year is 1; a month is 1 when the panel is monthly, so every rate is per period. `season` is the number of
    periods in a year (1, 4, 12; 1 for plain numbers, which may lie irregularly).
    """

    labels: tuple[str, ...]
    kind: str = "year"

    @classmethod
    def of(cls, labels: Iterable[object]) -> Periods:
        """The sorted, distinct periods among `labels`; raises DataError when they are of different kinds or two labels
        stand at one place in time ("0999" and "999").

        >>> Periods.of([2002, 2001, 2002]).labels
        ('2001', '2002')
        >>> Periods.of(["2006-02", "2006-01"]).kind
        'month'
        """
        texts = sorted({canonical(label) for label in labels})
        if not texts or texts == [""]:
            return cls(("",), "none")
        kind = kind_of(texts)
        position = {text: _position(text, kind) for text in texts}
        ordered = sorted(texts, key=position.__getitem__)
        for one, other in pairwise(ordered):
            if position[one] == position[other]:
                raise DataError("two labels mean one period.", got=f"{one} and {other}", do="Write it one way.")
        return cls(tuple(ordered), kind)

    @cached_property
    def position(self) -> NDArray[np.float64]:
        """Where each period stands on the time axis, in periods (the year itself, months since year 0, ...)."""
        return np.array([_position(label, self.kind) for label in self.labels])

    @property
    def season(self) -> int:
        """Periods in a year: 1, 4 or 12."""
        return {"quarter": 4, "month": 12}.get(self.kind, 1)

    @property
    def word(self) -> str:
        """What one period is called in a sentence: year, quarter, month or period."""
        return self.kind if self.kind in ("year", "quarter", "month") else "period"

    def __len__(self) -> int:
        return len(self.labels)

    def index(self, label: object) -> int:
        """The place of a period; raises DataError naming the span when it is not there."""
        text = canonical(label)
        if text not in self.labels:
            span = f"{self.labels[0]} to {self.labels[-1]}"
            raise DataError("this period is not in the panel.", got=text, do=f"It holds {span}.")
        return self.labels.index(text)

    def until(self, last: object) -> tuple[str, ...]:
        """The labels after the end of the panel up to and including `last`, one `step` from each to the next.

        >>> Periods(("2016", "2017")).until(2020)
        ('2018', '2019', '2020')
        >>> Periods(("2006-11", "2006-12"), "month").until("2007-02")
        ('2007-01', '2007-02')
        >>> Periods(("6", "7.5", "15"), "number").until(18)          # hours at which a culture was measured
        ('16', '17', '18')
        """
        end = self._end()
        target = _position(canonical(last), self.kind)
        return self.after(max(0, int(np.floor((target - end) / self.step + 1e-9))))

    def after(self, steps: int) -> tuple[str, ...]:
        """The labels of the next `steps` periods.

        >>> Periods(("2016", "2017")).after(2)
        ('2018', '2019')
        >>> Periods(("2005", "2010", "2015")).after(2)               # every five years
        ('2020', '2025')
        """
        end, step = self._end(), self.step
        return tuple(_label(end + k * step, self.kind) for k in range(1, steps + 1))

    def ahead(self, labels: Iterable[str]) -> NDArray[np.float64]:
        """Where these labels stand on the time axis, also beyond the end, in periods.

        >>> Periods(("2016", "2017")).ahead(("2018", "2020"))
        array([2018., 2020.])
        """
        return np.array([_position(canonical(label), self.kind) for label in labels])

    def is_regular(self) -> bool:
        """Whether every step is exactly one period."""
        return bool(np.all(np.diff(self.position) == 1))

    @cached_property
    def step(self) -> float:
        """From one label to the next after the end, in periods: the panel's own step where it is even, else 1.

        >>> Periods(("2005", "2010", "2015")).step, Periods(("0", "0.5", "1"), "number").step
        (5.0, 0.5)
        >>> Periods(("6", "7.5", "15"), "number").step               # uneven: one period
        1.0
        """
        return float(np.diff(self.position[:2])[0]) if self.is_even() and len(self) > 1 else 1.0

    def is_even(self) -> bool:
        """Whether all steps are alike, of one period or more.

        >>> Periods(("2005", "2010", "2015")).is_even(), Periods(("6", "7.5", "15"), "number").is_even()
        (True, False)
        """
        steps = np.diff(self.position)
        return bool(np.allclose(steps, steps[:1], rtol=0, atol=1e-9))

    def _end(self) -> float:
        """Where the labels ahead count from: the last period; on uneven axes the whole period that it lies in."""
        last = float(self.position[-1])
        return last if self.is_even() else float(np.floor(last))


def canonical(label: object) -> str:
    """One spelling for each period: 2001.0, "+2001" and "2001 " are all "2001"; "01" is "1"; "2006Q1" is "2006-Q1".

    "2006M01" and "200601" are "2006-01". A year of four digits stays as it is.

    >>> canonical(2001.0), canonical("2006q1"), canonical("2006M03"), canonical("200603"), canonical("01")
    ('2001', '2006-Q1', '2006-03', '2006-03', '1')
    """
    if isinstance(label, float | np.floating):
        if not float(label).is_integer():
            return repr(float(label))
        label = int(label)
    text = str(label).strip()
    whole = _WHOLE.fullmatch(text)
    if whole and whole[1] != "-":
        text = whole[2]
    quarter = _FORMS[1][2].fullmatch(text)
    if quarter:
        return f"{quarter[1]}-Q{quarter[2]}"
    month = _FORMS[2][2].fullmatch(text)
    if month:
        return f"{month[1]}-{month[2]}"
    if whole and len(whole[2]) == 4:
        return f"-{whole[2]}" if whole[1] == "-" and int(whole[2]) else whole[2]
    if whole:
        return str(int(f"{whole[1]}{whole[2]}"))
    return repr(float(text)) if _BROKEN.fullmatch(text) else text


def kind_of(texts: Iterable[str]) -> str:
    """year, quarter, month or number; raises DataError on a mixture or on text that is no period."""
    kinds: dict[str, str] = {}
    for text in texts:
        kinds.setdefault(_kind(text), text)
    if set(kinds) <= {"year", "number"}:
        return "year" if set(kinds) == {"year"} else "number"
    if len(kinds) == 1 and "" not in kinds:
        return next(iter(kinds))
    if "" in kinds:
        raise DataError("this is not a period.", got=kinds[""], do="Write 2006, 2006-Q1, 2006-01 or a plain number.")
    raise DataError(
        "the periods are of different kinds.",
        got=", ".join(f"{text} ({kind})" for kind, text in kinds.items()),
        do='Use one kind, or set to = "year".',
    )


def _kind(text: str) -> str:
    for kind, _, form in _FORMS:
        if form.fullmatch(text):
            return kind
    try:
        return "number" if np.isfinite(float(text)) else ""
    except ValueError:
        return ""


def _position(text: str, kind: str) -> float:
    if kind == "none":
        return 0.0
    if kind in ("quarter", "month"):
        form = _FORMS[1][2] if kind == "quarter" else _FORMS[2][2]
        match = form.fullmatch(text)
        if match is None:
            raise DataError(f"this is not a {kind}.", got=text, do="Write 2006-Q1 or 2006-01.")
        per_year = 4 if kind == "quarter" else 12
        return float(int(match[1]) * per_year + int(match[2]) - 1)
    try:
        return float(text)
    except ValueError:
        raise DataError(f"this is not a {kind}.", got=text, do="Write 2006 or a plain number.") from None


def _label(position: float, kind: str) -> str:
    step = round(position)
    if kind == "quarter":
        return f"{step // 4:04d}-Q{step % 4 + 1}"
    if kind == "month":
        return f"{step // 12:04d}-{step % 12 + 1:02d}"
    return canonical(round(position, 9))
