"""Was there a break? The year in which the capacity of one pole stepped up or down, if it did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...errors import CoevolveError, Fault, StudyError, nearest
from ...evidence.evidence import Evidence
from ...evidence.fit import Fit
from ...evidence.periods import Periods
from ...inquiry.at import At
from ...inquiry.finding import Finding
from ...inquiry.question import FitName, Question
from ...inquiry.wording import listed

BEFORE, AFTER = 4, 4  # periods needed on either side of a break
MODEL = "symbiosis"


class Shock(Question):
    """When, if ever, the capacity of a pole stepped up or down, by how much, and how strongly the data say so.

        log N_p(t) = log N_p + delta from the year of the break on            the rest: Tong & Wang (9), (10)

    Every year is tried in turn against the same equations without a step; the Bayes factor is how much better the
    step predicts what was counted, its size not known beforehand. The factor for "some year" is the mean over the
    years tried, so that trying many years gains nothing. Below 3 no break is claimed. The year named is the one that
    most probably lies within two years of the break; the size said with it is averaged over these years.

    When not to trust it: capacity is felt only through the growth that follows, so a pole far below its capacity
    hardly shows a break, and one near the ends of the series cannot be told. A slow rise of capacity, a change of
    definition or a deep recession look like a step too. With several regions one common step is looked for; where
    year effects are on they take up part of what is common to all, and breaks come out too weak. In made worlds of
    one region, thirty years and 3 % of counting noise a step of a third is dated within two years three times in
    four, but claimed only in about one of four.
    """

    name: ClassVar[str] = "shock"

    of: FitName
    pole: Annotated[str, Field(description="the pole whose capacity may have stepped")]
    years: Annotated[
        tuple[str | int, ...],
        Field(description="the first and last period to try; all with four periods on either side when left out"),
    ] = ()
    regions: Annotated[tuple[str, ...], Field(description="the regions that share the step; all when left out")] = ()

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """A pole, region or year that the fit does not have."""
        if len(self.years) not in (0, 2):
            yield Fault("'years' takes the first and the last period to try.", got=list(self.years), do="Give two.")
            return
        if self.of in evidence.items:
            yield from self._fit_faults(evidence.fit(self.of))

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; the same for the same fit and options."""
        from .shock_model import searched
        from .shock_tables import shock_finding

        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        fit = evidence.fit(self.of)
        places = self._places(fit)
        key = at.key.child(f"breaks of {self.pole}")
        found = searched(fit, self.pole, places, self.regions, key, lambda done, of: at.tick(done, of, "trying years"))
        return shock_finding(fit, self.pole, self.regions, found)

    def _places(self, fit: Fit) -> list[int]:
        periods = Periods.of(fit.labels["period"])
        first, last = BEFORE, len(periods) - 1 - AFTER
        if self.years:
            first, last = (periods.index(one) for one in self.years)
        return list(range(max(first, BEFORE), min(last, len(periods) - 1 - AFTER) + 1))

    def _fit_faults(self, fit: Fit) -> Iterator[Fault]:
        if fit.model != MODEL:
            yield Fault(f"'{self.of}' is no fit of symbiosis.", got=fit.model, do="Name an ask of symbiosis.")
            return
        if "capacity" not in fit.arrays:
            do = 'Name an ask of symbiosis with law = "symbiosis".'
            yield Fault("a break is looked for in a capacity, which this fit has not.", got="predator_prey", do=do)
            return
        if "driver_growth" in fit.arrays:
            do = "Name an ask of symbiosis without `population`."
            yield Fault("a step is told from capacities that stand still, and these move.", got="population", do=do)
            return
        names = [name for name, logs in zip(fit.labels["region"], fit["log_scale"], strict=True) if _lacks(logs)]
        if names:
            do = "Ask symbiosis of the regions that have every pole (option `regions`), and name that ask."
            yield Fault("a break is looked for where every pole is present.", got=f"{listed(names)} lack one", do=do)
            return
        if self.pole not in fit.labels["pole"]:
            yield Fault(f"there is no pole '{self.pole}'.", got=self.pole, do=nearest(self.pole, fit.labels["pole"]))
        for region in self.regions:
            if region not in fit.labels["region"]:
                yield Fault(f"the fit has no region '{region}'.", got=region, do=nearest(region, fit.labels["region"]))
        try:
            places = self._places(fit)
        except CoevolveError as error:
            yield from error.faults
            return
        if not places:
            span = f"{fit.labels['period'][0]} to {fit.labels['period'][-1]}"
            do = f"Four periods are needed before and after a break; the fit holds {span}."
            yield Fault("no year is left to try.", got=list(self.years) or span, do=do)


def _lacks(logs: NDArray[np.float64]) -> bool:
    """Whether a region (time, pole) lacks a pole."""
    return bool(np.isnan(logs).all(axis=0).any())
