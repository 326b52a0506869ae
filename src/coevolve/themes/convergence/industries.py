"""Which industries a question means, and which codes of each piece of evidence belong to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

MOST_PAIRS = 500


def members(industries: Mapping[str, Sequence[str]], labels: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """The places in `labels` of each industry's codes; a code with * stands for all that begin like it.

    >>> members({"farms": ["111CA"], "digital": ["51*"]}, ["111CA", "511", "513"])
    {'farms': (0,), 'digital': (1, 2)}
    """
    return {
        name: tuple(
            k
            for k, label in enumerate(labels)
            if any(code == label or ("*" in code and fnmatchcase(label, code)) for code in codes)
        )
        for name, codes in industries.items()
    }


def summing(groups: Mapping[str, tuple[int, ...]], size: int) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """A matrix that adds `size` sectors up: the industries first, then every sector that belongs to none.

    Returns it and the names of its first rows. A sector in two industries counts in both.
    """
    taken = {k for places in groups.values() for k in places}
    rest = [k for k in range(size) if k not in taken]
    matrix = np.zeros((len(groups) + len(rest), size))
    for row, places in enumerate(groups.values()):
        matrix[row, list(places)] = 1.0
    for row, k in enumerate(rest, start=len(groups)):
        matrix[row, k] = 1.0
    return matrix, tuple(groups)


def pairs_of(said: str | Iterable[Sequence[str]], industries: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs that are asked: those listed, or every two industries."""
    if said == "all":
        return list(combinations(industries, 2))
    return [(one[0], one[1]) for one in said]


def pair_name(first: str, second: str) -> str:
    """What a pair is called in tables.

    >>> pair_name("farms", "telecom")
    'farms × telecom'
    """
    return f"{first} × {second}"
