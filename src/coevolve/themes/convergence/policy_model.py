"""What spending on motives does to two converging industries: a simulator, its fit to the past, and the best plan.

    ds/dt = (p + q s)(m - s)                                                         convergence degree (Bass)
    d(log x_i)/dt = R_i (1 - x_i/N_i - b_ij s x_j/N_j),   d(log N_i)/dt = g          Tong & Wang (9), (10)

Each motive (Ma Fig. 9) raises one of these with diminishing returns, effect_k(u) = eta_k (1 - exp(-u_k)), u_k its
spending over its past mean: technology diffusion q, asset versatility m, market demand g, deregulation p,
competition and cooperation -b, profit R.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from .policy_names import MOTIVES

Array = NDArray[np.float64]

STATE = 13  # unknowns before the six effects
ETA = np.log([0.4, 0.15, 0.012, 0.6, 0.15, 0.2])  # what theory expects of each effect, in logs
ETA_SPREAD = 0.7
SUBSTEPS = 2
MOST = 0.8  # |b| that no effect passes: beyond it mutual help runs away
FASTEST = 0.4  # growth a year that no path passes


@dataclass(frozen=True)
class Past:
    """What was seen of a pair: log outputs (year, 2), degree and its sd (year,), levers over their means (year, 6).

    `has[k]` says whether motive k has a lever at all; a motive without one has no effect.
    """

    log_x: Array
    degree: Array
    degree_sd: Array
    levers: Array
    has: NDArray[np.bool_]


def prior(past: Past) -> tuple[Array, Array]:
    """Means and sds of the unknowns beforehand: log p, log q, log m, log R (2), log N (2), b (2), g, log x (2),
    log-odds of s, then the logs of the six effects."""
    first = past.log_x[:3].mean(axis=0)
    top = past.log_x.max(axis=0)
    start = float(np.clip(past.degree[0], 0.01, 0.95))
    mean = [np.log(0.02), np.log(0.35), 0.0, *np.log([0.25, 0.25]), *(top + 0.2), -0.1, -0.1, 0.02, *first]
    sd = [1.0, 0.5, 0.1, 0.4, 0.4, 0.5, 0.5, 0.3, 0.3, 0.015, 0.1, 0.1]
    return (
        np.array([*mean, np.log(start / (1 - start)), *ETA]),
        np.array([*sd, 1.0, *np.full(len(MOTIVES), ETA_SPREAD)]),
    )


def simulate(unknowns: Array, levers: Array, has: NDArray[np.bool_], since: int = 0) -> tuple[Array, Array]:
    """Paths of log outputs (case, year, 2) and degree (case, year) for many cases at once.

    `unknowns` has shape (case, 19); `levers` (year, 6) or (case, year, 6), in units of their past means; the lever of
    a year acts from that year to the next.
    """
    theta = np.atleast_2d(unknowns)
    cases, years = len(theta), levers.shape[-2]
    spent = np.broadcast_to(levers, (cases, years, len(MOTIVES)))
    effect = np.exp(theta[:, None, STATE:]) * (1.0 - np.exp(-spent)) * has
    log_x, log_n = theta[:, 10:12].copy(), theta[:, 5:7].copy()
    s = 1.0 / (1.0 + np.exp(-theta[:, 12]))
    out_x, out_s = np.empty((cases, years, 2)), np.empty((cases, years))
    h = 1.0 / SUBSTEPS
    for t in range(years):
        out_x[:, t], out_s[:, t] = log_x, s
        diffusion, versatility, demand, deregulation, cooperation, profit = effect[:, t].T
        start, spread = np.exp(theta[:, 0] + deregulation), np.exp(theta[:, 1] + diffusion)
        ceiling = np.exp(theta[:, 2] + versatility)
        rate = np.exp(theta[:, 3:5] + profit[:, None])
        for _ in range(SUBSTEPS):
            pull = MOST * np.tanh((theta[:, 7:9] - cooperation[:, None]) * s[:, None] / MOST)
            share = np.exp(np.minimum(log_x - log_n, 3.0))
            growth = np.clip(rate * (1.0 - share - pull * share[:, ::-1]), -FASTEST, FASTEST)
            s = s + h * np.clip((start + spread * s) * (ceiling - s), -0.5, 0.5)
            log_x = log_x + h * growth
            log_n = log_n + h * (theta[:, 9] + demand)[:, None]
    return out_x[:, since:], out_s[:, since:]


NOISE_X = 0.03  # what single years add to log outputs, when nothing better is known


def residuals(unknowns: Array, past: Past, noise: float) -> Array:
    """Weighted misses of outputs, degree and prior (case, miss)."""
    mean, sd = prior(past)
    log_x, s = simulate(unknowns, past.levers, past.has)
    cases = len(log_x)
    return np.concatenate(
        [
            ((log_x - past.log_x) / noise).reshape(cases, -1),
            (s - past.degree) / past.degree_sd,
            (np.atleast_2d(unknowns) - mean) / sd,
        ],
        axis=1,
    )


@dataclass(frozen=True)
class Fitted:
    """The most probable unknowns, the factor of their covariance, the noise of log outputs, and whether it settled."""

    mode: Array
    factor: Array
    noise: float
    settled: bool

    def draws(self, random: np.random.Generator, many: int) -> Array:
        """Draws of all unknowns (draw, 19), normal about the mode."""
        return np.asarray(self.mode + random.standard_normal((many, len(self.mode))) @ self.factor.T)


def fit(past: Past, pause: Callable[[], None] = lambda: None) -> Fitted:
    """The most probable unknowns by Levenberg and Marquardt, slopes by differences; noise found in two rounds.

    `pause` is called between steps and may raise to stop.
    """
    noise, mode, settled = NOISE_X, prior(past)[0], False
    slopes = np.zeros((1, len(mode)))
    for _ in range(2):
        mode, slopes, settled = _search(mode, past, noise, pause)
        missed = simulate(mode, past.levers, past.has)[0][0] - past.log_x
        noise = float(np.clip(np.sqrt((missed**2).mean()), 0.01, 0.2))
    covariance = np.linalg.inv(slopes.T @ slopes)
    factor = np.asarray(np.linalg.cholesky(0.5 * (covariance + covariance.T)), np.float64)
    return Fitted(mode, factor, noise, settled)


def _search(start: Array, past: Past, noise: float, pause: Callable[[], None]) -> tuple[Array, Array, bool]:
    mode, damping = start.copy(), 1e-2
    missed, slopes = _slopes(mode, past, noise)
    for _ in range(60):
        pause()
        normal, pull = slopes.T @ slopes, slopes.T @ missed
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), pull)
        step = np.clip(step, -1.0, 1.0)
        trial = residuals(mode - step, past, noise)[0]
        gain = float(missed @ missed - trial @ trial)
        if gain > 0:
            mode = mode - step
            missed, slopes = _slopes(mode, past, noise)
            damping = max(damping / 4, 1e-6)
            if gain < 1e-3:
                return mode, slopes, True
        else:
            damping *= 5
            if damping > 1e6:
                return mode, slopes, True
    return mode, slopes, False


def _slopes(mode: Array, past: Past, noise: float) -> tuple[Array, Array]:
    """Misses and their slopes, by central differences over all unknowns at once."""
    step = 1e-4
    moves = np.concatenate([mode[None], mode + step * np.eye(len(mode)), mode - step * np.eye(len(mode))])
    found = residuals(moves, past, noise)
    many = len(mode)
    return found[0], ((found[1 : 1 + many] - found[1 + many :]) / (2 * step)).T


@dataclass(frozen=True)
class Task:
    """What is to be planned: draws of the unknowns with their past levers, years ahead, the money there is, mean and
    highest past spending of each lever, and the yearly discount.

    `response` turns spending ahead, over its past mean, into the u of 1 - exp(-u): another form of response than this
    one is put in so; none changes nothing.
    """

    unknowns: Array
    past: Past
    horizon: int
    budget: float
    mean: Array
    most: Array
    discount: float = 0.03
    response: Callable[[Array], Array] | None = None

    @property
    def halves(self) -> tuple[int, int]:
        """Years of the first and of the second period of a plan."""
        return self.horizon - self.horizon // 2, self.horizon // 2


def values_of(task: Task, plans: Array) -> Array:
    """Discounted joint output of every plan under every draw (plan, draw); plans are (plan, period, lever) in money.

    Spending a year is capped at one and a half times the most ever spent on that lever: what lies above is lost.
    """
    many, draws = len(plans), len(task.unknowns)
    lengths = np.array(task.halves, float)
    yearly = np.minimum(plans / lengths[None, :, None], 1.5 * task.most)
    units = yearly / np.where(task.mean > 0, task.mean, 1.0)
    units = units if task.response is None else task.response(units)
    ahead = np.repeat(units, task.halves, axis=1)
    before = np.broadcast_to(task.past.levers, (many, *task.past.levers.shape))
    levers = np.concatenate([before, ahead, ahead[:, -1:]], axis=1)
    first = task.past.levers.shape[0]
    cases = np.repeat(levers, draws, axis=0)
    log_x = simulate(np.tile(task.unknowns, (many, 1)), cases, task.past.has, first)[0][:, 1:]
    weights = (1 + task.discount) ** -np.arange(1, task.horizon + 1)
    worth = np.exp(log_x).sum(axis=2) @ weights
    return np.asarray(worth.reshape(many, draws))


def best_plan(task: Task, pause: Callable[[], None] = lambda: None) -> Array:
    """The plan (period, lever) whose expected discounted output is highest within the budget; gradient search.

    Shares of the budget are a softmax over periods and levers; three starts, slopes by differences over all at once.
    """
    used = np.flatnonzero(task.past.has)
    size = 2 * len(used)
    nothing = values_of(task, np.zeros((1, 2, len(MOTIVES))))[0]

    def plans_of(points: Array) -> Array:
        share = np.exp(points - points.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        plans = np.zeros((len(points), 2, len(MOTIVES)))
        plans[:, :, used] = task.budget * share.reshape(len(points), 2, len(used))
        return plans

    def cost(point: Array) -> tuple[float, Array]:
        pause()
        step = 1e-3
        points = np.concatenate([point[None], point + step * np.eye(size)])
        worth = (values_of(task, plans_of(points)) / nothing).mean(axis=1)
        return -100 * float(worth[0]), -100 * (worth[1:] - worth[0]) / step

    best, found = np.inf, np.zeros(size)
    for start in (np.zeros(size), np.repeat([0.7, -0.7], len(used)), np.repeat([-0.7, 0.7], len(used))):
        result = minimize(cost, start, jac=True, method="L-BFGS-B", bounds=[(-6, 6)] * size, options={"maxiter": 60})
        if result.fun < best:
            best, found = float(result.fun), result.x
    return np.asarray(plans_of(found[None])[0])
