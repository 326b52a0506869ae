"""The tables of `chain`: who supplies an industry, whom it supplies, and the money that passes through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...inquiry.finding import Table
from .model import Economy, Outcome, steps, tiers

Array = NDArray[np.float64]
MEASURES = ("supply", "demand")
LEAST = 1e-12
UNNAMED = ("other industries", "imported inputs", "value added")


@dataclass(frozen=True)
class Chain:
    """One side of the chain of `industry`, all industries, the largest complete coefficient first."""

    industry: str
    order: NDArray[np.int64]
    direct: Array
    complete: Array

    def others(self, many: int, own: int) -> NDArray[np.int64]:
        """The first `many` of the others that have a part in the chain at all."""
        found = [k for k in self.order.tolist() if k != own and self.complete[k] > LEAST]
        return np.array(found[:many], np.int64)


def measured(economy: Economy, place: int) -> tuple[Array, Array]:
    """What is drawn again: the column and the row of the complete coefficients."""
    return economy.complete[:, place], economy.complete[place]


def side_of(outcome: Outcome, place: int, supply: bool) -> Chain:
    """The supply side (a column of A and B) or the demand side (a row)."""
    economy = outcome.economy
    direct = economy.direct[:, place] if supply else economy.direct[place]
    complete = economy.complete[:, place] if supply else economy.complete[place]
    there = np.flatnonzero((economy.output != 0) | (np.abs(complete) > LEAST))
    order = there[np.argsort(-complete[there], kind="stable")]
    return Chain(outcome.sectors[place], order, direct, complete)


def table(outcome: Outcome, chain: Chain, place: int, top: int, supply: bool) -> Table:
    """One row an industry of this side: coefficients, share, tier, and in how many draws it is among the top ones."""
    name, order, economy = "supply" if supply else "demand", chain.order, outcome.economy
    low, high = outcome.draws.range(name, chain.complete)
    whole = chain.complete[order].sum()
    columns: dict[str, Array | NDArray[np.int64] | NDArray[np.object_]] = {
        "industry": np.array(outcome.sectors, object)[order],
        "direct": chain.direct[order],
        "complete": chain.complete[order],
        "complete_lo": low[order],
        "complete_hi": high[order],
        "share": chain.complete[order] / whole if whole else np.zeros(len(order)),
        "tier": tiers(economy.direct, place, supply)[order],
        "mean_tier": steps(economy, place, supply)[order],
        "top_share_of_draws": _top_share(outcome, chain, place, top, name)[order],
        "flow": (economy.flows[:, place] if supply else economy.flows[place])[order],
    }
    flow = "flow is what it sold to" if supply else "flow is what it bought of"
    per = f"per unit of {chain.industry}" if supply else f"of {chain.industry} per unit of the row's industry"
    caption = (
        f"Input {per}, directly and over all rounds (complete); share of all complete coefficients of this side; tier: "
        "the round in which most of it arrives, 1 directly, 2 through one other; mean_tier: the average round; "
        f"top_share_of_draws: in what share of redrawn tables it is among the {top} largest others; {flow} "
        f"{chain.industry}; low and high: 95 % of the redrawn tables."
    )
    return Table(name, columns, {"flow": outcome.table.unit} if outcome.table.unit else {}, caption)


def _top_share(outcome: Outcome, chain: Chain, place: int, top: int, name: str) -> Array:
    if not len(outcome.draws):
        return np.full(len(chain.complete), np.nan)
    drawn = outcome.draws.values[name].copy()
    drawn[:, place] = -np.inf
    among = np.argsort(-drawn, axis=1, kind="stable")[:, :top]
    counts = np.bincount(among.ravel(), minlength=drawn.shape[1]) / len(drawn)
    counts[place] = np.nan
    return np.asarray(counts, float)


def largest(table: Table, top: int) -> Table:
    """The first rows of one side, for its picture."""
    few = 3 * top
    columns = {key: table[key][:few] for key in ("industry", "direct", "complete", "complete_lo", "complete_hi")}
    return Table(f"{table.name}_largest", columns, caption=f"The first rows of the table {table.name}, as pictured.")


def flows(outcome: Outcome, place: int, top: int) -> Table:
    """Money that passes through the industry, from each supplier to each user: the picture of Tong & Wang Fig. 1.

    Every user's payment is split over the suppliers (and imports and value added) as the industry's costs are; so
    rows of a supplier add up to what it sold to the industry where inputs and sales both add up to its output.
    """
    inward = [one for one in _inward(outcome, place, top) if one[1] > 0]
    outward = [one for one in _outward(outcome, place, top) if one[1] > 0]
    costs = sum(amount for _, amount in inward)
    rows = [(source, target, cost * paid / costs) for source, cost in inward for target, paid in outward]
    return Table.of_rows(
        "flows",
        ("source", "target", "flow"),
        rows,
        {"flow": outcome.table.unit} if outcome.table.unit else {},
        f"Money that passes through {outcome.sectors[place]}: what each user pays for it, split over suppliers as its "
        "costs are. Amounts below zero are left out.",
    )


def through(table: Table) -> Table:
    """The flows from the named suppliers, for the picture: value added and the many small inputs would swamp them."""
    kept = ~np.isin(table["source"].astype(str), UNNAMED)
    columns = {name: values[kept] for name, values in table.columns.items()}
    return Table(
        "through", columns, table.units, "The rows of the table flows that begin at one of the largest suppliers."
    )


def _inward(outcome: Outcome, place: int, top: int) -> Iterator[tuple[str, float]]:
    economy, bought = outcome.economy, outcome.economy.flows[:, place]
    largest = np.argsort(-bought, kind="stable")[:top]
    for k in largest.tolist():
        yield _name(outcome, k, place), float(bought[k])
    yield "other industries", float(bought.sum() - bought[largest].sum())
    if economy.imported_inputs is not None and outcome.table.basis == "domestic":
        yield "imported inputs", float(economy.imported_inputs[place])
    yield "value added", float(economy.value_added[place])


def _outward(outcome: Outcome, place: int, top: int) -> Iterator[tuple[str, float]]:
    economy, sold = outcome.economy, outcome.economy.flows[place]
    largest = np.argsort(-sold, kind="stable")[:top]
    for k in largest.tolist():
        yield _name(outcome, k, place), float(sold[k])
    yield "other industries", float(sold.sum() - sold[largest].sum())
    yield "final demand", float(economy.final_demand[place])


def _name(outcome: Outcome, k: int, place: int) -> str:
    return "the industry itself" if k == place else outcome.sectors[k]
