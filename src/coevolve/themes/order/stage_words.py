"""What `stage` found, in words and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...evidence.fit import Fit
from ...inquiry.at import Case as Done
from ...inquiry.finding import Chart, Finding, Note, Source, Table
from ...inquiry.wording import counted, listed, plural
from .stage_model import Judged
from .stage_response import ONE_FEWER, PLACEBO, UNCORRELATED, Gate
from .stage_units import Found
from .wording import named, percent

ENOUGH = 300

SOURCES = (
    Source(
        "wang2019",
        "Wang, P. Research on the Formation Mechanism of Innovation Clusters Based on "
        "Self-Organization Theory. Dalian University.",
    ),
    Source(
        "ellison1997",
        "Ellison, G. and Glaeser, E. L. (1997). Geographic concentration in U.S. manufacturing industries: a "
        "dartboard approach. Journal of Political Economy 105(5), 889-927.",
    ),
    Source(
        "scheffer2009",
        "Scheffer, M. et al. (2009). Early-warning signals for critical transitions. Nature 461, 53-59.",
    ),
)


def finding(
    found: Found,
    judged: Sequence[Done],
    tables: tuple[Table, ...],
    made: Fit,
    draws: int,
    turnover: float,
    panel_notes: Sequence[str],
) -> Finding:
    """The whole Finding."""
    return Finding(
        claim=claim(found, judged),
        title=f"Stage of self-organisation: {found.things}",
        tables=tables,
        charts=tuple(charts(found, tables)),
        notes=(*notes(found, judged, draws, turnover), *(Note(text) for text in panel_notes)),
        sources=SOURCES,
        made=made,
    )


def claim(found: Found, judged: Sequence[Done]) -> str:
    """What stage, or that none can be told and why; then the distance from the reference."""
    done = [(unit.name, one.value) for unit, one in zip(found.units, judged, strict=True) if one.is_done]
    if not done:
        return f"Nothing can be said about the stage of {found.of}: no case could be computed."
    first = _one(found, *done[0]) if len(done) == 1 else _many(found, done)
    return f"{first} {_distance(found, done)}"


def _one(found: Found, name: str, one: Judged) -> str:
    response, cells = one.response, found.units[0].cells
    called = found.things if name == found.of else f"{name} ({found.things})"
    over = f"{called} over {counted(len(cells), found.word)}"
    if response is None:
        return (
            f"The stage of {over} cannot be told without entries and exits: {found.things} that follow each other look "
            "like places that are simply better."
        )
    failed = [gate for gate in response.gates if not gate.holds]
    if failed and not response.identified:
        first = f"here {_broken(found, failed[0])} ({_measured(failed[0], first=True)})"
        told = f"The stage of {over} cannot be told: the method needs exits that strike at random, and {first}."
        others = [f"{_broken(found, gate)} ({_measured(gate)})" for gate in failed[1:]]
        return f"{told} Also, {listed(others)}." if others else told
    if not response.identified:
        return f"The stage of {over} cannot be told: {response.why_not}."
    force = (
        f"restoring force {response.force:.2f}, 90 % interval {response.lo:.2f} to "
        f"{response.hi:.2f}; 0 is the threshold"
    )
    if one.stage == "undetermined":
        walk = "" if response.excludes(0.0) else ", and a random walk is not excluded"
        return f"The stage of {over} cannot be told: the data allow several ({force}){walk}."
    sure = f"with a probability of {one.chances.max():.2f} ({force})"
    return f"The spread of {over} is in the stage '{one.stage}' {sure}."


def _broken(found: Found, gate: Gate) -> str:
    """A gate that does not hold, in plain words."""
    return {
        UNCORRELATED[0]: f"those of one {found.periods.word} foretell those of the next",
        PLACEBO[0]: "past growth foretells exits",
        ONE_FEWER[0]: f"one {found.thing} lost does not mean one fewer in the next count",
    }[gate.name]


def _measured(gate: Gate, first: bool = False) -> str:
    """What a gate measures, its interval, and what it should be."""
    what = {UNCORRELATED[0]: "autocorrelation ", PLACEBO[0]: "slope ", ONE_FEWER[0]: "change "}[gate.name]
    level = "98.3 % interval " if first else ""
    return f"{what}{gate.value:.2f}, {level}{gate.lo:.2f} to {gate.hi:.2f}, should be {gate.wanted:.0f}"


def _many(found: Found, done: Sequence[tuple[str, Judged]]) -> str:
    claimed = [(name, one.stage) for name, one in done if one.stage != "undetermined"]
    known = sum(one.response is not None and one.response.identified for _, one in done)
    if all(one.response is None for _, one in done):
        return (
            f"The stage of all {len(done)} industries cannot be told without entries and exits: {found.things} that "
            "follow each other look like places that are simply better."
        )
    told = f"The restoring force is identified in {known} of {len(done)} industries"
    if not claimed:
        return f"{told} and a stage can be claimed for none."
    return f"{told}; a stage is claimed for {len(claimed)}: {named([f'{name} ({stage})' for name, stage in claimed])}."


def _distance(found: Found, done: Sequence[tuple[str, Judged]]) -> str:
    first, last = found.periods.labels[0], found.periods.labels[-1]
    moved = sorted(((one.distance[-1] - one.distance[0], name, one) for name, one in done), key=lambda row: row[0])
    if len(done) == 1:
        one = done[0][1]
        return (
            f"Their distance from {found.reference}, 0 when there is none, went from {one.distance[0]:.3f} nat in "
            f"{first} to {one.distance[-1]:.3f} in {last}."
        )
    apart, nearer = [m for m in moved if m[0] > 0], [m for m in moved if m[0] < 0]
    far = max(done, key=lambda row: float(row[1].distance[-1]))
    return (
        f"Between {first} and {last} the distance from {found.reference} grew in {len(apart)} of {len(done)} and fell "
        f"in {len(nearer)}; in {last} it is largest for {far[0]} ({far[1].distance[-1]:.3f} nat)."
    )


def notes(found: Found, judged: Sequence[Done], draws: int, turnover: float) -> Iterator[Note]:
    """What to keep in mind, the gravest first."""
    done = [(unit.name, one.value) for unit, one in zip(found.units, judged, strict=True) if one.is_done]
    for unit, one in zip(found.units, judged, strict=True):
        if not one.is_done:
            yield Note(f"Look at {unit.name} again: it could not be computed ({one.trouble}).", "caution")
    turned = [name for name, one in done if one.later]
    if turned:
        yield Note(
            f"Check when entries and exits are counted: in {named(turned)} they fit the change after a count better "
            "than the change before it, as which they are read.",
            "caution",
        )
    yield from _refused(found, done)
    yield from _few(found, done)
    if any(one.response is None for _, one in done):
        yield Note(
            "Find counts of entries and exits to look for a threshold: none is found from stocks alone. Without them "
            f"the worlds without feedback lose {percent(turnover)} of their {found.things} each {found.periods.word} "
            "(option turnover)."
        )
    raised = [name for name, one in done if one.warns]
    told = (
        f" It warns in {named(raised)}: {found.things} follow each other there, as in a random walk." if raised else ""
    )
    yield Note(
        "Do not read high autocorrelation or variance as a warning: natural advantage that drifts gives them too. Only "
        f"the restoring force is allowed to warn, judged against {draws} worlds without feedback whose natural "
        f"advantage moves as the entries did.{told} p cannot be below {1 / (draws + 1):.3f}."
    )
    gaps = [one.gap for _, one in done if np.isfinite(one.gap)]
    if gaps and max(gaps) > 1e-6:
        yield Note(
            f"Mind that stocks and flows do not close: entries less exits miss {percent(float(np.mean(gaps)))} of the "
            f"stock a {found.periods.word} on average (reclassified or revised)."
        )
    yield Note(
        "Read 'dispersed' to 'far from equilibrium' as bands of the restoring force: above 2/3, above 0.1, above 0, "
        f"below 0. The bounds 2/3 and 0.1 (fluctuations 1.5 and 10 times those of {found.things} on their own) are a "
        "convention, 0 is not."
    )
    lost = [(unit.name, len(unit.left_out)) for unit in found.units if unit.left_out]
    if lost:
        gone = sum(n for _, n in lost)
        most = f" (most in {max(lost, key=lambda row: row[1])[0]})" if len(found.units) > 1 else ""
        yield Note(
            f"Find the missing numbers to use more {plural(found.word)}: {counted(gone, found.word)} without a "
            "count or "
            f"a reference in some {found.periods.word} {'is' if gone == 1 else 'are'} left out{most}."
        )
    if found.skipped:
        yield Note(
            f"Find the missing numbers to judge more industries: {named(found.skipped)} had too few "
            f"{plural(found.word)} counted throughout."
        )


def _refused(found: Found, done: Sequence[tuple[str, Judged]]) -> Iterator[Note]:
    failed = [
        name for name, one in done if one.response is not None and one.response.gates and not one.response.identified
    ]
    where = f" in {named(failed)}" if failed and len(found.units) > 1 else ""
    if failed:
        yield Note(
            f"Treat exits{where} as regional shocks, not accidents: a gate fails, so the answer to them says nothing "
            f"about {found.things} that follow each other. Exits of single plants, or of industries that shrink "
            "nationally, may serve better."
        )


def _few(found: Found, done: Sequence[tuple[str, Judged]]) -> Iterator[Note]:
    cells = {unit.name: len(unit.cells) for unit in found.units}
    small = [
        name for name, one in done if one.response is not None and one.response.identified and cells[name] < ENOUGH
    ]
    if small:
        few = listed(sorted({str(cells[name]) for name in small}))
        yield Note(f"Use more {plural(found.word)} before building on lambda: {few} are few, {ENOUGH} serve.")


def charts(found: Found, tables: Sequence[Table]) -> Iterator[Chart]:
    """The pictures: how places answer, what the restoring force is, how far the spread is from the reference."""
    by_name = {table.name: table for table in tables}
    many = len(found.units) > 1
    if len(by_name["slopes"]):
        facet = {"facet": "unit"} if many else {}
        known = {str(row["unit"]) for row in by_name["threshold"].rows() if row["identified"]}
        shown = set(map(str, by_name["slopes"]["unit"]))
        title = f"What an unexpected loss of one {found.thing} leaves behind"
        if not known & shown:
            title = f"Gates fail: do not read as feedback. {title}"
        elif not shown <= known:
            title += f" (gates hold only in {named(sorted(known & shown))}: elsewhere do not read as feedback)"
        theory = ["nobody follows (lambda 1)", "at the threshold (lambda 0)"]
        yield Chart(
            "answer",
            "lines",
            "slopes",
            {"x": "periods_after", "y": "slope", "lo": "lo", "hi": "hi", "series": "world", **facet},
            title,
            f"{found.things} fewer (upwards) by {plural(found.periods.word)} after the loss (across), 90 % intervals; "
            "above the threshold line the gap is filled, below it grows",
            "Lines of the answer to unexpected exits, observed and in theory, by periods after the loss.",
            options={"dashed": theory, "grey": theory if known & shown else [*theory, "observed"]},
        )
    if np.isfinite(by_name["threshold"]["lambda"].astype(float)).any():
        yield Chart(
            "force",
            "bars",
            "threshold",
            {"label": "unit", "value": "lambda", "lo": "lo", "hi": "hi"},
            "Restoring force",
            "1 nobody follows, 0 the threshold; 90 % intervals; empty where not identified",
            "Points of the restoring force by unit with intervals.",
            options={"dots": True, "rule": 0.0},
        )
    if len(by_name["distance"]):
        time = "year" if "year" in by_name["distance"].columns else "period"
        yield Chart(
            "distance",
            "lines",
            "distance",
            {"x": time, "y": "distance", **({"series": "unit"} if many else {})},
            f"Distance from {found.reference}",
            "relative entropy, nat; 0 when the spread agrees; the axis does not start at 0",
            f"Lines of the relative entropy of the spread against {found.reference} by {found.periods.word}.",
        )
