"""What `influence` says: the claim and its sources."""

from __future__ import annotations

import numpy as np

from ...evidence.series import Series
from ...inquiry.finding import Finding, Source
from .channels import can_tell
from .influence_notes import ASKED, notes, percent
from .influence_tables import Outcome, charts, made_network, regions_needed, tables
from .null_links import Calibration

NOISY = 0.10  # share of noise panels with any link above which the first sentence warns
CAUTION = "Influence here means that one series foretells another's growth; it is no proof of cause."

SOURCES = (
    Source("tong-wang", "Tong & Wang, Interactive evolution of innovation poles, section 2.1."),
    Source(
        "juodis-2021",
        "Juodis, Karavias & Sarafidis (2021), A homogeneous approach to testing for Granger non-causality in "
        "heterogeneous panels, Empirical Economics 60, 93-112.",
        "https://doi.org/10.1007/s00181-020-01970-9",
    ),
    Source(
        "dhaene-jochmans-2015",
        "Dhaene & Jochmans (2015), Split-panel jackknife estimation of fixed-effect models, Review of Economic "
        "Studies 82, 991-1030.",
        "https://doi.org/10.1093/restud/rdv007",
    ),
    Source(
        "benjamini-hochberg-1995",
        "Benjamini & Hochberg (1995), Controlling the false discovery rate, Journal of the Royal Statistical "
        "Society B 57, 289-300.",
        "https://doi.org/10.1111/j.2517-6161.1995.tb02031.x",
    ),
)
NEURAL_SOURCES = (
    Source(
        "tank-2021",
        "Tank, Covert, Foti, Shojaie & Fox (2021), Neural Granger causality, IEEE Transactions on Pattern Analysis "
        "and Machine Intelligence 44, 4267-4279.",
        "https://doi.org/10.1109/TPAMI.2021.3065601",
    ),
    Source(
        "liu-xie-2020",
        "Liu & Xie (2020), Cauchy combination test, Journal of the American Statistical Association 115, 393-402.",
        "https://doi.org/10.1080/01621459.2018.1554485",
    ),
)


def finding(series: Series, outcome: Outcome) -> Finding:
    """Claim, tables, pictures, doubts, and the Network of the called links."""
    sources = SOURCES if outcome.measured.neural is None else (*SOURCES, *NEURAL_SOURCES)
    return Finding(
        claim=claim(outcome),
        title=f"Who moves whom, {outcome.span}",
        tables=tables(series, outcome),
        charts=charts(outcome),
        notes=tuple(notes(series, outcome)),
        sources=sources,
        made=made_network(outcome),
    )


def claim(outcome: Outcome) -> str:
    """How many influences are sure enough to call, what noise would give, the surest, and the caution."""
    if not outcome.tested:
        return (
            f"Nothing can be said about who moves whom {_where(outcome)}: the rows that have every series are too few "
            "to test a single pair."
        )
    if not can_tell(outcome.readied):
        return f"{_cannot_tell(outcome)} {CAUTION}"
    if not outcome.links:
        return f"{_none(outcome)} {_seen_from(outcome)} {CAUTION}"
    return f"{_some(outcome)} {_surest(outcome)} {CAUTION}"


def _some(outcome: Outcome) -> str:
    many, noise, series = outcome.links, _noise(outcome), len(outcome.readied.names)
    among = f"among {series} series {_where(outcome)},"
    false = f"At the false discovery rate asked for, about {percent(outcome.fdr)} of called links should be false"
    called = (
        f"{many} of the {outcome.tested} possible influences among {series} series "
        f"{'stands' if many == 1 else 'stand'} out from chance {_where(outcome)}."
    )
    if noise is None:
        return f"{called} {false}; how many links noise would give was not measured."
    found = f"{noise.links.mean():.2g} on average (some on {percent(noise.any_share)} of {len(noise.links)})"
    if many <= np.quantile(noise.links, 0.95):
        said = "was called {} is" if many == 1 else "were called {} are"
        return (
            f"The {many} of {outcome.tested} possible influences that {said.format(among)} no more than noise gives. "
            f"On panels of noise the same procedure finds {found}."
        )
    warning = ", which is often: read few links with care" if noise.any_share > NOISY else ""
    return f"{called} {false}; on panels of noise the same procedure finds {found}{warning}."


def _none(outcome: Outcome) -> str:
    noise = _noise(outcome)
    beside = ""
    if noise is not None:
        beside = f"; on panels of noise the same procedure finds some on {percent(noise.any_share)}"
        beside += f" of {len(noise.links)}"
    return (
        f"No influence among {len(outcome.readied.names)} series stands out from chance {_where(outcome)}. "
        f"{outcome.tested} pairs were tested at a false discovery rate of {percent(outcome.fdr)}{beside}."
        f"{_held_out(outcome)}"
    )


def _held_out(outcome: Outcome) -> str:
    """Whether the others help to foretell growth that the fit has not seen."""
    losses = outcome.measured.losses[1]
    if not np.isfinite(losses).any():
        return ""
    change = float(np.nanmean(losses)) - 1.0
    where = "regions" if outcome.readied.by_region else "years"
    if abs(change) < 0.005:
        return f" The others foretell growth in {where} held out neither better nor worse than its own history alone."
    word = "worse" if change > 0 else "better"
    return (
        f" With the others in the equation, growth in {where} held out is foretold {percent(abs(change))} {word} than "
        "from its own history alone."
    )


def _surest(outcome: Outcome) -> str:
    i, j = _best(outcome)
    found, names = outcome.measured, outcome.readied.names
    value, low, high = (float(one[i, j]) for one in (found.strength, found.low, found.high))
    word, lag = outcome.readied.word, int(found.lag[i, j])
    more = "1 % more" if outcome.scale == "log" else "1 % of its usual level more"
    later = f"a {word} later" if lag == 1 else f"{lag} {word}s later"
    direction = "faster" if value > 0 else "slower"
    size = sorted((abs(low), abs(high))) if low * high > 0 else [low * np.sign(value), high * np.sign(value)]
    start, end = min(size), max(size)
    return (
        f"The surest is {names[j]} on {names[i]}: where {names[j]} is {more}, {names[i]} grows "
        f"{_points(abs(value))} percentage points {direction} {later} (95 % interval {_points(start)} to "
        f"{_points(end)})."
    )


def _seen_from(outcome: Outcome) -> str:
    least = outcome.measured.least[np.isfinite(outcome.measured.least)]
    low, middle = float(least.min()), float(np.median(least))
    more = "1 % more of the driver" if outcome.scale == "log" else "1 % of its usual level more of the driver"
    return (
        "That is no proof that there is none: weak influences would have been missed. In half of the pairs, "
        f"{more} must change growth by over {_points(middle)} percentage points to show (4 times in 5); in the "
        f"clearest pair, by {_points(low)}."
    )


def _cannot_tell(outcome: Outcome) -> str:
    readied = outcome.readied
    least = outcome.measured.least[np.isfinite(outcome.measured.least)]
    middle = float(np.median(least)) if len(least) else np.nan
    needed = regions_needed(outcome, ASKED)
    more = f"about {needed:.0f} regions" if np.isfinite(needed) else "no number of regions"
    span = f"{len(readied.periods)} {readied.word}s"
    return (
        f"One region over {span} cannot tell who moves whom, so no link is called. In half of the {outcome.tested} "
        f"pairs only strengths above {middle:.2g} would show; {more} over as many {readied.word}s would show a "
        f"strength of {ASKED:g}."
    )


def _best(outcome: Outcome) -> tuple[int, int]:
    p = np.where(outcome.measured.selected, outcome.measured.p, np.inf)
    i, j = np.unravel_index(int(np.argmin(p)), p.shape)
    return int(i), int(j)


def _where(outcome: Outcome) -> str:
    readied = outcome.readied
    regions = len(readied.regions)
    named = f"in {regions} regions" if regions > 1 else f"in {readied.regions[0] or 'one region'}"
    return f"{named}, {outcome.span}"


def _noise(outcome: Outcome) -> Calibration | None:
    """The null that gives most; those of both channels where they were drawn."""
    done = [one for one in outcome.nulls if len(one.links)]
    both = [one for one in done if one.channel == "both"] or done
    return max(both, key=lambda one: (one.any_share, float(one.links.mean())), default=None)


def _points(value: float) -> str:
    """A strength as percentage points of growth for 1 % of the driver."""
    return f"{value:.2g}"
