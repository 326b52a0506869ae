"""The tables of `consumption`: coefficients, multipliers, the checks of balance, and the picture's matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...inquiry.finding import Table
from .model import Economy, Outcome

Array = NDArray[np.float64]
PICTURED = 15
EXACT = 1e-10


def measured(economy: Economy, users: NDArray[np.int64]) -> tuple[Array, Array, Array, Array]:
    """What is drawn again for the ranges: direct and complete columns, and both multipliers."""
    columns = economy.complete[:, users]
    return economy.direct[:, users], columns, economy.output_multipliers, economy.input_multipliers


MEASURES = ("direct", "complete", "output_multiplier", "input_multiplier")


def tables(outcome: Outcome, users: NDArray[np.int64]) -> tuple[Table, ...]:
    """All tables, in reading order."""
    return _coefficients(outcome, users), _multipliers(outcome, users), _balance(outcome), _largest(outcome)


def _coefficients(outcome: Outcome, users: NDArray[np.int64]) -> Table:
    economy, names = outcome.economy, np.array(outcome.sectors, object)
    size = len(names)
    columns: dict[str, Array | NDArray[np.object_]] = {
        "supplier": np.tile(names, len(users)),
        "user": np.repeat(names[users], size),
    }
    for key, matrix in (("direct", economy.direct[:, users]), ("complete", economy.complete[:, users])):
        low, high = outcome.draws.range(key, matrix)
        columns |= {key: matrix.T.ravel(), f"{key}_lo": low.T.ravel(), f"{key}_hi": high.T.ravel()}
    return Table(
        "coefficients",
        columns,
        caption="What a user needs of a supplier per unit of its output, bought directly (direct) and over all rounds "
        "(complete), with 95 % ranges over redrawn tables.",
    )


def _multipliers(outcome: Outcome, users: NDArray[np.int64]) -> Table:
    economy = outcome.economy
    there = users[economy.output[users] != 0]
    columns: dict[str, Array | NDArray[np.object_]] = {"industry": np.array(outcome.sectors, object)[there]}
    for key, values in (
        ("output_multiplier", economy.output_multipliers),
        ("input_multiplier", economy.input_multipliers),
    ):
        low, high = outcome.draws.range(key, values)
        columns |= {key: values[there], f"{key}_lo": low[there], f"{key}_hi": high[there]}
    columns["output"] = economy.output[there]
    return Table(
        "multipliers",
        columns,
        {"output": outcome.table.unit} if outcome.table.unit else {},
        "output_multiplier: output of all industries per unit of final demand for this one (column sum of the Leontief "
        "inverse). input_multiplier: row sum of the Ghosh inverse, which is also upstreamness.",
    )


def _balance(outcome: Outcome) -> Table:
    economy, table, names = outcome.economy, outcome.table, outcome.sectors
    gap = np.nan_to_num(table.imbalance()[0])
    identity = economy.leontief @ (np.eye(len(names)) - economy.direct) - np.eye(len(names))
    final = economy.output - economy.flows.sum(axis=1)
    scale = max(float(np.abs(economy.output).max()), 1e-300)
    again = np.abs(economy.needed(final) - economy.output) / scale
    sums = economy.direct.sum(axis=0)
    earned = np.divide(economy.value_added, economy.output, out=np.zeros_like(gap), where=economy.output != 0)
    row, col, low = int(np.abs(gap).argmax()), int(sums.argmax()), int(earned.argmin())
    rest, most = int(np.abs(identity).max(axis=0).argmax()), int(again.argmax())
    rows = [
        ("output = flows + final demand", names[row], abs(gap[row]), 0.005, abs(gap[row]) <= 0.005),
        ("inputs cost less than output", names[col], sums[col], 1.0, sums[col] < 1),
        ("value added is not negative", names[low], earned[low], 0.0, earned[low] >= 0),
        ("spectral radius of A below 1", "", economy.radius, 1.0, economy.radius < 1),
        ("L (I - A) = I", names[rest], np.abs(identity).max(), EXACT, np.abs(identity).max() <= EXACT),
        ("x = L f, f = x - Z 1", names[most], again[most], EXACT, again[most] <= EXACT),
    ]
    return Table.of_rows(
        "balance",
        ("check", "worst_industry", "size", "limit", "holds"),
        rows,
        caption="Whether the accounts and the computation hold: the worst industry of each check, as a share of its "
        "output (of the largest output for x = L f).",
    )


def _largest(outcome: Outcome) -> Table:
    """Complete coefficients between the industries with the largest output."""
    largest = np.sort(np.argsort(-outcome.economy.output, kind="stable")[:PICTURED])
    cut = outcome.economy.complete[np.ix_(largest, largest)]
    names = np.array(outcome.sectors, object)[largest]
    columns = {
        "supplier": np.repeat(names, len(names)),
        "user": np.tile(names, len(names)),
        "complete": cut.ravel(),
    }
    return Table("largest", columns, caption=f"Complete coefficients between the {len(names)} largest industries.")
