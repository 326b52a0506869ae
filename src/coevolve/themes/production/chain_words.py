"""What `chain` found, in words and pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...inquiry.finding import Chart, Finding, Note, Table
from . import words
from .chain_tables import Chain
from .model import Outcome


def finding(outcome: Outcome, sides: tuple[Chain, Chain], tables: tuple[Table, ...], place: int, top: int) -> Finding:
    """The whole Finding. `sides` are supply and demand."""
    name = outcome.sectors[place]
    return Finding(
        claim=_claim(outcome, sides, place, top),
        title=f"The chain of {name}: {words.heading(outcome)}",
        tables=tables,
        charts=tuple(_charts(outcome, tables, name)),
        notes=tuple(_notes(outcome, tables, place, top)),
        sources=(words.TONG_WANG, words.LEONTIEF, words.MILLER_BLAIR),
    )


def _claim(outcome: Outcome, sides: tuple[Chain, Chain], place: int, top: int) -> str:
    name, economy = outcome.sectors[place], outcome.economy
    supply, demand = sides
    opening = words.where_and_when(outcome)
    if economy.output[place] == 0:
        return f"{opening} {name} has no output, so it has no chain."
    needed, direct = float(supply.complete.sum()), float(supply.direct.sum())
    first = (
        f"{opening}, one unit of {name} rests on {needed:.2f} units of intermediate products over all rounds, "
        f"{direct:.2f} of them bought directly"
    )
    suppliers = _largest(outcome, supply, place, top)
    users = _largest(outcome, demand, place, top)
    to_final = economy.final_demand[place] / economy.output[place]
    parts = [first]
    if suppliers:
        parts.append(f"its largest other supply industries are {suppliers}")
    if users:
        parts.append(f"the industries that use most of it per unit of their own output are {users}")
    demand_words = "final demand net of imports" if outcome.table.basis == "total" else "final demand"
    parts.append(f"{demand_words} is {100 * to_final:.0f} % of its output")
    return "; ".join(parts) + "."


def _largest(outcome: Outcome, side: Chain, place: int, top: int) -> str:
    found = side.others(min(top, 3), place)
    return words.listed([f"{outcome.sectors[k]} ({side.complete[k]:.3f})" for k in found.tolist()])


def _notes(outcome: Outcome, tables: tuple[Table, ...], place: int, top: int) -> Iterator[Note]:
    yield from words.common_notes(outcome)
    for table in tables[:2]:
        share = table["top_share_of_draws"]
        unsure = np.isfinite(share) & (share > 0.05) & (share < 0.95)
        if unsure.any():
            names = [str(one) for one in table["industry"][unsure][:6]]
            yield Note(
                f"Do not build on who is among the {top} largest on the {table.name} side for {words.listed(names)}: "
                "errors of the assumed size change it."
            )
    yield Note(
        "Weigh the demand side by size: its coefficients are per unit of the user's output, so a small industry can "
        "stand first; the column flow gives the money."
    )


def _charts(outcome: Outcome, tables: tuple[Table, ...], name: str) -> Iterator[Chart]:
    heading = words.heading(outcome)
    if len(tables[2]):
        yield Chart(
            "through",
            "flows",
            "flows",
            {"source": "source", "target": "target", "value": "flow"},
            f"The chain of {name}: from those who supply it to those who use it",
            f"{words.money(outcome) or 'money'} that passes through it, in proportion; {heading}",
            f"Flows from the suppliers of {name}, through it, to its users and final demand.",
        )
    for table, said in ((tables[3], f"What one unit of {name} rests on"), (tables[4], f"Who rests on {name}")):
        if not len(table):
            continue
        side = table.name.removesuffix("_largest")
        yield Chart(
            side,
            "bars",
            table.name,
            {"label": "industry", "value": "complete", "lo": "complete_lo", "hi": "complete_hi", "mark": "direct"},
            said,
            f"complete consumption coefficient, the tick is the direct one; {heading}",
            f"Bars of complete consumption coefficients, {side} side, with 95 % ranges; ticks are direct ones.",
        )
