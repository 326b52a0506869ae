"""Accounts from files: imports, bases, renamed sectors, multi-regional tables, deflators, use and make tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from coevolve.errors import CoevolveError, DataError, StudyError
from coevolve.evidence.accounts import Accounts
from coevolve.evidence.read import read
from coevolve.evidence.use_make import square

FLOWS = "from,to,flow,bought\na,a,10,1\na,b,20,2\nb,a,5,4\nb,b,15,8\n"
VECTORS = "sector,gross_output,final_demand\na,100,70\nb,120,100\n"


def written(folder: Path, keys: dict[str, Any], **files: str) -> Accounts:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    item = read(keys, name="io", base=folder).item
    assert isinstance(item, Accounts)
    return item


def test_imports_keep_products_and_users_and_total_flows_net_them(tmp_path: Path) -> None:
    keys = {"file": "z.csv", "vectors": "v.csv", "imports": "bought"}
    domestic = written(tmp_path, keys, z=FLOWS, v=VECTORS)
    assert domestic.basis == "domestic"
    assert domestic.imports is not None
    assert domestic.imports[0].tolist() == [[1, 2], [4, 8]]
    assert domestic.value_added[0].tolist() == [100 - 15 - 5, 120 - 35 - 10]
    total = domestic.with_flows("total")
    assert total.flows[0].tolist() == [[11, 22], [9, 23]]
    assert total.final_demand[0].tolist() == [67, 88]
    np.testing.assert_allclose(total.imbalance(), 0, atol=1e-15)
    again = total.with_flows("domestic")
    np.testing.assert_allclose(again.flows, domestic.flows, atol=1e-12)
    assert total.digest() != domestic.digest()


def test_imports_by_user_close_the_costs_but_tell_no_total_flows(tmp_path: Path) -> None:
    vectors = "sector,gross_output,final_demand,imports\na,100,70,5\nb,120,100,10\n"
    accounts = written(tmp_path, {"file": "z.csv", "vectors": "v.csv"}, z=FLOWS, v=vectors)
    assert accounts.basis == "domestic"
    assert not accounts.tells_imports
    assert accounts.value_added[0].tolist() == [80, 75]
    with pytest.raises(DataError, match=r"have no total flows.*imports"):
        accounts.with_flows("total")


def test_nobody_said_what_the_flows_hold(tmp_path: Path) -> None:
    accounts = written(tmp_path, {"file": "z.csv", "vectors": "v.csv", "flow": "flow"}, z=FLOWS, v=VECTORS)
    assert accounts.basis == ""
    assert any("not said whether the flows hold imports" in note for note in accounts.notes)
    said = written(tmp_path, {"file": "z.csv", "vectors": "v.csv", "flows": "total"}, z=FLOWS, v=VECTORS)
    assert said.basis == "total"
    assert not any("not said" in note for note in said.notes)


def test_imports_beside_domestic_flows_are_found_and_shown(tmp_path: Path) -> None:
    (tmp_path / "z.csv").write_text(FLOWS.replace("flow,bought", "domestic,imported"))
    (tmp_path / "v.csv").write_text(VECTORS)
    reading = read({"file": "z.csv", "vectors": "v.csv"}, name="io", base=tmp_path)
    assert reading.guessed["imports"] == "imported"
    assert isinstance(reading.item, Accounts)
    assert reading.item.basis == "domestic"
    assert reading.item.tells_imports


def test_sectors_with_one_new_name_are_added_up(tmp_path: Path) -> None:
    flows = "from,to,flow\na,a,10\na,b,20\nb,a,5\nb,b,15\nc,a,1\na,c,2\n"
    vectors = "sector,gross_output,final_demand\na,100,68\nb,120,100\nc,30,29\n"
    labels = {"b": "rest", "c": "rest"}
    accounts = written(tmp_path, {"file": "z.csv", "vectors": "v.csv", "labels": labels}, z=flows, v=vectors)
    assert accounts.sectors == ("a", "rest")
    assert accounts.flows[0].tolist() == [[10, 22], [6, 15]]
    assert accounts.gross_output[0].tolist() == [100, 150]
    assert accounts.final_demand[0].tolist() == [68, 129]


def test_the_same_pair_twice_is_refused_also_when_labels_join_others(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text(VECTORS)
    (tmp_path / "z.csv").write_text("from,to,flow\na,a,10\na,b,20\nb,b,15\na,b,3\n")
    with pytest.raises(DataError, match=r"z.csv, row 5: a to b is there already, in row 3\. Got \"3\""):
        read({"file": "z.csv", "vectors": "v.csv"}, name="io", base=tmp_path)
    (tmp_path / "z.csv").write_text("from,to,flow\na,a,10\na,b,20\n")
    (tmp_path / "v.csv").write_text(VECTORS + "b,120,100\n")
    with pytest.raises(DataError, match=r"v.csv, row 4: b is there already, in row 3"):
        read({"file": "z.csv", "vectors": "v.csv"}, name="io", base=tmp_path)


def test_a_multi_regional_table_has_a_sector_for_each_region(tmp_path: Path) -> None:
    flows = "r,from,s,to,flow\nN,a,N,a,10\nN,a,S,a,5\nS,a,N,a,3\nS,a,S,a,8\n"
    vectors = "region,sector,gross_output\nN,a,50\nS,a,60\n"
    keys = {"file": "z.csv", "vectors": "v.csv", "from": "from", "from_region": "r", "to_region": "s", "flows": "total"}
    accounts = written(tmp_path, keys, z=flows, v=vectors)
    assert accounts.sectors == ("N/a", "S/a")
    assert accounts.flows[0].tolist() == [[10, 5], [3, 8]]
    assert accounts.gross_output[0].tolist() == [50, 60]
    with pytest.raises(DataError, match="'from_region' and 'to_region' come together"):
        read({**{k: v for k, v in keys.items() if k != "to_region"}}, name="io", base=tmp_path)


def test_imports_by_user_take_the_price_of_what_the_user_buys_at_home(tmp_path: Path) -> None:
    flows = "year,from,to,flow\n2001,a,b,10\n2001,b,a,4\n2002,a,b,30\n2002,b,a,4\n"
    vectors = "year,sector,gross_output,imports\n2001,a,20,1\n2001,b,40,2\n2002,a,60,1\n2002,b,40,6\n"
    prices = "year,sector,index\n2001,a,50\n2001,b,100\n2002,a,150\n2002,b,100\n"
    keys = {"file": "z.csv", "vectors": "v.csv", "flows": "domestic", "prices": {"file": "p.csv", "base": 2001}}
    accounts = written(tmp_path, keys, z=flows, v=vectors, p=prices)
    assert accounts.imports is not None
    assert accounts.imports.tolist() == [[1, 2], [1, 2]]  # b buys of a only, whose price is three times what it was
    assert accounts.value_added.tolist() == [[15, 28], [15, 28]]


def test_a_deflator_takes_prices_out_of_rows(tmp_path: Path) -> None:
    flows = "year,from,to,flow\n2001,a,b,10\n2001,b,a,4\n2002,a,b,30\n2002,b,a,4\n"
    vectors = "year,sector,gross_output\n2001,a,20\n2001,b,40\n2002,a,60\n2002,b,40\n"
    prices = "year,sector,index\n2001,a,50\n2001,b,100\n2002,a,150\n2002,b,100\n"
    keys = {"file": "z.csv", "vectors": "v.csv", "flows": "domestic", "prices": {"file": "p.csv", "base": 2001}}
    accounts = written(tmp_path, keys, z=flows, v=vectors, p=prices)
    assert accounts.prices == "prices of 2001"
    assert accounts.flows[1].tolist() == [[0, 10], [4, 0]]
    assert accounts.gross_output.tolist() == [[20, 40], [20, 40]]
    assert accounts.value_added.tolist() == [[16, 30], [16, 30]]
    (tmp_path / "p.csv").write_text(prices.replace("2002,b,100\n", ""))
    with pytest.raises(DataError, match="b 2002 has no price"):
        read(keys, name="io", base=tmp_path)
    (tmp_path / "p.csv").write_text(prices.replace("150", "0"))
    with pytest.raises(DataError, match=r"p.csv, row 4: a price index must be above zero"):
        read(keys, name="io", base=tmp_path)
    with pytest.raises(DataError, match="no such base year"):
        read({**keys, "prices": {"file": "p.csv", "base": 1990}}, name="io", base=tmp_path)
    (tmp_path / "p.csv").write_text(prices.replace("index", "level"))
    with pytest.raises(DataError, match="no column of the prices is 'index'"):
        read(keys, name="io", base=tmp_path)


# A use and a make table small enough to do by hand: make = [[90, 0], [10, 100]], so industry output 90 and 110,
# product output 100 and 100; use = [[12, 10], [10, 7]], final demand 78 and 83, value added 68 and 93.
MAKE = np.array([[90.0, 0.0], [10.0, 100.0]])
USE = np.array([[12.0, 10.0], [10.0, 7.0]])
FINAL, ADDED = np.array([78.0, 83.0]), np.array([68.0, 93.0])


def by_hand(model: str) -> np.ndarray[Any, Any]:
    """The coefficients by the textbook forms B = U x^-1, D = V q^-1, C = V' x^-1: D B, C^-1 B, B C^-1, B D."""
    b = np.array([[12 / 90, 10 / 110], [10 / 90, 7 / 110]])
    d = np.array([[0.9, 0.0], [0.1, 1.0]])
    c = np.array([[1.0, 10 / 110], [0.0, 100 / 110]])
    c_inverse = np.array([[1.0, -0.1], [0.0, 1.1]])
    np.testing.assert_allclose(c @ c_inverse, np.eye(2), atol=1e-15)
    return {
        "fixed_product_sales": d @ b,
        "fixed_industry_sales": c_inverse @ b,
        "product_technology": b @ c_inverse,
        "industry_technology": b @ d,
    }[model]


@pytest.mark.parametrize(
    "model", ["fixed_product_sales", "fixed_industry_sales", "product_technology", "industry_technology"]
)
def test_the_four_models_by_hand(model: str) -> None:
    flows, output, final, added = square(MAKE, USE, FINAL, ADDED, model)
    assert output.tolist() == ([90, 110] if "sales" in model else [100, 100])
    np.testing.assert_allclose(flows / output, by_hand(model), atol=1e-15)
    np.testing.assert_allclose(flows.sum(axis=1) + final, output, rtol=1e-14)
    np.testing.assert_allclose(flows.sum(axis=0) + added, output, rtol=1e-14)


def test_a_make_table_that_cannot_be_inverted_is_refused() -> None:
    with pytest.raises(DataError, match="needs a make table that can be inverted"):
        square(np.ones((2, 2)), USE, FINAL, ADDED, "product_technology")
    with pytest.raises(DataError, match=r"as many products as industries.*2 products, 1 industries"):
        square(MAKE[:1], USE[:, :1], FINAL, ADDED[:1], "fixed_industry_sales")


def use_and_make(folder: Path) -> None:
    use = "product,industry,value\n"
    for i in range(2):
        use += "".join(f"p{i},g{j},{USE[i, j]}\n" for j in range(2)) + f"p{i},households,{FINAL[i]}\n"
        use += f"p{i},T_TOTAL,{USE[i].sum() + FINAL[i]}\n"
    use += "".join(f"wages,g{j},{ADDED[j]}\n" for j in range(2))
    make = "product,industry,value\n"
    make += "".join(f"g{i},p{j},{MAKE[i, j]}\n" for i in range(2) for j in range(2))
    (folder / "use.csv").write_text(use)
    (folder / "make.csv").write_text(make)


def test_use_and_make_files_become_accounts(tmp_path: Path) -> None:
    use_and_make(tmp_path)
    keys = {"use": "use.csv", "make": "make.csv", "from": "product", "to": "industry", "flow": "value"}
    item = read(keys, name="io", base=tmp_path).item
    assert isinstance(item, Accounts)
    assert item.sectors == ("g0", "g1")
    assert item.basis == "total"
    np.testing.assert_allclose(item.direct[0], by_hand("fixed_product_sales"), atol=1e-15)
    np.testing.assert_allclose(item.value_added[0], ADDED)
    words = " ".join(item.notes)
    assert "Totals of the use table were left out: T_TOTAL." in words
    assert "Final demand is the sum of the use columns households." in words
    assert "industries by industries by fixed product sales" in words
    products = read({**keys, "model": "industry_technology"}, name="io", base=tmp_path).item
    assert isinstance(products, Accounts)
    assert products.sectors == ("p0", "p1")


def test_an_import_table_tells_domestic_flows(tmp_path: Path) -> None:
    """Imported inputs come to industries by the same shares as flows: D M, D = [[.9, 0], [.1, 1]]."""
    use_and_make(tmp_path)
    imported = "product,industry,value\np0,g0,2\np1,g0,1\np0,g1,4\np0,households,7\n"
    (tmp_path / "imports.csv").write_text(imported)
    keys = {"use": "use.csv", "make": "make.csv", "from": "product", "to": "industry", "flow": "value"}
    item = read({**keys, "imports": {"file": "imports.csv"}}, name="io", base=tmp_path).item
    assert isinstance(item, Accounts)
    assert item.imports is not None
    np.testing.assert_allclose(item.imports[0], [[1.8, 3.6], [1.2, 0.4]])
    domestic = item.with_flows("domestic")
    np.testing.assert_allclose(domestic.flows[0], item.flows[0] - item.imports[0])
    np.testing.assert_allclose(domestic.imbalance(), 0, atol=1e-15)
    by_product = read(
        {**keys, "imports": {"file": "imports.csv"}, "model": "industry_technology"}, name="io", base=tmp_path
    ).item
    assert isinstance(by_product, Accounts)
    assert by_product.imports is not None
    np.testing.assert_allclose(
        by_product.imports[0], np.array([[2, 4], [1, 0]]) @ np.array([[1, 0], [1 / 11, 10 / 11]])
    )
    with pytest.raises(StudyError, match="in a file of their own"):
        read({**keys, "imports": "value"}, name="io", base=tmp_path)


def test_imports_in_a_file_of_their_own(tmp_path: Path) -> None:
    keys = {"file": "z.csv", "vectors": "v.csv", "flow": "flow", "imports": {"file": "m.csv"}}
    accounts = written(tmp_path, keys, z=FLOWS, v=VECTORS, m="from,to,flow\na,a,1\na,b,2\nb,a,4\nb,b,8\n")
    assert accounts.basis == "domestic"
    assert accounts.with_flows("total").flows[0].tolist() == [[11, 22], [9, 23]]
    (tmp_path / "m.csv").write_text("from,to,flow\na,a,1\nbb,a,4\n")
    with pytest.raises(DataError, match="imports are of a sector 'bb' that is in no flow"):
        read(keys, name="io", base=tmp_path)
    (tmp_path / "m.csv").write_text("from,to,flow,year\na,a,1,2001\n")
    years = "from,to,flow,year\n" + "".join(f"a,b,{k},200{k}\n" for k in (1, 2))
    (tmp_path / "z.csv").write_text(years)
    with pytest.raises(DataError, match="of other years or regions"):
        read({**keys, "year": "year"}, name="io", base=tmp_path)


def test_a_model_that_gives_negative_flows_says_so(tmp_path: Path) -> None:
    use_and_make(tmp_path)
    (tmp_path / "use.csv").write_text((tmp_path / "use.csv").read_text().replace("p0,g0,12.0", "p0,g0,0.5"))
    keys = {"use": "use.csv", "make": "make.csv", "from": "product", "to": "industry", "flow": "value"}
    item = read({**keys, "model": "fixed_industry_sales"}, name="io", base=tmp_path).item
    assert any("flows are negative" in note and "'fixed_product_sales' never does" in note for note in item.notes)
    assert any("not used as much as they are made" in note for note in item.notes)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"use": "use.csv"}, "'use' and 'make' come together"),
        ({"use": "use.csv", "make": "make.csv", "file": "z.csv"}, "in place of a file or a query"),
        ({"file": "z.csv", "flow": "f", "model": "product_technology"}, "'model' needs 'use' and 'make'"),
        ({"use": "use.csv", "make": "make.csv", "vectors": "v.csv"}, "'vectors' does not go with use and make"),
        ({"file": "z.csv", "flows": "gross", "flow": "f"}, "'flows' cannot be this"),
        ({"use": {"files": "use.csv"}, "make": "make.csv"}, "Did you mean 'file'"),
    ],
)
def test_keys_that_do_not_go_together(tmp_path: Path, keys: dict[str, Any], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        read({"kind": "accounts", **keys}, name="io", base=tmp_path)


def test_one_table_of_several(tmp_path: Path) -> None:
    flows = "year,region,from,to,flow\n" + "".join(
        f"{y},{r},{a},{b},{k}\n"
        for k, (y, r) in enumerate([(2001, "N"), (2002, "N"), (2002, "S")])
        for a in "ab"
        for b in "ab"
    )
    vectors = "year,region,sector,gross_output\n" + "".join(
        f"{y},{r},{s},10\n" for y, r in [(2001, "N"), (2002, "N"), (2002, "S")] for s in "ab"
    )
    accounts = written(tmp_path, {"file": "z.csv", "vectors": "v.csv", "flows": "total"}, z=flows, v=vectors)
    assert accounts.table(2001, "N").flows[0, 0, 0] == 0
    assert accounts.table(region="N").years == ("2002",)
    for year, region, words in (
        (2002, None, "several regions"),
        (2003, "N", "no such year.*2001 to 2002"),
        (2002, "W", "no such region"),
    ):
        with pytest.raises(DataError, match=words):
            accounts.table(year, region)


def test_accounts_with_wrong_imports_or_basis_are_refused() -> None:
    zero = np.zeros((1, 2))
    with pytest.raises(CoevolveError, match="imports need shape"):
        Accounts(("a", "b"), ("1",), ("",), np.zeros((1, 2, 2)), zero, zero, zero, imports=np.zeros(3), basis="total")
    with pytest.raises(CoevolveError, match="not whether the flows hold them"):
        Accounts(("a", "b"), ("1",), ("",), np.zeros((1, 2, 2)), zero, zero, zero, imports=zero)
    with pytest.raises(CoevolveError, match="flows are domestic or total"):
        Accounts(("a", "b"), ("1",), ("",), np.zeros((1, 2, 2)), zero, zero, zero, basis="gross")
    with pytest.raises(CoevolveError, match="domestic or total"):
        Accounts(("a", "b"), ("1",), ("",), np.zeros((1, 2, 2)), zero, zero, zero).with_flows("gross")


def bea(data_root: Path, years: str, where: str = "", **more: Any) -> Accounts:
    folder = data_root / "io_us_bea"
    keys: dict[str, Any] = {
        "file": str(folder / f"ixi_flows_{years}.parquet"),
        "vectors": str(folder / f"ixi_vectors_{years}.parquet"),
        "flows": "total",
        "year": "year",
        **more,
    }
    if where:
        keys["where"] = where
    item = read(keys, name="us", base=folder).item
    assert isinstance(item, Accounts)
    return item


def test_both_classifications_of_the_united_states_on_one_list(data_root: Path) -> None:
    """The 71 industries from 1997 on, joined by labels, are the 65 before; nothing is lost in the joining."""
    old = bea(data_root, "1963_1996", "year = 1996")
    new = bea(data_root, "1997_2015", "year = 1997")
    joins = {"441": "44RT", "445": "44RT", "452": "44RT", "4A0": "44RT", "622": "622HO", "623": "622HO"}
    joins |= {"GFGD": "GFG", "GFGN": "GFG", "HS": "531", "ORE": "531"}
    joined = bea(data_root, "1997_2015", "year = 1997", labels=joins)
    assert joined.sectors == old.sectors
    assert (len(old.sectors), len(new.sectors)) == (65, 71)
    np.testing.assert_allclose(joined.flows.sum(), new.flows.sum(), rtol=1e-14)
    np.testing.assert_allclose(joined.gross_output.sum(), new.gross_output.sum(), rtol=1e-14)
    apart = [new.sectors.index(one) for one in ("441", "445", "452", "4A0")]
    row = new.flows[0, new.sectors.index("334"), apart].sum()
    np.testing.assert_allclose(joined.flows[0, joined.sectors.index("334"), joined.sectors.index("44RT")], row)


def test_use_and_make_of_the_united_states_give_the_derived_square_table(data_root: Path) -> None:
    """Z = V q^-1 U was derived elsewhere too, from the same tables: both agree."""
    file = str(data_root / "io_us_bea" / "bea_use_make_1947_1996.parquet")
    keys = {
        "use": {"file": file, "where": "\"table\" = 'use'"},
        "make": {"file": file, "where": "\"table\" = 'make'"},
        "from": "row",
        "to": "col",
        "flow": "value",
        "year": "year",
        "where": "year = 1990",
    }
    item = read(keys, name="us", base=data_root).item
    assert isinstance(item, Accounts)
    other = bea(data_root, "1963_1996", "year = 1990")
    assert item.sectors == other.sectors
    np.testing.assert_allclose(item.flows, other.flows, atol=1e-6)
    np.testing.assert_allclose(item.final_demand, other.final_demand, atol=1e-6)
    np.testing.assert_allclose(item.gross_output, other.gross_output, atol=5)


def test_domestic_flows_of_the_united_states_from_the_import_table(data_root: Path) -> None:
    """Domestic multipliers are smaller than total ones, most in computers and electronics; the sums still close."""
    file = str(data_root / "io_us_bea" / "bea_use_make_import_1997_2015.parquet")
    tables = {one: {"file": file, "where": f"\"table\" = '{one}'"} for one in ("use", "make", "import")}
    keys = {
        "use": tables["use"],
        "make": tables["make"],
        "imports": tables["import"],
        "from": "row",
        "to": "col",
        "flow": "value",
        "year": "year",
        "where": "year = 2007",
    }
    item = read(keys, name="us", base=data_root).item
    assert isinstance(item, Accounts)
    domestic = item.with_flows("domestic")
    drop = item.complete[0].sum(axis=0) - domestic.complete[0].sum(axis=0)
    assert (drop > -1e-12).all()
    # the complete coefficients of these lose much: petroleum, vehicles and electronics are made of imports
    assert {"334", "324", "3361MV"} & {item.sectors[k] for k in np.argsort(-drop)[:6]}
    np.testing.assert_allclose(domestic.gross_output, item.gross_output)


def test_german_electrical_equipment_on_both_bases(data_root: Path) -> None:
    """Column sum of the complete coefficients of c14 in 2008: .57 domestic, 1.20 total."""
    folder = data_root / "io_wiod"
    keys = {
        "file": str(folder / "wiod_national_flows_1995_2009.parquet"),
        "from": "from_ind",
        "to": "to_ind",
        "flow": "domestic",
        "imports": "imported",
        "region": "country",
        "year": "year",
        "where": "country = 'DEU' AND year = 2008",
        "vectors": {
            "file": str(folder / "wiod_national_vectors_1995_2009.parquet"),
            "sector": "ind",
            "gross_output": "gross_output",
            "value_added": "value_added",
            "final_demand": ["final_domestic", "export_intermediate", "export_final"],
            "region": "country",
            "year": "year",
        },
    }
    item = read(keys, name="wiod", base=folder).item
    assert isinstance(item, Accounts)
    place = item.sectors.index("c14")
    assert round(float(item.complete[0, :, place].sum()), 2) == 0.57
    total = item.with_flows("total")
    assert round(float(total.complete[0, :, place].sum()), 2) == 1.19  # 1.1945
    rows = duckdb.sql(
        f"SELECT sum(domestic) + sum(imported) FROM '{folder}/wiod_national_flows_1995_2009.parquet' "
        "WHERE country = 'DEU' AND year = 2008"
    ).fetchall()
    np.testing.assert_allclose(total.flows.sum(), rows[0][0], rtol=1e-12)
