"""How findings about order write shares, changes and names; counts and lists are those of `inquiry.wording`."""

from __future__ import annotations

from collections.abc import Sequence

from ...inquiry.wording import listed

NAMED = 6  # labels named before the rest is counted


def single(words: str) -> str:
    """One of the things that a plural unit counts; what is no plural stays.

    >>> single("establishments"), single("companies"), single("staff")
    ('establishment', 'company', 'staff')
    """
    if words.endswith("ies"):
        return words[:-3] + "y"
    return words[:-1] if words.endswith("s") and not words.endswith("ss") else words


def percent(share: float) -> str:
    """A share as a whole percentage, or with more figures where it is below one."""
    figure = 100 * share
    return f"{figure:.0f} %" if abs(figure) >= 1 or figure == 0 else f"{figure:.2g} %"


def signed(value: float, places: int = 4) -> str:
    """A number with its sign, as changes are written; a change that rounds to nothing has none."""
    text = f"{value:+.{places}f}"
    return text if any(one in "123456789" for one in text) else f"{0:.{places}f}"


def named(words: Sequence[str]) -> str:
    """The first few by name, the others by number."""
    more = len(words) - NAMED
    return listed(words) if more <= 0 else f"{', '.join(words[:NAMED])} and {more} more"
