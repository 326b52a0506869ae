"""Accounts from a use table (products bought by industries) and a make table (products made by industries)."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, Fault, nearest
from .accounts import Accounts
from .database import where
from .flows import Shelf, numbers_of
from .read_accounts import Columns, Rows, beside, columns_of, rows_of, same_tables
from .specification import EvidenceSpec, Half
from .table import Table
from .use_make import BY_INDUSTRY, square, transformation
from .words import few_of, natural

Array = NDArray[np.float64]
TOTAL = re.compile(r"(T_|total\b|sum\b|T\d{3}$)", re.IGNORECASE)  # labels of totals: T_INTERM, Total, T001
DEFAULT = "fixed_product_sales"
MOST_NAMED = 8
ALSO = 0.02  # a product whose use differs from its make by more than this share is named


def read_use_make(use: Table, spec: EvidenceSpec, shelf: Shelf, notes: list[str], guessed: dict[str, str]) -> Accounts:
    """Square accounts by the model that the study names (fixed_product_sales when it names none).

    In the use table, columns that the make table does not know as industries are final demand, and rows that it does
    not know as products are value added. Totals are left out and named. Flows hold imports ("total") unless the study
    says otherwise, and final demand is net of them where the use table has a column of imports (negative).
    """
    make = beside(spec.make, spec, shelf)
    if isinstance(spec.use, Half) and spec.use.where:
        use = where(use, spec.use.where)
    columns = columns_of(use, spec, guessed)
    faults: list[Fault] = []
    used, made = (_without_totals(one, columns, notes, word) for one, word in ((use, "use"), (make, "make")))
    faults += _strange(spec, used, made, columns)
    bought = numbers_of(used, columns.flow, spec, notes, faults)
    sold = numbers_of(made, columns.flow, spec, notes, faults)
    uses = rows_of(used, columns, spec, faults, known=False)
    makes = rows_of(made, columns, spec, faults, known=False)
    same_tables(uses, makes, "use", "make")
    accounts = _accounts(uses, makes, bought, sold, spec, notes)
    if spec.imports is None:
        return accounts
    imported = _without_totals(beside(spec.imports, spec, shelf), columns, notes, "import")
    brought = numbers_of(imported, columns.flow, spec, notes, faults)
    imports = rows_of(imported, columns, spec, faults, known=False)
    same_tables(uses, imports, "use", "import")
    return replace(accounts, imports=_imports(imports, makes, brought, sold, spec))


def _imports(imports: Rows, makes: Rows, brought: Array, sold: Array, spec: EvidenceSpec) -> Array:
    """Imported inputs by the model of the flows; rows and columns that are no product or industry are left out."""
    industries, products = _axes(makes)
    rows = tuple(dict.fromkeys((*products, *imports.supplier.axis.labels)))
    users = tuple(dict.fromkeys((*industries, *imports.user.axis.labels)))
    bought = imports.cube(brought, rows, users)[:, : len(products), : len(industries)]
    make, model = makes.cube(sold, industries, products), spec.model or DEFAULT
    shares = [transformation(one, model) for one in make]
    sides = zip(shares, bought, strict=True)
    return np.stack([share @ one if model in BY_INDUSTRY else one @ share for share, one in sides])


def _axes(makes: Rows) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Industries and products, in order."""
    industries, products = makes.supplier.axis.labels, makes.user.axis.labels
    return tuple(sorted(industries, key=natural)), tuple(sorted(products, key=natural))


def _accounts(uses: Rows, makes: Rows, bought: Array, sold: Array, spec: EvidenceSpec, notes: list[str]) -> Accounts:
    industries, products = _axes(makes)
    demand = tuple(sorted({*uses.user.axis.labels} - {*industries}, key=natural))
    income = tuple(sorted({*uses.supplier.axis.labels} - {*products}, key=natural))
    if not demand:
        do = "Keep the columns of final demand, or rename industries with labels so that both tables agree."
        raise DataError("the use table has no column of final demand.", uses.table.name, 0, do)
    make = makes.cube(sold, industries, products)
    whole = uses.cube(bought, (*products, *income), (*industries, *demand))
    p, g = len(products), len(industries)
    use, final, added = whole[:, :p, :g], whole[:, :p, g:].sum(axis=2), whole[:, p:, :g].sum(axis=1)
    notes.append(f"Final demand is the sum of the use columns {few_of(demand, MOST_NAMED)}.")
    if income:
        notes.append(f"Value added is the sum of the use rows {few_of(income, MOST_NAMED)}.")
    else:
        added = make.sum(axis=2) - use.sum(axis=1)
        notes.append("Value added was not given: it is industry output less all inputs.")
    _say_gaps(make, use, final, products, uses.tables, notes)
    model = spec.model or DEFAULT
    parts = [square(make[k], use[k], final[k], added[k], model) for k in range(len(uses.tables))]
    flows, output, demanded, earned = (np.stack([one[k] for one in parts]) for k in range(4))
    sectors = industries if model in BY_INDUSTRY else products
    notes.append(_say_model(model, len(industries), len(products)))
    _say_negatives(flows, sectors, uses.tables, model, notes)
    years, regions = (tuple(one[k] for one in uses.tables) for k in (0, 1))
    prices = spec.prices if isinstance(spec.prices, str) else ""
    basis = spec.flows or "total"
    return Accounts(sectors, years, regions, flows, output, demanded, earned, spec.unit or "", prices, (), None, basis)


def _without_totals(table: Table, columns: Columns, notes: list[str], word: str) -> Table:
    keep = np.ones(len(table), bool)
    named = []
    for column in (columns.supplier, columns.user):
        codes, labels = table.labels(column)
        totals = [k for k, label in enumerate(labels) if TOTAL.match(label)]
        keep &= ~np.isin(codes, totals)
        named += [labels[k] for k in totals if labels[k] not in named]
    if named:
        notes.append(f"Totals of the {word} table were left out: {few_of(tuple(named), MOST_NAMED)}.")
    return table.only(keep)


def _strange(spec: EvidenceSpec, use: Table, make: Table, columns: Columns) -> list[Fault]:
    """Names in `labels` that neither table holds."""
    both = {
        one
        for table in (use, make)
        for column in (columns.supplier, columns.user, columns.region)
        if column
        for one in table.labels(column)[1]
    }
    lacking = [old for old in spec.labels if old not in both]
    return [
        Fault(f"'labels' renames '{old}', which no row holds.", use.name, old, nearest(old, sorted(both)))
        for old in lacking
    ]


def _say_gaps(
    make: Array,
    use: Array,
    final: Array,
    products: tuple[str, ...],
    tables: tuple[tuple[str, str], ...],
    notes: list[str],
) -> None:
    """A note on the products of which not as much is used as made, the worst named."""
    output = make.sum(axis=1)
    gap = np.abs(output - use.sum(axis=2) - final)
    share = np.divide(gap, output, out=np.zeros_like(gap), where=output != 0)
    share[(gap <= 1e-4 * output.sum(axis=1, keepdims=True)) | (share <= ALSO)] = 0
    if share.any():
        k, i = (int(one) for one in np.unravel_index(int(share.argmax()), share.shape))
        when = " ".join(one for one in tables[k] if one)
        notes.append(
            f"{int((share > 0).sum()):,} products are not used as much as they are made (by over {100 * ALSO:.0f} %); "
            f"the worst is {products[i]} {when} with {100 * share[k, i]:.1f} %."
        )


def _say_model(model: str, industries: int, products: int) -> str:
    kind = "industries by industries" if model in BY_INDUSTRY else "products by products"
    words = model.replace("_", " ")
    return f"{industries} industries and {products} products became {kind} by {words}."


def _say_negatives(
    flows: Array, sectors: tuple[str, ...], tables: tuple[tuple[str, str], ...], model: str, notes: list[str]
) -> None:
    if model not in ("fixed_industry_sales", "product_technology") or flows.min() >= 0:
        return
    k, i, j = (int(one) for one in np.unravel_index(int(flows.argmin()), flows.shape))
    when = " ".join(one for one in tables[k] if one)
    other = "fixed_product_sales" if model in BY_INDUSTRY else "industry_technology"
    notes.append(
        f"{int((flows < 0).sum()):,} flows are negative, the largest {sectors[i]} to {sectors[j]} {when} with "
        f"{flows[k, i, j]:,.4g}: '{model}' can give that; '{other}' never does."
    )
