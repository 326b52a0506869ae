"""Published tables of scores U, coupling degree C, index T and degree D, held against formulas right and wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations, product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from . import equations

Array = NDArray[np.float64]
Formula = Callable[[Array], Array]
MOST_CORNERS = 8  # up to so many subsystems every corner of the rounding box is tried


def _product_ratio(scores: Array) -> Array:
    """(prod U) / (mean U)^n, the coupling degree before its root is drawn."""
    mean = scores.mean(axis=0)
    return np.asarray(np.prod(scores, axis=0) / np.where(mean > 0, mean, 1.0) ** len(scores))


def _pairwise(scores: Array) -> Array:
    """The product of the scores over the product of the sums of their pairs."""
    sums = np.prod([scores[i] + scores[j] for i, j in combinations(range(len(scores)), 2)], axis=0)
    return np.asarray(np.prod(scores, axis=0) / np.where(sums > 0, sums, 1.0))


def _standard(scores: Array) -> Array:
    return np.asarray(equations.coupling_degree(scores.T))


def _root(scores: Array) -> float:
    return 1 / len(scores)


def _wang2021_without_root(scores: Array) -> Array:
    n = len(scores)
    apart = sum(np.abs(scores[i] - scores[j]) for i, j in combinations(range(n), 2)) / (n * (n - 1) / 2)
    top = scores.max(axis=0)
    return np.asarray(np.sqrt((1 - apart) * np.prod(scores / np.where(top > 0, top, 1.0), axis=0)))


COUPLING: Mapping[str, Formula] = {
    # what it is called -> C of scores (subsystem, row); the first is right
    "standard: n (prod U)^(1/n) / sum U": _standard,
    "form of Wang et al. 2021": lambda u: np.asarray(equations.coupling_degree_wang2021(u.T)),
    "lost coefficient n: (prod U)^(1/n) / sum U": lambda u: _standard(u) / len(u),
    "root not drawn: prod U / (mean U)^n": _product_ratio,
    "exponent 1/2 in place of 1/n": lambda u: np.sqrt(_product_ratio(u)),
    "exponent 2, a choice that must be told: [prod U / (mean U)^n]^2": lambda u: _product_ratio(u) ** 2,
    "lost coefficient, exponent 1/2": lambda u: np.sqrt(_product_ratio(u) / len(u) ** len(u)),
    "pairwise sums, no coefficient: [prod U / prod (U_i + U_j)]^(1/n)": lambda u: _pairwise(u) ** _root(u),
    "pairwise sums with coefficient n": lambda u: len(u) * _pairwise(u) ** _root(u),
    "pairwise sums with coefficient 2": lambda u: 2 * _pairwise(u) ** _root(u),
    "Wang et al. 2021 without the root 1/(n-1)": _wang2021_without_root,
}
RIGHT = tuple(COUPLING)[:2]

INDEX: Mapping[str, Callable[[Array, Array], Array]] = {
    "weighted mean of U": lambda u, w: w @ u,
    "plain mean of U": lambda u, w: u.mean(axis=0),
    "sum of U: weights lost": lambda u, w: u.sum(axis=0),
    "geometric mean of U": lambda u, w: np.prod(u, axis=0) ** _root(u),
}

DEGREE: Mapping[str, Callable[[Array], Array]] = {
    # of C and T, in two rows
    "sqrt(C T)": lambda ct: np.sqrt(ct[0] * ct[1]),
    "root lost: C T": lambda ct: ct[0] * ct[1],
    "mean of C and T": lambda ct: (ct[0] + ct[1]) / 2,
    "(C T)^2": lambda ct: (ct[0] * ct[1]) ** 2,
}

Kind = Literal["coupling_degree", "coordination_index", "coupling_coordination_degree"]


@dataclass(frozen=True)
class Printed:
    """A printed column and half a unit of its last decimal; NaN where nothing is printed."""

    values: Array
    half: float


@dataclass(frozen=True)
class Fitting:
    """How one printed column stands to each formula: which rows fit within rounding, and what is to be expected.

    `fits` has shape (formula, row); `known` marks the rows that can be judged. The first `right` formulas are right;
    `form` is the one of them that gives most rows, and a table is held to one form throughout.
    """

    kind: Kind
    formulas: tuple[str, ...]
    right: int
    form: int
    fits: NDArray[np.bool_]
    known: NDArray[np.bool_]
    printed: Array
    expected: Array

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """The rows that the table's right form does not give."""
        return np.asarray(self.known & ~self.fits[self.form])

    def explanation(self, row: int) -> str:
        """The formula that gives a wrong row: of those that do, the one that explains most of the table."""
        able = [k for k in range(len(self.formulas)) if self.fits[k, row]]
        if not able:
            return ""
        return self.formulas[max(able, key=lambda k: int((self.fits[k] & self.known).sum()))]


def decimals(values: Array, most: int = 6) -> int:
    """How many decimals a printed column has: the fewest that write every value.

    >>> decimals(np.array([0.5, 0.25, 0.125]))
    3
    """
    known = values[np.isfinite(values)]
    for places in range(most):
        if np.allclose(np.round(known, places), known, rtol=0, atol=1e-9):
            return places
    return most


def fit_coupling(scores: Printed, printed: Printed) -> Fitting:
    """C against the formulas found in print."""
    few = (
        len(scores.values) < 3
    )  # with two subsystems there is one pair, and pairs differ from the standard in name only
    formulas = {name: of for name, of in COUPLING.items() if not (few and name.startswith("pairwise"))}
    return _fit("coupling_degree", formulas, len(RIGHT), scores, printed)


def fit_index(scores: Printed, printed: Printed, weights: Array) -> Fitting:
    """T against weighted and plain means, and sums."""
    formulas = {name: partial(_weighed, of=of, weights=weights) for name, of in INDEX.items()}
    right = 2 if np.ptp(weights) == 0 else 1
    return _fit("coordination_index", formulas, right, scores, printed)


def _weighed(scores: Array, of: Callable[[Array, Array], Array], weights: Array) -> Array:
    return of(scores, weights)


def fit_degree(parts: Printed, printed: Printed) -> Fitting:
    """D against the printed C and T, in two rows."""
    return _fit("coupling_coordination_degree", dict(DEGREE), 1, parts, printed)


def _fit(kind: Kind, formulas: Mapping[str, Formula], right: int, given: Printed, printed: Printed) -> Fitting:
    known = np.isfinite(given.values).all(axis=0) & np.isfinite(printed.values)
    fits = np.zeros((len(formulas), len(known)), bool)
    for k, formula in enumerate(formulas.values()):
        low, high = _box(formula, given)
        near = (printed.values >= low - printed.half - 1e-9) & (printed.values <= high + printed.half + 1e-9)
        fits[k] = near & known
    form = int(fits[:right].sum(axis=1).argmax())
    expected = np.full(len(known), np.nan)
    expected[known] = list(formulas.values())[form](given.values[:, known])
    return Fitting(kind, tuple(formulas), right, form, fits, known, printed.values, expected)


def _box(formula: Formula, given: Printed) -> tuple[Array, Array]:
    """The least and most that a formula can give when its inputs were rounded."""
    rows = len(given.values)
    if rows <= MOST_CORNERS:
        corners = [np.array(one) for one in product((-1.0, 0.0, 1.0), repeat=rows)] if rows < 5 else _signs(rows)
    else:
        corners = [np.full(rows, s) for s in (-1.0, 0.0, 1.0)] + [s * one for s in (-1, 1) for one in np.eye(rows)]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = [formula(np.maximum(given.values + given.half * one[:, None], 0.0)) for one in corners]
    return np.min(found, axis=0), np.max(found, axis=0)


def _signs(rows: int) -> list[Array]:
    return [np.zeros(rows), *(np.array(one) for one in product((-1.0, 1.0), repeat=rows))]
