"""What if: scenarios against closed forms, and what they refuse."""

from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from coevolve.errors import StudyError
from coevolve.evidence.evidence import Evidence
from coevolve.evidence.fit import Fit
from coevolve.inquiry.at import Here
from coevolve.inquiry.options import question_of
from coevolve.themes.symbiosis.model import AXES
from coevolve.themes.symbiosis.scenario import Scenario

RATE, CAPACITY, START = np.array([0.3, 0.2]), np.array([100.0, 80.0]), np.array([40.0, 30.0])


def fit_of(symbiosis: np.ndarray, noise: float = 0.0, draws: int = 200) -> Fit:
    """A fit of one region with certain parameters; `noise` is that of growth."""
    b = np.array(symbiosis, float)
    arrays: dict[str, Any] = {
        "rate": RATE,
        "capacity": CAPACITY,
        "symbiosis": b,
        "log_last": np.log(START),
        "measurement": np.zeros(2),
        "process": np.full(2, noise),
    }
    arrays = {name: np.broadcast_to(value, (draws, 1, *value.shape)) for name, value in arrays.items()}
    arrays |= {"correlation": np.zeros((draws, 1)), "year": np.zeros((draws, 2)), "last_time": np.array([2020.0])}
    arrays |= {"is_trusted": np.ones(1), "log_scale": np.log(np.broadcast_to(START, (1, 2, 2)))}
    labels = {"region": ("",), "pole": ("steel", "chips"), "other": ("steel", "chips")}
    labels |= {"period": ("2019", "2020"), "unit": ("firms", "firms")}
    return Fit("symbiosis", arrays, {name: AXES[name] for name in arrays}, labels)


def asked(fit: Fit, **options: Any) -> Any:
    question = question_of(Scenario, {"of": "poles", **options}, "scenario")
    return question.answer(Evidence({"poles": fit}), Here())


def medians(finding: Any, scenario: str, pole: str) -> np.ndarray:
    rows = finding["paths"].rows()
    chosen = [row for row in rows if (row["scenario"], row["pole"], row["quantile"]) == (scenario, pole, 0.5)]
    return np.array([row["value"] for row in chosen])


def logistic(start: float, rate: float, capacity: float, years: np.ndarray) -> np.ndarray:
    return capacity / (1.0 + (capacity / start - 1.0) * np.exp(-rate * years))


def test_a_new_capacity_is_the_logistic_of_that_capacity_from_then_on() -> None:
    change = [{"year": 2023, "pole": "steel", "what": "capacity", "by": 2.0}]
    finding = asked(fit_of(np.zeros((2, 2))), change=change, until=2030)
    years = np.arange(1.0, 11.0)
    plain = logistic(40.0, 0.3, 100.0, years)
    changed = np.concatenate([plain[:3], logistic(plain[2], 0.3, 200.0, years[3:] - 3.0)])
    np.testing.assert_allclose(medians(finding, "as it is", "steel"), plain, rtol=1e-5)
    np.testing.assert_allclose(medians(finding, "as changed", "steel"), changed, rtol=1e-5)
    np.testing.assert_array_equal(medians(finding, "as changed", "chips"), medians(finding, "as it is", "chips"))


def test_a_new_effect_follows_the_differential_equation() -> None:
    change = [{"year": 2020, "pole": "steel", "other": "chips", "what": "b", "to": -0.5}]
    finding = asked(fit_of([[0.0, 0.3], [0.2, 0.0]]), change=change, until=2026)
    matrix = np.array([[1.0, -0.5], [0.2, 1.0]])
    exact = solve_ivp(
        lambda t, x: RATE * x * (1.0 - matrix @ (x / CAPACITY)),
        (0, 6),
        START,
        t_eval=range(1, 7),
        rtol=1e-10,
        atol=1e-8,
    )
    np.testing.assert_allclose(medians(finding, "as changed", "steel"), exact.y[0], rtol=1e-5)
    np.testing.assert_allclose(medians(finding, "as changed", "chips"), exact.y[1], rtol=1e-5)


def test_a_changed_scale_shows_in_its_own_year_and_a_changed_rate_in_the_next() -> None:
    scale = asked(
        fit_of(np.zeros((2, 2))), change=[{"year": 2022, "pole": "chips", "what": "scale", "by": 0.5}], until=2025
    )
    plain, halved = medians(scale, "as it is", "chips"), medians(scale, "as changed", "chips")
    np.testing.assert_allclose(halved[1], plain[1] / 2.0, rtol=1e-12)
    rate = asked(
        fit_of(np.zeros((2, 2))), change=[{"year": 2022, "pole": "chips", "what": "rate", "to": 0.4}], until=2025
    )
    faster = medians(rate, "as changed", "chips")
    np.testing.assert_array_equal(faster[:2], plain[:2])
    assert faster[2] > plain[2]


def test_the_noise_is_the_same_in_both_so_that_the_difference_is_the_change() -> None:
    change = [
        {"year": 2022, "pole": "steel", "what": "capacity", "by": 1.5, "scenario": "more room"},
        {"year": 2022, "pole": "steel", "what": "capacity", "by": 1.0, "scenario": "nothing"},
    ]
    finding = asked(fit_of(np.zeros((2, 2)), noise=0.2), change=change, until=2030)
    rows = finding["difference"].rows()
    assert {row["scenario"] for row in rows} == {"more room", "nothing"}
    for row in rows:
        if row["scenario"] == "nothing" or row["pole"] == "chips" or row["year"] <= 2022:
            assert (row["difference_lo"], row["difference_hi"]) == (0.0, 0.0)
        else:
            assert row["difference_lo"] > 0.0
            assert row["probability_higher"] == 1.0
    assert "cannot be told in direction" in finding.claim


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"year": 2022, "pole": "steal", "what": "rate", "by": 1.1}, "there is no pole 'steal'. Did you mean 'steel'"),
        ({"year": 2018, "pole": "steel", "what": "rate", "by": 1.1}, "this year is past"),
        ({"year": 2030, "pole": "steel", "what": "rate", "by": 1.1}, "nothing would be seen of this change"),
        ({"year": 2022, "pole": "steel", "what": "rate"}, "either to or by"),
        ({"year": 2022, "pole": "steel", "what": "b", "by": 0.1}, "needs the pole it is affected by"),
        ({"year": 2022, "pole": "steel", "what": "scale", "to": 0.0}, "a scale stays above 0"),
        ({"year": 2022, "pole": "steel", "what": "rate", "by": 1.1, "regions": ["x"]}, "has no region 'x'"),
        ({"year": 2022, "pole": "steel", "what": "rate", "by": 1.1, "other": "chips"}, "belongs to one pole"),
    ],
)
def test_changes_that_cannot_be_made_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(StudyError) as caught:
        asked(fit_of(np.zeros((2, 2))), change=[change], until=2030)
    assert words in str(caught.value)
