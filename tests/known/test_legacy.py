"""Published measures of order, against numbers worked out by hand; the defect always comes first."""

from __future__ import annotations

import numpy as np
import pytest

from coevolve.errors import StudyError
from coevolve.evidence.panel import Panel
from coevolve.themes import order
from coevolve.themes.order import legacy_equations as equations


def panel(**values: list[list[float]]) -> Panel:
    many, years = np.shape(next(iter(values.values())))
    return Panel.of(
        {name: np.array(one) for name, one in values.items()},
        regions=[f"r{k}" for k in range(many)],
        periods=range(2000, 2000 + years),
    )


def test_zhang_s_entropy_by_hand() -> None:
    assert equations.indicator_entropy(np.array([1.0, 1.0])) == pytest.approx(1)
    by_hand = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75)) / np.log(2)
    assert equations.indicator_entropy(np.array([1.0, 3.0])) == pytest.approx(by_hand)
    assert np.isnan(equations.indicator_entropy(np.array([0.0, 0.0])))
    assert equations.indicator_entropy(np.array([5.0])) == 0


def test_zhang_as_published_and_its_defect() -> None:
    made = panel(
        a=[[1.0, 1.0], [2.0, 5.0]], b=[[1.0, 3.0], [4.0, 4.0]], c=[[2.0, 2.0], [1.0, 3.0]], d=[[2.0, 6.0], [1.0, 1.0]],
        e=[[1.0, 1.0], [1.0, 2.0]], f=[[3.0, 3.0], [1.0, 1.0]], g=[[1.0, 2.0], [2.0, 2.0]], h=[[1.0, 1.0], [2.0, 2.0]],
    )  # fmt: skip
    classes = {"sustaining": ["a", "b"], "imposed": ["c", "d"], "regenerative": ["e", "f"], "destructive": ["g", "h"]}
    found = order.legacy(made, "zhang2006", classes)
    assert found.claim.startswith("The signs of zhang2006 are not found in the data")
    row = found["flows"].rows()[1]
    quarter = equations.indicator_entropy(np.array([1.0, 3.0]))
    assert row["exchanged"] == pytest.approx(-quarter + quarter)
    assert row["produced"] == pytest.approx(-quarter + float(equations.indicator_entropy(np.array([2.0, 1.0]))))
    assert row["total"] == pytest.approx(row["exchanged"] + row["produced"])


def test_the_brusselator_bound_is_the_hopf_point_of_its_equations() -> None:
    """The trace of the Jacobian at the fixed point (A, B/A), with rates, vanishes exactly at the bound."""
    draw = np.random.default_rng(1)
    for _ in range(20):
        k1, k2, k3, k4, a = draw.uniform(0.3, 3, 5)
        b = float(equations.brusselator_bound(np.array(a), (k1, k2, k3, k4)))

        def flow(x: float, y: float, k: tuple[float, ...] = (k1, k2, k3, k4, a, b)) -> tuple[float, float]:
            one, two, three, four, inflow, other = k
            react = three * x**2 * y
            return one * inflow + react - two * other * x - four * x, two * other * x - react

        x, e = k1 * a / k4, 1e-6
        y = k2 * b / (k3 * x)
        assert np.abs(flow(x, y)).max() < 1e-9
        trace = (flow(x + e, y)[0] - flow(x - e, y)[0] + flow(x, y + e)[1] - flow(x, y - e)[1]) / (2 * e)
        assert trace == pytest.approx(0, abs=1e-6)


def test_the_units_that_pass_do_pass_and_others_do_not() -> None:
    low, high = equations.units_that_pass(np.array([1.0, 1.0, 0.0]), np.array([3.0, 1.5, 2.0]))
    for factor in (low[0] * 1.001, high[0] * 0.999):
        assert 3 * factor > equations.brusselator_bound(np.array(factor))
    for factor in (low[0] * 0.999, high[0] * 1.001):
        assert 3 * factor < equations.brusselator_bound(np.array(factor))
    assert np.isnan(low[1])
    assert low[2] == pytest.approx(0.5)
    assert high[2] == np.inf


def test_brusselator_as_published() -> None:
    found = order.legacy(panel(a=[[1.0], [1.0]], b=[[2.5], [1.5]]), "brusselator", {"a": "a", "b": "b"})
    assert found.claim.startswith("The verdict of the Brusselator test is not found in the data")
    assert [row["passes"] for row in found["verdicts"].rows()] == [True, False]


def test_meng_han_by_hand() -> None:
    before, after = np.array([0.2, 0.5]), np.array([0.3, 0.9])
    assert equations.composite_synergy(before, after) == pytest.approx(np.sqrt(0.1 * 0.4))
    assert equations.composite_synergy(after, before) == pytest.approx(-np.sqrt(0.1 * 0.4))
    assert equations.composite_synergy(before, np.array([0.2, 0.9])) == 0


def test_meng_han_as_published() -> None:
    made = panel(x=[[0.0, 1.0, 4.0], [1.0, 2.0, 3.0]], y=[[2.0, 1.0, 0.0], [0.0, 0.0, 2.0]])
    found = order.legacy(made, "meng_han", {"one": "x", "two": "-y"})
    assert found.claim.startswith("The size of meng_han says little")
    rows = found["synergy"].rows()
    assert rows[0]["composite"] is None
    assert rows[1]["composite"] == pytest.approx(np.sqrt(0.25 * 0.5))
    assert rows[2]["composite"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("method", "subsystems", "words"),
    [
        ("zhang2006", {"a": "a", "b": "b"}, "reads other subsystems"),
        ("brusselator", {"a": "a", "b": "c"}, "there is no indicator 'c'"),
        ("meng_han", {"a": "a"}, "at least two subsystems"),
        ("haken", {"a": "a"}, "option 'method'"),
    ],
)
def test_what_a_method_does_not_read_is_refused(method: str, subsystems: dict[str, str], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        order.legacy(panel(a=[[1.0, 2.0]], b=[[2.0, 3.0]]), method, subsystems)
