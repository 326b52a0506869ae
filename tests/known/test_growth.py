"""`growth` on curves whose truth is exact."""

import numpy as np
import pytest

from coevolve.engine.logistic import akaike_weights, fit_curves, forecast_draws
from coevolve.errors import DataError, Stopped, StudyError
from coevolve.evidence.evidence import Evidence
from coevolve.evidence.panel import Panel
from coevolve.inquiry.at import Here
from coevolve.inquiry.finding import QUANTILES
from coevolve.inquiry.key import Key
from coevolve.themes.symbiosis import growth_model
from coevolve.themes.symbiosis.questions import Growth

YEARS = np.arange(2001.0, 2018.0)


def logistic(capacity, rate, initial, years=YEARS):
    return capacity / (1 + (capacity / initial - 1) * np.exp(-rate * (years - years[0])))


def asked(values, industries, **options):
    panel = Panel.of(
        {"firms": values},
        regions=["A"],
        periods=range(2001, 2001 + values.shape[-1]),
        industries=industries,
        units={"firms": "count"},
    )
    return Growth(panel="p", of="firms", **options).answer(Evidence({"p": panel}), Here())


def rows(table):
    return {(row["industry"], row["law"], row["parameter"]): row for row in table.rows()}


def test_analytic_curves_are_recovered_exactly():
    values = np.array(
        [[logistic(500.0, 0.35, 40.0), logistic(120.0, 0.15, 300.0), 20.0 * np.exp(0.04 * (YEARS - 2001))]]
    )
    found = rows(asked(values, ["grows", "shrinks", "steady"])["laws"])
    assert found["grows", "logistic", "rate"]["estimate"] == pytest.approx(0.35, rel=1e-8)
    assert found["grows", "logistic", "capacity"]["estimate"] == pytest.approx(500.0, rel=1e-8)
    assert found["grows", "logistic", "initial"]["estimate"] == pytest.approx(40.0, rel=1e-8)
    assert found["grows", "logistic", "midpoint"]["estimate"] == pytest.approx(2001 + np.log(11.5) / 0.35, rel=1e-9)
    assert found["shrinks", "logistic", "capacity"]["estimate"] == pytest.approx(120.0, rel=1e-8)
    assert found["steady", "exponential", "rate"]["estimate"] == pytest.approx(0.04, rel=1e-8)


def test_thousands_of_exact_logistics_at_once():
    random = np.random.default_rng(0)
    size = 1000
    rate, capacity = random.uniform(0.05, 0.6, size), np.exp(random.normal(5, 1, size))
    start = capacity * random.uniform(0.02, 0.6, size)
    values = np.stack([logistic(*row) for row in zip(capacity, rate, start, strict=True)])
    curves = fit_curves(YEARS, values, "logistic")
    best = curves.theta[:, 0]
    assert (curves.status == 0).all()
    assert best[:, 1] == pytest.approx(rate, rel=1e-8)
    assert best[:, 1] / best[:, 2] * curves.reference == pytest.approx(capacity, rel=1e-8)


def test_a_failing_series_loses_no_other():
    values = np.full((3, 17), np.nan)
    values[0], values[1, :3] = logistic(500.0, 0.35, 40.0), 5.0
    curves = fit_curves(YEARS, values, "logistic")
    assert curves.status.tolist() == [0, 1, 1]
    assert np.isnan(curves.theta[1:]).all()
    ahead = forecast_draws(curves, np.array([2018.0]), np.random.default_rng(0), 50)
    assert np.isfinite(ahead[:, 0]).all()
    assert np.isnan(ahead[:, 1:]).all()


def test_no_bend_gives_a_lower_bound_and_says_so():
    noisy = 20.0 * np.exp(0.05 * (YEARS - 2001) + 0.02 * np.random.default_rng(1).standard_normal(17))
    finding = asked(noisy[None, None], ["young"])
    choice = {row["law"]: row for row in finding["choice"].rows()}
    assert choice["logistic"]["capacity_is_lower_bound"] is True
    capacity = rows(finding["laws"])["young", "logistic", "capacity"]
    assert capacity["hi"] is None
    assert choice["exponential"]["weight"] > 0.5
    assert any("lower bound" in note.text for note in finding.notes)
    assert "no ceiling is in sight" in finding.claim


def test_a_clear_bend_is_claimed_with_its_ceiling():
    curve = logistic(500.0, 0.5, 20.0) * np.exp(0.01 * np.random.default_rng(2).standard_normal(17))
    finding = asked(curve[None, None], ["grown"])
    assert "a ceiling is clear" in finding.claim
    capacity = rows(finding["laws"])["grown", "logistic", "capacity"]
    assert capacity["lo"] <= 500.0 <= capacity["hi"]


def test_the_forecast_table_keeps_the_contract():
    finding = asked(np.array([[logistic(500.0, 0.35, 40.0)]]), ["one"], until=2020)
    table = finding["forecast"]
    assert list(table.columns) == ["region", "industry", "indicator", "year", "quantile", "value"]
    assert sorted(set(table["quantile"].tolist())) == list(QUANTILES)
    assert sorted(set(table["year"].tolist())) == [2018, 2019, 2020]
    for year in (2018, 2019, 2020):
        assert (np.diff(table["value"][table["year"] == year]) >= 0).all()
    assert {row["forecaster"] for row in finding["baselines"].rows()} == {"naive", "drift"}
    assert "grey" in finding.charts[0].options


def test_zeros_are_counted_and_short_series_named():
    values = np.array([[logistic(500.0, 0.35, 40.0), np.r_[0.0, np.full(16, np.nan)]]])
    finding = asked(values, ["good", "empty"])
    assert any("1 zero" in note.text for note in finding.notes)
    assert any("1 of 2 series" in note.text for note in finding.notes)


def test_refusals_name_the_thing():
    panel = Panel.of({"firms": np.ones((1, 5))}, regions=["A"], periods=range(2001, 2006))
    with pytest.raises(StudyError, match="before the data end"):
        Growth(panel="p", of="firms", until=2004).answer(Evidence({"p": panel}), Here())
    with pytest.raises((StudyError, DataError), match="Did you mean 'firms'"):
        Growth(panel="p", of="frims").answer(Evidence({"p": panel}), Here())


def test_akaike_weights_by_hand():
    weights = akaike_weights(np.array([[10.0], [11.0]]), np.array([2.0, 3.0]), np.array([12.0]))
    criteria = np.array([4 - 20 + 12 / 9, 6 - 22 + 24 / 8])
    expected = np.exp(-0.5 * (criteria - criteria.min()))
    assert weights[:, 0] == pytest.approx(expected / expected.sum())


def test_what_a_join_leaves_out_is_noted():
    one = Panel.of(
        {"firms": np.stack([logistic(500.0, 0.35, 40.0)] * 2)}, regions=["A", "B"], periods=range(2001, 2018)
    )
    other = Panel.of({"jobs": np.ones((2, 17))}, regions=["B", "C"], periods=range(2001, 2018))
    found = Growth(panel=("one", "other"), of="firms").answer(Evidence({"one": one, "other": other}), Here())
    assert any("1 regions stand in all of one, other" in note.text for note in found.notes)
    assert any("1 regions of 'other' are in no other panel and left out: C" in note.text for note in found.notes)


def test_thousands_of_series_are_fitted_some_at_a_time_with_the_same_numbers(monkeypatch):
    random = np.random.default_rng(4)
    values = np.exp(random.normal(0.05, 0.1, (23, 17)).cumsum(axis=1))
    values[random.random(values.shape) < 0.1] = np.nan
    series = Panel.of({"firms": values}, regions=[str(k) for k in range(23)], periods=range(2001, 2018)).series("firms")
    laws = ("exponential", "logistic")
    whole = growth_model.fit_growth(series, laws, Key.of(1, "g"))
    seen = []
    monkeypatch.setattr(growth_model, "SERIES_AT_ONCE", 5)
    parts = growth_model.fit_growth(series, laws, Key.of(1, "g"), tick=lambda done, of: seen.append((done, of)))
    for one, other in zip(whole.laws, parts.laws, strict=True):
        assert one.weight.tobytes() == other.weight.tobytes()
        assert all(one.lo[name].tobytes() == other.lo[name].tobytes() for name in one.lo)
        assert one.curves.theta.tobytes() == other.curves.theta.tobytes()
    assert [done for done, _ in seen] == list(range(seen[0][1]))
    assert len(seen) > 2 * 5


def test_a_wish_to_stop_is_heard_between_pieces(monkeypatch):
    def stop(done, of):
        if done == 3:
            raise Stopped

    series = Panel.of({"firms": np.ones((9, 17))}, regions=list("abcdefghi"), periods=range(2001, 2018)).series("firms")
    monkeypatch.setattr(growth_model, "SERIES_AT_ONCE", 2)
    with pytest.raises(Stopped):
        growth_model.fit_growth(series, ("exponential",), Key.of(1, "g"), tick=stop)
