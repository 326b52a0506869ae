"""Every refusal says what, where or what was got, and what to do: read off the source, wherever one is made."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from coevolve.errors import CoevolveError, DataError, Fault, nearest

MAKERS = {"Fault", "CoevolveError", "DataError", "StudyError"}
PARTS = ("what", "where", "got", "do")
SOURCE = Path(__file__).resolve().parents[2] / "src" / "coevolve"


def refusals() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not any(name in text for name in MAKERS):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in MAKERS:
                yield f"{path.relative_to(SOURCE).as_posix()}:{node.lineno}", node


def said(call: ast.Call) -> dict[str, ast.expr]:
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    return dict(zip(PARTS, call.args, strict=False)) | named


def is_text(node: ast.expr) -> bool:
    """A text in place, not a list of faults gathered elsewhere."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


LISTED = [(place, call) for place, call in refusals() if call.args and is_text(call.args[0])]


def test_there_is_something_to_check() -> None:
    assert len(LISTED) > 50


@pytest.mark.parametrize(("place", "call"), LISTED, ids=[place for place, _ in LISTED])
def test_a_refusal_names_the_thing_and_the_repair(place: str, call: ast.Call) -> None:
    parts = said(call)
    named_inside = isinstance(parts["what"], ast.JoinedStr)
    assert named_inside or "where" in parts or "got" in parts, f"{place}: say where it is or what was got"
    assert "do" in parts, f"{place}: say what to do"


def bare_raises(tree: ast.AST, validating: bool = False) -> Iterator[int]:
    """Lines that raise a nameless exception; a validator of options may raise ValueError, pydantic carries it on."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Raise):
            name = getattr(getattr(node.exc, "func", node.exc), "id", "")
            if name in ("Exception", "RuntimeError", "BaseException") or (name == "ValueError" and not validating):
                yield node.lineno
        decorators = [ast.unparse(one) for one in getattr(node, "decorator_list", [])]
        yield from bare_raises(node, validating or any("validator" in one for one in decorators))


def test_no_bare_exceptions() -> None:
    """The engine knows arrays only and none of our nouns: a ValueError there is for whoever calls it wrongly."""
    bare = [
        f"{path.relative_to(SOURCE).as_posix()}:{line}"
        for path in sorted(SOURCE.rglob("*.py"))
        if path.relative_to(SOURCE).parts[0] != "engine"
        for line in bare_raises(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not bare


def test_ten_faults_are_shown_and_all_are_kept() -> None:
    error = DataError([Fault(f"fault {k}", "a.csv", k, "mend it") for k in range(12)])
    assert len(error.faults) == 12
    assert str(error).count("\n") == 10
    assert "and 2 more faults" in str(error)


def test_an_error_survives_a_worker() -> None:
    import pickle

    back = pickle.loads(pickle.dumps(DataError("what.", "where", 3, "do.")))
    assert isinstance(back, CoevolveError)
    assert str(back) == "where: what. Got 3. do."


def test_the_nearest_name() -> None:
    assert nearest("machinry", ["machinery", "electronics"]) == "Did you mean 'machinery'?"
    assert nearest("x", []) == "There are none."
