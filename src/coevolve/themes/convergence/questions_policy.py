"""What can be asked about policy: where money would do most for two converging industries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...errors import CoevolveError, Fault, StudyError, nearest
from ...evidence.evidence import Evidence
from ...evidence.panel import Panel
from ...inquiry.at import At
from ...inquiry.finding import Finding
from ...inquiry.question import FitName, PanelName, Question
from .policy_names import LEAST_VARIATION, MOTIVES

if TYPE_CHECKING:
    from .policy_model import Past

Array = NDArray[np.float64]


class Policy(Question):
    """Where would a budget do most for the joint output of two converging industries, and how sure is that?

    Each lever is past spending on one of six motives (Ma Fig. 9): technology_diffusion, asset_versatility,
    market_demand, deregulation, competition_cooperation, profit. Each acts on one part of

        ds/dt = (p + q s)(m - s),   d(log x_i)/dt = R_i (1 - x_i/N_i - b_ij s x_j/N_j)     with eta (1 - exp(-u))

    fitted to the past outputs and the convergence degree of an ask of `convergence`. The plan maximises expected
    discounted output over two periods; beside it stand nothing, an equal split, past shares, shares by least squares,
    and what theory alone would advise. Gains are predictions with 90 % bounds, never a score.

    When not to trust it: levers that never varied, or that moved together, teach nothing, and spending that follows
    growth looks effective. The model stands for reality: if the equations are wrong, so is the plan, and its bounds
    do not show it. Twenty years of one pair tell a decision better than they tell any single effect.
    """

    name: ClassVar[str] = "policy"

    of: Annotated[FitName, Field(description="the ask of convergence whose degree and outputs are meant")]
    levers: Annotated[PanelName, Field(description="a panel with the spending on each motive by year")]
    budget: Annotated[float, Field(gt=0, description="the money for the whole horizon, in the unit of the levers")]
    motives: Annotated[
        dict[str, str],
        Field(
            default_factory=dict,
            description="the motive that each lever of the panel serves; where left out the names are the motives",
        ),
    ]
    pair: Annotated[str, Field(description='the pair, as "farms × telecom"; the first with a degree when left out')] = (
        ""
    )
    horizon: Annotated[int, Field(ge=2, le=30, description="how many years ahead to plan")] = 10
    draws: Annotated[int, Field(ge=20, le=2000, description="how many draws of all unknowns judge the plans")] = 200

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; the same for the same evidence, options and key."""
        from .policy_finding import finding
        from .policy_model import Task
        from .policy_plans import make_plans

        if self.of not in evidence.items:
            return Finding(
                f"No plan can be made: '{self.of}' found no pair whose aspects rise, so there is no convergence degree "
                "to steer.",
                "Policy",
            )
        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        past, spending, names, pair, last = self._past(evidence)
        random = at.key.child("draws").numpy()
        made = make_plans(past, spending, self.horizon, self.budget, self.draws, random, at.tick)
        task = Task(np.zeros((1, 19)), past, self.horizon, self.budget, spending.mean(axis=0), spending.max(axis=0))
        return finding(pair, names, past, task, made, last + 1, self.draws)

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """Levers that are not there, name no motive, have gaps, or never varied; too few common years."""
        try:
            panel = evidence.panel(self.levers)
        except CoevolveError as error:
            yield from error.faults
            return
        found = list(self._motive_faults(panel, MOTIVES))
        yield from found
        if found or self.of not in evidence.items:
            return
        fit = evidence.fit(self.of)
        if fit.model != "convergence":
            yield Fault("policy needs an ask of convergence.", got=fit.model, do="Name one in `of`.")
            return
        if self.pair and self._place(fit.labels["pair"]) is None:
            yield Fault(
                f"'{self.of}' has no degree of '{self.pair}'.", got=self.pair, do=nearest(self.pair, fit.labels["pair"])
            )
            return
        years, spending, _ = self._spending(panel)
        common = [year for year in fit.labels["year"] if int(year) in years]
        if len(common) < 12:
            do = "Give levers for the years of the accounts, twelve or more."
            yield Fault("the levers share too few years with the convergence.", got=len(common), do=do)
            return
        output = fit["output"][self._place(fit.labels["pair"]) or 0]
        if not np.isfinite(output).any():
            yield Fault("the convergence has no outputs.", got=self.of, do="Ask convergence with `accounts`.")
        for name, column in spending.items():
            yield from _lever_faults(name, column)

    def _motive_faults(self, panel: Panel, motives: tuple[str, ...]) -> Iterator[Fault]:
        listed = self.motives or {name: name for name in panel.indicators if name in motives}
        if not listed:
            do = f"Map the panel's indicators in `motives`; the motives are {', '.join(motives)}."
            yield Fault("no lever serves a motive.", got=", ".join(panel.indicators), do=do)
        for lever, motive in listed.items():
            if lever not in panel.indicators:
                yield Fault(f"the levers have no '{lever}'.", got=lever, do=nearest(lever, list(panel.indicators)))
            if motive not in motives:
                yield Fault(f"'{motive}' is no motive.", got=motive, do=nearest(motive, motives))
        if len(set(listed.values())) < len(listed):
            yield Fault("two levers serve one motive.", got=", ".join(listed.values()), do="Add them up first.")

    def _spending(self, panel: Panel) -> tuple[list[int], dict[str, Array], dict[str, str]]:
        """Years, spending by lever summed over regions, and the motive of each."""
        listed = self.motives or {name: name for name in panel.indicators if name in MOTIVES}
        years = [int(label) for label in panel.periods.labels if label.isdigit()]
        return years, {name: panel.indicator(name).values[:, 0].sum(axis=0) for name in listed}, dict(listed)

    def _place(self, pairs: tuple[str, ...]) -> int | None:
        if not self.pair:
            return 0
        return next((k for k, name in enumerate(pairs) if name in (self.pair, self.pair.partition(": ")[2])), None)

    def _past(self, evidence: Evidence) -> tuple[Past, Array, list[str], str, int]:
        from .policy_model import Past

        fit, panel = evidence.fit(self.of), evidence.panel(self.levers)
        place = self._place(fit.labels["pair"]) or 0
        years, spending, motives = self._spending(panel)
        degree, output = fit["convergence_degree"][place], fit["output"][place]
        kept = [
            (k, years.index(int(year)))
            for k, year in enumerate(fit.labels["year"])
            if int(year) in years and np.isfinite(output[:, k]).all() and np.isfinite(degree[k]).all()
        ]
        seen, there = [one[0] for one in kept], [one[1] for one in kept]
        money = np.zeros((len(kept), len(MOTIVES)))
        names = [""] * len(MOTIVES)
        for lever, motive in motives.items():
            money[:, MOTIVES.index(motive)] = spending[lever][there]
            names[MOTIVES.index(motive)] = lever
        has = np.array([bool(name) for name in names])
        mean = np.where(money.mean(axis=0) > 0, money.mean(axis=0), 1.0)
        spread = np.maximum((degree[seen, 2] - degree[seen, 0]) / 3.29, 0.03)
        past = Past(np.log(output[:, seen]).T, degree[seen, 1], spread, money / mean, has)
        return past, money, names, fit.labels["pair"][place], int(fit.labels["year"][seen[-1]])


def _lever_faults(name: str, spending: Array) -> Iterator[Fault]:
    if not np.isfinite(spending).all():
        yield Fault(f"lever '{name}' has gaps.", got=int((~np.isfinite(spending)).sum()), do="Fill them.")
    elif float(spending.min()) < 0:
        yield Fault(f"lever '{name}' is below 0.", got=float(spending.min()), do="Give spending of 0 or more.")
    elif not spending.mean() > 0 or float(spending.std() / spending.mean()) < LEAST_VARIATION:
        share = float(spending.std() / spending.mean()) if spending.mean() > 0 else 0.0
        do = "Leave it out of `motives`: what never varied shows no effect (sd over mean of .1 is needed)."
        yield Fault(f"lever '{name}' hardly varied.", got=round(share, 3), do=do)
