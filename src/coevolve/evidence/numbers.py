"""Numbers as statistics offices print them: decimal marks, thousands separators, flags and marks of absence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, Fault
from .panel import Status
from .specification import Absent
from .table import Cells

# Marks with one meaning wherever they are printed. A dash, "n.a.", "x" have several: the study names theirs.
KNOWN: Mapping[str, Status] = {
    **dict.fromkeys(("", "NA", "N/A", "NaN", "nan", "null", "NULL", ":", "..", "...", ".", "(NA)"), Status.MISSING),
    **dict.fromkeys(("(D)", "(S)", "c", ":c", ": c"), Status.SUPPRESSED),
    **dict.fromkeys(("z", ":z", ": z", "(X)"), Status.NOT_APPLICABLE),
}
WORDS = {Status.MISSING: "missing", Status.SUPPRESSED: "suppressed", Status.NOT_APPLICABLE: "not applicable"}

_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-", "\u2019": "'"})
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_GROUPED_POINT = re.compile(r"[+-]?\d{1,3}(?:([,' ])\d{3})(?:\1\d{3})*(?:\.\d*)?")
_COMMA = re.compile(r"[+-]?(?=,?\d)(?:\d+|\d{1,3}(?:([.' ])\d{3})(?:\1\d{3})*)?(?:,\d*)?(?:[eE][+-]?\d+)?")
_FLAGGED = re.compile(r"(.*\S)\s+([a-z]{1,2})")
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)


@dataclass(frozen=True)
class Style:
    """How a table writes its numbers, and which marks stand for an absence."""

    decimal: str = "."
    marks: Mapping[str, Status] = field(default_factory=lambda: dict(KNOWN))
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parsed:
    """The numbers of a column, the status of each cell, and the places of cells that are no finite number."""

    values: NDArray[np.float64]
    status: NDArray[np.uint8]
    wrong: NDArray[np.int64]
    marks: Mapping[str, int] = field(default_factory=dict)
    flags: Mapping[str, int] = field(default_factory=dict)
    grouped: int = 0
    kinds: Mapping[str, str] = field(default_factory=dict)


def marks_of(absent: Absent) -> dict[str, Status]:
    """The known marks with those that a study names on top."""
    named = {
        mark.strip(): kind
        for kind, few in (
            (Status.MISSING, absent.missing),
            (Status.SUPPRESSED, absent.suppressed),
            (Status.NOT_APPLICABLE, absent.not_applicable),
        )
        for mark in few
    }
    return {**KNOWN, **named}


def style_of(columns: Sequence[Cells], absent: Absent, decimal: str | None, delimiter: str, name: str) -> Style:
    """The decimal mark of a table, from all its number columns together; noted, or refused when it cannot be told.

    A comma followed by other than three digits is a decimal comma; two commas in a number, or a point after a comma,
    are thousands. Numbers like 1,234 alone tell nothing: where commas also part the columns they are thousands
    (noted), else the study has to say `decimal`.
    """
    marks = marks_of(absent)
    if decimal is not None:
        return Style(
            decimal, marks, (f'The decimal mark is "{decimal}", as the study says.',) if decimal == "," else ()
        )
    commas = _with_comma(columns)
    if not commas:
        if delimiter in (";", "\t"):
            _refuse_thousands(columns, name)
        return Style(".", marks)
    points = [one for one in commas if "." in one]
    if any(one.rfind(",") > one.rfind(".") for one in points):
        return Style(",", marks, ('Numbers use the decimal comma and "." between thousands.',))
    if points or any(one.count(",") > 1 for one in commas):
        return Style(".", marks)
    if any(len(one.rpartition(",")[2].strip()) != 3 or re.match(r"[+-]?0+,", one) for one in commas) or any(
        re.match(r"[+-]?\d{4,},", one) for one in commas
    ):
        return Style(",", marks, ('Numbers use the decimal comma ("," was read as the decimal mark).',))
    if delimiter in (",", ""):
        return Style(
            ".",
            marks,
            (f'"{commas[0]}" and the like were read as thousands; set decimal = "," if it is a decimal comma.',),
        )
    raise DataError(
        "the decimal mark cannot be told: every comma has three digits after it.",
        name,
        commas[0],
        'Set decimal = "," (decimal comma) or decimal = "." (thousands).',
    )


def parse(cells: Cells, style: Style) -> Parsed:
    """The numbers of one column. Cells that are neither number nor mark are listed in `wrong`, never guessed."""
    if cells.dtype != object:
        values = cells.astype(np.float64, copy=True)
        status = np.where(np.isnan(values), Status.MISSING, Status.OBSERVED).astype(np.uint8)
        counted = {}
        for number, (mark, kind) in _number_marks(style).items():
            here = values == number
            counted[mark] = int(here.sum())
            values[here], status[here] = np.nan, kind
        met = {mark: count for mark, count in counted.items() if count}
        named = {mark: WORDS[style.marks[mark]] for mark in met}
        return Parsed(values, status, np.flatnonzero(np.isinf(values)), met, kinds=named)
    import pandas as pd

    codes, texts = pd.factorize(cells)
    distinct = np.array([*texts, None], object)
    numbers = _plain_numbers(distinct, style.decimal)
    status = np.zeros(len(distinct), np.uint8)
    wrong = np.zeros(len(distinct), bool)
    kinds = np.full(len(distinct), "", object)
    grouped = np.zeros(len(distinct), bool)
    for k in np.flatnonzero(~np.isfinite(numbers)):
        numbers[k], status[k], kinds[k], grouped[k], wrong[k] = _one(distinct[k], style)
    for number, (mark, kind) in _number_marks(style).items():
        here = numbers == number
        numbers[here], status[here], kinds[here] = np.nan, kind, mark
    values = numbers[codes]
    listed = np.bincount(np.where(codes < 0, len(texts), codes), minlength=len(distinct))
    marks: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    for k in np.flatnonzero(kinds != ""):
        (flags if kinds[k].startswith("flag ") else marks)[kinds[k].removeprefix("flag ")] += int(listed[k])
    named = {mark: WORDS[Status(status[k])] for k, mark in enumerate(kinds) if mark in marks}
    return Parsed(values, status[codes], np.flatnonzero(wrong[codes]), marks, flags, int(listed[grouped].sum()), named)


def wrong_number(column: str, got: object, where: str) -> Fault:
    """The fault of a cell in a number column that holds no number."""
    text = "" if got is None else str(got)
    said = text.translate(_SPACES).strip()
    number = said.replace(",", ".")
    if _INFINITE.fullmatch(said) or (_PLAIN.fullmatch(number) and not np.isfinite(float(number))):
        do = "Correct the number, or leave the cell empty."
        return Fault(f"'{column}' is infinite or too large to compute with.", where, text, do)
    if _PLAIN.fullmatch(number):
        do = 'Write all numbers alike, or set decimal = "." or decimal = ",".'
        return Fault(f"'{column}' mixes decimal points and decimal commas.", where, text, do)
    do = f'Write gaps as empty cells, or name the mark in absent = {{ missing = ["{said}"] }}.'
    if said.endswith("%"):
        do = "Write the number without the sign, and say it in units."
    return Fault(f"'{column}' is not a number.", where, text, do)


def _refuse_thousands(columns: Sequence[Cells], name: str) -> None:
    """Refuses a table in which every point has three digits after it and one to three before: 1.900 may be 1900."""
    found = [one.strip() for cells in columns if cells.dtype == object for one in cells if one and "." in one]
    numbers = [one for one in found if any(sign.isdigit() for sign in one)]
    if numbers and all(re.fullmatch(r"[+-]?[1-9]\d{0,2}\.\d{3}", one) for one in numbers):
        raise DataError(
            "the decimal mark cannot be told: every point has three digits after it.",
            name,
            numbers[0],
            'Set decimal = "," (the points are thousands) or decimal = "." (decimal point).',
        )


def _with_comma(columns: Sequence[Cells]) -> list[str]:
    found: dict[str, None] = {}
    for cells in columns:
        if cells.dtype == object:
            found.update(dict.fromkeys(one for one in cells if one is not None and "," in one))
    shape = re.compile(r"[+-]?[\d.,' ]*\d[\d.,' ]*([eE][+-]?\d+)?")
    texts = (_FLAGGED.sub(r"\1", one.translate(_SPACES).strip()) for one in found)
    return [one for one in texts if shape.fullmatch(one)]


def _number_marks(style: Style) -> dict[float, tuple[str, Status]]:
    """Marks of absence that are written as numbers, such as -999."""
    return {float(mark): (mark, kind) for mark, kind in style.marks.items() if _PLAIN.fullmatch(mark)}


def _plain_numbers(texts: NDArray[np.object_], decimal: str) -> NDArray[np.float64]:
    import pandas as pd

    if decimal == ",":
        texts = np.array([None if one is None or "." in one else one for one in texts], object)
    parsed = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
    return np.array(parsed, np.float64)


def _one(text: str | None, style: Style) -> tuple[float, Status, str, bool, bool]:
    """(value, status, mark or flag, whether thousands were grouped, whether it is wrong) of one distinct cell."""
    said = "" if text is None else text.translate(_SPACES).strip()
    if said in style.marks:
        return np.nan, style.marks[said], said, False, False
    number, grouped = _number(said, style.decimal)
    if number is not None:
        return number, Status.OBSERVED, "", grouped, not np.isfinite(number)
    flagged = _FLAGGED.fullmatch(said)
    if flagged:
        if flagged[1] in style.marks:
            kind = {"c": Status.SUPPRESSED, "z": Status.NOT_APPLICABLE}.get(flagged[2], style.marks[flagged[1]])
            return np.nan, kind, said, False, False
        number, grouped = _number(flagged[1], style.decimal)
        if number is not None and np.isfinite(number):
            return number, Status.OBSERVED, f"flag {flagged[2]}", grouped, False
    return np.nan, Status.MISSING, "", False, True


def _number(said: str, decimal: str) -> tuple[float | None, bool]:
    if decimal == ",":
        match = _COMMA.fullmatch(said)
        if not match or not any(letter.isdigit() for letter in said):
            return None, False
        bare = said
        for mark in ".' ":
            bare = bare.replace(mark, "")
        return float(bare.replace(",", ".")), match[1] is not None
    if _PLAIN.fullmatch(said):
        return float(said), False
    if _GROUPED_POINT.fullmatch(said):
        return float(re.sub(r"[,' ]", "", said)), True
    return None, False
