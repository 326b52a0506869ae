"""The phase portrait of two poles: null lines, arrows, equilibria, separatrix, the path they took, faint draws."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ...engine.growth import log_growth, paths
from ...engine.two_poles import (
    COEXISTENCE,
    EITHER,
    FIRST_ALONE,
    SECOND_ALONE,
    coexistence,
    null_line,
    regime,
    separatrix,
)
from ...evidence.fit import Fit
from ...evidence.series import Series
from ...inquiry.finding import Chart, Table
from ...inquiry.wording import listed
from .equilibria_tables import growth_of
from .future import one_unit
from .largest import largest_regions

Array = NDArray[np.float64]

Row = tuple[object, ...]
REGIONS_SHOWN = 4
ARROWS = 9
DRAWS_SHOWN = 6
AHEAD = 40
GUESS = "a guess"


def portrait(series: Series, fit: Fit, known: NDArray[np.bool_]) -> tuple[Table, Chart] | None:
    """One table and its chart for the largest regions; None unless there are exactly two poles.

    `known` (region, pole): whether the data tell the capacity; where not, resting points are guesses.
    """
    poles = fit.labels["pole"]
    if len(poles) != 2:
        return None
    there = np.asarray(np.isfinite(fit["log_last"]).all(axis=(0, 2)))
    order = [r for r in largest_regions(fit) if there[r]]
    rows: list[Row] = []
    for r in order[:REGIONS_SHOWN]:
        rows += list(_region(series, fit, r, known[r]))
    columns = ("region", "layer", "id", "x", "y", "label", "stable", "dx", "dy")
    unit = one_unit(series)
    table = Table.of_rows(
        "phase",
        columns,
        rows,
        {"x": unit, "y": unit},
        f"x is the scale of {poles[0]}, y that of {poles[1]}; rows of one layer and id form a line.",
    )
    span = f"{series.periods.labels[0]} to {series.periods.labels[-1]}"
    still = "; capacities as they stand at the end" if growth_of(fit).any() else ""
    open_ = [fit.labels["region"][r] or "this region" for r in order[:REGIONS_SHOWN] if not known[r].all()]
    bound = f"; resting points are guesses in {listed(open_)}: a capacity is told only from below" if open_ else ""
    many = f"; the {REGIONS_SHOWN} largest of {len(fit.labels['region'])} regions" if len(order) > REGIONS_SHOWN else ""
    chart = Chart(
        "phase",
        "phase",
        "phase",
        {
            "x": "x",
            "y": "y",
            "layer": "layer",
            "id": "id",
            "label": "label",
            "stable": "stable",
            "dx": "dx",
            "dy": "dy",
            "facet": "region",
        },
        f"Where {poles[0]} and {poles[1]} drift together",
        f"{unit or 'scale'}; across {poles[0]}, up {poles[1]}; {span}{many}{still}{bound}; medians, faint: draws",
        f"Phase portrait: lines on which {poles[0]} or {poles[1]} stands still, arrows, resting points, observed path.",
        options={"x_label": poles[0], "y_label": poles[1]},
    )
    return table, chart


def _region(series: Series, fit: Fit, r: int, known: NDArray[np.bool_]) -> Iterator[Row]:
    row = partial(_row, fit.labels["region"][r])
    b, rate = np.median(fit["symbiosis"][:, r], axis=0), np.median(fit["rate"][:, r], axis=0)
    capacity = np.median(fit["capacity"][:, r], axis=0)
    whole = series.values[series.regions.index(fit.labels["region"][r])].T
    there = np.isfinite(whole).all(axis=1)
    top = _top(whole[there].max(axis=0), b, capacity)
    for k in np.flatnonzero(there):
        yield row("path", "observed", whole[k, 0], whole[k, 1], series.periods.labels[k])
    yield from (row("nullcline", name, x, y) for name, x, y in _null_lines(fit.labels["pole"], b, capacity, top))
    yield from (row("arrow", "field", x, y, dx=dx, dy=dy) for x, y, dx, dy in _arrows(b, rate, capacity, top))
    for name, shares, is_stable in rests(fit.labels["pole"], b):
        if (shares * capacity <= 1.5 * top).all():
            across, up = (shares * capacity).tolist()
            label = name if known[shares > 0.0].all() else f"{name} ({GUESS})"
            yield row("equilibrium", name, across, up, label, "true" if is_stable else "false")
    for x, y in separatrix(b, rate, 1.2 * top / capacity) * capacity:
        yield row("separatrix", "separatrix", x, y)
    yield from (row("draw", name, x, y) for name, x, y in _drawn(fit, r, top))


def _row(
    region: str,
    layer: str,
    name: str,
    x: float,
    y: float,
    label: str = "",
    stable: str = "",
    dx: float = np.nan,
    dy: float = np.nan,
) -> Row:
    return (region, layer, name, float(x), float(y), label, stable, dx, dy)


def rests(poles: tuple[str, ...], b: Array) -> Iterator[tuple[str, Array, bool]]:
    """The equilibria of two poles: name, shares of capacity, whether stable; both together only where they can be."""
    kind = int(regime(b[0, 1], b[1, 0]))
    yield "none", np.zeros(2), False
    yield poles[1], np.array([0.0, 1.0]), kind in (SECOND_ALONE, EITHER)
    yield poles[0], np.array([1.0, 0.0]), kind in (FIRST_ALONE, EITHER)
    both = np.array(coexistence(b[0, 1], b[1, 0]))
    if np.isfinite(both).all():
        yield f"{poles[0]} + {poles[1]}", both, kind == COEXISTENCE


def _top(seen: Array, b: Array, capacity: Array) -> Array:
    """The far corner of the picture: beyond all that was seen, and the resting point and capacities if near."""
    near = np.nan_to_num(np.array(coexistence(b[0, 1], b[1, 0]))) * capacity
    top = 1.15 * np.maximum(seen, np.where(near < 3.0 * np.maximum(seen, capacity), near, 0.0))
    return np.asarray(np.maximum(top, np.minimum(1.15 * capacity, 3.0 * seen)))


def _drawn(fit: Fit, r: int, top: Array) -> Iterator[tuple[str, float, float]]:
    """Where some of the draws go from here, as far as the picture reaches."""
    for d in np.linspace(0, len(fit["rate"]) - 1, DRAWS_SHOWN).astype(int):
        start, rate, capacity, b = (fit[name][d : d + 1, r] for name in ("log_last", "rate", "capacity", "symbiosis"))
        ahead = paths(start, rate, capacity, b, np.full(AHEAD // 2, 2.0))[0]
        for x, y in np.exp(ahead[(ahead < np.log(2.0 * top)).all(axis=1)]):
            yield f"draw {d}", x, y


def _null_lines(poles: tuple[str, ...], b: Array, capacity: Array, top: Array) -> Iterator[tuple[str, float, float]]:
    """Straight lines, from where they enter the picture to where they leave it."""
    far = top / capacity
    for own, other in ((0, 1), (1, 0)):
        effect = float(b[own, other])
        low, high = 0.0, float(far[other])
        if effect != 0.0:
            low, high = np.clip(sorted([1.0 / effect, (1.0 - float(far[own])) / effect]), low, high).tolist()
        for there in np.linspace(low, high, 25):
            point = np.empty(2)
            point[own], point[other] = float(null_line(effect, there)), there
            if low < high and -1e-9 <= point[own] <= far[own] + 1e-9:
                x, y = point * capacity
                yield f"{poles[own]} stands still", x, y


def _arrows(b: Array, rate: Array, capacity: Array, top: Array) -> Iterator[tuple[float, float, float, float]]:
    for i in range(ARROWS):
        for j in range(ARROWS):
            point = (np.array([i, j]) + 0.5) / ARROWS * top
            speed = log_growth(np.log(point / capacity), rate, b) * point
            length = float(np.hypot(*(speed / top)))
            if length > 0:
                step = speed / length * 0.4 / ARROWS
                yield float(point[0]), float(point[1]), float(step[0]), float(step[1])
