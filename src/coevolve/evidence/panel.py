"""What was counted: indicators over regions, industries and periods, with four kinds of absence kept apart."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, Fault, nearest
from .periods import Periods, canonical
from .series import Series
from .words import series_label

if TYPE_CHECKING:
    import pandas as pd


class Status(IntEnum):
    """What stands in a cell. A zero is an observed value; the other three are four-way distinct from it."""

    OBSERVED = 0
    MISSING = 1  # should have been published and was not
    SUPPRESSED = 2  # known to the office, kept secret
    NOT_APPLICABLE = 3  # cannot exist
    ABSENT = 4  # outside the span of its series, or never listed


@dataclass(frozen=True)
class Indicator:
    """One counted thing over its own axes.

    `values` and `status` have shape (region, industry, period); a region-level indicator has the one industry "".
    `values` is NaN wherever `status` is not OBSERVED, and a NaN that is called observed is missing.
    """

    name: str
    industries: tuple[str, ...]
    values: NDArray[np.float64]
    status: NDArray[np.uint8]
    unit: str = ""

    def __post_init__(self) -> None:
        if self.values.shape != self.status.shape or self.values.ndim != 3:
            raise DataError(
                f"indicator '{self.name}' needs values and status of one shape (region, industry, period).",
                got=f"{self.values.shape} and {self.status.shape}",
                do="Build both from the same axes.",
            )
        if self.values.shape[1] != len(self.industries):
            raise DataError(
                f"indicator '{self.name}' needs one label an industry.",
                got=f"{len(self.industries)} labels",
                do=f"Give {self.values.shape[1]}.",
            )
        _refuse_doubles(self.industries, f"indicator '{self.name}'", "industry")
        unknown = (np.asarray(self.status) == Status.OBSERVED) & np.isnan(self.values)
        status = np.where(unknown, Status.MISSING, self.status).astype(np.uint8)
        values = np.where(status == Status.OBSERVED, self.values, np.nan)
        for array in (values, status):
            array.flags.writeable = False
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "status", status)

    @property
    def is_regional(self) -> bool:
        """Whether it is counted by region alone (patents), not by region and industry."""
        return self.industries == ("",)


@dataclass(frozen=True)
class Panel:
    """Indicators that share regions and periods, each over its own industries.

    >>> import numpy as np
    >>> panel = Panel.of({"firms": np.array([[[1.0, 2.0]]])}, regions=["A"], industries=["steel"], periods=[2001, 2002])
    >>> panel.shape
    (1, 1, 2)
    """

    regions: tuple[str, ...]
    periods: Periods
    indicators: Mapping[str, Indicator]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = (len(self.regions), len(self.periods))
        _refuse_doubles(self.regions, "a panel", "region")
        for indicator in self.indicators.values():
            if (indicator.values.shape[0], indicator.values.shape[2]) != shape:
                raise DataError(
                    f"indicator '{indicator.name}' does not fit the panel's regions and periods.",
                    got=indicator.values.shape,
                    do=f"Expected ({shape[0]}, industries, {shape[1]}).",
                )
        object.__setattr__(self, "indicators", MappingProxyType(dict(self.indicators)))
        object.__setattr__(self, "groups", MappingProxyType(dict(self.groups)))

    def __reduce__(self) -> tuple[object, ...]:
        return Panel, (self.regions, self.periods, dict(self.indicators), dict(self.groups), self.notes)

    @classmethod
    def of(
        cls,
        values: Mapping[str, NDArray[np.float64]],
        *,
        regions: Sequence[str],
        periods: Iterable[object],
        industries: Sequence[str] = ("",),
        units: Mapping[str, str] | None = None,
    ) -> Panel:
        """A panel from arrays (region, industry, period) or (region, period); NaN is missing, an infinity refused.

        `periods` labels the last axis and may come in any order: the panel is in order of time.
        """
        given = [canonical(one) for one in periods]
        axis = Periods.of(given)
        if len(set(given)) < len(given):
            twice = next(one for one in given if given.count(one) > 1)
            raise DataError("a period stands twice.", got=twice, do="Give each column its own period.")
        order = [given.index(label) for label in axis.labels] if given else [0]
        indicators = {}
        for name, array in values.items():
            cube = np.asarray(array, float)
            names = tuple(industries)
            if cube.ndim == 2:
                cube, names = cube[:, None, :], ("",)
            if cube.ndim != 3 or cube.shape[2] != len(order):
                raise DataError(
                    f"indicator '{name}' does not fit the panel's periods.",
                    got=cube.shape,
                    do=f"Expected {len(order)} in the last axis.",
                )
            cube = cube[:, :, order]
            status = np.where(np.isnan(cube), Status.MISSING, Status.OBSERVED).astype(np.uint8)
            indicators[name] = Indicator(name, names, cube, status, (units or {}).get(name, ""))
        made = cls(tuple(map(str, regions)), axis, indicators)
        if faults := list(_infinite(made)):
            raise DataError(faults)
        return made

    @property
    def industries(self) -> tuple[str, ...]:
        """All industries of all indicators, in first-seen order; the empty label of regional ones is left out."""
        seen = dict.fromkeys(name for one in self.indicators.values() for name in one.industries if name)
        return tuple(seen)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(regions, industries, periods)."""
        return len(self.regions), max(1, len(self.industries)), len(self.periods)

    def indicator(self, name: str) -> Indicator:
        """The indicator of that name; a misspelt one is refused with the nearest name."""
        if name in self.indicators:
            return self.indicators[name]
        ends = [key for key in self.indicators if key.rpartition(".")[2] == name]
        if len(ends) > 1:
            choices = " or ".join(f"'{key}'" for key in ends)
            raise DataError(f"'{name}' stands in several panels.", got=name, do=f"Write {choices}.")
        raise DataError(f"there is no indicator '{name}'.", got=name, do=nearest(name, list(self.indicators)))

    def _named(self, names: Iterable[str]) -> list[Indicator]:
        faults: list[Fault] = []
        found: list[Indicator] = []
        for name in names:
            try:
                found.append(self.indicator(name))
            except DataError as error:
                faults.extend(error.faults)
        if faults:
            raise DataError(faults)
        return found

    def series(self, of: str | Sequence[str], *, industries: Sequence[str] | None = None) -> Series:
        """The series an option `of` means: one a (indicator, industry), named as the contract says.

        Named by its industry when `of` names one indicator with industries, else "indicator/industry"; a
        region-level indicator by itself. Shape of `values`: (region, series, period).
        """
        names = (of,) if isinstance(of, str) else tuple(of)
        found = self._named(names)
        rows = [
            (_series_name(one, industry, len(names)), one, place, industry)
            for one in found
            for place, industry in enumerate(one.industries)
            if industries is None or industry in industries
        ]
        if not rows:
            raise DataError("no series is left.", got=list(industries or ()), do=nearest("", self.industries))
        return Series(
            regions=self.regions,
            names=tuple(row[0] for row in rows),
            indicators=tuple(row[1].name for row in rows),
            industries=tuple(row[3] for row in rows),
            units=tuple(row[1].unit for row in rows),
            periods=self.periods,
            values=np.stack([row[1].values[:, row[2], :] for row in rows], axis=1),
            status=np.stack([row[1].status[:, row[2], :] for row in rows], axis=1),
        )

    def window(
        self,
        since: object = None,
        until: object = None,
        *,
        regions: Sequence[str] = (),
        industries: Sequence[str] = (),
    ) -> Panel:
        """The panel from one period to another (its first and last when left out); no labels mean all of them."""
        first = 0 if since is None else self.periods.index(since)
        last = len(self.periods) - 1 if until is None else self.periods.index(until)
        if first > last:
            raise DataError("'since' lies after 'until'.", got=f"{since} to {until}", do="Turn them round.")
        labels = self.periods.labels[first : last + 1]
        return self.select(regions=regions or None, industries=industries or None, periods=labels)

    def select(
        self,
        *,
        regions: Sequence[str] | None = None,
        industries: Sequence[str] | None = None,
        periods: Sequence[object] | None = None,
        indicators: Sequence[str] | None = None,
    ) -> Panel:
        """The part of the panel with these labels, in the order asked for; every unknown label is refused by name."""
        places = _places(regions, self.regions, "region")
        wanted = None if periods is None else {Periods.of([one]).labels[0] for one in periods}
        labels = [label for label in self.periods.labels if wanted is None or label in wanted]
        if wanted is not None and (unknown := sorted(wanted - set(labels))):
            span = f"It holds {self.periods.labels[0]} to {self.periods.labels[-1]}."
            raise DataError([Fault(f"there is no period '{one}'.", got=one, do=span) for one in unknown])
        if industries is not None:
            _places(industries, self.industries, "industry")
        steps = [self.periods.labels.index(label) for label in labels]
        kept = {}
        for one in self._named(self.indicators if indicators is None else indicators):
            chosen = [
                one.industries.index(label)
                for label in (one.industries if industries is None or one.is_regional else industries)
                if label in one.industries
            ]
            if chosen:
                cut = np.ix_(places, chosen, steps)
                kept[one.name] = replace(
                    one,
                    industries=tuple(one.industries[k] for k in chosen),
                    values=one.values[cut],
                    status=one.status[cut],
                )
        groups = {key: tuple(labels_[k] for k in places) for key, labels_ in self.groups.items()}
        return Panel(
            tuple(self.regions[k] for k in places), Periods(tuple(labels), self.periods.kind), kept, groups, self.notes
        )

    def log(self) -> Panel:
        """Natural logarithms; a zero or negative value becomes missing and is counted in `notes`."""
        return self._transform(lambda x: np.log(np.where(x > 0, x, np.nan)), "log ", "has no logarithm and is left out")

    def growth(self) -> Panel:
        """Change of the logarithm per period, placed at the later period; the first period is absent."""

        def change(values: NDArray[np.float64]) -> NDArray[np.float64]:
            logs = np.log(np.where(values > 0, values, np.nan))
            steps = np.diff(self.periods.position)
            return np.concatenate([np.full_like(logs[..., :1], np.nan), np.diff(logs, axis=-1) / steps], axis=-1)

        grown = self._transform(change, "growth of ", "has no logarithm and is left out")
        kept = {}
        for name, one in grown.indicators.items():
            status = one.status.copy()
            status[:, :, 0] = Status.ABSENT
            kept[name] = replace(one, status=status)
        return replace(grown, indicators=kept)

    def aggregate(self, industries: Mapping[str, str] | None = None, regions: Mapping[str, str] | None = None) -> Panel:
        """Sums over groups of labels (old = new). A sum with a part not observed is not observed: never a partial sum.

        Labels that are not named keep their own. A mapping may name more labels than there are, as a concordance
        does, but one that names none of them is refused. Meant for counts and amounts: shares cannot be added.
        """
        panel = self
        for mapping, labels, kind in ((regions, self.regions, "region"), (industries, self.industries, "industry")):
            if mapping and not set(mapping) & set(labels):
                _places(list(mapping), labels, kind)
        for axis, mapping in ((0, regions), (1, industries)):
            if mapping:
                panel = panel._sum(axis, mapping)
        return panel

    def frame(self) -> pd.DataFrame:
        """A long pandas frame: region, industry, indicator, period, value, status (one row a listed cell)."""
        from .frames import panel_frame

        return panel_frame(self)

    def count(self, status: Status) -> int:
        """How many cells stand in this status over all indicators."""
        return int(sum((one.status == status).sum() for one in self.indicators.values()))

    def digest(self) -> str:
        """A fingerprint of labels, values and statuses (not of file bytes)."""
        mark = hashlib.blake2b(digest_size=16)
        groups = sorted(self.groups.items())
        mark.update(repr((self.regions, self.periods.labels, self.periods.kind, groups)).encode())
        for name in self.indicators:
            one = self.indicators[name]
            mark.update(repr((name, one.industries, one.unit)).encode())
            mark.update(np.nan_to_num(one.values, nan=0.0).tobytes())
            mark.update(one.status.tobytes())
        return mark.hexdigest()

    def _transform(self, fn: Callable[[NDArray[np.float64]], NDArray[np.float64]], prefix: str, why: str) -> Panel:
        done, notes = {}, list(self.notes)
        for name, one in self.indicators.items():
            values = fn(one.values)
            lost = (one.status == Status.OBSERVED) & (one.values <= 0)
            if lost.any():
                notes.append(f"{int(lost.sum())} zero or negative cells of '{name}': a value <= 0 {why}.")
            gone = np.isnan(values) & (one.status == Status.OBSERVED)
            status = np.where(gone, Status.MISSING, one.status).astype(np.uint8)
            done[name] = replace(one, values=values, status=status, unit=prefix + one.unit if one.unit else "")
        return replace(self, indicators=done, notes=tuple(notes))

    def _sum(self, axis: int, mapping: Mapping[str, str]) -> Panel:
        done = {}
        for name, one in self.indicators.items():
            labels = self.regions if axis == 0 else one.industries
            if axis == 1 and one.is_regional:
                done[name] = one
                continue
            new = tuple(dict.fromkeys(mapping.get(label, label) for label in labels))
            members = [[k for k, label in enumerate(labels) if mapping.get(label, label) == group] for group in new]
            values = np.stack([one.values.take(rows, axis).sum(axis) for rows in members], axis)
            status = np.stack([one.status.take(rows, axis).max(axis) for rows in members], axis)
            industries = new if axis == 1 else one.industries
            done[name] = replace(one, industries=industries, values=values, status=status.astype(np.uint8))
        if axis == 1:
            return replace(self, indicators=done)
        new_regions = tuple(dict.fromkeys(mapping.get(label, label) for label in self.regions))
        return Panel(new_regions, self.periods, done, {}, self.notes)


def _series_name(one: Indicator, industry: str, how_many: int) -> str:
    if not industry:
        return one.name
    return industry if how_many == 1 else f"{one.name}/{industry}"


def _refuse_doubles(labels: tuple[str, ...], what: str, kind: str) -> None:
    twice = [one for one, times in Counter(labels).items() if times > 1] if len(set(labels)) < len(labels) else []
    if twice:
        do = f"Give each {kind} once."
        raise DataError([Fault(f"{what} lists the same {kind} twice.", got=one, do=do) for one in twice])


def _infinite(panel: Panel) -> Iterator[Fault]:
    """An indicator with infinite values: how many they are, and where the first one stands."""
    for one in panel.indicators.values():
        places = np.argwhere(np.isinf(one.values))
        if len(places):
            r, i, t = places[0].tolist()
            where = series_label(panel.regions[r], one.industries[i], panel.periods.labels[t])
            what = f"{len(places)} values of indicator '{one.name}' are infinite, the first at {where}."
            yield Fault(what, got=float(one.values[r, i, t]), do="Write NaN where nothing was counted.")


def _places(wanted: Sequence[str] | None, labels: tuple[str, ...], kind: str) -> list[int]:
    if wanted is None:
        return list(range(len(labels)))
    unknown = [label for label in wanted if label not in labels]
    if unknown:
        raise DataError([Fault(f"there is no {kind} '{one}'.", got=one, do=nearest(one, labels)) for one in unknown])
    return [labels.index(label) for label in wanted]
