"""Words that all answers of production share: what the flows hold, in which prices, how uncertain, from where."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...inquiry.finding import Note, Source, Table
from ...inquiry.wording import listed
from .choice import place_of
from .model import Outcome

SURE = 0.95  # share of redrawn tables from which a label is sure
GAP, GAP_OF_ALL = 0.005, 0.0001  # a row that does not balance by more, of itself and of all output, is named

TONG_WANG = Source("tong-wang", "Tong & Wang, Interactive evolution of innovation poles, section 3.2 and Table 2.")
LEONTIEF = Source(
    "leontief1936",
    "Leontief, W. (1936). Quantitative input and output relations in the economic system of the United States. "
    "Review of Economics and Statistics 18(3), 105-125.",
)
MILLER_BLAIR = Source(
    "miller-blair2009",
    "Miller, R. E. and Blair, P. D. (2009). Input-Output Analysis: Foundations and Extensions, 2nd edition. "
    "Cambridge University Press.",
)
GHOSH = Source("ghosh1958", "Ghosh, A. (1958). Input-output approach in an allocation system. Economica 25, 58-64.")
ANTRAS = Source(
    "antras2012",
    "Antras, P., Chor, D., Fally, T. and Hillberry, R. (2012). Measuring the upstreamness of production and trade "
    "flows. American Economic Review 102(3), 412-416.",
)
RASMUSSEN = Source("rasmussen1956", "Rasmussen, P. N. (1956). Studies in Inter-Sectoral Relations. North-Holland.")

BASIS = {
    "domestic": "domestic flows",
    "total": "total flows, imports included",
    "": "flows of which it is not said whether they hold imports",
}


def heading(outcome: Outcome) -> str:
    """Where, when and what: "DEU, 2008, domestic flows"."""
    return f"{place_of(outcome.table)}, {BASIS[outcome.table.basis]}"


def where_and_when(outcome: Outcome) -> str:
    """The opening of a claim: "In the accounts of DEU, 2008 (domestic flows)"."""
    return f"In the accounts of {place_of(outcome.table)} ({BASIS[outcome.table.basis]})"


def money(outcome: Outcome) -> str:
    """The unit of the flows, empty where nobody said."""
    return outcome.table.unit


def reach(outcome: Outcome, low: str, high: str) -> str:
    """The range of a number and what it rests on, in brackets; empty where there were no draws."""
    if not len(outcome.draws):
        return ""
    return f" ({low} to {high} were single flows wrong by about {100 * outcome.draws.error:.0f} %)"


def amount(value: float, sign: bool = False) -> str:
    """A sum of money as a reader writes it: whole from 1,000 on, four digits below.

    >>> amount(13848.3), amount(2.5, sign=True)
    ('13,848', '+2.5')
    """
    form = ",.0f" if abs(value) >= 1000 else ",.4g"
    return f"{value:{'+' if sign else ''}{form}}"


def near_ties(table: Table, share: str, named: int = 6) -> str:
    """The industries that redrawn tables put now on one side and now on the other, in words; empty without any.

    `share` is the column that says in what share of redrawn tables an industry is on the one side.
    """
    told = np.isfinite(table[share]) & (table[share] > 1 - SURE) & (table[share] < SURE)
    names = [str(one) for one in table["industry"][told]]
    return f"{', '.join(names[:named])} and others" if len(names) > named else listed(names)


def common_notes(outcome: Outcome) -> Iterator[Note]:
    """What holds for every answer from accounts, the gravest first."""
    yield from _doubts(outcome)
    yield _about_basis(outcome)
    prices = outcome.table.prices or "current prices"
    year = outcome.table.years[0]
    words = (
        ""
        if "current" not in prices
        else ", so a dearer input looks like a larger one; a deflator (key prices) mends that"
    )
    yield Note(f"Compare years with care: the accounts{f' of {year}' if year else ''} are in {_prices(prices)}{words}.")
    yield _about_draws(outcome)
    yield from (Note(text) for text in outcome.table.notes)


def fixed_coefficients() -> Note:
    """The limit of everything that multiplies by the Leontief inverse."""
    return Note(
        "Read multipliers as accounting, not as a forecast: coefficients stay as they were, capacity and labour are "
        "there, prices do not move, and nobody turns to other suppliers."
    )


def _prices(prices: str) -> str:
    return prices if "prices" in prices else f"{prices} prices"


def _about_basis(outcome: Outcome) -> Note:
    if outcome.table.basis == "domestic":
        how = 'Use flows = "total"' if outcome.table.tells_imports else "Find accounts with imported flows"
        return Note(f"{how} to count imported inputs too: here only what was made in the economy counts.")
    if outcome.table.basis == "total":
        return Note(
            "Do not read all of it as production here: flows are total, so imported inputs count as if they were made "
            "in the economy, and final demand is net of imports. Use domestic flows where the accounts tell them apart."
        )
    return Note(
        'Say flows = "domestic" or "total" in the evidence: nobody said whether these flows hold imports, and '
        "multipliers with imports are larger.",
        "caution",
    )


def _about_draws(outcome: Outcome) -> Note:
    draws = outcome.draws
    if not len(draws):
        why = "no draw could be balanced" if draws.lost else "none were asked for"
        return Note(f"Set assumed_error and draws for ranges: there are none here, because {why}.", "caution")
    lost = f" {draws.lost} more could not be balanced or produced and were left out." if draws.lost else ""
    return Note(
        "Read the ranges as a what-if: statistical offices publish no sampling error of accounts. They hold 95 % of "
        f"{len(draws)} tables redrawn with every single flow wrong by about {100 * draws.error:.0f} % (assumed, "
        "independent), row and column sums of the flows kept. Errors in those sums, or shared by many cells, are not "
        f"in them.{lost}"
    )


def _doubts(outcome: Outcome) -> Iterator[Note]:
    economy, table = outcome.economy, outcome.table
    gap = np.abs(np.nan_to_num(table.imbalance()[0]))
    all_output = max(float(np.abs(economy.output).sum()), 1e-300)
    bad = (gap > GAP) & (gap * np.abs(economy.output) > GAP_OF_ALL * all_output)
    if bad.any():
        worst = int(np.where(bad, gap, 0).argmax())
        yield Note(
            f"Check the rows that do not balance: in {int(bad.sum())} of {len(gap)} industries output differs from "
            f"flows and final demand by over 0.5 %, most in {outcome.sectors[worst]} ({100 * gap[worst]:.1f} %).",
            "caution",
        )
    sums = economy.direct.sum(axis=0)
    if (sums >= 1).any():
        worst = int(sums.argmax())
        yield Note(
            f"Check the inputs of {int((sums >= 1).sum())} industries: they cost more than the output, most in "
            f"{outcome.sectors[worst]} (column sum {sums[worst]:.3f}).",
            "caution",
        )
    empty = int((economy.output == 0).sum())
    if empty:
        yield Note(f"Expect no numbers for {empty} industries without output: their coefficients are zero.")
