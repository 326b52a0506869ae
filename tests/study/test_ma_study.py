"""Agriculture and information technology on real accounts, cut to a few industries and years; the whole is slow."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CUT = """
title = "Agriculture and information technology, cut"
seed = 7

[evidence.us-1963]
query   = "SELECT * FROM '{data}/io_us_bea/ixi_flows_1963_1996.parquet' WHERE {sectors} AND year >= 1985"
from    = "from_ind"
to      = "to_ind"
flow    = "flow"
year    = "year"
prices  = "current prices"

[evidence.us-1963.vectors]
file         = "data:io_us_bea/ixi_vectors_1963_1996.parquet"
sector       = "ind"
gross_output = "gross_output"
year         = "year"

[evidence.us-1997]
query   = "SELECT * FROM '{data}/io_us_bea/ixi_flows_1997_2015.parquet' WHERE {sectors}"
from    = "from_ind"
to      = "to_ind"
flow    = "flow"
year    = "year"
prices  = "current prices"

[evidence.us-1997.vectors]
file         = "data:io_us_bea/ixi_vectors_1997_2015.parquet"
sector       = "ind"
gross_output = "gross_output"
year         = "year"

[[ask]]
name       = "farms"
question   = "convergence"
accounts   = ["us-1963", "us-1997"]
pairs      = [["information technology", "agriculture"]]
draws      = 300
classifier = false
[ask.industries]
agriculture = ["111CA"]
"information technology" = ["334", "513"]
"""


def ran(study: Path, out: Path, data: Path) -> dict[str, Any]:
    said = [sys.executable, "-m", "coevolve", "run", str(study), "--out", str(out), "--data", str(data)]
    done = subprocess.run(said, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    record: dict[str, Any] = json.loads((out / "record.json").read_text(encoding="utf-8"))
    return record


def checked(answer: dict[str, Any], out: Path) -> None:
    """What is not observed is named, and no verdict is stronger than what was observed."""
    from coevolve.show.folder import read_folder

    tables = read_folder(out)[answer["name"]]
    missing = {row["aspect"] for row in tables["missing"].rows()}
    assert {"technology", "enterprise"} <= missing
    for row in tables["types"].rows():
        assert row["verdict"] in ("none", "undetermined") or str(row["verdict"]).startswith("consistent with")
        if "penetration" in str(row["type"]):
            assert "technology" in str(row["not_observed"])
    notes = " ".join(note["text"] for note in answer["finding"]["notes"])
    assert "current prices" in notes


def test_agriculture_and_information_technology_cut(data_root: Path, tmp_path: Path) -> None:
    sectors = (
        "from_ind IN ('111CA', '334', '513', '311FT', '325') AND to_ind IN ('111CA', '334', '513', '311FT', '325')"
    )
    study = tmp_path / "ma.toml"
    study.write_text(CUT.format(data=data_root.as_posix(), sectors=sectors), encoding="utf-8")
    out = tmp_path / "out"
    record = ran(study, out, data_root)
    checked(record["answers"][0], out)
    notes = " ".join(note["text"] for note in record["answers"][0]["finding"]["notes"])
    assert "Read no level across 1997" in notes


@pytest.mark.slow
def test_agriculture_and_information_technology(repository: Path, data_root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    record = ran(repository / "studies" / "ma.toml", out, data_root)
    for answer in record["answers"]:
        if answer["name"] != "dynamics":
            checked(answer, out)
