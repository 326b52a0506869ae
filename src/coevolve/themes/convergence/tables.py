"""The tables of `convergence`: aspects, changes, degree, stages, types, forecast, and what was not observed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...inquiry.finding import QUANTILES, Table
from .measures import from_scale
from .outcome import One, Outcome, case_name
from .types_rule import DIRECTED, Verdict

if TYPE_CHECKING:
    from .recognised import Recognition

Z90 = 1.6448536269514722  # half the width of a 90 % interval, in standard deviations
ROOT_TWO = 2**0.5  # a yearly change holds the errors of two years


def tables(outcome: Outcome, told: Recognition | None = None) -> dict[str, Table]:
    """Every table by name; those about rises have no row where nothing rose."""
    made = {
        "types": types_table(outcome, told),
        "changes": changes_table(outcome),
        "aspects": aspects_table(outcome),
        "conditions": conditions_table(outcome),
        "missing": missing_table(outcome),
        "degree": degree_table(outcome),
        "stage": stage_table(outcome),
        "forecast": forecast_table(outcome),
        "baselines": baselines_table(outcome),
        "hindsight": hindsight_table(outcome),
    }
    return {name: table for name, table in made.items() if len(table) or name in ("types", "missing")}


def words_of(one: One, measure: str) -> str:
    """A measure in words, with the names of the pair."""
    from .measures import KINDS

    return KINDS[measure].words.format(A=one.known.pair[0], B=one.known.pair[1])


def label_of(one: One, measure: str) -> str:
    """A measure's short label, with the names of the pair."""
    from .measures import KINDS

    return KINDS[measure].label.format(A=one.known.pair[0], B=one.known.pair[1])


def aspects_table(outcome: Outcome) -> Table:
    """One row a pair, measure and year: the value, its 90 % bounds, what chance would give."""
    rows: list[tuple[object, ...]] = []
    for one in outcome.ones:
        for measure in one.known.measures:
            name = measure.name
            noise = one.rises[name].unrest / ROOT_TWO if name in one.rises else float("nan")
            bound = [from_scale(measure.index + side * Z90 * noise, measure.kind.scale) for side in (-1, 1)]
            lo = np.where(np.isfinite(measure.lo), measure.lo, bound[0])
            hi = np.where(np.isfinite(measure.hi), measure.hi, bound[1])
            parts = np.searchsorted(np.unique(measure.segments), measure.segments) + 1
            for t, year in enumerate(measure.times):
                values = (measure.values[t], lo[t], hi[t], measure.null[t], measure.p[t])
                head = (one.known.region, case_name(one), measure.kind.aspect or "joint output", label_of(one, name))
                rows.append((*head, int(year), *(float(value) for value in values), int(parts[t])))
    columns = ("region", "pair", "aspect", "measure", "year", "value", "lo", "hi", "null", "p", "segment")
    caption = (
        "One row a pair, measure and year. lo and hi: 90 %; of counts by chance, of money as wide as if all unrest "
        "from year to year were error of the accounts, which say nothing of their own errors. null: what chance or the "
        "other industries give; p: how often they give as much; segment: years between breaks."
    )
    return Table.of_rows("aspects", columns, rows, caption=caption)


def changes_table(outcome: Outcome) -> Table:
    """One row a pair and measure: the change over the years seen, and whether it is beyond wandering."""
    rows: list[tuple[object, ...]] = []
    for one in outcome.ones:
        if one.judged is None:
            continue
        for name, (lo, middle, hi) in one.judged.changes.items():
            rise, kind = one.rises[name], next(m.kind for m in one.known.measures if m.name == name)
            head = (one.known.region, case_name(one), kind.aspect or "joint output", label_of(one, name))
            scale = {"log": "log", "log_odds": "log-odds", "plain": "as it is"}[kind.scale]
            said = "rises" if one.risen.get(name) else "falls" if one.fallen.get(name) else "no more than wandering"
            if name not in one.risen:
                said = "not tested: tells who displaces whom, not whether they come together"
            percent = [float("nan") if scale == "as it is" else as_percent(each) for each in (middle, lo, hi)]
            found = (scale, rise.span, middle, lo, hi, *percent, rise.probability, rise.p, said)
            rows.append((*head, *found, place_of(one)))
    columns = (
        *("region", "pair", "aspect", "measure", "scale", "years", "change", "change_lo", "change_hi"),
        *("percent", "percent_lo", "percent_hi", "probability_of_rise", "p", "verdict", "place"),
    )
    caption = (
        "One row a pair and measure: its lasting change over the years within segments, yearly noise removed, on the "
        "scale named, with 90 % bounds; percent: the same of the level (logs) or of the odds (log-odds). p: how often "
        "a random walk as restless, with noise, goes as far; 10 % of the rises and falls claimed may be false."
    )
    units = {"years": "years", "percent": "%", "percent_lo": "%", "percent_hi": "%"}
    return Table.of_rows("changes", columns, rows, units, caption)


def as_percent(logs: float) -> float:
    """A change of logs as percent of the level, one of log-odds as percent of the odds.

    >>> round(as_percent(0.174))
    19
    """
    return 100.0 * float(np.expm1(min(logs, 500.0)))


def types_table(outcome: Outcome, told: Recognition | None = None) -> Table:
    """One row a pair, direction and type: how surely its observed conditions hold together, and the pair's verdict.

    With `told` also the probability that the classifier gives to the type, and whether the two agree on the pair.
    """
    rows: list[tuple[object, ...]] = []
    for place, one in enumerate(outcome.ones):
        if one.judged is None:
            continue
        for each in one.judged.verdicts:
            seen = sum(condition.holds is not None for condition in each.conditions)
            head = (one.known.region, case_name(one), each.first, each.second, each.type, each.posterior)
            state = "holds" if each.is_named else "does not"
            unseen = ", ".join(each.unseen)
            found = (
                seen,
                len(each.conditions),
                state,
                unseen,
                one.verdict,
                short_type(each.type, each.first),
            )
            rows.append((*head, *found, place_of(one), *_second_opinion(one, each, told, place)))
    columns = (
        *(
            "region",
            "pair",
            "from",
            "to",
            "type",
            "posterior",
            "conditions_observed",
            "conditions",
            "what_was_observed",
        ),
        *("not_observed", "verdict", "what", "place"),
        *(() if told is None else ("probability", "accuracy", "agrees", "implausible")),
    )
    caption = (
        "One row a pair, direction and type. posterior: probability that all observed conditions hold together (.8 "
        "names a type, where its necessary aspects also rose beyond wandering, all tests counted); verdict: of the "
        "pair as a whole."
    )
    if told is not None:
        caption += (
            " probability: what the classifier gives to the type; accuracy: how often it names type and direction "
            "rightly on simulated pairs (guessing: .2); agrees: whether its likeliest is the pair's verdict; "
            "implausible: what in the study's own settings speaks against the type."
        )
    return Table.of_rows("types", columns, rows, caption=caption)


def _second_opinion(one: One, verdict: Verdict, told: Recognition | None, place: int) -> tuple[object, ...]:
    """The classifier's probability of a type in its direction, and whether it agrees on the pair; none without it."""
    if told is None:
        return ()
    from .recognised import agreement, implausible

    said = told.told[place]
    turned = verdict.first != one.known.pair[0]
    chance = float("nan") if said is None else said.probability(verdict.type, turned)
    accuracy = float("nan") if said is None else said.accuracy
    return (chance, accuracy, agreement(one, said), implausible(one, verdict.type, turned))


def conditions_table(outcome: Outcome) -> Table:
    """One row a condition: its probability, or that nobody observed it."""
    rows: list[tuple[object, ...]] = []
    for one in outcome.ones:
        for each in one.judged.verdicts if one.judged else []:
            for condition in each.conditions:
                words = _named(condition.words, each.first, each.second)
                chance = float("nan") if condition.holds is None else float(condition.holds[0])
                head = (one.known.region, case_name(one), each.first, each.second, each.type, words)
                rows.append((*head, condition.aspect, chance, condition.holds is not None))
    columns = ("region", "pair", "from", "to", "type", "condition", "aspect", "probability", "observed")
    caption = (
        "One row a condition of a type, with the probability that it holds; no number: not observed. A type is named "
        "where all of its conditions hold together with .8, so each needs .8 alone. An effect is about none where "
        "|b| < .1: helping and hurting add up to 1, and this lies across both. Where b is known only roughly few draws "
        "fall so near 0: a low number then means that nobody knows."
    )
    return Table.of_rows("conditions", columns, rows, caption=caption)


def _named(words: str, first: str, second: str) -> str:
    """Words about A and B as words about two industries."""
    return re.sub(r"\b[AB]\b", lambda found: first if found.group() == "A" else second, words)


def missing_table(outcome: Outcome) -> Table:
    """One row an aspect that was not observed, and why."""
    rows = [
        (one.known.region, case_name(one), aspect, why)
        for one in outcome.ones
        for aspect, why in one.known.missing.items()
    ]
    caption = "One row a pair and aspect that was not observed."
    return Table.of_rows("missing", ("region", "pair", "aspect", "why"), rows, caption=caption)


def _with_degree(outcome: Outcome) -> Iterator[tuple[One, Any]]:
    for one in outcome.ones:
        if one.judged is not None and one.judged.degree is not None:
            yield one, one.judged.degree


def degree_table(outcome: Outcome) -> Table:
    """One row a pair and year: how far along the wave that its rising aspects share."""
    rows = [
        (one.known.region, case_name(one), int(year), float(bound[1]), float(bound[0]), float(bound[2]))
        for one, found in _with_degree(outcome)
        for year, bound in zip(found.years, found.bounds, strict=True)
    ]
    columns = ("region", "pair", "year", "convergence_degree", "convergence_degree_lo", "convergence_degree_hi")
    caption = "One row a pair and year: 0 before the wave, 1 at its ceiling; 90 % bounds. Pairs without a rise: no row."
    return Table.of_rows("degree", columns, rows, {"convergence_degree": "share of the wave"}, caption)


def stage_table(outcome: Outcome) -> Table:
    """One row a pair and aspect that rose, in the order in which they pass half of their ceiling."""
    rows: list[tuple[object, ...]] = []
    for one in outcome.ones:
        stages = sorted(one.judged.stages, key=lambda each: each.year[1]) if one.judged else []
        for order, each in enumerate(stages, start=1):
            lo, middle, hi = each.year
            state = "passed" if each.passed >= 0.8 else "ahead" if each.passed <= 0.2 else "cannot tell"
            head = (one.known.region, case_name(one), order, each.stage or "no stage", each.aspect)
            rows.append((*head, round(middle, 1), round(lo, 1), round(hi, 1), each.passed, state))
    columns = (
        *("region", "pair", "order", "stage", "aspect", "year_reached", "year_reached_lo", "year_reached_hi"),
        *("probability_passed", "state"),
    )
    caption = "One row a pair and aspect that rose: the year in which it passes half of its ceiling, with 90 % bounds."
    return Table.of_rows("stage", columns, rows, caption=caption)


def forecast_table(outcome: Outcome) -> Table:
    """One row a pair, year and quantile of the convergence degree."""
    rows = [
        (one.known.region, case_name(one), "convergence_degree", int(year), quantile, float(value))
        for one, found in _with_degree(outcome)
        for year, values in zip(outcome.ahead, found.quantiles, strict=False)
        for quantile, value in zip(QUANTILES, values, strict=True)
    ]
    columns = ("region", "industry", "indicator", "year", "quantile", "value")
    return Table.of_rows(
        "forecast", columns, rows, {"value": "share of the wave"}, "One row a pair, year and quantile."
    )


def baselines_table(outcome: Outcome) -> Table:
    """What naive (no change) and drift (the average change goes on) say of the degree."""
    rows = [
        (one.known.region, case_name(one), "convergence_degree", name, int(year), float(value))
        for one, found in _with_degree(outcome)
        for name, values in (("naive", found.naive), ("drift", found.drift))
        for year, value in zip(outcome.ahead, values, strict=False)
    ]
    columns = ("region", "industry", "indicator", "forecaster", "year", "value")
    return Table.of_rows("baselines", columns, rows, caption="One row a pair, baseline and year.")


def hindsight_table(outcome: Outcome) -> Table:
    """How the wave, naive and drift would have foretold the last years of the aspects, from the years before."""
    rows = [
        (one.known.region, case_name(one), name, error, found.held)
        for one, found in _with_degree(outcome)
        for name, error in found.errors.items()
    ]
    caption = "One row a pair and forecaster: mean absolute scaled error of the rising aspects in the last years."
    return Table.of_rows("hindsight", ("region", "pair", "forecaster", "mase", "years_held_out"), rows, caption=caption)


def fan_tables(outcome: Outcome) -> Mapping[str, Table]:
    """The forecast with baselines as one picture's table, and the degree beside it."""
    rows: list[tuple[object, ...]] = []
    seen: list[tuple[object, ...]] = []
    for one, found in _with_degree(outcome):
        place = place_of(one)
        for h, year in enumerate(outcome.ahead):
            rows += [(place, "wave", int(year), q, float(found.quantiles[h, k])) for k, q in enumerate(QUANTILES)]
            rows += [(place, name, int(year), 0.5, float(getattr(found, name)[h])) for name in ("naive", "drift")]
        seen += [(place, int(year), float(bound[1])) for year, bound in zip(found.years, found.bounds, strict=True)]
    return {
        "fan": Table.of_rows(
            "fan", ("place", "forecaster", "year", "quantile", "value"), rows, caption="Forecasts as drawn."
        ),
        "past": Table.of_rows(
            "past", ("place", "year", "value"), seen, caption="One row a pair and year: the degree as estimated."
        ),
    }


def path_table(outcome: Outcome) -> Table:
    """Every measure with a change by year since the start of its segment, on the scale of that change."""
    rows: list[tuple[object, ...]] = []
    for one in outcome.ones:
        for measure in one.known.measures:
            if measure.name not in one.rises:
                continue
            for number, segment in enumerate(np.unique(measure.segments), start=1):
                here = (measure.segments == segment) & np.isfinite(measure.index)
                if not here.any():
                    continue
                start = float(measure.index[here][0])
                words = label_of(one, measure.name)
                if number > 1:  # an empty cell ends the line: nothing is drawn across a break
                    rows.append((place_of(one), words, int(measure.times[here][0]), float("nan")))
                for year, index in zip(measure.times[here], measure.index[here], strict=True):
                    rows.append((place_of(one), words, int(year), float(index) - start))
    columns = ("place", "measure", "year", "change")
    caption = "One row a pair, measure and year: its change since the first year, or since the first after a break."
    return Table.of_rows("paths", columns, rows, {"change": "log or log-odds"}, caption)


def type_words(type_: str, first: str, second: str) -> str:
    """A type with its direction in words.

    >>> type_words("penetration", "telecom", "farms")
    'penetration of farms by telecom'
    """
    if type_ in DIRECTED:
        return f"{type_} of {second} by {first}"
    return f"{type_} convergence" if type_ == "complementary" else type_


def short_type(type_: str, first: str) -> str:
    """A type with its direction, short: the other side is known from the pair.

    >>> short_type("penetration", "telecom")
    'penetration by telecom'
    """
    return f"{type_} by {first}" if type_ in DIRECTED else type_


def without_empty_region(table: Table) -> Table:
    """The table without its column of regions where no row has one."""
    if "region" not in table.columns or len(table.columns) < 2 or any(str(one) for one in table["region"].tolist()):
        return table
    kept = {name: values for name, values in table.columns.items() if name != "region"}
    return Table(table.name, kept, table.units, table.caption, table.absent)


def place_of(one: One) -> str:
    """What a picture calls a pair."""
    return f"{case_name(one)}, {one.known.region}" if one.known.region else case_name(one)
