"""The first sentence of `symbiosis`: who helps whom, or that this cannot be told."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...evidence.fit import Fit
from ...evidence.series import Series
from ...inquiry.wording import counted, listed
from .decide import heads
from .equations import CLAIMED, CUT, UNDETERMINED
from .relations import Relation, mass_words
from .sample import Sample
from .written import is_predator_prey

MOST_SAID = 3
WORDS = {
    "mutualism": "{a} and {b} help each other",
    "competition": "{a} and {b} hold each other back",
    "independence": "{a} and {b} neither help nor hold back each other noticeably",
}


def claim(series: Series, sample: Sample, fit: Fit, found: list[Relation]) -> str:
    """Who helps whom, or that this cannot be told, with the years and regions it rests on."""
    basis = counted(len(series.periods), series.periods.word)
    if len(sample.regions) > 1:
        basis += f" of {len(sample.regions)} regions"
    if not found:
        return f"{basis} give no fit of {listed(series.names)} that could be read."
    pairs = heads(found)
    if pairs[0].region and len(sample.regions) > 1:
        return _by_region(basis, series, found, len(sample.regions))
    decided = [one for one in pairs if one.relation != UNDETERMINED]
    if decided:
        return _of_decided(basis, fit, decided, len(pairs) - len(decided))
    return _of_one(basis, pairs[0]) if len(pairs) == 1 else _of_none(basis, pairs)


def _of_decided(basis: str, fit: Fit, decided: list[Relation], open_: int) -> str:
    said = [
        f"{_sentence(one, one.relation)} ({one.relation}, probability {mass_words(one.probability)})" for one in decided
    ]
    more = len(said) - MOST_SAID
    kept = said[:MOST_SAID] + ([f"and {counted(more, 'pair')} more can be told"] if more > 0 else [])
    granted = ", granted that no pole has a limit of its own" if is_predator_prey(fit) else ""
    first = f"Judged by {basis}{granted}, {'; '.join(kept)}."
    if len(decided) == 1 and not open_:
        return " ".join([first, *_sizes(decided[0], fit)])
    if not open_:
        return first
    return f"{first} The other {counted(open_, 'pair')} cannot be told."


def _sizes(one: Relation, fit: Fit) -> list[str]:
    """How large the effects of a pair are that are not small."""
    found = []
    for actor, target, (median, lo, hi) in ((one.other, one.pole, one.from_other), (one.pole, one.other, one.on_other)):
        if abs(median) <= CUT:
            continue
        sign = 1.0 if median > 0 else -1.0
        ends = sorted(100.0 * sign * end for end in (lo, hi))
        size = f"{abs(100.0 * median):.0f} % ({ends[0]:.0f} to {ends[1]:.0f})".replace("-", "−")
        if not is_predator_prey(fit):
            does = f"adds {size} to" if median < 0 else f"takes {size} from"
            found.append(f"At capacity {actor} {does} what {target} could keep alone.")
            continue
        rates = fit["group_rate"] if "group_rate" in fit.arrays and not one.region else _rates(one, fit)
        is_falling = float(np.nanmedian(rates[..., fit.labels["pole"].index(target)])) < 0
        does = {
            (False, True): f"makes up for {size} of the decline",
            (True, True): f"adds {size} to the decline",
            (False, False): f"adds {size} to the growth",
            (True, False): f"takes {size} of the growth",
        }[median > 0, is_falling]
        found.append(f"At its usual scale {actor} {does} of {target} alone.")
    return found


def _rates(one: Relation, fit: Fit) -> NDArray[np.float64]:
    return fit["rate"][:, fit.labels["region"].index(one.region)] if one.region else fit["rate"]


def _of_one(basis: str, one: Relation) -> str:
    pair = f"{one.pole} and {one.other}"
    if one.why:
        return f"{basis} cannot tell whether {pair} help or hold back each other: {one.why}."
    return f"{basis} cannot tell for sure how {pair} act on each other; {_likeliest(one)}"


def _likeliest(one: Relation) -> str:
    """What a pair probably is to each other, as the end of a sentence."""
    return (
        f"the likeliest is that {_sentence(one, one.likeliest)} ({one.likeliest}, probability "
        f"{mass_words(one.probability)}; {CLAIMED:.2f} is needed)."
    )


def _of_none(basis: str, heads: list[Relation]) -> str:
    """Of several pairs none is claimed: the one that comes nearest, and why the others do not."""
    judged = [one for one in heads if not one.why]
    others = list(dict.fromkeys(one.why for one in heads if one.why))
    every = counted(len(heads), "pair")
    if not judged:
        return f"{basis} cannot tell how any of {every} act on each other: {listed(others)}."
    one = max(judged, key=lambda pair: pair.probability)
    said = f"{basis} cannot tell for sure how any of {every} act on each other; {_likeliest(one)}"
    if not others:
        return said
    return f"{said} Nothing can be said of the other {counted(len(heads) - len(judged), 'pair')}: {listed(others)}."


def _by_region(basis: str, series: Series, found: list[Relation], regions: int) -> str:
    decided = [one for one in found if one.relation != UNDETERMINED]
    if not decided:
        return f"{basis}, each taken alone, cannot tell in any region how {listed(series.names)} act on each other."
    kinds = {kind: sum(one.relation == kind for one in decided) for kind in dict.fromkeys(o.relation for o in decided)}
    said = ", ".join(f"{kind} {count}" for kind, count in kinds.items())
    return (
        f"Taken region by region, {len(decided)} of {len(found)} pairs can be told ({said}), in "
        f"{len({one.region for one in decided})} of {regions} regions."
    )


def _sentence(one: Relation, relation: str) -> str:
    if relation in WORDS:
        return WORDS[relation].format(a=one.pole, b=one.other)
    from_other, on_other = one.from_other[0], one.on_other[0]
    if relation == "predation":
        gains, loses = (one.pole, one.other) if from_other < on_other else (one.other, one.pole)
        return f"{gains} gains from {loses}, which loses by it"
    sign = -1.0 if relation == "commensalism" else 1.0
    acts_on_first = sign * from_other >= sign * on_other
    actor, target = (one.other, one.pole) if acts_on_first else (one.pole, one.other)
    verb = "helps" if relation == "commensalism" else "holds back"
    return f"{actor} {verb} {target}, which has little effect in return"
