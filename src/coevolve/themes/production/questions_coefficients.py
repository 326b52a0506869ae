"""What can be asked of coefficients over years: where they go, and whether any model knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from ...errors import CoevolveError, Fault, StudyError, nearest
from ...evidence.accounts import Accounts
from ...evidence.evidence import Evidence
from ...inquiry.at import At
from ...inquiry.finding import Finding, Note
from ...inquiry.question import AccountsName, Names, Question, names
from .choice import Flows

if TYPE_CHECKING:
    from .coefficients_series import Series


class Coefficients(Question):
    """Where consumption coefficients go in the coming years, and whether any model tells it better than no change.

    Accounts of several years (and countries) give direct coefficients A and complete coefficients B = L - I. From
    rolling origins three models tell the years that were held out (Tong & Wang, section 3.2, Table 2):

        A   an LSTM on log coefficients, one for all cells and countries, blended with a fading trend and the last
            value by weights that earlier origins earned, then brought to forecast row and column sums by GRAS
        B   the last value: everything stays as it is
        C   the straight line through all known years of each cell

    The error is the median absolute percentage error of all complete coefficients above 0.00001. RAS from the row
    and column sums that came to be is shown beside them, labelled conditional: it is no forecast. For the industry
    asked for, complete_supply adds up the complete coefficients of its largest suppliers, complete_demand those of
    its largest users, as in Table 2 (five each). The forecast tables stand under the ask's name as accounts, for
    later asks to read.

    When not to trust it: a change of classification or prices looks like a change of technology (a change of the list
    of industries is never crossed); with few origins a gain is a hint; yearly tables that an office interpolated
    between benchmark years are easier to forecast than the world was; a break is foreseen by no model here.
    """

    name: ClassVar[str] = "coefficients"
    makes: ClassVar[str] = "accounts"

    accounts: AccountsName
    industry: Annotated[Names, Field(description="the innovation industry or industries whose chain is told")]
    hold_out: Annotated[
        int, Field(ge=1, le=10, description="years to forecast from each origin, and after the last year")
    ] = 3
    models: Annotated[
        tuple[Literal["A", "B", "C"], ...],
        Field(min_length=1, description="A (LSTM blend), B (last value, always there), C (linear trend)"),
    ] = ("A", "B", "C")
    origins: Annotated[
        int | None, Field(ge=1, description="how many past origins are scored; up to 20 when left out")
    ] = None
    regions: Annotated[
        tuple[str, ...], Field(description="the regions whose chains are told (all serve to learn); all when left out")
    ] = ()
    top: Annotated[int, Field(ge=1, le=50, description="how many suppliers and users a chain adds up")] = 5
    flows: Flows = None
    since: Annotated[str | int | None, Field(description="the first year to use")] = None
    until: Annotated[str | int | None, Field(description="the last year to use")] = None

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; the same for the same accounts, options and key."""
        from . import coefficients_words
        from .coefficients_accounts import forecast_accounts
        from .coefficients_backtest import Plan, backtest
        from .coefficients_tables import Shown

        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        accounts = self._accounts(evidence)
        series = self._series(accounts)
        plan = Plan.of(len(series.years), self.hold_out, self.origins, "A" in self.models)
        result = backtest(series, plan, self.models, self.top, at)
        shown = Shown.of(result, names(self.industry), self.regions)
        made = forecast_accounts(result, accounts.unit, accounts.prices)
        found = coefficients_words.finding(result, shown, at.key.child("origins"), accounts.notes, accounts.prices)
        return replace(found, made=made)

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """Unknown industries, regions and years, too few years, and origins that do not fit."""
        from .coefficients_series import LEAST_KNOWN, series_faults

        try:
            accounts = self._accounts(evidence)
            series = self._series(accounts)
        except CoevolveError as error:
            yield from error.faults
            return
        found = [
            Fault(f"the accounts have no industry '{one}'.", got=one, do=nearest(one, accounts.sectors))
            for one in names(self.industry)
            if one not in accounts.sectors
        ]
        known = tuple(dict.fromkeys(accounts.regions))
        for one in self.regions:
            if one not in known:
                found.append(Fault(f"the accounts have no region '{one}'.", got=one, do=nearest(one, known)))
            elif one not in series.regions:
                do = "Use `since` and `until` for years that it has all of."
                found.append(Fault(f"region '{one}' has no usable accounts of every {series.word}.", got=one, do=do))
        if not names(self.industry):
            found.append(Fault("no industry is named.", got="nothing", do="Name the innovation industry."))
        found.extend(series_faults(series, self.hold_out))
        most = len(series.years) - self.hold_out - LEAST_KNOWN + 1
        if not found and self.origins is not None and self.origins > most:
            what = f"{self.origins} origins with {self.hold_out} {series.word}s held out need more years."
            found.append(Fault(what, got=len(series.years), do=f"Ask for {most} at most, or hold out fewer."))
        yield from found

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """How many origins these accounts allow, and whether there will be a net."""
        from .coefficients_backtest import Plan
        from .coefficients_model import NET_NEEDS

        if any(True for _ in self.faults(evidence)):
            return
        series = self._series(self._accounts(evidence))
        plan = Plan.of(len(series.years), self.hold_out, self.origins, "A" in self.models)
        nets = sum(known >= NET_NEEDS for known in plan.experts)
        yield Note(
            f"coefficients will stand at {len(plan.origins)} origins ({len(plan.origins) / plan.steps:.1f} separate "
            f"tests) of {len(series.years)} {series.word}s and {len(series.regions)} "
            f"{'economy' if len(series.regions) == 1 else 'economies'}, and train {nets} nets.",
            "information" if len(plan.origins) > 1 else "caution",
        )

    def _accounts(self, evidence: Evidence) -> Accounts:
        accounts = evidence.accounts(self.accounts)
        return accounts if self.flows is None else accounts.with_flows(self.flows)

    def _series(self, accounts: Accounts) -> Series:
        from .coefficients_series import series_of

        return series_of(accounts, self.since, self.until)
