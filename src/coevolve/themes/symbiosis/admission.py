"""What may enter a symbiosis fit: poles and series that the equations can be asked of at all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...errors import Fault, nearest
from ...evidence.series import Series
from .model import NEEDS, sample_of

LONE_POLES = 9
POOLED_POLES = 12
ALIKE = 1e-3  # two poles whose log ratio varies by less than this in every region are one pole
FLAT = 1e-9
SHARE_UNITS = ("share", "shares", "percent", "per cent", "%", "fraction")
SUM_TOLERANCE = 0.02


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


def series_faults(every: Series, chosen: Series, pooling: str) -> Iterator[Fault]:
    """Series that cannot be fitted: shares, too short, one the copy of another, too many for their regions."""
    found = list(_share_faults(every, chosen))
    sample = sample_of(chosen)
    if not sample.regions:
        counts = (chosen.observed & (np.nan_to_num(chosen.values) > 0)).sum(axis=2).min(axis=1)
        found.append(
            Fault(
                f"no region has {NEEDS} positive values of every pole.",
                got=f"at most {int(counts.max())} {chosen.periods.word}s",
                do="Use a longer panel, other poles, or `growth`.",
            )
        )
    else:
        found += list(_collinear_faults(chosen.names, sample.logs))
        n, regions = len(chosen.names), len(sample.regions)
        if n > POOLED_POLES:
            found.append(Fault(f"'poles' takes at most {POOLED_POLES}.", got=n, do="Join poles, or choose among them."))
        elif n > LONE_POLES and (regions == 1 or pooling == "none"):
            found.append(
                Fault(
                    f"one region cannot tell {n * (n - 1)} effects between {n} poles.",
                    got=n,
                    do=f"Use at most {LONE_POLES} poles, or pool several regions.",
                )
            )
    yield from found


def _share_faults(every: Series, chosen: Series) -> Iterator[Fault]:
    repair = "Give levels (counts, output): shares alone lose the scale of the poles."
    units = [unit for unit in dict.fromkeys(chosen.units) if unit.strip().lower() in SHARE_UNITS]
    for unit in units:
        yield Fault("the poles are shares, not levels.", got=f"unit {unit}", do=repair)
    if units:
        return
    for which in (chosen, every):
        total = _whole(which)
        if total:
            yield Fault(
                f"the poles are shares, not levels: they sum to {total:g} in every region and period.",
                got=f"values up to {np.nanmax(which.values):.3g}",
                do=repair,
            )
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


def _collinear_faults(poles: tuple[str, ...], logs: np.ndarray) -> Iterator[Fault]:
    for i in range(len(poles)):
        if float(np.nanmax(np.nanstd(logs[:, :, i], axis=1))) < FLAT:
            yield Fault(
                f"the pole '{poles[i]}' never changes.",
                got=f"{np.exp(np.nanmean(logs[:, :, i])):.3g} throughout",
                do="Leave it out: what does not move tells nothing.",
            )
        for j in range(i + 1, len(poles)):
            gap = logs[:, :, i] - logs[:, :, j]
            widest = float(np.nanmax(np.nanstd(gap, axis=1)))
            if widest < ALIKE:
                yield Fault(
                    f"the poles '{poles[i]}' and '{poles[j]}' move as one.",
                    got=f"their ratio varies by {100 * widest:.2g} % at most",
                    do="Keep one of them.",
                )
    yield from _sum_faults(poles, logs)


def _sum_faults(poles: tuple[str, ...], logs: np.ndarray) -> Iterator[Fault]:
    """A pole that is a fixed sum of the others (three poles or more)."""
    if len(poles) < 3:
        return
    levels = np.exp(logs).reshape(-1, len(poles))
    levels = levels[np.isfinite(levels).all(axis=1)]
    singular = np.linalg.svd(levels / levels.std(axis=0).clip(1e-300), compute_uv=False)
    if singular[-1] < 1e-6 * singular[0]:
        yield Fault(
            "the poles add up: one is a sum of the others in every region and period.",
            got=", ".join(poles),
            do="Leave out the total.",
        )
