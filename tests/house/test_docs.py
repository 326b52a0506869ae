"""Everything a user meets explains itself: questions, their options, and every public name."""

import ast
import importlib

import pytest
from syntax import PACKAGE, Module, modules

import coevolve
from coevolve.inquiry import catalogue


def load(where: str) -> type:
    module, _, name = where.partition(":")
    return getattr(importlib.import_module(module), name)


QUESTIONS = sorted(catalogue.QUESTIONS.items())
FORECASTERS = sorted(catalogue.FORECASTERS.items())


@pytest.mark.parametrize(("name", "where"), QUESTIONS)
def test_a_question_says_what_it_means_and_when_not_to_trust_it(name, where):
    question = load(where)
    text = question.__doc__ or ""
    assert question.name == name
    assert text.strip().split("\n")[0].endswith((".", "?")), f"{name}: the first line is a sentence"
    assert "when not to trust" in text.lower(), f"{name}: its docstring lacks 'When not to trust it'"
    warning = text.lower().partition("when not to trust")[2]
    assert len(warning.split()) >= 12, f"{name}: 'When not to trust it' says too little"


@pytest.mark.parametrize(("name", "where"), QUESTIONS)
def test_every_option_is_described(name, where):
    silent = [key for key, field in load(where).model_fields.items() if not (field.description or "").strip()]
    assert not silent, f"{name}: no description for {silent}"


@pytest.mark.parametrize(("name", "where"), FORECASTERS)
def test_a_forecaster_says_what_it_is(name, where):
    assert len((load(where).__doc__ or "").split()) >= 5, name


@pytest.mark.parametrize("name", coevolve.__all__)
def test_a_public_name_is_there_and_speaks(name):
    assert (getattr(coevolve, name).__doc__ or "").strip()


def public(tree: ast.AST, prefix: str = ""):
    """Public classes and functions, and the public methods of public classes, that a file defines."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node, node.name
            yield from public(node, f"{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node, prefix + node.name


# What a base class documents once, its subclasses need not repeat; and the rooms whose methods users call.
INHERITED = {"answer", "faults", "fit", "forecast", "refusal"}
NOUNS = {"errors", "evidence", "inquiry", "study"}


@pytest.mark.parametrize("module", modules(), ids=str)
def test_public_names_have_docstrings(module: Module):
    silent = [
        f"{module}:{node.lineno} {name}"
        for node, name in public(module.tree)
        if not ast.get_docstring(node)
        and ("." not in name or (module.room in NOUNS and name.split(".")[-1] not in INHERITED))
    ]
    assert not silent, "\n".join(silent)


@pytest.mark.parametrize("module", modules(), ids=str)
def test_a_file_says_its_subject_first(module: Module):
    assert ast.get_docstring(module.tree) or not module.tree.body, f"{module} has no docstring"


def test_the_package_is_typed():
    assert (PACKAGE / "py.typed").exists()
