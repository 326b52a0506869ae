"""Forecast tables and fans that growth and symbiosis share: quantiles, what was counted, naive and drift beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.baselines import DRIFT_NEEDS, drift, naive
from ...errors import CoevolveError, Fault
from ...evidence.periods import Periods
from ...evidence.series import Series
from ...inquiry.finding import QUANTILES, Chart, Table

Array = NDArray[np.float64]

DEFAULT_STEPS = 5
PLACES_SHOWN = 8
GREY = ("naive", "drift")


def time_column(periods: Periods) -> str:
    """What the period column is called: year, or period where it is not a year."""
    return time_column_of(periods.kind)


def time_column_of(kind: str) -> str:
    """What the column of periods of this kind is called."""
    return "year" if kind == "year" else "period"


def until_faults(until: object, periods: Periods) -> list[Fault]:
    """What is wrong with the last period to forecast; it must be a period after the data end."""
    if until is None:
        return []
    try:
        ahead = periods.until(until)
    except CoevolveError as error:
        return list(error.faults)
    if not ahead:
        last = periods.labels[-1]
        return [Fault("'until' lies before the data end.", got=until, do=f"Name a {periods.word} after {last}.")]
    return []


def labels_ahead(periods: Periods, until: object) -> tuple[str, ...]:
    """The periods to forecast: up to `until`, or five when it is not given."""
    return periods.after(DEFAULT_STEPS) if until is None else periods.until(until)


def times_ahead(periods: Periods, labels: Sequence[str]) -> Array:
    """Where the periods `labels` stand on the time axis of the panel."""
    return np.asarray(Periods(tuple(labels), periods.kind).position, float)


def quantiles_of(draws: Array) -> Array:
    """Quantiles .025, .05 ... .95, .975 over the first axis, put last; NaN where nothing was drawn."""
    known = np.asarray(np.isfinite(draws).all(axis=0))
    found = np.quantile(np.where(known, draws, 0.0), QUANTILES, axis=0)
    return np.asarray(np.where(known[..., None], np.moveaxis(found, 0, -1), np.nan))


def period_values(labels: Sequence[str], kind: str) -> NDArray[Any]:
    """Period labels as a column: whole numbers for years, numbers for plain numbers (hours), text otherwise."""
    if kind == "number":
        return np.array([float(label) for label in labels])
    return np.array([int(label) for label in labels]) if kind == "year" else np.array(labels, dtype=object)


def forecast_table(series: Series, labels: Sequence[str], values: Array, poles: bool = False) -> Table:
    """One row a series, period and quantile; `values` has shape (region, series, step, quantile)."""
    kept = np.isfinite(values).all(axis=(2, 3))
    shape = values.shape
    time = time_column(series.periods)

    def column(entries: Sequence[object] | NDArray[Any], axis: int) -> NDArray[Any]:
        array = np.asarray(entries).reshape([-1 if k == axis else 1 for k in range(4)])
        return np.asarray(np.broadcast_to(array, shape)[kept].ravel())

    columns: dict[str, NDArray[Any]] = {
        "region": column(series.regions, 0),
        "industry": column(series.industries, 1),
        "indicator": column(series.indicators, 1),
        time: column(period_values(labels, series.periods.kind), 2),
        "quantile": column(QUANTILES, 3),
        "value": values[kept].ravel(),
    }
    if poles:
        columns["pole"] = column(series.names, 1)
    caption = f"One row a series, {series.periods.word} and quantile."
    return Table("forecast", columns, {"value": one_unit(series)}, caption)


def baseline_table(series: Series, labels: Sequence[str]) -> Table:
    """What naive (no change) and drift (the average change goes on) say for the same series and periods."""
    rows: list[tuple[object, ...]] = []
    time = time_column(series.periods)
    for name, values in _baselines(series, labels).items():
        for r, region in enumerate(series.regions):
            for s, label in enumerate(series.names):
                for h, period in enumerate(period_values(labels, series.periods.kind).tolist()):
                    if np.isfinite(values[r, s, h]):
                        rows.append(
                            (region, series.industries[s], series.indicators[s], label, name, period, values[r, s, h])
                        )
    columns = ("region", "industry", "indicator", "series", "forecaster", time, "value")
    return Table.of_rows(
        "baselines",
        columns,
        rows,
        {"value": one_unit(series)},
        f"One row a series, baseline and {series.periods.word}: the forecasts to beat.",
    )


def _baselines(series: Series, labels: Sequence[str]) -> dict[str, Array]:
    regions, names, periods = series.values.shape
    steps = len(labels)
    flat = series.values.reshape(-1, periods)
    seen = np.isfinite(flat).any(axis=1)
    found = {}
    for name, rule in (("naive", naive), ("drift", drift)):
        made = np.full((len(flat), steps), np.nan)
        made[seen] = rule(flat[seen], steps)
        found[name] = made.reshape(regions, names, steps)
    if not series.periods.is_even():
        found["drift"] = _drift_in_time(series, times_ahead(series.periods, labels))
    return found


def _drift_in_time(series: Series, ahead: Array) -> Array:
    """The average change by time, from the first value counted to the last, goes on: for uneven periods."""
    times, values = series.periods.position, series.values
    seen = np.isfinite(values)
    first, last = seen.argmax(axis=2), len(times) - 1 - seen[:, :, ::-1].argmax(axis=2)
    begin, end = (np.take_along_axis(values, place[:, :, None], axis=2)[:, :, 0] for place in (first, last))
    slope = np.where(last > first, (end - begin) / np.maximum(times[last] - times[first], 1e-300), 0.0)
    made = end[:, :, None] + slope[:, :, None] * (ahead - times[last][:, :, None])
    return np.asarray(np.where(seen.sum(axis=2)[:, :, None] >= DRIFT_NEEDS, made, np.nan))


def largest(series: Series, usable: NDArray[np.bool_], by_region: bool = False) -> list[tuple[int, int]]:
    """Up to eight (region, series) places by level, the mean of the last three periods counted, largest first.

    With `by_region` all series of the regions with the largest one, so that what belongs together stays together.
    """
    size = np.where(usable, recent_level(series), -np.inf)
    if not by_region or len(series.regions) == 1 or len(series.names) > PLACES_SHOWN:
        order = np.argsort(-size.ravel(), kind="stable")[:PLACES_SHOWN]
        pairs = [(int(k) // len(series.names), int(k) % len(series.names)) for k in order]
    else:
        regions = np.argsort(-size.max(axis=1), kind="stable")[: PLACES_SHOWN // len(series.names)]
        pairs = [(int(r), s) for r in regions for s in range(len(series.names))]
    return [pair for pair in pairs if np.isfinite(size[pair])]


def recent_level(series: Series) -> Array:
    """The mean of the values counted in the last three periods (region, series); 0 where none was."""
    last = series.values[:, :, -3:]
    known = np.isfinite(last)
    return np.asarray(np.where(known, last, 0.0).sum(axis=2) / np.maximum(known.sum(axis=2), 1))


def place_of(series: Series, region: int, name: int) -> str:
    """What a picture calls one series of one region."""
    return ", ".join(part for part in (series.regions[region], series.names[name]) if part)


def fan(
    series: Series, labels: Sequence[str], values: Array, model: str, what: str, by_region: bool = False
) -> tuple[tuple[Table, ...], Chart]:
    """The forecast fan of the largest series beside naive and drift, with what was counted: two tables, one chart.

    With `by_region` the series of the largest regions are shown together (see `largest`).
    """
    time = time_column(series.periods)
    places = largest(series, np.asarray(np.isfinite(values).all(axis=(2, 3))), by_region)
    base = _baselines(series, labels)
    ahead = period_values(labels, series.periods.kind).tolist()
    past = period_values(series.periods.labels, series.periods.kind).tolist()
    rows: list[tuple[object, ...]] = []
    seen: list[tuple[object, ...]] = []
    for r, s in places:
        place = place_of(series, r, s)
        start = series.values[r, s, -1]
        rows += [(place, name, past[-1], 0.5, start) for name in GREY if np.isfinite(start)]
        for h, period in enumerate(ahead):
            rows += [(place, model, period, q, values[r, s, h, k]) for k, q in enumerate(QUANTILES)]
            rows += [
                (place, name, period, 0.5, base[name][r, s, h]) for name in GREY if np.isfinite(base[name][r, s, h])
            ]
        seen += [
            (place, period, value)
            for period, value in zip(past, series.values[r, s].tolist(), strict=True)
            if np.isfinite(value)
        ]
    unit = {"value": one_unit(series)}
    tables = (
        Table.of_rows(
            "fan",
            ("place", "forecaster", time, "quantile", "value"),
            rows,
            unit,
            f"One row a {series.periods.word}, forecaster and quantile, for the largest series; the lines of naive and "
            "drift leave from the last value counted.",
        ),
        Table.of_rows("counted", ("place", time, "value"), seen, unit, f"One row a {series.periods.word}: as counted."),
    )
    shown = _shown(series, places, by_region)
    chart = Chart(
        "forecast",
        "bands",
        "fan",
        {"x": time, "quantile": "quantile", "value": "value", "series": "forecaster", "facet": "place"},
        f"{what}: counted and forecast",
        f"{one_unit(series) or 'value'}, {series.periods.labels[0]} to {labels[-1]}; {shown}; bands 50, 80 and 95 %",
        f"Fan of forecasts to {labels[-1]} after the counted values, with no change and average change in grey.",
        also={"actual": "counted"},
        options={"grey": list(GREY), "origin": past[-1]},
    )
    return tables, chart


def _shown(series: Series, places: list[tuple[int, int]], by_region: bool) -> str:
    """Which series the picture shows, in words."""
    total = len(series.regions) * len(series.names)
    regions = len({r for r, _ in places})
    if total == 1:
        return "one series"
    if len(places) == total:
        return f"all {total} series"
    if by_region and len(places) == regions * len(series.names):
        return f"the {'region' if regions == 1 else f'{regions} regions'} with the largest series"
    return f"the {len(places)} largest of {total} series"


def one_unit(series: Series) -> str:
    """The unit, when all series share one."""
    units = dict.fromkeys(series.units)
    return next(iter(units)) if len(units) == 1 else ""
