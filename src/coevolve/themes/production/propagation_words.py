"""What `propagation` found, in words and pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...inquiry.finding import Chart, Finding, Note, Table
from ...inquiry.wording import listed
from . import words
from .model import Outcome
from .propagation_tables import PARTS, Effects, Shock


def finding(outcome: Outcome, shock: Shock, found: Effects, tables: tuple[Table, ...]) -> Finding:
    """The whole Finding."""
    return Finding(
        claim=_claim(outcome, shock, found, tables),
        title=f"What a change of {_what(shock)} sets off: {words.heading(outcome)}",
        tables=tables,
        charts=tuple(_charts(outcome, shock)),
        notes=tuple(_notes(outcome, shock, found)),
        sources=(words.LEONTIEF, words.MILLER_BLAIR, words.TONG_WANG),
    )


def _what(shock: Shock) -> str:
    return "output" if shock.of_output else "final demand"


def _claim(outcome: Outcome, shock: Shock, found: Effects, tables: tuple[Table, ...]) -> str:
    unit = f" {outcome.table.unit}" if outcome.table.unit else ""
    sums = {str(row["part"]): row for row in tables[1].rows()}
    total = float(np.sum(found.total))
    low, high = (sums["total"][end] for end in ("lo", "hi"))
    reach = ""
    if isinstance(low, float) and isinstance(high, float):
        reach = words.reach(outcome, words.amount(low), words.amount(high))
    changes = [
        f"{outcome.sectors[k]} by {words.amount(amount, sign=True)}{unit}"
        for k, amount in zip(shock.places.tolist(), shock.amount.tolist(), strict=True)
    ]
    few = listed(changes) if len(changes) < 4 else f"{', '.join(changes[:3])} and {len(changes) - 3} more"
    others = np.delete(np.arange(len(found.total)), shock.places)
    outside = ""
    if len(others) and np.abs(found.total[others]).max() > 0:
        k = int(others[np.abs(found.total[others]).argmax()])
        outside = f", outside these most in {outcome.sectors[k]} ({words.amount(float(found.total[k]), sign=True)})"
    rounds = {part: float(np.sum(getattr(found, part))) for part in PARTS}
    parts = ", ".join(f"{words.amount(value, sign=True)} {part}" for part, value in rounds.items())
    return (
        f"{words.where_and_when(outcome)}, a change of {_what(shock)} of {few} goes with "
        f"{words.amount(total, sign=True)}{unit}{reach} of output in all industries at fixed coefficients: "
        f"{parts}{outside}."
    )


def _notes(outcome: Outcome, shock: Shock, found: Effects) -> Iterator[Note]:
    yield words.fixed_coefficients()
    after = outcome.economy.output + found.total
    below = np.flatnonzero((after < 0) & (outcome.economy.output >= 0))
    if len(below):
        names = [outcome.sectors[k] for k in below[:6].tolist()]
        yield Note(f"Ask for a smaller change: output of {listed(names)} would fall below zero.", "caution")
    large = np.abs(found.total) > 0.1 * np.abs(outcome.economy.output)
    if large.any():
        yield Note(
            f"Trust small changes more: {int(large.sum())} industries change by over 10 % of their output, where fixed "
            "coefficients are least believable."
        )
    if shock.of_output:
        yield Note(
            "Read the initial effect as implied: it is the change of final demand that moves the named outputs by "
            "exactly what was asked; demand for all others stays."
        )
    yield from words.common_notes(outcome)


def _charts(outcome: Outcome, shock: Shock) -> Iterator[Chart]:
    yield Chart(
        "parts",
        "bars",
        "parts",
        {"label": "industry", "value": "value", "series": "part"},
        f"Where the change of {_what(shock)} arrives, and in which round",
        f"{words.money(outcome) or 'money'}, largest effects; {words.heading(outcome)}",
        "Stacked bars of initial, direct and indirect effects by industry, largest first.",
        options={"stacked": True},
    )
