"""The industries that `stage` looks at, each as counts over cells and periods with what came and what went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import CoevolveError, Fault
from ...evidence.fit import Fit
from ...evidence.panel import Panel
from ...evidence.periods import Periods
from .wording import single

Array = NDArray[np.float64]

LEAST_PERIODS = 6
LEAST_CELLS = 5


@dataclass(frozen=True)
class Unit:
    """One industry (or the whole): `counts`, `entries`, `exits` of shape (period, cell), flows NaN in the first.

    `reference` has the counts whose spread means no clustering, or is None for an even spread. `left_out` names
    cells with gaps.
    """

    name: str
    cells: tuple[str, ...]
    counts: Array
    entries: Array | None
    exits: Array | None
    reference: Array | None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """All units, the periods they share, and what a cell, the reference and the things counted are called."""

    of: str
    units: tuple[Unit, ...]
    periods: Periods
    word: str
    reference: str
    skipped: tuple[str, ...] = ()
    things: str = "firms"

    @property
    def thing(self) -> str:
        """One of what is counted: a firm, where the indicator names no unit."""
        return single(self.things)


def units_of(panel: Panel, of: str, entries: str | None, exits: str | None, reference: str | None) -> Found:
    """The units; `unit_faults` must have found nothing wrong."""
    stock = _cube(panel, of)
    flows = [None if name is None else _cube(panel, name) for name in (entries, exits)]
    usable = _usable(panel, stock)
    industries = panel.indicator(of).industries
    across = len(panel.regions) > 1
    labels = panel.regions if across else industries
    whole = stock.sum(axis=1) if across and len(industries) > 1 else None
    given = None if reference is None else _cube(panel, reference)
    units, skipped = [], []
    for place, name in enumerate(industries if across else (of,)):
        cut = (slice(None), place) if across else (0, slice(None))
        base = None if given is None else (given[:, 0] if across else given[0])
        one = _unit(
            name or of,
            labels,
            usable,
            stock[cut],
            [f if f is None else f[cut] for f in flows],
            whole if base is None else base,
        )
        if one is None:
            skipped.append(name or of)
        else:
            units.append(one)
    periods = Periods(tuple(panel.periods.labels[k] for k in np.flatnonzero(usable)), panel.periods.kind)
    word = "region" if across else "industry"
    against = reference or ("all industries" if whole is not None else "an even spread")
    unit = panel.indicator(of).unit
    things = unit if unit not in ("", "count", "counts", "number", "1") else "firms"
    return Found(of, tuple(units), periods, word, against, tuple(skipped), things)


def unit_faults(
    panel: Panel, of: str, entries: str | None, exits: str | None, reference: str | None
) -> Iterator[Fault]:
    """Everything that makes these counts impossible to read as industries spread over cells."""
    found = []
    for name in (of, entries, exits, reference):
        if name is not None:
            try:
                one = panel.indicator(name)
                if (one.values < 0).any():
                    low = float(np.nanmin(one.values))
                    found.append(Fault(f"'{name}' has values below 0.", got=low, do="Name a count."))
                elif name in (entries, exits) and one.industries != panel.indicator(of).industries:
                    what = f"'{name}' is not counted in the industries of '{of}'."
                    found.append(Fault(what, got=list(one.industries)[:5], do="Name a flow of the same cells."))
            except CoevolveError as error:
                found.extend(error.faults)
    yield from found
    if found:
        return
    if panel.periods.kind == "none" or int(_usable(panel, _cube(panel, of)).sum()) < LEAST_PERIODS:
        got = f"{int(_usable(panel, _cube(panel, of)).sum())} in a row"
        yield Fault(f"a stage needs {LEAST_PERIODS} periods of '{of}' in a row.", got=got, do="Add periods.")
    elif not units_of(panel, of, entries, exits, reference).units:
        got = f"{len(panel.regions)} regions, {len(panel.indicator(of).industries)} industries"
        do = "Fill gaps, or ask of a panel with more regions."
        yield Fault(f"no industry of '{of}' is counted throughout in {LEAST_CELLS} cells.", got=got, do=do)


def fit_of(found: Found, options: Mapping[str, object], digest: str) -> Fit:
    """The counts, entries and exits as a Fit, for `formation` to be calibrated to."""
    cells = tuple(dict.fromkeys(cell for unit in found.units for cell in unit.cells))
    shape = (len(found.units), len(cells), len(found.periods))
    arrays = {"counts": np.full(shape, np.nan)}
    if found.units[0].exits is not None:
        arrays |= {name: np.full(shape, np.nan) for name in ("entries", "exits")}
    for place, unit in enumerate(found.units):
        rows = [cells.index(cell) for cell in unit.cells]
        for name, array in arrays.items():
            array[place, rows] = getattr(unit, name).T
    labels = {"unit": tuple(u.name for u in found.units), "cell": cells, "period": found.periods.labels}
    return Fit("stage", arrays, dict.fromkeys(arrays, ("unit", "cell", "period")), labels, options, digest)


def _cube(panel: Panel, name: str) -> Array:
    return panel.indicator(name).values


def _usable(panel: Panel, stock: Array) -> NDArray[np.bool_]:
    """The longest run of neighbouring periods in which more than half of the cells are counted."""
    seen = np.isfinite(stock).reshape(-1, stock.shape[2])
    enough = 2 * seen.sum(axis=0) > seen.any(axis=1).sum()
    best, start = (0, 0), None
    position = panel.periods.position
    for k in range(len(enough) + 1):
        breaks = k == len(enough) or not enough[k] or (k > 0 and position[k] - position[k - 1] != 1)
        if start is not None and breaks:
            best, start = max(best, (k - start, -start)), None
        if start is None and k < len(enough) and enough[k]:
            start = k
    run = np.zeros(len(enough), bool)
    run[-best[1] : -best[1] + best[0]] = True
    return run


def _unit(
    name: str,
    labels: tuple[str, ...],
    usable: NDArray[np.bool_],
    stock: Array,
    flows: list[Array | None],
    reference: Array | None,
) -> Unit | None:
    """A unit from (cell, period) arrays, or None where too few cells are counted throughout."""
    kept = np.asarray(np.isfinite(stock[:, usable]).all(axis=1) & (stock[:, usable] > 0).any(axis=1))
    for flow in flows:
        if flow is not None:
            kept &= np.isfinite(flow[:, usable][:, 1:]).all(axis=1)
    if reference is not None:
        kept &= np.isfinite(reference[:, usable]).all(axis=1) & (reference[:, usable] > 0).all(axis=1)
    if kept.sum() < LEAST_CELLS or not (stock[kept][:, usable].sum(axis=0) > 0).all():
        return None
    kept_cells = np.flatnonzero(kept)
    cut = [None if one is None else one[kept][:, usable].T.copy() for one in (*flows, reference)]
    return Unit(
        name,
        tuple(labels[k] for k in kept_cells),
        stock[kept][:, usable].T.copy(),
        cut[0],
        cut[1],
        cut[2],
        tuple(labels[k] for k in np.flatnonzero(~kept) if labels[k]),
    )
