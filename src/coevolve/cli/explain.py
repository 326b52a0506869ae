"""`coevolve list` and `coevolve explain`: what can be asked, from the one declaration of each question."""

from __future__ import annotations

import inspect
import json
import textwrap
from pathlib import Path

from ..inquiry import catalogue
from ..inquiry.question import Question
from ..study.own import find_question
from ..study.study import option_table


def list_questions() -> int:
    """One question a line, its name first, never cut."""
    width = max(len(name) for name in catalogue.QUESTIONS)
    for name in catalogue.QUESTIONS:
        print(f"{name:<{width}}  {summary(catalogue.question(name))}")
    return 0


def explain_question(said: str, schema: bool) -> int:
    """The docstring, the options, and what it makes; or the JSON schema."""
    kind, _ = find_question(said, Path.cwd())
    print(json.dumps(kind.model_json_schema(), indent=2) if schema else explanation(said, kind))
    return 0


def explanation(said: str, kind: type[Question]) -> str:
    """All that is to be known of a question before asking it, as text."""
    lines = [said, "=" * len(said), "", inspect.getdoc(kind) or "", "", "Options", "-------"]
    for row in option_table(kind):
        lines.append(f"{row['option']} = {row['default']}   ({row['type']})")
        lines.extend(textwrap.wrap(row["help"], 100, initial_indent="    ", subsequent_indent="    "))
    if kind.makes:
        lines += ["", f"Makes a {kind.makes} under the ask's name, for later asks to read."]
    lines += ["", "In a study:", "", "    [[ask]]", f'    question = "{said}"']
    lines += [f"    {row['option']} = ..." for row in option_table(kind) if row["default"] == "needed"]
    return "\n".join(lines)


def summary(kind: type[Question]) -> str:
    """The first line of a question's docstring."""
    return (inspect.getdoc(kind) or "").split("\n", 1)[0]


def questions_page() -> str:
    """The page docs/questions.md: every question with its options, from the same declarations as everything else."""
    lines = [
        "# Questions and their options",
        "",
        "Made from the questions themselves: `python -m coevolve.cli.explain > docs/questions.md`.",
        "",
    ]
    for name in catalogue.QUESTIONS:
        kind = catalogue.question(name)
        lines += [f"## {name}", "", summary(kind), ""]
        if kind.makes:
            lines += [f"Makes a {kind.makes} under the ask's name.", ""]
        lines += ["| option | default | type | meaning |", "|---|---|---|---|"]
        for row in option_table(kind):
            cells = [f"`{row['option']}`", f"`{row['default']}`", row["type"], row["help"]]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines += ["", f"`coevolve explain {name}` says more.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    print(questions_page(), end="")
