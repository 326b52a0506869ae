"""All pairs together: rises, which rises count among so many tests, verdicts, and the Fit that is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...engine.drift import Rise, false_discoveries
from ...evidence.fit import Fit
from ...inquiry.at import At
from .gather import Asked, Gathered
from .measures import RISING
from .model import Judged, PairCase, judge, sight
from .types_rule import verdict_words

Array = NDArray[np.float64]

FALSE_RISES = 0.1  # of the rises that are claimed, how many may be false by expectation
DEFAULT_STEPS = 5


@dataclass(frozen=True)
class One:
    """One pair in one region with all that became of it; `trouble` says why it could not be judged."""

    known: Gathered
    rises: Mapping[str, Rise]
    risen: Mapping[str, bool]
    fallen: Mapping[str, bool]
    judged: Judged | None
    trouble: str = ""

    @property
    def verdict(self) -> str:
        """The pair's type, in words no stronger than what was observed."""
        seen = any(name in RISING for name in self.rises)
        return verdict_words(self.judged.verdicts if self.judged else [], any(self.risen.values()), seen)


@dataclass(frozen=True)
class Outcome:
    """Every pair of an ask, with the options that words need."""

    ones: Sequence[One]
    asked: Asked
    ahead: Array
    draws: int
    tests: int


def of(gathered: Sequence[Gathered], asked: Asked, until: int | None, draws: int, at: At) -> Outcome:
    """Judge every pair: rises first, then which rises count among all of them, then types and degrees."""
    sighted = at.map(sight, [one.measures for one in gathered], words="looking for rises")
    rises = [case.value.rises if case.is_done else {} for case in sighted]
    counts = _counting(rises)
    ahead = _ahead(gathered, until)
    cases = [
        PairCase(
            *one.pair,
            one.measures,
            rises[k],
            one.effects,
            one.facts,
            counts[k][0],
            ahead,
            at.key.child(f"{one.region}/{one.pair[0]}/{one.pair[1]}"),
            draws,
        )
        for k, one in enumerate(gathered)
    ]
    judged = at.map(judge, cases, words="judging pairs")
    ones = [
        One(
            one,
            rises[k],
            *counts[k],
            judged[k].value if judged[k].is_done else None,
            sighted[k].trouble or judged[k].trouble,
        )
        for k, one in enumerate(gathered)
    ]
    return Outcome(ones, asked, ahead, draws, sum(name in RISING for each in rises for name in each))


def _counting(rises: Sequence[Mapping[str, Rise]]) -> list[tuple[dict[str, bool], dict[str, bool]]]:
    """Which measures of each pair rose, and which fell, when all tests of the ask are counted together."""
    listed = [(k, name) for k, each in enumerate(rises) for name in each if name in RISING]
    p = np.array([rises[k][name].p for k, name in listed])
    passed = false_discoveries(p, FALSE_RISES)
    rose: list[dict[str, bool]] = [{} for _ in rises]
    fell: list[dict[str, bool]] = [{} for _ in rises]
    for (k, name), counts in zip(listed, passed.tolist(), strict=True):
        up = rises[k][name].probability > 0.5
        rose[k][name], fell[k][name] = bool(counts and up), bool(counts and not up)
    return [(rose[k], fell[k]) for k in range(len(rises))]


def _ahead(gathered: Sequence[Gathered], until: int | None) -> Array:
    """The years to forecast: from the first that some pair lacks up to `until`, or five after the data end."""
    ends = [float(one.times.max()) for each in gathered for one in each.measures]
    if not ends:
        return np.zeros(0)
    last = max(ends) + DEFAULT_STEPS if until is None else float(until)
    return np.arange(max(ends) + 1, last + 1)


def fit_of(outcome: Outcome, options: Mapping[str, object]) -> Fit | None:
    """The degree and outputs of every pair by year, for `policy`; None where no pair has a degree."""
    kept = [one for one in outcome.ones if one.judged is not None and one.judged.degree is not None]
    if not kept:
        return None
    years = np.unique(np.concatenate([one.judged.degree.years for one in kept if one.judged and one.judged.degree]))
    degree = np.full((len(kept), len(years), 3), np.nan)
    output = np.full((len(kept), 2, len(years)), np.nan)
    for k, one in enumerate(kept):
        if one.judged is None or one.judged.degree is None:
            continue
        degree[k, np.searchsorted(years, one.judged.degree.years)] = one.judged.degree.bounds
        there = np.isin(one.known.output_years, years)
        output[k][:, np.searchsorted(years, one.known.output_years[there])] = one.known.output[:, there]
    labels = {
        "pair": tuple(f"{one.known.region}: {case_name(one)}" if one.known.region else case_name(one) for one in kept),
        "bound": ("lo", "median", "hi"),
        "side": ("first", "second"),
        "year": tuple(f"{year:.0f}" for year in years),
    }
    axes = {"convergence_degree": ("pair", "year", "bound"), "output": ("pair", "side", "year")}
    return Fit("convergence", {"convergence_degree": degree, "output": output}, axes, labels, dict(options))


def case_name(one: One) -> str:
    """What the pair is called."""
    from .industries import pair_name

    return pair_name(*one.known.pair)
