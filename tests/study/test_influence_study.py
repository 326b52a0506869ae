"""A small world with a known network through the command line: influence, then standing."""

import json
import subprocess
import sys
from pathlib import Path

from coevolve.show.folder import read_folder


def command(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "coevolve", *words], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_world_with_lagged_ties(tmp_path: Path) -> None:
    command("new", str(tmp_path / "world"), "--world", "lagged-ties")
    study = tmp_path / "world" / "study.toml"
    text = study.read_text(encoding="utf-8").replace('"linear"', '"linear"\ndraws = 20')
    study.write_text(text, encoding="utf-8")
    told = command("check", str(study))
    assert "influence asks 20 pairs of 5 series in 60 regions over 24 years" in " ".join(told.split())
    command("run", str(study), "--out", str(tmp_path / "out"))
    found = read_folder(tmp_path / "out")
    called = {(row["source"], row["target"]) for row in found["influence"]["edges"].rows() if row["selected"]}
    assert called == {("electronics", "machinery"), ("software", "electronics"), ("chemistry", "textiles")}
    network = found["standing"]["network"].rows()[0]
    assert (network["actors"], network["links"]) == (5, 3)
    record = json.loads((tmp_path / "out" / "record.json").read_text(encoding="utf-8"))
    assert [answer["name"] for answer in record["answers"]] == ["influence", "standing"]
    assert (tmp_path / "out" / "figures" / "influence-strength.svg").stat().st_size > 500
