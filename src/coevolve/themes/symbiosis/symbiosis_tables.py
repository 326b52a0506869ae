"""What the fit says of each pole and effect: coefficients, and scales over capacity."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...engine.infer import quantiles_of
from ...evidence.fit import Fit
from ...evidence.series import Series
from ...inquiry.finding import Table
from .future import one_unit
from .largest import largest_regions
from .relations import contraction, ends_of, slow_poles
from .sample import Sample

Array = NDArray[np.float64]

APART = 4.0  # times its lower end beyond which the upper end of a capacity says that it is not known
MOST_SHOWN = 15  # regions in a picture


def coefficients_table(series: Series, fit: Fit) -> Table:
    """Rates, capacities and b with 90 % intervals and how far the data narrowed them."""
    poles = fit.labels["pole"]
    rows: list[tuple[object, ...]] = []
    if "group_symbiosis" in fit.arrays:
        rows += [_row("", "rate", pole, "", fit["group_rate"][:, k], True) for k, pole in enumerate(poles)]
        rows += list(_effects("", fit["group_symbiosis"], poles))
    own_b = "group_symbiosis" not in fit.arrays or fit.options.get("pooling") != "complete"
    for r, region in enumerate(fit.labels["region"]):
        for name in ("rate", "capacity"):
            if name in fit.arrays:
                rows += [
                    _row(region, name, pole, "", fit[name][:, r, k], True)
                    for k, pole in enumerate(poles)
                    if np.isfinite(fit[name][:, r, k]).all()  # a region may lack a pole
                ]
        if own_b:
            rows += list(_effects(region, fit["symbiosis"][:, r], poles))
    columns = ("region", "parameter", "pole", "other", "median", "lo", "hi", "contraction")
    unit = one_unit(series) or "the unit of the series"
    return Table.of_rows(
        "coefficients",
        columns,
        rows,
        {"rate": f"1/{series.periods.word}"},
        f"All numbers of the fit. One row a region and parameter (empty region: all together): rate per "
        f"{series.periods.word}, capacity in {unit}, and b, the effect of `other` on `pole` (below 0 helps), with 90 % "
        "intervals. `contraction`: how much the data taught, 0 nothing beyond what was assumed before, 1 everything.",
    )


def _effects(region: str, draws: Array, poles: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    for i, pole in enumerate(poles):
        for j, other in enumerate(poles):
            if i != j and np.isfinite(draws[:, i, j]).all():
                yield _row(region, "b", pole, other, draws[:, i, j], False)


def _row(region: str, parameter: str, pole: str, other: str, draws: Array, is_log: bool) -> tuple[object, ...]:
    return (region, parameter, pole, other, *ends_of(draws), contraction(draws, parameter, is_log))


def shares_table(sample: Sample, fit: Fit) -> Table:
    """Last scale over capacity when alone, x/N, with 90 % intervals, and whether the data tell that capacity."""
    known = capacity_known(sample, fit)
    rows = []
    for k, pole in enumerate(fit.labels["pole"]):
        for r, region in enumerate(fit.labels["region"]):
            draws = np.exp(fit["log_last"][:, r, k]) / fit["capacity"][:, r, k]
            if np.isfinite(draws).all():
                rows.append((region, pole, *ends_of(draws), bool(known[r, k])))
    return Table.of_rows(
        "capacity_shares",
        ("region", "pole", "share", "share_lo", "share_hi", "is_known"),
        rows,
        {},
        "How far each pole has filled its capacity. One row a region and pole: last scale over capacity N when alone, "
        f"90 % intervals. `is_known`: the fit settled, the pole does not adjust too slowly, and the upper end of N is "
        f"at most {APART:g} times the lower. Where not, N has no sure upper end: the share is told only to be at most "
        "`share_hi`.",
    )


def capacity_known(sample: Sample, fit: Fit) -> NDArray[np.bool_]:
    """Where the data tell a capacity (region, pole): the fit settled, the pole does not adjust too slowly to show where
    it would come to rest, and the 90 % interval is not too wide."""
    capacity = fit["capacity"]
    drawn = np.isfinite(capacity).all(axis=0)
    _, low, high = quantiles_of(np.where(drawn, capacity, 1.0))
    slow = slow_poles(fit, float(sample.times[-1] - sample.times[0]))
    return np.asarray(drawn & (fit["is_trusted"] > 0)[:, None] & ~slow & (high <= APART * low))


def shares_shown(fit: Fit, shares: Table) -> Table:
    """The shares that a picture shows: those known, of the largest regions, these first."""
    order = {fit.labels["region"][r]: k for k, r in enumerate(largest_regions(fit))}
    known = [row for row in shares.rows() if row["is_known"]]
    shown = sorted({str(row["region"]) for row in known}, key=order.__getitem__)[:MOST_SHOWN]
    rows = [
        tuple(row[column] for column in ("region", "pole", "share", "share_lo", "share_hi"))
        for row in sorted(known, key=lambda row: order[str(row["region"])])
        if row["region"] in shown
    ]
    return Table.of_rows(
        "shares_shown",
        ("region", "pole", "share", "share_lo", "share_hi"),
        rows,
        {},
        f"The rows of `capacity_shares` that are known, of at most {MOST_SHOWN} regions, the largest first.",
    )
