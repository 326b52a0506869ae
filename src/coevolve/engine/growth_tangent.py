"""One step of the growth equations together with its tangent, and the same step backwards for gradients.

    du_i/dt = r_i - sum_j c_ij exp(u_j)                                    Tong & Wang (9n) with r = R, c_ij = R_i A_ij

The tangent v says how the state reached moves with the state left. A step keeps the places of its four stages and their
exp(u), in four rows of the arrays `path_u`, `path_v` and `shares`, so that the way back recomputes nothing (rows go by
number: an array taken out of an array would cost as much as the work on it). `poles` is a tuple as long as there are
poles: a length known when a function is compiled lets the small loops over poles be unrolled, which halves the time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .growth import CEILING


@njit(cache=True, error_model="numpy")
def _slope(poles, path_u, path_v, at, own, effect, stage, ku, kv, shares):  # type: ignore[no-untyped-def]
    """Slope of the state and of its tangent v (pole, column) at row `at` of the path, whose exp(u) is filled in."""
    n = len(poles)
    for j in range(n):
        shares[at, j] = np.exp(min(path_u[at, j], CEILING))
    for i in range(n):
        total = own[i]
        for c in range(n):
            kv[stage, i, c] = 0.0
        for j in range(n):
            pull = effect[i, j] * shares[at, j]
            total -= pull
            if path_u[at, j] < CEILING:
                for c in range(n):
                    kv[stage, i, c] -= pull * path_v[at, j, c]
        ku[stage, i] = total


@njit(cache=True, error_model="numpy")
def _slope_back(  # type: ignore[no-untyped-def]
    poles, path_u, path_v, shares, at, effect, du_bar, dv_bar, u_bar, v_bar, own_bar, effect_bar
):
    """Adds what the slope owes to own rates and effects, given what is owed to the slope; what it owes to state and
    tangent is filled in."""
    n = len(poles)
    for j in range(n):
        share, free = shares[at, j], path_u[at, j] < CEILING
        share_bar = 0.0
        for c in range(n):
            v_bar[j, c] = 0.0
        for i in range(n):
            pull, touched = effect[i, j] * share, du_bar[i]
            if free:
                for c in range(n):
                    touched += path_v[at, j, c] * dv_bar[i, c]
                    v_bar[j, c] -= pull * dv_bar[i, c]
            share_bar -= effect[i, j] * touched
            effect_bar[i, j] -= share * touched
        u_bar[j] = share_bar * share if free else 0.0
    for i in range(n):
        own_bar[i] += du_bar[i]


@njit(cache=True, error_model="numpy")
def step(poles, u, v, own, effect, h, path_u, path_v, shares, at, ku, kv):  # type: ignore[no-untyped-def]
    """One Runge-Kutta step of state and tangent, in place. Rows `at` and the three after it of `path_u`, `path_v` and
    `shares` keep its stages; `ku` and `kv` (stage, ...) are room for their slopes."""
    n = len(poles)
    for i in range(n):
        path_u[at, i] = u[i]
        for c in range(n):
            path_v[at, i, c] = v[i, c]
    for stage in range(4):
        _slope(poles, path_u, path_v, at + stage, own, effect, stage, ku, kv, shares)
        if stage < 3:
            ahead = h if stage == 2 else 0.5 * h
            for i in range(n):
                path_u[at + stage + 1, i] = u[i] + ahead * ku[stage, i]
                for c in range(n):
                    path_v[at + stage + 1, i, c] = v[i, c] + ahead * kv[stage, i, c]
    for i in range(n):
        u[i] += h / 6.0 * (ku[0, i] + 2.0 * ku[1, i] + 2.0 * ku[2, i] + ku[3, i])
        for c in range(n):
            v[i, c] += h / 6.0 * (kv[0, i, c] + 2.0 * kv[1, i, c] + 2.0 * kv[2, i, c] + kv[3, i, c])


@njit(cache=True, error_model="numpy")
def step_back(poles, effect, h, path_u, path_v, shares, at, u_bar, v_bar, own_bar, effect_bar, back):  # type: ignore[no-untyped-def]
    """Turns what is owed to the end of a step (u_bar, v_bar) into what is owed to its start, in place, from what `step`
    kept; `back` is room for what is owed to the end, to a slope and to the place of a stage."""
    n = len(poles)
    end_u, end_v, du_bar, dv_bar, stage_u, stage_v = back
    for i in range(n):
        end_u[i] = u_bar[i]
        stage_u[i] = 0.0
        for c in range(n):
            end_v[i, c] = v_bar[i, c]
            stage_v[i, c] = 0.0
    for stage in range(3, -1, -1):
        weight = h / 6.0 if stage in (0, 3) else h / 3.0
        ahead = 0.0 if stage == 3 else (h if stage == 2 else 0.5 * h)
        for i in range(n):
            du_bar[i] = weight * end_u[i] + ahead * stage_u[i]
            for c in range(n):
                dv_bar[i, c] = weight * end_v[i, c] + ahead * stage_v[i, c]
        _slope_back(
            poles, path_u, path_v, shares, at + stage, effect, du_bar, dv_bar, stage_u, stage_v, own_bar, effect_bar
        )
        for i in range(n):
            u_bar[i] += stage_u[i]
            for c in range(n):
                v_bar[i, c] += stage_v[i, c]
