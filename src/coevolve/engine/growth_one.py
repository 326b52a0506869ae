"""One region's growth equations fitted to its counts: the compiled inner loop of `growth_batch`.

Unknowns and their order are those of `growth_batch`; everything here is about one region, one smooth path.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .growth import advance_with_sensitivity

# Degrees of freedom of the prior of b: most effects are small, but a large one is not dragged to zero
TAIL = 3.0
ROUNDS = 40  # of noise scale and mode, at most; four or five are usual
FALL = 4.0  # noise falls no faster than this from round to round, so that the mode can follow
FLOOR = 1e-7  # noise of counting is never taken to be less, in logs
NEAR = 0.5  # starts within this much log density of the best agree with it


@njit(cache=True, nogil=True)
def _interaction_of(theta, n, matrix):  # type: ignore[no-untyped-def]
    place = 3 * n
    for i in range(n):
        for j in range(n):
            matrix[i, j] = 1.0
            if j != i:
                matrix[i, j] = theta[place]
                place += 1


@njit(cache=True, nogil=True)
def _assemble(times, logs, begin, end, theta, sigma, centre, spread, substeps, hess, grad, jac, miss):  # type: ignore[no-untyped-def]
    """Cost of one region at `theta`; fills the normal matrix, gradient, Jacobian (time, pole, unknown), residuals."""
    n, size = logs.shape[1], theta.shape[0]
    columns = size - n
    work, sens = np.empty((5, n, columns)), np.zeros((n, columns))
    matrix, rate, w = np.empty((n, n)), np.empty(n), np.empty(n)
    _interaction_of(theta, n, matrix)
    hess[:] = 0.0
    cost = 0.0
    for a in range(size):
        far = (theta[a] - centre[a]) / spread[a]
        pull = 1.0
        if a < 3 * n:
            cost += 0.5 * far * far
        else:
            cost += 0.5 * (TAIL + 1.0) * np.log1p(far * far / TAIL)
            pull = (TAIL + 1.0) / (TAIL + far * far)
        grad[a] = pull * far / spread[a]
        hess[a, a] = pull / spread[a] ** 2
    for i in range(n):
        rate[i] = np.exp(theta[n + i])
        w[i] = theta[i] - theta[2 * n + i]
        sens[i, i] = 1.0
    for k in range(begin, end + 1):
        if k > begin:
            advance_with_sensitivity(w, sens, rate, matrix, times[k] - times[k - 1], substeps, work)
        for i in range(n):
            if not np.isfinite(logs[k, i]):
                miss[k, i] = np.nan
                continue
            row = jac[k, i]
            for c in range(2 * n):
                row[c] = sens[i, c]
            for j in range(n):
                row[2 * n + j] = -sens[i, j]
            row[2 * n + i] += 1.0
            for c in range(2 * n, columns):
                row[n + c] = sens[i, c]
            gap = w[i] + theta[2 * n + i] - logs[k, i]
            miss[k, i] = gap
            weight = 1.0 / sigma[i] ** 2
            cost += 0.5 * gap * gap * weight
            for a in range(size):
                pull = row[a] * weight
                grad[a] += pull * gap
                for c in range(a + 1):
                    hess[a, c] += pull * row[c]
    return cost


@njit(cache=True, nogil=True)
def _factor(hess, damping, lower):  # type: ignore[no-untyped-def]
    """Cholesky factor of the normal matrix with its diagonal raised by the share `damping`; False where it fails."""
    size = hess.shape[0]
    for a in range(size):
        for c in range(a + 1):
            total = hess[a, c] * (1.0 + damping) if a == c else hess[a, c]
            for e in range(c):
                total -= lower[a, e] * lower[c, e]
            if a == c:
                if not total > 0.0 or not np.isfinite(total):
                    return False
                lower[a, a] = np.sqrt(total)
            else:
                lower[a, c] = total / lower[c, c]
    return True


@njit(cache=True, nogil=True)
def _solve(lower, right, out):  # type: ignore[no-untyped-def]
    size = right.shape[0]
    for a in range(size):
        total = right[a]
        for e in range(a):
            total -= lower[a, e] * out[e]
        out[a] = total / lower[a, a]
    for a in range(size - 1, -1, -1):
        total = out[a]
        for e in range(a + 1, size):
            total -= lower[e, a] * out[e]
        out[a] = total / lower[a, a]


@njit(cache=True, nogil=True)
def _descend(times, logs, begin, end, theta, sigma, centre, spread, substeps, tolerance, limit, hess, jac, miss):  # type: ignore[no-untyped-def]
    """Levenberg-Marquardt from `theta`, in place; the cost there and whether it settled.

    Settled when the fall of the cost that the model promises is below `tolerance`. Leaves the normal matrix,
    Jacobian and residuals of the last accepted point.
    """
    size = theta.shape[0]
    grad, new_grad = np.empty(size), np.empty(size)
    lower, new_hess = np.zeros((size, size)), np.empty((size, size))
    new_jac, new_miss = np.zeros(jac.shape), np.empty(miss.shape)
    move, trial = np.empty(size), np.empty(size)
    cost = _assemble(times, logs, begin, end, theta, sigma, centre, spread, substeps, hess, grad, jac, miss)
    damping = 0.0
    for _ in range(limit):
        if not np.isfinite(cost) or damping > 1e8:
            return cost, False
        if not _factor(hess, damping, lower):
            damping = max(10.0 * damping, 1e-3)
            continue
        _solve(lower, grad, move)
        promise = 0.0
        for a in range(size):
            promise += 0.5 * move[a] * grad[a]
            trial[a] = theta[a] - move[a]
        if promise < tolerance and damping < 1e-2:
            return cost, True
        fresh = _assemble(
            times, logs, begin, end, trial, sigma, centre, spread, substeps, new_hess, new_grad, new_jac, new_miss
        )
        ratio = (cost - fresh) / promise if np.isfinite(fresh) else -1.0
        if ratio > 1e-4:
            cost = fresh
            theta[:] = trial
            grad[:] = new_grad
            hess[:] = new_hess
            jac[:] = new_jac
            miss[:] = new_miss
        if ratio > 0.75:
            damping = damping / 5.0 if damping > 1e-5 else 0.0
        elif ratio <= 0.25:
            damping = max(4.0 * damping, 1e-4)
    return cost, False


@njit(cache=True, nogil=True)
def _noise(lower, jac, miss, begin, end, sigma, floor):  # type: ignore[no-untyped-def]
    """New noise by pole: what the fit leaves over the points it does not use up; and the fewest points left.

    sigma_i^2 = sum_k miss_ki^2 / (points_i - used_i),   used_i = sum_k J_ki H^-1 J_ki' / sigma_i^2
    """
    n, size = jac.shape[1], jac.shape[2]
    half, fresh = np.empty(size), np.empty(n)
    fewest = np.inf
    for i in range(n):
        points, used, left = 0, 0.0, 0.0
        for k in range(begin, end + 1):
            if not np.isfinite(miss[k, i]):
                continue
            points += 1
            left += miss[k, i] ** 2
            for a in range(size):
                total = jac[k, i, a]
                for e in range(a):
                    total -= lower[a, e] * half[e]
                half[a] = total / lower[a, a]
                used += (half[a] / sigma[i]) ** 2
        free = max(points - used, 1.0)
        fewest = min(fewest, free)
        fresh[i] = max(np.sqrt(left / free), floor)
    return fresh, fewest


@njit(cache=True, nogil=True)
def _fit_one(times, logs, begin, end, starts, sigma, centre, spread, substeps, theta, covariance):  # type: ignore[no-untyped-def]
    """The best of the starts, then noise and mode in turn until the noise stands still (1 %).

    Fills `theta`, `sigma` and `covariance`; gives cost, points left, starts agreeing, and whether it settled.
    """
    size, count, n = theta.shape[0], logs.shape[0], logs.shape[1]
    hess, lower = np.empty((size, size)), np.zeros((size, size))
    jac, miss = np.zeros((count, n, size)), np.empty((count, n))
    costs = np.empty(starts.shape[0])
    best = -1
    for s in range(starts.shape[0]):
        costs[s] = _descend(
            times, logs, begin, end, starts[s], sigma, centre, spread, substeps, 0.01, 60, hess, jac, miss
        )[0]
        if np.isfinite(costs[s]) and (best < 0 or costs[s] < costs[best]):
            best = s
    if best < 0:
        return np.nan, np.nan, 0, False
    agreeing = int((np.abs(costs - costs[best]) < NEAR).sum())
    theta[:] = starts[best]
    still = False
    cost, dof, settled = np.nan, np.nan, False
    for turn in range(ROUNDS):
        cost, settled = _descend(
            times, logs, begin, end, theta, sigma, centre, spread, substeps, 1e-6, 60, hess, jac, miss
        )
        if not _factor(hess, 0.0, lower):
            return cost, np.nan, agreeing, False
        fresh, dof = _noise(lower, jac, miss, begin, end, sigma, FLOOR)
        if still or turn == ROUNDS - 1:
            break
        still = True
        for i in range(n):
            still = still and abs(np.log(fresh[i] / sigma[i])) < 0.01
            sigma[i] = max(fresh[i], sigma[i] / FALL)
    unit = np.zeros(size)
    for a in range(size):
        unit[:] = 0.0
        unit[a] = 1.0
        _solve(lower, unit, covariance[a])
    return cost, dof, agreeing, settled and still


@njit(cache=True, nogil=True)
def fit_regions(  # type: ignore[no-untyped-def]
    times, logs, first, last, starts, sigma, centre, spread, substeps, theta, covariance, told, agreeing, settled
):
    """Region after region; fills unknowns, covariance, noise, `told` (cost, points left), `agreeing` and `settled`.

    `starts` (region, start, unknown) and `sigma` (region, pole) are where it begins, and are overwritten; priors by
    `centre` (region, unknown) and scale `spread` (unknown,).
    """
    for r in range(logs.shape[0]):
        told[r, 0], told[r, 1], agreeing[r], settled[r] = _fit_one(
            times,
            logs[r],
            first[r],
            last[r],
            starts[r],
            sigma[r],
            centre[r],
            spread,
            substeps,
            theta[r],
            covariance[r],
        )
