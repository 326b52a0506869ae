"""Where poles that grow together would come to rest, and in what they end over all draws, as tables."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...engine.boundedness import bounds
from ...engine.certificates import global_stability
from ...engine.equilibria import MOST_POLES, Equilibria, equilibria
from ...engine.infer import quantiles_of
from ...engine.two_poles import COEXISTENCE, EITHER, FIRST_ALONE, RUNAWAY, SECOND_ALONE, regime
from ...evidence.fit import Fit
from ...evidence.series import Series
from ...inquiry.finding import Table
from .future import one_unit
from .largest import largest_regions
from .written import is_predator_prey

Array = NDArray[np.float64]
Row = tuple[object, ...]

MOST_AT_ONCE = 2**19  # equilibria looked at in a region: where poles are many, fewer draws are taken
LISTED = 0.05  # an equilibrium with less probability is left out
EVERY_REST = 4  # up to so many poles unstable rests are listed too
REGIONS_JUDGED = 4  # the largest, where regions share no b
DRAWS_JUDGED = 200
NOT_PROVED = (
    "`one rest from every start`: proved for any rates; where not proved it may still be so. `pole stays`: it is "
    "present at every stable rest. `bounds not decided`: neither that growth stays within bounds nor that it runs away "
    "from some starts was proved."
)
EQUILIBRIA = (
    *("region", "id", "pole", "scale", "share_of_capacity", "feasible", "stable", "probability_stable"),
    *("scale_lo", "scale_hi", "share_of_capacity_lo", "share_of_capacity_hi", "probability_feasible"),
    "scale_is_lower_bound",
)


def has_rests(fit: Fit) -> bool:
    """Whether equilibria can be asked of a fit: predation without limits of its own has none that is stable."""
    return not is_predator_prey(fit)


def equilibria_table(series: Series, fit: Fit, known: NDArray[np.bool_]) -> Table:
    """Where the poles would come to rest, with the probability that this rest is there and kept.

    `known` (region, pole): whether the data tell the capacity; where not, the scale at rest is told only from below.
    A rest is stable for a draw when it is so for that draw's b and rates together. Empty for the law predator_prey,
    whose only rest with all present is a centre: it is circled for ever, neither reached nor left. Where a population
    drives capacity, rests are balanced paths: shares that stay constant while capacities grow as it did on average.
    """
    rows: list[Row] = []
    poles = fit.labels["pole"]
    if len(poles) <= MOST_POLES and has_rests(fit):
        for r, region in enumerate(fit.labels["region"]):
            rows += list(_rests(region, poles, known[r], *_of_region(fit, r), growth_of(fit)[:, r]))
    few = len(poles) <= EVERY_REST
    return Table.of_rows(
        "equilibria",
        EQUILIBRIA,
        rows,
        {"scale": one_unit(series)},
        "Where the poles would come to rest. One row an equilibrium (named by the poles present) and pole, at the "
        "median of b, R and N; 90 % intervals over the draws in which it exists. `probability_feasible`: it "
        "exists; `probability_stable`: it exists and small disturbances die away, by b and R of each draw. "
        "`scale_is_lower_bound`: the pole adjusts too slowly or has not bent enough to show its capacity, so that the "
        "scale is told only to be at least `scale_lo`. "
        + ("Rests that exist" if few else "Unstable rests, and stable ones")
        + " with less than 5 % are left out.",
    )


def _of_region(fit: Fit, region: int) -> tuple[Array, Array, Array]:
    """Draws of b, rate and capacity of one region."""
    return fit["symbiosis"][:, region], fit["rate"][:, region], fit["capacity"][:, region]


def growth_of(fit: Fit) -> Array:
    """Draws of the growth of capacities per period (draw, region): zero unless a population drives them."""
    if "driver_growth" in fit.arrays:
        return fit["driver_growth"]
    return np.zeros(fit["rate"].shape[:2])


def _thinned(draws: int, poles: int, most: int) -> NDArray[np.int64]:
    """Which draws to look at, evenly spread."""
    return np.unique(np.linspace(0, draws - 1, min(draws, most, MOST_AT_ONCE // 2**poles)).astype(int))


def _rests(
    region: str,
    names: tuple[str, ...],
    known: NDArray[np.bool_],
    b: Array,
    rate: Array,
    capacity: Array,
    growth: Array,
) -> Iterator[Row]:
    """The rests of the poles that a region has."""
    has = np.flatnonzero(np.isfinite(rate).all(axis=0))
    if not len(has):
        return
    poles = tuple(names[k] for k in has)
    b, rate, capacity = b[:, has[:, None], has[None, :]], rate[:, has], capacity[:, has]
    middle = np.median(capacity, axis=0)
    centre = equilibria(np.median(b, axis=0)[None], np.median(rate, axis=0)[None], float(np.median(growth)))
    taken = _thinned(len(b), len(poles), len(b))
    found = equilibria(b[taken], rate[taken], growth[taken])
    feasible, stable = found.is_feasible.mean(axis=0), found.is_stable.mean(axis=0)
    is_there, keeps = centre.is_feasible[0], centre.is_stable[0]
    listed = is_there | (feasible >= LISTED) if len(poles) <= EVERY_REST else keeps | (stable >= LISTED)
    for s in np.flatnonzero(listed):
        name = " + ".join(poles[k] for k in np.flatnonzero(found.present[s])) or "none"
        there = found.is_feasible[:, s]
        for k, pole in enumerate(poles):
            share, shares = float(centre.shares[0, s, k]), found.shares[there, s, k]
            yield (
                *(region, name, pole, share * float(middle[k]), share),
                *(bool(is_there[s]), bool(keeps[s]), float(stable[s])),
                *_ends(shares * capacity[taken][there, k]),
                *_ends(shares),
                float(feasible[s]),
                bool(found.present[s, k] and not known[has[k]]),
            )


def _ends(draws: Array) -> tuple[float, float]:
    if not len(draws):
        return np.nan, np.nan
    _, low, high = quantiles_of(draws)
    return float(low), float(high)


def regimes_table(fit: Fit) -> Table | None:
    """In what the poles end, as probabilities over draws of b and R: all stay, one future or several, bounds.

    None for the law predator_prey and beyond twelve poles. For two poles five statements that exclude each other.
    Of all regions together (region empty) where they share a b, else of the largest regions.
    """
    poles = fit.labels["pole"]
    if len(poles) > MOST_POLES or not has_rests(fit):
        return None
    rows: list[Row] = []
    for region, b, rate, growth in judged_cases(fit):
        taken = _thinned(len(b), len(poles), len(b) if len(poles) == 2 else DRAWS_JUDGED)
        rows += [(region, *row, len(taken)) for row in _regimes(poles, b[taken], rate[taken], growth[taken])]
    return Table.of_rows(
        "regimes",
        ("region", "what", "pole", "probability", "draws"),
        rows,
        {},
        "What the poles end in. One row a statement: the share of draws (of b and R together) in which it holds; "
        "where the data told little of b (`contraction` in `coefficients`) it is mostly what was assumed before. "
        + ("One of them holds in each draw." if len(poles) == 2 and not growth_of(fit).any() else NOT_PROVED),
    )


def judged_cases(fit: Fit) -> Iterator[tuple[str, Array, Array, Array]]:
    """What all regions share, else the largest regions: region, b (draw, n, n), rate (draw, n), growth of capacity."""
    growth = growth_of(fit)
    if "group_symbiosis" in fit.arrays and np.isfinite(fit["group_rate"]).all():
        yield "", fit["group_symbiosis"], fit["group_rate"], growth.mean(axis=1)
        return
    for r in largest_regions(fit)[:REGIONS_JUDGED]:
        if np.isfinite(fit["rate"][:, r]).all():
            yield fit.labels["region"][r], fit["symbiosis"][:, r], fit["rate"][:, r], growth[:, r]


def _regimes(poles: tuple[str, ...], b: Array, rate: Array, growth: Array) -> Iterator[tuple[str, str, float]]:
    if len(poles) == 2 and not growth.any():
        yield from _of_two(poles, b)
        return
    found = equilibria(b, rate, growth)
    count = found.is_stable.sum(axis=1)
    yield "all poles stay", "", float(found.is_stable[:, -1].mean())
    yield "one stable rest", "", float((count == 1).mean())
    yield "several stable rests", "", float((count > 1).mean())
    yield "no stable rest", "", float((count == 0).mean())
    proved = np.array([global_stability(draw).answer == "yes" for draw in b])
    yield "one rest from every start", "", float(proved.mean())
    verdicts = np.array([bounds(*draw).verdict for draw in zip(b, rate, strict=True)])
    yield "within bounds", "", float((verdicts == "bounded").mean())
    yield "runs away from some starts", "", float((verdicts == "unbounded").mean())
    yield "bounds not decided", "", float((verdicts == "not decided").mean())
    for k, pole in enumerate(poles):
        yield "pole stays", pole, float(_stays(found, k).mean())


def _stays(found: Equilibria, pole: int) -> NDArray[np.bool_]:
    """Whether the pole is present at every stable rest, and there is one (draw,)."""
    without = found.is_stable[:, ~found.present[:, pole]].any(axis=1)
    return np.asarray(found.is_stable.any(axis=1) & ~without)


def _of_two(poles: tuple[str, ...], b: Array) -> Iterator[tuple[str, str, float]]:
    """For two poles every draw is decided in closed form."""
    kinds = regime(b[:, 0, 1], b[:, 1, 0])
    for kind, (what, pole) in {
        COEXISTENCE: ("one rest from every start, with both", ""),
        FIRST_ALONE: ("drives out the other", poles[0]),
        SECOND_ALONE: ("drives out the other", poles[1]),
        EITHER: ("who is ahead drives out the other", ""),
        RUNAWAY: ("mutual help runs away", ""),
    }.items():
        yield what, pole, float((kinds == kind).mean())
