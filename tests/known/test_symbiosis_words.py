"""What `symbiosis` says: its claim, written equations, network, what would decide a pair, checks of a sampler."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from coevolve.engine.growth import paths
from coevolve.evidence.fit import Fit
from coevolve.evidence.panel import Panel
from coevolve.themes.symbiosis.admission import refusals
from coevolve.themes.symbiosis.decide import DECIDE, LESS_NOISE, decide_notes, decide_table, needed, ways
from coevolve.themes.symbiosis.diagnostics import diagnostics_table, sampling_notes
from coevolve.themes.symbiosis.model import Settings
from coevolve.themes.symbiosis.modules import modules_borne, modules_of, regions_needed
from coevolve.themes.symbiosis.refusal import refused_finding, refused_prospects
from coevolve.themes.symbiosis.relation_network import MOST_ARROWS, network_chart, network_tables
from coevolve.themes.symbiosis.relations import Relation, effects_table, relations, together_notes, too_slowly
from coevolve.themes.symbiosis.sample import sample_of
from coevolve.themes.symbiosis.symbiosis_claim import claim
from coevolve.themes.symbiosis.symbiosis_notes import doubt_notes
from coevolve.themes.symbiosis.symbiosis_tables import coefficients_table
from coevolve.themes.symbiosis.written import bracketed, equation_lines, equations_table

POLES = ("machinery", "electronics")


def panel(regions=6, years=24, poles=POLES, unit="count"):
    """Poles that grow towards a capacity each at its own speed."""
    size = len(poles)
    random = np.random.default_rng(3)
    rate = np.tile(np.linspace(0.15, 0.3, size), (regions, 1))
    start = random.uniform(-3.0, -1.0, (regions, size))
    grown = paths(start, rate, np.ones((regions, size)), np.zeros((regions, size, size)), np.ones(years - 1))
    seen = 500.0 * np.exp(grown + 0.01 * random.standard_normal(grown.shape)).transpose(0, 2, 1)
    return of_values(seen, poles, unit)


def of_values(values, poles=POLES, unit="count"):
    regions, _, years = values.shape
    return Panel.of(
        {"firms": values},
        regions=[f"R{k}" for k in range(regions)],
        periods=range(1991, 1991 + years),
        industries=poles,
        units={"firms": unit},
    )


def pair(from_other, on_other, slow=()):
    why = too_slowly(slow) if slow else ""
    return Relation("", *POLES, from_other, on_other, "undetermined", "mutualism", 0.8, why, slow)


def made(b, sd=0.01, regions=1, poles=POLES, rate=0.2, law="symbiosis", group=False, **more):
    """A fit whose draws are normal about known values: the quantiles of the normal, each time in another order."""
    random = np.random.default_rng(1)
    draws, n = 400, len(poles)
    grid = np.array([NormalDist().inv_cdf((k + 0.5) / draws) for k in range(draws)])

    def normal(*shape):
        return random.permuted(np.broadcast_to(grid.reshape(-1, *(1 for _ in shape)), (draws, *shape)), axis=0)

    b, rates = np.array(b, float), np.broadcast_to(np.array(rate, float), (n,))
    arrays = {
        "rate": rates * (1.0 + 0.02 * normal(regions, n)),
        "symbiosis": b + sd * normal(regions, n, n),
        "log_last": np.full((draws, regions, n), np.log(400.0)),
        "measurement": np.full((draws, regions, n), 0.03),
        "process": np.full((draws, regions, n), 0.04),
        "year": np.zeros((draws, n)),
        "is_trusted": np.ones(regions),
    }
    axes = {
        "rate": ("draw", "region", "pole"),
        "symbiosis": ("draw", "region", "pole", "other"),
        "log_last": ("draw", "region", "pole"),
        "measurement": ("draw", "region", "pole"),
        "process": ("draw", "region", "pole"),
        "year": ("draw", "pole"),
        "is_trusted": ("region",),
    }
    if law == "symbiosis":
        arrays["capacity"] = 500.0 * np.exp(0.02 * normal(regions, n))
        axes["capacity"] = ("draw", "region", "pole")
    else:
        arrays["typical"], axes["typical"] = np.full((regions, n), 20.0), ("region", "pole")
    if group:
        arrays |= {"group_symbiosis": arrays["symbiosis"].mean(axis=1), "group_rate": arrays["rate"].mean(axis=1)}
        axes |= {"group_symbiosis": ("draw", "pole", "other"), "group_rate": ("draw", "pole")}
    for name, values in more.items():
        arrays[name], axes[name] = np.asarray(values, float), ("region",)
    labels = {"region": tuple(f"R{k}" for k in range(regions)), "pole": tuple(poles), "other": tuple(poles)}
    return Fit("symbiosis", arrays, axes, labels, {"law": law})


def looked(fit, years=24):
    """The relations of a fit, with the series and sample they would come from."""
    series = panel(len(fit.labels["region"]), years, fit.labels["pole"]).series("firms")
    sample = sample_of(series)
    return series, sample, relations(fit, sample)


class TestClaim:
    def test_a_pair_that_is_decided_has_its_size(self):
        fit = made([[0, -0.4], [0, 0]])
        series, sample, found = looked(fit)
        said = claim(series, sample, fit, found)
        assert said.startswith("Judged by 24 years, electronics helps machinery, which has little effect in return")
        assert "At capacity electronics adds 40 % (38 to 42) to what machinery could keep alone." in said

    def test_an_end_beyond_none_has_its_sign(self):
        fit = made([[0, -0.3], [0, 0]], sd=0.3)
        series, sample, _ = looked(fit)
        one = Relation("R0", *POLES, (-0.3, -0.8, 0.2), (0.0, -0.05, 0.05), "commensalism", "commensalism", 0.96, "")
        assert "adds 30 % (−20 to 80) to what machinery" in claim(series, sample, fit, [one])

    def test_predators_take_from_the_own_rate_of_their_prey(self):
        fit = made([[0, 1.0], [-1.0, 0]], poles=("hare", "lynx"), rate=(0.5, -0.8), law="predator_prey")
        series, sample, found = looked(fit)
        assert [one.relation for one in found] == ["predation"]
        said = claim(series, sample, fit, found)
        assert "lynx gains from hare, which loses by it" in said
        assert "At its usual scale lynx takes 100 % (98 to 102) of the growth of hare alone." in said
        assert "At its usual scale hare makes up for 100 % (98 to 102) of the decline of lynx alone." in said

    def test_what_is_likeliest_is_said_in_words(self):
        fit = made([[0, -0.3], [0.3, 0]], sd=0.2)
        series, sample, found = looked(fit)
        said = claim(series, sample, fit, found)
        assert said.startswith("24 years cannot tell for sure how machinery and electronics act on each other; the")
        assert "likeliest is that machinery gains from electronics, which loses by it (predation, probability" in said
        assert said.endswith("; 0.95 is needed).")

    def test_who_helps_is_told_from_the_help_not_from_the_size(self):
        """A likely commensalism in which the larger effect is the harm of the other."""
        fit = made([[0, -0.2], [0.3, 0]], sd=0.5)
        series, sample, _ = looked(fit)
        one = replace(pair((-0.2, -0.9, 0.5), (0.3, -0.6, 1.1)), likeliest="commensalism", probability=0.4)
        assert "electronics helps machinery" in claim(series, sample, fit, [one])

    def test_more_than_three_decided_pairs_are_counted(self):
        fit = made(np.full((4, 4), -0.4), poles=("a", "b", "c", "d"), r_hat=[1.0])
        series, sample, found = looked(fit)
        said = claim(series, sample, fit, found)
        assert said.count("mutualism") == 3
        assert said.endswith("and 3 pairs more can be told.")


class TestWritten:
    def test_one_region_has_its_numbers(self):
        fit = made([[0, -0.4], [0, 0]])
        first, second = equations_table(fit).rows()
        assert first["equation"] == (
            "d ln(machinery)/dt = [0.200 (0.193 to 0.207)] × (1 − machinery/[500 (484 to 517)] "
            "− [−0.40 (−0.42 to −0.38)] × electronics/[500 (484 to 517)])"
        )
        assert (first["region"], second["pole"]) == ("R0", "electronics")

    def test_printing_the_fit_shows_them(self):
        fit = made([[0, -0.4], [0, 0]])
        fit = replace(fit, equations=equation_lines(fit))
        said = str(fit).splitlines()
        assert said[0] == "Fit of symbiosis"
        assert said[1].startswith("R0: d ln(machinery)/dt = [0.200")
        assert "below 0 helps" in said[-1]
        again = Fit.from_bytes(fit.to_bytes())
        assert str(again) == str(fit)
        assert again.digest() == fit.digest() == replace(fit, equations=()).digest()

    def test_a_fit_without_words_and_one_with_very_many(self):
        fit = made([[0, -0.4], [0, 0]])
        assert str(fit) == repr(fit)
        many = str(replace(fit, equations=tuple(f"line {k}" for k in range(50)))).splitlines()
        assert len(many) == 42
        assert many[-1] == "... and 10 lines more (`equations`)"

    def test_regions_together_leave_their_capacities_open(self):
        fit = made([[0, -0.4], [0, 0]], regions=5, group=True)
        rows = equations_table(fit).rows()
        assert [row["region"] for row in rows] == ["", ""]
        assert "(1 − machinery/N(machinery) − [−0.40" in rows[0]["equation"]
        assert "each region's own" in equations_table(fit).caption

    def test_predator_and_prey_have_no_capacity(self):
        fit = made([[0, 1.0], [-1.0, 0]], poles=("hare", "lynx"), rate=(0.5, -0.8), law="predator_prey")
        hare, lynx = (row["equation"] for row in equations_table(fit).rows())
        assert hare == "d ln(hare)/dt = [0.50 (0.48 to 0.52)] − 0.50 × ([1.00 (0.98 to 1.02)] × lynx/20)"
        assert lynx.startswith("d ln(lynx)/dt = [−0.80 (−0.83 to −0.77)] − 0.80 × ([−1.00 (")
        names = {row["parameter"] for row in coefficients_table(looked(fit)[0], fit).rows()}
        assert names == {"rate", "b"}

    def test_long_names_are_written_as_symbols(self):
        fit = made([[0, -0.4], [0, 0]], poles=("Professional, Scientific, and Technical Services", "Information"))
        first, _ = equations_table(fit).rows()
        assert first["equation"].startswith("d ln(x1)/dt = [0.200 (0.193 to 0.207)] × (1 − x1/[500")
        assert "x1: Professional, Scientific, and Technical Services; x2: Information." in equation_lines(fit)[-1]

    def test_digits_are_those_that_the_interval_bears(self):
        grid = np.linspace(-1.0, 1.0, 401)
        assert bracketed(812.3 + 50.0 * grid) == "[812 (767 to 857)]"
        assert bracketed(0.2204 + 0.004 * grid) == "[0.220 (0.217 to 0.224)]"
        assert bracketed(0.0 + grid) == "[0.0 (−0.9 to 0.9)]"


class TestNetwork:
    def test_arrows_are_the_effects_that_the_data_told_and_that_are_not_small(self):
        fit = made([[0, -0.4, 0.0], [0.3, 0, 0.0], [0.0, 0.0, 0]], poles=("a", "b", "c"))
        _, _, found = looked(fit)
        arrows, poles = network_tables(fit, effects_table(fit, found))
        drawn = {(row["source"], row["target"]): row["help"] for row in arrows.rows()}
        assert set(drawn) == {("b", "a"), ("a", "b")}
        assert drawn["b", "a"] == pytest.approx(0.4, abs=0.01)
        assert drawn["a", "b"] == pytest.approx(-0.3, abs=0.01)
        assert poles["label"].tolist() == ["a", "b", "c"]
        assert poles["size"] == pytest.approx([400.0] * 3)
        chart = network_chart(arrows, "one region")
        assert chart.kind == "network"
        assert chart.roles["certain"] == "is_claimed"
        assert "2 effects" in chart.alt

    def test_what_the_data_hardly_told_is_not_drawn(self):
        fit = made([[0, -0.4], [0.3, 0]], sd=1.0)
        _, _, found = looked(fit)
        arrows, _ = network_tables(fit, effects_table(fit, found))
        assert len(arrows) == 0

    def test_of_very_many_arrows_the_strongest_are_drawn(self):
        names = tuple(f"p{k}" for k in range(10))
        b = np.random.default_rng(2).choice([-0.3, -0.2, 0.2, 0.3], (10, 10))
        fit = made(b, sd=0.2, poles=names)
        _, _, found = looked(fit)
        assert not any(one.relation != "undetermined" for one in found)
        effects = effects_table(fit, found)
        arrows, _ = network_tables(fit, effects)
        assert len(arrows) == MOST_ARROWS
        left = np.sort(np.abs(effects["help"]))[::-1][MOST_ARROWS:]
        assert np.abs(arrows["help"]).min() >= left.max() - 1e-12
        assert network_chart(arrows, "one region").title.endswith("nothing is sure")


class TestDecide:
    def test_how_much_narrower_is_an_even_chance(self):
        """Against truths drawn at random from the same normal."""
        one = pair((-0.3, -0.9, 0.3), (-0.3, -0.5, -0.1))
        truth = np.random.default_rng(0).normal(-0.3, 0.6 / 1.6449, 400_000)
        distance = np.minimum(np.abs(truth - 0.1), np.abs(truth + 0.1))
        even = np.median(1.2 * 0.6 / distance)
        assert needed(one) == pytest.approx(even, rel=0.01)
        assert needed(pair((-0.9, -0.91, -0.89), (0.0, -0.01, 0.01))) == 1.0

    def test_more_regions_years_or_less_noise(self):
        fit = made([[0, -0.3], [-0.3, 0]], sd=0.36)
        series, sample, _ = looked(fit)
        one = pair((-0.3, -0.9, 0.3), (-0.3, -0.9, 0.3))
        factor = needed(one)
        regions, years, noise = ways(series, sample, fit, one)
        assert (regions.have, regions.need) == (1.0, np.ceil(factor**2))
        assert (years.have, years.need) == (24, np.ceil(24 * factor ** (2 / 3)))
        assert noise.what == LESS_NOISE
        assert noise.have == pytest.approx(0.05)
        assert noise.need == pytest.approx(0.05 / factor)

    def test_no_more_is_asked_for_than_there_can_be(self):
        open_ = pair((-0.3, -0.9, 0.3), (-0.3, -0.9, 0.3))
        assert [one.believable for one in self.of(open_, 1)] == [True, False, False]
        nearer = pair((-0.3, -0.5, -0.1), (-0.2, -0.35, 0.05))
        assert [one.believable for one in self.of(nearer, 1)] == [True, False, True]
        assert [one.believable for one in self.of(nearer, 6)] == [False, False, True]
        fit = made([[0, -0.3], [-0.3, 0]], regions=6)
        series, sample, _ = looked(fit)
        (note,) = decide_notes(series, sample, fit, [nearer])
        assert note.text == (
            "To decide machinery and electronics, gather data with 2.4 times less noise; a rough guess, for an even "
            "chance."
        )
        wide = pair((-0.1, -0.4, 0.2), (-0.1, -0.4, 0.2))
        (note,) = decide_notes(series, sample, fit, [wide])
        assert note.text.startswith("Do not wait for data to decide machinery and electronics: it would take about")

    def of(self, one, regions):
        fit = made([[0, -0.3], [-0.3, 0]], regions=regions)
        series, sample, _ = looked(fit)
        return ways(series, sample, fit, one)

    def test_the_table_has_a_row_for_each_way_of_each_open_pair(self):
        fit = made([[0, -0.4, 0.1], [0.0, 0, 0.1], [0.1, 0.1, 0]], sd=0.05, poles=("a", "b", "c"))
        series, sample, found = looked(fit)
        table = decide_table(series, sample, fit, found)
        assert tuple(table.columns) == DECIDE
        open_ = [(one.pole, one.other) for one in found if one.relation == "undetermined"]
        assert open_
        assert len(table) == 3 * len(open_)
        assert table["now"][0] == pytest.approx(3.29 * 0.05, rel=0.15)
        decided = made([[0, -0.4], [0, 0]])
        series, sample, found = looked(decided)
        empty = decide_table(series, sample, decided, found)
        assert len(empty) == 0
        assert tuple(empty.columns) == DECIDE

    def test_a_slow_pole_needs_the_years_until_it_turns(self):
        fit = made([[0, -0.4], [0.0, 0]], rate=(0.02, 0.2))
        series, sample, found = looked(fit)
        assert "machinery adjusts too slowly" in found[0].why
        (row,) = decide_table(series, sample, fit, found).rows()
        assert (row["what"], row["have"], row["believable"]) == ("more years", 24.0, False)
        assert row["need"] == pytest.approx(24 / (0.02 * 23), rel=0.03)

    def test_two_clear_signs_need_no_more_data_for_their_sign(self):
        fit = made([[0, -0.3], [-0.1, 0]], regions=6)
        series, sample, _ = looked(fit)
        (note,) = decide_notes(series, sample, fit, [pair((-0.3, -0.5, -0.1), (-0.12, -0.2, -0.05))])
        assert note.text.startswith("Read the signs of the effects between machinery and electronics")

    def test_regions_taken_alone_are_better_fitted_together(self):
        fit = made([[0, -0.1], [-0.1, 0]], sd=0.1, regions=3)
        series, sample, found = looked(fit)
        (note,) = decide_notes(series, sample, fit, found)
        assert note.text.startswith('Fit the regions together (pooling = "hierarchical"): taken one by one, 3 of 3')
        assert len(decide_table(series, sample, fit, found)) == 9

    def test_many_open_pairs_are_left_to_the_table(self):
        fit = made(np.full((5, 5), -0.1), sd=0.1, poles=tuple("abcde"), r_hat=[1.0])
        series, sample, found = looked(fit)
        texts = [note.text for note in decide_notes(series, sample, fit, found)]
        assert len(texts) == 4
        assert texts[-1] == "Look at the table `decide` for the other 7 undetermined pairs."


def test_a_pole_that_a_region_lacks_drops_its_terms_there():
    fit = made([[0, -0.4], [0, 0]], regions=2)
    arrays = {name: np.array(values) for name, values in fit.arrays.items()}
    for name in ("rate", "capacity", "log_last"):
        arrays[name][:, 1, 1] = np.nan
    arrays["symbiosis"][:, 1, [0, 1], [1, 0]] = np.nan
    fit = replace(fit, arrays=arrays)
    series, _, found = looked(fit)
    assert [one.region for one in found] == ["R0"]
    lines = [(row["region"], row["pole"], row["equation"]) for row in equations_table(fit).rows()]
    assert [line[:2] for line in lines] == [("R0", "machinery"), ("R0", "electronics"), ("R1", "machinery")]
    assert lines[2][2] == "d ln(machinery)/dt = [0.200 (0.193 to 0.207)] × (1 − machinery/[500 (484 to 517)])"
    alone = [row for row in coefficients_table(series, fit).rows() if row["region"] == "R1"]
    assert [(row["parameter"], row["pole"]) for row in alone] == [("rate", "machinery"), ("capacity", "machinery")]


def test_two_slow_poles_are_spoken_of_in_the_plural():
    fit = made([[0, 0], [0, 0]], regions=6)
    series, sample, _ = looked(fit)
    one = pair((0, 0, 0), (0, 0, 0), ("machinery", "electronics"))
    (note,) = doubt_notes(series, sample, fit, [one], {})
    assert "they cannot be told from their own drift, and no relation is claimed for them" in note.text


def test_a_region_claims_nothing_that_it_borrows_from_slow_ones():
    fit = made([[0, -0.4], [-0.4, 0]], regions=5, group=True)
    slow = fit["rate"].copy()
    slow[:, :4, 0] *= 0.05  # machinery takes a hundred years in all regions but the last
    fit = replace(fit, arrays={**fit.arrays, "rate": slow})
    series, sample, found = looked(fit)
    assert {one.relation for one in found} == {"undetermined"}
    assert found[-1].region == "R4"
    assert found[-1].why.startswith("its effects are mostly those of regions where machinery adjusts too slowly")
    notes = list(doubt_notes(series, sample, fit, found, {}))
    assert len(notes) == 1  # said once, of all regions together


def test_a_region_that_knows_more_than_all_together_is_explained():
    def one(region, width):
        ends = (0.0, -width, width)
        return Relation(region, "machinery", "electronics", ends, ends, "undetermined", "independence", 0.3, "")

    (note,) = together_notes([one("", 0.5), one("Ohio", 0.2), one("Utah", 0.3), one("Iowa", 0.9)])
    assert "than Ohio alone (and so for 1 other region): together stands for the middle" in note.text
    assert not list(together_notes([one("", 0.5), one("Ohio", 0.45)]))
    assert not list(together_notes([one("Ohio", 0.2)]))


class TestSampler:
    def rows(self, fit):
        _, sample, _ = looked(fit)
        return {
            row["what"]: (row["value"], row["verdict"]) for row in diagnostics_table(sample, Settings(), fit).rows()
        }

    def test_a_normal_approximation_says_that_it_is_one(self):
        rows = self.rows(made([[0, 0], [0, 0]]))
        assert rows["inference"] == (None, "normal approximation (screen)")
        assert "largest r-hat" not in rows
        (note,) = sampling_notes(made([[0, 0], [0, 0]]))
        assert note.level == "information"
        assert note.text.startswith('Ask again with inference = "chains"')

    def test_many_poles_of_one_region_are_too_much_for_it(self):
        poles, sure = ("one", "two", "three", "four"), np.full((4, 4), -0.4)
        fit = made(sure, poles=poles)
        few, many = list(sampling_notes(fit))
        assert few.level == "information"
        assert many.level == "caution"
        assert many.text.startswith("Do not read signs here that look certain, and no relation is claimed")
        _, _, found = looked(fit)
        assert {one.relation for one in found} == {"undetermined"}
        assert {one.why for one in found} == {"the quick approximation cannot tell so many poles of one region apart"}
        together = made(sure, poles=poles, regions=3, group=True)
        assert len(list(sampling_notes(together))) == 1
        for fit in (together, made(sure, poles=poles, r_hat=[1.0]), made(sure[:3, :3], poles=poles[:3])):
            assert {one.relation for one in looked(fit)[2]} == {"mutualism"}

    def test_good_chains_need_no_note(self):
        good = made([[0, 0], [0, 0]], r_hat=[1.004], divergences=[0], effective_draws=[900], chains=[4])
        rows = self.rows(good)
        assert rows["largest r-hat"] == (1.004, "good")
        assert rows["divergences"] == (0.0, "none")
        assert rows["fewest effective draws"] == (900.0, "good")
        assert rows["chains"][0] == 4.0
        assert not list(sampling_notes(good))

    def test_the_worst_region_counts_and_each_doubt_says_what_to_do(self):
        bad = made(
            [[0, 0], [0, 0]], regions=2, r_hat=[1.02, 1.2], divergences=[3, 6], effective_draws=[300, 40], chains=[2, 2]
        )
        rows = self.rows(bad)
        assert rows["largest r-hat"] == (1.2, "doubtful")
        assert rows["divergences"] == (9.0, "doubtful")
        assert rows["fewest effective draws"] == (40.0, "doubtful")
        texts = [note.text for note in sampling_notes(bad)]
        assert [note.level for note in sampling_notes(bad)] == ["caution"] * 3
        assert "in 1 region: chains of the sampler disagree (r-hat 1.20" in texts[0]
        assert "broke off in 9 draws" in texts[1]
        assert "worth only 40 independent ones" in texts[2]

    def test_regions_fitted_together_share_their_divergences(self):
        shared = made(
            [[0, 0], [0, 0]], regions=2, group=True, r_hat=[1.03, 1.03], divergences=[3, 3], effective_draws=[200, 200]
        )
        rows = self.rows(shared)
        assert rows["largest r-hat"] == (1.03, "fair")
        assert rows["divergences"] == (3.0, "few")
        (note,) = sampling_notes(shared)
        assert note.level == "information"
        assert "broke off in 3 draws" in note.text
        assert rows["fewest effective draws"] == (200.0, "fair")


class TestRefusals:
    def refused(self, data, poles=POLES, pooling="hierarchical"):
        every = data.series("firms")
        found = refusals(every, every.pick(poles), pooling)
        assert found
        return refused_finding(every.pick(poles), found)

    def values(self):
        return panel().indicator("firms").values

    def test_sound_poles_are_not_refused(self):
        series = panel().series("firms")
        assert refusals(series, series, "hierarchical") == ()

    def test_a_refusal_has_a_claim_a_table_and_what_to_do(self):
        for found in (self.refused(panel(unit="percent")), self.refused(panel(years=6))):
            assert found.claim.startswith("How machinery and electronics act on each other cannot be known")
            assert tuple(found["decide"].columns) == DECIDE
            assert len(found["decide"])
            assert [note.level for note in found.notes] == ["caution"]
            assert found.made is None
            assert found.sources

    def test_shares_by_their_unit_and_by_their_sum(self):
        assert "shares, not levels (unit percent)" in self.refused(panel(unit="percent")).claim
        values = self.values()
        shares = of_values(values / values.sum(axis=1, keepdims=True))
        found = self.refused(shares)
        assert "(they sum to 1 in every region and period)" in found.claim
        assert found.notes[0].text.startswith("Give levels")
        assert found["decide"]["what"].tolist() == ["levels in place of shares"]

    def test_shares_of_which_only_some_are_poles(self):
        values = panel(poles=(*POLES, "software")).indicator("firms").values
        shares = of_values(100.0 * values / values.sum(axis=1, keepdims=True), (*POLES, "software"))
        assert "they sum to 100" in self.refused(shares).claim

    def test_poles_that_move_as_one(self):
        values = self.values()
        data = of_values(np.concatenate([values[:, :1], 2.0 * values[:, :1], values], axis=1), ("a", "b", *POLES))
        found = self.refused(data, ("a", "b"))
        assert "'a' and 'b' move as one (their ratio never varies)" in found.claim
        assert found["decide"].rows()[0]["believable"] is False
        assert (found["decide"]["pole"][0], found["decide"]["other"][0]) == ("a", "b")

    def test_a_pole_that_is_the_sum_of_others(self):
        values = self.values()
        data = of_values(np.concatenate([values, values.sum(axis=1, keepdims=True)], axis=1), (*POLES, "total"))
        found = self.refused(data, (*POLES, "total"))
        assert "one of them is a sum of the others" in found.claim
        assert "Leave out the total" in found.notes[0].text

    def test_a_pole_that_never_changes(self):
        values = self.values().copy()
        values[:, 0] = 5.0
        assert "'machinery' never changes (5 throughout)" in self.refused(of_values(values)).claim

    def test_poles_that_never_meet(self):
        values = self.values().copy()
        values[:3, 0] = np.nan
        values[3:, 1] = np.nan
        data = Panel.of(
            {"firms": values}, regions=[f"R{k}" for k in range(6)], periods=range(1991, 2015), industries=POLES
        )
        series = data.series("firms")
        logs = np.log(series.values).transpose(0, 2, 1)
        sample = replace(sample_of(panel().series("firms")), logs=logs)
        (found,) = refusals(series, series, "hierarchical", sample)
        assert "never stand in the same region" in found.why
        assert found.ways[0].believable

    def test_six_years(self):
        found = self.refused(panel(years=6))
        assert "no region has 8 years with a positive value of every pole (at most 6)" in found.claim
        first = found["decide"].rows()[0]
        assert (first["have"], first["need"], first["unit"]) == (6.0, 8.0, "years with a value of every pole")
        assert "`growth` can already be asked of 12 of 12 series" in found.notes[0].text

    def test_gaps_in_what_moves_capacity(self):
        series = panel().series("firms")
        empty = replace(sample_of(series), regions=(), logs=np.zeros((0, 24, 2)))
        (found,) = refusals(series, series, "hierarchical", empty)
        assert found.why == "the population has gaps in every region with 8 years of every pole"

    def test_several_reasons_stand_together(self):
        found = self.refused(panel(years=6, unit="percent"))
        assert "shares" in found.claim
        assert "no region has 8 years" in found.claim
        assert len(found.notes) == 2

    def test_ten_poles_from_one_region_are_offered_modules(self):
        random = np.random.default_rng(0)
        common = np.repeat(np.cumsum(random.normal(0.0, 0.05, (1, 3, 20)), axis=2), [4, 4, 2], axis=1)
        own = np.cumsum(random.normal(0.02, 0.02, (1, 10, 20)), axis=2)
        names = tuple(f"p{k}" for k in range(10))
        found = self.refused(of_values(np.exp(5.0 + common + own), names), names)
        assert found.claim.startswith("How these 10 poles act on each other cannot be known")
        assert "90 effects between 10 poles from 200 values (20 years)" in found.claim
        groups = {}
        for row in found["modules"].rows():
            groups.setdefault(row["module"], set()).add(row["pole"])
        assert sorted(map(sorted, groups.values())) == [
            ["p0", "p1", "p2", "p3"],
            ["p4", "p5", "p6", "p7"],
            ["p8", "p9"],
        ]
        rows = {row["what"]: row["need"] for row in found["decide"].rows()}
        assert rows == {"fewer poles": 9.0, "poles joined into modules": 3.0, "regions fitted together": 5.0}
        assert "p8 + p9" in found.notes[0].text

    def test_ten_poles_of_several_regions_are_fitted_together_but_not_alone(self):
        names = tuple(f"p{k}" for k in range(10))
        series = panel(poles=names).series("firms")
        assert refusals(series, series, "hierarchical") == ()
        (found,) = refusals(series, series, "none")
        assert "a region alone cannot tell" in found.why

    def test_thirteen_poles_are_too_many_for_any_panel(self):
        names = tuple(f"p{k}" for k in range(13))
        found = self.refused(panel(poles=names), names)
        assert "more than 12 poles are not fitted" in found.claim
        assert "regions fitted together" not in found["decide"]["what"].tolist()

    def test_a_check_says_it_before(self):
        series = panel(years=6).series("firms")
        first, second = refused_prospects(series, refusals(series, series, "hierarchical"))
        assert first.text.startswith("symbiosis will say what cannot be known. How machinery")
        assert second.text.startswith("Use a longer panel")


def test_modules_need_growth_that_varies():
    flat = np.zeros((1, 12, 4))
    assert modules_of(("a", "b", "c", "d"), flat) == ()
    assert modules_borne(8) == 2
    assert regions_needed(12, 13) == 44.0
    assert np.isinf(regions_needed(12, 12))
