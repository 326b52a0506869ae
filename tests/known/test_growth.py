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
from coevolve.themes.symbiosis.growth_verdict import verdicts
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


def choice(finding, law="logistic"):
    return {row["industry"]: row for row in finding["choice"].rows() if row["law"] == law}


class TestCeilings:
    """A ceiling is claimed only where a straight line cannot do as well."""

    def test_the_same_amount_every_year_is_no_ceiling(self):
        line = (100 + 8 * (YEARS - 2001)) * np.exp(0.015 * np.random.default_rng(3).standard_normal(17))
        finding = asked(line[None, None], ["line"])
        assert "growth slows, but no ceiling is clear" in finding.claim
        assert choice(finding)["line"]["weight"] > 0.95  # the logistic outweighs steady growth
        assert choice(finding)["line"]["beats_line"] is False

    def test_of_many_straight_lines_hardly_one_passes_for_a_ceiling(self):
        noise = 0.015 * np.random.default_rng(4).standard_normal((1, 200, 17))
        finding = asked((100 + 8 * (YEARS - 2001)) * np.exp(noise), [f"s{k}" for k in range(200)])
        beaten = sum(row["beats_line"] for row in choice(finding).values())
        assert beaten <= 6
        assert "growth slows without a clear ceiling in 1" in finding.claim  # a hundred and more

    def test_of_many_logistics_with_a_seen_ceiling_most_are_found(self):
        noise = 0.02 * np.random.default_rng(5).standard_normal((1, 100, 17))
        finding = asked(logistic(500.0, 0.5, 20.0) * np.exp(noise), [f"s{k}" for k in range(100)])
        assert sum(row["beats_line"] for row in choice(finding).values()) >= 95

    def test_the_line_is_the_most_likely_one(self):
        from scipy.optimize import minimize

        from coevolve.engine.logistic import PERSISTENCE
        from coevolve.themes.symbiosis.growth_verdict import line_likelihood

        values = (30 + 5 * (YEARS - 2001)) * np.exp(0.1 * np.random.default_rng(6).standard_normal(17))
        values[[0, 5, 6]] = np.nan
        times, logs = YEARS[np.isfinite(values)], np.log(values[np.isfinite(values)])
        best = -np.inf
        for phi in PERSISTENCE:
            spread = phi ** np.abs(times[:, None] - times[None]) if phi else np.eye(len(times))
            inverse, log_det = np.linalg.inv(spread), np.linalg.slogdet(spread)[1]

            def minus(ends, inverse=inverse, log_det=log_det):
                low, high = np.exp(ends)
                miss = logs - np.log(low + (high - low) * (times - times[0]) / (times[-1] - times[0]))
                variance = miss @ inverse @ miss / len(times)
                return 0.5 * (len(times) * (np.log(2 * np.pi * variance) + 1) + log_det)

            found = minimize(minus, logs[[0, -1]], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-10})
            best = max(best, -found.fun)
        found, counts = line_likelihood(YEARS, values[None])
        assert counts.tolist() == [14]
        assert found[0] == pytest.approx(best, abs=1e-6)


class TestWords:
    noise = np.random.default_rng(7)

    def test_a_fall_has_no_ceiling(self):
        slowing = logistic(120.0, 0.3, 300.0) * np.exp(0.005 * self.noise.standard_normal(17))
        finding = asked(slowing[None, None], ["mill"])
        assert "mill fell by" in finding.claim
        assert finding.claim.endswith("the fall slows.")
        assert "ceiling" not in finding.claim

    def test_what_never_moves_is_unchanged(self):
        finding = asked(np.full((1, 1, 17), 50.0), ["flat"])
        assert finding.claim == "A, flat did not change from 2001 to 2017."

    def test_every_series_is_counted_once(self):
        shake = np.exp(0.01 * self.noise.standard_normal((6, 17)))
        up, down, line = 20 * 1.05 ** (YEARS - 2001), 90 * 0.96 ** (YEARS - 2001), np.full(17, 70.0)
        values = np.stack([up, up, up, down, line, line]) * shake
        values[5] = 70.0
        finding = asked(values[None], list("abcdef"))
        assert finding.claim.startswith(
            "3 of 6 series grew, 1 fell, 1 did not clearly move and 1 stayed unchanged from 2001 to 2017"
        )
        assert "Of the 3 that grew, a ceiling is clear in none" in finding.claim

    def test_a_minus_is_a_minus(self):
        still = 100 * np.exp(0.05 * np.random.default_rng(0).standard_normal(17))
        finding = asked(still[None, None], ["still"])
        assert "did not clearly move" in finding.claim
        assert "(\u2212" in finding.claim
        assert " -" not in finding.claim

    def test_the_note_counts_what_the_table_marks(self):
        values = np.stack([20 * 1.05 ** (YEARS - 2001), 90 * 0.96 ** (YEARS - 2001), logistic(500.0, 0.5, 20.0)])
        finding = asked((values * np.exp(0.02 * self.noise.standard_normal((3, 17))))[None], list("abc"))
        marked = int(finding["choice"]["capacity_is_lower_bound"].sum())
        assert marked > 0
        assert any(f"capacity of {marked} series as a lower bound" in note.text for note in finding.notes)
        lows = {row["industry"] for row in finding["laws"].rows() if row["parameter"] == "capacity" and row["lo"]}
        assert {name for name, row in choice(finding).items() if row["capacity_is_lower_bound"]} <= lows

    def test_a_midpoint_of_months_is_a_year_with_decimals(self):
        months = [f"{year}-{month:02d}" for year in (2010, 2011) for month in range(1, 13)]
        panel = Panel.of({"jobs": logistic(50.0, 0.3, 5.0, np.arange(24.0))[None]}, regions=["A"], periods=months)
        finding = Growth(panel="p", of="jobs").answer(Evidence({"p": panel}), Here())
        assert "with decimals" in finding["laws"].caption


def test_the_largest_are_the_largest_of_all_regions():
    values = np.ones((5, 4, 17)) * 1.03 ** (YEARS - 2001)
    values *= np.exp(0.01 * np.random.default_rng(8).standard_normal(values.shape))
    sizes = 1.2 ** (np.arange(20) * 7 % 20).reshape(5, 4)
    panel = Panel.of(
        {"firms": values * sizes[..., None]},
        regions=list("ABCDE"),
        periods=range(2001, 2018),
        industries=list("wxyz"),
    )
    finding = Growth(panel="p", of="firms").answer(Evidence({"p": panel}), Here())
    order = np.argsort(-sizes.ravel())[:8]
    expected = [f"{'ABCDE'[k // 4]}, {'wxyz'[k % 4]}" for k in order]
    assert finding["rates"]["place"].tolist() == expected
    assert set(finding["fan"]["place"].tolist()) == set(expected)
    assert "the 8 largest of 20 series" in finding.charts[0].subtitle


def test_no_draw_of_a_rising_series_falls_for_want_of_a_bend():
    """Draws that would bend upwards keep the rate that goes with no bend, so the lower tail stays near the series."""
    values = np.exp(0.03 * (YEARS - 2001) + 0.02 * np.random.default_rng(0).standard_normal((20, 17)))
    ahead = forecast_draws(fit_curves(YEARS, values, "logistic"), np.array([2022.0]), np.random.default_rng(1), 1000)
    low = np.quantile(ahead[:, :, 0], 0.025, axis=0)
    assert (low > 0.85 * values[:, -1]).all()


@pytest.mark.parametrize(("years", "noise", "is_steady"), [(7, 0.01, False), (12, 0.001, True), (30, 0.01, True)])
def test_growth_is_steady_only_where_the_data_say_so(years, noise, is_steady):
    random = np.random.default_rng(5)
    times = np.arange(years)
    values = 20.0 * np.exp(0.04 * times + noise * random.standard_normal((20, years)))
    panel = Panel.of(
        {"firms": values[None]},
        regions=["A"],
        periods=range(2001, 2001 + years),
        industries=[str(k) for k in range(20)],
    )
    series = panel.series("firms")
    told = verdicts(series, growth_model.fit_growth(series, ("exponential", "logistic"), Key.of(1, "steady")))
    assert told.grown.all()
    assert told.steady.mean() > 0.9 if is_steady else not told.steady.any()


def test_seven_points_that_level_off_are_not_called_steady():
    times = np.arange(7.0)
    values = 13.0 / (1.0 + 11.0 * np.exp(-1.1 * times)) * np.exp(np.random.default_rng(2).normal(0, 0.05, (20, 7)))
    panel = Panel.of({"firms": values[None]}, regions=["A"], periods=range(7), industries=[str(k) for k in range(20)])
    series = panel.series("firms")
    fit = growth_model.fit_growth(series, ("exponential", "logistic"), Key.of(1, "yeast"))
    assert (fit.laws[0].weight > 0.95).mean() > 0.5  # by the penalty for short series alone
    assert not verdicts(series, fit).steady.any()
