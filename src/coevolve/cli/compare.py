"""`coevolve compare`: what differs between two runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..inquiry.finding import Table
from ..inquiry.record import Answer, EvidenceLine, Record, chart_json
from ..show.folder import read_folder


def compare_folders(first: Path, second: Path) -> int:
    """Print the differences of two runs: title, seed, versions, evidence, options, words, pictures and numbers."""
    one, two = read_folder(first), read_folder(second)
    lines = list(differences(one, two))
    print(f"A  {first}: {one.title}\nB  {second}: {two.title}\n")
    print("\n".join(lines) if lines else "The two runs say the same, to the last digit.")
    return 0


def differences(one: Record, two: Record) -> Iterator[str]:
    """One line or more for everything in which two records differ."""
    if one.title != two.title:
        yield f"title: {one.title} | {two.title}"
    if one.seed != two.seed:
        yield f"seed: {one.seed} | {two.seed}"
    for name in sorted(set(one.provenance) | set(two.provenance)):
        a, b = one.provenance.get(name, "none"), two.provenance.get(name, "none")
        if a != b:
            yield f"{name}: {a} | {b}"
    lines = [{line.name: line for line in record.evidence} for record in (one, two)]
    for name in dict.fromkeys([*lines[0], *lines[1]]):
        if name in lines[0] and name in lines[1]:
            yield from _evidence_differences(lines[0][name], lines[1][name])
        else:
            yield f"evidence '{name}' is in {'A' if name in lines[0] else 'B'} only"
    asks = [{answer.name: answer for answer in record} for record in (one, two)]
    for name in dict.fromkeys([*asks[0], *asks[1]]):
        if name in asks[0] and name in asks[1]:
            yield from _ask_differences(asks[0][name], asks[1][name])
        else:
            yield f"\n{name}: asked in {'A' if name in asks[0] else 'B'} only"


def _evidence_differences(a: EvidenceLine, b: EvidenceLine) -> Iterator[str]:
    if (a.kind, a.digest) != (b.kind, b.digest):
        yield f"evidence '{a.name}' differs: {a.size} from {a.source} | {b.size} from {b.source}"
    elif (a.source, a.sha256) != (b.source, b.sha256):
        yield f"evidence '{a.name}': the same content from other files: {a.source} | {b.source}"
    yield from _lists(f"evidence '{a.name}', note", [*a.notes, *a.cautions], [*b.notes, *b.cautions])
    yield from _values(f"evidence '{a.name}', guessed", a.guessed, b.guessed)


def _ask_differences(a: Answer, b: Answer) -> Iterator[str]:
    lines = [*_values("question", {"": a.question}, {"": b.question}), *_values("option", a.options, b.options)]
    for what, x, y in (("says", a.finding.claim, b.finding.claim), ("is titled", a.finding.title, b.finding.title)):
        if x != y:
            lines += [f"A {what}: {x}", f"B {what}: {y}"]
    notes = [[f"{note.level}: {note.text}" for note in answer.finding.notes] for answer in (a, b)]
    sources = [[f"{one.text} {one.url}".strip() for one in answer.finding.sources] for answer in (a, b)]
    lines += [*_lists("note", *notes), *_lists("source", *sources)]
    tables = [{table.name: table for table in answer.finding.tables} for answer in (a, b)]
    for name in dict.fromkeys([*tables[0], *tables[1]]):
        if name in tables[0] and name in tables[1]:
            lines += _table_differences(tables[0][name], tables[1][name])
        else:
            lines.append(f"table {name} is in {'A' if name in tables[0] else 'B'} only")
    charts = [{chart.name: chart_json(chart) for chart in answer.finding.charts} for answer in (a, b)]
    for name in dict.fromkeys([*charts[0], *charts[1]]):
        lines += _values(f"picture {name},", charts[0].get(name, {}), charts[1].get(name, {}))
    if lines:
        yield f"\n{a.name}"
        yield from (f"  {line}" for line in lines)


def _values(what: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[str]:
    """One line a key whose values differ."""
    for key in dict.fromkeys([*a, *b]):
        if a.get(key) != b.get(key):
            yield f"{what} {key}".strip() + f": {a.get(key, 'none')} | {b.get(key, 'none')}"


def _lists(what: str, a: list[str], b: list[str]) -> Iterator[str]:
    """One line a text that only one of two lists holds."""
    yield from (f"{what} in A only: {one}" for one in dict.fromkeys(a) if one not in b)
    yield from (f"{what} in B only: {one}" for one in dict.fromkeys(b) if one not in a)
    if a != b and set(a) == set(b):
        yield f"{what}s: the same, in another order or number"


def _table_differences(a: Table, b: Table) -> Iterator[str]:
    if a.caption != b.caption:
        yield f"table {a.name}, caption: {a.caption} | {b.caption}"
    yield from _values(f"table {a.name}, unit of", a.units, b.units)
    if len(a) != len(b) or list(a.columns) != list(b.columns):
        yield f"table {a.name}: {len(a)} rows of {len(a.columns)} columns | {len(b)} rows of {len(b.columns)} columns"
        return
    for key in a.columns:
        x, y = a[key], b[key]
        why = [np.broadcast_to(np.asarray(table.absent.get(key, 0)), len(a)) for table in (a, b)]
        if (why[0] != why[1]).any():
            yield f"table {a.name}, column {key}: {int((why[0] != why[1]).sum())} cells are absent for other reasons"
        if x.dtype.kind != "f" or y.dtype.kind != "f":
            changed = int(np.sum(x != y))
            if changed:
                yield f"table {a.name}, column {key}: {changed} of {len(a)} cells differ"
            continue
        apart = ~((x == y) | (np.isnan(x) & np.isnan(y)))
        if apart.any():
            gap = np.nanmax(np.abs(x[apart] - y[apart])) if np.isfinite(x[apart] - y[apart]).any() else np.nan
            yield f"table {a.name}, column {key}: {int(apart.sum())} of {len(a)} cells differ, by at most {gap:.3g}"
