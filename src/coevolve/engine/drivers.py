"""What the other series tell of each one beyond its own past: by a line, and by the bent surface that suits the data.

Of two bent surfaces (products of the last levels; squares of several levels) the one is taken to which the drivers tell
more on folds that were not used. What counts is always told by drivers: a series that only follows its own past in a
curve, or with a long memory, gains nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .response import Surface, own_history, products, squares, straight
from .sequences import Sequences

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """Blind to the fold of each place, (target, sequence, step): squared errors of own history and of a line of all
    series, what that line says, and the bent surface to start from.
    """

    own: Numbers
    line: Numbers
    said: Numbers
    start: Surface


def told(of: Sequences, lags: int, folds: NDArray[np.int64]) -> Told:
    """Own histories, lines and bent surfaces compared, each blind to the folds it is judged on."""
    y = np.moveaxis(of.y, 2, 0).astype(float)

    def missed(found: Surface) -> Numbers:
        return np.asarray((y - found.predicted) ** 2)

    surfaces = (products(of, lags, folds), squares(of, lags, folds))
    own_bent = [missed(own_history(of, reach, folds, bent=True)) for reach in (1, lags)]
    gain = np.stack([more(of, own_bent[k], missed(surfaces[k]), folds) for k in range(2)])
    line = straight(of, lags, folds)
    own = missed(own_history(of, lags, folds, bent=False))
    return Told(own, missed(line), line.predicted, _joined(surfaces, _choice(of, gain, folds)))


def more(of: Sequences, before: Numbers, after: Numbers, folds: NDArray[np.int64]) -> Numbers:
    """By how much squared errors fall, (target, sequence, step); 0 in folds where the others advise against it.

    A model that forecasts worse than what it is held against tells nothing, rather than less than nothing.
    """
    fall = before - after
    counted = np.moveaxis(of.counts, 2, 0) * fall
    total = counted.sum(axis=(1, 2))
    found = np.zeros_like(fall)
    for name in folds:
        held = of.fold == name
        advised = total - counted[:, held].sum(axis=1) > 0.0
        found[:, held] = np.where(advised[:, None], fall[:, held], 0.0)
    return found


def _choice(of: Sequences, gain: Numbers, folds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which surface the drivers tell more, for each fold by the others, and last by all; one for all targets."""
    counted = (np.moveaxis(of.counts, 2, 0)[None] * gain).sum(axis=1)  # surface, sequence, step
    total = counted.sum(axis=(1, 2))
    held = [counted[:, of.fold == name].sum(axis=1) for name in folds]
    return np.array([*((total - one).argmax() for one in held), total.argmax()], np.int64)


def _joined(surfaces: tuple[Surface, Surface], choice: NDArray[np.int64]) -> Surface:
    """The coefficients of the chosen surface for every fold and for all."""

    def taken(name: str) -> Numbers:
        return np.stack([getattr(surfaces[k], name)[place] for place, k in enumerate(choice)])

    return Surface(
        surfaces[int(choice[-1])].predicted, *(taken(name) for name in ("linear", "square", "bend", "constant"))
    )
