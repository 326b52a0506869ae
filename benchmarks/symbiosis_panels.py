"""Forecasts of the symbiosis equations on real establishment panels: one fit an origin, held-out years beside it.

Used by symbiosis_real.py. Two panels: establishments by sector in the whole United States, 1978 to 2012 (Business
Dynamics Statistics, one region), and by sector and state, 2001 to 2017 (County Business Patterns, 45 regions). Sectors
are grouped by two and by three in the order of their codes: no group was chosen by its result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray
from symbiosis_particles import particle_arrays

from coevolve.engine.baselines import drift, naive
from coevolve.evidence.fit import Fit
from coevolve.evidence.panel import Panel
from coevolve.inquiry.key import Key
from coevolve.themes.symbiosis import course, model
from coevolve.themes.symbiosis.sample import Sample, sample_of

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

    `independent`: the quantiles had shocks been taken as independent from year to year. NaN where unknown.
    """

    poles: tuple[str, ...]
    origin: int
    quantiles: Array
    independent: Array
    actual: Array
    naive: Array
    drift: Array
    is_trusted: bool


def outcome(case: Case) -> Outcome:
    """Fits up to the origin and forecasts one to five years ahead."""
    series = case.panel.series(OF).pick(case.poles)
    seen = series.periods.index(case.origin) + 1
    train = series.before(seen)
    sample = sample_of(train)
    kept = [series.regions.index(name) for name in sample.regions]
    actual = series.values[kept][:, :, seen : seen + AHEAD]
    key = KEY.child(f"{'+'.join(case.poles)} {case.origin} {len(kept)}")
    fit = fitted(sample, case, key)
    return compared(
        case, fit, train.values[kept], actual, train.periods.ahead(series.periods.labels[seen:][:AHEAD]), key
    )


def compared(case: Case, fit: Fit, past: Array, actual: Array, targets: Array, key: Key) -> Outcome:
    """The forecasts of a fit beside what came, (region, pole, step), and beside naive and drift on its `past`."""
    flat = past.reshape(-1, past.shape[2])

    def baseline(rule: object) -> Array:
        return np.asarray(rule(flat, actual.shape[2])).reshape(actual.shape)  # type: ignore[operator]

    return Outcome(
        case.poles,
        case.origin,
        foretold(fit, targets, key),
        foretold(forgetful(fit), targets, key),
        np.where(actual > 0, actual, np.nan),
        baseline(naive),
        baseline(drift),
        bool((fit["is_trusted"] > 0).all()),
    )


def foretold(fit: Fit, targets: Array, key: Key) -> Array:
    """Quantiles of the forecast, (region, pole, step, level)."""
    draws = course.forecast(fit, targets, key.child("forecast").numpy())
    return np.moveaxis(np.quantile(draws, LEVELS, axis=0), 0, -1).transpose(0, 2, 1, 3)


def forgetful(fit: Fit) -> Fit:
    """The fit without the past levels, from which a forecast knows how long shocks last."""
    unknown = np.full_like(fit["log_scale"], np.nan)
    return replace(fit, arrays={**fit.arrays, "log_scale": unknown})


def fitted(sample: Sample, case: Case, key: Key) -> Fit:
    """The fit that the question `symbiosis` makes, state-space noise, partly pooled over regions with year effects."""
    together = len(sample.regions) > 1
    has_years = together and len(sample.regions) >= model.YEAR_EFFECTS_FROM
    settings = model.Settings("state-space", "hierarchical" if together else "none", has_years, case.draws)
    settings = replace(settings, inference=case.inference)
    by_particles = case.inference == "particles"
    if by_particles:
        settings = replace(settings, inference="laplace")
    parts = model.parts_of(sample, settings, key.child("fit"))
    fit_part = particle_arrays if by_particles else model.fit_part
    return model.merge([fit_part(part) for part in parts], sample, case.poles, {}, "")


def cases(panel: Panel, first: int, sizes: Sequence[int], inference: str) -> list[Case]:
    """Every group of poles at every origin."""
    return [
        Case(panel, poles, origin, inference)
        for size in sizes
        for poles in groups(panel, size)
        for origin in origins(panel, first)
    ]
