"""An ask that cannot be answered because an earlier ask, whose fit or network it reads, made none."""

from __future__ import annotations

from collections.abc import Mapping

from ..evidence.evidence import Evidence
from ..inquiry.finding import Finding, Note
from ..inquiry.question import Question


def unanswered(question: Question, evidence: Evidence, claims: Mapping[str, str]) -> Finding | None:
    """The Finding of an ask that reads what was not made, with the reason; None where all it reads is there.

    `claims` holds what the earlier asks found. One hopeless ask so stops only those that build on it.
    """
    lacking = [(name, kind) for _, kind, names in question.reads() for name in names if name not in evidence.items]
    if not lacking:
        return None
    name, kind = lacking[0]
    why = claims.get(name, "")
    return Finding(
        f"Not answered: it reads the {kind} of '{name}', and that ask made none.",
        f"{question.name.capitalize()} of {name}",
        notes=(Note(f"Mend ask '{name}' first.{' It says: ' + why if why else ''}", "caution"),),
    )
