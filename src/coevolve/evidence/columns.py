"""What the columns of a table mean, from their names and cells: always shown, always overridable by the study."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..errors import DataError, Fault, nearest
from .dates import from_dates
from .numbers import Style, parse
from .periods import canonical, kind_of
from .specification import EvidenceSpec
from .table import Table

REGION = (
    "region",
    "state",
    "province",
    "prefecture",
    "county",
    "district",
    "country",
    "nuts",
    "nuts2",
    "nuts3",
    "nuts1",
    "nuts_id",
    "geo",
    "ref_area",
    "area",
    "territory",
    "metro",
    "msa",
    "cbsa",
    "city",
    "economy",
    "st",
    "land",
    "state_fips",
    "fips",
    # German, French, Spanish, Italian
    "bundesland",
    "kreis",
    "landkreis",
    "gebiet",
    "région",
    "département",
    "departement",
    "región",
    "provincia",
    "comunidad",
    "regione",
    "comune",
)
INDUSTRY = (
    "industry",
    "sector",
    "pole",
    "naics",
    "nace",
    "nace_r2",
    "isic",
    "sic",
    "activity",
    "branch",
    "supersector",
    "product",
    "commodity",
    "technology",
    "field",
    "naics2",
    "naics3",
    "ind",
    # German, French, Spanish, Italian
    "branche",
    "wirtschaftszweig",
    "sektor",
    "industrie",
    "secteur",
    "activité",
    "rama",
    "industria",
    "actividad",
    "settore",
    "attività",
)
PERIOD = (
    "year",
    "period",
    "time",
    "time_period",
    "date",
    "quarter",
    "month",
    "yr",
    "jahr",
    "annee",
    "année",
    "año",
    "anno",
)
INDICATOR = ("indicator", "variable", "measure", "series", "indic", "na_item")
VALUE = ("value", "obs_value", "amount", "val")
SOURCE, TARGET = ("source", "from", "origin", "project"), ("target", "to", "destination", "organisation")
WEIGHT = ("weight", "strength", "value", "amount", "flow")
FROM, TO = (
    ("from", "from_ind", "from_sector", "from_industry", "supplier"),
    ("to", "to_ind", "to_sector", "to_industry", "user"),
)
FLOW = ("flow", "flows", "domestic", "value", "amount")
SDMX = (
    "dataflow",
    "structure",
    "structure_id",
    "action",
    "freq",
    "unit_measure",
    "unit_mult",
    "obs_status",
    "obs_flag",
    "conf_status",
    "decimals",
    "structure_name",
    "last update",
    "adjustment",
    "obs_value",
    "time_period",
)
PERIOD_FORM = re.compile(r"(1[5-9]|20|21)\d\d(-Q[1-4]|-\d\d)?")
CODE_WORDS = {"fips", "code", "id", "nr", "no", "key", "index_", "rank"}
FLAG_ENDS = {"_suppressed": "suppressed", "_missing": "missing", "_not_applicable": "not_applicable"}


@dataclass(frozen=True)
class Columns:
    """Which column of a table is what; `guessed` holds those that the study left out."""

    region: str | None = None
    industry: str | None = None
    period: str | None = None
    values: tuple[str, ...] = ()
    indicator: str | None = None
    value: str | None = None
    wide: str | None = None
    wide_columns: tuple[str, ...] = ()
    sdmx: bool = False
    guessed: Mapping[str, str] = field(default_factory=dict)


def require(table: Table, wanted: Iterable[tuple[str, str | None]]) -> None:
    """Refuses every named column that the table lacks, with the nearest one: (key of the study, column)."""
    faults = [
        Fault(f"there is no column '{column}' (key '{key}').", table.name, do=nearest(column, table.columns))
        for key, column in wanted
        if column is not None and column not in table.columns
    ]
    if faults:
        raise DataError(faults)


def kind_of_table(table: Table) -> str:
    """panel, network or accounts, from the names of the columns."""
    if pick(table, FROM) and pick(table, TO) and pick(table, FLOW):
        return "accounts"
    names = {one.casefold() for one in table.columns}
    return "network" if names & set(SOURCE) and names & set(TARGET) else "panel"


def pick(table: Table, names: Sequence[str], taken: Iterable[str | None] = ()) -> str | None:
    """The first column that bears one of these names, in their order; else one that contains it as a word."""
    gone = set(taken)
    folded = {column.casefold(): column for column in table.columns if column not in gone}
    for name in names:
        if name in folded:
            return folded[name]
    for name in names:
        for low, column in folded.items():
            if (
                len(name) > 3
                and name in re.split(r"[^a-z0-9]+", low)
                and not CODE_WORDS & set(re.split(r"[^a-z0-9]+", low))
            ):
                return column
    return None


def is_sdmx(table: Table) -> bool:
    """Whether the table is SDMX-CSV: TIME_PERIOD and OBS_VALUE beside DATAFLOW, STRUCTURE or FREQ."""
    names = {one.casefold() for one in table.columns}
    return {"time_period", "obs_value"} <= names and bool(names & {"dataflow", "structure", "freq"})


def panel_columns(table: Table, spec: EvidenceSpec, name: str) -> Columns:
    """The columns of a panel: what the study says, the rest guessed from names and cells.

    An axis that the study leaves out is looked for only when no column was named at all, or when the axes it names
    do not tell the rows apart; else the indicators have no such axis.
    """
    said_period = spec.year or spec.period
    named = (
        ("region", spec.region),
        ("industry", spec.industry),
        ("year", said_period),
        ("indicator", spec.indicator),
        ("value", spec.value),
        *(("values", one) for one in spec.values if not (spec.indicator or spec.wide or is_sdmx(table))),
        *(("columns", one) for one in spec.columns),
        *(("groups", one) for one in spec.groups),
        *(("flag", one.column) for one in spec.flag),
    )
    require(table, named)
    if is_sdmx(table) and not spec.indicator and not spec.wide and not set(spec.values) & set(table.columns):
        return _sdmx_columns(table, spec)
    years = _period_headers(table)
    guessed: dict[str, str] = {}
    wide = spec.wide
    if wide is None and len(years) >= 2 and not spec.values and not spec.value and not said_period:
        wide = "year"
        guessed["wide"] = f"year ({years[0]} to {years[-1]})"
    taken = [
        spec.region,
        spec.industry,
        said_period,
        spec.indicator,
        spec.value,
        *spec.values,
        *spec.columns,
        *spec.groups,
    ]
    region, industry, period = _axes(table, spec, said_period, wide, taken, guessed)
    taken += [region, industry, period]
    indicator, value = spec.indicator, spec.value
    if not spec.values and not wide and indicator is None:
        indicator, value = _long(table, taken, guessed)
    columns = spec.columns
    if wide and not columns:
        columns = tuple(years) if wide == "year" else _numeric(table, [*taken, *spec.groups])
        guessed.setdefault("columns", f"{columns[0]} to {columns[-1]}" if columns else "none")
    values = spec.values
    if not values and not wide and not value:
        values = _numeric(table, [*taken, *(one.column for one in spec.flag)])
        guessed["values"] = ", ".join(values)
    if (not wide and not value and not values) or (wide and not columns):
        raise DataError(
            "no column holds numbers.", table.name, ", ".join(table.columns[:12]), 'Name them: values = ["..."].'
        )
    return Columns(region, industry, period, values, indicator, value, wide, columns, False, guessed)


def _axes(
    table: Table,
    spec: EvidenceSpec,
    said_period: str | None,
    wide: str | None,
    taken: list[str | None],
    guessed: dict[str, str],
) -> tuple[str | None, str | None, str | None]:
    found = {"region": spec.region, "industry": spec.industry, "year": said_period}
    none_said = not any(found.values()) and not spec.values
    looked = [("year", PERIOD), ("region", REGION), ("industry", INDUSTRY)]
    for key, names in looked:
        if found[key] or (wide == "year" and key == "year") or (wide == "industry" and key == "industry"):
            continue
        if not none_said and tells_apart(table, [*found.values(), spec.indicator]):
            continue
        column = _telling(table, names, [*taken, *found.values()], [*found.values(), spec.indicator])
        if key == "industry" and column and tells_apart(table, [*found.values(), spec.indicator]):
            column = column if _varies_within(table, column, found["region"]) else None
        if column is None and key == "year":
            column = _by_cells(table, [*taken, *found.values()])
        if column:
            found[key] = column
            guessed[key] = column
    return found["region"], found["industry"], found["year"]


def _by_cells(table: Table, taken: Iterable[str | None]) -> str | None:
    """The one column whose cells are all years, quarters, months or dates, whatever its name."""
    gone = set(taken)
    fitting = []
    for column in table.columns:
        labels = () if column in gone else table.labels(column)[1]
        if 0 < len(labels) <= 2000 and all(map(PERIOD_FORM.fullmatch, from_dates([_dashed(one) for one in labels]))):
            fitting.append(column)
    return fitting[0] if len(fitting) == 1 else None


def _telling(table: Table, names: Sequence[str], taken: list[str | None], others: list[str | None]) -> str | None:
    """The first column of these names that, with the others, tells the rows apart; else the first of them."""
    candidates: list[str] = []
    while (column := pick(table, names, [*taken, *candidates])) and len(candidates) < 6:
        candidates.append(column)
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    return next((one for one in candidates if tells_apart(table, [*others, one])), candidates[0])


def tells_apart(table: Table, columns: Sequence[str | None]) -> bool:
    """Whether these columns together give every row its own key (Parquet and text alike)."""
    import pandas as pd

    key = np.zeros(len(table), np.int64)
    for column in columns:
        if column:
            codes, labels = table.labels(column)
            key = pd.factorize(key * len(labels) + codes)[0].astype(np.int64)
    return int(key.max(initial=0)) + 1 == len(table)


def _varies_within(table: Table, column: str, region: str | None) -> bool:
    """Whether a region has several labels of this column (an industry), not one that goes with it (its name)."""
    if region is None:
        return True
    outer, regions = table.labels(region)
    inner, labels = table.labels(column)
    return len(np.unique(outer * len(labels) + inner)) > len(regions)


def _long(table: Table, taken: Iterable[str | None], guessed: dict[str, str]) -> tuple[str | None, str | None]:
    indicator = pick(table, INDICATOR, taken)
    value = pick(table, VALUE, taken)
    if indicator and value and not looks_numeric(table, indicator):
        guessed["indicator"], guessed["value"] = indicator, value
        return indicator, value
    return None, None


def _sdmx_columns(table: Table, spec: EvidenceSpec) -> Columns:
    folded = {column.casefold(): column for column in table.columns}
    period, value = spec.year or spec.period or folded["time_period"], folded["obs_value"]
    plain = [column for column in table.columns if column.casefold() not in SDMX]
    inner = Table(table.name, tuple(plain), table.rows, table.take)
    region = spec.region or pick(inner, ("ref_area", "geo", *REGION))
    industry = spec.industry or pick(inner, ("nace_r2", "activity", *INDUSTRY), [region])
    indicator = spec.indicator or pick(inner, (*INDICATOR, "indic_sb", "indic_is"), [region, industry])
    used = {region, industry, indicator, *spec.groups}
    freely = [*plain, *(folded[one] for one in ("freq", "unit_measure", "adjustment") if one in folded)]
    faults = []
    for column in freely:
        if column not in used and len(labels := table.labels(column)[1]) > 1 and column not in (value, period):
            choice = f"{column} = '{labels[0]}'"
            do = f'Choose one: where = "{choice}", or set indicator = "{column}" and value = "{value}".'
            what = f"'{column}' has several values, so a row has no one meaning."
            faults.append(Fault(what, table.name, ", ".join(labels[:4]), do))
    if faults:
        raise DataError(faults)
    guessed = {"form": "SDMX-CSV", "value": value}
    if not (spec.year or spec.period):
        guessed["year"] = period
    for key, found in (("region", region), ("industry", industry), ("indicator", indicator)):
        if found and not getattr(spec, key):
            guessed[key] = found
    return Columns(region, industry, period, spec.values, indicator, value, sdmx=True, guessed=guessed)


def _dashed(label: str) -> str:
    """A period in one spelling; bare digits stay, since six of them are a code of a place or industry more often."""
    return label if label.strip().isdecimal() else canonical(label)


def _period_headers(table: Table) -> list[str]:
    found = []
    for column in table.columns:
        text = _dashed(column.removeprefix("X").removeprefix("y") if re.fullmatch(r"[Xy]\d{4}", column) else column)
        if PERIOD_FORM.fullmatch(text):
            found.append(column)
    try:
        kind_of({canonical(one.lstrip("Xy")) for one in found})
    except DataError:
        return []
    return found


def looks_numeric(table: Table, column: str) -> bool:
    """Whether most of the first cells are numbers or known marks, with a number among them."""
    kind = table.types.get(column, "text")
    if kind != "text":
        return kind == "number"
    cells = table.take(column)
    sample = np.array([one for one in cells[:2000] if one is not None and one.strip()][:300], object)
    if not len(sample):
        return False
    for decimal in (".", ","):
        parsed = parse(sample, Style(decimal))
        if len(parsed.wrong) <= 0.2 * len(sample) and bool((parsed.status == 0).any()):
            return True
    return False


def _numeric(table: Table, taken: Iterable[str | None]) -> tuple[str, ...]:
    """The columns of numbers that are no codes and no flags.

    Where some columns have the type of numbers (Parquet, frames), text columns are labels, unless nothing else is left.
    """
    gone = {*taken, *(one for one in table.columns if one.casefold() in (*REGION, *INDUSTRY, *PERIOD))}
    free = [
        column
        for column in table.columns
        if column
        and column not in gone
        and not CODE_WORDS & set(re.split(r"[^a-z0-9]+", column.casefold()))
        and not column.endswith(tuple(FLAG_ENDS))
    ]
    typed = tuple(column for column in free if table.types.get(column) == "number")
    return typed or tuple(column for column in free if looks_numeric(table, column))
