"""Questions that live in a file of the user's own, named as `file.py:Class`."""

from __future__ import annotations

import hashlib
import re
import sys
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ..errors import StudyError, nearest
from ..inquiry import catalogue
from ..inquiry.forecaster import Forecaster
from ..inquiry.question import Question

PACKAGE = "coevolve_own"
Kind = TypeVar("Kind", Question, Forecaster)
CLASS_IN_FILE = re.compile(r"[^:]+\.py:[A-Za-z_]\w*")
RESERVED = frozenset({"name", "question", "makes", "answer", "faults", "prospects", "reads", "options"})


@dataclass(frozen=True)
class Own:
    """Where an own question lives: its path, its class, its source, and a digest of it."""

    path: Path
    attribute: str
    digest: str
    text: str

    @property
    def module(self) -> str:
        """The name its module is registered under; it changes with the source."""
        return f"{PACKAGE}.{self.digest}"


def find_question(said: str, base: Path) -> tuple[type[Question], Own | None]:
    """The class that a study's `question = "..."` means: of the catalogue, or of an own file beside the study."""
    if ":" not in said:
        return catalogue.question(said), None
    found, own = _find(said, base, Question)  # type: ignore[type-abstract]
    clash = sorted(RESERVED & set(found.__annotations__) - {"name", "makes"})
    fields = sorted(RESERVED & set(found.model_fields))
    if clash or fields:
        raise StudyError(
            f"'{own.attribute}' uses a reserved name for an option.",
            str(own.path),
            (fields or clash)[0],
            "Rename that field.",
        )
    if not isinstance(getattr(found, "name", None), str):
        raise StudyError(
            f"'{own.attribute}' has no name.", str(own.path), do='Write name: ClassVar[str] = "..." in it.'
        )
    return found, own


def resolve(options: Any, base: Path) -> tuple[Any, tuple[Own, ...]]:
    """Options in which every `file.py:Class` names the registered class, and the own files they came from."""
    if isinstance(options, str) and CLASS_IN_FILE.fullmatch(options):
        _, own = _find(options, base, Forecaster)  # type: ignore[type-abstract]
        return f"{own.module}:{own.attribute}", (own,)
    if isinstance(options, Mapping):
        parts = {key: resolve(value, base) for key, value in options.items()}
        return {key: part[0] for key, part in parts.items()}, tuple(own for part in parts.values() for own in part[1])
    if isinstance(options, list | tuple):
        listed = [resolve(value, base) for value in options]
        return [part[0] for part in listed], tuple(own for part in listed for own in part[1])
    return options, ()


def load(path: Path, module: str, text: str) -> types.ModuleType:
    """The module of an own file, registered before it is executed, so that workers can import it again by name."""
    if module in sys.modules:
        return sys.modules[module]
    parent = sys.modules.setdefault(PACKAGE, types.ModuleType(PACKAGE))
    parent.__path__ = []
    found = types.ModuleType(module)
    found.__file__ = str(path)
    sys.modules[module] = found
    try:
        exec(compile(text, str(path), "exec"), found.__dict__)
    except BaseException:
        del sys.modules[module]
        raise
    return found


def _find(said: str, base: Path, kind: type[Kind]) -> tuple[type[Kind], Own]:
    file, _, attribute = said.rpartition(":")
    path = (base / file).resolve()
    if not path.is_file():
        raise StudyError("there is no such file of your own.", do="Put it beside the study.", got=file)
    source = path.read_bytes()
    digest = hashlib.blake2b(source, digest_size=12).hexdigest()
    own = Own(path, attribute, digest, source.decode("utf-8-sig", errors="replace"))
    try:
        module = load(path, own.module, own.text)
    except Exception as error:  # the user's own code may fail in any way
        line = _line(error, path)
        raise StudyError(
            f"your file {file}{line} fails: {type(error).__name__}: {error}.", do="Mend it; python shows where."
        ) from error
    found = getattr(module, attribute, None)
    if not (isinstance(found, type) and issubclass(found, kind)):
        names = [
            n for n, one in vars(module).items() if isinstance(one, type) and issubclass(one, kind) and one is not kind
        ]
        what = f"{file} has no {kind.__name__} called '{attribute}'."
        do = nearest(attribute, names) if names else f"Subclass coevolve.{kind.__name__} in it."
        raise StudyError(what, got=attribute, do=do)
    lacking = sorted(getattr(found, "__abstractmethods__", ()))
    if lacking:
        what = f"'{attribute}' lacks {' and '.join(lacking)}."
        raise StudyError(what, got=file, do=f"Write def {lacking[0]}(self, ...): in the class.")
    return found, own


def _line(error: Exception, path: Path) -> str:
    trace = error.__traceback__
    lines = []
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.lineno:
        lines.append(error.lineno)
    return f", line {lines[-1]}," if lines else ""
