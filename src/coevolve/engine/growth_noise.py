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
from numpy.typing import NDArray

from .growth_descent import Mode, best_mode, fit_mode, mean_shift
from .growth_evidence import Names, log_evidence
from .growth_fit import SD_CAPACITY_EACH, Problem, Scales, process_precision
from .infer import Scan, arrow_draws, scan_scales, share_draws

Array = NDArray[np.float64]
Tick = Callable[[int, int], None]


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
