"""Gaps inside series: refused by default, or filled as the study says; late starts and early ends are only counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from ..errors import Fault
from .panel import Indicator, Panel, Status
from .periods import Periods
from .table import Table
from .words import few_of

SHOWN = 6
MOST_FAULTS = 1000
ALIKE = 0.85  # how alike a rare label must be to the one whose gap it fills


def filled(
    panel: Panel, policy: str, table: Table, origin: Mapping[str, NDArray[np.int64] | None]
) -> tuple[Panel, list[str], list[Fault]]:
    """The panel with its gaps treated as `missing` says, the notes, and the faults where gaps are refused.

    A gap is a period inside the span of a series (between its first and last known cell) that is not listed, or
    listed and empty. Suppressed and not-applicable cells are known and never a gap. Plain-number time may be
    irregular: there an unlisted period is no gap.
    """
    panel, whole, faults = _whole_periods(panel, policy, table.name)
    notes = list(whole)
    indicators = {}
    late = early = series = 0
    for name, given in panel.indicators.items():
        one = _throughout(given)
        _, begins, ends = spans(one.status)
        gap = gaps_in(panel, one)
        series += int((one.status < Status.ABSENT).any(axis=2).sum())
        late, early = late + int((begins > 0).sum()), early + int(((ends >= 0) & (ends < len(panel.periods) - 1)).sum())
        if policy == "refuse" and panel.periods.kind != "number":
            faults += _gap_faults(panel, one, gap, table, origin.get(name))
        indicators[name], more = _treated(panel, one, gap, policy)
        notes += more
    empty = _never_observed(panel)
    if late or early:
        notes.append(
            f"Of {series:,} series {late:,} start late and {early:,} end early; those periods are absent, not zero."
        )
    if empty:
        notes.append(empty)
    return replace(panel, indicators=indicators), notes, faults


def spans(status: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Which cells lie between the first and last known cell of their series; the places of both (-1: none known)."""
    known = np.isin(status, (Status.OBSERVED, Status.SUPPRESSED, Status.NOT_APPLICABLE))
    some = known.any(axis=2)
    begins = np.where(some, known.argmax(axis=2), -1)
    ends = np.where(some, status.shape[2] - 1 - known[:, :, ::-1].argmax(axis=2), -1)
    steps = np.arange(status.shape[2])
    inside = np.asarray((steps > begins[:, :, None]) & (steps < ends[:, :, None]) & np.asarray(some)[:, :, None])
    return inside, begins.astype(np.int64), ends.astype(np.int64)


def _throughout(one: Indicator) -> Indicator:
    """A series whose every listed cell is not applicable is so in the periods, too, that no row lists."""
    barred = one.status == Status.NOT_APPLICABLE
    never = barred.any(axis=2) & (barred | (one.status == Status.ABSENT)).all(axis=2)
    if not never.any():
        return one
    return replace(one, status=np.where(never[:, :, None], Status.NOT_APPLICABLE, one.status).astype(np.uint8))


def gaps_in(panel: Panel, one: Indicator) -> NDArray[np.bool_]:
    """Where a series lacks a number inside its span; on plain-number time what no row lists is no gap."""
    inside, _, _ = spans(one.status)
    kinds = (Status.MISSING,) if panel.periods.kind == "number" else (Status.MISSING, Status.ABSENT)
    return np.asarray(inside & np.isin(one.status, kinds))


def _whole_periods(panel: Panel, policy: str, where: str) -> tuple[Panel, list[str], list[Fault]]:
    """Periods that no row has at all: fine when the steps are even (every five years), else a gap of every series."""
    periods = panel.periods
    if periods.kind in ("number", "none") or len(periods) < 3:
        return panel, [], []
    if periods.is_even():
        if periods.step == 1:
            return panel, [], []
        return panel, [f"The panel has a period every {int(periods.step)} {periods.word}s."], []
    lost = [
        label
        for label in Periods((periods.labels[0],), periods.kind).until(periods.labels[-1])
        if label not in periods.labels
    ]
    words = few_of(lost, SHOWN)
    if policy == "refuse":
        do = f'Add {"it" if len(lost) == 1 else "them"}, set missing = "interpolate", or cut the span with where.'
        return (
            panel,
            [],
            [Fault(f"no row has {words}, between {periods.labels[0]} and {periods.labels[-1]}.", where, words, do)],
        )
    if policy in ("drop", "keep"):
        return panel, [f"No row has {words}; the periods that are there are kept and lie unevenly."], []
    labels = Periods.of([*periods.labels, *lost])
    places = [labels.labels.index(one) for one in periods.labels]
    indicators = {}
    for name, one in panel.indicators.items():
        shape = (*one.values.shape[:2], len(labels))
        values, status = np.full(shape, np.nan), np.full(shape, Status.ABSENT, np.uint8)
        values[:, :, places], status[:, :, places] = one.values, one.status
        indicators[name] = replace(one, values=values, status=status)
    return Panel(panel.regions, labels, indicators, panel.groups, panel.notes), [f"No row has {words}; added."], []


def _gap_faults(
    panel: Panel, one: Indicator, gap: NDArray[np.bool_], table: Table, rows: NDArray[np.int64] | None
) -> list[Fault]:
    faults = []
    word = f"{one.name} of " if len(panel.indicators) > 1 else ""
    for r, i in np.argwhere(gap.any(axis=2))[:MOST_FAULTS].tolist():
        steps = np.flatnonzero(gap[r, i])
        labels = [panel.periods.labels[k] for k in steps]
        words = few_of(labels, SHOWN)
        _, begins, ends = spans(one.status[r : r + 1, i : i + 1])
        span = f"between {panel.periods.labels[begins[0, 0]]} and {panel.periods.labels[ends[0, 0]]}"
        name = "/".join(part for part in (panel.regions[r], one.industries[i]) if part) or "the series"
        place = table.name
        listed = [
            int(table.rows[rows[r, i, k]])
            for k in steps
            if rows is not None and rows[r, i, k] >= 0 and rows.shape == gap.shape
        ]
        if listed:
            place = f"{table.name}, row {listed[0]}"
        do = _misspelt(panel, one, r, i, steps) or 'Fill it, or set missing = "interpolate" (or "drop").'
        faults.append(
            Fault(f"{word}{name} has no {words}. Every {panel.periods.word} {span} is needed.", place, None, do)
        )
    return faults


def _misspelt(panel: Panel, one: Indicator, r: int, i: int, steps: NDArray[np.intp]) -> str:
    """The repair when a rare label that reads almost alike stands just where the gap is: "Sofware" for "Software"."""
    listed = one.status < Status.ABSENT
    for labels, place, there in (
        (one.industries, i, listed[r][:, steps].any(axis=1)),
        (panel.regions, r, listed[:, i][:, steps].any(axis=1)),
    ):
        seen = listed.any(axis=0 if labels is one.industries else 1).sum(axis=1)
        for k in np.flatnonzero(there & (seen <= len(steps))).tolist():
            if k != place and SequenceMatcher(None, labels[k], labels[place]).ratio() >= ALIKE:
                repair = f"labels = {{ '{labels[k]}' = \"{labels[place]}\" }}"
                return f"'{labels[k]}' stands there instead: if it is misspelt, set {repair}."
    return ""


def _treated(panel: Panel, one: Indicator, gap: NDArray[np.bool_], policy: str) -> tuple[Indicator, list[str]]:
    if policy == "zero":
        unlisted = one.status == Status.ABSENT
        if not unlisted.any():
            return one, []
        status = np.where(unlisted, Status.OBSERVED, one.status).astype(np.uint8)
        many = int(unlisted.sum())
        unlisted_words = f"{many:,} cell{'' if many == 1 else 's'} of '{one.name}' that no row lists"
        note = f'{unlisted_words} {"was" if many == 1 else "were"} set to 0, as the study says (missing = "zero").'
        return replace(one, values=np.where(unlisted, 0.0, one.values), status=status), [note]
    if not gap.any() or policy == "refuse":
        return one, []
    if policy == "keep":
        many = int(gap.sum())
        gap_words = f"{many:,} gap{'' if many == 1 else 's'} inside series of '{one.name}'"
        return one, [f'{gap_words} stay{"s" if many == 1 else ""} missing, as the study says (missing = "keep").']
    pairs = np.argwhere(gap.any(axis=2))
    names = ["/".join(part for part in (panel.regions[r], one.industries[i]) if part) or one.name for r, i in pairs]
    words = few_of(names, SHOWN)
    if policy == "drop":
        status = one.status.copy()
        status[pairs[:, 0], pairs[:, 1]] = Status.ABSENT
        note = f"{len(names)} series of '{one.name}' with gaps left out (missing = \"drop\"): {words}."
        return replace(one, status=status), [note]
    values, status = one.values.copy(), one.status.copy()
    for r, i in pairs:
        seen = one.status[r, i] == Status.OBSERVED
        if not seen.any():
            continue
        first, last = np.flatnonzero(seen)[[0, -1]]
        fill = gap[r, i] & (np.arange(len(seen)) > first) & (np.arange(len(seen)) < last)
        values[r, i, fill] = np.interp(
            panel.periods.position[fill], panel.periods.position[seen], one.values[r, i, seen]
        )
        status[r, i, fill] = Status.OBSERVED
    count = int((status != one.status).sum())
    if not count:
        return one, [f"The gaps of '{one.name}' in {words} have no numbers around them and stay empty."]
    cells = [
        f"{n} {', '.join(panel.periods.labels[k] for k in np.flatnonzero(gap[r, i])[:3])}"
        for n, (r, i) in zip(names, pairs, strict=True)
    ]
    shown = "; ".join(cells[:SHOWN]) + (f" and {len(cells) - SHOWN} more series" if len(cells) > SHOWN else "")
    filled_in = f"{count} cell{'' if count == 1 else 's'} of '{one.name}' in {len(names)} series"
    verb = "was" if count == 1 else "were"
    note = f"{filled_in} {verb} interpolated between {'its' if count == 1 else 'their'} neighbours, as the study says: "
    note += f"{shown}."
    return replace(one, values=values, status=status), [note]


def _never_observed(panel: Panel) -> str:
    count = sum(
        int(((one.status < Status.ABSENT).any(axis=2) & ~(one.status == Status.OBSERVED).any(axis=2)).sum())
        for one in panel.indicators.values()
    )
    return f"{count:,} series are listed without a single number." if count else ""
