"""Production from files to report: a made world, and a cut of the accounts of the United States and of Germany."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from coevolve.cli.new import write_study
from coevolve.show.folder import read_folder
from coevolve.study.library import run
from coevolve.study.study import read_study

US = """
title = "Production of the United States"
seed = 1

[evidence.us]
file = "data:io_us_bea/ixi_flows_1997_2015.parquet"
from = "from_ind"
to = "to_ind"
flow = "flow"
flows = "total"
unit = "million USD"
where = "year IN (2006, 2007)"
vectors = "data:io_us_bea/ixi_vectors_1997_2015.parquet"

[[ask]]
question = "consumption"
accounts = "us"
industries = ["334"]
draws = 20

[[ask]]
question = "linkages"
accounts = "us"
draws = 20

[[ask]]
question = "chain"
accounts = "us"
industry = "334"
draws = 20

[[ask]]
question = "propagation"
accounts = "us"
change = [{ industry = "334", by = 1000 }]
draws = 20
"""


def test_a_cut_of_the_united_states(tmp_path: Path, data_root: Path) -> None:
    (tmp_path / "us.toml").write_text(US)
    said = [sys.executable, "-m", "coevolve", "run", "us.toml", "--data", str(data_root), "--out", "out"]
    done = subprocess.run(said, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    record: dict[str, Any] = json.loads((tmp_path / "out" / "record.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in record["answers"]] == ["consumption", "linkages", "chain", "propagation"]
    for answer in record["answers"]:
        assert "In the accounts of 2007 (total flows, imports included)" in answer["finding"]["claim"]
        for chart in answer["finding"]["charts"]:
            assert (tmp_path / "out" / "figures" / f"{answer['name']}-{chart['name']}.svg").stat().st_size > 500
    found = read_folder(tmp_path / "out")
    assert len(found["consumption"]["coefficients"]) == 71
    assert len(found["linkages"]["linkages"]) == 71
    assert found["propagation"]["effects"].rows()[0]["industry"] == "334"
    assert "each unit of 334 rests on" in " ".join(done.stdout.split())


def test_the_made_world_needs_no_data(tmp_path: Path) -> None:
    write_study(tmp_path / "world", "supply-chain", None, None)
    study = read_study(tmp_path / "world" / "study.toml")
    names = ("consumption", "linkages", "chain", "propagation")
    record = run(replace(study, asks=tuple(one for one in study.asks if one.name in names)))
    claims = {name: record[name].claim for name in names}
    assert all("In the accounts of 2020 (domestic flows)" in claim for claim in claims.values())
    assert "software" in claims["chain"]
    assert not any(note.level == "caution" for name in claims for note in record[name].notes)
