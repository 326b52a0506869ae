"""What `entropy` claims: what changed in plain words first, then how it got there, what did it, and when."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...inquiry.wording import counted, listed, plural
from .entropy_cells import RECLASSIFIED, Cells
from .entropy_coupling import Coupling
from .entropy_equations import entropy
from .entropy_model import Ledger
from .entropy_tables import Outside, by_cell
from .wording import signed

Array = NDArray[np.float64]
SLIGHT = 0.02  # a change of the number of equal cells that is called slight
VERY_SLIGHT = 0.005
WINDING = 1.2  # the way is told when entropy ranged over so many times its net change
CHANCE = 0.05  # a total correlation this likely among independent units is not told from none
EARLY = 0.75  # and when nine tenths of the change came within this part of the way


@dataclass(frozen=True)
class Told:
    """All that the words rest on."""

    cells: Cells
    ledger: Ledger | None
    coupling: Coupling | None
    outside: list[Outside]
    draws: int
    delta: float | None
    partition: bool


def claim(told: Told) -> str:
    """At most four sentences: what changed, the way there or the subsystems, what did it, and in how many periods."""
    cells, ledger, coupling = told.cells, told.ledger, told.coupling
    if ledger is None:
        parts = [_level(cells)] + ([_subsystems(cells, coupling)] if coupling is not None else [])
    elif coupling is None:
        parts = [_span(cells, ledger), _way(cells, ledger), _causes(cells, ledger), _states(cells, ledger)]
    elif cells.has_flows:
        parts = [_span(cells, ledger), _subsystems(cells, coupling), _causes(cells, ledger), _states(cells, ledger)]
    else:
        parts = [_subsystems(cells, coupling), _peak(cells, coupling), _span(cells, ledger), _states(cells, ledger)]
    return " ".join(part[0].upper() + part[1:] for part in parts if part)


def units(cells: Cells) -> str:
    """What is counted, as the subject of a sentence: its unit, or "units"."""
    return cells.unit if cells.unit and cells.unit not in ("count", "counts", "number", "1") else "units"


def places(cells: Cells) -> str:
    """How many cells, in words: "51 regions"."""
    return counted(len(cells.labels), cells.word)


def _level(cells: Cells) -> str:
    value = float(entropy(cells.stock)[-1])
    return (
        f"{units(cells)} are as evenly spread over {places(cells)} as over {np.exp(value):.1f} equal ones (entropy "
        f"{value:.3f} nat)."
    )


def _span(cells: Cells, ledger: Ledger) -> str:
    first, last = cells.periods.labels[0], cells.periods.labels[-1]
    start, change = float(ledger.entropy[0]), float(ledger.entropy[-1] - ledger.entropy[0])
    low, high = float(ledger.total_low[-1]), float(ledger.total_high[-1])
    known = _whole(ledger)
    digits = _digits(np.exp(start + low), np.exp(start + high)) if known else 2
    equal = f"as evenly spread as over {np.exp(start + change):.{digits}f} equal {plural(cells.short)}"
    interval = (
        f" (90 % interval {np.exp(start + low):.{digits}f} to {np.exp(start + high):.{digits}f})" if known else ""
    )
    against = f"{equal}{interval}, against {np.exp(start):.{digits}f}"
    if known and low <= 0 <= high:
        how = "neither clearly more nor clearly less concentrated"
    else:
        size = abs(np.expm1(change))
        little = "very slightly " if size < VERY_SLIGHT else ("slightly " if size < SLIGHT else "")
        how = f"{little}more {'evenly spread' if change > 0 else 'concentrated'}"
    return f"{units(cells)} were {how} over {places(cells)} in {last} than in {first}: {against}."


def _digits(low: float, high: float) -> int:
    """The decimals that tell the ends of an interval apart, 1 to 4."""
    return next((one for one in (1, 2, 3) if high - low > 1.5 * 10.0**-one), 4)


def _way(cells: Cells, ledger: Ledger) -> str:
    """The change of entropy, and the way there where it wound about or came early."""
    labels, path = cells.periods.labels, ledger.entropy
    change = float(path[-1] - path[0])
    low, high = float(ledger.total_low[-1]), float(ledger.total_high[-1])
    interval = f" (90 % interval {signed(low)} to {signed(high)})" if _whole(ledger) else ""
    told = f"entropy, which measures this evenness in nat, changed by {signed(change)}{interval}"
    bottom, top = int(path.argmin()), int(path.argmax())
    along = float(path[top] - path[bottom])
    if along > WINDING * abs(change):
        way = "rose" if bottom < top else "fell"
        begun, ended = labels[min(bottom, top)], labels[max(bottom, top)]
        return f"{told}, but not steadily: from {begun} to {ended} it {way} by {along:.4f}."
    passed = np.flatnonzero((path - path[0]) / change >= 0.9) if change else np.array([len(path) - 1])
    if len(passed) and passed[0] <= EARLY * (len(path) - 1):
        return f"{told}, nine tenths of it by {labels[int(passed[0])]}."
    return f"{told}."


def _causes(cells: Cells, ledger: Ledger) -> str:
    """The cells that moved entropy most and, where flows are named, what each flow did over all periods."""
    said = _movers(cells)
    if not cells.has_flows:
        return f"{said}."
    flows = []
    for c, channel in enumerate(cells.channels):
        if channel == RECLASSIFIED:
            continue
        low, high = ledger.total_low[c], ledger.total_high[c]
        size = f"{abs(ledger.total[c]):.3f}"
        if low <= 0 <= high:
            flows.append(f"{channel} changed it by no clear amount ({signed(ledger.total[c], 3)})")
        else:
            flows.append(f"{channel} {'raised' if low > 0 else 'lowered'} it by {size}")
    return f"{said}; over all {plural(cells.periods.word)} {listed(flows)}."


def _movers(cells: Cells) -> str:
    """The cell that moved entropy most; two where their intervals meet or are unknown."""
    by = by_cell(cells)
    each, low, high = (np.asarray(by[name], float) for name in ("contribution", "lo", "hi"))
    listed = [" / ".join(one for one in pair if one) for pair in zip(by["region"], by["industry"], strict=True)]
    order = np.argsort(-np.abs(each), kind="stable")
    one, other = int(order[0]), int(order[1])
    if (high[one] - low[one] + high[other] - low[other]) / 2 < abs(each[one]) - abs(each[other]):
        before, after = (f"{100 * float(by[name][one]):.1f} %" for name in ("first_share", "last_share"))
        return (
            f"{listed[one]} moved entropy most ({signed(each[one])}, 90 % interval {signed(low[one])} to "
            f"{signed(high[one])}), as its share of {units(cells)} went from {before} to {after}"
        )
    return f"{listed[one]} ({signed(each[one])} nat) and {listed[other]} ({signed(each[other])}) moved entropy most"


def _states(cells: Cells, ledger: Ledger) -> str:
    tally, many, word = Counter(ledger.state), len(ledger.state), cells.periods.word
    if many == 1:
        means = {
            "orderly": f"{units(cells)} became measurably more concentrated",
            "disorderly": f"{units(cells)} became measurably more evenly spread",
            "balanced": "nothing changed to speak of",
        }
        chance = f" (probability {ledger.probability[0]:.2f})" if np.isfinite(ledger.probability[0]) else ""
        return f"Beyond the play of single events {means.get(ledger.state[0], 'what changed cannot be told')}{chance}."
    spoken = (
        f"in {tally['orderly']} of {counted(many, word)} {units(cells)} became measurably more concentrated, in "
        f"{tally['disorderly']} more evenly spread"
    )
    rest = [f"in {tally['balanced']} nothing changed to speak of"] if tally["balanced"] else []
    rest += [f"{tally['undetermined']} cannot be told"] if tally["undetermined"] else []
    return f"{spoken}{'; ' + ' and '.join(rest) if rest else ''} (beyond the play of single events)."


def _subsystems(cells: Cells, coupling: Coupling) -> str:
    """How what joins the subsystems changed: for region and industry, whether industry mixes became less alike."""
    first, last = cells.periods.labels[0], cells.periods.labels[-1]
    start, end = float(coupling.rest[0]), float(coupling.rest[-1])
    name = "total correlation" if coupling.is_joint else "entropy between the subsystems"
    if len(coupling.rest) == 1:
        interval = f"{coupling.low[-1]:.4f} to {coupling.high[-1]:.4f}"
        return f"the {name} of {listed(coupling.parts)} is {end:.4f} nat (90 % interval {interval})."
    low, high = coupling.change_low, coupling.change_high
    clear = not low <= 0 <= high
    moved = ("rose" if end > start else "fell") if clear else "did not clearly change"
    change = f"{signed(end - start)} nat, 90 % interval {signed(low)} to {signed(high)}"
    if not coupling.is_joint:
        return (
            f"the {name} ({listed(coupling.parts)}) {moved} from {start:.3f} ({first}) to {end:.3f} ({last}): {change}."
        )
    tied = coupling.chance[-1] < CHANCE
    shown = f"their total correlation {moved} ({change}) to {end:.4f}"
    if not tied:
        return (
            f"the industry mixes of {counted(len(cells.regions), 'region')} cannot be told apart from independent "
            "units "
            f"in {last}; {shown}."
        )
    become = ("less alike" if end > start else "more alike") if clear else "neither clearly more nor less alike"
    return (
        f"the industry mixes of {counted(len(cells.regions), 'region')} became {become} from {first} to {last}: "
        f"{shown}."
    )


def _peak(cells: Cells, coupling: Coupling) -> str:
    """What the total correlation is, and where it turned on the way beyond its intervals."""
    if not coupling.is_joint:
        return ""
    means = "total correlation is 0 where all regions have the same industry mix"
    labels, rest = cells.periods.labels, coupling.rest
    for place, turned, since in (
        (int(rest.argmax()), "peaked", "more"),
        (int(rest.argmin()), "was lowest", "less"),
    ):
        inside = 0 < place < len(rest) - 1
        apart = coupling.low[place] > coupling.high[-1] or coupling.high[place] < coupling.low[-1]
        further = coupling.low[place] > coupling.high[0] or coupling.high[place] < coupling.low[0]
        if inside and apart and further:
            return (
                f"{means}; it {turned} in {labels[place]} ({rest[place]:.4f}), so since then they grew {since} alike."
            )
    return f"{means}."


def _whole(ledger: Ledger) -> bool:
    """Whether every step has its flows, so that the interval covers the whole change."""
    return bool(np.isfinite(ledger.total_low[-1]) and np.isfinite(ledger.contribution).all())
