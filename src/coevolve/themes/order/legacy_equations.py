"""Three measures of order as they were published, kept so that old studies can be repeated and judged.

Each has a defect that no care in its use removes; `legacy` says it before any number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def indicator_entropy(values: Array) -> Array:
    """How alike the amounts of the indicators of one class are, 0 to 1 (last axis: indicator).

        S = -(1/ln n) sum_j (q_j/q) ln(q_j/q),   q = sum_j q_j                 Zhang, Yang & Li (2006)

    The shares mix units: tonnes and money are added. NaN where the sum is not above 0; 0 for one indicator.
    """
    many = values.shape[-1]
    if many < 2:
        return np.zeros(values.shape[:-1])
    total = values.sum(axis=-1, keepdims=True)
    share = np.where(total > 0, values / np.where(total > 0, total, 1.0), np.nan)
    logs = np.log(np.where(share > 0, share, 1.0))
    return np.asarray(-(share * logs).sum(axis=-1) / np.log(many))


def brusselator_bound(a: Array, rates: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)) -> Array:
    """What B must exceed for the Brusselator to leave its fixed point.

        B > 1 + A^2,   with rates   B > k4/k2 + k3 k1^2 A^2/(k2 k4^2)          Prigogine & Lefever (1968)

    Passing it means that a chemical reaction oscillates; it says nothing of order in a region.

    >>> float(brusselator_bound(np.array(2.0)))
    5.0
    """
    k1, k2, k3, k4 = rates
    return np.asarray(k4 / k2 + k3 * k1**2 * a**2 / (k2 * k4**2))


def units_that_pass(a: Array, b: Array) -> tuple[Array, Array]:
    """Between which units of measurement the verdict B > 1 + A^2 is yes: c B > 1 + c^2 A^2 for c from low to high.

    The roots of A^2 c^2 - B c + 1 = 0; NaN for both where no unit passes (B <= 2A). The unit of an index is free, so
    only the ratio B/A says anything.
    """
    inside = b**2 - 4 * a**2
    passes = (inside > 0) & (b > 0)
    root = np.sqrt(np.where(passes, inside, 0.0))
    safe = np.where(a > 0, a, 1.0)
    low = np.where(passes, np.where(a > 0, (b - root) / (2 * safe**2), 1 / np.where(b > 0, b, 1.0)), np.nan)
    high = np.where(passes, np.where(a > 0, (b + root) / (2 * safe**2), np.inf), np.nan)
    return low, high


def composite_synergy(before: Array, after: Array) -> Array:
    """Whether order degrees rose together since the base, -1 to 1 (first axis: subsystem).

        C = theta (prod_k |u_k1 - u_k0|)^(1/n),   theta = 1 if min_k (u_k1 - u_k0) > 0, else -1     Meng & Han (1999)

    0 as soon as one subsystem stands still; two subsystems that both fall count as one that does.
    """
    moved = after - before
    size = np.prod(np.abs(moved), axis=0) ** (1 / len(moved))
    return np.asarray(np.where(moved.min(axis=0) > 0, size, -size))
