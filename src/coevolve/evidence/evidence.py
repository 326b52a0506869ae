"""The bag of evidence of a study: panels, accounts, networks and fits under names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from ..errors import StudyError, nearest
from .accounts import Accounts
from .fit import Fit
from .network import Network
from .panel import Indicator, Panel, Status
from .periods import Periods

Item = Panel | Accounts | Network | Fit
Wanted = TypeVar("Wanted", Panel, Accounts, Network, Fit)
KINDS: Mapping[str, type] = {"panel": Panel, "accounts": Accounts, "network": Network, "fit": Fit}


@dataclass(frozen=True)
class Evidence:
    """Named evidence; nothing is added in place: `with_item` gives a new bag."""

    items: Mapping[str, Item]

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", MappingProxyType(dict(self.items)))

    def with_item(self, name: str, item: Item) -> Evidence:
        """This evidence and one more item under `name`."""
        return Evidence({**self.items, name: item})

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of all items of one kind: panel, accounts, network or fit."""
        return tuple(name for name, item in self.items.items() if isinstance(item, KINDS[kind]))

    def panel(self, names: str | Sequence[str]) -> Panel:
        """The panel of that name, or several joined: the union of their periods, the regions they share.

        Both counts stand in the joined panel's notes. An indicator name that stands in two panels is written
        "panel.indicator". Raises StudyError for unknown names and for panels that share no region.
        """
        wanted = [names] if isinstance(names, str) else list(names)
        if not wanted:
            raise StudyError("no panel is named.", got=wanted, do=nearest("", self.names("panel")))
        panels = {name: self._item(name, "panel", Panel) for name in wanted}
        if len(panels) == 1:
            return next(iter(panels.values()))
        return join(panels)

    def network(self, name: str) -> Network:
        """The network of that name."""
        return self._item(name, "network", Network)

    def accounts(self, name: str) -> Accounts:
        """The accounts of that name."""
        return self._item(name, "accounts", Accounts)

    def fit(self, name: str) -> Fit:
        """The fit of that name (an earlier ask that made one)."""
        return self._item(name, "fit", Fit)

    def _item(self, name: str, kind: str, cls: type[Wanted]) -> Wanted:
        item = self.items.get(name)
        if isinstance(item, cls):
            return item
        if item is not None:
            other = next(word for word, one in KINDS.items() if isinstance(item, one))
            raise StudyError(f"'{name}' is not a {kind}.", got=other, do=nearest(name, self.names(kind)))
        raise StudyError(f"there is no {kind} called '{name}'.", got=name, do=nearest(name, self.names(kind)))


def join(panels: Mapping[str, Panel]) -> Panel:
    """Several panels as one: common regions, union of periods; what was left out is counted in the notes."""
    first = next(iter(panels.values()))
    regions = tuple(r for r in first.regions if all(r in one.regions for one in panels.values()))
    if not regions:
        counts = ", ".join(f"{name}: {', '.join(one.regions[:3])} ..." for name, one in panels.items())
        raise StudyError(
            "these panels share no region.", got=counts, do="Use one coding of regions, or `labels` to rename."
        )
    periods = Periods.of([label for one in panels.values() for label in one.periods.labels])
    names = [key for one in panels.values() for key in one.indicators]
    joined: dict[str, Indicator] = {}
    for panel_name, one in panels.items():
        part = one.select(regions=regions)
        steps = [periods.labels.index(label) for label in one.periods.labels]
        for key, indicator in part.indicators.items():
            name = key if names.count(key) == 1 else f"{panel_name}.{key}"
            joined[name] = _spread(replace(indicator, name=name), steps, len(periods))
    groups = {key: value for one in panels.values() for key, value in one.select(regions=regions).groups.items()}
    notes = [note for one in panels.values() for note in one.notes]
    spans = ", ".join(f"{name} {one.periods.labels[0]} to {one.periods.labels[-1]}" for name, one in panels.items())
    notes.append(f"{len(regions)} regions stand in all of {', '.join(panels)}; the periods are joined ({spans}).")
    left = {name: [r for r in one.regions if r not in regions] for name, one in panels.items()}
    for name, lost in left.items():
        if lost:
            shown = ", ".join(lost[:8]) + (" ..." if len(lost) > 8 else "")
            notes.append(f"{len(lost)} regions of '{name}' are in no other panel and left out: {shown}.")
    return Panel(regions, periods, joined, groups, tuple(notes))


def _spread(indicator: Indicator, steps: list[int], size: int) -> Indicator:
    shape = (*indicator.values.shape[:2], size)
    values, status = np.full(shape, np.nan), np.full(shape, Status.ABSENT, np.uint8)
    values[:, :, steps], status[:, :, steps] = indicator.values, indicator.status
    return replace(indicator, values=values, status=status)
