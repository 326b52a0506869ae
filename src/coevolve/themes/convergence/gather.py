"""From the evidence that is named to the measures of each pair, and what was not observed and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...evidence.accounts import Accounts
from ...evidence.fit import Fit
from ...evidence.network import Network
from ...evidence.panel import Panel
from .aspects import Piece, Prices, account_measures, pieces_of, regions_of
from .aspects_counted import (
    Counts,
    counts_of_classes,
    counts_of_regions,
    counts_of_units,
    make_measure,
    technology_measures,
    unit_measure,
)
from .industries import members
from .measures import Measure

Array = NDArray[np.float64]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Asked:
    """The evidence of one ask, found and checked. `industries` maps a name to its codes, `poles` to its pole in the
    fit `dynamics`; `of` is the indicator of `panel` that counts classes by region."""

    industries: Mapping[str, tuple[str, ...]]
    pairs: tuple[Pair, ...]
    regions: tuple[str, ...] = ()
    breaks: tuple[float, ...] = ()
    accounts: tuple[Accounts, ...] = ()
    technology: Network | None = None
    enterprise: Network | None = None
    panel: Panel | None = None
    of: str = ""
    regulation: str = ""
    prices: str = ""
    dynamics: Fit | None = None
    poles: Mapping[str, str] = field(default_factory=dict)
    modules: Fit | None = None
    high_technology: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gathered:
    """What is known of a pair in a region: measures, draws of b, facts, outputs by year; `missing` aspect -> why."""

    region: str
    pair: Pair
    measures: tuple[Measure, ...]
    effects: Mapping[str, Array]
    facts: Mapping[str, float]
    output_years: Array
    output: Array  # (side, year)
    missing: Mapping[str, str]


def gather(asked: Asked) -> list[Gathered]:
    """Everything known, region by region and pair by pair. Counts have no region: they stand in every region."""
    regions = asked.regions or regions_of(asked.accounts) or ("",)
    technology, enterprise = _technology(asked), _enterprise(asked)
    found = []
    for region in regions:
        pieces = pieces_of(asked.accounts, region, asked.industries, asked.breaks)
        prices = _prices(asked, region)
        money = account_measures(pieces, tuple(asked.industries), asked.pairs, prices)
        for pair in asked.pairs:
            measures = list(money[pair]) if pieces else []
            measures += _counted(technology, enterprise, asked, pair)
            measures += _system(asked, region, pair)
            usable = tuple(one for one in measures if np.isfinite(one.index).any())
            years, output = _outputs(asked, pieces, pair)
            effects = _effects(asked, region, pair)
            facts = _facts(asked, pair)
            missing = _missing(asked, region, usable, effects, facts, pair)
            found.append(Gathered(region, pair, usable, effects, facts, years, output, missing))
    return found


def _technology(asked: Asked) -> Counts | None:
    if asked.technology is not None:
        reads = counts_of_units if asked.technology.is_two_mode else counts_of_classes
        return reads(asked.technology, asked.industries)
    if asked.panel is not None and asked.of:
        return counts_of_regions(asked.panel, asked.of, asked.industries)
    return None


def _enterprise(asked: Asked) -> Counts | None:
    if asked.enterprise is None or not asked.enterprise.is_two_mode:
        return None
    return counts_of_units(asked.enterprise, asked.industries)


def _counted(technology: Counts | None, enterprise: Counts | None, asked: Asked, pair: Pair) -> list[Measure]:
    found = [] if technology is None else technology_measures(technology, pair)
    found = [one for one in found if technology is None or _both_there(technology, pair)]
    if enterprise is not None:
        found.append(unit_measure(enterprise, pair))
    elif asked.enterprise is not None:
        found.append(make_measure(asked.enterprise, asked.industries, pair))
    return found


def _both_there(counts: Counts, pair: Pair) -> bool:
    return all(counts.sizes[:, counts.names.index(name)].sum() > 0 for name in pair)


def _of_panel(panel: Panel, indicator: str, region: str, industry: str) -> dict[float, float]:
    """One indicator by year: of the region if the panel has it, else the mean of its regions."""
    one = panel.indicator(indicator)
    place = one.industries.index(industry) if industry in one.industries else 0
    values = one.values[:, place, :]
    row = values[panel.regions.index(region)] if region in panel.regions else _mean(values)
    return {float(label): float(value) for label, value in zip(panel.periods.labels, row, strict=True)}


def _mean(values: Array) -> Array:
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, known.sum(axis=0), out=np.full(len(total), np.nan), where=known.any(axis=0)))


def _prices(asked: Asked, region: str) -> Prices:
    if asked.panel is None or not asked.prices:
        return {}
    there = asked.panel.indicator(asked.prices).industries
    return {name: _of_panel(asked.panel, asked.prices, region, name) for name in asked.industries if name in there}


def _system(asked: Asked, region: str, pair: Pair) -> list[Measure]:
    if asked.panel is None or not asked.regulation:
        return []
    sides = [_of_panel(asked.panel, asked.regulation, region, name) for name in pair]
    years = np.array(sorted(sides[0]))
    values = np.mean([[side[year] for year in years] for side in sides], axis=0)
    blank = np.full(len(years), np.nan)
    return [Measure("system", years, values, blank, blank, blank, blank, np.zeros(len(years), np.int64))]


def _outputs(asked: Asked, pieces: Sequence[Piece], pair: Pair) -> tuple[Array, Array]:
    """Gross output of both industries by year, from the accounts; empty without accounts."""
    if not pieces:
        return np.zeros(0), np.zeros((2, 0))
    place = [tuple(asked.industries).index(name) for name in pair]
    years = np.concatenate([one.years for one in pieces])
    output = np.concatenate([one.output[:, place] for one in pieces]).T
    order = np.argsort(years, kind="stable")
    return years[order], output[:, order]


def _effects(asked: Asked, region: str, pair: Pair) -> dict[str, Array]:
    """Draws of b between the pair from a symbiosis fit: of this region; of the regions' mean where none is named."""
    fit = asked.dynamics
    if fit is None:
        return {}
    poles = fit.labels.get("pole", ())
    named = [asked.poles.get(name, name) for name in pair]
    if any(name not in poles for name in named):
        return {}
    a, b = (poles.index(name) for name in named)
    regions = fit.labels.get("region", ())
    if region in regions:
        draws = fit["symbiosis"][:, regions.index(region)]
    elif region:  # what holds on average elsewhere says nothing of this region
        return {}
    elif "group_symbiosis" in fit.arrays:
        draws = fit["group_symbiosis"]
    else:
        draws = fit["symbiosis"].mean(axis=1)
    known = np.isfinite(draws[:, a, b]) & np.isfinite(draws[:, b, a])
    return {"b_ab": draws[known, a, b], "b_ba": draws[known, b, a]} if known.any() else {}


def _facts(asked: Asked, pair: Pair) -> dict[str, float]:
    found: dict[str, float] = {}
    if asked.high_technology:
        found["high_a"] = float(pair[0] in asked.high_technology and pair[1] not in asked.high_technology)
        found["high_b"] = float(pair[1] in asked.high_technology and pair[0] not in asked.high_technology)
    if asked.modules is not None:
        groups = members(asked.industries, asked.modules.labels.get("link", ()))
        last = asked.modules["module"][-1]
        if all(groups[name] for name in pair):
            sides = [{int(one) for one in last[list(groups[name])] if np.isfinite(one)} for name in pair]
            found["shared_module"] = float(bool(sides[0] & sides[1]))
    return found


WORDS = {
    "technology": "no common patents were given (option technology, or of for a panel of classes)",
    "market": "no accounts were given, so customers are not known",
    "product": "no accounts were given, so inputs are not known",
    "business": "no accounts were given, so what each buys from the other is not known",
    "enterprise": "neither units active in both nor a make table was given (option enterprise)",
    "system": "no index of common rules was given (option regulation)",
    "dynamics": "no estimate of effects on each other was given (option dynamics: an ask of symbiosis)",
    "modules": "no modules of links were given (option modules: an ask of that name)",
    "high-technology side": "which side is high technology was not said (option high_technology)",
}


def _why_no_effects(asked: Asked, region: str, pair: Pair) -> str:
    if asked.dynamics is None:
        return WORDS["dynamics"]
    poles = asked.dynamics.labels.get("pole", ())
    named = [name for name in pair if asked.poles.get(name, name) not in poles]
    if named:
        return f"effects were estimated for {' and '.join(poles)} only, not for {' and '.join(named)} (option poles)"
    return f"effects on each other were not estimated for region '{region}'"


def _missing(
    asked: Asked,
    region: str,
    measures: Sequence[Measure],
    effects: Mapping[str, Array],
    facts: Mapping[str, float],
    pair: Pair,
) -> dict[str, str]:
    seen = {one.kind.aspect for one in measures}
    given = {
        "technology": asked.technology is not None or bool(asked.of),
        "enterprise": asked.enterprise is not None,
        "market": bool(asked.accounts),
        "product": bool(asked.accounts),
        "business": bool(asked.accounts),
    }
    found = {}
    for aspect in ("technology", "product", "market", "business", "enterprise", "system"):
        if aspect not in seen:
            found[aspect] = (
                f"what was given holds no number of {pair[0]} with {pair[1]}" if given.get(aspect) else WORDS[aspect]
            )
    if not effects:
        found["dynamics"] = _why_no_effects(asked, region, pair)
    if "shared_module" not in facts:
        found["modules"] = WORDS["modules"]
    if "high_a" not in facts:
        found["high-technology side"] = WORDS["high-technology side"]
    return found
