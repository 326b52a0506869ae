"""Draws from any smooth density by the No-U-Turn sampler, and how far they can be trusted.

Multinomial trajectories of Hoffman & Gelman (2014) and Betancourt (2017): from a random push the sampler follows the
density's own dynamics both ways in doubling steps until the path turns back, and picks one of its points by weight.
Step size by dual averaging towards a wanted share of acceptance, scales of the unknowns learnt in windows of the
warm-up. It draws best where the caller has already whitened the unknowns about the mode. Written here because the
densities of this project are compiled loops of microseconds: samplers that can take them bring a modelling
framework, or pay for each call many times what it costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from .pace import Pace

Array = NDArray[np.float64]
Density = Callable[[Array], tuple[float, Array]]
Tick = Callable[[int, int], None]

DEEPEST = 9  # doublings: at most 511 steps a draw
DIVERGED = 1000.0  # rise of energy beyond which a path has left the density
WINDOWS = (0.2, 0.5, 0.9)  # shares of the warm-up at which the scales are learnt anew


@dataclass(frozen=True)
class Chain:
    """Draws of one chain (draw, unknown), log densities, how many paths diverged or were cut, mean steps a draw."""

    draws: Array
    log_density: Array
    divergences: int
    cut: int
    steps: float
    step_size: float


@dataclass
class _Point:
    place: Array
    push: Array
    gradient: Array
    log_density: float


@dataclass
class _Tree:
    """A path: its two ends, the point picked from it, the log of its weight, the sum of pushes along it."""

    back: _Point
    front: _Point
    picked: _Point
    log_weight: float
    total: Array
    turns: bool
    diverged: bool
    accepted: float
    steps: int


@dataclass
class _Scales:
    """Running mean and variance of the draws of one window (Welford)."""

    count: int = 0
    mean: Array = field(default_factory=lambda: np.zeros(0))
    squares: Array = field(default_factory=lambda: np.zeros(0))

    def add(self, place: Array) -> None:
        if not self.count:
            self.mean, self.squares = np.zeros_like(place), np.zeros_like(place)
        self.count += 1
        gap = place - self.mean
        self.mean = self.mean + gap / self.count
        self.squares = self.squares + gap * (place - self.mean)

    def variance(self) -> Array:
        """Shrunk towards one, the variance of whitened unknowns, by five draws' worth."""
        return np.asarray((self.squares + 5.0) / (self.count + 4.0))


def sample(
    density: Density,
    start: Array,
    random: np.random.Generator,
    *,
    draws: int,
    warm_up: int,
    step_size: float = 0.5,
    acceptance: float = 0.8,
    tick: Tick | None = None,
) -> Chain:
    """One chain of `draws` after `warm_up` from `start`; `density` gives log density and gradient.

    The nearer `acceptance` is to one, the shorter the steps and the fewer the paths that break off.

    `tick(done, of)` is called after each draw. A density that is not finite at some place counts as zero there.

    >>> chain = sample(lambda x: (-0.5 * float(x @ x), -x), np.zeros(2), np.random.default_rng(1), draws=500,
    ...                warm_up=200)
    >>> bool(np.abs(chain.draws.mean(axis=0)).max() < 0.2 and np.abs(chain.draws.std(axis=0) - 1).max() < 0.2)
    True
    """
    with np.errstate(all="ignore"):  # a path that leaves the density is told by its energy
        return _run(density, start, random, draws, warm_up, step_size, acceptance, tick)


def _run(
    density: Density,
    start: Array,
    random: np.random.Generator,
    draws: int,
    warm_up: int,
    step_size: float,
    acceptance: float,
    tick: Tick | None,
) -> Chain:
    variance, window, pace = np.ones_like(start), _Scales(), Pace(np.array(step_size), acceptance)
    learnt_at = {int(share * warm_up) for share in WINDOWS}
    value, gradient = _at(density, start)
    here = _Point(start, np.zeros_like(start), gradient, value)
    kept, logs = np.empty((draws, len(start))), np.empty(draws)
    divergences = cut = steps = 0
    for turn in range(warm_up + draws):
        tree, was_cut = _draw(density, here, variance, float(pace.step), random)
        here = tree.picked
        if turn < warm_up:
            pace.learn(tree.accepted / max(1, tree.steps))
            if turn >= WINDOWS[0] * warm_up / 2:
                window.add(here.place)
            if turn + 1 in learnt_at and window.count > 10:
                variance, window = window.variance(), _Scales()
                pace.restart()
            if turn + 1 == warm_up:
                pace.settle()
        else:
            kept[turn - warm_up], logs[turn - warm_up] = here.place, here.log_density
            divergences, cut, steps = divergences + tree.diverged, cut + was_cut, steps + tree.steps
        if tick is not None:
            tick(turn + 1, warm_up + draws)
    return Chain(kept, logs, divergences, cut, steps / max(1, draws), float(pace.step))


def _at(density: Density, place: Array) -> tuple[float, Array]:
    value, gradient = density(place)
    return (value, gradient) if np.isfinite(value) and np.isfinite(gradient).all() else (-np.inf, np.zeros_like(place))


def _draw(
    density: Density, here: _Point, variance: Array, step: float, random: np.random.Generator
) -> tuple[_Tree, bool]:
    """One draw: a path grown by doubling, both ways at random, until it turns; and whether it was cut instead."""
    push = random.standard_normal(len(here.place)) / np.sqrt(variance)
    begin = _Point(here.place, push, here.gradient, here.log_density)
    energy = _energy(begin, variance)
    tree = _Tree(begin, begin, begin, 0.0, push.copy(), False, False, 0.0, 0)
    for depth in range(DEEPEST):
        forward = bool(random.random() < 0.5)
        end = tree.front if forward else tree.back
        new = _grow(density, end, depth, step if forward else -step, variance, energy, random)
        tree.accepted, tree.steps = tree.accepted + new.accepted, tree.steps + new.steps
        tree.diverged = new.diverged
        if new.turns or new.diverged:
            return tree, False
        if np.log(random.random()) < new.log_weight - tree.log_weight:
            tree.picked = new.picked
        first, second = (tree, new) if forward else (new, tree)
        tree = _joined(first, second, tree.picked, variance, tree.accepted, tree.steps)
        if tree.turns:
            return tree, False
    return tree, True


def _grow(
    density: Density,
    end: _Point,
    depth: int,
    step: float,
    variance: Array,
    energy: float,
    random: np.random.Generator,
) -> _Tree:
    """A path of 2^depth steps on from `end`, ordered in time whichever way it grew."""
    if depth == 0:
        push = end.push + 0.5 * step * end.gradient
        place = end.place + step * variance * push
        value, gradient = _at(density, place)
        point = _Point(place, push + 0.5 * step * gradient, gradient, value)
        rise = _energy(point, variance) - energy
        rise = rise if np.isfinite(rise) else np.inf
        accepted = float(np.exp(min(0.0, -rise)))
        return _Tree(point, point, point, -rise, point.push.copy(), False, rise > DIVERGED, accepted, 1)
    near = _grow(density, end, depth - 1, step, variance, energy, random)
    if near.turns or near.diverged:
        return near
    far = _grow(density, near.front if step > 0 else near.back, depth - 1, step, variance, energy, random)
    accepted, steps = near.accepted + far.accepted, near.steps + far.steps
    if far.turns or far.diverged:
        far.accepted, far.steps = accepted, steps
        return far
    share = far.log_weight - np.logaddexp(near.log_weight, far.log_weight)
    picked = far.picked if np.log(random.random()) < share else near.picked
    first, second = (near, far) if step > 0 else (far, near)
    return _joined(first, second, picked, variance, accepted, steps)


def _joined(first: _Tree, second: _Tree, picked: _Point, variance: Array, accepted: float, steps: int) -> _Tree:
    """Two paths, one after the other in time, as one; it turns where its ends, or those across the seam, turn back."""
    total = first.total + second.total
    turns = (
        _is_turning(total, first.back.push, second.front.push, variance)
        or _is_turning(first.total + second.back.push, first.back.push, second.back.push, variance)
        or _is_turning(second.total + first.front.push, first.front.push, second.front.push, variance)
    )
    weight = float(np.logaddexp(first.log_weight, second.log_weight))
    return _Tree(first.back, second.front, picked, weight, total, turns, False, accepted, steps)


def _energy(point: _Point, variance: Array) -> float:
    return -point.log_density + 0.5 * float(point.push @ (variance * point.push))


def _is_turning(total: Array, back: Array, front: Array, variance: Array) -> bool:
    ahead = variance * total
    return float(ahead @ back) <= 0.0 or float(ahead @ front) <= 0.0


def r_hat(chains: Sequence[Array]) -> Array:
    """Whether chains agree, by unknown: rank-normalised split R-hat; one when they do, doubtful beyond 1.01.

    Vehtari, Gelman, Simpson, Carpenter & Buerkner (2021), the larger of the bulk and the folded figure. Each chain is
    (draw, unknown).
    """
    halves = _halves(chains)
    folded = np.abs(halves - np.median(halves, axis=(0, 1)))
    return np.maximum(_plain_r_hat(_ranked(halves)), _plain_r_hat(_ranked(folded)))


def effective_draws(chains: Sequence[Array]) -> Array:
    """How many independent draws the chains are worth, by unknown, from their rank-normalised autocorrelation (Geyer's
    initial positive sequence; Vehtari and others 2021)."""
    values = _ranked(_halves(chains))
    count, length = values.shape[:2]
    centred = values - values.mean(axis=1, keepdims=True)
    size = 2 ** int(np.ceil(np.log2(2 * length)))
    spectrum = np.abs(np.fft.rfft(centred, size, axis=1)) ** 2
    covariance = np.fft.irfft(spectrum, size, axis=1)[:, :length].mean(axis=0) / length
    within = covariance[0] * length / (length - 1.0)
    total = within * (length - 1.0) / length + values.mean(axis=1).var(axis=0, ddof=1)
    correlation = 1.0 - (within - covariance * length / (length - 1.0)) / np.where(total > 0, total, 1.0)
    pairs = correlation[: length // 2 * 2].reshape(-1, 2, values.shape[2]).sum(axis=1)
    positive = np.cumprod(pairs > 0, axis=0).astype(bool)
    lasting = np.minimum.accumulate(np.where(positive, pairs, 0.0), axis=0)
    time = np.maximum(2.0 * lasting.sum(axis=0) - 1.0, 1.0 / np.log10(max(count * length, 11)))
    return np.asarray(count * length / time)


def _halves(chains: Sequence[Array]) -> Array:
    half = min(len(chain) for chain in chains) // 2
    return np.array([part for chain in chains for part in (chain[:half], chain[half : 2 * half])])


def _ranked(values: Array) -> Array:
    """Normal scores of the ranks of all draws, unknown by unknown; ties share their order of appearance."""
    flat = values.reshape(-1, values.shape[2])
    ranks = flat.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") + 1.0
    return np.asarray(ndtri((ranks - 0.375) / (len(flat) + 0.25))).reshape(values.shape)


def _plain_r_hat(values: Array) -> Array:
    length = values.shape[1]
    within = values.var(axis=1, ddof=1).mean(axis=0)
    between = values.mean(axis=1).var(axis=0, ddof=1)
    return np.asarray(np.sqrt((length - 1.0) / length + between / np.where(within > 0, within, 1.0)))
