"""The forecasts that every model must beat, the net and the blend, ready to enter a contest."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...inquiry.forecaster import Fitted, Forecaster

if TYPE_CHECKING:
    from ...evidence.series import Series
    from ...inquiry.at import At
    from .learned import Learned


class Rule(Forecaster):
    """A forecast by a simple rule: `fit` keeps the series, the rule of that name does the rest."""

    def fit(self, series: Series, at: At) -> Fitted:
        """Keeps the series; the rule is put to them, and to all their earlier origins, when it forecasts."""
        from .model import FittedBaseline

        return FittedBaseline(self.name, series)

    def refuses(self, series: Series) -> str:
        """Refuses panels with fewer periods than the rule needs, in words."""
        from .model import refusal

        return refusal(self.name, series)


class Naive(Rule):
    """Everything stays as it was last seen. Hard to beat for series without a trend, and over short horizons."""

    name: ClassVar[str] = "naive"


class Drift(Rule):
    """The average change of the past goes on. Needs three observations; one odd first or last year tilts it."""

    name: ClassVar[str] = "drift"


class SeasonalNaive(Rule):
    """The same month or quarter of last year comes again; for sub-annual data only."""

    name: ClassVar[str] = "seasonal_naive"


class Theta(Rule):
    """Half the long-run trend on top of a smoothed level; won the M3 competition. Needs seven observations.

    Sub-annual series are first freed from their season where a test finds one.
    """

    name: ClassVar[str] = "theta"


class OptimisedTheta(Rule):
    """The Theta method with as much of the trend as each series has borne out so far. Needs seven observations.

    Sub-annual series are first freed from their season where a test finds one.
    """

    name: ClassVar[str] = "dot"


class Damped(Rule):
    """The latest trend goes on but fades: exponential smoothing with a damped trend. Needs eight observations.

    Sub-annual series are first freed from their season where a test finds one.
    """

    name: ClassVar[str] = "damped"


class FromOneNet(Forecaster):
    """A forecast that rests on one LSTM over all series, which learns what the Theta method misses.

    Those of the family share the training of the net (`prepare`), so that a contest trains it once an origin.
    """

    def family(self) -> str:
        """What is shared, by name: forecasters of one family are prepared once."""
        return "lstm"

    def prepare(self, series: Series, at: At) -> Learned:
        """The costly part: all past origins, and the nets trained on what Theta missed there."""
        from .learned import learn

        return learn(series, at.key.child("net"), at.tick)

    def finish(self, prepared: Learned) -> Fitted:
        """This forecaster on what was prepared."""
        from .learned import FittedLearned

        return FittedLearned(self.name, prepared)

    def fit(self, series: Series, at: At) -> Fitted:
        """Prepares and finishes."""
        return self.finish(self.prepare(series, at))


class Lstm(FromOneNet):
    """One LSTM over all series corrects the Theta method by what it usually misses. Three nets are averaged.

    It sees the last ten changes of a series, and where four simple rules point. Needs sixty past misses of Theta,
    all series together: a panel with fewer is refused.
    """

    name: ClassVar[str] = "lstm"

    def refuses(self, series: Series) -> str:
        """Refuses panels in which too little was missed so far to learn from."""
        from .model import net_refusal

        return net_refusal(series)


class Blend(FromOneNet):
    """The net, the optimised Theta method, drift and a fading trend together; the default. Needs three observations.

    Weights are those that would have been best at past origins, drawn towards equal ones. Where the net has nothing
    to learn from, the others go on without it; series of fewer than seven observations get the mean of naive and
    drift.
    """

    name: ClassVar[str] = "blend"

    def refuses(self, series: Series) -> str:
        """Refuses panels of fewer than three periods."""
        from .model import refusal

        return refusal("drift", series).replace("it needs", "it needs, as drift does,")
