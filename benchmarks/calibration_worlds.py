"""Worlds whose truth is made, for `symbiosis_calibration.py`: regions whose poles grow by Tong & Wang (9n).

Two kinds. **Made** worlds have the truths that an economist would think of: R about .2 a year, N about 100, b zero in
30 % of cases, else .1 to .6 either way; their intervals should hold the truth as often as stated, whatever the prior.
**Prior** worlds draw every truth from the very prior of the fit; there the rank of the truth among the draws must be
uniform (Talts et al. 2018), and anything else is an error of the computation.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from coevolve.engine import growth_evidence, growth_fit, growth_panel
from coevolve.engine.growth import paths
from coevolve.inquiry.key import Key

Array = np.ndarray

RATE, CAPACITY = float(np.log(0.2)), float(np.log(100.0))  # where prior worlds have their centres
FAR = np.log(20.0)  # a made world in which some pole passes twenty capacities is drawn anew
SPAN = 4.0  # a prior world is kept when every observed series stays within this range of log scale


@dataclass(frozen=True)
class Priors:
    """The prior of a fit, said outright so that truths can be drawn from it: centres and sds, of logs and of b."""

    log_rate: tuple[float, float]  # of a region alone, or of the mean over regions
    log_capacity: tuple[float, float]  # likewise
    spread_capacity: tuple[float, float]  # of the log spread of log capacity over regions
    b: float
    noise: tuple[float, float]  # of the log of each noise scale
    spread_rate: tuple[float, float]
    spread_b: tuple[float, float]
    tie: tuple[float, float]  # of the logit of the correlation of process noise between poles
    start: tuple[float, float] = (float(np.log(3.0)), float(np.log(60.0)))  # log x at first lies evenly between

    @classmethod
    def of_the_fit(cls, fit: str, regions: int) -> Priors:
        """The widths that a fit uses, about R = .2 and N = 100 instead of centres that it would read off the data."""
        return cls._laplace(regions) if fit == "laplace" else cls._chains(regions)

    @classmethod
    def _laplace(cls, regions: int) -> Priors:
        one = regions == 1
        return cls(
            (RATE, growth_fit.SD_RATE if one else growth_fit.SD_RATE_MEAN),
            (CAPACITY, growth_fit.SD_CAPACITY if one else growth_fit.SD_CAPACITY_MEAN),
            (float(np.log(growth_fit.SD_CAPACITY_EACH)), 0.0),
            growth_fit.SD_B,
            growth_evidence.NOISE,
            growth_evidence.SPREAD,
            growth_evidence.SPREAD_B,
            growth_evidence.TIE,
        )

    @classmethod
    def _chains(cls, regions: int) -> Priors:
        own, one = growth_panel.Priors(), regions == 1
        return cls(
            (RATE, float((own.rate if one else own.rate_mean)[1])),
            (CAPACITY, (own.capacity if one else own.capacity_mean)[1]),
            own.spread_capacity,
            float(own.b[1]),
            own.process,
            own.spread_rate,
            own.spread_b,
            own.tie,
        )


@dataclass(frozen=True)
class Cell:
    """One kind of world: its size, its noise (sds on log scale: counting, growth a root year, common year effect),
    how far b differs between regions, and how it is fitted."""

    name: str
    regions: int
    years: int
    poles: int
    counting: float = 0.03
    growing: float = 0.0
    common: float = 0.0
    spread_b: float = 0.0
    noise: str = "state-space"
    pooling: str = "hierarchical"
    is_prior: bool = False

    @property
    def has_years(self) -> bool:
        """A year effect is fitted from five regions on, as the question does."""
        return self.regions >= 5 and self.noise != "measurement"

    @property
    def settings(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class World:
    """What is observed, `logs` (region, time, pole), and the truth behind it; `noise` holds the true scales, `hidden`
    what else a prior world has: means of log rate and log capacity, year effects, logit of the correlation."""

    times: Array
    logs: Array
    rate: Array
    capacity: Array
    b: Array  # (region, pole, pole)
    mean_b: Array  # (pole, pole)
    noise: dict[str, Array]
    hidden: dict[str, Array] = field(default_factory=dict)


def make(cell: Cell, key: Key, priors: Priors) -> World:
    """The world of this key; worlds that run away are drawn anew (a rule about what is seen, in prior worlds)."""
    random = key.numpy()
    for _ in range(10_000):
        world = _from_prior(cell, random, priors) if cell.is_prior else _made(cell, random)
        if world is not None:
            return world
    raise RuntimeError(f"{cell.name}: no world out of ten thousand stays within bounds")


@dataclass(frozen=True)
class Truth:
    """What moves a made world: first log scale, rate, capacity (region, pole), b of each region and its mean."""

    start: Array
    rate: Array
    capacity: Array
    b: Array
    mean_b: Array


def draw_truth(cell: Cell, random: np.random.Generator) -> Truth:
    """Truths of a made world; a single region begins at 3 to 35 % of capacity, one of several at 3 to 50 %."""
    g, n = cell.regions, cell.poles
    weaker = np.sqrt(2.0 / (n - 1)) if n > 3 else 1.0
    sign = random.choice([-1.0, 1.0], (n, n))
    mean_b = np.where(random.random((n, n)) < 0.3, 0.0, sign * random.uniform(0.1, 0.6, (n, n)) * weaker)
    np.fill_diagonal(mean_b, 0.0)
    b = mean_b + cell.spread_b * random.standard_normal((g, n, n)) * ~np.eye(n, dtype=bool)
    rate = np.exp(random.normal(RATE, 0.35 if g == 1 else 0.25, (g, n)))
    capacity = np.exp(random.normal(CAPACITY, 0.5, (g, n)))
    start = np.log(capacity * random.uniform(0.03, 0.35 if g == 1 else 0.5, (g, n)))
    return Truth(start, rate, capacity, b, mean_b)


def _made(cell: Cell, random: np.random.Generator) -> World | None:
    g, t, n = cell.regions, cell.years, cell.poles
    truth = draw_truth(cell, random)
    shocks = cell.growing * random.standard_normal((g, t - 1, n)) + cell.common * random.standard_normal((t - 1, n))
    true = paths(truth.start, truth.rate, truth.capacity, truth.b, np.ones(t - 1), shocks)
    if (true - np.log(truth.capacity)[:, None, :]).max() > FAR:
        return None
    logs = true + cell.counting * random.standard_normal(true.shape)
    noise = {
        "measurement": np.full(n, cell.counting),
        "process": np.full(n, cell.growing),
        "year": np.full(n, cell.common),
    }
    return World(np.arange(float(t)), logs, truth.rate, truth.capacity, truth.b, truth.mean_b, noise)


def _from_prior(cell: Cell, random: np.random.Generator, priors: Priors) -> World | None:
    g, t, n = cell.regions, cell.years, cell.poles
    off = ~np.eye(n, dtype=bool)

    def normal(prior: tuple[float, float], size: Any = ()) -> Array:
        return np.asarray(random.normal(*prior, size))

    spread_rate, spread_b = np.exp(normal(priors.spread_rate)), np.exp(normal(priors.spread_b))
    spread_capacity = np.exp(normal(priors.spread_capacity))
    several = g > 1
    rate_mean, capacity_mean = normal(priors.log_rate, n), normal(priors.log_capacity, n)
    log_rate = np.broadcast_to(rate_mean, (g, n)) + several * spread_rate * random.standard_normal((g, n))
    log_capacity = np.broadcast_to(capacity_mean, (g, n)) + several * spread_capacity * random.standard_normal((g, n))
    mean_b = priors.b * random.standard_normal((n, n)) * off
    differs = several and cell.pooling == "hierarchical"
    b = mean_b + (spread_b if differs else 0.0) * random.standard_normal((g, n, n)) * off
    measurement = np.exp(normal(priors.noise, n)) * (cell.noise != "one-step")
    process = np.exp(normal(priors.noise, n)) * (cell.noise != "measurement")
    year = np.exp(normal(priors.noise, n)) * cell.has_years
    logit = normal(priors.tie)
    own = np.linalg.cholesky(np.where(np.eye(n, dtype=bool), 1.0, correlation(float(logit), n)))
    years = random.standard_normal((t - 1, n)) * year
    shocks = random.standard_normal((g, t - 1, n)) @ own.T * process + years
    start = random.uniform(*priors.start, (g, n))
    true = paths(start, np.exp(log_rate), np.exp(log_capacity), b, np.ones(t - 1), shocks)
    logs = true + measurement * random.standard_normal(true.shape)
    if np.ptp(logs, axis=1).max() > SPAN:
        return None
    scales = (measurement, process, year, spread_rate, spread_capacity, spread_b)
    names = ("measurement", "process", "year", "spread_rate", "spread_capacity", "spread_b")
    hidden = {"rate_mean": rate_mean, "capacity_mean": capacity_mean, "years": years, "tie": logit}
    noise = dict(zip(names, scales, strict=True))
    return World(np.arange(float(t)), logs, np.exp(log_rate), np.exp(log_capacity), b, mean_b, noise, hidden)


def correlation(logit: float, poles: int) -> float:
    """Of process noise between the poles of a region, bounded as the fit bounds it."""
    low, high = -0.9 / max(1, poles - 1), 0.95
    return float(low + (high - low) / (1.0 + np.exp(-logit)))


def _cells() -> tuple[Cell, ...]:
    kinds = {"counted": (0.03, 0.0, 0.0), "growing": (0.005, 0.05, 0.0), "both": (0.03, 0.03, 0.0)}
    wide = {"counted": (0.03, 0.0, 0.0), "both": (0.02, 0.02, 0.0), "shock": (0.02, 0.02, 0.03)}
    found = [Cell(f"1x20x{n}-{kind}", 1, 20, n, *noise) for n in (2, 3, 5) for kind, noise in kinds.items()]
    found += [Cell(f"1x40x{n}-exact", 1, 40, n, 0.01) for n in (2, 3)]
    found += [Cell(f"12x20x{n}-{kind}", 12, 20, n, *noise) for n in (2, 3, 5) for kind, noise in wide.items()]
    found += [
        Cell("30x20x2-counted", 30, 20, 2),
        Cell("30x10x2-counted", 30, 10, 2),
        Cell("30x20x2-shock", 30, 20, 2, *wide["shock"]),
        Cell("30x10x2-shock", 30, 10, 2, *wide["shock"]),
        Cell("30x20x2-noisy", 30, 20, 2, 0.10),
        Cell("30x20x2-differ", 30, 20, 2, spread_b=0.15),
        Cell("30x10x2-differ", 30, 10, 2, spread_b=0.15),
        Cell("12x20x3-strong", 12, 20, 3, 0.02, 0.02, 0.06),
        Cell("12x20x2-onestep", 12, 20, 2, 0.0, 0.03, 0.03, noise="one-step"),
        Cell("1x20x2-smooth", 1, 20, 2, noise="measurement"),
    ]
    prior = [
        Cell("prior-1x20x2", 1, 20, 2, is_prior=True),
        Cell("prior-1x20x3", 1, 20, 3, is_prior=True),
        Cell("prior-8x15x2", 8, 15, 2, is_prior=True),
        Cell("prior-8x15x3", 8, 15, 3, is_prior=True),
        Cell("prior-8x15x2-complete", 8, 15, 2, pooling="complete", is_prior=True),
        Cell("prior-4x15x2", 4, 15, 2, is_prior=True),
        Cell("prior-30x10x2", 30, 10, 2, is_prior=True),
    ]
    return tuple(found + prior)


CELLS = {cell.name: cell for cell in _cells()}
