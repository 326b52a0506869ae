"""Residuals of the growth equations and their normal matrix, region by region: the compiled inner loop of every fit.

Unknowns and layout are those of `growth_fit`. Two kinds of residual: between states (each misses the flow from the
one before, each observation misses its state) and along one smooth path (each observation misses the path).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .growth import advance_with_sensitivity

Array = NDArray[np.float64]

LOOSE_START = 3.0  # sd of the prior of the first state about the first observed value, in logs


@njit(cache=True)
def _matrix_of(pairs: Array, n: int) -> Array:
    matrix = np.eye(n)
    place = 0
    for i in range(n):
        for j in range(n):
            if j != i:
                matrix[i, j] = pairs[place]
                place += 1
    return matrix


@njit(cache=True)
def _add(residual, jacobian, weight, places, split, hll, hls, hss, gl, gs):  # type: ignore[no-untyped-def]
    """Adds one weighted residual vector with Jacobian columns at `places` (below `split` local, else shared)."""
    n, columns = jacobian.shape
    weighted = weight @ jacobian
    pull = weight @ residual
    cost = 0.0
    for i in range(n):
        cost += 0.5 * residual[i] * pull[i]
    for a in range(columns):
        g = 0.0
        for i in range(n):
            g += jacobian[i, a] * pull[i]
        pa = places[a]
        if pa < split:
            gl[pa] += g
        else:
            gs[pa - split] += g
        for c in range(columns):
            h = 0.0
            for i in range(n):
                h += jacobian[i, a] * weighted[i, c]
            pc = places[c]
            if pa < split:
                if pc < split:
                    hll[pa, pc] += h
                else:
                    hls[pa, pc - split] += h
            elif pc >= split:
                hss[pa - split, pc - split] += h
    return cost


@njit(cache=True)
def _columns_of_flow(sens, rate, n, columns, state, local, b_place, jac, places):  # type: ignore[no-untyped-def]
    """Fills the Jacobian of the flow with respect to start state, log rate, log capacity, b; returns columns used."""
    used = 0
    for j in range(n):
        places[used] = state + j
        for i in range(n):
            jac[i, used] = sens[i, j]
        used += 1
    for j in range(n):
        places[used] = local + j
        for i in range(n):
            jac[i, used] = sens[i, n + j]
        used += 1
    for j in range(n):
        places[used] = local + n + j
        for i in range(n):
            jac[i, used] = -sens[i, j]
        jac[j, used] += 1.0
        used += 1
    for c in range(columns - 2 * n):
        places[used] = b_place + c
        for i in range(n):
            jac[i, used] = sens[i, 2 * n + c]
        used += 1
    return used


@njit(cache=True)
def assemble_states(  # type: ignore[no-untyped-def]
    times,
    logs,
    seen,
    first,
    last,
    local,
    shared,
    measure,
    precision,
    loose,
    n,
    is_partial,
    has_years,
    year_place,
    step_pole,
    step_from,
    step_place,
    step_hits,
    substeps,
):
    """Cost, blocks of the normal matrix, gradients, residuals and Jacobians with a state at every time.

    From time `step_from` on the log capacity of pole `step_pole` (none when below 0) is higher by the shared unknown
    at `step_place`, in the regions that `step_hits`.
    """
    regions, count = logs.shape[0], logs.shape[1]
    nl, ns = local.shape[1], shared.shape[0]
    pairs = n * (n - 1)
    columns = 2 * n + pairs
    wide = 2 * n + n + n + pairs + n + 1
    hll, hls = np.zeros((regions, nl, nl)), np.zeros((regions, nl, ns))
    hss, gl, gs = np.zeros((ns, ns)), np.zeros((regions, nl)), np.zeros(ns)
    residual = np.zeros((regions, count - 1, n))
    jacobian = np.zeros((regions, count - 1, n, wide))
    work = np.empty((5, n, columns))
    sens, w, places = np.zeros((n, columns)), np.empty(n), np.zeros(wide, np.int64)
    rate, capacity = np.empty(n), np.empty(n)
    cost = 0.0
    theta = count * n
    for r in range(regions):
        b_place = theta + 2 * n if is_partial else nl
        matrix = _matrix_of(local[r, theta + 2 * n :] if is_partial else shared[:pairs], n)
        for i in range(n):
            rate[i] = np.exp(local[r, theta + i])
        for k in range(count):
            outside = k < first[r] or k > last[r]
            for i in range(n):
                place = k * n + i
                if outside or k == first[r]:
                    miss = (local[r, place] - loose[r, k, i]) / LOOSE_START
                    cost += 0.5 * miss * miss
                    gl[r, place] += miss / LOOSE_START
                    hll[r, place, place] += 1.0 / LOOSE_START**2
                if seen[r, k, i] and not outside:
                    miss = (local[r, place] - logs[r, k, i]) / measure[i]
                    cost += 0.5 * miss * miss
                    gl[r, place] += miss / measure[i]
                    hll[r, place, place] += 1.0 / measure[i] ** 2
        for k in range(first[r], last[r]):
            span = times[k + 1] - times[k]
            is_stepped = step_pole >= 0 and k >= step_from and step_hits[r]
            sens[:] = 0.0
            for i in range(n):
                capacity[i] = local[r, theta + n + i]
                if is_stepped and i == step_pole:
                    capacity[i] += shared[step_place]
                w[i] = local[r, k * n + i] - capacity[i]
                sens[i, i] = 1.0
            advance_with_sensitivity(w, sens, rate, matrix, span, substeps, work)
            jac = jacobian[r, k]
            used = _columns_of_flow(sens, rate, n, columns, k * n, theta, b_place, jac, places)
            for i in range(n):
                for c in range(used):
                    jac[i, c] = -jac[i, c]
                places[used + i] = (k + 1) * n + i
                jac[i, used + i] = 1.0
                residual[r, k, i] = local[r, (k + 1) * n + i] - w[i] - capacity[i]
            used += n
            if has_years:
                for i in range(n):
                    places[used + i] = nl + year_place + k * n + i
                    jac[i, used + i] = -1.0
                    residual[r, k, i] -= shared[year_place + k * n + i]
                used += n
            if is_stepped:
                places[used] = nl + step_place
                for i in range(n):
                    jac[i, used] = jac[i, 2 * n + step_pole]
                used += 1
            cost += _add(
                residual[r, k],
                np.ascontiguousarray(jac[:, :used]),
                precision / span,
                places,
                nl,
                hll[r],
                hls[r],
                hss,
                gl[r],
                gs,
            )
    return cost, hll, hls, hss, gl, gs, residual, jacobian


@njit(cache=True)
def assemble_path(  # type: ignore[no-untyped-def]
    times, logs, seen, first, last, local, shared, measure, loose, n, is_partial, substeps
):
    """The same along one smooth path from each region's start: no noise in growth."""
    regions, count = logs.shape[0], logs.shape[1]
    nl, ns = local.shape[1], shared.shape[0]
    pairs = n * (n - 1)
    columns = 2 * n + pairs
    wide = 3 * n + pairs
    hll, hls = np.zeros((regions, nl, nl)), np.zeros((regions, nl, ns))
    hss, gl, gs = np.zeros((ns, ns)), np.zeros((regions, nl)), np.zeros(ns)
    residual = np.zeros((regions, count, n))
    jacobian = np.zeros((regions, count, n, wide))
    work = np.empty((5, n, columns))
    sens, w, places = np.zeros((n, columns)), np.empty(n), np.zeros(wide, np.int64)
    rate = np.empty(n)
    weight = np.zeros((n, n))
    cost = 0.0
    for r in range(regions):
        b_place = 3 * n if is_partial else nl
        matrix = _matrix_of(local[r, 3 * n :] if is_partial else shared[:pairs], n)
        sens[:] = 0.0
        for i in range(n):
            rate[i] = np.exp(local[r, n + i])
            w[i] = local[r, i] - local[r, 2 * n + i]
            sens[i, i] = 1.0
            miss = (local[r, i] - loose[r, first[r], i]) / LOOSE_START
            cost += 0.5 * miss * miss
            gl[r, i] += miss / LOOSE_START
            hll[r, i, i] += 1.0 / LOOSE_START**2
        for k in range(first[r], last[r] + 1):
            if k > first[r]:
                advance_with_sensitivity(w, sens, rate, matrix, times[k] - times[k - 1], substeps, work)
            jac = jacobian[r, k]
            used = _columns_of_flow(sens, rate, n, columns, 0, n, b_place, jac, places)
            for i in range(n):
                weight[i, i] = 1.0 / measure[i] ** 2 if seen[r, k, i] else 0.0
                residual[r, k, i] = w[i] + local[r, 2 * n + i] - logs[r, k, i] if seen[r, k, i] else 0.0
            cost += _add(residual[r, k], jac, weight, places[:used], nl, hll[r], hls[r], hss, gl[r], gs)
    return cost, hll, hls, hss, gl, gs, residual, jacobian
