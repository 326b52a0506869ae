"""One table in every format gives one and the same Panel."""

import datetime
import gzip
from pathlib import Path

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pytest

from coevolve.errors import DataError
from coevolve.evidence.guess import guess
from coevolve.evidence.library import accounts, network, panel
from coevolve.evidence.panel import Panel, Status
from coevolve.evidence.read import read

KEYS = {"region": "state", "industry": "sector", "year": "year", "values": ["firms", "pay"]}


@pytest.fixture
def frame() -> pd.DataFrame:
    rows = [(s, i, y) for s in ("01", "02", "NA") for i in ("steel", "cars") for y in (2001, 2002, 2003)]
    table = pd.DataFrame(rows, columns=["state", "sector", "year"])
    table["firms"] = np.arange(1, len(table) + 1) * 1000
    table["pay"] = np.arange(len(table)) / 8 + 0.1
    table.loc[table.index[-1], "pay"] = np.nan
    return table


@pytest.fixture
def plain(frame: pd.DataFrame) -> Panel:
    return panel(frame, **KEYS)


def test_the_frame_itself(plain: Panel) -> None:
    assert plain.shape == (3, 2, 3)
    assert plain.regions == ("01", "02", "NA")
    assert plain.indicator("firms").values[0, 1, 0] == 1000
    assert plain.indicator("pay").status[2, 0, 2] == Status.MISSING


def test_csv(tmp_path: Path, frame: pd.DataFrame, plain: Panel) -> None:
    frame.to_csv(tmp_path / "p.csv", index=False)
    frame.to_csv(tmp_path / "p.csv.gz", index=False)
    assert panel(tmp_path / "p.csv", **KEYS).digest() == plain.digest()
    assert panel(str(tmp_path / "p.csv.gz"), **KEYS).digest() == plain.digest()


def test_decimal_comma_and_thousands(tmp_path: Path, frame: pd.DataFrame, plain: Panel) -> None:
    table = frame.assign(firms=[f"{one:,}".replace(",", ".") for one in frame.firms])
    table.to_csv(tmp_path / "p.csv", index=False, sep=";", decimal=",")
    assert panel(tmp_path / "p.csv", **KEYS).digest() == plain.digest()


def test_parquet(tmp_path: Path, frame: pd.DataFrame, plain: Panel) -> None:
    duckdb.from_df(frame).write_parquet(str(tmp_path / "p.parquet"))
    assert panel(tmp_path / "p.parquet", **KEYS).digest() == plain.digest()


def test_excel(tmp_path: Path, frame: pd.DataFrame, plain: Panel) -> None:
    frame.to_excel(tmp_path / "p.xlsx", index=False, sheet_name="data", startrow=2)
    book = openpyxl.load_workbook(tmp_path / "p.xlsx")
    book["data"]["A1"] = "A title"
    book.create_sheet("notes")["A1"] = "words"
    book.save(tmp_path / "p.xlsx")
    found = panel(tmp_path / "p.xlsx", **KEYS)
    assert found.digest() == plain.digest()
    assert any("there are also: notes" in note for note in found.notes)
    assert panel(tmp_path / "p.xlsx", sheet="data", **KEYS).digest() == plain.digest()
    with pytest.raises(DataError, match=r"there is no sheet 'dta'\. Got \"dta\"\. Did you mean 'data'"):
        panel(tmp_path / "p.xlsx", sheet="dta", **KEYS)


def test_excel_rows_are_those_that_excel_shows(tmp_path: Path, frame: pd.DataFrame) -> None:
    table = frame.astype({"firms": object})
    table.loc[3, "firms"] = "many"
    table.to_excel(tmp_path / "p.xlsx", index=False, startrow=2)
    with pytest.raises(DataError, match=r"p\.xlsx, row 7: 'firms' is not a number. Got \"many\""):
        panel(tmp_path / "p.xlsx", **KEYS)


def test_stata(tmp_path: Path, frame: pd.DataFrame, plain: Panel) -> None:
    frame.assign(sector=frame.sector.astype("category")).to_stata(tmp_path / "p.dta", write_index=False)
    assert panel(tmp_path / "p.dta", **KEYS).digest() == plain.digest()


def test_sdmx_csv(tmp_path: Path, frame: pd.DataFrame, plain: Panel) -> None:
    table = frame.melt(id_vars=["state", "sector", "year"], var_name="MEASURE", value_name="OBS_VALUE")
    table = table.rename(columns={"state": "REF_AREA", "sector": "ACTIVITY", "year": "TIME_PERIOD"})
    table.insert(0, "DATAFLOW", "AGENCY:FIRMS(1.0)")
    table.insert(1, "FREQ", "A")
    table["OBS_STATUS"] = np.where(table.OBS_VALUE.isna(), "L", "A")
    table.to_csv(tmp_path / "p.csv", index=False)
    found = read({"file": "p.csv"}, name="firms", base=tmp_path)
    assert isinstance(found.item, Panel)
    assert found.item.digest() == plain.digest()
    assert found.guessed["region"] == "REF_AREA"
    assert found.guessed["indicator"] == "MEASURE"


def test_sdmx_flags_become_kinds_of_absence(tmp_path: Path) -> None:
    text = "DATAFLOW,FREQ,geo,TIME_PERIOD,OBS_VALUE,OBS_STATUS,CONF_STATUS\n"
    rows = ["2001,1,A,F", "2002,,M,F", "2003,,Q,F", "2004,,A,C", "2005,,L,F", "2006,0,A,F", "2007,5,B,F"]
    (tmp_path / "p.csv").write_text(text + "".join(f"X,A,AT,{row}\n" for row in rows))
    one = read({"file": "p.csv", "missing": "keep"}, name="gdp", base=tmp_path).item
    assert one.indicator("gdp").status.ravel().tolist() == [0, 3, 2, 2, 1, 0, 0]
    assert any("a break in the series" in note for note in one.notes)


def test_sdmx_with_two_units_is_refused(tmp_path: Path) -> None:
    text = "DATAFLOW,FREQ,unit,geo,TIME_PERIOD,OBS_VALUE\nX,A,EUR,AT,2001,1\nX,A,PC,AT,2001,2\n"
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(DataError, match="'unit' has several values") as caught:
        read({"file": "p.csv"}, name="gdp", base=tmp_path)
    assert "unit = 'EUR'" in str(caught.value)
    one = read({"file": "p.csv", "where": "unit = 'PC'"}, name="gdp", base=tmp_path).item
    assert one.indicator("gdp").values.ravel().tolist() == [2]


def test_polars_and_duckdb(tmp_path: Path, frame: pd.DataFrame, plain: Panel) -> None:
    frame.to_csv(tmp_path / "p.csv", index=False)
    table = pl.read_csv(tmp_path / "p.csv", schema_overrides={"state": pl.String})
    assert panel(table, **KEYS).digest() == plain.digest()
    assert panel(table.lazy(), **KEYS).digest() == plain.digest()
    assert panel(duckdb.from_df(frame), **KEYS).digest() == plain.digest()
    with pytest.raises(DataError, match="this is no frame"):
        panel([1, 2, 3], **KEYS)


def test_a_query(tmp_path: Path, frame: pd.DataFrame, plain: Panel) -> None:
    duckdb.from_df(frame).write_parquet(str(tmp_path / "p.parquet"))
    found = read({"query": "SELECT * FROM 'p.parquet'", **KEYS}, name="firms", base=tmp_path)
    assert found.item.digest() == plain.digest()


def test_a_query_reads_the_folder_of_statistics(tmp_path: Path, frame: pd.DataFrame, plain: Panel) -> None:
    folder = tmp_path / "it's here"
    folder.mkdir()
    duckdb.from_df(frame).write_parquet(str(folder / "p.parquet"))
    keys = {"query": "SELECT * FROM 'data:p.parquet'", **KEYS}
    assert read(keys, name="firms", base=tmp_path / "elsewhere", data=folder).item.digest() == plain.digest()
    with pytest.raises(DataError, match="folder of 'data:' is not known") as caught:
        read(keys, name="firms", base=tmp_path)
    assert "firms, query" in str(caught.value)
    with pytest.raises(DataError, match="cannot be run"):
        read(keys, name="firms", base=tmp_path, data=folder, only_under=tmp_path / "elsewhere")


def test_long_and_wide_layouts(tmp_path: Path, frame: pd.DataFrame, plain: Panel) -> None:
    long = frame.melt(id_vars=["state", "sector", "year"], var_name="indicator", value_name="value")
    assert panel(long).digest() == plain.digest()
    firms = plain.select(indicators=["firms"])
    by_year = frame.pivot_table(index=["state", "sector"], columns="year", values="firms").reset_index()
    by_year.columns = [str(one) for one in by_year.columns]
    assert panel(by_year, region="state", industry="sector", wide="year", values="firms").digest() == firms.digest()
    by_sector = frame.pivot_table(index=["state", "year"], columns="sector", values="firms").reset_index()
    assert panel(by_sector, region="state", year="year", wide="industry", values="firms").digest() == firms.digest()


def test_an_indicator_without_industry_stays_regional() -> None:
    table = pd.DataFrame(
        {
            "state": ["A", "A", "A"],
            "sector": ["x", "y", ""],
            "year": 2001,
            "indicator": ["firms", "firms", "patents"],
            "value": [1, 2, 9],
        }
    )
    one = panel(table, region="state", industry="sector", year="year", indicator="indicator", value="value")
    assert one.indicator("patents").is_regional
    assert one.indicator("firms").industries == ("x", "y")


def test_units_derive_groups_and_labels(frame: pd.DataFrame) -> None:
    table = frame.assign(cluster=frame.state.map({"01": "north", "02": "south", "NA": "south"}))
    one = panel(
        table,
        **KEYS,
        units={"pay": "USD"},
        derive={"pay_per_firm": "pay / firms", "twice": "2 * (firms + firms) - 2 * firms"},
        groups=["cluster"],
        labels={"NA": "Namibia"},
    )
    assert one.regions == ("01", "02", "Namibia")
    assert one.groups["cluster"] == ("north", "south", "south")
    assert one.indicator("pay").unit == "USD"
    assert np.allclose(one.indicator("twice").values, 2 * one.indicator("firms").values)
    assert one.indicator("pay_per_firm").status[2, 0, 2] == Status.MISSING


def test_a_division_by_zero_is_missing_and_counted() -> None:
    table = pd.DataFrame({"state": "A", "year": [2001, 2002], "rd": [1.0, 2.0], "firms": [0, 4]})
    one = panel(table, region="state", year="year", values=["rd", "firms"], derive={"rd_per_firm": "rd / firms"})
    assert one.indicator("rd_per_firm").status.ravel().tolist() == [1, 0]
    assert any("1 cells of 'rd_per_firm'" in note for note in one.notes)


def test_a_group_that_changes_is_refused(frame: pd.DataFrame) -> None:
    table = frame.assign(cluster=["north"] * 6 + ["south"] * 11 + ["west"])
    words = r"row 18: NA has two labels in the group 'cluster': 'south' before\. Got \"west\""
    with pytest.raises(DataError, match=words):
        panel(table, **KEYS, groups=["cluster"])


def test_months_to_years() -> None:
    months = [f"{year}-{month:02d}" for year in (2001, 2002) for month in range(1, 13)] + ["2003-01"]
    table = pd.DataFrame({"state": "A", "month": months, "sales": 1.0, "employment": 12.0})
    one = panel(table, region="state", period="month", values=["sales", "employment"], to="year")
    assert one.periods.labels == ("2001", "2002")
    assert one.indicator("sales").values.ravel().tolist() == [12, 12]
    assert one.indicator("employment").values.ravel().tolist() == [12, 12]
    assert any("'employment' by year is the mean" in note for note in one.notes)
    assert any("2003" in note and "absent" in note for note in one.notes)


@pytest.mark.parametrize(
    ("policy", "values"),
    [("interpolate", [1, 2, 3]), ("zero", [1, 0, 3]), ("keep", [1, None, 3]), ("drop", [None, None, None])],
)
def test_gap_policies(policy: str, values: list[float | None]) -> None:
    table = pd.DataFrame(
        {"state": ["A", "A", "B", "B", "B"], "year": [2001, 2003, 2001, 2002, 2003], "rd": [1.0, 3.0, 5.0, 6.0, 7.0]}
    )
    one = panel(table, region="state", year="year", values=["rd"], missing=policy)
    found = [None if np.isnan(value) else value for value in one.indicator("rd").values[0, 0]]
    assert found == values
    assert any("A" in note or "rd" in note for note in one.notes)


def test_suppressed_cells_are_no_gap_and_never_a_number() -> None:
    table = pd.DataFrame(
        {"state": "A", "year": [2001, 2002, 2003], "jobs": [5, 0, 7], "jobs_suppressed": [False, True, False]}
    )
    one = panel(table, region="state", year="year", values=["jobs"])
    assert one.indicator("jobs").status.ravel().tolist() == [0, 2, 0]
    assert np.isnan(one.indicator("jobs").values[0, 0, 1])
    said = panel(
        table, region="state", year="year", values=["jobs"], flag={"column": "jobs_suppressed", "suppressed": True}
    )
    assert said.digest() == one.digest()


def test_blank_cells() -> None:
    table = pd.DataFrame({"state": "A", "year": [2001, 2002, 2003], "rd": [1.0, 90.0, 3.0]})
    one = panel(
        table,
        region="state",
        year="year",
        values=["rd"],
        missing="interpolate",
        blank=[{"region": "A", "year": 2002, "indicator": "rd"}],
    )
    assert one.indicator("rd").values.ravel().tolist() == [1, 2, 3]


def test_duplicates_add_up() -> None:
    table = pd.DataFrame({"state": ["A", "A", "A"], "year": [2001, 2001, 2002], "rd": [1.0, 2.0, 5.0]})
    one = panel(table, region="state", year="year", values=["rd"], duplicates="sum")
    assert one.indicator("rd").values.ravel().tolist() == [3, 5]


def test_network_and_accounts_from_frames() -> None:
    links = pd.DataFrame({"source": ["a", "b"], "target": ["b", "a"], "weight": [1.0, -2.0], "year": [2001, 2002]})
    net = network(links, source="source", target="target", weight="weight", year="year")
    assert net.years == (2001, 2002)
    assert net.weight.tolist() == [1, -2]
    with pytest.raises(DataError, match="gross output or final demand"):
        accounts(pd.DataFrame({"from": ["a"], "to": ["a"], "flow": [1.0]}))


def test_guess_writes_down_what_it_thinks(tmp_path: Path, frame: pd.DataFrame) -> None:
    frame.to_csv(tmp_path / "p.csv", index=False)
    keys = guess(tmp_path / "p.csv")
    assert {key: value for key, (value, _) in keys.items()} == {
        "kind": "panel",
        "region": "state",
        "industry": "sector",
        "year": "year",
        "values": ["firms", "pay"],
    }
    assert keys["region"][1] == "3 of them: 01, 02, NA"
    read({"file": "p.csv", **{key: value for key, (value, _) in keys.items()}}, name="p", base=tmp_path)


def test_the_bulk_layout_of_eurostat(tmp_path: Path) -> None:
    text = "freq,nace_r2,geo\\TIME_PERIOD\t2001 \t2002 \t2003 \nA,C,AT\t1.5 p\t2\t: c\nA,C,BE\t: \t4\t5 b\n"
    (tmp_path / "p.tsv").write_text(text)
    found = read({"file": "p.tsv"}, name="jobs", base=tmp_path)
    one = found.item.indicator("jobs")
    assert found.item.regions == ("AT", "BE")
    assert one.status.ravel().tolist() == [0, 0, 2, 1, 0, 0]
    assert one.values[1, 0, 1:].tolist() == [4, 5]
    assert any("parted into freq, nace_r2, geo" in note for note in found.notes)


def test_a_number_that_the_study_names_as_a_mark(tmp_path: Path) -> None:
    table = pd.DataFrame({"state": "A", "year": [2001, 2002, 2003], "rd": [1.0, -9.0, 0.0]})
    keys = {"region": "state", "year": "year", "values": ["rd"], "absent": {"suppressed": ["-9"]}}
    assert panel(table, **keys).indicator("rd").status.ravel().tolist() == [0, 2, 0]
    table.astype({"rd": int}).to_csv(tmp_path / "p.csv", index=False)
    assert panel(tmp_path / "p.csv", **keys).indicator("rd").status.ravel().tolist() == [0, 2, 0]


def test_both_roads_of_a_text_file_give_one_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from coevolve.evidence import delimited

    rows = "".join(f'"r{k % 50}",{2000 + k // 50},"{k}.5",x\n' for k in range(1000))
    plain = "state,year,rd,note\n" + rows
    for content in (plain, plain.replace('"', "").replace("\n", "\r\n")):
        (tmp_path / "p.csv").write_bytes(content.encode())
        (tmp_path / "q.csv.gz").write_bytes(gzip.compress(content.encode()))
        slow = panel(tmp_path / "p.csv", region="state", year="year")
        monkeypatch.setattr(delimited, "LARGE", 0)
        assert delimited._by_duckdb(tmp_path / "p.csv", "p.csv", ",", [], 1001) is not None
        assert panel(tmp_path / "p.csv", region="state", year="year").digest() == slow.digest()
        assert panel(tmp_path / "q.csv.gz", region="state", year="year").digest() == slow.digest()
        monkeypatch.undo()


@pytest.mark.parametrize(
    "content", ['a,b\n"x\ny",1\n', "a,b\nx,1\n\ny,2\n", "a,b\nx,1,\n", 'a,b\n"x,1\n', "a;b\nx;1;\n"]
)
def test_only_plain_lines_take_the_fast_road(content: str) -> None:
    from coevolve.evidence.delimited import _plain_lines

    assert not _plain_lines(content.encode(), ";" if ";" in content else ",")


def test_a_column_of_units_is_used(tmp_path: Path) -> None:
    rows = ("A,2001,pay,USD,1", "A,2001,firms,count,2", "A,2002,pay,USD,3", "A,2002,firms,count,4")
    text = "region,year,indicator,unit,value\n" + "\n".join(rows)
    (tmp_path / "p.csv").write_text(text)
    one = panel(tmp_path / "p.csv")
    assert {name: found.unit for name, found in one.indicators.items()} == {"pay": "USD", "firms": "count"}


def test_guess_keeps_gaps_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("region,year,rd\nA,2001,1\nA,2003,3\nB,2001,1\nB,2002,2\nB,2003,3\n")
    keys = guess(tmp_path / "p.csv")
    assert keys["missing"] == ("keep", "1 series have gaps; or refuse, interpolate, drop, zero")


def test_missing_values_of_stata_are_marks(tmp_path: Path) -> None:
    import io
    import struct

    frame = pd.DataFrame({"state": ["A", "A", "A"], "year": [2001, 2002, 2003], "rd": [1.0, np.nan, 3.0]})
    frame.to_stata(tmp_path / "p.dta", write_index=False)
    data = (tmp_path / "p.dta").read_bytes()
    plain, letter = struct.pack("<Q", 0x7FE0000000000000), struct.pack("<Q", 0x7FE0010000000000)
    assert data.count(plain) >= 1
    (tmp_path / "q.dta").write_bytes(io.BytesIO(data.replace(plain, letter)).getvalue())
    keys = {"region": "state", "year": "year", "values": ["rd"]}
    assert panel(tmp_path / "p.dta", missing="keep", **keys).indicator("rd").status.ravel().tolist() == [0, 1, 0]
    one = panel(tmp_path / "q.dta", absent={"suppressed": [".a"]}, **keys)
    assert one.indicator("rd").status.ravel().tolist() == [0, 2, 0]


def test_frames_with_an_index_nulls_and_dates() -> None:
    index = pd.MultiIndex.from_tuples([("A", 2001), ("A", 2002)], names=["state", "year"])
    one = panel(pd.DataFrame({"rd": pd.array([1, None], dtype="Int64")}, index=index), region="state", year="year")
    assert one.regions == ("A",)
    assert one.indicator("rd").status.ravel().tolist() == [0, 1]
    rows = {"state": ["A", "A"], "when": [datetime.date(2001, 1, 1), datetime.date(2001, 4, 1)], "rd": [1, 2]}
    dated = pd.DataFrame(rows).astype({"when": "datetime64[ns]"})
    assert panel(dated).periods.labels == ("2001-Q1", "2001-Q2")
    assert panel(pl.DataFrame(rows)).digest() == panel(dated).digest()


def test_labels_that_no_row_holds_are_refused_everywhere() -> None:
    links = pd.DataFrame({"source": ["a"], "target": ["b"]})
    with pytest.raises(DataError, match="renames 'c', which no row holds"):
        network(links, labels={"c": "d"})
    with pytest.raises(DataError, match="renames 'c', which no row holds"):
        accounts(pd.DataFrame({"from": ["a"], "to": ["a"], "flow": [1.0]}), labels={"c": "d"})


def test_a_frame_with_two_columns_of_one_name_is_refused() -> None:
    with pytest.raises(DataError, match="two columns have one name") as caught:
        panel(pd.DataFrame([[1, 2, 2001]], columns=["rd", "rd", "year"]))
    assert caught.value.faults[0].got == "rd"
