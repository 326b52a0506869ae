"""Intervals from past mistakes: what a forecast missed at earlier origins is how far it may miss now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .baselines import Rule

Floats = NDArray[np.float64]

MEMORY = 0.9
"""An origin one period older weighs this much less."""

SCALE_MEMORY = 0.8
"""A change one year older weighs this much less in the scale of a series."""

MOST_ORIGINS = 30
PACE = 0.005  # how fast a level follows what recent bands held: the value of Gibbs & Candes (2021)
ORIGINS_TESTED = 10
SERIES_TESTED = 200  # by which a level is moved: every second, third, ... of more
ERRORS_NEEDED = 20
CHANGES_NEEDED = 5  # changes that must be seen before an error can be scaled by them


@dataclass(frozen=True)
class Misses:
    """What a rule missed at earlier origins, in units of each series' recent mean absolute change.

    `errors[k, s, h]`: absolute error of series s, h + 1 periods after origin k, NaN where it cannot be known.
    `age[k]`: how many periods ago origin k was.
    """

    errors: Floats
    age: Floats


def rolling_misses(values: Floats, rule: Rule, steps: int, season: int = 1, needed: int = CHANGES_NEEDED) -> Misses:
    """Put the rule to every earlier origin of the data (series, period) and keep what it missed, at most 30 origins.

    Each origin sees only what came before it; its errors are scaled by the changes it could see, `needed` or more.
    """
    length = values.shape[1]
    first = max(needed + season, length - MOST_ORIGINS)
    origins = np.arange(first, length)
    errors = np.full((len(origins), values.shape[0], steps), np.nan)
    for k, origin in enumerate(origins):
        past = values[:, :origin]
        ahead = min(steps, length - origin)
        missed = np.abs(values[:, origin : origin + ahead] - rule(past, ahead, season))
        errors[k, :, :ahead] = missed / recent_change(past, season, needed)[:, None]
    return Misses(errors, (length - origins).astype(float))


def recent_change(values: Floats, season: int = 1, needed: int = 1) -> Floats:
    """The mean absolute change of each series over one season, recent ones weighing more; the unit of its bands.

    NaN for a series that never changed or shows fewer than `needed` changes.
    """
    if values.shape[1] <= season:
        return np.full(values.shape[0], np.nan)
    changes = np.abs(values[:, season:] - values[:, :-season])
    seen = ~np.isnan(changes)
    weights = SCALE_MEMORY ** (np.arange(changes.shape[1])[::-1] / season)
    total, weight = np.where(seen, changes, 0.0) @ weights, seen @ weights
    enough = (seen.sum(axis=1) >= needed) & (total > 0)
    return np.asarray(np.divide(total, weight, out=np.full(len(values), np.nan), where=enough))


def band_widths(misses: Misses, levels: Floats) -> Floats:
    """Half the width of the central band of each level and horizon, in units of the mean absolute change.

    Shape (horizon, level). The band of level c is the weighted c (n + 1) / n quantile of the scaled absolute errors
    of all series, recent origins weighing more (split conformal with weights; Barber et al. 2023), with c moved by
    what such bands held at the last origins (adaptive; Gibbs & Candes 2021). Where there are too few errors
    for that level, a Student t with as many degrees of freedom is laid over them; where a horizon was never seen, the
    longest one seen grows with the square root of time. NaN where nothing was ever missed.
    """
    weights = MEMORY ** (misses.age - 1)
    moved = _moved(misses, levels)
    horizons = misses.errors.shape[2]
    out = np.full((horizons, len(levels)), np.nan)
    for h in range(horizons):
        seen = np.isfinite(misses.errors[:, :, h])
        if seen.any():
            out[h] = _quantiles(misses.errors[:, :, h][seen], _of_each(seen, weights), moved[h])
        elif h:
            out[h] = out[h - 1] * np.sqrt((h + 1) / h)
    return np.asarray(np.maximum.accumulate(np.maximum.accumulate(out, axis=0), axis=1))


def _moved(misses: Misses, levels: Floats) -> Floats:
    """The levels to ask for at each horizon, (horizon, level), so that recent bands would have held what they should.

        c' <- c' + g (c - share held)     at each of the last origins in turn, g = .005         Gibbs & Candes (2021)

    Each band is made from what was known at its origin. A level moves at most half of its distance to one.
    """
    horizons = misses.errors.shape[2]
    moved = np.tile(levels, (horizons, 1))
    reach = 0.5 * (1.0 - levels)
    thin = misses.errors[:, :: max(1, misses.errors.shape[1] // SERIES_TESTED)]
    for h in range(horizons):
        errors = thin[:, :, h]
        seen = np.isfinite(errors)
        for k in np.flatnonzero(seen.any(axis=1))[-ORIGINS_TESTED:]:
            before = misses.age >= misses.age[k] + h + 1
            known = seen & before[:, None]
            if known.sum() < ERRORS_NEEDED:
                continue
            weights = _of_each(known, MEMORY ** (misses.age - misses.age[k]))
            width = _quantiles(errors[known], weights, moved[h])
            held = (errors[k][seen[k]][:, None] <= width).mean(axis=0)
            moved[h] = np.clip(moved[h] + PACE * (levels - held), levels - reach, levels + reach)
    return moved


def bands(points: Floats, scale: Floats, widths: Floats, levels: Floats, quantiles: Floats, floor: Floats) -> Floats:
    """Quantiles (series, step, quantile) around points (series, step): symmetric, ascending, never below `floor`.

    `widths` (step, level) are those of `band_widths` at the central `levels` |2 q - 1| of the quantiles.
    """
    wanted = np.abs(2 * quantiles - 1)
    place = np.argmin(np.abs(levels[:, None] - wanted), axis=0)
    half = np.where(wanted > 1e-9, widths[:, place], 0.0)
    reach = np.sign(quantiles - 0.5) * half
    made = points[:, :, None] + np.where(np.isnan(scale), 0.0, scale)[:, None, None] * reach
    return np.asarray(np.maximum(made, floor[:, None, None]))


def central_levels(quantiles: Floats) -> Floats:
    """The distinct levels of the central bands that these quantiles bound, ascending.

    >>> central_levels(np.array([0.1, 0.5, 0.9, 0.975]))
    array([0.8 , 0.95])
    """
    found: Floats = np.unique(np.round(np.abs(2 * quantiles - 1), 9))
    return found[found > 0]


def _of_each(seen: NDArray[np.bool_], weights: Floats) -> Floats:
    """The weight of every error seen, from the weight of its origin."""
    return np.asarray(np.broadcast_to(weights[:, None], seen.shape)[seen])


def _quantiles(errors: Floats, weights: Floats, levels: Floats) -> Floats:
    order = np.argsort(errors, kind="stable")
    ranked, share = errors[order], np.cumsum(weights[order])
    number = weights.sum() ** 2 / (weights**2).sum()
    needed = levels * (1 + 1 / number)  # the share of errors that must lie inside, one more error counted outside
    found = ranked[np.minimum(np.searchsorted(share / share[-1], needed - 1e-12), len(ranked) - 1)]
    if (needed <= 1).all():
        return np.asarray(found)
    from scipy.special import stdtrit

    spread = np.sqrt((weights * errors**2).sum() / weights.sum() * (1 + 1 / number))
    student = spread * stdtrit(number, 0.5 + levels / 2)
    return np.asarray(np.where(needed <= 1, found, np.maximum(student, ranked[-1])))
