"""What data would decide a pair that is undetermined: how many more regions or years, or how much less noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ...evidence.fit import Fit
from ...evidence.series import Series
from ...inquiry.finding import Note, Table
from ...inquiry.wording import counted
from .equations import CUT, UNDETERMINED
from .relations import Relation, mass_words
from .sample import Sample

DECIDE = ("region", "pole", "other", "now", "now_on_other", "what", "have", "need", "unit", "believable")
HOPED_REGIONS, HOPED_PERIODS = 20, 40  # can always be hoped for
MOST_TIMES = 1.5  # of the regions or periods in the panel: more than these there can hardly be
LEAST_NOISE = 1.0 / 3.0  # of the noise there is: less can hardly be had
LIKELY_REGIONS, LIKELY_PERIODS = 15, 15  # a panel that usually tells the sign of most effects
MOST_SAID = 3
Z90 = NormalDist().inv_cdf(0.95)  # half a 90 % interval of the normal, in standard deviations
NORMAL_GRID = np.array([NormalDist().inv_cdf((k + 0.5) / 200) for k in range(200)])
FALLS = (
    "A rough guess of what gives an even chance: the truth lies as the draws do; intervals narrow with the square root "
    "of the number of regions, and with the number of periods to the power 3/2 while poles still grow."
)


@dataclass(frozen=True)
class Way:
    """One way to decide: what to get more of, how much there is, how much is needed, whether that can be had."""

    what: str
    have: float
    need: float
    unit: str
    believable: bool
    pole: str = ""
    other: str = ""

    def words(self) -> str:
        """The way in a sentence: "about 13 regions (now 1)"."""
        if self.what == LESS_NOISE:
            return f"data with {self.have / self.need:.1f} times less noise"
        return f"about {self.need:.0f} {self.unit} (now {self.have:.0f})"


LESS_NOISE = "less noise"


def way_row(region: str, way: Way, now: tuple[float, float]) -> tuple[object, ...]:
    """One row of the table `decide`."""
    numbers = (float(way.have), float(way.need), way.unit, bool(way.believable))
    return (region, way.pole, way.other, *now, way.what, *numbers)


def heads(found: list[Relation]) -> list[Relation]:
    """The pairs of all regions together where these were fitted so, else every pair."""
    together = [one for one in found if not one.region]
    return together or found


def decide_table(series: Series, sample: Sample, fit: Fit, found: list[Relation]) -> Table:
    """For each pair that is undetermined what it would take: more regions, more years, less noise."""
    rows = []
    for one in heads(found):
        if one.relation == UNDETERMINED:
            now = (one.from_other[2] - one.from_other[1], one.on_other[2] - one.on_other[1])
            rows += [way_row(one.region, way, now) for way in ways(series, sample, fit, one)]
    caption = (
        "What data would decide the pairs that are undetermined. One row a pair and way; `now`: width of the 90 % "
        "interval of the effect of `other` on `pole`, `now_on_other` the other way round. `believable`: whether that "
        f"much can usually be had. {FALLS}"
    )
    return Table.of_rows("decide", DECIDE, rows, {}, caption if rows else "What data would decide: no pair is open.")


def ways(series: Series, sample: Sample, fit: Fit, one: Relation) -> list[Way]:
    """What would make the signs of both effects of a pair sure, with what there is and what is needed."""
    word, span = series.periods.word, len(series.periods)
    pair = (one.pole, one.other)
    if one.slow:
        need = float(np.ceil(span / max(_turns(sample, fit, one), 1e-9)))
        return [Way(f"more {word}s", span, need, f"{word}s", _hoped(need, span, HOPED_PERIODS), *pair)]
    if one.why:
        return [Way("a fit that settles", np.nan, np.nan, "fewer poles or other years", True, *pair)]
    factor = needed(one)
    regions, noise = len(sample.regions), _noise(fit, one)
    more = float(np.ceil(regions * factor**2))
    longer = float(np.ceil(span * factor ** (2 / 3)))
    less = noise / factor
    return [
        Way("more regions", regions, more, "regions", _hoped(more, len(series.regions), HOPED_REGIONS), *pair),
        Way(f"more {word}s", span, longer, f"{word}s", _hoped(longer, span, HOPED_PERIODS), *pair),
        Way(LESS_NOISE, noise, less, "sd of logs", less >= LEAST_NOISE * noise, *pair),
    ]


def _hoped(need: float, have: float, always: float) -> bool:
    return bool(need <= max(always, MOST_TIMES * have))


def needed(one: Relation) -> float:
    """By how much the 90 % intervals of both effects must shrink for an even chance to be sure of each, at least 1.

    The truth is taken to lie as the draws do: normal about the median. An effect is sure when its distance to the
    nearest border of +-.1 is 1.2 times half the interval; the middle of these distances counts.
    """
    worst = 1.0
    for median, lo, hi in (one.from_other, one.on_other):
        truth = median + (hi - lo) / (2.0 * Z90) * NORMAL_GRID
        distance = float(np.median(np.abs(np.abs(truth) - CUT)))
        worst = max(worst, 0.6 * (hi - lo) / distance)
    return float(worst)


def _noise(fit: Fit, one: Relation) -> float:
    """Standard deviation of growth and counting together, the larger of the two poles, a median over regions."""
    noise = np.sqrt(fit["measurement"] ** 2 + fit["process"] ** 2)
    places = [fit.labels["pole"].index(name) for name in (one.pole, one.other)]
    return float(np.nanmax(np.nanmedian(noise[:, :, places], axis=(0, 1))))


def _turns(sample: Sample, fit: Fit, one: Relation) -> float:
    """Own rate times the time observed, of the slower pole of a pair; below one nothing can be seen."""
    span = float(sample.times[-1] - sample.times[0])
    places = [fit.labels["pole"].index(name) for name in (one.pole, one.other)]
    rates = np.abs(fit["rate"])
    if one.region:
        rates = rates[:, [fit.labels["region"].index(one.region)]]
    return float(np.nanmin(np.nanmedian(rates[:, :, places], axis=(0, 1)))) * span


def decide_notes(series: Series, sample: Sample, fit: Fit, found: list[Relation]) -> Iterator[Note]:
    """What would decide the first undetermined pairs; the others are left to the table `decide`."""
    every = heads(found)
    open_ = [one for one in every if one.relation == UNDETERMINED and not one.why]
    if len({one.region for one in every}) > 1:
        if open_:
            yield Note(
                f'Fit the regions together (pooling = "hierarchical"): taken one by one, {len(open_)} of {len(every)} '
                "pairs are open. The table `decide` says what each would take."
            )
        return
    for one in open_[:MOST_SAID]:
        yield Note(_advice(series, sample, fit, one))
    if len(open_) > MOST_SAID:
        yield Note(f"Look at the table `decide` for the other {counted(len(open_) - MOST_SAID, 'undetermined pair')}.")


def _advice(series: Series, sample: Sample, fit: Fit, one: Relation) -> str:
    pair = f"{one.pole} and {one.other}"
    if all(lo > 0 or hi < 0 for _, lo, hi in (one.from_other, one.on_other)):
        return (
            f"Read the signs of the effects between {pair}: both 90 % intervals exclude 0. The relation is not "
            f"claimed, because its probability, {mass_words(one.probability)}, is short of .95."
        )
    every = ways(series, sample, fit, one)
    good = [way.words() for way in every if way.believable]
    if good:
        return f"To decide {pair}, gather {', or '.join(good)}; a rough guess, for an even chance."
    return f"Do not wait for data to decide {pair}: it would take {', or '.join(way.words() for way in every)}."
