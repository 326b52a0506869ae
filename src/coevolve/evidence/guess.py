"""The evidence keys for a file, guessed with reasons: what `coevolve new --from` writes down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..errors import DataError
from .columns import (
    FLAG_ENDS,
    FLOW,
    FROM,
    PERIOD,
    REGION,
    SOURCE,
    TARGET,
    TO,
    WEIGHT,
    kind_of_table,
    panel_columns,
    pick,
)
from .read_panel import read_panel
from .specification import EvidenceSpec, specification
from .table import Table


def guess(path: Path) -> dict[str, tuple[Any, str]]:
    """The evidence keys for a file, each with the reason for the guess: what `coevolve new --from` writes down.

    Raises DataError where the file cannot be read at all.
    """
    from .files import table_of

    table = table_of(path, path.name)
    kind = kind_of_table(table)
    names = {
        "panel": "columns of regions, industries or years",
        "network": "columns named source and target",
        "accounts": "columns of suppliers, users and flows",
    }
    keys: dict[str, tuple[Any, str]] = {"kind": (kind, f"it has {names[kind]}")}
    if kind == "network":
        _guess_columns(table, keys, (("source", SOURCE), ("target", TARGET), ("weight", WEIGHT[:2]), ("year", PERIOD)))
    elif kind == "accounts":
        _guess_columns(table, keys, (("from", FROM), ("to", TO), ("flow", FLOW), ("year", PERIOD), ("region", REGION)))
    else:
        keys |= _guess_panel(table)
        keys |= _guess_missing(table, keys)
    return keys


def _guess_missing(table: Table, keys: dict[str, tuple[Any, str]]) -> dict[str, tuple[Any, str]]:
    """`missing = "keep"` where the table has gaps that would be refused and nothing else is wrong with it."""
    said = {"file": table.name, **{key: value for key, (value, _) in keys.items()}}
    try:
        read_panel(table, specification(said, "data"), "data")
    except DataError as error:
        try:
            read_panel(table, specification({**said, "missing": "keep"}, "data"), "data")
        except DataError:
            return {}  # the run will say what else is wrong
        why = f"{len(error.faults)} series have gaps; or refuse, interpolate, drop, zero"
        return {"missing": ("keep", why)}
    return {}


def _guess_columns(table: Table, keys: dict[str, tuple[Any, str]], wanted: Iterable[tuple[str, Sequence[str]]]) -> None:
    for key, names in wanted:
        column = pick(table, names, [str(value) for value, _ in keys.values()])
        if column:
            keys[key] = (column, "by its name")
    if keys["kind"][0] == "network" and keys.get("target", ("",))[0] == "organisation":
        keys["project"] = ("target", "who takes part in what: two organisations are tied when they share a project")


def _guess_panel(table: Table) -> dict[str, tuple[Any, str]]:
    columns = panel_columns(table, EvidenceSpec(file=table.name), "data")
    keys: dict[str, tuple[Any, str]] = {}
    axes = (("region", columns.region), ("industry", columns.industry), ("year", columns.period))
    for key, column in axes:
        if column and not columns.sdmx:
            labels = table.labels(column)[1]
            shown = ", ".join(labels[:3]) + (" ..." if len(labels) > 3 else "")
            keys[key] = (column, f"{len(labels)} of them: {shown}")
    if columns.sdmx:
        said = ", ".join(f"{key} = {column}" for key, column in columns.guessed.items() if key != "form")
        keys["value"] = (columns.value, f"SDMX-CSV; {said}")
        if columns.indicator:
            keys["indicator"] = (columns.indicator, "names what is counted")
        else:
            del keys["value"]
    elif columns.wide:
        keys["wide"] = (columns.wide, f"columns {columns.wide_columns[0]} to {columns.wide_columns[-1]}")
    elif columns.indicator:
        keys["indicator"] = (columns.indicator, "names what is counted")
        keys["value"] = (columns.value, "holds the numbers")
    else:
        keys["values"] = (list(columns.values), "the columns of numbers")
    for value in columns.values:
        for end, word in FLAG_ENDS.items():
            if value + end in table.columns:
                keys["flag"] = ({"column": value + end, word: True}, f"says which cells of {value} are {word}")
    return keys
