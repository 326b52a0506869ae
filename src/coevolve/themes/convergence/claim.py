"""The claim of `convergence`: what a reader is told first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from .measures import ASPECT_WORDS, ASPECTS
from .outcome import One, Outcome
from .tables import as_percent, place_of, type_words, words_of
from .types_rule import ENOUGH, Verdict

SMALL_P = 0.1  # rises less likely than this by wandering alone are worth a word on the count of tests
DIRECTED_MEASURES = ("a_ab", "a_ba", "p_a", "p_b")  # measures whose words name both industries


def claim(outcome: Outcome) -> str:
    """One pair in full; several in counts, with those that stand out by name."""
    said = _about_one(outcome) if len(outcome.ones) == 1 else _about_several(outcome)
    return said[:1].upper() + said[1:] + _about_forecast(outcome)


def _about_several(outcome: Outcome) -> str:
    counts = Counter(_family(one) for one in outcome.ones)
    many, units = len(outcome.ones), _units(outcome)
    if counts["none"] == many:
        said = f"None of the {units} shows a rise beyond what wandering would give. {_wandering(outcome.ones)}"
        return said + _nearest_rise(outcome) + _short_of(outcome) + _lacking(outcome.ones)
    parts = []
    for family, words in (
        ("named", "are of a type that all its conditions bear out"),
        ("consistent", "are consistent with a type of convergence, as far as was observed"),
        ("undetermined", "rise in some aspect without fitting a type"),
        ("none", "show no rise beyond wandering"),
    ):
        if counts[family]:
            parts.append(f"{counts[family]} {_one(words) if counts[family] == 1 else words}")
    said = f"Of {units}, {listing(parts)}."
    best = [one for one in outcome.ones if _family(one) in ("named", "consistent")]
    if best:
        shown = "; ".join(f"{place_of(one)}: {_verdict_words(one)}" for one in best[:3])
        more = f"; and {len(best) - 3} more" if len(best) > 3 else ""
        said += f" {shown}{more}. {_wandering(outcome.ones)}"
    else:
        said += f" {_wandering(outcome.ones)}{_nearest_rise(outcome)}"
    return said + _short_of(outcome) + _lacking(outcome.ones)


def _units(outcome: Outcome) -> str:
    """How many there are, and of what."""
    many = len(outcome.ones)
    pairs = len({one.known.pair for one in outcome.ones})
    regions = len({one.known.region for one in outcome.ones})
    if regions == 1:
        return f"{many} pairs of industries"
    if pairs == 1:
        return f"{many} regions"
    if pairs * regions == many:
        return f"{many} cases ({pairs} pairs of industries in {regions} regions)"
    return f"{many} cases (a pair of industries in a region)"


def _wandering(ones: Sequence[One]) -> str:
    """What was looked at, and what wandering means."""
    seen = {measure.kind.aspect for one in ones for measure in one.known.measures if measure.name in one.risen}
    listed = [ASPECT_WORDS[aspect] for aspect in ASPECTS if aspect in seen]
    told = "Wandering is how far a random walk as restless as these series would move."
    return f"{told} Looked at: {listing(listed)}." if listed else told


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
    doubt = f"not enough once all {outcome.tests} tests are counted" if p <= SMALL_P else "wandering often goes as far"
    what = f"{words_of(one, name)}{_where(outcome, one, name)}"
    return f" The strongest rise is of {what}: {_change(one, name)} (p = {p:.2g}: {doubt})."


def _where(outcome: Outcome, one: One, name: str) -> str:
    """The pair, where the words of a measure do not name it, and the region."""
    if name in DIRECTED_MEASURES:
        return f" in {one.known.region}" if one.known.region else ""
    return f" ({place_of(one)})" if len(outcome.ones) > 1 else ""


def _change(one: One, name: str) -> str:
    """The change of a measure in logs and percent."""
    if one.judged is None or name not in one.judged.changes:
        return "change not known"
    middle = one.judged.changes[name][1]
    scale = next(measure.kind.scale for measure in one.known.measures if measure.name == name)
    if scale == "plain":
        return f"{middle:+.2g}"
    unit, of = ("logs", "") if scale == "log" else ("log-odds", " of the odds")
    percent = as_percent(middle)
    if percent < 900:
        return f"{middle:+.2f} {unit} = {percent:+.0f} %{of}"
    times = float(f"{1 + percent / 100:.2g}")
    return f"{middle:+.2f} {unit} = {times:.0f} times {'the odds' if of else 'as much'}"


def _short_of(outcome: Outcome) -> str:
    """Types whose observed conditions hold together, but whose rise does not survive the count of tests."""
    listed = [
        (one, each)
        for one in outcome.ones
        for each in (one.judged.verdicts if one.judged else [])
        if not each.is_named and each.posterior >= ENOUGH
    ]
    if not listed:
        return ""
    listed.sort(key=lambda pair: -pair[1].posterior)
    one, best = listed[0]
    where = f" in {one.known.region}" if one.known.region else ""
    seen = sum(condition.holds is not None for condition in best.conditions)
    more = f" So with {len(listed) - 1} more." if len(listed) > 1 else ""
    return (
        f" For {_directed(best)}{where} the conditions observed ({seen} of {len(best.conditions)}) hold together with "
        f"probability {best.posterior:.2f}, but not all rises that it needs are shown once all tests are counted.{more}"
    )


def _lacking(ones: Sequence[One]) -> str:
    """All that the table of what is missing lists; with how many of the pairs, where not with all."""
    missed = Counter(aspect for one in ones for aspect in one.known.missing)
    if not missed:
        return ""
    listed = [_lack(aspect, count, len(ones)) for aspect, count in missed.items()]
    words = listing(listed)
    return f" {words[:1].upper()}{words[1:]} {'was' if len(listed) == 1 else 'were'} not observed."


def _lack(aspect: str, count: int, many: int) -> str:
    explained = [ASPECT_WORDS[aspect]] if aspect in ASPECT_WORDS else []
    counted = [f"{count} of {many}"] if count < many else []
    inside = "; ".join(explained + counted)
    return f"{aspect} ({inside})" if inside else aspect


def _one(words: str) -> str:
    """Words about several pairs as words about one."""
    verb, rest = words.split(" ", 1)
    return {"are": "is", "rise": "rises", "show": "shows"}[verb] + " " + rest


def _family(one: One) -> str:
    if one.verdict in ("none", "undetermined"):
        return one.verdict
    return "consistent" if one.verdict.startswith("consistent") else "named"


def _about_one(outcome: Outcome) -> str:
    one = outcome.ones[0]
    lacks = _lacking([one])
    where = place_of(one)
    rose = _rose(one)
    if one.verdict == "none":
        said = f"{where}: no convergence is shown, as nothing observed rises beyond wandering. {_wandering([one])}"
        return said + _nearest_rise(outcome) + _short_of(outcome) + lacks
    if one.verdict == "undetermined":
        if not one.risen:
            return f"{where}: too few years were observed to tell whether anything rises.{lacks}"
        said = f"{where}: {listing(rose)} {_verb(rose)}, but no type of convergence holds with probability .8."
        return said + _short_of(outcome) + lacks
    return f"{where}: {_verdict_words(one)}: {listing(rose)} {_verb(rose)} beyond wandering. {_wandering([one])}{lacks}"


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
    return [f"{words_of(one, name)} ({_change(one, name)})" for name, up in one.risen.items() if up]


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


def listing(words: Sequence[str]) -> str:
    """Words with commas and an "and"."""
    return "" if not words else words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
