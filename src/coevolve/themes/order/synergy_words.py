"""What `synergy` found, in words and pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...inquiry.finding import Chart, Finding, Note, Source, Table
from ...inquiry.wording import counted, listed
from .entropy_tables import time_word
from .synergy_tables import Outcome, adjusted
from .wording import named, signed

SURE = 0.05
FEW = 10
SOURCES = (
    Source(
        "wang2019",
        "Wang, P. Research on the Formation Mechanism of Innovation Clusters Based on "
        "Self-Organization Theory. Dalian University.",
    ),
    Source(
        "meng1999",
        "Meng, Q. and Han, W. (1999). Study on the evaluation model of the coordination degree of composite systems. "
        "Journal of Tianjin University 33(4).",
    ),
)
THREE_WAY = Source(
    "leydesdorff2014",
    "Leydesdorff, L., Park, H. W. and Lengyel, B. (2014). A routine for measuring synergy in university-industry-"
    "government relations: mutual information as a Triple-Helix and Quadruple-Helix indicator. "
    "Scientometrics 99, 27-35.",
)


def finding(outcome: Outcome, tables: tuple[Table, ...], draws: int, combine: str) -> Finding:
    """The whole Finding."""
    return Finding(
        claim=claim(outcome),
        title=f"Synergy of {listed(outcome.rows.subsystems)}",
        tables=tables,
        charts=tuple(charts(outcome)),
        notes=tuple(notes(outcome, draws, combine)),
        sources=(*SOURCES, THREE_WAY) if outcome.three_way else SOURCES,
    )


def claim(outcome: Outcome) -> str:
    """Which subsystems gained order, what the composite says, and whether regions gain in them together."""
    parts = [_gains(outcome), _composite(outcome), _pairs(outcome), _three_way(outcome)]
    return " ".join(part for part in parts if part)


def _gains(outcome: Outcome) -> str:
    rows, pooled = outcome.rows, outcome.paths.pooled
    base, last = outcome.base, len(rows.periods) - 1
    low, high = outcome.range(lambda one: one.pooled[:, [last]] - one.pooled[:, [base]])
    moved: dict[str, list[str]] = {}
    for k, name in enumerate(rows.subsystems):
        ends, change = (float(low[k, 0]), float(high[k, 0])), float(pooled[k, last] - pooled[k, base])
        verb = "did not clearly change in" if ends[0] <= 0 <= ends[1] else ("rose in" if change > 0 else "fell in")
        kind = "" if moved else "95 % range "
        moved.setdefault(verb, []).append(
            f"{name} ({signed(change, 2)}, {kind}{signed(ends[0], 2)} to {signed(ends[1], 2)})"
        )
    labels = rows.periods.labels
    return (
        f"Between {labels[base]} and {labels[last]} the mean order degree (0 worst, 1 best) of "
        f"{counted(len(rows.regions), 'region')} "
        f"{listed([f'{verb} {listed(names)}' for verb, names in moved.items()])}."
    )


def _composite(outcome: Outcome) -> str:
    rows, last = outcome.rows, len(outcome.rows.periods) - 1
    value = outcome.paths.pooled_fixed[last]
    if not np.isfinite(value):
        return ""
    low, high = (bound[last] for bound in outcome.range(lambda one: one.pooled_fixed))
    interval = (
        f"Meng and Han's composite, above 0 only if all gain, is {signed(value, 3)} in {rows.periods.labels[last]} (95 "
        f"% range {signed(low, 3)} to {signed(high, 3)})."
    )
    if low > 0:
        return f"All gained together: {interval}"
    return f"They did not all gain: {interval}" if high < 0 else f"Whether all gained is open: {interval}"


def _pairs(outcome: Outcome) -> str:
    names, unit = outcome.rows.subsystems, outcome.rows.periods.word
    tested = [one for one in outcome.pairs if np.isfinite(one[2])]
    allowed = [one for one in adjusted(outcome.pairs) if np.isfinite(one)]
    said = [
        f"{names[one]} and {names[other]} ({signed(value, 2)}, 95 % range {signed(low, 2)} to {signed(high, 2)})"
        for one, other, value, low, high, *_ in tested
    ]
    tied = [words for words, chance in zip(said, allowed, strict=True) if chance <= SURE]
    if tied:
        return (
            f"Beyond the movement common to all, {unit}-to-{unit} increments of regions are tied for "
            f"{listed(tied)}, and "
            "no other pair."
        )
    weak = [k for k, one in enumerate(tested) if one[6] <= SURE]
    if not weak:
        return (
            "Beyond the movement common to all, regions that gain in one subsystem do not measurably gain in another: "
            "no pair of increments is tied more than chance would tie it."
        )
    shown = [
        f"{said[k]} show a weak {'opposite' if tested[k][2] < 0 else 'common'} movement (adjusted p = {allowed[k]:.2f})"
        for k in weak
    ]
    return (
        f"Beyond the movement common to all, only {listed(shown)}; it cannot be told from chance after the "
        f"allowance for {counted(len(tested), 'test')}."
    )


def _three_way(outcome: Outcome) -> str:
    if not outcome.three_way:
        return ""
    last = outcome.three_way[-1]
    value, low, high, chance = (float(str(last[key])) for key in ("t_rku", "lo", "hi", "p"))
    kind = "synergy" if value < 0 else "redundancy"
    verdict = f"({kind})" if chance <= SURE else "(no more than independent units would give)"
    return (
        f"Three-way information of the joint counts is {signed(value)} nat {verdict}, {signed(low)} to {signed(high)}."
    )


def notes(outcome: Outcome, draws: int, combine: str) -> Iterator[Note]:
    """What to keep in mind, the gravest first."""
    rows = outcome.rows
    if outcome.lost or outcome.skipped:
        parts = [f"{counted(len(outcome.lost), 'region')} ({named(outcome.lost)})"] if outcome.lost else []
        parts += (
            [f"{counted(len(outcome.skipped), rows.periods.word)} ({named(outcome.skipped)})"]
            if outcome.skipped
            else []
        )
        share = len(outcome.lost) / (len(outcome.lost) + len(rows.regions))
        one = len(outcome.lost) + len(outcome.skipped) == 1
        yield Note(
            f"Find the missing numbers to use {listed(parts)}: {'it lacks' if one else 'they lack'} an indicator and "
            f"{'is' if one else 'are'} left out throughout.",
            "caution" if share > 0.1 else "information",
        )
    yield from _about_composite(outcome)
    yield Note(
        "Do not read moving together as acting on one another: all may follow a growth common to the country. The "
        f"comparison of pairs takes the mean of each {rows.periods.word} away and is judged by shuffled regions."
    )
    outermost = _lone(outcome)
    if outermost:
        yield Note(f"Look at the distribution of {listed(outermost)}: its best regions lie far above all others.")
    if not outcome.three_way:
        yield Note(
            "Do not speak of three-way synergy here: it cannot be read off indicators over regions, only off counts of "
            "the same units by region, industry and a third class (option joint)."
        )
    else:
        yield Note("For three attributes T_RKU and the O-information are one number: below 0 is synergy.")
    yield Note(
        f"Read the ranges as robustness: {draws} resamples of whole regions, each with its own goalposts where these "
        f"are not given; indicators make a subsystem by their {'mean' if combine == 'mean' else 'geometric mean'}."
    )
    if (1 + draws) * SURE < len(outcome.pairs):
        yield Note(
            f"Raise draws: with {draws} the least p is {1 / (1 + draws):.2g}, above what {len(outcome.pairs)} pairs "
            "need to be called tied.",
            "caution",
        )
    if len(rows.regions) < FEW:
        yield Note(f"Add regions: {len(rows.regions)} are few to redraw and to shuffle.", "caution")


def _about_composite(outcome: Outcome) -> Iterator[Note]:
    labels = outcome.rows.periods.labels
    fixed, adjacent = outcome.paths.pooled_fixed, outcome.paths.pooled_adjacent
    both_known = np.isfinite(fixed) & np.isfinite(adjacent)
    differ = int((np.sign(fixed) != np.sign(adjacent))[both_known].sum())
    turns = int((np.diff(np.sign(fixed[np.isfinite(fixed)])) != 0).sum())
    still = np.abs(outcome.paths.pooled - outcome.paths.pooled[:, [outcome.base]]).min(axis=0)
    still[outcome.base] = np.inf
    calm = int(still.argmin())
    subsystem = outcome.rows.subsystems[
        int(np.abs(outcome.paths.pooled[:, calm] - outcome.paths.pooled[:, outcome.base]).argmin())
    ]
    word = outcome.rows.periods.word
    jumps = f", and jumps where one turns (its sign changes {counted(turns, 'time')})" if turns else ""
    other = (
        f" Measured against the {word} before it has another sign in {differ} of "
        f"{counted(int(both_known.sum()), word)}."
        if differ
        else ""
    )
    yield Note(
        "Read the sign of Meng and Han's composite before its size: one subsystem falling is enough to make it "
        f"negative, and it is pulled to 0 when one stands still (most in {labels[calm]}: {subsystem} is "
        f"{still[calm]:.3f} from its start){jumps}.{other} The smooth measure beside it does "
        "not jump but knows no direction."
    )


def _lone(outcome: Outcome) -> list[str]:
    rows = outcome.rows
    flat = rows.values.reshape(-1, rows.values.shape[-1])
    high, middle, upper = flat.max(axis=0), np.median(flat, axis=0), np.quantile(flat, 0.9, axis=0)
    wide = (high - middle) > 10 * np.maximum(upper - middle, 1e-300)
    return [f"'{rows.indicators[j]}'" for j in np.flatnonzero(wide)]


def charts(outcome: Outcome) -> Iterator[Chart]:
    """The pictures: order degrees, composites, pairs."""
    rows = outcome.rows
    time = time_word(rows.periods)
    order = ["", *(rows.regions[k] for k in np.argsort(-outcome.paths.degree[:, :, -1].mean(axis=1), kind="stable"))]
    chosen = f"first choice: the mean of all; then regions by their mean order degree in {rows.periods.labels[-1]}"
    yield Chart(
        "order_degrees",
        "lines",
        "order",
        {"x": time, "y": "order_degree", "lo": "lo", "hi": "hi", "series": "subsystem", "facet": "region"},
        "Order degree of the subsystems",
        f"0 worst, 1 best goalposts, 95 % ranges; {chosen}",
        "Lines of the subsystems' order degrees with their ranges.",
        options={"order": order},
    )
    yield Chart(
        "composite",
        "lines",
        "synergy",
        {"x": time, "y": "composite", "lo": "lo", "hi": "hi", "facet": "region"},
        f"Composite since {rows.periods.labels[outcome.base]}: above 0 all gained",
        f"Meng and Han, 95 % ranges; {chosen}",
        "Line of Meng and Han's composite with its range.",
        options={"order": order},
    )
    yield Chart(
        "pairs",
        "bars",
        "pairs",
        {"label": "pair", "value": "correlation", "lo": "lo", "hi": "hi", "mark": "null_95"},
        "Do regions gain in both in the same year?",
        "correlation of increments beyond the common movement, 95 % ranges; tick: the size "
        "that 5 in 100 shuffles reach",
        "Bars of the correlations of increments between subsystems, with ranges and what chance would reach.",
        options={"sort": "none"},
    )
