"""Who is tied to whom: labelled links with weights and signs, one- or two-mode, perhaps by year."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Network:
    """Links between labelled actors, kept as a list: `source[e]` affects `target[e]` with `weight[e]`.

    `source` and `target` are places in `labels`. `matrix()[target, source]` is the effect of source on target;
    a positive weight raises the target. An undirected network lists each link once. `mode` (one entry an actor, 0
    or 1) makes it two-mode; `kinds` are words for groups of actors (university, firm). `year` is per link.
    `meaning` says what a weight is and `made_by` how links came about (a projection, an estimate).
    """

    labels: tuple[str, ...]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: NDArray[np.float64]
    directed: bool = True
    year: NDArray[np.int64] | None = None
    mode: NDArray[np.int8] | None = None
    mode_names: tuple[str, str] | None = None
    kinds: tuple[str, ...] | None = None
    present: Mapping[int, NDArray[np.int64]] = field(default_factory=dict)  # year -> places of actors seen that year
    meaning: str = "weight of a link"
    made_by: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        links = len(self.source)
        if not (len(self.target) == len(self.weight) == links):
            raise DataError(
                "source, target and weight of a network need one length.",
                got=f"{links}, {len(self.target)}, {len(self.weight)}",
                do="Give one of each per link.",
            )
        if links and not (
            0
            <= min(self.source.min(), self.target.min())
            <= max(self.source.max(), self.target.max())
            < len(self.labels)
        ):
            raise DataError("a link points outside the labels.", got=len(self.labels), do="Use places 0 to labels - 1.")
        for name, size in (("year", links), ("mode", len(self.labels))):
            array = getattr(self, name)
            if array is not None and len(array) != size:
                raise DataError(f"'{name}' of a network is of the wrong length.", got=len(array), do=f"Give {size}.")
        if self.kinds is not None and len(self.kinds) != len(self.labels):
            raise DataError("kinds need one word an actor.", got=len(self.kinds), do=f"Give {len(self.labels)}.")
        for name in ("source", "target", "weight", "year", "mode"):
            array = getattr(self, name)
            if array is not None:
                frozen = np.array(array)
                frozen.flags.writeable = False
                object.__setattr__(self, name, frozen)
        object.__setattr__(self, "present", MappingProxyType(dict(self.present)))

    def __reduce__(self) -> tuple[object, ...]:
        names = ("labels", "source", "target", "weight", "directed", "year", "mode", "mode_names", "kinds")
        rest = (dict(self.present), self.meaning, self.made_by, self.notes)
        return Network, (*(getattr(self, name) for name in names), *rest)

    @classmethod
    def of(
        cls, links: Sequence[tuple[str, str, float]], *, directed: bool = True, labels: Sequence[str] = ()
    ) -> Network:
        """A network from (source, target, weight) triples; `labels` adds actors without links.

        >>> Network.of([("a", "b", 1.0)], labels=["c"]).labels
        ('a', 'b', 'c')
        """
        names = tuple(dict.fromkeys([end for link in links for end in link[:2]] + list(labels)))
        place = {name: k for k, name in enumerate(names)}
        source = np.array([place[link[0]] for link in links], np.int64)
        target = np.array([place[link[1]] for link in links], np.int64)
        return cls(names, source, target, np.array([link[2] for link in links], float), directed)

    @property
    def years(self) -> tuple[int, ...]:
        """The years that links carry, in order; empty when they carry none."""
        return (
            () if self.year is None else tuple(sorted({int(one) for one in np.unique(self.year)} | set(self.present)))
        )

    @property
    def is_two_mode(self) -> bool:
        """Whether links run only between two kinds of actors (clusters and innovators)."""
        return self.mode is not None

    def during(self, year: int) -> Network:
        """The links and actors of one year."""
        if self.year is None:
            raise DataError("this network has no years.", got=year, do="Name its year column in the evidence.")
        if year not in self.years:
            span = f"It holds {', '.join(map(str, self.years))}."
            raise DataError("this network has no links or actors in that year.", got=year, do=span)
        kept = self.year == year
        ends = np.concatenate([self.source[kept], self.target[kept]])
        places = np.unique(np.concatenate([ends, self.present.get(year, np.array([], np.int64))]))
        moved = np.full(len(self.labels), -1, np.int64)
        moved[places] = np.arange(len(places))
        return replace(
            self,
            labels=tuple(self.labels[k] for k in places),
            source=moved[self.source[kept]],
            target=moved[self.target[kept]],
            weight=self.weight[kept],
            year=None,
            mode=None if self.mode is None else self.mode[places],
            kinds=None if self.kinds is None else tuple(self.kinds[k] for k in places),
            present={},
        )

    def matrix(self) -> NDArray[np.float64]:
        """The dense weights[target, source]; parallel links add up; undirected links stand on both sides."""
        size = len(self.labels)
        dense = np.zeros((size, size))
        np.add.at(dense, (self.target, self.source), self.weight)
        if not self.directed:
            apart = self.source != self.target
            np.add.at(dense, (self.source[apart], self.target[apart]), self.weight[apart])
        return dense

    def frame(self) -> pd.DataFrame:
        """A pandas frame of links: source, target, weight (and year)."""
        from .frames import network_frame

        return network_frame(self)

    def digest(self) -> str:
        """A fingerprint of labels, links, weights, and of how the links came about."""
        mark = hashlib.blake2b(digest_size=16)
        mark.update(
            repr((self.labels, self.directed, self.mode_names, self.kinds, self.meaning, self.made_by)).encode()
        )
        for array in (self.source, self.target, self.weight, self.year, self.mode):
            mark.update(b"-" if array is None else array.tobytes())
        for year in sorted(self.present):
            mark.update(str(year).encode() + np.asarray(self.present[year]).tobytes())
        return mark.hexdigest()
