"""What `entropy` found, in words: the claim, the notes and the sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...inquiry.finding import Finding, Note, Source, Table
from .entropy_cells import RECLASSIFIED, Cells
from .entropy_charts import charts
from .entropy_coupling import Coupling
from .entropy_model import LEVEL, Ledger
from .entropy_tables import Outside
from .wording import both, count, named, percent, signed

SOURCES = (
    Source(
        "wang2019",
        "Wang, P. Research on the Formation Mechanism of Innovation Clusters Based on "
        "Self-Organization Theory. Dalian University.",
    ),
    Source(
        "schnakenberg1976",
        "Schnakenberg, J. (1976). Network theory of microscopic and macroscopic behavior of master equation systems. "
        "Reviews of Modern Physics 48, 571-585.",
    ),
    Source(
        "watanabe1960",
        "Watanabe, S. (1960). Information theoretical analysis of multivariate correlation. IBM Journal of Research "
        "and Development 4(1), 66-82.",
    ),
    Source("theil1972", "Theil, H. (1972). Statistical Decomposition Analysis. North-Holland."),
)

SLIGHT = 0.02  # a change of the number of equal cells that is called slight


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


def finding(told: Told, tables: tuple[Table, ...]) -> Finding:
    """The whole Finding."""
    cells = told.cells
    return Finding(
        claim=claim(told),
        title=f"Entropy of {cells.unit or 'units'} over {count(len(cells.labels), cells.word)}",
        tables=tables,
        charts=tuple(charts(cells, told.ledger, told.coupling)),
        notes=tuple(notes(told)),
        sources=SOURCES if told.coupling else SOURCES[:2],
    )


def claim(told: Told) -> str:
    """What happened over the whole span, which channels did it, how many years were orderly, and the subsystems."""
    parts = []
    if told.coupling is not None and not told.cells.has_flows:
        parts.append(_subsystems(told.cells, told.coupling))
    if told.ledger is not None:
        parts += [_span(told.cells, told.ledger), _by_channel(told.cells, told.ledger)]
        parts.append(_states(told.cells, told.ledger))
        parts.append(_moves(told.cells, told.ledger))
    else:
        cells, value = told.cells, _entropy(told)
        parts.append(
            f"{_units(cells)} are as evenly spread over {count(len(cells.labels), cells.word)} as over "
            f"{np.exp(value[-1]):.1f} equal ones (entropy {value[-1]:.3f} nat)."
        )
    if told.coupling is not None and told.cells.has_flows:
        parts.append(_subsystems(told.cells, told.coupling))
    whole = " ".join(part for part in parts if part)
    return whole[0].upper() + whole[1:]


def _units(cells: Cells) -> str:
    plain = cells.unit if cells.unit and cells.unit not in ("count", "counts", "number", "1") else "units"
    return plain[0].upper() + plain[1:]


def _entropy(told: Told) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    from .entropy_equations import entropy

    return entropy(told.cells.stock)


def _span(cells: Cells, ledger: Ledger) -> str:
    first, last = cells.periods.labels[0], cells.periods.labels[-1]
    start, end = ledger.entropy[0], ledger.entropy[-1]
    over = f"{count(len(cells.labels), cells.word)}"
    change = end - start
    low, high = ledger.total_low[-1], ledger.total_high[-1]
    even = f"as even as {np.exp(start):.1f} equal ones then, {np.exp(end):.1f} now"
    known = np.isfinite(low) and bool(np.isfinite(ledger.contribution).all())
    if known and low <= 0 <= high:
        return (
            f"between {first} and {last} {_units(cells).lower()} became neither clearly more nor clearly less "
            f"concentrated over {over}: entropy went from {start:.3f} to {end:.3f} nat (change {signed(change)}, "
            f"90 % interval {signed(low)} to {signed(high)}; {even})."
        )
    slightly = "slightly " if abs(np.expm1(change)) < SLIGHT else ""
    how = f"{slightly}more evenly spread" if change > 0 else f"{slightly}more concentrated"
    interval = f", 90 % interval {signed(low)} to {signed(high)}" if known else ""
    return (
        f"{_units(cells)} were {how} over {over} in {last} than in {first}: entropy {'rose' if change > 0 else 'fell'} "
        f"from {start:.3f} to {end:.3f} nat ({signed(change)}{interval}; {even})."
    )


def _by_channel(cells: Cells, ledger: Ledger) -> str:
    if not cells.has_flows:
        return ""
    said = []
    for c, channel in enumerate(cells.channels):
        low, high = ledger.total_low[c], ledger.total_high[c]
        if channel == RECLASSIFIED:
            continue
        verb = "changed it by no clear amount, " if low <= 0 <= high else ("raised" if low > 0 else "lowered")
        link = "" if low <= 0 <= high else " it by "
        size = signed(ledger.total[c], 3) if low <= 0 <= high else f"{abs(ledger.total[c]):.3f}"
        said.append(f"{channel} {verb}{link}{size}")
    rest = ledger.total[cells.channels.index(RECLASSIFIED)]
    return f"Over all years {both(said)}; {signed(rest)} lies in what the flows do not close (reclassified)."


def _states(cells: Cells, ledger: Ledger) -> str:
    tally = Counter(ledger.state)
    many = len(ledger.state)
    word = cells.periods.word
    if len(tally) == 1 and many > 1:
        return f"All {count(many, word)} are {ledger.state[0]}."
    shown = [f"{tally[one]} {one}" for one in ("orderly", "disorderly", "balanced", "undetermined") if tally[one]]
    if many == 1:
        chance = ledger.probability[0]
        return f"The step is {ledger.state[0]}" + (f" (probability {chance:.2f})." if np.isfinite(chance) else ".")
    return (
        f"Of {count(many, word)} {both(shown)}; entropy surely fell, as Wang supposes of a system that organises "
        f"itself, in {tally['orderly']}."
    )


def _moves(cells: Cells, ledger: Ledger) -> str:
    if not cells.moved.any():
        return "What is produced inside and what is exchanged is not observed: that needs moves between cells."
    there = np.isfinite(ledger.produced)
    beyond = int((ledger.produced[there] > ledger.produced_null[there]).sum())
    made, given = ledger.produced[there].sum(), ledger.exchanged[there].sum()
    return (
        f"Where moves are observed ({count(int(there.sum()), cells.periods.word)}) they produced {made:.3f} nat "
        f"(as counted: even balanced moves produce some by chance) and {signed(given, 3)} was exchanged; in {beyond} "
        "they produced more than chance alone would."
    )


def _subsystems(cells: Cells, coupling: Coupling) -> str:
    first, last = cells.periods.labels[0], cells.periods.labels[-1]
    start, end = coupling.rest[0], coupling.rest[-1]
    name = "total correlation" if coupling.is_joint else "entropy between the subsystems"
    if len(coupling.rest) == 1:
        return f"The {name} of {both(coupling.parts)} is {end:.4f} nat (90 % interval {_last(coupling)})."
    low, high = coupling.change_low, coupling.change_high
    clear = not low <= 0 <= high
    moved = ("rose" if end > start else "fell") if clear else "did not clearly change"
    change = f"{signed(end - start)} nat, 90 % interval {signed(low)} to {signed(high)}"
    if not coupling.is_joint:
        return (
            f"The {name} ({both(coupling.parts)}) {moved} from {start:.3f} ({first}) to {end:.3f} ({last}): {change}."
        )
    tied = coupling.chance[-1] < 0.05
    meaning = ""
    if clear and tied:
        meaning = f": the industry mixes of regions became {'less' if end > start else 'more'} alike"
    elif not tied:
        meaning = f"; in {last} it is no larger than independent units would give"
    return (
        f"Region and industry share {start:.4f} nat in {first} and {end:.4f} in {last}, so their total correlation "
        f"{moved} ({change}){meaning}."
    )


def _last(coupling: Coupling) -> str:
    return f"{coupling.low[-1]:.4f} to {coupling.high[-1]:.4f}"


def notes(told: Told) -> Iterator[Note]:
    """What to keep in mind, the gravest first."""
    cells, ledger = told.cells, told.ledger
    if ledger is not None:
        yield from _about_gaps(told.cells, ledger)
        yield from _about_reclassified(cells, ledger)
        yield from _about_moves(cells, ledger)
        yield from _about_states(told, ledger)
    else:
        yield Note("Give a second period to see what changed: with one there is no ledger.", "caution")
    yield Note(
        "Read signs as measured, not as good or bad: entropy rises when units spread to small cells and falls when "
        "they gather in large ones, whether they came from outside or inside."
    )
    yield from _about_coupling(told)
    yield from _about_outside(told)
    yield Note(
        f"Read the intervals ({percent(LEVEL)}) as the play of single events: {told.draws} draws of every entry, exit, "
        "move and unit, each by itself. Shocks that hit many at once make true uncertainty larger."
    )


def _about_gaps(cells: Cells, ledger: Ledger) -> Iterator[Note]:
    word = cells.periods.word
    if cells.left_out:
        yield Note(
            f"Fill the gaps of {named(cells.left_out)} to count them: they lack a {word} and are left out "
            f"throughout (at most {percent(cells.left_share)} of the stock).",
            "caution" if cells.left_share > 0.05 else "information",
        )
    if cells.skipped:
        yield Note(f"Fill {named(cells.skipped)} to see them: most cells are not counted then.", "caution")
    bare = ~np.isfinite(ledger.contribution).all(axis=1)
    if bare.any():
        labels = [cells.periods.labels[k + 1] for k in np.flatnonzero(bare)]
        yield Note(
            f"Give the flows of {named(labels)}: they are missing, so these changes have no channels, no interval "
            "and no state, and are left out of the sums.",
            "caution",
        )
    if cells.through:
        yield Note(
            f"Mind the cells that are empty before and after: {cells.through} units came and went within one {word} "
            "there, and count as nothing."
        )


def _about_reclassified(cells: Cells, ledger: Ledger) -> Iterator[Note]:
    if not cells.has_flows:
        yield Note(
            "Name flows (entry, exit) to see what changed entropy. Without them the intervals rest on net changes "
            "alone and are the narrowest they could be."
        )
        return
    rest = np.abs(cells.changes[:, -1])
    if not (rest > 0).any():
        yield Note("Trust the split by channel: the flows close the stocks exactly, nothing is reclassified.")
        return
    share = rest / np.maximum(cells.stock[:-1], 1.0)
    step, cell = np.unravel_index(int(np.nanargmax(share)), share.shape)
    label = cells.periods.labels[int(step) + 1]
    whole = np.nansum(rest, axis=1) / cells.stock[:-1].sum(axis=1)
    larger = int((np.abs(ledger.contribution[:, -1]) > np.abs(ledger.change)).sum())
    word = cells.periods.word
    yield Note(
        f"Mind that the flows do not close: up to {percent(float(np.nanmax(whole)))} of all units in a {word}, and "
        f"{percent(float(share[step, cell]))} of {cells.labels[int(cell)]} in {label}, changed cell or were recounted "
        f"without entry or exit. In {larger} of {count(len(ledger.change), word)} this part is larger than the whole "
        "change of entropy."
    )


def _about_moves(cells: Cells, ledger: Ledger) -> Iterator[Note]:
    if not cells.moved.any():
        yield Note(
            "Do not speak of entropy produced or exchanged: without moves from cell to cell (an origin-destination "
            "network in 'moves') both are not observed, and no number stands for them."
        )
        return
    if ledger.opened.sum():
        yield Note(
            f"Read what is produced as a lower bound: {count(int(ledger.opened.sum()), 'way')} between cells were used "
            "in one direction only, which would make it infinite; half a unit was added in both directions."
        )
    if not cells.moved.all():
        without = [cells.periods.labels[k + 1] for k in np.flatnonzero(~cells.moved)]
        yield Note(f"Give the moves of {named(without)}: there what is produced and exchanged is not observed.")
    yield Note(
        "Read 'exchanged' as all that moves do not produce: their own drift, entries, exits and what is reclassified. "
        "produced_null is what evenly balanced moves of the same number would produce in 95 of 100 draws."
    )


def _about_states(told: Told, ledger: Ledger) -> Iterator[Note]:
    if told.delta is not None:
        how = f"delta is {told.delta:g} nat, as given"
    else:
        how = f"delta is two standard errors or the reclassified part, whichever is larger, {_range(ledger.delta)} nat"
    yield Note(
        f"Read the states as a test, not a definition: a {told.cells.periods.word} is orderly or disorderly when the "
        f"90 % interval of the change lies beyond delta, balanced when it lies within, else undetermined; {how}."
    )


def _range(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    known = values[np.isfinite(values)]
    if not len(known):
        return "unknown"
    return f"{known.min():.2g} to {known.max():.2g}"


def _about_coupling(told: Told) -> Iterator[Note]:
    coupling = told.coupling
    if coupling is None:
        return
    steps = np.diff(coupling.whole).sum(), np.diff(coupling.sum_of_parts).sum()
    if coupling.is_joint:
        yield Note(
            "Do not add the entropies of subsystems as if they were the whole: region and industry are attributes of "
            "the same units, so S = S_region + S_industry - total correlation. The parts changed by "
            f"{signed(steps[1])} nat together, the whole by {signed(steps[0])}; the rest is the total correlation, the "
            "synergy that a sum misses."
        )
        yield Note(
            f"Compare the total correlation with its null: units with independent region and industry would give "
            f"{coupling.null_mean[-1]:.2g} nat on average and {coupling.null[-1]:.2g} at most in 95 of 100 draws; "
            f"measured are {coupling.rest[-1]:.2g} (p = {coupling.chance[-1]:.2g}, the least that {told.draws} draws "
            f"can give is {1 / (1 + told.draws):.2g})."
        )
        return
    yield Note(
        "Read the subsystems as a partition: each unit belongs to one of them, so S = S_between + sum of shares times "
        f"entropies within. The parts changed by {signed(steps[1])} nat together, the whole by {signed(steps[0])}."
    )


def _about_outside(told: Told) -> Iterator[Note]:
    if not told.outside:
        return
    rises = sorted({int((one[1] > 0).sum()) for one in told.outside})
    made = [float(np.nansum(one[2])) for one in told.outside]
    steps = len(told.cells.periods) - 1
    often = f"{rises[0]}" if len(rises) == 1 else f"{rises[0]} to {rises[-1]}"
    grew = int((np.diff(told.cells.stock.sum(axis=1)) > 0).sum())
    yield Note(
        f"Do not build on the outside cell: its stock is assumed. With it entropy rises in {often} of {steps} steps "
        f"while the total inside grew in {grew}, and what is 'produced' goes from {min(made):.3g} to {max(made):.3g} "
        "nat with the assumption alone.",
        "caution",
    )
