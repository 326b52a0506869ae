"""What a Finding may hold: names that are safe as names of files, plain settings, text that stays text."""

from __future__ import annotations

import json

import numpy as np
import pytest

from coevolve.errors import DataError
from coevolve.inquiry.finding import Chart, Finding, Table
from coevolve.inquiry.record import chart_json, table_arrays, table_from, table_head


def table(name: str = "t") -> Table:
    return Table(name, {"x": [1.0], "y": [2.0]})


def chart(name: str = "c", **options: object) -> Chart:
    return Chart(name, "lines", "t", {"x": "x", "y": "y"}, "A title", options=options)


@pytest.mark.parametrize("name", ["../../x", "a/b", "a\\b", "", ".", "a b", "-a", "a-", "a--b", "a.csv", "é", "a\n"])
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(DataError, match=r"(?s)no name for a table.*Use letters"):
        table(name)
    with pytest.raises(DataError, match=r"(?s)no name for a chart.*Use letters"):
        chart(name)


@pytest.mark.parametrize("name", ["laws", "capacity_shares", "two-poles", "A1", "_x"])
def test_names_in_use_stay(name: str) -> None:
    assert table(name).name == name
    assert chart(name).name == name


def test_names_differ_by_more_than_capitals() -> None:
    with pytest.raises(DataError, match=r"two tables of a finding differ by capitals alone\. Got \"rates, Rates\""):
        Finding("So.", tables=(table("rates"), table("Rates")))
    with pytest.raises(DataError, match=r"two tables of a finding share a name"):
        Finding("So.", tables=(table(), table()))
    with pytest.raises(DataError, match=r"two charts of a finding differ by capitals alone"):
        Finding("So.", tables=(table(),), charts=(chart("fan"), chart("FAN")))
    with pytest.raises(DataError, match=r"two columns of table 't' differ by capitals alone\. Got \"Region, region\""):
        Table("t", {"Region": ["a"], "region": ["b"]})
    assert len(Finding("So.", tables=(table("t"),), charts=(chart("t"),)).charts) == 1  # a chart may share with a table


def test_a_table_has_a_column() -> None:
    with pytest.raises(DataError, match=r"table 't' has no column"):
        Table("t", {})


def test_settings_of_a_chart_are_plain() -> None:
    made = chart(
        origin=np.int64(2017),
        limits=np.array([0.0, 1.0]),
        grey=("naive",),
        zero=np.bool_(True),
        deep={"a": np.float64(2)},
    )
    assert dict(made.options) == {
        "origin": 2017,
        "limits": [0.0, 1.0],
        "grey": ["naive"],
        "zero": True,
        "deep": {"a": 2.0},
    }
    assert type(made.options["origin"]) is int
    assert type(made.options["zero"]) is bool
    back = json.loads(json.dumps(chart_json(made)))
    assert Chart(**back) == made
    with pytest.raises(DataError, match=r"option 'limits' of chart 'c' is no plain value\. Got \"set\""):
        chart(limits={1, 2})


@pytest.mark.parametrize("empty", [np.array([], dtype=object), np.array([], dtype=str)])
def test_an_empty_text_column_stays_text(empty: np.ndarray) -> None:
    made = Table("t", {"place": empty, "value": []})
    assert made["place"].dtype == object
    assert made["value"].dtype == np.float64
    assert table_head(made)["columns"] == {"place": "text", "value": "number"}
    assert table_from(table_head(made), table_arrays(made))["place"].dtype == object
