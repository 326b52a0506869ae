"""From a raw table to a Panel: cells put in their places, doubles and gaps found, four kinds of absence kept apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, Fault, nearest
from .blank import blanked
from .columns import Columns, panel_columns, pick
from .derive import derived
from .doubles import doubles, negative
from .gaps import filled
from .long import Axis, Cells, cells_of
from .panel import Indicator, Panel, Status
from .periods import Periods
from .specification import EvidenceSpec
from .table import Table
from .vintages import broken
from .words import natural
from .years import to_years


def read_panel(table: Table, spec: EvidenceSpec, name: str) -> tuple[Panel, dict[str, str]]:
    """The panel that a table holds, and what was guessed on the way; its notes say every doubt.

    Raises DataError with all faults of one stage at once: cells that are no numbers, empty labels, doubles and
    negative counts first; then gaps and mixed vintages.
    """
    columns = panel_columns(table, spec, name)
    cells, notes, faults = cells_of(table, columns, spec, name)
    faults += negative(cells, table)
    faults += doubles(cells, table, spec)
    faults += _unknown_units(cells, spec, table)
    if faults:
        raise DataError(faults)
    panel, origin, merged = _arranged(cells, _units(table, columns, cells, spec))
    if merged:
        notes.append(f"{merged:,} cells stood in several rows and were added up.")
    panel, more, faults = blanked(panel, spec, table.name)
    notes += more
    if spec.to == "year":
        panel, more = to_years(panel, spec.how)
        origin = dict.fromkeys(origin)
        notes += more
    faults += broken(panel, table.name)
    panel, more, gaps = filled(panel, spec.missing, table, origin)
    faults += gaps
    groups = _groups(table, cells, columns, spec, panel.regions, faults)
    if faults:
        raise DataError(faults)
    notes += more
    notes += _same_for_industries(panel)
    panel = Panel(panel.regions, panel.periods, panel.indicators, groups, ())
    if spec.derive:
        panel, more = derived(panel, spec.derive, spec.units)
        notes += more
    return Panel(panel.regions, panel.periods, panel.indicators, panel.groups, (*table.notes, *notes)), dict(
        columns.guessed
    )


def _unknown_units(cells: Cells, spec: EvidenceSpec, table: Table) -> list[Fault]:
    names = (*cells.names, *spec.derive)
    lost = [one for one in spec.units if one not in names]
    return [
        Fault(f"'units' names '{one}', which is no indicator.", table.name, one, nearest(one, names)) for one in lost
    ]


def _units(table: Table, columns: Columns, cells: Cells, spec: EvidenceSpec) -> dict[str, str]:
    """The unit of each indicator: what the study says, else a column of units with one label an indicator."""
    column = pick(table, ("unit", "units", "unit_measure")) if columns.value else None
    if column is None or column in (columns.indicator, columns.region, columns.industry):
        return dict(spec.units)
    codes, labels = table.labels(column)
    pairs = np.unique(cells.indicator * len(labels) + codes[cells.rows])
    named: dict[str, list[str]] = {}
    for pair in pairs.tolist():
        named.setdefault(cells.names[pair // len(labels)], []).append(labels[pair % len(labels)])
    return {**{name: few[0] for name, few in named.items() if len(few) == 1}, **spec.units}


def _arranged(cells: Cells, units: dict[str, str]) -> tuple[Panel, dict[str, NDArray[np.int64] | None], int]:
    """The cells in cubes (region, industry, period), with the row of the table each came from (-1: none)."""
    regions, region = _ordered(cells.region, natural)
    periods = Periods.of(cells.period.labels)
    position = {label: k for k, label in enumerate(periods.labels)}
    step = np.array([position[label] for label in cells.period.labels], np.int64)[cells.period.codes]
    industries, industry = _ordered(cells.industry, natural)
    indicators: dict[str, Indicator] = {}
    origin: dict[str, NDArray[np.int64] | None] = {}
    merged = 0
    for g, name in enumerate(cells.names):
        mine = np.flatnonzero(cells.indicator == g)
        if not len(mine):
            continue
        own = np.flatnonzero(np.bincount(industry[mine], minlength=len(industries)))
        place = np.full(len(industries), -1, np.int64)
        place[own] = np.arange(len(own))
        shape = (len(regions), len(own), len(periods))
        flat = np.ravel_multi_index((region[mine], place[industry[mine]], step[mine]), shape)
        values, status = np.zeros(shape), np.full(shape, Status.ABSENT, np.uint8)
        rows = np.full(shape, -1, np.int64)
        status.ravel()[flat] = Status.OBSERVED
        distinct = int((status == Status.OBSERVED).sum())
        np.maximum.at(status.ravel(), flat, cells.status[mine])
        observed = cells.status[mine] == Status.OBSERVED
        np.add.at(values.ravel(), flat[observed], cells.values[mine][observed])
        rows.ravel()[flat] = cells.rows[mine]
        merged += len(flat) - distinct
        indicators[name] = Indicator(name, tuple(industries[k] for k in own), values, status, units.get(name, ""))
        origin[name] = rows
    return Panel(regions, periods, indicators), origin, merged


def _ordered(axis: Axis, key: object) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The labels in use in order, and the code of every cell in that order."""
    used = [axis.labels[k] for k in np.flatnonzero(np.bincount(axis.codes, minlength=len(axis.labels)))]
    labels = tuple(sorted(used, key=natural))
    place = {label: k for k, label in enumerate(labels)}
    return labels, np.array([place.get(one, -1) for one in axis.labels], np.int64)[axis.codes]


def _groups(
    table: Table, cells: Cells, columns: Columns, spec: EvidenceSpec, regions: Sequence[str], faults: list[Fault]
) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    if not spec.groups:
        return groups
    count = len(table)
    region = cells.region.codes
    whole = np.full(count, -1, np.int64)
    whole[cells.rows] = region
    for column in spec.groups:
        codes, labels = table.labels(column)
        said: dict[int, int] = {}
        for k in np.unique(whole * (len(labels) + 1) + codes, return_index=True)[1]:
            if whole[k] < 0 or labels[codes[k]] == "":
                continue
            before = said.setdefault(int(whole[k]), int(codes[k]))
            if before != codes[k]:
                name = cells.region.labels[whole[k]]
                what = f"{name} has two labels in the group '{column}': '{labels[before]}' before."
                faults.append(Fault(what, table.place(int(k)), labels[codes[k]], "Give each region one label."))
        place = {label: k for k, label in enumerate(cells.region.labels)}
        groups[column] = tuple(labels[said[place[one]]] if place[one] in said else "" for one in regions)
    return groups


def _same_for_industries(panel: Panel) -> list[str]:
    notes = []
    for one in panel.indicators.values():
        if len(one.industries) < 3 or len(panel.regions) * len(panel.periods) < 6:
            continue
        known = ~np.isnan(one.values)
        low = np.where(known, one.values, np.inf).min(axis=1)
        high = np.where(known, one.values, -np.inf).max(axis=1)
        told = known.sum(axis=1) > 1
        if told.sum() >= 6 and bool((low == high)[told].all()):
            what = f"'{one.name}' is the same for every industry of a region and period: it looks counted by region."
            notes.append(f"{what} Read it in a piece of its own without industry.")
    return notes
