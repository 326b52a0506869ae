"""Fits of symbiosis without capacities, with moving ones, or with a pole absent: what reads them follows or refuses."""

from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from coevolve.errors import StudyError
from coevolve.evidence.evidence import Evidence
from coevolve.evidence.fit import Fit
from coevolve.inquiry.at import Here
from coevolve.inquiry.options import question_of
from coevolve.themes.symbiosis.course import forecast
from coevolve.themes.symbiosis.model import AXES
from coevolve.themes.symbiosis.scenario import Scenario
from coevolve.themes.symbiosis.shock import Shock

DRAWS = 4
OWN, EFFECT, TYPICAL, START = np.array([0.55, -0.8]), np.array([[0.0, 0.76], [-0.85, 0.0]]), [25.0, 15.0], [30.0, 10.0]


def fit_of(**changed: Any) -> Fit:
    """Hares and lynxes with certain parameters and no noise; `changed` replaces arrays, None leaves one out."""
    arrays: dict[str, Any] = {
        "rate": np.broadcast_to(OWN, (DRAWS, 1, 2)),
        "symbiosis": np.broadcast_to(EFFECT, (DRAWS, 1, 2, 2)),
        "typical": np.array([TYPICAL]),
        "log_last": np.broadcast_to(np.log(START), (DRAWS, 1, 2)),
        "measurement": np.zeros((DRAWS, 1, 2)),
        "process": np.zeros((DRAWS, 1, 2)),
        "correlation": np.zeros((DRAWS, 1)),
        "year": np.zeros((DRAWS, 2)),
        "last_time": np.array([1920.0]),
        "is_trusted": np.ones(1),
        "log_scale": np.log(np.broadcast_to(START, (1, 21, 2))),
    }
    arrays = {name: value for name, value in (arrays | changed).items() if value is not None}
    labels = {"region": ("",), "pole": ("hare", "lynx"), "other": ("hare", "lynx"), "unit": ("pelts", "pelts")}
    labels |= {"period": tuple(str(year) for year in range(1900, 1921))}
    return Fit("symbiosis", arrays, {name: AXES[name] for name in arrays}, labels)


def refusal(kind: type, fit: Fit, **options: Any) -> str:
    question = question_of(kind, {"of": "poles", **options}, "ask")
    with pytest.raises(StudyError) as error:
        question.answer(Evidence({"poles": fit}), Here())
    return str(error.value)


def capacities(**changed: Any) -> Fit:
    """A fit with capacities of 100 and 80 in place of a chase."""
    plain = {"rate": np.full((DRAWS, 1, 2), 0.2), "symbiosis": np.zeros((DRAWS, 1, 2, 2)), "typical": None}
    return fit_of(**(plain | {"capacity": np.broadcast_to([100.0, 80.0], (DRAWS, 1, 2))} | changed))


def test_a_chase_is_forecast_as_an_ode_solver_does() -> None:
    made = forecast(fit_of(), np.arange(1921.0, 1931.0), np.random.default_rng(1))

    def slope(_: float, x: np.ndarray) -> np.ndarray:
        return x * (OWN - np.abs(OWN) * (EFFECT @ (x / TYPICAL)))

    exact = solve_ivp(slope, (0, 10), START, t_eval=np.arange(1.0, 11.0), rtol=1e-10, atol=1e-10).y.T
    np.testing.assert_allclose(made[0, 0], exact, rtol=2e-4)


def test_a_capacity_that_moves_carries_its_pole_along() -> None:
    """On the balanced path x = N e^(g t) (1 - g/R), Tong & Wang (6) with (7), growth is that of the capacity."""
    growth, rest = 0.03, np.log([[100.0 * (1 - 0.03 / 0.2), 80.0 * (1 - 0.03 / 0.2)]])
    fit = capacities(driver_growth=np.full((DRAWS, 1), growth), log_last=np.broadcast_to(rest, (DRAWS, 1, 2)))
    made = forecast(fit, np.arange(1921.0, 1931.0), np.random.default_rng(1))
    np.testing.assert_allclose(np.log(made[0, 0]), rest + growth * np.arange(1.0, 11.0)[:, None], rtol=1e-9)


def test_an_absent_pole_stays_absent_and_acts_on_nobody() -> None:
    absent = {"rate": np.tile([0.2, np.nan], (DRAWS, 1, 1)), "log_last": np.tile([np.log(30.0), np.nan], (DRAWS, 1, 1))}
    b = np.tile([[0.0, np.nan], [np.nan, 0.0]], (DRAWS, 1, 1, 1))
    size = np.tile([100.0, np.nan], (DRAWS, 1, 1))
    made = forecast(capacities(**absent, symbiosis=b, capacity=size), np.array([1925.0]), np.random.default_rng(1))
    assert made[0, 0, 0, 0] == pytest.approx(100.0 / (1.0 + (100.0 / 30.0 - 1.0) * np.exp(-1.0)), rel=1e-5)
    assert np.isnan(made[..., 1]).all()


def test_a_break_in_a_capacity_is_not_looked_for_where_there_is_none() -> None:
    assert "which this fit has not" in refusal(Shock, fit_of(), pole="hare")
    assert "these move" in refusal(Shock, capacities(driver_growth=np.zeros((DRAWS, 1))), pole="hare")
    gone = np.log(np.broadcast_to(START, (1, 21, 2))).copy()
    gone[..., 1] = np.nan
    assert "every pole is present" in refusal(Shock, capacities(log_scale=gone), pole="hare")


def test_a_capacity_that_is_not_there_is_not_changed() -> None:
    change = [{"year": 1925, "pole": "hare", "what": "capacity", "by": 2.0}]
    assert "no capacity to change" in refusal(Scenario, fit_of(), change=change)
