"""The synergy of a composite system (Meng and Han 1999), and how much of it hangs on the base period."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...inquiry.finding import Chart, Finding, Note, Source, Table
from ...inquiry.wording import counted
from .legacy_equations import composite_synergy
from .rows import Rows
from .wording import percent

Array = NDArray[np.float64]

SOURCE = Source(
    "meng1999",
    "Meng, Q. and Han, W. (1999). Study on a coordinating measurement model for a composite system. Journal of "
    "Tianjin University 33(4), 444-446.",
)


def finding(rows: Rows) -> Finding:
    """Order degrees and synergy since the first period, and since the second."""
    degree = order_degrees(rows)
    fixed = np.stack([composite_synergy(degree[:, :, 0], degree[:, :, t]) for t in range(degree.shape[2])], axis=1)
    fixed[:, 0] = np.nan
    other = np.full_like(fixed, np.nan)
    for t in range(2, degree.shape[2]):
        other[:, t] = composite_synergy(degree[:, :, 1], degree[:, :, t])
    both = np.isfinite(fixed) & np.isfinite(other)
    turned = float((np.sign(fixed[both]) != np.sign(other[both])).mean()) if both.any() else float("nan")
    known = np.isfinite(fixed)
    up = int((fixed[known] > 0).sum())
    base = rows.periods.labels[0]
    flips = f"; with the next period as base {percent(turned)} of the signs turn" if both.any() else ""
    claim = (
        "The size of meng_han says little: it is 0 as soon as one subsystem stands still, jumps where one changes "
        f"sign, and a fall of all counts like a fall of one{flips}. As published, with {base} as base, "
        f"{up} of {counted(int(known.sum()), 'region-' + rows.periods.word)} have positive synergy."
    )
    notes = (
        Note("Use `synergy` instead: it has intervals and a smooth measure without jumps.", "caution"),
        Note("Mind the base: it is the first period here; set since to change it. Goalposts are pooled extremes."),
        Note("Check against the paper before quoting: the formulas are those of the secondary literature."),
    )
    chart = Chart(
        "synergy",
        "heat",
        "synergy",
        {"row": "region", "column": "year" if rows.periods.kind == "year" else "period", "value": "composite"},
        f"Composite synergy since {base}, as published",
        "-1 to 1; jumps are the measure's, not the region's",
        "Heat map of the composite synergy by region and period.",
        options={"diverging": True, "sort": "value"},
    )
    tables = (_table(rows, fixed, other), _orders(rows, degree))
    return Finding(claim, "Synergy of a composite system (Meng & Han 1999)", tables, (chart,), notes, (SOURCE,))


def order_degrees(rows: Rows) -> Array:
    """The order degree of each subsystem (subsystem, region, period): its indicators' geometric mean.

    u_j = (e - beta)/(alpha - beta), or (alpha - e)/(alpha - beta) where less is better        Meng & Han (1999)
    """
    low, high = np.nanmin(rows.values, axis=(0, 1)), np.nanmax(rows.values, axis=(0, 1))
    u = (rows.values - low) / np.where(high > low, high - low, 1.0)
    u = np.where(rows.less, 1 - u, u)
    own = [u[..., rows.subsystem == k] for k in range(len(rows.subsystems))]
    return np.stack([np.prod(one, axis=-1) ** (1 / one.shape[-1]) for one in own])


def _labels(rows: Rows) -> tuple[str, NDArray[np.generic]]:
    if rows.periods.kind == "year":
        return "year", np.array([int(one) for one in rows.periods.labels])
    return "period", np.array(rows.periods.labels, dtype=object)


def _table(rows: Rows, fixed: Array, other: Array) -> Table:
    region, period = (axis.ravel() for axis in np.indices(rows.complete.shape))
    time, labels = _labels(rows)
    columns = {
        "region": np.array(rows.regions, dtype=object)[region],
        time: labels[period],
        "composite": fixed.ravel(),
        "composite_next_base": other.ravel(),
    }
    return Table("synergy", columns, caption="Composite synergy since the first and since the second period.")


def _orders(rows: Rows, degree: Array) -> Table:
    subsystem, region, period = (axis.ravel() for axis in np.indices(degree.shape))
    time, labels = _labels(rows)
    columns = {
        "region": np.array(rows.regions, dtype=object)[region],
        time: labels[period],
        "subsystem": np.array(rows.subsystems, dtype=object)[subsystem],
        "order_degree": degree.ravel(),
    }
    return Table("order", columns, caption="Order degree of each subsystem, 0 worst to 1 best.")
