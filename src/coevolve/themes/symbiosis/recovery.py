"""Did an estimate find a truth that we know? For made worlds, to learn and to check with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from ...errors import Fault, nearest
from ...evidence.evidence import Evidence
from ...evidence.fit import Fit
from ...inquiry.at import At
from ...inquiry.finding import Chart, Finding, Note, Table
from ...inquiry.question import FitName, Question
from ...inquiry.wording import counted

COLUMNS = ("parameter", "pole", "other", "what", "truth", "median", "lo", "hi", "covered")


class Truth(BaseModel):
    """One true parameter of a made world: rate (per period) or b (the effect of `other` on `pole`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parameter: Literal["rate", "b"]
    pole: str
    other: str = ""
    value: float


class Recovery(Question):
    """How near did an estimate come to a truth that we know, in the units of each parameter?

    Sets the true rates and symbiosis coefficients of a made world beside the estimate with its 90 % interval: the
    average over regions where regions were fitted together. An interval that is right covers the truth nine times
    in ten, so one miss among ten is no fault.

    When not to trust it: on data whose truth nobody knows, which is all real data. A single world says little about
    a method; many worlds do.
    """

    name: ClassVar[str] = "recovery"

    of: FitName
    truth: tuple[Truth, ...] = Field(
        description="the true parameters: parameter (rate or b), pole, other (for b), value"
    )

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """Nothing true is given, or an effect without its second pole."""
        if not self.truth:
            yield Fault("no truth is given.", got="truth = []", do="List parameter, pole, other and value of each.")
        for one in self.truth:
            if one.parameter == "b" and not one.other:
                yield Fault(f"the b of '{one.pole}' lacks the pole it is affected by.", got=one.value, do="Add other.")

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding: each truth beside its estimate."""
        fit = evidence.fit(self.of)
        rows = [row for one in self.truth if (row := _row(fit, one)) is not None]
        lost = [one for one in self.truth if not _is_known(fit, one)]
        table = Table.of_rows("recovery", COLUMNS, rows, caption="one row a true parameter")
        covered = sum(bool(row[-1]) for row in rows)
        claim = f"The 90 % intervals cover {covered} of {len(rows)} true parameters."
        right = _signs(rows)
        notes = [
            Note(f"Check the spelling of '{one.pole}': {nearest(one.pole, fit.labels['pole'])}", "caution")
            for one in lost
        ]
        return Finding(f"{claim}{right}", "Truth and estimate", (table,), (_picture(),) if rows else (), tuple(notes))


def _is_known(fit: Fit, one: Truth) -> bool:
    poles = fit.labels["pole"]
    return one.pole in poles and (one.parameter == "rate" or one.other in poles)


def _row(fit: Fit, one: Truth) -> tuple[object, ...] | None:
    if not _is_known(fit, one):
        return None
    draws = _draws(fit, one)
    lo, median, hi = np.nanquantile(draws, [0.05, 0.5, 0.95])
    what = f"rate of {one.pole}" if one.parameter == "rate" else f"effect of {one.other} on {one.pole}"
    return (one.parameter, one.pole, one.other, what, one.value, median, lo, hi, bool(lo <= one.value <= hi))


def _draws(fit: Fit, one: Truth) -> NDArray[np.float64]:
    place = fit.labels["pole"].index(one.pole)
    if one.parameter == "rate":
        group = "group_rate" in fit.arrays
        return fit["group_rate"][:, place] if group else np.nanmean(fit["rate"][:, :, place], axis=1)
    other = fit.labels["pole"].index(one.other)
    group = "group_symbiosis" in fit.arrays
    if group:
        return np.asarray(fit["group_symbiosis"][:, place, other])
    return np.asarray(np.nanmean(fit["symbiosis"][:, :, place, other], axis=1))


def _signs(rows: list[tuple[object, ...]]) -> str:
    decided = [(float(str(row[4])), float(str(row[6])), float(str(row[7]))) for row in rows if row[0] == "b"]
    claims = [(truth, lo, hi) for truth, lo, hi in decided if lo > 0 or hi < 0]
    if not claims:
        return " No effect between poles is certain in sign."
    right = sum((truth < 0 and hi < 0) or (truth > 0 and lo > 0) for truth, lo, hi in claims)
    are = "is" if len(claims) == 1 else "are"
    return f" Of {counted(len(decided), 'effect')} between poles {len(claims)} {are} certain in sign, {right} rightly."


def _picture() -> Chart:
    return Chart(
        "recovery",
        "bars",
        "recovery",
        {"label": "what", "value": "median", "lo": "lo", "hi": "hi", "mark": "truth"},
        "Estimate and truth",
        "bar: estimate with 90 % interval; tick: truth",
        "Each true parameter beside its estimate and 90 % interval.",
        options={"zero": True},
    )
