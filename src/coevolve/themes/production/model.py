"""One economy: a table of accounts with its inverse, computed once, and what follows when its cells are uncertain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from ...engine.balancing import gras
from ...evidence.accounts import Accounts
from . import equations

Array = NDArray[np.float64]
LOW, HIGH = 0.025, 0.975


@dataclass(frozen=True, eq=False)
class Economy:
    """One table of accounts. Everything is computed once, on first use, from one LU factorisation of I - A."""

    sectors: tuple[str, ...]
    flows: Array
    output: Array
    final_demand: Array
    value_added: Array
    imported_inputs: Array | None = None

    @classmethod
    def of(cls, accounts: Accounts) -> Economy:
        """The first table of these accounts."""
        imports = accounts.imports
        brought = None
        if imports is not None:
            brought = imports[0].sum(axis=0) if imports.ndim == 3 else imports[0]
        return cls(
            accounts.sectors,
            accounts.flows[0],
            accounts.gross_output[0],
            accounts.final_demand[0],
            accounts.value_added[0],
            brought,
        )

    @cached_property
    def direct(self) -> Array:
        """A."""
        return equations.direct_coefficients(self.flows, self.output)

    @cached_property
    def _factors(self) -> tuple[Array, NDArray[np.int32]]:
        factor, pivots, _ = lapack.dgetrf(np.asfortranarray(np.eye(len(self.output)) - self.direct), overwrite_a=1)
        return factor, pivots

    @cached_property
    def leontief(self) -> Array:
        """L, from the factorisation."""
        work, _ = lapack.dgetri_lwork(len(self.output))
        inverse, _ = lapack.dgetri(*self._factors, lwork=int(work))
        return np.asarray(inverse, float)

    @cached_property
    def complete(self) -> Array:
        """B = L - I."""
        complete = self.leontief.copy()
        complete[np.diag_indices_from(complete)] -= 1
        return complete

    @cached_property
    def radius(self) -> float:
        """The spectral radius of A."""
        return equations.spectral_radius(self.direct)

    def needed(self, final_demand: Array) -> Array:
        """L f: the output that this final demand needs; solved with the factors, without the inverse."""
        solved, _ = lapack.dgetrs(*self._factors, np.asfortranarray(final_demand))
        return np.asarray(solved, float)

    @cached_property
    def output_multipliers(self) -> Array:
        """Column sums of L, by one solution of the transposed system."""
        solved, _ = lapack.dgetrs(*self._factors, np.ones(len(self.output)), trans=1)
        return np.asarray(solved, float)

    @cached_property
    def input_multipliers(self) -> Array:
        """Ghosh row sums, x^-1 L x: also upstreamness."""
        reach = self.needed(self.output)
        return np.divide(reach, self.output, out=np.ones_like(reach), where=self.output != 0)

    @cached_property
    def extraction_losses(self) -> Array:
        """What the economy would lose without each sector, in the unit of output."""
        return np.asarray(self.output * self.output_multipliers / np.diagonal(self.leontief), float)

    def redrawn(self, error: float, rng: np.random.Generator) -> Economy | None:
        """The economy with every flow wrong by a factor whose logarithm has sd `error`, margins kept; None if lost.

        Flows are multiplied by exp(error e), e standard normal, and brought back to the row and column sums of the
        table (GRAS), so that output, final demand and value added stay as published.
        """
        noisy = self.flows * np.exp(error * rng.standard_normal(self.flows.shape))
        balanced = gras(noisy, self.flows.sum(axis=1), self.flows.sum(axis=0))
        return replace(self, flows=balanced.matrix) if balanced.is_balanced else None


@dataclass(frozen=True)
class Draws:
    """What was measured in each redrawn table, by name, the draws on the first axis; `lost` would not balance."""

    values: dict[str, Array]
    error: float
    lost: int

    def __len__(self) -> int:
        return len(next(iter(self.values.values()), ()))

    def range(self, name: str, estimate: Array) -> tuple[Array, Array]:
        """The 95 % range of a measure, widened where needed to hold the estimate; NaN without draws."""
        if not len(self):
            return np.full_like(estimate, np.nan), np.full_like(estimate, np.nan)
        low, high = np.quantile(self.values[name], [LOW, HIGH], axis=0)
        return np.minimum(low, estimate), np.maximum(high, estimate)


def draw(
    economy: Economy,
    error: float,
    count: int,
    rng: np.random.Generator,
    measures: Sequence[str],
    measure: Callable[[Economy], Sequence[Array]],
    tick: Callable[[int, int], None],
) -> Draws:
    """`measure` of `count` redrawn economies; a draw that cannot be balanced or produce is left out and counted."""
    kept: list[Sequence[Array]] = []
    wanted = count if error > 0 else 0
    for k in range(wanted):
        tick(k, wanted)
        other = economy.redrawn(error, rng)
        if other is not None and (np.abs(other.direct).sum(axis=0).max() < 1 or other.radius < 1):
            kept.append(measure(other))
    values = {name: np.array([one[k] for one in kept]) for k, name in enumerate(measures)} if kept else {}
    return Draws(values, error, wanted - len(kept))


def tiers(direct: Array, place: int, supply: bool, most: int = 12) -> NDArray[np.int64]:
    """In which round most of what a sector delivers arrives: 1 directly, 2 through one other sector, and so on.

    The k with the largest [A^k] in the column (suppliers) or row (users) of `place`; 0 where nothing arrives.
    """
    matrix = direct if supply else direct.T
    step = np.ascontiguousarray(matrix[:, place])
    best, tier = step.copy(), np.where(step > 0, 1, 0)
    for k in range(2, most + 1):
        step = matrix @ step
        larger = step > best
        best[larger], tier[larger] = step[larger], k
    return tier


def steps(economy: Economy, place: int, supply: bool) -> Array:
    """Mean number of purchases between a sector and `place`, one column (or row) of `equations.mean_steps`."""
    unit = np.zeros(len(economy.output))
    unit[place] = 1.0
    trans = 0 if supply else 1
    matrix = economy.direct if supply else economy.direct.T
    twice, _ = lapack.dgetrs(*economy._factors, unit, trans=trans)
    twice, _ = lapack.dgetrs(*economy._factors, twice, trans=trans)
    weighted = matrix @ twice
    complete = economy.complete[:, place] if supply else economy.complete[place]
    mean: Array = np.full_like(complete, np.nan)
    np.divide(weighted, complete, out=mean, where=complete > 1e-12)
    return mean


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a question looked at and found: the table as read, the economy computed from it, the redrawn tables."""

    table: Accounts
    economy: Economy
    draws: Draws

    @property
    def sectors(self) -> tuple[str, ...]:
        """The labels of the industries."""
        return self.table.sectors

    @property
    def producing(self) -> NDArray[np.int64]:
        """The places of the industries that have output."""
        return np.flatnonzero(self.economy.output != 0)
