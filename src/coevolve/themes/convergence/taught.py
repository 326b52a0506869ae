"""A recogniser that also learns from pairs whose type the user knows: from about a hundred of them on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...engine.logit import Logit, fit_logit
from ...engine.voting import folds_of
from .features import features_of
from .pairs import TYPES
from .recognition import Recogniser

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

ENOUGH_LABELS = 100
FOLDS = 5
RIDGE = 1e-2

AS_SIMULATED = "as simulated"
ON_PROBABILITIES = "corrected by the labels"
ON_FEATURES = "corrected by the labels and features"


@dataclass(frozen=True)
class Taught:
    """A recogniser with the correction that known pairs called for, if any.

    `surprise` gives the mean -log probability of left-out labels for each way that was tried; `how` names the best.
    With fewer than a hundred labels nothing is tried: so few would make it worse.
    """

    recogniser: Recogniser
    how: str
    correction: Logit | None
    surprise: Mapping[str, float]

    def log_probabilities(self, values: Array) -> Array:
        """Log probability of each of `TYPES`, (pair, type)."""
        plain = self.recogniser.log_probabilities(values)
        if self.correction is None:
            return plain
        return self.correction.log_probabilities(_inputs(self.how, plain, self.recogniser, values))


def taught(recogniser: Recogniser, values: Array, types: Labels, random: np.random.Generator) -> Taught:
    """Corrects a recogniser by known pairs where that makes left-out labels less surprising (five folds)."""
    if len(types) < ENOUGH_LABELS:
        return Taught(recogniser, AS_SIMULATED, None, {})
    plain = recogniser.log_probabilities(values)
    fold = folds_of(types, FOLDS, random)
    rows = np.arange(len(types))
    surprise = {AS_SIMULATED: -float(plain[rows, types].mean())}
    for how in (ON_PROBABILITIES, ON_FEATURES):
        given = _inputs(how, plain, recogniser, values)
        left_out = np.empty_like(plain)
        for f in range(FOLDS):
            learnt = fit_logit(given[fold != f], types[fold != f], len(TYPES), RIDGE)
            left_out[fold == f] = learnt.log_probabilities(given[fold == f])
        surprise[how] = -float(left_out[rows, types].mean())
    best = min(surprise, key=lambda how: surprise[how])
    if best == AS_SIMULATED:
        return Taught(recogniser, best, None, surprise)
    return Taught(
        recogniser, best, fit_logit(_inputs(best, plain, recogniser, values), types, len(TYPES), RIDGE), surprise
    )


def _inputs(how: str, plain: Array, recogniser: Recogniser, values: Array) -> Array:
    if how == ON_PROBABILITIES:
        return plain
    return np.concatenate([plain, features_of(values, recogniser.channels)], axis=1)
