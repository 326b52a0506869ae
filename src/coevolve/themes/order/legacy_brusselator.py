"""The Brusselator criterion applied to indices, and the units of measurement in which its verdict would hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...inquiry.finding import Chart, Finding, Note, Source, Table
from ...inquiry.wording import counted
from .legacy_equations import brusselator_bound, units_that_pass
from .rows import Rows
from .wording import named, percent

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

SOURCE = Source(
    "prigogine1968",
    "Prigogine, I. and Lefever, R. (1968). Symmetry breaking instabilities in dissipative systems II. Journal of "
    "Chemical Physics 48, 1695-1700.",
)


def finding(rows: Rows) -> Finding:
    """The verdicts by region and period, and the units in which each would hold."""
    a, b = (index_of(rows, name) for name in ("a", "b"))
    bound = brusselator_bound(a)
    known = np.isfinite(a) & np.isfinite(b)
    passes = known & (b > bound)
    low, high = units_that_pass(a, b)
    some = known & np.isfinite(low)
    table = _table(rows, a, b, bound, passes, low, high)
    last = rows.ends[1]
    now = [rows.regions[r] for r in np.flatnonzero(passes[:, last])]
    when = rows.periods.labels[last]
    many = counted(int(some.sum()), "region-" + rows.periods.word)
    claim = (
        "The verdict of the Brusselator test is not found in the data: an index has no natural unit, and in the right "
        f"unit {many} of {int(known.sum())} would pass (those with B above 2A). Passing means that a reaction "
        f"oscillates, not that a region is ordered. In the unit used here {int(passes.sum())} pass, in {when} "
        f"{named(now) if now else 'none'}."
    )
    notes = (
        Note("Use `stage` instead: its threshold has no free unit and says when it is not identified.", "caution"),
        Note(
            "Read scale_lo to scale_hi as the units in which the verdict is yes: multiply both indices by a number in "
            f"between. {percent(float(some.sum() / max(1, known.sum())))} have such a range. A and B made of several "
            "indicators are means on a scale from 0 to 1, on which B > 1 + A² can never hold."
        ),
        Note("With rate constants the bound is k4/k2 + k3 k1² A²/(k2 k4²): setting them to 1 is one choice of units."),
    )
    chart = Chart(
        "verdicts",
        "scatter",
        "latest",
        {"x": "a", "y": "b", "label": "region"},
        f"Indices A and B in {when}",
        "as published a region passes where B > 1 + A²; which ones do hangs on the unit",
        "Scatter of the indices A and B by region.",
    )
    latest = _latest(rows, a, b, bound, passes, last)
    return Finding(claim, "Brusselator test", (table, latest), (chart,), notes, (SOURCE,))


def index_of(rows: Rows, name: str) -> Array:
    """An index by region and period: its one indicator as it is, or the mean of several between their extremes."""
    own = rows.values[..., rows.subsystem == rows.subsystems.index(name)]
    if own.shape[-1] == 1:
        return np.asarray(own[..., 0])
    low, high = np.nanmin(own, axis=(0, 1)), np.nanmax(own, axis=(0, 1))
    return np.asarray(((own - low) / np.where(high > low, high - low, 1.0)).mean(axis=-1))


def _table(rows: Rows, a: Array, b: Array, bound: Array, passes: Flags, low: Array, high: Array) -> Table:
    region, period = (axis.ravel() for axis in np.indices(rows.complete.shape))
    year = rows.periods.kind == "year"
    labels = np.array([int(one) if year else one for one in rows.periods.labels], dtype=None if year else object)
    columns = {
        "region": np.array(rows.regions, dtype=object)[region],
        "year" if year else "period": labels[period],
        "a": a.ravel(),
        "b": b.ravel(),
        "bound": bound.ravel(),
        "passes": passes.ravel(),
        "scale_lo": low.ravel(),
        "scale_hi": np.where(np.isfinite(high), high, np.nan).ravel(),
    }
    caption = "passes: b > bound = 1 + a². scale_lo to scale_hi: the factors on both indices with which it is true."
    return Table("verdicts", columns, caption=caption)


def _latest(rows: Rows, a: Array, b: Array, bound: Array, passes: Flags, last: int) -> Table:
    listed = zip(rows.regions, a[:, last], b[:, last], bound[:, last], passes[:, last], strict=True)
    made = [(name, float(x), float(y), float(z), bool(p)) for name, x, y, z, p in listed]
    return Table.of_rows("latest", ("region", "a", "b", "bound", "passes"), made, caption="The last period.")
