"""Growth curves of all series of a panel: laws, their parameters, which one the data favour, and a forecast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import count

import numpy as np
from numpy.typing import NDArray

from ...engine.infer import quantiles_of
from ...engine.logistic import Curves, akaike_weights, curve, draw_curves, fit_curves, forecast_draws
from ...evidence.series import Series
from ...inquiry.key import Key

Array = NDArray[np.float64]
Tick = Callable[[int, int], None]

PARAMETERS = {"exponential": ("rate", "initial"), "logistic": ("rate", "capacity", "midpoint", "initial")}
UNKNOWNS = {"exponential": 4, "logistic": 5}  # with variance and persistence
NO_BEND = 20.0  # an upper end beyond this many times the largest value means that no bend was seen
FASTEST = 3.0  # rate a period beyond which a logistic is a jump between two observations, not a curve
DRAWS = 400
SERIES_AT_ONCE = 1000  # fitted between two looks at the wish to stop
STATUS = ("fitted", "too few values", "did not settle")


@dataclass(frozen=True)
class Law:
    """One law for all series. `estimate`, `lo`, `hi` (region, series) by parameter; `weight` (region, series) by
    Akaike; `is_lower_bound` where the data show no bend, so that the lower end of the capacity is all that is known;
    `pace_lo`, `pace_hi`: 90 % interval of growth at the last value over growth at the first, 1 where nothing bends."""

    name: str
    curves: Curves
    estimate: dict[str, Array]
    lo: dict[str, Array]
    hi: dict[str, Array]
    weight: Array
    is_lower_bound: NDArray[np.bool_]
    pace_lo: Array
    pace_hi: Array
    status: NDArray[np.int64]


@dataclass(frozen=True)
class GrowthFit:
    """All laws fitted to all series, and how many zeros were left out."""

    laws: tuple[Law, ...]
    zeros: int

    def usable(self) -> NDArray[np.bool_]:
        """Where some law was fitted, shape (region, series)."""
        return np.asarray(np.any([law.status == 0 for law in self.laws], axis=0))


def quiet(done: int, of: int) -> None:
    """Tells nobody how far the work is."""


def fit_growth(series: Series, laws: Sequence[str], key: Key, draws: int = DRAWS, tick: Tick = quiet) -> GrowthFit:
    """Fits each law to each series: exponential and logistic growth, Tong & Wang (6), (7), (8).

    Intervals are 90 %; where no logistic curve fits, its parameters are missing. A series with fewer than 4
    (exponential) or 6 (logistic) positive values has a status. `tick(done, of)` is called between pieces of work and
    may raise to stop.
    """
    regions, names, periods = series.values.shape
    times = np.asarray(series.periods.position, float)
    flat = series.values.reshape(-1, periods)
    pieces = range(0, max(len(flat), 1), SERIES_AT_ONCE)
    done, of = count(), sum(len(pieces) + 1 + len(PARAMETERS[law]) for law in laws)

    def step() -> None:
        tick(next(done), of)

    fitted = {law: _fitted(times, flat, law, pieces, step) for law in laws}
    logs = np.stack([_likelihood(fitted, law) for law in laws])
    counts = fitted[laws[0]].counts.astype(float)
    weights = akaike_weights(logs, np.array([UNKNOWNS[law] for law in laws]), counts)
    made = []
    for k, law in enumerate(laws):
        random = key.child(f"{law} parameters").numpy()
        made.append(_law(law, fitted[law], weights[k], flat, series, random, draws, (regions, names), step))
    seen = series.observed
    return GrowthFit(tuple(made), int((seen & ~(np.where(seen, series.values, 1.0) > 0)).sum()))


def _fitted(times: Array, flat: Array, law: str, pieces: range, step: Callable[[], None]) -> Curves:
    """One law fitted to all series, some at a time, with a `step` before each piece."""
    parts = []
    for first in pieces:
        step()
        parts.append(fit_curves(times, flat[first : first + pieces.step], law))
    arrays = [field.name for field in fields(Curves) if field.name != "law"]
    return Curves(law, **{name: np.concatenate([getattr(part, name) for part in parts]) for name in arrays})


def _likelihood(fitted: dict[str, Curves], law: str) -> Array:
    """Log likelihoods for the Akaike weights; a logistic that bends upwards or never settles is the exponential."""
    curves = fitted[law]
    if law == "exponential" or "exponential" not in fitted:
        return curves.log_likelihood
    return np.where(
        _bends(curves) | (curves.status != 0),
        curves.log_likelihood,
        np.fmin(fitted["exponential"].log_likelihood, curves.log_likelihood),
    )


def _bends(curves: Curves) -> NDArray[np.bool_]:
    """Whether the best curve is a logistic at all: a ceiling above zero, reached in more than one period."""
    best = _best(curves)
    return np.asarray((best[:, 1] > 0) & (best[:, 1] < FASTEST) & (best[:, 2] > 0))


def _best(curves: Curves) -> Array:
    known = np.isfinite(curves.weights[:, 0])
    point = np.where(known, np.where(known[:, None], curves.weights, 0.0).argmax(axis=1), 0)
    return np.asarray(curves.theta[np.arange(len(point)), point])


def _law(
    name: str,
    curves: Curves,
    weight: Array,
    flat: Array,
    series: Series,
    random: np.random.Generator,
    draws: int,
    shape: tuple[int, int],
    step: Callable[[], None],
) -> Law:
    step()
    theta, _, _ = draw_curves(curves, random, draws)
    per_year = float(series.periods.season)
    estimates = _parameters(name, _best(curves), curves, per_year)
    drawn = _parameters(name, theta, curves, per_year)
    lower = np.zeros(len(flat), bool)
    told = np.ones(len(flat), bool) if name == "exponential" else _bends(curves)
    lo, hi = {}, {}
    for parameter in PARAMETERS[name]:
        step()
        known = np.isfinite(theta[..., 0]).all(axis=0)
        values = drawn[parameter]
        if parameter == "capacity":
            ends = np.quantile(
                np.where(known, np.where(np.isnan(values), np.inf, values), 0.0), [0.05, 0.95], axis=0, method="nearest"
            )
            lower = known & (ends[1] > NO_BEND * np.nanmax(np.where(np.isfinite(flat), flat, 0.0), axis=1))
            grows = known & ((theta[..., 1] > 0).mean(axis=0) > 0.5) & (_best(curves)[:, 1] < FASTEST)
            lo[parameter] = np.where(grows & np.isfinite(ends[0]), ends[0], np.nan)
            hi[parameter] = np.where(known & ~lower, ends[1], np.nan)
            lower &= np.isfinite(lo[parameter])
        else:
            usable = known & np.isfinite(values).any(axis=0)
            _, low, high = quantiles_of(np.where(usable, values, 0.0))
            lo[parameter] = np.where(usable & told, low, np.nan)
            hi[parameter] = np.where(usable & told, high, np.nan)
        estimates[parameter] = np.where(told, estimates[parameter], np.nan)

    pace = _pace(curves, theta)

    def shaped(part: dict[str, Array]) -> dict[str, Array]:
        return {key: value.reshape(shape) for key, value in part.items()}

    return Law(
        name,
        curves,
        shaped(estimates),
        shaped(lo),
        shaped(hi),
        weight=weight.reshape(shape),
        is_lower_bound=lower.reshape(shape),
        pace_lo=pace[0].reshape(shape),
        pace_hi=pace[1].reshape(shape),
        status=curves.status.reshape(shape),
    )


def _pace(curves: Curves, theta: Array) -> tuple[Array, Array]:
    """90 % interval, by series, of growth where the curve ends over growth where it begins; NaN without a fit.

    g = r - A x                                                                   Tong & Wang (7), 1 when A = 0
    """
    if curves.law == "exponential":
        one = np.where(curves.status == 0, 1.0, np.nan)
        return one, one
    begin, end = np.exp(theta[..., 0]), np.exp(curve(theta, (curves.end - curves.start)[None], curves.law))
    first = theta[..., 1] - theta[..., 2] * begin
    ratio = (theta[..., 1] - theta[..., 2] * end) / np.where(first == 0.0, np.nan, first)
    known = np.isfinite(ratio).all(axis=0)
    _, low, high = quantiles_of(np.where(known, ratio, 0.0))
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def _parameters(law: str, theta: Array, curves: Curves, per_year: float) -> dict[str, Array]:
    """Parameters in the field's words from theta = (log x0, r, A); capacity and midpoint NaN where there is none."""
    initial = np.exp(theta[..., 0]) * curves.reference
    if law == "exponential":
        return {"rate": theta[..., 1], "initial": initial}
    rate, own = theta[..., 1], theta[..., 2]
    bends = (rate > 0) & (own > 0)
    capacity = np.where(bends, rate / np.where(bends, own, 1.0), np.nan) * curves.reference
    room = np.where(bends & (capacity > initial), capacity / initial - 1.0, np.nan)
    midpoint = (curves.start + np.log(room) / np.where(bends, rate, 1.0)) / per_year
    return {"rate": rate, "capacity": capacity, "midpoint": midpoint, "initial": initial}


def _unbent(fit: GrowthFit) -> Array:
    """The weight of logistics that are no curve with a ceiling, by series: the exponential forecasts in their stead."""
    found = np.zeros(fit.laws[0].weight.size)
    for law in fit.laws:
        known = np.isfinite(law.weight).ravel()
        if law.name == "logistic":
            found += np.where(known & ~_bends(law.curves), np.where(known, law.weight.ravel(), 0.0), 0.0)
    return found


def forecast_growth(fit: GrowthFit, ahead: Array, key: Key, draws: int = DRAWS, tick: Tick = quiet) -> Array:
    """Draws of every series at the times `ahead`, shape (draw, region, series, time): laws mixed by their weights."""
    shape = fit.laws[0].weight.shape
    picks = (np.arange(draws) + 0.5) / draws
    mixed = np.full((draws, int(np.prod(shape)), len(ahead)), np.nan)
    begin = np.zeros(mixed.shape[1])
    plain = any(law.name == "exponential" for law in fit.laws)
    rest = _unbent(fit) if plain else np.zeros(mixed.shape[1])
    for k, law in enumerate(fit.laws):
        tick(k, len(fit.laws))
        made = forecast_draws(law.curves, ahead, key.child(f"{law.name} forecast").numpy(), draws)
        weight = np.where(np.isfinite(law.weight), law.weight, 0.0).ravel()
        weight = weight + rest if law.name == "exponential" else weight - rest
        chosen = (picks[:, None] >= begin) & (picks[:, None] < begin + weight + 1e-12)
        mixed = np.where(chosen[:, :, None], made, mixed)
        begin = begin + weight
    return mixed.reshape(draws, *shape, len(ahead))
