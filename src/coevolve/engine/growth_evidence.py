"""How well noise scales explain a panel: their posterior density by Laplace's method, with its gradient.

The scales are unknown too: `Names` says which of them stand where in the vector eta of their logs; `log_evidence` is
the density of eta after the states, rates, capacities and b have been integrated over at their mode.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .growth_descent import Mode
from .growth_fit import Layout, Problem, Scales

Array = NDArray[np.float64]

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
    inside = problem.seen & window(problem)
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


def window(problem: Problem) -> NDArray[np.bool_]:
    """Which times lie between the first and the last that a region was seen, (region, time, 1)."""
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
