"""The evidence that `influence` is measured on, each with its true network: long series, gene panels, made panels.

A cell is one world: levels (region, period, series) and truth[target, source]. Series that pass zero are taken as they
stand, and their change is the growth; series that are always above zero in logs. Nothing else is chosen for any cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from coevolve.engine.panel_rows import Sample
from coevolve.themes.influence.arrays import FOLD_REGIONS, Readied, folds_of, sample_of, time_blocks

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]
SERIES = 10  # of made panels
BURN = 50


@dataclass(frozen=True)
class World:
    """Levels (region, period, series) and who moves whom; `logs` says whether the levels are logarithms already."""

    levels: Floats
    truth: Truth
    logs: bool


def readied(world: World, clusters: NDArray[np.int64] | None = None) -> Readied:
    """The arrays that the question would make of a panel; without `clusters` each region is its own."""
    regions, periods, series = world.levels.shape
    groups = np.arange(regions) if clusters is None else clusters
    by_region = len(np.unique(groups)) >= FOLD_REGIONS
    cluster = groups if by_region else np.zeros(regions, np.int64)
    blocks = np.zeros(periods, np.int64) if by_region else time_blocks(periods)
    if world.logs:
        sample = sample_of(world.levels, np.ones(periods - 1), "log", cluster, blocks)
    else:
        growth = np.full_like(world.levels, np.nan)
        growth[:, 1:] = np.diff(world.levels, axis=1)
        sample = Sample(growth, world.levels, world.levels, cluster, blocks)
    return Readied(
        sample,
        world.levels,
        tuple(f"s{k}" for k in range(series)),
        tuple(f"r{k}" for k in range(regions)),
        tuple(str(k) for k in range(periods)),
        "step",
        folds_of(cluster, blocks, by_region),
        by_region,
        np.zeros(series, np.int64),
        regions > 1,
    )


# ---- long series -----------------------------------------------------------------------------------------------


def ring(size: int) -> Truth:
    """Lorenz-96: dx_i = (x_(i+1) - x_(i-2)) x_(i-1) - x_i + F."""
    place, found = np.arange(size), np.zeros((size, size), bool)
    for step in (-2, -1, 1):
        found[place, (place + step) % size] = True
    return found


def lorenz(data: Path, name: str, number: int) -> World:
    """One set of Lorenz-96, ten variables; `name` is like F10_T250."""
    asked = f"select value from '{data / f'lorenz96_{name}.parquet'}' where set = ? order by t, variable"
    value = np.asarray(duckdb.execute(asked, [number]).fetchnumpy()["value"], float)
    return World(value.reshape(1, -1, 10), ring(10), False)


def gvar(data: Path, name: str, number: int) -> World:
    """One of the series published with GVAR: lotka-volterra, lorenz96, linear-var."""
    path = data / f"gvar_{name}_rep{number}.parquet"
    columns = duckdb.execute(f"select * from '{path}'").fetchnumpy()
    truth = np.loadtxt(data / f"gvar_{name}_truth_rep{number}.csv", delimiter=",", skiprows=1) > 0.0
    return World(np.stack(list(columns.values()), axis=1).astype(float)[None], truth, False)


# ---- genes: many short histories of many series ------------------------------------------------------------------


def dream3(data: Path, network: str) -> World:
    """DREAM3, 100 genes: 46 histories of 21 points."""
    rows = f"select trajectory as run, time, gene, value from '{data / f'dream3_size100_{network}.parquet'}'"
    gold = (
        f"select source, target from '{data / 'dream3_gold.parquet'}' "
        f"where size = 100 and network = '{network}' and edge = 1"
    )
    return _genes(rows, gold)


def dream4(data: Path, network: str) -> World:
    """DREAM4, 10 or 100 genes: 5 or 10 histories of 21 points."""
    table = data / "dream4_timeseries.parquet"
    rows = f"select series as run, time, gene, expression as value from '{table}' where network = '{network}'"
    gold = (
        f"select source, target from '{data / 'dream4_gold_networks.parquet'}' where network = '{network}' and edge = 1"
    )
    return _genes(rows, gold)


def _genes(rows: str, gold: str) -> World:
    found = duckdb.execute(f"select * from ({rows}) order by run, time, cast(gene[2:] as int)").fetchnumpy()
    genes = len(np.unique(found["gene"].astype(str)))
    runs = len(np.unique(found["run"]))
    levels = np.asarray(found["value"], float).reshape(runs, -1, genes)
    links = duckdb.execute(gold).fetchnumpy()
    truth = np.zeros((genes, genes), bool)
    number = [np.array([int(name[1:]) - 1 for name in links[side]]) for side in ("target", "source")]
    truth[number[0], number[1]] = True
    return World(levels, truth, False)


# ---- made panels -------------------------------------------------------------------------------------------------


def _parents(random: np.random.Generator) -> list[list[int]]:
    return [random.choice([j for j in range(SERIES) if j != i], 2, replace=False).tolist() for i in range(SERIES)]


def symbiosis(seed: int, regions: int, years: int, strength: float) -> World:
    """Ten poles after Tong & Wang (9n) in yearly steps, two parents each, ceilings that differ between regions."""
    random = np.random.default_rng(seed)
    ties = -np.eye(SERIES)
    for i, parents in enumerate(_parents(random)):
        ties[i, parents] = strength * random.choice([-1, 1], 2)
    capacity = np.exp(0.35 * random.normal(size=(regions, SERIES)))
    scale = np.empty((regions, years, SERIES))
    scale[:, 0] = random.uniform(0.3, 1.2, size=(regions, SERIES))
    for t in range(1, years):
        noise = 0.08 * random.normal(size=(regions, SERIES)) + 0.05 * random.normal(size=(1, SERIES))
        scale[:, t] = scale[:, t - 1] * np.exp(np.clip(0.5 * (1.0 + scale[:, t - 1] @ ties.T) + noise, -1, 1))
    return World(np.log(scale * capacity[:, None]), (ties != 0.0) & ~np.eye(SERIES, dtype=bool), True)


def delayed(seed: int, regions: int, years: int, bent: bool) -> World:
    """Two parents each, acting after one to three years; with `bent` half of them by the size of their swing.

    x_i(t) = .5 x_i(t-1) + .2 sum_j f_j(x_j(t - lag_j)) + shock, f straight, or 1.5 |x| less its mean.
    """
    random = np.random.default_rng(seed)
    parents = _parents(random)
    lag = random.integers(1, 4, size=(SERIES, 2))
    curved = random.random((SERIES, 2)) < (0.5 if bent else 0.0)
    sign = random.choice([-1.0, 1.0], size=(SERIES, 2))
    x = np.zeros((regions, years + BURN, SERIES))
    truth = np.zeros((SERIES, SERIES), bool)
    for t in range(3, years + BURN):
        shock = 0.3 * random.normal(size=(regions, SERIES)) + 0.1 * random.normal(size=(1, SERIES))
        x[:, t] = 0.5 * x[:, t - 1] + shock
        for i in range(SERIES):
            for k, j in enumerate(parents[i]):
                truth[i, j] = True
                before = x[:, t - lag[i, k], j]
                x[:, t, i] += 0.2 * sign[i, k] * (1.5 * (np.abs(before) - 0.3) if curved[i, k] else before)
    return World(x[:, BURN:] + random.normal(size=(regions, 1, SERIES)), truth, True)
