"""The line of the terminal and the lines of Python that give the same Finding."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from ..inquiry.record import Answer, Record


def terminal_line(record: Record, answer: Answer) -> str:
    """One command that asks this question alone; where it reads another ask, the command that runs the study.

    An option of the study becomes an option of the command; a piece of evidence becomes its file and its keys.
    """
    study = _study(record)
    ask = next((one for one in study.get("ask", []) if one.get("name", one.get("question")) == answer.name), None)
    if ask is None or _reads_an_ask(ask, study):
        return f"coevolve run study.toml && coevolve show study-out {shlex.quote(answer.name)}"
    words = ["coevolve", "ask", str(ask["question"])]
    if record.seed:
        words += ["--seed", str(record.seed)]
    if ask.get("name"):
        words += ["--name", str(ask["name"])]
    for option, value in ask.items():
        if option not in ("question", "name"):
            words += _option(option, value, study.get("evidence", {}))
    return _broken(words)


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


def _reads_an_ask(ask: Mapping[str, Any], study: Mapping[str, Any]) -> bool:
    """Does an option name what another ask made, or several pieces of evidence at once?"""
    evidence = study.get("evidence", {})
    asks = {str(one.get("name", one.get("question"))) for one in study.get("ask", [])}
    for option, value in ask.items():
        if option in ("question", "name"):
            continue
        if isinstance(value, str) and value in asks and value not in evidence:
            return True
        if isinstance(value, list) and any(isinstance(one, str) and one in evidence for one in value):
            return True
    return False


def _option(option: str, value: object, evidence: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if isinstance(value, str) and value in evidence:
        yield from (f"--{option}.as", value)
        for key, said in evidence[value].items():
            yield from _words(f"--{option}" if key == "file" else f"--{option}.{key}", said, key == "values")
    else:
        yield from _words(f"--{option}", value, isinstance(value, list))


def _words(flag: str, value: object, repeat: bool) -> Iterator[str]:
    if repeat and isinstance(value, list) and value:
        for one in value:
            yield from (flag, _toml(one) if isinstance(one, dict | list) else _bare(one))
    else:
        yield from (flag, _bare(value))


def _bare(value: object) -> str:
    return value if isinstance(value, str) else _toml(value)


def _toml(value: object) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(str(key))} = {_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return str(value)


def _key(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() and name.isascii() else _toml(name)


def _variable(name: str) -> str:
    return name if name.isidentifier() else "table"
