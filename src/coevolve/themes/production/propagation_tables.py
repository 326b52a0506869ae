"""The tables of `propagation`: what a change of final demand or output sets off in every industry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...inquiry.finding import Table
from .equations import final_demand_for
from .model import Economy, Outcome

Array = NDArray[np.float64]
MEASURES = ("total", "value_added", "imports")
PARTS = ("initial", "direct", "indirect")
PICTURED = 15


@dataclass(frozen=True)
class Shock:
    """What changes: the places of the industries, by how much (money), and whether that is output or final demand."""

    places: NDArray[np.int64]
    amount: Array
    of_output: bool

    def final_demand(self, economy: Economy) -> Array:
        """The change of final demand that it amounts to, by industry."""
        change = np.zeros(len(economy.output))
        if self.of_output:
            change[self.places] = final_demand_for(economy.leontief, self.places, self.amount)
        else:
            change[self.places] = self.amount
        return change


@dataclass(frozen=True)
class Effects:
    """Changes by industry: initial df, direct A df, indirect (L - I - A) df, total L df, and what the total brings.

    `value_added` is v/x and `imports` m/x times the total, m the imported inputs; zero where they are not known.
    """

    initial: Array
    direct: Array
    indirect: Array
    total: Array
    value_added: Array
    imports: Array


def effects_of(economy: Economy, shock: Shock) -> Effects:
    """The rounds of production that a change of final demand sets off.

    dx = L df = df + A df + (L - I - A) df                                     Tong & Wang, section 2.1.3
    """
    initial = shock.final_demand(economy)
    total = economy.needed(initial)
    direct = economy.direct @ initial
    earned = _per_output(economy.value_added, economy) * total
    brought = economy.imported_inputs
    imports = np.zeros_like(total) if brought is None else _per_output(brought, economy) * total
    return Effects(initial, direct, total - initial - direct, total, earned, imports)


def measured(economy: Economy, shock: Shock) -> tuple[Array, Array, Array]:
    """What is drawn again: total output, value added and imports by industry."""
    found = effects_of(economy, shock)
    return found.total, found.value_added, found.imports


def _per_output(amount: Array, economy: Economy) -> Array:
    return np.divide(amount, economy.output, out=np.zeros_like(economy.output), where=economy.output != 0)


def tables(outcome: Outcome, found: Effects) -> tuple[Table, ...]:
    """Effects by industry, their sums, and the picture's parts."""
    return _effects(outcome, found), _sums(outcome, found), _parts(outcome, found)


def _order(found: Effects) -> NDArray[np.int64]:
    return np.argsort(-np.abs(found.total), kind="stable")


def _effects(outcome: Outcome, found: Effects) -> Table:
    order, output = _order(found), outcome.economy.output
    low, high = outcome.draws.range("total", found.total)
    percent = np.divide(100 * found.total, output, out=np.full_like(output, np.nan), where=output != 0)
    columns: dict[str, Array | NDArray[np.object_]] = {"industry": np.array(outcome.sectors, object)[order]}
    columns |= {part: getattr(found, part)[order] for part in PARTS}
    columns |= {"total": found.total[order], "total_lo": low[order], "total_hi": high[order]}
    columns |= {"percent": percent[order], "value_added": found.value_added[order]}
    unit = outcome.table.unit
    units = dict.fromkeys((*PARTS, "total", "value_added"), unit) if unit else {}
    units["percent"] = "% of the industry's output"
    caption = (
        "Change of output by industry. initial: the change of final demand itself; direct: what that buys from "
        "suppliers; indirect: all further rounds; total: their sum, with a 95 % range over redrawn tables."
    )
    return Table("effects", columns, units, caption)


def _sums(outcome: Outcome, found: Effects) -> Table:
    rows: list[tuple[str, float, float, float]] = []
    nothing = float("nan")
    for part in PARTS:
        rows.append((part, float(getattr(found, part).sum()), nothing, nothing))
    tells_imports = outcome.table.basis == "domestic" and outcome.economy.imported_inputs is not None
    for part in MEASURES if tells_imports else MEASURES[:2]:
        estimate = np.array(getattr(found, part).sum())
        low, high = float("nan"), float("nan")
        if len(outcome.draws):
            sums = outcome.draws.values[part].sum(axis=1)
            low, high = (float(one) for one in np.quantile(sums, [0.025, 0.975]))
            low, high = min(low, float(estimate)), max(high, float(estimate))
        rows.append((part, float(estimate), low, high))
    return Table.of_rows(
        "sums",
        ("part", "value", "lo", "hi"),
        rows,
        {"value": outcome.table.unit} if outcome.table.unit else {},
        "The effects over all industries; total is output, value_added the income in it, imports the imported inputs "
        "it needs. Where all inputs are counted, value_added (and imports) add up to the change of final demand.",
    )


def _parts(outcome: Outcome, found: Effects) -> Table:
    order = _order(found)[:PICTURED]
    rows = [(outcome.sectors[k], part, float(getattr(found, part)[k])) for k in order.tolist() for part in PARTS]
    return Table.of_rows(
        "parts",
        ("industry", "part", "value"),
        rows,
        {"value": outcome.table.unit} if outcome.table.unit else {},
        f"The {len(order)} largest effects in their parts.",
    )
