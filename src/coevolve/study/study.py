"""A study: a title, a seed, some evidence, and questions in reading order, from one TOML file."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ..errors import Fault, StudyError, nearest
from ..inquiry.options import question_of as made
from ..inquiry.question import Question, evidence_options
from .own import Own, find_question, resolve

KEYS = ("title", "seed", "evidence", "ask")
NAME = re.compile(r"[a-z0-9_-]+")
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d")


@dataclass(frozen=True)
class Ask:
    """One question of a study under its own name. `own` lists the files of the user's that it uses."""

    name: str
    question: Question
    said: str
    own: tuple[Own, ...] = ()


@dataclass(frozen=True)
class Study:
    """What a study file says. `evidence` holds the keys of each piece, `base` is where its paths are relative to."""

    title: str
    seed: int
    evidence: Mapping[str, Mapping[str, Any]]
    asks: tuple[Ask, ...]
    text: str
    base: Path
    label: str = "study.toml"

    @classmethod
    def from_text(cls, text: str, base: Path, label: str = "study.toml") -> Study:
        """The study that a TOML text says; every fault of it at once, each with the ask or key it stands in."""
        try:
            said = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise StudyError("this is not TOML.", label, str(error), "Mend that line and run again.") from None
        faults = list(_top_faults(said, label))
        evidence = said.get("evidence", {}) if isinstance(said.get("evidence", {}), dict) else {}
        asks = []
        listed = said.get("ask", [])
        for place, words in enumerate(listed if isinstance(listed, list) else [], start=1):
            try:
                asks.append(_ask(words, f"{label}, ask {place}", base))
            except StudyError as error:
                faults.extend(error.faults)
        faults.extend(_naming_faults(asks, list(evidence), label))
        if not faults:
            faults.extend(_reading_faults(asks, evidence, label))
        if faults:
            raise StudyError(faults)
        return cls(
            str(said.get("title", Path(label).stem)), said.get("seed", 0), evidence, tuple(asks), text, base, label
        )


def read_study(path: str | Path) -> Study:
    """The study in a TOML file. Raises StudyError with all its faults, naming the file and the ask."""
    place = Path(path)
    try:
        text = place.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise StudyError("there is no such study.", str(path), do="Write one with: coevolve new NAME") from None
    except IsADirectoryError:
        do = f"Name its study file: {place / 'study.toml'}"
        raise StudyError("this is a folder, not a study.", str(path), do=do) from None
    except UnicodeDecodeError as error:
        raise StudyError("this is not UTF-8 text.", str(path), str(error.reason), "Save the study as UTF-8.") from None
    return Study.from_text(text, place.resolve().parent, place.name)


def _top_faults(said: Mapping[str, Any], label: str) -> Iterator[Fault]:
    for key in said:
        if key not in KEYS:
            yield Fault(f"a study has no key '{key}'.", label, do=nearest(key, KEYS))
    if not isinstance(said.get("title", ""), str):
        yield Fault("'title' is text.", label, said["title"], 'Write title = "...".')
    seed = said.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool):
        yield Fault("'seed' is a whole number.", label, seed, "Write seed = 7.")
    evidence = said.get("evidence", {})
    if not isinstance(evidence, dict) or not all(isinstance(one, dict) for one in evidence.values()):
        yield Fault("evidence comes as tables.", label, evidence, "Write [evidence.NAME] and its keys below.")
    else:
        for name in evidence:
            if not NAME.fullmatch(name):
                yield Fault("a name of evidence has letters a-z, digits, _ and - only.", label, name, "Rename it.")
    asks = said.get("ask", [])
    if not isinstance(asks, list):
        yield Fault("asks come as a list.", label, do="Write [[ask]] with two brackets before each question.")
    elif not asks:
        yield Fault("the study asks nothing.", label, do='Add [[ask]] and question = "growth", for example.')


def _ask(words: Any, where: str, base: Path) -> Ask:
    if not isinstance(words, dict) or not isinstance(words.get("question"), str):
        raise StudyError("an ask needs a question.", where, do='Write question = "growth", for example.')
    said = words["question"]
    options = {key: value for key, value in words.items() if key not in ("name", "question")}
    try:
        kind, own = find_question(said, base)
        options, more = resolve(options, base)
    except StudyError as error:
        raise StudyError([Fault(f.what, where, f.got, f.do) for f in error.faults]) from None
    name = words.get("name", kind.name)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise StudyError("an ask's name has letters a-z, digits, _ and - only.", where, name, 'Write name = "poles".')
    if DEVICE.fullmatch(name):
        raise StudyError("some systems keep this name for a device.", where, name, "Choose another name.")
    return Ask(name, made(kind, options, where), said, (*([own] if own else []), *more))


def _naming_faults(asks: list[Ask], evidence: list[str], label: str) -> Iterator[Fault]:
    for place, ask in enumerate(asks, start=1):
        where = f"{label}, ask {place}"
        if ask.name in [other.name for other in asks[: place - 1]]:
            yield Fault(f"two asks are called '{ask.name}'.", where, do='Give one of them its own name = "...".')
        if ask.name in evidence:
            do = 'Give the ask its own name = "...".'
            yield Fault(f"the ask and a piece of evidence are both called '{ask.name}'.", where, do=do)


def _reading_faults(asks: list[Ask], evidence: Mapping[str, Mapping[str, Any]], label: str) -> Iterator[Fault]:
    makes = {ask.name: ask.question.makes for ask in asks}
    for place, ask in enumerate(asks, start=1):
        earlier = {other.name for other in asks[: place - 1]}
        for option, kind, wanted in ask.question.reads():
            for name in wanted:
                where = f"{label}, ask {place} ('{ask.name}'), option '{option}'"
                if name in evidence or (name in earlier and makes[name] == kind):
                    continue
                if name in makes and name not in earlier:
                    yield Fault(f"'{name}' is asked later than here.", where, do=f"Move ask '{name}' above this one.")
                elif name in earlier:
                    made_kind = makes[name] or "no evidence"
                    yield Fault(
                        f"'{name}' makes {made_kind}, not a {kind}.", where, do=f"Name an ask that makes a {kind}."
                    )
                else:
                    known = [*(evidence if kind != "fit" else ()), *(one for one in earlier if makes[one] == kind)]
                    yield Fault(f"there is no {kind} called '{name}'.", where, do=nearest(name, known))


def option_table(kind: type[Question]) -> list[dict[str, str]]:
    """One row an option: name, type in words, default, help; the docs table, the CLI help and the form come from it."""
    schema = kind.model_json_schema()
    reads = evidence_options(kind)
    rows = []
    for name, field in kind.model_fields.items():
        words = schema["properties"][name]
        what = f"name of a {reads[name]}" if name in reads else type_words(words, schema)
        default = "needed" if field.is_required() else toml_value(field.get_default(call_default_factory=True))
        rows.append({"option": name, "type": what, "default": default, "help": field.description or ""})
    return rows


def type_words(words: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """A JSON schema type in the words of a reader: "number", "list of text", "symbiosis | predator_prey"."""
    if "$ref" in words:
        return type_words(schema["$defs"][words["$ref"].rpartition("/")[2]], schema)
    if "enum" in words:
        return " | ".join(f'"{one}"' for one in words["enum"])
    if "const" in words:
        return f'"{words["const"]}"'
    if "anyOf" in words:
        parts = dict.fromkeys(type_words(one, schema) for one in words["anyOf"] if one.get("type") != "null")
        return " or ".join(parts)
    if words.get("type") == "array":
        inner = words.get("items") or (words.get("prefixItems") or [{}])[0]
        return f"list of {type_words(inner, schema)}"
    plain = {
        "string": "text",
        "integer": "whole number",
        "number": "number",
        "boolean": "true or false",
        "object": "table",
    }
    return plain.get(words.get("type", ""), "value")


def toml_value(value: Any) -> str:
    """A value as TOML would write it; none is said as "none".

    >>> toml_value(("a", 2.0, True))
    '["a", 2.0, true]'
    >>> print(toml_value({"a b": "two\\nlines"}))
    { "a b" = "two\\nlines" }
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # JSON's text is TOML's, but for this
    if isinstance(value, Mapping):
        parts = ((str(key), toml_value(one)) for key, one in value.items())
        pairs = [f"{key if BARE_KEY.fullmatch(key) else toml_value(key)} = {words}" for key, words in parts]
        return "{ " + ", ".join(pairs) + " }" if pairs else "{}"
    if isinstance(value, BaseModel):
        return toml_value(value.model_dump(exclude_none=True))
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(one) for one in value) + "]"
    return repr(value)
