"""A world whose truth is known: made data, the truth it was made from, and the study that asks for it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..evidence.evidence import Item


@dataclass(frozen=True)
class Piece:
    """One piece of made evidence: what it holds, and the keys that a study writes to read it from its file."""

    item: Item
    keys: Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """Data made from the equations, for learning, teaching and checking.

    `pieces` are the made evidence under the names that the asks use; `asks` are the asks of a study that should find
    the truth again; `story` says in words what is true; `truth` lists true parameters in the words of the question
    `recovery`, where it can judge them.
    """

    name: str
    story: str
    pieces: Mapping[str, Piece]
    asks: tuple[Mapping[str, Any], ...]
    truth: tuple[Mapping[str, Any], ...] = ()
