"""The net and the blend fitted to a block of series: what they share, their points, their bands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...engine import many_series
from ...engine.blending import blended, weights_of
from ...engine.conformal import CHANGES_NEEDED, Misses, band_widths, bands, central_levels, recent_change
from ...engine.many_series import Origins
from ...engine.season import Season, season_of
from ...evidence.series import Series
from ...inquiry.finding import QUANTILES, Note
from ...inquiry.forecaster import Fitted, Forecast
from ...inquiry.key import Key
from .model import MOST_TRIED, naive_widths

Floats = NDArray[np.float64]
Tick = Callable[[int, int], None]

MEMBERS = ("lstm", "dot", "drift", "damped")
AHEAD = 8  # periods ahead that the net learns; in sub-annual data a year, if that is more


@dataclass(frozen=True)
class Learned:
    """What the net and the blend share: the series freed from their season, the nets, and all past forecasts.

    `rows` are the flat places of the series that past origins were tried on. `nets` is None where there was too
    little to learn from: Theta stands in for the net.
    """

    series: Series
    season: Season
    values: Floats
    rows: NDArray[np.int64]
    nets: many_series.Learned | None
    past: Origins
    end: Origins

    def points(self, steps: int) -> tuple[Origins, dict[str, Floats], dict[str, Floats]]:
        """Past origins with what each member said there, and what it says now."""
        past, end = self.past, self.end
        longer = steps > past.steps
        wide_past = many_series.past_origins(self.values[self.rows], steps) if longer else _first(past, steps)
        wide_end = many_series.last_origin(self.values, steps) if longer else _first(end, steps)
        early, final = (self.nets.early, self.nets.final) if self.nets else (None, None)
        since = self.nets.cut if self.nets else 0
        before, now = many_series.corrected(past, early, since), many_series.corrected(end, final)
        return (
            wide_past,
            {**wide_past.said, "lstm": _held(wide_past, past, before)},
            {**wide_end.said, "lstm": _held(wide_end, end, now)},
        )


def learn(series: Series, key: Key, tick: Tick | None = None) -> Learned:
    """Takes out the season, puts the simple rules to all past origins and trains the nets on what Theta missed."""
    periods = series.values.shape[2]
    flat = np.ascontiguousarray(series.values.reshape(-1, periods), dtype=float)
    season = season_of(flat, series.periods.season)
    values = np.ascontiguousarray(season.remove(flat))
    seen = np.flatnonzero(np.isfinite(values).any(axis=1))
    rows = seen[:: max(1, -(-len(seen) // MOST_TRIED))]
    ahead = max(AHEAD, series.periods.season)
    past = many_series.past_origins(values[rows], ahead)
    nets = many_series.learn(past, key.numpy(), tick) if len(past.places) else None
    return Learned(series, season, values, rows, nets, past, many_series.last_origin(values, ahead))


@dataclass(frozen=True)
class FittedLearned(Fitted):
    """The net alone ("lstm") or blended with three simple rules ("blend")."""

    name: str
    learned: Learned

    def forecast(self, steps: int, quantiles: Sequence[float] = QUANTILES) -> Forecast:
        """The next `steps` periods; bands from what the same forecaster missed at earlier origins."""
        series, levels = self.learned.series, np.asarray(quantiles, float)
        regions, names, _ = series.values.shape
        made = np.full((regions * names, steps, len(levels)), np.nan)
        for block in self._blocks(steps):
            made[block.rows] = self._banded(block, levels)
        return Forecast(
            series.periods.after(steps),
            tuple(quantiles),
            made.reshape(regions, names, steps, len(levels)),
            self._notes(),
        )

    def weights(self, steps: int) -> dict[str, dict[str, float]]:
        """By indicator, the weight of each member (of the net alone: all of it)."""
        return {block.indicator: dict(block.weights) for block in self._blocks(steps)}

    def _blocks(self, steps: int) -> list[_Block]:
        learned = self.learned
        past, before, now = learned.points(steps)
        names = len(learned.series.names)
        found = []
        for indicator in dict.fromkeys(learned.series.indicators):
            places = [k for k, one in enumerate(learned.series.indicators) if one == indicator]
            mine = np.isin(np.arange(len(learned.values)) % names, places)
            tried = np.isin(learned.rows, np.flatnonzero(mine))
            weights = self._weights(past, before, tried)
            found.append(
                _Block(
                    indicator,
                    np.flatnonzero(mine),
                    weights,
                    _mixed(now, weights, mine)[0],
                    _misses(past, _mixed(before, weights, tried), tried),
                )
            )
        return found

    def _weights(self, past: Origins, said: Mapping[str, Floats], tried: NDArray[np.bool_]) -> dict[str, float]:
        """Weights from the origins that the early net has not seen; without such a net the others share alike."""
        if self.name == "lstm":
            return {"lstm": 1.0}
        nets = self.learned.nets
        if nets is None or nets.early is None:
            rules = {name: said[name][:, tried] for name in MEMBERS[1:]}
            return weights_of(rules, past.actual[:, tried], past.scale[:, tried])
        late = past.places >= nets.cut
        mine = {name: said[name][late][:, tried] for name in MEMBERS}
        return weights_of(mine, past.actual[late][:, tried], past.scale[late][:, tried])

    def _banded(self, block: _Block, quantiles: Floats) -> Floats:
        learned = self.learned
        levels = central_levels(quantiles)
        widths = band_widths(block.misses, levels)
        values = learned.values[block.rows]
        if np.isnan(widths).all():
            widths = naive_widths(values, block.points.shape[1], 1, levels)
        free = np.full(len(values), -np.inf)
        made = bands(block.points, recent_change(values), widths, levels, quantiles, free)
        restored = _restored(learned.season, block.rows, made, values.shape[1])
        flat = learned.series.values.reshape(-1, values.shape[1])[block.rows]
        return restored if (flat < 0).any() else np.maximum(restored, 0.0)

    def _notes(self) -> tuple[Note, ...]:
        nets, many = self.learned.nets, len(self.learned.series.names) * len(self.learned.series.regions)
        what = f"{many} series of {len(self.learned.series.periods)} {self.learned.series.periods.word}s"
        if nets is None:
            why = f"too few past misses to learn from ({what}): Theta stands in for the net"
        elif nets.early is None and self.name == "blend":
            why = f"too short to put a net to the test ({what}): the blend goes without it"
        else:
            return ()
        return (Note(f"Read no learning into this: {why}."),)


@dataclass(frozen=True)
class _Block:
    """The series of one indicator: their flat places, the weights, the points ahead, the misses so far."""

    indicator: str
    rows: NDArray[np.int64]
    weights: Mapping[str, float]
    points: Floats
    misses: Misses


def _mixed(said: Mapping[str, Floats], weights: Mapping[str, float], rows: NDArray[np.bool_]) -> Floats:
    mine = {name: said[name][:, rows] for name in weights}
    return blended(mine, weights, [said["naive"][:, rows], said["drift"][:, rows]])


def _misses(past: Origins, points: Floats, rows: NDArray[np.bool_]) -> Misses:
    """Absolute errors in units of each series' recent change, as the bands of the baselines count them."""
    scale = np.empty((len(past.places), int(rows.sum())))
    for k, place in enumerate(past.places.tolist()):
        scale[k] = recent_change(past.values[rows, :place], 1, CHANGES_NEEDED)
    errors = np.abs(points - past.actual[:, rows]) / scale[:, :, None]
    return Misses(errors, (past.values.shape[1] - past.places).astype(float))


def _held(wide: Origins, narrow: Origins, corrected: Floats) -> Floats:
    """The corrections of the net on the steps of `wide`: beyond the last that it learned they stay as they are."""
    correction = corrected - narrow.said[many_series.BASE]
    steps = np.minimum(np.arange(wide.steps), narrow.steps - 1)
    return np.asarray(wide.said[many_series.BASE] + correction[:, :, steps])


def _first(origins: Origins, steps: int) -> Origins:
    said = {rule: values[:, :, :steps] for rule, values in origins.said.items()}
    return Origins(origins.values, origins.places, said, origins.actual[:, :, :steps], origins.scale)


def _restored(season: Season, rows: NDArray[np.int64], made: Floats, first: int) -> Floats:
    """Every quantile with its season put back."""
    mine = Season(season.factors[rows], season.is_seasonal[rows], season.is_ratio[rows])
    return np.stack([mine.restore(made[:, :, q], first) for q in range(made.shape[2])], axis=2)
