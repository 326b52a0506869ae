"""Model A on arrays: an LSTM pooled over cells and regions, blended with a fading trend and the last value.

Direct coefficients have shape (year, region, supplier, user). Everything here stands at one origin and sees only the
years known there; what later years say is used to score a blend, never to make one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ...engine.smoothing import DAMPED_NEEDS, damped
from ...inquiry.key import Key
from .coefficients_equations import complete_of, error_of, grown_output, rebalanced

Floats = NDArray[np.float64]

WINDOW = 8  # changes that the net looks back on
FIRST_SAMPLE = 4  # known years before the first sample that the net learns from
NET_NEEDS = 6  # known years without which there is no net
UNIT = 0.1  # a change of ten per cent is one to the net
MOST_CHANGE = 1.0  # log changes are taken between -1 and 1
PRIOR_ORIGINS = 3  # weight of the last value in a blend, in origins: with few origins seen little else counts

BLENDS: tuple[tuple[float, float, float], ...] = tuple(
    (trend, net, pull)
    for trend, net, pull in product((0.0, 0.25, 0.5), (0.0, 0.25, 0.5, 0.75), (0.0, 0.4))
    if trend + net <= 1
)
"""What a blend may be: weight of the fading trend, weight of the net (the last value has the rest), pull of margins."""


@dataclass(frozen=True, eq=False)
class OriginCase:
    """One origin: coefficients and output of all years, of which `known` are known there; `steps` are forecast."""

    direct: Floats
    output: Floats
    known: int
    steps: int
    with_net: bool
    key: Key


@dataclass(frozen=True, eq=False)
class Experts:
    """What trend and net say at one origin, as log changes (step, region, supplier, user), and what blends would miss.

    `cost[step, blend]` is the error of each of `BLENDS` as a share of that of the last value, less one; NaN where
    the year is not known yet to anyone.
    """

    known: int
    trend: Floats
    net: Floats
    cost: Floats
    has_net: bool


def at_origin(case: OriginCase) -> Experts:
    """The experts at one origin and the cost of every blend of them."""
    past = case.direct[: case.known]
    trend = fading_trend(past, case.steps)
    has_net = case.with_net and case.known >= NET_NEEDS
    net = net_changes(past, case.steps, case.key) if has_net else np.zeros_like(trend)
    cost = np.full((case.steps, len(BLENDS)), np.nan)
    for step in range(min(case.steps, len(case.direct) - case.known)):
        actual, _ = complete_of(case.direct[case.known + step])
        base = error_of(complete_of(past[-1])[0], actual)
        for place, blend in enumerate(BLENDS):
            made, _ = blended(past, case.output[: case.known], trend, net, blend, step)
            missed = error_of(complete_of(made)[0], actual)
            cost[step, place] = missed / base - 1 if base > 0 else float(missed > 0)
    return Experts(case.known, trend, net, cost, has_net)


def weights_at(known: int, experts: Sequence[Experts]) -> tuple[tuple[float, float, float], int]:
    """The blend that `known` years would have chosen, and on how many earlier origins it rests.

    The blend with the least mean cost over all earlier origins and steps whose years are known, drawn towards the
    last value by n / (n + 3) with n origins: trend weight, net weight, pull of the forecast margins.
    """
    seen = []
    for one in experts:
        told = known - one.known
        if told > 0 and np.isfinite(one.cost[: min(told, len(one.cost))]).any():
            seen.append(np.nanmean(one.cost[:told], axis=0))
    if not seen:
        return (0.0, 0.0, 0.0), 0
    best = BLENDS[int(np.argmin(np.mean(seen, axis=0)))]
    share = len(seen) / (len(seen) + PRIOR_ORIGINS)
    return (best[0] * share, best[1] * share, best[2] * share), len(seen)


def blended(
    past: Floats, output: Floats, trend: Floats, net: Floats, blend: tuple[float, float, float], step: int
) -> tuple[Floats, int]:
    """Coefficients of model A `step` + 1 years on, (region, supplier, user), and how many regions gave trouble.

        a^ = a exp(w_trend g_trend + w_net g_net), then GRAS to forecast margins

    For Tong & Wang Table 2. Cells that are not above zero stay at their last value. A region that GRAS cannot bring to
    its margins stays unbalanced; one whose blend would need more than it makes keeps its last coefficients.
    """
    troubles = 0
    last = past[-1]
    made = np.where(last > 0, last * np.exp(blend[0] * trend[step] + blend[1] * net[step]), last)
    if blend[2] > 0:
        ahead = grown_output(output, step + 1)[step]
        sold = np.einsum("rij,rj->ri", last, output[-1])
        shares = np.divide(sold, output[-1], out=np.zeros_like(sold), where=output[-1] > 0)
        found = [rebalanced(*one, blend[2]) for one in zip(made, ahead, shares, strict=True)]
        made = np.stack([one for one, _ in found])
        troubles = sum(not settled for _, settled in found)
    _, sound = complete_of(made)
    return np.where(sound[:, None, None], made, last), troubles + int((~sound).sum())


def fading_trend(past: Floats, steps: int) -> Floats:
    """Log changes that a damped trend gives each cell above zero in all years; 0 elsewhere and below eight years."""
    made = np.zeros((steps, *past.shape[1:]))
    always = (past > 0).all(axis=0)
    if len(past) < DAMPED_NEEDS or not always.any():
        return made
    logs = np.log(past[:, always]).T
    change = damped(np.ascontiguousarray(logs), steps) - logs[:, -1:]
    made[:, always] = np.clip(np.nan_to_num(change), -MOST_CHANGE, MOST_CHANGE).T
    return made


def net_changes(past: Floats, steps: int, key: Key) -> Floats:
    """Log changes that the LSTM gives each cell above zero in the last year; 0 elsewhere.

    One net for all cells of all regions: it reads how a cell changed over the last eight years, how its supplier's
    and its user's cells changed on average, the median change of the region, and how large the cell is; it learns
    from every earlier year of the known ones.
    """
    from ...engine.change_net import SAMPLES, forecast_changes, learn_changes

    logs, there, features = _features(past)
    draw = key.child("samples").numpy()
    samples = _samples(logs, there, features, steps, SAMPLES, draw)
    params = learn_changes(*samples, key.child("net").jax())
    inputs, seen = _window(logs, features, len(past))
    made = forecast_changes(params, inputs, np.broadcast_to(seen, (len(inputs), WINDOW)))
    shaped = np.moveaxis((made * UNIT).reshape(*past.shape[1:], steps), -1, 0)
    return np.where(past[-1] > 0, np.clip(shaped, -MOST_CHANGE, MOST_CHANGE), 0.0)


def _features(past: Floats) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Log coefficients, where they are above zero, and the features of every change (year, region, i, j, feature)."""
    there = past > 0
    logs = np.log(np.where(there, past, 1.0))
    both = there[1:] & there[:-1]
    change = np.where(both, np.clip(logs[1:] - logs[:-1], -MOST_CHANGE, MOST_CHANGE), 0.0)
    weight = np.where(both, np.minimum(past[1:], past[:-1]), 0.0)
    parts = [change]
    for axis in (3, 2):  # over the supplier's users, over the user's suppliers
        total = np.maximum(weight.sum(axis=axis, keepdims=True), 1e-12)
        parts.append(np.broadcast_to((weight * change).sum(axis=axis, keepdims=True) / total, change.shape))
    parts.append(np.broadcast_to(np.median(change, axis=(2, 3), keepdims=True), change.shape))
    return logs, there, np.stack(parts, axis=-1)


def _window(logs: Floats, features: Floats, known: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """What the net reads of every cell when `known` years are known: (cell, period, feature), and which it reads."""
    recent = features[: known - 1][-WINDOW:] / UNIT
    seen = np.arange(WINDOW) >= WINDOW - len(recent)
    block = np.zeros((WINDOW, *features.shape[1:]))
    block[WINDOW - len(recent) :] = recent
    size = np.broadcast_to((logs[known - 1] / 5.0)[None, ..., None], (*block.shape[:-1], 1))
    whole = np.moveaxis(np.concatenate([block, size], axis=-1), 0, -2)
    return whole.reshape(-1, WINDOW, whole.shape[-1]).astype(np.float32), seen


def _samples(
    logs: Floats, there: NDArray[np.bool_], features: Floats, steps: int, many: int, draw: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float32], NDArray[np.float32]]:
    """Cells drawn from every year that has a later one: inputs, what is read, changes to come, which are known."""
    years = list(range(FIRST_SAMPLE, len(logs)))
    counts = np.full(len(years), many // len(years))
    counts[: many - counts.sum()] += 1
    inputs, reads, targets, weights = [], [], [], []
    for known, count in zip(years, counts.tolist(), strict=True):
        block, seen = _window(logs, features, known)
        chosen = draw.choice(np.flatnonzero(there[known - 1].ravel()), count)
        change, weight = np.zeros((count, steps)), np.zeros((count, steps))
        for step in range(min(steps, len(logs) - known)):
            change[:, step] = (logs[known + step] - logs[known - 1]).ravel()[chosen]
            weight[:, step] = there[known + step].ravel()[chosen]
        inputs.append(block[chosen])
        reads.append(np.broadcast_to(seen, (count, WINDOW)))
        targets.append(np.clip(change, -MOST_CHANGE, MOST_CHANGE) / UNIT)
        weights.append(weight)
    return (
        np.concatenate(inputs),
        np.concatenate(reads),
        np.concatenate(targets).astype(np.float32),
        np.concatenate(weights).astype(np.float32),
    )
