"""The words of `convergence`: the notes and the pictures; the claim has its own file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ...evidence.fit import Fit
from ...inquiry.finding import Chart, Finding, Note, Source, Table
from .claim import claim, listing
from .outcome import One, Outcome, case_name
from .tables import fan_tables, path_table, place_of, without_empty_region, words_of

if TYPE_CHECKING:
    from .recognised import Recognition

SOURCES = (
    Source(
        "ma2021",
        "Ma, Y. (2021). Industry convergence seen by an improved convolutional and long short-term memory network.",
    ),
    Source(
        "curran2011",
        "Curran, C.-S. & Leker, J. (2011). Patent indicators for monitoring convergence. "
        "Technological Forecasting and Social Change 78, 256-273.",
        "https://doi.org/10.1016/j.techfore.2010.06.021",
    ),
    Source(
        "benjamini1995",
        "Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. J. R. Stat. Soc. B 57, 289-300.",
    ),
)


PANELS = ("forecast", "baselines")  # tables that always begin with a region, named or not


def finding(
    outcome: Outcome,
    tables: Mapping[str, Table],
    made: Fit | None,
    told: Recognition | None = None,
    labels: int = 0,
) -> Finding:
    """The Finding of one ask; `told` is what the classifier said, taught with so many labels too."""
    whole = dict(tables)
    listed = list(notes(outcome))
    if told is not None:
        from . import recognised_words

        if any(told.told):
            whole["recognised"] = recognised_words.recognised_table(outcome, told)
        listed += recognised_words.notes(outcome, told, labels)
    if any(one.risen for one in outcome.ones):
        whole["paths"] = path_table(outcome)
    whole = {name: table if name in PANELS else without_empty_region(table) for name, table in whole.items()}
    if "forecast" in whole:
        whole |= fan_tables(outcome)
    return Finding(
        claim(outcome),
        title(outcome),
        tuple(whole.values()),
        tuple(charts(outcome, whole)),
        tuple(listed),
        SOURCES,
        made,
    )


def title(outcome: Outcome) -> str:
    """What was asked: the pair, or how many."""
    pairs = dict.fromkeys(case_name(one) for one in outcome.ones)
    regions = dict.fromkeys(one.known.region for one in outcome.ones)
    where = f" in {len(regions)} regions" if len(regions) > 1 else ""
    return f"Convergence of {next(iter(pairs)) if len(pairs) == 1 else f'{len(pairs)} pairs of industries'}{where}"


def notes(outcome: Outcome) -> Iterator[Note]:
    """What to mind: prices, breaks, what fell, what could not be judged, how sure the counting is."""
    asked = outcome.asked
    nominal = all(not one.prices or one.prices.startswith("current") for one in asked.accounts)
    if asked.accounts and not asked.prices and nominal:
        yield Note(
            "Do not read a change of inputs as a change of technique: these inputs are in current prices and move with "
            "relative prices. Tables in constant prices, or price indices (option `prices`), would tell the two apart."
        )
    breaks = sorted({start for one in outcome.ones for start in _starts(one)})
    if breaks:
        years = ", ".join(f"{year:.0f}" for year in breaks)
        yield Note(f"Read no level across {years}: the classification changes there, and no change is measured across.")
    elif len(asked.accounts) == 1 and not asked.breaks:
        yield Note(
            "Ask whether the classification changed within these years: a new one looks like convergence. No change "
            "was named (option `breaks`), so none is allowed for."
        )
    fell = [(one, name) for one in outcome.ones for name, down in one.fallen.items() if down]
    if fell:
        shown = "; ".join(f"{words_of(one, name)} ({place_of(one)})" for one, name in fell[:4])
        more = f" and {len(fell) - 4} more" if len(fell) > 4 else ""
        yield Note(f"Look at what falls too: {shown}{more}.")
    for one in outcome.ones:
        if one.trouble:
            yield Note(f"Check the numbers of {place_of(one)}: it could not be judged ({one.trouble}).", "caution")
    yield from _about_reading(outcome)
    for accounts in asked.accounts:
        yield from (Note(text) for text in accounts.notes)


def _about_reading(outcome: Outcome) -> Iterator[Note]:
    asked = outcome.asked
    open_ended = [
        place_of(one)
        for one in outcome.ones
        if one.judged and one.judged.degree and float(np.ptp(one.judged.degree.bounds[-1])) > 0.5
    ]
    if open_ended:
        yield Note(
            f"Do not read the degree of {listing(open_ended[:3])} as a number: its 90 % bounds span more than half."
        )
    regional = len(dict.fromkeys(one.known.region for one in outcome.ones)) > 1
    if regional and (asked.technology is not None or asked.enterprise is not None or asked.of):
        yield Note("Remember that counted aspects have no region here: the same numbers stand in every region.")
    if asked.technology is not None and not asked.technology.is_two_mode:
        yield Note(
            "Take the chance of common patents as rough: from links between classes alone it means that links fall on "
            "classes in proportion to their links. Patents with their classes would give exact chances (option "
            "`technology`)."
        )
    if not asked.high_technology:
        yield Note(
            "Take penetration as half judged: which side is high technology was not said (option `high_technology`)."
        )
    yield Note(
        f"Weigh the count of tests: {outcome.tests} measures were tested, each for a rise or a fall, and of those "
        f"claimed 10 % may be false. Probabilities are shares of {outcome.draws} draws."
    )


def _starts(one: One) -> Iterator[float]:
    for measure in one.known.measures:
        for k in range(1, len(measure.times)):
            if measure.segments[k] != measure.segments[k - 1]:
                yield float(measure.times[k])


def charts(outcome: Outcome, tables: Mapping[str, Table]) -> Iterator[Chart]:
    """What moved, how sure each type is, and how far along."""
    several = len(outcome.ones) > 1
    facet = {"facet": "place"} if several else {}
    what = place_of(outcome.ones[0]) if outcome.ones and not several else "each pair"
    if "paths" in tables:
        yield Chart(
            "paths",
            "lines",
            "paths",
            {"x": "year", "y": "change", "series": "measure", **facet},
            f"What moved: aspects of {what}",
            "logs or log-odds since the first year, or the first after a break (+0.18 logs = +20 %)",
            f"Lines of each aspect of {what} since its first year.",
            options={"zero": True},
        )
    if "changes" in tables:
        yield Chart(
            "changes",
            "bars",
            "changes",
            {"label": "measure", "value": "change", "lo": "change_lo", "hi": "change_hi", **facet},
            f"Change over all years: {what}",
            "logs or log-odds (+0.18 logs = +20 %), with 90 % bounds that allow for wandering; the estimate is the "
            "lasting change after yearly noise is removed: it differs from last minus first",
            f"Points with intervals of the change of each measure of {what}.",
            options={"dots": True, "rule": 0},
        )
    if len(tables["types"]):
        yield Chart(
            "types",
            "bars",
            "types",
            {"label": "what", "value": "posterior", **facet},
            f"How surely the observed conditions of each type hold: {what}",
            "joint probability; .8 names a type where what it needs also rose beyond wandering, all tests counted",
            f"Bars of the joint probability of each type of convergence for {what}.",
            options={"limits": [0, 1], "rule": 0.8},
        )
    if "fan" in tables and len(tables["fan"]):
        shown = [one for one in outcome.ones if one.judged and one.judged.degree]
        yield Chart(
            "degree",
            "bands",
            "fan",
            {
                "x": "year",
                "quantile": "quantile",
                "value": "value",
                "series": "forecaster",
                **({"facet": "place"} if len(shown) > 1 else {}),
            },
            f"Convergence degree: {place_of(shown[0]) if len(shown) == 1 else 'pairs that rise'}",
            "0 before the wave, 1 at its ceiling; bands 50, 80 and 95 %",
            "Fan of the forecast convergence degree with no change and average change in grey.",
            also={"actual": "past"},
            options={"grey": ["naive", "drift"], "origin": int(outcome.ahead[0]) - 1, "limits": [0, 1]},
        )
