"""The forecasts that every model must beat, ready to enter a contest."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...inquiry.forecaster import Fitted, Forecaster

if TYPE_CHECKING:
    from ...evidence.series import Series
    from ...inquiry.at import At


class Naive(Forecaster):
    """Everything stays as it was last seen. Hard to beat for series without a trend, and over short horizons."""

    name: ClassVar[str] = "naive"

    def fit(self, series: Series, at: At) -> Fitted:
        """Keep the last observation of every series."""
        return _baseline(self.name, series)


class Drift(Forecaster):
    """The average change of the past goes on. Needs three observations; one odd first or last year tilts it."""

    name: ClassVar[str] = "drift"

    def fit(self, series: Series, at: At) -> Fitted:
        """Draw the line from the first to the last observation of every series."""
        return _baseline(self.name, series)

    def refuses(self, series: Series) -> str:
        """Refuses panels of fewer than three periods."""
        return _refusal(self.name, series)


class SeasonalNaive(Forecaster):
    """The same month or quarter of last year comes again; for sub-annual data only."""

    name: ClassVar[str] = "seasonal_naive"

    def fit(self, series: Series, at: At) -> Fitted:
        """Keep the last year of every series."""
        return _baseline(self.name, series)

    def refuses(self, series: Series) -> str:
        """Refuses yearly data, and panels shorter than a year."""
        return _refusal(self.name, series)


class Theta(Forecaster):
    """Half the long-run trend on top of a smoothed level; won the M3 competition. Needs seven observations.

    Sub-annual series are first freed from their season where a test finds one.
    """

    name: ClassVar[str] = "theta"

    def fit(self, series: Series, at: At) -> Fitted:
        """Fit trend and smoothing to every series."""
        return _baseline(self.name, series)

    def refuses(self, series: Series) -> str:
        """Refuses panels of fewer than seven periods."""
        return _refusal(self.name, series)


class Damped(Forecaster):
    """The latest trend goes on but fades: exponential smoothing with a damped trend. Needs eight observations.

    Sub-annual series are first freed from their season where a test finds one.
    """

    name: ClassVar[str] = "damped"

    def fit(self, series: Series, at: At) -> Fitted:
        """Fit level, slope and damping to every series."""
        return _baseline(self.name, series)

    def refuses(self, series: Series) -> str:
        """Refuses panels of fewer than eight periods."""
        return _refusal(self.name, series)


def _baseline(name: str, series: Series) -> Fitted:
    from .model import FittedBaseline

    return FittedBaseline(name, series)


def _refusal(name: str, series: Series) -> str:
    from .model import refusal

    return refusal(name, series)
