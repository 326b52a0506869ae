"""Matrices brought to new margins: RAS, and GRAS for matrices with negative cells.

One sweep reads the matrix once: a row gets its factor and at once adds to the column sums, while it is still near.
Anderson's method (1965) extrapolates the logarithms of the column factors from the last sweeps. RAS is GRAS without
negative cells, so one kernel serves both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .patterns import blocked_by_pattern, blocked_by_sign

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOLERANCE = 1e-8
MOST_SWEEPS = 1000
DEPTH = 5  # how many earlier sweeps the extrapolation looks back on
TOTALS_APART = 1e-10  # margins whose totals differ by more than this share of their size cannot both be met

WORDS = {
    "": "balanced",
    "numbers": "the matrix or its margins hold numbers that are not finite",
    "totals": "the row targets and the column targets have different totals",
    "negative": "RAS takes no negative cell and no negative target",
    "sign": "no cell of the right sign can meet the target of",
    "pattern": "together, the zeros leave too little room to meet the targets of",
    "sweeps": "the margins were still apart after the last sweep, most in",
}


@dataclass(frozen=True, eq=False)
class Balanced:
    """A matrix with new margins, and how it came to them.

    `matrix[i, j]` is `row_factor[i] x column_factor[j]` where x > 0, and x divided by both factors where x < 0.
    `gap` is the largest distance of a row or column sum from its target, as a share of the sum of its absolute cells.
    `trouble` is empty when all margins are met, else a key of `WORDS`; the matrix is then the one given, except after
    "sweeps", where it is the last one reached. `rows` and `columns` are the places that the trouble is about.
    """

    matrix: Floats
    row_factor: Floats
    column_factor: Floats
    sweeps: int
    gap: float
    trouble: str = ""
    rows: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    columns: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def is_balanced(self) -> bool:
        """Whether every row and column meets its target."""
        return not self.trouble

    def words(self, rows: Sequence[str] = (), columns: Sequence[str] = ()) -> str:
        """What became of it in words, with the labels of the rows and columns that the trouble is about.

        >>> ras(np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([1.0, 1.0]), np.array([1.0, 1.0])).words(["a", "b"])
        'no cell of the right sign can meet the target of row b, column 1'
        """
        named = [f"row {_label(rows, k)}" for k in self.rows.tolist()]
        named += [f"column {_label(columns, k)}" for k in self.columns.tolist()]
        few = ", ".join(named[:6]) + (f" and {len(named) - 6} more" if len(named) > 6 else "")
        return f"{WORDS[self.trouble]} {few}".strip()


def ras(
    matrix: Floats,
    rows: Floats,
    columns: Floats,
    tolerance: float = TOLERANCE,
    most: int = MOST_SWEEPS,
    explain: bool = True,
) -> Balanced:
    """The matrix nearest to `matrix` (>= 0) in relative entropy whose row and column sums are `rows` and `columns`.

        x_ij = r_i a_ij s_j,  r_i = u_i / sum_j a_ij s_j,  s_j = v_j / sum_i r_i a_ij
                                                             Stone (1961); Miller & Blair (2009), section 7.4

    Zeros stay zeros. The factors are told apart only up to one number that multiplies r and divides s. Trouble is
    returned, never raised: see `Balanced`. `explain` looks, after a failure, for the zeros that are to blame.
    """
    given = _given(matrix, rows, columns)
    if (given[0] < 0).any() or (given[1] < 0).any() or (given[2] < 0).any():
        bad_rows = np.flatnonzero((given[0] < 0).any(axis=1) | (given[1] < 0))
        bad_columns = np.flatnonzero((given[0] < 0).any(axis=0) | (given[2] < 0))
        return _refused(given[0], "negative", bad_rows, bad_columns)
    return _balance(*given, tolerance, most, explain)


def gras(
    matrix: Floats,
    rows: Floats,
    columns: Floats,
    tolerance: float = TOLERANCE,
    most: int = MOST_SWEEPS,
    explain: bool = True,
) -> Balanced:
    """The matrix nearest to `matrix` (cells of both signs) whose row and column sums are `rows` and `columns`.

        X = P - N;  x_ij = r_i p_ij s_j - n_ij / (r_i s_j),  r_i = [u_i + sqrt(u_i^2 + 4 p_i n_i)] / (2 p_i)
        with p_i = sum_j p_ij s_j and n_i = sum_j n_ij / s_j; r_i = -n_i / u_i where p_i = 0; s_j likewise
                  Junius & Oosterhaven (2003); Lenzen, Wood & Gallego (2007); Temurshoev, Miller & Bouwmeester (2013)

    Every cell keeps its sign and zeros stay zeros. Without negative cells it is RAS. Trouble is returned, never
    raised: see `Balanced`.
    """
    return _balance(*_given(matrix, rows, columns), tolerance, most, explain)


def _given(matrix: Floats, rows: Floats, columns: Floats) -> tuple[Floats, Floats, Floats]:
    return tuple(np.ascontiguousarray(one, np.float64) for one in (matrix, rows, columns))  # type: ignore[return-value]


def _balance(x: Floats, rows: Floats, columns: Floats, tolerance: float, most: int, explain: bool) -> Balanced:
    if not (np.isfinite(x).all() and np.isfinite(rows).all() and np.isfinite(columns).all()):
        wrong = ~np.isfinite(x)
        bad_rows = np.flatnonzero(wrong.any(axis=1) | ~np.isfinite(rows))
        return _refused(x, "numbers", bad_rows, np.flatnonzero(wrong.any(axis=0) | ~np.isfinite(columns)))
    size = max(float(np.abs(rows).sum()), float(np.abs(columns).sum()))
    if abs(float(rows.sum() - columns.sum())) > TOTALS_APART * size:
        return _refused(x, "totals", *_nowhere())
    keep_rows, keep_columns, blocked = blocked_by_sign(x, rows, columns)
    if blocked is not None:
        return _refused(x, "sign", *blocked)
    is_signed = bool((x < 0).any())
    r, s, gaps, sweeps = _sweeps(x, rows, columns, keep_rows, keep_columns, is_signed, tolerance, most, DEPTH)
    gap = float(gaps.max(initial=0.0))
    if gap <= tolerance:
        return Balanced(_scaled(x, r, s, is_signed), r, s, int(sweeps), gap)
    if explain and not is_signed and (blocked := blocked_by_pattern(x, rows, columns)) is not None:
        return _refused(x, "pattern", *blocked)
    worst = np.argsort(-np.nan_to_num(gaps, nan=np.inf), kind="stable")[:3]
    made = _scaled(x, r, s, is_signed) if np.isfinite(r).all() and np.isfinite(s).all() else x.copy()
    return Balanced(made, r, s, int(sweeps), gap, "sweeps", columns=worst[~(gaps[worst] <= tolerance)])


def _scaled(x: Floats, r: Floats, s: Floats, is_signed: bool) -> Floats:
    """Positive cells times both factors, negative cells divided by them; 0 where a factor is 0."""
    made = np.empty_like(x)  # from numpy, whose large pages are cheaper to touch for the first time
    (_scale_signed if is_signed else _scale_positive)(x, r, s, made)
    return made


def _refused(x: Floats, trouble: str, rows: Ints, columns: Ints) -> Balanced:
    return Balanced(x.copy(), np.ones(x.shape[0]), np.ones(x.shape[1]), 0, np.inf, trouble, rows, columns)


def _nowhere() -> tuple[Ints, Ints]:
    return np.zeros(0, np.int64), np.zeros(0, np.int64)


def _label(labels: Sequence[str], k: int) -> str:
    return str(labels[k]) if k < len(labels) else str(k)


@njit(cache=True, error_model="numpy")
def _factor(target, positive, negative):  # type: ignore[no-untyped-def]
    """The root r > 0 of r p - n / r = target, in the form that loses no digits."""
    if negative == 0.0:
        return target / positive
    if positive == 0.0:
        return -negative / target
    root = np.sqrt(target * target + 4.0 * positive * negative)
    return (target + root) / (2.0 * positive) if target >= 0.0 else 2.0 * negative / (root - target)


@njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def _sweep_positive(x, rows, keep, s, r, up):  # type: ignore[no-untyped-def]
    """One pass over a matrix without negative cells: row factors `r`, and column sums `up` of the rows so scaled."""
    up[:] = 0.0
    for i in range(x.shape[0]):
        if keep[i]:
            line = x[i]
            total = 0.0
            for j in range(line.size):
                total += line[j] * s[j]
            r[i] = rows[i] / total
            share = r[i]
            for j in range(line.size):
                up[j] += share * line[j]


@njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def _sweep_signed(x, rows, keep, s, t, r, up, down):  # type: ignore[no-untyped-def]
    """The same with negative cells: `t` is 1 / s, `down` gathers the sizes of the negative cells."""
    up[:] = 0.0
    down[:] = 0.0
    for i in range(x.shape[0]):
        if keep[i]:
            line = x[i]
            positive = negative = 0.0
            for j in range(line.size):
                positive += max(line[j], 0.0) * s[j]
                negative += max(-line[j], 0.0) * t[j]
            r[i] = _factor(rows[i], positive, negative)
            share, inverse = r[i], 1.0 / r[i]
            for j in range(line.size):
                up[j] += share * max(line[j], 0.0)
                down[j] += inverse * max(-line[j], 0.0)


@njit(cache=True, error_model="numpy")
def _sweeps(x, rows, columns, keep_rows, keep_columns, is_signed, tolerance, most, depth):  # type: ignore[no-untyped-def]
    """Sweeps until every column is met (rows are, by construction): row and column factors, gaps, number of sweeps.

    The unknowns are the logarithms of the column factors; a plain sweep maps them on themselves, and Anderson's
    method looks for its fixed point. Where the error grows twofold the history is dropped.
    """
    size = x.shape[1]
    logs, step = np.zeros(size), np.zeros(size)
    last_logs, last_step = np.zeros(size), np.zeros(size)
    moves, changes = np.zeros((depth, size)), np.zeros((depth, size))
    r = np.zeros(x.shape[0])
    s, t = np.zeros(size), np.zeros(size)
    up, down = np.zeros(size), np.zeros(size)
    gaps = np.full(size, np.inf)
    known, least = 0, np.inf
    for sweep in range(1, most + 1):
        for j in range(size):
            if keep_columns[j]:
                s[j] = np.exp(logs[j])
                t[j] = 1.0 / s[j]
        if is_signed:
            _sweep_signed(x, rows, keep_rows, s, t, r, up, down)
        else:
            _sweep_positive(x, rows, keep_rows, s, r, up)
        norm = 0.0
        for j in range(size):
            if keep_columns[j]:
                step[j] = np.log(_factor(columns[j], up[j], down[j])) - logs[j]
                gaps[j] = abs(s[j] * up[j] - t[j] * down[j] - columns[j]) / (s[j] * up[j] + t[j] * down[j])
                norm += step[j] * step[j]
            else:
                gaps[j] = 0.0
        if gaps.max() <= tolerance or not np.isfinite(norm):
            break
        has_grown = norm > 4.0 * least
        least = min(least, norm)
        if sweep > 1:
            place = (sweep - 2) % depth
            moves[place] = logs - last_logs
            changes[place] = step - last_step
            known = 0 if has_grown else min(known + 1, depth)
        last_logs[:], last_step[:] = logs, step
        logs += step
        if known > 0:
            _extrapolate(logs, step, moves, changes, known, (sweep - 2) % depth)
    return r, s, gaps, sweep


@njit(cache=True, error_model="numpy")
def _extrapolate(logs, step, moves, changes, known, newest):  # type: ignore[no-untyped-def]
    """Anderson's correction: the mixture of the `known` last steps whose error is least (type II, least squares)."""
    depth = moves.shape[0]
    gram, right = np.zeros((known, known)), np.zeros(known)
    for a in range(known):
        here = (newest - a) % depth
        right[a] = np.dot(changes[here], step)
        for b in range(known):
            gram[a, b] = np.dot(changes[here], changes[(newest - b) % depth])
    ridge = 1e-12 * np.trace(gram)
    if not ridge > 0.0:
        return
    for a in range(known):
        gram[a, a] += ridge
    share = np.linalg.solve(gram, right)
    for a in range(known):
        here = (newest - a) % depth
        logs -= share[a] * (moves[here] + changes[here])


@njit(cache=True, error_model="numpy")
def _scale_positive(x, r, s, made):  # type: ignore[no-untyped-def]
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            made[i, j] = r[i] * x[i, j] * s[j]


@njit(cache=True, error_model="numpy")
def _scale_signed(x, r, s, made):  # type: ignore[no-untyped-def]
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            made[i, j] = 0.0
            if x[i, j] > 0.0:
                made[i, j] = r[i] * x[i, j] * s[j]
            elif x[i, j] < 0.0 and r[i] > 0.0 and s[j] > 0.0:
                made[i, j] = x[i, j] / (r[i] * s[j])
