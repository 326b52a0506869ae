"""What a forecast says: the claim, and the doubts that go with it."""

from __future__ import annotations

import numpy as np

from ...inquiry.finding import Note
from ...inquiry.key import Key
from .ahead import Outlook
from .ahead_tables import last_counted, place_of, places, unit_of
from .words import OBJECTS, ahead_of, percent, range_of, verdict

NEAR = 0.005  # of a value: a smaller change is none to speak of
LOW = {80: 0.70, 95: 0.88}


def claim(outlook: Outlook, what: str, key: Key) -> str:
    """What is expected, and what the model has been worth; if naive did better, that comes first."""
    if not places(outlook):
        return f"Nothing can be said of the future of {what}: no series is long enough."
    expected, worth = _expected(outlook, what), _worth(outlook, key)
    if outlook.replaced:
        return f"Only no change (naive) can be said of {what}, since {outlook.replaced}: {expected}."
    if worth.startswith("No change"):
        return f"{worth}; it says that {expected}."
    return f"By {outlook.labels[-1]}, {expected}; {worth}."


def _expected(outlook: Outlook, what: str) -> str:
    first, *_ = shown = places(outlook)
    middle = outlook.middle(outlook.model)[:, :, -1]
    last = np.where(np.isfinite(middle), 0.0, np.nan)
    for r, s in np.argwhere(np.isfinite(middle)):
        last[r, s] = last_counted(outlook, int(r), int(s))
    rising = int((middle > last * (1 + NEAR)).sum())
    falling = int((middle < last * (1 - NEAR)).sum())
    total = int(np.isfinite(middle).sum())
    r, s = first
    low, high = (outlook.values[r, s, -1, outlook.quantiles.index(q)] for q in (0.1, 0.9))
    band = f"80 % band {amount(low)} to {amount(high)}" if np.isfinite(low + high) else "with no band to go by"
    unit = f" {unit_of(outlook)}" if unit_of(outlook) not in ("", "count", "number") else ""
    move = (
        f"{place_of(outlook, r, s) or what}, should go from {amount(last[r, s])} to {amount(middle[r, s])}{unit} "
        f"({band})"
    )
    if len(shown) == 1:
        return move.replace(f"{place_of(outlook, r, s) or what},", place_of(outlook, r, s) or what)
    return f"{what} should rise in {rising} and fall in {falling} of {total} series; the largest, {move}"


def _worth(outlook: Outlook, key: Key) -> str:
    contest = outlook.contest
    if contest is None or outlook.model not in contest.entrants:
        return "the data are too short to test this on the past"
    scores = dict(zip(contest.entrants, contest.overall("mase"), strict=True))
    tests = f"{len(contest.plan.origins)} {'test' if len(contest.plan.origins) == 1 else 'tests'} on the past"
    mine = scores[outlook.model]
    others = [name for name in OBJECTS if name in scores and name != outlook.model]
    if outlook.model != "naive" and scores["naive"] <= mine:
        said = verdict(contest, outlook.model, "naive", key)
        more = percent(mine / scores["naive"] - 1) if scores["naive"] > 0 else "infinitely"
        ends = range_of(contest, outlook.model, "naive", mine > scores["naive"] > 0, key)
        return (
            f"No change (naive) did better than {outlook.model} in {tests}, where that erred {more} more, {said}{ends}"
        )
    if not others:
        return f"{outlook.model} had no rival in {tests}"
    return (
        f"in {tests} {outlook.model} erred {'; '.join(ahead_of(contest, outlook.model, name, key) for name in others)}"
    )


def notes(outlook: Outlook, what: str) -> tuple[Note, ...]:
    """The doubts: what the forecast rests on, what was not forecast, whether past bands held."""
    found = [
        Note(
            f"Read the bands as what such forecasts missed before, not as all that can happen: a break that {what} "
            "never saw is in none of them. Do not add up series or their bands: they rise and fall together."
        )
    ]
    if outlook.replaced:
        found.append(Note(f"Look elsewhere for the model that was asked for: {outlook.replaced}.", "caution"))
    if outlook.contest is None:
        found.append(Note("Trust this less than usual: the data are too short for a single test.", "caution"))
    else:
        found += _tested(outlook)
    middle = outlook.middle(outlook.model)
    lost = int((~np.isfinite(middle).all(axis=2) & np.isfinite(outlook.series.values).any(axis=2)).sum())
    if lost:
        many = "1 series is" if lost == 1 else f"{lost} series are"
        found.append(Note(f"Expect nothing for what {outlook.model} cannot take: {many} too short for it."))
    found += outlook.told[outlook.model].notes
    return tuple(found)


def _tested(outlook: Outlook) -> list[Note]:
    contest = outlook.contest
    if contest is None or outlook.model not in contest.entrants:
        return []
    plan, word = contest.plan, outlook.series.periods.word
    found = []
    if len(outlook.labels) > plan.hold_out:
        found.append(
            Note(
                f"Trust the first {plan.hold_out} {word}s more than the rest: the tests on the past reach no further "
                f"than {plan.hold_out} of the {len(outlook.labels)} {word}s."
            )
        )
    if plan.windows < 2:
        found.append(
            Note(
                f"Take the test as a hint: its {len(plan.origins)} origins amount to {plan.windows:.1f} separate "
                "stretches of time.",
                "caution",
            )
        )
    place = contest.entrants.index(outlook.model)
    for level, least in LOW.items():
        held = float(contest.overall(f"coverage_{level}")[place])
        if held < least:
            text = f"Think of wider bands than those drawn: in the tests the {level} % band held {percent(held)}"
            found.append(Note(f"{text} of what came.", "caution"))
    return found


def amount(value: float) -> str:
    """A number as a sentence has it: four digits that count, thousands apart from five digits on.

    >>> amount(1234567.0), amount(0.01234), amount(1234.4)
    ('1\u2009235\u2009000', '0.01234', '1234')
    """
    if value == 0 or not np.isfinite(value):
        return "0" if value == 0 else "unknown"
    digits = 3 - int(np.floor(np.log10(abs(value))))
    rounded = round(float(value), digits)
    if digits > 0:
        return f"{rounded:.{digits}f}".rstrip("0").rstrip(".")
    whole = int(rounded)
    return f"{whole:,}".replace(",", "\u2009") if abs(whole) > 9999 else str(whole)
