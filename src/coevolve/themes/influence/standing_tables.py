"""The tables of `standing` on a network as it is, its actors, the highest of them, and its years."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...evidence.network import Network
from ...inquiry.finding import Table
from .model import Standing

WORDS = {
    "closeness_wf": "Closeness (Wasserman-Faust)",
    "closeness_wf_out": "Closeness, outward (Wasserman-Faust)",
    "betweenness_normalised": "Betweenness (share of the largest possible)",
    "degree_centrality": "Degree (share of possible ties)",
    "degree_centrality_in": "Degree, inward (share of possible ties)",
    "degree_centrality_out": "Degree, outward (share of possible ties)",
}
MOST_KINDS = 12  # kinds up to which each has its own ranking
YEARLY = {
    "actors": "Actors",
    "links": "Links",
    "mean_degree": "Mean degree",
    "density": "Density",
    "two_mode_density": "Density (two-mode)",
    "components": "Components",
    "isolates": "Isolated actors",
}


@dataclass(frozen=True, eq=False)
class Slice:
    """The network of one year, or of all years together (year None), and its measures."""

    year: int | None
    network: Network
    standing: Standing


def network_table(slices: list[Slice]) -> Table:
    """Size and shape of the network; of a network with years for the whole and for each year."""
    network = slices[0].network
    columns: dict[str, Any] = years_of(slices, [1] * len(slices))
    for name in slices[0].standing.network:
        values = [one.standing.network[name] for one in slices]
        columns[name] = np.array(values, np.float64 if any(isinstance(one, float) for one in values) else np.int64)
    modes = ""
    if network.mode_names is not None:
        modes = f" First mode: {network.mode_names[0]}; second: {network.mode_names[1]}."
    units = {
        "mean_degree": "links per actor",
        "mean_degree_first": "links per actor",
        "mean_degree_second": "links per actor",
        "density": "share of possible links",
        "two_mode_density": "share of possible links",
    }
    caption = "One row a year, the first for all years together." if len(slices) > 1 else "The network as a whole."
    return Table("network", columns, {key: unit for key, unit in units.items() if key in columns}, caption + modes)


def actors_table(slices: list[Slice], weights: bool) -> Table:
    """Every actor's measures, best placed first; of a network with years for the whole and for each year."""
    network = slices[0].network
    orders = [one.standing.order() for one in slices]
    columns: dict[str, Any] = years_of(slices, [len(order) for order in orders])

    def joined(values: list[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate([value[order] for value, order in zip(values, orders, strict=True)])

    columns["actor"] = joined([np.array(one.network.labels, object) for one in slices])
    modes = network.mode_names or ("first", "second")
    columns["mode"] = joined(
        [
            np.array(
                ["one"] * len(one.network.labels)
                if one.network.mode is None
                else [modes[k] for k in one.network.mode.tolist()],
                object,
            )
            for one in slices
        ]
    )
    if network.kinds is not None:
        columns["kind"] = joined([np.array(one.network.kinds, object) for one in slices])
    for name in slices[0].standing.actors:
        columns[name] = joined([_column(one.standing, name) for one in slices])
    columns["component"] = columns["component"] + 1
    distance = "sum of 1/|weight|" if weights else "links"
    units = {
        "degree": "links",
        "degree_in": "links",
        "degree_out": "links",
        "strength": network.meaning,
        "net_strength": network.meaning,
        "betweenness": "pairs of actors",
        "closeness": f"1/{distance}",
        "harmonic": f"1/{distance}",
    }
    caption = (
        "One row an actor" + (" and year" if len(slices) > 1 else "") + f", ranked by {slices[0].standing.ranking}, "
        "then degree. Component 1 is the largest."
    )
    if not slices[0].standing.network["links"]:
        caption = "One row an actor, as listed: without links there is no order among them."
    elif slices[0].standing.is_directed:
        caption += " closeness, closeness_wf and harmonic are inward; those ending in _out outward."
    return Table("actors", columns, {key: unit for key, unit in units.items() if key in columns}, caption)


def _column(standing: Standing, name: str) -> NDArray[Any]:
    """A measure; where this slice was exact and another was not, its bounds are the value itself."""
    if name not in standing.actors:
        return standing.actors[name.removesuffix("_lo").removesuffix("_hi")]
    return standing.actors[name]


def top_measures(standing: Standing) -> tuple[str, ...]:
    """The measures that the pictures rank actors by."""
    degree = ("degree_centrality_out", "degree_centrality_in") if standing.is_directed else ("degree_centrality",)
    return (standing.ranking, "betweenness_normalised", *degree)


def top_table(whole: Slice, top: int) -> Table:
    """The highest actors by each measure, and by closeness within each kind."""
    everyone = np.ones(len(whole.network.labels), bool)
    rows = [row for name in top_measures(whole.standing) for row in _highest(whole, name, WORDS[name], everyone, top)]
    kinds = np.array(whole.network.kinds or (), object)
    found = sorted(set(kinds.tolist()) - {""})
    if 1 < len(found) <= MOST_KINDS:
        ranking = whole.standing.ranking
        for kind in found:
            rows += _highest(whole, ranking, f"{WORDS[ranking]}: {kind}", kinds == kind, top)
    columns = ["measure", "rank", "actor", "value"] + (["lo", "hi"] if whole.standing.pivots else [])
    caption = f"The {top} highest actors by each measure, all years together."
    return Table.of_rows("top", columns, rows, caption=caption)


def _highest(whole: Slice, name: str, words: str, among: NDArray[np.bool_], top: int) -> Iterator[tuple[object, ...]]:
    """Rows of `top`: the highest of these actors by one measure, with bounds where values were estimated."""
    values = whole.standing.actors[name]
    order = np.lexsort((-whole.standing.actors["degree"], -np.nan_to_num(values, nan=-1.0)))
    for rank, k in enumerate(order[among[order]][:top].tolist(), start=1):
        bounds = [_column(whole.standing, f"{name}_{side}") for side in ("lo", "hi") if whole.standing.pivots]
        yield (words, rank, whole.network.labels[k], float(values[k]), *(float(bound[k]) for bound in bounds))


def years_table(slices: list[Slice]) -> Table:
    """The size and shape of the network of each year, as the picture draws them."""
    rows = []
    for name, words in YEARLY.items():
        values = [(one.year, float(one.standing.network[name])) for one in slices if one.year is not None]
        if any(np.isfinite(value) for _, value in values):
            rows += [(words, year, value) for year, value in values]
    return Table.of_rows("years", ("measure", "year", "value"), rows, caption="The network of each year on its own.")


def years_of(slices: list[Slice], counts: list[int]) -> dict[str, Any]:
    """The year column, where the network has years: empty (NaN) for all years together."""
    if len(slices) == 1:
        return {}
    years = [np.nan if one.year is None else float(one.year) for one in slices]
    return {"year": np.repeat(np.array(years), counts)}
