"""How long the steps of a sampler should be: learnt in its warm-up from how many of its paths are accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass
class Pace:
    """Step sizes by dual averaging of their log towards a wanted share of acceptance (Hoffman & Gelman 2014, section
    3.2): one for each entry of `step`, each at most `longest`."""

    step: Array
    acceptance: float
    longest: float = np.inf
    _centre: Array = field(default_factory=lambda: np.zeros(0))
    _error: Array = field(default_factory=lambda: np.zeros(0))
    _average: Array = field(default_factory=lambda: np.zeros(0))
    _count: int = 0

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Learn anew from where the steps are."""
        self._centre, self._count = np.log(10.0 * self.step), 0
        self._error, self._average = np.zeros_like(self.step), np.zeros_like(self.step)

    def learn(self, accepted: Any) -> None:
        """From the share of acceptance of one more path."""
        self._count += 1
        share = 1.0 / (self._count + 10.0)
        self._error = (1.0 - share) * self._error + share * (self.acceptance - accepted)
        log_step = self._centre - np.sqrt(self._count) / 0.05 * self._error
        weight = self._count**-0.75
        self._average = weight * log_step + (1.0 - weight) * self._average
        self.step = np.minimum(np.exp(log_step), self.longest)

    def settle(self) -> None:
        """Keep the average of what was learnt."""
        if self._count:
            self.step = np.minimum(np.exp(self._average), self.longest)
