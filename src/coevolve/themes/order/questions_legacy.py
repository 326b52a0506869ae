"""Published measures of order that should not be used any more, for those who must repeat them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ...errors import CoevolveError, Fault, StudyError
from ...evidence.evidence import Evidence
from ...evidence.panel import Panel
from ...inquiry.at import At
from ...inquiry.finding import Finding
from ...inquiry.question import Names, PanelName, Question, names
from .rows import constant_faults, row_faults, rows_of

NEEDED = {
    "zhang2006": ("sustaining", "imposed", "regenerative", "destructive"),
    "brusselator": ("a", "b"),
    "meng_han": (),
}
"""The subsystems that each method reads, in the words of its paper; any names for meng_han."""


class Legacy(Question):
    """What three published measures of order say of these data, each with its defect stated first.

    zhang2006    entropy flows of four classes of indicators: d_eS = imposed - sustaining output, d_iS = destructive -
                 regenerative metabolism, S = -(1/ln n) sum (q_j/q) ln(q_j/q)            Zhang, Yang & Li (2006)
    brusselator  whether an index B exceeds 1 + A^2, read as "a dissipative structure has formed"
    meng_han     C = theta (prod |u_k1 - u_k0|)^(1/n), the synergy of a composite system      Meng & Han (1999)

    When not to trust it: always. Use `entropy`, `stage` and `synergy` instead; this is for repeating old studies.
    Formulas are those of the secondary literature, since the papers are not open.
    """

    name: ClassVar[str] = "legacy"

    method: Annotated[
        Literal["zhang2006", "brusselator", "meng_han"], Field(description="zhang2006, brusselator or meng_han")
    ]
    panel: PanelName
    subsystems: Annotated[
        dict[str, Names],
        Field(
            description="subsystems with indicators; zhang2006: sustaining, imposed, regenerative, destructive; "
            'brusselator: a, b; meng_han: any, "-so2" where less is better'
        ),
    ]
    regions: Annotated[tuple[str, ...], Field(description="the regions to use; all when left out")] = ()
    since: Annotated[str | int | None, Field(description="the first period to use; the base of meng_han")] = None
    until: Annotated[str | int | None, Field(description="the last period to use")] = None

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding: the defect, what the method says, and how much of it hangs on units or the base."""
        from . import legacy_brusselator, legacy_meng_han, legacy_zhang

        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        rows = rows_of(self._panel(evidence), self._listed())
        if self.method == "zhang2006":
            return legacy_zhang.finding(rows, at.key.child("units").numpy())
        if self.method == "brusselator":
            return legacy_brusselator.finding(rows)
        return legacy_meng_han.finding(rows)

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """Subsystems that the method does not know, indicators that are not there, amounts below 0."""
        needed = NEEDED[self.method]
        if needed and set(self.subsystems) != set(needed):
            do = f"Name {', '.join(needed)}, each with its indicators."
            yield Fault(f"'{self.method}' reads other subsystems.", got=list(self.subsystems), do=do)
            return
        try:
            panel = self._panel(evidence)
        except CoevolveError as error:
            yield from error.faults
            return
        found = list(row_faults(panel, self._listed()))
        if found:
            yield from found
            return
        rows = rows_of(panel, self._listed())
        table = rows.table
        if not len(table):
            yield Fault("no region has all indicators in any period.", got=0, do="Leave out those with few values.")
        elif self.method == "meng_han":
            yield from constant_faults(rows, table.min(axis=0), table.max(axis=0))
        if self.method == "zhang2006" and len(table) and table.min() < 0:
            yield Fault("'zhang2006' needs amounts, and some are below 0.", got=float(table.min()), do="Name amounts.")
        if self.method != "brusselator" and len(rows.periods) < 2:
            yield Fault(f"'{self.method}' needs two periods.", got=len(rows.periods), do="Widen since and until.")

    def _listed(self) -> dict[str, tuple[str, ...]]:
        return {subsystem: names(named) for subsystem, named in self.subsystems.items()}

    def _panel(self, evidence: Evidence) -> Panel:
        return evidence.panel(self.panel).window(self.since, self.until, regions=self.regions)
