"""How sure one can be of the growth equations: noise scales integrated over, unknowns drawn.

Three stories about noise, each a likelihood over the same equations:

    state-space   growth itself is noisy and counting is noisy; both scales are unknown
    one-step      growth is noisy, counting is exact: each year is predicted from the year before
    measurement   growth is exact, counting is noisy: one smooth path (what curve fitting assumes; too sure of itself
                  as soon as growth is noisy)

Process noise is correlated between the poles of a region; a common year effect by pole is shared by all regions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .growth_fit import (
    SD_CAPACITY_EACH,
    Layout,
    Mode,
    Problem,
    Scales,
    best_mode,
    fit_mode,
    mean_shift,
    process_precision,
)
from .infer import Scan, arrow_draws, scan_scales, share_draws

Array = NDArray[np.float64]
Tick = Callable[[int, int], None]

EXACT = 5e-4  # sd given to measurement when counting is taken as exact
STILL = 1e-6  # sd that stands in where a scale is not in use
NOISE = (np.log(0.02), 1.2)  # prior mean and sd of the log of every noise scale: .02 (.002 to .2)
SPREAD = (np.log(0.4), 0.7)  # of the log spread over regions of log rate
SPREAD_B = (np.log(0.15), 0.7)  # of the log spread over regions of b
TIE = (0.0, 1.0)  # of the logit of the correlation between poles


@dataclass(frozen=True)
class Names:
    """Which scales are unknown and where each stands in the vector eta of their logs."""

    poles: int
    measurement: bool
    process: bool
    year: bool
    grouped: bool
    partial: bool

    @classmethod
    def of(cls, layout: Layout, noise: str) -> Names:
        return cls(
            layout.poles,
            noise != "one-step",
            noise != "measurement",
            layout.has_years,
            layout.is_grouped,
            layout.is_partial,
        )

    @property
    def parts(self) -> list[tuple[str, int, tuple[float, float]]]:
        n = self.poles
        every = [
            ("measurement", n if self.measurement else 0, NOISE),
            ("process", n if self.process else 0, NOISE),
            ("correlation", 1 if self.process and n > 1 else 0, TIE),
            ("year", n if self.year else 0, NOISE),
            ("spread_rate", int(self.grouped), SPREAD),
            ("spread_b", int(self.partial), SPREAD_B),
        ]
        return [part for part in every if part[1]]

    @property
    def place(self) -> dict[str, slice]:
        found, start = {}, 0
        for name, count, _ in self.parts:
            found[name] = slice(start, start + count)
            start += count
        return found

    @property
    def prior(self) -> tuple[Array, Array]:
        centre = np.concatenate([np.full(count, prior[0]) for _, count, prior in self.parts])
        width = np.concatenate([np.full(count, prior[1]) for _, count, prior in self.parts])
        return centre, width

    def start(self, roughness: Array) -> Array:
        """Where the search for the scales begins: noise as rough as the series, all else at the prior's centre."""
        eta = self.prior[0].copy()
        for name in ("measurement", "process"):
            if name in self.place:
                eta[self.place[name]] = np.log(roughness)
        return eta

    def correlation(self, logit: float) -> float:
        """Between poles of one region; bounded so that the covariance stays positive definite."""
        low, high = -0.9 / max(1, self.poles - 1), 0.95
        return float(low + (high - low) / (1.0 + np.exp(-logit)))

    def scales(self, eta: Array) -> Scales:
        n, place = self.poles, self.place

        def take(name: str, otherwise: float, size: int) -> Array:
            return np.exp(eta[place[name]]) if name in place else np.full(size, otherwise)

        tie = self.correlation(float(eta[place["correlation"]][0])) if "correlation" in place else 0.0
        return Scales(
            take("measurement", EXACT, n),
            take("process", STILL, n),
            tie,
            take("year", STILL, n),
            float(take("spread_rate", 1.0, 1)[0]),
            float(take("spread_b", 1.0, 1)[0]),
        )


@njit(cache=True)
def _gather(residual, jacobian, own, cross, joint, places, split, out):  # type: ignore[no-untyped-def]
    """Adds residual outer product plus J C J' to `out`; C is gathered from the local, cross and shared covariances."""
    n, columns = jacobian.shape
    small = np.empty((columns, columns))
    for a in range(columns):
        pa = places[a]
        for c in range(columns):
            pc = places[c]
            if pa < split:
                small[a, c] = own[pa, pc] if pc < split else cross[pa, pc - split]
            else:
                small[a, c] = cross[pc, pa - split] if pc < split else joint[pa - split, pc - split]
    spread = jacobian @ small @ jacobian.T
    for i in range(n):
        for j in range(n):
            out[i, j] += residual[i] * residual[j] + spread[i, j]


@njit(cache=True)
def _squares(  # type: ignore[no-untyped-def]
    residual,
    jacobian,
    own,
    cross,
    joint,
    times,
    seen,
    first,
    last,
    n,
    with_states,
    is_partial,
    has_years,
    year_place,
    nl,
):
    """Expected squares: of the flow residuals (pole, pole) per period, and of the measurement residuals (pole,)."""
    regions, count = seen.shape[0], seen.shape[1]
    pairs = n * (n - 1)
    theta = (count if with_states else 1) * n
    flow, seen_squares, one = np.zeros((n, n)), np.zeros(n), np.zeros((n, n))
    places = np.zeros(jacobian.shape[3], np.int64)
    for r in range(regions):
        steps = range(first[r], last[r]) if with_states else range(first[r], last[r] + 1)
        for k in steps:
            used = 0
            for j in range(n):
                places[used + j] = (k * n if with_states else 0) + j
                places[used + n + j] = theta + j
                places[used + 2 * n + j] = theta + n + j
            used = 3 * n
            for c in range(pairs):
                places[used + c] = (theta + 2 * n if is_partial else nl) + c
            used += pairs
            if with_states:
                for i in range(n):
                    places[used + i] = (k + 1) * n + i
                used += n
                if has_years:
                    for i in range(n):
                        places[used + i] = nl + year_place + k * n + i
                    used += n
            one[:] = 0.0
            jac = np.ascontiguousarray(jacobian[r, k][:, :used])
            _gather(residual[r, k], jac, own[r], cross[r], joint, places[:used], nl, one)
            if with_states:
                flow += one / (times[k + 1] - times[k])
            else:
                for i in range(n):
                    if seen[r, k, i]:
                        seen_squares[i] += one[i, i]
    return flow, seen_squares


@dataclass(frozen=True)
class Covariance:
    """Covariances at a mode: within each region's block, with the shared block, and of the shared block."""

    own: Array
    cross: Array
    joint: Array

    @classmethod
    def at(cls, mode: Mode) -> Covariance:
        own = np.asarray(np.linalg.inv(mode.local_precision), np.float64)
        if not len(mode.shared):
            return cls(own, np.zeros((*mode.local.shape, 0)), np.zeros((0, 0)))
        joint = np.asarray(np.linalg.inv(mode.shared_precision), np.float64)
        cross = -mode.gain @ joint
        return cls(own - cross @ np.swapaxes(mode.gain, 1, 2), cross, joint)


def log_evidence(problem: Problem, names: Names, eta: Array, mode: Mode) -> tuple[float, Array]:
    """Log posterior density of the log scales (up to a constant) by Laplace's method, and its gradient.

    The gradient is Fisher's: expected squares of residuals under the normal approximation at the mode.
    """
    lay, scales, place = problem.layout, names.scales(eta), names.place
    n = lay.poles
    cov = Covariance.at(mode)
    flow, squares = _squares(
        mode.residual,
        mode.jacobian,
        cov.own,
        cov.cross,
        cov.joint,
        problem.times,
        problem.seen,
        problem.first,
        problem.last,
        n,
        lay.with_states,
        lay.is_partial,
        lay.has_years,
        lay.year_place,
        lay.local,
    )
    inside = problem.seen & _window(problem)
    counts = inside.sum(axis=(0, 1)).astype(float)
    if lay.with_states:
        states = mode.local[:, : lay.states].reshape(lay.regions, lay.times, n)
        spread = np.diagonal(cov.own, axis1=1, axis2=2)[:, : lay.states].reshape(states.shape)
        squares = np.where(inside, (states - problem.logs) ** 2 + spread, 0.0).sum(axis=(0, 1))
    value = -mode.cost - 0.5 * mode.log_det
    gradient = np.zeros_like(eta)
    if "measurement" in place:
        value -= float(counts @ np.log(scales.measurement))
        gradient[place["measurement"]] = squares / scales.measurement**2 - counts
    if "process" in place:
        intervals = float((problem.last - problem.first).sum())
        value += _flow_density(names, eta, intervals, None)
        for k in [*range(*place["process"].indices(len(eta))), *_range(place, "correlation", len(eta))]:
            up, down = eta.copy(), eta.copy()
            up[k] += 1e-5
            down[k] -= 1e-5
            rise = _flow_density(names, up, intervals, flow) - _flow_density(names, down, intervals, flow)
            gradient[k] = rise / 2e-5
    for name, total, count in _spread_squares(problem, mode, cov):
        scale = np.exp(eta[place[name]])
        value -= float(np.sum(count * np.log(scale)))
        gradient[place[name]] = total / scale**2 - count
    centre, width = names.prior
    away = (eta - centre) / width
    return value - 0.5 * float(away @ away), gradient - away / width


def _range(place: dict[str, slice], name: str, size: int) -> range:
    return range(*place[name].indices(size)) if name in place else range(0)


def _window(problem: Problem) -> NDArray[np.bool_]:
    step = np.arange(problem.layout.times)
    return np.asarray((step >= problem.first[:, None]) & (step <= problem.last[:, None]))[:, :, None]


def _flow_density(names: Names, eta: Array, intervals: float, squares: Array | None) -> float:
    scales = names.scales(eta)
    n = names.poles
    tie = np.full((n, n), scales.correlation)
    np.fill_diagonal(tie, 1.0)
    covariance = tie * np.outer(scales.process, scales.process)
    value = -0.5 * intervals * float(np.linalg.slogdet(covariance)[1])
    return value if squares is None else value - 0.5 * float(np.trace(np.linalg.solve(covariance, squares)))


def _spread_squares(problem: Problem, mode: Mode, cov: Covariance) -> list[tuple[str, Array, float]]:
    """Expected squares of year effects and of regional deviations, with how many there are."""
    lay = problem.layout
    n, at = lay.poles, lay.states
    found: list[tuple[str, Array, float]] = []
    if lay.has_years:
        effects = mode.shared[lay.year_place :].reshape(-1, n)
        spread = np.diag(cov.joint)[lay.year_place :].reshape(-1, n)
        total = ((effects**2 + spread) / np.diff(problem.times)[:, None]).sum(axis=0)
        found.append(("year", total, float(lay.times - 1)))
    if lay.is_grouped:
        rows, cols = np.arange(at, at + n), np.arange(lay.pairs, lay.pairs + n)
        found.append(("spread_rate", _deviation(mode, cov, rows, cols), float(lay.regions * n)))
    if lay.is_partial:
        rows, cols = np.arange(at + 2 * n, lay.local), np.arange(lay.pairs)
        found.append(("spread_b", _deviation(mode, cov, rows, cols), float(lay.regions * lay.pairs)))
    return found


def _deviation(mode: Mode, cov: Covariance, rows: NDArray[np.int64], cols: NDArray[np.int64]) -> Array:
    miss = mode.local[:, rows] - mode.shared[cols]
    spread = cov.own[:, rows, rows] - 2.0 * cov.cross[:, rows, cols] + cov.joint[cols, cols]
    return np.array([float((miss**2 + spread).sum())])


def region_scores(problem: Problem, scales: Scales, mode: Mode) -> Array:
    """What each region pulls on the shared unknowns at the mode, (region, shared); with the priors they sum to zero."""
    lay = problem.layout
    n, at, place = lay.poles, lay.states, lay.year_place
    scores = np.zeros((lay.regions, lay.shared))
    if lay.with_states:
        weighted = np.einsum("ij,rkj->rki", process_precision(scales), mode.residual)
        weighted = weighted / np.diff(problem.times)[None, :, None]
    else:
        weighted = mode.residual / scales.measurement**2
    if not lay.is_partial:
        columns = mode.jacobian[..., 3 * n : 3 * n + lay.pairs]
        scores[:, : lay.pairs] += np.einsum("rkic,rki->rc", columns, weighted)
    if lay.has_years:
        scores[:, place:] -= weighted.reshape(lay.regions, -1)
    if lay.is_grouped:
        spread = np.repeat([scales.spread_rate, SD_CAPACITY_EACH], n)
        value = mode.local[:, at : at + 2 * n].copy()
        value[:, n:] -= problem.anchor
        scores[:, lay.pairs : place] -= (value - mode.shared[lay.pairs : place]) / spread**2
    if lay.is_partial:
        miss = mode.local[:, at + 2 * n :] - mode.shared[: lay.pairs]
        scores[:, : lay.pairs] -= miss / scales.spread_b**2
    return scores


def widening(problem: Problem, scales: Scales, mode: Mode) -> Array:
    """By how much the sd of each shared b grows when regions are let speak for themselves: one or more, (pair,).

    The ratio of the region-robust sd (regions as clusters, Liang & Zeger 1986) to that of the model: where regions
    disagree more than the equations allow, the interval of the shared b follows the regions.
    """
    lay = problem.layout
    if lay.regions < 5:
        return np.ones(lay.pairs)
    joint = np.linalg.inv(mode.shared_precision)
    scores = region_scores(problem, scales, mode)
    scores = scores - scores.mean(axis=0)
    meat = scores.T @ scores * lay.regions / (lay.regions - 1.0)
    robust = np.diag(joint @ meat @ joint)[: lay.pairs]
    return np.sqrt(np.maximum(1.0, robust / np.diag(joint)[: lay.pairs]))


@dataclass(frozen=True)
class Posterior:
    """Draws of everything: `rate`, `capacity` (draw, region, pole), `symbiosis` (draw, region, pole, pole),
    `group_symbiosis` (draw, pole, pole) the shared or mean b, `log_last` (draw, region, pole) log scale at the last
    time, `measurement`, `process`, `year` (draw, pole), `correlation` (draw,), spreads (draw,), and `level`
    (draw, region, time, pole) the log scale at every time. `starts_agreeing` of `starts` reached the best mode;
    the shared b is widened by `widened` (pair,) where regions disagree more than the model allows."""

    rate: Array
    capacity: Array
    symbiosis: Array
    group_symbiosis: Array
    log_last: Array
    level: Array
    measurement: Array
    process: Array
    year: Array
    correlation: Array
    spread_rate: Array
    spread_b: Array
    scan: Scan
    starts: int
    starts_agreeing: int
    steps: int
    settled: bool
    widened: Array


def posterior(
    problem: Problem,
    noise: str,
    random: np.random.Generator,
    *,
    draws: int = 1000,
    points: int = 32,
    tick: Tick | None = None,
) -> Posterior:
    """Fits the growth equations to a panel and draws from what is known after it.

    Multi-start mode at scales as rough as the series, then the scales are searched and integrated over (`scan_scales`).
    `tick(done, of)` is called after each evaluation; about 40 + points of them.
    """
    names = Names.of(problem.layout, noise)
    begin = names.start(problem.roughness())
    first, agreeing = best_mode(problem, names.scales(begin))
    last, modes, count = first, {}, 0

    def density(eta: Array) -> tuple[float, Array]:
        nonlocal last, count
        mode = fit_mode(problem, names.scales(eta), (last.local, last.shared))
        if np.isfinite(mode.log_det):
            last = mode
        modes[eta.tobytes()] = mode
        count += 1
        if tick is not None:
            tick(min(count, 40 + points), 40 + points)
        return log_evidence(problem, names, eta, mode)

    scan = scan_scales(density, begin, random, points)
    centre = modes[scan.points[0].tobytes()]
    if not centre.settled:
        centre = fit_mode(problem, names.scales(scan.points[0]), (centre.local, centre.shared), limit=200)
        modes[scan.points[0].tobytes()] = centre
    local, shared, etas = _drawn(problem, names, scan, modes, centre, draws, random)
    return _unpack(
        problem,
        names,
        local,
        shared,
        etas,
        scan,
        len(problem.starts()),
        agreeing,
        centre,
        widening(problem, names.scales(scan.points[0]), centre),
    )


def _drawn(
    problem: Problem,
    names: Names,
    scan: Scan,
    modes: Mapping[bytes, Mode],
    centre: Mode,
    draws: int,
    random: np.random.Generator,
) -> tuple[Array, Array, Array]:
    """Draws of local and shared unknowns and of the scales, each point of the scales with its share of them."""
    shift_local, shift_shared = mean_shift(problem, names.scales(scan.points[0]), centre)
    local, shared, etas = [], [], []
    for point, number in zip(scan.points, share_draws(scan.weights, draws), strict=True):
        if number:
            mode = modes[point.tobytes()]
            one = arrow_draws(
                mode.local + shift_local - mode.gain @ shift_shared,
                mode.shared + shift_shared,
                mode.local_precision,
                mode.gain,
                mode.shared_precision,
                int(number),
                random,
            )
            local.append(one[0])
            shared.append(one[1])
            etas.append(np.repeat(point[None], int(number), axis=0))
    return np.concatenate(local), np.concatenate(shared), np.concatenate(etas)


def _unpack(
    problem: Problem,
    names: Names,
    local: Array,
    shared: Array,
    etas: Array,
    scan: Scan,
    starts: int,
    agreeing: int,
    centre: Mode,
    wider: Array,
) -> Posterior:
    lay = problem.layout
    n, at, draws = lay.poles, lay.states, len(local)
    off = ~np.eye(n, dtype=bool)
    group = np.zeros((draws, n, n))
    middle = shared[:, : lay.pairs].mean(axis=0)
    group[:, off] = middle + (shared[:, : lay.pairs] - middle) * wider
    each = np.zeros((draws, lay.regions, n, n))
    each[:, :, off] = local[:, :, at + 2 * n :] if lay.is_partial else shared[:, None, : lay.pairs]
    rate, log_capacity = np.exp(local[:, :, at : at + n]), local[:, :, at + n : at + 2 * n]
    if lay.with_states:
        level = local[:, :, :at].reshape(draws, lay.regions, lay.times, n)
    else:
        from .growth import paths

        level = np.empty((draws, lay.regions, lay.times, n))
        for r in range(lay.regions):
            spans = np.diff(problem.times[problem.first[r] :])
            level[:, r, : problem.first[r]] = np.nan
            level[:, r, problem.first[r] :] = paths(
                local[:, r, :n], rate[:, r], np.exp(log_capacity[:, r]), each[:, r], spans, None, problem.substeps
            )
    scales = [names.scales(eta) for eta in etas]
    return Posterior(
        rate=rate,
        capacity=np.exp(log_capacity),
        symbiosis=each,
        group_symbiosis=group,
        log_last=level[:, np.arange(lay.regions), problem.last],
        level=level,
        measurement=np.array([s.measurement for s in scales]),
        process=np.array([s.process for s in scales]),
        year=np.array([s.year for s in scales]),
        correlation=np.array([s.correlation for s in scales]),
        spread_rate=np.array([s.spread_rate for s in scales]),
        spread_b=np.array([s.spread_b for s in scales]),
        scan=scan,
        starts=starts,
        starts_agreeing=agreeing,
        steps=centre.steps,
        settled=centre.settled and scan.settled,
        widened=wider,
    )
