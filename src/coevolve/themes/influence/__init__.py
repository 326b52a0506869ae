"""Who moves whom: the network of influence, and where everyone stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...evidence.network import Network
    from ...evidence.panel import Panel
    from ...inquiry.finding import Finding
    from ...inquiry.question import Names

__all__ = ["fit", "standing"]


def fit(panel: Panel, of: Names, *, seed: int = 0, name: str = "influence", **options: Any) -> Finding:
    """Who moves whom among the series of a panel: the Finding of the question `influence`, with the same options.

    The Network of the called links is its `made`, with `matrix()[target, source]` > 0 where the target's growth is
    raised; every pair stands in its table `edges`. The same seed and ask name give the numbers that a study gives.
    Raises StudyError with every fault of the options and of the panel.
    """
    from ...inquiry.library import answered
    from .questions_influence import Influence

    return answered(Influence, {"panel": panel}, {"panel": "panel", "of": of, **options}, seed=seed, name=name)


def standing(network: Network, *, seed: int = 0, name: str = "standing", **options: Any) -> Finding:
    """Where every actor of a network stands: the Finding of the question `standing`, with the same options.

    `seed` and `name` matter where actors are sampled: those of a study's ask give the numbers that the study gives.
    Raises StudyError with every fault of the options and of the network.

    >>> from coevolve.evidence.network import Network
    >>> star = Network.of([("hub", "a", 1), ("hub", "b", 1)], directed=False)
    >>> standing(star)["actors"].columns["actor"][0]
    'hub'
    """
    from ...errors import StudyError
    from ...evidence.evidence import Evidence
    from ...inquiry.at import Here
    from ...inquiry.key import Key
    from ...inquiry.options import question_of
    from .questions import Standing

    asked = question_of(Standing, {"network": "network", **options}, "influence.standing")
    bag = Evidence({"network": network})
    faults = tuple(asked.faults(bag))
    if faults:
        raise StudyError(faults)
    return asked.answer(bag, Here(Key.of(seed, name)))
