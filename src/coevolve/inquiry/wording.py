"""How findings and reports write counts and lists in sentences."""

from __future__ import annotations

from collections.abc import Sequence


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence with commas and a last "and".

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"]), listed([])
    ('a', 'a and b', 'a, b and c', '')
    """
    return " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def counted(many: float, word: str) -> str:
    """A count with its word in the singular or plural; a word that ends in s stays as it is.

    >>> counted(1, "region"), counted(2, "industry"), counted(3, "series"), counted(12000, "day")
    ('1 region', '2 industries', '3 series', '12\\u2009000 days')
    """
    return f"{digits(many)} {word if round(many) == 1 else plural(word)}"


def plural(word: str) -> str:
    """More than one of a word.

    >>> plural("economy"), plural("day"), plural("branch"), plural("series")
    ('economies', 'days', 'branches', 'series')
    """
    if word.endswith("s"):
        return word
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    return word + ("es" if word.endswith(("x", "ch", "sh")) else "s")


def digits(number: float) -> str:
    """A whole number with thin spaces between thousands from five digits on.

    >>> digits(4967), digits(27411)
    ('4967', '27\\u2009411')
    """
    whole = round(number)
    return f"{whole:,}".replace(",", "\u2009") if abs(whole) > 9999 else str(whole)
