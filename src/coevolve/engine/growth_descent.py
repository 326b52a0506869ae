"""The most probable unknowns of the growth equations for given noise scales, and how far their mean lies from there.

Every region has its own block of unknowns, all regions share a few more, so the normal matrix of `growth_fit` is an
arrow: local blocks are eliminated region by region and only the shared block is solved jointly (Schur complement).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .growth_fit import Problem, Scales, assemble

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Mode:
    """The most probable unknowns for given scales, and the curvature there.

    `cost` is half the weighted sum of squares; `log_det` of the whole normal matrix; `lower` and `gain` factor the
    local blocks: local | shared is normal with precision `local_precision` and slope `-gain`.
    """

    local: Array  # (region, unknown)
    shared: Array
    cost: float
    local_precision: Array  # (region, unknown, unknown)
    gain: Array  # (region, unknown, shared)
    shared_precision: Array
    log_det: float
    residual: Array  # (region, interval or time, pole)
    jacobian: Array
    settled: bool
    steps: int


def fit_mode(
    problem: Problem, scales: Scales, start: tuple[Array, Array], *, tolerance: float = 1e-3, limit: int = 40
) -> Mode:
    """The most probable unknowns for given scales, by Levenberg-Marquardt with forward sensitivities.

    Converged when the predicted fall of the cost is below `tolerance` (in log units of posterior density).
    """
    loose = problem.filled()
    local, shared = start[0].copy(), start[1].copy()
    state = assemble(problem, scales, local, shared, loose)
    damping, settled, taken = 0.0, False, 0
    for _ in range(limit):
        taken += 1
        cost, hll, hls, hss, gl, gs = state[:6]
        move_local, move_shared = _solve(hll, hls, hss, gl, gs, damping)
        promise = 0.5 * float((move_local * gl).sum() + move_shared @ gs)
        if not np.isfinite(promise):
            damping = max(10.0 * damping, 1e-3)
            continue
        if promise < tolerance and damping < 1e-2:
            settled = True
            break
        trial = (local - move_local, shared - move_shared)
        new = assemble(problem, scales, *trial, loose)
        ratio = float((cost - new[0]) / promise) if np.isfinite(new[0]) else -1.0
        if ratio > 1e-4:
            local, shared, state = *trial, new
        damping = _damping(damping, ratio)
        if damping > 1e8:
            break
    return _mode(local, shared, state, settled, taken)


def _damping(damping: float, ratio: float) -> float:
    """The next damping, from the share of the promised fall that was kept."""
    if ratio > 0.75:
        return damping / 5.0 if damping > 1e-5 else 0.0
    return damping if ratio > 0.25 else max(4.0 * damping, 1e-4)


def _solve(hll: Array, hls: Array, hss: Array, gl: Array, gs: Array, damping: float) -> tuple[Array, Array]:
    index = np.arange(hll.shape[1])
    damped = hll.copy()
    damped[:, index, index] *= 1.0 + damping
    both = np.linalg.solve(damped, np.concatenate([hls, gl[:, :, None]], axis=2))
    gain, own = both[:, :, :-1], both[:, :, -1]
    if not len(gs):
        return own, np.zeros(0)
    schur = hss + damping * np.diag(np.diag(hss)) - _contract(hls, gain)
    move = np.linalg.solve(schur, gs - np.einsum("rls,rl->s", hls, own))
    return own - gain @ move, move


def _contract(left: Array, right: Array) -> Array:
    """Sum over regions and local unknowns of left (region, local, a) times right (region, local, b)."""
    return np.asarray(left.reshape(-1, left.shape[2]).T @ right.reshape(-1, right.shape[2]))


def _mode(local: Array, shared: Array, state: tuple[Array, ...], settled: bool, steps: int) -> Mode:
    cost, hll, hls, hss = state[:4]
    gain: Array = np.linalg.solve(hll, hls).astype(np.float64)
    schur: Array = hss - _contract(hls, gain)
    log_det = float(np.linalg.slogdet(hll)[1].sum())
    if len(shared):
        log_det += float(np.linalg.slogdet(schur)[1])
    return Mode(
        local, shared, float(cost), hll, gain, 0.5 * (schur + schur.T), log_det, state[6], state[7], settled, steps
    )


def best_mode(problem: Problem, scales: Scales) -> tuple[Mode, int]:
    """The best of several starts, and how many of them reached it (within .5 of log density)."""
    modes = [fit_mode(problem, scales, start, tolerance=0.01, limit=60) for start in problem.starts()]
    best = min(modes, key=lambda mode: mode.cost if np.isfinite(mode.cost) else np.inf)
    agreeing = sum(abs(mode.cost - best.cost) < 0.5 for mode in modes)
    return fit_mode(problem, scales, (best.local, best.shared)), agreeing


def mean_shift(
    problem: Problem, scales: Scales, mode: Mode, step: float = 0.3, most: float = 2.0
) -> tuple[Array, Array]:
    """How far the posterior mean of each unknown lies from its mode, to first order: (local, shared).

        E[theta] - mode = -(1/2) H^-1 grad log|H|                                   Tierney & Kadane (1986)

    Shared unknowns feel the volume of all regions' local blocks: without this shift many regions, each a little
    skewed, add up to a shared error. Slopes are central differences over `step` standard deviations; no shift is
    larger than `most` of them.
    """
    lay, loose = problem.layout, problem.filled()

    def log_dets(local: Array, shared: Array) -> Array:
        return np.asarray(np.linalg.slogdet(assemble(problem, scales, local, shared, loose)[1])[1])

    own = np.linalg.inv(mode.local_precision)
    local_sd = np.sqrt(np.diagonal(own, axis1=1, axis2=2))
    slopes = np.zeros_like(mode.local)
    for j in range(lay.local):
        move = np.zeros_like(mode.local)
        move[:, j] = step * local_sd[:, j]
        rise = log_dets(mode.local + move, mode.shared) - log_dets(mode.local - move, mode.shared)
        slopes[:, j] = rise / (2.0 * move[:, j])
    local_shift = -0.5 * np.einsum("rij,rj->ri", own, slopes)
    if not len(mode.shared):
        return np.clip(local_shift, -most * local_sd, most * local_sd), np.zeros(0)
    joint = np.linalg.inv(mode.shared_precision)
    shared_sd = np.sqrt(np.diag(joint))
    pull = np.zeros_like(mode.shared)
    for j in range(lay.year_place):
        move = np.zeros_like(mode.shared)
        move[j] = step * shared_sd[j]
        follow = mode.gain @ move
        up, down = log_dets(mode.local - follow, mode.shared + move), log_dets(mode.local + follow, mode.shared - move)
        pull[j] = float((up - down).sum()) / (2.0 * move[j])
    shared_shift = -0.5 * joint @ pull
    return (
        np.clip(local_shift, -most * local_sd, most * local_sd),
        np.clip(shared_shift, -most * shared_sd, most * shared_sd),
    )
