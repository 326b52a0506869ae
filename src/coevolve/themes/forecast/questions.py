"""What can be asked of the future: so far, which forecaster does best on what is already known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import Field, ValidationError

from ...errors import CoevolveError, Fault, StudyError, nearest
from ...evidence.evidence import Evidence
from ...evidence.series import Series
from ...inquiry import catalogue
from ...inquiry.at import At
from ...inquiry.finding import Finding, Note
from ...inquiry.forecaster import Forecaster
from ...inquiry.question import Names, PanelName, Question, names

ALWAYS = ("naive", "drift")
Entry = str | dict[str, Any]


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
        from .contest import Plan, hold

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
            yield from _pole_faults(one, series)
        yield from _too_short(series, self.hold_out, self.origins)

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """How many origins and separate tests these data allow."""
        from .contest import Plan

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


def entrant(entry: Entry) -> Forecaster:
    """The forecaster that an entry means; raises StudyError for an unknown name or option, with the nearest."""
    name = _entry_name(entry)
    kind = catalogue.forecaster(name)
    options = {} if isinstance(entry, str) else {key: value for key, value in entry.items() if key != "name"}
    try:
        return kind(**options)
    except ValidationError as error:
        raise StudyError([_option_fault(name, kind, one) for one in error.errors()]) from None


def _entry_name(entry: Entry) -> str:
    return entry if isinstance(entry, str) else str(entry.get("name", ""))


def _option_fault(name: str, kind: type[Forecaster], error: Mapping[str, Any]) -> Fault:
    option = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return Fault(f"'{name}' has no option '{option}'.", got=option, do=nearest(option, list(kind.model_fields)))
    if error["type"] == "missing":
        repair = f'Write {{ name = "{name}", {option} = ... }}.'
        return Fault(f"'{name}' needs the option '{option}'.", got="nothing", do=repair)
    return Fault(f"the option '{option}' of '{name}' cannot be that.", got=str(error["input"]), do=f"{error['msg']}.")


def _pole_faults(forecaster: Forecaster, series: Series) -> Iterator[Fault]:
    """Poles that a forecaster is told to take and that are no series of the panel."""
    poles = getattr(forecaster, "poles", ())
    for pole in poles if isinstance(poles, tuple) else ():
        if pole not in series.names:
            do = nearest(str(pole), series.names)
            yield Fault(f"'{forecaster.name}' is to take the pole '{pole}', which is no series.", got=pole, do=do)


def _too_short(series: Series, hold_out: int | None, origins: int | None) -> Iterator[Fault]:
    from .contest import LEAST_TRAINING, Plan

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
    from . import tables, words

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
    places = len(result.series.names) if len(result.series.names) > 1 else len(result.series.regions)
    has_heat = 1 < places <= tables.MOST_PLACES_IN_HEAT
    made = (
        tables.scores(result, order),
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
        charts=tables.charts(result, order, what, has_heat),
        notes=(*words.notes(result, order, asked), *panel_notes),
        sources=words.SOURCES,
    )


def _nothing(result: Any) -> bool:
    import numpy as np

    return bool(np.isnan(result.measures["mase"]).all())
