"""The tables and pictures of `standing`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...evidence.network import Network
from ...inquiry.finding import Chart, Table
from .model import Standing

PICTURE_ACTORS = 300  # a larger network is drawn through its actors of highest degree
PICTURE_LINKS = 1_500

WORDS = {
    "closeness_wf": "Closeness (Wasserman-Faust)",
    "closeness_wf_out": "Closeness, outward (Wasserman-Faust)",
    "betweenness_normalised": "Betweenness (share of the largest possible)",
    "degree_centrality": "Degree (share of possible ties)",
    "degree_centrality_in": "Degree, inward (share of possible ties)",
    "degree_centrality_out": "Degree, outward (share of possible ties)",
}
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


def tables(network: Network, slices: list[Slice], top: int, weights: bool) -> tuple[Table, ...]:
    """All tables of the Finding; those of a network with years have a year column, empty for all years together."""
    dated = len(slices) > 1
    distance = "sum of 1/|weight|" if weights else "links"
    made = [_network_table(network, slices, dated), _actors_table(network, slices, dated, distance)]
    if not slices[0].standing.network["links"]:
        return tuple(made)  # nobody is tied: there is nothing to rank or draw
    if network.kinds is not None:
        made.append(_kinds_table(slices, dated))
    made.append(_top_table(slices[0], top))
    if dated:
        made.append(_years_table(slices))
    return (*made, *_picture_tables(slices[0]))


def charts(made: tuple[Table, ...], network: Network, slices: list[Slice], top: int) -> tuple[Chart, ...]:
    """The network, its best placed actors, and its shape by year."""
    whole = slices[0].standing
    shown, links = len(_named(made, "picture_actors")), len(_named(made, "picture_links"))
    left_actors, left_links = len(network.labels) - shown, len(whole.source) - links
    signed = whole.network["negative_links"] > 0
    thin = ""
    if left_actors or left_links:
        thin = f"; {many(left_actors, 'actor')} and {many(left_links, 'link')} left out"
    when = _span(network)
    span = f", {when}" if when else ""
    leader = str(_named(made, "top")["actor"][0])
    found = [
        Chart(
            "picture",
            "network",
            "picture_links",
            {"source": "source", "target": "target", "weight": "weight", **({"sign": "weight"} if signed else {})},
            title="The network, size by degree" + (": best tied actors, strongest links" if thin else ""),
            subtitle=f"{many(shown, 'actor')}, {many(links, 'link')}{span}{thin}",
            alt=f"Network of {many(shown, 'actor')} and {many(links, 'link')}; {leader} has the best standing.",
            also={"nodes": "picture_actors"},
            options={"directed": whole.is_directed, "diverging": signed},
        ),
        Chart(
            "top",
            "bars",
            "top",
            {
                "label": "actor",
                "value": "value",
                "facet": "measure",
                **({"lo": "lo", "hi": "hi"} if whole.pivots else {}),
            },
            title="Who stands best",
            subtitle=f"0 to 1, the {min(top, len(network.labels))} highest{span}",
            alt=f"Bars of the best placed actors by measure; {leader} leads in closeness.",
        ),
    ]
    if len(slices) > 1:
        found.append(
            Chart(
                "years",
                "lines",
                "years",
                {"x": "year", "y": "value", "facet": "measure"},
                title="The network by year",
                subtitle=f"each year on its own{span}",
                alt="Lines of the size and shape of the network by year.",
                options={"zero": True},
            )
        )
    return tuple(found)


def _network_table(network: Network, slices: list[Slice], dated: bool) -> Table:
    columns: dict[str, Any] = _years_of(slices, [1] * len(slices), dated)
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
    caption = "One row a year, the first for all years together." if dated else "The network as a whole."
    return Table("network", columns, {key: unit for key, unit in units.items() if key in columns}, caption + modes)


def _actors_table(network: Network, slices: list[Slice], dated: bool, distance: str) -> Table:
    orders = [one.standing.order() for one in slices]
    columns: dict[str, Any] = _years_of(slices, [len(order) for order in orders], dated)

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
        "One row an actor" + (" and year" if dated else "") + f", ranked by {slices[0].standing.ranking}, "
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


def _kinds_table(slices: list[Slice], dated: bool) -> Table:
    rows, counts = [], []
    for one in slices:
        kinds = np.array(one.network.kinds, object)
        found = sorted(set(kinds.tolist()))
        counts.append(len(found))
        rows += [(kind, *_kind_row(one.standing, kinds == kind)) for kind in found]
    names = (
        "kind",
        "actors",
        "isolates",
        "mean_degree",
        "degree_share",
        "betweenness_share",
        "closeness_wf",
        "own_kind",
    )
    table = Table.of_rows("kinds", names, rows)
    units = {
        "mean_degree": "links per actor",
        "degree_share": "share of all link ends",
        "betweenness_share": "share of all betweenness",
        "closeness_wf": "mean",
        "own_kind": "share of link ends tied to the same kind",
    }
    caption = "One row a kind of actor" + (" and year." if dated else ".")
    return Table("kinds", {**_years_of(slices, counts, dated), **table.columns}, units, caption)


def _kind_row(standing: Standing, own: NDArray[np.bool_]) -> tuple[float, ...]:
    degree, between = standing.actors["degree"][own], standing.actors["betweenness"]
    ends = int(standing.actors["degree"].sum())
    inside = 2 * int((own[standing.source] & own[standing.target]).sum())
    total = float(between.sum())
    return (
        int(own.sum()),
        int((degree == 0).sum()),
        float(degree.mean()),
        float(degree.sum() / ends) if ends else float("nan"),
        float(between[own].sum()) / total if total else float("nan"),
        float(standing.actors[standing.ranking][own].mean()),
        inside / int(degree.sum()) if degree.sum() else float("nan"),
    )


def top_measures(standing: Standing) -> tuple[str, ...]:
    """The measures that the pictures rank actors by."""
    degree = ("degree_centrality_out", "degree_centrality_in") if standing.is_directed else ("degree_centrality",)
    return (standing.ranking, "betweenness_normalised", *degree)


def _top_table(whole: Slice, top: int) -> Table:
    columns = ["measure", "rank", "actor", "value"]
    rows: list[tuple[object, ...]] = []
    bounded = whole.standing.pivots > 0
    for name in top_measures(whole.standing):
        values = whole.standing.actors[name]
        lo, hi = (_column(whole.standing, f"{name}_{side}") if bounded else values for side in ("lo", "hi"))
        order = np.lexsort((-whole.standing.actors["degree"], -np.nan_to_num(values, nan=-1.0)))[:top]
        for rank, k in enumerate(order.tolist(), start=1):
            bounds = (float(lo[k]), float(hi[k])) if bounded else ()
            rows.append((WORDS[name], rank, whole.network.labels[k], float(values[k]), *bounds))
    return Table.of_rows(
        "top",
        columns + (["lo", "hi"] if bounded else []),
        rows,
        caption=f"The {top} highest actors by each measure, all years together.",
    )


def _years_table(slices: list[Slice]) -> Table:
    rows = []
    for name, words in YEARLY.items():
        values = [(one.year, float(one.standing.network[name])) for one in slices if one.year is not None]
        if any(np.isfinite(value) for _, value in values):
            rows += [(words, year, value) for year, value in values]
    return Table.of_rows("years", ("measure", "year", "value"), rows, caption="The network of each year on its own.")


def _picture_tables(whole: Slice) -> tuple[Table, Table]:
    """A picture that can be read: all of a small network; the strongest links among the best tied of a large one."""
    standing = whole.standing
    actors, degree = len(whole.network.labels), standing.actors["degree"]
    shown = np.arange(actors)
    if actors > PICTURE_LINKS or len(standing.source) > PICTURE_LINKS:
        shown = np.sort(np.argsort(-degree, kind="stable")[:PICTURE_ACTORS])
    drawn = np.zeros(actors, bool)
    drawn[shown] = True
    links = np.flatnonzero(drawn[standing.source] & drawn[standing.target])
    if len(links) > PICTURE_LINKS:
        busy = degree[standing.source[links]] + degree[standing.target[links]]
        links = np.sort(links[np.lexsort((-busy, -np.abs(standing.weight[links])))[:PICTURE_LINKS]])
    if len(shown) < actors:
        shown = np.unique([standing.source[links], standing.target[links]])
    names = np.array(whole.network.labels, object)
    picture = Table(
        "picture_links",
        {
            "source": names[standing.source[links]],
            "target": names[standing.target[links]],
            "weight": standing.weight[links],
        },
        {"weight": whole.network.meaning},
        "The links that the picture shows.",
    )
    nodes = {"label": names[shown], "size": degree[shown], "component": standing.actors["component"][shown] + 1}
    if whole.network.kinds is not None:
        nodes["group"] = np.array(whole.network.kinds, object)[shown]
    elif whole.network.mode is not None:
        modes = np.array(whole.network.mode_names or ("first", "second"), object)
        nodes["group"] = modes[whole.network.mode[shown]]
    return picture, Table("picture_actors", nodes, {"size": "links"}, "The actors that the picture shows.")


def _years_of(slices: list[Slice], counts: list[int], dated: bool) -> dict[str, Any]:
    """The year column: empty (NaN) for all years together."""
    if not dated:
        return {}
    years = [np.nan if one.year is None else float(one.year) for one in slices]
    return {"year": np.repeat(np.array(years), counts)}


def counted(number: float) -> str:
    """A whole number with thin spaces between thousands from five digits on.

    >>> counted(4967), counted(27411)
    ('4967', '27\u2009411')
    """
    whole = round(number)
    return f"{whole:,}".replace(",", "\u2009") if abs(whole) > 9999 else str(whole)


def many(number: float, word: str) -> str:
    """A count with its word in the singular or plural; a word that ends in s stays as it is.

    >>> many(1, "tie"), many(2, "tie"), many(3, "university")
    ('1 tie', '2 ties', '3 universities')
    """
    return f"{counted(number)} {word if round(number) == 1 else plural(word)}"


def plural(word: str) -> str:
    """More than one of a word.

    >>> plural("organisation"), plural("city"), plural("branch")
    ('organisations', 'cities', 'branches')
    """
    if word.endswith("s"):
        return word
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    return word + ("es" if word.endswith(("x", "ch", "sh")) else "s")


def _named(made: tuple[Table, ...], name: str) -> Table:
    return next(table for table in made if table.name == name)


def _span(network: Network) -> str:
    years = network.years
    if not years:
        return ""
    return str(years[0]) if len(years) == 1 else f"{years[0]} to {years[-1]}"
