"""How the rests of two poles change as one effect between them changes: branches, turning points, a picture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...engine.infer import quantiles_of
from ...engine.two_poles import RUNAWAY, regime, runaway_edge
from ...evidence.fit import Fit
from ...evidence.series import Series
from ...inquiry.finding import Chart, Table
from .equilibria_tables import growth_of, has_rests, judged_cases
from .phase import rests

Array = NDArray[np.float64]
Row = tuple[object, ...]

POINTS = 121  # values of b tried
TURNS = 1.0  # at b = 1 the pole acted on can no longer stay beside the other
NARROWEST = (-1.2, 1.6)  # values of b that are shown at least
WIDEST = (-3.0, 4.0)  # and at most
HIGHEST = 4.0  # share of capacity above which a branch is not drawn
ESTIMATE = "b as estimated, 90 %"


def bifurcation(series: Series, fit: Fit) -> tuple[tuple[Table, ...], tuple[Chart, ...]]:
    """Tables `bifurcation` and `turning_points` and a picture, for two poles; nothing for any other number of them.

    Nothing either for the law predator_prey, and where a population drives capacity: there the rates decide too.

    Each effect in turn takes all values while the other stays at its median. b alone decides here, not the rates.
    Where regions share a b it is that one; where each is fitted alone, those of the largest regions.
    """
    if len(fit.labels["pole"]) != 2 or not has_rests(fit) or growth_of(fit).any():
        return (), ()
    cases = [(region, b) for region, b, _, _ in judged_cases(fit)]
    if not cases:
        return (), ()
    poles, several = fit.labels["pole"], len(cases) > 1
    rows = [row for region, b in cases for row in _branches(region, b, poles, several)]
    branches = Table.of_rows(
        "bifurcation",
        ("region", "pole", "other", "b", "id", "of", "share_of_capacity", "stable", "line", "picture", "is_estimate"),
        rows,
        {},
        "How the rests change with one effect. One row a value of b (the effect of `other` on `pole`), equilibrium "
        f"and pole `of` whose share of capacity is given; the other b at its median. Shares above "
        f"{HIGHEST:g} are left out. Rows with `is_estimate` mark on the axis where b is estimated: 5 %, median, 95 %.",
    )
    turns = Table.of_rows(
        "turning_points",
        ("region", "pole", "other", "what", "b", "b_lo", "b_hi", "probability_beyond"),
        [row for region, b in cases for row in _turns(region, b, poles)],
        {},
        "Where the rests change. One row such a value of b (the effect of `other` on `pole`). `beyond`: above b = 1, "
        "from where `pole` cannot stay beside `other` once that is at capacity; below the edge of runaway, where help "
        "is mutual and feeds itself. The edge is 1 over the other b: 90 % interval over draws in which that helps.",
    )
    return (branches, turns), (_chart(poles, rows, series),)


def _branches(region: str, b: Array, poles: tuple[str, ...], several: bool) -> Iterator[Row]:
    middle = np.median(b, axis=0)
    for i, j in ((0, 1), (1, 0)):
        ends = [float(end) for end in quantiles_of(b[:, i, j])]
        where = _values(ends, float(middle[j, i]))
        pair = (region, poles[i], poles[j])
        for k, of in ((i, poles[i]), (j, poles[j])):
            picture = f"b of {poles[j]} on {poles[i]}: share of {of}"
            picture = f"{region or 'all regions'}, {picture}" if several else picture
            for value in where:
                changed = middle.copy()
                changed[i, j] = value
                for name, shares, is_stable in rests(poles, changed):
                    if name != "none" and shares.max() <= HIGHEST:
                        who = f"{name} alone" if name in poles else "both"
                        line = f"{who}, {'stable' if is_stable else 'not stable'}"
                        yield (*pair, float(value), name, of, float(shares[k]), bool(is_stable), line, picture, False)
            for value in sorted(ends):
                yield (*pair, value, "", of, 0.0, False, ESTIMATE, picture, True)


def _values(ends: list[float], other: float) -> Array:
    """An even grid over what is estimated and the turning points, with these points just before and after."""
    edge = runaway_edge(other)
    low = max(min(NARROWEST[0], ends[1] - 0.1), WIDEST[0])
    high = min(max(NARROWEST[1], ends[2] + 0.1), WIDEST[1])
    turns = [turn + side for turn in (TURNS, edge) if low < turn < high for side in (-1e-9, 1e-9)]
    return np.unique([*np.linspace(low, high, POINTS), *turns])


def _turns(region: str, b: Array, poles: tuple[str, ...]) -> Iterator[Row]:
    runs_away = float((regime(b[:, 0, 1], b[:, 1, 0]) == RUNAWAY).mean())
    for i, j in ((0, 1), (1, 0)):
        ours, theirs = b[:, i, j], b[:, j, i]
        pair = (region, poles[i], poles[j])
        yield (*pair, "the pole cannot stay", TURNS, TURNS, TURNS, float((ours > TURNS).mean()))
        helped = theirs[theirs < 0.0]
        if np.median(theirs) < 0.0:
            _, low, high = (float(end) for end in quantiles_of(1.0 / helped))
            yield (*pair, "mutual help runs away", runaway_edge(float(np.median(theirs))), low, high, runs_away)


def _chart(poles: tuple[str, ...], rows: list[Row], series: Series) -> Chart:
    unstable = [line for line in dict.fromkeys(str(row[8]) for row in rows) if line.endswith("not stable")]
    first, second = poles
    return Chart(
        "bifurcation",
        "lines",
        "bifurcation",
        {"x": "b", "y": "share_of_capacity", "series": "line", "facet": "picture", "actual": "is_estimate"},
        f"What {first} and {second} end in, as one effect changes",
        f"share of capacity at rest; across: the effect b = \u2212help, below 0 helps, above 0 holds back, the other "
        f"effect at its median; grey and dashed: not stable; dark, on the axis: b as estimated from "
        f"{series.periods.labels[0]} to {series.periods.labels[-1]}, 90 %",
        f"Lines of the share of capacity of {first} and of {second} at each rest, stable or not, against one effect.",
        options={"grey": unstable, "dashed": unstable, "zero": True},
    )
