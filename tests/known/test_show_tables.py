"""Tables as files and as text: every digit kept, four kinds of absence apart, no formula that runs."""

import csv
import hashlib
import io
import math
import os

import duckdb
import numpy as np
import openpyxl
import pytest
from rich.console import Console

from coevolve.inquiry.finding import Finding, Note, Source, Table
from coevolve.inquiry.record import table_from, table_head
from coevolve.show.html import table_html
from coevolve.show.numbers import cell, interval, number
from coevolve.show.tables import (
    csv_text,
    frame,
    latex,
    read_parquet,
    table_text,
    terminal,
    workbook,
    write_csv,
    write_parquet,
)

FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"]


@pytest.fixture
def table() -> Table:
    return Table(
        "mixed",
        {
            "region": np.array(["Hubei", "=SUM(A1)", "007", 'a "quoted", place'], dtype=object),
            "year": np.array([2001, 2002, 2003, 2004]),
            "value": np.array([0.1 + 0.2, math.nan, math.nan, math.nan]),
            "zero": np.array([0.0, 1e-300, -1.5, 1e22]),
            "is_stable": np.array([True, False, True, False]),
        },
        {"value": "GWh"},
        "One row a region.",
        {"value": np.array([0, 1, 2, 3], np.uint8)},
    )


def test_parquet_comes_back_as_it_was(table, tmp_path):
    write_parquet(table, tmp_path / "t.parquet")
    back = table_from(table_head(table), read_parquet(tmp_path / "t.parquet", table_head(table)))
    for name, values in table.columns.items():
        assert back[name].dtype == values.dtype
        np.testing.assert_array_equal(back[name], values)
    np.testing.assert_array_equal(back.absent["value"], table.absent["value"])


def test_parquet_says_the_absences_to_other_programs(table, tmp_path):
    path = tmp_path / "it's here.parquet"
    write_parquet(table, path)
    with duckdb.connect() as database:
        rows = database.execute("SELECT value, value_absent FROM read_parquet(?)", [str(path)]).fetchall()
    assert rows == [(0.1 + 0.2, ""), (None, "missing"), (None, "suppressed"), (None, "not applicable")]


def test_the_same_table_gives_the_same_bytes(table, tmp_path):
    digests = set()
    for place in range(3):
        write_parquet(table, tmp_path / f"{place}.parquet")
        write_csv(table, tmp_path / f"{place}.csv")
        digests.add(
            tuple(hashlib.sha256((tmp_path / f"{place}{e}").read_bytes()).hexdigest() for e in (".parquet", ".csv"))
        )
    assert len(digests) == 1


def test_a_table_without_rows_keeps_its_columns(tmp_path):
    empty = Table.of_rows("empty", ["region", "value"], [])
    write_parquet(empty, tmp_path / "e.parquet")
    assert len(table_from(table_head(empty), read_parquet(tmp_path / "e.parquet", table_head(empty)))) == 0
    assert csv_text(empty) == "region,value\n"


def test_csv_keeps_every_digit_and_the_four_absences(table):
    rows = list(csv.DictReader(io.StringIO(csv_text(table))))
    assert [float(row["zero"]) for row in rows] == table["zero"].tolist()
    assert float(rows[0]["value"]) == 0.1 + 0.2
    assert [row["value"] for row in rows[1:]] == ["", "", ""]
    assert [row["value_absent"] for row in rows] == ["", "missing", "suppressed", "not applicable"]
    assert rows[2]["region"] == "007"
    assert rows[3]["region"] == 'a "quoted", place'


@pytest.mark.parametrize("formula", FORMULAS)
def test_csv_defuses_formulas(formula):
    text = csv_text(Table("t", {"name": np.array([formula], dtype=object), "n": [-1.0]}))
    name, amount = next(iter(list(csv.reader(io.StringIO(text)))[1:]))
    assert name == "'" + formula.replace("\r", "\n")
    assert amount == "-1.0"


def test_nothing_half_written_is_left(table, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    for write, name in ((write_csv, "t.csv"), (write_parquet, "t.parquet")):
        with pytest.raises(OSError, match="No space"):
            write(table, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_excel_holds_text_not_formulas(table, tmp_path):
    finding = Finding(
        "It is so.", tables=(table, Table("a_very_long_name_of_a_table_indeed_more_than_31", {"x": [1.0]}))
    )
    workbook(finding, tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    sheet = book["mixed"]
    assert [one.value for one in sheet["A"]] == ["region", "Hubei", "=SUM(A1)", "007", 'a "quoted", place']
    assert {one.data_type for one in sheet["A"]} == {"s"}
    assert sheet["C2"].value == pytest.approx(0.1 + 0.2, rel=1e-15)
    assert [one.value for one in sheet["D"]][1:] == [None, "missing", "suppressed", "not applicable"]
    assert all(len(name) <= 31 for name in book.sheetnames)
    assert book.sheetnames[0] == "contents"


def test_a_frame_has_the_same_numbers(table):
    made = frame(table)
    assert list(made.columns) == ["region", "year", "value", "value_absent", "zero", "is_stable"]
    assert made["zero"].tolist() == table["zero"].tolist()
    made.loc[0, "zero"] = 9.0
    assert table["zero"][0] == 0.0


def test_latex_is_escaped_and_balanced(table):
    text = latex(Table("t", {"R&D_share": ["100 % of a_b {x} #1 ~^\\"]}, caption="50 % & more"))
    assert r"R\&D share" in text
    assert r"100 \% of a\_b \{x\} \#1 \textasciitilde{}\textasciicircum{}\textbackslash{}" in text
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    assert r"\toprule" in latex(table)


def test_html_escapes_every_cell():
    html = table_html(Table("t", {"<th>": ["<img src=x onerror=alert(1)>"]}, {"<th>": "<unit>"}))
    assert "<img" not in html
    assert "<unit>" not in html


@pytest.mark.parametrize("width", [30, 44, 60, 200])
def test_the_terminal_keeps_its_width_and_every_column(table, width):
    lines = table_text(table, width).split("\n")
    assert max(len(line) for line in lines) <= width
    for word in ("region", "year", "value", "zero", "is stable", "suppressed"):
        assert word in "\n".join(lines)


def test_rows_left_out_are_counted():
    long = Table("t", {"x": np.arange(100)})
    assert "... 92 more rows" in table_text(long)
    assert "more rows" not in table_text(long, rows=None)


def test_the_terminal_says_the_claim_first(table):
    finding = Finding(
        "Growth is probably shared [not markup].",
        "Do they grow together?",
        (table,),
        (),
        (Note("Add two years before acting.", "caution"),),
        (Source("TW", "Tong & Wang (2017)."),),
    )
    console = Console(record=True, width=80, file=io.StringIO())
    terminal(finding, console)
    text = console.export_text()
    places = [text.index(words) for words in ("[not markup]", "! Add two years", "region", "Sources: Tong & Wang")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.42, "0.42"),
        (0.123456, "0.123"),
        (12.345, "12.3"),
        (99.96, "100"),
        (999.6, "1000"),
        (1234.5, "1234"),
        (-12345678.0, "−12\u2009345\u2009678"),
        (0.00012, "0.00012"),
        (0.000099, "9.9\u2009×\u200910⁻⁵"),
        (999999999.0, "999\u2009999\u2009999"),
        (-4.331e18, "−4.33\u2009×\u200910¹⁸"),
        (math.inf, "∞"),
    ],
)
def test_numbers_have_three_significant_figures(value, text):
    assert number(value) == text


def test_an_interval_in_words():
    assert interval(0.42, 0.31, 0.55) == "0.42 (0.31 to 0.55)"


def test_the_four_absences_look_different():
    shown = [cell(0.0), *(cell(math.nan, "x", code) for code in (1, 2, 3))]
    assert shown == ["0", "–", "c", "·"]
