"""The tables and pictures of `influence`, and the Network it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...engine.panel_regression import LEFT_OVER
from ...evidence.network import Network
from ...evidence.series import Series
from ...inquiry.finding import Chart, Table
from .arrays import Readied
from .channels import Measured, Model
from .null_links import Calibration

Floats = NDArray[np.float64]

SHOWN = 20  # pairs in the picture of the strongest
HEAT_MOST = 40  # series in the heat map
SIZES = (0.02, 0.05, 0.1, 0.2, 0.5)  # strengths that the table of power asks about


@dataclass(frozen=True)
class Outcome:
    """All that was found, and how it was asked."""

    readied: Readied
    measured: Measured
    nulls: tuple[Calibration, ...]
    fdr: float
    scale: Literal["log", "level"]
    model: Model

    @property
    def unit(self) -> str:
        """What a strength of 1 means."""
        driver = "log driver" if self.scale == "log" else "driver relative to its mean in the region"
        return f"change of log growth per unit of {driver}"

    @property
    def span(self) -> str:
        """The first and the last period in which some region has every series."""
        whole = np.flatnonzero(np.isfinite(self.readied.logs).all(axis=2).any(axis=0))
        first, last = (int(whole[0]), int(whole[-1])) if len(whole) else (0, len(self.readied.periods) - 1)
        return f"{self.readied.periods[first]} to {self.readied.periods[last]}"

    @property
    def links(self) -> int:
        """How many links were called."""
        return int(self.measured.selected.sum())

    @property
    def tested(self) -> int:
        """How many ordered pairs could be tested."""
        return int(np.isfinite(self.measured.p).sum())

    @property
    def network(self) -> Floats:
        """The strengths of the selected links, [target, source]; 0 elsewhere."""
        return np.where(self.measured.selected, np.nan_to_num(self.measured.strength), 0.0)


def tables(series: Series, outcome: Outcome) -> tuple[Table, ...]:
    """Edges, links, series, paths, calibration, gain, power, lags where they were chosen, and what pictures draw."""
    edges, short = edges_table(outcome), short_names(series)
    made = [
        edges,
        links_table(outcome),
        series_table(series, outcome),
        paths_table(outcome),
        calibration_table(outcome),
        gain_table(outcome),
        power_table(outcome),
        *picture_tables(edges, outcome, short),
    ]
    if len(outcome.measured.lag_losses):
        made.append(lags_table(outcome))
    return tuple(made)


def edges_table(outcome: Outcome) -> Table:
    """Every ordered pair, selected or not, the smallest p first."""
    found, names = outcome.measured, np.array(outcome.readied.names, object)
    target, source = np.nonzero(~np.eye(len(names), dtype=bool))
    order = np.lexsort((source, target, -found.score[target, source], found.p[target, source]))
    target, source = target[order], source[order]

    def column(matrix: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.asarray(matrix[target, source])

    columns = {
        "source": names[source],
        "target": names[target],
        "strength": column(found.strength),
        "strength_lo": column(found.low),
        "strength_hi": column(found.high),
        "score": column(found.score),
        "lag": column(found.lag),
        "p": column(found.p),
        "q": column(found.q),
        "selected": column(found.selected),
        "weight_lstm": found.weight[target],
        "least_strength": column(found.least),
    }
    units = {"strength": outcome.unit, "least_strength": outcome.unit, "lag": f"{outcome.readied.word}s"}
    caption = (
        "One row an ordered pair, the surest first: source moves target; strength above 0 raises its growth. "
        f"Intervals 95 %. selected: q at most {outcome.fdr:g}. score ranks pairs. least_strength would have been "
        "called with a chance of 80 %."
    )
    return Table("edges", columns, units, caption)


def links_table(outcome: Outcome) -> Table:
    """The links that were called."""
    found, names = outcome.measured, outcome.readied.names
    target, source = np.nonzero(found.selected)
    order = np.argsort(-np.abs(found.strength[target, source]), kind="stable")
    rows = [
        (names[j], names[i], float(found.strength[i, j]), int(found.lag[i, j]))
        for i, j in zip(target[order].tolist(), source[order].tolist(), strict=True)
    ]
    columns = ("source", "target", "strength", "lag")
    return Table.of_rows("links", columns, rows, {"strength": outcome.unit}, "The links that were called.")


def series_table(series: Series, outcome: Outcome) -> Table:
    """Each series: how many it moves and is moved by, and what was left of it."""
    selected = outcome.measured.selected
    columns = {
        "series": np.array(outcome.readied.names, object),
        "indicator": np.array(series.indicators, object),
        "industry": np.array(series.industries, object),
        "moves": selected.sum(axis=0).astype(np.int64),
        "moved_by": selected.sum(axis=1).astype(np.int64),
        "rows": outcome.measured.pooled.rows,
        "without_logarithm": outcome.readied.zeros,
    }
    units = {
        "moves": "called links out",
        "moved_by": "called links in",
        "rows": f"region-{outcome.readied.word}s as target",
        "without_logarithm": "values",
    }
    return Table("series", columns, units, "One row a series: the links that were called, and the rows used.")


def short_names(series: Series) -> dict[str, str]:
    """Names for pictures: the industry alone where no other series has it."""
    plain = [industry or name for industry, name in zip(series.industries, series.names, strict=True)]
    alone = [
        name if plain.count(word) == 1 else full for word, name, full in zip(plain, plain, series.names, strict=True)
    ]
    return dict(zip(series.names, alone, strict=True))


def picture_tables(edges: Table, outcome: Outcome, short: dict[str, str]) -> tuple[Table, ...]:
    """What the pictures draw, with short names: all pairs, the surest pairs, the links and their ends."""
    source, target = ([short[str(name)] for name in edges[end]] for end in ("source", "target"))
    unit = {"strength": outcome.unit}
    every = {
        "source": np.array(source, object),
        "target": np.array(target, object),
        "strength": edges["strength"],
        "selected": edges["selected"],
    }
    called = np.where(edges["selected"].astype(bool), "called", "not called").astype(object)
    surest = {
        "pair": np.array([f"{s} → {t}" for s, t in zip(source, target, strict=True)], object)[:SHOWN],
        **{key: edges[key][:SHOWN] for key in ("strength", "strength_lo", "strength_hi", "q")},
        "verdict": called[:SHOWN],
    }
    held = edges["selected"].astype(bool)
    ends = {
        "label": np.array([short[name] for name in outcome.readied.names], object),
        "size": (outcome.measured.selected.sum(axis=0) + outcome.measured.selected.sum(axis=1)).astype(np.int64),
    }
    found = (
        Table("strengths", every, unit, "All pairs, as the heat map draws them."),
        Table("strongest", surest, unit, f"The {len(surest['pair'])} surest pairs."),
    )
    if not outcome.links:
        return found
    return (
        *found,
        Table(
            "picture_links",
            {key: every[key][held] for key in ("source", "target", "strength")},
            unit,
            "The called links, as the network draws them.",
        ),
        Table("picture_series", ends, {"size": "called links in and out"}, "The series, as the network draws them."),
    )


def paths_table(outcome: Outcome) -> Table:
    """Direct, indirect and total effects over the selected links.

    W, (I - W)^-1 - I - W and (I - W)^-1 - I                              Tong & Wang, section 2.1.3

    Only where every path dies out: the spectral radius of W is below 1. Else indirect and total are NaN.
    """
    direct, names = outcome.network, outcome.readied.names
    size = len(names)
    if radius(outcome) < 1.0:
        total = np.linalg.inv(np.eye(size) - direct) - np.eye(size)
        indirect = total - direct
    else:
        total, indirect = np.full((size, size), np.nan), np.full((size, size), np.nan)
    touched = (np.abs(direct) > 0.0) | (np.abs(np.nan_to_num(total)) > 1e-12)
    target, source = np.nonzero(touched & ~np.eye(size, dtype=bool))
    order = np.argsort(-np.abs(np.nan_to_num(total[target, source])), kind="stable")
    rows = [
        (names[j], names[i], float(direct[i, j]), float(indirect[i, j]), float(total[i, j]))
        for i, j in zip(target[order].tolist(), source[order].tolist(), strict=True)
    ]
    columns = ("source", "target", "direct", "indirect", "total")
    units = dict.fromkeys(("direct", "indirect", "total"), outcome.unit)
    caption = "Effects along the called links: at one step, over further steps, and both."
    return Table.of_rows("paths", columns, rows, units, caption)


def radius(outcome: Outcome) -> float:
    """The spectral radius of the selected links."""
    return float(np.abs(np.linalg.eigvals(outcome.network)).max())


def calibration_table(outcome: Outcome) -> Table:
    """What chance finds: links on null panels, beside those found here."""
    rows: list[tuple[object, ...]] = []
    for one in outcome.nulls:
        lo, hi = one.any_interval if len(one.links) else (np.nan, np.nan)
        mean = float(one.links.mean()) if len(one.links) else np.nan
        most = float(one.links.max()) if len(one.links) else np.nan
        label = f"{one.kind} ({'pooled' if one.channel == 'pooled' else 'with LSTM'})"
        rows.append((one.kind, one.channel, len(one.links), mean, one.any_share, lo, hi, most, outcome.links, label))
    columns = (
        "null",
        "channel",
        "draws",
        "links_found",
        "any_share",
        "any_share_lo",
        "any_share_hi",
        "most_links",
        "links_here",
        "label",
    )
    units = {"links_found": "links a draw, mean", "any_share": "share of draws with any link"}
    caption = "One row a kind of noise: how many links the same procedure finds on panels without any."
    return Table.of_rows("calibration", columns, rows, units, caption)


def gain_table(outcome: Outcome) -> Table:
    """Held-out losses of each target, as shares of what its own history leaves."""
    own, linear, lstm = outcome.measured.losses
    columns = {
        "target": np.array(outcome.readied.names, object),
        "own_history": own,
        "linear": linear,
        "lstm": lstm,
        "weight_lstm": outcome.measured.weight,
    }
    units = dict.fromkeys(("own_history", "linear", "lstm"), "mean squared error, own history = 1")
    where = "regions" if outcome.readied.by_region else "stretches of time"
    return Table("gain", columns, units, f"Error in growth on {where} not used for the fit; below 1 the others help.")


def power_table(outcome: Outcome) -> Table:
    """Which strengths this panel could have shown, and how many regions would show the rest."""
    least = outcome.measured.least[np.isfinite(outcome.measured.least)]
    rows = []
    for size in SIZES:
        share = float((least <= size).mean()) if len(least) else np.nan
        rows.append((size, share, regions_needed(outcome, size)))
    word = outcome.readied.word
    units = {"strength": outcome.unit, "regions_needed": f"regions over {len(outcome.readied.periods)} {word}s each"}
    caption = (
        "One row a strength: the share of pairs in which it would have been called with a chance of 80 %, and how many "
        "regions of this length would call it in half of the pairs; empty where histories are too short for any number."
    )
    return Table.of_rows("power", ("strength", "pairs_share", "regions_needed"), rows, units, caption)


def regions_needed(outcome: Outcome, size: float) -> float:
    """How many regions of this length would call a strength of `size` in half of the pairs; NaN where none would.

    The squared error of a strength goes with 1/N + 2/T^3: the second part is what short histories leave of the bias,
    and no number of regions N takes it away.
    """
    least = outcome.measured.least[np.isfinite(outcome.measured.least)]
    regions, rows = len(outcome.readied.regions), float(outcome.measured.pooled.rows.max())
    if not len(least) or not rows:
        return float("nan")
    left = LEFT_OVER / (rows / regions) ** 3
    share = (1.0 / regions + left) * (size / float(np.median(least))) ** 2 - left
    return max(2.0, float(np.ceil(1.0 / share))) if share > 0.0 else float("nan")


def lags_table(outcome: Outcome) -> Table:
    """The held-out loss of each number of lags that was tried."""
    losses = outcome.measured.lag_losses
    lags = np.arange(1, len(losses) + 1)
    columns = {"lags": lags, "loss": losses, "chosen": lags == outcome.measured.lags}
    units = {"loss": "mean squared error, own history = 1"}
    return Table("lags", columns, units, "One row a number of lags: error on held-out parts, all on the same periods.")


def made_network(outcome: Outcome) -> Network:
    """The selected links as a Network: weights[target, source], above 0 raises the target's growth.

    The network that the measures of Tong & Wang, section 2.1, are taken of.
    """
    target, source = np.nonzero(outcome.measured.selected)
    weight = outcome.measured.strength[target, source]
    called = f"{len(target)} of {outcome.tested} pairs called at a false discovery rate of {outcome.fdr:g}"
    return Network(
        outcome.readied.names,
        source.astype(np.int64),
        target.astype(np.int64),
        weight.astype(float),
        directed=True,
        meaning=outcome.unit,
        made_by=f"influence measured in {len(outcome.readied.regions)} regions, {outcome.span}, {called}",
    )


def charts(outcome: Outcome) -> tuple[Chart, ...]:
    """The network, the strength of every pair, the surest pairs, and what noise gives."""
    names, links = outcome.readied.names, outcome.links
    found = []
    if links:
        found.append(
            Chart(
                "network",
                "network",
                "picture_links",
                {"source": "source", "target": "target", "weight": "strength", "sign": "strength"},
                title=f"Who moves whom: {_count(links, 'link')} called",
                subtitle=f"{len(names)} series; blue raises, vermilion lowers the target's growth",
                alt=f"Network of {_count(links, 'called link')} among {len(names)} series.",
                also={"nodes": "picture_series"},
                options={"directed": True, "diverging": True},
            )
        )
    if len(names) <= HEAT_MOST:
        found.append(
            Chart(
                "strength",
                "heat",
                "strengths",
                {"row": "target", "column": "source", "value": "strength", "certain": "selected"},
                title="Strength of every influence: column moves row",
                subtitle=f"{outcome.unit}; pale, or in brackets: not called",
                alt=f"Heat map of the strength of influence among {len(names)} series.",
                options={"diverging": True, "legend": ["lowers growth", "raises growth"]},
            )
        )
    found.append(
        Chart(
            "strongest",
            "bars",
            "strongest",
            {"label": "pair", "value": "strength", "lo": "strength_lo", "hi": "strength_hi", "series": "verdict"},
            title="The surest pairs" + ("" if links else ": none is called"),
            subtitle=f"{outcome.unit}; 95 % intervals",
            alt=f"Strength of the {min(SHOWN, len(names) * (len(names) - 1))} surest pairs with intervals.",
            options={"dots": True, "sort": "none", "grey": ["not called"]},
        )
    )
    if outcome.nulls:
        found.append(
            Chart(
                "calibration",
                "bars",
                "calibration",
                {"label": "label", "value": "links_found", "mark": "links_here"},
                title="Links found on panels of noise",
                subtitle="mean number a panel; the tick is what was found here",
                alt="Bars of the mean number of links found on panels of noise, with the number found here as a tick.",
                options={"sort": "none", "zero": True},
            )
        )
    return tuple(found)


def _count(many: int, word: str) -> str:
    return f"{many} {word}{'' if many == 1 else 's'}"
