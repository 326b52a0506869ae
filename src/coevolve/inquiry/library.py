"""One question from Python: what the themes' own functions share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..evidence.evidence import Evidence, Item
from .at import Here
from .finding import Finding
from .key import Key
from .options import question_of
from .question import Question


def answered(
    kind: type[Question], evidence: Mapping[str, Item], options: Mapping[str, Any], *, seed: int = 0, name: str = ""
) -> Finding:
    """The Finding of one question: the same seed and ask name give the numbers that a study gives.

    Raises StudyError with every fault of the options.
    """
    question = question_of(kind, dict(options), f"'{kind.name}'")
    return question.answer(Evidence(evidence), Here(Key.of(seed, name or kind.name)))
