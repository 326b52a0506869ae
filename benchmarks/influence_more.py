"""What each part of `influence` adds, and worlds that nobody had seen when the default was made.

    python benchmarks/influence_more.py --data DATA --work WORK [--only blind]

Parts: the same worlds ranked by the pooled regression, by the response surface alone (nothing trained), by the LSTM
channel (surface and LSTM) and by `auto`, and by an LSTM that starts from a line instead of the surface. Blind worlds:
five kinds of driving (thresholds, saturating products, late effects with a change of sign, coupled logistic maps, Hill
kinetics), written down before any was run; nothing was changed after. Every finished piece is a line of
WORK/influence_more.jsonl; `influence.py` writes the tables of both.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

os.environ.setdefault("NPROC", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

import influence_cells as cells
import jax
import numpy as np
from influence import auroc, ranked
from influence_cells import SERIES, World
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from coevolve.engine import causal, drivers
from coevolve.engine.response import Surface, straight
from coevolve.engine.sequences import Sequences
from coevolve.themes.influence.arrays import NET_FOLDS, folds_of

Floats = NDArray[np.float64]
Row = dict[str, Any]
BURN, DRAWS = 60, 3
BLIND = ("thresholds", "saturating products", "late effects of either sign", "coupled logistic maps", "Hill kinetics")


# ---- worlds not seen before --------------------------------------------------------------------------------------


def blind(kind: str, seed: int, regions: int = 100, years: int = 20) -> World:
    """Ten series, two drivers each; log levels with a constant of each region and series, shocks partly national."""
    random = np.random.default_rng([seed, BLIND.index(kind), 2026])
    parents = np.array([random.choice([j for j in range(SERIES) if j != i], 2, replace=False) for i in range(SERIES)])
    truth = np.zeros((SERIES, SERIES), bool)
    truth[np.arange(SERIES)[:, None], parents] = True
    sign = random.choice([-1.0, 1.0], size=(SERIES, 2))
    step = {
        "thresholds": _thresholds,
        "saturating products": _products,
        "late effects of either sign": _late,
        "coupled logistic maps": _maps,
        "Hill kinetics": _hill,
    }[kind]
    x = np.zeros((regions, years + BURN, SERIES))
    x[:, :3] = 0.3 * random.normal(size=(regions, 3, SERIES))
    for t in range(3, years + BURN):
        shock = random.normal(size=(regions, SERIES)) + 0.4 * random.normal(size=(1, SERIES))
        x[:, t] = step(x[:, :t], parents, sign, shock)
    return World(x[:, BURN:] + random.normal(size=(regions, 1, SERIES)), truth, True)


def _drivers(past: Floats, parents: NDArray[np.int64], back: int) -> Floats:
    """What the two drivers of each series were so many years back, (region, series, 2)."""
    return np.asarray(past[:, -back][:, parents])


def _thresholds(past: Floats, parents: NDArray[np.int64], sign: Floats, shock: Floats) -> Floats:
    """A driver acts in full once it stands above .2, and not at all below."""
    pushed = (sign * (_drivers(past, parents, 1) > 0.2)).sum(axis=2)
    return np.asarray(0.5 * past[:, -1] + 0.15 * pushed + 0.3 * shock)


def _products(past: Floats, parents: NDArray[np.int64], sign: Floats, shock: Floats) -> Floats:
    """The second driver acts the more the higher the first stands, up to a ceiling."""
    first, second = np.moveaxis(_drivers(past, parents, 1), 2, 0)
    return np.asarray(0.5 * past[:, -1] + 0.3 * sign[:, 0] * np.tanh(3.0 * first * second + second) + 0.3 * shock)


def _late(past: Floats, parents: NDArray[np.int64], sign: Floats, shock: Floats) -> Floats:
    """A driver raises growth after two years and lowers it after three, or the other way."""
    both = _drivers(past, parents, 2) - _drivers(past, parents, 3)
    return np.asarray(0.5 * past[:, -1] + 0.2 * (sign * both).sum(axis=2) + 0.3 * shock)


def _maps(past: Floats, parents: NDArray[np.int64], sign: Floats, shock: Floats) -> Floats:
    """Logistic maps, x = log of the size, each pushed by the size of its drivers, in chaos."""
    size = np.exp(past[:, -1])
    driven = (sign * np.exp(_drivers(past, parents, 1)) - sign).sum(axis=2)
    return np.asarray(np.clip(past[:, -1] + 2.3 * (1.0 - size) - 0.25 * driven + 0.05 * shock, -3.0, 2.0))


def _hill(past: Floats, parents: NDArray[np.int64], sign: Floats, shock: Floats) -> Floats:
    """Made at a rate that drivers raise or curb by Hill's law (exponent 4) and lost at a constant rate."""
    power = np.exp(4.0 * np.clip(_drivers(past, parents, 1), -3.0, 3.0))
    open_to = np.where(sign > 0.0, power, 1.0) / (1.0 + power)
    size = np.exp(past[:, -1])
    made = 0.2 + 3.2 * open_to.prod(axis=2)
    return np.asarray(np.clip(np.log(np.maximum(size + 0.5 * (made - size), 0.05)) + 0.1 * shock, -3.0, 3.0))


# ---- parts -------------------------------------------------------------------------------------------------------


def channel(world: World, number: int, *, steps: int, lined: bool) -> Floats:
    """The score of the LSTM channel by itself; `lined` starts it from a line in the place of the bent surface."""
    readied = cells.readied(world)
    sample = readied.sample
    folds = folds_of(sample.cluster, sample.blocks, readied.by_region, NET_FOLDS)
    told = drivers.told

    def straightened(of: Sequences, lags: int, names: NDArray[np.int64]) -> drivers.Told:
        return replace(told(of, lags, names), start=straight(of, lags, names))

    with mock.patch.object(causal, "told", straightened if lined else told):
        found = causal.lstm_channel(
            sample.growth[:, 1:],
            sample.driver[:, :-1],
            sample.cluster if readied.by_region else None,
            folds[:, 0] if readied.by_region else folds[:, 1:],
            causal.ChannelSettings(year_effects=readied.years, steps=steps),
            jax.random.key(number),
        )
    return found.score


def surface(world: World) -> Floats:
    """The mean size of the derivative of the response surface alone: nothing is trained."""
    readied = cells.readied(world)
    sample = readied.sample
    folds = folds_of(sample.cluster, sample.blocks, readied.by_region, NET_FOLDS)
    of = causal.sequences(
        sample.growth[:, 1:],
        sample.driver[:, :-1],
        sample.cluster if readied.by_region else None,
        folds[:, 0] if readied.by_region else folds[:, 1:],
        True,
        readied.years,
        causal.ChannelSettings().chunk,
        causal.ChannelSettings().lags,
    )
    found: Surface = drivers.told(of, causal.ChannelSettings().lags, np.unique(of.fold)).start
    x = of.x[of.seen].astype(float)
    score = np.zeros(found.linear.shape[1::2])
    for place in range(len(found.linear)):
        for i in range(len(score)):
            slope = found.linear[place, i][:, None] + 2.0 * found.square[place, i][:, None] * x[None]
            slope[0] += x @ found.bend[place, i]
            score[i] += np.abs(slope).mean(axis=1).sum(axis=0)
    return score


def parts(world: World, number: int) -> Row:
    """One world ranked by each part."""
    found: Row = {}
    made: dict[str, Callable[[], Floats]] = {
        "surface": lambda: surface(world),
        "both": lambda: channel(world, number, steps=150, lined=False),
        "lstm_from_line": lambda: channel(world, number, steps=150, lined=True),
    }
    for name, score in made.items():
        start = time.process_time()
        found[name] = auroc(score(), world.truth)
        found[f"{name}_seconds"] = round(time.process_time() - start, 1)
    return found


def main() -> None:
    """Measure what is not measured yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds causal_truth")
    parser.add_argument("--work", type=Path, required=True, help="where finished pieces are kept")
    parser.add_argument("--only", default="", help="pieces whose kind or name holds this word")
    asked = parser.parse_args()
    data = asked.data / "causal_truth"
    asked.work.mkdir(parents=True, exist_ok=True)
    raw = asked.work / "influence_more.jsonl"
    done = set()
    if raw.exists():
        done = {
            (row["kind"], row["name"], row["number"]) for row in map(json.loads, raw.read_text("utf-8").splitlines())
        }
    tasks: list[tuple[str, str, int, Callable[[], Row]]] = []
    for n in range(DRAWS):
        for kind in BLIND:
            tasks.append(("blind", kind, n, lambda kind=kind, n=n: ranked(blind(kind, n), n)))
    worlds: dict[str, Callable[[int], World]] = {
        "lorenz F10_T250": lambda n: cells.lorenz(data, "F10_T250", n + 1),
        "lorenz F40_T250": lambda n: cells.lorenz(data, "F40_T250", n + 1),
        "lorenz F40_T1000": lambda n: cells.lorenz(data, "F40_T1000", n + 1),
        "gvar lotka-volterra": lambda n: cells.gvar(data, "lotka-volterra", n),
        "symbiosis 100x20 0.2": lambda n: cells.symbiosis(n, 100, 20, 0.2),
        "lagged 100x20": lambda n: cells.delayed(n, 100, 20, False),
        "mixed 100x20": lambda n: cells.delayed(n, 100, 20, True),
        **{f"blind: {kind}": lambda n, kind=kind: blind(kind, n) for kind in BLIND},
    }
    for n in range(2):
        for name, make in worlds.items():
            tasks.append(("parts", name, n, lambda make=make, n=n: parts(make(n), n)))
    with threadpool_limits(1), raw.open("a", encoding="utf-8") as file:
        for what, name, n, run in tasks:
            if (what, name, n) in done or not f"{what} {name}".startswith(asked.only):
                continue
            file.write(json.dumps({"kind": what, "name": name, "number": n, **run()}) + "\n")
            file.flush()


if __name__ == "__main__":
    main()
