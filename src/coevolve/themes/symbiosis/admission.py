"""What may enter a symbiosis fit: input that is wrong is a fault, data that cannot tell are a refusal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...errors import Fault, nearest
from ...evidence.series import Series
from .decide import LIKELY_PERIODS, LIKELY_REGIONS, Way
from .modules import modules_of, regions_needed
from .refusal import Refusal
from .sample import NEEDS, NEEDS_EACH, Sample, sample_of

LONE_POLES = 9
POOLED_POLES = 12
ALIKE = 1e-3  # two poles whose log ratio varies by less than this in every region are one pole
FLAT = 1e-9
SHARE_UNITS = ("share", "shares", "percent", "per cent", "%", "fraction")
SUM_TOLERANCE = 0.02
LEAST_GROWTH = 4  # values that `growth` needs of a series
MOST_COPIES = 5  # pairs that move as one and are named


def option_faults(noise: str, pooling: str, year_effects: bool | None, regions: int) -> Iterator[Fault]:
    """Options that contradict each other."""
    if not year_effects:
        return
    if noise == "measurement":
        yield Fault(
            "'year_effects' needs noise in growth.",
            got="noise = measurement",
            do='Set noise = "state-space" or "one-step", or leave year_effects out.',
        )
    if pooling == "none" or regions < 2:
        got = f"pooling = {pooling}, {regions} regions"
        yield Fault(
            "'year_effects' needs several regions fitted together.",
            got=got,
            do='Set pooling = "hierarchical", or leave year_effects out.',
        )


def pole_faults(poles: tuple[str, ...], every: Series) -> Iterator[Fault]:
    """Too few poles, one named twice, one that is not there."""
    if len(poles) < 2:
        yield Fault(
            "'poles' needs two or more.",
            got=", ".join(poles) or "none",
            do="Name another pole, or ask `growth` of one.",
        )
    twice = dict.fromkeys(pole for pole in poles if poles.count(pole) > 1)
    for pole in twice:
        yield Fault(f"the pole '{pole}' is named twice.", got=pole, do="Name each pole once.")
    for pole in dict.fromkeys(poles):
        if pole not in every.names:
            yield Fault(f"there is no pole '{pole}'.", got=pole, do=nearest(pole, every.names))


def refusals(
    every: Series, chosen: Series, pooling: str, sample: Sample | None = None, is_same: bool = False
) -> tuple[Refusal, ...]:
    """Why these data cannot tell how the poles act on each other; empty when they may.

    `every` holds all series of the panel, `chosen` the poles, `sample` what of them would be fitted, `is_same` that
    regions repeat one system. Shares, too few periods, poles that are copies or sums of each other or never meet, and
    too many poles for their regions are found before anything is fitted.
    """
    found = [*_shares(every, chosen)]
    fitted = sample or sample_of(chosen)
    if not fitted.regions:
        return (*found, _too_short_together(chosen) if is_same else _too_short(chosen))
    found += _copies(chosen.names, fitted.logs)
    n, regions = len(chosen.names), len(fitted.regions)
    alone = regions == 1 or pooling == "none"
    if n > POOLED_POLES or (n > LONE_POLES and alone):
        found.append(_too_many(chosen, fitted.logs, alone))
    return tuple(found)


def _shares(every: Series, chosen: Series) -> Iterator[Refusal]:
    n = len(chosen.names)
    do = (
        "Give levels (counts, persons, output): a share rises when the whole shrinks, so the scale of a pole and its "
        'capacity are lost. Where the file holds the total too, derive = { level = "share * total" } makes levels.'
    )
    divided = "and say how a whole is divided, not how large a pole is"
    way = Way("levels in place of shares", 0.0, float(n), "poles given in levels", True)
    units = [unit for unit in dict.fromkeys(chosen.units) if unit.strip().lower() in SHARE_UNITS]
    if units:
        yield Refusal(f"they are shares, not levels (unit {', '.join(units)}), {divided}", do, (way,))
        return
    for which in (chosen, every):
        total = _whole(which)
        if total:
            sums = f"they sum to {total:g} in every region and period"
            yield Refusal(f"they are shares, not levels ({sums}), {divided}", do, (way,))
            return


def _whole(series: Series) -> float:
    """1 or 100 when all values lie below it and nearly every region-period sums to it; else 0."""
    known = np.isfinite(series.values).all(axis=1)
    if not known.any() or np.nanmin(series.values) < 0:
        return 0.0
    sums = np.nan_to_num(series.values).sum(axis=1)[known]
    for whole in (1.0, 100.0):
        if np.nanmax(series.values) <= whole and np.mean(np.abs(sums / whole - 1.0) < SUM_TOLERANCE) > 0.9:
            return whole
    return 0.0


def _too_short(chosen: Series) -> Refusal:
    counts = (chosen.observed & (np.nan_to_num(chosen.values) > 0)).sum(axis=2)
    most = int(counts.min(axis=1).max())
    word, regions = chosen.periods.word, len(chosen.regions)
    plain = int((counts >= LEAST_GROWTH).sum())
    ways = [
        Way(f"more {word}s, to fit at all", most, NEEDS, f"{word}s with a value of every pole", True),
        Way(f"more {word}s, to tell most signs", most, LIKELY_PERIODS, f"{word}s with a value of every pole", True),
    ]
    if regions < LIKELY_REGIONS:
        ways.append(Way("and more regions, to tell most signs", regions, LIKELY_REGIONS, "regions", True))
    if most >= NEEDS:
        return Refusal(
            f"the population has gaps in every region with {NEEDS} {word}s of every pole",
            "Fill the gaps of `population`, or leave it out.",
            (Way(f"{word}s without a gap in the population", 0.0, 1.0, "regions", True),),
        )
    asked = f" `growth` can already be asked of {plain} of {counts.size} series." if plain else ""
    return Refusal(
        f"no region has {NEEDS} {word}s with a positive value of every pole (at most {most})",
        f"Use a longer panel: {NEEDS} {word}s are the least that can be fitted, and some {LIKELY_PERIODS} {word}s of "
        f"{LIKELY_REGIONS} regions the least that usually tells help from harm.{asked}",
        tuple(ways),
    )


def _too_short_together(chosen: Series) -> Refusal:
    """Too few values in regions that repeat one system and are fitted as one."""
    counts = (chosen.observed & (np.nan_to_num(chosen.values) > 0)).sum(axis=2)
    most, word = int(counts.min(axis=1).max()), chosen.periods.word
    total = int(counts[(counts >= NEEDS_EACH).all(axis=1)].sum(axis=0).min())
    return Refusal(
        f"regions that repeat one system need {NEEDS_EACH} {word}s with a positive value of every pole each (at most "
        f"{most}) and {NEEDS} in all (those long enough have {total})",
        f"Use more or longer repetitions, without gaps in `population` where it is used: {NEEDS} values of each pole "
        "are the least that can be fitted.",
        (
            Way(f"more {word}s each", most, NEEDS_EACH, f"{word}s with a value of every pole", True),
            Way("more values in all", total, NEEDS, "values of every pole", True),
        ),
    )


def _copies(poles: tuple[str, ...], logs: np.ndarray) -> list[Refusal]:
    """Poles that never change, are copies of each other, never meet, or add up: nothing tells their effects."""
    flat = [pole for i, pole in enumerate(poles) if not _widest(logs[:, :, i]) >= FLAT]
    found = [_flat(pole, logs[:, :, poles.index(pole)]) for pole in flat]
    moving = [i for i, pole in enumerate(poles) if pole not in flat]
    pairs = [(i, j, _widest(logs[:, :, i] - logs[:, :, j])) for i in moving for j in moving if i < j]
    alike = [_alike(poles[i], poles[j], widest) for i, j, widest in pairs if not widest >= ALIKE]
    found += alike[:MOST_COPIES]
    return found or list(_sums(poles, logs))


def _widest(values: np.ndarray) -> float:
    """The largest standard deviation over time in any region (region, time); NaN where no region has two values."""
    known = [row[np.isfinite(row)] for row in values]
    return max((float(row.std()) for row in known if len(row) > 1), default=float("nan"))


def _flat(pole: str, logs: np.ndarray) -> Refusal:
    """A pole that never changes, or that no region has."""
    if not np.isfinite(logs).any():
        return Refusal(
            f"the pole '{pole}' is in none of these regions",
            f"Leave out '{pole}', or add regions that have it.",
            (Way("regions that have the pole", 0.0, 1.0, "regions", True, pole),),
        )
    level = f"{np.exp(np.nanmean(logs)):.3g}"
    return Refusal(
        f"the pole '{pole}' never changes ({level} throughout), and what does not move tells nothing",
        f"Leave out '{pole}', or use years in which it changes.",
        (Way("years in which it changes", 0.0, NEEDS, "values that differ", False, pole),),
    )


def _alike(one: str, other: str, widest: float) -> Refusal:
    """Two poles whose ratio hardly varies, or (NaN) that are never seen in the same region and period."""
    if np.isnan(widest):
        return Refusal(
            f"'{one}' and '{other}' never stand in the same region at the same time",
            f"Add a region in which '{one}' and '{other}' are both present: only there can one act on the other.",
            (Way("regions in which both are present", 0.0, 1.0, "regions", True, one, other),),
        )
    varies = f"varies by {100 * widest:.2g} % at most" if widest > 1e-6 else "never varies"
    return Refusal(
        f"'{one}' and '{other}' move as one (their ratio {varies})",
        f"Keep one of '{one}' and '{other}', or add them up: as long as they move as one, no number of years or "
        "regions tells their effects apart.",
        (Way("data in which they move apart", 1.0, 2.0, "movements of their own", False, one, other),),
    )


def _sums(poles: tuple[str, ...], logs: np.ndarray) -> Iterator[Refusal]:
    """A pole that is a fixed sum of the others (three poles or more)."""
    if len(poles) < 3:
        return
    levels = np.exp(logs).reshape(-1, len(poles))
    levels = levels[np.isfinite(levels).all(axis=1)]
    if len(levels) <= len(poles):
        return
    singular = np.linalg.svd(levels / levels.std(axis=0).clip(1e-300), compute_uv=False)
    if singular[-1] < 1e-6 * singular[0]:
        n = float(len(poles))
        yield Refusal(
            "one of them is a sum of the others in every region and period",
            "Leave out the total: it holds nothing that its parts do not say.",
            (Way("poles of which none is a sum", n - 1.0, n, "movements of their own", False),),
        )


def _too_many(chosen: Series, logs: np.ndarray, alone: bool) -> Refusal:
    """Too many poles for their regions: what is possible instead, with modules as a suggestion from the data."""
    n, regions, word = len(chosen.names), len(chosen.regions), chosen.periods.word
    periods = logs.shape[1]
    groups = modules_of(chosen.names, logs)
    joined = "; ".join(" + ".join(names) for names, _ in groups if len(names) > 1)
    suggestion = f" By how they have grown: {joined} (table `modules`)." if joined else ""
    needed = regions_needed(n, periods)
    ways = [Way("fewer poles", n, LONE_POLES if alone else POOLED_POLES, "poles at most", True)]
    if groups:
        ways.append(Way("poles joined into modules", n, len(groups), "modules", True))
    if alone and n <= POOLED_POLES:
        believable = needed <= LIKELY_REGIONS
        ways.append(Way("regions fitted together", 1.0, needed, "regions", believable))
    who = "one region" if regions == 1 else "a region alone"
    why = f"{who} cannot tell the {n * (n - 1)} effects between {n} poles from {periods * n} values ({periods} {word}s)"
    pool = 'fit several regions together (pooling = "hierarchical"), ' if alone and n <= POOLED_POLES else ""
    if n > POOLED_POLES:
        why = f"there are {n * (n - 1)} effects between {n} poles, and more than {POOLED_POLES} poles are not fitted"
    return Refusal(
        why,
        f"Choose among the poles, {pool}ask `growth` of each alone, or join poles into modules and add up their counts "
        f'(in the evidence: labels = {{ "one pole" = "module", ... }} and duplicates = "sum").{suggestion}',
        tuple(ways),
        groups,
    )
