"""Studies and single asks from Python, with the numbers of the terminal."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path

from ..errors import StudyError
from ..evidence.evidence import Evidence, Item
from ..inquiry.finding import Finding
from ..inquiry.options import question_of
from ..inquiry.question import Question
from ..inquiry.record import Record
from .desk import desk_for
from .own import find_question, resolve
from .run import Settings, answer, ask_faults
from .run import run as run_study
from .study import Ask, Study, read_study


def run(
    study: Study | str | Path,
    *,
    out: str | Path | None = None,
    data: str | Path | None = None,
    publish: bool = False,
    workers: int = 1,
    executor: Executor | None = None,
) -> Record:
    """The Record of a study (or of the study file at that path).

    `out` keeps results there, so that a second run costs nothing; `data` is where `data:` files lie. More `workers`
    are faster and give the same numbers; they need the call to stand under `if __name__ == "__main__":` in a file.
    `executor` computes cases elsewhere (a Dask client's `get_executor()`, for example).
    """
    said = study if isinstance(study, Study) else read_study(study)
    settings = Settings(
        out=Path(out) if out else None,
        data=Path(data) if data else None,
        publish=publish,
        workers=workers,
        executor=executor,
    )
    return run_study(said, settings)


def ask(
    question: str | Question, evidence: dict[str, Item] | Evidence, *, name: str = "", seed: int = 0, **options: object
) -> Finding:
    """One Finding without a study file: the question's name, the evidence by name, and the options.

    Raises StudyError with every fault of the options and of the evidence for this question.
    """
    if isinstance(question, Question):
        asked = question
    else:
        kind, _ = find_question(question, Path.cwd())
        resolved, _ = resolve(options, Path.cwd())
        asked = question_of(kind, resolved, f"ask '{question}'")
    bag = evidence if isinstance(evidence, Evidence) else Evidence(evidence)
    title = name or asked.name
    faults = list(ask_faults(Ask(title, asked, asked.name), bag))
    if faults:
        raise StudyError(faults)
    return answer(asked, bag, desk_for(seed, title))
