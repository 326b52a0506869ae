"""The study of sectors, patents, research money and venture capital: what it says it will ask, and whole on a cut."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import tomli_w

from coevolve.show.folder import read_folder

SECTORS = ("Manufacturing", "Information", "Utilities")


def command(*words: object) -> str:
    said = [sys.executable, "-m", "coevolve", *map(str, words)]
    done = subprocess.run(said, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def test_what_it_will_ask(repository: Path, data_root: Path) -> None:
    told = command("check", repository / "studies" / "innovation-drivers.toml", "--data", data_root)
    assert "influence asks 380 pairs of 20 series in 45 regions over 15 years" in told
    assert "influence asks 420 pairs of 21 series in 45 regions over 13 years" in told
    assert "vc_backed_firms: 663 observed, 17 of them zero" in told


@pytest.mark.slow
def test_three_sectors(repository: Path, data_root: Path, tmp_path: Path) -> None:
    study = tomllib.loads((repository / "studies" / "innovation-drivers.toml").read_text(encoding="utf-8"))
    firms = study["evidence"]["firms"]
    firms["where"] = f"sector IN ({', '.join(map(repr, SECTORS))}) AND year <= 2015"
    del firms["labels"]
    for ask in study["ask"]:
        if ask["question"] == "influence":
            ask |= {"draws": 10, "model": "linear"}
    (tmp_path / "study.toml").write_text(tomli_w.dumps(study), encoding="utf-8")
    command("run", tmp_path / "study.toml", "--data", data_root, "--out", tmp_path / "out")
    found = read_folder(tmp_path / "out")
    pairs = {(row["source"], row["target"]) for row in found["money"]["edges"].rows()}
    assert len(pairs) == 5 * 4
    assert {("federal_research", "venture"), ("venture", "federal_research")} <= pairs
    edges = found["money"]["edges"]
    assert ((edges["q"] >= 0) & (edges["q"] <= 1)).all()
    assert (edges["least_strength"] > 0).all()
    record = json.loads((tmp_path / "out" / "record.json").read_text(encoding="utf-8"))
    claims = {answer["name"]: answer["finding"]["claim"] for answer in record["answers"]}
    assert "45 regions, 2003 to 2015" in claims["money"]
    assert "2001 to 2008" in claims["patents-first"]
