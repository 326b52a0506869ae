"""Plans for a converging pair: baselines, predicted gains, ranks of levers, and checks that the past can teach them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from .policy_model import Fitted, Past, Task, best_plan, fit, prior, values_of
from .policy_names import MOTIVES

Array = NDArray[np.float64]

LEAST_YEARS = 12


@dataclass(frozen=True)
class Plans:
    """Every plan (period, lever) by name, its gain over doing nothing by draw (per cent), lever ranks and checks.

    `marginal` (draw, lever) is the gain from one hundredth of the budget more on a lever, from the equal split.
    `placebo` lever -> (slope of growth on next year's spending, its 90 % bounds, p).
    """

    plans: Mapping[str, Array]
    gains: Mapping[str, Array]
    marginal: Array
    fitted: Fitted
    placebo: Mapping[str, tuple[float, float, float, float]]


def make_plans(
    past: Past,
    spending: Array,
    horizon: int,
    budget: float,
    draws: int,
    random: np.random.Generator,
    tick: Callable[[int, int, str], None] = lambda done, of, words: None,
) -> Plans:
    """Fit the past, draw from what is known, search the best plan, and judge all plans under the same draws.

    `spending` (year, lever) is past spending in money, 0 for motives without a lever. The search uses at most 12
    draws; all are used to judge.
    """
    tick(0, 4, "fitting the past")
    fitted = fit(past, lambda: tick(0, 4, "fitting the past"))
    every = fitted.draws(random, draws)
    task = Task(every, past, horizon, budget, spending.mean(axis=0), spending.max(axis=0))
    tick(1, 4, "searching a plan")
    few = replace(task, unknowns=every[: min(12, draws)])
    plans = {
        "nothing": np.zeros((2, len(MOTIVES))),
        "equal split": _split(task, past.has.astype(float)),
        "past shares": _split(task, spending.mean(axis=0)),
        "OLS-proportional": _split(task, _slopes_on_growth(past)),
        "prior-mean optimum": best_plan(
            replace(task, unknowns=prior(past)[0][None]), lambda: tick(1, 4, "searching a plan")
        ),
    }
    tick(2, 4, "searching a plan")
    plans["plan"] = best_plan(few, lambda: tick(2, 4, "searching a plan"))
    tick(3, 4, "judging plans")
    worth = values_of(task, np.stack(list(plans.values())))
    gains = {name: 100 * (worth[k] / worth[0] - 1) for k, name in enumerate(plans)}
    return Plans(plans, gains, _marginal(task, plans["equal split"]), fitted, placebo(past))


def _split(task: Task, shares: Array) -> Array:
    """The whole budget by fixed shares of levers, in both periods by their length; even where no share is above 0."""
    wanted = np.maximum(np.asarray(shares, float), 0.0) * task.past.has
    wanted = wanted if wanted.sum() > 0 else task.past.has.astype(float)
    lengths = np.array(task.halves, float) / task.horizon
    return np.asarray(task.budget * lengths[:, None] * wanted / wanted.sum())


def _marginal(task: Task, plan: Array) -> Array:
    """What one hundredth of the budget more on each lever adds to the gain, by draw, in per cent (draw, lever)."""
    used = np.flatnonzero(task.past.has)
    more = np.repeat(plan[None], 1 + len(used), axis=0)
    lengths = np.array(task.halves, float) / task.horizon
    for row, lever in enumerate(used, start=1):
        more[row, :, lever] += 0.01 * task.budget * lengths
    worth = values_of(task, more)
    found = np.full((worth.shape[1], len(MOTIVES)), np.nan)
    found[:, used] = 100 * (worth[1:] / worth[0] - 1).T
    return found


def _growth(past: Past) -> Array:
    """Growth of joint output from each year to the next, in logs."""
    return np.asarray(np.diff(np.log(np.exp(past.log_x).sum(axis=1))))


def _slopes_on_growth(past: Past) -> Array:
    """Slopes of growth on the spending of the year, all levers at once, by least squares; 0 for absent levers."""
    used = np.flatnonzero(past.has)
    growth = _growth(past)
    design = np.column_stack([np.ones(len(growth)), past.levers[:-1, used]])
    found = np.zeros(len(MOTIVES))
    found[used] = np.linalg.lstsq(design, growth, rcond=None)[0][1:]
    return found


def placebo(past: Past) -> dict[str, tuple[float, float, float, float]]:
    """Does next year's spending "explain" this year's growth? Then spending follows growth, and effects are biased.

    For each lever: growth on its spending of the year and of the year after the growth; slope of the latter, its 90 %
    bounds and p.
    """
    growth, found = _growth(past), {}
    for lever in np.flatnonzero(past.has):
        u = past.levers[:, lever]
        design = np.column_stack([np.ones(len(growth) - 2), u[1:-2], u[2:-1], growth[:-2]])
        y = growth[1:-1]
        lead = np.column_stack([design, u[3:]])
        inverse = np.linalg.pinv(lead.T @ lead)
        slopes = inverse @ lead.T @ y
        freedom = len(y) - lead.shape[1]
        if freedom < 3:
            continue
        variance = float(((y - lead @ slopes) ** 2).sum()) / freedom
        sd = float(np.sqrt(max(variance * inverse[-1, -1], 1e-24)))
        t = float(slopes[-1]) / sd
        found[MOTIVES[lever]] = (
            float(slopes[-1]),
            float(slopes[-1]) - 1.7 * sd,
            float(slopes[-1]) + 1.7 * sd,
            float(2 * stdtr(freedom, -abs(t))),
        )
    return found


def variation(spending: Array) -> Array:
    """Sd over mean of each lever's spending; 0 where nothing was ever spent."""
    mean = spending.mean(axis=0)
    return np.asarray(np.divide(spending.std(axis=0), mean, out=np.zeros_like(mean), where=mean > 0))
