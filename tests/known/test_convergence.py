"""Convergence against tables worked out by hand, scipy's hypergeometric law, plain loops, and the rule cell by cell."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import beta, hypergeom

import coevolve
from coevolve.engine.drift import covariance, false_discoveries, rise_of
from coevolve.errors import StudyError
from coevolve.evidence.accounts import Accounts
from coevolve.evidence.network import Network
from coevolve.evidence.panel import Panel
from coevolve.inquiry.finding import Finding
from coevolve.themes.convergence import equations, types_rule
from coevolve.themes.convergence.aspects import account_measures, pieces_of
from coevolve.themes.convergence.aspects_counted import (
    counts_of_classes,
    counts_of_regions,
    counts_of_units,
    make_measure,
    technology_measures,
    unit_measure,
)
from coevolve.themes.convergence.measures import from_scale, to_scale

NAMES = ("farms", "telecom", "steel")
FLOWS = np.array([[10.0, 20.0, 5.0], [4.0, 8.0, 12.0], [6.0, 2.0, 9.0]])
OUTPUT = np.array([100.0, 50.0, 60.0])


def accounts_of(years: int = 12, sectors: tuple[str, ...] = NAMES, start: int = 2001, noise: float = 0.05) -> Accounts:
    random = np.random.default_rng(start)
    size = len(sectors)
    flows = np.stack([np.resize(FLOWS, (size, size))] * years) * np.exp(random.normal(0, noise, (years, size, size)))
    output = np.stack([np.resize(OUTPUT, size)] * years) * 2
    final, added = output - flows.sum(axis=2), output - flows.sum(axis=1)
    labels = tuple(str(start + k) for k in range(years))
    return Accounts(sectors, labels, ("",) * years, flows, output, final, added, prices="current prices")


# business, market, product


def test_direct_inputs_by_hand() -> None:
    """a_ij = z_ij / x_j: farms sell 20 to telecom, whose output is 50."""
    found = equations.direct_inputs(FLOWS, OUTPUT)
    assert found[0, 1] == pytest.approx(0.4)
    assert found[1, 0] == pytest.approx(0.04)
    assert equations.direct_inputs(FLOWS, [0.0, 50.0, 60.0])[:, 0].tolist() == [0, 0, 0]


def test_proportional_inputs_by_hand() -> None:
    """Farms sell 35 of 76 in all; telecom buys 30; so chance gives 35 * 30 / 76 / 50."""
    assert equations.proportional_inputs(FLOWS, OUTPUT)[0, 1] == pytest.approx(35 * 30 / 76 / 50)


def test_likeness_of_customers_by_hand() -> None:
    """Without farms and telecom only steel is left, so any two sellers to it are alike; four sectors say more."""
    assert equations.likeness_of_customers(FLOWS, 0, 1) == pytest.approx(1.0)
    sales = np.array([[1.0, 9.0, 3.0, 4.0], [9.0, 1.0, 4.0, 3.0], [1, 1, 1, 1], [1, 1, 1, 1]])
    assert equations.likeness_of_customers(sales, 0, 1) == pytest.approx(24 / 25)
    assert np.isnan(equations.likeness_of_customers(np.eye(3), 0, 1))


def test_all_likenesses_at_once_are_the_same() -> None:
    random = np.random.default_rng(1)
    flows = random.gamma(1.0, 1.0, (7, 9))
    found = equations.cosines(flows)
    for i, j in combinations(range(7), 2):
        assert found[i, j] == pytest.approx(equations.likeness_of_customers(flows, i, j), abs=1e-12)
    square = flows[:, :7]
    turned = equations.cosines(square.T)
    assert turned[2, 5] == pytest.approx(equations.likeness_of_inputs(square, 2, 5), abs=1e-12)


def test_industries_are_sums_of_sectors() -> None:
    accounts = accounts_of(6, ("111CA", "334", "511", "31"))
    industries = {"farms": ("111CA",), "digital": ("334", "51*")}
    pieces = pieces_of([accounts], "", industries, [])
    found = account_measures(pieces, tuple(industries), [("digital", "farms")], {})["digital", "farms"]
    direct = {one.name: one for one in found}
    z, x = accounts.flows[3], accounts.gross_output[3]
    assert direct["a_ab"].values[3] == pytest.approx((z[1, 0] + z[2, 0]) / x[0])
    assert direct["a_ba"].values[3] == pytest.approx((z[0, 1] + z[0, 2]) / (x[1] + x[2]))
    assert direct["share_b"].values[3] == pytest.approx(x[0] / x[:3].sum())


def test_prices_deflate_inputs() -> None:
    """a_AB p_B / p_A: where the supplier's price doubles, half of the input is left."""
    accounts = accounts_of(6)
    pieces = pieces_of([accounts], "", {name: (name,) for name in NAMES}, [])
    years = {float(year): 1.0 for year in accounts.years}
    prices = {"farms": dict.fromkeys(years, 2.0), "telecom": years, "steel": years}
    plain = account_measures(pieces, NAMES, [("farms", "telecom")], {})["farms", "telecom"]
    real = account_measures(pieces, NAMES, [("farms", "telecom")], prices)["farms", "telecom"]
    ratio = {a.name: b.values / a.values for a, b in zip(plain, real, strict=True)}
    assert ratio["a_ab"] == pytest.approx(np.full(6, 0.5))
    assert ratio["a_ba"] == pytest.approx(np.full(6, 2.0))
    assert ratio["market"] == pytest.approx(np.ones(6))


def test_a_new_classification_opens_a_segment() -> None:
    old, new = accounts_of(8), accounts_of(6, ("farms", "telecom", "iron"), 2009)
    pieces = pieces_of([new, old], "", {"farms": ("farms",), "telecom": ("telecom",)}, [2004.0])
    segments = account_measures(pieces, ("farms", "telecom"), [("farms", "telecom")], {})["farms", "telecom"][
        0
    ].segments
    assert [len(np.unique(part)) for part in (segments[:3], segments[3:8], segments[8:])] == [1, 1, 1]
    assert len(np.unique(segments)) == 3


# technology, enterprise


def test_shares_of_common_patents_by_hand() -> None:
    assert equations.directional_share(3, 12) == 0.25
    assert equations.jaccard(3, 12, 6) == pytest.approx(3 / 15)
    assert equations.log_ratio(30, 100, 100, 1000) == pytest.approx(np.log(30.5 / 10.5))
    assert np.isnan(equations.directional_share(0, 0))
    assert equations.secondary_share([[8, 1], [1, 10]]) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("both", "first", "second", "whole"), [(0, 5, 7, 40), (3, 5, 7, 40), (40, 90, 120, 500), (5, 5, 9, 12)]
)
def test_chance_of_common_patents_is_hypergeometric(both: int, first: int, second: int, whole: int) -> None:
    expected = hypergeom.sf(both - 1, whole, first, second)
    assert equations.chance_of_as_many(both, first, second, whole) == pytest.approx(expected, rel=1e-9)
    assert equations.expected_both(first, second, whole) == pytest.approx(hypergeom.mean(whole, first, second))


def test_bounds_of_a_share_are_those_of_its_beta() -> None:
    assert equations.share_interval(3, 12) == pytest.approx(beta.ppf([0.05, 0.95], 3.5, 9.5))


def two_mode() -> Network:
    """Two years: patents p1 (A), p2 (A and B), p3 (B), p4 (C) in 2001; q1 (A and B) in 2002. B has two classes."""
    links = [("p1", "A01"), ("p2", "A01"), ("p2", "H04"), ("p3", "H04"), ("p3", "G06"), ("p4", "C01")]
    links += [("q1", "A01"), ("q1", "G06")]
    labels = ("p1", "p2", "p3", "p4", "q1", "A01", "H04", "G06", "C01")
    place = {one: k for k, one in enumerate(labels)}
    source = np.array([place[one[0]] for one in links])
    target = np.array([place[one[1]] for one in links])
    year = np.array([2001] * 6 + [2002] * 2)
    mode = np.array([0] * 5 + [1] * 4, np.int8)
    return Network(labels, source, target, np.ones(8), False, year, mode, ("patent", "class"))


INDUSTRIES = {"farms": ("A01",), "digital": ("H04", "G0*")}


def test_patents_and_their_classes_are_counted_once() -> None:
    counts = counts_of_units(two_mode(), INDUSTRIES)
    assert counts.years.tolist() == [2001, 2002]
    assert counts.sizes.tolist() == [[2, 2], [1, 1]]
    assert counts.both[:, 0, 1].tolist() == [1, 1]
    assert counts.whole.tolist() == [4, 1]
    found = {one.name: one for one in technology_measures(counts, ("farms", "digital"))}
    assert found["p_a"].values[0] == pytest.approx(1.5 / 3)
    assert found["p_a"].null[0] == pytest.approx(0.5)
    assert found["p_b"].p[0] == pytest.approx(hypergeom.sf(0, 4, 2, 2))
    assert unit_measure(counts, ("farms", "digital")).values[0] == pytest.approx(1.5 / 4)


def test_links_of_classes() -> None:
    """A - H 3, A - G 1, A - C 4, H - G 5 (inside digital): 4 of farms' 8 link ends are with digital, whole 26 ends."""
    links = [("A01", "H04", 3.0), ("A01", "G06", 1.0), ("A01", "C01", 4.0), ("H04", "G06", 5.0)]
    network = Network.of(links, directed=False)
    counts = counts_of_classes(network, INDUSTRIES)
    assert counts.both[0, 0, 1] == 4
    assert counts.sizes[0].tolist() == [8, 4]
    assert counts.whole[0] == 26
    turned = Network.of([*links, *[(b, a, w) for a, b, w in links]])
    assert counts_of_classes(turned, INDUSTRIES).both[0, 0, 1] == 4


def test_regions_where_both_are_over_represented() -> None:
    values = np.array([[[8.0], [1.0], [1.0]], [[4.0], [5.0], [1.0]], [[0.0], [6.0], [6.0]]])
    panel = Panel.of({"patents": values}, regions=["r", "s", "t"], industries=["A01", "H04", "C01"], periods=[2001])
    counts = counts_of_regions(panel, "patents", {"farms": ("A01",), "digital": ("H04",)})
    assert counts.sizes[0].tolist() == [2, 2]  # 12 of 32 is the share of both: r and s have more farms, s and t digital
    assert counts.both[0, 0, 1] == 1
    assert counts.whole[0] == 3


def test_a_make_table() -> None:
    network = Network.of(
        [("farms", "farms", 8.0), ("farms", "digital", 1.0), ("digital", "farms", 1.0), ("digital", "digital", 10.0)]
    )
    found = make_measure(network, {"farms": ("farms",), "digital": ("digital",)}, ("farms", "digital"))
    assert found.values.tolist() == [0.1]


def test_scales_and_back() -> None:
    x = np.array([0.2, 0.7])
    for scale in ("log", "log_odds", "plain"):
        assert from_scale(to_scale(x, scale), scale) == pytest.approx(x)  # type: ignore[arg-type]
    assert np.isnan(to_scale(np.array([0.0, -1.0]), "log")).all()


# rises


def test_unrest_of_a_walk_with_noise() -> None:
    """A plain walk has covariance min(t, t'), anew in each segment; steps that carry on add up."""
    times, segments = np.array([0.0, 1, 2, 5, 6]), np.array([0, 0, 0, 1, 1])
    found = covariance(1.0, 0.0, times, segments)
    expected = np.array([[0, 0, 0, 0, 0], [0, 1, 1, 0, 0], [0, 1, 2, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 1.0]])
    assert found == pytest.approx(expected + 1e-6 * np.eye(5))
    assert covariance(1.0, 0.5, times[:3], segments[:3])[2, 2] == pytest.approx(3.0 + 1e-6)  # 1 + 1 + 2 * .5


def test_a_rise_is_measured_within_segments_only() -> None:
    """One unit a year and a jump of 100 at the break: 16 years lie within segments."""
    times = np.arange(18.0)
    segments = (times >= 9).astype(int)
    noise = np.random.default_rng(0).normal(0, 0.01, 18)
    found = rise_of(times, times + 100.0 * segments + noise, segments)
    assert found is not None
    assert found.span == 16
    assert found.weight @ found.centre == pytest.approx(16, rel=0.02)
    assert found.probability > 0.999


def test_too_few_years_tell_nothing() -> None:
    assert rise_of(np.arange(6.0), np.arange(6.0), np.zeros(6, int)) is None
    assert rise_of(np.arange(20.0), np.ones(20), np.zeros(20, int)) is None


def test_false_discoveries_by_hand() -> None:
    """Benjamini & Hochberg (1995), their table 1 at .05: the four smallest of fifteen."""
    p = np.array(
        [
            0.0001,
            0.0004,
            0.0019,
            0.0095,
            0.0201,
            0.0278,
            0.0298,
            0.0344,
            0.0459,
            0.3240,
            0.4262,
            0.5719,
            0.6528,
            0.7590,
            1.0,
        ]
    )
    assert false_discoveries(p, 0.05).sum() == 4
    assert false_discoveries(np.array([np.nan, 0.01]), 0.05).tolist() == [False, True]


# the rule, cell by cell

YES, NO = np.ones(100), -np.ones(100)
HOLDS = {
    "penetration": {
        "a_ab": YES,
        "a_ba": 0.1 * YES,
        "p_b": YES,
        "p_a": 0.5 * YES,
        "b_ba": NO,
        "b_ab": 0.0 * YES,
        "high_a": YES,
    },
    "complementary": {"a_ab": YES, "a_ba": 0.8 * YES, "b_ab": NO, "b_ba": NO},
    "reorganisation": {
        "enterprise": YES,
        "enterprise_in_sd": 3 * YES,
        "a_in_sd": YES,
        "shared_module": YES,
        "b_ab": 0.05 * YES,
        "b_ba": -0.05 * YES,
    },
    "substitution": {"market": YES, "b_ba": YES, "share_b": NO},
}
BREAKS = {
    "penetration": {
        "a_ab": NO,
        "a_ba": 0.9 * YES,
        "p_b": NO,
        "p_a": 2 * YES,
        "b_ba": YES,
        "b_ab": 0.5 * YES,
        "high_a": 0 * YES,
    },
    "complementary": {"a_ab": NO, "a_ba": 0.1 * YES, "b_ab": YES, "b_ba": YES},
    "reorganisation": {
        "enterprise": NO,
        "enterprise_in_sd": 0.5 * YES,
        "a_in_sd": 9 * YES,
        "shared_module": 0 * YES,
        "b_ab": NO,
        "b_ba": YES,
    },
    "substitution": {"market": NO, "b_ba": NO, "share_b": YES},
}
CELLS = [(type_, name) for type_, known in HOLDS.items() for name in known]
ROSE = dict.fromkeys(("a_ab", "a_ba", "p_a", "p_b", "market", "enterprise"), True)


def verdict_of(known: dict[str, np.ndarray], type_: str, risen: dict[str, bool] = ROSE) -> types_rule.Verdict:
    found = types_rule.judged(known, "A", "B", risen)
    return next(one for one in found if one.type == type_ and one.first == "A")


@pytest.mark.parametrize("type_", HOLDS)
def test_a_type_whose_conditions_all_hold_is_named(type_: str) -> None:
    found = verdict_of(HOLDS[type_], type_)
    assert found.posterior == 1.0
    assert found.is_named
    assert found.unseen == ()


@pytest.mark.parametrize(("type_", "name"), CELLS)
def test_each_condition_can_refuse_the_type(type_: str, name: str) -> None:
    known = HOLDS[type_] | {name: BREAKS[type_][name]}
    assert not verdict_of(known, type_).is_named
    assert verdict_of(known, type_).posterior == 0.0


@pytest.mark.parametrize(("type_", "name"), CELLS)
def test_what_is_not_observed_is_named(type_: str, name: str) -> None:
    known = {key: value for key, value in HOLDS[type_].items() if key != name}
    found = verdict_of(known, type_)
    assert found.unseen
    words = types_rule.verdict_words([found], anything_rose=True, anything_seen=True)
    assert words == (f"consistent with {type_}" if found.is_named else "undetermined")


def test_joint_probability_counts_draws_in_which_all_hold() -> None:
    """Two conditions that hold in nine draws of ten each, but together in eight only: .8 is just enough."""
    first, second = np.ones(10), np.ones(10)
    first[0], second[1] = -1, -1
    known = {"market": first, "share_b": -second, "b_ba": np.ones(10)}
    assert verdict_of(known, "substitution").posterior == pytest.approx(0.8)
    assert verdict_of(known, "substitution").is_named
    assert not verdict_of(known | {"b_ba": -np.ones(10)}, "substitution").is_named


def test_about_nothing_needs_its_own_eight_tenths() -> None:
    """|b| < .1 in 79 draws of 100 is not "about nothing", however the rest stands; its probability is shown."""
    some = np.concatenate([np.zeros(79), np.ones(21)])
    short = verdict_of(HOLDS["penetration"] | {"b_ab": some}, "penetration")
    assert short.posterior == pytest.approx(0.79)
    assert not short.is_named
    about_none = next(one for one in short.conditions if one.measure == "b_ab")
    assert about_none.holds is not None
    assert about_none.holds.mean() == pytest.approx(0.79)
    enough = np.concatenate([np.zeros(80), np.ones(20)])
    assert verdict_of(HOLDS["penetration"] | {"b_ab": enough}, "penetration").is_named


def test_directions_are_told_apart() -> None:
    turned = types_rule.mirrored(HOLDS["penetration"])
    found = types_rule.judged(turned, "A", "B", ROSE)
    named = [(one.type, one.first, one.second) for one in found if one.is_named]
    assert named == [("penetration", "B", "A")]


def test_none_and_undetermined_are_always_classes() -> None:
    found = [verdict_of(HOLDS["penetration"], "penetration")]
    assert types_rule.verdict_words(found, anything_rose=False, anything_seen=True) == "none"
    assert types_rule.verdict_words([], anything_rose=True, anything_seen=True) == "undetermined"
    assert types_rule.verdict_words(found, anything_rose=True, anything_seen=False) == "undetermined"
    assert not verdict_of(HOLDS["penetration"], "penetration", dict.fromkeys(ROSE, False)).is_named


# the question


def test_the_answer_names_what_was_not_observed() -> None:
    finding = coevolve.convergence.convergence(
        accounts=accounts_of(), pairs=[["farms", "telecom"]], draws=200, classifier=False
    )
    assert "not observed" in finding.claim
    missing = {row["aspect"] for row in finding["missing"].rows()}
    assert {"technology", "enterprise", "dynamics"} <= missing
    assert any("current prices" in note.text for note in finding.notes)
    verdicts = {row["verdict"] for row in finding["types"].rows()}
    assert verdicts <= {"none", "undetermined"} | {one for one in verdicts if str(one).startswith("consistent with")}


def test_the_same_seed_gives_the_same_numbers() -> None:
    options = {"pairs": [["farms", "telecom"]], "draws": 200, "classifier": False}
    first, again = (coevolve.convergence.convergence(accounts=accounts_of(), **options) for _ in range(2))
    assert first.claim == again.claim
    for table in first.tables:
        assert table.rows() == again[table.name].rows()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pairs": [["farms", "telcom"]]}, "no evidence has the codes of 'telcom'"),
        ({"pairs": [["farms", "farms"]]}, "two industries or more"),
        ({"industries": {"farms": ["c99"], "telecom": ["telecom"]}}, "no evidence has the codes of 'farms'"),
        (
            {"industries": {"farms": ["farms"], "telecom": ["telecom"]}, "pairs": [["farms", "mines"]]},
            "no industry 'mines'",
        ),
        ({"regions": ["CHN"]}, "no region 'CHN'"),
        ({"until": 2003}, "'until' lies before the data end"),
        ({"of": "patents"}, "'of' needs a panel"),
        ({"high_technology": ["softwar"]}, "no industry 'softwar'"),
        ({"poles": {"x": "y"}}, "'poles' names no industry 'x'"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(StudyError, match=words):
        coevolve.convergence.convergence(accounts=accounts_of(), **options)


def test_nothing_to_read_is_refused() -> None:
    with pytest.raises(StudyError, match="needs evidence of the pairs"):
        coevolve.convergence.convergence()


def test_accounts_that_overlap_are_refused() -> None:
    with pytest.raises(StudyError, match="two accounts hold the same years"):
        coevolve.convergence.convergence(
            accounts=[accounts_of(8), accounts_of(8, NAMES, 2005)], pairs=[["farms", "steel"]]
        )


def test_too_many_pairs_are_refused() -> None:
    sectors = tuple(f"s{k}" for k in range(40))
    with pytest.raises(StudyError, match="too many pairs"):
        coevolve.convergence.convergence(accounts=accounts_of(6, sectors))


def test_effects_of_other_regions_are_not_borrowed() -> None:
    """b of a fit for China says nothing of Germany; without a region the mean of all regions stands."""
    from coevolve.evidence.fit import Fit
    from coevolve.themes.convergence.gather import Asked, gather

    draws = np.zeros((50, 1, 2, 2))
    draws[:, 0, 0, 1], draws[:, 0, 1, 0] = -0.3, 0.2
    labels = {"region": ("CHN",), "pole": ("farms", "telecom"), "other": ("farms", "telecom")}
    fit = Fit("symbiosis", {"symbiosis": draws}, {"symbiosis": ("draw", "region", "pole", "other")}, labels)
    plain = accounts_of(8)
    for region, seen in (("CHN", True), ("DEU", False), ("", True)):
        accounts = Accounts(
            NAMES, plain.years, (region,) * 8, plain.flows, plain.gross_output, plain.final_demand, plain.value_added
        )
        asked = Asked(
            {"farms": ("farms",), "telecom": ("telecom",)}, (("farms", "telecom"),), accounts=(accounts,), dynamics=fit
        )
        found = gather(asked)[0]
        assert bool(found.effects) is seen
        assert ("dynamics" in found.missing) is not seen
        if seen:
            assert found.effects["b_ab"][0] == -0.3
            assert found.effects["b_ba"][0] == 0.2


# what a reader is told


def told(**options: object) -> Finding:
    plain: dict[str, object] = {"pairs": [["farms", "telecom"]], "draws": 200, "classifier": False}
    return coevolve.convergence.convergence(accounts=accounts_of(), **(plain | options))


def test_the_claim_lists_all_that_is_missing() -> None:
    finding = told()
    for row in finding["missing"].rows():
        assert str(row["aspect"]) in finding.claim


def test_of_several_pairs_without_a_rise_none_is_said() -> None:
    finding = told(pairs=[["farms", "telecom"], ["farms", "steel"]])
    assert {row["verdict"] for row in finding["types"].rows()} == {"none"}
    assert finding.claim.startswith("None of the 2 pairs of industries shows a rise beyond what wandering would give.")
    assert "random walk" in finding.claim
    assert "restless" in finding.claim


def test_changes_are_said_in_percent_too() -> None:
    rows = told()["changes"].rows()
    assert rows
    for row in rows:
        assert row["percent"] == pytest.approx(100 * np.expm1(float(str(row["change"]))))


def test_a_region_column_stands_only_where_there_is_a_region() -> None:
    plain = told()
    assert "region" not in plain["types"].columns
    accounts = accounts_of()
    there = Accounts(
        accounts.sectors,
        accounts.years,
        ("CHN",) * len(accounts.years),
        accounts.flows,
        accounts.gross_output,
        accounts.final_demand,
        accounts.value_added,
    )
    finding = coevolve.convergence.convergence(
        accounts=there, pairs=[["farms", "telecom"]], draws=200, classifier=False
    )
    assert set(finding["types"]["region"].tolist()) == {"CHN"}


def test_conditions_are_told_without_broken_words() -> None:
    words = {str(row["condition"]) for row in told()["conditions"].rows()}
    assert "effect of telecom on farms: about none" in words
    assert not any("'s" in one for one in words)


@pytest.mark.parametrize(("name", "said"), [("farms", "implausible"), ("telecom", "")])
def test_penetration_by_a_side_that_is_not_high_technology_is_implausible(name: str, said: str) -> None:
    from coevolve.themes.convergence.gather import Gathered
    from coevolve.themes.convergence.outcome import One
    from coevolve.themes.convergence.recognised import implausible

    none = np.zeros(0), np.zeros((2, 0))
    known = Gathered("", ("farms", "telecom"), (), {}, {"high_a": 0.0, "high_b": 1.0}, *none, {})
    one = One(known, {}, {}, {}, None)
    found = implausible(one, "penetration", is_turned=name == "telecom")
    assert found.startswith(said) if said else found == ""
    assert implausible(one, "substitution", is_turned=False) == ""
