"""The region-years that a question about subsystems reads out of a panel, and what is wrong with the asking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import CoevolveError, Fault, nearest
from ...evidence.panel import Panel
from ...evidence.periods import Periods


@dataclass(frozen=True)
class Rows:
    """The indicators of all subsystems, by region and period, and which region-periods have all of them.

    `values` and `status` have shape (region, period, indicator); `complete` (region, period). `subsystem[j]` is the
    place in `subsystems` of indicator j, `less[j]` whether less of it is better.
    """

    regions: tuple[str, ...]
    periods: Periods
    subsystems: tuple[str, ...]
    indicators: tuple[str, ...]
    units: tuple[str, ...]
    subsystem: NDArray[np.int64]
    less: NDArray[np.bool_]
    values: NDArray[np.float64]
    status: NDArray[np.uint8]

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Where every indicator was observed, shape (region, period)."""
        return np.asarray(np.isfinite(self.values).all(axis=2))

    @property
    def table(self) -> NDArray[np.float64]:
        """The complete region-periods as rows, region by region and in order of time."""
        return self.values[self.complete]

    @property
    def region(self) -> NDArray[np.int64]:
        """The region of each row of `table`."""
        return np.nonzero(self.complete)[0]

    @property
    def period(self) -> NDArray[np.int64]:
        """The period of each row of `table`."""
        return np.nonzero(self.complete)[1]

    @property
    def ends(self) -> tuple[int, int]:
        """The first and the last period in which at least half as many regions are complete as in the best one."""
        many = self.complete.sum(axis=0)
        places = np.flatnonzero(2 * many >= many.max())
        return int(places[0]), int(places[-1])

    def spread(self, found: NDArray[np.float64]) -> NDArray[np.float64]:
        """Something measured by row as (region, period), NaN where the region-period is not complete."""
        full = np.full(self.complete.shape, np.nan)
        full[self.complete] = found
        return full


def signed(name: str) -> tuple[str, bool]:
    """An indicator and whether less of it is better, from how an option writes it.

    >>> signed("-so2"), signed("gdp")
    (('so2', True), ('gdp', False))
    """
    return (name[1:].strip(), True) if name.startswith("-") else (name.strip(), False)


def rows_of(panel: Panel, subsystems: Mapping[str, tuple[str, ...]]) -> Rows:
    """The rows of these subsystems; `row_faults` must have found nothing wrong."""
    listed = [(k, *signed(one)) for k, names in enumerate(subsystems.values()) for one in names]
    columns = [_column(panel, name) for _, name, _ in listed]
    return Rows(
        panel.regions,
        panel.periods,
        tuple(subsystems),
        tuple(name for _, name, _ in listed),
        tuple(column[2] for column in columns),
        np.array([k for k, _, _ in listed]),
        np.array([less for _, _, less in listed]),
        np.stack([column[0] for column in columns], axis=-1),
        np.stack([column[1] for column in columns], axis=-1),
    )


def row_faults(panel: Panel, subsystems: Mapping[str, tuple[str, ...]]) -> Iterator[Fault]:
    """Everything that makes these subsystems impossible to read from this panel."""
    if len(subsystems) < 2:
        yield Fault("at least two subsystems are needed.", got=list(subsystems), do="Name two or more.")
    seen: dict[str, str] = {}
    for subsystem, names in subsystems.items():
        if not names:
            yield Fault(f"subsystem '{subsystem}' has no indicators.", do="Name one or more.")
        for name in (signed(one)[0] for one in names):
            if name in seen:
                twice = "twice" if seen[name] == subsystem else f"also in '{seen[name]}'"
                yield Fault(
                    f"indicator '{name}' of subsystem '{subsystem}' stands {twice}.",
                    got=name,
                    do="Use an indicator once.",
                )
                continue
            seen[name] = subsystem
            try:
                _column(panel, name)
            except CoevolveError as error:
                for fault in error.faults:
                    yield Fault(f"subsystem '{subsystem}': {fault.what}", fault.where, fault.got, fault.do)


def constant_faults(rows: Rows, low: NDArray[np.float64], high: NDArray[np.float64]) -> Iterator[Fault]:
    """No complete row at all, or a subsystem that says the same of every row between its goalposts."""
    table = rows.table
    if not len(table):
        counts = np.isfinite(rows.values).sum(axis=(0, 1))
        worst = rows.indicators[int(counts.argmin())]
        yield Fault(
            "no region has all indicators in any period.",
            got=f"'{worst}' has {int(counts.min())} values",
            do="Leave out the indicator with the fewest values, or fill it.",
        )
        return
    varies = np.ptp(np.clip(table, low, high), axis=0) > 0
    for k, subsystem in enumerate(rows.subsystems):
        here = rows.subsystem == k
        if not (varies & here).any():
            names = ", ".join(f"'{rows.indicators[j]}'" for j in np.flatnonzero(here))
            first = table[0, int(np.flatnonzero(here)[0])]
            yield Fault(
                f"every indicator of subsystem '{subsystem}' is constant between its goalposts ({names}).",
                got=float(first),
                do="Give it an indicator that differs between regions or years.",
            )


def goalpost_faults(goalposts: Mapping[str, tuple[float, float]], indicators: tuple[str, ...]) -> Iterator[Fault]:
    """Goalposts of no indicator, turned round, or not finite."""
    for name, (low, high) in goalposts.items():
        if signed(name)[0] not in indicators:
            yield Fault(
                f"goalposts are given for '{name}', which is in no subsystem.",
                got=name,
                do=nearest(signed(name)[0], indicators),
            )
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            yield Fault(
                f"the goalposts of '{name}' need a low below a high.",
                got=f"[{low:g}, {high:g}]",
                do="Write [lowest, highest] in the indicator's unit, also where less is better.",
            )


def _column(panel: Panel, name: str) -> tuple[NDArray[np.float64], NDArray[np.uint8], str]:
    base, _, industry = name.rpartition("/")
    if name in panel.indicators or not base:
        one = panel.indicator(name)
        if len(one.industries) > 1:
            got = f"{len(one.industries)} industries"
            raise CoevolveError(
                f"'{name}' is counted by industry, and one value a region is needed.",
                got=got,
                do=f"Write '{name}/{one.industries[0]}' for one.",
            )
        return one.values[:, 0, :], one.status[:, 0, :], one.unit
    one = panel.indicator(base)
    if industry not in one.industries:
        repair = nearest(industry, one.industries)
        raise CoevolveError(f"'{base}' has no industry '{industry}'.", got=industry, do=repair)
    place = one.industries.index(industry)
    return one.values[:, place, :], one.status[:, place, :], one.unit
