"""Worlds whose best forecaster is known."""

import numpy as np
import pytest

from coevolve.evidence.evidence import Evidence
from coevolve.evidence.panel import Panel
from coevolve.inquiry.at import Here
from coevolve.inquiry.finding import Finding
from coevolve.inquiry.key import Key
from coevolve.themes.forecast.questions import Contest

pytestmark = pytest.mark.recover
BASE = ("naive", "drift", "theta", "damped")


def ask(values: np.ndarray, **options: object) -> Finding:
    panel = Panel.of(
        {"firms": values},
        regions=[f"r{k}" for k in range(values.shape[0])],
        industries=[f"i{k}" for k in range(values.shape[1])],
        periods=range(1980, 1980 + values.shape[2]),
    )
    question = Contest(panel="p", of="firms", forecasters=BASE, **options)
    return question.answer(Evidence({"p": panel}), Here(Key.of(3, "contest")))


def test_steady_growth_is_won_by_drift_outside_noise():
    rng = np.random.default_rng(1)
    finding = ask(1000 + rng.normal(4, 2, (30, 3, 30)).cumsum(axis=2))
    assert finding["ranking"]["forecaster"][0] == "drift"
    assert "less than no change (naive), outside noise" in finding.claim


def test_walks_without_trend_are_won_by_naive():
    rng = np.random.default_rng(2)
    finding = ask(1000 + rng.normal(0, 2, (30, 3, 30)).cumsum(axis=2))
    assert finding.claim.startswith("No change (naive) did best")


def test_fading_growth_is_not_won_by_drift():
    rng = np.random.default_rng(3)
    steps = 60 * 0.9 ** np.arange(40) * rng.uniform(0.5, 1.5, (40, 2, 1))
    finding = ask(1000 + (steps + rng.normal(0, 1, (40, 2, 40))).cumsum(axis=2))
    assert finding["ranking"]["forecaster"][0] == "damped"
    rows = {one["pair"]: one for one in finding["tests"].rows()}
    assert rows["damped - drift"]["hi"] < 0


def test_bands_of_walks_cover_what_they_promise():
    rng = np.random.default_rng(4)
    finding = ask(1000 + rng.normal(0.5, 2, (60, 3, 26)).cumsum(axis=2))
    for one in finding["scores"].rows():
        if one["horizon"] is None:
            assert 0.76 <= one["coverage_80"] <= 0.86
            assert 0.92 <= one["coverage_95"] <= 0.98


def test_a_recession_shared_by_all_is_not_taken_for_skill():
    """Regions that differ only by noise share all shocks: many of them must not make chance look certain."""
    told = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        shared = rng.normal(0, 5, 24).cumsum()
        finding = ask(1000 + shared + rng.normal(0, 0.3, (40, 2, 24)).cumsum(axis=2), hold_out=2, origins=8)
        row = next(one for one in finding["tests"].rows() if one["pair"] == "drift - naive")
        told += bool(row["is_outside_noise"]) and row["difference"] < 0  # drift cannot be better: there is no trend
    assert told <= 1
