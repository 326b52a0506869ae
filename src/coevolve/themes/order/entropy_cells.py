"""The stocks, flows and moves of cells that `entropy` reads from a panel and a network, and what is wrong there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import CoevolveError, Fault, StudyError, nearest
from ...evidence.network import Network
from ...evidence.panel import Indicator, Panel
from ...evidence.periods import Periods

Array = NDArray[np.float64]
Axes = Literal["region", "industry", "both"]
RECLASSIFIED = "reclassified"
MOVES = "moves"
NET = "net change"
RESERVED = (RECLASSIFIED, MOVES, NET, "entropy", "change", "residual", "produced", "exchanged", "delta", "state", "all")
CHANNEL = re.compile(r"[a-z][a-z0-9_ ]*")


@dataclass(frozen=True)
class Cells:
    """What stood in each cell in each period, and what came and went between them.

    `stock` has shape (period, cell); `channels` and `changes` (step, channel, cell) hold signed flows into the stock,
    NaN in steps that the flows do not cover; the last channel is what they leave unexplained. `moves` (step, cell,
    cell) counts units from a cell (row) to another, `moved` the steps in which they were observed. `place` gives the
    region and industry of each cell in `shape`; `left_out` names cells with gaps, `skipped` periods without numbers.
    """

    axes: Axes
    regions: tuple[str, ...]
    industries: tuple[str, ...]
    labels: tuple[str, ...]
    place: NDArray[np.int64]
    periods: Periods
    stock: Array
    channels: tuple[str, ...]
    changes: Array
    moves: Array | None
    moved: NDArray[np.bool_]
    unit: str
    left_out: tuple[str, ...] = ()
    left_share: float = 0.0
    skipped: tuple[str, ...] = ()
    through: int = 0  # flows through cells that were empty before and after

    @property
    def has_flows(self) -> bool:
        """Whether any flow was named, beside what the stocks themselves say."""
        return self.channels != (NET,)

    @property
    def table(self) -> Array:
        """The stock as (period, region, industry); cells that were left out hold nothing."""
        shape = (len(self.periods), len(self.regions), len(self.industries))
        dense = np.zeros(shape)
        dense[:, self.place[:, 0], self.place[:, 1]] = self.stock
        return dense

    @property
    def word(self) -> str:
        """What one cell is called in a sentence."""
        return {"region": "region", "industry": "industry", "both": "region-industry cell"}[self.axes]

    @property
    def short(self) -> str:
        """The same in one word."""
        return {"region": "region", "industry": "industry", "both": "cell"}[self.axes]


def axes_of(panel: Panel, stocks: str, wanted: Axes | None) -> Axes:
    """Over what the stock is spread: as asked, else over every axis on which it has more than one label."""
    if wanted is not None:
        return wanted
    industries = len(panel.indicator(stocks).industries) > 1
    return "both" if industries and len(panel.regions) > 1 else ("industry" if industries else "region")


def cells_of(
    panel: Panel, stocks: str, flows: Mapping[str, str], network: Network | None, wanted: Axes | None
) -> Cells:
    """The cells; `cell_faults` must have found nothing wrong."""
    axes = axes_of(panel, stocks, wanted)
    one = panel.indicator(stocks)
    regions = panel.regions if axes != "industry" else ("",)
    industries = one.industries if axes != "region" else ("",)
    whole = _spread(one, axes)
    named = {
        channel: (-1.0 if name.startswith("-") else 1.0) * _channel(panel, stocks, name, axes)
        for channel, name in flows.items()
    }
    usable, kept = _usable(whole)
    place = np.array([(r, i) for r in range(len(regions)) for i in range(len(industries))])
    labels = tuple("/".join(x for x in (regions[r], industries[i]) if x) for r, i in place)
    stock = whole[usable][:, kept]
    periods = Periods(tuple(panel.periods.labels[k] for k in np.flatnonzero(usable)), panel.periods.kind)
    moves, moved = _moves(network, tuple(labels[k] for k in np.flatnonzero(kept)), periods)
    channels, changes, through = _changes(panel, stock, usable, kept, named, moves)
    lost = np.nansum(whole[usable][:, ~kept], axis=1)
    return Cells(
        axes,
        regions,
        industries,
        tuple(labels[k] for k in np.flatnonzero(kept)),
        place[kept],
        periods,
        stock,
        channels,
        changes,
        moves,
        moved,
        one.unit,
        tuple(labels[k] for k in np.flatnonzero(~kept)),
        float(np.max(lost / (lost + stock.sum(axis=1)), initial=0.0)),
        tuple(panel.periods.labels[k] for k in np.flatnonzero(~usable)),
        through,
    )


def cell_faults(
    panel: Panel, stocks: str, flows: Mapping[str, str], network: Network | None, wanted: Axes | None
) -> Iterator[Fault]:
    """Everything that makes these stocks, flows and moves impossible to read as counts over cells."""
    found = list(_name_faults(panel, stocks, flows))
    if found:
        yield from found
        return
    one, axes = panel.indicator(stocks), axes_of(panel, stocks, wanted)
    if axes != "region" and len(one.industries) < 2:
        yield Fault(f"'{stocks}' is not counted by industry.", got=axes, do='Write cells = "region".')
        return
    if (one.values < 0).any():
        yield Fault(f"'{stocks}' has values below 0.", got=float(np.nanmin(one.values)), do="Name a stock: a count.")
        return
    for channel, name in flows.items():
        try:
            lowest = float(np.nanmin(_channel(panel, stocks, name, axes), initial=0.0))
        except CoevolveError as error:
            yield from error.faults
            continue
        if lowest < 0:
            yield Fault(
                f"flow '{channel}' has values below 0.", got=lowest, do='Count what came, or "-name" what went.'
            )
    usable, kept = _usable(_spread(one, axes))
    if kept.sum() < 2 or usable.sum() < 1:
        got = f"{int(kept.sum())} cells over {int(usable.sum())} periods"
        yield Fault(f"'{stocks}' has fewer than two cells that are counted throughout.", got=got, do="Fill its gaps.")
    elif not (_spread(one, axes)[usable][:, kept].sum(axis=1) > 0).all():
        yield Fault(f"'{stocks}' is 0 in all cells of a period.", got=0, do="Start later: since = ....")
    elif network is not None:
        yield from _move_faults(panel, stocks, network, wanted)


def _name_faults(panel: Panel, stocks: str, flows: Mapping[str, str]) -> Iterator[Fault]:
    for name in (stocks, *flows.values()):
        try:
            panel.indicator(name.removeprefix("-"))
        except CoevolveError as error:
            yield from error.faults
    for channel in flows:
        if not CHANNEL.fullmatch(channel):
            yield Fault(f"'{channel}' is no name for a flow.", got=channel, do='Use letters a-z, digits, _: "entry".')
        elif channel in RESERVED or channel.startswith(("produced", "probability")) or channel in ("lo", "hi", "year"):
            yield Fault(f"no flow may be called '{channel}'.", got=channel, do="Give it another name, such as entry.")


def _move_faults(panel: Panel, stocks: str, network: Network, wanted: Axes | None) -> Iterator[Fault]:
    if not network.directed:
        yield Fault("moves need a direction.", got="an undirected network", do="Set directed = true in the evidence.")
        return
    if (network.weight < 0).any():
        yield Fault("moves are counts.", got=float(network.weight.min()), do="Leave out links below 0.")
        return
    cells = cells_of(panel, stocks, {}, None, wanted)
    unknown = [label for label in network.labels if label not in cells.labels and label not in cells.left_out]
    for label in unknown[:10]:
        yield Fault(
            f"moves name a cell '{label}' that is not in '{stocks}'.", got=label, do=nearest(label, cells.labels)
        )
    if unknown:
        return
    if network.year is not None and cells.periods.kind in ("quarter", "month"):
        do = 'Sum the panel to years: to = "year".'
        yield Fault(f"moves are by year and the panel by {cells.periods.kind}.", got=cells.periods.labels[0], do=do)
        return
    if network.year is None and len(cells.periods) != 2:
        got = f"{len(cells.periods)} periods"
        yield Fault("moves need a year, or two periods that they lie between.", got=got, do='Name it: year = "...".')
        return
    moves, moved = _moves(network, cells.labels, cells.periods)
    assert moves is not None
    for step in np.flatnonzero(moved):
        left = cells.stock[step] - moves[step].sum(axis=1)
        if (left < 0).any():
            worst = int(left.argmin())
            yield Fault(
                f"more moved out of {cells.labels[worst]} by {cells.periods.labels[step + 1]} than stood there before.",
                got=f"{moves[step, worst].sum():g} of {cells.stock[step, worst]:g}",
                do="Count moves in the unit of the stock, in the year in which they end.",
            )
            return


def _spread(one: Indicator, axes: Axes) -> Array:
    """The counts as (period, cell); a sum with a part that was not observed is not observed."""
    cube = one.values.transpose(2, 0, 1)
    if axes == "region":
        return np.asarray(cube.sum(axis=2))
    if axes == "industry":
        return np.asarray(cube.sum(axis=1))
    return cube.reshape(len(cube), -1)


def _channel(panel: Panel, stocks: str, name: str, axes: Axes) -> Array:
    flow, stock = panel.indicator(name.removeprefix("-")), panel.indicator(stocks)
    if axes != "region" and flow.industries != stock.industries:
        lacking = [label for label in stock.industries if label not in flow.industries]
        if lacking:
            got = ", ".join(lacking[:5])
            what = f"'{flow.name}' is not counted in all industries of '{stocks}'."
            raise StudyError(what, got=f"lacks {got}", do='Name flows of the same cells, or write cells = "region".')
        order = [flow.industries.index(label) for label in stock.industries]
        return np.asarray(
            _spread(Indicator(flow.name, stock.industries, flow.values[:, order], flow.status[:, order]), axes)
        )
    return _spread(flow, axes)


def _usable(whole: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Periods in which more than half of the cells that are ever counted are, and cells counted in all of those."""
    seen = np.isfinite(whole)
    ever = seen.any(axis=0)
    usable = 2 * seen.sum(axis=1) > ever.sum()
    return usable, np.asarray(seen[usable].all(axis=0) & ever)


def _moves(
    network: Network | None, labels: tuple[str, ...], periods: Periods
) -> tuple[Array | None, NDArray[np.bool_]]:
    """Counts (step, from, to) and whether the step was observed; a link of year t moved between t - 1 and t."""
    steps = max(0, len(periods) - 1)
    if network is None:
        return None, np.zeros(steps, bool)
    found = np.zeros((steps, len(labels), len(labels)))
    place = np.array([labels.index(one) if one in labels else -1 for one in network.labels])
    tail, head = place[network.source], place[network.target]
    inside = (tail >= 0) & (head >= 0) & (tail != head)
    if network.year is None:
        step = np.zeros(len(network.source), np.int64)
    else:
        last = {_whole(label): k for k, label in enumerate(periods.labels[1:])}
        step = np.array([last.get(int(year), -1) for year in network.year])
    kept = inside & (step >= 0)
    np.add.at(found, (step[kept], tail[kept], head[kept]), network.weight[kept])
    listed = set() if network.year is None else {int(year) for year in network.years}
    moved = np.array([network.year is None or _whole(label) in listed for label in periods.labels[1:]], bool)
    return found, moved


def _whole(label: str) -> int | None:
    """A period as a whole number, where it is one."""
    try:
        value = float(label)
    except ValueError:
        return None
    return int(value) if value.is_integer() else None


def _changes(
    panel: Panel,
    stock: Array,
    usable: NDArray[np.bool_],
    kept: NDArray[np.bool_],
    named: Mapping[str, Array],
    moves: Array | None,
) -> tuple[tuple[str, ...], Array, int]:
    change = np.diff(stock, axis=0)
    rows = np.flatnonzero(usable)[1:]
    position = panel.periods.position[usable] if usable.any() else np.zeros(0)
    parts = {channel: flow[rows][:, kept] for channel, flow in named.items()}
    if moves is not None:
        parts[MOVES] = moves.sum(axis=1) - moves.sum(axis=2)
    if not parts:
        return (NET,), change[:, None, :], 0
    stacked = np.stack(list(parts.values()), axis=1)
    stacked[np.diff(position) != 1] = np.nan
    stacked[~np.isfinite(stacked).all(axis=(1, 2))] = np.nan
    rest = change - stacked.sum(axis=1)
    nothing = (stock[:-1] == 0) & (stock[1:] == 0)
    through = int(np.nansum(np.abs(stacked) * nothing[:, None, :]))
    whole = np.concatenate([stacked, rest[:, None, :]], axis=1)
    return (*parts, RECLASSIFIED), whole, through
