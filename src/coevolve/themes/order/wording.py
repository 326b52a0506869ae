"""How findings about order write numbers, counts and lists."""

from __future__ import annotations

from collections.abc import Sequence

NAMED = 6  # labels named before the rest is counted


def count(many: int, word: str) -> str:
    """So many of a thing: "1 state", "51 states".

    >>> count(1, "year"), count(12000, "industry")
    ('1 year', '12\u2009000 industries')
    """
    return f"{digits(many)} {word if many == 1 else plural(word)}"


def plural(word: str) -> str:
    """More than one of a thing.

    >>> plural("industry"), plural("day"), plural("region")
    ('industries', 'days', 'regions')
    """
    return word[:-1] + "ies" if word.endswith("y") and word[-2] not in "aeiou" else word + "s"


def single(words: str) -> str:
    """One of the things that a plural unit counts; what is no plural stays.

    >>> single("establishments"), single("companies"), single("staff")
    ('establishment', 'company', 'staff')
    """
    if words.endswith("ies"):
        return words[:-3] + "y"
    return words[:-1] if words.endswith("s") and not words.endswith("ss") else words


def digits(many: int) -> str:
    """A whole number with thin spaces between thousands from five digits on."""
    return f"{many:,}".replace(",", "\u2009") if many > 9999 else str(many)


def percent(share: float) -> str:
    """A share as a whole percentage, or with more figures where it is below one."""
    figure = 100 * share
    return f"{figure:.0f} %" if abs(figure) >= 1 or figure == 0 else f"{figure:.2g} %"


def signed(value: float, places: int = 4) -> str:
    """A number with its sign, as changes are written; a change that rounds to nothing has none."""
    text = f"{value:+.{places}f}"
    return text if any(one in "123456789" for one in text) else f"{0:.{places}f}"


def both(words: Sequence[str]) -> str:
    """A list in words: "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def named(words: Sequence[str]) -> str:
    """The first few by name, the others by number."""
    more = len(words) - NAMED
    return both(words) if more <= 0 else f"{', '.join(words[:NAMED])} and {more} more"
