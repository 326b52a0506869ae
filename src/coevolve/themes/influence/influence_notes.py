"""The doubts that go with an answer of `influence`: what to hold it against, and what it cannot have seen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Literal

import numpy as np

from ...evidence.panel import Status
from ...evidence.series import Series
from ...inquiry.finding import Note
from ...inquiry.wording import counted
from .channels import can_tell, is_wide
from .influence_tables import Outcome, radius, regions_needed, short_names

FEW_REGIONS = 20
ASKED = 0.1  # the strength that the statement of power asks about
NEAREST = 3  # pairs named where none is called
FEW_INDICATORS = 3  # up to which each is told beside each


def notes(series: Series, outcome: Outcome) -> Iterator[Note]:
    """The doubts, each beginning with what to do about it."""
    yield from _about_data(series, outcome)
    yield from _about_regions(outcome)
    yield from _about_neural(outcome)
    yield from _about_noise(outcome)
    yield from _about_nearest(series, outcome)
    yield from _about_indicators(series, outcome)
    yield from _about_power(outcome)
    yield from _aboutcounted(outcome)
    yield from _about_paths(outcome)


def _about_data(series: Series, outcome: Outcome) -> Iterator[Note]:
    zeros = outcome.readied.zeros
    if zeros.any():
        named = ", ".join(f"{series.names[k]} ({zeros[k]})" for k in np.flatnonzero(zeros)[:6])
        yield Note(
            f"Look at the values that are zero or below: {int(zeros.sum())} have no logarithm and were left out with "
            f"all the others of their region-{outcome.readied.word}: {named}. Derive x + 1 to keep them.",
            "caution" if zeros.sum() > 0.05 * series.observed.sum() else "information",
        )
    rows = outcome.measured.pooled.rows
    whole = len(outcome.readied.regions) * (len(outcome.readied.periods) - outcome.measured.lags)
    if rows.max() < whole:
        gone = whole - int(rows.max())
        counts = [int((series.status[:, k] != Status.OBSERVED).sum()) for k in range(len(series.names))]
        worst = int(np.argmax(counts))
        lacking = f" '{series.names[worst]}' lacks most values ({counts[worst]})." if counts[worst] else ""
        yield Note(
            f"Fill gaps to use more: {gone} of {whole} region-{outcome.readied.word}s lack a series, now or "
            f"{outcome.measured.lags} before, and were left out.{lacking}",
            "caution" if gone > 0.2 * whole else "information",
        )
    lost = len(series.regions) - len(outcome.readied.regions)
    if lost:
        yield Note(f"Check the regions without any value above zero: {lost} were left out.")


def _about_regions(outcome: Outcome) -> Iterator[Note]:
    readied = outcome.readied
    if not readied.by_region:
        yield Note(
            f"Add regions: with {len(readied.regions)} of them (or of their groups) errors are judged on "
            f"{readied.sample.clusters} stretches of time, which are few, and folds are stretches of time too.",
            "caution",
        )
    elif readied.sample.clusters < FEW_REGIONS:
        yield Note(
            f"Read the p-values with care: they rest on {readied.sample.clusters} clusters of regions.", "information"
        )
    if readied.by_region and readied.sample.clusters == len(readied.regions):
        yield Note(
            "Name groups of regions in `cluster` if neighbours share shocks: here every region counts as an "
            "independent witness, and neighbours that move together make links look surer than they are."
        )
    if not readied.years and len(readied.regions) > 1:
        yield Note(
            "Leave 'year_effects' on unless no shock is shared: without them a national boom makes most pairs look "
            "tied.",
            "caution",
        )


def _about_neural(outcome: Outcome) -> Iterator[Note]:
    if is_wide(outcome.readied):
        yield Note(
            "Read score as a rank of pairs one by one: for so many series the panel has too few rows to weigh all "
            "drivers against each other, and what only goes along with a driver ranks high, too.",
            "caution",
        )
    neural = outcome.measured.neural
    if neural is None:
        if outcome.model != "linear":
            level: Literal["information", "caution"] = "caution" if outcome.model == "lstm" else "information"
            yield Note(f"Read this as the pooled regression alone: {outcome.measured.refused}.", level)
        return
    weight, names = outcome.measured.weight, outcome.readied.names
    trusted = [f"{names[k]} ({weight[k]:.2f})" for k in np.argsort(-weight) if weight[k] > 0.0]
    if trusted:
        yield Note(
            f"Look at table gain for what the LSTM adds: {len(trusted)} of {len(names)} targets lean on it, because on "
            "what it has not seen the other series seem to tell it more than a line (chance gives small weights, too): "
            f"{', '.join(trusted[:8])}. Their intervals are as wide as those of the pooled regression, and no p leans "
            f"on it further than the middle of all targets would ({neural.shared:.2f})."
        )
    else:
        yield Note(
            "Read the strengths as linear effects: for no target did the other series surely tell the LSTM more than a "
            "line, on what it has not seen, so its weight is 0."
        )
    if neural.skipped:
        yield Note(f"Check the scale of the data: {neural.skipped} training steps had no finite gradient.", "caution")


def _about_noise(outcome: Outcome) -> Iterator[Note]:
    if not outcome.nulls:
        yield Note("Set draws to see what noise gives: no null panels were drawn.", "caution")
        return
    told = "; ".join(
        f"{one.kind}, {'pooled regression' if one.channel == 'pooled' else 'both channels'}, {len(one.links)} draws: "
        f"{one.links.mean():.2g} links a draw, some on {percent(one.any_share)} ({percent(one.any_interval[0])} to "
        f"{percent(one.any_interval[1])})"
        for one in outcome.nulls
        if len(one.links)
    )
    moved = (
        "A region swap keeps each region's own history and gives it the drivers of another"
        if outcome.readied.by_region
        else "A time shift keeps own histories and takes the drivers of other times"
    )
    yield Note(
        f"Hold the number of links against noise: {told}. {moved}; own history draws a panel in which shocks go "
        "together but nothing moves anything."
    )
    used = outcome.measured.neural is not None and bool(outcome.measured.weight.any())
    if used and not any(one.channel == "both" for one in outcome.nulls):
        yield Note(
            "Run with --publish, or set draws_lstm: the LSTM took part in the answer, and on noise only the pooled "
            "regression was tried.",
            "caution" if outcome.links else "information",
        )
    lost = sum(one.lost for one in outcome.nulls)
    if lost:
        yield Note(f"Look at the failed draws: {lost} null panels could not be measured.", "caution")


def _about_nearest(series: Series, outcome: Outcome) -> Iterator[Note]:
    """Where nothing is called, what came nearest: its sign, lag and q, and what would have been called."""
    found = outcome.measured
    if outcome.links or not outcome.tested or not can_tell(outcome.readied):
        return
    order = np.argsort(np.where(np.isfinite(found.p), found.p, np.inf), axis=None)[:NEAREST]
    pairs = zip(*np.unravel_index(order, found.p.shape), strict=True)
    told = "; ".join(_pair(series, outcome, int(i), int(j)) for i, j in pairs)
    yield Note(
        f"Take these as questions, not as answers: the pairs that came nearest to a link are {told}. Seen from: what "
        "the pooled regression would have called 4 times in 5."
    )


def _about_indicators(series: Series, outcome: Outcome) -> Iterator[Note]:
    """Where the series are of few indicators: what each does to the others, called or nearest to it."""
    found, kinds = outcome.measured, np.array(series.indicators, object)
    names = list(dict.fromkeys(series.indicators))
    if (
        not outcome.tested
        or not can_tell(outcome.readied)
        or not 2 <= len(names) <= min(FEW_INDICATORS, len(kinds) - 1)
    ):
        return
    told = []
    for source, target in permutations(names, 2):
        here = np.isfinite(found.p) & (kinds[:, None] == target) & (kinds[None, :] == source)
        if not here.any():
            continue
        i, j = np.unravel_index(int(np.argmin(np.where(here, found.p, np.inf))), here.shape)
        many, tested = int((found.selected & here).sum()), int(here.sum())
        which = "the surest" if many else "the nearest"
        told.append(
            f"{source} on {target}, {many or 'none'} of {tested} called, {which} "
            f"{_pair(series, outcome, int(i), int(j))}"
        )
    yield Note(f"Look in table edges for what one indicator does to another: {'; '.join(told)}.")


def _pair(series: Series, outcome: Outcome, i: int, j: int) -> str:
    """The influence of series j on series i: its sign and size, lag and q, and what would have been called."""
    found, short = outcome.measured, short_names(series)
    source, target = (short[outcome.readied.names[k]] for k in (j, i))
    lag = counted(int(found.lag[i, j]), outcome.readied.word)
    return (
        f"{source} on {target} ({found.strength[i, j]:+.2g} after {lag}, "
        f"q {found.q[i, j]:.2g}, seen from {found.least[i, j]:.2g} on)"
    )


def _about_power(outcome: Outcome) -> Iterator[Note]:
    least = outcome.measured.least[np.isfinite(outcome.measured.least)]
    if not len(least) or not can_tell(outcome.readied):
        return
    regions = len(outcome.readied.regions)
    needed = regions_needed(outcome, ASKED)
    if needed <= regions:
        much = f"a strength of {ASKED:g} would have been called in {percent(float((least <= ASKED).mean()))} of pairs"
    elif np.isfinite(needed):
        much = (
            f"it takes about {needed:.0f} regions of this length to call a strength of {ASKED:g} in half of the pairs"
        )
    else:
        much = f"with histories this short no number of regions would call a strength of {ASKED:g} in half of the pairs"
    yield Note(
        f"Do not read what was not called as absent: {much} (with a chance of 80 %); least_strength has all pairs."
    )


def _aboutcounted(outcome: Outcome) -> Iterator[Note]:
    found, word = outcome.measured, outcome.readied.word
    if len(found.lag_losses) > 1:
        yield Note(
            f"Set lags to look further back: {counted(found.lags, word)} forecast held-out parts best of 1 to "
            f"{len(found.lag_losses)}. What acts within a {word} is not seen."
        )
    else:
        looked = f"{counted(found.lags, word)} {'is' if found.lags == 1 else 'are'}"
        yield Note(f"Remember that {looked} looked back, and what acts within one is not seen.")


def _about_paths(outcome: Outcome) -> Iterator[Note]:
    if outcome.links and radius(outcome) >= 1.0:
        yield Note(
            f"Read direct effects only: the called links feed back on themselves (spectral radius "
            f"{radius(outcome):.2f}), so that indirect and total effects do not add up.",
            "caution",
        )


def percent(share: float) -> str:
    """A share in per cent; one digit more where it is below one."""
    percent = 100.0 * share
    return f"{percent:.1f} %" if 0.0 < percent < 1.0 else f"{percent:.0f} %"
