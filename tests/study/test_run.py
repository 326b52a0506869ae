"""A study through the command line: what is kept, what is computed again, what is refused, and equal bytes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import coevolve
from coevolve.study.run import Settings, Watcher, run
from coevolve.study.study import Ask, read_study

HERE = Path(__file__).parent
STUDY = """
title = "evenness"
seed = 3

[evidence.firms]
file = "firms.csv"
region = "state"
industry = "sector"
year = "year"
values = ["establishments"]

[[ask]]
question = "evenness.py:Evenness"
panel = "firms"
of = "establishments"
"""


def write_firms(folder: Path, change: float = 0.0) -> None:
    draw = np.random.default_rng(1)
    rows = ["state,sector,year,establishments"]
    for state in ("01", "02", "04", "05"):
        for sector in ("11", "21"):
            for year in range(2001, 2011):
                moved = change if (state, year) == ("01", 2005) else 0
                rows.append(f"{state},{sector},{year},{draw.integers(10, 99) + moved}")
    (folder / "firms.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    write_firms(tmp_path)
    shutil.copy(HERE / "evenness.py", tmp_path)
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path / "study.toml"


def command(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    said = [sys.executable, "-m", "coevolve", *map(str, words)]
    return subprocess.run(said, capture_output=True, text=True, cwd=cwd, encoding="utf-8", check=False)


class Counter(Watcher):
    def __init__(self) -> None:
        self.stored: list[bool] = []

    def answered(self, ask: Ask, finding: coevolve.Finding, stored: bool, seconds: float) -> None:
        self.stored.append(stored)


def stored(study: Path) -> list[bool]:
    counter = Counter()
    run(read_study(study), Settings(out=study.parent / "out", watcher=counter))
    return counter.stored


def tables_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted((folder / "tables").rglob("*.*"))}


def test_a_second_run_computes_nothing_and_every_change_does(study: Path) -> None:
    assert stored(study) == [False]
    assert stored(study) == [True]
    study.write_text(STUDY.replace("seed = 3", "seed = 4"))
    assert stored(study) == [False]
    own = study.parent / "evenness.py"
    own.write_text(own.read_text() + "\n# another word\n")
    assert stored(study) == [False]
    write_firms(study.parent, change=1.0)
    assert stored(study) == [False]
    assert stored(study) == [True]


def test_the_terminal_writes_everything(study: Path) -> None:
    done = command("run", study)
    assert done.returncode == 0, done.stderr
    assert "Evenness went from" in done.stdout
    out = study.parent / "study-out"
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if ".store" not in path.parts}
    assert {"record.json", "report.html", "study.toml", "tables/evenness/evenness.csv"} <= names
    assert not [name for name in names if name.endswith(".part")]
    record = json.loads((out / "record.json").read_text())
    assert record["answers"][0]["tables"]["evenness"]["rows"] == 10
    assert "Evenness went from" in command("show", out).stdout
    again = command("run", out / "report.html", "--out", study.parent / "again")
    assert again.returncode == 0, again.stderr
    assert tables_of(study.parent / "again") == tables_of(out)


def test_study_ask_and_library_give_the_same_bytes(study: Path, tmp_path: Path) -> None:
    assert command("run", study, "--quiet").returncode == 0
    words = "ask evenness.py:Evenness --panel firms.csv --panel.region state --panel.industry sector --panel.year year"
    more = "--panel.values establishments --of establishments --seed 3 --out asked --quiet"
    asked = command(*words.split(), *more.split(), cwd=study.parent)
    assert asked.returncode == 0, asked.stderr
    one, two = tables_of(study.parent / "study-out"), tables_of(study.parent / "asked")
    assert one
    assert one == two
    panel = coevolve.panel(
        study.parent / "firms.csv", region="state", industry="sector", year="year", values=["establishments"]
    )
    kind = sys.modules["coevolve.study.own"].find_question("evenness.py:Evenness", study.parent)[0]
    finding = coevolve.ask(kind(panel="firms", of="establishments"), {"firms": panel}, seed=3)
    record = coevolve.run(study)
    assert finding["evenness"].rows() == record["evenness"]["evenness"].rows()
    from coevolve.show.tables import write_csv

    write_csv(finding["evenness"], tmp_path / "library.csv")
    assert (tmp_path / "library.csv").read_bytes() == one["tables/evenness/evenness.csv"]


def test_a_killed_run_goes_on_with_the_same_bytes(study: Path) -> None:
    log = study.parent / "log"
    log.mkdir()
    shutil.copy(HERE / "slow.py", study.parent)
    slow = f'\n[[ask]]\nquestion = "slow.py:Slow"\npanel = "firms"\nlog = "{log.as_posix()}"\n'
    study.write_text(STUDY + slow)
    out = study.parent / "out"
    said = [sys.executable, "-m", "coevolve", "run", str(study), "--out", str(out), "--quiet", "--workers", "2"]
    process = subprocess.Popen(said, start_new_session=True)
    deadline = time.monotonic() + 60
    while (len(list((out / ".store").glob("*.case"))) < 8 or not list(log.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (out / "record.json").exists()
    time.sleep(1.0)  # the workers notice that their parent is gone
    kept = len(list((out / ".store").glob("*.case")))
    computed = len(list(log.iterdir()))
    assert kept >= 8
    assert len(list((out / ".store").glob("*.ask"))) == 1
    assert command("run", study, "--out", out, "--workers", "2").returncode == 0
    assert len(list(log.iterdir())) - computed <= 40 - kept
    assert command("run", study, "--out", study.parent / "calm", "--workers", "1").returncode == 0
    assert tables_of(out) == tables_of(study.parent / "calm")


def test_ctrl_c_stops_within_a_second_and_keeps_what_is_done(study: Path) -> None:
    log = study.parent / "log"
    log.mkdir()
    shutil.copy(HERE / "slow.py", study.parent)
    study.write_text(
        STUDY + f'\n[[ask]]\nquestion = "slow.py:Slow"\npanel = "firms"\nlog = "{log.as_posix()}"\ncases = 400\n'
    )
    out = study.parent / "out"
    said = [sys.executable, "-m", "coevolve", "run", str(study), "--out", str(out)]
    process = subprocess.Popen(said, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    deadline = time.monotonic() + 60
    while len(list(log.iterdir())) < 20 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said_last = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "What was finished is kept" in said_last
    assert list((out / ".store").glob("*.case"))


def test_a_strangers_folder_and_a_second_run_are_refused(study: Path) -> None:
    strange = study.parent / "strange"
    strange.mkdir()
    (strange / "thesis.docx").write_text("mine")
    done = command("run", study, "--out", strange)
    assert done.returncode == 2
    assert 'strange: this folder holds files that are not ours. Got "thesis.docx".' in done.stderr
    assert [path.name for path in strange.iterdir()] == ["thesis.docx"]
    from filelock import FileLock

    busy = study.parent / "busy"
    assert command("run", study, "--out", busy).returncode == 0
    with FileLock(busy / ".store" / "lock"):
        done = command("run", study, "--out", busy)
    assert done.returncode == 2
    assert "another run is writing here" in done.stderr


def test_a_users_own_files_stay_and_only_ours_go(study: Path) -> None:
    out = study.parent / "out"
    assert command("run", study, "--out", out).returncode == 0
    (out / "figures").mkdir(exist_ok=True)
    (out / "figures" / "mine.png").write_bytes(b"mine")
    (out / "tables" / "evenness" / "notes.txt").write_text("mine")
    study.write_text(STUDY.replace("[[ask]]", '[[ask]]\nname = "even"'))
    assert command("run", study, "--out", out).returncode == 0
    names = {path.relative_to(out).as_posix() for path in out.rglob("*.*") if ".store" not in path.parts}
    assert {"figures/mine.png", "tables/evenness/notes.txt", "tables/even/evenness.csv"} <= names
    assert "tables/evenness/evenness.csv" not in names
    other = study.parent / "other"
    (other / "tables").mkdir(parents=True)
    (other / "record.json").write_text('{"mine": 1}')
    done = command("run", study, "--out", other)
    assert done.returncode == 2
    assert (other / "record.json").read_text() == '{"mine": 1}'


def test_refusals_leave_nothing_behind(study: Path) -> None:
    (study.parent / "firms.csv").write_text("state,sector,year,establishments\n01,11,2001,abc\n")
    done = command("run", study)
    assert done.returncode == 2
    assert "firms.csv, row 2" in done.stderr
    assert "abc" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (study.parent / "study-out").exists()


def test_strict_fails_on_a_caution(study: Path) -> None:
    own = study.parent / "evenness.py"
    text = own.read_text().replace("tables=(table,))", "tables=(table,), notes=(Note('Mind this.', 'caution'),))")
    own.write_text(text.replace("import Finding,", "import Finding, Note,"))
    assert command("run", study).returncode == 0
    done = command("run", study, "--strict")
    assert done.returncode == 1
    assert "evenness: Mind this." in done.stderr


def test_compare_cite_and_clean(study: Path) -> None:
    assert command("run", study, "--out", study.parent / "a").returncode == 0
    study.write_text(STUDY + "power = 2.0\n")
    assert command("run", study, "--out", study.parent / "b").returncode == 0
    same = command("compare", study.parent / "a", study.parent / "a").stdout
    assert "say the same, to the last digit" in same
    said = command("compare", study.parent / "a", study.parent / "b").stdout
    assert "option power: 1.0 | 2.0" in said
    assert "column evenness: 10 of 10 cells differ" in said
    assert "firms.csv" in command("cite", study.parent / "a").stdout
    assert "Nothing was removed" in command("clean", study.parent / "a").stdout
    assert "Removed 1 results" in command("clean", study.parent / "a", "--yes").stdout
    assert not list((study.parent / "a" / ".store").glob("*.ask"))


def test_accounts_that_do_not_balance_fail_under_strict(tmp_path: Path) -> None:
    (tmp_path / "flows.csv").write_text("from,to,flow\na,a,10\na,b,20\nb,a,30\nb,b,5\n")
    (tmp_path / "vectors.csv").write_text("sector,gross_output,final_demand\na,90,50\nb,100,65\n")
    write_firms(tmp_path)
    shutil.copy(HERE / "evenness.py", tmp_path)
    accounts = '\n[evidence.io]\nfile = "flows.csv"\nfrom = "from"\nto = "to"\nflow = "flow"\nvectors = "vectors.csv"\n'
    (tmp_path / "study.toml").write_text(STUDY + accounts)
    assert command("run", tmp_path / "study.toml").returncode == 0
    done = command("run", tmp_path / "study.toml", "--strict")
    assert done.returncode == 1
    assert "io: 1 rows do not balance" in done.stderr
    assert "the worst is a with 11.11 %" in done.stderr
