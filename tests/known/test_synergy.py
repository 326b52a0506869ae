"""Synergy against tables worked out by hand, made paths whose truth is known, and its refusals."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from coevolve.errors import StudyError
from coevolve.evidence.panel import Panel
from coevolve.themes import order
from coevolve.themes.order import synergy_model as model
from coevolve.themes.order import synergy_words

SUBSYSTEMS: dict[str, str | tuple[str, ...] | list[str]] = {"competition": ["entry"], "support": ["money", "-delay"]}


def two_regions() -> Panel:
    """Goalposts by hand: entry 0 to 10, money 0 to 4, delay 0 to 8 (less is better)."""
    values = {
        "entry": np.array([[0.0, 5.0, 10.0], [2.0, 4.0, 6.0]]),
        "money": np.array([[0.0, 2.0, 4.0], [1.0, 1.0, 3.0]]),
        "delay": np.array([[8.0, 4.0, 0.0], [8.0, 8.0, 4.0]]),
    }
    return Panel.of(values, regions=["A", "B"], periods=[2001, 2002, 2003])


def made(shared: float, seed: int = 1, regions: int = 40, years: int = 12) -> Panel:
    """Two subsystems whose yearly gains share so much of their variance."""
    draw = np.random.default_rng(seed)
    common, own, other = draw.normal(size=(3, regions, years))
    one = np.cumsum(np.sqrt(shared) * common + np.sqrt(1 - shared) * own, axis=1)
    two = np.cumsum(np.sqrt(shared) * common + np.sqrt(1 - shared) * other, axis=1)
    names = [f"R{k:02d}" for k in range(regions)]
    return Panel.of({"one": one, "two": two}, regions=names, periods=range(2001, 2001 + years))


def column(found: object, region: str, name: str) -> list[float]:
    return [float(str(row[name])) for row in found.rows() if row["region"] == region and row[name] is not None]  # type: ignore[attr-defined]


def test_order_degrees_and_composites_of_a_hand_computed_table() -> None:
    """A: competition 0, .5, 1 and support 0, .5, 1. B: competition .2, .4, .6, support .125, .125, .625."""
    found = order.synergy(two_regions(), SUBSYSTEMS, goalposts="pooled", draws=50)
    rows = [row for row in found["order"].rows() if row["region"] == "B"]
    degrees = {(row["subsystem"], row["year"]): row["order_degree"] for row in rows}
    assert degrees["competition", 2003] == pytest.approx(0.6)
    assert degrees["support", 2003] == pytest.approx((0.75 + 0.5) / 2)
    assert column(found["synergy"], "A", "composite") == pytest.approx([0.5, 1.0])
    assert column(found["synergy"], "B", "composite") == pytest.approx([0.0, np.sqrt(0.4 * 0.5)])
    assert column(found["synergy"], "B", "composite_adjacent") == pytest.approx([0.0, np.sqrt(0.2 * 0.5)])
    pooled = np.sqrt((0.8 - 0.1) * ((1 + 0.625) / 2 - 0.0625))
    assert column(found["synergy"], "", "composite")[-1] == pytest.approx(pooled)


def test_meng_and_han_by_hand() -> None:
    """All rise: the geometric mean of the gains. One falls: the same size, below 0. One stands still: 0."""
    moves = np.array([[0.2, 0.2, 0.2], [0.05, -0.05, 0.0]])
    assert model.composite(moves) == pytest.approx([0.1, -0.1, 0.0])
    assert np.isnan(model.composite(np.array([[np.nan], [0.1]])))[0]


def test_alignment_is_one_when_all_move_alike_and_lowest_when_they_part() -> None:
    same = np.array([[[0.1], [0.3]], [[0.1], [0.3]], [[0.1], [0.3]]])
    assert model.alignment(same) == pytest.approx([1.0])
    assert model.alignment(np.array([[[0.1]], [[-0.1]]])) == pytest.approx([-1.0])
    assert model.alignment(np.array([[[0.2]], [[0.0]]])) == pytest.approx([0.0])
    assert np.isnan(model.alignment(np.zeros((2, 3, 1))))[0]


def test_the_geometric_mean_is_zero_where_one_indicator_is_at_its_worst() -> None:
    found = order.synergy(two_regions(), SUBSYSTEMS, goalposts="pooled", combine="geometric", draws=50)
    degrees = [
        row["order_degree"] for row in found["order"].rows() if (row["region"], row["subsystem"]) == ("B", "support")
    ]
    assert degrees == pytest.approx([0.0, 0.0, np.sqrt(0.75 * 0.5)])


def test_given_goalposts_are_held() -> None:
    posts = {"entry": (0.0, 20.0), "money": (0.0, 4.0), "delay": (0.0, 8.0)}
    found = order.synergy(two_regions(), SUBSYSTEMS, goalposts=posts, draws=50)
    degrees = [
        row["order_degree"]
        for row in found["order"].rows()
        if (row["region"], row["subsystem"]) == ("A", "competition")
    ]
    assert degrees == pytest.approx([0.0, 0.25, 0.5])


def test_the_pair_correlation_is_that_of_increments_without_the_year_s_mean() -> None:
    panel = made(0.5)
    found = order.synergy(panel, {"a": "one", "b": "two"}, goalposts="pooled", draws=50)
    first, second = (np.diff(panel.indicator(name).values[:, 0], axis=1) for name in ("one", "two"))
    first, second = first - first.mean(axis=0), second - second.mean(axis=0)
    assert found["pairs"]["correlation"][0] == pytest.approx(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def test_shared_gains_are_found_and_a_common_trend_is_not_taken_for_them() -> None:
    tied = order.synergy(made(0.6), {"a": "one", "b": "two"}, draws=99)
    assert tied["pairs"]["p"][0] <= 0.01
    assert "tied for a and b" in tied.claim
    panel = made(0.0)
    trend = 3.0 * np.arange(12)
    values = {name: panel.indicator(name).values[:, 0] + trend for name in ("one", "two")}
    common = Panel.of(values, regions=panel.regions, periods=panel.periods.labels)
    loose = order.synergy(common, {"a": "one", "b": "two"}, draws=99)
    assert "All gained together" in loose.claim
    assert "no pair of increments" in loose.claim


def test_three_way_synergy_of_joint_counts() -> None:
    """Industry is the exclusive or of region and class in nine of ten units."""
    cube = np.full((2, 2, 2), 10.0)
    for region in (0, 1):
        for size in (0, 1):
            cube[region, region ^ size, size] = 90.0
    small, large = (np.repeat(cube[:, :, [k]], 3, axis=2) for k in (0, 1))
    base = np.random.default_rng(2).random((2, 2, 3))
    panel = Panel.of({"small": small, "large": large}, regions=["A", "B"], industries=["x", "y"], periods=[1, 2, 3])
    regional = Panel.of({"u": base[0], "v": base[1]}, regions=["A", "B"], periods=[1, 2, 3])
    whole = Panel(panel.regions, panel.periods, {**panel.indicators, **regional.indicators})
    found = order.synergy(whole, {"a": "u", "b": "v"}, joint=["small", "large"], draws=99)
    table = found["three_way"]
    p = cube / cube.sum()
    expected = 3 * np.log(2) - 3 * 2 * np.log(2) - (p * np.log(p)).sum()
    assert table["t_rku"] == pytest.approx([expected] * 3)
    assert table["o_information"] == pytest.approx(table["t_rku"])
    assert (table["p"] <= 0.01).all()
    assert "(synergy)" in found.claim


def test_indicators_over_regions_have_no_three_way_synergy() -> None:
    found = order.synergy(two_regions(), SUBSYSTEMS, draws=50)
    assert "three_way" not in [table.name for table in found.tables]
    assert any("cannot be read off indicators" in note.text for note in found.notes)
    with pytest.raises(StudyError, match="not counted by region and the same industries"):
        order.synergy(two_regions(), SUBSYSTEMS, joint=["entry", "money"])


def test_refusals_name_the_place() -> None:
    with pytest.raises(StudyError, match="'mony'"):
        order.synergy(two_regions(), {"a": "entry", "b": "mony"})
    with pytest.raises(StudyError, match="base year has no complete data"):
        order.synergy(two_regions(), SUBSYSTEMS, base_year=2009)
    with pytest.raises(StudyError, match="'since' lies after 'until'"):
        order.synergy(two_regions(), SUBSYSTEMS, since=2003, until=2001)


def test_regions_with_gaps_are_left_out_and_named() -> None:
    values = {name: one.values[:, 0].copy() for name, one in two_regions().indicators.items()}
    values = {name: np.vstack([array, array[:1] * 0.9 + 0.01]) for name, array in values.items()}
    values["money"][1, 1] = np.nan
    panel = Panel.of(values, regions=["A", "B", "C"], periods=[2001, 2002, 2003])
    found = order.synergy(panel, SUBSYSTEMS, draws=50)
    assert {row["region"] for row in found["synergy"].rows()} == {"", "A", "C"}
    assert any("1 region (B)" in note.text for note in found.notes)


def test_p_values_are_multiplied_by_the_number_of_pairs() -> None:
    panel = made(0.6)
    third = np.random.default_rng(8).normal(size=(len(panel.regions), len(panel.periods)))
    values = {name: panel.indicator(name).values[:, 0] for name in ("one", "two")} | {"three": np.cumsum(third, axis=1)}
    whole = Panel.of(values, regions=panel.regions, periods=panel.periods.labels)
    table = order.synergy(whole, {"a": "one", "b": "two", "c": "three"}, draws=99)["pairs"]
    assert table["p_adjusted"] == pytest.approx(np.minimum(1.0, 3 * table["p"]))


def test_a_weak_tie_that_does_not_outlast_the_tests_is_told_as_such() -> None:
    outcome = SimpleNamespace(
        rows=SimpleNamespace(subsystems=("a", "b", "c"), periods=SimpleNamespace(word="year")),
        pairs=(
            (0, 1, -0.11, -0.19, -0.02, 0.1, 0.03),
            (0, 2, 0.05, -0.02, 0.1, 0.1, 0.3),
            (1, 2, 0.0, -0.1, 0.1, 0.1, 1.0),
        ),
    )
    said = synergy_words._pairs(outcome)
    assert "only a and b (-0.11, 95 % range -0.19 to -0.02) show a weak opposite movement (adjusted p = 0.09)" in said
    assert "cannot be told from chance after the allowance for 3 tests" in said


def test_choosers_begin_with_the_mean_and_then_the_most_orderly_regions() -> None:
    found = order.synergy(two_regions(), SUBSYSTEMS, goalposts="pooled", draws=50)
    last = [row for row in found["order"].rows() if row["year"] == 2003 and row["region"]]
    means = {name: np.mean([row["order_degree"] for row in last if row["region"] == name]) for name in ("A", "B")}
    chart = next(one for one in found.charts if one.name == "order_degrees")
    assert chart.options["order"] == ["", *sorted(means, key=means.__getitem__, reverse=True)]
