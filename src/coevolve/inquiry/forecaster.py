"""What lets models of different themes compete: fit to a panel, forecast with quantiles."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from ..evidence.series import Series
from .at import At
from .finding import QUANTILES, Note


@dataclass(frozen=True)
class Forecast:
    """Quantiles of every series for the periods after the data.

    `values` has shape (region, series, horizon, quantile), ascending in the last axis, NaN where a forecaster
    could not forecast that series; a Note says how many and why.
    """

    periods: tuple[str, ...]
    quantiles: tuple[float, ...]
    values: NDArray[np.float64]
    notes: tuple[Note, ...] = ()

    def median(self) -> NDArray[np.float64]:
        """The middle path, shape (region, series, horizon)."""
        return self.values[..., self.quantiles.index(0.5)]


class Fitted(ABC):
    """A forecaster that has seen its data."""

    @abstractmethod
    def forecast(self, steps: int, quantiles: Sequence[float] = QUANTILES) -> Forecast:
        """The next `steps` periods of every series."""


class Forecaster(BaseModel, ABC):
    """A model that can compete in `contest`: its fields are its options.

    A subclass states `name`, says in `refuses` which series it cannot take, and fits to a block of series.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]

    @abstractmethod
    def fit(self, series: Series, at: At) -> Fitted:
        """Learn from all of `series`; masked cells are NaN. Gives a new object, nothing is filled in later."""

    def refuses(self, series: Series) -> str:
        """Why this forecaster cannot take these series, in words; empty when it can."""
        return ""
