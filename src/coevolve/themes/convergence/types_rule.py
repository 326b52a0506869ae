"""The rule that names a type of convergence: which conditions each type has, and how surely all of them hold.

Ma (2021) names penetration, complementary, reorganisation and substitution convergence; the conditions are those of
the field that he leaves out. Every condition is looked at in the same draws, so that joint probabilities are right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .measures import MIRROR

Array = NDArray[np.float64]
Value = TypeVar("Value")
Draws = Mapping[str, Array]
"""What is known of a pair, by name: changes of measures over the years seen ("a_ab" ... "share_b"), changes in units
of a single year's unrest ("enterprise_in_sd", "a_in_sd"), b_ab and b_ba, "shared_module" and "high_a", "high_b"
(1 or 0). A name that is not there was not observed."""

ENOUGH = 0.8  # joint posterior of all conditions at which a type is named; each alone is then at least as probable
SMALL = 0.1  # |b| below this is "about none"
THIRD = 1 / 3  # inputs rise on one side when the other side's change is less than a third of it


@dataclass(frozen=True)
class Condition:
    """One condition of a type: words, the aspect it needs, in which draws it holds (None: not observed).

    `is_necessary` conditions must have risen beyond chance for the type to be named at all.
    """

    words: str
    aspect: str
    holds: NDArray[np.bool_] | None
    measure: str = ""
    is_necessary: bool = False


@dataclass(frozen=True)
class Verdict:
    """One type of one pair in one direction, judged: `posterior` is the joint probability of the conditions observed
    (NaN where none is), `is_named` whether it reaches .8 and a necessary aspect rose beyond chance."""

    type: str
    first: str
    second: str
    posterior: float
    conditions: tuple[Condition, ...]
    is_named: bool

    @property
    def unseen(self) -> tuple[str, ...]:
        """The aspects that its conditions need and nobody observed, each once."""
        return tuple(dict.fromkeys(one.aspect for one in self.conditions if one.holds is None))


def conditions_of(type_: str, known: Draws) -> tuple[Condition, ...]:
    """The conditions of a type for a pair (A, B): A penetrates, or displaces, B. Turn the pair round for the rest.

    The four types are those of Ma, Fig. 8 and the text about it.

    penetration      a_AB and p_B rise, a_AB at least thrice as much as a_BA and p_B more than p_A;
                     b_BA < 0, b_AB about 0; A is high-technology
    complementary    a_AB and a_BA rise, neither thrice as much as the other; b_AB < 0 and b_BA < 0
    reorganisation   activity in both rises, by more than the inputs do; a module holds links of both; both b about 0
    substitution     customers grow alike; b_BA > 0; B's share of the joint output falls
    """
    if type_ == "penetration":
        return (
            _rises("inputs from A into B rise", "a_ab", known, necessary=True),
            _rises("patents of B that are of A too rise", "p_b", known, necessary=True),
            _one_sided("inputs rise on one side", "a_ab", "a_ba", known),
            _more_common(known),
            _effect("effect of A on B: helps", "b_ba", known, -1),
            _no_effect("effect of B on A: about none", "b_ab", known),
            _fact("high-technology side: A", "high-technology side", "high_a", known),
        )
    if type_ == "complementary":
        return (
            _rises("inputs from A into B rise", "a_ab", known, necessary=True),
            _rises("inputs from B into A rise", "a_ba", known, necessary=True),
            _two_sided("inputs rise on both sides alike", "a_ab", "a_ba", known),
            _effect("effect of B on A: helps", "b_ab", known, -1),
            _effect("effect of A on B: helps", "b_ba", known, -1),
        )
    if type_ == "reorganisation":
        return (
            _rises("activity in both rises", "enterprise", known, necessary=True),
            _more("it rises more than inputs", known),
            _fact("a module holds links of both", "modules", "shared_module", known),
            _no_effect("effect of B on A: about none", "b_ab", known),
            _no_effect("effect of A on B: about none", "b_ba", known),
        )
    return (
        _rises("customers grow alike", "market", known, necessary=True),
        _effect("effect of A on B: hurts", "b_ba", known, +1),
        _falls("share of B in joint output falls", "share_b", known),
    )


DIRECTED: tuple[str, ...] = ("penetration", "substitution")
"""Types that have a direction: they are judged both ways."""


def judged(known: Draws, first: str, second: str, risen: Mapping[str, bool]) -> list[Verdict]:
    """Every type in every direction. `risen` says of each measure whether it rose beyond chance."""
    turned, risen_turned = mirrored(known), mirrored(risen)
    found = []
    for type_ in ("penetration", "complementary", "reorganisation", "substitution"):
        found.append(_verdict(type_, known, first, second, risen))
        if type_ in DIRECTED:
            found.append(_verdict(type_, turned, second, first, risen_turned))
    return found


def _verdict(type_: str, known: Draws, first: str, second: str, risen: Mapping[str, bool]) -> Verdict:
    conditions = conditions_of(type_, known)
    seen = [one.holds for one in conditions if one.holds is not None]
    posterior = float(np.mean(np.all(seen, axis=0))) if seen else float("nan")
    necessary = [one for one in conditions if one.is_necessary and one.holds is not None]
    grew = bool(necessary) and all(risen.get(one.measure, False) for one in necessary)
    return Verdict(type_, first, second, posterior, conditions, grew and posterior >= ENOUGH)


def mirrored(known: Mapping[str, Value]) -> dict[str, Value]:
    """What is known with A and B turned round."""
    swapped = dict(MIRROR) | {"high_a": "high_b", "high_b": "high_a", "share_b": "share_a", "share_a": "share_b"}
    return {swapped.get(name, name): value for name, value in known.items()}


def verdict_words(verdicts: Sequence[Verdict], anything_rose: bool, anything_seen: bool) -> str:
    """The pair's verdict in words that are no stronger than what was observed.

    "none" where no aspect rose beyond chance; a type by its name where all it needs was observed and holds;
    "consistent with ..." where what was observed holds but something was not; else "undetermined".
    """
    if not anything_seen:
        return "undetermined"
    if not anything_rose:
        return "none"
    named = [one for one in verdicts if one.is_named]
    if not named:
        return "undetermined"
    whole = [one for one in named if not one.unseen]
    if len(whole) == 1:
        return whole[0].type
    return "consistent with " + " or ".join(dict.fromkeys(one.type for one in (whole or named)))


def _rises(words: str, name: str, known: Draws, *, necessary: bool = False) -> Condition:
    aspect = "technology" if name.startswith("p_") else "business" if name.startswith("a_") else name
    holds = known[name] > 0 if name in known else None
    return Condition(words, aspect, holds, name, necessary)


def _falls(words: str, name: str, known: Draws) -> Condition:
    return Condition(words, "joint output", known[name] < 0 if name in known else None, name)


def _one_sided(words: str, more: str, less: str, known: Draws) -> Condition:
    if more not in known or less not in known:
        return Condition(words, "business", None, more)
    return Condition(words, "business", known[less] < THIRD * known[more], more)


def _more_common(known: Draws) -> Condition:
    words = "common patents gain more weight in B than in A"
    seen = "p_a" in known and "p_b" in known
    return Condition(words, "technology", known["p_b"] > known["p_a"] if seen else None, "p_b")


def _two_sided(words: str, first: str, second: str, known: Draws) -> Condition:
    if first not in known or second not in known:
        return Condition(words, "business", None, first)
    low = np.minimum(known[first], known[second])
    high = np.maximum(known[first], known[second])
    return Condition(words, "business", low >= THIRD * high, first)


def _more(words: str, known: Draws) -> Condition:
    if "enterprise_in_sd" not in known or "a_in_sd" not in known:
        missing = "enterprise" if "enterprise_in_sd" not in known else "business"
        return Condition(words, missing, None, "enterprise")
    return Condition(words, "enterprise", known["enterprise_in_sd"] > known["a_in_sd"], "enterprise")


def _effect(words: str, name: str, known: Draws, sign: int) -> Condition:
    return Condition(words, "dynamics", sign * known[name] > 0 if name in known else None, name)


def _no_effect(words: str, name: str, known: Draws) -> Condition:
    """|b| < .1 in a draw. A type needs .8 of the draws with all its conditions, so this one needs .8 alone too."""
    if name not in known:
        return Condition(words, "dynamics", None, name)
    return Condition(words, "dynamics", np.abs(known[name]) < SMALL, name)


def _fact(words: str, aspect: str, name: str, known: Draws) -> Condition:
    return Condition(words, aspect, known[name] > 0 if name in known else None, name)
