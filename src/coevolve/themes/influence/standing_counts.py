"""Counts, shares and lists in the words of `standing`, and what its actors are called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...evidence.network import Network

PROJECTED = re.compile(r"one-mode projection of .+ on (?P<actor>[^:]+):")


def counted(number: float) -> str:
    """A whole number with thin spaces between thousands from five digits on.

    >>> counted(4967), counted(27411)
    ('4967', '27\u2009411')
    """
    whole = round(number)
    return f"{whole:,}".replace(",", "\u2009") if abs(whole) > 9999 else str(whole)


def many(number: float, word: str) -> str:
    """A count with its word in the singular or plural; a word that ends in s stays as it is.

    >>> many(1, "tie"), many(2, "tie"), many(3, "university")
    ('1 tie', '2 ties', '3 universities')
    """
    return f"{counted(number)} {word if round(number) == 1 else plural(word)}"


def plural(word: str) -> str:
    """More than one of a word.

    >>> plural("organisation"), plural("city"), plural("branch")
    ('organisations', 'cities', 'branches')
    """
    if word.endswith("s"):
        return word
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    return word + ("es" if word.endswith(("x", "ch", "sh")) else "s")


def percent(part: float, whole: float) -> str:
    """A share in whole per cent; what would round to none or all says so.

    >>> percent(1, 3), percent(1, 1000), percent(999, 1000)
    ('33 %', 'under 1 %', 'over 99 %')
    """
    share = 100.0 * part / whole
    if 0.0 < share < 1.0:
        return "under 1 %"
    return "over 99 %" if 99.0 < share < 100.0 else f"{share:.0f} %"


def listed(parts: Sequence[str]) -> str:
    """One, two and three.

    >>> listed(["one"]), listed(["one", "two", "three"])
    ('one', 'one, two and three')
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def actor_word(network: Network, place: int | None = None) -> str:
    """What the actors are called: by the column that a projection ties, or by the mode of one; else actor."""
    if network.mode is not None:
        known = network.mode_names is not None and place is not None
        word = network.mode_names[network.mode[place]] if known else ""  # type: ignore[index]
    else:
        found = PROJECTED.match(network.made_by)
        word = found["actor"] if found else ""
    word = word.replace("_", " ").strip()
    return word if word and not word.endswith("s") else "actor"


def span(network: Network) -> str:
    """The years of a network, first to last; empty without years."""
    years = network.years
    if not years:
        return ""
    return str(years[0]) if len(years) == 1 else f"{years[0]} to {years[-1]}"
