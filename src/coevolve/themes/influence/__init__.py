"""Who moves whom: the network of influence, and where everyone stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...evidence.network import Network
    from ...inquiry.finding import Finding


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
