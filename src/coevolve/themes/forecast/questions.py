"""What can be asked of the future: so far, which forecaster does best on what is already known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from ...errors import CoevolveError, Fault
from ...evidence.evidence import Evidence
from ...evidence.series import Series
from ...inquiry import catalogue
from ...inquiry.at import At
from ...inquiry.finding import Finding, Note
from ...inquiry.forecaster import Forecaster
from ...inquiry.question import Names, PanelName, Question, names
from .entries import Entry, entrant, pole_faults

ALWAYS = ("naive", "drift")


class Contest(Question):
    """Which forecaster would have predicted these series best, and is its lead more than luck?

    Every forecaster stands at several past origins, sees only what was known then, and forecasts the periods held
    out after it. Errors are scaled by each series' own mean change (MASE), so that large and small regions count
    alike; naive (no change) and drift (the past change goes on) always compete. Differences carry intervals over
    origins, since all series of an origin share the same shocks. The paper's Fig. 2 is the chart of paths.

    When not to trust it: with few origins, or origins whose test periods overlap, the order is a hint (the Finding
    says so); a break between the origins and today makes all past scores too kind; and the best of many forecasters
    on one test looks better than it will be.
    """

    name: ClassVar[str] = "contest"

    panel: PanelName
    of: Names = Field(description="the indicator or indicators to forecast")
    forecasters: tuple[Entry, ...] | None = Field(
        None, description="names, or tables {name, options}; default: all that accept the panel"
    )
    hold_out: int | None = Field(None, ge=1, description="periods to forecast from each origin; default: from the data")
    origins: int | None = Field(None, ge=1, description="how many past origins; default: 3 to 20, from the data")

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding: claim, scores, tests, paths."""
        from .contest_model import Plan, hold

        panel = evidence.panel(self.panel)
        series = panel.series(self.of)
        plan = Plan.of(len(series.periods), series.periods.season, self.hold_out, self.origins)
        result = hold(series, self._entrants(), plan, at)
        asked = frozenset(entrant(one).name for one in self.forecasters or ())
        return _finding(result, asked, tuple(Note(text) for text in panel.notes), names(self.of), at)

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """Unknown indicators and forecasters, wrong options, and periods that do not suffice."""
        made = []
        for entry in self.forecasters or ():
            try:
                made.append(entrant(entry))
            except CoevolveError as error:
                yield from error.faults
        try:
            series = evidence.panel(self.panel).series(self.of)
        except CoevolveError as error:
            yield from error.faults
            return
        for one in made:
            yield from pole_faults(one, series)
        yield from _too_short(series, self.hold_out, self.origins)

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """How many origins and separate tests these data allow."""
        from .contest_model import Plan

        series = evidence.panel(self.panel).series(self.of)
        if any(True for _ in _too_short(series, self.hold_out, self.origins)):
            return
        plan = Plan.of(len(series.periods), series.periods.season, self.hold_out, self.origins)
        word, count = series.periods.word, int(series.observed.any(axis=2).sum())
        yield Note(
            f"Expect {len(plan.origins)} origins with {plan.hold_out} {word}s held out after each "
            f"({plan.windows:.1f} separate tests) for {count} series.",
            "information" if plan.windows >= 2 else "caution",
        )

    def _entrants(self) -> dict[str, Forecaster]:
        """The forecasters by the name they go under; naive and drift first, a name used twice gets a number."""
        entries: tuple[Entry, ...] = self.forecasters or tuple(catalogue.FORECASTERS)
        found: dict[str, Forecaster] = {name: entrant(name) for name in ALWAYS}
        for entry in entries:
            made = entrant(entry)
            if found.get(made.name) == made:
                continue
            label, number = made.name, 2
            while label in found:
                label, number = f"{made.name} {number}", number + 1
            found[label] = made
        return found


def _too_short(series: Series, hold_out: int | None, origins: int | None) -> Iterator[Fault]:
    from .contest_model import LEAST_TRAINING, Plan

    periods, word = len(series.periods), series.periods.word
    if periods < LEAST_TRAINING + 1:
        yield Fault(
            f"a contest needs {LEAST_TRAINING + 1} {word}s at least.",
            got=periods,
            do=f"{LEAST_TRAINING} to learn from and one to forecast.",
        )
        return
    if (hold_out or 0) > periods - LEAST_TRAINING:
        yield Fault(
            f"hold_out is too long: of {periods} {word}s {LEAST_TRAINING} must stay to learn from.",
            got=hold_out,
            do=f"Hold out {periods - LEAST_TRAINING} at most.",
        )
        return
    plan = Plan.of(periods, series.periods.season, hold_out, origins)
    if origins and (len(plan.origins) < origins or plan.origins[0] < LEAST_TRAINING):
        most = (periods - plan.hold_out - LEAST_TRAINING) // plan.step + 1
        yield Fault(
            f"{origins} origins with {plan.hold_out} {word}s held out need more than {periods} {word}s.",
            got=origins,
            do=f"Ask for {most} at most, or hold out fewer.",
        )


def _finding(result: Any, asked: frozenset[str], panel_notes: tuple[Note, ...], of: tuple[str, ...], at: At) -> Finding:
    from . import charts, tables, words

    what = " and ".join(of)
    if not result.measures["mase"].size or _nothing(result):
        doubts = words.nothing(result)
        return Finding(
            f"Nothing can be said about forecasts of {what}: no held-out cell could be scored.",
            f"Contest of forecasters: {what}",
            notes=(*doubts, *panel_notes),
            sources=words.SOURCES,
        )
    overall = dict(zip(result.entrants, result.overall("mase"), strict=True))
    order = sorted(overall, key=lambda name: overall[name])
    key = at.key.child("bootstrap")
    made = (
        tables.scores(result, order, key),
        tables.tests(result, order, key),
        tables.ranking(result, order, key),
        tables.coverage(result, order, key),
        tables.by_series(result, order),
        tables.examples(result, order),
        tables.paths(result),
    )
    return Finding(
        claim=words.claim(result, order, what, key),
        title=f"Contest of forecasters: {what}",
        tables=made,
        charts=charts.charts(result, order, what),
        notes=(*words.notes(result, order, asked), *panel_notes),
        sources=words.SOURCES,
    )


def _nothing(result: Any) -> bool:
    import numpy as np

    return bool(np.isnan(result.measures["mase"]).all())
