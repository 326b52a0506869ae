"""`coevolve compare`: what differs between two runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..inquiry.finding import Table
from ..inquiry.record import Answer, Record
from ..show.folder import read_folder


def compare_folders(first: Path, second: Path) -> int:
    """Print the differences of two runs: seed, versions, evidence, options, claims and numbers."""
    one, two = read_folder(first), read_folder(second)
    lines = list(differences(one, two))
    print(f"A  {first}: {one.title}\nB  {second}: {two.title}\n")
    print("\n".join(lines) if lines else "The two runs say the same, to the last digit.")
    return 0


def differences(one: Record, two: Record) -> Iterator[str]:
    """One line or more for everything in which two records differ."""
    if one.seed != two.seed:
        yield f"seed: {one.seed} | {two.seed}"
    for name in sorted(set(one.provenance) | set(two.provenance)):
        a, b = one.provenance.get(name, "none"), two.provenance.get(name, "none")
        if a != b:
            yield f"{name}: {a} | {b}"
    digests = [{line.name: line.digest for line in record.evidence} for record in (one, two)]
    for name in sorted(set(digests[0]) | set(digests[1])):
        if digests[0].get(name) != digests[1].get(name):
            yield (
                f"evidence '{name}' differs"
                if name in digests[0] and name in digests[1]
                else f"evidence '{name}' is in one only"
            )
    asks = [{answer.name: answer for answer in record} for record in (one, two)]
    for name in dict.fromkeys([*asks[0], *asks[1]]):
        if name in asks[0] and name in asks[1]:
            yield from _ask_differences(asks[0][name], asks[1][name])
        else:
            yield f"\n{name}: asked in {'A' if name in asks[0] else 'B'} only"


def _ask_differences(a: Answer, b: Answer) -> Iterator[str]:
    lines = [
        f"  option {key}: {a.options.get(key)} | {b.options.get(key)}"
        for key in dict.fromkeys([*a.options, *b.options])
        if a.options.get(key) != b.options.get(key)
    ]
    if a.finding.claim != b.finding.claim:
        lines += [f"  A says: {a.finding.claim}", f"  B says: {b.finding.claim}"]
    tables = [{table.name: table for table in answer.finding.tables} for answer in (a, b)]
    for name in dict.fromkeys([*tables[0], *tables[1]]):
        if name in tables[0] and name in tables[1]:
            lines += [f"  {line}" for line in _table_differences(tables[0][name], tables[1][name])]
        else:
            lines.append(f"  table {name} is in {'A' if name in tables[0] else 'B'} only")
    if lines:
        yield f"\n{a.name}"
        yield from lines


def _table_differences(a: Table, b: Table) -> Iterator[str]:
    if len(a) != len(b) or list(a.columns) != list(b.columns):
        yield f"table {a.name}: {len(a)} rows of {len(a.columns)} columns | {len(b)} rows of {len(b.columns)} columns"
        return
    for key in a.columns:
        x, y = a[key], b[key]
        if x.dtype.kind != "f" or y.dtype.kind != "f":
            changed = int(np.sum(x != y))
            if changed:
                yield f"table {a.name}, column {key}: {changed} of {len(a)} cells differ"
            continue
        apart = ~((x == y) | (np.isnan(x) & np.isnan(y)))
        if apart.any():
            gap = np.nanmax(np.abs(x[apart] - y[apart])) if np.isfinite(x[apart] - y[apart]).any() else np.nan
            yield f"table {a.name}, column {key}: {int(apart.sum())} of {len(a)} cells differ, by at most {gap:.3g}"
