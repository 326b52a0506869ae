"""What `coordination` found, in words: the claim, the notes and the sources."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...evidence.panel import Status
from ...inquiry.finding import Finding, Note, Source, Table
from ...inquiry.wording import counted, digits, listed
from .coordination_charts import charts
from .coordination_tables import Outcome, all_ways, median_range
from .model import Array, Scheme
from .rows import Rows
from .wording import named, percent

SURE = 0.95
LONE = 0.2  # a goalpost stands alone when this share of the range is empty without the one value that sets it
DOMINATES = 0.5  # then most of the range is empty, and the note is a caution
LEADER = 0.25  # and hangs on one region when this share is empty without that region
FEW = 10
GROUP = 3  # one region in so many stands low, and one high

SOURCES = {
    "wang": Source(
        "wang2019",
        "Wang, P. Research on the Formation Mechanism of Innovation Clusters Based on "
        "Self-Organization Theory. Dalian University.",
    ),
    "wang2021": Source(
        "wang2021",
        "Wang, S., Kong, W., Ren, L., Zhi, D. and Dai, B. (2021). Research on misuses and "
        "modification of coupling coordination degree model in China. Journal of Natural Resources "
        "36(3), 793-810.",
        "https://www.jnr.ac.cn/article/2021/1000-3037/1000-3037-36-3-793.shtml",
    ),
    "zhu2020": Source(
        "zhu2020",
        "Zhu, Y., Tian, D. and Yan, F. (2020). Effectiveness of entropy weight method in "
        "decision-making. Mathematical Problems in Engineering, 3564835.",
    ),
    "critic": Source(
        "diakoulaki1995",
        "Diakoulaki, D., Mavrotas, G. and Papayannakis, L. (1995). Determining "
        "objective weights in multiple criteria problems: the CRITIC method. Computers & Operations "
        "Research 22(7), 763-770.",
    ),
}


def finding(rows: Rows, scheme: Scheme, outcome: Outcome, tables: tuple[Table, ...]) -> Finding:
    """The whole Finding."""
    by_name = {table.name: table for table in tables}
    keys = ["wang", "wang2021"] + (["zhu2020"] if scheme.weights in ("entropy", "blend") else [])
    keys += ["critic"] if scheme.weights in ("critic", "blend") else []
    return Finding(
        claim=claim(rows, scheme, outcome, by_name["change"], by_name["relative_development"]),
        title=f"Coordination of {listed(rows.subsystems)}{_variant(scheme)}",
        tables=tables,
        charts=tuple(charts(rows, scheme, by_name["change"])),
        notes=tuple(notes(rows, scheme, outcome, by_name)),
        sources=tuple(SOURCES[key] for key in keys),
    )


def _variant(scheme: Scheme) -> str:
    parts = [] if scheme.weights == "entropy" else [f"{scheme.weights} weights"]
    parts += [] if scheme.form == "standard" else ["form of Wang et al. 2021"]
    return f" ({', '.join(parts)})" if parts else ""


def claim(rows: Rows, scheme: Scheme, outcome: Outcome, change: Table, relative: Table) -> str:
    """One or two sentences: what rose, where the least coordinated regions lie, what is lowest there."""
    first, last = (rows.periods.labels[k] for k in rows.ends)
    degree, moved = change["last_degree"], change["change"]
    measured = np.isfinite(degree)
    subject = f"the coupling coordination degree of {listed(rows.subsystems)}"
    compared = np.isfinite(moved)
    if first != last and compared.any():
        opening = _movement(rows, outcome, change, subject)
    else:
        when = f"In {last}, " if last else ""
        middle = f"{np.median(degree[measured]):.2f} (0 to 1)"
        opening = f"{when}{subject} has a median of {middle} over {counted(int(measured.sum()), 'region')}."
        opening = opening[0].upper() + opening[1:]
    second = "; ".join(part for part in (_standing(rows, scheme, outcome), _lagging(rows, relative, last)) if part)
    whole = [opening, _meaning(rows, change)] + ([f"{second[0].upper()}{second[1:]}."] if second else [])
    return " ".join(whole)


def _movement(rows: Rows, outcome: Outcome, change: Table, subject: str) -> str:
    first, last = (rows.periods.labels[k] for k in rows.ends)
    compared = np.isfinite(change["change"])
    verb, moved_so = _direction(change)
    many = int(compared.sum())
    before, after = np.median(change["first_degree"][compared]), np.median(change["last_degree"][compared])
    low, high = median_range(rows, outcome, rows.ends[1], compared)
    interval = f" (95 % range over redrawn regions {low:.3f} to {high:.3f})" if np.isfinite(low) else ""
    how_many = f"all {counted(many, 'region')}" if 1 < moved_so == many else f"{moved_so} of {counted(many, 'region')}"
    in_both = "" if compared.all() else " measured in both"
    return (
        f"Between {first} and {last} {subject} {verb} in {how_many}{in_both}, in the median from {before:.3f} to "
        f"{after:.3f}{interval}."
    )


def _direction(change: Table) -> tuple[str, int]:
    """Whether more regions rose or fell, and how many did."""
    moved = change["change"][np.isfinite(change["change"])]
    up, down = int((moved > 1e-12).sum()), int((moved < -1e-12).sum())
    return ("rose", up) if up >= down else ("fell", down)


def _meaning(rows: Rows, change: Table) -> str:
    """What the degree is, and whether the movement holds when the regions that set its scale are redrawn."""
    means = (
        f"The degree is high where {listed(rows.subsystems)} all stand high and level, from 0 (one of them at its "
        "worst) "
        "to 1 (all at their best)"
    )
    chance = change["probability_of_rise"][np.isfinite(change["change"])]
    if not np.isfinite(chance).any():
        return f"{means}."
    verb, moved_so = _direction(change)
    sure = int((chance >= SURE).sum() if verb == "rose" else (chance <= 1 - SURE).sum())
    where = "each of these regions" if sure == moved_so else f"{sure or 'none'} of them"
    held = "rise" if verb == "rose" else "fall"
    return (
        f"{means}; the {held} holds in {where} in at least {percent(SURE)} of redraws of the regions that set "
        "the scale."
    )


def _standing(rows: Rows, scheme: Scheme, outcome: Outcome) -> str:
    """The regions that stand low and high in the last period under all simple weights and both forms.

    The rule knows nothing of the weights and form asked for, so that two questions name the same regions.
    """
    here = np.flatnonzero(rows.period == rows.ends[1])
    if len(here) < FEW:
        return ""
    ways = all_ways(rows, scheme, outcome)[:, here]
    names = [rows.regions[rows.region[i]] for i in here]
    low, high = ([names[i] for i in group] for group in (_always_low(ways), _always_low(-ways)))
    last = rows.periods.labels[rows.ends[1]]
    when = f" in {last}" if last else ""
    if not low and not high:
        return f"which regions stand lowest and highest{when} depends on the weights and the form"
    stands = "stand" if len(low or high) > 1 else "stands"
    opening = f"with entropy, CRITIC and equal weights and in both forms alike, {named(low or high)} {stands}"
    if low and high:
        return f"{opening} in the lowest third{when} and {named(high)} in the highest"
    end, other = ("lowest", "highest") if low else ("highest", "lowest")
    return f"{opening} in the {end} third{when}, but which regions are {other} depends on them"


def _always_low(ways: Array) -> list[int]:
    """The places in the lowest third of every way (row), the lowest on average first; those tied count all."""
    up_to = np.array([np.searchsorted(np.sort(way), way, side="right") for way in ways])
    always = np.flatnonzero(np.all(GROUP * up_to <= ways.shape[1], axis=0))
    return sorted(always.tolist(), key=lambda place: float(up_to[:, place].mean()))


def _lagging(rows: Rows, relative: Table, last: str) -> str:
    there = np.isfinite(relative["ratio"]) & (relative[_time(relative)].astype(str) == last)
    many = int(there.sum()) // len(rows.subsystems)
    lagging = relative["lagging"] & there
    counts = {name: int((lagging & (relative["subsystem"] == name)).sum()) for name in rows.subsystems}
    lowest = max(counts, key=counts.__getitem__)
    if not counts[lowest]:
        return ""
    return f"on these scales {lowest} has the lowest score in {counts[lowest]} of {counted(many, 'region')}"


def _time(table: Table) -> str:
    return "year" if "year" in table.columns else "period"


def notes(rows: Rows, scheme: Scheme, outcome: Outcome, tables: dict[str, Table]) -> Iterator[Note]:
    """What to keep in mind, the gravest first."""
    yield from _lone_goalposts(tables["goalposts"])
    yield from _gaps(rows)
    yield Note(
        "Read this as levels: the coupling degree says how evenly the subsystems stand on their scales, not that one "
        "acts on another. 'Lowest' and 'lagging' hold only on scales that run from the worst to the best region-"
        f"{rows.periods.word} seen."
    )
    yield from _meaning_of_form(scheme)
    yield from _about_choices(tables["choices"], rows)
    yield from _about_ends(rows, scheme, outcome)
    yield from _about_draws(rows, outcome, tables["coordination"])
    yield from _about_bounds(rows, outcome)
    yield from _about_weights(rows, scheme, outcome)


def _lone_goalposts(goalposts: Table) -> Iterator[Note]:
    time = "year" if "low_year" in goalposts.columns else "period"
    lone, hanging, worst = [], [], 0.0
    for row in goalposts.rows():
        for side in ("low", "high"):
            alone, region_alone = row[f"{side}_alone"], row[f"{side}_region_alone"]
            end = "worst" if (side == "high") == row["less_is_better"] else "best"
            if isinstance(alone, float) and alone > LONE:
                place = f"{row[f'{side}_region']} {row[f'{side}_{time}']}".strip()
                lone.append(f"{row['indicator']} of {place} ({row[side]:.4g}, {end}, {percent(alone)})")
                worst = max(worst, alone)
            elif isinstance(region_alone, float) and region_alone > LEADER:
                hanging.append(f"{row['indicator']} of {row[f'{side}_region']} ({end}, {percent(region_alone)})")
    if lone:
        yield Note(
            "Check the single values that set a goalpost far from all others (in brackets the share of the "
            f"range that is empty without it): {'; '.join(lone)}. If one is wrong, correct it or give "
            "goalposts: it presses all others together.",
            "caution" if worst > DOMINATES else "information",
        )
    if hanging:
        yield Note(
            "Mind the goalposts that hang on one region (in brackets the share of the range that is empty "
            f"without it): {'; '.join(hanging)}. All other regions look closer together because of it."
        )


def _gaps(rows: Rows) -> Iterator[Note]:
    whole = rows.complete
    lost = whole.size - int(whole.sum())
    if not lost:
        return
    kinds = []
    statuses = (
        (Status.MISSING, "missing"),
        (Status.SUPPRESSED, "suppressed"),
        (Status.NOT_APPLICABLE, "not applicable"),
        (Status.ABSENT, "outside the series"),
    )
    for status, word in statuses:
        cells = int((rows.status == status).any(axis=2).sum())
        if cells:
            kinds.append(f"{digits(cells)} {word}")
    by_indicator = (~np.isfinite(rows.values)).sum(axis=(0, 1))
    worst = int(by_indicator.argmax())
    never = [rows.regions[r] for r in np.flatnonzero(~np.any(whole, axis=1))]
    gone = f" No degree at all: {', '.join(never[:8])}{' ...' if len(never) > 8 else ''}." if never else ""
    yield Note(
        f"Find the missing numbers or leave out an indicator to measure more: {digits(lost)} of "
        f"{digits(whole.size)} region-{rows.periods.word}s {'lacks' if lost == 1 else 'lack'} at least one "
        f"({', '.join(kinds)}) and {'has' if lost == 1 else 'have'} no degree; '{rows.indicators[worst]}' lacks most "
        f"({int(by_indicator[worst])}). Nothing was filled in or counted as zero.{gone}",
        "caution" if lost > 0.1 * whole.size else "information",
    )


def _meaning_of_form(scheme: Scheme) -> Iterator[Note]:
    alike = np.ptp(scheme.shares) == 0
    if scheme.form == "standard" and alike:
        yield Note(
            "Compare the degree with a plain mean of the scores before building on it: here it is exactly the square "
            "root of their geometric mean, so the coupling degree adds nothing that the scores do not hold."
        )
    elif scheme.form == "wang2021":
        yield Note(
            "Do not compare with the standard form: the form of Wang et al. (2021) spreads the coupling degree wider "
            "and is not free of scale, so the coupling coordination degree and its grades are lower."
        )


def _about_draws(rows: Rows, outcome: Outcome, coordination: Table) -> Iterator[Note]:
    draws, many = outcome.draws, len(set(rows.region.tolist()))
    if not len(draws):
        why = "one region cannot be resampled" if many < 2 else "no draws were asked for"
        if draws.lost:
            why = f"a subsystem did not vary in any of {draws.lost} draws"
        yield Note(
            f"Set draws and compare several regions for intervals: there are none here, because {why}.", "caution"
        )
        return
    last = coordination[_time(coordination)].astype(str) == rows.periods.labels[rows.ends[1]]
    width = coordination["coupling_coordination_degree_hi"] - coordination["coupling_coordination_degree_lo"]
    drawn = (
        "weights and pooled goalposts"
        if outcome.pooled.all()
        else (
            "weights and those goalposts that are pooled"
            if outcome.pooled.any()
            else "weights; the goalposts are given"
        )
    )
    share = float(np.mean(outcome.ranges.grade_probability < 0.9))
    text = (
        f"Read the intervals as robustness, not as error of measurement: {counted(len(draws), 'resample')} of {many} "
        f"whole regions, each with its own {drawn}. Their median width in the last {rows.periods.word} is "
        f"{np.nanmedian(width[last]):.3f}"
    )
    text += f" ({outcome.held_width:.3f} with goalposts held)." if outcome.pooled.any() else "."
    text += f" {percent(share)} of the grades have a probability below 0.9: do not build on a single grade."
    if outcome.draws.lost:
        text += f" {outcome.draws.lost} draws in which a subsystem did not vary were left out."
    yield Note(text)
    if many < FEW:
        yield Note(
            f"Add regions before trusting the weights: {many} are few, and resamples of them say little.", "caution"
        )


def _about_choices(choices: Table, rows: Rows) -> Iterator[Note]:
    others = [row for row in choices.rows() if not row["in_use"]]
    ranked = sorted(
        (rank, f"{row['weights']} weights, {row['form']} form")
        for row in others
        if isinstance(rank := row["rank_correlation"], float)
    )
    if not ranked:
        return
    when = rows.periods.labels[rows.ends[1]]
    ranks = f"the ranks of {when}" if when else "the ranks"
    changed = [share for row in others if isinstance(share := row["grades_changed"], float)]
    yield Note(
        f"Trust what holds under other choices: with other weights or the other form {ranks} correlate with these "
        f"{ranked[0][0]:.2f} ({ranked[0][1]}) to {ranked[-1][0]:.2f} ({ranked[-1][1]}), and {percent(min(changed))} to "
        f"{percent(max(changed))} of the grades change."
    )


def _about_ends(rows: Rows, scheme: Scheme, outcome: Outcome) -> Iterator[Note]:
    """The lowest and the highest region of this answer where other weights or the other form place them elsewhere."""
    here = np.flatnonzero(rows.period == rows.ends[1])
    if len(here) < FEW:
        return
    ways, own = all_ways(rows, scheme, outcome)[:, here], outcome.index.degree[here]
    for word, side, turned in (("lowest", "below", 1), ("highest", "above", -1)):
        place = int(np.argmin(turned * own))
        if place not in _always_low(turned * ways):
            furthest = 1 + int((turned * ways < turned * ways[:, [place]]).sum(axis=1).max())
            yield Note(
                f"Do not call {rows.regions[rows.region[here[place]]]} the {word}: it is with the weights and form "
                f"used here, and in place {furthest} from {side} of {len(here)} in another of the six ways compared."
            )


def _about_bounds(rows: Rows, outcome: Outcome) -> Iterator[Note]:
    table, index = rows.table, outcome.index
    beyond = ((table < index.low) | (table > index.high)).sum(axis=0)
    for j in np.flatnonzero(beyond):
        yield Note(
            f"Widen the goalposts of '{rows.indicators[j]}' if this is not meant: {counted(int(beyond[j]), 'value')} "
            f"{'lies' if beyond[j] == 1 else 'lie'} beyond [{index.low[j]:g}, {index.high[j]:g}] and "
            f"{'counts' if beyond[j] == 1 else 'count'} as 0 or 1."
        )
    bottom = (index.scores <= 0).any(axis=0)
    if bottom.any():
        i = int(np.flatnonzero(bottom)[0])
        example = f"{rows.regions[rows.region[i]]} {rows.periods.labels[rows.period[i]]}".strip()
        yield Note(
            f"Read a degree of 0 as 'worst seen', not as nothing: so it is where a subsystem is at its worst "
            f"goalpost ({digits(int(bottom.sum()))} of {digits(len(table))} region-{rows.periods.word}s, such as "
            f"{example})."
        )


def _about_weights(rows: Rows, scheme: Scheme, outcome: Outcome) -> Iterator[Note]:
    constant = np.ptp(outcome.index.y, axis=0) == 0
    if constant.any():
        same = ", ".join(rows.indicators[j] for j in np.flatnonzero(constant))
        yield Note(f"Leave out what does not differ: {same} is the same everywhere and has weight 0.")
    for k, subsystem in enumerate(rows.subsystems):
        here = scheme.places(k)
        top = here[int(outcome.index.weight[here].argmax())]
        if len(here) > 2 and outcome.index.weight[top] > 0.75:
            yield Note(
                f"Look at '{rows.indicators[top]}' alone too: it carries {percent(outcome.index.weight[top])} of "
                f"'{subsystem}', because entropy weights favour what is most unequal."
            )
