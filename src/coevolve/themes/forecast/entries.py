"""Forecasters as a study names them: by name, or as a table of a name and options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from ...errors import Fault, StudyError, nearest
from ...evidence.series import Series
from ...inquiry import catalogue
from ...inquiry.forecaster import Forecaster

Entry = str | dict[str, Any]


def entrant(entry: Entry) -> Forecaster:
    """The forecaster that an entry means; raises StudyError for an unknown name or option, with the nearest."""
    name = _entry_name(entry)
    kind = catalogue.forecaster(name)
    options = {} if isinstance(entry, str) else {key: value for key, value in entry.items() if key != "name"}
    try:
        return kind(**options)
    except ValidationError as error:
        raise StudyError([_option_fault(name, kind, one) for one in error.errors()]) from None


def _entry_name(entry: Entry) -> str:
    return entry if isinstance(entry, str) else str(entry.get("name", ""))


def _option_fault(name: str, kind: type[Forecaster], error: Mapping[str, Any]) -> Fault:
    option = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return Fault(f"'{name}' has no option '{option}'.", got=option, do=nearest(option, list(kind.model_fields)))
    if error["type"] == "missing":
        repair = f'Write {{ name = "{name}", {option} = ... }}.'
        return Fault(f"'{name}' needs the option '{option}'.", got="nothing", do=repair)
    return Fault(f"the option '{option}' of '{name}' cannot be that.", got=str(error["input"]), do=f"{error['msg']}.")


def pole_faults(forecaster: Forecaster, series: Series) -> Iterator[Fault]:
    """Poles that a forecaster is told to take and that are no series of the panel."""
    poles = getattr(forecaster, "poles", ())
    for pole in poles if isinstance(poles, tuple) else ():
        if pole not in series.names:
            do = nearest(str(pole), series.names)
            yield Fault(f"'{forecaster.name}' is to take the pole '{pole}', which is no series.", got=pole, do=do)
