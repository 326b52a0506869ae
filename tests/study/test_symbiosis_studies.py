"""Symbiosis on real data: textbook cases and US sectors, on a cut of the statistics and whole (slow)."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
import tomli_w

from coevolve.evidence.panel import Panel, Status
from coevolve.evidence.read import read
from coevolve.inquiry.finding import Table
from coevolve.show.folder import read_folder

STATES = ("California", "Massachusetts", "Texas", "Ohio", "Nevada", "Michigan")
YEASTS = ("Saccharomyces", "Schizosaccharomyces")
RELATIONS = {
    "mutualism",
    "competition",
    "independence",
    "predation",
    "commensalism",
    "amensalism",
    "undetermined",
}


def coevolve(*said: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "coevolve", *map(str, said)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def study_of(repository: Path, name: str) -> dict[str, Any]:
    with (repository / "studies" / name).open("rb") as file:
        return tomllib.load(file)


def ran(study: dict[str, Any], folder: Path, data: Path) -> dict[str, dict[str, Table]]:
    """The tables of a study, by ask."""
    (folder / "study.toml").write_bytes(tomli_w.dumps(study).encode())
    coevolve("run", folder / "study.toml", "--out", folder / "out", "--data", data, "--quiet")
    return read_folder(folder / "out")


def test_cultures_are_read_as_they_lie(repository: Path, data_root: Path) -> None:
    keys = study_of(repository, "classic.toml")["evidence"]["yeasts"]
    panel = read(keys, name="yeasts", base=repository / "studies", data=data_root).item
    assert isinstance(panel, Panel)
    assert panel.shape == (6, 2, 17)
    assert panel.periods.kind == "number"
    assert panel.periods.position[:4].tolist() == [6.0, 7.5, 15.0, 16.0]
    assert panel.periods.position[-1] == 141.0
    status = panel.indicator("volume").status
    alone = [k for k, name in enumerate(panel.regions) if "alone" in name]
    for k in alone:
        other = next(p for p, name in enumerate(YEASTS) if not panel.regions[k].startswith(name))
        assert (status[k, other] == Status.NOT_APPLICABLE).all()
    mixtures = [k for k in range(6) if k not in alone]
    assert [(status[k] == Status.OBSERVED).sum(axis=1).tolist() for k in mixtures] == [[6, 6], [7, 7]]
    file = data_root / "lv_classic" / "lv_classic_long.parquet"
    counted = duckdb.sql(f"select sum(value) from '{file}' where dataset = 'gause_1934_book_app_t01'").fetchall()[0][0]
    assert np.nansum(panel.indicator("volume").values) == pytest.approx(counted)


def median_of(table: Table, region: str, pole: str, period: float) -> float:
    """The middle of the forecast of one series in one period."""
    time = "year" if "year" in table.columns else "period"
    (row,) = [
        one
        for one in table.rows()
        if (one["region"], one["pole"], one[time], one["quantile"]) == (region, pole, period, 0.5)
    ]
    return float(str(row["value"]))


def test_a_cut_of_the_sectors(repository: Path, data_root: Path, tmp_path: Path) -> None:
    study = study_of(repository, "sectors.toml")
    states = ", ".join(f"'{one}'" for one in STATES)
    kept = ("Construction", "Real Estate and Rental and Leasing")
    sectors = ", ".join(f"'{one}'" for one in kept)
    study["evidence"]["states"] |= {
        "where": f"sector IN ({sectors}) AND state IN ({states})",
        "labels": {kept[1]: "Real estate"},
    }
    country = study["evidence"]["country"]
    codes = {code: name for code, name in country["labels"].items() if name in ("Construction", "Real estate")}
    country |= {"where": "sector IN ('23', '53')", "labels": codes}
    study["ask"] = [one | {"inference": "laplace", "draws": 200} for one in study["ask"][:2]]
    tables = ran(study, tmp_path, data_root)
    for ask, end in (("one-history", 2017), ("many-histories", 2022)):
        (relation,) = [row for row in tables[ask]["relations"].rows() if ask == "one-history" or not row["region"]]
        assert relation["relation"] in RELATIONS
        assert 0.0 < float(str(relation["probability"])) <= 1.0
        assert max(row["year"] for row in tables[ask]["forecast"].rows()) == end
    assert {row["region"] for row in tables["many-histories"]["forecast"].rows()} == set(STATES)


def test_hares_are_eaten_by_lynxes(repository: Path, data_root: Path, tmp_path: Path) -> None:
    study = study_of(repository, "classic.toml")
    del study["evidence"]["yeasts"]
    study["ask"] = [study["ask"][1] | {"draws": 200, "until": 1925}]
    tables = ran(study, tmp_path, data_root)["predation"]
    (relation,) = tables["relations"].rows()
    assert (relation["relation"], relation["pole"], relation["other"]) == ("predation", "hare", "lynx")
    assert float(str(relation["probability"])) > 0.95
    assert float(str(relation["effect_from_other"])) > 0.5
    assert float(str(relation["effect_on_other"])) < -0.5
    assert median_of(tables["forecast"], "", "hare", 1922) > 30.0  # the next wave: hares rise first


@pytest.mark.slow
def test_the_textbook_cases(repository: Path, data_root: Path, tmp_path: Path) -> None:
    tables = ran(study_of(repository, "classic.toml"), tmp_path, data_root)
    (yeasts,) = tables["cultures"]["relations"].rows()
    assert yeasts["relation"] == "competition"
    assert float(str(yeasts["probability"])) > 0.95
    for name in ("effect_from_other", "effect_on_other"):
        assert float(str(yeasts[f"{name}_lo"])) > 0.0  # both b above 0: each holds the other back
    for k in (1, 2):  # alone each yeast stays near what it could keep, about 13 and 6
        assert median_of(tables["cultures"]["forecast"], f"{YEASTS[0]} alone {k}", YEASTS[0], 150.0) > 10.0
    assert median_of(tables["cultures"]["forecast"], f"{YEASTS[1]} alone 1", YEASTS[1], 150.0) > 3.5
    (pelts,) = tables["predation"]["relations"].rows()
    assert pelts["relation"] == "predation"


@pytest.mark.slow
def test_the_sectors(repository: Path, data_root: Path, tmp_path: Path) -> None:
    tables = ran(study_of(repository, "sectors.toml"), tmp_path, data_root)
    for ask in ("one-history", "many-histories"):
        assert {row["relation"] for row in tables[ask]["relations"].rows()} <= RELATIONS
    assert {"naive", "drift", "logistic", "symbiosis"} <= set(tables["forecasts"]["scores"]["forecaster"])
