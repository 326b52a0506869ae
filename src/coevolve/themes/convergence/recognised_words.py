"""The table and the notes that say what the classifier makes of the pairs, and how far to trust it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ...inquiry.finding import Note, Table
from .outcome import One, Outcome, case_name
from .recognised import Recognition, Told, agreement, implausible
from .tables import place_of, type_words
from .taught import AS_SIMULATED, ENOUGH_LABELS

CHANNEL_WORDS: Mapping[str, str] = {
    "a_ab": "inputs of each in the other",
    "p_a": "shares of common patents",
    "market": "likeness of customers",
    "enterprise": "activity in both",
    "log_a": "both outputs",
}
"""Channels in words; the mirrored ones (a_ba, p_b, log_b) are said with their counterparts."""
HOW = {AS_SIMULATED: "as it learnt from simulations"}


def recognised_table(outcome: Outcome, found: Recognition) -> Table:
    """One row a pair: the type that the classifier finds likeliest, beside the verdict of the rule."""
    rows: list[tuple[object, ...]] = []
    for one, told in zip(outcome.ones, found.told, strict=True):
        if told is None:
            continue
        type_, is_turned = told.likeliest
        first, second = one.known.pair[::-1] if is_turned else one.known.pair
        rows.append(
            (
                *(
                    one.known.region,
                    case_name(one),
                    type_words(type_, first, second),
                    told.probability(*told.likeliest),
                ),
                *(told.accuracy, implausible(one, type_, is_turned)),
                *(told.probability("none", False), one.verdict, agreement(one, told)),
                *(told.calibration, told.years, channel_words(told)),
                *(HOW.get(told.how, told.how), told.has_label),
            )
        )
    columns = (
        *(
            "region",
            "pair",
            "likeliest",
            "probability",
            "accuracy",
            "implausible",
            "probability_none",
            "verdict",
            "agrees",
        ),
        *("calibration_error", "years", "channels", "how_taught", "has_label"),
    )
    caption = (
        "One row a pair: what a classifier that learnt from simulated pairs finds likeliest. accuracy: how often it "
        "named type and direction rightly on fresh simulated pairs seen the same way (guessing: .2); implausible: what "
        "in the study's own settings speaks against it; calibration_error: how far its "
        "probabilities were off there. The verdict is the rule's."
    )
    return Table.of_rows("recognised", columns, rows, caption=caption)


def channel_words(told: Told) -> str:
    """What the classifier saw, in words."""
    return ", ".join(words for name, words in CHANNEL_WORDS.items() if name in told.channels)


def notes(outcome: Outcome, found: Recognition, labels: int) -> Iterator[Note]:
    """How the classifier was taught, how it did where the truth is known, and where it and the rule disagree."""
    told = [(one, each) for one, each in zip(outcome.ones, found.told, strict=True) if each is not None]
    if told:
        yield _about_teaching(found, told)
        yield from _about_quarrels(told)
    if labels:
        yield _about_labels(found, told, labels)
    without: dict[str, list[str]] = {}
    for one, why in zip(outcome.ones, found.why, strict=True):
        if why:
            without.setdefault(why, []).append(place_of(one))
    for why, places in without.items():
        more = f" and {len(places) - 2} more" if len(places) > 2 else ""
        yield Note(
            f"Go by the rule alone for {'; '.join(places[:2])}{more}: no probability from the classifier, as {why}."
        )


def _about_teaching(found: Recognition, told: list[tuple[One, Told]]) -> Note:
    ways = dict.fromkeys((channel_words(each), each.years, each.accuracy, each.calibration) for _, each in told)
    measured = "; ".join(
        f"from {years} years of {words}: {100 * accuracy:.0f} % right (guessing: 20 %), probabilities off by {off:.2f} "
        "on average"
        for words, years, accuracy, off in ways
    )
    return Note(
        "Read the classifier's probabilities as a second opinion: the rule gives the verdict. It learnt from "
        f"{found.schooling.pairs} simulated pairs in {found.schooling.worlds} made-up worlds and has seen no real one. "
        f"On {found.fresh} fresh simulated pairs, five types alike common and the direction unknown: {measured}. How "
        "it does on real pairs is not known."
    )


def _about_quarrels(told: list[tuple[One, Told]]) -> Iterator[Note]:
    quarrels = [(one, each) for one, each in told if agreement(one, each) == "no"]
    if not quarrels:
        return
    quarrels.sort(key=lambda pair: -float(np.max(pair[1].logs)))
    shown = "; ".join(f"{place_of(one)} ({one.verdict} / {_likeliest(one, each)})" for one, each in quarrels[:3])
    more = f"; and {len(quarrels) - 3} more" if len(quarrels) > 3 else ""
    rates = sorted({round(100 * each.accuracy) for _, each in quarrels})
    right = f"{rates[0]} %" if len(rates) == 1 else f"{rates[0]} to {rates[-1]} %"
    yield Note(
        f"Look closer where rule and classifier disagree (rule / classifier): {shown}{more}. The classifier is right "
        f"{right} of the time on simulated pairs (guessing: 20 %)."
    )


def _likeliest(one: One, told: Told) -> str:
    type_, is_turned = told.likeliest
    first, second = one.known.pair[::-1] if is_turned else one.known.pair
    doubt = implausible(one, type_, is_turned)
    return f"{type_words(type_, first, second)} {told.probability(*told.likeliest):.2f}{'; ' + doubt if doubt else ''}"


def _about_labels(found: Recognition, told: list[tuple[One, Told]], labels: int) -> Note:
    if not found.surprise:
        return Note(
            f"Give {ENOUGH_LABELS} labels or more of pairs seen the same way: {labels} were given, and the classifier "
            "stays as it learnt from simulations, because so few make it worse."
        )
    how = " and ".join(dict.fromkeys(each.how for _, each in told))
    tried = ", ".join(f"{name} {value:.2f}" for name, value in found.surprise.items())
    return Note(
        f"Judge the classifier on pairs without a label: it is {how}, the best of those tried on left-out labels (mean "
        f"-log probability: {tried}). A labelled pair's own probability has seen its label."
    )
