"""Own files, workers, the store and its codec: what a run leans on."""

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from coevolve.errors import DataError, Stopped, StudyError
from coevolve.evidence.evidence import Evidence
from coevolve.evidence.fit import Fit
from coevolve.evidence.network import Network
from coevolve.evidence.panel import Panel
from coevolve.inquiry.finding import Chart, Finding, Note, Source, Table
from coevolve.study.codec import decode, encode
from coevolve.study.content import content_key
from coevolve.study.desk import desk_for
from coevolve.study.own import find_question
from coevolve.study.store import Store
from coevolve.study.workers import Workers

HERE = Path(__file__).parent
PANEL = Panel.of(
    {"firms": np.arange(1.0, 41).reshape(4, 2, 5)}, regions="abcd", industries=["x", "y"], periods=range(2001, 2006)
)


def deadly(number: float) -> float:
    if number == 3.0:
        os._exit(1)
    return number


def test_a_case_that_kills_its_worker_loses_no_other(tmp_path: Path) -> None:
    workers = Workers(count=2)
    desk = desk_for(1, "a", content="k", store=tmp_path, workers=workers)
    try:
        done = desk.map(deadly, [float(k) for k in range(8)])
    finally:
        workers.drop()
    assert [case.value for case in done] == [0.0, 1.0, 2.0, None, 4.0, 5.0, 6.0, 7.0]
    assert [case.trouble for case in done if case.trouble] == ["its worker died"]
    assert len(desk.lost) == 1
    assert len(list(tmp_path.glob("*.case"))) == 7


def test_two_calls_with_equal_counts_are_kept_apart(tmp_path: Path) -> None:
    desk = desk_for(1, "a", content="k", store=tmp_path)
    first = [case.value for case in desk.map(half, [2.0, 4.0])]
    second = [case.value for case in desk.map(half, [20.0, 40.0])]
    assert (first, second) == ([1.0, 2.0], [10.0, 20.0])


def test_an_executor_of_the_users_gets_own_files_too() -> None:
    kind, own = find_question("evenness.py:Evenness", HERE)
    assert own is not None
    question = kind.model_validate({"panel": "p", "of": "firms"})
    bag = Evidence({"p": PANEL})
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        there = question.answer(bag, desk_for(1, "evenness", workers=Workers(own=(own,), executor=executor)))
    assert there["evenness"].rows() == question.answer(bag, desk_for(1, "evenness"))["evenness"].rows()


def half(number: float) -> float:
    if number < 0:
        raise ValueError("negative")
    return number / 2


def test_an_own_question_runs_in_workers_as_it_does_here() -> None:
    kind, own = find_question("evenness.py:Evenness", HERE)
    assert own is not None
    question = kind.model_validate({"panel": "p", "of": "firms"})
    bag = Evidence({"p": PANEL})
    here = question.answer(bag, desk_for(1, "evenness"))
    workers = Workers(count=2, own=(own,))
    try:
        there = question.answer(bag, desk_for(1, "evenness", workers=workers))
    finally:
        workers.drop()
    assert there["evenness"].rows() == here["evenness"].rows()
    assert 0.9 < here["evenness"]["evenness"][-1] < 1


def test_each_case_has_its_own_status() -> None:
    done = desk_for(1, "halves").map(half, [2.0, -1.0, 4.0])
    assert [case.value for case in done] == [1.0, None, 2.0]
    assert done[1].trouble == "ValueError: negative"


def test_cases_are_kept_and_not_computed_again(tmp_path: Path) -> None:
    cases = [float(k) for k in range(150)]
    first = desk_for(1, "a", content="k", store=tmp_path)
    done = first.map(half, cases)
    assert len(list(tmp_path.glob("k.*.case"))) == 50
    seen: list[int] = []
    again = desk_for(1, "a", content="k", store=tmp_path, progress=lambda at, of, words: seen.append(at))
    assert again.map(half, cases) == done
    assert seen == [150]


def test_stopping_keeps_what_is_done(tmp_path: Path) -> None:
    stop = threading.Event()

    def progress(done: int, of: int, words: str) -> None:
        if done >= 10:
            stop.set()

    desk = desk_for(1, "a", content="k", store=tmp_path, progress=progress, stop=stop)
    with pytest.raises(Stopped):
        desk.map(half, [float(k) for k in range(60)])
    kept = len(list(tmp_path.glob("k.*.case")))
    assert 10 <= kept < 60


@pytest.mark.parametrize(
    "value",
    [
        {"a": (1, 2.5, None, "x", True), "b": [float("inf")]},
        {1: np.arange(3.0), "t": np.array(["a", "b"], dtype=object)},
        (np.float64(2.0), np.zeros((2, 0))),
        Network.of([("a", "b", 1.5)]),
        Fit("m", {"b": np.ones((2, 1))}, {"b": ("draw", "pole")}, {"pole": ("p",)}, {"until": 2030}),
    ],
)
def test_what_is_stored_comes_back(value: object) -> None:
    data = encode(value)
    back = decode(data)
    assert encode(back) == data
    if hasattr(value, "digest"):
        assert back.digest() == value.digest()


def test_only_plain_results_are_stored() -> None:
    with pytest.raises(DataError, match=r'cannot be stored\. Got "object"'):
        encode(object())


def _finding() -> Finding:
    table = Table(
        "t", {"x": [1.0, np.nan], "label": ["a", "b"]}, {"x": "count"}, absent={"x": np.array([0, 2], np.uint8)}
    )
    chart = Chart("c", "bars", "t", {"label": "label", "value": "x"}, "Bars", options={"zero": True})
    return Finding(
        "So it is.", "T", (table,), (chart,), (Note("Do this."),), (Source("k", "K"),), Network.of([("a", "b", 1.0)])
    )


def test_a_finding_comes_back_whole_and_a_damaged_one_is_not_used(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.keep_finding("k", _finding())
    back = store.finding("k")
    assert back is not None
    assert back["t"].rows() == _finding()["t"].rows()
    assert back.charts == _finding().charts
    assert back.notes == _finding().notes
    assert isinstance(back.made, Network)
    place = tmp_path / "k.ask"
    data = bytearray(place.read_bytes())
    data[len(data) // 2] ^= 1
    place.write_bytes(bytes(data))
    assert store.finding("k") is None


def test_the_content_key_moves_with_all_that_matters() -> None:
    kind, own = find_question("evenness.py:Evenness", HERE)
    question = kind.model_validate({"panel": "p", "of": "firms"})
    other = kind.model_validate({"panel": "p", "of": "firms", "power": 2.0})
    bag = Evidence({"p": PANEL})
    values = PANEL.indicators["firms"].values.copy()
    values[0, 0, 0] = 99.0
    changed = Panel.of({"firms": values}, regions="abcd", industries=["x", "y"], periods=range(2001, 2006))
    owns = (own,) if own else ()
    base = content_key(question, "a", 1, bag, owns, False)
    assert base == content_key(question, "a", 1, Evidence({"p": PANEL, "unread": changed}), owns, False)
    keys = {
        base,
        content_key(question, "b", 1, bag, owns, False),
        content_key(question, "a", 2, bag, owns, False),
        content_key(other, "a", 1, bag, owns, False),
        content_key(question, "a", 1, Evidence({"p": changed}), owns, False),
        content_key(question, "a", 1, bag, owns, True),
        content_key(question, "a", 1, bag, (), False),
    }
    assert len(keys) == 7


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("x = 1\n", "own.py has no Question called 'Missing'"),
        ("def broken(:\n", "own.py, line 1, fails: SyntaxError"),
        ("a = 1\nraise ValueError('no')\n", "own.py, line 2, fails: ValueError: no"),
    ],
)
def test_an_own_file_that_does_not_hold_the_class_is_refused(tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "own.py").write_text(text)
    with pytest.raises(StudyError, match=match):
        find_question("own.py:Missing", tmp_path)


def test_reserved_option_names_are_refused(tmp_path: Path) -> None:
    text = (
        "from typing import ClassVar\nfrom coevolve import Question\n\n"
        "class Bad(Question):\n    name: ClassVar[str] = 'bad'\n    question: str = 'x'\n"
        "    def answer(self, evidence, at): ...\n"
    )
    (tmp_path / "own.py").write_text(text)
    with pytest.raises(StudyError, match=r'reserved name for an option\. Got "question"'):
        find_question("own.py:Bad", tmp_path)


def test_a_class_that_lacks_a_method_is_refused(tmp_path: Path) -> None:
    head = "from typing import ClassVar\nfrom coevolve import Question\n\n"
    text = head + "class Bad(Question):\n    name: ClassVar[str] = 'bad'\n"
    (tmp_path / "own.py").write_text(text)
    with pytest.raises(StudyError, match=r"'Bad' lacks answer\. Got \"own\.py\"\. Write def answer"):
        find_question("own.py:Bad", tmp_path)


def test_a_fit_and_a_record_print_in_few_lines() -> None:
    fit = Fit("m", {"b": np.ones((2, 1))}, {"b": ("draw", "pole")}, {"pole": ("p",)})
    assert repr(fit) == "Fit of m: b (draw, pole)"
