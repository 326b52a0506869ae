"""Whether accounts balance: what no economy could produce is refused, what does not add up is said."""

from __future__ import annotations

import numpy as np

from ..errors import DataError, Fault
from .accounts import Accounts


def balance(accounts: Accounts, notes: list[str]) -> None:
    """Add to `notes` the gaps in the balance, column sums >= 1 and sectors without output, the worst named.

    Raises DataError for every table whose coefficients have a spectral radius >= 1. A gap counts when it is over
    0.5 % of the row and over 0.01 % of total output.
    """
    empty = accounts.gross_output == 0
    if empty.any():
        names = [_sector(accounts, k, j) for k, j in np.argwhere(empty).tolist()]
        few = ", ".join(names[:6]) + (" ..." if len(names) > 6 else "")
        notes.append(f"{len(names):,} sectors have no output; their coefficients are 0: {few}.")
    _refuse_overuse(accounts)
    over = np.argwhere(accounts.direct.sum(axis=1) >= 1).tolist()
    if over:
        first = _sector(accounts, *over[0])
        notes.append(f"{len(over):,} sectors buy more than they make (column sum >= 1), first {first}.")
    if words := unbalanced(accounts):
        notes.append(words)


def unbalanced(accounts: Accounts) -> str:
    """How many rows do not balance, the worst named; empty when all do."""
    gap = np.nan_to_num(accounts.imbalance())
    output = np.abs(accounts.gross_output)
    share = np.abs(gap) * output / np.maximum(output.sum(axis=1, keepdims=True), 1e-300)
    bad = (np.abs(gap) > 0.005) & (share > 0.0001)
    if not bad.any():
        return ""
    k, j = (int(one) for one in np.unravel_index(int(np.where(bad, np.abs(gap), 0).argmax()), gap.shape))
    return (
        f"{int(bad.sum()):,} rows do not balance (output less flows less final demand over 0.5 % of output); "
        f"the worst is {_sector(accounts, k, j)} with {100 * gap[k, j]:.2f} %."
    )


def _refuse_overuse(accounts: Accounts) -> None:
    faults = []
    for k, coefficients in enumerate(accounts.direct):
        if np.abs(coefficients).sum(axis=0).max(initial=0.0) < 1:
            continue
        radius = float(np.abs(np.linalg.eigvals(coefficients)).max(initial=0.0))
        if radius >= 1:
            j = int(coefficients.sum(axis=0).argmax())
            table = _table(accounts, k) or "the table"
            what = f"the coefficients of {table} need more than they make: spectral radius >= 1."
            inputs = f"{coefficients[:, j].sum():.4g}"
            do = f"Check gross output: inputs of {accounts.sectors[j]} are {inputs} of its output."
            faults.append(Fault(what, "accounts", round(radius, 4), do))
    if faults:
        raise DataError(faults)


def _sector(accounts: Accounts, k: int, j: int) -> str:
    return f"{accounts.sectors[j]} {_table(accounts, k)}".strip()


def _table(accounts: Accounts, k: int) -> str:
    return " ".join(one for one in (accounts.regions[k], accounts.years[k]) if one)
