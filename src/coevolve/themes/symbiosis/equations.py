"""The equations of symbiosis for one case: relations, equilibria, stability, null lines."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CUT = 0.1  # an effect smaller than this, either way, counts as none
CLAIMED = 0.95  # posterior mass from which a relation is claimed
UNDETERMINED = "undetermined"
RELATIONS = ("mutualism", "commensalism", "independence", "predation", "amensalism", "competition")
MOST_POLES = 12  # all 2^n combinations are looked at up to here

_CELLS = {
    (-1, -1): "mutualism",
    (1, 1): "competition",
    (0, 0): "independence",
    (-1, 1): "predation",
    (1, -1): "predation",
    (-1, 0): "commensalism",
    (0, -1): "commensalism",
    (1, 0): "amensalism",
    (0, 1): "amensalism",
}


def relation(effect_from_other: float, effect_on_other: float, cut: float = CUT) -> str:
    """What two poles are to each other by the signs of b_ij and b_ji: below -cut helps, above +cut hurts.

    The signs are those of Tong & Wang (9), (10): b stands with a minus in the equation, so below 0 helps.

    (-,-) mutualism, (+,+) competition, (0,0) independence, (-,+) predation (one gains, one loses), (-,0)
    commensalism, (+,0) amensalism; the plane of both effects cut at +-.1 into nine cells.

    >>> relation(-0.4, 0.0), relation(0.3, -0.3), relation(0.05, -0.05)
    ('commensalism', 'predation', 'independence')
    """
    return _CELLS[_sign(effect_from_other, cut), _sign(effect_on_other, cut)]


def _sign(effect: float, cut: float) -> int:
    return int(effect > cut) - int(effect < -cut)


def relation_masses(effect_from_other: Array, effect_on_other: Array, cut: float = CUT) -> dict[str, float]:
    """Share of draws in the cells of each relation; the shares sum to one.

    >>> relation_masses(np.array([-0.4, -0.4, 0.3, -0.2]), np.array([-0.3, -0.2, -0.3, -0.5]))["mutualism"]
    0.75
    """
    first = (effect_from_other > cut).astype(int) - (effect_from_other < -cut)
    second = (effect_on_other > cut).astype(int) - (effect_on_other < -cut)
    masses = dict.fromkeys(RELATIONS, 0.0)
    for (a, b), name in _CELLS.items():
        masses[name] += float(np.mean((first == a) & (second == b)))
    return masses


def claimed(masses: dict[str, float]) -> tuple[str, str, float]:
    """The relation to report, the likeliest one, and its mass: `undetermined` unless one holds at least .95.

    >>> claimed({"mutualism": 0.81, "independence": 0.19})
    ('undetermined', 'mutualism', 0.81)
    """
    likeliest = max(masses, key=lambda name: masses[name])
    mass = masses[likeliest]
    return (likeliest if mass >= CLAIMED else UNDETERMINED), likeliest, mass


def interaction(symbiosis: Array) -> Array:
    """A of the share form: ones on the diagonal, b_ij elsewhere; shape (..., pole, pole)."""
    matrix = np.array(symbiosis, float)
    n = matrix.shape[-1]
    matrix[..., np.arange(n), np.arange(n)] = 1.0
    return matrix


def supports(poles: int) -> list[tuple[int, ...]]:
    """Every combination of poles that may be present, from none to all; at most 2^12.

    >>> supports(2)
    [(), (1,), (0,), (0, 1)]
    """
    return [tuple(k for k in range(poles) if chosen[k]) for chosen in product((0, 1), repeat=poles)]


def equilibrium(symbiosis: Array, present: tuple[int, ...]) -> Array:
    """Shares of capacity z = x/N at rest when only `present` poles exist, for each case (..., pole, pole).

        A_SS z_S = 1, z = 0 elsewhere                                      from Tong & Wang (9n) with dx/dt = 0

    Depends on b alone. NaN where the poles present are exactly balanced against each other (A_SS singular). A
    negative share means that these poles cannot all be present at rest.

    >>> equilibrium(np.array([[0.0, -0.4], [0.0, 0.0]]), (0, 1))
    array([1.4, 1. ])
    """
    matrix = interaction(symbiosis)
    shares = np.zeros(matrix.shape[:-1])
    if not present:
        return shares
    rows = np.array(present)
    block = matrix[..., rows[:, None], rows[None, :]]
    regular = np.abs(np.linalg.det(block)) > 1e-12
    safe = np.where(regular[..., None, None], block, np.eye(len(rows)))
    solved = np.linalg.solve(safe, np.ones((*block.shape[:-1], 1)))[..., 0]
    shares[..., rows] = np.where(regular[..., None], solved, np.nan)
    return shares


def is_feasible(shares: Array, present: tuple[int, ...]) -> NDArray[np.bool_]:
    """Whether every pole that should be present has a positive share."""
    if not present:
        return np.ones(shares.shape[:-1], bool)
    return np.asarray((shares[..., list(present)] > 0.0).all(axis=-1))


def is_stable(symbiosis: Array, rate: Array, shares: Array) -> NDArray[np.bool_]:
    """Whether small disturbances of these shares die away: all eigenvalues of the Jacobian have negative real part.

        J_ij = R_i z_i (-A_ij) off the diagonal of absent poles, plus R_i (1 - (A z)_i) on the diagonal

    b decides which equilibria there are; with three poles and more the rates too decide which of them are stable.

    >>> bool(is_stable(np.array([[0.0, 1.5], [1.5, 0.0]]), np.array([0.2, 0.2]), np.array([0.4, 0.4])))
    False
    """
    matrix = interaction(symbiosis)
    growth = 1.0 - np.einsum("...ij,...j->...i", matrix, shares)
    jacobian = -(rate * shares)[..., :, None] * matrix
    n = matrix.shape[-1]
    jacobian[..., np.arange(n), np.arange(n)] += rate * growth
    known = np.asarray(np.isfinite(jacobian).all(axis=(-1, -2)))
    safe = np.where(known[..., None, None], jacobian, np.eye(n))
    return np.asarray(known & (np.linalg.eigvals(safe).real < 0.0).all(axis=-1))


def is_bounded(symbiosis: Array) -> NDArray[np.bool_]:
    """Whether mutual help stays within bounds; for each case (..., pole, pole).

    The helping part alone must not feed itself: the spectral radius of max(-b, 0) is below one. Sufficient always;
    for two poles, and whenever nobody competes, also necessary (b_12 b_21 >= 1 with both negative runs away).

    >>> is_bounded(np.array([[0.0, -1.2], [-1.0, 0.0]])).item()
    False
    """
    help_ = np.maximum(-np.asarray(symbiosis, float), 0.0)
    n = help_.shape[-1]
    help_[..., np.arange(n), np.arange(n)] = 0.0
    return np.asarray(np.abs(np.linalg.eigvals(help_)).max(axis=-1) < 1.0)


def null_line(effect: float, other_share: Array) -> Array:
    """Share of capacity at which a pole neither grows nor shrinks, when the other stands at `other_share`.

    z_i = 1 - b_ij z_j                                                      from Tong & Wang (9), (10)
    """
    return np.asarray(1.0 - effect * other_share)


def saddle(symbiosis: Array, rate: Array) -> tuple[Array, Array] | None:
    """The unstable coexistence of two poles and the direction along which it is still approached, in log shares.

    None when there is none: a separatrix between two futures exists only when both b exceed one.
    """
    shares = equilibrium(symbiosis, (0, 1))
    if not np.isfinite(shares).all() or not is_feasible(shares, (0, 1)) or is_stable(symbiosis, rate, shares):
        return None
    values, vectors = np.linalg.eig(-rate[:, None] * interaction(symbiosis) * shares[None, :])
    if (np.iscomplexobj(values) and np.abs(values.imag).max() > 0) or values.real.min() >= 0:
        return None
    return shares, np.asarray(vectors[:, int(np.argmin(values.real))].real)
