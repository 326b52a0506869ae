"""Laws of panels: what selecting, adding up, growing and fingerprinting keep, whatever the numbers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coevolve.evidence.evidence import join
from coevolve.evidence.panel import Indicator, Panel, Status

REGIONS, INDUSTRIES, YEARS = ("r1", "r2", "r3"), ("a", "b", "c", "d"), (2001, 2002, 2003, 2005)
VALUES = arrays(float, (3, 4, 4), elements=st.floats(0.01, 1e6))
STATUS = arrays(np.uint8, (3, 4, 4), elements=st.sampled_from([0, 0, 0, 1, 2, 3, 4]))


def panel_of(values: np.ndarray, status: np.ndarray | None = None) -> Panel:
    base = Panel.of({"x": values}, regions=REGIONS, industries=INDUSTRIES, periods=YEARS)
    if status is None:
        return base
    return Panel(base.regions, base.periods, {"x": Indicator("x", INDUSTRIES, values, status)})


@given(VALUES, STATUS)
def test_a_number_stands_exactly_where_it_was_observed(values: np.ndarray, status: np.ndarray) -> None:
    for panel in (panel_of(values, status), panel_of(values, status).log(), panel_of(values, status).growth()):
        one = panel.indicator("x")
        np.testing.assert_array_equal(np.isfinite(one.values), one.status == Status.OBSERVED)


@given(VALUES, STATUS, st.permutations(REGIONS), st.permutations(INDUSTRIES))
def test_selecting_in_two_steps_or_back_again_is_the_same(
    values: np.ndarray, status: np.ndarray, regions: list[str], industries: list[str]
) -> None:
    panel = panel_of(values, status)
    mixed = panel.select(regions=regions, industries=industries)
    assert mixed.select(regions=REGIONS, industries=INDUSTRIES).digest() == panel.digest()
    once = panel.select(regions=regions[:2], periods=[2002, 2005])
    assert panel.select(regions=regions[:2]).select(periods=[2002, 2005]).digest() == once.digest()


@given(VALUES)
def test_totals_do_not_depend_on_how_they_are_added_up(values: np.ndarray) -> None:
    panel = panel_of(values)
    pair = panel.aggregate(industries={"a": "ab", "b": "ab"})
    steps = pair.aggregate(industries=dict.fromkeys(("ab", "c", "d"), "t"))
    at_once = panel.aggregate(industries=dict.fromkeys(INDUSTRIES, "t"), regions=dict.fromkeys(REGIONS, "land"))
    np.testing.assert_allclose(steps.indicator("x").values[:, 0], values.sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(at_once.indicator("x").values[0, 0], values.sum(axis=(0, 1)), rtol=1e-12)


@given(VALUES, STATUS)
def test_a_sum_is_observed_only_where_every_part_is(values: np.ndarray, status: np.ndarray) -> None:
    total = panel_of(values, status).aggregate(industries=dict.fromkeys(INDUSTRIES, "t")).indicator("x")
    np.testing.assert_array_equal(total.status[:, 0] == Status.OBSERVED, (status == 0).all(axis=1))


@given(VALUES, st.floats(0.001, 1000))
def test_growth_knows_no_units_and_adds_up_over_time(values: np.ndarray, factor: float) -> None:
    growth = panel_of(values).growth().indicator("x").values
    np.testing.assert_allclose(panel_of(values * factor).growth().indicator("x").values, growth, atol=1e-9)
    steps = np.diff(YEARS)
    whole = np.log(values[..., -1] / values[..., 0])
    np.testing.assert_allclose((growth[..., 1:] * steps).sum(axis=-1), whole, atol=1e-9)


@given(VALUES, STATUS, st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 3)))
def test_one_cell_changes_the_fingerprint(values: np.ndarray, status: np.ndarray, cell: tuple[int, int, int]) -> None:
    panel = panel_of(values, status)
    assert panel_of(values.copy(), status.copy()).digest() == panel.digest()
    other, kind = values.copy(), status.copy()
    other[cell] = np.nextafter(other[cell], np.inf)
    assert (panel_of(other, status).digest() != panel.digest()) == (status[cell] == Status.OBSERVED)
    kind[cell] = (kind[cell] + 1) % 5
    assert panel_of(values, kind).digest() != panel.digest()


@given(VALUES, STATUS)
def test_joining_keeps_every_cell_and_adds_none(values: np.ndarray, status: np.ndarray) -> None:
    panel = panel_of(values, status)
    other = Panel.of({"y": np.ones((2, 2))}, regions=["r3", "r1"], periods=[2004, 2005])
    both = join({"p": panel, "q": other})
    assert both.regions == ("r1", "r3")
    kept = both.indicator("x")
    places = [both.periods.index(year) for year in YEARS]
    np.testing.assert_array_equal(kept.values[:, :, places], panel.indicator("x").values[[0, 2]])
    np.testing.assert_array_equal(kept.status[:, :, places], panel.indicator("x").status[[0, 2]])
    assert (np.delete(kept.status, places, axis=2) == Status.ABSENT).all()


@given(VALUES, STATUS)
def test_the_frame_lists_every_cell_but_the_absent(values: np.ndarray, status: np.ndarray) -> None:
    panel = panel_of(values, status)
    frame = panel.frame()
    assert len(frame) == int((status != Status.ABSENT).sum())
    np.testing.assert_allclose(frame["value"].sum(), np.nansum(panel.indicator("x").values), rtol=1e-9)
