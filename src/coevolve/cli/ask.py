"""`coevolve ask`: one question without a study file; its words become a study, which is run like any other."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from ..errors import Fault, StudyError, nearest
from ..inquiry.question import Question, evidence_options
from ..study.own import find_question
from ..study.run import Settings
from ..study.study import Study
from .explain import explanation, list_questions
from .run import data_root, run_study

RUN = {
    "name": str,
    "seed": int,
    "out": Path,
    "data": Path,
    "strict": bool,
    "fresh": bool,
    "publish": bool,
    "quiet": bool,
    "debug": bool,
}


def ask_words(question: str, words: list[str]) -> int:
    """Run one question as the command line says it, or print its help."""
    if question in ("", "-h", "--help"):
        print(ask_words.__doc__)
        print("coevolve ask QUESTION --OPTION VALUE ... ; coevolve ask QUESTION --help lists the options of:\n")
        return list_questions()
    kind, _ = find_question(question, Path.cwd())
    if "--help" in words or "-h" in words:
        print(explanation(question, kind))
        return 0
    study, how = study_from_words(question, kind, words)
    out = Path(how["out"]) if "out" in how else None
    data = data_root(Path(how["data"]) if "data" in how else None)
    settings = Settings(out=out, data=data, fresh="fresh" in how, publish="publish" in how)
    return run_study(study, settings, strict="strict" in how, quiet="quiet" in how)


def study_from_words(question: str, kind: type[Question], words: list[str]) -> tuple[Study, dict[str, Any]]:
    """The study that the words of one command line mean, and how to run it."""
    pairs, faults = list(_pairs(words)), []
    evidence_keys = evidence_options(kind)
    options: dict[str, Any] = {}
    how: dict[str, Any] = {}
    evidence: dict[str, dict[str, Any]] = {}
    for key, said in pairs:
        head, dot, rest = key.partition(".")
        if head in RUN and head not in kind.model_fields and not dot:
            how[head] = said
        elif head not in kind.model_fields:
            known = [*kind.model_fields, *RUN]
            faults.append(Fault(f"'{question}' has no option '{head}'.", "coevolve ask", do=nearest(head, known)))
        elif head in evidence_keys:
            _say_evidence(evidence, head, rest, said)
        else:
            _say_option(options, kind, head, said)
    if faults:
        raise StudyError(faults)
    names = {}
    for head, keys in evidence.items():
        name = str(keys.pop("as", Path(str(keys.get("file", head))).name.split(".")[0].lower().replace(" ", "-")))
        names[name] = keys
        options[head] = name
    said_name = {"name": how["name"]} if "name" in how else {}
    study: dict[str, Any] = {"title": str(how.get("name", question)), "seed": int(how.get("seed", 0))}
    study |= {"evidence": names, "ask": [{"question": question, **said_name, **options}]}
    return Study.from_text(tomli_w.dumps(study), Path.cwd(), "coevolve ask"), how


def _pairs(words: list[str]) -> Iterator[tuple[str, Any]]:
    place = 0
    while place < len(words):
        word = words[place]
        if not word.startswith("--"):
            raise StudyError("this stands without an option.", "coevolve ask", word, "Write --option value.")
        key, equals, value = word[2:].partition("=")
        head = key.replace("-", "_") if "." not in key else key
        following = words[place + 1] if place + 1 < len(words) else None
        if equals:
            yield head, value
        elif RUN.get(head) is bool or following is None or (following.startswith("--")):
            yield head, True
        else:
            yield head, following
            place += 1
        place += 1


def _say_evidence(evidence: dict[str, dict[str, Any]], option: str, key: str, said: Any) -> None:
    keys = evidence.setdefault(option, {})
    key = key or "file"
    value = _value(said)
    if key == "values":
        keys.setdefault("values", []).extend(value if isinstance(value, list) else [value])
    else:
        keys[key] = value


def _say_option(options: dict[str, Any], kind: type[Question], option: str, said: Any) -> None:
    value = _value(said)
    if option in options:
        before = options[option]
        options[option] = [*(before if isinstance(before, list) else [before]), value]
    elif _is_list(kind, option) and not isinstance(value, list):
        options[option] = [value]
    else:
        options[option] = value


def _is_list(kind: type[Question], option: str) -> bool:
    words: Mapping[str, Any] = kind.model_json_schema()["properties"][option]
    choices = words.get("anyOf", [words])
    return all(one.get("type") in ("array", "null") for one in choices)


def _value(said: Any) -> Any:
    """A word as a TOML value where it is one (a number, true, a list, a table), else as text."""
    if not isinstance(said, str):
        return said
    try:
        return tomllib.loads(f"x = {said}")["x"] if said[:1] in "[{0123456789+-tf\"'" else said
    except tomllib.TOMLDecodeError:
        return said
