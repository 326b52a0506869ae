"""Synergy of subsystems on arrays: order degrees, composites, pairs, and three-way synergy of joint counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from . import entropy_equations

Array = NDArray[np.float64]
Combine = Literal["mean", "geometric"]
QUANTILES = (0.025, 0.975)


@dataclass(frozen=True)
class Plan:
    """How order degrees are made: `members[j]` is the subsystem of indicator j, `less[j]` whether less is better,
    `given[j]` its two goalposts or NaN, `edge` the quantile that makes the others (0: the extremes)."""

    members: NDArray[np.int64]
    less: NDArray[np.bool_]
    given: Array
    edge: float
    combine: Combine

    @property
    def subsystems(self) -> int:
        """How many there are."""
        return int(self.members.max()) + 1


@dataclass(frozen=True)
class Paths:
    """Order degrees (region, subsystem, period) and what they make by region; the pooled ones are of the mean region.

    `fixed`, `adjacent`, `smooth` have shape (region, period), NaN where there is no increment.
    """

    degree: Array
    pooled: Array
    fixed: Array
    adjacent: Array
    smooth: Array
    pooled_fixed: Array
    pooled_adjacent: Array
    pooled_smooth: Array


def goalposts(values: Array, plan: Plan) -> tuple[Array, Array]:
    """The worst and best level of each indicator over all (region, period, indicator), or as they are given."""
    rows = values.reshape(-1, values.shape[-1])
    low = np.quantile(rows, plan.edge, axis=0)
    high = np.quantile(rows, 1 - plan.edge, axis=0)
    return np.where(np.isfinite(plan.given[:, 0]), plan.given[:, 0], low), np.where(
        np.isfinite(plan.given[:, 1]), plan.given[:, 1], high
    )


def order_degrees(values: Array, low: Array, high: Array, plan: Plan) -> Array:
    """How far each subsystem is from its worst (0) to its best (1) goalposts: shape (region, subsystem, period).

    u_j = (e - beta)/(alpha - beta), or (alpha - e)/(alpha - beta) where less is better        Meng & Han (1999)
    u_k = mean or geometric mean of its u_j
    """
    span = np.where(high > low, high - low, 1.0)
    u = np.clip((values - low) / span, 0.0, 1.0)
    u = np.where(plan.less, 1 - u, u)
    found = []
    for k in range(plan.subsystems):
        own = u[..., plan.members == k]
        found.append(own.mean(axis=-1) if plan.combine == "mean" else np.prod(own, axis=-1) ** (1 / own.shape[-1]))
    return np.stack(found, axis=1)


def composite(increments: Array) -> Array:
    """Meng and Han's composite of the subsystems' increments (first axis), from -1 to 1.

        C = theta (prod_k |u_k1 - u_k0|)^(1/n),  theta = 1 if every increment is above 0, else -1     Meng & Han (1999)

    It is 0 as soon as one subsystem stands still and jumps where one changes sign.
    """
    size = np.prod(np.abs(increments), axis=0) ** (1 / len(increments))
    return np.asarray(np.where(increments.min(axis=0) > 0, size, np.where(size == 0, 0.0, -size)))


def alignment(increments: Array, pooled: bool = True) -> Array:
    """How far the subsystems' increments (first axis) move together: 1 all alike, 0 unrelated, below 0 apart.

        smooth = mean_{k != l} sum du_k du_l / mean_k sum du_k^2             sums over the second axis, regions

    Between -1/(n - 1) and 1, without jumps; it does not say whether they rise or fall. NaN where none moves. Without
    `pooled` each region has its own.
    """
    many = len(increments)
    whole, own = increments.sum(axis=0) ** 2, (increments**2).sum(axis=0)
    if pooled:
        whole, own = whole.sum(axis=0), own.sum(axis=0)
    moved = own > 1e-18
    return np.asarray(np.where(moved, (whole - own) / np.where(moved, own, 1.0) / (many - 1), np.nan))


def paths(values: Array, plan: Plan, base: int, low: Array, high: Array) -> Paths:
    """All measures of these regions between these goalposts, from the base period and from the period before."""
    degree = order_degrees(values, low, high, plan)
    pooled = degree.mean(axis=0)
    since = degree - degree[:, :, [base]]
    steps = np.concatenate([np.full_like(degree[:, :, :1], np.nan), np.diff(degree, axis=2)], axis=2)

    return Paths(
        degree,
        pooled,
        _off(composite(since.transpose(1, 0, 2)), base),
        composite(steps.transpose(1, 0, 2)),
        alignment(since.transpose(1, 0, 2), pooled=False),
        _off(composite(pooled - pooled[:, [base]]), base),
        composite(np.concatenate([np.full_like(pooled[:, :1], np.nan), np.diff(pooled, axis=1)], axis=1)),
        alignment(since.transpose(1, 0, 2)),
    )


def resamples(values: Array, plan: Plan, base: int, counts: NDArray[np.int64]) -> Iterator[Paths]:
    """The measures of every region had other regions set the goalposts; pooled over the drawn regions.

    `counts[d]` lists the places of the regions of draw d.
    """
    for drawn in counts:
        low, high = goalposts(values[drawn], plan)
        whole = paths(values, plan, base, low, high)
        again = paths(values[drawn], plan, base, low, high)
        yield Paths(
            whole.degree,
            again.pooled,
            whole.fixed,
            whole.adjacent,
            whole.smooth,
            again.pooled_fixed,
            again.pooled_adjacent,
            again.pooled_smooth,
        )


def pair_correlation(degree: Array, one: int, other: int) -> float:
    """Correlation of two subsystems' increments over regions, each period's mean taken away; NaN if one is still."""
    steps = np.diff(degree, axis=2)
    first, second = (steps[:, k] - steps[:, k].mean(axis=0) for k in (one, other))
    scale = np.sqrt((first**2).sum() * (second**2).sum())
    return float((first * second).sum() / scale) if scale > 1e-15 else float("nan")


def pair_null(degree: Array, one: int, other: int, generator: np.random.Generator, draws: int) -> Array:
    """The same correlation after the other subsystem's regions are shuffled, whole paths kept."""
    regions = len(degree)
    found = np.empty(draws)
    for d in range(draws):
        mixed = degree.copy()
        mixed[:, other] = degree[generator.permutation(regions), other]
        found[d] = pair_correlation(mixed, one, other)
    return found


def independent_counts(table: Array, generator: np.random.Generator, draws: int) -> Array:
    """Joint counts of as many units whose three attributes are independent: shape (draw, first, second, third)."""
    shares = np.ones(1)
    for axes in ((1, 2), (0, 2), (0, 1)):
        margin = table.sum(axis=axes)
        shares = np.multiply.outer(shares, margin / margin.sum())
    drawn = generator.multinomial(round(float(table.sum())), shares.ravel(), size=draws)
    return drawn.reshape(draws, *table.shape).astype(float)


def three_way(table: Array, generator: np.random.Generator, draws: int) -> dict[str, float]:
    """T_RKU and the O-information of joint counts, their interval from redrawn units, and the null of independence."""
    value, information = (float(one) for one in entropy_equations.three_way(table))
    null = entropy_equations.three_way(independent_counts(table, generator, draws))[0]
    units = generator.multinomial(round(float(table.sum())), (table / table.sum()).ravel(), size=draws)
    again = entropy_equations.three_way(units.reshape(draws, *table.shape).astype(float))[0]
    low, high = np.quantile(again, QUANTILES)
    middle = float(null.mean())
    beyond = int((np.abs(null - middle) >= abs(value - middle)).sum())
    return {
        "t_rku": value,
        "lo": 2 * value - float(high),
        "hi": 2 * value - float(low),
        "o_information": information,
        "null_mean": middle,
        "null_lo": float(np.quantile(null, QUANTILES[0])),
        "null_hi": float(np.quantile(null, QUANTILES[1])),
        "p": (1 + beyond) / (1 + draws),
    }


def _off(values: Array, place: int) -> Array:
    """Nothing at the base itself, where there is no increment."""
    found = values.copy()
    found[..., place] = np.nan
    return found
