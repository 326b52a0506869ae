"""The contest on tables small enough to score by hand, and what it refuses."""

import pickle
import sys
from typing import ClassVar

import numpy as np
import pytest

from coevolve.engine import residual_net
from coevolve.errors import StudyError
from coevolve.evidence.evidence import Evidence
from coevolve.evidence.panel import Panel
from coevolve.inquiry import catalogue
from coevolve.inquiry.at import Here
from coevolve.inquiry.finding import QUANTILES, Finding
from coevolve.inquiry.forecaster import Fitted, Forecast, Forecaster
from coevolve.inquiry.key import Key
from coevolve.themes.forecast.contest_model import Plan, hold
from coevolve.themes.forecast.entries import entrant
from coevolve.themes.forecast.questions import Contest
from coevolve.themes.forecast.words import notes, signed

BASE = ("naive", "drift", "theta", "damped")
AT = Here(Key.of(7, "contest"))


def panel(values: np.ndarray, first: int = 2001, name: str = "firms") -> Panel:
    """Regions A, B, ... and industries one, two, ... from an array (region, industry, year)."""
    regions = [chr(65 + k) for k in range(values.shape[0])]
    industries = ["one", "two", "three", "four"][: values.shape[1]]
    periods = list(range(first, first + values.shape[2]))
    return Panel.of({name: values}, regions=regions, industries=industries, periods=periods, units={name: "number"})


def walks(seed: int = 1, shape: tuple[int, int, int] = (4, 3, 20)) -> np.ndarray:
    return 200 + np.random.default_rng(seed).normal(1, 3, shape).cumsum(axis=2)


def ask(values: np.ndarray, **options: object) -> Finding:
    question = Contest(panel="p", of="firms", **({"forecasters": BASE} | options))
    return question.answer(Evidence({"p": panel(values)}), AT)


def row(finding: Finding, table: str, **where: object) -> dict[str, object]:
    found = [one for one in finding[table].rows() if all(one[key] == value for key, value in where.items())]
    assert len(found) == 1
    return found[0]


def words_of(question: Contest, evidence: Evidence) -> list[str]:
    return [str(fault) for fault in question.faults(evidence)]


def test_scores_by_hand() -> None:
    values = np.array([[[10.0, 12.0, 16.0, 17.0, 21.0]], [[5.0, 5.0, 8.0, 7.0, 4.0]]])
    finding = ask(values, forecasters=("naive", "drift"), hold_out=1, origins=2)
    # at 2003 the mean changes are 3 and 1.5, at 2004 they are 7/3 and 4/3
    naive = np.mean([[1 / 3, 1 / 1.5], [4 / (7 / 3), 3 / (4 / 3)]])
    drift = np.mean([[2 / 3, 2.5 / 1.5], [(5 / 3) / (7 / 3), (11 / 3) / (4 / 3)]])
    assert row(finding, "scores", forecaster="naive", horizon=None)["mase"] == pytest.approx(naive)
    assert row(finding, "scores", forecaster="drift", horizon=None)["mase"] == pytest.approx(drift)
    assert row(finding, "scores", forecaster="drift", horizon=1)["skill_vs_naive"] == pytest.approx(1 - drift / naive)
    assert row(finding, "scores", forecaster="naive", horizon=None)["wins"] == 0.75
    assert row(finding, "tests", pair="drift - naive")["difference"] == pytest.approx(drift - naive)
    smape = 200 * np.mean([[1 / 33, 1 / 15], [4 / 38, 3 / 11]])
    assert row(finding, "scores", forecaster="naive", horizon=None)["smape"] == pytest.approx(smape)


def test_paths_stand_beside_the_actual_values() -> None:
    values = walks()
    finding = ask(values, hold_out=3, origins=2)
    paths = finding["paths"]
    assert ", ".join(paths.columns) == "region, industry, indicator, year, forecaster, quantile, value, actual"
    assert len(paths) == 4 * 3 * 3 * len(BASE) * len(QUANTILES)
    one = (paths["region"] == "B") & (paths["industry"] == "two") & (paths["year"] == 2019)
    one &= paths["forecaster"] == "naive"
    np.testing.assert_array_equal(paths["quantile"][one], QUANTILES)
    assert (np.diff(paths["value"][one]) >= 0).all()
    assert (paths["actual"][one] == values[1, 1, 18]).all()
    assert paths["value"][one][QUANTILES.index(0.5)] == values[1, 1, 16]


def test_naive_and_drift_always_compete() -> None:
    finding = ask(walks(), forecasters=("theta",))
    assert set(finding["ranking"]["forecaster"]) == {"naive", "drift", "theta"}


def test_the_picture_opens_where_the_winner_has_its_median_skill() -> None:
    finding = ask(walks(shape=(1, 3, 24)))
    best = next(name for name in finding["ranking"]["forecaster"].tolist() if name != "naive")
    skills = {one["series"]: one["skill_vs_naive"] for one in finding["by_series"].rows() if one["forecaster"] == best}
    middle = sorted(skills, key=lambda name: float(str(skills[name])))[1]
    chart = next(chart for chart in finding.charts if chart.name == "paths")
    assert chart.options["order"][0] == finding["examples"]["place"][0] == f"A, {middle}"
    assert f"opens on A, {middle}, where {best} has its median skill, one of 3 series" in chart.subtitle


def test_the_claim_has_the_ranges_of_the_table_of_tests() -> None:
    finding = ask(walks(), hold_out=2)
    best = finding["ranking"]["forecaster"][0]
    assert best != "naive"
    told, naive = row(finding, "tests", pair=f"{best} - naive"), row(finding, "ranking", forecaster="naive")
    ends = [-100 * float(str(told[side])) / float(str(naive["mase"])) for side in ("hi", "lo")]
    assert f"(95 %: {signed(ends[0])} to {signed(ends[1])} % less)" in finding.claim
    scores = row(finding, "scores", forecaster=best, horizon=None)
    assert scores["mase_lo"] <= scores["mase"] <= scores["mase_hi"]
    assert scores["skill_vs_naive_lo"] <= scores["skill_vs_naive"] <= scores["skill_vs_naive_hi"]


def test_if_naive_wins_it_is_said_first() -> None:
    still = 100 + np.random.default_rng(3).normal(0, 1, (20, 2, 24)).cumsum(axis=2)
    finding = ask(still)
    assert finding["ranking"]["forecaster"][0] == "naive"
    assert finding.claim.startswith("No change (naive) did best at forecasting firms")


def test_one_origin_claims_nothing_about_noise() -> None:
    finding = ask(walks(), hold_out=2, origins=1)
    assert "one origin cannot tell from noise" in finding.claim
    assert np.isnan(finding["tests"]["lo"]).all()
    assert not finding["tests"]["is_outside_noise"].any()
    assert any(note.level == "caution" and "origin" in note.text for note in finding.notes)


def test_same_seed_same_answer() -> None:
    first, second = ask(walks()), ask(walks())
    assert first.claim == second.claim
    for one, other in zip(first.tables, second.tables, strict=True):
        for column in one.columns:
            np.testing.assert_array_equal(one[column], other[column])


def test_missing_cells_are_left_out_and_counted() -> None:
    values = walks()
    values[0, 0, 18] = np.nan
    values[1, 1, 5] = np.nan
    finding = ask(values, hold_out=2, origins=3)
    assert any("2 held-out cells" in note.text for note in finding.notes)  # 2019 is held out from two origins
    assert all(np.isfinite(finding["scores"]["mase"]))


def test_a_series_that_never_changed_is_counted_and_left_out() -> None:
    values = walks()
    values[2, 1] = 0.0
    finding = ask(values)
    assert any("1 series" in note.text and "cannot be scaled" in note.text for note in finding.notes)
    assert np.isfinite(finding["scores"]["mase"]).all()


def test_counts_are_never_forecast_below_zero() -> None:
    values = np.maximum(0, 12 - np.arange(16.0)) + np.zeros((3, 2, 1)) + np.arange(3)[:, None, None]
    assert (ask(values)["paths"]["value"] >= 0).all()


def test_six_years_leave_naive_and_drift() -> None:
    finding = ask(walks(shape=(2, 2, 6)))
    assert set(finding["ranking"]["forecaster"]) == {"naive", "drift"}
    said = " ".join(note.text for note in finding.notes)
    assert "theta here: it needs 7 periods" in said
    assert "damped here: it needs 8 periods" in said


def test_monthly_data_brings_the_season_in() -> None:
    months = [f"{year}-{month:02d}" for year in range(2006, 2013) for month in range(1, 13)]
    pattern = np.tile(10 * np.cos(np.arange(12) * np.pi / 6), 7)
    values = 100 + np.random.default_rng(1).normal(0, 0.5, (1, 3, 84)).cumsum(axis=2) + pattern
    monthly = Panel.of({"jobs": values}, regions=[""], industries=["a", "b", "c"], periods=months)
    question = Contest(panel="p", of="jobs", forecasters=(*BASE, "seasonal_naive"))
    finding = question.answer(Evidence({"p": monthly}), AT)
    assert finding["ranking"]["forecaster"][0] in ("theta", "damped", "seasonal_naive")
    scores = {one["forecaster"]: one["mase"] for one in finding["scores"].rows() if one["horizon"] is None}
    assert scores["theta"] < 0.5 * scores["naive"]
    assert "period" in finding["paths"].columns
    assert finding["paths"]["period"][0] == "2012-01"


def test_seasons_of_series_of_either_sign() -> None:
    quarters = [f"{year}-Q{quarter}" for year in range(2000, 2010) for quarter in (1, 2, 3, 4)]
    rng = np.random.default_rng(1)
    firms = 100 + np.tile([5.0, 0, -5, 0], 10) + rng.normal(0, 1, (3, 40))
    balance = np.tile([5.0, 0, -5, 0], 10) + rng.normal(0, 1, (3, 40))
    both = Panel.of({"firms": firms, "balance": balance}, regions="abc", periods=quarters)
    finding = Contest(panel="p", of=("firms", "balance"), forecasters=BASE).answer(Evidence({"p": both}), AT)
    assert set(finding["ranking"]["forecaster"]) == set(BASE)
    assert (finding["paths"]["value"] < 0).any()


def test_yearly_data_has_no_seasonal_naive() -> None:
    finding = ask(walks(), forecasters=(*BASE, "seasonal_naive"))
    assert any("seasonal_naive here: years have no season" in note.text for note in finding.notes)


def test_of_one_region_and_one_series() -> None:
    finding = ask(walks(shape=(1, 1, 20)))
    assert any("one series says little" in note.text for note in finding.notes)
    assert np.isfinite(finding["scores"]["mase"]).all()


def test_nothing_to_score_is_said() -> None:
    finding = ask(np.full((2, 2, 12), 7.0))
    assert finding.claim.startswith("Nothing can be said")
    assert any("4 series" in note.text for note in finding.notes)


def test_every_column_of_the_contract() -> None:
    finding = ask(walks())
    assert list(finding["scores"].columns)[:9] == [
        "forecaster",
        "horizon",
        "mase",
        "smape",
        "pinball",
        "coverage_80",
        "coverage_95",
        "skill_vs_naive",
        "wins",
    ]
    assert list(finding["tests"].columns)[:4] == ["pair", "difference", "lo", "hi"]


def test_wins_share_out_all_series() -> None:
    rows = [one for one in ask(walks())["scores"].rows() if one["horizon"] is None]
    assert sum(one["wins"] for one in rows) == pytest.approx(1)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"forecasters": ("thetta",)}, ["'thetta'", "Did you mean 'theta'?"]),
        ({"forecasters": ({"name": "theta", "seasn": 4},)}, ["'theta' has no option 'seasn'"]),
        ({"of": "frims"}, ['"frims"', "Did you mean 'firms'?"]),
        ({"hold_out": 18}, ["hold_out is too long", "Got 18", "20 years", "Hold out 17 at most"]),
        ({"hold_out": 4, "origins": 15}, ["15 origins", "Got 15", "Ask for 14 at most"]),
    ],
)
def test_faults_name_what_was_got_and_the_repair(options: dict[str, object], expected: list[str]) -> None:
    question = Contest(**({"panel": "p", "of": "firms"} | options))
    said = words_of(question, Evidence({"p": panel(walks())}))
    assert len(said) == 1
    for part in expected:
        assert part in said[0]


def test_all_faults_at_once() -> None:
    question = Contest(panel="p", of="frims", forecasters=("thetta", "dirft"))
    assert len(words_of(question, Evidence({"p": panel(walks())}))) == 3


def test_three_years_are_too_few() -> None:
    said = words_of(Contest(panel="p", of="firms"), Evidence({"p": panel(walks(shape=(2, 1, 3)))}))
    assert said == ["a contest needs 4 years at least. Got 3. 3 to learn from and one to forecast."]


def test_a_faultless_question_has_none_and_says_what_to_expect() -> None:
    question, evidence = Contest(panel="p", of="firms"), Evidence({"p": panel(walks())})
    assert words_of(question, evidence) == []
    assert "origins" in next(iter(question.prospects(evidence))).text


def test_plans() -> None:
    assert Plan.of(17, 1, 4, 3) == Plan((11, 12, 13), 4, 1)
    assert Plan.of(6, 1, None, None).origins == (3, 4, 5)
    assert Plan.of(4, 1, None, None).origins == (3,)
    assert Plan.of(120, 12, 3, None).step == 3


class Blind(Forecaster):
    """Fails wherever it is asked."""

    name: ClassVar[str] = "blind"

    def fit(self, series, at):
        raise ValueError("it sees nothing")


class Constant(Forecaster):
    """Says the same number for every series of the first region only."""

    name: ClassVar[str] = "constant"

    def fit(self, series, at):
        return Same(series)


class Same(Fitted):
    """Tells 200 for region one."""

    def __init__(self, series):
        self.series = series

    def forecast(self, steps, quantiles=QUANTILES):
        values = np.full((*self.series.values.shape[:2], steps, len(quantiles)), np.nan)
        values[0] = 200.0
        return Forecast(self.series.periods.after(steps), tuple(quantiles), values)


def test_a_forecaster_that_fails_or_says_little_is_set_aside_with_the_reason() -> None:
    series = panel(walks()).series("firms")
    plan = Plan.of(20, 1, 2, 3)
    made = {"naive": entrant("naive"), "drift": entrant("drift"), "blind": Blind(), "constant": Constant()}
    result = hold(series, made, plan, AT)
    assert result.entrants == ("naive", "drift")
    assert "it sees nothing" in result.set_aside["blind"]
    assert "18 of the 72 cells" in result.set_aside["constant"]


def test_a_mean_made_by_few_series_is_said() -> None:
    values = walks(shape=(100, 2, 16))
    values[7, 1] += np.where(np.arange(16) >= 14, 1e5, 0)
    said = [note.text for note in ask(values).notes if "worst series" in note.text]
    assert len(said) == 1
    assert all(name in said[0] for name in BASE)
    assert "2 of 200 series make so much of the error, first H, two;" in said[0]


def test_by_default_all_compete_who_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(residual_net, "STEPS", 20)
    years = np.arange(16)
    capacity = np.array([[900.0, 500.0], [700.0, 400.0], [800.0, 300.0]])[..., None]
    noise = np.random.default_rng(1).normal(0, 0.01, (3, 2, 16))
    finding = ask(capacity / (1 + 6 * np.exp(-0.3 * years)) * np.exp(noise), forecasters=None, origins=3)
    assert {"naive", "drift", "theta", "damped", "logistic", "symbiosis"} <= set(finding["ranking"]["forecaster"])
    assert finding["ranking"]["forecaster"][0] in ("logistic", "symbiosis")
    assert any("seasonal_naive" in note.text and note.level == "information" for note in finding.notes)


def test_every_listed_forecaster_can_be_had() -> None:
    for name in catalogue.FORECASTERS:
        assert catalogue.forecaster(name).name == name


class Elsewhere(Here):
    """Every case and every result goes through pickle, as to and from a worker."""

    def map(self, fn, cases, *, words=""):
        return pickle.loads(pickle.dumps(super().map(fn, pickle.loads(pickle.dumps(list(cases))), words=words)))


def test_the_bytes_are_those_of_a_worker():
    series = panel(walks(shape=(5, 3, 24))).series("firms")
    forecasters = {name: entrant(name) for name in ("naive", "drift", "logistic", "symbiosis")}
    plan = Plan.of(24, 1, 3, 3)
    here, there = (hold(series, forecasters, plan, at) for at in (AT, Elsewhere(AT.key)))
    assert here.entrants == there.entrants == tuple(forecasters)
    for measure, values in here.measures.items():
        assert values.tobytes() == there.measures[measure].tobytes()
        for mean in ("overall", "by_origin", "by_horizon", "by_name", "by_region"):
            assert getattr(here, mean)(measure).tobytes() == getattr(there, mean)(measure).tobytes()


def test_a_misspelt_pole_is_refused_with_the_nearest():
    said = ({"name": "symbiosis", "poles": ["one", "twoo"]}, "naive")
    words = words_of(Contest(panel="p", of="firms", forecasters=said), Evidence({"p": panel(walks())}))
    assert words == ["'symbiosis' is to take the pole 'twoo', which is no series. Got \"twoo\". Did you mean 'two'?"]
    right = ({"name": "symbiosis", "poles": ["one", "two"]},)
    assert not words_of(Contest(panel="p", of="firms", forecasters=right), Evidence({"p": panel(walks())}))


def test_a_perfect_forecaster_is_no_trouble():
    straight = np.arange(1.0, 21.0) * np.array([[[2.0], [3.0]], [[4.0], [5.0]]])
    finding = ask(straight, forecasters=("naive", "drift"))
    assert finding.claim.startswith("The average past change (drift) did best")
    assert row(finding, "scores", forecaster="drift", horizon=None)["mase"] == 0.0
    still = np.tile(np.where(np.arange(20) == 1, 2.0, 1.0), (200, 1, 1))
    finding = ask(still, forecasters=("naive", "drift"))
    assert "drift, the next best, erred as little" in finding.claim


def test_no_change_without_any_error_is_said_without_a_ratio():
    stops = np.tile(np.minimum(np.arange(1.0, 21.0), 6.0), (2, 1, 1))
    finding = ask(stops, forecasters=("naive", "drift"), hold_out=2, origins=3)
    assert "drift, the next best, erred where no change did not at all" in finding.claim


def test_a_claim_begins_with_a_capital():
    up = np.exp(np.linspace(0, 3, 24)) * np.ones((3, 2, 1)) * 50
    finding = ask(up, forecasters=("logistic",))
    assert finding.claim.startswith("Every series growing for itself (logistic) did best at forecasting firms")


@pytest.mark.parametrize("name", ["os:path", "nofile:Bar", "coevolve_own.nothing:Bar", "coevolve.cli.app:call", ":"])
def test_nothing_is_imported_because_a_study_names_it(name):
    before = set(sys.modules)
    with pytest.raises(StudyError, match=r"there is no forecaster '.*'.*beside the study"):
        catalogue.forecaster(name)
    with pytest.raises(StudyError, match=r"there is no question"):
        catalogue.question(name)
    assert set(sys.modules) == before


def monthly(values: np.ndarray) -> Panel:
    periods = [f"{2001 + k // 12}-{k % 12 + 1:02d}" for k in range(values.shape[2])]
    regions = [chr(65 + k) for k in range(values.shape[0])]
    return Panel.of({"firms": values}, regions=regions, industries=["one"], periods=periods)


def test_monthly_data_are_judged_beside_the_same_season_of_last_year() -> None:
    evidence = Evidence({"p": monthly(walks(shape=(5, 1, 72)))})
    finding = Contest(panel="p", of="firms", forecasters=(*BASE, "seasonal_naive")).answer(evidence, AT)
    assert finding.claim.count("the same season of last year (seasonal_naive)") == 1
    assert finding.claim.count("noise") in (1, 2, 3)
    unit = "mean change over one season (12 months) before the origin"
    assert finding["scores"].units["mase"] == finding["ranking"].units["mase"] == f"times the {unit}"
    assert next(chart for chart in finding.charts if chart.name == "ranking").subtitle.startswith(
        f"1 = a usual change: the {unit};"
    )
    assert any(f"1 in MASE is the {unit}" in note.text for note in finding.notes)
    without = Contest(panel="p", of="firms", forecasters=BASE).answer(evidence, AT)
    assert [note.level for note in without.notes if note.text.startswith("Add seasonal_naive")] == ["caution"]
    assert not any(note.text.startswith("Add seasonal_naive") for note in finding.notes)


class Pinched(Forecaster):
    """Repeats the last value: no room up to the 95 % band, which holds everything."""

    name: ClassVar[str] = "pinched"

    def fit(self, series, at):
        return PinchedFit(series)


class PinchedFit(Fitted):
    """The last value of every series."""

    def __init__(self, series):
        self.periods, self.last = series.periods, series.values[:, :, -1]

    def forecast(self, steps, quantiles):
        width = np.array([1e9 * np.sign(q - 0.5) if abs(q - 0.5) > 0.46 else 0.0 for q in quantiles])
        values = np.broadcast_to(self.last[:, :, None, None] + width, (*self.last.shape, steps, len(quantiles)))
        return Forecast(self.periods.after(steps), tuple(quantiles), values)


def test_bands_that_hold_too_few_are_told_level_by_level() -> None:
    forecasters = {"naive": entrant("naive"), "pinched": Pinched()}
    result = hold(panel(walks()).series("firms"), forecasters, Plan.of(20, 1, 1, 6), AT)
    assert result.overall("coverage_95")[1] == 1.0
    text = next(note.text for note in notes(result, ["naive", "pinched"], frozenset()) if "wider bands" in note.text)
    assert "meant to hold 80 % of the actual values held fewer for pinched (less than 1 %)" in text
    assert "meant to hold 95 %" not in text
