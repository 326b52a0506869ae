"""Options of symbiosis that contradict each other or name what is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ...errors import CoevolveError, Fault
from ...evidence.panel import Panel


def inference_faults(inference: str, law: str, population: str, replicates: bool, pooling: str) -> Iterator[Fault]:
    """What the normal approximation cannot do, and laws and drivers that contradict each other."""
    asked = [name for name, wanted in _BEYOND_SCREEN.items() if wanted(law, population, replicates)]
    if inference == "laplace" and asked:
        yield Fault(
            "the normal approximation knows neither predators, nor a population, nor replicates.",
            got=f"inference = laplace, {', '.join(asked)}",
            do='Set inference = "chains".',
        )
    if law == "predator_prey" and population:
        yield Fault(
            "'population' moves capacities, and the law predator_prey has none.",
            got=f"population = {population}",
            do='Leave population out, or set law = "symbiosis".',
        )
    if replicates and pooling != "complete":
        yield Fault(
            "'replicates' repeat one system, so that b too is the same in all.",
            got=f"pooling = {pooling}",
            do='Set pooling = "complete".',
        )


_BEYOND_SCREEN: dict[str, Callable[[str, str, bool], bool]] = {
    "law = predator_prey": lambda law, population, replicates: law == "predator_prey",
    "population": lambda law, population, replicates: bool(population),
    "replicates": lambda law, population, replicates: replicates,
}


def population_faults(name: str, panel: Panel) -> Iterator[Fault]:
    """A population that is not there, is not one series a region, or that no region has throughout."""
    try:
        series = panel.series(name)
    except CoevolveError as error:
        yield from error.faults
        return
    if len(series.names) > 1:
        yield Fault(
            "'population' takes one series of each region.",
            got=f"{name}: {len(series.names)} series",
            do="Name a region-level indicator, or one series as indicator/industry.",
        )
        return
    known = (np.where(np.isfinite(series.values[:, 0]), series.values[:, 0], 0.0) > 0.0).all(axis=1)
    if not known.any():
        yield Fault(
            f"'{name}' is nowhere known in every {series.periods.word}.",
            got=f"{len(series.regions)} regions, each with gaps or zeros",
            do='Fill it (missing = "interpolate"), or fit fewer periods.',
        )
