"""Which rules of entry could have made these counts: worlds are drawn from a prior and those alike are kept.

Natural advantage is unknown and integrated out: every drawn world has its own, of unknown spread. The likelihood is
never written down: summaries of counts, entries and exits are compared (approximate Bayesian computation with
regression, Beaumont et al. 2002), each first turned into the parameters it foretells (Fearnhead & Prangle 2012).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...engine.lumped import attraction
from ...errors import Fault, nearest
from ...evidence.fit import Fit
from ...inquiry.at import At
from ...inquiry.key import Key

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

PARAMETERS = ("lambda", "feedback", "external", "spin_off", "advantage")
PRIOR = {"feedback": (0.0, 1.7), "external": (0.01, 0.9), "spin_off": (0.0, 0.6), "advantage": (0.0, 1.2)}
"""Even over these; spin-off is drawn as a share of the entrants that are not external."""
BURN = 60
AT_ONCE = 250
KEPT = 0.05
LEAST_CELLS, LEAST_PERIODS = 20, 10
RIDGE = 1e-3


@dataclass(frozen=True)
class Observed:
    """What was counted: (period, cell), entries and exits of each period after the first (its first row is unused)."""

    name: str
    counts: Array
    entries: Array
    exits: Array


@dataclass(frozen=True)
class Batch:
    """Worlds to draw: the totals they share with what was observed, and their key."""

    cells: int
    firms: int
    entries: Ints
    exit: Array
    many: int
    key: Key


@dataclass(frozen=True)
class Posterior:
    """Draws of PARAMETERS that could have made the counts, prior draws of the same, and how strange the counts are.

    `strange` is the share of kept worlds whose summaries are farther from the middle of the kept than the observed.
    """

    draws: Array
    prior: Array
    weight: Array
    strange: float
    worlds: int
    lost: int


def observed_of(fit: Fit, unit: str | None) -> Observed:
    """The counts of a unit; `calibration_faults` must have found nothing wrong."""
    place = 0 if unit is None else fit.labels["unit"].index(unit)
    parts = [fit[name][place] for name in ("counts", "entries", "exits")]
    there = np.isfinite(parts[0]).all(axis=1)
    return Observed(fit.labels["unit"][place], *(one[there].T.copy() for one in parts))


def calibration_faults(fit: Fit, unit: str | None) -> Iterator[Fault]:
    """Not a stage ask, no entries and exits, no such unit, or too little of it."""
    if fit.model != "stage":
        yield Fault("formation is calibrated to a stage ask.", got=fit.model, do='Write calibrate = "name of it".')
        return
    if "exits" not in fit.arrays:
        do = "Name entries and exits in the stage ask."
        yield Fault("the stage ask has no entries and exits to calibrate to.", got=list(fit.arrays), do=do)
        return
    if unit is not None and unit not in fit.labels["unit"]:
        yield Fault(f"the stage ask has no unit '{unit}'.", got=unit, do=nearest(unit, fit.labels["unit"]))
        return
    periods, cells = observed_of(fit, unit).counts.shape
    if cells < LEAST_CELLS or periods < LEAST_PERIODS:
        do = f"Give {LEAST_CELLS} cells and {LEAST_PERIODS} periods at least."
        yield Fault("there is too little to calibrate to.", got=f"{cells} cells, {periods} periods", do=do)


def calibrate(observed: Observed, worlds: int, at: At) -> Posterior:
    """The posterior from so many drawn worlds."""
    totals = _totals(observed)
    batches = [
        Batch(*totals, min(AT_ONCE, worlds - first), at.key.child(f"worlds {first}"))
        for first in range(0, worlds, AT_ONCE)
    ]
    done = at.map(drawn, batches, words="drawing worlds")
    bank = np.concatenate([one.value for one in done if one.is_done])
    seen = summaries(observed.counts[:, None], observed.entries[1:, None], observed.exits[1:, None])[0]
    return posterior(bank, seen, sum(not one.is_done for one in done))


def drawn(batch: Batch) -> Array:
    """Worlds drawn from the prior: one row each, parameters then summaries."""
    draw = batch.key.numpy()
    low, high = np.array(list(PRIOR.values())).T
    given = draw.uniform(low, high, (batch.many, len(PRIOR)))
    given[:, 2] *= 1 - given[:, 1]
    feedback, external, spin_off, spread = given.T
    pull = np.exp(spread[:, None] * draw.normal(size=(batch.many, batch.cells)))
    pull /= pull.sum(axis=1, keepdims=True)
    steps = len(batch.entries)
    counts = np.empty((steps + 1, batch.many, batch.cells), np.int64)
    came, left = (np.empty((steps, batch.many, batch.cells), np.int64) for _ in range(2))
    now = draw.multinomial(np.full(batch.many, batch.firms), pull * (1 - 1e-12))
    own = 1 - external - spin_off
    for year in range(-BURN, steps):
        share = now / now.sum(axis=1, keepdims=True)
        chance = (
            external[:, None] * pull + spin_off[:, None] * share + own[:, None] * attraction(now, feedback[:, None])
        )
        gone = draw.binomial(now, batch.exit[max(year, 0)])
        entrants = batch.entries[year] if year >= 0 else gone.sum(axis=1)
        new = draw.multinomial(np.broadcast_to(entrants, batch.many), chance * (1 - 1e-12))
        if year >= 0:
            counts[year], came[year], left[year] = now, new, gone
        now = now - gone + new
    counts[steps] = now
    force = 1 - (spin_off + own * feedback)
    return np.column_stack([force, given, summaries(counts.astype(float), came.astype(float), left.astype(float))])


def summaries(counts: Array, entries: Array, exits: Array) -> Array:
    """What counts (period, world, cell) and the flows after each say of the rule: shape (world, 12)."""
    share = counts / counts.sum(axis=2, keepdims=True)
    came = entries / entries.sum(axis=2, keepdims=True)
    before = share[:-1]
    mean, mean_came = before.mean(axis=0), came.mean(axis=0)
    scale = 1 / np.sqrt(np.maximum(mean, 1e-9))
    rest, rest_came = (before - mean) * scale, (came - mean_came) * scale
    size = np.log(np.maximum(mean, 1e-9))
    enter = np.log(np.maximum(mean_came, 1e-9))
    line, bend = _curve(size, enter, mean)
    lag = _sum(rest[1:] * rest[:-1]) / _sum(rest[:-1] ** 2)
    within = _sum(rest_came * rest) / _sum(rest**2)
    variance = np.log((rest**2).mean(axis=(0, 2)) * counts.sum(axis=2).mean(axis=0))
    firms = counts[:-1]
    surprise = exits - firms * (exits.sum(axis=2) / firms.sum(axis=2))[..., None]
    weight = 1 / np.maximum(firms, 1)
    answers = []
    for k in (2, 3, 5):
        steps = len(surprise) - k + 1
        moved = (share[k:] - share[1 : steps + 1]) * firms[:steps].sum(axis=2, keepdims=True)
        top = _sum(moved * surprise[:steps] * weight[:steps])
        answers.append(top / _sum(surprise[:steps] ** 2 * weight[:steps]))
    spread = [np.log((one**2).sum(axis=1) * share.shape[2]) for one in (share[0], share[-1])]
    span = min(5, len(share) - 1)
    gone = ((share[span:] - share[:-span]) ** 2 / np.maximum(mean, 1e-9)).mean(axis=(0, 2))
    apart = ((enter - size) ** 2 * mean).sum(axis=1)
    found = [line, bend, lag, within, variance, *answers, spread[1], spread[1] - spread[0], np.log(gone), np.log(apart)]
    return np.column_stack(found)


def posterior(bank: Array, seen: Array, lost: int = 0) -> Posterior:
    """The posterior from a bank of drawn worlds (rows: PARAMETERS, then summaries) and what was seen."""
    known = bank[np.isfinite(bank).all(axis=1)]
    values, found = known[:, : len(PARAMETERS)], known[:, len(PARAMETERS) :]
    middle, wide = np.median(found, axis=0), found.std(axis=0) + 1e-12
    terms = _terms(np.clip((found - middle) / wide, -5, 5))
    here = _terms(np.clip((seen - middle) / wide, -5, 5)[None])
    told = np.linalg.solve(terms.T @ terms + RIDGE * len(terms) * np.eye(terms.shape[1]), terms.T @ values)
    guess, aim = terms @ told, (here @ told)[0]
    away = np.sqrt((((guess - aim) / (guess.std(axis=0) + 1e-12)) ** 2).sum(axis=1))
    kept = np.argsort(away, kind="stable")[: max(100, int(KEPT * len(known)))]
    weight = 1 - (away[kept] / max(away[kept].max(), 1e-12)) ** 2
    weight = np.maximum(weight, 1e-6) / np.maximum(weight, 1e-6).sum()
    lean = np.column_stack([np.ones(len(kept)), guess[kept] - aim])
    root = np.sqrt(weight)[:, None]
    slope = np.linalg.lstsq(lean * root, values[kept] * root, rcond=None)[0]
    draws = values[kept] - (guess[kept] - aim) @ slope[1:]
    draws[:, 1:] = np.clip(draws[:, 1:], *np.array(list(PRIOR.values())).T)
    return Posterior(draws, values, weight, _strange(found[kept], seen), len(known), lost)


def quantiles(found: Posterior, parameter: str, levels: tuple[float, ...]) -> Array:
    """Quantiles of a parameter's weighted draws."""
    values = found.draws[:, PARAMETERS.index(parameter)]
    order = np.argsort(values)
    reached = np.cumsum(found.weight[order]) - found.weight[order] / 2
    return np.interp(levels, reached, values[order])


def _totals(observed: Observed) -> tuple[int, int, Ints, Array]:
    base, left, came = observed.counts[:-1], observed.exits[1:], observed.entries[1:]
    exit = left.sum(axis=1) / base.sum(axis=1)
    return base.shape[1], int(observed.counts[0].sum()), np.round(came.sum(axis=1)).astype(np.int64), exit


def _sum(values: Array) -> Array:
    return np.asarray(values.sum(axis=(0, 2)))


def _curve(size: Array, enter: Array, weight: Array) -> tuple[Array, Array]:
    """Slope and bend of log entry share over log share, by world, weighed by share."""
    whole = weight / weight.sum(axis=1, keepdims=True)
    x = size - (whole * size).sum(axis=1, keepdims=True)
    y = enter - (whole * enter).sum(axis=1, keepdims=True)
    square = (whole * x**2).sum(axis=1)
    slope = (whole * x * y).sum(axis=1) / np.maximum(square, 1e-12)
    rest = y - slope[:, None] * x
    return slope, (whole * rest * x**2).sum(axis=1) / np.maximum(square, 1e-12) ** 1.5


def _terms(found: Array) -> Array:
    """1, the summaries, and their squares and products."""
    first, second = np.triu_indices(found.shape[1])
    return np.column_stack([np.ones(len(found)), found, found[:, first] * found[:, second]])


def _strange(kept: Array, seen: Array) -> float:
    middle = np.median(kept, axis=0)
    wide = kept.std(axis=0) + 1e-12
    z = (kept - middle) / wide
    turned = np.linalg.pinv(z.T @ z / len(z) + 1e-6 * np.eye(z.shape[1]))
    own = np.einsum("ij,jk,ik->i", z, turned, z)
    there = (seen - middle) / wide
    return float((1 + (own >= there @ turned @ there).sum()) / (1 + len(own)))
