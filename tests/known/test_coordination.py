"""Coordination against hand-computed tables, a published table, an independent program, and plain pandas."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pandas as pd
import pytest

from coevolve.errors import StudyError
from coevolve.evidence.evidence import Evidence
from coevolve.evidence.panel import Indicator, Panel, Status
from coevolve.inquiry.at import Here
from coevolve.inquiry.finding import Finding
from coevolve.inquiry.key import Key
from coevolve.show.packing import packed
from coevolve.themes import order
from coevolve.themes.order import equations
from coevolve.themes.order.model import Scheme, measure
from coevolve.themes.order.questions import Coordination

# Wang, Kong, Ren, Zhi & Dai (2021), J. Nat. Resour. 36(3), 793, Table 8: C of 13 cities, traditional and modified form.
WANG = {
    2008: (
        "0.9989 0.9935 0.8868 0.9073 0.6821 0.8328 0.6816 0.7789 0.6871 0.6101 0.8017 0.7867 0.7191",
        "0.9404 0.8660 0.5440 0.5769 0.3006 0.4780 0.3344 0.4171 0.3278 0.2700 0.4374 0.4196 0.3738",
    ),
    2009: (
        "0.9984 0.9997 0.8912 0.9079 0.6790 0.8114 0.6839 0.7786 0.7180 0.6377 0.8018 0.7587 0.7396",
        "0.9238 0.9675 0.5435 0.5716 0.2946 0.4445 0.3224 0.4117 0.3533 0.2731 0.4352 0.3821 0.3906",
    ),
    2013: (
        "0.9858 0.9280 0.9867 0.9866 0.7442 0.9215 0.8259 0.8680 0.7819 0.6619 0.9183 0.9025 0.7773",
        "0.7757 0.5868 0.8169 0.8135 0.3519 0.6125 0.4721 0.5160 0.4043 0.2746 0.6006 0.5692 0.4184",
    ),
}

# The R package `coupling` 0.1 prints this for set.seed(42); matrix(runif(20), nrow = 5): four subsystems, C and D.
R_SCORES = [
    [0.91480604, 0.51909595, 0.45774178, 0.94001452],
    [0.93707541, 0.73658831, 0.71911225, 0.97822643],
    [0.28613953, 0.13466660, 0.93467225, 0.11748736],
    [0.83044763, 0.65699229, 0.25542882, 0.47499708],
    [0.64174552, 0.70506478, 0.46229282, 0.56033275],
]
R_COUPLING = [0.9497342, 0.9905121, 0.6926110, 0.9148146, 0.9877654]
R_DEGREE = [0.8199577, 0.9136491, 0.5050229, 0.7122036, 0.7649259]

# Four regions and one year; worked out by hand. Output 1, 2, 3, 5; jobs 2, 4, 4, 6; smoke 8, 6, 2, 0 (less is better).
HAND = {"output": [1.0, 2.0, 3.0, 5.0], "jobs": [2.0, 4.0, 4.0, 6.0], "smoke": [8.0, 6.0, 2.0, 0.0]}


def panel_of(columns: dict[str, list[float]], periods: list[int] | None = None) -> Panel:
    """One row a region; columns of lists of lists have periods."""
    arrays = {name: np.atleast_2d(np.asarray(values, float).T).T for name, values in columns.items()}
    arrays = {name: values if values.ndim == 2 else values[:, None] for name, values in arrays.items()}
    many, width = next(iter(arrays.values())).shape
    regions = [f"R{k}" for k in range(many)]
    return Panel.of(arrays, regions=regions, periods=periods or list(range(2001, 2001 + width)))


def random_panel(seed: int = 3, regions: int = 12, periods: int = 5) -> Panel:
    generator = np.random.default_rng(seed)
    names = ("gdp", "wage", "patents", "so2")
    values = {name: np.exp(generator.normal(size=(regions, periods))) for name in names}
    return Panel.of(values, regions=[f"R{k}" for k in range(regions)], periods=range(2001, 2001 + periods))


SUBSYSTEMS: dict[str, str | tuple[str, ...] | list[str]] = {
    "economy": ["gdp", "wage"],
    "innovation": "patents",
    "environment": ["-so2"],
}


def test_hand_computed_table() -> None:
    """y: output 0, 1/4, 1/2, 1; jobs 0, 1/2, 1/2, 1; smoke 0, 1/4, 3/4, 1. Entropies by hand, m = 4."""
    found = order.coordination(panel_of(HAND), {"economy": ["output", "jobs"], "air": ["-smoke"]}, draws=0)
    p = np.array([1 / 7, 2 / 7, 4 / 7])
    q = np.array([1 / 4, 1 / 4, 1 / 2])
    e_output = -(p * np.log(p)).sum() / np.log(4)
    e_jobs = -(q * np.log(q)).sum() / np.log(4)
    assert e_jobs == pytest.approx(0.75)  # 1.5 ln 2 / 2 ln 2
    w = (1 - e_output) / (1 - e_output + 0.25)
    assert found["weights"]["entropy_weight"].tolist() == pytest.approx([w, 1 - w, 1.0], abs=1e-12)
    economy = np.array([0, w / 4 + (1 - w) / 2, 1 / 2, 1])
    air = np.array([0, 1 / 4, 3 / 4, 1])
    scores = found["scores"]["score"].reshape(4, 2)
    np.testing.assert_allclose(scores, np.stack([economy, air], axis=1), atol=1e-12)
    table = found["coordination"]
    assert np.isnan(table["coupling_degree"][0])  # both subsystems at 0: no degree
    coupling = 2 * np.sqrt(economy * air)[1:] / (economy + air)[1:]
    np.testing.assert_allclose(table["coupling_degree"][1:], coupling, atol=1e-12)
    np.testing.assert_allclose(table["coordination_index"], (economy + air) / 2, atol=1e-12)
    np.testing.assert_allclose(table["coupling_coordination_degree"][1:], (economy * air)[1:] ** 0.25, atol=1e-12)
    assert table["grade"][3] == "quality coordination"


def test_three_subsystems_by_hand() -> None:
    """U = .2, .4, .8: product .064, geometric mean .4, mean .46667; pairs differ by .2, .4, .6."""
    scores = [0.2, 0.4, 0.8]
    coupling = equations.coupling_degree(scores)
    assert coupling == pytest.approx(0.4 / (1.4 / 3), abs=1e-12)
    index = equations.coordination_index(scores, np.full(3, 1 / 3))
    assert equations.coupling_coordination_degree(coupling, index) == pytest.approx(np.sqrt(0.4), abs=1e-12)
    wang = np.sqrt((1 - 1.2 / 3) * np.sqrt(0.25 * 0.5 * 1.0))
    assert equations.coupling_degree_wang2021(scores) == pytest.approx(wang, abs=1e-12)
    np.testing.assert_allclose(equations.relative_development(scores), [0.25, 0.5, 1.0])


def test_levels_at_the_edges() -> None:
    assert equations.coupling_degree([0.0, 0.7]) == 0
    assert np.isnan(equations.coupling_degree([0.0, 0.0]))
    assert equations.coupling_degree([0.3, 0.3, 0.3]) == 1
    assert np.isnan(equations.coupling_degree_wang2021([0.0, 0.0]))
    assert equations.coupling_degree_wang2021([0.0, 0.7]) == 0


def test_r_package_coupling() -> None:
    coupling = equations.coupling_degree(R_SCORES)
    index = equations.coordination_index(R_SCORES, np.full(4, 0.25))
    np.testing.assert_allclose(coupling, R_COUPLING, atol=1e-7)
    np.testing.assert_allclose(equations.coupling_coordination_degree(coupling, index), R_DEGREE, atol=1e-7)


@pytest.mark.parametrize("year", sorted(WANG))
def test_published_table_of_both_forms(year: int) -> None:
    """From both printed C the two scores follow; put back into both formulas they must print the same cells."""
    standard, modified = (np.array(line.split(), float) for line in WANG[year])
    ratio = ((1 - np.sqrt(1 - standard**2)) / standard) ** 2  # U_min/U_max of the standard form, n = 2
    top = (1 - modified**2 / ratio) / (1 - ratio)
    steep = standard < 0.99  # near 1 the fourth decimal of C leaves the ratio open
    assert steep.sum() >= 10
    assert ((top > 0) & (top <= 1))[steep].all()
    scores = np.stack([ratio * top, top], axis=-1)[steep]
    np.testing.assert_allclose(equations.coupling_degree(scores), standard[steep], atol=5e-5)
    np.testing.assert_allclose(equations.coupling_degree_wang2021(scores), modified[steep], atol=5e-5)


def test_entropy_of_zeros_and_constants() -> None:
    """0 ln 0 = 0 with nothing added; all in one row is 1 - e = 1; a constant column, or one of zeros, is 0."""
    y = np.array([[1.0, 0.5, 0.0, 1.0], [0.0, 0.5, 0.0, 1.0], [0.0, 0.5, 0.0, 0.0], [0.0, 0.5, 0.0, 0.0]])
    np.testing.assert_allclose(equations.entropy_redundancy(y), [1.0, 0.0, 0.0, 0.5], atol=1e-15)


def test_grades_close_on_the_side_that_is_asked_for() -> None:
    degrees = [0.0, 0.1, 0.1 + 1e-9, 0.3, 0.1 + 0.2, 0.95, 1.0, np.nan]
    assert equations.grade(degrees).tolist() == [0, 0, 1, 2, 2, 9, 9, -1]
    assert equations.grade(degrees, "left").tolist() == [0, 1, 1, 3, 3, 9, 9, -1]


def test_critic_by_hand() -> None:
    """Two columns that disagree (r = -1) and have sd 1/2: c = .5 * 2 each; a copy adds nothing to its twin."""
    y = np.array([[0.0, 1.0], [1.0, 0.0]])
    np.testing.assert_allclose(equations.critic_contrast(y), [1.0, 1.0])
    copies = np.array([[0.0, 0.0, 5.0], [1.0, 1.0, 5.0], [0.4, 0.4, 5.0]])
    np.testing.assert_allclose(equations.critic_contrast(copies)[:2], np.std(copies[:, 0]))
    assert equations.critic_contrast(copies)[2] == 0


@pytest.mark.parametrize("weights", ["entropy", "critic", "equal", "blend"])
@pytest.mark.parametrize("form", ["standard", "wang2021"])
def test_equal_to_pandas_column_by_column_and_row_by_row(weights: str, form: str) -> None:
    panel = random_panel()
    found = order.coordination(panel, SUBSYSTEMS, weights=weights, form=form, draws=0)
    frame = panel.frame().pivot(index=["region", "period"], columns="indicator", values="value")
    frame = frame.reindex(panel.regions, level="region")
    expected = pandas_reference(frame, weights, form)
    np.testing.assert_allclose(found["coordination"]["coupling_degree"], expected["C"], atol=1e-12)
    np.testing.assert_allclose(found["coordination"]["coordination_index"], expected["T"], atol=1e-12)
    np.testing.assert_allclose(found["coordination"]["coupling_coordination_degree"], expected["D"], atol=1e-12)


def pandas_reference(frame: pd.DataFrame, weights: str, form: str) -> pd.DataFrame:
    """The index as a careful analyst writes it in pandas."""
    parts = {"economy": ["gdp", "wage"], "innovation": ["patents"], "environment": ["so2"]}
    y = (frame - frame.min()) / (frame.max() - frame.min())
    y["so2"] = 1 - y["so2"]
    share = y / y.sum()
    redundancy = 1 + (share * np.log(share.where(share > 0, 1.0))).sum() / np.log(len(y))
    scores = pd.DataFrame(index=y.index)
    for part, names in parts.items():
        entropy = redundancy[names] / redundancy[names].sum()
        contrast = y[names].std(ddof=0) * (1 - y[names].corr()).sum()
        critic = contrast / contrast.sum() if len(names) > 1 else contrast * 0 + 1
        equal = critic * 0 + 1 / len(names)
        product = entropy * critic / (entropy * critic).sum()
        w = {"entropy": entropy, "critic": critic, "equal": equal, "blend": product}[weights]
        scores[part] = (y[names] * w).sum(axis=1)
    n = len(parts)

    def coupling(u: pd.Series) -> float:
        if form == "standard":
            return n * u.prod() ** (1 / n) / u.sum()
        apart = sum(abs(u.iloc[i] - u.iloc[j]) for i in range(n) for j in range(i)) / (n * (n - 1) / 2)
        return np.sqrt((1 - apart) * (u / u.max()).prod() ** (1 / (n - 1)))

    out = pd.DataFrame({"C": scores.apply(coupling, axis=1), "T": scores.mean(axis=1)})
    out["D"] = np.sqrt(out["C"] * out["T"])
    return out


def test_goalposts_are_pooled_over_years() -> None:
    """A region that doubles everything between two years rises although each year's ranking stays the same."""
    values = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    panel = Panel.of({"a": values, "b": values}, regions=["x", "y", "z"], periods=[2001, 2002])
    table = order.coordination(panel, {"one": "a", "two": "b"}, draws=0)["coordination"]
    degree = table["coupling_coordination_degree"].reshape(3, 2)
    assert (degree[1:, 1] > degree[1:, 0]).all()
    assert degree[2, 1] == 1


def test_fixed_goalposts_count_what_lies_beyond_and_are_not_drawn() -> None:
    panel = random_panel()
    posts = {"gdp": [0.0, 1.0], "wage": [0.0, 10.0], "patents": [0.0, 10.0], "so2": [0.0, 10.0]}
    found = order.coordination(panel, SUBSYSTEMS, goalposts=posts, weights="equal", draws=50)
    beyond = int((panel.indicator("gdp").values > 1).sum())
    assert any(f"{beyond} values lie beyond [0, 1]" in note.text for note in found.notes)
    table = found["coordination"]
    low, high = table["coupling_coordination_degree_lo"], table["coupling_coordination_degree_hi"]
    np.testing.assert_allclose(low, high, rtol=1e-14)
    assert (table["grade_probability"] == 1).all()
    assert found["goalposts"]["low_region"].tolist() == [""] * 4


def test_a_missing_cell_is_counted_and_never_filled_nor_zero() -> None:
    panel = random_panel()
    wage = panel.indicator("wage")
    status = wage.status.copy()
    status[2, 0, 1], status[4, 0, 3] = Status.MISSING, Status.SUPPRESSED
    holed = Indicator("wage", wage.industries, wage.values, status)
    short = Panel(panel.regions, panel.periods, {**panel.indicators, "wage": holed})
    found = order.coordination(short, SUBSYSTEMS, draws=20)
    gone = np.isnan(found["coordination"]["coupling_coordination_degree"])
    assert np.flatnonzero(gone).tolist() == [2 * 5 + 1, 4 * 5 + 3]
    assert found["coordination"]["grade"][11] == ""
    text = next(note.text for note in found.notes if "lack" in note.text)
    assert "2 of 60" in text
    assert "1 missing, 1 suppressed" in text
    assert "'wage' lacks most (2)" in text


def test_a_lone_outlier_is_named_with_region_year_and_indicator() -> None:
    panel = random_panel()
    wild = panel.indicator("so2").values.copy()
    wild[7, 0, 2] = 200.0
    spoilt = Indicator("so2", ("",), wild, panel.indicator("so2").status)
    found = order.coordination(Panel(panel.regions, panel.periods, {**panel.indicators, "so2": spoilt}), SUBSYSTEMS)
    note = found.notes[0]
    assert "so2 of R7 2003 (200, worst" in note.text
    assert note.level == "caution"


def test_constant_indicator_has_no_weight_and_all_constant_is_refused() -> None:
    panel = random_panel()
    flat = Indicator("wage", ("",), np.full_like(panel.indicator("wage").values, 3.0), panel.indicator("wage").status)
    with_flat = Panel(panel.regions, panel.periods, {**panel.indicators, "wage": flat})
    for weights in ("entropy", "critic", "equal", "blend"):
        found = order.coordination(with_flat, SUBSYSTEMS, weights=weights, draws=10)
        assert found["weights"]["weight"].tolist() == [1.0, 0.0, 1.0, 1.0]
        assert any("wage is the same everywhere" in note.text for note in found.notes)
    with pytest.raises(StudyError, match=r"every indicator of subsystem 'pay' is constant .*'wage'.* Got 3.0"):
        order.coordination(with_flat, {"pay": "wage", "economy": "gdp"})


REFUSED = [
    ({"economy": ["gdp"]}, {}, r"at least two subsystems"),
    ({"economy": ["gpd"], "air": ["so2"]}, {}, r"subsystem 'economy': there is no indicator 'gpd'.*mean 'gdp'"),
    ({"economy": ["gdp", "so2"], "air": ["-so2"]}, {}, r"'so2' of subsystem 'air' stands also in 'economy'"),
    ({"economy": ["gdp", "gdp"], "air": ["-so2"]}, {}, r"'gdp' of subsystem 'economy' stands twice"),
    ({"economy": [], "air": ["-so2"]}, {}, r"subsystem 'economy' has no indicators"),
    ({"economy": "gdp", "air": "-so2"}, {"goalposts": {"gdp": [5, 2]}}, r"goalposts of 'gdp'.*Got \"\[5, 2\]\""),
    ({"economy": "gdp", "air": "-so2"}, {"goalposts": {"gpd": [1, 2]}}, r"given for 'gpd'.*mean 'gdp'"),
    ({"economy": "gdp", "air": "-so2"}, {"subsystem_weights": {"economy": 1, "ari": 1}}, r"no subsystem 'ari'.*'air'"),
    ({"economy": "gdp", "air": "-so2"}, {"subsystem_weights": {"economy": 1, "air": -1}}, r"'air' needs a .*Got -1"),
    ({"economy": "gdp", "air": "-so2"}, {"since": 2004, "until": 2002}, r"'since' lies after 'until'.*2004 to 2002"),
    ({"economy": "gdp", "air": "-so2"}, {"until": 2044}, r"not in the panel.*2044.*2001 to 2005"),
    ({"economy": "gdp", "air": "-so2"}, {"regions": ("R1", "R77")}, r"no region 'R77'"),
]


@pytest.mark.parametrize(("subsystems", "options", "message"), REFUSED)
def test_refused_before_anything_is_computed(subsystems: dict, options: dict, message: str) -> None:
    with pytest.raises(StudyError, match=f"(?s){message}"):
        order.coordination(random_panel(), subsystems, **options)


def test_all_faults_at_once() -> None:
    with pytest.raises(StudyError) as caught:
        order.coordination(random_panel(), {"economy": ["gpd", "wagee"], "air": "so2"}, goalposts={"x": [1, 0]})
    assert len(caught.value.faults) == 4


@pytest.mark.parametrize("option", [{"weights": "entropi"}, {"form": "wang"}, {"closure": "up"}, {"drawz": 5}])
def test_misspelt_options_are_refused(option: dict) -> None:
    with pytest.raises(StudyError, match=next(iter(option))[:4]):
        order.coordination(random_panel(), {"economy": "gdp", "air": "so2"}, **option)


def test_what_a_join_leaves_out_is_noted() -> None:
    random = np.random.default_rng(5)
    years = range(2001, 2005)
    wealth = Panel.of({"gdp": random.random((4, 4))}, regions=["a", "b", "c", "d"], periods=years)
    air = Panel.of({"so2": random.random((4, 4))}, regions=["b", "c", "d", "e"], periods=years)
    asked = Coordination(panel=("wealth", "air"), subsystems={"economy": "gdp", "air": "so2"}, draws=50)
    finding = asked.answer(Evidence({"wealth": wealth, "air": air}), Here())
    text = " ".join(note.text for note in finding.notes)
    assert "3 regions stand in all of wealth, air" in text
    assert "1 regions of 'air' are in no other panel and left out: e" in text


def test_industries_are_refused_or_named() -> None:
    cube = np.exp(np.random.default_rng(1).normal(size=(4, 2, 3)))
    firms = Panel.of({"firms": cube}, regions=list("abcd"), industries=["steel", "wine"], periods=[1, 2, 3])
    with pytest.raises(StudyError, match=r"'firms' is counted by industry.*'firms/steel'"):
        order.coordination(firms, {"one": "firms", "two": "firms/wine"})
    found = order.coordination(firms, {"one": "firms/steel", "two": "firms/wine"}, draws=0)
    y = (cube[:, 0] - cube[:, 0].min()) / np.ptp(cube[:, 0])
    np.testing.assert_allclose(found["scores"]["score"].reshape(4, 3, 2)[..., 0], y, atol=1e-12)


def test_wanted_tables_and_columns() -> None:
    found = order.coordination(random_panel(), SUBSYSTEMS, draws=30)
    wanted = {
        "weights": ("subsystem", "indicator", "entropy_weight", "lo", "hi"),
        "scores": ("region", "year", "subsystem", "score"),
        "coordination": (
            *("region", "year", "coupling_degree", "coupling_degree_lo", "coupling_degree_hi"),
            *("coordination_index", "coordination_index_lo", "coordination_index_hi"),
            *("coupling_coordination_degree", "coupling_coordination_degree_lo", "coupling_coordination_degree_hi"),
            *("grade", "grade_probability"),
        ),
        "obstacles": ("region", "year", "indicator", "obstacle_degree"),
        "relative_development": ("region", "year", "subsystem", "ratio", "lagging"),
    }
    for table, columns in wanted.items():
        assert tuple(found[table].columns)[: len(columns)] == columns
    assert found["coordination"]["year"].dtype == np.int64
    sums = found["obstacles"]["obstacle_degree"].reshape(-1, 4).sum(axis=1)
    np.testing.assert_allclose(sums, 1, atol=1e-12)
    kinds = [chart.kind for chart in found.charts]
    assert {"heat", "lines", "bars", "map"} <= set(kinds)
    assert all(chart.alt for chart in found.charts)


def test_same_bytes_from_the_same_key_and_other_draws_from_another() -> None:
    question = Coordination(panel="p", subsystems=SUBSYSTEMS, draws=40)  # type: ignore[arg-type]
    bag = Evidence({"p": random_panel()})

    def ask(seed: int) -> Finding:
        return question.answer(bag, Here(Key.of(seed, "coordination")))

    one, two, other = ask(1), ask(1), ask(2)
    for table in one.tables:
        for name, column in table.columns.items():
            assert column.tolist() == two[table.name][name].tolist() or np.isnan(column.astype(float)).any()
    assert one["weights"]["lo"].tolist() != other["weights"]["lo"].tolist()
    assert one["coordination"]["coupling_degree"].tolist() == other["coordination"]["coupling_degree"].tolist()


def test_one_region_and_one_period_say_what_they_cannot() -> None:
    single = random_panel(regions=1, periods=9)
    found = order.coordination(single, SUBSYSTEMS)
    assert any("one region cannot be resampled" in note.text for note in found.notes)
    assert np.isnan(found["coordination"]["coupling_degree_lo"]).all()
    still = order.coordination(random_panel(periods=1), SUBSYSTEMS, draws=50)
    assert still.claim.startswith("In 2001, the coupling coordination degree of economy, innovation and environment")
    assert "rose" not in still.claim


def test_claim_counts_what_the_tables_hold() -> None:
    found = order.coordination(random_panel(), SUBSYSTEMS, draws=100)
    moved = found["change"]["change"]
    up, down = int((moved > 0).sum()), int((moved < 0).sum())
    verb, count = ("rose", up) if up >= down else ("fell", down)
    assert f"{verb} in {count} of 12 regions" in found.claim
    assert "Between 2001 and 2005" in found.claim
    text = " ".join(note.text for note in found.notes)
    assert "not that one acts on another" in text
    assert "robustness, not as error of measurement" in text


def test_regions_called_low_do_not_depend_on_the_weights_asked_for() -> None:
    panel = random_panel(regions=15)
    degrees, said = [], set()
    for weights, form in product(("entropy", "critic", "equal", "blend"), ("standard", "wang2021")):
        found = order.coordination(panel, SUBSYSTEMS, weights=weights, form=form, draws=0)
        said.add(found.claim.partition("With entropy")[2].partition(";")[0])
        if weights != "blend":
            degrees.append(found["change"]["last_degree"])
    (claim,) = said
    rank = np.argsort(np.argsort(degrees, axis=1), axis=1)
    low, high = (set(np.flatnonzero(one.all(axis=0)).tolist()) for one in (rank < 5, rank >= 10))
    assert low
    assert high
    below, _, above = claim.partition(" in the lowest third")
    assert {int(name) for name in re.findall(r"R(\d+)", below)} == low
    assert {int(name) for name in re.findall(r"R(\d+)", above)} == high


def test_scheme_scores_are_weighted_means_of_their_own_indicators() -> None:
    values = np.random.default_rng(5).random((30, 5))
    scheme = Scheme.of([2, 3], [False, True, False, False, True])
    index = measure(values, scheme)
    expected = np.stack([index.y[:, :2] @ index.weight[:2], index.y[:, 2:] @ index.weight[2:]])
    np.testing.assert_allclose(index.scores, expected, atol=1e-15)
    np.testing.assert_allclose(np.add.reduceat(index.weight, [0, 2]), 1, atol=1e-15)


def test_six_choices_and_the_range_of_ranks_over_them() -> None:
    panel = random_panel(regions=15)
    found = order.coordination(panel, SUBSYSTEMS, draws=50)
    degrees = [
        order.coordination(panel, SUBSYSTEMS, weights=weights, form=form, draws=0)["change"]["last_degree"]
        for weights, form in product(("entropy", "critic", "equal"), ("standard", "wang2021"))
    ]
    rows = found["choices"].rows()
    assert [(row["weights"], row["form"]) for row in rows] == list(
        product(("entropy", "critic", "equal"), ("standard", "wang2021"))
    )
    assert [row["in_use"] for row in rows] == [True, *[False] * 5]
    assert [row["median_degree"] for row in rows] == pytest.approx(np.median(degrees, axis=1).tolist())
    rank = 1 + np.argsort(np.argsort(-np.array(degrees), axis=1), axis=1)
    change = found["change"]
    assert change["best_rank_of_choices"].tolist() == rank.min(axis=0).tolist()
    assert change["worst_rank_of_choices"].tolist() == rank.max(axis=0).tolist()
    for bound in ("rank_lo", "rank_hi"):
        assert (change[bound] == np.round(change[bound])).all()


def test_pictures_show_the_highest_regions_first() -> None:
    found = order.coordination(random_panel(regions=15), SUBSYSTEMS, draws=0)
    degree = dict(zip(found["change"]["region"], found["change"]["last_degree"], strict=True))
    expected = sorted(degree, key=degree.__getitem__, reverse=True)
    ordered = {chart.name: chart.options["order"] for chart in found.charts if "order" in chart.options}
    assert set(ordered) == {"degrees", "region", "subsystems"}
    assert all(one == expected for one in ordered.values())
    heat = next(chart for chart in found.charts if chart.name == "degrees")
    drawn = packed(heat, found)["data"]["row"]
    assert drawn["w"] == expected
    chooser = next(chart for chart in found.charts if chart.name == "subsystems")
    few = packed(chooser, found, 1500)
    assert few["data"]["facet"]["w"][0] == expected[0]
    assert "of 15 can be chosen" in few["left"]
