"""What feeds what: input-output accounts, their coefficients, linkages, chains, and what a change sets off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...evidence.accounts import Accounts
    from ...inquiry.finding import Finding

__all__ = ["chain", "coefficients", "consumption", "linkages", "propagation"]


def consumption(accounts: Accounts, *, seed: int = 0, name: str = "consumption", **options: Any) -> Finding:
    """What each industry uses of the others, directly and over all rounds: the question of the same name.

    `options` are those of the question. The same seed and ask name give the numbers that a study gives. Raises
    StudyError with every fault of the options and of the accounts.
    """
    from .questions import Consumption

    return _answered(Consumption, accounts, options, seed, name)


def linkages(accounts: Accounts, *, seed: int = 0, name: str = "linkages", **options: Any) -> Finding:
    """Which industries pull and feed the others: the question of the same name, with the same options."""
    from .questions import Linkages

    return _answered(Linkages, accounts, options, seed, name)


def chain(accounts: Accounts, industry: str, *, seed: int = 0, name: str = "chain", **options: Any) -> Finding:
    """The supply and demand industries of one industry: the question of the same name, with the same options."""
    from .questions import Chain

    return _answered(Chain, accounts, {"industry": industry, **options}, seed, name)


def coefficients(
    accounts: Accounts,
    industry: str | Sequence[str],
    *,
    seed: int = 0,
    name: str = "coefficients",
    **options: Any,
) -> Finding:
    """Where coefficients go, and whether a model tells it: the question of the same name, with the same options."""
    from .questions_coefficients import Coefficients

    said = industry if isinstance(industry, str) else list(industry)
    return _answered(Coefficients, accounts, {"industry": said, **options}, seed, name)


def propagation(
    accounts: Accounts,
    change: Sequence[Mapping[str, Any]],
    *,
    seed: int = 0,
    name: str = "propagation",
    **options: Any,
) -> Finding:
    """What a change of final demand or output sets off: the question of the same name, with the same options.

    `change` lists `{"industry": ..., "by": ...}` in the unit of the accounts, or `"percent"`.
    """
    from .questions import Propagation

    return _answered(Propagation, accounts, {"change": [dict(one) for one in change], **options}, seed, name)


def _answered(kind: Any, accounts: Accounts, options: Mapping[str, Any], seed: int, name: str) -> Finding:
    from ...inquiry.library import answered

    return answered(kind, {"accounts": accounts}, {"accounts": "accounts", **options}, seed=seed, name=name)
