"""Bad files refused: every message names the file, the row a spreadsheet shows, what was got, and a repair."""

import gzip
from pathlib import Path

import openpyxl
import pytest

from coevolve.errors import CoevolveError, DataError, StudyError
from coevolve.evidence.read import read

KEYS = {"region": "state", "industry": "sector", "year": "year", "values": ["firms"]}
HEAD = "state,sector,year,firms\n"


def refusal(folder: Path, content: str | bytes, name: str = "panel.csv", **keys: object) -> CoevolveError:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(CoevolveError) as caught:
        read({"file": name, **keys}, name="firms", base=folder)
    return caught.value


def series(values: list[object], years: list[object] | None = None, state: str = "A", sector: str = "steel") -> str:
    return "".join(
        f"{state},{sector},{year},{value}\n"
        for year, value in zip(years or range(2001, 2001 + len(values)), values, strict=True)
    )


def test_1_text_in_a_number_column(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEAD + series([1, "n.a.", 3, "twelve"]), **KEYS)
    assert len(error.faults) == 2
    assert error.faults[0].where == "panel.csv, row 3"
    assert error.faults[0].got == "n.a."
    assert 'absent = { missing = ["n.a."] }' in error.faults[0].do
    assert str(error.faults[1]).startswith("panel.csv, row 5: 'firms' is not a number. Got \"twelve\".")


def test_1_the_row_counts_blank_lines_and_quoted_line_ends(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEAD + '"A\nB",steel,2001,1\n\nA,steel,2002,x\n', **KEYS)
    assert error.faults[0].where == "panel.csv, row 4"


def test_1_the_row_is_right_in_a_large_file(tmp_path: Path) -> None:
    rows = [f"r{k},i,2001,{k}" for k in range(120_000)]
    rows[98_765] = "r98765,i,2001,oops"
    error = refusal(tmp_path, HEAD + "\n".join(rows) + "\n", **KEYS)
    assert error.faults[0].where == "panel.csv, row 98767"
    assert error.faults[0].got == "oops"


def test_all_faults_at_once_ten_are_shown(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEAD + series(["x"] * 14), **KEYS)
    assert len(error.faults) == 14
    assert str(error).count("\n") == 10
    assert "4 more" in str(error)


def test_2_duplicate_keys(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEAD + series([1, 2]) + "A,steel,2002,7\n", **KEYS)
    assert error.faults[0].where == "panel.csv, row 4"
    assert "A/steel 2002 is there already, in row 3" in error.faults[0].what
    assert error.faults[0].got == "7"
    assert 'duplicates = "sum"' in error.faults[0].do


def test_2_a_forgotten_axis_is_named(tmp_path: Path) -> None:
    text = "state,size,year,firms\n" + series([1, 2], sector="small") + series([3, 4], sector="large")
    error = refusal(tmp_path, text, region="state", year="year", values=["firms"])
    assert len(error.faults) == 2
    assert error.faults[0].where == "panel.csv, row 4"
    assert "'size' tells these rows apart" in error.faults[0].do


def test_2_an_axis_that_is_needed_is_guessed_and_shown(tmp_path: Path) -> None:
    (tmp_path / "panel.csv").write_text(HEAD + series([1, 2]) + series([3, 4], sector="cars"))
    found = read(
        {"file": "panel.csv", "region": "state", "year": "year", "values": ["firms"]}, name="firms", base=tmp_path
    )
    assert found.guessed == {"kind": "panel", "industry": "sector"}


def test_3_a_gap_inside_a_series(tmp_path: Path) -> None:
    error = refusal(
        tmp_path, HEAD + series([1, 2, 4], [2001, 2002, 2004]) + series([1, 2, 3, 4], sector="cars"), **KEYS
    )
    assert len(error.faults) == 1
    assert str(error) == (
        "panel.csv: A/steel has no 2003. Every year between 2001 and 2004 is needed. "
        'Fill it, or set missing = "interpolate" (or "drop").'
    )


def test_3_an_empty_cell_inside_a_series_names_its_row(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEAD + series([1, "", 3]), **KEYS)
    assert error.faults[0].where == "panel.csv, row 3"
    assert "A/steel has no 2002" in error.faults[0].what


def test_3_a_year_that_no_row_has(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEAD + series([1, 2, 3], [2001, 2002, 2004]), **KEYS)
    assert "no row has 2003, between 2001 and 2004" in str(error)


def test_3_late_starts_and_even_steps_are_no_gaps(tmp_path: Path) -> None:
    (tmp_path / "panel.csv").write_text(
        HEAD + series([1, 2, 3], [2000, 2005, 2010]) + series([4, 5], [2005, 2010], sector="cars")
    )
    panel = read({"file": "panel.csv", **KEYS}, name="firms", base=tmp_path).item
    assert any("every 5 years" in note for note in panel.notes)
    assert any("1 start late and 0 end early" in note for note in panel.notes)


def test_4_unknown_column(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEAD + series([1, 2]), **{**KEYS, "region": "stat"})
    assert str(error) == "panel.csv: there is no column 'stat' (key 'region'). Did you mean 'state'?"


def test_5_misspelt_key(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEAD + series([1, 2]), regoin="state", valeus=["firms"])
    assert isinstance(error, StudyError)
    assert [fault.do for fault in error.faults] == ["Did you mean 'region'?", "Did you mean 'values'?"]
    inner = refusal(tmp_path, HEAD + series([1, 2]), **KEYS, absent={"supressed": ["x"]})
    assert "Did you mean 'suppressed'?" in str(inner)


def test_5_a_key_of_another_kind(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEAD + series([1, 2]), kind="panel", region="state", weight="firms")
    assert "'weight' is a key of network, not of a panel" in str(error)


def test_6_mixed_region_vintages(tmp_path: Path) -> None:
    text = HEAD + series([1, 2], state="FR21") + series([1, 2], state="FRF2")
    error = refusal(tmp_path, text, **KEYS)
    assert error.faults[0].got == "FR21, FRF2"
    assert 'labels = { FR21 = "FRF2" }' in error.faults[0].do


def test_6_regions_that_change_all_at_once(tmp_path: Path) -> None:
    text = (
        HEAD
        + series([1, 2], state="XX01")
        + series([3, 4], [2003, 2004], state="XX11")
        + series([1, 2, 3, 4], state="YY01")
    )
    error = refusal(tmp_path, text, **KEYS)
    assert "redrawn between 2002 and 2003" in str(error)
    assert error.faults[0].got == "XX01 end in 2002; XX11 begin in 2003"


def test_7_negative_stock(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEAD + series([1, -2, 3]), **KEYS)
    assert error.faults[0].where == "panel.csv, row 3"
    assert error.faults[0].got == "-2"
    (tmp_path / "net.csv").write_text("state,year,net_jobs\nA,2001,-5\nA,2002,3\n")
    read({"file": "net.csv", "region": "state", "year": "year", "values": ["net_jobs"]}, name="net", base=tmp_path)


@pytest.mark.parametrize("written", ["inf", "-Infinity", "1e999"])
def test_8_infinite_or_overflowing(tmp_path: Path, written: str) -> None:
    error = refusal(tmp_path, HEAD + series([1, written, 3]), **KEYS)
    assert error.faults[0].where == "panel.csv, row 3"
    assert error.faults[0].got == written
    assert "infinite or too large" in error.faults[0].what


@pytest.mark.parametrize("name", ["panel.csv", "panel.parquet", "panel.xlsx", "panel.dta"])
def test_9_empty_file(tmp_path: Path, name: str) -> None:
    error = refusal(tmp_path, b"", name, **KEYS)
    assert name in str(error)
    assert "empty" in str(error)


def test_10_header_only(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEAD, **KEYS)
    assert error.faults[0].where == "panel.csv, row 1"
    assert "no row below it" in str(error)


def test_11_file_not_found(tmp_path: Path) -> None:
    (tmp_path / "panel.csv").write_text(HEAD + series([1, 2]))
    with pytest.raises(DataError, match=r"panle\.csv: there is no such file\. Did you mean 'panel\.csv'\?"):
        read({"file": "panle.csv", **KEYS}, name="firms", base=tmp_path)
    with pytest.raises(DataError, match="COEVOLVE_DATA"):
        read({"file": "data:us/x.csv", **KEYS}, name="firms", base=tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "got"),
    [
        ("panel.csv", b"PAR1\x00\x00", "parquet"),
        ("panel.parquet", HEAD.encode(), "text"),
        ("panel.xlsx", HEAD.encode(), "text"),
        ("panel.csv", b"PK\x03\x04", "excel"),
        ("panel.csv.gz", HEAD.encode(), "text"),
        ("panel.csv", gzip.compress(HEAD.encode(), mtime=0), "gzip"),
        ("panel.dta", HEAD.encode(), ""),
    ],
)
def test_12_not_the_format_that_its_name_says(tmp_path: Path, name: str, content: bytes, got: str) -> None:
    error = refusal(tmp_path, content, name, **KEYS)
    assert name in str(error)
    assert "not the" in str(error) or "cannot be read" in str(error)
    assert got in str(error)


def test_12_an_ending_that_is_not_read(tmp_path: Path) -> None:
    assert ".parquet" in str(refusal(tmp_path, b"x", "panel.sas7bdat", **KEYS))


def test_13_two_columns_of_one_name(tmp_path: Path) -> None:
    error = refusal(tmp_path, "state,year,firms,firms\nA,2001,1,2\n", region="state", year="year", values=["firms"])
    assert error.faults[0].got == "firms"
    assert "columns 3, 4" in error.faults[0].do


def test_19_spectral_radius(tmp_path: Path) -> None:
    (tmp_path / "vectors.csv").write_text("sector,gross_output\na,5\nb,5\n")
    error = refusal(tmp_path, "from,to,flow\na,a,4\na,b,4\nb,a,4\nb,b,4\n", "flows.csv", vectors="vectors.csv")
    assert error.faults[0].got == 1.6
    assert "spectral radius" in str(error)


def test_18_unbalanced_accounts_are_said_with_the_worst_row(tmp_path: Path) -> None:
    (tmp_path / "vectors.csv").write_text("sector,gross_output,final_demand\na,100,50\nb,100,90\n")
    (tmp_path / "flows.csv").write_text("from,to,flow\na,a,10\na,b,10\nb,a,5\nb,b,5\n")
    accounts = read({"file": "flows.csv", "vectors": "vectors.csv"}, name="io", base=tmp_path).item
    assert any("the worst is a with 30.00 %" in note for note in accounts.notes)


def test_20_classifications_that_differ_between_years(tmp_path: Path) -> None:
    text = (
        HEAD
        + series([1, 2], sector="233")
        + series([3, 4], [2003, 2004], sector="236")
        + series([1, 2, 3, 4], sector="311")
    )
    error = refusal(tmp_path, text, **KEYS)
    assert "classification of industries changes between 2002 and 2003" in str(error)
    assert error.faults[0].got == "233 end in 2002; 236 begin in 2003"
    (tmp_path / "panel.csv").write_text(text)
    mended = read({"file": "panel.csv", **KEYS, "labels": {"233": "23", "236": "23"}}, name="firms", base=tmp_path).item
    assert mended.industries == ("23", "311")


@pytest.mark.parametrize(
    "query",
    ["DROP TABLE x", "COPY (SELECT 1) TO 'x.csv'", "SELECT 1; SELECT 2", "INSERT INTO x VALUES (1)", "ATTACH 'x.db'"],
)
def test_27_a_query_that_is_not_a_select(tmp_path: Path, query: str) -> None:
    with pytest.raises(DataError, match="a query is one SELECT") as caught:
        read({"query": query, **KEYS}, name="firms", base=tmp_path)
    assert "firms, query" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_27_a_select_reads_beside_the_study(tmp_path: Path) -> None:
    (tmp_path / "panel.csv").write_text(HEAD + series([1, 2]))
    panel = read(
        {"query": "SELECT state, sector, year, firms * 2 AS firms FROM 'panel.csv'", **KEYS},
        name="firms",
        base=tmp_path,
    ).item
    assert panel.indicator("firms").values.ravel().tolist() == [2, 4]


def test_a_page_reads_its_own_folder_only(tmp_path: Path) -> None:
    inside = tmp_path / "uploads"
    inside.mkdir()
    (tmp_path / "secret.csv").write_text(HEAD + series([1, 2]))
    with pytest.raises(DataError, match="outside the folder"):
        read({"file": "../secret.csv", **KEYS}, name="firms", base=inside, only_under=inside)
    with pytest.raises(DataError, match="cannot be run"):
        read(
            {"query": f"SELECT * FROM '{tmp_path / 'secret.csv'}'", **KEYS},
            name="firms",
            base=inside,
            only_under=inside,
        )


def test_a_condition_reaches_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (tmp_path / "panel.csv").write_text(HEAD + series([1, 2]))
    where = f"firms > (SELECT count(*) FROM '{tmp_path / 'secret.csv'}')"
    with pytest.raises(DataError, match="condition cannot be asked"):
        read({"file": "panel.csv", **KEYS, "where": where}, name="firms", base=tmp_path)
    with pytest.raises(DataError, match="no row meets the condition"):
        read({"file": "panel.csv", **KEYS, "where": "state = 'Z'"}, name="firms", base=tmp_path)


def test_truncated_parquet(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "whole.parquet"
    duckdb.sql(
        "SELECT 'A' AS state, 's' AS sector, 2001 + i AS year, i + 1 AS firms FROM range(50) t(i)"
    ).write_parquet(str(path))
    error = refusal(tmp_path, path.read_bytes()[:-20], "panel.parquet", **KEYS)
    assert "truncated or damaged" in str(error)
    assert "panel.parquet" in str(error)


def test_truncated_gz(tmp_path: Path) -> None:
    packed = gzip.compress((HEAD + series(list(range(1, 500)))).encode())
    assert "truncated or damaged" in str(refusal(tmp_path, packed[: len(packed) // 2], "panel.csv.gz", **KEYS))


def test_a_packed_bomb(tmp_path: Path) -> None:
    path = tmp_path / "panel.csv.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(210):
            file.write(b" " * 1_000_000)
    with pytest.raises(DataError, match="far more than data would"):
        read({"file": "panel.csv.gz", **KEYS}, name="firms", base=tmp_path)


def test_a_giant_header(tmp_path: Path) -> None:
    header = ",".join(f"c{k}" for k in range(20_001))
    assert "20000 columns" in str(refusal(tmp_path, f"{header}\n{header}\n", **KEYS))


def test_a_formula_without_its_value(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["state", "year", "firms"], ["A", 2001, 1], ["A", 2002, "=C2*2"]):
        book.active.append(row)
    book.save(tmp_path / "panel.xlsx")
    with pytest.raises(DataError, match="formula") as caught:
        read(
            {"file": "panel.xlsx", "region": "state", "year": "year", "values": ["firms"]}, name="firms", base=tmp_path
        )
    assert caught.value.faults[0].where == "panel.xlsx, row 3"
    assert caught.value.faults[0].got == "=C2*2"


def test_a_row_of_another_width(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEAD + "A,steel,2001,1\nA,steel,2002,2,3\nA,steel,2003,3\n", **KEYS)
    assert error.faults[0].where == "panel.csv, row 3"
    assert error.faults[0].got == "5 cells under 4 columns"


def test_an_open_quote_names_its_row(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEAD + 'A,steel,2001,1\nA,"steel,2002,2\nA,steel,2003,3\n', **KEYS)
    assert error.faults[0].where == "panel.csv, row 3"
    assert "never closed" in error.faults[0].what


def test_mixed_decimal_marks(tmp_path: Path) -> None:
    error = refusal(tmp_path, "state;year;rd\nA;2001;1.5\nA;2002;2,5\n", region="state", year="year", values=["rd"])
    assert error.faults[0].where == "panel.csv, row 2"
    assert error.faults[0].got == "1.5"
    assert "mixes decimal points" in error.faults[0].what


def test_delimiters_only(tmp_path: Path) -> None:
    assert "delimiters only" in str(refusal(tmp_path, ",,,\n,,,\n", **KEYS))


def test_a_sheet_of_a_text_file(tmp_path: Path) -> None:
    assert "only a workbook has sheets" in str(refusal(tmp_path, HEAD + series([1, 2]), sheet="data", **KEYS))


def test_a_network_with_bad_links(tmp_path: Path) -> None:
    error = refusal(
        tmp_path,
        "source,target,weight,year\na,b,x,2001\n,c,1,2001\nb,c,,2001\nb,a,1,soon\n",
        kind="network",
        year="year",
    )
    assert [fault.where for fault in error.faults] == [f"panel.csv, row {row}" for row in (3, 2, 4, 5)]


def test_an_empty_label(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEAD + "A,steel,2001,1\n,steel,2002,2\n", **KEYS)
    assert error.faults[0].where == "panel.csv, row 3"
    assert "'state' (region) is empty" in error.faults[0].what


def test_a_period_that_is_none(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEAD + "A,steel,2001,1\nA,steel,last,2\n", **KEYS)
    assert error.faults[0].where == "panel.csv, row 3"
    assert error.faults[0].got == "last"


def test_an_ambiguous_comma(tmp_path: Path) -> None:
    error = refusal(
        tmp_path, "state;year;firms\nA;2001;1,234\nA;2002;2,345\n", region="state", year="year", values=["firms"]
    )
    assert error.faults[0].got == "1,234"
    assert 'decimal = ","' in error.faults[0].do


def _keys(**more: object) -> dict[str, object]:
    return {**KEYS, **more}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (_keys(query="SELECT 1"), "a file or a query"),
        (_keys(period="year"), "mean the same"),
        (_keys(missing="guess"), "'missing' cannot be this"),
        (_keys(indicator="sector"), "come together"),
        (_keys(columns=["a"]), "'columns' needs 'wide'"),
        (_keys(blank=[{"region": "Z"}]), "names a region that is not there"),
        (_keys(labels={"Z": "Y"}), "renames 'Z'"),
        (_keys(derive={"x": "firms / workers"}), "no indicator 'workers'"),
        (_keys(derive={"x": "__import__('os')"}), "arithmetic only"),
        (_keys(derive={"x": "firms +"}), "not a formula"),
        (_keys(flag={"column": "flg", "suppressed": True}), "no column 'flg'"),
    ],
)
def test_keys_that_make_no_sense(tmp_path: Path, keys: dict[str, object], words: str) -> None:
    assert words in str(refusal(tmp_path, HEAD + series([1, 2]), **keys))
