"""Kinds of actors told apart, firms from universities: how large, how well placed, and whom they are tied to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...inquiry.finding import Chart, Table
from .model import Standing
from .standing_counts import during, span
from .standing_tables import Slice, years_of

UNTOLD = "not told"
SHARES = {"of all actors": "actors", "of all ties": "degree_share", "of all betweenness": "betweenness_share"}


def kind_tables(slices: list[Slice]) -> tuple[Table, Table, Table]:
    """Tables `kinds` (one row a kind), `kind_shares` (as its picture draws them) and `kind_ties` (who ties to whom)."""
    kinds = _kinds_table(slices)
    return kinds, _shares_table(slices, kinds), _ties_table(slices)


def kind_charts(slices: list[Slice], tables: tuple[Table, ...]) -> tuple[Chart, Chart]:
    """Shares of each kind, and the kinds that each is tied to; by year where the network has years."""
    dated = {"facet": "when"} if len(slices) > 1 else {}
    shares = next(table for table in tables if table.name == "kind_shares")
    kinds = list(dict.fromkeys(shares["kind"].tolist()))
    when = during(slices[0].network)
    names = ", ".join(kinds)
    return (
        Chart(
            "kinds",
            "bars",
            "kind_shares",
            {"label": "kind", "value": "value", "series": "share", **dated},
            title="Each kind of actor: how many there are, how tied, how much in between",
            subtitle=f"shares of the whole, 0 to 1{when}",
            alt=f"Bars of the share of actors, ties and betweenness of each kind: {names}.",
        ),
        Chart(
            "kind-ties",
            "heat",
            "kind_ties",
            {"row": "kind", "column": "other", "value": "share", **dated},
            title="Which kinds are tied to which",
            subtitle=f"share of a row's ties that go to the column's kind{when}",
            alt=f"Heat map of the share of the ties of each kind that go to each kind: {names}.",
            options={"sort": "none"},
        ),
    )


def _when(one: Slice) -> str:
    return (span(one.network) or "all") if one.year is None else str(one.year)


def _found(one: Slice) -> list[str]:
    return sorted(set(one.network.kinds or ()))


def _kinds_table(slices: list[Slice]) -> Table:
    names = ("kind", "actors", "isolates", "mean_degree", "degree_share", "betweenness_share", "closeness_wf")
    rows = []
    for one in slices:
        kinds = np.array(one.network.kinds, object)
        rows += [(kind, *_kind_row(one.standing, kinds == kind)) for kind in _found(one)]
    table = Table.of_rows("kinds", (*names, "own_kind", "first"), [(*row, "") for row in rows])
    first = [leader for one in slices for leader in _leaders(one)]
    units = {
        "mean_degree": "links per actor",
        "degree_share": "share of all link ends",
        "betweenness_share": "share of all betweenness",
        "closeness_wf": "mean",
        "own_kind": "share of link ends tied to the same kind",
        "first": "highest closeness",
    }
    caption = "One row a kind of actor" + (" and year." if len(slices) > 1 else ".")
    columns: dict[str, Any] = {**years_of(slices, [len(_found(one)) for one in slices]), **table.columns}
    columns["first"] = np.array(first, object)
    return Table("kinds", columns, units, caption)


def _leaders(one: Slice) -> list[str]:
    """The best placed actor of each kind; nobody where no actor of it has a tie."""
    kinds = np.array(one.network.kinds, object)
    order = one.standing.order()
    best = []
    for kind in _found(one):
        first = int(order[np.argmax(kinds[order] == kind)])
        best.append(one.network.labels[first] if one.standing.actors["degree"][first] else "")
    return best


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


def _shares_table(slices: list[Slice], kinds: Table) -> Table:
    rows, at = [], 0
    for one in slices:
        found = len(_found(one))
        actors = len(one.network.labels)
        for k in range(at, at + found):
            for words, column in SHARES.items():
                value = float(kinds[column][k]) / (actors if column == "actors" else 1.0)
                rows.append((_when(one), kinds["kind"][k] or UNTOLD, words, value))
        at += found
    return Table.of_rows(
        "kind_shares", ("when", "kind", "share", "value"), rows, caption="Each kind's share of the whole."
    )


def _ties_table(slices: list[Slice]) -> Table:
    """How the ties of each kind divide; `ratio` is the share beside that of all link ends that the other kind holds."""
    rows: list[tuple[object, ...]] = []
    for one in slices:
        names = _found(one)
        code = np.searchsorted(np.array(names, object).astype(str), np.array(one.network.kinds, object).astype(str))
        ends = np.zeros((len(names), len(names)))
        np.add.at(ends, (code[one.standing.source], code[one.standing.target]), 1.0)
        ends = ends + ends.T
        held, whole = ends.sum(axis=1), ends.sum()
        for i, kind in enumerate(names):
            for j, other in enumerate(names):
                share = ends[i, j] / held[i] if held[i] else float("nan")
                ratio = share * whole / held[j] if held[j] else float("nan")
                links = int(ends[i, j]) // (2 if i == j else 1)
                rows.append((_when(one), kind or UNTOLD, other or UNTOLD, links, share, ratio))
    return Table.of_rows(
        "kind_ties",
        ("when", "kind", "other", "links", "share", "ratio"),
        rows,
        {"share": "of the kind's link ends", "ratio": "share over that of all link ends; 1 = as chance would tie"},
        "One row a pair of kinds: how many links tie them.",
    )
