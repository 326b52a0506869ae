"""Cultures measured at hours of their own: what no row lists is no gap, and average change is change by the hour."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coevolve.evidence.audit import panel_lines
from coevolve.evidence.library import panel
from coevolve.evidence.panel import Status
from coevolve.themes.symbiosis.future import baseline_table, forecast_table, period_values

HOURS = {"one": [6, 16, 24], "two": [7.5, 15, 31.5], "both": [6, 24, 40]}


def cultures() -> pd.DataFrame:
    rows = []
    for culture, hours in HOURS.items():
        for yeast in ("a", "b"):
            there = culture == "both" or (culture == "one") == (yeast == "a")
            rows += [(culture, yeast, hour, 2.0 + hour if there else None, not there) for hour in hours]
    return pd.DataFrame(rows, columns=["culture", "yeast", "hour", "volume", "volume_not_applicable"])


def test_a_pole_that_cannot_be_there_is_absent_at_all_hours_and_nothing_else_is_a_gap() -> None:
    made = panel(cultures(), region="culture", industry="yeast", period="hour", values=["volume"])
    assert made.periods.labels == ("6", "7.5", "15", "16", "24", "31.5", "40")
    status = made.indicator("volume").status
    regions = {name: k for k, name in enumerate(made.regions)}
    assert (status[regions["one"], 1] == Status.NOT_APPLICABLE).all()
    assert (status[regions["two"], 0] == Status.NOT_APPLICABLE).all()
    assert (status[regions["both"]] == Status.OBSERVED).sum(axis=1).tolist() == [3, 3]
    words = " ".join(line.words for line in panel_lines("cultures", made))
    assert "100.0 % of the cells inside the series are observed, 2 of 4 series cover 6 to 40" in words
    assert ", 0 gaps." in words


def test_drift_goes_by_the_hour() -> None:
    series = panel(cultures(), region="culture", industry="yeast", period="hour", values=["volume"]).series("volume")
    rows = baseline_table(series, ("41", "50")).rows()
    found = {
        (row["region"], row["series"], row["period"]): row["value"] for row in rows if row["forecaster"] == "drift"
    }
    assert found == pytest.approx(
        {
            ("one", "a", 41.0): 43.0,  # 2 + hour throughout, so one unit an hour
            ("one", "a", 50.0): 52.0,
            ("two", "b", 41.0): 43.0,
            ("two", "b", 50.0): 52.0,
            ("both", "a", 41.0): 43.0,
            ("both", "a", 50.0): 52.0,
            ("both", "b", 41.0): 43.0,
            ("both", "b", 50.0): 52.0,
        }
    )


def test_plain_numbers_are_numbers_in_every_table() -> None:
    assert period_values(("6", "7.5"), "number").tolist() == [6.0, 7.5]
    assert period_values(("2006", "2007"), "year").tolist() == [2006, 2007]
    assert period_values(("2006-Q1",), "quarter").tolist() == ["2006-Q1"]
    series = panel(cultures(), region="culture", industry="yeast", period="hour", values=["volume"]).series("volume")
    table = forecast_table(series, ("41", "42"), np.ones((3, 2, 2, 21)))
    assert {row["period"] for row in table.rows()} == {41.0, 42.0}
