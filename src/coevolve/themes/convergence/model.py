"""One pair of industries from measures to change, degree, stages, forecast and type: written for one case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ...engine.drift import Rise, moving_together, rise_of
from ...inquiry.finding import QUANTILES
from ...inquiry.key import Key
from . import degree as waves
from .measures import RISING, STAGES, Measure
from .types_rule import Verdict, judged

Array = NDArray[np.float64]
BOUNDS = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Sighted:
    """The change of every measure of one pair; a measure with too few years has none."""

    rises: Mapping[str, Rise]


def sight(measures: tuple[Measure, ...]) -> Sighted:
    """Does each measure rise, beyond wandering and single years' unrest?"""
    found = {one.name: rise_of(one.times, one.index, one.segments) for one in measures if one.name != "jaccard"}
    return Sighted({name: rise for name, rise in found.items() if rise is not None})


@dataclass(frozen=True)
class PairCase:
    """One pair to be judged: its measures and rises, draws of b, facts, which measures rose, years to forecast."""

    first: str
    second: str
    measures: tuple[Measure, ...]
    rises: Mapping[str, Rise]
    effects: Mapping[str, Array]
    facts: Mapping[str, float]
    risen: Mapping[str, bool]
    ahead: Array
    key: Key
    draws: int = 1000


@dataclass(frozen=True)
class StageOf:
    """When one aspect passes half of its ceiling: bounds of the year and the probability that it has by now."""

    aspect: str
    stage: str
    year: tuple[float, float, float]
    passed: float


@dataclass(frozen=True)
class DegreeOf:
    """The degree of one pair: years with (lo, median, hi), quantiles ahead, baselines, and how all did in hindsight."""

    years: Array
    bounds: Array  # (year, 3)
    quantiles: Array  # (year ahead, quantile)
    naive: Array
    drift: Array
    errors: Mapping[str, float]
    held: int
    speed: Array
    midpoint: Array


@dataclass(frozen=True)
class Judged:
    """What became of one pair: changes with (lo, median, hi), verdicts, stages and degree (None: nothing rose)."""

    changes: Mapping[str, tuple[float, float, float]]
    verdicts: list[Verdict]
    stages: list[StageOf] = field(default_factory=list)
    degree: DegreeOf | None = None


def judge(case: PairCase) -> Judged:
    """Changes, types, and where something rose beyond chance also the degree, its stages and its forecast."""
    changes = _changes(case)
    known = {**changes, **_in_own_unrest(case, changes), **_paired(case)}
    if "share_b" in changes:
        known["share_a"] = -changes["share_b"]  # the two shares of joint output add up to 1
    verdicts = judged(known, case.first, case.second, case.risen)
    spans = {name: tuple(float(one) for one in np.quantile(draws, BOUNDS)) for name, draws in changes.items()}
    bounds = {name: (one[0], one[1], one[2]) for name, one in spans.items()}
    plain = [_light(one) for one in verdicts]
    if not any(case.risen.values()):
        return Judged(bounds, plain)
    rising = [one for one in case.measures if one.name in RISING and _rather_rises(case, one.name)]
    return Judged(bounds, plain, _stages(case), _degree(case, rising))


def _light(verdict: Verdict) -> Verdict:
    """The verdict with each condition's probability in place of its draws."""
    light = tuple(
        replace(one, holds=None if one.holds is None else np.array([one.holds.mean()])) for one in verdict.conditions
    )
    return replace(verdict, conditions=light)


def _rather_rises(case: PairCase, name: str) -> bool:
    return name in case.rises and case.rises[name].probability > 0.5


def _changes(case: PairCase) -> dict[str, Array]:
    """Draws of each measure's change over its years, those of one pair moving together as its yearly changes do."""
    named = [one for one in case.measures if one.name in case.rises]
    if not named:
        return {}
    times = np.unique(np.concatenate([one.times for one in named]))
    values = np.full((len(named), len(times)), np.nan)
    for row, one in enumerate(named):
        values[row, np.searchsorted(times, one.times)] = one.index
    together = moving_together(values, _segments(times, named))
    random = case.key.child("changes").numpy()
    normal = np.linalg.cholesky(together) @ random.standard_normal((len(named), case.draws))
    return {one.name: case.rises[one.name].draws(normal[row], random) for row, one in enumerate(named)}


def _segments(times: Array, measures: Sequence[Measure]) -> NDArray[np.int64]:
    """One number a time that changes wherever any measure has a break."""
    starts = {
        float(one.times[k])
        for one in measures
        for k in range(1, len(one.times))
        if one.segments[k] != one.segments[k - 1]
    }
    return np.searchsorted(np.array(sorted(starts)), times, side="right").astype(np.int64)


def _in_own_unrest(case: PairCase, changes: Mapping[str, Array]) -> dict[str, Array]:
    """Changes of activity in both and of inputs, in units of their yearly unrest: so that they can be compared."""
    found = {}
    if "enterprise" in changes:
        found["enterprise_in_sd"] = changes["enterprise"] / max(case.rises["enterprise"].unrest, 1e-12)
    inputs = [changes[one] / max(case.rises[one].unrest, 1e-12) for one in ("a_ab", "a_ba") if one in changes]
    if inputs:
        found["a_in_sd"] = np.max(inputs, axis=0)
    return found


def _paired(case: PairCase) -> dict[str, Array]:
    """Draws of b, as many as there are draws of changes, and facts as if drawn."""
    random = case.key.child("effects").numpy()
    found: dict[str, Array] = {}
    if case.effects:
        place = random.integers(0, len(case.effects["b_ab"]), case.draws)
        found |= {name: draws[place] for name, draws in case.effects.items()}
    return found | {name: np.full(case.draws, value) for name, value in case.facts.items()}


def _index(measure: Measure, until: float = np.inf) -> waves.Index:
    kept = measure.times <= until
    return waves.Index.of(measure.times[kept], measure.index[kept], measure.segments[kept])


def _common(measures: Sequence[Measure]) -> float:
    """How much the yearly changes of these measures have in common: the mean of their correlations."""
    if len(measures) < 2:
        return 0.0
    times = np.unique(np.concatenate([one.times for one in measures]))
    values = np.full((len(measures), len(times)), np.nan)
    for row, one in enumerate(measures):
        values[row, np.searchsorted(times, one.times)] = one.index
    found = moving_together(values, _segments(times, measures), kept=1.0)
    return float(np.clip(found[np.triu_indices(len(measures), 1)].mean(), 0.0, 1.0))


def _stages(case: PairCase) -> list[StageOf]:
    found = []
    for aspect in ("technology", "product", "market", "business", "enterprise", "system"):
        risen = [one for one in case.measures if one.kind.aspect == aspect and case.risen.get(one.name, False)]
        if not risen:
            continue
        wave = waves.wave_of([_index(one) for one in risen], _common(risen))
        midpoint = wave.draws(case.key.child(f"stage {aspect}").numpy(), case.draws)[1]
        lo, middle, hi = (float(one) for one in np.quantile(midpoint, BOUNDS))
        last = max(float(one.times.max()) for one in risen)
        found.append(StageOf(aspect, STAGES.get(aspect, ""), (lo, middle, hi), float((midpoint <= last).mean())))
    return found


def _degree(case: PairCase, rising: Sequence[Measure]) -> DegreeOf:
    wave = waves.wave_of([_index(one) for one in rising], _common(rising))
    years = np.unique(np.concatenate([one.times for one in rising]))
    random = case.key.child("degree").numpy()
    speed, midpoint = wave.draws(random, case.draws)
    drawn = _at(years, speed, midpoint)
    bounds = np.quantile(drawn, BOUNDS, axis=0).T
    ahead = case.ahead[case.ahead > years[-1]]
    later = np.quantile(_at(ahead, speed, midpoint), QUANTILES, axis=0).T if len(ahead) else np.zeros((0, 21))
    middle = bounds[:, 1]
    slope = (middle[-1] - middle[0]) / max(years[-1] - years[0], 1.0)
    errors, held = _hindsight(case, rising)
    return DegreeOf(
        years,
        bounds,
        later,
        np.full(len(ahead), middle[-1]),
        np.clip(middle[-1] + slope * (ahead - years[-1]), 0.0, 1.0),
        errors,
        held,
        speed,
        midpoint,
    )


def _at(times: Array, speed: Array, midpoint: Array) -> Array:
    steps = np.clip(speed[:, None] * (times - midpoint[:, None]), -500.0, 500.0)
    return np.asarray(1.0 / (1.0 + np.exp(-steps)))


def _hindsight(case: PairCase, rising: Sequence[Measure]) -> tuple[dict[str, float], int]:
    """Mean absolute scaled errors of the indices in the last years, foretold from the years before, by forecaster.

    The wave is found again without those years, and each index follows it by least squares; naive stays at the last
    value, drift goes on with the average change. Only the last segment counts. Empty where too little is left.
    """
    last = max(float(one.times.max()) for one in rising)
    parts = [
        one for one in rising if one.times.max() == last and (one.segments == one.segments[-1]).sum() >= 2 * _held(one)
    ]
    if not parts:
        return {}, 0
    held = min(_held(one) for one in parts)
    origin = last - held
    known = [_index(one, origin) for one in parts]
    if any(len(one.values) < 6 for one in known):
        return {}, 0
    wave = waves.wave_of(known, _common(parts))
    missed: dict[str, list[float]] = {"wave": [], "naive": [], "drift": []}
    for one in parts:
        found = _missed(one, origin, wave)
        for name, error in found.items():
            missed[name].append(error)
    return ({name: float(np.mean(each)) for name, each in missed.items()} if missed["wave"] else {}), held


def _held(measure: Measure) -> int:
    return max(3, int((measure.segments == measure.segments[-1]).sum()) // 5)


def _missed(measure: Measure, origin: float, wave: waves.Wave) -> dict[str, float]:
    here = (measure.segments == measure.segments[-1]) & np.isfinite(measure.index)
    times, values = measure.times[here], measure.index[here]
    before, after = times <= origin, times > origin
    if before.sum() < 4 or not after.any():
        return {}
    unit = float(np.abs(np.diff(values[before])).mean())
    if not unit > 0:
        return {}
    s = waves.expected_degree(wave, times)
    spread = s[before] - s[before].mean()
    loading = max(float(spread @ values[before]) / max(float(spread @ spread), 1e-12), 0.0)
    end = float(values[before][-1])
    slope = (end - float(values[before][0])) / (times[before][-1] - times[before][0])
    said = {
        "wave": end + loading * (s[after] - s[before][-1]),
        "naive": np.full(int(after.sum()), end),
        "drift": end + slope * (times[after] - times[before][-1]),
    }
    return {name: float(np.abs(values[after] - each).mean()) / unit for name, each in said.items()}
