"""docs/papers.md promises no more than there is: what it names exists, and no equation of the papers is left out."""

import ast
import re
from dataclasses import dataclass
from functools import cache

import pytest
from syntax import PACKAGE, ROOT

from coevolve.inquiry import catalogue

COLUMNS = 6  # tag, what, place, question, test, status
STATUS = re.compile(r"done|(?:first version|later): \S.*")

TAGS = {
    *(f"TW ({k})" for k in (*range(1, 11), "9n")),
    *("TW §2.1", "TW §2.1.3", "TW §3.2", "TW Table 1", "TW Table 2", "TW Fig. 1", "TW Fig. 2"),
    *(f"{where}, {letter}" for where in ("Table 2", "Fig. 2") for letter in "ABC"),
    *(f"Ma ({k})" for k in range(1, 17)),
    *(f"Ma Fig. {k}" for k in range(1, 11)),
    "Ma Table 1",
    *(f"Wang ({letter})" for letter in "abc"),
}
NUMBERED = {tag for tag in TAGS if "(" in tag}
TAGGED = re.compile(r"(Tong & Wang|Ma|Wang) ((?:\(\w+\)(?:, |-| to | and )?)+)")


@dataclass(frozen=True)
class Row:
    """One row of the page."""

    tag: str
    places: tuple[str, ...]
    questions: tuple[str, ...]
    tests: tuple[str, ...]
    status: str


def rows_of(text: str) -> list[Row]:
    found = []
    for line in text.splitlines():
        cells = [one.strip() for one in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == COLUMNS and cells[0] != "tag" and set(cells[0]) != {"-"}:
            named = [tuple(re.findall(r"`([^`]+)`", cell)) for cell in cells]
            found.append(Row(cells[0], named[2], named[3], named[4], cells[5]))
    return found


ROWS = rows_of((ROOT / "docs" / "papers.md").read_text(encoding="utf-8"))


@cache
def names_in(path: str) -> frozenset[str]:
    """Functions and classes that a file defines, methods as Class.method."""
    file = PACKAGE / path if (PACKAGE / path).exists() else ROOT / path
    if not file.is_file():
        return frozenset()
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            inner = {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
            found |= {node.name} | {f"{node.name}.{name}" for name in inner}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return frozenset(found)


def docstring_of(place: str) -> str:
    """What the file of a place and the place itself say, in one string."""
    path, _, name = place.partition("::")
    tree: ast.AST = ast.parse((PACKAGE / path).read_text(encoding="utf-8"))
    said = [ast.get_docstring(tree) or ""]  # type: ignore[arg-type]
    for part in name.split("."):
        tree = next(one for one in tree.body if getattr(one, "name", None) == part)  # type: ignore[attr-defined]
        said.append(ast.get_docstring(tree) or "")  # type: ignore[arg-type]
    return " ".join(" ".join(said).split())


def cited(text: str) -> set[str]:
    """The tags of numbered equations that a docstring cites, ranges written out."""
    found = set()
    for paper, numbers in TAGGED.findall(text):
        short = "TW" if paper == "Tong & Wang" else paper
        for part in re.findall(r"\(\w+\)(?:(?:-| to )\(\w+\))?", numbers):
            ends = re.findall(r"\((\w+)\)", part)
            if len(ends) == 2 and all(end.isdigit() for end in ends):
                found |= {f"{short} ({k})" for k in range(int(ends[0]), int(ends[1]) + 1)}
            else:
                found |= {f"{short} ({end})" for end in ends}
    return found


def test_every_equation_table_and_figure_is_there():
    missing = TAGS - {row.tag for row in ROWS}
    assert not missing, f"docs/papers.md leaves out {sorted(missing)}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.tag)
def test_what_a_row_names_exists(row):
    absent = [
        one for one in (*row.places, *row.tests) if one.partition("::")[2] not in names_in(one.partition("::")[0])
    ]
    absent += [one for one in row.questions if one not in {*catalogue.QUESTIONS, *catalogue.FORECASTERS}]
    assert not absent, f"{row.tag}: there is no {absent}"
    assert STATUS.fullmatch(row.status), f"{row.tag}: done, first version: ..., or later: ..."


@pytest.mark.parametrize("row", [row for row in ROWS if row.tag in NUMBERED], ids=lambda row: row.tag)
def test_a_numbered_equation_has_place_and_test_and_its_docstring_says_so(row):
    assert row.places
    assert row.tests
    silent = [place for place in row.places if row.tag not in cited(docstring_of(place))]
    assert not silent, f"{row.tag} is not cited in {silent}"


def test_a_citation_is_read():
    assert cited("Tong & Wang (9), (10), (9n)") == {"TW (9)", "TW (10)", "TW (9n)"}
    assert cited("the LSTM of Ma (4)-(6), and Wang (a)") == {"Ma (4)", "Ma (5)", "Ma (6)", "Wang (a)"}
    assert cited("Wang (2021) and Tong & Wang (6) to (8)") >= {"TW (6)", "TW (7)", "TW (8)"}


def test_a_promise_too_many_is_seen():
    text = "| TW (1) | x | `engine/graphs.py::nothing` | `nothing` | `tests/known/test_nets.py::nothing` | soon |"
    (row,) = rows_of(text)
    assert (row.tag, row.places, row.questions) == ("TW (1)", ("engine/graphs.py::nothing",), ("nothing",))
    assert "nothing" not in names_in("engine/graphs.py")
    assert not STATUS.fullmatch(row.status)
