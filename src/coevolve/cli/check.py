"""`coevolve check`: the evidence audited, and what each question will be able to say, before anything is computed."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ..errors import Fault, StudyError
from ..evidence.audit import audit
from ..evidence.evidence import Evidence
from ..study.run import ask_faults, evidence_of, read_evidence, size_words
from ..study.study import Study
from .run import data_root, study_of


def check_study(path: Path, data: Path | None) -> int:
    """Print the audit; raises StudyError with every fault of every ask."""
    study = study_of(path)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    readings = read_evidence(study, data_root(data))
    console.print(study.title, style="bold")
    for name, reading in readings.items():
        console.print(f"\n{name}: {size_words(reading.item)}", style="bold")
        console.print(f"  {reading.kind} from {reading.source}")
        for key, column in reading.guessed.items():
            console.print(f"  guessed: {key} = {column}")
        for note in dict.fromkeys([*reading.notes, *reading.item.notes]):
            console.print(f"  {note}")
    console.print("\nAudit", style="bold")
    for line in audit(readings):
        console.print(f"  {line}")
    evidence = evidence_of(readings)
    console.print("\nQuestions", style="bold")
    faults = list(_prospects(study, evidence, console))
    if faults:
        raise StudyError(faults)
    return 0


def _prospects(study: Study, evidence: Evidence, console: Console) -> list[Fault]:
    faults = []
    for place, ask in enumerate(study.asks, start=1):
        found = [
            Fault(f.what, f.where or f"{study.label}, ask {place} ('{ask.name}')", f.got, f.do)
            for f in ask_faults(ask, evidence)
        ]
        faults.extend(found)
        console.print(f"  {ask.name}: {'cannot be asked' if found else 'can be asked'}")
        if not found:
            for note in ask.question.prospects(evidence):
                console.print(f"    {note.text}")
    return faults
