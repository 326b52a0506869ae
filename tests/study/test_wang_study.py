"""Paper 3's study on a cut of the public statistics, whole (slow), and its twin on a made world."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w

from coevolve.inquiry.finding import Table
from coevolve.show.folder import read_folder

STATES = ("California", "Massachusetts", "Texas", "Ohio", "Nevada", "Michigan", "Florida", "Iowa", "Utah", "Georgia")
PROVINCES = ("Beijing", "Shanghai", "Tianjin", "Jiangsu", "Guangdong", "Hubei", "Henan", "Gansu", "Yunnan", "Sichuan")
SECTORS = ("11", "23", "31-33", "51", "54")
NAICS = ("23", "31", "51", "54", "72")


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


def listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{one}'" for one in values)


def cut(study: dict[str, Any]) -> dict[str, Any]:
    """Ten regions, five industries, few draws."""
    evidence = study["evidence"]
    codes = {code: name for code, name in evidence["states"]["labels"].items() if name in STATES}
    evidence["states"] |= {"labels": codes, "where": f"st IN ({listed(tuple(codes))})"}
    labels = {code: name for code, name in evidence["sectors"]["labels"].items() if code in SECTORS}
    evidence["sectors"] |= {"labels": labels, "where": f"sector IN ({listed(SECTORS)})"}
    evidence["patterns"]["where"] = f"naics IN ({listed(NAICS)}) AND state IN ({listed(STATES)})"
    kept = ("Accommodation and Food Services", "Professional, Scientific, and Technical Services")
    evidence["patterns"]["labels"] = {label: evidence["patterns"]["labels"][label] for label in kept}
    evidence["innovation"]["where"] += f" AND state IN ({listed(STATES)})"
    del evidence["innovation"]["blank"]  # of a state that is cut away
    evidence["provinces"]["where"] += f" AND province IN ({listed(PROVINCES)})"
    evidence["provinces"]["blank"] = [
        {"region": ["Sichuan"], "year": 2000, "indicator": "public_education_exp_100m_cny"}
    ]
    return study | {"ask": [few(one) for one in study["ask"]]}


def few(ask: dict[str, Any]) -> dict[str, Any]:
    return ask | {"draws": 60}


def findings(folder: Path) -> dict[str, dict[str, Any]]:
    record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    return {answer["name"]: answer["finding"] for answer in record["answers"]}


def closes(ledger: Table, channels: tuple[str, ...]) -> None:
    whole = sum(np.asarray(ledger[one], float) for one in channels)
    assert np.abs(whole - ledger["change"]).max() < 1e-12
    assert set(ledger["state"]) <= {"orderly", "disorderly", "balanced", "undetermined"}
    assert (ledger["lo"] <= ledger["change"]).all()
    assert (ledger["change"] <= ledger["hi"]).all()


def test_the_study_on_a_cut(repository: Path, data_root: Path, tmp_path: Path) -> None:
    study = tomllib.loads((repository / "studies" / "wang.toml").read_text(encoding="utf-8"))
    (tmp_path / "study.toml").write_text(tomli_w.dumps(cut(study)), encoding="utf-8")
    coevolve("run", tmp_path / "study.toml", "--data", data_root, "--out", tmp_path / "out")
    tables, said = read_folder(tmp_path / "out"), findings(tmp_path / "out")
    for name in ("states-ledger", "sectors-ledger"):
        closes(tables[name]["ledger"], ("entry", "exit", "reclassified"))
        assert "not observed" in " ".join(note["text"] for note in said[name]["notes"])
        assert set(tables[name]["ledger"]["produced"]) == {"not observed"}
    coupling = tables["states-by-sectors"]["coupling"]
    assert (coupling["total_correlation"] > coupling["null_95"]).all()
    assert {row["region"] for row in tables["synergy"]["synergy"].rows()} == {"", *STATES}
    assert len(tables["coordination"]["coordination"]) == 10 * 17
    threshold = tables["stage"]["threshold"]
    assert not any(threshold["identified"])


@pytest.mark.slow
def test_the_whole_study(repository: Path, data_root: Path, tmp_path: Path) -> None:
    coevolve("run", repository / "studies" / "wang.toml", "--data", data_root, "--out", tmp_path / "out")
    tables, said = read_folder(tmp_path / "out"), findings(tmp_path / "out")
    states = tables["states-ledger"]
    closes(states["ledger"], ("entry", "exit", "reclassified"))
    assert len(states["ledger"]) == 34
    # With a cell for the outside the sign of dS says only whether the total grew.
    grew = np.diff(states["levels"]["units"]) > 0
    outside = states["outside"]
    for size in (1.0, 5.0, 20.0):
        assert np.array_equal(outside["change_if_assumed"][outside["assumed_outside"] == size] > 0, grew)
    assert "cannot be told: the method needs exits that strike at random" in said["stage"]["claim"]
    assert not any(tables["stage"]["threshold"]["identified"])
    assert "more evenly spread over 19 industries" in said["sectors-ledger"]["claim"]
    assert "8 % of Agricultural services in 1979" in " ".join(note["text"] for note in said["sectors-ledger"]["notes"])


def test_the_twin_runs_without_data_and_finds_what_was_made(tmp_path: Path) -> None:
    coevolve("new", tmp_path / "twin", "--world", "forming-clusters")
    path = tmp_path / "twin" / "study.toml"
    study = tomllib.loads(path.read_text(encoding="utf-8"))
    path.write_text(tomli_w.dumps(study | {"ask": [few(one) for one in study["ask"]]}), encoding="utf-8")
    coevolve("run", path, "--out", tmp_path / "out")
    tables, said = read_folder(tmp_path / "out"), findings(tmp_path / "out")
    closes(tables["regions-ledger"]["ledger"], ("entry", "exit", "moves", "reclassified"))
    ledger = tables["regions-ledger"]["ledger"]
    assert (ledger["produced"] >= 0).all()
    assert np.abs(ledger["produced"] + ledger["exchanged"] - ledger["change"]).max() < 1e-12
    assert "more concentrated" in said["electronics-ledger"]["claim"]
    assert "total correlation rose" in said["regions-by-industries"]["claim"]
    assert "tied for technology innovation and environmental support" in said["synergy"]["claim"]
    assert "and no other pair" in said["synergy"]["claim"]
