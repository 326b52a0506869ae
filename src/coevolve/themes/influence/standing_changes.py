"""How a network with years changes from one year to the next: who comes and goes, which ties last, who rises."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...inquiry.finding import Chart, Table
from .standing_counts import span
from .standing_tables import Slice

FOLLOWED = 8  # actors whose place the picture follows


@dataclass(frozen=True)
class Change:
    """One year beside the year before: counts of actors and ties, and how far the two orders agree.

    `tie_overlap` is the share of the two years' ties, each counted once, that both list. `rank_agreement` is
    Spearman's correlation of closeness over the actors of both years: 1 the same order, 0 none; NaN below three.
    """

    before: int
    year: int
    actors_kept: int
    actors_new: int
    actors_gone: int
    ties_kept: int
    ties_new: int
    ties_gone: int
    tie_overlap: float
    rank_agreement: float
    first_before: str
    first: str


def changes(slices: list[Slice]) -> list[Change]:
    """Every year of the network beside the one before it in the list."""
    yearly = [one for one in slices if one.year is not None]
    return [_change(before, now) for before, now in pairwise(yearly)]


def change_tables(slices: list[Slice], found: list[Change], top: int) -> tuple[Table, Table, Table]:
    """Tables `changes` (one row a pair of years), `places` (the leaders in each year) and what is drawn of it."""
    names = [one.name for one in fields(Change)]
    units = {
        "tie_overlap": "share of both years' ties",
        "rank_agreement": "Spearman correlation of closeness",
        "first_before": "highest closeness",
        "first": "highest closeness",
    }
    rows = [tuple(getattr(one, name) for name in names) for one in found]
    return (
        Table.of_rows("changes", names, rows, units, "One row a year, beside the year before it in the data."),
        _places_table(slices, _leaders(slices, top), "places", f"the {top} best placed of the whole and of any year"),
        _places_table(slices, _leaders(slices[:1], FOLLOWED), "followed", f"the {FOLLOWED} best placed of the whole"),
    )


def change_charts(slices: list[Slice], tables: tuple[Table, ...]) -> tuple[Chart, ...]:
    """The closeness of the leaders, year by year."""
    followed = list(dict.fromkeys(next(table for table in tables if table.name == "followed")["actor"].tolist()))
    years = f"the {len(followed)} highest of {span(slices[0].network)}"
    return (
        Chart(
            "places",
            "lines",
            "followed",
            {"x": "year", "y": "closeness", "series": "actor"},
            title="The best placed actors, year by year",
            subtitle=f"closeness in the network of each year, 0 to 1; {years}",
            alt=f"Lines of the closeness of {', '.join(followed)} by year.",
        ),
    )


def _change(before: Slice, now: Slice) -> Change:
    old, new = set(before.network.labels), set(now.network.labels)
    old_ties, new_ties = _ties(before), _ties(now)
    kept = len(old_ties & new_ties)
    return Change(
        int(before.year or 0),
        int(now.year or 0),
        len(old & new),
        len(new - old),
        len(old - new),
        kept,
        len(new_ties) - kept,
        len(old_ties) - kept,
        kept / len(old_ties | new_ties) if old_ties or new_ties else float("nan"),
        _agreement(before, now),
        _first(before),
        _first(now),
    )


def _ties(one: Slice) -> set[tuple[str, str]]:
    """The ties of a slice by name; without direction in one order."""
    names = np.array(one.network.labels, object)
    pairs = zip(names[one.standing.source].tolist(), names[one.standing.target].tolist(), strict=True)
    return set(pairs) if one.standing.is_directed else {(a, b) if a <= b else (b, a) for a, b in pairs}


def _first(one: Slice) -> str:
    return one.network.labels[int(one.standing.order()[0])] if one.standing.network["links"] else ""


def _agreement(before: Slice, now: Slice) -> float:
    """Spearman's correlation of the two rankings over the actors of both."""
    place = {label: k for k, label in enumerate(before.network.labels)}
    both = [(place[label], k) for k, label in enumerate(now.network.labels) if label in place]
    if len(both) < 3:
        return float("nan")
    then, here = np.array(both).T
    a = _ranks(before.standing.actors[before.standing.ranking][then])
    b = _ranks(now.standing.actors[now.standing.ranking][here])
    if a.std() == 0.0 or b.std() == 0.0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, equal values sharing their mean rank."""
    _, place, often = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(often)
    return np.asarray((last - (often - 1) / 2.0)[place], np.float64)


def _leaders(slices: list[Slice], most: int) -> list[str]:
    """The best placed actors of any of these networks, in the order in which they come."""
    tied = [one for one in slices if one.standing.network["links"]]
    return list(dict.fromkeys(one.network.labels[k] for one in tied for k in one.standing.order()[:most].tolist()))


def _places_table(slices: list[Slice], actors: list[str], name: str, which: str) -> Table:
    """The place of these actors in each year that knows them."""
    rows = []
    for one in slices[1:]:
        rank = one.standing.ranks()
        place = {label: k for k, label in enumerate(one.network.labels)}
        closeness, degree = one.standing.actors[one.standing.ranking], one.standing.actors["degree"]
        known = [(actor, place[actor]) for actor in actors if actor in place]
        rows += [(one.year, actor, int(rank[k]), float(closeness[k]), int(degree[k])) for actor, k in known]
    return Table.of_rows(
        name,
        ("year", "actor", "rank", "closeness", "degree"),
        rows,
        {"rank": "by closeness in that year", "degree": "links"},
        f"One row a year and actor: {which}.",
    )
