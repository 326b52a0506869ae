"""Periods: one spelling for each, their order, and what comes after."""

from __future__ import annotations

import numpy as np
import pytest

from coevolve.errors import DataError
from coevolve.evidence.periods import Periods, canonical, kind_of


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (2001, "2001"),
        (2001.0, "2001"),
        (np.int64(2001), "2001"),
        (np.float64(2001), "2001"),
        (" 2001 ", "2001"),
        ("2001.0", "2001"),
        ("2006q1", "2006-Q1"),
        ("2006-Q4", "2006-Q4"),
        ("2006M03", "2006-03"),
        ("2006-03", "2006-03"),
        (2.5, "2.5"),
        ("01", "1"),
        ("1.50", "1.5"),
        ("+2001", "2001"),
        ("-0500", "-0500"),
        ("0999", "0999"),
        ("200601", "2006-01"),
        (200601, "2006-01"),
        (200601.0, "2006-01"),
        ("200613", "200613"),
    ],
)
def test_one_spelling(written: object, read: str) -> None:
    assert canonical(written) == read


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["2001", "2002"], "year"),
        (["2001-Q1", "2001-Q2"], "quarter"),
        (["2001-01", "2001-12"], "month"),
        (["1", "2.5", "17"], "number"),
        (["0", "2001"], "number"),
    ],
)
def test_kinds(texts: list[str], kind: str) -> None:
    assert kind_of(texts) == kind


def test_mixtures_and_words_are_refused() -> None:
    with pytest.raises(DataError, match=r"different kinds.*2001 \(year\).*2001-Q1 \(quarter\)"):
        Periods.of(["2001", "2001-Q1"])
    with pytest.raises(DataError, match=r"this is not a period. Got \"spring\""):
        Periods.of(["2001", "spring"])


@pytest.mark.parametrize("twice", [["1", "01"], ["2006-01", "200601"], ["2001", "+2001"], ["2.5", "2.50"]])
def test_two_spellings_are_one_period(twice: list[str]) -> None:
    assert len(Periods.of(twice)) == 1


def test_two_labels_at_one_place_are_refused() -> None:
    with pytest.raises(DataError, match=r"two labels mean one period.*0999"):
        Periods.of(["0999", "999", "5"])


def test_order_is_time_and_not_the_alphabet() -> None:
    assert Periods.of([10, 9, 100]).labels == ("9", "10", "100")
    assert Periods.of(["2001-12", "2001-02", "2002-01"]).labels == ("2001-02", "2001-12", "2002-01")


def test_positions_count_periods() -> None:
    months = Periods.of(["2006-11", "2006-12", "2007-01"])
    assert np.diff(months.position).tolist() == [1, 1]
    assert months.season == 12
    assert months.word == "month"
    quarters = Periods.of(["2006-Q4", "2007-Q1"])
    assert np.diff(quarters.position).tolist() == [1]
    assert quarters.season == 4
    assert not Periods.of([2001, 2003]).is_regular()
    assert Periods.of([2001, 2002]).is_regular()


def test_after_and_until() -> None:
    assert Periods.of(["2006-Q3", "2006-Q4"]).after(2) == ("2007-Q1", "2007-Q2")
    assert Periods.of([2016, 2017]).until(2017) == ()
    assert Periods.of([2016, 2017]).until("2019") == ("2018", "2019")
    assert Periods.of([0, 1, 2.5]).until(5) == ("3", "4", "5")


@pytest.mark.parametrize(
    ("labels", "step", "next_two"),
    [
        (["2000", "2005", "2010"], 5.0, ("2015", "2020")),
        (["2006-Q1", "2006-Q3"], 2.0, ("2007-Q1", "2007-Q3")),
        (["0", "0.1", "0.2", "0.3"], 0.1, ("0.4", "0.5")),
        (["0.5", "1.5"], 1.0, ("2.5", "3.5")),
        (["6", "7.5", "15", "51.5"], 1.0, ("52", "53")),
        (["2016"], 1.0, ("2017", "2018")),
    ],
)
def test_labels_ahead_keep_the_step_of_an_even_axis(labels: list[str], step: float, next_two: tuple[str, str]) -> None:
    periods = Periods.of(labels)
    assert periods.step == pytest.approx(step)
    assert periods.after(2) == next_two
    assert periods.until(next_two[1]) == next_two
    assert periods.ahead(next_two)[0] > periods.position[-1]


def test_index_names_the_span() -> None:
    years = Periods.of([2001, 2002])
    assert years.index(2002.0) == 1
    with pytest.raises(DataError, match=r"not in the panel.*2005.*2001 to 2002"):
        years.index(2005)


def test_no_period_at_all_is_one_empty_one() -> None:
    none = Periods.of([])
    assert none.labels == ("",)
    assert none.kind == "none"
    assert none.position.tolist() == [0.0]
