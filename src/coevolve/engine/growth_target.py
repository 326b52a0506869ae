"""What is unknown when growth equations meet a panel, and how probable it is after the data.

Every region has unknowns of its own, all regions share the rest; the true states are not among them, since the
filter of `growth_filter` integrates over them.

    own     log rate (rate where it may be negative), log capacity over the largest value, own part of b, first state
    shared  b   means of rates and capacities   year effects   noise scales, correlation, spreads over regions

Rates, own parts of b and year effects are kept as differences from their mean in units of their spread, which is easy
to draw from when the data hardly tell them (Papaspiliopoulos, Roberts & Skoeld 2007); `growth_redraw` draws means and
spreads given the values themselves, which is easy when the data tell them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .growth_filter import Inputs, Likelihood, likelihood
from .growth_panel import SYMBIOSIS, Growing

Array = NDArray[np.float64]

EXACT = 5e-4  # sd of counting where it is taken as exact
LOG_RATES = ("rate", "rate_mean")  # by the law symbiosis their priors are about log(4 / periods observed)


@dataclass(frozen=True)
class Places:
    """Where each unknown stands in the vector: shared ones first, then region by region the own ones."""

    regions: int
    own: Mapping[str, slice]
    shared: Mapping[str, slice]
    own_size: int
    shared_size: int

    @classmethod
    def of(cls, growing: Growing) -> Places:
        n, pairs = growing.poles, growing.poles * (growing.poles - 1)
        has_capacity = growing.law == SYMBIOSIS
        own = {
            "rate": 0 if growing.is_same else n,
            "capacity": n if has_capacity and not growing.is_same else 0,
            "b_own": pairs if growing.is_partial else 0,
            "start": n if growing.noise == "measurement" else 0,
        }
        same, grouped = growing.is_same, growing.is_grouped
        shared = {
            "b": pairs,
            "rate_mean": n if grouped or same else 0,
            "capacity_mean": n if has_capacity and (grouped or same) else 0,
            "years": (len(growing.seen.times) - 1) * n if growing.has_years else 0,
            "measurement": n if growing.noise != "one-step" else 0,
            "process": n if growing.noise != "measurement" else 0,
            "tie": 1 if growing.noise != "measurement" and n > 1 else 0,
            "year": n if growing.has_years else 0,
            "spread_rate": int(grouped),
            "spread_capacity": int(grouped and has_capacity),
            "spread_b": int(growing.is_partial),
        }
        return cls(growing.regions, _slices(own), _slices(shared), sum(own.values()), sum(shared.values()))

    def split(self, unknowns: Array) -> tuple[Array, Array]:
        """The shared part and the own parts (region, unknown)."""
        return unknowns[: self.shared_size], unknowns[self.shared_size :].reshape(self.regions, self.own_size)

    def join(self, shared: Array, own: Array) -> Array:
        return np.concatenate([shared, own.ravel()])


def _slices(sizes: Mapping[str, int]) -> dict[str, slice]:
    found, start = {}, 0
    for name, size in sizes.items():
        if size:
            found[name] = slice(start, start + size)
            start += size
    return found


@dataclass(frozen=True)
class Values:
    """The unknowns in the terms of the equations: `rate` (log rate; rate itself with predator_prey) and `capacity`
    (log) by region and pole, `b` (region, pair) (effects at typical scale with predator_prey), `years` (interval,
    pole), `start` (region, pole), noise `measure`, `process` and `year` (pole,), `tie`, spreads."""

    rate: Array
    capacity: Array
    b: Array
    years: Array
    start: Array
    measure: Array
    process: Array
    year: Array
    tie: float
    spread_rate: float
    spread_capacity: float
    spread_b: float


@dataclass(frozen=True)
class Target:
    """The density of all unknowns after the data."""

    growing: Growing
    places: Places

    @classmethod
    def of(cls, growing: Growing) -> Target:
        return cls(growing, Places.of(growing))

    def values(self, unknowns: Array) -> Values:
        """What the unknowns say of the equations."""
        g, places = self.growing, self.places
        shared, own = places.split(unknowns)
        n = g.poles

        def scale(name: str, otherwise: float) -> Array:
            return np.exp(shared[places.shared[name]]) if name in places.shared else np.full(n, otherwise)

        def one(name: str) -> float:
            return float(np.exp(shared[places.shared[name]][0])) if name in places.shared else 1.0

        spreads = {name: one(name) for name in ("spread_rate", "spread_capacity", "spread_b")}
        offset = self._capacity(shared, own) if g.law == SYMBIOSIS else 0.0
        year = scale("year", 0.0)
        years = np.zeros((len(g.seen.times) - 1, n))
        if g.has_years:
            years = shared[places.shared["years"]].reshape(-1, n) * self.year_units(year)
        start = g.seen.start + own[:, places.own["start"]] if "start" in places.own else g.seen.start
        return Values(
            self.rate(shared, own),
            g.anchor + offset if g.law == SYMBIOSIS else g.typical,
            self.b(shared, own),
            years,
            start,
            scale("measurement", EXACT),
            scale("process", 0.0),
            year,
            float(correlation(shared[places.shared["tie"]][0], n)) if "tie" in places.shared else 0.0,
            **spreads,
        )

    def b(self, shared: Array, own: Array) -> Array:
        """Effects of poles on each other, (region, pair)."""
        places = self.places
        mean = np.broadcast_to(shared[places.shared["b"]], (places.regions, shared[places.shared["b"]].size))
        if not self.growing.is_partial:
            return mean
        return np.asarray(mean + own[:, places.own["b_own"]] * np.exp(shared[places.shared["spread_b"]][0]))

    def b_back(self, bar: Array, shared: Array, own: Array, shared_bar: Array, own_bar: Array) -> None:
        """Adds what is owed to the unknowns of b, given what is owed to b (region, pair)."""
        places = self.places
        shared_bar[places.shared["b"]] += bar.sum(axis=0)
        if self.growing.is_partial:
            spread, at = float(np.exp(shared[places.shared["spread_b"]][0])), places.own["b_own"]
            own_bar[:, at] += bar * spread
            shared_bar[places.shared["spread_b"]] += float((bar * spread * own[:, at]).sum())

    def year_units(self, year: Array) -> Array:
        """Sd of the common effect on each interval, (interval, pole), from `year` (pole,), its sd a root period."""
        return np.asarray(np.sqrt(np.diff(self.growing.seen.times))[:, None] * year)

    def rate(self, shared: Array, own: Array) -> Array:
        """Log rates (rates with predator_prey), (region, pole)."""
        g, places = self.growing, self.places
        if g.is_same:
            return np.broadcast_to(shared[places.shared["rate_mean"]], (g.regions, g.poles))
        raw = own[:, places.own["rate"]]
        if not g.is_grouped:
            return raw
        return np.asarray(shared[places.shared["rate_mean"]] + raw * np.exp(shared[places.shared["spread_rate"]][0]))

    def rate_back(self, bar: Array, shared: Array, own: Array, shared_bar: Array, own_bar: Array) -> None:
        """Adds what is owed to the unknowns of rates, given what is owed to rates (region, pole)."""
        g, places = self.growing, self.places
        if g.is_same or g.is_grouped:
            shared_bar[places.shared["rate_mean"]] += bar.sum(axis=0)
        if g.is_grouped:
            spread, at = float(np.exp(shared[places.shared["spread_rate"]][0])), places.own["rate"]
            own_bar[:, at] += bar * spread
            shared_bar[places.shared["spread_rate"]] += float((bar * spread * own[:, at]).sum())
        elif not g.is_same:
            own_bar[:, places.own["rate"]] += bar

    def _capacity(self, shared: Array, own: Array) -> Array:
        """Log capacities over the anchor, (region, pole)."""
        g, places = self.growing, self.places
        if g.is_same:
            return np.broadcast_to(shared[places.shared["capacity_mean"]], (g.regions, g.poles))
        return own[:, places.own["capacity"]]

    def inputs(self, values: Values) -> Inputs:
        """The same for the filter."""
        g = self.growing
        n, regions = g.poles, g.regions
        present = g.present.astype(float)
        effect = np.zeros((regions, n, n))
        effect[:, g.off] = values.b
        if g.law == SYMBIOSIS:
            own = np.exp(values.rate) * present
            effect[:, ~g.off] = 1.0
            effect = effect * own[:, :, None]
        else:
            own = values.rate * present
        effect = effect * g.pairs
        return Inputs(
            own,
            effect,
            values.capacity,
            values.years,
            _process(values, n)[None] * g.pairs,
            values.measure**2,
            values.start,
        )

    def likelihood(self, unknowns: Array) -> Likelihood:
        """The likelihood alone, without gradient: for the last states."""
        return likelihood(self.growing.seen, self.inputs(self.values(unknowns)), with_gradient=False)

    def density(self, unknowns: Array) -> tuple[float, Array]:
        """Log density up to a constant, and its gradient."""
        common, each, slope = self.parts(unknowns)
        return common + float(each.sum()), slope

    def away(self, name: str, values: Array) -> tuple[Array, float | Array]:
        """How far `values` of the unknowns of one name lie from the centre of their prior, in its widths; and these.

        `name` is one of `Priors`. The log prior is minus half the square of the first, summed.
        """
        growing = self.growing
        centre, width = getattr(growing.priors, name)
        if name in LOG_RATES and growing.law == SYMBIOSIS:
            values = values - growing.rate_centre
        return (values - centre) / width, width

    def parts(self, unknowns: Array) -> tuple[float, Array, Array]:
        """The log density up to a constant as a common part, which own unknowns do not enter, and one part of each
        region (region,); and the gradient of their sum. Given the shared unknowns regions are independent."""
        with np.errstate(all="ignore"):
            return self._parts(unknowns)

    def _parts(self, unknowns: Array) -> tuple[float, Array, Array]:
        g, places = self.growing, self.places
        values = self.values(unknowns)
        inputs = self.inputs(values)
        found = likelihood(g.seen, inputs)
        back = found.gradient
        shared, own = places.split(unknowns)
        shared_bar, own_bar = np.zeros_like(shared), np.zeros_like(own)
        rate_bar, b_bar = self._rates_back(values, inputs, back)
        common, each = 0.0, found.value.copy()
        self.rate_back(rate_bar, shared, own, shared_bar, own_bar)
        common += self._prior("rate", shared, own, shared_bar, own_bar, each)
        if g.law == SYMBIOSIS:
            bar = back.shift * g.present
            if g.is_same:
                shared_bar[places.shared["capacity_mean"]] += bar.sum(axis=0)
            else:
                own_bar[:, places.own["capacity"]] += bar
            common += self._prior("capacity", shared, own, shared_bar, own_bar, each)
        common += self._b_back(b_bar, shared, own, shared_bar, own_bar, each)
        common += self._years_back(values, back.years, shared, shared_bar)
        common += self._noise_back(values, back, shared, shared_bar)
        if "start" in places.own:
            away, width = self.away("start", own[:, places.own["start"]])
            own_bar[:, places.own["start"]] += back.start * g.present - away / width
            each -= 0.5 * (away**2).sum(axis=1)
        return common, each, places.join(shared_bar, own_bar)

    def _rates_back(self, values: Values, inputs: Inputs, back: Inputs) -> tuple[Array, Array]:
        """What is owed to (log) rates (region, pole) and to b (region, pair)."""
        g = self.growing
        present = g.present.astype(float)
        effect_bar = back.effect * g.pairs
        if g.law == SYMBIOSIS:
            rate_bar = inputs.own * back.own * present + (inputs.effect * effect_bar).sum(axis=2)
            return rate_bar, (effect_bar * inputs.own[:, :, None])[:, g.off]
        return back.own * present, effect_bar[:, g.off]

    def _prior(self, name: str, shared: Array, own: Array, shared_bar: Array, own_bar: Array, each: Array) -> float:
        """Adds slope and log prior by region of rates or capacities; returns the log prior of what is shared."""
        g, places = self.growing, self.places
        if f"{name}_mean" not in places.shared:
            away, width = self.away(name, own[:, places.own[name]])
            own_bar[:, places.own[name]] -= away / width
            each -= 0.5 * (away**2).sum(axis=1)
            return 0.0
        at = places.shared[f"{name}_mean"]
        away, width = self.away(name if g.is_same else f"{name}_mean", shared[at])
        shared_bar[at] -= away / width
        if not g.is_same:
            self._spread_out(name, shared, own, shared_bar, own_bar, each)
        return -0.5 * float((away**2).sum())

    def _spread_out(self, name: str, shared: Array, own: Array, shared_bar: Array, own_bar: Array, each: Array) -> None:
        """Adds slope and log prior of how regions lie about their mean; rates are in units of the spread already."""
        places = self.places
        raw = own[:, places.own[name]]
        if name == "rate":
            own_bar[:, places.own[name]] -= raw
            each -= 0.5 * (raw**2).sum(axis=1)
            return
        spread = float(np.exp(shared[places.shared[f"spread_{name}"]][0]))
        away = (raw - shared[places.shared[f"{name}_mean"]]) / spread
        own_bar[:, places.own[name]] -= away / spread
        shared_bar[places.shared[f"{name}_mean"]] += (away / spread).sum(axis=0)
        shared_bar[places.shared[f"spread_{name}"]] += float((away**2 - 1.0).sum())
        each -= 0.5 * (away**2).sum(axis=1) + away.shape[1] * np.log(spread)

    def _b_back(self, bar: Array, shared: Array, own: Array, shared_bar: Array, own_bar: Array, each: Array) -> float:
        g, places = self.growing, self.places
        away, width = self.away("b" if g.law == SYMBIOSIS else "effect", shared[places.shared["b"]])
        self.b_back(bar, shared, own, shared_bar, own_bar)
        shared_bar[places.shared["b"]] -= away / width
        if g.is_partial:
            part = own[:, places.own["b_own"]]
            own_bar[:, places.own["b_own"]] -= part
            each -= 0.5 * (part**2).sum(axis=1)
        return -0.5 * float((away**2).sum())

    def _years_back(self, values: Values, bar: Array, shared: Array, shared_bar: Array) -> float:
        g, places = self.growing, self.places
        if not g.has_years:
            return 0.0
        at, units = places.shared["years"], self.year_units(values.year)
        raw = shared[at].reshape(bar.shape)
        shared_bar[at] += (bar * units - raw).ravel()
        shared_bar[places.shared["year"]] += (bar * units * raw).sum(axis=0)
        return -0.5 * float((raw**2).sum())

    def _noise_back(self, values: Values, back: Inputs, shared: Array, shared_bar: Array) -> float:
        """Gradient of the noise scales, and the priors of all scales."""
        g, places = self.growing, self.places
        if "measurement" in places.shared:
            shared_bar[places.shared["measurement"]] += 2.0 * values.measure**2 * back.measure
        if "process" in places.shared:
            bar = (back.process * g.pairs).sum(axis=0)
            covariance = _process(values, g.poles)
            shared_bar[places.shared["process"]] += ((bar + bar.T) * covariance).sum(axis=1)
            if "tie" in places.shared:
                pull = float((bar * np.outer(values.process, values.process))[g.off].sum())
                slope = _correlation_slope(float(shared[places.shared["tie"]][0]), g.poles)
                shared_bar[places.shared["tie"]] += pull * slope
        total = 0.0
        for name in ("measurement", "process", "tie", "year", "spread_rate", "spread_capacity", "spread_b"):
            if name in places.shared:
                away, width = self.away(name, shared[places.shared[name]])
                shared_bar[places.shared[name]] -= away / width
                total -= 0.5 * float((away**2).sum())
        return total


def _bounds(poles: int) -> tuple[float, float]:
    """Lowest and highest correlation between poles: inside, the covariance of process noise is positive definite."""
    return -0.9 / max(1, poles - 1), 0.95


def correlation(tie: float | Array, poles: int) -> Array:
    """Correlation between the process noise of two poles, from the unknown `tie`: a logit between its bounds."""
    low, high = _bounds(poles)
    return np.asarray(low + (high - low) / (1.0 + np.exp(-tie)))


def _correlation_slope(logit: float, poles: int) -> float:
    low, high = _bounds(poles)
    share = 1.0 / (1.0 + np.exp(-logit))
    return float((high - low) * share * (1.0 - share))


def _process(values: Values, poles: int) -> Array:
    tie = np.full((poles, poles), values.tie)
    np.fill_diagonal(tie, 1.0)
    return np.asarray(tie * np.outer(values.process, values.process))
