"""The line of the terminal and the lines of Python that give the same Finding."""

from __future__ import annotations

import json
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import CoevolveError
from ..inquiry import catalogue
from ..inquiry.question import evidence_options
from ..inquiry.record import Answer, Record


def terminal_line(record: Record, answer: Answer) -> str:
    """One command that asks this question alone; where it reads another ask, the command that runs the study.

    An option of the study becomes an option of the command; a piece of evidence becomes its file and its keys.
    """
    study = _study(record)
    ask = next((one for one in study.get("ask", []) if one.get("name", one.get("question")) == answer.name), None)
    reading = _reading_options(str(ask["question"])) if ask else None
    if ask is None or _reads_an_ask(ask, study, reading):
        return f"coevolve run study.toml && coevolve show study-out {shlex.quote(answer.name)}"
    words = ["coevolve", "ask", str(ask["question"])]
    if record.seed:
        words += ["--seed", str(record.seed)]
    if ask.get("name"):
        words += ["--name", str(ask["name"])]
    for option, value in ask.items():
        if option not in ("question", "name"):
            evidence = study.get("evidence", {}) if reading is None or option in reading else {}
            words += _option(option, value, evidence)
    return _broken(words)


def read_word(said: str) -> Any:
    """What a word of the terminal says when read as TOML: a number, true, a list, a table, text in quotes; else itself.

    >>> read_word("2030"), read_word("[1, 2]"), read_word("steel"), read_word('"2030"')
    (2030, [1, 2], 'steel', '2030')
    """
    try:
        found = tomllib.loads(f"x = [{said}]")["x"]  # in brackets a comment cannot hide
    except (tomllib.TOMLDecodeError, RecursionError):
        return said
    return found[0] if len(found) == 1 and isinstance(found[0], bool | int | float | str | list | dict) else said


def python_lines(answer: Answer) -> str:
    """Python that runs the study and gives this Finding's tables as frames.

    >>> from coevolve.inquiry.finding import Finding
    >>> print(python_lines(Answer("poles", "symbiosis", {}, Finding("Growth is shared."))))
    import coevolve
    record = coevolve.run(coevolve.read_study("study.toml"))
    print(record["poles"].claim)
    """
    lines = [
        "import coevolve",
        'record = coevolve.run(coevolve.read_study("study.toml"))',
        f'print(record["{answer.name}"].claim)',
    ]
    tables = [f'{_variable(one.name)} = record["{answer.name}"].table("{one.name}")' for one in answer.finding.tables]
    return "\n".join([*lines, *tables])


def _broken(words: list[str]) -> str:
    """A command with each option on a line of its own."""
    text = ""
    for word in words:
        text += f" \\\n    {shlex.quote(word)}" if word.startswith("--") else f" {shlex.quote(word)}"
    return text.strip()


def _study(record: Record) -> Mapping[str, Any]:
    try:
        return tomllib.loads(record.study)
    except tomllib.TOMLDecodeError:
        return {}


def _reads_an_ask(ask: Mapping[str, Any], study: Mapping[str, Any], reading: set[str] | None) -> bool:
    """Does an option name what another ask made? Of a user's own question, which options can is not known."""
    evidence = study.get("evidence", {})
    asks = {str(one.get("name", one.get("question"))) for one in study.get("ask", [])}
    for option, value in ask.items():
        if option in ("question", "name") or (reading is not None and option not in reading):
            continue
        if isinstance(value, str) and value in asks and value not in evidence:
            return True
        if isinstance(value, list):
            known = [one in evidence for one in value if isinstance(one, str)]
            if any(known) if reading is None else not all(known):
                return True
    return False


def _reading_options(question: str) -> set[str] | None:
    """The options of a question that name evidence; None for a question of the user's own."""
    try:
        return set(evidence_options(catalogue.question(question)))
    except CoevolveError:
        return None


def _option(option: str, value: object, evidence: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if isinstance(value, list) and value and all(isinstance(one, str) and one in evidence for one in value):
        for one in value:
            yield from _option(option, one, evidence)
    elif isinstance(value, str) and value in evidence:
        keys = evidence[value]
        first = "file" if "file" in keys else "query"
        if first in keys:
            yield from _words(f"--{option}" if first == "file" else f"--{option}.query", keys[first])
        yield from (f"--{option}.as", value)
        for key, said in keys.items():
            if key != first:
                yield from _words(f"--{option}.{key}", said, key == "values")
    else:
        yield from _words(f"--{option}", value, isinstance(value, list))


def _words(flag: str, value: object, repeat: bool = False) -> Iterator[str]:
    if repeat and isinstance(value, list) and value:
        for one in value:
            yield from (flag, _bare(one))
    else:
        yield from (flag, _bare(value))


def _bare(value: object) -> str:
    """A value as one word: text stands bare unless it would be read as something else, or as an option."""
    if isinstance(value, str) and read_word(value) == value and not value.startswith("--"):
        return value
    return _toml(value)


def _toml(value: object) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):  # TOML's text is JSON's, but for the character that deletes
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(str(key))} = {_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return str(value)


def _key(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() and name.isascii() else _toml(name)


def _variable(name: str) -> str:
    return name if name.isidentifier() else "table"
