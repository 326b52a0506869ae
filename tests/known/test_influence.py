"""The question `influence`: tables, words, refusals, the Network it makes, and what `standing` says of it."""

from dataclasses import replace

import numpy as np
import pytest

from coevolve.errors import StudyError
from coevolve.evidence.evidence import Evidence
from coevolve.evidence.network import Network
from coevolve.evidence.panel import Panel
from coevolve.inquiry.at import Here
from coevolve.inquiry.key import Key
from coevolve.themes.influence import fit, nulls, standing
from coevolve.themes.influence.arrays import ready
from coevolve.themes.influence.channels import Neural, combined, measure, weights
from coevolve.themes.influence.influence_notes import notes
from coevolve.themes.influence.influence_tables import Outcome, paths_table
from coevolve.themes.influence.influence_words import claim
from coevolve.themes.influence.null_links import Calibration
from coevolve.themes.influence.questions_influence import Influence
from coevolve.themes.influence.worlds import INDUSTRIES, LINKS, lagged_ties

EDGES = ["source", "target", "strength", "score", "lag", "p", "q", "selected", "weight_lstm"]


def noise(regions=20, years=14, series=4, seed=3):
    random = np.random.default_rng(seed)
    logs = np.zeros((regions, series, years))
    for t in range(1, years):
        logs[:, :, t] = 0.6 * logs[:, :, t - 1] + 0.05 * random.normal(size=(regions, series))
    return panel_of(np.exp(logs + random.normal(size=(regions, series, 1))))


def panel_of(values, names=None):
    return Panel.of(
        {"output": values},
        regions=[f"r{k}" for k in range(values.shape[0])],
        industries=names or [f"s{k}" for k in range(values.shape[1])],
        periods=range(2000, 2000 + values.shape[2]),
    )


@pytest.fixture(scope="module")
def ties():
    return fit(lagged_ties(7).pieces["world"].item, "output", model="linear", draws=20)


@pytest.fixture(scope="module")
def nothing():
    return fit(noise(), "output", model="linear", draws=20)


def test_the_known_ties_are_found(ties):
    called = {(row["source"], row["target"]): row["strength"] for row in ties["edges"].rows() if row["selected"]}
    assert set(called) == {(source, target) for source, target, _ in LINKS}
    for source, target, value in LINKS:
        row = next(row for row in ties["edges"].rows() if (row["source"], row["target"]) == (source, target))
        assert row["strength_lo"] < value < row["strength_hi"]
    assert ties.claim.startswith("3 of the 20 possible influences among 5 series stand out from chance in 60 regions")
    assert "on panels of noise the same procedure finds" in ties.claim
    assert "no proof of cause" in ties.claim


def test_the_network_runs_from_source_to_target(ties):
    network = ties.made
    assert isinstance(network, Network)
    assert network.directed
    assert network.labels == INDUSTRIES
    matrix = network.matrix()
    place = INDUSTRIES.index
    assert matrix[place("machinery"), place("electronics")] > 0 > matrix[place("textiles"), place("chemistry")]
    assert (matrix != 0).sum() == 3


def test_tables_have_the_columns_that_other_programs_read(ties):
    assert set(EDGES) <= set(ties["edges"].columns)
    assert len(ties["edges"]) == 20
    assert {"source", "target", "direct", "indirect", "total"} <= set(ties["paths"].columns)
    assert {"null", "draws", "links_found"} <= set(ties["calibration"].columns)
    assert {"target", "own_history", "linear", "lstm"} <= set(ties["gain"].columns)
    assert set(ties["calibration"]["null"]) == {"region swap", "own history"}
    assert (ties["calibration"]["draws"] == 20).all()
    assert ties["edges"]["p"].tolist() == sorted(ties["edges"]["p"].tolist())


def test_paths_are_those_of_the_paper(ties):
    """Tong & Wang, section 2.1.3: W, (I - W)^-1 - I - W and (I - W)^-1 - I."""
    direct = ties.made.matrix()
    total = sum(np.linalg.matrix_power(direct, k) for k in range(1, 60))
    rows = {(row["source"], row["target"]): row for row in ties["paths"].rows()}
    assert ("software", "machinery") in rows
    for (source, target), row in rows.items():
        i, j = INDUSTRIES.index(target), INDUSTRIES.index(source)
        assert row["direct"] == pytest.approx(direct[i, j])
        assert row["total"] == pytest.approx(total[i, j])
        assert row["indirect"] == pytest.approx(total[i, j] - direct[i, j])


def test_nothing_is_found_in_noise_and_said_well(nothing):
    assert not nothing["edges"]["selected"].any()
    assert np.isfinite(nothing["edges"]["p"]).all()
    assert np.isfinite(nothing["edges"]["strength"]).all()
    assert nothing.claim.startswith("No influence among 4 series stands out from chance in 20 regions, 2000 to 2013")
    assert "no proof that there is none" in nothing.claim
    assert len(nothing["links"]) == len(nothing["paths"]) == 0


def test_standing_speaks_of_an_empty_network(nothing):
    finding = standing(nothing.made)
    assert finding.claim.startswith("No link was called among 4 actors, so there is no network to describe")
    assert "0 of 12 pairs called" in finding.notes[0].text
    assert [table.name for table in finding.tables] == ["network", "actors"]
    assert finding["network"]["links"][0] == 0
    assert finding.charts == ()


def test_least_strength_is_seen_four_times_in_five():
    """Simulated ties of exactly the strength that is said to be seen with a chance of 80 %."""
    random = np.random.default_rng(5)
    hits, least = [], 0.0
    for draw in range(30):
        logs = np.zeros((40, 2, 16))
        strength = 0.0 if draw == 0 else least
        for t in range(1, 16):
            before = logs[:, :, t - 1]
            logs[:, :, t] = 0.7 * before + 0.05 * random.normal(size=(40, 2))
            logs[:, 0, t] += strength * before[:, 1]
        found = fit(panel_of(np.exp(logs)), "output", model="linear", draws=0, lags=1)
        row = next(row for row in found["edges"].rows() if (row["source"], row["target"]) == ("s1", "s0"))
        if draw == 0:
            least = row["least_strength"]
        else:
            hits.append(row["selected"])
    assert 0.55 < np.mean(hits) < 0.98


def test_what_came_nearest_is_named_where_nothing_is_called():
    finding = fit(noise(regions=30, years=16), "output", model="linear", draws=0)
    assert not finding["edges"]["selected"].any()
    first = finding["edges"].rows()[0]
    [told] = [note.text for note in finding.notes if "came nearest" in note.text]
    source, target = (str(first[end]).split("/")[-1] for end in ("source", "target"))
    assert f"are {source} on {target} ({first['strength']:+.2g} after" in told
    assert f"q {first['q']:.2g}, seen from {first['least_strength']:.2g} on" in told


def test_what_one_indicator_does_to_another_is_told_apart():
    values = np.array(noise(regions=30, years=16).indicators["output"].values)
    panel = Panel.of(
        {"firms": values[:, :3], "patents": values[:, 3]},
        regions=[f"r{k}" for k in range(30)],
        industries=["s0", "s1", "s2"],
        periods=range(2000, 2016),
    )
    finding = fit(panel, ["firms", "patents"], model="linear", draws=0)
    [told] = [note.text for note in finding.notes if "one indicator does to another" in note.text]
    edges = finding["edges"].rows()
    first = next(row for row in edges if row["target"] == "patents")
    back = next(row for row in edges if row["source"] == "patents")
    assert f"firms on patents, none of 3 called, the nearest {first['source'].split('/')[-1]} on patents" in told
    assert (
        f"({first['strength']:+.2g} after 1 year, q {first['q']:.2g}, seen from {first['least_strength']:.2g}" in told
    )
    assert f"patents on firms, none of 3 called, the nearest patents on {back['target'].split('/')[-1]} (" in told
    alone = fit(panel, "firms", model="linear", draws=0)
    assert not any("one indicator does to another" in note.text for note in alone.notes)


def test_one_region_cannot_tell():
    finding = fit(noise(regions=1, years=40), "output", draws=20)
    assert "cannot tell who moves whom" in finding.claim
    assert "regions over as many years" in finding.claim
    assert not finding["edges"]["selected"].any()
    assert set(finding["calibration"]["null"]) == {"time shift", "own history"}
    said = " ".join(note.text for note in finding.notes)
    assert "A time shift keeps own histories" in said
    assert "region swap" not in said
    assert "1 year is looked back" in said
    assert (finding["power"]["regions_needed"] >= 2).all()


def test_few_regions_are_judged_on_stretches_of_time():
    finding = fit(noise(regions=5, years=24), "output", draws=10, model="linear")
    assert any("stretches of time" in note.text and note.level == "caution" for note in finding.notes)


def test_a_short_panel_is_refused_for_the_lstm_in_words():
    finding = fit(noise(regions=40, years=6), "output", draws=5)
    assert any("6 years are too short a history for an LSTM" in note.text for note in finding.notes)
    assert np.isnan(finding["gain"]["lstm"]).all()
    assert (finding["edges"]["weight_lstm"] == 0).all()
    prospects = " ".join(note.text for note in question(panel="p").prospects(bag(noise(regions=40, years=6))))
    assert "too short a history" in prospects


def test_zeros_are_counted():
    values = np.array(noise().indicators["output"].values)
    values[3, 1, 5] = 0.0
    finding = fit(panel_of(values), "output", draws=0, model="linear")
    assert any("1 have no logarithm" in note.text and "s1 (1)" in note.text for note in finding.notes)
    rows = finding["series"]["rows"]
    assert rows.max() < 20 * 13


def test_the_level_scale_is_free_of_units_too():
    values = np.array(noise().indicators["output"].values)
    first = fit(panel_of(values), "output", draws=0, model="linear", scale="level", lags=1)
    values[:, 2] *= 1000.0
    again = fit(panel_of(values), "output", draws=0, model="linear", scale="level", lags=1)
    assert first["edges"]["strength"] == pytest.approx(again["edges"]["strength"], rel=1e-6)
    assert "relative to its mean" in first["edges"].units["strength"]


def test_a_shared_boom_makes_links_only_without_year_effects():
    random = np.random.default_rng(8)
    logs = np.array(np.log(noise(regions=30).indicators["output"].values))
    boom = np.cumsum(0.15 * random.normal(size=(1, 4, 14)), axis=2)
    shared = panel_of(np.exp(logs + boom))
    assert fit(shared, "output", draws=0, model="linear")["edges"]["selected"].sum() == 0
    without = fit(shared, "output", draws=0, model="linear", year_effects=False)
    assert without["edges"]["selected"].sum() > 0
    assert any("national boom" in note.text for note in without.notes)


def test_the_same_seed_gives_the_same_tables():
    one, two = (fit(noise(), "output", model="linear", draws=6, seed=4) for _ in range(2))
    assert one["calibration"].rows() == two["calibration"].rows()
    assert one["edges"].rows() == two["edges"].rows()


def question(**options):
    return Influence.model_validate({"of": "output", **options})


def bag(panel):
    return Evidence({"p": panel})


@pytest.mark.parametrize(
    ("panel", "options", "words"),
    [
        (noise(series=1), {}, "influence needs two series or more"),
        (noise(years=4), {}, "influence needs 5 years at least"),
        (noise(regions=3, years=8, series=9), {}, "9 series are too many"),
        (noise(), {"cluster": "block"}, "the panel has no groups 'block'"),
        (noise(), {"region_effects": False}, "'region_effects' cannot be false"),
        (noise(regions=1, years=30), {"year_effects": True}, "one region has no year effects"),
        (noise(), {"years": (2010, 2004)}, "the last of 'years' lies before the first"),
        (noise(), {"series": ("s9",)}, "there is no series 's9'"),
        (panel_of(np.ones((12, 2, 12))), {}, "series 's0' never changes"),
        (panel_of(-np.ones((12, 2, 12))), {}, "series 's0' has no value above zero"),
    ],
)
def test_refusals(panel, options, words):
    asked = question(panel="p", **options)
    told = " ".join(str(fault) for fault in asked.faults(bag(panel)))
    assert words in told
    with pytest.raises(StudyError):
        asked.answer(bag(panel), Here(Key.of(1, "influence")))


def test_own_history_panels_look_like_the_panel():
    logs = np.log(noise(regions=60, years=20).indicators["output"].values).transpose(0, 2, 1)
    readied = ready(noise(regions=60, years=20).series("output"), "log", None)
    model = nulls.own_history(readied.logs, readied.sample, years=True)
    drawn = nulls.simulate(model, np.random.default_rng(1))
    assert drawn.shape == logs.shape
    assert np.diff(drawn, axis=1).std() == pytest.approx(np.diff(logs, axis=1).std(), rel=0.15)
    assert drawn[:, 0] == pytest.approx(model.start)


def test_a_region_swap_moves_drivers_and_leaves_histories():
    readied = ready(noise().series("output"), "log", None)
    moved = nulls.swapped(readied.sample, np.random.default_rng(2))
    assert moved.growth is readied.sample.growth
    assert moved.own is readied.sample.own
    assert not any((moved.driver[r] == readied.sample.driver[r]).all() for r in range(20))


def neural(p, weight, shared=1.0):
    size = len(weight)
    one, cube = np.ones(size), np.full((size, size, 3), 0.3)
    return Neural(cube, np.ones((size, size)), p, one, one, 0.5 * one, np.array(weight), shared, 0)


def test_each_target_leans_on_the_lstm_by_its_weight():
    readied = ready(noise().series("output"), "log", None)
    from coevolve.engine.panel_regression import held_out, pooled

    found = pooled(readied.sample, 1)
    own, full, _ = held_out(readied.sample, 1, readied.folds)
    p = np.full((4, 4), 1e-9)
    both = combined(readied, found, neural(p, [1.0, 0.0, 0.5, 0.0]), "auto", 0.05, 1, np.array([]), own, full)
    assert both.p[0, 1] == pytest.approx(2e-9, rel=1e-3)  # the pooled regression keeps half of p, of scores nothing
    assert both.p[1, 0] == pytest.approx(found.p[1, 0])
    assert both.p[2, 0] == pytest.approx(4e-9, rel=1e-3)
    assert both.strength[0, 1] == pytest.approx(0.3)
    assert both.strength[2, 0] == pytest.approx(0.5 * found.coefficient[2, 0, 0] + 0.15)
    assert both.selected[0, 1:].all()
    assert np.isnan(both.p[0, 0])
    alone = combined(readied, found, neural(p, [1.0, 0.0, 0.5, 0.0], 0.0), "auto", 0.05, 1, np.array([]), own, full)
    off = ~np.eye(4, dtype=bool)  # where most targets do not lean on the LSTM, no p does
    assert np.allclose(alone.p[off], found.p[off], rtol=1e-9)
    assert alone.strength[0, 1] == pytest.approx(0.3)
    assert weights(neural(p, [0.0] * 4), "lstm", 4).tolist() == [1.0] * 4
    assert weights(None, "auto", 4).tolist() == [0.0] * 4


def outcome(strength):
    """What would be said if every pair of four series were called with this strength."""
    readied = ready(noise().series("output"), "log", None)
    found = measure(readied, 1, "linear", 0.05, Key.of(1, "x"), lambda done, of: None, "")
    off = ~np.eye(4, dtype=bool)
    called = replace(found, strength=np.where(off, strength, np.nan), selected=off)
    return Outcome(readied, called, (), 0.05, "log", "linear")


def test_paths_that_feed_on_themselves_have_no_total():
    tame, wild = outcome(0.2), outcome(0.5)
    assert np.isfinite(paths_table(tame)["total"]).all()
    assert paths_table(wild)["direct"].tolist() == [0.5] * 12
    assert np.isnan(paths_table(wild)["total"]).all()
    series = noise().series("output")
    assert any("feed back on themselves" in note.text for note in notes(series, wild))
    assert not any("feed back on themselves" in note.text for note in notes(series, tame))


def test_no_more_links_than_noise_gives_is_said_first():
    noisy = Calibration("region swap", "pooled", np.full(50, 12))
    words = claim(replace(outcome(0.2), nulls=(noisy,)))
    assert words.split(". ")[0].endswith("2000 to 2013, are no more than noise gives")
    often = Calibration("own history", "pooled", np.array([0, 0, 0, 1]))
    assert "which is often: read few links with care" in claim(replace(outcome(0.2), nulls=(often,)))
