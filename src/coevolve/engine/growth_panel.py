"""A panel that growth equations are to explain: what was seen, by which law and noise, what is assumed beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .growth_filter import Seen

Array = NDArray[np.float64]
Pair = tuple[float, float]

FAR = 3.0  # sd of the first state about the first value, in logs, when states are integrated over
UNSEEN = 0.5  # the same of a pole whose first value was not observed
SYMBIOSIS, PREDATOR_PREY = "symbiosis", "predator_prey"


@dataclass(frozen=True)
class Priors:
    """What is assumed before the data, as normal (mean, sd); arrays by pole or pair where they differ.

    `b`; `rate` the log rate about log(4 / periods observed) (with the law predator_prey the rate itself, about zero);
    `capacity` the log of capacity over the largest value seen; `rate_mean`, `capacity_mean` the same of their means
    when several regions differ; `effect` the effects of the law predator_prey at typical scales, per period; `start`
    the log of the first true value about the first seen; noise scales and spreads in logs, `tie` the logit of the
    correlation between poles. The spread of capacities about their mean is all but given: one that is estimated
    collapses, and then b becomes surely wrong. `anchor` (region, pole) replaces the log of the largest value seen,
    `rate_centre` the centre of log rates: for worlds drawn from the prior itself.
    """

    b: tuple[float | Array, float | Array] = (0.0, 1.0)
    rate: tuple[float | Array, float | Array] = (0.0, 1.0)
    capacity: Pair = (float(np.log(1.3)), 1.0)
    rate_mean: Pair = (0.0, 0.7)
    capacity_mean: Pair = (float(np.log(1.3)), 0.7)
    effect: tuple[float | Array, float | Array] = (0.0, 1.0)
    start: tuple[float | Array, float | Array] = (0.0, FAR)
    measurement: Pair = (float(np.log(0.02)), 1.2)
    process: Pair = (float(np.log(0.02)), 1.2)
    year: Pair = (float(np.log(0.02)), 1.2)
    tie: Pair = (0.0, 1.0)
    spread_rate: Pair = (float(np.log(0.4)), 0.7)
    spread_capacity: Pair = (float(np.log(0.7)), 0.05)
    spread_b: Pair = (float(np.log(0.15)), 0.7)
    anchor: Array | None = None
    rate_centre: float | None = None


@dataclass(frozen=True)
class Growing:
    """A panel ready to be explained: what was seen, by which law, which noise, what regions share.

    `present` (region, pole): poles never seen in a region are absent there and act on nobody. `typical` (region, pole)
    is the log of the geometric mean of a pole, at which effects of the law predator_prey are stated.
    """

    seen: Seen
    present: NDArray[np.bool_]
    law: str
    noise: str
    has_years: bool
    is_grouped: bool
    is_partial: bool
    is_same: bool
    anchor: Array
    typical: Array
    rate_centre: float
    priors: Priors

    @classmethod
    def of(
        cls,
        times: Array,
        logs: Array,
        *,
        law: str = SYMBIOSIS,
        noise: str = "state-space",
        is_partial: bool = False,
        has_years: bool = False,
        is_same: bool = False,
        driver: Array | None = None,
        priors: Priors | None = None,
        substeps: int | None = None,
    ) -> Growing:
        """From log scales (region, time, pole), NaN where not observed; a pole never seen in a region is absent there.

        `is_partial`: each region has its own part of b; `is_same`: regions repeat one system, rates and capacities
        are the same in all; `driver` (region, time): log of what moves capacities (Tong & Wang 6).
        """
        priors = priors or Priors()
        there = np.isfinite(logs)
        regions, count = logs.shape[:2]
        any_pole = np.asarray(there.any(axis=2))
        first = any_pole.argmax(axis=1)
        last = count - 1 - any_pole[:, ::-1].argmax(axis=1)
        present = np.asarray(there.any(axis=1))
        begin, spread = _beginnings(logs, there, present, first, noise)
        top = np.where(there, logs, -np.inf).max(axis=1)
        anchor = np.where(present, top, 0.0)
        if is_same:
            anchor = np.broadcast_to(top.max(axis=0), anchor.shape).copy()
        with np.errstate(invalid="ignore"):
            typical = np.where(there, logs, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
        base = np.zeros((regions, count)) if driver is None else driver - driver[:, :1]
        several = regions > 1
        return cls(
            Seen(
                np.ascontiguousarray(times, float),
                np.ascontiguousarray(np.where(there, logs, 0.0)),
                there,
                first.astype(np.int64),
                last.astype(np.int64),
                np.ascontiguousarray(base, float),
                begin,
                spread,
                substeps or (2 if law == SYMBIOSIS else 6),
            ),
            present,
            law,
            noise,
            has_years and several and noise != "measurement",
            several and not is_same,
            is_partial and several,
            is_same,
            anchor if priors.anchor is None else priors.anchor,
            typical,
            float(np.log(4.0 / (times[-1] - times[0]))) if priors.rate_centre is None else priors.rate_centre,
            priors,
        )

    @property
    def regions(self) -> int:
        return len(self.present)

    @property
    def poles(self) -> int:
        return int(self.present.shape[1])

    @cached_property
    def pairs(self) -> Array:
        """One where a pole is there with another, or itself; else zero; (region, pole, other)."""
        there = self.present.astype(float)
        return np.asarray(there[:, :, None] * there[:, None, :])

    @cached_property
    def roughness(self) -> Array:
        """Sd of the second differences of log scale by pole, over root six: all of it, were counting alone noisy."""
        squares, counts = np.zeros(self.poles), np.zeros(self.poles)
        for r in range(self.regions):
            for p in range(self.poles):
                there = self.seen.seen[r, :, p]
                slopes = np.diff(self.seen.logs[r, there, p]) / np.diff(self.seen.times[there])
                bends = np.diff(slopes) * np.median(np.diff(self.seen.times))
                squares[p] += float((bends**2).sum())
                counts[p] += len(bends)
        return np.asarray(np.clip(np.sqrt(squares / np.maximum(counts, 1) / 6.0), 2e-3, 0.5))

    @property
    def growth_doubt(self) -> Array:
        """How well one region tells the mean growth of each pole, as an sd: were growth alone noisy, whose second
        differences have twice the variance of one period's noise."""
        times = self.seen.times
        return np.asarray(self.roughness * np.sqrt(3.0 / (np.median(np.diff(times)) * (times[-1] - times[0]))))

    @cached_property
    def off(self) -> NDArray[np.bool_]:
        """Which places of a (pole, pole) matrix are pairs."""
        return ~np.eye(self.poles, dtype=bool)


def _beginnings(
    logs: Array, there: NDArray[np.bool_], present: NDArray[np.bool_], first: NDArray[np.int64], noise: str
) -> tuple[Array, Array]:
    """Where each state begins and how far from there it may be, (region, pole)."""
    regions, _, poles = logs.shape
    begin, spread = np.zeros((regions, poles)), np.zeros((regions, poles))
    for r in range(regions):
        for p in range(poles):
            if present[r, p]:
                earliest = int(there[r, :, p].argmax())
                begin[r, p] = logs[r, earliest, p]
                spread[r, p] = FAR if earliest == first[r] else UNSEEN
    if noise == "measurement":
        spread[:] = 0.0
    return begin, spread
