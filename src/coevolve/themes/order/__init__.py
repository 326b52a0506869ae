"""Is the system organising itself? How far subsystems of regions have come, and how evenly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...evidence.panel import Panel
    from ...inquiry.finding import Finding

__all__ = ["coordination"]


def coordination(
    panel: Panel,
    subsystems: Mapping[str, str | tuple[str, ...] | list[str]],
    *,
    seed: int = 0,
    name: str = "coordination",
    **options: Any,
) -> Finding:
    """How high and how evenly subsystems stand in each region: the Finding of the question of the same name.

    `options` are those of the question. The same seed and ask name give the numbers that a study gives. Raises
    StudyError with every fault of the options and of the panel.
    """
    from ...evidence.evidence import Evidence
    from ...inquiry.at import Here
    from ...inquiry.key import Key
    from ...inquiry.options import question_of
    from .questions import Coordination

    said = {"panel": "panel", "subsystems": subsystems, **options}
    question = question_of(Coordination, said, "order.coordination")
    return question.answer(Evidence({"panel": panel}), Here(Key.of(seed, name)))
