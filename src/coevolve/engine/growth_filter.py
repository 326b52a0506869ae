"""How likely a panel is under the growth equations, whatever the true states were: an extended Kalman filter.

Each region has a state u(t) of log scales less a shift (the log capacity, or a typical scale), which follows

    du_i/dt = r_i - g - sum_j c_ij exp(u_j)        Tong & Wang (9n) with r = R, c_ij = R_i A_ij; g: growth of capacity

disturbed after each interval by normal process noise (and a known year effect), and seen with normal error of the
log. Between observations the flow is integrated by Runge-Kutta steps together with its tangent; the filter is exact for
linear growth and good while noise bends the flow little (a few tenths in logs). The gradient of the log likelihood
with respect to every input comes from one backward pass through the same steps.

The compiled functions take `poles`, a tuple as long as there are poles (see `growth_tangent`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .growth import steps_of
from .growth_tangent import step, step_back
from .small_matrices import product, product_transposed

Array = NDArray[np.float64]

LOG_TWO_PI = float(np.log(2.0 * np.pi))
STAGES = 4  # of a Runge-Kutta step


@njit(cache=True, error_model="numpy")
def _observe(poles, m, p, i, log, measure, column):  # type: ignore[no-untyped-def]
    """One observed log of pole i: its log likelihood; mean and covariance of the state move to what is known after."""
    n = len(poles)
    s = p[i, i] + measure
    miss = log - m[i]
    column[:] = p[:, i]
    for a in range(n):
        m[a] += column[a] * miss / s
        for c in range(n):
            p[a, c] -= column[a] * column[c] / s
    return -0.5 * (LOG_TWO_PI + np.log(s) + miss * miss / s)


@njit(cache=True, error_model="numpy")
def _observe_back(poles, m, p, i, log, measure, m_bar, p_bar, column, pushed):  # type: ignore[no-untyped-def]
    """Turns what is owed after an observation into what is owed before it, in place; returns what is owed to the
    variance of its error. m and p are those before."""
    n = len(poles)
    s = p[i, i] + measure
    miss = log - m[i]
    column[:] = p[:, i]
    along, twice = 0.0, 0.0
    for a in range(n):
        pushed[a] = 0.0
        for c in range(n):
            pushed[a] += p_bar[a, c] * column[c]
        along += m_bar[a] * column[a]
        twice += column[a] * pushed[a]
    s_bar = -along * miss / (s * s) + twice / (s * s) - 0.5 / s + 0.5 * miss * miss / (s * s)
    p_bar[i, i] += s_bar
    for a in range(n):
        owed = m_bar[a] * miss / s - 2.0 * pushed[a] / s
        p_bar[a, i] += 0.5 * owed
        p_bar[i, a] += 0.5 * owed
    m_bar[i] -= along / s - miss / s
    return s_bar


@njit(cache=True, error_model="numpy")
def forward(  # type: ignore[no-untyped-def]
    poles, times, logs, seen, first, last, own, effect, shift, driver, lift, years, process, measure, substeps, kept
):
    """Log likelihood of one region, by one pass of the filter through its times. Inputs are those of `Seen` and
    `Inputs` for that region; fills in `kept`, made by `room`. Compiled, for other compiled loops to call."""
    n = len(poles)
    mean, spread, after, left, tangent, path_u, path_v, shares = kept
    u, v, here, column = np.empty(n), np.empty((n, n)), np.empty(n), np.empty(n)
    ku, kv, half = np.empty((4, n)), np.empty((4, n, n)), np.empty((n, n))
    value, begun = 0.0, 0
    for k in range(first, last + 1):
        m, p = after[k], left[k]
        m[:] = mean[k]
        p[:] = spread[k]
        for i in range(n):
            if seen[k, i]:
                value += _observe(poles, m, p, i, logs[k, i], measure[i], column)
        if k == last:
            break
        span = times[k + 1] - times[k]
        steps = steps_of(span, substeps)
        for i in range(n):
            u[i] = m[i] - shift[i] - driver[k] - lift[k, i]
            here[i] = own[i] - (driver[k + 1] - driver[k]) / span
            for j in range(n):
                v[i, j] = 1.0 if i == j else 0.0
        for _ in range(steps):
            step(poles, u, v, here, effect, span / steps, path_u, path_v, shares, begun, ku, kv)
            begun += STAGES
        tangent[k] = v
        for i in range(n):
            mean[k + 1, i] = u[i] + shift[i] + driver[k + 1] + lift[k, i] + years[k, i]
        product(poles, v, p, half)
        product_transposed(poles, half, v, spread[k + 1])
        for i in range(n):
            for j in range(n):
                spread[k + 1, i, j] += span * process[i, j]
    return value


@njit(cache=True, error_model="numpy")
def _backward(  # type: ignore[no-untyped-def]
    poles, times, logs, seen, first, last, effect, measure, substeps, kept,
    own_bar, effect_bar, shift_bar, years_bar, process_bar, measure_bar, start_bar,
):  # fmt: skip
    """Adds the gradient of the log likelihood of one region to the `_bar` arrays, from what `forward` kept."""
    n = len(poles)
    mean, spread, _, left, tangent, path_u, path_v, shares = kept
    back = (np.empty(n), np.empty((n, n)), np.empty(n), np.empty((n, n)), np.empty(n), np.empty((n, n)))
    m_bar, p_bar = np.zeros(n), np.zeros((n, n))
    u_bar, v_bar = np.empty(n), np.empty((n, n))
    m, p, half, column, pushed = np.empty(n), np.empty((n, n)), np.empty((n, n)), np.empty(n), np.empty(n)
    before_m, before_p = np.empty((n, n)), np.empty((n, n, n))
    done = len(path_u)
    for k in range(last, first - 1, -1):
        if k < last:
            span = times[k + 1] - times[k]
            steps = steps_of(span, substeps)
            for i in range(n):
                years_bar[k, i] += m_bar[i]
                shift_bar[i] += m_bar[i]
                for j in range(n):
                    process_bar[i, j] += span * p_bar[i, j]
            product(poles, p_bar, tangent[k], half)
            product(poles, half, left[k], v_bar)
            u_bar[:] = m_bar
            for i in range(n):
                for j in range(n):
                    v_bar[i, j] *= 2.0
                    p_bar[i, j] = 0.0
                    for a in range(n):
                        p_bar[i, j] += tangent[k, a, i] * half[a, j]
            for _ in range(steps):
                done -= STAGES
                step_back(
                    poles, effect, span / steps, path_u, path_v, shares, done, u_bar, v_bar, own_bar, effect_bar, back
                )
            m_bar[:] = u_bar
            for i in range(n):
                shift_bar[i] -= u_bar[i]
        m[:] = mean[k]
        p[:] = spread[k]
        for i in range(n):
            before_m[i] = m
            before_p[i] = p
            if seen[k, i]:
                _observe(poles, m, p, i, logs[k, i], measure[i], column)
        for i in range(n - 1, -1, -1):
            if seen[k, i]:
                measure_bar[i] += _observe_back(
                    poles, before_m[i], before_p[i], i, logs[k, i], measure[i], m_bar, p_bar, column, pushed
                )
    start_bar[:] += m_bar


@njit(cache=True, error_model="numpy")
def room(poles, times, first, last, start, start_spread, substeps):  # type: ignore[no-untyped-def]
    """Room for what a pass through one region keeps: mean and covariance as predicted, the same after each
    observation, the tangent of each interval, and state, tangent and exp(state) at each stage of each step. The start
    is filled in. Compiled, as `forward` is."""
    count, n = len(times), len(poles)
    steps = 0
    for k in range(first, last):
        steps += steps_of(times[k + 1] - times[k], substeps)
    mean, spread = np.empty((count, n)), np.empty((count, n, n))
    mean[first] = start
    spread[first] = np.diag(start_spread**2)
    after, left, tangent = np.empty((count, n)), np.empty((count, n, n)), np.empty((count, n, n))
    rows = STAGES * steps
    path_u, path_v, shares = np.empty((rows, n)), np.empty((rows, n, n)), np.empty((rows, n))
    return mean, spread, after, left, tangent, path_u, path_v, shares


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
    lift,
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
        kept = room(poles, times, first[r], last[r], start[r], start_spread[r], substeps)
        value[r] = forward(
            poles, times, logs[r], seen[r], first[r], last[r], own[r], effect[r], shift[r], driver[r], lift[r],
            years, process[r], measure, substeps, kept,
        )  # fmt: skip
        end_mean[r], end_spread[r] = kept[2][last[r]], kept[3][last[r]]
        if with_gradient:
            _backward(
                poles, times, logs[r], seen[r], first[r], last[r], effect[r], measure, substeps, kept,
                own_bar[r], effect_bar[r], shift_bar[r], years_bar, process_bar[r], measure_bar, start_bar[r],
            )  # fmt: skip
    return (
        value, own_bar, effect_bar, shift_bar, years_bar, process_bar, measure_bar, start_bar, end_mean, end_spread
    )  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """A panel to be explained: `times` (time,), `logs` and `seen` (region, time, pole), the first and last time of
    each region, `driver` (region, time) the log of what moves capacity less its value at the first time (zeros when
    nothing does), where each state begins and how far from there it may be, `start` and `start_spread` (region, pole).
    `lift` (region, interval, pole) is added to the shift within each interval, for a capacity that steps; None: zeros.
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
    lift: Array | None = None


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
        np.zeros((len(seen.logs), len(seen.times) - 1, seen.logs.shape[2])) if seen.lift is None else seen.lift,
        np.ascontiguousarray(inputs.years),
        np.ascontiguousarray(inputs.process),
        np.ascontiguousarray(inputs.measure),
        np.ascontiguousarray(inputs.start),
        seen.start_spread,
        seen.substeps,
        with_gradient,
    )
    return Likelihood(value, Inputs(own, effect, shift, years, process, measure, start), end_mean, end_spread)
