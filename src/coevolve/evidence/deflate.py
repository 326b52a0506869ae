"""Accounts in the prices of one year: a price index for each sector takes the changes of prices out of the flows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, Fault, nearest
from .accounts import Accounts
from .columns import PERIOD, VALUE, pick, require
from .flows import Shelf, labels_of, numbers_of, summed
from .long import MOST_FAULTS, period_axis
from .read_vectors import SECTOR
from .specification import EvidenceSpec, Prices
from .table import Table

Array = NDArray[np.float64]


def deflated(accounts: Accounts, spec: EvidenceSpec, shelf: Shelf, notes: list[str]) -> Accounts:
    """The accounts in the prices of the base year (the last one when none is said).

        Z_ij / p_i,  f_i / p_i,  x_i / p_i,  p = 1 in the base year

    Value added follows by double deflation (output less inputs, each at its own prices). Imports take the price of
    the domestic product; where only their sum by user is known, that of all the user buys at home. Raises DataError
    for a sector and year without a price, and for prices not above zero.
    """
    said = spec.prices
    assert isinstance(said, Prices)
    years = tuple(dict.fromkeys(accounts.years))
    base = years[-1] if said.base is None else said.base
    if base not in years:
        raise DataError("the accounts have no such base year.", f"prices '{said.file}'", base, nearest(base, years))
    price = _prices(said, accounts.sectors, years, spec, shelf, notes)
    relative = (price / price[years.index(base)])[[years.index(one) for one in accounts.years]]
    return _at(accounts, relative, base, notes)


def _prices(
    said: Prices,
    sectors: tuple[str, ...],
    years: tuple[str, ...],
    spec: EvidenceSpec,
    shelf: Shelf,
    notes: list[str],
) -> Array:
    """The price index by year and sector."""
    table = shelf.table(said.file)
    sector, year, index = _columns(said, table)
    faults: list[Fault] = []
    labels = labels_of(table, sector, {}, faults, "sector")
    when = period_axis(table, year, faults)
    numbers = numbers_of(table, index, spec, notes, faults)
    if not faults:
        wrong = np.flatnonzero(~(numbers > 0))[:MOST_FAULTS].tolist()
        what = "a price index must be above zero."
        faults = [Fault(what, table.place(k), float(numbers[k]), "Correct it.") for k in wrong]
    if faults:
        raise DataError(faults)
    place = {one: k for k, one in enumerate(years)}
    k_year = np.array([place.get(one, -1) for one in when.labels], np.int64)[when.codes]
    k_sector = labels.within(sectors)
    used = (k_year >= 0) & (k_sector >= 0)
    places = (k_year[used], k_sector[used])

    def words(row: int) -> str:
        return f"{sectors[places[1][row]]} {years[places[0][row]]}"

    price = summed(table.only(used), places, places, numbers[used], (len(years), len(sectors)), words)
    for t, j in np.argwhere(np.isnan(price))[:MOST_FAULTS].tolist():
        do = nearest(sectors[j], labels.axis.labels)
        faults.append(Fault(f"{sectors[j]} {years[t]} has no price.", table.name, sectors[j], do))
    if faults:
        raise DataError(faults)
    return price


def _columns(said: Prices, table: Table) -> tuple[str, str | None, str]:
    """The columns of sector, year and index: as the study names them, else by their names."""
    require(table, (("index", said.index), ("sector", said.sector), ("year", said.year)))
    sector = said.sector or pick(table, SECTOR)
    year = said.year or pick(table, PERIOD, [sector])
    index = said.index or pick(table, ("index", "price", "deflator", *VALUE), [sector, year])
    if sector is None or index is None:
        lacking = "sector" if sector is None else "index"
        do = f'Name it: prices = {{ file = "...", {lacking} = "..." }}.'
        raise DataError(f"no column of the prices is '{lacking}'.", table.name, ", ".join(table.columns[:12]), do)
    return sector, year, index


def _at(accounts: Accounts, price: Array, base: str, notes: list[str]) -> Accounts:
    flows = accounts.flows / price[:, :, None]
    output, final = accounts.gross_output / price, accounts.final_demand / price
    imports = accounts.imports
    brought = np.zeros_like(output)
    if imports is not None:
        imports = imports / (price[:, :, None] if imports.ndim == 3 else _of_inputs(accounts.flows, flows, price))
        if accounts.basis == "domestic":
            brought = imports.sum(axis=1) if imports.ndim == 3 else imports
    added = output - flows.sum(axis=1) - brought
    notes.append(f"Flows are in prices of {base}; value added is output less inputs, each at its own prices.")
    return replace(
        accounts,
        flows=flows,
        gross_output=output,
        final_demand=final,
        value_added=added,
        imports=imports,
        prices=f"prices of {base}",
    )


def _of_inputs(flows: Array, deflated: Array, price: Array) -> Array:
    """The price of what each user buys at home, (table, user); that of its own product where it buys nothing."""
    paid, volume = flows.sum(axis=1), deflated.sum(axis=1)
    return np.asarray(np.divide(paid, volume, out=price.copy(), where=(paid > 0) & (volume > 0)))
