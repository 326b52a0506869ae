"""Options as a study or a call gives them: a question of them, or which option is wrong and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import Fault, StudyError, nearest
from .question import Question

Asked = TypeVar("Asked", bound=Question)


def question_of(kind: type[Asked], options: Mapping[str, Any], where: str) -> Asked:
    """A question of that kind with these options; each wrong option is refused with its place and the nearest name."""
    try:
        return kind.model_validate(frozen(options))
    except ValidationError as error:
        raise StudyError(list(option_faults(error, kind, where))) from None


def frozen(value: Any) -> Any:
    """TOML lists as tuples, all the way down, so that questions stay immutable."""
    if isinstance(value, list):
        return tuple(frozen(one) for one in value)
    if isinstance(value, Mapping):
        return {key: frozen(one) for key, one in value.items()}
    return value


def option_faults(error: ValidationError, kind: type[BaseModel], where: str) -> Iterator[Fault]:
    """A Fault for each option that pydantic refused, once an option."""
    title = getattr(kind, "name", kind.__name__)
    told = set()
    for detail in error.errors():
        place = [str(one) for one in detail["loc"]]
        option = place[0] if place else ""
        if (option, detail["type"] == "extra_forbidden") in told:
            continue
        told.add((option, detail["type"] == "extra_forbidden"))
        if detail["type"] == "extra_forbidden" and len(place) == 1:
            yield Fault(f"'{title}' has no option '{option}'.", where, do=nearest(option, list(kind.model_fields)))
        elif detail["type"] == "missing" and len(place) == 1:
            yield Fault(f"'{title}' needs the option '{option}'.", where, do=_help(kind, option))
        else:
            yield Fault(f"option '{option}' of '{title}': {_words(detail)}.", where, _got(detail), _help(kind, option))


def _words(detail: Any) -> str:
    message = str(detail["msg"]).rstrip(".").removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _got(detail: Any) -> object:
    got = detail.get("input")
    return got if isinstance(got, str | int | float | bool) else repr(got)


def _help(kind: type[BaseModel], option: str) -> str:
    field = kind.model_fields.get(option)
    description = field.description if field else None
    return f"It is {description}." if description else "See: coevolve explain"
