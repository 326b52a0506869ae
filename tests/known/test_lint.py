"""Published coupling coordination tables: the printed one of Wang et al. (2021) passes, slips are named."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from coevolve.errors import StudyError
from coevolve.evidence.panel import Panel
from coevolve.themes import order
from coevolve.themes.order import equations

SCORES = np.random.default_rng(4).uniform(0.1, 0.9, (3, 15)).round(3)
NAMES = ["u1", "u2", "u3"]


def printed(decimals: int = 3, scores: np.ndarray = SCORES, **columns: Sequence[float]) -> Panel:  # type: ignore[type-arg]
    """A table as it would be printed, one row a region."""
    names = [f"u{k + 1}" for k in range(len(scores))]
    values = dict(zip(names, scores, strict=True)) | {k: np.asarray(v, float) for k, v in columns.items()}
    rows = {name: np.round(value, decimals)[:, None] for name, value in values.items()}
    return Panel.of(rows, regions=[f"City {k + 1}" for k in range(scores.shape[1])], periods=[2010])


def true() -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    c, t = equations.coupling_degree(SCORES.T), SCORES.mean(axis=0)
    return c, t, np.sqrt(c * t)


def test_a_right_table_is_in_order() -> None:
    c, t, d = true()
    found = order.lint(printed(C=c, T=t, D=d), NAMES, coupling="C", index="T", degree="D")
    assert len(found["defects"]) == 0
    assert found.claim == "The table is in order: all 45 printed numbers follow from its own columns within rounding."


N = 3.0
PRODUCT = SCORES.prod(axis=0)
SUM = SCORES.sum(axis=0)
PAIRS = (SCORES[0] + SCORES[1]) * (SCORES[0] + SCORES[2]) * (SCORES[1] + SCORES[2])
TOP = SCORES.max(axis=0)
APART = sum(np.abs(SCORES[i] - SCORES[j]) for i, j in ((0, 1), (0, 2), (1, 2))) / 3


@pytest.mark.parametrize(
    ("slip", "name"),
    [
        (PRODUCT ** (1 / 3) / SUM, "lost coefficient n"),
        (PRODUCT / (SUM / 3) ** 3, "root not drawn"),
        (np.sqrt(PRODUCT / (SUM / 3) ** 3), "exponent 1/2"),
        ((PRODUCT / (SUM / 3) ** 3) ** 2, "exponent 2"),
        ((PRODUCT / PAIRS) ** (1 / 3), "pairwise sums, no coefficient"),
        (3 * (PRODUCT / PAIRS) ** (1 / 3), "pairwise sums with coefficient n"),
        (np.sqrt((1 - APART) * PRODUCT / TOP**3), "without the root 1/(n-1)"),
    ],
)
def test_a_slip_in_the_coupling_degree_is_named(slip: np.ndarray, name: str) -> None:  # type: ignore[type-arg]
    found = order.lint(printed(C=slip), NAMES, coupling="C")
    defects = found["defects"]
    assert len(defects) >= 13
    assert all(name in text for text in defects["formula"])
    assert name in found.claim


def test_the_form_of_wang_is_right_when_it_is_used_throughout() -> None:
    modified = equations.coupling_degree_wang2021(SCORES.T)
    found = order.lint(printed(C=modified), NAMES, coupling="C")
    assert "in order" in found.claim
    assert any("Name the form in print" in note.text for note in found.notes)
    mixed = np.where(np.arange(15) < 10, true()[0], modified)
    defects = order.lint(printed(C=mixed), NAMES, coupling="C")["defects"]
    assert len(defects) >= 4
    assert set(defects["formula"]) == {"form of Wang et al. 2021"}


def test_lost_coefficients_show_in_the_range_alone() -> None:
    found = order.lint(printed(C=true()[0] / 3), NAMES, coupling="C")
    assert any("Check the formula for the coefficient n" in note.text for note in found.notes)


def test_index_and_degree_have_their_own_slips() -> None:
    c, t, _ = true()
    found = order.lint(printed(C=c, T=3 * t, D=np.sqrt(3 * c * t)), NAMES, coupling="C", index="T", degree="D")
    formulas = set(found["defects"]["formula"])
    assert formulas == {"sum of U: weights lost"}
    found = order.lint(printed(C=c, T=t, D=c * t), NAMES, coupling="C", index="T", degree="D")
    assert {row["what"] for row in found["defects"].rows()} == {"coupling_coordination_degree"}
    assert "root lost" in found.claim


def test_given_weights_are_the_right_index() -> None:
    weights = np.array([0.5, 0.3, 0.2])
    panel = printed(T=weights @ SCORES)
    assert "in order" in order.lint(panel, NAMES, index="T", subsystem_weights=[5, 3, 2]).claim
    assert "wrong" in order.lint(panel, NAMES, index="T").claim


def test_one_wrong_row_is_found_and_has_no_excuse() -> None:
    c = true()[0].copy()
    c[6] = 0.123
    defects = order.lint(printed(C=c), NAMES, coupling="C")["defects"]
    assert [(row["row"], row["region"], row["formula"]) for row in defects.rows()] == [
        (7, "City 7", "none of those known")
    ]


def test_rounding_is_no_defect() -> None:
    """Everything printed with one decimal: nothing can be held against it."""
    c, t, d = true()
    found = order.lint(printed(1, C=c, T=t, D=d), NAMES, coupling="C", index="T", degree="D")
    assert "in order" in found.claim


def test_refusals() -> None:
    panel = printed(C=true()[0])
    with pytest.raises(StudyError, match="there is nothing to judge"):
        order.lint(panel, NAMES)
    with pytest.raises(StudyError, match="'u4'"):
        order.lint(panel, [*NAMES, "u4"], coupling="C")
    with pytest.raises(StudyError, match="a degree is judged by its coupling degree"):
        order.lint(panel, NAMES, degree="C")
