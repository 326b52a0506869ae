"""A refusal that is an answer: what cannot be known of these poles, why, and what data would decide it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...evidence.series import Series
from ...inquiry.finding import Finding, Note, Table
from ...inquiry.wording import listed
from .decide import DECIDE, Way, way_row
from .symbiosis_sources import SOURCES

MOST_NAMED = 4  # poles named in a claim; more are counted


@dataclass(frozen=True)
class Refusal:
    """One thing that forbids an answer: `why` completes "cannot be known:", `do` says what to do about it.

    `ways` are what would decide it; `modules` are groups of poles that might be joined, each with how closely its
    poles have grown together.
    """

    why: str
    do: str
    ways: tuple[Way, ...] = ()
    modules: tuple[tuple[tuple[str, ...], float], ...] = ()


def refused_finding(series: Series, refusals: Sequence[Refusal]) -> Finding:
    """The Finding of poles that cannot be asked about: what cannot be known, why, and what would decide it."""
    modules = [one for refusal in refusals for one in refusal.modules]
    tables = (refused_table(refusals), *([modules_table(modules)] if modules else []))
    notes = tuple(Note(refusal.do, "caution") for refusal in refusals)
    return Finding(refused_claim(series, refusals), f"Symbiosis of {_poles(series)}", tables, (), notes, SOURCES)


def refused_claim(series: Series, refusals: Sequence[Refusal]) -> str:
    """One sentence: that it cannot be known, and why."""
    why = "; ".join(refusal.why for refusal in refusals)
    return f"How {_poles(series)} act on each other cannot be known from these data: {why}."


def refused_prospects(series: Series, refusals: Sequence[Refusal]) -> Iterator[Note]:
    """The same for `coevolve check`: what will not be known, and what to do."""
    yield Note(f"symbiosis will say what cannot be known. {refused_claim(series, refusals)}", "caution")
    for refusal in refusals:
        yield Note(refusal.do, "caution")


def refused_table(refusals: Sequence[Refusal]) -> Table:
    """What would decide it, one row a way; the columns are those of every table `decide`."""
    rows = [way_row("", way, (float("nan"), float("nan"))) for refusal in refusals for way in refusal.ways]
    return Table.of_rows(
        "decide",
        DECIDE,
        rows,
        {},
        "What would decide it: one row a way, with what these data have and what is needed at the least. "
        "`believable`: whether that can usually be had. Nothing was fitted.",
    )


def modules_table(modules: Sequence[tuple[tuple[str, ...], float]]) -> Table:
    """Which poles might be joined, as a suggestion from the data: one row a pole."""
    rows = [(f"module {k}", pole, len(poles), close) for k, (poles, close) in enumerate(modules, 1) for pole in poles]
    return Table.of_rows(
        "modules",
        ("module", "pole", "poles", "correlation"),
        rows,
        {},
        "A suggestion of poles to join: those whose growth went together most. One row a pole; `correlation`: the mean "
        "correlation of growth between the poles of its module (empty: it stands alone). What grows together may only "
        "share a cause: join what belongs together by trade.",
    )


def _poles(series: Series) -> str:
    if len(series.names) > MOST_NAMED:
        return f"these {len(series.names)} poles"
    return listed(series.names)
