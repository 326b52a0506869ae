"""The tables of `coefficients`: Table 2, the backtest behind it, the forecast and its weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...inquiry.finding import QUANTILES, Table
from ...inquiry.key import Key
from .coefficients_backtest import DRIFT, RAS, Backtest, over_origins

Floats = NDArray[np.float64]

INDICATORS = ("complete_supply", "complete_demand")
LOW, MIDDLE, HIGH = QUANTILES.index(0.025), QUANTILES.index(0.5), QUANTILES.index(0.975)
LOW_80, HIGH_80 = QUANTILES.index(0.1), QUANTILES.index(0.9)
NO_WIDTH = 1e-12
MOST_SHOWN = 8  # chains that the pictures show; the tables hold all
LABELS = {
    "A": "A: LSTM blend",
    "B": "B: last value",
    "C": "C: linear trend",
    DRIFT: "drift: average past change",
    RAS: "RAS (conditional)",
}

PAPER = (
    ("A", 0.252003, 0.263984),
    ("B", 0.110864, 0.154844),
    ("C", 0.32439, 0.37132),
    ("actual", 0.253013, 0.264104),
)
"""Tong & Wang, Table 2: model, complete consumption coefficients of supply and demand side, five industries each."""


@dataclass(frozen=True)
class Shown:
    """Whose chains are told: (region, industry) places in the backtest, with labels."""

    places: tuple[tuple[int, int], ...]
    labels: tuple[str, ...]

    @classmethod
    def of(cls, result: Backtest, industries: Sequence[str], regions: Sequence[str]) -> Shown:
        """The chains of these industries in these regions (all when none is named), largest output first."""
        series = result.series
        rows = [series.regions.index(one) for one in regions or series.regions]
        columns = [series.sectors.index(one) for one in industries]
        size = series.output[-1]
        found = [(r, k) for k in columns for r in sorted(rows, key=lambda r: -size[r, k]) if size[r, k] != 0]
        names = [", ".join(part for part in (series.regions[r], series.sectors[k]) if part) for r, k in found]
        return cls(tuple(found), tuple(names))


def tables(result: Backtest, shown: Shown, key: Key) -> tuple[Table, ...]:
    """All tables, in reading order."""
    return (
        comparison(result, shown, key),
        paper(),
        errors(result, key),
        gain(result, key),
        backtest(result),
        forecast(result, shown, "forecast", len(shown.places)),
        baselines(result, shown),
        coverage(result, key),
        weights(result),
        chain(result, shown),
        paths(result, shown),
        fan(result, shown),
        history(result, shown),
    )


def comparison(result: Backtest, shown: Shown, key: Key) -> Table:
    """Tong & Wang Table 2: what each model said of the last held-out year, beside what came to be."""
    place, step = len(result.plan.origins) - 1, result.plan.steps - 1
    year, top = result.series.years[-1], result.suppliers.shape[-1]
    actual = result.actual(place)[step]
    bands = {name: result.quantiles(name, place)[step] for name in result.told}
    missed = {name: result.chain_errors(name, step) for name in result.told}
    rows: list[tuple[object, ...]] = []
    for r, k in shown.places:
        head = (result.series.regions[r], result.series.sectors[k], time_of(year))
        for name, told in result.told.items():
            value, band = told.chain[place, step, r, k], bands[name][r, k]
            off = missed[name][:, r, k]
            mean = usual(off.mean(axis=1), step + 1, key.child(f"usual {name} {r} {k}"))
            supply = (value[0], band[0, LOW], band[0, HIGH])
            demand = (value[1], band[1, LOW], band[1, HIGH])
            rows.append((*head, LABELS[name], *supply, top, *demand, *off[-1], off[-1].mean(), *mean))
        nothing = (np.nan,) * 2
        real = actual[r, k]
        rows.append((*head, "actual", real[0], *nothing, top, real[1], *nothing, *(np.nan,) * 6))
    columns = (
        *("region", "industry", "year", "model"),
        *("complete_supply", "complete_supply_lo", "complete_supply_hi", "innovation_industries"),
        *("complete_demand", "complete_demand_lo", "complete_demand_hi"),
        *("error_supply", "error_demand", "error", "usual_error", "usual_error_lo", "usual_error_hi"),
    )
    percent = ("error_supply", "error_demand", "error", "usual_error")
    origin = result.series.years[result.plan.origins[place] - 1]
    caption = (
        f"One row a chain and model, forecast in {origin}, with 95 % ranges; error is the mean of both sides' errors. "
        f"usual_error is the mean over all origins, {step + 1} {_periods(result, step + 1)} ahead."
    )
    units = {**dict.fromkeys(percent, "%"), **dict.fromkeys(INDICATORS, "per unit of final demand")}
    return Table.of_rows("comparison", columns, rows, units, caption)


def paper() -> Table:
    """Tong & Wang Table 2 as printed, with its errors worked out."""
    actual = PAPER[-1]
    rows = [
        (name, supply, 5, demand, 100 * abs(supply / actual[1] - 1), 100 * abs(demand / actual[2] - 1))
        for name, supply, demand in PAPER
    ]
    columns = ("model", "complete_supply", "innovation_industries", "complete_demand", "error_supply", "error_demand")
    caption = "Table 2 of Tong & Wang, for comparison: one cell for each side; place, year and industries are not told."
    return Table.of_rows("paper", columns, rows, {"error_supply": "%", "error_demand": "%"}, caption)


def errors(result: Backtest, key: Key) -> Table:
    """How far each model was out, by horizon, with the spread over origins."""
    rows = []
    for name, told in result.told.items():
        for step in range(result.plan.steps):
            found = usual(told.errors[:, step], step + 1, key.child(f"errors {name} {step}"))
            rows.append((LABELS[name], step + 1, *found))
    caption = (
        "How far a model is out: median absolute percentage error of complete coefficients above 0.00001, mean over "
        "origins, with 95 % intervals over origins."
    )
    return Table.of_rows("errors", ("model", "horizon", "error", "error_lo", "error_hi"), rows, {"error": "%"}, caption)


def gain(result: Backtest, key: Key) -> Table:
    """What each model saves of the error of the last value; rows without a horizon are over all horizons."""
    rows = []
    for name in result.told:
        if name == "B":
            continue
        for step in (*range(result.plan.steps), None):
            change, low, high = result.gain(name, step, key)
            share = result.change(name)
            here = share.mean(axis=1) if step is None else share[:, step]
            horizon = np.nan if step is None else float(step + 1)
            better = int((here < 0).sum())
            rows.append(
                (LABELS[name], horizon, 0.0 - change, 0.0 - high, min(0.0 - low, 100.0), len(here), better, name == RAS)
            )
    columns = ("model", "horizon", "gain", "gain_lo", "gain_hi", "origins", "origins_better", "knows_margins")
    caption = (
        "Share of the last value's error that a model saves (below 0: it errs more), mean over origins, with 95 % "
        "intervals over origins (none with fewer than two separate tests); no horizon: all together."
    )
    return Table.of_rows("gain", columns, rows, {"gain": "%"}, caption)


def backtest(result: Backtest) -> Table:
    """One row an origin, horizon and model."""
    rows = []
    years = result.series.years
    for k, known in enumerate(result.plan.origins):
        for step in range(result.plan.steps):
            for name, told in result.told.items():
                head = (time_of(years[known - 1]), step + 1, time_of(years[known + step]), LABELS[name])
                rows.append((*head, told.errors[k, step], int(result.cells[k, step])))
    caption = "One row an origin (the last year known), horizon and model: median absolute percentage error."
    return Table.of_rows(
        "backtest", ("origin", "horizon", "year", "model", "error", "cells"), rows, {"error": "%"}, caption
    )


def best(result: Backtest) -> str:
    """The model whose forecast is shown: the one with the least mean error over all origins and horizons."""
    names = [name for name in ("A", "B", "C") if name in result.told]
    return min(names, key=lambda name: float(np.nan_to_num(result.told[name].errors.mean(), nan=np.inf)))


def forecast(result: Backtest, shown: Shown, name: str, most: int) -> Table:
    """The two coefficients of the chains after the last year, by quantile."""
    values = result.quantiles(best(result), len(result.plan.origins))
    rows = []
    for label, (r, k) in list(zip(shown.labels, shown.places, strict=True))[:most]:
        for side, indicator in enumerate(INDICATORS):
            head = (result.series.regions[r], result.series.sectors[k], indicator)
            for step, year in enumerate(result.series.later(result.plan.steps)):
                for quantile, value in zip(QUANTILES, values[step, r, k, side].tolist(), strict=True):
                    rows.append((*head, time_of(year), quantile, value, f"{label}: {SIDES[indicator]}"))
    columns = ("region", "industry", "indicator", "year", "quantile", "value", "chain")
    caption = f"Model {LABELS[best(result)]}: one row a coefficient, year and quantile, partners as in the table chain."
    return Table.of_rows(name, columns, rows, {"value": "per unit of final demand"}, caption)


SIDES = {"complete_supply": "supply side", "complete_demand": "demand side"}


def baselines(result: Backtest, shown: Shown) -> Table:
    """What last value and linear trend say for the same years: the forecasts to beat."""
    rows = []
    for r, k in shown.places:
        for side, indicator in enumerate(INDICATORS):
            for name in (one for one in ("B", "C", DRIFT) if one in result.told):
                for step, year in enumerate(result.series.later(result.plan.steps)):
                    value = result.told[name].ahead[step, r, k, side]
                    head = (result.series.regions[r], result.series.sectors[k], indicator)
                    rows.append((*head, LABELS[name], time_of(year), value))
    columns = ("region", "industry", "indicator", "model", "year", "value")
    caption = "One row a coefficient, model and year: what the models say that learn next to nothing, to be beaten."
    return Table.of_rows("baselines", columns, rows, {"value": "per unit of final demand"}, caption)


def fan(result: Backtest, shown: Shown) -> Table:
    """The forecast of the chains in the picture beside last value and drift, which leave from the last year known."""
    model, last = best(result), result.series.years[-1]
    values = result.quantiles(model, len(result.plan.origins))
    plain = [name for name in ("B", DRIFT) if name in result.told and name != model]
    rows: list[tuple[object, ...]] = []
    for label, (r, k) in list(zip(shown.labels, shown.places, strict=True))[:MOST_SHOWN]:
        for side, indicator in enumerate(INDICATORS):
            chain = f"{label}: {SIDES[indicator]}"
            start = result.history[-1][-1, r, k, side]
            rows.extend((chain, LABELS[name], time_of(last), 0.5, start) for name in plain)
            for step, year in enumerate(result.series.later(result.plan.steps)):
                found = zip(QUANTILES, values[step, r, k, side].tolist(), strict=True)
                rows.extend((chain, LABELS[model], time_of(year), quantile, value) for quantile, value in found)
                for name in plain:
                    rows.append((chain, LABELS[name], time_of(year), 0.5, result.told[name].ahead[step, r, k, side]))
    caption = (
        "One row a chain, model, year and quantile, partners as in the table chain; last value and drift: one line."
    )
    columns = ("chain", "model", "year", "quantile", "value")
    return Table.of_rows("fan", columns, rows, {"value": "per unit of final demand"}, caption)


def inside(result: Backtest, model: str, place: int, low: int, high: int) -> Floats:
    """Whether the actual coefficients lay inside a band at a scored origin, (step, region, industry, 2).

    NaN where there was no band.
    """
    band, actual = result.quantiles(model, place), result.actual(place)
    held = (actual >= band[..., low] - NO_WIDTH) & (actual <= band[..., high] + NO_WIDTH)
    there = np.isfinite(band[..., low]) & np.isfinite(actual)
    return np.asarray(np.where(there, held.astype(float), np.nan))


def coverage(result: Backtest, key: Key) -> Table:
    """What share of the actual coefficients of all chains the bands held, over the origins that had earlier ones."""
    rows = []
    for name in result.told:
        for level, low, high in ((80, LOW_80, HIGH_80), (95, LOW, HIGH)):
            held = [inside(result, name, place, low, high) for place in range(len(result.plan.origins))]
            each = np.array([one[np.isfinite(one)].mean() for one in held if np.isfinite(one).any()])
            if len(each):
                ends = over_origins(each, result.plan.steps, key.child(f"coverage {name} {level}"))
                rows.append(
                    (LABELS[name], f"{level} %", level / 100, *(float(np.clip(v, 0, 1)) for v in ends), len(each))
                )
    columns = ("model", "band", "nominal", "share", "share_lo", "share_hi", "origins")
    caption = (
        "One row a model and band: the share of actual coefficients of all chains inside, with 95 % over origins (none "
        "with fewer than two separate tests), beside what it promised (nominal)."
    )
    return Table.of_rows("coverage", columns, rows, caption=caption)


def weights(result: Backtest) -> Table:
    """How model A was blended at every origin, and on how many earlier origins the choice rests."""
    rows = []
    for known, blend, count in zip(result.standing, result.blends, result.counts, strict=True):
        if "A" in result.told:
            year = time_of(result.series.years[known - 1])
            rows.append((year, 1 - blend[0] - blend[1], blend[0], blend[1], blend[2], count))
    columns = ("origin", "last_value", "fading_trend", "lstm", "pull", "earlier_origins")
    caption = "Weights of model A; pull: how far row sums were brought to forecast margins (0 not, 1 wholly)."
    return Table.of_rows("weights", columns, rows, caption=caption)


def chain(result: Backtest, shown: Shown) -> Table:
    """Who the partners are that the two coefficients add up, in the last year."""
    last = result.series.complete[-1]
    rows: list[tuple[object, ...]] = []
    for r, k in shown.places:
        head = (result.series.regions[r], result.series.sectors[k])
        for rank, i in enumerate(result.suppliers[-1, r, k].tolist()):
            rows.append((*head, "supply", rank + 1, result.series.sectors[i], last[r, i, k]))
        for rank, j in enumerate(result.users[-1, r, k].tolist()):
            rows.append((*head, "demand", rank + 1, result.series.sectors[j], last[r, k, j]))
    columns = ("region", "industry", "side", "rank", "partner", "complete")
    caption = f"The largest suppliers and users of each industry in {result.series.years[-1]}, itself left out."
    return Table.of_rows("chain", columns, rows, {"complete": "per unit of final demand"}, caption)


def paths(result: Backtest, shown: Shown) -> Table:
    """The coefficients of the chains over all years beside what each model said of the held-out ones."""
    place = len(result.plan.origins) - 1
    known, years = result.plan.origins[place], result.series.years
    bands = result.quantiles(best(result), place)
    rows: list[tuple[object, ...]] = []
    for label, (r, k) in list(zip(shown.labels, shown.places, strict=True))[:MOST_SHOWN]:
        for side, indicator in enumerate(INDICATORS):
            head = (result.series.regions[r], result.series.sectors[k], indicator, f"{label}: {SIDES[indicator]}")
            actual = result.history[place][:, r, k, side]
            rows.extend(
                (*head, time_of(y), "actual", v, np.nan, np.nan, True) for y, v in zip(years, actual, strict=True)
            )
            for name, told in result.told.items():
                start = actual[known - 1]
                edge = (start, start) if name == best(result) else (np.nan, np.nan)
                rows.append((*head, time_of(years[known - 1]), LABELS[name], start, *edge, False))
                for step in range(result.plan.steps):
                    band = bands[step, r, k, side]
                    ends = (band[LOW_80], band[HIGH_80]) if name == best(result) else (np.nan, np.nan)
                    value = told.chain[place, step, r, k, side]
                    rows.append((*head, time_of(years[known + step]), LABELS[name], value, *ends, False))
    columns = ("region", "industry", "indicator", "chain", "year", "line", "value", "value_lo", "value_hi", "is_actual")
    caption = "One row a coefficient, year and line; the lines of the models leave from the last year known to them."
    return Table.of_rows("paths", columns, rows, {"value": "per unit of final demand"}, caption)


def history(result: Backtest, shown: Shown) -> Table:
    """The coefficients of the chains up to now, with the partners of the last year."""
    rows = []
    for label, (r, k) in list(zip(shown.labels, shown.places, strict=True))[:MOST_SHOWN]:
        for side, indicator in enumerate(INDICATORS):
            for year, value in zip(result.series.years, result.history[-1][:, r, k, side].tolist(), strict=True):
                rows.append((time_of(year), value, f"{label}: {SIDES[indicator]}"))
    return Table.of_rows("history", ("year", "value", "chain"), rows, caption="One row a coefficient and year.")


def usual(values: Floats, overlap: int, key: Key) -> tuple[float, float, float]:
    """The mean error over origins with its 95 % interval, never below zero."""
    middle, low, high = over_origins(values, overlap, key)
    return middle, max(low, 0.0) if np.isfinite(low) else low, high


def time_of(label: str) -> object:
    """A period as tables and charts have it: a year as a number, anything else as its label."""
    return int(label) if label.isdigit() else label


def _periods(result: Backtest, many: int) -> str:
    return result.series.word if many == 1 else f"{result.series.word}s"
