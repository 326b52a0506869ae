"""What a contest says: the claim, and the doubts that go with it."""

from __future__ import annotations

from collections.abc import Sequence

from ...inquiry.finding import Note, Source
from ...inquiry.key import Key
from .contest import Contest
from .equations import skill

LOW_80, LOW_95 = 0.70, 0.88
WINDOWS_NEEDED = 2.0
WORST_SHARE = 0.25  # of the error made by the worst hundredth of the series: said above that

SUBJECTS = {
    "naive": "No change (naive)",
    "drift": "The average past change (drift)",
    "seasonal_naive": "The same season of last year (seasonal_naive)",
    "theta": "The Theta method (theta)",
    "damped": "A fading trend (damped)",
}
OBJECTS = {"naive": "no change (naive)", "drift": "the average past change (drift)"}

SOURCES = (
    Source("tong-wang", "Tong & Wang, Interactive evolution of innovation poles, section 3.3 and Fig. 2."),
    Source(
        "hyndman-koehler-2006",
        "Hyndman & Koehler (2006), Another look at measures of forecast accuracy, "
        "International Journal of Forecasting 22, 679-688.",
        "https://doi.org/10.1016/j.ijforecast.2006.03.001",
    ),
    Source(
        "assimakopoulos-nikolopoulos-2000",
        "Assimakopoulos & Nikolopoulos (2000), The theta model, International Journal of Forecasting 16, 521-530.",
        "https://doi.org/10.1016/S0169-2070(00)00066-2",
    ),
    Source(
        "fiorucci-2016",
        "Fiorucci et al. (2016), Models for optimising the theta method, International Journal of "
        "Forecasting 32, 1151-1161.",
        "https://doi.org/10.1016/j.ijforecast.2016.02.005",
    ),
    Source(
        "gardner-mckenzie-1985",
        "Gardner & McKenzie (1985), Forecasting trends in time series, Management Science 31, 1237-1246.",
        "https://doi.org/10.1287/mnsc.31.10.1237",
    ),
    Source(
        "barber-2023",
        "Barber, Candès, Ramdas & Tibshirani (2023), Conformal prediction beyond exchangeability, "
        "Annals of Statistics 51, 816-845.",
        "https://doi.org/10.1214/23-AOS2276",
    ),
)


def claim(contest: Contest, order: Sequence[str], what: str, key: Key) -> str:
    """The first sentence: who wins, and whether its lead over naive and drift is more than noise."""
    best, scores = order[0], dict(zip(contest.entrants, contest.overall("mase"), strict=True))
    opening = f"{SUBJECTS.get(best, best)} did best at forecasting {what} {_ahead(contest)}"
    if best == "naive":
        second = order[1]
        behind = _more(scores[second] / scores[best])
        verdict = _verdict(contest, second, best, key)
        return f"{opening}: no model improved on it; {second}, the next best, erred {behind}, {verdict}."
    others = [name for name in ("naive", "drift") if name != best and name in scores]
    verdicts = [_verdict(contest, best, other, key) for other in others]
    leads = [f"{_percent(skill(scores[best], scores[other]))} less than {OBJECTS[other]}" for other in others]
    if len(set(verdicts)) == 1:
        both = "both " if len(others) > 1 else ""
        return f"{opening}: it erred {' and '.join(leads)}, {both}{verdicts[0]}."
    parts = [f"{lead}, {verdict}" for lead, verdict in zip(leads, verdicts, strict=True)]
    return f"{opening}: it erred {', and '.join(parts)}."


def nothing(contest: Contest) -> tuple[Note, ...]:
    """Why no cell could be scored."""
    return _left_out(contest)


def _verdict(contest: Contest, one: str, other: str, key: Key) -> str:
    _, low, high = contest.difference(one, other, key)
    if low != low:
        return "which one origin cannot tell from noise"
    return "outside noise" if low > 0 or high < 0 else "within noise"


def _more(ratio: float) -> str:
    return f"{ratio:.0f} times as much" if ratio >= 3 else f"{_percent(ratio - 1)} more"


def _percent(share: float) -> str:
    value = 100 * share
    return "less than 1 %" if abs(value) < 1 else f"{value:.0f} %"


def _ahead(contest: Contest) -> str:
    word, steps = contest.series.periods.word, contest.plan.hold_out
    return f"one {word} ahead" if steps == 1 else f"1 to {steps} {word}s ahead"


def notes(contest: Contest, order: Sequence[str], asked: frozenset[str]) -> tuple[Note, ...]:
    """The doubts: how much the comparison rests on, what was left out, whether the bands hold."""
    return (
        _basis(contest),
        *_few(contest),
        *_aside(contest, asked),
        *_left_out(contest),
        *_remarks(contest),
        *_worst(contest),
        *_bands(contest, order),
    )


def _basis(contest: Contest) -> Note:
    series, plan = contest.series, contest.plan
    first, last = (series.periods.labels[plan.origins[k] - 1] for k in (0, -1))
    where = f"from {len(plan.origins)} origins ({first} to {last})" if len(plan.origins) > 1 else f"from {last} only"
    season = f" over {series.periods.season} {series.periods.word}s" if series.periods.season > 1 else ""
    return Note(
        f"Read every score as an average over {contest.scored} series forecast {_ahead(contest)} {where}; each origin "
        f"sees only what came before it, and all forecasters are scored on the same cells. MASE is in units of each "
        f"series' mean change{season} before the origin. The best was picked after the test, which flatters it."
    )


def _few(contest: Contest) -> tuple[Note, ...]:
    plan, found = contest.plan, []
    if len(plan.origins) < 2:
        found.append(
            Note(
                "Ask for more origins or a shorter hold-out: one origin gives no interval, and the order may "
                "be chance.",
                "caution",
            )
        )
    elif plan.windows < WINDOWS_NEEDED:
        found.append(
            Note(
                f"Take the order as a hint: the {len(plan.origins)} origins share their test periods, which "
                f"amount to {plan.windows:.1f} separate tests. A shorter hold_out gives more.",
                "caution",
            )
        )
    if len(contest.series.regions) * len(contest.series.names) == 1:
        found.append(
            Note(
                "Add regions or series if you can: one series says little about which forecaster is better, "
                "and its bands rest on its own few errors."
            )
        )
    if not contest.series.periods.is_regular():
        found.append(
            Note(
                "Check what a step means: the periods are not evenly spaced, and trends and horizons count "
                "observations, not time.",
                "caution",
            )
        )
    return tuple(found)


def _aside(contest: Contest, asked: frozenset[str]) -> tuple[Note, ...]:
    return tuple(
        Note(f"Do not look for {name} here: {why}.", "caution" if name in asked or "failed" in why else "information")
        for name, why in contest.set_aside.items()
    )


def _worst(contest: Contest) -> tuple[Note, ...]:
    worst = {name: contest.worst(name) for name in contest.entrants}
    made = {name: (few, share) for name, (few, share) in worst.items() if few and share > WORST_SHARE}
    if not made:
        return ()
    listed = ", ".join(f"{name} ({share:.0%})" for name, (_, share) in made.items())
    few = max(made.values(), key=lambda one: one[1])[0]
    text = f"Look at the worst series before judging {listed}: {len(few)} of {contest.scored} series make so much"
    return (Note(f"{text} of the error, first {'; '.join(few[:3])}.", "caution"),)


def _remarks(contest: Contest) -> tuple[Note, ...]:
    return tuple(
        Note(f"{remark.text.rstrip('.')} ({name}, from the last origin).", remark.level)
        for name, remarks in contest.remarks.items()
        for remark in remarks
    )


def _left_out(contest: Contest) -> tuple[Note, ...]:
    found = []
    if contest.unscaled:
        found.append(
            Note(
                f"Judge {contest.unscaled} series by eye: before some origin they had never changed or "
                "were hardly observed, so their errors cannot be scaled and are left out there."
            )
        )
    if contest.unobserved:
        cells = "cell that was" if contest.unobserved == 1 else "cells that were"
        found.append(
            Note(
                f"Expect nothing on {contest.unobserved} held-out {cells} not observed; all forecasters are "
                "excused there."
            )
        )
    return tuple(found)


def _bands(contest: Contest, order: Sequence[str]) -> tuple[Note, ...]:
    rows = list(zip(contest.entrants, contest.overall("coverage_80"), contest.overall("coverage_95"), strict=True))
    narrow = [f"{name} ({c80:.0%} and {c95:.0%})" for name, c80, c95 in rows if c80 < LOW_80 or c95 < LOW_95]
    if not narrow:
        return ()
    ranked = sorted(narrow, key=lambda text: order.index(text.split(" ")[0]))
    return (
        Note(
            f"Widen the bands in your mind: those meant to hold 80 % and 95 % of the actual values held fewer for "
            f"{', '.join(ranked)}. What came after the origins was less regular than what came before, or they were "
            "drawn too narrow.",
            "caution",
        ),
    )
