"""The entropy ledger on arrays: changes by channel with intervals, moves, states, and the outside cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import entropy_equations as equations
from .entropy_cells import MOVES, RECLASSIFIED, Cells

Array = NDArray[np.float64]
LEVEL = 0.90  # of every interval here
NORMAL_90 = 1.6449  # standard errors to either side of it
CELLS = 4_000_000  # numbers held at once
SURE = 0.95  # a state is named when its one-sided probability is at least this; then the interval lies beyond delta
DRAWN = ("change", "contribution", "produced", "null")  # of a redrawn step
STATES = ("orderly", "balanced", "disorderly")


@dataclass(frozen=True)
class Ledger:
    """What changed the entropy in each step. Arrays have the step first; `total` sums the steps that flows cover,
    channel by channel, and last their whole change. `margin` (step, cell) is what one more unit in a cell adds."""

    entropy: Array
    change: Array
    low: Array
    high: Array
    error: Array
    contribution: Array
    contribution_low: Array
    contribution_high: Array
    margin: Array
    residual: Array
    delta: Array
    chances: Array
    state: tuple[str, ...]
    probability: Array
    total: Array
    total_low: Array
    total_high: Array
    produced: Array
    produced_low: Array
    produced_high: Array
    produced_null: Array
    exchanged: Array
    opened: NDArray[np.int64]


@dataclass(frozen=True)
class Step:
    """One step of the ledger: what stood before and after, the signed flows (channel, cell), the moves if observed."""

    before: Array
    after: Array
    changes: Array
    channels: tuple[str, ...]
    moves: Array | None


@dataclass(frozen=True)
class Drawn:
    """One step under redrawn events: the change by draw, each channel by draw, and produced with its null."""

    change: Array
    contribution: Array
    produced: Array
    null: Array


def steps(cells: Cells) -> list[Step]:
    """The steps between successive periods; flows through cells that stay empty are set to nothing."""
    found = []
    for k in range(len(cells.periods) - 1):
        before, after = cells.stock[k], cells.stock[k + 1]
        changes = np.where((before == 0) & (after == 0), 0.0, cells.changes[k])
        moves = cells.moves[k] if cells.moves is not None and cells.moved[k] else None
        found.append(Step(before, after, changes, cells.channels, moves))
    return found


def drawn(step: Step, generator: np.random.Generator, draws: int) -> Drawn:
    """The step had its events fallen otherwise: each flow a Poisson count, exits binomial, moves Poisson.

    What is reclassified is no chance event and stays. Channels are measured with the margins of the observed step.
    """
    if not np.isfinite(step.changes).all():
        nothing = np.full(draws, np.nan)
        return Drawn(nothing, np.full((draws, len(step.channels)), np.nan), nothing, nothing)
    margin = equations.marginal(step.before, step.after)
    numbers = step.changes.size if step.moves is None else step.moves.size
    parts = [_drawn_piece(step, margin, generator, len(one)) for one in pieces(draws, numbers)]
    return Drawn(*(np.concatenate([getattr(one, name) for one in parts]) for name in DRAWN))


def _drawn_piece(step: Step, margin: Array, generator: np.random.Generator, draws: int) -> Drawn:
    flows = np.empty((draws, *step.changes.shape))
    for c, channel in enumerate(step.channels):
        flows[:, c] = _redrawn(step, c, channel, generator, draws)
    produced = null = np.full(draws, np.nan)
    if step.moves is not None:
        flows[:, step.channels.index(MOVES)], produced, null = _redrawn_moves(step, generator, draws)
    after = np.maximum(step.before + flows.sum(axis=1), 0.0)
    change = equations.entropy(after) - equations.entropy(step.before)
    return Drawn(change, flows @ margin, produced, null)


def ledger(cells: Cells, each: list[Drawn], delta: float | None) -> Ledger:
    """The whole ledger from its steps and their draws; states are tests, Wang (c)."""
    listed = steps(cells)
    entropy = equations.entropy(cells.stock)
    change = np.diff(entropy)
    margin = np.array([equations.marginal(one.before, one.after) for one in listed])
    contribution = np.array([one.changes @ m for one, m in zip(listed, margin, strict=True)])
    moving = [_moving(one) for one in listed]
    of_change = np.array([one.change for one in each])
    of_channel = np.array([one.contribution for one in each])
    low, high = centred(of_change, change)
    error = of_change.std(axis=1)
    limit = _delta(delta, error, contribution, cells.channels)
    chances = _chances(np.where(np.isfinite(error), change, np.nan), error, limit)
    state, probability = _states(chances)
    known = np.isfinite(contribution).all(axis=1)
    total = np.append(contribution[known].sum(axis=0), change[known].sum())
    total_draws = np.concatenate([of_channel[known].sum(axis=0), of_change[known].sum(axis=0)[:, None]], axis=1)
    produced = np.array([one[0] for one in moving])
    of_produced = np.array([one.produced for one in each])
    produced_low, produced_high = reflected(of_produced, produced)
    nulls = np.array([one.null for one in each])
    moved = np.isfinite(nulls).all(axis=1)
    null = np.full(len(nulls), np.nan)
    null[moved] = np.quantile(nulls[moved], SURE, axis=1)
    contribution_low, contribution_high = centred(np.moveaxis(of_channel, 1, -1), contribution)
    total_low, total_high = centred(total_draws.T, total)
    return Ledger(
        entropy,
        change,
        low,
        high,
        error,
        contribution,
        contribution_low,
        contribution_high,
        margin,
        contribution.sum(axis=1) - change,
        limit,
        chances,
        state,
        probability,
        total,
        total_low,
        total_high,
        produced,
        np.maximum(produced_low, 0.0),
        np.maximum(produced_high, 0.0),
        null,
        np.where(np.isfinite(produced), change - produced, np.nan),
        np.array([one[1] for one in moving], np.int64),
    )


def centred(draws: Array, estimate: Array) -> tuple[Array, Array]:
    """The 90 % interval (last axis of `draws`: draw) for the change that is to be expected, around the one observed.

    The observed change errs from the expected one as draws err from their mean.
    """
    low, high = np.quantile(draws, ((1 - LEVEL) / 2, (1 + LEVEL) / 2), axis=-1)
    mean = draws.mean(axis=-1)
    return np.asarray(estimate - (high - mean)), np.asarray(estimate - (low - mean))


def reflected(draws: Array, estimate: Array) -> tuple[Array, Array]:
    """The 90 % interval (last axis of `draws`: draw), reflected at the estimate, which takes away the bias of draws."""
    low, high = np.quantile(draws, ((1 - LEVEL) / 2, (1 + LEVEL) / 2), axis=-1)
    return np.asarray(2 * estimate - high), np.asarray(2 * estimate - low)


def cell_errors(cells: Cells) -> Array:
    """The standard error of what the change of each cell's share did to entropy over the whole span, in nat.

        Var dp_r = [V_r - 2 p_r C_r + p_r^2 sum C]/M^2                             at the end of a step, to first order

    V_r is the variance of all that came and went in cell r, C_r that of what also changes the total M (moves do not).
    Events are those that `drawn` redraws, each by itself; NaN where a step lacks flows.
    """
    whole = np.zeros(len(cells.labels))
    for step in steps(cells):
        events, moved = _variances(step)
        total = step.after.sum()
        shares = step.before / step.before.sum(), step.after / total
        spread = (events + moved - 2 * shares[1] * events + shares[1] ** 2 * events.sum()) / total**2
        whole += equations.marginal(*shares) ** 2 * spread
    return np.sqrt(whole)


def with_outside(cells: Cells, multiple: float) -> tuple[Array, Array, Array]:
    """Change, produced and exchanged of the system with an outside cell, whose stock is assumed, by step.

    The outside holds `multiple` times the first stock at first; what is inside later is taken from it, so that the
    whole is constant. Entries come from it, exits go to it, and what is reclassified joins them by its sign.
    """
    whole = (1 + multiple) * cells.stock[0].sum()
    found = []
    for step in steps(cells):
        if not np.isfinite(step.changes).all():
            found.append((np.nan, np.nan, np.nan))
            continue
        size = len(step.before)
        moves = np.zeros((size + 1, size + 1))
        for c, channel in enumerate(step.channels):
            if channel == MOVES:
                if step.moves is not None:
                    moves[1:, 1:] += step.moves
            else:
                moves[0, 1:] += np.maximum(step.changes[c], 0.0)
                moves[1:, 0] += np.maximum(-step.changes[c], 0.0)
        stock = np.concatenate([[whole - step.before.sum()], step.before])
        # what left beyond the stock at the start came within the same step
        excess = np.maximum(moves[1:].sum(axis=1) - step.before, 0.0)
        moves[1:, 0] -= excess
        moves[0, 1:] -= excess
        after = np.concatenate([[whole - step.after.sum()], step.after])
        change = float(equations.entropy(after) - equations.entropy(stock))
        produced = float(made(stock, moves)[0])
        found.append((change, produced, change - produced))
    changed, inside, given = np.array(found).T
    return changed, inside, given


def made(stock: Array, moves: Array) -> tuple[Array, NDArray[np.int64]]:
    """The entropy that moves produce, and how many ways had to be opened because they were used in one direction only.

    Moves into cells that were empty before have no way back to be compared with; they count as exchanged.
    """
    flows, ways = equations.opened(equations.reversible(moves, stock), stock)
    return equations.produced_and_exchanged(stock, flows)[0], ways


def _redrawn(step: Step, c: int, channel: str, generator: np.random.Generator, draws: int) -> Array:
    flow = step.changes[c]
    if channel == RECLASSIFIED:
        return np.broadcast_to(flow, (draws, len(flow)))
    if channel == MOVES:
        return np.zeros((draws, len(flow)))
    gone = (flow < 0) & (-flow <= step.before) & (step.before > 0)
    events = generator.poisson(np.abs(flow), (draws, len(flow))).astype(float)
    share = np.where(gone, -flow / np.where(gone, step.before, 1.0), 0.0)
    leaving = generator.binomial(np.round(step.before).astype(np.int64), np.clip(share, 0.0, 1.0), events.shape)
    return np.asarray(np.where(gone, -leaving, np.sign(flow) * events))


def _variances(step: Step) -> tuple[Array, Array]:
    """The variance of what came and went in each cell: by flows that change the total, and by moves."""
    events, moved = np.zeros(len(step.before)), np.zeros(len(step.before))
    for flow, channel in zip(step.changes, step.channels, strict=True):
        if channel == MOVES:
            if step.moves is not None:
                moved += step.moves.sum(axis=0) + step.moves.sum(axis=1)
        elif channel == RECLASSIFIED:
            events += 0 * flow  # no chance event, and unknown where it is not known
        else:
            gone = (flow < 0) & (-flow <= step.before) & (step.before > 0)
            staying = np.where(gone, 1 + flow / np.where(gone, step.before, 1.0), 1.0)
            events += np.abs(flow) * staying
    return events, moved


def _redrawn_moves(step: Step, generator: np.random.Generator, draws: int) -> tuple[Array, Array, Array]:
    """Net moves into each cell, what they produce, and what as many moves would that are balanced on every way."""
    assert step.moves is not None
    size = len(step.before)
    stock = np.broadcast_to(step.before, (draws, size))
    found = []
    for rate in (step.moves, (step.moves + step.moves.T) / 2):
        moves = generator.poisson(rate, (draws, size, size)).astype(float)
        moves *= _within(moves, step.before)[..., None]
        found.append((moves, made(stock, moves)[0]))
    (moves, produced), (_, null) = found
    return moves.sum(axis=1) - moves.sum(axis=2), produced, null


def pieces(draws: int, cells: int) -> list[range]:
    """The draws in pieces of about CELLS numbers, so that memory is bounded."""
    at_once = max(1, CELLS // max(1, cells))
    return [range(first, min(first + at_once, draws)) for first in range(0, draws, at_once)]


def _within(moves: Array, stock: Array) -> Array:
    """The factor that keeps redrawn moves out of a cell to what stood there."""
    out = moves.sum(axis=-1)
    return np.minimum(1.0, np.broadcast_to(stock, out.shape) / np.where(out > 0, out, 1.0))


def _moving(step: Step) -> tuple[float, int]:
    if step.moves is None:
        return float("nan"), 0
    produced, ways = made(step.before, step.moves)
    return float(produced), int(ways)


def _delta(given: float | None, error: Array, contribution: Array, channels: tuple[str, ...]) -> Array:
    """As given, else the larger of two standard errors and what the flows leave unexplained."""
    if given is not None:
        return np.full(error.shape, given)
    if channels[-1] != RECLASSIFIED:
        return 2 * error
    return np.maximum(2 * error, np.abs(contribution[:, -1]))


def _chances(centre: Array, error: Array, delta: Array) -> Array:
    """The probabilities that the change lies below -delta, within, and above delta, shape (step, 3)."""
    from scipy.special import ndtr

    safe = np.where(error > 0, error, 1.0)
    below = np.where(error > 0, ndtr((-delta - centre) / safe), (centre < -delta).astype(float))
    above = np.where(error > 0, ndtr((centre - delta) / safe), (centre > delta).astype(float))
    known = np.isfinite(centre)
    return np.where(known[:, None], np.stack([below, np.clip(1 - below - above, 0, 1), above], axis=1), np.nan)


def _states(chances: Array) -> tuple[tuple[str, ...], Array]:
    """Wang (c) as a test: a state is named when its interval lies beyond -delta, within, or beyond delta."""
    named = []
    for below, within, above in chances:
        sure = (below >= SURE, within >= LEVEL, above >= SURE)
        named.append(next((word for word, is_so in zip(STATES, sure, strict=True) if is_so), "undetermined"))
    largest = np.array([row.max() if np.isfinite(row).all() else np.nan for row in chances])
    return tuple(named), largest
