"""Coefficients of the United States and of 37 economies: what is measured on public accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import coevolve
from coevolve.evidence.accounts import Accounts

A, B = "A: LSTM blend", "B: last value"


def us(data: Path, years: str) -> Accounts:
    folder = data / "io_us_bea"
    vectors = {"file": str(folder / f"ixi_vectors_{years}.parquet"), "sector": "ind", "year": "year"}
    keys: dict[str, Any] = {"from_": "from_ind", "to": "to_ind", "flow": "flow", "year": "year", "flows": "total"}
    return coevolve.accounts(str(folder / f"ixi_flows_{years}.parquet"), **keys, vectors=vectors)


def wiod(data: Path) -> Accounts:
    folder = data / "io_wiod"
    vectors = {
        "file": str(folder / "wiod_national_vectors_1995_2009.parquet"),
        "sector": "ind",
        "year": "year",
        "region": "country",
        "gross_output": "gross_output",
        "value_added": "value_added",
        "final_demand": ["final_domestic", "export_intermediate", "export_final"],
    }
    keys: dict[str, Any] = {"from_": "from_ind", "to": "to_ind", "flow": "domestic", "flows": "domestic"}
    file = folder / "wiod_national_flows_1995_2009.parquet"
    return coevolve.accounts(str(file), **keys, year="year", region="country", vectors=vectors)


def test_the_chain_of_computers_and_the_error_of_the_last_value(data_root: Path) -> None:
    accounts = us(data_root, "1997_2015")
    found = coevolve.production.coefficients(accounts, "334", models=("B", "C"))
    complete = np.linalg.inv(np.eye(71) - accounts.direct) - np.eye(71)
    for row in found["backtest"].rows():
        if row["model"] == B:
            told, real = complete[int(str(row["origin"])) - 1997], complete[int(str(row["year"])) - 1997]
            scored = real > 1e-5
            missed = 100 * np.median(np.abs(told - real)[scored] / real[scored])
            assert row["error"] == pytest.approx(missed, rel=1e-6)
    k = accounts.sectors.index("334")
    suppliers = np.argsort(-np.where(np.arange(71) == k, -1, complete[-1][:, k]))[:5]
    told = {str(row["partner"]) for row in found["chain"].rows() if row["side"] == "supply"}
    assert told == {accounts.sectors[i] for i in suppliers}
    assert found.claim.startswith("Keeping the last value")


def test_both_classifications_of_the_us_in_one_table_are_not_joined(data_root: Path) -> None:
    """1963-1996 has other industries than 1997-2015: put together, only the later years are used."""
    early, late = us(data_root, "1963_1996"), us(data_root, "1997_2015")
    sectors = tuple(sorted({*early.sectors, *late.sectors}))
    parts: dict[str, list[np.ndarray]] = {"flows": [], "gross_output": [], "final_demand": [], "value_added": []}
    for one in (early, late):
        place = [sectors.index(name) for name in one.sectors]
        for name, into in parts.items():
            values = getattr(one, name)
            wide = np.zeros((len(values), *[len(sectors)] * (values.ndim - 1)))
            wide[np.ix_(range(len(values)), *[place] * (values.ndim - 1))] = values
            into.append(wide)
    years = (*early.years, *late.years)
    joined = Accounts(sectors, years, ("",) * len(years), **{name: np.concatenate(one) for name, one in parts.items()})
    found = coevolve.production.coefficients(joined, "334", models=("B",), hold_out=1)
    assert found["backtest"]["origin"].min() >= 1997
    assert "the list of industries changes after 1996" in found.notes[0].text


@pytest.mark.slow
@pytest.mark.parametrize("tables", ["1963_1996", "1997_2015", "wiod"])
def test_model_a_errs_at_most_one_per_cent_more_than_the_last_value_at_every_horizon(
    data_root: Path, tables: str
) -> None:
    accounts = wiod(data_root) if tables == "wiod" else us(data_root, tables)
    industry = ["c14", "c30"] if tables == "wiod" else "334"
    found = coevolve.production.coefficients(accounts, industry, seed=7)
    rows = [row for row in found["gain"].rows() if row["model"] == A and row["horizon"] is not None]
    assert [row["horizon"] for row in rows] == [1, 2, 3]
    assert all(float(str(row["gain"])) >= -1 for row in rows)
