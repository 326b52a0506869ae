"""The first command of a newcomer: the example that ships with coevolve, written and run as the README says."""

import json
import subprocess
import sys
from pathlib import Path


def test_the_first_look_is_written_run_and_reported(tmp_path: Path) -> None:
    for said in (("new", "first-look", "--example", "first-look"), ("run", "first-look/study.toml")):
        command = [sys.executable, "-m", "coevolve", *said]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    out = tmp_path / "first-look" / "study-out"
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in record["answers"]] == ["growth", "contest", "electricity-growth", "sources"]
    assert (out / "report.html").stat().st_size < 500_000
