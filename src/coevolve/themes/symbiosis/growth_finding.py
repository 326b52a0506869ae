"""What `growth` says: tables, pictures, the claim and its doubts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...evidence.series import Series
from ...inquiry.finding import Chart, Finding, Note, Source, Table
from ...inquiry.wording import listed
from .future import baseline_table, fan, forecast_table, largest, one_unit, place_of
from .growth_model import PARAMETERS, STATUS, GrowthFit, Law
from .growth_verdict import Verdicts, verdicts

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
MIDPOINT = {
    "year": "midpoint is a year",
    "quarter": "midpoint is a year with decimals (2006.5: the middle of 2006)",
    "month": "midpoint is a year with decimals (2006.5: the middle of 2006)",
}


def growth_finding(series: Series, fit: GrowthFit, labels: tuple[str, ...], values: Array) -> Finding:
    """The Finding of `growth`; `values` (region, series, step, quantile) is the forecast."""
    what = " and ".join(dict.fromkeys(series.indicators))
    fan_tables, fan_chart = fan(series, labels, values, "growth law", what)
    told = verdicts(series, fit)
    laws, rates = laws_table(series, fit), rates_table(series, fit)
    tables = (
        laws,
        choice_table(series, fit, told),
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
    return Finding(claim(series, fit, told), f"Growth of {what}", tables, charts, notes(fit, told), SOURCES)


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
    place = {region: k for k, region in enumerate(series.regions)}
    rows.sort(key=lambda row: (place[row[0]], row[2], row[1]))
    columns = ("region", "industry", "indicator", "law", "parameter", "estimate", "lo", "hi")
    return Table.of_rows(
        "laws",
        columns,
        rows,
        {},
        f"One row a series, law and parameter with its 90 % interval. Rate per {series.periods.word}; "
        f"capacity and initial in the unit of the series; {MIDPOINT.get(series.periods.kind, 'midpoint is a period')}. "
        "No upper end: no bend seen.",
    )


def choice_table(series: Series, fit: GrowthFit, told: Verdicts) -> Table:
    """One row a series and law: how much the data favour it, whether it beats a straight line, and whether its capacity
    is only a lower bound."""
    rows = [
        (
            series.regions[r],
            series.industries[s],
            series.indicators[s],
            law.name,
            law.weight[r, s],
            bool(law.is_lower_bound[r, s]),
            bool(law.name == "logistic" and told.beats_line[r, s]),
            STATUS[int(law.status[r, s])],
        )
        for r in range(len(series.regions))
        for s in range(len(series.names))
        for law in fit.laws
    ]
    columns = ("region", "industry", "indicator", "law", "weight", "capacity_is_lower_bound", "beats_line", "status")
    return Table.of_rows(
        "choice",
        columns,
        rows,
        {"weight": "Akaike weight"},
        "One row a series and law. `beats_line`: a logistic that outweighs steady growth 19 to 1 outweighs a straight "
        "line (the same amount every period) 19 to 1 too.",
    )


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
        "One row a series, the largest first (mean of the last three periods).",
    )


def claim(series: Series, fit: GrowthFit, told: Verdicts) -> str:
    """How many series rose and fell, and whether growth bends, in a few sentences with their uncertainty."""
    usable = fit.usable()
    total = int(usable.sum())
    span = f"from {series.periods.labels[0]} to {series.periods.labels[-1]}"
    if total == 0:
        return f"Nothing can be said about growth {span}: no series has enough positive values."
    if total <= MOST_NAMED:
        return " ".join(_one(series, fit, told, r, s) for r, s in np.argwhere(usable).tolist())
    if len(fit.laws) == 1 and fit.laws[0].name == "logistic":
        return f"{total} series follow a fitted logistic curve {span}; whether another law fits better was not asked."
    first = _moves(told, usable, span)
    if len(fit.laws) == 1:
        return f"{first} Whether growth bends was not asked."
    return " ".join(part for part in (first, _risen(told), _fallen(told)) if part)


def _moves(told: Verdicts, usable: NDArray[np.bool_], span: str) -> str:
    """How many series rose, fell, or did neither for sure: every series is counted once."""
    grown, fallen, still = (int(part.sum()) for part in (told.grown, told.fallen, told.unchanged))
    total = int(usable.sum())
    parts = [
        f"{grown} of {total} series grew",
        f"{fallen} fell",
        f"{total - grown - fallen - still} did not clearly move",
    ]
    if still:
        parts.append(f"{still} stayed unchanged")
    return f"{listed(parts)} {span} (90 % intervals of average growth)."


def _risen(told: Verdicts) -> str:
    """What the growth of the series that grew looks like."""
    grown = int(told.grown.sum())
    if not grown:
        return ""
    ceiling, slows = int(told.ceiling.sum()), int((told.grown & told.bends & ~told.ceiling).sum())
    steady = int((told.grown & told.steady).sum())
    open_ = grown - ceiling - slows - steady
    which = f"Of the {grown} that grew" if grown > 1 else "In the one that grew"
    rivals = "(a logistic outweighs steady growth and a straight line 19 to 1 each)"
    parts = [f"a ceiling is clear in {ceiling or 'none'} {rivals}"]
    parts += [f"growth slows without a clear ceiling in {slows}"] if slows else []
    parts += [f"growth is steady in {steady}"] if steady else []
    parts += [f"in {open_} it cannot be told whether growth bends"] if open_ else []
    return f"{which}, {listed(parts)}."


def _fallen(told: Verdicts) -> str:
    """What the fall of the series that fell looks like."""
    fallen = int(told.fallen.sum())
    slows, steady = int((told.fallen & told.bends).sum()), int((told.fallen & told.steady).sum())
    open_ = fallen - slows - steady
    if not slows + steady:
        return ""
    which = f"Of the {fallen} that fell" if fallen > 1 else "In the one that fell"
    parts = [f"the fall slows in {slows}"] if slows else []
    parts += [f"the fall is steady in {steady}"] if steady else []
    parts += [f"in {open_} this cannot be told"] if open_ else []
    return f"{which}, {listed(parts)}."


def _one(series: Series, fit: GrowthFit, told: Verdicts, r: int, s: int) -> str:
    name = place_of(series, r, s) or series.indicators[s]
    span = f"from {series.periods.labels[0]} to {series.periods.labels[-1]}"
    if told.unchanged[r, s]:
        return f"{name} did not change {span}."
    by_name = {law.name: law for law in fit.laws}
    if "exponential" not in by_name:
        ceiling = _capacity(by_name["logistic"], r, s, one_unit(series))
        return f"{name}: only a logistic curve was fitted; its ceiling: {ceiling}."
    if by_name["exponential"].status[r, s] != 0:
        return f"{name}: no curve of steady growth was found, so nothing is said of it."
    said = _average(by_name["exponential"], told, r, s, name, series.periods.word)
    bend = _bend(by_name["logistic"], told, r, s, one_unit(series)) if "logistic" in by_name else ""
    return "; ".join(part for part in (said, bend) if part) + "."


def _average(law: Law, told: Verdicts, r: int, s: int, name: str, word: str) -> str:
    """Average growth of one series in words: grew by, fell by, or did not clearly move."""
    mid, low, high = (100.0 * float(np.expm1(part["rate"][r, s])) for part in (law.estimate, law.lo, law.hi))
    if told.grown[r, s]:
        return f"{name} grew by {_percent(mid)} % a {word} on average ({_percent(low)} to {_percent(high)})"
    if told.fallen[r, s]:
        return f"{name} fell by {_percent(-mid)} % a {word} on average ({_percent(-high)} to {_percent(-low)})"
    return f"{name} did not clearly move: {_percent(mid)} % a {word} on average ({_percent(low)} to {_percent(high)})"


def _bend(law: Law, told: Verdicts, r: int, s: int, unit: str) -> str:
    """Whether the growth of one series bends, in words."""
    if law.status[r, s] != 0:
        return "a ceiling cannot be looked for"
    if told.fallen[r, s]:
        if told.bends[r, s]:
            return "the fall slows"
        return "the fall is steady" if told.steady[r, s] else "whether the fall slows cannot be told"
    if told.ceiling[r, s]:
        return f"a ceiling is clear, at {_capacity(law, r, s, unit)}"
    if told.grown[r, s] and told.bends[r, s]:
        why = "" if told.beats_line[r, s] else ": growth by the same amount each time fits about as well"
        return f"growth slows, but no ceiling is clear{why}"
    if told.grown[r, s] and law.is_lower_bound[r, s]:
        return f"no ceiling is in sight: if there is one, it is probably {_capacity(law, r, s, unit)}"
    return "growth is steady" if told.grown[r, s] and told.steady[r, s] else "whether there is a ceiling cannot be told"


def _capacity(law: Law, r: int, s: int, unit: str) -> str:
    """The capacity of one series in words, or that it cannot be stated."""
    low, mid, high = (float(part["capacity"][r, s]) for part in (law.lo, law.estimate, law.hi))
    unit = f" {unit}" if unit not in ("", "count") else ""
    if law.is_lower_bound[r, s]:
        return f"above {_amount(low)}{unit}"
    if not np.isfinite([low, mid, high]).all():
        return "cannot be stated"
    return f"{_amount(mid)}{unit} ({_amount(low)} to {_amount(high)})"


def _percent(value: float) -> str:
    """Two significant figures at most, with a true minus sign; nothing finer than a hundredth of a per cent."""
    size = abs(value)
    if size < 0.005:
        return "0"
    digits = max(0, min(2, 1 - int(np.floor(np.log10(size)))))
    return ("\u2212" if value < 0 else "") + f"{size:.{digits}f}"


def _amount(value: float) -> str:
    """Three significant figures, written out."""
    if value == 0 or not np.isfinite(value):
        return f"{value:g}"
    digits = 2 - int(np.floor(np.log10(abs(value))))
    return f"{round(value, digits):,.{max(0, digits)}f}".replace(",", "\u2009")


def notes(fit: GrowthFit, told: Verdicts) -> tuple[Note, ...]:
    """What to do about each doubt."""
    made = []
    bound = sum(int(law.is_lower_bound.sum()) for law in fit.laws)
    if bound:
        made.append(
            Note(
                f"Read the capacity of {bound} series as a lower bound (`capacity_is_lower_bound` in `choice`): they "
                "show no clear bend, so any ceiling above it fits about as well. Only a longer series can tell."
            )
        )
    line = int((told.grown & told.bends & ~told.beats_line).sum())
    if line:
        made.append(
            Note(
                f"Take no ceiling from {line} of the series whose growth slows: a straight line, the same amount every "
                "period, fits about as well as a logistic, and it never ends."
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
