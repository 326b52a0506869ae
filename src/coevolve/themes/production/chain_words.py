"""What `chain` found, in words and pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...inquiry.finding import Chart, Finding, Note, Table
from ...inquiry.wording import listed
from . import words
from .chain_tables import Chain
from .model import HIGH, LOW, Outcome


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
    told = [
        f"{opening}, each unit of {name} rests on {needed:.2f} units of inputs over all rounds{_total(outcome, needed)}"
    ]
    suppliers = _largest(outcome, supply, place, top)
    largest = f"; its largest other suppliers, over all rounds, are {suppliers}" if suppliers else ""
    told.append(f"Directly it buys {direct:.2f} of them{largest}")
    users = _largest(outcome, demand, place, top)
    if users:
        told.append(f"Most dependent on it, per unit of their own output, are {users}; {_buyers(outcome, place)}")
    to_final = economy.final_demand[place] / economy.output[place]
    demand_words = "Final demand net of imports" if outcome.table.basis == "total" else "Final demand"
    told.append(f"{demand_words} is {100 * to_final:.0f} % of its output")
    return ". ".join(told) + "."


def _total(outcome: Outcome, needed: float) -> str:
    """The range of the total over the redrawn tables."""
    if not len(outcome.draws):
        return ""
    low, high = np.quantile(outcome.draws.values["supply"].sum(axis=1), [LOW, HIGH])
    wrong = f"were single flows wrong by about {100 * outcome.draws.error:.0f} %, their sums right"
    return f" ({min(low, needed):.2f} to {max(high, needed):.2f} {wrong})"


def _buyers(outcome: Outcome, place: int) -> str:
    """Who pays it most, in money."""
    sold = outcome.economy.flows[place].copy()
    sold[place] = 0.0
    first = [k for k in np.argsort(-sold, kind="stable")[:2].tolist() if sold[k] > 0]
    if not first:
        return "nobody else buys of it directly"
    unit = f" {words.money(outcome)}" if words.money(outcome) else ""
    return (
        f"in money {listed([f'{outcome.sectors[k]} ({words.amount(float(sold[k]))}{unit})' for k in first])} buy most"
    )


def _largest(outcome: Outcome, side: Chain, place: int, top: int) -> str:
    found = side.others(min(top, 3), place)
    return listed([f"{outcome.sectors[k]} ({side.complete[k]:.3f})" for k in found.tolist()])


def _notes(outcome: Outcome, tables: tuple[Table, ...], place: int, top: int) -> Iterator[Note]:
    yield from words.common_notes(outcome)
    for table in tables[:2]:
        if unsure := words.near_ties(table, "top_share_of_draws"):
            yield Note(
                f"Do not build on who is among the {top} largest on the {table.name} side for {unsure}: errors of the "
                "assumed size change it."
            )
    yield Note(
        "Weigh the demand side by size: its coefficients are per unit of the user's output, so a small industry can "
        "stand first; the column flow of the table demand has the money."
    )


def _charts(outcome: Outcome, tables: tuple[Table, ...], name: str) -> Iterator[Chart]:
    heading = words.heading(outcome)
    if len(tables[5]):
        yield Chart(
            "through",
            "flows",
            "through",
            {"source": "source", "target": "target", "value": "flow"},
            f"The chain of {name}: from those who supply it to those who use it",
            f"{words.money(outcome) or 'money'} for what it buys of its largest suppliers; its other inputs are in the "
            f"table flows; {heading}",
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
            f"units over all rounds (complete coefficient); tick: bought directly; thin lines: 95 % of tables redrawn "
            f"with the assumed error; {heading}",
            f"Bars of complete consumption coefficients, {side} side, with 95 % ranges; ticks are direct ones.",
        )
