"""The words of `convergence`: the claim, the notes, the pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...evidence.fit import Fit
from ...inquiry.finding import Chart, Finding, Note, Source, Table
from .outcome import One, Outcome, case_name
from .tables import fan_tables, path_table, place_of, type_words, words_of
from .types_rule import Verdict

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


def claim(outcome: Outcome) -> str:
    """One pair in full; several in counts, with those that stand out by name."""
    said = _about_one(outcome.ones[0]) if len(outcome.ones) == 1 else _about_several(outcome)
    return said[:1].upper() + said[1:] + _about_forecast(outcome)


def _about_several(outcome: Outcome) -> str:
    counts = Counter(_family(one) for one in outcome.ones)
    many = len(outcome.ones)
    regions = len(dict.fromkeys(one.known.region for one in outcome.ones))
    unit = "pairs of industries" if regions == 1 else "pairs of industries and regions"
    parts = []
    for family, words in (
        ("named", "are of a type that all its conditions bear out"),
        ("consistent", "are consistent with a type of convergence, as far as was observed"),
        ("undetermined", "rise in some aspect without fitting a type"),
        ("none", "show no rise beyond wandering"),
    ):
        if counts[family]:
            parts.append(f"{counts[family]} {_one(words) if counts[family] == 1 else words}")
    said = f"Of {many} {unit}, {_and(parts)}."
    best = [one for one in outcome.ones if _family(one) in ("named", "consistent")]
    if best:
        shown = "; ".join(f"{place_of(one)}: {_verdict_words(one)}" for one in best[:3])
        more = f"; and {len(best) - 3} more" if len(best) > 3 else ""
        said += f" {shown}{more}."
    else:
        said += _nearest_rise(outcome)
    common = [aspect for aspect in _unseen(outcome.ones[0]) if all(aspect in _unseen(one) for one in outcome.ones)]
    return said + _lacking(common)


def _nearest_rise(outcome: Outcome) -> str:
    """The rise that came nearest to counting, so that nobody takes a miss for a proof."""
    listed = [
        (rise.p, one, name)
        for one in outcome.ones
        for name, rise in one.rises.items()
        if name in one.risen and not one.risen[name] and rise.probability > 0.5
    ]
    if not listed:
        return ""
    p, one, name = min(listed, key=lambda each: each[0])
    where = f" in {one.known.region}" if one.known.region else ""
    return f" The strongest sign is {words_of(one, name)}{where} (p = {p:.2g} before the tests are counted)."


def _lacking(aspects: Sequence[str]) -> str:
    if not aspects:
        return ""
    words = _and(aspects)
    return f" {words[:1].upper()}{words[1:]} {'was' if len(aspects) == 1 else 'were'} not observed."


def _one(words: str) -> str:
    """Words about several pairs as words about one."""
    verb, rest = words.split(" ", 1)
    return {"are": "is", "rise": "rises", "show": "shows"}[verb] + " " + rest


def _family(one: One) -> str:
    if one.verdict in ("none", "undetermined"):
        return one.verdict
    return "consistent" if one.verdict.startswith("consistent") else "named"


def _about_one(one: One) -> str:
    lacks = _lacking(_unseen(one))
    where = place_of(one)
    rose = _rose(one)
    if one.verdict == "none":
        return f"{where}: no convergence is shown, as no aspect observed rises beyond wandering.{lacks}"
    if one.verdict == "undetermined":
        if not one.risen:
            return f"{where}: too few years were observed to tell whether anything rises.{lacks}"
        return f"{where}: {_and(rose)} {_verb(rose)}, but no type of convergence holds with probability .8.{lacks}"
    return f"{where}: {_verdict_words(one)}: {_and(rose)} {_verb(rose)} beyond wandering.{lacks}"


def _verb(rose: Sequence[str]) -> str:
    return "rises" if len(rose) == 1 else "rise"


def _verdict_words(one: One) -> str:
    named = [each for each in (one.judged.verdicts if one.judged else []) if each.is_named]
    whole = [each for each in named if not each.unseen] or named
    words = " or ".join(dict.fromkeys(_directed(each) for each in whole))
    return f"consistent with {words}" if one.verdict.startswith("consistent") else words


def _directed(verdict: Verdict) -> str:
    return type_words(verdict.type, verdict.first, verdict.second)


def _rose(one: One) -> list[str]:
    return [words_of(one, name) for name, up in one.risen.items() if up]


def _unseen(one: One) -> list[str]:
    return [aspect for aspect in one.known.missing if aspect not in ("system", "modules", "high-technology side")]


def _about_forecast(outcome: Outcome) -> str:
    """What to say of the forecast when something simpler foretold the last years better."""
    errors = [one.judged.degree.errors for one in outcome.ones if one.judged and one.judged.degree]
    known = [each for each in errors if each]
    if not known:
        return ""
    mean = {name: float(np.mean([each[name] for each in known])) for name in ("wave", "naive", "drift")}
    best = min(mean, key=lambda name: mean[name])
    if best == "wave":
        return ""
    words = "no change" if best == "naive" else "the average change going on"
    return (
        f" The last years are foretold better by {words} than by the wave: do not lean on the forecast of the degree."
    )


def notes(outcome: Outcome) -> Iterator[Note]:
    """What to mind: prices, breaks, what fell, what could not be judged, how sure the counting is."""
    asked = outcome.asked
    nominal = all(not one.prices or one.prices.startswith("current") for one in asked.accounts)
    if asked.accounts and not asked.prices and nominal:
        yield Note(
            "Give price indices in `prices`, or tables in constant prices, before reading a change of inputs as a "
            "change of technique: these inputs are in current prices and move with relative prices."
        )
    breaks = sorted({start for one in outcome.ones for start in _starts(one)})
    if breaks:
        years = ", ".join(f"{year:.0f}" for year in breaks)
        yield Note(f"Read no level across {years}: the classification changes there, and no change is measured across.")
    elif len(asked.accounts) == 1 and not asked.breaks:
        yield Note("Give `breaks` if the classification changed within these years: a new one looks like convergence.")
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
            f"Do not read the degree of {_and(open_ended[:3])} as a number: its 90 % bounds span more than half."
        )
    regional = len(dict.fromkeys(one.known.region for one in outcome.ones)) > 1
    if regional and (asked.technology is not None or asked.enterprise is not None or asked.of):
        yield Note("Remember that counted aspects have no region here: the same numbers stand in every region.")
    if asked.technology is not None and not asked.technology.is_two_mode:
        yield Note(
            "Give patents with their classes (patent - class) for exact chances: from links between classes alone, "
            "chance means that links fall on classes in proportion to their links."
        )
    if not asked.high_technology:
        yield Note("Name `high_technology` industries if you ask for penetration: which side is one was not said.")
    yield Note(
        f"Weigh the count of tests: {outcome.tests} rises were looked for, and of those claimed 10 % may be false; "
        f"posteriors are from {outcome.draws} draws."
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
            "change in logs or log-odds since the first year, or since the first after a break",
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
            "logs or log-odds, with 90 % bounds that allow for wandering",
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
            "joint probability; .8 names a type where its necessary aspects also rose",
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


def _and(words: Sequence[str]) -> str:
    return "" if not words else words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
