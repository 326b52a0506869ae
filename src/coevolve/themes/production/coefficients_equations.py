"""What the coefficients over years are made of, for one economy: complete coefficients, errors, trend, margins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...engine.balancing import gras, ras

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LEAST_SCORED = 1e-5
"""Complete coefficients up to this are not scored: a percentage of next to nothing means nothing."""


def complete_of(direct: Floats) -> tuple[Floats, Bools]:
    """Complete consumption coefficients B = (I - A)^-1 - I of tables (..., supplier, user), and which are sound.

        B = (I - A)^-1 - I                                                 Tong & Wang, section 3.2

    A table whose coefficients need more than they make (spectral radius >= 1) is not sound: its cells are NaN.
    """
    size = direct.shape[-1]
    flat = direct.reshape(-1, size, size)
    sound = np.abs(flat).sum(axis=1).max(axis=1, initial=0.0) < 1
    for k in np.flatnonzero(~sound):
        sound[k] = float(np.abs(np.linalg.eigvals(flat[k])).max(initial=0.0)) < 1
    made = np.full_like(flat, np.nan)
    made[sound] = np.linalg.inv(np.eye(size) - flat[sound]) - np.eye(size)
    return made.reshape(direct.shape), sound.reshape(direct.shape[:-2])


def error_of(forecast: Floats, actual: Floats) -> float:
    """The median absolute percentage error over the cells whose actual complete coefficient is above 1e-5.

    median |b^ - b| / b x 100,  b > 1e-5
    """
    scored = (actual > LEAST_SCORED) & np.isfinite(forecast)
    if not scored.any():
        return float("nan")
    return 100 * float(np.median(np.abs(forecast[scored] - actual[scored]) / actual[scored]))


def trend(direct: Floats, steps: int) -> Floats:
    """Model C: the least-squares line through all known years of each cell (year first), 1 ... `steps` years on.

    Stands in Tong & Wang Table 2. Never below zero; cells that are not above zero in the last year stay.
    """
    years = len(direct)
    t = np.arange(years) - (years - 1) / 2
    slope = np.tensordot(t, direct, axes=(0, 0)) / max(float((t**2).sum()), 1.0)
    ahead = (years - 1) / 2 + np.arange(1, steps + 1)
    line = np.maximum(direct.mean(axis=0) + ahead.reshape(-1, *[1] * (direct.ndim - 1)) * slope, 0.0)
    return np.asarray(np.where(direct[-1] > 0, line, direct[-1]))


def average_change(direct: Floats, steps: int) -> Floats:
    """Drift: the average change of each cell from the first known year to the last goes on, 1 ... `steps` years on.

    Never below zero; cells that are not above zero in the last year stay.
    """
    change = (direct[-1] - direct[0]) / max(len(direct) - 1, 1)
    ahead = np.arange(1, steps + 1).reshape(-1, *[1] * (direct.ndim - 1))
    return np.asarray(np.where(direct[-1] > 0, np.maximum(direct[-1] + ahead * change, 0.0), direct[-1]))


def grown_output(output: Floats, steps: int, memory: int = 5, damp: float = 0.5) -> Floats:
    """Gross output (year first) 1 ... `steps` years on: half its mean log growth over the last five years goes on.

    Growth is taken between -20 % and +20 % a year; sectors without output stay without.
    """
    first = output[max(0, len(output) - 1 - memory)]
    last = output[-1]
    both = (first > 0) & (last > 0)
    years = max(1, min(memory, len(output) - 1))
    growth = np.log(np.where(both, last, 1.0) / np.where(both, first, 1.0)) / years
    ahead = np.arange(1, steps + 1).reshape(-1, *[1] * (last.ndim))
    return np.asarray(last * np.exp(damp * ahead * np.clip(growth, -0.2, 0.2)))


def rebalanced(direct: Floats, output: Floats, share_sold: Floats, pull: float) -> tuple[Floats, bool]:
    """Coefficients of one table brought to forecast margins by GRAS, and whether it settled.

        u_i = u0_i (sigma_i x_i / u0_i)^k scaled to sum v,  v_j = sum_i a_ij x_j,  u0_i = sum_j a_ij x_j

    `output` x is the forecast gross output, `share_sold` sigma the last share of each supplier's output that went to
    industries, `pull` k how far the row sums go from those implied by the coefficients (0) to sigma x (1). Column sums
    are those of the coefficients. Where GRAS does not settle, the coefficients are given back as they came.
    """
    flows = direct * output
    columns, rows = flows.sum(axis=0), flows.sum(axis=1)
    told = share_sold * output
    total = float(told.sum())
    both = (rows > 0) & (told > 0)
    if pull <= 0 or total <= 0 or not both.any():
        return direct, True
    told = told * columns.sum() / total
    wanted = np.where(both, rows * (np.where(both, told, 1.0) / np.where(both, rows, 1.0)) ** pull, rows)
    rest = float(columns.sum() - wanted[~both].sum())
    wanted = np.where(both, wanted * rest / wanted[both].sum(), wanted)
    balanced = gras(flows, wanted, columns, tolerance=1e-6, most=200, explain=False)
    if not balanced.is_balanced:
        return direct, False
    return _coefficients(balanced.matrix, output, direct), True


def conditional(direct: Floats, flows: Floats, output: Floats) -> tuple[Floats, bool]:
    """RAS from actual margins: the last coefficients brought to the row and column sums that came to be.

    It knows the margins of the year it tells of, so it is no forecast but shows what knowing them is worth. GRAS
    takes its place where there are negative cells.
    """
    guess = direct * output
    rows, columns = flows.sum(axis=1), flows.sum(axis=0)
    method = ras if (guess >= 0).all() and (rows >= 0).all() and (columns >= 0).all() else gras
    balanced = method(guess, rows, columns * (rows.sum() / columns.sum() if columns.sum() else 1.0), 1e-6, 200, False)
    if not balanced.is_balanced and balanced.trouble != "sweeps":
        return direct, False
    return _coefficients(balanced.matrix, output, direct), balanced.is_balanced


def partners(complete: Floats, top: int) -> tuple[Ints, Ints]:
    """The `top` largest suppliers and users of every industry by complete coefficient, the industry itself left out.

    Shapes (..., industry, top): suppliers i with the largest b_ik, users j with the largest b_kj.
    """
    size = complete.shape[-1]
    others = np.where(np.eye(size, dtype=bool), -np.inf, np.nan_to_num(complete, nan=-np.inf))
    few = min(top, size - 1)
    suppliers = np.argsort(-np.swapaxes(others, -1, -2), axis=-1, kind="stable")[..., :few]
    users = np.argsort(-others, axis=-1, kind="stable")[..., :few]
    return suppliers.astype(np.int64), users.astype(np.int64)


def chain_sums(complete: Floats, suppliers: Ints, users: Ints) -> Floats:
    """The two coefficients of Table 2 of every industry k, shape (..., industry, 2): supply side, demand side.

        supply_k = sum_{i in S_k} b_ik,  demand_k = sum_{j in U_k} b_kj             Tong & Wang Table 2

    S_k are its largest suppliers and U_k its largest users: what one unit of final demand for k needs of its main
    suppliers, and what one unit of final demand for each main user needs of k, everything indirect included.
    """
    bought = np.take_along_axis(np.swapaxes(complete, -1, -2), suppliers, axis=-1).sum(axis=-1)
    sold = np.take_along_axis(complete, users, axis=-1).sum(axis=-1)
    return np.stack([bought, sold], axis=-1)


def _coefficients(flows: Floats, output: Floats, where_none: Floats) -> Floats:
    return np.divide(flows, output, out=where_none.copy(), where=np.broadcast_to(output != 0, flows.shape))
