"""Made evidence as the files that a study reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from ..evidence.accounts import Accounts
from ..evidence.evidence import Item
from ..evidence.network import Network
from ..evidence.panel import Panel


def files_of(name: str, item: Item) -> dict[str, str]:
    """The text of each file that holds this piece: `name`.csv, and `name`-vectors.csv beside accounts."""
    if isinstance(item, Panel):
        return {f"{name}.csv": _panel(item)}
    if isinstance(item, Accounts):
        return {f"{name}.csv": _flows(item), f"{name}-vectors.csv": _vectors(item)}
    if isinstance(item, Network):
        return {f"{name}.csv": _links(item)}
    raise TypeError(f"a {type(item).__name__} is not written to a file")


def _panel(panel: Panel) -> str:
    """A long table: region, industry, year, one column an indicator; industry is empty for a region's own numbers."""
    first = ["region", "industry", "year"]
    rows = []
    for r, region in enumerate(panel.regions):
        for i, industry in enumerate(panel.industries or ("",)):
            for t, period in enumerate(panel.periods.labels):
                cells = [one.values[r, i if panel.industries else 0, t] for one in panel.indicators.values()]
                rows.append([region, industry, period, *cells])
    if panel.industries:
        return _text([*first, *panel.indicators], rows)
    return _text(["region", "year", *panel.indicators], [[row[0], *row[2:]] for row in rows])


def _flows(accounts: Accounts) -> str:
    rows = [
        [region, year, supplier, user, accounts.flows[k, i, j]]
        for k, (year, region) in enumerate(zip(accounts.years, accounts.regions, strict=True))
        for i, supplier in enumerate(accounts.sectors)
        for j, user in enumerate(accounts.sectors)
    ]
    return _text(["region", "year", "from", "to", "flow"], rows)


def _vectors(accounts: Accounts) -> str:
    rows = [
        [
            region,
            year,
            sector,
            *(getattr(accounts, one)[k, j] for one in ("gross_output", "final_demand", "value_added")),
        ]
        for k, (year, region) in enumerate(zip(accounts.years, accounts.regions, strict=True))
        for j, sector in enumerate(accounts.sectors)
    ]
    return _text(["region", "year", "sector", "gross_output", "final_demand", "value_added"], rows)


def _links(network: Network) -> str:
    columns = {
        "source": [network.labels[k] for k in network.source],
        "target": [network.labels[k] for k in network.target],
    }
    columns["weight"] = list(network.weight)
    if network.year is not None:
        columns["year"] = list(network.year)
    return _text(list(columns), zip(*columns.values(), strict=True))


def _text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()
