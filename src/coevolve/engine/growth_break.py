"""When did a capacity step up or down? Every year tried in turn, each against the same equations without a step.

    log N_p(t) = log N_p + delta   from the year of the break on                 the rest: Tong & Wang (9), (10)

A break in capacity is felt only through growth that follows it: a pole far from its capacity hardly shows it. The
evidence for a year is the marginal likelihood with a step there, delta integrated over N(0, .5), against that without;
noise scales are averaged over shares of those fitted without a step, since a step not allowed for passes for noise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .growth_evidence import window
from .growth_fit import SD_STEP, Mode, Problem, Scales, Step, fit_mode, process_precision

Array = NDArray[np.float64]
Tick = Callable[[int, int], None]

SHARES = ((1.0, 1.0), (1.0, 0.5), (1.0, 0.2), (0.75, 0.5), (0.75, 0.2))
"""Shares of the measurement and of the process noise that the evidence is averaged over."""


@dataclass(frozen=True)
class Break:
    """A step tried at one time: its size with standard error, and the log Bayes factor against no step at all."""

    begins: int
    size: float
    error: float
    log_factor: float


def search_breaks(
    problem: Problem,
    scales: Scales,
    pole: int,
    places: Sequence[int],
    hits: NDArray[np.bool_],
    start: tuple[Array, Array],
    tick: Tick | None = None,
) -> list[Break]:
    """A step of `pole` tried at each of `places` among the times; `start` is the fit (local, shared) without a step."""
    several = [_narrowed(scales, share) for share in SHARES]
    plain = [fit_mode(problem, one, start) for one in several]
    without = _log_mean([_log_evidence(problem, one, mode) for one, mode in zip(several, plain, strict=True)])
    found = []
    for done, begins in enumerate(places):
        if tick is not None:
            tick(done, len(places))
        stepped = problem.with_step(Step(pole, int(begins), hits))
        modes = [
            fit_mode(stepped, one, (mode.local, np.append(mode.shared, 0.0)))
            for one, mode in zip(several, plain, strict=True)
        ]
        values = [_log_evidence(stepped, one, mode) - np.log(SD_STEP) for one, mode in zip(several, modes, strict=True)]
        weights = np.exp(np.array(values) - max(values))
        weights /= weights.sum()
        sizes = np.array([mode.shared[-1] for mode in modes])
        errors = np.array([np.linalg.inv(mode.shared_precision)[-1, -1] for mode in modes])
        size = float(weights @ sizes)
        error = float(np.sqrt(weights @ (errors + (sizes - size) ** 2)))
        found.append(Break(int(begins), size, error, _log_mean(values) - without))
    return found


def _narrowed(scales: Scales, share: tuple[float, float]) -> Scales:
    return replace(scales, measurement=scales.measurement * share[0], process=scales.process * share[1])


def _log_mean(values: Sequence[float]) -> float:
    top = max(values)
    return top + float(np.log(np.mean(np.exp(np.array(values) - top))))


def _log_evidence(problem: Problem, scales: Scales, mode: Mode) -> float:
    """Log marginal likelihood by Laplace's method, up to what no step and no share of the noise changes."""
    inside = problem.seen & window(problem)
    intervals = float((problem.last - problem.first).sum())
    noise = float(inside.sum(axis=(0, 1)) @ np.log(scales.measurement))
    growth = -0.5 * intervals * float(np.linalg.slogdet(process_precision(scales))[1])
    return -mode.cost - 0.5 * mode.log_det - noise - growth
