"""What a contest says: the claim, and the doubts that go with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ...inquiry.finding import Note, Source
from ...inquiry.key import Key
from ...inquiry.wording import counted, listed
from .contest_model import Contest
from .equations import skill
from .tables import LETTERS, NAMES, scale

LOW_80, LOW_95 = 0.70, 0.88
WINDOWS_NEEDED = 2.0
WORST_SHARE = 0.25  # of the error made by the worst hundredth of the series: said above that

SUBJECTS = {
    "naive": "No change (naive)",
    "drift": "The average past change (drift)",
    "seasonal_naive": "The same season of last year (seasonal_naive)",
    "theta": "The Theta method (theta)",
    "dot": "The optimised Theta method (dot)",
    "damped": "A fading trend (damped)",
    "logistic": "Every series growing for itself (logistic)",
    "symbiosis": "The symbiosis equations (symbiosis)",
    "interactive": "Symbiosis with a net on what it leaves unexplained (interactive)",
    "lstm": "One net over all series (lstm)",
    "blend": "The blend of net and simple trends (blend)",
}
OBJECTS = {
    "naive": "no change (naive)",
    "drift": "the average past change (drift)",
    "seasonal_naive": "the same season of last year (seasonal_naive)",
}
UNSURE = "which one origin cannot tell from noise"

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
    Source(
        "gibbs-candes-2021",
        "Gibbs & Candès (2021), Adaptive conformal inference under distribution shift, Advances in Neural "
        "Information Processing Systems 34, 1660-1672.",
    ),
)


def claim(contest: Contest, order: Sequence[str], what: str, key: Key) -> str:
    """Who wins and whether its lead over naive and drift is more than noise, what the error means, and the models A, B
    and C of Tong & Wang.

    Where the data have a season, the same season of last year is named beside the two.
    """
    best, scores = order[0], dict(zip(contest.entrants, contest.overall("mase"), strict=True))
    opening = f"{_subject(best)} did best at forecasting {what} {_ahead(contest)}"
    others = [name for name in OBJECTS if name != best and name in scores]
    if best == "naive":
        second = order[1]
        parts = [f"no model improved on it; {second}, the next best, erred {_behind(contest, second, best, key)}"]
        if "seasonal_naive" in scores and second != "seasonal_naive":
            parts.append(f"{OBJECTS['seasonal_naive']} erred {_behind(contest, 'seasonal_naive', best, key)}")
        first = f"{opening}: {'; '.join(parts)}."
    else:
        first, *rest = [ahead_of(contest, best, other, key) for other in others]
        first = f"{opening}: it erred {first}."
        if rest:
            first += f" It erred {'; and '.join(rest)}."
    return " ".join(part for part in (first, _size(contest, best, key), _paper(contest, scores, key)) if part)


def ahead_of(contest: Contest, one: str, other: str, key: Key) -> str:
    """By how much less (or more) one erred than another, whether that is noise, and the 95 % range."""
    scores = dict(zip(contest.entrants, contest.overall("mase"), strict=True))
    mine, base = scores[one], scores[other]
    more = mine > base > 0
    much = f"{percent(mine / base - 1)} more" if more else lesser(mine, base)
    ends = range_of(contest, one, other, more, key)
    return f"{much} than {OBJECTS.get(other, other)}, {verdict(contest, one, other, key)}{ends}"


def _behind(contest: Contest, one: str, best: str, key: Key) -> str:
    scores = dict(zip(contest.entrants, contest.overall("mase"), strict=True))
    said = _more(scores[one], scores[best])
    return f"{said}, {verdict(contest, one, best, key)}{range_of(contest, one, best, True, key)}"


def range_of(contest: Contest, one: str, other: str, more: bool, key: Key) -> str:
    """The 95 % range of a difference in per cent of the other's error, in brackets; nothing where there is none."""
    base = dict(zip(contest.entrants, contest.overall("mase"), strict=True))[other]
    _, low, high = contest.difference(one, other, key)
    if not base > 0 or not math.isfinite(low + high):
        return ""
    ends = (low, high) if more else (-high, -low)
    low, high = (100 * end / base for end in ends)
    if not more:
        low, high = min(low, 100.0), min(high, 100.0)  # nothing errs less than not at all
    word = "more" if more else "less"
    return f" (95 %: {signed(low)} to {signed(high)} % {word})"


def signed(value: float) -> str:
    """A rounded whole number with a true minus sign.

    >>> signed(-3.2), signed(-0.2), signed(58)
    ('\u22123', '0', '58')
    """
    whole = round(value)
    return f"\u2212{-whole}" if whole < 0 else str(whole)


def _size(contest: Contest, best: str, key: Key) -> str:
    """The error of the best in words: how many usual changes of a series."""
    middle, low, high = contest.interval("mase", best, key)
    if not math.isfinite(middle):
        return ""
    periods = contest.series.periods
    usual = f"a usual {periods.word}'s change" if periods.season == 1 else "a usual season's change"
    ends = f" (95 %: {max(low, 0.0):.2f} to {high:.2f})" if math.isfinite(low + high) else ""
    return f"Its mean error was {middle:.2f} times {usual} of a series{ends}."


def _paper(contest: Contest, scores: Mapping[str, float], key: Key) -> str:
    """How the models A, B and C of Tong & Wang, Fig. 2, did, and whether A was better than B."""
    met = [name for name in LETTERS if name in scores]
    if not {"interactive", "symbiosis"} <= set(met):
        return ""
    told = listed([f"{LETTERS[name]} {scores[name]:.2f}" for name in met])
    better = "better" if scores["interactive"] < scores["symbiosis"] else "no better"
    said = verdict(contest, "interactive", "symbiosis", key)
    return f"Of the models of Tong & Wang, Fig. 2 ({told} times), A with its net did {better} than B without, {said}."


def _subject(name: str) -> str:
    """A forecaster as the subject that a sentence begins with."""
    return SUBJECTS.get(name) or name[:1].upper() + name[1:]


def nothing(contest: Contest) -> tuple[Note, ...]:
    """Why no cell could be scored."""
    return _left_out(contest)


def verdict(contest: Contest, one: str, other: str, key: Key) -> str:
    """Whether the difference between two forecasters is more than noise, in words."""
    _, low, high = contest.difference(one, other, key)
    if low != low:
        return UNSURE
    return "outside noise" if low > 0 or high < 0 else "within noise"


def lesser(score: float, against: float) -> str:
    """By how much a smaller error is smaller, in words."""
    return f"{percent(skill(score, against))} less" if against > 0.0 else "no less"


def _more(score: float, least: float) -> str:
    if not least > 0.0:
        return "where no change did not at all" if score > 0.0 else "as little"
    ratio = score / least
    return f"{ratio:.0f} times as much" if ratio >= 3 else f"{percent(ratio - 1)} more"


def percent(share: float) -> str:
    """A share in percent, as a sentence has it."""
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
        *_season(contest),
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
    return Note(
        f"Read every score as an average over {counted(contest.scored, 'series')} forecast {_ahead(contest)} {where}; "
        f"each origin sees only what came before it, and all forecasters are scored on the same cells. 1 in MASE "
        f"is the {scale(contest)}, of each series: a usual change. The best was picked after the test, which flatters "
        f"it. Forecasters: {', '.join(NAMES[name] for name in contest.entrants if name in NAMES)}."
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


def _season(contest: Contest) -> tuple[Note, ...]:
    """Data with a season, and nobody to beat who knows it."""
    known = {*contest.entrants, *contest.set_aside}
    if contest.series.periods.season == 1 or "seasonal_naive" in known:
        return ()
    return (
        Note(
            f"Add seasonal_naive to the forecasters: {contest.series.periods.word}s have a season, and a forecast of "
            "them should be judged against the same season of last year.",
            "caution",
        ),
    )


def _aside(contest: Contest, asked: frozenset[str]) -> tuple[Note, ...]:
    return tuple(
        Note(
            f"Expect no score of {name} here: {why}.", "caution" if name in asked or "failed" in why else "information"
        )
        for name, why in contest.set_aside.items()
    )


def _worst(contest: Contest) -> tuple[Note, ...]:
    worst = {name: contest.worst(name) for name in contest.entrants}
    made = {name: (few, share) for name, (few, share) in worst.items() if few and share > WORST_SHARE}
    if not made:
        return ()
    who = ", ".join(f"{name} ({percent(share)})" for name, (_, share) in made.items())
    few = max(made.values(), key=lambda one: one[1])[0]
    of = f"{len(few)} of {counted(contest.scored, 'series')}"
    text = f"Look at the worst series before judging {who}: {of} {'makes' if len(few) == 1 else 'make'} so much"
    return (Note(f"{text} of the error, first {'; '.join(few[:3])}.", "caution"),)


def _remarks(contest: Contest) -> tuple[Note, ...]:
    return tuple(
        Note(f"{remark.text.rstrip('.')} ({name}, from the last origin){_beside(contest, name)}.", remark.level)
        for name, remarks in contest.remarks.items()
        for remark in remarks
    )


def _beside(contest: Contest, name: str) -> str:
    """What became of the net of model A over all origins: its error beside that of model B, which has none."""
    if name != "interactive" or "symbiosis" not in contest.entrants:
        return ""
    scores = dict(zip(contest.entrants, contest.overall("mase"), strict=True))
    mine, without = scores["interactive"], scores["symbiosis"]
    better = "no better" if mine >= without else "better"
    told = f"{mine:.2f} against {without:.2f} in MASE"
    return f". Yet over all origins and horizons A, with the net, did {better} than B without it: {told}"


def _left_out(contest: Contest) -> tuple[Note, ...]:
    found = []
    if contest.unscaled:
        found.append(
            Note(
                f"Judge {counted(contest.unscaled, 'series')} by eye: before some origin "
                f"{'it' if contest.unscaled == 1 else 'they'} had never changed or hardly been observed, so the errors "
                "cannot be scaled and are left out there."
            )
        )
    if contest.unobserved:
        cells = counted(contest.unobserved, "held-out cell") + (
            " that was" if contest.unobserved == 1 else " that were"
        )
        found.append(Note(f"Expect nothing on {cells} not observed; all forecasters are excused there."))
    return tuple(found)


def _bands(contest: Contest, order: Sequence[str]) -> tuple[Note, ...]:
    short = []
    for level, least in ((80, LOW_80), (95, LOW_95)):
        held = dict(zip(contest.entrants, contest.overall(f"coverage_{level}"), strict=True))
        few = [f"{name} ({percent(held[name])})" for name in order if held[name] < least]
        if few:
            short.append(f"those meant to hold {level} % of the actual values held fewer for {listed(few)}")
    if not short:
        return ()
    return (
        Note(
            f"Think of wider bands than those drawn: {', and '.join(short)}. What came after the origins was less "
            "regular than what came before, or they were drawn too narrow.",
            "caution",
        ),
    )
