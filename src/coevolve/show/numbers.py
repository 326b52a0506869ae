"""How numbers are written: three significant figures, thin spaces in thousands, "0.42 (0.31 to 0.55)"."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

THIN = "\u2009"
LARGE, SMALL = 1e9, 1e-4
"""From LARGE on, and below SMALL, a number is written with a power of ten."""

NOTHING, TINY = 1e-12, 1e-9
"""A number below TINY and this small beside the largest of its column is what rounding left over: 0."""

RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
MINUS = "\u2212"
MISSING, SUPPRESSED, NOT_APPLICABLE = "–", "c", "·"

ABSENCE_SIGNS: Mapping[int, str] = {1: MISSING, 2: SUPPRESSED, 3: NOT_APPLICABLE, 4: MISSING}
"""What stands in a cell without a number, by `Status`: a dash for missing, c for suppressed, · for not applicable."""

ABSENCE_WORDS: Mapping[str, str] = {
    MISSING: "missing",
    SUPPRESSED: "suppressed",
    NOT_APPLICABLE: "not applicable",
}

PLAIN_COLUMNS = ("year", "period", "quarter", "month", "horizon", "rank", "fips", "code", "seed")
"""Whole-number columns that are names, not amounts: written without thin spaces."""


def number(value: float, digits: int = 3) -> str:
    """A number as text with `digits` significant figures; whole numbers in full up to a thousand million.

    >>> number(0.41999), number(12345678.0), number(-2.0), number(0)
    ('0.42', '12\u2009345\u2009678', '\u22122', '0')
    >>> number(0.00001234), number(4.33e18)
    ('1.23\u2009×\u200910⁻⁵', '4.33\u2009×\u200910¹⁸')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    value = float(value)
    if not math.isfinite(value):
        return MISSING if math.isnan(value) else ("∞" if value > 0 else f"{MINUS}∞")
    if value == 0:
        return "0"
    size = abs(value)
    if size < SMALL or size >= LARGE:
        mantissa, exponent = f"{size:.{digits - 1}e}".split("e")
        text = f"{_trimmed(mantissa)}{THIN}×{THIN}10{str(int(exponent)).translate(RAISED)}"
    elif size >= 10 ** (digits - 1):
        text = grouped(f"{size:.0f}")
    else:
        decimals = digits - 1 - math.floor(math.log10(size))
        text = _trimmed(f"{size:.{decimals}f}")
    return (MINUS if value < 0 else "") + text


def settled(values: Sequence[Any]) -> list[Any]:
    """The values of one column, with 0 for what is nothing beside the largest of them.

    >>> settled([2.5, -4e-16, "c"]), settled([4e12, 0.25])
    ([2.5, 0.0, 'c'], [4000000000000.0, 0.25])
    """
    sizes = [abs(one) for one in values if isinstance(one, float) and math.isfinite(one)]
    least = min(NOTHING * max(sizes, default=0.0), TINY)
    return [0.0 if isinstance(one, float) and abs(one) < least else one for one in values]


def grouped(whole: str) -> str:
    """The digits of a whole number with thin spaces between thousands, from five digits on.

    >>> grouped("1234"), grouped("12345")
    ('1234', '12\u2009345')
    """
    return f"{int(whole):,}".replace(",", THIN) if len(whole) > 4 else whole


def interval(value: float, low: float, high: float, digits: int = 3) -> str:
    """An estimate with its interval.

    >>> interval(0.42, 0.31, 0.55)
    '0.42 (0.31 to 0.55)'
    """
    return f"{number(value, digits)} ({number(low, digits)} to {number(high, digits)})"


def cell(value: object, column: str = "", absence: int = 0) -> str:
    """One table cell as text: numbers by `number`, years and ranks plain, an absence by its sign.

    >>> cell(2004, "year"), cell(float("nan"), "employment", 2), cell(True), cell("Hubei")
    ('2004', 'c', 'yes', 'Hubei')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        if column in PLAIN_COLUMNS or column.endswith("_year"):
            return str(value)
        return number(value) if abs(value) >= LARGE else (MINUS if value < 0 else "") + grouped(str(abs(value)))
    if isinstance(value, float):
        if math.isnan(value):
            return ABSENCE_SIGNS.get(absence, MISSING)
        if column in PLAIN_COLUMNS and value == math.floor(value):
            return str(int(value))
        return number(value)
    return str(value)


def heading(column: str) -> str:
    """A column's name in words.

    >>> heading("coverage_80"), heading("mase_lo")
    ('coverage 80', 'mase, low')
    """
    for ending, words in (("_lo", ", low"), ("_hi", ", high")):
        if column.endswith(ending) and len(column) > 3:
            return column.removesuffix(ending).replace("_", " ") + words
    return {"lo": "low", "hi": "high"}.get(column, column.replace("_", " "))


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
