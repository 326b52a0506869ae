"""What can be asked about order: how far subsystems of regions have come, and how evenly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...errors import CoevolveError, Fault, StudyError, nearest
from ...evidence.evidence import Evidence
from ...evidence.panel import Panel
from ...inquiry.at import At
from ...inquiry.finding import Finding, Note
from ...inquiry.question import Names, PanelName, Question, names
from .rows import Rows, constant_faults, goalpost_faults, row_faults, rows_of, signed

if TYPE_CHECKING:
    from .coordination_tables import Outcome
    from .model import Index, Scheme

PUBLISHED_DRAWS = 2000


class Coordination(Question):
    """How high subsystems such as economy, innovation and environment stand in each region, and how evenly.

    Each indicator is put on a scale from its worst to its best goalpost; entropy weights, which favour indicators
    that differ much between region-years, make a score U of each subsystem; then

        C = n (prod U)^(1/n) / sum U,   T = mean U,   D = sqrt(C T)

    are the coupling degree, the coordination index and the coupling coordination degree, all from 0 to 1. With the
    standard form and subsystems that count alike, D^2 is exactly the geometric mean of the scores.

    The intervals and probabilities come from resampling whole regions with all their years: weights and pooled
    goalposts are found anew each time. They say how much the answer depends on which regions are compared. They
    hold no error of measurement and no doubt about the choice of indicators. Goalposts that are given are not drawn.

    When not to trust it: C compares levels and knows nothing of one subsystem acting on another, so the name
    "coupling" promises more than it holds. A subsystem "lags" only on a scale whose ends are the worst and best
    region-years seen. Grades are conventional tenths: trust ranks before grades. A single outlier that sets a
    goalpost presses all others together; the notes name it. With fewer than about ten regions weights mean little.
    """

    name: ClassVar[str] = "coordination"

    panel: PanelName
    subsystems: Annotated[
        dict[str, Names],
        Field(description='each subsystem with its indicators, "-so2" where less is better; two or more subsystems'),
    ]
    weights: Annotated[
        Literal["entropy", "critic", "equal", "blend"],
        Field(description="how indicators weigh within a subsystem: entropy, critic, equal, blend (entropy × critic)"),
    ] = "entropy"
    goalposts: Annotated[
        Literal["pooled"] | dict[str, tuple[float, float]],
        Field(description='"pooled" (worst and best of all region-years), or indicator = [low, high], the rest pooled'),
    ] = "pooled"
    form: Annotated[
        Literal["standard", "wang2021"],
        Field(description="the coupling degree: standard (geometric over arithmetic mean) or wang2021 (spreads wider)"),
    ] = "standard"
    closure: Annotated[
        Literal["right", "left"],
        Field(description='which end belongs to a grade: "right" is above .3 up to .4, "left" is .3 up to below .4'),
    ] = "right"
    subsystem_weights: Annotated[
        dict[str, float] | None,
        Field(description="how much each subsystem counts in the coordination index; alike when left out"),
    ] = None
    regions: Annotated[tuple[str, ...], Field(description="the regions to compare; all when left out")] = ()
    since: Annotated[str | int | None, Field(description="the first period to use")] = None
    until: Annotated[str | int | None, Field(description="the last period to use")] = None
    draws: Annotated[int, Field(ge=0, le=100_000, description="how many resamples of the regions; 0 for none")] = 1000

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding; the same for the same panel, options and key."""
        from . import coordination_tables, coordination_words, model

        faults = list(self.faults(evidence))
        if faults:
            raise StudyError(faults)
        panel = self._panel(evidence)
        rows = rows_of(panel, self._listed())
        scheme = self._scheme(rows)
        low, high, fixed = self._posts(rows)
        index = model.measure(rows.table, scheme, low, high)
        outcome = self._outcome(rows, scheme, index, ~fixed, at)
        tables = coordination_tables.tables(rows, scheme, outcome)
        finding = coordination_words.finding(rows, scheme, outcome, tables)
        return replace(finding, notes=(*finding.notes, *(Note(text) for text in panel.notes)))

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """What is wrong with the asking; nothing is computed before all of it is put right."""
        listed = self._listed()
        try:
            panel = self._panel(evidence)
        except CoevolveError as error:
            yield from error.faults
            return
        found = list(row_faults(panel, listed))
        indicators = tuple(signed(one)[0] for named in listed.values() for one in named)
        if isinstance(self.goalposts, dict):
            found.extend(goalpost_faults(self.goalposts, indicators))
        found.extend(self._weight_faults())
        if not found:
            rows = rows_of(panel, listed)
            low, high, _ = self._posts(rows)
            found.extend(constant_faults(rows, low, high))
        yield from found

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """How many region-periods have every indicator, and whether there are regions enough to weigh by."""
        panel = self._panel(evidence)
        if any(True for _ in row_faults(panel, self._listed())):
            return
        rows = rows_of(panel, self._listed())
        whole = rows.complete
        yield Note(
            f"coordination can measure {int(whole.sum())} of {whole.size} region-{rows.periods.word}s: "
            f"those that have all {len(rows.indicators)} indicators."
        )
        if 1 < whole.any(axis=1).sum() < 10:
            yield Note(f"Read the intervals with care: {int(whole.any(axis=1).sum())} regions are few to weigh by.")

    def _listed(self) -> dict[str, tuple[str, ...]]:
        return {subsystem: names(named) for subsystem, named in self.subsystems.items()}

    def _panel(self, evidence: Evidence) -> Panel:
        return evidence.panel(self.panel).window(self.since, self.until, regions=self.regions)

    def _scheme(self, rows: Rows) -> Scheme:
        from .model import Scheme

        given = self.subsystem_weights or dict.fromkeys(rows.subsystems, 1.0)
        shares = np.array([given[subsystem] for subsystem in rows.subsystems])
        return Scheme(rows.subsystem, rows.less, shares / shares.sum(), self.weights, self.form)

    def _weight_faults(self) -> Iterator[Fault]:
        given = self.subsystem_weights
        if given is None:
            return
        for name in given:
            if name not in self.subsystems:
                yield Fault(
                    f"'subsystem_weights' names no subsystem '{name}'.",
                    got=name,
                    do=nearest(name, list(self.subsystems)),
                )
        for name in self.subsystems:
            if not 0 < given.get(name, 0.0) < float("inf"):
                yield Fault(
                    f"subsystem '{name}' needs a weight above 0 in 'subsystem_weights'.",
                    got=given.get(name),
                    do="Give each subsystem one, or leave the option out.",
                )

    def _posts(self, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        given = {} if self.goalposts == "pooled" else {signed(k)[0]: v for k, v in self.goalposts.items()}
        fixed = np.array([name in given for name in rows.indicators])
        table = rows.table
        low = table.min(axis=0, initial=np.inf)
        high = table.max(axis=0, initial=-np.inf)
        for j in np.flatnonzero(fixed):
            low[j], high[j] = given[rows.indicators[j]]
        return low, high, fixed

    def _outcome(self, rows: Rows, scheme: Scheme, index: Index, pooled: NDArray[np.bool_], at: At) -> Outcome:
        from . import draws as resample
        from .coordination_tables import Outcome

        region = np.unique(rows.region, return_inverse=True)[1]
        many = int(region[-1]) + 1
        wanted = max(self.draws, PUBLISHED_DRAWS) if at.publish and self.draws else self.draws
        counts = resample.draw_counts(at.key.child("regions").numpy(), many, wanted if many > 1 else 0)
        drawn = resample.draw(index.y, region, scheme, pooled, counts)
        first, last = rows.ends
        keep = (rows.period == first) | (rows.period == last)
        parts = []
        for piece in resample.pieces(region, len(drawn)):
            at.tick(piece.start, len(region), "measuring resamples of the regions")
            parts.append(resample.ranges(index, piece, drawn, scheme, keep, self.closure))
        held = resample.draw(index.y, region, scheme, np.zeros_like(pooled), counts)
        here = np.flatnonzero(rows.period == last)
        low, high = resample.interval(resample.draw_degrees(index.y[here], held, scheme)[3], index.degree[here])
        width = float(np.median(high - low))
        whole = resample.Ranges.joined(parts)
        return Outcome(index, drawn, whole, np.flatnonzero(keep), pooled, width, self.closure)
