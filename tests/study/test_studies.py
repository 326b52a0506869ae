"""The worked studies on public statistics, through the command line, as a reader would run them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from coevolve.show.folder import read_folder


def ran(study: Path, out: Path, data: Path) -> dict[str, Any]:
    said = [sys.executable, "-m", "coevolve", "run", str(study), "--out", str(out), "--data", str(data)]
    done = subprocess.run(said, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    page = (out / "report.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 500_000
    record: dict[str, Any] = json.loads((out / "record.json").read_text(encoding="utf-8"))
    for answer in record["answers"]:
        assert " ".join(answer["finding"]["claim"].split()) in " ".join(done.stdout.split())
        for chart in answer["finding"]["charts"]:
            assert (out / "figures" / f"{answer['name']}-{chart['name']}.svg").stat().st_size > 500
    return record


def test_us_states(repository: Path, data_root: Path, tmp_path: Path) -> None:
    record = ran(repository / "studies" / "us-states.toml", tmp_path / "out", data_root)
    sizes = {line["name"]: line["size"] for line in record["evidence"]}
    assert sizes == {"firms": "45 regions × 19 industries × 17 years", "innovation": "51 regions × 15 years"}
    assert any("85 cells of employment are suppressed" in note for note in record["evidence"][0]["notes"])
    found = read_folder(tmp_path / "out")
    laws = found["growth"]["laws"]
    assert {"establishments", "patents_granted"} == set(laws["indicator"])
    relations = found["poles"]["relations"]
    assert set(relations["relation"]) <= {
        "mutualism",
        "competition",
        "independence",
        "predation",
        "commensalism",
        "amensalism",
        "undetermined",
    }
    scores = found["contest"]["scores"]
    assert {"naive", "drift", "theta", "damped", "logistic"} <= set(scores["forecaster"])


def test_chinese_provinces(repository: Path, data_root: Path, tmp_path: Path) -> None:
    ran(repository / "studies" / "cn-provinces.toml", tmp_path / "out", data_root)
    table = read_folder(tmp_path / "out")["coordination"]["coordination"]
    assert len(table) == 31 * 17
    degree = table["coupling_coordination_degree"]
    assert ((degree >= 0) & (degree <= 1)).all()
    last = {str(row["region"]): row for row in table.rows() if int(str(row["year"])) == 2013}
    best = sorted(last, key=lambda region: float(str(last[region]["coupling_coordination_degree"])))[-3:]
    assert {"Beijing", "Shanghai"} < set(best)


@pytest.mark.parametrize(
    "fault",
    [
        "cpi_1997base, Henan 1985: 30.1591",
        "so2_t, Hebei 1991: 8890000",
        "so2_t, Tibet 1985 to 1995: 11 zeros",
        "Chongqing starts late in 29 of 30 indicators, mostly in 1997",
    ],
)
def test_check_names_the_faults_of_the_provinces(audit_of_provinces: str, fault: str) -> None:
    assert fault in audit_of_provinces


def test_horizon_2020(repository: Path, data_root: Path, tmp_path: Path) -> None:
    record = ran(repository / "studies" / "horizon-2020.toml", tmp_path / "out", data_root)
    found = read_folder(tmp_path / "out")["standing"]
    network = found["network"].rows()
    whole = network[0]
    assert (whole["actors"], whole["links"], whole["isolates"]) == (27_411, 523_617, 3_155)
    assert {2015.0, 2016.0, 2017.0, 2018.0} <= {row["year"] for row in network}
    kinds = [row for row in found["kinds"].rows() if row["year"] is None]
    counts = {row["kind"]: row["actors"] for row in kinds}
    assert counts == {"firm": 17_584, "institute": 2_532, "other": 3_105, "public body": 1_944, "university": 2_246}
    assert {row["year"] for row in found["kinds"].rows()} >= {2015.0, 2016.0, 2017.0, 2018.0}
    assert sum(row["betweenness_share"] for row in kinds) == pytest.approx(1.0)
    assert [(row["before"], row["year"]) for row in found["changes"].rows()] == [
        (year, year + 1) for year in range(2014, 2018)
    ]
    assert len(found["picture_actors"]) == 600
    assert len(found["picture_links"]) == 1_200
    finding = record["answers"][0]["finding"]
    drawn = {chart["name"]: chart for chart in finding["charts"]}
    assert {"picture", "top", "kinds", "kind-ties", "years", "places"} == set(drawn)
    assert drawn["picture"]["subtitle"].startswith("600 of 27\u2009411 organisations (those of highest closeness), ")
    assert "organisations of kind university, 8 % of all, hold" in finding["claim"]
    words = " ".join(note["text"] for note in finding["notes"])
    assert "one-mode projection of project x organisation" in words
    assert "weight is number of project labels" in words


@pytest.fixture(scope="module")
def audit_of_provinces(data_root: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `coevolve check` says of all provinces and years."""
    folder = tmp_path_factory.mktemp("audit")
    file = "data:innovation_regions/cn_provinces_1985_2013.csv.gz"
    keys = f'file = "{file}"\nregion = "province"\nyear = "year"\nmissing = "drop"\n'
    ask = '[[ask]]\nquestion = "growth"\npanel = "provinces"\nof = "so2_t"\n'
    text = f'title = "t"\nseed = 1\n\n[evidence.provinces]\n{keys}\n{ask}'
    (folder / "study.toml").write_text(text)
    said = [sys.executable, "-m", "coevolve", "check", str(folder / "study.toml"), "--data", str(data_root)]
    done = subprocess.run(said, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
