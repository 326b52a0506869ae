"""Shares and spans in the words of `standing`, and what its actors are called."""

from __future__ import annotations

import re

from ...evidence.network import Network

PROJECTED = re.compile(r"one-mode projection of .+ on (?P<actor>[^:]+):")


def percent(part: float, whole: float) -> str:
    """A share in whole per cent; what would round to none or all says so.

    >>> percent(1, 3), percent(1, 1000), percent(999, 1000)
    ('33 %', 'under 1 %', 'over 99 %')
    """
    share = 100.0 * part / whole
    if 0.0 < share < 1.0:
        return "under 1 %"
    return "over 99 %" if 99.0 < share < 100.0 else f"{share:.0f} %"


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


def during(network: Network) -> str:
    """The end of a subtitle that says the years of a network, where it has any."""
    years = span(network)
    return f", {years}" if years else ""
