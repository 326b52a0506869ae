"""Many short series from all their origins: what simple rules said there, and what one net learns of their misses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .baselines import BASELINES, observations
from .scores import mase_scale

if TYPE_CHECKING:
    from .residual_net import Net, Samples

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Tick = Callable[[int, int], None]

RULES = ("theta", "dot", "drift", "damped", "naive")
BASE = "theta"
PAST = 10  # changes that the net reads
MOST_ORIGINS = 40
LEAST_SAMPLES = 60
"""Series and origins with a known miss, below which a net has nothing to learn from."""

SHORTEST, LONGEST = 3, 8  # origins that stay out of the net which is put to the test
FIRST_PLACE = 7  # periods before the first origin: Theta needs as many


@dataclass(frozen=True)
class Origins:
    """Forecasts of a block (series, period) from several origins.

    `places[k]`: periods known at origin k. `said[rule]`: (origin, series, step), NaN where too short. `actual`:
    (origin, series, step), NaN where not known yet. `scale[k, s]`: mean absolute change before the origin.
    """

    values: Floats
    places: Places
    said: Mapping[str, Floats]
    actual: Floats
    scale: Floats

    @property
    def steps(self) -> int:
        """How far ahead was forecast."""
        return int(self.actual.shape[2])


def past_origins(values: Floats, steps: int) -> Origins:
    """Puts the rules to the last 40 origins before the end that Theta can speak from."""
    length = values.shape[1]
    return _from(values, np.arange(max(FIRST_PLACE, length - MOST_ORIGINS), length), steps)


def last_origin(values: Floats, steps: int) -> Origins:
    """Puts the rules to the end of the data."""
    return _from(values, np.array([values.shape[1]]), steps)


def _from(values: Floats, places: Places, steps: int) -> Origins:
    length = values.shape[1]
    shape = (len(places), len(values), steps)
    said = {name: np.full(shape, np.nan) for name in RULES}
    actual, scale = np.full(shape, np.nan), np.full(shape[:2], np.nan)
    for k, place in enumerate(places.tolist()):
        past = np.ascontiguousarray(values[:, :place])
        ahead = min(steps, length - place)
        actual[k, :, :ahead] = values[:, place : place + ahead]
        scale[k] = mase_scale(past)
        seen = np.flatnonzero(observations(past) > 0)
        for name in RULES:
            said[name][k, seen] = BASELINES[name].rule(past[seen], steps, 1)
    return Origins(values, places, said, actual, scale)


def samples_of(origins: Origins) -> tuple[Samples, Places, Places]:
    """What the net sees wherever Theta spoke and the series had changed: the samples, their origins, their series.

    Of every period before the origin its change and its level; beside them where each rule points, how large the
    changes are against the level, and how long the series is. All in units of the mean absolute change.
    """
    from .residual_net import Samples

    able = np.isfinite(origins.said[BASE]).all(axis=2) & np.isfinite(origins.scale)
    at, series = np.nonzero(able)
    scale, places = origins.scale[at, series][:, None], origins.places[at]
    window = places[:, None] - PAST - 1 + np.arange(PAST + 1)
    levels = np.where(window >= 0, origins.values[series[:, None], np.maximum(window, 0)], np.nan)
    last = origins.said["naive"][at, series, :1]
    changes = np.diff(levels, axis=1) / scale
    seen = np.isfinite(changes)
    past = np.stack([changes, (levels[:, 1:] - last) / scale / 4.0], axis=2)
    far = np.unique([0, (origins.steps - 1) // 2, origins.steps - 1])
    paths = [((origins.said[rule][at, series] - last) / scale)[:, far] / (1.0 + far) for rule in RULES[:4]]
    wanted = 3 - len(far)  # so that a single step gives as many inputs as several
    paths = [np.concatenate([path, np.repeat(path[:, -1:], wanted, axis=1)], axis=1) for path in paths]
    size = np.log(scale / np.maximum(np.abs(last), 1e-9 * scale))
    count = np.isfinite(origins.values).cumsum(axis=1)[series, places - 1][:, None]
    beside = np.concatenate([*paths, size / 4.0, count / 30.0], axis=1)
    missed = (origins.actual[at, series] - origins.said[BASE][at, series]) / scale
    known = np.isfinite(missed).any(axis=1)
    number = np.bincount(series[known], minlength=len(origins.values))
    weight = known / np.maximum(number[series], 1)  # every series counts alike, however long
    return Samples(np.where(seen[:, :, None], past, 0.0), seen, beside, missed, weight), at, series


@dataclass(frozen=True)
class Learned:
    """The nets of a block: `final` knows everything, `early` only what came before the period `cut`.

    `early` is there to be tested on the origins from `cut` on; None where too little was left to learn from.
    """

    final: Net
    early: Net | None
    cut: int


def learn(past: Origins, rng: np.random.Generator, tick: Tick | None = None) -> Learned | None:
    """The nets that the misses of past origins teach; None where fewer than 60 misses are known."""
    from . import residual_net

    samples, at, _ = samples_of(past)
    if len(samples.usable()) < LEAST_SAMPLES:
        return None
    length = past.values.shape[1]
    cut = length - int(np.clip(length // 4, SHORTEST, LONGEST))
    ends = past.places[at][:, None] + 1 + np.arange(past.steps)
    before = replace(samples, missed=np.where(ends <= cut, samples.missed, np.nan)).usable()
    if len(before) < LEAST_SAMPLES:
        return Learned(residual_net.learn([samples], rng, tick=tick)[0], None, length)
    final, early = residual_net.learn([samples, before], rng, tick=tick)
    return Learned(final, early, cut)


def corrected(origins: Origins, net: Net | None, since: int = 0) -> Floats:
    """Theta plus what the net expects it to miss, (origin, series, step), at origins from period `since` on.

    Before that, and without a net, Theta stands in.
    """
    made = origins.said[BASE].copy()
    later = origins.places >= since
    if net is None or not later.any():
        return made
    samples, at, series = samples_of(_some(origins, later))
    place = np.flatnonzero(later)[at]
    made[place, series] += net.misses(samples) * origins.scale[place, series][:, None]
    return made


def _some(origins: Origins, which: NDArray[np.bool_]) -> Origins:
    said = {rule: values[which] for rule, values in origins.said.items()}
    return Origins(origins.values, origins.places[which], said, origins.actual[which], origins.scale[which])
