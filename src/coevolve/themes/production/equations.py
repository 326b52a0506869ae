"""Input-output equations on arrays: consumption coefficients, the Leontief inverse, linkages and extraction.

Z flows (supplier sells to user), x gross output, f final demand. Every function takes one table; those that work on
the last axes also take many at once, where it is said. Sectors without output have coefficients of zero, never NaN.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
WHOLE = 300  # up to so many sectors all eigenvalues are computed


def direct_coefficients(flows: Array, output: Array) -> Array:
    """Input from each supplier per unit of output of each user, 1; shape (..., supplier, user).

        a_ij = Z_ij / x_j                                                      Tong & Wang, section 3.2

    >>> direct_coefficients(np.array([[150.0, 500.0], [200.0, 100.0]]), np.array([1000.0, 2000.0])).tolist()
    [[0.15, 0.25], [0.2, 0.05]]
    """
    return _divided(flows, output[..., None, :])


def allocation_coefficients(flows: Array, output: Array) -> Array:
    """Share of each supplier's output that goes to each user, 1; shape (..., supplier, user).

    h_ij = Z_ij / x_i (Ghosh 1958; Miller & Blair, section 12.1). Not the consumption coefficients.
    """
    return _divided(flows, output[..., :, None])


def leontief_inverse(direct: Array) -> Array:
    """Output of i needed per unit of final demand for j, directly and indirectly, 1; shape (..., i, j).

    L = (I - A)^-1. Right only where `spectral_radius(direct)` is below 1: ask that first.
    """
    return np.asarray(np.linalg.inv(np.eye(direct.shape[-1]) - direct), float)


def complete_coefficients(direct: Array) -> Array:
    """Complete consumption coefficients, 1: all that is used of i, directly and indirectly, per unit of j.

    B = L - I = A + A^2 + A^3 + ...                                            Tong & Wang, section 3.2
    """
    return leontief_inverse(direct) - np.eye(direct.shape[-1])


def spectral_radius(direct: Array) -> float:
    """The largest absolute eigenvalue of one table of direct coefficients; an economy can produce it only below 1.

    Large tables are iterated (ARPACK, from a fixed start) instead of decomposed.
    """
    if not direct.any():
        return 0.0
    if len(direct) <= WHOLE:
        return float(np.abs(np.linalg.eigvals(direct)).max())
    from scipy.sparse.linalg import eigs

    found = eigs(direct, k=1, which="LM", v0=np.ones(len(direct)), return_eigenvectors=False)
    return float(np.abs(found).max())


def output_multipliers(leontief: Array) -> Array:
    """Output of the whole economy per unit of final demand for each sector, 1: column sums of L."""
    return np.asarray(leontief.sum(axis=-2), float)


def input_multipliers(leontief: Array, output: Array) -> Array:
    """How far each sector stands from final use, in steps (from 1 on): row sums of the Ghosh inverse.

        u = (I - H)^-1 1 = x^-1 L x            Ghosh (1958); upstreamness of Antras, Chor, Fally & Hillberry (2012)

    The Ghosh row sum, the input multiplier and upstreamness are one number. A sector without output has 1.
    """
    reach = (leontief @ output[..., None])[..., 0]
    return np.divide(reach, output, out=np.ones_like(reach), where=output != 0)


def normalised(sums: Array) -> Array:
    """Linkages with mean 1 over sectors: above 1 a sector pulls (or feeds) more than the average one.

    Rasmussen (1956): the column (or row) sum of the inverse over the mean of all such sums.
    """
    return np.asarray(sums / sums.mean(axis=-1, keepdims=True), float)


def extraction_losses(leontief: Array, output: Array) -> Array:
    """Output lost in the whole economy if a sector vanished, in the unit of `output`, for every sector at once.

        loss_k = x_k (sum_i L_ik) / L_kk       closed form of hypothetical extraction; it includes x_k itself

    Row, column and final demand of the sector are taken out; final demand for all others stays.
    """
    diagonal = np.diagonal(leontief, axis1=-2, axis2=-1)
    return np.asarray(output * leontief.sum(axis=-2) / diagonal, float)


def mean_steps(direct: Array, leontief: Array) -> Array:
    """Over how many purchases a unit of i reaches j on average, shape (i, j); 1 if all of it is bought directly.

    sum_k k A^k / sum_k A^k = (A L L) / (L - I), cell by cell; NaN where nothing of i reaches j.
    """
    complete = leontief - np.eye(len(direct))
    weighted = direct @ leontief @ leontief
    there = complete > 1e-15
    return np.divide(weighted, complete, out=np.full_like(complete, np.nan), where=there)


def final_demand_for(leontief: Array, places: NDArray[np.int64], change: Array) -> Array:
    """The change of final demand that moves the output of the sectors in `places` by exactly `change`.

    df_K = (L_KK)^-1 dx_K                  Miller & Blair, section 13.2 (mixed exogenous variables)
    """
    return np.asarray(np.linalg.solve(leontief[np.ix_(places, places)], change), float)


def _divided(numbers: Array, by: Array) -> Array:
    return np.divide(numbers, by, out=np.zeros(np.broadcast_shapes(numbers.shape, by.shape)), where=by != 0)
