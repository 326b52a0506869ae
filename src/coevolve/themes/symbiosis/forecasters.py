"""Growth curves and symbiosis as forecasters, ready to enter a contest."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...inquiry.forecaster import Fitted, Forecaster
from .together import DRAWS, Curves, Poles, Together, short

if TYPE_CHECKING:
    from ...evidence.series import Series
    from ...inquiry.at import At

LEAST = 6


class Logistic(Forecaster):
    """Each series along its own growth curve: exponential and logistic growth, mixed by how well each fits.

    Tong & Wang (6) to (8). Needs six positive observations; series with fewer are not forecast.
    """

    name: ClassVar[str] = "logistic"

    def fit(self, series: Series, at: At) -> Fitted:
        """Fit both laws to every series."""
        from .growth_model import fit_growth

        fitted = fit_growth(series, ("exponential", "logistic"), at.key.child(self.name), DRAWS)
        return Curves(series, fitted, at.key.child(self.name))

    def refuses(self, series: Series) -> str:
        """Refuses panels of fewer than six periods."""
        return short(series, LEAST, self.name)


class SymbiosisForecaster(Poles):
    """Poles along the symbiosis equations of their region, all other series along their own growth curves.

    Tong & Wang (9), (10), model B of their Fig. 2. Without `poles` the four largest series are taken. Needs eight
    positive observations of every pole; regions with fewer fall back to growth curves, and the notes say how many.
    """

    name: ClassVar[str] = "symbiosis"

    def finish(self, prepared: Together) -> Fitted:
        """The equations alone."""
        return prepared
