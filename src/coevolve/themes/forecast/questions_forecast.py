"""What comes next: series forecast by one model, beside no change and the average change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from ...errors import CoevolveError, Fault
from ...evidence.evidence import Evidence
from ...evidence.periods import Periods
from ...inquiry.at import At
from ...inquiry.finding import QUANTILES, Finding, Note
from ...inquiry.question import Names, PanelName, Question, names
from .entries import Entry, entrant, pole_faults

DEFAULT_STEPS = 5


class Forecast(Question):
    """What will these series be in the coming years, within what bands, and has the model been worth more than naive?

    One model, by default the blend of a net, the optimised Theta method, drift and a fading trend, is put to the end of
    the data. Naive (no change) and drift (the average past change goes on) always stand beside it, and all three are
    put to some past origins: if naive would have done better, the first sentence says so. Series counted in whole
    numbers are forecast in whole numbers, and nothing that was never negative falls below zero.

    When not to trust it: after a break that the past never saw; far beyond the horizon of the tests; and for sums,
    since the series of a panel rise and fall together.
    """

    name: ClassVar[str] = "forecast"

    panel: PanelName
    of: Names = Field(description="the indicator or indicators to forecast")
    until: int | str | None = Field(None, description="the last period to forecast; default: five periods ahead")
    model: Entry = Field("blend", description="a forecaster, by name or as a table {name, options}")
    quantiles: tuple[float, ...] = Field(QUANTILES, description="which quantiles to give, between 0 and 1")

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding: what is expected, what the model has been worth, the bands."""
        from . import ahead_tables, ahead_words, tables
        from .ahead import outlook
        from .words import SOURCES

        panel = evidence.panel(self.panel)
        series, what = panel.series(self.of), " and ".join(names(self.of))
        found = outlook(series, _labels(series.periods, self.until), entrant(self.model), self._levels(), at)
        key = at.key.child("bootstrap")
        fan, charts = ahead_tables.fan(found, what)
        made = [
            ahead_tables.forecast(found, self._levels()),
            ahead_tables.changes(found),
            ahead_tables.baselines(found),
            ahead_tables.weights(found),
            *fan,
        ]
        if found.contest is not None:
            order = [name for name in (found.model, "naive", "drift") if name in found.contest.entrants]
            order = list(dict.fromkeys(order))
            made += [tables.scores(found.contest, order, key), tables.tests(found.contest, order, key)]
        return Finding(
            claim=ahead_words.claim(found, what, key),
            title=f"Forecast of {what} to {found.labels[-1]}",
            tables=tuple(made),
            charts=(*charts, *ahead_tables.weights_chart(found)),
            notes=(*ahead_words.notes(found, what), *(Note(text) for text in panel.notes)),
            sources=SOURCES,
        )

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """Unknown indicators and models, an end before the data end, quantiles that are none."""
        made = None
        try:
            made = entrant(self.model)
        except CoevolveError as error:
            yield from error.faults
        for level in self.quantiles:
            if not 0.0 < level < 1.0:
                yield Fault("a quantile lies between 0 and 1.", got=level, do="Write .1 for the tenth percentile.")
        try:
            series = evidence.panel(self.panel).series(self.of)
            ahead = _labels(series.periods, self.until)
        except CoevolveError as error:
            yield from error.faults
            return
        if not ahead:
            last, word = series.periods.labels[-1], series.periods.word
            yield Fault("'until' lies before the data end.", got=self.until, do=f"Name a {word} after {last}.")
        if made is not None:
            yield from pole_faults(made, series)

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """What the model says to a panel of this size."""
        series = evidence.panel(self.panel).series(self.of)
        model = entrant(self.model)
        why = model.refuses(series)
        if why:
            yield Note(f"Expect no change (naive) in place of {model.name}: {why}.", "caution")

    def _levels(self) -> tuple[float, ...]:
        return tuple(sorted(set(self.quantiles)))


def _labels(periods: Periods, until: int | str | None) -> tuple[str, ...]:
    return periods.after(DEFAULT_STEPS) if until is None else periods.until(until)
