"""A question: options in, Finding out. One declaration gives the study keys, the CLI options and the form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from ..errors import Fault
from ..evidence.evidence import Evidence
from .at import At
from .finding import Finding, Note


@dataclass(frozen=True)
class Reads:
    """Marks an option that names evidence of one kind: panel, network, accounts or fit."""

    kind: str


PanelName = Annotated[str | tuple[str, ...], Reads("panel"), Field(description="the panel to read, or several to join")]
NetworkName = Annotated[str, Reads("network"), Field(description="the network to read, or an ask that made one")]
AccountsName = Annotated[str, Reads("accounts"), Field(description="the accounts to read, or an ask that made some")]
FitName = Annotated[str, Reads("fit"), Field(description="the ask whose fit is meant")]
Names = str | tuple[str, ...]
"""One name or several; `names()` makes a tuple of either."""


def names(option: Names) -> tuple[str, ...]:
    """An option that takes one name or a list, as a tuple."""
    return (option,) if isinstance(option, str) else tuple(option)


class Question(BaseModel, ABC):
    """What can be asked. Subclass it: typed fields are the options, `answer` gives the Finding.

    A subclass states `name` (the study's word), documents every option with `Field(description=...)`, and says in
    its docstring what the answer means to an economist and, under "When not to trust it", its limits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False)

    name: ClassVar[str]
    makes: ClassVar[str] = ""  # the kind of evidence it makes under its ask's name: network, fit, accounts

    @abstractmethod
    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding. Numerical trouble becomes a Note on it, never an exception."""

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """What makes this question impossible to ask of this evidence, found before anything is computed.

        Yield a Fault for each; leave `where` empty, the study fills it in. Evidence that an earlier ask will make
        is not in the bag yet.
        """
        yield from ()

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """What this question will be able to say with this much data; shown by `coevolve check`."""
        yield from ()

    def reads(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """(option, kind, names) for every option that names evidence and is set."""
        found = []
        for option, kind in evidence_options(type(self)).items():
            value = getattr(self, option)
            if value:
                found.append((option, kind, names(value)))
        return tuple(found)

    def options(self) -> dict[str, Any]:
        """All options with their values, as JSON."""
        return self.model_dump(mode="json")


def evidence_options(question: type[Question]) -> dict[str, str]:
    """Which options name evidence, and of what kind."""
    found = {}
    for option, field in question.model_fields.items():
        kinds = [mark.kind for mark in field.metadata if isinstance(mark, Reads)]
        if not kinds:
            kinds = [mark.kind for mark in _inner_marks(field.annotation) if isinstance(mark, Reads)]
        if kinds:
            found[option] = kinds[0]
    return found


def _inner_marks(annotation: object) -> Iterator[object]:
    yield from getattr(annotation, "__metadata__", ())
    for inner in getattr(annotation, "__args__", ()):
        yield from _inner_marks(inner)
