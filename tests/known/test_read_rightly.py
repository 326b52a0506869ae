"""The fifteen awkward but honest files: each read to the right numbers, and what was doubtful said."""

import datetime
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from coevolve.evidence.panel import Panel, Status
from coevolve.evidence.read import Reading, read

PLAIN = "state,year,firms\nA,2001,3\nA,2002,4.5\nB,2001,5\nB,2002,1234\n"
KEYS = {"region": "state", "year": "year", "values": ["firms"]}


def reading(folder: Path, content: str | bytes, name: str = "panel.csv", **keys: object) -> Reading:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return read({"file": name, **keys}, name="firms", base=folder)


def panel(folder: Path, content: str | bytes, name: str = "panel.csv", **keys: object) -> Panel:
    item = reading(folder, content, name, **keys).item
    assert isinstance(item, Panel)
    return item


def numbers(one: Panel, name: str = "firms") -> list[float]:
    return one.indicator(name).values.ravel().tolist()


@pytest.fixture
def plain(tmp_path: Path) -> Panel:
    return panel(tmp_path, PLAIN, "plain.csv", **KEYS)


def test_a_plain_file(plain: Panel) -> None:
    assert plain.regions == ("A", "B")
    assert plain.periods.labels == ("2001", "2002")
    assert numbers(plain) == [3, 4.5, 5, 1234]
    assert plain.notes == ()


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_1_other_delimiters(tmp_path: Path, plain: Panel, mark: str, word: str) -> None:
    one = panel(tmp_path, PLAIN.replace(",", mark), **KEYS)
    assert one.digest() == plain.digest()
    assert any(word in note for note in one.notes)


def test_2_decimal_comma(tmp_path: Path, plain: Panel) -> None:
    one = panel(tmp_path, PLAIN.replace(",", ";").replace("4.5", "4,5"), **KEYS)
    assert one.digest() == plain.digest()
    assert any("decimal comma" in note for note in one.notes)


def test_3_byte_order_mark(tmp_path: Path, plain: Panel) -> None:
    one = panel(tmp_path, b"\xef\xbb\xbf" + PLAIN.encode(), **KEYS)
    assert one.digest() == plain.digest()
    assert any("byte-order mark" in note for note in one.notes)


@pytest.mark.parametrize(
    ("encoding", "word"),
    [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16"), ("latin-1", "Latin-1")],
)
def test_4_other_encodings(tmp_path: Path, encoding: str, word: str) -> None:
    text = PLAIN.replace("A,", "Île-de-France,").replace("B,", "Thüringen,")
    one = panel(tmp_path, text.encode(encoding), **KEYS)
    assert set(one.regions) == {"Île-de-France", "Thüringen"}
    assert numbers(one.select(regions=["Île-de-France", "Thüringen"])) == [3, 4.5, 5, 1234]
    assert any(word in note for note in one.notes)


def test_5_years_as_columns(tmp_path: Path, plain: Panel) -> None:
    text = "state,2001,2002\nA,3,4.5\nB,5,1234\n"
    said = panel(tmp_path, text, region="state", wide="year", values=["firms"])
    assert said.digest() == plain.digest()
    guessed = reading(tmp_path, text)
    assert guessed.item.digest() == plain.digest()
    assert guessed.guessed["wide"] == "year (2001 to 2002)"
    assert guessed.guessed["region"] == "state"


def test_6_industries_as_columns(tmp_path: Path) -> None:
    text = "state,year,steel,cars\nA,2001,1,2\nA,2002,3,4\n"
    one = panel(tmp_path, text, region="state", year="year", wide="industry", values=["jobs"])
    assert one.industries == ("cars", "steel")
    assert one.indicator("jobs").values.tolist() == [[[2, 4], [1, 3]]]


def test_7_marks_of_absence(tmp_path: Path) -> None:
    text = "state,year,firms\nA,2001,:\nA,2002,c\nA,2003,(D)\nA,2004,..\nA,2005,z\nA,2006,0\nA,2007,12 p\nA,2008,: c\n"
    one = panel(tmp_path, text, missing="keep", **KEYS)
    kinds = [Status(k).name for k in one.indicator("firms").status.ravel()]
    assert kinds == [
        "MISSING",
        "SUPPRESSED",
        "SUPPRESSED",
        "MISSING",
        "NOT_APPLICABLE",
        "OBSERVED",
        "OBSERVED",
        "SUPPRESSED",
    ]
    assert one.indicator("firms").values[0, 0, [5, 6]].tolist() == [0, 12]
    assert '1 cells "(D)" read as suppressed.' in one.notes
    assert any('flag "p"' in note for note in one.notes)


def test_7_marks_that_the_study_names(tmp_path: Path) -> None:
    text = "state,year,firms\nA,2001,1\nA,2002,n.a.\nA,2003,-\nA,2004,:\nA,2005,2\n"
    absent = {"missing": ["n.a."], "suppressed": ["-"], "not_applicable": [":"]}
    one = panel(tmp_path, text, absent=absent, missing="keep", **KEYS)
    assert one.indicator("firms").status.ravel().tolist() == [0, 1, 2, 3, 0]


@pytest.mark.parametrize("written", ['"1,234"', "1 234", "1\u00a0234", "1'234", "1\u202f234"])
def test_8_thousands_separators(tmp_path: Path, plain: Panel, written: str) -> None:
    one = panel(tmp_path, PLAIN.replace("1234", written), **KEYS)
    assert one.digest() == plain.digest()
    assert any("thousands" in note for note in one.notes)


def test_8_points_between_thousands(tmp_path: Path) -> None:
    one = panel(tmp_path, "state;year;firms\nA;2001;1.234.567,5\nA;2002;1.234\n", **KEYS)
    assert numbers(one) == [1234567.5, 1234]


def test_8_a_comma_that_could_be_either_is_said(tmp_path: Path) -> None:
    one = panel(tmp_path, 'state,year,firms\nA,2001,"1,234"\nA,2002,"2,345"\n', **KEYS)
    assert numbers(one) == [1234, 2345]
    assert any('decimal = ","' in note for note in one.notes)
    other = panel(tmp_path, 'state,year,firms\nA,2001,"1,234"\nA,2002,"2,345"\n', decimal=",", **KEYS)
    assert numbers(other) == [1.234, 2.345]


def test_9_quoted_numbers(tmp_path: Path, plain: Panel) -> None:
    lines = ["\n" if not line else ",".join(f'"{cell}"' for cell in line.split(",")) for line in PLAIN.splitlines()]
    assert panel(tmp_path, "\n".join(lines) + "\n", **KEYS).digest() == plain.digest()


def test_10_leading_zeros(tmp_path: Path) -> None:
    one = panel(
        tmp_path,
        "fips,naics,year,firms\n01,0111,2001,1\n02,0111,2001,2\n",
        region="fips",
        industry="naics",
        year="year",
        values="firms",
    )
    assert one.regions == ("01", "02")
    assert one.industries == ("0111",)


def test_10_leading_zeros_compare_as_text(tmp_path: Path) -> None:
    text = "fips,year,firms\n01,2001,1\n02,2001,2\n02,2002,3\n"
    one = panel(
        tmp_path, text, region="fips", year="year", values="firms", where="fips = '02' and year between 2001 and 2002"
    )
    assert one.regions == ("02",)
    assert numbers(one) == [2, 3]


def test_11_the_label_na(tmp_path: Path) -> None:
    one = panel(
        tmp_path,
        "country,year,firms\nNA,2001,1\nnull,2001,2\nNaN,2001,3\n",
        region="country",
        year="year",
        values="firms",
    )
    assert set(one.regions) == {"NA", "null", "NaN"}


def test_12_blank_lines_and_footnotes(tmp_path: Path, plain: Panel) -> None:
    one = panel(tmp_path, PLAIN + "\n\nSource: Census Bureau, 2020\n* preliminary\n\n\n", **KEYS)
    assert one.digest() == plain.digest()
    assert any("2 footnote lines" in note and "Source: Census Bureau" in note for note in one.notes)
    assert any("5 blank lines" in note or "blank line" in note for note in one.notes)


def test_12_a_title_above_the_header(tmp_path: Path, plain: Panel) -> None:
    one = panel(tmp_path, "Firms by state\n\n" + PLAIN, **KEYS)
    assert one.digest() == plain.digest()
    assert any("above the header" in note for note in one.notes)


def test_labels_that_differ_in_capitals_are_said(tmp_path: Path) -> None:
    one = panel(tmp_path, "state,year,firms\nOhio,2001,1\nohio ,2002,2\n", **KEYS)
    assert one.regions == ("Ohio", "ohio")
    assert any("'Ohio' and 'ohio'" in note for note in one.notes)


def test_the_first_line_that_excel_writes(tmp_path: Path, plain: Panel) -> None:
    one = panel(tmp_path, "sep=;\n" + PLAIN.replace(",", ";"), **KEYS)
    assert one.digest() == plain.digest()


@pytest.mark.parametrize(
    ("months", "labels"),
    [
        ((1, 1, 1), ("2001", "2002", "2003")),
        ((1, 2, 3), ("2001-01", "2001-02", "2001-03")),
        ((1, 4, 7), ("2001-Q1", "2001-Q2", "2001-Q3")),
    ],
)
def test_13_excel_dates_as_periods(tmp_path: Path, months: tuple[int, ...], labels: tuple[str, ...]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["state", "when", "firms"])
    for k, month in enumerate(months):
        sheet.append(["A", datetime.datetime(2001 + (k if len(set(months)) == 1 else 0), month, 1), k + 1])
    book.save(tmp_path / "panel.xlsx")
    item = read(
        {"file": "panel.xlsx", "region": "state", "period": "when", "values": ["firms"]}, name="firms", base=tmp_path
    ).item
    assert item.periods.labels == labels
    assert numbers(item) == [1, 2, 3]


def test_14_loops_and_duplicate_links(tmp_path: Path) -> None:
    (tmp_path / "ties.csv").write_text("source,target,weight\na,b,1\na,b,2\na,a,5\nb,c,1\n")
    network = read({"file": "ties.csv", "kind": "network"}, name="ties", base=tmp_path).item
    assert any("1 link from an actor to itself" in note for note in network.notes)
    assert any("1 repeated link" in note for note in network.notes)
    assert network.matrix()[network.labels.index("b"), network.labels.index("a")] == 3


def test_15_industries_without_output(tmp_path: Path) -> None:
    (tmp_path / "flows.csv").write_text("from,to,flow\na,a,1\na,b,2\nb,a,3\nb,b,4\nc,a,0\n")
    (tmp_path / "vectors.csv").write_text(
        "sector,gross_output,final_demand,value_added\na,10,7,6\nb,20,13,14\nc,0,0,0\n"
    )
    accounts = read({"file": "flows.csv", "vectors": "vectors.csv"}, name="io", base=tmp_path).item
    assert accounts.direct[0, :, 2].tolist() == [0, 0, 0]
    assert np.isfinite(accounts.leontief).all()
    assert any("1 sectors have no output" in note and "c" in note for note in accounts.notes)
    assert not any("balance" in note for note in accounts.notes)
