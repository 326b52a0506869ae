"""Panels by hand: what is selected, logged, grown, added up, joined and framed, with absences kept apart."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from coevolve.errors import DataError, StudyError
from coevolve.evidence.evidence import Evidence, join
from coevolve.evidence.panel import Indicator, Panel, Status

V, M, S, N, A = Status.OBSERVED, Status.MISSING, Status.SUPPRESSED, Status.NOT_APPLICABLE, Status.ABSENT


def firms() -> Panel:
    """Two regions, two industries, three years; every kind of absence once; a regional indicator beside."""
    values = np.arange(1.0, 13.0).reshape(2, 2, 3)
    status = np.zeros((2, 2, 3), np.uint8)
    status[0, 0, 1], status[0, 1, 2], status[1, 0, 0], status[1, 1, 0] = M, S, N, A
    counted = Indicator("firms", ("steel", "wine"), values, status, "count")
    patents = np.array([[10.0, 20.0, 40.0], [0.0, 5.0, 5.0]])
    base = Panel.of({"patents": patents}, regions=["north", "south"], periods=[2001, 2002, 2003])
    groups = {"part": ("upper", "lower")}
    return Panel(base.regions, base.periods, {"firms": counted, **base.indicators}, groups, ("a note",))


def test_absences_are_four_things_and_none_is_a_number() -> None:
    panel = firms()
    one = panel.indicator("firms")
    assert np.isnan(one.values[one.status != V]).all()
    assert [panel.count(kind) for kind in (M, S, N, A)] == [1, 1, 1, 1]
    assert panel.count(V) == 8 + 6
    assert panel.indicator("patents").values[1, 0, 0] == 0  # a zero is observed
    assert panel.shape == (2, 2, 3)
    assert panel.industries == ("steel", "wine")


def test_nan_called_observed_is_missing() -> None:
    one = Indicator("x", ("",), np.array([[[1.0, np.nan]]]), np.zeros((1, 1, 2), np.uint8))
    assert one.status.tolist() == [[[V, M]]]


def test_what_is_known_cannot_be_changed() -> None:
    panel = firms()
    with pytest.raises(ValueError, match="read-only"):
        panel.indicator("firms").values[0, 0, 0] = 5
    with pytest.raises(TypeError):
        panel.indicators["more"] = panel.indicator("firms")  # type: ignore[index]


def test_select_takes_parts_in_the_order_asked_for() -> None:
    part = firms().select(regions=["south", "north"], industries=["wine"], periods=[2003, 2002])
    assert part.regions == ("south", "north")
    assert part.periods.labels == ("2002", "2003")
    assert part.indicator("firms").values[0, 0].tolist() == [11, 12]
    assert part.indicator("firms").status[1, 0].tolist() == [V, S]
    assert part.indicator("patents").values[:, 0, 1].tolist() == [5, 40]
    assert part.groups["part"] == ("lower", "upper")
    assert part.notes == ("a note",)


def test_select_refuses_every_unknown_label_with_the_nearest() -> None:
    panel = firms()
    with pytest.raises(DataError, match=r"no region 'nort'.*'north'"):
        panel.select(regions=["nort"])
    with pytest.raises(DataError, match=r"no industry 'wien'.*'wine'"):
        panel.select(industries=["wien"])
    with pytest.raises(DataError, match=r"no period '1999'.*2001 to 2003"):
        panel.select(periods=[1999])
    with pytest.raises(DataError) as caught:
        panel.select(indicators=["frims", "patnets", "firms"])
    assert len(caught.value.faults) == 2


def test_log_counts_what_has_none() -> None:
    logged = firms().log()
    np.testing.assert_allclose(logged.indicator("patents").values[0, 0], np.log([10, 20, 40]))
    assert logged.indicator("patents").status[1, 0].tolist() == [M, V, V]
    assert any("1 zero or negative cells of 'patents'" in note for note in logged.notes)
    assert logged.indicator("firms").status.tolist() == firms().indicator("firms").status.tolist()


def test_growth_is_per_period_and_the_first_is_absent() -> None:
    panel = Panel.of({"x": np.array([[1.0, 2.0, 16.0]])}, regions=["a"], periods=[2001, 2002, 2005])
    one = panel.growth().indicator("x")
    np.testing.assert_allclose(one.values[0, 0, 1:], [np.log(2), np.log(8) / 3])
    assert one.status[0, 0].tolist() == [A, V, V]
    assert firms().growth().indicator("firms").status[0, 0].tolist() == [A, M, M]  # 2002 is missing, so 2003 has none


def test_aggregate_adds_and_never_partially() -> None:
    panel = firms()
    total = panel.aggregate(industries={"steel": "all", "wine": "all"})
    one = total.indicator("firms")
    assert one.industries == ("all",)
    assert one.values[0, 0, 0] == 1 + 4
    assert np.isnan(one.values[0, 0, 1])  # a missing part makes the sum missing
    assert one.status[0, 0].tolist() == [V, M, S]
    assert total.indicator("patents").values.tolist() == panel.indicator("patents").values.tolist()
    land = panel.aggregate(regions={"north": "land", "south": "land"})
    assert land.regions == ("land",)
    assert land.indicator("patents").values[0, 0].tolist() == [10, 25, 45]
    kept = panel.aggregate(industries={"steel": "metal", "copper": "metal"})
    assert kept.indicator("firms").industries == ("metal", "wine")
    with pytest.raises(DataError, match=r"no industry 'stel'.*'steel'"):
        panel.aggregate(industries={"stel": "metal"})


def test_frame_has_one_row_a_listed_cell() -> None:
    frame = firms().frame()
    assert list(frame) == ["region", "industry", "indicator", "period", "value", "status"]
    assert len(frame) == 12 - 1 + 6
    chosen = frame[(frame["region"] == "north") & (frame["industry"] == "wine") & (frame["period"] == "2003")]
    assert chosen["status"].tolist() == ["suppressed"]
    assert chosen["value"].isna().all()
    observed = frame[frame["status"] == "observed"]
    assert observed["value"].notna().all()


def test_series_are_named_as_the_contract_says() -> None:
    panel = firms()
    assert panel.series("firms").names == ("steel", "wine")
    assert panel.series(["firms", "patents"]).names == ("firms/steel", "firms/wine", "patents")
    assert panel.series("patents").names == ("patents",)
    block = panel.series(["patents", "firms"], industries=["", "wine"])
    assert block.names == ("patents", "firms/wine")
    assert block.units == ("", "count")
    assert block.values.shape == (2, 2, 3)
    assert block.observed[0].tolist() == [[True, True, True], [True, True, False]]
    assert block.pick(["firms/wine"]).indicators == ("firms",)
    assert block.before(2).periods.labels == ("2001", "2002")
    with pytest.raises(DataError, match=r"no series 'firms/wien'.*'firms/wine'"):
        block.pick(["firms/wien"])
    with pytest.raises(DataError, match=r"no indicator 'frms'.*'firms'"):
        panel.series("frms")


def test_columns_in_any_order_of_time_land_in_their_own_year() -> None:
    panel = Panel.of({"x": np.array([[3.0, 1.0, 2.0]])}, regions=["a"], periods=[2003, 2001, 2002])
    assert panel.periods.labels == ("2001", "2002", "2003")
    assert panel.indicator("x").values[0, 0].tolist() == [1, 2, 3]


def test_wrong_shapes_are_refused_with_both_sizes() -> None:
    with pytest.raises(DataError, match=r"a period stands twice.*2001"):
        Panel.of({"x": np.ones((1, 2))}, regions=["a"], periods=[2001, "2001"])
    with pytest.raises(DataError, match=r"'x' does not fit the panel's periods.*\(1, 1, 3\).*Expected 2"):
        Panel.of({"x": np.ones((1, 3))}, regions=["a"], periods=[2001, 2002])
    with pytest.raises(DataError, match=r"'x' does not fit the panel's regions and periods.*Expected \(2"):
        Panel.of({"x": np.ones((3, 2))}, regions=["a", "b"], periods=[2001, 2002])
    with pytest.raises(DataError, match=r"'x' needs one label an industry.*1 labels.*Give 2"):
        Panel.of({"x": np.ones((1, 2, 2))}, regions=["a"], periods=[1, 2], industries=["one"])
    with pytest.raises(DataError, match="one shape"):
        Indicator("x", ("",), np.ones((1, 1, 2)), np.zeros((1, 1, 3), np.uint8))


def test_a_label_that_stands_twice_is_refused() -> None:
    with pytest.raises(DataError, match=r"a panel lists the same region twice\. Got \"a\""):
        Panel.of({"x": np.ones((3, 1))}, regions=["a", "b", "a"], periods=[2001])
    with pytest.raises(DataError, match=r"indicator 'x' lists the same industry twice\. Got \"wine\""):
        Indicator("x", ("wine", "wine"), np.ones((1, 2, 1)), np.zeros((1, 2, 1), np.uint8))
    with pytest.raises(DataError, match=r"the same region twice"):
        firms().select(regions=["north", "north"])


def test_an_infinite_value_is_refused_with_its_place() -> None:
    values = np.ones((2, 2, 2))
    values[1, 0, 1], values[1, 1, 1] = -np.inf, np.inf
    with pytest.raises(
        DataError, match=r"2 values of indicator 'x' are infinite, the first at b/steel 2002\. Got -inf"
    ):
        Panel.of({"x": values}, regions=["a", "b"], industries=["steel", "wine"], periods=[2001, 2002])


def test_join_takes_common_regions_and_all_periods_and_counts_both() -> None:
    left = Panel.of({"x": np.ones((3, 2)), "n": np.ones((3, 2))}, regions=["a", "b", "c"], periods=[2001, 2002])
    other = {"y": 2 * np.ones((3, 2)), "n": 3 * np.ones((3, 2))}
    right = Panel.of(other, regions=["c", "b", "d"], periods=[2002, 2003])
    bag = Evidence({"left": left, "right": right})
    both = bag.panel(["left", "right"])
    assert both.regions == ("b", "c")
    assert both.periods.labels == ("2001", "2002", "2003")
    assert set(both.indicators) == {"x", "y", "left.n", "right.n"}
    assert both.indicator("x").status[0, 0].tolist() == [V, V, A]
    assert both.indicator("right.n").values[0, 0, 1:].tolist() == [3, 3]
    assert both.indicator("y").status[0, 0].tolist() == [A, V, V]
    text = " ".join(both.notes)
    assert "2 regions stand in all of left, right" in text
    assert "1 regions of 'left' are in no other panel and left out: a" in text
    with pytest.raises(DataError, match=r"'n' stands in several panels.*'left.n' or 'right.n'"):
        both.indicator("n")


def test_join_refuses_panels_without_a_common_region() -> None:
    left = Panel.of({"x": np.ones((1, 1))}, regions=["01"], periods=[2001])
    right = Panel.of({"y": np.ones((1, 1))}, regions=["Alabama"], periods=[2001])
    with pytest.raises(StudyError, match=r"share no region.*left: 01.*right: Alabama"):
        join({"left": left, "right": right})


def test_evidence_refuses_a_wrong_name_or_kind() -> None:
    bag = Evidence({"firms": firms()})
    assert bag.panel("firms") is bag.panel(["firms"])
    with pytest.raises(StudyError, match=r"no panel called 'frims'.*'firms'"):
        bag.panel("frims")
    with pytest.raises(StudyError, match=r"'firms' is not a network.*Got \"panel\""):
        bag.network("firms")
    with pytest.raises(StudyError, match="no panel is named"):
        bag.panel([])
    assert bag.with_item("more", firms()).names("panel") == ("firms", "more")
    assert bag.names("panel") == ("firms",)


def test_pickle_keeps_everything() -> None:
    panel = firms()
    again = pickle.loads(pickle.dumps(panel))
    assert again.digest() == panel.digest()
    assert again.notes == panel.notes
    assert dict(again.groups) == dict(panel.groups)
