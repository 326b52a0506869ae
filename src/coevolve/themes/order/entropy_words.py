"""What `entropy` found, in words: the claim, the notes and the sources."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...inquiry.finding import Finding, Note, Source, Table
from ...inquiry.wording import counted, plural
from .entropy_cells import Cells
from .entropy_charts import charts
from .entropy_claim import Told, claim, places, units
from .entropy_model import LEVEL, Ledger
from .wording import named, percent, signed

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


def finding(told: Told, tables: tuple[Table, ...]) -> Finding:
    """The whole Finding."""
    cells = told.cells
    return Finding(
        claim=claim(told),
        title=f"Entropy of {cells.unit or 'units'} over {places(cells)}",
        tables=tables,
        charts=tuple(charts(cells, told.ledger, told.coupling)),
        notes=tuple(notes(told)),
        sources=SOURCES if told.coupling else SOURCES[:2],
    )


def notes(told: Told) -> Iterator[Note]:
    """What to keep in mind, the gravest first."""
    cells, ledger = told.cells, told.ledger
    if ledger is not None:
        yield from _about_gaps(told.cells, ledger)
        yield from _about_reclassified(cells, ledger)
        yield from _about_moves(told, ledger)
        yield from _about_states(told, ledger)
    else:
        yield Note("Give a second period to see what changed: with one there is no ledger.", "caution")
    yield Note(
        f"Read signs as measured, not as good or bad: entropy rises when {units(cells)} spread to small "
        f"{plural(cells.short)} and falls when they gather in large ones, whether they came from outside or inside."
    )
    yield from _about_coupling(told)
    yield from _about_outside(told)
    yield Note(
        f"Read the intervals ({percent(LEVEL)}) as the play of single events: {told.draws} draws of every entry, exit, "
        f"move and unit, each by itself. Shocks that hit many at once make true uncertainty larger, so 'measurably' "
        "says no more than beyond single events."
    )


def _about_gaps(cells: Cells, ledger: Ledger) -> Iterator[Note]:
    word = cells.periods.word
    if cells.left_out:
        many = len(cells.left_out)
        yield Note(
            f"Find the missing numbers of {named(cells.left_out)} to count "
            f"{'them' if many > 1 else 'it'}: {'they lack' if many > 1 else 'it lacks'} a {word} at least and "
            f"{'are' if many > 1 else 'is'} left out throughout (at most {percent(cells.left_share)} of the stock).",
            "caution" if cells.left_share > 0.05 else "information",
        )
    if cells.skipped:
        yield Note(
            f"Find numbers for {named(cells.skipped)} to see what happened then: most cells are not counted.", "caution"
        )
    bare = ~np.isfinite(ledger.contribution).all(axis=1)
    if bare.any():
        labels = [cells.periods.labels[k + 1] for k in np.flatnonzero(bare)]
        yield Note(
            f"Find what came and went in {named(labels)}: it is not known, so these changes are not split, have no "
            "interval and no state, and are left out of the sums.",
            "caution",
        )
    if cells.through:
        yield Note(
            f"Mind the {plural(cells.word)} that are empty before and after: {counted(cells.through, 'unit')} came and "
            f"went within one {word} there, and {'counts' if cells.through == 1 else 'count'} as nothing."
        )


def _about_reclassified(cells: Cells, ledger: Ledger) -> Iterator[Note]:
    if not cells.has_flows:
        yield Note(
            f"Look for a count of what came and what went (entries, exits) to see what changed entropy: only the net "
            f"change of {units(cells)} is known here, and the intervals, which rest on it, are the "
            "narrowest they could be."
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
        f"{percent(float(share[step, cell]))} of {cells.labels[int(cell)]} in {label}, changed {cells.short} or were "
        f"recounted without entry or exit. In {larger or 'none'} of {counted(len(ledger.change), word)} this part is "
        "larger than the whole change of entropy."
    )


def _moves(cells: Cells, ledger: Ledger) -> Note:
    there = np.isfinite(ledger.produced)
    beyond = int((ledger.produced[there] > ledger.produced_null[there]).sum())
    made, given = ledger.produced[there].sum(), ledger.exchanged[there].sum()
    return Note(
        f"Weigh what moves produced against chance: {made:.3f} nat in "
        f"{counted(int(there.sum()), cells.periods.word)} in "
        f"which they are observed (even balanced moves produce some), with {signed(given, 3)} nat exchanged; in "
        f"{beyond} they produced more than chance alone would."
    )


def _about_moves(told: Told, ledger: Ledger) -> Iterator[Note]:
    cells = told.cells
    if not cells.moved.any():
        assumed = " The table of assumed outside stocks says what they would be if, not what they are."
        yield Note(
            f"Do not speak of entropy produced inside or exchanged with the outside: both are not observed without "
            f"counts of {units(cells)} that move from one {cells.short} to another (option moves)."
            f"{assumed if told.outside else ''}"
        )
        return
    yield _moves(cells, ledger)
    if ledger.opened.sum():
        yield Note(
            f"Read what is produced as a lower bound: {counted(int(ledger.opened.sum()), 'way')} between cells were "
            "used "
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
        f"Read the states as a test: a {told.cells.periods.word} is 'orderly' (more concentrated) or 'disorderly' "
        "(more even) when the 90 % interval of its change lies beyond a threshold delta, 'balanced' when it lies "
        f"within, else 'undetermined'; {how}. Wang supposes that entropy falls in a system that organises itself; that "
        "it fell does not show that the system does."
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
            f"{signed(steps[1])} nat together, the whole by {signed(steps[0])}; the rest is the total correlation, "
            "which measures how far the two depend on each other, and no more."
        )
        yield Note(
            "Compare entropies over the same cells and sources only: this one is over "
            f"{counted(len(told.cells.regions), 'region')} and {counted(len(told.cells.industries), 'industry')} of "
            "this "
            f"panel from {told.cells.periods.labels[0]} to {told.cells.periods.labels[-1]}, so the entropy of its "
            "regions need not agree with that of another panel."
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
    word = told.cells.periods.word
    yield Note(
        f"Do not build on an outside cell: its stock is assumed. With it entropy would rise in {often} of "
        f"{counted(steps, word)} while the total inside grew in {grew}, and what would be 'produced' goes from "
        f"{min(made):.3g} to {max(made):.3g} nat with the assumption alone.",
        "caution",
    )
