"""What can be asked about the stage of self-organisation: dispersed, fluctuating, or past the threshold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from ...errors import CoevolveError, Fault, StudyError
from ...evidence.evidence import Evidence
from ...evidence.panel import Panel
from ...inquiry.at import At
from ...inquiry.finding import Finding, Note
from ...inquiry.question import PanelName, Question


class Stage(Question):
    """Is an industry about to gather in few places: dispersed, fluctuating, or past the threshold?

    Firms that follow firms make a spread unstable. The restoring force lambda says how strongly a spread recovers:

        lambda = 1 - [sigma + (1 - eps - sigma) alpha]        dispersed > 2/3 > micro fluctuation > 0.1 >
                                                              macro fluctuation > 0 > far from equilibrium

    (fluctuations are 1/lambda times those of firms that locate on their own). It is read off how places answer the
    unexpected loss of firms, and only where three gates hold: unexpected exits are serially uncorrelated, past growth
    does not foretell them, and the first answer is one firm fewer for each. Else it is not identified and the stage
    is undetermined. A random walk (lambda = 0) has no stage. Warnings are judged against a world without feedback, in
    which natural advantage rises, falls and is shaken by lasting regional shocks as the entries were.

    When not to trust it: with fewer than about 300 cells lambda is wide; where exits come in regional waves
    (bankruptcies, mines) the gates should refuse it, and with few data they may fail to; near a strong cluster
    lambda describes the answer at today's shares, not at an even spread.
    """

    name: ClassVar[str] = "stage"
    makes: ClassVar[str] = "fit"

    panel: PanelName
    of: Annotated[str, Field(description="the indicator that counts what stands (firms, establishments)")]
    entries: Annotated[str | None, Field(description="the indicator of entries since the period before")] = None
    exits: Annotated[str | None, Field(description="the indicator of exits since the period before")] = None
    reference: Annotated[
        str | None,
        Field(description="an indicator whose spread counts as no clustering; default: all industries, or even"),
    ] = None
    turnover: Annotated[
        float, Field(gt=0, lt=1, description="the share that leaves each period, where exits are not given")
    ] = 0.1
    regions: Annotated[tuple[str, ...], Field(description="the regions to use; all when left out")] = ()
    industries: Annotated[tuple[str, ...], Field(description="the industries to use; all when left out")] = ()
    since: Annotated[str | int | None, Field(description="the first period to use")] = None
    until: Annotated[str | int | None, Field(description="the last period to use")] = None
    draws: Annotated[int, Field(ge=39, le=20_000, description="worlds without feedback to judge warnings by")] = 199

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; it makes a Fit of the counts, entries and exits, which `formation` can be calibrated to."""
        from . import stage_model, stage_tables, stage_words
        from .stage_units import fit_of, units_of

        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        panel = self._panel(evidence)
        found = units_of(panel, self.of, self.entries, self.exits, self.reference)
        draws = max(self.draws, 999) if at.publish else self.draws
        cases = [stage_model.Case.of(unit, self.turnover, draws, at.key.child(unit.name)) for unit in found.units]
        judged = at.map(stage_model.judge, cases, words="judging stages")
        tables = stage_tables.tables(found, judged)
        made = fit_of(found, self.options(), panel.digest())
        return stage_words.finding(found, judged, tables, made, draws, self.turnover, panel.notes)

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """Unknown indicators, half a pair of flows, and nothing that is counted in several cells throughout."""
        if (self.entries is None) != (self.exits is None):
            got = "entries" if self.exits is None else "exits"
            yield Fault(f"only {got} are given.", got=got, do="Name entries and exits, or neither.")
            return
        try:
            from .stage_units import unit_faults

            panel = self._panel(evidence)
            yield from unit_faults(panel, self.of, self.entries, self.exits, self.reference)
        except CoevolveError as error:
            yield from error.faults

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """How many cells and periods there are, and whether lambda can be looked for."""
        if any(True for _ in self.faults(evidence)):
            return
        from .stage_units import units_of

        panel = self._panel(evidence)
        found = units_of(panel, self.of, self.entries, self.exits, self.reference)
        cells = max(len(unit.cells) for unit in found.units)
        word = panel.periods.word
        yield Note(f"stage can use {len(found.units)} units of up to {cells} cells over {len(found.periods)} {word}s.")
        if self.exits is None:
            yield Note("Name entries and exits to look for a threshold: from stocks alone there is none.", "caution")
        elif cells < 300:
            yield Note(f"Expect a wide range for lambda: {cells} cells, and about 300 are needed to place a stage.")

    def _panel(self, evidence: Evidence) -> Panel:
        return evidence.panel(self.panel).window(
            self.since, self.until, regions=self.regions, industries=self.industries
        )
