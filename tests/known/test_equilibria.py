"""Equilibria of n poles: cases solved by hand, in books, and by other programs."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from coevolve.engine.attractors import search
from coevolve.engine.boundedness import bounds, is_bounded, least_form
from coevolve.engine.certificates import global_stability, m_matrix_weights
from coevolve.engine.complementarity import RAY, SOLVED, saturated
from coevolve.engine.equilibria import balanced_shares, eigenvalues, equilibria, equilibrium, supports
from coevolve.engine.growth import interaction, paths
from coevolve.engine.two_poles import REGIMES, coexistence, regime, runaway_edge, saddle, separatrix
from coevolve.evidence.fit import Fit
from coevolve.evidence.panel import Panel
from coevolve.themes.symbiosis.bifurcation import bifurcation
from coevolve.themes.symbiosis.equilibria_tables import equilibria_table, regimes_table

# Rates decide: the rest with all three is unstable for equal rates and stable when the first adjusts fast.
DECIDED_BY_RATES = np.array([[0.0, 2.0, 0.0], [-1.5, 0.0, 2.0], [2.0, 1.0, 0.0]])


def cyclic(alpha, beta):
    """May & Leonard (1975), SIAM Journal on Applied Mathematics 29: three rivals in a circle."""
    return np.array([[0.0, alpha, beta], [beta, 0.0, alpha], [alpha, beta, 0.0]])


def one(symbiosis, rate):
    found = equilibria(np.asarray(symbiosis)[None], np.asarray(rate, float)[None])
    return {tuple(np.flatnonzero(row)): k for k, row in enumerate(found.present)}, found


class TestEnumeration:
    def test_two_poles_by_hand(self):
        place, found = one([[0.0, 0.5], [-0.2, 0.0]], [0.2, 0.3])
        assert found.shares[0, place[0, 1]] == pytest.approx([0.5 / 1.1, 1.2 / 1.1])
        assert found.entry[0, place[0,]] == pytest.approx([0.0, 1.2])
        assert found.is_stable[0].tolist() == [False, False, False, True]

    def test_a_pole_exactly_balanced_against_another_has_no_rest_with_it(self):
        place, found = one([[0.0, 1.0], [1.0, 0.0]], [0.2, 0.3])
        assert np.isnan(found.shares[0, place[0, 1]]).all()
        assert not found.is_feasible[0, place[0, 1]]
        assert not found.is_stable[0].any()
        assert np.isnan(equilibrium(np.array([[0.0, 1.0], [1.0, 0.0]]), (0, 1))).all()

    def test_strong_rivals_are_near_singular_but_not_singular(self):
        b = np.full((12, 12), 0.97)
        place, found = one(b, np.full(12, 0.2))
        assert found.shares[0, place[tuple(range(12))]] == pytest.approx(np.full(12, 1 / (1 + 11 * 0.97)))
        assert found.is_stable[0].sum() == 1

    @pytest.mark.parametrize(("alpha", "beta"), [(0.5, 0.9), (0.8, 1.3), (1.3, 1.5)])
    def test_may_and_leonard(self, alpha, beta):
        b = cyclic(alpha, beta)
        total = 1 + alpha + beta
        shares = equilibrium(b, (0, 1, 2))
        assert shares == pytest.approx(np.full(3, 1 / total))
        found = np.sort_complex(eigenvalues(b, np.ones(3), shares))
        real = -(1 - (alpha + beta) / 2) / total
        imaginary = np.sqrt(3) / 2 * abs(alpha - beta) / total
        assert found == pytest.approx(np.sort_complex([-1, real + 1j * imaginary, real - 1j * imaginary]))
        place, all_ = one(b, np.ones(3))
        assert bool(all_.is_stable[0, place[0, 1, 2]]) == (alpha + beta < 2)

    def test_rates_decide_from_three_poles_on(self):
        place, equal = one(DECIDED_BY_RATES, [0.2, 0.2, 0.2])
        _, apart = one(DECIDED_BY_RATES, [1.0, 0.1, 0.1])
        assert equal.shares[0, place[0, 1, 2]] == pytest.approx([0.1, 0.45, 0.35])
        assert not equal.is_stable[0, place[0, 1, 2]]
        assert apart.is_stable[0, place[0, 1, 2]]

    def test_it_agrees_with_solving_one_support_after_the_other(self):
        random = np.random.default_rng(3)
        b, rate = random.uniform(-0.8, 1.6, (40, 5, 5)), random.uniform(0.05, 0.5, (40, 5))
        found = equilibria(b, rate)
        for s, row in enumerate(supports(5)):
            rows = np.flatnonzero(row)
            block = interaction(b)[:, rows[:, None], rows[None, :]]
            expected = np.zeros((40, 5))
            if len(rows):
                expected[:, rows] = np.linalg.solve(block, np.ones((40, len(rows), 1)))[..., 0]
            assert np.allclose(found.shares[:, s], expected, rtol=1e-8)
            stable = (expected[:, rows] > 0).all(axis=1) & (eigenvalues(b, rate, expected).real < 0).all(axis=1)
            assert (found.is_stable[:, s] == stable).all()


class TestSaturated:
    def test_by_hand(self):
        b = np.array([[[0.0, 0.5], [1.5, 0.0]], [[0.0, 0.5], [-0.2, 0.0]], [[0.0, -1.5], [-1.0, 0.0]]])
        shares, ended = saturated(b)
        assert ended.tolist() == [SOLVED, SOLVED, RAY]
        assert shares[0] == pytest.approx([1.0, 0.0])
        assert shares[1] == pytest.approx([0.5 / 1.1, 1.2 / 1.1])
        assert np.isnan(shares[2]).all()

    def test_ties_everywhere_do_not_make_it_cycle(self):
        for n in (2, 5, 12, 30):
            for value in (1.0, 0.0, 2.0):
                b = np.full((1, n, n), value)
                shares, ended = saturated(b)
                used = interaction(b)[0] @ shares[0]
                assert ended[0] == SOLVED
                assert (used >= 1 - 1e-9).all()
                assert np.abs(shares[0] * (used - 1)).max() < 1e-9

    def test_thirty_poles(self):
        random = np.random.default_rng(5)
        b, rate = random.normal(0.0, 0.07, (6, 30, 30)), random.uniform(0.2, 0.5, (6, 30))
        shares, ended = saturated(b)
        assert (ended == SOLVED).all()
        assert all(global_stability(draw).answer == "yes" for draw in b)
        far = paths(np.full((6, 30), -1.0), rate, np.ones((6, 30)), b, np.full(10, 50.0))[:, -1]
        assert np.abs(np.exp(far) - shares).max() < 1e-6


class TestCertificates:
    def test_two_poles_have_one_where_the_determinant_is_positive(self):
        """Cross (1978), Linear Algebra and its Applications 20."""
        random = np.random.default_rng(2)
        for b in random.normal(0.0, 1.2, (200, 2, 2)):
            assert global_stability(b).answer == ("yes" if b[0, 1] * b[1, 0] < 1 else "no")

    def test_the_weights_returned_do_what_they_promise(self):
        random = np.random.default_rng(4)
        answers = {}
        for n in (3, 5, 8, 15):
            for b in random.normal(0.0, 1.0 / np.sqrt(n - 1), (20, n, n)):
                found = global_stability(b)
                answers[found.answer] = answers.get(found.answer, 0) + 1
                if found.answer == "yes":
                    form = np.diag(found.weights) @ interaction(b)
                    assert (found.weights > 0).all()
                    assert np.linalg.eigvalsh(form + form.T)[0] == pytest.approx(found.margin)
                    assert found.margin > 0
        assert answers["yes"] >= 40
        assert answers["no"] >= 3
        assert answers.get("not decided", 0) <= 2

    def test_help_alone_is_decided_by_its_spectral_radius(self):
        ring = np.array([[0.0, -0.9, 0.0], [0.0, 0.0, -0.9], [-0.9, 0.0, 0.0]])
        assert global_stability(ring).answer == "yes"
        assert global_stability(ring * 1.2).answer == "no"
        assert np.isnan(m_matrix_weights(interaction(ring * 1.2))).all()
        assert np.isnan(m_matrix_weights(interaction(-ring))).all()

    def test_weights_are_needed_where_plain_sums_do_not_do(self):
        b = np.array([[0.0, 0.1], [-8.0, 0.0]])
        assert np.linalg.eigvalsh(interaction(b) + interaction(b).T)[0] < 0
        assert global_stability(b).answer == "yes"

    def test_what_depends_on_rates_has_no_certificate(self):
        assert global_stability(DECIDED_BY_RATES).answer == "no"


class TestBounds:
    @pytest.mark.parametrize(
        ("first", "second", "verdict"),
        [(-1.0, -1.0, "unbounded"), (-2.0, -0.5, "unbounded"), (-0.9, -1.0, "bounded"), (-9.0, 0.1, "bounded")],
    )
    def test_two_poles(self, first, second, verdict):
        b = np.array([[0.0, first], [second, 0.0]])
        found = bounds(b, np.array([0.1, 0.4]))
        assert found.verdict == verdict
        assert bool(is_bounded(b)) == (verdict == "bounded")
        assert found.runaway.tolist() == [verdict == "unbounded"] * 2

    def test_two_that_run_away_are_named_among_three(self):
        b = np.array([[0.0, 0.3, -1.5], [0.2, 0.0, 0.4], [-1.0, 0.1, 0.0]])
        found = bounds(b, np.full(3, 0.2))
        assert found.verdict == "unbounded"
        assert found.runaway.tolist() == [True, False, True]

    def test_weights_are_found_where_help_feeds_itself_through_harm(self):
        """The helping part alone would run away, but who is helped most is also held back: a predator and its prey."""
        b = np.array([[0.0, -3.0, 0.0], [2.0, 0.0, -3.0], [-0.2, 1.0, 0.0]])
        assert not is_bounded(b)
        found = bounds(b, np.full(3, 0.2))
        assert found.verdict == "bounded"
        form = np.diag(found.weights) @ interaction(b)
        assert least_form(form)[0] > 0
        points = np.random.default_rng(1).dirichlet(np.full(3, 0.4), 20_000)
        assert np.einsum("pi,ij,pj->p", points, form, points).min() >= least_form(form)[0] - 1e-12

    def test_the_form_of_horn_is_copositive_but_not_strictly(self):
        """Hall & Newman (1963): neither positive semidefinite nor with entries above zero alone."""
        horn = np.array([np.roll([1, -1, 1, 1, -1], k) for k in range(5)], float)
        assert np.linalg.eigvalsh(horn)[0] < -1
        assert least_form(horn)[0] == pytest.approx(0.0, abs=1e-9)
        assert least_form(horn + 0.01 * np.eye(5))[0] > 1e-4
        assert least_form(horn - 0.01 * np.eye(5))[0] < -1e-4


class TestBalanced:
    B = np.array([[0.0, -0.3, 0.2], [0.4, 0.0, -0.1], [0.0, 0.3, 0.0]])
    RATE = np.array([0.2, 0.35, 0.5])

    def test_growing_poles_come_to_it(self):
        """An independent program integrates scale over growing capacity: du/dt = R (1 - A e^u) - g."""
        growth = 0.03
        shares = balanced_shares(self.B, self.RATE, growth)
        assert interaction(self.B) @ shares == pytest.approx(1 - growth / self.RATE, abs=1e-14)
        far = solve_ivp(
            lambda _, u: self.RATE * (1 - interaction(self.B) @ np.exp(u)) - growth,
            (0, 600),
            np.full(3, -2.0),
            method="DOP853",
            rtol=1e-12,
            atol=1e-13,
        ).y[:, -1]
        assert np.abs(np.exp(far) - shares).max() < 1e-8

    def test_our_integrator_comes_to_it_too(self):
        """Growth g is a rate less by g, and shares measured against 1 - g / R."""
        growth = 0.05
        room = 1 - growth / self.RATE
        slower = self.B * room[None, :] / room[:, None]
        far = paths(np.full((1, 3), -2.0), (self.RATE - growth)[None], room[None], slower[None], np.full(12, 50.0))
        assert np.abs(np.exp(far[0, -1]) - balanced_shares(self.B, self.RATE, growth)).max() < 1e-8

    def test_the_enumeration_finds_it_among_all_balanced_paths(self):
        """Rates less g and effects against 1 - g / R give the same equations with capacities that stand still."""
        growth = 0.05
        room = 1 - growth / self.RATE
        moving = equilibria(self.B[None], self.RATE[None], growth)
        still = equilibria((self.B * room[None, :] / room[:, None])[None], (self.RATE - growth)[None])
        assert np.allclose(moving.shares[0], still.shares[0] * room)
        assert (moving.is_stable == still.is_stable).all()
        assert moving.shares[0, -1] == pytest.approx(balanced_shares(self.B, self.RATE, growth))
        outgrown = equilibria(np.zeros((1, 2, 2)), np.array([[0.1, 0.3]]), np.array([0.2]))
        assert outgrown.is_stable[0].tolist() == [False, True, False, False]
        nobody = equilibria(np.zeros((1, 2, 2)), np.array([[0.1, 0.3]]), 0.4)
        assert nobody.is_stable[0].tolist() == [True, False, False, False]

    def test_there_is_none_once_capacity_outgrows_a_pole_that_nobody_helps(self):
        assert (balanced_shares(np.abs(self.B), self.RATE, 0.1) > 0).all()
        assert balanced_shares(np.abs(self.B), self.RATE, 0.2).min() <= 0
        assert balanced_shares(np.zeros((2, 2)), np.array([0.1, 0.2]), 0.1) == pytest.approx([0.0, 0.5])
        assert np.isnan(balanced_shares(np.ones((2, 2)), np.array([0.1, 0.2]), 0.05)).all()
        assert balanced_shares(self.B, self.RATE, 0.0) == pytest.approx(equilibrium(self.B, (0, 1, 2)))


class TestTwoPoles:
    def test_regimes_are_what_the_enumeration_finds(self):
        random = np.random.default_rng(8)
        b = np.zeros((400, 2, 2))
        b[:, 0, 1], b[:, 1, 0] = random.uniform(-2, 2.5, (2, 400))
        found = equilibria(b, random.uniform(0.05, 0.6, (400, 2)))
        expected = {
            "coexistence": [False, False, False, True],
            "first alone": [False, False, True, False],
            "second alone": [False, True, False, False],
            "either alone": [False, True, True, False],
            "runaway": [False] * 4,
        }
        kinds = regime(b[:, 0, 1], b[:, 1, 0])
        assert set(kinds.tolist()) == set(range(5))
        assert all(found.is_stable[k].tolist() == expected[REGIMES[kind]] for k, kind in enumerate(kinds))
        both = np.array(coexistence(b[:, 0, 1], b[:, 1, 0])).T
        assert np.allclose(both[found.is_feasible[:, 3]], found.shares[found.is_feasible[:, 3], 3])
        assert np.isnan(both[~found.is_feasible[:, 3]]).all()

    def test_with_equal_rates_the_separatrix_is_a_straight_line(self):
        b = np.array([[0.0, 1.8], [1.3, 0.0]])
        for rate in (0.01, 0.2, 1.5):
            line = separatrix(b, np.full(2, rate), np.array([2.0, 1.0]))
            assert np.abs(line[:, 0] * 0.3 - line[:, 1] * 0.8).max() < 1e-12
            assert line[0].tolist() == [0.0, 0.0]
            assert (line[-1] > [1.95, 0.7]).all()

    @pytest.mark.parametrize("rate", [(0.02, 0.3), (0.4, 0.1)])
    def test_starts_on_either_side_of_the_separatrix_end_apart(self, rate):
        b, rate = np.array([[0.0, 1.6], [1.2, 0.0]]), np.array(rate)
        line = separatrix(b, rate, np.array([1.5, 1.5]))
        middle = line[5:-5:60][line[5:-5:60].min(axis=1) > 1e-3]
        assert len(middle) >= 5
        for side, winner in ((0.01, 0), (-0.01, 1)):
            start = np.log(middle * np.array([1 + side, 1 - side]))
            size = len(middle)
            cases = (np.tile(rate, (size, 1)), np.ones((size, 2)), np.broadcast_to(b, (size, 2, 2)))
            ends = np.exp(paths(start, *cases, np.full(40, 100.0))[:, -1])
            assert ends[:, winner] == pytest.approx(1.0, abs=1e-6)

    def test_a_saddle_is_approached_along_its_direction(self):
        b, rate = np.array([[0.0, 1.6], [1.2, 0.0]]), np.array([0.1, 0.4])
        shares, direction = saddle(b, rate)
        moved = -(rate * shares)[:, None] * interaction(b) @ direction
        assert moved / direction == pytest.approx(np.full(2, moved[0] / direction[0]))
        assert moved[0] < 0
        assert saddle(np.array([[0.0, 0.5], [0.5, 0.0]]), rate) is None
        assert len(separatrix(np.array([[0.0, 0.5], [0.5, 0.0]]), rate, np.ones(2))) == 0
        assert np.isnan(runaway_edge(0.2))


class TestSearch:
    def test_fourteen_poles_with_eight_stable_rests(self):
        b = np.zeros((14, 14))
        for k in (0, 2, 4):
            b[k, k + 1] = b[k + 1, k] = 1.5
        found = search(b, np.full(14, 0.3), np.random.default_rng(1), starts=80)
        assert len(found.present) == 8
        assert found.unsettled == 0
        assert found.paths.sum() == 80
        assert (found.present[:, 6:]).all()

    def test_three_in_a_circle_settle_nowhere(self):
        found = search(cyclic(0.8, 1.5), np.full(3, 0.3), np.random.default_rng(1), starts=6)
        assert len(found.present) == 0
        assert found.unsettled == 6


POLES = ("machinery", "electronics", "software")


def made(b, rate=0.2, regions=1, draws=60, spread=0.02, **options):
    """A fit as if it had been estimated: draws about b."""
    random, size = np.random.default_rng(0), len(b)
    effects = np.asarray(b, float) + spread * random.standard_normal((draws, regions, size, size))
    each = ("draw", "region", "pole")
    arrays = {
        "symbiosis": effects,
        "rate": np.broadcast_to(rate, (draws, regions, size)) * np.exp(0.01 * random.standard_normal((draws, 1, 1))),
        "capacity": np.full((draws, regions, size), 100.0),
        "log_last": np.log(np.full((draws, regions, size), 50.0)),
    }
    axes = {"symbiosis": (*each, "other"), "rate": each, "capacity": each, "log_last": each}
    labels = {"region": tuple(f"R{k}" for k in range(regions)), "pole": POLES[:size], "other": POLES[:size]}
    return Fit("symbiosis", arrays, axes, labels, options)


def series(size=2):
    years = np.arange(1990, 2010)
    values = np.full((1, size, len(years)), 50.0) + np.arange(len(years))
    return Panel.of({"firms": values}, regions=["R0"], periods=years, industries=POLES[:size]).series("firms")


class TestTables:
    def test_probabilities_count_draws_by_b_and_by_rates(self):
        slow_or_fast = np.where(np.arange(60)[:, None, None] < 15, [1.0, 0.1, 0.1], [0.2, 0.2, 0.2])
        table = equilibria_table(series(3), made(DECIDED_BY_RATES, slow_or_fast, spread=0.0), np.ones((1, 3), bool))
        rows = [row for row in table.rows() if row["id"] == " + ".join(POLES)]
        assert [row["share_of_capacity"] for row in rows] == pytest.approx([0.1, 0.45, 0.35])
        assert [row["scale"] for row in rows] == pytest.approx([10.0, 45.0, 35.0])
        assert all(row["probability_stable"] == pytest.approx(0.25) for row in rows)
        assert all(row["probability_feasible"] == 1.0 and row["feasible"] and not row["stable"] for row in rows)

    def test_regimes_of_two(self):
        def probabilities(b):
            rows = regimes_table(made(b)).rows()
            return {row["what"] + (f" {row['pole']}" if row["pole"] else ""): row["probability"] for row in rows}

        rivals = probabilities([[0, 1.5], [1.4, 0]])
        assert sum(rivals.values()) == pytest.approx(1.0)
        assert rivals["who is ahead drives out the other"] == 1.0
        assert probabilities([[0, 0.5], [1.4, 0]])["drives out the other machinery"] == 1.0
        assert probabilities([[0, 0.5], [-0.4, 0]])["one rest from every start, with both"] == 1.0
        assert probabilities([[0, -1.5], [-1.4, 0]])["mutual help runs away"] == 1.0

    def test_regimes_of_three(self):
        rows = regimes_table(made([[0, 0.3, -0.2], [0.1, 0, 0.2], [0, -0.3, 0]])).rows()
        found = {row["what"] + row["pole"]: row["probability"] for row in rows}
        for what in ("all poles stay", "one stable rest", "one rest from every start", "within bounds"):
            assert found[what] == 1.0
        assert found["pole stayssoftware"] == 1.0
        rows = regimes_table(made([[0, 2.0, -0.2], [1.4, 0, 0.2], [0, -0.3, 0]])).rows()
        found = {row["what"] + row["pole"]: row["probability"] for row in rows}
        assert found["several stable rests"] == 1.0
        assert found["one rest from every start"] == 0.0
        assert found["pole staysmachinery"] == 0.0
        assert found["pole stayssoftware"] == 1.0

    def test_bifurcation_branches_turn_where_they_should(self):
        (branches, turns), (chart,) = bifurcation(series(), made([[0, 0.5], [-0.5, 0]]))
        rows = [row for row in branches.rows() if row["pole"] == "machinery" and row["of"] == "machinery"]
        both = [row for row in rows if row["id"] == "machinery + electronics"]
        other = {row["other"]: row for row in turns.rows() if row["what"] == "mutual help runs away"}
        edge = other["electronics"]["b"]
        assert edge == pytest.approx(-2.0, abs=0.05)
        assert all(edge < row["b"] < 1 and row["stable"] for row in both)
        assert max(row["b"] for row in both) == pytest.approx(1.0, abs=1e-8)
        alone = [row for row in rows if row["id"] == "electronics"]
        assert all(row["stable"] == (row["b"] > 1) for row in alone)
        assert not any(row["stable"] for row in rows if row["id"] == "machinery")
        assert set(chart.options["dashed"]) == {line for line in branches["line"] if line.endswith("not stable")}
        assert "electronics alone, stable" in set(branches["line"])

    def test_two_rivals_have_an_unstable_branch_beyond_one(self):
        (branches, turns), _ = bifurcation(series(), made([[0, 1.5], [1.4, 0]]))
        both = [row for row in branches.rows() if row["id"] == "machinery + electronics"]
        assert both
        assert all(row["b"] > 1 and not row["stable"] for row in both)
        assert {row["what"] for row in turns.rows()} == {"the pole cannot stay"}
        assert all(row["probability_beyond"] == 1.0 for row in turns.rows())

    def test_where_a_population_drives_capacity_rests_are_balanced_paths(self):
        b = np.array([[0.0, -0.4], [0.1, 0.0]])
        fit = made(b, spread=0.0)
        arrays = {**fit.arrays, "rate": np.full((60, 1, 2), 0.2), "driver_growth": np.full((60, 1), 0.02)}
        moving = Fit("symbiosis", arrays, {**fit.axes, "driver_growth": ("draw", "region")}, fit.labels)
        rows = equilibria_table(series(), moving, np.ones((1, 2), bool)).rows()
        rows = [row for row in rows if row["id"] == "machinery + electronics"]
        expected = balanced_shares(b, np.full(2, 0.2), 0.02)
        assert [row["share_of_capacity"] for row in rows] == pytest.approx(expected.tolist())
        assert all(row["probability_stable"] == 1.0 for row in rows)
        assert {row["what"] for row in regimes_table(moving).rows()} >= {"all poles stay", "within bounds"}
        assert bifurcation(series(), moving) == ((), ())

    def test_a_pole_that_a_region_does_not_have_is_left_out_there(self):
        fit = made(np.zeros((3, 3)), regions=2)
        arrays = {name: array.copy() for name, array in fit.arrays.items()}
        for name in ("rate", "capacity", "log_last"):
            arrays[name][:, 1, 2] = np.nan
        known = np.array([[True, False, True], [True, True, False]])
        rows = equilibria_table(series(3), Fit("symbiosis", arrays, fit.axes, fit.labels), known).rows()
        assert {row["pole"] for row in rows if row["region"] == "R0"} == set(POLES)
        assert {row["pole"] for row in rows if row["region"] == "R1"} == set(POLES[:2])
        stable = {row["id"] for row in rows if row["region"] == "R1" and row["stable"]}
        assert stable == {"machinery + electronics"}
        bounds = [row for row in rows if row["scale_is_lower_bound"]]
        assert {(row["region"], row["pole"]) for row in bounds} == {("R0", POLES[1])}
        assert all(POLES[1] in row["id"] for row in bounds)

    def test_nothing_where_it_does_not_apply(self):
        predators = made([[0, 0.5], [-0.5, 0]], law="predator_prey")
        assert bifurcation(series(), predators) == ((), ())
        assert regimes_table(predators) is None
        assert len(equilibria_table(series(), predators, np.ones((1, 2), bool))) == 0
        assert bifurcation(series(3), made(np.zeros((3, 3)))) == ((), ())
