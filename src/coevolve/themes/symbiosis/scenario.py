"""What if? A rate, a capacity, an effect or a level is changed in some year, and the poles go on from there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ...errors import CoevolveError, Fault, StudyError, nearest
from ...evidence.evidence import Evidence
from ...evidence.fit import Fit
from ...evidence.periods import Periods
from ...inquiry.at import At
from ...inquiry.finding import Finding
from ...inquiry.question import FitName, Question

CHANGED = "as changed"
MODEL = "symbiosis"


class Alteration(BaseModel):
    """One change: from `year` on, `what` of `pole` is set `to` a value or changed `by` an amount.

    `by` is a factor for rate, capacity and scale (1.2 raises by a fifth), and is added for b. A scale changes in that
    year itself; a rate, a capacity or b shows from the next period on. For b, `other` names the pole that affects
    `pole`. `regions` limits the change to some regions. Changes of one `scenario` happen together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: str | int
    pole: str
    what: Literal["rate", "capacity", "b", "scale"]
    other: str = ""
    to: float | None = None
    by: float | None = None
    regions: tuple[str, ...] = ()
    scenario: str = CHANGED


class Scenario(Question):
    """What happens to every pole if a rate, a capacity, an effect or a level is changed in some year.

        dx_i/dt = R_i x_i (1 - x_i/N_i - sum_{j != i} b_ij x_j/N_j)          Tong & Wang (9), (10), for n poles

    Each draw of a fit by `symbiosis` is followed twice with the same noise, once as it is and once as changed; the
    difference between the two is what the change does, with a 90 % interval. Sums over regions are shown too.

    When not to trust it: the change is imposed on the equations, so the answer is only as good as they are. What a
    change does to its own pole rests on rate and capacity; what it does to the others rests on b, which is often
    undetermined: then the interval of the difference holds zero. In these equations a pole acts on others by the share
    of its capacity that it fills (x_j/N_j): more capacity for it, taken alone, weakens its effect until it has grown
    into it. Nothing is said of what such a change would cost,
    nor of anything outside the equations that it would set off.
    """

    name: ClassVar[str] = "scenario"

    of: FitName
    change: Annotated[
        tuple[Alteration, ...],
        Field(
            description="the changes: year, pole, what (rate, capacity, b, scale), to or by; other for b; regions and "
            "scenario if wanted"
        ),
    ]
    until: Annotated[
        str | int | None, Field(description="the last period; ten after the last change when left out")
    ] = None

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """Changes that say nothing or too much; with the fit at hand also unknown poles, regions and years."""
        if not self.change:
            yield Fault(
                "nothing is changed.", got="change = []", do="List year, pole, what, and to or by of each change."
            )
        for place, one in enumerate(self.change, start=1):
            yield from _own_faults(one, f"change {place}")
        if self.of in evidence.items:
            yield from self._fit_faults(evidence.fit(self.of))

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; the same for the same fit, changes and key."""
        from .scenario_tables import scenario_finding
        from .scenarios import follow

        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        fit = evidence.fit(self.of)
        labels = self._labels(fit)
        found = follow(fit, self.change, labels, at.key.child("noise"), at.tick)
        return scenario_finding(fit, self.change, labels, found)

    def _labels(self, fit: Fit) -> tuple[str, ...]:
        periods = Periods.of(fit.labels["period"])
        if self.until is not None:
            return periods.until(self.until)
        last = max(float(periods.ahead([str(one.year)])[0]) for one in self.change)
        steps = int(max(last - float(periods.position[-1]), 0.0))
        return periods.after(steps + 10)

    def _fit_faults(self, fit: Fit) -> Iterator[Fault]:
        if fit.model != MODEL:
            yield Fault(f"'{self.of}' is no fit of symbiosis.", got=fit.model, do="Name an ask of symbiosis.")
            return
        poles, regions = fit.labels["pole"], fit.labels["region"]
        periods = Periods.of(fit.labels["period"])
        end = None
        if self.until is not None:
            ahead = periods.until(self.until)
            end = str(self.until)
            if not ahead:
                do = f"Name a {periods.word} after {periods.labels[-1]}."
                yield Fault("'until' lies before the data end.", got=self.until, do=do)
                return
        for place, one in enumerate(self.change, start=1):
            where = f"change {place}"
            for pole in (one.pole, *([one.other] if one.other else [])):
                if pole not in poles:
                    yield Fault(f"there is no pole '{pole}'.", where, do=nearest(pole, poles))
            if one.what == "capacity" and "capacity" not in fit.arrays:
                do = "Change a rate, a b or a scale."
                yield Fault("the law predator_prey has no capacity to change.", where, one.pole, do)
            for region in one.regions:
                if region not in regions:
                    yield Fault(f"the fit has no region '{region}'.", where, do=nearest(region, regions))
                elif one.pole in poles and _is_absent(fit, region, one.pole):
                    do = "Name regions that have it."
                    yield Fault(f"{region} has no '{one.pole}' to be changed.", where, one.pole, do)
            yield from _year_faults(one, periods, end, where)


def _is_absent(fit: Fit, region: str, pole: str) -> bool:
    """Whether a region lacks a pole, or could not be fitted."""
    return bool(np.isnan(fit["rate"][:, fit.labels["region"].index(region), fit.labels["pole"].index(pole)]).any())


def _own_faults(one: Alteration, where: str) -> Iterator[Fault]:
    if (one.to is None) == (one.by is None):
        yield Fault("a change needs either to or by.", where, f"to {one.to}, by {one.by}", "Give one of the two.")
    if one.what == "b" and not one.other:
        yield Fault(f"the b of '{one.pole}' needs the pole it is affected by.", where, one.what, 'Add other = "...".')
    if one.what == "b" and one.other == one.pole:
        yield Fault("a pole has no b of itself.", where, one.pole, "Name another pole in other.")
    if one.what != "b" and one.other:
        yield Fault(f"a {one.what} belongs to one pole.", where, one.other, "Leave out other.")
    value = one.by if one.to is None else one.to
    if one.what != "b" and value is not None and not 0 < value < float("inf"):
        yield Fault(f"a {one.what} stays above 0.", where, value, "Give a number above 0.")


def _year_faults(one: Alteration, periods: Periods, end: str | None, where: str) -> Iterator[Fault]:
    try:
        place = float(periods.ahead([str(one.year)])[0])
        last = None if end is None else float(periods.ahead([end])[0])
    except CoevolveError as error:
        yield from error.faults
        return
    if place < periods.position[-1]:
        do = f"Change something from {periods.labels[-1]} on; what was cannot be changed."
        yield Fault(f"this {periods.word} is past.", where, one.year, do)
    if last is not None and place >= last:
        yield Fault("nothing would be seen of this change.", where, one.year, f"Change before {end}, or raise until.")
