"""A world whose truth is known: made data, the truth it was made from, and the study that asks for it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..evidence.panel import Panel


@dataclass(frozen=True)
class World:
    """Data made from the equations, for learning, teaching and checking.

    `truth` is a list of true parameters in the words of the question `recovery`; `asks` are the asks of a study
    that should find them again; `story` says in words what is true.
    """

    name: str
    story: str
    panel: Panel
    evidence: Mapping[str, Any]
    truth: tuple[Mapping[str, Any], ...]
    asks: tuple[Mapping[str, Any], ...]
