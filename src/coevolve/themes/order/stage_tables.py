"""What `stage` found, as tables: the stage, the threshold and its gates, warnings beside their nulls, distances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...inquiry.at import Case as Done
from ...inquiry.finding import Table
from .stage_model import INDICATORS, STAGES, Judged
from .stage_response import NORMAL_90, Response
from .stage_units import Found

METHOD = "answer to unexpected exits"


def tables(found: Found, judged: Sequence[Done]) -> tuple[Table, ...]:
    """All tables; a unit whose case failed stands in none but `stage`."""
    done = [(unit.name, one.value) for unit, one in zip(found.units, judged, strict=True) if one.is_done]
    return (
        stage(found, judged),
        threshold(done),
        gates(done),
        slopes(found, done),
        warning(done),
        distance(found, done),
    )


def stage(found: Found, judged: Sequence[Done]) -> Table:
    """One row a unit: its stage, the probability of the likeliest one, and that of each."""
    rows = []
    for unit, one in zip(found.units, judged, strict=True):
        name, cells = unit.name, len(unit.cells)
        if not one.is_done:
            rows.append((name, "undetermined", np.nan, *[np.nan] * len(STAGES), cells))
            continue
        chances = one.value.chances
        best = float(chances.max()) if np.isfinite(chances).all() else np.nan
        rows.append((name, one.value.stage, best, *chances, cells))
    columns = ("unit", "stage", "probability", *(_column(one) for one in STAGES), "cells")
    return Table.of_rows(
        "stage",
        columns,
        rows,
        caption="The stage is claimed at a probability of 0.95 and where a random walk is excluded; probability is "
        "that of the likeliest stage, empty where the restoring force is not identified.",
    )


def threshold(done: Sequence[tuple[str, Judged]]) -> Table:
    """One row a unit: the restoring force with its 90 % interval, or why there is none."""
    rows = []
    for name, one in done:
        response = one.response
        if response is None:
            rows.append((name, np.nan, np.nan, np.nan, METHOD, False, "entries and exits are not given"))
        else:
            found = (response.force, response.lo, response.hi)
            rows.append((name, *found, METHOD, response.identified, response.why_not))
    columns = ("unit", "lambda", "lo", "hi", "method", "identified", "why_not")
    return Table.of_rows(
        "threshold",
        columns,
        rows,
        caption="lambda, the restoring force: 1 entrants do not look at who is there, 0 the threshold, below 0 a "
        "cluster forms; 90 % interval.",
    )


def gates(done: Sequence[tuple[str, Judged]]) -> Table:
    """One row a unit and gate: what was found, its interval, what must lie inside."""
    rows = [
        (name, gate.name, gate.value, gate.lo, gate.hi, gate.wanted, gate.holds)
        for name, response in _responses(done)
        for gate in response.gates
    ]
    columns = ("unit", "gate", "value", "lo", "hi", "wanted", "holds")
    return Table.of_rows(
        "gates",
        columns,
        rows,
        caption="98.3 % intervals (all others here: 90 %), so that three true gates all hold 95 times in 100.",
    )


def slopes(found: Found, done: Sequence[tuple[str, Judged]]) -> Table:
    """One row a unit and horizon: how many fewer after so many periods for each one lost unexpectedly."""
    rows: list[tuple[object, ...]] = []
    for name, response in _responses(done):
        if not np.isfinite(response.slopes).all():
            continue
        for k, slope, error in zip(response.horizons, response.slopes, response.errors, strict=True):
            rows.append((name, "observed", k, slope, slope - NORMAL_90 * error, slope + NORMAL_90 * error))
        for k in response.horizons:
            rows.append((name, "nobody follows (lambda 1)", k, -((1 - response.exit) ** (k - 1)), np.nan, np.nan))
            rows.append((name, "at the threshold (lambda 0)", k, -1.0, np.nan, np.nan))
    columns = ("unit", "world", "periods_after", "slope", "lo", "hi")
    return Table.of_rows(
        "slopes",
        columns,
        rows,
        caption=f"Change of a {found.word}'s {found.things} for each one unexpectedly lost; 90 % intervals. Where a "
        "gate fails it is no sign of feedback.",
    )


def warning(done: Sequence[tuple[str, Judged]]) -> Table:
    """One row a unit and indicator: its value, where the nulls end, and how often the stricter null warns as much."""
    rows = []
    for name, one in done:
        for place, (indicator, way) in enumerate(INDICATORS.items()):
            ends = [_end(draws[:, place], way) for draws in (one.iid, one.advantage)]
            p = float(one.p[place])
            raised = place == len(INDICATORS) - 1 and one.warns
            rows.append((name, indicator, one.values[place], *ends, p, raised))
    columns = ("unit", "indicator", "value", "null_iid", "null_advantage", "p", "warns")
    return Table.of_rows(
        "warning",
        columns,
        rows,
        caption="null iid, null advantage: the value that 5 in 100 worlds without feedback pass, with fixed and with "
        "rising, shaken natural advantage; p under the latter. Only the restoring force can raise a warning.",
    )


def distance(found: Found, done: Sequence[tuple[str, Judged]]) -> Table:
    """One row a unit and period: how far its spread is from the reference, in nat."""
    time = "year" if found.periods.kind == "year" else "period"
    labels = [int(one) if time == "year" else one for one in found.periods.labels]
    rows = [(name, label, value) for name, one in done for label, value in zip(labels, one.distance, strict=True)]
    return Table.of_rows(
        "distance",
        ("unit", time, "distance"),
        rows,
        {"distance": "nat"},
        caption=f"Relative entropy of the spread over {found.word} cells against {found.reference}; 0 when they agree.",
    )


def _responses(done: Sequence[tuple[str, Judged]]) -> Iterator[tuple[str, Response]]:
    return ((name, one.response) for name, one in done if one.response is not None)


def _end(draws: np.ndarray[tuple[int, ...], np.dtype[np.float64]], way: int) -> float:
    known = draws[np.isfinite(draws)]
    return float(np.quantile(known, 0.95 if way > 0 else 0.05)) if len(known) else float("nan")


def _column(stage: str) -> str:
    return stage.replace(" ", "_")
