"""Which table of accounts a question is about, and the options that all questions of production share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ...errors import CoevolveError, Fault, nearest
from ...evidence.accounts import Accounts
from ...evidence.evidence import Evidence

Year = Annotated[str | int | None, Field(description="the year to look at; the last one when left out")]
Region = Annotated[str | None, Field(description="the region or country, where the accounts have several")]
Flows = Annotated[
    Literal["domestic", "total"] | None,
    Field(description='"domestic" (made here) or "total" (imports too); as the accounts give them when left out'),
]
Error = Annotated[
    float,
    Field(ge=0, le=1, description="assumed error of a single flow (standard deviation of its logarithm); 0 for none"),
]
Count = Annotated[
    int | None,
    Field(
        ge=0, le=10_000, description="how many tables are redrawn with that error: 200, or 20 if very large; 0: none"
    ),
]


def chosen(evidence: Evidence, name: str, year: str | int | None, region: str | None, flows: str | None) -> Accounts:
    """The one table that a question is about; DataError or StudyError where there is none such."""
    accounts = evidence.accounts(name)
    return (accounts if flows is None else accounts.with_flows(flows)).table(year, region)


def table_faults(
    evidence: Evidence,
    name: str,
    year: str | int | None,
    region: str | None,
    flows: str | None,
    industries: Iterable[str] = (),
) -> Iterator[Fault]:
    """What makes the table impossible to look at: no such year, region or industry; coefficients that need too much."""
    if name in evidence.items and name not in evidence.names("accounts"):
        yield from _of(evidence, name, year, region, flows)
        return
    if name not in evidence.items:
        return
    found = list(_of(evidence, name, year, region, flows))
    sectors = evidence.accounts(name).sectors
    for one in industries:
        if one not in sectors:
            found.append(Fault(f"the accounts have no industry '{one}'.", got=one, do=nearest(one, sectors)))
    yield from found
    if not found:
        yield from _overuse(chosen(evidence, name, year, region, flows))


def _of(
    evidence: Evidence, name: str, year: str | int | None, region: str | None, flows: str | None
) -> Iterator[Fault]:
    try:
        chosen(evidence, name, year, region, flows)
    except CoevolveError as error:
        yield from error.faults


def _overuse(table: Accounts) -> Iterator[Fault]:
    direct = table.direct[0]
    if np.abs(direct).sum(axis=0).max(initial=0.0) < 1:
        return
    radius = float(np.abs(np.linalg.eigvals(direct)).max(initial=0.0))
    if radius >= 1:
        worst = int(direct.sum(axis=0).argmax())
        yield Fault(
            f"the {table.basis} coefficients of {place_of(table)} need more than they make (spectral radius >= 1).",
            got=round(radius, 4),
            do=f"Check gross output: inputs of {table.sectors[worst]} are {direct[:, worst].sum():.4g} of its output.",
        )


def place_of(table: Accounts) -> str:
    """The region and year of a table, in words: "DEU, 2008"."""
    return ", ".join(one for one in (table.regions[0], table.years[0]) if one) or "the economy"
