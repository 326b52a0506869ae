"""What `symbiosis` gives back: the claim, its pictures and tables, the doubts, its sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ...evidence.fit import Fit
from ...evidence.series import Series
from ...inquiry.finding import Chart, Finding, Note, Table
from ...inquiry.key import Key
from ...inquiry.wording import listed
from .bifurcation import bifurcation
from .course import forecast, runaways
from .decide import decide_table
from .diagnostics import diagnostics_table
from .equilibria_tables import equilibria_table, has_rests, regimes_table
from .future import baseline_table, fan, forecast_table, labels_ahead, quantiles_of, times_ahead
from .model import Settings
from .phase import portrait
from .relation_network import network_chart, network_tables
from .relations import Relation, effects_table, relations, relations_table
from .sample import Sample
from .symbiosis_claim import claim
from .symbiosis_notes import notes
from .symbiosis_sources import SOURCES, sources_of
from .symbiosis_tables import capacity_known, coefficients_table, shares_shown, shares_table
from .written import equation_lines, equations_table

Drawn = tuple[tuple[Table, ...], tuple[Chart, ...]]


def could_not(series: Series, trouble: str) -> Finding:
    """The Finding when no fit could be made at all."""
    poles = " and ".join(series.names)
    return Finding(
        f"Nothing can be said about how {poles} act on each other: the equations could not be fitted.",
        f"Symbiosis of {poles}",
        notes=(Note(f"Try fewer poles, other years or `growth`: the fit failed ({trouble}).", "caution"),),
        sources=SOURCES,
    )


def symbiosis_finding(
    series: Series, sample: Sample, settings: Settings, fit: Fit, until: object, trouble: Mapping[str, str], key: Key
) -> Finding:
    """The Finding of `symbiosis`: pictures and tables in reading order, and the Fit for later asks."""
    labels = labels_ahead(series.periods, until)
    draws = forecast(fit, times_ahead(series.periods, labels), key.child("forecast").numpy())
    inside = series_of(series, sample)
    found = relations(fit, sample)
    values = quantiles_of(draws).transpose(0, 2, 1, 3)
    what = " and ".join(dict.fromkeys(series.indicators))
    fan_tables, fan_chart = fan(inside, labels, values, "symbiosis", what, by_region=True)
    pieces: list[Drawn] = [
        *_resting(inside, sample, fit),
        _who_helps_whom(inside, fit, found),
        (tuple(fan_tables), (fan_chart,)),
        *_over_capacity(inside, sample, fit),
        bifurcation(inside, fit),
    ]
    regimes = regimes_table(fit)
    tables = (
        relations_table(found),
        decide_table(inside, sample, fit, found),
        equations_table(fit),
        coefficients_table(inside, fit),
        *([equilibria_table(inside, fit, capacity_known(sample, fit))] if has_rests(fit) else []),
        *([regimes] if regimes is not None else []),
        forecast_table(inside, labels, values, poles=True),
        baseline_table(inside, labels),
        diagnostics_table(sample, settings, fit),
        *(table for piece, _ in pieces for table in piece),
    )
    return Finding(
        claim(series, sample, fit, found),
        f"Symbiosis of {listed(series.names)}",
        tables,
        tuple(chart for _, piece in pieces for chart in piece),
        tuple(notes(series, sample, settings, fit, found, trouble, runaways(fit, draws))),
        sources_of(fit),
        replace(fit, equations=equation_lines(fit)),
    )


def series_of(series: Series, sample: Sample) -> Series:
    """The poles in the regions that were fitted."""
    rows = [series.regions.index(name) for name in sample.regions]
    return replace(series, regions=sample.regions, values=series.values[rows], status=series.status[rows])


def _resting(series: Series, sample: Sample, fit: Fit) -> Iterator[Drawn]:
    """Where two poles drift together."""
    drawn = portrait(series, fit, capacity_known(sample, fit)) if "capacity" in fit.arrays else None
    if drawn is not None:
        yield (drawn[0],), (drawn[1],)


def _who_helps_whom(series: Series, fit: Fit, found: list[Relation]) -> Drawn:
    """The effects between poles, as arrows where the data told some, and as a table of colours."""
    place = "all regions together" if found and not found[0].region and len(series.regions) > 1 else ""
    place = place or (found[0].region if found else "") or "one region"
    effects = effects_table(fit, found)
    arrows, poles = network_tables(fit, effects)
    heat = Chart(
        "effects",
        "heat",
        "effects",
        {"row": "pole", "column": "other", "value": "help_known", "certain": "is_claimed"},
        "What each pole gets from each other",
        f"{place}; help = \u2212b that the row gets from the column: above 0 it is helped (b below 0), below 0 held "
        "back (b above 0); in brackets: not claimed; grey: the data hardly told",
        f"Heat map of the help that each of {listed(series.names)} gets from each other.",
        options={"diverging": True, "helps": "positive"},
    )
    if not len(arrows):
        return (effects,), (heat,)
    return (effects, arrows, poles), (network_chart(arrows, place), heat)


def _over_capacity(series: Series, sample: Sample, fit: Fit) -> Iterator[Drawn]:
    """How far each pole has filled the capacity that it would have alone."""
    if "capacity" not in fit.arrays:
        return
    shares = shares_table(sample, fit)
    shown = shares_shown(fit, shares)
    if not len(shown):
        yield (shares,), ()
        return
    regions = len(dict.fromkeys(shown["region"].tolist()))
    which = f"the {regions} largest regions where it is known; " if regions > 1 else ""
    chart = Chart(
        "capacity_shares",
        "bars",
        "shares_shown",
        {"label": "region", "value": "share", "lo": "share_lo", "hi": "share_hi", "facet": "pole"},
        "Scale over capacity when alone",
        f"in {series.periods.labels[-1]}; {which}thin lines: 90 %",
        f"Bars of the scale of {listed(series.names)} over their capacity when alone, by region.",
        options={"zero": True, "rule": 1.0, "sort": "none"},
    )
    yield (shares, shown), (chart,)
