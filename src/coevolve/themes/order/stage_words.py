"""What `stage` found, in words and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...evidence.fit import Fit
from ...inquiry.at import Case as Done
from ...inquiry.finding import Chart, Finding, Note, Source, Table
from .stage_model import Judged
from .stage_units import Found
from .wording import both, count, named, percent

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
        title=f"Stage of self-organisation: {found.of}",
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
    first = _one(found, *done[0]) if len(done) == 1 else _many(done)
    return f"{first} {_distance(found, done)}"


def _one(found: Found, name: str, one: Judged) -> str:
    response, cells = one.response, found.units[0].cells
    over = f"over {count(len(cells), found.word)}"
    if response is None:
        return (
            f"The stage of {name} {over} is undetermined: without entries and exits, firms that follow firms cannot be "
            "told from places that are simply better."
        )
    if not response.identified:
        why = f"because its restoring force is not identified: {response.why_not}"
        return f"The stage of {name} {over} is undetermined, {why}."
    force = f"restoring force {response.force:.2f}, 90 % interval {response.lo:.2f} to {response.hi:.2f}"
    if one.stage == "undetermined":
        walk = "" if response.excludes(0.0) else ", and a random walk is not excluded"
        return f"The stage of {name} {over} is undetermined: the data allow several ({force}){walk}."
    sure = f"with a probability of {one.chances.max():.2f} ({force})"
    return f"The spread of {name} {over} is in the stage '{one.stage}' {sure}."


def _many(done: Sequence[tuple[str, Judged]]) -> str:
    claimed = [(name, one.stage) for name, one in done if one.stage != "undetermined"]
    known = sum(one.response is not None and one.response.identified for _, one in done)
    if all(one.response is None for _, one in done):
        return (
            f"The stage of all {len(done)} industries is undetermined: without entries and exits, firms that follow "
            "firms cannot be told from places that are simply better."
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
            f"Its distance from {found.reference} went from {one.distance[0]:.3f} nat in {first} to "
            f"{one.distance[-1]:.3f} in {last}."
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
    yield from _refused(done)
    yield from _few(found, done)
    if any(one.response is None for _, one in done):
        yield Note(
            "Name entries and exits to look for a threshold: none is found from stocks alone. Without them the worlds "
            f"without feedback lose {percent(turnover)} of their firms each {found.periods.word} (option turnover)."
        )
    raised = [name for name, one in done if one.warns]
    told = f" It warns in {named(raised)}: firms follow firms there, as they do in a random walk." if raised else ""
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
        "below 0. The bounds 2/3 and 0.1 (fluctuations 1.5 and 10 times those of firms on their own) are a convention, "
        "0 is not."
    )
    lost = [(unit.name, len(unit.left_out)) for unit in found.units if unit.left_out]
    if lost:
        yield Note(
            f"Fill gaps to use more cells: {sum(n for _, n in lost)} cells with gaps or without a reference are left "
            f"out (most in {max(lost, key=lambda row: row[1])[0]})."
        )
    if found.skipped:
        yield Note(f"Fill gaps to judge more industries: {named(found.skipped)} had too few cells counted throughout.")


def _refused(done: Sequence[tuple[str, Judged]]) -> Iterator[Note]:
    failed = [
        name for name, one in done if one.response is not None and one.response.gates and not one.response.identified
    ]
    if failed:
        yield Note(
            f"Treat exits in {named(failed)} as regional shocks, not accidents: a gate fails, so the answer to them "
            "says nothing about firms that follow firms. Exits of single plants, or of industries that shrink "
            "nationally, may serve better."
        )


def _few(found: Found, done: Sequence[tuple[str, Judged]]) -> Iterator[Note]:
    cells = {unit.name: len(unit.cells) for unit in found.units}
    small = [
        name for name, one in done if one.response is not None and one.response.identified and cells[name] < ENOUGH
    ]
    if small:
        few = both(sorted({str(cells[name]) for name in small}))
        yield Note(f"Use more cells before building on lambda: {few} are few, {ENOUGH} serve.")


def charts(found: Found, tables: Sequence[Table]) -> Iterator[Chart]:
    """The pictures: how places answer, what the restoring force is, how far the spread is from the reference."""
    by_name = {table.name: table for table in tables}
    many = len(found.units) > 1
    if len(by_name["slopes"]):
        facet = {"facet": "unit"} if many else {}
        yield Chart(
            "answer",
            "lines",
            "slopes",
            {"x": "periods_after", "y": "slope", "lo": "lo", "hi": "hi", "series": "world", **facet},
            "What an unexpected loss of one firm leaves behind",
            f"firms fewer, by {found.periods.word}s after; above the threshold line the gap is filled, below it grows",
            "Lines of the answer to unexpected exits, observed and in theory, by periods after the loss.",
            options={
                "dashed": ["nobody follows (lambda 1)", "at the threshold (lambda 0)"],
                "grey": ["nobody follows (lambda 1)", "at the threshold (lambda 0)"],
            },
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
            "relative entropy, nat; 0 when the spread agrees",
            f"Lines of the relative entropy of the spread against {found.reference} by {found.periods.word}.",
        )
