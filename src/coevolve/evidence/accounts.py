"""Who buys from whom: input-output accounts, one or several years and regions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, Fault, nearest

CLOSING = ("gross_output", "final_demand", "value_added")
BASES = ("domestic", "total")


@dataclass(frozen=True)
class Accounts:
    """Flows of goods between sectors: `flows[k, i, j]` is what sector i sold to sector j in table k, in money.

    A table k is one (year, region). `gross_output[k, j]`, `final_demand[k, i]` and `value_added[k, j]` close the
    table: x_i = sum_j Z_ij + f_i. Sectors with zero output have coefficients of zero, and are counted by the reader.
    `basis` says what the flows hold: "domestic" (made here), "total" (imports too, final demand then net of
    imports), or "" where nobody said. `imports` is what users bought abroad: `imports[k, i, j]` by product and
    user, or `imports[k, j]` by user alone; only the first tells domestic from total flows.
    """

    sectors: tuple[str, ...]
    years: tuple[str, ...]
    regions: tuple[str, ...]
    flows: NDArray[np.float64]
    gross_output: NDArray[np.float64]
    final_demand: NDArray[np.float64]
    value_added: NDArray[np.float64]
    unit: str = ""
    prices: str = ""
    notes: tuple[str, ...] = ()
    imports: NDArray[np.float64] | None = None
    basis: str = ""

    def __post_init__(self) -> None:
        faults = list(self._shape_faults())
        if faults:
            raise DataError(faults)
        for name in self._arrays():
            frozen = np.array(getattr(self, name), float)
            frozen.flags.writeable = False
            object.__setattr__(self, name, frozen)

    def __reduce__(self) -> tuple[object, ...]:
        return Accounts, tuple(getattr(self, field.name) for field in fields(self))

    @cached_property
    def direct(self) -> NDArray[np.float64]:
        """Direct consumption coefficients A = Z / x: input from i per unit of output of j, shape (table, i, j).

        a_ij = Z_ij / x_j                                                  Tong & Wang, section 3.2
        """
        output = self.gross_output[:, None, :]
        return np.divide(self.flows, output, out=np.zeros_like(self.flows), where=output != 0)

    @cached_property
    def leontief(self) -> NDArray[np.float64]:
        """Output of i needed, directly and indirectly, per unit of final demand for j, shape (table, i, j).

        L = (I - A)^-1; raises DataError where A has spectral radius >= 1 (no economy could produce that).
        """
        identity = np.eye(len(self.sectors))
        faults = []
        for k, coefficients in enumerate(self.direct):
            radius = float(np.abs(np.linalg.eigvals(coefficients)).max(initial=0.0))
            if radius >= 1:
                place = f"accounts of {self.regions[k] or 'the economy'} {self.years[k]}".rstrip()
                faults.append(
                    Fault(
                        "the coefficients need more than they make (spectral radius >= 1).",
                        place,
                        round(radius, 4),
                        "Check gross output against the column sums of the flows.",
                    )
                )
        if faults:
            raise DataError(faults)
        return np.asarray(np.linalg.inv(identity - self.direct), float)

    @cached_property
    def complete(self) -> NDArray[np.float64]:
        """Complete consumption coefficients B = L - I: direct plus all indirect use (Tong & Wang, section 3.2)."""
        return self.leontief - np.eye(len(self.sectors))

    @property
    def tells_imports(self) -> bool:
        """Whether domestic and imported flows are both known, cell by cell."""
        return self.imports is not None and self.imports.ndim == 3

    def imbalance(self) -> NDArray[np.float64]:
        """(x - Z 1 - f) / x by table and sector: 0 in a balanced table, NaN where output is zero."""
        gap = self.gross_output - self.flows.sum(axis=2) - self.final_demand
        share: NDArray[np.float64] = np.full_like(gap, np.nan)
        np.divide(gap, self.gross_output, out=share, where=self.gross_output != 0)
        return share

    def with_flows(self, basis: str) -> Accounts:
        """The same accounts with "domestic" or "total" flows; output and value added stay, final demand follows.

        Total flows are domestic and imported ones together, and final demand is then net of the imports that users
        bought: Z_total = Z_domestic + M, f_total = f_domestic - M 1, so that x = Z 1 + f holds on either basis.
        Raises DataError where the accounts do not tell imports cell by cell.
        """
        if basis == self.basis:
            return self
        if basis not in BASES:
            raise DataError("flows are domestic or total.", "accounts", basis, 'Say "domestic" or "total".')
        if self.imports is None or self.imports.ndim != 3:
            got = f"{self.basis or 'not said which'}, without imports by product and user"
            do = 'Name the column of imported flows (imports = "..."), or leave the option flows out.'
            raise DataError(f"these accounts have no {basis} flows.", "accounts", got, do)
        sign = 1.0 if basis == "total" else -1.0
        flows = self.flows + sign * self.imports
        final = self.final_demand - sign * self.imports.sum(axis=2)
        return replace(self, flows=flows, final_demand=final, basis=basis)

    def table(self, year: str | int | None = None, region: str | None = None) -> Accounts:
        """The accounts of one year (the last when left out) and one region (to be said where there are several).

        Raises DataError for a year or region that is not there.
        """
        regions = tuple(dict.fromkeys(self.regions))
        if region is None and len(regions) > 1:
            do = f"Name one of {len(regions)}: {', '.join(regions[:8])}{' ...' if len(regions) > 8 else ''}."
            raise DataError("these accounts have several regions.", "accounts", None, do)
        wanted = regions[0] if region is None else region
        if wanted not in regions:
            raise DataError("the accounts have no such region.", "accounts", wanted, nearest(wanted, regions))
        years = tuple(y for y, r in zip(self.years, self.regions, strict=True) if r == wanted)
        when = years[-1] if year is None else str(year)
        if when not in years:
            raise DataError(
                "the accounts have no such year.", "accounts", when, f"There are {years[0]} to {years[-1]}."
            )
        return self.only([k for k in range(len(self.years)) if (self.years[k], self.regions[k]) == (when, wanted)])

    def only(self, tables: list[int]) -> Accounts:
        """The accounts of some tables, given by their places."""
        cut: dict[str, Any] = {name: getattr(self, name)[tables] for name in self._arrays()}
        labels: dict[str, Any] = {name: tuple(getattr(self, name)[k] for k in tables) for name in ("years", "regions")}
        return replace(self, **cut, **labels)

    def digest(self) -> str:
        """A fingerprint of labels and numbers."""
        mark = hashlib.blake2b(digest_size=16)
        mark.update(repr((self.sectors, self.years, self.regions, self.unit, self.prices, self.basis)).encode())
        for name in self._arrays():
            mark.update(name.encode() + getattr(self, name).tobytes())
        return mark.hexdigest()

    def _arrays(self) -> tuple[str, ...]:
        return ("flows", *CLOSING, *(() if self.imports is None else ("imports",)))

    def _shape_faults(self) -> Iterator[Fault]:
        tables, size = len(self.years), len(self.sectors)
        shapes: dict[str, tuple[tuple[int, ...], str]] = {"flows": ((tables, size, size), "(table, supplier, user)")}
        shapes |= dict.fromkeys(CLOSING, ((tables, size), "(table, sector)"))
        for name, (shape, words) in shapes.items():
            array = getattr(self, name)
            if array.shape != shape:
                yield Fault(f"{name} needs shape {words}.", "accounts", array.shape, f"Expected {shape}.")
            elif not np.isfinite(array).all():
                yield Fault(f"{name} hold numbers that are not finite.", "accounts", None, "Fill them.")
        if len(self.regions) != tables:
            yield Fault("each table needs one region label.", "accounts", len(self.regions), f"Give {tables}.")
        if self.basis not in ("", *BASES):
            yield Fault("flows are domestic or total.", "accounts", self.basis, 'Say "domestic" or "total".')
        if self.imports is not None:
            yield from self._import_faults(tables, size)

    def _import_faults(self, tables: int, size: int) -> Iterator[Fault]:
        assert self.imports is not None
        allowed = ((tables, size, size), (tables, size))
        if self.imports.shape not in allowed:
            do = f"Expected {allowed[0]} or {allowed[1]}."
            yield Fault(
                "imports need shape (table, product, user) or (table, user).", "accounts", self.imports.shape, do
            )
        elif not np.isfinite(self.imports).all():
            yield Fault("imports hold numbers that are not finite.", "accounts", None, "Fill them.")
        if not self.basis:
            do = 'Say basis "domestic" or "total".'
            yield Fault("imports are given, but not whether the flows hold them.", "accounts", None, do)
