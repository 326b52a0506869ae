"""The tables of a contest."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ...engine.scores import mean_where
from ...inquiry.finding import QUANTILES, Table
from ...inquiry.key import Key
from .contest_model import MEASURES, Contest
from .equations import skill

Labels = np.ndarray[Any, Any]

GREY = ("naive", "drift", "seasonal_naive")
LETTERS = {"interactive": "A", "symbiosis": "B", "logistic": "C"}
"""The models of Tong & Wang, Fig. 2: interactive evolution, symbiosis alone, every pole for itself."""

NAMES = {
    "naive": "naive (no change)",
    "drift": "drift (average past change)",
    "seasonal_naive": "seasonal_naive (last season)",
    "theta": "theta (Theta method)",
    "dot": "dot (Theta, optimised)",
    "damped": "damped (fading trend)",
    "logistic": "C logistic (each for itself)",
    "symbiosis": "B symbiosis (equations)",
    "interactive": "A interactive (B and a net)",
    "lstm": "lstm (one net for all)",
    "blend": "blend (net and trends)",
}
"""What the pictures call the forecasters, with the letters of Tong & Wang, Fig. 2."""

PLACES_SHOWN = 8


def scale(contest: Contest) -> str:
    """What the error of a series is measured in: its own mean change over one season before the origin."""
    periods = contest.series.periods
    over = f"one {periods.word}" if periods.season == 1 else f"one season ({periods.season} {periods.word}s)"
    return f"mean change over {over} before the origin"


def named(name: str) -> str:
    """A forecaster with its letter and what it is in two or three words; one of a study's own as it is."""
    return NAMES.get(name, name)


def time_column(contest: Contest) -> str:
    """What the period column is called: year, or period where it is not a year."""
    return "year" if contest.series.periods.kind == "year" else "period"


def scores(contest: Contest, order: list[str], key: Key) -> Table:
    """One row a forecaster and horizon; the rows without a horizon are over all horizons."""
    rows: list[list[object]] = []
    base = contest.entrants.index("naive")
    for horizon in (None, *range(contest.plan.hold_out)):
        values = {
            measure: contest.overall(measure) if horizon is None else contest.by_horizon(measure)[:, horizon]
            for measure in MEASURES
        }
        wins = contest.wins(horizon)
        for name in order:
            k = contest.entrants.index(name)
            saved = skill(values["mase"][k], values["mase"][base]) if values["mase"][base] > 0 else np.nan
            at = np.nan if horizon is None else float(horizon + 1)
            low, high = contest.interval("mase", name, key, horizon)[1:]
            _, below, above = contest.difference(name, "naive", key, horizon)
            less, more = 0.0 - above, 0.0 - below
            whole = values["mase"][base] if values["mase"][base] > 0 else np.nan
            savings = (min(less / whole, 1.0), min(more / whole, 1.0))  # nothing errs less than not at all
            ends = (max(low, 0.0) if np.isfinite(low) else low, high, *savings)
            rows.append([name, at, *(values[measure][k] for measure in MEASURES), saved, wins[k], *ends, named(name)])
    word = contest.series.periods.word
    units = {
        "horizon": f"{word}s ahead",
        "mase": f"times the {scale(contest)}",
        "smape": "%",
        "pinball": f"times the {scale(contest)}",
        "wins": "share of series",
        "coverage_80": "share inside",
        "coverage_95": "share inside",
        "skill_vs_naive": "share of error saved",
    }
    ends_of = ("mase_lo", "mase_hi", "skill_vs_naive_lo", "skill_vs_naive_hi")
    columns = ("forecaster", "horizon", *MEASURES, "skill_vs_naive", "wins", *ends_of, "name")
    caption = (
        "One row a forecaster and horizon; no horizon: all together. mase: mean error, in usual changes of the series; "
        "smape: mean error in per cent of value and forecast; pinball: mean error of the quantiles, small where bands "
        "are narrow and hold; coverage: share of actual values inside the band; wins: share of series and origins "
        "where it erred least. 95 % intervals over origins."
    )
    return Table.of_rows("scores", columns, rows, units, caption)


def ranking(contest: Contest, order: list[str], key: Key) -> Table:
    """One row a forecaster: its MASE with an interval over origins."""
    rows = []
    for name in order:
        middle, low, high = contest.interval("mase", name, key)
        rows.append([name, middle, max(low, 0.0) if np.isfinite(low) else low, high, named(name)])
    return Table.of_rows(
        "ranking",
        ("forecaster", "mase", "mase_lo", "mase_hi", "name"),
        rows,
        {"mase": f"times the {scale(contest)}"},
        "One row a forecaster, best first; 95 % intervals over origins, very wide where these are few. A, B, C: models "
        "of Tong & Wang, Fig. 2.",
    )


def coverage(contest: Contest, order: list[str], key: Key) -> Table:
    """One row a forecaster and band: the share of actual values that the band held."""
    rows = []
    for level in (80, 95):
        for name in order:
            middle, low, high = contest.interval(f"coverage_{level}", name, key)
            ends = (np.clip(low, 0, 1), np.clip(high, 0, 1))
            rows.append([name, f"{level} %", level / 100, middle, *ends, named(name)])
    return Table.of_rows(
        "coverage",
        ("forecaster", "band", "nominal", "share", "share_lo", "share_hi", "name"),
        rows,
        {},
        "One row a forecaster and band: the share of actual values inside with a 95 % interval over origins, beside "
        "what it promised (nominal).",
    )


def tests(contest: Contest, order: list[str], key: Key) -> Table:
    """One row a pair: the difference in MASE with its interval; each against naive, drift and the best."""
    pairs = [(one, other) for other in dict.fromkeys(("naive", "drift", order[0])) for one in order]
    pairs += combinations(LETTERS, 2)
    done: dict[tuple[str, str], None] = {}
    for one, other in pairs:
        if one != other and one in order and other in order and (other, one) not in done:
            done[one, other] = None
    rows = []
    for one, other in done:
        middle, low, high = contest.difference(one, other, key)
        rows.append([f"{one} - {other}", middle, low, high, one, other, bool(low > 0 or high < 0)])
    columns = ("pair", "difference", "lo", "hi", "forecaster", "against", "is_outside_noise")
    return Table.of_rows(
        "tests",
        columns,
        rows,
        {"difference": "MASE"},
        "One row a pair: difference in MASE (below 0 favours the first) with a 95 % interval.",
    )


def paths(contest: Contest) -> Table:
    """The actual values beside the quantiles of every forecaster, from the last origin: Tong & Wang Fig. 2."""
    series, plan = contest.series, contest.plan
    entrants, regions, names = len(contest.entrants), len(series.regions), len(series.names)
    labels = series.periods.labels[plan.origins[-1] : plan.origins[-1] + plan.hold_out]
    actual = series.values[:, :, plan.origins[-1] : plan.origins[-1] + plan.hold_out]
    shape = (regions, names, entrants, plan.hold_out, len(QUANTILES))
    listed = ~np.isnan(series.values).all(axis=2)
    kept = np.broadcast_to(np.asarray(listed)[:, :, None, None, None], shape).ravel()

    def column(values: object, axis: int) -> Labels:
        array = np.asarray(values, dtype=object).reshape([-1 if k == axis else 1 for k in range(5)])
        return np.asarray(np.broadcast_to(array, shape).ravel()[kept])

    columns = {
        "region": column(series.regions, 0),
        "industry": column(series.industries, 1),
        "indicator": column(series.indicators, 1),
        time_column(contest): _period_column(column(labels, 3), series.periods.kind),
        "forecaster": column(contest.entrants, 2),
        "quantile": column(QUANTILES, 4).astype(float),
        "value": np.moveaxis(contest.paths, 0, 2).ravel()[kept],
        "actual": np.broadcast_to(actual[:, :, None, :, None], shape).ravel()[kept],
    }
    unit = one_unit(contest)
    return Table(
        "paths",
        columns,
        {"value": unit, "actual": unit},
        f"One row a series, forecaster, {series.periods.word} and quantile, from the last origin.",
    )


def by_series(contest: Contest, order: list[str]) -> Table:
    """Who wins where: one row a named series (a region, where there is one name) and forecaster, largest first."""
    series = contest.series
    split = len(series.names) > 1
    error = contest.by_name("mase") if split else contest.by_region("mase")
    size = np.nan_to_num(series.values).sum(axis=(0, 2) if split else (1, 2))
    base = error[contest.entrants.index("naive")]
    rows = []
    for place in np.argsort(-size, kind="stable"):
        name = place if split else 0
        head = ["" if split else series.regions[place], series.industries[name], series.indicators[name]]
        label = series.names[name] if split else series.regions[place]
        for one in order if not np.isnan(base[place]) else []:
            value = error[contest.entrants.index(one), place]
            saved = skill(value, base[place]) if base[place] > 0 else np.nan
            rows.append([*head, label, one, value, saved, line_of(one)])
    columns = ("region", "industry", "indicator", "series", "forecaster", "mase", "skill_vs_naive", "line")
    return Table.of_rows(
        "by_series",
        columns,
        rows,
        {"mase": f"times the {scale(contest)}", "skill_vs_naive": "share of error saved"},
        "One row a series and forecaster, all else together; largest series first. No intervals: one series alone has "
        "too few separate tests. A, B, C: models of Tong & Wang, Fig. 2.",
    )


def examples(contest: Contest, order: list[str]) -> Table:
    """The history of some of the largest series and what each forecaster said from the last origin."""
    series, plan = contest.series, contest.plan
    end = plan.origins[-1]
    low, middle, high = (QUANTILES.index(level) for level in (0.1, 0.5, 0.9))
    rows: list[list[object]] = []
    for region, name in shown_places(contest, order):
        head = [
            place_of(contest, region, name),
            series.regions[region],
            series.industries[name],
            series.indicators[name],
        ]
        for t, label in enumerate(series.periods.labels):
            value = series.values[region, name, t]
            if not np.isnan(value):
                rows.append([*head, label, "actual", value, np.nan, np.nan, True])
        for one in reversed(drawn(order)):
            line = line_of(one)
            told = contest.paths[contest.entrants.index(one), region, name]
            start = series.values[region, name, end - 1]
            if not np.isnan(start):
                touch = (start, start) if one == order[0] else (np.nan, np.nan)
                rows.append([*head, series.periods.labels[end - 1], line, start, *touch, False])
            for h, label in enumerate(series.periods.labels[end : end + plan.hold_out]):
                band = (told[h, low], told[h, high]) if one == order[0] else (np.nan, np.nan)
                rows.append([*head, label, line, told[h, middle], *band, False])
    time = time_column(contest)
    made = Table.of_rows(
        "examples",
        ("place", "region", "industry", "indicator", time, "line", "value", "value_lo", "value_hi", "is_actual"),
        rows,
        {"value": one_unit(contest)},
        "One row a period and line; lines leave from the last known value; band: the best's, 80 %.",
    )
    columns = {**made.columns, time: _period_column(made[time], series.periods.kind)}
    return Table("examples", columns, made.units, made.caption)


def place_of(contest: Contest, region: int, name: int) -> str:
    """What a picture calls one series."""
    return ", ".join(part for part in (contest.series.regions[region], contest.series.names[name]) if part)


def shown_places(contest: Contest, order: Sequence[str]) -> list[tuple[int, int]]:
    """The series of the picture: a typical one first, then large ones."""
    first, found = typical(contest, order), _largest(contest)
    if first is None:
        return found
    return [first, *(place for place in found if place != first)][:PLACES_SHOWN]


def typical(contest: Contest, order: Sequence[str]) -> tuple[int, int] | None:
    """The series in which the best forecaster (the next, where naive is best) has its median skill against naive."""
    judged = next((name for name in order if name != "naive"), None)
    if judged is None:
        return None
    error = mean_where(contest.measures["mase"], (1, 3))
    base, ours = (error[contest.entrants.index(name)] for name in ("naive", judged))
    told = np.isfinite(contest.paths[..., QUANTILES.index(0.5)]).any(axis=(0, 3)).ravel()
    usable = np.flatnonzero((base > 0) & np.isfinite(ours) & told)
    if not len(usable):
        return None
    ranked = usable[np.argsort(1 - ours[usable] / base[usable], kind="stable")]
    return divmod(int(ranked[(len(ranked) - 1) // 2]), len(contest.series.names))


def drawn(order: list[str]) -> list[str]:
    """The forecasters of the picture: the best, the models A, B, C of the paper, the blend, and those to beat."""
    wanted = {order[0], "blend", *LETTERS, *GREY}
    return [name for name in order if name in wanted] if len(order) > len(wanted) else order


def line_of(name: str) -> str:
    """What the picture calls a forecaster: with the paper's letter where it has one."""
    return f"{LETTERS[name]} {name}" if name in LETTERS else name


def _largest(contest: Contest) -> list[tuple[int, int]]:
    """Large series that differ: the largest region of the largest name, the second of the second, and so on."""
    series, end = contest.series, contest.plan.origins[-1]
    size = np.nan_to_num(series.values[:, :, max(0, end - 3) : end]).mean(axis=2)
    forecast = np.isfinite(contest.paths[..., QUANTILES.index(0.5)]).any(axis=(0, 3))
    size = np.where(forecast, size, -np.inf)
    if len(series.names) > 1:
        ranked = np.argsort(-size, axis=0, kind="stable")
        names = np.argsort(-size.max(axis=0), kind="stable")
        found = [(int(ranked[k % len(ranked), name]), int(name)) for k, name in enumerate(names)]
    else:
        found = [(int(k), 0) for k in np.argsort(-size[:, 0], kind="stable")]
    return [pair for pair in found if np.isfinite(size[pair])][:PLACES_SHOWN]


def one_unit(contest: Contest) -> str:
    """The unit of all series, empty where they have several."""
    units = dict.fromkeys(contest.series.units)
    return next(iter(units)) if len(units) == 1 else ""


def _period_column(labels: Labels, kind: str) -> Labels:
    return labels.astype(np.int64) if kind == "year" else labels
