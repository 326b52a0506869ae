"""Is the density that is drawn from the density of the worlds? Two identities, tried at the truth of prior worlds.

For truths u drawn from the prior and data drawn given them, and p(u, data) the density of both,

    E[d log p / d u_k] = 0        E[(u_k - c) d log p / d u_k] = -1 for any c                  (integration by parts)

whatever u is a truth of. Each world costs one evaluation and no draws, so thousands of worlds tell a small error that
would take days to find by ranks. A mistake in the likelihood, in a prior, in a change of variables or in a
gradient shows as a mean that is not zero; what is not tested is whether chains draw from the density.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from calibration_worlds import Cell, Priors, World, make
from scipy import stats

from coevolve.engine import growth_panel
from coevolve.engine.growth_panel import Growing
from coevolve.engine.growth_target import Target
from coevolve.inquiry.key import Key

Array = np.ndarray


def growing_of(cell: Cell, world: World, priors: Priors) -> Growing:
    """The panel of a prior world, with the prior that its truths came from."""
    return growing(world.times, world.logs, cell.noise, cell.pooling, cell.has_years, priors)


def growing(times: Array, logs: Array, noise: str, pooling: str, years: bool, priors: Priors | None) -> Growing:
    """A panel as the sampler takes it; with `priors`, their centres in place of those read off the data."""
    said = growth_panel.Priors()
    if priors is not None:
        anchor = np.full((logs.shape[0], logs.shape[2]), priors.log_capacity[0] - said.capacity[0])
        said = replace(said, anchor=anchor, rate_centre=priors.log_rate[0])
    return Growing.of(times, logs, noise=noise, is_partial=pooling == "hierarchical", has_years=years, priors=said)


def unknowns(target: Target, world: World) -> Array:
    """The truth of a prior world as the vector that the density takes."""
    places, anchor = target.places, target.growing.anchor
    shared, own = np.zeros(places.shared_size), np.zeros((places.regions, places.own_size))
    off = target.growing.off
    spread = world.noise["spread_rate"] if "spread_rate" in places.shared else 1.0
    units = target.year_units(world.noise["year"]) if "years" in places.shared else 1.0
    said = {
        "rate": (np.log(world.rate) - (world.hidden["rate_mean"] if "rate_mean" in places.shared else 0.0)) / spread,
        "capacity": np.log(world.capacity) - anchor,
        "b_own": (world.b - world.mean_b)[:, off] / (world.noise["spread_b"] if "b_own" in places.own else 1.0),
        "b": world.mean_b[off],
        "rate_mean": world.hidden["rate_mean"],
        "capacity_mean": world.hidden["capacity_mean"] - anchor[0],
        "years": (world.hidden["years"] / units).ravel(),
        "tie": world.hidden["tie"],
    }
    with np.errstate(divide="ignore"):
        said |= {name: np.log(value) for name, value in world.noise.items()}
    for name, place in places.own.items():
        own[:, place] = said[name]
    for name, place in places.shared.items():
        shared[place] = said[name]
    return places.join(shared, own)


def identities(cell: Cell, worlds: int, seed: int) -> dict[str, list[float]]:
    """By kind of unknown: how many standard errors the means of the two identities stray, and how many worlds."""
    priors = Priors.of_the_fit("chains", cell.regions)
    slopes, truths = [], []
    for k in range(worlds):
        world = make(cell, Key.of(seed, f"{cell.name} density").child(str(k)), priors)
        target = Target.of(growing_of(cell, world, priors))
        truths.append(unknowns(target, world))
        slopes.append(target.density(truths[-1])[1])
    slope, truth = np.array(slopes), np.array(truths)
    places = target.places
    columns = {name: np.arange(place.start, place.stop) for name, place in places.shared.items()}
    for name, place in places.own.items():
        first = places.shared_size + np.arange(places.regions)[:, None] * places.own_size
        columns[f"own {name}"] = (first + np.arange(place.start, place.stop)).ravel()
    weighted = slope * (truth - truth.mean(axis=0)) + 1.0
    return {
        name: [_z(slope[:, at].mean(axis=1)), _z(weighted[:, at].mean(axis=1)), float(worlds)]
        for name, at in columns.items()
    }


def _z(values: Array) -> float:
    return float(values.mean() / (values.std(ddof=1) / np.sqrt(len(values))))


def verdict(found: dict[str, list[float]]) -> dict[str, Any]:
    """The largest stray over all unknowns, and the probability of one so large (Bonferroni)."""
    every = {(name, which): abs(row[which]) for name, row in found.items() for which in (0, 1)}
    worst = max(every, key=lambda one: every[one])
    p = min(1.0, 2.0 * len(every) * float(stats.norm.sf(every[worst])))
    return {"tried": len(every), "worst": worst[0], "z": round(every[worst], 2), "p": round(p, 4)}
