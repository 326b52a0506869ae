"""Quarters and months summed up to years: `to = "year"`."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .panel import Panel, Status
from .periods import Periods

# What is counted at a moment, or is a ratio, is averaged over a year; what happens during it is added up.
AVERAGED = {
    "employment",
    "employees",
    "emp",
    "workers",
    "population",
    "establishments",
    "estabs",
    "firms",
    "price",
    "prices",
    "index",
    "rate",
    "share",
    "ratio",
    "unemployment",
    "stock",
    "percent",
    "cpi",
    "wage",
    "temperature",
    "per",
}


def to_years(panel: Panel, how: str | None) -> tuple[Panel, list[str]]:
    """The panel by year: sums of what happens, averages of what is counted at a moment (said in a note; `how` decides).

    A year with any part missing or unlisted is missing, never a partial sum; years cut at the ends are absent.
    """
    if panel.periods.kind not in ("quarter", "month"):
        return panel, [f'to = "year" changes nothing: the periods are {panel.periods.kind}s already.']
    years = Periods.of([label[:4] for label in panel.periods.labels])
    members = [[k for k, label in enumerate(panel.periods.labels) if label.startswith(year)] for year in years.labels]
    notes, indicators = [], {}
    for name, one in panel.indicators.items():
        way = how or ("mean" if set(re.split(r"[^a-z]+", name.casefold())) & AVERAGED else "sum")
        shape = (*one.values.shape[:2], len(years))
        values, status = np.full(shape, np.nan), np.full(shape, Status.ABSENT, np.uint8)
        for k, steps in enumerate(members):
            part, kinds = one.values[:, :, steps], one.status[:, :, steps]
            complete = len(steps) == panel.periods.season
            some = (kinds == Status.OBSERVED).any(axis=2)
            worst = kinds.max(axis=2)
            short = np.where(some & (worst == Status.ABSENT), Status.MISSING, worst)
            status[:, :, k] = short if complete else Status.ABSENT
            values[:, :, k] = {"sum": part.sum(axis=2), "mean": part.mean(axis=2), "last": part[:, :, -1]}[way]
        whole = replace(one, values=values, status=_ends_absent(status))
        indicators[name] = whole
        notes.append(f"'{name}' by year is the {way} of its {panel.periods.word}s.")
    cut = [year for year, steps in zip(years.labels, members, strict=True) if len(steps) < panel.periods.season]
    if cut:
        notes.append(f"{', '.join(cut)}: not all {panel.periods.word}s are there, so the year is absent.")
    keep = [k for k, year in enumerate(years.labels) if year not in cut]
    if keep and len(keep) < len(years):
        indicators = {
            n: replace(o, values=o.values[:, :, keep], status=o.status[:, :, keep]) for n, o in indicators.items()
        }
        years = Periods(tuple(years.labels[k] for k in keep))
    return Panel(panel.regions, years, indicators, panel.groups, panel.notes), notes


def _ends_absent(status: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Incomplete years before the first and after the last complete one are absent, not gaps."""
    from .gaps import spans

    inside, _, _ = spans(status)
    return np.where((status == Status.MISSING) & ~inside, Status.ABSENT, status).astype(np.uint8)
