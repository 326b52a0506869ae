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
