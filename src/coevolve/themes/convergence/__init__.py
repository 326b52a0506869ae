"""Which industries merge, in which way, how far along they are, and what would help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...evidence.accounts import Accounts
    from ...evidence.fit import Fit
    from ...evidence.network import Network
    from ...evidence.panel import Panel
    from ...inquiry.finding import Finding

__all__ = ["convergence", "coordination_of_industries", "modules", "policy"]


def convergence(
    *,
    accounts: Accounts | Sequence[Accounts] | None = None,
    technology: Network | None = None,
    panel: Panel | None = None,
    enterprise: Network | None = None,
    dynamics: Fit | None = None,
    modules: Fit | None = None,
    seed: int = 0,
    name: str = "convergence",
    **options: Any,
) -> Finding:
    """Which industries are coming together, in which way and how far: the Finding of the question of the same name.

    `options` are those of the question (`pairs`, `industries`, ...). The same seed and ask name give the numbers that
    a study gives. Raises StudyError with every fault of the options and of the evidence.
    """
    from ...evidence.accounts import Accounts as Table
    from ...evidence.evidence import Item
    from ...inquiry.library import answered
    from .questions import Convergence

    bag: dict[str, Item] = {}
    if accounts is not None:
        several = [accounts] if isinstance(accounts, Table) else list(accounts)
        bag |= {f"accounts-{k}": one for k, one in enumerate(several)}
        options["accounts"] = tuple(bag)
    given = {
        "technology": technology,
        "panel": panel,
        "enterprise": enterprise,
        "dynamics": dynamics,
        "modules": modules,
    }
    for option, item in given.items():
        if item is not None:
            bag[option] = item
            options[option] = option
    return answered(Convergence, bag, options, seed=seed, name=name)


def modules(
    network: Network,
    industries: Mapping[str, str | Sequence[str]],
    *,
    seed: int = 0,
    name: str = "modules",
    **options: Any,
) -> Finding:
    """Which links of industries belong together: the Finding of the question of the same name.

    Raises StudyError with every fault of the options and of the network.
    """
    from ...inquiry.library import answered
    from .questions_modules import Modules

    said = {"network": "network", "industries": industries, **options}
    return answered(Modules, {"network": network}, said, seed=seed, name=name)


def policy(of: Fit, levers: Panel, budget: float, *, seed: int = 0, name: str = "policy", **options: Any) -> Finding:
    """Where a budget would do most for two converging industries: the Finding of the question of the same name.

    `of` is the Fit that `convergence` made (`finding.made`). Raises StudyError with every fault of the options.
    """
    from ...inquiry.library import answered
    from .questions_policy import Policy

    said = {"of": "of", "levers": "levers", "budget": budget, **options}
    return answered(Policy, {"of": of, "levers": levers}, said, seed=seed, name=name)


def coordination_of_industries(
    panel: Panel,
    first: str,
    second: str,
    of: str | Sequence[str],
    *,
    seed: int = 0,
    name: str = "coordination_of_industries",
    **options: Any,
) -> Finding:
    """How levelly two industries stand, above shuffled years: the Finding of the question of the same name.

    Raises StudyError with every fault of the options and of the panel.
    """
    from ...inquiry.library import answered
    from .questions_modules import CoordinationOfIndustries

    indicators = of if isinstance(of, str) else tuple(of)
    said = {"panel": "panel", "first": first, "second": second, "of": indicators, **options}
    return answered(CoordinationOfIndustries, {"panel": panel}, said, seed=seed, name=name)
