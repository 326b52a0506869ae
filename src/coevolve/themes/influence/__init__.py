"""Who moves whom: the network of influence, and where everyone stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...evidence.network import Network
    from ...inquiry.finding import Finding


def standing(network: Network, **options: Any) -> Finding:
    """Where every actor of a network stands: the Finding of the question `standing`, with the same options.

    >>> from coevolve.evidence.network import Network
    >>> star = Network.of([("hub", "a", 1), ("hub", "b", 1)], directed=False)
    >>> standing(star)["actors"].columns["actor"][0]
    'hub'
    """
    from ...evidence.evidence import Evidence
    from ...inquiry.at import Here
    from ...inquiry.key import Key
    from .questions import Standing

    asked = Standing(network="network", **options)
    bag = Evidence({"network": network})
    faults = tuple(asked.faults(bag))
    if faults:
        from ...errors import StudyError

        raise StudyError(faults)
    return asked.answer(bag, Here(Key.of(0, Standing.name)))
