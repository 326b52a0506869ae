"""What can be asked about influence: who moves whom among the series of a panel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from ...errors import CoevolveError, Fault, StudyError, nearest
from ...evidence.evidence import Evidence
from ...evidence.panel import Panel
from ...evidence.series import Series
from ...inquiry.at import At
from ...inquiry.finding import Finding, Note
from ...inquiry.question import Names, PanelName, Question

if TYPE_CHECKING:
    from .arrays import Readied

PUBLISHED_LSTM_DRAWS = 20


class Influence(Question):
    """Who moves whom: which series of a panel raise or lower the growth of which others, and how surely?

    Every ordered pair of series (industries, innovation counts) is measured twice on all regions together:

        growth of i = a_ri + c_ri x_ri + year effect + own lags + sum_{j != i} sum_l b_ijl ln x_rj(t - l) + e

    by a pooled regression freed from short-panel bias (half-panel jackknife, Juodis, Karavias & Sarafidis 2021), and
    by a small LSTM for each target that starts from a curved surface and is judged on regions it has not seen. Each
    target's answer leans on the LSTM only as far as the others tell it more than they tell a line. `strength` is the
    change of log growth per unit of log driver: **above 0 raises the target's growth**. A pair is `selected` when its
    q, the false discovery rate at which it would still be called, is at most `fdr`; a weight that is not zero is no
    link. Beside the result stands what the same procedure finds on panels of noise. The selected links make a Network
    under the ask's name.

    When not to trust it: influence here means that one series helps to foretell another's growth; a third thing that
    moves both, a year later one than the other, looks the same. What acts within a year is not seen. One region
    cannot tell, however well the lines fit. Neighbouring regions are not independent: name their groups in `cluster`.
    Small strengths stay unseen: `least_strength` says which, and an empty network is no proof of independence.
    """

    name: ClassVar[str] = "influence"
    makes: ClassVar[str] = "network"

    panel: PanelName
    of: Annotated[Names, Field(description="one indicator across industries, or several indicators")]
    series: Annotated[
        tuple[str, ...],
        Field(description="only these series, named by industry (or indicator/industry with several of)"),
    ] = ()
    regions: Annotated[tuple[str, ...], Field(description="the regions to use; all when left out")] = ()
    years: Annotated[
        tuple[str | int, ...],
        Field(max_length=2, description="the first and the last period to use; all when left out"),
    ] = ()
    lags: Annotated[
        int | None,
        Field(ge=1, le=5, description="how many periods back to look; up to 3, by held-out loss, when left out"),
    ] = None
    scale: Annotated[
        Literal["log", "level"],
        Field(description="what drives: the log of a series, or its level relative to the region's mean"),
    ] = "log"
    region_effects: Annotated[
        bool, Field(description="each region has a growth rate and an own slope of its own; needed, so always true")
    ] = True
    year_effects: Annotated[
        bool | None,
        Field(description="all regions share a shock each period; on from 2 regions when left out"),
    ] = None
    cluster: Annotated[
        str | None, Field(description="the groups column of the panel whose regions share shocks; each alone without")
    ] = None
    fdr: Annotated[float, Field(gt=0, lt=1, description="the share of false links to tolerate among those called")] = (
        0.05
    )
    model: Annotated[
        Literal["auto", "linear", "lstm"],
        Field(description="auto (each target trusts what forecasts unseen regions), linear alone, or lstm alone"),
    ] = "auto"
    draws: Annotated[int, Field(ge=0, le=10_000, description="null panels for the pooled regression; 0 for none")] = 200
    draws_lstm: Annotated[
        int, Field(ge=0, le=1000, description="null panels for both channels together; 20 with --publish")
    ] = 0

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding, with the Network it made; the same for the same panel, options and key."""
        import numpy as np

        from .channels import lstm_refusal, measure
        from .influence_tables import Outcome
        from .influence_words import finding
        from .null_links import calibrate

        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        panel = self._panel(evidence)
        series = self._series(panel)
        readied = self._ready(panel)
        refused = "" if self.model == "linear" else lstm_refusal(readied)
        measured = measure(
            readied,
            self.lags,
            self.model,
            self.fdr,
            at.key.child("lstm"),
            lambda done, of: at.tick(done, of, "training LSTMs"),
            refused,
        )
        wanted = max(self.draws_lstm, PUBLISHED_LSTM_DRAWS) if at.publish else self.draws_lstm
        both = wanted if measured.neural is not None else 0
        steps = np.diff(series.periods.position)
        nulls = calibrate(readied, steps, self.scale, measured.lags, self.fdr, self.draws, both, self.model, at)
        outcome = Outcome(readied, measured, tuple(nulls), self.fdr, self.scale, self.model)
        made = finding(series, outcome)
        return replace(made, notes=(*made.notes, *(Note(text) for text in panel.notes)))

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """What makes these series impossible to measure, found before anything is computed."""
        from .admission import sample_faults

        try:
            panel = self._panel(evidence)
            series = self._series(panel)
        except CoevolveError as error:
            yield from error.faults
            return
        if not self.region_effects:
            yield Fault(
                "'region_effects' cannot be false: without them rich regions would seem to move everybody.",
                got=False,
                do="Leave the option out.",
            )
        if self.cluster is not None and self.cluster not in panel.groups:
            known = list(panel.groups)
            do = nearest(self.cluster, known) if known else 'Name the column in the evidence: groups = ["..."].'
            yield Fault(f"the panel has no groups '{self.cluster}'.", got=self.cluster, do=do)
            return
        if self.year_effects and len(panel.regions) == 1:
            yield Fault("one region has no year effects.", got=True, do="Leave 'year_effects' out, or add regions.")
        yield from sample_faults(series, self.lags or 1)

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """How many pairs are asked, of how many regions and periods, and whether the LSTM takes part."""
        from .channels import can_tell, lstm_refusal

        if any(True for _ in self.faults(evidence)):
            return
        readied = self._ready(self._panel(evidence))
        regions, periods, series = readied.sample.shape
        yield Note(
            f"influence asks {series * (series - 1)} pairs of {series} series in {regions} "
            f"{'region' if regions == 1 else 'regions'} over {periods} {readied.word}s."
        )
        if not can_tell(readied):
            yield Note("Add regions: one alone cannot tell influence from coincidence, and no link will be called.")
        refused = "" if self.model == "linear" else lstm_refusal(readied)
        if refused:
            yield Note(f"Expect the pooled regression alone: {refused}.")

    def _panel(self, evidence: Evidence) -> Panel:
        panel = evidence.panel(self.panel)
        periods = panel.periods
        first = periods.index(self.years[0]) if self.years else 0
        last = periods.index(self.years[-1]) if self.years else len(periods) - 1
        if first > last:
            raise StudyError("the last of 'years' lies before the first.", got=list(self.years), do="Turn them round.")
        return panel.select(regions=self.regions or None, periods=periods.labels[first : last + 1])

    def _series(self, panel: Panel) -> Series:
        series = panel.series(self.of)
        return series.pick(self.series) if self.series else series

    def _ready(self, panel: Panel) -> Readied:
        from .arrays import ready

        groups = panel.groups[self.cluster] if self.cluster else None
        readied = ready(self._series(panel), self.scale, groups)
        return readied if self.year_effects is None else replace(readied, years=self.year_effects)
