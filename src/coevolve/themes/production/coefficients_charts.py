"""The pictures of `coefficients`: errors by horizon and origin, paths beside the actual values, the forecast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...inquiry.finding import Chart, Table
from .coefficients_backtest import DRIFT, RAS, Backtest
from .coefficients_tables import LABELS, Shown, best, time_of

ERROR = "median error of complete coefficients in per cent"


def charts(result: Backtest, shown: Shown, made: Sequence[Table]) -> Iterator[Chart]:
    """All pictures, in reading order; those of chains where some are shown, the forecast where it has bands."""
    if result.plan.steps > 1:
        yield _errors(result)
    if shown.places:
        yield _paths(result)
        if np.isfinite(next(one for one in made if one.name == "fan")["value"]).all():
            yield _forecast(result)
    yield _origins(result)


def _errors(result: Backtest) -> Chart:
    years, origins = result.series.years, result.plan.origins
    span = f"{years[origins[0] - 1]} to {years[origins[-1] - 1]}"
    return Chart(
        "errors",
        "lines",
        "errors",
        {"x": "horizon", "y": "error", "series": "model", "lo": "error_lo", "hi": "error_hi"},
        "How far each model is out, by horizon",
        f"{ERROR}, mean over {len(origins)} origins from {span}; along the axis: {result.series.word}s ahead; "
        "bands: 95 % over origins",
        "Lines of the error of each model against the horizon.",
        options={**_looks(result), "zero": True},
    )


def _paths(result: Backtest) -> Chart:
    last = result.series.years[result.plan.origins[-1] - 1]
    roles = {
        "x": "year",
        "y": "value",
        "series": "line",
        "lo": "value_lo",
        "hi": "value_hi",
        "facet": "chain",
        "actual": "is_actual",
    }
    return Chart(
        "paths",
        "lines",
        "paths",
        roles,
        "Complete consumption coefficients: actual and forecast",
        f"sum over the {result.suppliers.shape[-1]} main partners of {last}, forecast then; band: 80 % of "
        f"{best(result)}; A, B, C: models of Tong & Wang, Table 2, not those of a contest",
        "Lines of the actual coefficients of a chain and of the forecasts of each model for the held-out years.",
        options={**_looks(result), "origin": time_of(last)},
    )


def _forecast(result: Backtest) -> Chart:
    return Chart(
        "forecast",
        "bands",
        "fan",
        {"x": "year", "quantile": "quantile", "value": "value", "series": "model", "facet": "chain"},
        f"The coming {result.series.word}s of the chain",
        f"complete consumption coefficient, by {LABELS[best(result)]}, bands 50, 80 and 95 %; partners of "
        f"{result.series.years[-1]}",
        "Bands of the forecast of each coefficient after the last year, behind its history.",
        also={"actual": "history"},
        options={"grey": [LABELS["B"], LABELS[DRIFT]], "origin": time_of(result.series.years[-1])},
    )


def _origins(result: Backtest) -> Chart:
    return Chart(
        "origins",
        "lines",
        "backtest",
        {"x": "origin", "y": "error", "series": "model", "facet": "horizon"},
        "Was it good luck? Errors from every origin",
        f"{ERROR}; along the axis: the last {result.series.word} known; choose how many {result.series.word}s ahead",
        "Lines of the error of each model against the origin, one picture a horizon.",
        options={**_looks(result), "zero": True},
    )


def _looks(result: Backtest) -> dict[str, Any]:
    """Grey for the models that learn next to nothing; dashes for A, often so near to B, and for what is no forecast."""
    plain = [LABELS[name] for name in result.told if name in ("B", "C", DRIFT)]
    return {"grey": plain, "dashed": [LABELS["A"], LABELS[RAS]]}
