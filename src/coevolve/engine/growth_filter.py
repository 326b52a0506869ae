"""How likely a panel is under the growth equations, whatever the true states were: an extended Kalman filter.

Each region has a state u(t) of log scales less a shift (the log capacity, or a typical scale), which follows

    du_i/dt = r_i - g - sum_j c_ij exp(u_j)        Tong & Wang (9n) with r = R, c_ij = R_i A_ij; g: growth of capacity

disturbed after each interval by normal process noise (and a known year effect), and seen with normal error of the
log. Between observations the flow is integrated by Runge-Kutta steps together with its tangent; the filter is exact for
linear growth and good while noise bends the flow little (a few tenths in logs). The gradient of the log likelihood
with respect to every input comes from one backward pass through the same steps.

The compiled functions take `poles`, a tuple as long as there are poles: a length known when they are compiled lets
the small loops over poles be unrolled, which halves the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .growth import CEILING, steps_of

Array = NDArray[np.float64]

LOG_TWO_PI = float(np.log(2.0 * np.pi))


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
def _step(poles, u, v, own, effect, h, ku, kv, mu, mv, shares):  # type: ignore[no-untyped-def]
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
def _step_back(poles, u, v, own, effect, h, ku, kv, mu, mv, shares, u_bar, v_bar, own_bar, effect_bar, back):  # type: ignore[no-untyped-def]
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


@njit(cache=True, error_model="numpy")
def _turned(poles, a, b, out):  # type: ignore[no-untyped-def]
    """The product a b, for matrices too small for a library call."""
    n = len(poles)
    for i in range(n):
        for j in range(n):
            total = 0.0
            for k in range(n):
                total += a[i, k] * b[k, j]
            out[i, j] = total


@njit(cache=True, error_model="numpy")
def _with(poles, a, b, out):  # type: ignore[no-untyped-def]
    """The product of a and b transposed, likewise."""
    n = len(poles)
    for i in range(n):
        for j in range(n):
            total = 0.0
            for k in range(n):
                total += a[i, k] * b[j, k]
            out[i, j] = total


@njit(cache=True, error_model="numpy")
def _region(  # type: ignore[no-untyped-def]
    poles,
    times,
    logs,
    seen,
    first,
    last,
    own,
    effect,
    shift,
    driver,
    years,
    process,
    measure,
    start,
    start_spread,
    substeps,
    with_gradient,
    own_bar,
    effect_bar,
    shift_bar,
    years_bar,
    process_bar,
    measure_bar,
    start_bar,
    end_mean,
    end_spread,
):
    """Log likelihood of one region; adds its gradient to the `_bar` arrays and writes the filtered last state."""
    count, n = logs.shape[0], len(poles)
    mean, spread = np.empty((count, n)), np.empty((count, n, n))  # as predicted, before each observation
    after, left = np.empty((count, n)), np.empty((count, n, n))  # after it
    tangent = np.empty((count, n, n))
    ku, kv = np.empty((4, n)), np.empty((4, n, n))
    mu, mv, shares = np.empty(n), np.empty((n, n)), np.empty(n)
    u, v, here = np.empty(n), np.empty((n, n)), np.empty(n)
    every = 0
    for k in range(first, last):
        every += steps_of(times[k + 1] - times[k], substeps)
    path_u, path_v, begun = np.empty((every, n)), np.empty((every, n, n)), 0  # the state before each step
    value = 0.0
    for i in range(n):
        mean[first, i] = start[i]
        for j in range(n):
            spread[first, i, j] = start_spread[i] ** 2 if i == j else 0.0
    for k in range(first, last + 1):
        m, p = after[k], left[k]
        m[:] = mean[k]
        p[:] = spread[k]
        for i in range(n):
            if seen[k, i]:
                s = p[i, i] + measure[i]
                miss = logs[k, i] - m[i]
                value -= 0.5 * (LOG_TWO_PI + np.log(s) + miss * miss / s)
                shares[:] = p[:, i]
                for a in range(n):
                    m[a] += shares[a] * miss / s
                    for c in range(n):
                        p[a, c] -= shares[a] * shares[c] / s
        if k == last:
            break
        span = times[k + 1] - times[k]
        steps = steps_of(span, substeps)
        h = span / steps
        growth = (driver[k + 1] - driver[k]) / span
        for i in range(n):
            u[i] = m[i] - shift[i] - driver[k]
            here[i] = own[i] - growth
            for j in range(n):
                v[i, j] = 1.0 if i == j else 0.0
        for _ in range(steps):
            path_u[begun] = u
            path_v[begun] = v
            begun += 1
            _step(poles, u, v, here, effect, h, ku, kv, mu, mv, shares)
        tangent[k] = v
        for i in range(n):
            mean[k + 1, i] = u[i] + shift[i] + driver[k + 1] + years[k, i]
        _turned(poles, v, p, mv)
        _with(poles, mv, v, spread[k + 1])
        for i in range(n):
            for j in range(n):
                spread[k + 1, i, j] += span * process[i, j]
    end_mean[:] = after[last]
    end_spread[:] = left[last]
    if not with_gradient:
        return value
    back = (np.empty(n), np.empty((n, n)), np.empty(n), np.empty((n, n)), np.empty(n), np.empty((n, n)))
    m_bar, p_bar = np.zeros(n), np.zeros((n, n))
    u_bar, v_bar = np.empty(n), np.empty((n, n))
    m, p, kept, column, pushed = np.empty(n), np.empty((n, n)), np.empty((n, n)), np.empty(n), np.empty(n)
    before_m, before_p = np.empty((n, n)), np.empty((n, n, n))
    done = begun
    for k in range(last, first - 1, -1):
        if k < last:
            span = times[k + 1] - times[k]
            steps = steps_of(span, substeps)
            h = span / steps
            growth = (driver[k + 1] - driver[k]) / span
            for i in range(n):
                years_bar[k, i] += m_bar[i]
                for j in range(n):
                    process_bar[i, j] += span * p_bar[i, j]
            _turned(poles, p_bar, tangent[k], before_p[0])
            _turned(poles, before_p[0], left[k], v_bar)
            u_bar[:] = m_bar
            for i in range(n):
                for j in range(n):
                    v_bar[i, j] *= 2.0
                    kept[i, j] = 0.0
                    for a in range(n):
                        kept[i, j] += tangent[k, a, i] * before_p[0, a, j]
            for i in range(n):
                shift_bar[i] += m_bar[i]
                here[i] = own[i] - growth
            for _ in range(steps):
                done -= 1
                _step_back(
            poles,
                    path_u[done], path_v[done], here, effect, h, ku, kv, mu, mv, shares,
                    u_bar, v_bar, own_bar, effect_bar, back,
                )  # fmt: skip
            m_bar[:] = u_bar
            p_bar[:] = kept
            for i in range(n):
                shift_bar[i] -= u_bar[i]
        m[:] = mean[k]
        p[:] = spread[k]
        for i in range(n):
            before_m[i] = m
            before_p[i] = p
            if seen[k, i]:
                s = p[i, i] + measure[i]
                miss = logs[k, i] - m[i]
                column[:] = p[:, i]
                for a in range(n):
                    m[a] += column[a] * miss / s
                    for c in range(n):
                        p[a, c] -= column[a] * column[c] / s
        for i in range(n - 1, -1, -1):
            if not seen[k, i]:
                continue
            s = before_p[i, i, i] + measure[i]
            miss = logs[k, i] - before_m[i, i]
            column[:] = before_p[i, :, i]
            along, twice = 0.0, 0.0
            for a in range(n):
                pushed[a] = 0.0
                for c in range(n):
                    pushed[a] += p_bar[a, c] * column[c]
                along += m_bar[a] * column[a]
                twice += column[a] * pushed[a]
            s_bar = -along * miss / (s * s) + twice / (s * s) - 0.5 / s + 0.5 * miss * miss / (s * s)
            measure_bar[i] += s_bar
            p_bar[i, i] += s_bar
            for a in range(n):
                owed = m_bar[a] * miss / s - 2.0 * pushed[a] / s
                p_bar[a, i] += 0.5 * owed
                p_bar[i, a] += 0.5 * owed
            m_bar[i] -= along / s - miss / s
    start_bar[:] += m_bar
    return value


@njit(cache=True, error_model="numpy")
def _all(  # type: ignore[no-untyped-def]
    poles,
    times,
    logs,
    seen,
    first,
    last,
    own,
    effect,
    shift,
    driver,
    years,
    process,
    measure,
    start,
    start_spread,
    substeps,
    with_gradient,
):
    regions, count, n = logs.shape[0], logs.shape[1], len(poles)
    value = np.zeros(regions)
    own_bar, effect_bar, shift_bar = np.zeros((regions, n)), np.zeros((regions, n, n)), np.zeros((regions, n))
    years_bar, process_bar = np.zeros((count - 1, n)), np.zeros((regions, n, n))
    measure_bar, start_bar = np.zeros(n), np.zeros((regions, n))
    end_mean, end_spread = np.zeros((regions, n)), np.zeros((regions, n, n))
    for r in range(regions):
        value[r] = _region(
            poles,
            times, logs[r], seen[r], first[r], last[r], own[r], effect[r], shift[r], driver[r], years, process[r],
            measure, start[r], start_spread[r], substeps, with_gradient, own_bar[r], effect_bar[r], shift_bar[r],
            years_bar, process_bar[r], measure_bar, start_bar[r], end_mean[r], end_spread[r],
        )  # fmt: skip
    return (
        value, own_bar, effect_bar, shift_bar, years_bar, process_bar, measure_bar, start_bar, end_mean, end_spread
    )  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """A panel to be explained: `times` (time,), `logs` and `seen` (region, time, pole), the first and last time of
    each region, `driver` (region, time) the log of what moves capacity less its value at the first time (zeros when
    nothing does), where each state begins and how far from there it may be, `start` and `start_spread` (region, pole).
    """

    times: Array
    logs: Array
    seen: NDArray[np.bool_]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    driver: Array
    start: Array
    start_spread: Array
    substeps: int


@dataclass(frozen=True)
class Inputs:
    """What the equations need: `own` (region, pole) rates r, `effect` (region, pole, other) c, `shift` (region, pole),
    `years` (interval, pole) known year effects, `process` (region, pole, pole) covariance of process noise a period,
    `measure` (pole,) variance of the error of each log, `start` (region, pole) the expected first state."""

    own: Array
    effect: Array
    shift: Array
    years: Array
    process: Array
    measure: Array
    start: Array


@dataclass(frozen=True)
class Likelihood:
    """The log likelihood by region, its gradient with respect to each of `Inputs` (summed over regions where the
    input is shared), and mean and covariance of the last state (region, pole) given all that was seen."""

    value: Array
    gradient: Inputs
    end_mean: Array
    end_spread: Array


def likelihood(seen: Seen, inputs: Inputs, *, with_gradient: bool = True) -> Likelihood:
    """How likely the panel is for these inputs; regions are independent given the year effects.

    Capacities move with `driver`, the log of a population for instance, Tong & Wang (6).

    One region alone, growing without limit at 5 % a year and seen with an error of 1 %, is likelier at the true rate:

    >>> times = np.arange(8.0)
    >>> panel = Seen(times, (0.05 * times)[None, :, None], np.ones((1, 8, 1), bool), np.array([0]), np.array([7]),
    ...              np.zeros((1, 8)), np.zeros((1, 1)), np.ones((1, 1)), 2)
    >>> def at(rate):
    ...     none = np.zeros((1, 1, 1))
    ...     inputs = Inputs(np.array([[rate]]), none, np.zeros((1, 1)), np.zeros((7, 1)), none, np.array([1e-4]),
    ...                     np.zeros((1, 1)))
    ...     return likelihood(panel, inputs).value[0]
    >>> bool(at(0.05) > at(0.06) + 4)
    True
    """
    (value, own, effect, shift, years, process, measure, start, end_mean, end_spread) = _all(
        (0.0,) * seen.logs.shape[2],
        seen.times,
        seen.logs,
        seen.seen,
        seen.first,
        seen.last,
        np.ascontiguousarray(inputs.own),
        np.ascontiguousarray(inputs.effect),
        np.ascontiguousarray(inputs.shift),
        seen.driver,
        np.ascontiguousarray(inputs.years),
        np.ascontiguousarray(inputs.process),
        np.ascontiguousarray(inputs.measure),
        np.ascontiguousarray(inputs.start),
        seen.start_spread,
        seen.substeps,
        with_gradient,
    )
    return Likelihood(value, Inputs(own, effect, shift, years, process, measure, start), end_mean, end_spread)
