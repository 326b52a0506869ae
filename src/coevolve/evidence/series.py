"""The series that an option `of` picks out of a panel, as one block of arrays with names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, Fault, nearest
from .periods import Periods


@dataclass(frozen=True)
class Series:
    """Named series of every region: `values` and `status` have shape (region, series, period), NaN where not observed.

    `names[s]` is what the user calls series s; `indicators[s]` and `industries[s]` ("" for a region-level one) go
    into the columns of every table; `units[s]` is the indicator's unit. `status` holds the values of `Status`.
    """

    regions: tuple[str, ...]
    names: tuple[str, ...]
    indicators: tuple[str, ...]
    industries: tuple[str, ...]
    units: tuple[str, ...]
    periods: Periods
    values: NDArray[np.float64]
    status: NDArray[np.uint8]

    @property
    def observed(self) -> NDArray[np.bool_]:
        """Where a number was counted, shape (region, series, period)."""
        return np.asarray(self.status == 0)

    def pick(self, names: Sequence[str]) -> Series:
        """These series, in this order; raises DataError with the nearest name for each that is not there."""
        unknown = [name for name in names if name not in self.names]
        if unknown:
            raise DataError(
                [Fault(f"there is no series '{one}'.", got=one, do=nearest(one, self.names)) for one in unknown]
            )
        return self.take([self.names.index(name) for name in names])

    def take(self, places: Sequence[int]) -> Series:
        """The series at these places."""
        rows = list(places)
        return replace(
            self,
            names=tuple(self.names[k] for k in rows),
            indicators=tuple(self.indicators[k] for k in rows),
            industries=tuple(self.industries[k] for k in rows),
            units=tuple(self.units[k] for k in rows),
            values=self.values[:, rows, :],
            status=self.status[:, rows, :],
        )

    def before(self, periods: int) -> Series:
        """Only the first `periods` periods (the training part at an origin)."""
        return replace(
            self,
            periods=Periods(self.periods.labels[:periods], self.periods.kind),
            values=self.values[:, :, :periods],
            status=self.status[:, :, :periods],
        )
