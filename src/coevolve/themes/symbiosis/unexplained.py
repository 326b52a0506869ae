"""The growth that symbiosis leaves unexplained: what it was, what a net expects of it, and whether that helps.

Part of it `symbiosis` expects itself, since shocks last (`lasting`). The net is to say the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...engine.growth import paths
from ...evidence.fit import Fit
from ...evidence.periods import Periods
from ...evidence.series import Series
from .future import times_ahead
from .lasting import Lasting

if TYPE_CHECKING:
    from ...engine.residual_net import Net, Samples

Array = NDArray[np.float64]

PAST = 8  # years of unexplained growth that the net reads
MOST_POLES = 12
NEEDED = 40  # unexplained growth rates to learn from
SHORTEST, LONGEST = 3, 8  # years that the net is put to the test on: a quarter of all, within these
TRIALS = np.linspace(0.0, 1.0, 11)
NOTICEABLE = 1.0  # standard errors over the tested years by which the net must gain: noise does in 3 tests of 10
GROWTH_LIMIT = 0.5  # log units a year that the net may add or take


@dataclass(frozen=True)
class Growth:
    """What symbiosis saw and missed, by fitted region, period and pole.

    `missed[r, t, i]`: log growth per period into t + 1 beyond the equations' own step, NaN where it is not known;
    `actual`: the growth itself. `shares[r, t, i]`: log scale over capacity. `unit[i]`: mean |missed| of the pole.
    `lasting`: how much of what was missed comes again.
    """

    missed: Array
    actual: Array
    shares: Array
    unit: Array
    lasting: Lasting

    def foretold(self) -> Array:
        """What was to be expected of `missed` one period earlier, since shocks last; 0 at first."""
        first = np.zeros_like(self.missed[:, :1])
        return np.concatenate([first, self.lasting.next_of(self.missed[:, :-1])], axis=1)


def unexplained_growth(
    fit: Fit, series: Series, regions: Sequence[int], poles: Sequence[int], lasting: Lasting
) -> Growth:
    """Each observed step of each region against one step of its own equations, at the median of the draws.

    missed_i(t) = (log x_i(t+1) - log phi_i(x(t); R, N, b)) / (t' - t)        phi: Tong & Wang (9), (10)
    """
    block = series.values[np.ix_(list(regions), list(poles))].transpose(0, 2, 1)
    positive = np.where(np.isfinite(block), block, 0.0) > 0.0
    logs = np.log(np.where(positive, block, np.nan))
    spans = np.diff(np.asarray(series.periods.position, float))
    missed = np.full((logs.shape[0], logs.shape[1] - 1, logs.shape[2]), np.nan)
    shares = np.full(logs.shape, np.nan)
    for r in range(len(regions)):
        if not np.isfinite(fit["rate"][:, r]).all():
            continue
        rate, capacity, b = _medians(fit, r)
        shares[r] = logs[r] - np.log(capacity)
        for t in np.flatnonzero(np.isfinite(logs[r]).all(axis=1)[:-1]):
            step = paths(logs[r, t][None], rate[None], capacity[None], b[None], spans[t : t + 1])
            missed[r, t] = (logs[r, t + 1] - step[0, 1]) / spans[t]
    actual = np.diff(logs, axis=1) / spans[None, :, None]
    seen = np.isfinite(missed)
    total = np.where(seen, np.abs(missed), 0.0).sum(axis=(0, 1))
    unit = np.maximum(total / np.maximum(seen.sum(axis=(0, 1)), 1), 1e-9)
    return Growth(missed, actual, shares, unit, lasting)


@dataclass(frozen=True)
class Unexplained:
    """What was learnt of the unexplained growth.

    `trust` in [0, 1] is how much of what the net says is taken; `gain` the share of the mean absolute error of plain
    symbiosis that this saved in the `tested` years that the net had not seen.
    """

    growth: Growth
    net: Net | None
    trust: float
    gain: float
    tested: int

    def words(self) -> str:
        """What the test showed, as part of a sentence."""
        if self.net is None:
            return "too little growth is left unexplained here for a net to learn from; this is plain symbiosis"
        if not self.trust:
            return f"in the last {self.tested} years the net foresaw nothing of it; this is plain symbiosis"
        share = f"{100 * self.gain:.0f} %"
        return (
            f"in the last {self.tested} years, unseen by it, the net saved {share} of the error that one step of "
            f"symbiosis leaves, and {100 * self.trust:.0f} % of what it says is taken; of pure noise three tests in "
            "ten would save a few per cent"
        )


def learn(growth: Growth, random: np.random.Generator) -> Unexplained:
    """Trains the net, and decides on unseen years how much of it to take."""
    from ...engine import residual_net

    samples, times = samples_of(growth)
    years = growth.missed.shape[1]
    tested = int(np.clip(years // 4, SHORTEST, LONGEST))
    early = samples.take(times < years - tested)
    if len(early.usable()) < NEEDED or growth.missed.shape[2] > MOST_POLES:
        return Unexplained(growth, None, 0.0, 0.0, tested)
    net, before = residual_net.learn([samples, early], random)
    late = np.flatnonzero((times >= years - tested) & np.isfinite(samples.missed[:, 0]))
    if not len(late):
        return Unexplained(growth, net, 0.0, 0.0, tested)
    truth, said = samples.missed[late, 0], before.misses(samples.take(late))[:, 0]
    trust, gain = _judged(truth, said, times[late])
    return Unexplained(growth, net, trust, gain, tested)


def _judged(truth: Array, said: Array, times: NDArray[np.int64]) -> tuple[float, float]:
    """How much of the net to take, and what it saves: nothing where its gain is within the noise of the years."""
    losses = np.array([np.abs(truth - trial * said).mean() for trial in TRIALS])
    best = int(np.argmin(losses))
    gains = np.abs(truth) - np.abs(truth - TRIALS[best] * said)
    by_year = np.array([gains[times == year].mean() for year in np.unique(times)])
    error = by_year.std(ddof=1) / np.sqrt(len(by_year)) if len(by_year) > 1 else np.inf
    if best == 0 or by_year.mean() <= NOTICEABLE * error:
        return 0.0, 0.0
    return float(TRIALS[best]), float(1.0 - losses[best] / losses[0])


def samples_of(growth: Growth) -> tuple[Samples, NDArray[np.int64]]:
    """One row for every region, pole and step with a known past, in order of region, step, pole; and its step."""
    from ...engine.residual_net import Samples

    region, step, pole = (axis.ravel() for axis in np.indices(growth.missed.shape))
    able = np.isfinite(growth.shares[region, step]).all(axis=1)
    region, step, pole = region[able], step[able], pole[able]
    window = step[:, None] - PAST + np.arange(PAST)
    past = _window(growth, region, window, pole)
    seen = np.isfinite(past).all(axis=2) & (window >= 0)
    beside = _beside(growth.shares[region, step], pole)
    missed = ((growth.missed - growth.foretold())[region, step, pole] / growth.unit[pole])[:, None]
    known = np.isfinite(missed[:, 0])
    samples = Samples(np.where(seen[:, :, None], past, 0.0), seen, beside, missed, known.astype(float))
    return samples, step


def _window(growth: Growth, region: NDArray[np.int64], window: NDArray[np.int64], pole: NDArray[np.int64]) -> Array:
    """Unexplained growth, that of the other poles, and growth itself in the years before, in units of the pole."""
    place = np.maximum(window, 0)
    mine = growth.missed[region[:, None], place, pole[:, None]] / growth.unit[pole][:, None]
    every = growth.missed[region[:, None], place] / growth.unit
    others = (every.sum(axis=2) - mine) / max(growth.missed.shape[2] - 1, 1)
    actual = growth.actual[region[:, None], place, pole[:, None]] / growth.unit[pole][:, None]
    return np.stack([mine, others, actual / 4.0], axis=2)


def _beside(shares: Array, pole: NDArray[np.int64]) -> Array:
    """Own and others' log share of capacity now, and which pole it is."""
    own = shares[np.arange(len(pole)), pole]
    others = (shares.sum(axis=1) - own) / max(shares.shape[1] - 1, 1)
    which = (pole[:, None] == np.arange(MOST_POLES)).astype(float)
    return np.column_stack([own, others, which])


def rolled(found: Unexplained, fit: Fit, periods: Periods, steps: int) -> Array:
    """The log growth that the net adds in each step ahead to what symbiosis expects, shape (region, step, pole).

    One step a time along the middle path: the net reads what it expected itself in the steps before, and that lasts as
    shocks do. Regions without a fit, or whose last year was not observed, get nothing.
    """
    growth, net = found.growth, found.net
    regions, _, poles = growth.missed.shape
    push = np.zeros((regions, steps, poles))
    able = np.flatnonzero(np.isfinite(growth.shares[:, -1]).all(axis=1))
    if net is None or not len(able):
        return push
    rate, capacity, b = (np.stack(parts) for parts in zip(*(_medians(fit, r) for r in able.tolist()), strict=True))
    missed, actual, shares = growth.missed[able], growth.actual[able], growth.shares[able]
    without = missed[:, -1]
    position = times_ahead(periods, periods.after(steps))
    spans = np.diff(np.concatenate([[float(periods.position[-1])], position]))
    for k in range(steps):
        unknown = np.full((len(able), 1, poles), np.nan)
        now = replace(
            growth,
            missed=np.concatenate([missed, unknown], axis=1),
            actual=np.concatenate([actual, unknown], axis=1),
            shares=shares,
        )
        samples, step = samples_of(now)
        said = net.misses(samples.take(step == missed.shape[1]))[:, 0].reshape(len(able), poles)
        added = np.clip(found.trust * said * growth.unit, -GROWTH_LIMIT, GROWTH_LIMIT)
        without = growth.lasting.next_of(without)
        expected = growth.lasting.next_of(missed[:, -1]) + added
        push[able, k] = (expected - without) * spans[k]
        logs = shares[:, -1] + np.log(capacity)
        after = paths(logs, rate, capacity, b, spans[k : k + 1], (expected * spans[k])[:, None, :])[:, 1]
        missed = np.concatenate([missed, expected[:, None]], axis=1)
        actual = np.concatenate([actual, ((after - logs) / spans[k])[:, None]], axis=1)
        shares = np.concatenate([shares, (after - np.log(capacity))[:, None]], axis=1)
    return push


def _medians(fit: Fit, region: int) -> tuple[Array, Array, Array]:
    """Rate, capacity and b of one region in the middle of the draws."""
    return tuple(np.median(fit[name][:, region], axis=0) for name in ("rate", "capacity", "symbiosis"))  # type: ignore[return-value]
