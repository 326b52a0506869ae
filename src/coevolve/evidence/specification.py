"""The keys a study may give a piece of evidence: checked, frozen, and a misspelt one answered with its nearest name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ..errors import Fault, StudyError, nearest


def _tuple(value: Any) -> Any:
    """A single word where a list may stand is a list of one."""
    return (value,) if isinstance(value, str | bool | int) else tuple(value) if isinstance(value, list) else value


def _texts(value: Any) -> Any:
    """Like `_tuple`, and plain numbers (years as columns) become text."""
    value = _tuple(value)
    return tuple(str(one) if isinstance(one, int) else one for one in value) if isinstance(value, tuple) else value


Word = Annotated[str, BeforeValidator(lambda one: str(one) if isinstance(one, int) else one)]
Names = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Marks = Annotated[tuple[str | bool | int, ...], BeforeValidator(_tuple)]


class Part(BaseModel):
    """A frozen table of keys that refuses unknown ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, strict=False)


class Absent(Part):
    """Marks that stand in number columns for the three kinds of absence."""

    missing: Names = ()
    suppressed: Names = ()
    not_applicable: Names = ()


class Flag(Part):
    """A column beside the numbers that says which cells are suppressed, missing or not applicable.

    `of` names the indicators that it speaks of; left out, it is the one whose name the column begins with
    (employment_suppressed speaks of employment), else all.
    """

    column: str
    of: Names = ()
    missing: Marks = ()
    suppressed: Marks = ()
    not_applicable: Marks = ()


class Vectors(Part):
    """A file beside the flows with gross output, final demand and value added by sector, perhaps imports by user."""

    file: str
    sector: str | None = None
    gross_output: str | None = None
    final_demand: Names = ()
    value_added: Names = ()
    imports: str | None = None
    year: str | None = None
    region: str | None = None


class Prices(Part):
    """A deflator: a file with a price index by sector (and year); money is then in the prices of `base`."""

    file: str
    index: str | None = None
    sector: str | None = None
    year: str | None = None
    base: Word | None = None


class Half(Part):
    """A table beside others (use, make, imports): a file, or the rows of one that meet `where`."""

    file: str
    where: str | None = None


class Blank(Part):
    """Cells that are to be read as missing though a number stands there: a region, industry, periods, indicators."""

    region: Names = ()
    industry: Names = ()
    year: Names = ()
    indicator: Names = ()


class EvidenceSpec(Part):
    """What a study says about one piece of evidence; docs/evidence.md explains each key."""

    kind: Literal["panel", "accounts", "network"] | None = None
    file: str | None = None
    query: str | None = None
    sheet: str | int | None = None
    where: str | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    decimal: Literal[".", ","] | None = None

    region: str | None = None
    industry: str | None = None
    year: str | None = None
    period: str | None = None
    values: Names = ()
    indicator: str | None = None
    value: str | None = None
    wide: Literal["year", "industry"] | None = None
    columns: Names = ()
    units: dict[str, str] = Field(default_factory=dict)
    to: Literal["year"] | None = None
    how: Literal["sum", "mean", "last"] | None = None
    derive: dict[str, str] = Field(default_factory=dict)
    groups: Names = ()
    absent: Absent = Absent()
    flag: Annotated[
        tuple[Flag, ...], BeforeValidator(lambda one: (one,) if isinstance(one, Mapping | Flag) else one)
    ] = ()
    blank: Annotated[
        tuple[Blank, ...], BeforeValidator(lambda one: (one,) if isinstance(one, Mapping | Blank) else one)
    ] = ()
    missing: Literal["refuse", "interpolate", "drop", "zero", "keep"] = "refuse"
    duplicates: Literal["refuse", "sum"] = "refuse"

    from_: str | None = Field(default=None, alias="from")
    to_sector: str | None = None
    flow: str | None = None
    from_region: str | None = None
    to_region: str | None = None
    flows: Literal["domestic", "total"] | None = None
    vectors: str | Vectors | None = None
    imports: str | Half | None = None
    prices: str | Prices | None = None
    unit: str | None = None
    use: str | Half | None = None
    make: str | Half | None = None
    model: (
        Literal["fixed_product_sales", "fixed_industry_sales", "product_technology", "industry_technology"] | None
    ) = None

    source: str | None = None
    target: str | None = None
    weight: str | None = None
    directed: bool | None = None
    source_kind: str | None = None
    target_kind: str | None = None
    project: Literal["source", "target"] | None = None


ALL = ("kind", "file", "query", "sheet", "where", "labels", "decimal")
OF_KIND: Mapping[str, tuple[str, ...]] = {
    "panel": (
        "region",
        "industry",
        "year",
        "period",
        "values",
        "indicator",
        "value",
        "wide",
        "columns",
        "units",
        "to",
        "how",
        "derive",
        "groups",
        "absent",
        "flag",
        "blank",
        "missing",
        "duplicates",
    ),
    "accounts": (
        "from",
        "to",
        "flow",
        "year",
        "region",
        "from_region",
        "to_region",
        "flows",
        "vectors",
        "imports",
        "prices",
        "unit",
        "use",
        "make",
        "model",
        "absent",
    ),
    "network": ("source", "target", "weight", "year", "directed", "source_kind", "target_kind", "project", "absent"),
}


PARTS: Mapping[str, type[BaseModel]] = {
    "absent": Absent,
    "flag": Flag,
    "vectors": Vectors,
    "prices": Prices,
    "use": Half,
    "make": Half,
    "imports": Half,
    "blank": Blank,
}


def kind_of_keys(keys: Mapping[str, Any]) -> str | None:
    """The kind that these keys say, or none when they do not tell: the columns are then asked."""
    if keys.get("kind") is not None:
        return str(keys["kind"])
    said = {key for key in keys if key not in ALL}
    if said & {"from", "flow", "vectors", "imports", "use", "make"}:
        return "accounts"
    if said & {"source", "target", "weight", "project", "directed", "source_kind", "target_kind"}:
        return "network"
    return "panel" if said else None


def specification(keys: Mapping[str, Any], name: str) -> EvidenceSpec:
    """The keys as an `EvidenceSpec`. Raises StudyError with every fault: unknown, ill-typed, or of another kind.

    >>> specification({"file": "a.csv", "regoin": "state"}, "firms")
    Traceback (most recent call last):
    coevolve.errors.StudyError: evidence 'firms': a panel has no key 'regoin'. Did you mean 'region'?
    """
    where = f"evidence '{name}'"
    kind = kind_of_keys(keys)
    faults = list(_key_faults(keys, kind, where))
    known = {
        key: value for key, value in keys.items() if key in {one for few in OF_KIND.values() for one in few} | {*ALL}
    }
    if kind == "accounts" and "to" in known:
        known["to_sector"] = known.pop("to")
    spec = EvidenceSpec()
    try:
        spec = EvidenceSpec.model_validate(known)
    except ValidationError as error:
        faults.extend(_type_faults(error, where))
    if not faults:
        faults.extend(_sense_faults(spec, where))
    if faults:
        raise StudyError(faults)
    return spec


def said_keys(spec: EvidenceSpec) -> dict[str, Any]:
    """The keys that were given, under the names that a study uses."""
    keys = spec.model_dump(exclude_unset=True, by_alias=True)
    if "to_sector" in keys:
        keys["to"] = keys.pop("to_sector")
    return {key: value for key, value in keys.items() if value is not None}


def _key_faults(keys: Mapping[str, Any], kind: str | None, where: str) -> Iterator[Fault]:
    allowed = (*ALL, *OF_KIND.get(kind or "panel", ()))
    for key in keys:
        if key in allowed:
            continue
        owners = [one for one, few in OF_KIND.items() if key in few]
        if owners and kind in OF_KIND:
            yield Fault(
                f"'{key}' is a key of {' and '.join(owners)}, not of a {kind}.", where, do="Leave it out, or set kind."
            )
        else:
            of = "accounts have" if kind == "accounts" else f"a {kind if kind in OF_KIND else 'panel'} has"
            yield Fault(f"{of} no key '{key}'.", where, do=nearest(str(key), allowed))


def _type_faults(error: ValidationError, where: str) -> Iterator[Fault]:
    for one in error.errors():
        key = ".".join(str(part) for part in one["loc"] if part not in ("Vectors", "Prices", "Half", "str", "int"))
        if one["type"] == "extra_forbidden":
            inner = PARTS.get(str(one["loc"][0]), EvidenceSpec)
            yield Fault(f"there is no key '{key}'.", where, do=nearest(str(one["loc"][-1]), list(inner.model_fields)))
        else:
            yield Fault(f"'{key}' cannot be this.", where, str(one.get("input")), f"{one['msg'].rstrip('.')}.")


def _sense_faults(spec: EvidenceSpec, where: str) -> Iterator[Fault]:
    yield from _use_make_faults(spec, where)
    if spec.use is None and (spec.file is None) == (spec.query is None):
        got = "both" if spec.file else "neither"
        yield Fault(
            "evidence comes from a file or a query, one of them.",
            where,
            got,
            'Write file = "..." or query = "SELECT ...".',
        )
    if spec.year and spec.period:
        yield Fault("'year' and 'period' mean the same.", where, f"{spec.year}, {spec.period}", "Keep one.")
    if (spec.indicator is None) != (spec.value is None):
        lone = f"indicator = {spec.indicator}" if spec.indicator else f"value = {spec.value}"
        yield Fault(
            "'indicator' and 'value' come together.", where, lone, "Name the column of names and the column of numbers."
        )
    if spec.indicator and spec.wide:
        yield Fault("a table is long ('indicator') or wide ('wide'), not both.", where, do="Leave one out.")
    if spec.columns and not spec.wide:
        yield Fault(
            "'columns' needs 'wide'.", where, list(spec.columns)[:3], 'Write wide = "year" or wide = "industry".'
        )
    if spec.wide and len(spec.values) > 1:
        yield Fault("a wide table holds one indicator.", where, list(spec.values), "Name it by one entry in values.")


def _use_make_faults(spec: EvidenceSpec, where: str) -> Iterator[Fault]:
    if (spec.use is None) != (spec.make is None):
        got = "use" if spec.use else "make"
        yield Fault("'use' and 'make' come together.", where, got, 'Write use = "use.csv" and make = "make.csv".')
    if spec.model and spec.make is None:
        yield Fault("'model' needs 'use' and 'make'.", where, spec.model, "Leave it out: the flows are given.")
    if spec.use is None:
        return
    if spec.file or spec.query:
        got = "file" if spec.file else "query"
        yield Fault("use and make tables stand in place of a file or a query.", where, got, "Leave one out.")
    if isinstance(spec.imports, str):
        do = 'Write imports = { file = "..." }: products bought abroad by industry, laid out as the use table.'
        yield Fault("imports beside use and make tables stand in a file of their own.", where, spec.imports, do)
    for key in ("vectors", "from_region", "to_region"):
        if getattr(spec, key):
            do = "Leave it out: the use table gives final demand and value added."
            yield Fault(f"'{key}' does not go with use and make tables.", where, got=key, do=do)
