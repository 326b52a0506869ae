"""How the entropies of subsystems make up the whole: joint attributes or a partition, with intervals and a null."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import entropy_equations as equations
from .entropy_model import pieces, reflected

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Coupling:
    """Subsystems by period. `parts` names them; `share` and `part_entropy` have shape (part, period).

    Joint attributes: whole = sum_of_parts - rest, rest the total correlation. A partition: whole = sum_of_parts +
    rest, sum_of_parts = sum pi_k S_k and rest the entropy between the parts. `low`, `high` bound the rest,
    `change_low`, `change_high` its change between the first and the last period. `null` is what the total correlation
    of independent attributes would be at most in 95 of 100 draws, `null_mean` on average, `chance` the p value.
    """

    is_joint: bool
    parts: tuple[str, ...]
    share: Array
    part_entropy: Array
    whole: Array
    sum_of_parts: Array
    rest: Array
    low: Array
    high: Array
    change_low: float
    change_high: float
    null_mean: Array
    null: Array
    chance: Array


@dataclass(frozen=True)
class Joint:
    """The draws of one period: total correlation of redrawn units, and of units with independent attributes."""

    found: Array
    null: Array


def drawn_joint(table: Array, generator: np.random.Generator, draws: int) -> Joint:
    """Redraw as many units as were counted, from the table as it is and from the product of its margins."""
    units = round(float(table.sum()))
    shares = (table / table.sum()).ravel()
    even = np.multiply.outer(table.sum(axis=1), table.sum(axis=0)).ravel()
    found = []
    for chances in (shares, even / even.sum()):
        parts = []
        for piece in pieces(draws, table.size):
            again = generator.multinomial(units, chances, size=len(piece)).reshape(-1, *table.shape)
            parts.append(equations.total_correlation(again.astype(float)))
        found.append(np.concatenate(parts))
    return Joint(found[0], found[1])


def joint(tables: Array, each: list[Joint], parts: tuple[str, str]) -> Coupling:
    """Two attributes of the same units, counted in `tables` (period, first, second)."""
    first, second = equations.marginal_entropies(tables)
    rest = equations.total_correlation(tables)
    found, null = np.array([one.found for one in each]), np.array([one.null for one in each])
    low, high = reflected(found, rest)
    change_low, change_high = reflected(found[-1] - found[0], rest[-1] - rest[0])
    beyond = (null >= rest[:, None]).sum(axis=1)
    ones = np.ones((2, len(tables)))
    return Coupling(
        True,
        parts,
        ones,
        np.stack([first, second]),
        equations.joint_entropy(tables),
        first + second,
        rest,
        np.maximum(low, 0.0),
        np.maximum(high, 0.0),
        float(change_low),
        float(change_high),
        null.mean(axis=1),
        np.quantile(null, 0.95, axis=1),
        (1 + beyond) / (1 + null.shape[1]),
    )


def partition(stock: Array, kind: NDArray[np.int64], parts: tuple[str, ...], draws: list[Array]) -> Coupling:
    """Cells that fall into kinds: `stock` (period, cell), `draws` as many redrawn stocks (draw, cell) a period."""
    between, share, within = equations.between_and_within(stock, kind)
    found = np.array([equations.between_and_within(one, kind)[0] for one in draws])
    low, high = reflected(found, between)
    change_low, change_high = reflected(found[-1] - found[0], between[-1] - between[0])
    nothing = np.full(len(stock), np.nan)
    return Coupling(
        False,
        parts,
        share.T,
        within.T,
        equations.entropy(stock),
        (share * within).sum(axis=1),
        between,
        low,
        high,
        float(change_low),
        float(change_high),
        nothing,
        nothing,
        nothing,
    )


def redrawn_stock(stock: Array, generator: np.random.Generator, draws: int) -> Array:
    """As many units as were counted, redrawn over the cells: shape (draw, cell)."""
    shares = stock / stock.sum()
    return generator.multinomial(round(float(stock.sum())), shares, size=draws).astype(float)
