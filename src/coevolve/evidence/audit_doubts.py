"""Doubtful cells in words: what stands there, what stands beside it, and the study line that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from .panel import Indicator, Panel
from .suspects import Suspect, common_breaks, doubles, flat, interpolated, jumps, outside, share_total, zeros

MOST_LINES = 12  # of one kind and indicator; the rest is counted
COSTLY = frozenset({"tenfold", "spike", "end", "zero", "negative", "share", "beside"})  # kinds that cost score
STRETCHES = {
    "interpolated": "lie on an exact line or exponential, so they were filled in, not observed",
    "repeat": "repeat one number, as if carried forward",
    "constant": "never change",
}


@dataclass(frozen=True)
class AuditLine:
    """One thing found: of which evidence and kind, where, the value, words for it, and the study line that mends it.

    `kind` is score, cells, late, zero (that means missing), tenfold, spike, end, break, unit, common break, negative,
    share, beside (far off other regions), constant, repeat, interpolated, double, shares, network or accounts.
    `doubtful` says how many cells it puts in doubt.
    """

    evidence: str
    kind: str
    words: str
    indicator: str = ""
    region: str = ""
    industry: str = ""
    period: str = ""
    value: float = float("nan")
    repair: str = ""
    doubtful: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.evidence}: {self.words}{' ' + self.repair if self.repair else ''}"


def doubts(name: str, panel: Panel, one: Indicator) -> Iterator[AuditLine]:
    """Every doubt about one indicator, the most extreme of each kind first."""
    values = one.values
    found: dict[tuple[str, tuple[int, int, int]], Suspect] = {}
    changed = (*jumps(values), *zeros(values), *outside(values, one.name))
    for suspect in (*changed, *flat(values), *interpolated(values), *common_breaks(values)):
        if suspect.kind == "beside" and any(key[1] == suspect.place for key in found):
            continue
        found[suspect.kind, suspect.place] = suspect
    kinds: dict[str, list[Suspect]] = {}
    for suspect in found.values():
        kinds.setdefault(suspect.kind, []).append(suspect)
    for kind, few in kinds.items():
        if kind in STRETCHES and len(few) > 3:
            yield _together(name, panel, one, kind, few)
            continue
        few.sort(key=lambda suspect: -abs(np.log(suspect.size)) if suspect.size > 0 else 0)
        for suspect in few[:MOST_LINES]:
            yield _line(name, panel, one, suspect)
        if len(few) > MOST_LINES:
            rest = len(few) - MOST_LINES
            words = f"{one.name}: {rest} more of the kind '{kind}', less extreme."
            yield AuditLine(name, kind, words, one.name, doubtful=rest if kind in COSTLY else 0)
    yield from _copies(name, panel, one)


def _copies(name: str, panel: Panel, one: Indicator) -> Iterator[AuditLine]:
    for (r, i), (s, j) in doubles(one.values)[:MOST_LINES]:
        words = f"{one.name}: {_series(panel, one, s, j)} holds the same numbers as {_series(panel, one, r, i)}."
        count = int((~np.isnan(one.values[s, j])).sum())
        place = (one.name, panel.regions[s], one.industries[j])
        yield AuditLine(name, "double", words, *place, repair="Was one copied? Leave one out.", doubtful=count)
    total = share_total(one.values)
    if total is not None:
        words = f"{one.name}: the industries of each region add up to {total:g}: these are shares, and cannot all grow."
        yield AuditLine(name, "shares", words, one.name, repair="Models of growth (symbiosis) need levels.")


def _line(name: str, panel: Panel, one: Indicator, suspect: Suspect) -> AuditLine:
    r, i, t = suspect.place
    if suspect.kind in STRETCHES:
        return _together(name, panel, one, suspect.kind, [suspect])
    if suspect.kind == "common break":
        return _common(name, panel, one, suspect)
    value = float(one.values[r, i, t])
    cells = [k for k in range(t, suspect.last + 1) if suspect.kind != "zero" or one.values[r, i, k] == 0]
    labels = [panel.periods.labels[k] for k in cells]
    repair = _blank(panel, one, r, i, labels)
    if suspect.kind in ("break", "unit"):
        repair = f"Read it from {labels[0]} only, or mend the earlier part."
    words = f"{one.name}, {_series(panel, one, r, i)} {_said(panel, one, suspect, value, labels)}."
    count = len(cells) if suspect.kind in COSTLY else 0
    where = (one.name, panel.regions[r], one.industries[i], labels[0])
    return AuditLine(name, suspect.kind, words, *where, value, repair, count)


def _said(panel: Panel, one: Indicator, suspect: Suspect, value: float, labels: list[str]) -> str:
    """The doubt in words, after the name of the series."""
    r, i, t = suspect.place
    near, others = _neighbours(panel, one, r, i, t, suspect.last), _others(one, i, t)
    here = f"{labels[0]}: {short(value)}"
    if suspect.kind == "tenfold":
        slip = "like a slip of the decimal point or of the unit"
        return f"{here} {near}: about {_power(suspect.size)}, {slip}{others}"
    if suspect.kind in ("spike", "end"):
        side = "neighbours" if suspect.kind == "spike" else "neighbour"
        return f"{here} {near}: {_times(suspect.size)} its {side}{others}"
    if suspect.kind in ("break", "unit"):
        more = ", as when the unit changes" if suspect.kind == "unit" else ""
        return f"{labels[0]}: the level shifts for good, {_times(suspect.size)} what all regions do {near}{more}"
    if suspect.kind == "zero":
        span = labels[0] if len(labels) == 1 else f"{labels[0]} to {panel.periods.labels[suspect.last]}"
        count = f"{len(labels)} zero{'s' if len(labels) > 1 else ''}"
        return f"{span}: {count} {near}: probably missing, not nothing"
    if suspect.kind == "negative":
        return f"{here} is negative where nearly all values are not"
    if suspect.kind == "share":
        return f"{here} is a share above {suspect.size:g}"
    return f"{here} {near}: {_times(suspect.size)} the middle of the other regions, which agree closely{others}"


def _common(name: str, panel: Panel, one: Indicator, suspect: Suspect) -> AuditLine:
    _, i, t = suspect.place
    label = panel.periods.labels[t]
    of = f"{one.name}, {one.industries[i]}" if one.industries[i] else one.name
    change = 100 * (suspect.size - 1)
    words = f"{of}: all regions move at once in {label}, by {change:+.0f} % in the middle: was the definition changed?"
    repair = "Cut the span with where, or mend the series; models would see a jump that nobody made."
    return AuditLine(name, suspect.kind, words, one.name, "", one.industries[i], label, repair=repair)


def _together(name: str, panel: Panel, one: Indicator, kind: str, few: list[Suspect]) -> AuditLine:
    """One line for many stretches of a kind: flat or filled-in parts."""
    few = sorted(few, key=lambda suspect: -suspect.size)
    shown = []
    for suspect in few[:3]:
        r, i, t = suspect.place
        span = f"{panel.periods.labels[t]} to {panel.periods.labels[suspect.last]}"
        shown.append(f"{_series(panel, one, r, i)} {span}")
    more = f"; and {len(few) - 3} more" if len(few) > 3 else ""
    count = f"{sum(int(suspect.size) for suspect in few):,} cells in {len(few):,} stretch{'es' if len(few) > 1 else ''}"
    words = f"{one.name}: {count} {STRETCHES[kind]}: {'; '.join(shown)}{more}."
    repair = "Leave them out." if kind == "constant" else "They add no information; intervals will be too narrow."
    r, i, t = few[0].place
    where = (one.name, panel.regions[r], one.industries[i], panel.periods.labels[t])
    return AuditLine(name, kind, words, *where, repair=repair)


def _series(panel: Panel, one: Indicator, r: int, i: int) -> str:
    return "/".join(part for part in (panel.regions[r], one.industries[i]) if part) or one.name


def _neighbours(panel: Panel, one: Indicator, r: int, i: int, t: int, last: int) -> str:
    row = one.values[r, i]
    seen = np.flatnonzero(~np.isnan(row))
    before, after = seen[seen < t], seen[seen > last]
    words = []
    if len(before):
        words.append(f"after {short(float(row[before[-1]]))} in {panel.periods.labels[before[-1]]}")
    if len(after):
        words.append(f"before {short(float(row[after[0]]))} in {panel.periods.labels[after[0]]}")
    return f"({' and '.join(words)})" if words else ""


def _others(one: Indicator, i: int, t: int) -> str:
    known = one.values[:, i, t]
    known = known[~np.isnan(known)]
    return f"; the middle of all regions is {float(np.median(known)):.4g}" if len(known) >= 8 else ""


def short(value: float) -> str:
    """A number for a sentence: six figures, whole numbers whole."""
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:.6g}"


def _power(size: float) -> str:
    tens = round(abs(float(np.log10(size))))
    words = {1: "ten", 2: "a hundred", 3: "a thousand"}.get(tens, f"1e{tens}")
    return f"{words} times too much" if size > 1 else f"{words} times too little"


def _times(size: float) -> str:
    return f"{size:.3g} times" if size >= 1 else f"1/{1 / size:.3g} of"


def _blank(panel: Panel, one: Indicator, r: int, i: int, labels: list[str]) -> str:
    keys = [f'region = "{panel.regions[r]}"'] if panel.regions[r] else []
    if one.industries[i]:
        keys.append(f'industry = "{one.industries[i]}"')
    when = [label if label.isdigit() else f'"{label}"' for label in labels]
    keys.append(f"year = {when[0]}" if len(when) == 1 else f"year = [{', '.join(when)}]")
    keys.append(f'indicator = "{one.name}"')
    return f'Correct it, or leave it out: blank = [{{ {", ".join(keys)} }}] with missing = "interpolate".'
