"""The aspects that input-output accounts tell: business (inputs), market (customers), product (inputs alike)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...evidence.accounts import Accounts
from . import equations
from .industries import members, summing
from .measures import Measure

Array = NDArray[np.float64]
Prices = Mapping[str, Mapping[float, float]]
"""industry -> year -> price index."""


@dataclass(frozen=True)
class Piece:
    """Accounts of one region and classification, added up to the industries that are asked: by year, flows
    (year, supplier, user), output (year, industry). The first `many` rows are the industries, in order."""

    years: Array
    many: int
    flows: Array
    output: Array
    segment: NDArray[np.int64]


def regions_of(accounts: Sequence[Accounts]) -> tuple[str, ...]:
    """All regions of the accounts, in order."""
    return tuple(dict.fromkeys(region for one in accounts for region in one.regions))


def pieces_of(
    accounts: Sequence[Accounts], region: str, industries: Mapping[str, Sequence[str]], breaks: Sequence[float]
) -> list[Piece]:
    """The accounts of one region added up to industries; every break, and every change of accounts, opens a segment."""
    found = []
    for number, one in enumerate(sorted(accounts, key=lambda each: min(map(float, each.years)))):
        rows = [k for k, place in enumerate(one.regions) if place == region]
        if not rows:
            continue
        groups = members(industries, one.sectors)
        adds, _ = summing(groups, len(one.sectors))
        years = np.array([float(one.years[k]) for k in rows])
        segment = 1000 * number + np.searchsorted(np.sort(np.asarray(breaks, float)), years, side="right")
        flows = np.einsum("ai,kij,bj->kab", adds, one.flows[rows], adds)
        found.append(Piece(years, len(groups), flows, one.gross_output[rows] @ adds.T, segment.astype(np.int64)))
    return found


def account_measures(
    pieces: Sequence[Piece], names: Sequence[str], pairs: Sequence[tuple[str, str]], prices: Prices
) -> dict[tuple[str, str], list[Measure]]:
    """Inputs, likeness of customers and of inputs, and shares of joint output of each pair, every year with its null.

    Where both industries have a price index for a year, inputs are deflated: a_AB P_B / P_A.
    """
    place = {name: k for k, name in enumerate(names)}
    rows: dict[tuple[str, str], dict[str, list[tuple[float, float, float, float, int]]]] = {pair: {} for pair in pairs}
    for piece in pieces:
        for t, year in enumerate(piece.years):
            table = _Table.of(piece.flows[t], piece.output[t])
            for pair in pairs:
                for name, found in table.pair(place[pair[0]], place[pair[1]], pair, float(year), prices).items():
                    rows[pair].setdefault(name, []).append((float(year), *found, int(piece.segment[t])))
    return {pair: [_measure(name, listed) for name, listed in found.items()] for pair, found in rows.items()}


@dataclass(frozen=True)
class _Table:
    """One year's table with all its coefficients and likenesses."""

    output: Array
    inputs: Array
    chance: Array
    customers: Array
    purchases: Array

    @classmethod
    def of(cls, flows: Array, output: Array) -> _Table:
        direct, chance = equations.direct_inputs(flows, output), equations.proportional_inputs(flows, output)
        return cls(output, direct, chance, equations.cosines(flows), equations.cosines(flows.T))

    def pair(
        self, first: int, second: int, names: tuple[str, str], year: float, prices: Prices
    ) -> dict[str, tuple[float, float, float]]:
        """(value, null, p) of every measure of one pair."""
        x, y = self.output[first], self.output[second]
        ratio = _relative(prices, names, year)
        found = {
            "a_ab": _input(self, first, second, ratio),
            "a_ba": _input(self, second, first, 1 / ratio),
            "market": _likeness(self.customers, first, second),
            "product": _likeness(self.purchases, first, second),
        }
        found["share_b"] = (float(y / (x + y)) if x + y > 0 else float("nan"), float("nan"), float("nan"))
        return found


def _relative(prices: Prices, names: tuple[str, str], year: float) -> float:
    if not prices:
        return 1.0
    price = [prices.get(name, {}).get(year, float("nan")) for name in names]
    return price[1] / price[0]


def _input(table: _Table, supplier: int, user: int, ratio: float) -> tuple[float, float, float]:
    """A direct input, what it would be if users preferred nobody, and its rank among the inputs of either."""
    value, chance = float(table.inputs[supplier, user]), float(table.chance[supplier, user])
    over = np.divide(table.inputs, table.chance, out=np.full_like(table.inputs, np.nan), where=table.chance > 0)
    others = np.concatenate([np.delete(over[supplier], [supplier, user]), np.delete(over[:, user], [supplier, user])])
    return value * ratio, chance * ratio, _rank(over[supplier, user], others)


def _likeness(table: Array, first: int, second: int) -> tuple[float, float, float]:
    """The likeness of two industries, the median likeness of either with all others, and the rank among them."""
    others = np.concatenate([np.delete(table[first], [first, second]), np.delete(table[second], [first, second])])
    known = others[np.isfinite(others)]
    null = float(np.median(known)) if len(known) else float("nan")
    return float(table[first, second]), null, _rank(table[first, second], others)


def _rank(value: float, others: Array) -> float:
    known = others[np.isfinite(others)]
    if not np.isfinite(value) or not len(known):
        return float("nan")
    return float((1 + (known >= value).sum()) / (1 + len(known)))


def _measure(name: str, rows: list[tuple[float, float, float, float, int]]) -> Measure:
    table = np.array([row[:4] for row in rows])
    order = np.argsort(table[:, 0], kind="stable")
    blank = np.full(len(rows), np.nan)
    segments = np.array([row[4] for row in rows], np.int64)[order]
    times, values, null, p = table[order].T
    return Measure(name, times, values, blank, blank, null, p, segments)
