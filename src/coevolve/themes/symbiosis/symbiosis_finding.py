"""What `symbiosis` says: the claim, the pictures, what to do about each doubt, its sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from ...engine.infer import quantiles_of as ends_of
from ...evidence.fit import Fit
from ...evidence.series import Series
from ...inquiry.finding import Chart, Finding, Note, Source, Table
from ...inquiry.key import Key
from ...inquiry.wording import counted, listed
from . import model
from .equations import UNDETERMINED
from .future import baseline_table, fan, forecast_table, labels_ahead, quantiles_of, times_ahead
from .model import Sample, Settings
from .phase import portrait
from .symbiosis_tables import (
    LEARNED,
    Relation,
    capacity_known,
    coefficients_table,
    diagnostics_table,
    effects_table,
    equilibria_table,
    relations,
    relations_table,
    shares_shown,
    shares_table,
)

Array = NDArray[np.float64]

SOURCES = (
    Source("tong-wang", "Tong & Wang, Interactive evolution of innovation poles, section 2.2, (8) to (10)."),
    Source("lotka-1925", "Lotka (1925), Elements of Physical Biology, Williams & Wilkins."),
    Source(
        "volterra-1926",
        "Volterra (1926), Fluctuations in the abundance of a species considered mathematically, Nature 118, 558-560.",
        "https://doi.org/10.1038/118558a0",
    ),
    Source(
        "rue-2009",
        "Rue, Martino & Chopin (2009), Approximate Bayesian inference for latent Gaussian models by "
        "using integrated nested Laplace approximations, Journal of the Royal Statistical Society B 71, 319-392.",
        "https://doi.org/10.1111/j.1467-9868.2008.00700.x",
    ),
    Source(
        "liang-zeger-1986",
        "Liang & Zeger (1986), Longitudinal data analysis using generalized linear models, Biometrika 73, 13-22.",
        "https://doi.org/10.1093/biomet/73.1.13",
    ),
    Source(
        "piras-2007",
        "Piras, Donaghy & Arbia (2007), Nonlinear regional economic dynamics: continuous-time "
        "specification, estimation and stability analysis, Journal of Geographical Systems 9, 311-344.",
        "https://doi.org/10.1007/s10109-007-0049-x",
    ),
)
MOST_SAID = 3
MOST_FACTOR = 30.0  # by which intervals would have to shrink: beyond it no realistic panel decides
MOST_REGIONS = 20  # that can always be hoped for
MOST_TIMES = 1.5  # of the regions in the panel: more than these there can hardly be
HELPING = ("mutualism", "commensalism", "predation")  # relations in which one pole at least gains
WORDS = {
    "mutualism": "{a} and {b} help each other",
    "competition": "{a} and {b} hold each other back",
    "independence": "{a} and {b} neither help nor hold back each other noticeably",
}


def could_not(series: Series, trouble: str) -> Finding:
    """The Finding when no fit could be made at all."""
    poles = " and ".join(series.names)
    return Finding(
        f"Nothing can be said about how {poles} act on each other: the equations could not be fitted.",
        f"Symbiosis of {poles}",
        notes=(Note(f"Try fewer poles, other years or `growth`: the fit failed ({trouble}).", "caution"),),
        sources=SOURCES,
    )


def symbiosis_finding(
    series: Series, sample: Sample, settings: Settings, fit: Fit, until: object, trouble: Mapping[str, str], key: Key
) -> Finding:
    """The Finding of `symbiosis`."""
    labels = labels_ahead(series.periods, until)
    draws = model.forecast(fit, times_ahead(series.periods, labels), key.child("forecast").numpy())
    inside = series_of(series, sample)
    values = quantiles_of(draws).transpose(0, 2, 1, 3)
    found = relations(fit, sample)
    what = " and ".join(dict.fromkeys(series.indicators))
    fan_tables, fan_chart = fan(inside, labels, values, "symbiosis", what, by_region=True)
    shares = shares_table(sample, fit)
    shown = shares_shown(fit, shares)
    tables: list[Table] = [
        coefficients_table(inside, fit),
        relations_table(found),
        equilibria_table(inside, fit),
        forecast_table(inside, labels, values, poles=True),
        baseline_table(inside, labels),
        diagnostics_table(sample, settings, fit),
        effects_table(fit, found),
        shares,
        *([shown] if len(shown) else []),
        *fan_tables,
    ]
    charts = _charts(inside, found, fan_chart, shown)
    drawn = portrait(inside, fit)
    if drawn is not None:
        tables.append(drawn[0])
        charts = (drawn[1], *charts)
    notes = tuple(_notes(series, sample, settings, fit, found, trouble, model.runaways(fit, draws)))
    return Finding(
        claim(series, sample, fit, found),
        f"Symbiosis of {listed(series.names)}",
        tuple(tables),
        charts,
        notes,
        SOURCES,
        fit,
    )


def series_of(series: Series, sample: Sample) -> Series:
    """The poles in the regions that were fitted."""
    from dataclasses import replace

    rows = [series.regions.index(name) for name in sample.regions]
    return replace(series, regions=sample.regions, values=series.values[rows], status=series.status[rows])


def claim(series: Series, sample: Sample, fit: Fit, found: list[Relation]) -> str:
    """Who helps whom, or that this cannot be told, with the years and regions it rests on."""
    span = len(series.periods)
    basis = f"{span} {series.periods.word}s"
    if len(sample.regions) > 1:
        basis += f" of {len(sample.regions)} regions"
    if not found:
        return f"{basis} give no fit of {listed(series.names)} that could be read."
    first = found[0].region
    heads = [one for one in found if one.region == first]
    if first and len(sample.regions) > 1:
        return _claim_by_region(basis, series, found, len(sample.regions))
    decided = [one for one in heads if one.relation != UNDETERMINED]
    open_ = [one for one in heads if one.relation == UNDETERMINED]
    said = "; ".join(
        f"{_sentence(one)} ({one.relation}, probability {_mass(one.probability)})" for one in decided[:MOST_SAID]
    )
    if decided and not open_:
        return f"By {basis}, {said}."
    if decided:
        return f"By {basis}, {said}. The other {counted(len(open_), 'pair')} cannot be told."
    one = heads[0]
    if len(heads) == 1:
        if one.why:
            return f"{basis} cannot tell whether {one.pole} and {one.other} help or hold back each other: {one.why}."
        return (
            f"{basis} cannot tell how {one.pole} and {one.other} act on each other: the likeliest relation, "
            f"{one.likeliest}, has a probability of {_mass(one.probability)}, short of the .95 needed to claim it."
        )
    return _claim_of_none(basis, heads)


def _claim_of_none(basis: str, heads: list[Relation]) -> str:
    """Of several pairs none is claimed: the one that comes nearest, with its effects, and why the others do not."""
    judged = [one for one in heads if not one.why]
    others = list(dict.fromkeys(one.why for one in heads if one.why))
    if not judged:
        return f"{basis} cannot tell how any of {counted(len(heads), 'pair')} act on each other: {listed(others)}."
    why = f"Nothing is claimed of the other {counted(len(heads) - len(judged), 'pair')}: {listed(others)}."
    one = max(judged, key=lambda pair: pair.probability)
    on_pole, on_other = (_effect(found) for found in (one.from_other, one.on_other))
    said = (
        f"{basis} cannot tell for sure how any of {counted(len(heads), 'pair')} act on each other; nearest is "
        f"{one.likeliest} of {one.pole} and {one.other} (probability {_mass(one.probability)}; .95 is needed). Its "
        f"effects are {on_pole} on {one.pole} and {on_other} on {one.other}: the share of its capacity that a pole "
        "loses (above 0) or gains (below 0) where the other stands at capacity."
    )
    return f"{said} {why}" if others else said


def _effect(found: tuple[float, float, float]) -> str:
    median, low, high = found
    return f"{median:.2f} (90 %: {low:.2f} to {high:.2f})"


def _claim_by_region(basis: str, series: Series, found: list[Relation], regions: int) -> str:
    decided = [one for one in found if one.relation != UNDETERMINED]
    if not decided:
        return f"{basis}, each taken alone, cannot tell in any region how {listed(series.names)} act on each other."
    kinds = {kind: sum(one.relation == kind for one in decided) for kind in dict.fromkeys(o.relation for o in decided)}
    counted = ", ".join(f"{kind} {count}" for kind, count in kinds.items())
    return (
        f"Taken region by region, {len(decided)} of {len(found)} pairs can be told ({counted}), in "
        f"{len({one.region for one in decided})} of {regions} regions."
    )


def _sentence(one: Relation) -> str:
    if one.relation in WORDS:
        return WORDS[one.relation].format(a=one.pole, b=one.other)
    from_other, on_other = one.from_other[0], one.on_other[0]
    if one.relation == "predation":
        gains, loses = (one.pole, one.other) if from_other < on_other else (one.other, one.pole)
        return f"{gains} gains from {loses}, which loses by it"
    acts_on_first = abs(from_other) >= abs(on_other)
    actor, target = (one.other, one.pole) if acts_on_first else (one.pole, one.other)
    verb = "helps" if one.relation == "commensalism" else "holds back"
    return f"{actor} {verb} {target}, which has little effect in return"


def _charts(series: Series, found: list[Relation], fan_chart: Chart, shown: Table) -> tuple[Chart, ...]:
    place = "all regions together" if found and not found[0].region and len(series.regions) > 1 else ""
    place = place or (found[0].region if found else "")
    poles = listed(series.names)
    effects = Chart(
        "effects",
        "heat",
        "effects",
        {"row": "pole", "column": "other", "value": "help_known", "certain": "is_claimed"},
        "Who helps whom",
        f"help = \u2212b that the row gets from the column; below 0 it is held back; pale: not claimed; grey: the "
        f"data hardly told (contraction below {LEARNED:g}); {place or 'one region'}",
        f"Heat map of the help that each of {poles} gets from each other.",
        options={"diverging": True, "helps": "positive"},
    )
    if not len(shown):
        return effects, fan_chart
    regions = len(dict.fromkeys(shown["region"].tolist()))
    which = f"the {regions} largest regions where it is known; " if regions > 1 else ""
    shares = Chart(
        "capacity_shares",
        "bars",
        "shares_shown",
        {"label": "region", "value": "share", "lo": "share_lo", "hi": "share_hi", "facet": "pole"},
        "Scale over capacity when alone",
        f"in {series.periods.labels[-1]}; {which}thin lines: 90 %",
        f"Bars of the scale of {poles} over their capacity when alone, by region.",
        options={"zero": True, "rule": 1.0, "sort": "none"},
    )
    return effects, fan_chart, shares


def _notes(
    series: Series,
    sample: Sample,
    settings: Settings,
    fit: Fit,
    found: list[Relation],
    trouble: Mapping[str, str],
    runaway: float,
) -> Iterator[Note]:
    yield from _doubt_notes(series, sample, fit, found, trouble)
    yield from _decide_notes(series, sample, found)
    if sample.left_out:
        yield Note(
            f"Fill or lengthen {listed(sample.left_out[:5])}{' and others' if len(sample.left_out) > 5 else ''}: "
            f"{counted(len(sample.left_out), 'region')} with fewer than {model.NEEDS} positive values of a pole "
            "left out.",
            "caution",
        )
    if sample.zeros:
        yield Note(
            f"Check {counted(sample.zeros, 'zero or negative value')}: without a logarithm they were taken as not "
            "observed.",
            "caution",
        )
    yield from _capacity_notes(sample, fit, found)
    if runaway > 0.01:
        yield Note(
            f"Do not read the far end of the forecast: in {100 * runaway:.0f} % of draws mutual help runs away "
            "(a pole passes 100 times its capacity); the equations then no longer describe an economy.",
            "caution",
        )
    if settings.noise == "measurement":
        yield Note(
            'Prefer noise = "state-space": with measurement noise alone intervals are too narrow as soon as '
            "growth itself is noisy.",
            "caution",
        )
    if len(sample.regions) == 1 and settings.noise != "measurement":
        yield Note(
            "Add regions if you can: with one region a shock to all poles in a year cannot be told from symbiosis."
        )
    if settings.has_years:
        yield Note("Remember that a shock common to all regions in a year is set apart and not counted as symbiosis.")
    widened = float(np.nanmax(fit["widened"]))
    if widened > 1.5:
        yield Note(
            f"Ask what else differs between regions: they disagree more than the equations allow, and the "
            f"intervals of the shared b were widened up to {widened:.1f} times."
        )
    yield Note(
        "Do not rely on this forecast yet: it is not scored here. The question `contest` scores these equations on "
        "held-out years beside no change (naive) and the average past change (drift), which the picture shows in "
        "grey. A good forecast would still be no proof of the effects b."
    )


def _doubt_notes(
    series: Series, sample: Sample, fit: Fit, found: list[Relation], trouble: Mapping[str, str]
) -> Iterator[Note]:
    bad = int((fit["is_trusted"] <= 0).sum()) - len(trouble)
    if bad:
        yield Note(
            f'Try fewer poles, a longer panel or pooling = "complete": the fit of {counted(bad, "region")} did not '
            "settle. b and the forecast are reported but not trusted, and no relation is claimed.",
            "caution",
        )
    for region, words in list(trouble.items())[:5]:
        yield Note(f"Look at the data of {region}: it could not be fitted ({words}).", "caution")
    slow = sorted({one.why for one in found if "slowly" in one.why})
    for why in slow[:3]:
        who, _, how = why.partition(" adjust")
        they, them, their = ("they", "them", "their") if " and " in who else ("it", "it", "its")
        yield Note(
            f"Do not read effects on {who}, however large they look: {they} adjust{how}, so they cannot be told from "
            f"{their} own drift, and no relation is claimed for {them}. More {series.periods.word}s would help.",
            "caution",
        )


def _decide_notes(series: Series, sample: Sample, found: list[Relation]) -> Iterator[Note]:
    """What data would decide the first undetermined pair, by how standard errors usually fall."""
    first = found[0].region if found else ""
    for one in found:
        if one.region != first or one.relation != UNDETERMINED or one.why:
            continue
        pair = f"{one.pole} and {one.other}"
        if all(lo > 0 or hi < 0 for _, lo, hi in (one.from_other, one.on_other)):
            yield Note(
                f"Read the signs of the effects between {pair}: both 90 % intervals exclude 0. The relation is not "
                f"claimed, because its probability, {_mass(one.probability)}, is short of .95."
            )
            continue
        ways = _ways(series, sample, needed(one))
        if ways:
            yield Note(f"To decide {pair}, gather {', or '.join(ways)}; a rough guess from how errors fall.")
        else:
            yield Note(
                f"Do not wait for data to decide {pair}: an effect lies so near to the border of .1 that no "
                "realistic panel would."
            )


def _ways(series: Series, sample: Sample, factor: float) -> list[str]:
    """What would make the intervals `factor` times narrower; only what can be had. Nothing when nothing can."""
    if not np.isfinite(factor) or factor > MOST_FACTOR:
        return []
    word, ways = series.periods.word, []
    now = len(sample.regions)
    regions = int(np.ceil(now * factor**2))
    if regions <= max(MOST_REGIONS, MOST_TIMES * len(series.regions)):
        ways.append(f"about {regions} regions of {len(series.periods)} {word}s (now {now})")
    ways.append(f"about {int(np.ceil(len(series.periods) * factor ** (2 / 3)))} {word}s of these")
    ways.append(f"counts with {factor:.1f} times less noise")
    return ways


def needed(one: Relation) -> float:
    """By how much the 90 % intervals of both effects must shrink for the likeliest signs to be sure."""
    worst = 1.0
    for median, lo, hi in (one.from_other, one.on_other):
        distance = min(abs(median - 0.1), abs(median + 0.1))
        half = 1.2 * 0.5 * (hi - lo)
        worst = max(worst, half / distance if distance > 1e-6 else np.inf)
    return float(worst)


def _capacity_notes(sample: Sample, fit: Fit, found: list[Relation]) -> Iterator[Note]:
    """Poles whose capacity has no sure upper end or is not known, and how to read a scale above capacity."""
    known = capacity_known(sample, fit)
    claimed = any(one.relation in HELPING for one in found)
    left = int((~known).sum())
    if left:
        yield Note(
            f"Leave aside {left} of {known.size} scales over capacity (one a region and pole): the fit did not settle, "
            "the pole adjusts too slowly, or its capacity is not known to within four times. The picture does not show "
            "them."
        )
    share = np.median(np.exp(fit["log_last"]) / fit["capacity"], axis=0)
    if (known & (np.where(np.isfinite(share), share, 0.0) > 1.0)).any():
        why = (
            "as a pole that is held up by the others or is shrinking"
            if claimed
            else "with care: such a pole is held up by the others or is shrinking, but no such help is claimed here"
        )
        yield Note(f"Read a scale above capacity (beyond 1) {why}. Capacity is what a pole could keep alone.")
    ratio = fit["capacity"] / np.exp(fit["log_last"])
    _, _, high = ends_of(np.where(np.isfinite(ratio), ratio, 0.0))
    for k, pole in enumerate(fit.labels["pole"]):
        open_ = int((high[:, k] > 4.0).sum())
        if open_:
            yield Note(
                f"Read the capacity of {pole} in {counted(open_, 'region')} as a lower bound: it shows no clear "
                "bend, and four times the present scale and more is possible."
            )


def _mass(probability: float) -> str:
    return "above 0.99" if probability > 0.99 else f"{probability:.2f}"
