"""What can be asked of production: who uses what, who pulls and feeds whom, one chain, and what a change sets off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from ...errors import Fault, StudyError
from ...evidence.accounts import Accounts
from ...evidence.evidence import Evidence
from ...inquiry.at import At
from ...inquiry.finding import Finding, Note
from ...inquiry.question import AccountsName, Question
from .choice import Count, Error, Flows, Region, Year, chosen, place_of, table_faults

if TYPE_CHECKING:
    from .model import Economy, Outcome
    from .propagation_tables import Shock

MOST_PAIRS = 250  # with more industries only some users' coefficients are listed
USERS = 20
DRAWS, FEW_DRAWS, PUBLISHED_DRAWS = 200, 20, 1000
LARGE = 600  # with more industries a redrawn table takes a second or so


class Consumption(Question):
    """What each industry uses of the others per unit of its output, directly and over all rounds.

    From the flows Z between industries and their gross output x:

        A = Z / x (direct),  L = (I - A)^-1,  B = L - I = A + A^2 + ... (complete)     Tong & Wang, section 3.2

    Column sums of L are output multipliers; row sums of the Ghosh inverse are input multipliers, which are also
    upstreamness. The table `balance` checks the accounts and the computation.

    Accounts have no published sampling error. The ranges come from tables redrawn with every flow wrong by an
    assumed error, row and column sums kept: a what-if, not an estimate of error.

    When not to trust it: coefficients are averages over all firms of an industry, in the prices of the year. With
    total flows imports count as if they were made in the economy. Compare countries only on one basis and one list
    of industries: finer lists give larger multipliers of the parts.
    """

    name: ClassVar[str] = "consumption"

    accounts: AccountsName
    year: Year = None
    region: Region = None
    industries: Annotated[
        tuple[str, ...], Field(description="the industries whose use is listed (as users); all when left out")
    ] = ()
    flows: Flows = None
    assumed_error: Error = 0.1
    draws: Count = None

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; the same for the same accounts, options and key."""
        from . import consumption_tables, consumption_words

        table = _table(self, evidence)
        users, cut = self._users(table)
        outcome = _outcome(
            self, table, at, consumption_tables.MEASURES, partial(consumption_tables.measured, users=users)
        )
        tables = consumption_tables.tables(outcome, users)
        return consumption_words.finding(outcome, tables, users, self.industries, cut)

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """No such table or industry, or coefficients that need more than they make."""
        yield from table_faults(evidence, self.accounts, self.year, self.region, self.flows, self.industries)

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """Which table will be looked at."""
        yield from _prospects(self, evidence)

    def _users(self, table: Accounts) -> tuple[NDArray[np.int64], bool]:
        if self.industries:
            return np.array([table.sectors.index(one) for one in self.industries], np.int64), False
        if len(table.sectors) <= MOST_PAIRS:
            return np.arange(len(table.sectors)), False
        return np.sort(np.argsort(-table.gross_output[0], kind="stable")[:USERS]), True


class Linkages(Question):
    """Which industries pull many others by what they buy, and feed many others by what they sell.

        backward_j = n (column sum of L)_j / sum of L,   L = (I - A)^-1                       Rasmussen (1956)
        forward_i  = n (row sum of G)_i / sum of G,      G = (I - x^-1 Z)^-1                  Ghosh (1958)

    An industry is key when both are above 1. The Ghosh row sum itself is upstreamness, the mean number of steps to
    final use, and also the input multiplier. `extraction_loss` is the output that all industries would lose if one
    vanished, x_k (column sum of L)_k / L_kk, its own output included.

    When not to trust it: linkages are per unit, so a tiny industry can be key; they depend on how finely industries
    are cut and on whether flows hold imports. The loss assumes that nothing takes the place of what vanished.
    """

    name: ClassVar[str] = "linkages"

    accounts: AccountsName
    year: Year = None
    region: Region = None
    flows: Flows = None
    assumed_error: Error = 0.1
    draws: Count = None

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; the same for the same accounts, options and key."""
        from . import linkages_tables, linkages_words

        outcome = _outcome(self, _table(self, evidence), at, linkages_tables.MEASURES, linkages_tables.measured)
        return linkages_words.finding(outcome, linkages_tables.table(outcome))

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """No such table, or coefficients that need more than they make."""
        yield from table_faults(evidence, self.accounts, self.year, self.region, self.flows)

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """Which table will be looked at."""
        yield from _prospects(self, evidence)


class Chain(Question):
    """Who stands behind one industry, and whom it stands behind: its supply and its demand industries.

    The supply side is the column of the complete consumption coefficients B = L - I (what one unit of the industry
    rests on), the demand side its row (how much of it one unit of every other industry rests on), as in Tong & Wang,
    Table 2. The tier of an industry is the round in which most of its part arrives: 1 directly, 2 through one other.

    When not to trust it: the chain is one of industries, not of firms; a coefficient says how much is used, not how
    hard it is to replace. Imported inputs are in it only with total flows.
    """

    name: ClassVar[str] = "chain"

    accounts: AccountsName
    industry: Annotated[str, Field(description="the industry whose chain is wanted")]
    top: Annotated[int, Field(ge=1, le=50, description="how many industries of each side count as the largest")] = 5
    year: Year = None
    region: Region = None
    flows: Flows = None
    assumed_error: Error = 0.1
    draws: Count = None

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; the same for the same accounts, options and key."""
        from . import chain_tables, chain_words

        table = _table(self, evidence)
        place = table.sectors.index(self.industry)
        outcome = _outcome(self, table, at, chain_tables.MEASURES, partial(chain_tables.measured, place=place))
        supply, demand = (chain_tables.side_of(outcome, place, side) for side in (True, False))
        first = chain_tables.table(outcome, supply, place, self.top, supply=True)
        second = chain_tables.table(outcome, demand, place, self.top, supply=False)
        pictured = (chain_tables.largest(one, self.top) for one in (first, second))
        flows = chain_tables.flows(outcome, place, self.top)
        tables = (first, second, flows, *pictured, chain_tables.through(flows))
        return chain_words.finding(outcome, (supply, demand), tables, place, self.top)

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """No such table or industry, or coefficients that need more than they make."""
        yield from table_faults(evidence, self.accounts, self.year, self.region, self.flows, (self.industry,))

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """Which table will be looked at."""
        yield from _prospects(self, evidence)


class Change(BaseModel):
    """One change: an industry, and by how much, in the unit of the accounts or in percent of what it has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    industry: str
    by: float | None = None
    percent: float | None = None


class Propagation(Question):
    """What a change of final demand or of output sets off in every industry, in the unit of the accounts.

        dx = L df = df (initial) + A df (direct) + (L - I - A) df (indirect)

    With `of = "output"` the named outputs move by exactly what is asked, and the change of final demand that does it
    is found first: df_K = (L_KK)^-1 dx_K.

    When not to trust it: for large changes, for more than a year or two ahead, or where capacity is short. The
    coefficients stay fixed, prices do not move, nobody turns to other suppliers. It tells requirements, not causes.
    """

    name: ClassVar[str] = "propagation"

    accounts: AccountsName
    change: Annotated[
        tuple[Change, ...],
        Field(description='what changes: { industry = "...", by = 100 } in money, or percent = 10; one or several'),
    ]
    of: Annotated[Literal["final_demand", "output"], Field(description="what is changed: final_demand or output")] = (
        "final_demand"
    )
    year: Year = None
    region: Region = None
    flows: Flows = None
    assumed_error: Error = 0.1
    draws: Count = None

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; the same for the same accounts, options and key."""
        from . import propagation_tables, propagation_words

        table = _table(self, evidence)
        shock = self._shock(table)
        outcome = _outcome(
            self, table, at, propagation_tables.MEASURES, partial(propagation_tables.measured, shock=shock)
        )
        found = propagation_tables.effects_of(outcome.economy, shock)
        return propagation_words.finding(outcome, shock, found, propagation_tables.tables(outcome, found))

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """No such table or industry, a change that is not said or said twice, or an output that cannot change."""
        industries = [one.industry for one in self.change]
        if not self.change:
            do = 'Write change = [{ industry = "...", by = 100 }].'
            yield Fault("no change is given.", got="change = []", do=do)
        for one in self.change:
            if (one.by is None) == (one.percent is None):
                got = "both" if one.by is not None else "neither"
                do = "Give by (in money) or percent, one of them."
                yield Fault(f"the change of '{one.industry}' needs by or percent.", got=got, do=do)
            elif not np.isfinite(one.by if one.by is not None else one.percent or 0.0):
                yield Fault(f"the change of '{one.industry}' is no number.", got=one.by, do="Give a number.")
        for name in sorted({one for one in industries if industries.count(one) > 1}):
            yield Fault(f"'{name}' is changed twice.", got=name, do="Add the changes up.")
        found = list(table_faults(evidence, self.accounts, self.year, self.region, self.flows, industries))
        yield from found
        if not found and self.accounts in evidence.items:
            yield from self._base_faults(chosen(evidence, self.accounts, self.year, self.region, self.flows))

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """Which table will be looked at."""
        yield from _prospects(self, evidence)

    def _base_faults(self, table: Accounts) -> Iterator[Fault]:
        """An industry without output, and a percentage of a final demand that is not above zero."""
        for one in self.change:
            place = table.sectors.index(one.industry)
            demand = float(table.final_demand[0, place])
            if table.gross_output[0, place] == 0:
                do = "Name an industry that has output."
                yield Fault(f"'{one.industry}' has no output in {place_of(table)}.", got=0, do=do)
            elif self.of == "final_demand" and one.percent is not None and demand <= 0:
                what = f"final demand for '{one.industry}' is not above zero, so a percentage of it says nothing."
                yield Fault(what, got=round(demand, 3), do="Give by, in the unit of the accounts.")

    def _shock(self, table: Accounts) -> Shock:
        from .propagation_tables import Shock

        base = table.gross_output[0] if self.of == "output" else table.final_demand[0]
        places = np.array([table.sectors.index(one.industry) for one in self.change], np.int64)
        amounts = [
            one.by if one.by is not None else float(base[k]) * (one.percent or 0.0) / 100
            for one, k in zip(self.change, places, strict=True)
        ]
        return Shock(places, np.array(amounts, float), self.of == "output")


Asked = Consumption | Linkages | Chain | Propagation


def _table(question: Asked, evidence: Evidence) -> Accounts:
    """The table that the question is about; StudyError with all faults of the asking."""
    faults = list(question.faults(evidence))
    if faults:
        raise StudyError(faults)
    return chosen(evidence, question.accounts, question.year, question.region, question.flows)


def _outcome(
    question: Asked,
    table: Accounts,
    at: At,
    names: Sequence[str],
    measure: Callable[[Economy], Sequence[NDArray[np.float64]]],
) -> Outcome:
    from .model import Economy, Outcome, draw

    economy = Economy.of(table)
    usual = DRAWS if len(table.sectors) <= LARGE else FEW_DRAWS
    count = usual if question.draws is None else question.draws
    if at.publish and count:
        count = max(count, PUBLISHED_DRAWS)
    rng = at.key.child("flows").numpy()

    def tick(done: int, of: int) -> None:
        at.tick(done, of, "redrawing the table")

    return Outcome(table, economy, draw(economy, question.assumed_error, count, rng, names, measure, tick))


def _prospects(question: Asked, evidence: Evidence) -> Iterator[Note]:
    if question.accounts not in evidence.names("accounts") or any(True for _ in question.faults(evidence)):
        return
    table = chosen(evidence, question.accounts, question.year, question.region, question.flows)
    basis = f"{table.basis} flows" if table.basis else "flows of which it is not said whether they hold imports"
    yield Note(
        f"{question.name} looks at {place_of(table)}: {len(table.sectors)} industries, {basis}, "
        f"{table.prices or 'current prices'}."
    )
