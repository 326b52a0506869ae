"""The tables of `convergence`: aspects, changes, degree, stages, types, forecast, and what was not observed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...inquiry.finding import QUANTILES, Table
from .measures import from_scale
from .outcome import One, Outcome, case_name
from .types_rule import Verdict

if TYPE_CHECKING:
    from .recognised import Recognition

Z90 = 1.6448536269514722  # half the width of a 90 % interval, in standard deviations


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


def aspects_table(outcome: Outcome) -> Table:
    """One row a pair, measure and year: the value, its 90 % bounds, what chance would give."""
    rows: list[tuple[object, ...]] = []
    for one in outcome.ones:
        for measure in one.known.measures:
            name = measure.name
            noise = one.rises[name].noise if name in one.rises else float("nan")
            bound = [from_scale(measure.index + side * Z90 * noise, measure.kind.scale) for side in (-1, 1)]
            lo = np.where(np.isfinite(measure.lo), measure.lo, bound[0])
            hi = np.where(np.isfinite(measure.hi), measure.hi, bound[1])
            parts = np.searchsorted(np.unique(measure.segments), measure.segments) + 1
            for t, year in enumerate(measure.times):
                values = (measure.values[t], lo[t], hi[t], measure.null[t], measure.p[t])
                head = (one.known.region, case_name(one), measure.kind.aspect or "joint output", words_of(one, name))
                rows.append((*head, int(year), *(float(value) for value in values), int(parts[t])))
    columns = ("region", "pair", "aspect", "measure", "year", "value", "lo", "hi", "null", "p", "segment")
    caption = (
        "One row a pair, measure and year. lo and hi: 90 %, from counts or from the unrest of single years; null: "
        "what chance or the other industries give; p: how often they give as much; segment: years between breaks."
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
            head = (one.known.region, case_name(one), kind.aspect or "joint output", words_of(one, name))
            scale = {"log": "log", "log_odds": "log-odds", "plain": "as it is"}[kind.scale]
            said = "rises" if one.risen.get(name) else "falls" if one.fallen.get(name) else "no more than wandering"
            if name not in one.risen:
                said = "not tested"
            found = (scale, rise.span, middle, lo, hi, rise.probability, rise.p, said)
            rows.append((*head, *found, place_of(one)))
    columns = (
        *("region", "pair", "aspect", "measure", "scale", "years", "change", "change_lo", "change_hi"),
        *("probability_of_rise", "p", "verdict", "place"),
    )
    caption = (
        "One row a pair and measure: its change over the years within segments, on the scale named, with 90 % bounds; "
        "p: how often wandering and noise alone go as far; 10 % of the rises and falls claimed may be false."
    )
    return Table.of_rows("changes", columns, rows, {"years": "years"}, caption)


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
                type_words(each.type, each.first, each.second),
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
        *(() if told is None else ("probability", "agrees")),
    )
    caption = (
        "One row a pair, direction and type. posterior: probability that all observed conditions hold together (.8 "
        "names a type, where its necessary aspects also rose); verdict: of the pair as a whole."
    )
    if told is not None:
        caption += (
            " probability: what the classifier gives to the type; agrees: whether its likeliest is the pair's verdict."
        )
    return Table.of_rows("types", columns, rows, caption=caption)


def _second_opinion(one: One, verdict: Verdict, told: Recognition | None, place: int) -> tuple[object, ...]:
    """The classifier's probability of a type in its direction, and whether it agrees on the pair; none without it."""
    if told is None:
        return ()
    from .recognised import agreement

    said = told.told[place]
    turned = verdict.first != one.known.pair[0]
    chance = float("nan") if said is None else said.probability(verdict.type, turned)
    return (chance, agreement(one, said))


def conditions_table(outcome: Outcome) -> Table:
    """One row a condition: its probability, or that nobody observed it."""
    rows: list[tuple[object, ...]] = []
    for one in outcome.ones:
        for each in one.judged.verdicts if one.judged else []:
            for condition in each.conditions:
                words = condition.words.replace("A's", f"{each.first}'s").replace("B's", f"{each.second}'s")
                words = " ".join({"A": each.first, "B": each.second}.get(word, word) for word in words.split())
                chance = float("nan") if condition.holds is None else float(condition.holds[0])
                head = (one.known.region, case_name(one), each.first, each.second, each.type, words)
                rows.append((*head, condition.aspect, chance, condition.holds is not None))
    columns = ("region", "pair", "from", "to", "type", "condition", "aspect", "probability", "observed")
    return Table.of_rows("conditions", columns, rows, caption="One row a condition of a type; no number: not observed.")


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
    """Every tested measure by year since the start of its segment, on the scale on which its change is measured."""
    rows: list[tuple[object, ...]] = []
    for one in outcome.ones:
        for measure in one.known.measures:
            if measure.name not in one.risen:
                continue
            for number, segment in enumerate(np.unique(measure.segments), start=1):
                here = (measure.segments == segment) & np.isfinite(measure.index)
                if not here.any():
                    continue
                start = float(measure.index[here][0])
                words = words_of(one, measure.name)
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
    if type_ in ("penetration", "substitution"):
        return f"{type_} of {second} by {first}"
    return f"{type_} convergence" if type_ == "complementary" else type_


def place_of(one: One) -> str:
    """What a picture calls a pair."""
    return f"{case_name(one)}, {one.known.region}" if one.known.region else case_name(one)
