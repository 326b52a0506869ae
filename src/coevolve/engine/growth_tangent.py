"""One step of the growth equations together with its tangent, and the same step backwards for gradients.

    du_i/dt = r_i - sum_j c_ij exp(u_j)                                    Tong & Wang (9n) with r = R, c_ij = R_i A_ij

The tangent v says how the state reached moves with the state left. `poles` is a tuple as long as there are poles: a
length known when a function is compiled lets the small loops over poles be unrolled, which halves the time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .growth import CEILING


@njit(cache=True, error_model="numpy")
def _slope(poles, u, v, own, effect, du, dv, shares):  # type: ignore[no-untyped-def]
    """Slope of the state and of its tangent v (pole, column)."""
    n = len(poles)
    for j in range(n):
        shares[j] = np.exp(min(u[j], CEILING))
    for i in range(n):
        total = own[i]
        for c in range(n):
            dv[i, c] = 0.0
        for j in range(n):
            pull = effect[i, j] * shares[j]
            total -= pull
            if u[j] < CEILING:
                for c in range(n):
                    dv[i, c] -= pull * v[j, c]
        du[i] = total


@njit(cache=True, error_model="numpy")
def _slope_back(poles, u, v, effect, du_bar, dv_bar, u_bar, v_bar, own_bar, effect_bar):  # type: ignore[no-untyped-def]
    """Adds what the slope owes to state, tangent, own rates and effects, given what is owed to the slope."""
    n = len(poles)
    for j in range(n):
        share = np.exp(min(u[j], CEILING))
        free = u[j] < CEILING
        share_bar = 0.0
        for i in range(n):
            touched = du_bar[i]
            if free:
                for c in range(n):
                    touched += v[j, c] * dv_bar[i, c]
                    v_bar[j, c] -= effect[i, j] * share * dv_bar[i, c]
            share_bar -= effect[i, j] * touched
            effect_bar[i, j] -= share * touched
        if free:
            u_bar[j] += share_bar * share
    for i in range(n):
        own_bar[i] += du_bar[i]


@njit(cache=True, error_model="numpy")
def step(poles, u, v, own, effect, h, ku, kv, mu, mv, shares):  # type: ignore[no-untyped-def]
    """One Runge-Kutta step of state and tangent, in place; ku, kv (4, ...) keep its slopes."""
    n = len(poles)
    _slope(poles, u, v, own, effect, ku[0], kv[0], shares)
    for stage in range(1, 4):
        factor = h if stage == 3 else 0.5 * h
        for i in range(n):
            mu[i] = u[i] + factor * ku[stage - 1, i]
            for c in range(n):
                mv[i, c] = v[i, c] + factor * kv[stage - 1, i, c]
        _slope(poles, mu, mv, own, effect, ku[stage], kv[stage], shares)
    for i in range(n):
        u[i] += h / 6.0 * (ku[0, i] + 2.0 * ku[1, i] + 2.0 * ku[2, i] + ku[3, i])
        for c in range(n):
            v[i, c] += h / 6.0 * (kv[0, i, c] + 2.0 * kv[1, i, c] + 2.0 * kv[2, i, c] + kv[3, i, c])


@njit(cache=True, error_model="numpy")
def step_back(poles, u, v, own, effect, h, ku, kv, mu, mv, shares, u_bar, v_bar, own_bar, effect_bar, back):  # type: ignore[no-untyped-def]
    """Turns what is owed to the end of a step (u_bar, v_bar) into what is owed to its start, in place."""
    n = len(poles)
    _slope(poles, u, v, own, effect, ku[0], kv[0], shares)
    for stage in range(1, 3):
        for i in range(n):
            mu[i] = u[i] + 0.5 * h * ku[stage - 1, i]
            for c in range(n):
                mv[i, c] = v[i, c] + 0.5 * h * kv[stage - 1, i, c]
        _slope(poles, mu, mv, own, effect, ku[stage], kv[stage], shares)
    end_u, end_v, du_bar, dv_bar, mu_bar, mv_bar = back
    for i in range(n):
        end_u[i] = u_bar[i]
        mu_bar[i] = 0.0
        for c in range(n):
            end_v[i, c] = v_bar[i, c]
            mv_bar[i, c] = 0.0
    for stage in range(3, -1, -1):
        weight = h / 6.0 if stage in (0, 3) else h / 3.0
        ahead = 0.0 if stage == 3 else (h if stage == 2 else 0.5 * h)
        for i in range(n):
            du_bar[i] = weight * end_u[i] + ahead * mu_bar[i]
            for c in range(n):
                dv_bar[i, c] = weight * end_v[i, c] + ahead * mv_bar[i, c]
        factor = 0.0 if stage == 0 else (h if stage == 3 else 0.5 * h)
        for i in range(n):
            mu[i] = u[i] + (factor * ku[stage - 1, i] if stage else 0.0)
            mu_bar[i] = 0.0
            for c in range(n):
                mv[i, c] = v[i, c] + (factor * kv[stage - 1, i, c] if stage else 0.0)
                mv_bar[i, c] = 0.0
        _slope_back(poles, mu, mv, effect, du_bar, dv_bar, mu_bar, mv_bar, own_bar, effect_bar)
        for i in range(n):
            u_bar[i] += mu_bar[i]
            for c in range(n):
                v_bar[i, c] += mv_bar[i, c]
