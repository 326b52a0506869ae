"""Influence measured: the pooled regression, the LSTM beside it, and one answer from both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...engine.pairwise import pairwise_score
from ...engine.panel_regression import Pooled, added_tests, encompassing, held_out, pooled
from ...engine.panel_rows import Sample
from ...engine.significance import benjamini_hochberg, cauchy_combination, t_quantile
from ...inquiry.at import attempt
from ...inquiry.key import Key
from .arrays import FOLD_REGIONS, NET_FOLDS, Readied, folds_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Tick = Callable[[int, int], None]
Model = Literal["auto", "linear", "lstm"]

MOST_LAGS = 3
LEAST_PERIODS = 5
LSTM_PERIODS = 8  # fewer tell an LSTM nothing that a line does not
LSTM_CELLS = 100  # region-periods
SURE_FROM, SURE_AT = 1.28, 2.33  # z of what its drivers add: its weight leaves 0 (one-sided 10 %) and is full (1 %)
MOST_TRUST = 0.5  # of the LSTM in p: nets are not fitted anew without a driver, so the regression keeps the other half
WIDE = 20  # fewer rows for each driver are too few to rank the drivers all at once, or to train an LSTM
LONE_PERIODS = 200  # one region alone can tell from so many periods on
POWER = 0.8


@dataclass(frozen=True)
class Neural:
    """What the LSTM channel gives, with axes (target, source); losses are by target, `gain` is its t over the line."""

    strength: Floats  # (target, source, lag)
    score: Floats
    p: Floats
    loss_own: Floats
    loss_linear: Floats
    loss_lstm: Floats
    weight: Floats  # (target,)
    shared: float  # the weight that the middle of all targets would have
    skipped: int


@dataclass(frozen=True)
class Measured:
    """Influence among the series of a panel; matrices are (target, source), NaN on the diagonal.

    `strength` is the change of log growth per unit of the driver, `low` and `high` its 95 % interval, `least` the
    smallest strength that would have been called with a chance of .8. `weight` is the share of the LSTM by target.
    """

    strength: Floats
    low: Floats
    high: Floats
    score: Floats
    lag: Ints
    p: Floats
    q: Floats
    selected: NDArray[np.bool_]
    least: Floats
    weight: Floats
    lags: int
    lag_losses: Floats  # held-out loss by number of lags, as a share of own history's
    losses: Floats  # (own history, linear, LSTM; target): mean squared held-out errors as a share of own history's
    pooled: Pooled
    neural: Neural | None
    refused: str = ""  # why no LSTM took part, in words; empty where one did


def most_lags(readied: Readied) -> int:
    """How many lags the panel can be asked for: three, fewer where that would leave too few periods or rows."""
    regions, periods, series = readied.sample.shape
    rows = np.isfinite(readied.sample.growth).sum(axis=(0, 1)).max()
    for lags in range(MOST_LAGS, 1, -1):
        if periods - lags >= 10 and rows - regions * (lags + 1) > 8 * lags * (series - 1):
            return lags
    return 1


def choose_lags(readied: Readied, most: int) -> tuple[int, Floats]:
    """The number of lags with the least held-out loss, all judged on the same periods, and the losses of each.

    Losses are summed over targets, each as a share of what its own history leaves. More lags must win by a hundredth.
    """
    losses = []
    for lags in range(1, most + 1):
        cut = _later(readied.sample, most - lags)
        _, full, rows = held_out(cut, lags, readied.folds[:, most - lags :], years=readied.years)
        base, _, _ = held_out(_later(readied.sample, most - 1), 1, readied.folds[:, most - 1 :], years=readied.years)
        below = base.sum(axis=(0, 1))
        some = (rows.sum(axis=(0, 1)) > 0) & (below > 0.0)
        losses.append(float((full.sum(axis=(0, 1))[some] / below[some]).mean()) if some.any() else np.nan)
    chosen = 1
    for lags in range(2, most + 1):
        if losses[lags - 1] < 0.99 * losses[chosen - 1]:
            chosen = lags
    return chosen, np.array(losses)


def measure(
    readied: Readied,
    lags: int | None,
    model: Model,
    fdr: float,
    key: Key,
    tick: Tick,
    lstm_refused: str,
) -> Measured:
    """Both channels and what they say together. `tick(done, of)` is called between pieces of the work."""
    chosen, lag_losses = (lags, np.array([])) if lags else choose_lags(readied, most_lags(readied))
    found = pooled(readied.sample, chosen, years=readied.years)
    if is_wide(readied):
        found = replace(found, score=pairwise_score(readied.sample, readied.years))
    neural, trouble = None, lstm_refused
    if model != "linear" and not lstm_refused:
        case = attempt(lambda one: neural_channel(one, key, tick), readied)
        neural, trouble = case.value, case.trouble
    own, full, _ = held_out(readied.sample, chosen, readied.folds, years=readied.years)
    made = combined(readied, found, neural, model, fdr, chosen, lag_losses, own, full)
    return replace(made, refused=trouble)


def combined(
    readied: Readied,
    found: Pooled,
    neural: Neural | None,
    model: Model,
    fdr: float,
    lags: int,
    lag_losses: Floats,
    own: Floats,
    full: Floats,
) -> Measured:
    """One answer from both channels: each target trusts the LSTM as far as it forecasts unseen regions better."""
    value, error = found.strongest()
    lag = found.lag
    weight = weights(neural, model, len(found.p))
    p, score, strength = found.p, found.score, value
    if neural is not None and weight.any():
        p, score, strength, lag = _mixed(found, neural, weight, model)
    q = benjamini_hochberg(p)
    selected = (q <= fdr) & bool(can_tell(readied))
    degrees = max(readied.sample.clusters - 1, 1)
    reach = t_quantile(0.975, degrees)
    tested = int(np.isfinite(p).sum())
    level = fdr * max(int(selected.sum()), 1) / max(tested, 1)
    needed = t_quantile(1.0 - level / 2.0, degrees) + t_quantile(POWER, degrees)
    apart = strength - value
    base = own.sum(axis=(0, 1))
    linear = np.divide(full.sum(axis=(0, 1)), base, out=np.full(len(base), np.nan), where=base > 0.0)
    lstm = np.full(len(base), np.nan)
    if neural is not None:
        linear, lstm = neural.loss_linear / neural.loss_own, neural.loss_lstm / neural.loss_own
    return Measured(
        strength,
        value - reach * error + apart,
        value + reach * error + apart,
        score,
        lag,
        p,
        q,
        selected,
        needed * error,
        weight,
        lags,
        lag_losses,
        np.array([np.where(np.isfinite(linear), 1.0, np.nan), linear, lstm]),
        found,
        neural,
    )


def can_tell(readied: Readied) -> bool:
    """Whether the panel can tell influence from coincidence at all: several regions, or one over a very long time."""
    return len(readied.regions) > 1 or len(readied.periods) >= LONE_PERIODS


def weights(neural: Neural | None, model: Model, series: int) -> Floats:
    """The share of the LSTM in each target's answer."""
    if neural is None:
        return np.zeros(series)
    if model == "lstm":
        return np.where(np.isfinite(neural.p).any(axis=1), 1.0, 0.0)
    return neural.weight


def _mixed(found: Pooled, neural: Neural, weight: Floats, model: Model) -> tuple[Floats, Floats, Floats, Ints]:
    """One p by the weighted Cauchy combination; ranks of both mixed; strengths at the lag the mixture favours.

    A target's p leans on the LSTM no further than the middle of all targets does. In noise one target in ten gets a
    weight by chance, and in hundreds of short regions whose shocks go together the LSTM's p is below .001 in 3 % of
    pairs: weighing it at single targets would call links there in a third of panels.
    """
    share = weight[:, None]
    trust = MOST_TRUST * np.minimum(share, neural.shared) if model == "auto" else share
    theirs = np.where(np.isfinite(neural.p), neural.p, 1.0)
    both = np.stack([np.where(np.isfinite(found.p), found.p, 1.0), theirs])
    p = cauchy_combination(
        both, np.stack([np.broadcast_to(1.0 - trust, theirs.shape), np.broadcast_to(trust, theirs.shape)])
    )
    p = np.where(np.isfinite(found.p) | (np.isfinite(neural.p) & (share > 0.0)), p, np.nan)
    off = ~np.eye(len(weight), dtype=bool)
    score = _ranked_together(np.nan_to_num(found.score), np.nan_to_num(neural.score), share)
    reach = max(found.coefficient.shape[2], neural.strength.shape[2])

    def widened(cube: Floats) -> Floats:
        full = np.zeros((*cube.shape[:2], reach))
        full[..., : cube.shape[2]] = np.nan_to_num(cube)
        return full

    line, net = widened(found.coefficient), widened(neural.strength)
    value = (1.0 - share[..., None]) * line + share[..., None] * net
    lag = np.where(share > 0.5, np.argmax(np.abs(net), axis=2) + 1, found.lag).astype(np.int64)
    strength = np.take_along_axis(value, (lag - 1)[..., None], axis=2)[..., 0]
    return np.where(off, p, np.nan), score, np.where(off, strength, np.nan), lag


def _ranked_together(ours: Floats, other: Floats, share: Floats) -> Floats:
    """The places of each pair among all, mixed by the target's share; said as our score that has such a place."""
    off = ~np.eye(len(ours), dtype=bool)
    pairs = int(off.sum())
    place = [np.argsort(np.argsort(one[off], kind="stable"), kind="stable") for one in (ours, other)]
    weight = np.broadcast_to(share, ours.shape)[off]
    mixed = (1.0 - weight) * place[0] + weight * place[1]
    low = np.clip(np.floor(mixed).astype(np.int64), 0, pairs - 1)
    high = np.minimum(low + 1, pairs - 1)
    sorted_ours = np.sort(ours[off])
    score = np.full(ours.shape, np.nan)
    score[off] = sorted_ours[low] + (mixed - low) * (sorted_ours[high] - sorted_ours[low])
    return score


def neural_channel(readied: Readied, key: Key, tick: Tick) -> Neural:
    """The LSTM channel, its tests, and how far each target should trust it.

    Every test is one of the pooled regression (own slopes and all) on what nets blind to a region say of it: that the
    shares of single drivers add to growth, and, for the weight, that all of them together add to what the levels of
    the drivers tell in a line. The weight is found from the other folds for each fold, and then averaged.
    """
    from ...engine.causal import ChannelSettings, lstm_channel

    sample = readied.sample
    folds = folds_of(sample.cluster, sample.blocks, readied.by_region, NET_FOLDS)
    found = lstm_channel(
        sample.growth[:, 1:],
        sample.driver[:, :-1],
        sample.cluster if readied.by_region else None,
        folds[:, 0] if readied.by_region else folds[:, 1:],
        ChannelSettings(year_effects=readied.years),
        key.jax(),
        tick,
    )
    off = ~np.eye(sample.shape[2], dtype=bool)
    together = np.where(off[..., None, None], found.added, 0.0).sum(axis=1)
    parts = []
    for fold in np.unique(folds):
        others = replace(sample, growth=np.where((folds == fold)[..., None], np.nan, sample.growth))
        beyond_own = encompassing(others, together, [found.alone], years=readied.years)
        beyond_line = encompassing(others, together, [found.alone, found.line], years=readied.years)
        parts.append(_trust((beyond_own, beyond_line)))
    weights_of, shared = zip(*parts, strict=True)
    return Neural(
        found.strength,
        found.score,
        added_tests(sample, found.added, found.alone, years=readied.years),
        found.loss_own,
        found.loss_linear,
        found.loss_lstm,
        np.mean(weights_of, axis=0),
        float(np.mean(shared)),
        int(found.skipped),
    )


def _trust(z: tuple[Floats, Floats]) -> tuple[Floats, float]:
    """0 to 1 by target as z goes from `SURE_FROM` to `SURE_AT`: half by its own, half by the middle of all targets.

    The second number is that of the middle alone.

    The drivers must tell something beyond own history, and something beyond a line: the lesser z decides. Whether
    drivers act in curves is mostly a trait of a system, and few targets alone could show it.
    """
    lesser = np.minimum(*z)
    some = np.isfinite(lesser)
    if not some.any():
        return np.zeros(len(lesser)), 0.0
    everyone = min(float(np.median(one[some])) for one in z)
    sure = (np.append(lesser, everyone) - SURE_FROM) / (SURE_AT - SURE_FROM)
    sure = np.clip(sure, 0.0, 1.0)
    return np.asarray(np.where(some, 0.5 * (sure[:-1] + sure[-1]), 0.0)), float(sure[-1])


def is_wide(readied: Readied) -> bool:
    """Whether there are too few rows for so many drivers: pairs are then ranked one by one, and no LSTM is asked."""
    series = readied.sample.shape[2]
    return int(np.isfinite(readied.sample.growth).all(axis=2).sum()) < WIDE * (series - 1)


def lstm_refusal(readied: Readied) -> str:
    """Why an LSTM is not asked, in words; empty where it can be."""
    regions, periods = len(readied.regions), len(readied.periods)
    if periods < LSTM_PERIODS:
        return f"{periods} {readied.word}s are too short a history for an LSTM: it needs {LSTM_PERIODS}"
    cells = int(np.isfinite(readied.sample.growth).all(axis=2).sum())
    if cells < LSTM_CELLS:
        return (
            f"{cells} region-{readied.word}s with every series are too few for an LSTM to learn from: "
            f"it needs {LSTM_CELLS}"
        )
    if is_wide(readied):
        drivers = readied.sample.shape[2] - 1
        return (
            f"{cells} region-{readied.word}s with every series are too few for {drivers} drivers: an LSTM needs "
            f"{WIDE} for each"
        )
    if regions < FOLD_REGIONS and periods < 6 * LSTM_PERIODS:
        return (
            f"with {regions} {'region' if regions == 1 else 'regions'} an LSTM is judged on blocks of time, and "
            f"{periods} {readied.word}s make none long enough"
        )
    return ""


def _later(sample: Sample, start: int) -> Sample:
    """The sample without its first periods."""
    return replace(
        sample,
        growth=sample.growth[:, start:],
        driver=sample.driver[:, start:],
        own=sample.own[:, start:],
        blocks=sample.blocks[start:],
    )
