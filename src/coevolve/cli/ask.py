"""`coevolve ask`: one question without a study file; its words become a study, which is run like any other."""

from __future__ import annotations

import inspect
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from ..errors import Fault, StudyError, nearest
from ..evidence.specification import EvidenceSpec
from ..inquiry.question import Question, evidence_options
from ..show.code import read_word
from ..study.own import find_question
from ..study.run import Settings
from ..study.study import Study
from .explain import explanation, list_questions
from .run import data_root, run_study

HERE = "coevolve ask"
RUN: Mapping[str, type] = {
    "name": str,
    "seed": int,
    "out": Path,
    "data": Path,
    "workers": int,
    "strict": bool,
    "fresh": bool,
    "publish": bool,
    "quiet": bool,
}
JSON_KINDS: Mapping[type, set[str]] = {
    bool: {"boolean"},
    int: {"integer", "number"},
    float: {"number"},
    list: {"array"},
    dict: {"object"},
}
KIND_WORDS = {int: "a whole number", Path: "a path", str: "text"}


def ask_words(question: str, words: list[str]) -> int:
    """Run one question as the command line says it, or print its help."""
    if question in ("", "-h", "--help"):
        from .app import ask

        print(f"{inspect.getdoc(ask)}\n\nQuestions:\n")
        return list_questions()
    kind, _ = find_question(question, Path.cwd())
    if "--help" in words or "-h" in words:
        print(explanation(question, kind))
        return 0
    study, how = study_from_words(question, kind, words)
    settings = Settings(
        out=how.get("out"),
        data=data_root(how.get("data")),
        fresh=how.get("fresh", False),
        publish=how.get("publish", False),
        workers=how.get("workers"),
    )
    return run_study(study, settings, strict=how.get("strict", False), quiet=how.get("quiet", False))


def study_from_words(question: str, kind: type[Question], words: list[str]) -> tuple[Study, dict[str, Any]]:
    """The study that the words of one command line mean, and how to run it.

    Raises StudyError with every fault: an unknown option, one without its value, or a value of another type.
    """
    faults: list[Fault] = []
    options: dict[str, Any] = {}
    how: dict[str, Any] = {}
    pieces: dict[str, list[dict[str, Any]]] = {}
    schema = kind.model_json_schema()
    evidence_schema = EvidenceSpec.model_json_schema()
    reading = evidence_options(kind)
    for key, said in _pairs(words, schema):
        option, _, rest = key.partition(".")
        try:
            if option in reading:
                _say_evidence(pieces.setdefault(option, []), f"--{key}", rest or "file", said, evidence_schema)
            elif key in kind.model_fields:
                _say(options, key, f"--{key}", said, schema)
            elif key in RUN:
                how[key] = _how(key, said)
            else:
                do = nearest(option, [*kind.model_fields, *RUN])
                raise StudyError(f"'{question}' has no option '{key}'.", HERE, do=do)
        except StudyError as error:
            faults.extend(error.faults)
    evidence: dict[str, dict[str, Any]] = {}
    taken = {
        str(how.get("name", kind.name)),
        *(str(one["as"]) for few in pieces.values() for one in few if "as" in one),
    }
    for option, listed in pieces.items():
        if len(listed) > 1 and "array" not in _kinds(schema["properties"][option], schema):
            got = ", ".join(str(piece.get("file", piece.get("query"))) for piece in listed)
            faults.append(Fault(f"--{option} reads one {reading[option]}.", HERE, got, "Keep one of them."))
        names = [_add(evidence, piece, option, taken, faults) for piece in listed]
        options[option] = names[0] if len(names) == 1 else names
    if faults:
        raise StudyError(faults)
    said_name = {"name": how["name"]} if "name" in how else {}
    study: dict[str, Any] = {"title": str(how.get("name", question)), "seed": how.get("seed", 0)}
    study |= {"evidence": evidence, "ask": [{"question": question, **said_name, **options}]}
    return Study.from_text(tomli_w.dumps(study), Path.cwd(), HERE), how


def _pairs(words: list[str], schema: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """(option, its value or None) of a command line; switches take a value only as --switch=value."""
    options = schema["properties"]
    place = 0
    while place < len(words):
        word = words[place]
        if not word.startswith("--"):
            raise StudyError("this stands without an option.", HERE, word, "Write --option value.")
        head, equals, value = word[2:].partition("=")
        option, dot, rest = head.partition(".")
        key = option.replace("-", "_") + dot + rest
        following = words[place + 1] if place + 1 < len(words) else None
        switch = key in RUN and RUN[key] is bool and key not in options
        if equals:
            yield key, value
        elif switch or following is None or following.startswith("--"):
            yield key, None
        else:
            yield key, following
            place += 1
        place += 1


def _how(option: str, said: str | None) -> Any:
    """The value of an option of the run, by its type."""
    wanted = RUN[option]
    if wanted is bool:
        if said is not None and said.lower() not in ("true", "false"):
            raise StudyError(f"--{option} is a switch.", HERE, said, f"Write --{option}, or leave it out.")
        return said is None or said.lower() == "true"
    if not said:
        raise StudyError(f"--{option} needs {KIND_WORDS[wanted]}.", HERE, do=f"Write --{option} VALUE.")
    if wanted is not int:
        return wanted(said)
    if not re.fullmatch(r"[+-]?[0-9]+", said):
        raise StudyError(f"--{option} is a whole number.", HERE, said, f"Write --{option} 7, for example.")
    return at_least_one(int(said), HERE) if option == "workers" else int(said)


def at_least_one(workers: int, where: str) -> int:
    """The number of workers. Raises StudyError below 1."""
    if workers < 1:
        do = "Give 1 or more, or leave it out to use every core."
        raise StudyError("--workers is how many processes compute, at least 1.", where, workers, do)
    return workers


def _say_evidence(
    pieces: list[dict[str, Any]], flag: str, key: str, said: str | None, schema: Mapping[str, Any]
) -> None:
    """One key of a piece of evidence; each further file or query opens a new piece, other keys belong to the latest."""
    if not pieces or (key in ("file", "query") and ("file" in pieces[-1] or "query" in pieces[-1])):
        pieces.append({})
    if key == "as" and said:
        pieces[-1]["as"] = said
    else:
        _say(pieces[-1], key, flag, said, schema)


def _say(values: dict[str, Any], key: str, flag: str, said: str | None, schema: Mapping[str, Any]) -> None:
    """One value under its key, as its type in the schema wants it; an option that takes a list may be repeated."""
    words = schema["properties"].get(key, {"type": "string"})
    kinds = _kinds(words, schema)
    elements = _element_kinds(words, schema)
    if said is None and "boolean" not in kinds:
        raise StudyError(f"{flag} needs a value.", HERE, do=f"Write {flag} VALUE.")
    value: Any = True if said is None else _value(said, kinds | elements)
    if "array" not in kinds:
        if key in values:
            raise StudyError(f"{flag} is said twice.", HERE, said, "Keep one of them.")
        values[key] = value
        return
    single = not isinstance(value, list) or (elements == {"array"} and not all(isinstance(one, list) for one in value))
    if key in values:
        before = values[key] if isinstance(values[key], list) else [values[key]]
        values[key] = [*before, *([value] if single else value)]
    elif single and (kinds <= {"array", "null"} or isinstance(value, list)):
        values[key] = [value]
    else:
        values[key] = value


def _value(said: str, kinds: set[str]) -> Any:
    """A word as a number, a truth, a list or a table where the option takes one, else as text."""
    value = read_word(said)
    return value if isinstance(value, str) or JSON_KINDS[type(value)] & kinds else said


def _kinds(words: Mapping[str, Any], schema: Mapping[str, Any]) -> set[str]:
    """The JSON types that an option takes; all of them where its schema names none."""
    if "$ref" in words:
        return _kinds(schema["$defs"][words["$ref"].rpartition("/")[2]], schema)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in words:
            return {kind for one in words[key] for kind in _kinds(one, schema)}
    said = words.get("type", ["string", "integer", "number", "boolean", "array", "object"])
    return {said} if isinstance(said, str) else set(said)


def _element_kinds(words: Mapping[str, Any], schema: Mapping[str, Any]) -> set[str]:
    """The JSON types that the elements of a list option take; none where it takes no list."""
    if "$ref" in words:
        return _element_kinds(schema["$defs"][words["$ref"].rpartition("/")[2]], schema)
    found: set[str] = set()
    for one in (one for key in ("anyOf", "oneOf", "allOf") for one in words.get(key, [])):
        found |= _element_kinds(one, schema)
    for one in [*words.get("prefixItems", []), *([words["items"]] if isinstance(words.get("items"), dict) else [])]:
        found |= _kinds(one, schema)
    return found


def _add(
    evidence: dict[str, dict[str, Any]], piece: Mapping[str, Any], option: str, taken: set[str], faults: list[Fault]
) -> str:
    """The name of a piece of evidence, now in `evidence`: as said, else after its file, and distinct."""
    keys = {key: value for key, value in piece.items() if key != "as"}
    if "as" in piece:
        name = str(piece["as"])
        if evidence.get(name, keys) != keys:
            do = "Name each once with --OPTION.as NAME."
            faults.append(Fault("two pieces of evidence have this name.", HERE, name, do))
    else:
        stem = _slug(Path(str(keys.get("file", ""))).name.removeprefix("data:").split(".")[0]) or _slug(option)
        stem = f"{stem}-data" if stem in taken else stem
        name, count = stem, 1
        while name in evidence or name in taken:
            count += 1
            name = f"{stem}-{count}"
    evidence[name] = keys
    return name


def _slug(text: str) -> str:
    """A text as a name of evidence: a-z, digits, _ and - only.

    >>> _slug("My data (1)")
    'my-data-1'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_-]+", "-", plain).strip("-")
