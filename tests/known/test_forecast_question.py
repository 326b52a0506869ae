"""The question `forecast` on made series, the net and the blend behind it, and what both refuse."""

from pathlib import Path

import duckdb
import numpy as np
import pytest

import coevolve
from coevolve.engine import residual_net
from coevolve.engine.scores import mase_scale
from coevolve.errors import StudyError
from coevolve.evidence.evidence import Evidence
from coevolve.evidence.panel import Panel
from coevolve.inquiry.at import Here
from coevolve.inquiry.finding import QUANTILES, Finding
from coevolve.inquiry.key import Key
from coevolve.themes.forecast.ahead_words import amount
from coevolve.themes.forecast.contest_model import Plan, hold
from coevolve.themes.forecast.entries import entrant
from coevolve.themes.forecast.questions_forecast import Forecast

AT = Here(Key.of(7, "forecast"))


@pytest.fixture(autouse=True)
def quick_nets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nets that train for a moment: what is tested here does not hang on what they learn."""
    monkeypatch.setattr(residual_net, "STEPS", 20)


def panel(values: np.ndarray, first: int = 2001, **units: str) -> Panel:
    regions = [f"r{k}" for k in range(values.shape[0])]
    industries = [f"i{k}" for k in range(values.shape[1])]
    periods = range(first, first + values.shape[2])
    return Panel.of({"firms": values}, regions=regions, industries=industries, periods=periods, units=units)


def walks(seed: int = 1, shape: tuple[int, int, int] = (4, 3, 20), drift: float = 2.0) -> np.ndarray:
    return 300 + np.random.default_rng(seed).normal(drift, 3, shape).cumsum(axis=2)


def ask(values: np.ndarray, **options: object) -> Finding:
    question = Forecast(panel="p", of="firms", **options)
    evidence = Evidence({"p": panel(values)})
    assert not list(question.faults(evidence))
    return question.answer(evidence, AT)


def test_columns_of_the_contract_and_quantiles_in_order() -> None:
    finding = ask(walks(), until=2023, model="drift", quantiles=(0.9, 0.1, 0.5))
    table = finding["forecast"]
    assert list(table.columns) == ["region", "industry", "indicator", "year", "quantile", "value"]
    assert len(table) == 4 * 3 * 3 * 3
    assert set(table["quantile"]) == {0.1, 0.5, 0.9}
    assert (np.diff(table["value"].reshape(-1, 3), axis=1) >= 0).all()
    assert set(table["year"]) == {2021, 2022, 2023}
    assert finding["weights"].rows() == [{"indicator": "firms", "member": "drift", "weight": 1.0}]


def test_the_median_of_drift_is_drift_and_stands_beside_naive() -> None:
    values = walks()
    finding = ask(values, until=2022, model="drift")
    row = next(
        one
        for one in finding["forecast"].rows()
        if (one["region"], one["industry"], one["year"], one["quantile"]) == ("r1", "i2", 2022, 0.5)
    )
    last = values[1, 2, -1]
    assert row["value"] == pytest.approx(last + 2 * (last - values[1, 2, 0]) / 19)
    baselines = finding["baselines"].rows()
    assert {one["forecaster"] for one in baselines} == {"naive", "drift"}
    naive = next(one for one in baselines if (one["region"], one["industry"]) == ("r1", "i2"))
    assert naive["value"] == last


def test_the_blend_is_the_default_and_its_weights_sum_to_one() -> None:
    finding = ask(walks(), until=2024)
    weights = {one["member"]: one["weight"] for one in finding["weights"].rows()}
    assert set(weights) == {"lstm", "dot", "drift", "damped"}
    assert sum(weights.values()) == pytest.approx(1.0)
    assert min(weights.values()) > 0.05  # drawn towards equal shares
    assert set(finding["forecast"]["quantile"]) == set(QUANTILES)
    assert set(finding["scores"]["forecaster"]) == {"naive", "drift", "blend"}
    assert finding.claim.startswith("By 2024, firms should rise in")


def test_the_same_seed_gives_the_same_bytes() -> None:
    series = panel(walks()).series("firms")
    one, other = (entrant("blend").fit(series, AT).forecast(3).values for _ in range(2))
    assert one.tobytes() == other.tobytes()


def test_if_naive_is_better_it_is_said_first() -> None:
    still = 300 + np.random.default_rng(3).normal(0, 2, (30, 2, 24)).cumsum(axis=2)
    finding = ask(still, model="drift")
    assert finding.claim.startswith("No change (naive) did better than drift in 8 tests on the past")


def test_counts_stay_whole_and_never_fall_below_zero() -> None:
    falling = np.maximum(0, 40 - 2.0 * np.arange(18)) + np.arange(6.0)[:, None, None]
    values = ask(falling, until=2024, model="damped")["forecast"]["value"]
    assert (values == np.rint(values)).all()
    assert (values >= 0).all()
    assert ask(falling + 0.5, until=2020, model="naive")["forecast"]["value"][10] % 1 != 0


def test_six_years_get_naive_and_drift() -> None:
    finding = ask(walks(shape=(2, 2, 6)), until=2008)
    rows = [row for row in finding["forecast"].rows() if row["quantile"] == 0.5]
    made = {(row["region"], row["industry"], row["year"]): row["value"] for row in rows}
    plain: dict[tuple[object, ...], list[float]] = {}
    for row in finding["baselines"].rows():
        plain.setdefault((row["region"], row["industry"], row["year"]), []).append(float(str(row["value"])))
    assert all(made[place] == pytest.approx(np.mean(both)) for place, both in plain.items())
    assert any("too few past misses" in note.text for note in finding.notes)
    assert len(finding["forecast"]) == 2 * 2 * 2 * len(QUANTILES)  # bands there are: naive's


def test_two_years_get_naive_alone_and_the_reason() -> None:
    finding = ask(walks(shape=(2, 2, 2)), until=2004)
    assert finding.claim.startswith("Only no change (naive) can be said of firms, since it needs, as drift does, 3")
    assert any(note.level == "caution" for note in finding.notes)
    assert set(finding["baselines"]["forecaster"]) == {"naive"}


def test_a_model_that_cannot_take_the_panel_is_replaced_and_said() -> None:
    finding = ask(walks(shape=(3, 1, 20)), model="symbiosis")
    assert "symbiosis needs two series or more" in finding.claim


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"model": "blendd"}, ["'blendd'", "Did you mean 'blend'?"]),
        ({"until": 2010}, ["'until' lies before the data end", "Got 2010", "after 2020"]),
        ({"quantiles": (0.5, 1.5)}, ["between 0 and 1", "1.5"]),
        ({"of": "frims"}, ['"frims"', "Did you mean 'firms'?"]),
    ],
)
def test_faults_name_what_was_got_and_the_repair(options: dict[str, object], expected: list[str]) -> None:
    question = Forecast(**({"panel": "p", "of": "firms"} | options))
    said = [str(fault) for fault in question.faults(Evidence({"p": panel(walks())}))]
    assert len(said) == 1
    for part in expected:
        assert part in said[0]


def test_study_and_library_give_the_same_numbers() -> None:
    data = panel(walks())
    mine = coevolve.forecast.forecast(data, "firms", 2022, model="drift", seed=7, name="forecast")
    theirs = ask(walks(), until=2022, model="drift")
    np.testing.assert_array_equal(mine["forecast"]["value"], theirs["forecast"]["value"])
    assert coevolve.forecast.contest(data, "firms", forecasters=("theta",))["ranking"]["forecaster"].size == 3
    with pytest.raises(StudyError):
        coevolve.forecast.forecast(data, "firms", modl="drift")


def test_one_net_serves_the_family_and_alone_it_says_the_same() -> None:
    series = panel(walks()).series("firms")
    plan = Plan.of(20, 1, 2, 2)
    both = hold(series, {name: entrant(name) for name in ("naive", "lstm", "blend")}, plan, AT)
    alone = hold(series, {name: entrant(name) for name in ("naive", "lstm")}, plan, AT)
    assert both.entrants == ("naive", "lstm", "blend")
    np.testing.assert_array_equal(both.measures["mase"][1], alone.measures["mase"][1])


def test_a_net_refuses_what_is_too_little_to_learn_from() -> None:
    series = panel(walks(shape=(1, 1, 20))).series("firms")
    assert entrant("lstm").refuses(series) == (
        "a net needs 60 past misses of Theta, and the 1 series of at most 20 observations give 13"
    )
    fitted = entrant("blend").fit(series, AT)
    said = fitted.forecast(3)
    assert np.isfinite(said.values).all()
    assert any("Theta stands in for the net" in note.text for note in said.notes)
    assert set(fitted.weights(3)["firms"]) == {"dot", "drift", "damped"}


@pytest.mark.slow
def test_monthly_series_keep_their_season() -> None:
    months = [f"{2001 + k // 12}-{k % 12 + 1:02d}" for k in range(84)]
    season = 40 * np.cos(np.arange(84) * np.pi / 6)
    values = 500 + np.random.default_rng(1).normal(0, 2, (1, 3, 84)).cumsum(axis=2) + season
    monthly = Panel.of({"jobs": values}, regions=[""], industries=["a", "b", "c"], periods=months)
    finding = Forecast(panel="p", of="jobs", until="2009-06").answer(Evidence({"p": monthly}), AT)
    middle = finding["forecast"]["value"][finding["forecast"]["quantile"] == 0.5].reshape(3, 18)
    expected = 40 * np.cos(np.arange(84, 102) * np.pi / 6)
    for path in middle:
        assert np.corrcoef(path, expected)[0, 1] > 0.95
    assert finding["forecast"]["period"][0] == "2008-01"


def test_numbers_in_sentences() -> None:
    assert [amount(one) for one in (0.0, 12.0, 1234567.0, -0.5)] == ["0", "12", "1\u2009235\u2009000", "-0.5"]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "most"), [("m3", 2.62), ("m1", 3.33)])
def test_the_blend_stays_at_its_measured_figure(
    data_root: Path, name: str, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(residual_net, "STEPS", 300)
    path = data_root / "forecasting" / f"{name}_yearly.parquet"
    if not path.is_file():
        pytest.skip(f"no {path.name} among the real statistics")
    rows = duckdb.sql(f"select series, value from '{path}' order by series, year_index").fetchall()
    found: dict[str, list[float]] = {}
    for key, value in rows:
        found.setdefault(key, []).append(value)
    longest = max(map(len, found.values())) - 6
    training = np.full((len(found), 1, longest), np.nan)
    for place, one in enumerate(found.values()):
        training[place, 0, longest - len(one) + 6 :] = one[:-6]
    test = np.array([one[-6:] for one in found.values()])
    series = panel(training, first=1001).series("firms")
    middle = entrant("blend").fit(series, AT).forecast(6).median()[:, 0]
    assert (np.abs(test - middle).mean(axis=1) / mase_scale(training[:, 0])).mean() <= most
