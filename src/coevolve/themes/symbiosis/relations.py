"""How poles act on each other: the relation of every pair, with its effects and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...engine.infer import quantiles_of
from ...evidence.fit import Fit
from ...inquiry.finding import Note, Table
from ...inquiry.wording import counted, listed
from .equations import UNDETERMINED, claimed, relation_masses
from .model import SLOW
from .sample import Sample

Array = NDArray[np.float64]

PRIOR_SD = {"rate": 1.0, "capacity": 1.0, "b": 1.0}  # on the log scale for rate and capacity
NARROWER = 0.8  # an interval of one region this many times that of all together, or less, is explained in a note
MANY_POLES = 4  # of one region, from which the screen is certain of wrong signs too often
LEARNED = 0.5  # contraction: a picture shows only effects that the data narrowed at least so much


@dataclass(frozen=True)
class Relation:
    """One pair in one region ("" = all regions together): effects with 90 % ends, the relation and its probability.

    `slow` are those of the two poles that adjust too slowly for effects on them to be seen, where this is why.
    """

    region: str
    pole: str
    other: str
    from_other: tuple[float, float, float]  # median, lo, hi
    on_other: tuple[float, float, float]
    relation: str
    likeliest: str
    probability: float
    why: str  # why it is undetermined, when another reason than the draws
    slow: tuple[str, ...] = ()


def relations(fit: Fit, sample: Sample) -> list[Relation]:
    """Every pair, all regions together first, then region by region where b may differ."""
    span = float(sample.times[-1] - sample.times[0])
    slow = slow_poles(fit, span)
    doubt = "the quick approximation cannot tell so many poles of one region apart" if is_crowded(fit) else ""
    doubts = [doubt if settled else "the fit did not settle" for settled in fit["is_trusted"] > 0]
    found: list[Relation] = []
    common = np.zeros(len(fit.labels["pole"]), bool)
    if "group_symbiosis" in fit.arrays:
        there = np.isfinite(fit["rate"]).all(axis=0)
        common = (slow & there).sum(axis=0) > 0.5 * there.sum(axis=0)
        found += _pairs("", fit["group_symbiosis"], fit.labels["pole"], common, "" if "" in doubts else doubts[0])
    if "group_symbiosis" not in fit.arrays or fit.options.get("pooling") != "complete":
        for r, region in enumerate(fit.labels["region"]):
            found += _pairs(region, fit["symbiosis"][:, r], fit.labels["pole"], slow[r], doubts[r], common)
    return found


def is_crowded(fit: Fit) -> bool:
    """Whether regions were each screened alone with so many poles that signs which look certain are not to be read."""
    is_screened_alone = "r_hat" not in fit.arrays and "group_symbiosis" not in fit.arrays
    return is_screened_alone and len(fit.labels["pole"]) >= MANY_POLES


def slow_poles(fit: Fit, span: float) -> NDArray[np.bool_]:
    """Which poles adjust too slowly for effects on them to be seen, (region, pole): median |rate| x span below one."""
    rate = np.where(np.isfinite(fit["rate"]), np.abs(fit["rate"]), np.inf)
    return np.asarray(np.median(rate, axis=0) * span < SLOW)


def _pairs(
    region: str,
    draws: Array,
    poles: tuple[str, ...],
    slow: NDArray[np.bool_],
    doubt: str,
    common: NDArray[np.bool_] | None = None,
) -> Iterator[Relation]:
    """Every pair that is there; `common` are poles too slow in most regions, whose effects this one shares."""
    for i in range(len(poles)):
        for j in range(i + 1, len(poles)):
            if not np.isfinite(draws[:, [i, j], [j, i]]).all():
                continue  # no fit, or a pole that this region does not have
            masses = relation_masses(draws[:, i, j], draws[:, j, i])
            name, likeliest, mass = claimed(masses)
            late = () if doubt else tuple(poles[k] for k in (i, j) if slow[k])
            why = too_slowly(late) if late else doubt
            if not why and common is not None and common[[i, j]].any():
                late = tuple(poles[k] for k in (i, j) if common[k])
                why = f"its effects are mostly those of regions where {too_slowly(late)}"
            from_other, on_other = ends_of(draws[:, i, j]), ends_of(draws[:, j, i])
            yield Relation(
                region,
                poles[i],
                poles[j],
                from_other,
                on_other,
                UNDETERMINED if why else name,
                likeliest,
                mass,
                why,
                late,
            )


def too_slowly(poles: tuple[str, ...]) -> str:
    """That one or two poles adjust too slowly, as the end of a sentence."""
    return f"{listed(poles)} adjust{'s' if len(poles) == 1 else ''} too slowly for this many years"


def ends_of(draws: Array) -> tuple[float, float, float]:
    """Median and the two ends of the 90 % interval."""
    median, lo, hi = quantiles_of(draws)
    return float(median), float(lo), float(hi)


def together_notes(found: list[Relation]) -> Iterator[Note]:
    """Why all regions together may know less of a pair than one region alone, where this is so."""
    whole = {(one.pole, one.other): one for one in found if not one.region}
    clearer: dict[tuple[str, str], list[str]] = {}
    for one in found:
        both = whole.get((one.pole, one.other))
        if (
            one.region
            and both is not None
            and (_narrower(one.from_other, both.from_other) or _narrower(one.on_other, both.on_other))
        ):
            clearer.setdefault((one.pole, one.other), []).append(one.region)
    if clearer:
        (pole, other), regions = max(clearer.items(), key=lambda pair: len(pair[1]))
        others = f" (and so for {counted(len(regions) - 1, 'other region')})" if len(regions) > 1 else ""
        yield Note(
            f"Do not wonder that all regions together know less of {pole} and {other} than {regions[0]} alone{others}: "
            "together stands for the middle of regions that may differ, and where they do, or are few, that middle is "
            "less sure than one region whose own years tell much."
        )


def _narrower(one: tuple[float, float, float], whole: tuple[float, float, float]) -> bool:
    return one[2] - one[1] < NARROWER * (whole[2] - whole[1])


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
        "How the poles of each pair act on each other. One row a pair (empty region: all regions together): effects b "
        "(below 0 helps, above 0 holds back) with 90 % intervals, the likeliest relation and its probability. It is "
        "claimed from .95 on where nothing else speaks against it; effects smaller than .1 either way count as none. "
        "`reason`: why it is not claimed.",
    )


def _reason(one: Relation) -> str:
    if one.relation != UNDETERMINED:
        return ""
    return one.why or "its probability is below .95"


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
        "What each pole gets from each other. One row an ordered pair: help = \u2212b that `pole` gets from `other`, "
        "90 % intervals; below 0 it is held back. `is_claimed`: the relation of the pair is claimed. `contraction`: "
        "how much the data taught, 0 nothing, 1 everything; `help_known`: the help, where that is at least "
        f"{LEARNED:g}.",
    )


def contraction(draws: Array, parameter: str, is_log: bool) -> float:
    """How much the data taught about a parameter: 0 nothing beyond what was assumed before, 1 everything.

    Rates and capacities are compared on the log scale; NaN for a rate whose sign is open.
    """
    if is_log and not ((draws > 0).all() or (draws < 0).all()):
        return float("nan")
    spread = float(np.var(np.log(np.abs(draws)) if is_log else draws))
    return max(0.0, 1.0 - spread / PRIOR_SD[parameter] ** 2)


def mass_words(probability: float) -> str:
    """A probability for a sentence.

    >>> mass_words(0.998), mass_words(0.871)
    ('above 0.99', '0.87')
    """
    return "above 0.99" if probability > 0.99 else f"{probability:.2f}"
