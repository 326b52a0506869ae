"""The doubts of `symbiosis`, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ...engine.infer import quantiles_of
from ...evidence.fit import Fit
from ...evidence.series import Series
from ...inquiry.finding import Note
from ...inquiry.wording import counted, listed
from .decide import decide_notes, heads
from .diagnostics import sampling_notes
from .equations import UNDETERMINED
from .model import Settings
from .relations import Relation, together_notes
from .sample import NEEDS, NEEDS_EACH, Sample
from .symbiosis_tables import APART, capacity_known

HELPING = ("mutualism", "commensalism", "predation")  # relations in which one pole at least gains
MOST_TROUBLE, MOST_SLOW, MOST_LEFT_OUT = 5, 3, 5
RUNAWAYS = 0.01  # share of draws from which a forecast is said to run away
WIDENED = 1.5


def notes(
    series: Series,
    sample: Sample,
    settings: Settings,
    fit: Fit,
    found: list[Relation],
    trouble: Mapping[str, str],
    runaway: float,
) -> Iterator[Note]:
    """All doubts, the gravest first."""
    yield from doubt_notes(series, sample, fit, found, trouble)
    checks = list(sampling_notes(fit))
    yield from (note for note in checks if note.level == "caution")
    yield from _data_notes(sample, settings.is_same)
    if runaway > RUNAWAYS:
        yield Note(
            f"Do not read the far end of the forecast: in {100 * runaway:.0f} % of draws mutual help runs away "
            "(a pole passes 100 times its capacity); the equations then no longer describe an economy.",
            "caution",
        )
    if "capacity" not in fit.arrays:
        yield Note(
            "Ask whether any pole has a limit of its own: the law predator_prey knows none, and reads growth that "
            'levels off by itself as harm from the other poles, surely so. Compare with law = "symbiosis".',
            "caution",
        )
    if settings.noise == "measurement":
        yield Note(
            'Prefer noise = "state-space": with measurement noise alone intervals are too narrow as soon as '
            "growth itself is noisy.",
            "caution",
        )
    yield from decide_notes(series, sample, fit, found)
    if any(one.relation not in (UNDETERMINED, "independence") for one in found):
        yield Note(
            "Ask what else could drive these poles: something outside that moves both looks the same as help or harm."
        )
    if "capacity" in fit.arrays:
        yield from capacity_notes(sample, fit, found)
    yield from together_notes(found)
    yield from _setting_notes(sample, settings, fit)
    yield from (note for note in checks if note.level != "caution")
    yield Note(
        "Do not rely on this forecast before `contest` has scored it on held-out years, where symbiosis is among its "
        "forecasters (of two series or more); no change (naive) "
        "and the average past change (drift) are grey in the picture. A good forecast would still be no proof of the "
        "effects, and no effect here is what a policy would bring about."
    )


def doubt_notes(
    series: Series, sample: Sample, fit: Fit, found: list[Relation], trouble: Mapping[str, str]
) -> Iterator[Note]:
    """Fits that did not settle or failed, and poles that adjust too slowly."""
    bad = int((fit["is_trusted"] <= 0).sum()) - len(trouble)
    if bad:
        yield Note(
            f'Try fewer poles, a longer panel or pooling = "complete": the fit of {counted(bad, "region")} did not '
            "settle. Its effects and forecast are shown but not trusted, and no relation is claimed there.",
            "caution",
        )
    for region, words in list(trouble.items())[:MOST_TROUBLE]:
        yield Note(f"Look at the data of {region}: it could not be fitted ({words}).", "caution")
    for slow in sorted({one.slow for one in heads(found) if one.slow})[:MOST_SLOW]:
        they, them, their = ("it adjusts", "it", "its") if len(slow) == 1 else ("they adjust", "them", "their")
        yield Note(
            f"Do not read effects on {listed(slow)}, however large they look: {they} too slowly for this many "
            "years, so "
            f"they cannot be told from {their} own drift, and no relation is claimed for {them}. "
            f"More {series.periods.word}s would help.",
            "caution",
        )


def _data_notes(sample: Sample, is_same: bool) -> Iterator[Note]:
    if sample.left_out:
        shown = listed(sample.left_out[:MOST_LEFT_OUT])
        others = " and others" if len(sample.left_out) > MOST_LEFT_OUT else ""
        least = NEEDS_EACH if is_same else NEEDS
        gaps = " or gaps in the population" if sample.driver is not None else ""
        yield Note(
            f"Fill or lengthen {shown}{others}: {counted(len(sample.left_out), 'region')} with fewer than {least} "
            f"positive values of a pole{gaps} left out.",
            "caution",
        )
    if sample.zeros:
        yield Note(
            f"Check {counted(sample.zeros, 'zero or negative value')}: without a logarithm they were taken as not "
            "observed.",
            "caution",
        )


def _setting_notes(sample: Sample, settings: Settings, fit: Fit) -> Iterator[Note]:
    if len(sample.regions) == 1 and settings.noise != "measurement":
        yield Note(
            "Add regions if you can: with one region a shock to all poles in a year cannot be told from symbiosis."
        )
    if settings.has_years:
        yield Note("Remember that a shock common to all regions in a year is set apart and not counted as symbiosis.")
    widened = float(np.nanmax(fit["widened"])) if "widened" in fit.arrays else 1.0
    if widened > WIDENED:
        yield Note(
            f"Ask what else differs between regions: they disagree more than the equations allow, and the "
            f"intervals of the shared effects were widened up to {widened:.1f} times."
        )


def capacity_notes(sample: Sample, fit: Fit, found: list[Relation]) -> Iterator[Note]:
    """Capacities that are not known or have no sure upper end, and how to read a scale above capacity."""
    known = capacity_known(sample, fit)
    share = np.median(np.exp(fit["log_last"]) / fit["capacity"], axis=0)
    if (known & (np.where(np.isfinite(share), share, 0.0) > 1.0)).any():
        why = (
            "as a pole that is held up by the others or is shrinking"
            if any(one.relation in HELPING for one in found)
            else "with care: such a pole is held up by the others or is shrinking, but no such help is claimed here"
        )
        yield Note(f"Read a scale above capacity (beyond 1) {why}. Capacity is what a pole could keep alone.")
    there = np.isfinite(fit["capacity"]).all(axis=0)
    left = int((there & ~known).sum())
    if left:
        yield Note(
            f"Leave aside {left} of {int(there.sum())} scales over capacity (one a region and pole): the fit did not "
            "settle, the pole adjusts too slowly, or its capacity is not known to within four times. The picture does "
            "not show them."
        )
    ratio = fit["capacity"] / np.exp(fit["log_last"])
    _, _, high = quantiles_of(np.where(np.isfinite(ratio), ratio, 0.0))
    open_ = [(pole, int((high[:, k] > APART).sum())) for k, pole in enumerate(fit.labels["pole"])]
    said = [f"{pole} in {counted(many, 'region')}" for pole, many in open_ if many]
    if said:
        yield Note(
            f"Read as a lower bound the capacity of {listed(said)}: no clear bend is seen there, and four times the "
            "present scale and more is possible."
        )
