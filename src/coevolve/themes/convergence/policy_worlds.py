"""Simulated pairs whose levers are known to the last number: what a plan is worth beside one made with full knowledge.

    score = 100 (V(plan) - V(nothing)) / (V(full information) - V(nothing))            V: discounted joint output

Truth is drawn about what theory expects (`policy_model.ETA`), so the prior-mean optimum is no straw man; `spread`, the
sd of the logs of the six true effects, says how far reality strays from theory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...inquiry.key import Key
from .policy_model import ETA, Past, Task, best_plan, simulate, values_of
from .policy_names import MOTIVES
from .policy_plans import make_plans

Array = NDArray[np.float64]

EVERY = np.ones(len(MOTIVES), bool)


@dataclass(frozen=True)
class PolicyWorld:
    """What kind of groups there are and what is planned for them.

    `spread`: sd of the logs of the true effects about theory. `years` seen, with `noise_x` (sd of log output) and
    `noise_s` (sd of the degree) on top of the truth; spending moves by `variation` (sd of its log) from year to year.
    `budget` is in past means of one lever and serves `horizon` years. `form` is how effects answer to spending u:
    "exponential", 1 - exp(-u), as the model of `policy` has it, or "hill", u^2 / (1 + u^2), as it has not.
    """

    spread: float = 0.5
    years: int = 24
    noise_x: float = 0.02
    noise_s: float = 0.05
    variation: float = 0.5
    budget: float = 15.0
    horizon: int = 10
    form: Literal["exponential", "hill"] = "exponential"

    def response(self, units: Array) -> Array:
        """The u at which 1 - exp(-u) is the true response to spending of so many past means."""
        return np.log1p(units**2) if self.form == "hill" else units


@dataclass(frozen=True)
class PolicyGroup:
    """One simulated pair: its true unknowns (19,), what was seen of it, and past spending (year, lever) in money."""

    truth: Array
    past: Past
    spending: Array


def policy_group(key: Key, world: PolicyWorld) -> PolicyGroup:
    """A pair of industries with six levers; the same key gives the same pair."""
    random = key.numpy()
    truth = _truth(random, world.spread)
    level = np.exp(random.normal(0.0, 0.5, len(MOTIVES)))
    spending = level * np.exp(random.normal(0.0, world.variation, (world.years, len(MOTIVES))))
    levers = spending / spending.mean(axis=0)
    log_x, degree = simulate(truth, world.response(levers), EVERY)
    seen_x = log_x[0] + random.normal(0.0, world.noise_x, log_x[0].shape)
    seen_s = np.clip(degree[0] + random.normal(0.0, world.noise_s, world.years), 0.01, 1.5)
    return PolicyGroup(truth, Past(seen_x, seen_s, np.full(world.years, world.noise_s), levers, EVERY), spending)


def _truth(random: np.random.Generator, spread: float) -> Array:
    """Unknowns in the order of `policy_model.prior`: half-filled capacities, a wave that begins, effects about ETA."""
    log_n = random.normal(6.0, 0.5, 2)
    start = log_n + np.log(random.uniform(0.3, 0.7, 2))
    wave = np.log([0.006, 0.12]) + random.normal(0.0, [0.5, 0.3])
    effects = ETA + random.normal(0.0, spread, len(MOTIVES))
    return np.array(
        [
            *wave,
            random.normal(0.0, 0.05),
            *(np.log(0.25) + random.normal(0.0, 0.3, 2)),
            *log_n,
            *random.normal(-0.1, 0.2, 2),
            random.normal(0.02, 0.01),
            *start,
            random.normal(-3.0, 0.5),
            *effects,
        ]
    )


def worth_of_plans(group: PolicyGroup, world: PolicyWorld, draws: int, key: Key) -> Mapping[str, float]:
    """What each plan that `policy` makes from the seen past is truly worth, and the plan of full information.

    "random" is the mean over plans whose shares are even over the simplex.
    """
    money = group.spending
    budget = world.budget * float(money.mean())
    random = key.numpy()
    made = make_plans(group.past, money, world.horizon, budget, draws, random)
    past = replace(group.past, levers=world.response(group.past.levers))
    true = Task(
        group.truth[None], past, world.horizon, budget, money.mean(axis=0), money.max(axis=0), response=world.response
    )
    plans = dict(made.plans) | {"full information": best_plan(true)}
    worth = values_of(true, np.stack(list(plans.values())))[:, 0]
    shares = random.dirichlet(np.ones(len(MOTIVES)), 200)
    lengths = np.array(true.halves, float) / world.horizon
    by_chance = values_of(true, budget * lengths[None, :, None] * shares[:, None, :])
    return {name: float(value) for name, value in zip(plans, worth, strict=True)} | {"random": float(by_chance.mean())}
