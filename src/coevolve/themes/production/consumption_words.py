"""What `consumption` found, in words and pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...inquiry.finding import Chart, Finding, Note, Table
from . import words
from .model import Outcome

SHOWN = 20


def finding(
    outcome: Outcome, tables: tuple[Table, ...], users: NDArray[np.int64], asked: tuple[str, ...], cut: bool
) -> Finding:
    """The whole Finding. `cut` tells that the industries were too many to show every pair."""
    return Finding(
        claim=_claim(outcome, tables[1], asked),
        title=f"What each industry uses of the others: {words.heading(outcome)}",
        tables=(*tables[:1], _sorted(tables[1]), *tables[2:]),
        charts=tuple(_charts(outcome, tables[1])),
        notes=tuple(_notes(outcome, users, cut)),
        sources=(words.TONG_WANG, words.LEONTIEF, words.MILLER_BLAIR, words.GHOSH),
    )


def _sorted(multipliers: Table) -> Table:
    order = np.argsort(-multipliers["output_multiplier"], kind="stable")
    return replace(multipliers, columns={key: column[order] for key, column in multipliers.columns.items()})


def _claim(outcome: Outcome, multipliers: Table, asked: tuple[str, ...]) -> str:
    values = multipliers["output_multiplier"]
    if not len(values):
        return f"{words.where_and_when(outcome)} none of the industries asked for has any output."
    best = int(values.argmax())
    low, high = (f"{multipliers[f'output_multiplier_{end}'][best]:.2f}" for end in ("lo", "hi"))
    name, value = multipliers["industry"][best], f"{values[best]:.2f}{words.reach(outcome, low, high)}"
    among = f", the most of {len(values)} industries{' asked for' if asked else ''}" if len(values) > 1 else ""
    middle = f"; the median industry has {np.median(values):.2f}" if len(values) > 2 else ""
    return (
        f"{words.where_and_when(outcome)}, one unit of final demand for {name} goes with {value} units of output in "
        f"all industries together, its own included{among}{middle}."
    )


def _notes(outcome: Outcome, users: NDArray[np.int64], cut: bool) -> Iterator[Note]:
    if cut:
        yield Note(
            f"Name industries to see other pairs: of {len(outcome.sectors):,} the coefficients of the {len(users)} "
            "largest users are shown."
        )
    yield from words.common_notes(outcome)
    yield words.fixed_coefficients()


def _charts(outcome: Outcome, multipliers: Table) -> Iterator[Chart]:
    shown = min(SHOWN, len(multipliers))
    if shown:
        yield Chart(
            "multipliers",
            "bars",
            "multipliers",
            {
                "label": "industry",
                "value": "output_multiplier",
                "lo": "output_multiplier_lo",
                "hi": "output_multiplier_hi",
            },
            "Output of the whole economy per unit of final demand",
            f"1 or more, by industry of final demand; {words.heading(outcome)}",
            "Bars of the output multipliers by industry, largest first, with 95 % ranges.",
            options={"dots": True},
        )
    yield Chart(
        "between",
        "heat",
        "largest",
        {"row": "supplier", "column": "user", "value": "complete"},
        "Who needs whom: complete consumption coefficients",
        f"input per unit of output over all rounds, largest industries; {words.heading(outcome)}",
        "Heat map of complete consumption coefficients, suppliers in rows and users in columns.",
        options={"sort": "none"},
    )
