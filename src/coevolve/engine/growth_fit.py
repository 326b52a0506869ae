"""Least squares of the growth equations on a panel: what is unknown, what is assumed of it, and the normal matrix.

    local   states log x (time x pole; or only the start)   log rates   log capacities   own b when partly pooled
    shared  b (or its mean)   mean log rate   mean log capacity offset   year effects (interval x pole)

Every region has its own block of unknowns, all regions share a few more. Two kinds of residual: with **states**
(multiple shooting: each observation misses its state, each state misses the flow from the one before) and
**trajectory** (single shooting: each observation misses the one smooth path).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .growth import SUBSTEPS, integral_match
from .growth_residuals import assemble_path, assemble_states

Array = NDArray[np.float64]

SD_B = 1.0  # prior sd of b (its mean when partly pooled): weak, as a tighter one drags large effects to zero
SD_RATE = 1.0  # prior sd of a log rate about log(4 / years observed)
SD_CAPACITY = 1.0  # prior sd of a log capacity about log(1.3 max x)
SD_RATE_MEAN = 0.7  # with several regions: of their mean log rate about the same centre
SD_CAPACITY_EACH = 0.7  # with several regions: of each log capacity about their mean
SD_STEP = 0.5  # of the size of a step in a log capacity
SD_CAPACITY_MEAN = 0.5  # and of that mean: a region far above or below capacity is possible, all of them are not


@dataclass(frozen=True)
class Layout:
    """Where each unknown stands. `regions`, `times`, `poles` count; the flags say what is shared and what is there."""

    regions: int
    times: int
    poles: int
    with_states: bool
    is_grouped: bool  # rates and capacities share a mean over regions
    is_partial: bool  # b has a mean over regions and a regional part
    has_years: bool
    has_step: bool = False  # one capacity steps up or down at a given time

    @property
    def pairs(self) -> int:
        return self.poles * (self.poles - 1)

    @property
    def states(self) -> int:
        return (self.times if self.with_states else 1) * self.poles

    @property
    def local(self) -> int:
        return self.states + 2 * self.poles + (self.pairs if self.is_partial else 0)

    @property
    def shared(self) -> int:
        return self.step_place + int(self.has_step)

    @property
    def step_place(self) -> int:
        return self.year_place + ((self.times - 1) * self.poles if self.has_years else 0)

    @property
    def year_place(self) -> int:
        return self.pairs + (2 * self.poles if self.is_grouped else 0)


@dataclass(frozen=True)
class Scales:
    """Noise and spread: measurement sd and process sd a root period by pole, correlation of process noise between the
    poles of one region, sd of the common year effect by pole, spread over regions of log rate and of b.

    Capacities are not pooled beyond a loose prior: how far a region stands below its capacity is what its own bend
    tells, and an estimated spread collapses towards zero, turns that into a shared error and makes b surely wrong.
    """

    measurement: Array
    process: Array
    correlation: float
    year: Array
    spread_rate: float
    spread_b: float


@dataclass(frozen=True)
class Step:
    """A step in the log capacity of one pole from the time at place `begins` on, in the regions that it `hits`."""

    pole: int
    begins: int
    hits: NDArray[np.bool_]


@dataclass(frozen=True)
class Problem:
    """A panel ready to fit: log values (region, time, pole), which are observed, which poles apply, and the layout."""

    times: Array
    logs: Array
    seen: NDArray[np.bool_]
    layout: Layout
    substeps: int
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    anchor: Array  # (region, pole) log of the largest observed value
    rate_centre: float
    step: Step | None = None

    @classmethod
    def of(
        cls,
        times: Array,
        logs: Array,
        *,
        with_states: bool,
        is_partial: bool,
        has_years: bool,
        substeps: int = SUBSTEPS,
    ) -> Problem:
        """From log scales (region, time, pole), NaN where not observed; each region needs two observed times a pole."""
        seen = np.isfinite(logs)
        regions, count, poles = logs.shape
        any_pole = np.asarray(seen.any(axis=2))
        first = any_pole.argmax(axis=1)
        last = count - 1 - any_pole[:, ::-1].argmax(axis=1)
        layout = Layout(regions, count, poles, with_states, regions > 1, is_partial and regions > 1, has_years)
        span = float(times[-1] - times[0])
        anchor = np.where(seen, logs, -np.inf).max(axis=1)
        return cls(
            np.ascontiguousarray(times, float),
            np.ascontiguousarray(np.where(seen, logs, 0.0)),
            seen,
            layout,
            substeps,
            first.astype(np.int64),
            last.astype(np.int64),
            anchor,
            float(np.log(4.0 / span)),
        )

    def with_step(self, step: Step) -> Problem:
        """The same panel where one capacity steps; for fits with states."""
        return replace(self, step=step, layout=replace(self.layout, has_step=True))

    def filled(self) -> Array:
        """Log scales with gaps bridged linearly and ends held: a starting value for the states."""
        out = np.empty_like(self.logs)
        for r in range(self.layout.regions):
            for p in range(self.layout.poles):
                there = self.seen[r, :, p]
                out[r, :, p] = np.interp(self.times, self.times[there], self.logs[r, there, p])
        return out

    def roughness(self) -> Array:
        """Sd of the second differences of log scale by pole, over root six: all of it, were counting alone noisy."""
        filled = self.filled()
        if self.layout.times < 4:
            return np.full(self.layout.poles, 0.02)
        slopes = np.diff(filled, axis=1) / np.diff(self.times)[None, :, None]
        return np.asarray(np.clip(np.diff(slopes, axis=1).std(axis=(0, 1)) / np.sqrt(6.0), 1e-3, 0.5))

    def starts(self) -> list[tuple[Array, Array]]:
        """Starting points (local, shared): integral matching, independent logistics, and capacity near the present."""
        filled = self.filled()
        matched = [integral_match(self.times, filled[r]) for r in range(self.layout.regions)]
        n = self.layout.poles
        rate_prior = np.full((self.layout.regions, n), self.rate_centre)
        zero = np.zeros((self.layout.regions, n, n))
        return [
            self._start(
                filled,
                np.log([m[0] for m in matched]),
                np.array([m[1] for m in matched]),
                np.array([m[2] for m in matched]),
            ),
            self._start(filled, rate_prior, self.anchor + np.log(1.3), zero),
            self._start(filled, rate_prior + 0.7, self.anchor + 0.05, zero),
        ]

    def _start(self, filled: Array, log_rate: Array, log_capacity: Array, b: Array) -> tuple[Array, Array]:
        lay = self.layout
        limit = np.log(1.3) + 2.5 * SD_CAPACITY
        log_capacity = np.clip(log_capacity, self.anchor - limit, self.anchor + limit)
        off = ~np.eye(lay.poles, dtype=bool)
        states = filled.reshape(lay.regions, -1) if lay.with_states else filled[np.arange(lay.regions), self.first]
        parts = [states, log_rate, log_capacity]
        pairs = b[:, off]
        if lay.is_partial:
            parts.append(np.broadcast_to(np.median(pairs, axis=0), pairs.shape))
        shared = np.zeros(lay.shared)
        shared[: lay.pairs] = np.median(pairs, axis=0)
        if lay.is_grouped:
            shared[lay.pairs : lay.pairs + lay.poles] = np.median(log_rate, axis=0)
            shared[lay.pairs + lay.poles : lay.year_place] = np.median(log_capacity - self.anchor, axis=0)
        return np.concatenate(parts, axis=1), shared


def process_precision(scales: Scales) -> Array:
    """Inverse covariance of one period's process noise, (pole, pole)."""
    n = len(scales.process)
    correlation = np.full((n, n), scales.correlation)
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(np.linalg.inv(correlation * np.outer(scales.process, scales.process)))


def _prior(problem: Problem, scales: Scales, local: Array, shared: Array, blocks: tuple[Array, ...]) -> float:
    """Adds the priors of rates, capacities, b and year effects to the normal matrix, in place; returns their cost."""
    hll, hls, hss, gl, gs = blocks
    lay = problem.layout
    n, at = lay.poles, lay.states
    cost = 0.0
    spread = np.concatenate([np.full(n, scales.spread_rate), np.full(n, SD_CAPACITY_EACH)])
    centre = np.concatenate([np.full(n, problem.rate_centre), np.full(n, np.log(1.3))])
    widths = (SD_RATE_MEAN, SD_CAPACITY_MEAN) if lay.is_grouped else (SD_RATE, SD_CAPACITY)
    loose = np.repeat(widths, n)
    rows = np.arange(at, at + 2 * n)
    value = local[:, rows].copy()
    value[:, n:] -= problem.anchor
    if lay.is_grouped:
        cols = np.arange(lay.pairs, lay.pairs + 2 * n)
        miss = (value - shared[cols]) / spread
        gl[:, rows] += miss / spread
        hll[:, rows, rows] += spread**-2
        hls[:, rows, cols] -= spread**-2
        hss[cols, cols] += lay.regions * spread**-2
        gs[cols] -= (miss / spread).sum(axis=0)
        cost += 0.5 * float((miss**2).sum())
        far = (shared[cols] - centre) / loose
        gs[cols] += far / loose
        hss[cols, cols] += loose**-2
        cost += 0.5 * float(far @ far)
    else:
        miss = (value - centre) / loose
        gl[:, rows] += miss / loose
        hll[:, rows, rows] += loose**-2
        cost += 0.5 * float((miss**2).sum())
    if lay.is_partial:
        rows, cols = np.arange(at + 2 * n, lay.local), np.arange(lay.pairs)
        miss = (local[:, rows] - shared[cols]) / scales.spread_b
        gl[:, rows] += miss / scales.spread_b
        hll[:, rows, rows] += scales.spread_b**-2
        hls[:, rows, cols] -= scales.spread_b**-2
        hss[cols, cols] += lay.regions * scales.spread_b**-2
        gs[cols] -= (miss / scales.spread_b).sum(axis=0)
        cost += 0.5 * float((miss**2).sum())
    cols = np.arange(lay.pairs)
    gs[cols] += shared[cols] / SD_B**2
    hss[cols, cols] += SD_B**-2
    cost += 0.5 * float((shared[cols] ** 2).sum()) / SD_B**2
    if lay.has_years:
        cols = np.arange(lay.year_place, lay.step_place)
        deviation = np.outer(np.sqrt(np.diff(problem.times)), scales.year).ravel()
        miss = shared[cols] / deviation
        gs[cols] += miss / deviation
        hss[cols, cols] += deviation**-2
        cost += 0.5 * float(miss @ miss)
    if lay.has_step:
        size = float(shared[lay.step_place])
        gs[lay.step_place] += size / SD_STEP**2
        hss[lay.step_place, lay.step_place] += SD_STEP**-2
        cost += 0.5 * size**2 / SD_STEP**2
    return cost


def assemble(problem: Problem, scales: Scales, local: Array, shared: Array, loose: Array) -> tuple[Array, ...]:
    """Cost, normal matrix blocks and gradients at these unknowns, priors included."""
    lay = problem.layout
    step = problem.step or Step(-1, 0, np.zeros(lay.regions, bool))
    with np.errstate(all="ignore"):
        if lay.with_states:
            cost, *blocks, residual, jacobian = assemble_states(
                problem.times,
                problem.logs,
                problem.seen,
                problem.first,
                problem.last,
                local,
                shared,
                scales.measurement,
                process_precision(scales),
                loose,
                lay.poles,
                lay.is_partial,
                lay.has_years,
                lay.year_place,
                step.pole,
                step.begins,
                lay.step_place,
                step.hits,
                problem.substeps,
            )
        else:
            cost, *blocks, residual, jacobian = assemble_path(
                problem.times,
                problem.logs,
                problem.seen,
                problem.first,
                problem.last,
                local,
                shared,
                scales.measurement,
                loose,
                lay.poles,
                lay.is_partial,
                problem.substeps,
            )
    cost += _prior(problem, scales, local, shared, tuple(blocks))
    return (cost, *blocks, residual, jacobian)
