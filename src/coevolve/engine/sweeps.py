"""Draws of unknowns of which some are shared by all regions and the rest belong to one region each.

Given what is shared regions are independent, so that all of them move at once, each accepted or not by itself: a
region that is hard to draw from takes short steps and holds up no other. A sweep goes

    own        each region by a short path of its own (Hamiltonian Monte Carlo, Duane and others 1987)
    standing   the shared unknowns, own ones standing where they are
    following  the shared unknowns, own ones following to first order (`whitening`)
    slow       all together along the few directions that the warm-up found to be slowest
    redraw     what is known in closed form, or cheaply (`Redraw`)

Where own unknowns follow, one awkward region holds up all; what then hardly moves is left out after the warm-up. Where
one sampler for all would need a hundred steps to a draw since one region is awkward, this needs ten or twenty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .nuts import DIVERGED, Chain, Tick
from .pace import Pace
from .whitening import Arrow

Array = NDArray[np.float64]
Parts = Callable[[Array], tuple[float, Array, Array]]  # common part, part of each region, slope of their sum
Redraw = Callable[[Array, np.random.Generator], Array]

OWN_ACCEPTANCE, ACCEPTANCE = 0.65, 0.8  # wanted of own paths, and of joint ones, where one bad region spoils all
LONGEST = 1.3  # steps, on the scale of standard normal unknowns
OWN_STEPS = 4
PATH, MOST_STEPS = 1.5, 12  # length of a joint path, about a quarter turn, and its steps at most
STANDING_PATH, MOST_STANDING = 3.0, 24  # the same where regions stand: what is shared may spread wider than thought
LEAST = 0.05  # step size below which a way of moving together is not worth its time
JITTER = (0.7, 1.2)  # of step sizes of joint paths, so that none comes back to where it began
OWN_JITTER = (0.2, 1.3)  # of own ones, even in logs: where a region is narrow, only the shorter steps leave it
WINDOWS = (60, 100, 140, 60)  # sweeps of the warm-up: after each but the last scales are learnt anew
SLOW, AVERAGED = 6, 7  # directions thought slow; sweeps averaged to find them
PRIOR_DRAWS = 5.0  # for which unit variance counts where scales are learnt


class _Found(NamedTuple):
    """The density at a place: common part, part of each region, slope of their sum."""

    common: float
    each: Array
    slope: Array

    @property
    def total(self) -> float:
        return self.common + float(self.each.sum())


@dataclass
class _Together:
    """A way in which all unknowns move together: along `directions` (unknown, direction), by paths of such a length."""

    directions: Array
    pace: Pace
    path: float = PATH
    most_steps: int = MOST_STEPS

    @classmethod
    def along(cls, directions: Array, step: float) -> _Together:
        return cls(directions, Pace(np.array(step), ACCEPTANCE, LONGEST))

    @property
    def steps(self) -> int:
        """Of one path."""
        return int(np.clip(np.ceil(self.path / float(self.pace.step)), 1, self.most_steps))


@dataclass
class _State:
    """Where the sweeps are, what is known there, and how they move."""

    place: Array
    found: _Found
    own_factor: Array  # (region, unknown, unknown)
    own_pace: Pace
    standing: _Together
    following: _Together | None
    slow: _Together | None = None
    diverged: float = 0.0
    steps: int = 0

    @property
    def together(self) -> list[_Together]:
        return [way for way in (self.standing, self.following, self.slow) if way is not None]

    def settle(self) -> None:
        """Keeps the steps learnt, and leaves out what hardly moves."""
        for pace in (self.own_pace, *(way.pace for way in self.together)):
            pace.settle()
        self.following, self.slow = _worth(self.following), _worth(self.slow)


def sample(
    parts: Parts,
    arrow: Arrow,
    start: Array,
    random: np.random.Generator,
    *,
    draws: int,
    windows: Sequence[int] = WINDOWS,
    redraw: Redraw | None = None,
    thin: int = 1,
    tick: Tick | None = None,
) -> Chain:
    """One chain of `draws` whitened unknowns, one kept in `thin` sweeps, after a warm-up of some `windows`.

    `parts` is the log density of the unknowns and `arrow` how they are whitened; `start` is whitened. `redraw` takes
    unknowns to unknowns and must leave their density as it is. Steps are mean evaluations of the density a sweep.
    Divergences are paths that left the density, `thin` of them counted as one: those along which regions stand, and of
    own paths, each for its share of the regions, the half with shorter steps, counted twice. The other ways and the
    longer steps only help, and reach no place that these do not.

    >>> from coevolve.engine.whitening import Arrow
    >>> arrow = Arrow(np.zeros(1), np.zeros((2, 1)), np.eye(1), np.ones((2, 1, 1)), np.zeros((2, 1, 1)))
    >>> def normal(x):
    ...     return -0.5 * float(x[0] ** 2), -0.5 * x[1:] ** 2, -x
    >>> chain = sample(normal, arrow, np.zeros(3), np.random.default_rng(1), draws=1000)
    >>> bool(np.abs(chain.draws.mean(axis=0)).max() < 0.2 and np.abs(chain.draws.std(axis=0) - 1).max() < 0.2)
    True
    """
    with np.errstate(all="ignore"):  # a path that leaves the density is told by its energy
        sweeps = _Sweeps(parts, arrow, redraw, random)
        state = sweeps.begin(start)
        of, done = sum(windows) + draws * thin, 0
        for k, window in enumerate(windows):
            places = np.empty((window, len(start)))
            for turn in range(window):
                sweeps.sweep(state, is_learning=True)
                places[turn] = state.place
                done = _told(tick, done, of)
            if k + 1 < len(windows):
                sweeps.learn(state, places[window // 3 :])
        state.settle()
        state.diverged, state.steps = 0.0, 0
        kept, logs = np.empty((draws, len(start))), np.empty(draws)
        for turn in range(draws * thin):
            sweeps.sweep(state, is_learning=False)
            if (turn + 1) % thin == 0:
                kept[turn // thin], logs[turn // thin] = state.place, state.found.total
            done = _told(tick, done, of)
    diverged, steps = int(np.ceil(state.diverged / thin)), state.steps / max(1, draws * thin)
    return Chain(kept, logs, diverged, 0, steps, float(state.standing.pace.step))


def _told(tick: Tick | None, done: int, of: int) -> int:
    if tick is not None:
        tick(done + 1, of)
    return done + 1


@dataclass(frozen=True)
class _Sweeps:
    parts: Parts
    arrow: Arrow
    redraw: Redraw | None
    random: np.random.Generator

    def at(self, place: Array) -> _Found:
        """The density at whitened unknowns, with the slope in them; minus infinity where it is not finite."""
        common, each, slope = self.parts(self.arrow.unknowns(place))
        each = np.where(np.isfinite(each), each, -np.inf)
        return _Found(common if np.isfinite(common) else -np.inf, each, self.arrow.gradient(slope))

    def begin(self, place: Array) -> _State:
        regions, own = self.arrow.own.shape
        return _State(
            place,
            self.at(place),
            np.broadcast_to(np.eye(own), (regions, own, own)),
            Pace(np.full(regions, 0.5), OWN_ACCEPTANCE, LONGEST),
            replace(_Together.along(_standing(self.arrow), 0.5), path=STANDING_PATH, most_steps=MOST_STANDING),
            _Together.along(np.eye(len(place), len(self.arrow.shared)), 0.3),
        )

    def sweep(self, state: _State, *, is_learning: bool) -> None:
        """Each block once."""
        own = self._own(state)
        together = [self._along(state, way) for way in state.together]
        if self.redraw is not None:
            self._redrawn(state, self.redraw)
        if is_learning:
            state.own_pace.learn(own)
            for way, accepted in zip(state.together, together, strict=True):
                way.pace.learn(accepted)

    def learn(self, state: _State, places: Array) -> None:
        """Scales of the blocks and the slow directions, from the places of a window (sweep, unknown)."""
        regions, own = self.arrow.own.shape
        size = len(self.arrow.shared)
        away = places - places.mean(axis=0)
        each = away[:, size:].reshape(len(places), regions, own)
        known = len(places) - 1.0 + PRIOR_DRAWS
        spread = np.einsum("tri,trj->rij", each, each) + PRIOR_DRAWS * np.eye(own)
        state.own_factor = np.linalg.cholesky(spread / known)
        if state.following is not None:
            variance = ((away[:, :size] ** 2).sum(axis=0) + PRIOR_DRAWS) / known
            state.following.directions = np.eye(len(state.place), size) * np.sqrt(variance)
        found = _slow(away)
        state.slow = None if found is None else _Together.along(found, 0.5)
        for pace in (state.own_pace, *(way.pace for way in state.together)):
            pace.restart()

    def _own(self, state: _State) -> Array:
        """Every region by a path of its own; how likely each was accepted."""
        regions, own = self.arrow.own.shape
        size = len(self.arrow.shared)
        shortest, longest = OWN_JITTER
        lot = self.random.random(regions)
        step = (state.own_pace.step * shortest * (longest / shortest) ** lot)[:, None]
        push = self.random.standard_normal((regions, own))
        before = 0.5 * (push**2).sum(axis=1) - state.found.each
        begin = state.place[size:].reshape(regions, own)
        place, found = begin, state.found
        for _ in range(OWN_STEPS):
            push = push + 0.5 * step * self._own_slope(state, found.slope)
            place = place + step * np.einsum("rij,rj->ri", state.own_factor, push)
            found = self._known(state, np.concatenate([state.place[:size], place.ravel()]))
            push = push + 0.5 * step * self._own_slope(state, found.slope)
        rise = 0.5 * (push**2).sum(axis=1) - found.each - before
        state.diverged += 2.0 * float(((rise > DIVERGED) & (lot < 0.5)).mean())
        accepted = _accepted(rise)
        taken = self.random.random(regions) < accepted
        if taken.all():
            state.place = np.concatenate([state.place[:size], place.ravel()])
            state.found = found
        elif taken.any():
            state.place = np.concatenate([state.place[:size], np.where(taken[:, None], place, begin).ravel()])
            state.found = self._known(state, state.place)
        return accepted

    def _own_slope(self, state: _State, slope: Array) -> Array:
        regions, own = self.arrow.own.shape
        each = slope[len(self.arrow.shared) :].reshape(regions, own)
        return np.asarray(np.einsum("rij,ri->rj", state.own_factor, np.where(np.isfinite(each), each, 0.0)))

    def _along(self, state: _State, way: _Together) -> float:
        """All unknowns together; how likely the move was accepted."""
        directions, step = way.directions, float(way.pace.step) * self.random.uniform(*JITTER)
        push = self.random.standard_normal((directions.shape[1],))
        before = 0.5 * float(push @ push) - state.found.total
        place, found = state.place, state.found
        for _ in range(way.steps):
            push = push + 0.5 * step * (directions.T @ found.slope)
            place = place + step * (directions @ push)
            found = self._known(state, place)
            if not (np.isfinite(found.total) and np.isfinite(found.slope).all()):
                return 0.0
            push = push + 0.5 * step * (directions.T @ found.slope)
        rise = 0.5 * float(push @ push) - found.total - before
        state.diverged += float(way is state.standing and rise > DIVERGED)
        accepted = float(_accepted(np.array(rise)))
        if self.random.random() < accepted:
            state.place, state.found = place, found
        return accepted

    def _redrawn(self, state: _State, redraw: Redraw) -> None:
        """What is known in closed form; a place the density does not know is not gone to."""
        place = self.arrow.standard(redraw(self.arrow.unknowns(state.place), self.random))
        found = self._known(state, place)
        if np.isfinite(found.total) and np.isfinite(place).all():
            state.place, state.found = place, found

    def _known(self, state: _State, place: Array) -> _Found:
        state.steps += 1
        return self.at(place)


def _accepted(rise: Array) -> Array:
    return np.asarray(np.where(np.isfinite(rise), np.exp(-np.maximum(rise, 0.0)), 0.0))


def _worth(way: _Together | None) -> _Together | None:
    return None if way is None or way.pace.step < LEAST else way


def _standing(arrow: Arrow) -> Array:
    """How whitened unknowns move where shared ones do and own ones stand: directions at right angles, since those are
    of length one for which the curvature of the shared unknowns, own ones given, is one."""
    follow = np.linalg.solve(arrow.own_factor, arrow.gain).reshape(-1, len(arrow.shared))
    return np.linalg.qr(np.concatenate([np.linalg.inv(arrow.shared_factor), follow]))[0]


def _slow(away: Array) -> Array | None:
    """The directions in which means of several sweeps still differ most, each as long as draws spread along it."""
    count = len(away) // AVERAGED
    if count <= SLOW:
        return None
    means = away[len(away) - count * AVERAGED :].reshape(count, AVERAGED, -1).mean(axis=1)
    found = np.linalg.svd(means - means.mean(axis=0), full_matrices=False)[2][:SLOW].T
    return np.asarray(found * np.sqrt(((away @ found) ** 2).mean(axis=0)))
