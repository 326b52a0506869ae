"""What can be asked of a network: so far, where everyone stands in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from ...errors import Fault
from ...evidence.evidence import Evidence
from ...evidence.network import Network
from ...inquiry.at import At
from ...inquiry.finding import Finding, Note
from ...inquiry.question import NetworkName, Question

if TYPE_CHECKING:
    from ...engine.betweenness import Part
    from ...engine.distances import Tick
    from ...engine.graphs import Floats
    from .standing_tables import Slice


MADE = "influence measured"  # how a network that `influence` made says so


class Standing(Question):
    """Who is well placed in a network: most ties, nearest to all others, most often in between?

    Tong & Wang (1) to (5): mean degree and density of the network; degree, betweenness and closeness of every
    actor, for the whole and for each year. Loops are left out and parallel links merged, both counted. Actors are
    ranked by closeness in Wasserman & Faust's form, which counts how many an actor reaches; raw closeness (5) stands
    beside it. Distances count links, or add up 1/|weight| with `weights = true`.

    When not to trust it: a place in the listed ties is no proof of influence, quality or cause. Actors and ties that
    the source left out can change everybody's betweenness. In a projected network one large project ties all its
    members to each other. Two years differ also because different actors were seen. Small differences in rank mean
    nothing, least of all when values were estimated from a sample and their intervals overlap.
    """

    name: ClassVar[str] = "standing"

    network: NetworkName
    weights: bool = Field(False, description="measure distance by 1/|weight|, so that strong ties are near")
    sample: int | None = Field(
        None, ge=2, description="actors to search from, drawn at random; default: all up to 50 000, else 1 000"
    )
    top: int = Field(20, ge=1, description="how many actors the pictures show")

    def answer(self, evidence: Evidence, at: At) -> Finding:
        """The Finding: claim, the network's shape, every actor's measures, pictures."""
        from .standing_changes import changes
        from .standing_shown import shown
        from .standing_words import claim, notes, sources

        network = evidence.network(self.network)
        slices = self._measured(network, at)
        found = changes(slices)
        tables, charts = shown(slices, found, self.top, self.weights)
        return Finding(
            claim=claim(network, slices, found, self.weights),
            title="Standing in the network",
            tables=tables,
            charts=charts,
            notes=notes(network, slices, found, self.weights),
            sources=sources(network, slices, self.weights),
        )

    def _measured(self, network: Network, at: At) -> list[Slice]:
        """The whole network first, then each year of it."""
        from .model import measure
        from .standing_tables import Slice

        parts: list[tuple[int | None, Network]] = [(None, network)]
        parts += [(year, network.during(year)) for year in network.years]
        effort = np.cumsum([0.0, *(float(len(part.labels) + 1) * (len(part.source) + 1) for _, part in parts)])
        found = []
        for k, (year, part) in enumerate(parts):
            words = "measuring the network" if year is None else f"measuring {year}"
            tick = _share(at, effort[k] / effort[-1], (effort[k + 1] - effort[k]) / effort[-1], words)
            rng = at.key.child("whole" if year is None else str(year)).numpy()
            done = measure(
                part, weights=self.weights, sample=self.sample, rng=rng, tick=tick, spread=partial(_spread, at, words)
            )
            found.append(Slice(year, part, done))
        return found

    def faults(self, evidence: Evidence) -> Iterator[Fault]:
        """A read network without links, and a two-mode one that ties two actors of one side.

        A network that an earlier ask made may be empty: that nobody is tied is then the answer.
        """
        if self.network not in evidence.names("network"):
            return
        network = evidence.network(self.network)
        apart = network.source != network.target
        if not apart.any() and not network.made_by.startswith(MADE):
            yield Fault(
                f"network '{self.network}' ties nobody.",
                got=f"{len(network.labels)} actors, {len(network.source)} links, {int((~apart).sum())} of them loops",
                do="Check its source and target columns, or the condition that filters it.",
            )
        unknown = np.flatnonzero(~np.isfinite(network.weight))
        if len(unknown):
            k = int(unknown[0])
            yield Fault(
                f"network '{self.network}' has {len(unknown)} links without a finite weight, the first "
                f"{_pair(network, k)}.",
                got=float(network.weight[k]),
                do="Fill the weights, or leave those links out.",
            )
        if network.mode is not None:
            within = np.flatnonzero(apart & (network.mode[network.source] == network.mode[network.target]))
            if len(within):
                yield Fault(
                    f"network '{self.network}' has two modes, and {len(within)} of its links join two actors of one.",
                    got=_pair(network, int(within[0])),
                    do="Name one column for each mode, or read it as one-mode.",
                )

    def prospects(self, evidence: Evidence) -> Iterator[Note]:
        """Whether the measures will be exact, and over which years."""
        from .model import pivots_for

        if self.network not in evidence.names("network"):
            return
        network = evidence.network(self.network)
        pivots = pivots_for(len(network.labels), self.sample)
        how = f"estimated from {pivots} actors with error bars" if pivots else "exact"
        when = f", for the whole and for {len(network.years)} years" if network.years else ""
        yield Note(f"Expect betweenness of {len(network.labels)} actors to be {how}{when}.")


def _pair(network: Network, link: int) -> str:
    return f"{network.labels[network.source[link]]} - {network.labels[network.target[link]]}"


def _spread(at: At, words: str, parts: list[Part], tick: Tick) -> list[Floats]:
    """Searches by all workers where there is more than about a second of them; what a worker lost is made here."""
    from ...engine.betweenness import in_turn, search

    if len(parts) <= 1:
        return in_turn(parts, tick)
    done = at.map(search, parts, words=words)
    return [one.value if one.is_done else search(part) for one, part in zip(done, parts, strict=True)]


def _share(at: At, start: float, span: float, words: str) -> Callable[[int, int], None]:
    """A tick for one part of the work, as thousandths of all of it."""
    return lambda done, of: at.tick(round(1000 * (start + span * done / max(of, 1))), 1000, words)
