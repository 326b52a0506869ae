"""Accounts of several years as one block of coefficients: the regions that have all years, up to the last break."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import Fault
from ...evidence.accounts import Accounts
from ...evidence.periods import Periods, canonical
from ...inquiry.finding import Note
from .coefficients_equations import complete_of

Floats = NDArray[np.float64]

BREAK_SHARE, BREAK_SECTORS = 0.05, 2
"""A change of classification: this share of the sectors, and this many, begin or end between two years."""

LEAST_KNOWN = 3
"""How many years must be known before anything is forecast: a line needs three."""


@dataclass(frozen=True, eq=False)
class Series:
    """Coefficients of every year, region, supplier and user, and the gross output of every year, region and sector.

    `notes` say what was left out on the way here.
    """

    years: tuple[str, ...]
    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    direct: Floats
    complete: Floats
    output: Floats
    basis: str
    notes: tuple[Note, ...]

    @property
    def word(self) -> str:
        """What a period is called: year, quarter, ..."""
        return Periods.of(self.years).word

    def later(self, steps: int) -> tuple[str, ...]:
        """The labels of the next periods."""
        return Periods.of(self.years).after(steps)


def series_of(accounts: Accounts, since: str | int | None, until: str | int | None) -> Series:
    """The block of coefficients from `since` to `until`; a classification that changes on the way starts it anew."""
    pairs = zip(accounts.years, accounts.regions, strict=True)
    tables = {(canonical(year), region): k for k, (year, region) in enumerate(pairs)}
    periods = Periods.of(accounts.years)
    first = 0 if since is None else periods.index(since)
    last = len(periods) - 1 if until is None else periods.index(until)
    years = periods.labels[first : last + 1]
    notes: list[Note] = []
    everywhere = tuple(dict.fromkeys(accounts.regions))
    regions = tuple(one for one in everywhere if all((year, one) in tables for year in years))
    left = [one for one in everywhere if one not in regions]
    if left:
        few = ", ".join(left[:6]) + (" ..." if len(left) > 6 else "")
        notes.append(Note(f"Give every {periods.word} of these regions to have them in; they are left out: {few}."))
    place = np.array([[tables[year, region] for region in regions] for year in years], np.int64)
    place = place.reshape(len(years), len(regions))
    start = _after_last_break(accounts.gross_output[place])
    if start:
        text = (
            f"Give the {periods.word}s before {years[start]} as accounts of their own: the list of industries changes "
            f"after {years[start - 1]}, nothing is learnt across such a break, and only {years[start]} to {years[-1]} "
            "is used here."
        )
        notes.append(Note(text, "caution"))
    place, years = place[start:], years[start:]
    direct = accounts.direct[place]
    complete, sound = complete_of(direct)
    whole = np.asarray(sound.all(axis=0), bool)
    if not whole.all():
        bad = ", ".join(one or "the economy" for one, good in zip(regions, whole, strict=True) if not good)
        text = f"Check the accounts of {bad}: their coefficients need more than they make, so they are left out."
        notes.append(Note(text, "caution"))
    kept = tuple(one for one, good in zip(regions, whole, strict=True) if good)
    output = accounts.gross_output[place]
    basis = str(getattr(accounts, "basis", ""))
    return Series(
        years, kept, accounts.sectors, direct[:, whole], complete[:, whole], output[:, whole], basis, tuple(notes)
    )


def series_faults(series: Series, hold_out: int) -> Iterator[Fault]:
    """What makes a forecast impossible: too few years, no region with all of them, too few industries."""
    if not series.regions:
        do = "Use `since` and `until` for years that some region has all of."
        yield Fault(f"no region has usable accounts of every {series.word}.", got=len(series.years), do=do)
    if len(series.years) < LEAST_KNOWN + hold_out:
        yield Fault(
            f"coefficients over time need {LEAST_KNOWN} {series.word}s to learn from and {hold_out} to hold out.",
            got=len(series.years),
            do="Give more years, or a smaller hold_out.",
        )
    elif series.regions and not (series.direct[-1] > 0).any():
        yield Fault("the accounts hold no flow above zero.", got=0, do="Name the column of flows.")
    if len(series.sectors) < 2:
        yield Fault("a chain needs two industries at least.", got=len(series.sectors), do="Give finer accounts.")


def _after_last_break(output: Floats) -> int:
    """The first year after the last change of classification, 0 where there is none."""
    if output.size == 0:
        return 0
    there = output != 0
    needed = max(BREAK_SECTORS, BREAK_SHARE * output.shape[2])
    changed = (there[1:] != there[:-1]).sum(axis=2).mean(axis=1) >= needed
    return int(np.flatnonzero(changed)[-1]) + 1 if changed.any() else 0
