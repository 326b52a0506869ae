"""How numbers and labels are written in messages and put in order."""

from __future__ import annotations

import re
from collections.abc import Sequence


def plain(value: float) -> str:
    """A number as a reader writes it: no decimal point where it is whole."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def plain_or_blank(value: float) -> str:
    """A number as a reader writes it, nothing for an absent one."""
    return "" if value != value else plain(value)


def series_label(region: str, industry: str, period: str = "") -> str:
    """Region/industry, and the period where there is one.

    >>> series_label("Hubei", "steel", "2011"), series_label("Hubei", "")
    ('Hubei/steel 2011', 'Hubei')
    """
    parts = "/".join(one for one in (region, industry) if one) or "the series"
    return f"{parts} {period}".strip()


def few_of(names: Sequence[str], most: int) -> str:
    """The first names, and how many more there are.

    >>> few_of(["a", "b", "c"], 2), few_of(["a", "b"], 2)
    ('a, b and 1 more', 'a, b')
    """
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def natural(label: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts labels as people do: 2 before 10, and text after numbers.

    >>> sorted(["10", "2", "b2", "b10", "02"], key=natural)
    ['02', '2', '10', 'b2', 'b10']
    """
    parts = re.findall(r"\d+|\D+", label)
    return (*((0, int(one), "") if one.isdecimal() else (1, 0, one) for one in parts), (2, 0, label))
