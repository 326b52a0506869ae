"""Who buys from whom: input-output accounts, one or several years and regions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, Fault


@dataclass(frozen=True)
class Accounts:
    """Flows of goods between sectors: `flows[k, i, j]` is what sector i sold to sector j in table k, in money.

    A table k is one (year, region). `gross_output[k, j]`, `final_demand[k, i]` and `value_added[k, j]` close the
    table: x_i = sum_j Z_ij + f_i. Sectors with zero output have coefficients of zero, and are counted by the reader.
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

    def __post_init__(self) -> None:
        tables, size = len(self.years), len(self.sectors)
        faults = []
        if self.flows.shape != (tables, size, size):
            faults.append(
                Fault(
                    "flows need shape (table, supplier, user).",
                    "accounts",
                    self.flows.shape,
                    f"Expected {(tables, size, size)}.",
                )
            )
        for name in ("gross_output", "final_demand", "value_added"):
            shape = getattr(self, name).shape
            if shape != (tables, size):
                faults.append(
                    Fault(f"{name} needs shape (table, sector).", "accounts", shape, f"Expected {(tables, size)}.")
                )
            elif not np.isfinite(getattr(self, name)).all():
                faults.append(Fault(f"{name} holds numbers that are not finite.", "accounts", None, "Fill them."))
        if not np.isfinite(self.flows).all():
            faults.append(Fault("flows hold numbers that are not finite.", "accounts", None, "Fill them."))
        if len(self.regions) != tables:
            faults.append(Fault("each table needs one region label.", "accounts", len(self.regions), f"Give {tables}."))
        if faults:
            raise DataError(faults)
        for name in ("flows", "gross_output", "final_demand", "value_added"):
            frozen = np.array(getattr(self, name), float)
            frozen.flags.writeable = False
            object.__setattr__(self, name, frozen)

    def __reduce__(self) -> tuple[object, ...]:
        names = (
            "sectors",
            "years",
            "regions",
            "flows",
            "gross_output",
            "final_demand",
            "value_added",
            "unit",
            "prices",
            "notes",
        )
        return Accounts, tuple(getattr(self, name) for name in names)

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

    def imbalance(self) -> NDArray[np.float64]:
        """(x - Z 1 - f) / x by table and sector: 0 in a balanced table, NaN where output is zero."""
        gap = self.gross_output - self.flows.sum(axis=2) - self.final_demand
        share: NDArray[np.float64] = np.full_like(gap, np.nan)
        np.divide(gap, self.gross_output, out=share, where=self.gross_output != 0)
        return share

    def digest(self) -> str:
        """A fingerprint of labels and numbers."""
        mark = hashlib.blake2b(digest_size=16)
        mark.update(repr((self.sectors, self.years, self.regions, self.unit, self.prices)).encode())
        for array in (self.flows, self.gross_output, self.final_demand, self.value_added):
            mark.update(array.tobytes())
        return mark.hexdigest()
