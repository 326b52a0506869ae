"""From a raw table to a Network: one row a link, or who takes part in what, projected on one side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, Fault
from .columns import SOURCE, TARGET, WEIGHT, pick, require
from .dates import from_dates
from .long import MOST_FAULTS, Axis, alike, axis_of, unknown_labels
from .network import Network
from .numbers import parse, style_of, wrong_number
from .panel import Status
from .periods import canonical
from .projection import project
from .specification import EvidenceSpec
from .table import Table


def read_network(table: Table, spec: EvidenceSpec, name: str) -> tuple[Network, dict[str, str]]:
    """The network that a table of links holds, and what was guessed.

    Loops and repeated links are kept and counted in the notes (measures leave them out and say so). A network whose
    two columns share no label is two-mode and undirected unless `directed` says otherwise. With `project` the rows
    say who takes part in what, and two actors are tied when they share an event; the weight is how many they share.
    """
    require(
        table,
        (
            ("source", spec.source),
            ("target", spec.target),
            ("weight", spec.weight),
            ("year", spec.year),
            ("source_kind", spec.source_kind),
            ("target_kind", spec.target_kind),
        ),
    )
    guessed: dict[str, str] = {}
    source_column = spec.source or _guess(table, SOURCE, guessed, "source", [spec.target])
    target_column = spec.target or _guess(table, TARGET, guessed, "target", [source_column])
    if source_column is None or target_column is None:
        missing = "source" if source_column is None else "target"
        raise DataError(
            f"no column is the {missing} of the links.",
            table.name,
            ", ".join(table.columns[:12]),
            f'Name it: {missing} = "...".',
        )
    taken = [source_column, target_column, spec.year]
    weight_column = spec.weight
    if weight_column is None and not spec.project and (found := pick(table, WEIGHT[:2], taken)):
        weight_column = guessed["weight"] = found
    faults: list[Fault] = []
    notes: list[str] = []
    source = axis_of(table, source_column, spec.labels, faults, "source")
    target = axis_of(table, target_column, spec.labels, faults, "target")
    weight = _weights(table, weight_column, spec, notes, faults)
    year = _years(table, spec.year, faults)
    notes += [note for one in (source, target) for note in alike(one)]
    labelled = (source_column, target_column, spec.source_kind, spec.target_kind)
    faults += unknown_labels(table, labelled, spec.labels)
    if faults:
        raise DataError(faults)
    if spec.project:
        return _projected(table, spec, source, target, year, notes), guessed
    return _linked(table, spec, source, target, weight, year, notes, guessed), guessed


def _guess(
    table: Table, names: tuple[str, ...], guessed: dict[str, str], key: str, taken: list[str | None]
) -> str | None:
    found = pick(table, names, taken)
    if found:
        guessed[key] = found
    return found


def _weights(
    table: Table, column: str | None, spec: EvidenceSpec, notes: list[str], faults: list[Fault]
) -> NDArray[np.float64]:
    if column is None:
        return np.ones(len(table))
    if spec.project:
        notes.append(f"'{column}' is not used: a projection counts shared events.")
        return np.ones(len(table))
    cells = table.take(column)
    style = style_of([cells], spec.absent, spec.decimal, table.delimiter, table.name)
    notes += style.notes
    parsed = parse(cells, style)
    faults += [wrong_number(column, cells[k], table.place(int(k))) for k in parsed.wrong[:MOST_FAULTS]]
    wrong = set(parsed.wrong.tolist())
    for k in np.flatnonzero(parsed.status != Status.OBSERVED)[:MOST_FAULTS]:
        if int(k) not in wrong:
            do = f'Give the link a weight, or leave it out: where = "{column} is not null".'
            faults.append(Fault(f"'{column}' (weight) is empty.", table.place(int(k)), "", do))
    return parsed.values


def _years(table: Table, column: str | None, faults: list[Fault]) -> NDArray[np.int64] | None:
    if column is None:
        return None
    codes, labels = table.labels(column)
    texts = from_dates([canonical(one) for one in labels])
    numbers = np.zeros(len(labels), np.int64)
    for k, text in enumerate(texts):
        head = text[:4]
        if head.isdigit() and (len(text) == 4 or text[4] == "-"):
            numbers[k] = int(head)
            continue
        for row in np.flatnonzero(codes == k)[:MOST_FAULTS]:
            do = f'Give the link its year, or leave it out: where = "{column} is not null".'
            faults.append(Fault(f"'{column}' is not a year.", table.place(int(row)), labels[k], do))
    return numbers[codes]


def _linked(
    table: Table,
    spec: EvidenceSpec,
    source: Axis,
    target: Axis,
    weight: NDArray[np.float64],
    year: NDArray[np.int64] | None,
    notes: list[str],
    guessed: dict[str, str],
) -> Network:
    shared = set(source.labels) & set(target.labels)
    two_mode = not shared and spec.directed is not True
    directed = spec.directed if spec.directed is not None else not two_mode
    if two_mode:
        guessed["modes"] = f"two ({source.column}, {target.column}): no label stands in both"
    elif spec.directed is None:
        guessed["directed"] = "true"
    labels = tuple(dict.fromkeys([*source.labels, *target.labels]))
    place = {label: k for k, label in enumerate(labels)}
    tail = np.array([place[one] for one in source.labels], np.int64)[source.codes]
    head = np.array([place[one] for one in target.labels], np.int64)[target.codes]
    notes += _counted(tail, head, year, directed)
    kinds = _kinds(table, spec, len(labels), tail, head, notes)
    mode = np.isin(np.arange(len(labels)), np.unique(head)).astype(np.int8) if two_mode else None
    return Network(
        labels,
        tail,
        head,
        weight,
        directed,
        year,
        mode,
        (source.column, target.column) if two_mode else None,
        kinds,
        _present(year, tail, head),
        f"'{spec.weight or guessed['weight']}' of a link"
        if (spec.weight or "weight" in guessed)
        else "1 for each link",
        "",
        (*table.notes, *notes),
    )


def _counted(
    tail: NDArray[np.int64], head: NDArray[np.int64], year: NDArray[np.int64] | None, directed: bool
) -> list[str]:
    loops = int((tail == head).sum())
    low, high = (tail, head) if directed else (np.minimum(tail, head), np.maximum(tail, head))
    size = int(max(tail.max(initial=0), head.max(initial=0))) + 1
    keys = low * size + high
    if year is not None:
        keys = np.unique(year, return_inverse=True)[1] * (size * size) + keys
    repeated = len(keys) - len(np.unique(keys))
    notes = []
    if loops:
        notes.append(
            f"{loops:,} link{'s' if loops > 1 else ''} from an actor to itself (loops); measures leave them out."
        )
    if repeated:
        when = " in a year" if year is not None else ""
        word = f"repeated link{'s' if repeated > 1 else ''}"
        notes.append(f"{repeated:,} {word} between the same two actors{when}; their weights add up.")
    return notes


def _kinds(
    table: Table, spec: EvidenceSpec, count: int, tail: NDArray[np.int64], head: NDArray[np.int64], notes: list[str]
) -> tuple[str, ...] | None:
    """The word for the group of each actor, as `labels` renames it; the most frequent where rows disagree (counted)."""
    if spec.source_kind is None and spec.target_kind is None:
        return None
    words = np.full(count, "", object)
    for column, ends in ((spec.source_kind, tail), (spec.target_kind, head)):
        if column is None:
            continue
        named = axis_of(table, column, spec.labels, [], "", empty=True)
        codes, labels = named.codes, named.labels
        pairs, often = np.unique(ends * len(labels) + codes, return_counts=True)
        order = np.lexsort((pairs, -often))
        actors = pairs[order] // len(labels)
        first = np.unique(actors, return_index=True)[1]
        chosen = pairs[order][first]
        words[chosen // len(labels)] = np.array(labels, object)[chosen % len(labels)]
        torn = int((np.bincount(actors, minlength=count) > 1).sum())
        if torn:
            notes.append(f"{torn:,} actors have several words in '{column}'; the most frequent one is used.")
    return tuple(str(one) for one in words)


def _present(year: NDArray[np.int64] | None, *ends: NDArray[np.int64]) -> Mapping[int, NDArray[np.int64]]:
    if year is None:
        return {}
    return {int(one): np.unique(np.concatenate([end[year == one] for end in ends])) for one in np.unique(year)}


def _projected(
    table: Table, spec: EvidenceSpec, source: Axis, target: Axis, year: NDArray[np.int64] | None, notes: list[str]
) -> Network:
    actor, event = (target, source) if spec.project == "target" else (source, target)
    tied = project(actor.codes, event.codes, len(actor.labels), year=year)
    kind_of = spec.target_kind if spec.project == "target" else spec.source_kind
    kinds = None
    if kind_of is not None:
        column = EvidenceSpec(file="-", target_kind=kind_of, labels=spec.labels)
        kinds = _kinds(table, column, len(actor.labels), actor.codes, actor.codes, notes)
    meaning = f"number of {event.column} labels that two {actor.column} labels share"
    if year is not None:
        meaning += " in a year"
    made = f"one-mode projection of {event.column} x {actor.column} on {actor.column}: weights B B' with zero diagonal"
    size = f"{len(actor.labels):,} actors, {len(tied.source):,} links{' (a link a year)' if year is not None else ''}"
    notes.append(f"{made[0].upper()}{made[1:]}; {size}.")
    if tied.repeats:
        notes.append(f"{tied.repeats:,} rows name an actor twice in one event; read once.")
    if tied.alone:
        notes.append(f"{tied.alone:,} events have one actor and tie nobody; actors without a tie are kept as isolates.")
    return Network(
        actor.labels,
        tied.source,
        tied.target,
        tied.weight,
        False,
        tied.year,
        None,
        None,
        kinds,
        _present(year, actor.codes),
        meaning,
        made,
        (*table.notes, *notes),
    )
