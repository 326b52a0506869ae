"""The interactive forecast: the symbiosis equations carry the path, a net learns the growth they leave unexplained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from ...inquiry.finding import QUANTILES, Note
from ...inquiry.forecaster import Fitted, Forecast
from .course import lasting_of
from .together import Poles, Together
from .unexplained import Unexplained, learn, rolled, unexplained_growth


class Interactive(Poles):
    """Poles along the symbiosis equations plus what a net expects them to leave unexplained; the paper's model A.

        x_i(t+1) = exp(g_i(t)) phi_i(x(t))       phi: one year of Tong & Wang (9), (10); g: the net's yearly growth

    An LSTM over all poles and regions reads the growth that the equations missed in the last eight years, and says what
    they will miss beyond shocks that last (`lasting`), which `symbiosis` expects too. It is put to the test on the last
    quarter of the years, and its say is shrunk to nothing where these gain nothing: then this is the forecast
    `symbiosis`. Regions without a trusted fit are forecast by growth curves. All other series follow
    their own growth curves.
    """

    name: ClassVar[str] = "interactive"

    def finish(self, prepared: Together) -> Fitted:
        """Trains the net on what the shared fit leaves unexplained."""
        return _interactive(prepared)


def _interactive(together: Together) -> Fitted:
    if together.fit is None:
        return InteractiveFit(together, None, "symbiosis could not be fitted here, so that growth curves speak")
    key = together.curves.key
    lasting = lasting_of(together.fit, key.child("lasting").numpy())
    growth = unexplained_growth(together.fit, together.curves.series, together.regions, together.poles, lasting)
    found = learn(growth, key.child("net").numpy())
    return InteractiveFit(together, found if found.trust > 0.0 else None, found.words())


@dataclass(frozen=True)
class InteractiveFit(Fitted):
    """Symbiosis with what the net adds to it; `found` is None where it adds nothing, `words` say why."""

    together: Together
    found: Unexplained | None
    words: str

    def forecast(self, steps: int, quantiles: Sequence[float] = QUANTILES) -> Forecast:
        """The next `steps` periods: the draws of the equations, all moved by the growth that the net expects."""
        together, push = self.together, None
        if self.found is not None and together.fit is not None:
            push = rolled(self.found, together.fit, together.curves.series.periods, steps)
        said = together.pushed(steps, quantiles, push)
        return replace(said, notes=(Note(f"Read what the net adds with this in mind: {self.words}."), *said.notes))
