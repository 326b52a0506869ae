"""What `lint` found: the defects row by row, how many rows each formula gives, and the verdict in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from ...evidence.periods import Periods
from ...inquiry.finding import Chart, Finding, Note, Source, Table
from ...inquiry.wording import counted, listed
from .entropy_tables import time_labels, time_word
from .lint_model import Fitting

WORDS = {
    "coupling_degree": "coupling degree C",
    "coordination_index": "coordination index T",
    "coupling_coordination_degree": "degree D",
}
UNEXPLAINED = "none of those known"
SOURCES = (
    Source(
        "wang2021",
        "Wang, S., Kong, W., Ren, L., Zhi, D. and Dai, B. (2021). Research on misuses and "
        "modification of coupling coordination degree model in China. Journal of Natural Resources "
        "36(3), 793-810.",
        "https://www.jnr.ac.cn/article/2021/1000-3037/1000-3037-36-3-793.shtml",
    ),
)


def finding(regions: tuple[str, ...], periods: Periods, fittings: list[Fitting], subsystems: int) -> Finding:
    """The whole Finding."""
    found = (defects(regions, periods, fittings), formulas(fittings))
    charts = [] if not len(found[1]) else [_chart()]
    return Finding(
        claim=claim(fittings),
        title="Arithmetic of a published coupling coordination table",
        tables=found,
        charts=tuple(charts),
        notes=tuple(notes(fittings, subsystems)),
        sources=SOURCES,
    )


def claim(fittings: list[Fitting]) -> str:
    """How many rows of each printed column are wrong, and what would explain them."""
    said = [_column(one) for one in fittings if one.known.any()]
    if not said:
        return "No row of the table can be judged: the scores or the printed columns are empty."
    if not any(one.wrong.any() for one in fittings):
        judged = sum(int(one.known.sum()) for one in fittings)
        return f"The table is in order: all {judged} printed numbers follow from its own columns within rounding."
    whole = "; ".join(said)
    return f"{whole[0].upper()}{whole[1:]}."


def _column(fitting: Fitting) -> str:
    wrong, many = int(fitting.wrong.sum()), int(fitting.known.sum())
    name = WORDS[fitting.kind]
    if not wrong:
        return f"the {name} is right in all {counted(many, 'row')}"
    tally = Counter(fitting.explanation(int(row)) or UNEXPLAINED for row in np.flatnonzero(fitting.wrong))
    why = listed(
        [f"'{name}' would explain {often}" for name, often in tally.most_common(3) if name != UNEXPLAINED] or [""]
    )
    left = tally[UNEXPLAINED]
    rest = f"{'; ' if why else ''}{left} fit no formula known here" if left else ""
    return f"the {name} is wrong in {wrong} of {counted(many, 'row')} ({why}{rest})"


def defects(regions: tuple[str, ...], periods: Periods, fittings: list[Fitting]) -> Table:
    """One row a wrong number: where it stands, what is printed, what it should be, what would explain it."""
    names = ("row", "region", time_word(periods), "what", "printed", "expected", "formula")
    labels = time_labels(periods).tolist()
    found = []
    for one in fittings:
        for row in np.flatnonzero(one.wrong):
            place, time = divmod(int(row), len(labels))
            explained = one.explanation(int(row)) or UNEXPLAINED
            found.append(
                (
                    int(row) + 1,
                    regions[place],
                    labels[time],
                    one.kind,
                    float(one.printed[row]),
                    float(one.expected[row]),
                    explained,
                )
            )
    caption = "Numbers that no right formula gives within rounding; formula: the slip that would give them."
    return Table.of_rows("defects", names, found, caption=caption)


def formulas(fittings: list[Fitting]) -> Table:
    """One row a printed column and formula: how many of its rows the formula gives."""
    found = [
        (one.kind, name, k < one.right, int((one.fits[k] & one.known).sum()), int(one.known.sum()))
        for one in fittings
        for k, name in enumerate(one.formulas)
    ]
    names = ("what", "formula", "is_right", "rows_given", "rows")
    return Table.of_rows("formulas", names, found, caption="How many rows each formula gives within rounding.")


def notes(fittings: list[Fitting], subsystems: int) -> Iterator[Note]:
    """What to keep in mind."""
    for one in fittings:
        if one.kind != "coupling_degree" or not one.known.any():
            continue
        most = float(np.max(one.printed[one.known]))
        if one.wrong.any() and most <= 1 / subsystems + 1e-9:
            yield Note(
                f"Check the formula for the coefficient n: no printed C is above 1/{subsystems} = "
                f"{1 / subsystems:.3f}, the most that a lost coefficient allows (largest {most:.3f}).",
                "caution",
            )
        if one.form and not one.wrong.all():
            yield Note(f"Name the form in print: the table is held to '{one.formulas[one.form]}', which fits it best.")
    unjudged = [one for one in fittings if not one.known.all()]
    if unjudged:
        lost = max(int((~one.known).sum()) for one in unjudged)
        yield Note(f"Fill gaps to judge {counted(lost, 'row')} more: a score or the printed number is missing.")
    yield Note(
        "Read this as arithmetic alone: a table in order may still rest on scores without meaning, and a formula that "
        "explains a row is a guess at what happened."
    )


def _chart() -> Chart:
    return Chart(
        "formulas",
        "bars",
        "formulas",
        {"label": "formula", "value": "rows_given", "facet": "what"},
        "How many rows each formula gives",
        "within what rounding allows",
        "Bars of the number of rows that each formula gives.",
    )
