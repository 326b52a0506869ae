"""The words of the command line: what they mean, what they refuse, and that they lead back to the same study."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from coevolve.cli import main
from coevolve.cli.app import DONE, REFUSED, call
from coevolve.cli.ask import study_from_words
from coevolve.cli.compare import differences
from coevolve.errors import StudyError
from coevolve.inquiry import catalogue
from coevolve.inquiry.finding import Chart, Finding, Note, Source, Table
from coevolve.inquiry.record import Answer, EvidenceLine, Record
from coevolve.show.code import read_word, terminal_line
from coevolve.study.study import Study, toml_value

OWN = '''
from typing import Annotated, ClassVar, Literal
from pydantic import Field
from coevolve import Question, Finding
from coevolve.inquiry.question import Reads

class Mixed(Question):
    """Takes options of every type."""

    name: ClassVar[str] = "mixed"
    panel: Annotated[str | tuple[str, ...], Reads("panel")] = ""
    label: str = ""
    labels: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    sure: bool = False
    share: float = 0.5
    until: str | int | None = None
    level: Literal["low", "high"] = "low"
    goals: dict[str, float] = Field(default_factory=dict)

    def answer(self, evidence, at):
        return Finding("So.")
'''
HOSTILE = ["311", "0x1F", "true", "nan", "2001-01-01", "[a]", "[1]", "{a = 1}", '"quoted"', "'x'", "--dash", "", "a b"]
HOSTILE += [
    'half "quoted"',
    "two\nlines",
    "tab\there",
    "back\\slash",
    "1 # 2",
    "1, 2",
    "-5",
    "$HOME",
    "a=b",
    "Äußeres",
    "\x7f",
]


def said(question: str, line: str) -> Study:
    return study_from_words(question, catalogue.question(question), shlex.split(line))[0]


def refused(question: str, line: str) -> str:
    with pytest.raises(StudyError) as caught:
        said(question, line)
    return str(caught.value)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a question of one's own that takes options of every type; it is the current one."""
    (tmp_path / "mixed.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def mixed(*words: str) -> dict[str, object]:
    from coevolve.study.own import find_question

    kind, _ = find_question("mixed.py:Mixed", Path.cwd())
    study, _ = study_from_words("mixed.py:Mixed", kind, list(words))
    return study.asks[0].question.model_dump()


def rows(many: int = 12) -> list[tuple[str, int, float]]:
    return [(region, 2001 + t, 100.0 * 1.1**t) for region in ("Hubei", "Hunan") for t in range(many)]


def panel_csv(place: Path, column: str = "output") -> Path:
    lines = [f"region,year,{column}", *(f"{region},{year},{value:.2f}" for region, year, value in rows())]
    place.write_text("\n".join(lines) + "\n")
    return place


# Evidence


def test_each_further_file_is_a_further_panel() -> None:
    study = said("growth", "--panel a.csv --panel.region state --panel b.csv --panel.region land --of output")
    assert study.evidence == {"a": {"file": "a.csv", "region": "state"}, "b": {"file": "b.csv", "region": "land"}}
    assert study.asks[0].question.reads() == (("panel", "panel", ("a", "b")),)


def test_equal_stems_get_distinct_names() -> None:
    study = said("growth", "--panel north/firms.csv --panel south/firms.csv --of output")
    assert {name: keys["file"] for name, keys in study.evidence.items()} == {
        "firms": "north/firms.csv",
        "firms-2": "south/firms.csv",
    }


def test_keys_said_before_the_file_belong_to_it() -> None:
    study = said("growth", "--panel.region state --panel a.csv --of output")
    assert study.evidence == {"a": {"region": "state", "file": "a.csv"}}


def test_a_question_that_reads_one_piece_refuses_two() -> None:
    assert "--network reads one network." in refused("standing", "--network a.csv --network b.csv")


def test_two_pieces_said_to_have_one_name_are_refused() -> None:
    words = "--panel a.csv --panel.as firms --panel b.csv --panel.as firms --of output"
    assert 'two pieces of evidence have this name. Got "firms".' in refused("growth", words)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("growth.csv", "growth-data"),
        ("My data (1).csv", "my-data-1"),
        ("data:Établissements.csv", "etablissements"),
        ("企业.csv", "panel"),
        ("UPPER.tar.csv", "upper"),
    ],
)
def test_evidence_is_named_after_its_file(file: str, name: str) -> None:
    assert list(said("growth", f"--panel {shlex.quote(file)} --of output").evidence) == [name]


def test_the_name_of_the_ask_is_kept_free() -> None:
    study = said("growth", "--name firms --panel firms.csv --panel firms-data.csv --panel firms.csv --of output")
    assert list(study.evidence) == ["firms-data", "firms-data-2", "firms-data-3"]
    assert study.asks[0].name == "firms"


def test_keys_of_evidence_have_their_types() -> None:
    line = "--network a.csv --network.directed --network.sheet 2 --network.year 2010 --network.where 5"
    keys = said("standing", line).evidence["a"]
    assert keys == {"file": "a.csv", "directed": True, "sheet": 2, "year": "2010", "where": "5"}
    line = """--panel a.csv --panel.wide year --panel.columns 2010 --panel.columns 2011 --of x
        --panel.labels '{311 = "food"}' --panel.flag '{column = "s", suppressed = true}'"""
    keys = said("growth", line).evidence["a"]
    assert keys["columns"] == ["2010", "2011"]
    assert keys["labels"] == {"311": "food"}
    assert keys["flag"] == [{"column": "s", "suppressed": True}]


# Options


def test_labels_that_look_like_numbers_stay_text() -> None:
    study = said(
        "symbiosis", "--panel a.csv --of output --poles 311 --poles 0.5 --poles true --regions 2010 --until 2030"
    )
    options = study.asks[0].question.model_dump()
    assert options["poles"] == ("311", "0.5", "true")
    assert options["regions"] == ("2010",)
    assert options["until"] == 2030


@pytest.mark.parametrize(
    ("words", "option", "value"),
    [
        (("--label", "311"), "label", "311"),
        (("--label=--dash",), "label", "--dash"),
        (("--label", '"--dash"'), "label", "--dash"),
        (("--label", "tis 'so"), "label", "tis 'so"),
        (("--label", "[a"), "label", "[a"),
        (("--labels", '["a", "1"]'), "labels", ("a", "1")),
        (("--labels", '["a"]', "--labels", "b"), "labels", ("a", "b")),
        (("--labels", "[]"), "labels", ()),
        (("--years", "2001", "--years", "2002"), "years", (2001, 2002)),
        (("--pairs", '["a", "b"]', "--pairs", '["c", "d"]'), "pairs", (("a", "b"), ("c", "d"))),
        (("--pairs", '[["a", "b"]]'), "pairs", (("a", "b"),)),
        (("--sure",), "sure", True),
        (("--sure=false",), "sure", False),
        (("--sure", "true"), "sure", True),
        (("--share", "-1e-3"), "share", -0.001),
        (("--until", "2030"), "until", 2030),
        (("--until", '"2030"'), "until", "2030"),
        (("--until", "2030-07"), "until", "2030-07"),
        (("--until", "2030-07-01"), "until", "2030-07-01"),
        (("--level", "high"), "level", "high"),
        (("--goals", "{a = 1, b = 2.5}"), "goals", {"a": 1.0, "b": 2.5}),
    ],
)
def test_a_value_has_the_type_its_option_takes(own: Path, words: tuple[str, ...], option: str, value: object) -> None:
    assert mixed(*words)[option] == value


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("--seed abc", '--seed is a whole number. Got "abc".'),
        ("--seed 1.5", '--seed is a whole number. Got "1.5".'),
        ("--out", "--out needs a path. Write --out VALUE."),
        ("--out --quiet", "--out needs a path."),
        ("--name=", "--name needs text."),
        ("--quiet=perhaps", '--quiet is a switch. Got "perhaps".'),
        ("--workers 0", "--workers is how many processes compute, at least 1. Got 0."),
        ("--workers=-1", "at least 1. Got -1."),
        ("--of", "--of needs a value."),
        ("--panel", "--panel needs a value."),
        ("--untill 2030", "'growth' has no option 'untill'. Did you mean 'until'?"),
        ("--of.x 5", "'growth' has no option 'of.x'."),
        ("--until 2030 --until 2031", '--until is said twice. Got "2031".'),
    ],
)
def test_a_wrong_word_is_refused_with_its_repair(words: str, shown: str) -> None:
    assert shown in refused("growth", f"--panel a.csv {words}")


def test_every_wrong_word_is_told_at_once() -> None:
    text = refused("growth", "--seed abc --untill 3 --out")
    assert len(text.splitlines()) == 3


def test_switches_and_numbers_of_the_run_have_their_types() -> None:
    kind = catalogue.question("growth")
    words = "--panel a.csv --of x --quiet=false --strict --workers 2 --seed -3 --out there --fresh=TRUE"
    study, how = study_from_words("growth", kind, shlex.split(words))
    assert how == {"quiet": False, "strict": True, "workers": 2, "seed": -3, "out": Path("there"), "fresh": True}
    assert study.seed == -3


def test_a_wrong_word_ends_ask_with_the_code_of_a_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--seed", "abc"], ["--out"], ["--workers", "0"]):
        assert call(["ask", "growth", "--panel", "a.csv", "--of", "x", *words]) == REFUSED
        shown = capsys.readouterr().err
        assert shown.startswith("coevolve ask: ")
        assert "Error" not in shown


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_ask_alone_says_how_and_what_to_ask(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["ask", *words]) == DONE
    shown = capsys.readouterr().out
    assert "coevolve ask QUESTION --OPTION VALUE" in shown
    assert all(name in shown for name in catalogue.QUESTIONS)


def test_ask_says_the_options_of_a_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["ask", "growth", "--help"]) == DONE
    assert "until = none" in capsys.readouterr().out


# The line that asks again


def asked_again(study: Study, place: int = 0) -> Study:
    ask = study.asks[place]
    answer = Answer(ask.name, ask.said, ask.question.options(), Finding("So."))
    line = terminal_line(Record(study.title, study.seed, study.text, (answer,)), answer)
    words = shlex.split(line.replace("\\\n", " \\\n"))
    assert words[:3] == ["coevolve", "ask", ask.said], line
    words = [word for word in words if word != "\n"]
    return study_from_words(ask.said, type(ask.question), words[3:])[0]


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_comes_back_from_the_line_of_the_report(label: str) -> None:
    poles = toml_value([label, "steel"])
    text = f"""
    [evidence.firms]
    file = {toml_value(label or "a.csv")}
    region = {toml_value(label)}
    values = {poles}
    labels = {{ {toml_value(label or "a")} = {toml_value(label)} }}
    [[ask]]
    question = "symbiosis"
    panel = "firms"
    of = {toml_value(label)}
    poles = {poles}
    until = {toml_value(label)}
    """
    study = Study.from_text(text, Path())
    again = asked_again(study)
    assert again.evidence == study.evidence
    assert again.asks[0].question == study.asks[0].question


def test_several_panels_come_back_from_the_line_of_the_report() -> None:
    text = """
    seed = 3
    [evidence.north]
    file = "a/firms.csv"
    columns = ["2010", "2011"]
    wide = "year"
    [evidence.south]
    query = "SELECT 1"
    sheet = "2"
    [[ask]]
    question = "growth"
    name = "both"
    panel = ["north", "south"]
    of = "south"
    until = "2030"
    """
    study = Study.from_text(text, Path())
    again = asked_again(study)
    assert again.evidence == study.evidence
    assert again.asks == study.asks
    assert again.seed == 3


def test_a_word_is_toml_only_when_all_of_it_is() -> None:
    assert [read_word(one) for one in ("7", "7 # seven", "7, 8", "7]", "x", "2001-01-01")] == [
        7,
        "7 # seven",
        "7, 8",
        "7]",
        "x",
        "2001-01-01",
    ]


# A first study from one's own data


def guessed(folder: Path, data: Path) -> dict[str, object]:
    assert call(["new", str(folder), "--from", str(data)]) == DONE
    return tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))


def test_a_long_table_is_asked_of_an_indicator_it_holds(tmp_path: Path) -> None:
    lines = [f"{region},{year},{one},{value:.1f}" for one in ("firms", "jobs") for region, year, value in rows()]
    data = tmp_path / "long.csv"
    data.write_text("region,year,indicator,value\n" + "\n".join(lines) + "\n")
    study = guessed(tmp_path / "study", data)
    assert [ask["of"] for ask in study["ask"]] == ["firms", "firms"]  # type: ignore[index, attr-defined]
    assert call(["check", str(tmp_path / "study" / "study.toml")]) == DONE


def test_a_long_table_with_faults_is_asked_of_an_indicator_all_the_same(tmp_path: Path) -> None:
    data = tmp_path / "long.csv"
    data.write_text("region,year,indicator,value\nHubei,2001,firms,1\nHubei,2001,firms,2\nHubei,2002,firms,x\n")
    study = guessed(tmp_path / "study", data)
    assert [ask["of"] for ask in study["ask"]] == ["firms", "firms"]  # type: ignore[index, attr-defined]


def test_line_breaks_in_a_header_give_a_study_that_can_be_read(tmp_path: Path) -> None:
    data = panel_csv(tmp_path / "firms.csv", '"out\nput\t(t)"')
    head, _, rest = data.read_text().partition("region")
    data.write_text(f'{head}"re\r\ngion"{rest}', newline="")
    study = guessed(tmp_path / "study", data)
    assert study["evidence"]["data"]["file"] == "firms.csv"  # type: ignore[index]
    text = (tmp_path / "study" / "study.toml").read_text(encoding="utf-8")
    assert all(re.match(r"\w+ *=|\[|#|$", line) for line in text.splitlines())


@pytest.mark.parametrize("label", [*HOSTILE, "\r", "\x00\x1b", "\b\f", "\u2028", "\u0085"])
def test_toml_value_can_be_read_again(label: str) -> None:
    for value in (label, [label], {label: label}, [{label: [label, 1, 2.5, False]}]):
        assert tomllib.loads(f"x = {toml_value(value)}")["x"] == value


# Every command


@pytest.mark.parametrize("words", [["list"], ["explain", "growth"], ["new", "study"], ["clean", "nothing"], ["--help"]])
def test_every_command_takes_debug(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code = call([*words, "--debug"])
    assert code == (REFUSED if words[0] == "clean" else DONE)
    assert ("Traceback" in capsys.readouterr().err) == (words[0] == "clean")


def test_a_fault_of_ours_is_traced_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> int:
        raise ValueError("broken")

    monkeypatch.setattr("coevolve.cli.explain.list_questions", broken)
    assert call(["list"]) == REFUSED
    assert "ValueError" in (first := capsys.readouterr().err)
    assert first.endswith("Add --debug to see more.\n")
    assert "Traceback" not in first
    assert call(["list", "--debug"]) == REFUSED
    second = capsys.readouterr().err
    assert "Traceback" in second
    assert "Add --debug" not in second


@pytest.mark.parametrize("workers", ["0", "-1"])
def test_a_run_needs_a_worker(workers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["run", str(tmp_path / "study.toml"), f"--workers={workers}"]) == REFUSED
    assert (
        f"coevolve run: --workers is how many processes compute, at least 1. Got {workers}." in capsys.readouterr().err
    )


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_output_into_a_file_is_utf_8_whatever_the_system_says(encoding: str, tmp_path: Path) -> None:
    folder = tmp_path / "世 界\u2009"
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "coevolve", "new", str(folder)]
    done = subprocess.run(command, capture_output=True, env=environment)
    assert done.returncode == DONE, done.stderr
    assert str(folder) in done.stdout.decode("utf-8")
    done = subprocess.run(command, capture_output=True, env=environment)
    assert done.returncode == REFUSED
    assert str(folder) in done.stderr.decode("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_terminal_that_lacks_a_sign_shows_another(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "coevolve", "new", str(tmp_path / "世")]
    done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, env=environment)
    os.close(theirs)
    shown = os.read(ours, 4096)
    os.close(ours)
    assert done.returncode == DONE, done.stderr
    assert b"?" in shown


def test_main_leaves_with_the_code_of_the_command() -> None:
    with pytest.raises(SystemExit) as left:
        main(["list"])
    assert left.value.code == DONE


# Clean


def test_a_store_in_use_is_not_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / ".store"
    store.mkdir()
    (store / "k.ask").write_bytes(b"kept")
    with FileLock(store / "lock"):
        assert call(["clean", str(tmp_path), "--yes"]) == REFUSED
        assert "a run is using this store." in capsys.readouterr().err
        assert (store / "k.ask").exists()
        assert call(["clean", str(tmp_path)]) == DONE
    assert call(["clean", str(tmp_path), "--yes"]) == DONE
    assert not (store / "k.ask").exists()


# Compare


def record(**changes: object) -> Record:
    """A record with everything in it that can differ."""
    has = {"note": "Look.", "level": "information", "unit": "t", "caption": "One row a year.", "title": "Growth"}
    has |= {"source": "Ann 1990", "chart": "It grows", "number": 1.0, "claim": "It grows.", "evidence": "Gap in 2003."}
    has |= {"absent": 0, "study": "t"} | changes  # type: ignore[assignment]
    table = Table(
        "laws",
        {"year": np.array([2001]), "value": np.array([has["number"]])},
        {"value": str(has["unit"])},
        str(has["caption"]),
        {"value": np.array([has["absent"]], np.uint8)},
    )
    finding = Finding(
        str(has["claim"]),
        str(has["title"]),
        (table,),
        (Chart("c", "lines", "laws", {"x": "year", "y": "value"}, str(has["chart"])),),
        (Note(str(has["note"]), has["level"]),),  # type: ignore[arg-type]
        (Source("ann", str(has["source"])),),
    )
    line = EvidenceLine("firms", "panel", "a.csv", "s", "d", "2 regions", {}, (str(has["evidence"]),))
    return Record(str(has["study"]), 7, "", (Answer("growth", "growth", {}, finding),), (line,))


def test_equal_records_do_not_differ() -> None:
    assert not list(differences(record(), record()))
    assert not list(differences(record(number=np.nan), record(number=np.nan)))


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"note": "Look again."}, "note in B only: information: Look again."),
        ({"level": "caution"}, "note in B only: caution: Look."),
        ({"unit": "kt"}, "table laws, unit of value: t | kt"),
        ({"caption": "One row a month."}, "table laws, caption: One row a year. | One row a month."),
        ({"title": "Decline"}, "B is titled: Decline"),
        ({"claim": "It shrinks."}, "B says: It shrinks."),
        ({"source": "Bob 1991"}, "source in B only: Bob 1991"),
        ({"chart": "It shrinks"}, "picture c, title: It grows | It shrinks"),
        ({"number": 2.0}, "table laws, column value: 1 of 1 cells differ, by at most 1"),
        ({"absent": 3}, "table laws, column value: 1 cells are absent for other reasons"),
        ({"evidence": "No gap."}, "evidence 'firms', note in B only: No gap."),
        ({"study": "u"}, "title: t | u"),
    ],
)
def test_whatever_differs_is_told(changes: dict[str, object], shown: str) -> None:
    told = [line.strip() for line in differences(record(), record(**changes))]
    assert shown in told
    assert len(told) <= 3
