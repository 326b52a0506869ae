"""Fits that `symbiosis_calibration.py` can measure: each takes a panel and gives draws of what is unknown.

A fit is `fit(times, logs, *, noise, pooling, years, key, draws, priors) -> Draws`. With `priors` it uses these, said
outright, in place of centres read off the data: only then can truths be drawn from the same prior.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from calibration_density import growing
from calibration_worlds import Priors

from coevolve.engine.growth_fit import Problem
from coevolve.engine.growth_noise import posterior
from coevolve.engine.growth_sample import sample_growth
from coevolve.inquiry.key import Key
from coevolve.themes.symbiosis.model import DOUBTFUL, LEAST_AGREEING, MOST_DIVERGED

Array = np.ndarray
DRAWS = 1000


@dataclass(frozen=True)
class Draws:
    """Draws of rates and capacities (draw, region, pole), b (draw, region, pole, pole), the mean b (draw, pole, pole),
    and scales (draw, pole) or (draw, 1); `health` is what the fit says of itself."""

    rate: Array
    capacity: Array
    b: Array
    mean_b: Array
    scales: dict[str, Array]
    health: dict[str, float]


class Fit(Protocol):
    """Anything that can be measured."""

    def __call__(
        self,
        times: Array,
        logs: Array,
        *,
        noise: str,
        pooling: str,
        years: bool,
        key: Key,
        draws: int = DRAWS,
        priors: Priors | None = None,
    ) -> Draws: ...


def laplace(
    times: Array,
    logs: Array,
    *,
    noise: str,
    pooling: str,
    years: bool,
    key: Key,
    draws: int = DRAWS,
    priors: Priors | None = None,
) -> Draws:
    """The nested Laplace approximation: `inference = "laplace"`."""
    problem = Problem.of(
        times, logs, with_states=noise != "measurement", is_partial=pooling == "hierarchical", has_years=years
    )
    if priors is not None:
        anchor = np.full_like(problem.anchor, priors.log_capacity[0] - np.log(1.3))
        problem = replace(problem, anchor=anchor, rate_centre=priors.log_rate[0])
    found = posterior(problem, noise, key.numpy(), draws=draws)
    health = {
        "trusted": float(found.settled and found.starts_agreeing >= LEAST_AGREEING),
        "effective_points": found.scan.effective,
        "widened": float(np.max(found.widened, initial=1.0)),
    }
    scales = {"measurement": found.measurement, "process": found.process, "year": found.year}
    scales |= {"spread_rate": found.spread_rate[:, None], "spread_b": found.spread_b[:, None]}
    scales |= {"tie": found.correlation[:, None], "spread_capacity": np.zeros((draws, 1))}  # the latter is not fitted
    return Draws(found.rate, found.capacity, found.symbiosis, found.group_symbiosis, scales, health)


def chains(
    times: Array,
    logs: Array,
    *,
    noise: str,
    pooling: str,
    years: bool,
    key: Key,
    draws: int = DRAWS,
    priors: Priors | None = None,
) -> Draws:
    """Draws from the posterior itself: `inference = "chains"`, one chain a world, since worlds repeat each other."""
    panel = growing(times, logs, noise, pooling, years, priors)
    found = sample_growth(panel, key.numpy(), draws=draws, chains=1)
    health = {
        "trusted": float(
            found.starts_agreeing >= LEAST_AGREEING
            and found.r_hat.max() < DOUBTFUL
            and found.divergences <= MOST_DIVERGED * draws
        ),
        "r_hat": float(found.r_hat.max()),
        "effective": found.effective,
        "divergences": float(found.divergences),
        "cut": float(found.cut),
        "steps": found.steps,
    }
    scales = {name: getattr(found, name) for name in ("measurement", "process", "year")}
    scales |= {name: getattr(found, name)[:, None] for name in ("spread_rate", "spread_capacity", "spread_b")}
    scales["tie"] = found.correlation[:, None]
    return Draws(found.rate, found.capacity, found.symbiosis, found.group_symbiosis, scales, health)


FITS: dict[str, Fit] = {"laplace": laplace, "chains": chains}
