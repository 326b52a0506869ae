"""What the best forecast says of the coming years, as accounts that other questions can read."""

from __future__ import annotations

import numpy as np

from ...evidence.accounts import Accounts
from .coefficients_backtest import Backtest
from .coefficients_equations import grown_output
from .coefficients_tables import LABELS, best


def forecast_accounts(result: Backtest, unit: str, prices: str) -> Accounts:
    """The tables of the coming years: forecast coefficients times gross output that goes on with half its growth.

    Z = A^ x^, f = x^ - Z 1, v = x^ - column sums: middle values, without their ranges. They are no better known than
    the coefficients, and output less so: read coefficients and linkages off them, not levels.
    """
    series, steps = result.series, result.plan.steps
    output = grown_output(series.output, steps)
    flows = result.told[best(result)].direct * output[:, :, None, :]
    years, many = series.later(steps), len(series.regions)
    size = len(series.sectors)
    flat, whole = flows.reshape(-1, size, size), output.reshape(-1, size)
    text = (
        f"Read these tables as a forecast from {series.years[-1]} (model {LABELS[best(result)]}), in middle values: "
        "coefficients and linkages, not levels."
    )
    return Accounts(
        series.sectors,
        tuple(year for year in years for _ in range(many)),
        series.regions * steps,
        flat,
        whole,
        np.asarray(whole - flat.sum(axis=2)),
        np.asarray(whole - flat.sum(axis=1)),
        unit,
        prices,
        (text,),
        basis=series.basis,
    )
