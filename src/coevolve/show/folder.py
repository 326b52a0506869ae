"""The folder of a run: tables, pictures, record, report and the study as run; each file whole or not there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import StudyError
from ..inquiry.record import Answer, EvidenceLine, Record, finding_from, finding_json, table_from
from .figure import figure_svg
from .page import page
from .tables import read_parquet, write_csv, write_parquet
from .whole import write_text

RECORD = "record.json"
REPORT = "report.html"


def write_folder(record: Record, folder: Path) -> Path:
    """Write everything of a record into `folder` and give the path of the report.

    `record.json` comes last: a folder without it is unfinished. Files that the last record listed and this one does
    not go; a user's own files stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = _listed(folder)
    tables = {answer.name: _write_tables(answer, folder / "tables" / answer.name, folder) for answer in record}
    for answer in record:
        for chart in answer.finding.charts:
            write_text(folder / _figure_path(answer.name, chart.name), figure_svg(chart, answer.finding))
    write_text(folder / "study.toml", record.study)
    page(record, folder / REPORT)
    said = record_json(record, tables)
    for name in before - _files_of(said):
        (folder / name).unlink(missing_ok=True)
        if not any((folder / name).parent.iterdir()):
            (folder / name).parent.rmdir()
    write_text(folder / RECORD, json.dumps(said, indent=1, ensure_ascii=False) + "\n")
    return folder / REPORT


def record_json(record: Record, tables: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A record as JSON: words, charts, provenance, and the path and digest of each table."""
    return {
        "title": record.title,
        "seed": record.seed,
        "answers": [
            {
                "name": a.name,
                "question": a.question,
                "options": dict(a.options),
                "key": a.key,
                "finding": finding_json(a.finding),
                "tables": tables[a.name],
            }
            for a in record
        ],
        "evidence": [asdict(line) for line in record.evidence],
        "provenance": dict(record.provenance),
        "run": dict(record.run),
    }


def read_folder(folder: Path) -> Record:
    """The record of a finished run, with its tables. Raises StudyError when there is none, or a table is not whole."""
    place = folder if folder.name == RECORD else folder / RECORD
    try:
        said = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        runs = sorted(one.parent for one in folder.glob(f"*-out/{RECORD}"))
        do = f"Name the folder of its run: {runs[0]}" if runs else "Run a study first: coevolve run STUDY"
        raise StudyError("there is no finished run here.", str(folder), do=do) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise StudyError("the record cannot be read.", str(place), str(error), "Run the study again.") from None
    answers = tuple(_read_answer(words, place.parent) for words in said["answers"])
    study = (place.parent / "study.toml").read_text(encoding="utf-8")
    listed = ("notes", "cautions")
    lines = tuple(EvidenceLine(**line | {key: tuple(line[key]) for key in listed}) for line in said["evidence"])
    return Record(said["title"], said["seed"], study, answers, lines, said["provenance"], said["run"])


def _write_tables(answer: Answer, folder: Path, base: Path) -> dict[str, Any]:
    written = {}
    for table in answer.finding.tables:
        parquet, csv = folder / f"{table.name}.parquet", folder / f"{table.name}.csv"
        write_parquet(table, parquet)
        write_csv(table, csv)
        written[table.name] = {
            "path": parquet.relative_to(base).as_posix(),
            "sha256": _sha256(parquet),
            "rows": len(table),
        }
    return written


def _figure_path(ask: str, chart: str) -> str:
    return f"figures/{ask}-{chart}.svg"


def _listed(folder: Path) -> set[str]:
    """The files that the folder's last record lists; none when there is no record that can be read."""
    try:
        return _files_of(json.loads((folder / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()


def _files_of(said: dict[str, Any]) -> set[str]:
    """Tables and figures that a record lists, seen from its folder."""
    names = set()
    for answer in said["answers"]:
        for table in answer["tables"].values():
            names |= {table["path"], table["path"].removesuffix(".parquet") + ".csv"}
        names |= {_figure_path(answer["name"], chart["name"]) for chart in answer["finding"]["charts"]}
    return {name for name in names if ".." not in name and not name.startswith("/")}


def _read_answer(words: dict[str, Any], base: Path) -> Answer:
    tables = {}
    for head in words["finding"]["tables"]:
        place = base / words["tables"][head["name"]]["path"]
        if not place.is_file() or _sha256(place) != words["tables"][head["name"]]["sha256"]:
            raise StudyError("a table of this run is missing or was changed.", str(place), do="Run the study again.")
        tables[head["name"]] = table_from(head, read_parquet(place, head))
    return Answer(
        words["name"], words["question"], words["options"], finding_from(words["finding"], tables), words["key"], True
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
