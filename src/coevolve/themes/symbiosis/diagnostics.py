"""How a fit went and how noisy the data are, with a verdict on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...evidence.fit import Fit
from ...inquiry.finding import Note, Table
from ...inquiry.wording import counted
from .model import LEAST_AGREEING, MOST_DIVERGED, Settings
from .relations import is_crowded
from .sample import Sample

Array = NDArray[np.float64]

GOOD_R_HAT, FAIR_R_HAT = 1.01, 1.05  # Vehtari et al. (2021) ask for 1.01
GOOD_DRAWS, FAIR_DRAWS = 400.0, 100.0  # Vehtari et al. (2021) ask for 400
Row = tuple[str, float, str]


def diagnostics_table(sample: Sample, settings: Settings, fit: Fit) -> Table:
    """How the fit went and how noisy the data are, with a verdict each."""
    rows = [*_size(sample, fit), *_search(fit), *_sampling(fit), *_noise(settings, fit)]
    return Table.of_rows(
        "diagnostics",
        ("what", "value", "verdict"),
        rows,
        {},
        "How the fit went and how noisy the data are: one row a check, the worst region where there are several. R-hat "
        f"is good below {GOOD_R_HAT:g} and fair below {FAIR_R_HAT:g}, draws are good from {GOOD_DRAWS:.0f} and fair "
        f"from {FAIR_DRAWS:.0f}, divergences few up to {MOST_DIVERGED:.0%} of the draws.",
    )


def _size(sample: Sample, fit: Fit) -> Iterator[Row]:
    trusted = fit["is_trusted"] > 0
    yield "regions", float(len(sample.regions)), "fitted together" if "group_symbiosis" in fit.arrays else "each alone"
    yield "periods", float(len(sample.times)), "observed at most"
    yield "regions settled", float(trusted.sum()), "all" if trusted.all() else "look at the notes"


def _search(fit: Fit) -> Iterator[Row]:
    """The search for the most probable values."""
    if "starts_agreeing" in fit.arrays:
        agreeing = _worst(fit, "starts_agreeing", np.nanmin)
        doubt = "chains begin at the best" if "r_hat" in fit.arrays else "doubtful"
        yield "starts that agree", agreeing, "good" if agreeing >= LEAST_AGREEING else doubt
    if "effective_points" in fit.arrays:
        points = _worst(fit, "effective_points", np.nanmin)
        yield "effective points of the noise scales", points, "how many settings of the noise the fit averages"
    if "widened" in fit.arrays:
        yield "widening by regions that disagree", _worst(fit, "widened", np.nanmax), "1: none"


def _sampling(fit: Fit) -> Iterator[Row]:
    """How well the sampler went through all that the data allow; a normal approximation says that it is one."""
    if "r_hat" not in fit.arrays:
        yield "inference", float("nan"), "normal approximation (screen)"
        return
    apart = _worst(fit, "r_hat", np.nanmax)
    yield "largest r-hat", apart, "good" if apart < GOOD_R_HAT else "fair" if apart < FAIR_R_HAT else "doubtful"
    if "divergences" in fit.arrays:
        divergences = _divergences(fit)
        few = divergences <= MOST_DIVERGED * len(fit["rate"])
        yield "divergences", divergences, "none" if divergences == 0 else "few" if few else "doubtful"
    if "effective_draws" in fit.arrays:
        draws = _worst(fit, "effective_draws", np.nanmin)
        verdict = "good" if draws >= GOOD_DRAWS else "fair" if draws >= FAIR_DRAWS else "doubtful"
        yield "fewest effective draws", draws, verdict
    if "chains" in fit.arrays:
        yield "chains", _worst(fit, "chains", np.nanmin), "independent runs of the sampler"


def _noise(settings: Settings, fit: Fit) -> Iterator[Row]:
    for k, pole in enumerate(fit.labels["pole"]):
        for name, word in (("measurement", "counting"), ("process", "growth")):
            if (name, settings.noise) not in (("measurement", "one-step"), ("process", "measurement")):
                yield f"noise of {word}, {pole}", float(np.nanmedian(fit[name][:, :, k])), "sd of logs a period"
        if settings.has_years:
            yield f"common year effect, {pole}", float(np.nanmedian(fit["year"][:, k])), "sd of logs"
    if "spread_b" in fit.arrays and settings.pooling == "hierarchical":
        yield "spread of b over regions", float(np.median(fit["spread_b"])), "sd"
    if "spread_capacity" in fit.arrays:
        yield "spread of capacities over regions", float(np.median(fit["spread_capacity"])), "sd of logs"


def sampling_notes(fit: Fit) -> Iterator[Note]:
    """What to do where the sampler did not go through all that the data allow, or was not asked."""
    if "r_hat" not in fit.arrays:
        yield Note(
            'Ask again with inference = "chains" before you quote these figures: intervals and probabilities are a '
            "quick normal approximation, and in made worlds its 90 % intervals of b held the truth in 78 to 99 % of "
            "cases, least with ten years or with shocks common to all regions."
        )
        if is_crowded(fit):
            yield Note(
                "Do not read signs here that look certain, and no relation is claimed: with five poles from one region "
                "of twenty years the quick approximation was certain of 2 to 12 % of the effects in made worlds, and "
                'right in only 53 % of these. Ask for fewer poles, more regions or inference = "chains".',
                "caution",
            )
        return
    apart = fit["r_hat"] >= FAIR_R_HAT
    if apart.any():
        where = "" if _shared(fit) and apart.all() else f" in {counted(int(apart.sum()), 'region')}"
        yield Note(
            f"Do not quote these figures yet{where}: chains of the sampler disagree (r-hat "
            f"{float(np.nanmax(fit['r_hat'])):.2f}; below {FAIR_R_HAT:g} is wanted). Ask for more draws, or for less: "
            'fewer poles or pooling = "complete". The screen (inference = "laplace") answers at once, with intervals '
            "of b that are too narrow in panels.",
            "caution",
        )
    divergences = _divergences(fit) if "divergences" in fit.arrays else 0.0
    if divergences > MOST_DIVERGED * len(fit["rate"]):
        yield Note(
            f"Read intervals as too narrow: the sampler broke off in {counted(int(divergences), 'draw')} "
            '(divergences), so a corner of what is possible is missing. Try noise = "one-step", fewer poles or a '
            "longer panel.",
            "caution",
        )
    elif divergences > 0:
        yield Note(
            f"Read the ends of intervals with care: the sampler broke off in {counted(int(divergences), 'draw')} "
            "(divergences)."
        )
    if "effective_draws" in fit.arrays:
        fewest = _worst(fit, "effective_draws", np.nanmin)
        if fewest < FAIR_DRAWS:
            yield Note(
                f"Ask for more draws: these are worth only {fewest:.0f} independent ones where they are fewest, so the "
                "ends of intervals are uncertain.",
                "caution",
            )


def _worst(fit: Fit, name: str, pick: Callable[[Array], Any]) -> float:
    values = np.asarray(fit[name], float)
    return float(pick(values)) if np.isfinite(values).any() else float("nan")


def _shared(fit: Fit) -> bool:
    """Whether all regions come from one fit, whose figures then stand in every region."""
    return "group_symbiosis" in fit.arrays


def _divergences(fit: Fit) -> float:
    """Of one fit of all regions, or of the fits of each added up."""
    values = fit["divergences"]
    if not np.isfinite(values).any():
        return float("nan")
    return float(np.nanmax(values) if _shared(fit) else np.nansum(values))
