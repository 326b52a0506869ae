"""The Finding of `modules`: tables, words and pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...evidence.fit import Fit
from ...inquiry.finding import Chart, Finding, Note, Source, Table
from .modules_found import Found

SOURCE = Source(
    "blondel2008",
    "Blondel, V. D., Guillaume, J.-L., Lambiotte, R. & Lefebvre, E. (2008). Fast unfolding of communities in large "
    "networks. J. Stat. Mech. P10008.",
)


def finding(found: Found, shuffles: int, made: Fit, doubts: list[str]) -> Finding:
    """Modules by link and year, the integration index with its null, and how modules tie."""
    tables = [modules_table(found), integration_table(found), crossing_table(found)]
    if found.rise is not None:
        tables.append(trend_table(found))
    notes = [*notes_of(found, shuffles), *(Note(f"Check the links: {text}", "caution") for text in doubts)]
    return Finding(claim(found), "Modules of links", tuple(tables), tuple(charts(found)), tuple(notes), (SOURCE,), made)


def modules_table(found: Found) -> Table:
    """One row a link and year: its industry and its module."""
    rows = [
        (link, _industry(found, k), f"module {found.module[t, k] + 1}", year)
        for t, year in enumerate(found.years or (0,))
        for k, link in enumerate(found.links)
        if found.module[t, k] >= 0
    ]
    caption = "One row a link and year. A module keeps its name while it overlaps most with the one of the year before."
    return Table.of_rows("modules", ("link", "industry", "module", "year"), rows, caption=caption)


def integration_table(found: Found) -> Table:
    """One row a year: 1 - NMI of modules and industries, and what shuffled industries give."""
    rows = [
        (year, one.index, one.null, one.p, len(np.unique(one.module)))
        for year, one in zip(found.years or (0,), found.each, strict=True)
    ]
    caption = (
        "One row a year: 0 where modules are the industries, 1 where they have nothing to do with them. null: the mean "
        "when industries are dealt out to links at random; p: how often that gives an index as low."
    )
    return Table.of_rows("integration", ("year", "index", "null", "p", "modules"), rows, caption=caption)


def trend_table(found: Found) -> Table:
    """One row: how much the integration index changed, beyond wandering."""
    rise = found.rise
    if rise is None:
        return Table.of_rows("trend", ("change",), [])
    draws = rise.draws(np.random.Generator(np.random.PCG64(0)).standard_normal(4000), _generator())
    lo, middle, hi = np.quantile(draws, [0.05, 0.5, 0.95])
    columns = ("years", "change", "change_lo", "change_hi", "probability_of_rise", "p")
    row = (rise.span, float(middle), float(lo), float(hi), rise.probability, rise.p)
    return Table.of_rows("trend", columns, [row], caption="The change of the integration index with 90 % bounds.")


def _generator() -> np.random.Generator:
    """A fixed stream: quantiles of a known mixture do not depend on the study's seed."""
    return np.random.Generator(np.random.PCG64(1))


def crossing_table(found: Found) -> Table:
    """One row a year and two industries: how many modules hold links of both."""
    rows = []
    for t, year in enumerate(found.years or (0,)):
        for i, first in enumerate(found.industries):
            for j in range(i + 1, len(found.industries)):
                rows.append((year, first, found.industries[j], len(_shared(found, t, i, j))))
    columns = ("year", "first", "second", "shared_modules")
    return Table.of_rows("crossing", columns, rows, caption="One row a year and two industries.")


def _shared(found: Found, year: int, first: int, second: int) -> set[int]:
    modules = [set(found.module[year, found.industry == one].tolist()) - {-1} for one in (first, second)]
    return modules[0] & modules[1]


def claim(found: Found) -> str:
    """How many modules, which industries share one now, and whether the index rose."""
    last, year = len(found.each) - 1, (found.years or (0,))[-1]
    when = f"In {year} " if found.years else ""
    there = found.module[last] >= 0
    many = len(np.unique(found.module[last][there]))
    shared = [
        f"{first} with {found.industries[j]}"
        for i, first in enumerate(found.industries)
        for j in range(i + 1, len(found.industries))
        if _shared(found, last, i, j)
    ]
    said = f"{when}{int(there.sum())} links form {many} module{'' if many == 1 else 's'}"
    said += f"; these share one: {', '.join(shared[:4])}" if shared else "; no module holds links of two industries"
    if len(shared) > 4:
        said += f" and {len(shared) - 4} more"
    said = f"{said[:1].upper()}{said[1:]}."
    index = [one.index for one in found.each]
    if found.rise is None:
        return f"{said} The integration index is {index[-1]:.2f} (0: modules are the industries)."
    moved = f"from {index[0]:.2f} to {index[-1]:.2f} (0: modules are the industries)"
    if found.rise.p > 0.1:
        return f"{said} The integration index went {moved}: no more than wandering (p = {found.rise.p:.2g})."
    word = "rose" if found.rise.probability > 0.5 else "fell"
    return f"{said} The integration index {word} {moved}, beyond wandering (p = {found.rise.p:.2g})."


def notes_of(found: Found, shuffles: int) -> Iterator[Note]:
    """What to mind."""
    lost = int((found.industry < 0).sum())
    if lost:
        yield Note(
            f"Name an industry for {lost} of {len(found.links)} links: they form modules, but count in no index."
        )
    if found.rise is None:
        yield Note("Give eight years or more to tell whether integration rises.")
    yield Note(
        f"Read p by year as a test that modules follow industries at all ({shuffles} shuffles), not of a change."
    )


def charts(found: Found) -> Iterator[Chart]:
    """The index over time, and which links stand in which module."""
    if len(found.years) > 1:
        yield Chart(
            "integration",
            "lines",
            "integration",
            {"x": "year", "y": "index"},
            "Integration: how much modules cross industries",
            "1 - NMI; 0: modules are the industries, 1: nothing to do with them",
            "Line of the integration index by year.",
            options={"limits": [0, 1]},
        )
    yield Chart(
        "crossing",
        "heat",
        "crossing",
        {"row": "first", "column": "second", "value": "shared_modules", "facet": "year"},
        "Modules that hold links of both industries",
        "number of modules",
        "Heat map of the number of modules that two industries share, by year.",
    )


def _industry(found: Found, link: int) -> str:
    return found.industries[found.industry[link]] if found.industry[link] >= 0 else ""
