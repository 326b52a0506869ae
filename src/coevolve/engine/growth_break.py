"""When did a capacity step up or down? Every year tried in turn, each against the same equations without a step.

    log N_p(t) = log N_p + delta   from the year of the break on                 the rest: Tong & Wang (9), (10)

A break in capacity is felt only through growth that follows it: a pole far from its capacity hardly shows it. The
evidence for a year is the marginal likelihood with a step there, everything unknown integrated over, delta too with its
prior N(0, .5), against that without. The noise scales are integrated over on both sides: plugged in from a fit without
a step they would be too large where there was one, since a step not allowed for passes for noise.

States are integrated over by the filter of `growth_filter`. The rest is integrated by Laplace's method; for one region
the error of that is taken out by weighing draws about the mode, the same draws for every year, so that what chance is
left in the weights falls alike on all of them. With several regions the spreads over regions stay as the fit without a
step has learnt them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from .growth_alone import Alone, covariance_of_one
from .growth_filter import Seen, likelihood
from .growth_mode import climb, find_mode, frozen
from .growth_panel import Growing
from .growth_target import Target
from .whitening import Arrow, Density

Array = NDArray[np.float64]
Tick = Callable[[int, int], None]

SD_STEP = 0.5  # of the size of a step in a log capacity
DRAWS = 1500  # weighed for each year, twice
TAILS = 5.0  # degrees of freedom of these draws
TRY = 0.3  # a step of this size, up and down, is where searches begin, and none
AFRESH = 4  # every so many times; between, they begin where those for the time before have ended
APART = 0.02  # sizes that differ less are those of one mode
SLIGHT = 1e-4  # change of the size from which the slope of the density is taken
CLIMB = {"maxiter": 200, "maxcor": 20, "maxfun": 300, "ftol": 1e-7, "gtol": 3e-2}
LOG_TWO_PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True)
class Break:
    """A step tried at one time: its size with standard error, and the log Bayes factor against no step at all."""

    begins: int
    size: float
    error: float
    log_factor: float


def chances(found: Sequence[Break]) -> Array:
    """How probable each time is, given that there was one step at one of them, all alike beforehand."""
    logs = np.array([one.log_factor for one in found])
    raw = np.exp(logs - logs.max())
    return np.asarray(raw / raw.sum())


@dataclass(frozen=True)
class Dated:
    """The break that is named: its place among those tried, how probable it is that the true one lies so near, and
    its size with standard error, over the times that are so near."""

    place: int
    probability: float
    size: float
    error: float


def dated(found: Sequence[Break], within: int = 2) -> Dated:
    """The time that most probably lies within so many periods of the true one, given that there was one step.

    A single most probable year may stand alone, far from where most of the probability lies.
    """
    chance, begins = chances(found), np.array([one.begins for one in found])
    near = np.abs(begins[:, None] - begins) <= within
    mass = near @ chance
    best = int(np.lexsort((-chance, -mass.round(9)))[0])
    share = chance * near[best] / mass[best]
    sizes, errors = (np.array([getattr(one, name) for one in found]) for name in ("size", "error"))
    size = float(share @ sizes)
    return Dated(best, float(mass[best]), size, float(np.sqrt(share @ (errors**2 + (sizes - size) ** 2))))


def some_factor(found: Sequence[Break]) -> float:
    """The Bayes factor of a step at one of these times against none: the mean, so that trying many gains nothing."""
    logs = np.array([one.log_factor for one in found])
    return float(np.exp(min(logs.max() + np.log(np.mean(np.exp(logs - logs.max()))), 700.0)))


@dataclass(frozen=True)
class Without:
    """What is known without a step: the density, its mode, which unknowns are held there, log evidence, the draws."""

    target: Target
    mode: Array
    held: NDArray[np.bool_]
    log_evidence: float
    normal: Array  # (draw, unknown), the last column for the size of a step
    widening: Array  # (draw,)


@dataclass(frozen=True)
class Stepped:
    """The density of the size of a step (first) and of all else, for a pole that steps from one time on."""

    target: Target
    pattern: Array  # (interval, pole)
    hits: NDArray[np.bool_]

    def __call__(self, unknowns: Array) -> tuple[float, Array]:
        """Log density and its gradient."""
        size, rest = float(unknowns[0]), unknowns[1:]
        growing = replace(self.target.growing, seen=self._seen(size))
        value, slope = replace(self.target, growing=growing).density(rest)
        along = self._along(size, rest)
        prior = -0.5 * (size / SD_STEP) ** 2 - float(np.log(SD_STEP)) - 0.5 * LOG_TWO_PI
        return value + prior, np.concatenate([[along - size / SD_STEP**2], slope])

    def _seen(self, size: float) -> Seen:
        return replace(self.target.growing.seen, lift=np.where(self.hits, size, 0.0)[:, None, None] * self.pattern)

    def _along(self, size: float, rest: Array) -> float:
        """The slope of the log likelihood with the size of the step."""
        with np.errstate(all="ignore"):
            inputs = self.target.inputs(self.target.values(rest))
            ends = [
                likelihood(self._seen(size + side), inputs, with_gradient=False).value.sum()
                for side in (SLIGHT, -SLIGHT)
            ]
            return float(ends[0] - ends[1]) / (2.0 * SLIGHT)


def search_breaks(
    growing: Growing,
    pole: int,
    places: Sequence[int],
    hits: NDArray[np.bool_],
    random: np.random.Generator,
    tick: Tick | None = None,
    *,
    draws: int = DRAWS,
) -> list[Break]:
    """A step of `pole` tried at each of `places` among the times, common to the regions that it `hits`."""
    plain = _without(growing, random, draws)
    found: list[Break] = []
    turns: list[Arrow] = []
    for done, begins in enumerate(places):
        if tick is not None:
            tick(done, len(places))
        pattern = np.zeros((len(growing.seen.times) - 1, growing.poles))
        pattern[begins:, pole] = 1.0
        stepped = Stepped(plain.target, pattern, hits)
        if done % AFRESH == 0:
            turns += _afresh(plain, stepped, turns)
        one, turns = _tried(plain, stepped, int(begins), turns)
        found.append(one)
    return found


def _without(growing: Growing, random: np.random.Generator, draws: int) -> Without:
    target, mode, _, _ = find_mode(growing)
    held = np.zeros(len(mode), bool)
    for name, place in target.places.shared.items():
        held[place] = name.startswith("spread") or name == "year"
    normal = random.standard_normal((draws // 2, len(mode) + 1))
    widening = np.tile(random.chisquare(TAILS, draws // 2) / TAILS, 2)
    plain = Without(target, mode, held, 0.0, np.concatenate([normal, -normal]), widening)
    free = frozen(target.density, mode, held)
    mode = _climbed(free, Arrow.at(free, mode, target.places.shared_size, growing.regions))
    arrow = Arrow.at(free, mode, target.places.shared_size, growing.regions)
    log_evidence, _, _ = _integrated(plain, target.density, mode, arrow, None)
    return replace(plain, mode=mode, log_evidence=log_evidence)


def _afresh(plain: Without, stepped: Stepped, turns: Sequence[Arrow]) -> list[Arrow]:
    """Places to search from: all else as without a step, and no step, one up, one down."""
    still = np.concatenate([[0.0], plain.mode])
    turn = turns[0] if turns else _turn(plain, stepped, still)
    return [_about(turn, np.concatenate([[size], plain.mode])) for size in (0.0, TRY, -TRY)]


def _tried(plain: Without, stepped: Stepped, begins: int, turns: Sequence[Arrow]) -> tuple[Break, list[Arrow]]:
    """One time tried from several places; also the places found, where the search for the next time begins."""
    free = _free(plain, stepped)
    climbs = [_climbed(free, one) for one in turns]
    values = np.array([free(place)[0] for place in climbs])
    values = np.where(np.isfinite(values), values, -np.inf)
    best = _turn(plain, stepped, climbs[int(values.argmax())])
    mode = _climbed(free, best)
    log_evidence, size, error = _integrated(plain, stepped, mode, best, stepped)
    kept = [_about(best, climbs[k]) for k in _distinct(climbs, values)] or [_about(best, mode)]
    return Break(begins, size, error, log_evidence - plain.log_evidence), kept


def _distinct(places: Sequence[Array], values: Array) -> list[int]:
    """Which places are modes of their own, the best first; the size of the step tells them apart."""
    found: list[int] = []
    for k in np.argsort(-values, kind="stable").tolist():
        if np.isfinite(values[k]) and all(abs(places[k][0] - places[other][0]) > APART for other in found):
            found.append(k)
    return found


def _free(plain: Without, stepped: Stepped) -> Density:
    return frozen(stepped, np.concatenate([[0.0], plain.mode]), np.concatenate([[False], plain.held]))


def _turn(plain: Without, stepped: Stepped, place: Array) -> Arrow:
    size, regions = plain.target.places.shared_size + 1, plain.target.growing.regions
    return Arrow.at(_free(plain, stepped), place, size, regions)


def _about(turn: Arrow, centre: Array) -> Arrow:
    """The same turn about another centre."""
    size = len(turn.shared)
    return replace(turn, shared=centre[:size].copy(), own=centre[size:].reshape(turn.own.shape))


def _climbed(density: Density, turn: Arrow) -> Array:
    """The mode found from the centre of a turn."""
    return turn.unknowns(climb(turn.density(density), np.zeros(turn.shared.size + turn.own.size), CLIMB))


def _integrated(
    plain: Without, density: Density, mode: Array, arrow: Arrow, stepped: Stepped | None
) -> tuple[float, float, float]:
    """Log evidence, and mean and standard error of the size of the step, which is the first unknown."""
    if plain.target.growing.regions == 1:
        return _weighed(plain, mode, arrow, stepped)
    factors = [arrow.shared_factor, *arrow.own_factor]
    spread = float(sum(np.linalg.slogdet(factor)[1] for factor in factors))
    value = density(mode)[0] + 0.5 * len(mode) * LOG_TWO_PI + spread
    return float(value), float(mode[0]), float(np.sqrt(arrow.variance()[0]))


def _weighed(plain: Without, mode: Array, arrow: Arrow, stepped: Stepped | None) -> tuple[float, float, float]:
    """The same for one region: draws with wide tails about the mode, weighed by the density itself; then once more
    about where these say that the mass lies, as far as enough of them count to say it."""
    normal = plain.normal[:, :-1] if stepped is None else np.roll(plain.normal, 1, axis=1)
    standard = normal / np.sqrt(plain.widening)[:, None]
    spread = covariance_of_one(arrow)
    _, places, share = _round(plain, stepped, mode, spread, standard)
    counting = 1.0 / float((share**2).sum())
    trust = counting / (counting + 2.0 * len(mode))
    middle = share @ places
    away = places - middle
    moved = trust * (away * share[:, None]).T @ away + (1.0 - trust) * spread
    value, places, share = _round(plain, stepped, trust * middle + (1.0 - trust) * mode, moved, standard)
    size = float(share @ places[:, 0])
    return value, size, float(np.sqrt(share @ (places[:, 0] - size) ** 2))


def _round(
    plain: Without, stepped: Stepped | None, centre: Array, spread: Array, standard: Array
) -> tuple[float, Array, Array]:
    """Log evidence, draws, and the share of the posterior that each stands for.

    Weights are truncated at root(draws) times their mean (Ionides 2008), which bounds their variance at a small bias.
    """
    size = len(centre)
    factor = np.linalg.cholesky(spread)
    places = centre + standard @ factor.T
    if stepped is None:
        density = Alone.of(plain.target).weigh(places).value
    else:
        density = Alone.of(plain.target, stepped.pattern).weigh(places[:, 1:], places[:, 0]).value
        density = density - 0.5 * (places[:, 0] / SD_STEP) ** 2 - np.log(SD_STEP) - 0.5 * LOG_TWO_PI
    guess = -0.5 * (TAILS + size) * np.log1p((standard**2).sum(axis=1) / TAILS) - np.log(np.diag(factor)).sum()
    guess += gammaln(0.5 * (TAILS + size)) - gammaln(0.5 * TAILS) - 0.5 * size * np.log(TAILS * np.pi)
    logs = density - guess
    weights = np.exp(logs - logs.max())
    weights = np.minimum(weights, weights.mean() * np.sqrt(len(weights)))
    return float(logs.max() + np.log(weights.mean())), places, weights / weights.sum()
