"""Coupling coordination in formulas: indicators on one scale, their weights, and how level the subsystems stand.

Rows are region-years, columns are indicators; the last axis of `scores` is the subsystem. All are pure and take
one case. The formulas that are not in Wang's paper come from the literature it belongs to; each names its own.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Closure = Literal["right", "left"]

GRADES: tuple[str, ...] = (
    "extreme disorder",
    "severe disorder",
    "moderate disorder",
    "mild disorder",
    "near disorder",
    "barely coordinated",
    "primary coordination",
    "intermediate coordination",
    "good coordination",
    "quality coordination",
)
"""The ten grades of the coupling coordination degree, a tenth each, from worst to best."""


def normalise(values: ArrayLike, low: ArrayLike, high: ArrayLike, less_is_better: ArrayLike) -> Array:
    """Each indicator on a scale from 0 (worst goalpost) to 1 (best goalpost).

        y = (x - low)/(high - low), or (high - x)/(high - low) where less is better          min-max

    Beyond the goalposts y stops at 0 and 1. An indicator whose goalposts coincide says nothing and is 0 everywhere.

    >>> normalise([[2.0], [4.0], [9.0]], [2.0], [6.0], [False]).ravel().tolist()
    [0.0, 0.5, 1.0]
    """
    x, bottom, top = np.asarray(values, float), np.asarray(low, float), np.asarray(high, float)
    less = np.asarray(less_is_better, bool)
    span = np.where(top > bottom, top - bottom, np.inf)
    y: Array = x - np.where(less, top, bottom)
    y /= np.where(less, -span, span)
    np.clip(y, 0.0, 1.0, out=y)
    y += 0.0  # no negative zero
    return y


def entropy_redundancy(y: ArrayLike) -> Array:
    """How unevenly each indicator is spread over the rows: 1 - e, from 0 (all rows alike) to 1 (all in one row).

        p_i = y_i / sum y,   1 - e = sum p_i ln(m p_i) / ln m,   0 ln 0 = 0            Shannon; e = -sum p ln p / ln m

    Near CV^2 / (2 ln m), CV the coefficient of variation, so an entropy weight is close to a share of squared CVs.
    A column of zeros, like any constant column, has 0. Nothing is added to avoid ln 0.

    >>> entropy_redundancy([[1.0, 1.0], [0.0, 1.0]]).tolist()
    [1.0, 0.0]
    """
    cells = np.asarray(y, float)
    rows, total = len(cells), cells.sum(axis=0)
    if rows < 2:
        return np.zeros_like(total)
    relative = cells * np.divide(rows, total, out=np.zeros_like(total), where=total > 0)
    logs = np.log(np.maximum(relative, np.finfo(float).tiny))
    logs *= relative
    found = logs.sum(axis=0) / (rows * np.log(rows))
    return np.where(cells.max(axis=0) > cells.min(axis=0), np.maximum(found, 0.0), 0.0)


def critic_contrast(y: ArrayLike) -> Array:
    """How much each indicator says that the others do not: its spread times its disagreement with each of them.

        c_j = sd_j sum_k (1 - r_jk)                                       Diakoulaki, Mavrotas & Papayannakis (1995)

    A constant column has no correlation: r = 0 and c = 0.
    """
    cells = np.asarray(y, float)
    centred = cells - cells.mean(axis=0)
    return contrast_from(centred.T @ centred / len(cells))


def contrast_from(covariance: ArrayLike) -> Array:
    """`critic_contrast` from the covariances of the normalised indicators (last two axes)."""
    matrix = np.asarray(covariance, float)
    spread = np.sqrt(np.maximum(np.diagonal(matrix, axis1=-2, axis2=-1), 0.0))
    scale = spread[..., :, None] * spread[..., None, :]
    correlation = np.clip(np.divide(matrix, scale, out=np.zeros_like(matrix), where=scale > 0), -1.0, 1.0)
    correlation = np.where(np.eye(matrix.shape[-1], dtype=bool), 1.0, correlation)
    others = (1 - correlation).sum(axis=-1)
    return np.asarray(spread * np.where(others > 1e-12, others, 0.0))


def shares_within(amounts: ArrayLike, members: ArrayLike) -> Array:
    """Weights that sum to 1 within each subsystem: each amount over the sum of its subsystem (last axis).

    `members[j]` is the subsystem of indicator j. A subsystem whose amounts are all 0 has NaN.
    """
    found, subsystem = np.asarray(amounts, float), np.asarray(members)
    belongs = (subsystem[:, None] == np.arange(subsystem.max() + 1)).astype(float)
    total = (found @ belongs)[..., subsystem]
    return _ratio(found, total)


def coupling_degree(scores: ArrayLike) -> Array:
    """How level the subsystems stand, C: 1 when all are equal, 0 when one is at the bottom.

        C = n (U_1 ... U_n)^(1/n) / (U_1 + ... + U_n)                     geometric over arithmetic mean

    It compares levels only and knows nothing of one subsystem acting on another. NaN where all are 0.

    >>> coupling_degree([0.2, 0.8]).round(12)
    np.float64(0.8)
    """
    u = np.asarray(scores, float)
    mean = u.mean(axis=-1)
    found: Array = np.minimum(_ratio(geometric_mean(u), mean), 1.0)
    return found[()]


def coupling_degree_wang2021(scores: ArrayLike) -> Array:
    """How level the subsystems stand, in the form of Wang et al. that spreads over all of [0, 1].

        C = sqrt{ [1 - sum_{i>j} |U_i - U_j| / (n(n-1)/2)] (prod U_k/max U)^(1/(n-1)) }
                                                 Wang, Kong, Ren, Zhi & Dai (2021), J. Nat. Resour. 36(3), 793

    The first factor is not free of scale: doubling all scores lowers C. NaN where all are 0.

    >>> coupling_degree_wang2021([0.4, 0.8]).round(12) == np.sqrt(0.6 * 0.5).round(12)
    np.True_
    """
    u = np.sort(np.asarray(scores, float), axis=-1)
    n = u.shape[-1]
    apart = (u * (2 * np.arange(n) - n + 1)).sum(axis=-1) / (n * (n - 1) / 2)
    level = np.prod(_ratio(u, u[..., -1:]), axis=-1) ** (1 / (n - 1))
    found: Array = np.sqrt(np.maximum(1 - apart, 0.0) * level)
    return found[()]


def geometric_mean(scores: ArrayLike) -> Array:
    """The n-th root of the product over subsystems (last axis); 0 where one is 0."""
    u = np.asarray(scores, float)
    product = np.prod(u, axis=-1)
    root = {2: np.sqrt, 3: np.cbrt}.get(u.shape[-1], lambda whole: whole ** (1 / u.shape[-1]))
    return np.asarray(root(product))


def coordination_index(scores: ArrayLike, shares: ArrayLike) -> Array:
    """The common level of all subsystems, T: their weighted mean, with `shares` that sum to 1."""
    return np.asarray(np.asarray(scores, float) @ np.asarray(shares, float))


def coupling_coordination_degree(coupling: ArrayLike, index: ArrayLike) -> Array:
    """High only where the subsystems are both level and high, D in [0, 1].

        D = sqrt(C T)

    With the standard C and equal shares D^2 is exactly the geometric mean of the scores.
    """
    degree: Array = np.sqrt(np.asarray(coupling, float) * np.asarray(index, float))
    return degree


def grade(degree: ArrayLike, closure: Closure = "right") -> NDArray[np.int64]:
    """The place in `GRADES` of each coupling coordination degree; -1 where there is none.

    Grade k covers k/10 to (k+1)/10: without its lower end and with its upper one under "right", the other way round
    under "left". 0 always belongs to the first grade and 1 to the last. Degrees are read to twelve decimals.

    >>> [GRADES[k] for k in (*grade([0.3]), *grade([0.3], "left"))]
    ['moderate disorder', 'mild disorder']
    """
    d = np.round(np.asarray(degree, float), 12)
    tenth = np.linspace(0.1, 0.9, 9).round(12)
    place = np.searchsorted(tenth, d, side="left" if closure == "right" else "right")
    return np.where(np.isnan(d), -1, place)


def obstacle_degrees(y: ArrayLike, weights: ArrayLike) -> Array:
    """What holds each row back most: the share of each indicator in its whole weighted distance to the best goalpost.

        O_j = F_j (1 - y_j) / sum_k F_k (1 - y_k),   F_j the weight of indicator j over all subsystems

    Sums to 1 over indicators; NaN where nothing is left to gain.
    """
    short = (1 - np.asarray(y, float)) * np.asarray(weights, float)
    total = short.sum(axis=-1, keepdims=True)
    return _ratio(short, total)


def relative_development(scores: ArrayLike) -> Array:
    """Each subsystem's score over the highest of its row, from 0 to 1 (last axis); NaN where all are 0."""
    u = np.asarray(scores, float)
    return _ratio(u, u.max(axis=-1, keepdims=True))


def _ratio(part: Array, whole: Array) -> Array:
    found: Array = np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=whole > 0)
    return found
