"""Indicators computed from others by plain arithmetic: `derive = { rd_per_firm = "rd / establishments" }`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, Fault, nearest
from .panel import Indicator, Panel, Status

FUNCTIONS = {"log": np.log, "exp": np.exp, "sqrt": np.sqrt, "abs": np.abs}
OPERATORS = {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Pow: np.power}
MOST_LETTERS = 500


@dataclass(frozen=True)
class _Value:
    """A number, or the cells of an indicator with the axes they are over."""

    values: NDArray[np.float64]
    status: NDArray[np.uint8] | None = None
    industries: tuple[str, ...] = ()


def derived(panel: Panel, formulas: Mapping[str, str], units: Mapping[str, str]) -> tuple[Panel, list[str]]:
    """The panel with more indicators, each an expression of +, -, *, /, **, log, exp, sqrt, abs over the others.

    A cell is observed only where all its parts are. A division by zero (or the log of a zero) leaves the cell
    missing and is counted in a note. Parts must share their axes: nothing is broadcast over industries.
    """
    notes: list[str] = []
    faults: list[Fault] = []
    indicators = dict(panel.indicators)
    for name, formula in formulas.items():
        place = f"derive.{name}"
        if name in indicators:
            faults.append(
                Fault(f"'{name}' is an indicator already.", place, formula, "Give the derived one its own name.")
            )
            continue
        try:
            found = _evaluated(formula, indicators, place)
        except DataError as error:
            faults.extend(error.faults)
            continue
        if found.status is None:
            faults.append(Fault("the formula names no indicator.", place, formula, nearest("", list(indicators))))
            continue
        lost = (found.status == Status.OBSERVED) & ~np.isfinite(found.values)
        if lost.any():
            why = "a division by zero, or a number that has no such function"
            notes.append(f"{int(lost.sum()):,} cells of '{name}' = {formula} are missing: {why}.")
        status = np.where(lost, Status.MISSING, found.status).astype(np.uint8)
        indicators[name] = Indicator(
            name, found.industries, np.where(lost, np.nan, found.values), status, units.get(name, "")
        )
    if faults:
        raise DataError(faults)
    return replace(panel, indicators=indicators), notes


def _evaluated(formula: str, indicators: Mapping[str, Indicator], place: str) -> _Value:
    if len(formula) > MOST_LETTERS:
        raise DataError("the formula is too long.", place, f"{len(formula)} letters", f"Keep it under {MOST_LETTERS}.")
    try:
        tree = ast.parse(formula.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise DataError("this is not a formula.", place, formula, 'Write for example "rd / establishments".') from None
    with np.errstate(all="ignore"):
        return _value(tree, indicators, formula, place)


def _value(node: ast.expr, indicators: Mapping[str, Indicator], formula: str, place: str) -> _Value:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return _Value(np.array(float(node.value)))
    if isinstance(node, ast.Name):
        one = indicators.get(node.id)
        if one is None:
            raise DataError(f"there is no indicator '{node.id}'.", place, formula, nearest(node.id, list(indicators)))
        return _Value(one.values, one.status, one.industries)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _value(node.operand, indicators, formula, place)
        return replace(inner, values=-inner.values if isinstance(node.op, ast.USub) else inner.values)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left = _value(node.left, indicators, formula, place)
        right = _value(node.right, indicators, formula, place)
        return _joined(
            left,
            right,
            OPERATORS[type(node.op)](left.values, right.values) if _fit(left, right) else None,
            formula,
            place,
        )
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in FUNCTIONS
        and len(node.args) == 1
        and not node.keywords
    ):
        inner = _value(node.args[0], indicators, formula, place)
        return replace(inner, values=FUNCTIONS[node.func.id](inner.values))
    do = f"Use numbers, indicators, + - * / ** and {', '.join(FUNCTIONS)}."
    raise DataError("a formula holds arithmetic only.", place, formula, do)


def _fit(left: _Value, right: _Value) -> bool:
    return left.status is None or right.status is None or left.industries == right.industries


def _joined(left: _Value, right: _Value, values: NDArray[np.float64] | None, formula: str, place: str) -> _Value:
    if values is None:
        raise DataError(
            "the parts of the formula are counted over different industries.",
            place,
            formula,
            "Combine indicators that share their axes; nothing is spread over industries.",
        )
    if left.status is None or right.status is None:
        part = right if left.status is None else left
        return _Value(values, part.status, part.industries)
    return _Value(values, np.maximum(left.status, right.status), left.industries)
