"""What `scenario` shows and says: paths as they are and as changed, and the difference that the change makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...evidence.fit import Fit
from ...evidence.periods import Periods
from ...inquiry.finding import QUANTILES, Chart, Finding, Note, Source, Table
from ...inquiry.wording import listed
from .future import period_values, quantiles_of, time_column_of
from .scenario import Alteration
from .scenarios import AS_IT_IS, Followed

Array = NDArray[np.float64]
SOURCES = (Source("tong-wang", "Tong & Wang, Interactive evolution of innovation poles, section 2.2, (8) to (10)."),)
ENDS = (0.05, 0.5, 0.95)
SURE = 0.95
PLACES_SHOWN = 8


@dataclass(frozen=True)
class Effect:
    """What one scenario does to one pole by the last period: percent with its 90 % ends, the chance of more."""

    scenario: str
    pole: str
    percent: float
    lo: float
    hi: float
    more: float

    @property
    def is_sure(self) -> bool:
        """Whether the direction is certain at .95."""
        return max(self.more, 1.0 - self.more) >= SURE and self.percent != 0.0


def scenario_finding(fit: Fit, changes: Sequence[Alteration], labels: Sequence[str], found: Followed) -> Finding:
    """The Finding of `scenario`."""
    whole = _with_total(fit, found)
    regions = (*([""] if len(fit.labels["region"]) > 1 else []), *fit.labels["region"])
    periods = Periods.of(fit.labels["period"])
    time = time_column_of(periods.kind)
    ahead = period_values(labels, periods.kind)
    unit = _unit(fit)
    difference = _difference_table(fit, whole, regions, ahead, time, unit)
    effects = list(_effects(fit, whole))
    last = _last_table(effects, labels[-1])
    paths = _paths_table(fit, whole, regions, ahead, time, unit)
    shown = _shown_table(fit, whole, regions, ahead, time, unit)
    return Finding(
        _claim(changes, effects, labels[-1], len(fit.labels["region"])),
        "What if: " + "; ".join(dict.fromkeys(_words(one) for one in changes)),
        (paths, difference, last, shown),
        _charts(labels, time, unit),
        tuple(_notes(fit, whole, effects)),
        SOURCES,
    )


def _with_total(fit: Fit, found: Followed) -> dict[str, Array]:
    """Draws (draw, region, period, pole) with the sum over regions first, where there are several."""
    there = np.asarray(np.isfinite(fit["rate"]).all(axis=0))  # a pole that a region lacks adds nothing to the sum
    if len(fit.labels["region"]) == 1:
        return dict(found.draws)
    return {
        name: np.concatenate([np.where(there[None, :, None, :], draws, 0.0).sum(axis=1, keepdims=True), draws], axis=1)
        for name, draws in found.draws.items()
    }


def _unit(fit: Fit) -> str:
    units = dict.fromkeys(fit.labels["unit"])
    return next(iter(units)) if len(units) == 1 else ""


def _paths_table(
    fit: Fit, draws: dict[str, Array], regions: Sequence[str], ahead: NDArray[np.generic], time: str, unit: str
) -> Table:
    rows = [
        (region, name, pole, when, quantile, value)
        for name, values in draws.items()
        for r, region in enumerate(regions)
        for p, pole in enumerate(fit.labels["pole"])
        for when, many in zip(ahead.tolist(), quantiles_of(values[:, r, :, p]).tolist(), strict=True)
        for quantile, value in zip(QUANTILES, many, strict=True)
        if np.isfinite(value)
    ]
    caption = f"One row a region (empty: their sum), scenario, pole, {time} and quantile."
    return Table.of_rows(
        "paths", ("region", "scenario", "pole", time, "quantile", "value"), rows, {"value": unit}, caption
    )


def _difference_table(
    fit: Fit, draws: dict[str, Array], regions: Sequence[str], ahead: NDArray[np.generic], time: str, unit: str
) -> Table:
    rows: list[tuple[object, ...]] = []
    for name in list(draws)[1:]:
        plain = draws[name] - draws[AS_IT_IS]
        percent = 100.0 * (draws[name] / draws[AS_IT_IS] - 1.0)
        for r, region in enumerate(regions):
            for p, pole in enumerate(fit.labels["pole"]):
                for h, when in enumerate(ahead.tolist()):
                    one, share = plain[:, r, h, p], percent[:, r, h, p]
                    if np.isfinite(one).all():
                        lo, mid, hi = np.quantile(one, ENDS)
                        low, middle, high = np.quantile(share, ENDS)
                        more = _more(one)
                        rows.append((region, name, pole, when, mid, lo, hi, middle, low, high, more))
    columns = ("region", "scenario", "pole", time, "difference", "difference_lo", "difference_hi")
    more_columns = ("percent", "percent_lo", "percent_hi", "probability_higher")
    caption = (
        "What the change does: as changed less as it is, draw by draw with the same noise; 90 % intervals; "
        "an empty region is the sum of all."
    )
    return Table.of_rows("difference", (*columns, *more_columns), rows, {"difference": unit, "percent": "%"}, caption)


def _more(difference: Array) -> float:
    """The chance that the change raises a pole; draws that it does not touch count half."""
    return float((difference > 0).mean() + 0.5 * (difference == 0).mean())


def _effects(fit: Fit, draws: dict[str, Array]) -> Iterator[Effect]:
    for name in list(draws)[1:]:
        for p, pole in enumerate(fit.labels["pole"]):
            share = 100.0 * (draws[name][:, 0, -1, p] / draws[AS_IT_IS][:, 0, -1, p] - 1.0)
            if np.isfinite(share).all():
                lo, mid, hi = np.quantile(share, ENDS)
                yield Effect(name, pole, float(mid), float(lo), float(hi), _more(share))


def _last_table(effects: Sequence[Effect], last: str) -> Table:
    rows = [
        (
            one.pole if one.scenario == effects[0].scenario and _single(effects) else f"{one.pole}, {one.scenario}",
            one.scenario,
            one.pole,
            one.percent,
            one.lo,
            one.hi,
            one.more,
        )
        for one in effects
    ]
    columns = ("what", "scenario", "pole", "percent", "lo", "hi", "probability_higher")
    return Table.of_rows("effects", columns, rows, {"percent": "%"}, f"What each scenario does by {last}, in percent.")


def _single(effects: Sequence[Effect]) -> bool:
    return len({one.scenario for one in effects}) == 1


def _shown_table(
    fit: Fit, draws: dict[str, Array], regions: Sequence[str], ahead: NDArray[np.generic], time: str, unit: str
) -> Table:
    """The rows that the picture draws: all regions together, and the few largest."""
    size = np.nan_to_num(draws[AS_IT_IS][:, :, 0].mean(axis=0).sum(axis=-1))
    places = np.argsort(-size, kind="stable")[: max(1, PLACES_SHOWN // len(fit.labels["pole"]))]
    rows = [
        (f"{regions[r] or 'all regions'}, {pole}".removeprefix(", "), name, when, quantile, value)
        for r in places.tolist()
        for p, pole in enumerate(fit.labels["pole"])
        for name, values in draws.items()
        for when, many in zip(ahead.tolist(), quantiles_of(values[:, r, :, p]).tolist(), strict=True)
        for quantile, value in zip(QUANTILES, many, strict=True)
        if np.isfinite(value)
    ]
    return Table.of_rows(
        "shown", ("place", "scenario", time, "quantile", "value"), rows, {"value": unit}, "What is drawn."
    )


def _charts(labels: Sequence[str], time: str, unit: str) -> tuple[Chart, ...]:
    roles = {"x": time, "quantile": "quantile", "value": "value", "series": "scenario", "facet": "place"}
    effect = Chart(
        "effect",
        "bars",
        "effects",
        {"label": "what", "value": "percent", "lo": "lo", "hi": "hi"},
        f"What the change does to each pole by {labels[-1]}",
        "percent of the path without the change, with 90 % interval",
        f"Each pole's difference in percent by {labels[-1]} with its 90 % interval.",
        options={"zero": True, "diverging": True},
    )
    path = Chart(
        "paths",
        "bands",
        "shown",
        roles,
        "As it is and as changed",
        f"{unit or 'value'}, {labels[0]} to {labels[-1]}; bands 50, 80 and 95 %",
        "Fans of each pole with and without the change.",
    )
    return (effect, path)


def _claim(changes: Sequence[Alteration], effects: Sequence[Effect], last: str, regions: int) -> str:
    if not effects:
        return "Nothing can be said: no region has a fit to follow."
    first = effects[0].scenario
    own = [_words(one) for one in changes if one.scenario == first]
    where = "the regions together" if regions > 1 else "the model"
    said = [
        f"{one.pole} stands {_percent(one)} {'higher' if one.percent > 0 else 'lower'} in {last}"
        for one in effects
        if one.scenario == first and one.is_sure
    ]
    unsure = [one.pole for one in effects if one.scenario == first and not one.is_sure]
    doubt = f" What it does to {listed(unsure)} cannot be told in direction." if unsure else ""
    head = f"With {listed(own)}, in {where}, "
    if not said:
        return f"{head}no pole's path changes in a direction that is certain by {last}.{doubt}"
    return f"{head}{'; '.join(said)}: as far as the fitted equations hold.{doubt}"


def _percent(one: Effect) -> str:
    ends = sorted((abs(one.lo), abs(one.hi)))
    return f"{abs(one.percent):.1f} % ({ends[0]:.1f} to {ends[1]:.1f} %)"


def _words(one: Alteration) -> str:
    what = f"the effect of {one.other} on {one.pole} (b)" if one.what == "b" else f"the {one.what} of {one.pole}"
    if one.to is not None:
        how = f"set to {one.to:g}"
    elif one.what == "b":
        how = f"changed by {one.by:+g}"
    else:
        factor = 1.0 if one.by is None else one.by
        how = f"{'raised' if factor >= 1 else 'lowered'} by {100.0 * abs(factor - 1.0):.3g} %"
    where = f" in {listed(one.regions)}" if one.regions else ""
    return f"{what}{where} {how} {'in' if one.what == 'scale' else 'from'} {one.year}"


def _notes(fit: Fit, draws: dict[str, Array], effects: Sequence[Effect]) -> Iterator[Note]:
    if not (fit["is_trusted"] > 0).all():
        yield Note("Do not lean on these paths: the fit did not settle in every region.", "caution")
    if any(not one.is_sure for one in effects):
        yield Note(
            "Read the wide intervals first: what a change does to other poles rests on b, and where b is undetermined "
            "the direction is too."
        )
    limit = 100.0 * np.exp(fit["log_last"])
    wild = [
        name
        for name, values in draws.items()
        if (values[:, -len(fit.labels["region"]) :] > limit[:, :, None, :]).any(axis=(2, 3)).mean() > 0.01
    ]
    if wild:
        yield Note(
            f"Shorten the horizon: in {listed(wild)} more than 1 % of draws pass a hundred times today's scale.",
            "caution",
        )
    yield Note(
        "Compare with `contest` before trusting levels: the paths without the change are the forecasts of symbiosis, "
        "and whether they beat no change and drift is asked there."
    )
