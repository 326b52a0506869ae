"""The tables and charts of a forecast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...inquiry.finding import Chart, Table
from .ahead import Outlook
from .tables import PLACES_SHOWN

Labels = np.ndarray[Any, Any]
PLAIN = ("naive", "drift")
SHOWN = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def time_column(outlook: Outlook) -> str:
    """What the period column is called: year, or period where it is not a year."""
    return "year" if outlook.series.periods.kind == "year" else "period"


def time_values(outlook: Outlook, labels: Sequence[str]) -> list[object]:
    """Periods as a table holds them: years as numbers, all else as written."""
    return [int(label) for label in labels] if outlook.series.periods.kind == "year" else list(labels)


def unit_of(outlook: Outlook) -> str:
    """The unit, where all series share one."""
    units = dict.fromkeys(outlook.series.units)
    return next(iter(units)) if len(units) == 1 else ""


def forecast(outlook: Outlook, quantiles: Sequence[float]) -> Table:
    """One row a series, period and quantile, of what the model says."""
    series = outlook.series
    places = [outlook.quantiles.index(one) for one in quantiles]
    values = outlook.values[..., places]
    kept = np.isfinite(values)

    def column(entries: object, axis: int) -> Labels:
        array = np.asarray(entries).reshape([-1 if k == axis else 1 for k in range(4)])
        return np.asarray(np.broadcast_to(array, values.shape)[kept])

    columns: dict[str, Labels] = {
        "region": column(series.regions, 0),
        "industry": column(series.industries, 1),
        "indicator": column(series.indicators, 1),
        time_column(outlook): column(time_values(outlook, outlook.labels), 2),
        "quantile": column(tuple(quantiles), 3),
        "value": values[kept],
    }
    caption = f"One row a series, {series.periods.word} and quantile, by {outlook.model}."
    return Table("forecast", columns, {"value": unit_of(outlook)}, caption)


def baselines(outlook: Outlook) -> Table:
    """What naive and drift say of the same series and periods."""
    series, rows = outlook.series, []
    labels = time_values(outlook, outlook.labels)
    for name in (one for one in PLAIN if one in outlook.told):
        for r, s, h in zip(*np.nonzero(np.isfinite(outlook.middle(name))), strict=True):
            head = (series.regions[r], series.industries[s], series.indicators[s], name)
            rows.append((*head, labels[h], outlook.middle(name)[r, s, h]))
    columns = ("region", "industry", "indicator", "forecaster", time_column(outlook), "value")
    caption = f"One row a series, {series.periods.word} and baseline: no change, and the average change going on."
    return Table.of_rows("baselines", columns, rows, {"value": unit_of(outlook)}, caption)


def weights(outlook: Outlook) -> Table:
    """One row an indicator and member of the blend (or the model alone): its weight."""
    told = outlook.told[outlook.model].weights
    rows = [(indicator, member, weight) for indicator, found in told.items() for member, weight in found.items()]
    caption = "One row an indicator and member: how much it counts, from past origins, drawn towards equal weights."
    return Table.of_rows("weights", ("indicator", "member", "weight"), rows, {"weight": "share"}, caption)


def changes(outlook: Outlook) -> Table:
    """One row a series: last counted, expected at the end with its 80 % band, and the change a period."""
    series, rows = outlook.series, []
    low, middle, high = (outlook.quantiles.index(one) for one in (0.1, 0.5, 0.9))
    for r, region in enumerate(series.regions):
        for s in range(len(series.names)):
            end = outlook.values[r, s, -1]
            if np.isfinite(end[middle]):
                last = last_counted(outlook, r, s)
                head = (region, series.industries[s], series.indicators[s])
                rows.append((*head, last, end[middle], end[low], end[high], _change(last, end[middle])))
    columns = ("region", "industry", "indicator", "last", "expected", "expected_lo", "expected_hi", "change")
    caption = f"One row a series: last counted, expected in {outlook.labels[-1]} with its 80 % band, change in percent."
    units = {"last": unit_of(outlook), "expected": unit_of(outlook), "change": "%"}
    return Table.of_rows("changes", columns, rows, units, caption)


def _change(last: float, expected: float) -> float:
    return 100.0 * (expected / last - 1.0) if last > 0 else float("nan")


def last_counted(outlook: Outlook, region: int, name: int) -> float:
    """The last value that was observed."""
    values = outlook.series.values[region, name]
    return float(values[np.flatnonzero(np.isfinite(values))[-1]])


def places(outlook: Outlook) -> list[tuple[int, int]]:
    """Up to eight (region, series) by their last value, largest first."""
    usable = np.isfinite(outlook.middle(outlook.model)).all(axis=2)
    size = np.array([last_counted(outlook, r, s) for r, s in np.argwhere(usable)])
    return [(int(r), int(s)) for r, s in np.argwhere(usable)[np.argsort(-size, kind="stable")]][:PLACES_SHOWN]


def place_of(outlook: Outlook, region: int, name: int) -> str:
    """What a sentence or picture calls one series."""
    return ", ".join(part for part in (outlook.series.names[name], outlook.series.regions[region]) if part)


def fan(outlook: Outlook, what: str) -> tuple[tuple[Table, ...], tuple[Chart, ...]]:
    """The fan of the largest series beside naive and drift, and the weights as bars."""
    series, time = outlook.series, time_column(outlook)
    ahead, past = (time_values(outlook, one) for one in (outlook.labels, series.periods.labels))
    rows: list[tuple[object, ...]] = []
    seen: list[tuple[object, ...]] = []
    levels = [(q, outlook.quantiles.index(q)) for q in outlook.quantiles if q in SHOWN]
    for r, s in places(outlook):
        place = place_of(outlook, r, s)
        start, plain = series.values[r, s, -1], [one for one in PLAIN if one in outlook.told and one != outlook.model]
        rows += [(place, name, past[-1], 0.5, start) for name in plain if np.isfinite(start)]
        for h, period in enumerate(ahead):
            said = outlook.values[r, s, h]
            rows += [(place, outlook.model, period, q, said[k]) for q, k in levels if np.isfinite(said[k])]
            for name in plain:
                if np.isfinite(value := outlook.middle(name)[r, s, h]):
                    rows.append((place, name, period, 0.5, value))
        counted = series.values[r, s]
        seen += [(place, past[t], counted[t]) for t in np.flatnonzero(np.isfinite(counted))]
    unit = {"value": unit_of(outlook)}
    caption = (
        f"One row a {series.periods.word}, forecaster and quantile, for the largest series; the lines of naive and "
        "drift leave from the last value counted."
    )
    tables = (
        Table.of_rows("fan", ("place", "forecaster", time, "quantile", "value"), rows, unit, caption),
        Table.of_rows("counted", ("place", time, "value"), seen, unit, f"One row a {series.periods.word}: as counted."),
    )
    total = int(np.isfinite(outlook.middle(outlook.model)).all(axis=2).sum())
    which = f"the {PLACES_SHOWN} largest of {total} series" if total > PLACES_SHOWN else f"all {total} series"
    which = "one series" if total == 1 else which
    return tables, (
        Chart(
            "forecast",
            "bands",
            "fan",
            {"x": time, "quantile": "quantile", "value": "value", "series": "forecaster", "facet": "place"},
            f"{what[:1].upper()}{what[1:]} to {outlook.labels[-1]}: counted and forecast",
            f"{unit_of(outlook) or 'value'}; {which}; by {outlook.model}, bands 50, 80 and 95 %",
            f"Fan of forecasts of {what} after the counted values, with no change and average change in grey.",
            also={"actual": "counted"},
            options={"grey": list(PLAIN), "origin": past[-1]},
        ),
    )


def weights_chart(outlook: Outlook) -> tuple[Chart, ...]:
    """How much each member of the blend counts, where there is more than one."""
    told = outlook.told[outlook.model].weights
    if max(map(len, told.values())) < 2:
        return ()
    roles = {"label": "member", "value": "weight"} | ({"facet": "indicator"} if len(told) > 1 else {})
    return (
        Chart(
            "weights",
            "bars",
            "weights",
            roles,
            "What the blend is made of",
            "share of each member, from past origins, drawn towards equal shares",
            "Bars of the weight of each member of the blend.",
            options={"zero": True},
        ),
    )
