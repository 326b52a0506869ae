"""Two poles in closed form: what becomes of them for every b_12 and b_21, on arrays.

In shares of capacity, with R_1 and R_2 above zero,

    dz_1/dt = R_1 z_1 (1 - z_1 - b_12 z_2),   dz_2/dt = R_2 z_2 (1 - z_2 - b_21 z_1)          Tong & Wang (9), (10)

b < 0 helps, b > 0 hurts. Stability of every equilibrium depends on b alone here; the rates shape the way there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]

COEXISTENCE, FIRST_ALONE, SECOND_ALONE, EITHER, RUNAWAY = range(5)
REGIMES = ("coexistence", "first alone", "second alone", "either alone", "runaway")

STEPS = 1200  # of the separatrix on each side, each this share of the diagonal of the picture
BEGIN = 1e-3  # how far from the saddle, as a share of the diagonal, the separatrix is followed from


def regime(on_first: Array, on_second: Array) -> NDArray[np.int64]:
    """What two poles end in, as a place in `REGIMES`, for b_12 = `on_first` and b_21 = `on_second`.

        coexistence     b_12 < 1, b_21 < 1          both stay, from any start
        first alone     b_12 < 1 <= b_21            the first drives out the second
        second alone    b_21 < 1 <= b_12            the second drives out the first
        either alone    b_12 >= 1, b_21 >= 1        bistable: who is ahead drives out the other
        runaway         b_12, b_21 < 0, product >= 1    mutual help without bounds; comes before coexistence

    At b = 1 exactly an equilibrium passes through another (transcritical) and stability is borderline.

    >>> [REGIMES[k] for k in regime(np.array([0.5, 0.5, 1.5, -1.5]), np.array([-0.2, 1.2, 1.4, -1.0]))]
    ['coexistence', 'first alone', 'either alone', 'runaway']
    """
    first, second = np.asarray(on_first, float), np.asarray(on_second, float)
    found = np.where(first < 1.0, COEXISTENCE, SECOND_ALONE) + np.where(second < 1.0, 0, FIRST_ALONE)
    return np.asarray(np.where((first < 0.0) & (second < 0.0) & (first * second >= 1.0), RUNAWAY, found))


def coexistence(on_first: Array, on_second: Array) -> tuple[Array, Array]:
    """Shares of capacity of both at their common rest; NaN where it does not exist.

        z_1 = (1 - b_12) / (1 - b_12 b_21),   z_2 = (1 - b_21) / (1 - b_12 b_21)

    Stable where b_12 b_21 < 1 (then both b < 1), a saddle where both b > 1.

    >>> tuple(float(share) for share in coexistence(np.array(0.5), np.array(0.0)))
    (0.5, 1.0)
    """
    first, second = np.asarray(on_first, float), np.asarray(on_second, float)
    determinant = 1.0 - first * second
    safe = np.where(determinant == 0.0, np.nan, determinant)
    ours, theirs = (1.0 - first) / safe, (1.0 - second) / safe
    there = (ours > 0.0) & (theirs > 0.0)
    return np.asarray(np.where(there, ours, np.nan)), np.asarray(np.where(there, theirs, np.nan))


def null_line(effect: float, other_share: Array) -> Array:
    """Share of capacity at which a pole neither grows nor shrinks, when the other stands at `other_share`.

    z_i = 1 - b_ij z_j                                                      from Tong & Wang (9), (10)
    """
    return np.asarray(1.0 - effect * other_share)


def runaway_edge(other_effect: float) -> float:
    """The value of one b at which mutual help begins to run away, given the other: 1 / b; NaN unless that b < 0.

    >>> runaway_edge(-0.5)
    -2.0
    """
    return 1.0 / other_effect if other_effect < 0.0 else np.nan


def saddle(symbiosis: Array, rate: Array) -> tuple[Array, Array] | None:
    """The unstable coexistence of two poles and the direction, in shares, along which it is still approached.

    None when there is none: a separatrix between two futures exists only when both b exceed one. The direction is
    the eigenvector of the Jacobian -R_i z_i A_ij that belongs to its negative eigenvalue; both entries are positive.
    """
    if regime(symbiosis[0, 1], symbiosis[1, 0]) != EITHER:
        return None
    shares = np.array(coexistence(symbiosis[0, 1], symbiosis[1, 0]))
    if not np.isfinite(shares).all():
        return None
    own, other = -rate * shares, -rate * shares * np.array([symbiosis[0, 1], symbiosis[1, 0]])
    half = 0.5 * (own[0] - own[1])
    slow = 0.5 * own.sum() - np.hypot(half, np.sqrt(other[0] * other[1]))  # the negative one of two real eigenvalues
    direction = np.array([other[0], slow - own[0]])
    return shares, direction / direction[0] / np.hypot(1.0, direction[1] / direction[0])


def separatrix(symbiosis: Array, rate: Array, top: Array) -> Array:
    """The line between the starts from which the one and the other pole wins, in shares (point, 2); empty without one.

    It runs from the origin through the saddle until it leaves the box up to `top` (2,). With equal rates it is the
    straight line z_1 / z_2 = (b_12 - 1) / (b_21 - 1); else it is the path that leads into the saddle, followed
    backwards at constant speed in the picture, by Runge-Kutta of order four.
    """
    found = saddle(symbiosis, rate)
    if found is None:
        return np.empty((0, 2))
    shares, direction = found
    diagonal = float(np.hypot(*top))
    inner = _followed(symbiosis, rate, shares - BEGIN * diagonal * direction, top, diagonal)
    outer = _followed(symbiosis, rate, shares + BEGIN * diagonal * direction, top, diagonal)
    return np.concatenate([np.zeros((1, 2)), inner[::-1], shares[None], outer])


def _followed(symbiosis: Array, rate: Array, start: Array, top: Array, diagonal: float) -> Array:
    """Points backwards along the path through `start`, until the origin is near or the box is left."""
    step = diagonal / STEPS * 2.0
    point, points = start, []
    for _ in range(STEPS):
        if (point > top).any() or (point <= 0.0).any() or np.hypot(*point) < 2.0 * step:
            break
        points.append(point)
        first = _back(symbiosis, rate, point)
        second = _back(symbiosis, rate, point + 0.5 * step * first)
        third = _back(symbiosis, rate, point + 0.5 * step * second)
        fourth = _back(symbiosis, rate, point + step * third)
        point = point + step / 6.0 * (first + 2.0 * second + 2.0 * third + fourth)
    return np.array(points).reshape(-1, 2)


def _back(symbiosis: Array, rate: Array, point: Array) -> Array:
    """Backwards along the path through this point, at speed one."""
    used = np.array([point[0] + symbiosis[0, 1] * point[1], point[1] + symbiosis[1, 0] * point[0]])
    speed = rate * point * (1.0 - used)
    return np.asarray(-speed / max(float(np.hypot(*speed)), 1e-300))
