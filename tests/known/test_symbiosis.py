"""`symbiosis` on small panels: its words, tables, refusals and equilibria by hand."""

import numpy as np
import pytest

from coevolve.engine.boundedness import is_bounded
from coevolve.engine.equilibria import equilibrium, is_feasible, is_stable
from coevolve.engine.growth import paths
from coevolve.engine.two_poles import null_line, saddle
from coevolve.errors import DataError, StudyError
from coevolve.evidence.evidence import Evidence
from coevolve.evidence.fit import Fit
from coevolve.evidence.panel import Panel
from coevolve.inquiry.at import Here
from coevolve.inquiry.finding import QUANTILES
from coevolve.inquiry.key import Key
from coevolve.themes.symbiosis import fit as fit_symbiosis
from coevolve.themes.symbiosis.equations import claimed, relation, relation_masses
from coevolve.themes.symbiosis.phase import portrait
from coevolve.themes.symbiosis.questions import Symbiosis

POLES = ("machinery", "electronics")


def panel(regions=6, years=24, noise=0.01, seed=0, unit="count", truth=((0.0, -0.4), (0.0, 0.0))):
    random = np.random.default_rng(seed)
    b = np.array(truth)
    size = len(b)
    rate = np.tile(np.linspace(0.22, 0.28, size), (regions, 1))
    capacity = np.exp(random.normal(6.0, 0.3, (regions, size)))
    start = capacity * random.uniform(0.05, 0.35, (regions, size))
    true = paths(np.log(start), rate, capacity, np.broadcast_to(b, (regions, size, size)), np.ones(years - 1))
    seen = np.exp(true + noise * random.standard_normal(true.shape)).transpose(0, 2, 1)
    names = [*POLES, "software", "steel"][:size]
    return Panel.of(
        {"firms": seen},
        regions=[f"R{k}" for k in range(regions)],
        periods=range(1991, 1991 + years),
        industries=names,
        units={"firms": unit},
    )


def ask(data, **options):
    question = Symbiosis(panel="p", of="firms", **({"poles": POLES, "inference": "laplace"} | options))
    return question.answer(Evidence({"p": data}), Here(Key.of(7, "poles")))


def refused(data, match, **options):
    with pytest.raises(StudyError, match=match):
        ask(data, **options)


@pytest.fixture(scope="module")
def finding():
    return ask(panel(), until=2020, draws=400)


def test_tables_have_the_columns_of_the_contract(finding):
    columns = {table.name: list(table.columns) for table in finding.tables}
    assert columns["coefficients"] == ["region", "parameter", "pole", "other", "median", "lo", "hi", "contraction"]
    expected = {"region", "pole", "other", "effect_from_other", "effect_on_other", "relation", "probability"}
    assert expected <= set(columns["relations"])
    assert columns["equilibria"][:8] == [
        "region",
        "id",
        "pole",
        "scale",
        "share_of_capacity",
        "feasible",
        "stable",
        "probability_stable",
    ]
    assert columns["forecast"][:6] == ["region", "industry", "indicator", "year", "quantile", "value"]
    assert columns["diagnostics"] == ["what", "value", "verdict"]


def test_the_truth_lies_inside_and_is_claimed(finding):
    b = {
        (row["pole"], row["other"]): row
        for row in finding["coefficients"].rows()
        if row["parameter"] == "b" and row["region"] == ""
    }
    assert b["machinery", "electronics"]["lo"] <= -0.4 <= b["machinery", "electronics"]["hi"]
    assert b["electronics", "machinery"]["lo"] <= 0.0 <= b["electronics", "machinery"]["hi"]
    pooled = finding["relations"].rows()[0]
    assert pooled["relation"] == "commensalism"
    assert "electronics helps machinery" in finding.claim


def test_the_forecast_has_every_quantile_in_order_and_baselines_beside(finding):
    table = finding["forecast"]
    assert sorted(set(table["quantile"].tolist())) == list(QUANTILES)
    values = table["value"].reshape(-1, len(QUANTILES))
    assert (np.diff(values, axis=1) >= 0).all()
    assert {row["forecaster"] for row in finding["baselines"].rows()} == {"naive", "drift"}
    fan = next(chart for chart in finding.charts if chart.name == "forecast")
    assert list(fan.options["grey"]) == ["naive", "drift"]


def test_two_poles_get_a_phase_portrait(finding):
    assert finding.charts[0].kind == "phase"
    layers = set(finding["phase"]["layer"].tolist())
    assert {"path", "nullcline", "arrow", "equilibrium", "draw"} <= layers
    resting = [row for row in finding["phase"].rows() if row["layer"] == "equilibrium" and row["stable"] == "true"]
    assert resting
    assert all("machinery + electronics" in row["id"] for row in resting)


def test_resting_points_of_unknown_capacity_are_marked_as_lower_bounds(finding):
    fit, series = finding.made, panel().series("firms").pick(POLES)
    known = np.ones((len(fit.labels["region"]), 2), bool)
    table, chart = portrait(series, fit, known)
    assert "guess" not in chart.subtitle
    assert not any("at least" in str(row["label"]) for row in table.rows())
    known[:, 1] = False
    table, chart = portrait(series, fit, known)
    assert "resting points are guesses in " in chart.subtitle
    assert ": a capacity is told only from below" in chart.subtitle
    labels = {row["id"]: row["label"] for row in table.rows() if row["layer"] == "equilibrium"}
    assert labels["machinery + electronics"] == "machinery + electronics (a guess)"
    assert labels.get("machinery", "machinery") == "machinery"


def test_the_fit_keeps_labelled_draws(finding):
    made = finding.made
    assert isinstance(made, Fit)
    assert made["symbiosis"].shape == (400, 6, 2, 2)
    assert made.labels["pole"] == POLES
    assert Fit.from_bytes(made.to_bytes()).digest() == made.digest()


def test_the_library_gives_what_the_question_gives():
    data = panel(regions=1)
    direct = fit_symbiosis(data, "firms", POLES, seed=3, draws=200)
    asked = Symbiosis(panel="panel", of="firms", poles=POLES, draws=200).answer(
        Evidence({"panel": data}), Here(Key.of(3, "symbiosis"))
    )
    assert direct.digest() == asked.made.digest()


def test_the_library_refuses_with_the_place_and_the_nearest_name():
    with pytest.raises(StudyError, match=r"symbiosis\.fit: 'symbiosis' has no option 'drawz'. Did you mean 'draws'\?"):
        fit_symbiosis(panel(regions=1), "firms", POLES, drawz=200)


def test_the_library_says_why_nothing_could_be_fitted(monkeypatch):
    from coevolve.themes.symbiosis import model

    def fails(*_):
        raise FloatingPointError("no luck")

    monkeypatch.setattr(model, "fit_part", fails)
    with pytest.raises(DataError, match=r"symbiosis\.fit: .*no luck"):
        fit_symbiosis(panel(regions=1), "firms", POLES, draws=200)


def test_what_a_join_leaves_out_is_noted():
    one = panel(regions=2)
    other = Panel.of({"jobs": np.ones((2, 24))}, regions=["R1", "R9"], periods=range(1991, 2015))
    question = Symbiosis(panel=("one", "other"), of="firms", poles=POLES, draws=200)
    found = question.answer(Evidence({"one": one, "other": other}), Here())
    assert any("1 regions stand in all of one, other" in note.text for note in found.notes)
    assert any("1 regions of 'one' are in no other panel and left out: R0" in note.text for note in found.notes)


def test_an_effect_that_the_data_hardly_told_is_not_drawn(finding):
    effects = finding["effects"]
    drawn = np.isfinite(effects["help_known"])
    assert (drawn == (effects["contraction"] >= 0.5)).all()
    assert (effects["help_known"][drawn] == effects["help"][drawn]).all()
    heat = next(chart for chart in finding.charts if chart.name == "effects")
    assert heat.roles["value"] == "help_known"


def test_equilibria_have_intervals_and_relations_a_reason(finding):
    whole = [
        row for row in finding["equilibria"].rows() if row["probability_stable"] > 0.9 and row["share_of_capacity"]
    ]
    assert whole
    assert all(row["share_of_capacity_lo"] <= row["share_of_capacity"] <= row["share_of_capacity_hi"] for row in whole)
    assert all(bool(row["reason"]) == (row["relation"] == "undetermined") for row in finding["relations"].rows())


def test_naive_and_drift_leave_from_the_last_value(finding):
    first = {row["place"]: row["value"] for row in finding["fan"].rows()[::-1] if row["forecaster"] == "drift"}
    counted = {row["place"]: row["value"] for row in finding["counted"].rows()}
    assert first == counted


def test_one_short_noisy_region_is_undetermined_and_says_what_would_decide():
    found = ask(panel(regions=1, years=15, noise=0.05), draws=300)
    assert found["relations"].rows()[0]["relation"] == "undetermined"
    assert "cannot tell" in found.claim
    assert any(note.text.startswith(("To decide", "Do not wait")) for note in found.notes)


def test_the_heat_map_marks_what_is_not_claimed(finding):
    heat = next(chart for chart in finding.charts if chart.name == "effects")
    assert heat.roles["certain"] == "is_claimed"
    claims = {row["relation"] != "undetermined" for row in finding["relations"].rows() if row["region"] == ""}
    assert set(finding["effects"]["is_claimed"].tolist()) == claims


def test_scales_over_capacity_are_shown_where_known_largest_first(finding):
    chart = next(chart for chart in finding.charts if chart.name == "capacity_shares")
    assert chart.title == "Scale over capacity when alone"
    shown = list(dict.fromkeys(finding["shares_shown"]["region"].tolist()))
    last = np.exp(np.median(finding.made["log_last"], axis=0))
    size = (last / last.sum(axis=0)).mean(axis=1)  # the share of each pole in all regions, averaged over poles
    order = [finding.made.labels["region"][k] for k in np.argsort(-size)]
    known = {row["region"] for row in finding["capacity_shares"].rows() if row["is_known"]}
    assert shown == [region for region in order if region in known]


def test_what_did_not_settle_has_no_picture_of_its_capacity(monkeypatch):
    from coevolve.themes.symbiosis import model

    monkeypatch.setattr(model, "LEAST_AGREEING", 99)
    found = ask(panel(regions=1, years=40, noise=0.003), draws=200)
    assert not found["capacity_shares"]["is_known"].any()
    assert "capacity_shares" not in {chart.name for chart in found.charts}
    assert any(note.text.startswith("Leave aside 2 of 2 scales") for note in found.notes)


@pytest.mark.parametrize("noise", ["measurement", "one-step"])
@pytest.mark.parametrize("pooling", ["complete", "none"])
def test_every_declared_option_works(noise, pooling):
    found = ask(panel(regions=3, years=16), noise=noise, pooling=pooling, draws=200)
    assert np.isfinite(found["coefficients"]["median"]).all()
    regions = {row["region"] for row in found["relations"].rows()}
    assert regions == ({""} if pooling == "complete" else {"R0", "R1", "R2"})


def test_three_poles_and_gaps_and_zeros():
    data = panel(regions=2, years=18, truth=((0, -0.2, 0), (0, 0, 0.3), (0, 0, 0)))
    values = data.indicator("firms").values.copy()
    values[0, 0, 5] = np.nan
    values[1, 1, 0] = 0.0
    gaps = Panel.of({"firms": values}, regions=data.regions, periods=data.periods.labels, industries=data.industries)
    found = ask(gaps, poles=(*POLES, "software"), draws=200)
    assert len(found["relations"].rows()) == 3 * 3
    assert any("1 zero" in note.text for note in found.notes)
    kinds = [chart.kind for chart in found.charts]
    assert "heat" in kinds
    assert "phase" not in kinds


class TestRefusals:
    def test_poles(self):
        refused(panel(), "two or more", poles=("machinery",))
        refused(panel(), "'machinery' is named twice", poles=("machinery", "machinery"))
        refused(panel(), "Did you mean 'electronics'", poles=("machinery", "electronic"))

    def test_until_before_the_data_end(self):
        refused(panel(), r"Got 2000.*after 2014", until=2000)

    def test_year_effects_need_noise_in_growth_and_regions(self):
        refused(panel(), "needs noise in growth", year_effects=True, noise="measurement")
        refused(panel(regions=1), "needs several regions", year_effects=True)

    def test_all_faults_at_once(self):
        with pytest.raises(StudyError) as error:
            ask(panel(), poles=("machinery", "electronic", "electronic"), until=1999)
        assert len(error.value.faults) == 3


def test_nine_cells():
    expected = {
        (-1, -1): "mutualism",
        (1, 1): "competition",
        (0, 0): "independence",
        (-1, 1): "predation",
        (1, -1): "predation",
        (-1, 0): "commensalism",
        (0, -1): "commensalism",
        (1, 0): "amensalism",
        (0, 1): "amensalism",
    }
    for (first, second), name in expected.items():
        assert relation(0.3 * first, 0.3 * second) == name
    masses = relation_masses(np.full(20, -0.3), np.r_[np.zeros(19), 0.3])
    assert masses["commensalism"] == pytest.approx(0.95)
    assert claimed(masses)[0] == "commensalism"


def test_equilibria_of_two_poles_by_hand():
    b = np.array([[0.0, 0.5], [-0.2, 0.0]])
    assert equilibrium(b, (0, 1)) == pytest.approx([0.5 / 1.1, 1.2 / 1.1])
    assert equilibrium(b, (0,)) == pytest.approx([1.0, 0.0])
    rivals, rate = np.array([[0.0, 1.5], [1.4, 0.0]]), np.array([0.2, 0.3])
    supports = ((), (0,), (1,), (0, 1))
    stable = {present: bool(is_stable(rivals, rate, equilibrium(rivals, present))) for present in supports}
    assert stable == {(): False, (0,): True, (1,): True, (0, 1): False}
    assert saddle(rivals, rate) is not None
    assert saddle(b, rate) is None
    assert not is_bounded(np.array([[0.0, -1.0], [-1.0, 0.0]]))
    assert is_bounded(np.array([[0.0, -2.0], [0.3, 0.0]]))
    shares = equilibrium(b, (0, 1))
    assert null_line(0.5, shares[1]) == pytest.approx(shares[0])


def test_a_separatrix_parts_two_futures():
    data = panel(regions=1, years=30, noise=0.002, seed=4, truth=((0.0, 1.5), (1.4, 0.0)))
    found = ask(data, noise="measurement", draws=200)
    layers = found["phase"]["layer"].tolist()
    assert "separatrix" in layers
    assert bool(is_feasible(np.array([0.4, 0.4]), (0, 1)))


def test_iowa_electricity_is_read_with_caution():
    """Seventeen years of one state: fossil, nuclear and renewables; no relation can honestly be claimed."""
    from vega_datasets import data

    table = data.iowa_electricity().pivot(index="source", columns="year", values="net_generation")
    iowa = Panel.of(
        {"net_generation": table.to_numpy(float)[None]},
        regions=["Iowa"],
        periods=[year.year for year in table.columns],
        industries=[str(name) for name in table.index],
    )
    question = Symbiosis(panel="p", of="net_generation", poles=tuple(map(str, table.index)), draws=400)
    found = question.answer(Evidence({"p": iowa}), Here(Key.of(7, "poles")))
    assert set(found["relations"]["relation"].tolist()) == {"undetermined"}
    assert found.claim.startswith("17 years cannot tell")
    assert found.made["is_trusted"].tolist() == [1.0]
    fossil = {
        row["other"]: row["median"]
        for row in found["coefficients"].rows()
        if row["parameter"] == "b" and row["pole"] == "Fossil Fuels"
    }
    assert fossil["Renewables"] > 0  # renewables crowd out fossil fuels, if anything


def test_a_fit_that_did_not_settle_claims_nothing(monkeypatch):
    from coevolve.themes.symbiosis import model

    monkeypatch.setattr(model, "LEAST_AGREEING", 99)
    found = ask(panel(regions=1, years=40, noise=0.003), draws=200)
    assert found["relations"].rows()[0]["relation"] == "undetermined"
    assert found.notes[0].level == "caution"
    assert "did not settle" in found.notes[0].text


class TestForecasters:
    def test_they_forecast_every_series_with_quantiles(self):
        from coevolve.themes.symbiosis.forecasters import Logistic, SymbiosisForecaster

        series = panel(regions=2, years=20, truth=((0, -0.2, 0), (0, 0, 0.3), (0, 0, 0))).series("firms")
        for forecaster in (Logistic(), SymbiosisForecaster(poles=POLES, pooling="none")):
            assert forecaster.refuses(series) == ""
            made = forecaster.fit(series, Here()).forecast(3)
            assert made.values.shape == (2, 3, 3, len(QUANTILES))
            assert (np.diff(made.values, axis=-1) >= 0).all()
            last = series.values[:, :, -1]
            assert (np.abs(made.median()[:, :, 0] / last - 1.0) < 0.2).all()

    def test_what_they_refuse(self):
        from coevolve.themes.symbiosis.forecasters import Logistic, SymbiosisForecaster

        series = panel(regions=1, years=7).series("firms")
        assert "longest has 7" in SymbiosisForecaster().refuses(series)
        assert "longest has 5" in Logistic().refuses(series.before(5))
        longer = panel(regions=1, years=20).series("firms")
        assert "Did you mean 'machinery'" in SymbiosisForecaster(poles=("machinry", "electronics")).refuses(longer)

    def test_a_region_too_short_falls_back_to_growth_curves(self):
        from coevolve.themes.symbiosis.forecasters import SymbiosisForecaster

        data = panel(regions=2, years=20)
        values = data.indicator("firms").values.copy()
        values[1, 0, :14] = np.nan
        short = Panel.of({"firms": values}, regions=data.regions, periods=data.periods.labels, industries=POLES)
        made = SymbiosisForecaster().fit(short.series("firms"), Here()).forecast(2)
        assert np.isfinite(made.values).all()
        assert any("1 region" in note.text for note in made.notes)


def test_a_panel_without_regions_is_answered():
    years = np.arange(20.0)
    steel = 100.0 / (1.0 + 9.0 * np.exp(-0.3 * years))
    chips = 80.0 / (1.0 + 7.0 * np.exp(-0.25 * years))
    seen = np.stack([steel, chips]) * np.exp(np.random.default_rng(3).normal(0.0, 0.01, (2, 20)))
    panel = Panel.of({"firms": seen[None]}, regions=[""], periods=range(2001, 2021), industries=["steel", "chips"])
    asked = Symbiosis(panel="p", of="firms", poles=("steel", "chips"), draws=200)
    found = asked.answer(Evidence({"p": panel}), Here(Key.of(1, "poles")))
    assert {(row["pole"], row["other"]) for row in found["effects"].rows()} == {("steel", "chips"), ("chips", "steel")}
