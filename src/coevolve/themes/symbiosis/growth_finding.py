"""What `growth` says: tables, pictures, the claim and its doubts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...evidence.series import Series
from ...inquiry.finding import Chart, Finding, Note, Source, Table
from .future import baseline_table, fan, forecast_table, largest, one_unit, place_of
from .growth_model import PARAMETERS, STATUS, GrowthFit, Law

Array = NDArray[np.float64]

SOURCES = (
    Source("tong-wang", "Tong & Wang, Interactive evolution of innovation poles, section 2.2, (6) to (8)."),
    Source(
        "verhulst-1838",
        "Verhulst (1838), Notice sur la loi que la population suit dans son accroissement, "
        "Correspondance mathématique et physique 10, 113-121.",
    ),
    Source(
        "burnham-anderson-2002",
        "Burnham & Anderson (2002), Model Selection and Multimodel Inference, 2nd ed., "
        "Springer (small-sample Akaike weights).",
        "https://doi.org/10.1007/b97636",
    ),
)
MOST_NAMED = 3
CLEAR = 0.95


def growth_finding(series: Series, fit: GrowthFit, labels: tuple[str, ...], values: Array) -> Finding:
    """The Finding of `growth`; `values` (region, series, step, quantile) is the forecast."""
    what = " and ".join(dict.fromkeys(series.indicators))
    fan_tables, fan_chart = fan(series, labels, values, "growth law", what)
    laws, rates = laws_table(series, fit), rates_table(series, fit)
    tables = (
        laws,
        choice_table(series, fit),
        forecast_table(series, labels, values),
        baseline_table(series, labels),
        *fan_tables,
        rates,
    )
    word = series.periods.word
    span = f"{series.periods.labels[0]} to {series.periods.labels[-1]}"
    rate_chart = Chart(
        "rates",
        "bars",
        "rates",
        {"label": "place", "value": "growth", "lo": "growth_lo", "hi": "growth_hi"},
        f"Average growth in a {word}, largest series",
        f"% a {word}, {span}; thin lines: 90 %",
        "Bars of the average growth of the largest series with 90 % intervals.",
        options={"zero": True},
    )
    charts = (fan_chart, rate_chart) if len(rates) else (fan_chart,)
    return Finding(claim(series, fit), f"Growth of {what}", tables, charts, notes(series, fit), SOURCES)


def laws_table(series: Series, fit: GrowthFit) -> Table:
    """One row a series, law and parameter."""
    rows = []
    for law in fit.laws:
        for parameter in PARAMETERS[law.name]:
            for r, s in np.argwhere(law.status == 0).tolist():
                rows.append(
                    (
                        series.regions[r],
                        series.industries[s],
                        series.indicators[s],
                        law.name,
                        parameter,
                        law.estimate[parameter][r, s],
                        law.lo[parameter][r, s],
                        law.hi[parameter][r, s],
                    )
                )
    rows.sort(key=lambda row: (series.regions.index(row[0]), row[2], row[1]))
    columns = ("region", "industry", "indicator", "law", "parameter", "estimate", "lo", "hi")
    return Table.of_rows(
        "laws",
        columns,
        rows,
        {},
        f"One row a series, law and parameter with its 90 % interval. Rate per {series.periods.word}; "
        "capacity and initial in the unit of the series; midpoint is a year. No upper end: no bend seen.",
    )


def choice_table(series: Series, fit: GrowthFit) -> Table:
    """One row a series and law: how much the data favour it, and whether its capacity is only a lower bound."""
    rows = [
        (
            series.regions[r],
            series.industries[s],
            series.indicators[s],
            law.name,
            law.weight[r, s],
            bool(law.is_lower_bound[r, s]),
            STATUS[int(law.status[r, s])],
        )
        for r in range(len(series.regions))
        for s in range(len(series.names))
        for law in fit.laws
    ]
    columns = ("region", "industry", "indicator", "law", "weight", "capacity_is_lower_bound", "status")
    return Table.of_rows("choice", columns, rows, {"weight": "Akaike weight"}, "One row a series and law.")


def rates_table(series: Series, fit: GrowthFit) -> Table:
    """Average growth of the largest series, in per cent a period, by the exponential law."""
    rows = []
    for law in fit.laws:
        if law.name == "exponential":
            for r, s in largest(series, law.status == 0):
                ends = [100.0 * np.expm1(part["rate"][r, s]) for part in (law.estimate, law.lo, law.hi)]
                rows.append((place_of(series, r, s), *ends))
    return Table.of_rows(
        "rates",
        ("place", "growth", "growth_lo", "growth_hi"),
        rows,
        {"growth": f"% a {series.periods.word}"},
        "One row a series, largest first.",
    )


def claim(series: Series, fit: GrowthFit) -> str:
    """Whether growth bends, in one or two sentences with its uncertainty."""
    usable = fit.usable()
    total = int(usable.sum())
    span = f"from {series.periods.labels[0]} to {series.periods.labels[-1]}"
    if total == 0:
        return f"Nothing can be said about growth {span}: no series has enough positive values."
    if total <= MOST_NAMED:
        return " ".join(_one(series, fit, r, s) for r, s in np.argwhere(usable).tolist())
    by_name = {law.name: law for law in fit.laws}
    if len(by_name) < 2:
        (law,) = fit.laws
        return f"{total} series follow a fitted {law.name} curve {span}; whether another law fits better was not asked."
    logistic, simple = by_name["logistic"], by_name["exponential"]
    bend = int((logistic.weight > CLEAR).sum())
    plain = int((simple.weight > CLEAR).sum())
    known = int(
        (usable & (logistic.status == 0) & ~logistic.is_lower_bound & np.isfinite(logistic.hi["capacity"])).sum()
    )
    grown = int((simple.estimate["rate"][usable] > 0).sum())
    return (
        f"{grown} of {total} series grew {span}. A ceiling is clear in {bend} of them (a curve that bends outweighs "
        f"steady growth 19 to 1), steady growth in {plain}, and {total - bend - plain} cannot be told apart; "
        f"an upper end of the capacity can be stated for {known}."
    )


def _one(series: Series, fit: GrowthFit, r: int, s: int) -> str:
    name = place_of(series, r, s) or series.indicators[s]
    by_name = {law.name: law for law in fit.laws}
    said = ""
    if "exponential" in by_name and by_name["exponential"].status[r, s] == 0:
        simple = by_name["exponential"]
        mid, low, high = (100 * np.expm1(part["rate"][r, s]) for part in (simple.estimate, simple.lo, simple.hi))
        said = f"{name} changed by {mid:.2g} % a {series.periods.word} on average ({low:.2g} to {high:.2g})"
    falls = said != "" and by_name["exponential"].estimate["rate"][r, s] < 0
    bend = _bend(by_name["logistic"], r, s, one_unit(series), bool(falls)) if "logistic" in by_name else ""
    return "; ".join(part for part in (said or name, bend) if part) + "."


def _bend(law: Law, r: int, s: int, unit: str, falls: bool) -> str:
    if law.status[r, s] != 0:
        return "a ceiling cannot be looked for"
    low, mid, high = law.lo["capacity"][r, s], law.estimate["capacity"][r, s], law.hi["capacity"][r, s]
    unit = f" {unit}" if unit else ""
    if not np.isfinite(low) and not falls:
        return "whether there is a ceiling cannot be told"
    if falls and (law.is_lower_bound[r, s] or not np.isfinite(mid)):
        return "no level at which it would settle is in sight"
    likely = "a ceiling is clear" if law.weight[r, s] > CLEAR else "a ceiling is possible but not certain"
    if law.is_lower_bound[r, s] or not np.isfinite(mid):
        return f"no ceiling is in sight: if there is one, it probably lies above {_amount(low)}{unit}"
    return f"{likely}, at {_amount(mid)}{unit} ({_amount(low)} to {_amount(high)})"


def _amount(value: float) -> str:
    """Three significant figures, written out."""
    if value == 0 or not np.isfinite(value):
        return f"{value:g}"
    digits = 2 - int(np.floor(np.log10(abs(value))))
    return f"{round(value, digits):,.{max(0, digits)}f}".replace(",", "\u2009")


def notes(series: Series, fit: GrowthFit) -> tuple[Note, ...]:
    """What to do about each doubt."""
    made = []
    by_name = {law.name: law for law in fit.laws}
    if "logistic" in by_name:
        bound = int((by_name["logistic"].is_lower_bound & np.isfinite(by_name["logistic"].lo["capacity"])).sum())
        if bound:
            made.append(
                Note(
                    f"Read the capacity of {bound} series as a lower bound: they do not bend yet, so any "
                    "ceiling above it fits as well. Only a longer series can tell."
                )
            )
    short = int((~fit.usable()).sum())
    worst = max(int((law.status == 2).sum()) for law in fit.laws)
    if short:
        made.append(
            Note(
                f"Lengthen or leave out {short} of {fit.usable().size} series: they have too few positive "
                "values (4 for exponential, 6 for logistic growth), and nothing is said of them.",
                "caution",
            )
        )
    if worst:
        made.append(
            Note(
                f"Look at the {worst} series marked 'did not settle' in `choice`: their curve was not found.", "caution"
            )
        )
    if fit.zeros:
        made.append(
            Note(f"Check {fit.zeros} zero or negative values: they have no logarithm and were left out.", "caution")
        )
    made.append(
        Note(
            "Compare with `contest` before relying on the forecast: naive and drift stand beside it, and "
            "which of the three was right in the past is asked there."
        )
    )
    made.append(
        Note(
            "Intervals (90 %) allow deviations from the curve that last; they do not allow a break in the "
            "series, such as a new classification."
        )
    )
    return tuple(made)
