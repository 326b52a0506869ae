"""The pictures of a contest: paths, who is best, whether the bands hold, who is best where."""

from __future__ import annotations

from collections.abc import Sequence

from ...inquiry.finding import Chart
from .contest_model import Contest
from .tables import GREY, LETTERS, named, one_unit, place_of, scale, shown_places, time_column, typical

MOST_PLACES_IN_HEAT = 60


def charts(contest: Contest, order: Sequence[str], what: str) -> tuple[Chart, ...]:
    """All pictures, in reading order; the heat map where there are several places, and not too many."""
    grey = [name for name in GREY if name in order]
    series = contest.series
    places = len(series.names) if len(series.names) > 1 else len(series.regions)
    where = (_where(),) if 1 < places <= MOST_PLACES_IN_HEAT else ()
    named_grey = [named(name) for name in grey]
    return (_paths(contest, order, what, grey), _ranking(contest, named_grey), _coverage(named_grey), *where)


def _paths(contest: Contest, order: Sequence[str], what: str, grey: list[str]) -> Chart:
    time, last = time_column(contest), contest.series.periods.labels[contest.plan.origins[-1] - 1]
    origin: object = int(last) if time == "year" else last
    roles = {
        "x": time,
        "y": "value",
        "series": "line",
        "lo": "value_lo",
        "hi": "value_hi",
        "facet": "place",
        "actual": "is_actual",
    }
    first, shown = typical(contest, order), shown_places(contest, order)
    judged = next((name for name in order if name != "naive"), "")
    opening = ""
    if first is not None and contest.scored > 1:
        where = place_of(contest, *first)
        opening = f"; opens on {where}, where {judged} has its median skill, one of {contest.scored} series"
    return Chart(
        "paths",
        "lines",
        "examples",
        roles,
        f"{what[:1].upper()}{what[1:]}: actual and forecast",
        f"{one_unit(contest) or 'value'}, forecasts made in {last}; band: 80 % of {order[0]}{opening}{_letters(order)}",
        f"Lines of actual {what} and of forecasts made in {last}, for some large series.",
        options={"grey": grey, "origin": origin, "order": [place_of(contest, *one) for one in shown]},
    )


def _ranking(contest: Contest, grey: list[str]) -> Chart:
    labels = contest.series.periods.labels
    span = f"{labels[contest.plan.origins[0]]} to {labels[-1]}"
    return Chart(
        "ranking",
        "bars",
        "ranking",
        {"label": "name", "value": "mase", "lo": "mase_lo", "hi": "mase_hi"},
        "Mean error by forecaster (MASE)",
        f"1 = a usual change: the {scale(contest)}; {span}; thin lines: 95 % over origins",
        "Bars of the mean absolute scaled error of each forecaster, smallest first.",
        options={"grey": grey, "zero": True},
    )


def _coverage(grey: list[str]) -> Chart:
    return Chart(
        "coverage",
        "bars",
        "coverage",
        {
            "label": "name",
            "value": "share",
            "lo": "share_lo",
            "hi": "share_hi",
            "mark": "nominal",
            "facet": "band",
        },
        "Do the bands hold?",
        "share of actual values inside the band; upright mark: what it should be; thin lines: 95 % over origins",
        "Bars of the share of actual values inside the 80 % and 95 % bands of each forecaster.",
        options={"grey": grey, "zero": True, "limits": [0, 1]},
    )


def _where() -> Chart:
    return Chart(
        "where",
        "heat",
        "by_series",
        {"row": "series", "column": "line", "value": "skill_vs_naive"},
        "Where a forecast beats no change",
        "share of naive's error saved; below 0 naive is better",
        "Heat map of the skill against naive by series and forecaster.",
        options={"diverging": True, "legend": ["naive is better", "better than naive"]},
    )


def _letters(order: Sequence[str]) -> str:
    """What the letters mean, where some are drawn."""
    met = [LETTERS[name] for name in LETTERS if name in order]
    return f"; {', '.join(met)}: models of Tong & Wang, Fig. 2, not those of their Table 2" if met else ""
