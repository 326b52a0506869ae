"""Forecasts of the symbiosis equations on real establishment panels: one fit an origin, held-out years beside it.

Used by symbiosis_real.py. Two panels: establishments by sector in the whole United States, 1978 to 2012 (Business
Dynamics Statistics, one region), and by sector and state, 2001 to 2017 (County Business Patterns, 45 regions). Sectors
are grouped by two and by three in the order of their codes: no group was chosen by its result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from coevolve.engine.baselines import drift, naive
from coevolve.evidence.panel import Panel
from coevolve.inquiry.key import Key
from coevolve.themes.symbiosis import model

Array = NDArray[np.float64]

OF = "establishments"
AHEAD = 5
LEVELS = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
KEY = Key.of(7, "symbiosis on real panels")
FIRST_ORIGIN = {"sectors": 1992, "states": 2008}


def sectors(data: Path) -> Panel:
    """Establishments by US sector, 1978 to 2012: one region."""
    file = data / "us_bds_1978_2019" / "bds_sector_total_1978_2012.csv.gz"
    rows = duckdb.sql(f"select '', left(sector, 2), year, estabs from read_csv('{file}', all_varchar=true)").fetchall()
    return _panel([(region, sector, int(year), float(count)) for region, sector, year, count in rows])


def states(data: Path) -> Panel:
    """Establishments by US state and sector, 2001 to 2017: 44 states and the District of Columbia."""
    file = data / "us_cbp_state_industry" / "cbp_state_naics2_2001_2017.parquet"
    query = f"select state, naics, year, establishments from '{file}' where naics not in ('95', '99')"
    return _panel(duckdb.sql(query).fetchall())


def _panel(rows: list[tuple[str, str, int, float]]) -> Panel:
    regions, industries, years = (sorted({row[k] for row in rows}) for k in range(3))
    values = np.full((len(regions), len(industries), len(years)), np.nan)
    for region, industry, year, count in rows:
        values[regions.index(region), industries.index(industry), years.index(year)] = count
    return Panel.of({OF: values}, regions=regions, industries=industries, periods=years)


def groups(panel: Panel, size: int) -> list[tuple[str, ...]]:
    """The sectors in the order of their codes, `size` at a time; what is left over stays out."""
    names = panel.industries
    return [names[k : k + size] for k in range(0, len(names) - size + 1, size)]


def origins(panel: Panel, first: int) -> list[int]:
    """The years at which forecasts are made: from `first` on, each with at least one later year."""
    return [int(label) for label in panel.periods.labels[:-1] if int(label) >= first]


@dataclass(frozen=True)
class Case:
    """One fit: a panel, the poles taken together, and the last year that the fit may see."""

    panel: Panel
    poles: tuple[str, ...]
    origin: int
    inference: str
    draws: int = 1000


@dataclass(frozen=True)
class Outcome:
    """What a case foretold: `quantiles` (region, pole, step, level), `actual`, `naive`, `drift` (region, pole, step).

    `step_size` (region, pole): the mean absolute change of the log a year in the training part. NaN where unknown.
    """

    poles: tuple[str, ...]
    origin: int
    quantiles: Array
    actual: Array
    naive: Array
    drift: Array
    step_size: Array
    is_trusted: bool


def outcome(case: Case) -> Outcome:
    """Fits up to the origin and forecasts one to five years ahead."""
    series = case.panel.series(OF).pick(case.poles)
    seen = series.periods.index(case.origin) + 1
    train = series.before(seen)
    sample = model.sample_of(train)
    kept = [series.regions.index(name) for name in sample.regions]
    actual = series.values[kept][:, :, seen : seen + AHEAD]
    key = KEY.child(f"{'+'.join(case.poles)} {case.origin} {len(kept)}")
    fit = fitted(sample, case, key)
    targets = train.periods.ahead(series.periods.labels[seen : seen + actual.shape[2]])
    draws = model.forecast(fit, targets, key.child("forecast").numpy())
    flat = train.values[kept].reshape(-1, seen)
    steps = np.abs(np.diff(np.log(np.where(flat > 0, flat, np.nan)), axis=1))

    def baseline(rule: object) -> Array:
        return np.asarray(rule(flat, actual.shape[2])).reshape(actual.shape)  # type: ignore[operator]

    return Outcome(
        case.poles,
        case.origin,
        np.moveaxis(np.quantile(draws, LEVELS, axis=0), 0, -1).transpose(0, 2, 1, 3),
        np.where(actual > 0, actual, np.nan),
        baseline(naive),
        baseline(drift),
        np.nanmean(steps, axis=1).reshape(actual.shape[:2]),
        bool((fit["is_trusted"] > 0).all()),
    )


def fitted(sample: model.Sample, case: Case, key: Key) -> model.Fit:
    """The fit that the question `symbiosis` makes with its own defaults."""
    together = len(sample.regions) > 1
    has_years = together and len(sample.regions) >= model.YEAR_EFFECTS_FROM
    settings = model.Settings("state-space", "hierarchical" if together else "none", has_years, case.draws)
    parts = model.parts_of(sample, settings, key.child("fit"))
    return model.merge([model.fit_part(part) for part in parts], sample, case.poles, {}, "", settings)


def cases(panel: Panel, first: int, sizes: Sequence[int], inference: str) -> list[Case]:
    """Every group of poles at every origin."""
    return [
        Case(panel, poles, origin, inference)
        for size in sizes
        for poles in groups(panel, size)
        for origin in origins(panel, first)
    ]
