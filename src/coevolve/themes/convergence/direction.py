"""Which of two industries penetrates or displaces the other is not known beforehand: a pair is shown both ways round.

With even chances of either direction, and classes "none", "complementary" and "reorganisation" that have none,

    P(t, A to B) ~ P(t | as given) / (2 S),   S = P(a class without direction | as given)        t: penetration, ...
    P(t, B to A) ~ P(t | turned round) / (2 S'),   P(class without direction) ~ mean of its shares of S and of S'
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...engine.voting import tempered
from .measures import MIRROR
from .pairs import CHANNELS, TYPES, Pairs

Array = NDArray[np.float64]

DIRECTED = ("penetration", "substitution")
PLAIN = tuple(name for name in TYPES if name not in DIRECTED)
CLASSES: tuple[tuple[str, bool], ...] = (
    *((name, False) for name in PLAIN),
    *((name, turned) for turned in (False, True) for name in DIRECTED),
)
"""The classes of a pair as it is given: (type, whether B is the one that penetrates or displaces)."""
SIDES = dict(MIRROR) | {"log_a": "log_b", "log_b": "log_a"}


def either_given(
    pairs: Pairs, channels: tuple[str, ...], random: np.random.Generator
) -> tuple[Array, NDArray[np.int64]]:
    """Simulated pairs of which every other is turned round by chance, and the place of the true class in `CLASSES`."""
    values = pairs.values[:, :, [CHANNELS.index(name) for name in channels]]
    flips = random.random(len(pairs)) < 0.5
    values = np.where(flips[:, None, None], turned(values, channels), values)
    right = [
        CLASSES.index((TYPES[type_], bool(flip) and TYPES[type_] in DIRECTED))
        for type_, flip in zip(pairs.types.tolist(), flips, strict=True)
    ]
    return values, np.array(right, np.int64)


def either_way(given: Array, round_: Array) -> Array:
    """Log probabilities of `CLASSES` from those of `TYPES` for pairs as given and turned round; see the module."""
    plain = [TYPES.index(name) for name in PLAIN]
    whole = [np.logaddexp.reduce(one[:, plain], axis=1, keepdims=True) for one in (given, round_)]
    shares = [one[:, plain] - base for one, base in zip((given, round_), whole, strict=True)]
    parts = [np.logaddexp(*shares) - np.log(2.0)]
    directed = [TYPES.index(name) for name in DIRECTED]
    parts += [one[:, directed] - base - np.log(2.0) for one, base in zip((given, round_), whole, strict=True)]
    return np.asarray(tempered(np.concatenate(parts, axis=1), 1.0))


def turned(values: Array, channels: tuple[str, ...]) -> Array:
    """Values (..., channel) with A and B turned round; a channel whose counterpart was not observed has gaps."""
    out = np.full_like(values, np.nan)
    for c, name in enumerate(channels):
        other = SIDES.get(name, name)
        if other in channels:
            out[..., channels.index(other)] = values[..., c]
    return out
