"""Paper 1's study on a cut of the public statistics, whole (slow), and its twin on made worlds (slow)."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from coevolve.show.folder import read_folder

STATES = ("California", "Massachusetts", "Texas", "Ohio", "Nevada", "Michigan", "Florida", "Iowa", "Utah", "Georgia")
SECTORS = ("Manufacturing", "Information", "Professional, Scientific, and Technical Services")
NATIONAL = {"31-33": "Manufacturing", "51": "Information", "54": "Professional services", "23": "Construction"}
INDUSTRIES = {"334": "Computers and electronics", "335": "Electrical equipment", "5415": "Computer systems design"}
INDUSTRIES |= {"42": "Wholesale trade", "3361MV": "Motor vehicles"}


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


def listed(values: Any) -> str:
    return ", ".join(f"'{one}'" for one in values)


def cut(study: dict[str, Any]) -> dict[str, Any]:
    """Ten states, three sectors, four national sectors, five industries, few draws."""
    evidence, asks = study["evidence"], study["ask"]
    evidence["firms"]["where"] = f"sector IN ({listed(SECTORS)}) AND state IN ({listed(STATES)}) AND year <= 2015"
    evidence["firms"]["labels"] = {SECTORS[2]: "Professional services"}
    if "labels" in evidence["firms"]:
        kept = {old: new for old, new in evidence["firms"]["labels"].items() if old in SECTORS}
        evidence["firms"]["labels"] = kept
    evidence["innovation"]["where"] += f" AND state IN ({listed(STATES)})"
    evidence["sectors"] |= {"where": f"sector IN ({listed(NATIONAL)})", "labels": NATIONAL}
    ends = listed(INDUSTRIES)
    evidence["accounts"] |= {
        "where": f"from_ind IN ({ends}) AND to_ind IN ({ends}) AND year >= 2003",
        "labels": INDUSTRIES,
        "vectors": {**evidence["accounts"]["vectors"]},
    }
    for closing in ("value_added", "final_demand"):
        del evidence["accounts"]["vectors"][closing]
    smaller = {"influence": {"draws": 20}, "symbiosis": {"draws": 200, "inference": "laplace"}}
    smaller["coefficients"] = {"origins": 4, "hold_out": 2}
    smaller["contest"] = {"hold_out": 2, "origins": 3}
    return study | {"ask": [ask | smaller.get(ask["question"], {}) for ask in asks]}


def checked(out: Path) -> dict[str, Any]:
    """What every answer of this study owes, whatever the data."""
    tables = read_folder(out)
    said = json.loads((out / "record.json").read_text(encoding="utf-8"))["answers"]
    findings = {answer["name"]: answer["finding"] for answer in said}
    edges = tables["influence"]["edges"]
    assert {"strength", "p", "q", "lag", "selected"} <= set(edges.columns)
    assert ((edges["q"] >= edges["p"]) | (edges["q"] != edges["q"])).all()
    assert "noise" in findings["influence"]["claim"]
    scores = tables["contest"]["scores"]
    assert {"naive", "drift", "theta", "logistic", "symbiosis", "interactive", "blend"} <= set(scores["forecaster"])
    comparison = tables["coefficients"]["comparison"]
    assert {"complete_supply", "complete_demand", "innovation_industries", "error"} <= set(comparison.columns)
    assert {"naive", "drift"} <= set(scores["forecaster"])
    return findings


@pytest.fixture(scope="module")
def study(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "studies" / "tong-wang.toml").read_text(encoding="utf-8"))


def test_the_study_on_a_cut(study: dict[str, Any], data_root: Path, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(tomli_w.dumps(cut(study)), encoding="utf-8")
    coevolve("run", tmp_path / "study.toml", "--data", data_root, "--out", tmp_path / "out")
    checked(tmp_path / "out")


@pytest.mark.slow
def test_the_study_whole(repository: Path, data_root: Path, tmp_path: Path) -> None:
    coevolve("run", repository / "studies" / "tong-wang.toml", "--data", data_root, "--out", tmp_path / "out")
    findings = checked(tmp_path / "out")
    assert findings["influence"]["claim"].startswith("No influence among 20 series")
    assert (tmp_path / "out" / "report.html").stat().st_size < 500_000


@pytest.mark.slow
def test_the_twin_finds_what_was_put_in(tmp_path: Path) -> None:
    coevolve("new", tmp_path / "twin", "--example", "tong-wang")
    coevolve("run", tmp_path / "twin" / "study.toml", "--out", tmp_path / "out")
    checked(tmp_path / "out")
    tables = read_folder(tmp_path / "out")
    links = {(row["source"], row["target"]) for row in tables["influence"]["edges"].rows() if row["selected"]}
    true = {("electronics", "machinery"), ("software", "electronics"), ("chemistry", "textiles")}
    assert true <= links
    assert len(links - true) <= 1
    relation = tables["symbiosis"]["relations"].rows()[0]
    assert relation["relation"] == "commensalism"
