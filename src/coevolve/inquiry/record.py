"""The Findings of one run with all that is needed to trust and repeat them; to and from plain JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import StudyError, nearest
from .finding import Chart, Finding, Note, Source, Table


@dataclass(frozen=True)
class Answer:
    """One ask and its Finding: the question's name, the options in force, and under which content key it is kept."""

    name: str
    question: str
    options: Mapping[str, Any]
    finding: Finding
    key: str = ""
    stored: bool = False


@dataclass(frozen=True)
class EvidenceLine:
    """What a record says of one piece of evidence: its kind, size, source, digest, and what was guessed or doubted."""

    name: str
    kind: str
    source: str
    sha256: str
    digest: str
    size: str
    guessed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """All Findings of one run, in reading order, with provenance.

    `record["poles"]` is a Finding. `provenance` holds the versions of what computed; `run` holds times and paths,
    the only part that differs between two equal runs.
    """

    title: str
    seed: int
    study: str
    answers: tuple[Answer, ...]
    evidence: tuple[EvidenceLine, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        claims = "".join(f"\n  {answer.name}: {answer.finding.claim}" for answer in self.answers)
        return f"Record of {self.title!r}, seed {self.seed}{claims}"

    def __getitem__(self, name: str) -> Finding:
        for answer in self.answers:
            if answer.name == name:
                return answer.finding
        names = [answer.name for answer in self.answers]
        raise StudyError(f"the record has no ask '{name}'.", got=name, do=nearest(name, names))

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.answers)

    def __len__(self) -> int:
        return len(self.answers)

    def bibliography(self) -> tuple[Source, ...]:
        """Every source of every Finding once, in order of first use."""
        seen = {source.key: source for answer in self.answers for source in answer.finding.sources}
        return tuple(seen.values())

    def cautions(self) -> list[tuple[str, Note]]:
        """(ask or evidence, note) for every doubt that `--strict` fails on."""
        found = [(line.name, Note(text, "caution")) for line in self.evidence for text in line.cautions]
        return found + [(a.name, note) for a in self.answers for note in a.finding.notes if note.level == "caution"]


def finding_json(finding: Finding) -> dict[str, Any]:
    """A Finding without the numbers of its tables: words, charts, notes, sources, and each table's description."""
    return {
        "claim": finding.claim,
        "title": finding.title,
        "tables": [table_head(table) for table in finding.tables],
        "charts": [chart_json(chart) for chart in finding.charts],
        "notes": [{"text": note.text, "level": note.level} for note in finding.notes],
        "sources": [{"key": s.key, "text": s.text, "url": s.url} for s in finding.sources],
    }


def finding_from(words: Mapping[str, Any], tables: Mapping[str, Table], made: Any = None) -> Finding:
    """The inverse of `finding_json`, given its tables."""
    return Finding(
        claim=words["claim"],
        title=words["title"],
        tables=tuple(tables[head["name"]] for head in words["tables"]),
        charts=tuple(Chart(**chart) for chart in words["charts"]),
        notes=tuple(Note(**note) for note in words["notes"]),
        sources=tuple(Source(**source) for source in words["sources"]),
        made=made,
    )


def table_head(table: Table) -> dict[str, Any]:
    """A table's name, caption, rows, columns and units."""
    kinds = {"f": "number", "i": "integer", "b": "yes or no"}
    columns = {key: kinds.get(values.dtype.kind, "text") for key, values in table.columns.items()}
    return {
        "name": table.name,
        "caption": table.caption,
        "rows": len(table),
        "columns": columns,
        "units": dict(table.units),
    }


def chart_json(chart: Chart) -> dict[str, Any]:
    """A Chart as plain JSON."""
    return {
        "name": chart.name,
        "kind": chart.kind,
        "table": chart.table,
        "roles": dict(chart.roles),
        "title": chart.title,
        "subtitle": chart.subtitle,
        "alt": chart.alt,
        "also": dict(chart.also),
        "options": dict(chart.options),
    }


def table_arrays(table: Table) -> dict[str, np.ndarray[Any, Any]]:
    """The columns of a table as arrays without Python objects: a text column as its distinct words and their places."""
    arrays: dict[str, np.ndarray[Any, Any]] = {f"absent.{key}": np.asarray(one) for key, one in table.absent.items()}
    for key, values in table.columns.items():
        if values.dtype.kind == "O":
            words = {word: place for place, word in enumerate(dict.fromkeys(values.tolist()))}
            arrays[f"words.{key}"] = np.array(list(words), dtype=str)
            arrays[f"column.{key}"] = np.array([words[one] for one in values.tolist()], np.int32)
        else:
            arrays[f"column.{key}"] = values
    return arrays


def table_from(head: Mapping[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]) -> Table:
    """The inverse of `table_head` and `table_arrays`."""
    columns = {}
    for key in head["columns"]:
        values = arrays[f"column.{key}"]
        words = arrays.get(f"words.{key}")
        columns[key] = values if words is None else words.astype(object)[values] if len(words) else words.astype(object)
    absent = {key.removeprefix("absent."): values for key, values in arrays.items() if key.startswith("absent.")}
    return Table(head["name"], columns, head["units"], head["caption"], absent)
