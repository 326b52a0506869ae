"""Panels of noise for `influence`, in which no series moves another, and one world in which each is moved by another.

Every kind draws log levels (region, year, series) anew for every draw. `links` counts the links called on one of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import influence_cells as cells
import numpy as np
from numpy.typing import NDArray

from coevolve.engine.panel_regression import pooled
from coevolve.engine.significance import benjamini_hochberg
from coevolve.inquiry.key import Key
from coevolve.themes.influence.arrays import Readied
from coevolve.themes.influence.channels import choose_lags, lstm_refusal, measure, most_lags

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]
Row = dict[str, Any]
Draw = Callable[[np.random.Generator, int, int, int], Floats]
SHAPES = ((30, 15, cells.SERIES), (100, 20, cells.SERIES), (300, 15, cells.SERIES))  # regions, years, series
SMALL = (20, 15, 4)  # about the least that an LSTM takes: 280 region-years
BURN = 30
FDR = 0.05
TIE = 0.2  # log points of growth for each log point of the driver


# ---- kinds -------------------------------------------------------------------------------------------------------


def _persistent(random: np.random.Generator, persistence: Floats, shock: Callable[[], Floats], years: int) -> Floats:
    """First-order series about levels of their own."""
    first = shock()
    logs = np.zeros((years + BURN, *first.shape))
    for t in range(1, years + BURN):
        logs[t] = persistence * logs[t - 1] + 0.05 * shock()
    return logs[BURN:].transpose(1, 0, 2) + random.normal(size=(first.shape[0], 1, first.shape[1]))


def iid(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """First-order series, persistence .7, independent normal shocks."""
    return _persistent(random, np.full(series, 0.7), lambda: random.normal(size=(regions, series)), years)


def national_shock(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """The same with a shock of equal size shared by all regions."""
    draw = lambda: random.normal(size=(regions, series)) + random.normal(size=(1, series))  # noqa: E731
    return _persistent(random, np.full(series, 0.7), draw, years)


def heavy_tails(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """The same with Student t shocks of 3 degrees of freedom."""
    return _persistent(random, np.full(series, 0.7), lambda: random.standard_t(3, size=(regions, series)), years)


def correlated(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """Persistence .3 to .95, shocks of the series of a region correlated .5: the short-panel bias at its worst."""
    half = np.sqrt(0.5)
    draw = lambda: half * (random.normal(size=(regions, 1)) + random.normal(size=(regions, series)))  # noqa: E731
    return _persistent(random, np.linspace(0.3, 0.95, series), draw, years)


def logistics(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """Independent logistics in transition: a region's series share a pace, each has its own ceiling; noisy growth."""
    return _logistics(random, regions, years, series, 0.03, 0.0)


def counted_logistics(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """The same, smooth, and counted with an error of 2 %."""
    return _logistics(random, regions, years, series, 0.0, 0.02)


def _logistics(
    random: np.random.Generator, regions: int, years: int, series: int, growth: float, counting: float
) -> Floats:
    pace = random.uniform(0.1, 0.5, size=(regions, 1))
    capacity = np.exp(random.normal(size=(regions, series)))
    levels = np.empty((regions, years, series))
    levels[:, 0] = capacity * random.uniform(0.05, 0.4, size=(regions, series))
    for t in range(1, years):
        rate = pace * (1.0 - levels[:, t - 1] / capacity) + growth * random.normal(size=(regions, series))
        levels[:, t] = levels[:, t - 1] * np.exp(rate)
    return np.log(levels) + counting * random.normal(size=levels.shape)


def walks(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """Random walks with drifts that differ between regions and series, shocks of a region's series correlated .5."""
    half = np.sqrt(0.5)
    shock = half * (random.normal(size=(regions, years, 1)) + random.normal(size=(regions, years, series)))
    drift = 0.03 + 0.03 * half * (random.normal(size=(regions, 1, 1)) + random.normal(size=(regions, 1, series)))
    return np.asarray(np.cumsum(drift + 0.05 * shock, axis=1) + random.normal(size=(regions, 1, series)))


def block_shocks(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """First-order series, persistence .7; half of every shock is shared by five neighbouring regions."""
    half, blocks = np.sqrt(0.5), -(-regions // 5)
    logs = np.zeros((years + BURN, regions, series))
    for t in range(1, years + BURN):
        shared = np.repeat(random.normal(size=(blocks, series)), 5, axis=0)[:regions]
        logs[t] = 0.7 * logs[t - 1] + 0.05 * half * (shared + random.normal(size=(regions, series)))
    return logs[BURN:].transpose(1, 0, 2) + random.normal(size=(regions, 1, series))


def tied(random: np.random.Generator, regions: int, years: int, series: int) -> Floats:
    """Truth: first-order series, persistence .7, each moved a year later by the one before it."""
    logs = np.zeros((years + BURN, regions, series))
    for t in range(1, years + BURN):
        shock = 0.05 * random.normal(size=(regions, series))
        logs[t] = 0.7 * logs[t - 1] + TIE * np.roll(logs[t - 1], 1, axis=1) + shock
    return logs[BURN:].transpose(1, 0, 2) + random.normal(size=(regions, 1, series))


TIED = "each series moved by the one before"
KINDS: dict[str, Draw] = {  # their order is part of the seeds
    "independent": iid,
    "national shock": national_shock,
    "heavy tails": heavy_tails,
    "correlated shocks": correlated,
    "logistics in transition": logistics,
    "logistics counted with error": counted_logistics,
    "random walks with drift": walks,
    "shocks shared by neighbours, clusters given": block_shocks,
    TIED: tied,
}


def truth_of(kind: str, series: int) -> Truth:
    """Who moves whom, [target, source]."""
    before = np.roll(np.eye(series, dtype=bool), -1, axis=1)
    return before if kind == TIED else np.zeros((series, series), bool)


# ---- links -------------------------------------------------------------------------------------------------------


def panel(kind: str, regions: int, years: int, series: int, draw: int) -> Readied:
    """One panel of this kind."""
    random = np.random.default_rng([draw, regions, years, list(KINDS).index(kind)])
    logs = KINDS[kind](random, regions, years, series)
    clusters = np.arange(regions) // 5 if KINDS[kind] is block_shocks else None
    return cells.readied(cells.World(logs, truth_of(kind, series), True), clusters)


def links(kind: str, shape: tuple[int, int, int], draw: int, model: Any, keep: Path) -> Row:
    """How many links are called on one panel: by `influence` as a whole, and by each channel alone."""
    readied = panel(kind, *shape, draw)
    truth = truth_of(kind, shape[2])
    start = time.process_time()
    if model == "linear":
        lags, _ = choose_lags(readied, most_lags(readied))
        p = pooled(readied.sample, lags, years=True, ranks=False).p
        found: Row = {"links": None, **counted("_linear", benjamini_hochberg(p) <= FDR, truth), "weight": 0.0}
    else:
        made = measure(readied, None, model, FDR, Key.of(draw, kind), _quiet, lstm_refusal(readied))
        alone = benjamini_hochberg(made.pooled.p) <= FDR
        found = {**counted("", made.selected, truth), **counted("_linear", alone, truth)}
        found |= {"weight": float(made.weight.mean()), "refused": made.refused}
        if made.neural is not None:
            found |= counted("_lstm", benjamini_hochberg(made.neural.p) <= FDR, truth)
            folder = keep / "noise"
            folder.mkdir(exist_ok=True)
            name = f"{kind} {shape[0]}x{shape[1]} {draw}.npz".replace(" ", "_").replace(",", "")
            np.savez(folder / name, pooled=made.pooled.p, neural=made.neural.p, weight=made.weight, p=made.p)
    return {**found, "seconds": round(time.process_time() - start, 2)}


def counted(channel: str, called: Truth, truth: Truth) -> Row:
    """How many links are called; where there are true ones, how many of those."""
    right = {f"right{channel}": int((called & truth).sum())} if truth.any() else {}
    return {f"links{channel}": int(called.sum()), **right}


def _quiet(done: int, of: int) -> None:
    """No progress is shown."""
