"""The tables of `symbiosis`: coefficients, relations, equilibria, diagnostics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...engine.infer import quantiles_of
from ...evidence.fit import Fit
from ...evidence.series import Series
from ...inquiry.finding import Table
from .equations import (
    MOST_POLES,
    UNDETERMINED,
    claimed,
    equilibrium,
    is_bounded,
    is_feasible,
    is_stable,
    relation_masses,
    supports,
)
from .future import one_unit
from .model import Sample, Settings, slow_poles

Array = NDArray[np.float64]

PRIOR_SD = {"rate": 1.0, "capacity": 1.0, "b": 1.0}  # on the log scale for rate and capacity
FEW = 100  # draws used for stability where 2^n combinations are many
APART = 4.0  # times its lower end beyond which the upper end of a capacity says that it is not known
MOST_SHOWN = 40  # regions in a picture
LEARNED = 0.5  # contraction: a picture shows only effects that the data narrowed at least so much
LISTED = 0.05  # an equilibrium that exists with less probability is left out


@dataclass(frozen=True)
class Relation:
    """One pair in one region ("" = all regions together): effects with 90 % ends, the relation and its probability."""

    region: str
    pole: str
    other: str
    from_other: tuple[float, float, float]  # median, lo, hi
    on_other: tuple[float, float, float]
    relation: str
    likeliest: str
    probability: float
    why: str  # why it is undetermined, when another reason than the draws


def relations(fit: Fit, sample: Sample) -> list[Relation]:
    """Every pair, all regions together first, then region by region where b may differ."""
    span = float(sample.times[-1] - sample.times[0])
    slow = slow_poles(fit, span)
    trusted = fit["is_trusted"] > 0
    found: list[Relation] = []
    if "group_symbiosis" in fit.arrays:
        common = slow.mean(axis=0) > 0.5
        found += _pairs("", fit["group_symbiosis"], fit.labels["pole"], common, bool(trusted.all()))
    if "group_symbiosis" not in fit.arrays or fit.options.get("pooling") != "complete":
        for r, region in enumerate(fit.labels["region"]):
            draws = fit["symbiosis"][:, r]
            if np.isfinite(draws).all():
                found += _pairs(region, draws, fit.labels["pole"], slow[r], bool(trusted[r]))
    return found


def _pairs(
    region: str, draws: Array, poles: tuple[str, ...], slow: NDArray[np.bool_], trusted: bool
) -> Iterator[Relation]:
    for i in range(len(poles)):
        for j in range(i + 1, len(poles)):
            masses = relation_masses(draws[:, i, j], draws[:, j, i])
            name, likeliest, mass = claimed(masses)
            why = "" if trusted else "the fit did not settle"
            late = [poles[k] for k in (i, j) if slow[k]]
            if late and not why:
                why = f"{' and '.join(late)} adjust{'s' if len(late) == 1 else ''} too slowly for this many years"
            from_other, on_other = _ends(draws[:, i, j]), _ends(draws[:, j, i])
            yield Relation(
                region, poles[i], poles[j], from_other, on_other, UNDETERMINED if why else name, likeliest, mass, why
            )


def _ends(draws: Array) -> tuple[float, float, float]:
    median, lo, hi = quantiles_of(draws)
    return float(median), float(lo), float(hi)


def relations_table(found: list[Relation]) -> Table:
    """One row a pair and region; an empty region means all regions together."""
    rows = [
        (
            *(one.region, one.pole, one.other, *one.from_other, *one.on_other),
            *(one.relation, one.probability, one.likeliest, _reason(one)),
        )
        for one in found
    ]
    columns = (
        "region",
        "pole",
        "other",
        "effect_from_other",
        "effect_from_other_lo",
        "effect_from_other_hi",
        "effect_on_other",
        "effect_on_other_lo",
        "effect_on_other_hi",
        "relation",
        "probability",
        "likeliest",
        "reason",
    )
    return Table.of_rows(
        "relations",
        columns,
        rows,
        {},
        "One row a pair (empty region: all regions together). Effects are b: below 0 helps, above 0 "
        "hurts; 90 % intervals. Effects smaller than .1 either way count as none, so a sure but small effect can make "
        "a pair commensalism or independence. `probability` is that of the likeliest relation, claimed from .95 where "
        "nothing else speaks against it; `reason`: why it is not claimed.",
    )


def _reason(one: Relation) -> str:
    if one.relation != UNDETERMINED:
        return ""
    return one.why or "its probability is below .95"


def coefficients_table(series: Series, fit: Fit) -> Table:
    """Rates, capacities and b with 90 % intervals and how far the data narrowed them."""
    poles, rows = fit.labels["pole"], []
    if "group_symbiosis" in fit.arrays:
        rows += [_row("", "rate", pole, "", fit["group_rate"][:, k], True) for k, pole in enumerate(poles)]
        rows += list(_effects("", fit["group_symbiosis"], poles))
    own_b = "group_symbiosis" not in fit.arrays or fit.options.get("pooling") != "complete"
    for r, region in enumerate(fit.labels["region"]):
        if not np.isfinite(fit["rate"][:, r]).all():
            continue
        for name in ("rate", "capacity"):
            rows += [_row(region, name, pole, "", fit[name][:, r, k], True) for k, pole in enumerate(poles)]
        if own_b:
            rows += list(_effects(region, fit["symbiosis"][:, r], poles))
    columns = ("region", "parameter", "pole", "other", "median", "lo", "hi", "contraction")
    unit = one_unit(series) or "the unit of the series"
    return Table.of_rows(
        "coefficients",
        columns,
        rows,
        {"rate": f"1/{series.periods.word}"},
        f"One row a region and parameter, 90 % intervals; rate per {series.periods.word}, capacity in "
        f"{unit}, b the effect of `other` on `pole` (below 0 helps). Empty region: all together. "
        "`contraction`: how much the data taught, 0 nothing beyond what was assumed before (the prior), 1 everything.",
    )


def _effects(region: str, draws: Array, poles: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    for i, pole in enumerate(poles):
        for j, other in enumerate(poles):
            if i != j:
                yield _row(region, "b", pole, other, draws[:, i, j], False)


def _row(region: str, parameter: str, pole: str, other: str, draws: Array, is_log: bool) -> tuple[object, ...]:
    median, lo, hi = quantiles_of(draws)
    learned = contraction(draws, parameter, is_log)
    return (region, parameter, pole, other, float(median), float(lo), float(hi), learned)


def contraction(draws: Array, parameter: str, is_log: bool) -> float:
    """How much the data taught about a parameter: 0 nothing beyond what was assumed before, 1 everything."""
    spread = float(np.var(np.log(draws) if is_log else draws))
    return max(0.0, 1.0 - spread / PRIOR_SD[parameter] ** 2)


def equilibria_table(series: Series, fit: Fit) -> Table:
    """Where the poles would come to rest, with the probability that this rest is reached and kept."""
    rows: list[tuple[object, ...]] = []
    poles = fit.labels["pole"]
    if len(poles) <= MOST_POLES:
        step = 1 if len(poles) <= 4 else max(1, len(fit["rate"]) // FEW)
        for r, region in enumerate(fit.labels["region"]):
            if np.isfinite(fit["rate"][:, r]).all():
                rows += list(
                    _rests(
                        region,
                        poles,
                        fit["symbiosis"][::step, r],
                        fit["rate"][::step, r],
                        fit["capacity"][::step, r],
                        np.median(fit["capacity"][:, r], axis=0),
                    )
                )
    columns = (
        *("region", "id", "pole", "scale", "share_of_capacity", "feasible", "stable", "probability_stable"),
        *("scale_lo", "scale_hi", "share_of_capacity_lo", "share_of_capacity_hi"),
    )
    return Table.of_rows(
        "equilibria",
        columns,
        rows,
        {"scale": one_unit(series)},
        "One row an equilibrium (named by the poles present) and pole, at the median of b, R and N; "
        "90 % intervals over the draws in which it exists; `probability_stable` over all draws. Rests that exist with "
        "less than 5 % are left out.",
    )


def _rests(
    region: str, poles: tuple[str, ...], b: Array, rate: Array, capacities: Array, capacity: Array
) -> Iterator[tuple[object, ...]]:
    middle_b, middle_rate = np.median(b, axis=0), np.median(rate, axis=0)
    bounded = is_bounded(b) if len(poles) == 2 else np.ones(len(b), bool)
    for present in supports(len(poles)):
        shares = equilibrium(b, present)
        feasible = is_feasible(shares, present)
        stable = feasible & bounded & is_stable(b, rate, shares)
        rest = equilibrium(middle_b, present)
        is_there = bool(is_feasible(rest, present))
        if not is_there and feasible.mean() < LISTED:
            continue
        keeps = is_there and bool(is_stable(middle_b, middle_rate, rest))
        name = " + ".join(poles[k] for k in present) or "none"
        there = shares[feasible]
        ends = [
            _ends(values)[1:] if len(there) else (np.nan, np.nan)
            for k in range(len(poles))
            for values in (there[:, k] * capacities[feasible, k], there[:, k])
        ]
        for k, pole in enumerate(poles):
            yield (
                region,
                name,
                pole,
                float(rest[k] * capacity[k]),
                float(rest[k]),
                is_there,
                keeps,
                float(stable.mean()),
                *ends[2 * k],
                *ends[2 * k + 1],
            )


def shares_table(sample: Sample, fit: Fit) -> Table:
    """Last scale over capacity when alone, x/N, with 90 % intervals, and whether the data tell that capacity."""
    known = capacity_known(sample, fit)
    rows = []
    for k, pole in enumerate(fit.labels["pole"]):
        for r, region in enumerate(fit.labels["region"]):
            draws = np.exp(fit["log_last"][:, r, k]) / fit["capacity"][:, r, k]
            if np.isfinite(draws).all():
                rows.append((region, pole, *_ends(draws), bool(known[r, k])))
    return Table.of_rows(
        "capacity_shares",
        ("region", "pole", "share", "share_lo", "share_hi", "is_known"),
        rows,
        {},
        "One row a region and pole: last scale over capacity when alone (N), 90 % intervals. `is_known`: the fit "
        f"settled, the pole does not adjust too slowly, and the upper end of N is at most {APART:g} times the lower.",
    )


def capacity_known(sample: Sample, fit: Fit) -> NDArray[np.bool_]:
    """Where the data tell a capacity (region, pole): the fit settled, the pole does not adjust too slowly to show where
    it would come to rest, and the 90 % interval is not too wide."""
    capacity = fit["capacity"]
    drawn = np.isfinite(capacity).all(axis=0)
    _, low, high = quantiles_of(np.where(drawn, capacity, 1.0))
    slow = slow_poles(fit, float(sample.times[-1] - sample.times[0]))
    return np.asarray(drawn & (fit["is_trusted"] > 0)[:, None] & ~slow & (high <= APART * low))


def shares_shown(fit: Fit, shares: Table) -> Table:
    """The shares that a picture shows: those known, of the regions with the largest poles, these first."""
    last = np.median(fit["log_last"], axis=0)
    size = np.where(np.isfinite(last), np.exp(np.where(np.isfinite(last), last, 0.0)), 0.0).max(axis=1)
    order = {region: k for k, region in enumerate(np.array(fit.labels["region"])[np.argsort(-size, kind="stable")])}
    known = [row for row in shares.rows() if row["is_known"]]
    shown = sorted({str(row["region"]) for row in known}, key=order.__getitem__)[:MOST_SHOWN]
    rows = [
        tuple(row[column] for column in ("region", "pole", "share", "share_lo", "share_hi"))
        for row in sorted(known, key=lambda row: order[str(row["region"])])
        if row["region"] in shown
    ]
    return Table.of_rows(
        "shares_shown",
        ("region", "pole", "share", "share_lo", "share_hi"),
        rows,
        {},
        f"One row a region and pole of `capacity_shares` that is known, at most {MOST_SHOWN} regions, the one with the "
        "largest pole first.",
    )


def effects_table(fit: Fit, found: list[Relation]) -> Table:
    """How strongly each pole helps (above 0) or hurts (below 0) each other: -b, all regions together or one region."""
    first = found[0].region if found else ""
    poles = fit.labels["pole"]
    regions = fit.labels["region"]
    together = not first and "group_symbiosis" in fit.arrays
    draws = fit["group_symbiosis"] if together else fit["symbiosis"][:, regions.index(first) if found else 0]
    rows: list[tuple[object, ...]] = []
    for one in found:
        if one.region != first:
            continue
        for pole, other, b in ((one.pole, one.other, one.from_other), (one.other, one.pole, one.on_other)):
            learned = contraction(draws[:, poles.index(pole), poles.index(other)], "b", False)
            drawn = -b[0] if learned >= LEARNED else float("nan")
            rows.append((pole, other, -b[0], -b[2], -b[1], one.relation != UNDETERMINED, learned, drawn))
    return Table.of_rows(
        "effects",
        ("pole", "other", "help", "help_lo", "help_hi", "is_claimed", "contraction", "help_known"),
        rows,
        {},
        "One row an ordered pair: help = \u2212b that `pole` gets from `other`, 90 % intervals; below 0: held back. "
        "`is_claimed`: the relation of the pair is claimed. `contraction`: how much the data taught, 0 nothing, 1 "
        f"everything; `help_known`: the help, where that is at least {LEARNED:g}.",
    )


def diagnostics_table(sample: Sample, settings: Settings, fit: Fit) -> Table:
    """How the fit went and how noisy the data are, with a verdict each."""
    trusted, agreeing = fit["is_trusted"], fit["starts_agreeing"]
    regions = len(sample.regions)
    rows: list[tuple[str, float, str]] = [
        ("regions", float(regions), "fitted together" if "group_symbiosis" in fit.arrays else "each alone"),
        ("periods", float(len(sample.times)), "observed at most"),
        ("regions settled", float((trusted > 0).sum()), "all" if (trusted > 0).all() else "look at the notes"),
        ("starts that agree, of 3", float(np.nanmin(agreeing)), "good" if np.nanmin(agreeing) >= 2 else "doubtful"),
        (
            "effective points of the noise scales",
            float(np.nanmin(fit["effective_points"])),
            "how many settings of the noise the fit averages",
        ),
        ("widening by regions that disagree", float(np.nanmax(fit["widened"])), "1: none"),
    ]
    for k, pole in enumerate(fit.labels["pole"]):
        for name, word in (("measurement", "counting"), ("process", "growth")):
            if (name, settings.noise) not in (("measurement", "one-step"), ("process", "measurement")):
                rows.append(
                    (f"noise of {word}, {pole}", float(np.nanmedian(fit[name][:, :, k])), "sd of logs a period")
                )
        if settings.has_years:
            rows.append((f"common year effect, {pole}", float(np.nanmedian(fit["year"][:, k])), "sd of logs"))
    if "spread_b" in fit.arrays and settings.pooling == "hierarchical":
        rows.append(("spread of b over regions", float(np.median(fit["spread_b"])), "sd"))
    return Table.of_rows("diagnostics", ("what", "value", "verdict"), rows, {}, "One row a diagnostic.")
