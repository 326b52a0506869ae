"""What a classifier that learnt from simulated pairs makes of the pairs of an ask, beside the verdict of the rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...engine.voting import calibration_error, temperature, tempered
from ...inquiry.key import Key
from .direction import CLASSES, DIRECTED, SIDES, either_given, either_way, turned
from .features import bridged
from .outcome import One, Outcome
from .pairs import CHANNELS, TYPES
from .recognition import LEAST_YEARS, Recogniser, Schooling, school, worlds_of_pairs
from .taught import AS_SIMULATED, Taught, taught

Array = NDArray[np.float64]
Tick = Callable[[int, int, str], None]
Labels = Mapping[tuple[str, str], str]
"""The known type of a pair (A, B); A is the one that penetrates or displaces."""

SCHOOLING = Schooling(pairs=8_000, steps=500, wandering=0.3)
LEAST_CHANNELS = 2
MOST_SCHOOLINGS = 4


@dataclass(frozen=True)
class Instrument:
    """A recogniser for some channels and years, how sure it may be, and how it did on fresh simulated pairs.

    `roughest` is the yearly unrest of each channel that 1 % of the pairs it learnt from exceed.
    """

    recogniser: Recogniser
    temperature: float
    accuracy: float
    calibration: float
    fresh: int
    roughest: Array

    def log_probabilities(self, values: Array, corrected: Taught | None = None) -> Array:
        """Log probability of each of `CLASSES`, (pair, class), of pairs whose direction is not known."""
        voice = self.recogniser if corrected is None or corrected.correction is None else corrected
        both = either_way(
            voice.log_probabilities(values), voice.log_probabilities(turned(values, self.recogniser.channels))
        )
        return tempered(both, self.temperature) if voice is self.recogniser else both


@dataclass(frozen=True)
class Told:
    """What the classifier says of one pair: log probabilities of `CLASSES`, from which channels and how many years."""

    logs: Array
    channels: tuple[str, ...]
    years: int
    how: str
    accuracy: float
    calibration: float
    has_label: bool

    def probability(self, type_: str, is_turned: bool) -> float:
        """Of a type; of a type with a direction, in that direction."""
        return float(np.exp(self.logs[CLASSES.index((type_, is_turned and type_ in DIRECTED))]))

    @property
    def likeliest(self) -> tuple[str, bool]:
        """The most probable of `CLASSES`."""
        return CLASSES[int(np.argmax(self.logs))]


@dataclass(frozen=True)
class Recognition:
    """What was told of each pair of an ask, in its order; where nothing could be told, `why` says so."""

    told: Sequence[Told | None]
    why: Sequence[str]
    schooling: Schooling
    fresh: int = 0
    surprise: Mapping[str, float] = field(default_factory=dict)


def recognise(outcome: Outcome, labels: Labels, key: Key, tick: Tick, schooling: Schooling) -> Recognition:
    """Shows every pair with enough years and channels to a classifier that learnt from pairs seen the same way."""
    seen = [series_of(one, nominal=_is_nominal(outcome)) for one in outcome.ones]
    why = [_refusal(one) for one in seen]
    groups: dict[tuple[tuple[str, ...], int], list[int]] = {}
    for place, (channels, values) in enumerate(seen):
        if not why[place]:
            groups.setdefault((channels, len(values)), []).append(place)
    chosen = sorted(groups, key=lambda one: -len(groups[one]))[:MOST_SCHOOLINGS]
    told: list[Told | None] = [None] * len(seen)
    surprise: dict[str, float] = {}
    fresh = 0
    for channels, years in groups:
        places = groups[channels, years]
        if (channels, years) not in chosen:
            for place in places:
                why[place] = f"other pairs were seen in more common ways, and {MOST_SCHOOLINGS} ways are learnt"
            continue
        instrument = _instrument(channels, years, schooling, tick)
        fresh = instrument.fresh
        values = np.stack([seen[place][1] for place in places])
        unlike = np.any(unrest(values) > instrument.roughest, axis=1).tolist()
        known = [_known(outcome.ones[place], labels) for place in places]
        corrected = _corrected(instrument, values, known, key.child(f"{channels} {years}"))
        surprise |= corrected.surprise if corrected else {}
        logs = instrument.log_probabilities(values, corrected)
        for row, place in enumerate(places):
            if unlike[row]:
                why[place] = "yearly changes are wilder than nearly all that it learnt from"
                continue
            told[place] = Told(
                logs[row],
                channels,
                years,
                corrected.how if corrected else AS_SIMULATED,
                instrument.accuracy,
                instrument.calibration,
                known[row] is not None,
            )
    return Recognition(told, why, schooling, fresh, surprise)


def _instrument(channels: tuple[str, ...], years: int, schooling: Schooling, tick: Tick) -> Instrument:
    """The instrument for these channels and years, learnt once a process; it owes nothing to the study's seed."""
    how = (channels, years, schooling)
    if how not in LEARNT:
        words = f"teaching the classifier: {years} years of {len(channels)} channels"
        LEARNT[how] = _learn(channels, years, schooling, lambda done, of: tick(done, of, words))
    return LEARNT[how]


LEARNT: dict[tuple[tuple[str, ...], int, Schooling], Instrument] = {}
"""What was learnt in this process: the same channels, years and schooling always give the same instrument."""


def _learn(channels: tuple[str, ...], years: int, schooling: Schooling, tick: Callable[[int, int], None]) -> Instrument:
    key = Key.of(0, "recogniser").child(f"{'+'.join(channels)} {years}")
    recogniser = school(channels, years, key, schooling, tick)
    few = worlds_of_pairs(schooling.held_out, years, key.child("direction"), schooling)
    values, right = either_given(few, channels, key.child("turned").numpy())
    plain = Instrument(recogniser, 1.0, float("nan"), float("nan"), 0, np.quantile(unrest(values), 0.99, axis=0))
    warmth = temperature(plain.log_probabilities(values), right)
    fresh = worlds_of_pairs(schooling.held_out, years, key.child("fresh"), schooling)
    values, right = either_given(fresh, channels, key.child("fresh turned").numpy())
    logs = tempered(plain.log_probabilities(values), warmth)
    accuracy = float((logs.argmax(axis=1) == right).mean())
    off = calibration_error(np.exp(logs), right)
    return Instrument(recogniser, warmth, accuracy, off, len(right), plain.roughest)


def unrest(values: Array) -> Array:
    """The sd of each channel's yearly changes (pair, channel) of values (pair, year, channel); gaps are bridged."""
    return np.asarray(np.diff(bridged(values), axis=1).std(axis=1))


def series_of(one: One, *, nominal: bool) -> tuple[tuple[str, ...], Array]:
    """The channels observed of a pair and their values (year, channel) over the years that all of them span.

    Only mirrored channels that are both there count, so that the pair can be turned round. Outputs count only in
    constant prices. No change counts across a break.
    """
    lines = {m.name: (m.times, _spliced(m.index, m.segments)) for m in one.known.measures if m.name in CHANNELS}
    if not nominal and one.known.output.size:
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.where(one.known.output > 0, np.log(one.known.output), np.nan)
        lines |= {name: (one.known.output_years, logs[side]) for side, name in enumerate(("log_a", "log_b"))}
    lines = {name: line for name, line in lines.items() if int(np.isfinite(line[1]).sum()) >= LEAST_YEARS}
    channels = tuple(name for name in CHANNELS if name in lines and SIDES.get(name, name) in lines)
    if not channels:
        return (), np.zeros((0, 0))
    spans = [lines[name][0][np.isfinite(lines[name][1])] for name in channels]
    times = np.unique(np.concatenate(spans))
    times = times[(times >= max(one[0] for one in spans)) & (times <= min(one[-1] for one in spans))]
    values = np.full((len(times), len(channels)), np.nan)
    for c, name in enumerate(channels):
        at, line = lines[name]
        there = np.isin(at, times)
        values[np.searchsorted(times, at[there]), c] = line[there]
    return channels, values


def _spliced(line: Array, segments: NDArray[np.int64]) -> Array:
    """A line whose later segments go on where the earlier ended."""
    out = np.array(line, float)
    for k in range(1, len(out)):
        if segments[k] != segments[k - 1]:
            before, after = out[:k][np.isfinite(out[:k])], out[k:][np.isfinite(out[k:])]
            if len(before) and len(after):
                out[k:] += before[-1] - after[0]
    return out


def _is_nominal(outcome: Outcome) -> bool:
    return any(not one.prices or one.prices.startswith("current") for one in outcome.asked.accounts)


def _refusal(seen: tuple[tuple[str, ...], Array]) -> str:
    channels, values = seen
    if len(channels) < LEAST_CHANNELS:
        return "fewer than two of the channels that it knows were observed on both sides"
    if len(values) < LEAST_YEARS:
        return f"its channels share {len(values)} years, of {LEAST_YEARS} that are needed"
    return ""


def _known(one: One, labels: Labels) -> tuple[str, bool] | None:
    """The label of a pair and whether it is the other way round than the pair."""
    first, second = one.known.pair
    if (first, second) in labels:
        return labels[first, second], False
    return (labels[second, first], True) if (second, first) in labels else None


def _corrected(
    instrument: Instrument, values: Array, known: Sequence[tuple[str, bool] | None], key: Key
) -> Taught | None:
    rows = [k for k, one in enumerate(known) if one is not None]
    if not rows:
        return None
    types = np.array([TYPES.index(one[0]) for one in known if one is not None])
    flips = np.array([one[1] for one in known if one is not None])
    shown = values[rows]
    shown = np.where(flips[:, None, None], turned(shown, instrument.recogniser.channels), shown)
    return taught(instrument.recogniser, shown, types, key.numpy())


def implausible(one: One, type_: str, is_turned: bool) -> str:
    """What in the study's own settings speaks against a type in a direction; empty where nothing does.

    Penetration needs a high-technology side that penetrates; which side that is the study says, not the classifier.
    """
    high = one.known.facts.get("high_b" if is_turned else "high_a")
    if type_ != "penetration" or high is None or high > 0:
        return ""
    return f"implausible: {one.known.pair[1 if is_turned else 0]} is not the high-technology side"


def agreement(one: One, told: Told | None) -> str:
    """Whether the likeliest class is the rule's verdict: yes, no, or that one of the two says nothing."""
    if told is None:
        return "not classified"
    if one.verdict == "undetermined":
        return "rule undetermined"
    type_, is_turned = told.likeliest
    if one.verdict == "none" or type_ == "none":
        return "yes" if one.verdict == type_ else "no"
    named = [each for each in (one.judged.verdicts if one.judged else []) if each.is_named]
    whole = [each for each in named if not each.unseen] or named
    first = one.known.pair[1 if is_turned else 0]
    fits = any(each.type == type_ and (type_ not in DIRECTED or each.first == first) for each in whole)
    return "yes" if fits else "no"
